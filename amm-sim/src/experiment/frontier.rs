//! Amplification against served demand, as the strength of a rule is swept.

use amm_core::num::Real;
use amm_loop::pool::Design;

use crate::experiment::lab::{Arm, ArmId, Cast, Lab};
use crate::experiment::placebo::Rule;
use crate::experiment::tune::Bench;

/// A point of a curve before it is measured.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// The curve's.
    pub(super) name: String,
    /// 0 is the static pool.
    pub(super) strength: Real,
    pub(super) arm: ArmId,
}

/// A design with its charges this many times as strong; `None` if it has none.
///
/// The charge for loop gain is multiplied as a whole, the one for one-sided flow only down: more of it
/// would shift variance by more than an option can stand. For the same reason the greatest discount,
/// at x⁻, comes at a gain that is nearer to 0 by as much as the charge is stronger.
pub(super) fn strengthened(design: &Design, times: Real) -> Option<Design> {
    let mut stronger = design.clone();
    let (gain, flow) = (&mut stronger.params.gain, &mut stronger.params.flow);
    if gain.theta == 0 && flow.strength == 0 {
        return None;
    }
    gain.theta = gain.theta.checked_mul(times)?;
    if times > Real::ONE {
        gain.min /= times;
    } else {
        flow.strength *= times; // both at most one
    }
    stronger.name = format!("{} times {times}", design.name);
    stronger.params.check().is_ok().then_some(stronger)
}

/// The points of designs' own strengths.
pub(super) fn of_designs(
    lab: &mut Lab<'_>,
    designs: &[(ArmId, &Design)],
    strengths: &[Real],
    leakage: Real,
) -> Vec<Point> {
    let mut points = Vec::new();
    for (arm, design) in designs {
        for strength in strengths {
            let arm = match strengthened(design, *strength) {
                Some(_) if *strength == Real::ONE => *arm,
                Some(design) => {
                    let label = format!("{} at leakage {leakage}", design.name);
                    lab.arm(Arm { label, design, feedback: true, leakage, cast: Cast::All }, 0)
                }
                None => continue,
            };
            points.push(Point { name: design.name.clone(), strength: *strength, arm });
        }
    }
    points
}

/// The points of placebos' grids. A cap's strength is 1 less its share of the baseline's greatest gain.
pub(super) fn of_placebos(lab: &mut Lab<'_>, bench: &Bench<'_>) -> Vec<Point> {
    let blocks = lab.cast(Cast::All).blocks;
    let mut points = Vec::new();
    for rule in [Rule::Flat, Rule::Lift, Rule::Thin, Rule::Cap] {
        let (grid, least) = rule.grid(bench.top, blocks);
        let top = grid[least];
        for strength in grid {
            let arm = bench.arm(lab, rule, strength, Cast::All);
            let strength = match rule {
                Rule::Cap => Real::ONE - strength.checked_div(top).unwrap_or(Real::ONE),
                _ => strength,
            };
            points.push(Point { name: rule.name().to_owned(), strength, arm });
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strength_of_the_default_sweep_is_an_engine() {
        for design in [Design::dynamic(), Design::active()] {
            for strength in crate::experiment::Options::default().frontier {
                let stronger = strengthened(&design, strength).unwrap();
                assert_eq!(stronger.params.gain.theta, design.params.gain.theta * strength);
            }
        }
        assert!(strengthened(&Design::static_pool(), Real::ONE).is_none());
    }
}
