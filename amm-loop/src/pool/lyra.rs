//! A peer: volatility moved by contracts traded (Lyra, later Derive; Avalon and Newport, 2021 to 2023).
//!
//! Every expiry has a base volatility B and every strike of it a ratio R, and an option's volatility is
//! B·R. Whoever trades a contracts, positive if bought, moves both and pays the volatility after the
//! whole order:
//!
//! ```text
//! x  = a / (100 · standard size)
//! B′ = B + x        R′ = R + x·c        price = Black(B′·R′)
//! ```
//!
//! So an order in one piece costs more than in many, and moves last until somebody trades back. A
//! charge for net vega comes on top where it grows, per contract:
//!
//! ```text
//! fee = f · σ · |net vega after| / net asset value,   vega standardised by √(30 d / max(7 d, T)) / 100
//! ```
//!
//! Formulas and figures are those of `OptionMarketPricer` in lyra-finance/lyra-protocol and of the
//! parameters that Newport had for ETH on Optimism: 30 contracts, c = 1.25, f = 35,000, base volatility
//! within 0.35 and 2, ratios within 0.5 and 1.5, volatility within 0.25 and 3.
//!
//! What is ours to choose, for the peer's good where there is a choice:
//!
//! * It starts at the outside surface and moves with it: B and R are kept as multiples of what the
//!   outside surface says now, at the forward and at the strike over that. The peer had no feed and was
//!   picked off; here it is judged on its skew and not on stale quotes.
//! * Its size is a share of capital, since 30 contracts belong to a pool of some 20 million when ETH was
//!   near 1,800: a standard size is worth 0.27 % of capital. Its fee for vega, in cash a contract, is
//!   likewise 35,000/1,800 of spot.
//! * Its fees that do not depend on the book (1 % of the premium, 0.1 % of spot) are the static engine's
//!   spread instead, which every design has. Its charge for volatility that differs from its average of
//!   late is left out, and so are its limits of delta and tenor: the scenario says what is listed.

use amm_core::book::Side;
use amm_core::math::sqrt;
use amm_core::num::{Amount, Cash, Price, Real, Timestamp, Vol, YEAR_S, serde_real};
use amm_core::pricing::price;
use amm_core::quote::Desk;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::markup::{Change as Changed, Marked, MarkedLeg, MarkupState, fair};
use crate::pool::{Pool, Turned};
use crate::units::{add, div, money, mul, units};

/// Its numbers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lyra {
    /// What a standard size is worth at the first spot, over the capital at the start: it moves the
    /// base volatility by one point. Above 0, to 1.
    #[serde(with = "serde_real")]
    pub standard_share: Real,
    /// c: by how much the ratio of the strike moves when the base volatility moves by one; 0 to 100.
    #[serde(with = "serde_real")]
    pub skew_factor: Real,
    /// f over spot; 0 to 10,000.
    #[serde(with = "serde_real")]
    pub vega_fee: Real,
    /// The greatest base volatility that an order to buy may leave, and the least for one to sell.
    pub base: Within,
    /// The same of a strike's ratio.
    pub ratio: Within,
    /// The same of an option's volatility.
    pub vol: Within,
}

/// Bounds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// At or above 0.
    #[serde(with = "serde_real")]
    pub least: Real,
    /// Above the least, to 20.
    #[serde(with = "serde_real")]
    pub most: Real,
}

impl Default for Lyra {
    /// As published.
    fn default() -> Self {
        const STANDARD: Real = Real::lit("0.0027");
        const SKEW: Real = Real::lit("1.25");
        const VEGA: Real = Real::lit("19.4");
        const BASE: Within = Within { least: Real::lit("0.35"), most: Real::lit("2") };
        const RATIO: Within = Within { least: Real::lit("0.5"), most: Real::lit("1.5") };
        const VOL: Within = Within { least: Real::lit("0.25"), most: Real::lit("3") };
        Self {
            standard_share: STANDARD,
            skew_factor: SKEW,
            vega_fee: VEGA,
            base: BASE,
            ratio: RATIO,
            vol: VOL,
        }
    }
}

