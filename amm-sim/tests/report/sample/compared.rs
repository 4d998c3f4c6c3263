//! Designs side by side.

use super::{DESIGNS, LEAKAGES, Noise, add, amplified, leaked};
use amm_sim::tables::{Table, schema};

pub(super) fn headline() -> Table {
    let mut table = schema::headline();
    for (at, (design, gain, skew, served)) in DESIGNS.into_iter().enumerate() {
        for ell in LEAKAGES {
            let gain = leaked(gain, ell);
            let (dampening, peer) = (1.0 - gain / 0.34, at > 2);
            let adjusted = dampening - 0.14 - 0.1 * (1.0 - ell);
            let maybe = |is: bool, value: f64| is.then_some(value);
            add(
                &mut table,
                [
                    ("design", design.into()),
                    ("ell", ell.into()),
                    ("amplification", amplified(gain).into()),
                    ("low", (amplified(gain) - 0.03).into()),
                    ("high", (amplified(gain) + 0.034).into()),
                    ("gain", gain.into()),
                    ("gain_low", (gain - 0.004).into()),
                    ("gain_high", (gain + 0.004).into()),
                    ("dampening", maybe(at > 0, dampening).into()),
                    ("d_low", maybe(at > 0, dampening - 0.008).into()),
                    ("d_high", maybe(at > 0, dampening + 0.009).into()),
                    ("placebo_adjusted", maybe(at > 0 && !peer, adjusted).into()),
                    ("pa_low", maybe(at > 0 && !peer, adjusted - 0.009).into()),
                    ("pa_high", maybe(at > 0 && !peer, adjusted + 0.009).into()),
                    ("lp_pnl", (21_400.0 - 90_000.0 * skew + 2_000.0 * ell).into()),
                    ("lp_low", (20_300.0 - 90_000.0 * skew + 2_000.0 * ell).into()),
                    ("lp_high", (22_500.0 - 90_000.0 * skew + 2_000.0 * ell).into()),
                    ("cvar99", (48_200.0 * (gain + 0.3)).into()),
                    ("drawdown", (71_000.0 * (gain + 0.3)).into()),
                    ("served", served.into()),
                    ("refused", (1.0 - served).into()),
                    ("displaced", ((1.0 - served) * ell).into()),
                    ("attacker", (-1_250.0 + 30_000.0 * (gain - 0.3).max(0.0)).into()),
                ],
            );
        }
    }
    table
}

pub(super) fn gain() -> Table {
    let (mut table, mut noise) = (schema::gain(), Noise(1));
    for (design, gain, ..) in DESIGNS {
        for ell in LEAKAGES {
            let gain = leaked(gain, ell);
            let amplification = amplified(gain) * (1.0 + 0.012 * noise.next());
            let impulse = gain + 0.012 * noise.next();
            add(
                &mut table,
                [
                    ("design", design.into()),
                    ("ell", ell.into()),
                    ("gain_state", gain.into()),
                    ("state_low", (gain - 0.006).into()),
                    ("state_high", (gain + 0.006).into()),
                    ("gain_variance", (1.0 - amplification.powf(-0.5)).into()),
                    ("gain_impulse", impulse.into()),
                    ("impulse_low", (impulse - 0.01).into()),
                    ("impulse_high", (impulse + 0.01).into()),
                    ("amplification", amplification.into()),
                    ("low", (amplification * 0.985).into()),
                    ("high", (amplification * 1.016).into()),
                ],
            );
        }
    }
    table
}

pub(super) fn signature() -> Table {
    let (mut table, mut noise) = (schema::signature(), Noise(2));
    for (design, gain, ..) in DESIGNS {
        for blocks in [1_u32, 5, 25, 75, 300, 1800, 7200] {
            let width = 0.01 + 0.02 * f64::from(blocks).ln();
            let built = amplified(gain) - 1.0;
            let value =
                1.0 + built * (1.0 - (-f64::from(blocks) / 8.0).exp()) + width * 0.3 * noise.next();
            add(
                &mut table,
                [
                    ("design", design.into()),
                    ("horizon_blocks", blocks.into()),
                    ("horizon_s", f64::from(12 * blocks).into()),
                    ("amplification", value.into()),
                    ("low", (value - width).into()),
                    ("high", (value + width).into()),
                ],
            );
        }
    }
    table
}

pub(super) fn impulse() -> Table {
    let mut table = schema::impulse();
    for (design, gain, ..) in DESIGNS {
        for shock in [-3.0, -1.0, -0.25, 0.25, 1.0, 3.0_f64] {
            for block in 0..=60_u32 {
                let end = 1.0 / (1.0 - gain * (1.0 - 0.03 * shock));
                let value = 1.0 + (end - 1.0) * (1.0 - (-f64::from(block) / 9.0).exp());
                let width = 0.002 + 0.012 * f64::from(block) / 60.0;
                add(
                    &mut table,
                    [
                        ("design", design.into()),
                        ("shock", shock.into()),
                        ("block", block.into()),
                        ("response", value.into()),
                        ("low", (value - width).into()),
                        ("high", (value + width).into()),
                    ],
                );
            }
        }
    }
    table
}

