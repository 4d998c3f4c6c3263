//! What a price needs from each of its inputs alone; a grid keeps these, a cold call makes them.

use crate::math::{
    INV_SQRT_2PI, Log, mul_hi, mul_hi_signed, mul_wide, normalise, reciprocal, rsqrt,
};
use crate::num::{Discount, Price, Seconds, Vol, YEAR_S};

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

/// A time above zero: √T of years, and its inverse.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct TimeTerms {
    /// √T, a mantissa.
    root: Scaled,
    /// 1/√T, a mantissa.
    pub(super) inverse: Scaled,
}

impl TimeTerms {
    /// `None` for no time.
    ///
    /// # Error
    ///
    /// Under 2⁻⁶³·⁹ of √T, which is corrected by its square's remainder and then off by its rounding,
    /// and under 2⁻⁶²·⁵ of 1/√T.
    pub(super) fn new(time: Seconds) -> Option<Self> {
        const PER_SECOND: u128 = 0x8831_48f5_cb12_70b8_5273_b667_ae1c_fdf5; // 2¹⁵²/31,536,000
        const { assert!(YEAR_S == 31_536_000) };
        let seconds = time.get() as u64;
        if seconds == 0 {
            return None;
        }
        let zeros = seconds.leading_zeros() as i32;
        let years = mul_wide(PER_SECOND, seconds << zeros); // T = years·2^(64 − 152 − zeros)
        let short = (years >> 127 == 0) as i32;
        let odd = (zeros + short) & 1;
        // T = w/2⁶⁴·4^k, with w in [2⁶², 2⁶⁴)
        let k = (128 - 88 - zeros - short + odd) / 2;
        let years = years << short >> odd;
        let w = (years >> 64) as u64;
        let inverse = rsqrt(w);
        let root = ((w as u128 * inverse as u128) >> 63) as u64;
        let left = years.wrapping_sub(root as u128 * root as u128) as i128; // within ±2⁶⁶
        let miss = mul_hi_signed((left >> 4) as i64, (inverse >> 1) as i64) >> 58; // twice √'s miss
        let root = root.saturating_add_signed((miss + 1) >> 1);
        Some(Self {
            root: Scaled { m: root, e: k - 64 },
            inverse: Scaled { m: inverse, e: -63 - k },
        })
    }

    /// √T/√(2π).
    #[inline(always)]
    pub(super) fn vega(&self) -> Scaled {
        Scaled { m: mul_hi(self.root.m, INV_SQRT_2PI), e: self.root.e }
    }
}

/// A total volatility v = σ√T above zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct VolTerms {
    /// v/2 in Q61, to nearest, while v < 8; not meant for more.
    pub(super) half: u64,
    /// v = vol·2^(k−64), with the top bit set.
    pub(super) vol: u64,
    /// 1/v = inverse·2^(−63−k); it may lack its top bit.
    pub(super) inverse: u64,
    pub(super) k: i32,
    /// Half a unit of Q61 in Q(95 + k), for rounding an angle.
    pub(super) half_unit: u64,
}

/// Below this k, v < 2⁻⁵: the difference of two tails is taken by its Taylor series.
pub(super) const SMALL_K: i32 = -4;

impl VolTerms {
    /// Of σ and T, both above zero.
    ///
    /// # Error
    ///
    /// Under 2⁻⁶¹·⁶ of v: √T 2⁻⁶³·⁹, σ cut to 64 bits (from 1 up) 2⁻⁶³, the product's cut 2⁻⁶³. Under
    /// 2⁻⁶⁰·⁵ of 1/v: 1/√T 2⁻⁶²·⁵, 1/σ 2⁻⁶¹·⁶, σ's cut 2⁻⁶³ and the product's 2⁻⁶².
    #[inline(always)]
    pub(super) fn new(sigma: Scaled, time: &TimeTerms) -> Self {
        let product = sigma.m as u128 * time.root.m as u128;
        let (hi, lo) = ((product >> 64) as u64, product as u64);
        let short = ((hi >> 63) ^ 1) as i32;
        let vol = hi << short | (lo >> 63) & short as u64;
        let k = sigma.e + time.root.e + 128 - short;
        // (2¹²⁷/σ)·(2⁶³/√T)/2⁶⁴ is 2¹²⁶ over a product in [2¹²⁶, 2¹²⁸), twice that where it is short.
        let inverse = mul_hi(reciprocal(sigma.m), time.inverse.m) << (1 - short);
        let half = (vol.wrapping_shr((3 - k) as u32) + 1) >> 1;
        Self { half, vol, inverse, k, half_unit: 1 << (33 + k) }
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
    #[inline(always)]
    pub(super) fn new(sigma: Scaled, time: &TimeTerms) -> Self {
        let m = mul_hi(mul_hi(time.inverse.m, INV_SQRT_2PI), sigma.m);
        Self { vega: time.vega(), decay: Scaled { m, e: sigma.e + time.inverse.e + 64 - 1 } }
    }
}
