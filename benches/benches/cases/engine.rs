//! The engine at work: quotes, trades and market updates, in one size and as sizes grow.

use amm_benches_rig::rig::{Calls, Case, Moves};
use amm_core::{
    book::{Leg, Line, Order, Series, Side},
    engine::Event,
    num::{Cash, Size},
    pricing::Kind,
    quote::{LinePlace, Marginal, Parts},
};

use super::{
    engine_market::{self as market, Market},
    ours::WHO,
};

/// The next contract of one series, from the desk's state.
pub(crate) const MARGINAL: &str = "quote/marginal/one_series";
/// An order of one leg, priced.
pub(crate) const SIZED: &str = "quote/sized/one_leg";
/// An order of ten legs, priced.
pub(crate) const TEN_LEGS: &str = "quote/sized/ten_legs";
/// An order planned and committed.
pub(crate) const TRADE: &str = "engine/trade/applied";
/// Spot and forwards move, and every call and put is quoted on both sides.
pub(crate) const UPDATE: &str = "engine/market/requote";
/// The same with other slices, which are checked for arbitrage.
pub(crate) const SLICES: &str = "engine/market/slices_requote";

/// The digest of a state with 10,000 accounts.
pub(crate) const DIGEST: &str = "engine/digest/10k_accounts";
/// The canonical bytes of it.
pub(crate) const SNAPSHOT: &str = "engine/snapshot/10k_accounts";

/// Growing sizes are kept apart from what is judged.
pub(crate) const GROWING: [&str; 4] =
    ["growing/marginal", "growing/sized", "growing/trade", "growing/requote"];

/// How large an engine is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Scale {
    pub(crate) strikes: usize,
    pub(crate) bands: u8,
    pub(crate) accounts: u64,
    pub(crate) name: &'static str,
}

impl Scale {
    const fn new(strikes: usize, bands: u8, accounts: u64, name: &'static str) -> Self {
        Self { strikes, bands, accounts, name }
    }
}

/// What the design's targets are for.
const TARGET: Scale = Scale::new(41, 5, 10_000, WHO);

/// One size grows at a time, the others being those of the targets but for a hundred accounts.
pub(crate) const SERIES: [Scale; 4] = [
    Scale::new(11, 5, 100, "9×11 lines"),
    Scale::new(21, 5, 100, "9×21 lines"),
    Scale::new(41, 5, 100, "9×41 lines"),
    Scale::new(81, 5, 100, "9×81 lines"),
];
/// Bands of spot.
pub(crate) const BANDS: [Scale; 3] = [
    Scale::new(41, 1, 100, "1 band"),
    Scale::new(41, 3, 100, "3 bands"),
    Scale::new(41, 5, 100, "5 bands"),
];
/// Accounts.
pub(crate) const ACCOUNTS: [Scale; 3] = [
    Scale::new(41, 5, 100, "100 accounts"),
    Scale::new(41, 5, 10_000, "10,000 accounts"),
    Scale::new(41, 5, 100_000, "100,000 accounts"),
];

pub(crate) fn cases() -> Vec<Box<dyn Case>> {
    let mut all = of(TARGET, [MARGINAL, SIZED, TRADE, UPDATE]);
    let market: &'static Market = Box::leak(Box::new(Market::new(TARGET)));
    all.insert(2, ten_legs(market));
    all.push(requote(SLICES, TARGET, true));
    all.push(Calls::boxed(DIGEST, WHO, vec![market], |market| market.engine.digest()));
    all.push(Calls::boxed(SNAPSHOT, WHO, vec![market], |market| market.engine.snapshot()));
    all
}

/// Those of growing sizes, by what is done.
pub(crate) fn growing() -> Vec<Box<dyn Case>> {
    let sizes = SERIES.into_iter().chain(BANDS).chain(ACCOUNTS);
    let mut all: Vec<_> = sizes.flat_map(|scale| of(scale, GROWING)).collect();
    all.sort_by_key(|case| case.what());
    all
}

