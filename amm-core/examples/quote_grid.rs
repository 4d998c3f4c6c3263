//! Quotes a grid, and what one trade does to it: `cargo run -p amm-core --example quote_grid`
//!
//! Volatilities in per cent, bid/ask of the out-of-the-money side; then by how many points a purchase
//! of week calls moves each. Near expiries rise most, and strikes where the pool's gamma will be.

mod common;

use std::collections::BTreeMap;

use amm_core::book::Side;
use amm_core::engine::{Engine, Event};
use amm_core::num::{Price, Real};
use amm_core::pricing::Kind;
use common::{DAYS, Failure, calls, engine};

fn main() -> Result<(), Failure> {
    let mut engine = engine()?;
    let before = grid(&engine)?;
    println!("{:>8}{}", "strike", DAYS.map(|days| format!("{days:>12}d ")).concat());
    for (strike, quotes) in &before {
        print!("{strike:>8}");
        quotes.iter().for_each(|(bid, ask)| print!("{bid:>8.2}/{ask:.2}"));
        println!();
    }

    let order = calls(Side::Buy, 7, "64000", "500")?;
    let seen = engine.quote(&order)?;
    engine.apply(&Event::Trade(order))?;
    println!("\n500 week calls at 64000 cost {}", seen.total);
    println!("of which {:.2} for the loop gain that hedging them adds\n", seen.parts.skew);
    for ((strike, before), after) in before.iter().zip(grid(&engine)?.values()) {
        print!("{strike:>8}");
        before
            .iter()
            .zip(after)
            .for_each(|(before, after)| print!("{:>+14.3}", after.1 - before.1));
        println!();
    }
    println!("\n{:>14} {:>16} {:>10} {:>10}", "bucket to", "GEX per 1 %", "loop gain", "vol ×");
    let signals = engine.signals()?;
    for (bucket, expiry) in signals.buckets.iter().zip(&signals.exposure.by_expiry) {
        let (gex, by) = (expiry.greeks.gex().floor(), bucket.vol_multiplier.ok_or("a loop")?);
        println!("{:>14} {gex:>16.2} {:>10.4} {by:>10.4}", bucket.expiry, bucket.gain);
    }
    Ok(())
}

/// By strike, bid and ask volatility of each expiry in per cent.
fn grid(engine: &Engine) -> Result<BTreeMap<Price, Vec<(Real, Real)>>, Failure> {
    let desk = engine.desk().ok_or("no market")?;
    let (marginals, mut rows) = (desk.marginals(), BTreeMap::<_, Vec<_>>::new());
    for at in desk.lines() {
        let (strike, forward) = (desk.valued(at).strike, desk.row(at).expiry.forward());
        let kind = if strike < forward { Kind::Put } else { Kind::Call };
        let quote = marginals.quote(at, kind).ok_or("no quote")?;
        let vol = |price: Real| {
            let price = price.max(Real::ZERO); // a worthless option is bid below nothing
            marginals.vol(at, kind, price).map(|vol| vol.get() * 100)
        };
        rows.entry(strike).or_default().push((vol(quote.bid)?, vol(quote.ask)?));
    }
    Ok(rows)
}

#[test]
fn it_runs() {
    main().unwrap();
}
