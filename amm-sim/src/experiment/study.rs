//! One leakage: its worlds, its placebos, and their board.

use amm_core::num::Real;
use amm_loop::pool::Design;

use crate::experiment::board::{Board, Quantity, quantities, real};
use crate::experiment::claim::{Parts, Placebo};
use crate::experiment::frontier::{Point, of_designs, of_placebos};
use crate::experiment::gains::Frame;
use crate::experiment::lab::{Arm, ArmId, Cast, Lab};
use crate::experiment::placebo::{RULES, Rule};
use crate::experiment::tune::{Bench, Search, measure};
use crate::experiment::{Matching, Plan};

/// The worlds of one leakage.
pub(super) struct Study {
    pub(super) leakage: Real,
    pub(super) frame: Frame,
    /// In the plan's order, the baseline first.
    pub(super) designs: Vec<ArmId>,
    /// By design; none for those without placebos.
    pub(super) placebos: Vec<Vec<Placebo>>,
    pub(super) parts: Vec<Option<Parts>>,
    pub(super) frontier: Vec<Point>,
}

/// How near to the least an advantage must come for its placebo to be corrected.
const NEAR: f64 = 0.15;

/// What a search is for.
#[derive(Clone, Copy)]
enum Use {
    Placebo,
    Thin,
    QuietThin,
}

/// On how many paths shocks are followed: each is known so well that more would add nothing.
pub(super) const FOLLOWED: u32 = 32;

impl Study {
    /// The arms of the designs and of the open loop, which is the same for every leakage.
    pub(super) fn new(lab: &mut Lab<'_>, plan: &Plan, leakage: Real, first: bool) -> Self {
        let mut arm = |design: &Design, feedback: bool, leakage: Real| {
            let label = match feedback {
                true => format!("{} at leakage {leakage}", design.name),
                false => "the open loop".to_owned(),
            };
            let followed = if first && feedback { FOLLOWED } else { 0 };
            let design = design.clone();
            lab.arm(Arm { label, design, feedback, leakage, cast: Cast::All }, followed)
        };
        let open = arm(&plan.designs[0], false, plan.experiment.leakages[0]);
        let designs: Vec<ArmId> =
            plan.designs.iter().map(|design| arm(design, true, leakage)).collect();
        let horizons = &plan.scenario.horizons;
        let headline = plan.experiment.headline_horizon;
        let horizon = horizons.iter().position(|blocks| *blocks == headline).unwrap_or(0);
        let frame = Frame { open, baseline: designs[0], horizon };
        let count = designs.len();
        let (placebos, parts) = (vec![Vec::new(); count], vec![None; count]);
        Self { leakage, frame, designs, placebos, parts, frontier: Vec::new() }
    }

