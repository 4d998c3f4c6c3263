//! Assets that stand as collateral: what oracles say of them, and what they stand for.

use alloc::vec::Vec;

use crate::book::Holdings;
use crate::engine::{Engine, MarketUpdate, Params, Reject};
use crate::num::{OutOfRange, Real, Timestamp};
use crate::risk::margin::{AssetError, AssetFeed, Assets};

impl Engine {
    /// What assets stand for in the present state.
    ///
    /// Beside cash and the underlying an account may hold units of up to eight assets, of which
    /// [`RiskParams::assets`](crate::engine::RiskParams::assets) says how they count. They come in with
    /// [`Event::Pledge`](crate::engine::Event::Pledge) and go out with
    /// [`Event::Release`](crate::engine::Event::Release).
    ///
    /// * Prices come with market updates, each with its date. Where none comes the last one grows older: past
    ///   `fresh` nothing is opened or taken out on it, and what stands counts it for ever less
    ///   ([`Assets::standing`]), so that time alone can call an account.
    /// * An account whose cash, options and underlying cover initial margin needs no asset's price, and an
    ///   order that only closes none at all.
    /// * A bidder in an auction takes the same share of the assets as of all else. They are in the worth of
    ///   that share less their maintenance haircut, which the bidder has beside the discount.
    /// * What an account cannot pay in cash and underlying, at a settlement or when the pool takes it over,
    ///   is taken in assets ([`Assets::seize`]) before anyone else bears it; what the pool owes the
    ///   account is set off after that. They are the pool's until they are sold elsewhere
    ///   ([`Event::Dispose`](crate::engine::Event::Dispose)): providers who leave are paid as if they
    ///   were worth what margin counts, and those who come pay for them at their last price.
    /// * Under [`Crowd::Everyone`](crate::risk::margin::Crowd::Everyone), units that one pledges lower
    ///   what those of all others stand for, at once.
    ///
    /// ```
    /// use amm_core::book::{AccountId, Leg, Order, Series, Side};
    /// use amm_core::engine::{Engine, Event, Feed, MarginRule, MarketUpdate, Params, Reject};
    /// use amm_core::num::{Real, Seconds, Size, Timestamp};
    /// use amm_core::pricing::Kind;
    /// use amm_core::risk::margin::{AssetFeed, AssetList, AssetParams, Crowd, MarginParams};
    /// use amm_core::skew::Depth;
    /// use amm_core::surface::Slice;
    ///
    /// let staked = AssetParams {
    ///     haircut: Real::lit("0.15"),
    ///     haircut_initial: Real::lit("0.25"),
    ///     vol_calm: "0.8".parse()?,
    ///     vol_slope: Real::lit("0.25"),
    ///     crowd: Crowd::Everyone,
    ///     capacity: "100000".parse()?,
    ///     crowding: Real::lit("0.5"),
    ///     fresh: Seconds::new(60)?,
    ///     dead: Seconds::new(3600)?,
    /// };
    /// let mut params = Params::dynamic();
    /// params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
    /// params.risk.assets = AssetList::new(&[staked])?;
    ///
    /// let (now, expiry) = (Timestamp::new(1_700_000_000), Timestamp::new(1_702_592_000));
    /// let (provider, trader) = (AccountId(1), AccountId(2));
    /// let mut engine = Engine::new(params, now)?;
    /// let slice = Slice::Flat("0.6".parse()?);
    /// let depth = Depth::new(Real::lit("1000000000"))?;
    /// let feed = Feed::new(expiry, "2000".parse()?, slice, depth);
    /// let oracle = AssetFeed { price: "1900".parse()?, at: now, vol: "0.6".parse()? };
    /// let mut update = MarketUpdate::new(now, "2000".parse()?, vec![feed]);
    /// update.assets = vec![Some(oracle)];
    /// for event in [
    ///     Event::List { expiry, strikes: vec!["2200".parse()?] },
    ///     Event::Deposit { account: provider, cash: "1000000".parse()?, base: Size::ZERO },
    ///     Event::Market(update.clone()),
    ///     Event::Provide { account: provider, cash: "1000000".parse()? },
    ///     Event::Market(update),
    ///     Event::Pledge { account: trader, asset: 0, units: "1".parse()? },
    /// ] {
    ///     engine.apply(&event)?;
    /// }
    /// let held = engine.state().accounts()[&trader].assets;
    /// // 0.75 of its price, less half of 0.5·1/100000 for the crowd of one.
    /// assert_eq!(engine.assets()?.opening(&held)?.initial.to_string(), "1424.99525");
    ///
    /// // Three calls are sold on it, and it is held for them.
    /// let series = Series { expiry, strike: "2200".parse()?, kind: Kind::Call };
    /// let legs = vec![Leg { series, side: Side::Sell, size: "3".parse()? }];
    /// engine.apply(&Event::Trade(Order { account: trader, legs, limit: None, deadline: None }))?;
    /// let out = Event::Release { account: trader, asset: 0, units: "1".parse()? };
    /// assert!(matches!(engine.apply(&out), Err(Reject::Margin(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