fn of(scale: Scale, [marginal, sized, trade, update]: [&'static str; 4]) -> Vec<Box<dyn Case>> {
    let market: &'static Market = Box::leak(Box::new(Market::new(scale)));
    vec![
        next_contract(marginal, market),
        one_leg(sized, market),
        trades(trade, scale),
        requote(update, scale, false),
    ]
}

fn next_contract(what: &'static str, market: &'static Market) -> Box<dyn Case> {
    let places = market.desk().lines().map(|at| (market, at)).collect();
    let call = |&(market, at): &(&Market, LinePlace)| -> Option<Marginal> {
        market.desk().marginals().quote(at, Kind::Call)
    };
    Calls::boxed(what, market.scale.name, places, call)
}

type Legs = (&'static Market, Vec<(LinePlace, Kind, Size)>);

fn priced((market, legs): &Legs) -> (Parts, Cash) {
    let sized = market.desk().price(legs, false).expect("a small order");
    (sized.parts, sized.total)
}

/// A contract of each line of the last expiry: those that touch every node.
fn one_leg(what: &'static str, market: &'static Market) -> Box<dyn Case> {
    let lines = market.last_lines().into_iter();
    let legs = lines.map(|at| (market, vec![(at, Kind::Call, market::CONTRACT)])).collect();
    Calls::boxed(what, market.scale.name, legs, priced)
}

/// Ten neighbouring strikes of the last expiry, bought and sold in turn.
fn ten_legs(market: &'static Market) -> Box<dyn Case> {
    let sold = Size::from_atoms(-market::CONTRACT.atoms());
    let size = |place: usize| if place.is_multiple_of(2) { market::CONTRACT } else { sold };
    let leg = |(place, &at): (usize, &LinePlace)| (at, Kind::Call, size(place));
    let of = |lines: &[LinePlace]| (market, lines.iter().enumerate().map(leg).collect());
    Calls::boxed(TEN_LEGS, WHO, market.last_lines().windows(10).map(of).collect(), priced)
}

/// An engine, orders of many of its accounts with their counterparts, and what the last ones paid.
struct Trades {
    market: Market,
    orders: Vec<[Event; 2]>,
    next: usize,
    paid: [Cash; 2],
    want: [Cash; 2],
}

fn trades(what: &'static str, scale: Scale) -> Box<dyn Case> {
    let market = Market::new(scale);
    let at = market.last_lines()[scale.strikes / 2];
    let line =
        Line { expiry: market.desk().row(at).stamp, strike: market.desk().valued(at).strike };
    let series = Series { expiry: line.expiry, strike: line.strike, kind: Kind::Call };
    let order = |account, side| {
        let legs = vec![Leg { series, side, size: market::CONTRACT }];
        Event::Trade(Order { account, legs, limit: None, deadline: None })
    };
    let both = |account| [order(account, Side::Buy), order(account, Side::Sell)];
    let mut state = Trades {
        orders: market.some_accounts().map(both).collect(),
        market,
        next: 0,
        paid: [Cash::ZERO; 2],
        want: [Cash::ZERO; 2],
    };
    trade(&mut state, 0);
    state.want = state.paid;
    Box::new(Moves {
        what,
        who: scale.name,
        state,
        cells: 2,
        step: trade,
        check: |state, _| assert_eq!(state.paid, state.want),
        moves: 0,
    })
}

fn trade(state: &mut Trades, _: usize) {
    let orders = &state.orders[state.next];
    state.next = (state.next + 1) % state.orders.len();
    state.paid = [0, 1].map(|i| state.market.trade(&orders[i]));
}

/// An engine that goes back and forth between two markets, and its quotes.
struct Requote {
    market: Market,
    updates: [Event; 2],
    quotes: Vec<[Marginal; 2]>,
    want: [Vec<[Marginal; 2]>; 2],
}

fn requote(what: &'static str, scale: Scale, slices: bool) -> Box<dyn Case> {
    let market = Market::new(scale);
    let updates = [0, 1].map(|i| Event::Market(market::update(i, slices && i == 1)));
    let mut state = Requote { market, updates, quotes: Vec::new(), want: Default::default() };
    for i in [1, 0] {
        quote_all(&mut state, i);
        state.want[i] = state.quotes.clone();
    }
    assert_ne!(state.want[0], state.want[1], "the market moves");
    Box::new(Moves {
        what,
        who: scale.name,
        state,
        cells: 1,
        step: quote_all,
        check: |state, i| assert_eq!(state.quotes, state.want[i]),
        moves: 0,
    })
}

fn quote_all(state: &mut Requote, i: usize) {
    state.market.engine.apply(&state.updates[i]).expect("a market without arbitrage");
    let desk = state.market.desk();
    let marginals = desk.marginals();
    state.quotes.clear();
    state.quotes.extend(desk.lines().filter_map(|at| marginals.pair(at)));
}
