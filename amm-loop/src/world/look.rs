//! What an agent can look up about options.

use amm_core::book::{Series, Side};
use amm_core::num::{Cash, Real, Size};
use amm_core::pricing::Kind;
use amm_core::quote::LinePlace;

use crate::LoopError;
use crate::agent::{Me, View};
use crate::pool::MarkedLeg;
use crate::scenario::Scenario;
use crate::units::{add, div, mul};
use crate::world::Floor;
use crate::world::state::State;

/// The furthest strike at which a volatility says something, in standard deviations.
const FAR: Real = Real::lit("2.5");

/// Where the pool and the outside dealer are furthest apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Gap {
    /// The series.
    pub series: Series,
    /// The side on which a trader meets the pool: he buys from a cheap one.
    pub side: Side,
    /// What one contract brings after both spreads, as a share of volatility.
    pub width: Real,
}

/// A quotient that is compared and not taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    pub(super) of: Real,
    /// Above zero.
    pub(super) to: Real,
}

impl Ratio {
    /// Whether it is greater than another; not if that cannot be told.
    pub(super) fn above(self, other: Self) -> bool {
        let sides = self.of.checked_mul(other.to).zip(other.of.checked_mul(self.to));
        sides.is_some_and(|(one, two)| one > two)
    }

    pub(super) fn value(self) -> Result<Real, LoopError> {
        div(self.of, self.to)
    }
}

impl Floor<'_> {
    /// ℓ: the share of what the pool does not fill that goes to the outside dealer.
    pub const fn leakage(&self) -> Real {
        self.setting.leakage
    }

    /// The standard deviation of ln spot in a day of normal volatility.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn normal_day(&self) -> Result<Real, LoopError> {
        normal_day(self.normal_vol())
    }

    /// What the agent's forced trades are judged by.
    pub(crate) fn view(&self, me: Me) -> Result<View<'_>, LoopError> {
        self.state.view(self.scenario, me)
    }

    /// The call or put whose delta is nearest in size to this, in the first expiry with so many hours
    /// to run.
    pub fn by_delta(&self, hours: u32, delta: Real, kind: Kind) -> Option<Series> {
        let row = self.first_row(hours)?;
        let off = |line: &&amm_core::surface::Valued| {
            let value = &line.value;
            let has = if kind == Kind::Call { value.delta_call } else { value.delta_put };
            (has.abs() - delta).abs()
        };
        let nearest = row.lines.iter().min_by_key(off)?;
        Some(Series { expiry: row.stamp, strike: nearest.strike, kind })
    }

    fn first_row(&self, hours: u32) -> Option<&amm_core::surface::Row> {
        let least = self.now().get() + u64::from(hours) * 3600;
        self.desk()?.board.rows.iter().find(|row| row.stamp.get() >= least)
    }

    /// What the outside dealer asks for an order, or pays if negative; `None` if he does not quote it.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn outside_ask(
        &self,
        side: Side,
        series: Series,
        contracts: Size,
    ) -> Result<Option<Cash>, LoopError> {
        let Some(desk) = self.desk() else { return Ok(None) };
        self.scenario.dealer.ask(desk, (side, series, contracts))
    }

    /// The out-of-the-money series on which one contract between the pool and the outside dealer
    /// brings most after both spreads; `None` if nothing is quoted.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn widest_gap(&self) -> Result<Option<Gap>, LoopError> {
        let Some(desk) = self.desk() else { return Ok(None) };
        let marginals = desk.marginals();
        let outside = self.scenario.dealer.half_spread_vol.get();
        let mut widest: Option<(Series, Side, Ratio)> = None;
        for at in desk.lines() {
            let (row, line) = (desk.row(at), desk.valued(at));
            let vega = line.value.vega;
            if line.deviations.abs() > FAR || vega <= 0 {
                continue;
            }
            let kind = if line.strike >= row.expiry.forward() { Kind::Call } else { Kind::Put };
            let series = Series { expiry: row.stamp, strike: line.strike, kind };
            let (skew, ask, bid) = marginals.shifts(at);
            let spread = |halves: Real| mul(vega, halves);
            let own = desk.fees.half_spread_vol;
            let sold = match self.surcharge(at, series, Side::Sell)? {
                Some(charge) => self.bid((at, series), (skew, bid))? - spread(outside)? - charge,
                None => Real::MIN,
            };
            let bought = match self.surcharge(at, series, Side::Buy)? {
                Some(charge) => -(skew + ask) - spread(outside + own)? - charge,
                None => Real::MIN,
            };
            let (side, brings) =
                if sold >= bought { (Side::Sell, sold) } else { (Side::Buy, bought) };
            let width = Ratio { of: brings, to: mul(vega, line.vol.get())? };
            if width.to > 0 && widest.is_none_or(|(.., most)| width.above(most)) {
                widest = Some((series, side, width));
            }
        }
        let Some((series, side, width)) = widest else { return Ok(None) };
        Ok(Some(Gap { series, side, width: width.value()? }))
    }

    /// What the design's rule adds to the price of one contract; `None` if it refuses.
    fn surcharge(
        &self,
        at: LinePlace,
        series: Series,
        side: Side,
    ) -> Result<Option<Real>, LoopError> {
        let Some(rule) = &self.design.markup else { return Ok(Some(Real::ZERO)) };
        let size = Size::from_atoms(Size::SCALE);
        Ok(rule.charge(&self.state.pool, MarkedLeg { at, series, side, size })?.ok())
    }
}

impl State {
    pub(super) fn view(&self, scenario: &Scenario, me: Me) -> Result<View<'_>, LoopError> {
        let normal_vol = scenario.market.depth.sigma0.get();
        Ok(View {
            now: self.now,
            spot: self.spot,
            ln_spot: self.ln_spot,
            normal_vol,
            normal_day: normal_day(normal_vol)?,
            purse: &self.purses[me.index],
        })
    }

    /// The loop gain of agents' forced trades.
    pub(super) fn forced_gain(&self, scenario: &Scenario) -> Result<Real, LoopError> {
        let mut sum = Real::ZERO;
        for (index, (agent, memory)) in scenario.agents.iter().zip(&self.memories).enumerate() {
            let view = self.view(scenario, Me { index })?;
            sum = add(sum, agent.feedback(memory, &view)?)?;
        }
        div(sum, self.venue.depth())
    }
}

/// σ·√(1 d/1 y).
fn normal_day(vol: Real) -> Result<Real, LoopError> {
    /// 1/√365.
    const ROOT: Real = Real::lit("0.052342392259021375");
    mul(vol, ROOT)
}
