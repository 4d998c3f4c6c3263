//! A scenario: everything that is the same for every design.

use alloc::string::String;
use alloc::vec::Vec;

use amm_core::num::{Cash, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::{
    ChainRule, CrowdRule, KeeperRule, LendingRule, MarketRule, OptionsRule, OracleRule, PerpRule,
    Protocol, StableRule, SystemError,
};

/// What happens, to whom, and where. It reads from TOML; numbers with a fraction are quoted.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// In a few words.
    pub title: String,
    /// What it is to show, and what it is modelled on.
    #[serde(default)]
    pub why: String,
    /// Of all luck.
    pub seed: u64,
    /// Seconds a block, 1 to 86,400.
    pub block_s: u32,
    /// How many blocks.
    pub blocks: u32,
    /// The underlying.
    pub market: MarketRule,
    /// What contracts see of its price.
    pub oracle: OracleRule,
    /// Room in blocks.
    pub chain: ChainRule,
    /// Who liquidates.
    pub keepers: KeeperRule,
    /// The perpetuals' venue.
    #[serde(default)]
    pub perp: PerpRule,
    /// The crowd that comes and goes by funding.
    #[serde(default)]
    pub crowd: CrowdRule,
    /// The lending protocol.
    #[serde(default)]
    pub lending: LendingRule,
    /// The options pool.
    #[serde(default)]
    pub options: OptionsRule,
    /// The stablecoin.
    #[serde(default)]
    pub stable: StableRule,
    /// What protocols owe each other at the end.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

/// What one protocol owes another.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Who owes.
    pub from: Protocol,
    /// To whom.
    pub to: Protocol,
    /// How much, not below zero.
    pub amount: Cash,
}

/// How far positions are from their liquidation, in ln spot.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Buffers {
    /// Drawn.
    Lognormal {
        /// Half of them are nearer: 0.0001 to 5.
        #[serde(with = "serde_real")]
        median: Real,
        /// Standard deviation of its ln, 0 to 2.
        #[serde(with = "serde_real")]
        sd: Real,
    },
    /// Evenly from one to the other: a constant density.
    Even {
        /// The nearest, 0 to `most`.
        #[serde(with = "serde_real")]
        least: Real,
        /// The farthest, to 5.
        #[serde(with = "serde_real")]
        most: Real,
    },
}

impl Default for Buffers {
    /// Half of them within a third.
    fn default() -> Self {
        Self::Lognormal { median: Real::lit("0.33"), sd: Real::lit("0.6") }
    }
}

impl Buffers {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let five = Real::lit("5");
        match *self {
            Self::Lognormal { median, sd } => {
                within("median buffer", median, Real::lit("0.0001"), five)?;
                within("deviation of buffers", sd, Real::ZERO, Real::lit("2"))?;
            }
            Self::Even { least, most } => {
                within("greatest buffer", most, Real::ZERO, five)?;
                within("least buffer", least, Real::ZERO, most)?;
            }
        }
        Ok(())
    }

    /// The one of number `i` of `n`, at most 5.
    pub(super) fn of(&self, i: u32, n: u32, normal: Real) -> Result<Real, SystemError> {
        match *self {
            Self::Lognormal { median, sd } => {
                let times = amm_core::math::exp(crate::units::mul(sd, normal)?)?;
                Ok(crate::units::mul(median, times)?.min(Real::lit("5")))
            }
            Self::Even { least, most } => {
                let part = (Real::from_num(i) * 2 + Real::ONE) / (2 * i128::from(n.max(1)));
                Ok(least + crate::units::mul(most - least, part)?)
            }
        }
    }
}

impl Scenario {
    /// Checks its numbers.
    ///
    /// # Errors
    ///
    /// [`SystemError`] names the one that is out of range.
    pub fn check(&self) -> Result<(), SystemError> {
        let (one, day) = (Real::ONE, Real::lit("86400"));
        within("seconds of a block", Real::from_num(self.block_s), one, day)?;
        self.market.check()?;
        self.oracle.check()?;
        self.chain.check()?;
        self.keepers.check()?;
        self.perp.check()?;
        self.crowd.check()?;
        self.lending.check()?;
        self.options.check()?;
        self.stable.check()?;
        if self.perp.paired > self.perp.longs.min(self.lending.borrowers) {
            let what = "there are no more pairs of a long and a borrower than there are of either";
            return Err(SystemError::Scenario(what));
        }
        if self.lending.pledged > 0 && self.options.cash <= Cash::ZERO {
            return Err(SystemError::Scenario(
                "shares are pledged of an options pool without cash",
            ));
        }
        if self.claims.iter().any(|claim| claim.amount < Cash::ZERO || claim.from == claim.to) {
            return Err(SystemError::Scenario("a claim is on another and not below zero"));
        }
        Ok(())
    }
}
