//! The underlying: one venue for everybody.

use alloc::vec::Vec;

use amm_core::math::{exp, ln, sqrt};
use amm_core::num::{Price, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::draw::Draws;
use crate::scenario::Shock;
use crate::spot::{Depth, Fundamental, Impact, Liquidity, Process, Push, SCALE_MIN, Venue, within};
use crate::system::SystemError;
use crate::units::{add, div, fading, mul};

/// The underlying.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MarketRule {
    /// What it is worth at first.
    pub spot: Price,
    /// How it would move if nobody was forced to trade.
    pub process: Process,
    /// Moves on top, at known times.
    #[serde(default)]
    pub shocks: Vec<Shock>,
    /// What trades do to its price.
    pub impact: Impact,
    /// How deep its market is.
    pub depth: Depth,
    /// When makers leave.
    #[serde(default)]
    pub withdrawals: Vec<Withdrawal>,
    /// Hundredths of a per cent that a trade costs beside its impact, 0 to 1000.
    #[serde(with = "serde_real", default)]
    pub spread_bps: Real,
    /// Half-life of the volatility that margins follow, in seconds, at least 1.
    pub fast_s: u32,
    /// Half-life of what is normal, in seconds, at least 1.
    pub slow_s: u32,
}

/// A time in which only part of the depth is there.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// The first block, from 1.
    pub block: u32,
    /// How many.
    pub blocks: u32,
    /// What is left, 0.0001 to 1. Times that overlap multiply.
    #[serde(with = "serde_real")]
    pub left: Real,
}

impl MarketRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        self.process.check()?;
        self.impact.check()?;
        self.depth.check()?;
        within("spread", self.spread_bps, Real::ZERO, Real::lit("1000"))?;
        for withdrawal in &self.withdrawals {
            within("depth that is left", withdrawal.left, Real::lit("0.0001"), Real::ONE)?;
        }
        if self.shocks.iter().any(|shock| shock.block == 0 || shock.blocks == 0) {
            return Err(SystemError::Scenario("a shock begins in block 1 and lasts one, at least"));
        }
        if self.fast_s == 0 || self.slow_s == 0 {
            return Err(SystemError::Scenario("volatility takes at least a second to halve"));
        }
        Ok(())
    }
}

/// The underlying now.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Market {
    fundamental: Fundamental,
    pub(super) venue: Venue,
    liquidity: Liquidity,
    #[serde(with = "serde_real")]
    pub(super) ln_fundamental: Real,
    #[serde(with = "serde_real")]
    pub(super) ln_spot: Real,
    #[serde(with = "serde_real")]
    pub(super) ln_first: Real,
    pub(super) spot: Price,
    /// ln spot as everybody saw it at the start of the block.
    #[serde(with = "serde_real")]
    pub(super) ln_seen: Real,
    /// The move from the last block's.
    #[serde(with = "serde_real")]
    pub(super) last_move: Real,
    /// Variance a year, with a short memory and with a long one.
    #[serde(with = "serde_real")]
    pub(super) fast: Real,
    #[serde(with = "serde_real")]
    pub(super) slow: Real,
}

/// Seconds in years.
fn years(seconds: u32) -> Real {
    Real::from_num(seconds) / i128::from(amm_core::num::YEAR_S)
}

impl Market {
    pub(super) fn new(rule: &MarketRule) -> Result<Self, SystemError> {
        let ln_spot = ln(rule.spot.get())?;
        let variance = mul(rule.depth.sigma0.get(), rule.depth.sigma0.get())?;
        Ok(Self {
            fundamental: Fundamental::new(rule.process.clone())?,
            venue: Venue::new(rule.impact, rule.depth.base)?,
            liquidity: Liquidity::new(rule.depth)?,
            ln_fundamental: ln_spot,
            ln_spot,
            ln_first: ln_spot,
            spot: rule.spot,
            ln_seen: ln_spot,
            last_move: Real::ZERO,
            fast: variance,
            slow: variance,
        })
    }

    /// A block's own move. Returns its size in normal ones.
    pub(super) fn step(
        &mut self,
        rule: &MarketRule,
        (block, seconds): (u32, u32),
        impulse: Option<&Shock>,
        draws: &mut Draws,
    ) -> Result<Real, SystemError> {
        let mut own = self.fundamental.step(seconds, draws)?;
        for shock in rule.shocks.iter().chain(impulse) {
            if block.checked_sub(shock.block).is_some_and(|since| since < shock.blocks) {
                own = add(own, shock.ln / i128::from(shock.blocks))?;
            }
        }
        self.ln_fundamental = add(self.ln_fundamental, own)?;
        self.venue.pass(seconds);
        self.moves_to(add(self.ln_fundamental, self.venue.displacement())?)?;
        self.last_move = self.ln_spot - self.ln_seen;
        self.ln_seen = self.ln_spot;

        let time = years(seconds);
        let normal = sqrt(mul(self.slow, time)?)?.max(const { Real::lit("0.000000001") });
        let deviations = div(self.last_move.abs(), normal)?;

        let now = div(mul(self.last_move, self.last_move)?, time)?;
        for (variance, half_life) in [(&mut self.fast, rule.fast_s), (&mut self.slow, rule.slow_s)]
        {
            let kept = fading(seconds, half_life)?;
            *variance = add(mul(*variance, kept)?, mul(now, Real::ONE - kept)?)?;
        }
        self.liquidity.observe(self.last_move, seconds)?;
        let mut scale = self.liquidity.scale();
        for withdrawal in &rule.withdrawals {
            if block.checked_sub(withdrawal.block).is_some_and(|since| since < withdrawal.blocks) {
                scale = mul(scale, withdrawal.left)?;
            }
        }
        self.venue.set_scale(scale.max(SCALE_MIN))?;
        Ok(deviations)
    }

    /// Underlying worth so much before it moves is bought, or sold if negative: what it costs, at the
    /// mean of its impact, and the spread.
    pub(super) fn trade(
        &mut self,
        worth: Real,
        moves: bool,
        spread_bps: Real,
    ) -> Result<Real, SystemError> {
        const BPS: Real = Real::lit("10000");
        let moved = if moves { self.venue.push(worth)? } else { Push::default() };
        let cost = add(mul(worth, exp(moved.mean)?)?, mul(worth.abs(), spread_bps)? / BPS)?;
        if moved.by != 0 {
            self.moves_to(add(self.ln_spot, moved.by)?)?;
        }
        Ok(cost)
    }

    fn moves_to(&mut self, ln_spot: Real) -> Result<(), SystemError> {
        self.spot = Price::new(exp(ln_spot)?)?;
        self.ln_spot = ln_spot;
        Ok(())
    }
}

impl MarketRule {
    /// The standard deviation of a normal day's move of ln spot.
    pub(super) fn normal_day(&self) -> Real {
        self.depth.sigma0.get() * const { Real::lit("0.05234239225902136") }
    }
}
