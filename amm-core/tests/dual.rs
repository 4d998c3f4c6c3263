//! The potential against a rule of another kind: the one-factor dual.
//!
//! C(q) = max over h of [Σ q·V(w + h) − Ψ(h)]: one extra total variance h for every option, held at a
//! convex cost Ψ(h) = h²·L/(8w₁). Half of an option's dollar gamma is what h adds to its value, so that h
//! rises as the pool goes short of gamma, like the potential's Φ′(x). Over a grid of h it is a
//! maximum of finitely many linear functions of the book, all in integers: nothing in it is rounded.
//!
//! Both must agree on
//! * the sign of every series' shift, for books of one side;
//! * the order of relative rises of variance by expiry, near most, for books of one side (with one
//!   band of spot; see below);
//! * more of any series never makes any series cheaper;
//! * convexity, and closed loops at no cost.
//!
//! They may disagree where the potential sees more than one factor: on books long here and short
//! there, whose sign is that of the net gamma in the dual and of each bucket and band in the
//! potential; and, with bands, on the order by expiry, since gamma far out that is concentrated at a
//! strike late is spread over all bands early. How often they agree there is counted, not asserted.

use std::sync::atomic::{AtomicU64, Ordering};

use amm_core::fees::Fees;
use amm_core::num::{Discount, Price, Real, Seconds, Size, Timestamp, TotalVariance, Vol};
use amm_core::pricing::{Expiry, Kind, price};
use amm_core::quote::{Desk, LinePlace};
use amm_core::skew::{Bands, Depth, FlowParams, Gain};
use amm_core::surface::{Board, Row, vol};
use num_bigint::BigInt;
use proptest::prelude::*;

/// h in steps of w₁/32, from −w₁/2 to 2w₁.
const STEPS: std::ops::RangeInclusive<i128> = -16..=64;

const DEPTH: u32 = 1_000_000;

struct Dual {
    /// V of each line and kind at each h, in bits.
    values: Vec<[Vec<i128>; 2]>,
    /// Ψ at each h, in billionths of a bit.
    costs: Vec<BigInt>,
    zero: usize,
}

impl Dual {
    fn new(desk: &Desk) -> Self {
        let near = desk.board.rows[0].variance;
        let shift = |step: i128| near * step / 32;
        let value = |at: LinePlace, kind: usize| {
            let (row, line) = (desk.row(at), desk.valued(at));
            let of = |step| {
                let w = TotalVariance::new(line.variance + shift(step)).unwrap();
                let vol = vol(w, row.expiry.time()).unwrap();
                let prices = price(&row.expiry, line.strike, vol);
                if kind == 0 { prices.call } else { prices.put }.to_bits()
            };
            STEPS.map(of).collect()
        };
        let values = desk.lines().map(|at| [value(at, 0), value(at, 1)]).collect();
        // h²L/(8w₁) = step²·w₁·L/8192.
        let unit = BigInt::from(near.to_bits()) * DEPTH * Size::SCALE / 8192;
        let costs = STEPS.map(|step| &unit * step * step).collect();
        Self { values, costs, zero: STEPS.start().unsigned_abs() as usize }
    }

    /// C of a book, and which h it is reached at: the least, if several.
    fn value(&self, book: &[[i128; 2]]) -> (BigInt, usize) {
        let mut best: Option<(BigInt, usize)> = None;
        for (place, cost) in self.costs.iter().enumerate() {
            let mut sum = -cost;
            for (values, held) in self.values.iter().zip(book) {
                for (values, atoms) in values.iter().zip(held) {
                    sum += BigInt::from(values[place]) * *atoms;
                }
            }
            if best.as_ref().is_none_or(|(most, _)| sum > *most) {
                best = Some((sum, place));
            }
        }
        best.unwrap()
    }
}

