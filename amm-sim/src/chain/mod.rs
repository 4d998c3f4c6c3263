//! An exchange's option chain: read, fitted, and written as a market file.
//!
//! [`Rounds`] cuts rows of quotes into snapshots, [`Sampler`] those of a feed; [`Snapshot::read`] takes one
//! moment of one underlying out of a file of many. [`Market::fit`] calibrates a slice to each expiry with
//! [`fit`](crate::fit); [`Market`] prints as the file that `amm-sim quote` reads. Prices of the chain are in
//! coin, as Deribit quotes them.

mod market;
mod read;
mod rounds;

pub use market::{Fitted, Market, Settings, Smile};
pub use read::{Chain, Quote, Snapshot};
pub use rounds::{Rounds, Sampler};
