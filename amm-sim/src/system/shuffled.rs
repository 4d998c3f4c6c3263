//! The placebo of a stress score: the same scores, in an order that knows nothing.

use amm_core::num::Real;
use amm_loop::draw::Draws;
use amm_loop::system::{Design, Stress};

/// The stream of luck that shuffles, apart from a system's.
const STREAM: u64 = 1 << 50;

/// A design whose score is another's, in pieces of `piece` blocks that are shuffled; `None` if that other
/// has no score of its own.
pub(super) fn shuffled(
    design: &Design,
    scores: &[Real],
    (seed, path): (u64, u32),
    piece: usize,
) -> Option<Design> {
    let lift = match design.stress {
        Stress::Off => return None,
        Stress::Ratio { lift, .. } | Stress::Given { lift, .. } => lift,
    };
    let mut pieces: Vec<&[Real]> = scores.chunks(piece.max(1)).collect();
    let mut draws = Draws::new(seed, u64::from(path), 0, STREAM);
    // Fisher and Yates.
    for last in (1..pieces.len()).rev() {
        pieces.swap(last, draws.below(last as u64 + 1) as usize);
    }
    let stress = Stress::Given { scores: pieces.concat(), lift };
    Some(Design { name: format!("{}, shuffled", design.name), stress, ..design.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_every_score_and_moves_them() {
        let scores: Vec<Real> = (0..600_u32).map(|i| Real::from_num(i) / 600).collect();
        let of =
            |path| match shuffled(&Design::predictive(), &scores, (7, path), 10).unwrap().stress {
                Stress::Given { scores, .. } => scores,
                other => panic!("{other:?}"),
            };
        let mut one = of(0);
        assert_ne!(one, scores);
        assert_ne!(one, of(1));
        one.sort();
        assert_eq!(one, scores);
        assert!(shuffled(&Design::baseline(), &scores, (7, 0), 10).is_none());
    }
}
