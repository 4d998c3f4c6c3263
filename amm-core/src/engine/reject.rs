//! Why an event is refused.

use crate::book::{AccountId, HoldingError, ListingError, OrderError, PositionError, Series};
use crate::engine::ParamsError;
use crate::num::{Cash, OutOfRange, Price, Real, Seconds, Shares, Size, Timestamp};
use crate::quote::QuoteError;
use crate::risk::breaker::{GateRefusal, LimitError, Refused};
use crate::risk::funding::FundingError;
use crate::risk::liquidation::LiquidationError;
use crate::risk::margin::{AssetError, MarginError};
use crate::risk::{CollateralError, HedgeError, QueueFull, SharesError};
use crate::signals::SignalError;
use crate::skew::SkewError;
use crate::surface::SurfaceError;

/// Why the engine refused an event. The state is as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Reject {
    /// The order says nothing tradable.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A parameter is wrong.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A number of the event is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The event is from before the last one.
    #[error("the time is {now}, and the event is of {got}")]
    Backwards {
        /// The engine's time.
        now: Timestamp,
        /// The event's.
        got: Timestamp,
    },
    /// An input is dated after the update that brings it.
    #[error("the {what} of an update at {now} cannot be of {got}")]
    FromTheFuture {
        /// Which input.
        what: &'static str,
        /// The update's time.
        now: Timestamp,
        /// The input's.
        got: Timestamp,
    },
    /// There has been no market update yet.
    #[error("there is no market yet")]
    NoMarket,
    /// An input is too old.
    #[error("the {what} is {age} s old, which is above {most} s")]
    Stale {
        /// Which input.
        what: &'static str,
        /// Its age.
        age: u64,
        /// The most allowed for this order.
        most: Seconds,
    },
    /// The order came too late.
    #[error("the deadline was {deadline}, and the time is {now}")]
    Late {
        /// The order's.
        deadline: Timestamp,
        /// The engine's.
        now: Timestamp,
    },
    /// It is not listed, or holds too much.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// The series is listed, but the market has no inputs for its expiry.
    #[error("series {series} is not quoted by the last market update")]
    NotQuoted {
        /// The series.
        series: Series,
    },
    /// The series has expired.
    #[error("series {series} has expired at {now}")]
    Expired {
        /// The series.
        series: Series,
        /// The engine's time.
        now: Timestamp,
    },
    /// There is no price.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// The price moved past what the trader agreed to.
    #[error("costs {cost}, above the limit of {limit}")]
    AboveLimit {
        /// All-in cost now.
        cost: Cash,
        /// The most the order allows.
        limit: Cash,
    },
    /// There is no such account.
    #[error("there is no account {account}")]
    NoAccount {
        /// Its number.
        account: AccountId,
    },
    /// There is no room for another account.
    #[error("there are {most} accounts, and room for no more", most = crate::engine::State::ACCOUNTS_MAX)]
    Accounts,
    /// The account has less than it is to pay.
    #[error("has {held} in cash and is to pay {needed}")]
    Cash {
        /// What there is.
        held: Cash,
        /// What is needed.
        needed: Cash,
    },
    /// The account has less of the underlying than it is to give.
    #[error("has {held} of the underlying and is to give {needed}")]
    Base {
        /// What there is.
        held: Size,
        /// What is needed.
        needed: Size,
    },
    /// The account has fewer shares than it is to give.
    #[error("has {held} shares and is to give {needed}")]
    Shares {
        /// What there is.
        held: Shares,
        /// What is needed.
        needed: Shares,
    },
    /// Positions are limited.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// Short options must be backed.
    #[error(transparent)]
    Collateral(#[from] CollateralError),
    /// The pool has nobody's money.
    #[error("the pool has no providers")]
    NoProviders,
    /// The pool has too little cash to sell more.
    #[error("the pool has {held} in cash and needs {needed} for what it would be short")]
    Backing {
        /// What there is.
        held: Cash,
        /// What is needed.
        needed: Cash,
    },
    /// The pool's cash does not reach for what it is to pay.
    #[error("the pool has {held} in cash and is to pay {needed}")]
    PoolCash {
        /// What there is.
        held: Cash,
        /// What is needed.
        needed: Cash,
    },
    /// Nothing was asked for.
    #[error("nothing is asked for")]
    Nothing,
    /// An amount that may not be negative is.
    #[error("{what} may not be negative, and is {got}")]
    Negative {
        /// What.
        what: &'static str,
        /// The amount.
        got: Cash,
    },
    /// The surface cannot be one.
    #[error("expiry {expiry}: {error}")]
    Surface {
        /// Whose slice.
        expiry: Timestamp,
        /// What is wrong.
        error: SurfaceError,
    },
    /// A feed is out of order, or twice.
    #[error("the feed of expiry {expiry} does not come after the one before it")]
    FeedOrder {
        /// Its expiry.
        expiry: Timestamp,
    },
    /// A feed is for what is not listed.
    #[error("expiry {expiry} is not listed")]
    FeedUnlisted {
        /// Its expiry.
        expiry: Timestamp,
    },
    /// The pool has positions in an expiry that has no feed.
    #[error("expiry {expiry} has positions and no feed")]
    FeedMissing {
        /// Its expiry.
        expiry: Timestamp,
    },
    /// An expiry that an event needs in the future is not.
    #[error("expiry {expiry} is not after {now}")]
    Past {
        /// The expiry.
        expiry: Timestamp,
        /// The engine's time.
        now: Timestamp,
    },
    /// An expiry that an event needs in the past is not.
    #[error("expiry {expiry} is after {now}")]
    NotYet {
        /// The expiry.
        expiry: Timestamp,
        /// The engine's time.
        now: Timestamp,
    },
    /// A depth moved further than one update may move it.
    #[error("expiry {expiry}: a depth of {before} may not become {got} in one update")]
    DepthStep {
        /// The expiry.
        expiry: Timestamp,
        /// The last depth.
        before: Real,
        /// The one given.
        got: Real,
    },
    /// The skew refuses the market.
    #[error(transparent)]
    Skew(#[from] SkewError),
    /// The expiry has its price already.
    #[error("expiry {expiry} is fixed at {price} already")]
    Fixed {
        /// The expiry.
        expiry: Timestamp,
        /// Its price.
        price: Price,
    },
    /// The expiry has no price yet.
    #[error("expiry {expiry} has no settlement price")]
    NotFixed {
        /// The expiry.
        expiry: Timestamp,
    },
    /// The hedge's fill cannot be booked.
    #[error(transparent)]
    Hedge(#[from] HedgeError),
    /// The queue is full.
    #[error(transparent)]
    Queue(#[from] QueueFull),
    /// Shares do not add up.
    #[error(transparent)]
    Provision(#[from] SharesError),
    /// There is no such signal.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// The breaker's state does not let it pass.
    #[error(transparent)]
    Breaker(#[from] Refused),
    /// The pool would hold too much.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Funding does not fit.
    #[error(transparent)]
    Funding(#[from] FundingError),
    /// An account lacks margin, or it cannot be told.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// There is no such asset, or not so many units.
    #[error(transparent)]
    Holding(#[from] HoldingError),
    /// An asset cannot be valued, or not well enough to open on.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// An asset that the parameters leave out is held.
    #[error("{units} of asset {asset} are held, and the parameters have {assets} assets")]
    AssetHeld {
        /// Its number.
        asset: usize,
        /// How much of it.
        units: Size,
        /// How many assets there would be.
        assets: usize,
    },
    /// Nothing is liquidated.
    #[error(transparent)]
    Liquidation(#[from] LiquidationError),
    /// Nobody is liquidated where all is backed in full.
    #[error("options are backed in full here, and nobody is liquidated")]
    FullyBacked,
    /// There is nothing in the account that could be auctioned.
    #[error("account {account} has no options that are alive")]
    NothingToSell {
        /// Which.
        account: AccountId,
    },
    /// Nobody buys from themselves.
    #[error("account {account} cannot bid for itself")]
    OwnAuction {
        /// Which.
        account: AccountId,
    },
    /// The auction goes on, or has not begun.
    #[error("the auction of account {account} has not ended without a bid")]
    NotExhausted {
        /// Which.
        account: AccountId,
    },
    /// As much as may has been liquidated at this time.
    #[error("{spent} units were liquidated at this time, and {most} is the most")]
    Budget {
        /// How many.
        spent: Size,
        /// The most.
        most: Size,
    },
    /// Liquidity does not come at such marks.
    #[error(transparent)]
    Gate(#[from] GateRefusal),
    /// A sum does not fit.
    #[error("{what} comes to more than can be counted")]
    Overflow {
        /// What.
        what: &'static str,
    },
}
