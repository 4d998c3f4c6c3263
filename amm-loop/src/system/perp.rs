//! The perpetuals' venue: leveraged longs and shorts, an insurance fund, and deleveraging.
//!
//! A position is a number of perpetuals and the cash that is left after paying for them, so longs'
//! cash is below zero and equity is cash + perpetuals·spot + coins. Perpetuals come to nothing over all
//! accounts: whatever spot does, what one gains another loses.

use alloc::vec::Vec;

use amm_core::book::AccountId;
use amm_core::num::{Cash, Real, Rounding, Size, mul_div, serde_real};
use amm_core::risk::breaker::{Access, Action};
use amm_core::risk::liquidation::{Backing, Standing, least_share, taken, waterfall};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::spot::within;
use crate::system::books::{assign, coins_worth, fewer, hand, less, pay, send, worth};
use crate::system::health::has_margin;
use crate::system::keeper::{Order, Whose};
use crate::system::scenario::Buffers;
use crate::system::{Liquidation, System, SystemError};
use crate::units::{cash, div, money, more, mul, plus, size, units};

/// The venue and who trades there.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PerpRule {
    /// Perpetuals that all longs hold, and all shorts owe: 0 to 10⁹.
    #[serde(with = "serde_real")]
    pub units: Real,
    /// How many longs of one size, at most 10,000.
    pub longs: u32,
    /// How far they are from liquidation.
    pub buffers: Buffers,
    /// How many shorts of one size, at most 10,000. Without any the street is short.
    #[serde(default)]
    pub shorts: u32,
    /// How far they are from liquidation.
    #[serde(default)]
    pub short_buffers: Buffers,
    /// Share of their perpetuals that shorts hold as underlying, and sell when they are deleveraged:
    /// 0 to 1.
    #[serde(with = "serde_real", default)]
    pub hedged: Real,
    /// Maintenance margin at first: share of a position's worth, above 0 and to 1.
    #[serde(with = "serde_real")]
    pub maintenance: Real,
    /// Share of what is closed by force that a position pays to the insurance fund, 0 to 0.2.
    #[serde(with = "serde_real", default)]
    pub fee: Real,
    /// Share of that fee that goes to the keeper, 0 to 1.
    #[serde(with = "serde_real", default)]
    pub reward: Real,
    /// Share of longs' margin that is posted in the stablecoin, 0 to 1.
    #[serde(with = "serde_real", default)]
    pub coins: Real,
    /// The insurance fund.
    #[serde(default)]
    pub fund: Cash,
    /// A position worth less is closed whole.
    #[serde(default)]
    pub dust: Cash,
    /// The probability that a trader who is called adds margin, once, up to half more than is asked:
    /// 0 to 1.
    #[serde(with = "serde_real", default)]
    pub top_up: Real,
    /// So many longs, the first, are also the first borrowers, and borrow to add margin.
    #[serde(default)]
    pub paired: u32,
    /// Share of their positions that longs close in a block as the breaker is about to halt, 0 to 1.
    #[serde(with = "serde_real", default)]
    pub rush: Real,
}

impl Default for PerpRule {
    /// Nobody.
    fn default() -> Self {
        Self {
            units: Real::ZERO,
            longs: 0,
            buffers: Buffers::default(),
            shorts: 0,
            short_buffers: Buffers::default(),
            hedged: Real::ZERO,
            maintenance: Real::lit("0.05"),
            fee: Real::ZERO,
            reward: Real::ZERO,
            coins: Real::ZERO,
            fund: Cash::ZERO,
            dust: Cash::ZERO,
            top_up: Real::ZERO,
            paired: 0,
            rush: Real::ZERO,
        }
    }
}

impl PerpRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let (zero, one) = (Real::ZERO, Real::ONE);
        within("open interest", self.units, zero, Real::lit("1000000000"))?;
        for count in [self.longs, self.shorts] {
            within("number of traders", Real::from_num(count), zero, Real::lit("10000"))?;
        }
        self.buffers.check()?;
        self.short_buffers.check()?;
        within("share of shorts that is hedged", self.hedged, zero, one)?;
        within("maintenance margin", self.maintenance, Real::lit("0.000001"), one)?;
        within("fee of a liquidation", self.fee, zero, Real::lit("0.2"))?;
        within("reward of a keeper", self.reward, zero, one)?;
        within("margin in coins", self.coins, zero, one)?;
        within("probability of a top-up", self.top_up, zero, one)?;
        within("rush ahead of a breaker", self.rush, zero, one)?;
        if self.fund < Cash::ZERO || self.dust < Cash::ZERO {
            return Err(SystemError::Scenario("an insurance fund and dust are not below zero"));
        }
        Ok(())
    }
}

