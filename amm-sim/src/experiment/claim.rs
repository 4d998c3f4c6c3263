//! What dampening is left once simpler rules have had their share, and what it is made of.
//!
//! The claim is the least advantage D − D_P over the placebos (a mark-up for buyers, a volatility lifted
//! for buyers and sellers, random refusal, a cap, a delay) and all matchings that can be reached. Two
//! intervals are given: with the placebo that is the least on the sample (BCa), and of the least
//! itself, chosen anew in every resample (percentiles). The second knows that the least was chosen by
//! its luck; the headline has it.
//!
//! Dampening is split by swapping rules in, with D′ measured in the world without those who sell gamma
//! when it pays, against the baseline there:
//!
//! * refusal: D of random refusal at the same share of demand not served;
//! * timing: D′ of the rule less D′ of random refusal at that rule's share there: what it gains by
//!   whom it serves when, with nobody to attract;
//! * attraction: the rest: what those bring who come because it pays.

use crate::experiment::board::Board;
use crate::experiment::gains::Frame;
use crate::experiment::lab::ArmId;
use crate::experiment::tune::Search;
use crate::stats::{Estimate, Means};

/// A search with the arm that has its strength.
#[derive(Clone, Debug)]
pub(super) struct Placebo {
    pub(super) search: Search,
    /// None if it cannot be matched.
    pub(super) arm: Option<ArmId>,
}

/// What is left of a design's dampening.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// The placebo of the least advantage on the sample.
    pub(super) least: Placebo,
    /// With the interval for that placebo.
    pub(super) fixed: Estimate,
    /// The same value with the interval of the least itself.
    pub(super) of_least: Estimate,
    /// Placebos and matchings that were matched.
    pub(super) counted: usize,
}

/// Arms of the split: all of them, or why there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// Random refusal at the design's share.
    pub(super) thin: ArmId,
    /// The design without sellers, and the baseline there.
    pub(super) quiet: ArmId,
    pub(super) quiet_baseline: ArmId,
    /// Random refusal there at that share.
    pub(super) quiet_thin: ArmId,
}

/// Dampening by cause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Causes {
    pub(super) refusal: Estimate,
    pub(super) attraction: Estimate,
    pub(super) timing: Estimate,
}

impl Board {
    /// The advantage of a design over a placebo.
    pub(super) fn advantage(
        &self,
        means: Means<'_>,
        frame: Frame,
        (design, placebo): (ArmId, ArmId),
    ) -> Option<f64> {
        Some(self.dampening(means, frame, design)? - self.dampening(means, frame, placebo)?)
    }

    /// The claim of a design over its placebos; `None` if none can be matched or nothing be dampened.
    pub(super) fn claim<'a>(
        &self,
        frame: Frame,
        design: ArmId,
        all: impl IntoIterator<Item = &'a Placebo>,
    ) -> Option<Claim> {
        let matched = |placebo: &'a Placebo| Some((placebo, placebo.arm?));
        let arms: Vec<(&Placebo, ArmId)> = all.into_iter().filter_map(matched).collect();
        let over = |arm| self.estimate(|means| self.advantage(means, frame, (design, arm)));
        let mut least: Option<(&Placebo, Estimate)> = None;
        for (placebo, arm) in &arms {
            let advantage = over(*arm)?;
            if least.as_ref().is_none_or(|(_, best)| advantage.value < best.value) {
                least = Some((*placebo, advantage));
            }
        }
        let (least, fixed) = least?;
        let of_least = self.estimate_rough(|means| {
            let each = arms.iter().map(|(_, arm)| self.advantage(means, frame, (design, *arm)));
            each.collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)
        })?;
        Some(Claim { least: least.clone(), fixed, of_least, counted: arms.len() })
    }

    /// Dampening by cause.
    pub(super) fn causes(&self, frame: Frame, design: ArmId, parts: Parts) -> Option<Causes> {
        let quiet = Frame { baseline: parts.quiet_baseline, ..frame };
        let refusal = |means: Means<'_>| self.dampening(means, frame, parts.thin);
        let timing =
            |means: Means<'_>| self.advantage(means, quiet, (parts.quiet, parts.quiet_thin));
        let whole = |means: Means<'_>| self.dampening(means, frame, design);
        Some(Causes {
            refusal: self.estimate(refusal)?,
            timing: self.estimate(timing)?,
            attraction: self
                .estimate(|means| Some(whole(means)? - refusal(means)? - timing(means)?))?,
        })
    }
}
