//! What the engine watches, and what that changes of what it charges.
//!
//! Readings and predictions are taken at market updates; time alone makes inputs older and lets the
//! breaker fall. Nothing here looks at orders: what a quote charges is the same for all of one state.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::book::{Account, AccountId};
use crate::engine::marks::Marks;
use crate::engine::{Engine, MarketUpdate, Params, Pool, Reject, State, Tally};
use crate::fees::Fees;
use crate::math::{ln, sqrt};
use crate::num::{Cash, Price, Real, Rounding, Seconds, Size, Timestamp, Vol, YEAR_S, mul_div};
use crate::quote::Desk;
use crate::risk::breaker::{Breaker, Premium, Readings};
use crate::risk::liquidation::{Auction, AuctionParams};
use crate::risk::margin::{Conditions, StandingRange};
use crate::signals::{Outlook, Predictor, SignalError};
use crate::skew::Gain;

const OVERFLOW: Reject = Reject::Overflow { what: "a reading" };

/// All that is remembered of risk.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Watch {
    /// What the pool lets pass.
    pub breaker: Breaker,
    /// What passes by auction only is asked beside, since the breaker was last tripped.
    pub premium: Premium,
    /// What the last market update showed, with the inputs' age now; zeros where nobody asks.
    pub readings: Readings,
    /// What moves are measured from.
    pub anchor: Option<Anchor>,
    /// What was drawn on the insurance fund of late.
    pub draw: Draw,
    /// What is foreseen.
    pub predictor: Option<Box<Predictor>>,
    /// What margin depends on, as of the last market update; `None` where it is not the rule.
    pub conditions: Option<Conditions>,
    /// The scan range in force for positions that stand.
    pub standing: StandingRange,
    /// Accounts that are for sale.
    pub auctions: BTreeMap<AccountId, Auction>,
    /// What was last liquidated.
    pub spent: Spent,
}

/// A market that later ones are compared with, for a horizon.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Anchor {
    /// When it was seen.
    pub at: Timestamp,
    /// Spot.
    pub spot: Price,
    /// The first expiry then.
    pub expiry: Timestamp,
    /// The base surface's variance σ² at its forward, annualised.
    pub variance: Real,
    /// The variance forecast, annualised: the predictor's, or the surface's.
    pub forecast: Real,
}

/// A sum over a time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Draw {
    /// When it began.
    pub since: Timestamp,
    /// What was in the fund.
    pub fund: Cash,
    /// What has been paid out of it.
    pub paid: Cash,
}

/// Units of the underlying that were liquidated at one time.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Spent {
    /// The time.
    pub at: Timestamp,
    /// Units.
    pub units: Size,
}

impl Watch {
    /// As it begins under parameters.
    pub(in crate::engine) fn new(params: &Params) -> Self {
        let predictor = params.risk.prediction.and_then(|params| Predictor::new(params).ok());
        Self { predictor: predictor.map(Box::new), ..Self::default() }
    }

    /// As it goes on under other parameters: a prediction that is set otherwise begins anew.
    pub(in crate::engine) fn set(&self, params: &Params) -> Self {
        let (mut next, risk) = (self.clone(), &params.risk);
        if next.predictor.as_ref().map(|old| *old.params()) != risk.prediction {
            next.predictor = Self::new(params).predictor;
        }
        if risk.breaker.is_none() {
            (next.breaker, next.premium) = (Breaker::default(), Premium::default());
        }
        if !risk.reads() {
            (next.readings, next.anchor) = (Readings::default(), None);
        }
        if risk.margin.params().is_none() {
            (next.conditions, next.standing) = (None, StandingRange::default());
            (next.auctions, next.spent) = (BTreeMap::new(), Spent::default());
        }
        next
    }

