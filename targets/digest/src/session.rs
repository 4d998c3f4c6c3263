//! Drawn markets and events of an engine that mostly takes them.

use crate::random::Random;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use amm_core::book::{AccountId, Leg, Order, Series, Side};
use amm_core::engine::{Event, Feed, MarginRule, MarketUpdate, Params, RiskParams};
use amm_core::math::sqrt;
use amm_core::num::{Cash, Discount, Price, Real, Seconds, Shares, Size, Timestamp, Vol, YEAR_S};
use amm_core::pricing::Kind;
use amm_core::risk::breaker::{BreakerParams, GateParams, Limits};
use amm_core::risk::funding::FundingParams;
use amm_core::risk::margin::{AssetFeed, AssetList, AssetParams, Crowd, MarginParams};
use amm_core::signals::PredictorParams;
use amm_core::skew::{Bands, Depth};
use amm_core::surface::{Slice, Ssvi, Svi};

/// When it begins.
pub(crate) const START: Timestamp = Timestamp::new(1_700_000_000);

/// A small market: two expiries, three strikes each.
pub(crate) struct Session {
    pub(crate) now: u64,
    pub(crate) expiries: [Timestamp; 2],
    pub(crate) strikes: [Price; 3],
    spot: Real,
    vol: Real,
    smile: u32,
    depth: Depth,
}

fn hundredths(n: u32) -> Real {
    Real::from_num(n) / 100
}

fn price(x: Real) -> Price {
    Price::new(x).unwrap_or(Price::MAX)
}

/// A design with its figures drawn.
pub(crate) fn params(random: &mut Random) -> Params {
    let mut params = match random.below(4) {
        0 => Params::static_pool(),
        1 => Params::active(Size::from_atoms(random.magnitude(35) as i128)),
        _ => Params::dynamic(),
    };
    let bands = Bands::try_from(random.pick([1, 3, 5]));
    params.gain.bands = bands.unwrap_or(params.gain.bands);
    params.flow.rebate = hundredths(random.below(101));
    params.flow.scale = Real::from_num(1 + random.below(1_000_000));
    params.fees.fee_bps = hundredths(random.below(5_000));
    params.fees.insurance_bps = random.below(4_000) as u16;
    params.realised_share = hundredths(random.below(120));
    if random.below(3) == 0 {
        params.risk = reacting(random);
    }
    params
}

/// Some of what reacts when the market turns.
fn reacting(random: &mut Random) -> RiskParams {
    let size = |random: &mut Random| Size::from_atoms(1 + random.magnitude(50) as i128);
    let limits = Limits { per_series: size(random), per_expiry: size(random) };
    let mut some = || random.below(2) == 0;
    let mut margin = MarginRule::Full;
    let mut assets = AssetList::default();
    if some() {
        margin = MarginRule::Margin(MarginParams::dynamic());
        assets = self::assets();
    }
    let funding = margin.params().is_some() && some();
    RiskParams {
        margin,
        assets,
        breaker: some().then(BreakerParams::default),
        gates: some().then(GateParams::default),
        limits: some().then_some(limits),
        prediction: some().then(PredictorParams::default),
        funding: funding.then(FundingParams::default),
        ..RiskParams::default()
    }
}

/// One asset whose haircut everyone's units widen, and one whose the holder's.
fn assets() -> AssetList {
    let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
    let shared = AssetParams {
        haircut: hundredths(10),
        haircut_initial: hundredths(20),
        vol_calm: Vol::new(hundredths(60)).unwrap_or(Vol::MAX),
        vol_slope: hundredths(25),
        crowd: Crowd::Everyone,
        capacity: Size::from_atoms(1_000_000 * Size::SCALE),
        crowding: hundredths(50),
        fresh: seconds(60),
        dead: seconds(40_000),
    };
    let own = AssetParams { crowd: Crowd::Holder, ..shared };
    AssetList::new(&[shared, own]).unwrap_or_default()
}

