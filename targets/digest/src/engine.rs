//! `amm_core::engine`.

use crate::fold::Fold;
use crate::random::Random;
use crate::session::{START, Session, params};
use amm_core::book::AccountId;
use amm_core::engine::codec::{Encode, Source, from_slice, to_vec};
use amm_core::engine::{Digest, Engine, Event, State, Watchlist, invariants, log, verify};
use amm_core::num::Real;
use amm_core::signals::ladder;

/// The life of an engine: events, what it says of them, and what is left; then again from its bytes.
pub(crate) fn life(random: &mut Random, fold: &mut Fold) {
    let mut session = Session::new(random);
    let made = Engine::new(params(random), START);
    let Ok(mut engine) = made else {
        fold.shown(made.map(|_| ()));
        return;
    };
    let mut history = log::begin(&engine);
    let mut watchlist = Watchlist::default();
    let mut happen = |engine: &mut Engine, event: &Event, fold: &mut Fold| {
        match engine.apply(event) {
            Ok(receipt) => {
                receipt.encode(fold);
                watchlist.follow(event);
            }
            Err(reject) => fold.text(reject),
        }
        fold.shown(invariants::check(engine));
        fold.shown((watchlist.called(engine), watchlist.asked()));
        log::event(event, &mut history);
        log::digest(engine.digest(), &mut history);
    };
    for event in session.opening(random) {
        happen(&mut engine, &event, fold);
    }
    for _ in 0..8 {
        for event in session.events(random) {
            happen(&mut engine, &event, fold);
        }
        let order = session.order(random);
        match engine.quote(&order) {
            Ok(quote) => fold.shown(quote),
            Err(reject) => fold.text(reject),
        }
    }
    fold.text(engine.digest());
    read(&engine, &session, random, fold);
    replay(&history, fold);
    restored(&engine, &Event::Trade(session.order(random)), random, fold);
}

/// All that it shows of itself.
fn read(engine: &Engine, session: &Session, random: &mut Random, fold: &mut Fold) {
    fold.shown((engine.margins().map(|_| ()), engine.assets()));
    fold.shown((engine.nav(), engine.tally(), engine.tally().hedge_target()));
    fold.shown((engine.signals(), engine.risk_signals()));
    let owed = engine.funding_owed(AccountId(random.below(3).into()));
    fold.shown((engine.funding_rate(), owed, engine.state().funding()));
    let levels = ladder(session.spot(), Real::lit("0.3"), 2);
    fold.shown(levels.map(|levels| engine.profile(levels, random.below(3) as usize)));
    let state = engine.state();
    state_shown(state, fold);
    fold.shown(engine.desk().map(|desk| desk.potential.value()));
    fold.shown((invariants::conservation(state), invariants::net_positions(state)));
    fold.shown((
        invariants::shares(state),
        invariants::debts(state),
        invariants::collateral(state),
    ));
    fold.shown((invariants::charges(engine), invariants::funding(state)));
    fold.shown(invariants::aggregates(engine));
}

fn state_shown(state: &State, fold: &mut Fold) {
    fold.shown((state.params(), state.now(), state.sequence(), state.market()));
    fold.shown((state.inventory(), state.realised(), state.fixings(), state.accounts()));
    fold.shown((state.pool(), state.queue()));
}

/// The log again, and the log cut short.
fn replay(history: &[u8], fold: &mut Fold) {
    for history in [history, &history[..history.len() - 7]] {
        let Ok(mut replay) = log::Replay::open(history) else {
            fold.word(0);
            continue;
        };
        let end = loop {
            match replay.step() {
                Ok(true) => {}
                end => break end,
            }
        };
        fold.shown((end, replay.progress(), replay.bytes()));
        fold.text(replay.engine().digest());
    }
    let mut follower = log::Follower::new(match log::Replay::open(history) {
        Ok(replay) => replay.engine().clone(),
        Err(error) => return fold.text(error),
    });
    let event = Event::Clock { now: START };
    follower.event(&event);
    let stated = follower.engine().digest();
    fold.shown((follower.digest(stated), follower.progress()));
    fold.shown(follower.digest(Digest::of_bytes(history)));
    for item in [log::Item::Event(event), log::Item::Digest(stated)] {
        fold.shown((follower.item(&item), follower.progress()));
    }
}

/// One more event, verified from the snapshot; and snapshots with a bit turned.
fn restored(engine: &Engine, event: &Event, random: &mut Random, fold: &mut Fold) {
    let snapshot = engine.snapshot();
    fold.text(Digest::of_bytes(&snapshot));
    fold.text(Digest::of(event));
    let mut again = match Engine::restore(&snapshot) {
        Ok(again) => again,
        Err(error) => return fold.text(error),
    };
    match again.apply_committed(event) {
        Ok(step) => {
            step.encode(fold);
            fold.shown(verify(&snapshot, event, &step));
        }
        Err(reject) => fold.text(reject),
    }
    let mut bytes = to_vec(event);
    fold.shown(from_slice::<Event>(&bytes));
    let place = random.below(bytes.len() as u32) as usize;
    bytes[place] ^= 1 << random.below(8);
    fold.shown(from_slice::<Event>(&bytes));
    let mut turned = snapshot;
    let place = random.below(turned.len() as u32) as usize;
    turned[place] ^= 1 << random.below(8);
    match Engine::restore(&turned) {
        Ok(engine) => fold.text(engine.digest()),
        Err(error) => fold.text(error),
    }
    let mut source = Source::new(&turned);
    fold.shown(source.header("snapshot", *b"amm-core", random.below(3)));
    fold.shown((source.at(), source.rest().len(), source.take::<3>(), source.finish()));
    fold.shown(source.admit(|byte: u8| {
        if byte == 0 { Err(amm_core::engine::codec::Fault::LeftOver { left: 1 }) } else { Ok(byte) }
    }));
    fold.shown(source.list::<u8>("bytes", 9));
}
