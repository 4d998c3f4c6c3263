//! What is measured of a world, and what it comes to over paths.

use amm_core::engine::Digest;
use amm_core::num::{Cash, Real};
use amm_loop::LoopError;
use amm_loop::agent::Agent;
use amm_loop::scenario::Scenario;
use amm_loop::world::{self, Setting, Stressed};
use serde::Serialize;

use super::{Arm, Figure, Measured, Of, OnePath, Verdict};
use crate::stats::{Column, Estimate, Means, Sheet};

/// The span in blocks over which variance is measured: near the comparisons' own.
const HORIZON: u32 = 10;

/// Seconds by which a placebo's scores are shifted at least; half of a shorter run.
const SHIFT_S: u32 = 86_400;

/// Which side of a difference is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Better {
    /// Less of it.
    Less,
    /// More of it.
    More,
}

/// A quantity of a study.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// For tables.
    pub name: &'static str,
    /// Which way is good.
    pub better: Better,
    of: Stat,
}

#[derive(Clone, Copy, Debug)]
enum Stat {
    Mean(Item),
    Ratio(Item, Item),
}

/// A number of one world on one path.
#[derive(Clone, Copy, Debug)]
enum Item {
    Closed,
    Open,
    Gain,
    Peak,
    Served,
    Wanted,
    Providers,
    Hedged,
    Sellers,
    BadDebt,
    Fund,
    Sold,
}

const ITEMS: usize = Item::Sold as usize + 1;

const fn quantity(name: &'static str, better: Better, of: Stat) -> Quantity {
    Quantity { name, better, of }
}

const COMMON: [Quantity; 5] = [
    quantity("amplification", Better::Less, Stat::Ratio(Item::Closed, Item::Open)),
    quantity("gain, mean", Better::Less, Stat::Mean(Item::Gain)),
    quantity("gain, peak", Better::Less, Stat::Mean(Item::Peak)),
    quantity("served", Better::More, Stat::Ratio(Item::Served, Item::Wanted)),
    quantity("providers, k", Better::More, Stat::Mean(Item::Providers)),
];

const OF_HEDGING: [Quantity; 1] = [quantity("hedged, m", Better::Less, Stat::Mean(Item::Hedged))];

const OF_MARGIN: [Quantity; 4] = [
    quantity("sellers, k", Better::More, Stat::Mean(Item::Sellers)),
    quantity("liquidated, m", Better::Less, Stat::Mean(Item::Sold)),
    quantity("bad debt, k", Better::Less, Stat::Mean(Item::BadDebt)),
    quantity("fund used, k", Better::Less, Stat::Mean(Item::Fund)),
];

impl Of {
    /// What is measured.
    pub fn quantities(self) -> Vec<Quantity> {
        let own: &[Quantity] = match self {
            Self::Hedging => &OF_HEDGING,
            Self::Margin => &OF_MARGIN,
        };
        COMMON.iter().chain(own).copied().collect()
    }
}

/// One world on one path.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) digest: Digest,
    items: [f64; ITEMS],
}

/// All arms on one path; an error with the arm.
pub(super) fn path(scenario: &Scenario, arms: &[Arm], path: u64) -> OnePath {
    let mut worlds = Vec::with_capacity(arms.len());
    let mut scores: Vec<Vec<Real>> = Vec::with_capacity(arms.len());
    for (place, arm) in arms.iter().enumerate() {
        let stress = arm.scores_of.map(|of| shifted(scenario, &arms[of], &scores[of]));
        let ran = one(scenario, arm, stress, path).map_err(|why| Box::new((place, *why)))?;
        worlds.push(ran.0);
        scores.push(ran.1);
    }
    Ok(worlds)
}

/// Scores of an arm, later by a day, or by half of a run that is shorter than two; what comes out at the
/// end goes in at the start.
fn shifted(scenario: &Scenario, arm: &Arm, scores: &[Real]) -> Stressed {
    let mut scores = scores.to_vec();
    let by = SHIFT_S.div_ceil(scenario.block_s.max(1)).min(scenario.blocks / 2) as usize;
    if by <= scores.len() {
        scores.rotate_right(by);
    }
    let caps = arm.design.params.risk.prediction.map(|params| params.stress).unwrap_or_default();
    let (theta_cap, spread_cap, margin_cap) = (caps.theta_cap, caps.spread_cap, caps.margin_cap);
    Stressed { scores, theta_cap, spread_cap, margin_cap }
}

