//! Accounts on margin: what may still be sold, who is short of it, bids, and what is left unpaid.

use alloc::vec::Vec;

use amm_core::book::{AccountId, Series, Side};
use amm_core::engine::{Event, Loss, Outcome};
use amm_core::math::exp;
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::liquidation::Standing;
use amm_core::risk::payoff;

use crate::LoopError;
use crate::agent::Me;
use crate::units::{cash, money, more, mul, plus, size, units};
use crate::world::Floor;
use crate::world::state::State;

const OVERFLOW: LoopError = LoopError::Overflow { what: "an account on margin" };

/// What an account has beside its options: money, what it is owed with it, and units.
type Funds = (Cash, Size);

impl Floor<'_> {
    /// Contracts that an agent may be short of besides those it is, if so many are the most.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn room(&self, me: Me, most: Size) -> Result<Size, LoopError> {
        let accounts = self.state.pool.engine().state().accounts();
        let held = accounts.get(&me.account()).map_or(&[][..], |held| held.positions.as_slice());
        let mut left = most;
        for (_, position) in held {
            left = more(left, (*position).min(Size::ZERO))?;
        }
        Ok(left.max(Size::ZERO))
    }

    /// Sells options to the pool that back themselves: as many as are wanted, as leave it short of at
    /// most so many, and as the pool admits, by halves; and of those e^(−η·mark-up).
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn sell_backed(
        &mut self,
        me: Me,
        series: Series,
        (wanted, most): (Size, Size),
        elasticity: Real,
    ) -> Result<(), LoopError> {
        const MOST: Real = Real::lit("40");
        let mut lot = wanted.min(self.room(me, most)?);
        for _ in 0..5 {
            if lot <= Size::ZERO {
                return Ok(());
            }
            if let Ok(offer) = self.ask(me, Side::Sell, series, lot)? {
                let keep = exp(mul(-elasticity, offer.markup)?.clamp(-MOST, Real::ZERO))?;
                let sold = size(mul(units(lot)?, keep)?)?;
                if sold > Size::ZERO {
                    // What was admitted whole may not be in part, where its legs offset.
                    let _ = self.trade(me, Side::Sell, series, sold)?;
                }
                return Ok(());
            }
            lot = Size::from_atoms(lot.atoms() / 2);
        }
        Ok(())
    }

    /// Accounts that are below their maintenance margin, or for sale since they were.
    pub fn short_of_margin(&self) -> Vec<AccountId> {
        let engine = self.state.pool.engine();
        let state = engine.state();
        if state.params().risk.margin.params().is_none() {
            return Vec::new();
        }
        let below = |id: &AccountId| self.standing(*id).is_some_and(|it| it.is_liquidatable());
        let auctions = &state.watch().auctions;
        let short = state.accounts().iter().filter(|(id, held)| {
            !held.positions.as_slice().is_empty() && (auctions.contains_key(id) || below(id))
        });
        short.map(|(id, _)| *id).collect()
    }

    fn standing(&self, id: AccountId) -> Option<Standing> {
        let (needs, funds) = self.state.pool.engine().standing(id).ok()?;
        let equity = needs.cushion(&funds).ok()?.checked_add(needs.maintenance)?;
        Some(Standing { equity, maintenance: needs.maintenance })
    }

    /// Opens the auction of an account, bids for a share of it once all that is for sale brings so much
    /// of its maintenance margin at the mark, or has the pool take it over once that is due. A bid that
    /// is too large for the bidder's margin is halved, five times at most. What the engine refuses is
    /// tried again in the next block.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn liquidate(&mut self, me: Me, account: AccountId, least: Real) -> Result<(), LoopError> {
        let bidder = me.account();
        let opened = |floor: &Self| {
            floor.state.pool.engine().state().watch().auctions.get(&account).copied()
        };
        if opened(self).is_none() {
            let open = Event::Liquidate { account, bidder, wanted: Real::ZERO };
            self.state.forced_event(&open)?;
        }
        let (Some(auction), Some(standing)) = (opened(self), self.standing(account)) else {
            return Ok(());
        };
        if self.state.forced_event(&Event::Absorb { account })?.is_some() {
            return Ok(());
        }
        let params = self.state.pool.engine().state().params().risk.auction;
        let Ok(offer) = auction.offer(&standing, &params, self.now()) else { return Ok(()) };
        let wants = mul(money(standing.maintenance)?, least)?;
        if money(offer.profit())? < wants {
            return Ok(());
        }
        let mut wanted = Real::ONE;
        for _ in 0..6 {
            let bid = Event::Liquidate { account, bidder, wanted };
            if self.state.forced_event(&bid)?.is_some() {
                return Ok(());
            }
            wanted /= Real::lit("2");
        }
        Ok(())
    }

    /// Units of the underlying that an agent lacks against the delta of its options with the pool.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn lacks(&self, me: Me) -> Result<Size, LoopError> {
        let Some(desk) = self.state.pool.desk() else { return Ok(Size::ZERO) };
        let accounts = self.state.pool.engine().state().accounts();
        let Some(account) = accounts.get(&me.account()) else { return Ok(Size::ZERO) };
        let mut delta = Real::ZERO;
        for (series, position) in account.positions.as_slice() {
            let Some(at) = desk.find(series.line()) else { continue };
            let value = &desk.valued(at).value;
            let each = if series.kind == Kind::Call { value.delta_call } else { value.delta_put };
            delta += mul(units(*position)?, each)?;
        }
        let held = self.purse(me).units.checked_neg().ok_or(OVERFLOW)?;
        more(size(-delta)?, held)
    }
}

