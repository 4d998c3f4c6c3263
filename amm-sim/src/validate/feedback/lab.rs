//! Where the experiments on feedback are run.

pub(super) use super::super::or_refusal;
use super::super::{Fault, moments::Moments};
use amm_core::num::Real;
use amm_loop::light::{Book, End, Light, LightError, Step, Tables, Whence};

/// Light loops under one seed, with or without a fault.
#[derive(Debug)]
pub(super) struct Lab {
    tables: Tables,
    seed: u64,
    fault: Option<Fault>,
}

impl Lab {
    pub(super) fn new(seed: u64, fault: Option<Fault>) -> Self {
        Self { tables: Tables::new(), seed, fault }
    }

    /// Runs one path. That buying lowers the price is, for a loop, the same as a gain of the other
    /// sign.
    pub(super) fn run(
        &self,
        light: &Light,
        path: u64,
        blocks: u64,
        watch: impl FnMut(&Step),
    ) -> Result<End, LightError> {
        let path = if self.fault == Some(Fault::SharedStream) { 0 } else { path };
        let whence = Whence { seed: self.seed, path, agent: 0 };
        if self.fault == Some(Fault::ImpactSign) {
            let turned = Light { book: turned(&light.book), ..light.clone() };
            return turned.run(&self.tables, whence, blocks, watch);
        }
        light.run(&self.tables, whence, blocks, watch)
    }
}

fn turned(book: &Book) -> Book {
    let mut book = book.clone();
    book.gain = -book.gain;
    book.lines.iter_mut().for_each(|line| line.cash = -line.cash);
    book
}

/// A fine number as an IEEE one: rounded to 53 bits.
pub(super) fn float(fine: i64) -> f64 {
    fine as f64 / (1_u64 << amm_loop::light::FINE_BITS) as f64
}

/// A wide number as an IEEE one.
pub(super) fn wide(x: Real) -> f64 {
    x.to_num()
}

/// A sum over paths divided by another, and its standard error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    pub(super) value: f64,
    pub(super) error: f64,
}

impl Ratio {
    /// Of at least two paths, by what each contributes to first order.
    pub(super) fn of(paths: impl IntoIterator<Item = [f64; 2]>) -> Self {
        let paths: Vec<[f64; 2]> = paths.into_iter().collect();
        let sum = |which: usize| paths.iter().map(|path| path[which]).sum::<f64>();
        let (above, below) = (sum(0), sum(1));
        let (value, mean) = (above / below, below / paths.len() as f64);
        let influence: Vec<f64> =
            paths.iter().map(|[above, below]| (above - value * below) / mean).collect();
        Self { value, error: Moments::of(&influence).mean_error }
    }
}
