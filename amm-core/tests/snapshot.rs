//! Snapshots, digests, steps and logs, through the public face.

use amm_core::book::Side;
use amm_core::engine::codec::{Decode, Encode, from_slice, to_vec};
use amm_core::engine::log::{self, LogError, Replay};
use amm_core::engine::{
    Committed, Digest, Engine, Event, Outcome, Params, Receipt, SnapshotError, VerifyError,
    invariants, verify,
};
use amm_core::num::{Cash, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::testing::history::{self, START, TRADERS};
use arbitrary::Unstructured;
use proptest::prelude::*;

/// A history's end, and what every event of it has given.
fn lived() -> (Engine, Vec<Event>, Vec<Option<Receipt>>) {
    let mut engine = history::opened(Params::dynamic());
    let events = history::life(&engine);
    let receipts = events.iter().map(|event| engine.apply(event).ok()).collect();
    (engine, events, receipts)
}

/// An engine on margin with an account whose assets were seized, and what led there.
fn pledged() -> (Engine, Vec<Receipt>, Vec<Event>) {
    let (mut engine, events) = history::pledged();
    let receipts = events.iter().map(|event| engine.apply(event).unwrap()).collect();
    (engine, receipts, events)
}

#[track_caller]
fn same_bytes<T: Encode + Decode + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = to_vec(value);
    let back: T = from_slice(&bytes).unwrap();
    assert_eq!(&back, value);
    assert_eq!(to_vec(&back), bytes);
    for end in 0..bytes.len() {
        assert!(from_slice::<T>(&bytes[..end]).is_err(), "cut to {end} bytes");
    }
}

#[track_caller]
fn same_text<T>(value: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    let bytes = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
}

#[test]
fn a_life_has_everything_and_every_part_of_it_both_forms() {
    let (engine, events, receipts) = lived();
    invariants::check(&engine).unwrap();
    let refused = receipts.iter().filter(|receipt| receipt.is_none()).count();
    assert_eq!(refused, 1, "{receipts:?}");
    let traded = |r: &&Receipt| matches!(r.outcome, Outcome::Traded(_));
    assert_eq!(receipts.iter().flatten().filter(traded).count(), 5);
    let (held, _, more) = pledged();
    same_bytes(held.state());
    let opening = history::opening(Params::active(Size::from_atoms(7)));
    for event in opening.iter().chain(&events).chain(&more) {
        same_bytes(event);
        same_text(event);
    }
    for receipt in pledged().1.iter().chain(receipts.iter().flatten()) {
        same_bytes(receipt);
        same_text(receipt);
    }
    same_bytes(engine.state());
    let back = Engine::restore(&engine.snapshot()).unwrap();
    assert_eq!(back.state(), engine.state());
    assert_eq!(Digest::of_bytes(&engine.snapshot()), engine.digest());
}

/// These move when the bytes of a state or an event do, and then `VERSION` in `engine/snapshot.rs` or
/// `engine/log.rs` is raised. The last also moves with a price's last bit.
#[test]
fn the_format_is_the_one_of_its_version() {
    let engine = Engine::new(Params::dynamic(), Timestamp::new(START)).unwrap();
    let opened = history::opened(Params::dynamic());
    let events: Vec<_> = history::life(&opened);
    let found = [engine.digest(), opened.digest(), Digest::of(&events), lived().0.digest()];
    assert_eq!(found.map(|digest| digest.to_string()), FORMAT);
}

const FORMAT: [&str; 4] = [
    "3ec2a361c0d816d0400955e81b0e3f64ece75db77ef2ae871819c79d8d12649b",
    "ee886695ee3862c17aedbbdc70233e4ebe27d73a2f27f7582e9d24095fa8f1b2",
    "7fed7abd5b0cc90bfbf37dd951b73f7855ff5ba954c1f3981cae2679e2ca9942",
    "3292cfbfcf786ffb5d9339084b909717231f16a27cd3f4a6e2017b08b313ec83",
];

/// Whether bytes are a snapshot; if so, of a sound engine.
#[track_caller]
fn restores(bytes: &[u8]) -> Result<(), SnapshotError> {
    history::refused_or_sound(bytes);
    Engine::restore(bytes).map(|_| ())
}

