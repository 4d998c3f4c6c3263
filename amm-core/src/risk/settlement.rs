//! What expired options come to, and who is paid when there is not enough.

use alloc::vec::Vec;

use crate::book::{Account, AccountId, Series};
use crate::num::{Amount, Cash, Price, Real, Rounding, Size, Timestamp, mul_div_rem};
use crate::pricing::Kind;
use crate::risk::collateral::{CollateralError, collateral};
use crate::risk::worth::Worth;

/// What one contract pays its holder if the underlying settles at a price. Exact.
pub fn payoff(series: &Series, price: Price) -> Real {
    let gain = match series.kind {
        Kind::Call => price.get() - series.strike.get(),
        Kind::Put => series.strike.get() - price.get(),
    };
    gain.max(Real::ZERO)
}

/// How one account's options of an expiry are settled. The pool is on the other side: its cash
/// changes by minus `cash`, and it gets the `base` that the account pays.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Settled {
    /// What the account gets, rounded down; negative: what it pays, rounded up.
    pub cash: Cash,
    /// What the account pays in units of the underlying, at the settlement price.
    pub base: Size,
    /// What rounding leaves to the pool: from 0 to below one atom of cash, or below one atom of
    /// the underlying at the settlement price.
    pub dust: Amount,
    /// What the account cannot pay: zero if it [`covers`](crate::risk::covers) its options.
    pub unpaid: Cash,
}

/// Settles an account's options of one expiry at a price.
///
/// A gain is cash. A loss is paid from the cash that its other options do not need as collateral,
/// then in the underlying at the settlement price.
///
/// An account that [`covers`](crate::risk::covers) its options pays all of it and still covers the
/// others. Let c and b be the cash and the base that [`collateral`] asks for this expiry. The loss
/// at any price S is at most c + b·S, and cash not needed elsewhere is at least c, so what is left
/// to pay in base is at most b·S: b units, which are not needed elsewhere. Rounding up does not pass
/// b or the free cash, which are whole atoms. Where the price is zero the loss is at most c.
///
/// An account that does not cover them pays from the other cash too, and what is then missing is
/// [`unpaid`](Settled::unpaid).
///
/// # Errors
///
/// Those of [`collateral`], which [`Positions`](crate::book::Positions) never come to.
pub fn settle(
    account: &Account,
    expiry: Timestamp,
    price: Price,
) -> Result<Settled, CollateralError> {
    let expired = account.positions.of_expiry(expiry);
    let overflow = CollateralError::Overflow { expiry };
    let net = net(expired, price).ok_or(overflow)?;
    if net >= Worth::ZERO {
        return gain(net).ok_or(overflow);
    }
    let all = account.positions.as_slice();
    let before = all.partition_point(|(series, _)| series.expiry < expiry);
    let after = &all[before + expired.len()..];
    let others = collateral(&all[..before])?.checked_add(collateral(after)?).ok_or(overflow)?;
    loss(net, price, account, others.cash).ok_or(overflow)
}

/// What positions pay their holder at a price.
fn net(positions: &[(Series, Size)], price: Price) -> Option<Worth> {
    positions.iter().try_fold(Worth::ZERO, |sum, (series, position)| {
        sum.checked_add(Worth::of(*position, payoff(series, price))?)
    })
}

fn gain(net: Worth) -> Option<Settled> {
    let cash = net.round(Rounding::Down)?;
    let dust = net.checked_sub(cash.into())?.amount()?;
    Some(Settled { cash, dust, ..Settled::default() })
}

fn loss(net: Worth, price: Price, account: &Account, needed: Cash) -> Option<Settled> {
    let debt = net.checked_neg()?;
    let cash = account.cash.max(Cash::ZERO);
    let free = cash.checked_sub(needed)?.max(Cash::ZERO);
    let paid = debt.round(Rounding::Up)?.min(free);
    let left = debt.checked_sub(paid.into())?; // below zero by rounding only
    let base = base_for(left, price, account.base);
    let in_base = Worth::of(base, price.get())?;
    let still = left.checked_sub(in_base)?.round(Rounding::Up)?.max(Cash::ZERO);
    let more = still.min(cash.checked_sub(paid)?);
    let (paid, unpaid) = (paid.checked_add(more)?, still.checked_sub(more)?);
    let booked = in_base.checked_add(paid.into())?.checked_add(unpaid.into())?;
    let dust = booked.checked_sub(debt)?.amount()?;
    Some(Settled { cash: paid.checked_neg()?, base, dust, unpaid })
}

