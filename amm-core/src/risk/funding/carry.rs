//! What holding costs, for people: carry and basis.

use crate::num::{Price, Real, Rounding, Seconds, YEAR_S, mul_div};
use crate::risk::funding::{Funding, FundingError, FundingParams, Rate};

/// How far a forward is from spot.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Basis {
    /// Forward over spot, less one; rounded down.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub relative: Real,
    /// The same by the year, in simple interest.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub per_year: Real,
}

impl Basis {
    /// Of a forward, with so long to go; `None` where spot or the time is zero, or it does not fit.
    ///
    /// ```
    /// use amm_core::num::{Real, Seconds, YEAR_S};
    /// use amm_core::risk::funding::Basis;
    ///
    /// let quarter = Seconds::new(u64::from(YEAR_S / 4))?;
    /// let basis = Basis::of("2050".parse()?, "2000".parse()?, quarter).unwrap();
    /// assert_eq!(format!("{:.6} {:.6}", basis.relative, basis.per_year), "0.025000 0.100000");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(forward: Price, spot: Price, time: Seconds) -> Option<Self> {
        let [forward, spot] = [forward, spot].map(|price| price.get().to_bits() as u128);
        let ratio = mul_div(forward, 1 << 64, spot, Rounding::Down)?;
        let relative = i128::try_from(ratio).ok().map(Real::from_bits)?.checked_sub(Real::ONE)?;
        let yearly = relative.checked_mul_int(YEAR_S.into())?;
        let per_year = yearly.checked_div_int(i128::from(time.get()))?;
        Some(Self { relative, per_year })
    }
}

/// What funding costs a long now, and how far the forward is from spot: where the two are apart, one
/// side of a carry trade is paid.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Carry {
    /// The rate in its parts, per second.
    pub rate: Rate,
    /// Its sum per day.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub per_day: Real,
    /// Its sum per year of 365 days.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub per_year: Real,
    /// The forward's basis, where there is one.
    pub basis: Option<Basis>,
}

impl Carry {
    /// As of [`Funding::at`].
    ///
    /// # Errors
    ///
    /// What [`FundingParams::check`] finds.
    pub fn of(
        funding: &Funding,
        params: &FundingParams,
        basis: Option<Basis>,
    ) -> Result<Self, FundingError> {
        let rate = funding.rate(params)?;
        let per_year = rate.total().saturating_mul_int(YEAR_S.into()); // below 2⁻¹⁰·2²⁵
        Ok(Self { rate, per_day: rate.per_day(), per_year, basis })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Size, Timestamp};

    #[test]
    fn carry_is_the_rate_by_the_year() {
        let params = FundingParams::default();
        let long = Funding { skew: Size::MAX, ..Funding::new(Timestamp::new(9)) };
        let carry = Carry::of(&long, &params, None).unwrap();
        assert_eq!(carry.per_day * 365, carry.per_year);
        assert!(carry.per_day.abs_diff(Real::lit("0.1601")) < Real::lit("0.000001"));
        let pure = FundingParams { proportional: Real::ZERO, ..params };
        assert!(Carry::of(&long, &pure, None).is_err());
    }

    #[test]
    fn a_basis_needs_a_spot_and_a_time() {
        let [zero, one, most] = ["0", "1", "1000000000000"].map(|text| text.parse().unwrap());
        let day = Seconds::new(86_400).unwrap();
        assert_eq!(Basis::of(one, zero, day), None);
        assert_eq!(Basis::of(one, one, Seconds::ZERO), None);
        assert_eq!(Basis::of(one, one, day), Some(Basis::default()));
        assert_eq!(Basis::of(zero, most, day).unwrap().relative, Real::NEG_ONE);
        assert_eq!(Basis::of(most, Price::new(Real::DELTA).unwrap(), day), None);
    }
}
