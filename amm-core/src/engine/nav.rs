//! What the pool is worth.

use crate::book::{Inventory, Line, Series};
use crate::engine::assets::valued;
use crate::engine::funding::Dues;
use crate::engine::tally::positions;
use crate::engine::{Pool, Reject, State};
use crate::num::{Amount, Cash, Rounding, Size};
use crate::pricing::Kind;
use crate::quote::Desk;
use crate::risk::{Nav, payoff};

const WHAT: Reject = Reject::Overflow { what: "the pool's worth" };

/// Cash and hedge, with all options at their base values, less F, Ψ and what is owed; from half a
/// spread of all that is held below that, for whoever leaves, to as much above, for whoever comes.
/// Assets that were seized are worth what margin counts for whoever leaves, and their last price for
/// whoever comes. Funding that is owed and not paid counts for whoever comes if it is the pool's, and for
/// whoever leaves if it is the accounts'.
pub(super) fn nav(
    state: &State,
    inventory: &Inventory,
    desk: &Desk,
    (pool, owed): (&Pool, Amount),
) -> Result<Nav, Reject> {
    let spot = state.market.as_ref().ok_or(Reject::NoMarket)?.spot;
    let middle = middle(state, inventory, desk, pool, spot).ok_or(WHAT)?;
    let spread = spread(inventory, desk).ok_or(WHAT)?;
    let sum = |one: Amount, other: Amount| one.checked_add(other).ok_or(WHAT);
    let low = sum(middle.checked_sub(spread).ok_or(WHAT)?, owed.min(Amount::ZERO))?;
    let high = sum(sum(middle, spread)?, owed.max(Amount::ZERO))?;
    let (mut low, mut high) = (low.round(Rounding::Down), high.round(Rounding::Up));
    if !pool.seized.is_empty() {
        let assets = valued(&state.params, state.market.as_ref(), &pool.assets, state.now)?;
        let least = assets.standing(&pool.seized)?.maintenance;
        low = low.checked_add(least).ok_or(WHAT)?;
        high = high.checked_add(assets.at_price(&pool.seized)?).ok_or(WHAT)?;
    }
    Ok(Nav { low, high })
}

fn middle(
    state: &State,
    inventory: &Inventory,
    desk: &Desk,
    pool: &Pool,
    spot: crate::num::Price,
) -> Option<Amount> {
    let cash = pool.cash.checked_sub(pool.owed)?;
    let mut worth = Amount::of(Size::from_atoms(cash.atoms()), crate::num::Real::ONE)?;
    worth = worth.checked_add(Amount::of(pool.hedge.position, spot.get())?)?;
    worth = worth.checked_sub(desk.potential.value().into())?;
    worth = worth.checked_sub(desk.flow.value().into())?;
    for chain in inventory.chains() {
        for holding in &chain.holdings {
            let line = Line { expiry: chain.expiry, strike: holding.strike };
            let at = desk.find(line);
            for (kind, position) in positions(holding) {
                if position == Size::ZERO {
                    continue;
                }
                let value = match (at, kind) {
                    (Some(at), Kind::Call) => desk.valued(at).value.prices.call,
                    (Some(at), Kind::Put) => desk.valued(at).value.prices.put,
                    // Expired and not settled.
                    (None, _) => {
                        let price = state.fixings.get(&chain.expiry).copied().unwrap_or(spot);
                        let series = Series { expiry: chain.expiry, strike: holding.strike, kind };
                        payoff(&series, price)
                    }
                };
                worth = worth.checked_add(Amount::of(position, value)?)?;
            }
        }
    }
    Some(worth)
}

/// The half-spread of everything that is held.
fn spread(inventory: &Inventory, desk: &Desk) -> Option<Amount> {
    let mut sum = Amount::ZERO;
    for chain in inventory.chains() {
        for holding in &chain.holdings {
            let line = Line { expiry: chain.expiry, strike: holding.strike };
            let Some(at) = desk.find(line) else { continue };
            let vega = desk.valued(at).value.vega;
            for (_, position) in positions(holding) {
                let charges = desk.fees.leg(position.checked_abs()?, vega, vega)?;
                sum = sum.checked_add(charges.spread)?;
            }
        }
    }
    Some(sum)
}

/// What the pool may pay out to providers who leave.
pub(super) fn free(pool: &Pool, backing: Amount, owed: Amount) -> Option<Cash> {
    let kept = backing.checked_sub(owed.min(Amount::ZERO))?;
    pool.cash.checked_sub(pool.owed)?.checked_sub(kept.round(Rounding::Up))
}

/// What accounts owe the pool in funding, and it has not got.
pub(super) fn receivable(state: &State, inventory: &Inventory) -> Result<Amount, Reject> {
    Ok(Dues::of(state)?.map(|dues| dues.receivable(inventory)).transpose()?.unwrap_or(Amount::ZERO))
}
