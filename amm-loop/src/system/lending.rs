//! The lending protocol: loans against the underlying and against shares of the options pool.

use amm_core::num::{Cash, Real, Rounding, Size, serde_real};
use amm_core::risk::liquidation::{Backing, LoanTerms, repayment, waterfall};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::books::{hand, less, pay, worth};
use crate::system::health::bears_debt;
use crate::system::keeper::{Order, Whose};
use crate::system::scenario::Buffers;
use crate::system::{Liquidation, System, SystemError};
use crate::units::{cash, div, money, mul, plus, size, units};

/// The protocol and who borrows there.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LendingRule {
    /// Underlying that all borrowers have pledged: 0 to 10⁹.
    #[serde(with = "serde_real")]
    pub units: Real,
    /// How many borrowers of one size, at most 10,000.
    pub borrowers: u32,
    /// How far they are from liquidation.
    pub buffers: Buffers,
    /// Share of the options pool's shares that they have pledged beside, 0 to 1.
    #[serde(with = "serde_real", default)]
    pub pledged: Real,
    /// ℓ: the share of collateral that a loan may be, in hundredths of a per cent, 1 to 9,999. Health is
    /// ℓ·C/D.
    pub threshold_bps: u32,
    /// What a liquidator gets beside what it repays, in hundredths of a per cent, 0 to 3,000, and with
    /// ℓ·(1 + bonus) under 1.
    pub bonus_bps: u32,
    /// What suppliers have not lent.
    #[serde(default)]
    pub cash: Cash,
    /// What the protocol itself has for bad debt.
    #[serde(default)]
    pub cover: Cash,
    /// A loan of less is closed whole.
    #[serde(default)]
    pub dust: Cash,
    /// The health down to which borrowing for margin goes, 1 to 10.
    #[serde(with = "serde_real", default = "a_quarter_more")]
    pub health_min: Real,
}

fn a_quarter_more() -> Real {
    Real::lit("1.25")
}

impl Default for LendingRule {
    /// Nobody.
    fn default() -> Self {
        Self {
            units: Real::ZERO,
            borrowers: 0,
            buffers: Buffers::default(),
            pledged: Real::ZERO,
            threshold_bps: 8_000,
            bonus_bps: 500,
            cash: Cash::ZERO,
            cover: Cash::ZERO,
            dust: Cash::ZERO,
            health_min: a_quarter_more(),
        }
    }
}

impl LendingRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let (zero, one) = (Real::ZERO, Real::ONE);
        within("collateral", self.units, zero, Real::lit("1000000000"))?;
        let count = Real::from_num(self.borrowers);
        within("number of borrowers", count, zero, Real::lit("10000"))?;
        self.buffers.check()?;
        within("share of the pool that is pledged", self.pledged, zero, one)?;
        let (threshold, bonus) =
            (Real::from_num(self.threshold_bps), Real::from_num(self.bonus_bps));
        within("liquidation threshold in bps", threshold, one, Real::from_num(9_999))?;
        within("liquidation bonus in bps", bonus, zero, Real::from_num(3_000))?;
        let covered = mul(self.threshold(), one + self.bonus())?;
        within("threshold times one plus bonus", covered, zero, one - Real::lit("0.000001"))?;
        within("health that borrowing leaves", self.health_min, one, Real::lit("10"))?;
        if self.cash < Cash::ZERO || self.cover < Cash::ZERO || self.dust < Cash::ZERO {
            return Err(SystemError::Scenario(
                "cash, cover and dust of lending are not below zero",
            ));
        }
        Ok(())
    }
}

impl LendingRule {
    /// ℓ.
    pub fn threshold(&self) -> Real {
        Real::from_num(self.threshold_bps) / 10_000
    }

    /// b.
    pub fn bonus(&self) -> Real {
        Real::from_num(self.bonus_bps) / 10_000
    }

    /// The terms on which `amm_core` repays a loan up to a buffer.
    pub(super) fn terms(&self, buffer_bps: u32) -> LoanTerms {
        LoanTerms {
            threshold_bps: self.threshold_bps,
            bonus_bps: self.bonus_bps,
            target_bps: buffer_bps.saturating_add(10_000),
        }
    }
}

