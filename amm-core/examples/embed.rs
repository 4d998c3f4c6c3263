//! The engine inside a state machine of one's own: `cargo run -p amm-core --example embed`
//!
//! A chain hands over blocks: a time and calls. Each call gets a receipt or a refusal, and what the pool
//! wants hedged goes out as orders to a venue, whose fills come back as calls of the next block.
//! Nothing but calls decides what happens, so another machine with the same ones agrees.

mod common;

use std::collections::VecDeque;

use amm_core::book::Side;
use amm_core::engine::{Engine, Event, Outcome, Receipt, Reject};
use amm_core::num::{Amount, Cash, Price, Rounding, Size, Timestamp};
use common::{Failure, NOW, calls, engine, market};

/// The engine, and the venue's orders that have not come back.
struct Machine {
    engine: Engine,
    orders: VecDeque<Size>,
}

impl Machine {
    /// Runs a block. A refused call leaves no trace, and the others go on.
    fn block(&mut self, now: u64, calls: &[Event]) -> Vec<Result<Receipt, Reject>> {
        let mut receipts = vec![self.engine.apply(&Event::Clock { now: Timestamp::new(now) })];
        receipts.extend(calls.iter().map(|call| self.engine.apply(call)));
        // The last word on the hedge counts all that the block has done.
        let wanted = receipts.iter().flatten().last().map(|receipt| receipt.hedge);
        self.orders.extend(wanted.filter(|size| *size != Size::ZERO));
        receipts
    }

    /// The venue's fill of its oldest order, one basis point worse than its mid price.
    fn fill(&mut self, mid: Price) -> Option<Event> {
        let quantity = self.orders.pop_front()?;
        let value = Amount::of(quantity, mid.get())?.round(Rounding::Up).atoms();
        let cash = Cash::from_atoms(-value - value.abs() / 10_000);
        Some(Event::Hedge { quantity, cash })
    }
}

fn main() -> Result<(), Failure> {
    let mut machine = Machine { engine: engine()?, orders: VecDeque::new() };
    let buy = |size| calls(Side::Buy, 7, "60000", size).map(Event::Trade);
    let blocks = [
        ("60000", vec![buy("40")?, buy("100000")?]),
        ("60900", vec![buy("10")?]),
        ("61800", vec![calls(Side::Sell, 7, "60000", "25").map(Event::Trade)?]),
        ("61500", vec![]),
    ];
    for (height, (spot, users)) in blocks.into_iter().enumerate() {
        let (now, spot) = (NOW + 12 * height as u64, spot.parse()?);
        let mut calls = vec![Event::Market(market(now, spot)?)];
        calls.extend(machine.fill(spot));
        calls.extend(users);
        println!("block {height}: spot {spot}, {} calls", calls.len());
        for receipt in machine.block(now, &calls) {
            match receipt.map(|receipt| receipt.outcome) {
                Ok(Outcome::Traded(traded)) => {
                    println!("  traded for {}, loop gain {:.4}", traded.total, traded.gain_max);
                }
                Ok(Outcome::Revalued(new)) => println!("  revalued: {:.3}", new.skew_released),
                Ok(_) => {}
                Err(refusal) => println!("  refused: {refusal}"),
            }
        }
        machine.orders.iter().for_each(|size| println!("  to the venue: {size}"));
    }
    println!("the pool is worth {}, its hedge lags by a block", machine.engine.nav()?.low);
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap();
}
