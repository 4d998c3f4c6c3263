//! A peer: a price multiplied by a function of utilisation (Premia, version 3, its underwriter vault).
//!
//! u is the capital that options sold lock over all capital. Fair prices are multiplied by
//!
//! ```text
//! C(u) = κ + (C_max − κ)·e^(−α(1 − u)),   κ = (C_min·e^α − C_max)/(e^α − 1)
//! ```
//!
//! which rises from C_min at u = 0 to C_max at 1, less a discount for every hour since the last trade,
//! and never below C_min. An order to buy that takes u to u′ pays √(C(u)·C(u′)), with the discount in
//! the second only. It buys back only what it has sold, at the fair price or at the average fair price
//! at which it sold, whichever is less. An order that would lock more than there is, is refused.
//!
//! Formulas and figures are those of `UnderwriterVault` and `OptionMath` in Premian-Labs/v3-contracts
//! and of its deployment: α = 3, C from 1 to 1.35, 0.005 an hour.
//!
//! What is ours to choose: calls and puts share one pool as everywhere here, where the peer has a vault
//! for each; a call locks the underlying at spot and a put its strike; all capital is cash, hedge and
//! surcharges less what is owed; and limits of delta and tenor are left out, since the scenario says
//! what is listed. The static engine's spread is on top, as of every design.

use alloc::vec::Vec;

use amm_core::book::{Series, Side};
use amm_core::math::{exp, sqrt};
use amm_core::num::{Amount, Price, Real, Size, Timestamp, serde_real};
use amm_core::pricing::Kind;
use amm_core::quote::Desk;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::markup::{Change as Changed, Marked, MarkedLeg, MarkupState, fair};
use crate::pool::{Pool, Turned};
use crate::units::{add, div, money, mul, units};

/// Its numbers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Utilisation {
    /// α: how late the multiplier rises; above 0, to 20.
    #[serde(with = "serde_real")]
    pub curvature: Real,
    /// C_min: the multiplier of an empty pool; 1 to 10.
    #[serde(with = "serde_real")]
    pub least: Real,
    /// C_max: of a full one; C_min to 10.
    #[serde(with = "serde_real")]
    pub most: Real,
    /// By how much it falls for every hour without a trade; 0 to 1.
    #[serde(with = "serde_real")]
    pub decay_per_hour: Real,
}

impl Default for Utilisation {
    /// As published.
    fn default() -> Self {
        const CURVATURE: Real = Real::lit("3");
        const MOST: Real = Real::lit("1.35");
        const DECAY: Real = Real::lit("0.005");
        Self { curvature: CURVATURE, least: Real::ONE, most: MOST, decay_per_hour: DECAY }
    }
}

/// What it remembers.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    /// Of the last trade.
    traded: Option<Timestamp>,
    /// Capital at the last market update.
    #[serde(with = "serde_real")]
    capital: Real,
    /// What of it is locked, trades since included.
    #[serde(with = "serde_real")]
    locked: Real,
    /// Average fair price of a contract when it was sold, by series, ascending.
    sold: Vec<(Series, Average)>,
}

/// A price.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Average(#[serde(with = "serde_real")] Real);

/// What a trade leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    now: Timestamp,
    locked: Real,
    /// The average price at which the series was sold, if it was.
    average: Option<(Series, Real)>,
}

