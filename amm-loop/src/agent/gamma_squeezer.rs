//! An attack: buys short-dated calls from the pool, pushes spot up so that the pool's hedge pushes it
//! further, and sells calls and spot at the top.
//!
//! It buys until the pool's loop gain is where it wants it or its budget is spent, in equal parts over
//! `buy_blocks`; pushes over `push_blocks`; then sells the calls back to the pool and the spot to the
//! market over `unwind_blocks`, and what it could not sell, in the blocks after. How much it buys it
//! finds by asking the pool for six sizes and taking the one that promises most; if none promises
//! anything it stays away.
//!
//! What a size promises: spot moves by m = (push + what the pool must buy against the calls)/L/(1 − x)
//! at a loop gain of x (Frey and Stremme 1997), a call gains ΔSm + ½S²Γm², and the pool's mark-up is
//! lost twice.

use amm_core::book::{POSITION_MAX, Series, Side};
use amm_core::num::{Cash, Real, Size, serde_real};
use amm_core::pricing::Kind;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, within};
use crate::draw::Draws;
use crate::units::{div, money, more, mul, plus, size, units};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GammaSqueezer {
    /// The block in which it begins, from 1.
    pub start: u32,
    /// The most premium that it pays, above zero. Attacks of 1 to 20 million are worth a look.
    pub budget: Cash,
    /// Cash with which it pushes spot, zero or more.
    pub push: Cash,
    /// The pool's loop gain at which it has enough, 0 to 10; 0.8.
    #[serde(with = "serde_real", default = "four_fifths")]
    pub gain: Real,
    /// At least so many hours to run.
    pub hours: u32,
    /// Strike over spot, above 0 and to 10; 1.05.
    #[serde(with = "serde_real", default = "five_above")]
    pub strike: Real,
    /// Blocks over which it buys, at least 1; 3.
    #[serde(default = "three")]
    pub buy_blocks: u32,
    /// Blocks over which it pushes; 3.
    #[serde(default = "three")]
    pub push_blocks: u32,
    /// Blocks over which it unwinds, at least 1; 3.
    #[serde(default = "three")]
    pub unwind_blocks: u32,
}

/// It remembers its attack.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    /// What it buys, and how many contracts in all; `None` if it stays away.
    plan: Option<(Series, Size)>,
    /// Premium paid.
    paid: Cash,
}

