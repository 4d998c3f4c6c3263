//! Laws of liquidity shares.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::vec::Vec;

use super::draw::magnitude;
use super::exact::wide;
use super::{Verdict, ensure};
use crate::book::AccountId;
use crate::num::{Cash, Shares};
use crate::risk::{Action, Nav, Outcome, Processed, Queue, Request, SharesError};

/// What one turn of the queue starts from.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Who waits.
    pub queue: Queue,
    /// What the pool is worth.
    pub nav: Nav,
    /// Shares there are.
    pub supply: Shares,
    /// Cash that can leave.
    pub free: Cash,
}

/// How a turn is served.
pub type Process = fn(&Queue, Nav, Shares, Cash) -> core::result::Result<Processed, SharesError>;

impl<'a> Arbitrary<'a> for Turn {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut atoms = |bits| Ok(magnitude(u, bits)? as i128);
        let (supply, spread) = (atoms(100)?, atoms(60)?);
        let (low, free) = (atoms(100)?, atoms(100)?);
        let low = if u.ratio(1, 16)? { -low } else { low };
        let free = match u.int_in_range(0..=3)? {
            0 => free,
            1 => part(u, low)?,
            _ => low,
        };
        let (mut left, mut requests) = (supply, Vec::new());
        for account in 0..u.int_in_range(0..=9)? {
            let action = if u.arbitrary()? {
                Action::Provide(Cash::from_atoms(magnitude(u, 100)? as i128))
            } else {
                let shares = match u.int_in_range(0..=3)? {
                    0 => left,
                    1 => left.min(magnitude(u, 100)? as i128),
                    _ => part(u, left)?,
                };
                left -= shares;
                Action::Redeem(Shares::from_atoms(shares))
            };
            requests.push(Request { account: AccountId(account), action });
        }
        let nav = Nav { low: Cash::from_atoms(low), high: Cash::from_atoms(low + spread) };
        let queue = Queue::try_from(requests).unwrap_or_default();
        Ok(Self { queue, nav, supply: Shares::from_atoms(supply), free: Cash::from_atoms(free) })
    }
}

/// Some 256ths.
fn part(u: &mut Unstructured<'_>, atoms: i128) -> Result<i128> {
    Ok(atoms / 256 * i128::from(u.arbitrary::<u8>()?))
}

impl Turn {
    fn serve(&self, process: Process) -> core::result::Result<Processed, std::string::String> {
        let served = process(&self.queue, self.nav, self.supply, self.free);
        served.map_err(|error| std::format!("{error}"))
    }
}

/// Every atom of cash and every share that a turn moves is somebody's, before and after.
pub fn turn_conserves(process: Process, case: &Turn) -> Verdict {
    let done = case.serve(process)?;
    let requests = case.queue.as_slice();
    ensure!(done.outcomes.len() == requests.len(), "{} outcomes", done.outcomes.len());
    let (mut supply, mut cash_in, mut cash_out) = (case.supply.atoms(), 0, 0);
    let mut waiting = done.queue.as_slice().iter();
    for (request, outcome) in requests.iter().zip(&done.outcomes) {
        let left = match (request.action, *outcome) {
            (Action::Provide(cash), Outcome::Minted { shares }) => {
                ensure!(shares > Shares::ZERO, "no shares for {cash}");
                supply += shares.atoms();
                cash_in += cash.atoms();
                None
            }
            (Action::Redeem(shares), Outcome::Paid { cash, burnt, left }) => {
                ensure!(burnt.checked_add(left) == Some(shares), "{outcome:?} of {shares}");
                ensure!(burnt > Shares::ZERO && cash >= Cash::ZERO, "{outcome:?}");
                supply -= burnt.atoms();
                cash_out += cash.atoms();
                (left > Shares::ZERO).then_some(Action::Redeem(left))
            }
            (action, Outcome::Waits) => Some(action),
            (_, Outcome::Refused(_)) => None,
            (action, outcome) => return Err(std::format!("{action:?} becomes {outcome:?}")),
        };
        if let Some(action) = left {
            let want = Request { action, ..*request };
            ensure!(waiting.next() == Some(&want), "{want:?} is not kept waiting");
        }
    }
    ensure!(waiting.next().is_none(), "{:?} waits for nothing", done.queue);
    let sums = [done.supply.atoms(), done.cash_in.atoms(), done.cash_out.atoms()];
    ensure!(sums == [supply, cash_in, cash_out], "{sums:?} are not the sums of {done:?}");
    let paid = cash_out + done.unattributed.atoms();
    ensure!(paid <= case.free.atoms().max(0), "{paid} atoms leave, {} are free", case.free);
    Ok(())
}