fn one(
    scenario: &Scenario,
    arm: &Arm,
    stress: Option<Stressed>,
    path: u64,
) -> Result<(World, Vec<Real>), Box<LoopError>> {
    let mut setting = Setting { stress, ..Setting::default() };
    let mut closed = world::World::new(scenario, &arm.design, &setting, path)?;
    closed.run()?;
    let mut items = [0.0; ITEMS];
    let mut put = |item: Item, value: Real, unit: i32| items[item as usize] = scaled(value, unit);
    let (tape, own) = (closed.tape(), closed.tape().margin);
    let blocks = Real::from_num(tape.blocks.max(1));
    put(Item::Closed, variance(tape), 0);
    put(Item::Gain, tape.gain_sum / blocks, 0);
    put(Item::Peak, tape.gain_max, 0);
    put(Item::Served, tape.demand.served, 6);
    put(Item::Wanted, tape.demand.wanted, 6);
    let money = |cash: Cash| Real::from_num(cash.atoms() / (Cash::SCALE / 100)) / 100;
    let profit = closed.worth()?.checked_sub(scenario.capital);
    put(Item::Providers, money(profit.ok_or(OVERFLOW)?), 3);
    put(Item::Hedged, tape.hedged, 6);
    let mut sellers = Cash::ZERO;
    for (index, agent) in scenario.agents.iter().enumerate() {
        let backed = match agent {
            Agent::YieldSeller(rule) => rule.margin.is_some(),
            Agent::Vault(rule) => rule.margin.is_some(),
            _ => false,
        };
        if backed {
            sellers = sellers.checked_add(closed.made(index)?).ok_or(OVERFLOW)?;
        }
    }
    put(Item::Sellers, money(sellers), 3);
    put(Item::BadDebt, money(own.bad_debt), 3);
    put(Item::Fund, money(own.insurance), 3);
    put(Item::Sold, own.liquidated, 6);
    let (scores, mut digest) = (tape.scores.clone(), closed.digest().0.to_vec());
    setting.feedback = false;
    let mut open = world::World::new(scenario, &arm.design, &setting, path)?;
    open.run()?;
    digest.extend(open.digest().0);
    items[Item::Open as usize] = scaled(variance(open.tape()), 0);
    Ok((World { digest: Digest::of_bytes(&digest), items }, scores))
}

const OVERFLOW: LoopError = LoopError::Overflow { what: "a profit" };

/// The mean squared move over the horizon nearest to [`HORIZON`].
fn variance(tape: &world::Tape) -> Real {
    let near = tape.spans().iter().min_by_key(|span| span.blocks.abs_diff(HORIZON));
    near.map_or(Real::ZERO, |span| span.squares / Real::from_num(span.count.max(1)))
}

/// In units of 10^unit.
fn scaled(value: Real, unit: i32) -> f64 {
    value.to_num::<f64>()
        / if unit == 6 {
            1e6
        } else if unit == 3 {
            1e3
        } else {
            1.0
        }
}

/// What it all comes to.
pub(super) fn measure(
    of: Of,
    arms: &[Arm],
    paths: &[Vec<World>],
    (seed, resamples): (u64, u32),
) -> Vec<Measured> {
    let mut sheet = Sheet::new(paths.len());
    let columns: Vec<Vec<Column>> = (0..arms.len())
        .map(|arm| {
            let column = |item: usize| {
                let values: Vec<f64> = paths.iter().map(|path| path[arm].items[item]).collect();
                sheet.column(&values)
            };
            (0..ITEMS).map(column).collect()
        })
        .collect();
    let resampled = sheet.resample(seed, resamples);
    let quantities = of.quantities();
    let arm = |(place, arm): (usize, &Arm)| {
        let figure = |quantity: &Quantity| {
            let Some(all) = &resampled else { return none(quantity) };
            let stat = |means: Means<'_>, arm: usize| quantity.of.of(means, &columns[arm]);
            let value = all.estimate(|means| stat(means, place));
            let less = |other: usize| {
                all.estimate(|means| Some(stat(means, place)? - stat(means, other)?))
            };
            let difference = arm.against.and_then(less);
            let to_plain = (place > 0).then(|| less(0)).flatten();
            let says = |difference| verdict(quantity.better, difference);
            Figure {
                quantity: quantity.name,
                value,
                difference,
                verdict: says(difference),
                to_plain,
                verdict_to_plain: says(to_plain),
            }
        };
        Measured {
            arm: arm.name,
            what: arm.what,
            against: arm.against.map(|other| arms[other].name),
            figures: quantities.iter().map(figure).collect(),
        }
    };
    arms.iter().enumerate().map(arm).collect()
}

fn none(quantity: &Quantity) -> Figure {
    let open = Verdict::Open;
    Figure {
        quantity: quantity.name,
        value: None,
        difference: None,
        verdict: open,
        to_plain: None,
        verdict_to_plain: open,
    }
}

impl Stat {
    fn of(self, means: Means<'_>, columns: &[Column]) -> Option<f64> {
        match self {
            Self::Mean(item) => Some(means.of(columns[item as usize])),
            Self::Ratio(above, below) => {
                means.ratio(columns[above as usize], columns[below as usize])
            }
        }
    }
}

fn verdict(better: Better, difference: Option<Estimate>) -> Verdict {
    let Some(interval) = difference.and_then(|difference| difference.interval) else {
        return Verdict::Open;
    };
    let (above, below) = (interval.low > 0.0, interval.high < 0.0);
    match (better, above, below) {
        (Better::More, true, _) | (Better::Less, _, true) => Verdict::Better,
        (Better::More, _, true) | (Better::Less, true, _) => Verdict::Worse,
        _ => Verdict::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    #[test]
    fn a_verdict_needs_all_of_its_interval() {
        let estimate = |low, high| {
            let interval = Some(Interval { low, high });
            Some(Estimate { value: (low + high) / 2.0, interval, error: 0.0 })
        };
        assert_eq!(verdict(Better::Less, estimate(-2.0, -1.0)), Verdict::Better);
        assert_eq!(verdict(Better::More, estimate(-2.0, -1.0)), Verdict::Worse);
        assert_eq!(verdict(Better::More, estimate(1.0, 2.0)), Verdict::Better);
        assert_eq!(verdict(Better::Less, estimate(-0.1, 2.0)), Verdict::Open);
        assert_eq!(verdict(Better::Less, estimate(0.0, 0.0)), Verdict::Open);
        assert_eq!(verdict(Better::Less, None), Verdict::Open);
    }
}
