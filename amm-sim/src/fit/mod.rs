//! Raw SVI from quotes: the quasi-explicit method (De Marco and Martini, Zeliade 2009).
//!
//! With the centre m and the width σ held, total variance is linear in the level and in the two wings'
//! slopes, so the best of those three is solved for exactly within their bounds (`explicit`); what is
//! left is a search in two dimensions (`simplex`). Bounds and penalties keep the search where the
//! core's own checks hold; its result is rounded to short decimals and then held to those checks.
//!
//! What comes out is an input of the engine, decimals in a file, so binary floating point is allowed here:
//! sums, products, quotients and square roots alone, which every machine rounds alike. Logarithms
//! are the core's.
#![allow(clippy::float_arithmetic, reason = "a fit's result is rounded to decimals and checked")]

mod explicit;
mod shape;
mod simplex;

use amm_core::num::decimal::Decimal;
use amm_core::num::{OutOfRange, Real, Seconds};
use amm_core::surface::{Slice, Svi, butterfly, calendar};
use explicit::Bounds;
use shape::Shape;

/// One quote as the fit sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// ln(K/F).
    pub k: f64,
    /// Total variance halfway between bid and ask.
    pub w: f64,
    /// Half of what lies between bid and ask, in total variance: the residual's unit.
    pub half: f64,
}

/// Why no slice was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Five parameters take five quotes.
    #[error("{quotes} two-sided quotes, and a slice takes 5")]
    TooFew {
        /// How many there are.
        quotes: usize,
    },
    /// No slice near the quotes passed the core's checks.
    #[error(
        "no slice near the quotes is free of arbitrage by itself and against the expiry before"
    )]
    Arbitrage,
}

/// The slice nearest to the quotes that has no butterfly, and no calendar spread against `near`.
///
/// Deterministic: the same points give the same decimals on every machine.
///
/// # Errors
///
/// [`FitError`].
pub fn calibrate(points: &[Point], near: Option<&Svi>) -> Result<Svi, FitError> {
    if points.len() < 5 {
        return Err(FitError::TooFew { quotes: points.len() });
    }
    let before = near.map(Shape::of);
    // The search keeps a margin; it widens until what is rounded passes.
    for margin in [1e-4, 1e-3, 5e-3, 2e-2, 0.1] {
        let shape = search(points, before.as_ref(), margin);
        if let Some(svi) = rounded(&shape).filter(|svi| passes(svi, near)) {
            return Ok(svi);
        }
    }
    Err(FitError::Arbitrage)
}

/// The core's own verdict.
fn passes(svi: &Svi, near: Option<&Svi>) -> bool {
    let slice = Slice::Svi(*svi);
    // Neither slice reads its time.
    let rises =
        |near: &Svi| calendar((&Slice::Svi(*near), Seconds::ZERO), (&slice, Seconds::ZERO)).is_ok();
    butterfly(&slice).is_ok() && near.is_none_or(rises)
}

/// The best of several descents in the centre and the width, both in deviations.
///
/// A bend narrower than 0.15 deviations is a kink that no quotes show; one wider than 15, a parabola.
fn search(points: &[Point], near: Option<&Shape>, margin: f64) -> Shape {
    let middle = middle(points);
    let scale = middle.sqrt();
    let try_at = |centre: f64, width: f64| -> (f64, Shape) {
        let (m, sigma) = (centre * scale, width * scale);
        if !(1e-6..=64.0).contains(&sigma) || !(0.15..=15.0).contains(&width) || centre.abs() > 10.0
        {
            return (f64::INFINITY, Shape::default());
        }
        let bounds = Bounds::new(sigma, middle, near, margin);
        let Some(shape) = explicit::solve(points, m, sigma, &bounds) else {
            return (f64::INFINITY, Shape::default());
        };
        let shape = shape.lifted(near, middle, margin);
        (misfit(points, &shape) + shape.penalty(margin), shape)
    };
    let mut best = (f64::INFINITY, Shape::default());
    for width in [0.3, 0.7, 1.5, 4.0] {
        for centre in [-0.7, 0.0, 0.7] {
            let at = simplex::descend([centre, width], 0.25, |[x, y]| try_at(x, y).0);
            let found = try_at(at[0], at[1]);
            if found.0 < best.0 {
                best = found;
            }
        }
    }
    best.1
}

