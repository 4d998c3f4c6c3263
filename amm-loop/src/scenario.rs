//! A scenario: everything that is the same for every design of pool.

use alloc::string::String;
use alloc::vec::Vec;

use amm_core::num::{Cash, Price, Real, Timestamp, Vol, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::Agent;
use crate::spot::{Depth, Impact, Process};
use crate::surface::Surface;

/// What happens, to whom, and where.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// In a few words.
    pub title: String,
    /// What it is to show.
    #[serde(default)]
    pub why: String,
    /// Of all luck.
    pub seed: u64,
    /// Seconds a block, at least 1.
    pub block_s: u32,
    /// How many blocks.
    pub blocks: u32,
    /// Blocks before anything is measured.
    #[serde(default)]
    pub warmup: u32,
    /// Spans, in blocks, over which realised variance is measured.
    pub horizons: Vec<u32>,
    /// The underlying and its options' outside market.
    pub market: Market,
    /// What is listed.
    pub listing: Listing,
    /// What providers bring.
    pub capital: Cash,
    /// Whether options change hands with their delta, at spot, as block trades do: then only the
    /// hedging that spot's moves cause reaches the market. Without it the hedge of every new option
    /// does too, and what is measured is the pressure of demand along with the loop.
    #[serde(default)]
    pub delta_exchange: bool,
    /// The outside dealer.
    #[serde(default)]
    pub dealer: DealerRule,
    /// Who trades, in this order.
    #[serde(default)]
    pub agents: Vec<Agent>,
}

/// The underlying and its options' outside market.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// When it begins.
    pub start: Timestamp,
    /// What the underlying is worth then.
    pub spot: Price,
    /// How it would move if nobody hedged.
    pub process: Process,
    /// Moves on top, at known times.
    #[serde(default)]
    pub shocks: Vec<Shock>,
    /// What trades in the underlying do to its price.
    pub impact: Impact,
    /// How deep the market for it is.
    pub depth: Depth,
    /// Hundredths of a per cent that a trade in the underlying costs beside its impact.
    #[serde(with = "serde_real", default)]
    pub spread_bps: Real,
    /// Implied volatility.
    pub surface: Surface,
    /// Half-life of the realised volatility that agents look at.
    pub realised_half_life_s: u32,
}

/// A move of ln spot, in equal parts over some blocks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Shock {
    /// The first block, from 1.
    pub block: u32,
    /// How many, at least 1.
    pub blocks: u32,
    /// The whole move of ln spot.
    #[serde(with = "serde_real")]
    pub ln: Real,
}

/// What is listed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Listing {
    /// Expiries so many hours after the start, each with strikes at these multiples of spot.
    Grid {
        /// Ascending.
        hours: Vec<u32>,
        /// An expiry that passes is followed by another with the same time to run.
        #[serde(default)]
        roll: bool,
        /// Strikes over spot, ascending; rounded to five figures.
        #[serde(with = "reals")]
        strikes: Vec<Real>,
    },
    /// Expiries with their strikes.
    Lines(Vec<(Timestamp, Vec<Price>)>),
}

/// The outside dealer: takes what the pool does not get, and hedges in the same spot.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DealerRule {
    /// Half of its spread, in volatility.
    pub half_spread_vol: Vol,
    /// Blocks between its hedges, at least 1.
    pub every: u32,
}

impl Default for DealerRule {
    fn default() -> Self {
        const HALF_A_POINT: Real = Real::lit("0.005");
        Self { half_spread_vol: Vol::new(HALF_A_POINT).unwrap_or(Vol::MIN), every: 1 }
    }
}

impl Scenario {
    /// Checks what its parts do not check themselves.
    ///
    /// # Errors
    ///
    /// [`LoopError`] with the reason.
    pub fn check(&self) -> Result<(), LoopError> {
        let wrong = LoopError::Scenario;
        if self.block_s == 0 || self.blocks == 0 || self.warmup >= self.blocks {
            return Err(wrong("a scenario has blocks of at least 1 s, and some after the warm-up"));
        }
        if u64::from(self.block_s) * u64::from(self.blocks) > 10 * 365 * 86_400 {
            return Err(wrong("a scenario lasts at most ten years"));
        }
        let ascending = self.horizons.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.horizons.first().is_none_or(|first| *first == 0) {
            return Err(wrong("horizons are one or more, ascending, of at least one block"));
        }
        if self.horizons.last().is_some_and(|last| *last > self.blocks - self.warmup) {
            return Err(wrong("a horizon is longer than what is measured"));
        }
        if self.market.shocks.iter().any(|shock| shock.block == 0 || shock.blocks == 0) {
            return Err(wrong("a shock begins at block 1 or after and takes at least one block"));
        }
        if self.dealer.every == 0 || self.market.realised_half_life_s == 0 {
            return Err(wrong(
                "dealers hedge every block or more seldom; half-lives are above zero",
            ));
        }
        if self.capital <= Cash::ZERO {
            return Err(wrong("providers bring some capital"));
        }
        if self.agents.len() > 1000 {
            return Err(wrong("a scenario has at most 1000 agents"));
        }
        match &self.listing {
            Listing::Grid { hours, strikes, .. } => {
                let rising = hours.windows(2).all(|pair| pair[0] < pair[1])
                    && strikes.windows(2).all(|pair| pair[0] < pair[1]);
                let positive = hours.first().is_some_and(|first| *first > 0)
                    && strikes.first().is_some_and(|first| *first > 0);
                if !rising || !positive {
                    return Err(wrong("hours and strikes are listed ascending and above zero"));
                }
            }
            Listing::Lines(lines) if lines.is_empty() => {
                return Err(wrong("at least one expiry is listed"));
            }
            Listing::Lines(_) => {}
        }
        match &self.market.surface {
            Surface::Implied(rule) => rule.check(),
            Surface::Recorded(snapshots) if snapshots.is_empty() => {
                Err(wrong("a recorded surface has at least one snapshot"))
            }
            Surface::Recorded(_) => Ok(()),
        }
    }
}

/// Lists of decimals.
pub(crate) mod reals {
    use super::{Real, Vec};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize, Serialize)]
    #[serde(transparent)]
    struct One(#[serde(with = "amm_core::num::serde_real")] Real);

    pub(crate) fn serialize<S: Serializer>(list: &[Real], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(list.iter().map(|real| One(*real)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Real>, D::Error> {
        Ok(Vec::<One>::deserialize(from)?.into_iter().map(|one| one.0).collect())
    }
}