#[test]
fn no_byte_may_be_another_unseen() {
    let snapshot = lived().0.snapshot();
    let mut taken = 0;
    for place in 0..snapshot.len() {
        let mut bytes = snapshot.clone();
        for flip in [1, 0x80, 0xff] {
            bytes[place] = snapshot[place] ^ flip;
            taken += usize::from(restores(&bytes).is_ok());
        }
    }
    // A limit, a date or a half-life may well be another.
    assert!(taken < snapshot.len() / 2, "{taken} of {} bytes", snapshot.len());
    for end in 0..snapshot.len() {
        let error = restores(&snapshot[..end]).unwrap_err();
        assert!(matches!(error, SnapshotError::Decode(_)), "cut to {end} bytes: {error}");
    }
    let longer = [&snapshot[..], &[0]].concat();
    let left_over = Engine::restore(&longer).unwrap_err().to_string();
    assert_eq!(left_over, format!("at byte {}: 1 bytes are left over", snapshot.len()));
}

#[test]
fn other_files_are_named() {
    let snapshot = lived().0.snapshot();
    let said = |bytes: &[u8]| Engine::restore(bytes).unwrap_err().to_string();
    assert_eq!(said(b"PK\x03\x04 and so on"), "at byte 0: this is no snapshot");
    let mut later = snapshot;
    later[8] = 99;
    assert_eq!(said(&later), "at byte 8: the snapshot is of version 99, and this is version 5");
    assert_eq!(said(b""), "at byte 0: 0 bytes are left, and 8 are needed");
}

/// One step, as someone else would be shown it.
fn step() -> (Vec<u8>, Event, Committed) {
    let mut engine = history::opened(Params::dynamic());
    let snapshot = engine.snapshot();
    let event = history::order(Side::Buy, 7, 1000, Kind::Call, Size::SCALE);
    let step = engine.apply_committed(&event).unwrap();
    same_bytes(&step);
    same_text(&step);
    (snapshot, event, step)
}

#[test]
fn an_honest_step_is_verified() {
    let (snapshot, event, step) = step();
    assert_eq!(verify(&snapshot, &event, &step), Ok(()));
}

#[test]
fn a_forged_receipt_is_seen() {
    let (snapshot, event, mut step) = step();
    let Outcome::Traded(traded) = &mut step.receipt.outcome else { panic!("{step:?}") };
    traded.total = traded.total.checked_sub(Cash::from_atoms(1)).unwrap();
    assert_eq!(verify(&snapshot, &event, &step), Err(VerifyError::Receipt));
}

#[test]
fn another_event_is_seen() {
    let (snapshot, _, step) = step();
    let more = history::order(Side::Buy, 7, 1000, Kind::Call, Size::SCALE + 1);
    assert_eq!(verify(&snapshot, &more, &step), Err(VerifyError::Receipt));
    let much = history::order(Side::Buy, 7, 1000, Kind::Call, 1_000_000 * Size::SCALE);
    assert!(matches!(verify(&snapshot, &much, &step), Err(VerifyError::Refused(_))));
    // It does what the receipt says, to somebody else.
    let deposit = |account| Event::Deposit { account, cash: Cash::from_atoms(5), base: Size::ZERO };
    let mut engine = Engine::restore(&snapshot).unwrap();
    let step = engine.apply_committed(&deposit(TRADERS[0])).unwrap();
    let wrong = verify(&snapshot, &deposit(TRADERS[1]), &step);
    assert!(matches!(wrong, Err(VerifyError::After { .. })));
}

#[test]
fn another_snapshot_is_seen() {
    let (mut snapshot, event, mut step) = step();
    let last = snapshot.len() - 20;
    snapshot[last] ^= 1;
    assert!(matches!(verify(&snapshot, &event, &step), Err(VerifyError::Before { .. })));
    step.before = Digest::of_bytes(&snapshot);
    assert!(matches!(verify(&snapshot, &event, &step), Err(VerifyError::Snapshot(_))));
}

#[test]
fn a_wrong_digest_is_seen() {
    let (snapshot, event, step) = step();
    let wrong = Digest([7; 32]);
    let (before, after) =
        (Committed { before: wrong, ..step.clone() }, Committed { after: wrong, ..step.clone() });
    let found = step.before;
    let error = VerifyError::Before { stated: wrong, found };
    assert_eq!(verify(&snapshot, &event, &before), Err(error));
    let found = step.after;
    let error = VerifyError::After { stated: wrong, found };
    assert_eq!(verify(&snapshot, &event, &after), Err(error));
}

