//! The total volatility v = σ√T at which Black's price is a given part of its bound.
//!
//! With u = |ln(F/K)|, a = u/v, a₁ = a − v/2, a₂ = a + v/2 and tail(a) = e^(a²/2)·N(−a), the
//! out-of-the-money price over DF·min(F, K) is
//!
//! * c = e^(−a₁²/2)·(tail(a₁) − tail(a₂)), the *wing*, for a₁ ≥ 0;
//! * 1 − c = e^(−a₁²/2)·(tail(−a₁) + tail(a₂)), the *body*, for a₁ < 0;
//!
//! and dc/dv = φ(a₁) in both. What is solved is f(v) = ln c, or ln(1 − c) in the body, which in all
//! of the domain is so nearly a power of v that few terms of a series suffice.

use crate::math::{
    INV_SQRT_2PI, gauss, gauss_near, mul_hi, mul_hi_signed, mul_wide, normalise, tail, tail_near,
    tail_short,
};
use crate::pricing::cell::series;
use crate::pricing::implied::seed::{BODY, LN, WING};
use crate::pricing::terms::Scaled;

/// √(2π) in Q29.
const SQRT_2PI: u64 = 1_345_735_808;

/// ln 2 in Q30.
const LN_2: i64 = 744_261_118;

/// The bits of v that a full step starts from: 32, so that u/v takes two short divisions.
const WORD: u64 = u64::MAX << 32;

/// A full step must be under this (Q62), 2⁻²⁰: then it leaves under 4·2⁻⁶⁰ for u ≤ 6 and 41·2⁻⁶⁰
/// beyond (`scripts/implied_seed.py --check` maximises the coefficient of h³).
const CERTAIN: u64 = 1 << 42;

/// Where v is under 2⁻³⁶, far below any volatility that is answered, the guess will do (cut at 2⁻⁶¹).
const TINY: i32 = -99;

/// Rounds before bisection takes over.
const ROUNDS: u32 = 6;

/// What is being solved, for 2⁻¹⁰⁵ ≤ c < 1, so that a₁ < 12.1 at the root, and u < 73.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problem {
    /// |ln(F/K)| in Q96.
    u_q96: u128,
    u: Scaled,
    /// The price as a part of its bound.
    c: Scaled,
    /// 1 − c, to 2⁻⁶³.
    rest: Scaled,
}

/// What Black's price is made of at one v.
struct Shape {
    /// v·c″/c′ = a₁a₂ in Q20.
    t: i64,
    /// tail(a₁) − tail(a₂), or tail(−a₁) + tail(a₂) in the body.
    tails: Scaled,
    body: bool,
}

/// Arithmetic wraps in the steps: from a v far off the root numbers may be nonsense, and what the
/// steps make of them is refused by the next or by bisection.
impl Problem {
    #[inline(always)]
    pub(super) fn new(u_q96: u128, c: Scaled) -> Self {
        let part = c.m >> (-64 - c.e).min(63); // Q64
        let rest = short((part | 1).wrapping_neg(), -64);
        Self { u_q96, u: normal(u_q96, -96), c, rest }
    }

    /// The root, with an error that divided by max(1, dln v/dln c) is under 2⁻⁵⁴ of it.
    ///
    /// # Error
    ///
    /// * The tails' 4 ulp of 2⁻⁶⁴ weigh √(2π)/v, at most 2⁻⁵⁵·⁷ since below v = 2⁻⁵ their difference
    ///   is a series.
    /// * a is cut to 2⁻⁵⁸, which moves the price by 1.26 times that, 2⁻⁵⁷·⁶; v/2 is exact.
    /// * The last step leaves under 2⁻⁵⁸, or 2⁻⁵⁴·⁶ for u > 6, where v > ½ and the tails weigh nothing;
    ///   taking z for artanh z costs it hz²/3 < 2⁻⁵⁷·⁶.
    /// * e^(−a₁²/2) is off by 2⁻⁶¹, the target by 2⁻⁵⁸·⁸, the last v by 2⁻⁶².
    ///
    /// Seen: 1.5·10⁻¹⁷, 2⁻⁵⁵·⁹.
    ///
    /// # Termination
    ///
    /// At most [`ROUNDS`] of a short and a full step; then [`bisect`](Self::bisect), of fixed
    /// length.
    #[inline(always)]
    pub(super) fn root(&self) -> Scaled {
        let mut v = self.guess();
        if v.e < TINY {
            return Scaled { e: v.e.max(-124), ..v };
        }
        for _ in 0..ROUNDS {
            v = self.short_step(v);
            if let Some(root) = self.full_step(v) {
                return root;
            }
        }
        self.bisect()
    }

