//! `amm_core::risk::margin`.

use crate::book::size;
use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use crate::surface::slice;
use alloc::vec::Vec;
use amm_core::book::{Holdings, Series};
use amm_core::num::{Cash, Price, Real, Seconds, Size, Timestamp};
use amm_core::pricing::{Expiry, Kind};
use amm_core::risk::margin::{
    AssetFeed, AssetList, AssetParams, Assets, Backing, Basis, Carry, Conditions, Crowd, Doubt,
    Fixed, Funds, Grid, MarginError, MarginParams, Margins, Peg, Portfolio, Requirement,
    RowConditions, Rule, Scan, ScanRange, Scenario, Scenarios, StandingRange, VolMove, VolScan,
    admits, relieves,
};
use amm_core::surface::{Board, Row};

/// A number of a range, rarely one outside.
fn around(random: &mut Random, min: Real, max: Real) -> Real {
    match random.below(64) {
        0 => random.real(),
        1 => max + Real::DELTA,
        _ => random.between(min, max),
    }
}

fn up_to(random: &mut Random, most: i32) -> Real {
    around(random, Real::ZERO, Real::from_num(most))
}

fn unit(random: &mut Random) -> Real {
    up_to(random, 1)
}

fn seconds(random: &mut Random, bits: u32) -> Seconds {
    Seconds::new(random.magnitude(bits) as u64).unwrap_or(Seconds::MAX)
}

/// One of the sets, often with a part of it drawn.
fn params(random: &mut Random, fold: &mut Fold) -> MarginParams {
    let mut params = match random.below(6) {
        0 => MarginParams::derive_portfolio(),
        1 => MarginParams::derive_portfolio_21(),
        2 => MarginParams::derive_standard(),
        3 => MarginParams::derive_standard_test(),
        _ => MarginParams::dynamic(),
    };
    let (fresh, dead) = (seconds(random, 10), seconds(random, 12));
    match random.below(6) {
        0 => params.doubt = Doubt { threshold: unit(random), share: unit(random), fresh, dead },
        1 => params.peg = Peg { threshold: unit(random), times: up_to(random, 20) },
        2 => params.rise_per_second = unit(random),
        _ => {}
    }
    match &mut params.rule {
        Rule::Portfolio(portfolio) => altered(portfolio, random, fold),
        Rule::Standard(standard) => match random.below(6) {
            0 => standard.initial_most = unit(random),
            1 => standard.put_value = unit(random),
            2 => standard.base_initial = unit(random),
            3 => standard.naked_initial = up_to(random, 3),
            _ => {}
        },
    }
    fold.shown(params.check());
    params
}

fn altered(portfolio: &mut Portfolio, random: &mut Random, fold: &mut Fold) {
    match random.below(9) {
        0 => {
            let (floor, most) = (unit(random), Real::ONE / 4);
            let (z, pledged) = (up_to(random, 20), up_to(random, 4));
            let range = ScanRange { z, period: seconds(random, 22), floor, most, pledged };
            portfolio.scan = Scan::Dynamic(range);
        }
        1 => {
            portfolio.vol = VolScan {
                up: up_to(random, 2),
                near: unit(random),
                slope_down: up_to(random, 10),
                ..portfolio.vol
            };
        }
        2 => {
            let (share, share_per_year) = (unit(random), up_to(random, 5));
            portfolio.basis =
                Basis { up: up_to(random, 2), down: unit(random), share, share_per_year };
        }
        3 => {
            let [share, rate_times, rate_plus] = [1, 5, 5].map(|most| up_to(random, most));
            portfolio.carry = Carry { share, rate_times, rate_plus };
        }
        4 => portfolio.fixed = Fixed { option: unit(random), base: unit(random) },
        5 => portfolio.initial = up_to(random, 4),
        6 => {
            let scenario = |random: &mut Random| Scenario {
                spot: around(random, Real::NEG_ONE, Real::ONE),
                vol: random.pick([VolMove::Down, VolMove::None, VolMove::Up]),
                weight: around(random, Real::DELTA, Real::ONE),
            };
            let all: Vec<_> = (0..random.below(34)).map(|_| scenario(random)).collect();
            let scenarios = Scenarios::new(&all);
            fold.shown(scenarios.as_ref().map(Scenarios::as_slice));
            portfolio.scenarios = scenarios.unwrap_or(portfolio.scenarios);
        }
        _ => {}
    }
}

