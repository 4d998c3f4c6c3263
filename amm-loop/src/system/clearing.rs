//! Who pays what when protocols owe each other.

use alloc::vec;
use alloc::vec::Vec;

use amm_core::num::{Cash, Rounding, mul_div};

use crate::LoopError;
use crate::system::SystemError;
use crate::units::plus;

/// The most rounds.
pub const ROUNDS_MAX: u32 = 100_000;

/// Payments that clear.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cleared {
    /// Row i: what i pays to each.
    pub paid: Vec<Vec<Cash>>,
    /// Who could not pay all it owed.
    pub defaulted: Vec<bool>,
    /// How often payments were worked out.
    pub rounds: u32,
}

impl Cleared {
    /// What i pays in all.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn paid_by(&self, i: usize) -> Result<Cash, SystemError> {
        let row = self.paid.get(i).map_or(&[][..], Vec::as_slice);
        Ok(row.iter().try_fold(Cash::ZERO, |sum, paid| plus(sum, *paid))?)
    }

    /// What i receives in all.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn received_by(&self, i: usize) -> Result<Cash, SystemError> {
        let mut column = self.paid.iter().filter_map(|row| row.get(i));
        Ok(column.try_fold(Cash::ZERO, |sum, paid| plus(sum, *paid))?)
    }
}

/// The greatest payments by which nobody pays more than it owes or has, and those who cannot pay all
/// pay all they have, to each in proportion (Eisenberg and Noe 2001).
///
/// Row i of `owed` is what i owes to each; `assets` are what each has from outside, `senior` what
/// each owes outside and pays first. Payments start at what is owed and fall, round by round, to the
/// greatest fixed point in whole atoms: a payment is rounded down and its rest stays with who pays, so
/// it is under the exact clearing payment by at most an atom for each creditor and for what its own
/// debtors round, and never above.
///
/// ```
/// use amm_core::num::Cash;
/// use amm_loop::system::clear;
///
/// let cash = |whole: i128| Cash::from_atoms(whole * Cash::SCALE);
/// // The first owes ten and has four; the second owes five on, and has three.
/// let owed = [vec![cash(0), cash(10)], vec![cash(5), cash(0)]];
/// let cleared = clear(&owed, &[cash(4), cash(3)], &[cash(0), cash(0)])?;
/// assert_eq!(cleared.paid_by(0)?, cash(9));
/// assert_eq!(cleared.paid_by(1)?, cash(5));
/// assert_eq!(cleared.defaulted, [true, false]);
/// # Ok::<(), amm_loop::system::SystemError>(())
/// ```
///
/// # Errors
///
/// * [`SystemError::Shape`] if lengths differ;
/// * [`SystemError::Scenario`] if a debt is below zero;
/// * [`SystemError::NotCleared`] if payments still fall after [`ROUNDS_MAX`] rounds;
/// * [`LoopError::Overflow`].
pub fn clear(owed: &[Vec<Cash>], assets: &[Cash], senior: &[Cash]) -> Result<Cleared, SystemError> {
    let parties = owed.len();
    for (what, got) in [("the list of assets", assets.len()), ("senior debts", senior.len())] {
        if got != parties {
            return Err(SystemError::Shape { what, got, want: parties });
        }
    }
    let mut nominal = Vec::with_capacity(parties);
    for row in owed {
        if row.len() != parties {
            return Err(SystemError::Shape { what: "a row", got: row.len(), want: parties });
        }
        if row.iter().chain(senior).any(|debt| *debt < Cash::ZERO) {
            return Err(SystemError::Scenario("a debt is not below zero"));
        }
        nominal.push(row.iter().try_fold(Cash::ZERO, |sum, debt| plus(sum, *debt))?);
    }
    let mut payments = nominal.clone();
    let mut paid: Vec<Vec<Cash>> = owed.to_vec();
    for rounds in 1..=ROUNDS_MAX {
        let mut moved = Cash::ZERO;
        for i in 0..parties {
            let first = senior[i].checked_neg().ok_or(LoopError::Overflow { what: "a debt" })?;
            let mut means = plus(assets[i], first)?;
            for row in &paid {
                means = plus(means, row[i])?;
            }
            let payment = means.clamp(Cash::ZERO, nominal[i]);
            // They fall from the top, so a rise can only be a rest that came back: it stays.
            if payment < payments[i] {
                moved = moved.max(Cash::from_atoms(payments[i].atoms() - payment.atoms()));
                payments[i] = payment;
            }
        }
        for i in 0..parties {
            for (paid, owed) in paid[i].iter_mut().zip(&owed[i]) {
                *paid = part(payments[i], *owed, nominal[i])?;
            }
        }
        if moved == Cash::ZERO {
            let short = |i: usize| payments[i] < nominal[i];
            let defaulted = (0..parties).map(short).collect();
            return Ok(Cleared { paid, defaulted, rounds });
        }
        if rounds == ROUNDS_MAX {
            return Err(SystemError::NotCleared { left: moved, rounds });
        }
    }
    Ok(Cleared { paid, defaulted: vec![false; parties], rounds: 0 })
}

/// payment·owed/nominal, rounded down; all three at least zero.
fn part(payment: Cash, owed: Cash, nominal: Cash) -> Result<Cash, LoopError> {
    if nominal == Cash::ZERO {
        return Ok(Cash::ZERO);
    }
    let atoms = |cash: Cash| cash.atoms().unsigned_abs();
    let part = mul_div(atoms(payment), atoms(owed), atoms(nominal), Rounding::Down);
    let part = part.and_then(|part| i128::try_from(part).ok());
    part.map(Cash::from_atoms).ok_or(LoopError::Overflow { what: "a payment" })
}
