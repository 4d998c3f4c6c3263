//! Checks a step without the machine that took it: `cargo run -p amm-core --example verify_offline`
//!
//! Whoever runs the engine gives out three things: the bytes of the state before, the event, and what
//! it did between which two digests. Anyone does it again and gets the same bits, or knows who lied.

mod common;

use amm_core::book::Side;
use amm_core::engine::{Committed, Digest, Event, Outcome, verify};
use amm_core::num::Cash;
use common::{Failure, calls, engine};

fn main() -> Result<(), Failure> {
    let mut engine = engine()?;
    let snapshot = engine.snapshot();
    let event = Event::Trade(calls(Side::Buy, 30, "64000", "25")?);
    let step = engine.apply_committed(&event)?;
    println!("snapshot  {} bytes", snapshot.len());
    println!("event     {}", serde_json::to_string(&event)?);
    println!("receipt   {}", serde_json::to_string(&step.receipt)?);
    println!("before    {}\nafter     {}\n", step.before, step.after);

    verify(&snapshot, &event, &step)?;
    println!("as it was: verified");
    for (lie, snapshot, event, step) in lies(&snapshot, &event, &step)? {
        match verify(&snapshot, &event, &step) {
            Ok(()) => return Err(format!("{lie}: verified").into()),
            Err(found) => println!("{lie}: {found}"),
        }
    }
    Ok(())
}

type Step = (&'static str, Vec<u8>, Event, Committed);

/// What someone might give out instead.
fn lies(snapshot: &[u8], event: &Event, step: &Committed) -> Result<Vec<Step>, Failure> {
    let (bytes, right) = (snapshot.to_vec(), step.clone());
    let mut cheaper = right.clone();
    if let Outcome::Traded(traded) = &mut cheaper.receipt.outcome {
        traded.total = Cash::from_atoms(traded.total.atoms() - 1);
    }
    let other = Event::Trade(calls(Side::Buy, 30, "64000", "24")?);
    let elsewhere = Committed { after: Digest::of_bytes(b"elsewhere"), ..right.clone() };
    let mut richer = bytes.clone();
    if let Some(byte) = richer.iter_mut().rev().find(|byte| **byte != 0) {
        *byte ^= 1;
    }
    let hidden = Committed { before: Digest::of_bytes(&richer), ..right.clone() };
    Ok(vec![
        ("a receipt an atom cheaper", bytes.clone(), event.clone(), cheaper),
        ("another event", bytes.clone(), other, right.clone()),
        ("another end", bytes, event.clone(), elsewhere),
        ("a bit of the state flipped", richer.clone(), event.clone(), right),
        ("and its digest put right", richer, event.clone(), hidden),
    ])
}

#[test]
fn it_runs() {
    main().unwrap();
}
