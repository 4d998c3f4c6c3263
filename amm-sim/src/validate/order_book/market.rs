//! One path of the market: orders that come by chance, and a hedger of straddles.

use super::super::luck::Luck;
use super::book::{Book, DUST, Failure, Side, TICKS};
use amm_core::math::{exp, norm_cdf, sqrt};
use amm_core::num::Real;
use amm_loop::draw::Draws;

/// What a path is made of. Prices are in cash, decimals of a price of 5.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    /// Probability of a market order.
    pub(super) immediacy: Real,
    /// sd of a quarter's news.
    pub(super) news: Real,
    /// Decay of resting volume per order that comes and squared distance from the middle.
    pub(super) decay: Real,
    /// Mean distance of a limit order from its reference; below 0 is away from the other side.
    pub(super) spread: Real,
}

impl Parameters {
    pub(super) const BENCHMARK: Self = Self {
        immediacy: Real::lit("0.3"),
        news: Real::ZERO,
        decay: Real::lit("0.05"),
        spread: Real::lit("-0.1"),
    };
}

const DAYS: u64 = 20;
const HOURS: u64 = 10;
const QUARTERS: u64 = 4;
/// Mean number of orders in a quarter.
const ORDERS: Real = Real::lit("40");
/// Probability that an order knows the fundamental price.
const INFORMED: Real = Real::lit("0.3");
/// sd of a limit order's distance.
const SPREAD_SD: Real = Real::lit("0.1");
/// Per √day, in cash.
const IMPLIED_VOL: Real = Real::lit("0.089");
/// Ticks to one of cash.
const PER_CASH: i128 = 100;
/// The first price, in ticks.
const START: usize = 500;

/// Whether the market fails within the days: one side of the book runs empty.
pub(super) fn fails(luck: Luck, path: u64, parameters: &Parameters, position: i32) -> bool {
    Market::new(parameters, position).run(luck, path).is_err()
}

struct Market<'a> {
    parameters: &'a Parameters,
    book: Book,
    /// What is left of resting volume by twice its distance from the middle in ticks.
    kept: Vec<f64>,
    /// In ticks.
    fundamental: Real,
    hedger: Hedger,
}

impl<'a> Market<'a> {
    fn new(parameters: &'a Parameters, position: i32) -> Self {
        let levels = |signed: i32| -> Vec<(usize, f64)> {
            [2, 4, 6].map(|ticks| ((START as i32 + signed * ticks) as usize, 10.0)).to_vec()
        };
        let kept = |twice: u32| -> f64 {
            let distance = Real::from(twice) / 2 / PER_CASH;
            let exponent = -parameters.decay * distance * distance;
            exp(exponent).expect("a number at most zero").to_num()
        };
        Self {
            parameters,
            book: Book::new(&levels(-1), &levels(1)),
            kept: (0..2 * TICKS as u32).map(kept).collect(),
            fundamental: Real::from_num(START),
            hedger: Hedger::new(f64::from(position)),
        }
    }

    fn run(mut self, luck: Luck, path: u64) -> Result<(), Failure> {
        for day in 0..DAYS {
            self.hedger.renew(&mut self.book)?;
            for hour in 0..HOURS {
                for quarter in 0..QUARTERS {
                    let quarters = hour * QUARTERS + quarter;
                    let block = day * HOURS * QUARTERS + quarters;
                    let mut draws = luck.draws(path, block, 0);
                    self.hedger.act(&mut self.book, quarter as i32)?;
                    for _ in 0..draws.poisson(ORDERS) {
                        self.order(&mut draws)?;
                    }
                    self.hedger.reconsider(&mut self.book, quarters + 1);
                    let news = luck.draws(path, block, 1).normal();
                    self.fundamental += self.parameters.news * news * PER_CASH;
                }
            }
        }
        Ok(())
    }

    /// Somebody comes with an order.
    fn order(&mut self, draws: &mut Draws) -> Result<(), Failure> {
        self.book.decay(&self.kept)?;
        let market = draws.chance(self.parameters.immediacy);
        let informed = draws.chance(INFORMED);
        let size = draws.uniform().to_num::<f64>();
        let mid = Real::from_num(self.book.twice_mid()) / 2;
        let mut side = if draws.bits() & 1 == 0 { Side::Bid } else { Side::Ask };
        if market {
            if informed {
                side = if mid > self.fundamental { Side::Ask } else { Side::Bid };
            }
            return self.book.take(side.other(), size, worst(side)).map(|_| ());
        }
        let reference = if informed { self.fundamental } else { mid };
        let away = -(self.parameters.spread + SPREAD_SD * draws.normal()) * PER_CASH;
        let price = reference + away * Real::from(side.outward());
        let tick = price.round().checked_to_num::<usize>().filter(|&tick| 0 < tick && tick < TICKS);
        self.book.place(side, size, tick.ok_or(Failure)?).map(|_| ())
    }
}

/// The tick at which an order takes whatever the other side asks for.
fn worst(side: Side) -> usize {
    match side {
        Side::Bid => TICKS,
        Side::Ask => 0,
    }
}

/// Holds straddles of two days to go, new ones at the money each day, and hedges them.
struct Hedger {
    /// Straddles.
    position: f64,
    /// Twice the strike, in ticks.
    strike: usize,
    /// Stock held against them.
    stock: f64,
    /// Delta of all of it, when last computed.
    exposure: f64,
    /// Side of the last order.
    side: Side,
}

impl Hedger {
    fn new(position: f64) -> Self {
        Self { position, strike: 0, stock: 0.0, exposure: 0.0, side: Side::Bid }
    }

    /// New straddles at the money, and no stock.
    fn renew(&mut self, book: &mut Book) -> Result<(), Failure> {
        book.withdraw()?;
        (self.strike, self.stock, self.exposure) = (book.twice_mid(), 0.0, 0.0);
        Ok(())
    }

    /// At the start of a quarter of an hour: withdraws what rests and orders what is left to be hedged,
    /// in the first quarter at its own side's best, in each further one half a spread beyond that.
    fn act(&mut self, book: &mut Book, quarter: i32) -> Result<(), Failure> {
        book.withdraw()?;
        if self.exposure.abs() < DUST {
            return Ok(());
        }
        self.side = if self.exposure > 0.0 { Side::Ask } else { Side::Bid };
        let (best, other) = (book.best(self.side) as i32, book.best(self.side.other()) as i32);
        let across = (best - other).abs() * quarter / 2;
        let tick = usize::try_from(best - across * self.side.outward()).ok();
        let tick = tick.filter(|&tick| 0 < tick && tick < TICKS).ok_or(Failure)?;
        book.follow(self.side, self.exposure.abs(), tick)
    }

    /// Books what was filled and computes delta; so many quarters of the day are over.
    fn reconsider(&mut self, book: &mut Book, quarters: u64) {
        let filled = book.filled();
        self.stock += if self.side == Side::Ask { -filled } else { filled };
        let day = i128::from(HOURS * QUARTERS);
        let left = Real::from(2) - Real::from(quarters as u32) / day;
        let sd = IMPLIED_VOL * sqrt(left).expect("at least a day is left");
        let moved = Real::from_num(book.twice_mid() as i64 - self.strike as i64) / 2 / PER_CASH;
        let delta = 2 * norm_cdf(moved / sd) - Real::ONE;
        self.exposure = self.position * delta.to_num::<f64>() + self.stock;
    }
}
