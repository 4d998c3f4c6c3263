//! Laws of the kernels: order, symmetry, inverses, exact floors.
//!
//! A kernel within e ulp may go 2e the wrong way over a short step and not at all over a step
//! whose true change is more; the allowance of each law is that.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::{between, magnitude};
use super::exact::{bits, product, wide};
use super::{Verdict, ensure};
use crate::math::{
    self, LN_MAX_ULP, MILLS_MAX_ULP, NORM_CDF_MAX_ULP, NORM_INV_CDF_MAX_ULP, NORM_PDF_MAX_ULP,
};
use crate::num::{OutOfRange, Real};

/// Arguments for any kernel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Args {
    /// Any number.
    pub any: Real,
    /// From −50 to 50.
    pub small: Real,
    /// More than `small` by any amount up to 2⁶⁰ ulps, or up to 50.
    pub more: Real,
    /// Above zero and below one.
    pub probability: Real,
    /// Any integer, of any length.
    pub integer: u128,
}

impl<'a> Arbitrary<'a> for Args {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let any = Real::from_bits(magnitude(u, 127)? as i128);
        let any = if u.arbitrary()? { any } else { -any };
        let end = Real::lit("50");
        let small = if u.arbitrary()? {
            let distance = Real::from_bits(magnitude(u, 69)? as i128);
            if u.arbitrary()? { distance } else { -distance }
        } else {
            between(u, -end, end)?
        };
        let more = if u.arbitrary()? {
            Real::from_bits(small.to_bits() + magnitude(u, 60)? as i128)
        } else {
            between(u, small, end)?
        };
        let p = between(u, Real::DELTA, Real::ONE - Real::DELTA)?;
        let probability = if u.arbitrary()? { p } else { Real::ONE - p };
        Ok(Self { any, small, more, probability, integer: magnitude(u, 128)? })
    }
}

impl Args {
    /// Arguments out of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let zeros = Self {
            any: Real::ZERO,
            small: Real::ZERO,
            more: Real::ZERO,
            probability: Real::lit("0.5"),
            integer: 0,
        };
        Unstructured::new(bytes).arbitrary().unwrap_or(zeros)
    }
}

/// A kernel that refuses some arguments.
type Partial = core::result::Result<Real, OutOfRange>;

fn at_most(less: Real, more: Real, slack: i128) -> Verdict {
    let wrong = less.to_bits() - more.to_bits();
    ensure!(wrong <= slack, "the wrong way by {wrong} ulp from {less} ({slack} allowed)");
    Ok(())
}

fn close(what: &str, got: Real, due: Real, slack: i128) -> Verdict {
    let gap = (got.to_bits() - due.to_bits()).abs();
    ensure!(gap <= slack, "{what}: {got} is {gap} ulp from {due} ({slack} allowed)");
    Ok(())
}

/// The floor of a square root: r² ≤ n < (r + 1)².
///
/// # Errors
///
/// How it is broken.
pub fn isqrt_is_the_floor(isqrt: impl Fn(u128) -> u64, n: u128) -> Verdict {
    let root = u128::from(isqrt(n));
    let next = (root + 1).checked_mul(root + 1);
    ensure!(root * root <= n && next.is_none_or(|next| n < next), "⌊√{n}⌋ is not {root}");
    Ok(())
}

/// The greatest number whose square is not more, and none for what is below zero.
///
/// # Errors
///
/// How it is broken.
pub fn sqrt_is_the_floor(sqrt: impl Fn(Real) -> Partial, x: Real) -> Verdict {
    let Ok(root) = sqrt(x) else {
        ensure!(x < 0, "√{x} is refused");
        return Ok(());
    };
    ensure!(x >= 0 && root >= 0, "√{x} is {root}");
    // In bits, r² ≤ x·2⁶⁴ < (r + 1)².
    let (root, x_wide) = (bits(root), (bits(x) >> 64, bits(x) << 64));
    let (square, next) = (wide(root, root), wide(root + 1, root + 1));
    ensure!(square <= x_wide && x_wide < next, "√{x} is not {root} ulp");
    Ok(())
}

/// e^x rises, and is refused only where it does not fit.
///
/// # Errors
///
/// How it is broken.
pub fn exp_rises(exp: impl Fn(Real) -> Partial, x: Real, more: Real) -> Verdict {
    let (Ok(low), Ok(high)) = (exp(x), exp(more)) else {
        ensure!(more > Real::lit("43.66"), "e^{more} is refused");
        return Ok(());
    };
    // From a step of eight ulps on, the change is more than twice 2⁻⁶².
    let slack = if bits(more - x) >= 8 { 0 } else { (high.to_bits() >> 61) + 2 };
    ensure!(low >= 0, "e^{x} is {low}");
    at_most(low, high, slack)
}

/// ln x rises, and is refused only below an ulp.
///
/// # Errors
///
/// How it is broken.
pub fn ln_rises(ln: impl Fn(Real) -> Partial, x: Real, y: Real) -> Verdict {
    let (x, y) = (x.min(y), x.max(y));
    let (Ok(low), Ok(high)) = (ln(x), ln(y)) else {
        ensure!(x <= 0, "ln {x} is refused");
        return Ok(());
    };
    // Rounding keeps order from a relative step of 2⁻⁶⁷ on, that is where one ulp is that much.
    let slack = i128::from(bits(y) >> 67 != 0);
    at_most(low, high, slack)
}

