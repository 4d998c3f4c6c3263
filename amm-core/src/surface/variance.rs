//! Volatility to total variance and back, and the floor that realised variance puts under it.

use crate::math::{mul_wide, normalise, rsqrt};
use crate::num::{OutOfRange, Real, Seconds, TotalVariance, Vol, YEAR_S};

/// σ²T, rounded down, within one ulp.
///
/// ```
/// use amm_core::num::Seconds;
/// use amm_core::surface::{total_variance, vol};
/// let (sigma, quarter) = ("0.8".parse()?, Seconds::new(7_884_000)?);
/// assert_eq!(format!("{:.15}", total_variance(sigma, quarter)), "0.160000000000000");
/// assert_eq!(format!("{:.15}", vol("0.16".parse()?, quarter)?), "0.800000000000000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn total_variance(vol: Vol, time: Seconds) -> TotalVariance {
    let sigma = vol.get().to_bits() as u128; // < 2⁶⁹
    let scaled = ((sigma * time.get() as u128) << 26) / YEAR_S as u128; // σT in Q90, < 2¹⁰⁰
    let product = mul_wide(scaled, sigma as u64) + scaled * (sigma >> 64);
    let bits = Real::from_bits((product >> 26) as i128);
    TotalVariance::new(bits).unwrap_or(TotalVariance::MAX) // ≤ 20²·30, which is the maximum
}

/// The bound on [`vol`]'s error as a fraction of σ, as an exponent of two; one ulp comes on top.
pub const VOL_MAX_RELATIVE: i32 = -61;

/// √(w/T); with no time left [`Vol::ZERO`].
///
/// # Error
///
/// At most 2⁻⁶¹ of σ and one ulp. w/T is cut to 66 bits at least; its leading 64 cost 2⁻⁶³ of
/// the root, `rsqrt` 2⁻⁶²·⁸ and its product's cut 2⁻⁶³.
///
/// # Errors
///
/// [`OutOfRange`] if that is no [`Vol`].
pub fn vol(w: TotalVariance, time: Seconds) -> Result<Vol, OutOfRange> {
    let seconds = time.get() as u64;
    // A year's variance is w·year over seconds: under 2¹⁰³ before it is divided, in Q64.
    let annual = w.get().to_bits() as u128 * YEAR_S as u128;
    let Some((hi, lo, zeros)) = normalise(annual).filter(|_| seconds != 0) else {
        return Ok(Vol::ZERO);
    };
    // Long division in base 2³², seconds being under 2³⁰: Q(64 + zeros − 32).
    let (high, rest) = (hi / seconds, hi % seconds);
    let quotient = ((high as u128) << 32) + (((rest << 32) | (lo >> 32)) / seconds) as u128;
    let Some((m, _, up)) = normalise(quotient) else { return Ok(Vol::ZERO) };
    let power = 32 - zeros as i32 - up as i32; // σ² = m·2^power
    let odd = power & 1;
    let w = m >> odd; // σ² = w/2⁶⁴ · 2^(64 + power + odd)
    let root = ((w as u128 * rsqrt(w) as u128) >> 63) as u64; // √(w/2⁶⁴) in Q64
    let half = (64 + power + odd) / 2;
    let bits = if half >= 0 { (root as u128) << half } else { (root as u128) >> -half };
    Vol::new(Real::from_bits(bits as i128))
}

/// The greater of w and c·RV²·T, rounded down: realised variance `rv2`, annualised, floors the base.
///
/// # Errors
///
/// [`OutOfRange`] if `c` or `rv2` is negative, or the floor is no [`TotalVariance`].
///
/// ```
/// use amm_core::{num::{Real, Seconds}, surface::floor};
/// let quarter = Seconds::new(7_884_000)?;
/// let (w, rv2) = ("0.16".parse()?, Real::lit("1.44"));
/// assert_eq!(format!("{:.15}", floor(w, rv2, Real::lit("0.5"), quarter)?), "0.180000000000000");
/// assert_eq!(floor(w, rv2, Real::ZERO, quarter)?, w);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn floor(
    w: TotalVariance,
    rv2: Real,
    c: Real,
    time: Seconds,
) -> Result<TotalVariance, OutOfRange> {
    let (min, max) = (Real::ZERO, Real::MAX);
    if c < 0 {
        return Err(OutOfRange { what: "share of realised variance", got: c, min, max });
    }
    if rv2 < 0 {
        return Err(OutOfRange { what: "realised variance", got: rv2, min, max });
    }
    // Saturation is far beyond the range, and refused there: 12,000·2⁶⁴·30 years in seconds is under 2¹⁰⁸.
    let annual = c.saturating_mul(rv2).to_bits() as u128;
    let bits = annual.saturating_mul(time.get() as u128) / YEAR_S as u128;
    let least = Real::from_bits(i128::try_from(bits).unwrap_or(i128::MAX));
    Ok(w.max(TotalVariance::new(least)?))
}