    /// Finds the placebos and the arms of the split, on the first paths.
    pub(super) fn tune(&mut self, lab: &mut Lab<'_>, plan: &Plan) {
        let (options, baseline) = (&plan.experiment, &plan.designs[0]);
        let paths = options.tuned_on();
        let bench = Bench { baseline, leakage: self.leakage, paths, top: self.top(lab, paths) };
        let matched: Vec<usize> =
            (1..self.designs.len()).filter(|at| has_placebos(&plan.designs[*at])).collect();
        let quiet_cast = self.quiet_cast(lab, plan);
        let quiet: Vec<ArmId> = matched
            .iter()
            .map(|at| self.quiet(lab, &plan.designs[*at], Cast::WithoutSellers))
            .collect();
        lab.run("designs without sellers of gamma", &quiet, paths);
        let (mut searches, mut uses) = (Vec::new(), Vec::new());
        let mut search = |lab: &Lab<'_>, of, rule, matching, cast, used| {
            if let Some(target) = measure(lab, of, matching, paths) {
                searches.push(Search::new((rule, matching, cast), target));
                uses.push(used);
            }
        };
        for (at, quiet) in matched.iter().zip(&quiet) {
            let design = self.designs[*at];
            for (rule, matching) in
                RULES.iter().flat_map(|rule| options.matchings.iter().map(move |m| (*rule, *m)))
            {
                search(lab, design, rule, matching, Cast::All, (*at, Use::Placebo));
            }
            let refusal = Matching::Refusal;
            search(lab, design, Rule::Thin, refusal, Cast::All, (*at, Use::Thin));
            search(lab, *quiet, Rule::Thin, refusal, quiet_cast, (*at, Use::QuietThin));
        }
        bench.tune(lab, &mut searches);
        let mut thins = vec![(None, None); self.designs.len()];
        for (search, (at, used)) in searches.into_iter().zip(uses) {
            let found = search.best.filter(|_| search.within_reach());
            let arm = found.map(|(strength, _)| bench.arm(lab, search.rule, strength, search.cast));
            match used {
                Use::Placebo => self.placebos[at].push(Placebo { search, arm }),
                Use::Thin => thins[at].0 = arm,
                Use::QuietThin => thins[at].1 = arm,
            }
        }
        for (at, quiet) in matched.iter().zip(&quiet) {
            if let (Some(thin), Some(quiet_thin)) = thins[*at] {
                let quiet_baseline = self.quiet(lab, baseline, quiet_cast);
                self.parts[*at] = Some(Parts { thin, quiet: *quiet, quiet_baseline, quiet_thin });
            }
        }
        self.frontier = of_placebos(lab, &bench);
    }

    /// Corrects placebos that miss on all paths what they match on the first, once, if their advantage
    /// comes within [`NEAR`] of the least: the others would not change the claim.
    pub(super) fn correct(&mut self, lab: &mut Lab<'_>, plan: &Plan, paths: u32) {
        let Some(board) = self.outline(lab, plan, paths) else { return };
        let frame = self.frame;
        if board.loop_to_dampen(frame).is_err() {
            return;
        }
        let bench = Bench {
            baseline: &plan.designs[0],
            leakage: self.leakage,
            paths,
            top: self.top(lab, plan.experiment.tuned_on()),
        };
        let mut better = Vec::new();
        for at in 1..self.designs.len() {
            let design = self.designs[at];
            let ahead = |placebo: &Placebo| {
                board.value(|means| board.advantage(means, frame, (design, placebo.arm?)))
            };
            let least = self.placebos[at].iter().filter_map(&ahead).reduce(f64::min);
            for (place, placebo) in self.placebos[at].iter().enumerate() {
                let matching = placebo.search.matching;
                let near = ahead(placebo).zip(least).is_some_and(|(own, least)| own - least < NEAR);
                let values = placebo.arm.filter(|_| near).and_then(|arm| {
                    let value = |arm| measure(lab, arm, matching, paths);
                    value(arm).zip(value(design))
                });
                let Some((value, target)) = values else { continue };
                if let Some(strength) = placebo.search.corrected(value, target) {
                    let missed = (value - target).abs();
                    better.push((at, place, strength, (target, missed)));
                }
            }
        }
        let arm = |lab: &mut Lab<'_>, at: usize, place: usize, strength| {
            let search = &self.placebos[at][place].search;
            bench.arm(lab, search.rule, strength, search.cast)
        };
        let arms: Vec<ArmId> = better
            .iter()
            .map(|(at, place, strength, _)| arm(lab, *at, *place, *strength))
            .collect();
        lab.run("placebos corrected", &arms, paths);
        for ((at, place, strength, (target, missed)), arm) in better.into_iter().zip(arms) {
            let placebo = &mut self.placebos[at][place];
            let value = measure(lab, arm, placebo.search.matching, paths);
            if let Some(value) = value.filter(|value| (value - target).abs() < missed) {
                placebo.search.best = Some((strength, value));
                placebo.arm = Some(arm);
            }
        }
    }

    /// The points of the designs' own strengths.
    pub(super) fn sweep(&mut self, lab: &mut Lab<'_>, plan: &Plan) {
        let designs: Vec<(ArmId, &Design)> = (self.designs.iter().zip(&plan.designs).skip(1))
            .filter(|(_, design)| has_placebos(design))
            .map(|(arm, design)| (*arm, design))
            .collect();
        let mut points = of_designs(lab, &designs, &plan.experiment.frontier, self.leakage);
        points.append(&mut self.frontier);
        self.frontier = points;
        let arms: Vec<ArmId> = self.frontier.iter().map(|point| point.arm).collect();
        lab.run("frontiers", &arms, plan.experiment.tuned_on());
    }

    /// Every arm whose paths are all run.
    pub(super) fn arms(&self) -> Vec<ArmId> {
        let mut arms = vec![self.frame.open];
        arms.extend(&self.designs);
        arms.extend(self.placebos.iter().flatten().filter_map(|placebo| placebo.arm));
        for parts in self.parts.iter().flatten() {
            arms.extend([parts.thin, parts.quiet, parts.quiet_baseline, parts.quiet_thin]);
        }
        arms.sort_unstable();
        arms.dedup();
        arms
    }

    /// Everything by path.
    pub(super) fn board(&self, lab: &Lab<'_>, plan: &Plan, paths: u32) -> Option<Board> {
        let all = quantities(plan.scenario.horizons.len());
        let luck = (plan.scenario.seed, plan.experiment.resamples);
        Board::new(lab, (&self.arms(), &all), paths, luck)
    }

    /// What the headline needs, to see how well it is known.
    pub(super) fn outline(&self, lab: &Lab<'_>, plan: &Plan, paths: u32) -> Option<Board> {
        let few = [Quantity::Squares(self.frame.horizon), Quantity::Unstable];
        let luck = (plan.scenario.seed, plan.experiment.resamples);
        Board::new(lab, (&self.arms(), &few), paths, luck)
    }

    /// Half of the widest interval of what the headline claims; none if nothing is dampened.
    pub(super) fn half_width(&self, board: &Board) -> Option<f64> {
        board.loop_to_dampen(self.frame).ok()?;
        let width = |at: &usize| {
            let counted = self.placebos[*at].iter();
            let claim = board.claim(self.frame, self.designs[*at], counted);
            let dampening =
                || board.estimate(|means| board.dampening(means, self.frame, self.designs[*at]));
            let found = match self.placebos[*at].iter().any(|placebo| placebo.arm.is_some()) {
                true => claim.map(|claim| claim.of_least),
                false => dampening(),
            };
            found?.interval.map(|interval| interval.half_width())
        };
        (1..self.designs.len()).filter_map(|at| width(&at)).reduce(f64::max)
    }

    /// The baseline's greatest gain on the first paths.
    fn top(&self, lab: &Lab<'_>, paths: u32) -> f64 {
        let records = lab.records(self.frame.baseline).iter().take(paths as usize);
        let gains = records.filter_map(|record| record.as_ref().ok());
        gains.fold(0.0, |top, record| f64::max(top, real(record.gain_max)))
    }

    /// The cast of the baseline without sellers: if its quotes do not depend on its book and nobody
    /// sold to it, sellers would do nothing there or under any rule that only refuses.
    fn quiet_cast(&self, lab: &Lab<'_>, plan: &Plan) -> Cast {
        let baseline = &plan.designs[0];
        let blind = baseline.params.gain.theta == 0 && baseline.params.flow.strength == 0;
        let records = lab.records(self.frame.baseline);
        let sold_to = |record: &crate::experiment::record::Record| record.bought.trades > 0;
        match blind && !records.iter().flatten().any(sold_to) {
            true => Cast::All,
            false => Cast::WithoutSellers,
        }
    }

    fn quiet(&self, lab: &mut Lab<'_>, design: &Design, cast: Cast) -> ArmId {
        let label = format!("{} at leakage {} without sellers", design.name, self.leakage);
        let (design, leakage) = (design.clone(), self.leakage);
        lab.arm(Arm { label, design, feedback: true, leakage, cast }, 0)
    }
}

/// Whether placebos are matched to a design: to all whose rule is the engine's own. Peers are
/// compared as they are.
pub(super) fn has_placebos(design: &Design) -> bool {
    design.markup.is_none()
}
