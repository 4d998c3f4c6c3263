//! One system, run to its end and measured.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use amm_core::math::exp;
use amm_core::num::{Cash, Real};
use amm_core::risk::breaker::State;
use amm_loop::system::{
    BreakerRule, Channels, Design, Latency, Leg, MarginRule, Scenario, Setting, System, SystemError,
};
use rayon::prelude::*;
use serde::Serialize;

use super::Options;
use crate::stats::Estimate;

/// What is measured of every path: key, unit, meaning.
pub const FIGURES: [(&str, &str, &str); 14] = [
    ("fall", "%", "the deepest fall of spot"),
    ("forced", "m", "forced trades in the underlying"),
    ("cascade", "m", "of these, the most in blocks without a pause"),
    ("bad_debt", "m", "deficits, and what loans and positions are short of at the end"),
    ("insured", "m", "paid by the insurance fund and by lending's cover"),
    ("deleveraged", "m", "borne by traders who were deleveraged"),
    ("socialised", "m", "borne by other traders and by suppliers"),
    ("liquidations", "", "margin calls that were filled"),
    ("drift", "m", "lost by moves of spot between a margin call and its fill"),
    ("shut_out", "", "times a keeper was not let in"),
    ("coin_low", "", "the stablecoin's lowest price"),
    ("gain_max", "", "the greatest loop gain"),
    ("auctioned", "", "liquidations that went by auction"),
    ("halted", "h", "hours for which a breaker halts, or would"),
];

/// A figure of a design.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figure {
    /// See [`FIGURES`].
    pub key: &'static str,
    /// Its mean over paths.
    pub mean: Estimate,
    /// Its mean less the first design's.
    pub against: Option<Estimate>,
}

/// One system at its end.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) figures: [f64; FIGURES.len()],
    /// −ln of the lowest spot over the first.
    pub(super) fall: Real,
    pub(super) squares: f64,
    pub(super) margins: [f64; 4],
    pub(super) near: bool,
    pub(super) hit: bool,
    pub(super) equities: [f64; 4],
    pub(super) legs: Vec<Leg>,
    pub(super) stopped: bool,
    /// Stress scores by block.
    pub(super) scores: Vec<Real>,
    digest: Vec<u8>,
}

/// Millions of cash.
pub(super) fn millions(cash: Cash) -> f64 {
    cash.atoms() as f64 / 1e15
}

pub(super) fn number(value: Real) -> f64 {
    value.to_num()
}

/// What all runs of an experiment share.
pub(super) struct Lab<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) options: &'a Options,
    pub(super) designs: &'a [Design],
    done: &'a (dyn Fn(u64, u64) + Sync),
    behind: AtomicU64,
    total: u64,
    digests: Mutex<Vec<u8>>,
    /// Worlds that are done, by what makes them.
    known: Mutex<BTreeMap<Vec<u8>, Arc<Vec<Path>>>>,
}

