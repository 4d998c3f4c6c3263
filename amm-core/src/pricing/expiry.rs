//! What all options of one expiry share.

use crate::num::{Discount, OutOfRange, Price, Real, Seconds, YEAR_S};

/// The right an option gives.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// To buy at the strike.
    Call,
    /// To sell at the strike.
    Put,
}

/// Forward, time left and discount factor: all that a price needs besides strike and volatility.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Expiry {
    forward: Price,
    time: Seconds,
    discount: Discount,
}

impl Expiry {
    /// The greatest simple annual interest (1/DF − 1)/T that a discount factor may stand for; a
    /// steeper one is a mistaken discount factor, and its theta would not fit.
    pub const RATE_MAX: Real = Real::lit("1000000");

    /// An expiry at which the underlying is worth `forward`, `time` from now. With no time left
    /// any discount factor will do: no rate is read from it.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] if the discount factor stands for more than [`Expiry::RATE_MAX`].
    ///
    /// ```
    /// use amm_core::{num::{Discount, Price, Real, Seconds}, pricing::Expiry};
    /// let forward = Price::new(Real::lit("60000"))?;
    /// let half = Discount::new(Real::lit("0.5"))?;
    /// assert!(Expiry::new(forward, Seconds::new(604_800)?, half).is_ok());
    /// let error = Expiry::new(forward, Seconds::new(1)?, half).unwrap_err();
    /// assert_eq!(error.got, Real::lit("31536000"));
    /// # Ok::<(), amm_core::num::OutOfRange>(())
    /// ```
    pub fn new(forward: Price, time: Seconds, discount: Discount) -> Result<Self, OutOfRange> {
        let kept = discount.get().to_bits() as u128;
        let lost = (1_u128 << 64) - kept;
        // (1/DF − 1)·year/T > max, without dividing: both sides are under 2¹²⁸.
        let (interest, seconds) = (lost * YEAR_S as u128, time.get() as u128);
        if seconds > 0 && interest > kept * seconds * 1_000_000 {
            let rate = (interest / (seconds * kept)).min(i64::MAX as u128);
            return Err(OutOfRange {
                what: "annual rate of the discount factor",
                got: Real::from_num(rate as i64),
                min: Real::ZERO,
                max: Self::RATE_MAX,
            });
        }
        Ok(Self { forward, time, discount })
    }

    /// What the underlying is worth at expiry, paid then.
    pub const fn forward(&self) -> Price {
        self.forward
    }

    /// The time left.
    pub const fn time(&self) -> Seconds {
        self.time
    }

    /// What one unit paid at expiry is worth now.
    pub const fn discount(&self) -> Discount {
        self.discount
    }
}
