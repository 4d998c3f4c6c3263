//! Black (1976): price and Greeks of a European option on a forward.
//!
//! With u = |ln(F/K)|, v = σ√T, a = u/v, a₁ = a − v/2 and a₂ = a + v/2, the out-of-the-money option
//! is worth DF·(m·N(−a₁) − M·N(−a₂)) with m, M the lesser and the greater of F and K. Since
//! m·φ(a₁) = M·φ(a₂) = F·φ(d₁), one exponential serves price and Greeks:
//!
//! * a₁ ≥ 0: DF·F·e^(−d₁²/2)·(tail(a₁) − tail(a₂)), tail(a) = e^(a²/2)·N(−a);
//! * a₁ < 0: DF·(m − F·e^(−d₁²/2)·(tail(−a₁) + tail(a₂)));
//! * v < 2⁻⁵: the difference of tails is a Taylor series about a, which keeps its relative accuracy.
//!
//! The in-the-money option is the other plus ⌊DF·F⌋ − ⌊DF·K⌋.
//!
//! # Error
//!
//! [`PRICE_MAX_ERROR`](crate::pricing::PRICE_MAX_ERROR) of max(F, K), and what one unit of the price is worth. In units of 2⁻⁶⁴ of the
//! lesser of F and K, with E = e^(−a₁²/2) and S the sum or difference of tails, so that ES ≤ 1:
//!
//! * e^(−d₁²/2) is off by 3.2·ES, its product with F·DF by 4·ES, F·DF itself by 3·ES at most;
//! * the two tails by 1.7 each: 3.4·E;
//! * v/2 and a are rounded to Q61, 4 units each. The first moves the price by its slope in v/2, at
//!   most 4·E·|2φ(0) − 2a·tail(a₂)|, the second by 4·v·N(−a₂);
//! * v is off by 2⁻⁶¹·⁶ of itself, 5.3·φ(a₁)·v, and a by the like of 1/v.
//!
//! Over max(F, K), that is times e^(−u), the sum of what is certified and what is derived by hand is
//! greatest at the money near v = 0.41: 14.8 units, 2⁻⁶⁰·¹. The worst found by search is 8.8 units,
//! 2⁻⁶⁰·⁸⁷, at v = 0.14. Where an angle passes 8 all is taken to Q64, and E is under 2⁻⁴⁶ or what it
//! multiplies is.

use crate::math::{
    FAR, INV_SQRT_2PI, funnel_right, gauss, gauss_near, mul_hi, mul_hi_signed, mul_wide, tail,
    tail_near,
};
use crate::num::{Price, Real};
use crate::pricing::terms::{DecayTerms, ForwardTerms, PriceTerms, SMALL_K, Scaled, VolTerms};
use crate::pricing::valuation::{Prices, SecondOrder, Valuation};

/// One option's terms: an evaluation reads nothing else.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) forward: &'a ForwardTerms,
    pub(super) strike: Price,
    /// ln(K/F) in Q96.
    pub(super) x: i128,
    pub(super) vol: &'a VolTerms,
}

/// ⌊F·DF⌋ and ⌊K·DF⌋ in bits.
#[derive(Clone, Copy)]
pub(super) struct PresentValues {
    pub(super) forward: u128,
    pub(super) strike: u128,
}

/// What price and Greeks are made of, none of it in the price's unit but `price`.
pub(super) struct Evaluation {
    /// The out-of-the-money option is the call (F < K).
    is_call: bool,
    /// Its price in bits, rounded down.
    pub(super) price: u128,
    /// e^(−d₁²/2) = gauss·2^(−64−n).
    gauss: u64,
    n: i32,
    /// DF·F·e^(−d₁²/2) in bits: flow·2^(e − n), e the forward's exponent.
    flow: u64,
    /// e^(d₁²/2)·N(−|d₁|) in Q64.
    tail: u64,
    /// a₁ < 0: d₁ and d₂ have opposite signs.
    crossed: bool,
    /// |a₁| and a₂ in Q64.
    angles: (u128, u128),
}

/// e^(a²/2)·N(−a) at |a₁| and a₂, or where v is small their mean and half their difference over v/2.
enum Tails {
    Apart(u64, u64),
    Together(u64, u64),
}

