//! Active management and placebos do what they say.

use std::string::ToString;
use std::vec::Vec;

use amm_core::book::{Series, Side};
use amm_core::math::exp;
use amm_core::num::{Cash, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::HedgePolicy;
use amm_core::risk::governor::GovernorParams;
use amm_core::risk::liquidation::Curve;

use crate::agent::Me;
use crate::pool::{BuyBack, Design, HedgeRule, Markup, TurnAway, Turned};
use crate::scenario::Scenario;
use crate::units::money;
use crate::world::{Fill, Floor, Setting, World};

/// Two who never trade by themselves, transient impact, no spread in spot.
const STILL: &str = r#"
title = "Still"
seed = 5
block_s = 300
blocks = 400
horizons = [1]
capital = "500000000"

[market]
start = 1_700_000_000
spot = "2000"
realised_half_life_s = 21_600
spread_bps = "1"

[market.process.lognormal]
vol = "0.65"

[market.impact]
shape = "linear"
permanent = "0.5"
resilience_per_day = "24"

[market.depth]
base = "40000000"
sigma0 = "0.65"
psi = "0"
floor = "0.02"
half_life = 21_600

[market.surface.implied]
vol = "0.65"
down = "2.6"
half_life_s = 86_400

[listing.grid]
hours = [48, 168, 720]
roll = true
strikes = ["0.9", "0.95", "1", "1.05", "1.1"]

[[agents]]
kind = "gamma_seller"
per_day = "0"
premium = "0.03"
elasticity = "10"

[[agents]]
kind = "gamma_seller"
per_day = "0"
premium = "0.03"
elasticity = "10"
"#;

const ME: Me = Me { index: 0 };
const OTHER: Me = Me { index: 1 };

fn scenario() -> Scenario {
    toml::from_str(STILL).unwrap()
}

fn real(text: &str) -> Real {
    text.parse().unwrap()
}

fn size(text: &str) -> Size {
    text.parse().unwrap()
}

fn near(got: Real, want: Real, most: &str) {
    assert!(got.abs_diff(want) <= real(most), "got {got}, want {want}");
}

fn floor<'a>(world: &'a mut World<'_>) -> Floor<'a> {
    let World { scenario, design, setting, path, ref mut state } = *world;
    Floor { scenario, design, setting, path, state }
}

/// A put a twentieth below spot with a week to run.
fn put(world: &mut World<'_>) -> Series {
    floor(world).pick(100, real("0.95"), Kind::Put).unwrap()
}

fn held(world: &World<'_>) -> Size {
    world.pool().engine().state().pool().hedge.position
}

fn target(world: &World<'_>) -> Size {
    world.pool().engine().tally().hedge_target()
}

fn atoms(size: Size) -> i128 {
    size.atoms()
}

#[test]
fn the_governor_closes_that_share_of_the_gap() {
    let (scenario, setting) = (scenario(), Setting::default());
    let governor = GovernorParams { gain_max: real("0.3"), resilience: real("24") };
    let hedge = HedgeRule { governor: Some(governor), ..HedgeRule::default() };
    let design = Design { hedge, ..Design::static_pool() };
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    world.step().unwrap();
    let option = put(&mut world);
    floor(&mut world).trade(ME, Side::Buy, option, size("8000")).unwrap().unwrap();
    let gain = world.state.pool_gain().unwrap();
    assert!(gain > real("0.5"), "{gain}");
    // Others' gain is not seen unless it is posted.
    floor(&mut world).outside(OTHER, Side::Buy, option, size("8000")).unwrap().unwrap();
    let gap = atoms(target(&world)) - atoms(held(&world));
    let wanted = |gain: Real| {
        let kappa = real("24") * real("0.3") / (gain - real("0.3"));
        let share = Real::ONE - exp(-kappa * 300 / real("86400")).unwrap();
        crate::units::units(Size::from_atoms(gap)).unwrap() * share
    };
    let governed = |world: &World<'_>, design: &Design| {
        let gap = Size::from_atoms(gap);
        crate::units::units(world.state.governed(gap, design, 300).unwrap()).unwrap()
    };
    near(governed(&world, &design), wanted(gain), "0.000001");
    let sees = Design { sees_outside: true, ..design.clone() };
    near(governed(&world, &sees), wanted(world.state.gain().unwrap()), "0.000001");
    let before = atoms(held(&world));
    world.hedges().unwrap();
    let bought = Size::from_atoms(atoms(held(&world)) - before);
    near(crate::units::units(bought).unwrap(), wanted(gain), "0.000001");
}

