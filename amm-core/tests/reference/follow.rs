//! What each event does to every pocket. Where the engine rounds a value to an atom, its atom is
//! checked against the value and then taken over, so that the two ledgers stay equal to the atom.

use amm_core::book::Order;
use amm_core::engine::{Event, MarketUpdate, Outcome, Receipt, Reject, Revalued, Traded};
use amm_core::num::{Cash, Real, Rounding, Timestamp};
use amm_core::risk::{Action, Outcome as Served};

use crate::big::Big;
use crate::money::{Turn, pay_down, serve};
use crate::near::{Near, ulp};
use crate::pool::{Priced, Reference, kind_index, near_atoms};
use crate::reasons::reason;

impl Reference {
    /// Follows the engine through an event it has taken or refused, with its treasury after it.
    pub(crate) fn follow(
        &mut self,
        event: &Event,
        result: &Result<Receipt, Reject>,
        treasury: Cash,
    ) -> Result<(), String> {
        let (reasons, priced) = self.reasons(event, result.as_ref().ok());
        let receipt = match result {
            Err(reject) => {
                let Some(name) = reason(reject) else {
                    *self.worst.refused.entry("(other)").or_default() += 1;
                    return Ok(());
                };
                *self.worst.refused.entry(name).or_default() += 1;
                return match reasons.possible.contains(name) {
                    true => Ok(()),
                    false => Err(format!("refused: {reject}; not for {:?}", reasons.possible)),
                };
            }
            Ok(receipt) => receipt,
        };
        if !reasons.certain.is_empty() {
            return Err(format!("taken in spite of {:?}", reasons.certain));
        }
        let kind =
            format!("{event:?}").split(|c: char| !c.is_alphabetic()).next().map(String::from);
        *self.worst.taken.entry(kind.unwrap_or_default()).or_default() += 1;
        let mut waited = None;
        match (event, &receipt.outcome) {
            (Event::Configure(params), _) => {
                let faded = self.faded(self.now);
                self.params = **params;
                if let Some(update) = self.update.clone() {
                    (self.flows, self.flow_at) = (faded, self.now);
                    self.renew(update);
                }
            }
            (Event::List { expiry, strikes }, _) => {
                let chain = self.listed.entry(*expiry).or_default();
                chain.extend(strikes.iter().map(|strike| (*strike, [0; 2])));
            }
            (Event::Market(update), Outcome::Revalued(revalued)) => {
                self.now = update.now.get();
                self.see(update);
                self.renew(update.clone());
                self.turn(revalued, treasury)?;
                waited = Some(self.now);
            }
            (Event::Clock { now }, _) => self.now = now.get(),
            (Event::Deposit { account, cash, base }, _) => {
                let to = self.accounts.entry(account.0).or_default();
                to.cash += cash.atoms();
                to.base += base.atoms();
                self.pool.outside.0 += cash.atoms();
                self.pool.outside.1 += base.atoms();
            }
            (Event::Withdraw { account, cash, base }, _) => {
                let from = self.accounts.get_mut(&account.0).unwrap();
                from.cash -= cash.atoms();
                from.base -= base.atoms();
                self.pool.outside.0 -= cash.atoms();
                self.pool.outside.1 -= base.atoms();
            }
            (Event::Trade(order), Outcome::Traded(traded)) => {
                self.trade(order, traded, priced.expect("a quoted order"))?;
            }
            (Event::Hedge { quantity, cash }, _) => {
                self.pool.hedge += quantity.atoms();
                self.pool.hedge_cash += cash.atoms();
                self.pool.cash += cash.atoms();
                self.pool.outside.0 += cash.atoms();
                self.pool.outside.1 += quantity.atoms();
                self.pool.since = self.now;
            }
            (Event::Fix { expiry, price }, _) => {
                self.fixings.insert(*expiry, *price);
            }
            (Event::Settle { expiry }, Outcome::Settled(settled)) => {
                let said = (
                    [settled.paid, settled.received, settled.owed, settled.unpaid]
                        .map(amm_core::num::Cash::atoms),
                    settled.received_base.atoms(),
                    settled.dust.to_parts(),
                );
                let mine = self.settle(*expiry);
                if mine != said {
                    return Err(format!("settled {said:?} for {mine:?}"));
                }
            }
            (Event::Provide { account, cash }, _) => {
                self.accounts.get_mut(&account.0).unwrap().cash -= cash.atoms();
                self.pool.waiting += cash.atoms();
                self.queue.push((account.0, Action::Provide(*cash)));
            }
            (Event::Redeem { account, shares }, _) => {
                self.accounts.get_mut(&account.0).unwrap().shares -= shares.atoms();
                self.queue.push((account.0, Action::Redeem(*shares)));
            }
            (event, outcome) => return Err(format!("{outcome:?} for {event:?}")),
        }
        self.hedge_wants(receipt.hedge.atoms())?;
        self.pool.since = waited.unwrap_or(self.pool.since);
        Ok(())
    }