/// The mean of the squared residuals, each in its own unit.
fn misfit(points: &[Point], shape: &Shape) -> f64 {
    let residual = |point: &Point| (shape.at(point.k) - point.w) / point.half;
    let squares = points.iter().map(residual).map(|x| x * x);
    squares.sum::<f64>() / points.len() as f64
}

/// The total variance of the quote nearest to the forward.
fn middle(points: &[Point]) -> f64 {
    let nearest = points.iter().min_by(|a, b| a.k.abs().total_cmp(&b.k.abs()));
    nearest.map_or(1.0, |point| point.w.max(1e-9))
}

/// Parameters of six significant digits.
fn rounded(shape: &Shape) -> Option<Svi> {
    let short = |x: f64| -> Option<Real> {
        Decimal::parse(format!("{x:.5e}").as_bytes()).ok()?.to_real(0).ok()
    };
    let Shape { a, b, rho, m, sigma } = *shape;
    let svi = Svi::new(short(a)?, short(b)?, short(rho)?, short(m)?, short(sigma)?);
    svi.map_err(|error: OutOfRange| error).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svi(a: &str, b: &str, rho: &str, m: &str, sigma: &str) -> Svi {
        let [a, b, rho, m, sigma] = [a, b, rho, m, sigma].map(|text| text.parse().unwrap());
        Svi::new(a, b, rho, m, sigma).unwrap()
    }

    fn quotes(of: &Svi, reach: f64, count: u32) -> Vec<Point> {
        let shape = Shape::of(of);
        let step = 2.0 * reach / f64::from(count - 1);
        let at = |n| {
            let k = f64::from(n) * step - reach;
            Point { k, w: shape.at(k), half: 0.01 * shape.at(k) }
        };
        (0..count).map(at).collect()
    }

    #[test]
    fn quotes_of_a_slice_give_it_back() {
        for of in [
            svi("0.01", "0.08", "-0.3", "0.01", "0.12"),
            svi("0.0004", "0.012", "0.2", "-0.005", "0.03"),
            svi("0.15", "0.2", "-0.5", "0.1", "0.4"),
        ] {
            let points = quotes(&of, 3.0 * middle(&quotes(&of, 0.1, 21)).sqrt(), 25);
            let found = Shape::of(&calibrate(&points, None).unwrap());
            for point in &points {
                let off = (found.at(point.k) - point.w).abs() / point.w;
                assert!(off < 2e-4, "{of:?} came back as {found:?}: {off} at {}", point.k);
            }
        }
    }

    /// Quotes of Vogt's slice have a butterfly in them: what is fitted has none, and stays near.
    #[test]
    fn arbitrage_in_the_quotes_is_not_fitted() {
        let vogt = svi("-0.0410", "0.1331", "0.3060", "0.3586", "0.4153");
        let points = quotes(&vogt, 1.5, 41);
        let found = calibrate(&points, None).unwrap();
        assert!(passes(&found, None) && !passes(&vogt, None));
        let shape = Shape::of(&found);
        let worst = points.iter().map(|p| (shape.at(p.k) - p.w).abs() / p.w).fold(0.0, f64::max);
        assert!(worst < 0.25, "{found:?} is off by {worst}");
    }

    #[test]
    fn a_later_slice_stays_above_the_one_before() {
        let near = svi("0.01", "0.08", "-0.3", "0.01", "0.12");
        let points = quotes(&svi("0.009", "0.075", "-0.2", "0.01", "0.12"), 0.5, 21);
        let found = calibrate(&points, Some(&near)).unwrap();
        assert!(passes(&found, Some(&near)), "{found:?}");
        assert_eq!(calibrate(&points, Some(&near)), Ok(found));
    }

    #[test]
    fn few_quotes_are_refused() {
        let points = quotes(&svi("0.01", "0.08", "-0.3", "0.01", "0.12"), 0.5, 4);
        assert_eq!(calibrate(&points, None), Err(FitError::TooFew { quotes: 4 }));
    }
}
