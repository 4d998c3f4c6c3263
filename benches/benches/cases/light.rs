//! The light loop, block by block: one keyed draw, spot's own move, a hedge, its impact, and realised
//! variance at four horizons.

use amm_benches_rig::rig::{Case, Moves};
use amm_core::num::Real;
use amm_loop::{
    light::{Book, End, Hedge, Light, Line, Realised, Tables, Whence},
    spot::{Impact, Shape},
};

/// A constant gain, hedged a block late.
pub(crate) const LATE: &str = "light/block/late";
/// The same hedged at once.
pub(crate) const AT_ONCE: &str = "light/block/at_once";
/// Half of impact comes back, and a tenth of the gap is closed each block.
pub(crate) const TRANSIENT: &str = "light/block/transient";
/// An option of Black and Scholes, hedged at once.
pub(crate) const OPTION: &str = "light/block/option";

/// Who the figures are by.
pub(crate) const WHO: &str = "amm-loop";

/// Blocks of a round.
const BLOCKS: u64 = 4_096;

pub(crate) fn cases() -> Vec<Box<dyn Case>> {
    let gain = |hedge| light(Book::of_gain(Real::lit("0.4")), hedge);
    let mut transient = gain(Hedge::Partly(Real::lit("0.1")));
    let (permanent, resilience_per_day) = (Real::lit("0.5"), Real::lit("100"));
    transient.impact = Impact { shape: Shape::Linear, permanent, resilience_per_day };
    let deviations = vec![Real::lit("0.5")];
    let line = Line { cash: Real::lit("0.4"), log_strike: Real::ZERO, deviations };
    let option = light(Book { gain: Real::ZERO, lines: vec![line] }, Hedge::AtOnce);
    vec![
        paths(LATE, gain(Hedge::Late)),
        paths(AT_ONCE, gain(Hedge::AtOnce)),
        paths(TRANSIENT, transient),
        paths(OPTION, option),
    ]
}

fn light(book: Book, hedge: Hedge) -> Light {
    Light::new(Real::lit("0.0005"), book, hedge).expect("a small gain")
}

/// A loop, and how two of its paths end.
struct Paths {
    light: Light,
    tables: Tables,
    realised: Realised,
    end: Option<End>,
    want: [(Option<End>, Real); 2],
}

fn paths(what: &'static str, light: Light) -> Box<dyn Case> {
    let realised = Realised::new(&[1, 4, 16, 256]).expect("multiples");
    let want = [(None, Real::ZERO); 2];
    let mut state = Paths { light, tables: Tables::new(), realised, end: None, want };
    for path in 0..2 {
        run(&mut state, path);
        state.want[path] = (state.end, state.realised.variance(3));
    }
    assert_ne!(state.want[0], state.want[1], "paths differ");
    let check = |state: &Paths, path: usize| {
        assert_eq!((state.end, state.realised.variance(3)), state.want[path]);
    };
    Box::new(Moves { what, who: WHO, state, cells: BLOCKS as usize, step: run, check, moves: 0 })
}

fn run(state: &mut Paths, path: usize) {
    let Paths { light, tables, realised, end, .. } = state;
    *realised = Realised::new(&[1, 4, 16, 256]).expect("multiples");
    let whence = Whence { seed: 1, path: path as u64, agent: 0 };
    *end = light.run(tables, whence, BLOCKS, |step| realised.see(step)).ok();
}