pub(super) fn frontier() -> Table {
    let mut table = schema::frontier();
    for (design, gain, skew, served) in DESIGNS {
        for ell in LEAKAGES {
            for step in 0..6_u32 {
                let strength = f64::from(step) / 4.0;
                let at =
                    0.34 + (leaked(gain, ell) - 0.34) * strength * (1.0 - 0.2 * strength) * 1.25;
                let value = amplified(at);
                add(
                    &mut table,
                    [
                        ("design", design.into()),
                        ("ell", ell.into()),
                        ("strength", strength.into()),
                        ("served", (0.95 + (served - 0.95) * strength).into()),
                        ("amplification", value.into()),
                        ("low", (value - 0.03).into()),
                        ("high", (value + 0.03).into()),
                        ("cvar99", (30_000.0 * (at + 0.05) * (1.0 - skew)).into()),
                    ],
                );
            }
        }
    }
    table
}

pub(super) fn split() -> Table {
    let mut table = schema::split();
    for (design, gain, ..) in &DESIGNS[1..3] {
        for ell in LEAKAGES {
            let all = 1.0 - leaked(*gain, ell) / 0.34;
            for (part, share) in
                [("refusal", 0.38 - 0.3 * ell), ("attraction", 0.47), ("timing", 0.15 + 0.3 * ell)]
            {
                add(
                    &mut table,
                    [
                        ("design", (*design).into()),
                        ("ell", ell.into()),
                        ("part", part.into()),
                        ("value", (all * share).into()),
                        ("low", (all * share - 0.011).into()),
                        ("high", (all * share + 0.011).into()),
                    ],
                );
            }
        }
    }
    table
}

pub(super) fn placebos() -> Table {
    let (mut table, mut noise) = (schema::placebos(), Noise(3));
    for (design, gain, ..) in &DESIGNS[1..3] {
        for ell in LEAKAGES {
            let own = 1.0 - leaked(*gain, ell) / 0.34;
            for (placebo, power) in
                [("flat", -0.03), ("thin", 0.12), ("cap", 0.13), ("delay", 0.04)]
            {
                for (matching, boost) in [("volume", 1.0), ("refusal", 1.6), ("profit", 0.7)] {
                    let reached = !(placebo == "delay" && matching == "refusal");
                    let value = reached.then(|| power * boost + 0.01 * noise.next());
                    add(
                        &mut table,
                        [
                            ("design", (*design).into()),
                            ("ell", ell.into()),
                            ("placebo", placebo.into()),
                            ("matching", matching.into()),
                            ("strength", value.map(|value| 0.4 + value).into()),
                            ("matched_value", value.map(|_| 0.7401).into()),
                            ("target_value", 0.74.into()),
                            ("dampening", value.into()),
                            ("low", value.map(|value| value - 0.01).into()),
                            ("high", value.map(|value| value + 0.01).into()),
                            ("advantage", value.map(|value| own - value).into()),
                            ("a_low", value.map(|value| own - value - 0.012).into()),
                            ("a_high", value.map(|value| own - value + 0.012).into()),
                        ],
                    );
                }
            }
        }
    }
    table
}

pub(super) fn lp() -> Table {
    let mut table = schema::lp();
    for (design, gain, skew, served) in DESIGNS {
        let parts = [
            ("premium", 61_000.0 * served),
            ("skew collected", 150_000.0 * skew),
            ("skew paid", -115_000.0 * skew),
            ("fees", 5_200.0 * served),
            ("gamma", -38_000.0 * served),
            ("vega", -4_100.0),
            ("hedging", -24_000.0 * gain * gain * 3.0),
            ("bad debt", if gain > 0.3 { -900.0 } else { 0.0 }),
        ];
        let net = parts.iter().map(|(_, value)| value).sum::<f64>();
        for (part, value) in parts.into_iter().chain([("net", net)]) {
            let width = 0.03 * value.abs() + 60.0;
            add(
                &mut table,
                [
                    ("design", design.into()),
                    ("part", part.into()),
                    ("value", value.into()),
                    ("low", (value - width).into()),
                    ("high", (value + width).into()),
                ],
            );
        }
    }
    table
}

pub(super) fn quality() -> Table {
    let mut table = schema::quality();
    for (design, gain, skew, served) in DESIGNS {
        let measures = [
            ("effective spread", "vol points", 1.1 + 14.0 * skew, 0.02),
            ("price impact", "vol points", 0.1 + 9.0 * skew, 0.02),
            ("fill ratio", "1", served, 0.004),
            ("vega volume", "cash", 1_840_000.0 * served, 9_000.0),
            ("cancelled", "1", 0.04 + 0.1 * skew, 0.002),
            ("time stopped by the breaker", "1", 0.08 * gain, 0.002),
            ("time to recovery", "s", 5_400.0 * (gain + 0.1), 120.0),
        ];
        for (measure, unit, value, width) in measures {
            add(
                &mut table,
                [
                    ("design", design.into()),
                    ("measure", measure.into()),
                    ("unit", unit.into()),
                    ("value", value.into()),
                    ("low", (value - width).into()),
                    ("high", (value + width).into()),
                ],
            );
        }
    }
    table
}