/// A small board with what margin has to know of each expiry; what is refused is folded.
fn board(spot: Price, random: &mut Random, fold: &mut Fold) -> (Board, Vec<RowConditions>) {
    let (mut board, mut rows) = (Board::default(), Vec::new());
    for stamp in 1..=1 + u64::from(random.below(3)) {
        let slice = slice(random, fold);
        let drawn = market::expiry(random, fold);
        let (time, discount) = (drawn.time(), drawn.discount());
        let forward = market::price_near(spot, random);
        let expiry = Expiry::new(forward, time, discount).unwrap_or(drawn);
        let mut strikes = [(); 3].map(|()| market::price_near(expiry.forward(), random));
        strikes.sort_unstable();
        let strikes = strikes.into_iter();
        let row = Row::new(Timestamp::new(stamp), expiry, strikes, |k| slice.vol(k, time));
        let Ok(row) = row else { continue };
        let mut more = RowConditions::of(&row);
        match random.below(4) {
            0 => more.confidence = unit(random),
            1 => more.rate = up_to(random, 1_000),
            2 => more.fixed = market::price_near(expiry.forward(), random),
            _ => {}
        }
        fold.shown((more, more.check(&row)));
        board.rows.push(row);
        rows.push(more);
    }
    (board, rows)
}

fn conditions(spot: Price, random: &mut Random, fold: &mut Fold) -> Conditions {
    let ten = Real::from_num(10);
    let mut conditions = Conditions::calm(spot, market::vol(random));
    match random.below(8) {
        0 => conditions.gain = around(random, -ten, ten),
        1 => conditions.gain = unit(random),
        2 => conditions.pledged = unit(random),
        3 => conditions.stress = around(random, Real::ONE, Real::from_num(4)),
        4 => conditions.peg = around(random, Real::ONE / 2, Real::ONE),
        5 => conditions.confidence = unit(random),
        _ => {}
    }
    fold.shown(conditions.check());
    conditions
}

/// Some of what a board lists, mostly in order, rarely something else.
fn positions(board: &Board, random: &mut Random) -> Vec<(Series, Size)> {
    let mut held = Vec::new();
    for row in &board.rows {
        for line in &row.lines {
            for kind in [Kind::Call, Kind::Put] {
                let (expiry, strike) = (row.stamp, line.strike);
                if random.below(2) == 0 {
                    let size = size(random).atoms() >> random.below(40);
                    held.push((Series { expiry, strike, kind }, Size::from_atoms(size)));
                }
            }
        }
    }
    if random.below(16) == 0 {
        held.push((crate::book::series(random), size(random)));
    }
    if random.below(16) == 0 && !held.is_empty() {
        held.swap_remove(0);
    }
    held
}

fn funds(random: &mut Random) -> Funds {
    let cash = |random: &mut Random| Cash::from_atoms(size(random).atoms());
    let backing = Backing { initial: cash(random), maintenance: cash(random) };
    Funds { cash: cash(random), backing }
}

/// Ranges, grids, and accounts on them before and after orders.
pub(crate) fn accounts(random: &mut Random, fold: &mut Fold) {
    if let Err(error) = answered(random, fold) {
        fold.text(error);
    }
}

/// How many orders were said to need what.
fn answered(random: &mut Random, fold: &mut Fold) -> Result<u32, MarginError> {
    let params = params(random, fold);
    fold.add(params.doubt.of_age(random.magnitude(13) as u64));
    let spot = market::price(random);
    let conditions = conditions(spot, random, fold);
    let standing = standing(&params, &conditions, random, fold);
    let (board, rows) = board(spot, random, fold);
    let range = around(random, Real::DELTA, Real::ONE);
    let grid = Grid::new(&params, &conditions, range, &board, &rows);
    fold.shown((grid.as_ref().map(Grid::range), &grid));
    let price = |conditions| Margins::new(&params, conditions, &standing, &board, &rows);
    let moved = Conditions { spot: market::price_near(spot, random), ..conditions };
    let margins = price(&conditions)?;
    let next = price(&moved);
    fold.shown(next.as_ref().map(|_| ()));
    let next = next.unwrap_or_else(|_| margins.clone());
    let (held, base) = (positions(&board, random), size(random).checked_abs());
    let base = base.unwrap_or(Size::ZERO);
    let before = margins.requirement(&held, base);
    fold.shown(before);
    fold.shown(margins.watch(&held, base));
    crossed(&margins, &next, (&held, base), random, fold);
    let exposure = margins.exposure(&held)?;
    fold.shown(&exposure);
    let mut answered = 0;
    for _ in 0..3 {
        let mut legs = positions(&board, random);
        legs.truncate(random.below(4) as usize);
        let after = exposure.what_if(&margins, &held, &legs, base);
        fold.shown(after);
        if let (Ok(before), Ok(after)) = (before, after) {
            judged((&before, &after), random, fold);
            answered += 1;
        }
    }
    Ok(answered)
}