/// The fewest units that pay what is left, or all that there are; none where nothing is left or
/// they are worth nothing.
fn base_for(left: Worth, price: Price, held: Size) -> Size {
    let held = held.max(Size::ZERO);
    if left <= Worth::ZERO || price == Price::MIN {
        return Size::ZERO;
    }
    // What does not fit is more than anyone holds.
    left.size_at(price.get()).map_or(held, |size| size.min(held))
}

/// A sum of debts above [`Cash::MAX`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("debts sum to more than {}", Cash::MAX)]
pub struct DebtOverflow;

/// Who gets how much of what the pool can pay of its debts: everyone in proportion to what is owed.
///
/// Exact: the sum is what is available, or all that is owed if that is less. Each share is rounded
/// down, and the atoms left go one each to the largest remainders, of equal ones to the lowest
/// account. So nobody gets more than is owed, and with nothing available or owed nothing is paid.
/// Payments above zero are returned, in the order given. Debts of zero and below count for nothing.
///
/// ```
/// use amm_core::book::AccountId;
/// use amm_core::num::Cash;
/// use amm_core::risk::pay_down;
///
/// let owed = [1, 1, 2].map(Cash::from_atoms);
/// let owed = owed.into_iter().enumerate().map(|(id, owed)| (AccountId(id as u64), owed));
/// let paid = pay_down(owed, Cash::from_atoms(2))?;
/// assert_eq!(paid, [(AccountId(0), Cash::from_atoms(1)), (AccountId(2), Cash::from_atoms(1))]);
/// # Ok::<(), amm_core::risk::DebtOverflow>(())
/// ```
///
/// # Errors
///
/// [`DebtOverflow`]. It cannot come of debts whose sum is kept as [`Cash`].
pub fn pay_down(
    owed: impl IntoIterator<Item = (AccountId, Cash)>,
    available: Cash,
) -> Result<Vec<(AccountId, Cash)>, DebtOverflow> {
    let mut debts: Vec<_> = owed.into_iter().filter(|(_, owed)| *owed > Cash::ZERO).collect();
    let sum = debts.iter().try_fold(Cash::ZERO, |sum, (_, owed)| sum.checked_add(*owed));
    let total = sum.ok_or(DebtOverflow)?;
    if available >= total {
        return Ok(debts);
    }
    if available <= Cash::ZERO {
        return Ok(Vec::new());
    }
    let (total, mut left) = (total.atoms() as u128, available.atoms()); // both above zero
    let mut remainders = Vec::with_capacity(debts.len());
    for (place, (account, debt)) in debts.iter_mut().enumerate() {
        let (owed, available) = (debt.atoms() as u128, available.atoms() as u128);
        // Below `owed`, as available < total.
        let (share, rest) = mul_div_rem(owed, available, total).ok_or(DebtOverflow)?;
        *debt = Cash::from_atoms(share as i128);
        left -= debt.atoms();
        remainders.push((core::cmp::Reverse(rest), *account, place));
    }
    // The remainders, each below total, sum to left·total: more of them than `left` are above zero.
    remainders.sort_unstable();
    for &(_, _, place) in remainders.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        debts[place].1 = Cash::from_atoms(debts[place].1.atoms() + 1);
    }
    debts.retain(|(_, paid)| *paid > Cash::ZERO);
    Ok(debts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::covers;
    use std::string::ToString;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn account(cash: &str, base: &str, rows: &[(u64, &str, Kind, &str)]) -> Account {
        let (cash, base) = (cash.parse().unwrap(), base.parse().unwrap());
        let mut account = Account { cash, base, ..Account::default() };
        for &(expiry, strike, kind, size) in rows {
            let series = Series { expiry: Timestamp::new(expiry), strike: price(strike), kind };
            account.positions.set(series, size.parse().unwrap()).unwrap();
        }
        account
    }

    #[track_caller]
    fn settles(account: &Account, at: &str, cash: &str, base: &str, dust: &str, unpaid: &str) {
        let settled = settle(account, Timestamp::new(1), price(at)).unwrap();
        assert_eq!(
            (settled.cash.to_string(), settled.base.to_string()),
            (cash.to_string(), base.to_string())
        );
        assert_eq!(
            (settled.dust.to_string(), settled.unpaid.to_string()),
            (dust.to_string(), unpaid.to_string())
        );
    }

    #[test]
    fn gains_are_cash_rounded_down() {
        let held = account("0", "0", &[(1, "100", Kind::Call, "3"), (2, "1", Kind::Put, "5")]);
        settles(&held, "150", "150", "0", "0", "0");
        settles(&held, "100", "0", "0", "0", "0");
        let atom = account("0", "0", &[(1, "100", Kind::Call, "0.000000001")]);
        settles(&atom, "100.5", "0", "0", "0.0000000005", "0");
    }

    #[test]
    fn losses_are_paid_in_free_cash_then_in_base() {
        let short = account("30", "1", &[(1, "100", Kind::Call, "-1")]);
        settles(&short, "130", "-30", "0", "0", "0");
        settles(&short, "160", "-30", "0.1875", "0", "0");
        // 60/160.5 = 0.37383177570…: 160.5·0.373831776 is above 60 by this much.
        let bare = account("0", "1", &[(1, "100.5", Kind::Call, "-1")]);
        settles(&bare, "160.5", "0", "0.373831776", "0.000000048", "0");
    }

    #[test]
    fn cash_that_backs_another_expiry_stays() {
        let rows = [(1, "100", Kind::Call, "-1"), (2, "100", Kind::Put, "-1")];
        let account = account("100", "1", &rows);
        covers(&account).unwrap();
        // Not 100 of cash: the put still needs it if the underlying goes to zero.
        settles(&account, "200", "0", "0.5", "0", "0");
    }

    #[test]
    fn nothing_is_asked_of_base_that_is_worth_nothing() {
        let put = account("100", "7", &[(1, "100", Kind::Put, "-1")]);
        settles(&put, "0", "-100", "0", "0", "0");
    }

    #[test]
    fn who_cannot_pay_pays_what_there_is() {
        let rows = [(1, "100", Kind::Put, "-1"), (2, "50", Kind::Put, "-1")];
        settles(&account("60", "0", &rows), "10", "-60", "0", "0", "30");
        settles(&account("60", "1", &rows), "10", "-60", "1", "0", "20");
        settles(&account("0", "0", &rows), "0", "0", "0", "0", "100");
        settles(&account("-5", "-5", &rows), "40", "0", "0", "0", "60");
    }

    #[test]
    fn the_largest_account_settles() {
        let most = crate::book::POSITION_MAX.to_string();
        fn rows(size: &str) -> [(u64, &str, Kind, &str); 2] {
            [(1, "1", Kind::Call, size), (2, "5", Kind::Put, size)]
        }
        let held = account("0", "0", &rows(&most));
        settles(&held, "1000000000000", "999999999999000000000", "0", "0", "0");
        let backed = account("5000000000", &most, &rows(&std::format!("-{most}")));
        covers(&backed).unwrap();
        settles(&backed, "1000000000000", "0", "999999999.999", "0", "0");
    }

    fn owed(debts: &[i128]) -> impl Iterator<Item = (AccountId, Cash)> {
        (0..).map(AccountId).zip(debts.iter().copied().map(Cash::from_atoms))
    }

    #[test]
    fn what_there_is_goes_by_what_is_owed() {
        let pay = |debts: &[i128], available| {
            let paid = pay_down(owed(debts), Cash::from_atoms(available)).unwrap();
            paid.iter().map(|(id, cash)| (id.0, cash.atoms())).collect::<Vec<_>>()
        };
        assert_eq!(pay(&[5, 3, 2], 100), [(0, 5), (1, 3), (2, 2)]);
        assert_eq!(pay(&[5, 3, 2], 5), [(0, 3), (1, 1), (2, 1)]); // 2.5, 1.5, 1
        assert_eq!(pay(&[1, 1, 1], 1), [(0, 1)]);
        assert_eq!(pay(&[0, -4, 7], 3), [(2, 3)]);
        assert_eq!(pay(&[i128::MAX - 1, 1], i128::MAX - 1), [(0, i128::MAX - 2), (1, 1)]);
        for available in [0, -1, i128::MIN] {
            assert_eq!(pay(&[5, 3], available), []);
        }
        assert_eq!(pay(&[], 7), []);
        assert_eq!(pay_down(owed(&[i128::MAX, 1]), Cash::ZERO), Err(DebtOverflow));
    }
}
