//! Inputs out of bytes: always in the domain, often at its edges.
//!
//! Options come in five shapes: rows as an exchange lists them, wide rows, rows at the money, deep
//! rows, and corners of every range.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::math;
use crate::num::{Discount, Price, Real, Seconds, Vol, YEAR_S};
use crate::pricing::{Expiry, Kind};

/// One option's terms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Terms {
    /// Forward, time and discount factor.
    pub expiry: Expiry,
    /// The strike.
    pub strike: Price,
    /// The volatility.
    pub vol: Vol,
}

/// An option and how far to step from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Case {
    /// Where to stand.
    pub terms: Terms,
    /// A step is 2^−`fineness` of what it changes, and an ulp at least.
    pub fineness: u32,
    /// The right in question.
    pub kind: Kind,
    /// A price in or near the option's bounds.
    pub price: Price,
}

impl Case {
    /// A case out of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut source = Unstructured::new(bytes);
        source.arbitrary().unwrap_or_else(|_| Self::default())
    }
}

impl Default for Case {
    /// What a week at the money is worth.
    fn default() -> Self {
        let forward = inside(Price::new(Real::lit("60000")));
        let expiry = Expiry::new(forward, seconds(604_800), Discount::MAX);
        let terms =
            Terms { expiry: inside(expiry), strike: forward, vol: inside(Vol::new(Real::ONE)) };
        Self { terms, fineness: 36, kind: Kind::Call, price: Price::MIN }
    }
}

/// A draw in the range is in the range.
pub(super) fn inside<T, E: core::fmt::Display>(made: core::result::Result<T, E>) -> T {
    made.unwrap_or_else(|error| panic!("a draw in the range is refused: {error}"))
}

fn seconds(count: u32) -> Seconds {
    inside(Seconds::new(count.min(Seconds::MAX.get()).into()))
}

fn real(bits: u128) -> Real {
    Real::from_bits(bits as i128)
}

/// A price of so many bits, or the greatest.
pub(super) fn price(bits: u128) -> Price {
    inside(Price::new(real(bits.min(Price::MAX.get().to_bits() as u128))))
}

/// As many significant bits as any other number of them up to `bits`; next to a power of two one
/// time in eight.
pub fn magnitude(u: &mut Unstructured<'_>, bits: u32) -> Result<u128> {
    let (width, shape) = (u.int_in_range(0..=bits)?, u.arbitrary::<u8>()?);
    let below = 1_u128.checked_shl(width).unwrap_or(0).wrapping_sub(1);
    Ok(match (width, shape % 16) {
        (0, _) => 0,
        (_, 1) => below,
        (_, 2) => below / 2 + 1,
        _ => (below / 2 + 1) | (u.arbitrary::<u128>()? & below),
    })
}

/// From `min` to `max` in any distance above `min`, one time in eight an end or next to it.
pub fn between(u: &mut Unstructured<'_>, min: Real, max: Real) -> Result<Real> {
    let span = max.to_bits().abs_diff(min.to_bits());
    let offset = match u.arbitrary::<u8>()? % 32 {
        1 => 0,
        2 => 1,
        3 => span,
        4 => span.saturating_sub(1),
        5..20 => even(u, span)?,
        _ => magnitude(u, 128 - span.leading_zeros())?.min(span),
    };
    Ok(Real::from_bits(min.to_bits().wrapping_add(offset.min(span) as i128)))
}

/// Any number up to `span` as likely as another, nearly.
fn even(u: &mut Unstructured<'_>, span: u128) -> Result<u128> {
    let zeros = span.leading_zeros().min(127);
    let random: u64 = u.arbitrary()?;
    Ok((u128::from(random) * (span << zeros >> 64)) >> zeros)
}

impl<'a> Arbitrary<'a> for Price {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(price(magnitude(u, 104)?))
    }
}

impl<'a> Arbitrary<'a> for Vol {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.arbitrary::<u8>()? % 32 {
            1 => Self::ZERO,
            2..16 => inside(Self::new(between(u, Self::MIN.get(), Real::lit("2"))?)),
            _ => inside(Self::new(between(u, Self::MIN.get(), Self::MAX.get())?)),
        })
    }
}

