//! The kernels of `amm_core::math`, and the same functions elsewhere.

use std::f64::consts::FRAC_1_SQRT_2;

use amm_benches_rig::{
    exact::Exact,
    oracle::{Chance, Point, TIMED},
    rig::{Calls, Case},
};
use amm_core::{math, num::Real};
use implied_vol::{DefaultSpecialFn, SpecialFn};

use super::{
    float::{GLIBC, Glibc, LIBM, Libm, Library},
    implied_vol::WHO as IMPLIED_VOL,
    jaeckel::WHO as JAECKEL,
    ours::WHO as OURS,
    solmath::WHO as SOLMATH,
};

type InFloat = fn(&f64) -> f64;

/// A function of one number, by whoever offers it.
pub(crate) struct Kernel {
    pub(crate) what: &'static str,
    /// Its name in the oracle, if it is there.
    pub(crate) truth: &'static str,
    /// Where it is timed.
    from: f64,
    to: f64,
    ours: fn(&Real) -> Option<Real>,
    floats: &'static [(&'static str, InFloat)],
    /// In whole numbers of 10⁻¹².
    solmath: Option<fn(&i128) -> Option<i128>>,
}

const ONE: f64 = 1e12;
const SQRT_HALF_PI: f64 = 1.253_314_137_315_500_3;

pub(crate) const KERNELS: [Kernel; 7] = [
    Kernel {
        what: "math/exp/rows",
        truth: "exp",
        from: -8.0,
        to: 8.0,
        ours: |x| math::exp(*x).ok(),
        floats: &[(GLIBC, |x| Glibc::exp(*x)), (LIBM, |x| Libm::exp(*x))],
        solmath: Some(|x| solmath::exp_fixed_i(*x).ok()),
    },
    Kernel {
        what: "math/ln/rows",
        truth: "ln",
        from: 0.125,
        to: 400.0,
        ours: |x| math::ln(*x).ok(),
        floats: &[(GLIBC, |x| Glibc::ln(*x)), (LIBM, |x| Libm::ln(*x))],
        solmath: Some(|x| solmath::ln_fixed_i(u128::try_from(*x).ok()?).ok()),
    },
    Kernel {
        what: "math/sqrt/rows",
        truth: "sqrt",
        from: 0.125,
        to: 400.0,
        ours: |x| math::sqrt(*x).ok(),
        floats: &[("f64 hardware", |x| x.sqrt())],
        solmath: Some(|x| solmath::fp_sqrt(u128::try_from(*x).ok()?).ok()?.try_into().ok()),
    },
    Kernel {
        what: "math/norm_pdf/rows",
        truth: "norm_pdf",
        from: -8.0,
        to: 8.0,
        ours: |x| Some(math::norm_pdf(*x)),
        floats: &[
            (GLIBC, |x| Glibc::norm_pdf(*x)),
            (LIBM, |x| Libm::norm_pdf(*x)),
            (JAECKEL, |x| jaeckel::norm_pdf(*x)),
        ],
        solmath: Some(|x| solmath::norm_pdf(*x).ok()),
    },
    Kernel {
        what: "math/norm_cdf/rows",
        truth: "norm_cdf",
        from: -8.0,
        to: 8.0,
        ours: |x| Some(math::norm_cdf(*x)),
        floats: &[
            (GLIBC, |x| Glibc::norm_cdf(*x)),
            (LIBM, |x| Libm::norm_cdf(*x)),
            (IMPLIED_VOL, |x| DefaultSpecialFn::norm_cdf(*x)),
            (JAECKEL, |x| jaeckel::norm_cdf(*x)),
        ],
        solmath: Some(|x| solmath::norm_cdf_poly(*x).ok()),
    },
    Kernel {
        what: "math/mills/rows",
        truth: "",
        from: 0.0,
        to: 8.0,
        ours: |x| math::mills(*x).ok(),
        floats: &[
            (IMPLIED_VOL, |x| SQRT_HALF_PI * DefaultSpecialFn::erfcx(x * FRAC_1_SQRT_2)),
            (JAECKEL, |x| SQRT_HALF_PI * jaeckel::erfcx_cody(x * FRAC_1_SQRT_2)),
        ],
        solmath: None,
    },
    Kernel {
        what: "math/norm_inv_cdf/rows",
        truth: "inv_norm_cdf",
        from: 0.001,
        to: 0.999,
        ours: |x| math::norm_inv_cdf(*x).ok(),
        floats: &[
            (IMPLIED_VOL, |x| DefaultSpecialFn::inverse_norm_cdf(*x)),
            (JAECKEL, |x| jaeckel::inverse_norm_cdf(*x)),
        ],
        solmath: Some(|x| solmath::inverse_norm_cdf(*x).ok()),
    },
];

