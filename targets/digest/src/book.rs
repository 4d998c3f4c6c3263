//! `amm_core::book`.

use crate::fold::Fold;
use crate::random::Random;
use alloc::vec::Vec;
use amm_core::book::{
    Account, AccountId, Inventory, Leg, Line, Order, Place, Positions, Series, Side,
};
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;

/// One of a few series.
pub(crate) fn series(random: &mut Random) -> Series {
    let strike = Price::new(Real::from_num(random.below(4) * 10)).unwrap_or(Price::MIN);
    let expiry = Timestamp::new(u64::from(random.below(3)) + 100);
    Series { expiry, strike, kind: random.pick([Kind::Call, Kind::Put]) }
}

/// Of any size, mostly a small one.
pub(crate) fn size(random: &mut Random) -> Size {
    let width = random.pick([20, 40, 40, 50, 61, 100]);
    let magnitude = random.magnitude(width) as i128;
    Size::from_atoms(if random.below(2) == 0 { magnitude } else { -magnitude })
}

/// An account with positions; what is refused is folded.
pub(crate) fn account(random: &mut Random, fold: &mut Fold) -> Account {
    let mut account = Account {
        cash: Cash::from_atoms(size(random).atoms()),
        base: size(random),
        ..Account::default()
    };
    for _ in 0..random.below(9) {
        let (series, position) = (series(random), size(random));
        fold.shown(account.positions.set(series, position));
    }
    account
}

/// Accounts, listings, holdings and orders.
pub(crate) fn holdings(random: &mut Random, fold: &mut Fold) {
    let mut held = account(random, fold).positions;
    let one = series(random);
    fold.add(held.get(&one));
    fold.shown((held.as_slice(), held.of_expiry(one.expiry)));
    held.remove_expiry(one.expiry);
    fold.shown((held.len(), held.is_empty()));
    let entries: Vec<_> = (0..random.below(4)).map(|_| (series(random), size(random))).collect();
    fold.shown(Positions::try_from(entries));

    let mut inventory = Inventory::default();
    for _ in 0..random.below(9) {
        let line = series(random).line();
        fold.shown((inventory.admit(line), inventory.list(line)));
    }
    let Line { expiry, .. } = one.line();
    fold.shown((inventory.chain(expiry), inventory.find(one.line())));
    if let Some(Place { chain, strike }) = inventory.find(one.line()) {
        let place = Place { chain, strike };
        inventory.set(place, one.kind, size(random));
        let holding = inventory.at(place);
        fold.shown((holding.of(Kind::Call), holding.of(Kind::Put)));
        if holding.of(one.kind) > Size::MIN {
            fold.add(holding.short());
        }
    }
    fold.shown((inventory.position(one), inventory.chains()));
    fold.shown(inventory.delist(expiry));

    let leg = |random: &mut Random| Leg {
        series: series(random),
        side: random.pick([Side::Buy, Side::Sell]),
        size: size(random),
    };
    let legs: Vec<_> = (0..random.below(5)).map(|_| leg(random)).collect();
    legs.iter().for_each(|leg| fold.add(leg.signed()));
    let order = Order { legs, ..Order::new(AccountId(1), Side::Sell, one, size(random)) };
    fold.shown(order.check());
    fold.shown(order);
}
