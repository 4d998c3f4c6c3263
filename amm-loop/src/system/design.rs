//! How a system is run: what an experiment compares.

use alloc::string::String;
use alloc::vec::Vec;

use amm_core::num::{Real, Seconds, Size, serde_real};
use amm_core::risk::funding::FundingParams;
use amm_core::risk::liquidation::Budget;
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::{BreakerRule, MarginRule, Scenario, Stress, SystemError};
use crate::units::size;

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
    /// The least that restores a buffer, and no more in a block than a budget lets go. Whoever is let in first
    /// has the first of the budget: keepers race, which the core's proportional shares do not.
    Gradual {
        /// What is restored beyond what is asked, in hundredths of a per cent of it: 1 to 10,000. Of a loan
        /// it is what health exceeds one by.
        buffer_bps: u32,
        /// What all sales of a block may move spot by.
        budget: Budget,
    },
}

/// How the crowd's funding rate follows its position, by the day.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FundingRule {
    /// By velocity alone, an oscillator without damping: what `amm_core` refuses to be set to, and what it is
    /// compared with.
    Velocity {
        /// v: what the rate rises by in a day while the crowd is as large as its scale, 0 to 1000.
        #[serde(with = "serde_real")]
        velocity: Real,
    },
    /// The rule of `amm_core`, with the crowd's scale and response. It is refused where the damping ratio
    /// k·√β/(2√v) is under one.
    Damped {
        /// v, as above.
        #[serde(with = "serde_real")]
        velocity: Real,
        /// k: what the rate has on top for the position itself, 0 to 10.
        #[serde(with = "serde_real")]
        proportional: Real,
        /// The furthest that velocity may take the rate either way, 0 to 10.
        #[serde(with = "serde_real")]
        limit: Real,
        /// What a rise by the whole scale at once adds at first, 0 to 10.
        #[serde(with = "serde_real")]
        surge: Real,
        /// How long a rise of the whole scale is a surge.
        surge_time: Seconds,
    },
}

impl FundingRule {
    /// The core's parameters for a scenario's crowd; `None` for velocity alone.
    pub(super) fn params(&self, scenario: &Scenario) -> Result<Option<FundingParams>, SystemError> {
        let Self::Damped { velocity, proportional, limit, surge, surge_time } = *self else {
            return Ok(None);
        };
        let (scale, response) = (size(scenario.crowd.scale)?, scenario.crowd.response);
        let params =
            FundingParams { scale, velocity, proportional, limit, surge, surge_time, response };
        Ok(Some(params))
    }
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
            breaker: BreakerRule::watched(),
            stress: Stress::Off,
            funding: FundingRule::Velocity { velocity: Real::lit("0.1") },
        }
    }

    /// The baseline with gradual liquidation: a tenth over what is asked, half a per cent of spot a block.
    pub fn gradual() -> Self {
        let budget = Budget { move_bps: 50, least: Size::from_atoms(Size::SCALE / 100) };
        let liquidation = Liquidation::Gradual { buffer_bps: 1_000, budget };
        Self { name: "gradual".into(), liquidation, ..Self::baseline() }
    }

    /// The baseline with dynamic margin.
    pub fn dynamic() -> Self {
        Self { name: "dynamic".into(), margin: MarginRule::limited(), ..Self::baseline() }
    }

    /// The baseline with dynamic margin that has no speed limit.
    pub fn abrupt() -> Self {
        let mut margin = MarginRule::limited();
        if let MarginRule::Dynamic { rise_per_second, .. } = &mut margin {
            *rise_per_second = Real::ONE;
        }
        Self { name: "abrupt".into(), margin, ..Self::baseline() }
    }

    /// The baseline with a breaker: while it halts, liquidations go by auction.
    pub fn breaker() -> Self {
        Self { name: "breaker".into(), breaker: BreakerRule::acting(), ..Self::baseline() }
    }

    /// The same without the auction: while it halts, nobody is liquidated.
    pub fn halt() -> Self {
        let breaker = BreakerRule { auctions: false, ..BreakerRule::acting() };
        Self { name: "halt".into(), breaker, ..Self::baseline() }
    }

    /// The baseline with dynamic margin that a stress score raises ahead.
    pub fn predictive() -> Self {
        Self { name: "predictive".into(), stress: Stress::predicted(), ..Self::dynamic() }
    }

    /// The baseline with funding that is damped, and no more than just: the built-in scenarios' crowds have β = 10, so
    /// ζ = 1.05.
    pub fn damped() -> Self {
        let funding = FundingRule::Damped {
            velocity: Real::lit("0.1"),
            proportional: Real::lit("0.21"),
            limit: Real::ONE,
            surge: Real::lit("0.1"),
            surge_time: Seconds::new(14_400).unwrap_or(Seconds::MAX),
        };
        Self { name: "damped".into(), funding, ..Self::baseline() }
    }

    /// All of it: gradual, predictive, breaker and damped.
    pub fn active() -> Self {
        Self {
            name: "active".into(),
            liquidation: Self::gradual().liquidation,
            breaker: Self::breaker().breaker,
            funding: Self::damped().funding,
            ..Self::predictive()
        }
    }

    /// All of those above.
    pub fn all() -> Vec<Self> {
        Vec::from([
            Self::baseline(),
            Self::gradual(),
            Self::dynamic(),
            Self::abrupt(),
            Self::breaker(),
            Self::halt(),
            Self::predictive(),
            Self::damped(),
            Self::active(),
        ])
    }

    /// One of those above, by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|design| design.name == name)
    }

    /// Checks its numbers, and that its funding does not swing in a scenario.
    ///
    /// # Errors
    ///
    /// [`SystemError`] names the one that is out of range.
    pub fn check(&self, scenario: &Scenario) -> Result<(), SystemError> {
        let some = Real::lit("0.000001");
        match self.liquidation {
            Liquidation::AtOnce { share, deep } => {
                within("share sold at once", share, some, Real::ONE)?;
                within("health of a deep loss", deep, Real::ZERO, Real::ONE)?;
            }
            Liquidation::Gradual { buffer_bps, budget } => {
                let most = Real::from_num(10_000);
                within("buffer to restore in bps", Real::from_num(buffer_bps), Real::ONE, most)?;
                budget.check()?;
                scenario.lending.terms(buffer_bps).check()?;
            }
        }
        self.margin.check()?;
        self.breaker.check()?;
        self.stress.check()?;
        if let FundingRule::Velocity { velocity } = self.funding {
            within("velocity of funding", velocity, Real::ZERO, Real::lit("1000"))?;
        }
        match self.funding.params(scenario)? {
            Some(params) if scenario.crowd.scale > 0 => Ok(params.check()?),
            _ => Ok(()),
        }
    }
}
