//! Prices by time to returns by block.

use super::{Candle, Gap, IndexRow, PoolRow};
use amm_core::num::{Price, Real, Seconds, Timestamp};
use amm_core::surface::log_moneyness;
use amm_loop::spot::Process;

/// A price and when it was known, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Point {
    /// When.
    pub time_ms: u64,
    /// Above zero.
    pub price: Price,
}

/// ln returns of a price, block by block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Path {
    /// When the first block begins: the first point's second.
    pub start: Timestamp,
    /// The price then.
    pub first: Price,
    /// How long a block is.
    pub block: Seconds,
    /// ln of the last price known at a block's end over that at its beginning.
    pub returns: Vec<Real>,
    /// Blocks in which no price came, so that they return zero and the next takes the whole move.
    pub silent: u64,
    /// The longest from one point to the next.
    pub longest: Option<Gap>,
}

/// Why prices are no path.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// One price has no return.
    #[error("{points} prices over {seconds} s fill no block of {block} s")]
    Short {
        /// How many there are.
        points: usize,
        /// From the first to the last.
        seconds: u64,
        /// What was asked for.
        block: Seconds,
    },
    /// A price of nothing.
    #[error("the price at {time_ms} ms is 0")]
    Zero {
        /// When.
        time_ms: u64,
    },
    /// Times must rise.
    #[error("the price at {time_ms} ms comes after that at {before_ms} ms")]
    Disorder {
        /// The time.
        time_ms: u64,
        /// The one before it.
        before_ms: u64,
    },
    /// Nothing came for longer than may be passed over.
    #[error("no price from {from_ms} ms to {to_ms} ms, longer than {most} s")]
    Silence {
        /// The time before.
        from_ms: u64,
        /// The time after.
        to_ms: u64,
        /// What may be passed over.
        most: Seconds,
    },
}

impl Path {
    /// Returns per block of the points, which come by time; a block may be longer or shorter than from one
    /// to the next. What is left of a block after the last point is no part of the path.
    ///
    /// # Errors
    ///
    /// [`PathError`], [`PathError::Silence`] if two points are more than `silence_max` apart.
    pub fn new(
        points: impl IntoIterator<Item = Point>,
        block: Seconds,
        silence_max: Seconds,
    ) -> Result<Self, PathError> {
        let mut points = points.into_iter();
        let short = |points, seconds| PathError::Short { points, seconds, block };
        let first = points.next().ok_or(short(0, 0))?;
        let block_ms = u64::from(block.get()) * 1000;
        if first.price == Price::MIN {
            return Err(PathError::Zero { time_ms: first.time_ms });
        }
        if block_ms == 0 {
            return Err(short(1, 0));
        }
        let start = first.time_ms / 1000 * 1000;
        let mut path = Self {
            start: Timestamp::new(start / 1000),
            first: first.price,
            block,
            returns: Vec::new(),
            silent: 0,
            longest: None,
        };
        // The price at the beginning of the block, the last known, and when the block ends.
        let (mut opening, mut last, mut end) = (first.price, first, start.saturating_add(block_ms));
        let (mut count, mut moved) = (1, false);
        for point in points {
            let Point { time_ms, price } = point;
            let (from_ms, before_ms) = (last.time_ms, last.time_ms);
            let gap = Gap { line: 0, from_ms, to_ms: time_ms };
            if time_ms < before_ms {
                return Err(PathError::Disorder { time_ms, before_ms });
            }
            if price == Price::MIN {
                return Err(PathError::Zero { time_ms });
            }
            if gap.length_ms() > u64::from(silence_max.get()) * 1000 {
                return Err(PathError::Silence { from_ms, to_ms: time_ms, most: silence_max });
            }
            if path.longest.is_none_or(|longest| longest.length_ms() < gap.length_ms()) {
                path.longest = Some(gap);
            }
            while time_ms > end {
                path.close(&mut opening, last.price, moved);
                (end, moved) = (end.saturating_add(block_ms), false);
            }
            (last, moved, count) = (point, true, count + 1);
        }
        if last.time_ms == end {
            path.close(&mut opening, last.price, moved);
        }
        if path.returns.is_empty() {
            return Err(short(count, (last.time_ms - start) / 1000));
        }
        Ok(path)
    }

    fn close(&mut self, opening: &mut Price, closing: Price, moved: bool) {
        // Both are above zero.
        self.returns.push(log_moneyness(closing, *opening).unwrap_or_default());
        self.silent += u64::from(!moved);
        *opening = closing;
    }

    /// As the path of a simulation's underlying.
    pub fn process(&self) -> Process {
        Process::Recorded { returns: self.returns.clone() }
    }
}

/// The close, at the time that names the bar.
impl From<&Candle> for Point {
    fn from(candle: &Candle) -> Self {
        Self { time_ms: candle.time_ms, price: candle.close }
    }
}

/// The close, at the time that names the minute.
impl From<&PoolRow> for Point {
    fn from(row: &PoolRow) -> Self {
        Self { time_ms: row.time_ms, price: row.close }
    }
}

/// The index.
impl From<&IndexRow> for Point {
    fn from(row: &IndexRow) -> Self {
        Self { time_ms: row.time_ms, price: row.price }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(points: &[(u64, &str)], block: u64, most: u64) -> Result<Path, PathError> {
        let points = points
            .iter()
            .map(|(time_ms, price)| Point { time_ms: *time_ms, price: price.parse().unwrap() });
        Path::new(points, Seconds::new(block).unwrap(), Seconds::new(most).unwrap())
    }

    #[test]
    fn returns_add_up_to_the_whole_move() {
        let points =
            [(500, "100"), (60_000, "110"), (119_000, "120"), (240_000, "90"), (250_000, "80")];
        let path = path(&points, 60, 200).unwrap();
        let ln = |a: &str, b: &str| log_moneyness(a.parse().unwrap(), b.parse().unwrap()).unwrap();
        let want = [ln("110", "100"), ln("120", "110"), Real::ZERO, ln("90", "120")];
        assert_eq!(path.returns, want);
        assert_eq!((path.start, path.silent), (Timestamp::new(0), 1));
        assert_eq!(path.longest.unwrap().length_ms(), 121_000);
        let sum: Real = path.returns.iter().sum();
        assert!((sum - ln("90", "100")).abs() <= Real::DELTA * 4);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let silence = path(&[(0, "1"), (301_000, "1")], 60, 300).unwrap_err().to_string();
        assert_eq!(silence, "no price from 0 ms to 301000 ms, longer than 300 s");
        let short = path(&[(0, "1"), (59_000, "1")], 60, 300).unwrap_err().to_string();
        assert_eq!(short, "2 prices over 59 s fill no block of 60 s");
        assert!(matches!(path(&[(0, "1"), (60_000, "0")], 60, 60), Err(PathError::Zero { .. })));
        assert!(matches!(path(&[(9, "1"), (8, "1")], 60, 60), Err(PathError::Disorder { .. })));
        assert!(matches!(path(&[(0, "1"), (9, "1")], 0, 60), Err(PathError::Short { .. })));
    }
}
