//! What hedgers must hold, as spot moves.

use alloc::vec::Vec;

use amm_core::num::{OutOfRange, Real};

use super::LightError;
use super::fine::{FINE_BITS, GAIN_BITS, GAIN_MAX, LOG_SPOT_MAX, factor, fine, times};
use super::tables::{PROBABILITY_BITS, Tables};
use crate::spot::within;

/// Net short options and what hedging them takes.
///
/// A book is told by the cash its hedge has cost to buy, over the market's scale, as a function of ln
/// spot: its *target*. The slope of the target is the loop gain, S²Γ over the scale.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Book {
    /// A constant dollar gamma over the scale (a log contract): −8 to 8.
    pub gain: Real,
    /// Options on top of it, their cash 8 together at most.
    pub lines: Vec<Line>,
}

/// Black and Scholes options of one strike and expiry.
///
/// At one point in time, buying the delta N(d₁) all the way up to a spot costs K·N(d₂): the target is
/// `cash`·N(d₂), and its gain `cash`·N′(d₂)/(σ√T) = S²Γ over the scale, exactly. As time passes the
/// hedge follows K·N(d₂) too, which leaves out ½σ²·gain·t of flow, as small as a drift of half a
/// variance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// Strike times number of options net short, over the scale: −8 to 8.
    pub cash: Real,
    /// ln of the strike: −8 to 8.
    pub log_strike: Real,
    /// σ√T at the start of each block, 0.00001 to 4; the last stands for all later blocks.
    pub deviations: Vec<Real>,
}

impl Book {
    /// A constant gain.
    pub const fn of_gain(gain: Real) -> Self {
        Self { gain, lines: Vec::new() }
    }

    pub(super) fn check(&self) -> Result<(), LightError> {
        within("loop gain", self.gain, -GAIN_MAX, GAIN_MAX)?;
        self.lines.iter().try_for_each(Line::check)?;
        let all = self.lines.iter().map(|line| line.cash.abs()).sum();
        Ok(within("cash of all lines", all, Real::ZERO, GAIN_MAX)?)
    }
}

impl Line {
    fn check(&self) -> Result<(), LightError> {
        within("cash of a line", self.cash, -GAIN_MAX, GAIN_MAX)?;
        within("ln of a strike", self.log_strike, -LOG_SPOT_MAX, LOG_SPOT_MAX)?;
        if self.deviations.is_empty() {
            return Err(LightError::Empty { what: "the deviations of a line" });
        }
        let check = |&d| within("deviation", d, Real::lit("0.00001"), Real::lit("4"));
        self.deviations.iter().try_for_each(check).map_err(|e: OutOfRange| e.into())
    }
}

/// A book to hedge, in narrow integers. Targets are fine numbers.
pub(super) trait Hedged {
    /// The target with ln spot at x, at the start of a block.
    fn target(&self, x: i64, block: u64) -> i64;
    /// Its slope, in units of 2⁻⁵⁸.
    fn gain(&self, x: i64, block: u64) -> i64;
    /// The gain if it is the same everywhere.
    fn constant(&self) -> Option<i64>;
}

/// A book of a constant gain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Straight(pub(super) i64);

impl Hedged for Straight {
    #[inline(always)]
    fn target(&self, x: i64, _: u64) -> i64 {
        times(self.0, x)
    }

    #[inline(always)]
    fn gain(&self, _: i64, _: u64) -> i64 {
        self.0
    }

    #[inline(always)]
    fn constant(&self) -> Option<i64> {
        Some(self.0)
    }
}

/// A book with options.
#[derive(Debug)]
pub(super) struct Optional<'a> {
    gain: i64,
    lines: Vec<Narrow>,
    tables: &'a Tables,
}

/// A line: cash in units of 2⁻⁵⁸, ln of the strike, and by block 1/(σ√T) in units of 2⁻⁴⁰ and
/// ½σ√T.
#[derive(Debug)]
struct Narrow {
    cash: i64,
    log_strike: i64,
    times: Vec<(i64, i64)>,
}

impl<'a> Optional<'a> {
    pub(super) fn new(book: &Book, tables: &'a Tables) -> Self {
        let deviation = |&d: &Real| (((Real::ONE / d).to_bits() >> 24) as i64, fine(d) / 2); // ≤ 10⁵·2⁴⁰
        let narrow = |line: &Line| Narrow {
            cash: factor(line.cash),
            log_strike: fine(line.log_strike),
            times: line.deviations.iter().map(deviation).collect(),
        };
        let lines = book.lines.iter().map(narrow).collect();
        Self { gain: factor(book.gain), lines, tables }
    }

    /// N(d₂), its slope by d₂ and 1/(σ√T) of a line.
    #[inline]
    fn standing(&self, line: &Narrow, x: i64, block: u64) -> (i64, i64, i64) {
        let last = line.times.len() - 1;
        let (inverse, half) = line.times[usize::try_from(block).map_or(last, |b| b.min(last))];
        let moneyness = i128::from(x - line.log_strike);
        let d = (moneyness * i128::from(inverse)) >> 40; // < 2⁵·2⁵⁴·2¹⁷
        let d = d.clamp(-(1 << 62), 1 << 62) as i64 - half;
        let (p, slope) = self.tables.probability(d);
        (p, slope, inverse)
    }
}

impl Hedged for Optional<'_> {
    #[inline]
    fn target(&self, x: i64, block: u64) -> i64 {
        self.lines.iter().fold(times(self.gain, x), |sum, line| {
            let (p, ..) = self.standing(line, x, block);
            sum + times(line.cash, p >> (PROBABILITY_BITS - FINE_BITS))
        })
    }

    #[inline]
    fn gain(&self, x: i64, block: u64) -> i64 {
        self.lines.iter().fold(self.gain, |sum, line| {
            let (_, slope, inverse) = self.standing(line, x, block);
            // Q58·Q61 → Q58, times Q40: at most 8·0.4·10⁵, cut to 16.
            let steep = (i128::from(line.cash) * i128::from(slope)) >> PROBABILITY_BITS;
            let gain = (steep * i128::from(inverse)) >> 40;
            let most = 16 << GAIN_BITS;
            (i128::from(sum) + gain).clamp(-most, most) as i64
        })
    }

    fn constant(&self) -> Option<i64> {
        None
    }
}
