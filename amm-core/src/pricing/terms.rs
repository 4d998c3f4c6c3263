//! What a price needs from each of its inputs alone; a grid keeps these, a cold call makes them.

use crate::math::{INV_SQRT_2PI, Log, funnel_left, mul_hi, mul_wide, normalise, rsqrt};
use crate::num::{Discount, Price, Vol};

/// m·2^e. A *mantissa* has its top bit set; where m is a product it may lack up to three.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(super) struct Scaled {
    pub(super) m: u64,
    pub(super) e: i32,
}

/// A price above zero: its 128-bit mantissa and its logarithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct PriceTerms {
    /// Its bits are (hi·2⁶⁴ + lo)·2^−zeros.
    hi: u64,
    lo: u64,
    zeros: i32,
    pub(super) log: Log,
}

impl PriceTerms {
    /// `None` for zero.
    #[inline(always)]
    pub(super) fn new(price: Price) -> Option<Self> {
        let (hi, lo, zeros) = normalise(price.get().to_bits() as u128)?;
        Some(Self { hi, lo, zeros: zeros as i32, log: Log::new(hi, lo, zeros) })
    }

    /// The price in bits, cut to a mantissa.
    #[inline(always)]
    pub(super) fn scaled(&self) -> Scaled {
        Scaled { m: self.hi, e: 64 - self.zeros }
    }

    /// The price times a discount factor, as w·2^e in bits of [`Real`](crate::num::Real) with w in
    /// [2¹²⁶, 2¹²⁸).
    #[inline(always)]
    pub(super) fn discounted(&self, by: &DiscountTerms) -> (u128, i32) {
        let w = self.hi as u128 * by.factor.m as u128 + mul_hi(self.lo, by.factor.m) as u128;
        (w, by.factor.e + 64 - self.zeros)
    }
}

/// A discount factor and what Greeks need of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct DiscountTerms {
    /// Q64; one is 2⁶⁴.
    pub(super) bits: u128,
    /// The same with a mantissa; one is an ulp short, so that the exponent is −64 or less.
    pub(super) factor: Scaled,
}

impl DiscountTerms {
    #[inline(always)]
    pub(super) fn new(discount: Discount) -> Self {
        let bits = discount.get().to_bits() as u128;
        let factor = if bits >> 64 == 1 {
            Scaled { m: u64::MAX, e: -64 }
        } else {
            let zeros = (bits as u64).leading_zeros();
            Scaled { m: (bits as u64) << zeros, e: -64 - zeros as i32 }
        };
        Self { bits, factor }
    }

    /// ⌊price·DF⌋ in bits.
    #[inline(always)]
    pub(super) fn present_value(&self, price: Price) -> u128 {
        let price = price.get().to_bits() as u128;
        if self.bits >> 64 == 1 { price } else { mul_wide(price, self.bits as u64) }
    }
}

/// A forward and its discount factor: what every cell of an expiry reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForwardTerms {
    pub(super) price: Price,
    pub(super) discount: DiscountTerms,
    /// F·DF in bits, as a mantissa.
    pub(super) scaled: Scaled,
    pub(super) log: Log,
}

impl ForwardTerms {
    /// `None` for a forward of zero.
    #[inline(always)]
    pub(super) fn new(price: Price, discount: DiscountTerms) -> Option<Self> {
        let terms = PriceTerms::new(price)?;
        let (w, e) = terms.discounted(&discount);
        let (hi, lo) = ((w >> 64) as u64, w as u64);
        let short = (hi >> 63) ^ 1;
        let (m, e) = (hi << short | (lo >> 63) & short, e - short as i32);
        Some(Self { price, discount, scaled: Scaled { m, e: e + 64 }, log: terms.log })
    }
}

/// A total volatility v = σ√T above zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct VolTerms {
    /// v/2 in Q61, to nearest, while v < 8; not meant for more.
    pub(super) half: u64,
    /// v = vol·2^(k−64), with the top bit set.
    pub(super) vol: u64,
    /// 1/v = inverse·2^(−63−k).
    pub(super) inverse: u64,
    pub(super) k: i32,
}

/// Below this k, v < 2⁻⁵: the difference of two tails is taken by its Taylor series.
pub(super) const SMALL_K: i32 = -4;

impl VolTerms {
    /// Of σ and T, both above zero.
    ///
    /// # Error
    ///
    /// Under 2⁻⁶²·² of v and 2⁻⁶¹·⁵ of 1/v: σ²·T is low by under 2⁻⁶¹·⁷ (T and its year 2⁻⁶², cutting σ to
    /// 64 bits 2⁻⁶³ twice, the last cut 2⁻⁶²), half of which reaches the root; [`rsqrt`] 2⁻⁶²·⁵.
    #[inline(always)]
    pub(super) fn new(sigma: Scaled, years: Scaled) -> Self {
        let w = mul_wide(sigma.m as u128 * sigma.m as u128, years.m); // in [2¹²⁴, 2¹²⁸)
        let (hi, lo) = ((w >> 64) as u64, w as u64);
        let zeros = hi.leading_zeros() as i32;
        let exponent = 2 * sigma.e + years.e + 192 - zeros; // w·2^… in [½, 1)·2^exponent
        let odd = exponent & 1;
        let w = funnel_left(hi, lo, zeros as u32) >> odd;
        let k = (exponent + odd) >> 1; // σ²T = w/2⁶⁴·4^k
        let inverse = rsqrt(w);
        let vol = ((w as u128 * inverse as u128) >> 63) as u64;
        let half = (vol.wrapping_shr((3 - k) as u32) + 1) >> 1;
        Self { half, vol, inverse, k }
    }

    /// v/2 in Q64.
    #[inline(always)]
    pub(super) fn half_wide(&self) -> u128 {
        ((self.vol as u128) << 63) >> (64 - self.k)
    }
}

/// σ as a mantissa; `None` for zero.
#[inline(always)]
pub(super) fn sigma(vol: Vol) -> Option<Scaled> {
    let (m, _, zeros) = normalise(vol.get().to_bits() as u128)?;
    Some(Scaled { m, e: -(zeros as i32) })
}

/// What vega and theta need of volatility and time: constants of a cell while both stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct DecayTerms {
    /// √T/√(2π), of which vega is DF·F·e^(−d₁²/2) times.
    pub(super) vega: Scaled,
    /// σ/(2√T)/√(2π), of which decay is DF·F·e^(−d₁²/2) times.
    pub(super) decay: Scaled,
}

impl DecayTerms {
    /// √T = σT/v and σ/√T = σ²/v, so neither a root nor a division is left to do.
    #[inline(always)]
    pub(super) fn new(sigma: Scaled, years: Scaled, terms: &VolTerms) -> Self {
        let (inverse, e) = (mul_hi(terms.inverse, INV_SQRT_2PI), -63 - terms.k);
        let by = |other: Scaled| Scaled {
            m: mul_hi(mul_hi(sigma.m, other.m), inverse),
            e: sigma.e + other.e + e + 128,
        };
        let decay = by(sigma);
        Self { vega: by(years), decay: Scaled { e: decay.e - 1, ..decay } }
    }
}