impl Cell<'_> {
    /// |ln(F/K)|/v in Q(95 + k), and whether F < K.
    #[inline(always)]
    fn moneyness(&self) -> (u128, bool) {
        (mul_wide(self.x.unsigned_abs(), self.vol.inverse), self.x > 0)
    }

    /// `None` where an angle is 8 or more: see [`Cell::evaluate_far`].
    #[inline(always)]
    pub(super) fn evaluate_near(&self) -> Option<Evaluation> {
        let (product, is_call) = self.moneyness();
        let shift = (34 + self.vol.k) as u32; // 2 to 41, to Q61
        let rounded = product + self.vol.half_unit as u128;
        let (hi, lo) = ((rounded >> 64) as u64, rounded as u64);
        let a = funnel_right(hi, lo, shift);
        let (a2, beyond) = a.overflowing_add(self.vol.half);
        if hi >> shift != 0 || beyond || self.vol.k > 3 {
            return None;
        }
        let (crossed, a1) = (a < self.vol.half, a.abs_diff(self.vol.half));
        let (gauss, n) = gauss_near(if is_call { a1 } else { a2 });
        let tails = if self.vol.k < SMALL_K {
            let h = self.vol.vol >> (1 - self.vol.k);
            let (odd, even) = series((a as u128) << 3, h, tail_near(a));
            Tails::Together(odd, even)
        } else {
            Tails::Apart(tail_near(a1), tail_near(a2))
        };
        let angles = ((a1 as u128) << 3, (a2 as u128) << 3);
        Some(self.assemble(is_call, crossed, angles, (gauss, n as i32), tails))
    }

    /// [`Cell::evaluate_near`] for the rest. `None` where N(−a₁) is under 2⁻¹²⁸, so that everything
    /// it multiplies rounds to zero.
    fn evaluate_far(&self) -> Option<Evaluation> {
        let (product, is_call) = self.moneyness();
        let a = (product << 2) >> (33 + self.vol.k); // Q64
        let half = self.vol.half_wide();
        let (crossed, a1, a2) = (a < half, a.abs_diff(half), a + half);
        if a1 >= FAR && !crossed {
            return None;
        }
        let (gauss, n) = gauss(if is_call { a1 } else { a2 });
        let tails = if self.vol.k < SMALL_K {
            let (odd, even) = series(a, half as u64, tail(a));
            Tails::Together(odd, even)
        } else {
            Tails::Apart(tail(a1), tail(a2))
        };
        Some(self.assemble(is_call, crossed, (a1, a2), (gauss, n as i32), tails))
    }

    #[inline(always)]
    fn assemble(
        &self,
        is_call: bool,
        crossed: bool,
        angles: (u128, u128),
        (gauss, n): (u64, i32),
        tails: Tails,
    ) -> Evaluation {
        let Scaled { m, e } = self.forward.scaled;
        let flow = mul_hi(gauss, m);
        let (price, near, far) = match tails {
            Tails::Together(odd, even) => {
                let spread = mul_hi(odd, self.vol.vol >> (1 - self.vol.k));
                let price = mul_hi(flow, self.vol.vol) as u128 * odd as u128;
                (shift_right(price, 64 + n - e - self.vol.k), even + spread, even - spread)
            }
            Tails::Apart(near, far) if crossed => {
                // m − flow·(near + far), both in 128 bits at m's exponent.
                let (w, at) = self.lesser();
                let both = flow as u128 * (near + far) as u128; // times 2^(e − n − 64)
                let down = at + 64 + n - e;
                let both = if down < 0 { both << -down } else { shift_right(both, down) };
                (shift_right(w - both, -at), near, far)
            }
            Tails::Apart(near, far) => {
                (shift_right(flow as u128 * (near - far) as u128, 64 + n - e), near, far)
            }
        };
        let tail = if is_call { near } else { far };
        Evaluation { is_call, price, gauss, n, flow, tail, crossed, angles }
    }

    /// The lesser of F and K times DF, as w·2^e in bits with w in [2¹²⁶, 2¹²⁸).
    ///
    /// Where they are an ulp apart the logarithms may not tell which it is, so their bits do.
    #[inline(always)]
    fn lesser(&self) -> (u128, i32) {
        let lesser = self.forward.price.min(self.strike);
        // An evaluation is of prices above zero.
        PriceTerms::new(lesser).map_or((0, 0), |terms| terms.discounted(&self.forward.discount))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn price_far(&self, values: PresentValues) -> Prices {
        prices(self.evaluate_far().map_or(0, |option| option.price), values)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn value_far(
        &self,
        values: PresentValues,
        decay: &DecayTerms,
        rate: u128,
    ) -> Valuation {
        match self.evaluate_far() {
            Some(option) => self.greeks(&option, prices(option.price, values), decay, rate),
            None => {
                let discount = self.forward.discount.bits as i128;
                let delta_call = if self.x < 0 { discount } else { 0 };
                settled(prices(0, values), delta_call, discount, rate)
            }
        }
    }

    #[inline(always)]
    pub(super) fn greeks(
        &self,
        option: &Evaluation,
        prices: Prices,
        decay: &DecayTerms,
        rate: u128,
    ) -> Valuation {
        let discount = self.forward.discount;
        let e = self.forward.scaled.e;
        let discounted = mul_hi(discount.factor.m, option.gauss);
        let down = (option.n - discount.factor.e - 64).min(63);
        let reach = (mul_hi(discounted, option.tail) >> down) as u128;
        // With v small the tail is taken of −|d₁| itself, on either side of zero.
        let inside = option.is_call && option.crossed && self.vol.k >= SMALL_K;
        let reach = if inside { discount.bits - reach } else { reach } as i128;
        let one = discount.bits as i128;
        let delta_call = if option.is_call { reach } else { one - reach };
        let density = mul_hi(discounted, INV_SQRT_2PI) as u128 * self.vol.inverse as u128;
        let gamma = shift_right(density, option.n + self.vol.k - discount.factor.e - 1);
        let at = option.n - e;
        let vega = shift_right(option.flow as u128 * decay.vega.m as u128, at - decay.vega.e);
        let loss =
            shift_right(option.flow as u128 * decay.decay.m as u128, at - decay.decay.e) as i128;
        Valuation {
            prices,
            delta_call: Real::from_bits(delta_call),
            delta_put: Real::from_bits(delta_call - one),
            gamma_forward: Real::from_bits(gamma as i128),
            vega: Real::from_bits(vega as i128),
            theta_call: Real::from_bits(carry(prices.call, rate) - loss),
            theta_put: Real::from_bits(carry(prices.put, rate) - loss),
        }
    }

    /// d₁ and d₂ are ∓a₁ and ∓a₂ for a call out of the money, else a₂ and a₁.
    pub(super) fn second_order(&self, vega: Real, sigma: u128) -> SecondOrder {
        let Some(option) = self.evaluate_near().or_else(|| self.evaluate_far()) else {
            return SecondOrder::default();
        };
        let (a1, a2) = (option.angles.0 as i128, option.angles.1 as i128);
        let a1 = if option.crossed { -a1 } else { a1 };
        let (d1, d2) = if option.is_call { (-a1, -a2) } else { (a2, a1) };
        let discount = self.forward.discount.factor;
        let density = mul_hi(mul_hi(discount.m, option.gauss), INV_SQRT_2PI) as u128;
        let density = shift_right(density << 62, option.n - discount.e - 2); // DF·φ(d₁) in Q64
        let vanna = divide(multiply(density, d2.unsigned_abs()), sigma) as i128;
        let bend = multiply(d1.unsigned_abs(), d2.unsigned_abs());
        let volga = divide(multiply(vega.to_bits() as u128, bend), sigma) as i128;
        SecondOrder {
            vanna: Real::from_bits(if d2 > 0 { -vanna } else { vanna }),
            volga: Real::from_bits(if (d1 < 0) == (d2 < 0) { volga } else { -volga }),
        }
    }
}

/// Both prices from the out-of-the-money one, in bits.
#[inline(always)]
pub(super) fn prices(otm: u128, values: PresentValues) -> Prices {
    let parity = values.forward as i128 - values.strike as i128;
    let call = otm as i128 + (parity & !(parity >> 127));
    Prices { call: Real::from_bits(call), put: Real::from_bits(call - parity) }
}

/// A valuation with prices and delta alone: nothing moves them any more but interest.
pub(super) fn settled(prices: Prices, delta_call: i128, discount: i128, rate: u128) -> Valuation {
    Valuation {
        prices,
        delta_call: Real::from_bits(delta_call),
        delta_put: Real::from_bits(delta_call - discount),
        theta_call: Real::from_bits(carry(prices.call, rate)),
        theta_put: Real::from_bits(carry(prices.put, rate)),
        ..Valuation::default()
    }
}

/// a·b for two numbers in Q64 whose product is under 2⁶⁴.
fn multiply(a: u128, b: u128) -> u128 {
    a * (b >> 64) + mul_wide(a, b as u64)
}

/// a/b for two numbers in Q64, b under 2⁵, with a quotient under 2⁶³.
fn divide(a: u128, b: u128) -> u128 {
    ((a / b) << 64) + ((((a % b) << 58) / b) << 6)
}

/// r·price in bits, for a rate in Q64 under 2²⁰ and a price under 2⁴⁰.
#[inline(always)]
fn carry(price: Real, rate: u128) -> i128 {
    let price = price.to_bits() as u128;
    let low = mul_wide(price, rate as u64);
    let carried = match rate >> 64 {
        0 => low,
        whole => low + price * whole,
    };
    carried as i128
}

/// x/2^by rounded down, for by ≥ 0.
#[inline(always)]
pub(super) fn shift_right(x: u128, by: i32) -> u128 {
    let (hi, lo) = ((x >> 64) as u64, x as u64);
    if by < 64 {
        ((hi >> by) as u128) << 64 | funnel_right(hi, lo, by as u32) as u128
    } else {
        hi.checked_shr((by - 64) as u32).unwrap_or(0) as u128
    }
}

/// (odd, even) in Q64 with tail(a ∓ h) = even ± h·odd, for a and h < 2⁻⁶ in Q64 and ρ₀ = tail(a).
///
/// With ρ₀ = tail(a), ρ₁ = 1/√(2π) − a·ρ₀ and ρₙ₊₁ = nρₙ₋₁ − aρₙ, the n-th derivative of tail is
/// (−1)ⁿρₙ, so odd = ρ₁ + h²ρ₃/3! + h⁴ρ₅/5! + h⁶ρ₇/7! and even = ρ₀ + h²ρ₂/2! + h⁴ρ₄/4! + h⁶ρ₆/6!.
///
/// # Error
///
/// The terms left out are under 2⁻⁵⁷·⁸ of odd and 2⁻⁵⁶·⁵ of even (h⁸ρ₉/9! and h⁸ρ₈/8!, greatest at a = 0). ρ₁
/// carries a·2 + 2 ulp of Q64 and is at least 0.398/(a² + 3); the others are taken to 2⁻⁵³, times h²/2.
#[inline(always)]
pub(super) fn series(a: u128, h: u64, rho0: u64) -> (u64, u64) {
    /// 1/n of a Q58 number.
    #[inline(always)]
    fn part<const N: u128>(x: i64) -> i64 {
        mul_hi_signed(x, const { ((1 << 64) / N) as i64 })
    }
    let rho1 = INV_SQRT_2PI - mul_wide(a, rho0) as u64;
    // Q58 from here on, and a in Q59, so that nothing reaches 2⁶³.
    let at = (a >> 5) as i64;
    let times_a = |rho: i64| mul_hi_signed(rho, at) << 5;
    let (r0, r1) = ((rho0 >> 6) as i64, (rho1 >> 6) as i64);
    let r2 = r0 - times_a(r1);
    let r3 = 2 * r1 - times_a(r2);
    let r4 = 3 * r2 - times_a(r3);
    let r5 = 4 * r3 - times_a(r4);
    let r6 = 5 * r4 - times_a(r5);
    let r7 = 6 * r5 - times_a(r6);
    let square = (mul_hi(h, h) << 11) as i64; // Q75, < 2⁶³
    let times_square = |x: i64| mul_hi_signed(x, square); // Q69
    let odd = part::<120>(r5) + (times_square(part::<5040>(r7)) >> 11);
    let odd = part::<6>(r3) + (times_square(odd) >> 11);
    let even = part::<24>(r4) + (times_square(part::<720>(r6)) >> 11);
    let even = (r2 >> 1) + (times_square(even) >> 11);
    (
        rho1.wrapping_add_signed(times_square(odd) >> 5),
        rho0.wrapping_add_signed(times_square(even) >> 5),
    )
}
