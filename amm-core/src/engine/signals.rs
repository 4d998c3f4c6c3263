//! What the engine's state tells those who charge, bear risk and watch.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::engine::plan::base_vol;
use crate::engine::{Engine, Feed, Reject, Watch};
use crate::num::{Amount, Price, Real, Size, Timestamp, Vol};
use crate::risk::breaker::{Access, Action, Breaker, Readings, Reason};
use crate::risk::funding::{Basis, Carry};
use crate::risk::liquidation::Auction;
use crate::signals::{
    Book, BucketSignals, ExpiryGreeks, Profile, RangeVariance, Score, SignalError, Signals,
    StressInputs, loop_gain, share, vol_multiplier,
};

const GAIN: SignalError = SignalError::Overflow { what: "a bucket's loop gain" };
const FLOW: SignalError = SignalError::Overflow { what: "a bucket's flow" };

impl Engine {
    /// Every signal of the present state.
    ///
    /// # Errors
    ///
    /// [`Reject::NoMarket`], and [`Reject::Signal`] if a number does not fit.
    pub fn signals(&self) -> Result<Signals, Reject> {
        let (state, book) = (&self.state, self.pool_book()?);
        let exposure = book.exposure()?;
        let (pool, desk) = (&state.pool, self.desk.as_ref().ok_or(Reject::NoMarket)?);
        Ok(Signals {
            now: state.now,
            spot: book.spot,
            buckets: self.buckets(&exposure.by_expiry)?,
            exposure,
            gain_max: desk.potential.gain_max(),
            realised_variance: state.realised.variance(),
            skew_reserve: pool.skew_reserve,
            flow_reserve: pool.flow_reserve,
        })
    }

    /// The pool's Greeks over levels of spot, with at most so many walls: what its exposure would be
    /// after a market update that moves spot and forwards and nothing else.
    ///
    /// # Errors
    ///
    /// [`Reject::NoMarket`], and as [`Book::profile`].
    pub fn profile(
        &self,
        levels: impl IntoIterator<Item = Price>,
        walls: usize,
    ) -> Result<Profile, Reject> {
        self.pool_book()?.profile(levels, walls, |row, k| self.base_vol(row, k))
    }

    /// The pool's positions and the market that values them.
    fn pool_book(&self) -> Result<Book<'_>, Reject> {
        let (market, desk) = self.state.market.as_ref().zip(self.desk()).ok_or(Reject::NoMarket)?;
        let inventory = &self.state.inventory;
        Ok(Book { board: &desk.board, inventory, spot: market.spot })
    }

    /// The base volatility of a row of the board at a log-moneyness.
    fn base_vol(&self, row: usize, k: Real) -> Result<Vol, Reject> {
        let feed = self.state.market.as_ref().and_then(|market| market.feeds.get(row));
        let (market, feed) = self.state.market.as_ref().zip(feed).ok_or(Reject::NoMarket)?;
        let time = market.now.until(feed.expiry)?;
        let share = self.state.params.realised_share;
        base_vol(&feed.slice, k, time, share, self.state.realised)
    }

    /// The signals of every bucket, of which an expiry's series are alive in its own and all before.
    fn buckets(&self, by_expiry: &[ExpiryGreeks]) -> Result<Vec<BucketSignals>, Reject> {
        let (market, desk) = self.state.market.as_ref().zip(self.desk()).ok_or(Reject::NoMarket)?;
        let scale = self.state.params.flow.scale;
        let mut buckets = Vec::with_capacity(desk.board.rows.len());
        let rows = desk.board.rows.iter().zip(desk.board.bucket_variances());
        let inputs = rows.zip(&market.feeds).zip(desk.flow.states());
        for (bucket, (((row, forward_variance), feed), &state)) in inputs.enumerate() {
            let mut alive = by_expiry[bucket..].iter();
            let gamma = alive.try_fold(Amount::ZERO, |sum, row| sum.checked_add(row.greeks.gamma));
            let depth = feed.depth.get();
            let gain = gamma.and_then(|gamma| loop_gain(gamma, depth, feed.outside_gain));
            let gain = gain.ok_or(GAIN)?;
            let bands = desk.potential.gains().filter(|node| node.bucket == bucket);
            let flow = flow(state).ok_or(FLOW)?;
            buckets.push(BucketSignals {
                expiry: row.stamp,
                variance: row.variance,
                forward_variance,
                depth,
                gain,
                vol_multiplier: vol_multiplier(gain),
                band_gains: bands.map(|node| node.gain).collect(),
                flow,
                flow_relative: share(flow, scale).ok_or(FLOW)?,
            });
        }
        Ok(buckets)
    }
}

