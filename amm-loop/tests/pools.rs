//! Laws of the loop, for every design in several markets: money and units are conserved, what a pool
//! gained is the sum of its parts, and no hedge goes beyond its gap.

mod common;

use amm_core::math::exp;
use amm_core::num::{Price, Real, Size};
use amm_core::pricing::Kind;
use amm_core::risk::{HedgePolicy, payoff};
use amm_loop::pool::{Design, TurnAway};
use amm_loop::scenario::Scenario;
use amm_loop::spot::Shape;
use amm_loop::world::{Setting, World};
use common::{all_is_somebodys, gained, parts_add_up, worth};

const MARKET: &str = r#"
title = "Laws"
seed = 23
block_s = 600
blocks = 320
horizons = [1, 12]
capital = "400000000"

[market]
start = 1_700_000_000
spot = "2000"
realised_half_life_s = 21_600
spread_bps = "2"

[market.process.lognormal]
vol = "0.7"

[[market.shocks]]
block = 60
blocks = 6
ln = "-0.06"

[[market.shocks]]
block = 200
blocks = 3
ln = "0.05"

[market.impact]
shape = "linear"
permanent = "1"
resilience_per_day = "0"

[market.depth]
base = "300000000"
sigma0 = "0.7"
psi = "1"
floor = "0.2"
half_life = 21_600

[market.surface.implied]
vol = "0.7"
down = "2"
up = "-0.1"
half_life_s = 86_400

[listing.grid]
hours = [12, 48, 168]
roll = true
strikes = ["0.85", "0.9", "0.95", "1", "1.05", "1.1", "1.15"]

[dealer]
half_spread_vol = "0.01"
every = 2

[[agents]]
kind = "protection_buyer"
per_day = "96"
contracts = "60"
dispersion = "0.8"
fear = "0.4"
elasticity = "4"
hours = 20
strike = "0.95"

[[agents]]
kind = "gamma_seller"
per_day = "6000"
premium = "0.02"
elasticity = "10"
"#;

const CROWD: &str = r#"
[[agents]]
kind = "call_speculator"
per_day = "48"
contracts = "40"
dispersion = "0.8"
hours = 8

[[agents]]
kind = "yield_seller"
per_day = "24"
contracts = "50"
hours = 40

[[agents]]
kind = "surface_arbitrageur"
per_day = "3000"
latency = 2

[[agents]]
kind = "leveraged_trader"
units = "20000"
buffer = "0.05"
return_days = "0.3"

[[agents]]
kind = "liquidity_provider"
delay_hours = 2
return_hours = 6
drawdown = "0.002"

[[agents]]
kind = "inverse_product"
assets = "5000000"
"#;

fn real(text: &str) -> Real {
    text.parse().unwrap()
}

fn calm() -> Scenario {
    toml::from_str(MARKET).unwrap()
}

/// Markets that differ in impact, crowd and smile.
fn markets() -> [Scenario; 3] {
    let mut root = calm();
    root.market.impact.shape = Shape::Root { y: real("0.035"), core: real("0.02") };
    root.market.impact.permanent = real("0.4");
    root.market.impact.resilience_per_day = real("12");
    root.market.depth.base = real("2000000000");
    let mut crowd: Scenario = toml::from_str(&format!("{MARKET}\n{CROWD}")).unwrap();
    crowd.market.impact.permanent = real("0.5");
    crowd.market.impact.resilience_per_day = real("24");
    [calm(), root, crowd]
}

/// Every design by its name, and the placebos.
fn designs() -> Vec<Design> {
    let mut designs: Vec<_> =
        Design::NAMES.iter().map(|name| Design::by_name(name).unwrap()).collect();
    let placebo = |name: &str, turn_away| Design {
        name: name.into(),
        turn_away: Some(turn_away),
        ..Design::static_pool()
    };
    designs.push(placebo("thin", TurnAway::Thin { share: real("0.3") }));
    designs.push(placebo("cap", TurnAway::Cap { gain: real("0.2") }));
    designs.push(placebo("delay", TurnAway::Delay { blocks: 6 }));
    let mut banded = Design::active();
    banded.name = "banded".into();
    banded.hedge.policy = HedgePolicy::Band { width: "30".parse().unwrap() };
    designs.push(banded);
    designs
}

