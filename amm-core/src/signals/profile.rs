//! The book's Greeks as spot would change them.

use alloc::vec::Vec;

use crate::num::{OutOfRange, Price, Real, Rounding, Vol, mul_div};
use crate::pricing::Expiry;
use crate::signals::{Book, Greeks, SignalError};
use crate::surface::Row;

/// The book at one level of spot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Level {
    /// Spot.
    pub spot: Price,
    /// Net Greeks there.
    pub greeks: Greeks,
}

/// Where gamma changes its sign: between two prices that are at most 2^−[`FLIP_TOLERANCE_BITS`] of the
/// lower one apart, or a unit of 2⁻⁶⁴.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Flip {
    /// The last level with the old sign, or with no gamma.
    pub below: Price,
    /// The first with the new sign.
    pub above: Price,
    /// Whether the book is long gamma above and short below, or the other way round.
    pub long_above: bool,
}

/// How closely a flip is found: to a millionth.
pub const FLIP_TOLERANCE_BITS: u32 = 20;

/// Net Greeks over levels of spot, and what stands out in their gamma.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Profile {
    /// At every level that was asked for.
    pub levels: Vec<Level>,
    /// Every change of gamma's sign from a level to a later one, ascending: none, one or several. Two
    /// changes between two neighbours are not seen.
    pub flips: Vec<Flip>,
    /// Levels between the first and the last at which gamma, without its sign, is a local maximum: the
    /// greatest, in falling order.
    pub walls: Vec<Level>,
}

/// Levels around spot: `side` below it and as many above, evenly to `reach` of it either way.
///
/// # Errors
///
/// [`OutOfRange`] unless the reach lies between zero and one and the highest level is a price.
///
/// ```
/// use amm_core::{num::Real, signals::ladder};
/// let levels = ladder("200".parse()?, Real::lit("0.5"), 2)?;
/// assert_eq!(levels.map(|level| level.to_string()).collect::<Vec<_>>(), ["100", "150", "200", "250", "300"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ladder(
    spot: Price,
    reach: Real,
    side: u16,
) -> Result<impl Iterator<Item = Price>, OutOfRange> {
    let (min, max) = (Real::ZERO, Real::ONE - Real::DELTA);
    if reach < min || reach > max {
        return Err(OutOfRange { what: "reach of the levels", got: reach, min, max });
    }
    let span = reach * spot.get();
    let highest = Price::new(spot.get() + span)?; // under 2⁴¹, as all between
    let (mut before, side) = (None, i128::from(side));
    let level = move |step: i128| {
        let away = Real::from_bits(span.to_bits() * step / side.max(1)); // under 2¹⁰⁴·2¹⁶
        Price::new(spot.get() + away).unwrap_or(highest)
    };
    let levels = (-side..=side).map(level);
    Ok(levels.filter(move |level| before.replace(*level) != Some(*level)))
}

