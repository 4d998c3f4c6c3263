//! Settlement prices and settlement.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::book::{Account, AccountId};
use crate::engine::funding::{Dues, FundingStep};
use crate::engine::marks::Marks;
use crate::engine::plan::market::{marks, without};
use crate::engine::plan::{Change, Plan, Renewal};
use crate::engine::{Engine, FundingBook, Outcome, Pool, Reject, SettledExpiry};
use crate::num::{Amount, Cash, Price, Timestamp};
use crate::risk::margin::{Assets, Seized};
use crate::risk::{pay_down, settle};

const OVERFLOW: Reject = Reject::Overflow { what: "the settlement" };

pub(super) fn fix(engine: &Engine, expiry: Timestamp, price: Price) -> Result<Plan, Reject> {
    let state = &engine.state;
    if expiry > state.now {
        return Err(Reject::NotYet { expiry, now: state.now });
    }
    if state.inventory.chain(expiry).is_err() {
        return Err(Reject::FeedUnlisted { expiry });
    }
    if let Some(&price) = state.fixings.get(&expiry) {
        return Err(Reject::Fixed { expiry, price });
    }
    let mut fixings = state.fixings.clone();
    fixings.insert(expiry, price);
    let renewal = Renewal { fixings: Some(fixings), ..Renewal::default() };
    let mut plan = Plan { change: Change::Renew(Box::new(renewal)), ..Plan::of(engine) };
    plan.hedged(&state.params, &engine.tally)?;
    Ok(plan)
}

/// Everyone's options of an expiry at its price. An expiry that is settled already has nothing
/// left to settle; what is owed from before is paid all the same.
pub(super) fn settle_expiry(engine: &Engine, expiry: Timestamp) -> Result<Plan, Reject> {
    let (state, mut plan) = (&engine.state, Plan::of(engine));
    let mut accounts = BTreeMap::new();
    let mut settled = SettledExpiry { dust: Amount::ZERO, ..SettledExpiry::default() };
    let (mut tally, dues) = (engine.tally, Dues::of(state)?);
    if state.inventory.chain(expiry).is_ok() {
        let price = *state.fixings.get(&expiry).ok_or(Reject::NotFixed { expiry })?;
        let (mut inventory, mut fixings) = (state.inventory.clone(), state.fixings.clone());
        inventory.delist(expiry);
        fixings.remove(&expiry);
        let (mut loss, mut credit, assets) = (Cash::ZERO, Amount::ZERO, engine.assets()?);
        for (&id, account) in &state.accounts {
            let expired = account.positions.of_expiry(expiry);
            if !expired.is_empty() {
                let of_expiry = (expiry, price);
                let books = (&mut plan.pool, &mut settled, &mut loss);
                let mut account = settle_account(account, of_expiry, &assets, books)?;
                for (series, position) in expired {
                    let Some(dues) = &dues else { break };
                    let gone = position.checked_neg().ok_or(OVERFLOW)?;
                    let change = dues.enter(&mut account, (series, gone))?;
                    credit = credit.checked_add(change).ok_or(OVERFLOW)?;
                }
                accounts.insert(id, account);
            }
        }
        bear(&mut plan.pool, loss, &mut settled).ok_or(OVERFLOW)?;
        let market = without(engine, &mut plan, expiry, &inventory)?;
        tally = market.as_ref().map_or(tally, |market| market.tally);
        if let Some((dues, book)) = dues.zip(state.funding.clone()) {
            plan.funding = Some(match dues.step(tally.hedge_target(), credit)? {
                FundingStep::Moved(rate, credit) => {
                    FundingStep::Whole(FundingBook { rate, credit, ..book }.without(expiry))
                }
                FundingStep::Whole(book) => FundingStep::Whole(book.without(expiry)),
            });
        }
        let (inventory, fixings) = (Some(inventory), Some(fixings));
        let renewal = Renewal { inventory, fixings, market, ..Renewal::default() };
        plan.change = Change::Renew(Box::new(renewal));
    }
    pay(engine, &mut plan.pool, &mut accounts, &mut settled)?;
    settled.owed = plan.pool.owed;
    plan.accounts = accounts.into_iter().collect();
    let book = match &plan.funding {
        Some(FundingStep::Whole(book)) => Some(book),
        _ => state.funding.as_ref(),
    };
    let dues = Dues::new(&state.params, book, state.now)?;
    let mut watch = state.watch.clone();
    watch.drew(state, settled.loss.insurance);
    match &plan.change {
        Change::Renew(renewal) => {
            if let Some(market) = &renewal.market {
                let marks = marks((&state.params, state), market, (state.now, dues));
                watch.recheck(&state.params.risk.auction, &marks, &plan.accounts);
            }
        }
        _ => watch.recheck(&state.params.risk.auction, &Marks::of(engine), &plan.accounts),
    }
    plan.watch = (watch != state.watch).then(|| Box::new(watch));
    plan.outcome = Outcome::Settled(settled);
    plan.hedged(&state.params, &tally)?;
    Ok(plan)
}

