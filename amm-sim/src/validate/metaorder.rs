//! I5: the square-root law of impact (Donier and Bonart 2015, on Bitcoin over four decades): a
//! metaorder of Q moves the price by Yσ√(Q/V).
//!
//! Metaorders of either side and of all sizes, cut into a chance number of pieces over a chance part of
//! an hour, go through the simulator's venue, whose impact fades meanwhile; the exponent is that of a
//! regression over all of them.

use super::luck::Luck;
use super::market::Market;
use super::moments::paths;
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::math::{exp, ln, sqrt};
use amm_core::num::{OutOfRange, Real};
use amm_loop::spot::{Impact, Shape, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["I5"], cost_ms: [30, 330], rows };

/// Yσ, the volatility of a day.
const Y: Real = Real::lit("0.04");

/// V: a day's volume.
const VOLUME: Real = Real::lit("1000000000");

/// c: impact is linear below 10⁻⁸ of a day's volume, a thousandth of the least metaorder.
const CORE: Real = Real::lit("0.0001");

/// A core above the greatest metaorder.
const WIDE_CORE: Real = Real::lit("1");

/// ln of the least metaorder over V, and of the decades above it.
const LEAST: &str = "0.00001";
const DECADES: i128 = 4;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("I5", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let count = effort.pick(2_000, 20_000);
    let root = regression(count, CORE, fault)?;
    let what = format!("exponent of impact in size, {count} metaorders over four decades");
    let mut rows = vec![Row::within("I5", what, root.slope, 0.5, 0.05)];

    let (size, core) = (VOLUME / 100, CORE.to_num::<f64>());
    let impact = Impact { shape: Shape::Root { y: Y, core: CORE }, ..Impact::LINEAR };
    let mut market = Market::new(impact, VOLUME, fault)?;
    market.push(size)?;
    let moved = market.displacement() / (Y * sqrt(size / VOLUME)?);
    let what = "1 % of a day's volume at once: Y of the law; core";
    // √(Q/V + c²) − c over √(Q/V) is at most c/√(Q/V) off.
    rows.push(Row::within("I5", what, moved.to_num(), 1.0, core / 0.1));

    let line = regression(count, WIDE_CORE, fault)?;
    let what = "the same with a core above all of them: linear, and the regression sees it";
    // Impact at Q = V/10 is 2 % of a root's way from the line.
    rows.push(Row::within("I5", what, line.slope, 1.0, 0.05));
    Ok(rows)
}

/// A line through points.
struct Line {
    slope: f64,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Self {
        let count = points.len() as f64;
        let sum = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
        let (x, y) = (sum(|point| point.0), sum(|point| point.1));
        let product = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>();
        let square = points.iter().map(|point| (point.0 - x) * (point.0 - x)).sum::<f64>();
        Self { slope: product / square }
    }
}

/// Of ln impact in ln size.
fn regression(count: u64, core: Real, fault: Option<Fault>) -> Result<Line, SpotError> {
    let luck = Luck::new(511, fault);
    let points = paths(count, |path| metaorder(luck, path, core, fault));
    Ok(Line::through(&points.into_iter().collect::<Result<Vec<_>, SpotError>>()?))
}

/// ln of a metaorder's size over V, and of what it moved the price by in its own direction.
fn metaorder(
    luck: Luck,
    path: u64,
    core: Real,
    fault: Option<Fault>,
) -> Result<(f64, f64), SpotError> {
    let mut draws = luck.draws(path, 0, 0);
    let size = ln(LEAST.parse().unwrap_or(Real::ONE))? + draws.uniform() * DECADES * ten()?;
    let (pieces, wait_s) = (5 + draws.below(46), draws.below(73) as u32);
    let buys = draws.chance(Real::lit("0.5"));
    let each = VOLUME * exp(size)? / i128::from(pieces);
    // Gone in half a day, but for the third that stays.
    let impact = Impact {
        shape: Shape::Root { y: Y, core },
        permanent: Real::lit("0.3333"),
        resilience_per_day: Real::lit("2"),
    };
    let mut market = Market::new(impact, VOLUME, fault)?;
    for _ in 0..pieces {
        market.pass(wait_s);
        market.push(if buys { each } else { -each })?;
    }
    let moved = if buys { market.displacement() } else { -market.displacement() };
    Ok((size.to_num(), ln(moved)?.to_num()))
}

/// ln 10.
fn ten() -> Result<Real, OutOfRange> {
    ln(Real::lit("10"))
}
