//! What an engine may be set to.

use crate::engine::RiskParams;
use crate::fees::Fees;
use crate::num::{OutOfRange, Real, Seconds};
use crate::risk::breaker::{LevelError, LimitError, Trigger};
use crate::risk::funding::FundingError;
use crate::risk::liquidation::LiquidationError;
use crate::risk::margin::MarginError;
use crate::risk::{HedgeError, HedgePolicy};
use crate::skew::{FlowParams, Gain, SkewError};

/// How old the market's inputs may be for an order, by what the order does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Staleness {
    /// For an order that opens or grows a position.
    pub open: Seconds,
    /// For one that only closes positions: not less.
    pub close: Seconds,
}

/// The pool's design. Static, dynamic skew and active management are three of these.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Params {
    /// The charge for loop gain.
    pub gain: Gain,
    /// The charge for one-sided flow.
    pub flow: FlowParams,
    /// Spread and fee.
    pub fees: Fees,
    /// How old inputs may be.
    pub staleness: Staleness,
    /// c: the base surface's variance is at least this share of realised variance; 0 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub realised_share: Real,
    /// The half-life of realised variance.
    pub realised_half_life: Seconds,
    /// The most by which a market update may multiply or divide a depth; 1 to 1000.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub depth_step: Real,
    /// The share of the notional that the pool is short of which it must have cash to sell more, in
    /// hundredths of a per cent.
    pub backing_bps: u32,
    /// When the pool's delta is hedged.
    pub hedge: HedgePolicy,
    /// What reacts when the market turns.
    #[cfg_attr(feature = "serde", serde(default))]
    pub risk: RiskParams,
}

/// Why parameters are refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// The skew's.
    #[error(transparent)]
    Skew(#[from] SkewError),
    /// A number's range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The hedge's.
    #[error(transparent)]
    Hedge(#[from] HedgeError),
    /// The breaker's levels of a trigger do not rise, or leave no room below for letting go.
    #[error("{}: 0 < lower < widen < reduce < halt does not hold", trigger.name())]
    Levels {
        /// Of what.
        trigger: Trigger,
    },
    /// A limit of what the pool holds.
    #[error(transparent)]
    Limits(#[from] LimitError),
    /// Funding that would swing.
    #[error(
        "the damping ratio of funding is {got} at the least demand response, and 1 is the least"
    )]
    Underdamped {
        /// ζ, rounded down.
        got: Real,
    },
    /// What makes no margin rule, auction or budget.
    #[error("{what} cannot be")]
    Rule {
        /// Which.
        what: &'static str,
    },
    /// Assets stand as collateral only where margin is the rule.
    #[error("{assets} assets cannot stand as collateral where all is backed in full")]
    Assets {
        /// How many.
        assets: usize,
    },
    /// Closing must not be refused where opening is not.
    #[error("inputs of {close} s must do for closing if inputs of {open} s do for opening")]
    Staleness {
        /// For opening.
        open: Seconds,
        /// For closing.
        close: Seconds,
    },
}

impl From<MarginError> for ParamsError {
    fn from(error: MarginError) -> Self {
        match error {
            MarginError::OutOfRange(error) => Self::OutOfRange(error),
            _ => Self::Rule { what: "these scenarios" },
        }
    }
}

impl From<LiquidationError> for ParamsError {
    fn from(error: LiquidationError) -> Self {
        match error {
            LiquidationError::OutOfRange(error) => Self::OutOfRange(error),
            _ => Self::Rule { what: "a budget of less than an atom" },
        }
    }
}

impl From<FundingError> for ParamsError {
    fn from(error: FundingError) -> Self {
        match error {
            FundingError::OutOfRange(error) => Self::OutOfRange(error),
            FundingError::Underdamped { got } => Self::Underdamped { got },
            _ => Self::Rule { what: "funding of a scale of nothing" },
        }
    }
}

impl From<LevelError> for ParamsError {
    fn from(error: LevelError) -> Self {
        match error {
            LevelError::Order { trigger, .. } => Self::Levels { trigger },
            LevelError::Auction { .. } => {
                Self::Rule { what: "a breaker's auction of no contracts" }
            }
            LevelError::OutOfRange(error) => Self::OutOfRange(error),
        }
    }
}

impl Params {
    /// A pool that charges for its loop gain and for one-sided flow, with the defaults of each part:
    /// half a volatility point of half-spread, inputs of up to 60 s for opening and 600 s for
    /// closing, no floor of realised variance, depths that at most double, a tenth of the notional in
    /// cash, the hedge traded at once.
    pub fn dynamic() -> Self {
        const SPREAD: Real = Real::lit("0.005");
        const TWO: Real = Real::lit("2");
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        Self {
            gain: Gain::default(),
            flow: FlowParams::default(),
            fees: Fees { half_spread_vol: SPREAD, ..Fees::default() },
            staleness: Staleness { open: seconds(60), close: seconds(600) },
            realised_share: Real::ZERO,
            realised_half_life: seconds(86_400),
            depth_step: TWO,
            backing_bps: 1000,
            hedge: HedgePolicy::Immediate,
            risk: RiskParams::default(),
        }
    }

    /// The same pool without the two charges: it quotes the base surface and its spread, whatever
    /// its book.
    pub fn static_pool() -> Self {
        let mut params = Self::dynamic();
        params.gain.theta = Real::ZERO;
        params.flow.strength = Real::ZERO;
        params
    }

    /// The dynamic pool with its hedging buffered: it lets out at most `per_second` of the difference
    /// to its delta target.
    pub fn active(per_second: crate::num::Size) -> Self {
        Self { hedge: HedgePolicy::Buffered { per_second }, ..Self::dynamic() }
    }

    /// Checks every range, and that the two charges together leave every series its time value, at the
    /// highest stress also.
    ///
    /// # Errors
    ///
    /// [`ParamsError`].
    pub fn check(&self) -> Result<(), ParamsError> {
        self.gain.check(&self.flow)?;
        self.fees.check()?;
        self.hedge.check()?;
        self.risk.check()?;
        if let Some(prediction) = &self.risk.prediction {
            // As far as stress may raise it.
            let theta = self.gain.theta.saturating_mul(prediction.stress.theta_cap);
            Gain { theta, ..self.gain }.check(&self.flow)?;
        }
        let within = |what, got, min, max| match min <= got && got <= max {
            true => Ok(()),
            false => Err(OutOfRange { what, got, min, max }),
        };
        const FOUR: Real = Real::lit("4");
        const THOUSAND: Real = Real::lit("1000");
        const ALL: Real = Real::lit("10000");
        within("share of realised variance", self.realised_share, Real::ZERO, FOUR)?;
        within("step of a depth", self.depth_step, Real::ONE, THOUSAND)?;
        within("backing in bps", Real::from_num(self.backing_bps), Real::ZERO, ALL)?;
        let half_life = Real::from_num(self.realised_half_life.get());
        let most = Real::from_num(Seconds::MAX.get());
        within("half-life of realised variance", half_life, Real::ONE, most)?;
        let Staleness { open, close } = self.staleness;
        if close < open {
            return Err(ParamsError::Staleness { open, close });
        }
        Ok(())
    }
}
