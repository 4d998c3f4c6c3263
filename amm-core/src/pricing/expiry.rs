//! What all options of one expiry share.

use crate::math::ln_q96;
use crate::num::{Discount, OutOfRange, Price, Real, Seconds, YEAR_S};
use crate::pricing::terms::{DiscountTerms, TimeTerms};

/// The right an option gives.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Kind {
    /// To buy at the strike.
    Call,
    /// To sell at the strike.
    Put,
}

/// Forward, time left and discount factor: all that a price needs besides strike and volatility.
///
/// What follows from time and discount factor alone, such as the rate, is kept with them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Parts", into = "Parts"))]
pub struct Expiry {
    forward: Price,
    time: Seconds,
    discount: Discount,
    /// r in Q64.
    rate: u128,
    /// `None` for no time.
    roots: Option<TimeTerms>,
    factor: DiscountTerms,
}

impl Expiry {
    /// The greatest rate −ln(DF)/T that a discount factor may stand for; a steeper one is a mistaken
    /// discount factor, and its theta would not fit.
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
    /// let year = Expiry::new(forward, Seconds::new(31_536_000)?, half)?;
    /// assert!(year.rate().abs_diff(Real::lit("0.69314718055994530942")) <= Real::DELTA);
    /// let error = Expiry::new(forward, Seconds::new(1)?, half).unwrap_err();
    /// assert_eq!(error.max, Expiry::RATE_MAX);
    /// # Ok::<(), amm_core::num::OutOfRange>(())
    /// ```
    pub fn new(forward: Price, time: Seconds, discount: Discount) -> Result<Self, OutOfRange> {
        let rate = rate(discount, time);
        if rate > Self::RATE_MAX.to_bits() as u128 {
            return Err(OutOfRange {
                what: "annual rate of the discount factor",
                got: Real::from_bits(rate as i128),
                min: Real::ZERO,
                max: Self::RATE_MAX,
            });
        }
        let (roots, factor) = (TimeTerms::new(time), DiscountTerms::new(discount));
        Ok(Self { forward, time, discount, rate, roots, factor })
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

    /// The continuous rate −ln(DF)/T, rounded down; zero when no time is left.
    pub const fn rate(&self) -> Real {
        Real::from_bits(self.rate as i128)
    }

    pub(super) const fn rate_bits(&self) -> u128 {
        self.rate
    }

    /// `None` for no time.
    #[inline(always)]
    pub(super) fn roots(&self) -> Option<&TimeTerms> {
        self.roots.as_ref()
    }

    pub(super) const fn factor(&self) -> &DiscountTerms {
        &self.factor
    }
}

/// What an expiry is in files: the rest follows from it.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    forward: Price,
    time: Seconds,
    discount: Discount,
}

#[cfg(feature = "serde")]
impl From<Expiry> for Parts {
    fn from(Expiry { forward, time, discount, .. }: Expiry) -> Self {
        Self { forward, time, discount }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Expiry {
    type Error = OutOfRange;

    fn try_from(Parts { forward, time, discount }: Parts) -> Result<Self, OutOfRange> {
        Self::new(forward, time, discount)
    }
}

/// −ln(DF)/T in Q64, rounded down; zero when no time is left.
///
/// At most 14 a second, so under 2²⁹ a year and in range of a `Real` whatever the inputs.
fn rate(discount: Discount, time: Seconds) -> u128 {
    let seconds = time.get() as u64;
    if discount == Discount::MAX || seconds == 0 {
        return 0;
    }
    let log = -ln_q96(discount.get().to_bits() as u128) as u128; // < 14·2⁹⁶
    let annual = (log * YEAR_S as u128) >> 32; // Q64, < 2⁹³
    // Long division in base 2³², seconds being under 2³⁰.
    let (high, low) = ((annual >> 32) as u64, annual as u32 as u64);
    let (whole, rest) = (high / seconds, high % seconds);
    ((whole as u128) << 32) + ((rest << 32 | low) / seconds) as u128
}
