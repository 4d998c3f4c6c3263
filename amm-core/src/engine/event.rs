//! What can happen to an engine.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::book::{AccountId, Order};
use crate::engine::Params;
use crate::num::{Cash, Discount, Price, Real, Shares, Size, Timestamp};
use crate::risk::margin::AssetFeed;
use crate::skew::Depth;
use crate::surface::Slice;

/// One input of the engine. Time comes with events and from nowhere else.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Event {
    /// Other parameters, which revalue the skew as a market update does.
    Configure(Box<Params>),
    /// Strikes of an expiry: to be traded at once if the market quotes it, else from the update on
    /// that does.
    List {
        /// In the future.
        expiry: Timestamp,
        /// Each new.
        strikes: Vec<Price>,
    },
    /// New inputs, at which liquidity comes and goes.
    Market(MarketUpdate),
    /// Time goes on: the flow fades and the inputs grow older.
    Clock {
        /// Not before the last.
        now: Timestamp,
    },
    /// Money and collateral into an account.
    Deposit {
        /// Whose: a new account if there is none.
        account: AccountId,
        /// Zero or more.
        cash: Cash,
        /// Units of the underlying, zero or more.
        base: Size,
    },
    /// Money and collateral out of an account, as far as its options do not need them.
    Withdraw {
        /// Whose.
        account: AccountId,
        /// Zero or more.
        cash: Cash,
        /// Units of the underlying, zero or more.
        base: Size,
    },
    /// An order.
    Trade(Order),
    /// A fill of the pool's hedge elsewhere.
    Hedge {
        /// Units bought, or sold if negative.
        quantity: Size,
        /// What they brought in, or cost if negative.
        cash: Cash,
    },
    /// The price at which an expiry settles, whenever it is settled; it can be said once.
    Fix {
        /// In the past.
        expiry: Timestamp,
        /// A function of the expiry alone.
        price: Price,
    },
    /// Settles an expiry that has its price, and pays what is owed from earlier ones.
    Settle {
        /// Which.
        expiry: Timestamp,
    },
    /// Asks for shares at the next market update.
    Provide {
        /// Whose.
        account: AccountId,
        /// Above zero, taken from the account at once.
        cash: Cash,
    },
    /// Asks for money for shares at the next market update.
    Redeem {
        /// Whose.
        account: AccountId,
        /// Above zero, taken from the account at once.
        shares: Shares,
    },
    /// A bid in the auction of an account that has less than its maintenance margin. The first opens
    /// the auction.
    Liquidate {
        /// Whose options, cash and underlying are sold.
        account: AccountId,
        /// Who takes them, and must have initial margin after it.
        bidder: AccountId,
        /// The share that is asked for, up to 1; 0 opens the auction and asks for nothing.
        #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
        wanted: Real,
    },
    /// The pool takes over an account whose auction has ended without a bid.
    Absorb {
        /// Whose.
        account: AccountId,
    },
    /// Units of an asset into an account, to stand as collateral.
    Pledge {
        /// Whose: a new account if there is none.
        account: AccountId,
        /// The asset's number.
        asset: u8,
        /// Above zero.
        units: Size,
    },
    /// Units of an asset out of an account, as far as its options do not need them.
    Release {
        /// Whose.
        account: AccountId,
        /// The asset's number.
        asset: u8,
        /// Above zero.
        units: Size,
    },
    /// Units that the pool took from accounts were sold elsewhere.
    Dispose {
        /// The asset's number.
        asset: u8,
        /// Above zero.
        units: Size,
        /// What they brought in, zero or more.
        cash: Cash,
    },
    /// An account pays what it owes in funding, or gets what it is to get, as far as the cash goes.
    /// Anyone may ask; how often makes no difference.
    Accrue {
        /// Whose.
        account: AccountId,
    },
}

/// The market as one feed or several saw it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct MarketUpdate {
    /// Not before the last.
    pub now: Timestamp,
    /// When spot, forwards and discount factors were seen; not after `now`.
    pub prices_at: Timestamp,
    /// When the surface was seen.
    pub surface_at: Timestamp,
    /// When the depths were seen.
    pub depth_at: Timestamp,
    /// What the hedge trades at.
    pub spot: Price,
    /// One for every expiry that is to be quoted, ascending; each that the pool has a position in.
    pub feeds: Vec<Feed>,
    /// What oracles say of the assets that stand as collateral, by their numbers, each dated, not after
    /// `now`.
    ///
    /// `None` says nothing new of one, and a list that is too short nothing of those beyond it: then what
    /// was last said of it stands and grows older, and so it does if that was seen later than this.
    /// [`State::market`](crate::engine::State::market) has what stands, for every asset.
    #[cfg_attr(feature = "serde", serde(default))]
    pub assets: Vec<Option<AssetFeed>>,
    /// The share of the collateral that is pledged elsewhere too, 0 to 1, which widens the scan range.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::num::serde_real"))]
    pub pledged: Real,
    /// Where the underlying trades by another source than spot's, above zero: how far spot is from it trips
    /// the breaker and closes the gates of liquidity. Without one, spot is held to nothing.
    #[cfg_attr(feature = "serde", serde(default))]
    pub traded: Option<Price>,
    /// The price of the quote currency in what spot is measured in, 1/16 to 4, which margin asks more for where
    /// it is below its peg of one.
    #[cfg_attr(feature = "serde", serde(default = "at_par", with = "crate::num::serde_real"))]
    pub peg: Real,
}

#[cfg(feature = "serde")]
const fn at_par() -> Real {
    Real::ONE
}

/// One expiry's inputs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Feed {
    /// Listed, and after the update.
    pub expiry: Timestamp,
    /// What the underlying is worth then.
    pub forward: Price,
    /// What one unit paid then is worth now.
    pub discount: Discount,
    /// The base surface.
    pub slice: Slice,
    /// L of the bucket that ends here.
    pub depth: Depth,
    /// x⁰ of the bucket: the loop gain of others' hedging, −10 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub outside_gain: Real,
}

impl MarketUpdate {
    /// An update of which everything was seen at `now`, without assets, pledges elsewhere and a second source,
    /// the quote currency at its peg.
    pub const fn new(now: Timestamp, spot: Price, feeds: Vec<Feed>) -> Self {
        Self {
            now,
            prices_at: now,
            surface_at: now,
            depth_at: now,
            spot,
            feeds,
            assets: Vec::new(),
            pledged: Real::ZERO,
            traded: None,
            peg: Real::ONE,
        }
    }
}

impl Feed {
    /// An expiry without interest and without others' hedging.
    pub const fn new(expiry: Timestamp, forward: Price, slice: Slice, depth: Depth) -> Self {
        let (discount, outside_gain) = (Discount::MAX, Real::ZERO);
        Self { expiry, forward, discount, slice, depth, outside_gain }
    }
}
