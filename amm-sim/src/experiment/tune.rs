//! Finds the strength at which a placebo has something in common with a design.
//!
//! A grid of strengths is run first, on the calibration paths; it serves all designs and matchings.
//! Between the two neighbours that have the target between them, and that are nearest to doing
//! nothing, the gap is closed by false position (Dowell and Jarratt 1971), which is bisection that
//! looks at the values. All searches go on together, so that a round is one batch of worlds.

use amm_core::num::Real;
use amm_loop::pool::Design;

use crate::experiment::Matching;
use crate::experiment::board::{money, real};
use crate::experiment::lab::{Arm, ArmId, Cast, Lab};
use crate::experiment::placebo::Rule;
use crate::experiment::record::Record;

/// Rounds after the grid.
const ROUNDS: u32 = 5;

/// What is looked for, and what was found.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) rule: Rule,
    pub(super) matching: Matching,
    pub(super) cast: Cast,
    /// Of the design on the calibration paths.
    pub(super) target: f64,
    /// The strength with the value nearest to the target, and that value.
    pub(super) best: Option<(Real, f64)>,
    /// Whether that value is the target's, as nearly as it is asked for.
    pub(super) reached: bool,
    /// By how much the value rises with strength, between the two neighbours of the grid.
    slope: Option<f64>,
    /// The greatest value on the grid, without its sign.
    scale: f64,
    bracket: Option<[(f64, f64); 2]>,
    /// The end that stayed last time.
    stayed: Option<usize>,
}

/// Where placebos are tuned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bench<'a> {
    pub(super) baseline: &'a Design,
    pub(super) leakage: Real,
    pub(super) paths: u32,
    /// The baseline's greatest gain.
    pub(super) top: f64,
}

impl Search {
    pub(super) fn new((rule, matching, cast): (Rule, Matching, Cast), target: f64) -> Self {
        let (best, slope, bracket, stayed) = (None, None, None, None);
        let (reached, scale) = (false, 0.0);
        Self { rule, matching, cast, target, best, reached, slope, scale, bracket, stayed }
    }

    /// How near is near enough: half a per cent of the volume, 0.003 of demand, one per cent of the
    /// profit and at least what a thousandth of the greatest profit on the grid is.
    fn close(&self, target: f64) -> f64 {
        match self.matching {
            Matching::Volume => 0.005 * target.abs(),
            Matching::Refusal => 0.003,
            Matching::Profit => (0.01 * target.abs()).max(0.001 * self.scale),
        }
    }

    fn see(&mut self, strength: Real, value: f64) {
        let away = |value: f64| (value - self.target).abs();
        if self.best.is_none_or(|(_, best)| away(value) < away(best)) {
            self.best = Some((strength, value));
            self.reached = away(value) <= self.close(self.target);
        }
    }

    /// Takes the bracket nearest to the grid's least effect.
    fn enclose(&mut self, grid: &[(Real, f64)], least: usize) {
        self.scale = grid.iter().fold(0.0_f64, |most, (_, value)| most.max(value.abs()));
        for (strength, value) in grid {
            self.see(*strength, *value);
        }
        let distance = |at: usize| (2 * at + 1).abs_diff(2 * least);
        let crossing = (0..grid.len().saturating_sub(1))
            .filter(|at| (grid[*at].1 - self.target) * (grid[*at + 1].1 - self.target) <= 0.0)
            .min_by_key(|at| distance(*at));
        let end = |at: usize| (real(grid[at].0), grid[at].1 - self.target);
        self.bracket = crossing.map(|at| [end(at), end(at + 1)]);
        self.slope = self.bracket.map(|[(a, f_a), (b, f_b)]| (f_b - f_a) / (b - a));
    }

    /// Whether the placebo can be matched: the target was met, or lies between the values of two
    /// strengths. Then the nearest strength that was tried stands for it, however far a jump between
    /// them keeps it from the target: to leave it out would flatter the design.
    pub(super) fn within_reach(&self) -> bool {
        self.reached || self.slope.is_some()
    }

    /// A strength that should do better on other paths, on which the one that was found has this value
    /// and the design that one: by the slope between neighbours. None if it does well enough.
    pub(super) fn corrected(&self, value: f64, target: f64) -> Option<Real> {
        let (strength, _) = self.best?;
        let slope = self.slope.filter(|slope| *slope != 0.0)?;
        let miss = value - target;
        let better = self.rule.rounded(real(strength) - miss / slope)?;
        let sensible = self.rule.admits(better);
        (miss.abs() > self.close(target) && better != strength && sensible).then_some(better)
    }

    /// The next strength to try, unless it has been found or there is none.
    fn next(&self) -> Option<Real> {
        let [(a, f_a), (b, f_b)] = self.bracket.filter(|_| !self.reached)?;
        let between = if f_b == f_a { (a + b) / 2.0 } else { a - f_a * (b - a) / (f_b - f_a) };
        let strength = self.rule.rounded(between)?;
        let ends = [self.rule.rounded(a)?, self.rule.rounded(b)?];
        if !ends.contains(&strength) {
            return Some(strength);
        }
        let middle = self.rule.rounded((a + b) / 2.0)?;
        (!ends.contains(&middle)).then_some(middle)
    }

    /// Narrows the bracket. An end that stays twice counts half, so that the other one moves too.
    fn narrow(&mut self, strength: Real, value: f64) {
        self.see(strength, value);
        let Some(mut ends) = self.bracket else { return };
        let miss = value - self.target;
        let moved = usize::from(miss * ends[0].1 <= 0.0);
        ends[moved] = (real(strength), miss);
        let stays = 1 - moved;
        if self.stayed == Some(stays) {
            ends[stays].1 /= 2.0;
        }
        (self.bracket, self.stayed) = (Some(ends), Some(stays));
    }
}

