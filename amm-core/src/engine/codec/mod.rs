//! Canonical bytes: one encoding of every value, and a value for nothing else.
//!
//! Integers are little-endian and of fixed width: a [`Real`](crate::num::Real) is its `i128` of
//! 2⁻⁶⁴, money its `i128` of atoms. A sequence is a `u32` count and its items, an option a 0 or a 1
//! and its value, an enum a `u8` tag and its fields, a structure its fields in their order. Nothing
//! is padded, and no length depends on the machine.
//!
//! Decoding trusts nothing: ranges, order, counts and tags are checked, and whatever has been read
//! writes the same bytes again. What is refused is refused with its place.
//!
//! ```
//! use amm_core::book::AccountId;
//! use amm_core::engine::codec::{from_slice, to_vec};
//! use amm_core::num::Price;
//!
//! let price: Price = "0.5".parse()?;
//! let bytes = to_vec(&price);
//! assert_eq!(bytes, [0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0]);
//! assert_eq!(from_slice(&bytes), Ok(price));
//! let error = from_slice::<Price>(&[255; 16]).unwrap_err();
//! assert!(error.to_string().starts_with("at byte 0: price must lie in 0..=1000000000000, got -"));
//! assert_eq!(from_slice::<AccountId>(&bytes).unwrap_err().to_string(), "at byte 8: 8 bytes are left over");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assets;
mod book;
mod error;
mod event;
mod margin;
mod market;
mod num;
mod params;
mod receipt;
mod risk;
mod signals;
mod source;
mod state;

pub use error::{DecodeError, Fault};
pub use source::Source;

use alloc::boxed::Box;
use alloc::vec::Vec;

/// What bytes are written to: a vector, or a hasher, which keeps no copy.
pub trait Sink {
    /// Takes the next bytes.
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// A value with canonical bytes.
pub trait Encode {
    /// Writes them.
    fn encode(&self, out: &mut impl Sink);
}

/// A value that canonical bytes are read back to.
pub trait Decode: Sized {
    /// Reads one value and leaves what follows it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], for bytes that no value writes.
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError>;
}

/// The bytes of a value.
pub fn to_vec(value: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    bytes
}

/// The value of bytes, of which none may be left over.
///
/// # Errors
///
/// [`DecodeError`].
pub fn from_slice<T: Decode>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut source = Source::new(bytes);
    let value = T::decode(&mut source)?;
    source.finish()?;
    Ok(value)
}

macro_rules! integers {
    ($($Int:ident)+) => {$(
        impl Encode for $Int {
            fn encode(&self, out: &mut impl Sink) {
                out.put(&self.to_le_bytes());
            }
        }

        impl Decode for $Int {
            fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
                from.take().map(Self::from_le_bytes)
            }
        }
    )+};
}

integers! { u8 u16 u32 u64 i128 }

impl<T: Encode> Encode for [T] {
    fn encode(&self, out: &mut impl Sink) {
        // No machine holds more items than that.
        u32::try_from(self.len()).unwrap_or(u32::MAX).encode(out);
        self.iter().for_each(|item| item.encode(out));
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut impl Sink) {
        self.as_slice().encode(out);
    }
}

/// As many as there are bytes for. What has a limit of its own is read by [`Source::list`].
impl<T: Decode> Decode for Vec<T> {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.list("sequence", u32::MAX)
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut impl Sink) {
        match self {
            None => 0_u8.encode(out),
            Some(value) => {
                1_u8.encode(out);
                value.encode(out);
            }
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        match u8::decode(from)? {
            0 => Ok(None),
            1 => T::decode(from).map(Some),
            got => Err(Fault::Tag { what: "option", got }.at(at)),
        }
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, out: &mut impl Sink) {
        self.as_ref().encode(out);
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        T::decode(from).map(Self::new)
    }
}

/// So many items as there always are: they are not counted.
impl<T: Encode, const N: usize> Encode for [T; N] {
    fn encode(&self, out: &mut impl Sink) {
        self.iter().for_each(|item| item.encode(out));
    }
}

impl<T: Decode, const N: usize> Decode for [T; N] {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let items: Result<Vec<T>, _> = (0..N).map(|_| T::decode(from)).collect();
        let short = |_| Fault::Impossible { what: "array" }.at(at); // N were read
        items?.try_into().map_err(short)
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut impl Sink) {
        u8::from(*self).encode(out);
    }
}

impl Decode for bool {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        match u8::decode(from)? {
            got @ 0..=1 => Ok(got == 1),
            got => Err(Fault::Tag { what: "truth value", got }.at(at)),
        }
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, out: &mut impl Sink) {
        self.0.encode(out);
        self.1.encode(out);
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        Ok((A::decode(from)?, B::decode(from)?))
    }
}

/// A structure whose fields may hold any values of their types.
macro_rules! fields {
    ($($Type:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Encode for $Type {
            fn encode(&self, out: &mut impl Sink) {
                let Self { $($field),+ } = self;
                $($field.encode(out);)+
            }
        }

        impl Decode for $Type {
            fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Decode::decode(from)?),+ })
            }
        }
    )+};
}
pub(super) use fields;

/// An enum, its tags counted from zero.
macro_rules! tagged {
    ($Type:ident, $what:literal {
        $($tag:literal $Variant:ident $(($item:ident))? $({ $($field:ident),+ })?),+ $(,)?
    }) => {
        impl Encode for $Type {
            fn encode(&self, out: &mut impl Sink) {
                match self {$(
                    Self::$Variant $(($item))? $({ $($field),+ })? => {
                        let tag: u8 = $tag;
                        tag.encode(out);
                        $($item.encode(out);)?
                        $($($field.encode(out);)+)?
                    }
                )+}
            }
        }

        impl Decode for $Type {
            fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
                let at = from.at();
                match u8::decode(from)? {
                    $($tag => Ok(Self::$Variant
                        $((crate::engine::codec::decoded!($item, from)))?
                        $({ $($field: Decode::decode(from)?),+ })?),)+
                    got => Err(crate::engine::codec::Fault::Tag { what: $what, got }.at(at)),
                }
            }
        }
    };
}
use tagged;

/// The next value, whatever it is called.
macro_rules! decoded {
    ($item:ident, $from:ident) => {
        Decode::decode($from)?
    };
}
use decoded;
