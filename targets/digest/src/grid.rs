//! `amm_core::pricing::grid`.

use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use amm_core::pricing::grid::{FixedGrid, Grid, HeapGrid, Storage};
use amm_core::pricing::{Prices, Valuation};

/// Places from 0 to one beyond the end.
const PLACES: usize = 4;

/// The same life of a grid that is fixed and of one that grows.
pub(crate) fn grids(random: &mut Random, fold: &mut Fold) {
    let mut again = random.clone();
    life(FixedGrid::<2, 3>::new(), random, fold);
    life(HeapGrid::new(), &mut again, fold);
}

/// Fills a grid past its capacity, moves what can move, and reads it all.
fn life<S: Storage>(mut grid: Grid<S>, random: &mut Random, fold: &mut Fold) {
    let forward = market::price(random);
    for _ in 0..3 {
        let expiry = market::expiry(random, fold);
        fold.add(grid.push_expiry(expiry));
    }
    for _ in 0..PLACES {
        fold.add(grid.push_strike(market::price_near(forward, random)));
    }
    for (expiry, strike) in (0..PLACES).flat_map(|e| (0..=PLACES).map(move |k| (e, k))) {
        if random.below(16) > 0 {
            fold.add(grid.set_vol(expiry, strike, market::vol(random)));
        }
    }
    read(&grid, random, fold);
    let place = random.below(4) as usize;
    fold.add(grid.set_forward(place, market::price_near(forward, random)));
    let (place, expiry) = (random.below(4) as usize, market::expiry(random, fold));
    fold.add(grid.set_expiry(place, expiry));
    read(&grid, random, fold);
}

/// Every cell and every row, and places that are not there.
fn read<S: Storage>(grid: &Grid<S>, random: &mut Random, fold: &mut Fold) {
    grid.strikes().for_each(|strike| fold.add(strike));
    grid.expiries().for_each(|expiry| fold.add(expiry));
    for expiry in 0..PLACES {
        for strike in 0..=PLACES {
            fold.add(grid.price(expiry, strike));
            fold.add(grid.value(expiry, strike));
        }
        let places = if random.below(16) > 0 { grid.strikes().len() } else { PLACES - 1 };
        let mut prices = [Prices::default(); PLACES];
        let mut values = [Valuation::default(); PLACES];
        fold.add([
            grid.prices(expiry, &mut prices[..places]),
            grid.values(expiry, &mut values[..places]),
        ]);
        fold.add(prices);
        fold.add(values);
    }
}
