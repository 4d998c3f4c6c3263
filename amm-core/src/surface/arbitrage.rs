//! The two checks a surface passes before anyone quotes from it.

use super::density::Durrleman;
use super::lattice::least;
use super::{Slice, SurfaceError, Svi, Wing, variance};
use crate::num::{Real, Seconds};

/// No butterfly: the density of the underlying at expiry is negative nowhere.
///
/// Holds both wings to Lee's bound b(1 + |ρ|) ≤ 2, in closed form, and Durrleman's condition g ≥ 0
/// ([`density`](super::density)) over all log-moneynesses two prices can have, |k| ≤ 73: at σ/4 from
/// each other within σ of m, four an octave beyond until a closed form settles the rest of the wing,
/// and four times as many around each low. The figure may be under zero by the stated error of its
/// evaluation and by nothing more. SSVI is held to the same; Gatheral and Jacquier's conditions on θφ
/// are sufficient, not necessary, and not asked.
/// A dozen to forty points for a slice as listed. A flat slice passes.
///
/// # Errors
///
/// [`SurfaceError::Steep`], [`SurfaceError::Butterfly`] with the worst point, or
/// [`SurfaceError::Vanishing`].
pub fn butterfly(slice: &Slice) -> Result<(), SurfaceError> {
    let Some(kernel) = slice.raw().as_ref().and_then(Durrleman::new) else { return Ok(()) };
    let (left, right) = kernel.svi.slopes();
    for (wing, slope) in [(Wing::Left, left), (Wing::Right, right)] {
        if slope > 2 {
            return Err(SurfaceError::Steep { wing, slope });
        }
    }
    let settled = |wing, k| kernel.settled(wing, k);
    let (margin, (k, figure)) = least(&kernel.svi, settled, |k| {
        let g = kernel.at(k)?;
        Ok::<_, SurfaceError>((g.figure + g.error as i128, (k, g.figure)))
    })?;
    if margin < 0 {
        return Err(SurfaceError::Butterfly { k, density: Real::from_bits(figure) });
    }
    Ok(())
}

/// No calendar spread: at equal log-moneyness total variance does not fall from the nearer expiry to
/// the later one.
///
/// Looks at both slices' points, as [`butterfly`] does, and holds the later wings to slopes that are
/// not less, so that nothing is missed further out. Total variance may fall by the two stated errors
/// of its evaluation and by nothing more. Each slice is with its time left.
///
/// # Errors
///
/// [`SurfaceError::Crossing`], or [`SurfaceError::Calendar`] with the worst point.
pub fn calendar(near: (&Slice, Seconds), far: (&Slice, Seconds)) -> Result<(), SurfaceError> {
    let (near, far) = (Curve::new(near), Curve::new(far));
    let ((left, right), (left_far, right_far)) = (near.slopes(), far.slopes());
    for (wing, near, far) in [(Wing::Left, left, left_far), (Wing::Right, right, right_far)] {
        if far < near {
            return Err(SurfaceError::Crossing { wing, near, far });
        }
    }
    let rise = |k: Real| {
        let ((near, near_error), (far, far_error)) = (near.at(k), far.at(k));
        let margin = far as i128 - near as i128 + (near_error + far_error) as i128;
        Ok::<_, SurfaceError>((margin, (k, near, far)))
    };
    let mut worst = rise(Real::ZERO)?;
    for curve in [&near, &far] {
        if let Curve::Bent(svi) = curve {
            let found = least(svi, |wing, k| settled(&near, &far, wing, k), rise)?;
            if found.0 < worst.0 {
                worst = found;
            }
        }
    }
    let (margin, (k, near, far)) = worst;
    if margin < 0 {
        let [near, far] = [near, far].map(|bits| Real::from_bits(bits as i128));
        return Err(SurfaceError::Calendar { k, near, far });
    }
    Ok(())
}

/// Whether total variance does not fall from k outwards, the later wing rising no less.
///
/// The later slice is at least its asymptote, and the nearer at most its own and bσ²/(2|x|), x = k − m,
/// which only shrinks further out. A millionth of that is left for rounding.
fn settled(near: &Curve, far: &Curve, wing: Wing, k: Real) -> bool {
    let gap = far.asymptote(wing, k) - near.asymptote(wing, k);
    let bend = match near {
        Curve::Level(_) => return gap >= Real::DELTA * 1024,
        Curve::Bent(svi) => svi,
    };
    let x = if wing == Wing::Left { bend.m() - k } else { k - bend.m() };
    let most = bend.b() * bend.sigma() * bend.sigma();
    x > 0 && gap > 0 && gap * x * 2 >= most + (most >> 20) + Real::DELTA * 1024
}

