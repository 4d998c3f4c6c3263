//! Traders who try to take money from a pool's rule.
//!
//! What an attacker gains is counted net of the market's own move: of every trade, what was received
//! beyond the base value at that moment. Over trades that end flat the base values add up to the
//! gain of whoever traded the same at base prices, so that what is left comes from the rule.

use std::boxed::Box;

use super::fixture::Fixture;
use super::mechanism::{Contract, Mechanism};
use crate::num::{Cash, Real, Rounding, Size};
use crate::pricing::Kind;

/// An attack: what it gains, in atoms; `None` if the pool would not trade.
pub type Attack = fn(&dyn Mechanism) -> Option<i128>;

/// All of them, with the half-spread in volatility of the pools that they are put to. A market move of a
/// hundredth that is known beforehand is what the spread is for; against all else there is none.
pub const ATTACKS: &[(&str, Attack, Real)] = &[
    ("splitter", splitter, Real::ZERO),
    ("loop trader", looper, Real::ZERO),
    ("wash trader", washer, Real::ZERO),
    ("sandwich", sandwich, Real::lit("0.005")),
    ("lender", lender, Real::ZERO),
    ("squeezer", squeezer, Real::ZERO),
];

/// A pool with the sum of what was received beyond base values.
struct Trader {
    pool: Box<dyn Mechanism>,
    gained: i128,
}

impl Trader {
    fn of(pool: &dyn Mechanism) -> Self {
        Self { pool: pool.fork(), gained: 0 }
    }

    /// Trades so many contracts.
    fn trade(&mut self, contract: Contract, contracts: i128) -> Option<()> {
        let paid = self.pool.trade(contract, Size::from_atoms(contracts * Size::SCALE))?;
        self.gained += paid.base.round(Rounding::Up).atoms() - paid.cash.atoms();
        Some(())
    }

    /// Buys one, buys another, sells the first, sells the other.
    fn turn(&mut self, one: Contract, other: Contract, size: i128) -> Option<i128> {
        for (contract, size) in [(one, size), (other, size), (one, -size), (other, -size)] {
            self.trade(contract, size)?;
        }
        Some(self.gained)
    }
}

/// The call at a strike of so many thousands, of an expiry by its number.
pub fn call(pool: &dyn Mechanism, expiry: usize, thousands: u32) -> Contract {
    let desk = pool.desk();
    let found = desk.lines().find(|place| {
        let strike = desk.valued(*place).strike.get();
        place.place.chain == expiry && strike == Real::from_num(thousands * 1_000)
    });
    (found.map_or(0, |place| place.line), Kind::Call)
}

/// Buys in a hundred pieces what another buys at once.
pub fn splitter(pool: &dyn Mechanism) -> Option<i128> {
    let (mut whole, mut pieces) = (Trader::of(pool), Trader::of(pool));
    let contract = call(pool, 1, 60);
    whole.trade(contract, 1_000)?;
    for _ in 0..100 {
        pieces.trade(contract, 10)?;
    }
    Some(pieces.gained - whole.gained)
}

/// Buys one, buys another, sells the first, sells the other: the best of pairs of calls at the money
/// and out of it, in either order.
pub fn looper(pool: &dyn Mechanism) -> Option<i128> {
    let strikes = [50, 60, 70];
    let calls = (0..3).flat_map(|expiry| strikes.map(|strike| call(pool, expiry, strike)));
    let calls: std::vec::Vec<_> = calls.collect();
    let mut best = None;
    for &one in &calls {
        for &other in calls.iter().filter(|other| **other != one) {
            best = best.max(loops(pool, one, other, 200));
        }
    }
    best
}

/// One loop over two options.
fn loops(pool: &dyn Mechanism, one: Contract, other: Contract, size: i128) -> Option<i128> {
    Trader::of(pool).turn(one, other, size)
}

/// Loops over all pairs of lines, of which every second time a call meets a put: how many were made,
/// and the best.
pub fn all_loops(pool: &dyn Mechanism, size: i128) -> (u32, Option<i128>) {
    let (mut trader, lines) = (Trader::of(pool), pool.desk().lines().count());
    let (mut made, mut best) = (0, None);
    for one in 0..lines {
        for other in one + 1..lines {
            let kind = if (one + other) % 2 == 0 { Kind::Call } else { Kind::Put };
            let size = if one % 2 == 0 { size } else { -size };
            let before = trader.gained;
            if trader.turn((one, Kind::Call), (other, kind), size).is_some() {
                made += 1;
                best = best.max(Some(trader.gained - before));
            }
        }
    }
    (made, best)
}

