//! Assets that stand as collateral: what oracles say of them, and what they stand for.
//!
//! An account may hold, beside cash and the underlying, units of up to eight assets, of which
//! [`RiskParams::assets`](crate::engine::RiskParams) says how they count. They come in with
//! [`Event::Pledge`](crate::engine::Event::Pledge) and go out with
//! [`Event::Release`](crate::engine::Event::Release), as far as initial margin stands without them.
//!
//! * Prices come with market updates, each with its date. One that does not come leaves the last, which grows
//!   older: past `fresh` nothing is opened or taken out on it, and what stands counts it for ever less.
//! * An account whose cash, options and underlying cover initial margin needs no asset's price.
//! * In an auction a bidder takes the same share of the assets as of all else, at a value that has its
//!   maintenance haircut off: the haircut is the bidder's beside the discount.
//! * What an account cannot pay at a settlement, or when the pool takes it over, is taken in assets at
//!   that value ([`Assets::seize`]) before anyone else bears it. They are the pool's until they are sold
//!   elsewhere ([`Event::Dispose`](crate::engine::Event::Dispose)); providers who leave are paid as if
//!   they were worth what margin counts, and those who come pay for them at their last price.
//! * Under [`Crowd::Everyone`](crate::risk::margin::Crowd::Everyone) units that one pledges lower what
//!   those of all others stand for, at once.

use alloc::vec::Vec;

use crate::book::Holdings;
use crate::engine::{Engine, MarketUpdate, Params, Reject};
use crate::num::{OutOfRange, Real, Timestamp};
use crate::risk::margin::{AssetError, AssetFeed, Assets};

impl Engine {
    /// What assets stand for now.
    ///
    /// # Errors
    ///
    /// None of a state that events have led to.
    pub fn assets(&self) -> Result<Assets, AssetError> {
        let state = &self.state;
        valued(&state.params, state.market.as_ref(), &state.pool.assets, state.now)
    }
}

/// What assets stand for in a market, with everyone's holdings.
pub(in crate::engine) fn valued(
    params: &Params,
    market: Option<&MarketUpdate>,
    everyone: &Holdings,
    now: Timestamp,
) -> Result<Assets, AssetError> {
    let feeds = market.map_or(&[][..], |market| &market.assets);
    Assets::new(params.risk.assets.as_slice(), feeds, everyone, now)
}

/// Feeds for every asset: what an update says, or what was said last.
pub(in crate::engine) fn standing(
    params: &Params,
    last: Option<&MarketUpdate>,
    feeds: &[Option<AssetFeed>],
) -> Vec<Option<AssetFeed>> {
    let known = last.map_or(&[][..], |market| &market.assets);
    let of = |feeds: &[Option<AssetFeed>], asset: usize| feeds.get(asset).copied().flatten();
    let latest = |asset| match (of(known, asset), of(feeds, asset)) {
        (Some(known), Some(new)) if known.at > new.at => Some(known),
        (known, new) => new.or(known),
    };
    (0..params.risk.assets.len()).map(latest).collect()
}

/// Whether an update says nothing of assets that there are not, nothing from the future, and a share.
pub(in crate::engine) fn admit(params: &Params, update: &MarketUpdate) -> Result<(), Reject> {
    let now = update.now;
    let later = |feed: &&AssetFeed| feed.at > now;
    if let Some(feed) = update.assets.iter().flatten().find(later) {
        return Err(Reject::FromTheFuture { what: "price of an asset", now, got: feed.at });
    }
    let assets = params.risk.assets.len();
    if update.assets.len() > assets {
        return Err(crate::book::HoldingError::Unknown { asset: assets, assets }.into());
    }
    let (got, min, max) = (update.pledged, Real::ZERO, Real::ONE);
    if got < min || got > max {
        return Err(OutOfRange { what: "share pledged elsewhere", got, min, max }.into());
    }
    Ok(())
}
