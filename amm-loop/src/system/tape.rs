//! What a system leaves behind: the figures of one path.

use alloc::vec::Vec;

use amm_core::num::{Cash, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::system::{Protocol, SystemError};
use crate::units::plus;

/// What was measured. Sums are over the whole path unless said otherwise.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tape {
    /// Forced trades in the underlying, both ways: liquidations and what deleveraged traders unwind.
    pub forced: Cash,
    /// Forced trades of the blocks up to now that have had one without a pause.
    pub run: Cash,
    /// The most of that: the largest cascade.
    pub run_max: Cash,
    /// What the options pool traded to hedge.
    pub hedged: Cash,
    /// What the stablecoin's issuer sold.
    pub reserve_sold: Cash,
    /// Liquidations that were filled, in parts or whole.
    pub liquidations: u32,
    /// Of these, of positions that had the margin that was asked at first, and not what was asked now.
    pub by_margin: u32,
    /// Margin calls that ended by themselves.
    pub lapsed: u32,
    /// Times margin was added.
    pub topped_up: u32,
    /// Times a keeper had not the money.
    pub no_capital: u32,
    /// Times it would not have paid a keeper.
    pub no_profit: u32,
    /// Times a call was there, and keepers were not let in.
    pub shut_out: u32,
    /// Gas paid.
    pub gas: Cash,
    /// Deficits: what positions and loans were short of when nothing was left of them. It is the sum of
    /// what was insured, deleveraged, socialised and left unpaid.
    pub bad_debt: Cash,
    /// Of it, paid by the insurance fund or the lending protocol's cover.
    pub insured: Cash,
    /// Of it, borne by traders who were deleveraged.
    pub deleveraged: Cash,
    /// Worth of the positions that were.
    pub deleveraged_worth: Cash,
    /// Of it, taken from other traders or from suppliers.
    pub socialised: Cash,
    /// Of it, nobody's.
    pub unpaid: Cash,
    /// The greatest loop gain.
    #[serde(with = "serde_real")]
    pub gain_max: Real,
    /// Sum of squared moves of ln spot, block by block.
    #[serde(with = "serde_real")]
    pub squares: Real,
    /// The lowest ln spot, less the first.
    #[serde(with = "serde_real")]
    pub low: Real,
    /// The highest.
    #[serde(with = "serde_real")]
    pub high: Real,
    /// The lowest price of the stablecoin.
    #[serde(with = "serde_real")]
    pub coin_low: Real,
    /// The lowest margin of positions that stand.
    #[serde(with = "serde_real")]
    pub margin_low: Real,
    /// The highest.
    #[serde(with = "serde_real")]
    pub margin_high: Real,
    /// Its greatest rise within an hour.
    #[serde(with = "serde_real")]
    pub margin_rise_hour: Real,
    /// Its greatest rise within a day.
    #[serde(with = "serde_real")]
    pub margin_rise_day: Real,
    /// Blocks spent in each state of the breaker, whether it acts or not.
    pub blocks_in: [u32; 5],
    /// The first block whose readings called for the state before a halt.
    pub near_at: Option<u32>,
    /// The first whose readings called for a halt.
    pub hit_at: Option<u32>,
    /// Of the liquidations, those that went by auction.
    pub auctioned: u32,
    /// How often the crowd went from long to short or back.
    pub crowd_turns: u32,
    /// Every margin call that was filled.
    pub legs: Vec<Leg>,
    /// ln spot less the first after each block, if it is kept.
    #[serde(with = "crate::spot::reals")]
    pub path: Vec<Real>,
}

/// A margin call from the move that made it to the fill.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Leg {
    /// Whose position it was.
    pub protocol: Protocol,
    /// When spot crossed its level.
    pub triggered: u32,
    /// Blocks until the oracle had, until a keeper was let in, until the trade was filled.
    pub blocks: [u32; 3],
    /// What the position lost by moves of spot in each; negative if it gained. By units that were
    /// filled.
    pub drift: [Cash; 3],
}

/// One of the three legs of a margin call, over all calls.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Latency {
    /// Half of all calls took no more blocks.
    pub p50: u32,
    /// 95 of a hundred did not.
    pub p95: u32,
    /// 99 of a hundred did not.
    pub p99: u32,
    /// What all positions lost by moves of spot.
    pub drift: Cash,
}

impl Tape {
    /// The three legs over all calls: until observed, included, filled. `None` if there was no call.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`](crate::LoopError::Overflow).
    pub fn latency(&self) -> Result<Option<[Latency; 3]>, SystemError> {
        if self.legs.is_empty() {
            return Ok(None);
        }
        let of = |leg: usize| -> Result<Latency, SystemError> {
            let mut blocks: Vec<u32> = self.legs.iter().map(|call| call.blocks[leg]).collect();
            blocks.sort_unstable();
            // The least that so many per cent do not pass: place ⌈n·p/100⌉, from 1.
            let at = |per_cent: usize| blocks[(blocks.len() * per_cent).div_ceil(100).max(1) - 1];
            let mut drift = Cash::ZERO;
            for call in &self.legs {
                drift = plus(drift, call.drift[leg])?;
            }
            Ok(Latency { p50: at(50), p95: at(95), p99: at(99), drift })
        };
        Ok(Some([of(0)?, of(1)?, of(2)?]))
    }

    /// That every deficit was borne by somebody, or by nobody, and is counted once.
    ///
    /// # Errors
    ///
    /// [`SystemError::NotConserved`].
    pub fn check(&self, block: u32) -> Result<(), SystemError> {
        let parts = [self.insured, self.deleveraged, self.socialised, self.unpaid];
        let sum = parts.iter().try_fold(Cash::ZERO, |sum, part| plus(sum, *part))?;
        match sum == self.bad_debt {
            true => Ok(()),
            false => Err(SystemError::NotConserved {
                block,
                what: "bad debt",
                atoms: sum.atoms().wrapping_sub(self.bad_debt.atoms()),
            }),
        }
    }
}