impl<'a> Arbitrary<'a> for Seconds {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(seconds(magnitude(u, 30)? as u32))
    }
}

impl<'a> Arbitrary<'a> for Discount {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        discount(u, Self::MIN)
    }
}

/// From `min` to one, which one time in four it is.
fn discount(u: &mut Unstructured<'_>, min: Discount) -> Result<Discount> {
    if u.ratio(1, 4)? {
        return Ok(Discount::MAX);
    }
    let lost = between(u, Real::ZERO, Real::ONE - min.get())?;
    Ok(inside(Discount::new(Real::ONE - lost)))
}

/// The least discount factor an [`Expiry`] admits: 1/DF − 1 ≤ 10⁶·T.
fn discount_min(time: Seconds) -> Discount {
    if time == Seconds::ZERO {
        return Discount::MIN;
    }
    let growth = u128::from(YEAR_S) + 1_000_000 * u128::from(time.get());
    let least = (u128::from(YEAR_S) << 64).div_ceil(growth);
    inside(Discount::new(real(least).max(Discount::MIN.get())))
}

impl<'a> Arbitrary<'a> for Expiry {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (forward, time) = (u.arbitrary()?, u.arbitrary()?);
        Ok(inside(Self::new(forward, time, discount(u, discount_min(time))?)))
    }
}

impl<'a> Arbitrary<'a> for Kind {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(if u.arbitrary()? { Self::Put } else { Self::Call })
    }
}

impl<'a> Arbitrary<'a> for Terms {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        match u.arbitrary::<u8>()? % 16 {
            0..4 => listed(u),
            4..8 => near(u, 32),
            8..10 => at_the_money(u),
            10..12 => deep(u),
            12..14 => corner(u),
            _ => Ok(Self { expiry: u.arbitrary()?, strike: u.arbitrary()?, vol: u.arbitrary()? }),
        }
    }
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let terms: Terms = u.arbitrary()?;
        // Mostly fine steps, for which the laws have no allowance.
        let fineness = if u.ratio(7, 8)? { u.int_in_range(1..=40)? } else { u.arbitrary()? };
        let kind = u.arbitrary()?;
        let most = terms.expiry.forward().max(terms.strike).get();
        let price = match u.arbitrary::<u8>()? % 4 {
            0 => u.arbitrary()?,
            _ => inside(Price::new(between(u, Real::ZERO, most)?)),
        };
        Ok(Self { terms, fineness: fineness.min(127), kind, price })
    }
}

/// A row as an exchange lists it.
fn listed(u: &mut Unstructured<'_>) -> Result<Terms> {
    const HOUR: u32 = 3600;
    const HOURS: [u32; 10] = [1, 8, 24, 48, 168, 336, 720, 2184, 4368, 8760];
    let level = *u.choose(&[Real::lit("60000"), Real::lit("3000"), Real::lit("150")])?;
    let bits = level.to_bits() as u128;
    let forward = price(bits - bits / 16 + even(u, bits / 8)?);
    let time = seconds(u.choose(&HOURS)? * HOUR);
    let vol = inside(Vol::new(between(u, Real::lit("0.3"), Real::lit("1.5"))?));
    let lost = between(u, Real::ZERO, Real::lit("0.1"))?;
    let discount = if u.ratio(1, 4)? { Real::ONE } else { Real::ONE - lost };
    let expiry = inside(Expiry::new(forward, time, inside(Discount::new(discount))));
    let strike = strike_near(u, forward, deviation(vol, time) * 5)?;
    Ok(Terms { expiry, strike, vol })
}

/// A strike within `deviations`/4 standard deviations, linearly, of any forward.
fn near(u: &mut Unstructured<'_>, deviations: u128) -> Result<Terms> {
    let (expiry, vol): (Expiry, Vol) = (u.arbitrary()?, u.arbitrary()?);
    let share = deviation(vol, expiry.time()) * deviations / 4;
    let strike = strike_near(u, expiry.forward(), share)?;
    Ok(Terms { expiry, strike, vol })
}