impl Session {
    pub(crate) fn new(random: &mut Random) -> Self {
        let spot = Real::from_num(1 + random.below(100_000)) + hundredths(random.below(100));
        let spacing = hundredths(1 + random.below(20));
        let strike = |away: i128| price(spot + spot * spacing * away);
        let hours = [1 + random.below(200), 300 + random.below(5_000)];
        let depth = Real::from_num(10_000 + random.below(100_000_000));
        Self {
            now: START.get(),
            expiries: hours.map(|hours| Timestamp::new(START.get() + u64::from(hours) * 3_600)),
            strikes: [-1, 0, 1].map(strike),
            spot,
            vol: hundredths(20 + random.below(120)),
            smile: random.below(3),
            depth: Depth::new(depth).unwrap_or(Depth::MIN),
        }
    }

    pub(crate) fn spot(&self) -> Price {
        price(self.spot)
    }

    fn slice(&self, seconds: u64) -> Slice {
        let flat = Slice::Flat(Vol::new(self.vol).unwrap_or(Vol::MAX));
        let theta = self.vol * self.vol * i128::from(seconds) / i128::from(YEAR_S);
        let phi = sqrt(theta).ok().and_then(|root| Real::ONE.checked_div(root));
        let ssvi = phi.and_then(|phi| Ssvi::new(theta, phi, Real::lit("-0.3")).ok());
        match (self.smile, ssvi) {
            (1, Some(ssvi)) => Slice::Ssvi(ssvi),
            (2, Some(ssvi)) => {
                let raw = ssvi.raw();
                let svi = Svi::new(raw.a(), raw.b(), raw.rho(), raw.m(), raw.sigma());
                svi.map_or(flat, Slice::Svi)
            }
            _ => flat,
        }
    }

    /// The market as it is.
    pub(crate) fn update(&self) -> MarketUpdate {
        let feed = |&expiry: &Timestamp| {
            let seconds = expiry.get() - self.now;
            let carry = Real::from_num(seconds) / i128::from(YEAR_S) / 20;
            let discount = Discount::new(Real::ONE - carry).unwrap_or(Discount::MAX);
            let forward = price(self.spot + self.spot * carry);
            Feed { discount, ..Feed::new(expiry, forward, self.slice(seconds), self.depth) }
        };
        let live = self.expiries.iter().filter(|expiry| expiry.get() > self.now);
        MarketUpdate::new(Timestamp::new(self.now), self.spot(), live.map(feed).collect())
    }

    /// Listings, money, a market, and a provider let in.
    pub(crate) fn opening(&self, random: &mut Random) -> Vec<Event> {
        let units = 1_000_000 + i128::from(random.below(1_000_000_000));
        let (cash, base) =
            (Cash::from_atoms(units * Cash::SCALE), Size::from_atoms(units * Size::SCALE));
        let list = |&expiry: &Timestamp| Event::List { expiry, strikes: self.strikes.to_vec() };
        let mut events: Vec<_> = self.expiries.iter().map(list).collect();
        events.extend((0..2).map(|id| Event::Deposit { account: AccountId(id), cash, base }));
        events.push(Event::Market(self.update()));
        events.push(Event::Provide { account: AccountId(0), cash });
        events.push(Event::Market(self.update()));
        events
    }

    pub(crate) fn order(&self, random: &mut Random) -> Order {
        let leg = |random: &mut Random| Leg {
            series: Series {
                expiry: random.pick(self.expiries),
                strike: random.pick(self.strikes),
                kind: random.pick([Kind::Call, Kind::Put]),
            },
            side: random.pick([Side::Buy, Side::Sell]),
            size: Size::from_atoms(1 + random.magnitude(45) as i128),
        };
        let legs = (0..1 + random.below(3)).map(|_| leg(random)).collect();
        let limit = (random.below(8) == 0).then(|| Cash::from_atoms(random.integer()));
        Order { account: AccountId(random.below(2).into()), legs, limit, deadline: None }
    }

