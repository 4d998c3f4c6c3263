//! Fixed point with 512 binary places, and the few functions that prices are made of, by their
//! series. Good to some 64 digits, and slow.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use amm_core::num::Real;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// Binary places. A sum of positive terms of up to 2²⁰⁸, for which each is cut once, is then good to
/// 2⁻³⁰⁰; and times a density of 2⁻²⁰⁸ to far more than any digit anyone asks for.
const PLACES: usize = 512;

#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Big(BigInt);

impl Big {
    pub(crate) fn int(n: i128) -> Self {
        Self(BigInt::from(n) << PLACES)
    }

    pub(crate) fn ratio(n: i128, d: i128) -> Self {
        Self((BigInt::from(n) << PLACES) / d)
    }

    /// 2^n for n from −512.
    pub(crate) fn two_to(n: i32) -> Self {
        Self(BigInt::from(1) << (PLACES as i32 + n))
    }

    /// Exactly.
    pub(crate) fn of(x: Real) -> Self {
        Self(BigInt::from(x.to_bits()) << (PLACES - 64))
    }

    /// So many billionths, cut.
    pub(crate) fn atoms(n: i128) -> Self {
        Self::ratio(n, 1_000_000_000)
    }

    /// A billionth of n times this, exactly but for one cut at the end.
    pub(crate) fn times_atoms(&self, n: i128) -> Self {
        Self(&self.0 * n / 1_000_000_000)
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    pub(crate) fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// The whole number below.
    pub(crate) fn floor(&self) -> i128 {
        i128::try_from(&self.0 >> PLACES).expect("a number of an engine's size")
    }

    /// √x for x ≥ 0.
    pub(crate) fn sqrt(&self) -> Self {
        Self((&self.0 << PLACES).sqrt())
    }

    /// eˣ = (e^(r/2¹⁶))^(2¹⁶)·2ⁿ with x = n·ln 2 + r.
    pub(crate) fn exp(&self) -> Self {
        const HALVINGS: u32 = 16;
        let n = (self / &ln_2()).floor();
        if n < -(PLACES as i128) {
            return Self::default();
        }
        let rest = self - &(&ln_2() * &Self::int(n));
        let x = Self(rest.0 >> HALVINGS);
        let (mut sum, mut term) = (Self::int(1), Self::int(1));
        for k in 1.. {
            term = Self((&term * &x).0 / k);
            if term.is_zero() {
                break;
            }
            sum += &term;
        }
        for _ in 0..HALVINGS {
            sum = &sum * &sum;
        }
        if n < 0 { Self(sum.0 >> -n) } else { Self(sum.0 << n) }
    }

    /// ln x for x > 0: ln m + e·ln 2 with m in [¾, 1½), ln m = 2·artanh((m − 1)/(m + 1)).
    pub(crate) fn ln(&self) -> Self {
        assert!(self.0.is_positive(), "no logarithm of {self}");
        let mut e = self.0.bits() as i128 - PLACES as i128; // x in [2^(e−1), 2^e)
        let scaled = |e: i128| match e {
            0.. => Self(&self.0 >> e),
            _ => Self(&self.0 << -e),
        };
        if scaled(e) < Self::ratio(3, 4) {
            e -= 1;
        }
        let (m, one) = (scaled(e), Self::int(1));
        let log = artanh(&(&(&m - &one) / &(&m + &one)));
        &(&log + &log) + &(&ln_2() * &Self::int(e))
    }

    /// e^(−x²/2)/√(2π).
    pub(crate) fn density(&self) -> Self {
        let exponent = Self(-(self * self).0 >> 1);
        &exponent.exp() / &(&pi() + &pi()).sqrt()
    }

    /// N(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), whose terms have one sign. Beyond ±17 it is 0 or 1
    /// to 2⁻²¹³.
    pub(crate) fn normal(&self) -> Self {
        if self.abs() > Self::int(17) {
            return Self::int(i128::from(!self.is_negative()));
        }
        let square = self * self;
        let (mut sum, mut term) = (self.clone(), self.clone());
        for odd in (3..).step_by(2) {
            term = Self((&term * &square).0 / odd);
            if term.abs() <= Self(BigInt::from(1)) {
                break;
            }
            sum += &term;
        }
        &Self::ratio(1, 2) + &(&self.density() * &sum)
    }
}

/// z + z³/3 + z⁵/5 + …
fn artanh(z: &Big) -> Big {
    let square = z * z;
    let (mut sum, mut power) = (z.clone(), z.clone());
    for odd in (3..).step_by(2) {
        power = &power * &square;
        let term = Big(&power.0 / odd);
        if term.is_zero() {
            break;
        }
        sum += &term;
    }
    sum
}

thread_local! {
    static LN_2: Big = {
        let third = artanh(&Big::ratio(1, 3));
        &third + &third
    };
    static PI: Big = {
        // Machin: π = 16·arctan(1/5) − 4·arctan(1/239).
        let arctan = |n: i128| {
            let (mut sum, mut power) = (Big::default(), Big::ratio(1, n));
            for k in 0.. {
                let term = Big(&power.0 / (2 * k + 1));
                if term.is_zero() {
                    break;
                }
                sum = if k % 2 == 0 { &sum + &term } else { &sum - &term };
                power = Big(power.0 / (n * n));
            }
            sum
        };
        &(&arctan(5) * &Big::int(16)) - &(&arctan(239) * &Big::int(4))
    };
}

fn ln_2() -> Big {
    LN_2.with(Clone::clone)
}

fn pi() -> Big {
    PI.with(Clone::clone)
}

/// 2^(−x) for x ≥ 0.
pub(crate) fn halved(x: &Big) -> Big {
    (-&(x * &ln_2())).exp()
}

/// ln 2.
pub(crate) fn log_of_two() -> Big {
    ln_2()
}

impl Add for &Big {
    type Output = Big;

