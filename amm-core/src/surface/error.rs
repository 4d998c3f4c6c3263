//! Why a slice is refused.

use crate::num::{OutOfRange, Real};
use core::fmt;

/// A far end of a slice.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Wing {
    /// Strikes far below the forward.
    Left,
    /// Strikes far above it.
    Right,
}

impl fmt::Display for Wing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
        })
    }
}

/// Why a slice, or a pair of them, cannot be a surface.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SurfaceError {
    /// The density of the underlying at expiry is negative: a butterfly there is free and can only pay.
    #[error("butterfly arbitrage at log-moneyness {k:.6}: Durrleman's density is {density:.9}")]
    Butterfly {
        /// Where: ln(K/F).
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        k: Real,
        /// Durrleman's g there.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        density: Real,
    },
    /// Total variance is under 10⁻¹², too little to have a density.
    #[error("total variance at log-moneyness {k:.6} is {total_variance}, under 1e-12")]
    Vanishing {
        /// Where: ln(K/F).
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        k: Real,
        /// w there.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        total_variance: Real,
    },
    /// A wing rises faster than Lee's bound: far options would be worth more than their bound.
    #[error("the {wing} wing rises by {slope:.9} per unit of log-moneyness, above 2")]
    Steep {
        /// Which.
        wing: Wing,
        /// b(1 − ρ) or b(1 + ρ).
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        slope: Real,
    },
    /// A later expiry has less total variance: a calendar spread there is free and can only pay.
    #[error(
        "calendar arbitrage at log-moneyness {k:.6}: total variance falls from {near} to {far}"
    )]
    Calendar {
        /// Where: ln(K/F).
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        k: Real,
        /// w of the nearer expiry there.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        near: Real,
        /// w of the later one.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        far: Real,
    },
    /// A later expiry's wing rises less: far enough out its total variance is less.
    #[error("calendar arbitrage in the {wing} wing: its slope falls from {near:.9} to {far:.9}")]
    Crossing {
        /// Which.
        wing: Wing,
        /// The slope of the nearer expiry.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        near: Real,
        /// That of the later one.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::num::serde_real::serialize"))]
        far: Real,
    },
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}
