//! All that a world remembers: what is saved, restored and digested.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use amm_core::book::Series;
use amm_core::num::{Price, Real, Size, Timestamp, serde_real};
use serde::{Deserialize, Serialize};

use crate::agent::Memory;
use crate::dealer::Dealer;
use crate::pool::Pool;
use crate::spot::{Fundamental, Liquidity, Venue};
use crate::surface::SurfaceState;
use crate::world::{Purse, Street, Tape};

/// A world's state.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct State {
    /// From 1; 0 before the first.
    pub(super) block: u32,
    pub(super) now: Timestamp,
    /// ln of what spot would be without impact.
    #[serde(with = "serde_real")]
    pub(super) ln_fundamental: Real,
    #[serde(with = "serde_real")]
    pub(super) ln_spot: Real,
    pub(super) spot: Price,
    /// ln spot at the start of the last block's trading.
    #[serde(with = "serde_real")]
    pub(super) ln_seen: Real,
    #[serde(with = "serde_real")]
    pub(super) last_move: Real,
    /// Annualised variance of late.
    #[serde(with = "serde_real")]
    pub(super) realised: Real,
    #[serde(with = "serde_real")]
    pub(super) realised_vol: Real,
    pub(super) fundamental: Fundamental,
    pub(super) venue: Venue,
    pub(super) liquidity: Liquidity,
    /// The depth that the keeper last posted to the pool.
    #[serde(with = "serde_real")]
    pub(super) posted: Real,
    pub(super) surface: SurfaceState,
    /// Expiries listed, ascending.
    pub(super) listed: Vec<Timestamp>,
    pub(super) pool: Pool,
    pub(super) dealer: Dealer,
    pub(super) purses: Vec<Purse>,
    /// What everybody else in the market for the underlying took and gave.
    pub(super) street: Street,
    /// What the pool's options were worth at the end of the last block.
    #[serde(with = "serde_real")]
    pub(super) marked: Real,
    /// Since when the pool has asked for gamma, if it does.
    pub(super) auction: Option<Timestamp>,
    /// The score that stands for the engine's own, if the setting has one.
    #[serde(with = "serde_real")]
    pub(super) stressed: Real,
    pub(super) waiting: VecDeque<Waiting>,
    /// Units that agents are forced to sell in this block, negative, by agent.
    pub(super) forced: Vec<(u64, Size)>,
    pub(super) memories: Vec<Memory>,
    pub(super) tape: Tape,
}

/// An order to buy that was put off.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Waiting {
    pub(super) due: u32,
    pub(super) agent: u64,
    pub(super) series: Series,
    pub(super) size: Size,
}
