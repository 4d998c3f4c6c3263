//! The light loop is the same world as `spot`, within its stated error, and stops where it must.

use amm_core::math::norm_cdf;
use amm_core::num::{Real, YEAR_S};
use amm_loop::draw::Draws;
use amm_loop::light::{
    Book, Hedge, Light, LightError, Line, NORMAL_MAX_ERROR, PROBABILITY_MAX_ERROR, Realised, Step,
    Tables, Whence, real,
};
use amm_loop::spot::{Fundamental, Impact, Process, Shape, Venue};

const BLOCKS: u64 = 2000;
const SECONDS: u32 = 60;
const WHENCE: Whence = Whence { seed: 3, path: 1, agent: 4 };

/// The loop once more, of the parts of `spot`, in wide numbers and in the plainest way.
struct Plain<'a> {
    light: &'a Light,
    own: Real,
    venue: Venue,
    held: Real,
}

impl Plain<'_> {
    fn log_spot(&self, venue: &Venue) -> Real {
        self.own + venue.displacement()
    }

    fn target(&self, x: Real, block: u64) -> Real {
        self.light.book.lines.iter().fold(self.light.book.gain * x, |sum, line| {
            let deviation = line.deviations[line.deviations.len().min(block as usize + 1) - 1];
            let d = (x - line.log_strike) / deviation - deviation / 2;
            sum + line.cash * norm_cdf(d)
        })
    }

    fn gap(&self, block: u64) -> Real {
        self.target(self.log_spot(&self.venue), block) - self.held
    }

    fn trade(&mut self, flow: Real) {
        self.venue.push(flow * self.venue.scale()).unwrap();
        self.held += flow;
    }

    /// Trades until there is no gap: what is bought now, were it bought at once, moves spot, and
    /// spot the target, over and over.
    fn at_once(&mut self, block: u64) {
        let mut flow = Real::ZERO;
        for _ in 0..150 {
            let mut after = self.venue.clone();
            after.push(flow * after.scale()).unwrap();
            flow = self.target(self.log_spot(&after), block) - self.held;
        }
        self.trade(flow);
    }

    fn block(&mut self, block: u64, own: Real) {
        let seen_before = self.gap(block);
        self.venue.pass(self.light.seconds);
        self.own += own;
        match self.light.hedge {
            Hedge::Elsewhere => self.held += self.gap(block + 1),
            Hedge::Late => self.trade(seen_before),
            Hedge::Rounds(rounds) => {
                (0..rounds).for_each(|_| self.trade(self.gap(block + 1)));
                self.held = self.target(self.log_spot(&self.venue), block + 1);
            }
            Hedge::AtOnce => self.at_once(block + 1),
            Hedge::Partly(share) => self.trade(share * self.gap(block + 1)),
            Hedge::Band(half) => {
                if self.gap(block + 1).abs() > half {
                    self.at_once(block + 1);
                }
            }
            Hedge::Decay => {
                let x = self.log_spot(&self.venue);
                self.trade(self.target(x, block + 1) - self.target(x, block));
            }
        }
    }
}

/// Runs both and returns the farthest ln spot and holdings are apart.
fn apart(light: &Light, tables: &Tables) -> (Real, Real) {
    let vol = "0.8".parse().unwrap();
    let mut path = Fundamental::new(Process::Lognormal { vol }).unwrap();
    let venue = Venue::new(light.impact, Real::lit("65536")).unwrap();
    let mut plain = Plain { light, own: Real::ZERO, venue, held: Real::ZERO };
    plain.held = plain.target(Real::ZERO, 0);
    let (mut spots, mut holdings) = (Real::ZERO, Real::ZERO);
    let mut held = plain.held;
    light
        .run(tables, WHENCE, BLOCKS, |step| {
            let Whence { seed, path: number, agent } = WHENCE;
            let mut draws = Draws::new(seed, number, step.block, agent);
            plain.block(step.block, path.step(SECONDS, &mut draws).unwrap());
            spots = spots.max((real(step.to) - plain.log_spot(&plain.venue)).abs());
            if let Hedge::Rounds(_) = light.hedge {
                return; // what is forgotten is not in the flow
            }
            held += real(step.flow);
            holdings = holdings.max((held - plain.held).abs());
        })
        .unwrap();
    (spots, holdings)
}

fn light(impact: Impact, book: Book, hedge: Hedge) -> Light {
    let vol = Real::lit("0.8");
    let variance = vol * vol * i128::from(SECONDS) / i128::from(YEAR_S);
    let deviation = amm_core::math::sqrt(variance).unwrap();
    let drift = -variance / 2;
    let seconds = SECONDS;
    Light { drift, impact, seconds, ..Light::new(deviation, book, hedge).unwrap() }
}

/// Two strikes, one of which nears its expiry.
fn options() -> Book {
    let shrinking = (0..1500).map(|n| Real::lit("0.05") - Real::lit("0.00003") * n).collect();
    let near =
        Line { cash: Real::lit("0.002"), log_strike: Real::lit("0.01"), deviations: shrinking };
    let far = Line {
        cash: Real::lit("-0.02"),
        log_strike: Real::lit("-0.02"),
        deviations: vec![Real::lit("0.1")],
    };
    Book { gain: Real::lit("0.2"), lines: vec![near, far] }
}

