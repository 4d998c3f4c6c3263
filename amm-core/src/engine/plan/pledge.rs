//! Assets in and out of accounts, and out of the pool.

use crate::book::{Account, AccountId, HoldingError, Holdings};
use crate::engine::assets::valued;
use crate::engine::marks::Marks;
use crate::engine::plan::Plan;
use crate::engine::{Engine, Reject, State};
use crate::num::{Cash, Size};

const OVERFLOW: Reject = Reject::Overflow { what: "the pool's cash" };

/// Units above zero of an asset that there is.
fn units(engine: &Engine, asset: u8, units: Size) -> Result<Holdings, Reject> {
    let (asset, assets) = (usize::from(asset), engine.state.params.risk.assets.len());
    if asset >= assets {
        return Err(HoldingError::Unknown { asset, assets }.into());
    }
    if units < Size::ZERO {
        let got = Cash::from_atoms(units.atoms());
        return Err(Reject::Negative { what: "units of an asset", got });
    }
    if units == Size::ZERO {
        return Err(Reject::Nothing);
    }
    Ok(Holdings::of(asset, units)?)
}

/// Marks with everyone's holdings as a plan leaves them.
fn marks<'a>(engine: &'a Engine, plan: &Plan) -> Marks<'a> {
    let state = &engine.state;
    let assets = valued(&state.params, state.market.as_ref(), &plan.pool.assets, state.now);
    Marks { assets, ..Marks::of(engine) }
}

fn finish(
    engine: &Engine,
    mut plan: Plan,
    marks: &Marks<'_>,
    (id, account): (AccountId, Account),
) -> Result<Plan, Reject> {
    plan.accounts.push((id, account));
    plan.watch = engine.rechecked_at(marks, &plan.accounts);
    plan.hedged(&engine.state.params, &engine.tally)?;
    Ok(plan)
}

pub(super) fn pledge(
    engine: &Engine,
    id: AccountId,
    asset: u8,
    units: Size,
) -> Result<Plan, Reject> {
    let (state, more) = (&engine.state, self::units(engine, asset, units)?);
    let known = state.accounts.get(&id).cloned();
    if known.is_none() && state.accounts.len() == State::ACCOUNTS_MAX {
        return Err(Reject::Accounts);
    }
    let (mut plan, mut account) = (Plan::of(engine), known.unwrap_or_default());
    plan.pool.assets = plan.pool.assets.plus(&more)?;
    account.assets = account.assets.plus(&more)?;
    let marks = marks(engine, &plan);
    finish(engine, plan, &marks, (id, account))
}

pub(super) fn release(
    engine: &Engine,
    id: AccountId,
    asset: u8,
    units: Size,
) -> Result<Plan, Reject> {
    let gone = self::units(engine, asset, units)?;
    let known = engine.state.accounts.get(&id).cloned();
    let mut account = known.ok_or(Reject::NoAccount { account: id })?;
    let mut plan = Plan::of(engine);
    account.assets = account.assets.less(&gone)?;
    plan.pool.assets = plan.pool.assets.less(&gone)?;
    let marks = marks(engine, &plan);
    engine.backs_at(&marks, None, &account)?;
    finish(engine, plan, &marks, (id, account))
}

pub(super) fn dispose(engine: &Engine, asset: u8, units: Size, cash: Cash) -> Result<Plan, Reject> {
    let gone = self::units(engine, asset, units)?;
    if cash < Cash::ZERO {
        return Err(Reject::Negative { what: "cash", got: cash });
    }
    let mut plan = Plan::of(engine);
    let pool = &mut plan.pool;
    pool.seized = pool.seized.less(&gone)?;
    pool.assets = pool.assets.less(&gone)?;
    pool.cash = pool.cash.checked_add(cash).ok_or(OVERFLOW)?;
    pool.cash_from_outside = pool.cash_from_outside.checked_add(cash).ok_or(OVERFLOW)?;
    plan.hedged(&engine.state.params, &engine.tally)?;
    Ok(plan)
}
