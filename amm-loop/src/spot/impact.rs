//! What stays of a move and what comes back.

use amm_core::num::{OutOfRange, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::{Shape, within};

/// Impact as a function of two volume states: one that stays and one that decays.
///
/// Impact by *volume* state and exponential resilience admits no profit from pushing spot up and
/// down, whatever the shape (Alfonsi and Schied 2010); impact of the *rate* of trading would
/// (Gatheral 2010).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// From a volume state to a displacement.
    pub shape: Shape,
    /// The share of a move that stays for good: 0 to 1.
    #[serde(with = "serde_real")]
    pub permanent: Real,
    /// ρ: the state of the rest decays by e^−ρt, t in days. 0 to 1,000,000.
    #[serde(with = "serde_real")]
    pub resilience_per_day: Real,
}

impl Impact {
    /// Linear and permanent: the law of the closed forms.
    pub const LINEAR: Self =
        Self { shape: Shape::Linear, permanent: Real::ONE, resilience_per_day: Real::ZERO };

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] names the one outside its range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        self.shape.check()?;
        within("permanent share of impact", self.permanent, Real::ZERO, Real::ONE)?;
        within("resilience per day", self.resilience_per_day, Real::ZERO, Real::lit("1000000"))
    }
}
