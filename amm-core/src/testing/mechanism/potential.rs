//! Our own potential with one thing done wrong.

use std::boxed::Box;
use std::vec::Vec;

use super::own::{base, settled};
use super::{Contract, Mechanism, Own, Paid, at};
use crate::num::{Amount, Real, Rounding, Seconds, Size};
use crate::pricing::Kind;
use crate::quote::Desk;
use crate::skew::{Depth, decayed};
use crate::testing::fixture::Fixture;

/// What is done wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tampering {
    /// The marginal price half-way times the size, in place of the difference of two values.
    Quadrature,
    /// Rounded down, and no atom more.
    TowardsTrader,
    /// A finished price of at most a tenth above the base and a fiftieth below.
    Clamped,
    /// A discount of up to a half, and no taper where an option has little time value.
    Untapered,
    /// An order past a limit is refused even if it closes.
    Strict,
}

impl Tampering {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Quadrature, Self::TowardsTrader, Self::Clamped, Self::Untapered, Self::Strict];
}

/// A pool with a potential that was tampered with.
#[derive(Clone, Debug)]
pub struct Tampered {
    how: Tampering,
    /// Where base values come from; nobody trades with it.
    market: Own,
    desk: Desk,
    depth: Real,
    short: Vec<[i128; 2]>,
}

impl Tampered {
    /// A pool with a fixture's market and no positions.
    pub fn new(fixture: &Fixture, how: Tampering) -> Self {
        let market = Own::new(fixture);
        let short = std::vec![[0; 2]; market.desk().lines().count()];
        let desk = market.desk().clone();
        let mut new = Self { how, market, desk, depth: fixture.world.depth, short };
        new.renew();
        new
    }

    fn renew(&mut self) {
        let params = self.market.engine().state().params();
        let (mut gain, board) = (params.gain, self.market.desk().board.clone());
        if self.how == Tampering::Untapered {
            (gain.min, gain.taper) = (Real::lit("-0.4"), Real::lit("0.001"));
        }
        let depth = Depth::new(self.depth).unwrap_or(Depth::MAX);
        let depths = std::vec![(depth, Real::ZERO); board.rows.len()];
        let short = self.short.iter().map(|[call, put]| Size::from_atoms(call + put));
        let states = self.desk.flow.states().to_vec();
        let desk = Desk::new(board, &depths, (&gain, &params.flow, &params.fees), short, states);
        self.desk = desk.unwrap_or_else(|error| panic!("{error}"));
    }

    fn side(&mut self, (line, kind): Contract) -> &mut i128 {
        &mut self.short[line][usize::from(kind == Kind::Put)]
    }
}

impl Mechanism for Tampered {
    fn name(&self) -> &'static str {
        match self.how {
            Tampering::Quadrature => "quadrature",
            Tampering::TowardsTrader => "rounding to the trader",
            Tampering::Clamped => "clamp on the price",
            Tampering::Untapered => "no taper",
            Tampering::Strict => "closes refused",
        }
    }

    fn fork(&self) -> Box<dyn Mechanism> {
        Box::new(self.clone())
    }

    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn trade(&mut self, option: Contract, size: Size) -> Option<Paid> {
        let (place, before) = (at(&self.desk, option.0), *self.side(option));
        let closing =
            before.signum() == -size.atoms().signum() && before.abs() >= size.atoms().abs();
        let legs = [(place, option.1, size)];
        let unlimited = match self.how {
            Tampering::Strict => false,
            Tampering::Untapered => true, // the limit of arbitrage would see it
            _ => closing,
        };
        let sized = self.desk.price(&legs, unlimited).ok()?;
        let base = sized.parts.base;
        let shift = sized.parts.skew + sized.parts.flow;
        let exact = match self.how {
            Tampering::Quadrature => {
                let mut half_way = self.desk.clone();
                let half = Size::from_atoms(size.atoms() / 2);
                let to = half_way.price(&[(place, option.1, half)], true).ok()?;
                half_way.take(&to);
                let (skew, flow, _) = half_way.marginals().shifts(place);
                base.checked_add(Amount::of(size, skew + flow)?)?
            }
            Tampering::Clamped => {
                let (one, other) = (base.floor() / 10, -base.floor() / 50);
                base.checked_add(shift.clamp(one.min(other), one.max(other)).into())?
            }
            _ => base.checked_add(shift.into())?,
        };
        let charges = sized.parts.spread.checked_add(sized.parts.fee)?;
        let all = exact.checked_add(charges)?;
        let cash = match self.how {
            Tampering::TowardsTrader => all.round(Rounding::Down),
            _ => settled(all)?,
        };
        self.desk.take(&sized);
        *self.side(option) += size.atoms();
        Some(Paid { exact, base, cash })
    }

    fn marginal(&self, option: Contract) -> (Real, Real) {
        let (skew, ask, bid) = self.desk.marginals().shifts(at(&self.desk, option.0));
        let base = base(&self.desk, option);
        let (ask, bid) = (base + skew + ask, base + skew + bid);
        match self.how {
            Tampering::Clamped => {
                let within = |price: Real| price.clamp(base - base / 50, base + base / 10);
                (within(ask), within(bid))
            }
            _ => (ask, bid),
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.market.wait(seconds);
        let half_life = self.market.engine().state().params().flow.half_life;
        let passed = Seconds::new(seconds).unwrap_or(Seconds::MAX);
        let states = self.desk.flow.states().iter().map(|&flow| decayed(flow, passed, half_life));
        if let Ok(faded) = self.desk.flow.fade(states) {
            self.desk.flow.take(&faded);
        }
    }

    fn market(&mut self, spot: Real, depth: Real) {
        self.market.market(spot, depth);
        self.depth *= depth;
        self.renew();
    }

    fn marks(&self) -> Vec<i128> {
        let gains = self.desk.potential.gains().map(|node| node.gain.to_bits());
        gains.chain(self.desk.flow.states().iter().copied()).collect()
    }

    fn outstanding(&self) -> Real {
        self.desk.flow.value()
    }

    fn short(&self, (line, kind): Contract) -> Size {
        Size::from_atoms(self.short[line][usize::from(kind == Kind::Put)])
    }
}
