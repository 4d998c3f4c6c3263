//! Prices for orders and for all that is listed: base value, skew, flow, spread and fee.

mod desk;
mod marginal;
mod sized;

pub use desk::{Desk, LinePlace};
pub use marginal::{Marginal, Marginals};
pub use sized::{Parts, QuoteError, Sized};
