//! What would prove us wrong, and whether this run did.

use super::Found;
use super::headline::Rows;
use crate::experiment::board::{Board, Quantity, real};
use crate::experiment::study::{Study, has_placebos};
use crate::experiment::summary::{Failure, Falsifier};
use crate::stats::Estimate;

const SEEN: &str = "seen";
const NOT_SEEN: &str = "not seen";
const NOT_TESTED: &str = "not tested";

impl Found<'_> {
    /// The list of the project's claims, each with what this run says about it.
    pub(super) fn falsifiers(&self, rows: &Rows, failures: &[Failure]) -> Vec<Falsifier> {
        let mut list = Vec::new();
        if let Some((study, board)) = self.central() {
            for (at, design) in self.plan.designs.iter().enumerate().skip(1) {
                if has_placebos(design) {
                    list.push(self.dampening(rows, study, at));
                    list.push(self.losses((study, board), at));
                }
            }
            list.extend(self.attackers((study, board)));
        }
        let violations = failures.iter().filter(|failure| failure.violation).count();
        list.push(Falsifier {
            claim: "money, positions or shares are not conserved in some block".to_owned(),
            state: if violations > 0 { SEEN } else { NOT_SEEN },
            evidence: format!(
                "{violations} of {} worlds; each block is audited, and the whole state at the end",
                self.lab.worlds()
            ),
        });
        for (claim, evidence) in [
            ("a closed form is missed by more than its tolerance", "`amm-sim validate` tests it"),
            ("the same run has another digest", "`amm-sim rerun DIR` tests it"),
        ] {
            let (claim, evidence) = (claim.to_owned(), evidence.to_owned());
            list.push(Falsifier { claim, state: NOT_TESTED, evidence });
        }
        list
    }

    /// The study with leakage ½, else the first.
    fn central(&self) -> Option<(&Study, &Board)> {
        let half = |study: &Study| study.leakage * 2 == 1;
        self.each().find(|(study, _)| half(study)).or_else(|| self.each().next())
    }

    fn dampening(&self, rows: &Rows, study: &Study, at: usize) -> Falsifier {
        let (name, leakage) = (&self.plan.designs[at].name, real(study.leakage));
        let claim = format!(
            "at a leakage of {leakage}, simpler rules dampen the loop as well as {name}: the \
             interval of its placebo-adjusted dampening is not above 0"
        );
        let row = rows.0.iter().find(|row| row.design == *name && row.leakage == leakage);
        let figure = row.and_then(|row| row.placebo_adjusted.as_ref()).map(|found| &found.least);
        let (state, evidence) = match (figure, row) {
            (Some(figure), _) => match (figure.value, figure.low, figure.high) {
                (Some(value), Some(low), Some(high)) => {
                    let state = if low > 0.0 { NOT_SEEN } else { SEEN };
                    (state, format!("{value:.4} (95 %: {low:.4} to {high:.4})"))
                }
                _ => (NOT_TESTED, "it has no interval".to_owned()),
            },
            (None, Some(row)) => {
                let why = row.dampening.undefined.clone();
                (NOT_TESTED, why.unwrap_or_else(|| "no placebo was matched".to_owned()))
            }
            (None, None) => (NOT_TESTED, "there is no such row".to_owned()),
        };
        Falsifier { claim, state, evidence }
    }

    fn losses(&self, (study, board): (&Study, &Board), at: usize) -> Falsifier {
        let name = &self.plan.designs[at].name;
        let claim = format!(
            "at equal served demand providers of {name} lose more on the worst 5 % of days than \
             those of a pool that refuses at random"
        );
        let excess = study.parts[at].and_then(|parts| {
            let own = self.tail(study.designs[at], &board.paths);
            let other = self.tail(parts.thin, &board.paths);
            let (seed, count) = (self.plan.scenario.seed, self.plan.experiment.resamples);
            own.excess(&other, 0.05, seed, count)
        });
        match excess {
            Some(excess) => above_zero(claim, &excess, "mean loss more, in cash:"),
            None => {
                let evidence = "random refusal was not matched".to_owned();
                Falsifier { claim, state: NOT_TESTED, evidence }
            }
        }
    }

    fn attackers(&self, (study, board): (&Study, &Board)) -> Vec<Falsifier> {
        let arms = self.plan.designs.iter().zip(&study.designs).skip(1);
        let records = self.records(study.frame.baseline, &board.paths);
        if !records.iter().any(|record| record.attackers.is_some()) {
            let claim = "an attacker profits from driving spot".to_owned();
            let evidence = "nobody attacks in this scenario".to_owned();
            return vec![Falsifier { claim, state: NOT_TESTED, evidence }];
        }
        let one = |(design, arm): (&amm_loop::pool::Design, &crate::experiment::lab::ArmId)| {
            let claim = format!("an attacker profits from driving spot against {}", design.name);
            board.mean(*arm, Quantity::Attackers).map(|profit| {
                above_zero(claim, &profit, "mean profit, in cash, impact costs included:")
            })
        };
        arms.filter(|(design, _)| has_placebos(design)).filter_map(one).collect()
    }
}

fn above_zero(claim: String, estimate: &Estimate, what: &str) -> Falsifier {
    let state = if estimate.is_above(0.0) { SEEN } else { NOT_SEEN };
    let within = estimate
        .interval
        .map_or(String::new(), |i| format!(" (95 %: {:.0} to {:.0})", i.low, i.high));
    Falsifier { claim, state, evidence: format!("{what} {:.0}{within}", estimate.value) }
}
