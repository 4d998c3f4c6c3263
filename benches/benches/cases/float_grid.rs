//! A hand-written f64 grid that keeps what `amm-core`'s keeps: logarithms of strikes and forwards,
//! √T, σ√T and its inverse, so that a cell costs two erfc, and for Greeks one exp.

use std::array;

use amm_benches_rig::rig::{Case, Moves};

use super::{
    black_scholes,
    float::{GLIBC, Glibc, Library},
    grid::{CELLS, EXPIRIES, Market, STRIKES, cells, discount, moves_vols, years},
};

pub(crate) fn prices(what: &'static str) -> Box<dyn Case> {
    boxed::<2>(what, FloatGrid::reprice)
}

pub(crate) fn values(what: &'static str) -> Box<dyn Case> {
    boxed::<8>(what, FloatGrid::revalue)
}

struct FloatGrid<const N: usize> {
    markets: [Market; 2],
    strikes: [[f64; STRIKES]; EXPIRIES],
    ln_strikes: [[f64; STRIKES]; EXPIRIES],
    expiries: [FloatExpiry; EXPIRIES],
    /// σ√T and its inverse.
    vols: Vec<[f64; 2]>,
    out: Vec<[f64; N]>,
    reprice: fn(&mut Self),
}

#[derive(Clone, Copy)]
struct FloatExpiry {
    forward: f64,
    ln_forward: f64,
    discount: f64,
    rate: f64,
    root: f64,
    /// 1/(2T).
    half_per_year: f64,
}

impl<const N: usize> FloatGrid<N> {
    fn new(what: &'static str, reprice: fn(&mut Self)) -> Self {
        let markets = Market::two(what);
        let strikes = markets[0].strikes;
        let expiries = array::from_fn(|e| FloatExpiry {
            forward: 0.0,
            ln_forward: 0.0,
            discount: discount(e),
            rate: -discount(e).ln() / years(e),
            root: years(e).sqrt(),
            half_per_year: 0.5 / years(e),
        });
        let mut grid = Self {
            markets,
            strikes,
            ln_strikes: strikes.map(|row| row.map(f64::ln)),
            expiries,
            vols: vec![[0.0; 2]; CELLS],
            out: vec![[0.0; N]; CELLS],
            reprice,
        };
        grid.set_vols(0);
        grid.set_forwards(0);
        grid
    }

    fn set_vols(&mut self, i: usize) {
        let rows = self.vols.chunks_exact_mut(STRIKES).zip(&self.markets[i].vols);
        for (expiry, (kept, vols)) in self.expiries.iter().zip(rows) {
            for (kept, vol) in kept.iter_mut().zip(vols) {
                let v = vol * expiry.root;
                *kept = [v, 1.0 / v];
            }
        }
    }

    fn set_forwards(&mut self, i: usize) {
        for (expiry, &forward) in self.expiries.iter_mut().zip(&self.markets[i].forwards) {
            expiry.forward = forward;
            expiry.ln_forward = forward.ln();
        }
        (self.reprice)(self);
    }
}

/// d₁, d₂, N(d₁), N(d₂).
#[inline(always)]
fn cdfs(expiry: &FloatExpiry, ln_strike: f64, [v, inverse]: [f64; 2]) -> [f64; 4] {
    let d1 = (expiry.ln_forward - ln_strike) * inverse + 0.5 * v;
    let d2 = d1 - v;
    [d1, d2, Glibc::norm_cdf(d1), Glibc::norm_cdf(d2)]
}

impl FloatGrid<2> {
    fn reprice(&mut self) {
        let rows = self.vols.chunks_exact(STRIKES).zip(self.out.chunks_exact_mut(STRIKES));
        for (e, (vols, out)) in rows.enumerate() {
            let (expiry, ln_strikes) = (&self.expiries[e], &self.ln_strikes[e]);
            let strikes = &self.strikes[e];
            for k in 0..STRIKES {
                let [_, _, asset, cash] = cdfs(expiry, ln_strikes[k], vols[k]);
                let strike = strikes[k];
                let call = expiry.discount * (expiry.forward * asset - strike * cash);
                out[k] = [call, call - expiry.discount * (expiry.forward - strike)];
            }
        }
    }
}

impl FloatGrid<8> {
    fn revalue(&mut self) {
        let rows = self.vols.chunks_exact(STRIKES).zip(self.out.chunks_exact_mut(STRIKES));
        for (e, (vols, out)) in rows.enumerate() {
            let (expiry, ln_strikes) = (&self.expiries[e], &self.ln_strikes[e]);
            let strikes = &self.strikes[e];
            for k in 0..STRIKES {
                let [d1, _, asset, cash] = cdfs(expiry, ln_strikes[k], vols[k]);
                let strike = strikes[k];
                let call = expiry.discount * (expiry.forward * asset - strike * cash);
                let put = call - expiry.discount * (expiry.forward - strike);
                let density = expiry.discount * Glibc::norm_pdf(d1);
                let vega = expiry.forward * density * expiry.root;
                // −vega·σ/(2T) with σ = v/√T.
                let decay = -expiry.forward * density * vols[k][0] * expiry.half_per_year;
                out[k] = [
                    call,
                    put,
                    expiry.discount * asset,
                    expiry.discount * (asset - 1.0),
                    density * vols[k][1], // F·Γ
                    vega,
                    decay + expiry.rate * call,
                    decay + expiry.rate * put,
                ];
            }
        }
    }
}

fn boxed<const N: usize>(what: &'static str, reprice: fn(&mut FloatGrid<N>)) -> Box<dyn Case> {
    Box::new(Moves {
        what,
        who: GLIBC,
        state: FloatGrid::new(what, reprice),
        cells: CELLS,
        step: if moves_vols(what) {
            |grid, i| {
                grid.set_vols(i);
                grid.set_forwards(i);
            }
        } else {
            |grid, i| grid.set_forwards(i)
        },
        check: |grid, i| {
            for (row, out) in cells(&grid.markets[i]).iter().zip(&grid.out) {
                let gap = (black_scholes::call(row) - out[0]).abs();
                assert!(gap <= 1e-9, "{gap} off");
            }
        },
        moves: 0,
    })
}
