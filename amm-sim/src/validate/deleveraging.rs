//! R9: with concave impact selling to reduce leverage first raises it, and beyond a critical leverage
//! a position is worth less than its debt when all is sold (Caccioli, Bouchaud and Farmer 2012).
//!
//! A position worth 1 with debt 1 − 1/λ is sold through the simulator's venue, and debt paid with what it
//! brings. After a share x is sold the price is e^−g(x), and with g = ι√x the sales have brought
//! (2/ι²)·(1 − e^−ι√x·(1 + ι√x)): leverage is (1 − x)·e^−ι√x over that plus what was brought less the debt.
//! For small ι the critical leverage is 3/(2ι).

use super::market::Market;
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::math::{exp, sqrt};
use amm_core::num::{OutOfRange, Real};
use amm_loop::spot::{Impact, Shape, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["R9"], cost_ms: [20, 20], rows };

/// ι: how far selling all moves ln price.
const IMPACT: Real = Real::lit("0.2");

/// A linear core of that much, in roots of the position.
const CORE: Real = Real::lit("0.000001");

/// Cash the position is worth.
const WORTH: Real = Real::lit("1000000000");

/// Sales in which it goes.
const SALES: u32 = 2_000;

/// What sales and the core take off: 1/6 of ι√h·h in the first sale of h, and less in all others.
const CUT: f64 = 1e-5;

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("R9", measure(fault))
}

fn measure(fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let root = Impact { shape: Shape::Root { y: IMPACT, core: CORE }, ..Impact::LINEAR };
    let sale = 1.0 / f64::from(SALES);
    let mut rows = Vec::new();
    for (name, leverage) in [("3", Real::lit("3")), ("5", Real::lit("5"))] {
        let sold = Sold::all(root, leverage, fault)?;
        let measured = sold.leverage[SALES as usize / 100 - 1];
        let theory = leverage_after(leverage, Real::lit("0.01"))?.to_num();
        let what = format!("leverage {name}, root impact: after 1 % is sold");
        rows.push(Row::within("R9", what, measured, theory, CUT * theory * theory));

        let (at, most) = sold.turn(leverage);
        let (turn, theory) = turning_point(leverage)?;
        let what = format!("leverage {name}: share sold where it turns; one sale");
        rows.push(Row::within("R9", what, at, turn, 2.0 * sale));
        let what = format!("leverage {name}: the most it rises to");
        rows.push(Row::within("R9", what, most, theory, CUT * theory * theory));
    }
    // It falls at once with linear impact of the same size below a leverage of (1 + ι)/ι = 6.
    let linear = Sold::all(Impact::LINEAR, Real::lit("5"), fault)?;
    let what = "leverage 5, linear impact of the same size: share sold where it turns; exact";
    rows.push(Row::exact("R9", what, linear.turn(Real::lit("5")).0, 0.0));

    let (mut solvent, mut insolvent) = (Real::ONE, Real::lit("100"));
    while insolvent - solvent > Real::lit("0.00001") {
        let middle = (solvent + insolvent) / 2;
        let pays = Sold::all(root, middle, fault)?.equity > 0.0;
        *(if pays { &mut solvent } else { &mut insolvent }) = middle;
    }
    let what = "leverage beyond which selling all leaves debt unpaid; by bisection";
    let theory = critical()?.to_num::<f64>();
    let measured = solvent.to_num();
    rows.push(Row::within("R9", what, measured, theory, 1e-5 + CUT * theory * theory));
    Ok(rows)
}

/// A position after each sale.
#[derive(Clone, Debug)]
struct Sold {
    /// What is left of the position over what of that is not owed; not a number from where more is
    /// owed.
    leverage: Vec<f64>,
    /// At the end.
    equity: f64,
}

impl Sold {
    fn all(impact: Impact, leverage: Real, fault: Option<Fault>) -> Result<Self, SpotError> {
        // Volume is counted at the first price; a line that moves as far in all is as deep as ι says.
        let scale = if impact.shape == Shape::Linear { WORTH / IMPACT } else { WORTH };
        let mut market = Market::new(impact, scale, fault)?;
        let (mut debt, mut moved) = (Real::ONE - Real::ONE / leverage, Real::ZERO);
        let mut sold = Self { leverage: Vec::with_capacity(SALES as usize), equity: 0.0 };
        for sale in 1..=SALES {
            market.push(-WORTH / Real::from(SALES))?;
            let before = std::mem::replace(&mut moved, market.displacement());
            debt -= exp((before + moved) / 2)? / Real::from(SALES);
            let left = exp(moved)? * Real::from(SALES - sale) / Real::from(SALES);
            let equity = left - debt;
            sold.leverage.push(if equity > 0 { (left / equity).to_num() } else { f64::NAN });
            sold.equity = equity.to_num();
        }
        Ok(sold)
    }

    /// The share sold where leverage is greatest, and that leverage.
    fn turn(&self, first: Real) -> (f64, f64) {
        let mut most = (0.0, first.to_num());
        for (sale, &leverage) in (1_u32..).zip(&self.leverage) {
            if leverage > most.1 {
                most = (f64::from(sale) / f64::from(SALES), leverage);
            }
        }
        most
    }
}

/// What selling a share x has brought.
fn brought(x: Real) -> Result<Real, OutOfRange> {
    let moved = IMPACT * sqrt(x)?;
    Ok(2 * (Real::ONE - exp(-moved)? * (Real::ONE + moved)) / (IMPACT * IMPACT))
}

/// Leverage after a share x is sold.
fn leverage_after(first: Real, x: Real) -> Result<Real, OutOfRange> {
    let left = (Real::ONE - x) * exp(-IMPACT * sqrt(x)?)?;
    Ok(left / (left + brought(x)? - Real::ONE + Real::ONE / first))
}

/// Where leverage is greatest, and how great: by thirds.
fn turning_point(first: Real) -> Result<(f64, f64), OutOfRange> {
    let (mut low, mut high) = (Real::ZERO, Real::ONE);
    for _ in 0..60 {
        let third = (high - low) / 3;
        let rises = leverage_after(first, low + third)? < leverage_after(first, high - third)?;
        if rises { low += third } else { high -= third }
    }
    Ok((low.to_num(), leverage_after(first, low)?.to_num()))
}

/// The leverage with which all that is brought is all that is owed.
fn critical() -> Result<Real, OutOfRange> {
    Ok(Real::ONE / (Real::ONE - brought(Real::ONE)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theory_is_near_the_papers_for_little_impact() {
        let critical = critical().unwrap().to_num::<f64>();
        let paper = 3.0 / (2.0 * IMPACT.to_num::<f64>());
        assert!(critical > paper && critical < paper * 1.1, "{critical} {paper}");
    }
}
