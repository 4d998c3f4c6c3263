//! How much of a result each of several causes is to be charged with.

use alloc::vec::Vec;

use amm_core::num::Real;

use crate::LoopError;
use crate::system::SystemError;

/// The most causes.
pub const CAUSES_MAX: usize = 10;

/// Each cause's Shapley value, from the result under every set of causes (Shapley 1953).
///
/// `results[mask]` is the result with cause `i` at work where bit `i` of `mask` is set. The values
/// add up to what all causes change together, but for under one ulp each.
///
/// ```
/// use amm_core::num::Real;
/// use amm_loop::system::shapley;
///
/// // Alone they do 1 and 2, together 5: the 2 that only both can do are shared.
/// let results = [0, 1, 2, 5].map(Real::from_num);
/// assert_eq!(shapley(&results)?, [Real::from_num(2), Real::from_num(3)]);
/// # Ok::<(), amm_loop::system::SystemError>(())
/// ```
///
/// # Errors
///
/// * [`SystemError::Shape`] unless there are 2ᵏ results, k from 1 to [`CAUSES_MAX`];
/// * [`LoopError::Overflow`] if a weighted sum passes 2⁶³.
pub fn shapley(results: &[Real]) -> Result<Vec<Real>, SystemError> {
    let sets = results.len();
    let causes = sets.max(1).ilog2() as usize;
    if sets < 2 || !sets.is_power_of_two() || causes > CAUSES_MAX {
        let want = sets.next_power_of_two().clamp(2, 1 << CAUSES_MAX);
        return Err(SystemError::Shape { what: "the list of results", got: sets, want });
    }
    let overflow = LoopError::Overflow { what: "a weighted sum of results" };
    (0..causes)
        .map(|cause| {
            let bit = 1 << cause;
            let mut sum = Real::ZERO;
            for without in (0..sets).filter(|set| set & bit == 0) {
                let gain = results[without | bit].checked_sub(results[without]);
                // |S|!·(k − |S| − 1)!, at most 9!.
                let size = without.count_ones() as usize;
                let orders = factorial(size) * factorial(causes - size - 1);
                let part = gain.and_then(|gain| gain.checked_mul_int(orders));
                sum = part.and_then(|part| sum.checked_add(part)).ok_or(overflow.clone())?;
            }
            Ok(sum / factorial(causes))
        })
        .collect()
}

/// n!, n at most [`CAUSES_MAX`].
fn factorial(n: usize) -> i128 {
    (2..=n as i128).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_does_nothing_gets_nothing_and_like_causes_alike() {
        // Cause 1 is idle; 0 and 2 do what either does, and twice as much together.
        let results: Vec<Real> =
            (0..8_u32).map(|set| Real::from_num((set & 0b101).count_ones().pow(2))).collect();
        let values = shapley(&results).unwrap();
        assert_eq!(values[1], Real::ZERO);
        assert_eq!(values[0], values[2]);
        assert_eq!(values[0], Real::from_num(2));
    }

    #[test]
    fn a_list_of_the_wrong_length_is_refused() {
        for got in [0, 1, 3, 6, 2048] {
            let results = alloc::vec![Real::ZERO; got];
            assert!(matches!(shapley(&results), Err(SystemError::Shape { .. })), "{got}");
        }
    }
}
