//! F11: hedgers who are long gamma pin spot to a strike as time passes (Avellaneda and Lipkin 2003):
//! with probability 1 − exp(−|a₀|·e^(−z₀²/2)), a₀ the loop gain at the money at the start and z₀ spot's
//! distance from the strike in deviations.
//!
//! Blocks take a hundredth of what time is left, so that the gain, which grows as 1/√T, is resolved to
//! the end. That is where it has reached [`LAST_GAIN`], and spot counts as pinned within √(2·ln of it)
//! deviations: there the pull of the hedge and the growth of deviations are level.

use super::super::moments::{ERRORS, Moments, paths};
use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, float, or_refusal, wide};
use amm_core::math::{exp, ln, norm_pdf, sqrt};
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError, Line};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F11"], cost_ms: [670, 38_000], rows };

/// σ√T at the start.
const DEVIATION: Real = Real::lit("0.01");

/// The gain at the money at the end.
const LAST_GAIN: Real = Real::lit("50");

/// The share of what time is left that a block takes.
const SHARE: Real = Real::lit("0.01");

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F11", measure(effort, fault))
}

/// a₀ and z₀.
const CASES: [(&str, &str); 6] =
    [("0.2", "0"), ("0.5", "0"), ("1", "0"), ("2", "0"), ("1", "1"), ("2", "1")];

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let count = effort.pick(700, 40_000);
    let threshold = wide(sqrt(2 * ln(LAST_GAIN)?)?);
    let mut rows = Vec::new();
    for ((gain, distance), seed) in CASES.into_iter().zip(18..) {
        let lab = Lab::new(seed, fault);
        let (gain, distance) = (Real::lit(gain), Real::lit(distance));
        let (light, blocks, last) = market(gain, distance)?;
        let pinned = paths(count, |path| {
            let end = lab.run(&light, path, blocks, |_| ())?;
            Ok(f64::from(u8::from((float(end.log_spot) / wide(last)).abs() < threshold)))
        });
        let pinned = pinned.into_iter().collect::<Result<Vec<_>, LightError>>()?;
        let Moments { mean, mean_error, .. } = Moments::of(&pinned);
        let theory = wide(Real::ONE - exp(-gain * exp(-distance * distance / 2)?)?);
        let what = format!(
            "long gamma {gain}, {distance} deviations away: share pinned, {count} paths; end .005"
        );
        rows.push(Row::within("F11", what, mean, theory, ERRORS * mean_error + 0.005));
    }
    Ok(rows)
}

/// The loop, how many blocks it takes, and σ√T at its end.
fn market(gain: Real, distance: Real) -> Result<(Light, u64, Real), LightError> {
    let shrink = sqrt(Real::ONE - SHARE)?;
    let last = DEVIATION * gain / LAST_GAIN;
    let mut left = vec![DEVIATION];
    while left[left.len() - 1] > last {
        left.push(left[left.len() - 1] * shrink);
    }
    let (blocks, last) = (left.len() as u64 - 1, left[left.len() - 1]);
    let moves: Vec<Real> =
        left.iter().map(|&left| Ok(left * sqrt(SHARE)?)).collect::<Result<_, LightError>>()?;
    let cash = -gain * DEVIATION / norm_pdf(Real::ZERO);
    let line = Line { cash, log_strike: Real::ZERO, deviations: left };
    let book = Book { gain: Real::ZERO, lines: vec![line] };
    let mut light = Light::new(DEVIATION, book, Hedge::Decay)?;
    (light.deviations, light.start) = (moves, distance * DEVIATION);
    light.hedged = light.start;
    Ok((light, blocks, last))
}
