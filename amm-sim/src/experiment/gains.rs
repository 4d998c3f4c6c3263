//! Amplification, loop gain by three estimators, and dampening.
//!
//! * Amplification of a horizon: mean squared moves in the closed loop over those in the open one, of
//!   the same paths.
//! * Gain of the state: the mean of S²Γ/L over hedgers, blocks and paths.
//! * Gain implied by variance: 1 − 1/√amplification at the headline's horizon, from Frey and Stremme's
//!   1/(1 − a)². It weights moments by how much spot moves in them, and moves are large when markets
//!   are thin, so with depth that follows volatility it is above the state's mean.
//! * Gain by impulse: 1 − 1/R, R the response to the smallest shocks either way after as many blocks
//!   as the headline's horizon: hedgers have settled, and demand and depth have hardly moved.
//!
//! Dampening is 1 − g/g_B of the gains implied by variance; the secondary one is
//! 1 − (𝒜 − 1)/(𝒜_B − 1). Neither is a number where the baseline has no loop to dampen, or where its
//! gain passes 1: there a ratio of mean variances is ruled by the wildest path.

use crate::experiment::board::{Board, Quantity};
use crate::experiment::lab::ArmId;
use crate::experiment::record::Impulses;
use crate::stats::{Estimate, Means};

/// The open loop, the baseline, and the horizon of the headline by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) open: ArmId,
    pub(super) baseline: ArmId,
    pub(super) horizon: usize,
}

/// The least gain that there is any sense in dampening: it moves variance by a fifth of a per cent.
const GAIN_LEAST: f64 = 0.001;

/// Why there is no dampening.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Undefined {
    /// The baseline's gain is not known to be above [`GAIN_LEAST`].
    NoLoop(Option<Estimate>),
    /// The baseline's gain was above one on so many paths.
    Unstable { paths: usize, of: usize },
}

impl std::fmt::Display for Undefined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoLoop(None) => f.write_str("the open loop does not move, so there is no gain"),
            Self::NoLoop(Some(gain)) => {
                let value = gain.value;
                write!(
                    f,
                    "the baseline's gain of {value:.5} is not known to be above {GAIN_LEAST}"
                )?;
                match gain.interval {
                    Some(within) => write!(f, " (95 %: {:.5} to {:.5})", within.low, within.high),
                    None => Ok(()),
                }
            }
            Self::Unstable { paths, of } => write!(
                f,
                "the baseline's gain passes 1 on {paths} of {of} paths: see the measures of \
                 instability"
            ),
        }
    }
}

impl Board {
    /// Amplification over a horizon by its number.
    pub(super) fn amplification(
        &self,
        means: Means<'_>,
        frame: Frame,
        arm: ArmId,
        horizon: usize,
    ) -> Option<f64> {
        let open = self.of(means, frame.open, Quantity::Squares(horizon));
        (open > 0.0).then(|| self.of(means, arm, Quantity::Squares(horizon)) / open)
    }

    /// The gain implied by variance.
    pub(super) fn gain(&self, means: Means<'_>, frame: Frame, arm: ArmId) -> Option<f64> {
        let amplification = self.amplification(means, frame, arm, frame.horizon)?;
        (amplification > 0.0).then(|| 1.0 - 1.0 / amplification.sqrt())
    }

    /// Dampening by gains.
    pub(super) fn dampening(&self, means: Means<'_>, frame: Frame, arm: ArmId) -> Option<f64> {
        let baseline = self.gain(means, frame, frame.baseline)?;
        (baseline > 0.0).then(|| self.gain(means, frame, arm).map(|gain| 1.0 - gain / baseline))?
    }

    /// Dampening by amplifications.
    pub(super) fn dampening_secondary(
        &self,
        means: Means<'_>,
        frame: Frame,
        arm: ArmId,
    ) -> Option<f64> {
        let excess =
            |arm| self.amplification(means, frame, arm, frame.horizon).map(|times| times - 1.0);
        let baseline = excess(frame.baseline)?;
        (baseline > 0.0).then(|| excess(arm).map(|excess| 1.0 - excess / baseline))?
    }

    /// Dampening by the states' gains.
    pub(super) fn dampening_of_state(&self, frame: Frame, arm: ArmId) -> Option<Estimate> {
        self.estimate(|means| {
            let baseline = self.of(means, frame.baseline, Quantity::Gain);
            (baseline > 0.0).then(|| 1.0 - self.of(means, arm, Quantity::Gain) / baseline)
        })
    }

    /// Whether there is a loop to dampen, or why not.
    pub(super) fn loop_to_dampen(&self, frame: Frame) -> Result<(), Undefined> {
        let of = self.paths.len();
        let unstable = self.mean(frame.baseline, Quantity::Unstable);
        let share = unstable.map_or(0.0, |unstable| unstable.value);
        if share > 0.0 {
            // A mean of zeros and ones: the count to less than a half.
            return Err(Undefined::Unstable { paths: (share * of as f64 + 0.5) as usize, of });
        }
        let gain = self.estimate(|means| self.gain(means, frame, frame.baseline));
        match gain {
            Some(gain) if gain.is_above(GAIN_LEAST) => Ok(()),
            other => Err(Undefined::NoLoop(other)),
        }
    }

    /// The response to a shock at a mark: the move beside the path without it over the shock.
    pub(super) fn response(
        &self,
        arm: ArmId,
        (shock, mark): (usize, usize),
        ln: f64,
    ) -> Option<Estimate> {
        self.estimate(|means| Some(self.of(means, arm, Quantity::Response(shock, mark)) / ln))
    }

    /// The gain by impulse, from the smallest shocks.
    pub(super) fn gain_by_impulse(&self, arm: ArmId, impulses: &Impulses) -> Option<Estimate> {
        let smallest = impulses.shocks.iter().map(|ln| ln.abs()).min()?;
        let small: Vec<(usize, f64)> = (impulses.shocks.iter().enumerate())
            .filter(|(_, ln)| ln.abs() == smallest)
            .map(|(at, ln)| (at, crate::experiment::board::real(*ln)))
            .collect();
        self.estimate(|means| {
            let each = |(at, ln): &(usize, f64)| {
                self.of(means, arm, Quantity::Response(*at, impulses.settled)) / ln
            };
            let response = small.iter().map(each).sum::<f64>() / small.len() as f64;
            (response > 0.0).then(|| 1.0 - 1.0 / response)
        })
    }
}
