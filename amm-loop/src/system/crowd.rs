//! A crowd that comes and goes by what a position costs to hold.

use amm_core::num::{Cash, Real, Rounding, Size, serde_real};
use amm_core::risk::breaker::{Access, Action};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::books::{assign, pay, worth};
use crate::system::{FundingRule, System, SystemError};
use crate::units::{add, cash, div, mul, size, units};

/// The crowd. It trades perpetuals against the street, which hedges in the underlying.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CrowdRule {
    /// What it holds at first, −10⁹ to 10⁹.
    #[serde(with = "serde_real", default)]
    pub units: Real,
    /// The position at which the rate rises at its full velocity, 0 to 10⁹; at 0 there is no crowd and
    /// nobody pays funding.
    #[serde(with = "serde_real", default)]
    pub scale: Real,
    /// β: scales by which the position falls in a day for each unit of the rate a day, 0 to 10⁶.
    #[serde(with = "serde_real", default)]
    pub response: Real,
    /// Cash it has beside.
    #[serde(default)]
    pub margin: Cash,
}

impl CrowdRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let most = Real::lit("1000000000");
        within("position of a crowd", self.units, -most, most)?;
        within("scale of a crowd", self.scale, Real::ZERO, most)?;
        within("response of a crowd", self.response, Real::ZERO, most / 1000)?;
        Ok(())
    }
}

impl System<'_> {
    /// The rate follows the crowd, the crowd follows the rate, and everybody pays or is paid.
    ///
    /// A block is accrued for what the crowd held in it; what it trades counts from then on.
    pub(super) fn funding(&mut self) -> Result<(), SystemError> {
        let rule = &self.scenario.crowd;
        if rule.scale == 0 {
            return Ok(());
        }
        let (rate, share) = self.accrue()?;
        let time = Real::from_num(self.scenario.block_s) / 86_400;
        let wanted = mul(mul(mul(-rule.response, rate)?, rule.scale)?, time)?;
        let bought = size(wanted)?;
        let adds = bought.atoms().signum() == self.state.books.crowd.perps.atoms().signum();
        let action = if adds { Action::Open } else { Action::Reduce };
        if self.access(action) == Access::Free && bought != Size::ZERO {
            let value = mul(units(bought)?, self.state.market.spot.get())?;
            let spread = self.spread()?;
            let cost = cash(self.state.market.trade(value, true, spread)?);
            let books = &mut self.state.books;
            let before = books.crowd.perps.atoms().signum();
            assign(&mut books.street, &mut books.crowd, bought)?;
            pay(&mut books.crowd, &mut books.street, cost)?;
            let turned = before * books.crowd.perps.atoms().signum() < 0;
            self.state.tape.crowd_turns += u32::from(turned);
            if let Some(params) = self.design.funding.params(self.scenario)? {
                let (now, skew) = (self.state.now, self.state.books.crowd.perps);
                self.state.funding = self.state.funding.skewed(&params, now, skew)?;
            }
        }
        let price = mul(share, self.state.market.spot.get())?;
        let books = &mut self.state.books;
        for account in books.traders.iter_mut().chain([&mut books.crowd]) {
            if account.perps != Size::ZERO && price != 0 {
                pay(account, &mut books.street, worth(account.perps, price)?)?;
            }
        }
        Ok(())
    }

    /// The rate a day, and what a long pays for the block as a share of its position.
    fn accrue(&mut self) -> Result<(Real, Real), SystemError> {
        let rule = &self.scenario.crowd;
        if let Some(params) = self.design.funding.params(self.scenario)? {
            let next = self.state.funding.after(&params, self.state.now)?;
            let share = add(next.share, -self.state.funding.share)?;
            let rate = next.rate(&params)?.per_day();
            (self.state.funding, self.state.rate) = (next, rate);
            return Ok((rate, share));
        }
        let FundingRule::Velocity { velocity } = self.design.funding else {
            return Ok((Real::ZERO, Real::ZERO));
        };
        let time = Real::from_num(self.scenario.block_s) / 86_400;
        let skew = div(units(self.state.books.crowd.perps)?, rule.scale)?;
        let pace = mul(velocity, skew.clamp(-Real::ONE, Real::ONE))?;
        self.state.rate = add(self.state.rate, mul(pace, time)?)?;
        Ok((self.state.rate, mul(self.state.rate, time)?))
    }

    /// Longs who fear to be locked in close ahead of the breaker: from half-way to what halts on, and the more
    /// of them the nearer it is.
    pub(super) fn rush(&mut self) -> Result<(), SystemError> {
        const FROM: Real = Real::lit("0.5");
        let rush = self.scenario.perp.rush;
        let over = self.state.fuse.nearness - FROM;
        let free = self.access(Action::Reduce) == Access::Free;
        if !self.design.breaker.acts || rush == 0 || !free || over <= 0 {
            return Ok(());
        }
        let part = mul(rush, div(over, Real::ONE - FROM)?.min(Real::ONE))?;
        let mut closed = alloc::vec::Vec::new();
        let mut sum = Size::ZERO;
        for account in &self.state.books.traders {
            let units = if account.perps > Size::ZERO {
                size(mul(units(account.perps)?, part)?)?
            } else {
                Size::ZERO
            };
            sum = crate::units::more(sum, units)?;
            closed.push(units);
        }
        if sum == Size::ZERO {
            return Ok(());
        }
        let value = mul(units(sum)?, self.state.market.spot.get())?;
        let spread = self.spread()?;
        let brought = -self.state.market.trade(-value, true, spread)?;
        let brought = Cash::round(brought, Rounding::Down);
        let weights: alloc::vec::Vec<Cash> =
            closed.iter().map(|units| Cash::from_atoms(units.atoms())).collect();
        let brought = super::books::parts(brought, &weights)?;
        let books = &mut self.state.books;
        for ((account, units), brought) in books.traders.iter_mut().zip(closed).zip(brought) {
            assign(account, &mut books.street, units)?;
            pay(&mut books.street, account, brought)?;
        }
        Ok(())
    }
}
