//! Who holds what: series, orders, accounts and the pool's inventory. It counts and does not price.
//!
//! A position is its holder's: positive is long, negative short. The pool is on the other side of
//! every trade, so its position in a series is minus the sum of all accounts'. An order has the
//! trader's [`Side`] and a positive size.

mod account;
mod holdings;
mod inventory;
mod order;
mod series;

pub use account::{Account, POSITIONS_MAX, PositionError, Positions};
pub use holdings::{ASSETS_MAX, HOLDING_MAX, HoldingError, Holdings};
pub use inventory::{Chain, Holding, Inventory, ListingError, Place};
pub use order::{Leg, Order, OrderError, Side};
pub use series::{AccountId, Line, POSITION_MAX, Series};