/// Expiries by hours, strikes around 100, one volatility each, total variance rising.
fn desk(hours: &[u16], vols: &[u16], bands: u8) -> Desk {
    let mut board = Board::default();
    let mut most = Real::ZERO;
    for (place, (&hours, &level)) in hours.iter().zip(vols).enumerate() {
        let seconds = u64::from(hours) * 3_600;
        let years = Real::from_num(seconds) / 31_536_000;
        let forward: Price = "100".parse().unwrap();
        let expiry = Expiry::new(forward, Seconds::new(seconds).unwrap(), Discount::MAX).unwrap();
        // As high as drawn, or as the one before it needs.
        let level = Real::from_num(level) / 100;
        let least = amm_core::math::sqrt(most * Real::lit("1.01") / years).unwrap();
        let level = Vol::new(level.max(least)).unwrap();
        most = level.get() * level.get() * years;
        let strikes = [80_u32, 90, 100, 110, 125];
        let strikes = strikes.map(|strike| Price::new(Real::from_num(strike)).unwrap());
        let flat = |_| Ok::<_, amm_core::num::OutOfRange>(level);
        let stamp = Timestamp::new(1_000_000 + place as u64);
        board.rows.push(Row::new(stamp, expiry, strikes.into_iter(), flat).unwrap());
    }
    let gain = Gain {
        bands: Bands::try_from(bands).unwrap(),
        refuse_below: Real::lit("-1000"),
        refuse_above: Real::lit("1000"),
        ..Gain::default()
    };
    let depth = (Depth::new(Real::from_num(DEPTH)).unwrap(), Real::ZERO);
    let (depths, states) = (vec![depth; board.rows.len()], vec![0; board.rows.len()]);
    let none = FlowParams { strength: Real::ZERO, ..FlowParams::default() };
    let nothing = std::iter::repeat(Size::ZERO);
    Desk::new(board, &depths, (&gain, &none, &Fees::default()), nothing, states).unwrap()
}

/// Both mechanisms with one book.
struct Pair {
    desk: Desk,
    dual: Dual,
    lines: Vec<LinePlace>,
    /// What the pool is short of, calls and puts by line.
    book: Vec<[i128; 2]>,
    /// What all trades have cost, by either; and bits of the base values in it.
    skew: Real,
    paid: BigInt,
}

type Trade = (u8, bool, i64);

impl Pair {
    fn new(market: &(Vec<u16>, Vec<u16>), bands: u8) -> Self {
        let desk = desk(&market.0, &market.1, bands);
        let (dual, lines) = (Dual::new(&desk), desk.lines().collect::<Vec<_>>());
        let book = vec![[0; 2]; lines.len()];
        Self { desk, dual, lines, book, skew: Real::ZERO, paid: BigInt::from(0) }
    }

    fn line(&self, trade: &Trade) -> usize {
        usize::from(trade.0) % self.lines.len()
    }

    /// The pool sells, and what that costs beyond the base by either.
    fn sell(&mut self, trade: &Trade) -> (Real, BigInt) {
        let (line, kind) = (self.line(trade), usize::from(trade.1));
        let size = Size::from_atoms(trade.2.into());
        let what = if kind == 0 { Kind::Call } else { Kind::Put };
        let quote = self.desk.price(&[(self.lines[line], what, size)], true).unwrap();
        self.desk.take(&quote);
        let before = self.dual.value(&self.book).0;
        self.book[line][kind] += i128::from(trade.2);
        let all = self.dual.value(&self.book).0 - before;
        let base = self.dual.values[line][kind][self.dual.zero];
        self.skew += quote.parts.skew;
        self.paid += &all;
        (quote.parts.skew, all - BigInt::from(base) * trade.2)
    }

    /// ∂F of every line.
    fn skews(&self) -> Vec<Real> {
        let marginals = self.desk.marginals();
        self.lines.iter().map(|at| marginals.shifts(*at).0).collect()
    }

    /// The dual's h, in steps.
    fn step(&self) -> i128 {
        self.dual.value(&self.book).1 as i128 + STEPS.start()
    }
}

fn market() -> impl Strategy<Value = (Vec<u16>, Vec<u16>)> {
    let hours = proptest::collection::vec(12..9_000_u16, 2..4);
    let vols = proptest::collection::vec(20..150_u16, 3);
    (hours, vols).prop_map(|(mut hours, vols)| {
        hours.sort_unstable();
        hours.dedup();
        (hours, vols)
    })
}