/// A slice at its time.
enum Curve {
    /// Total variance in Q64.
    Level(u128),
    Bent(Svi),
}

impl Curve {
    fn new((slice, time): (&Slice, Seconds)) -> Self {
        match slice {
            Slice::Flat(vol) => {
                Self::Level(variance::total_variance(*vol, time).get().to_bits() as u128)
            }
            Slice::Svi(svi) => Self::Bent(*svi),
            Slice::Ssvi(ssvi) => Self::Bent(ssvi.raw()),
        }
    }

    fn slopes(&self) -> (Real, Real) {
        match self {
            Self::Level(_) => (Real::ZERO, Real::ZERO),
            Self::Bent(svi) => svi.slopes(),
        }
    }

    /// What a wing comes to, at k.
    fn asymptote(&self, wing: Wing, k: Real) -> Real {
        match (self, wing) {
            (Self::Level(w), _) => Real::from_bits(*w as i128),
            (Self::Bent(svi), Wing::Left) => svi.a() + svi.slopes().0 * (svi.m() - k),
            (Self::Bent(svi), Wing::Right) => svi.a() + svi.slopes().1 * (k - svi.m()),
        }
    }

    /// w(k) and its error, in ulps.
    fn at(&self, k: Real) -> (u128, u128) {
        match self {
            Self::Level(w) => (*w, 1),
            Self::Bent(svi) => {
                let (w, distance) = svi.with_distance(k);
                (w, svi.error(&distance))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slices of every steepness, tilt and width, by a fixed stream.
    fn slices(count: usize) -> impl Iterator<Item = Svi> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut unit = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            Real::from_bits((state >> 1) as i128 * 2)
        };
        let one = move || {
            let (tilt, width) = (unit() * 2 - Real::ONE, unit() * unit() * unit());
            let (sigma, b) = (width + Real::lit("0.001"), unit() * unit() / 2);
            let rho = tilt * Real::lit("0.99");
            let bend = b * sigma * crate::math::sqrt(Real::ONE - rho * rho).ok()?;
            let least = unit() * unit() * unit() / 4;
            Svi::new(least - bend, b, rho, unit() - Real::lit("0.5"), sigma).ok()
        };
        core::iter::repeat_with(one).flatten().take(count)
    }

    /// Where the closed forms end a walk, nothing is left to find: the whole walk has the same verdict.
    #[test]
    fn what_is_settled_holds() {
        let (mut refused, mut falls) = (0, 0);
        let mut last: Option<Svi> = None;
        for svi in slices(4_000) {
            let kernel = Durrleman::new(&svi).unwrap();
            let whole = least(
                &svi,
                |_, _| false,
                |k| {
                    let g = kernel.at(k)?;
                    Ok::<_, SurfaceError>((g.figure + g.error as i128, k))
                },
            );
            let holds = whole.is_ok_and(|(margin, _)| margin >= 0);
            assert_eq!(butterfly(&Slice::Svi(svi)).is_ok(), holds, "{svi:?}");
            refused += usize::from(!holds);
            let Some(far) = last.replace(svi) else { continue };
            let rise = |k| {
                let gap = far.at(k) as i128 - svi.at(k) as i128;
                Ok::<_, SurfaceError>((gap + (1 << 24), k))
            };
            let lowest =
                [svi, far].map(|of| least(&of, |_, _| false, rise).map_or(-1, |(gap, _)| gap));
            let steeper = far.slopes().0 >= svi.slopes().0 && far.slopes().1 >= svi.slopes().1;
            let holds = steeper && lowest.iter().all(|gap| *gap >= 0);
            let time = Seconds::ZERO;
            let verdict = calendar((&Slice::Svi(svi), time), (&Slice::Svi(far), time));
            assert_eq!(verdict.is_ok(), holds, "{svi:?} {far:?} {verdict:?}");
            falls += usize::from(steeper && !holds);
        }
        assert!((400..3_600).contains(&refused), "{refused} have butterflies");
        assert!((20..3_980).contains(&falls), "{falls} fall with the right wings");
    }
}
