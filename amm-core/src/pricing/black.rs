//! Black (1976) as one calls it: an option's price and Greeks from its terms, and the limits.

use core::cmp::Ordering;

use crate::num::{Price, Real, Vol};
use crate::pricing::Expiry;
use crate::pricing::cell::{Cell, PresentValues, prices, settled, shift_right};
use crate::pricing::terms::{
    DecayTerms, ForwardTerms, PriceTerms, Scaled, TimeTerms, VolTerms, sigma,
};
use crate::pricing::valuation::{Prices, SecondOrder, Valuation};

/// The bound on a price's error as a fraction of max(F, K), as an exponent of two. One ulp of
/// [`Real`] comes on top.
pub const PRICE_MAX_ERROR: i32 = -60;

/// Everything a cold call makes of its inputs before it evaluates.
struct Cold<'a> {
    forward: ForwardTerms,
    strike: Price,
    x: i128,
    vol: VolTerms,
    sigma: Scaled,
    time: &'a TimeTerms,
}

impl<'a> Cold<'a> {
    /// `None` at a limit: no time, no volatility, or a price of zero.
    #[inline(always)]
    fn new(expiry: &'a Expiry, strike: Price, vol: Vol) -> Option<Self> {
        let (sigma, time) = (sigma(vol)?, expiry.roots()?);
        let vol = VolTerms::new(sigma, time);
        let forward = ForwardTerms::new(expiry.forward(), *expiry.factor())?;
        let x = PriceTerms::new(strike)?.log.over(forward.log);
        Some(Self { forward, strike, x, vol, sigma, time })
    }

    #[inline(always)]
    fn decay(&self) -> DecayTerms {
        DecayTerms::new(self.sigma, self.time)
    }

    #[inline(always)]
    fn values(&self) -> PresentValues {
        let discount = self.forward.discount;
        PresentValues {
            forward: discount.present_value(self.forward.price),
            strike: discount.present_value(self.strike),
        }
    }

    #[inline(always)]
    fn cell(&self) -> Cell<'_> {
        Cell { forward: &self.forward, strike: self.strike, x: self.x, vol: &self.vol }
    }
}

/// What is left when nothing moves: the discounted intrinsic value.
#[cold]
pub(super) fn limit(expiry: &Expiry, strike: Price, vol: Vol) -> Valuation {
    let discount = *expiry.factor();
    let forward = expiry.forward();
    let values = PresentValues {
        forward: discount.present_value(forward),
        strike: discount.present_value(strike),
    };
    let one = discount.bits as i128;
    let delta_call = match forward.cmp(&strike) {
        Ordering::Less => 0,
        Ordering::Equal => one / 2,
        Ordering::Greater => one,
    };
    let mut value = settled(prices(0, values), delta_call, one, expiry.rate_bits());
    if forward == strike && vol == Vol::ZERO {
        let terms = ForwardTerms::new(forward, discount).zip(expiry.roots());
        value.vega = terms.map_or(Real::ZERO, |(forward, time)| {
            let (flow, vega) = (forward.scaled, time.vega());
            let bits = shift_right(flow.m as u128 * vega.m as u128, -flow.e - vega.e);
            Real::from_bits(bits as i128)
        });
    }
    value
}

/// The price of a call and a put.
///
/// Total: an expiry reached, a volatility of zero and a forward or strike of zero are limits. Then
/// the out-of-the-money side is worth nothing and the other its discounted intrinsic value.
///
/// # Error
///
/// At most 2^[`PRICE_MAX_ERROR`] of max(F, K) and one ulp; the out-of-the-money side at most 1e-15 +
/// 2⁻⁶⁵/v of itself and one ulp, where it is at least 1e-12 of max(F, K): the second part is what
/// ln F − ln K is worth in standard deviations, and counts for v < 10⁻⁵.
///
/// ```
/// use amm_core::num::{Discount, Price, Real, Seconds, Vol};
/// use amm_core::pricing::{Expiry, price};
///
/// let forward = Price::new(Real::lit("60000"))?;
/// let strike = Price::new(Real::lit("65000"))?;
/// let week = Expiry::new(forward, Seconds::new(604_800)?, Discount::MAX)?;
/// let prices = price(&week, strike, Vol::new(Real::lit("0.65"))?);
/// assert!(prices.call.abs_diff(Real::lit("575.46082352447274483")) < Real::lit("1e-13"));
/// assert_eq!(prices.call - prices.put, Real::lit("-5000"));
/// # Ok::<(), amm_core::num::OutOfRange>(())
/// ```
pub fn price(expiry: &Expiry, strike: Price, vol: Vol) -> Prices {
    if let Some(cold) = Cold::new(expiry, strike, vol) {
        let cell = cold.cell();
        if let Some(option) = cell.evaluate_near() {
            return prices(option.price, cold.values());
        }
    }
    price_seldom(expiry, strike, vol)
}