/// Series and how much the pool sells, up to a few hundred contracts.
fn trades() -> impl Strategy<Value = Vec<Trade>> {
    proptest::collection::vec((any::<u8>(), any::<bool>(), 1..1_i64 << 38), 1..6)
}

fn bands() -> impl Strategy<Value = u8> {
    prop_oneof![Just(1), Just(3), Just(5)]
}

/// Up, or down; or not at all.
fn goes<T: PartialOrd>(up: bool, from: &T, to: &T) -> bool {
    if up { to >= from } else { to <= from }
}

static AGREE: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Short of gamma everything is dearer, long everything is cheaper, and more the more there is.
    #[test]
    fn signs_agree_on_one_sided_books(
        market in market(), trades in trades(), bands in bands(), short in any::<bool>(),
    ) {
        let mut pair = Pair::new(&market, bands);
        let (mut skews, mut step) = (pair.skews(), pair.step());
        prop_assert!(step == 0 && skews.iter().all(|skew| *skew == 0));
        for trade in trades {
            let trade = (trade.0, trade.1, if short { trade.2 } else { -trade.2 });
            let (fast, slow) = pair.sell(&trade);
            // What is charged beyond the base has the trade's own sign times the book's: above zero.
            prop_assert!(fast >= 0 && slow >= BigInt::from(0), "{fast} {slow}");
            let (after, to) = (pair.skews(), pair.step());
            prop_assert!(goes(short, &step, &to) && goes(short, &0, &to));
            for (skew, before) in after.iter().zip(&skews) {
                prop_assert!(goes(short, before, skew));
            }
            (skews, step) = (after, to);
        }
        let deep = pair.lines.iter().zip(&skews).filter(|(at, _)| {
            pair.desk.valued(**at).deviations.abs() < 2
        });
        for (at, skew) in deep {
            prop_assert!((*skew > 0) == short && *skew != 0, "{skew} at {at:?}");
        }
    }

    /// More of any series sold makes no series cheaper, whatever the book was.
    #[test]
    fn own_and_cross_effects_agree(
        market in market(), trades in trades(), signs in any::<u8>(), bands in bands(),
    ) {
        let mut pair = Pair::new(&market, bands);
        for (place, trade) in trades.into_iter().enumerate() {
            let (skews, step) = (pair.skews(), pair.step());
            let sold = signs >> place & 1 == 0;
            pair.sell(&(trade.0, trade.1, if sold { trade.2 } else { -trade.2 }));
            for (after, before) in pair.skews().iter().zip(&skews) {
                prop_assert!(goes(sold, before, after));
            }
            let after = pair.step();
            prop_assert!(goes(sold, &step, &after));
        }
    }

    /// The same again costs no less.
    #[test]
    fn both_are_convex(
        market in market(), trades in trades(), signs in any::<u8>(), bands in bands(),
    ) {
        let mut pair = Pair::new(&market, bands);
        // Φ is cut to 2⁻⁶³, and off by 2⁻⁶¹ of the gain where it is straight: four times, times
        // Σ c = w·L/2.
        let whole = pair.desk.board.rows.last().unwrap().variance * i128::from(DEPTH);
        for (place, trade) in trades.into_iter().enumerate() {
            let sold = signs >> place & 1 == 0;
            let trade = (trade.0, trade.1, if sold { trade.2 } else { -trade.2 });
            let (fast, slow) = pair.sell(&trade);
            let (again, slowly) = pair.sell(&trade);
            let gain = pair.desk.potential.gains().map(|node| node.gain.abs()).max().unwrap();
            let cut = ((Real::ONE + gain) >> 58) * whole + Real::from_bits(64);
            prop_assert!(again >= fast - cut, "{again} after {fast}");
            prop_assert!(slowly >= slow);
        }
    }

    /// Back to where it was, in other pieces and another order, costs exactly nothing.
    #[test]
    fn loops_are_free_in_both(market in market(), trades in trades(), bands in bands(), signs in any::<u8>()) {
        let mut pair = Pair::new(&market, bands);
        let sign = |place: usize| if signs >> place & 1 == 0 { 1 } else { -1 };
        let there: Vec<Trade> =
            trades.iter().enumerate().map(|(place, t)| (t.0, t.1, t.2 * sign(place))).collect();
        let back = there.iter().flat_map(|t| [(t.0, t.1, -(t.2 / 3)), (t.0, t.1, t.2 / 3 - t.2)]);
        let mut back: Vec<Trade> = back.collect();
        back.sort_by_key(|trade| trade.2);
        for trade in there.iter().chain(&back) {
            pair.sell(trade);
        }
        prop_assert_eq!(pair.skew, Real::ZERO);
        prop_assert_eq!(pair.paid, BigInt::from(0));
        prop_assert!(pair.desk.potential.gains().all(|node| node.gain == 0));
    }

    /// A book of one side moves the variance of near expiries most, of far ones least: h/w falls with w,
    /// and with one band so does the average of Φ′ over the buckets up to an expiry.
    #[test]
    fn near_expiries_move_most_in_both(market in market(), trades in trades(), short in any::<bool>()) {
        let mut pair = Pair::new(&market, 1);
        for trade in trades {
            pair.sell(&(trade.0, trade.1, if short { trade.2 } else { -trade.2 }));
        }
        let skews = pair.skews();
        let at_money = |place: &usize| pair.desk.valued(pair.lines[*place]).strike.get() == 100;
        // ∂F/(½G·w): the relative shift of total variance; of the dual h/w.
        let mut last: Option<(Real, Real)> = None;
        for place in (0..pair.lines.len()).filter(at_money) {
            let line = pair.desk.valued(pair.lines[place]);
            let half = pair.desk.potential.driver(pair.lines[place].line) / 2;
            let relative = (skews[place].abs() / half) / line.variance;
            let dual = Real::from_num(pair.step().abs()) / line.variance;
            if let Some((nearer, dual_nearer)) = last {
                // To 2⁻⁴⁰: that of ∂F's 2⁻⁵⁴ of the dearest node over small ones.
                prop_assert!(relative <= nearer + Real::lit("0.000000000001"), "{relative} {nearer}");
                prop_assert!(dual <= dual_nearer);
            }
            last = Some((relative, dual));
        }
    }

    /// With bands it is so for a book of the first expiry's money: what there is to hedge is there.
    #[test]
    fn near_money_moves_the_near_money_most(market in market(), size in 1_i64 << 30..1 << 38, bands in bands()) {
        let mut pair = Pair::new(&market, bands);
        pair.sell(&(2, false, size)); // the third strike of the first expiry
        let marginals = pair.desk.marginals();
        let mut last = None;
        for at in pair.lines.iter().filter(|at| at.place.strike == 2) {
            let line = pair.desk.valued(*at);
            let mid = marginals.mid(*at, Kind::Call);
            let vol = marginals.vol(*at, Kind::Call, mid).unwrap().get();
            let rise = vol / line.vol.get();
            prop_assert!(rise >= Real::ONE - Real::lit("0.000000000001"));
            prop_assert!(last.is_none_or(|last| rise <= last), "{rise} after {last:?}");
            last = Some(rise);
        }
        prop_assert!(pair.step() >= 0);
    }

    fn mixed_books_are_counted(market in market(), trades in trades(), signs in any::<u8>(), bands in bands()) {
        let mut pair = Pair::new(&market, bands);
        for (place, trade) in trades.into_iter().enumerate() {
            let sign = if signs >> place & 1 == 0 { 1 } else { -1 };
            pair.sell(&(trade.0, trade.1, trade.2 * sign));
        }
        let step = pair.step();
        for skew in pair.skews() {
            let agree = step == 0 || skew == 0 || (skew > 0) == (step > 0);
            AGREE[usize::from(agree)].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// On mixed books the two need not agree; how often they do is printed.
#[test]
fn signs_on_mixed_books() {
    mixed_books_are_counted();
    let [no, yes] = [0, 1].map(|place: usize| AGREE[place].load(Ordering::Relaxed));
    println!("signs on mixed books: {yes} agree, {no} do not");
    assert!(yes > no);
}
