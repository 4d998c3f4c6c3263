//! Funding: what the crowded side of the traders' delta pays for it, second by second.
//!
//! With the traders' net delta as a share s of a scale, the rate per unit of notional is
//!
//! ```text
//! r = I + k·s + u·g,   dI/dt = v·s,   |I| ≤ M
//! ```
//!
//! A pure velocity rule (k = u = 0: Synthetix SIP-279) is an undamped oscillator: where demand answers
//! the rate by ds/dt = −β·r, s swings for ever at ω = √(βv). The proportional term gives it the damping
//! ratio ζ = k·√β/(2·√v), and [`FundingParams::check`] asks for ζ ≥ 1 at the least demand response
//! there is. The surge g is how far s has run ahead of a follower that climbs no faster than the whole
//! scale in [`FundingParams::surge_time`]: leverage costs more while the aggregate delta rises fast, and
//! nothing where it is built slowly.
//!
//! # Exactness
//!
//! The rate is a whole number of 2⁻⁶⁴ a second and changes at whole seconds only, by whole numbers. So
//! what a number of seconds come to is a sum of arithmetic series, in closed form, and equals the sum of
//! any parts of it to the unit: it does not matter who asks how often. The bound on I is part of this:
//! I(n + 1) is I(n) + v·s or ±M, whichever is nearer, and the second in which it gets there is a
//! quotient. No finished rate or payment is cut off anywhere.
//!
//! [`Index`] turns the rate into money per contract, [`Accrued`] into what one holder owes.

mod carry;
mod index;
mod state;

pub use carry::{Basis, Carry};
pub use index::{Accrued, Holder, Index, Payments, settle};
pub use state::{Funding, Rate};

use crate::math;
use crate::num::{OutOfRange, Real, Rounding, Seconds, Size, mul_div};
use crate::risk::within::{whole, within};

/// How funding answers the traders' net delta. Rates are shares of notional; longs pay above zero.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct FundingParams {
    /// The net delta that counts as one: above zero. A larger one counts as one. It is a parameter, not
    /// a measure of the pool, so no trade moves what it is divided by.
    pub scale: Size,
    /// v: how fast the rate drifts at full scale, per day and day; 0 to 1000.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub velocity: Real,
    /// k: the rate that full scale adds at once, per day; 0 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub proportional: Real,
    /// M: the furthest that the drift may take the rate either way, per day; 0 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub limit: Real,
    /// u: what a rise of the full scale at once adds at first, per day; 0 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub surge: Real,
    /// How long a rise of the full scale is a surge: a second at least.
    pub surge_time: Seconds,
    /// β: the least demand response there is, the share of the scale that a payment of the whole
    /// notional would make traders close; above 0, at most 10⁹.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub response: Real,
}

/// Why funding is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FundingError {
    /// A parameter is out of its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The scale is not above zero.
    #[error("a scale is above 0, not {got}")]
    Scale {
        /// The scale.
        got: Size,
    },
    /// The rate would swing.
    #[error("the damping ratio is {got} at the least demand response, and 1 is the least")]
    Underdamped {
        /// ζ, rounded down.
        got: Real,
    },
    /// A sum that thirty years of the highest rate on the largest position do not come to.
    #[error("{what} does not fit")]
    Overflow {
        /// What.
        what: &'static str,
    },
}

/// Seconds in a day.
pub(in crate::risk::funding) const DAY_S: u32 = 86_400;

/// The parameters by the second, in units of 2⁻⁶⁴, rounded down: what funding runs on.
#[derive(Clone, Copy, Debug)]
pub(in crate::risk::funding) struct PerSecond {
    /// V: what the drift adds each second.
    pub(in crate::risk::funding) velocity: u128,
    /// K.
    pub(in crate::risk::funding) proportional: u128,
    /// M.
    pub(in crate::risk::funding) limit: u128,
    /// U.
    pub(in crate::risk::funding) surge: u128,
    /// How much of U the follower makes good each second: one at least where U is not zero.
    pub(in crate::risk::funding) follow: u128,
}

impl Default for FundingParams {
    /// A scale of 1000 units; at full scale a drift of 9 % a day and day, of 10 % a day at most, and
    /// 6.01 % a day at once; 10 % a day for a surge, over four hours; β = 100, so that paying one per
    /// cent of the notional makes traders close the whole scale. That is ζ = 1.0017.
    fn default() -> Self {
        const RATES: [Real; 4] =
            [Real::lit("0.09"), Real::lit("0.0601"), Real::lit("0.1"), Real::lit("100")];
        let [velocity, proportional, limit, response] = RATES;
        Self {
            scale: Size::from_atoms(1_000 * Size::SCALE),
            velocity,
            proportional,
            limit,
            surge: limit,
            surge_time: Seconds::new(4 * 3_600).unwrap_or(Seconds::MAX),
            response,
        }
    }
}