/// What is still known of an account after an update.
fn crossed(
    margins: &Margins,
    next: &Margins,
    (held, base): (&[(Series, Size)], Size),
    random: &mut Random,
    fold: &mut Fold,
) {
    let shift = margins.shift(next);
    fold.shown(shift);
    if let (Some(shift), Ok((_, watch))) = (shift, margins.watch(held, base)) {
        let after = shift.after(&watch);
        fold.shown((watch.spare(), after, after.spare()));
        fold.add([watch, after].map(|watch| watch.may_cross(&funds(random))));
    }
}

fn judged((before, after): (&Requirement, &Requirement), random: &mut Random, fold: &mut Fold) {
    let (had, has) = (funds(random), funds(random));
    for (requirement, funds) in [(before, &had), (after, &has)] {
        fold.shown((requirement.free(funds), requirement.cushion(funds), requirement.spare()));
        fold.shown(admits(requirement, funds));
    }
    fold.shown((relieves((before, &had), (after, &has)), relieves((before, &had), (after, &had))));
}

/// The range in force after some updates.
fn standing(
    params: &MarginParams,
    conditions: &Conditions,
    random: &mut Random,
    fold: &mut Fold,
) -> StandingRange {
    let range = params.range(conditions);
    fold.shown(range);
    if let Rule::Portfolio(Portfolio { scan: Scan::Dynamic(scan), .. }) = &params.rule {
        fold.shown(scan.range(conditions));
    }
    let (mut standing, mut now) = (StandingRange::default(), random.magnitude(33) as u64);
    for _ in 0..4 {
        now = (now + random.magnitude(16) as u64).saturating_sub(random.magnitude(8) as u64);
        let target = match random.below(4) {
            0 => range.unwrap_or(Real::ONE),
            _ => random.between(Real::DELTA, Real::ONE),
        };
        standing = standing.after(Timestamp::new(now), target, params.rise_per_second);
        fold.shown((standing.range(), standing.at(), standing.possible()));
    }
    standing
}

/// What stands as collateral.
pub(crate) fn assets(random: &mut Random, fold: &mut Fold) {
    let one = |random: &mut Random| AssetParams {
        haircut: random.between(Real::ZERO, Real::ONE / 4),
        haircut_initial: around(random, Real::ONE / 4, Real::ONE),
        vol_calm: market::vol(random),
        vol_slope: up_to(random, 10),
        crowd: random.pick([Crowd::Everyone, Crowd::Holder]),
        capacity: Size::from_atoms(size(random).atoms().abs().max(1) >> random.below(8)),
        crowding: random.pick([
            Real::ZERO,
            Real::ONE / 2,
            Real::ONE / 1_000_000,
            Real::ONE / 999_999,
        ]),
        fresh: seconds(random, 10),
        dead: seconds(random, 20),
    };
    let params: Vec<_> = (0..1 + random.below(9)).map(|_| one(random)).collect();
    params.iter().for_each(|params| fold.shown(params.check()));
    let now = Timestamp::new(1 << 20);
    let feed = |random: &mut Random| AssetFeed {
        price: market::price(random),
        at: Timestamp::new(
            (1 << 20) + u64::from(random.below(64) == 0) - random.magnitude(20) as u64,
        ),
        vol: market::vol(random),
    };
    let count = params.len() + usize::from(random.below(32) == 0);
    let feeds: Vec<_> = (0..count).map(|_| Some(feed(random))).collect();
    let mut held = || {
        let mut units = Holdings::default();
        for _ in 0..random.below(5) {
            let (asset, more) = (random.below(9) as usize, size(random));
            fold.shown(units.set(asset, more.checked_abs().unwrap_or(more)));
            fold.add(units.get(asset));
        }
        fold.shown((
            units.as_slice(),
            units.is_empty(),
            units.is_empty_from(random.below(9) as usize),
        ));
        units
    };
    let (everyone, own) = (held(), held());
    fold.shown((everyone.plus(&own), everyone.less(&own)));
    fold.shown(Holdings::of(random.below(9) as usize, size(random)));
    fold.shown(AssetList::new(&params).map(|list| (list.len(), list.is_empty())));
    fold.shown(Holdings::try_from([(); 8].map(|()| size(random))));
    match Assets::new(&params, &feeds, &everyone, now) {
        Ok(assets) => [own, everyone].iter().for_each(|held| {
            fold.shown((assets.opening(held), assets.standing(held), assets.at_price(held)));
            let missing = Cash::from_atoms(random.magnitude(100) as i128);
            fold.shown(assets.seize(held, missing));
        }),
        Err(error) => fold.text(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A digest of refusals alone would say little.
    #[test]
    fn many_orders_are_answered() {
        let of = |row| answered(&mut Random::seeded("margin", row), &mut Fold::new());
        let rows: Vec<_> = (0..400).map(of).collect();
        let orders: u32 = rows.iter().flatten().sum();
        let refused = rows.iter().filter(|row| row.is_err()).count();
        assert!(orders > 200 && refused > 40, "{orders} orders, {refused} rows refused");
    }
}
