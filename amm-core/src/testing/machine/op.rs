//! Actions out of bytes, and the events they stand for.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::boxed::Box;
use std::vec::Vec;

use super::amount::{money, part, size};
use super::fault::faulty;
use super::pledge::{dispose, number, old, shown, toward};
use super::tuned::tuned;
use crate::book::{AccountId, Leg, Order, Series, Side};
use crate::engine::{Engine, Event, MarketUpdate, State};
use crate::num::{Amount, Cash, Price, Real, Rounding, Shares, Size, Timestamp};
use crate::pricing::Kind;
use crate::testing::fixture::{DAY, World};

/// Accounts that act; there are at most so many, and every eighth time one that is unknown.
const ACCOUNTS: u64 = 6;

/// One action in small numbers. What they mean depends on the engine's state: the third expiry, all
/// that is held, half of the cash.
#[derive(Arbitrary, Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs)] // a byte each, and the event says what it means
pub enum Op {
    Trade { account: u8, legs: [Pick; 3], more: u8, terms: u8 },
    Close { account: u8, nth: u8, part: u8 },
    Market { pass: u8, spot: i8, vol: u8, depth: u8, fault: u8 },
    Clock { pass: u8 },
    Deposit { account: u8, cash: u8, base: u8 },
    Withdraw { account: u8, cash: u8, base: u8 },
    Provide { account: u8, cash: u8 },
    Redeem { account: u8, part: u8 },
    Flood { account: u8 },
    Hedge { fill: u8, price: i8 },
    Fix { nth: u8, price: u8 },
    Settle { nth: u8 },
    List { expiry: u8, strike: u8, count: u8 },
    Configure { what: u8, value: u8 },
    Liquidate { account: u8, bidder: u8, wanted: u8 },
    Absorb { account: u8 },
    Write { account: u8, leg: Pick },
    Pledge { account: u8, asset: u8, units: u8 },
    Release { account: u8, asset: u8, part: u8 },
    Dispose { asset: u8, part: u8, price: u8 },
    Accrue { account: u8 },
}

/// A leg: which series, which side and how much.
#[derive(Arbitrary, Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs)]
pub struct Pick {
    pub expiry: u8,
    pub strike: u8,
    pub kind: bool,
    pub sell: bool,
    pub size: u8,
}

/// The kinds of actions, each as often as it stands here. Most should be trades.
const KINDS: &[u8] = b"TTTTTTTTTTCCCCCMMMMKKIWPRHFNLUQXXXXVVVZZZZZZZZZAAEEDDDYY";

impl Op {
    /// An action of a kind that `on` has; with all of them switched off, time goes on.
    ///
    /// # Errors
    ///
    /// If the bytes end.
    pub fn draw(u: &mut Unstructured<'_>, on: u16) -> Result<Self> {
        let start = u.arbitrary::<u8>()? as usize;
        let after = (0..KINDS.len()).map(|step| KINDS[(start + step) % KINDS.len()]);
        let mut on = after.filter(|kind| on >> (kind & 15) & 1 == 1);
        Ok(match on.next().unwrap_or(b'K') {
            b'T' => Self::Trade {
                account: u.arbitrary()?,
                legs: u.arbitrary()?,
                more: u.arbitrary()?,
                terms: u.arbitrary()?,
            },
            b'C' => {
                Self::Close { account: u.arbitrary()?, nth: u.arbitrary()?, part: u.arbitrary()? }
            }
            b'M' => Self::Market {
                pass: u.arbitrary()?,
                spot: u.arbitrary()?,
                vol: u.arbitrary()?,
                depth: u.arbitrary()?,
                fault: u.arbitrary()?,
            },
            b'I' => Self::Deposit {
                account: u.arbitrary()?,
                cash: u.arbitrary()?,
                base: u.arbitrary()?,
            },
            b'W' => Self::Withdraw {
                account: u.arbitrary()?,
                cash: u.arbitrary()?,
                base: u.arbitrary()?,
            },
            b'P' => Self::Provide { account: u.arbitrary()?, cash: u.arbitrary()? },
            b'R' => Self::Redeem { account: u.arbitrary()?, part: u.arbitrary()? },
            b'Q' if u.arbitrary::<u8>()? == 1 => Self::Flood { account: u.arbitrary()? },
            b'H' => Self::Hedge { fill: u.arbitrary()?, price: u.arbitrary()? },
            b'F' => Self::Fix { nth: u.arbitrary()?, price: u.arbitrary()? },
            b'N' => Self::Settle { nth: u.arbitrary()? },
            b'L' => {
                Self::List { expiry: u.arbitrary()?, strike: u.arbitrary()?, count: u.arbitrary()? }
            }
            b'X' => Self::Liquidate {
                account: u.arbitrary()?,
                bidder: u.arbitrary()?,
                wanted: u.arbitrary()?,
            },
            b'V' => Self::Write { account: u.arbitrary()?, leg: u.arbitrary()? },
            b'Y' => Self::Accrue { account: u.arbitrary()? },
            b'Z' => Self::Absorb { account: u.arbitrary()? },
            b'A' => Self::Pledge {
                account: u.arbitrary()?,
                asset: u.arbitrary()?,
                units: u.arbitrary()?,
            },
            b'E' => Self::Release {
                account: u.arbitrary()?,
                asset: u.arbitrary()?,
                part: u.arbitrary()?,
            },
            b'D' => {
                Self::Dispose { asset: u.arbitrary()?, part: u.arbitrary()?, price: u.arbitrary()? }
            }
            b'U' => Self::Configure { what: u.arbitrary()?, value: u.arbitrary()? },
            _ => Self::Clock { pass: u.arbitrary()? },
        })
    }

