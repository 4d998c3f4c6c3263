//! Engines to start from.

use std::vec::Vec;

use super::draw::inside;
use crate::book::{AccountId, Inventory, Leg, Order, Series, Side};
use crate::engine::{Engine, Event, Feed, MarginRule, MarketUpdate, Params};
use crate::num::{Cash, Discount, Price, Real, Seconds, Size, Timestamp, Vol, YEAR_S};
use crate::pricing::Kind;
use crate::risk::margin::{AssetFeed, AssetList, AssetParams, Crowd, MarginParams};
use crate::skew::{Bands, Depth};
use crate::surface::{Slice, Ssvi};

/// When every fixture begins.
pub const NOW: Timestamp = Timestamp::new(1_700_000_000);
/// A day in seconds.
pub const DAY: u64 = 86_400;
/// Who provides the pool's liquidity.
pub const PROVIDER: AccountId = AccountId(1);
/// Who trades.
pub const TRADER: AccountId = AccountId(2);

/// What an engine is made with, and the market that it sees.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The pool's design.
    pub params: Params,
    /// Days to each expiry, ascending.
    pub days: Vec<u64>,
    /// Strikes of each expiry.
    pub strikes: Vec<Price>,
    /// The outside world.
    pub world: World,
    /// What the provider brings, and each trader.
    pub money: Cash,
    /// What each trader brings of the underlying.
    pub base: Size,
}

/// The market outside, which an update shows to the engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct World {
    /// Spot.
    pub spot: Price,
    /// Volatility at the money.
    pub vol: Real,
    /// Whether there is a smile.
    pub smile: bool,
    /// A tenth of a thousandth a day of carry in forwards and discount factors.
    pub carry: bool,
    /// Cash that moves spot by 100 %.
    pub depth: Real,
    /// The loop gain of others' hedging.
    pub outside_gain: Real,
    /// What other assets cost: the first a half of spot times this, the next a third of it.
    pub assets: Real,
}

impl World {
    /// What oracles say of so many assets, seen just now.
    pub fn assets(&self, count: usize, now: Timestamp) -> Vec<Option<AssetFeed>> {
        let feed = |asset: usize| {
            let price = self.spot.get().checked_mul(self.assets)? / (asset as i128 + 2);
            let vol = Vol::new(self.vol).ok()?;
            Some(AssetFeed { price: Price::new(price).ok()?, at: now, vol })
        };
        (0..count).map(feed).collect()
    }

    /// An update now with a feed for every listed expiry to come; `None` if there can be none.
    pub fn update(&self, inventory: &Inventory, now: Timestamp) -> Option<MarketUpdate> {
        let expiries = inventory.chains().iter().map(|chain| chain.expiry);
        let feeds = expiries.filter(|expiry| *expiry > now).map(|expiry| self.feed(expiry, now));
        let feeds = feeds.collect::<Option<Vec<_>>>()?;
        Some(MarketUpdate::new(now, self.spot, feeds))
    }

    fn feed(&self, expiry: Timestamp, now: Timestamp) -> Option<Feed> {
        let seconds = now.until(expiry).ok()?;
        let growth = match self.carry {
            true => Real::lit("0.0001") * i128::from(u64::from(seconds.get()) / DAY).min(5_000),
            false => Real::ZERO,
        };
        let slice = match self.smile {
            // No butterfly for η(1 + |ρ|) under 2, and no calendar spread with one η for all.
            true => {
                let years = Real::from_num(seconds.get()) / i128::from(YEAR_S);
                let theta = (self.vol * self.vol * years).max(Real::lit("0.000001"));
                let phi = Real::lit("0.8") / crate::math::sqrt(theta).ok()?;
                Slice::Ssvi(Ssvi::new(theta, phi, Real::lit("-0.3")).ok()?)
            }
            false => Slice::Flat(Vol::new(self.vol).ok()?),
        };
        let forward = self.spot.get().checked_mul(Real::ONE + growth)?;
        Some(Feed {
            expiry,
            forward: Price::new(forward).ok()?,
            discount: Discount::new(Real::ONE / (Real::ONE + growth)).ok()?,
            slice,
            depth: Depth::new(self.depth).ok()?,
            outside_gain: self.outside_gain,
        })
    }

    /// The same with spot times `factor`.
    #[must_use]
    pub fn moved(self, factor: Real) -> Self {
        let spot = self.spot.get().checked_mul(factor).and_then(|spot| Price::new(spot).ok());
        Self { spot: spot.unwrap_or(self.spot), ..self }
    }
}

/// A whole number of units as a price.
pub fn units(count: u32) -> Price {
    inside(Price::new(Real::from_num(count)))
}

impl Fixture {
    /// Three expiries of nine strikes around 60,000, flat at 65 %, a depth of 10⁹, the defaults of
    /// the dynamic pool.
    pub fn flat() -> Self {
        Self {
            params: Params::dynamic(),
            days: std::vec![7, 30, 90],
            strikes: (8..=16).map(|step| units(step * 5_000)).collect(),
            world: World {
                spot: units(60_000),
                vol: Real::lit("0.65"),
                smile: false,
                carry: false,
                depth: Real::lit("1000000000"),
                outside_gain: Real::ZERO,
                assets: Real::ONE,
            },
            money: Cash::from_atoms(1_000_000_000 * Cash::SCALE),
            base: Size::from_atoms(100_000 * Size::SCALE),
        }
    }

    /// The same on a smile with carry.
    pub fn smile() -> Self {
        let mut fixture = Self::flat();
        (fixture.world.smile, fixture.world.carry) = (true, true);
        fixture
    }