/// A log of a life with a digest after every so many events and at its end, and that digest.
fn logged(every: usize) -> (Vec<u8>, Digest, usize) {
    let mut engine = history::opened(Params::dynamic());
    let events = history::life(&engine);
    let mut bytes = log::begin(&engine);
    for (place, event) in events.iter().enumerate() {
        let _ = engine.apply(event);
        log::event(event, &mut bytes);
        if (place + 1).is_multiple_of(every) || place + 1 == events.len() {
            log::digest(engine.digest(), &mut bytes);
        }
    }
    (bytes, engine.digest(), events.len())
}

fn replayed(log: &[u8]) -> Result<Replay<'_>, LogError> {
    let mut replay = Replay::open(log)?;
    while replay.step()? {}
    Ok(replay)
}

#[test]
fn a_log_replays_to_its_digests() {
    for every in [1, 4, 100] {
        let (log, digest, events) = logged(every);
        let replay = replayed(&log).unwrap();
        assert_eq!(replay.engine().digest(), digest);
        let progress = replay.progress();
        assert_eq!(progress.events, events as u64);
        assert_eq!(progress.accepted, progress.events - 1, "one is refused");
        assert_eq!(progress.checked, events.div_ceil(every) as u64);
        assert_eq!((progress.unchecked, replay.bytes()), (0, log.len() as u64));
    }
}

#[test]
fn a_log_that_was_changed_does_not() {
    let (log, digest, events) = logged(1);
    let mut wrong = log.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let error = replayed(&wrong).unwrap_err();
    assert!(matches!(error, LogError::Digest { events: at, .. } if at == events as u64), "{error}");
    assert!(error.to_string().starts_with(&format!("after {events} events the digest is ")));
    let begin = log::begin(&history::opened(Params::dynamic())).len();
    for end in begin..log.len() {
        match replayed(&log[..end]) {
            Ok(replay) => assert_eq!(replay.bytes(), end as u64),
            Err(error) => assert!(matches!(error, LogError::Decode { .. }), "{end}: {error}"),
        }
    }
    for place in (begin..log.len()).step_by(7) {
        let mut wrong = log.clone();
        wrong[place] ^= 1;
        // What was refused may be refused for something else.
        let end = replayed(&wrong).map(|replay| replay.engine().digest());
        assert!(end.is_err() || end == Ok(digest), "byte {place}");
    }
    assert!(matches!(Replay::open(&log[..9]), Err(LogError::Decode { events: 0, .. })));
    assert!(matches!(Replay::open(&log[..90]), Err(LogError::Snapshot(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// An engine out of its snapshot goes on as if nothing had been.
    #[test]
    fn a_restored_engine_is_the_same_ever_after(bytes in proptest::collection::vec(any::<u8>(), 64..1500)) {
        let mut u = Unstructured::new(&bytes);
        let mut engine = history::opened(Params::dynamic());
        let mut twin = engine.clone();
        let mut count = 0_u32;
        while !u.is_empty() {
            let event = history::event(&mut u, engine.state()).unwrap();
            same_bytes(&event);
            let before = engine.digest();
            let (one, other) = (engine.apply(&event), twin.apply(&event));
            prop_assert_eq!(&one, &other);
            match one {
                Ok(receipt) => same_bytes(&receipt),
                Err(_) => prop_assert_eq!(engine.digest(), before),
            }
            prop_assert_eq!(engine.digest(), twin.digest());
            count += 1;
            if count.is_multiple_of(3) {
                let snapshot = engine.snapshot();
                twin = match Engine::restore(&snapshot) {
                    Ok(twin) => twin,
                    Err(error) => return Err(TestCaseError::fail(format!("{event:?}: {error}"))),
                };
                prop_assert_eq!(twin.state(), engine.state());
                prop_assert_eq!(twin.tally(), engine.tally());
                prop_assert!(twin.snapshot() == snapshot);
            }
        }
    }

    /// Bytes are refused or are a snapshot.
    #[test]
    fn any_bytes_are_refused_or_sound(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4)) {
        let mut bytes = history::opened(Params::dynamic()).snapshot();
        for (place, flip) in changes {
            let place = usize::from(place) % bytes.len();
            bytes[place] ^= flip;
        }
        let _ = restores(&bytes);
    }
}