/// A band never leaves the hedge further off than its half-width, and never trades inside it.
#[test]
fn a_band_delays_and_does_not_remove() {
    let scenario = scenario();
    let setting = Setting { feedback: false, ..Setting::default() };
    let band = size("150");
    let free = Design::static_pool();
    let policy = HedgePolicy::Band { width: band };
    let banded = Design { hedge: HedgeRule { policy, ..HedgeRule::default() }, ..free.clone() };
    let mut pair =
        [&free, &banded].map(|design| World::new(&scenario, design, &setting, 2).unwrap());
    let (mut turnover, mut stood) = ([0; 2], 0);
    for block in 0..300 {
        let before = pair.each_ref().map(|world| atoms(held(world)));
        for world in &mut pair {
            world.step().unwrap();
            if block == 0 {
                let option = put(world);
                floor(world).trade(ME, Side::Buy, option, size("4000")).unwrap().unwrap();
            }
        }
        let after = pair.each_ref().map(|world| atoms(held(world)));
        assert_eq!(target(&pair[0]), target(&pair[1]), "the same spot and trades");
        for (total, (before, after)) in turnover.iter_mut().zip(before.into_iter().zip(after)) {
            *total += (after - before).abs();
        }
        if block > 0 {
            assert_eq!(after[0], atoms(target(&pair[0])));
            let off = atoms(target(&pair[1])) - after[1];
            assert!(off.abs() <= atoms(band));
            assert!(after[1] == before[1] || off.abs() == atoms(band), "to its edge");
            stood += u32::from(after[1] == before[1]);
        }
    }
    assert!(stood > 100 && 2 * turnover[1] < turnover[0], "{stood} {turnover:?}");
}

#[test]
fn netting_crosses_at_spot_and_conserves_both() {
    let (scenario, setting, design) = (scenario(), Setting::default(), Design::active());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    world.step().unwrap();
    let state = &mut world.state;
    let spot = state.spot.get();
    let mut forced = Vec::from([(0, size("-3")), (1, size("2")), (1, size("-4"))]);
    let left = state.cross(&scenario, size("5"), &mut forced).unwrap();
    // Three from the first, and the two that the other sells on balance.
    assert_eq!((left, forced.len()), (Size::ZERO, 0));
    let (mine, cash) = {
        let own = state.pool.engine().state().pool();
        (own.hedge.position, own.cash)
    };
    assert_eq!(mine, size("5"));
    let units: i128 = state.purses.iter().map(|purse| purse.units.atoms()).sum();
    assert_eq!(units, -mine.atoms());
    let paid: i128 = state.purses.iter().map(|purse| purse.cash.atoms()).sum();
    near(money(Cash::from_atoms(paid)).unwrap(), spot * 5, "0.00000001");
    let gone = Cash::from_atoms(scenario.capital.atoms() - cash.atoms());
    near(money(gone).unwrap(), spot * 5, "0.00000001");
    assert_eq!((state.spot.get(), state.venue.displacement()), (spot, Real::ZERO));
    assert_eq!(state.street, crate::world::Street::default());
    assert_eq!(state.tape.crossed, spot * 5);
    // A pool that sells meets who is forced to buy.
    let mut forced = Vec::from([(1, size("2")), (0, size("-1"))]);
    // Who is forced to sell comes before it.
    assert_eq!(state.cross(&scenario, size("-7"), &mut forced).unwrap(), size("-6"));
    assert_eq!(forced, []);
    // What is met is not governed; what is left is.
    let mut forced = Vec::from([(0, size("-3"))]);
    assert_eq!(state.cross(&scenario, size("1"), &mut forced).unwrap(), Size::ZERO);
    assert_eq!(forced, [(0, size("-2"))]);
}

