//! How much of a loan is repaid out of its collateral.

use crate::num::{Cash, OutOfRange, Rounding, mul_div};
use crate::risk::liquidation::{LiquidationError, money};
use crate::risk::within::{BPS, whole};

/// The terms of an account that owes money against collateral, in hundredths of a per cent.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LoanTerms {
    /// ℓ: the share of its collateral's value that an account may owe; 1 to 10,000.
    pub threshold_bps: u32,
    /// b: what a liquidator gets on top of what is repaid; 0 to 10,000.
    pub bonus_bps: u32,
    /// h*: the health ℓC/D that a liquidation restores; above ℓ·(1 + b) and at least one, up to
    /// 1,000,000.
    pub target_bps: u32,
}

/// What a liquidation moves.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Repayment {
    /// Debt that the liquidator pays.
    pub repaid: Cash,
    /// What the liquidator gets of the collateral, at its mark.
    pub seized: Cash,
    /// Debt that no collateral is left for: for the [`waterfall`](super::waterfall).
    pub unpaid: Cash,
}

impl LoanTerms {
    /// Checks the ranges, and that a repayment improves the account's health at all.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        whole("liquidation threshold in bps", self.threshold_bps, 1, BPS)?;
        whole("liquidation bonus in bps", self.bonus_bps, 0, BPS)?;
        let after = self.threshold_bps * (BPS + self.bonus_bps); // ≤ 10⁴·2·10⁴
        let least = (after / BPS + 1).max(BPS);
        whole("health to restore in bps", self.target_bps, least, 100 * BPS).map(|_| ())
    }
}

/// The smallest repayment that restores the health of a loan: none if it may stand as it is.
///
/// With debt D and collateral C the health ℓC/D is below one. A repayment of R takes (1 + b)·R of the
/// collateral, and ℓ·(C − (1 + b)·R) = h*·(D − R) gives
///
/// ```text
/// R = (h*·D − ℓ·C)/(h* − ℓ·(1 + b))
/// ```
///
/// an exact rational, rounded up; what is seized is rounded down: an atom less does not restore. Where
/// the collateral is worth no more than the debt with the bonus, all of it goes and what is left of
/// the debt is `unpaid`: no repayment restores a health then.
///
/// ```
/// use amm_core::risk::liquidation::{LoanTerms, repayment};
///
/// let terms = LoanTerms { threshold_bps: 8_000, bonus_bps: 500, target_bps: 12_500 };
/// let moved = repayment("90".parse()?, "100".parse()?, &terms)?;
/// assert_eq!(moved.repaid.to_string(), "79.268292683"); // (112.5 − 80)/(1.25 − 0.84) = 79.268…
/// assert_eq!(moved.seized.to_string(), "83.231707317");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`LiquidationError::Money`] unless debt and collateral lie in 0..=[`MONEY_MAX`](super::MONEY_MAX),
/// and what [`LoanTerms::check`] finds.
pub fn repayment(
    debt: Cash,
    collateral: Cash,
    terms: &LoanTerms,
) -> Result<Repayment, LiquidationError> {
    terms.check()?;
    let debt = money("debt", debt, Cash::ZERO)?.unsigned_abs();
    let collateral = money("collateral", collateral, Cash::ZERO)?.unsigned_abs();
    let [threshold, target, one] = [terms.threshold_bps, terms.target_bps, BPS].map(u128::from);
    let with_bonus = one + u128::from(terms.bonus_bps);
    // All below 2¹²⁰·2²⁰, in two halves of 64 bits.
    if product(debt, one) <= product(collateral, threshold) {
        return Ok(Repayment::default());
    }
    let cash = |atoms: u128| Cash::from_atoms(atoms as i128); // ≤ 2¹²⁰
    if product(collateral, one) <= product(debt, with_bonus) {
        // ≤ the debt, as the quotient is.
        let repaid = mul_div(collateral, one, with_bonus, Rounding::Up).unwrap_or(debt);
        let unpaid = cash(debt - repaid.min(debt));
        return Ok(Repayment { repaid: cash(repaid.min(debt)), seized: cash(collateral), unpaid });
    }
    let (high, low) = difference(product(debt, target), product(collateral, threshold));
    let per = target * one - threshold * with_bonus; // > 0, ≤ 10¹⁰
    let repaid = divided_up(high, low, one, per);
    let seized = mul_div(repaid, with_bonus, one, Rounding::Down).unwrap_or(collateral);
    Ok(Repayment { repaid: cash(repaid), seized: cash(seized), unpaid: Cash::ZERO })
}

