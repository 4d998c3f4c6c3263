//! How fast the pool may hedge, so that its hedging does not feed on itself.
//!
//! A hedger of loop gain a that closes its gap at speed κ moves spot by a of each move it answers, and
//! spot's own resilience ρ takes the impact back. The loop is stable while a·κ < κ + ρ, and its gain
//! peaks, at the frequency √(ρκ), at a·κ/(κ + ρ). So a gain above one can be hedged, slowly.

use crate::math;
use crate::num::{OutOfRange, Real, Rounding, Size, mul_div};
use crate::risk::within::within;

/// What the governor holds the loop to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct GovernorParams {
    /// g: the highest gain that the loop may peak at; above 0 and below 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gain_max: Real,
    /// ρ: how fast spot takes back an impact, per day; above 0, at most 10⁹. The least there is in a
    /// bad market: a market that recovers faster only damps more.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub resilience: Real,
}

impl Default for GovernorParams {
    /// Peaks of six tenths, and a half-life of an impact of an hour: ρ = 24·ln 2 a day.
    fn default() -> Self {
        const G: Real = Real::lit("0.6");
        const RHO: Real = Real::lit("16.635532333438686");
        Self { gain_max: G, resilience: RHO }
    }
}

impl GovernorParams {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        const FASTEST: Real = Real::lit("1000000000");
        within("highest gain of the hedge", self.gain_max, Real::DELTA, Real::ONE - Real::DELTA)?;
        within("resilience per day", self.resilience, Real::DELTA, FASTEST).map(|_| ())
    }

    /// The highest speed at which a loop of that gain peaks at no more than g:
    /// κ ≤ ρ·g/(a − g) for a > g, rounded down, and any speed for less.
    ///
    /// ```
    /// use amm_core::num::Real;
    /// use amm_core::risk::governor::{GovernorParams, Speed};
    ///
    /// let [gain_max, resilience] = [Real::lit("0.5"), Real::lit("12")];
    /// let params = GovernorParams { gain_max, resilience };
    /// assert_eq!(params.speed(Real::lit("0.5")), Speed::Free);
    /// assert_eq!(params.speed(Real::lit("1.5")), Speed::PerDay(Real::lit("6")));
    /// ```
    pub fn speed(&self, gain: Real) -> Speed {
        let bits = |x: Real| u128::try_from(x.to_bits()).unwrap_or(0);
        let over = gain.to_bits().saturating_sub(self.gain_max.to_bits());
        let Ok(over @ 1..) = u128::try_from(over) else { return Speed::Free };
        let speed = mul_div(bits(self.resilience), bits(self.gain_max), over, Rounding::Down);
        // Beyond every Real there is no limit either.
        let speed = speed.and_then(|speed| i128::try_from(speed).ok());
        speed.map_or(Speed::Free, |speed| Speed::PerDay(Real::from_bits(speed)))
    }
}

/// How fast a gap to the delta target may be closed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Speed {
    /// At once.
    Free,
    /// At this share of what is left of it a day: κ.
    PerDay(#[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))] Real),
}

/// Whether a loop of gain a, hedged at speed κ in a market of resilience ρ, dies out: a·κ < κ + ρ,
/// decided exactly. For gains of minus one and less speed is no matter where the hedger sees each move
/// at once, which is what this is about; one block late only gains above minus one die out.
pub fn is_stable(gain: Real, speed: Speed, resilience: Real) -> bool {
    let over = gain.to_bits().saturating_sub(1 << 64);
    let Speed::PerDay(speed) = speed else { return over < 0 };
    let (Ok(over), Ok(speed)) = (u128::try_from(over), u128::try_from(speed.to_bits())) else {
        return true;
    };
    // (a − 1)·κ < ρ, rounded up to whole bits.
    let product = mul_div(over, speed, 1 << 64, Rounding::Up);
    let resilience = u128::try_from(resilience.to_bits()).unwrap_or(0);
    product.is_some_and(|product| match product.cmp(&resilience) {
        core::cmp::Ordering::Equal => {
            mul_div(over, speed, 1 << 64, Rounding::Down) != Some(resilience)
        }
        order => order.is_lt(),
    })
}

/// What to trade of a gap after so many seconds, of its sign: gap·(1 − e^(−κt)), rounded towards
/// zero.
///
/// Never more than that, however often it is asked with what is left each time: the shares compose, and
/// each is low by under 2⁻⁵⁹ and an atom. A gap that is a few atoms may stay.
///
/// ```
/// use amm_core::num::{Real, Size};
/// use amm_core::risk::governor::{Speed, release};
///
/// let gap: Size = "-100".parse()?;
/// let hourly = Speed::PerDay(Real::lit("16.635532333438686"));
/// let trade = release(gap, hourly, 3_600);
/// assert!("-50.000001".parse::<Size>()? < trade && trade < "-49.999999".parse()?);
/// assert_eq!(release(gap, Speed::Free, 0), gap);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn release(gap: Size, speed: Speed, elapsed_s: u64) -> Size {
    let Speed::PerDay(speed) = speed else { return gap };
    let share = released(speed, elapsed_s);
    let size = gap.atoms().unsigned_abs();
    // Of a share up to one.
    let part = mul_div(size, share, 1 << 64, Rounding::Down).unwrap_or(0);
    Size::from_atoms(i128::try_from(part).map_or(gap.atoms(), |part| part * gap.atoms().signum()))
}