/// [`price`] at a limit or far out. It starts over, so that the usual way keeps all in registers.
#[cold]
#[inline(never)]
fn price_seldom(expiry: &Expiry, strike: Price, vol: Vol) -> Prices {
    match Cold::new(expiry, strike, vol) {
        Some(cold) => cold.cell().price_far(cold.values()),
        None => limit(expiry, strike, vol).prices,
    }
}

/// Prices and first Greeks of a call and a put.
///
/// Total, as [`price`]. At a limit gamma, vega and the decay in theta are zero; with forward and
/// strike equal N(d₁) is ½ and, at zero volatility, vega is its limit DF·F·√T/√(2π).
///
/// # Error
///
/// Of delta, of gamma times v/DF and of vega over F·√T: at most 2⁻⁶⁰ + 2⁻⁶⁹/v and one ulp of each, the
/// second term from ln F − ln K. Where v is under 2⁻⁵ delta is off by up to v⁸·2⁻¹⁷ more, the term that
/// the series of the tails leaves out: 2⁻⁵⁷ at most.
pub fn value(expiry: &Expiry, strike: Price, vol: Vol) -> Valuation {
    if let Some(cold) = Cold::new(expiry, strike, vol) {
        let cell = cold.cell();
        if let Some(option) = cell.evaluate_near() {
            let prices = prices(option.price, cold.values());
            return cell.greeks(&option, prices, &cold.decay(), expiry.rate_bits());
        }
    }
    value_seldom(expiry, strike, vol)
}

/// [`value`] as [`price_seldom`] is to [`price`].
#[cold]
#[inline(never)]
fn value_seldom(expiry: &Expiry, strike: Price, vol: Vol) -> Valuation {
    match Cold::new(expiry, strike, vol) {
        Some(cold) => cold.cell().value_far(cold.values(), &cold.decay(), expiry.rate_bits()),
        None => limit(expiry, strike, vol),
    }
}

/// An expiry whose options are valued one after another: what they share is made once.
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    expiry: &'a Expiry,
    forward: ForwardTerms,
    present_value: u128,
    time: Option<&'a TimeTerms>,
}

#[cfg(feature = "alloc")]
impl<'a> Shared<'a> {
    /// `None` for a forward of zero.
    pub(crate) fn new(expiry: &'a Expiry) -> Option<Self> {
        let forward = ForwardTerms::new(expiry.forward(), *expiry.factor())?;
        let present_value = forward.discount.present_value(forward.price);
        Some(Self { expiry, forward, present_value, time: expiry.roots() })
    }

    /// ln(K/F) in Q96; `None` for a strike of zero.
    #[inline(always)]
    pub(crate) fn log_moneyness(&self, strike: Price) -> Option<i128> {
        Some(PriceTerms::new(strike)?.log.over(self.forward.log))
    }

    /// [`value`] of a strike whose ln(K/F) in Q96 is `x`, to the bit.
    #[inline(always)]
    pub(crate) fn value(&self, strike: Price, x: i128, vol: Vol) -> Valuation {
        if let Some((sigma, time)) = sigma(vol).zip(self.time) {
            let vol = VolTerms::new(sigma, time);
            let cell = Cell { forward: &self.forward, strike, x, vol: &vol };
            if let Some(option) = cell.evaluate_near() {
                let strike = self.forward.discount.present_value(strike);
                let values = PresentValues { forward: self.present_value, strike };
                let (prices, decay) = (prices(option.price, values), DecayTerms::new(sigma, time));
                return cell.greeks(&option, prices, &decay, self.expiry.rate_bits());
            }
        }
        value_seldom(self.expiry, strike, vol)
    }
}

/// Vanna and volga, the same for call and put.
///
/// Total, as [`price`]; zero at a limit.
pub fn second_order(expiry: &Expiry, strike: Price, vol: Vol) -> SecondOrder {
    match Cold::new(expiry, strike, vol) {
        Some(cold) => {
            let vega = value(expiry, strike, vol).vega;
            cold.cell().second_order(vega, vol.get().to_bits() as u128)
        }
        None => SecondOrder::default(),
    }
}
