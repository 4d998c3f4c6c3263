//! Pricing rules behind one face, so that a law can be put to our own and to wrong ones.
//!
//! [`Own`] is the engine. The others are rules that peers use, or that look right, each written as
//! plainly as it goes: good enough to be exploited. All stand in the same market.

mod own;
mod potential;
mod volatility;

pub use own::Own;
pub use potential::{Tampered, Tampering};
pub use volatility::{Rule, Toy};

use std::boxed::Box;
use std::vec::Vec;

use super::fixture::Fixture;
use crate::num::{Amount, Cash, Real, Size};
use crate::pricing::Kind;
use crate::quote::{Desk, LinePlace};

/// One option of a market: the number of its line, and its kind.
pub type Contract = (usize, Kind);

/// What a trade cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Paid {
    /// Base, skew and flow, before charges and rounding.
    pub exact: Amount,
    /// The base alone.
    pub base: Amount,
    /// What was settled, to the pool.
    pub cash: Cash,
}

/// A pool that one trader trades with.
pub trait Mechanism: core::fmt::Debug {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Another one in the same state.
    fn fork(&self) -> Box<dyn Mechanism>;

    /// The market: base values of all lines.
    fn desk(&self) -> &Desk;

    /// Trades so much of an option, sold to the pool if negative; `None` if it is refused.
    fn trade(&mut self, option: Contract, size: Size) -> Option<Paid>;

    /// What the next contract costs, before charges: to a buyer, and to a seller.
    fn marginal(&self, option: Contract) -> (Real, Real);

    /// Time goes on, and nothing else does.
    fn wait(&mut self, seconds: u64);

    /// The market is shown: spot times a factor, depth times another. Liquidity comes and goes.
    fn market(&mut self, spot: Real, depth: Real);

    /// Someone adds liquidity, which takes effect when the rule says.
    fn lend(&mut self, _cash: Cash) {}

    /// And asks for it back.
    fn take_back(&mut self) {}

    /// What the lender has outside the pool, less what was brought.
    fn lender(&self) -> Cash {
        Cash::ZERO
    }

    /// All cash of the pool is spent elsewhere.
    fn drain(&mut self) {}

    /// The state of the rule, so that two can be compared to the bit.
    fn marks(&self) -> Vec<i128>;

    /// The flow's charge outstanding: the most that it may still give back.
    fn outstanding(&self) -> Real {
        Real::ZERO
    }

    /// Whether all that earlier flow has paid can be had back.
    fn gives_back(&self) -> bool {
        true
    }

    /// Positions of the pool, short positive, by line and kind.
    fn short(&self, option: Contract) -> Size;
}

/// The lines of a desk by number.
pub(super) fn at(desk: &Desk, line: usize) -> LinePlace {
    desk.lines().nth(line).unwrap_or_else(|| panic!("there is no line {line}"))
}

/// All rules that are wrong.
pub fn wrong(fixture: &Fixture) -> Vec<Box<dyn Mechanism>> {
    let mut all: Vec<Box<dyn Mechanism>> = Vec::new();
    for rule in Rule::ALL {
        all.push(Box::new(Toy::new(fixture, rule)));
    }
    for tampering in Tampering::ALL {
        all.push(Box::new(Tampered::new(fixture, tampering)));
    }
    all
}