    fn add(self, other: Self) -> Big {
        Big(&self.0 + &other.0)
    }
}

impl Sub for &Big {
    type Output = Big;

    fn sub(self, other: Self) -> Big {
        Big(&self.0 - &other.0)
    }
}

/// Cut.
impl Mul for &Big {
    type Output = Big;

    fn mul(self, other: Self) -> Big {
        Big((&self.0 * &other.0) >> PLACES)
    }
}

/// Cut.
impl Div for &Big {
    type Output = Big;

    fn div(self, other: Self) -> Big {
        Big((&self.0 << PLACES) / &other.0)
    }
}

impl Neg for &Big {
    type Output = Big;

    fn neg(self) -> Big {
        Big(-&self.0)
    }
}

impl AddAssign<&Self> for Big {
    fn add_assign(&mut self, other: &Self) {
        self.0 += &other.0;
    }
}

/// Three digits and an exponent of ten.
impl fmt::Display for Big {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DECIMALS: usize = 100;
        let scaled = (&self.0 * BigInt::from(10).pow(DECIMALS as u32)) >> PLACES;
        let digits = scaled.abs().to_string();
        let sign = if scaled.is_negative() { "-" } else { "" };
        if digits.len() < 3 {
            return write!(f, "0");
        }
        let exponent = digits.len() as i32 - 1 - DECIMALS as i32;
        write!(f, "{sign}{}.{}e{exponent}", &digits[..1], &digits[1..3])
    }
}

#[test]
fn functions_have_their_known_digits() {
    let known = |digits: &str| {
        let (whole, rest) = digits.split_once('.').unwrap();
        let ten = BigInt::from(10).pow(rest.len() as u32);
        let digits: BigInt = format!("{whole}{rest}").parse().unwrap();
        Big((digits << PLACES) / ten)
    };
    let near = |got: Big, digits: &str| {
        assert!((&got - &known(digits)).abs() < Big::ratio(1, 10_i128.pow(38)), "{got} {digits}");
    };
    near(Big::int(1).exp(), "2.7182818284590452353602874713526624977572");
    near(Big::int(10).ln(), "2.3025850929940456840179914546843642076011");
    near(pi(), "3.1415926535897932384626433832795028841971");
    near(Big::int(-1).normal(), "0.1586552539314570514147674543679620775221");
    near(Big::int(3).normal(), "0.9986501019683699054733481852324050226221");
    near(Big::int(0).density(), "0.3989422804014326779399460599343818684759");
    near(halved(&Big::ratio(1, 2)), "0.7071067811865475244008443621048490392848");
    assert_eq!(Big::int(-7).floor(), -7);
    assert_eq!(Big::ratio(-1, 2).floor(), -1);
}
