//! Spot's own path, block by block.

use amm_core::math::{exp, sqrt};
use amm_core::num::{Real, Vol, serde_real};
use serde::{Deserialize, Serialize};

use crate::draw::Draws;
use crate::spot::process::log_vol_variance;
use crate::spot::{Process, SpotError, days, years};

/// Spot's own path.
///
/// ```
/// use amm_loop::draw::Draws;
/// use amm_loop::spot::{Fundamental, Process};
///
/// let mut path = Fundamental::new(Process::Lognormal { vol: "0.65".parse()? })?;
/// let (seed, number, agent) = (1, 0, 0);
/// let mut log_spot = amm_core::num::Real::ZERO;
/// for block in 0..60 {
///     log_spot += path.step(60, &mut Draws::new(seed, number, block, agent))?;
/// }
/// assert!(log_spot != 0 && log_spot.abs() < amm_core::num::Real::lit("0.04"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Fundamental {
    process: Process,
    /// ln of volatility over its mean, less its starting point.
    #[serde(with = "serde_real")]
    log_vol: Real,
    /// Blocks that have passed of a recorded path.
    passed: usize,
}

impl Fundamental {
    /// A path at its first block.
    ///
    /// # Errors
    ///
    /// [`SpotError::OutOfRange`] for a parameter.
    pub fn new(process: Process) -> Result<Self, SpotError> {
        process.check()?;
        let log_vol = match process {
            Process::Stochastic { reversion_per_day, vol_of_vol, .. } => {
                log_vol_variance(reversion_per_day, vol_of_vol)
            }
            _ => Real::ZERO,
        };
        Ok(Self { process, log_vol, passed: 0 })
    }

    /// The law it follows.
    pub const fn process(&self) -> &Process {
        &self.process
    }

    /// One block: its ln return. The first normal is the return's, whatever the law.
    ///
    /// # Errors
    ///
    /// * [`SpotError::PathOver`] at the end of a recorded path;
    /// * [`SpotError::OutOfRange`] if more than [`POISSON_MEAN_MAX`](crate::draw::POISSON_MEAN_MAX)
    ///   jumps are expected in the block;
    /// * [`SpotError::Volatility`] if volatility rises past a thousand.
    pub fn step(&mut self, seconds: u32, draws: &mut Draws) -> Result<Real, SpotError> {
        match self.process {
            Process::Lognormal { vol } => Ok(diffusion(vol.get(), seconds, draws.normal())),
            Process::Stochastic { vol, reversion_per_day, vol_of_vol, correlation } => {
                let mean = log_vol_variance(reversion_per_day, vol_of_vol);
                let now = self.vol(vol, mean)?;
                let (z, other) = (draws.normal(), draws.normal());
                let around = sqrt(Real::ONE - correlation * correlation)?;
                let shock = correlation * z + around * other;
                // The law of an Ornstein-Uhlenbeck path after so long, exact.
                let decay = exp(-(reversion_per_day * days(seconds)))?;
                let spread = sqrt(mean * (Real::ONE - decay * decay))?;
                self.log_vol = self.log_vol * decay + spread * shock;
                Ok(diffusion(now, seconds, z))
            }
            Process::Jumps { vol, per_day, mean, sd } => {
                let expected = per_day * days(seconds);
                crate::spot::within(
                    "expected jumps in a block",
                    expected,
                    Real::ZERO,
                    crate::draw::POISSON_MEAN_MAX,
                )?;
                let moved = diffusion(vol.get(), seconds, draws.normal());
                let count = draws.poisson(expected);
                let jumps = if count == 0 {
                    Real::ZERO
                } else {
                    let count = Real::from_num(count);
                    mean * count + sd * sqrt(count)? * draws.normal()
                };
                let growth = exp(mean + sd * sd / 2)? - Real::ONE;
                Ok(moved + jumps - expected * growth)
            }
            Process::Recorded { ref returns } => {
                let blocks = returns.len();
                let &now = returns.get(self.passed).ok_or(SpotError::PathOver { blocks })?;
                self.passed += 1;
                Ok(now)
            }
        }
    }

    /// Volatility now: σ·e^(x − v), v the long-run variance of x.
    fn vol(&self, vol: Vol, mean: Real) -> Result<Real, SpotError> {
        let log_vol = self.log_vol - mean;
        let refused = SpotError::Volatility { log_vol };
        let now = exp(log_vol).map_err(|_| refused)?.checked_mul(vol.get()).ok_or(refused)?;
        if now > 1000 { Err(refused) } else { Ok(now) }
    }
}

/// −½σ²t + σ√t·z, for σ ≤ 1000 and t below 137 years.
fn diffusion(vol: Real, seconds: u32, z: Real) -> Real {
    let t = years(seconds);
    vol * sqrt(t).expect("time does not run back") * z - vol * vol * t / 2
}
