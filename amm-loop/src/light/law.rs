//! Impact in narrow integers: the law of [`spot`](crate::spot).

use amm_core::math::exp;
use amm_core::num::Real;

use super::fine::{FAR, GAIN_BITS, factor, fine, real, times};
use crate::spot::{Impact, Shape, days};

/// What flow does to ln spot. Flows are over the scale; all are fine numbers.
pub(super) trait Law {
    /// A block passes: the change of ln spot.
    fn pass(&mut self) -> i64;
    /// What a flow would move ln spot by, and the slope there in units of 2⁻⁵⁸; `None` past what a
    /// venue can show.
    fn try_push(&self, flow: i64) -> Option<(i64, i64)>;
    /// A flow comes: the change of ln spot.
    fn push(&mut self, flow: i64) -> Option<i64>;
    /// Whether a flow moves ln spot by itself.
    fn is_linear(&self) -> bool;
}

/// Linear and permanent.
#[derive(Debug)]
pub(super) struct Permanent;

impl Law for Permanent {
    #[inline(always)]
    fn pass(&mut self) -> i64 {
        0
    }

    #[inline(always)]
    fn try_push(&self, flow: i64) -> Option<(i64, i64)> {
        Some((flow, 1 << GAIN_BITS))
    }

    #[inline(always)]
    fn push(&mut self, flow: i64) -> Option<i64> {
        Some(flow)
    }

    #[inline(always)]
    fn is_linear(&self) -> bool {
        true
    }
}

/// The most of ln spot's displacement that may come back: 128.
const DECAYS_MAX: i64 = 16 * FAR;

/// Linear, a part of which comes back.
#[derive(Debug)]
pub(super) struct Resilient {
    /// The part of ln spot's displacement that decays.
    decays: i64,
    /// The share of a flow that goes there, and what is left of it after a block.
    share: i64,
    kept: i64,
}

impl Resilient {
    pub(super) fn new(impact: &Impact, seconds: u32) -> Self {
        let share = factor(Real::ONE - impact.permanent);
        Self { decays: 0, share, kept: factor(kept(impact, seconds)) }
    }
}

/// e^−ρt of a block.
fn kept(impact: &Impact, seconds: u32) -> Real {
    exp(-(impact.resilience_per_day * days(seconds))).expect("a number at most zero")
}

impl Law for Resilient {
    #[inline(always)]
    fn pass(&mut self) -> i64 {
        let left = times(self.kept, self.decays);
        let change = left - self.decays;
        self.decays = left;
        change
    }

    #[inline(always)]
    fn try_push(&self, flow: i64) -> Option<(i64, i64)> {
        Some((flow, 1 << GAIN_BITS))
    }

    #[inline(always)]
    fn push(&mut self, flow: i64) -> Option<i64> {
        self.decays += times(self.share, flow);
        (self.decays.abs() <= DECAYS_MAX).then_some(flow)
    }

    #[inline(always)]
    fn is_linear(&self) -> bool {
        true
    }
}

/// Any shape, by the functions of `spot` itself.
#[derive(Debug)]
pub(super) struct Shaped {
    shape: Shape,
    permanent: Real,
    kept: Real,
    stays: Real,
    decays: Real,
    stands: i64,
}

impl Shaped {
    pub(super) fn new(impact: &Impact, seconds: u32) -> Self {
        let &Impact { shape, permanent, .. } = impact;
        let kept = kept(impact, seconds);
        Self { shape, permanent, kept, stays: Real::ZERO, decays: Real::ZERO, stands: 0 }
    }

    fn after(&self, flow: i64) -> Option<(Real, Real)> {
        let (stays, decays) = (self.stays + real(flow), self.decays + real(flow));
        let bears = |share: Real, volume| share == 0 || self.shape.bears(volume);
        let both = bears(self.permanent, stays) && bears(Real::ONE - self.permanent, decays);
        both.then_some((stays, decays))
    }

    fn sum(&self, (stays, decays): (Real, Real), f: impl Fn(Real) -> Real) -> Real {
        let part = |share: Real, volume| if share == 0 { Real::ZERO } else { share * f(volume) };
        part(self.permanent, stays) + part(Real::ONE - self.permanent, decays)
    }

    fn displacement(&self, volumes: (Real, Real)) -> i64 {
        fine(self.sum(volumes, |volume| self.shape.displacement(volume)))
    }
}

impl Law for Shaped {
    fn pass(&mut self) -> i64 {
        let size = self.decays.abs() * self.kept;
        self.decays = if self.decays < 0 { -size } else { size };
        let stood = self.stands;
        self.stands = self.displacement((self.stays, self.decays));
        self.stands - stood
    }

    fn try_push(&self, flow: i64) -> Option<(i64, i64)> {
        let volumes = self.after(flow)?;
        let slope = self.sum(volumes, |volume| self.shape.slope(volume)).min(Real::lit("31"));
        Some((self.displacement(volumes) - self.stands, factor(slope)))
    }

    fn push(&mut self, flow: i64) -> Option<i64> {
        let (stays, decays) = self.after(flow)?;
        (self.stays, self.decays) = (stays, decays);
        let stood = self.stands;
        self.stands = self.displacement((stays, decays));
        Some(self.stands - stood)
    }

    fn is_linear(&self) -> bool {
        false
    }
}
