//! How the engine reacts to risk: what it is set to.

use crate::engine::ParamsError;
use crate::num::{OutOfRange, Real, Seconds};
use crate::risk::breaker::{BreakerParams, GateParams, Limits};
use crate::risk::funding::FundingParams;
use crate::risk::liquidation::{AuctionParams, Budget};
use crate::risk::margin::{AssetList, MarginParams};
use crate::signals::PredictorParams;

/// What stands behind short options.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::large_enum_variant, reason = "copied with the parameters it is the bulk of")]
pub enum MarginRule {
    /// The most that they can come to cost: nobody is ever liquidated.
    #[default]
    Full,
    /// Margin for the moves of a day or so: an account that comes to have less is auctioned.
    Margin(MarginParams),
}

impl MarginRule {
    /// The margin's parameters, if that is the rule.
    pub const fn params(&self) -> Option<&MarginParams> {
        match self {
            Self::Full => None,
            Self::Margin(params) => Some(params),
        }
    }
}

/// What reacts when the market turns. By default nothing does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RiskParams {
    /// What stands behind short options.
    pub margin: MarginRule,
    /// What stands as collateral beside cash and the underlying, where margin is the rule; none where
    /// all is backed in full. A number keeps its meaning for as long as anyone holds units of it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub assets: AssetList,
    /// How accounts without their margin are auctioned.
    pub auction: AuctionParams,
    /// How much may be liquidated at one time of the engine's clock.
    pub budget: Budget,
    /// When trading stops by degrees; without it, never.
    pub breaker: Option<BreakerParams>,
    /// When liquidity may come and go; without them, at every market update.
    pub gates: Option<GateParams>,
    /// How much of one series and of one expiry the pool may hold, what reduces apart; without them, any.
    pub limits: Option<Limits>,
    /// What is foreseen, and by how much it raises θ, spread and margin; without it, by nothing.
    pub prediction: Option<PredictorParams>,
    /// What the crowded side of the traders' delta pays for it; without it, nothing. It asks for margin:
    /// behind full collateral there is nothing that an unpaid sum could be taken from.
    pub funding: Option<FundingParams>,
    /// What a move of spot or of implied volatility is measured over, at least: 1 s or more.
    pub horizon: Seconds,
    /// How long a draw on the insurance fund counts: 1 s or more.
    pub memory: Seconds,
}

impl Default for RiskParams {
    /// Full collateral in cash and the underlying, and nothing that reacts; moves over five minutes, draws over a day.
    fn default() -> Self {
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        Self {
            margin: MarginRule::Full,
            assets: AssetList::default(),
            auction: AuctionParams::default(),
            budget: Budget::default(),
            breaker: None,
            gates: None,
            limits: None,
            prediction: None,
            funding: None,
            horizon: seconds(300),
            memory: seconds(86_400),
        }
    }
}

impl RiskParams {
    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`ParamsError`] of the part that is wrong.
    pub fn check(&self) -> Result<(), ParamsError> {
        self.margin.params().map_or(Ok(()), MarginParams::check)?;
        if self.margin.params().is_none() && !self.assets.is_empty() {
            return Err(ParamsError::Assets { assets: self.assets.len() });
        }
        self.auction.check()?;
        self.budget.check()?;
        self.breaker.iter().try_for_each(BreakerParams::check)?;
        self.gates.iter().try_for_each(GateParams::check)?;
        self.limits.iter().try_for_each(Limits::check)?;
        self.prediction.iter().try_for_each(PredictorParams::check)?;
        self.funding.iter().try_for_each(FundingParams::check)?;
        if self.funding.is_some() && self.margin.params().is_none() {
            return Err(ParamsError::Rule { what: "funding of what is collateralised in full" });
        }
        let (min, max) = (Real::ONE, Real::from_num(Seconds::MAX.get()));
        let spans =
            [("horizon of moves", self.horizon), ("memory of draws on the fund", self.memory)];
        for (what, span) in spans {
            let got = Real::from_num(span.get());
            if got < min {
                return Err(OutOfRange { what, got, min, max }.into());
            }
        }
        Ok(())
    }

    /// Whether anyone asks what a market update reads.
    pub(in crate::engine) const fn reads(&self) -> bool {
        self.breaker.is_some() || self.gates.is_some()
    }
}
