//! The pool's net Greeks.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::book::{Holding, Inventory};
use crate::num::{Price, Real, Size, Timestamp};
use crate::signals::{Greeks, SignalError};
use crate::surface::{Board, Row, Valued};

/// Positions and the market that values them.
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// Values on the base surface. What it does not quote has expired, and moves no more.
    pub board: &'a Board,
    /// Positions.
    pub inventory: &'a Inventory,
    /// The underlying now, above zero.
    pub spot: Price,
}

/// Where bands of strikes meet, in standard deviations from the forward; a strike on an edge is in
/// the band above it.
pub const BAND_EDGES: [Real; 4] =
    [Real::lit("-1.5"), Real::lit("-0.5"), Real::lit("0.5"), Real::lit("1.5")];

/// The band of a strike, from the lowest.
pub fn band(deviations: Real) -> usize {
    BAND_EDGES.iter().filter(|&&edge| edge <= deviations).count()
}

/// An expiry's part of an [`Exposure`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExpiryGreeks {
    /// When.
    pub expiry: Timestamp,
    /// Sums over its strikes.
    pub greeks: Greeks,
}

/// A strike's part of an [`Exposure`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct StrikeGreeks {
    /// At which.
    pub strike: Price,
    /// Sums over all expiries.
    pub greeks: Greeks,
}

/// Net Greeks of all positions, and the same by expiry, by strike and by band: each adds up to the
/// total exactly.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Exposure {
    /// Of everything.
    pub total: Greeks,
    /// Of every expiry that is quoted, ascending.
    pub by_expiry: Vec<ExpiryGreeks>,
    /// Of every strike at which there is a position, ascending.
    pub by_strike: Vec<StrikeGreeks>,
    /// Of the strikes between [`BAND_EDGES`], from the lowest.
    pub by_band: [Greeks; BAND_EDGES.len() + 1],
}

const OVERFLOW: SignalError = SignalError::Overflow { what: "the pool's exposure" };

impl<'a> Book<'a> {
    /// The net Greeks.
    ///
    /// # Errors
    ///
    /// [`SignalError::Overflow`] if a sum or a part of one does not fit.
    pub fn exposure(&self) -> Result<Exposure, SignalError> {
        let mut exposure = Exposure::default();
        let mut strikes: BTreeMap<Price, Greeks> = BTreeMap::new();
        for row in &self.board.rows {
            let mut expiry = Greeks::ZERO;
            for (line, holding) in self.held(row) {
                let greeks = Greeks::of(row, line, holding, self.spot).ok_or(OVERFLOW)?;
                let strike = strikes.entry(line.strike).or_default();
                let band = &mut exposure.by_band[band(line.deviations)];
                for sum in [&mut expiry, strike, band] {
                    *sum = sum.checked_add(greeks).ok_or(OVERFLOW)?;
                }
            }
            exposure.total = exposure.total.checked_add(expiry).ok_or(OVERFLOW)?;
            exposure.by_expiry.push(ExpiryGreeks { expiry: row.stamp, greeks: expiry });
        }
        let strike = |(strike, greeks)| StrikeGreeks { strike, greeks };
        exposure.by_strike = strikes.into_iter().map(strike).collect();
        Ok(exposure)
    }

    /// The lines of a row in which there is a position.
    pub(super) fn held(&self, row: &'a Row) -> impl Iterator<Item = (&'a Valued, &'a Holding)> {
        let chain = self.inventory.chain(row.stamp).ok();
        let holdings = chain.map_or(&[][..], |chain| &self.inventory.chains()[chain].holdings);
        let held = |line: &&Holding| line.call != Size::ZERO || line.put != Size::ZERO;
        holdings.iter().filter(held).filter_map(|holding| {
            let place = row.lines.binary_search_by_key(&holding.strike, |line| line.strike).ok()?;
            Some((&row.lines[place], holding))
        })
    }
}
