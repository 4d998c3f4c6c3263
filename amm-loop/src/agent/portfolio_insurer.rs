//! Insures a portfolio by trading spot: sells as it falls, buys as it rises. A hedger that nobody sees,
//! as in October 1987.
//!
//! By constant proportion (Black and Perold 1992) it holds m·(wealth − floor) of the underlying, never
//! more than its wealth: a move r makes it trade (m − 1)·m·(wealth − floor)·r. By replication (Leland
//! and Rubinstein 1981) it holds its units times N(d₁), as if it had a put on each, and begins another
//! when that one ends.

use amm_core::math::{ln, norm_cdf, norm_pdf, sqrt};
use amm_core::num::{Price, Real, Size, Timestamp, YEAR_S, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Me, View, within};
use crate::draw::Draws;
use crate::units::{add, div, money, more, mul, size, units};
use crate::world::{Floor, Purse};

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortfolioInsurer {
    /// Its wealth at the start in cash, 0 to 10¹².
    #[serde(with = "serde_real")]
    pub wealth: Real,
    /// How it insures.
    pub by: Insurance,
    /// Blocks between its trades, at least 1; 1.
    #[serde(default = "one")]
    pub every: u32,
}

/// How a portfolio is insured.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Insurance {
    /// Constant proportion.
    Proportion {
        /// m, 1 to 20. A crash of 1/m between two trades breaks the floor.
        #[serde(with = "serde_real")]
        multiple: Real,
        /// The floor over the first wealth, 0 to 1.
        #[serde(with = "serde_real")]
        floor: Real,
    },
    /// A put on each unit, made by trading.
    Put {
        /// Strike over spot at its beginning, above 0 and to 10.
        #[serde(with = "serde_real")]
        strike: Real,
        /// Hours to run then, at least 1.
        hours: u32,
    },
}

/// It remembers what it began with.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    began: Option<Began>,
}

/// What it had, and the put it makes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Began {
    units: Size,
    #[serde(with = "serde_real")]
    cash: Real,
    /// Units it insures.
    #[serde(with = "serde_real")]
    insured: Real,
    strike: Price,
    ends: Timestamp,
}

impl PortfolioInsurer {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let by = match self.by {
            Insurance::Proportion { multiple, floor } => {
                within(multiple, 1, 20) && within(floor, 0, 1)
            }
            Insurance::Put { strike, hours } => strike > 0 && within(strike, 0, 10) && hours > 0,
        };
        let most = Real::lit("1000000000000");
        match by && self.wealth >= 0 && self.wealth <= most && self.every > 0 {
            true => Ok(()),
            false => Err(LoopError::Scenario("a portfolio insurer's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        if !floor.block().is_multiple_of(self.every) && state.began.is_some() {
            return Ok(());
        }
        let view = floor.view(me)?;
        let began = match state.began {
            Some(began) => self.renewed(began, &view)?,
            None => self.begin(&view)?,
        };
        let wants = size(self.target(&began, &view)?)?;
        let has = more(began.units, view.purse.units)?;
        let lacks = more(wants, Size::from_atoms(-has.atoms()))?;
        state.began = Some(began);
        if lacks != Size::ZERO {
            floor.force(me, lacks)?;
        }
        Ok(())
    }

    /// What it has when nothing has moved: it is where it wants to be.
    fn begin(&self, view: &View<'_>) -> Result<Began, LoopError> {
        let spot = view.spot.get();
        let all = div(self.wealth, spot)?;
        let (strike, ends) = self.put(view)?;
        let mut began = Began { units: Size::ZERO, cash: self.wealth, insured: all, strike, ends };
        began.units = size(self.target(&began, view)?)?;
        began.cash = self.wealth - mul(units(began.units)?, spot)?;
        Ok(began)
    }

    /// After a put has ended another begins.
    fn renewed(&self, began: Began, view: &View<'_>) -> Result<Began, LoopError> {
        if view.now < began.ends || matches!(self.by, Insurance::Proportion { .. }) {
            return Ok(began);
        }
        let (strike, ends) = self.put(view)?;
        let insured = div(wealth(&began, view.purse, view.spot)?, view.spot.get())?;
        Ok(Began { strike, ends, insured: insured.max(Real::ZERO), ..began })
    }

    fn put(&self, view: &View<'_>) -> Result<(Price, Timestamp), LoopError> {
        let Insurance::Put { strike, hours } = self.by else { return Ok((view.spot, view.now)) };
        let ends = Timestamp::new(view.now.get().saturating_add(u64::from(hours) * 3600));
        Ok((Price::new(mul(view.spot.get(), strike)?)?, ends))
    }

    /// Units it wants.
    fn target(&self, began: &Began, view: &View<'_>) -> Result<Real, LoopError> {
        match self.by {
            Insurance::Proportion { multiple, floor } => {
                let wealth = wealth(began, view.purse, view.spot)?.max(Real::ZERO);
                let cushion = (wealth - mul(self.wealth, floor)?).max(Real::ZERO);
                div(mul(multiple, cushion)?.min(wealth), view.spot.get())
            }
            Insurance::Put { .. } => {
                let (d1, _) = moneyness(began, view)?;
                mul(began.insured, norm_cdf(d1))
            }
        }
    }

    /// Cash that it would sell per fall of ln spot.
    pub(super) fn feedback(&self, state: &State, view: &View<'_>) -> Result<Real, LoopError> {
        let Some(began) = &state.began else { return Ok(Real::ZERO) };
        match self.by {
            Insurance::Proportion { multiple, floor } => {
                let wealth = wealth(began, view.purse, view.spot)?;
                let holds = mul(multiple, wealth - mul(self.wealth, floor)?)?;
                let free = holds > 0 && holds < wealth;
                if free { mul(multiple - Real::ONE, holds) } else { Ok(Real::ZERO) }
            }
            Insurance::Put { .. } => {
                let (d1, deviation) = moneyness(began, view)?;
                let worth = mul(began.insured, view.spot.get())?;
                div(mul(worth, norm_pdf(d1))?, deviation)
            }
        }
    }
}

/// What it has now.
fn wealth(began: &Began, purse: &Purse, spot: Price) -> Result<Real, LoopError> {
    let held = units(more(began.units, purse.units)?)?;
    add(add(began.cash, money(purse.cash)?)?, mul(held, spot.get())?)
}

/// d₁ of its put and σ√T, at normal volatility and with at least a second to run.
fn moneyness(began: &Began, view: &View<'_>) -> Result<(Real, Real), LoopError> {
    const MOST: Real = Real::lit("8");
    let seconds = began.ends.get().saturating_sub(view.now.get()).max(1);
    let years = Real::from_num(seconds) / Real::from_num(YEAR_S);
    let deviation = mul(view.normal_vol, sqrt(years)?)?;
    let away = view.ln_spot - ln(began.strike.get())?;
    // Beyond eight deviations the put is all or nothing.
    let d1 = away.checked_div(deviation).unwrap_or(if away < 0 { -MOST } else { MOST });
    Ok((d1.clamp(-MOST, MOST) + deviation / 2, deviation))
}

const fn one() -> u32 {
    1
}