    /// How often its event comes.
    pub const fn times(&self) -> usize {
        match self {
            Self::Flood { .. } => crate::risk::QUEUE_MAX / 4,
            _ => 1,
        }
    }

    /// The event that it stands for in a state, in a world that it may move.
    pub fn event(&self, engine: &Engine, world: &mut World) -> Event {
        let state = engine.state();
        match *self {
            Self::Trade { account, legs, more, terms } => {
                let count = [1, 1, 1, 1, 2, 3, 1, 2, 1, 1, 0, 1, 1, 2, 1, 1][more as usize % 16];
                let legs = legs[..count].iter().map(|pick| leg(state, pick)).collect();
                order(state, someone(state, account), legs, terms)
            }
            Self::Close { account, nth, part } => close(state, account, nth, part),
            Self::Market { pass, spot, vol, depth, fault } => {
                market(state, world, (pass, spot), (vol, depth), fault)
            }
            Self::Clock { pass } => Event::Clock { now: later(state, pass) },
            Self::Deposit { account, cash, base } => Event::Deposit {
                account: who(account),
                cash: money(cash),
                base: Size::from_atoms(money(base).atoms() / 10_000),
            },
            Self::Withdraw { account, cash, base } => {
                let account = someone(state, account);
                let held = state.accounts().get(&account);
                let (held_cash, held_base) =
                    held.map_or((0, 0), |held| (held.cash.atoms(), held.base.atoms()));
                Event::Withdraw {
                    account,
                    cash: Cash::from_atoms(part(held_cash, cash)),
                    base: Size::from_atoms(part(held_base, base)),
                }
            }
            Self::Provide { account, cash } => {
                let account = someone(state, account);
                let held = state.accounts().get(&account).map_or(0, |held| held.cash.atoms());
                Event::Provide { account, cash: Cash::from_atoms(part(held, cash)) }
            }
            Self::Redeem { account, part: of } => {
                let account = someone(state, account);
                let held = state.accounts().get(&account).map_or(0, |held| held.shares.atoms());
                Event::Redeem { account, shares: Shares::from_atoms(part(held, of)) }
            }
            Self::Flood { account } => {
                Event::Provide { account: someone(state, account), cash: Cash::from_atoms(1) }
            }
            Self::Hedge { fill, price } => hedge(engine, world, fill, price),
            Self::Fix { nth, price } => {
                let prices =
                    [world.spot, Price::MIN, Price::MAX, state_strike(state, price), world.spot];
                let price = if price < 250 { 3 + price as usize % 2 } else { price as usize % 5 };
                Event::Fix { expiry: expiry(state, nth), price: prices[price] }
            }
            Self::Settle { nth } => Event::Settle { expiry: expiry(state, nth) },
            Self::List { expiry, strike, count } => list(state, expiry, strike, count),
            Self::Liquidate { account, bidder, wanted } => Event::Liquidate {
                account: called(engine, account),
                bidder: someone(state, bidder),
                wanted: match wanted {
                    0..=31 => Real::ZERO,
                    255 => Real::ONE + Real::ONE,
                    254 => Real::DELTA,
                    part => Real::from_num(part.min(128)) / 128,
                },
            },
            Self::Write { account, leg } => write(engine, someone(state, account), &leg),
            Self::Pledge { account, asset, units } => Event::Pledge {
                account: who(account),
                asset: number(state, asset),
                units: Size::from_atoms(money(units).atoms() / 10_000),
            },
            Self::Release { account, asset, part: of } => {
                let (account, asset) = (someone(state, account), number(state, asset));
                let held = state.accounts().get(&account);
                let held = held.map_or(0, |held| held.assets.get(asset.into()).atoms());
                Event::Release { account, asset, units: Size::from_atoms(part(held, of)) }
            }
            Self::Dispose { asset, part: of, price } => {
                match state.pool().seized.is_empty() && asset < 208 {
                    true => toward(engine, world, (asset, price)),
                    false => dispose(state, world, (asset, of), price),
                }
            }
            Self::Accrue { account } => Event::Accrue { account: someone(state, account) },
            Self::Absorb { account } => foreclose(engine, world, account),
            Self::Configure { what, value } => {
                Event::Configure(Box::new(tuned(*state.params(), what, value)))
            }
        }
    }
}

