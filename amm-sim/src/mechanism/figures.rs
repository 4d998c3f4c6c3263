//! What is measured of a world, and what it comes to over paths.

use amm_core::engine::Digest;
use amm_core::num::{Cash, Real};
use amm_loop::LoopError;
use amm_loop::agent::Agent;
use amm_loop::scenario::Scenario;
use amm_loop::world::{self, Setting, Stressed};
use serde::Serialize;

use super::run::OnePath;
use super::{Arm, Figure, Measured, Of, Volatility};
use crate::stats::{Better, Column, Means, Resampled, Sheet, Verdict};

/// The span in blocks over which variance is measured: near the comparisons' own.
const HORIZON: u32 = 10;

/// Seconds by which a placebo's scores are shifted at least; half of a shorter run.
const SHIFT_S: u32 = 86_400;

/// A year in seconds, in which volatility is told.
const YEAR_S: f64 = 31_536_000.0;

/// A quantity of a study.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantity {
    /// For tables.
    pub name: &'static str,
    /// `k` and `m` are thousands and millions of cash; a bare ratio has none.
    pub unit: &'static str,
    /// Which way is good.
    pub better: Better,
    /// What it is.
    pub meaning: &'static str,
    #[serde(skip)]
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

const fn quantity(
    (name, unit): (&'static str, &'static str),
    better: Better,
    of: Stat,
    meaning: &'static str,
) -> Quantity {
    Quantity { name, unit, better, meaning, of }
}

const COMMON: [Quantity; 5] = [
    quantity(
        ("amplification", ""),
        Better::Less,
        Stat::Ratio(Item::Closed, Item::Open),
        "realised variance of spot, closed loop over open loop",
    ),
    quantity(
        ("gain, mean", ""),
        Better::Less,
        Stat::Mean(Item::Gain),
        "cash hedgers trade when spot moves by 100 % over cash that moves it so, mean of all blocks",
    ),
    quantity(
        ("gain, peak", ""),
        Better::Less,
        Stat::Mean(Item::Peak),
        "the greatest of all blocks, mean over paths",
    ),
    quantity(
        ("served", ""),
        Better::More,
        Stat::Ratio(Item::Served, Item::Wanted),
        "protection bought from the pool over wanted at the fair price, in vega",
    ),
    quantity(
        ("providers", "k"),
        Better::More,
        Stat::Mean(Item::Providers),
        "net profit of the liquidity providers",
    ),
];

const OF_HEDGING: [Quantity; 1] =
    [quantity(("hedged", "m"), Better::Less, Stat::Mean(Item::Hedged), "turnover of the hedges")];

const OF_MARGIN: [Quantity; 4] = [
    quantity(
        ("sellers", "k"),
        Better::More,
        Stat::Mean(Item::Sellers),
        "net profit of the sellers who bring collateral",
    ),
    quantity(
        ("liquidated", "m"),
        Better::Less,
        Stat::Mean(Item::Sold),
        "delta that keepers took over from accounts, in cash",
    ),
    quantity(
        ("bad debt", "k"),
        Better::Less,
        Stat::Mean(Item::BadDebt),
        "what accounts could not pay",
    ),
    quantity(
        ("fund used", "k"),
        Better::Less,
        Stat::Mean(Item::Fund),
        "what the insurance fund paid of it",
    ),
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
    items[Item::Closed as usize] = variance(closed.tape(), scenario.block_s);
    let mut put = |item: Item, value: Real, unit: i32| items[item as usize] = scaled(value, unit);
    let (tape, own) = (closed.tape(), closed.tape().margin);
    let blocks = Real::from_num(tape.blocks.max(1));
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
    items[Item::Open as usize] = variance(open.tape(), scenario.block_s);
    Ok((World { digest: Digest::of_bytes(&digest), items }, scores))
}

const OVERFLOW: LoopError = LoopError::Overflow { what: "a profit" };

/// The mean squared move over the horizon nearest to [`HORIZON`], a year.
fn variance(tape: &world::Tape, block_s: u32) -> f64 {
    let near = tape.spans().iter().min_by_key(|span| span.blocks.abs_diff(HORIZON));
    near.map_or(0.0, |span| {
        let squares = scaled(span.squares / Real::from_num(span.count.max(1)), 0);
        squares * (YEAR_S / (f64::from(span.blocks.max(1)) * f64::from(block_s.max(1))))
    })
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
            let says = |difference| quantity.better.says(difference);
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
            volatility: volatility(resampled.as_ref(), &columns[place]),
        }
    };
    arms.iter().enumerate().map(arm).collect()
}

/// Volatilities of spot from the variances of both loops.
fn volatility(all: Option<&Resampled>, columns: &[Column]) -> Volatility {
    let of = |item: Item, means: Means<'_>| 100.0 * means.of(columns[item as usize]).sqrt();
    let one = |item: Item| all.and_then(|all| all.estimate(|means| Some(of(item, means))));
    let added = |means: Means<'_>| Some(of(Item::Closed, means) - of(Item::Open, means));
    Volatility {
        open: one(Item::Open),
        closed: one(Item::Closed),
        added: all.and_then(|all| all.estimate(added)),
    }
}

fn none(quantity: &Quantity) -> Figure {
    let unclear = Verdict::Unclear;
    Figure {
        quantity: quantity.name,
        value: None,
        difference: None,
        verdict: unclear,
        to_plain: None,
        verdict_to_plain: unclear,
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
