//! Small markets and what may happen in them.

use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{Engine, Event, Feed, MarketUpdate, Params};
use amm_core::math::sqrt;
use amm_core::num::{Cash, Discount, Price, Real, Seconds, Shares, Size, Timestamp, Vol, YEAR_S};
use amm_core::pricing::Kind;
use amm_core::risk::HedgePolicy;
use amm_core::skew::{Bands, Depth};
use amm_core::surface::{Slice, Ssvi, Svi};
use proptest::prelude::*;

/// How a life begins.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    spot: u32,
    hours: Vec<u16>,
    strikes: u8,
    /// Between strikes, in thousandths of spot.
    spacing: u8,
    depth: u32,
    money: u32,
    smile: u8,
    vol: u16,
    design: Design,
    outside: i8,
}

/// Parameters by choices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Design {
    bands: u8,
    theta: u8,
    rebate: u8,
    realised: u8,
    hedge: u8,
    fees: u16,
}

pub(crate) fn design() -> impl Strategy<Value = Design> {
    let parts = (0..3_u8, 0..5_u8, 0..3_u8, 0..3_u8, 0..4_u8, 0..400_u16);
    parts.prop_map(|(bands, theta, rebate, realised, hedge, fees)| Design {
        bands,
        theta,
        rebate,
        realised,
        hedge,
        fees,
    })
}

pub(crate) fn start() -> impl Strategy<Value = Start> {
    let shape = (1..100_000_u32, proptest::collection::vec(1..9_000_u16, 2..4), 3..6_u8, 5..120_u8);
    let size = (1_000..100_000_000_u32, 1_000..50_000_000_u32, 0..4_u8, 20..250_u16, -3..4_i8);
    (shape, size, design()).prop_map(|((spot, mut hours, strikes, spacing), size, design)| {
        let (depth, money, smile, vol, outside) = size;
        hours.sort_unstable();
        hours.dedup();
        Start { spot, hours, strikes, spacing, depth, money, smile, vol, design, outside }
    })
}

/// A leg by places: expiry, strike, call or put, bought or sold, and a size in a scale.
type Pick = (u8, u8, bool, bool, u16);

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Trade {
        account: u8,
        legs: Vec<Pick>,
        scale: u8,
        limit: Option<i16>,
    },
    /// All or half of the first position held.
    Close {
        account: u8,
        half: bool,
    },
    Clock(u16),
    /// Seconds later, spot by so many thousandths, volatility and depth by parts of a thousand.
    Market {
        later: u16,
        spot: i8,
        vol: i8,
        depth: i16,
    },
    Deposit {
        account: u8,
        cash: u32,
        base: u16,
    },
    Withdraw {
        account: u8,
        parts: u8,
    },
    Provide {
        account: u8,
        cash: u32,
    },
    Redeem {
        account: u8,
        parts: u8,
    },
    /// What the policy wants, at a price off spot.
    Hedge(i8),
    /// To the next expiry, its price, and its settlement.
    Expire(i8),
    SettleAgain,
    Configure(Design),
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let leg = (any::<u8>(), any::<u8>(), any::<bool>(), any::<bool>(), 1..1_000_u16);
    let legs = proptest::collection::vec(leg, 1..4);
    let account = 0..3_u8;
    let limit = proptest::option::weighted(0.2, any::<i16>());
    prop_oneof![
        10 => (account.clone(), legs, 0..7_u8, limit)
            .prop_map(|(account, legs, scale, limit)| Op::Trade { account, legs, scale, limit }),
        4 => (account.clone(), any::<bool>()).prop_map(|(account, half)| Op::Close { account, half }),
        3 => (0..700_u16).prop_map(Op::Clock),
        4 => (0..40_000_u16, -80..80_i8, -50..50_i8, -400..1_200_i16)
            .prop_map(|(later, spot, vol, depth)| Op::Market { later, spot, vol, depth }),
        2 => (account.clone(), any::<u32>(), any::<u16>())
            .prop_map(|(account, cash, base)| Op::Deposit { account, cash, base }),
        1 => (account.clone(), 0..12_u8).prop_map(|(account, parts)| Op::Withdraw { account, parts }),
        1 => (account.clone(), 0..10_000_000_u32)
            .prop_map(|(account, cash)| Op::Provide { account, cash }),
        1 => (account, 0..12_u8).prop_map(|(account, parts)| Op::Redeem { account, parts }),
        1 => (-5..5_i8).prop_map(Op::Hedge),
        1 => (-100..100_i8).prop_map(Op::Expire),
        1 => Just(Op::SettleAgain),
        1 => design().prop_map(Op::Configure),
    ]
}

/// What the player knows of the engine.
pub(crate) struct World {
    pub(crate) params: Params,
    pub(crate) now: u64,
    start: Start,
    spot: Real,
    vol: Real,
    depth: Real,
    expiries: Vec<Timestamp>,
    strikes: Vec<Price>,
    held: Vec<Vec<(Series, Size)>>,
    cash: Vec<Cash>,
    shares: Vec<Shares>,
    wanted: Size,
}