/// What it remembers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct State {
    capital: Cash,
    /// At the first market update; zero before.
    #[serde(with = "serde_real")]
    spot: Real,
    /// What the providers' money was worth at the last market update.
    #[serde(with = "serde_real")]
    net_asset_value: Real,
    /// Standardised, in cash a point, negative if the pool is short.
    #[serde(with = "serde_real")]
    net_vega: Real,
    /// Ascending, where something was traded.
    boards: alloc::vec::Vec<Board>,
}

/// One expiry.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Board {
    expiry: Timestamp,
    /// Base volatility over the outside's at the forward.
    #[serde(with = "serde_real")]
    base: Real,
    /// Ascending, where something was traded.
    strikes: alloc::vec::Vec<Strike>,
}

/// One strike.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Strike {
    strike: Price,
    /// Its ratio over the outside's.
    #[serde(with = "serde_real")]
    ratio: Real,
}

/// What a trade leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    expiry: Timestamp,
    strike: Price,
    base: Real,
    ratio: Real,
    net_vega: Real,
}

impl Lyra {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let bounds = [self.base, self.ratio, self.vol];
        let fine = bounds.iter().all(|of| of.least >= 0 && of.least < of.most && of.most <= 20)
            && self.standard_share > 0
            && self.standard_share <= 1
            && (Real::ZERO..=Real::from_num(100)).contains(&self.skew_factor)
            && (Real::ZERO..=Real::from_num(10_000)).contains(&self.vega_fee);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a number of the Lyra-like rule is out of range")),
        }
    }

    pub(super) fn plan(
        &self,
        state: &State,
        desk: &Desk,
        leg: MarkedLeg,
    ) -> Result<Result<Marked, Turned>, LoopError> {
        const HUNDRED: Real = Real::lit("100");
        let (row, line) = (desk.row(leg.at), desk.valued(leg.at));
        if state.spot == 0 || line.vol == Vol::ZERO {
            return Ok(Err(Turned::NotQuoted));
        }
        let buys = leg.side == Side::Buy;
        let contracts = units(leg.size)?;
        // a/(100·share·capital/spot), multiplied first.
        let standard = mul(mul(self.standard_share, HUNDRED)?, money(state.capital)?)?;
        let step = div(mul(contracts, state.spot)?, standard)?;
        let step = if buys { step } else { -step };

        let time = Real::from_num(row.expiry.time().get()) / Real::from_num(YEAR_S);
        let outside = sqrt(div(row.variance, time)?)?;
        let usual = div(line.vol.get(), outside)?;
        let (own_base, own_ratio) = state.moved(row.stamp, line.strike);
        let base = add(mul(outside, own_base)?, step)?;
        let ratio = add(mul(usual, own_ratio)?, mul(step, self.skew_factor)?)?;
        if base <= 0 || ratio <= 0 {
            return Ok(Err(Turned::Limit));
        }
        let vol = mul(base, ratio)?;
        let beyond = |value: Real, of: Within| match buys {
            true => value > of.most,
            false => value < of.least,
        };
        let beyond = beyond(base, self.base) || beyond(ratio, self.ratio) || beyond(vol, self.vol);
        let Some(vol) = Vol::new(vol).ok().filter(|_| !beyond) else {
            return Ok(Err(Turned::Limit));
        };

        let after = price(&row.expiry, line.strike, vol);
        let after =
            if leg.series.kind == amm_core::pricing::Kind::Call { after.call } else { after.put };
        let more = after - fair(line, leg.series.kind);
        let skew = mul(contracts, if buys { more } else { -more })?;
        let each = mul(line.value.vega, standardised(row.expiry.time().get())?)?;
        let vega = mul(contracts, each)?;
        let net_vega = add(state.net_vega, if buys { -vega } else { vega })?;
        let fee = match net_vega.abs() > state.net_vega.abs() && state.net_asset_value > 0 {
            true => {
                let share = div(net_vega.abs(), state.net_asset_value)?;
                let each = mul(mul(self.vega_fee, state.spot)?, mul(vol.get(), share)?)?;
                mul(each, contracts)?
            }
            false => Real::ZERO,
        };
        let change = Change {
            expiry: row.stamp,
            strike: line.strike,
            base: div(base, outside)?,
            ratio: div(ratio, usual)?,
            net_vega,
        };
        Ok(Ok(Marked { charge: add(skew, fee)?, change: Changed::Lyra(change) }))
    }
}