#[test]
fn hedges_net_before_either_reaches_the_market() {
    let (scenario, setting) = (scenario(), Setting::default());
    let run = |netting| {
        let design = Design { netting, ..Design::static_pool() };
        let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
        world.step().unwrap();
        let option = floor(&mut world).pick(100, real("1.05"), Kind::Call).unwrap();
        floor(&mut world).trade(ME, Side::Buy, option, size("100")).unwrap().unwrap();
        let gap = world.state.gap(&design, 300).unwrap();
        assert!(gap > size("10"));
        floor(&mut world).force(OTHER, size("-10")).unwrap();
        world.hedges().unwrap();
        assert_eq!(held(&world), gap);
        assert_eq!(world.purse(1).unwrap().units, size("-10"));
        (world.venue().displacement(), world.tape().liquidated, world.tape().crossed)
    };
    let (met, apart) = (run(true), run(false));
    assert_eq!((met.1, apart.2), (Real::ZERO, Real::ZERO));
    assert!(met.2 > 0 && apart.1 > 0);
    // The same in the end, but for the prices at which they went there and back.
    near(met.0, apart.0, "0.00001");
}

/// An auction begins with less than the quote pays, rises to the whole fall of the potential, and wants
/// no more than takes the gain down to its level.
#[test]
fn an_auction_pays_up_to_what_it_takes_off_the_potential() {
    let (scenario, setting) = (scenario(), Setting::default());
    let mut params = Design::dynamic().params;
    params.fees.fee_bps = real("30");
    let plain = Design { params, ..Design::dynamic() };
    let rule = |above: &str| BuyBack { above: real(above), curve: Curve::default() };
    let open = Design { buy_back: Some(rule("0.01")), ..plain.clone() };
    let closed = Design { buy_back: Some(rule("0.9")), ..plain.clone() };
    let world = |design| {
        let mut world = World::new(&scenario, design, &setting, 0).unwrap();
        world.step().unwrap();
        let option = put(&mut world);
        floor(&mut world).trade(ME, Side::Buy, option, size("1000")).unwrap().unwrap();
        world.state.call_auction(design.buy_back.as_ref()).unwrap();
        world
    };
    let (mut open, mut closed, mut plain) = (world(&open), world(&closed), world(&plain));
    let option = put(&mut open);
    let ask = |world: &mut World<'_>, side, contracts: &str| {
        floor(world).ask(OTHER, side, option, size(contracts)).unwrap().unwrap()
    };
    let usual = ask(&mut plain, Side::Sell, "50");
    assert_eq!(
        ask(&mut open, Side::Sell, "50").total,
        usual.total,
        "a twentieth is offered at first"
    );
    assert_eq!(ask(&mut closed, Side::Sell, "50").total, usual.total, "no auction below its gain");
    let wanted = floor(&mut open).wanted(option).unwrap().unwrap().wanted;
    assert!(size("50") < wanted && wanted < size("1000"), "{wanted}");
    assert_eq!(floor(&mut closed).wanted(option).unwrap(), None);

    // Three hours and twenty minutes ago: all of the relief is offered, and no spread or fee is kept.
    open.state.auction = Some(Timestamp::new(open.now().get() - 12_000));
    let auction = ask(&mut open, Side::Sell, "50");
    let paid = -auction.parts.base.floor() - auction.parts.skew;
    near(-money(auction.total).unwrap(), paid, "0.00000001");
    assert!(auction.total < usual.total && auction.markup < usual.markup);
    assert_eq!(ask(&mut open, Side::Buy, "50").total, ask(&mut plain, Side::Buy, "50").total);
    let more = Size::from_atoms(wanted.atoms() + 1).to_string();
    let (past, quoted) = (ask(&mut open, Side::Sell, &more), ask(&mut plain, Side::Sell, &more));
    assert_eq!(past.total, quoted.total, "more than is wanted is an order like any other");

    let worth = |world: &World<'_>| money(world.worth().unwrap()).unwrap();
    let (before, purse) = (worth(&open), open.purse(1).unwrap().cash);
    let traded = floor(&mut open).trade(OTHER, Side::Sell, option, size("50")).unwrap().unwrap();
    assert_eq!(traded.total, auction.total);
    assert_eq!(open.purse(1).unwrap().cash.atoms() - purse.atoms(), -traded.total.atoms());
    // At fair marks the pool pays what its potential falls by, and nothing more.
    near(worth(&open) - before, money(traded.total).unwrap() - traded.fair, "0.0000001");
    let left = floor(&mut open).wanted(option).unwrap().unwrap().wanted;
    near(
        crate::units::units(wanted).unwrap() - real("50"),
        crate::units::units(left).unwrap(),
        "0.001",
    );
    // Bought down to its level it is over.
    open.state.auction = None;
    assert_eq!(floor(&mut open).wanted(option).unwrap(), None);
}

