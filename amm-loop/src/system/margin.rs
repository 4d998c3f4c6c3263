//! How much of a position's worth must be there as margin.

use amm_core::math::sqrt;
use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::SystemError;
use crate::units::{div, mul};

/// Where a venue's maintenance margin stands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MarginRule {
    /// Where the scenario puts it.
    Fixed,
    /// At a scan range z·σ̂·√MPOR/(1 − a) times what stress adds, and never under where the scenario puts
    /// it. a is the system's loop gain, between 0 and 0.5. Positions that stand are asked for no more
    /// than a limited rise by the hour.
    Dynamic {
        /// Deviations that margin is to cover, 0 to 20.
        #[serde(with = "serde_real")]
        z: Real,
        /// Margin period of risk in seconds, 1 to 864,000: how long closing a position may take.
        mpor_s: u32,
        /// The most it may be, above 0 and to 1.
        #[serde(with = "serde_real")]
        most: Real,
        /// By how much the margin of positions that stand may change in an hour, 0 to 3600; 3600 is
        /// no limit to blocks of a second and more.
        #[serde(with = "serde_real")]
        per_hour: Real,
    },
}

impl MarginRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        if let Self::Dynamic { z, mpor_s, most, per_hour } = *self {
            within("deviations of margin", z, Real::ZERO, Real::lit("20"))?;
            let (second, days) = (Real::ONE, Real::lit("864000"));
            within("margin period of risk", Real::from_num(mpor_s), second, days)?;
            within("greatest margin", most, Real::lit("0.000001"), Real::ONE)?;
            within("change of margin in an hour", per_hour, Real::ZERO, Real::lit("3600"))?;
        }
        Ok(())
    }

    /// What is asked of new positions.
    pub(super) fn asked(
        &self,
        floor: Real,
        variance: Real,
        gain: Real,
        lift: Real,
    ) -> Result<Real, SystemError> {
        const YEAR: Real = Real::lit("31536000");
        const HALF: Real = Real::lit("0.5");
        let Self::Dynamic { z, mpor_s, most, .. } = *self else { return Ok(floor) };
        let spread = sqrt(mul(variance, Real::from_num(mpor_s) / YEAR)?)?;
        let room = Real::ONE - gain.clamp(Real::ZERO, HALF);
        let scan = div(mul(z, spread)?, room)?;
        Ok(mul(scan, lift)?.min(most).max(floor))
    }

    /// What is asked of positions that stand, after a block.
    pub(super) fn standing(
        &self,
        now: Real,
        asked: Real,
        seconds: u32,
    ) -> Result<Real, SystemError> {
        let Self::Dynamic { per_hour, .. } = *self else { return Ok(asked) };
        let step = mul(per_hour, Real::from_num(seconds) / 3600)?;
        Ok(asked.clamp(now - step, now + step))
    }
}

/// Margin as it stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Margin {
    /// Of positions that stand: share of their worth.
    #[serde(with = "serde_real")]
    pub standing: Real,
    /// Of new ones.
    #[serde(with = "serde_real")]
    pub new: Real,
}
