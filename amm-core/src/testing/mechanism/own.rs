//! The engine as a mechanism.

use std::boxed::Box;
use std::vec::Vec;

use super::{Contract, Mechanism, Paid, at};
use crate::book::{AccountId, Series};
use crate::engine::{Engine, Event, Outcome};
use crate::num::{Amount, Cash, Real, Size, Timestamp};
use crate::pricing::Kind;
use crate::quote::Desk;
use crate::testing::fixture::{Fixture, TRADER, World, order};

const LENDER: AccountId = AccountId(3);

/// The engine itself, with one trader and one lender.
#[derive(Clone, Debug)]
pub struct Own {
    engine: Engine,
    world: World,
    lender: AccountId,
}

impl Own {
    /// An engine with a fixture.
    pub fn new(fixture: &Fixture) -> Self {
        Self { engine: fixture.engine(), world: fixture.world, lender: LENDER }
    }

    /// The engine.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    fn series(&self, (line, kind): Contract) -> Series {
        let desk = self.desk();
        let place = at(desk, line);
        Series { expiry: desk.row(place).stamp, strike: desk.valued(place).strike, kind }
    }

    fn must(&mut self, event: Event) {
        self.engine.apply(&event).unwrap_or_else(|reject| panic!("{reject}: {event:?}"));
    }
}

impl Mechanism for Own {
    fn name(&self) -> &'static str {
        "the engine's own"
    }

    fn fork(&self) -> Box<dyn Mechanism> {
        Box::new(self.clone())
    }

    fn desk(&self) -> &Desk {
        self.engine.desk().unwrap_or_else(|| panic!("a fixture has a market"))
    }

    fn trade(&mut self, option: Contract, size: Size) -> Option<Paid> {
        let order = order(TRADER, self.series(option), size);
        let Outcome::Traded(traded) = self.engine.apply(&Event::Trade(order)).ok()?.outcome else {
            return None;
        };
        let parts = traded.parts;
        let exact = parts.base.checked_add(parts.skew.into())?.checked_add(parts.flow.into())?;
        Some(Paid { exact, base: parts.base, cash: traded.total })
    }

    fn marginal(&self, (line, kind): Contract) -> (Real, Real) {
        let desk = self.desk();
        let quote = desk.marginals().quote(at(desk, line), kind);
        let quote = quote.unwrap_or_else(|| panic!("a fixture's quotes fit"));
        (quote.base + quote.skew + quote.flow_ask, quote.base + quote.skew + quote.flow_bid)
    }

    fn wait(&mut self, seconds: u64) {
        let now = Timestamp::new(self.engine.state().now().get() + seconds);
        self.must(Event::Clock { now });
    }

    fn market(&mut self, spot: Real, depth: Real) {
        let world = self.world.moved(spot);
        self.world = World { depth: world.depth * depth, ..world };
        let state = self.engine.state();
        let update = self.world.update(state.inventory(), state.now());
        let update = update.unwrap_or_else(|| panic!("no market for {:?}", self.world));
        self.must(Event::Market(update));
    }

    fn lend(&mut self, cash: Cash) {
        self.must(Event::Deposit { account: self.lender, cash, base: Size::ZERO });
        self.must(Event::Provide { account: self.lender, cash });
    }

    fn take_back(&mut self) {
        let account = self.lender;
        let shares = self.engine.state().accounts()[&account].shares;
        self.must(Event::Redeem { account, shares });
    }

    fn lender(&self) -> Cash {
        let account = self.engine.state().accounts().get(&self.lender);
        account.map_or(Cash::ZERO, |account| account.cash)
    }

    fn drain(&mut self) {
        let pool = self.engine.state().pool();
        let (left, quantity) = (pool.cash.atoms(), Size::from_atoms(1));
        if left > 0 {
            self.must(Event::Hedge { quantity, cash: Cash::from_atoms(-left) });
        }
    }

    fn marks(&self) -> Vec<i128> {
        let desk = self.desk();
        let gains = desk.potential.gains().map(|node| node.gain.to_bits());
        let tally = self.engine.tally();
        let values = [desk.potential.value().to_bits(), desk.flow.value().to_bits()];
        let sums = [tally.delta.to_parts().0, tally.short_notional.to_parts().0];
        gains.chain(desk.flow.states().iter().copied()).chain(values).chain(sums).collect()
    }

    fn outstanding(&self) -> Real {
        self.desk().flow.value()
    }

    fn gives_back(&self) -> bool {
        self.engine.state().params().flow.rebate == Real::ONE
    }

    fn short(&self, option: Contract) -> Size {
        let position = self.engine.state().inventory().position(self.series(option));
        position.ok().and_then(Size::checked_neg).unwrap_or(Size::ZERO)
    }
}

/// The base price of an option.
pub(super) fn base(desk: &Desk, (line, kind): Contract) -> Real {
    let prices = desk.valued(at(desk, line)).value.prices;
    match kind {
        Kind::Call => prices.call,
        Kind::Put => prices.put,
    }
}

/// A price as it is settled when nobody errs: up, and an atom.
pub(super) fn settled(exact: Amount) -> Option<Cash> {
    exact.round(crate::num::Rounding::Up).checked_add(Cash::from_atoms(1))
}
