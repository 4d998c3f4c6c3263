//! Laws of the surface: shape, arbitrage, total variance and volatility.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::{between, inside};
use super::{Verdict, ensure};
use crate::math;
use crate::num::{Discount, OutOfRange, Price, Real, Seconds, TotalVariance, Vol};
use crate::pricing::{Expiry, price};
use crate::surface::{LOG_MONEYNESS_MAX, Slice, SurfaceError, Svi};

/// Two slices, a time, and two log-moneynesses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Case {
    /// A slice.
    pub near: Slice,
    /// Another, often `near` with more of one parameter.
    pub far: Slice,
    /// Time left, above zero.
    pub time: Seconds,
    /// A log-moneyness, mostly where options are listed.
    pub k: Real,
    /// Another, no less.
    pub next: Real,
    /// A volatility.
    pub vol: Vol,
}

impl Case {
    /// A case out of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut zeros = [0; 512];
        let length = bytes.len().min(zeros.len());
        zeros[..length].copy_from_slice(&bytes[..length]);
        Unstructured::new(&zeros).arbitrary().unwrap_or(Self {
            near: Slice::Flat(Vol::MAX),
            far: Slice::Flat(Vol::MAX),
            time: Seconds::MAX,
            k: Real::ZERO,
            next: Real::ONE,
            vol: Vol::MAX,
        })
    }
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let near: Svi = u.arbitrary()?;
        let far = if u.arbitrary()? { u.arbitrary()? } else { more(u, near)? };
        let reach = if u.ratio(3, 4)? { Real::ONE } else { LOG_MONEYNESS_MAX };
        let (k, next) = (between(u, -reach, reach)?, between(u, -reach, reach)?);
        let (k, next) = (k.min(next), k.max(next));
        let time = inside(Seconds::new(u.int_in_range(1..=946_080_000)?));
        let flat = Slice::Flat(u.arbitrary()?);
        let near = if u.ratio(1, 16)? { flat } else { Slice::Svi(near) };
        Ok(Self { near, far: Slice::Svi(far), time, k, next, vol: u.arbitrary()? })
    }
}

impl<'a> Arbitrary<'a> for Svi {
    /// Mostly as fitted to listed quotes, else anywhere in the ranges.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let listed = u.ratio(7, 8)?;
        let (b, far, sigma) = if listed { ("0.4", "0.3", "0.5") } else { ("4", "64", "64") };
        let [b, far, sigma] = [b, far, sigma].map(inside_real);
        let b = between(u, Real::ZERO, b)?;
        let rho = between(u, inside_real("-0.9999"), inside_real("0.9999"))?;
        let m = between(u, -far, far)?;
        let sigma = between(u, inside_real("0.000001"), sigma)?;
        let bend = b * sigma * inside(math::sqrt(Real::ONE - rho * rho));
        let least = if listed { inside_real("0.1") } else { inside_real("11999") };
        let least = between(u, Real::ZERO, least)?;
        Ok(inside(Self::new(least - bend + Real::DELTA, b, rho, m, sigma)))
    }
}

fn inside_real(text: &str) -> Real {
    text.parse().unwrap_or(Real::ONE)
}

/// A slice higher than `svi`, or as high and steeper.
fn more(u: &mut Unstructured<'_>, svi: Svi) -> Result<Svi> {
    let up = between(u, Real::ZERO, inside_real("0.1"))?;
    let steeper = between(u, Real::ZERO, inside_real("0.01"))?;
    let (a, b) =
        if u.arbitrary()? { (svi.a() + up, svi.b()) } else { (svi.a(), svi.b() + steeper) };
    Ok(Svi::new(a, b, svi.rho(), svi.m(), svi.sigma()).unwrap_or(svi))
}

/// How total variance is read off a slice, and how a volatility.
pub type Read<T> = fn(&Slice, Real, Seconds) -> core::result::Result<T, OutOfRange>;

/// The error of w in bits of [`Real`]: the stated 1 + b(2 + 12R), with R no more than |k − m| + σ.
fn slack(slice: &Slice, k: Real) -> Real {
    let Slice::Svi(svi) = slice else { return Real::DELTA };
    let root = (k - svi.m()).abs() + svi.sigma() + Real::ONE;
    Real::from_bits(2 + (svi.b() * (root * 12 + Real::ONE * 2)).to_bits() / (1 << 64))
}

