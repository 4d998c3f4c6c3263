//! The book that the cases of risk run in: accounts with many positions, in two states of one market.

use amm_core::{
    book::Series,
    engine::Event,
    num::{Cash, Price, Size},
    pricing::Kind,
    risk::margin::{
        Backing, Conditions, Funds, MarginParams, Margins, Requirement, RowConditions,
        StandingRange, Watch,
    },
    surface::Board,
};

use super::{
    engine::SERIES,
    engine_market::{CONTRACT, Market, update},
};

/// What an account has.
pub(crate) struct Account {
    pub(crate) positions: Vec<(Series, Size)>,
    pub(crate) funds: Funds,
}

impl Account {
    /// Whether it is to be liquidated.
    pub(crate) fn is_short(&self, margins: &Margins) -> bool {
        let cushion = needs(margins, &self.positions).cushion(&self.funds);
        cushion.expect("sums fit") < Cash::ZERO
    }
}

/// What positions need.
pub(crate) fn needs(margins: &Margins, positions: &[(Series, Size)]) -> Requirement {
    margins.requirement(positions, Size::ZERO).expect("listed and in order")
}

/// One state of the market, as margin reads it.
#[derive(Clone)]
pub(crate) struct State {
    spot: Price,
    board: Board,
}

impl State {
    /// Before and after spot moved by half a per cent: nine expiries of 41 lines.
    pub(crate) fn both() -> [Self; 2] {
        let mut market = Market::new(SERIES[2]);
        [0, 1].map(|moved| {
            let next = update(moved, false);
            let spot = next.spot;
            market.engine.apply(&Event::Market(next)).expect("a market without arbitrage");
            Self { spot, board: market.desk().board.clone() }
        })
    }

    /// Everything listed under 23 scenarios.
    pub(crate) fn margins(&self) -> Margins {
        const PARAMS: MarginParams = MarginParams::derive_portfolio();
        let rows: Vec<_> = self.board.rows.iter().map(RowConditions::of).collect();
        let vol = "0.6".parse().expect("a volatility");
        let conditions = Conditions::calm(self.spot, vol);
        let standing = StandingRange::default();
        Margins::new(&PARAMS, &conditions, &standing, &self.board, &rows).expect("in its ranges")
    }

    /// Everything listed, in order.
    pub(crate) fn series(&self) -> Vec<Series> {
        let rows = self.board.rows.iter();
        let lines = rows.flat_map(|row| row.lines.iter().map(|line| (row.stamp, line.strike)));
        let both =
            |(expiry, strike)| [Kind::Call, Kind::Put].map(|kind| Series { expiry, strike, kind });
        lines.flat_map(both).collect()
    }
}

/// The same draws in every run.
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Less than `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// So many positions of up to ten contracts, long or short, all over the board.
    pub(crate) fn positions(&mut self, listed: &[Series], count: usize) -> Vec<(Series, Size)> {
        let mut held = std::collections::BTreeMap::new();
        while held.len() < count {
            let series = listed[self.below(listed.len() as u64) as usize];
            let contracts = 1 + self.below(10) as i128;
            let sign = if self.below(2) == 0 { 1 } else { -1 };
            held.insert(series, Size::from_atoms(sign * contracts * CONTRACT.atoms()));
        }
        held.into_iter().collect()
    }
}

/// Ten thousand accounts of one to twenty positions, each with up to three times its maintenance margin,
/// and what is kept of each to pass it by.
pub(crate) fn accounts(state: &State, margins: &Margins) -> (Vec<Account>, Vec<Watch>) {
    let (listed, mut draws) = (state.series(), Draws::new(5));
    let account = |_| {
        let count = 1 + draws.below(20) as usize;
        let positions = draws.positions(&listed, count);
        let (needs, watch) = margins.watch(&positions, Size::ZERO).expect("listed and in order");
        let held = needs.maintenance.atoms() / 1_000 * (1_000 + draws.below(2_000) as i128);
        let cash = Cash::from_atoms(held - needs.value.atoms());
        (Account { positions, funds: Funds { cash, backing: Backing::default() } }, watch)
    };
    (0..10_000).map(account).unzip()
}