    /// v within 2.5 % for u ≤ 6 and 20 % beyond (`scripts/implied_seed.py --check`), from the
    /// price of Bachelier's model in the wing and at the money in the body.
    #[inline(always)]
    fn guess(&self) -> Scaled {
        let half_u = (self.u_q96 >> 67) as i64; // Q30
        if self.c.e >= -64 {
            let (h, k) = row(&BODY, 30, LN_2 - ln(self.rest) + half_u);
            let u = (self.u_q96 >> 76) as i64; // Q20
            let v = h - ((((u * u) >> 20) * k) >> 25); // Q26
            return short(v.max(1 << 20) as u64, -26);
        }
        let sum = sum(self.c, self.u);
        let w = ln_ratio(sum, self.c) + half_u;
        let (gamma, kappa) = row(&WING, 27, w + (1 << 27));
        let s = mul_hi(sum.m, (gamma as u64) << 32); // times 2^(sum.e + 3)
        let s_q24 = (s >> (-27 - sum.e).min(63)) as i64;
        let factor = (1 << 31) + ((((s_q24 * s_q24) >> 24) * kappa) >> 24);
        short(mul_hi(s, (factor as u64) << 28), sum.e + 8)
    }

    /// A step of Householder's of the fourth order: with h = (target − f)/f′, x = (f″/f′)·h and
    /// y = (f‴/f′)·h², by h(1 + x/2)/(1 + x + y/6), with numbers of some 30 bits; so many v keeps. It
    /// turns an error of 2.5 % into one under 2⁻²⁰.
    #[inline(always)]
    fn short_step(&self, v: Scaled) -> Scaled {
        let a = place((self.u.m / word(v.m)) << 31, self.u.e.wrapping_sub(v.e));
        let half = half(v);
        let (a1, tails, body) = if v.e < -67 {
            (a.abs_diff(half), times(short(series_short(a, half), -64), v), false)
        } else if a < half {
            let (near, far) = (tail_short_at(half - a), tail_short_at(half.wrapping_add(a)));
            (half - a, short(near.wrapping_add(far), -64), true)
        } else {
            let (near, far) = (tail_short_at(a - half), tail_short_at(a.wrapping_add(half)));
            (a - half, short(near.wrapping_sub(far), -64), false)
        };
        let target = if body { self.rest } else { self.c };
        let a1 = (a1 >> 34) as i64; // Q24
        let gap = ln_ratio(tails, target) - ((a1 * a1) >> 19); // Q30
        // −gap/(v·f′), and 1/(v·f′) is √(2π)·tails/v but for its sign.
        let inverse = (tails.m / word(v.m)) * SQRT_2PI;
        let h = mul_hi_signed(gap << 20, inverse as i64)
            >> (v.e.wrapping_sub(tails.e).wrapping_add(16) & 63);
        let h = if body { h } else { -h };
        let (t, less) = curvature(a, half);
        let x = (t.wrapping_mul(h) >> 20).wrapping_add(gap); // v·f″/f′·h
        let y = (x.wrapping_mul(x.wrapping_add(gap)) >> 30)
            .wrapping_sub((less >> 10).wrapping_mul(h.wrapping_mul(h) >> 30) >> 10); // v²·f‴/f′·h²
        let top = h.wrapping_mul((x >> 1).wrapping_add(1 << 30));
        let bottom = (y.wrapping_mul(171) >> 10).wrapping_add(x).wrapping_add(1 << 30); // y/6
        let by = top / bottom.max(1 << 29);
        let m = mul_hi(v.m, (by.wrapping_add(1 << 30) as u64) << 32);
        let v = short(m, v.e.wrapping_add(2));
        Scaled { m: v.m & WORD, ..v }
    }

