//! A market for spot that flow moves.

use amm_core::math::exp;
use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::{Impact, Shape, SpotError, days, within};

/// The least scale of a venue, in cash.
pub const SCALE_MIN: Real = Real::lit("0.000001");

/// The greatest scale of a venue, in cash.
pub const SCALE_MAX: Real = Real::lit("1000000000000");

/// A market for spot: how far flow has displaced it.
///
/// It keeps two volume states, sums of flow over the scale of its time: P stays and T decays. ln
/// spot is displaced by `permanent`·g(P) + (1 − `permanent`)·g(T), g the [`Shape`].
///
/// ```
/// use amm_core::num::Real;
/// use amm_loop::spot::{Impact, Venue};
///
/// let mut venue = Venue::new(Impact::LINEAR, Real::lit("1e8"))?;
/// let up = venue.push(Real::lit("6.25e6"))?;
/// assert_eq!((up.by, venue.depth()), (Real::lit("0.0625"), Real::lit("1e8")));
/// assert_eq!(up.mean, up.by / 2); // a line's
/// assert_eq!(venue.push(Real::lit("-6.25e6"))?.by, -up.by);
/// assert_eq!(venue.displacement(), 0);
/// assert!(venue.push(Real::lit("1e10")).is_err());
/// # Ok::<(), amm_loop::spot::SpotError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Venue {
    impact: Impact,
    #[serde(with = "serde_real")]
    scale: Real,
    #[serde(with = "serde_real")]
    stays: Real,
    #[serde(with = "serde_real")]
    decays: Real,
}

/// What a trade does to ln spot.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Push {
    /// How far it moves ln spot.
    pub by: Real,
    /// How far ln spot is from where it began on average over the trade's volume: what its price is
    /// worse by.
    pub mean: Real,
}

impl Venue {
    /// An undisplaced market. What the scale is, the [`Shape`] says.
    ///
    /// # Errors
    ///
    /// [`SpotError::OutOfRange`] for a parameter, or a scale not in [`SCALE_MIN`]..=[`SCALE_MAX`].
    pub fn new(impact: Impact, scale: Real) -> Result<Self, SpotError> {
        let venue = Self { impact, scale, stays: Real::ZERO, decays: Real::ZERO };
        venue.check()?;
        Ok(venue)
    }

    /// Checks a venue that was read from somewhere.
    ///
    /// # Errors
    ///
    /// As [`Venue::new`]; [`SpotError::TooFar`] if it is displaced further than flow could have.
    pub fn check(&self) -> Result<(), SpotError> {
        self.impact.check()?;
        within("scale of a venue", self.scale, SCALE_MIN, SCALE_MAX)?;
        let shape = &self.impact.shape;
        if shape.bears(self.stays) && shape.bears(self.decays) {
            return Ok(());
        }
        Err(SpotError::TooFar { cash: Real::ZERO, scale: self.scale })
    }

    /// The law flow acts by.
    pub const fn impact(&self) -> &Impact {
        &self.impact
    }

    /// The cash a volume of one stands for.
    pub const fn scale(&self) -> Real {
        self.scale
    }

    /// Flow to come is measured against another scale. What stands does not move.
    ///
    /// # Errors
    ///
    /// [`SpotError::OutOfRange`] unless it is in [`SCALE_MIN`]..=[`SCALE_MAX`].
    pub fn set_scale(&mut self, cash: Real) -> Result<(), SpotError> {
        within("scale of a venue", cash, SCALE_MIN, SCALE_MAX)?;
        self.scale = cash;
        Ok(())
    }

    /// Time passes: T decays by e^−ρt, towards zero.
    pub fn pass(&mut self, seconds: u32) {
        if self.decays == 0 {
            return;
        }
        // At most 10⁶·2³²/86400 < 2³⁶.
        let exponent = self.impact.resilience_per_day * days(seconds);
        let kept = exp(-exponent).expect("a number at most zero");
        let size = self.decays.abs() * kept;
        self.decays = if self.decays < 0 { -size } else { size };
    }

    /// Spends cash on spot (negative: sells spot for it) and returns the change of ln spot, at the end
    /// and on average.
    ///
    /// Flow over scale is rounded towards zero, so what comes back in the same block at the same
    /// scale leaves no trace. The changes add up to the displacement, bit by bit. The mean is the
    /// shape's own, in closed form: flow priced at it pays the integral of the displacement over
    /// volume, so that no slicing of flow that comes back in the block gains or loses.
    ///
    /// # Errors
    ///
    /// [`SpotError::TooFar`] if it would leave where the shape is defined, or displace ln spot by
    /// more than [`DISPLACEMENT_MAX`](crate::spot::DISPLACEMENT_MAX).
    pub fn push(&mut self, cash: Real) -> Result<Push, SpotError> {
        let too_far = SpotError::TooFar { cash, scale: self.scale };
        let volume = cash.checked_div(self.scale).ok_or(too_far)?;
        let moved = |state: Real, share: Real| {
            if share == 0 {
                return Ok(state); // nobody reads it
            }
            let after = state.checked_add(volume).ok_or(too_far)?;
            if self.impact.shape.bears(after) { Ok(after) } else { Err(too_far) }
        };
        let permanent = self.impact.permanent;
        let stays = moved(self.stays, permanent)?;
        let decays = moved(self.decays, Real::ONE - permanent)?;
        let (before, from) = (self.displacement(), (self.stays, self.decays));
        (self.stays, self.decays) = (stays, decays);
        let by = self.displacement() - before;
        Ok(Push { by, mean: self.mean(from, by) })
    }

    /// The mean of a move to here from other states.
    fn mean(&self, (stays, decays): (Real, Real), by: Real) -> Real {
        let (shape, permanent) = (&self.impact.shape, self.impact.permanent);
        let of_stays = || shape.mean_rise(stays, self.stays);
        let of_decays = || shape.mean_rise(decays, self.decays);
        if *shape == Shape::Linear {
            by / 2 // of both parts
        } else if permanent == 1 {
            of_stays()
        } else if permanent == 0 {
            of_decays()
        } else {
            permanent * of_stays() + (Real::ONE - permanent) * of_decays()
        }
    }

    /// How far flow has moved ln spot.
    pub fn displacement(&self) -> Real {
        self.shares(Shape::displacement)
    }

    /// The derivative of ln spot by flow over scale, here and now.
    pub fn slope(&self) -> Real {
        self.shares(Shape::slope)
    }

    /// L: the cash that would move ln spot by one at today's slope. A hedger's loop gain is S²Γ/L.
    pub fn depth(&self) -> Real {
        self.scale / self.slope() // ≤ 10¹² / 4·10⁻⁷
    }

    /// `permanent`·f(P) + (1 − `permanent`)·f(T).
    fn shares(&self, f: impl Fn(&Shape, Real) -> Real) -> Real {
        let (shape, permanent) = (&self.impact.shape, self.impact.permanent);
        if permanent == 1 {
            return f(shape, self.stays);
        }
        if permanent == 0 {
            return f(shape, self.decays);
        }
        permanent * f(shape, self.stays) + (Real::ONE - permanent) * f(shape, self.decays)
    }
}
