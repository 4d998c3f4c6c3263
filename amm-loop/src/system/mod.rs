//! Protocols around one market for the underlying, and how they pull each other down.
//!
//! Leveraged traders, a lending protocol, an options pool reduced to its gamma and a stablecoin share
//! collateral and trade in one spot [`Venue`](crate::spot::Venue). What one is forced to sell moves the price
//! that all are judged by. An experiment runs the same luck under two [`Design`]s, with some of the
//! [`Channels`] cut, or with a loss [`Injection`] in one protocol, and compares what is on the
//! [`Tape`] and what protocols are worth.
//!
//! A block, in this order, always:
//!
//! 1. the underlying moves by itself, transient impact fades, depth follows volatility and makers who
//!    leave; the oracle may report;
//! 2. a loss from outside falls, loop gain, stress score, breaker and margin follow;
//! 3. holders of the stablecoin run and redeem, which with the pool's value is what margin counts its
//!    coins and shares for in this block; the crowd trades and pays funding, longs rush ahead of
//!    the breaker;
//! 4. margin calls move on, traders' first and then borrowers', each by its number: triggered when spot
//!    crosses a level, observed when the oracle has, included when a keeper is let into a block,
//!    filled when its trade has reached the venue; fills in the order of inclusion;
//! 5. the options pool hedges what its options were when the block began: one block late;
//! 6. everything is measured, and nothing may have come from nowhere.
//!
//! What `amm_core` has is taken from there: breaker, scan range, predictor, damped funding, the share that is
//! sold, budget, auction and waterfall. What is here instead of it says why: loans and perpetuals that are sold
//! half at once, keepers who race, funding by velocity alone, and deleveraging.
//!
//! Who is forced to trade meets the street, which is everybody else and has credit without end, as
//! has the options pool's hedge.

mod auction;
mod block;
mod books;
mod breaker;
mod chain;
mod channel;
mod clearing;
mod crowd;
mod design;
mod error;
mod health;
mod keeper;
mod lending;
mod margin;
mod market;
mod matrix;
mod options;
mod oracle;
mod perp;
mod scenario;
mod shapley;
mod stable;
mod state;
mod stress;
mod tape;
mod worth;

pub use books::{Account, Books, Total};
pub use breaker::BreakerRule;
pub use chain::ChainRule;
pub use channel::{Channels, Protocol};
pub use clearing::{Cleared, ROUNDS_MAX, clear};
pub use crowd::CrowdRule;
pub use design::{Design, FundingRule, Liquidation};
pub use error::SystemError;
pub use keeper::{KeeperRule, Outage};
pub use lending::LendingRule;
pub use margin::{Margin, MarginRule};
pub use market::{MarketRule, Withdrawal};
pub use matrix::{Matrix, Radius, STEPS_MAX};
pub use options::{OptionsRule, Rung};
pub use oracle::OracleRule;
pub use perp::PerpRule;
pub use scenario::{Buffers, Claim, Scenario};
pub use shapley::{CAUSES_MAX, shapley};
pub use stable::StableRule;
pub use stress::Stress;
pub use tape::{Latency, Leg, Tape};
pub use worth::Injection;

use alloc::vec::Vec;

use amm_core::engine::Digest;
use amm_core::num::{Cash, Price, Real};
use serde::{Deserialize, Serialize};

use crate::scenario::Shock;
use state::State;

/// What a run changes about a scenario besides the design.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Which channels are open.
    #[serde(default)]
    pub channels: Channels,
    /// A loss in one protocol, to see what the others lose by it.
    #[serde(default)]
    pub injection: Option<Injection>,
    /// A move on top, to see what becomes of it.
    #[serde(default)]
    pub impulse: Option<Shock>,
    /// Whether ln spot is kept after every block.
    #[serde(default)]
    pub samples: bool,
}

/// A system at the end of a block.
#[derive(Clone, Debug)]
pub struct System<'a> {
    scenario: &'a Scenario,
    design: &'a Design,
    setting: &'a Setting,
    path: u64,
    /// Where the options pool's gamma changes: of the scenario, and not saved.
    way: options::Way,
    /// ℓ of loans: of the scenario too.
    threshold: Real,
    state: State,
}