/// What the engine reacts to, and how far it has.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RiskSignals {
    /// The time of the state.
    pub now: Timestamp,
    /// What the pool lets pass, and since when.
    pub breaker: Breaker,
    /// What the breaker sees.
    pub readings: Readings,
    /// What calls for more than calm, or holds more, with its numbers.
    pub reasons: Vec<Reason>,
    /// What the next contract pays as a multiple of the spread where it passes by auction only; zero
    /// where nothing does.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub auction: Real,
    /// What is foreseen; `None` if nothing is to be.
    pub outlook: Option<StressSignals>,
    /// The scan range that standing positions pay; zero where margin is not the rule.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub scan_range: Real,
    /// What funding costs a long, beside the basis of the first expiry that lives; `None` without funding.
    pub carry: Option<Carry>,
    /// How far the forward of each expiry that lives is from spot.
    pub bases: Vec<(Timestamp, Basis)>,
    /// Accounts that are for sale, by number.
    pub auctions: Vec<(AccountId, Auction)>,
}

/// Predictions, and the stress they come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct StressSignals {
    /// The score in force, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub stress: Real,
    /// The signals as something last was new.
    pub inputs: StressInputs,
    /// The score they make, in parts.
    pub score: Score,
    /// The variance forecast, annualised; zero until enough is known.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub forecast: Real,
    /// Variance by the range of prices, of late; zeros before a bar is over.
    pub fast: RangeVariance,
    /// The same over longer.
    pub slow: RangeVariance,
}

impl Engine {
    /// What the engine reacts to.
    ///
    /// # Errors
    ///
    /// [`Reject::Signal`] if a number does not fit, and [`Reject::Funding`].
    pub fn risk_signals(&self) -> Result<RiskSignals, Reject> {
        let (params, watch) = (&self.state.params.risk, &self.state.watch);
        let Watch { breaker, readings, .. } = *watch;
        let reasons = params.breaker.as_ref().map(|params| {
            let stepped = breaker.step(params, &readings, breaker.since);
            stepped.why().copied().collect()
        });
        let outlook = watch.predictor.as_ref().map(|seen| -> Result<_, SignalError> {
            Ok(StressSignals {
                stress: seen.stress().score(),
                inputs: *seen.inputs(),
                score: seen.score(),
                forecast: seen.forecast()?.unwrap_or(Real::ZERO),
                fast: seen.range().fast().unwrap_or_default(),
                slow: seen.range().slow().unwrap_or_default(),
            })
        });
        let bases = self.bases();
        let first = bases.first().map(|(_, basis)| *basis);
        let now = self.state.now;
        let funding = self.funding_now()?;
        let carry = funding.map(|(funding, params)| Carry::of(&funding, params, first));
        let by_auction = |action| breaker.state.admits(action) == Access::ByAuction;
        let auction = match &params.breaker {
            Some(params) if [Action::Open, Action::Reduce].into_iter().any(by_auction) => {
                watch.premium.fill(params, &breaker, now, Size::ZERO).0
            }
            _ => Real::ZERO,
        };
        Ok(RiskSignals {
            now,
            breaker,
            readings,
            reasons: reasons.unwrap_or_default(),
            auction,
            outlook: outlook.transpose()?,
            scan_range: watch.standing.range(),
            carry: carry.transpose()?,
            bases,
            auctions: watch.auctions.iter().map(|(id, auction)| (*id, *auction)).collect(),
        })
    }
}

impl Engine {
    /// The basis of every expiry that is quoted and lives.
    fn bases(&self) -> Vec<(Timestamp, Basis)> {
        let Some(market) = &self.state.market else { return Vec::new() };
        let basis = |feed: &Feed| {
            let time = self.state.now.until(feed.expiry).ok()?;
            Some((feed.expiry, Basis::of(feed.forward, market.spot, time)?))
        };
        market.feeds.iter().filter_map(basis).collect()
    }
}

/// A flow's state, which is kept in units of 2⁻⁴⁸·10⁻⁹; those of an amount are 2⁻⁶⁴·10⁻⁹.
fn flow(state: i128) -> Option<Amount> {
    let fine = state.checked_mul(1 << 16)?;
    let rest = fine.rem_euclid(Size::SCALE) as u32; // under 10⁹
    Amount::from_parts(fine.div_euclid(Size::SCALE), rest)
}
