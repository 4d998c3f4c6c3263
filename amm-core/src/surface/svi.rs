//! The raw SVI slice.

use super::distance::Distance;
use crate::math::{mul_wide, sqrt};
use crate::num::{OutOfRange, Real, TotalVariance};

/// Raw SVI (Gatheral 2004): w(k) = a + b·(ρ(k − m) + √((k − m)² + σ²)).
///
/// The parameters are of total variance, for the time they were fitted at. Ranges: |a| ≤ 12,000,
/// 0 ≤ b ≤ 4, |ρ| ≤ 0.9999, |m| ≤ 64, 10⁻⁶ ≤ σ ≤ 64, and the least value a + bσ√(1 − ρ²) is not
/// below zero. The published domain is |ρ| < 1: at ±1 a wing is flat, at its lowest, for ever. Lee's
/// bound b(1 + |ρ|) ≤ 2 is for [`butterfly`](super::butterfly) to say, with the wing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Parts", into = "Parts"))]
pub struct Svi {
    a: Real,
    b: Real,
    rho: Real,
    m: Real,
    sigma: Real,
}

impl Svi {
    /// Admits parameters that lie in their ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the first that does not, or with the least total variance if that is
    /// negative.
    pub fn new(a: Real, b: Real, rho: Real, m: Real, sigma: Real) -> Result<Self, OutOfRange> {
        const RHO: Real = Real::lit("0.9999");
        const M: Real = Real::lit("64");
        const A: Real = TotalVariance::MAX.get();
        admit("SVI a", a, -A, A)?;
        admit("SVI b", b, Real::ZERO, Real::lit("4"))?;
        admit("SVI rho", rho, -RHO, RHO)?;
        admit("SVI m", m, -M, M)?;
        admit("SVI sigma", sigma, Real::lit("0.000001"), M)?;
        let least = a + b * sigma * sqrt(Real::ONE - rho * rho)?;
        admit("SVI's least total variance", least, Real::ZERO, A)?;
        Ok(Self { a, b, rho, m, sigma })
    }

    /// The level.
    pub const fn a(&self) -> Real {
        self.a
    }

    /// The slope of the wings before their tilt.
    pub const fn b(&self) -> Real {
        self.b
    }

    /// The tilt.
    pub const fn rho(&self) -> Real {
        self.rho
    }

    /// The log-moneyness of the centre.
    pub const fn m(&self) -> Real {
        self.m
    }

    /// The width of the bend between the wings.
    pub const fn sigma(&self) -> Real {
        self.sigma
    }

    /// The slopes of |w| against |k| far to the left and far to the right: b(1 − ρ), b(1 + ρ).
    pub fn slopes(&self) -> (Real, Real) {
        let tilt = self.b * self.rho;
        (self.b - tilt, self.b + tilt)
    }

    /// w(k) in Q64, for |k| ≤ 2⁷.
    ///
    /// # Error
    ///
    /// At most 1 + b·(2 + 12R) ulps, R = √((k − m)² + σ²), which is [`Self::error`]: 12R for the root
    /// (2⁻⁶⁰·⁵ of it) and one for its cut, one for ρ(k − m), one for the product by b. Nothing wraps:
    /// R < 2⁸, b ≤ 4. The true value is not below zero, and neither is this.
    #[inline(always)]
    pub(super) fn at(&self, k: Real) -> u128 {
        self.with_distance(k).0
    }

    /// w(k) and the root it is made from.
    #[inline(always)]
    pub(super) fn with_distance(&self, k: Real) -> (u128, Distance) {
        let x = k.to_bits() - self.m.to_bits();
        let (sigma, rho, b) =
            (self.sigma.to_bits() as u128, self.rho.to_bits(), self.b.to_bits() as u128);
        let (distance, tilt) = match i64::try_from(x) {
            Ok(x) if sigma >> 63 == 0 => {
                let distance = Distance::below(x.unsigned_abs(), sigma as u64);
                (distance, (x as i128 * rho) >> 64)
            }
            _ => {
                let tilt = mul_wide(x.unsigned_abs(), rho.unsigned_abs() as u64) as i128;
                let distance = Distance::new(x.unsigned_abs(), sigma);
                (distance, if (x ^ rho) < 0 { -tilt } else { tilt })
            }
        };
        let rise = (distance.q64() as i128 + tilt).max(0) as u128; // above zero but for the error
        let rise = mul_wide(rise, b as u64) + rise * (b >> 64);
        ((self.a.to_bits() + rise as i128).max(0) as u128, distance)
    }

    /// The bound on the error of a value whose root is `distance`, in ulps.
    pub(super) fn error(&self, distance: &Distance) -> u128 {
        let root = 1 + (distance.q64() >> 64); // R rounded up, ≤ 2⁸
        2 + ((self.b.to_bits() as u128 * (2 + 12 * root)) >> 64)
    }
}

/// `got` in a range that has a name.
pub(super) fn admit(what: &'static str, got: Real, min: Real, max: Real) -> Result<(), OutOfRange> {
    if min <= got && got <= max {
        return Ok(());
    }
    Err(OutOfRange { what, got, min, max })
}

/// A slice in files.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(with = "crate::num::serde_real")]
    a: Real,
    #[serde(with = "crate::num::serde_real")]
    b: Real,
    #[serde(with = "crate::num::serde_real")]
    rho: Real,
    #[serde(with = "crate::num::serde_real")]
    m: Real,
    #[serde(with = "crate::num::serde_real")]
    sigma: Real,
}

#[cfg(feature = "serde")]
impl From<Svi> for Parts {
    fn from(Svi { a, b, rho, m, sigma }: Svi) -> Self {
        Self { a, b, rho, m, sigma }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Svi {
    type Error = OutOfRange;

    fn try_from(Parts { a, b, rho, m, sigma }: Parts) -> Result<Self, OutOfRange> {
        Self::new(a, b, rho, m, sigma)
    }
}
