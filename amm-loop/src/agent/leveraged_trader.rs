//! A crowd of leveraged longs: when spot falls through a position's level it is sold by force, and
//! comes back days after.
//!
//! Health, what a position's collateral is worth over what it must be, is drawn once per path: one
//! plus a lognormal buffer, so that with the defaults nine in ten lie between 1.15 and 2.1. A position
//! entered at S is sold when spot is at S/health. With so many units between two prices the crowd
//! adds their density over ln spot, times price, over the depth L to the loop gain.

use alloc::vec::Vec;

use amm_core::math::{exp, ln};
use amm_core::num::{Real, Size, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, View, within};
use crate::draw::Draws;
use crate::units::{div, mul, size, units};
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LeveragedTrader {
    /// Units of the underlying that all of them hold, 0 to 10⁹.
    #[serde(with = "serde_real")]
    pub units: Real,
    /// How many positions of one size, 1 to 10,000; 200.
    #[serde(default = "two_hundred")]
    pub positions: u32,
    /// Median of health less one, above 0 and to 10; 0.4.
    #[serde(with = "serde_real", default = "two_fifths")]
    pub buffer: Real,
    /// Standard deviation of ln(health − 1), 0 to 2; 0.6.
    #[serde(with = "serde_real", default = "three_fifths")]
    pub dispersion: Real,
    /// The probability that one at its level adds collateral rather than being sold, 0 to 1; 0.2. It
    /// then has its first health again.
    #[serde(with = "serde_real", default = "a_fifth")]
    pub top_up: Real,
    /// Mean days until one that was sold enters again, exponential; above 0 and to 3650, 5.
    #[serde(with = "serde_real", default = "five")]
    pub return_days: Real,
}

/// It remembers its crowd, which the first block draws.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    crowd: Vec<Position>,
}

/// One of the crowd.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Position {
    /// ln health on entry.
    #[serde(with = "serde_real")]
    health: Real,
    /// ln spot at which it is sold.
    #[serde(with = "serde_real")]
    level: Real,
    /// Uniform: below the probability of a top-up it tops up. What a question leaves of it answers the
    /// next, so all luck is drawn before any price.
    #[serde(with = "serde_real")]
    luck: Real,
    /// Blocks it stays away.
    away: u32,
    /// The block in which it enters again; zero while it is in.
    back: u32,
}

impl LeveragedTrader {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = within(self.units, 0, 1_000_000_000)
            && (1..=10_000).contains(&self.positions)
            && self.buffer > 0
            && within(self.buffer, 0, 10)
            && within(self.dispersion, 0, 2)
            && within(self.top_up, 0, 1)
            && self.return_days > 0
            && within(self.return_days, 0, 3650);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a leveraged trader's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        draws: &mut Draws,
    ) -> Result<(), LoopError> {
        let (now, block) = (floor.ln_spot(), floor.block());
        if state.crowd.is_empty() {
            state.crowd = self.draw(now, floor.per_block(Real::ONE)?, draws)?;
        }
        let (mut sold, mut entered) = (0_i128, 0_i128);
        for position in &mut state.crowd {
            if position.back > 0 {
                if position.back <= block {
                    (position.back, position.level) = (0, now - position.health);
                    entered += 1;
                }
            } else if now <= position.level {
                if position.luck < self.top_up {
                    position.luck = div(position.luck, self.top_up)?;
                    position.level = now - position.health;
                } else {
                    let rest = Real::ONE - self.top_up;
                    position.luck = div(position.luck - self.top_up, rest)?;
                    position.back = block.saturating_add(position.away);
                    sold += 1;
                }
            }
        }
        let each = self.each()?.atoms();
        for count in [-sold, entered] {
            if count != 0 {
                floor.force(me, Size::from_atoms(count * each))?;
            }
        }
        Ok(())
    }

    /// The crowd, as it stands when spot is here.
    fn draw(
        &self,
        ln_spot: Real,
        blocks_a_day: Real,
        draws: &mut Draws,
    ) -> Result<Vec<Position>, LoopError> {
        let position = |_| {
            let (normal, luck, wait) = (draws.normal(), draws.uniform(), draws.exponential());
            let buffer = mul(self.buffer, exp(mul(self.dispersion, normal)?)?)?;
            let health = ln(Real::ONE + buffer)?;
            let blocks = div(mul(self.return_days, wait)?, blocks_a_day)?;
            let away = blocks.ceil().checked_to_num::<u32>().unwrap_or(u32::MAX).max(1);
            Ok(Position { health, level: ln_spot - health, luck, away, back: 0 })
        };
        (0..self.positions).map(position).collect()
    }

    fn each(&self) -> Result<Size, LoopError> {
        size(self.units / Real::from_num(self.positions))
    }

    /// Cash that it would sell per fall of ln spot: its density over the next normal day's move.
    pub(super) fn feedback(&self, state: &State, view: &View<'_>) -> Result<Real, LoopError> {
        let reach = view.normal_day;
        let near =
            |position: &&Position| position.back == 0 && position.level > view.ln_spot - reach;
        let near = Real::from_num(state.crowd.iter().filter(near).count());
        let sells = mul(mul(units(self.each()?)?, near)?, Real::ONE - self.top_up)?;
        div(mul(sells, view.spot.get())?, reach)
    }
}

const fn two_hundred() -> u32 {
    200
}

fn two_fifths() -> Real {
    Real::lit("0.4")
}

fn three_fifths() -> Real {
    Real::lit("0.6")
}

fn a_fifth() -> Real {
    Real::lit("0.2")
}

fn five() -> Real {
    Real::lit("5")
}