impl Bench<'_> {
    /// A placebo's arm.
    pub(super) fn arm(&self, lab: &mut Lab<'_>, rule: Rule, strength: Real, cast: Cast) -> ArmId {
        let design = rule.over(self.baseline, strength);
        let mut label = format!("placebo {} at leakage {}", design.name, self.leakage);
        if cast == Cast::WithoutSellers {
            label.push_str(" without sellers");
        }
        lab.arm(Arm { label, design, feedback: true, leakage: self.leakage, cast }, 0)
    }

    /// Runs all searches to their end.
    pub(super) fn tune(&self, lab: &mut Lab<'_>, searches: &mut [Search]) {
        let blocks = lab.cast(Cast::All).blocks;
        let mut grids: Vec<Vec<(Real, ArmId)>> = Vec::new();
        for search in searches.iter() {
            let (grid, _) = search.rule.grid(self.top, blocks);
            let arms = |s: Real| (s, self.arm(lab, search.rule, s, search.cast));
            grids.push(grid.into_iter().map(arms).collect());
        }
        let all: Vec<ArmId> = grids.iter().flatten().map(|(_, arm)| *arm).collect();
        lab.run("placebos at strengths of a grid", &all, self.paths);
        for (search, grid) in searches.iter_mut().zip(&grids) {
            let value = |arm| measure(lab, arm, search.matching, self.paths);
            let grid: Vec<(Real, f64)> =
                grid.iter().filter_map(|(s, arm)| Some((*s, value(*arm)?))).collect();
            let (_, least) = search.rule.grid(self.top, blocks);
            search.enclose(&grid, least);
        }
        for round in 1..=ROUNDS {
            let next: Vec<(usize, Real, ArmId)> = (0..searches.len())
                .filter_map(|at| Some((at, searches[at].next()?)))
                .map(|(at, s)| (at, s, self.arm(lab, searches[at].rule, s, searches[at].cast)))
                .collect();
            if next.is_empty() {
                return;
            }
            let arms: Vec<ArmId> = next.iter().map(|(_, _, arm)| *arm).collect();
            lab.run(&format!("matching placebos, round {round}"), &arms, self.paths);
            for (at, strength, arm) in next {
                let matching = searches[at].matching;
                match measure(lab, arm, matching, self.paths) {
                    Some(value) => searches[at].narrow(strength, value),
                    None => searches[at].bracket = None,
                }
            }
        }
    }
}

/// What a matching compares, of an arm's first paths: mean vega traded, the share of vega wanted that
/// was not served, the mean profit. `None` if it ran through on no path, or nobody wanted anything.
pub(super) fn measure(lab: &Lab<'_>, arm: ArmId, matching: Matching, paths: u32) -> Option<f64> {
    let records: Vec<&Record> = lab
        .records(arm)
        .iter()
        .take(paths as usize)
        .filter_map(|record| record.as_ref().ok())
        .collect();
    let sum = |of: &dyn Fn(&Record) -> f64| records.iter().map(|record| of(record)).sum::<f64>();
    let count = records.len() as f64;
    if records.is_empty() {
        return None;
    }
    match matching {
        Matching::Volume => Some(sum(&|r| real(r.sold.vega) + real(r.bought.vega)) / count),
        Matching::Refusal => {
            let wanted = sum(&|r| real(r.demand.wanted));
            (wanted > 0.0).then(|| 1.0 - sum(&|r| real(r.demand.served)) / wanted)
        }
        Matching::Profit => Some(sum(&|r| money(r.profit)) / count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(target: f64) -> Search {
        Search::new((Rule::Thin, Matching::Refusal, Cast::All), target)
    }

    /// A curve that thinning might follow.
    fn curve(strength: f64) -> f64 {
        0.1 + 0.8 * strength * strength
    }

    #[test]
    fn a_target_inside_a_jump_is_matched_by_what_is_nearest() {
        let jump = |strength: f64| if strength < 0.4 { 0.1 } else { 0.5 };
        let (strengths, least) = Rule::Thin.grid(0.4, 864);
        let grid: Vec<(Real, f64)> = strengths.iter().map(|s| (*s, jump(real(*s)))).collect();
        let mut search = search(0.27);
        search.enclose(&grid, least);
        for _ in 0..ROUNDS {
            let Some(next) = search.next() else { break };
            search.narrow(next, jump(real(next)));
        }
        assert!(!search.reached && search.within_reach());
        assert_eq!(search.best.unwrap().1, 0.1);
    }

    #[test]
    fn a_target_within_reach_is_found_and_one_outside_is_not() {
        let (strengths, least) = Rule::Thin.grid(0.4, 864);
        let grid: Vec<(Real, f64)> = strengths.iter().map(|s| (*s, curve(real(*s)))).collect();
        for target in [0.11, 0.2, 0.4, 0.6] {
            let mut search = search(target);
            search.enclose(&grid, least);
            let mut rounds = 0;
            while let Some(next) = search.next() {
                rounds += 1;
                search.narrow(next, curve(real(next)));
            }
            let (strength, value) = search.best.unwrap();
            assert!(
                search.within_reach() && search.reached && rounds <= 3,
                "{target}: {rounds} rounds"
            );
            assert!((value - target).abs() <= 0.003 && value == curve(real(strength)));
        }
        for (target, nearest) in [(0.05, 0.1), (0.9, curve(0.9))] {
            let mut search = search(target);
            search.enclose(&grid, least);
            assert_eq!(search.next(), None);
            assert!(!search.within_reach() && search.best.unwrap().1 == nearest);
        }
    }
}
