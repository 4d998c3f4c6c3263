//! What the skew may be set to, and why it refuses.

use crate::math::mul_wide;
use crate::num::{OutOfRange, Price, Real, Seconds};
use crate::skew::phi::Phi;
use crate::skew::weights::Bands;
use crate::surface::{Row, Valued};

/// Cash that moves spot by 100 % (both linear), from one unit to 10¹⁴.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Depth(#[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))] Real);

impl Depth {
    /// The shallowest market.
    pub const MIN: Self = Self(Real::ONE);
    /// The deepest.
    pub const MAX: Self = Self(Real::lit("100000000000000"));

    /// Admits `cash` if it lies in the range.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn new(cash: Real) -> Result<Self, OutOfRange> {
        within("depth", cash, Self::MIN.0, Self::MAX.0).map(Self)
    }

    /// The bare number.
    pub const fn get(self) -> Real {
        self.0
    }
}

/// How the pool charges for its loop gain.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Gain {
    /// θ, the factor on what hedging costs: 1 breaks even, 0 is a static pool; at most 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub theta: Real,
    /// x⁻, below which the discount no longer grows; in (−½, 0].
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub min: Real,
    /// x⁺, above which the charge no longer steepens; in [0, ½).
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub max: Real,
    /// A trade may not take a node below this gain; from −1000 to x⁻.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub refuse_below: Real,
    /// A trade may not take a node above this gain; from x⁺ to 1000.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub refuse_above: Real,
    /// Bands of spot in each time bucket.
    pub bands: Bands,
    /// δ, the largest relative fall of total variance that a series must stand; in (0, ½].
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub taper: Real,
}

impl Default for Gain {
    /// Break-even over gains from −0.05 to 0.30, five bands, δ = 0.13; refused above ½ and below −1.
    fn default() -> Self {
        const X: [Real; 4] =
            [Real::lit("-0.05"), Real::lit("0.3"), Real::lit("0.5"), Real::lit("0.13")];
        Self {
            theta: Real::ONE,
            min: X[0],
            max: X[1],
            refuse_below: Real::NEG_ONE,
            refuse_above: X[2],
            bands: Bands::Five,
            taper: X[3],
        }
    }
}

impl Gain {
    /// Checks the ranges, and that no series can lose more than its time value to the greatest
    /// discount together with the greatest shift of the flow: θ·Φ′(x⁻) − s ≥ −δ.
    ///
    /// # Errors
    ///
    /// [`SkewError::OutOfRange`] or [`SkewError::Discount`].
    pub fn check(&self, flow: &FlowParams) -> Result<(), SkewError> {
        const HALF: Real = Real::lit("0.5");
        const FAR: Real = Real::lit("1000");
        const TEN: Real = Real::lit("10");
        within("theta", self.theta, Real::ZERO, TEN)?;
        within("least gain x_min", self.min, -HALF + Real::DELTA, Real::ZERO)?;
        within("greatest gain x_max", self.max, Real::ZERO, HALF - Real::DELTA)?;
        within("gain to refuse below", self.refuse_below, -FAR, self.min)?;
        within("gain to refuse above", self.refuse_above, self.max, FAR)?;
        within("taper", self.taper, Real::lit("0.001"), HALF)?;
        flow.check()?;
        let slope = Phi::new(self.min, self.max).slope(self.min.to_bits()); // Φ′(x⁻) ≤ 0
        let steepest = Real::from_bits(slope).saturating_mul(self.theta) - flow.strength;
        if steepest < -self.taper {
            return Err(SkewError::Discount { shift: steepest, taper: self.taper });
        }
        Ok(())
    }

    /// G: today's dollar gamma of one contract, but no more than lets a fall of total variance by
    /// δ take the whole time value of the out-of-the-money option.
    pub(super) fn driver(&self, row: &Row, line: &Valued) -> Real {
        let prices = line.value.prices;
        let otm = if line.strike >= row.expiry.forward() { prices.call } else { prices.put };
        // Half of w·δ; w is the greater of the line's and of what its buckets add up to.
        let variance = line.variance.max(row.variance).to_bits() as u128;
        let span = mul_wide(variance, self.taper.to_bits() as u64) >> 1;
        let (otm, gamma) = (otm.to_bits() as u128, line.dollar_gamma.to_bits() as u128);
        // otm/span < gamma, without the quotient where it is not needed.
        if span == 0 || otm >= wide(gamma, span) {
            return line.dollar_gamma;
        }
        Real::from_bits(quotient(otm, span).min(gamma) as i128)
    }
}