#[test]
fn light_and_venue_agree() {
    let tables = Tables::new();
    let half = Real::lit("0.5");
    let linear = Impact::LINEAR;
    let transient = Impact { permanent: half, resilience_per_day: Real::lit("100"), ..linear };
    let y = Real::lit("0.02");
    let root = Impact { shape: Shape::Root { y, core: Real::lit("0.05") }, ..transient };
    let product = Impact { shape: Shape::Product, ..linear };
    let hedges = [
        Hedge::Elsewhere,
        Hedge::Late,
        Hedge::Rounds(3),
        Hedge::AtOnce,
        Hedge::Partly(Real::lit("0.1")),
        Hedge::Band(Real::lit("0.002")),
        Hedge::Decay,
    ];
    // The loop multiplies an error by under 1/(1 − 0.8), 0.8 the greatest gain here, a constant
    // product's slope of two counted in.
    let deviation = light(linear, Book::default(), Hedge::Late).deviations[0];
    let units = Real::from_bits(20 << 10);
    let bound = 5 * (Real::from_num(BLOCKS) * (deviation * NORMAL_MAX_ERROR + units));
    let bound = bound + PROBABILITY_MAX_ERROR;
    for impact in [linear, transient, root, product] {
        for book in [Book::of_gain(Real::lit("0.4")), Book::of_gain(Real::lit("-0.4")), options()] {
            for hedge in hedges {
                let light = light(impact, book.clone(), hedge);
                let (spots, holdings) = apart(&light, &tables);
                assert!(spots <= bound, "{light:?}: ln spot {spots} apart, over {bound}");
                assert!(holdings <= bound, "{light:?}: held {holdings} apart, over {bound}");
            }
        }
    }
}

/// One path is one path: whoever watches, however it is cut.
#[test]
fn a_longer_run_begins_like_a_shorter_one() {
    let tables = Tables::new();
    let light = light(Impact::LINEAR, options(), Hedge::AtOnce);
    let steps = |blocks| {
        let mut steps: Vec<Step> = Vec::new();
        light.run(&tables, WHENCE, blocks, |&step| steps.push(step)).unwrap();
        steps
    };
    assert_eq!(steps(300)[..200], steps(200)[..]);
}

#[test]
fn a_gain_of_one_has_no_end() {
    let tables = Tables::new();
    let run = |gain, hedge| {
        let light = Light::new(Real::lit("0.001"), Book::of_gain(gain), hedge).unwrap();
        light.run(&tables, WHENCE, 20_000, |_| ())
    };
    for gain in ["1", "1.5", "8", "0.99951171875"] {
        let gain = Real::lit(gain);
        let error = run(gain, Hedge::AtOnce).unwrap_err();
        assert_eq!(error, LightError::Unstable { block: 0, gain });
    }
    assert!(run(-Real::lit("8"), Hedge::AtOnce).is_ok());
    for gain in ["1.1", "-1.1", "8", "-8"] {
        let gain = Real::lit(gain);
        for hedge in [Hedge::Late, Hedge::Rounds(1000)] {
            let error = run(gain, hedge).unwrap_err();
            assert!(matches!(error, LightError::Runaway { .. }), "{gain} {hedge:?}: {error}");
        }
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let light = light(Impact::LINEAR, options(), Hedge::AtOnce);
    light.check().unwrap();
    let nine = Real::lit("9");
    let none = || Light { deviations: vec![], ..light.clone() };
    assert_eq!(none().check().unwrap_err().to_string(), "the deviations of blocks is empty");
    for wrong in [
        Light { deviations: vec![Real::ZERO, nine], ..light.clone() },
        Light { drift: nine, ..light.clone() },
        Light { start: nine, ..light.clone() },
        Light { hedged: -nine, ..light.clone() },
        Light { book: Book::of_gain(nine), ..light.clone() },
        Light { hedge: Hedge::Partly(nine), ..light.clone() },
        Light { hedge: Hedge::Band(-nine), ..light.clone() },
        Light { impact: Impact { permanent: nine, ..Impact::LINEAR }, ..light.clone() },
    ] {
        assert!(wrong.check().is_err(), "{wrong:?}");
    }
    let horizon = |horizons: &[u32]| Realised::new(horizons).map(drop).is_ok();
    assert_eq!([&[3, 4][..], &[0], &[1, 4, 16]].map(horizon), [false, false, true]);
}

/// Every horizon sees every block once, from the first on.
#[test]
fn horizons_nest() {
    let mut realised = Realised::new(&[2, 6]).unwrap();
    let mut from = 0;
    for (block, to) in [1, 3, 6, 10, 15, 21, 28, 36].into_iter().enumerate() {
        let unit = 1 << 40;
        let step =
            Step { block: block as u64, from: from * unit, to: to * unit, ..Step::default() };
        realised.see(&step);
        from = to;
    }
    // Windows of two move by 3, 7, 11 and 15 of 2⁻¹⁴, the one of six by 21.
    let squares = |n: i128| Real::from_num(n) / (1 << 28);
    assert_eq!((realised.variance(0), realised.count(0)), (squares(9 + 49 + 121 + 225), 4));
    assert_eq!((realised.variance(1), realised.count(1)), (squares(441), 1));
}
