//! `amm_loop`: whole worlds, and what they save; paths of the light loop.

use alloc::string::String;
use alloc::vec::Vec;

use crate::fold::Fold;
use crate::random::Random;
use amm_core::book::{Series, Side};
use amm_core::num::{Cash, Price, Real, Seconds, Size, Timestamp, Vol};
use amm_core::pricing::Kind;
use amm_loop::agent::{
    Agent, CallSpeculator, GammaSeller, GammaSqueezer, Insurance, InverseProduct, LeveragedTrader,
    LiquidityProvider, PortfolioInsurer, Print, ProtectionBuyer, RecordedFlow, SurfaceArbitrageur,
    Vault, YieldSeller,
};
use amm_loop::light::{Book, Hedge, Light, Line, Realised, Tables, Whence};
use amm_loop::pool::Design;
use amm_loop::scenario::{DealerRule, Listing, Market, Scenario};
use amm_loop::spot::{Depth, Impact, Process, Shape};
use amm_loop::surface::{Implied, Surface};
use amm_loop::world::{Setting, World};

/// A world of some twenty blocks, stopped half-way, saved, and gone on with.
pub(crate) fn world(random: &mut Random, fold: &mut Fold) {
    let scenario = scenario(random);
    let Some(design) = &Design::by_name(random.pick(Design::NAMES)) else {
        return fold.text("no design");
    };
    let setting = Setting { samples: true, ..Setting::default() };
    let path = u64::from(random.below(1 << 20));
    let Ok(mut world) = World::new(&scenario, design, &setting, path) else {
        return fold.text("no world");
    };
    for _ in 0..scenario.blocks / 2 {
        if let Err(error) = world.step() {
            return fold.text(error);
        }
    }
    let bytes = world.save();
    let again = World::restore(&scenario, design, &setting, path, &bytes);
    let Ok(mut again) = again else { return fold.text("not restored") };
    for world in [&mut world, &mut again] {
        fold.shown(world.run());
        fold.text(world.digest());
    }
    for sample in &world.tape().path {
        fold.shown(sample);
    }
    fold.shown((world.worth(), world.gain(), world.spot(), world.tape().demand));
}

fn real(text: &str) -> Real {
    text.parse().unwrap_or_default()
}

fn scenario(random: &mut Random) -> Scenario {
    let vol = "0.65".parse().unwrap_or(Vol::MIN);
    let tenths: Vec<Real> = (8..=12).map(|tenth| Real::from_num(tenth) / real("10")).collect();
    let processes = [
        Process::Lognormal { vol },
        Process::Jumps { vol, per_day: real("20"), mean: real("-0.01"), sd: real("0.02") },
        Process::Stochastic {
            vol,
            reversion_per_day: real("2"),
            vol_of_vol: real("3"),
            correlation: real("-0.5"),
        },
    ];
    let shapes =
        [Shape::Linear, Shape::Root { y: real("0.01"), core: real("0.05") }, Shape::Product];
    let hour = Seconds::new(3600).unwrap_or(Seconds::MAX);
    Scenario {
        title: String::new(),
        why: String::new(),
        seed: random.word(),
        block_s: 600,
        blocks: 24,
        warmup: 2,
        horizons: Vec::from([1, 5]),
        market: Market {
            start: Timestamp::new(1_700_204_400), // an hour before vaults sell
            spot: Price::new(Real::from_num(1000 + random.below(1000))).unwrap_or(Price::MIN),
            process: processes[random.below(3) as usize].clone(),
            shocks: Vec::new(),
            impact: Impact {
                shape: shapes[random.below(3) as usize],
                permanent: real("0.5"),
                resilience_per_day: real("8"),
            },
            depth: Depth {
                base: real("400000000"),
                sigma0: vol,
                psi: real("1"),
                floor: real("0.05"),
                half_life: hour,
            },
            spread_bps: real("1"),
            surface: Surface::Implied(Implied {
                vol,
                down: real("2.6"),
                up: real("-0.1"),
                half_life_s: 7200,
                smile: None,
            }),
            realised_half_life_s: 3600,
        },
        // The first expiry passes on the way.
        listing: Listing::Grid { hours: Vec::from([2, 168]), roll: true, strikes: tenths },
        capital: Cash::from_atoms(100_000_000 * Cash::SCALE),
        delta_exchange: random.below(2) == 0,
        dealer: DealerRule::default(),
        agents: agents(),
    }
}