/// a·b as high·2⁶⁴ + low, for a < 2¹²¹ and b < 2⁴⁰.
fn product(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let low = (a & LOW) * b;
    ((a >> 64) * b + (low >> 64), low & LOW)
}

/// a − b in the same form, for a ≥ b.
fn difference(a: (u128, u128), b: (u128, u128)) -> (u128, u128) {
    match a.1.checked_sub(b.1) {
        Some(low) => (a.0 - b.0, low),
        None => (a.0 - b.0 - 1, a.1 + (1 << 64) - b.1),
    }
}

/// (high·2⁶⁴ + low)·by/per, rounded up, for numbers as small as those of [`repayment`].
fn divided_up(high: u128, low: u128, by: u128, per: u128) -> u128 {
    let (high, low) = (high * by, low * by); // < 2⁷⁷·2¹⁴ each
    let (first, rest) = (high / per, high % per);
    let low = (rest << 64) + low; // < 2³⁴·2⁶⁴ + 2⁷⁸
    (first << 64) + low.div_ceil(per)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Real;
    use crate::risk::liquidation::MONEY_MAX;

    const TERMS: LoanTerms = LoanTerms { threshold_bps: 8_000, bonus_bps: 500, target_bps: 12_500 };

    fn moves(debt: &str, collateral: &str) -> [std::string::String; 3] {
        let moved = repayment(debt.parse().unwrap(), collateral.parse().unwrap(), &TERMS).unwrap();
        [moved.repaid, moved.seized, moved.unpaid].map(|cash| std::format!("{cash}"))
    }

    #[test]
    fn three_ways_it_can_go() {
        assert_eq!(moves("80", "100"), ["0", "0", "0"]);
        assert_eq!(moves("80.000000001", "100").last().unwrap(), "0");
        assert_eq!(moves("105", "100"), ["95.238095239", "100", "9.761904761"]);
        assert_eq!(moves("100", "105"), ["100", "105", "0"]);
        assert_eq!(moves("7", "0"), ["0", "0", "7"]);
        assert_eq!(moves("0", "0"), ["0", "0", "0"]);
        // Just above the debt with its bonus: nearly all of either.
        assert_eq!(moves("100", "105.000000001"), ["99.999999999", "104.999999998", "0"]);
    }

    #[test]
    fn the_largest_loan_is_liquidated() {
        let most = MONEY_MAX;
        let less = Cash::from_atoms(most.atoms() / 10 * 9);
        let moved = repayment(less, most, &TERMS).unwrap();
        assert!(moved.repaid > Cash::ZERO && moved.repaid < less && moved.seized < most);
        assert!(repayment(Cash::MAX, most, &TERMS).is_err());
        assert!(repayment(less, Cash::from_atoms(-1), &TERMS).is_err());
    }

    #[test]
    fn terms_that_restore_nothing_are_refused() {
        let error = LoanTerms { threshold_bps: 9_700, bonus_bps: 500, target_bps: 10_185 };
        let error = error.check().unwrap_err();
        assert_eq!((error.got, error.min), (Real::lit("10185"), Real::lit("10186")));
        assert!(LoanTerms { target_bps: 9_999, ..TERMS }.check().is_err());
        assert!(LoanTerms { threshold_bps: 0, ..TERMS }.check().is_err());
        assert!(LoanTerms { bonus_bps: 10_001, ..TERMS }.check().is_err());
        assert!(LoanTerms { target_bps: u32::MAX, ..TERMS }.check().is_err());
    }
}
