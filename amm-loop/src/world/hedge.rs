//! Hedges and what is forced out, on their way to spot.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use amm_core::book::AccountId;
use amm_core::engine::Event;
use amm_core::num::{Real, Seconds, Size};
use amm_core::risk::governor::release;
use amm_core::risk::liquidation::{Flow, net};
use amm_core::risk::wanted;

use crate::LoopError;
use crate::pool::Design;
use crate::scenario::Scenario;
use crate::units::{cash, more, mul, plus, units};
use crate::world::state::State;
use crate::world::{Fill, World};

impl World<'_> {
    /// Liquidations and hedges reach spot: the pool's first, then the dealer's, then what is left of
    /// the liquidations.
    pub(super) fn hedges(&mut self) -> Result<(), LoopError> {
        let (scenario, design, feedback) = (self.scenario, self.design, self.setting.feedback);
        let state = &mut self.state;
        let mut forced = core::mem::take(&mut state.forced);
        let mut gap = state.gap(design, scenario.block_s)?;
        if design.netting {
            gap = state.cross(scenario, gap, &mut forced)?;
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
    /// Units of the underlying that the pool's policy would have it trade in a block, negative to sell.
    pub(super) fn gap(&self, design: &Design, seconds: u32) -> Result<Size, LoopError> {
        let engine = self.pool.engine();
        let (target, held) = (engine.tally().hedge_target(), engine.state().pool().hedge.position);
        wanted(design.hedge.policy, target, held, Seconds::new(seconds.into())?)
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
        let gain = if design.sees_outside { self.gain()? } else { self.pool_gain()? };
        Ok(release(gap, governor.speed(gain), seconds.into()))
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

    /// Lets the pool's hedge and what is forced meet at spot and without impact, the hedge as far as the
    /// pool has the cash; returns what is left of the hedge, and leaves what is left of the rest.
    pub(super) fn cross(
        &mut self,
        scenario: &Scenario,
        gap: Size,
        forced: &mut Vec<(u64, Size)>,
    ) -> Result<Size, LoopError> {
        let mut by_agent: BTreeMap<u64, Size> = BTreeMap::new();
        for (agent, quantity) in forced.drain(..) {
            let sum = by_agent.entry(agent).or_default();
            *sum = more(*sum, quantity)?;
        }
        let flow =
            |(agent, units): (&u64, &Size)| Flow { account: AccountId(*agent), units: *units };
        let flows: Vec<Flow> = by_agent.iter().map(flow).collect();
        let netted = net(self.affordable(scenario, gap, false)?, &flows)
            .map_err(|_| LoopError::Overflow { what: "what is forced" })?;
        let spot = self.spot.get();
        let mine = netted.hedge.inside;
        let fill = Fill { cost: mul(units(mine)?, spot)?, slippage: Real::ZERO };
        self.pool_hedged(mine, fill)?;
        for (AccountId(agent), part) in netted.parts {
            self.purses[agent as usize].spot(part.inside, mul(units(part.inside)?, spot)?)?;
            if part.outside != Size::ZERO {
                forced.push((agent, part.outside));
            }
        }
        self.tape.crossed += mul(units(netted.crossed)?, spot)?;
        gap.checked_sub(mine).ok_or(LoopError::Overflow { what: "a hedge" })
    }
}