/// The price of then: what a world without the order asks in that block.
#[test]
fn a_delay_executes_at_the_price_of_then() {
    let (scenario, setting) = (scenario(), Setting::default());
    let turn_away = Some(TurnAway::Delay { blocks: 7 });
    let (late, plain) = (Design { turn_away, ..Design::static_pool() }, Design::static_pool());
    let mut late = World::new(&scenario, &late, &setting, 4).unwrap();
    let mut plain = World::new(&scenario, &plain, &setting, 4).unwrap();
    for world in [&mut late, &mut plain] {
        world.step().unwrap();
    }
    let option = put(&mut late);
    let first = floor(&mut plain).ask(ME, Side::Buy, option, size("20")).unwrap().unwrap().total;
    let sought = floor(&mut late).seek(ME, Side::Buy, option, size("20"), Real::ZERO).unwrap();
    assert_eq!((sought.pool, sought.outside), (Size::ZERO, Size::ZERO));
    let waited = late.tape().demand.waited;
    assert_eq!((waited, late.tape().demand.served), (late.tape().demand.wanted, Real::ZERO));
    // Those who sell do not wait.
    assert!(floor(&mut late).trade(OTHER, Side::Sell, option, size("0.001")).unwrap().is_ok());
    assert!(floor(&mut plain).trade(OTHER, Side::Sell, option, size("0.001")).unwrap().is_ok());
    for _ in 0..7 {
        assert_eq!(late.purse(0).unwrap().cash, Cash::ZERO);
        for world in [&mut late, &mut plain] {
            world.step().unwrap();
        }
    }
    let then = floor(&mut plain).ask(ME, Side::Buy, option, size("20")).unwrap().unwrap().total;
    assert_eq!(late.purse(0).unwrap().cash.atoms(), -then.atoms());
    assert_ne!(then, first);
    assert_eq!(floor(&mut late).position(ME, option), size("20"));
    assert!(late.tape().demand.served > 0);
}

/// An order that cannot be filled when it is due leaks like any other that is turned away.
#[test]
fn a_delay_past_expiry_is_a_refusal() {
    let (mut scenario, setting) = (scenario(), Setting::default());
    scenario.block_s = 600; // two days and three quarters, past the first expiry
    let turn_away = Some(TurnAway::Delay { blocks: 390 });
    let design = Design { turn_away, ..Design::static_pool() };
    let mut world = World::new(&scenario, &design, &setting, 4).unwrap();
    world.step().unwrap();
    let option = floor(&mut world).pick(0, Real::ONE, Kind::Call).unwrap();
    let expired = floor(&mut world).seek(ME, Side::Buy, option, size("5"), Real::ZERO).unwrap();
    assert_eq!(expired.pool, Size::ZERO);
    while world.step().unwrap() {}
    let demand = world.tape().demand;
    assert_eq!((demand.served, demand.waited), (Real::ZERO, demand.wanted));
    assert_eq!(world.purse(0).unwrap().cash, Cash::ZERO);
    assert!(world.state.waiting.is_empty());
}

#[test]
fn thin_refuses_the_share_it_says() {
    let (scenario, setting) = (scenario(), Setting::default());
    let design =
        Design { turn_away: Some(TurnAway::Thin { share: real("0.3") }), ..Design::static_pool() };
    let mut away = 0;
    for path in 0..8 {
        let mut world = World::new(&scenario, &design, &setting, path).unwrap();
        world.step().unwrap();
        let option = put(&mut world);
        for block in 0..125 {
            world.state.block = block;
            for me in [ME, OTHER] {
                match floor(&mut world).trade(me, Side::Buy, option, size("0.01")).unwrap() {
                    Ok(_) => {}
                    Err(Turned::Away) => away += 1,
                    Err(other) => panic!("{other:?}"),
                }
                assert!(
                    floor(&mut world).trade(me, Side::Sell, option, size("0.01")).unwrap().is_ok()
                );
            }
        }
    }
    // 2,000 draws: 600, and four standard deviations of 20.5.
    assert!((518..=682).contains(&away), "{away}");
}