/// ln e^x = x and e^(ln y) = y.
///
/// # Errors
///
/// How it is broken.
pub fn exp_and_ln_are_inverse(
    exp: impl Fn(Real) -> Partial,
    ln: impl Fn(Real) -> Partial,
    x: Real,
    y: Real,
) -> Verdict {
    let power = exp(x).unwrap_or(Real::ZERO);
    if power > 0 {
        let log = ln(power).map_err(|error| std::format!("{error}"))?;
        // 2⁻⁶² of e^x, an ulp of it over it, and the logarithm's own.
        let slack = 4 + (1_u128 << 65) / bits(power) + u128::from(LN_MAX_ULP);
        close("ln e^x", log, x, slack as i128 + 1)?;
    }
    if let Ok(log) = ln(y)
        && log < Real::lit("43.66")
    {
        let again = exp(log).map_err(|error| std::format!("{error}"))?;
        // The logarithm's ulp and 2⁻⁶² are 2⁻⁶¹·⁷ of y.
        close("e^(ln y)", again, y, (y.to_bits() >> 61) + 2)?;
    }
    Ok(())
}

/// A normal probability rises from zero to one.
///
/// # Errors
///
/// How it is broken.
pub fn norm_cdf_rises(norm_cdf: impl Fn(Real) -> Real, x: Real, more: Real) -> Verdict {
    let (low, high) = (norm_cdf(x), norm_cdf(more));
    ensure!(low >= 0 && high <= 1, "N({x}) = {low}, N({more}) = {high}");
    at_most(low, high, 2 * i128::from(NORM_CDF_MAX_ULP))?;
    // The probability between is at least the step times the lesser density at the ends.
    let density = math::norm_pdf(x).min(math::norm_pdf(more));
    let certain = product(bits(density), bits(more - x)) > 2 * u128::from(NORM_CDF_MAX_ULP) + 1;
    if certain { at_most(low, high, 0) } else { Ok(()) }
}

/// N(x) + N(−x) = 1, to the bit.
///
/// # Errors
///
/// How it is broken.
pub fn norm_cdf_is_symmetric(norm_cdf: impl Fn(Real) -> Real, x: Real) -> Verdict {
    if x == Real::MIN {
        return Ok(());
    }
    let sum = norm_cdf(x) + norm_cdf(-x);
    ensure!(sum == 1, "N({x}) + N(−x) = {sum}");
    Ok(())
}

/// A normal density is the same on both sides, falls away from zero and is N(−x) over Mills' ratio.
///
/// # Errors
///
/// How it is broken.
pub fn norm_pdf_falls(norm_pdf: impl Fn(Real) -> Real, x: Real, more: Real) -> Verdict {
    let (near, far) = (x.abs().min(more.abs()), x.abs().max(more.abs()));
    ensure!(norm_pdf(x) == norm_pdf(-x), "φ({x}) is not φ(−x)");
    ensure!(norm_pdf(far) >= 0, "φ({far}) = {}", norm_pdf(far));
    let slack = 2 * i128::from(NORM_PDF_MAX_ULP);
    at_most(norm_pdf(far), norm_pdf(near), slack)?;
    let Ok(ratio) = math::mills(near) else { return Ok(()) };
    let tail = Real::from_bits(product(bits(ratio), bits(norm_pdf(near))) as i128);
    let slack = 2 * NORM_PDF_MAX_ULP + MILLS_MAX_ULP + NORM_CDF_MAX_ULP + 1;
    close("φ·R", tail, math::norm_cdf(-near), slack.into())
}

/// Mills' ratio falls between x/(1 + x²) and 1/x.
///
/// # Errors
///
/// How it is broken.
pub fn mills_falls(mills: impl Fn(Real) -> Partial, x: Real, more: Real) -> Verdict {
    let (near, far) = (x.abs().min(more.abs()), x.abs().max(more.abs()));
    let slack = i128::from(MILLS_MAX_ULP);
    let [before, after] = [near, far].map(|x| mills(x).map_err(|error| std::format!("{error}")));
    let (before, after) = (before?, after?);
    at_most(after, before, 2 * slack)?;
    // R·x ≤ 1 ≤ R·(x + 1/x), and x·(1 − R·x) ≤ R.
    let part = product(bits(after), bits(far)) as i128;
    let reach = slack * (bits(far) >> 64) as i128 + slack + 1;
    ensure!(part <= (1 << 64) + reach, "R({far}) = {after} is above 1/x");
    let left = product(((1_i128 << 64) - part).max(0) as u128, bits(far)) as i128;
    let reach = reach * ((bits(far) >> 64) as i128 + 1) + slack;
    ensure!(left <= after.to_bits() + reach, "R({far}) = {after} is below x/(1 + x²)");
    Ok(())
}

/// The inverse of a normal probability rises, is antisymmetric to the bit and undone by it.
///
/// # Errors
///
/// How it is broken.
pub fn norm_inv_cdf_inverts(inverse: impl Fn(Real) -> Partial, p: Real, q: Real) -> Verdict {
    let inverse = |p| inverse(p).map_err(|error| std::format!("{error}"));
    let (low, high) = (p.min(q), p.max(q));
    let (x, y) = (inverse(low)?, inverse(high)?);
    at_most(x, y, 2 * i128::from(NORM_INV_CDF_MAX_ULP))?;
    let other = inverse(Real::ONE - low)?;
    ensure!(other == -x, "of {low} {x}, of 1 − p {other}");
    // A density of 0.4 at most times its ulps, and the probability's own.
    let slack = i128::from(NORM_INV_CDF_MAX_ULP / 2 + NORM_CDF_MAX_ULP) + 1;
    close("N of its inverse", math::norm_cdf(x), low, slack)
}
