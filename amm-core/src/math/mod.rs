//! Kernels: exp, ln, square roots and the normal distribution, in integers only.
//!
//! Bare [`Real`](crate::num::Real)s in, bare `Real`s out: no units, no state, no allocation,
//! bounded work, and the same bits on every target. Each kernel states its domain, its error bound
//! and the argument for it; the bound is a constant that `tests/kernels.rs` holds it to. The tables
//! (16 KiB, and 4 KiB for weights) are written by `scripts/tables.py`.
//!
//! Inside, numbers are narrower than `Real` and carry their own scale. *Qn* means an integer in
//! units of 2⁻ⁿ; a *mantissa* is a 64-bit integer with its top bit set.

mod exp;
mod inverse;
mod ln;
mod normal;
#[cfg(feature = "alloc")]
mod share;
mod sqrt;
mod tables;

pub use exp::{EXP_MAX_RELATIVE, exp};
pub use inverse::{NORM_INV_CDF_MAX_ULP, norm_inv_cdf};
pub use ln::{LN_MAX_ULP, ln};
pub use normal::{MILLS_MAX_ULP, NORM_CDF_MAX_ULP, NORM_PDF_MAX_ULP, mills, norm_cdf, norm_pdf};
pub use sqrt::{isqrt, sqrt};

pub(crate) use exp::{exp2_neg, exp2_neg_fraction};
pub(crate) use ln::{Log, ln_q96};
pub(crate) use normal::{FAR, INV_SQRT_2PI, gauss, gauss_near, tail, tail_near, tail_short};
#[cfg(feature = "alloc")]
pub(crate) use share::share;
pub(crate) use sqrt::{reciprocal, rsqrt};

/// The upper half of a 64 × 64-bit product.
#[inline(always)]
pub(crate) const fn mul_hi(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

/// The upper half of a signed 64 × 64-bit product, towards −∞.
#[inline(always)]
pub(crate) const fn mul_hi_signed(a: i64, b: i64) -> i64 {
    ((a as i128 * b as i128) >> 64) as i64
}

/// The lower half of hi:lo / 2^by, for by < 64.
#[inline(always)]
pub(crate) const fn funnel_right(hi: u64, lo: u64, by: u32) -> u64 {
    (hi << 1 << ((by & 63) ^ 63)) | (lo >> (by & 63)) // the form compilers know as one shift
}

/// The upper half of hi:lo · 2^by, for by < 64.
#[inline(always)]
pub(crate) const fn funnel_left(hi: u64, lo: u64, by: u32) -> u64 {
    (hi << (by & 63)) | (lo >> 1 >> ((by & 63) ^ 63))
}

/// x as (hi·2⁶⁴ + lo)·2^−zeros with the top bit of hi set; `None` for zero.
#[inline(always)]
pub(crate) const fn normalise(x: u128) -> Option<(u64, u64, u32)> {
    let (hi, lo) = ((x >> 64) as u64, x as u64);
    if hi != 0 {
        let zeros = hi.leading_zeros();
        return Some((funnel_left(hi, lo, zeros), lo << zeros, zeros));
    }
    if lo != 0 {
        let zeros = lo.leading_zeros();
        return Some((lo << zeros, 0, 64 + zeros));
    }
    None
}

/// a·b/2⁶⁴, rounded down, for a·b < 2¹⁹².
#[inline(always)]
pub(crate) const fn mul_wide(a: u128, b: u64) -> u128 {
    (a >> 64) * b as u128 + (((a as u64) as u128 * b as u128) >> 64)
}