pub(crate) fn all() -> Vec<Box<dyn Case>> {
    let mut cases: Vec<_> = KERNELS.iter().flat_map(Kernel::cases).collect();
    let at = cases.iter().position(|case| case.what() == "math/norm_pdf/rows");
    let roots = integer_roots();
    cases.splice(at.unwrap_or(0)..at.unwrap_or(0), roots);
    cases
}

/// Square roots of integers of every length.
fn integer_roots() -> [Box<dyn Case>; 2] {
    const WHAT: &str = "math/isqrt/rows";
    let mut chance = Chance::new(20_264);
    let draws: Vec<u128> = (0..TIMED)
        .map(|i| ((u128::from(chance.bits()) << 64) | u128::from(chance.bits())) >> (i % 128))
        .collect();
    [
        Calls::boxed(WHAT, OURS, draws.clone(), |n| math::isqrt(*n)),
        Calls::boxed(WHAT, "u128::isqrt", draws, |n| n.isqrt()),
    ]
}

impl Kernel {
    fn cases(&self) -> Vec<Box<dyn Case>> {
        let mut chance = Chance::new(20_263);
        let xs: Vec<f64> = (0..TIMED).map(|_| chance.between(self.from, self.to)).collect();
        let reals = xs.iter().map(|&x| Real::from_num(x)).collect();
        let mut cases = vec![Calls::boxed(self.what, OURS, reals, self.ours)];
        for &(who, call) in self.floats {
            cases.push(Calls::boxed(self.what, who, xs.clone(), call));
        }
        if let Some(call) = self.solmath {
            let raw = xs.iter().map(|x| (x * ONE).round() as i128).collect();
            cases.push(Calls::boxed(self.what, SOLMATH, raw, call));
        }
        cases
    }

    /// The worst error of each implementation over the oracle's points, relative to
    /// max(1, |value|).
    pub(crate) fn worst(&self, points: &[Point]) -> Vec<(&'static str, Option<f64>)> {
        let worst = |answer: &dyn Fn(&Exact) -> Option<Exact>| {
            points
                .iter()
                .filter(|point| point.function == self.truth)
                .filter_map(|point| {
                    let gap = (&answer(&point.x)? - &point.value).abs().to_f64();
                    Some(gap / point.value.abs().to_f64().max(1.0))
                })
                .max_by(f64::total_cmp)
        };
        let mut all = vec![(OURS, worst(&|x| (self.ours)(&x.to_real()?).map(Exact::from_real)))];
        for &(who, call) in self.floats {
            // What f64 cannot hold, such as a probability next to one, it is not asked.
            let held =
                |x: &Exact| Some(x.to_f64()).filter(|&f| Exact::from_f64(f).as_ref() == Some(x));
            all.push((who, worst(&|x| Exact::from_f64(call(&held(x)?)))));
        }
        if let Some(call) = self.solmath {
            let answer = |x: &Exact| {
                let raw = call(&((x.to_f64() * ONE).round() as i128))?;
                Exact::from_f64(raw as f64 / ONE)
            };
            all.push((SOLMATH, worst(&answer)));
        }
        all
    }
}
