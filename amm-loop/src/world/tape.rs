//! What is measured while a world runs.

use alloc::vec::Vec;

use amm_core::num::{Cash, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::units::{add, mul};

/// Sums over the blocks after the warm-up.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Tape {
    /// Per horizon: its last mark of ln spot, the sum of squared moves between marks, and how many.
    pub(super) spans: Vec<Span>,
    /// Blocks measured.
    pub blocks: u32,
    /// Sum of the loop gain over blocks.
    #[serde(with = "serde_real")]
    pub gain_sum: Real,
    /// The greatest loop gain.
    #[serde(with = "serde_real")]
    pub gain_max: Real,
    /// The least.
    #[serde(with = "serde_real")]
    pub gain_min: Real,
    /// Blocks with a loop gain above ½, 0.7 and 1.
    pub above: [u32; 3],
    /// The loop gain of the last block.
    #[serde(with = "serde_real")]
    pub last_gain: Real,
    /// Sum over blocks of the loop gain of agents' forced trades.
    #[serde(with = "serde_real")]
    pub forced_gain_sum: Real,
    /// Blocks in which the pool had not the cash for its hedge.
    pub short_of_cash: u32,
    /// Demand of those who seek to buy options.
    pub demand: Demand,
    /// What the pool sold.
    pub sold: Volume,
    /// What the pool bought.
    pub bought: Volume,
    /// The providers' worth at the end of the warm-up.
    pub opening: Cash,
    /// The providers' worth at the end of each day.
    pub daily: Vec<Cash>,
    /// Its greatest value.
    pub peak: Cash,
    /// The greatest fall from a peak.
    pub drawdown: Cash,
    /// Units that hedgers traded, times price: turnover of hedging.
    #[serde(with = "serde_real")]
    pub hedged: Real,
    /// Cash that hedges and what was forced crossed without reaching the market.
    #[serde(with = "serde_real")]
    pub crossed: Real,
    /// Cash that agents were forced to trade.
    #[serde(with = "serde_real")]
    pub liquidated: Real,
    /// What became of accounts on margin.
    pub margin: Calls,
    /// The engine's stress score by block, if it predicts.
    #[serde(with = "crate::scenario::reals")]
    pub scores: Vec<Real>,
    /// ln spot at each of the setting's marks.
    #[serde(with = "crate::scenario::reals")]
    pub marks: Vec<Real>,
    /// ln spot, the gain, and the providers' worth by block, if the setting asks for them.
    pub path: Vec<Sample>,
}

/// What became of accounts on margin, over the whole run.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Calls {
    /// Bids that were taken.
    pub bids: u32,
    /// Accounts that the pool took over.
    pub absorbed: u32,
    /// The underlying that was liquidated by its delta, in cash.
    #[serde(with = "serde_real")]
    pub liquidated: Real,
    /// What bidders made at the mark.
    pub profit: Cash,
    /// What accounts could not pay: the next three, and what they were owed themselves.
    pub bad_debt: Cash,
    /// What the insurance fund paid of it.
    pub insurance: Cash,
    /// What the pool's providers bore of it.
    pub providers: Cash,
    /// What its creditors wait for of it.
    pub owed: Cash,
}

/// A horizon's sums.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Span {
    /// In blocks.
    pub blocks: u32,
    #[serde(with = "serde_real")]
    mark: Real,
    /// Of moves over the horizon.
    #[serde(with = "serde_real")]
    pub squares: Real,
    /// How many moves.
    pub count: u32,
}

/// Demand in vega: cash for a volatility of 1.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Demand {
    /// At the fair price.
    #[serde(with = "serde_real")]
    pub wanted: Real,
    /// Filled by the pool.
    #[serde(with = "serde_real")]
    pub served: Real,
    /// Turned away by a limit or by the design.
    #[serde(with = "serde_real")]
    pub refused: Real,
    /// Given up for the price.
    #[serde(with = "serde_real")]
    pub deterred: Real,
    /// Put off.
    #[serde(with = "serde_real")]
    pub waited: Real,
    /// Filled elsewhere.
    #[serde(with = "serde_real")]
    pub displaced: Real,
}

/// Trades of one direction.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Volume {
    /// In cash for a volatility of 1.
    #[serde(with = "serde_real")]
    pub vega: Real,
    /// Paid by traders over fair value, in cash.
    #[serde(with = "serde_real")]
    pub excess: Real,
    /// How many.
    pub trades: u32,
}

/// A block of a path.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sample {
    /// At the start of the block's trading.
    #[serde(with = "serde_real")]
    pub ln_spot: Real,
    /// Of all hedgers, at its end.
    #[serde(with = "serde_real")]
    pub gain: Real,
    /// Quoted at the money, first expiry, annualised; zero if nothing is quoted.
    #[serde(with = "serde_real")]
    pub vol: Real,
    /// The providers' at fair marks.
    pub worth: Cash,
}

impl Tape {
    pub(super) fn new(horizons: &[u32], ln_spot: Real, worth: Cash) -> Self {
        let span =
            |blocks: &u32| Span { blocks: *blocks, mark: ln_spot, squares: Real::ZERO, count: 0 };
        let spans = horizons.iter().map(span).collect();
        Self { spans, opening: worth, peak: worth, ..Self::default() }
    }

    /// Horizons with their sums.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// A block's ln spot, so many blocks after the warm-up.
    pub(super) fn spot(&mut self, ln_spot: Real, since: u32) -> Result<(), LoopError> {
        for span in &mut self.spans {
            if since == 0 {
                span.mark = ln_spot;
            } else if since.is_multiple_of(span.blocks) {
                let step = ln_spot - span.mark;
                span.squares = add(span.squares, mul(step, step)?)?;
                span.count += 1;
                span.mark = ln_spot;
            }
        }
        Ok(())
    }

    pub(super) fn gain(&mut self, gain: Real) -> Result<(), LoopError> {
        const LEVELS: [Real; 3] = [Real::lit("0.5"), Real::lit("0.7"), Real::ONE];
        self.blocks += 1;
        self.gain_sum = add(self.gain_sum, gain)?;
        self.gain_max = self.gain_max.max(gain);
        self.gain_min = self.gain_min.min(gain);
        for (count, level) in self.above.iter_mut().zip(LEVELS) {
            *count += u32::from(gain > level);
        }
        self.last_gain = gain;
        Ok(())
    }

    pub(super) fn worth(&mut self, worth: Cash, day_ends: bool) -> Result<(), LoopError> {
        self.peak = self.peak.max(worth);
        let fall = self.peak.checked_sub(worth).ok_or(LoopError::Overflow { what: "a fall" })?;
        self.drawdown = self.drawdown.max(fall);
        if day_ends {
            self.daily.push(worth);
        }
        Ok(())
    }
}
