//! Numbers as pictures have them.

use amm_core::num::{Amount, Cash, Price, Real, Size, Vol};
use serde::{Serialize, Serializer};

/// The nearest double of an exact number: for axes and for eyes, never for a decision.
///
/// As JSON it has nine digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Number(pub f64);

impl Number {
    /// Of what is computed here from others.
    pub(super) const fn of(value: f64) -> Self {
        Self(value)
    }
}

impl From<Real> for Number {
    fn from(value: Real) -> Self {
        Self(value.to_num())
    }
}

impl From<Price> for Number {
    fn from(value: Price) -> Self {
        value.get().into()
    }
}

impl From<Vol> for Number {
    fn from(value: Vol) -> Self {
        value.get().into()
    }
}

impl From<Amount> for Number {
    fn from(value: Amount) -> Self {
        value.floor().into()
    }
}

impl From<Cash> for Number {
    fn from(value: Cash) -> Self {
        Self(value.atoms() as f64 / Cash::SCALE as f64)
    }
}

impl From<Size> for Number {
    fn from(value: Size) -> Self {
        Self(value.atoms() as f64 / Size::SCALE as f64)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match format!("{:.8e}", self.0).parse::<f64>() {
            Ok(value) if value.is_finite() => to.serialize_f64(value),
            _ => to.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_are_written() {
        let text = |value: f64| serde_json::to_string(&Number(value)).unwrap();
        assert_eq!(text(1.0 / 3.0), "0.333333333");
        assert_eq!(text(2000.0), "2000.0");
        assert_eq!(text(f64::NAN), "null");
        let cash: Cash = "-123456789.123456789".parse().unwrap();
        assert_eq!(text(Number::from(cash).0), "-123456789.0");
    }
}
