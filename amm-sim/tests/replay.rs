//! Replays: what a recorded market does to designs, and the same bytes whoever computes them.

use std::path::PathBuf;
use std::process::Command;

use amm_core::book::Series;
use amm_core::num::{Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::surface::Slice;
use amm_loop::draw::Draws;
use amm_loop::pool::Design;
use amm_sim::data::recorded::{Choice, Listed, Moment, Print, Quoted, Recorded, Smile, Spot, Vols};
use amm_sim::replay::{Replayed, Terms, replay};
use amm_sim::tables::{Table, Value};

const START: u64 = 1_700_000_000;
const EXPIRY: Timestamp = Timestamp::new(START + 7 * 86_400);
const BLOCKS: u64 = 144;

fn price(units: u64) -> Price {
    Price::new(Real::from_num(units)).unwrap()
}

/// Half a day of a lognormal index of 2,000, one expiry of a week, and traders who buy so many
/// contracts at the money in the first hour, or sell them if negative.
fn recorded(contracts: i64) -> Recorded {
    let strikes: Vec<Price> = [1800, 1900, 2000, 2100, 2200].map(price).to_vec();
    let vols = |vol: &str| Some(vol.parse().unwrap());
    let quoted = Vols { bid: vols("0.64"), ask: vols("0.66"), mark: vols("0.65") };
    let mut ln = amm_core::math::ln(Real::from_num(2000)).unwrap();
    let mut spots = Vec::new();
    for block in 0..=BLOCKS {
        let spot = Price::new(amm_core::math::exp(ln).unwrap()).unwrap();
        spots.push(Spot { time: Timestamp::new(START + block * 300), price: spot });
        ln += Draws::new(5, 0, block, 0).normal() / 500;
    }
    let moment = |spot: &Spot| Moment {
        time: spot.time,
        spot: spot.price,
        expiries: vec![Smile {
            expiry: EXPIRY,
            forward: spot.price,
            slice: Slice::Flat("0.65".parse().unwrap()),
            fitted_at: spot.time,
            quotes: strikes
                .iter()
                .map(|strike| Quoted { strike: *strike, call: quoted, put: quoted })
                .collect(),
        }],
    };
    let trade = |block: u64| Print {
        time: Timestamp::new(START + block * 300),
        since: Timestamp::new(START + (block - 1) * 300),
        series: Series { expiry: EXPIRY, strike: price(2000), kind: Kind::Put },
        size: Size::from_atoms(i128::from(contracts) * Size::SCALE / 12),
        sure: true,
    };
    Recorded {
        underlying: "X".to_owned(),
        sources: Vec::new(),
        choice: Choice::default(),
        listed: vec![Listed { name: "X".to_owned(), expiry: EXPIRY, strikes: strikes.clone() }],
        moments: spots.iter().step_by(3).map(moment).collect(),
        trades: (1..=12).map(trade).collect(),
        spots,
    }
}

fn terms(depth: &str) -> Terms {
    Terms {
        designs: ["static", "dynamic"].map(|name| Design::by_name(name).unwrap()).to_vec(),
        leakages: vec![Real::ZERO, Real::ONE],
        depth: depth.parse().unwrap(),
        factor: Real::ONE,
        tolerance: "0.05".parse().unwrap(),
        guesses: false,
        naked: false,
        block_s: 300,
        horizon: 10,
        piece_s: 3600,
        resamples: 500,
        seed: 1,
    }
}

fn replayed(contracts: i64, depth: &str) -> Replayed {
    replay(&recorded(contracts), &terms(depth), &|| {}).unwrap()
}

fn table<'a>(done: &'a Replayed, name: &str) -> &'a Table {
    done.tables.iter().find(|table| table.name() == name).unwrap()
}

fn number(table: &Table, row: &[Value], column: &str) -> f64 {
    match row[table.place(column).unwrap()] {
        Value::Float(number) => number,
        ref other => panic!("{column}: {other:?}"),
    }
}

/// 20,000 contracts of a dollar gamma of 9,000 each, in a market of 4e8: a gain of 0.45.
#[test]
fn a_pool_that_sold_gamma_amplifies_and_skew_takes_some_of_it_away() {
    let done = replayed(20_000, "400000000");
    let [plain, skewed, leaking_plain, leaking_skewed] = &done.lines[..] else { panic!() };
    assert!(plain.gain > 0.3 && plain.amplification.value > 1.3, "{plain:?}");
    assert!(skewed.gain < plain.gain && skewed.served < plain.served, "{skewed:?}");
    assert!(skewed.amplification.value < plain.amplification.value);
    assert!(skewed.dampening.is_some_and(|damped| damped.value > 0.1), "{skewed:?}");
    // What the pool does not fill leaks to a dealer who hedges in the same spot: nothing is gained.
    assert!((leaking_skewed.gain / leaking_plain.gain - 1.0).abs() < 0.05, "{leaking_skewed:?}");
    assert_eq!(
        plain.dampening.map(|_| ()),
        None,
        "the baseline is what others are measured against"
    );
}

