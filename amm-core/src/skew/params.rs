//! What the skew may be set to, and why it refuses.

use crate::math::{mul_hi, mul_wide, rsqrt};
use crate::num::{OutOfRange, Price, Real, Seconds};
use crate::skew::phi::Phi;
use crate::skew::potential::{inverse, scaled};
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
    /// κ, how closely gamma is expected near its strike before expiry, in (0, 1]: 1 is where the
    /// paths to the strike are, less spreads it over more bands.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub locality: Real,
}

impl Default for Gain {
    /// Break-even over gains from −0.05 to 0.30, five bands, δ = 0.13, κ = ¾; refused above ½ and
    /// below −1.
    fn default() -> Self {
        const X: [Real; 5] = [
            Real::lit("-0.05"),
            Real::lit("0.3"),
            Real::lit("0.5"),
            Real::lit("0.13"),
            Real::lit("0.75"),
        ];
        Self {
            theta: Real::ONE,
            min: X[0],
            max: X[1],
            refuse_below: Real::NEG_ONE,
            refuse_above: X[2],
            bands: Bands::Five,
            taper: X[3],
            locality: X[4],
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
        const LEAST: Real = Real::lit("0.001");
        within("theta", self.theta, Real::ZERO, TEN)?;
        within("least gain x_min", self.min, -HALF + Real::DELTA, Real::ZERO)?;
        within("greatest gain x_max", self.max, Real::ZERO, HALF - Real::DELTA)?;
        within("gain to refuse below", self.refuse_below, -FAR, self.min)?;
        within("gain to refuse above", self.refuse_above, self.max, FAR)?;
        within("taper", self.taper, LEAST, HALF)?;
        within("locality", self.locality, LEAST, Real::ONE)?;
        flow.check()?;
        let slope = Phi::new(self.min, self.max).slope(self.min.to_bits()); // Φ′(x⁻) ≤ 0
        let steepest = Real::from_bits(slope).saturating_mul(self.theta) - flow.strength;
        if steepest < -self.taper {
            return Err(SkewError::Discount { shift: steepest, taper: self.taper });
        }
        Ok(())
    }

    /// G: today's dollar gamma A of one contract, tapered to B, the most that lets a fall of total
    /// variance by δ take no more than the time value of the out-of-the-money option.
    ///
    /// A·B/(A⁸ + B⁸)^⅛: no more than either, and smooth where they cross, since the kink of min(A, B)
    /// there would make a butterfly of close strikes worth less than nothing. At the money it is A to
    /// 10⁻⁹.
    ///
    /// # Error
    ///
    /// Under 2⁻⁵⁸ of G: the ratio's two mantissas, three roots good to 2⁻⁶².
    pub(super) fn driver(&self, row: &Row, line: &Valued) -> Real {
        let prices = line.value.prices;
        let otm = if line.strike >= row.expiry.forward() { prices.call } else { prices.put };
        // Half of w·δ; w is the greater of the line's and of what its buckets add up to.
        let variance = line.variance.max(row.variance).to_bits() as u128;
        let span = mul_wide(variance, self.taper.to_bits() as u64) >> 1;
        let gamma = line.dollar_gamma.to_bits() as u128;
        if otm <= 0 || gamma == 0 || span == 0 {
            return Real::ZERO;
        }
        // A = a·2^(e_a), and B = otm/span in Q64 with mantissa b.
        let (a, e_a) = scaled(gamma);
        let ((p, e_p), (s, e_s)) = (scaled(otm.to_bits() as u128), scaled(span));
        let b = mul_hi(p, inverse(s)); // p/s·2⁶³, perhaps without its top bit
        let short = b.leading_zeros();
        let (b, e_b) = (b << short, e_p - e_s + 1 - short as i32);
        let (least, e, ratio) = if (e_a, a) <= (e_b, b) {
            (a, e_a, over((a, e_a), (b, e_b)))
        } else {
            (b, e_b, over((b, e_b), (a, e_a)))
        };
        let bits = (mul_hi(least, soft(ratio)) as u128) << 1;
        Real::from_bits(match e {
            ..0 => bits.checked_shr(e.unsigned_abs()).unwrap_or(0),
            _ => bits << e, // no more than A
        } as i128)
    }
}

/// x/y in Q64 for x ≤ y, both mantissas with exponents.
fn over((x, e_x): (u64, i32), (y, e_y): (u64, i32)) -> u64 {
    let ratio = mul_hi(x, inverse(y)); // Q63
    match e_y - e_x {
        0 => ratio.saturating_mul(2),
        apart => ratio.checked_shr(apart as u32 - 1).unwrap_or(0),
    }
}

/// (1 + ρ⁸)^−⅛ in Q63 for ρ in Q64.
fn soft(ratio: u64) -> u64 {
    let square = mul_hi(ratio, ratio);
    let fourth = mul_hi(square, square);
    let eighth = mul_hi(fourth, fourth);
    // A quarter of 1 + ρ⁸ in Q64, whose inverse root is twice the inverse root wanted.
    let inverse_root = rsqrt((1 << 62) + (eighth >> 2));
    let root = |x: u64| mul_hi(x, rsqrt(x)).saturating_mul(2); // √x in Q64
    root(root(inverse_root)) >> 1
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
    #[error("one contract at strike {strike} would be most of the market: the depth is too small")]
    Contract {
        /// Its strike.
        strike: Price,
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