impl Book<'_> {
    /// Net Greeks if spot were at a level and all forwards had moved with it in proportion, each
    /// rounded down. `vol` is the base volatility of a row by its number, at a log-moneyness.
    ///
    /// The surface is sticky in moneyness: slices are functions of ln(K/F), so this is what the
    /// book's exposure becomes at a market update that moves prices and nothing else, to the bit. At the
    /// present spot it is the present exposure.
    ///
    /// # Errors
    ///
    /// Those of `vol`; [`SignalError::Overflow`] if a sum does not fit; [`OutOfRange`] if the level is
    /// zero or takes a forward out of the range of prices.
    pub fn greeks_at<E>(
        &self,
        level: Price,
        vol: impl Fn(usize, Real) -> Result<Vol, E>,
    ) -> Result<Greeks, E>
    where
        E: From<OutOfRange> + From<SignalError>,
    {
        const OVERFLOW: SignalError = SignalError::Overflow { what: "the exposure at a level" };
        if level == Price::MIN || self.spot == Price::MIN {
            let (min, max) = (Real::DELTA, Price::MAX.get());
            return Err(OutOfRange { what: "level of spot", got: Real::ZERO, min, max }.into());
        }
        let mut total = Greeks::ZERO;
        for (place, row) in self.board.rows.iter().enumerate() {
            let mut held = self.held(row).peekable();
            if held.peek().is_none() {
                continue;
            }
            let forward = moved(row.expiry.forward(), level, self.spot)?;
            let expiry = Expiry::new(forward, row.expiry.time(), row.expiry.discount())?;
            let strikes = self.held(row).map(|(line, _)| line.strike);
            let there = Row::new(row.stamp, expiry, strikes, |k| vol(place, k))?;
            for (line, (_, holding)) in there.lines.iter().zip(held) {
                let greeks = Greeks::of(&there, line, holding, level);
                let sum = greeks.and_then(|greeks| total.checked_add(greeks));
                total = sum.ok_or(OVERFLOW)?;
            }
        }
        Ok(total)
    }

    /// The book over ascending levels of spot, with at most so many walls; `vol` as in
    /// [`Book::greeks_at`].
    ///
    /// # Errors
    ///
    /// Those of [`Book::greeks_at`], and [`SignalError::Levels`] unless the levels ascend.
    pub fn profile<E>(
        &self,
        levels: impl IntoIterator<Item = Price>,
        walls: usize,
        vol: impl Fn(usize, Real) -> Result<Vol, E>,
    ) -> Result<Profile, E>
    where
        E: From<OutOfRange> + From<SignalError>,
    {
        let at = |spot| self.greeks_at(spot, &vol).map(|greeks| Level { spot, greeks });
        let mut seen: Vec<Level> = Vec::new();
        for level in levels {
            if let Some(last) = seen.last().filter(|last| last.spot >= level) {
                return Err(SignalError::Levels { level, before: last.spot }.into());
            }
            seen.push(at(level)?);
        }
        let mut flips = Vec::new();
        let mut before: Option<(Price, i32)> = None; // the last level and the last sign
        for level in &seen {
            let after = sign(level);
            if let Some((below, sign)) = before.filter(|(_, sign)| sign * after < 0) {
                flips.push(refine(below, level.spot, sign, at)?);
            }
            let kept = before.map_or(0, |(_, sign)| sign);
            before = Some((level.spot, if after == 0 { kept } else { after }));
        }
        let walls = tops(&seen, walls);
        Ok(Profile { levels: seen, flips, walls })
    }
}

/// F·level/spot, rounded down.
fn moved(forward: Price, level: Price, spot: Price) -> Result<Price, OutOfRange> {
    let bits = |price: Price| price.get().to_bits() as u128;
    let moved = mul_div(bits(forward), bits(level), bits(spot), Rounding::Down);
    let moved = moved.and_then(|moved| i128::try_from(moved).ok());
    Price::new(Real::from_bits(moved.unwrap_or(i128::MAX)))
}

/// Of gamma: 1, −1 or 0.
fn sign(level: &Level) -> i32 {
    let (units, rest) = level.greeks.gamma.to_parts();
    if units < 0 { -1 } else { i32::from(units > 0 || rest > 0) }
}

/// Halves the gap between a level without the new sign and one with it, down to the tolerance.
fn refine<E>(
    mut below: Price,
    mut above: Price,
    old: i32,
    at: impl Fn(Price) -> Result<Level, E>,
) -> Result<Flip, E>
where
    E: From<OutOfRange>,
{
    let bits = |price: Price| price.get().to_bits();
    while bits(above) - bits(below) > (bits(below) >> FLIP_TOLERANCE_BITS).max(1) {
        let middle = bits(below) + (bits(above) - bits(below)) / 2;
        let middle = Price::new(Real::from_bits(middle))?;
        let end = if sign(&at(middle)?) == -old { &mut above } else { &mut below };
        *end = middle;
    }
    Ok(Flip { below, above, long_above: old < 0 })
}

/// The greatest local maxima of gamma without its sign. Neighbours that are alike count once.
fn tops(levels: &[Level], most: usize) -> Vec<Level> {
    let height = |level: &Level| {
        let gamma = level.greeks.gamma;
        if sign(level) < 0 { gamma.checked_neg().unwrap_or(gamma) } else { gamma }
    };
    let mut steps: Vec<Level> = levels.to_vec();
    steps.dedup_by(|next, level| height(next) == height(level));
    let mut tops: Vec<Level> = steps
        .windows(3)
        .filter(|three| height(&three[1]) > height(&three[0]).max(height(&three[2])))
        .map(|three| three[1])
        .collect();
    tops.sort_by_key(|level| core::cmp::Reverse(height(level))); // stable: the lower level first
    tops.truncate(most);
    tops
}