impl FundingParams {
    /// Checks the ranges, and that funding does not make the market swing: ζ ≥ 1.
    ///
    /// ```
    /// use amm_core::num::Real;
    /// use amm_core::risk::funding::{FundingError, FundingParams};
    ///
    /// let params = FundingParams::default();
    /// assert_eq!(params.check(), Ok(()));
    /// let pure = FundingParams { proportional: Real::ZERO, ..params };
    /// assert_eq!(pure.check(), Err(FundingError::Underdamped { got: Real::ZERO }));
    /// ```
    ///
    /// # Errors
    ///
    /// [`FundingError`] but `Overflow`.
    pub fn check(&self) -> Result<(), FundingError> {
        const TEN: Real = Real::lit("10");
        const THOUSAND: Real = Real::lit("1000");
        const QUICKEST: Real = Real::lit("1000000000");
        if self.scale <= Size::ZERO {
            return Err(FundingError::Scale { got: self.scale });
        }
        within("velocity of funding per day and day", self.velocity, Real::ZERO, THOUSAND)?;
        within("proportional funding per day", self.proportional, Real::ZERO, TEN)?;
        within("limit of funding's drift per day", self.limit, Real::ZERO, TEN)?;
        within("surge of funding per day", self.surge, Real::ZERO, TEN)?;
        whole("time of a surge in seconds", self.surge_time.get(), 1, Seconds::MAX.get())?;
        within("demand response", self.response, Real::DELTA, QUICKEST)?;
        match self.damping_squared() {
            Some(squared) if squared < Real::ONE => {
                Err(FundingError::Underdamped { got: self.damping().unwrap_or(Real::ZERO) })
            }
            _ => Ok(()),
        }
    }

    /// The damping ratio ζ = k·√β/(2·√v) at the least demand response, rounded down; `None` where
    /// there is no velocity, and nothing to damp.
    ///
    /// Of the whole numbers that funding runs on; one or more exactly if they are.
    pub fn damping(&self) -> Option<Real> {
        Some(math::sqrt(self.damping_squared()?).unwrap_or(Real::MAX))
    }

    /// ζ² = k²·β/(4·v), rounded down.
    fn damping_squared(&self) -> Option<Real> {
        let PerSecond { velocity, proportional, .. } = self.per_second();
        if velocity == 0 {
            return None;
        }
        let response = u128::try_from(self.response.to_bits()).unwrap_or(0);
        // K²·β/(4·V), K and V in Q64 as β is. In range K² < 2¹⁰² and V < 2⁴².
        let squared = proportional.checked_mul(proportional).and_then(|squared| {
            mul_div(squared, response, velocity.checked_mul(1 << 66)?, Rounding::Down)
        });
        // What does not fit is damped beyond measure.
        let squared = squared.and_then(|bits| i128::try_from(bits).ok());
        Some(squared.map_or(Real::MAX, Real::from_bits))
    }

    /// The highest rate there can be, per day: M + k, and the surge of a delta that turns from one end
    /// of the scale to the other.
    pub fn most_per_day(&self) -> Option<Real> {
        self.limit.checked_add(self.proportional)?.checked_add(self.surge.checked_mul_int(2)?)
    }

    pub(in crate::risk::funding) fn per_second(&self) -> PerSecond {
        let day = u128::from(DAY_S);
        let bits = |x: Real| u128::try_from(x.to_bits()).unwrap_or(0);
        let surge = bits(self.surge) / day;
        let time = u128::from(self.surge_time.get()).max(1);
        PerSecond {
            velocity: bits(self.velocity) / (day * day),
            proportional: bits(self.proportional) / day,
            limit: bits(self.limit) / day,
            surge,
            follow: surge.div_ceil(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    #[test]
    fn damping_is_the_textbook_ratio() {
        // k = 0.06, β = 100, v = 0.09: 0.06·10/(2·0.3) = 1.
        let params = FundingParams { proportional: real("0.06"), ..FundingParams::default() };
        assert!(params.damping().unwrap().abs_diff(Real::ONE) < real("0.000001"));
        let twice = FundingParams { response: real("400"), ..params };
        assert!(twice.damping().unwrap().abs_diff(real("2")) < real("0.000001"));
        assert!(twice.check().is_ok());
        let half = FundingParams { response: real("25"), ..params };
        let Err(FundingError::Underdamped { got }) = half.check() else { panic!("ζ is a half") };
        assert!(got.abs_diff(real("0.5")) < real("0.000001"));
        let still = FundingParams { velocity: Real::ZERO, proportional: Real::ZERO, ..params };
        assert_eq!((still.damping(), still.check()), (None, Ok(())));
    }

    /// One unit less of k is one unit too little.
    #[test]
    fn the_law_is_sharp() {
        let at = |proportional| FundingParams { proportional, ..FundingParams::default() };
        let (mut low, mut high) = (real("0.05"), real("0.07"));
        while high - low > Real::DELTA {
            let middle = low + (high - low) / 2;
            if at(middle).check().is_ok() { high = middle } else { low = middle }
        }
        let by_second = |params: FundingParams| {
            let PerSecond { velocity, proportional, .. } = params.per_second();
            // K²·100 ≥ 4·V·2⁶⁴
            proportional * proportional * 100 >= velocity << 66
        };
        assert!(by_second(at(high)) && !by_second(at(low)));
    }

    #[test]
    fn parameters_have_ranges() {
        let good = FundingParams::default();
        assert_eq!(good.check(), Ok(()));
        let wrong = [
            FundingParams { scale: Size::ZERO, ..good },
            FundingParams { velocity: real("-1"), ..good },
            FundingParams { velocity: real("1001"), ..good },
            FundingParams { proportional: real("11"), ..good },
            FundingParams { limit: real("11"), ..good },
            FundingParams { surge: -Real::DELTA, ..good },
            FundingParams { surge_time: Seconds::ZERO, ..good },
            FundingParams { response: Real::ZERO, ..good },
        ];
        for params in wrong {
            assert!(params.check().is_err(), "{params:?}");
        }
        assert_eq!(good.most_per_day(), Some(real("0.1") + real("0.0601") + real("0.1") * 2));
    }
}