impl State {
    /// An event that moves accounts, if the engine takes it. What it moved is booked in purses, in the
    /// pool's split and on tape.
    fn forced_event(&mut self, event: &Event) -> Result<Option<()>, LoopError> {
        let (before, worth) = (self.funds()?, self.pool.worth(self.spot)?);
        let Some(outcome) = self.pool.apply(event) else { return Ok(None) };
        let after = self.funds()?;
        for ((purse, before), after) in self.purses.iter_mut().zip(before).zip(after) {
            let moved = after.0.checked_sub(before.0).ok_or(OVERFLOW)?;
            purse.receive(moved)?;
            let units = after.1.checked_sub(before.1).ok_or(OVERFLOW)?;
            purse.units = more(purse.units, units)?;
        }
        let gained = self.pool.worth(self.spot)?.checked_sub(worth).ok_or(OVERFLOW)?;
        self.pool.split.unpaid = plus(self.pool.split.unpaid, gained)?;
        let calls = &mut self.tape.margin;
        match outcome {
            Outcome::Liquidated(sold) => {
                calls.bids += 1;
                calls.liquidated += mul(units(sold.units)?, self.spot.get())?;
                calls.profit = plus(calls.profit, sold.bid.profit)?;
                self.lost(&sold.loss)?;
            }
            Outcome::Absorbed(taken) => {
                calls.absorbed += 1;
                self.lost(&taken.loss)?;
            }
            _ => {}
        }
        Ok(Some(()))
    }

    fn lost(&mut self, loss: &Loss) -> Result<(), LoopError> {
        let calls = &mut self.tape.margin;
        let parts = [loss.claim, loss.insurance, loss.providers, loss.owed];
        for part in parts {
            calls.bad_debt = plus(calls.bad_debt, part)?;
        }
        calls.insurance = plus(calls.insurance, loss.insurance)?;
        calls.providers = plus(calls.providers, loss.providers)?;
        calls.owed = plus(calls.owed, loss.owed)?;
        Ok(())
    }

    /// Funds of all agents' accounts.
    fn funds(&self) -> Result<Vec<Funds>, LoopError> {
        let accounts = self.pool.engine().state().accounts();
        let of = |index: usize| {
            let Some(held) = accounts.get(&(Me { index }).account()) else {
                return Ok((Cash::ZERO, Size::ZERO));
            };
            Ok((plus(held.cash, held.owed)?, held.base))
        };
        (0..self.purses.len()).map(of).collect()
    }

    /// Settles an expiry at a price, with the pool and elsewhere. What an account cannot pay its agent
    /// keeps, and the pool lacks.
    pub(super) fn settle(&mut self, expiry: Timestamp, price: Price) -> Result<(), LoopError> {
        let before = self.funds()?;
        let accounts = self.pool.engine().state().accounts();
        let mut due = Vec::with_capacity(self.purses.len());
        for index in 0..self.purses.len() {
            let mut sum = Cash::ZERO;
            if let Some(account) = accounts.get(&(Me { index }).account()) {
                for (series, held) in account.positions.of_expiry(expiry) {
                    sum = plus(sum, cash(mul(units(*held)?, payoff(series, price))?))?;
                }
            }
            due.push(sum);
        }
        let loss = self.pool.settle(expiry, price)?;
        let left = [loss.claim, loss.insurance, loss.providers].into_iter().any(|x| x > Cash::ZERO);
        let after = self.funds()?;
        for (index, purse) in self.purses.iter_mut().enumerate() {
            let mut paid = due[index];
            if left {
                let moved = after[index].0.checked_sub(before[index].0).ok_or(OVERFLOW)?;
                let units_ = after[index].1.checked_sub(before[index].1).ok_or(OVERFLOW)?;
                let moved = plus(moved, cash(mul(units(units_)?, price.get())?))?;
                paid = paid.max(moved);
            }
            purse.receive(paid)?;
            purse.settle(expiry, price)?;
        }
        self.lost(&loss)
    }
}