impl GammaSqueezer {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let blocks = [self.buy_blocks, self.push_blocks, self.unwind_blocks];
        let fine = self.start > 0
            && self.budget > Cash::ZERO
            && self.push >= Cash::ZERO
            && within(self.gain, 0, 10)
            && self.strike > 0
            && within(self.strike, 0, 10)
            && self.buy_blocks > 0
            && self.unwind_blocks > 0
            && blocks.iter().all(|blocks| *blocks <= 1_000_000);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a gamma squeezer's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let Some(since) = floor.block().checked_sub(self.start) else { return Ok(()) };
        if since == 0 {
            state.plan = self.plan(me, floor)?;
        }
        let Some((series, wanted)) = state.plan else { return Ok(()) };
        let pushes = self.buy_blocks + self.push_blocks;
        if since < self.buy_blocks {
            let part = Size::from_atoms(wanted.atoms() / i128::from(self.buy_blocks));
            return self.buy(state, me, floor, series, part);
        }
        if since < pushes {
            let part = money(self.push)? / Real::from_num(self.push_blocks);
            let quantity = size(div(part, floor.spot().get())?)?;
            floor.buy_spot(me, quantity)?;
            return Ok(());
        }
        // In the last block and after it everything that is left.
        let left = (pushes + self.unwind_blocks).saturating_sub(since).max(1);
        let part = |all: Size| Size::from_atoms(all.atoms() / i128::from(left));
        sell(me, floor, series, part(floor.position(me, series)))?;
        let back = part(floor.purse(me).units);
        let back = back.checked_neg().ok_or(LoopError::Overflow { what: "a size" })?;
        floor.buy_spot(me, back)?;
        Ok(())
    }

    /// The series, and the size that promises most.
    fn plan(&self, me: Me, floor: &Floor<'_>) -> Result<Option<(Series, Size)>, LoopError> {
        let Some(series) = floor.pick(self.hours, self.strike, Kind::Call) else { return Ok(None) };
        let Some(line) = floor.line(series) else { return Ok(None) };
        let price = line.value.prices.call;
        if price <= 0 {
            return Ok(None);
        }
        let most = size(div(money(self.budget)?, price)?)?;
        let mut lot = self.payable(me, floor, series, most.min(self.room(floor, series)?))?;
        let mut best: Option<(Size, Real)> = None;
        for _ in 0..6 {
            if let Some(promise) = self.promise(me, floor, series, lot)?
                && best.is_none_or(|(_, most)| promise > most)
            {
                best = Some((lot, promise));
            }
            lot = Size::from_atoms(lot.atoms() / 2);
        }
        Ok(best.map(|(lot, _)| (series, lot)))
    }

    /// A size, less what the pool's mark-up puts beyond the budget.
    fn payable(
        &self,
        me: Me,
        floor: &Floor<'_>,
        series: Series,
        lot: Size,
    ) -> Result<Size, LoopError> {
        if lot <= Size::ZERO {
            return Ok(lot);
        }
        match floor.ask(me, Side::Buy, series, lot)? {
            Ok(offer) if offer.total > self.budget => {
                size(mul(units(lot)?, div(money(self.budget)?, money(offer.total)?)?)?)
            }
            _ => Ok(lot),
        }
    }

    /// What a size promises; `None` if nothing, or if it cannot be had.
    fn promise(
        &self,
        me: Me,
        floor: &Floor<'_>,
        series: Series,
        lot: Size,
    ) -> Result<Option<Real>, LoopError> {
        const MOST: Real = Real::lit("0.9");
        if lot <= Size::ZERO {
            return Ok(None);
        }
        let Some(line) = floor.line(series) else { return Ok(None) };
        let Ok(offer) = floor.ask(me, Side::Buy, series, lot)? else { return Ok(None) };
        if offer.total > self.budget {
            return Ok(None);
        }
        let (count, depth, spot) = (units(lot)?, floor.venue().depth(), floor.spot().get());
        let gain = pool_gain(floor)? + div(mul(count, line.dollar_gamma)?, depth)?;
        let delta = mul(line.value.delta_call, spot)?;
        let bought = money(self.push)? + mul(count, delta)?;
        let moves = div(div(bought, depth)?, Real::ONE - gain.min(MOST))?.min(Real::ONE);
        let each = mul(delta, moves)? + mul(mul(line.dollar_gamma, moves)?, moves)? / 2;
        let lost = money(offer.total)? - offer.fair;
        let promise = mul(count, each)? - lost - lost;
        Ok((promise > 0).then_some(promise))
    }

    /// Contracts that bring the pool's loop gain to where it wants it.
    fn room(&self, floor: &Floor<'_>, series: Series) -> Result<Size, LoopError> {
        let Some(line) = floor.line(series) else { return Ok(Size::ZERO) };
        let wants = mul(self.gain - pool_gain(floor)?, floor.venue().depth())?;
        // A contract without gamma adds nothing, however many there are.
        let contracts = wants.checked_div(line.dollar_gamma.max(Real::DELTA));
        contracts.map_or(Ok(POSITION_MAX), size)
    }

    /// Buys a part, as far as the gain is not yet where it should be; if the pool does not sell so many,
    /// or its budget does not reach, half of them, and so on.
    fn buy(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        series: Series,
        part: Size,
    ) -> Result<(), LoopError> {
        let mut lot = part.min(self.room(floor, series)?);
        for _ in 0..6 {
            if lot <= Size::ZERO {
                return Ok(());
            }
            if let Ok(offer) = floor.ask(me, Side::Buy, series, lot)?
                && plus(state.paid, offer.total)? <= self.budget
                && let Ok(offer) = floor.trade(me, Side::Buy, series, lot)?
            {
                state.paid = plus(state.paid, offer.total)?;
                return Ok(());
            }
            lot = Size::from_atoms(lot.atoms() / 2);
        }
        Ok(())
    }
}

/// Sells calls to the pool: so many, or what it takes of them by halves.
fn sell(me: Me, floor: &mut Floor<'_>, series: Series, part: Size) -> Result<(), LoopError> {
    let (mut left, mut lot) = (part, part);
    for _ in 0..6 {
        if lot <= Size::ZERO || left <= Size::ZERO {
            return Ok(());
        }
        match floor.trade(me, Side::Sell, series, lot)? {
            Ok(_) => left = more(left, Size::from_atoms(-lot.atoms()))?,
            Err(_) => lot = Size::from_atoms(lot.atoms() / 2),
        }
        lot = lot.min(left);
    }
    Ok(())
}

fn pool_gain(floor: &Floor<'_>) -> Result<Real, LoopError> {
    div(-floor.pool().dollar_gamma()?, floor.venue().depth())
}

fn four_fifths() -> Real {
    Real::lit("0.8")
}

fn five_above() -> Real {
    Real::lit("1.05")
}

const fn three() -> u32 {
    3
}
