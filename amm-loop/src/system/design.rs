//! How a system is run: what an experiment compares.

use alloc::string::String;

use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::{BreakerRule, MarginRule, Stress, SystemError};

/// How much of a position is sold.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Liquidation {
    /// A share at once, and all of it once there is nothing left to stand behind it, or a loan's
    /// health is under `deep`.
    AtOnce {
        /// The close factor, above 0 and to 1; one half is what has been usual.
        #[serde(with = "serde_real")]
        share: Real,
        /// Health under which a loan is closed whole, 0 to 1; 0.95.
        #[serde(with = "serde_real")]
        deep: Real,
    },
    /// The least that restores a buffer, and no more in a block than moves spot by an impact budget.
    Gradual {
        /// Health to restore, over what is asked: above 1 and to 2.
        #[serde(with = "serde_real")]
        target: Real,
        /// What all sales of a block may move ln spot by, above 0 and to 1.
        #[serde(with = "serde_real")]
        budget: Real,
    },
}

/// How the crowd's funding rate follows its position, by the day.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FundingRule {
    /// v: what the rate rises by in a day while the crowd is as large as its scale, 0 to 1000. By
    /// itself it makes an oscillator without damping.
    #[serde(with = "serde_real")]
    pub velocity: Real,
    /// k: what the rate has on top for the position itself, 0 to 1000. With a response β the damping
    /// ratio is k·√β/(2√v).
    #[serde(with = "serde_real")]
    pub proportional: Real,
}

/// How a system is run.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// In a word.
    pub name: String,
    /// How much is sold.
    pub liquidation: Liquidation,
    /// How much margin is asked.
    pub margin: MarginRule,
    /// When trading is restrained.
    pub breaker: BreakerRule,
    /// What is known ahead.
    pub stress: Stress,
    /// What the crowd pays.
    pub funding: FundingRule,
}

impl Design {
    /// Half at once, fixed margin, no breaker, nothing known ahead, funding by velocity alone.
    pub fn baseline() -> Self {
        Self {
            name: "static".into(),
            liquidation: Liquidation::AtOnce { share: Real::lit("0.5"), deep: Real::lit("0.95") },
            margin: MarginRule::Fixed,
            breaker: BreakerRule::WATCHED,
            stress: Stress::Off,
            funding: FundingRule { velocity: Real::lit("0.1"), proportional: Real::ZERO },
        }
    }

    /// The baseline with gradual liquidation.
    pub fn gradual() -> Self {
        let liquidation =
            Liquidation::Gradual { target: Real::lit("1.1"), budget: Real::lit("0.005") };
        Self { name: "gradual".into(), liquidation, ..Self::baseline() }
    }

    /// The baseline with dynamic margin.
    pub fn dynamic() -> Self {
        let margin = MarginRule::Dynamic {
            z: Real::lit("3"),
            mpor_s: 3600,
            most: Real::lit("0.3"),
            per_hour: Real::lit("0.01"),
        };
        Self { name: "dynamic".into(), margin, ..Self::baseline() }
    }

    /// The baseline with dynamic margin that has no speed limit.
    pub fn abrupt() -> Self {
        let mut design = Self::dynamic();
        design.name = "abrupt".into();
        if let MarginRule::Dynamic { per_hour, .. } = &mut design.margin {
            *per_hour = Real::lit("3600");
        }
        design
    }

    /// The baseline with a breaker.
    pub fn breaker() -> Self {
        let breaker = BreakerRule { acts: true, ..BreakerRule::WATCHED };
        Self { name: "breaker".into(), breaker, ..Self::baseline() }
    }

    /// The baseline with dynamic margin that a stress score raises ahead.
    pub fn predictive() -> Self {
        let stress = Stress::Ratio {
            start: Real::ONE,
            full: Real::lit("3"),
            half_life_s: 21_600,
            lift: Real::lit("1.5"),
        };
        Self { name: "predictive".into(), stress, ..Self::dynamic() }
    }

    /// The baseline with funding that is damped.
    pub fn damped() -> Self {
        let funding = FundingRule { velocity: Real::lit("0.1"), proportional: Real::lit("0.5") };
        Self { name: "damped".into(), funding, ..Self::baseline() }
    }

    /// All of it.
    pub fn active() -> Self {
        Self {
            name: "active".into(),
            liquidation: Self::gradual().liquidation,
            breaker: Self::breaker().breaker,
            funding: Self::damped().funding,
            ..Self::predictive()
        }
    }

    /// One of those above, by its name.
    pub fn named(name: &str) -> Option<Self> {
        let known = [
            Self::baseline(),
            Self::gradual(),
            Self::dynamic(),
            Self::abrupt(),
            Self::breaker(),
            Self::predictive(),
            Self::damped(),
            Self::active(),
        ];
        known.into_iter().find(|design| design.name == name)
    }

    /// Checks its numbers.
    ///
    /// # Errors
    ///
    /// [`SystemError`] names the one that is out of range.
    pub fn check(&self) -> Result<(), SystemError> {
        let some = Real::lit("0.000001");
        match self.liquidation {
            Liquidation::AtOnce { share, deep } => {
                within("share sold at once", share, some, Real::ONE)?;
                within("health of a deep loss", deep, Real::ZERO, Real::ONE)?;
            }
            Liquidation::Gradual { target, budget } => {
                within("buffer to restore", target, Real::ONE + some, Real::lit("2"))?;
                within("impact budget", budget, some, Real::ONE)?;
            }
        }
        self.margin.check()?;
        self.breaker.check()?;
        self.stress.check()?;
        let most = Real::lit("1000");
        within("velocity of funding", self.funding.velocity, Real::ZERO, most)?;
        within("proportional funding", self.funding.proportional, Real::ZERO, most)?;
        Ok(())
    }
}
