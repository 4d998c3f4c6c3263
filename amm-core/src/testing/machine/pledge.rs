//! What an action means for assets.

use super::amount::part;
use super::op::{Pick, foreclose, write};
use crate::engine::{Engine, Event, MarketUpdate, State};
use crate::num::{Amount, Cash, Rounding, Size, Timestamp};
use crate::testing::fixture::World;

/// One of the assets there are, or of those there are not.
pub(super) fn number(state: &State, asset: u8) -> u8 {
    let count = state.params().risk.assets.len() as u8; // at most eight
    if asset < 240 { asset % count.max(1) } else { asset }
}

/// Something on the way to assets that are seized: whoever holds most of the first has its money taken
/// out, sells what it may, is called and taken over.
pub(super) fn toward(engine: &Engine, world: &mut World, (step, more): (u8, u8)) -> Event {
    let accounts = engine.state().accounts();
    let holder = accounts.iter().max_by_key(|(_, account)| account.assets.get(0));
    match (step % 8, holder) {
        (0 | 1, Some((&id, held))) => {
            Event::Withdraw { account: id, cash: held.cash, base: held.base }
        }
        (2 | 3, Some((&id, _))) => {
            let pick =
                Pick { expiry: more, strike: more / 3, kind: more < 128, sell: true, size: 54 };
            write(engine, id, &pick)
        }
        _ => foreclose(engine, world, more),
    }
}

/// A part of what was seized, at about its price.
pub(super) fn dispose(state: &State, world: &World, (asset, of): (u8, u8), price: u8) -> Event {
    let seized = &state.pool().seized;
    let first = seized.as_slice().iter().position(|units| *units > Size::ZERO);
    let asset = match first {
        Some(first) if asset < 224 => first as u8,
        _ => number(state, asset),
    };
    let units = Size::from_atoms(part(seized.get(asset.into()).atoms(), of));
    let brings = Amount::of(units, world.spot.get() / (256 + 8 * i128::from(price)) * 128);
    let cash = brings.map_or(Cash::MAX, |brings| brings.round(Rounding::Down));
    Event::Dispose { asset, units, cash: if price == 255 { Cash::from_atoms(-1) } else { cash } }
}

/// An update with the prices of all assets.
pub(super) fn shown(state: &State, world: &World, now: Timestamp) -> Option<MarketUpdate> {
    let assets = world.assets(state.params().risk.assets.len(), now);
    Some(MarketUpdate { assets, ..world.update(state.inventory(), now)? })
}

/// Prices of assets that do not come, or come late.
pub(super) fn old(update: &mut MarketUpdate, code: u8) {
    let ages = [90, 400, 5_000, u64::MAX];
    match code {
        200..=207 => update.assets.clear(),
        208..=215 => update.assets.iter_mut().take(1).for_each(|feed| *feed = None),
        216..=231 => {
            let at = update.now.get().saturating_sub(ages[usize::from(code) % 4]);
            let seen = update.assets.iter_mut().flatten();
            seen.for_each(|feed| feed.at = Timestamp::new(at));
        }
        _ => {}
    }
}
