//! The books once more, kept from events and receipts alone.

use std::collections::BTreeMap;
use std::vec::Vec;

use super::super::{Verdict, ensure};
use crate::book::{Account, AccountId, Series, Side};
use crate::engine::{Event, Outcome, Receipt, Revalued, SettledExpiry, State, Traded};
use crate::num::{Amount, Price, Real, Rounding, Size, Timestamp};
use crate::risk::{Action, Outcome as Turn, payoff};

/// What an account has, in atoms.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Purse {
    cash: i128,
    base: i128,
    shares: i128,
    owed: i128,
    positions: BTreeMap<Series, i128>,
}

/// Who has what.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    purses: BTreeMap<AccountId, Purse>,
    pool_cash: i128,
    hedge: i128,
    fixings: BTreeMap<Timestamp, Price>,
}

impl Model {
    pub(super) fn of(state: &State) -> Self {
        let purses = state.accounts().iter().map(|(id, account)| (*id, Purse::of(account)));
        let pool = state.pool();
        let (pool_cash, hedge) = (pool.cash.atoms(), pool.hedge.position.atoms());
        Self { purses: purses.collect(), pool_cash, hedge, fixings: state.fixings().clone() }
    }

    /// Books an accepted event, and compares what it touched.
    pub(super) fn take(&mut self, event: &Event, receipt: &Receipt, state: &State) -> Verdict {
        match event {
            Event::Deposit { account, cash, base } => {
                let purse = self.purses.entry(*account).or_default();
                purse.cash += cash.atoms();
                purse.base += base.atoms();
            }
            Event::Withdraw { account, cash, base } => {
                let purse = self.purse(*account)?;
                purse.cash -= cash.atoms();
                purse.base -= base.atoms();
            }
            Event::Provide { account, cash } => self.purse(*account)?.cash -= cash.atoms(),
            Event::Redeem { account, shares } => self.purse(*account)?.shares -= shares.atoms(),
            Event::Hedge { quantity, cash } => {
                self.hedge += quantity.atoms();
                self.pool_cash += cash.atoms();
            }
            Event::Fix { expiry, price } => {
                self.fixings.insert(*expiry, *price);
            }
            _ => {}
        }
        match (&receipt.outcome, event) {
            (Outcome::Traded(traded), Event::Trade(order)) => {
                self.trade(traded, order, state)?;
                self.compare_one(order.account, state)?;
            }
            (Outcome::Revalued(revalued), Event::Market(_)) => self.turn(revalued)?,
            (Outcome::Settled(settled), Event::Settle { expiry }) => {
                self.settle(settled, *expiry, state)?;
            }
            (Outcome::Done, _) => {}
            (outcome, event) => return Err(std::format!("{event:?} came out as {outcome:?}")),
        }
        if !matches!(event, Event::Market(_)) {
            let pool = (state.pool().cash.atoms(), state.pool().hedge.position.atoms());
            let kept = (self.pool_cash, self.hedge);
            ensure!(pool == kept, "the pool has {pool:?}, and {kept:?} was booked");
        }
        self.pool_cash = state.pool().cash.atoms();
        Ok(())
    }

    fn purse(&mut self, id: AccountId) -> Result<&mut Purse, std::string::String> {
        self.purses.get_mut(&id).ok_or_else(|| std::format!("account {id} came from nowhere"))
    }

    fn trade(&mut self, traded: &Traded, order: &crate::book::Order, state: &State) -> Verdict {
        ensure!(traded.account == order.account, "filled for {}", traded.account);
        let total = traded.parts.total();
        ensure!(total == Some(traded.total), "{} is not the sum {total:?}", traded.total);
        let fees = state.params().fees.split(traded.parts.fee);
        let purse = self.purse(order.account)?;
        purse.cash -= traded.total.atoms() + traded.owed.atoms();
        purse.owed += traded.owed.atoms();
        for leg in &order.legs {
            let by = if leg.side == Side::Buy { leg.size.atoms() } else { -leg.size.atoms() };
            let position = purse.positions.entry(leg.series).or_default();
            *position += by;
            if *position == 0 {
                purse.positions.remove(&leg.series);
            }
        }
        let taken = fees.insurance.atoms() + fees.treasury.atoms();
        self.pool_cash += traded.total.atoms() + traded.owed.atoms() - taken;
        ensure!(traded.owed.atoms() >= 0, "{} owed", traded.owed);
        ensure!(traded.owed.atoms() == 0 || self.pool_cash == 0, "owed while there is cash");
        Ok(())
    }

