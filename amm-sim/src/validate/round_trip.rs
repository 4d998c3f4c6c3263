//! I6: no profit from pushing spot up and down. Impact as a function of a volume state that fades
//! exponentially allows none, whatever its shape (Alfonsi and Schied 2010); the same shape of the *rate*
//! of trading with the same fading does (Gatheral 2010).
//!
//! One search goes over round trips under both: from schedules of chance it shifts trade from one step
//! to another as long as that is cheaper. What it cannot find in the simulator's venue it finds in
//! Gatheral's, where at the least the trip of two even rates that his formula gives is there.

use super::luck::Luck;
use super::market::Market;
use super::moments::paths;
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::math::exp;
use amm_core::num::{OutOfRange, Real};
use amm_loop::spot::{Impact, Shape, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["I6"], cost_ms: [300, 4_900], rows };

/// Steps of a round trip, which buys 1 and sells 1 in all.
const STEPS: usize = 16;

type Trades = [f64; STEPS];

/// Seconds of a step, and what of impact a step leaves: e^−ρτ with ρτ = .02.
const STEP_S: u32 = 864;
const RESILIENCE_PER_DAY: Real = Real::lit("2");
const FADING: f64 = 0.02;

/// As concave as a third of the slope at a volume of one, and the cash of such a volume.
const ROOT: Shape = Shape::Root { y: Real::ONE, core: Real::lit("0.3") };
const SCALE: Real = Real::lit("1000000");

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("I6", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let starts = effort.pick(16, 240);
    let luck = Luck::new(611, fault);
    let mut rows = Vec::new();
    for (name, shape) in [("linear", Shape::Linear), ("root", ROOT)] {
        let venue = Venue { shape, fault };
        let law = |trades: &Trades| match fault {
            Some(Fault::RateImpact) => Ok(Rates::new(&RATE_ROOT)?.cost(trades)),
            _ => Ok(venue.run(trades, PIECES)?.cost),
        };
        let least = search(luck, starts, law)?;
        let mut once = [0.0; STEPS];
        once[0] = 1.0;
        let measured = least.cost / venue.run(&once, PIECES)?.cost.abs();
        let what = format!(
            "{name} impact of volume: cheapest round trip over buying at once, {starts} searches"
        );
        rows.push(Row { id: "I6", what, measured, theory: 0.0, low: 0.0, high: 1.0 });

        let Paid { cost, lost } = venue.run(&least.trades, FINE_PIECES)?;
        let what = format!("{name}: what that trip pays over what impact gives up as it fades");
        rows.push(Row::within("I6", what, cost / lost, 1.0, 1e-4));
    }
    let rates = Rates::new(&RATE_ROOT)?;
    let (theory, trip) = rates.two_rates()?;
    let even = rates.cost(&[1.0 / STEPS as f64; STEPS]);
    let what = "root impact of rate: best trip of two rates over buying evenly; exact";
    rows.push(Row::within("I6", what, rates.cost(&trip) / even, theory / even, 1e-9));
    let least = search(luck, starts, |trades| Ok(rates.cost(trades)))?;
    let what = format!("the same: cheapest round trip, {starts} searches, at most that");
    let (measured, high) = (least.cost / even, theory / even);
    rows.push(Row { id: "I6", what, measured, theory: high, low: -1.0, high });
    let linear = Rates::new(&|rate| rate)?;
    let least = search(luck, starts, |trades| Ok(linear.cost(trades)))?;
    let measured = least.cost / linear.cost(&[1.0 / STEPS as f64; STEPS]);
    let what = format!("linear impact of rate: cheapest round trip, {starts} searches");
    rows.push(Row { id: "I6", what, measured, theory: 0.0, low: 0.0, high: 1.0 });
    Ok(rows)
}

/// A round trip and what it costs.
#[derive(Clone, Copy, Debug)]
struct Trip {
    trades: Trades,
    cost: f64,
}

/// Shifts of trade that a search tries.
const TRIES: u32 = 600;

/// The cheapest round trip found from any start.
fn search(
    luck: Luck,
    starts: u64,
    law: impl Fn(&Trades) -> Result<f64, SpotError> + Sync,
) -> Result<Trip, SpotError> {
    let found = paths(starts, |start| climb(luck, start, &law));
    let found = found.into_iter().collect::<Result<Vec<_>, SpotError>>()?;
    let cheaper = |a: Trip, b: Trip| if b.cost < a.cost { b } else { a };
    found.into_iter().reduce(cheaper).ok_or(SpotError::PathOver { blocks: 0 })
}

/// From a start of chance, shifts that make the trip cheaper, ever smaller ones.
fn climb(
    luck: Luck,
    start: u64,
    law: impl Fn(&Trades) -> Result<f64, SpotError>,
) -> Result<Trip, SpotError> {
    let mut draws = luck.draws(start, 0, 0);
    let mut trades = [0.0; STEPS];
    trades.iter_mut().for_each(|trade| *trade = draws.normal().to_num());
    let mut best = Trip { trades: round(trades), cost: f64::INFINITY };
    best.cost = law(&best.trades)?;
    for attempt in 0..TRIES {
        let [from, to] = [draws.below(STEPS as u64), draws.below(STEPS as u64)];
        let size = draws.normal().to_num::<f64>() / f64::from(1 + attempt / 32);
        let mut trades = best.trades;
        trades[from as usize] -= size;
        trades[to as usize] += size;
        let trades = round(trades);
        let cost = law(&trades)?;
        if cost < best.cost {
            best = Trip { trades, cost };
        }
    }
    Ok(best)
}