    /// Two terms of the inverse's series, v − h − ½(f″/f′)h² with h = (f − target)/f′, from a v of 32
    /// bits. `None` if h is not [`CERTAIN`]. The result may lack its top bit.
    #[inline(always)]
    fn full_step(&self, v: Scaled) -> Option<Scaled> {
        let (shape, found) = self.price(v);
        let target = if shape.body { self.rest } else { self.c };
        let excess = match found.e - target.e {
            0 => found.m.wrapping_sub(target.m) as i64,
            1 => (found.m << 1).wrapping_sub(target.m) as i64,
            -1 => found.m.wrapping_sub(target.m << 1) as i64 >> 1,
            _ => return None,
        };
        if excess.unsigned_abs() >> 46 != 0 {
            return None;
        }
        // f − target = 2 artanh z for z = excess/2/mean < 2⁻¹⁸, and z is taken for artanh z.
        let half_mean = (target.m >> 1).wrapping_add_signed(excess >> 2);
        let top = mul_hi(excess.unsigned_abs() << 15, shape.tails.m); // < 2⁶¹
        let bottom = short(mul_hi(half_mean, mul_hi(v.m, 2 * INV_SQRT_2PI)), v.e);
        let down = bottom.e.wrapping_sub(shape.tails.e).wrapping_add(16);
        let h = ratio(top, bottom.m) >> (down & 63); // Q62
        if h >= CERTAIN {
            return None;
        }
        let h = if (excess > 0) == shape.body { h as i64 } else { -(h as i64) };
        let gap = (excess << 16) / (half_mean >> 30) as i64; // Q47
        let x = ((shape.t * (h >> 15)) >> 20) + gap; // v·f″/f′·h in Q47
        let by = h - ((h as i128 * x as i128) >> 48) as i64;
        // v has 32 bits, so the product drops none but the last.
        Some(Scaled { m: mul_hi(v.m, (((1 << 62) + by) as u64) << 1), e: v.e + 1 })
    }

    /// What Black's price is made of at v, and it: c, or 1 − c in the body.
    #[inline(always)]
    fn price(&self, v: Scaled) -> (Shape, Scaled) {
        let (word, u) = (word(v.m), self.u.m);
        let quotient = ((u / word) << 31) + ((u % word) << 31) / word;
        let a = place(quotient, self.u.e.wrapping_sub(v.e));
        let half = half(v);
        let (a1, tails, body) = if v.e < -68 {
            let near = a.min(15 << 58);
            let (odd, _) = series(wide(near), half << 6, tail_at(near));
            (a.abs_diff(half), times(short(odd, -64), v), false)
        } else if a < half {
            let (near, far) = (tail_at(half - a), tail_at(half.wrapping_add(a)));
            (half - a, short(near.wrapping_add(far), -64), true)
        } else {
            let (near, far) = (tail_at(a - half), tail_at(a.wrapping_add(half)));
            (a - half, short(near.wrapping_sub(far), -64), false)
        };
        let (density, n) = gauss_at(a1);
        let found = times(Scaled { m: density, e: -64 - n as i32 }, tails);
        (Shape { t: curvature(a, half).0, tails, body }, found)
    }