fn who(account: u8) -> AccountId {
    AccountId(u64::from(account) % (ACCOUNTS + 1) + 1)
}

/// One of those there are, or an unknown one.
fn someone(state: &State, account: u8) -> AccountId {
    let (known, place) = (state.accounts(), account as usize);
    let nobody = AccountId(u64::from(account) + 1_000);
    match place % 16 {
        15 => nobody,
        _ => known.keys().nth(place % known.len().max(1)).copied().unwrap_or(nobody),
    }
}

/// One that is for sale, or could be; or anyone.
fn called(engine: &Engine, account: u8) -> AccountId {
    let state = engine.state();
    let below = |id: &&AccountId| is_below(engine, **id);
    let sold = state.watch().auctions.keys().nth(account as usize % 2);
    match account {
        0..=127 => sold.or_else(|| state.accounts().keys().find(below)).copied(),
        128..=223 => state.accounts().keys().find(below).copied(),
        _ => None,
    }
    .unwrap_or_else(|| someone(state, account))
}

fn is_below(engine: &Engine, id: AccountId) -> bool {
    let cushion = engine.standing(id).ok().and_then(|(need, funds)| need.cushion(&funds).ok());
    cushion.is_some_and(|cushion| cushion < Cash::ZERO)
}

/// Sells about as much as an account may.
pub(super) fn write(engine: &Engine, account: AccountId, pick: &Pick) -> Event {
    let leg = Leg { side: Side::Sell, ..leg(engine.state(), pick) };
    let size = affordable(engine, account, pick.size).unwrap_or(leg.size);
    order(engine.state(), account, std::vec![Leg { size, ..leg }], 0)
}

/// About as many contracts as an account's free margin is good for.
fn affordable(engine: &Engine, id: AccountId, code: u8) -> Option<Size> {
    let (need, funds) = engine.standing(id).ok()?;
    let free = need.free(&funds).ok()?.atoms().max(0);
    let spot = engine.state().market()?.spot.get().to_num::<i128>().max(1);
    let tenths = 10 + i128::from(code % 64);
    Some(Size::from_atoms((free / spot).checked_mul(tenths)? / 10).max(Size::from_atoms(1)))
}

/// The next thing on the way to the pool's taking over an account: a market that may call one, the
/// auction's beginning, its end, or that; at times that alone.
pub(super) fn foreclose(engine: &Engine, world: &mut World, account: u8) -> Event {
    let (state, id) = (engine.state(), called(engine, account));
    let Some(auction) = state.watch().auctions.get(&id).filter(|_| account < 224) else {
        return match account {
            0..=223 if is_below(engine, id) => {
                Event::Liquidate { account: id, bidder: id, wanted: Real::ZERO }
            }
            0..=223 if state.params().risk.margin.params().is_some() => {
                let percent: i32 = if account.is_multiple_of(2) { 115 } else { 87 };
                let moved = world.moved(Real::from_num(percent) / 100);
                let update = shown(state, &moved, state.now());
                *world = moved;
                update.map_or(Event::Absorb { account: id }, Event::Market)
            }
            _ => Event::Absorb { account: id },
        };
    };
    let params = &state.params().risk.auction;
    let length = params.curve.length() + u64::from(params.insolvent.get());
    let over = Timestamp::new(auction.since.get().saturating_add(length));
    match shown(state, world, over) {
        Some(update) if over > state.now() => Event::Market(update),
        _ => Event::Absorb { account: id },
    }
}