/// 1 − e^(−κt) in Q64, low by at most eight units of 2⁻⁶² and never high.
fn released(speed: Real, elapsed_s: u64) -> u128 {
    const DAY_S: u128 = 86_400;
    const ONE: u128 = 1 << 64;
    let speed = u128::try_from(speed.to_bits()).unwrap_or(0);
    let grown = mul_div(speed, elapsed_s.into(), DAY_S, Rounding::Down);
    let grown = grown.and_then(|bits| i128::try_from(bits).ok()).map(Real::from_bits);
    // Of 2⁶⁴ and more nothing is left but what the error covers.
    let left = grown.and_then(|x| math::exp(-x).ok()).map_or(0, |left| left.to_bits() as u128);
    // e^−x is low by 2⁻⁶² of itself, which is under four ulp, and one ulp; κt by less than one.
    let share = ONE - left.min(ONE);
    if grown == Some(Real::ZERO) { 0 } else { share.saturating_sub(8) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(gain_max: &str, resilience: &str) -> GovernorParams {
        let [gain_max, resilience] = [gain_max, resilience].map(|text| text.parse().unwrap());
        GovernorParams { gain_max, resilience }
    }

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    /// a = 1.5 with κ = 1: unstable at ρ = 0.4, stable at 0.6.
    #[test]
    fn stability_has_its_edge() {
        let one = Speed::PerDay(Real::ONE);
        assert!(!is_stable(real("1.5"), one, real("0.4")));
        assert!(!is_stable(real("1.5"), one, real("0.5")));
        assert!(is_stable(real("1.5"), one, real("0.5") + Real::DELTA));
        assert!(is_stable(real("1.5"), one, real("0.6")));
        // A loop without gain above one is stable at any speed, one with it is not.
        assert!(is_stable(Real::ONE - Real::DELTA, Speed::Free, Real::ZERO));
        assert!(!is_stable(Real::ONE, Speed::Free, Real::MAX));
        assert!(is_stable(Real::MIN, Speed::Free, Real::ZERO));
        assert!(!is_stable(Real::MAX, Speed::PerDay(Real::MAX), Real::MAX));
        assert!(!is_stable(Real::ONE + Real::DELTA, Speed::PerDay(Real::DELTA), Real::ZERO));
        // Half a unit in the product: a·κ − κ = 2⁻⁶⁵ < 2⁻⁶⁴ = ρ.
        assert!(is_stable(Real::ONE + Real::DELTA, Speed::PerDay(real("0.5")), Real::DELTA));
    }

    #[test]
    fn a_governed_loop_is_stable() {
        let params = GovernorParams::default();
        for gain in ["0.6", "0.600000001", "0.7", "1", "1.5", "20", "1000000"] {
            let speed = params.speed(real(gain));
            assert!(is_stable(real(gain), speed, params.resilience), "gain {gain}");
            assert_eq!(speed == Speed::Free, gain == "0.6");
        }
        assert_eq!(params.speed(Real::MIN), Speed::Free);
        assert_eq!(params.speed(real("0.6") + Real::DELTA), Speed::Free); // 1.8·10²⁰ a day
    }

    #[test]
    fn parameters_have_ranges() {
        assert_eq!(GovernorParams::default().check(), Ok(()));
        for (gain, resilience) in [("0", "1"), ("1", "1"), ("0.5", "0"), ("0.5", "1000000001")] {
            assert!(params(gain, resilience).check().is_err(), "{gain} {resilience}");
        }
    }

    #[test]
    fn what_is_let_out_composes() {
        let speed = Speed::PerDay(real("100"));
        let gap = Size::from_atoms(10_i128.pow(18));
        let once = release(gap, speed, 86_400);
        let mut left = gap;
        for _ in 0..1_440 {
            left = Size::from_atoms(left.atoms() - release(left, speed, 60).atoms());
        }
        let often = gap.atoms() - left.atoms();
        assert!(
            once.atoms() < gap.atoms() && often <= once.atoms() && often >= once.atoms() - 2_000
        );
        for (speed, seconds) in [("0", 9), ("-1", 9), ("100", 0)] {
            assert_eq!(release(gap, Speed::PerDay(real(speed)), seconds), Size::ZERO);
        }
        let fast = Speed::PerDay(Real::MAX);
        assert_eq!(release(Size::from_atoms(-5), fast, u64::MAX), Size::from_atoms(-4));
        assert_eq!(release(Size::MIN, Speed::Free, 0), Size::MIN);
        assert!(release(Size::MIN, fast, 9) < Size::ZERO);
    }
}
