//! Each kernel is within its stated bound of 40-digit reference values.

mod common;

use std::collections::BTreeMap;

use amm_core::math;
use amm_core::num::Real;
use common::{SCALE, exact, real, table, wide};
use num_bigint::BigInt;
use num_traits::{One, Signed};

/// The error in sixteenths of 2⁻⁶⁴.
fn sixteenths(got: Real, want: &BigInt) -> BigInt {
    (wide(got) - want).abs() >> (SCALE - 68)
}

/// Every row of the transcendental reference, and the worst error of each function in ulps.
#[test]
fn kernels_meet_their_bounds() {
    let (_, rows) = table(include_str!("golden/transcendental.csv"));
    let mut worst: BTreeMap<String, (BigInt, String)> = BTreeMap::new();
    for row in &rows {
        let (name, x, want) = (row[0].as_str(), real(&row[1]), exact(&row[2]));
        let largest = BigInt::from(i128::MAX) << (SCALE - 64);
        if name == "exp" && want > largest {
            assert_eq!(math::exp(x).expect_err("does not fit").got, x);
            continue;
        }
        let (got, bound) = match name {
            "exp" => {
                // One ulp and a part of the value.
                let part = &want >> (-math::EXP_MAX_RELATIVE) as u32;
                (math::exp(x).unwrap(), BigInt::from(16) + (part >> (SCALE - 68)) + BigInt::one())
            }
            "ln" => (math::ln(x).unwrap(), BigInt::from(16 * math::LN_MAX_ULP)),
            "sqrt" => (math::sqrt(x).unwrap(), BigInt::from(16)),
            "norm_cdf" => (math::norm_cdf(x), BigInt::from(16 * math::NORM_CDF_MAX_ULP)),
            "norm_pdf" => (math::norm_pdf(x), BigInt::from(16 * math::NORM_PDF_MAX_ULP)),
            "inv_norm_cdf" => {
                (math::norm_inv_cdf(x).unwrap(), BigInt::from(16 * math::NORM_INV_CDF_MAX_ULP))
            }
            other => panic!("no kernel for {other}"),
        };
        let error = sixteenths(got, &want);
        assert!(error <= bound, "{name}({x}): {error}/16 ulp, bound {bound}/16");
        if name == "sqrt" {
            let root = wide(got);
            let ulp = BigInt::one() << (SCALE - 64);
            assert!(&root * &root <= (wide(x) << SCALE), "sqrt({x}) is above the root");
            let next = root + ulp;
            assert!(&next * &next > (wide(x) << SCALE), "sqrt({x}) is not the floor");
        }
        let error = if name == "exp" { error * 16 / bound } else { error };
        let entry = worst.entry(name.to_owned()).or_default();
        if error >= entry.0 {
            *entry = (error, row[1].clone());
        }
    }
    for (name, (error, x)) in worst {
        eprintln!("{name:>12}: worst {error}/16 at {x}");
    }
}
