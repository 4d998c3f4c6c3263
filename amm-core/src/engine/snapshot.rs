//! An engine as bytes, and back.

use alloc::vec::Vec;

use crate::engine::codec::{Decode, DecodeError, Encode, Sink, Source, to_vec};
use crate::engine::invariants::{self, Violation};
use crate::engine::{Digest, Engine, Reject, State, Tally, form, plan};

/// What a snapshot begins with.
const MAGIC: [u8; 8] = *b"amm-snap";

/// The version of a snapshot's bytes, and so of every digest.
///
/// Whoever changes what any byte of a state means, where it stands or what is written at all raises
/// it; `tests/snapshot.rs` holds the digests of fixed histories to that.
const VERSION: u32 = 5;

/// A snapshot that is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes are of no state.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The state's market is one that no update would have brought.
    #[error("the market of the snapshot: {0}")]
    Market(Reject),
    /// The state is one that no events lead to.
    #[error("the state of the snapshot: {0}")]
    Violation(#[from] Violation),
}

/// The state with what it is: all that a snapshot has.
impl Encode for Engine {
    fn encode(&self, out: &mut impl Sink) {
        out.put(&MAGIC);
        VERSION.encode(out);
        self.state.encode(out);
    }
}

impl Engine {
    /// All that the engine remembers, in canonical bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        to_vec(self)
    }

    /// SHA-256 of the snapshot, of which no copy is made.
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }

    /// The engine of a snapshot, whoever has written it.
    ///
    /// It is the one that was there: it has the same digest and does the same with every event. What
    /// is no state is refused, and so is one that no events lead to: unbacked options, positions that
    /// do not cancel, money from nowhere, reserves that do not add up, a surface with an arbitrage.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`].
    pub fn restore(snapshot: &[u8]) -> Result<Self, SnapshotError> {
        let mut source = Source::new(snapshot);
        let engine = Self::read(&mut source)?;
        source.finish()?;
        Ok(engine)
    }

    /// As [`Engine::restore`], with what follows the snapshot left in the source.
    pub(super) fn read(source: &mut Source<'_>) -> Result<Self, SnapshotError> {
        source.header("snapshot", MAGIC, VERSION)?;
        let state = State::decode(source)?;
        form::check(&state)?;
        let mut engine = Self { state, desk: None, tally: Tally::default(), margins: None };
        if let Some(market) = &engine.state.market {
            plan::sound(&engine.state, market).map_err(SnapshotError::Market)?;
            let rebuilt = plan::rebuild(&engine.state, market).map_err(SnapshotError::Market)?;
            (engine.desk, engine.tally, engine.margins) = (Some(rebuilt.0), rebuilt.1, rebuilt.2);
        }
        invariants::check(&engine)?;
        Ok(engine)
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::book::{Account, AccountId, Holdings, Series};
    use crate::engine::{MarginRule, MarketUpdate, Params};
    use crate::num::{Amount, Cash, Price, Real, Shares, Size, Timestamp};
    use crate::pricing::Kind;
    use crate::risk::breaker;
    use crate::risk::liquidation::Auction;
    use crate::risk::margin::MarginParams;
    use crate::risk::{Action, Queue, Request};
    use crate::signals::{Predictor, PredictorParams};
    use crate::testing::history::{self, PROVIDER, TRADERS};
    use std::string::ToString;
    use std::vec;

    /// What a snapshot is refused for, of a life after which a part has been changed.
    #[track_caller]
    fn refused(lie: impl FnOnce(&mut State)) -> std::string::String {
        let mut engine = history::opened(Params::dynamic());
        for event in history::life(&engine) {
            let _ = engine.apply(&event);
        }
        Engine::restore(&engine.snapshot()).unwrap();
        lie(&mut engine.state);
        let error = Engine::restore(&engine.snapshot()).unwrap_err();
        error.to_string()
    }

    fn account(state: &mut State, id: AccountId) -> &mut Account {
        state.accounts.entry(id).or_default()
    }

    fn more(cash: &mut Cash, atoms: i128) {
        *cash = Cash::from_atoms(cash.atoms() + atoms);
    }

    #[track_caller]
    fn says(lie: impl FnOnce(&mut State), words: &str) {
        let said = refused(lie);
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn money_from_nowhere() {
        says(|state| more(&mut account(state, PROVIDER).cash, 1), "came from outside");
        says(|state| state.pool.base_from_outside = Size::ZERO, "of the underlying");
        says(|state| more(&mut state.pool.owed, 1), "what is owed is kept");
        says(|state| more(&mut state.pool.waiting, 1), "came from outside");
    }

    #[test]
    fn nothing_is_below_zero() {
        let owe = |state: &mut State| {
            let cash = state.pool.cash.atoms() + 1;
            more(&mut state.pool.cash, -cash);
            more(&mut state.pool.insurance, cash);
        };
        says(owe, "the pool's cash is -0.000000001");
        let shares = |state: &mut State| {
            let [one, other] = [1, -1].map(Shares::from_atoms);
            account(state, TRADERS[0]).shares = one;
            account(state, TRADERS[1]).shares = other;
        };
        says(shares, "an account's shares is -0.000000001");
    }

    #[test]
    fn positions_that_are_not_there() {
        let series = |state: &State| state.accounts[&TRADERS[0]].positions.as_slice()[0].0;
        let more = |state: &mut State| {
            let series = series(state);
            let positions = &mut account(state, TRADERS[0]).positions;
            positions.set(series, Size::from_atoms(1)).unwrap();
        };
        says(more, "add up to");
        let unlisted = |state: &mut State| {
            let series = Series { strike: "1".parse().unwrap(), ..series(state) };
            for (account_id, atoms) in TRADERS.into_iter().zip([1, -1]) {
                let positions = &mut account(state, account_id).positions;
                positions.set(series, Size::from_atoms(atoms)).unwrap();
            }
        };
        says(unlisted, "which is not listed");
        let unbacked = |state: &mut State| {
            let at = state.inventory.find(series(state).line()).unwrap();
            let strike = state.inventory.at(at).strike;
            let series = Series { strike, kind: Kind::Put, ..series(state) };
            let many = Size::from_atoms(1 << 59);
            account(state, TRADERS[1]).positions.set(series, many.checked_neg().unwrap()).unwrap();
            let held = state.inventory.at(at).of(Kind::Put).checked_add(many).unwrap();
            state.inventory.set(at, Kind::Put, held);
        };
        says(unbacked, "as collateral");
    }

    #[test]
    fn shares_and_requests_that_are_nobodys() {
        says(|state| state.pool.supply = Shares::ZERO, "shares are held and 0 are out");
        let nobody = |state: &mut State| {
            let request =
                Request { account: AccountId(99), action: Action::Redeem(Shares::from_atoms(1)) };
            state.queue = Queue::try_from(vec![request]).unwrap();
        };
        says(nobody, "account 99 has a request for nothing");
    }

    #[test]
    fn reserves_that_do_not_add_up() {
        let unit = Amount::from(Real::DELTA);
        let add = |to: &mut Amount| *to = to.checked_add(unit).unwrap();
        says(|state| add(&mut state.pool.skew_reserve), "the skew reserve is kept");
        says(|state| add(&mut state.pool.flow_paid), "the flow reserve is kept");
        says(|state| state.flow[0] += 1 << 100, "the flow reserve is kept");
    }

    #[test]
    fn a_market_nobody_brought() {
        let market = |state: &mut State| state.market.clone().unwrap();
        says(|state| state.flow.truncate(1), "1 flows for 2 expiries");
        let unsorted = |state: &mut State| {
            let mut market = market(state);
            market.feeds.reverse();
            state.market = Some(market);
        };
        says(unsorted, "does not come after the one before it");
        let crossed = |state: &mut State| {
            let mut market = market(state);
            let later = market.feeds[1].slice;
            market.feeds[1].slice = market.feeds[0].slice;
            market.feeds[0].slice = later;
            state.market = Some(market);
        };
        says(crossed, "the market of the snapshot: expiry 1702592000");
        let worthless = |state: &mut State| {
            let spot = Price::MIN;
            state.market = Some(MarketUpdate { spot, ..market(state) });
        };
        says(worthless, "spot must lie in");
        let none = |state: &mut State| (state.market, state.flow) = (None, vec![]);
        says(none, "the skew reserve is kept");
    }

    #[test]
    fn dates_to_come() {
        let ahead = Timestamp::new(u64::MAX);
        says(|state| state.flow_at = ahead, "the flow is of 18446744073709551615");
        says(|state| state.pool.hedge.since = ahead, "the hedge is of");
        says(|state| state.now = Timestamp::new(1), "and the time is 1");
        says(|state| state.sequence = u64::MAX, "18446744073709551615 events are more");
        let unlisted = |state: &mut State| {
            state.fixings.insert(Timestamp::new(5), Price::MAX);
        };
        says(unlisted, "expiry 5 has a settlement price and is not listed");
    }

    #[test]
    fn risk_that_nothing_led_to() {
        says(|state| state.watch.breaker.state = breaker::State::Halted, "to this breaker");
        says(|state| state.watch.readings.loop_gain = Real::ONE, "to this reading");
        says(|state| more(&mut state.watch.draw.paid, 1), "to this draw on the fund");
        says(|state| state.watch.spent.units = Size::from_atoms(1), "to this liquidation");
        says(|state| state.watch.standing.range = Real::ONE, "to this scan range in force");
        says(|state| state.watch.standing.range = Real::MAX, "to this scan range in force");
        let sold = |state: &mut State| {
            let auction = Auction { since: state.now, insolvent: false, reserved: Cash::ZERO };
            state.watch.auctions.insert(TRADERS[0], auction);
        };
        says(sold, "to this auction");
        let foreseen = |state: &mut State| {
            let predictor = Predictor::new(PredictorParams::default()).unwrap();
            state.watch.predictor = Some(predictor.into());
        };
        says(foreseen, "to this prediction");
        let margined = |state: &mut State| {
            state.params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
        };
        says(margined, "to this margin");
    }

    /// The same of a life with assets.
    #[track_caller]
    fn forged(lie: impl FnOnce(&mut State), words: &str) {
        let (mut engine, events) = history::pledged();
        for event in events {
            engine.apply(&event).unwrap();
        }
        Engine::restore(&engine.snapshot()).unwrap();
        lie(&mut engine.state);
        let said = Engine::restore(&engine.snapshot()).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }

    #[test]
    fn assets_from_nowhere() {
        let atom = |asset| Holdings::of(asset, Size::from_atoms(1)).unwrap();
        let more = |held: &mut Holdings, asset| *held = held.plus(&atom(asset)).unwrap();
        let outside = "of an asset, and";
        forged(|state| more(&mut account(state, PROVIDER).assets, 0), outside);
        forged(|state| more(&mut state.pool.seized, 1), outside);
        forged(|state| state.pool.assets = state.pool.assets.less(&atom(0)).unwrap(), outside);
        forged(|state| more(&mut state.pool.assets, 2), "to this asset");
        let short = |state: &mut State| state.market.as_mut().unwrap().assets.truncate(1);
        forged(short, "to this list of assets");
        let market = |state: &mut State| state.market.clone().unwrap();
        let ahead = |state: &mut State| {
            let mut market = market(state);
            market.assets[0].as_mut().unwrap().at = Timestamp::new(u64::MAX);
            state.market = Some(market);
        };
        forged(ahead, "the price of an asset of an update at");
        let elsewhere = |state: &mut State| {
            state.market = Some(MarketUpdate { pledged: Real::ONE, ..market(state) });
        };
        forged(elsewhere, "to this margin");
    }

    #[test]
    fn numbers_out_of_range() {
        says(|state| state.params.gain.theta = Real::MAX, "at byte 12: theta must lie in 0..=10");
        says(|state| state.realised.variance = Real::MIN, "no prices give this");
    }
}
