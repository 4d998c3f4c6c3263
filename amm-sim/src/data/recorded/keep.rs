//! Slices that stay where nothing new can be fitted.

use super::Smile;
use amm_core::num::{Real, Seconds, Timestamp};
use amm_core::surface::{Slice, SurfaceError, Svi, butterfly, calendar};

/// The slice with its volatility held while the time left falls from `before` to `now`.
///
/// Total variance shrinks by the ratio c ≤ 1 of the times. That makes no butterfly: Durrleman's g of c·w is
/// concave in c, at least zero at c = 0 and at c = 1.
pub(super) fn aged(slice: &Slice, before: Seconds, now: Seconds) -> Option<Slice> {
    let Slice::Svi(svi) = slice else { return Some(*slice) };
    if before == Seconds::ZERO || now > before {
        return None;
    }
    // |a| ≤ 12,000 and times are under 2³⁰, so nothing overflows.
    let shrunk =
        |x: Real| Real::from_bits(x.to_bits() * i128::from(now.get()) / i128::from(before.get()));
    let aged = Svi::new(shrunk(svi.a()), shrunk(svi.b()), svi.rho(), svi.m(), svi.sigma()).ok()?;
    Some(Slice::Svi(aged))
}

/// A smile of an earlier moment as it is at `now`, with its own date.
pub(super) fn kept(smile: &Smile, earlier: Timestamp, now: Timestamp) -> Option<Slice> {
    let before = earlier.until(smile.expiry).ok()?;
    let left = now.until(smile.expiry).ok().filter(|left| *left != Seconds::ZERO)?;
    aged(&smile.slice, before, left)
}

/// The core's own verdict on all slices of a moment, nearest first.
pub(super) fn check(
    now: Timestamp,
    slices: impl IntoIterator<Item = (Timestamp, Slice)>,
) -> Result<(), SurfaceError> {
    let mut near: Option<(Slice, Seconds)> = None;
    for (expiry, slice) in slices {
        butterfly(&slice)?;
        let time = now.until(expiry)?;
        if let Some((near, near_time)) = &near {
            calendar((near, *near_time), (&slice, time))?;
        }
        near = Some((slice, time));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_slice_holds_its_volatility() {
        let real = Real::lit;
        let svi = Svi::new(real("-0.001"), real("0.08"), real("-0.3"), real("0.01"), real("0.12"));
        let slice = Slice::Svi(svi.unwrap());
        let (before, now) = (Seconds::new(604_800).unwrap(), Seconds::new(500_000).unwrap());
        let aged = aged(&slice, before, now).unwrap();
        butterfly(&aged).unwrap();
        for k in ["-0.5", "0", "0.2"] {
            let k: Real = k.parse().unwrap();
            let (was, is) = (slice.vol(k, before).unwrap(), aged.vol(k, now).unwrap());
            assert!((was.get() - is.get()).abs() < real("0.000000000000001"), "{was} {is}");
        }
        assert_eq!(super::aged(&slice, now, before), None);
    }
}