const NOW: u64 = 1_700_000_000;

fn thousandths(n: i32) -> Real {
    Real::from_num(n) / 1000
}

fn seconds(count: u64) -> Seconds {
    Seconds::new(count).unwrap()
}

fn params(design: Design) -> Params {
    let mut params = Params::dynamic();
    params.gain.bands = Bands::try_from([1, 3, 5][usize::from(design.bands)]).unwrap();
    params.gain.theta = thousandths([0, 500, 1000, 1000, 1050][usize::from(design.theta)]);
    params.flow.rebate = thousandths([1000, 400, 0][usize::from(design.rebate)]);
    params.flow.scale = Real::from_num([1_000, 100_000, 10_000_000][usize::from(design.rebate)]);
    params.realised_share = thousandths([0, 700, 1500][usize::from(design.realised)]);
    params.fees.half_spread_vol = thousandths(i32::from(design.fees) / 10);
    params.fees.fee_bps = Real::from_num(design.fees) / 7;
    (params.fees.insurance_bps, params.fees.treasury_bps) = (design.fees, 777);
    params.staleness.open = seconds(1_200);
    params.staleness.close = seconds(2_400);
    let size = |units: i64| Size::from_atoms(i128::from(units) * Size::SCALE / 1000);
    params.hedge = match design.hedge {
        0 => HedgePolicy::Off,
        1 => HedgePolicy::Immediate,
        2 => HedgePolicy::Band { width: size(1_500) },
        _ => HedgePolicy::Buffered { per_second: size(3) },
    };
    params
}

impl World {
    pub(crate) fn new(start: &Start) -> Self {
        let spot = Real::from_num(start.spot);
        let spread = i32::from(start.spacing);
        let middle = i32::from(start.strikes) / 2;
        let strike = |place: i32| spot * thousandths(1_000 + (place - middle) * spread);
        let strikes = (0..start.strikes.into()).map(|place| Price::new(strike(place)).unwrap());
        let expiry = |hours: &u16| Timestamp::new(NOW + u64::from(*hours) * 3_600);
        Self {
            params: params(start.design),
            now: NOW,
            spot,
            vol: thousandths(i32::from(start.vol) * 10),
            depth: Real::from_num(start.depth),
            expiries: start.hours.iter().map(expiry).collect(),
            strikes: strikes.collect(),
            held: vec![vec![]; 3],
            cash: vec![Cash::ZERO; 3],
            shares: vec![Shares::ZERO; 3],
            wanted: Size::ZERO,
            start: start.clone(),
        }
    }

    /// Money, listings, a market, a provider who is let in.
    pub(crate) fn opening(&mut self) -> Vec<Event> {
        let money = Cash::from_atoms(i128::from(self.start.money) * Cash::SCALE);
        let base = Size::from_atoms(i128::from(self.start.money / 100) * Size::SCALE);
        let mut events: Vec<Event> =
            (0..3).map(|id| Event::Deposit { account: AccountId(id), cash: money, base }).collect();
        for &expiry in &self.expiries {
            events.push(Event::List { expiry, strikes: self.strikes.clone() });
        }
        events.push(self.market());
        events.push(Event::Provide { account: AccountId(0), cash: money });
        events.push(self.market());
        events
    }

    /// What the next operation may need.
    pub(crate) fn see(&mut self, engine: &Engine) {
        let state = engine.state();
        self.now = state.now().get();
        for (id, account) in state.accounts() {
            let id = id.0 as usize;
            self.held[id] = account.positions.as_slice().to_vec();
            (self.cash[id], self.shares[id]) = (account.cash, account.shares);
        }
        let held = state.pool().hedge.position;
        self.wanted = engine.tally().hedge_target().checked_sub(held).unwrap();
        let listed = |expiry: &Timestamp| state.inventory().chain(*expiry).is_ok();
        if state.market().is_some() {
            self.expiries.retain(listed);
        }
    }

    fn slice(&self, time: u64) -> Slice {
        let flat = Slice::Flat(Vol::new(self.vol).unwrap());
        let variance = self.vol * self.vol * i128::from(time) / i128::from(YEAR_S);
        let (rho, eta) = match self.start.smile {
            0 | 1 => return flat,
            2 => (Real::lit("-0.4"), Real::lit("0.9")),
            _ => (Real::lit("0.25"), Real::lit("1.2")),
        };
        let phi = eta / sqrt(variance).unwrap();
        let Ok(ssvi) = Ssvi::new(variance, phi, rho) else { return flat };
        if self.start.smile == 2 {
            return Slice::Ssvi(ssvi);
        }
        let raw = ssvi.raw();
        let a = raw.a() + Real::lit("0.00000001");
        Svi::new(a, raw.b(), raw.rho(), raw.m(), raw.sigma()).map_or(flat, Slice::Svi)
    }

