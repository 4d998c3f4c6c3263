//! Makes a recording of real data and says how it came about:
//! `cargo run --release -p amm-sim --example record BTC chain.csv.gz flow.csv.gz index.csv`.

use amm_core::num::Timestamp;
use amm_sim::data::recorded::{Choice, Files, Recorded};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let underlying = arguments.next().ok_or("which underlying?")?;
    let chain = arguments.next().map(PathBuf::from).ok_or("which chain file?")?;
    let (flow, index) = (arguments.next().map(PathBuf::from), arguments.next().map(PathBuf::from));
    let files = Files { chain, flow, index, underlying, step_s: 900 };
    let started = Instant::now();
    let (recorded, report) = Recorded::make(&files, Choice::default(), |_| ())?;
    let (quotes, inside) = report.inside();
    println!("{} snapshots, {} moments", report.snapshots, recorded.moments.len());
    println!(
        "{} wholly fitted, {} kept, {} lost",
        report.moments_fresh, report.moments_kept, report.snapshots_lost
    );
    for fit in report.fits.iter().filter(|fit| fit.why.is_some()) {
        println!("{} {}: {}", fit.time, fit.name, fit.why.as_deref().unwrap_or_default());
    }
    println!("{inside} of {quotes} two-sided quotes hold their fit");
    let mut moments: BTreeMap<Timestamp, (usize, usize)> = BTreeMap::new();
    for fit in report.fits.iter().filter(|fit| fit.why.is_none()) {
        let (quotes, inside) = moments.entry(fit.time).or_default();
        (*quotes, *inside) = (*quotes + fit.quotes, *inside + fit.inside);
    }
    let mut shares: Vec<usize> =
        moments.values().map(|(quotes, inside)| 1000 * inside / quotes.max(&1)).collect();
    shares.sort_unstable();
    if let (Some(least), Some(middle)) = (shares.first(), shares.get(shares.len() / 2)) {
        println!("a moment: {least} in 1000 at the worst, {middle} in the middle");
    }
    for listed in &recorded.listed {
        println!("{}: {} strikes", listed.name, listed.strikes.len());
    }
    println!("{} trades, {} spots", recorded.trades.len(), recorded.spots.len());
    println!("{:?}", report.left_out);
    println!("{:?}", report.spot_from);
    println!("{} s", started.elapsed().as_secs_f64());
    let bytes = recorded.to_bytes();
    let again = Recorded::from_bytes(&bytes)?;
    println!("{} bytes, equal when read: {}", bytes.len(), again == recorded);
    println!("{} s with writing and reading", started.elapsed().as_secs_f64());
    Ok(())
}
