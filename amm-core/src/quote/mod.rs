//! Prices for orders and for all that is listed: base value, skew, flow, spread and fee.

mod arbitrage;
mod certificate;
mod constraint;
mod desk;
mod marginal;
mod sized;

pub use arbitrage::{ArbitrageLimit, Worst};
pub use certificate::Certificate;
pub use constraint::{Constraint, Family, Leg};
pub use desk::{Desk, LinePlace};
pub use marginal::{Marginal, Marginals};
pub use sized::{Parts, QuoteError, Sized};