/// Buys and sells at once, many times, then buys; waits, and sells: and the other way round.
pub fn washer(pool: &dyn Mechanism) -> Option<i128> {
    let contract = call(pool, 1, 60);
    let mut best = None;
    for side in [300, -300] {
        let mut trader = Trader::of(pool);
        for _ in 0..10 {
            trader.trade(contract, side)?;
            trader.trade(contract, -side)?;
        }
        trader.pool.wait(500);
        trader.pool.market(Real::ONE, Real::ONE);
        trader.trade(contract, side)?;
        trader.pool.wait(20_000);
        trader.pool.market(Real::ONE, Real::ONE);
        trader.trade(contract, -side)?;
        best = best.max(Some(trader.gained));
    }
    best
}

/// Sees an update before the pool does, spot a hundredth up or down, and trades before and after it.
pub fn sandwich(pool: &dyn Mechanism) -> Option<i128> {
    let mut best = None;
    for spot in ["0.99", "1.01"] {
        for (expiry, strike) in OPTIONS {
            for size in [100, -100, 400, -400] {
                best = best.max(moved(pool, (expiry, strike), size, (spot, 0)));
            }
        }
    }
    best
}

/// Options that attackers of the market's moves try: expiries and thousands of the strike.
pub const OPTIONS: [(usize, u32); 8] =
    [(0, 60), (0, 65), (0, 70), (0, 75), (1, 60), (1, 75), (2, 60), (2, 80)];

/// Trades, lets time and spot move, and trades back.
pub fn moved(
    pool: &dyn Mechanism,
    (expiry, strike): (usize, u32),
    size: i128,
    (spot, seconds): (&str, u64),
) -> Option<i128> {
    let mut trader = Trader::of(pool);
    let contract = call(pool, expiry, strike);
    trader.trade(contract, size)?;
    trader.pool.wait(seconds);
    trader.pool.market(spot.parse().unwrap_or(Real::ONE), Real::ONE);
    trader.trade(contract, -size)?;
    Some(trader.gained)
}

/// Lends, trades against the deeper pool, takes the money back, and trades back.
pub fn lender(pool: &dyn Mechanism) -> Option<i128> {
    let contract = call(pool, 1, 60);
    let cash = Cash::from_atoms(500_000_000 * Cash::SCALE);
    let mut best = None;
    for early in [true, false] {
        let mut trader = Trader::of(pool);
        trader.pool.lend(cash);
        trader.pool.market(Real::ONE, Real::ONE);
        trader.trade(contract, 1_000)?;
        if !early {
            trader.trade(contract, -1_000)?;
        }
        trader.pool.take_back();
        trader.pool.market(Real::ONE, Real::ONE);
        if early {
            trader.trade(contract, -1_000)?;
        }
        let lent = trader.pool.lender();
        let earned = if lent == Cash::ZERO { 0 } else { lent.atoms() - cash.atoms() };
        best = best.max(Some(trader.gained + earned));
    }
    best
}

/// Buys far calls and waits for spot to come to them, or away from them: the mean of a standard
/// deviation up and one down, in an hour, a day and four days.
pub fn squeezer(pool: &dyn Mechanism) -> Option<i128> {
    let mut best = None;
    let moves = [
        (["1.00694", "0.99306"], 3_600),
        (["1.034", "0.966"], 86_400),
        (["1.068", "0.932"], 345_600),
    ];
    for (spots, seconds) in moves {
        for option in OPTIONS {
            for size in [100, 400, -100, -400] {
                let [up, down] = spots.map(|spot| moved(pool, option, size, (spot, seconds)));
                best = best.max(up.zip(down).map(|(up, down)| (up + down) / 2));
            }
        }
    }
    best
}

/// Buys a call, drives spot up at once by so much, and sells: what that gains if spot moves for nothing.
///
/// Whoever moves spot for nothing gains what any holder does. The skew is part of the price and moves
/// with spot as the base does; a pool that hedges the delta of base values alone pays for it.
pub fn driver(
    pool: &dyn Mechanism,
    (expiry, strike): (usize, u32),
    size: i128,
    rise: Real,
) -> Option<i128> {
    let mut trader = Trader::of(pool);
    let contract = call(pool, expiry, strike);
    trader.trade(contract, size)?;
    trader.pool.market(Real::ONE + rise, Real::ONE);
    trader.trade(contract, -size)?;
    Some(trader.gained)
}

/// What driving spot by `rise` costs in a market of that depth which goes back when the pressure ends:
/// L·rise of the underlying bought half the way above the price it is sold at.
pub fn driving_cost(depth: Real, rise: Real) -> i128 {
    Cash::round(depth * rise * rise / 2, Rounding::Up).atoms()
}

/// A fixture for attacks, with a half-spread.
pub fn arena(half_spread_vol: Real) -> Fixture {
    let mut fixture = Fixture::flat();
    fixture.params.fees.half_spread_vol = half_spread_vol;
    fixture
}
