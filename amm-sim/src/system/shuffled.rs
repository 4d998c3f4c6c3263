//! The placebo of a stress score: the same scores at other times, so that they know nothing.
//!
//! In a scenario of two days and more whole days change places, none stays in its own, and what is left over
//! at the end stays. A shorter one has no day to move: all of it is turned round, like a dial, by a quarter
//! to three quarters of its length, drawn for each path. That keeps every score and how scores follow each
//! other, but stress that lasts for hours still overlaps itself; by how much is
//! [measured](Moved::correlation) and told.

use amm_core::num::Real;
use amm_loop::draw::Draws;
use amm_loop::system::{Design, Stress};
use serde::Serialize;

use super::figures::{Path, number};
use crate::stats::{correlation, mean};

/// The stream of luck that moves scores, apart from a system's.
const STREAM: u64 = 1 << 50;

/// How scores were moved.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// Of which design.
    pub design: String,
    /// Whether whole days changed places; if not, the run was too short and was turned round.
    pub days: bool,
    /// How far scores moved at least, in hours.
    pub hours: f64,
    /// Mean correlation of a path's scores with themselves where they were moved to; none where none moves.
    pub correlation: Option<f64>,
}

/// A design with a score, and the name its placebo goes by.
pub(super) fn name(design: &Design) -> String {
    format!("{}, moved", design.name)
}

/// A design whose score is its own at other times; `None` if it has none.
pub(super) fn placebo(
    design: &Design,
    scores: &[Real],
    block_s: u32,
    luck: (u64, u32),
) -> Option<Design> {
    let (cap, beside) = (design.stress.cap()?, design.stress.predictor().copied().map(Box::new));
    let stress = Stress::Given { scores: moved(scores, block_s, luck), cap, beside };
    Some(Design { name: name(design), stress, ..design.clone() })
}

/// Blocks of a day.
fn day(block_s: u32) -> usize {
    (86_400 / block_s.max(1)).max(1) as usize
}

/// The scores at other times.
fn moved(scores: &[Real], block_s: u32, (seed, path): (u64, u32)) -> Vec<Real> {
    let mut draws = Draws::new(seed, u64::from(path), 0, STREAM);
    let days = scores.len() / day(block_s);
    if days < 2 {
        let quarter = scores.len() / 4;
        let by = quarter + draws.below((scores.len() - 2 * quarter) as u64 + 1) as usize;
        let mut turned = scores.to_vec();
        turned.rotate_right(by.min(scores.len()));
        return turned;
    }
    // Sattolo: one cycle through all, so none stays.
    let (whole, rest) = scores.split_at(days * day(block_s));
    let mut pieces: Vec<&[Real]> = whole.chunks(day(block_s)).collect();
    for last in (1..pieces.len()).rev() {
        pieces.swap(last, draws.below(last as u64) as usize);
    }
    pieces.push(rest);
    pieces.concat()
}

/// What moving did to the scores of all paths.
pub(super) fn told(design: &Design, paths: &[Path], block_s: u32, seed: u64) -> Moved {
    let longest = paths.iter().map(|path| path.scores.len()).max().unwrap_or(0);
    let days = longest / day(block_s) >= 2;
    let blocks = if days { day(block_s) } else { longest / 4 };
    let each = paths.iter().zip(0..).filter_map(|(path, at)| {
        let own: Vec<f64> = path.scores.iter().copied().map(number).collect();
        let moved = moved(&path.scores, block_s, (seed, at));
        correlation(&own, &moved.into_iter().map(number).collect::<Vec<_>>())
    });
    let each: Vec<f64> = each.collect();
    let hours = blocks as f64 * f64::from(block_s) / 3600.0;
    Moved { design: design.name.clone(), days, hours, correlation: mean(&each) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_kept_and_moved_by_a_day_or_a_quarter() {
        for (count, block_s) in [(600, 60), (24 * 7 + 5, 3600)] {
            let scores: Vec<Real> = (0..count).map(|i| Real::from_num(i) / count).collect();
            let of = |path| moved(&scores, block_s, (7, path));
            assert_ne!(of(0), of(1));
            let least = if block_s == 60 { 150 } else { 24 };
            let moved = of(0);
            let whole = if block_s == 60 { 600 } else { 24 * 7 };
            for (at, score) in moved.iter().enumerate().take(whole) {
                let from = scores.iter().position(|own| own == score).unwrap();
                let by = at.abs_diff(from);
                assert!(by.min(scores.len() - by) >= least || by >= least, "{from} to {at}");
            }
            let mut sorted = moved;
            sorted.sort();
            assert_eq!(sorted, scores);
        }
        assert!(placebo(&Design::baseline(), &[], 60, (7, 0)).is_none());
        assert!(moved(&[], 60, (7, 0)).is_empty());
    }

    #[test]
    fn a_placebo_goes_by_the_same_forecast() {
        let design = Design::predictive();
        let placebo = placebo(&design, &[Real::ZERO; 9], 60, (7, 0)).unwrap();
        assert_eq!(placebo.stress.predictor(), design.stress.predictor());
        assert_eq!(placebo.stress.cap(), design.stress.cap());
        assert_eq!(placebo.name, "predictive, moved");
    }
}
