//! F17: with costs of k in proportion to the cash traded, the best hedge stays within (3/2·kSΓ²/γ)^⅓ of
//! the delta and costs as k^⅔ (Whalley and Wilmott 1997), γ the aversion to variance in cash.
//!
//! The hedge is the core's band policy. Its hedger starts anywhere in the band, as he is found there
//! later, and steps are the same part of the band's width for every k, so that what is missed between
//! them is the same part of each cost.

use super::super::luck::Luck;
use super::super::moments::{ERRORS, Moments, paths};
use super::super::{Effort, Family, Fault, Row, or_refusal};
use super::{Walk, hedged, value};
use amm_core::math::{exp, ln};
use amm_core::num::{OutOfRange, Real, Seconds, Size, Vol, YEAR_S};
use amm_core::risk::{HedgePolicy, wanted};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F17"], cost_ms: [380, 5_800], rows };

/// σ.
const VOL: Real = Real::lit("0.2");

/// γ, per cash.
const AVERSION: Real = Real::lit("0.25");

/// Of the call's life when its hedging begins.
const LIFE_S: u32 = YEAR_S;

/// A cost, and how it is hedged.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    /// k.
    cost: Real,
    /// In proportion to k^⅔, the square of the band: an eighth of a year in all.
    step_s: u32,
    steps: u32,
    /// Paths, fast and full: as many widths of the band walked through for each k.
    count: [u64; 2],
    seed: u64,
}

const CASES: [Case; 2] = [
    Case {
        name: "0.1 bp",
        cost: Real::lit("0.00001"),
        step_s: 240,
        steps: 16_425,
        count: [32, 480],
        seed: 1_701,
    },
    Case {
        name: "10 bp",
        cost: Real::lit("0.001"),
        step_s: 5_170,
        steps: 762,
        count: [690, 10_350],
        seed: 1_702,
    },
];

/// A step over the band's half-width: SΓσ√Δ is .4·√(240/31536000), the half-width for 0.1 bp .0134.
const COARSE: f64 = 0.0825;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F17", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, OutOfRange> {
    let mut rows = Vec::new();
    let mut costs = Vec::new();
    for case in CASES {
        let luck = Luck::new(case.seed, fault);
        let count = effort.pick(case.count[0], case.count[1]);
        let runs = paths(count, |path| run(case, luck, path, fault));
        let runs = runs.into_iter().collect::<Result<Vec<_>, OutOfRange>>()?;
        let paid = Moments::of(&runs.iter().map(|run| run[0]).collect::<Vec<f64>>());
        let risk = Moments::of(&runs.iter().map(|run| run[1]).collect::<Vec<f64>>());
        let ratio = paid.mean / risk.mean;
        let influence =
            runs.iter().map(|run| (run[0] - ratio * run[1]) / risk.mean).collect::<Vec<f64>>();
        let what = format!(
            "cost {}: paid over half the aversion times variance, {count} paths; steps",
            case.name
        );
        let mut row =
            Row::within("F17", what, ratio, 2.0, ERRORS * Moments::of(&influence).mean_error);
        row.low -= 2.0 * MISSED;
        rows.push(row);
        costs.push(paid.mean);
    }
    let measured = logarithm(costs[1] / costs[0])? / logarithm(100.0)?;
    let what = "slope of ln cost in ln k over two decades";
    rows.push(Row::within("F17", what, measured, 2.0 / 3.0, 0.03));
    Ok(rows)
}

/// The most that steps take off cost over risk: a walk that is looked at in steps of s meets a barrier
/// as one .5826·s further out would be met all the time, and cost goes as 1/b, risk as b².
const MISSED: f64 = 3.0 * 0.5826 * COARSE;

/// What trading costs over the path, and ½γ times the variance that the gap to the delta leaves.
fn run(case: Case, luck: Luck, path: u64, fault: Option<Fault>) -> Result<[f64; 2], OutOfRange> {
    let mut draws = luck.draws(path, 0, 0);
    let vol = Vol::new(VOL)?;
    let mut walk = Walk::new(vol, case.step_s)?;
    let (mut paid, mut risk) = (Real::ZERO, Real::ZERO);
    let mut held = None;
    for step in 0..case.steps {
        let call = value(walk.spot, LIFE_S - step * case.step_s, vol)?;
        let gamma = call.gamma_forward / walk.spot;
        let width = root(case.cost * walk.spot * 3 / 2 / AVERSION * gamma * gamma)?;
        let target = call.delta_call * hedged(fault);
        let had = held.unwrap_or_else(|| target + width * (2 * draws.uniform() - Real::ONE));
        let policy = HedgePolicy::Band { width: size(width) };
        // Never refused: a width is above zero, and deltas are at most one.
        let traded =
            wanted(policy, size(target), size(had), Seconds::ZERO).map_or(Real::ZERO, units);
        if step > 0 {
            paid += case.cost * walk.spot * traded.abs();
        }
        let now = had + traded;
        held = Some(now);
        let gap = walk.spot * (call.delta_call - now) * walk.deviation;
        risk += AVERSION / 2 * gap * gap;
        walk.step(&mut draws)?;
    }
    Ok([paid.to_num(), risk.to_num()])
}

/// A delta of one is 2⁴⁰ atoms, so that what an atom cannot show is out of sight.
fn size(delta: Real) -> Size {
    Size::from_atoms(delta.to_bits() >> 24)
}

fn units(size: Size) -> Real {
    Real::from_bits(size.atoms() << 24)
}

/// x^⅓, for x above 0; 0 for 0.
fn root(x: Real) -> Result<Real, OutOfRange> {
    if x == 0 { Ok(x) } else { exp(ln(x)? / 3) }
}

fn logarithm(x: f64) -> Result<f64, OutOfRange> {
    Ok(ln(Real::from_num(x))?.to_num())
}
