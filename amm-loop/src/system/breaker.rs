//! The circuit breaker of `amm_core`, and what it is shown of a system.

use amm_core::math::{ln, sqrt};
use amm_core::num::{Cash, Real, Seconds, Timestamp, YEAR_S};
use amm_core::risk::breaker::{
    Access, Action, Breaker, BreakerParams, Level, Readings, State as Freedom,
};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::{System, SystemError};
use crate::units::{add, div, money, mul, plus};

/// Whether a breaker acts, and how it is set.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerRule {
    /// Whether it acts. If not, it is watched all the same: that is what it is compared with.
    pub acts: bool,
    /// Whether liquidations go by auction while it halts, as `amm_core` says they do. If not, nobody is
    /// liquidated until it reopens: what a halt is without an auction.
    pub auctions: bool,
    /// Its levels and stays.
    pub params: BreakerParams,
    /// How long a move of spot is measured from one price, in seconds, at least 1.
    pub horizon: Seconds,
    /// How long what was paid by insurance is remembered, in seconds, at least 1.
    pub memory: Seconds,
}

impl BreakerRule {
    /// One that is only watched: the defaults of `amm_core` and of its engine, five minutes and a day.
    pub fn watched() -> Self {
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        Self {
            acts: false,
            auctions: true,
            params: BreakerParams::default(),
            horizon: seconds(300),
            memory: seconds(86_400),
        }
    }

    /// The same at work.
    pub fn acting() -> Self {
        Self { acts: true, ..Self::watched() }
    }

    pub(super) fn check(&self) -> Result<(), SystemError> {
        self.params.check()?;
        let (one, most) = (Real::ONE, Real::from_num(Seconds::MAX.get()));
        within("horizon of a breaker", Real::from_num(self.horizon.get()), one, most)?;
        within("memory of a breaker", Real::from_num(self.memory.get()), one, most)?;
        Ok(())
    }

    /// How near readings are to what halts: one is there. The greatest of what a system shows: loop
    /// gain, spot's move, the oracle's gap and the draw on insurance, each over the level that halts.
    pub(super) fn nearness(&self, readings: &Readings) -> Result<Real, SystemError> {
        let levels = &self.params.triggers;
        let of = |got: Real, halt: Real| got.checked_div(halt).unwrap_or(Real::MAX);
        let by_move = mul(levels.spot_move.halt, readings.deviation)?;
        let by_move =
            if by_move > 0 { of(readings.spot_return.abs(), by_move) } else { Real::ZERO };
        let near = of(readings.loop_gain, levels.loop_gain.halt);
        let near = near.max(of(readings.oracle_gap.abs(), levels.oracle_gap.halt));
        Ok(near.max(of(readings.insurance_draw, levels.insurance_draw.halt)).max(by_move))
    }
}

/// A breaker at work, or watched.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Fuse {
    pub(super) breaker: Breaker,
    /// When the market was last taken as what moves are measured from.
    since: Timestamp,
    /// ln spot then.
    #[serde(with = "amm_core::num::serde_real")]
    ln_spot: Real,
    /// The variance a year that was expected then.
    #[serde(with = "amm_core::num::serde_real")]
    variance: Real,
    /// When the memory of what insurance paid began.
    drawn_since: Timestamp,
    /// What had been paid by then.
    paid: Cash,
    /// What was there.
    held: Cash,
    /// How near the readings were to what halts.
    #[serde(with = "amm_core::num::serde_real")]
    pub(super) nearness: Real,
    /// What the readings call for.
    pub(super) level: Level,
}

impl Fuse {
    pub(super) fn new(now: Timestamp, ln_spot: Real, variance: Real, held: Cash) -> Self {
        Self {
            breaker: Breaker::default(),
            since: now,
            ln_spot,
            variance,
            drawn_since: now,
            paid: Cash::ZERO,
            held,
            nearness: Real::ZERO,
            level: Level::Calm,
        }
    }
}

impl System<'_> {
    /// How an action may be done now: as ever, unless a breaker acts.
    pub(super) fn access(&self, action: Action) -> Access {
        self.freedom().admits(action)
    }

    /// The breaker's state: [`Normal`](Freedom::Normal) unless it acts.
    pub fn freedom(&self) -> Freedom {
        if self.design.breaker.acts { self.state.fuse.breaker.state } else { Freedom::Normal }
    }

    /// Cash that stands behind deficits: the perpetuals' fund and lending's cover.
    pub(super) fn insurance(&self) -> Result<Cash, SystemError> {
        let books = &self.state.books;
        Ok(plus(books.fund.cash.max(Cash::ZERO), books.cover.cash.max(Cash::ZERO))?)
    }

    /// Shows the breaker the system, as the engine shows it its own.
    ///
    /// The move is from a price at most a horizon old, against the forecast of then: the predictor's where
    /// there is one, what is normal where not. The oracle keeps to its schedule, so no input is ever
    /// older than it is meant to be: what its delay costs is seen in its gap. No volatility is quoted here
    /// and no cash is locked by positions: those two triggers are never reached.
    pub(super) fn watch(&mut self) -> Result<(), SystemError> {
        let rule = &self.design.breaker;
        let now = self.state.now;
        let (horizon, memory) = (u64::from(rule.horizon.get()), u64::from(rule.memory.get()));
        let forecast = match &self.state.predictor {
            Some(predictor) => predictor.0.forecast()?,
            None => None,
        };
        let variance = forecast.unwrap_or(self.state.market.slow);
        let (paid, held) = (self.state.tape.insured, self.insurance()?);
        let market = &self.state.market;
        let fuse = &self.state.fuse;

        let elapsed = now.get().saturating_sub(fuse.since.get());
        let years = Real::from_num(elapsed.max(horizon)) / i128::from(YEAR_S);
        let drawn = super::books::less(paid, fuse.paid)?;
        let share = match fuse.held {
            Cash::ZERO if drawn > Cash::ZERO => Real::ONE,
            Cash::ZERO => Real::ZERO,
            held => div(money(drawn)?, money(held)?)?,
        };
        let gap = add(ln(self.state.oracle.price.get())?, -market.ln_spot)?;
        let readings = Readings {
            loop_gain: self.state.gain,
            spot_return: add(market.ln_spot, -fuse.ln_spot)?,
            deviation: sqrt(mul(fuse.variance, years)?)?,
            oracle_gap: amm_core::math::exp(gap)? - Real::ONE,
            insurance_draw: share,
            ..Readings::default()
        };
        let stepped = fuse.breaker.step(&rule.params, &readings, now);
        let mut next = *fuse;
        next.breaker = stepped.breaker;
        next.level = stepped.why().map(|reason| reason.rise).max().unwrap_or_default();
        next.nearness = rule.nearness(&readings)?;
        if elapsed >= horizon {
            (next.since, next.ln_spot, next.variance) = (now, market.ln_spot, variance);
        }
        if now.get().saturating_sub(next.drawn_since.get()) >= memory {
            (next.drawn_since, next.paid, next.held) = (now, paid, held);
        }
        self.state.fuse = next;
        Ok(())
    }
}