/// a·b/2⁶⁴ for two numbers in Q64, or the greatest number if it does not fit.
fn wide(a: u128, b: u128) -> u128 {
    let whole = a.checked_mul(b >> 64);
    whole.and_then(|whole| whole.checked_add(mul_wide(a, b as u64))).unwrap_or(u128::MAX)
}

/// a/b in Q64 for a/b below what a·b/2⁶⁴ was compared with, rounded down.
fn quotient(a: u128, b: u128) -> u128 {
    let (mut whole, mut left, mut bits) = (a / b, a % b, 64);
    while bits > 0 {
        // As many bits at once as the remainder has room for.
        let room = left.leading_zeros().min(bits).max(1);
        let (digit, rest) = if left.leading_zeros() == 0 {
            (1, left.wrapping_shl(1).wrapping_sub(b))
        } else {
            ((left << room) / b, (left << room) % b)
        };
        whole = (whole << room) | digit;
        (left, bits) = (rest, bits - room);
    }
    whole
}

/// How the pool charges for one-sided flow.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct FlowParams {
    /// The time in which a flow is half forgotten; above zero.
    pub half_life: Seconds,
    /// D, the flow of half dollar gamma at which the response bends, in cash: 1 to 10¹².
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub scale: Real,
    /// s, the greatest relative shift of variance; 0 is no charge, at most ½.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub strength: Real,
    /// The share of a fall of the charge that a trade gets back: 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub rebate: Real,
}

impl Default for FlowParams {
    /// Half an hour, a scale of 10⁷, a shift of 3 % at most, all of it given back.
    fn default() -> Self {
        const SCALE: Real = Real::lit("10000000");
        const STRENGTH: Real = Real::lit("0.03");
        let half_life = const {
            match Seconds::new(1800) {
                Ok(half_life) => half_life,
                Err(_) => Seconds::MAX,
            }
        };
        Self { half_life, scale: SCALE, strength: STRENGTH, rebate: Real::ONE }
    }
}

impl FlowParams {
    fn check(&self) -> Result<(), OutOfRange> {
        const HALF: Real = Real::lit("0.5");
        let half_life = Real::from_num(self.half_life.get());
        within("half-life of the flow", half_life, Real::ONE, Real::from_num(Seconds::MAX.get()))?;
        within("scale of the flow", self.scale, Real::ONE, Price::MAX.get())?;
        within("strength of the flow", self.strength, Real::ZERO, HALF)?;
        within("rebate of the flow", self.rebate, Real::ZERO, Real::ONE)?;
        Ok(())
    }
}

fn within(what: &'static str, got: Real, min: Real, max: Real) -> Result<Real, OutOfRange> {
    if min <= got && got <= max { Ok(got) } else { Err(OutOfRange { what, got, min, max }) }
}

/// Why the skew refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SkewError {
    /// A parameter is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The parameters would let a series fall below its intrinsic value.
    #[error(
        "theta, x_min and the flow's strength could lower variance by {shift}, past the taper of {taper}"
    )]
    Discount {
        /// The greatest relative fall, negative.
        shift: Real,
        /// What is allowed.
        taper: Real,
    },
    /// A trade would take a node past a limit.
    #[error(
        "bucket {bucket}, band {band} would have a loop gain of {gain}, past the limit of {limit}"
    )]
    Limit {
        /// The time bucket.
        bucket: usize,
        /// The band of spot.
        band: usize,
        /// What it would be.
        gain: Real,
        /// What is allowed.
        limit: Real,
    },
    /// One contract is too large for the market's depth.
    #[error(
        "one contract at strike {strike} would be most of the market in bucket {bucket}: the depth is too small"
    )]
    Contract {
        /// Its strike.
        strike: Price,
        /// The time bucket.
        bucket: usize,
    },
    /// A bucket's variance times its depth does not fit.
    #[error("bucket {bucket} has more variance times depth than can be counted")]
    Cost {
        /// The time bucket.
        bucket: usize,
    },
    /// The book's gain or its cost does not fit: it is a million times the market's depth.
    #[error("the book's loop gain is beyond what can be counted")]
    Book,
    /// The flow does not fit.
    #[error("the flow is beyond what can be counted")]
    Flow,
}