/// One of each kind. They are not read from a file: a reader of tagged data knows floats.
fn agents() -> Vec<Agent> {
    let (four, half) = (real("4"), real("0.5"));
    let series = |strike: u32, kind| Series {
        expiry: Timestamp::new(1_700_809_200),
        strike: Price::new(Real::from_num(strike)).unwrap_or(Price::MIN),
        kind,
    };
    let size = |units: i128| Size::from_atoms(units * Size::SCALE);
    let cash = |units: i128| Cash::from_atoms(units * Cash::SCALE);
    let print =
        |at, series, side, units| Print { at: Timestamp::new(at), series, side, size: size(units) };
    Vec::from([
        Agent::ProtectionBuyer(ProtectionBuyer {
            per_day: real("200"),
            contracts: real("50"),
            dispersion: half,
            fear: real("0.4"),
            elasticity: four,
            hours: 1,
            strike: real("0.95"),
        }),
        Agent::GammaSeller(GammaSeller {
            per_day: real("5000"),
            premium: real("0.01"),
            elasticity: real("10"),
        }),
        Agent::CallSpeculator(CallSpeculator {
            per_day: real("400"),
            contracts: real("20"),
            dispersion: real("0.8"),
            half_life_s: 21_600,
            elasticity: four,
            hours: 1,
            delta_least: real("0.05"),
            delta_most: real("0.3"),
        }),
        Agent::YieldSeller(YieldSeller {
            per_day: real("100"),
            contracts: real("10"),
            dispersion: Real::ZERO,
            elasticity: four,
            hours: 3,
            delta: real("0.2"),
            option: Kind::Call,
            margin: None,
        }),
        Agent::Vault(Vault {
            contracts: real("500"),
            delta: real("0.1"),
            hours: 24,
            discount: real("0.3"),
            margin: None,
        }),
        Agent::SurfaceArbitrageur(SurfaceArbitrageur {
            per_day: real("5000"),
            margin: real("0.01"),
            latency: 2,
        }),
        Agent::GammaSqueezer(GammaSqueezer {
            start: 8,
            budget: cash(200_000),
            push: cash(1_000_000),
            gain: real("0.8"),
            hours: 3,
            strike: real("1.05"),
            buy_blocks: 3,
            push_blocks: 3,
            unwind_blocks: 3,
        }),
        Agent::LeveragedTrader(LeveragedTrader {
            units: real("2000"),
            positions: 50,
            buffer: real("0.05"),
            dispersion: real("0.6"),
            top_up: real("0.3"),
            return_days: real("0.05"),
        }),
        Agent::LiquidityProvider(LiquidityProvider {
            leaves: half,
            drawdown: real("0.001"),
            volatility: real("1.2"),
            delay_hours: 1,
            return_hours: 1,
        }),
        Agent::PortfolioInsurer(PortfolioInsurer {
            wealth: real("5000000"),
            by: Insurance::Proportion { multiple: real("3"), floor: real("0.8") },
            every: 1,
        }),
        Agent::InverseProduct(InverseProduct {
            assets: real("1000000"),
            leverage: -Real::ONE,
            close_s: 32_400,
        }),
        Agent::RecordedFlow(RecordedFlow {
            prints: Vec::from([
                print(1_700_207_000, series(1200, Kind::Put), Side::Buy, 10),
                print(1_700_212_000, series(1600, Kind::Call), Side::Sell, 5),
            ]),
            factor: Real::ONE,
            tolerance: real("0.05"),
        }),
    ])
}

/// A path of the light loop, and the variance it realised.
pub(crate) fn light(random: &mut Random, fold: &mut Fold) {
    let gain = random.between(real("-0.5"), real("0.7"));
    let line = Line {
        cash: random.between(real("-0.3"), real("0.3")),
        log_strike: random.between(real("-0.02"), real("0.02")),
        deviations: Vec::from([real("0.2"), real("0.15")]),
    };
    let lines = if random.below(2) == 0 { Vec::new() } else { Vec::from([line]) };
    let hedges = [
        Hedge::AtOnce,
        Hedge::Late,
        Hedge::Partly(real("0.25")),
        Hedge::Rounds(3),
        Hedge::Band(real("0.001")),
    ];
    let shapes =
        [Shape::Linear, Shape::Root { y: real("0.01"), core: real("0.05") }, Shape::Product];
    let made = Light::new(real("0.002"), Book { gain, lines }, random.pick(hedges));
    let Ok(mut light) = made else { return fold.text("no light loop") };
    light.impact = Impact {
        shape: random.pick(shapes),
        permanent: random.pick([real("0.5"), Real::ONE]),
        resilience_per_day: real("8000"),
    };
    let Ok(mut realised) = Realised::new(&[1, 4, 16]) else { return fold.text("no horizons") };
    let whence = Whence { seed: random.word(), path: random.word(), agent: 1 };
    match light.run(&Tables::new(), whence, 200, |step| realised.see(step)) {
        Ok(end) => fold.shown((end, [0, 1, 2].map(|window| realised.variance(window)))),
        Err(error) => fold.text(error),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    /// Worlds that stop early, or in which nobody trades, would compare nothing.
    #[test]
    fn worlds_live() {
        assert_eq!(agents().len(), 12);
        for row in 0..60 {
            let mut random = Random::seeded("loop.world", row);
            let (scenario, design) = (scenario(&mut random), Design::dynamic());
            let setting = Setting::default();
            let mut world = World::new(&scenario, &design, &setting, 1).unwrap();
            world.run().unwrap();
            assert!(world.tape().sold.trades > 0, "row {row}");
        }
    }
}
