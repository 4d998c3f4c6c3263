//! What is kept of one world on one path: integers, from its tape.

use amm_core::engine::Digest;
use amm_core::num::{Cash, Real};
use amm_loop::LoopError;
use amm_loop::pool::{Design, Split};
use amm_loop::scenario::{Scenario, Shock};
use amm_loop::world::{Demand, Setting, Span, Volume, World};

/// Kinds of agents that try to profit from moving prices.
const ATTACKERS: [&str; 1] = ["gamma_squeezer"];

/// One world on one path.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) digest: Digest,
    pub(super) spans: Vec<Span>,
    pub(super) blocks: u32,
    pub(super) gain_mean: Real,
    pub(super) gain_max: Real,
    pub(super) above: [u32; 3],
    pub(super) demand: Demand,
    pub(super) sold: Volume,
    pub(super) bought: Volume,
    /// Of the providers, over the whole run.
    pub(super) profit: Cash,
    pub(super) split: Split,
    pub(super) drawdown: Cash,
    /// Worth at the end of the warm-up, then of each day.
    pub(super) days: Vec<Cash>,
    pub(super) hedged: Real,
    pub(super) crossed: Real,
    pub(super) liquidated: Real,
    pub(super) stale: u32,
    /// Of all attackers, if there are any.
    pub(super) attackers: Option<Cash>,
    /// If shocks were followed.
    pub(super) responses: Option<Responses>,
}

/// What became of shocks.
#[derive(Clone, Debug)]
pub(super) struct Responses {
    /// The loop gain at the end of the block before them.
    pub(super) gain: Real,
    /// By shock, by mark: the move of ln spot beside the same path without it.
    pub(super) moves: Vec<Vec<Real>>,
}

/// Shocks to follow.
#[derive(Clone, Debug)]
pub(super) struct Impulses {
    pub(super) block: u32,
    /// Moves of ln spot.
    pub(super) shocks: Vec<Real>,
    /// Blocks at which spot is looked at, ascending, from `block` on.
    pub(super) marks: Vec<u32>,
    /// The mark at which a response is taken for settled: as long after as the headline's horizon.
    pub(super) settled: usize,
}

/// Runs a world, and from the impulses' block on the same world with each of the shocks.
pub(super) fn run(
    (scenario, design, setting, path): (&Scenario, &Design, &Setting, u64),
    impulses: Option<&Impulses>,
) -> Result<Record, Box<LoopError>> {
    let Some(impulses) = impulses else {
        let mut world = World::new(scenario, design, setting, path)?;
        world.run()?;
        return record(scenario, &world, None);
    };
    let marked = Setting { marks: impulses.marks.clone(), ..setting.clone() };
    let mut world = World::new(scenario, design, &marked, path)?;
    while world.blocks() + 1 < impulses.block {
        world.step()?;
    }
    let (saved, gain) = (world.save(), world.gain()?);
    world.run()?;
    let last = impulses.marks.last().copied().unwrap_or(0);
    let mut moves = Vec::with_capacity(impulses.shocks.len());
    for ln in &impulses.shocks {
        let impulse = Some(Shock { block: impulses.block, blocks: 1, ln: *ln });
        let shocked = Setting { impulse, ..marked.clone() };
        let mut twin = World::restore(scenario, design, &shocked, path, &saved)?;
        while twin.blocks() < last && twin.step()? {}
        let pairs = twin.tape().marks.iter().zip(&world.tape().marks);
        moves.push(pairs.map(|(with, without)| *with - *without).collect());
    }
    record(scenario, &world, Some(Responses { gain, moves }))
}

fn record(
    scenario: &Scenario,
    world: &World<'_>,
    responses: Option<Responses>,
) -> Result<Record, Box<LoopError>> {
    const OVERFLOW: LoopError = LoopError::Overflow { what: "a profit" };
    let tape = world.tape();
    let blocks = tape.blocks.max(1);
    let profit = world.worth()?.checked_sub(scenario.capital).ok_or(OVERFLOW)?;
    let mut attackers = None;
    for (index, agent) in scenario.agents.iter().enumerate() {
        if ATTACKERS.contains(&agent.kind()) {
            let sum: Cash = attackers.unwrap_or(Cash::ZERO);
            attackers = Some(sum.checked_add(world.made(index)?).ok_or(OVERFLOW)?);
        }
    }
    let mut days = vec![tape.opening];
    days.extend(&tape.daily);
    Ok(Record {
        digest: world.digest(),
        spans: tape.spans().to_vec(),
        blocks: tape.blocks,
        gain_mean: tape.gain_sum / Real::from_num(blocks),
        gain_max: tape.gain_max,
        above: tape.above,
        demand: tape.demand,
        sold: tape.sold,
        bought: tape.bought,
        profit,
        split: world.pool().split,
        drawdown: tape.drawdown,
        days,
        hedged: tape.hedged,
        crossed: tape.crossed,
        liquidated: tape.liquidated,
        stale: world.pool().stale,
        attackers,
        responses,
    })
}
