//! What stands behind the book: collateral, settlement, liquidity shares, the hedge.
//!
//! Traders' shorts are fully collateralised: [`collateral`] is the most they can come to cost at any
//! price of the underlying. So [`settle`] always finds what an account owes, whatever the price.
//! Settlement is between the account and the pool, in whole atoms, and what rounding leaves is the
//! pool's. All functions here are pure: what they return is for the engine to write down.
//!
//! What keeps the loop's gain below one where the price alone does not: [`liquidation`] in parts,
//! [`funding`] of the crowded side, the [`breaker`], the [`governor`] of the hedge's speed, and the
//! [`buyback`] of gamma and vega.

pub mod breaker;
pub mod buyback;
mod collateral;
pub mod funding;
pub mod governor;
mod hedge;
pub mod liquidation;
pub mod margin;
mod queue;
mod settlement;
mod shares;
mod within;
mod worth;

pub use collateral::{Collateral, CollateralError, collateral, covers};
pub use hedge::{Hedge, HedgeError, HedgePolicy, wanted};
pub use queue::{Action, QUEUE_MAX, Queue, QueueFull, Request};
pub use settlement::{DebtOverflow, Settled, pay_down, payoff, settle};
pub use shares::{
    MINT_MAX, MINT_MIN, Nav, Outcome, Processed, Refusal, SUPPLY_MAX, SharesError, process,
};
