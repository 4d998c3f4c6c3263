//! One world: a scenario, a design, and one path of luck.
//!
//! A block, in this order, always:
//!
//! 1. the fundamental moves, transient impact fades, depth and implied volatility follow the move;
//! 2. what has expired is settled, and followed by a new expiry if the scenario rolls;
//! 3. the pool gets its market update, and its providers theirs;
//! 4. orders that were put off, then agents by their number;
//! 5. liquidations and hedges trade in spot;
//! 6. everything is measured and audited.
//!
//! So a hedge of this block's move shows in the next block's price: hedgers react one block late.

mod auction;
mod block;
mod demand;
mod floor;
mod flow;
mod hedge;
mod look;
mod margin;
mod purse;
mod state;
mod street;
mod stress;
mod tape;

pub use floor::{Floor, Sought};
pub use look::Gap;
pub use purse::Purse;
pub use street::Street;
pub use stress::Stressed;
pub use tape::{Calls, Demand, Sample, Span, Tape, Volume};

use alloc::vec::Vec;

use amm_core::engine::Digest;
use amm_core::num::{Cash, Price, Real, Timestamp, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::Me;
use crate::dealer::Dealer;
use crate::pool::{Design, Pool};
use crate::scenario::{Scenario, Shock};
use crate::spot::Venue;
use state::State;

/// What a run changes about a scenario besides the design.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Whether hedges and liquidations move spot. Without, all flows are booked and none moves it: the
    /// open loop.
    pub feedback: bool,
    /// ℓ: the share of what the pool does not fill that is bought from the outside dealer; 0 to 1.
    #[serde(with = "serde_real")]
    pub leakage: Real,
    /// A move on top, to see what becomes of it.
    #[serde(default)]
    pub impulse: Option<Shock>,
    /// Blocks at which ln spot is kept, ascending.
    #[serde(default)]
    pub marks: Vec<u32>,
    /// Whether every block is kept.
    #[serde(default)]
    pub samples: bool,
    /// Scores that stand for the engine's own: a placebo.
    #[serde(default)]
    pub stress: Option<Stressed>,
}

impl Default for Setting {
    /// Closed, half of the demand that is not filled leaks.
    fn default() -> Self {
        const HALF: Real = Real::lit("0.5");
        Self {
            feedback: true,
            leakage: HALF,
            impulse: None,
            marks: Vec::new(),
            samples: false,
            stress: None,
        }
    }
}

/// A trade in the underlying.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fill {
    /// What it cost, or brought in if negative.
    pub cost: Real,
    /// What of it is impact and spread.
    pub slippage: Real,
}

/// Streams of luck that are no agent's.
pub(crate) mod luck {
    /// The fundamental's.
    pub(crate) const FUNDAMENTAL: u64 = u64::MAX;
    /// Of a pool that turns away at random, plus the agent's number.
    pub(crate) const THIN: u64 = 1 << 32;
}

/// A world at the end of a block.
#[derive(Clone, Debug)]
pub struct World<'a> {
    scenario: &'a Scenario,
    design: &'a Design,
    setting: &'a Setting,
    path: u64,
    state: State,
}

impl<'a> World<'a> {
    /// A world before its first block.
    ///
    /// # Errors
    ///
    /// [`LoopError`] if the scenario, the design or the setting is out of range.
    pub fn new(
        scenario: &'a Scenario,
        design: &'a Design,
        setting: &'a Setting,
        path: u64,
    ) -> Result<Self, LoopError> {
        scenario.check()?;
        for agent in &scenario.agents {
            agent.check()?;
        }
        design.check()?;
        if setting.leakage < 0 || setting.leakage > Real::ONE {
            return Err(LoopError::Scenario("leakage is a share, 0 to 1"));
        }
        let state = block::begin(scenario, design)?;
        Ok(Self { scenario, design, setting, path, state })
    }

    /// The next block; `false` if there is none.
    ///
    /// # Errors
    ///
    /// [`LoopError`]: the world cannot go on.
    pub fn step(&mut self) -> Result<bool, LoopError> {
        if self.state.block >= self.scenario.blocks {
            return Ok(false);
        }
        self.block()?;
        Ok(true)
    }

    /// All blocks that are left, and a full audit.
    ///
    /// # Errors
    ///
    /// [`LoopError`].
    pub fn run(&mut self) -> Result<(), LoopError> {
        while self.step()? {}
        self.state.pool.audit(self.state.block)
    }

    /// Its state as bytes: the same on every machine.
    pub fn save(&self) -> Vec<u8> {
        // Everything in it serialises, and memory is all it can run out of.
        postcard::to_allocvec(&self.state).unwrap_or_default()
    }

    /// A world from saved bytes, under the scenario, design, setting and path it was saved under.
    ///
    /// # Errors
    ///
    /// [`LoopError::Saved`].
    pub fn restore(
        scenario: &'a Scenario,
        design: &'a Design,
        setting: &'a Setting,
        path: u64,
        bytes: &[u8],
    ) -> Result<Self, LoopError> {
        let state: State = postcard::from_bytes(bytes).map_err(|_| LoopError::Saved)?;
        let fits = state.memories.len() == scenario.agents.len()
            && state.purses.len() == scenario.agents.len()
            && state.block <= scenario.blocks;
        if !fits {
            return Err(LoopError::Saved);
        }
        Ok(Self { scenario, design, setting, path, state })
    }

    /// SHA-256 of its saved bytes.
    pub fn digest(&self) -> Digest {
        Digest::of_bytes(&self.save())
    }

    /// Blocks so far.
    pub const fn blocks(&self) -> u32 {
        self.state.block
    }

    /// The time.
    pub const fn now(&self) -> Timestamp {
        self.state.now
    }

    /// The underlying's price.
    pub const fn spot(&self) -> Price {
        self.state.spot
    }

    /// What was measured so far.
    pub const fn tape(&self) -> &Tape {
        &self.state.tape
    }

    /// The pool.
    pub const fn pool(&self) -> &Pool {
        &self.state.pool
    }

    /// The outside dealer.
    pub const fn dealer(&self) -> &Dealer {
        &self.state.dealer
    }

    /// The market for the underlying.
    pub const fn venue(&self) -> &Venue {
        &self.state.venue
    }

    /// What everybody else in the market for the underlying took and gave.
    pub const fn street(&self) -> &Street {
        &self.state.street
    }

    /// The loop gain of all hedgers.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn gain(&self) -> Result<Real, LoopError> {
        self.state.gain()
    }

    /// The loop gain of agents' forced trades: liquidations, insurance, rebalancing.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn forced_gain(&self) -> Result<Real, LoopError> {
        self.state.forced_gain(self.scenario)
    }

    /// What the providers' money has become, at fair marks.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn worth(&self) -> Result<Cash, LoopError> {
        self.state.pool.worth(self.state.spot)
    }

    /// What an agent has beside its account with the pool; `None` if there is no such agent.
    pub fn purse(&self, index: usize) -> Option<&Purse> {
        self.state.purses.get(index)
    }

    /// What an agent has made, at fair marks.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn made(&self, index: usize) -> Result<Cash, LoopError> {
        self.state.made(Me { index })
    }
}

#[cfg(test)]
mod tests;
