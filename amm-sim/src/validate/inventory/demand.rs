//! M4: demand for one option moves the price of another in proportion to the covariance of what of the
//! two cannot be hedged (Gârleanu, Pedersen and Poteshman 2009).
//!
//! What a delta hedge leaves of an option over a short time is ½Γ(ΔS² − its mean), here measured with the
//! core's prices and deltas; what demand does to prices is read off the pool's quotes before and after a
//! sale. In one band the two are proportional for all pairs, by 2θT/(Lσ²δ²). In five bands, which pool what
//! happens in the same part of the price's range, it is the covariance between bands.

use super::super::hedging::hedged;
use super::super::luck::Luck;
use super::super::moments::{ERRORS, Moments, paths};
use super::super::{Effort, Family, Fault, Row, or_refusal};
use super::{DEPTH, FORWARD, Listing, life, shifts, size};
use amm_core::math::{exp, sqrt};
use amm_core::num::{Discount, OutOfRange, Price, Real, Seconds, Size, Vol, YEAR_S};
use amm_core::pricing::{Expiry, value};
use amm_core::skew::{Bands, Gain, SkewError};

pub(in crate::validate) const FAMILY: Family = Family { ids: &["M4"], cost_ms: [60, 1_300], rows };

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    let mut rows = or_refusal("M4", at_once(effort, fault));
    rows.extend(or_refusal("M4", between_bands(effort, fault)));
    rows
}

/// No discount for long gamma, so that the taper of far strikes need not be felt.
const PLAIN: Gain = Gain {
    theta: Real::ONE,
    min: Real::ZERO,
    max: Real::lit("0.3"),
    refuse_below: Real::NEG_ONE,
    refuse_above: Real::lit("0.5"),
    bands: Bands::One,
    taper: Real::lit("0.001"),
    locality: Real::ONE,
};

/// By how much every quote rises for each line sold, a row for each line.
fn pressures(listing: &Listing, fault: Option<Fault>) -> Result<Vec<Vec<f64>>, SkewError> {
    let sold = Real::lit("0.01");
    let of = |line: usize| {
        let mut book = vec![Size::ZERO; listing.lines()];
        let before = shifts(&listing.desk(&book, fault)?);
        book[line] = size(sold);
        let after = shifts(&listing.desk(&book, fault)?);
        let rise = |(after, before): (&Real, &Real)| ((*after - before) / sold).to_num();
        Ok(after.iter().zip(&before).map(rise).collect())
    };
    (0..listing.lines()).map(of).collect()
}

/// Seconds over which an option is left to its hedge.
const SHORT_S: u32 = 60;

/// Of pairs' ratios: what is of third order in a move, a third of d·√(δ/T) of the rest.
const ORDER: f64 = 1e-3;