/// √(30 d / max(7 d, T)) / 100.
fn standardised(seconds: u32) -> Result<Real, LoopError> {
    const DAYS: u32 = 86_400;
    const HUNDRED: Real = Real::lit("100");
    let ratio = Real::from_num(30 * DAYS) / Real::from_num(seconds.max(7 * DAYS));
    Ok(sqrt(ratio)? / HUNDRED)
}

/// Net vega and net asset value at the new market; the first spot.
pub(super) fn observed(pool: &mut Pool) -> Result<(), LoopError> {
    let Some(spot) = pool.engine().state().market().map(|market| market.spot) else {
        return Ok(());
    };
    let mut net_vega = Real::ZERO;
    if let Some(desk) = pool.desk() {
        for chain in pool.engine().state().inventory().chains() {
            let row = desk.board.rows.iter().find(|row| row.stamp == chain.expiry);
            let Some(row) = row else { continue };
            let mut sum = Amount::ZERO;
            for (held, line) in chain.holdings.iter().zip(&row.lines) {
                let short = held.short();
                let part = Amount::of(short, line.value.vega);
                let what = LoopError::Overflow { what: "a net vega" };
                sum = part.and_then(|part| sum.checked_sub(part)).ok_or(what)?;
            }
            let standard = standardised(row.expiry.time().get())?;
            net_vega = add(net_vega, mul(sum.floor(), standard)?)?;
        }
    }
    let worth = money(pool.worth(spot)?)?;
    if let MarkupState::Lyra(state) = &mut pool.markup {
        if state.spot == 0 {
            state.spot = spot.get();
        }
        (state.net_asset_value, state.net_vega) = (worth, net_vega);
    }
    Ok(())
}

impl State {
    pub(super) const fn new(capital: Cash) -> Self {
        Self {
            capital,
            spot: Real::ZERO,
            net_asset_value: Real::ZERO,
            net_vega: Real::ZERO,
            boards: alloc::vec::Vec::new(),
        }
    }

    /// Base and ratio of an option over the outside's.
    pub fn moved(&self, expiry: Timestamp, strike: Price) -> (Real, Real) {
        let Ok(at) = self.boards.binary_search_by_key(&expiry, |board| board.expiry) else {
            return (Real::ONE, Real::ONE);
        };
        let board = &self.boards[at];
        let found = board.strikes.binary_search_by_key(&strike, |of| of.strike);
        (board.base, found.map_or(Real::ONE, |at| board.strikes[at].ratio))
    }

    pub(super) fn take(&mut self, change: Change) {
        let Change { expiry, strike, base, ratio, net_vega } = change;
        self.net_vega = net_vega;
        let at = match self.boards.binary_search_by_key(&expiry, |board| board.expiry) {
            Ok(at) => at,
            Err(at) => {
                let strikes = alloc::vec::Vec::new();
                self.boards.insert(at, Board { expiry, base, strikes });
                at
            }
        };
        let board = &mut self.boards[at];
        board.base = base;
        match board.strikes.binary_search_by_key(&strike, |of| of.strike) {
            Ok(at) => board.strikes[at].ratio = ratio,
            Err(at) => board.strikes.insert(at, Strike { strike, ratio }),
        }
    }

    pub(super) fn expired(&mut self, expiry: Timestamp) {
        self.boards.retain(|board| board.expiry != expiry);
    }
}