    fn market(&self) -> Event {
        let now = Timestamp::new(self.now);
        let feed = |&expiry: &Timestamp| {
            let time = expiry.get() - self.now;
            let years = Real::from_num(time) / i128::from(YEAR_S);
            let carry = years * Real::lit("0.03");
            Feed {
                expiry,
                forward: Price::new(self.spot + self.spot * carry).unwrap(),
                discount: Discount::new(Real::ONE - carry / 2).unwrap(),
                slice: self.slice(time),
                depth: Depth::new(self.depth).unwrap(),
                outside_gain: thousandths(i32::from(self.start.outside) * 15),
            }
        };
        let live = self.expiries.iter().filter(|expiry| expiry.get() > self.now);
        let spot = Price::new(self.spot).unwrap();
        Event::Market(MarketUpdate::new(now, spot, live.map(feed).collect()))
    }

    pub(crate) fn events(&mut self, op: &Op) -> Vec<Event> {
        let later = |by: u64| Timestamp::new(self.now + by);
        let id = |account: u8| AccountId(account.into());
        match op {
            Op::Trade { account, legs, scale, limit } => {
                if self.expiries.is_empty() {
                    return vec![];
                }
                let leg = |&(expiry, strike, call, buy, size): &Pick| Leg {
                    series: Series {
                        expiry: self.expiries[usize::from(expiry) % self.expiries.len()],
                        strike: self.strikes[usize::from(strike) % self.strikes.len()],
                        kind: if call { Kind::Call } else { Kind::Put },
                    },
                    side: if buy { Side::Buy } else { Side::Sell },
                    size: Size::from_atoms(
                        i128::from(size) * 10_i128.pow(u32::from(*scale) + 3) + 7,
                    ),
                };
                let limit = limit.map(|units| Cash::from_atoms(i128::from(units) * Cash::SCALE));
                let deadline = limit.map(|_| Timestamp::new(self.now));
                let legs = legs.iter().map(leg).collect();
                vec![Event::Trade(Order { account: id(*account), legs, limit, deadline })]
            }
            Op::Close { account, half } => {
                let Some(&(series, size)) = self.held[usize::from(*account)].first() else {
                    return vec![];
                };
                let side = if size > Size::ZERO { Side::Sell } else { Side::Buy };
                let atoms = size.atoms().abs();
                let size = Size::from_atoms(if *half { (atoms + 1) / 2 } else { atoms });
                let legs = vec![Leg { series, side, size }];
                let (limit, deadline) = (None, None);
                vec![Event::Trade(Order { account: id(*account), legs, limit, deadline })]
            }
            Op::Clock(by) => vec![Event::Clock { now: later((*by).into()) }],
            Op::Market { later, spot, vol, depth } => {
                self.now += u64::from(*later);
                self.spot += self.spot * thousandths((*spot).into());
                self.vol = (self.vol + self.vol * thousandths((*vol).into())).max(Real::lit("0.1"));
                let depth = self.depth + self.depth * thousandths((*depth).into());
                let before = self.depth;
                self.depth = depth.max(Real::ONE);
                let event = self.market();
                if self.depth > before * 2 {
                    self.depth = before; // it will be refused
                }
                vec![event]
            }
            Op::Deposit { account, cash, base } => {
                let cash = Cash::from_atoms(i128::from(*cash) * 1_000_003);
                let base = Size::from_atoms(i128::from(*base) * 10_000_019);
                vec![Event::Deposit { account: id(*account), cash, base }]
            }
            Op::Withdraw { account, parts } => {
                let cash = self.cash[usize::from(*account)].atoms() * i128::from(*parts) / 10;
                let (cash, base) = (Cash::from_atoms(cash), Size::ZERO);
                vec![Event::Withdraw { account: id(*account), cash, base }]
            }
            Op::Provide { account, cash } => {
                let cash = Cash::from_atoms(i128::from(*cash) * 999_983);
                vec![Event::Provide { account: id(*account), cash }]
            }
            Op::Redeem { account, parts } => {
                let shares = self.shares[usize::from(*account)].atoms() * i128::from(*parts) / 10;
                let shares = Shares::from_atoms(shares);
                vec![Event::Redeem { account: id(*account), shares }]
            }
            Op::Hedge(off) => {
                let price = self.spot + self.spot * thousandths((*off).into());
                let cost = Cash::round(price, amm_core::num::Rounding::Up).atoms();
                let cash = -self.wanted.atoms() / 1_000 * cost / 1_000_000;
                vec![Event::Hedge { quantity: self.wanted, cash: Cash::from_atoms(cash) }]
            }
            Op::Expire(off) => {
                let Some(&expiry) = self.expiries.first() else { return vec![] };
                let price = self.spot + self.spot * thousandths((*off).into());
                let price = Price::new(price).unwrap();
                let now = expiry.max(Timestamp::new(self.now));
                vec![Event::Clock { now }, Event::Fix { expiry, price }, Event::Settle { expiry }]
            }
            Op::SettleAgain => {
                let expiry = self.expiries.first().copied().unwrap_or(Timestamp::new(NOW));
                vec![Event::Settle { expiry }, Event::Settle { expiry: Timestamp::new(NOW) }]
            }
            Op::Configure(design) => vec![Event::Configure(Box::new(params(*design)))],
        }
    }
}
