//! Hedges and what is forced out, on their way to spot.

use amm_core::engine::Event;
use amm_core::math::exp;
use amm_core::num::{Real, Seconds, Size};
use amm_core::risk::{HedgePolicy, wanted};

use crate::LoopError;
use crate::pool::{Design, Governor};
use crate::units::{cash, div, money, mul, plus, size, units};
use crate::world::state::State;
use crate::world::{Fill, World};

impl World<'_> {
    /// Liquidations and hedges reach spot: the pool's first, then the dealer's, then what is left of
    /// the liquidations.
    pub(super) fn hedges(&mut self) -> Result<(), LoopError> {
        let (scenario, design, feedback) = (self.scenario, self.design, self.setting.feedback);
        let state = &mut self.state;
        let mut forced = core::mem::take(&mut state.forced);
        let mut gap = state.gap(design)?;
        if design.netting {
            gap = state.cross(gap, &mut forced)?;
        }
        let wanted = state.governed(gap, design, scenario.block_s)?;
        let bought = state.affordable(scenario, wanted, feedback)?;
        state.tape.short_of_cash += u32::from(bought != wanted);
        let fill = state.fill(scenario, bought, feedback)?;
        state.pool_hedged(bought, fill)?;
        if state.block.is_multiple_of(scenario.dealer.every) {
            let lacks = match state.pool.desk() {
                Some(desk) => state.dealer.wanted(desk)?,
                None => Size::ZERO,
            };
            let fill = state.fill(scenario, lacks, feedback)?;
            state.dealer.hedged(lacks, fill.cost)?;
            state.tape.hedged += (fill.cost - fill.slippage).abs();
        }
        for (agent, quantity) in forced {
            let fill = state.fill(scenario, quantity, feedback)?;
            state.purses[agent as usize].spot(quantity, fill.cost)?;
            state.tape.liquidated += (fill.cost - fill.slippage).abs();
        }
        Ok(())
    }
}

impl State {
    /// Units of the underlying that the pool lacks beyond its band, negative if it has too many.
    pub(super) fn gap(&self, design: &Design) -> Result<Size, LoopError> {
        let engine = self.pool.engine();
        let (target, held) = (engine.tally().hedge_target(), engine.state().pool().hedge.position);
        let width = design.hedge.band;
        wanted(HedgePolicy::Band { width }, target, held, Seconds::ZERO)
            .map_err(|_| LoopError::Overflow { what: "a hedge" })
    }

    /// What of a gap the governor lets into the market in this block. It knows the pool's own gain, and
    /// the others' if the keeper posts it.
    pub(super) fn governed(
        &self,
        gap: Size,
        design: &Design,
        seconds: u32,
    ) -> Result<Size, LoopError> {
        let Some(governor) = &design.hedge.governor else { return Ok(gap) };
        if gap == Size::ZERO {
            return Ok(gap);
        }
        let gain = if design.sees_outside { self.gain()? } else { self.pool_gain()? };
        let share = governor.share(gain, self.venue.impact().resilience_per_day, seconds)?;
        if share == Real::ONE {
            return Ok(gap);
        }
        size(mul(units(gap)?, share)?)
    }

    pub(super) fn pool_hedged(&mut self, bought: Size, fill: Fill) -> Result<(), LoopError> {
        if bought == Size::ZERO {
            return Ok(());
        }
        let brought = cash(-fill.cost);
        self.pool.must("a hedge", &Event::Hedge { quantity: bought, cash: brought })?;
        // From the price before its own impact to the price after it.
        let before = fill.cost - fill.slippage;
        let moved = mul(units(bought)?, self.spot.get())? - before;
        let split = &mut self.pool.split;
        split.hedge = plus(split.hedge, cash(moved))?;
        split.slipped(fill.slippage)?;
        self.tape.hedged += before.abs();
        Ok(())
    }

    /// Lets the pool's hedge meet what is forced the other way, at spot and without impact, as far as
    /// the pool has the cash; returns what is left of the hedge.
    pub(super) fn cross(
        &mut self,
        gap: Size,
        forced: &mut [(u64, Size)],
    ) -> Result<Size, LoopError> {
        let mut left = gap.atoms();
        for (agent, quantity) in forced {
            let met = quantity.atoms().unsigned_abs().min(left.unsigned_abs()) as i128;
            if left.signum() * quantity.atoms().signum() >= 0 || met == 0 {
                continue;
            }
            let (mine, theirs) = (left.signum() * met, quantity.atoms().signum() * met);
            let worth = mul(units(Size::from_atoms(mine))?, self.spot.get())?;
            if worth >= money(self.pool.engine().state().pool().cash)? {
                continue;
            }
            let fill = Fill { cost: worth, slippage: Real::ZERO };
            self.pool_hedged(Size::from_atoms(mine), fill)?;
            self.purses[*agent as usize].spot(Size::from_atoms(theirs), -worth)?;
            self.tape.crossed += worth.abs();
            left -= mine;
            *quantity = Size::from_atoms(quantity.atoms() - theirs);
        }
        Ok(Size::from_atoms(left))
    }
}

impl Governor {
    /// The share of its gap that the hedge closes in a block: 1 − e^(−κΔt) with κ = ρ·g/(a − g).
    pub(crate) fn share(
        &self,
        gain: Real,
        resilience_per_day: Real,
        seconds: u32,
    ) -> Result<Real, LoopError> {
        const DAY: Real = Real::lit("86400");
        let over = gain - self.gain_max;
        if over <= 0 {
            return Ok(Real::ONE);
        }
        let rate = div(mul(resilience_per_day, self.gain_max)?, over).unwrap_or(Real::MAX);
        let time = Real::from_num(seconds) / DAY;
        let Some(most) = rate.checked_mul(time).filter(|rate| *rate < 40) else {
            return Ok(Real::ONE);
        };
        Ok((Real::ONE - exp(-most)?).max(self.least_share))
    }
}