/// One account: a loss is paid at once, a gain is owed until the pool has paid it. What cash and
/// underlying do not reach for is taken in other assets.
fn settle_account(
    account: &Account,
    (expiry, price): (Timestamp, Price),
    assets: &Assets,
    (pool, total, loss): (&mut Pool, &mut SettledExpiry, &mut Cash),
) -> Result<Account, Reject> {
    let mut part = settle(account, expiry, price)?;
    let mut after = account.clone();
    after.positions.remove_expiry(expiry);
    let seized = assets.seize(&after.assets, part.unpaid)?;
    after.assets = after.assets.less(&seized.units)?;
    pool.seized = pool.seized.plus(&seized.units)?;
    part.unpaid = part.unpaid.checked_sub(seized.worth).ok_or(OVERFLOW)?;
    total.seized = Seized {
        units: total.seized.units.plus(&seized.units)?,
        worth: total.seized.worth.checked_add(seized.worth).ok_or(OVERFLOW)?,
    };
    let mut book = || -> Option<()> {
        if part.cash > Cash::ZERO {
            after.owed = after.owed.checked_add(part.cash)?;
            pool.owed = pool.owed.checked_add(part.cash)?;
        } else {
            after.cash = after.cash.checked_add(part.cash)?;
            pool.cash = pool.cash.checked_sub(part.cash)?;
            total.received = total.received.checked_sub(part.cash)?;
        }
        after.base = after.base.checked_sub(part.base)?;
        pool.hedge.position = pool.hedge.position.checked_add(part.base)?;
        total.received_base = total.received_base.checked_add(part.base)?;
        total.unpaid = total.unpaid.checked_add(part.unpaid)?;
        let claim = after.owed.min(part.unpaid);
        after.owed = after.owed.checked_sub(claim)?;
        pool.owed = pool.owed.checked_sub(claim)?;
        total.loss.claim = total.loss.claim.checked_add(claim)?;
        *loss = loss.checked_add(part.unpaid.checked_sub(claim)?)?;
        total.dust = total.dust.checked_add(part.dust)?;
        Some(())
    };
    book().ok_or(OVERFLOW)?;
    Ok(after)
}

/// What accounts could not pay is the fund's to pay, and the rest is not paid: the providers'.
fn bear(pool: &mut Pool, loss: Cash, total: &mut SettledExpiry) -> Option<()> {
    let insurance = pool.insurance.min(loss);
    pool.insurance = pool.insurance.checked_sub(insurance)?;
    pool.cash = pool.cash.checked_add(insurance)?;
    total.loss.insurance = insurance;
    total.loss.providers = loss.checked_sub(insurance)?;
    Some(())
}

/// Pays what is owed, as far as the pool's cash goes.
fn pay(
    engine: &Engine,
    pool: &mut Pool,
    accounts: &mut BTreeMap<AccountId, Account>,
    total: &mut SettledExpiry,
) -> Result<(), Reject> {
    if pool.owed == Cash::ZERO {
        return Ok(());
    }
    let all = engine.state.accounts.iter();
    let owed = all.map(|(id, account)| (*id, accounts.get(id).unwrap_or(account).owed));
    let paid = pay_down(owed, pool.cash.max(Cash::ZERO)).map_err(|_| OVERFLOW)?;
    for (id, cash) in paid {
        let account = accounts.entry(id).or_insert_with(|| engine.state.accounts[&id].clone());
        let mut book = || -> Option<()> {
            account.cash = account.cash.checked_add(cash)?;
            account.owed = account.owed.checked_sub(cash)?;
            pool.cash = pool.cash.checked_sub(cash)?;
            pool.owed = pool.owed.checked_sub(cash)?;
            total.paid = total.paid.checked_add(cash)?;
            Some(())
        };
        book().ok_or(OVERFLOW)?;
    }
    Ok(())
}
