//! Serde: decimals for people, bits for machines. The table is in [`num`](crate::num).

use crate::num::{
    Amount, Cash, Discount, OutOfRange, ParseNumber, Price, Real, Seconds, Shares, Size, Timestamp,
    TotalVariance, Vol,
};
use core::fmt;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a number: as text if people read the format, else as bits.
pub(super) fn write<S: Serializer>(
    text: &impl fmt::Display,
    bits: i128,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.collect_str(text)
    } else {
        serializer.serialize_i128(bits)
    }
}

/// Reads what [`write`] wrote, and admits it.
pub(super) fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, ParseNumber>,
    admit: impl FnOnce(i128) -> Result<T, OutOfRange>,
) -> Result<T, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_str(Text(parse))
    } else {
        admit(i128::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Reads a string as a decimal.
struct Text<F>(F);

impl<T, F: FnOnce(&str) -> Result<T, ParseNumber>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

/// Both directions for types that print and parse; `$to` and `$from` are their bits.
macro_rules! serial {
    ($($Name:ident: $to:expr, $from:expr;)+) => {$(
        impl Serialize for $Name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write(self, $to(*self), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $Name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer, str::parse, $from)
            }
        }
    )+};
}

serial! {
    Price: |x: Price| x.get().to_bits(), |bits| Price::new(Real::from_bits(bits));
    Vol: |x: Vol| x.get().to_bits(), |bits| Vol::new(Real::from_bits(bits));
    Discount: |x: Discount| x.get().to_bits(), |bits| Discount::new(Real::from_bits(bits));
    TotalVariance:
        |x: TotalVariance| x.get().to_bits(), |bits| TotalVariance::new(Real::from_bits(bits));
    Cash: Cash::atoms, |atoms| Ok(Cash::from_atoms(atoms));
    Size: Size::atoms, |atoms| Ok(Size::from_atoms(atoms));
    Shares: Shares::atoms, |atoms| Ok(Shares::from_atoms(atoms));
}

/// A decimal for people, units of 2⁻⁶⁴ and billionths of one for machines.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.to_parts().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(Text(str::parse));
        }
        let (units, rest) = <(i128, u32)>::deserialize(deserializer)?;
        Self::from_parts(units, rest)
            .ok_or_else(|| D::Error::custom("an amount has less than 10^9 billionths of a unit"))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.get())
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u32::deserialize(deserializer)?.into()).map_err(D::Error::custom)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.get())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::new)
    }
}