    /// The root by halving [2⁻³⁸, 2⁵) on the scale of exponent and mantissa until 32 bits are left,
    /// since c rises with v, and then one full step.
    #[cold]
    #[inline(never)]
    fn bisect(&self) -> Scaled {
        let at = |key: u64| Scaled { m: (key << 33) | 1 << 63, e: (key >> 31) as i32 - 101 };
        let (mut low, mut high) = (0, 43 << 31);
        for _ in 0..37 {
            let middle = (low + high) / 2;
            let (shape, found) = self.price(at(middle));
            let target = if shape.body { self.rest } else { self.c };
            if ((found.e, found.m) > (target.e, target.m)) == shape.body {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.full_step(at(low)).unwrap_or(at(low))
    }
}

/// bits·2^e with a mantissa; what is below its 64 bits is dropped. Zero has a
/// small exponent.
#[inline(always)]
pub(super) const fn normal(bits: u128, e: i32) -> Scaled {
    match normalise(bits) {
        Some((m, _, zeros)) => Scaled { m, e: e + 64 - zeros as i32 },
        None => Scaled { m: 0, e: -200 },
    }
}

/// The same for 64 bits.
#[inline(always)]
pub(super) const fn short(bits: u64, e: i32) -> Scaled {
    let zeros = bits.leading_zeros();
    Scaled { m: bits << (zeros & 63), e: e.wrapping_sub(zeros as i32) }
}

#[inline(always)]
pub(super) const fn times(a: Scaled, b: Scaled) -> Scaled {
    short(mul_hi(a.m, b.m), a.e.wrapping_add(b.e).wrapping_add(64))
}

/// The sum, to 2⁻⁶² of it.
#[inline(always)]
const fn sum(a: Scaled, b: Scaled) -> Scaled {
    let (more, less) = if a.e > b.e { (a, b) } else { (b, a) };
    let down = more.e.wrapping_sub(less.e).wrapping_add(1);
    short((more.m >> 1) + if down < 64 { less.m >> down } else { 0 }, more.e + 1)
}

/// ln x in Q30, within 2⁻²⁷ and 2⁻³¹ a binade. With mᵢ the middle of m's part of its binade and
/// z = (m − mᵢ)/(m + mᵢ), ln(m/mᵢ) = 2 artanh z is taken for 2z: z³ ≤ 2⁻²⁷.
#[inline(always)]
fn ln(x: Scaled) -> i64 {
    let m = x.m | 1 << 63; // see `word`
    let middle = (m >> 56 << 56) | 1 << 55;
    let gap = (m.wrapping_sub(middle) as i64) << 7;
    let mean = ((m >> 1) + (middle >> 1)) | 1 << 63;
    let table = LN[((m >> 56) & 127) as usize] as i64;
    let twos = (x.e as i64).wrapping_add(63).wrapping_mul(LN_2);
    table.wrapping_add(gap / (mean >> 23) as i64).wrapping_add(twos)
}

/// ln(a/b) likewise.
#[inline(always)]
fn ln_ratio(a: Scaled, b: Scaled) -> i64 {
    ln(short(a.m / word(b.m), a.e.wrapping_sub(b.e).wrapping_sub(31)))
}

/// Both numbers of a seed's table at x in Q30, with 15 bits more, for x under 2⁷; the table starts at
/// 2^(first − 30).
#[inline(always)]
fn row(table: &[(u16, i16)], first: u32, x: i64) -> (i64, i64) {
    let x = x.max(1 << first) as u64;
    let e = 63 - x.leading_zeros();
    let i = (((e - first) as usize) << 3) | ((x >> (e - 3)) as usize & 7);
    let along = ((x << (67 - e)) >> 49) as i64; // Q15
    let ((low, second), (high, _)) = (table[i], table[i + 1]);
    (((low as i64) << 15) + (high as i64 - low as i64) * along, (second as i64) << 15)
}

/// v/2 in Q58.
#[inline(always)]
fn half(v: Scaled) -> u64 {
    v.m >> ((-57_i32).wrapping_sub(v.e) & 63)
}

/// quotient·2^e, the quotient in Q62, in Q58 and cut under 2⁵; at the root a is under 15.
#[inline(always)]
fn place(quotient: u64, e: i32) -> u64 {
    if e > 4 { u64::MAX >> 1 } else { quotient >> 4_i32.wrapping_sub(e).min(63) }
}

/// [`gauss`] of an angle in Q58.
#[inline(always)]
fn gauss_at(a: u64) -> (u64, u32) {
    if a >> 61 == 0 { gauss_near(a << 3) } else { gauss(wide(a)) }
}

/// [`tail`] of an angle in Q58.
#[inline(always)]
fn tail_at(a: u64) -> u64 {
    if a >> 61 == 0 { tail_near(a << 3) } else { tail(wide(a)) }
}

/// [`tail_at`] to 2⁻³⁰.
#[inline(always)]
fn tail_short_at(a: u64) -> u64 {
    if a >> 61 == 0 { tail_short(a << 3) } else { tail(wide(a)) }
}

/// From Q58 to Q64.
#[inline(always)]
const fn wide(a: u64) -> u128 {
    (a as u128) << 6
}

/// The leading 33 bits of a mantissa, to divide by. That its top bit is set is said aloud: unless a divisor
/// is known to have more than 32 bits, compilers for x86 put a test for a shorter division in front.
#[inline(always)]
const fn word(m: u64) -> u64 {
    (m | 1 << 63) >> 31
}

/// a/b in Q63 for mantissas, off by under 9 ulp.
#[inline(always)]
pub(super) fn ratio(a: u64, b: u64) -> u64 {
    let word = word(b);
    let high = (a / word).saturating_sub(2); // a/b in Q31, low by under 4
    let left = ((a as u128) << 31).wrapping_sub(high as u128 * b as u128);
    (high << 32).wrapping_add(((left >> 2) as u64 / word) << 3)
}

/// v·c″/c′ = a₁a₂ = a² − v²/4, and 3a² + v²/4 which v²·c‴/c′ lacks of its square, in Q20.
///
/// With f = ln c or ln(1 − c) and gap = f − target, so that v·f′·h = −gap for h = −gap/(v·f′):
/// v·f″/f′·h = t·h + gap, and v²·f‴/f′·h² = (t·h + gap)(t·h + 2gap) − (3a² + v²/4)h².
#[inline(always)]
fn curvature(a: u64, half: u64) -> (i64, i64) {
    let (a, v) = ((a >> 38) as i64, (half >> 37) as i64);
    let (aa, vv) = (a.wrapping_mul(a) >> 20, v.wrapping_mul(v) >> 22);
    (aa.wrapping_sub(vv), aa.wrapping_mul(3).wrapping_add(vv))
}

/// (tail(a − h) − tail(a + h))/(2h) in Q64 to 2⁻²⁴, for a in Q58 and h = v/2 < 2⁻⁵: two terms of
/// [`series`].
#[inline(always)]
fn series_short(a: u64, half: u64) -> u64 {
    let h = half << 6; // Q64
    let rho0 = tail_short_at(a);
    let rho1 = INV_SQRT_2PI.wrapping_sub(mul_wide(wide(a), rho0) as u64);
    let times_a = |rho: u64| ((rho as i64 as i128 * a as i128) >> 58) as i64;
    let rho2 = (rho0 >> 6) as i64 - times_a(rho1 >> 6);
    let rho3 = 2 * (rho1 >> 6) as i64 - times_a(rho2 as u64); // Q58
    rho1.wrapping_add_signed(((mul_hi(h, h) as i128 * (rho3 / 6) as i128) >> 58) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices c over all of the domain: u from 0 to 72, c from 2⁻¹⁰⁵ to all but one.
    fn problems() -> impl Iterator<Item = Problem> {
        let logs = (0..64).map(|i| if i == 0 { 0 } else { (73_u128 << 96) >> i });
        logs.flat_map(|u| {
            let low = (-168..-64).map(|e| Scaled { m: 0x9e37_79b9_7f4a_7c15, e });
            let high = (0..48).map(|n| Scaled { m: u64::MAX - (u64::MAX >> (n + 1)), e: -64 });
            let all = low.chain(high).map(move |c| Problem::new(u, c));
            all.filter(|problem| problem.guess().e >= TINY)
        })
    }

    fn apart(a: Scaled, b: Scaled) -> u128 {
        let at = |x: Scaled| (x.m as u128) << (x.e - a.e.min(b.e)).min(60);
        at(a).abs_diff(at(b))
    }

    #[test]
    fn a_round_and_bisection_find_one_root() {
        for problem in problems() {
            let (found, halved) = (problem.root(), problem.bisect());
            assert!(apart(found, halved) <= 1 << 8, "{problem:?}: {found:?} {halved:?}");
        }
    }

    #[test]
    fn one_round_is_enough_near_the_money_and_three_anywhere() {
        for problem in problems() {
            let mut v = problem.guess();
            let rounds = (1..=ROUNDS).find(|_| {
                v = problem.short_step(v);
                problem.full_step(v).is_some()
            });
            let most = if problem.u_q96 >> 96 < 6 { 1 } else { 3 };
            assert!(rounds.is_some_and(|rounds| rounds <= most), "{problem:?}: {rounds:?}");
        }
    }

    #[test]
    fn a_step_just_certain_leaves_what_its_third_term_would_add() {
        let mut answered = 0;
        for problem in problems() {
            let root = problem.root();
            // 0.98·2⁻²⁰ less and more
            for by in [-0xfb_i64 << 34, 0xfb << 34] {
                let m = mul_hi(root.m, ((1 << 62) + by) as u64) << 2;
                let start = short(m & WORD, root.e);
                let Some(found) = problem.full_step(start) else { continue };
                answered += 1;
                let most = if problem.u_q96 >> 96 < 6 { 1 << 8 } else { 1 << 10 };
                assert!(
                    apart(short(found.m, found.e), root) <= most,
                    "{problem:?}: {root:?} {found:?}"
                );
            }
        }
        assert!(answered > 3_000, "{answered}");
    }

    #[test]
    fn a_step_too_far_is_refused() {
        for problem in problems() {
            let root = problem.root();
            for by in [-1_i64 << 44, 1 << 44] {
                let m = mul_hi(root.m, ((1 << 62) + by) as u64) << 2; // 2⁻¹⁸ less and more
                let start = short(m & WORD, root.e);
                assert!(problem.full_step(start).is_none(), "{problem:?}");
            }
        }
    }

    /// A fixed sequence of numbers that look random.
    fn numbers() -> impl Iterator<Item = u64> {
        let mut x = 1_u64;
        core::iter::repeat_with(move || {
            x = x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            x
        })
    }

    #[test]
    fn steps_from_anywhere_do_not_overflow() {
        let mut starts =
            numbers().map(|x| Scaled { m: (x | 1 << 63) & WORD, e: -(x as i32 & 127) });
        for problem in (0..30).flat_map(|_| problems()) {
            let v = starts.next().expect("another number");
            let _ = (problem.short_step(v), problem.full_step(v));
        }
    }

    #[test]
    fn ratio_is_off_by_under_nine() {
        for x in numbers().take(10_000) {
            let (a, b) = (x >> (x & 31), x.rotate_left(32) | 1 << 63);
            let exact = (((a as u128) << 63) / b as u128) as u64;
            assert!(exact.abs_diff(ratio(a, b)) < 9, "{a}/{b}");
        }
    }
}
