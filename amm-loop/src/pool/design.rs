//! Designs of pools: what differs between the worlds that are compared.

use alloc::string::String;

use amm_core::engine::{Params, ParamsError};
use amm_core::num::{Real, serde_real};
use amm_core::risk::HedgePolicy;
use amm_core::risk::governor::GovernorParams;
use amm_core::risk::liquidation::Curve;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::{Lyra, Markup, Utilisation};

/// A pool: the engine's parameters, a rule that prices on top of a static engine if any, how it
/// hedges, and whom it turns away.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// For tables.
    pub name: String,
    /// Of the engine. Its own hedging policy is not asked: [`Design::hedge`] is.
    pub params: Params,
    /// A rule on top of the engine's price.
    #[serde(default)]
    pub markup: Option<Markup>,
    /// Whom it turns away, on top of what the engine refuses.
    #[serde(default)]
    pub turn_away: Option<TurnAway>,
    /// How it follows its delta.
    #[serde(default)]
    pub hedge: HedgeRule,
    /// Whether it buys back gamma.
    #[serde(default)]
    pub buy_back: Option<BuyBack>,
    /// Whether its hedge meets liquidations before either reaches the market.
    #[serde(default)]
    pub netting: bool,
    /// Whether the keeper posts the gain of others' hedging to it.
    #[serde(default)]
    pub sees_outside: bool,
}

/// How a pool follows its delta.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HedgeRule {
    /// When the gap between target and hedge is traded: at once, beyond a band, or at a bounded rate. A
    /// band or a buffer delays hedging and does not remove it.
    #[serde(default = "at_once")]
    pub policy: HedgePolicy,
    /// A limit on its speed, from the loop's stability.
    #[serde(default)]
    pub governor: Option<GovernorParams>,
}

const fn at_once() -> HedgePolicy {
    HedgePolicy::Immediate
}

impl Default for HedgeRule {
    /// At once, at any speed.
    fn default() -> Self {
        Self { policy: at_once(), governor: None }
    }
}

/// A Dutch auction for gamma, open to all sellers, of each series that the pool is short of: it pays the
/// mark and a part of what the trade takes off its potential, little at first and all of it in the end.
/// It wants as much as takes its gain down to the level.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BuyBack {
    /// It begins in the block in which its loop gain comes above this, and ends when it falls back.
    #[serde(with = "serde_real")]
    pub above: Real,
    /// How the part that it keeps falls with time.
    #[serde(default)]
    pub curve: Curve,
}

/// Orders that a pool does not take: placebos, which dampen by refusal alone.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TurnAway {
    /// A share of those who want to buy, at random.
    Thin {
        /// 0 to 1.
        #[serde(with = "serde_real")]
        share: Real,
    },
    /// Those whose order would leave a loop gain above this.
    Cap {
        /// Of the whole book's dollar gamma.
        #[serde(with = "serde_real")]
        gain: Real,
    },
    /// Nobody, but everybody who wants to buy waits so many blocks and pays the price of then.
    Delay {
        /// One or more.
        blocks: u32,
    },
}

impl Design {
    fn of(name: &str, params: Params) -> Self {
        Self {
            name: name.into(),
            params,
            markup: None,
            turn_away: None,
            hedge: HedgeRule::default(),
            buy_back: None,
            netting: false,
            sees_outside: false,
        }
    }

    /// Quotes the outside surface and its spread, whatever its book.
    pub fn static_pool() -> Self {
        Self::of("static", Params::static_pool())
    }

    /// Charges for its loop gain and for one-sided flow.
    pub fn dynamic() -> Self {
        Self::of("dynamic", Params::dynamic())
    }

    /// Dynamic skew with a hedging governor, gamma bought back by auction, and hedges netted against
    /// liquidations.
    pub fn active() -> Self {
        const GAIN: Real = Real::lit("0.3");
        const ABOVE: Real = Real::lit("0.05");
        Self {
            hedge: HedgeRule {
                governor: Some(GovernorParams { gain_max: GAIN, ..GovernorParams::default() }),
                ..HedgeRule::default()
            },
            buy_back: Some(BuyBack { above: ABOVE, curve: Curve::default() }),
            netting: true,
            ..Self::of("active", Params::dynamic())
        }
    }

    /// A peer: volatility moved by contracts traded.
    pub fn lyra() -> Self {
        let markup = Some(Markup::Lyra(Lyra::default()));
        Self { markup, ..Self::of("lyra", Params::static_pool()) }
    }

    /// A peer: a price multiplied by a function of the capital that is locked.
    pub fn utilisation() -> Self {
        let markup = Some(Markup::Utilisation(Utilisation::default()));
        Self { markup, ..Self::of("utilisation", Params::static_pool()) }
    }

    /// Names of the designs there are, the static one first.
    pub const NAMES: [&str; 5] = ["static", "dynamic", "active", "lyra", "utilisation"];

    /// A design of a name.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "static" => Some(Self::static_pool()),
            "dynamic" => Some(Self::dynamic()),
            "active" => Some(Self::active()),
            "lyra" => Some(Self::lyra()),
            "utilisation" => Some(Self::utilisation()),
            _ => None,
        }
    }

    /// Checks what the engine does not check itself.
    ///
    /// # Errors
    ///
    /// [`LoopError::Scenario`].
    pub fn check(&self) -> Result<(), LoopError> {
        let wrong = LoopError::Scenario;
        if let Some(rule) = &self.markup {
            rule.check()?;
        }
        let share = |x: Real| (Real::ZERO..=Real::ONE).contains(&x);
        match self.turn_away {
            Some(TurnAway::Thin { share: x }) if !share(x) => {
                return Err(wrong("the share turned away is within 0 and 1"));
            }
            Some(TurnAway::Delay { blocks: 0 }) => {
                return Err(wrong("orders are put off by a block or more"));
            }
            _ => {}
        }
        self.hedge.policy.check().map_err(ParamsError::from)?;
        self.hedge.governor.iter().try_for_each(GovernorParams::check)?;
        self.buy_back.iter().try_for_each(|rule| rule.curve.check())?;
        Ok(())
    }
}
