//! What happens to an account that has less than its maintenance margin.
//!
//! Small steps, each a function of plain numbers:
//!
//! 1. [`least_share`] and [`repayment`]: the smallest part that restores the buffer, in closed form.
//! 2. [`Budget`]: how much of it may go in one block, by what that does to spot.
//! 3. [`Auction`]: what is bid for it, a function of the time since it began, with the liquidator's
//!    profit in the result.
//! 4. [`waterfall`]: who pays what the account cannot, to the atom.
//! 5. [`net`]: what liquidations and the pool's hedge trade with one another before spot is touched.
//!
//! # Order
//!
//! A bid depends on its account, the time and the account's part of the block's budget alone: not on
//! other accounts, not on the fund. [`allocate`] gives the budget to all at once. Marks move at market
//! updates only, and the losses of one market state are added up and go through the waterfall once.
//! So whoever is liquidated first, everyone ends with the same atoms, and nobody's solvency hangs on
//! it.

mod auction;
mod budget;
mod curve;
mod loan;
mod net;
mod share;
mod waterfall;

pub use auction::{Auction, AuctionParams, Bid, Offer, Phase};
pub use budget::{Budget, allocate, share_of};
pub use curve::Curve;
pub use loan::{LoanTerms, Repayment, repayment};
pub use net::{Crossed, Flow, Netting, NettingError, net};
pub use share::{Standing, least_share, taken};
pub use waterfall::{Backing, Waterfall, WaterfallError, waterfall};

use crate::num::{Cash, OutOfRange, Real};

/// The most that any sum of money here may be, either way: 2¹²⁰ atoms, some 10²⁷ units.
///
/// The largest account there can be has 256 positions of 10⁹ contracts at a price of 10¹², 2¹⁰⁸ atoms.
pub const MONEY_MAX: Cash = Cash::from_atoms(1 << 120);

/// Why nothing is liquidated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LiquidationError {
    /// A sum of money is out of its range.
    #[error("{what} must lie in {min}..={max}, got {got}")]
    Money {
        /// What it stood for.
        what: &'static str,
        /// The sum.
        got: Cash,
        /// The least allowed.
        min: Cash,
        /// The most allowed.
        max: Cash,
    },
    /// The account has what it needs.
    #[error("an equity of {equity} is not below the {needed} needed")]
    Healthy {
        /// What the account is worth.
        equity: Cash,
        /// What it needs: maintenance to begin, the buffered target to go on.
        needed: Cash,
    },
    /// Nobody can bid for no share, or for more than all.
    #[error("a share to bid for lies above 0 and up to 1, got {got}")]
    Share {
        /// The share.
        got: Real,
    },
    /// A parameter or a number is out of its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// The sum's atoms, if it lies in its range.
fn money(what: &'static str, got: Cash, min: Cash) -> Result<i128, LiquidationError> {
    if min <= got && got <= MONEY_MAX {
        return Ok(got.atoms());
    }
    Err(LiquidationError::Money { what, got, min, max: MONEY_MAX })
}