/// A smile is convex: halfway between two log-moneynesses it is no higher than the mean of its values.
///
/// # Errors
///
/// How it is broken.
pub fn convex(read: Read<TotalVariance>, case: &Case) -> Verdict {
    let middle = Real::from_bits((case.k.to_bits() + case.next.to_bits()) >> 1);
    let at = |k| read(&case.near, k, case.time).map(TotalVariance::get);
    let (Ok(left), Ok(here), Ok(right)) = (at(case.k), at(middle), at(case.next)) else {
        return Ok(());
    };
    // The middle may be half an ulp off, and slopes are under 8.
    let slack = slack(&case.near, case.k) + slack(&case.near, case.next) + Real::DELTA * 16;
    let bulge = here + here - left - right;
    ensure!(bulge <= slack * 2, "w({middle}) bulges by {bulge} over {} and {}", case.k, case.next);
    Ok(())
}

/// A volatility's total variance gives the volatility back.
///
/// # Errors
///
/// How it is broken.
pub fn vol_round_trip(
    there: fn(Vol, Seconds) -> TotalVariance,
    back: fn(TotalVariance, Seconds) -> core::result::Result<Vol, OutOfRange>,
    case: &Case,
) -> Verdict {
    let w = there(case.vol, case.time);
    let Ok(vol) = back(w, case.time) else {
        // Rounded down, the least volatility may leave its range.
        ensure!(w.get() < Real::lit("0.000001"), "{w} is of {} and has none", case.vol);
        return Ok(());
    };
    // A volatility off by 2⁻⁶¹ of itself and an ulp is off by 2⁻⁶⁰ of w and 2σT ulps.
    let again = there(vol, case.time);
    let years = i128::from(case.time.get()) / 31_536_000 + 1;
    let whole = (case.vol.get().to_bits() >> 64) + 1;
    let bound = (w.get().to_bits() >> 60) + 2 * whole * years + 2;
    let off = again.get() - w.get();
    ensure!(off.to_bits().abs() <= bound, "{w} of {} comes back as {again} of {vol}", case.vol);
    Ok(())
}

/// A check of one slice.
pub type Butterfly = fn(&Slice) -> core::result::Result<(), SurfaceError>;

/// What passes the check has prices convex in the strike, by Black at the slice's own volatilities.
///
/// # Errors
///
/// How it is broken.
pub fn accepted_is_convex(check: Butterfly, case: &Case) -> Verdict {
    if check(&case.near).is_err() {
        return Ok(());
    }
    // One unit of forward is 2³⁰: a price is off by 2⁻⁵⁸ of it, volatility by 2⁻⁵⁸ at most.
    let forward = inside(Price::new(Real::from_bits(1 << 94)));
    let year = inside(Seconds::new(31_536_000));
    let expiry = inside(Expiry::new(forward, year, Discount::MAX));
    let step = inside_real("0.02");
    let call = |k: Real| {
        let strike = math::exp(k).ok()?.checked_mul(forward.get())?;
        let strike = Price::new(strike).ok()?;
        let vol = case.near.vol(k, year).ok()?;
        Some((strike.get(), price(&expiry, strike, vol).call))
    };
    let low = case.k.clamp(-Real::ONE, Real::ONE);
    let Some([(a, first), (b, second), (c, third)]) =
        call(low).zip(call(low + step)).zip(call(low + step * 2)).map(|((a, b), c)| [a, b, c])
    else {
        return Ok(());
    };
    // (first − second)/(b − a) ≥ (second − third)/(c − b), in units of the forward
    let unit = |x: Real| x >> 30;
    let bulge = unit(second - third) * unit(b - a) - unit(first - second) * unit(c - b);
    ensure!(bulge <= inside_real("1e-12"), "calls at {a}, {b}, {c} are concave by {bulge}");
    Ok(())
}

/// A check of two slices, each with its time.
pub type Calendar =
    fn((&Slice, Seconds), (&Slice, Seconds)) -> core::result::Result<(), SurfaceError>;

/// What passes the check has no less total variance later, but for what the evaluation is off by.
///
/// # Errors
///
/// How it is broken.
pub fn accepted_does_not_fall(check: Calendar, case: &Case) -> Verdict {
    if check((&case.near, case.time), (&case.far, case.time)).is_err() {
        return Ok(());
    }
    for k in [case.k, case.next] {
        let at = |slice: &Slice| slice.total_variance(k, case.time).map(TotalVariance::get);
        let (Ok(near), Ok(far)) = (at(&case.near), at(&case.far)) else { continue };
        ensure!(near - far <= Real::lit("1e-9"), "from {near} to {far} at {k}");
    }
    Ok(())
}
