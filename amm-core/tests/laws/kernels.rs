//! The laws of the kernels find out what they forbid.

use super::*;

type Partial = Result<Real, OutOfRange>;

/// A result with its last bits turned over.
fn shaken(x: Real, bits: u32) -> Real {
    ulp(x.to_bits() ^ ((1 << bits) - 1))
}

#[test]
fn exp_and_ln_find_out_noise() {
    let shaken_exp = |x| math::exp(x).map(|power| shaken(power, 6));
    let shaken_ln = |x| math::ln(x).map(|log| shaken(log, 3));
    found_out(
        drawn_args,
        |args| kernel_laws::exp_rises(math::exp, args.small, args.more),
        |args| kernel_laws::exp_rises(shaken_exp, args.small, args.more),
    );
    let refuses = |x: Real| -> Partial { math::exp(if x > 40 { Real::MAX } else { x }) };
    found_out(
        drawn_args,
        |args| kernel_laws::exp_rises(math::exp, args.small, args.more),
        |args| kernel_laws::exp_rises(refuses, args.small, args.more),
    );
    found_out(
        drawn_args,
        |args| kernel_laws::ln_rises(math::ln, args.small, args.more),
        |args| kernel_laws::ln_rises(shaken_ln, args.small, args.more),
    );
    let inverse = |exp: fn(Real) -> Partial, ln: fn(Real) -> Partial| {
        move |args: &Args| kernel_laws::exp_and_ln_are_inverse(exp, ln, args.small, args.any)
    };
    found_out(drawn_args, inverse(math::exp, math::ln), inverse(shaken_exp, math::ln));
    found_out(drawn_args, inverse(math::exp, math::ln), inverse(math::exp, shaken_ln));
}

#[test]
fn the_normal_kernels_find_out_noise() {
    let cdf = |x| shaken(math::norm_cdf(x), 6);
    found_out(
        drawn_args,
        |args| kernel_laws::norm_cdf_rises(math::norm_cdf, args.small, args.more),
        |args| kernel_laws::norm_cdf_rises(cdf, args.small, args.more),
    );
    found_out(
        drawn_args,
        |args| kernel_laws::norm_cdf_is_symmetric(math::norm_cdf, args.small),
        |args| kernel_laws::norm_cdf_is_symmetric(|x| rounded(math::norm_cdf(x), 63), args.small),
    );
    let pdf = |x| shaken(math::norm_pdf(x), 6);
    found_out(
        drawn_args,
        |args| kernel_laws::norm_pdf_falls(math::norm_pdf, args.small, args.more),
        |args| kernel_laws::norm_pdf_falls(pdf, args.small, args.more),
    );
    let mills = |x| math::mills(x).map(|ratio| shaken(ratio, 8));
    found_out(
        drawn_args,
        |args| kernel_laws::mills_falls(math::mills, args.small, args.more),
        |args| kernel_laws::mills_falls(mills, args.small, args.more),
    );
    // Mills' ratio without what it lacks of 1/x.
    let reciprocal = |x: Real| if x > 1 { Ok(Real::ONE / x + ulp(64)) } else { math::mills(x) };
    found_out(
        drawn_args,
        |args| kernel_laws::mills_falls(math::mills, args.small, args.more),
        |args| kernel_laws::mills_falls(reciprocal, args.small, args.more),
    );
}

#[test]
fn the_inverse_finds_out_a_short_one() {
    let law = |inverse: fn(Real) -> Partial| {
        move |args: &Args| {
            let next = args.probability + (Real::ONE - args.probability) / 2;
            kernel_laws::norm_inv_cdf_inverts(inverse, args.probability, next)
        }
    };
    let short = |p| math::norm_inv_cdf(p).map(|x| rounded(x, 52));
    found_out(drawn_args, law(math::norm_inv_cdf), law(short));
    let one_sided = |p: Real| {
        let x = math::norm_inv_cdf(p)?;
        Ok(if x > 0 { x + ulp(1) } else { x })
    };
    found_out(drawn_args, law(math::norm_inv_cdf), law(one_sided));
}
