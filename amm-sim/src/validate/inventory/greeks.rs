//! M2: quotes move with the net gamma and vega of the inventory (Stoikov and Sağlam 2009).
//!
//! With one band of spot and one expiry a pool of net loop gain x adds σ²T·½S²Γ·(1/(1 − x)² − 1) to an
//! option's value: 2x to its variance for small x, the same shift of volatility for every strike.

use super::super::{Effort, Family, Fault, Row, or_refusal};
use super::{DEPTH, FORWARD, Listing, shifts, size};
use amm_core::num::{Real, Size, Vol};
use amm_core::quote::Desk;
use amm_core::skew::{Bands, Gain, SkewError};

pub(in crate::validate) const FAMILY: Family = Family { ids: &["M2"], cost_ms: [5, 5], rows };

/// What the core's own rounding of a desk may take off: prices to 2⁻⁵⁴, books to atoms, and the taper
/// of gamma near the money.
const CUT: f64 = 1e-6;

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("M2", measure(fault))
}

/// A month, nine strikes within a deviation of the forward.
pub(super) fn one_expiry() -> Result<Listing, SkewError> {
    let strikes = (0..9).map(|step| FORWARD + (step - 4) * Real::lit("2000")).collect();
    let gain = Gain { bands: Bands::One, ..Gain::default() };
    Ok(Listing { days: vec![30], strikes, vol: Vol::new(Real::lit("0.65"))?, gain })
}

/// Dollar gamma and vega of one contract of each line.
fn greeks(desk: &Desk) -> Vec<(Real, Real)> {
    let of = |at| (desk.valued(at).dollar_gamma, desk.valued(at).value.vega);
    desk.lines().map(of).collect()
}

/// A book with a net loop gain of `gain`, all in one line on top of what `other` lines hold.
pub(super) fn book(
    listing: &Listing,
    gain: Real,
    line: usize,
    other: &[(usize, Real)],
) -> Result<Vec<Size>, SkewError> {
    let empty = listing.desk(&vec![Size::ZERO; listing.lines()], None)?;
    let greeks = greeks(&empty);
    let mut contracts = vec![Real::ZERO; listing.lines()];
    other.iter().for_each(|&(line, held)| contracts[line] = held);
    let net = contracts
        .iter()
        .zip(&greeks)
        .fold(Real::ZERO, |sum, (&held, &(gamma, _))| sum + held * gamma);
    contracts[line] += (gain * DEPTH - net) / greeks[line].0;
    Ok(contracts.into_iter().map(size).collect())
}

fn measure(fault: Option<Fault>) -> Result<Vec<Row>, SkewError> {
    let listing = one_expiry()?;
    let mut rows = Vec::new();
    for name in ["0.0001", "0.1", "0.25", "-0.03"] {
        let gain = Real::lit(name);
        let desk = listing.desk(&book(&listing, gain, 4, &[])?, fault)?;
        let (greeks, variance) = (greeks(&desk), desk.board.rows[0].variance);
        // Of the strike at the forward: over σ²T times half its dollar gamma.
        let shift = shifts(&desk)[4] / (variance * greeks[4].0 / 2);
        let x = gain.to_num::<f64>();
        let theory = (1.0 / ((1.0 - x) * (1.0 - x)) - 1.0) / x;
        let measured = shift.to_num::<f64>() / x;
        let what = format!("net gain {name}: relative shift of variance over the gain; exact");
        rows.push(Row::within("M2", what, measured, theory, 2.0 * CUT));
    }
    // Short the middle; short the wings; long a wing against the rest: the same net gamma.
    let gain = Real::lit("0.1");
    let wings = [(0, Real::lit("300")), (8, Real::lit("200"))];
    let spread = [(1, Real::lit("-400")), (7, Real::lit("500"))];
    let plain = shifts(&listing.desk(&book(&listing, gain, 4, &[])?, fault)?);
    for (name, other) in [("wings", wings), ("a spread", spread)] {
        let desk = listing.desk(&book(&listing, gain, 5, &other)?, fault)?;
        let apart = furthest(&shifts(&desk), &plain);
        let what = format!("{name} and one strike of the same net gamma: shifts that differ most");
        rows.push(Row::within("M2", what, apart, 1.0, CUT));
    }
    let desk = listing.desk(&book(&listing, gain, 5, &spread)?, fault)?;
    let vols: Vec<f64> = shifts(&desk)
        .iter()
        .zip(greeks(&desk))
        .map(|(&shift, (_, vega))| (shift / vega).to_num())
        .collect();
    let theory = 0.65 / 2.0 * (1.0 / 0.81 - 1.0);
    let names = ["least", "greatest"];
    let ends = [f64::min, f64::max].map(|end| vols.iter().copied().reduce(end));
    for (name, vol) in names.into_iter().zip(ends) {
        let what = format!("net vega of gain .1: {name} shift of volatility of any strike");
        rows.push(Row::within("M2", what, vol.unwrap_or(f64::NAN), theory, theory * CUT));
    }
    Ok(rows)
}

/// The ratio of two desks' shifts that is furthest from one.
pub(super) fn furthest(some: &[Real], others: &[Real]) -> f64 {
    let ratio = |(&a, &b): (&Real, &Real)| a.to_num::<f64>() / b.to_num::<f64>();
    let further = |a: f64, b: f64| if (b - 1.0).abs() > (a - 1.0).abs() { b } else { a };
    some.iter().zip(others).map(ratio).reduce(further).unwrap_or(f64::NAN)
}
