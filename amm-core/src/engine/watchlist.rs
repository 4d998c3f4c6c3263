//! Which accounts have less than their maintenance margin, without asking all of them at every update.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::book::{Account, AccountId};
use crate::engine::marks::Marks;
use crate::engine::{Engine, Event, Reject};
use crate::num::{Cash, Timestamp};
use crate::risk::margin::{Margins, Watch};

/// A keeper's list of an engine's accounts, which goes along with its events.
///
/// The engine itself asks only who is for sale already; whom to call is for anyone to find. Of each account
/// with options that live this keeps by how much they can have lost at most since it was last asked
/// ([`margin::Watch`](Watch)): only if that is more than its money and collateral bear is it asked again, which
/// costs many times as much. It lists whom a scan of all accounts finds, no more and no fewer.
///
/// What it keeps follows from the engine: it is nobody's state, and can be begun anew at any time.
///
/// ```
/// use amm_core::engine::{Engine, Event, MarginRule, Params, Watchlist};
/// use amm_core::num::Timestamp;
/// use amm_core::risk::margin::MarginParams;
///
/// let mut params = Params::dynamic();
/// params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
/// let mut engine = Engine::new(params, Timestamp::new(1_700_000_000))?;
/// let mut watchlist = Watchlist::default();
/// let event = Event::Clock { now: Timestamp::new(1_700_000_060) };
/// engine.apply(&event)?;
/// watchlist.follow(&event);
/// assert!(watchlist.called(&engine).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Watchlist {
    /// What the accounts were last compared at.
    margins: Option<Margins>,
    /// Whether there can be other margins since.
    moved: bool,
    known: BTreeMap<AccountId, Known>,
    asked: u64,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    watch: Watch,
    /// The first expiry of what it watches: from then on it counts as money.
    until: Timestamp,
}

impl Watchlist {
    /// Takes in an event that the engine has just applied. Events before the first may be left out, and none
    /// after it.
    pub fn follow(&mut self, event: &Event) {
        match event {
            Event::Trade(order) => self.forget(order.account),
            Event::Deposit { account, .. }
            | Event::Withdraw { account, .. }
            | Event::Absorb { account } => self.forget(*account),
            Event::Liquidate { account, bidder, .. } => {
                self.forget(*account);
                self.forget(*bidder);
            }
            // Accounts may have paid in the underlying.
            Event::Settle { .. } => {
                self.known.clear();
                self.moved = true;
            }
            Event::Configure(_) | Event::List { .. } | Event::Market(_) => self.moved = true,
            // These change nobody's options or underlying, and no margin.
            Event::Clock { .. }
            | Event::Hedge { .. }
            | Event::Fix { .. }
            | Event::Provide { .. }
            | Event::Redeem { .. }
            | Event::Pledge { .. }
            | Event::Release { .. }
            | Event::Dispose { .. }
            | Event::Accrue { .. } => {}
        }
    }

    fn forget(&mut self, account: AccountId) {
        self.known.remove(&account);
    }

    /// Takes from every account what the new margins can have taken at most, however many there have been
    /// since it was asked; where the two cannot be compared, all are to be asked again.
    fn shift(&mut self, margins: &Margins) {
        match self.margins.as_ref().and_then(|before| before.shift(margins)) {
            Some(shift) => {
                self.known.values_mut().for_each(|known| known.watch = shift.after(&known.watch));
            }
            None => self.known.clear(),
        }
        (self.margins, self.moved) = (Some(margins.clone()), false);
    }

    /// The accounts that can be liquidated at present, by number: those with options that live and less than
    /// their maintenance margin. One whose margin no number holds cannot, and is left out.
    pub fn called(&mut self, engine: &Engine) -> Vec<AccountId> {
        let mut called = Vec::new();
        let Some(margins) = engine.margins() else { return called };
        if self.moved || self.margins.is_none() {
            self.shift(margins);
        }
        let marks = Marks::of(engine);
        for (id, account) in engine.state().accounts() {
            if let Ok(true) = self.is_called((&marks, margins), *id, account) {
                called.push(*id);
            }
        }
        called
    }

    /// How many accounts have been asked so far.
    pub const fn asked(&self) -> u64 {
        self.asked
    }

    fn is_called(
        &mut self,
        (marks, margins): (&Marks<'_>, &Margins),
        id: AccountId,
        account: &Account,
    ) -> Result<bool, Reject> {
        let living = &account.positions.as_slice()[marks.living(account)..];
        let Some((first, _)) = living.first() else { return Ok(false) };
        let funds = marks.funds(account)?;
        let known = self.known.get(&id).filter(|known| marks.now < known.until);
        if known.is_some_and(|known| !known.watch.may_cross(&funds)) {
            return Ok(false);
        }
        self.asked += 1;
        let (needs, watch) = margins.watch(living, Marks::counted(account))?;
        self.known.insert(id, Known { watch, until: first.expiry });
        Ok(needs.cushion(&funds)? < Cash::ZERO)
    }
}
