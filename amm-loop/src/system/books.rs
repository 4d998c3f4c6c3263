//! Who has what: every coin of a system is somebody's.

use alloc::vec::Vec;
use core::iter;

use amm_core::num::{Cash, Real, Rounding, Size};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::system::SystemError;
use crate::units::{more, plus, value};

/// What one party has.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Account {
    /// Cash. Below zero it is owed: to the perpetuals' venue for what was bought on margin, or to
    /// nobody in particular, a deficit.
    pub cash: Cash,
    /// Units of the underlying.
    pub units: Size,
    /// Perpetuals on it: a unit each, negative if short.
    pub perps: Size,
    /// Coins of the stablecoin.
    pub coins: Cash,
    /// Shares of the options pool.
    pub shares: Size,
    /// Owed to the lending protocol.
    pub debt: Cash,
}

/// All accounts.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Books {
    /// Everybody else: the other side of every trade in the underlying and of what venues close.
    pub street: Account,
    /// Who is paid for gas.
    pub chain: Account,
    /// The perpetuals' insurance fund.
    pub fund: Account,
    /// The lending protocol's suppliers.
    pub lender: Account,
    /// The lending protocol's own cover for bad debt.
    pub cover: Account,
    /// The stablecoin's issuer.
    pub issuer: Account,
    /// The pool in which the stablecoin is traded.
    pub curve: Account,
    /// Who holds the stablecoin otherwise.
    pub holders: Account,
    /// The options pool.
    pub pool: Account,
    /// The crowd that comes and goes by funding.
    pub crowd: Account,
    /// Keepers.
    pub keepers: Vec<Account>,
    /// Traders of perpetuals.
    pub traders: Vec<Account>,
    /// Borrowers.
    pub borrowers: Vec<Account>,
    /// Coins there are.
    pub minted: Cash,
    /// Shares of the options pool there are.
    pub shares: Size,
    /// Loans there are.
    pub loans: Cash,
}

/// Sums over all accounts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Total {
    /// Cash: never changes.
    pub cash: Cash,
    /// Units of the underlying: never changes.
    pub units: Size,
}

impl Books {
    /// Every account.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        let single = [
            &self.street,
            &self.chain,
            &self.fund,
            &self.lender,
            &self.cover,
            &self.issuer,
            &self.curve,
            &self.holders,
            &self.pool,
            &self.crowd,
        ];
        single.into_iter().chain(&self.keepers).chain(&self.traders).chain(&self.borrowers)
    }

    /// Sums over every account.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn total(&self) -> Result<Total, SystemError> {
        let mut total = Total::default();
        for account in self.all() {
            total.cash = plus(total.cash, account.cash)?;
            total.units = more(total.units, account.units)?;
        }
        Ok(total)
    }

    /// That nothing has come from nowhere: cash and units are what they were, perpetuals come to
    /// nothing, and coins, shares and debts to what is counted of them.
    ///
    /// # Errors
    ///
    /// [`SystemError::NotConserved`] with what is off.
    pub fn check(&self, began: &Total, block: u32) -> Result<(), SystemError> {
        let sums = self.all().try_fold([0_i128; 6], |mut sums, account| {
            let Account { cash, units, perps, coins, shares, debt } = account;
            let parts = [cash.atoms(), units.atoms(), perps.atoms()];
            let others = [coins.atoms(), shares.atoms(), debt.atoms()];
            for (sum, part) in sums.iter_mut().zip(parts.into_iter().chain(others)) {
                *sum = sum.checked_add(part)?;
            }
            Some(sums)
        });
        let overflow = LoopError::Overflow { what: "a sum over all accounts" };
        let [cash, units, perps, coins, shares, debt] = sums.ok_or(overflow)?;
        let sums = [
            ("cash", cash, began.cash.atoms()),
            ("the underlying", units, began.units.atoms()),
            ("perpetuals", perps, 0),
            ("the stablecoin", coins, self.minted.atoms()),
            ("shares of the pool", shares, self.shares.atoms()),
            ("loans", debt, self.loans.atoms()),
        ];
        for (what, now, then) in sums {
            if now != then {
                // Neither is near the end of its range: the sums above have not overflowed.
                return Err(SystemError::NotConserved {
                    block,
                    what,
                    atoms: now.wrapping_sub(then),
                });
            }
        }
        Ok(())
    }
}

/// One pays another.
pub(super) fn pay(from: &mut Account, to: &mut Account, cash: Cash) -> Result<(), SystemError> {
    (from.cash, to.cash) = (less(from.cash, cash)?, plus(to.cash, cash)?);
    Ok(())
}

/// One gives another units of the underlying.
pub(super) fn hand(from: &mut Account, to: &mut Account, units: Size) -> Result<(), SystemError> {
    (from.units, to.units) = (fewer(from.units, units)?, more(to.units, units)?);
    Ok(())
}

/// One gives another perpetuals.
pub(super) fn assign(from: &mut Account, to: &mut Account, perps: Size) -> Result<(), SystemError> {
    (from.perps, to.perps) = (fewer(from.perps, perps)?, more(to.perps, perps)?);
    Ok(())
}

/// One gives another coins.
pub(super) fn send(from: &mut Account, to: &mut Account, coins: Cash) -> Result<(), SystemError> {
    (from.coins, to.coins) = (less(from.coins, coins)?, plus(to.coins, coins)?);
    Ok(())
}

/// a − b of money.
pub(super) fn less(a: Cash, b: Cash) -> Result<Cash, SystemError> {
    Ok(a.checked_sub(b).ok_or(LoopError::Overflow { what: "an account" })?)
}

/// a − b of sizes.
pub(super) fn fewer(a: Size, b: Size) -> Result<Size, SystemError> {
    Ok(a.checked_sub(b).ok_or(LoopError::Overflow { what: "a position" })?)
}

/// What a size is worth, rounded down.
pub(super) fn worth(size: Size, price: Real) -> Result<Cash, SystemError> {
    Ok(value(size, price)?)
}

/// What coins are worth, rounded down.
pub(super) fn coins_worth(coins: Cash, price: Real) -> Result<Cash, SystemError> {
    worth(Size::from_atoms(coins.atoms()), price)
}

/// total·weight/weights over the list, each the difference of two sums rounded down, so that the parts
/// add up to the total exactly. Without any weight nobody has a part.
pub(super) fn parts(total: Cash, weights: &[Cash]) -> Result<Vec<Cash>, SystemError> {
    let overflow = LoopError::Overflow { what: "a part of a loss" };
    let sum = weights.iter().try_fold(Cash::ZERO, |sum, weight| plus(sum, *weight))?;
    if sum == Cash::ZERO {
        return Ok(iter::repeat_n(Cash::ZERO, weights.len()).collect());
    }
    let (mut so_far, mut given) = (Cash::ZERO, 0_i128);
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        so_far = plus(so_far, *weight)?;
        let atoms = |cash: Cash| cash.atoms().unsigned_abs();
        let upto = amm_core::num::mul_div(atoms(total), atoms(so_far), atoms(sum), Rounding::Down);
        let upto = upto.and_then(|upto| i128::try_from(upto).ok()).ok_or(overflow.clone())?;
        parts.push(Cash::from_atoms(upto - given));
        given = upto;
    }
    Ok(parts)
}
