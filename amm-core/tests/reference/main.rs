//! A slow engine beside the fast one: every price within the stated bounds, every account equal to
//! the atom, every refusal for a reason that holds.
//!
//! The slow one is written from the definitions (the potential of the loop gain, the flow's charge,
//! Black's formula, full collateral) in 512-bit fixed point and big integers, and remembers nothing
//! but positions, money and flows: each price is made anew from them. Two things are the engine's
//! own choices: the taper A·B/(A⁸ + B⁸)^⅛ and the locality κ.

mod big;
mod follow;
mod market;
mod money;
mod near;
mod play;
mod pool;
mod reasons;

use std::sync::Mutex;

use amm_core::engine::{Engine, invariants};
use amm_core::num::{Real, Size, Timestamp};
use amm_core::pricing::Kind;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use proptest::test_runner::TestCaseError;

use big::Big;
use near::{Near, Worst};
use play::{Op, Start, World};
use pool::Reference;

static WORST: Mutex<Option<Worst>> = Mutex::new(None);

/// Holds all that the engine quotes to the reference.
fn same_quotes(engine: &Engine, slow: &mut Reference) -> Result<(), String> {
    let Some(market) = slow.market.take() else { return Ok(()) };
    let done = quotes(engine, slow, &market);
    slow.market = Some(market);
    done?;
    if let (Ok(nav), Some((low, high))) = (engine.nav(), slow.nav()) {
        slow.worst.atoms("NAV, low", nav.low.atoms(), &low, false)?;
        slow.worst.atoms("NAV, high", nav.high.atoms(), &high, true)?;
    }
    Ok(())
}

fn quotes(engine: &Engine, slow: &mut Reference, market: &market::Market) -> Result<(), String> {
    let desk = engine.desk().ok_or("no desk")?;
    let (nodes, flows) = (slow.nodes(market), slow.faded(slow.now));
    let (potential, flow) = (market.value(&nodes), market.flow(&flows));
    let marginals = desk.marginals();
    let worst = &mut slow.worst;
    let hold =
        |worst: &mut Worst, what, got: Real, want: &Near| worst.hold(what, &Big::of(got), want);
    hold(worst, "F", desk.potential.value(), &potential)?;
    hold(worst, "Ψ", desk.flow.value(), &flow)?;
    for (node, want) in desk.potential.gains().zip(&nodes) {
        hold(worst, "loop gain x", node.gain, &want.clone().and_ulps(1))?;
    }
    for (&state, want) in desk.flow.states().iter().zip(&flows) {
        let unit = Big::two_to(-48).times_atoms(1);
        worst.hold("flow I", &(&unit * &Big::int(state)), &want.clone().and(&unit))?;
    }
    for (index, line) in market.lines.iter().enumerate() {
        let found =
            amm_core::book::Line { expiry: market.stamps[line.expiry], strike: line.strike };
        let at = desk.find(found).ok_or("a line is missing")?;
        let (valued, value) = (desk.valued(at), &desk.valued(at).value);
        hold(worst, "volatility", valued.vol.get(), &line.vol)?;
        hold(worst, "call", value.prices.call, &line.call)?;
        hold(worst, "put", value.prices.put, &line.put)?;
        hold(worst, "delta", value.delta_call, &line.delta_call)?;
        hold(worst, "delta", value.delta_put, &line.delta_put)?;
        hold(worst, "vega", value.vega, &line.vega)?;
        hold(worst, "dollar gamma", valued.dollar_gamma, &line.gamma)?;
        hold(worst, "tapered gamma G", desk.potential.driver(at.line), &line.driver)?;
        let (skew, ask, bid) = marginals.shifts(at);
        hold(worst, "∂F", skew, &market.marginal(index, &nodes))?;
        let shift = market.flow_marginal(index, &flows);
        let full = if ask > 0 { ask } else { bid };
        hold(worst, "∂Ψ", full, &shift)?;
        for kind in [Kind::Call, Kind::Put] {
            let mid =
                market.value_of(index, kind).plus(&market.marginal(index, &nodes)).plus(&shift);
            hold(worst, "mid", marginals.mid(at, kind), &mid)?;
        }
    }
    Ok(())
}

