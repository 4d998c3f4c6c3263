//! Who pays a loss that an account cannot.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::num::Cash;
use crate::risk::{DebtOverflow, pay_down};

/// What stands behind accounts that cannot pay, in the order it is used. A fund in debt gives nothing.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Backing {
    /// The insurance fund.
    pub insurance: Cash,
    /// What providers of liquidity have put up for the first loss after it.
    pub providers: Cash,
}

/// The receipt of a loss: who paid how much of it. The parts sum to the loss to the atom.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Waterfall {
    /// The loss.
    pub loss: Cash,
    /// What the insurance fund paid.
    pub insurance: Cash,
    /// What the providers' first loss paid.
    pub providers: Cash,
    /// What accounts paid, together.
    pub socialised: Cash,
    /// What each of them paid, above zero, in the order their weights were given.
    pub parts: Vec<(AccountId, Cash)>,
    /// What nobody could pay: a claim on the system that is owed still, not a number that is dropped.
    pub uncovered: Cash,
}

/// Why a loss is not shared.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WaterfallError {
    /// It is a gain.
    #[error("a loss of {loss} is a gain")]
    Negative {
        /// The loss.
        loss: Cash,
    },
    /// Weights that no ledger's accounts can have.
    #[error(transparent)]
    Overflow(#[from] DebtOverflow),
}

/// Shares a loss: first the insurance fund, then the providers' first loss, then accounts in
/// proportion to their weights.
///
/// An account's weight is the most it can be made to pay: what it is in profit, or its equity. Nobody
/// pays more than that, so nobody who is solvent comes to owe by it. Parts are rounded down and the
/// atoms left go one each to the largest remainders, of equal ones to the lowest account, so the order
/// of the weights is nothing. Weights of zero and below pay nothing.
///
/// ```
/// use amm_core::book::AccountId;
/// use amm_core::num::Cash;
/// use amm_core::risk::liquidation::{Backing, waterfall};
///
/// let backing = Backing { insurance: Cash::from_atoms(10), providers: Cash::from_atoms(5) };
/// let weights = [(AccountId(1), Cash::from_atoms(1)), (AccountId(2), Cash::from_atoms(2))];
/// let paid = waterfall(Cash::from_atoms(17), backing, &weights)?;
/// assert_eq!((paid.insurance.atoms(), paid.providers.atoms(), paid.socialised.atoms()), (10, 5, 2));
/// assert_eq!(paid.parts, [(AccountId(1), Cash::from_atoms(1)), (AccountId(2), Cash::from_atoms(1))]);
/// assert_eq!(waterfall(Cash::from_atoms(20), backing, &weights)?.uncovered.atoms(), 2);
/// # Ok::<(), amm_core::risk::liquidation::WaterfallError>(())
/// ```
///
/// # Errors
///
/// [`WaterfallError::Negative`]; and [`WaterfallError::Overflow`] if the weights sum to more than
/// [`Cash::MAX`], which equities that a ledger's sums hold do not.
pub fn waterfall(
    loss: Cash,
    backing: Backing,
    weights: &[(AccountId, Cash)],
) -> Result<Waterfall, WaterfallError> {
    if loss < Cash::ZERO {
        return Err(WaterfallError::Negative { loss });
    }
    // Each step takes from what is left, a number from 0 to the loss.
    let (insurance, left) = step(loss, backing.insurance);
    let (providers, left) = step(left, backing.providers);
    let parts = pay_down(weights.iter().copied(), left)?;
    let socialised = Cash::from_atoms(parts.iter().map(|(_, part)| part.atoms()).sum());
    let uncovered = Cash::from_atoms(left.atoms() - socialised.atoms());
    Ok(Waterfall { loss, insurance, providers, socialised, parts, uncovered })
}

/// What a fund pays, and what is left of the loss.
fn step(left: Cash, fund: Cash) -> (Cash, Cash) {
    let paid = fund.max(Cash::ZERO).min(left);
    (paid, Cash::from_atoms(left.atoms() - paid.atoms()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(parts: &[(AccountId, Cash)]) -> Vec<(u64, i128)> {
        parts.iter().map(|(id, cash)| (id.0, cash.atoms())).collect()
    }

    fn run(loss: i128, funds: [i128; 2], weights: &[i128]) -> Waterfall {
        let [insurance, providers] = funds.map(Cash::from_atoms);
        let weights: Vec<_> =
            (0..).map(AccountId).zip(weights.iter().map(|w| Cash::from_atoms(*w))).collect();
        waterfall(Cash::from_atoms(loss), Backing { insurance, providers }, &weights).unwrap()
    }

    #[test]
    fn one_after_the_other() {
        let paid = run(7, [10, 10], &[5]);
        assert_eq!((paid.insurance.atoms(), paid.providers.atoms()), (7, 0));
        assert_eq!(paid.parts, []);
        let paid = run(25, [10, 10], &[4, 4, 2]);
        assert_eq!(atoms(&paid.parts), [(0, 2), (1, 2), (2, 1)]);
        assert_eq!(paid.uncovered, Cash::ZERO);
        let paid = run(40, [10, 10], &[4, -9, 2]);
        assert_eq!((atoms(&paid.parts), paid.uncovered.atoms()), ([(0, 4), (2, 2)].into(), 14));
    }

    #[test]
    fn a_fund_in_debt_gives_nothing() {
        let paid = run(9, [-5, i128::MIN], &[9]);
        assert_eq!((paid.insurance, paid.providers), (Cash::ZERO, Cash::ZERO));
        assert_eq!(paid.socialised.atoms(), 9);
    }

    #[test]
    fn the_largest_loss_is_shared() {
        let paid = run(i128::MAX, [1, 1], &[i128::MAX - 1, 1]);
        assert_eq!(paid.socialised.atoms(), i128::MAX - 2);
        assert_eq!(run(i128::MAX, [0, 0], &[]).uncovered, Cash::MAX);
        assert_eq!(run(0, [0, 0], &[3]), Waterfall::default());
        let loss = Cash::from_atoms(-1);
        let error = waterfall(loss, Backing::default(), &[]).unwrap_err();
        assert_eq!(error, WaterfallError::Negative { loss });
        let twice = [(AccountId(1), Cash::MAX), (AccountId(2), Cash::MAX)];
        let error = waterfall(Cash::MAX, Backing::default(), &twice).unwrap_err();
        assert_eq!(error, WaterfallError::Overflow(DebtOverflow));
    }
}
