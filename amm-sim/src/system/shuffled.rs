//! The placebo of a stress score: the same scores at other times, so that they know nothing.
//!
//! A path's scores are cut into pieces of an hour, and the pieces change places: one cycle through all,
//! drawn for the path, so that none stays in its own. Every design on a path meets the same order. What is
//! kept is the distribution, and how scores follow each other within a piece; what is lost is when.
//!
//! An hour, because a score falls by half in six: over an hour it keeps nine tenths of itself, so most of its
//! own persistence lies within a piece. Pieces as long as its memory would be two in a scenario of twelve
//! hours, and would only change sides. Where two pieces meet the score may jump, which the score itself does
//! only upwards; and stress that lasts for most of a scenario overlaps itself in any order. How much is left of
//! it is [measured](Shuffled::correlation) and told.

use amm_core::num::Real;
use amm_loop::draw::Draws;
use amm_loop::system::{Design, Stress};
use serde::Serialize;

use super::figures::{Path, number};
use crate::stats::{correlation, mean};

/// The stream of luck that orders pieces, apart from a system's.
const STREAM: u64 = 1 << 50;

/// Seconds of a piece, or as near as a path's length divides.
const PIECE_S: u32 = 3_600;

/// How scores were shuffled.
#[derive(Clone, Debug, Serialize)]
pub struct Shuffled {
    /// Of which design.
    pub design: String,
    /// Into how many pieces the longest path was cut; below two nothing was shuffled.
    pub pieces: usize,
    /// How long one of them is, in hours.
    pub hours: f64,
    /// Mean correlation of a path's scores with those that took their places; none where none varies.
    pub correlation: Option<f64>,
}

/// A design with a score, and the name its placebo goes by.
pub(super) fn name(design: &Design) -> String {
    format!("{}, shuffled", design.name)
}

/// A design whose score is its own at other times; `None` if it has none.
pub(super) fn placebo(
    design: &Design,
    scores: &[Real],
    block_s: u32,
    luck: (u64, u32),
) -> Option<Design> {
    let (cap, beside) = (design.stress.cap()?, design.stress.predictor().copied().map(Box::new));
    let stress = Stress::Given { scores: shuffled(scores, block_s, luck), cap, beside };
    Some(Design { name: name(design), stress, ..design.clone() })
}

/// Into how many pieces, and of how many blocks each: equal ones of about an hour, and two at least. The
/// blocks that are left over, fewer than there are pieces, stay at the end.
fn cut(count: usize, block_s: u32) -> (usize, usize) {
    let an_hour = (PIECE_S / block_s.max(1)).max(1) as usize;
    let pieces = (count / an_hour).max(2).min(count);
    (pieces, count.checked_div(pieces).unwrap_or(0))
}

/// The scores with their pieces in another order.
///
/// Where two pieces differ the result differs from what it was: one cycle through all places takes no
/// part of them into itself, so not the places of equal pieces either.
fn shuffled(scores: &[Real], block_s: u32, (seed, path): (u64, u32)) -> Vec<Real> {
    let (count, length) = cut(scores.len(), block_s);
    if length == 0 {
        return Vec::new();
    }
    let (whole, rest) = scores.split_at(count * length);
    let mut pieces: Vec<&[Real]> = whole.chunks(length).collect();
    let mut draws = Draws::new(seed, u64::from(path), 0, STREAM);
    for last in (1..pieces.len()).rev() {
        pieces.swap(last, draws.below(last as u64) as usize); // Sattolo: one cycle
    }
    pieces.push(rest);
    pieces.concat()
}

/// What shuffling did to the scores of all paths.
pub(super) fn told(design: &Design, paths: &[Path], block_s: u32, seed: u64) -> Shuffled {
    let longest = paths.iter().map(|path| path.scores.len()).max().unwrap_or(0);
    let (pieces, length) = cut(longest, block_s);
    let each = paths.iter().zip(0..).filter_map(|(path, at)| {
        let own: Vec<f64> = path.scores.iter().copied().map(number).collect();
        let other = shuffled(&path.scores, block_s, (seed, at));
        correlation(&own, &other.into_iter().map(number).collect::<Vec<_>>())
    });
    let each: Vec<f64> = each.collect();
    let hours = length as f64 * f64::from(block_s) / 3600.0;
    Shuffled { design: design.name.clone(), pieces, hours, correlation: mean(&each) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many scores, all different.
    fn ramp(count: usize) -> Vec<Real> {
        (0..count).map(|i| Real::from_num(i) / count.max(1) as i128).collect()
    }

    #[test]
    fn every_score_is_kept_and_none_of_an_hour_stays() {
        // Whole hours, a rest, hours of one block, less than two hours, two blocks.
        for (count, block_s) in [(720, 60), (1693, 60), (27, 3600), (100, 60), (2, 60)] {
            let scores = ramp(count);
            let (pieces, length) = cut(count, block_s);
            let other = shuffled(&scores, block_s, (7, 0));
            for (at, score) in other.iter().enumerate().take(pieces * length) {
                let from = scores.iter().position(|own| own == score).unwrap();
                assert_ne!(from / length, at / length, "{count}: {from} stays");
                assert_eq!(from % length, at % length, "{count}: a piece is torn");
            }
            assert!(
                count - pieces * length < pieces
                    && other[pieces * length..] == scores[pieces * length..]
            );
            let mut sorted = other;
            sorted.sort();
            assert_eq!(sorted, scores);
        }
        assert_eq!(cut(720, 60), (12, 60));
        assert_eq!(cut(1680, 60), (28, 60));
    }

    #[test]
    fn an_order_is_the_paths_own_and_every_designs() {
        let scores = ramp(720);
        let of = |luck| shuffled(&scores, 60, luck);
        assert_eq!(of((7, 3)), of((7, 3)));
        assert_ne!(of((7, 3)), of((8, 3)));
        let mut all: Vec<_> = (0..64).map(|path| of((7, path))).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 64); // of 11! orders
        let given = |design: &Design| match placebo(design, &scores, 60, (7, 3)).unwrap().stress {
            Stress::Given { scores, .. } => scores,
            _ => Vec::new(),
        };
        assert_eq!(given(&Design::predictive()), given(&Design::active()));
    }

    /// One hour unlike the others is enough, whichever it is and whatever is drawn.
    #[test]
    fn a_path_that_is_not_the_same_all_along_comes_out_another() {
        for path in 0..200 {
            let odd = path as usize % 12;
            let scores: Vec<Real> =
                (0..720).map(|at| Real::from_num(u32::from(at / 60 == odd))).collect();
            assert_ne!(shuffled(&scores, 60, (7, path)), scores, "path {path}");
        }
        let same = [Real::ONE; 720];
        assert_eq!(shuffled(&same, 60, (7, 0)), same);
        assert_eq!(shuffled(&same[..1], 60, (7, 0)), same[..1]);
        assert!(shuffled(&[], 60, (7, 0)).is_empty());
    }

    #[test]
    fn a_placebo_goes_by_the_same_forecast() {
        assert!(placebo(&Design::baseline(), &[], 60, (7, 0)).is_none());
        let design = Design::predictive();
        let placebo = placebo(&design, &[Real::ZERO; 9], 60, (7, 0)).unwrap();
        assert_eq!(placebo.stress.predictor(), design.stress.predictor());
        assert_eq!(placebo.stress.cap(), design.stress.cap());
        assert_eq!(placebo.name, "predictive, shuffled");
    }
}