#[test]
fn a_cap_never_lets_a_buy_end_above_its_gain() {
    let (scenario, setting) = (scenario(), Setting::default());
    let cap = real("0.2");
    let design = Design { turn_away: Some(TurnAway::Cap { gain: cap }), ..Design::static_pool() };
    let mut world = World::new(&scenario, &design, &setting, 3).unwrap();
    world.step().unwrap();
    let (mut taken, mut turned) = (0, 0);
    for number in 1..200_i128 {
        let strike = real("0.9") + real("0.05") * Real::from_num(number % 5);
        let kind = if number % 2 == 0 { Kind::Call } else { Kind::Put };
        let hours = [0, 100, 400][(number % 3) as usize];
        let option = floor(&mut world).pick(hours, strike, kind).unwrap();
        let wanted = Size::from_atoms((number * 7919 % 700) * Size::SCALE);
        let (desk, at) = world.pool().find(option).unwrap();
        let more = desk.valued(at).dollar_gamma * Real::from_num(number * 7919 % 700);
        let after = world.state.pool_gain().unwrap() + more / world.venue().depth();
        if wanted == Size::ZERO {
            continue;
        }
        match floor(&mut world).trade(ME, Side::Buy, option, wanted).unwrap() {
            Ok(_) => {
                taken += 1;
                let gain = world.state.pool_gain().unwrap();
                assert!(gain <= cap + real("0.000000001"), "{gain}");
                near(gain, after, "0.000000001");
            }
            Err(Turned::Away) => {
                turned += 1;
                assert!(after > cap);
                // Who sells is never turned away.
                floor(&mut world).trade(OTHER, Side::Sell, option, size("3")).unwrap().unwrap();
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(taken > 10 && turned > 10, "{taken} {turned}");
}

/// What the pool does not fill is refused, given up for the price or put off, and leaks alike.
#[test]
fn demand_is_written_down_once() {
    let (scenario, setting) = (scenario(), Setting::default());
    let dear = Design {
        markup: Some(Markup::Ask { relative: real("0.2") }),
        turn_away: Some(TurnAway::Cap { gain: real("0.1") }),
        ..Design::static_pool()
    };
    let mut world = World::new(&scenario, &dear, &setting, 3).unwrap();
    world.step().unwrap();
    let option = put(&mut world);
    for wanted in ["100", "5000", "100000000"] {
        let before = world.tape().demand;
        let wanted = size(wanted);
        let sought = floor(&mut world).seek(ME, Side::Buy, option, wanted, real("4")).unwrap();
        let left = wanted.atoms() - sought.pool.atoms();
        assert!((sought.outside.atoms() * 2 - left).abs() <= 2, "half of it leaks");
        let now = world.tape().demand;
        let all = now.served + now.refused + now.deterred;
        near(all, now.wanted, "0.001");
        assert!(now.wanted > before.wanted);
    }
    let demand = world.tape().demand;
    assert!(demand.served > 0 && demand.refused > 0 && demand.deterred > 0);
}

/// Nothing to hedge costs nothing, and a fill books its own other side.
#[test]
fn every_trade_in_spot_has_another_side() {
    let (scenario, setting, design) = (scenario(), Setting::default(), Design::static_pool());
    let mut world = World::new(&scenario, &design, &setting, 0).unwrap();
    world.step().unwrap();
    let state = &mut world.state;
    assert_eq!(state.fill(&scenario, Size::ZERO, true).unwrap(), Fill::default());
    let fill = state.fill(&scenario, size("10"), true).unwrap();
    assert!(fill.slippage > 0);
    assert_eq!(state.street.units, size("-10"));
    near(money(state.street.cash).unwrap(), fill.cost, "0.00000001");
}