impl Utilisation {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = self.curvature > 0
            && self.curvature <= 20
            && self.least >= 1
            && self.least <= self.most
            && self.most <= 10
            && (Real::ZERO..=Real::ONE).contains(&self.decay_per_hour);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a number of the utilisation rule is out of range")),
        }
    }

    /// C of a utilisation, 0 to 1, so many hours after the last trade.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn multiplier(&self, utilisation: Real, hours: Real) -> Result<Real, LoopError> {
        let full = exp(self.curvature)?;
        let floor = div(mul(self.least, full)? - self.most, full - Real::ONE)?;
        let rise = exp(-mul(self.curvature, Real::ONE - utilisation)?)?;
        let level = add(floor, mul(self.most - floor, rise)?)?;
        let decay = mul(self.decay_per_hour, hours)?;
        Ok((level - decay).max(self.least))
    }

    pub(super) fn plan(
        &self,
        state: &State,
        pool: &Pool,
        desk: &Desk,
        leg: MarkedLeg,
    ) -> Result<Result<Marked, Turned>, LoopError> {
        const HOUR: Real = Real::lit("3600");
        let (row, line) = (desk.row(leg.at), desk.valued(leg.at));
        let contracts = units(leg.size)?;
        let price = fair(line, leg.series.kind);
        let inventory = pool.engine().state().inventory();
        let held = inventory.position(leg.series).unwrap_or(Size::ZERO);
        let now = pool.engine().state().now();
        let each = match leg.series.kind {
            Kind::Call => row.expiry.forward().get(),
            Kind::Put => line.strike.get(),
        };
        if leg.side == Side::Sell {
            // Only what it is short of.
            if held.checked_add(leg.size).is_none_or(|left| left > Size::ZERO) {
                return Ok(Err(Turned::Limit));
            }
            let least = state.average(leg.series).map_or(price, |sold| sold.min(price));
            let locked = (state.locked - mul(each, contracts)?).max(Real::ZERO);
            let change = Change { now, locked, average: None };
            let charge = mul(contracts, price - least)?;
            return Ok(Ok(Marked { charge, change: Changed::Utilisation(change) }));
        }
        let locked = add(state.locked, mul(each, contracts)?)?;
        if locked >= state.capital || state.capital <= 0 {
            return Ok(Err(Turned::Limit));
        }
        let (before, after) = (div(state.locked, state.capital)?, div(locked, state.capital)?);
        let waited = state.traded.map_or(0, |last| now.get().saturating_sub(last.get()));
        let hours = Real::checked_from_num(waited).unwrap_or(Real::MAX) / HOUR;
        let (first, last) = (self.multiplier(before, Real::ZERO)?, self.multiplier(after, hours)?);
        let level = sqrt(mul(first, last)?)?;
        let charge = mul(contracts, mul(price, level - Real::ONE)?)?;
        // Averaged over what it is short of in this series.
        let short = units(Size::from_atoms((-held.atoms()).max(0)))?;
        let sold = state.average(leg.series).unwrap_or(price);
        let sum = add(mul(sold, short)?, mul(price, contracts)?)?;
        let average = Some((leg.series, div(sum, add(short, contracts)?)?));
        let change = Change { now, locked, average };
        Ok(Ok(Marked { charge, change: Changed::Utilisation(change) }))
    }
}

/// Capital and what is locked at the new market.
pub(super) fn observed(pool: &mut Pool) -> Result<(), LoopError> {
    let Some(spot) = pool.engine().state().market().map(|market| market.spot) else {
        return Ok(());
    };
    let capital = money(pool.backed(spot)?)?;
    let what = LoopError::Overflow { what: "locked capital" };
    let mut locked = Amount::ZERO;
    for chain in pool.engine().state().inventory().chains() {
        let forward = forward(pool, chain.expiry, spot);
        for held in &chain.holdings {
            for (position, each) in [(held.call, forward), (held.put, held.strike)] {
                if position < Size::ZERO {
                    let part = Amount::of(position, each.get());
                    let sum = part.and_then(|part| locked.checked_sub(part));
                    locked = sum.ok_or(what.clone())?;
                }
            }
        }
    }
    if let MarkupState::Utilisation(state) = &mut pool.markup {
        (state.capital, state.locked) = (capital, locked.floor());
    }
    Ok(())
}

fn forward(pool: &Pool, expiry: Timestamp, spot: Price) -> Price {
    let rows = pool.desk().map(|desk| desk.board.rows.as_slice()).unwrap_or_default();
    let row = rows.iter().find(|row| row.stamp == expiry);
    row.map_or(spot, |row| row.expiry.forward())
}

impl State {
    /// The share of capital that is locked; zero before the first market update.
    pub fn utilisation(&self) -> Real {
        div(self.locked, self.capital).unwrap_or(Real::ZERO)
    }

    fn average(&self, series: Series) -> Option<Real> {
        let at = self.sold.binary_search_by_key(&series, |(series, _)| *series).ok()?;
        Some(self.sold[at].1.0)
    }

    pub(super) fn take(&mut self, change: Change) {
        self.traded = Some(change.now);
        self.locked = change.locked;
        let Some((series, average)) = change.average else { return };
        match self.sold.binary_search_by_key(&series, |(series, _)| *series) {
            Ok(at) => self.sold[at].1 = Average(average),
            Err(at) => self.sold.insert(at, (series, Average(average))),
        }
    }

    pub(super) fn expired(&mut self, expiry: Timestamp) {
        self.sold.retain(|(series, _)| series.expiry != expiry);
    }
}