    fn turn(&mut self, revalued: &Revalued) -> Verdict {
        for (request, turn) in &revalued.turns {
            let purse = self.purse(request.account)?;
            match (*turn, request.action) {
                (Turn::Minted { shares }, Action::Provide(_)) => purse.shares += shares.atoms(),
                (Turn::Paid { cash, .. }, Action::Redeem(_)) => purse.cash += cash.atoms(),
                (Turn::Refused(_), Action::Provide(cash)) => purse.cash += cash.atoms(),
                (Turn::Refused(_), Action::Redeem(shares)) => purse.shares += shares.atoms(),
                (Turn::Waits, _) => {}
                (turn, action) => return Err(std::format!("{action:?} came out as {turn:?}")),
            }
        }
        Ok(())
    }

    /// Everyone gets what the options come to: gains in cash or as a debt, to the atom below; losses
    /// from cash and from the underlying, with less than an atom of either too much.
    fn settle(&mut self, settled: &SettledExpiry, expiry: Timestamp, state: &State) -> Verdict {
        ensure!(state.inventory().chain(expiry).is_err(), "{expiry} is still listed");
        let price = self.fixings.remove(&expiry);
        let (mut received, mut received_base, mut paid) = (0, 0, 0);
        for (id, purse) in &mut self.purses {
            let account = state.accounts().get(id);
            let account = account.ok_or_else(|| std::format!("account {id} is gone"))?;
            let cash = account.cash.atoms() - purse.cash;
            let owed = account.owed.atoms() - purse.owed;
            let base = purse.base - account.base.atoms();
            let gain = cash + owed;
            let expired: Vec<_> =
                purse.positions.extract_if(.., |series, _| series.expiry == expiry).collect();
            match price {
                Some(price) => worth(&expired, price, gain, base)
                    .map_err(|how| std::format!("account {id}: {how}"))?,
                None => ensure!(
                    expired.is_empty() && gain == 0 && base == 0,
                    "account {id} settled without a price"
                ),
            }
            received += (-gain).max(0);
            received_base += base;
            paid += gain.max(0) - owed;
            (purse.cash, purse.owed) = (account.cash.atoms(), account.owed.atoms());
            purse.base = account.base.atoms();
        }
        let got = (settled.paid.atoms(), settled.received.atoms(), settled.received_base.atoms());
        let want = (paid, received, received_base);
        ensure!(got == want, "settled {got:?}, and accounts changed by {want:?}");
        ensure!(settled.unpaid.atoms() == 0, "{} was not paid", settled.unpaid);
        self.pool_cash += received - paid;
        self.hedge += received_base;
        Ok(())
    }

    /// Whether the state's accounts are these.
    pub(super) fn compare(&self, state: &State) -> Verdict {
        let (kept, held) = (self.purses.len(), state.accounts().len());
        ensure!(kept == held, "{held} accounts, and {kept} were opened");
        self.purses.keys().try_for_each(|id| self.compare_one(*id, state))
    }

    fn compare_one(&self, id: AccountId, state: &State) -> Verdict {
        let (held, kept) = (state.accounts().get(&id), self.purses.get(&id));
        let held = held.map(Purse::of);
        ensure!(held.as_ref() == kept, "account {id} is {held:?}, and {kept:?} was booked");
        Ok(())
    }
}

impl Purse {
    fn of(account: &Account) -> Self {
        let positions = account.positions.as_slice().iter();
        Self {
            cash: account.cash.atoms(),
            base: account.base.atoms(),
            shares: account.shares.atoms(),
            owed: account.owed.atoms(),
            positions: positions.map(|&(series, size)| (series, size.atoms())).collect(),
        }
    }
}

/// Whether options that expired at a price may change an account by `gain` atoms of cash and cost it
/// `base` atoms of the underlying.
fn worth(expired: &[(Series, i128)], price: Price, gain: i128, base: i128) -> Verdict {
    let pays = |&(series, size): &(Series, i128)| {
        Amount::of(Size::from_atoms(size), payoff(&series, price))
    };
    let sum = expired.iter().try_fold(Amount::ZERO, |sum, held| sum.checked_add(pays(held)?));
    let given = Amount::of(Size::from_atoms(base), price.get());
    let (Some(sum), Some(given)) = (sum, given) else { return Ok(()) };
    if sum >= Amount::ZERO {
        let want = sum.round(Rounding::Down).atoms();
        ensure!(gain == want && base == 0, "{gain} atoms and {base} for options worth {sum}");
        return Ok(());
    }
    // What is paid beyond the loss.
    let cash = Amount::of(Size::from_atoms(-gain), Real::ONE);
    let over = cash.and_then(|cash| cash.checked_add(given)?.checked_add(sum));
    let dust = Amount::of(Size::from_atoms(1), price.get().max(Real::ONE));
    ensure!(gain <= 0 && base >= 0, "{gain} atoms and {base} for options worth {sum}");
    if let (Some(over), Some(dust)) = (over, dust) {
        let most = if base == 0 {
            Amount::of(Size::from_atoms(1), Real::ONE).unwrap_or(dust)
        } else {
            dust
        };
        ensure!(Amount::ZERO <= over && over < most, "{over} too much for a loss of {sum}");
    }
    Ok(())
}