    /// Nine expiries of 41 strikes.
    pub fn grid() -> Self {
        let strikes = (40..=80).map(|step| units(step * 1_000)).collect();
        let days = std::vec![1, 2, 7, 14, 30, 60, 90, 180, 365];
        Self { days, strikes, ..Self::flat() }
    }

    /// One of many by number: flat or smile, 1, 3 or 5 bands, rebates of 0, ½ and 1, θ of 0, 1 and
    /// 1¼, with and without charges, small or rich, with others' hedging or without, in full, on margin, or
    /// on margin with other assets as collateral.
    pub fn pick(number: u32) -> Self {
        let mut rest = number;
        let mut digit = |base: u32| {
            let digit = rest % base;
            rest /= base;
            digit as usize
        };
        let mut fixture = if digit(2) == 0 { Self::flat() } else { Self::smile() };
        let params = &mut fixture.params;
        params.gain.bands = [Bands::Five, Bands::One, Bands::Three][digit(3)];
        params.flow.rebate = [Real::ONE, Real::lit("0.5"), Real::ZERO][digit(3)];
        params.gain.theta = [Real::ONE, Real::ZERO, Real::lit("1.25")][digit(3)];
        if params.gain.theta > Real::ONE {
            params.gain.taper = Real::lit("0.17");
        }
        if digit(2) == 1 {
            params.fees.half_spread_vol = Real::ZERO;
        } else {
            params.fees.fee_bps = Real::lit("3");
            (params.fees.insurance_bps, params.fees.treasury_bps) = (1_000, 2_500);
        }
        if digit(2) == 1 {
            fixture.money = Cash::from_atoms(1_000_000 * Cash::SCALE);
            fixture.base = Size::from_atoms(10 * Size::SCALE);
        }
        if digit(4) == 1 {
            fixture.world.outside_gain = Real::lit("0.05");
        }
        if digit(3) == 1 {
            fixture.params.realised_share = Real::lit("0.5");
        }
        match digit(3) {
            0 => {}
            rule => {
                fixture.params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
                if rule == 2 {
                    fixture.params.risk.assets = assets();
                }
            }
        }
        fixture
    }

    /// How many [`Fixture::pick`] tells apart.
    pub const COUNT: u32 = 2 * 3 * 3 * 3 * 2 * 2 * 4 * 3 * 3;

    /// The engine: listed, with a market, a provider and a trader.
    ///
    /// # Panics
    ///
    /// If the fixture is no engine's.
    pub fn engine(&self) -> Engine {
        let mut engine = Engine::new(self.params, NOW).unwrap_or_else(|e| panic!("{e}"));
        let mut apply = |event: Event| match engine.apply(&event) {
            Ok(_) => {}
            Err(reject) => panic!("{reject}: {event:?}"),
        };
        for days in &self.days {
            let expiry = Timestamp::new(NOW.get() + days * DAY);
            apply(Event::List { expiry, strikes: self.strikes.clone() });
        }
        for account in [PROVIDER, TRADER] {
            apply(Event::Deposit { account, cash: self.money, base: self.base });
        }
        for asset in 0..self.params.risk.assets.len() {
            let units = Size::from_atoms(self.base.atoms() / 2);
            let pledge = Event::Pledge { account: TRADER, asset: asset as u8, units };
            engine.apply(&pledge).unwrap_or_else(|e| panic!("{e}"));
        }
        self.show(&mut engine, NOW);
        let provide = Event::Provide { account: PROVIDER, cash: self.money };
        engine.apply(&provide).unwrap_or_else(|e| panic!("{e}"));
        self.show(&mut engine, NOW);
        engine
    }

    fn show(&self, engine: &mut Engine, now: Timestamp) {
        let update = self.world.update(engine.state().inventory(), now);
        let mut update = update.unwrap_or_else(|| panic!("no market in {self:?}"));
        update.assets = self.world.assets(self.params.risk.assets.len(), now);
        engine.apply(&Event::Market(update)).unwrap_or_else(|e| panic!("{e}"));
    }

    /// A series of the fixture.
    pub fn series(&self, expiry: usize, strike: usize, kind: Kind) -> Series {
        let days = self.days[expiry % self.days.len()];
        let strike = self.strikes[strike % self.strikes.len()];
        Series { expiry: Timestamp::new(NOW.get() + days * DAY), strike, kind }
    }
}

/// Two assets: one whose haircut widens with what everyone holds of it, and one whose with the holder's.
pub fn assets() -> AssetList {
    let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
    let shared = AssetParams {
        haircut: Real::lit("0.1"),
        haircut_initial: Real::lit("0.2"),
        vol_calm: inside(Vol::new(Real::lit("0.65"))),
        vol_slope: Real::lit("0.25"),
        crowd: Crowd::Everyone,
        capacity: Size::from_atoms(1_000_000 * Size::SCALE),
        crowding: Real::lit("0.5"),
        fresh: seconds(60),
        dead: seconds(3_600),
    };
    let own = AssetParams { crowd: Crowd::Holder, dead: seconds(600), ..shared };
    inside(AssetList::new(&[shared, own]))
}

/// An engine with [`Fixture::flat`].
pub fn engine() -> Engine {
    Fixture::flat().engine()
}

/// An order of one leg: bought if positive, sold if negative.
pub fn order(account: AccountId, series: Series, size: Size) -> Order {
    let side = if size < Size::ZERO { Side::Sell } else { Side::Buy };
    let size = size.checked_abs().unwrap_or(Size::MAX);
    Order { account, legs: std::vec![Leg { series, side, size }], limit: None, deadline: None }
}
