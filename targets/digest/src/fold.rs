//! Folds numbers into 64 bits.

use amm_core::engine::codec::Sink;
use amm_core::num::decimal::{ParseDecimal, Unfit};
use amm_core::num::{
    Cash, Discount, OutOfRange, ParseNumber, Price, Real, Rounding, Seconds, Shares, Size,
    Timestamp, TotalVariance, Vol,
};
use amm_core::pricing::{ImpliedVolError, Kind, grid::GridError};
use core::fmt::{self, Write as _};

/// A digest in the making.
///
/// Every step is a bijection of the state, so that a single word that differs is never lost.
pub(crate) struct Fold(u64);

impl Fold {
    pub(crate) fn new() -> Self {
        Self(0)
    }

    pub(crate) fn digest(&self) -> u64 {
        self.0
    }

    pub(crate) fn word(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word);
    }

    pub(crate) fn add(&mut self, value: impl Folded) {
        value.fold(self);
    }

    /// What `value` reads as.
    pub(crate) fn text(&mut self, value: impl fmt::Display) {
        let Ok(()) = write!(self, "{value}") else { unreachable!("folding cannot fail") };
        self.word(u64::MAX); // no byte has this value, so texts cannot run together
    }
}

impl Fold {
    /// All that a value shows of itself: every field by name, numbers as exact decimals.
    pub(crate) fn shown(&mut self, value: impl fmt::Debug) {
        self.text(format_args!("{value:?}"));
    }
}

/// Canonical bytes, one by one.
impl Sink for Fold {
    fn put(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.add(byte));
    }
}

impl fmt::Write for Fold {
    /// Byte by byte, so that it does not matter in which pieces a text arrives.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.word(byte.into()));
        Ok(())
    }
}

/// splitmix64's step: a bijection of 64-bit words.
pub(crate) fn mix(word: u64) -> u64 {
    let z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What can be folded: by value, never by its layout in memory.
pub(crate) trait Folded {
    fn fold(&self, fold: &mut Fold);
}

/// Anything of at most 64 bits folds as one word.
macro_rules! folded_as_word {
    ($($Type:ty),+) => {$(
        impl Folded for $Type {
            fn fold(&self, fold: &mut Fold) {
                fold.word(*self as u64);
            }
        }
    )+};
}

folded_as_word!(bool, u8, u32, u64, i64, usize, Kind, Rounding);

impl Folded for () {
    fn fold(&self, _: &mut Fold) {}
}

impl Folded for i128 {
    fn fold(&self, fold: &mut Fold) {
        fold.word(*self as u64);
        fold.word((*self >> 64) as u64);
    }
}

impl Folded for Real {
    fn fold(&self, fold: &mut Fold) {
        fold.add(self.to_bits());
    }
}

/// Newtypes fold the number they hold.
macro_rules! folded_by {
    ($($Type:ty: $get:ident;)+) => {$(
        impl Folded for $Type {
            fn fold(&self, fold: &mut Fold) {
                fold.add(self.$get());
            }
        }
    )+};
}

folded_by! {
    Price: get;
    Vol: get;
    Discount: get;
    TotalVariance: get;
    Seconds: get;
    Timestamp: get;
    Cash: atoms;
    Size: atoms;
    Shares: atoms;
}

/// Errors fold the message, which carries every number they hold.
macro_rules! folded_as_text {
    ($($Error:ty),+) => {$(
        impl Folded for $Error {
            fn fold(&self, fold: &mut Fold) {
                fold.text(self);
            }
        }
    )+};
}

folded_as_text!(OutOfRange, ParseDecimal, ParseNumber, Unfit, GridError, ImpliedVolError);

impl<T: Folded> Folded for Option<T> {
    fn fold(&self, fold: &mut Fold) {
        fold.word(self.is_some().into());
        self.iter().for_each(|value| fold.add(value));
    }
}

impl<T: Folded, E: Folded> Folded for Result<T, E> {
    fn fold(&self, fold: &mut Fold) {
        fold.word(self.is_ok().into());
        match self {
            Ok(value) => fold.add(value),
            Err(error) => fold.add(error),
        }
    }
}

impl<T: Folded, const N: usize> Folded for [T; N] {
    fn fold(&self, fold: &mut Fold) {
        self.iter().for_each(|value| fold.add(value));
    }
}

impl<T: Folded> Folded for &T {
    fn fold(&self, fold: &mut Fold) {
        (*self).fold(fold);
    }
}