/// What makes a world: what changes nothing in it is as in the baseline.
fn maker(design: &Design, setting: &Setting) -> Vec<u8> {
    let mut plain = Design { name: String::new(), ..design.clone() };
    if !plain.breaker.acts {
        plain.breaker = BreakerRule::watched();
        if setting.channels == Channels::NONE {
            // No sale moves spot, so neither does who is sold, and when.
            let Design { liquidation, margin, stress, .. } = Design::baseline();
            plain = Design { liquidation, margin, stress, ..plain };
        }
    }
    let mut setting = setting.clone();
    // Fixed margin follows nothing, whether it may or not.
    setting.channels.margin |= matches!(plain.margin, MarginRule::Fixed);
    postcard::to_allocvec(&(plain, setting)).unwrap_or_default()
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        options: &'a Options,
        done: &'a (dyn Fn(u64, u64) + Sync),
        designs: &'a [Design],
    ) -> Self {
        let (behind, digests) = (AtomicU64::new(0), Mutex::default());
        let total = super::worlds(designs, options) * u64::from(options.paths);
        let known = Mutex::default();
        Self { scenario, options, designs, done, behind, total, digests, known }
    }

    /// All paths under a design and a setting; those that have been run before are not run again.
    pub(super) fn paths(
        &self,
        design: &Design,
        setting: &Setting,
    ) -> Result<Arc<Vec<Path>>, SystemError> {
        let maker = maker(design, setting);
        let known = |lab: &Self| lab.known.lock().ok()?.get(&maker).cloned();
        if let Some(paths) = known(self) {
            self.count(self.options.paths.into());
            return Ok(paths);
        }
        let paths = Arc::new(self.each(|_| Ok((self.scenario, design.clone(), setting.clone())))?);
        if let Ok(mut known) = self.known.lock() {
            known.insert(maker, paths.clone());
        }
        Ok(paths)
    }

    /// All paths, each under a design of its own and maybe in a scenario of its own.
    pub(super) fn each<'b>(
        &self,
        of: impl Fn(u32) -> Result<(&'b Scenario, Design, Setting), SystemError> + Sync,
    ) -> Result<Vec<Path>, SystemError> {
        let paths: Result<Vec<Path>, SystemError> = (0..self.options.paths)
            .into_par_iter()
            .map(|path| {
                let (scenario, design, setting) = of(path)?;
                let path = measure(scenario, &design, &setting, path)?;
                self.count(1);
                Ok(path)
            })
            .collect();
        let paths = paths?;
        if let Ok(mut digests) = self.digests.lock() {
            for path in &paths {
                digests.extend_from_slice(&path.digest);
            }
        }
        Ok(paths)
    }

    fn count(&self, more: u64) {
        let behind = self.behind.fetch_add(more, Ordering::Relaxed) + more;
        (self.done)(behind, self.total);
    }

    /// The digests of all systems so far. Batches come one after the other, each in the order of paths.
    pub(super) fn digests(&self) -> Vec<u8> {
        self.digests.lock().map(|digests| digests.clone()).unwrap_or_default()
    }
}

/// Runs a system to its end, or to where it stops.
fn measure(
    scenario: &Scenario,
    design: &Design,
    setting: &Setting,
    path: u32,
) -> Result<Path, SystemError> {
    let mut system = System::new(scenario, design, setting, u64::from(path))?;
    let mut scores = Vec::new();
    let stopped = loop {
        match system.step() {
            Ok(true) => scores.push(system.score()),
            Ok(false) => break false,
            // Nothing may come from nowhere, and a loss must be there to be lost: these are no ends.
            Err(error @ (SystemError::NotConserved { .. } | SystemError::LossTooGreat { .. })) => {
                return Err(error);
            }
            Err(_) => break true,
        }
    };
    let tape = system.tape();
    let under = system.underwater().unwrap_or(Cash::ZERO);
    let drift: f64 = tape.legs.iter().flat_map(|leg| leg.drift).map(millions).sum();
    let low = exp(tape.low).unwrap_or(Real::ZERO);
    let figures = [
        100.0 * (1.0 - number(low)),
        millions(tape.forced),
        millions(tape.run_max),
        millions(tape.bad_debt) + millions(under),
        millions(tape.insured),
        millions(tape.deleveraged),
        millions(tape.socialised),
        f64::from(tape.liquidations),
        drift,
        f64::from(tape.shut_out),
        number(tape.coin_low),
        number(tape.gain_max),
        f64::from(tape.auctioned),
        f64::from(tape.blocks_in[State::Halted as usize]) * f64::from(scenario.block_s) / 3600.0,
    ];
    let margins = [tape.margin_low, tape.margin_high, tape.margin_rise_hour, tape.margin_rise_day];
    let equities = system.equities().unwrap_or_default();
    Ok(Path {
        figures,
        fall: -tape.low,
        squares: number(tape.squares),
        margins: margins.map(number),
        near: tape.near_at.is_some(),
        hit: tape.hit_at.is_some(),
        equities: equities.map(millions),
        legs: tape.legs.clone(),
        stopped,
        scores,
        digest: system.digest().to_string().into_bytes(),
    })
}

/// The three legs of all margin calls of all paths.
pub(super) fn latency(paths: &[Path]) -> Option<[Latency; 3]> {
    let legs = paths.iter().flat_map(|path| path.legs.iter().copied()).collect();
    let tape = amm_loop::system::Tape { legs, ..Default::default() };
    tape.latency().ok().flatten()
}
