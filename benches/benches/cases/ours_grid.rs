//! `amm-core`'s grid, held to its cold calls to the bit.

use std::{array, fmt::Debug};

use amm_benches_rig::rig::{Case, Moves};
use amm_core::{
    num::{Discount, Price, Real, Seconds, Vol},
    pricing::{self, Expiry, Prices, Valuation, grid::FixedGrid},
};

use super::{
    grid::{CELLS, EXPIRIES, Market, SECONDS, STRIKES, discount, moves_vols},
    ours::WHO,
};

/// A market in its numbers.
struct Fixed {
    forwards: [Price; EXPIRIES],
    strikes: [[Price; STRIKES]; EXPIRIES],
    vols: [[Vol; STRIKES]; EXPIRIES],
}

/// A number of the market, all of which are exact.
fn price(x: f64) -> Price {
    Price::new(Real::from_num(x)).expect("a price")
}

impl Fixed {
    fn new(market: &Market) -> Self {
        let vol = |x: f64| Vol::new(Real::from_num(x)).expect("a volatility");
        Self {
            forwards: market.forwards.map(price),
            strikes: market.strikes.map(|row| row.map(price)),
            vols: market.vols.map(|row| row.map(vol)),
        }
    }

    fn expiry(&self, e: usize) -> Expiry {
        let time = Seconds::new(SECONDS[e].into()).expect("half a year at most");
        let discount = Discount::new(Real::from_num(discount(e))).expect("a discount factor");
        Expiry::new(self.forwards[e], time, discount).expect("5 % a year")
    }
}

struct State<T> {
    markets: [Fixed; 2],
    /// One an expiry, since each has strikes of its own.
    grids: [FixedGrid<1, STRIKES>; EXPIRIES],
    out: Vec<T>,
}

impl<T: Default + Clone> State<T> {
    fn new(what: &'static str) -> Self {
        let markets = Market::two(what).map(|market| Fixed::new(&market));
        let grids = array::from_fn(|e| {
            let mut grid = FixedGrid::new();
            for strike in markets[0].strikes[e] {
                grid.push_strike(strike).expect("room");
            }
            grid.push_expiry(markets[0].expiry(e)).expect("room");
            grid
        });
        let mut state = Self { markets, grids, out: vec![T::default(); CELLS] };
        state.set_vols(0);
        state
    }

    fn set_vols(&mut self, i: usize) {
        for (grid, vols) in self.grids.iter_mut().zip(&self.markets[i].vols) {
            for (k, &vol) in vols.iter().enumerate() {
                grid.set_vol(0, k, vol).expect("a cell");
            }
        }
    }

    /// Panics if a cell differs from a cold call.
    fn check(&self, i: usize, cold: impl Fn(&Expiry, Price, Vol) -> T)
    where
        T: Debug + PartialEq,
    {
        for (cell, out) in self.out.iter().enumerate() {
            let (e, k) = (cell / STRIKES, cell % STRIKES);
            let market = &self.markets[i];
            assert_eq!(*out, cold(&market.expiry(e), market.strikes[e][k], market.vols[e][k]));
        }
    }
}

impl State<Prices> {
    fn reprice(&mut self, i: usize) {
        for (e, out) in self.out.chunks_exact_mut(STRIKES).enumerate() {
            let grid = &mut self.grids[e];
            grid.set_forward(0, self.markets[i].forwards[e]).expect("an expiry");
            grid.prices(0, out).expect("a place a strike");
        }
    }
}

impl State<Valuation> {
    fn revalue(&mut self, i: usize) {
        for (e, out) in self.out.chunks_exact_mut(STRIKES).enumerate() {
            let grid = &mut self.grids[e];
            grid.set_forward(0, self.markets[i].forwards[e]).expect("an expiry");
            grid.values(0, out).expect("a place a strike");
        }
    }
}

pub(crate) fn prices(what: &'static str) -> Box<dyn Case> {
    Box::new(Moves {
        what,
        who: WHO,
        state: State::new(what),
        cells: CELLS,
        step: if moves_vols(what) {
            |state, i| {
                state.set_vols(i);
                state.reprice(i);
            }
        } else {
            State::<Prices>::reprice
        },
        check: |state, i| state.check(i, pricing::price),
        moves: 0,
    })
}

pub(crate) fn values(what: &'static str) -> Box<dyn Case> {
    Box::new(Moves {
        what,
        who: WHO,
        state: State::new(what),
        cells: CELLS,
        step: if moves_vols(what) {
            |state, i| {
                state.set_vols(i);
                state.revalue(i);
            }
        } else {
            State::<Valuation>::revalue
        },
        check: |state, i| state.check(i, pricing::value),
        moves: 0,
    })
}