#[test]
fn a_pool_that_bought_gamma_calms_and_dampening_is_undefined() {
    let done = replayed(-20_000, "400000000");
    for line in &done.lines {
        assert!(line.gain < 0.0 && line.amplification.value < 1.0, "{line:?}");
        assert!(line.dampening.is_none(), "{line:?}");
    }
}

#[test]
fn a_market_that_nothing_moves_shows_no_loop() {
    for line in &replayed(20_000, "1000000000000").lines {
        assert!((line.amplification.value - 1.0).abs() < 1e-3, "{line:?}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_tables() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| replayed(20_000, "400000000"))
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(one.digest, two.digest);
    assert_eq!(one.tables, two.tables);
    assert_ne!(one.digest, replayed(19_999, "400000000").digest);
}

#[test]
fn the_parts_of_profit_add_up_and_quotes_stand_beside_the_exchange_s() {
    let done = replayed(20_000, "400000000");
    let lp = table(&done, "lp");
    let part = |design: &str| -> f64 {
        let rows = lp.rows().iter().filter(|row| row[0] == Value::from(design.to_owned()));
        rows.map(|row| number(lp, row, "value")).sum()
    };
    for line in &done.lines[..2] {
        assert!((part(&line.design) - line.profit).abs() < 0.01, "{line:?}");
    }
    // The static pool quotes the surface itself, half-way between bid and ask.
    assert_eq!(done.lines[0].inside, Some(1.0));
    assert!(done.lines[0].rms.unwrap() < 1e-6);
    assert!(done.lines[1].rms.unwrap() > 0.01, "{:?}", done.lines[1]);
}

/// Trades whose side is a guess count only if they are asked for, and nothing of terms that make no
/// sense is run.
#[test]
fn terms_are_kept() {
    let mut unsure = recorded(20_000);
    unsure.trades.iter_mut().for_each(|trade| trade.sure = false);
    let without = replay(&unsure, &terms("400000000"), &|| {}).unwrap();
    for line in &without.lines {
        assert_eq!((line.gain, line.amplification.value), (0.0, 1.0), "{line:?}");
        assert!(line.dampening.is_none(), "no loop to dampen: {line:?}");
    }
    let with = Terms { guesses: true, ..terms("400000000") };
    let with = replay(&unsure, &with, &|| {}).unwrap();
    assert_eq!(with.digest, replayed(20_000, "400000000").digest);
    for wrong in [
        Terms { designs: Vec::new(), ..terms("400000000") },
        Terms { leakages: Vec::new(), ..terms("400000000") },
        Terms { horizon: 1000, ..terms("400000000") },
        Terms { block_s: 0, ..terms("400000000") },
        Terms { resamples: 0, ..terms("400000000") },
        terms("0"),
    ] {
        assert!(replay(&recorded(1), &wrong, &|| {}).is_err(), "{wrong:?}");
    }
}

/// The real chain through the command, and its directory once more.
#[test]
fn a_real_chain_is_replayed_and_done_again() {
    let folder = std::env::var_os("AMM_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    let data = |name: &str| folder.join("data").join(name);
    let chain = data("deribit_chain_20230412_15min.csv.gz");
    if !chain.is_file() {
        return eprintln!("skipped: {} is not there", chain.display());
    }
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replay-eth");
    let run = |arguments: &[&std::ffi::OsStr]| {
        Command::new(env!("CARGO_BIN_EXE_amm-sim")).args(arguments).output().unwrap()
    };
    let flow = data("deribit_flow_20230412_5min.csv.gz");
    let words =
        "--underlying ETH --designs static,dynamic --leakage 0 --expiries 3 --strikes 5 --json";
    let mut arguments: Vec<&std::ffi::OsStr> = vec!["replay".as_ref(), "--chain".as_ref()];
    arguments.extend([chain.as_os_str(), "--flow".as_ref(), flow.as_os_str(), "--out".as_ref()]);
    arguments.push(out.as_os_str());
    arguments.extend(words.split(' ').map(std::ffi::OsStr::new));
    let done = run(&arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(summary["headline"].as_array().map(Vec::len), Some(2));
    assert!(summary["blocks"].as_u64().unwrap() > 400);
    let again = run(&["rerun".as_ref(), out.as_os_str()]);
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success() && said.starts_with("the same: "), "{said}");
}
