//! The light loop itself.

use alloc::vec::Vec;

use super::book::Hedged;
use super::fine::{FAR, GAIN_BITS, real, times};
use super::law::Law;
use super::{Hedge, LightError, Tables};
use crate::draw::philox4x64;
use amm_core::num::Real;

/// Whose luck it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Whence {
    /// Of the experiment.
    pub seed: u64,
    /// Of many.
    pub path: u64,
    /// Who moves spot.
    pub agent: u64,
}

/// What happened in a block: fine numbers, see [`real`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// Which.
    pub block: u64,
    /// ln spot at its start.
    pub from: i64,
    /// ln spot at its end.
    pub to: i64,
    /// Spot's own move.
    pub own: i64,
    /// What hedgers bought, over the scale.
    pub flow: i64,
    /// What that moved ln spot by.
    pub moved: i64,
}

/// Where a path ends: fine numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End {
    /// ln spot.
    pub log_spot: i64,
    /// What hedgers hold: cash spent, over the scale.
    pub held: i64,
}

/// A path on its way.
#[derive(Debug)]
pub(super) struct Course<'a, L, B> {
    pub(super) law: L,
    pub(super) book: B,
    pub(super) tables: &'a Tables,
    pub(super) whence: Whence,
    /// In units of 2⁻⁶².
    pub(super) deviations: Vec<i64>,
    pub(super) drift: i64,
    pub(super) hedge: Hedge,
    /// The number that belongs to the hedge: a share or a half-width.
    pub(super) share: i64,
    pub(super) log_spot: i64,
    pub(super) held: i64,
}

/// The least that one less the gain may be where hedgers trade at once: 2⁻¹⁰.
const ROOM_MIN: i64 = 1 << (GAIN_BITS - 10);

/// More flow at once than any that leaves ln spot where it may be: 64.
const FLOW_MAX: i128 = 8 * FAR as i128;

/// How many times Newton's method may correct itself.
const CORRECTIONS: u32 = 60;

impl<L: Law, B: Hedged> Course<'_, L, B> {
    pub(super) fn run(
        mut self,
        blocks: u64,
        mut watch: impl FnMut(&Step),
    ) -> Result<End, LightError> {
        let last = self.deviations.len() - 1;
        let room = match self.book.constant() {
            Some(gain) if self.law.is_linear() => Some((1 << GAIN_BITS) - gain),
            _ => None,
        };
        // 1/(1 − a) in units of 2⁻⁵⁰, where it is at most 2¹⁰.
        let whole = room.filter(|&room| room >= ROOM_MIN).map(|room| {
            i64::try_from((1_i128 << (GAIN_BITS + 50)) / i128::from(room)).expect("at most 2⁶⁰")
        });
        for block in 0..blocks {
            let from = self.log_spot;
            let place = usize::try_from(block).map_or(last, |block| block.min(last));
            let z = self.tables.normal(self.word(block));
            let own =
                self.drift + ((i128::from(self.deviations[place]) * i128::from(z)) >> 64) as i64;
            let came_back = self.law.pass();
            let seen = from + came_back + own;
            let (flow, moved) = match self.hedge {
                Hedge::Elsewhere => (self.gap(seen, block + 1), 0),
                Hedge::Late => {
                    let flow = self.gap(from, block);
                    (flow, self.push(flow, block)?)
                }
                Hedge::Rounds(rounds) => self.rounds(rounds, seen, block)?,
                Hedge::AtOnce => self.at_once(seen, block, whole)?,
                Hedge::Partly(_) => {
                    let flow = times(self.share, self.gap(seen, block + 1));
                    (flow, self.push(flow, block)?)
                }
                Hedge::Band(_) if self.gap(seen, block + 1).abs() <= self.share => (0, 0),
                Hedge::Band(_) => self.at_once(seen, block, whole)?,
                Hedge::Decay => {
                    let flow = self.book.target(seen, block + 1) - self.book.target(seen, block);
                    (flow, self.push(flow, block)?)
                }
            };
            let to = seen + moved;
            self.held += flow;
            if let Hedge::Rounds(_) = self.hedge {
                self.held = self.book.target(to, block + 1);
            }
            if to.abs() > FAR {
                return Err(LightError::Runaway { block, log_spot: real(to) });
            }
            self.log_spot = to;
            watch(&Step { block, from, to, own, flow, moved });
        }
        Ok(End { log_spot: self.log_spot, held: self.held })
    }

    /// The first word of [`Draws`](crate::draw::Draws) for this block.
    #[inline(always)]
    fn word(&self, block: u64) -> u64 {
        let Whence { seed, path, agent } = self.whence;
        philox4x64([0, agent, block, path], [seed, 0])[0]
    }

    #[inline(always)]
    fn gap(&self, x: i64, block: u64) -> i64 {
        self.book.target(x, block) - self.held
    }

    #[inline(always)]
    fn push(&mut self, flow: i64, block: u64) -> Result<i64, LightError> {
        let log_spot = real(self.log_spot);
        self.law.push(flow).ok_or(LightError::Runaway { block, log_spot })
    }

    fn rounds(&mut self, rounds: u32, seen: i64, block: u64) -> Result<(i64, i64), LightError> {
        let (mut bought, mut moved) = (0, 0);
        for _ in 0..rounds {
            let flow = self.gap(seen + moved, block + 1) - bought;
            bought += flow;
            moved += self.push(flow, block)?;
            if (seen + moved).abs() > FAR {
                return Err(LightError::Runaway { block, log_spot: real(seen + moved) });
            }
        }
        Ok((bought, moved))
    }

    #[inline(always)]
    fn at_once(
        &mut self,
        seen: i64,
        block: u64,
        whole: Option<i64>,
    ) -> Result<(i64, i64), LightError> {
        let flow = match whole {
            // What is cut would have sent spot past where it may go.
            Some(whole) => ((i128::from(self.gap(seen, block + 1)) * i128::from(whole)) >> 50)
                .clamp(-FLOW_MAX, FLOW_MAX) as i64,
            None => self.settle(seen, block)?,
        };
        Ok((flow, self.push(flow, block)?))
    }

    /// The flow after which the gap is closed, by Newton's method.
    fn settle(&self, seen: i64, block: u64) -> Result<i64, LightError> {
        let mut flow = 0;
        for _ in 0..CORRECTIONS {
            let runaway = LightError::Runaway { block, log_spot: real(seen) };
            let (moved, slope) = self.law.try_push(flow).ok_or(runaway)?;
            let x = seen + moved;
            if x.abs() > FAR {
                return Err(LightError::Runaway { block, log_spot: real(x) });
            }
            let left = self.gap(x, block + 1) - flow;
            if left.abs() <= 8 {
                return Ok(flow);
            }
            let gain = self.book.gain(x, block + 1);
            // At most 16·31·2⁵⁸.
            let gain = (i128::from(gain) * i128::from(slope)) >> GAIN_BITS;
            let room = (1 << GAIN_BITS) - gain;
            if room < i128::from(ROOM_MIN) {
                return Err(LightError::Unstable { block, gain: wide(gain) });
            }
            let step = (i128::from(left) << GAIN_BITS) / room;
            flow = (i128::from(flow) + step).clamp(-FLOW_MAX, FLOW_MAX) as i64;
        }
        let gain = self.book.gain(seen, block + 1);
        Err(LightError::Unstable { block, gain: wide(gain.into()) })
    }
}

/// A gain as it is.
fn wide(gain: i128) -> Real {
    Real::from_bits(gain << (64 - GAIN_BITS))
}
