//! F16: hedging every Δ at a round-trip cost of k costs what options of a higher volatility do, σ̂² =
//! σ²(1 + Le) with Le = √(2/π)·k/(σ√Δ) (Leland 1985, Hoggard, Whalley and Wilmott 1994), if deltas are
//! those of σ̂.
//!
//! To open and to close the hedge is free here, as it is there.

use super::super::luck::Luck;
use super::super::moments::{ERRORS, Moments, paths};
use super::super::{Effort, Family, Fault, Row, or_refusal};
use super::{START, Walk, hedged, payoff, value, years};
use amm_core::math::sqrt;
use amm_core::num::{Discount, Price, Real, Seconds, Vol};
use amm_core::pricing::{Expiry, Kind, implied_vol};

pub(in crate::validate) const FAMILY: Family =
    Family { ids: &["F16"], cost_ms: [170, 3_300], rows };

/// k, of the cash turned over: half of it in each direction.
const ROUND_TRIP: Real = Real::lit("0.002");

/// σ.
const VOL: Real = Real::lit("0.6");

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("F16", measure(effort, fault))
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, Failure> {
    let count = effort.pick(600, 12_000);
    let mut rows = Vec::new();
    for (name, step_s, hedges, seed) in [("day", 86_400, 365, 1_611), ("hour", 3_600, 720, 1_612)] {
        let life = Life { step_s, hedges, raised: raised(step_s)? };
        let luck = Luck::new(seed, fault);
        let runs = paths(count, |path| life.run(luck, path, fault));
        let runs = runs.into_iter().collect::<Result<Vec<_>, Failure>>()?;
        let costs = Moments::of(&runs.iter().map(|run| run.0).collect::<Vec<f64>>());
        let ends = Moments::of(&runs.iter().map(|run| run.1).collect::<Vec<f64>>());
        let all_s = life.step_s * life.hedges;
        let fair = value(START, all_s, Vol::new(VOL)?)?.prices.call;
        let paid = value(START, all_s, life.raised)?;
        let vega = paid.vega.to_num::<f64>();

        let expiry = Expiry::new(Price::new(START)?, Seconds::new(all_s.into())?, Discount::MAX)?;
        let asked = Price::new(fair + Real::from_num(costs.mean))?;
        let implied = implied_vol(&expiry, Price::new(START)?, Kind::Call, asked)?;
        let measured = implied.get().to_num();
        let what = format!("hedged every {name} at 20 bp: volatility that pays, {count} paths");
        let tolerance = ERRORS * costs.mean_error / vega;
        let theory = life.raised.get().to_num();
        rows.push(Row::within("F16", what, measured, theory, tolerance));

        let left = (paid.prices.call.to_num::<f64>() + ends.mean) / vega;
        let what = format!("the same: left of Leland's premium, in volatility, {count} paths");
        rows.push(Row::within("F16", what, left, 0.0, ERRORS * ends.mean_error / vega));
    }
    Ok(rows)
}

/// σ̂.
fn raised(step_s: u32) -> Result<Vol, Failure> {
    let turnover = sqrt(Real::FRAC_2_PI)?;
    let leland = turnover * ROUND_TRIP / (VOL * sqrt(years(step_s))?);
    Ok(Vol::new(VOL * sqrt(Real::ONE + leland)?)?)
}

#[derive(Clone, Copy, Debug)]
struct Life {
    step_s: u32,
    hedges: u32,
    raised: Vol,
}

impl Life {
    /// What trading costs over the life, and what the hedger has in the end who was paid nothing.
    fn run(self, luck: Luck, path: u64, fault: Option<Fault>) -> Result<(f64, f64), Failure> {
        let mut draws = luck.draws(path, 0, 0);
        let mut walk = Walk::new(Vol::new(VOL)?, self.step_s)?;
        let (mut cost, mut gained, mut held) = (Real::ZERO, Real::ZERO, None);
        for hedge in 0..self.hedges {
            let left_s = self.step_s * (self.hedges - hedge);
            let delta = value(walk.spot, left_s, self.raised)?.delta_call * hedged(fault);
            let traded = held.map_or(Real::ZERO, |held: Real| (delta - held).abs());
            cost += traded * walk.spot * ROUND_TRIP / 2;
            held = Some(delta);
            let before = walk.spot;
            walk.step(&mut draws)?;
            gained += delta * (walk.spot - before);
        }
        Ok((cost.to_num(), (gained - cost - payoff(walk.spot)).to_num()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn theory_is_the_published_instance() {
        let vol = |step_s| raised(step_s).unwrap().get().to_num::<f64>();
        assert!((vol(86_400) - 0.615).abs() < 5e-4 && (vol(3_600) - 0.671).abs() < 5e-4);
    }
}
