//! `amm_loop::system`: protocols that share a market, under every design, and what they save.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::fold::Fold;
use crate::protocols::{COUNT, coarse};
use crate::random::Random;
use amm_core::num::{Cash, Real};
use amm_core::signals::PredictorParams;
use amm_loop::system::{
    Channels, Design, Injection, Matrix, Protocol, Scenario, Setting, Stress, System, shapley,
};

/// Minutes of a block: few enough blocks for a slow machine, enough for each of a fall's stages.
const MINUTES: u32 = 20;

/// A scenario of 36 or 84 blocks, stopped half-way, saved, and gone on with.
pub(crate) fn system(random: &mut Random, fold: &mut Fold) {
    let (mut scenario, design) = (coarse(random.below(COUNT), MINUTES), design(random));
    scenario.seed = random.word();
    scenario.perp.rush = random.pick([Real::ZERO, Real::ZERO, Real::ONE / 50]);
    let (setting, path) = (setting(random, &scenario), u64::from(random.below(1 << 20)));
    let mut system = match System::new(&scenario, &design, &setting, path) {
        Ok(system) => system,
        Err(error) => return fold.text(error),
    };
    for _ in 0..scenario.blocks / 2 {
        if let Err(error) = system.step() {
            return fold.text(error);
        }
    }
    let bytes = system.save();
    let again = System::restore(&scenario, &design, &setting, path, &bytes);
    let Ok(mut again) = again else { return fold.text("not restored") };
    for system in [&mut system, &mut again] {
        fold.shown(system.run());
        fold.text(system.digest());
    }
    fold.shown(system.tape());
    fold.shown((system.spot(), system.seen(), system.displacement(), system.depth()));
    fold.shown((system.gain(), system.score(), system.why(), system.rate(), system.margin()));
    fold.shown((system.freedom(), system.inclusion(), system.coin(), system.nav()));
    fold.shown((
        system.equities(),
        system.clearing(),
        system.underwater(),
        system.tape().latency(),
    ));
}

/// One of all designs, or one whose scores come from outside.
fn design(random: &mut Random) -> Design {
    let designs = Design::all();
    match designs.into_iter().nth(random.below(10) as usize) {
        Some(design) => design,
        None => {
            let scores = (0..24).map(|_| Real::from_num(random.below(1_001)) / 1_000).collect();
            let beside = Some(Box::new(PredictorParams::default()));
            let stress = Stress::Given { scores, cap: Real::ONE + Real::ONE / 2, beside };
            Design { stress, ..Design::predictive() }
        }
    }
}

/// Half the time with every channel open, and half the time with a loss.
fn setting(random: &mut Random, scenario: &Scenario) -> Setting {
    let any = random.below(32);
    let mask = random.pick([31, any]);
    let injection = Injection {
        protocol: Protocol::ALL[random.below(4) as usize],
        loss: Cash::from_atoms(i128::from(random.below(2_000_001)) * Cash::SCALE),
        block: 1 + random.below(scenario.blocks / 2),
    };
    Setting {
        channels: Channels::of_mask(mask).unwrap_or(Channels::ALL),
        injection: random.pick([None, Some(injection)]),
        samples: true,
        ..Setting::default()
    }
}

/// The linear system of contagion, and the shares of its causes.
pub(crate) fn linear(random: &mut Random, fold: &mut Fold) {
    let side = 1 + random.below(5) as usize;
    let mut draw = || random.between(-Real::ONE, Real::ONE) / side as i128;
    let rows: Vec<Vec<Real>> = (0..side).map(|_| (0..side).map(|_| draw()).collect()).collect();
    let rows: Vec<&[Real]> = rows.iter().map(Vec::as_slice).collect();
    let matrix = match Matrix::new(&rows) {
        Ok(matrix) => matrix,
        Err(error) => return fold.text(error),
    };
    fold.shown((matrix.resolvent(), matrix.inverse(), Matrix::of_response(&matrix)));
    fold.shown(matrix.magnitudes().spectral_radius());
    let results: Vec<Real> =
        (0..1 << side).map(|_| random.between(real_max(), -real_max())).collect();
    fold.shown(shapley(&results));
}

/// A million millions, below zero.
fn real_max() -> Real {
    Real::from_num(-1_000_000_000_000_i64)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use amm_core::risk::breaker::State;
    use std::collections::BTreeSet;

    /// Systems that stop early, or in which nobody is liquidated, would compare nothing.
    #[test]
    fn systems_live() {
        let (mut designs, mut filled, mut auctioned) = (BTreeSet::new(), 0, 0);
        for row in 0..200 {
            let mut random = Random::seeded("loop.system", 50 * row);
            designs.insert(design(&mut random).name);
        }
        assert_eq!(designs.len(), 9);
        for number in 0..COUNT {
            let scenario = coarse(number, MINUTES);
            for design in Design::all() {
                let setting = Setting::default();
                let mut system = System::new(&scenario, &design, &setting, 1).unwrap();
                let end = system.run();
                assert!(end.is_ok() || system.blocks() > scenario.blocks / 2, "{number} {end:?}");
                // Where there is no auction a halt that lasts liquidates nobody.
                let shut = design.name == "halt" && system.freedom() == State::Halted;
                assert!(system.tape().liquidations > 0 || shut, "{number} {}", design.name);
                filled += system.tape().liquidations;
                auctioned += system.tape().auctioned;
            }
        }
        assert!(filled > 1_000 && auctioned > 0, "{filled} {auctioned}");
    }
}
