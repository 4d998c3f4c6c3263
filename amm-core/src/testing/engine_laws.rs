//! Laws of a pool's prices, each one sentence about a [`Mechanism`].
//!
//! A case is a few trades before, by anyone, and then what the law is about. Orders that a rule
//! refuses are left out, so that a law speaks of the states that can be reached.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::boxed::Box;
use std::vec::Vec;

use super::mechanism::{Contract, Mechanism, Paid};
use super::{Verdict, ensure};
use crate::num::{Amount, Cash, Real, Rounding, Size};
use crate::pricing::Kind;
use crate::quote::Desk;

/// A trade in small numbers: which line, which kind, how many atoms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Move {
    /// The line's number, modulo how many there are.
    pub line: u8,
    /// Which right.
    pub kind: Kind,
    /// Bought from the pool, or sold if negative.
    pub size: Size,
}

impl<'a> Arbitrary<'a> for Move {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let contracts = i128::from(u.int_in_range(1..=400_u16)?);
        let atoms = match u.int_in_range(0..=7_u8)? {
            0 => contracts,
            1 => contracts * Size::SCALE / 7,
            _ => contracts * Size::SCALE,
        };
        let atoms = if u.arbitrary()? { -atoms } else { atoms };
        Ok(Self { line: u.arbitrary()?, kind: u.arbitrary()?, size: Size::from_atoms(atoms) })
    }
}

/// What a law is put to.
#[derive(Clone, Debug)]
pub struct Case {
    /// Trades that have been.
    pub before: Vec<Move>,
    /// Trades that the law is about.
    pub moves: Vec<Move>,
    /// Seconds after each of them.
    pub waits: Vec<u16>,
    /// A number to choose by.
    pub choice: u16,
    /// How much cash a rule may be off by: for wrong rules, so that it is not their rounding that is
    /// found out. Ours has none.
    pub slack: Real,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut some = |most: usize| -> Result<Vec<Move>> {
            let count = u.int_in_range(0..=most)?;
            (0..count).map(|_| u.arbitrary()).collect()
        };
        let (before, moves) = (some(3)?, some(5)?);
        let waits = (0..5).map(|_| u.arbitrary()).collect::<Result<_>>()?;
        Ok(Self { before, moves, waits, choice: u.arbitrary()?, slack: Real::ZERO })
    }
}

impl Case {
    /// A case out of bytes; with too few of them, an empty one.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let empty = Self {
            before: Vec::new(),
            moves: Vec::new(),
            waits: std::vec![0; 5],
            choice: 0,
            slack: Real::ZERO,
        };
        Unstructured::new(bytes).arbitrary().unwrap_or(empty)
    }

    /// Whether a sum is another, or above it where not all of the flow's charge is given back.
    fn same(&self, gives_back: bool, sum: Amount, other: Amount) -> bool {
        let over = other.checked_neg().and_then(|less| sum.checked_add(less));
        let slack = Amount::from(self.slack);
        let least = slack.checked_neg().unwrap_or(Amount::ZERO);
        over.is_some_and(|over| least <= over && (over <= slack || !gives_back))
    }

    /// Whether what was paid reaches the base value.
    fn covers(&self, sum: &Sum) -> bool {
        sum.exact.checked_add(self.slack.into()).is_some_and(|paid| paid >= sum.base)
    }

    fn slack_atoms(&self) -> i128 {
        Cash::round(self.slack, Rounding::Up).atoms()
    }

    /// A mechanism after the trades that have been.
    fn started(&self, mechanism: &dyn Mechanism) -> Box<dyn Mechanism> {
        let mut pool = mechanism.fork();
        for one in &self.before {
            let contract = contract(pool.desk(), one);
            pool.trade(contract, one.size);
        }
        pool
    }
}

/// A law of mechanisms.
pub type Law = fn(&dyn Mechanism, &Case) -> Verdict;

/// All of them, by the words people use.
pub const LAWS: &[(&str, Law)] = &[
    ("a closed cycle is free and never pays", cycle),
    ("splitting never pays", split),
    ("waiting never pays", waits),
    ("short gamma and imbalance never cheapen", monotone),
    ("charges never subsidise", no_subsidy),
    ("lending never pays", lending),
    ("a close always passes", closes),
    ("rounding is against the trader", rounding),
    ("mids keep their bounds", bounds),
];

/// The contract that a move means.
pub fn contract(desk: &Desk, one: &Move) -> Contract {
    (one.line as usize % desk.lines().count(), one.kind)
}

/// Everything that was paid.
#[derive(Clone, Copy, Debug)]
struct Sum {
    exact: Amount,
    base: Amount,
    cash: i128,
    trades: i128,
}

impl Sum {
    const NONE: Self = Self { exact: Amount::ZERO, base: Amount::ZERO, cash: 0, trades: 0 };

