//! `amm_core::math`.

use crate::{fold::Fold, random::Random};
use amm_core::{math, num::Real};

/// Every kernel on any number, and on numbers inside its domain.
pub(crate) fn kernels(random: &mut Random, fold: &mut Fold) {
    let any = random.real();
    let small = random.between(Real::lit("-44"), Real::lit("44"));
    let near_one = Real::ONE + Real::from_bits(random.integer() >> 64);
    let probability = random.between(Real::DELTA, Real::ONE - Real::DELTA);
    for x in [any, any.wrapping_abs(), small, near_one, probability, Real::ONE - probability] {
        fold.add([math::exp(x), math::ln(x), math::sqrt(x)]);
        fold.add([math::norm_pdf(x), math::norm_cdf(x)]);
        fold.add([math::mills(x), math::norm_inv_cdf(x)]);
    }
    let n = random.magnitude(128);
    let root = u128::from(math::isqrt(n));
    fold.add([n, root * root, (root * root).wrapping_sub(1)].map(math::isqrt));
}