    /// Takes a market update into the predictions, with the loop gain just before it.
    ///
    /// Signals that no number holds are as bad as can be.
    pub(in crate::engine) fn foresee(
        &mut self,
        update: &MarketUpdate,
        gain: Real,
    ) -> Result<(), Reject> {
        let Some(predictor) = &mut self.predictor else { return Ok(()) };
        let (now, spot) = (update.now, update.spot);
        let forecast = &predictor.params().forecast;
        let ahead = u64::from(forecast.bar.get()).saturating_mul(forecast.ahead.into());
        let horizon = now.get().saturating_add(ahead);
        let nearest = update.feeds.iter().min_by_key(|feed| feed.expiry.get().abs_diff(horizon));
        let Some(feed) = nearest else { return Ok(()) };
        let time = now.until(feed.expiry)?;
        let total = feed.slice.total_variance(Real::ZERO, time)?.get();
        let surface_variance = annual(total, time).max(Real::DELTA);
        let cluster = collaterals(update);
        let assets = &cluster[..usize::from(predictor.params().cluster.assets).min(cluster.len())];
        let outlook = Outlook { now, spot, assets, surface_variance, gain };
        **predictor = match predictor.after(&outlook) {
            Ok(next) => next,
            Err(SignalError::Overflow { .. }) => {
                let stress = predictor.stress().after(now, Real::ONE)?;
                Predictor { stress, ..**predictor }
            }
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }

    /// Reads a new market, and lets the breaker answer.
    pub(in crate::engine) fn read(
        &mut self,
        params: &Params,
        update: &MarketUpdate,
        (desk, tally): (&Desk, &Tally),
        pool: &Pool,
    ) -> Result<(), Reject> {
        let (risk, now) = (&params.risk, update.now);
        if !risk.reads() {
            return Ok(());
        }
        let row = desk.board.rows.first();
        let variance = row.map_or(Real::ZERO, |row| annual(row.variance, row.expiry.time()));
        let mut readings = Readings {
            loop_gain: desk.potential.gain_max(),
            oracle_gap: update.traded.map_or(Real::ZERO, |traded| gap(update.spot, traded)),
            age: age(update, now),
            utilisation: utilisation(tally, params.backing_bps, pool),
            insurance_draw: self.draw.share(now, risk.memory),
            ..Readings::default()
        };
        let anchored = self.anchor.filter(|_| row.is_some());
        if let Some(anchor) = anchored {
            let elapsed = now.get().saturating_sub(anchor.at.get());
            let span = elapsed.max(risk.horizon.get().into());
            readings.spot_return = ln(update.spot.get())? - ln(anchor.spot.get())?;
            readings.deviation = deviation(anchor.forecast, span)?;
            let same = row.is_some_and(|row| row.stamp == anchor.expiry);
            if same && anchor.variance > 0 && variance > 0 {
                let ratio = sqrt(variance)?.checked_div(sqrt(anchor.variance)?);
                readings.vol_jump = ratio.unwrap_or(Real::MAX) - Real::ONE;
            }
        }
        let over = |anchor: &Anchor| {
            now.get().saturating_sub(anchor.at.get()) >= u64::from(risk.horizon.get())
        };
        if let Some(row) = row.filter(|_| anchored.as_ref().is_none_or(over)) {
            let forecast = match &self.predictor {
                Some(predictor) => predictor.forecast()?.unwrap_or(variance),
                None => variance,
            };
            let (at, spot, expiry) = (now, update.spot, row.stamp);
            self.anchor = Some(Anchor { at, spot, expiry, variance, forecast });
        }
        self.readings = readings;
        self.step(params, now);
        Ok(())
    }

    /// Takes what margin depends on from a new market, with the volatility quoted at the money; `None`
    /// where nothing is quoted.
    ///
    /// A loop gain past ten, of either sign, is ten: from a half on it makes no difference.
    pub(in crate::engine) fn measure(
        &mut self,
        params: &Params,
        (update, now): (&MarketUpdate, Timestamp),
        desk: &Desk,
        vol: Option<Vol>,
    ) -> Result<(), Reject> {
        const TEN: Real = Real::lit("10");
        let rule = params.risk.margin.params();
        let Some((rule, vol)) = rule.zip(vol) else {
            self.conditions = None;
            return Ok(());
        };
        let stress = match &self.predictor {
            Some(seen) => seen.stress().multiplier(seen.params().stress.margin_cap)?,
            None => Real::ONE,
        };
        let gain = desk.potential.gain_max().min(TEN).max(-TEN);
        let confidence = rule.doubt.of_age(now.get().saturating_sub(update.prices_at.get()));
        let calm = Conditions::calm(update.spot, vol);
        let (pledged, peg) = (update.pledged, update.peg);
        let conditions = Conditions { gain, pledged, stress, peg, confidence, ..calm };
        self.standing = self.standing.after(now, rule.range(&conditions)?, rule.rise_per_second);
        self.conditions = Some(conditions);
        Ok(())
    }

    /// The insurance fund has paid.
    pub(in crate::engine) fn drew(&mut self, state: &State, paid: Cash) {
        if paid == Cash::ZERO {
            return;
        }
        let (held, now, memory) = (state.pool.insurance, state.now, state.params.risk.memory);
        let passed = now.get().saturating_sub(self.draw.since.get());
        if passed >= u64::from(memory.get()) || self.draw.fund == Cash::ZERO {
            self.draw = Draw { since: now, fund: held, paid: Cash::ZERO };
        }
        // The fund may have grown since; sums of what was in it are below what there is of cash.
        let sum = |one: Cash, other: Cash| one.checked_add(other).unwrap_or(Cash::MAX);
        let fund = self.draw.fund.max(sum(self.draw.paid, held));
        self.draw = Draw { fund, paid: sum(self.draw.paid, paid), ..self.draw };
    }

    /// A liquidation, which is seen as an event of so much.
    pub(in crate::engine) fn event(&mut self, now: Timestamp, weight: Real) {
        if let Some(predictor) = &mut self.predictor
            && let Ok(next) = predictor.event(now, weight)
        {
            **predictor = next;
        }
    }

    /// What was liquidated at a time.
    pub(in crate::engine) fn spent_at(&self, now: Timestamp) -> Size {
        if self.spent.at == now { self.spent.units } else { Size::ZERO }
    }

    /// Ends the auctions of accounts that have changed and are back, or have nothing left.
    pub(in crate::engine) fn recheck(
        &mut self,
        rule: &AuctionParams,
        marks: &Marks<'_>,
        accounts: &[(AccountId, Account)],
    ) {
        for (id, account) in accounts {
            if self.auctions.get(id).is_some_and(|auction| marks.is_over(rule, auction, account)) {
                self.auctions.remove(id);
            }
        }
    }

    /// The same for all auctions, at new marks and by a rule that may be new; some accounts may have changed.
    pub(in crate::engine) fn recheck_all(
        &mut self,
        (rule, state): (&AuctionParams, &State),
        marks: &Marks<'_>,
        changed: &[(AccountId, Account)],
    ) {
        self.auctions.retain(|id, auction| {
            let changed = changed.iter().find(|(other, _)| other == id);
            let account = changed.map(|(_, account)| account).or(state.accounts.get(id));
            account.is_some_and(|account| !marks.is_over(rule, auction, account))
        });
    }

    /// After a fill of the hedge, a trade of the underlying that is seen for sure; `None` where it tells
    /// nothing: no price, or more than is counted.
    pub(in crate::engine) fn filled(
        &self,
        now: Timestamp,
        units: Size,
        cash: Cash,
    ) -> Option<Self> {
        let predictor = self.predictor.as_ref()?;
        let [size, paid] = [units.atoms(), cash.atoms()].map(i128::unsigned_abs);
        let real = |bits: Option<u128>| Some(Real::from_bits(i128::try_from(bits?).ok()?));
        let price = Price::new(real(mul_div(paid, 1 << 64, size, Rounding::Down))?).ok()?;
        let volume = real(mul_div(size, 1 << 64, Size::SCALE as u128, Rounding::Down))?;
        let next = predictor.trade(now, price, volume).ok()?;
        Some(Self { predictor: Some(Box::new(next)), ..self.clone() })
    }

    /// Time goes on: inputs grow older, and the breaker may fall.
    pub(in crate::engine) fn pass(&mut self, state: &State, now: Timestamp) {
        if state.params.risk.reads() {
            self.readings.age = state.market.as_ref().map_or(Seconds::ZERO, |m| age(m, now));
            self.readings.insurance_draw = self.draw.share(now, state.params.risk.memory);
            self.step(&state.params, now);
        }
    }

    fn step(&mut self, params: &Params, now: Timestamp) {
        if let Some(params) = &params.risk.breaker {
            let next = self.breaker.step(params, &self.readings, now).breaker;
            if next != self.breaker {
                (self.breaker, self.premium) = (next, Premium::whole(now));
            }
        }
    }

    /// What the loop gain costs, by stress.
    pub(in crate::engine) fn gain(&self, params: &Params) -> Result<Gain, Reject> {
        let Some(predictor) = &self.predictor else { return Ok(params.gain) };
        let by = predictor.stress().multiplier(predictor.params().stress.theta_cap)?;
        let theta = params.gain.theta.checked_mul(by).ok_or(OVERFLOW)?;
        Ok(Gain { theta, ..params.gain })
    }

    /// Spread and fee, by stress and by the breaker's state.
    pub(in crate::engine) fn fees(&self, params: &Params) -> Result<Fees, Reject> {
        self.fees_at(params, params.risk.breaker.map(|breaker| breaker.spread(self.breaker.state)))
    }

    /// What so many contracts pay that pass by auction, and the premium after them.
    pub(in crate::engine) fn auctioned(
        &self,
        params: &Params,
        now: Timestamp,
        contracts: Size,
    ) -> Result<(Fees, Premium), Reject> {
        let filled = params.risk.breaker.as_ref();
        let filled = filled.map(|rule| self.premium.fill(rule, &self.breaker, now, contracts));
        let fees = self.fees_at(params, filled.map(|(factor, _)| factor))?;
        Ok((fees, filled.map_or(self.premium, |(_, premium)| premium)))
    }

    fn fees_at(&self, params: &Params, breaker: Option<Real>) -> Result<Fees, Reject> {
        let mut spread = params.fees.half_spread_vol;
        let mut widen = |by: Real| -> Result<(), Reject> {
            spread = spread.checked_mul(by).ok_or(OVERFLOW)?;
            Ok(())
        };
        if let Some(predictor) = &self.predictor {
            widen(predictor.stress().multiplier(predictor.params().stress.spread_cap)?)?;
        }
        breaker.map_or(Ok(()), widen)?;
        Ok(Fees { half_spread_vol: spread, ..params.fees })
    }
}

impl Draw {
    /// What was paid of what was there, 0 to 1; nothing once it is forgotten.
    fn share(&self, now: Timestamp, memory: Seconds) -> Real {
        let over = now.get().saturating_sub(self.since.get()) >= u64::from(memory.get());
        if over { Real::ZERO } else { ratio(self.paid, self.fund) }
    }
}

/// One sum over another, neither below zero; of nothing, zero over zero is zero and all else the most
/// there is.
fn ratio(part: Cash, whole: Cash) -> Real {
    let [part, whole] = [part, whole].map(|cash| cash.atoms().max(0).unsigned_abs());
    if part == 0 {
        return Real::ZERO;
    }
    let bits =
        mul_div(part, 1 << 64, whole, Rounding::Up).and_then(|bits| i128::try_from(bits).ok());
    bits.map_or(Real::MAX, Real::from_bits)
}

/// Cash that the book locks, and what is owed, over the pool's cash.
fn utilisation(tally: &Tally, bps: u32, pool: &Pool) -> Real {
    let locked = tally.backing(bps).map(|backing| backing.round(Rounding::Up));
    let locked = locked.and_then(|locked| locked.checked_add(pool.owed));
    locked.map_or(Real::MAX, |locked| ratio(locked, pool.cash))
}

/// The underlying, then the other assets by number; zero for those that have no price.
fn collaterals(update: &MarketUpdate) -> [Price; 8] {
    let mut prices = [Price::MIN; 8];
    let assets = update.assets.iter().map(|feed| feed.map_or(Price::MIN, |feed| feed.price));
    let all = core::iter::once(update.spot).chain(assets);
    prices.iter_mut().zip(all).for_each(|(place, price)| *place = price);
    prices
}

/// One price over another, less one; the most there is where no number holds it.
fn gap(price: Price, other: Price) -> Real {
    let over = price.get().checked_div(other.get());
    over.and_then(|over| over.checked_sub(Real::ONE)).unwrap_or(Real::MAX)
}

/// How old the oldest input is.
pub(in crate::engine) fn age(update: &MarketUpdate, now: Timestamp) -> Seconds {
    let oldest = update.prices_at.min(update.surface_at).min(update.depth_at);
    Seconds::new(now.get().saturating_sub(oldest.get())).unwrap_or(Seconds::MAX)
}

/// σ² of a total variance σ²T; the most there is where no number holds it.
fn annual(total: Real, time: Seconds) -> Real {
    match i128::from(time.get()) {
        0 => Real::ZERO,
        time => total.saturating_mul_int(YEAR_S.into()) / time,
    }
}

/// σ√t, of a variance that is the most there is where no number holds it.
fn deviation(variance: Real, span_s: u64) -> Result<Real, Reject> {
    Ok(sqrt(variance.saturating_mul_int(span_s.into()) / i128::from(YEAR_S))?)
}

impl Engine {
    /// What is remembered of risk once accounts have changed; `None` if none of them is for sale.
    pub(in crate::engine) fn rechecked(
        &self,
        accounts: &[(AccountId, Account)],
    ) -> Option<Box<Watch>> {
        let watched = |(id, _): &(AccountId, Account)| self.state.watch.auctions.contains_key(id);
        // Marks are not made for nobody.
        accounts.iter().any(watched).then(|| self.rechecked_at(&Marks::of(self), accounts))?
    }

    /// The same at marks.
    pub(in crate::engine) fn rechecked_at(
        &self,
        marks: &Marks<'_>,
        accounts: &[(AccountId, Account)],
    ) -> Option<Box<Watch>> {
        let watch = &self.state.watch;
        if !accounts.iter().any(|(id, _)| watch.auctions.contains_key(id)) {
            return None;
        }
        let mut watch = watch.clone();
        watch.recheck(&self.state.params.risk.auction, marks, accounts);
        Some(Box::new(watch))
    }
}
