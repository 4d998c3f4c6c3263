//! What trades do to a world's state.

use amm_core::math::{exp, ln};
use amm_core::num::{Cash, Price, Real, Size};
use amm_core::pricing::Kind;

use crate::LoopError;
use crate::agent::Me;
use crate::scenario::Scenario;
use crate::spot::Push;
use crate::units::{cash, div, money, mul, plus, units};
use crate::world::Fill;
use crate::world::state::State;

impl State {
    /// Units that an agent hands over at spot along with an option, as its delta: no impact, no
    /// spread.
    pub(super) fn exchanged(&mut self, me: Me, quantity: Size) -> Result<Fill, LoopError> {
        let what = LoopError::Overflow { what: "a delta" };
        let given = quantity.checked_neg().ok_or(what)?;
        let cost = mul(units(quantity)?, self.spot.get())?;
        self.purses[me.index].spot(given, -cost)?;
        Ok(Fill { cost, slippage: Real::ZERO })
    }

    /// The loop gain of the pool alone.
    pub(super) fn pool_gain(&self) -> Result<Real, LoopError> {
        div(-self.pool.dollar_gamma()?, self.venue.depth())
    }

    /// The loop gain of all hedgers.
    pub(super) fn gain(&self) -> Result<Real, LoopError> {
        let dealer = match self.pool.desk() {
            Some(desk) => self.dealer.dollar_gamma(desk)?,
            None => Real::ZERO,
        };
        div(-(self.pool.dollar_gamma()? + dealer), self.venue.depth())
    }

    /// A trade in the underlying, at the mean of what it does to ln spot on its way, and the market's
    /// spread on top. Without `moves` it has no impact at all.
    ///
    /// Flow is its worth at the price before it. So whoever buys and then sells never gains, however
    /// either is sliced, and who sells first gains nothing to first order in the impact.
    pub(super) fn fill(
        &mut self,
        scenario: &Scenario,
        quantity: Size,
        moves: bool,
    ) -> Result<Fill, LoopError> {
        let worth = mul(units(quantity)?, self.spot.get())?;
        if quantity == Size::ZERO {
            return Ok(Fill::default());
        }
        let moved = if moves { self.venue.push(worth)? } else { Push::default() };
        let cost = cost(scenario, worth, moved.mean)?;
        if moved.by != 0 {
            self.ln_spot += moved.by;
            self.moves_to(Price::new(exp(self.ln_spot)?)?)?;
        }
        self.street.sold(quantity, cost)?;
        Ok(Fill { cost, slippage: cost - worth })
    }

    /// Spot moves, and the pool's hedge gains or loses by it.
    pub(super) fn moves_to(&mut self, spot: Price) -> Result<(), LoopError> {
        let held = self.pool.engine().state().pool().hedge.position;
        let gained = mul(units(held)?, spot.get() - self.spot.get())?;
        self.spot = spot;
        let split = &mut self.pool.split;
        split.hedge = plus(split.hedge, cash(gained))?;
        Ok(())
    }

    /// The pool's options have new marks.
    pub(super) fn remark(&mut self) -> Result<(), LoopError> {
        let gained = self.pool.options()? - self.marked;
        let split = &mut self.pool.split;
        split.options = plus(split.options, cash(gained))?;
        Ok(())
    }

    /// What of a hedge the pool has the cash for: all of it, half, a quarter, and so on, or nothing.
    pub(super) fn affordable(
        &self,
        scenario: &Scenario,
        bought: Size,
        moves: bool,
    ) -> Result<Size, LoopError> {
        let held = money(self.pool.engine().state().pool().cash)?;
        let mut part = bought;
        while part > Size::ZERO {
            let worth = mul(units(part)?, self.spot.get())?;
            let mut venue = self.venue.clone();
            let moved = if moves { venue.push(worth)? } else { Push::default() };
            if cost(scenario, worth, moved.mean)? < held {
                break;
            }
            part = Size::from_atoms(part.atoms() / 2);
        }
        Ok(part)
    }

    /// What an agent has made since the start, at fair marks.
    pub(super) fn made(&self, me: Me) -> Result<Cash, LoopError> {
        let purse = &self.purses[me.index];
        let mut sum = plus(purse.cash, cash(mul(units(purse.units)?, self.spot.get())?))?;
        let Some(desk) = self.pool.desk() else { return Ok(sum) };
        let accounts = self.pool.engine().state().accounts();
        let held = accounts.get(&me.account());
        let held = held.map_or(&[][..], |account| account.positions.as_slice());
        for (series, position) in held.iter().copied().chain(purse.options.iter().copied()) {
            let Some(at) = desk.find(series.line()) else { continue };
            let prices = &desk.valued(at).value.prices;
            let each = if series.kind == Kind::Call { prices.call } else { prices.put };
            sum = plus(sum, cash(mul(units(position)?, each)?))?;
        }
        Ok(sum)
    }

    /// Adds to realised variance and makes it a volatility.
    pub(super) fn realise(&mut self, scenario: &Scenario) -> Result<(), LoopError> {
        const YEAR: Real = Real::lit("31536000");
        let half_life = scenario.market.realised_half_life_s;
        let kept = crate::units::fading(scenario.block_s, half_life)?;
        let per_year = div(YEAR, Real::from_num(scenario.block_s))?;
        let now = mul(mul(self.last_move, self.last_move)?, per_year)?;
        self.realised = mul(self.realised, kept)? + mul(now, Real::ONE - kept)?;
        self.realised_vol = amm_core::math::sqrt(self.realised)?;
        Ok(())
    }

    /// ln of a price.
    pub(super) fn ln(price: Price) -> Result<Real, LoopError> {
        Ok(ln(price.get())?)
    }
}

/// What spot worth so much before it moves costs, if its ln is so much higher on average.
fn cost(scenario: &Scenario, worth: Real, mean: Real) -> Result<Real, LoopError> {
    const BPS: Real = Real::lit("10000");
    let spread = mul(worth.abs(), scenario.market.spread_bps)? / BPS;
    Ok(mul(worth, exp(mean)?)? + spread)
}
