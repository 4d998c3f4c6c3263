//! R7: the least liquidation that brings a position back to health.
//!
//! Health is ℓC/D, collateral C counted at a threshold ℓ over debt D. Each unit of debt repaid takes 1 +
//! b of collateral away, b the liquidator's bonus, and health h* is reached with R = (h*D − ℓC)/(h* −
//! ℓ(1 + b)). Below ℓ(1 + b) every repayment lowers health, and none reaches h*.
//!
//! Here debt is repaid lot by lot in whole numbers until health is there, or the collateral gone; and
//! the core's own rule is asked.

use super::rational::Rational;
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::num::Cash;
use amm_core::risk::liquidation::{LiquidationError, LoanTerms, repayment};

pub(super) const FAMILY: Family = Family { ids: &["R7"], cost_ms: [5, 5], rows };

/// D in atoms of cash, and lots that repay it.
const DEBT: i128 = 10_000_000_000;
const LOTS: i128 = 100_000;

/// A position and the rule it is liquidated by, in ten-thousandths.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// ℓC/D at first.
    health: i128,
    /// h*.
    target: i128,
    /// ℓ.
    threshold: i128,
    /// b.
    bonus: i128,
}

const WHOLE: i128 = 10_000;

/// Thresholds and bonuses of the size that lending protocols set.
const CASES: [Case; 3] = [
    Case { health: 9_800, target: 12_500, threshold: 8_250, bonus: 500 },
    Case { health: 9_500, target: 11_000, threshold: 8_000, bonus: 800 },
    Case { health: 9_900, target: 10_500, threshold: 9_000, bonus: 500 },
];

/// Health below ℓ(1 + b) = 1.045.
const HOPELESS: Case = Case { health: 9_900, target: 12_500, threshold: 9_500, bonus: 1_000 };

/// What a liquidation did.
#[derive(Clone, Copy, Debug)]
struct Reduced {
    repaid: Rational,
    /// Lots that raised health.
    raised: i128,
    /// Whether health reached the target.
    reached: bool,
}

fn rows(_: Effort, _: Option<Fault>) -> Vec<Row> {
    or_refusal("R7", measure())
}

fn measure() -> Result<Vec<Row>, LiquidationError> {
    // Collateral is cut to an atom, which is four of repayment at the most.
    let (lot, atoms) = (1.0 / LOTS as f64, 5.0 / DEBT as f64);
    let mut rows = Vec::new();
    for case in CASES {
        let reduced = case.reduce();
        let part = |ten_thousandths: i128| ten_thousandths as f64 / WHOLE as f64;
        let name = format!(
            "health {} to {}, threshold {}, bonus {}",
            part(case.health),
            part(case.target),
            part(case.threshold),
            part(case.bonus)
        );
        let theory = case.least().to_f64();
        let measured = if reduced.reached { reduced.repaid.to_f64() } else { f64::NAN };
        // The last lot is the first that is enough.
        let what = format!("{name}: share of the debt repaid; a lot");
        rows.push(Row { id: "R7", what, measured, theory, low: theory, high: theory + lot });
        let what = format!("{name}: by the core's rule; atoms");
        rows.push(Row::within("R7", what, case.by_the_core()?, theory, atoms));
    }
    let (reduced, theory) = (HOPELESS.reduce(), HOPELESS.covered().to_f64());
    let what = "health below threshold x (1 + bonus): lots that raise it; exact";
    rows.push(Row::exact("R7", what, reduced.raised as f64, 0.0));
    let what = "the same: share of the debt that all collateral repays; a lot";
    rows.push(Row::within("R7", what, reduced.repaid.to_f64(), theory, lot));
    let what = "the same: by the core's rule; atoms";
    rows.push(Row::within("R7", what, HOPELESS.by_the_core()?, theory, atoms));
    Ok(rows)
}

impl Case {
    /// R/D.
    fn least(self) -> Rational {
        let Self { health, target, threshold, bonus } = self;
        Rational::new(target - health, 1) / (Rational::whole(target) - taken(threshold, bonus))
    }

    /// What of the debt the collateral repays before it is gone: h/(ℓ(1 + b)).
    fn covered(self) -> Rational {
        Rational::whole(self.health) / taken(self.threshold, self.bonus)
    }

    /// What the core would have repaid of the debt.
    fn by_the_core(self) -> Result<f64, LiquidationError> {
        let bps = |ten_thousandths: i128| ten_thousandths as u32;
        let terms = LoanTerms {
            threshold_bps: bps(self.threshold),
            bonus_bps: bps(self.bonus),
            target_bps: bps(self.target),
        };
        let collateral = Cash::from_atoms(self.health * DEBT / self.threshold);
        let moved = repayment(Cash::from_atoms(DEBT), collateral, &terms)?;
        Ok(moved.repaid.atoms() as f64 / DEBT as f64)
    }

    fn reduce(self) -> Reduced {
        let lot = DEBT / LOTS;
        // Collateral at its threshold, in ten-thousandths of a unit of debt.
        let lot_takes = lot * (WHOLE + self.bonus) / WHOLE * self.threshold;
        let mut collateral = self.health * DEBT;
        let (mut debt, mut raised) = (DEBT, 0);
        let reached = |collateral: i128, debt: i128| collateral >= self.target * debt;
        while !reached(collateral, debt) && collateral >= lot_takes && debt > lot {
            let (left, owed) = (collateral - lot_takes, debt - lot);
            raised += i128::from(left * debt > collateral * owed);
            (collateral, debt) = (left, owed);
        }
        let repaid = Rational::new(DEBT - debt, DEBT);
        Reduced { repaid, raised, reached: reached(collateral, debt) }
    }
}

/// ℓ(1 + b), in ten-thousandths.
fn taken(threshold: i128, bonus: i128) -> Rational {
    Rational::new(threshold * (WHOLE + bonus), WHOLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_bonus_too_little_is_repaid() {
        for case in CASES {
            let wrong = Case { bonus: 0, ..case }.least();
            assert!(case.reduce().repaid > wrong + Rational::new(2, LOTS));
        }
    }
}