    fn add(&mut self, paid: &Paid) {
        let sum = |one: Amount, other: Amount| {
            one.checked_add(other).unwrap_or_else(|| panic!("a case's money fits"))
        };
        self.exact = sum(self.exact, paid.exact);
        self.base = sum(self.base, paid.base);
        self.cash += paid.cash.atoms();
        self.trades += 1;
    }
}

/// Trades back what was traded since `before`, line by line from the end.
fn unwind(pool: &mut dyn Mechanism, before: &dyn Mechanism, sum: &mut Sum) -> Verdict {
    let lines = pool.desk().lines().count();
    for line in (0..lines).rev() {
        for kind in [Kind::Put, Kind::Call] {
            let contract = (line, kind);
            let traded = pool.short(contract).atoms() - before.short(contract).atoms();
            if traded == 0 {
                continue;
            }
            let back = pool.trade(contract, Size::from_atoms(-traded));
            sum.add(&back.ok_or_else(|| std::format!("no way back of {traded} in {contract:?}"))?);
        }
    }
    Ok(())
}

/// Whatever is traded at one market state and traded back, in any order and any pieces, costs
/// nothing before charges (no less, if the flow's charge is not all given back), at least an atom each
/// time after them, and leaves the pool as it was.
pub fn cycle(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let before = case.started(mechanism);
    let (mut pool, mut sum) = (before.fork(), Sum::NONE);
    for one in &case.moves {
        let contract = contract(pool.desk(), one);
        if let Some(paid) = pool.trade(contract, one.size) {
            sum.add(&paid);
        }
    }
    if unwind(&mut *pool, &*before, &mut sum).is_err() {
        return Ok(()); // a matter of liveness
    }
    ensure!(
        case.same(pool.gives_back(), sum.exact, Amount::ZERO),
        "a cycle costs {} before charges",
        sum.exact
    );
    ensure!(
        sum.cash >= sum.trades - case.slack_atoms(),
        "a cycle of {} trades costs {} atoms",
        sum.trades,
        sum.cash
    );
    ensure!(pool.marks() == before.marks(), "a cycle leaves another pool");
    Ok(())
}

/// An order in pieces costs as much before charges and no less after them; more, if it turns a flow of
/// which not all is given back.
pub fn split(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let Some(one) = case.moves.first() else { return Ok(()) };
    let (mut whole, pieces) = (case.started(mechanism), 2 + i128::from(case.choice % 9));
    let contract = contract(whole.desk(), one);
    let (mut split, mut sum) = (whole.fork(), Sum::NONE);
    let (piece, all) = (one.size.atoms() / pieces, one.size.atoms());
    let sizes = (1..pieces).map(|_| piece).chain([all - piece * (pieces - 1)]);
    for size in sizes.filter(|size| *size != 0) {
        let Some(paid) = split.trade(contract, Size::from_atoms(size)) else { return Ok(()) };
        sum.add(&paid);
    }
    let Some(paid) = whole.trade(contract, one.size) else { return Ok(()) };
    ensure!(
        case.same(split.gives_back(), sum.exact, paid.exact),
        "{} at once and {} in {pieces}",
        paid.exact,
        sum.exact
    );
    ensure!(
        sum.cash >= paid.cash.atoms() - case.slack_atoms(),
        "{} at once and {} atoms in pieces",
        paid.cash,
        sum.cash
    );
    ensure!(split.marks() == whole.marks(), "pieces leave another pool");
    Ok(())
}

/// Trades and waits that end where they began pay no more than earlier flow has paid in: from rest
/// nothing.
pub fn waits(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let before = case.started(mechanism);
    let (mut pool, mut sum) = (before.fork(), Sum::NONE);
    for (one, wait) in case.moves.iter().zip(&case.waits) {
        let contract = contract(pool.desk(), one);
        for size in [one.size.atoms(), -one.size.atoms() / 2] {
            if let Some(paid) = pool.trade(contract, Size::from_atoms(size)) {
                sum.add(&paid);
            }
        }
        pool.wait(u64::from(*wait % 400));
    }
    if unwind(&mut *pool, &*before, &mut sum).is_err() {
        return Ok(());
    }
    let gained = sum.exact.checked_neg().unwrap_or(Amount::ZERO);
    let most = Amount::from(before.outstanding() + case.slack);
    ensure!(gained <= most, "waiting gains {gained}, and {most} is outstanding");
    let least = most.round(Rounding::Up).atoms();
    ensure!(sum.cash >= -least, "waiting gains {} atoms", -sum.cash);
    Ok(())
}

/// What a marginal price may be off by in its last places.
const SLACK: Real = Real::lit("0.000000001");

/// After the pool has sold any option, none is cheaper; after it has bought any, none is dearer.
pub fn monotone(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let Some(one) = case.moves.first() else { return Ok(()) };
    let mut pool = case.started(mechanism);
    let all = contracts(pool.desk());
    let before: Vec<_> = all.iter().map(|contract| pool.marginal(*contract)).collect();
    let traded = contract(pool.desk(), one);
    if pool.trade(traded, one.size).is_none() {
        return Ok(());
    }
    for (contract, before) in all.iter().zip(before) {
        let after = pool.marginal(*contract);
        let rose = one.size > Size::ZERO;
        let held = match rose {
            true => after.0 >= before.0 - SLACK && after.1 >= before.1 - SLACK,
            false => after.0 <= before.0 + SLACK && after.1 <= before.1 + SLACK,
        };
        ensure!(
            held,
            "{contract:?} went from {before:?} to {after:?} with {} of {traded:?}",
            one.size
        );
    }
    Ok(())
}

