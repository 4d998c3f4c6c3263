//! All that a quote needs in one market state.

use alloc::vec::Vec;

use crate::book::{Line, Place};
use crate::fees::Fees;
use crate::num::{Real, Size};
use crate::quote::Certificate;
use crate::skew::{Depth, Flow, FlowParams, Gain, Potential, SkewError};
use crate::surface::{Board, Row, Valued};

/// The board, the potential of the pool's book on it, the flow's charge and the fees.
///
/// Made at a market update and kept up to date by trades; nothing in it is not a function of the
/// market, the parameters, the book and the flow.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Values on the base surface.
    pub board: Board,
    /// What the loop gain costs.
    pub potential: Potential,
    /// What one-sided flow costs.
    pub flow: Flow,
    /// What else is charged.
    pub fees: Fees,
    /// Which constraints of static arbitrage no book can break; it counts none where no book moves the
    /// quotes.
    pub certificate: Certificate,
    /// Where each row's lines begin.
    pub(super) starts: Vec<usize>,
}

/// A line of the board: where it stands and its number among all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinePlace {
    /// Among the board's rows and their lines.
    pub place: Place,
    /// Among all lines.
    pub line: usize,
}

impl Desk {
    /// A desk for a board, with per row the depth, the outside market's gain and the flow's state, and
    /// with the pool's book of the same lines.
    ///
    /// # Errors
    ///
    /// [`SkewError`] if something does not fit.
    pub fn new(
        board: Board,
        depths: &[(Depth, Real)],
        (gain, flow, fees): (&Gain, &FlowParams, &Fees),
        short: impl Iterator<Item = Size>,
        states: Vec<i128>,
    ) -> Result<Self, SkewError> {
        let potential = Potential::new(&board, depths, gain, short)?;
        let flow = Flow::new(&board, &potential, flow, states)?;
        let mut before = 0;
        let start = |row: &Row| {
            let start = before;
            before += row.lines.len();
            start
        };
        let starts: Vec<_> = board.rows.iter().map(start).collect();
        // Where neither gain nor flow costs anything every price of a node and every slope of a bucket
        // is zero, so the mids are the base surface's whatever the book. A trade is refused for leaving
        // a constraint broken *and worse than it is*; here none can be worse, and none is looked at.
        let certificate = match potential.is_free() && flow.is_free() {
            true => Certificate::default(),
            false => Certificate::new(&board, &starts, &potential, &flow),
        };
        Ok(Self { board, potential, flow, fees: *fees, certificate, starts })
    }

    /// Where a line stands on the board, if the market quotes it.
    pub fn find(&self, line: Line) -> Option<LinePlace> {
        let rows = &self.board.rows;
        let chain = rows.binary_search_by_key(&line.expiry, |row| row.stamp).ok()?;
        let lines = &rows[chain].lines;
        let strike = lines.binary_search_by_key(&line.strike, |valued| valued.strike).ok()?;
        Some(LinePlace { place: Place { chain, strike }, line: self.starts[chain] + strike })
    }

    /// The row of a line.
    pub fn row(&self, at: LinePlace) -> &Row {
        &self.board.rows[at.place.chain]
    }

    /// The values of a line.
    pub fn valued(&self, at: LinePlace) -> &Valued {
        &self.row(at).lines[at.place.strike]
    }

    /// Every line, in order.
    pub fn lines(&self) -> impl Iterator<Item = LinePlace> {
        let rows = self.board.rows.iter().zip(&self.starts).enumerate();
        rows.flat_map(|(chain, (row, &start))| {
            let place = move |strike| Place { chain, strike };
            (0..row.lines.len())
                .map(move |strike| LinePlace { place: place(strike), line: start + strike })
        })
    }
}