impl<'a> System<'a> {
    /// A system before its first block.
    ///
    /// # Errors
    ///
    /// [`SystemError`] if the scenario, the design or the setting is out of range.
    pub fn new(
        scenario: &'a Scenario,
        design: &'a Design,
        setting: &'a Setting,
        path: u64,
    ) -> Result<Self, SystemError> {
        scenario.check()?;
        design.check(scenario)?;
        if setting.impulse.is_some_and(|shock| shock.block == 0 || shock.blocks == 0) {
            return Err(SystemError::Scenario(
                "an impulse begins in block 1 and lasts one, at least",
            ));
        }
        if setting.injection.is_some_and(|injection| injection.loss < Cash::ZERO) {
            return Err(SystemError::Scenario("a loss is not below zero"));
        }
        let state = State::new(scenario, design, path)?;
        Ok(Self::with(scenario, design, setting, path, state))
    }

    /// A system in a state, and what a scenario says once for all blocks.
    fn with(
        scenario: &'a Scenario,
        design: &'a Design,
        setting: &'a Setting,
        path: u64,
        state: State,
    ) -> Self {
        let way = scenario.options.way(scenario.market.spot.get());
        let threshold = scenario.lending.threshold();
        Self { scenario, design, setting, path, way, threshold, state }
    }

    /// The next block; `false` if there is none.
    ///
    /// # Errors
    ///
    /// [`SystemError`]: the system cannot go on.
    pub fn step(&mut self) -> Result<bool, SystemError> {
        if self.state.block >= self.scenario.blocks {
            return Ok(false);
        }
        self.block()?;
        Ok(true)
    }

    /// All blocks that are left.
    ///
    /// # Errors
    ///
    /// [`SystemError`].
    pub fn run(&mut self) -> Result<(), SystemError> {
        while self.step()? {}
        Ok(())
    }

    /// Its state as bytes: the same on every machine.
    pub fn save(&self) -> Vec<u8> {
        // Everything in it serialises, and memory is all it can run out of.
        postcard::to_allocvec(&self.state).unwrap_or_default()
    }

    /// A system from saved bytes, under the scenario, design, setting and path it was saved under.
    ///
    /// # Errors
    ///
    /// * [`SystemError::Saved`];
    /// * [`SystemError::NotConserved`] if something has been added to them, or taken away.
    pub fn restore(
        scenario: &'a Scenario,
        design: &'a Design,
        setting: &'a Setting,
        path: u64,
        bytes: &[u8],
    ) -> Result<Self, SystemError> {
        let (state, rest): (State, _) =
            postcard::take_from_bytes(bytes).map_err(|_| SystemError::Saved)?;
        let traders = scenario.perp.longs as usize + scenario.perp.shorts as usize;
        let borrowers = scenario.lending.borrowers as usize;
        let fits = rest.is_empty()
            && state.fits(traders, borrowers, scenario.keepers.count as usize)
            && state.block <= scenario.blocks;
        if !fits {
            return Err(SystemError::Saved);
        }
        state.market.venue.check()?;
        state.books.check(&state.began, state.block)?;
        Ok(Self::with(scenario, design, setting, path, state))
    }

    /// SHA-256 of its saved bytes.
    pub fn digest(&self) -> Digest {
        Digest::of_bytes(&self.save())
    }

    /// Blocks so far.
    pub const fn blocks(&self) -> u32 {
        self.state.block
    }

    /// The underlying's price.
    pub const fn spot(&self) -> Price {
        self.state.market.spot
    }

    /// What it would be if nobody had traded.
    pub const fn ln_fundamental(&self) -> Real {
        self.state.market.ln_fundamental
    }

    /// The price that contracts see.
    pub const fn seen(&self) -> Price {
        self.state.oracle.price
    }

    /// How far trades have moved ln spot.
    pub fn displacement(&self) -> Real {
        self.state.market.venue.displacement()
    }

    /// What was measured so far.
    pub const fn tape(&self) -> &Tape {
        &self.state.tape
    }

    /// Who has what.
    pub const fn books(&self) -> &Books {
        &self.state.books
    }

    /// What all had together at first.
    pub const fn began(&self) -> &Total {
        &self.state.began
    }

    /// The probability that a keeper is let into the next block.
    pub const fn inclusion(&self) -> Real {
        self.state.chain.inclusion
    }

    /// The funding rate a day.
    pub const fn rate(&self) -> Real {
        self.state.rate
    }
}
