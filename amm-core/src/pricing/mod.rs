//! Black's model on a forward: prices, Greeks and implied volatility of European options.
//!
//! An option is priced from its [`Expiry`] (forward, time, discount factor), its strike and its
//! volatility. A call and a put come together, since one is the other plus DF·(F − K), exactly.
//! One evaluation serves everything: a cold [`price`], a cold [`value`] and a cell of a
//! [`grid`] give the same bits. No accounts and no clocks here.
//!
//! Prices are rounded down to the unit of [`Real`](crate::num::Real), 2⁻⁶⁴ of the quote currency.
//! Only that last step knows the unit: multiplying forward and strike by a power of two multiplies
//! the out-of-the-money price by it, to the bit.
//!
//! With the feature `serde` results are maps of their fields, [`Kind`] is `"call"` or `"put"`, and an
//! [`Expiry`] is `forward`, `time` and `discount`, checked when read; numbers are as in
//! [`num`](crate::num#serde). A grid holds nothing that is not in them and is not written.

mod black;
mod cell;
mod expiry;
pub mod grid;
mod implied;
mod terms;
mod valuation;

#[cfg(feature = "alloc")]
#[cfg(feature = "alloc")]
pub(crate) use black::Shared;
pub use black::{PRICE_MAX_ERROR, price, second_order, value};
pub use expiry::{Expiry, Kind};
pub use implied::{IMPLIED_VOL_MAX_ERROR, ImpliedVolError, implied_vol};
pub use valuation::{Prices, SecondOrder, Valuation};