fn at_once(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SkewError> {
    let count = effort.pick(20_000, 400_000);
    let strikes: Vec<Real> = (0..5).map(|step| FORWARD + (step - 2) * Real::lit("4000")).collect();
    let vol = Vol::new(Real::lit("0.65"))?;
    let listing = Listing { days: vec![30], strikes, vol, gain: PLAIN };
    let pressures = pressures(&listing, fault)?;
    let luck = Luck::new(1_401, fault);
    let lefts = paths(count, |path| left(&listing, luck, path, fault));
    let lefts = lefts.into_iter().collect::<Result<Vec<Vec<f64>>, OutOfRange>>()?;
    let means: Vec<f64> = (0..listing.lines())
        .map(|line| lefts.iter().map(|left| left[line]).sum::<f64>() / count as f64)
        .collect();
    // What each path adds to the covariance of a pair.
    let products = |i: usize, j: usize| -> Vec<f64> {
        lefts.iter().map(|left| (left[i] - means[i]) * (left[j] - means[j])).collect()
    };
    let Moments { mean: middle, mean_error, .. } = Moments::of(&products(2, 2));
    let mut ratios = Vec::new();
    for i in 0..listing.lines() {
        for (j, pressure) in pressures[i].iter().enumerate() {
            let covariance = Moments::of(&products(i, j)).mean;
            ratios.push(pressure / pressures[2][2] / (covariance / middle));
        }
    }
    let mut rows = Vec::new();
    let names = ["least", "greatest"];
    let ends = [f64::min, f64::max].map(|end| ratios.iter().copied().reduce(end));
    for (name, ratio) in names.into_iter().zip(ends) {
        let what = format!(
            "pressure over covariance of what hedges leave, {name} of 25 pairs over that at the money"
        );
        rows.push(Row::within("M4", what, ratio.unwrap_or(f64::NAN), 1.0, ORDER));
    }
    let year = f64::from(YEAR_S);
    let (time, short) = (f64::from(life(30)?.get()) / year, f64::from(SHORT_S) / year);
    let variance = 0.65 * 0.65;
    let theory = 2.0 * time / (DEPTH.to_num::<f64>() * variance * short * short);
    let measured = pressures[2][2] / middle / theory;
    let what = format!("the same at the money over 2 theta T/(L sigma^2 dt^2), {count} paths");
    let tolerance = ERRORS * mean_error / middle + ORDER;
    rows.push(Row::within("M4", what, measured, 1.0, tolerance));
    Ok(rows)
}

/// What a delta hedge leaves of each line over [`SHORT_S`].
fn left(
    listing: &Listing,
    luck: Luck,
    path: u64,
    fault: Option<Fault>,
) -> Result<Vec<f64>, OutOfRange> {
    let time = Real::from(SHORT_S) / i128::from(YEAR_S);
    let deviation = listing.vol.get() * sqrt(time)?;
    let normal = luck.draws(path, 0, 0).normal();
    let after = FORWARD * exp(deviation * (normal - deviation / 2))?;
    let whole = life(listing.days[0])?;
    let less = Seconds::new((whole.get() - SHORT_S).into())?;
    let hedged = hedged(fault);
    let left = |&strike: &Real| {
        let strike = Price::new(strike)?;
        let at = |forward, time| -> Result<_, OutOfRange> {
            let expiry = Expiry::new(Price::new(forward)?, time, Discount::MAX)?;
            Ok(value(&expiry, strike, listing.vol))
        };
        let (first, last) = (at(FORWARD, whole)?, at(after, less)?);
        let gained = last.prices.call - first.prices.call;
        Ok((gained - hedged * first.delta_call * (after - FORWARD)).to_num())
    };
    listing.strikes.iter().map(left).collect()
}

/// Paths in a batch, of which there are [`BATCHES`] for the error.
const BATCHES: u64 = 40;

/// Pairs of lines: two strikes of the near expiry, one strike in both, and two strikes across.
const PAIRS: [(usize, usize, &str); 4] = [
    (0, 2, "near, 1.5 deviations apart"),
    (0, 4, "near, 3 deviations apart"),
    (2, 7, "one strike, near and far"),
    (0, 7, "1.5 near deviations apart, near and far"),
];

fn between_bands(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SkewError> {
    let each = effort.pick(400, 8_000);
    // So little volatility that lognormal is normal, as the bands take it.
    let vol = Vol::new(Real::lit("0.02"))?;
    let days = vec![7, 30];
    let near = Real::lit("0.02") * sqrt(Real::from(7_u32) / 365)?;
    let strike = |step: i128| Ok(FORWARD * exp(near * (step - 2) * 3 / 4)?);
    let strikes = (0..5).map(strike).collect::<Result<Vec<Real>, OutOfRange>>()?;
    let gain = Gain { bands: Bands::Five, ..PLAIN };
    let listing = Listing { days, strikes, vol, gain };
    let pressures = pressures(&listing, fault)?;
    let luck = Luck::new(1_402, fault);
    let batches = paths(BATCHES, |batch| covariances(&listing, luck, batch, each));
    let batches = batches.into_iter().collect::<Result<Vec<Vec<Vec<f64>>>, OutOfRange>>()?;
    let mut rows = Vec::new();
    for (i, j, name) in PAIRS {
        let part = |batch: &Vec<Vec<f64>>| [batch[i][j], batch[i][i], batch[j][j]];
        let parts: Vec<[f64; 3]> = batches.iter().map(part).collect();
        let mean =
            |which: usize| parts.iter().map(|part| part[which]).sum::<f64>() / parts.len() as f64;
        let means = [mean(0), mean(1), mean(2)];
        let theory = means[0] / (means[1] * means[2]).sqrt();
        let influence: Vec<f64> = parts
            .iter()
            .map(|part| {
                let [both, one, other] = [0, 1, 2].map(|which| part[which] / means[which]);
                theory * (both - one / 2.0 - other / 2.0)
            })
            .collect();
        let measured = pressures[i][j] / (pressures[i][i] * pressures[j][j]).sqrt();
        let what = format!("five bands, {name}: pressure as a correlation; of what hedges leave");
        let tolerance = ERRORS * Moments::of(&influence).mean_error + SKEWED;
        rows.push(Row::within("M4", what, measured, theory, tolerance));
    }
    Ok(rows)
}

/// Half of σ√T, by which a lognormal price leans from where the bands take it to be.
const SKEWED: f64 = 0.003;

/// Σ over buckets of their variance and over bands of probability times the product of both lines' mean
/// dollar gamma there, by simulation.
fn covariances(
    listing: &Listing,
    luck: Luck,
    batch: u64,
    each: u64,
) -> Result<Vec<Vec<f64>>, OutOfRange> {
    let count = listing.lines();
    let mut sums = vec![vec![0.0; count]; count];
    let mut begins = 0;
    for (bucket, &days) in listing.days.iter().enumerate() {
        let ends = life(days)?.get();
        let middle = Real::from(begins + ends) / 2;
        let deviation = listing.vol.get() * sqrt(middle / i128::from(YEAR_S))?;
        let mut draws = luck.draws(batch, bucket as u64, 0);
        // In halves, so that no half's luck is multiplied by itself.
        let mut bands = [[0_u32; 5]; 2];
        let mut gammas = vec![[[0.0; 5]; 2]; count];
        for half in (0..each).map(|path| path as usize % 2) {
            let normal = draws.normal();
            let band =
                (normal + Real::lit("2.5")).clamp(Real::ZERO, Real::lit("4")).to_num::<usize>();
            bands[half][band] += 1;
            let spot = Price::new(FORWARD * exp(deviation * normal)?)?;
            for (row, &days) in listing.days.iter().enumerate().skip(bucket) {
                let time = Seconds::new((life(days)?.get() - (begins + ends) / 2).into())?;
                let expiry = Expiry::new(spot, time, Discount::MAX)?;
                for (place, &strike) in listing.strikes.iter().enumerate() {
                    let call = value(&expiry, Price::new(strike)?, listing.vol);
                    let line = row * listing.strikes.len() + place;
                    gammas[line][half][band] += (call.gamma_forward * spot.get()).to_num::<f64>();
                }
            }
        }
        let variance = f64::from(ends - begins);
        let mean = |line: usize, half: usize, band: usize| {
            gammas[line][half][band] / f64::from(bands[half][band].max(1))
        };
        let share = |band: usize| f64::from(bands[0][band] + bands[1][band]) / each as f64;
        let shares: [f64; 5] = std::array::from_fn(share);
        for (line, sums) in sums.iter_mut().enumerate() {
            for (other, sum) in sums.iter_mut().enumerate() {
                for (band, share) in shares.iter().enumerate() {
                    let product = mean(line, 0, band) * mean(other, 1, band)
                        + mean(line, 1, band) * mean(other, 0, band);
                    *sum += variance * share * product / 2.0;
                }
            }
        }
        begins = ends;
    }
    Ok(sums)
}
