//! Chains to markets: quotes of known smiles, a real snapshot, and what is said about bad files.

use amm_core::math::exp;
use amm_core::num::{Discount, Price, Real, Seconds, Timestamp};
use amm_core::pricing::{Expiry, Kind, price};
use amm_core::surface::{Slice, Svi, butterfly, calendar};
use amm_sim::chain::{Market, Settings, Snapshot};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

fn svi(parts: [&str; 5]) -> Svi {
    let [a, b, rho, m, sigma] = parts.map(|text| text.parse().unwrap());
    Svi::new(a, b, rho, m, sigma).unwrap()
}

fn slices() -> [(&'static str, u64, Svi); 2] {
    let near = svi(["0.002", "0.03", "-0.2", "-0.01", "0.1"]);
    let far = svi(["0.008", "0.07", "-0.3", "-0.02", "0.2"]);
    [("8JAN23", 604_800, near), ("31JAN23", 2_592_000, far)]
}

const START: u64 = 1_672_531_200;

/// A chain as an exchange writes it: quotes of two smiles, a tenth of a tick either side.
fn synthetic() -> String {
    let mut csv = String::from(
        "snap_ms,ts_ms,instrument,underlying,expiry_ms,strike,type,bid,ask,underlying_price\n",
    );
    let forward: Price = "20000".parse().unwrap();
    for (name, seconds, slice) in slices() {
        let time = Seconds::new(seconds).unwrap();
        let expiry = Expiry::new(forward, time, Discount::MAX).unwrap();
        for n in -10..=10 {
            let k = Real::from_num(n) / 40;
            let strike = (exp(k).unwrap() * forward.get()).round();
            let strike = Price::new(strike).unwrap();
            let k = amm_core::surface::log_moneyness(strike, forward).unwrap();
            let prices = price(&expiry, strike, Slice::Svi(slice).vol(k, time).unwrap());
            for (kind, letter) in [(Kind::Call, "C"), (Kind::Put, "P")] {
                let whole = if kind == Kind::Call { prices.call } else { prices.put };
                let coin = whole / forward.get();
                let tick = Real::lit("0.00005");
                let [bid, ask] = [(coin - tick).max(Real::ZERO), coin + tick];
                let (ms, end) = (START * 1000 + 7, (START + seconds) * 1000);
                writeln!(
                    csv,
                    "{ms},{ms},X-{name}-{strike}-{letter},X,{end},{strike},{letter},{bid:.9},{ask:.9},{forward}"
                )
                .unwrap();
            }
        }
    }
    csv
}

fn settings(flat: bool) -> Settings {
    Settings { source: "c.csv".to_owned(), depth: "400000000".parse().unwrap(), flat }
}

#[test]
fn smiles_come_back_from_their_quotes() {
    let csv = synthetic();
    let snapshot = Snapshot::read(csv.as_bytes(), "c.csv", "X", None).unwrap();
    let market = Market::fit(&snapshot, settings(false));
    assert_eq!(market.expiries.len(), 2);
    for (fitted, (name, seconds, slice)) in market.expiries.iter().zip(slices()) {
        let smile = fitted.smile.as_ref().unwrap();
        assert_eq!((fitted.name.as_str(), u64::from(fitted.time.get())), (name, seconds));
        assert_eq!(fitted.strikes.len(), 21);
        assert_eq!(smile.inside, smile.quotes);
        assert!(smile.rms < 0.003, "{name}: {}", smile.rms);
        for n in -8..=8 {
            let k = Real::from_num(n) / 40;
            let [got, want] = [smile.slice, Slice::Svi(slice)]
                .map(|slice| slice.vol(k, fitted.time).unwrap().get());
            assert!(got.abs_diff(want) < Real::lit("0.01"), "{name} at {k}: {got} for {want}");
        }
    }
    assert_eq!(Market::fit(&snapshot, settings(false)), market);
}

/// The file holds what the reader looks for, decimals in quotes.
#[test]
fn the_market_file_is_whole() {
    let csv = synthetic();
    let snapshot = Snapshot::read(csv.as_bytes(), "c.csv", "X", None).unwrap();
    for flat in [false, true] {
        let text = Market::fit(&snapshot, settings(flat)).to_string();
        let file: toml::Table = text.parse().unwrap();
        assert_eq!(file["time_s"].as_integer(), Some(START as i64));
        assert_eq!(file["depth"].as_str(), Some("400000000"));
        assert_eq!(file["params"]["flow_scale"].as_str(), Some("20000000"));
        assert_eq!(file["params"]["bands"].as_integer(), Some(5));
        let expiries = file["expiry"].as_array().unwrap();
        for (expiry, (name, seconds, _)) in expiries.iter().zip(slices()) {
            assert_eq!(expiry["name"].as_str(), Some(name));
            assert_eq!(expiry["t_seconds"].as_integer(), Some(seconds as i64));
            assert_eq!(expiry["forward"].as_str(), Some("20000"));
            assert_eq!(expiry["strikes"].as_array().unwrap().len(), 21);
            if flat {
                assert!(expiry["vol"].as_str().unwrap().parse::<amm_core::num::Vol>().is_ok());
            } else {
                let part = |name: &str| expiry["svi"][name].as_str().unwrap().parse().unwrap();
                let slice = Svi::new(part("a"), part("b"), part("rho"), part("m"), part("sigma"));
                butterfly(&Slice::Svi(slice.unwrap())).unwrap();
            }
        }
        assert!(text.starts_with("# X options of c.csv, snapshot of 1672531200 s\n"), "{text}");
    }
}

/// Every expiry of a real snapshot is fitted, free of arbitrage, most of it inside the exchange's quotes.
#[test]
fn a_real_chain_is_fitted() {
    let shared = std::env::var_os("AMM_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    let path = shared.join("data/deribit_chain_snapshot_20230412.csv");
    let Ok(csv) = std::fs::read(&path) else {
        eprintln!("skipped: no {} (set AMM_DATA to the folder that holds it)", path.display());
        return;
    };
    for underlying in ["BTC", "ETH"] {
        let snapshot = Snapshot::read(&csv[..], "c.csv", underlying, None).unwrap();
        let market = Market::fit(&snapshot, settings(false));
        assert_eq!(market.expiries.len(), 9);
        let (mut quotes, mut inside, mut near) = (0, 0, None);
        for fitted in &market.expiries {
            let smile = fitted.smile.as_ref().unwrap();
            butterfly(&smile.slice).unwrap();
            if let Some((slice, time)) = near {
                calendar((&slice, time), (&smile.slice, fitted.time)).unwrap();
            }
            near = Some((smile.slice, fitted.time));
            eprintln!("{underlying} {fitted:?}");
            (quotes, inside) = (quotes + smile.quotes, inside + smile.inside);
        }
        assert!(quotes >= 200 && 100 * inside >= 98 * quotes, "{inside} of {quotes} inside");
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amm-sim")).arg("market").args(arguments).output().unwrap()
}

fn file(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn the_command_prints_the_file_and_names_bad_rows() {
    let path = file("chain.csv", &synthetic());
    let output = run(&["--chain", &path, "--underlying", "X", "--depth", "400000000"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let snapshot = Snapshot::read(synthetic().as_bytes(), "chain.csv", "X", None).unwrap();
    let settings = Settings { source: "chain.csv".to_owned(), ..settings(false) };
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        Market::fit(&snapshot, settings).to_string()
    );

    let bad = file("bad.csv", &synthetic().replacen(",C,0.", ",C,O.", 1));
    let output = run(&["--chain", &bad, "--underlying", "X"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("bad.csv:2: column bid: "), "{said}");

    let output = run(&["--chain", &path]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no row of BTC\n  help: see --underlying and --at"), "{said}");
    assert_eq!(run(&["--chain", "/nowhere/at/all.csv"]).status.code(), Some(2));
}

#[test]
fn times_choose_snapshots() {
    let csv = synthetic();
    let early = Some(Timestamp::new(START - 1));
    assert!(Snapshot::read(csv.as_bytes(), "c.csv", "X", early).is_err());
    assert!(Snapshot::read(csv.as_bytes(), "c.csv", "X", Some(Timestamp::new(START))).is_ok());
}