/// Holds every pocket to the reference, to the atom.
fn same_money(engine: &Engine, slow: &Reference) -> Result<(), String> {
    let (state, pool) = (engine.state(), engine.state().pool());
    let said = [
        ("cash", pool.cash.atoms(), slow.pool.cash),
        ("hedge", pool.hedge.position.atoms(), slow.pool.hedge),
        ("hedge's cash", pool.hedge.cash.atoms(), slow.pool.hedge_cash),
        ("supply", pool.supply.atoms(), slow.pool.supply),
        ("insurance", pool.insurance.atoms(), slow.pool.insurance),
        ("treasury", pool.treasury.atoms(), slow.pool.treasury),
        ("owed", pool.owed.atoms(), slow.pool.owed),
        ("waiting", pool.waiting.atoms(), slow.pool.waiting),
        ("cash from outside", pool.cash_from_outside.atoms(), slow.pool.outside.0),
        ("base from outside", pool.base_from_outside.atoms(), slow.pool.outside.1),
    ];
    if let Some((what, got, want)) = said.into_iter().find(|(_, got, want)| got != want) {
        return Err(format!("the pool's {what} is {got}, not {want}"));
    }
    for (id, account) in state.accounts() {
        let positions = account.positions.as_slice().iter();
        let said = money::Account {
            cash: account.cash.atoms(),
            base: account.base.atoms(),
            shares: account.shares.atoms(),
            owed: account.owed.atoms(),
            positions: positions.map(|(series, size)| (*series, size.atoms())).collect(),
        };
        if slow.accounts.get(&id.0) != Some(&said) {
            return Err(format!("account {id}: {said:?}, not {:?}", slow.accounts.get(&id.0)));
        }
    }
    let listed = state.inventory().chains().iter().flat_map(|chain| {
        let held = |line: &amm_core::book::Holding| [line.call.atoms(), line.put.atoms()];
        chain.holdings.iter().map(move |line| ((chain.expiry, line.strike), held(line)))
    });
    let mine = slow.listed.iter().flat_map(|(expiry, strikes)| {
        strikes.iter().map(move |(strike, held)| ((*expiry, *strike), *held))
    });
    if !listed.eq(mine) {
        return Err("the pool's positions differ".into());
    }
    Ok(())
}

/// Plays operations on both engines.
fn play(start: &Start, ops: &[Op]) -> Result<(), String> {
    let mut world = World::new(start);
    let mut engine = Engine::new(world.params, Timestamp::new(world.now)).unwrap();
    let mut slow = Reference::new(world.params, world.now);
    let openings = world.opening();
    let mut step = |world: &mut World, event: amm_core::engine::Event| -> Result<(), String> {
        let result = engine.apply(&event);
        let told = |error: String| format!("{error}\nat {event:?}");
        slow.follow(&event, &result, engine.state().pool().treasury).map_err(told)?;
        let told = |error: String| format!("{error}\nafter {event:?}");
        same_money(&engine, &slow).map_err(told)?;
        same_quotes(&engine, &mut slow).map_err(told)?;
        invariants::check(&engine).map_err(|error| told(error.to_string()))?;
        world.see(&engine);
        Ok(())
    };
    for event in openings {
        step(&mut world, event)?;
    }
    for op in ops {
        for event in world.events(op) {
            step(&mut world, event)?;
        }
    }
    WORST.lock().unwrap().get_or_insert_default().merge(slow.worst);
    Ok(())
}

/// The same lives each time, or those of `PROPTEST_RNG_SEED`: what is found by chance belongs into a search,
/// and what was found stays below.
fn settled(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { cases, max_shrink_iters: 100, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

proptest! {
    #![proptest_config(settled(100))]

    fn lives(start in play::start(), ops in proptest::collection::vec(play::op(), 1..40)) {
        play(&start, &ops).map_err(TestCaseError::fail)?;
    }
}

/// Both engines live the same lives.
#[test]
fn the_fast_engine_is_the_slow_one() {
    lives();
    WORST.lock().unwrap().as_ref().unwrap().print();
}

proptest! {
    #![proptest_config(settled(24))]

    /// Trades that bring the book back cost exactly nothing by either, whatever their pieces and their
    /// order.
    #[test]
    fn closed_loops_cost_nothing(
        start in play::start(),
        trades in proptest::collection::vec((any::<u16>(), -(1_i64 << 40)..1 << 40), 1..8),
        order in any::<u64>(),
    ) {
        let mut world = World::new(&start);
        let mut engine = Engine::new(world.params, Timestamp::new(world.now)).unwrap();
        let mut slow = Reference::new(world.params, world.now);
        for event in world.opening() {
            let result = engine.apply(&event);
            let treasury = engine.state().pool().treasury;
            slow.follow(&event, &result, treasury).map_err(TestCaseError::fail)?;
        }
        let Some((market, desk)) = slow.market.as_ref().zip(engine.desk()) else { return Ok(()) };
        let (mut desk, lines) = (desk.clone(), desk.lines().collect::<Vec<_>>());
        // There whole, back in two pieces each, in another order.
        let line = |place: u16| usize::from(place) % lines.len();
        let back = |&(place, atoms): &(u16, i64)| [(place, atoms / 3 - atoms), (place, -(atoms / 3))];
        let mut home: Vec<_> = trades.iter().flat_map(back).collect();
        home.sort_by_key(|&(place, atoms)| (u64::from(place) ^ atoms as u64).wrapping_mul(order | 1));
        let (mut fast, mut sum, mut charged) = (Real::ZERO, Big::default(), Real::ZERO);
        let mut book = vec![0; lines.len()];
        let mut last = market.value_at(&book);
        for (place, atoms) in trades.into_iter().chain(home) {
            let size = Size::from_atoms(atoms.into());
            let Ok(quote) = desk.price(&[(lines[line(place)], Kind::Call, size)], true) else { return Ok(()) };
            desk.take(&quote);
            fast += quote.parts.skew;
            charged += if world.params.flow.rebate == 1 { quote.parts.flow } else { Real::ZERO };
            book[line(place)] += i128::from(atoms);
            let now = market.value_at(&book);
            sum += &(&now - &last);
            last = now;
        }
        prop_assert_eq!((fast, charged, sum), (Real::ZERO, Real::ZERO, Big::default()));
        prop_assert_eq!(desk.potential.value(), Real::ZERO);
    }
}
