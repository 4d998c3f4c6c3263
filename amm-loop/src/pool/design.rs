//! Designs of pools: what differs between the worlds that are compared.

use alloc::string::String;

use amm_core::engine::Params;
use amm_core::num::{Real, Size, serde_real};
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
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HedgeRule {
    /// Half of the band in which it does not trade, in units of the underlying. A band delays hedging
    /// and does not remove it.
    #[serde(default)]
    pub band: Size,
    /// A limit on its speed.
    #[serde(default)]
    pub governor: Option<Governor>,
}

/// A limit on hedging speed from the loop's stability.
///
/// With impact that decays at a rate ρ, hedging at a rate κ has peak gain aκ/(κ + ρ). It stays at or
/// below g for κ ≤ ρ·g/(a − g) when a is above g; below it no limit is needed.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Governor {
    /// The greatest peak gain g, above 0.
    #[serde(with = "serde_real")]
    pub gain_max: Real,
    /// The least share of its gap that it closes in a block, so that it never stands still.
    #[serde(with = "serde_real")]
    pub least_share: Real,
}

/// A Dutch auction for gamma, open to all sellers: the pool pays up to what the trade saves it, which
/// is its marginal price without spread and fee.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BuyBack {
    /// It holds one in blocks in which its loop gain is above this.
    #[serde(with = "serde_real")]
    pub above: Real,
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

    /// Dynamic skew with a hedging governor, a band, gamma bought back by auction, and hedges netted
    /// against liquidations.
    pub fn active() -> Self {
        const GAIN: Real = Real::lit("0.3");
        const SHARE: Real = Real::lit("0.1");
        const ABOVE: Real = Real::lit("0.05");
        Self {
            hedge: HedgeRule {
                band: Size::ZERO,
                governor: Some(Governor { gain_max: GAIN, least_share: SHARE }),
            },
            buy_back: Some(BuyBack { above: ABOVE }),
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
        if self.hedge.band < Size::ZERO {
            return Err(wrong("half of a hedge band is at or above zero"));
        }
        match &self.hedge.governor {
            Some(rule) if rule.gain_max <= 0 || !share(rule.least_share) => {
                Err(wrong("a governor has a gain above zero, and a least share within 0 and 1"))
            }
            _ => Ok(()),
        }
    }
}
