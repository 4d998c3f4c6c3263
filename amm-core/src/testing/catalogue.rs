//! Every law of the core's own functions, by name.

use std::vec::Vec;

use arbitrary::Unstructured;

use super::draw::{Case, inside};
use super::kernels::{self, Args};
use super::prediction::{self, News, Raised, Story};
use super::{Verdict, greeks, grid, implied, price, surface};
use crate::math;
use crate::num::{Price, Real, Seconds, Timestamp, Vol};
use crate::pricing::grid::{FixedGrid, HeapGrid};
use crate::pricing::{self, implied_vol, second_order, value};
use crate::signals::{Predictor, PredictorParams, Stress, StressInputs, StressParams};
use crate::surface::{Slice, butterfly, calendar, total_variance, vol};

/// A law and its name.
pub type Law<T> = (&'static str, fn(&T) -> Verdict);

/// Laws of prices and Greeks.
pub const BLACK: &[Law<Case>] = &[
    ("parity is exact", |case| price::parity(pricing::price, &case.terms)),
    ("prices keep their bounds", |case| price::bounds(pricing::price, &case.terms)),
    ("a call falls and a put rises with the strike", |case| {
        price::falls_with_strike(pricing::price, &case.terms, case.next(case.terms.strike))
    }),
    ("a call rises and a put falls with the forward", |case| {
        let other = case.next(case.terms.expiry.forward());
        price::rises_with_forward(pricing::price, &case.terms, other)
    }),
    ("prices rise with volatility", |case| {
        price::rises_with_vol(pricing::price, &case.terms, case.next_vol())
    }),
    ("prices rise with time", |case| {
        price::rises_with_time(pricing::price, &case.terms, case.next_time())
    }),
    ("prices are convex in the strike", |case| {
        price::convex_in_strike(pricing::price, &case.terms, case.step(case.terms.strike))
    }),
    ("prices scale", |case| price::scales(pricing::price, &case.terms, case.fineness)),
    ("a valuation holds the prices", |case| {
        greeks::prices_agree(pricing::price, value, &case.terms)
    }),
    ("Greeks keep their signs and ranges", |case| greeks::ranges(value, &case.terms)),
    ("Greeks scale", |case| greeks::scale(value, &case.terms, case.fineness)),
    ("delta is a slope", |case| {
        greeks::delta_is_a_slope(value, &case.terms, case.step(case.terms.expiry.forward()))
    }),
    ("gamma is a slope", |case| greeks::gamma_is_a_slope(value, &case.terms)),
    ("vega is a slope", |case| greeks::vega_is_a_slope(value, &case.terms)),
    ("theta is decay", |case| greeks::theta_is_decay(value, &case.terms)),
    ("vanna and volga are slopes", |case| {
        greeks::second_order_are_slopes(value, second_order, &case.terms)
    }),
];

/// Laws of implied volatility.
pub const IMPLIED: &[Law<Case>] = &[
    ("a price gives its volatility back", |case| {
        implied::round_trip(implied_vol, &case.terms, case.kind)
    }),
    ("every price has an answer", |case| {
        implied::answers(implied_vol, &case.terms, case.kind, case.price)
    }),
];

/// Laws of kernels.
pub const KERNELS: &[Law<Args>] = &[
    ("isqrt is the floor", |args| kernels::isqrt_is_the_floor(math::isqrt, args.integer)),
    ("sqrt is the floor", |args| kernels::sqrt_is_the_floor(math::sqrt, args.any)),
    ("exp rises", |args| kernels::exp_rises(math::exp, args.small, args.more)),
    ("ln rises", |args| {
        let next = Real::from_bits(args.any.to_bits().saturating_add(1));
        kernels::ln_rises(math::ln, args.any, next)?;
        kernels::ln_rises(math::ln, args.small, args.more)
    }),
    ("exp and ln are inverse", |args| {
        kernels::exp_and_ln_are_inverse(math::exp, math::ln, args.small, args.any)
    }),
    ("norm_cdf rises", |args| kernels::norm_cdf_rises(math::norm_cdf, args.small, args.more)),
    ("norm_cdf is symmetric", |args| {
        kernels::norm_cdf_is_symmetric(math::norm_cdf, args.any)?;
        kernels::norm_cdf_is_symmetric(math::norm_cdf, args.small)
    }),
    ("norm_pdf falls", |args| kernels::norm_pdf_falls(math::norm_pdf, args.small, args.more)),
    ("mills falls", |args| kernels::mills_falls(math::mills, args.small, args.more)),
    ("norm_inv_cdf inverts", |args| {
        let step = (Real::ONE - args.probability) / 1024;
        kernels::norm_inv_cdf_inverts(math::norm_inv_cdf, args.probability, args.probability + step)
    }),
];

/// Laws of the surface.
pub const SURFACE: &[Law<surface::Case>] = &[
    ("a smile is convex", |case| surface::convex(Slice::total_variance, case)),
    ("a volatility comes back", |case| surface::vol_round_trip(total_variance, vol, case)),
    ("no accepted slice has a butterfly", |case| surface::accepted_is_convex(butterfly, case)),
    ("no accepted pair has a calendar spread", |case| {
        surface::accepted_does_not_fall(calendar, case)
    }),
];

/// Laws of what is foreseen.
pub const PREDICTION: &[Law<Story>] = &[
    ("looking changes nothing", |story| {
        prediction::pokes_do_not_matter(|told| Story::told(predictor(), told), story)
    }),
    ("what comes about is possible", |story| {
        prediction::what_comes_about_is_possible(&predictor(), story)
    }),
];

/// Laws of the score.
pub const SCORE: &[Law<Raised>] = &[
    ("more never scores less", |case| prediction::more_never_scores_less(score, case)),
    ("nothing scores nothing", |_| prediction::nothing_scores_nothing(score)),
    ("its parts explain the score", |case| {
        let score = |inputs: &StressInputs| StressParams::default().score(inputs);
        prediction::parts_explain_the_score(score, &case.inputs)
    }),
];

/// Laws of the stress in force.
pub const STRESS: &[Law<News>] = &[("stress rises at once and fades", |news| {
    let stress = |half_life, scores: &[(Timestamp, Real)], then| {
        let start = Stress::new(half_life);
        let told = scores.iter().try_fold(start, |stress, (at, score)| stress.after(*at, *score));
        inside(told).at(then).score()
    };
    prediction::rises_at_once_and_fades(stress, news)
})];

fn predictor() -> Predictor {
    inside(Predictor::new(PredictorParams::default()))
}

fn score(inputs: &StressInputs) -> Real {
    StressParams::default().score(inputs).score
}

/// Cells equal cold calls after any operations, with and without allocation.
///
/// # Errors
///
/// How it is broken.
pub fn grids(bytes: &[u8]) -> Verdict {
    let mut source = Unstructured::new(bytes);
    let mut ops = Vec::new();
    while !source.is_empty() && ops.len() < 24 {
        ops.extend(source.arbitrary::<grid::Op>());
    }
    grid::cells_are_cold_calls(FixedGrid::<3, 4>::new(), &ops, pricing::price, value)?;
    grid::cells_are_cold_calls(HeapGrid::new(), &ops, pricing::price, value)
}

/// Holds a case to each of some laws, and says which is broken.
///
/// # Errors
///
/// The law's name and how it is broken.
pub fn hold<T: core::fmt::Debug>(laws: &[Law<T>], case: &T) -> Verdict {
    for (name, law) in laws {
        law(case).map_err(|how| std::format!("{name}: {how}\n{case:?}"))?;
    }
    Ok(())
}

impl Case {
    /// The step at `price`, an ulp at least.
    fn step(&self, price: Price) -> Price {
        super::draw::price(((price.get().to_bits() >> self.fineness) as u128).max(1))
    }

    /// One step above `price`, or the greatest.
    fn next(&self, price: Price) -> Price {
        let bits = price.get().to_bits() + self.step(price).get().to_bits();
        super::draw::price(bits as u128)
    }

    fn next_vol(&self) -> Vol {
        let (vol, ulp) = (self.terms.vol.get(), Real::DELTA);
        let step = Real::from_bits(vol.to_bits() >> self.fineness).max(ulp);
        Vol::new(vol + step).unwrap_or(if vol == 0 { Vol::MIN } else { Vol::MAX })
    }

    fn next_time(&self) -> Seconds {
        let own = u64::from(self.terms.expiry.time().get());
        let step = own.checked_shr(self.fineness).unwrap_or(0).max(1);
        Seconds::new(own + step).unwrap_or(Seconds::MAX)
    }
}
