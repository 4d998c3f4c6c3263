//! How thoroughly a comparison is run.

use amm_core::num::Real;
use amm_loop::scenario::Scenario;
use serde::{Deserialize, Serialize};

use crate::experiment::ExperimentError;
use crate::stats::RESAMPLES;

/// The table `[experiment]` of a scenario file. Every key may be left out.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Paths at first.
    pub paths: u32,
    /// The most paths. Not less than `paths`.
    pub paths_max: u32,
    /// Paths are doubled until half of the interval of every dampening, placebos taken off, is at most
    /// this. Without it `paths` are run.
    #[serde(with = "maybe")]
    pub half_width: Option<Real>,
    /// ℓ: the shares of unfilled demand that go to the outside dealer; one comparison each. The first
    /// is the headline's.
    #[serde(with = "list")]
    pub leakages: Vec<Real>,
    /// Moves of ln spot whose consequences are followed, in standard deviations of a normal day,
    /// signed.
    #[serde(with = "list")]
    pub shocks: Vec<Real>,
    /// The block of those moves; 0 is the middle of what is measured.
    pub impulse_block: u32,
    /// Whether simpler rules are matched to each design that has no rule on top of the engine's.
    pub placebos: bool,
    /// What they are made equal in.
    pub matchings: Vec<Matching>,
    /// Paths, the first ones, on which placebos are tuned and frontiers are drawn.
    pub calibration_paths: u32,
    /// Strengths of designs' own charges, as multiples of what they are.
    #[serde(with = "list")]
    pub frontier: Vec<Real>,
    /// Paths, the first ones, that are kept block by block.
    pub sample_paths: u32,
    /// Resamples of the bootstrap.
    pub resamples: u32,
    /// The span in blocks over which the headline's variance is measured: one of the scenario's
    /// horizons.
    pub headline_horizon: u32,
}

/// What a placebo is made to have in common with a design.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// Vega that the pool sold and bought.
    Volume,
    /// The share of demand, in vega, that the pool did not serve, for whatever reason.
    Refusal,
    /// What providers made.
    Profit,
}

impl Matching {
    /// For tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::Refusal => "refusal",
            Self::Profit => "profit",
        }
    }
}

impl Default for Options {
    /// 128 paths, half of the unfilled demand leaks, all placebos, shocks of ¼, 1 and 3 standard
    /// deviations either way.
    fn default() -> Self {
        const HALF: Real = Real::lit("0.5");
        const SHOCKS: [Real; 3] = [Real::lit("0.25"), Real::ONE, Real::lit("3")];
        const STRENGTHS: [Real; 6] =
            [Real::ZERO, Real::lit("0.25"), HALF, Real::ONE, Real::lit("2"), Real::lit("4")];
        Self {
            paths: 128,
            paths_max: 128,
            half_width: None,
            leakages: vec![HALF],
            shocks: SHOCKS.into_iter().flat_map(|size| [-size, size]).collect(),
            impulse_block: 0,
            placebos: true,
            matchings: vec![Matching::Volume, Matching::Refusal, Matching::Profit],
            calibration_paths: 16,
            frontier: STRENGTHS.to_vec(),
            sample_paths: 2,
            resamples: RESAMPLES,
            headline_horizon: 10,
        }
    }
}

impl Options {
    /// Checks them against a scenario.
    ///
    /// # Errors
    ///
    /// [`ExperimentError::Options`] with the reason.
    pub fn check(&self, scenario: &Scenario) -> Result<(), ExperimentError> {
        const FAR: Real = Real::lit("10");
        let wrong = |reason: String| Err(ExperimentError::Options { reason });
        if self.paths == 0 || self.paths_max < self.paths || self.paths_max > 1 << 20 {
            return wrong(format!(
                "{} paths, at most {}: at least one, and no more than a million",
                self.paths, self.paths_max
            ));
        }
        if self.leakages.is_empty() || self.leakages.iter().any(|l| *l < 0 || *l > 1) {
            return wrong("leakages are one or more shares, 0 to 1".to_owned());
        }
        if self.half_width.is_some_and(|width| width <= 0) {
            return wrong("a half-width is above 0".to_owned());
        }
        if self.shocks.iter().any(|shock| *shock == 0 || shock.abs() > FAR) {
            return wrong("shocks are not 0 and at most 10 standard deviations".to_owned());
        }
        if self.frontier.iter().any(|strength| *strength < 0 || *strength > FAR) {
            return wrong("strengths of a frontier lie in 0..=10".to_owned());
        }
        if self.calibration_paths == 0 || self.resamples == 0 || self.resamples > 100_000 {
            return wrong(
                "placebos are tuned on at least one path; 1 to 100,000 resamples".to_owned(),
            );
        }
        if !scenario.horizons.contains(&self.headline_horizon) {
            return wrong(format!(
                "headline_horizon = {} is none of the scenario's horizons {:?}",
                self.headline_horizon, scenario.horizons
            ));
        }
        if self.impulse_block >= scenario.blocks {
            return wrong(format!(
                "impulse_block = {} is not before the last of {} blocks",
                self.impulse_block, scenario.blocks
            ));
        }
        Ok(())
    }

    /// The block of the shocks.
    pub(super) fn impulse_at(&self, scenario: &Scenario) -> u32 {
        match self.impulse_block {
            0 => scenario.warmup + (scenario.blocks - scenario.warmup).div_ceil(2),
            block => block,
        }
    }

    /// Paths on which things are tuned: no more than are run.
    pub(super) fn tuned_on(&self) -> u32 {
        self.calibration_paths.min(self.paths)
    }
}

/// A decimal in a list.
#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct Decimal(#[serde(with = "amm_core::num::serde_real")] Real);

mod list {
    use super::{Decimal, Real};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(list: &[Real], out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(list.iter().map(|real| Decimal(*real)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Real>, D::Error> {
        Ok(Vec::<Decimal>::deserialize(from)?.into_iter().map(|decimal| decimal.0).collect())
    }
}

mod maybe {
    use super::{Decimal, Real};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(real: &Option<Real>, out: S) -> Result<S::Ok, S::Error> {
        real.map(Decimal).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Real>, D::Error> {
        Ok(Option::<Decimal>::deserialize(from)?.map(|decimal| decimal.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_they_are_the_same_and_unknown_keys_are_refused() {
        let options = Options { half_width: Some(Real::lit("0.01")), ..Options::default() };
        let text = toml::to_string(&options).unwrap();
        assert_eq!(toml::from_str::<Options>(&text).unwrap(), options);
        assert_eq!(toml::from_str::<Options>("").unwrap(), Options::default());
        let few: Options = toml::from_str("leakages = [\"0\", \"1\"]\npaths = 8").unwrap();
        assert_eq!((few.leakages.len(), few.paths), (2, 8));
        assert!(toml::from_str::<Options>("path = 8").is_err());
    }
}
