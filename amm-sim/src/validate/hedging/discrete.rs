//! F18: hedging N times leaves an error of deviation √(π/4)·vega·σ/√N (Kamal and Derman 1999), for a
//! call at the money.
//!
//! That is the integral of squared dollar gamma over the life, which grows as 1/√(time left) at its
//! end; N hedges sum it over its left ends.

use super::super::luck::Luck;
use super::super::moments::{ERRORS, Moments, paths};
use super::super::{Effort, Family, Fault, Row, or_refusal};
use super::{START, Walk, hedged, payoff, value};
use amm_core::num::{OutOfRange, Real, Vol};
use std::f64::consts::PI;

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F18"], cost_ms: [170, 4_200], rows };

/// A twelfth of a year, nearly, which splits into 21, 84 and 336 whole steps.
const LIFE_S: u32 = 336 * 7_824;

/// σ.
const VOL: Real = Real::lit("0.2");

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F18", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, OutOfRange> {
    let count = effort.pick(1_500, 40_000);
    let vol = Vol::new(VOL)?;
    let first = value(START, LIFE_S, vol)?;
    let mut rows = Vec::new();
    for (hedges, seed) in [(21, 1_801), (84, 1_802), (336, 1_803)] {
        let luck = Luck::new(seed, fault);
        let errors = paths(count, |path| error(luck, path, hedges, vol, fault));
        let errors = errors.into_iter().collect::<Result<Vec<f64>, OutOfRange>>()?;
        let Moments { deviation, deviation_error, .. } = Moments::of(&errors);
        let root = f64::from(hedges).sqrt();
        let theory = (PI / 4.0).sqrt() * (first.vega * VOL).to_num::<f64>() / root;
        let what = format!(
            "month at the money, {hedges} hedges: sd of the error, {count} paths; sum short by .33/sqrt N"
        );
        let mut row = Row::within("F18", what, deviation, theory, ERRORS * deviation_error);
        row.low -= theory * SHORT / root;
        rows.push(row);
    }
    Ok(rows)
}

/// How far the sum over N left ends is short, times √N: of the integral π/2 of 1/√(1 − t²) it misses
/// −ζ(½)/√(2N), half of which is the deviation's. In the last step the call is no parabola, which
/// gives some of that back.
const SHORT: f64 = 0.33;

/// What a hedger who was paid the call's price has left.
fn error(
    luck: Luck,
    path: u64,
    hedges: u32,
    vol: Vol,
    fault: Option<Fault>,
) -> Result<f64, OutOfRange> {
    let mut draws = luck.draws(path, 0, 0);
    let step_s = LIFE_S / hedges;
    let mut walk = Walk::new(vol, step_s)?;
    let mut left = value(START, LIFE_S, vol)?.prices.call;
    for hedge in 0..hedges {
        let before = walk.spot;
        let delta = value(before, LIFE_S - hedge * step_s, vol)?.delta_call * hedged(fault);
        walk.step(&mut draws)?;
        left += delta * (walk.spot - before);
    }
    Ok((left - payoff(walk.spot)).to_num())
}