impl System<'_> {
    /// What a share of the options pool counts for.
    pub(super) fn share_price(&self) -> Result<Real, SystemError> {
        if self.setting.channels.cross {
            return self.nav();
        }
        let first = money(self.scenario.options.cash)?;
        Ok(div(first, Real::lit("1000000"))?)
    }

    /// What a borrower has pledged is worth.
    pub(super) fn collateral(&self, i: usize, price: Real) -> Result<Real, SystemError> {
        Ok(money(self.pledge(i, price)?)?)
    }

    /// The same in whole atoms.
    fn pledge(&self, i: usize, price: Real) -> Result<Cash, SystemError> {
        let account = &self.state.books.borrowers[i];
        let shares = if account.shares == Size::ZERO {
            Cash::ZERO
        } else {
            worth(account.shares, self.state.marks.share)?
        };
        Ok(plus(worth(account.units, price)?, shares)?)
    }

    /// ℓ·C/D; [`Real::MAX`] without a debt.
    pub(super) fn health(&self, i: usize, price: Real) -> Result<Real, SystemError> {
        let debt = self.state.books.borrowers[i].debt;
        if debt == Cash::ZERO {
            return Ok(Real::MAX);
        }
        let means = mul(self.threshold, self.collateral(i, price)?)?;
        Ok(means.checked_div(money(debt)?).unwrap_or(Real::MAX))
    }

    /// Whether a loan's health is one or more.
    pub(super) fn borrower_healthy(&self, i: usize, price: Real) -> Result<bool, SystemError> {
        let debt = self.state.books.borrowers[i].debt;
        if debt == Cash::ZERO {
            return Ok(true);
        }
        bears_debt(self.pledge(i, price)?, self.threshold, debt)
    }

    /// What a borrower may still borrow for margin.
    pub(super) fn room(&self, i: usize) -> Result<Cash, SystemError> {
        let rule = &self.scenario.lending;
        let means = self.collateral(i, self.state.oracle.price.get())?;
        let most = div(mul(rule.threshold(), means)?, rule.health_min)?;
        less(cash(most), self.state.books.borrowers[i].debt)
    }

    /// A keeper repays part of a loan and takes collateral; the units it has to sell, or `None` if it
    /// cannot or will not.
    pub(super) fn repay(
        &mut self,
        i: usize,
        keeper: usize,
    ) -> Result<Option<(Size, bool)>, SystemError> {
        let rule = &self.scenario.lending;
        let price = self.state.oracle.price.get();
        let (debt, held) = (money(self.state.books.borrowers[i].debt)?, self.collateral(i, price)?);
        let health = self.health(i, price)?;
        let with_bonus = Real::ONE + rule.bonus();
        let wanted = match self.design.liquidation {
            _ if debt <= money(rule.dust)? => debt,
            Liquidation::AtOnce { deep, .. } if health < deep => debt,
            Liquidation::AtOnce { share, .. } => mul(share, debt)?,
            Liquidation::Gradual { buffer_bps, .. } => {
                let (owed, held) = (self.state.books.borrowers[i].debt, cash(held));
                money(repayment(owed, held, &rule.terms(buffer_bps))?.repaid)?
            }
        };
        let budget = div(self.within_budget(mul(wanted, with_bonus)?, price)?, with_bonus)?;
        let all = div(held, with_bonus)?;
        let capital = money(self.state.books.keepers[keeper].cash)?;
        let gas = money(self.state.chain.gas)?;
        let could = budget.min(debt).min(all);
        let repaid = could.min(capital - gas);
        if repaid <= 0 {
            // Nothing is left to take, or nothing to pay with.
            if all <= 0 {
                self.write_off(i)?;
            } else if could > 0 {
                self.state.tape.no_capital += 1;
            }
            return Ok(None);
        }
        let taken = mul(repaid, with_bonus)?;
        // Half the impact of the sale, to second order.
        let slip = mul(taken, div(taken, mul(self.state.market.venue.depth(), Real::lit("2"))?)?)?;
        let profit = mul(repaid, rule.bonus())? - gas - slip;
        if profit < money(self.scenario.keepers.profit)? {
            self.state.tape.no_profit += 1;
            return Ok(None);
        }
        if repaid < could {
            self.state.tape.no_capital += 1;
        }
        if !self.pay_gas(keeper)? {
            return Ok(None);
        }
        self.spend(taken, price)?;
        let seized =
            self.seize(i, keeper, repaid, if repaid >= all { held } else { taken }, held)?;
        Ok(Some((seized, false)))
    }

    /// Debt against collateral, units and shares in proportion. Shares are redeemed with the pool.
    pub(super) fn seize(
        &mut self,
        i: usize,
        keeper: usize,
        repaid: Real,
        taken: Real,
        held: Real,
    ) -> Result<Size, SystemError> {
        let nav = self.nav()?;
        let books = &mut self.state.books;
        let owed = books.borrowers[i].debt;
        let paid = Cash::round(repaid, Rounding::Up).min(owed).min(books.keepers[keeper].cash);
        pay(&mut books.keepers[keeper], &mut books.lender, paid)?;
        let borrower = &mut books.borrowers[i];
        borrower.debt = less(borrower.debt, paid)?;
        books.loans = less(books.loans, paid)?;
        let (seized, shares) = if taken >= held {
            (borrower.units, borrower.shares)
        } else {
            let share = div(taken, held)?;
            (
                size(mul(units(borrower.units)?, share)?)?,
                size(mul(units(borrower.shares)?, share)?)?,
            )
        };
        hand(borrower, &mut books.keepers[keeper], seized)?;
        borrower.shares = super::books::fewer(borrower.shares, shares)?;
        let keeper = &mut books.keepers[keeper];
        keeper.shares = crate::units::more(keeper.shares, shares)?;
        let due = worth(keeper.shares, nav)?;
        if keeper.shares > Size::ZERO && due <= books.pool.cash {
            pay(&mut books.pool, keeper, due)?;
            books.shares = super::books::fewer(books.shares, keeper.shares)?;
            keeper.shares = Size::ZERO;
        }
        Ok(seized)
    }

    /// The keeper sells what it got; what is still owed against nothing is written off.
    pub(super) fn fill_loan(&mut self, order: &Order) -> Result<Size, SystemError> {
        let Whose::Borrower(i) = order.whose else { return Ok(Size::ZERO) };
        let value = mul(units(order.units)?, self.state.market.spot.get())?;
        let brought = cash(-self.forced(-value)?);
        let books = &mut self.state.books;
        let keeper = &mut books.keepers[order.keeper];
        hand(keeper, &mut books.street, order.units)?;
        pay(&mut books.street, keeper, brought)?;
        let account = &self.state.books.borrowers[i];
        if account.units == Size::ZERO && account.shares == Size::ZERO {
            self.write_off(i)?;
        }
        Ok(order.units)
    }

    /// A debt against nothing: the cover pays, then suppliers bear it.
    pub(super) fn write_off(&mut self, i: usize) -> Result<(), SystemError> {
        let books = &mut self.state.books;
        let debt = books.borrowers[i].debt;
        // Suppliers are owed it, so they can bear all of it.
        let backing = Backing { insurance: books.cover.cash, providers: debt };
        let shared = waterfall(debt, backing, &[])?;
        pay(&mut books.cover, &mut books.lender, shared.insurance)?;
        books.borrowers[i].debt = Cash::ZERO;
        books.loans = less(books.loans, debt)?;
        let tape = &mut self.state.tape;
        tape.bad_debt = plus(tape.bad_debt, debt)?;
        tape.insured = plus(tape.insured, shared.insurance)?;
        tape.socialised = plus(tape.socialised, shared.providers)?;
        Ok(())
    }

    /// What loans are short of their collateral and positions of their losses at spot: deficits to come, if
    /// nothing changes.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`](crate::LoopError::Overflow).
    pub fn underwater(&self) -> Result<Cash, SystemError> {
        let spot = self.state.market.spot.get();
        let mut sum = Cash::ZERO;
        for (i, borrower) in self.state.books.borrowers.iter().enumerate() {
            let short = less(borrower.debt, cash(self.collateral(i, spot)?))?;
            sum = plus(sum, short.max(Cash::ZERO))?;
        }
        for (i, trader) in self.state.books.traders.iter().enumerate() {
            if trader.perps != Size::ZERO {
                let short = cash(-self.trader_equity(i, spot)?);
                sum = plus(sum, short.max(Cash::ZERO))?;
            }
        }
        Ok(sum)
    }
}
