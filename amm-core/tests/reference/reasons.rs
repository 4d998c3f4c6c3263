//! Why an event must be refused.

use std::collections::{BTreeMap, BTreeSet};

use amm_core::book::Order;
use amm_core::engine::{Event, MarketUpdate, Outcome, Receipt, Reject};
use amm_core::num::{Price, Timestamp};
use amm_core::quote::QuoteError;
use amm_core::skew::SkewError;

use crate::big::Big;
use crate::money::{Account, collateral};
use crate::near::ulp;
use crate::pool::{Priced, Reference, kind_index, near_atoms};

/// Why an event must be refused, and why it may be within the bounds.
#[derive(Default)]
pub(crate) struct Reasons {
    pub(crate) certain: BTreeSet<&'static str>,
    pub(crate) possible: BTreeSet<&'static str>,
}

impl Reasons {
    fn when(&mut self, reason: &'static str, holds: bool) {
        self.perhaps(reason, holds, holds);
    }

    fn perhaps(&mut self, reason: &'static str, certain: bool, possible: bool) {
        if certain {
            self.certain.insert(reason);
        }
        if possible {
            self.possible.insert(reason);
        }
    }
}

/// The engine's reasons by the names used here; `None` for those that are not checked here: the
/// surface's own arbitrage, and figures that do not fit.
pub(crate) fn reason(reject: &Reject) -> Option<&'static str> {
    Some(match reject {
        Reject::Backwards { .. } => "time runs back",
        Reject::NoMarket => "no market",
        Reject::Stale { .. } => "stale",
        Reject::Late { .. } => "late",
        Reject::Expired { .. } => "expired",
        Reject::NotQuoted { .. } => "not quoted",
        Reject::Listing(_) => "listing",
        Reject::Order(_) => "order",
        Reject::Quote(QuoteError::Skew(SkewError::Limit { .. })) => "gain limit",
        Reject::AboveLimit { .. } => "above limit",
        Reject::NoAccount { .. } => "no account",
        Reject::Cash { .. } => "cash",
        Reject::Base { .. } => "base",
        Reject::Shares { .. } => "shares",
        Reject::Collateral(_) => "collateral",
        Reject::NoProviders => "no providers",
        Reject::Backing { .. } => "backing",
        Reject::PoolCash { .. } => "pool cash",
        Reject::Nothing => "nothing",
        Reject::Past { .. } => "past",
        Reject::FeedMissing { .. } => "feed missing",
        Reject::FeedUnlisted { .. } => "unlisted",
        Reject::DepthStep { .. } => "depth step",
        Reject::NotYet { .. } => "not yet",
        Reject::Fixed { .. } => "fixed",
        Reject::NotFixed { .. } => "not fixed",
        Reject::Hedge(_) => "hedge",
        _ => return None,
    })
}

impl Reference {
    /// Why an event cannot be; and what an order costs.
    pub(crate) fn reasons(
        &self,
        event: &Event,
        taken: Option<&Receipt>,
    ) -> (Reasons, Option<Priced>) {
        let mut reasons = Reasons::default();
        let account = |id: u64| self.accounts.get(&id);
        let chain = |expiry: &Timestamp| self.listed.get(expiry);
        match event {
            Event::List { expiry, strikes } => {
                reasons.when("past", expiry.get() <= self.now);
                let known = |strike| chain(expiry).is_some_and(|chain| chain.contains_key(strike));
                reasons.when("listing", strikes.iter().any(known));
            }
            Event::Market(update) => self.update_reasons(update, &mut reasons),
            Event::Clock { now } => reasons.when("time runs back", now.get() < self.now),
            Event::Withdraw { account: id, cash, base } => {
                reasons.when("no account", account(id.0).is_none());
                reasons.when("nothing", cash.atoms() == 0 && base.atoms() == 0);
                if let Some(account) = account(id.0) {
                    reasons.when("cash", account.cash < cash.atoms());
                    reasons.when("base", account.base < base.atoms());
                    let mut left = account.clone();
                    left.cash -= cash.atoms();
                    left.base -= base.atoms();
                    reasons.when("collateral", !left.covers());
                }
            }
            Event::Trade(order) => {
                let priced = self.order_reasons(order, taken, &mut reasons);
                return (reasons, priced);
            }
            Event::Hedge { quantity, cash } => {
                reasons.when("nothing", quantity.atoms() == 0 && cash.atoms() == 0);
                reasons.when("hedge", quantity.atoms() > 0 && cash.atoms() > 0);
                let left = self.pool.cash + cash.atoms();
                reasons.when("pool cash", left < 0 && cash.atoms() < 0);
            }
            Event::Fix { expiry, .. } => {
                reasons.when("not yet", expiry.get() > self.now);
                reasons.when("unlisted", chain(expiry).is_none());
                reasons.when("fixed", self.fixings.contains_key(expiry));
            }
            Event::Settle { expiry } => {
                let open = chain(expiry).is_some() && !self.fixings.contains_key(expiry);
                reasons.when("not fixed", open);
            }
            Event::Provide { account: id, cash } => {
                reasons.when("no account", account(id.0).is_none());
                reasons.when("nothing", cash.atoms() == 0);
                if let Some(account) = account(id.0) {
                    reasons.when("cash", account.cash < cash.atoms());
                    let mut left = account.clone();
                    left.cash -= cash.atoms();
                    reasons.when("collateral", !left.covers());
                }
            }
            Event::Redeem { account: id, shares } => {
                reasons.when("no account", account(id.0).is_none());
                reasons.when("nothing", shares.atoms() <= 0);
                let held = account(id.0).map_or(0, |account| account.shares);
                reasons.when("shares", held < shares.atoms());
            }
            Event::Deposit { cash, base, .. } => {
                reasons.when("nothing", cash.atoms() == 0 && base.atoms() == 0);
            }
            _ => {}
        }
        (reasons, None)
    }

