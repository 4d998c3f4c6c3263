//! What the figures prove and what they do not, in sentences.

use super::Found;
use super::headline::Rows;
use crate::experiment::board::real;
use crate::experiment::summary::Failure;

impl Found<'_> {
    /// The notes of this run.
    pub(super) fn notes(&self, rows: &Rows, failures: &[Failure]) -> Vec<String> {
        let (scenario, options) = (&self.plan.scenario, &self.plan.experiment);
        let baseline = &self.plan.designs[0].name;
        let mut notes = vec![
            format!(
                "{} paths of {} blocks; every design meets the same luck on every path, and \
                 intervals of 95 % come from {} resamples of whole paths.",
                self.paths, scenario.blocks, options.resamples
            ),
            format!(
                "Dampening is 1 - g/g of {baseline}, g the loop gain that variance over {} blocks \
                 implies: 1 - 1/sqrt(amplification). It is what hedgers do to spot in this scenario, \
                 outside dealers included; it says nothing about markets the scenario is not like.",
                options.headline_horizon
            ),
        ];
        if options.placebos {
            notes.push(format!(
                "Placebos are tuned on the first {} paths, corrected once on all if they come near to \
                 the least, and match within the difference that table placebos shows; its uncertainty is not in the \
                 intervals. The interval of placebo-adjusted dampening is that of the least \
                 advantage itself, chosen anew in every resample.",
                options.tuned_on()
            ));
        }
        for row in &rows.0 {
            let who = format!("{} at a leakage of {}", row.design, row.leakage);
            if let Some(why) = row.dampening.undefined.as_ref().filter(|_| row.design != *baseline)
            {
                notes.push(format!("Dampening of {who} is not defined: {why}."));
            }
            if let Some(claim) = &row.placebo_adjusted {
                notes.push(format!(
                    "The placebo nearest to {who}: {}, of {} that could be matched.{}",
                    claim.placebo,
                    claim.counted,
                    match claim.left_out.is_empty() {
                        true => String::new(),
                        false => format!(
                            " Not reachable, and left out of the least: {}.",
                            claim.left_out.join(", ")
                        ),
                    }
                ));
            }
        }
        for (study, board) in self.each() {
            let missing = self.paths as usize - board.paths.len();
            if missing > 0 {
                notes.push(format!(
                    "At a leakage of {}, {missing} paths are left out of all worlds because one \
                     world or more stopped on them.",
                    real(study.leakage)
                ));
            }
        }
        if let Some(failure) = failures.first() {
            notes.push(format!(
                "{} worlds stopped; the first: {}, path {}: {}.",
                failures.len(),
                failure.world,
                failure.path,
                failure.why
            ));
        }
        notes
    }
}
