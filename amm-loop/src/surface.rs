//! The outside market's volatility: what the pool's base surface follows, and what an outside dealer
//! quotes.

use amm_core::math::exp;
use amm_core::num::{Price, Real, Seconds, Timestamp, TotalVariance, Vol, YEAR_S, serde_real};
use amm_core::surface::{Slice, Ssvi};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::units::{add, fading, mul};

/// How implied volatility moves with spot.
///
/// σ(T) = vol·e^(s·√(min(1, 7 d/T))) with a shift s that a fall of spot by r raises by `down`·r, a
/// rise by `up`·r, and that fades. Real chains have a one-sided slope: about −1.84 volatility points
/// a per cent of fall for BTC's seven days and −1.40 for ETH's, nearly nothing for rises.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Implied {
    /// At rest, of every expiry.
    pub vol: Vol,
    /// By how much ln σ of a week rises for a fall of ln spot by one; −10 to 10.
    #[serde(with = "serde_real", default)]
    pub down: Real,
    /// By how much it rises for a rise of ln spot by one; −10 to 10.
    #[serde(with = "serde_real", default)]
    pub up: Real,
    /// Of the shift.
    pub half_life_s: u32,
    /// A smile on top, if any.
    #[serde(default)]
    pub smile: Option<Smile>,
}

/// A smile by SSVI with φ = η/√θ (Gatheral and Jacquier 2014): free of arbitrage for η·(1 + |ρ|) ≤ 2.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Smile {
    /// η.
    #[serde(with = "serde_real")]
    pub steepness: Real,
    /// ρ.
    #[serde(with = "serde_real")]
    pub tilt: Real,
}

/// A surface as it was recorded: it holds until the next.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// From when on.
    pub at: Timestamp,
    /// Expiries ascending.
    pub slices: alloc::vec::Vec<Recorded>,
}

/// One expiry of a recorded surface.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// When.
    pub expiry: Timestamp,
    /// Forward over spot.
    #[serde(with = "serde_real")]
    pub basis: Real,
    /// The fitted slice.
    pub slice: Slice,
}

/// Where implied volatility comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Surface {
    /// A rule.
    Implied(Implied),
    /// A record.
    Recorded(alloc::vec::Vec<Snapshot>),
}

/// What moves of a surface.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct SurfaceState {
    /// The shift s of a week's ln σ.
    #[serde(with = "serde_real")]
    pub shift: Real,
}

const WEEK_S: u32 = 7 * 86_400;

impl Implied {
    pub(crate) fn check(&self) -> Result<(), LoopError> {
        const TEN: Real = Real::lit("10");
        let steep = |slope: Real| slope > TEN || slope < -TEN;
        if steep(self.down) || steep(self.up) {
            return Err(LoopError::Scenario("implied volatility's slopes are within ±10"));
        }
        if self.half_life_s == 0 {
            return Err(LoopError::Scenario("the half-life of implied volatility is at least 1 s"));
        }
        Ok(())
    }

    /// ln σ's shift after a move of ln spot.
    pub(crate) fn after(
        &self,
        state: SurfaceState,
        move_: Real,
        seconds: u32,
    ) -> Result<SurfaceState, LoopError> {
        let kept = mul(state.shift, fading(seconds, self.half_life_s)?)?;
        let slope = if move_ < 0 { self.down } else { self.up };
        Ok(SurfaceState { shift: add(kept, mul(slope, move_.abs())?)? })
    }

    /// The slice of an expiry.
    pub(crate) fn slice(&self, state: SurfaceState, time: Seconds) -> Result<Slice, LoopError> {
        let vol = self.vol_at(state, time)?;
        let Some(smile) = self.smile else { return Ok(Slice::Flat(vol)) };
        let variance = TotalVariance::new(mul(
            mul(vol.get(), vol.get())?,
            Real::from_num(time.get()) / Real::from_num(YEAR_S),
        )?)?;
        let theta = variance.get();
        let phi = crate::units::div(smile.steepness, amm_core::math::sqrt(theta)?)?;
        Ok(Slice::Ssvi(Ssvi::new(theta, phi, smile.tilt)?))
    }

    fn vol_at(&self, state: SurfaceState, time: Seconds) -> Result<Vol, LoopError> {
        let near = match time.get() > WEEK_S {
            true => {
                let share = Real::from_num(WEEK_S) / Real::from_num(time.get());
                mul(state.shift, amm_core::math::sqrt(share)?)?
            }
            false => state.shift,
        };
        Ok(Vol::new(mul(self.vol.get(), exp(near)?)?)?)
    }
}

impl Surface {
    /// Forward and slice of an expiry at a moment; `None` if the record has none.
    pub(crate) fn of(
        &self,
        state: SurfaceState,
        now: Timestamp,
        expiry: Timestamp,
        spot: Price,
    ) -> Result<Option<(Price, Slice)>, LoopError> {
        match self {
            Self::Implied(rule) => Ok(Some((spot, rule.slice(state, now.until(expiry)?)?))),
            Self::Recorded(snapshots) => {
                let Some(snapshot) = last(snapshots, now) else { return Ok(None) };
                let slices = &snapshot.slices;
                let found = slices.binary_search_by_key(&expiry, |slice| slice.expiry);
                let Ok(at) = found else { return Ok(None) };
                let forward = Price::new(mul(spot.get(), slices[at].basis)?)?;
                Ok(Some((forward, slices[at].slice)))
            }
        }
    }
}

/// The snapshot that holds at a moment.
pub(crate) fn last(snapshots: &[Snapshot], now: Timestamp) -> Option<&Snapshot> {
    let after = snapshots.partition_point(|snapshot| snapshot.at <= now);
    after.checked_sub(1).map(|at| &snapshots[at])
}