/// The forward itself or a strike beside it.
fn at_the_money(u: &mut Unstructured<'_>) -> Result<Terms> {
    let (expiry, vol): (Expiry, Vol) = (u.arbitrary()?, u.arbitrary()?);
    let forward = expiry.forward().get().to_bits() as u128;
    let off = match u.arbitrary::<u8>()? % 4 {
        0 => 0,
        1 => u.int_in_range(0..=3)?,
        _ => forward >> u.int_in_range(8..=104)?,
    };
    let below = u.arbitrary()?;
    let strike = if below { forward.saturating_sub(off) } else { forward + off };
    Ok(Terms { expiry, strike: price(strike), vol })
}

/// Six standard deviations out or a great many.
fn deep(u: &mut Unstructured<'_>) -> Result<Terms> {
    let mut terms = near(u, 0)?;
    let forward = terms.expiry.forward().get().to_bits() as u128;
    let share = 6 * deviation(terms.vol, terms.expiry.time());
    let share = share.min(1 << 48) << u.int_in_range(0..=4)?;
    let far = u.int_in_range(0..=100)?;
    let bits = match u.arbitrary::<u8>()? % 4 {
        0 => above(forward, share),
        1 => below(forward, share),
        2 => forward >> far,
        _ => forward.checked_shl(far).filter(|x| x >> far == forward).unwrap_or(u128::MAX),
    };
    terms.strike = price(bits ^ (u.arbitrary::<u128>()? & (bits >> 32)));
    Ok(terms)
}

/// Corners of every range at once.
fn corner(u: &mut Unstructured<'_>) -> Result<Terms> {
    let max = Price::MAX.get().to_bits() as u128;
    // 18 is 10⁻¹⁸.
    let prices = [0, 1, 2, 18, 1 << 32, 1 << 63, (1 << 64) - 1, 1 << 64, max / 2, max - 1, max];
    let (forward, strike) = (price(*u.choose(&prices)?), price(*u.choose(&prices)?));
    let month = YEAR_S / 12;
    let time = seconds(*u.choose(&[0, 1, 2, 60, month, YEAR_S, 30 * YEAR_S - 1, 30 * YEAR_S])?);
    let least = discount_min(time);
    let next = inside(Discount::new(Real::ONE - Real::DELTA));
    let discount = *u.choose(&[least, next, Discount::MAX])?;
    let (min, max) = (Vol::MIN.get(), Vol::MAX.get());
    let ends = [Real::ZERO, min, min + Real::DELTA, Real::ONE, max - Real::DELTA, max];
    let vol = inside(Vol::new(*u.choose(&ends)?));
    Ok(Terms { expiry: inside(Expiry::new(forward, time, discount)), strike, vol })
}

/// σ√T in Q32, an ulp of it at least.
fn deviation(vol: Vol, time: Seconds) -> u128 {
    let sigma = vol.get().to_bits() as u128 >> 32; // Q32, < 2³⁷
    let variance = sigma * sigma * u128::from(time.get()) / u128::from(YEAR_S); // Q64
    u128::from(math::isqrt(variance)).max(1)
}

/// F·(1 + share) or F/(1 + share), for a share up to `most`, both in Q32.
fn strike_near(u: &mut Unstructured<'_>, forward: Price, most: u128) -> Result<Price> {
    let bits = forward.get().to_bits() as u128;
    let share = even(u, most.min(1 << 50))?;
    let bits = if u.arbitrary()? { above(bits, share) } else { below(bits, share) };
    // Digits below the 32nd.
    Ok(price(bits ^ (u.arbitrary::<u128>()? & (bits >> 33))))
}

/// x·(1 + share), for x < 2¹⁰⁵ and a share in Q32 under 2⁵³.
fn above(x: u128, share: u128) -> u128 {
    x + (x >> 32) * share + (((x & u128::from(u32::MAX)) * share) >> 32)
}

/// x/(1 + share).
fn below(x: u128, share: u128) -> u128 {
    let by = (1 << 32) + share;
    ((x / by) << 32) + ((x % by) << 32) / by
}
