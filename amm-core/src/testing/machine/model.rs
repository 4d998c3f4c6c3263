//! The books once more, kept from events and receipts alone.

use std::collections::BTreeMap;
use std::vec::Vec;

use super::super::{Verdict, ensure};
use crate::book::{ASSETS_MAX, Account, AccountId, Holdings, Series, Side};
use crate::engine::{
    Absorbed, Event, Liquidated, Outcome, Receipt, Revalued, SettledExpiry, State, Traded,
};
use crate::num::{Amount, Cash, Price, Real, Rounding, Size, Timestamp};
use crate::risk::{Action, Outcome as Turn, payoff};

/// What an account has, in atoms.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Purse {
    cash: i128,
    base: i128,
    shares: i128,
    owed: i128,
    positions: BTreeMap<Series, i128>,
    assets: [i128; ASSETS_MAX],
}

/// Who has what.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    purses: BTreeMap<AccountId, Purse>,
    pool_cash: i128,
    hedge: i128,
    seized: [i128; ASSETS_MAX],
    fixings: BTreeMap<Timestamp, Price>,
}

impl Model {
    pub(super) fn of(state: &State) -> Self {
        let purses = state.accounts().iter().map(|(id, account)| (*id, Purse::of(account)));
        let pool = state.pool();
        let (pool_cash, hedge) = (pool.cash.atoms(), pool.hedge.position.atoms());
        let (seized, fixings) = (units(&pool.seized), state.fixings().clone());
        Self { purses: purses.collect(), pool_cash, hedge, seized, fixings }
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
            Event::Pledge { account, asset, units } => {
                let purse = self.purses.entry(*account).or_default();
                purse.assets[usize::from(*asset)] += units.atoms();
            }
            Event::Release { account, asset, units } => {
                self.purse(*account)?.assets[usize::from(*asset)] -= units.atoms();
            }
            Event::Dispose { asset, units, cash } => {
                self.seized[usize::from(*asset)] -= units.atoms();
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
            (Outcome::Liquidated(done), Event::Liquidate { .. }) => self.sold(done, state)?,
            (Outcome::Absorbed(done), Event::Absorb { .. }) => self.absorbed(done, state)?,
            (Outcome::Funded(done), Event::Accrue { account }) => {
                ensure!(done.account == *account, "{} paid for {account}", done.account);
                let (paid, owed) = (done.paid.atoms(), done.owed.atoms());
                let purse = self.purse(*account)?;
                purse.cash -= paid;
                self.pool_cash += paid;
                let short = if owed > 0 { self.purse(*account)?.cash } else { self.pool_cash };
                ensure!(owed == 0 || short == 0, "{owed} is owed where there is {short}");
                self.compare_one(*account, state)?;
            }
            (Outcome::Done, _) => {}
            (outcome, event) => return Err(std::format!("{event:?} came out as {outcome:?}")),
        }
        let seized = units(&state.pool().seized);
        ensure!(seized == self.seized, "{seized:?} seized, and {:?} was booked", self.seized);
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

    /// What one has less, the other has more, but for what the bidder is paid; and that is borne by
    /// those that the receipt names.
    fn sold(&mut self, done: &Liquidated, state: &State) -> Verdict {
        let Liquidated { account, bidder, bid, loss, .. } = *done;
        let before = self.together(account, bidder)?;
        for id in [account, bidder] {
            let purse = state.accounts().get(&id).map(Purse::of);
            *self.purse(id)? = purse.ok_or_else(|| std::format!("account {id} is gone"))?;
        }
        let mut want = before;
        let [paid, claim, insurance, providers, owed] =
            [bid.paid, loss.claim, loss.insurance, loss.providers, loss.owed].map(Cash::atoms);
        let borne = claim + insurance + providers + owed;
        ensure!(paid == borne, "a bidder was paid {paid}, and {borne} was borne");
        let late = owed.max(0);
        let now = self.together(account, bidder)?;
        // What the pool's cash does not reach for is owed, of the claim also.
        let unpaid = now.owed - (want.owed - claim);
        ensure!(unpaid >= late && unpaid <= late + claim, "{unpaid} owed for {late} and {claim}");
        want.cash += paid - unpaid;
        want.owed += unpaid - claim;
        ensure!(now == want, "two accounts have {now:?}, and {want:?} between them");
        ensure!(bid.pays.atoms() == 0 || paid == 0, "a bid pays and is paid");
        self.pool_cash -= paid - insurance - unpaid;
        Ok(())
    }

    /// What two accounts have together; each position apart from those that cancel.
    fn together(&mut self, one: AccountId, other: AccountId) -> Result<Purse, std::string::String> {
        let mut sum = self.purse(one)?.clone();
        let more = self.purse(other)?.clone();
        sum.cash += more.cash;
        sum.base += more.base;
        sum.shares += more.shares;
        sum.owed += more.owed;
        sum.assets.iter_mut().zip(more.assets).for_each(|(sum, units)| *sum += units);
        for (series, size) in more.positions {
            *sum.positions.entry(series).or_default() += size;
        }
        sum.positions.retain(|_, size| *size != 0);
        Ok(sum)
    }

    /// The account keeps no option that is alive, and pays what closing them came to, as far as it can.
    fn absorbed(&mut self, done: &Absorbed, state: &State) -> Verdict {
        let Absorbed { account: id, total, funding, base, seized, loss } = *done;
        let purse = self.purse(id)?;
        let now = state.accounts().get(&id).map(Purse::of);
        let now = now.ok_or_else(|| std::format!("account {id} is gone"))?;
        purse.positions.retain(|series, _| series.expiry <= state.now());
        ensure!(now.positions == purse.positions, "account {id} keeps {:?}", now.positions);
        purse.base -= base.atoms();
        let mut taken = [0; ASSETS_MAX];
        take(&mut purse.assets, &mut taken, units(&seized.units));
        let spot = state.market().map_or(Price::MIN, |market| market.spot);
        let brought =
            Amount::of(base, spot.get()).map_or(0, |sum| sum.round(Rounding::Down).atoms());
        let missing = [loss.claim, loss.insurance, loss.providers].map(Cash::atoms);
        let worth = seized.worth.atoms();
        let due = total.atoms() + funding.atoms();
        let paid = due - brought - worth - missing.iter().sum::<i128>();
        ensure!(
            missing == [0; 3] || now.cash == 0 && now.base == 0 && now.assets == [0; ASSETS_MAX],
            "{missing:?} are missing, and {} are left",
            now.cash
        );
        let owed = now.owed - (purse.owed - loss.claim.atoms());
        ensure!(owed >= 0 && (owed == 0 || state.pool().cash == Cash::ZERO), "{owed} owed");
        purse.cash -= paid + owed;
        purse.owed = now.owed;
        ensure!(now == *purse, "account {id} is {now:?}, and {purse:?} was booked");
        self.pool_cash += paid + owed + loss.insurance.atoms();
        self.hedge += base.atoms();
        self.seized.iter_mut().zip(taken).for_each(|(sum, units)| *sum += units);
        Ok(())
    }

    /// Everyone gets what the options come to: gains in cash or as a debt, to the atom below; losses
    /// from cash and from the underlying, with less than an atom of either too much.
    fn settle(&mut self, settled: &SettledExpiry, expiry: Timestamp, state: &State) -> Verdict {
        ensure!(state.inventory().chain(expiry).is_err(), "{expiry} is still listed");
        let price = self.fixings.remove(&expiry);
        let margin = state.params().risk.margin.params().is_some();
        let (mut received, mut received_base, mut paid) = (0, 0, 0);
        let mut seized = [0; ASSETS_MAX];
        for (id, purse) in &mut self.purses {
            let account = state.accounts().get(id);
            let account = account.ok_or_else(|| std::format!("account {id} is gone"))?;
            let cash = account.cash.atoms() - purse.cash;
            let owed = account.owed.atoms() - purse.owed;
            let base = purse.base - account.base.atoms();
            let gain = cash + owed;
            let expired: Vec<_> =
                purse.positions.extract_if(.., |series, _| series.expiry == expiry).collect();
            // Who had no cash left may have paid less; what it was paid since is no matter.
            let broke = purse.cash + gain.min(0) <= 0;
            match price {
                Some(price) => worth(&expired, price, (gain, base), margin && broke)
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
            let left = units(&account.assets);
            let gone: Vec<_> = purse.assets.iter().zip(left).map(|(had, has)| had - has).collect();
            ensure!(
                gone.iter().all(|units| *units == 0) || broke,
                "{gone:?} taken of account {id}, which has {}",
                account.cash
            );
            let price = price.unwrap_or(Price::MIN);
            let keeps = left != [0; ASSETS_MAX] && gone.iter().all(|units| *units == 0);
            ensure!(
                !(keeps && short(&expired, price, gain, base)),
                "{id} keeps its assets and owes"
            );
            seized.iter_mut().zip(gone).for_each(|(sum, units)| *sum += units);
            purse.assets = left;
        }
        let said = units(&settled.seized.units);
        ensure!(seized == said, "{seized:?} taken, and {said:?} said");
        self.seized.iter_mut().zip(seized).for_each(|(sum, units)| *sum += units);
        let [claim, insurance, providers] =
            [settled.loss.claim, settled.loss.insurance, settled.loss.providers].map(Cash::atoms);
        // A claim that is set off changes an account as if it were paid and paid back.
        let got = (settled.paid.atoms() + claim, settled.received.atoms() + claim);
        let got = (got.0, got.1, settled.received_base.atoms());
        let want = (paid, received, received_base);
        ensure!(got == want, "settled {got:?}, and accounts changed by {want:?}");
        let unpaid = settled.unpaid.atoms();
        ensure!(margin || unpaid == 0, "{unpaid} was not paid");
        ensure!(
            unpaid == claim + insurance + providers,
            "{unpaid} was borne by {:?}",
            settled.loss
        );
        self.pool_cash += received - paid + insurance;
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
            assets: units(&account.assets),
        }
    }
}

fn units(held: &Holdings) -> [i128; ASSETS_MAX] {
    core::array::from_fn(|asset| held.get(asset).atoms())
}

/// Units go from one to the other.
fn take(from: &mut [i128; ASSETS_MAX], to: &mut [i128; ASSETS_MAX], by: [i128; ASSETS_MAX]) {
    for ((from, to), by) in from.iter_mut().zip(to).zip(by) {
        *from -= by;
        *to += by;
    }
}

/// Whether an account has paid less for options that expired than they come to, by more than rounding.
fn short(expired: &[(Series, i128)], price: Price, gain: i128, base: i128) -> bool {
    let sum = expired.iter().try_fold(Amount::ZERO, |sum, &(series, size)| {
        sum.checked_add(Amount::of(Size::from_atoms(size), payoff(&series, price))?)
    });
    let given = Amount::of(Size::from_atoms(base), price.get());
    let got = Amount::of(Size::from_atoms(gain), Real::ONE);
    let paid = given.zip(got).and_then(|(given, got)| given.checked_sub(got));
    let rest = sum.zip(paid).and_then(|(sum, paid)| sum.checked_add(paid));
    let most = Amount::of(Size::from_atoms(2), price.get().max(Real::ONE));
    rest.zip(most)
        .is_some_and(|(rest, most)| rest.checked_add(most).is_some_and(|rest| rest < Amount::ZERO))
}

/// Whether options that expired at a price may change an account by `gain` atoms of cash and cost it
/// `base` atoms of the underlying; one that is `broke` may have paid less than it lost.
fn worth(
    expired: &[(Series, i128)],
    price: Price,
    (gain, base): (i128, i128),
    broke: bool,
) -> Verdict {
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
    if broke {
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