/// A listed expiry, the earliest most often, or one that is not listed.
fn expiry(state: &State, nth: u8) -> Timestamp {
    let chains = state.inventory().chains();
    let place = if nth < 128 { 0 } else { nth as usize % chains.len().max(1) };
    match chains.get(place) {
        Some(chain) if nth % 32 != 31 => chain.expiry,
        _ => Timestamp::new(state.now().get().wrapping_add(u64::from(nth))),
    }
}

fn state_strike(state: &State, nth: u8) -> Price {
    let holdings = state.inventory().chains().first().map(|chain| &chain.holdings);
    let place = |count: usize| nth as usize % count.max(1);
    let strike = holdings.and_then(|lines| lines.get(place(lines.len())));
    strike.map_or(Price::MAX, |line| line.strike)
}

fn leg(state: &State, pick: &Pick) -> Leg {
    let side = if pick.sell { Side::Sell } else { Side::Buy };
    let kind = if pick.kind { Kind::Call } else { Kind::Put };
    let chains = state.inventory().chains();
    let past = chains.partition_point(|chain| chain.expiry <= state.now());
    let alive = if pick.expiry < 240 { &chains[past..] } else { chains };
    let series = match alive.get(pick.expiry as usize % alive.len().max(1)) {
        Some(chain) if pick.expiry < 250 => {
            let holding = &chain.holdings[pick.strike as usize % chain.holdings.len()];
            Series { expiry: chain.expiry, strike: holding.strike, kind }
        }
        _ => Series { expiry: state.now(), strike: Price::MAX, kind },
    };
    Leg { series, side, size: size(pick.size) }
}

fn order(state: &State, account: AccountId, legs: Vec<Leg>, terms: u8) -> Event {
    let now = state.now().get();
    let limit = match terms % 32 {
        1 => Some(Cash::ZERO),
        2 => Some(Cash::from_atoms(50_000 * Cash::SCALE)),
        3 => Some(Cash::MIN),
        4..=7 => Some(Cash::MAX),
        _ => None,
    };
    let deadline = match terms / 16 {
        1 => Some(Timestamp::new(now)),
        2 => Some(Timestamp::new(now.saturating_sub(1))),
        _ => None,
    };
    Event::Trade(Order { account, legs, limit, deadline })
}

/// Against a position, or against several at once.
fn close(state: &State, account: u8, nth: u8, of: u8) -> Event {
    let holders: Vec<_> =
        state.accounts().iter().filter(|(_, held)| !held.positions.is_empty()).collect();
    let Some(&(&id, held)) = holders.get(account as usize % holders.len().max(1)) else {
        // Nothing to close yet.
        let pick = Pick { expiry: nth, strike: of, kind: nth < 128, sell: false, size: 40 };
        return order(state, someone(state, account), std::vec![leg(state, &pick)], 0);
    };
    let held = held.positions.as_slice();
    let (first, count) = (nth as usize % held.len(), 1 + nth as usize / 64);
    let against = |&(series, position): &(Series, Size)| {
        let side = if position > Size::ZERO { Side::Sell } else { Side::Buy };
        let most = position.atoms().saturating_abs();
        Leg { series, side, size: Size::from_atoms(if of < 200 { most } else { part(most, of) }) }
    };
    // A limit makes it a bid where the pool has stopped.
    let terms = if of.is_multiple_of(2) { 0 } else { 4 };
    order(state, id, held.iter().skip(first).take(count).map(against).collect(), terms)
}

/// Seldom back, seldom far, once to the end of time.
fn later(state: &State, pass: u8) -> Timestamp {
    const PASSES: [u64; 16] =
        [0, 1, 5, 13, 30, 59, 61, 599, 601, 1_800, 3_600, 20_000, 0, DAY, DAY * 3, DAY * 9];
    let now = state.now().get();
    Timestamp::new(match pass {
        252 => now.wrapping_sub(1),
        253 => 0,
        254 => now.saturating_add(DAY * 400),
        255 => u64::MAX,
        pass => now.saturating_add(PASSES[pass as usize % if pass < 160 { 5 } else { 16 }]),
    })
}

