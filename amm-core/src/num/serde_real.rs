//! [`Real`] as a field, in the form the quantities have: a decimal string for people, bits for
//! machines.
//!
//! ```
//! use amm_core::num::Real;
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Prices {
//!     #[serde(with = "amm_core::num::serde_real")]
//!     call: Real,
//! }
//!
//! let prices: Prices = serde_json::from_str(r#"{"call":"10.25"}"#)?;
//! assert_eq!(prices.call, Real::lit("10.25"));
//! assert_eq!(serde_json::to_string(&prices)?, r#"{"call":"10.25"}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```

use crate::num::decimal::{Decimal, shortest};
use crate::num::{Real, serial};
use serde::{Deserializer, Serializer};

/// Writes a `Real`.
///
/// # Errors
///
/// The format's own.
pub fn serialize<S: Serializer>(value: &Real, serializer: S) -> Result<S::Ok, S::Error> {
    serial::write(&shortest(*value), value.to_bits(), serializer)
}

/// Reads a `Real`.
///
/// # Errors
///
/// The format's own, and with the message of [`ParseNumber`](crate::num::ParseNumber) if the text
/// is not a number that fits.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Real, D::Error> {
    let parse = |text: &str| Ok(Decimal::parse(text)?.to_real(0)?);
    serial::read(deserializer, parse, |bits| Ok(Real::from_bits(bits)))
}
