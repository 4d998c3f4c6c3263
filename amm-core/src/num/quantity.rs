//! The table of pricing quantities: each a [`Real`] with a range and a name for messages.

use crate::num::Real;

/// A number outside the range its quantity allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{what} must lie in {min}..={max}, got {got}")]
pub struct OutOfRange {
    /// What the number stood for.
    pub what: &'static str,
    /// The number.
    pub got: Real,
    /// The least value allowed.
    pub min: Real,
    /// The greatest value allowed.
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
                    if bits == Real::lit($zero).to_bits() {
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
    )+};
}

quantities! {
    /// Quote currency per unit of underlying: a forward, a strike or an option's price.
    Price: "price", "0" ..= "1000000000000";
    /// Annualised Black volatility; `0.65` is 65 %. Zero is allowed, and means no more movement.
    Vol: "volatility (other than 0)", "0.000001" ..= "20", or "0";
    /// What one unit paid at expiry is worth today.
    Discount: "discount factor", "0.000001" ..= "1";
    /// σ²T, the variance a Black price depends on.
    TotalVariance: "total variance", "0" ..= "12000";
}