impl System<'_> {
    /// Cash + perpetuals·price + coins.
    pub(super) fn trader_equity(&self, i: usize, price: Real) -> Result<Real, SystemError> {
        let account = &self.state.books.traders[i];
        let coins = coins_worth(account.coins, self.state.marks.coin)?;
        Ok(money(plus(plus(account.cash, coins)?, worth(account.perps, price)?)?)?)
    }

    pub(super) fn notional(&self, i: usize, price: Real) -> Result<Real, SystemError> {
        Ok(mul(units(self.state.books.traders[i].perps)?.abs(), price)?)
    }

    /// Whether it has the margin.
    pub(super) fn trader_healthy(
        &self,
        i: usize,
        price: Real,
        margin: Real,
    ) -> Result<bool, SystemError> {
        let account = &self.state.books.traders[i];
        if account.perps == Size::ZERO {
            return Ok(true);
        }
        let coins = coins_worth(account.coins, self.state.marks.coin)?;
        let value = worth(account.perps, price)?;
        let equity = plus(plus(account.cash, coins)?, value)?;
        has_margin(equity, account.perps, value, price, margin)
    }

    /// Whoever is called may add margin before it is liquidated; whether it did.
    pub(super) fn top_up(&mut self, whose: Whose) -> Result<bool, SystemError> {
        let Whose::Trader(i) = whose else { return Ok(false) };
        let rule = &self.scenario.perp;
        let spot = self.state.market.spot.get();
        let asked =
            mul(self.state.asked.max(self.state.standing.range()), const { Real::lit("1.5") })?;
        let lacks = mul(asked, self.notional(i, spot)?)? - self.trader_equity(i, spot)?;
        let lacks = Cash::round(lacks, Rounding::Up);
        if lacks <= Cash::ZERO {
            return Ok(false);
        }
        let party = &mut self.state.traders[i];
        let books = &mut self.state.books;
        if party.luck < rule.top_up {
            party.luck = Real::ONE;
            pay(&mut books.street, &mut books.traders[i], lacks)?;
        } else if i < rule.paired as usize && self.setting.channels.cross {
            if self.access(Action::Open) != Access::Free {
                return Ok(false);
            }
            let room = self.room(i)?;
            let books = &mut self.state.books;
            let loan = room.min(lacks).min(books.lender.cash);
            if loan <= Cash::ZERO {
                return Ok(false);
            }
            pay(&mut books.lender, &mut books.traders[i], loan)?;
            let borrower = &mut books.borrowers[i];
            borrower.debt = plus(borrower.debt, loan)?;
            books.loans = plus(books.loans, loan)?;
        } else {
            return Ok(false);
        }
        self.state.tape.topped_up += 1;
        Ok(true)
    }

    /// The units of a position that a keeper closes, signed, and whether a rise of margin alone has
    /// made it so; `None` if nothing can be done in this block.
    ///
    /// Gradually it is the least share after which equity less the cost c of closing it is the margin with
    /// its buffer, T: sold for equity less c·N in all, it is (T − E)/(T − c·N).
    pub(super) fn close_trader(
        &mut self,
        i: usize,
        keeper: usize,
    ) -> Result<Option<(Size, bool)>, SystemError> {
        let rule = &self.scenario.perp;
        let price = self.state.oracle.price.get();
        let (equity, notional) = (self.trader_equity(i, price)?, self.notional(i, price)?);
        let perps = self.state.books.traders[i].perps;
        let wanted = match self.design.liquidation {
            _ if equity <= 0 => Real::ONE,
            Liquidation::AtOnce { share, .. } => share,
            Liquidation::Gradual { buffer_bps, .. } => {
                let bid = cash(equity - mul(self.cost_of_closing()?, notional)?);
                let standing = self.trader_standing(i, price)?;
                match bid < Cash::ZERO {
                    true => Real::ONE,
                    false => {
                        let needed = standing.target(buffer_bps)?;
                        least_share(standing.equity, Cash::ZERO, needed, bid)?
                    }
                }
            }
        };
        let left = mul(notional, Real::ONE - wanted)?;
        let wanted = if left <= money(rule.dust)? { Real::ONE } else { wanted };
        let part = self.within_budget(mul(wanted, notional)?, price)?;
        if part <= 0 || notional <= 0 {
            return Ok(None);
        }
        // Up, so that the buffer is whole again.
        let share = if part >= notional { Real::ONE } else { div(part, notional)?.min(wanted) };
        let closed = taken(perps, share)?;
        let by_margin = equity >= mul(rule.maintenance, notional)?;
        if !self.pay_gas(keeper)? {
            return Ok(None);
        }
        self.spend(part, price)?;
        Ok(Some((closed, by_margin)))
    }

    /// Equity and maintenance margin at a price, in whole atoms.
    pub(super) fn trader_standing(&self, i: usize, price: Real) -> Result<Standing, SystemError> {
        let margin = mul(self.state.standing.range(), self.notional(i, price)?)?;
        Ok(Standing {
            equity: cash(self.trader_equity(i, price)?),
            maintenance: Cash::round(margin, Rounding::Up),
        })
    }

    /// What a closed part loses by fee and spread.
    fn cost_of_closing(&self) -> Result<Real, SystemError> {
        Ok(self.scenario.perp.fee + self.spread()? / 10_000)
    }

    /// What of a sale worth so much the block's budget has room for.
    pub(super) fn within_budget(&self, wanted: Real, price: Real) -> Result<Real, SystemError> {
        match self.design.liquidation {
            Liquidation::AtOnce { .. } => Ok(wanted),
            Liquidation::Gradual { .. } => Ok(wanted.min(mul(units(self.state.budget)?, price)?)),
        }
    }

    /// A sale worth so much is off the budget: rounded up, so that no crumbs are left to be sold.
    pub(super) fn spend(&mut self, part: Real, price: Real) -> Result<(), SystemError> {
        let sold = more(size(div(part, price)?)?, Size::from_atoms(1))?;
        let left = fewer(self.state.budget, sold)?;
        self.state.budget = left.max(Size::ZERO);
        Ok(())
    }

    /// Closes a part at the venue; returns what was closed, signed.
    pub(super) fn fill_trader(&mut self, i: usize, order: &Order) -> Result<Size, SystemError> {
        let held = self.state.books.traders[i].perps.atoms();
        let part = order.units.atoms().abs().min(held.abs()) * held.signum();
        let mut closed = Size::from_atoms(part);
        if order.units.atoms().signum() != held.signum() || part == 0 {
            return Ok(Size::ZERO);
        }
        let spot = self.state.market.spot.get();
        if self.trader_equity(i, spot)? < 0 {
            closed = Size::from_atoms(held);
            self.sell_coins(i)?;
            let account = &self.state.books.traders[i];
            let short = plus(account.cash, worth(account.perps, spot)?)?;
            let deficit = less(Cash::ZERO, short)?;
            if deficit > self.state.books.fund.cash {
                self.deleverage(i, deficit)?;
            }
        }
        let rest = self.state.books.traders[i].perps.atoms();
        let rest =
            Size::from_atoms(part.abs().max(closed.atoms().abs()).min(rest.abs()) * rest.signum());
        if rest != Size::ZERO {
            self.close_at_venue(i, rest, order.keeper)?;
        }
        self.bankrupt(i)?;
        Ok(closed)
    }

    /// Against the street, which trades the underlying for it.
    fn close_at_venue(&mut self, i: usize, part: Size, keeper: usize) -> Result<(), SystemError> {
        let value = mul(units(part)?, self.state.market.spot.get())?;
        let cost = cash(self.forced(-value)?);
        let books = &mut self.state.books;
        assign(&mut books.traders[i], &mut books.street, part)?;
        pay(&mut books.traders[i], &mut books.street, cost)?;
        let equity = self.trader_equity(i, self.state.market.spot.get())?;
        let rule = &self.scenario.perp;
        let fee = cash(mul(rule.fee, value.abs())?.min(equity.max(Real::ZERO)));
        let reward = cash(mul(rule.reward, money(fee)?)?);
        let books = &mut self.state.books;
        pay(&mut books.traders[i], &mut books.fund, fee)?;
        pay(&mut books.fund, &mut books.keepers[keeper], reward)
    }

    /// Forced trade of so much underlying at the venue; what it costs.
    pub(super) fn forced(&mut self, value: Real) -> Result<Real, SystemError> {
        let moves = self.setting.channels.liquidation;
        let spread = self.spread()?;
        self.state.forced = plus(self.state.forced, cash(value.abs()))?;
        self.state.market.trade(value, moves, spread)
    }

    /// Its coins become cash, as far as the coin's pool takes them; at par, from the street, where the
    /// channel is cut.
    fn sell_coins(&mut self, i: usize) -> Result<(), SystemError> {
        if !self.setting.channels.stable {
            let books = &mut self.state.books;
            let coins = books.traders[i].coins;
            send(&mut books.traders[i], &mut books.street, coins)?;
            return pay(&mut books.street, &mut books.traders[i], coins);
        }
        let (sold, paid) = self.sale(self.state.books.traders[i].coins)?;
        let books = &mut self.state.books;
        send(&mut books.traders[i], &mut books.curve, sold)?;
        pay(&mut books.curve, &mut books.traders[i], paid)
    }

    /// Closes a bankrupt position against those on the other side, the most leveraged first, at the
    /// price at which nothing is left of it. What they give up is the deficit.
    fn deleverage(&mut self, i: usize, deficit: Cash) -> Result<(), SystemError> {
        let spot = self.state.market.spot.get();
        let side = self.state.books.traders[i].perps.atoms().signum();
        let mut others = Vec::new();
        for (j, other) in self.state.books.traders.iter().enumerate() {
            if other.perps.atoms().signum() == -side {
                let equity = self.trader_equity(j, spot)?;
                if equity > 0 {
                    others.push((div(self.notional(j, spot)?, equity)?, j));
                }
            }
        }
        others.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut borne = deficit;
        for (_, j) in others {
            let (mut own, mut other) = (self.state.books.traders[i], self.state.books.traders[j]);
            let left = own.perps.atoms();
            let met = left.abs().min(other.perps.atoms().abs());
            if met == 0 {
                break;
            }
            let all = met == left.abs();
            let share = |cash: Cash| part_of(cash, met, left.abs(), all);
            let (given, bears) = (share(own.cash)?, share(borne)?);
            // It hands over what is left of its cash along with its perpetuals: below zero for a long.
            let unwound = part_of(
                Cash::from_atoms(other.units.atoms()),
                met,
                other.perps.atoms().abs(),
                met == other.perps.atoms().abs(),
            )?;
            assign(&mut own, &mut other, Size::from_atoms(met * side))?;
            pay(&mut own, &mut other, given)?;
            (self.state.books.traders[i], self.state.books.traders[j]) = (own, other);
            borne = less(borne, bears)?;
            let value = mul(units(Size::from_atoms(met))?, spot)?;
            let tape = &mut self.state.tape;
            tape.bad_debt = plus(tape.bad_debt, bears)?;
            tape.deleveraged = plus(tape.deleveraged, bears)?;
            tape.deleveraged_worth = plus(tape.deleveraged_worth, cash(value))?;
            self.unwind(j, Size::from_atoms(unwound.atoms()))?;
        }
        Ok(())
    }

    /// Who was deleveraged sells the underlying that hedged what is gone.
    fn unwind(&mut self, j: usize, part: Size) -> Result<(), SystemError> {
        if part == Size::ZERO {
            return Ok(());
        }
        let value = mul(units(part)?, self.state.market.spot.get())?;
        let brought = cash(-self.forced(-value)?);
        let books = &mut self.state.books;
        hand(&mut books.traders[j], &mut books.street, part)?;
        pay(&mut books.street, &mut books.traders[j], brought)
    }

    /// A deficit that is left when a position is gone: the fund pays, then traders in proportion to what
    /// they have, then nobody.
    fn bankrupt(&mut self, i: usize) -> Result<(), SystemError> {
        if self.state.books.traders[i].perps != Size::ZERO {
            return Ok(());
        }
        if self.state.books.traders[i].cash < Cash::ZERO {
            self.sell_coins(i)?;
        }
        let deficit = less(Cash::ZERO, self.state.books.traders[i].cash)?;
        if deficit <= Cash::ZERO {
            return Ok(());
        }
        let spot = self.state.market.spot.get();
        let mut weights = Vec::new();
        for (j, account) in self.state.books.traders.iter().enumerate() {
            // Cash they have beside their coins: what can be taken at once.
            let free = plus(account.cash, worth(account.perps, spot)?)?;
            if j != i && free > Cash::ZERO {
                weights.push((AccountId(j as u64), free));
            }
        }
        let books = &mut self.state.books;
        let backing = Backing { insurance: books.fund.cash, providers: Cash::ZERO };
        let shared = waterfall(deficit, backing, &weights)?;
        let mut own = books.traders[i];
        pay(&mut books.fund, &mut own, shared.insurance)?;
        for (AccountId(j), part) in shared.parts {
            pay(&mut books.traders[j as usize], &mut own, part)?;
        }
        books.traders[i] = own;
        let tape = &mut self.state.tape;
        tape.bad_debt = plus(tape.bad_debt, deficit)?;
        tape.insured = plus(tape.insured, shared.insurance)?;
        tape.socialised = plus(tape.socialised, shared.socialised)?;
        tape.unpaid = plus(tape.unpaid, shared.uncovered)?;
        Ok(())
    }
}

/// cash·part/whole towards zero, all of it if it is the last.
pub(super) fn part_of(
    cash: Cash,
    part: i128,
    whole: i128,
    last: bool,
) -> Result<Cash, SystemError> {
    if last {
        return Ok(cash);
    }
    let atoms = cash.atoms();
    let share =
        mul_div(atoms.unsigned_abs(), part.unsigned_abs(), whole.unsigned_abs(), Rounding::Down);
    let share = share.and_then(|share| i128::try_from(share).ok());
    let share = share.ok_or(LoopError::Overflow { what: "a part of a position" })?;
    Ok(Cash::from_atoms(share * atoms.signum()))
}
