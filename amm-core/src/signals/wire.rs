//! All signals of a state.

use alloc::vec::Vec;

use crate::num::{Amount, Price, Real, Timestamp};
use crate::signals::Exposure;

/// What charges, risk, monitors and simulators read of a state: a new feedback rule is a field here
/// and a term in one reader.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Signals {
    /// The time of the state.
    pub now: Timestamp,
    /// The underlying at the last market update.
    pub spot: Price,
    /// The pool's net Greeks at the last market update's prices.
    pub exposure: Exposure,
    /// Of each expiry that is quoted, ascending.
    pub buckets: Vec<BucketSignals>,
    /// The greatest loop gain of all buckets and bands; zero if there are none.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain_max: Real,
    /// Realised variance of spot, annualised.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub realised_variance: Real,
    /// What trades paid for loop gain and revaluations have released, in cash.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::greeks::decimal"))]
    pub skew_reserve: Amount,
    /// What trades paid for flow and time has released, in cash.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::greeks::decimal"))]
    pub flow_reserve: Amount,
}

/// Of the time between an expiry and the one before it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BucketSignals {
    /// The expiry at its end.
    pub expiry: Timestamp,
    /// The base surface's total variance σ²T at the forward, up to the expiry.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub variance: Real,
    /// The part of it that lies in the bucket.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub forward_variance: Real,
    /// Cash that moves spot by 100 %.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub depth: Real,
    /// The loop gain if gamma stays as it is wherever spot goes: x⁰ − Γ/L with the net dollar gamma of
    /// the series alive in the bucket.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain: Real,
    /// By how much hedging at that gain multiplies volatility; `None` if it feeds on itself.
    #[cfg_attr(feature = "serde", serde(serialize_with = "optional"))]
    pub vol_multiplier: Option<Real>,
    /// The loop gain in each band of spot, from the lowest: what the skew charges for.
    #[cfg_attr(feature = "serde", serde(serialize_with = "each"))]
    pub band_gains: Vec<Real>,
    /// Half the dollar gamma that the pool sold of late in series alive in the bucket, faded to the time
    /// of the state, in cash; negative if it bought.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::greeks::decimal"))]
    pub flow: Amount,
    /// The same over D, the flow at which the response bends.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub flow_relative: Real,
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Decimal(#[serde(with = "crate::num::serde_real")] Real);

#[cfg(feature = "serde")]
fn optional<S: serde::Serializer>(number: &Option<Real>, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&number.map(Decimal), to)
}

#[cfg(feature = "serde")]
fn each<S: serde::Serializer>(numbers: &[Real], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(numbers.iter().copied().map(Decimal))
}
