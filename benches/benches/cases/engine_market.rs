//! The market that the engine's cases run in.

use amm_core::{
    book::{AccountId, Leg, Line, Order, Series, Side},
    engine::{Engine, Event, Feed, MarketUpdate, Outcome, Params},
    num::{Cash, Discount, Price, Real, Size, Timestamp},
    pricing::Kind,
    quote::{Desk, LinePlace},
    skew::{Bands, Depth},
    surface::{Slice, Svi},
};

use super::engine::Scale;

/// One contract.
pub(crate) const CONTRACT: Size = Size::from_atoms(1_000_000_000);

/// Nine expiries from a day to a year.
const DAYS: [u32; 9] = [1, 2, 7, 14, 30, 60, 90, 180, 365];
const DAY: u64 = 86_400;
const NOW: Timestamp = Timestamp::new(1_700_000_000);

/// An engine with everything that a trade meets: accounts with money, liquidity, a book that is
/// short of gamma, a surface of SVI slices.
pub(crate) struct Market {
    pub(crate) engine: Engine,
    pub(crate) scale: Scale,
}

fn price(units: u32) -> Price {
    Price::new(Real::from_num(units)).expect("a price")
}

fn expiry(days: u32) -> Timestamp {
    Timestamp::new(NOW.get() + u64::from(days) * DAY)
}

/// Strikes from two thirds of spot to four thirds.
fn strikes(count: usize) -> Vec<Price> {
    let step = 40_000 / (count as u32 - 1);
    (0..count as u32).map(|i| price(40_000 + i * step)).collect()
}

/// The market before or after spot moved by half a per cent, and after its surface did.
pub(crate) fn update(moved: usize, slices: bool) -> MarketUpdate {
    let spot = price([60_000, 60_300][moved]);
    let feed = |&days: &u32| {
        let years = Real::from_num(days) / 365;
        let root = amm_core::math::sqrt(years).expect("above zero");
        let level = if slices { "0.21" } else { "0.2" };
        let number = |text: &str| text.parse::<Real>().expect("a number");
        let (a, b, sigma) = (years * number(level), root * number("0.12"), root * number("0.7"));
        Feed {
            expiry: expiry(days),
            forward: spot,
            discount: Discount::MAX,
            slice: Slice::Svi(
                Svi::new(a, b, number("-0.2"), Real::ZERO, sigma).expect("in its ranges"),
            ),
            depth: Depth::new(Real::from_num(1_000_000_000_u32)).expect("in its range"),
            outside_gain: Real::ZERO,
        }
    };
    let feeds = DAYS.iter().map(feed).collect();
    MarketUpdate::new(NOW, spot, feeds)
}

impl Market {
    pub(crate) fn new(scale: Scale) -> Self {
        let mut params = Params::dynamic();
        params.gain.bands = Bands::try_from(scale.bands).expect("1, 3 or 5");
        let engine = Engine::new(params, NOW).expect("parameters");
        let mut market = Self { engine, scale };
        for days in DAYS {
            market.event(&Event::List { expiry: expiry(days), strikes: strikes(scale.strikes) });
        }
        let cash: Cash = "1000000000".parse().expect("money");
        for account in (1..=scale.accounts).map(AccountId) {
            market.event(&Event::Deposit { account, cash, base: Size::ZERO });
        }
        market.event(&Event::Market(update(0, false)));
        market.event(&Event::Provide { account: AccountId(1), cash });
        market.event(&Event::Market(update(0, false)));
        market.sell_some();
        market
    }

    /// Makes the pool short of one call in every expiry.
    fn sell_some(&mut self) {
        let strike = strikes(self.scale.strikes)[self.scale.strikes / 2];
        for days in DAYS {
            let series = Series { expiry: expiry(days), strike, kind: Kind::Call };
            let legs = vec![Leg { series, side: Side::Buy, size: CONTRACT }];
            let order = Order { account: AccountId(2), legs, limit: None, deadline: None };
            self.event(&Event::Trade(order));
        }
    }

    fn event(&mut self, event: &Event) {
        self.engine.apply(event).expect("the market is set up");
    }

    pub(crate) fn desk(&self) -> &Desk {
        self.engine.desk().expect("the market is set up")
    }

    /// The lines of the last expiry.
    pub(crate) fn last_lines(&self) -> Vec<LinePlace> {
        let find = |strike| {
            let line = Line { expiry: expiry(DAYS[DAYS.len() - 1]), strike };
            self.desk().find(line).expect("listed")
        };
        strikes(self.scale.strikes).into_iter().map(find).collect()
    }

    /// Accounts all over the map.
    pub(crate) fn some_accounts(&self) -> impl Iterator<Item = AccountId> + use<> {
        let accounts = self.scale.accounts;
        (0..256).map(move |i| AccountId(2 + i * 7_919 % (accounts - 1)))
    }

    /// What an order pays.
    pub(crate) fn trade(&mut self, order: &Event) -> Cash {
        match self.engine.apply(order).expect("an order within all limits").outcome {
            Outcome::Traded(traded) => traded.total,
            outcome => panic!("an order ends in {outcome:?}"),
        }
    }
}
