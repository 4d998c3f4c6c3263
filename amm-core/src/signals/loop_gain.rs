//! What hedging does to the market it hedges in.

use crate::num::{Amount, Real, Rounding, mul_div};

/// The loop gain x = x⁰ − Γ/L of a book of dollar gamma Γ (positive: long) in a market of depth L,
/// both in cash, with the gain x⁰ of everyone else's hedging; rounded within two units of 2⁻⁶⁴.
///
/// Hedgers of this book trade x·L when spot moves by 100 %, which moves it by x·100 % more. `None` if
/// it does not fit or the depth is not above zero.
pub fn loop_gain(gamma: Amount, depth: Real, outside: Real) -> Option<Real> {
    outside.checked_add(share(gamma.checked_neg()?, depth)?)
}

/// By how much hedging a loop gain multiplies volatility: 1/(1 − x), rounded down (Frey and Stremme
/// 1997).
///
/// `None` from one on, where every move causes a greater one, and so close below it that the
/// multiplier does not fit.
///
/// ```
/// use amm_core::{num::Real, signals::vol_multiplier};
/// assert_eq!(vol_multiplier(Real::lit("0.5")), Some(Real::lit("2")));
/// assert_eq!(vol_multiplier(Real::lit("-1")), Some(Real::lit("0.5")));
/// assert_eq!(vol_multiplier(Real::ONE), None);
/// ```
pub fn vol_multiplier(gain: Real) -> Option<Real> {
    let rest = Real::ONE.checked_sub(gain).filter(|rest| *rest > 0)?.to_bits() as u128;
    ratio(1 << 64, rest, Rounding::Down)
}

/// An amount over a number of the same unit, such as a flow over the scale of flows: rounded down,
/// within two units of 2⁻⁶⁴ if the number is one or more. `None` if it does not fit or the number is
/// not above zero.
pub fn share(amount: Amount, of: Real) -> Option<Real> {
    let (bits, of) = (amount.floor().to_bits(), u128::try_from(of.to_bits()).ok()?);
    if bits < 0 {
        return ratio(bits.unsigned_abs(), of, Rounding::Up)?.checked_neg();
    }
    ratio(bits as u128, of, Rounding::Down)
}

/// a/b in Q64.
fn ratio(a: u128, b: u128, rounding: Rounding) -> Option<Real> {
    let bits = mul_div(a, 1 << 64, b, rounding)?;
    i128::try_from(bits).ok().map(Real::from_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gamma_is_a_gain() {
        let gamma = Amount::from(Real::lit("-250"));
        let gain = loop_gain(gamma, Real::lit("1000"), Real::lit("0.125"));
        assert_eq!(gain, Some(Real::lit("0.375")));
        let long = loop_gain(gamma.checked_neg().unwrap(), Real::lit("1000"), Real::ZERO);
        assert_eq!(long, Some(Real::lit("-0.25")));
    }

    #[test]
    fn what_has_no_answer_is_none() {
        assert_eq!(share(Amount::from(Real::ONE), Real::ZERO), None);
        assert_eq!(share(Amount::from(Real::ONE), Real::NEG_ONE), None);
        assert_eq!(share(Amount::from(Real::MAX), Real::DELTA), None);
        assert_eq!(share(Amount::from(Real::MIN), Real::ONE), None);
        assert_eq!(loop_gain(Amount::from(Real::MIN), Real::ONE, Real::ZERO), None);
        assert_eq!(vol_multiplier(Real::ONE - Real::DELTA), None);
        assert_eq!(vol_multiplier(Real::MIN), None);
        let near = vol_multiplier(Real::ONE - Real::from_bits(4)).unwrap();
        assert_eq!(near, Real::from_num(1_u64 << 62));
    }

    #[test]
    fn a_share_is_rounded_down() {
        let third = |sign: i128| share(Amount::from(Real::from_num(sign)), Real::lit("3")).unwrap();
        assert_eq!(third(1).to_bits(), ((1_i128 << 64) - 1) / 3);
        assert_eq!(third(-1).to_bits(), -((1_i128 << 64) + 2) / 3);
    }
}
