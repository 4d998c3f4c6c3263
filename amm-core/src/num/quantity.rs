//! The table of pricing quantities: each a [`Real`] with a range and a name for messages.

use crate::num::decimal::{Decimal, shortest};
use crate::num::{ParseNumber, Real};
use core::fmt;
use core::str::FromStr;

/// A number outside the range its quantity allows.
///
/// ```
/// use amm_core::num::{Discount, Real};
///
/// let error = Discount::new(Real::lit("1.01")).unwrap_err();
/// assert_eq!(error.got, Real::lit("1.01"));
/// assert_eq!(error.to_string(), "discount factor must lie in 0.000001..=1, got 1.01");
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[error("{what} must lie in {min}..={max}, got {got}")]
pub struct OutOfRange {
    /// What the number stood for.
    pub what: &'static str,
    /// The number.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
    pub got: Real,
    /// The least value allowed.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
    pub min: Real,
    /// The greatest value allowed.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
    pub max: Real,
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $Name:ident: $what:literal, $min:literal ..= $max:literal $(, or $zero:literal)?;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $Name(Real);

        impl $Name {
            /// What messages call it.
            pub const WHAT: &'static str = $what;
            /// The least value of the range.
            pub const MIN: Self = Self(Real::lit($min));
            /// The greatest value of the range.
            pub const MAX: Self = Self(Real::lit($max));
            $(
                /// The one value allowed below the range.
                pub const ZERO: Self = Self(Real::lit($zero));
            )?

            /// Admits `x` if it lies in the range.
            ///
            /// # Errors
            ///
            /// [`OutOfRange`] names the quantity, the number and the range.
            pub const fn new(x: Real) -> Result<Self, OutOfRange> {
                let (bits, min, max) = (x.to_bits(), Self::MIN.0, Self::MAX.0);
                $(
                    if bits == const { Real::lit($zero).to_bits() } {
                        return Ok(Self::ZERO);
                    }
                )?
                if min.to_bits() <= bits && bits <= max.to_bits() {
                    Ok(Self(x))
                } else {
                    Err(OutOfRange { what: $what, got: x, min, max })
                }
            }

            /// The bare number, for kernels.
            pub const fn get(self) -> Real {
                self.0
            }
        }

        /// The shortest decimal that reads back as the same quantity, or with a precision so
        /// many decimals.
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match f.precision() {
                    Some(_) => self.0.fmt(f),
                    None => shortest(self.0).fmt(f),
                }
            }
        }

        /// The nearest quantity, if it is in the range.
        impl FromStr for $Name {
            type Err = ParseNumber;

            fn from_str(text: &str) -> Result<Self, ParseNumber> {
                Ok(Self::new(Decimal::parse(text)?.to_real(0)?)?)
            }
        }
    )+};
}

quantities! {
    /// Quote currency per unit of underlying: a forward, a strike or an option's price.
    ///
    /// From 0 to 10¹². A price far below one is best kept in a smaller unit of the underlying:
    /// see [`decimal`](crate::num::decimal).
    Price: "price", "0" ..= "1000000000000";
    /// Annualised Black volatility; `0.65` is 65 %.
    ///
    /// From 10⁻⁶ to 20, or 0, which means no more movement.
    ///
    /// ```
    /// use amm_core::num::Vol;
    ///
    /// let vol: Vol = "0.65".parse()?;
    /// assert_eq!(format!("{vol} {vol:.3}"), "0.65 0.650");
    /// assert_eq!("0".parse(), Ok(Vol::ZERO));
    /// assert!("1e-7".parse::<Vol>().is_err());
    /// # Ok::<(), amm_core::num::ParseNumber>(())
    /// ```
    Vol: "volatility (other than 0)", "0.000001" ..= "20", or "0";
    /// What one unit paid at expiry is worth today.
    ///
    /// From 10⁻⁶ to 1.
    Discount: "discount factor", "0.000001" ..= "1";
    /// σ²T, the variance a Black price depends on, T in years.
    ///
    /// From 0 to 12,000 = 20²·30.
    TotalVariance: "total variance", "0" ..= "12000";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::decimal::{ParseDecimal, Unfit};
    use std::string::ToString;

    #[test]
    fn the_ends_of_a_range_are_in_it() {
        assert_eq!(Price::new(Price::MIN.get()), Ok(Price::MIN));
        assert_eq!(Price::new(Price::MAX.get()), Ok(Price::MAX));
        assert_eq!(Vol::new(Vol::MIN.get()), Ok(Vol::MIN));
        assert_eq!(Vol::new(Real::ZERO), Ok(Vol::ZERO));
        assert_eq!(Discount::new(Real::ONE), Ok(Discount::MAX));
        assert_eq!("12000".parse(), Ok(TotalVariance::MAX));
        assert_eq!("0.000001".parse(), Ok(Discount::MIN));
    }

    #[test]
    fn one_step_outside_is_refused_with_the_number() {
        let below = Vol::MIN.get() - Real::DELTA;
        let min_max = (Vol::MIN.get(), Vol::MAX.get());
        for got in [below, Real::DELTA, -Real::DELTA, Real::MIN, Real::MAX] {
            let error = Vol::new(got).unwrap_err();
            assert_eq!((error.got, error.what), (got, Vol::WHAT));
            assert_eq!((error.min, error.max), min_max);
        }
        assert_eq!(Price::new(-Real::DELTA).unwrap_err().got, -Real::DELTA);
        assert!(Price::new(Price::MAX.get() + Real::DELTA).is_err());
        assert!(Discount::new(Real::ZERO).is_err());
        assert!(Discount::new(Real::ONE + Real::DELTA).is_err());
        assert!(TotalVariance::new(TotalVariance::MAX.get() + Real::DELTA).is_err());
    }

    #[test]
    fn text_is_refused_with_a_reason() {
        let refusal = |text: &str| text.parse::<Discount>().unwrap_err();
        assert_eq!(refusal(""), ParseNumber::Text(ParseDecimal::Empty));
        let x = ParseDecimal::Unexpected { at: 1, found: b'x' };
        assert_eq!(refusal("0x1"), ParseNumber::Text(x));
        let too_large = Unfit::TooLarge { exponent: 25 };
        assert_eq!(refusal("123e23"), ParseNumber::Unfit(too_large));
        let range = "discount factor must lie in 0.000001..=1, got -0.5";
        assert_eq!(refusal("-0.5").to_string(), range);
    }
}
