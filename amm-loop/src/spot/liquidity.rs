//! How deep the market is: less so the more volatile spot has been.

use amm_core::math::{exp, ln};
use amm_core::num::{OutOfRange, Real, Seconds, Vol, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::{SCALE_MAX, SCALE_MIN, SpotError, within, years};

/// How a venue's scale answers volatility: base·(σ₀/σ̂)^ψ, between `floor` times the base and the
/// base over `floor`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Depth {
    /// The scale where volatility is `sigma0`, in cash.
    #[serde(with = "serde_real")]
    pub base: Real,
    /// σ₀, annualised: above zero.
    pub sigma0: Vol,
    /// ψ: 0 keeps the scale where it is, 2 makes a loop's gain rise with variance. 0 to 10.
    #[serde(with = "serde_real")]
    pub psi: Real,
    /// The least part of the base that stays: 0.0001 to 1.
    #[serde(with = "serde_real")]
    pub floor: Real,
    /// Of the weights of past returns in σ̂²: at least a second.
    pub half_life: Seconds,
}

impl Depth {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] names the one outside its range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        within("base of depth", self.base, SCALE_MIN, SCALE_MAX)?;
        within("volatility of depth", self.sigma0.get(), Vol::MIN.get(), Vol::MAX.get())?;
        within("exponent of depth", self.psi, Real::ZERO, Real::lit("10"))?;
        within("floor of depth", self.floor, Real::lit("0.0001"), Real::ONE)?;
        within("least scale", self.base * self.floor, SCALE_MIN, SCALE_MAX)?;
        within("greatest scale", self.base / self.floor, SCALE_MIN, SCALE_MAX)?;
        let half_life = Real::from_num(self.half_life.get());
        let most = Real::from_num(Seconds::MAX.get());
        within("half-life of depth's volatility", half_life, Real::ONE, most)
    }
}

/// The depth of a market, as volatility goes.
///
/// ```
/// use amm_core::num::{Real, Seconds};
/// use amm_loop::spot::{Depth, Liquidity};
///
/// let depth = Depth {
///     base: Real::lit("1e8"),
///     sigma0: "0.65".parse()?,
///     psi: Real::lit("2"),
///     floor: Real::lit("0.02"),
///     half_life: Seconds::new(3600)?,
/// };
/// let mut liquidity = Liquidity::new(depth)?;
/// assert_eq!(liquidity.scale(), Real::lit("1e8"));
/// liquidity.observe(Real::lit("-0.05"), 60)?; // a fall of 5 % in a minute
/// assert!(liquidity.scale() < Real::lit("3e6"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Liquidity {
    depth: Depth,
    /// σ̂², annualised.
    #[serde(with = "serde_real")]
    variance: Real,
}

impl Liquidity {
    /// A market that has seen σ₀.
    ///
    /// # Errors
    ///
    /// [`SpotError::OutOfRange`] for a parameter.
    pub fn new(depth: Depth) -> Result<Self, SpotError> {
        depth.check()?;
        Ok(Self { depth, variance: depth.sigma0.get() * depth.sigma0.get() })
    }

    /// The rule it follows.
    pub const fn depth(&self) -> &Depth {
        &self.depth
    }

    /// σ̂²: the exponentially weighted mean of squared returns, annualised.
    pub const fn variance(&self) -> Real {
        self.variance
    }

    /// A return of ln spot over some seconds: σ̂² ← σ̂²·d + r²/t·(1 − d), d = 2^(−t/half-life).
    ///
    /// # Errors
    ///
    /// [`SpotError::OutOfRange`] for a return past ±40 or no time at all.
    pub fn observe(&mut self, ln_return: Real, seconds: u32) -> Result<(), SpotError> {
        let most = const { Real::lit("40") };
        within("return", ln_return, -most, most)?;
        let time = Real::from_num(seconds);
        within("seconds of a return", time, Real::ONE, Real::from_num(u32::MAX))?;
        let lives = time / i128::from(self.depth.half_life.get());
        let kept = exp(-(lives * Real::LN_2))?;
        // At most 1600 · YEAR_S < 2³⁶.
        let seen = ln_return * ln_return / years(seconds);
        self.variance = self.variance * kept + seen * (Real::ONE - kept);
        Ok(())
    }

    /// The scale now, in cash.
    pub fn scale(&self) -> Real {
        let Depth { base, sigma0, psi, floor, .. } = self.depth;
        let most = Real::ONE / floor;
        let Ok(seen) = ln(self.variance) else {
            return if psi == 0 { base } else { base * most };
        };
        let usual = ln(sigma0.get() * sigma0.get()).expect("a volatility above zero");
        // |ln| ≤ 45, so at most 10·90/2.
        let factor = exp(psi * (usual - seen) / 2).map_or(most, |factor| factor.min(most));
        base * factor.max(floor)
    }
}