/// The same schedule with its mean taken off, scaled to buy 1 and sell 1.
fn round(trades: Trades) -> Trades {
    let mean = trades.iter().sum::<f64>() / STEPS as f64;
    let trades = trades.map(|trade| trade - mean);
    let bought: f64 = trades.iter().filter(|&&trade| trade > 0.0).sum();
    trades.map(|trade| trade / bought)
}

/// Pieces of a trade, each filled half way along its own impact. Of a block q that falls short by
/// under .012·q³, and what fades of it is .03·q².
const PIECES: u32 = 8;
const FINE_PIECES: u32 = 512;

/// The simulator's venue, through which trades go in blocks.
#[derive(Clone, Copy, Debug)]
struct Venue {
    shape: Shape,
    fault: Option<Fault>,
}

/// What a schedule paid, and what impact gave up in fading and what of it was left at the end.
#[derive(Clone, Copy, Debug)]
struct Paid {
    cost: f64,
    lost: f64,
}

impl Venue {
    fn run(self, trades: &Trades, pieces: u32) -> Result<Paid, SpotError> {
        let impact = Impact {
            shape: self.shape,
            permanent: Real::ZERO,
            resilience_per_day: RESILIENCE_PER_DAY,
        };
        let mut market = Market::new(impact, SCALE, self.fault)?;
        let (mut cost, mut lost) = (0.0, 0.0);
        for &trade in trades {
            let piece = trade / f64::from(pieces);
            let mut moved = market.displacement();
            for _ in 0..pieces {
                market.push(SCALE * Real::from_num(piece))?;
                let before = std::mem::replace(&mut moved, market.displacement());
                cost += piece * ((before + moved) / 2).to_num::<f64>();
            }
            market.pass(STEP_S);
            lost += self.potential(moved) - self.potential(market.displacement());
        }
        Ok(Paid { cost, lost: lost + self.potential(market.displacement()) })
    }

    /// What it takes to displace ln spot so far at once: ∫g(e)de.
    fn potential(self, displacement: Real) -> f64 {
        let moved = displacement.abs().to_num::<f64>();
        match self.shape {
            Shape::Root { y, core } => {
                let (y, core) = (y.to_num::<f64>(), core.to_num::<f64>());
                let root = moved / y + core; // √(e + c²)
                let volume = root * root - core * core;
                y * (2.0 / 3.0 * (root * root * root - core * core * core) - core * volume)
            }
            _ => moved * moved / 2.0,
        }
    }
}

/// √v, of either sign.
const RATE_ROOT: fn(f64) -> f64 = |rate| if rate < 0.0 { -(-rate).sqrt() } else { rate.sqrt() };

/// Gatheral's market: dS = f(v)dt, and what has been moved fades; a step's trades are spread evenly.
struct Rates<'a> {
    law: &'a (dyn Fn(f64) -> f64 + Sync),
    kept: f64,
}

impl<'a> Rates<'a> {
    fn new(law: &'a (dyn Fn(f64) -> f64 + Sync)) -> Result<Self, OutOfRange> {
        let kept = exp(-Real::from_num(FADING))?.to_num();
        Ok(Self { law, kept })
    }

    /// With time in units of 1/ρ.
    fn cost(&self, trades: &Trades) -> f64 {
        let faded = 1.0 - self.kept;
        let (mut moved, mut cost) = (0.0, 0.0);
        for &trade in trades {
            let rate = trade / FADING;
            let push = (self.law)(rate);
            cost += rate * (moved * faded + push * (FADING - faded));
            moved = moved * self.kept + push * faded;
        }
        cost
    }

    /// The cheapest round trip that buys at one even rate and then sells at another, by his formula:
    /// what it costs, and what it is.
    fn two_rates(&self) -> Result<(f64, Trades), OutOfRange> {
        let mut best = (f64::INFINITY, [0.0; STEPS]);
        for all in 2..=STEPS {
            for bought in 1..all {
                let sold = all - bought;
                let time = |steps: usize| steps as f64 * FADING;
                let faded = |steps: usize| -> Result<f64, OutOfRange> {
                    Ok((Real::ONE - exp(-Real::from_num(time(steps)))?).to_num())
                };
                let (up, down) = (1.0 / time(bought), 1.0 / time(sold));
                let (f_up, f_down) = ((self.law)(up), (self.law)(down));
                let cost = up * f_up * (time(bought) - faded(bought)?)
                    + down * f_down * (time(sold) - faded(sold)?)
                    - down * f_up * faded(bought)? * faded(sold)?;
                if cost < best.0 {
                    let trade = |step: usize| match step {
                        _ if step < bought => 1.0 / bought as f64,
                        _ if step < all => -1.0 / sold as f64,
                        _ => 0.0,
                    };
                    best = (cost, std::array::from_fn(trade));
                }
            }
        }
        Ok(best)
    }
}
