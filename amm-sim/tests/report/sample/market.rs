//! The market around them: surfaces, books, paths.

use super::{DESIGNS, Noise, add};
use amm_sim::tables::{Table, schema};

pub(super) fn smile(days: f64, moneyness: f64) -> f64 {
    let skew = (1.0 - moneyness) / (days / 30.0).sqrt();
    0.52 + 0.05 * (30.0 / days).sqrt() + 0.25 * skew + 0.6 * skew * skew
}

const DAYS: [f64; 7] = [1.0, 3.0, 7.0, 14.0, 30.0, 90.0, 180.0];

pub(super) fn surface() -> Table {
    let mut table = schema::surface();
    for (design, _, skew, _) in DESIGNS {
        for (when, passed, moved) in [("before", 0.0, 1.0), ("after", 0.0451, 1.0137)] {
            for days in DAYS {
                for step in 0..11_u32 {
                    let moneyness = 0.75 + 0.05 * f64::from(step);
                    let near = (-((moneyness - 0.9) / 0.1).powi(2)).exp() * (7.0 / (days + 6.0));
                    let added = if when == "after" { 1.6 * skew * near } else { 0.0 };
                    add(
                        &mut table,
                        [
                            ("when", when.into()),
                            ("design", design.into()),
                            ("expiry_days", (days - passed).into()),
                            ("moneyness", (moneyness * moved).into()),
                            ("vol", (smile(days + 5.0, moneyness) + added).into()),
                        ],
                    );
                }
            }
        }
    }
    table
}

pub(super) fn gex() -> Table {
    let mut table = schema::gex();
    for (design, gain, ..) in DESIGNS {
        for days in [1.0, 7.0, 30.0_f64] {
            for step in 0..15_u32 {
                let strike = 24_000.0 + 1_000.0 * f64::from(step);
                let distance = (strike - 29_000.0) / (1_400.0 + 60.0 * days);
                let long = 0.45 * (-((strike - 34_000.0) / 1_700.0).powi(2)).exp();
                let value = 1_000_000.0
                    * (long - gain * 9.0 / (3.0 + days.sqrt()) * (-distance * distance).exp());
                add(
                    &mut table,
                    [
                        ("design", design.into()),
                        ("expiry_days", days.into()),
                        ("strike", strike.into()),
                        ("gex", value.into()),
                        ("spot", 30_150.0.into()),
                    ],
                );
            }
        }
    }
    table
}

pub(super) fn profile() -> Table {
    let mut table = schema::profile();
    for (design, gain, ..) in DESIGNS {
        for step in 0..=60_u32 {
            let spot = 24_000.0 + 200.0 * f64::from(step);
            let short = gain * (-((spot - 28_800.0) / 2_600.0).powi(2)).exp();
            let long = 0.11 * (-((spot - 34_500.0) / 1_900.0).powi(2)).exp();
            add(
                &mut table,
                [
                    ("design", design.into()),
                    ("spot", spot.into()),
                    ("gain", (short - long).into()),
                    ("spot_now", 30_150.0.into()),
                ],
            );
        }
    }
    table
}

pub(super) fn paths() -> Table {
    let mut table = schema::paths();
    for path in 0..6_u64 {
        for (design, gain, ..) in DESIGNS {
            let mut noise = Noise(100 + path);
            let mut log = 0.0;
            for block in 0..1_440_u32 {
                let shock = if block == 300 { -0.07 } else { 0.0 };
                log += (0.0012 * noise.normal() + shock) / (1.0 - gain);
                log -= 0.002 * log;
                let at = gain * (1.0 + 1.6 * (-log - 0.02).max(0.0) * 4.0);
                add(
                    &mut table,
                    [
                        ("design", design.into()),
                        ("path", path.into()),
                        ("block", block.into()),
                        ("spot", (30_000.0 * log.exp()).into()),
                        ("gain", at.into()),
                    ],
                );
            }
        }
    }
    table
}
