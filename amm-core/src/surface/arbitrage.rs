//! The two checks a surface passes before anyone quotes from it.

use super::density::Durrleman;
use super::lattice::least;
use super::{Slice, SurfaceError, Svi, Wing, variance};
use crate::num::{Real, Seconds};

/// No butterfly: the density of the underlying at expiry is negative nowhere.
///
/// Holds both wings to Lee's bound b(1 + |ρ|) ≤ 2, in closed form, and Durrleman's condition g ≥ 0
/// ([`density`](super::density)) over all log-moneynesses two prices can have, |k| ≤ 73: at σ/4 from
/// each other within σ of m, four an octave beyond, and four times as many around each low. The figure
/// may be under zero by the stated error of its evaluation and by nothing more. SSVI is held to
/// the same; Gatheral and Jacquier's conditions on θφ are sufficient, not necessary, and not asked.
/// About 110 points for a slice as listed. A flat slice passes.
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
    let (margin, (k, figure)) = least(&kernel.svi, |k| {
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
            let found = least(svi, rise)?;
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