fn contracts(desk: &Desk) -> Vec<Contract> {
    let lines = 0..desk.lines().count();
    lines.flat_map(|line| [(line, Kind::Call), (line, Kind::Put)]).collect()
}

/// From rest, what traders have paid beyond base values is never negative.
pub fn no_subsidy(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let (mut pool, mut sum) = (mechanism.fork(), Sum::NONE);
    for one in case.before.iter().chain(&case.moves) {
        let contract = contract(pool.desk(), one);
        if let Some(paid) = pool.trade(contract, one.size) {
            sum.add(&paid);
            ensure!(case.covers(&sum), "{} paid for {} of base value", sum.exact, sum.base);
        }
    }
    let lines = mechanism.fork();
    if unwind(&mut *pool, &*lines, &mut sum).is_err() {
        return Ok(());
    }
    ensure!(case.covers(&sum), "{} paid for {} of base value", sum.exact, sum.base);
    Ok(())
}

/// Liquidity that waits enters no quote; and whoever lends, trades, trades back and leaves has not
/// gained.
pub fn lending(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let mut pool = case.started(mechanism);
    let (before, quotes) = (pool.fork(), quotes(&*pool));
    let cash = Cash::from_atoms((1 + i128::from(case.choice)) * 10_000 * Cash::SCALE);
    pool.lend(cash);
    ensure!(quotes == self::quotes(&*pool), "waiting liquidity moves quotes");
    pool.market(Real::ONE, Real::ONE);
    let mut sum = Sum::NONE;
    for one in &case.moves {
        let contract = contract(pool.desk(), one);
        if let Some(paid) = pool.trade(contract, one.size) {
            sum.add(&paid);
        }
    }
    if unwind(&mut *pool, &*before, &mut sum).is_err() {
        return Ok(());
    }
    pool.take_back();
    pool.market(Real::ONE, Real::ONE);
    let gained = pool.lender().atoms() - cash.atoms() - sum.cash;
    ensure!(pool.lender() == Cash::ZERO || gained <= 0, "lender and trader gain {gained} atoms");
    Ok(())
}

fn quotes(pool: &dyn Mechanism) -> Vec<(Real, Real)> {
    contracts(pool.desk()).into_iter().map(|contract| pool.marginal(contract)).collect()
}

/// Whatever a trader holds can be closed: also after the market has become shallow, so that the book is
/// beyond its limits, and with all of the pool's cash gone.
pub fn closes(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let mut pool = case.started(mechanism);
    for one in &case.moves {
        let contract = contract(pool.desk(), one);
        pool.trade(contract, one.size);
    }
    for _ in 0..case.choice % 6 {
        pool.market(Real::ONE, Real::lit("0.5"));
    }
    if case.choice >= 1 << 15 {
        pool.drain();
    }
    pool.wait(u64::from(case.waits[0] % 400));
    let (none, mut sum) = (mechanism.fork(), Sum::NONE);
    unwind(&mut *pool, &*none, &mut sum)
}

/// A trade is settled for at least an atom more than it comes to before charges.
pub fn rounding(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let mut pool = case.started(mechanism);
    for one in &case.moves {
        let contract = contract(pool.desk(), one);
        if let Some(paid) = pool.trade(contract, one.size) {
            let over = paid.cash.atoms() - paid.exact.round(Rounding::Up).atoms();
            ensure!(over >= 1, "{} settled for {}", paid.exact, paid.cash);
        }
    }
    Ok(())
}

/// Every price lies between what the option is worth at least and at most.
pub fn bounds(mechanism: &dyn Mechanism, case: &Case) -> Verdict {
    let mut pool = case.started(mechanism);
    for one in &case.moves {
        let contract = contract(pool.desk(), one);
        pool.trade(contract, one.size);
    }
    let desk = pool.desk();
    for place in desk.lines() {
        let (expiry, strike) = (&desk.row(place).expiry, desk.valued(place).strike.get());
        let worth = |price: Real| price * expiry.discount().get();
        let (forward, strike) = (worth(expiry.forward().get()), worth(strike));
        for (kind, least, most) in
            [(Kind::Call, forward - strike, forward), (Kind::Put, strike - forward, strike)]
        {
            let (least, prices) = (least.max(Real::ZERO), pool.marginal((place.line, kind)));
            for price in [prices.0, prices.1] {
                let held = least - SLACK <= price && price <= most + SLACK;
                ensure!(held, "{kind:?} at {place:?}: {price} is not from {least} to {most}");
            }
        }
    }
    Ok(())
}
