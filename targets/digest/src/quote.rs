//! `amm_core::quote` and `amm_core::skew`.

use crate::book::size;
use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use crate::session::{Session, params};
use alloc::vec::Vec;
use amm_core::book::{Inventory, Line};
use amm_core::num::{Price, Real, Seconds, Size};
use amm_core::pricing::{Expiry, Kind};
use amm_core::quote::{Desk, Family, LinePlace, Sized};
use amm_core::signals::Book;
use amm_core::skew::{Bands, Depth, decayed};
use amm_core::surface::{Board, Row};

/// A desk with a book of its own; what is refused is folded.
fn made(session: &Session, random: &mut Random, fold: &mut Fold) -> Option<(Desk, Inventory)> {
    let (update, params) = (session.update(), params(random));
    fold.shown(params.check());
    fold.shown(params.gain.check(&params.flow));
    let (mut board, mut inventory) = (Board::default(), Inventory::default());
    let mut depths = Vec::new();
    for feed in &update.feeds {
        let time = update.now.until(feed.expiry).ok()?;
        let expiry = Expiry::new(feed.forward, time, feed.discount).ok()?;
        let strikes = session.strikes.into_iter();
        board.rows.push(Row::new(feed.expiry, expiry, strikes, |k| feed.slice.vol(k, time)).ok()?);
        depths.push((feed.depth, Real::from_bits(i128::from(random.word()) >> 8)));
        for strike in session.strikes {
            inventory.list(Line { expiry: feed.expiry, strike }).ok()?;
            let place = inventory.find(Line { expiry: feed.expiry, strike })?;
            inventory.set(place, Kind::Call, Size::from_atoms(size(random).atoms() >> 40));
        }
    }
    let holdings = inventory.chains().iter().flat_map(|chain| &chain.holdings);
    let short: Vec<_> = holdings.map(|holding| holding.short()).collect();
    let states = (0..2).map(|_| random.integer() >> (30 + random.below(40))).collect();
    let charges = (&params.gain, &params.flow, &params.fees);
    let desk = Desk::new(board, &depths, charges, short.into_iter(), states);
    match desk {
        Ok(desk) => Some((desk, inventory)),
        Err(error) => {
            fold.text(error);
            None
        }
    }
}

/// A desk, orders on it, and all that it quotes.
pub(crate) fn desk(random: &mut Random, fold: &mut Fold) {
    let half_life = Seconds::new(random.magnitude(24) as u64).unwrap_or(Seconds::MAX);
    let passed = Seconds::new(random.magnitude(24) as u64).unwrap_or(Seconds::MAX);
    fold.add(decayed(random.integer() >> 1, passed, half_life));
    let depth = Depth::new(random.real());
    fold.shown((depth.map(Depth::get), Bands::try_from(random.below(7) as u8).map(Bands::count)));
    let session = Session::new(random);
    let Some((mut desk, inventory)) = made(&session, random, fold) else { return };
    let lines: Vec<_> = desk.lines().collect();
    for _ in 0..3 {
        let leg = |random: &mut Random| {
            let at = lines[random.below(lines.len() as u32) as usize];
            let size = Size::from_atoms(size(random).atoms() >> random.below(40));
            (at, random.pick([Kind::Call, Kind::Put]), size)
        };
        let legs: Vec<_> = (0..1 + random.below(3)).map(|_| leg(random)).collect();
        match desk.price(&legs, random.below(2) == 0) {
            Ok(order) => taken(&mut desk, &order, fold),
            Err(error) => fold.text(error),
        }
    }
    quoted(&desk, &lines, random, fold);
    let book = Book { board: &desk.board, inventory: &inventory, spot: session.spot() };
    crate::signals::exposures(&book, &desk, random, fold);
}

fn taken(desk: &mut Desk, order: &Sized, fold: &mut Fold) {
    fold.shown((order.parts, order.parts.total(), order.total));
    fold.add([order.trial.cost, order.flow.cost, order.flow.rise]);
    fold.add(desk.potential.gain_max_after(&order.trial));
    fold.shown(desk.flow.slopes_after(&order.flow));
    fold.shown(desk.worst_at(&desk.marginals_after(&order.trial, &order.flow)));
    desk.take(order);
}

fn quoted(desk: &Desk, lines: &[LinePlace], random: &mut Random, fold: &mut Fold) {
    let (potential, flow) = (&desk.potential, &desk.flow);
    fold.add([potential.value(), potential.gain_max(), flow.value()]);
    potential.gains().for_each(|node| fold.shown(node));
    flow.states().iter().for_each(|state| fold.add(*state));
    let slopes = flow.slopes();
    let faded = flow.fade(flow.states().iter().map(|state| state / 3));
    fold.shown(faded.map(|trial| trial.rise));
    let some = lines[random.below(lines.len() as u32) as usize];
    fold.shown(flow.trial(&[(some.line, size(random))]).map(|trial| trial.cost));
    fold.shown(potential.trial(&[(some.line, size(random))], true).map(|trial| trial.cost));
    let marginals = desk.marginals();
    for &at in lines {
        fold.add(potential.driver(at.line));
        fold.shown((flow.marginal(at.line, &slopes), marginals.shifts(at)));
        let line = Line { expiry: desk.row(at).stamp, strike: desk.valued(at).strike };
        fold.shown((desk.find(line), marginals.pair(at)));
        for kind in [Kind::Call, Kind::Put] {
            fold.add(marginals.mid(at, kind));
            if let Some(quote) = marginals.quote(at, kind) {
                fold.add([quote.bid, quote.ask].map(|price| marginals.vol(at, kind, price)));
            }
        }
    }
    let certificate = &desk.certificate;
    for family in Family::ALL {
        fold.text(family);
        fold.add([certificate.open_in(family), certificate.certified(family)]);
    }
    for constraint in certificate.open() {
        fold.add([constraint.tolerance(desk), constraint.value(&marginals)]);
        constraint.legs.iter().for_each(|leg| fold.add(leg.weight()));
    }
    if let Some(worst) = desk.worst() {
        fold.add(worst.is_broken());
        fold.shown(worst);
    }
    let any: Price = market::price_near(desk.valued(some).strike, random);
    fold.shown(marginals.vol(some, Kind::Put, any.get()));
}
