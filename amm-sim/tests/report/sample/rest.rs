//! Closed forms, real data, sweeps, speed.

use super::market::smile;
use super::{DESIGNS, Noise, START_S, add, amplified};
use amm_sim::tables::{Holds, Table, schema};

pub(super) fn validation() -> Table {
    let (mut table, mut noise) = (schema::validation(), Noise(4));
    let ids = "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F14 F15 I2 I3 R1 R3 R5 R6 M1 M5 M6 R11";
    for id in ids.split(' ') {
        let theory = 1.5 + noise.next();
        let fails = id == "R11";
        let measured = theory * (1.0 + 0.008 * noise.next() + if fails { 0.021 } else { 0.0 });
        add(
            &mut table,
            [
                ("id", id.to_owned().into()),
                (
                    "what",
                    format!("what the closed form {id} says of variance under linear impact")
                        .into(),
                ),
                ("measured", measured.into()),
                ("theory", theory.into()),
                ("low", (theory * 0.99).into()),
                ("high", (theory * 1.01).into()),
                ("verdict", if fails { "fail" } else { "pass" }.into()),
            ],
        );
    }
    table
}

pub(super) fn replay_iv() -> Table {
    let (mut table, mut noise) = (schema::replay_iv(), Noise(5));
    for (underlying, forward) in [("BTC", 30_000.0), ("ETH", 1_900.0)] {
        for hour in 0..24_u32 {
            for days in [2_u32, 16, 77] {
                for step in 0..13_u32 {
                    let moneyness = 0.76 + 0.04 * f64::from(step);
                    let mid = smile(f64::from(days) + 5.0, moneyness) + 0.004 * noise.next();
                    let half = 0.006 + 0.05 * (moneyness - 1.0).powi(2);
                    for (design, _, skew, _) in &DESIGNS[..3] {
                        let shift = 0.3 * skew * (f64::from(hour) / 5.0).sin().max(0.0);
                        add(
                            &mut table,
                            [
                                ("underlying", underlying.into()),
                                ("time", (START_S + 3600 * hour).into()),
                                ("design", (*design).into()),
                                ("expiry", (START_S + 86_400 * days + 28_800).into()),
                                ("strike", (forward * moneyness).into()),
                                ("exchange_iv", mid.into()),
                                ("exchange_bid", (step % 6 != 5).then_some(mid - half).into()),
                                ("exchange_ask", (mid + half).into()),
                                ("quoted_iv", (mid + shift + 0.003 * noise.next()).into()),
                            ],
                        );
                    }
                }
            }
        }
    }
    table
}

pub(super) fn replay_pnl() -> Table {
    let (mut table, mut noise) = (schema::replay_pnl(), Noise(6));
    for underlying in ["BTC", "ETH"] {
        for (design, _, skew, _) in &DESIGNS[..3] {
            let mut sums = [0.0; 3];
            for hour in 0..24_u32 {
                sums[0] += 900.0 + 3_000.0 * skew * noise.next();
                sums[1] -= 700.0 + 600.0 * noise.next();
                sums[2] = sums[0] + sums[1];
                for (part, value) in ["premium", "hedging", "total"].into_iter().zip(sums) {
                    add(
                        &mut table,
                        [
                            ("underlying", underlying.into()),
                            ("time", (START_S + 3600 * hour).into()),
                            ("design", (*design).into()),
                            ("part", part.into()),
                            ("value", value.into()),
                        ],
                    );
                }
            }
        }
    }
    table
}

pub(super) fn sweep() -> Table {
    let mut table = schema::sweep([("market.depth", Holds::Float), ("params.theta", Holds::Float)]);
    for depth in [2.5e8, 5e8, 1e9, 2e9, 4e9] {
        for step in 0..6_u32 {
            let theta = f64::from(step) / 2.0;
            for (design, gain, _, served) in DESIGNS {
                let gain = (gain * 1e9 / depth).min(0.9);
                let dampening = 0.6 * (1.0 - (-theta).exp()) * (gain + 0.3).min(1.0);
                add(
                    &mut table,
                    [
                        ("market.depth", depth.into()),
                        ("params.theta", theta.into()),
                        ("design", design.into()),
                        ("amplification", amplified(gain * (1.0 - dampening)).into()),
                        ("gain", gain.into()),
                        ("dampening", dampening.into()),
                        ("low", (dampening - 0.01).into()),
                        ("high", (dampening + 0.01).into()),
                        ("served", (served - 0.05 * theta).into()),
                        ("lp_pnl", (20_000.0 - 4_000.0 * theta).into()),
                    ],
                );
            }
        }
    }
    table
}

pub(super) fn throughput() -> Table {
    let mut table = schema::throughput();
    for (measure, rate) in [("light block-steps", 8.1e6), ("full agent events", 9.4e5)] {
        for size in [1_u32, 4, 16, 64, 256] {
            add(
                &mut table,
                [
                    ("measure", measure.into()),
                    ("against", "paths".into()),
                    ("size", f64::from(size).into()),
                    ("per_second", (rate * (1.0 + 0.02 * f64::from(size).ln().sin())).into()),
                ],
            );
        }
    }
    table
}