    fn trade(&mut self, order: &Order, traded: &Traded, priced: Priced) -> Result<(), String> {
        let exact = |amount: amm_core::num::Amount| {
            let (units, rest) = amount.to_parts();
            &Big::of(Real::from_bits(units)) + &ulp(1).times_atoms(rest.into())
        };
        let (parts, worst) = (&traded.parts, &mut self.worst);
        worst.hold("base", &exact(parts.base), &priced.base.clone().and(&Big::two_to(-400)))?;
        worst.hold("skew ΔF", &Big::of(parts.skew), &priced.skew)?;
        worst.hold("flow ΔΨ", &Big::of(parts.flow), &priced.flow)?;
        worst.hold(
            "spread",
            &exact(parts.spread),
            &priced.spread.clone().and(&Big::two_to(-400)),
        )?;
        worst.hold("fee", &exact(parts.fee), &priced.fee.clone().and(&Big::two_to(-400)))?;
        let most = priced.nodes.iter().max_by(|a, b| a.at.cmp(&b.at)).cloned().unwrap_or_default();
        let off = priced.nodes.iter().map(|node| &node.off).max().unwrap().clone();
        let most = Near { off, ..most }.and_ulps(1);
        worst.hold("greatest gain", &Big::of(traded.gain_max), &most)?;
        let total = traded.total.atoms();
        worst.atoms("total less an atom", total - 1, &priced.total, true)?;
        let fee = parts.fee.round(Rounding::Down).atoms();
        worst.atoms("fee", fee, &priced.fee, false)?;
        let (insurance, treasury) = self.split(fee);
        let pool = &mut self.pool;
        pool.insurance += insurance;
        pool.treasury += treasury;
        pool.cash += total - insurance - treasury;
        let owed = (-pool.cash).max(0);
        pool.cash += owed;
        pool.owed += owed;
        let account = self.accounts.get_mut(&order.account.0).unwrap();
        account.cash -= total + owed;
        account.owed += owed;
        if traded.owed.atoms() != owed {
            return Err(format!("{} owed for {owed}", traded.owed));
        }
        for leg in &order.legs {
            let by = leg.signed().atoms();
            let held = account.positions.entry(leg.series).or_default();
            *held += by;
            if *held == 0 {
                account.positions.remove(&leg.series);
            }
            let chain = self.listed.get_mut(&leg.series.expiry).unwrap();
            chain.get_mut(&leg.series.strike).unwrap()[kind_index(leg.series.kind)] -= by;
        }
        (self.flows, self.flow_at) = (priced.flows, self.now);
        Ok(())
    }

    /// Takes in spot for realised variance.
    fn see(&mut self, update: &MarketUpdate) {
        let (at, spot) = (update.prices_at.get(), update.spot);
        if let Some((seen, price)) = self.price {
            if at <= seen {
                return;
            }
            let log = &Big::of(spot.get()).ln() - &Big::of(price.get()).ln();
            if price != spot {
                self.returns.push((at, &log * &log));
            }
        }
        self.price = Some((at, spot));
    }