    fn update_reasons(&self, update: &MarketUpdate, reasons: &mut Reasons) {
        reasons.when("time runs back", update.now.get() < self.now);
        for feed in &update.feeds {
            reasons.when("past", feed.expiry <= update.now);
            reasons.when("unlisted", !self.listed.contains_key(&feed.expiry));
            let last = self.update.iter().flat_map(|last| &last.feeds);
            for last in last.filter(|last| last.expiry == feed.expiry) {
                let (a, b) = (last.depth.get(), feed.depth.get());
                let most = &Big::of(a.min(b)) * &Big::of(self.params.depth_step);
                reasons.perhaps(
                    "depth step",
                    Big::of(a.max(b)) > &most + &ulp(1),
                    &Big::of(a.max(b)) + &ulp(1) > most,
                );
            }
        }
        let missing = self.listed.iter().any(|(expiry, strikes)| {
            let held = strikes.values().any(|held| *held != [0; 2]);
            let fed = update.feeds.iter().any(|feed| feed.expiry == *expiry);
            *expiry > update.now && held && !fed
        });
        reasons.when("feed missing", missing);
    }

    fn order_reasons(
        &self,
        order: &Order,
        taken: Option<&Receipt>,
        reasons: &mut Reasons,
    ) -> Option<Priced> {
        let mut series: Vec<_> = order.legs.iter().map(|leg| leg.series).collect();
        series.sort_unstable();
        series.dedup();
        reasons.when("order", series.len() < order.legs.len());
        let late = order.deadline.is_some_and(|deadline| deadline.get() < self.now);
        reasons.when("late", late);
        let Some((market, update)) = self.market.as_ref().zip(self.update.as_ref()) else {
            reasons.when("no market", true);
            return None;
        };
        let Some(account) = self.accounts.get(&order.account.0) else {
            reasons.when("no account", true);
            return None;
        };
        let closing = order.legs.iter().all(|leg| {
            let held = account.positions.get(&leg.series).copied().unwrap_or(0);
            let by = leg.signed().atoms();
            held.signum() == -by.signum() && by.abs() <= held.abs()
        });
        let limits = &self.params.staleness;
        let most = if closing { limits.close } else { limits.open };
        let oldest = update.prices_at.min(update.surface_at).min(update.depth_at).get();
        reasons.when("stale", self.now - oldest > u64::from(most.get()));
        for leg in &order.legs {
            let chain = self.listed.get(&leg.series.expiry);
            let known = chain.is_some_and(|chain| chain.contains_key(&leg.series.strike));
            reasons.when("listing", !known);
            reasons.when("expired", known && leg.series.expiry.get() <= self.now);
            let quoted = market.find(leg.series.expiry, leg.series.strike).is_some();
            reasons.when("not quoted", known && !quoted);
        }
        if !reasons.certain.is_empty() {
            return None;
        }
        let priced = self.price(order, market, closing)?;
        reasons.perhaps("gain limit", priced.gain_certain, priced.gain_possible);
        let mut listed = self.listed.clone();
        for leg in &order.legs {
            let held = listed.get_mut(&leg.series.expiry).unwrap();
            held.get_mut(&leg.series.strike).unwrap()[kind_index(leg.series.kind)] -=
                leg.signed().atoms();
        }
        let total_of = |receipt: &Receipt| match &receipt.outcome {
            Outcome::Traded(traded) => traded.total.atoms(),
            _ => 0,
        };
        let totals = match taken {
            Some(receipt) => total_of(receipt)..=total_of(receipt),
            None => {
                let range = near_atoms(&priced.total, true);
                range.start() + 1..=range.end() + 1
            }
        };
        let (mut first, mut all) = (true, Reasons::default());
        for total in totals {
            let mut one = Reasons::default();
            self.money_reasons(order, account, closing, total, &priced, &listed, &mut one);
            if first {
                all.certain = one.certain;
            } else {
                all.certain = &all.certain & &one.certain;
            }
            all.possible.extend(one.possible);
            first = false;
        }
        reasons.certain.extend(all.certain);
        reasons.possible.extend(all.possible);
        Some(priced)
    }

    #[allow(clippy::too_many_arguments)]
    fn money_reasons(
        &self,
        order: &Order,
        account: &Account,
        closing: bool,
        total: i128,
        priced: &Priced,
        listed: &BTreeMap<Timestamp, BTreeMap<Price, [i128; 2]>>,
        reasons: &mut Reasons,
    ) {
        reasons.when("above limit", order.limit.is_some_and(|limit| total > limit.atoms()));
        let fees = near_atoms(&priced.fee, false);
        let taken = |fee: i128| self.split(fee).0 + self.split(fee).1;
        let pool = self.pool.cash + total;
        let (least, most) = (pool - taken(*fees.end()), pool - taken(*fees.start()));
        reasons.perhaps("pool cash", !closing && most < 0, !closing && least < 0);
        let owed = if closing { (-least).max(0) } else { 0 };
        let mut after = account.clone();
        after.cash -= total + owed;
        for leg in &order.legs {
            *after.positions.entry(leg.series).or_default() += leg.signed().atoms();
        }
        reasons.when("cash", after.cash < 0);
        let (cash, base) = collateral(after.positions.iter());
        reasons.when("collateral", after.cash < cash || after.base < base);
        if closing {
            return;
        }
        reasons.when("no providers", self.pool.supply == 0);
        let before = self.short_notional(&self.listed);
        let notional = self.short_notional(listed);
        if notional > before {
            let needed = near_atoms(&self.backing(&notional), true);
            reasons.perhaps("backing", most < *needed.start(), least < *needed.end());
        }
    }
}
