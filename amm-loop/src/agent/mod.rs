//! Who trades: one rule a file, with its source.
//!
//! An agent draws all its luck of a block before it looks at a price, from a stream that is keyed by
//! its number, so that what it does in one world shifts nobody's luck in another.

mod gamma_seller;
mod protection_buyer;

pub use gamma_seller::GammaSeller;
pub use protection_buyer::ProtectionBuyer;

use amm_core::book::AccountId;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::draw::Draws;
use crate::world::Floor;

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
                    #[allow(unreachable_patterns, reason = "with one agent there is no other pair")]
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
}