    /// What happens next.
    pub(crate) fn events(&mut self, random: &mut Random) -> Vec<Event> {
        let account = AccountId(random.below(2).into());
        let cash = Cash::from_atoms(random.magnitude(50) as i128);
        match random.below(20) {
            0 => {
                self.now += u64::from(random.below(90));
                vec![Event::Clock { now: Timestamp::new(self.now) }]
            }
            1..4 | 19 => {
                self.now += u64::from(random.below(30_000));
                self.spot += self.spot * (hundredths(random.below(11)) - hundredths(5));
                self.vol += hundredths(random.below(3));
                let mut update = self.update();
                let assets = if random.below(3) == 0 { random.below(3) } else { 0 };
                for asset in 0..assets {
                    let at = Timestamp::new(self.now - u64::from(random.below(90)));
                    let price = price(self.spot / (i128::from(asset) + 2));
                    let vol = Vol::new(self.vol).unwrap_or(Vol::MAX);
                    let feed = AssetFeed { price, at, vol };
                    update.assets.push((random.below(4) > 0).then_some(feed));
                }
                update.pledged = hundredths(random.below(101));
                update.traded = (random.below(3) == 0).then(|| {
                    price(self.spot + self.spot * (hundredths(random.below(9)) - hundredths(4)))
                });
                update.peg = Real::ONE - hundredths(random.below(4));
                vec![Event::Market(update)]
            }
            4 => vec![Event::Provide { account, cash }],
            5 => {
                let shares = Shares::from_atoms(random.magnitude(50) as i128);
                vec![Event::Redeem { account, shares }]
            }
            6 => vec![Event::Withdraw { account, cash, base: Size::ZERO }],
            7 => {
                let quantity = Size::from_atoms(random.magnitude(34) as i128);
                let cash = Cash::from_atoms(-(random.magnitude(34) as i128));
                vec![Event::Hedge { quantity, cash }]
            }
            8 => vec![Event::Configure(Box::new(params(random)))],
            9 => {
                let expiry = self.expiries[0];
                self.now = self.now.max(expiry.get());
                let now = Timestamp::new(self.now);
                let price = self.spot();
                vec![Event::Clock { now }, Event::Fix { expiry, price }, Event::Settle { expiry }]
            }
            10 => {
                let bidder = AccountId(random.below(2).into());
                let wanted = hundredths(random.below(120));
                vec![
                    Event::Liquidate { account, bidder, wanted },
                    Event::Absorb { account },
                    Event::Accrue { account },
                ]
            }
            11..13 => {
                let (asset, units) = (random.below(2) as u8, 1 + random.magnitude(45) as i128);
                let whole = Event::Pledge { account, asset, units: Size::from_atoms(units) };
                let part = Size::from_atoms(1 + units / 2);
                vec![whole, Event::Release { account, asset, units: part }]
            }
            13 => {
                let (asset, units) = (random.below(2) as u8, Size::from_atoms(1));
                vec![Event::Dispose { asset, units, cash }]
            }
            _ => vec![Event::Trade(self.order(random))],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Fold;
    use alloc::collections::BTreeMap;
    use amm_core::engine::{Engine, Outcome, Reject};

    /// A digest of refusals alone would say little.
    #[test]
    fn every_kind_of_event_is_often_taken() {
        let mut taken: BTreeMap<&str, u32> = BTreeMap::new();
        let mut refused = 0;
        for row in 0..200 {
            let mut random = Random::seeded("session", row);
            let mut session = Session::new(&mut random);
            let Ok(mut engine) = Engine::new(params(&mut random), START) else { continue };
            let mut events = session.opening(&mut random);
            for _ in 0..8 {
                events.extend(session.events(&mut random));
            }
            for event in events {
                let kind = match engine.apply(&event) {
                    Ok(receipt) => match receipt.outcome {
                        Outcome::Traded(_) => "trade",
                        Outcome::Revalued(_) => "market",
                        Outcome::Settled(_) => "settlement",
                        _ => "another",
                    },
                    Err(Reject::Overflow { what }) => panic!("{what}"),
                    Err(_) => {
                        refused += 1;
                        continue;
                    }
                };
                *taken.entry(kind).or_default() += 1;
            }
            Fold::new().text(engine.digest());
        }
        let least = [("trade", 100), ("market", 500), ("settlement", 50), ("another", 500)];
        for (kind, least) in least {
            assert!(taken[kind] >= least, "{taken:?}, {refused} refused");
        }
    }
}
