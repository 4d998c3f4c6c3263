//! What a light loop is made of.

use alloc::vec;
use alloc::vec::Vec;

use amm_core::num::Real;

use super::book::{Hedged, Optional, Straight};
use super::fine::{LOG_SPOT_MAX, factor, fine};
use super::law::{Law, Permanent, Resilient, Shaped};
use super::run::{Course, End, Step, Whence};
use super::{Book, Hedge, LightError, Tables};
use crate::spot::{Impact, Shape, within};

/// A spot, a book and its hedge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Light {
    /// The standard deviation of spot's own move in each block, σ√t: 0 to 0.5. The last stands for
    /// all later blocks.
    pub deviations: Vec<Real>,
    /// Added to each of spot's own moves, −½σ²t for a martingale: −0.5 to 0.5.
    pub drift: Real,
    /// What flow does. Its scale is what the book is measured against.
    pub impact: Impact,
    /// How long a block is, in seconds: what resilience goes by.
    pub seconds: u32,
    /// What is hedged.
    pub book: Book,
    /// When.
    pub hedge: Hedge,
    /// ln spot at the start: −8 to 8.
    pub start: Real,
    /// The ln spot hedgers have hedged at the start: −8 to 8. What `start` is off it is a shock
    /// they have yet to see.
    pub hedged: Real,
}

impl Light {
    /// Moves of one deviation without drift, linear permanent impact, everything at zero.
    ///
    /// # Errors
    ///
    /// [`LightError`] for a parameter.
    pub fn new(deviation: Real, book: Book, hedge: Hedge) -> Result<Self, LightError> {
        let light = Self {
            deviations: vec![deviation],
            drift: Real::ZERO,
            impact: Impact::LINEAR,
            seconds: 1,
            book,
            hedge,
            start: Real::ZERO,
            hedged: Real::ZERO,
        };
        light.check()?;
        Ok(light)
    }

    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`LightError`] names the one that is out of range or missing.
    pub fn check(&self) -> Result<(), LightError> {
        let half = Real::lit("0.5");
        if self.deviations.is_empty() {
            return Err(LightError::Empty { what: "the deviations of blocks" });
        }
        let deviation = |&d| within("deviation of a block", d, Real::ZERO, half);
        self.deviations.iter().try_for_each(deviation)?;
        within("drift of a block", self.drift, -half, half)?;
        self.impact.check()?;
        self.book.check()?;
        self.hedge.check()?;
        within("ln spot at the start", self.start, -LOG_SPOT_MAX, LOG_SPOT_MAX)?;
        within("ln spot that is hedged", self.hedged, -LOG_SPOT_MAX, LOG_SPOT_MAX)?;
        Ok(())
    }

    /// Runs so many blocks of a path and shows each to `watch`.
    ///
    /// # Errors
    ///
    /// [`LightError`] for a parameter, and when the loop leaves the numbers: a loop that hedges at
    /// once with a gain of one, a spot that runs away.
    pub fn run(
        &self,
        tables: &Tables,
        whence: Whence,
        blocks: u64,
        watch: impl FnMut(&Step),
    ) -> Result<End, LightError> {
        self.check()?;
        // Linear impact, whatever part of it comes back, and other shapes.
        let impact = &self.impact;
        let comes_back = impact.permanent < 1 && impact.resilience_per_day > 0;
        match (impact.shape, comes_back) {
            (Shape::Linear, false) => self.run_law(Permanent, tables, whence, blocks, watch),
            (Shape::Linear, true) => {
                self.run_law(Resilient::new(impact, self.seconds), tables, whence, blocks, watch)
            }
            _ => self.run_law(Shaped::new(impact, self.seconds), tables, whence, blocks, watch),
        }
    }

    fn run_law<L: Law>(
        &self,
        law: L,
        tables: &Tables,
        whence: Whence,
        blocks: u64,
        watch: impl FnMut(&Step),
    ) -> Result<End, LightError> {
        if self.book.lines.is_empty() {
            let book = Straight(factor(self.book.gain));
            self.course(law, book, tables, whence).run(blocks, watch)
        } else {
            let book = Optional::new(&self.book, tables);
            self.course(law, book, tables, whence).run(blocks, watch)
        }
    }

    fn course<'a, L: Law, B: Hedged>(
        &self,
        law: L,
        book: B,
        tables: &'a Tables,
        whence: Whence,
    ) -> Course<'a, L, B> {
        let held = book.target(fine(self.hedged), 0);
        Course {
            law,
            book,
            tables,
            whence,
            // In units of 2⁻⁶², so that the upper half of its product with a normal is fine.
            deviations: self.deviations.iter().map(|d| (d.to_bits() >> 2) as i64).collect(),
            drift: fine(self.drift),
            hedge: self.hedge,
            share: match self.hedge {
                Hedge::Partly(share) => factor(share),
                Hedge::Band(half) => fine(half),
                _ => 0,
            },
            log_spot: fine(self.start),
            held,
        }
    }
}
