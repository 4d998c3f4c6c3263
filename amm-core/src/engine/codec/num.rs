//! Numbers: units of 2⁻⁶⁴, atoms of 10⁻⁹, seconds.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source};
use crate::num::{
    Amount, Cash, Discount, Price, Real, Seconds, Shares, Size, Timestamp, TotalVariance, Vol,
};

impl Encode for Real {
    fn encode(&self, out: &mut impl Sink) {
        self.to_bits().encode(out);
    }
}

impl Decode for Real {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        i128::decode(from).map(Self::from_bits)
    }
}

/// Quantities over [`Real`], each in its range.
macro_rules! quantities {
    ($($Name:ident)+) => {$(
        impl Encode for $Name {
            fn encode(&self, out: &mut impl Sink) {
                self.get().encode(out);
            }
        }

        impl Decode for $Name {
            fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
                from.admit(Self::new)
            }
        }
    )+};
}

quantities! { Price Vol Discount TotalVariance }

macro_rules! ledger {
    ($($Name:ident)+) => {$(
        impl Encode for $Name {
            fn encode(&self, out: &mut impl Sink) {
                self.atoms().encode(out);
            }
        }

        impl Decode for $Name {
            fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
                i128::decode(from).map(Self::from_atoms)
            }
        }
    )+};
}

ledger! { Cash Size Shares }

impl Encode for Seconds {
    fn encode(&self, out: &mut impl Sink) {
        self.get().encode(out);
    }
}

impl Decode for Seconds {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(|seconds: u32| Self::new(seconds.into()))
    }
}

impl Encode for Timestamp {
    fn encode(&self, out: &mut impl Sink) {
        self.get().encode(out);
    }
}

impl Decode for Timestamp {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        u64::decode(from).map(Self::new)
    }
}

impl Encode for Amount {
    fn encode(&self, out: &mut impl Sink) {
        self.to_parts().encode(out);
    }
}

impl Decode for Amount {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(|(units, rest)| Self::from_parts(units, rest).ok_or(Fault::Amount { rest }))
    }
}
