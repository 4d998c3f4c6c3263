//! Who trades: one rule a file, with its source.
//!
//! An agent draws all its luck of a block before it looks at a price, from a stream that is keyed by
//! its number, so that what it does in one world shifts nobody's luck in another.

mod backing;
mod call_speculator;
mod gamma_seller;
mod gamma_squeezer;
mod inverse_product;
mod keeper;
mod leveraged_trader;
mod liquidity_provider;
mod portfolio_insurer;
mod protection_buyer;
mod recorded_flow;
mod surface_arbitrageur;
mod vault;
mod yield_seller;

pub use backing::Backing;
pub use call_speculator::CallSpeculator;
pub use gamma_seller::GammaSeller;
pub use gamma_squeezer::GammaSqueezer;
pub use inverse_product::InverseProduct;
pub use keeper::Keeper;
pub use leveraged_trader::LeveragedTrader;
pub use liquidity_provider::LiquidityProvider;
pub use portfolio_insurer::{Insurance, PortfolioInsurer};
pub use protection_buyer::ProtectionBuyer;
pub use recorded_flow::{Print, RecordedFlow};
pub use surface_arbitrageur::SurfaceArbitrageur;
pub use vault::Vault;
pub use yield_seller::YieldSeller;

use amm_core::book::AccountId;
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::draw::Draws;
use crate::world::{Floor, Purse};

/// An agent at work: its number, and its account with the pool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Me {
    /// Among the scenario's agents, from 0.
    pub index: usize,
}

impl Me {
    /// Its account with the pool.
    pub const fn account(self) -> AccountId {
        AccountId(self.index as u64 + 1)
    }
}

/// What an agent's forced trades are judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) now: Timestamp,
    pub(crate) spot: Price,
    pub(crate) ln_spot: Real,
    pub(crate) normal_vol: Real,
    /// The standard deviation of ln spot in a day of normal volatility.
    pub(crate) normal_day: Real,
    pub(crate) purse: &'a Purse,
}

/// Whether a number lies between two.
fn within(x: Real, min: i32, max: i32) -> bool {
    x >= min && x <= max
}

macro_rules! agents {
    ($($(#[$doc:meta])+ $module:ident::$name:ident,)+) => {
        /// An agent's rule.
        #[derive(Clone, Debug, Deserialize, Serialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum Agent {
            $($(#[$doc])+ $name($name),)+
        }

        /// What an agent remembers from block to block.
        #[derive(Clone, Debug, Deserialize, Serialize)]
        pub enum Memory {
            $($(#[$doc])+ $name($module::State),)+
        }

        impl Agent {
            /// The word by which a scenario calls it.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($module),)+ }
            }

            /// Checks its numbers.
            ///
            /// # Errors
            ///
            /// [`LoopError::Scenario`].
            pub fn check(&self) -> Result<(), LoopError> {
                match self { $(Self::$name(rule) => rule.check(),)+ }
            }

            /// What it remembers before the first block.
            pub(crate) fn begin(&self) -> Memory {
                match self { $(Self::$name(_) => Memory::$name($module::State::default()),)+ }
            }

            /// Its turn in a block.
            pub(crate) fn act(
                &self,
                memory: &mut Memory,
                me: Me,
                floor: &mut Floor<'_>,
                draws: &mut Draws,
            ) -> Result<(), LoopError> {
                match (self, memory) {
                    $((Self::$name(rule), Memory::$name(state)) => rule.act(state, me, floor, draws),)+
                    _ => Err(LoopError::Saved),
                }
            }
        }
    };
}

agents! {
    /// Buys puts, the more the more spot moves and the cheaper they are.
    protection_buyer::ProtectionBuyer,
    /// Sells options to the pool when it pays more than they are thought to be worth.
    gamma_seller::GammaSeller,
    /// Buys calls after spot has risen.
    call_speculator::CallSpeculator,
    /// Sells calls on coins it has, or puts on cash, all the time.
    yield_seller::YieldSeller,
    /// Sells calls once a week, in one auction.
    vault::Vault,
    /// Trades the pool against the outside dealer.
    surface_arbitrageur::SurfaceArbitrageur,
    /// Buys calls, pushes spot, sells both.
    gamma_squeezer::GammaSqueezer,
    /// A crowd of longs that are sold by force when spot falls through their levels.
    leveraged_trader::LeveragedTrader,
    /// The pool's providers: leave after a loss, come back when it is calm.
    liquidity_provider::LiquidityProvider,
    /// Insures a portfolio by trading spot.
    portfolio_insurer::PortfolioInsurer,
    /// Trades back to its leverage once a day.
    inverse_product::InverseProduct,
    /// Real trades of the past.
    recorded_flow::RecordedFlow,
    /// Bids for accounts that have less than their margin.
    keeper::Keeper,
}

impl Agent {
    /// What it brings to its account with the pool, in cash and in units of the underlying; `None` if
    /// that is enough to be no limit.
    pub(crate) fn brings(&self, spot: Price) -> Result<Option<(Cash, Size)>, LoopError> {
        match self {
            Self::YieldSeller(rule) => rule.brings(spot),
            Self::Vault(rule) => rule.brings(spot),
            Self::Keeper(rule) => Ok(Some(rule.brings())),
            _ => Ok(None),
        }
    }

    /// Cash of the underlying that it would be forced to sell, or to buy, if ln spot fell, or rose, by
    /// one from here: over the depth its loop gain, which adds to the hedgers' (Cheng and Madhavan
    /// 2009; all linear loops add).
    pub(crate) fn feedback(&self, memory: &Memory, view: &View<'_>) -> Result<Real, LoopError> {
        match (self, memory) {
            (Self::LeveragedTrader(rule), Memory::LeveragedTrader(state)) => {
                rule.feedback(state, view)
            }
            (Self::PortfolioInsurer(rule), Memory::PortfolioInsurer(state)) => {
                rule.feedback(state, view)
            }
            (Self::InverseProduct(rule), Memory::InverseProduct(state)) => {
                rule.feedback(state, view)
            }
            _ => Ok(Real::ZERO),
        }
    }
}