fn market(
    state: &State,
    world: &mut World,
    (pass, spot): (u8, i8),
    (vol, depth): (u8, u8),
    fault: u8,
) -> Event {
    let now = later(state, pass);
    let step = if spot == i8::MIN { 0 } else { i32::from(spot) * i32::from(spot.abs()) };
    // Up to half up or down, mostly little.
    let moved = world.moved(Real::ONE + Real::from_num(step) / 32_768);
    let level = |vol: Real| vol.clamp(Real::lit("0.02"), Real::lit("4"));
    let shown = World {
        vol: match vol {
            0..=15 => level(world.vol + world.vol / 8),
            16..=31 => level(world.vol - world.vol / 8),
            32 => level(world.vol * 4),
            33 => level(world.vol / 4),
            _ => world.vol,
        },
        depth: match depth {
            0..=7 => world.depth.saturating_mul_int(2).min(Real::lit("100000000000000")),
            8..=15 => (world.depth / 2).max(Real::ONE),
            16 => world.depth / 1_000,
            17 => Real::ZERO,
            _ => world.depth,
        },
        assets: match vol {
            34..=49 => (world.assets + world.assets / 5).min(Real::ONE * 100),
            50..=65 => world.assets - world.assets / 5,
            66 => world.assets / 10,
            _ => world.assets,
        },
        ..moved
    };
    let Some(mut update) = super::pledge::shown(state, &shown, now) else {
        return Event::Clock { now };
    };
    if (18..=33).contains(&depth) {
        update.pledged = Real::ONE / 2;
    }
    beside(&mut update, depth);
    old(&mut update, vol);
    if fault >= 224 {
        faulty(&mut update, fault);
    } else if !(16..=17).contains(&depth) {
        *world = shown;
    }
    Event::Market(update)
}

/// Another source of spot's price, near and far, and a quote currency off its peg.
fn beside(update: &mut MarketUpdate, code: u8) {
    let spot = update.spot.get();
    let off = match code {
        34..=41 => Real::ZERO,
        42..=45 => spot / 64,
        46..=48 => -spot / 10,
        _ => {
            if (50..=55).contains(&code) {
                update.peg = Real::lit("0.97");
            }
            return;
        }
    };
    update.traded = Price::new(spot + off).ok();
}

fn hedge(engine: &Engine, world: &World, fill: u8, price: i8) -> Event {
    let held = engine.state().pool().hedge.position;
    let gap = engine.tally().hedge_target().checked_sub(held).unwrap_or(Size::ZERO);
    let quantity = Size::from_atoms(match fill {
        0..=220 => gap.atoms(),
        _ => part(gap.atoms(), fill),
    });
    let at = world.spot.get() + world.spot.get() / 65_536 * i128::from(price);
    let cost = Amount::of(quantity, at).map(|cost| cost.round(Rounding::Up));
    let cash = cost.and_then(Cash::checked_neg).unwrap_or(Cash::MAX);
    match fill {
        222 => Event::Hedge { quantity, cash: Cash::from_atoms(i128::from(price)) },
        223 => Event::Hedge { quantity: Size::ZERO, cash: Cash::MIN },
        _ => Event::Hedge { quantity, cash },
    }
}

fn list(state: &State, expiry: u8, strike: u8, count: u8) -> Event {
    let at = match expiry {
        0..=79 => self::expiry(state, expiry + 128),
        250..=252 => state.now(),
        253 => Timestamp::new(u64::MAX),
        _ => Timestamp::new(state.now().get().saturating_add(u64::from(expiry % 32 + 1) * DAY)),
    };
    let first = u32::from(strike) * 500 + 10_000;
    let count = if count == 255 { 201 } else { u32::from(count) % 4 };
    let price = |n| Price::new(Real::from_num(first + n * 1_500)).unwrap_or(Price::MAX);
    let mut strikes: Vec<_> = (0..count).map(price).collect();
    if strike == 255 {
        strikes.push(Price::MIN);
    }
    Event::List { expiry: at, strikes }
}
