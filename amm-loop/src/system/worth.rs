//! What protocols are worth to those who own them, and what a loss in one does.

use alloc::vec;
use alloc::vec::Vec;

use amm_core::num::{Cash, Real, Rounding, Size};
use serde::{Deserialize, Serialize};

use crate::system::books::{coins_worth, hand, less, parts, pay, worth};
use crate::system::clearing::{Cleared, clear};
use crate::system::{Protocol, System, SystemError};
use crate::units::{cash, div, money, plus, units};

/// A loss from outside in one protocol.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    /// Where it falls. In `perp` on all traders by the size of their positions, in `lending` on all
    /// borrowers' underlying, in `options` on the pool's cash, in `stable` on the reserve: its cash,
    /// then its underlying.
    pub protocol: Protocol,
    /// How much, not below zero.
    pub loss: Cash,
    /// When: at the start of this block, from 1.
    pub block: u32,
}

impl System<'_> {
    /// What a share of the options pool is worth, not below zero.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`](crate::LoopError::Overflow).
    pub fn nav(&self) -> Result<Real, SystemError> {
        if self.state.books.shares <= Size::ZERO {
            return Ok(Real::ZERO);
        }
        let equity = money(self.pool_equity()?)?.max(Real::ZERO);
        Ok(div(equity, units(self.state.books.shares)?)?)
    }

    /// Cash and hedge of the pool, less what it owes by its options.
    fn pool_equity(&self) -> Result<Cash, SystemError> {
        let (pool, market) = (&self.state.books.pool, &self.state.market);
        let first = self.scenario.market.spot.get();
        let owed = self.scenario.options.valued(&self.way, self.state.x()?, first)?.owed;
        let held = plus(pool.cash, worth(pool.units, market.spot.get())?)?;
        less(held, Cash::round(owed, Rounding::Up))
    }

    /// What a protocol's owners and users have in it, at spot and before claims: of perpetuals all
    /// margin, hedges and the fund; of lending its cash, its cover and all collateral; of options what
    /// all shares there were at first would be worth; of the stablecoin its reserve, its pool and what its holders sold, less the coins
    /// that others have. Shares and coins count for what the open channels say. These are book values:
    /// pledged shares count in the pool and where they are pledged, as cross-holdings do (Elliott,
    /// Golub and Jackson 2014).
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`](crate::LoopError::Overflow).
    pub fn equity(&self, protocol: Protocol) -> Result<Cash, SystemError> {
        let (books, spot) = (&self.state.books, self.state.market.spot.get());
        let coin = self.margin_coin()?;
        let nav = self.share_price()?;
        let mut sum = Cash::ZERO;
        match protocol {
            Protocol::Perp => {
                for account in books.traders.iter().chain([&books.crowd, &books.fund]) {
                    sum = plus(sum, account.cash)?;
                    sum = plus(sum, worth(account.perps, spot)?)?;
                    sum = plus(sum, worth(account.units, spot)?)?;
                    sum = plus(sum, coins_worth(account.coins, coin)?)?;
                }
            }
            Protocol::Lending => {
                sum = plus(books.lender.cash, books.cover.cash)?;
                for account in &books.borrowers {
                    sum = plus(sum, worth(account.units, spot)?)?;
                    sum = plus(sum, worth(account.shares, nav)?)?;
                }
            }
            Protocol::Options => {
                sum = worth(super::state::SHARES, self.nav()?)?;
            }
            Protocol::Stable => {
                for account in [&books.issuer, &books.curve, &books.holders] {
                    sum = plus(sum, account.cash)?;
                    sum = plus(sum, worth(account.units, spot)?)?;
                }
                for account in books.traders.iter().chain([&books.street]) {
                    sum = less(sum, coins_worth(account.coins, coin)?)?;
                }
            }
        }
        Ok(sum)
    }

    /// What each protocol itself, not its users, could pay its creditors with.
    fn means(&self, protocol: Protocol) -> Result<Cash, SystemError> {
        let (books, spot) = (&self.state.books, self.state.market.spot.get());
        let means = match protocol {
            Protocol::Perp => books.fund.cash,
            Protocol::Lending => plus(books.lender.cash, books.cover.cash)?,
            Protocol::Options => self.pool_equity()?,
            Protocol::Stable => plus(books.issuer.cash, worth(books.issuer.units, spot)?)?,
        };
        Ok(means.max(Cash::ZERO))
    }

    /// How protocols' claims on each other clear as things stand.
    ///
    /// # Errors
    ///
    /// As [`clear`].
    pub fn clearing(&self) -> Result<Cleared, SystemError> {
        let count = Protocol::ALL.len();
        let mut owed = vec![vec![Cash::ZERO; count]; count];
        for claim in &self.scenario.claims {
            let sum = &mut owed[claim.from.index()][claim.to.index()];
            *sum = plus(*sum, claim.amount)?;
        }
        if !self.setting.channels.cross {
            return Ok(Cleared { paid: owed, defaulted: vec![false; count], rounds: 0 });
        }
        let means: Result<Vec<Cash>, _> =
            Protocol::ALL.iter().map(|protocol| self.means(*protocol)).collect();
        clear(&owed, &means?, &vec![Cash::ZERO; count])
    }

    /// What each protocol is worth after claims have cleared, in the order of [`Protocol::ALL`].
    ///
    /// # Errors
    ///
    /// As [`clear`].
    pub fn equities(&self) -> Result<[Cash; 4], SystemError> {
        let cleared = self.clearing()?;
        let mut equities = [Cash::ZERO; 4];
        for (i, protocol) in Protocol::ALL.into_iter().enumerate() {
            let own = plus(self.equity(protocol)?, cleared.received_by(i)?)?;
            equities[i] = less(own, cleared.paid_by(i)?)?;
        }
        Ok(equities)
    }

    /// A loss from outside, if this is its block. What is lost is the street's.
    pub(super) fn inject(&mut self) -> Result<(), SystemError> {
        let Some(injection) = self.setting.injection else { return Ok(()) };
        let Injection { protocol, loss, block } = injection;
        if block != self.state.block || loss == Cash::ZERO {
            return Ok(());
        }
        let spot = self.state.market.spot.get();
        let books = &mut self.state.books;
        let refuse = |held: Cash| Err(SystemError::LossTooGreat { protocol, loss, held });
        match protocol {
            Protocol::Perp => {
                let size = |account: &super::Account| {
                    Cash::from_atoms(account.perps.atoms().saturating_abs())
                };
                let weights: Vec<Cash> = books.traders.iter().map(size).collect();
                if weights.iter().all(|weight| *weight == Cash::ZERO) {
                    return refuse(Cash::ZERO);
                }
                for (account, part) in books.traders.iter_mut().zip(parts(loss, &weights)?) {
                    pay(account, &mut books.street, part)?;
                }
            }
            Protocol::Lending => {
                let held = books
                    .borrowers
                    .iter()
                    .try_fold(Size::ZERO, |sum, account| crate::units::more(sum, account.units))?;
                let value = worth(held, spot)?;
                if loss > value || value <= Cash::ZERO {
                    return refuse(value);
                }
                let gone = crate::units::size(div(money(loss)?, spot)?)?;
                let weight = |account: &super::Account| Cash::from_atoms(account.units.atoms());
                let weights: Vec<Cash> = books.borrowers.iter().map(weight).collect();
                let gone = parts(Cash::from_atoms(gone.atoms()), &weights)?;
                for (account, part) in books.borrowers.iter_mut().zip(gone) {
                    hand(account, &mut books.street, Size::from_atoms(part.atoms()))?;
                }
            }
            Protocol::Options => {
                if loss > books.pool.cash {
                    return refuse(books.pool.cash);
                }
                pay(&mut books.pool, &mut books.street, loss)?;
            }
            Protocol::Stable => {
                let first = loss.min(books.issuer.cash.max(Cash::ZERO));
                let rest = less(loss, first)?;
                let value = worth(books.issuer.units, spot)?;
                if rest > value {
                    return refuse(plus(first, value)?);
                }
                pay(&mut books.issuer, &mut books.street, first)?;
                if rest > Cash::ZERO {
                    let gone = crate::units::size(div(money(rest)?, spot)?)?;
                    hand(&mut books.issuer, &mut books.street, gone)?;
                }
            }
        }
        Ok(())
    }

    /// The pool hedges what its options were when the block began. A breaker stops trades with the pool, not the
    /// pool's own.
    pub(super) fn hedge(&mut self) -> Result<(), SystemError> {
        if self.scenario.options.profile.is_empty() {
            return Ok(());
        }
        let first = self.scenario.market.spot.get();
        let x = self.state.seen()?;
        let target = crate::units::size(self.scenario.options.valued(&self.way, x, first)?.hedge)?;
        let lacks = super::books::fewer(target, self.state.books.pool.units)?;
        if lacks == Size::ZERO {
            return Ok(());
        }
        let value = crate::units::mul(units(lacks)?, self.state.market.spot.get())?;
        let spread = self.spread()?;
        let cost = cash(self.state.market.trade(value, self.setting.channels.gamma, spread)?);
        let books = &mut self.state.books;
        hand(&mut books.street, &mut books.pool, lacks)?;
        pay(&mut books.pool, &mut books.street, cost)?;
        let tape = &mut self.state.tape;
        tape.hedged = plus(tape.hedged, cash(value.abs()))?;
        Ok(())
    }
}