fn each(scenarios: &[Scenario], mut law: impl FnMut(&Scenario, &mut World<'_>, &str)) {
    for (number, scenario) in scenarios.iter().enumerate() {
        for design in designs() {
            for feedback in [true, false] {
                let setting = Setting { feedback, samples: true, ..Setting::default() };
                let mut world = World::new(scenario, &design, &setting, 9).unwrap();
                let name = format!("{} in market {number}, feedback {feedback}", design.name);
                law(scenario, &mut world, &name);
            }
        }
    }
}

/// What pool, its insurance and treasury, dealer, agents and the rest of the market for the underlying
/// have made at the same marks comes to nothing, and so do all units, in every block.
#[test]
fn money_and_units_are_conserved_in_the_whole_world() {
    each(&markets(), |scenario, world, name| {
        while world.step().unwrap() {
            let units: i128 = (0..scenario.agents.len())
                .map(|index| world.purse(index).unwrap().units.atoms())
                .sum();
            let own = world.pool().engine().state().pool().hedge.position;
            let all = units + own.atoms() + world.dealer().hedge().atoms();
            assert_eq!(all + world.street().units.atoms(), 0, "{name}");
            all_is_somebodys(scenario, world, name);
        }
    });
}

/// The pool's options at one block's end, marked by the desk of then.
struct Book {
    positions: Vec<(amm_core::book::Series, Size, Real)>,
    hedge: Size,
    spot: Real,
}

impl Book {
    fn of(world: &World<'_>) -> Self {
        let pool = world.pool();
        let mut positions = Vec::new();
        for chain in pool.engine().state().inventory().chains() {
            for held in &chain.holdings {
                for (kind, size) in [(Kind::Call, held.call), (Kind::Put, held.put)] {
                    let series =
                        amm_core::book::Series { expiry: chain.expiry, strike: held.strike, kind };
                    if size != Size::ZERO {
                        positions.push((series, size, mark(world, series).unwrap()));
                    }
                }
            }
        }
        let hedge = pool.engine().state().pool().hedge.position;
        Self { positions, hedge, spot: world.spot().get() }
    }
}

fn mark(world: &World<'_>, series: amm_core::book::Series) -> Option<Real> {
    let (desk, at) = world.pool().find(series)?;
    let prices = desk.valued(at).value.prices;
    Some(if series.kind == Kind::Call { prices.call } else { prices.put })
}

/// Options and hedge are marked to market here again, from what anybody can see at the ends of blocks:
/// positions of the last block at the marks or payoffs of this one. Nobody but hedgers trades spot in
/// these markets, and the pool is first, so it buys at the price at which the block began.
#[test]
fn what_a_pool_gains_is_the_sum_of_its_parts() {
    let [calm, root, _] = markets();
    each(&[calm, root], |scenario, world, name| {
        let (mut options, mut hedge) = (0, 0);
        let mut book = Book::of(world);
        while world.step().unwrap() {
            let sample = world.tape().path.last().unwrap();
            let began = Price::new(exp(sample.ln_spot).unwrap()).unwrap();
            for (series, size, before) in &book.positions {
                let expired = series.expiry <= world.now();
                let after = match expired {
                    true => payoff(series, began),
                    false => mark(world, *series).unwrap(),
                };
                options += worth(*size, after - *before);
            }
            hedge += worth(book.hedge, began.get() - book.spot);
            book = Book::of(world);
            hedge += worth(book.hedge, book.spot - began.get());

            let most = 300 * i128::from(world.blocks());
            let split = world.pool().split;
            assert!((split.options.atoms() - options).abs() <= most, "{name}: options");
            assert!((split.hedge.atoms() - hedge).abs() <= most, "{name}: hedge");
            let charged = split.fees.atoms()
                + split.skew_collected.atoms()
                + split.skew_paid.atoms()
                + split.slippage.atoms();
            let off = gained(scenario, world) - charged - options - hedge;
            assert!(off.abs() <= most, "{name}: {off} atoms at {}", world.blocks());
        }
        assert!(options != 0 && hedge != 0, "{name}");
    });
}

/// The sum that the pool keeps itself holds with everybody in the market, liquidations and providers
/// who come and go included.
#[test]
fn parts_add_up_with_a_crowd() {
    each(&markets(), |scenario, world, name| {
        while world.step().unwrap() {
            parts_add_up(scenario, world, name);
        }
    });
}

/// From the block's trades on, a hedge moves towards its target and not past it.
#[test]
fn no_hedge_trades_beyond_its_gap() {
    each(&markets(), |_, world, name| {
        let held = |world: &World<'_>| world.pool().engine().state().pool().hedge.position.atoms();
        let (mut before, mut trades) = (held(world), 0);
        while world.step().unwrap() {
            let (after, target) =
                (held(world), world.pool().engine().tally().hedge_target().atoms());
            let (gap, traded) = (target - before, after - before);
            assert!(traded == 0 || traded.signum() == gap.signum(), "{name}");
            assert!(traded.abs() <= gap.abs(), "{name}: {traded} of {gap}");
            trades += u32::from(traded != 0);
            before = after;
        }
        assert!(trades > 0, "{name}");
    });
}

/// A world that is saved in the middle goes on to the same bytes, whatever its rule remembers.
#[test]
fn every_design_is_saved_whole() {
    let scenario = calm();
    let setting = Setting::default();
    for design in designs() {
        let mut whole = World::new(&scenario, &design, &setting, 1).unwrap();
        whole.run().unwrap();
        let mut half = World::new(&scenario, &design, &setting, 1).unwrap();
        for _ in 0..157 {
            half.step().unwrap();
        }
        let bytes = half.save();
        let mut again = World::restore(&scenario, &design, &setting, 1, &bytes).unwrap();
        again.run().unwrap();
        assert_ne!(half.digest(), whole.digest(), "{}", design.name);
        assert_eq!(again.digest(), whole.digest(), "{}", design.name);
    }
}
