//! The SSVI slice.

use super::svi::{Svi, admit};
use crate::math::sqrt;
use crate::num::{OutOfRange, Real, TotalVariance};

/// SSVI (Gatheral and Jacquier 2014): w(k) = θ/2·(1 + ρφk + √((φk + ρ)² + 1 − ρ²)).
///
/// θ is the total variance at the money, for the time it was fitted at; φ the steepness of the smile,
/// ρ its tilt. It is the raw slice a = θ(1 − ρ²)/2, b = θφ/2, m = −ρ/φ, σ = √(1 − ρ²)/φ, each rounded
/// to [`Real`], and is evaluated and checked as that. Ranges: 10⁻⁹ ≤ θ ≤ 12,000, 0.02 ≤ φ ≤ 1000,
/// |ρ| ≤ 0.9999, and those of the raw slice.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Parts", into = "Parts"))]
pub struct Ssvi {
    theta: Real,
    phi: Real,
    rho: Real,
    raw: Svi,
}

impl Ssvi {
    /// Admits parameters that lie in their ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the first that does not, of these or of the raw slice.
    pub fn new(theta: Real, phi: Real, rho: Real) -> Result<Self, OutOfRange> {
        const RHO: Real = Real::lit("0.9999");
        admit("SSVI theta", theta, Real::lit("0.000000001"), TotalVariance::MAX.get())?;
        admit("SSVI phi", phi, Real::lit("0.02"), Real::lit("1000"))?;
        admit("SSVI rho", rho, -RHO, RHO)?;
        let across = Real::ONE - rho * rho;
        let (a, b) = (theta * across / 2, theta * phi / 2); // b ≤ 6·10⁶
        let raw = Svi::new(a, b, rho, -rho / phi, sqrt(across)? / phi)?;
        Ok(Self { theta, phi, rho, raw })
    }

    /// Total variance at the money.
    pub const fn theta(&self) -> Real {
        self.theta
    }

    /// How steep the smile is.
    pub const fn phi(&self) -> Real {
        self.phi
    }

    /// The tilt.
    pub const fn rho(&self) -> Real {
        self.rho
    }

    /// The same slice in raw parameters.
    pub const fn raw(&self) -> Svi {
        self.raw
    }
}

/// A slice in files.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(with = "crate::num::serde_real")]
    theta: Real,
    #[serde(with = "crate::num::serde_real")]
    phi: Real,
    #[serde(with = "crate::num::serde_real")]
    rho: Real,
}

#[cfg(feature = "serde")]
impl From<Ssvi> for Parts {
    fn from(Ssvi { theta, phi, rho, .. }: Ssvi) -> Self {
        Self { theta, phi, rho }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Ssvi {
    type Error = OutOfRange;

    fn try_from(Parts { theta, phi, rho }: Parts) -> Result<Self, OutOfRange> {
        Self::new(theta, phi, rho)
    }
}
