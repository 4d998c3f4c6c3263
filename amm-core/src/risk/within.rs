//! Ranges of parameters.

use crate::num::{OutOfRange, Real};

/// Hundredths of a per cent in one.
pub(in crate::risk) const BPS: u32 = 10_000;

/// The number, if it lies in its range.
pub(in crate::risk) fn within(
    what: &'static str,
    got: Real,
    min: Real,
    max: Real,
) -> Result<Real, OutOfRange> {
    if min <= got && got <= max { Ok(got) } else { Err(OutOfRange { what, got, min, max }) }
}

/// The same for a count.
pub(in crate::risk) fn whole(
    what: &'static str,
    got: u32,
    min: u32,
    max: u32,
) -> Result<u32, OutOfRange> {
    let real = Real::from_num;
    within(what, real(got), real(min), real(max)).map(|_| got)
}
