//! M2 to M4: how an option pool's quotes move with what it holds. The pool is the core's own desk.

pub(super) mod demand;
pub(super) mod greeks;
pub(super) mod monotone;

use super::Fault;
use amm_core::fees::Fees;
use amm_core::num::{Discount, OutOfRange, Price, Real, Seconds, Size, Timestamp, Vol};
use amm_core::pricing::Expiry;
use amm_core::quote::Desk;
use amm_core::skew::{Depth, FlowParams, Gain, SkewError};
use amm_core::surface::{Board, Row};

/// Every expiry's forward.
const FORWARD: Real = Real::lit("60000");

/// L: cash that moves spot by 100 %.
const DEPTH: Real = Real::lit("1000000000");

/// What is listed and how it is priced: all strikes at one volatility.
#[derive(Clone, Debug)]
struct Listing {
    days: Vec<u32>,
    strikes: Vec<Real>,
    vol: Vol,
    gain: Gain,
}

impl Listing {
    /// A desk whose pool is short so much of each line, expiry by expiry and strike by strike. It
    /// charges nothing for flow.
    fn desk(&self, short: &[Size], fault: Option<Fault>) -> Result<Desk, SkewError> {
        let gain = match fault {
            Some(Fault::StillQuotes) => Gain { theta: Real::ZERO, ..self.gain },
            _ => self.gain,
        };
        let flow = FlowParams { strength: Real::ZERO, ..FlowParams::default() };
        gain.check(&flow)?;
        let row = |&days: &u32| {
            let expiry = Expiry::new(Price::new(FORWARD)?, life(days)?, Discount::MAX)?;
            let strikes = self.strikes.iter().map(|&strike| Price::new(strike));
            let strikes = strikes.collect::<Result<Vec<Price>, OutOfRange>>()?;
            let stamp = Timestamp::new(u64::from(days) * 86_400);
            Row::new(stamp, expiry, strikes.into_iter(), |_| Ok::<_, OutOfRange>(self.vol))
        };
        let rows = self.days.iter().map(row).collect::<Result<Vec<Row>, OutOfRange>>()?;
        let depths = vec![(Depth::new(DEPTH)?, Real::ZERO); rows.len()];
        let states = vec![0; rows.len()];
        let designs = (&gain, &flow, &Fees::default());
        Desk::new(Board { rows }, &depths, designs, short.iter().copied(), states)
    }

    /// How many lines there are.
    fn lines(&self) -> usize {
        self.days.len() * self.strikes.len()
    }
}

fn life(days: u32) -> Result<Seconds, OutOfRange> {
    Seconds::new(u64::from(days) * 86_400)
}

/// The nearest whole number of atoms.
fn size(contracts: Real) -> Size {
    let atoms = contracts * Real::from(1_000_000_000_u32);
    Size::from_atoms(atoms.round().to_num())
}

/// What a desk adds to the value of each line's next contract, for what the pool holds.
fn shifts(desk: &Desk) -> Vec<Real> {
    let marginals = desk.marginals();
    desk.lines().map(|at| marginals.shifts(at).0).collect()
}