/// Whoever stays has, on either side of the NAV, no less a share than before.
pub fn stayers_lose_nothing(process: Process, case: &Turn) -> Verdict {
    let done = case.serve(process)?;
    if case.supply <= Shares::ZERO || done.supply <= Shares::ZERO {
        return Ok(());
    }
    let gone = done.cash_out.atoms() + done.unattributed.atoms();
    for nav in [case.nav.low.atoms(), case.nav.high.atoms()] {
        let after = nav + done.cash_in.atoms() - gone;
        if nav < 0 {
            // Without a price nothing moves; with one on the high side the debt is shared.
            ensure!(after >= nav, "the debt of {nav} atoms grows to {after}");
            continue;
        }
        ensure!(after >= 0, "{after} atoms are left of {nav}");
        let before = wide(nav.unsigned_abs(), done.supply.atoms().unsigned_abs());
        let share = wide(after.unsigned_abs(), case.supply.atoms().unsigned_abs());
        ensure!(share >= before, "a share falls as {nav} becomes {after} atoms, {done:?}");
    }
    Ok(())
}

/// Whoever comes in loses at most a millionth and an atom to rounding.
pub fn comers_get_their_due(process: Process, case: &Turn) -> Verdict {
    let done = case.serve(process)?;
    for (request, outcome) in case.queue.as_slice().iter().zip(&done.outcomes) {
        if let (Action::Provide(cash), Outcome::Minted { shares }) = (request.action, outcome)
            && case.supply > Shares::ZERO
        {
            // (shares + 1)/supply of `high` is above the cash, and a millionth of it is an atom or
            // more of a share.
            let (cash, high) = (cash.atoms().unsigned_abs(), case.nav.high.atoms().unsigned_abs());
            let due = wide(cash, case.supply.atoms().unsigned_abs());
            let got = wide(shares.atoms().unsigned_abs() + 1, high);
            ensure!(got > due && shares.atoms() >= 1_000_000, "{shares} shares for {cash} atoms");
        }
    }
    Ok(())
}

/// To provide, and to redeem with all the cash in the world at the next turn, never pays.
pub fn cycle_never_pays(process: Process, case: &Turn, deposit: Cash) -> Verdict {
    let one = |action| Queue::try_from(std::vec![Request { account: AccountId(7), action }]);
    let serve = |action, nav, supply, free| {
        let queue = one(action).map_err(|error| std::format!("{error}"))?;
        process(&queue, nav, supply, free).map_err(|error| std::format!("{error}"))
    };
    let came = serve(Action::Provide(deposit), case.nav, case.supply, case.free)?;
    let [Outcome::Minted { shares }] = came.outcomes[..] else {
        return Ok(());
    };
    let more = deposit.atoms() - came.unattributed.atoms();
    let side = |cash: Cash| Cash::from_atoms(cash.atoms() + more);
    let nav = Nav { low: side(case.nav.low), high: side(case.nav.high) };
    let left = serve(Action::Redeem(shares), nav, came.supply, Cash::MAX)?;
    ensure!(left.cash_out <= deposit, "{} comes back of {deposit}", left.cash_out);
    Ok(())
}

/// Who stands where in the queue is nothing to anyone.
pub fn place_is_nothing(process: Process, case: &Turn) -> Verdict {
    let forth = case.serve(process)?;
    let reversed: Vec<_> = case.queue.as_slice().iter().rev().copied().collect();
    let queue = Queue::try_from(reversed).map_err(|error| std::format!("{error}"))?;
    let back = Turn { queue, ..case.clone() }.serve(process)?;
    let same = forth.outcomes.iter().eq(back.outcomes.iter().rev());
    ensure!(same, "{:?} one way, {:?} the other", forth.outcomes, back.outcomes);
    Ok(())
}

/// With the cash for it every share leaves, and nothing is left that is nobody's.
pub fn everyone_can_leave(process: Process, case: &Turn) -> Verdict {
    if case.nav.low <= Cash::ZERO || case.supply <= Shares::ZERO {
        return Ok(());
    }
    let part = Shares::from_atoms(case.supply.atoms() / 3);
    let rest = Shares::from_atoms(case.supply.atoms() - 2 * part.atoms());
    let parts = [part, part, rest].into_iter().filter(|shares| *shares > Shares::ZERO);
    let requests =
        parts.map(|shares| Request { account: AccountId(1), action: Action::Redeem(shares) });
    let queue = Queue::try_from(requests.collect::<Vec<_>>()).unwrap_or_default();
    let (nav, free) = (Nav { high: case.nav.low, ..case.nav }, case.nav.low);
    let done = Turn { queue, nav, free, ..case.clone() }.serve(process)?;
    ensure!(done.queue.as_slice().is_empty(), "{:?} cannot leave", done.queue);
    ensure!(done.supply == Shares::ZERO, "{} shares are left", done.supply);
    let left = nav.low.atoms() - done.cash_out.atoms() - done.unattributed.atoms();
    ensure!(left == 0, "{left} atoms are nobody's");
    Ok(())
}
