//! What an event did.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::num::{Amount, Cash, Real, Shares, Size, Timestamp};
use crate::quote::Parts;
use crate::risk::Outcome as Turn;
use crate::risk::Request;
use crate::risk::liquidation::Bid;
use crate::risk::margin::Seized;

/// What the engine says about an event that it has taken.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Receipt {
    /// The number of the event, from 1.
    pub sequence: u64,
    /// The time after it.
    pub now: Timestamp,
    /// What the hedge's policy wants traded now: units to buy, or sell if negative.
    pub hedge: Size,
    /// What it did.
    pub outcome: Outcome,
}

/// What an event did, by its kind.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing that needs more words than the event.
    Done,
    /// An order was filled.
    Traded(Traded),
    /// The market is another one.
    Revalued(Revalued),
    /// An expiry was settled.
    Settled(SettledExpiry),
    /// A share of an account went to a bidder.
    Liquidated(Liquidated),
    /// The pool took over an account.
    Absorbed(Absorbed),
    /// An account paid its funding.
    Funded(Funded),
}

/// A filled order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Traded {
    /// Whose.
    pub account: AccountId,
    /// What the price is made of, unrounded.
    pub parts: Parts,
    /// What the trader paid, or received if negative.
    pub total: Cash,
    /// The part of the total that is still owed, because the pool's cash did not reach.
    pub owed: Cash,
    /// The greatest loop gain of all nodes after it.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain_max: Real,
}

/// What a market update changed beside the market.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Revalued {
    /// By how much F fell: what went to the skew reserve.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub skew_released: Real,
    /// By how much Ψ fell.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub flow_released: Real,
    /// What became of those who asked to provide or to redeem.
    pub turns: Vec<(Request, Turn)>,
    /// Shares there are now.
    pub supply: Shares,
}

/// A settlement.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SettledExpiry {
    /// Paid to accounts, earlier debts included.
    pub paid: Cash,
    /// Received from accounts.
    pub received: Cash,
    /// Received from accounts in the underlying.
    pub received_base: Size,
    /// Taken from accounts in other assets, for what was missing then.
    #[cfg_attr(feature = "serde", serde(default))]
    pub seized: Seized,
    /// Still owed to accounts after it.
    pub owed: Cash,
    /// What accounts could not pay, which full collateral rules out.
    pub unpaid: Cash,
    /// Who bore that.
    pub loss: Loss,
    /// What rounding left to the pool.
    pub dust: Amount,
}

/// Who bore what an account could not pay, in this order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Loss {
    /// The account itself, out of what the pool owed it.
    pub claim: Cash,
    /// The insurance fund.
    pub insurance: Cash,
    /// The pool's providers.
    pub providers: Cash,
    /// The pool's creditors, who wait in proportion to what they are owed: what its cash did not reach for.
    pub owed: Cash,
}

/// A bid in an account's auction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Liquidated {
    /// Whose account.
    pub account: AccountId,
    /// Who took the share.
    pub bidder: AccountId,
    /// The share, and what was paid for it.
    pub bid: Bid,
    /// Its delta in units of the underlying: what it took of the block's budget.
    pub units: Size,
    /// Who bore what the bidder was paid.
    pub loss: Loss,
}

/// An account that the pool has taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Absorbed {
    /// Whose account.
    pub account: AccountId,
    /// What closing its options came to: what it was to pay, or received if negative.
    pub total: Cash,
    /// What it was to pay in funding on top, or received if negative.
    pub funding: Cash,
    /// Units of the underlying that went to the hedge, at spot.
    pub base: Size,
    /// Other assets that the pool took for what was missing then.
    #[cfg_attr(feature = "serde", serde(default))]
    pub seized: Seized,
    /// Who bore what it could not pay.
    pub loss: Loss,
}

/// Funding paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Funded {
    /// By whom.
    pub account: AccountId,
    /// To the pool, or from it if negative.
    pub paid: Cash,
    /// What is owed still, for want of cash: to the pool, or by it if negative.
    pub owed: Cash,
}
