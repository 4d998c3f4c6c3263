//! Why there is no signal.

use crate::num::{OutOfRange, Price, Real, Seconds};

/// Why a signal cannot be given.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// A sum, or a part of it, does not fit.
    #[error("{what} comes to more than can be counted")]
    Overflow {
        /// Which.
        what: &'static str,
    },
    /// Levels of spot ascend.
    #[error("a level of {level} does not come after one of {before}")]
    Levels {
        /// The level.
        level: Price,
        /// The one before it.
        before: Price,
    },
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// A number, if it lies in its range.
pub(super) fn within(
    what: &'static str,
    got: Real,
    min: Real,
    max: Real,
) -> Result<(), OutOfRange> {
    if min <= got && got <= max { Ok(()) } else { Err(OutOfRange { what, got, min, max }) }
}

/// A length of time, if it lies in its range.
pub(super) fn lasts(
    what: &'static str,
    got: Seconds,
    min: Seconds,
    max: Seconds,
) -> Result<(), OutOfRange> {
    let real = |length: Seconds| Real::from_num(length.get());
    within(what, real(got), real(min), real(max))
}