    /// Those who come and go at a market update, at some NAV within the bounds: its atom shows in what each
    /// gets and in what is nobody's.
    fn turn(&mut self, revalued: &Revalued, treasury: Cash) -> Result<(), String> {
        if self.queue.is_empty() {
            return Ok(());
        }
        let said: Vec<Turn> = revalued
            .turns
            .iter()
            .map(|(_, outcome)| match *outcome {
                Served::Minted { shares } => Turn::Minted(shares.atoms()),
                Served::Paid { cash, burnt, .. } => {
                    Turn::Paid { cash: cash.atoms(), burnt: burnt.atoms() }
                }
                Served::Refused(_) => Turn::Refused,
                _ => Turn::Waits,
            })
            .collect();
        let (low, high) = self.nav().unwrap();
        let backing = self.backing(&self.short_notional(&self.listed));
        let mut found = None;
        for low in near_atoms(&low, false) {
            for high in near_atoms(&high, true) {
                for backing in near_atoms(&backing, true) {
                    let free = self.pool.cash - self.pool.owed - backing;
                    let served = serve(&self.queue, (low, high), self.pool.supply, free);
                    let swept = self.pool.treasury + served.2 == treasury.atoms();
                    if swept && served.0 == said && served.1 == revalued.supply.atoms() {
                        found = Some(served);
                    }
                }
            }
        }
        let Some((turns, supply, unattributed)) = found else {
            return Err(format!("turns {said:?}, NAV {} {}", low.at, high.at));
        };
        self.pool.supply = supply;
        self.pool.treasury += unattributed;
        self.pool.cash -= unattributed;
        let mut queue = vec![];
        for ((id, action), turn) in std::mem::take(&mut self.queue).into_iter().zip(turns) {
            let account = self.accounts.entry(id).or_default();
            match (turn, action) {
                (Turn::Minted(shares), Action::Provide(cash)) => {
                    account.shares += shares;
                    self.pool.waiting -= cash.atoms();
                    self.pool.cash += cash.atoms();
                }
                (Turn::Paid { cash, burnt }, Action::Redeem(shares)) => {
                    account.cash += cash;
                    self.pool.cash -= cash;
                    let left = shares.atoms() - burnt;
                    if left > 0 {
                        let left = amm_core::num::Shares::from_atoms(left);
                        queue.push((id, Action::Redeem(left)));
                    }
                }
                (Turn::Refused, Action::Provide(cash)) => {
                    account.cash += cash.atoms();
                    self.pool.waiting -= cash.atoms();
                }
                (Turn::Refused, Action::Redeem(shares)) => account.shares += shares.atoms(),
                _ => queue.push((id, action)),
            }
        }
        self.queue = queue;
        Ok(())
    }

    /// Settles an expiry, and pays what is owed: (paid, received, owed, unpaid), base, dust.
    fn settle(&mut self, expiry: Timestamp) -> ([i128; 4], i128, (i128, u32)) {
        let (mut received, mut base, mut unpaid) = (0, 0, 0);
        let mut dust = num_bigint::BigInt::from(0);
        if self.listed.contains_key(&expiry) {
            let price = self.fixings.remove(&expiry).expect("a settlement price");
            self.listed.remove(&expiry);
            for account in self.accounts.values_mut() {
                let settled = account.settle(expiry, price);
                self.pool.owed += settled.owed;
                self.pool.cash += settled.received;
                self.pool.hedge += settled.base;
                received += settled.received;
                base += settled.base;
                unpaid += settled.unpaid;
                dust += settled.dust;
            }
            if let Some(update) = self.update.clone() {
                let feeds = update.feeds.iter().filter(|feed| feed.expiry != expiry);
                let feeds = feeds.copied().collect();
                self.renew(MarketUpdate { feeds, ..update });
            }
        }
        let owed = self.accounts.iter().filter(|(_, account)| account.owed > 0);
        let owed = owed.map(|(id, account)| (*id, account.owed)).collect();
        let paid = pay_down(&owed, self.pool.cash.max(0));
        for (id, cash) in &paid {
            let account = self.accounts.get_mut(id).unwrap();
            account.cash += cash;
            account.owed -= cash;
        }
        let sum: i128 = paid.values().sum();
        self.pool.cash -= sum;
        self.pool.owed -= sum;
        let dust = i128::try_from(dust).unwrap();
        let parts = (dust.div_euclid(1_000_000_000), dust.rem_euclid(1_000_000_000) as u32);
        ([sum, received, self.pool.owed, unpaid], base, parts)
    }
}
