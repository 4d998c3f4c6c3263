//! All listed options valued on the base surface.

use alloc::vec::Vec;

use crate::math::{mul_wide, sqrt};
use crate::num::{OutOfRange, Price, Real, Seconds, Timestamp, Vol, YEAR_S};
use crate::pricing::{Expiry, Shared, Valuation};

/// A strike with its two options' values on the base surface.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Valued {
    /// Above zero.
    pub strike: Price,
    /// Of the base surface.
    pub vol: Vol,
    /// σ²T.
    pub variance: Real,
    /// ln(K/F)/(σ√T), cut to ±64; zero at a limit.
    pub deviations: Real,
    /// DF·F²·Γ: what a delta hedger trades when the forward moves by 100 % (both linear), in cash.
    pub dollar_gamma: Real,
    /// Prices and Greeks.
    pub value: Valuation,
}

/// One expiry of the board.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// When.
    pub stamp: Timestamp,
    /// Forward, time and discount factor.
    pub expiry: Expiry,
    /// Total variance at the forward.
    pub variance: Real,
    /// By strike.
    pub lines: Vec<Valued>,
}

/// The base surface's values of everything that is listed, by expiry and strike.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Board {
    /// Expiries ascending.
    pub rows: Vec<Row>,
}

impl Board {
    /// σ²Δ of each bucket: how much total variance at the forward an expiry adds to the one before
    /// it, zero where it adds none.
    pub fn bucket_variances(&self) -> impl Iterator<Item = Real> {
        let mut before = Real::ZERO;
        self.rows.iter().map(move |row| {
            let variance = (row.variance - before).max(Real::ZERO);
            before = before.max(row.variance);
            variance
        })
    }
}

/// The furthest a strike is told apart, in standard deviations.
const FAR: Real = Real::lit("64");

/// The greatest dollar gamma of one contract that is kept, 2⁶²: beyond it the weight of a contract
/// stops growing.
const GAMMA_MAX: i128 = 1 << 126;

impl Row {
    /// Values `strikes` by the volatilities that `vol` gives for a log-moneyness ln(K/F).
    ///
    /// # Errors
    ///
    /// Those of `vol`, and [`OutOfRange`] for a forward of zero, of which no logarithm can be taken.
    pub fn new<E: From<OutOfRange>>(
        stamp: Timestamp,
        expiry: Expiry,
        strikes: impl Iterator<Item = Price>,
        vol: impl Fn(Real) -> Result<Vol, E>,
    ) -> Result<Self, E> {
        let time = expiry.time();
        let root = sqrt(years(time))?;
        let zero = OutOfRange {
            what: "forward or strike of a listed option",
            got: Real::ZERO,
            min: Real::DELTA,
            max: Price::MAX.get(),
        };
        let shared = Shared::new(&expiry).ok_or(zero)?;
        let line = |strike| -> Result<Valued, E> {
            let x = shared.log_moneyness(strike).ok_or(zero)?;
            let k = Real::from_bits((x + (1 << 31)) >> 32);
            let vol = vol(k)?;
            let value = shared.value(strike, x, vol);
            Ok(Valued {
                strike,
                vol,
                variance: variance(vol, time),
                deviations: deviations(k, vol.get() * root),
                dollar_gamma: dollar_gamma(&expiry, &value),
                value,
            })
        };
        let mut lines = Vec::with_capacity(strikes.size_hint().0);
        for strike in strikes {
            lines.push(line(strike)?);
        }
        let variance = variance(vol(Real::ZERO)?, time);
        Ok(Self { stamp, expiry, variance, lines })
    }
}

/// T in years, rounded down.
fn years(time: Seconds) -> Real {
    Real::from_bits(((time.get() as i128) << 64) / YEAR_S as i128)
}

/// σ²T, rounded down; at most 20²·30.
fn variance(vol: Vol, time: Seconds) -> Real {
    let vol = vol.get().to_bits() as u128; // under 2⁶⁹
    let square = mul_wide(vol, vol as u64) + vol * (vol >> 64); // under 2⁷³
    let all = square * time.get() as u128; // under 2¹⁰³
    // Long division in base 2³², a year being under 2²⁵ seconds.
    let (year, low) = (YEAR_S as u64, all as u64);
    let (first, rest) = ((all >> 64) as u64 / year, (all >> 64) as u64 % year);
    let next = rest << 32 | low >> 32;
    let (second, rest) = (next / year, next % year);
    let third = (rest << 32 | low & 0xffff_ffff) / year;
    Real::from_bits(((first as i128) << 64) + ((second as i128) << 32) + third as i128)
}

/// k/v, cut to ±64; zero where v is.
fn deviations(k: Real, v: Real) -> Real {
    if v <= 0 {
        return Real::ZERO;
    }
    // |k| < 2⁶, so its bits may go up by 56.
    let ratio = (k.to_bits() << 56) / v.to_bits();
    Real::from_bits(ratio.clamp(-(1 << 62), 1 << 62) << 8).clamp(-FAR, FAR)
}

fn dollar_gamma(expiry: &Expiry, value: &Valuation) -> Real {
    let (forward, gamma) = (expiry.forward().get(), value.gamma_forward);
    match forward.checked_mul(gamma) {
        Some(product) if product.to_bits() < GAMMA_MAX => product,
        _ => Real::from_bits(GAMMA_MAX),
    }
}
