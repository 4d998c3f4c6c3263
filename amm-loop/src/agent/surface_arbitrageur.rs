//! Trades the pool against the outside dealer where they are further apart than both spreads: buys
//! where volatility is cheap, sells where it is dear.
//!
//! It is what anchors a pool's quotes, and it takes no risk: gamma that the pool is rid of by its price
//! becomes the dealer's, who hedges it in the same spot. Where the pool dampens only by shifting
//! gamma, the arbitrageur undoes it.

use alloc::collections::VecDeque;

use amm_core::book::{Series, Side};
use amm_core::num::{Cash, Real, Size, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, within};
use crate::draw::Draws;
use crate::units::{add, cash, mul, plus, size, units};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SurfaceArbitrageur {
    /// The most contracts it trades in a day, 0 to 10,000,000.
    #[serde(with = "serde_real")]
    pub per_day: Real,
    /// What it wants beyond both spreads, a share of volatility; 0 to 1, 0.01.
    #[serde(with = "serde_real", default = "a_hundredth")]
    pub margin: Real,
    /// Blocks from seeing a gap to trading on it, if it is still there: 1 to 100, 1. Real ones take 1
    /// to 5.
    #[serde(default = "one")]
    pub latency: u32,
}

/// It remembers what it may still trade, up to a day's, and its orders on their way.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    #[serde(with = "serde_real")]
    ready: Real,
    on_their_way: VecDeque<Seen>,
}

/// A gap as it was seen.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Seen {
    due: u32,
    side: Side,
    series: Series,
}

impl SurfaceArbitrageur {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = within(self.per_day, 0, 10_000_000)
            && within(self.margin, 0, 1)
            && (1..=100).contains(&self.latency);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a surface arbitrageur's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let ready = add(state.ready, floor.per_block(self.per_day)?)?;
        state.ready = ready.min(self.per_day);
        let block = floor.block();
        while let Some(seen) = state.on_their_way.pop_front_if(|seen| seen.due <= block) {
            self.arrive(state, me, floor, (seen.side, seen.series))?;
        }
        let gap = floor.widest_gap()?.filter(|gap| gap.width > self.margin);
        if let Some(gap) = gap {
            let due = block.saturating_add(self.latency);
            state.on_their_way.push_back(Seen { due, side: gap.side, series: gap.series });
        }
        Ok(())
    }

    /// Trades the size that brings most, of six, or nothing.
    fn arrive(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        (side, series): (Side, Series),
    ) -> Result<(), LoopError> {
        let mut best: Option<(Size, Cash)> = None;
        let mut lot = size(state.ready)?;
        for _ in 0..6 {
            if let Some(brings) = self.brings(me, floor, (side, series), lot)?
                && best.is_none_or(|(_, most)| brings > most)
            {
                best = Some((lot, brings));
            }
            lot = Size::from_atoms(lot.atoms() / 2);
        }
        let Some((lot, _)) = best else { return Ok(()) };
        if floor.trade(me, side, series, lot)?.is_ok() {
            floor.outside(me, other(side), series, lot)?;
            state.ready -= units(lot)?;
        }
        Ok(())
    }

    /// What both legs bring beyond the margin it wants; `None` if that is nothing.
    fn brings(
        &self,
        me: Me,
        floor: &Floor<'_>,
        (side, series): (Side, Series),
        lot: Size,
    ) -> Result<Option<Cash>, LoopError> {
        if lot <= Size::ZERO {
            return Ok(None);
        }
        let Ok(offer) = floor.ask(me, side, series, lot)? else { return Ok(None) };
        let Some(outside) = floor.outside_ask(other(side), series, lot)? else { return Ok(None) };
        let vol = floor.line(series).map_or(Real::ZERO, |line| line.vol.get());
        let wants = cash(mul(mul(offer.vega, vol)?, self.margin)?);
        let costs = plus(plus(offer.total, outside)?, wants)?;
        let brings = costs.checked_neg().ok_or(LoopError::Overflow { what: "a profit" })?;
        Ok((brings > Cash::ZERO).then_some(brings))
    }
}

const fn other(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}

fn a_hundredth() -> Real {
    Real::lit("0.01")
}

const fn one() -> u32 {
    1
}
