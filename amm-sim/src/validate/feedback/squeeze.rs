//! F10: a squeeze is finite. Whatever the gain on the way, hedgers of N options of delta δ₀ are forced
//! to buy N(1 − δ₀) and no more, and move spot by as much over its depth.

use super::super::{Effort, Family, Fault, Row};
use super::lab::{Lab, float, or_refusal, wide};
use amm_core::math::norm_cdf;
use amm_core::num::Real;
use amm_loop::light::{Book, Hedge, Light, LightError, Line, PROBABILITY_MAX_ERROR};

pub(in crate::validate) const FAMILY: Family = Family { ids: &["F10"], cost_ms: [20, 20], rows };

/// σ√T, which stays.
const DEVIATION: Real = Real::lit("0.1");

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F10", measure(fault))
}

fn measure(fault: Option<Fault>) -> Result<Vec<Row>, LightError> {
    let lab = Lab::new(0, fault);
    let mut rows = Vec::new();
    // Gains at the strike: 0.8, at once; 2, which only a late hedger can have.
    for (peak, size, hedge, when) in
        [("0.8", "0.2", Hedge::AtOnce, "at once"), ("2", "0.5", Hedge::Late, "a block late")]
    {
        for below in ["0.1", "0.05"] {
            let (size, start) = (Real::lit(size), -Real::lit(below));
            let deviations = vec![DEVIATION];
            let line = Line { cash: size, log_strike: Real::ZERO, deviations };
            let book = Book { gain: Real::ZERO, lines: vec![line] };
            let mut light = Light::new(Real::ZERO, book, hedge)?;
            (light.start, light.hedged) = (start, start);
            light.drift = Real::lit("0.0078125"); // driven up by 2⁻⁷ a block, to 2
            let (mut bought, mut moved) = (0, 0);
            lab.run(&light, 0, 256, |step| {
                bought += step.flow;
                moved += step.moved;
            })?;
            let delta = norm_cdf(start / DEVIATION - DEVIATION / 2);
            let theory = wide(size * (Real::ONE - delta));
            let tolerance = wide(PROBABILITY_MAX_ERROR);
            let delta = wide(delta);
            for (what, measured) in [("cash forced", bought), ("ln spot displaced", moved)] {
                let what = format!(
                    "gain {peak} at the strike, {when}, delta {delta:.3} to 1: {what} over depth; exact"
                );
                rows.push(Row::within("F10", what, float(measured), theory, tolerance));
            }
        }
    }
    Ok(rows)
}
