//! Quotes and trades against a market file.
//!
//! A [`Session`] holds the engine of a [`Market`](crate::market::Market) and does one [`Action`] after
//! another; [`trades`] does those of a table, rows in, rows out; [`Grid`] shows everything that is
//! listed; `check` holds each step to the engine's invariants.

mod check;
mod grid;
mod header;
mod row;
mod session;
mod table;
mod trades;

pub use check::Violation;
pub use grid::{ExpiryGrid, Grid, LoopGain, OptionRow};
pub use session::{Action, Answer, Deal, Priced, Session};
pub use table::{Style, table};
pub use trades::{Counts, Ended, Manner, trades};
