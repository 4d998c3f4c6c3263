//! One block, step by step.

use amm_core::math::exp;
use amm_core::num::{Real, Size, Timestamp};
use amm_core::risk::breaker::Level;

use crate::draw::Draws;
use crate::system::state::{Asked, State, luck};
use crate::system::stress::BEFORE_S;
use crate::system::{Liquidation, System, SystemError};
use crate::units::{add, div, money, mul, plus, units};

impl State {
    /// ln of spot over its first value.
    pub(super) fn x(&self) -> Result<Real, SystemError> {
        Ok(add(self.market.ln_spot, -self.market.ln_first)?)
    }

    /// The same where the block began.
    pub(super) fn seen(&self) -> Result<Real, SystemError> {
        Ok(add(self.market.ln_seen, -self.market.ln_first)?)
    }
}

impl System<'_> {
    pub(super) fn block(&mut self) -> Result<(), SystemError> {
        self.state.block += 1;
        let (scenario, setting) = (self.scenario, self.setting);
        let (block, seconds) = (self.state.block, scenario.block_s);
        let mut draws = Draws::new(scenario.seed, self.path, u64::from(block), luck::FUNDAMENTAL);
        let time = u64::from(block) * u64::from(seconds);
        self.state.now = Timestamp::new(BEFORE_S + time);
        let deviations = self.state.market.step(
            &scenario.market,
            (block, seconds),
            setting.impulse.as_ref(),
            &mut draws,
        )?;
        let spot = self.state.market.spot;
        self.state.oracle.step(&scenario.oracle, block, spot)?;
        self.inject()?;
        self.restrain()?;
        self.coins()?;
        self.mark()?;
        self.funding()?;
        self.rush()?;
        if let Liquidation::Gradual { budget, .. } = self.design.liquidation {
            // What is sold is others', so no governor of the pool's hedge holds it back.
            let market = &self.state.market;
            self.state.budget = budget.units(market.venue.depth(), market.spot, Size::MAX)?;
        }
        let waiting = self.calls()?;
        self.fills()?;
        self.hedge()?;
        self.state.chain.step(&scenario.chain, seconds, deviations, waiting)?;
        self.measure()
    }

    /// Gain, score, breaker and margin, from what the block began with.
    fn restrain(&mut self) -> Result<(), SystemError> {
        self.state.gain = self.gain()?;
        self.foresee()?;
        self.watch()?;
        self.remargin()
    }

    /// The loop gain: dollar gamma, and what positions within a normal day's fall would be sold by, over
    /// the depth.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`](crate::LoopError::Overflow).
    pub fn gain(&self) -> Result<Real, SystemError> {
        let gamma = self.scenario.options.dollar_gamma(self.state.x()?);
        let reach = self.scenario.market.normal_day();
        let spot = self.state.market.spot.get();
        let below = mul(spot, exp(-reach)?)?;
        let (books, standing) = (&self.state.books, self.state.standing.range());
        let (perp, lending) = (&self.scenario.perp, &self.scenario.lending);
        let part = match self.design.liquidation {
            Liquidation::AtOnce { share, .. } => (share, share),
            // At the level equity is what is asked, so the shares that restore the buffer are these.
            Liquidation::Gradual { buffer_bps, .. } => {
                let target = Real::ONE + Real::from_num(buffer_bps) / 10_000;
                let (aim, cost) = (mul(target, standing)?, perp.fee);
                let closed = if aim > cost { div(aim - standing, aim - cost)? } else { Real::ONE };
                let (threshold, bonus) = (lending.threshold(), Real::ONE + lending.bonus());
                let taken = mul(threshold, bonus)?;
                let repaid = mul(div(target - Real::ONE, target - taken)?, bonus)?;
                (closed.min(Real::ONE), mul(repaid, threshold)?.min(Real::ONE))
            }
        };
        let mut sold = Real::ZERO;
        for (i, account) in books.traders.iter().enumerate() {
            let near = account.perps.atoms() > 0 && !self.trader_healthy(i, below, standing)?;
            if near {
                sold = add(sold, mul(mul(units(account.perps)?, spot)?, part.0)?)?;
            }
        }
        for (i, account) in books.borrowers.iter().enumerate() {
            if account.debt.atoms() > 0 && !self.borrower_healthy(i, below)? {
                sold = add(sold, mul(mul(units(account.units)?, spot)?, part.1)?)?;
            }
        }
        let reach = reach.max(const { Real::lit("0.000001") });
        Ok(div(add(gamma, div(sold, reach)?)?, self.state.market.venue.depth())?)
    }

    /// Measures, and sees that nothing has come from nowhere.
    fn measure(&mut self) -> Result<(), SystemError> {
        let (block, coin, x) = (self.state.block, self.coin()?, self.state.x()?);
        let blocks_an_hour = (3600 / self.scenario.block_s.max(1)).max(1) as usize;
        let state = &mut self.state;
        let standing = state.standing.range();
        let tape = &mut state.tape;
        tape.forced = plus(tape.forced, state.forced)?;
        tape.run = match state.forced.atoms() {
            0 => state.forced,
            _ => plus(tape.run, state.forced)?,
        };
        tape.run_max = tape.run_max.max(tape.run);
        state.forced = amm_core::num::Cash::ZERO;
        tape.gain_max = tape.gain_max.max(state.gain);
        let square = mul(state.market.last_move, state.market.last_move)?;
        tape.squares = add(tape.squares, square)?;
        (tape.low, tape.high) = (tape.low.min(x), tape.high.max(x));
        tape.coin_low = tape.coin_low.min(coin);
        if self.setting.channels.margin || block == 1 {
            (tape.margin_low, tape.margin_high) =
                (tape.margin_low.min(standing), tape.margin_high.max(standing));
            // Where it has not risen since the last block it stands no higher over any before it.
            if state.margins.back().is_none_or(|last| standing > last.0) {
                let least = |count: usize| {
                    let latest = state.margins.iter().rev().take(count);
                    latest.map(|seen| seen.0).min().unwrap_or(standing)
                };
                let (hour, day) = (least(blocks_an_hour), least(24 * blocks_an_hour));
                tape.margin_rise_hour = tape.margin_rise_hour.max(standing - hour);
                tape.margin_rise_day = tape.margin_rise_day.max(standing - day);
            }
            state.margins.push_back(Asked(standing));
            while state.margins.len() > 24 * blocks_an_hour {
                state.margins.pop_front();
            }
        }
        tape.blocks_in[state.fuse.breaker.state as usize] += 1;
        if state.fuse.level >= Level::Reduce {
            tape.near_at = tape.near_at.or(Some(block));
        }
        if state.fuse.level >= Level::Halt {
            tape.hit_at = tape.hit_at.or(Some(block));
        }
        if self.setting.samples {
            tape.path.push(x);
        }
        state.tape.check(block)?;
        state.books.check(&state.began, block)
    }

    /// Cash that would be needed to move ln spot by one.
    pub fn depth(&self) -> Real {
        self.state.market.venue.depth()
    }

    /// What keepers have left, in cash.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`](crate::LoopError::Overflow).
    pub fn keepers_cash(&self) -> Result<Real, SystemError> {
        let mut sum = amm_core::num::Cash::ZERO;
        for keeper in &self.state.books.keepers {
            sum = plus(sum, keeper.cash)?;
        }
        Ok(money(sum)?)
    }
}
