//! Pictures of one path: surfaces, gamma by strike and by level of spot, prices.

use amm_core::engine::Digest;
use amm_core::math::exp;
use amm_core::num::{Amount, Price, Real};
use amm_core::signals::ladder;
use amm_loop::LoopError;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};

use crate::experiment::board::real;

const DAY_S: f64 = 86_400.0;

/// Levels of spot on each side of a profile, and how far they reach.
const LEVELS: (u16, Real) = (30, Real::lit("0.25"));

/// What is seen of a design's world on one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    /// Quoted before and after.
    pub(super) before: Vec<Quoted>,
    pub(super) after: Vec<Quoted>,
    pub(super) spot_after: f64,
    /// Days to expiry, strike, cash of underlying per 1 %.
    pub(super) gex: Vec<(f64, f64, f64)>,
    /// Spot, loop gain of the pool's book there.
    pub(super) profile: Vec<(f64, f64)>,
    /// Spot and gain by block, from block 1.
    pub(super) path: Vec<(f64, f64)>,
    pub(super) digest: Option<Digest>,
}

/// A line's volatility.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    pub(super) days: f64,
    pub(super) moneyness: f64,
    pub(super) vol: f64,
}

/// Blocks of the pictures: before the first shock and after its end; the end of the warm-up and the
/// last block if there is none.
pub(super) fn moments(scenario: &Scenario) -> (u32, u32) {
    let (first, last) = (scenario.warmup.max(1), scenario.blocks);
    match scenario.market.shocks.iter().min_by_key(|shock| shock.block) {
        Some(shock) => {
            let before = shock.block.saturating_sub(1).clamp(1, last);
            (before, shock.block.saturating_add(shock.blocks).clamp(before, last))
        }
        None => (first.min(last), last),
    }
}

/// Runs a path and looks at it. Without `whole` only spot and gain are kept.
pub(super) fn take(
    (scenario, design, setting, path): (&Scenario, &Design, &Setting, u64),
    whole: bool,
) -> Result<Picture, Box<LoopError>> {
    let setting = Setting { samples: true, ..setting.clone() };
    let mut world = World::new(scenario, design, &setting, path)?;
    let mut picture = Picture::default();
    let (before, after) = moments(scenario);
    while world.step()? {
        if whole && world.blocks() == before {
            picture.before = quoted(&world, design);
        }
        if whole && world.blocks() == after {
            picture.after = quoted(&world, design);
            picture.spot_after = real(world.spot().get());
            picture.gex = gex(&world);
            picture.profile = profile(&world);
        }
    }
    for sample in &world.tape().path {
        picture.path.push((real(exp(sample.ln_spot).map_err(LoopError::from)?), real(sample.gain)));
    }
    picture.digest = Some(world.digest());
    Ok(picture)
}

fn quoted(world: &World<'_>, design: &Design) -> Vec<Quoted> {
    let now = world.now().get();
    let vols = world.pool().quoted_vols(design);
    let each = vols.iter().filter_map(|line| {
        let days = (line.expiry.get().saturating_sub(now)) as f64 / DAY_S;
        let moneyness = real(line.strike.get()) / real(world.spot().get());
        Some(Quoted { days, moneyness, vol: real(line.quoted?) })
    });
    each.collect()
}

/// By expiry and strike: the pool's dollar gamma for a move of 1 %, below zero where it is short.
fn gex(world: &World<'_>) -> Vec<(f64, f64, f64)> {
    let engine = world.pool().engine();
    let Some(desk) = engine.desk() else { return Vec::new() };
    let now = world.now().get();
    let mut bars = Vec::new();
    for at in desk.lines() {
        let (row, line) = (desk.row(at), desk.valued(at));
        let days = row.stamp.get().saturating_sub(now) as f64 / DAY_S;
        let inventory = engine.state().inventory();
        let chain = inventory.chains().iter().find(|chain| chain.expiry == row.stamp);
        let holding = chain.and_then(|chain| {
            let holdings = &chain.holdings;
            let at = holdings.binary_search_by_key(&line.strike, |held| held.strike).ok()?;
            holdings[at].call.checked_add(holdings[at].put)
        });
        let gamma = holding.and_then(|held| Amount::of(held, line.dollar_gamma));
        let gamma = gamma.map_or(0.0, |gamma| real(gamma.floor()));
        bars.push((days, real(line.strike.get()), gamma / 100.0));
    }
    bars
}

/// The gain of the pool's book at levels of spot, with the depth of now.
fn profile(world: &World<'_>) -> Vec<(f64, f64)> {
    let depth = real(world.venue().depth());
    let Ok(levels) = ladder(world.spot(), LEVELS.1, LEVELS.0) else { return Vec::new() };
    let levels: Vec<Price> = levels.collect();
    let Ok(profile) = world.pool().engine().profile(levels, 0) else { return Vec::new() };
    let gain = |gamma: Amount| -real(gamma.floor()) / depth;
    profile.levels.iter().map(|at| (real(at.spot.get()), gain(at.greeks.gamma))).collect()
}
