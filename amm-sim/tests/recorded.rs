//! Recordings: what is fitted, what stays, what is left out, and the same bytes whoever computes them.

use amm_core::book::{Inventory, Series};
use amm_core::num::{Discount, Price, Real, Seconds, Size, Timestamp, Vol};
use amm_core::pricing::{Expiry, Kind, price};
use amm_core::surface::log_moneyness;
use amm_sim::data::Reader;
use amm_sim::data::recorded::{Choice, Files, Moment, Recorded, Report, Smile};
use amm_sim::data::{Candle, IndexRow, Path, Point};
use proptest::prelude::*;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

const START: u64 = 1_700_000_000;
const STEP: u64 = 900;
const DAY: u64 = 86_400;
const STRIKES: [u32; 9] = [26, 27, 28, 29, 30, 31, 32, 33, 34];

/// An expiry of the market that is made up: its name, its end, its volatility at a snapshot.
type Made<'a> = (&'a str, u64, &'a dyn Fn(usize) -> Option<&'static str>);

/// A chain file of a forward of 30,000: both options of each strike, quoted 0.0006 coin wide, or not quoted
/// where there is no volatility.
fn chain(expiries: &[Made<'_>], snapshots: usize) -> String {
    let mut text = "snap_ms,ts_ms,instrument,underlying,expiry_ms,strike,type,bid,ask,underlying_price,mark_iv,index_price,open_interest\n".to_owned();
    let forward: Price = "30000".parse().unwrap();
    for snapshot in 0..snapshots {
        let now = START + STEP * snapshot as u64;
        for (name, end, vol) in expiries {
            if *end <= now {
                continue;
            }
            let time = Seconds::new(end - now).unwrap();
            let expiry = Expiry::new(forward, time, Discount::MAX).unwrap();
            for strike in STRIKES {
                let strike: Price = format!("{strike}000").parse().unwrap();
                for (kind, letter) in [(Kind::Call, 'C'), (Kind::Put, 'P')] {
                    let quote = |vol: &str, tick: i128| {
                        let k = log_moneyness(strike, forward).unwrap();
                        // A smile: five points up for a tenth away from the forward.
                        let vol = Vol::new(vol.parse::<Real>().unwrap() + k * k * 5).unwrap();
                        let prices = price(&expiry, strike, vol);
                        let value = if kind == Kind::Call { prices.call } else { prices.put };
                        let coin = value / 30_000 + Real::lit("0.0003") * tick;
                        format!("{:.5}", coin.max(Real::ZERO))
                    };
                    let (bid, ask) = match vol(snapshot) {
                        Some(vol) => (quote(vol, -1), quote(vol, 1)),
                        None => ("0".to_owned(), "0".to_owned()),
                    };
                    writeln!(
                        text,
                        "{0}000,{0}500,X-{name}-{strike}-{letter},X,{end}000,{strike},{letter},{bid},{ask},30000,50,30010,{1}",
                        now,
                        if strike == forward { "7" } else { "1" }
                    )
                    .unwrap();
                }
            }
        }
    }
    text
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn make(chain: PathBuf, flow: Option<PathBuf>, choice: Choice) -> (Recorded, Report) {
    let files = Files { chain, flow, index: None, underlying: "X".to_owned(), step_s: 900 };
    Recorded::make(&files, choice, |_| ()).unwrap()
}

const ALWAYS: &dyn Fn(usize) -> Option<&'static str> = &|_| Some("0.6");

#[test]
fn an_expiry_without_quotes_keeps_its_volatility_and_its_date() {
    // The near one is quoted in the first two snapshots only.
    let near: &dyn Fn(usize) -> Option<&'static str> = &|at| (at < 2).then_some("0.6");
    let (week, month) = (START + 7 * DAY, START + 28 * DAY);
    let text = chain(&[("WEEK", week, near), ("MONTH", month, ALWAYS)], 4);
    let (recorded, report) = make(file("kept.csv", &text), None, Choice::default());
    assert_eq!((report.moments_fresh, report.moments_kept, report.snapshots_lost), (2, 0, 0));
    let stood = Timestamp::new(START + STEP);
    for (at, moment) in recorded.moments.iter().enumerate() {
        assert_eq!(moment.spot, "30010".parse().unwrap());
        let [near, far] = &moment.expiries[..] else { panic!("{:?}", moment.expiries) };
        assert_eq!(near.fitted_at, moment.time.min(stood));
        assert_eq!(far.fitted_at, moment.time);
        // The fit is within the quotes' width of what the market was made with.
        let left = moment.time.until(near.expiry).unwrap();
        let vol = near.slice.vol(Real::ZERO, left).unwrap().get();
        assert!((vol - Real::lit("0.6")).abs() < Real::lit("0.005"), "{at}: {vol}");
    }
    let whys: Vec<&str> = report.fits.iter().filter_map(|fit| fit.why.as_deref()).collect();
    assert_eq!(whys, ["0 two-sided quotes, and a slice takes 5"; 2]);
    let (quotes, inside) = report.inside();
    assert!(quotes == 6 * 9 && inside == quotes, "{inside} of {quotes}");
    let moment = recorded.at(Timestamp::new(START + STEP + 1)).unwrap();
    assert_eq!((moment.time, moment.surface_at()), (stood, Some(stood)));
    // Three weeks on, the near one is over and the other has the volatility it had.
    let later = Timestamp::new(START + 21 * DAY);
    let held = moment.held(later);
    assert_eq!((held.time, held.expiries.len(), held.surface_at()), (later, 1, Some(stood)));
    let vol = |moment: &Moment, smile: &Smile| {
        let left = moment.time.until(smile.expiry).unwrap();
        smile.slice.vol(Real::lit("0.1"), left).unwrap().get()
    };
    let moved = vol(&held, &held.expiries[0]) - vol(moment, &moment.expiries[1]);
    assert!(moved.abs() < Real::lit("0.000000000000001"), "{moved}");
    assert_eq!(moment.held(moment.time), *moment);
    assert_eq!(recorded.at(Timestamp::new(START - 1)), None);
}

#[test]
fn if_what_is_kept_crosses_what_is_new_all_of_it_is_kept() {
    let near: &dyn Fn(usize) -> Option<&'static str> = &|at| (at < 1).then_some("0.6");
    let far: &dyn Fn(usize) -> Option<&'static str> =
        &|at| Some(if at == 1 { "0.25" } else { "0.6" });
    let (week, later) = (START + 7 * DAY, START + 8 * DAY);
    let text = chain(&[("WEEK", week, near), ("LATER", later, far)], 3);
    let (recorded, report) = make(file("crossing.csv", &text), None, Choice::default());
    let dates: Vec<Vec<u64>> = recorded
        .moments
        .iter()
        .map(|moment| moment.expiries.iter().map(|smile| smile.fitted_at.get() - START).collect())
        .collect();
    assert_eq!(dates, [[0, 0], [0, 0], [0, 2 * STEP]]);
    assert_eq!((report.moments_fresh, report.moments_kept), (1, 1));
    let why = report.fits[2].why.as_deref().unwrap();
    assert!(why.starts_with("calendar arbitrage"), "{why}");
}

#[test]
fn an_expiry_that_is_over_is_gone_and_a_short_one_never_listed() {
    let text = chain(
        &[
            ("SHORT", START + DAY / 4, ALWAYS),
            ("OVER", START + DAY / 2, &|_| Some("1.5")),
            ("WEEK", START + 7 * DAY, ALWAYS),
        ],
        50,
    );
    // One in sixteen rows of quotes, to be done sooner.
    let thin: String = text
        .lines()
        .filter(|row| {
            let snap = row.split(',').next().unwrap().strip_suffix("000");
            let snap = snap.and_then(|snap| snap.parse::<u64>().ok());
            snap.is_none_or(|snap| (snap - START).is_multiple_of(24 * STEP))
        })
        .fold(String::new(), |text, row| text + row + "\n");
    let (recorded, report) = make(file("over.csv", &thin), None, Choice::default());
    let counts: Vec<usize> = recorded.moments.iter().map(|moment| moment.expiries.len()).collect();
    assert_eq!(counts, [2, 2, 1]); // at 0 h, 6 h and 12 h
    assert_eq!(report.left_out.expiries_short, ["SHORT"]);
}

#[test]
fn no_more_is_listed_than_was_asked_for_and_the_most_held_come_first() {
    let days = [7, 14, 21].map(|days| START + days * DAY);
    let text = chain(&[("A", days[0], ALWAYS), ("B", days[1], ALWAYS), ("C", days[2], ALWAYS)], 1);
    let flow = format!(
        "t0_ms,t1_ms,instrument,underlying,expiry_ms,strike,type,d_open_interest,d_volume_24h,side_guess\n\
         {0}000,{1}000,X-B-27000-P,X,{2}000,27000,P,-3,1,sell?\n\
         {0}000,{1}000,X-C-34000-C,X,{3}000,34000,C,2,2.5,buy\n\
         {0}000,{1}000,X-A-34000-C,X,{4}000,34000,C,0,0,buy\n\
         {0}000,{1}000,X-A-33000-C,X,{4}000,33000,C,0,1,\n\
         {0}000,{1}000,Y-A-33000-C,Y,{4}000,33000,C,0,1,buy\n",
        START + 1,
        START + 2,
        days[1],
        days[2],
        days[0]
    );
    let choice = Choice { expiries_max: 2, strikes_max: 2, ..Choice::default() };
    let (recorded, report) =
        make(file("most.csv", &text), Some(file("most_flow.csv", &flow)), choice);
    let listed: Vec<(&str, Vec<String>)> = recorded
        .listed
        .iter()
        .map(|listed| (listed.name.as_str(), listed.strikes.iter().map(Price::to_string).collect()))
        .collect();
    let strikes = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    assert_eq!(listed, [("B", strikes("27000", "30000")), ("C", strikes("30000", "34000"))]);
    let left_out = &report.left_out;
    assert_eq!(
        (left_out.expiries_beyond.as_slice(), left_out.lines_beyond),
        (&["A".to_owned()][..], 14)
    );
    assert_eq!((left_out.flow_without_side, left_out.flow_without_size), (1, 1));
    assert_eq!((left_out.trades_other, left_out.trades_unlisted), (1, 0));
    let [sold, bought] = &recorded.trades[..] else { panic!("{:?}", recorded.trades) };
    // Three contracts were closed at least; and taken together the sides are those of the takers.
    assert_eq!((sold.size, sold.sure), ("-3".parse().unwrap(), false));
    assert_eq!((bought.size, bought.sure), ("2.5".parse().unwrap(), true));
    assert_eq!((sold.since.get(), sold.time.get()), (START + 1, START + 2));

    let quotes = &recorded.moments[0].expiries[0].quotes;
    assert_eq!(
        quotes.iter().map(|quoted| quoted.strike).collect::<Vec<_>>(),
        recorded.listed[0].strikes
    );
    let put = quotes[0].put;
    assert_eq!(put.mark, Some("0.5".parse().unwrap()));
    assert!(put.bid < put.ask && put.bid.is_some(), "{put:?}");

    let greedy = Choice { strikes_max: Inventory::STRIKES_MAX + 1, ..Choice::default() };
    let refused = greedy.check().unwrap_err().to_string();
    assert_eq!(refused, "strikes an expiry must lie in 1..=200, which the engine takes, got 201");
}

#[test]
fn feeds_and_tapes_of_others_give_the_same_recording() {
    let week = 1_700_553_600; // 8:00 of 21 November
    let rounds = chain(&[("21NOV23", week, ALWAYS)], 1);
    let mut feed = "exchange,symbol,timestamp,local_timestamp,type,strike_price,expiration,open_interest,last_price,bid_price,bid_amount,bid_iv,ask_price,ask_amount,ask_iv,mark_price,mark_iv,underlying_index,underlying_price,delta,gamma,vega,theta,rho\n".to_owned();
    for row in rounds.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [_, time, name, _, expiry, strike, kind, bid, ask, forward, mark, _, open] = cells[..]
        else {
            panic!("{row}")
        };
        let kind = if kind == "C" { "call" } else { "put" };
        writeln!(feed, "d,{name},{time}000,{time}100,{kind},{strike},{expiry}000,{open},,{bid},1,,{ask},1,,,{mark},i,{forward},,,,,").unwrap();
    }
    // What ends the step: the snapshot is of its end.
    let last =
        feed.lines().last().unwrap().replace(&format!("{START}"), &format!("{}", START + 1000));
    feed += &format!("{last}\n");
    let tape = format!(
        "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n\
         d,X-21NOV23-30000-C,{0}000000,{0}000100,1,sell,0.01,2\n\
         d,X-PERPETUAL,{0}000000,{0}000100,2,sell,30000,2\n",
        START + 10
    );
    let (fed, report) =
        make(file("feed.csv", &feed), Some(file("tape.csv", &tape)), Choice::default());
    let (made, _) = make(file("rounds.csv", &rounds), None, Choice::default());
    assert_eq!(fed.moments.len(), 1, "{report:?}");
    assert_eq!(fed.moments[0].time.get(), (START / STEP + 1) * STEP);
    assert_eq!(fed.moments[0].expiries[0].quotes, made.moments[0].expiries[0].quotes);
    assert_eq!(report.spot_from.get("forward"), Some(&1));
    let [sold] = fed.trades[..] else { panic!("{:?}", fed.trades) };
    let expiry = Timestamp::new(week);
    let series = Series { expiry, strike: "30000".parse().unwrap(), kind: Kind::Call };
    assert_eq!((sold.series, sold.size), (series, "-2".parse::<Size>().unwrap()));
    assert_eq!(report.left_out.trades_other, 1);
}

fn small() -> &'static Recorded {
    static SMALL: OnceLock<Recorded> = OnceLock::new();
    SMALL.get_or_init(|| {
        let text = chain(&[("A", START + 7 * DAY, ALWAYS), ("B", START + 14 * DAY, ALWAYS)], 4);
        make(file("small.csv", &text), None, Choice::default()).0
    })
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_and_they_read_back() {
    let text = chain(&[("A", START + 7 * DAY, ALWAYS), ("B", START + 14 * DAY, ALWAYS)], 4);
    let path = file("threads.csv", &text);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let files = Files { chain: path.clone(), underlying: "X".to_owned(), ..Files::default() };
        pool.install(|| Recorded::make(&files, Choice::default(), |_| ()).unwrap().0)
    };
    let (one, three) = (of(1), of(3));
    assert_eq!(one.digest(), three.digest());
    assert_eq!(Recorded::from_bytes(&one.to_bytes()).unwrap(), one);
    assert_eq!(one.sources[0].sha256.len(), 64);
    assert_eq!(one.moments, small().moments);
}

#[test]
fn bytes_that_are_no_recording_are_refused() {
    let bytes = small().to_bytes();
    let said = |bytes: &[u8]| Recorded::from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(said(b"PK"), "begins with `PK`, not with `amm-recorded 1`");
    assert_eq!(said(&[&bytes[..], b"x"].concat()), "1 bytes after its end");
    assert!(said(&bytes[..bytes.len() - 1]).starts_with("ends or breaks off"));
    let mut disordered = small().clone();
    disordered.moments.swap(0, 1);
    assert_eq!(said(&disordered.to_bytes()), "moments are not in order of time");
    let mut crossed = small().clone();
    let far = crossed.moments[0].expiries[1].slice;
    let near = std::mem::replace(&mut crossed.moments[0].expiries[0].slice, far);
    crossed.moments[0].expiries[1].slice = near;
    assert!(said(&crossed.to_bytes()).contains("calendar arbitrage"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No bytes make reading a recording panic.
    #[test]
    fn any_change_of_bytes_is_read_or_refused(at in 15_usize..4000, put in any::<u8>()) {
        let mut bytes = small().to_bytes();
        let at = at % bytes.len();
        bytes[at] = put;
        let _ = Recorded::from_bytes(&bytes);
    }
}

#[test]
fn what_cannot_be_recorded_is_said() {
    let said =
        |files: Files| Recorded::make(&files, Choice::default(), |_| ()).unwrap_err().to_string();
    let text = chain(&[("A", START + 7 * DAY, ALWAYS)], 1);
    let path = file("said.csv", &text);
    let name = path.display().to_string();
    let files = Files { chain: path.clone(), underlying: "Z".to_owned(), ..Files::default() };
    assert_eq!(said(files), format!("{name}:1: has no snapshot of Z"));
    let files = Files {
        chain: path.clone(),
        flow: Some(path),
        underlying: "X".to_owned(),
        ..Files::default()
    };
    assert_eq!(said(files), format!("{name}:1: holds option chains, not trades"));
    let bare = chain(&[("A", START + 7 * DAY, &|_| None)], 1);
    let path = file("bare.csv", &bare);
    let name = path.display().to_string();
    let files = Files { chain: path, underlying: "X".to_owned(), ..Files::default() };
    assert_eq!(
        said(files),
        format!("{name}:1: no moment of X: of 1 snapshots none could be fitted")
    );
}

fn real(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("AMM_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let file = shared.join("data").join(name);
    if file.is_file() {
        return Some(file);
    }
    eprintln!("skipped: no {} (set AMM_DATA to the folder that holds data)", file.display());
    None
}

#[test]
fn a_real_round_of_either_coin_is_recorded() {
    let Some(chain) = real("deribit_chain_snapshot_20230412.csv") else { return };
    let Some(index) = real("deribit_index_20230412_5min.csv") else { return };
    let Some(flow) = real("deribit_flow_20230412_5min.csv.gz") else { return };
    for (underlying, trades) in [("BTC", 4500..4517), ("ETH", 5380..5391)] {
        let files = Files {
            chain: chain.clone(),
            flow: Some(flow.clone()),
            index: Some(index.clone()),
            underlying: underlying.to_owned(),
            step_s: 900,
        };
        let (recorded, report) = Recorded::make(&files, Choice::default(), |_| ()).unwrap();
        assert_eq!((recorded.moments.len(), report.moments_fresh), (1, 1));
        assert_eq!(recorded.listed.len(), 9);
        let (quotes, inside) = report.inside();
        assert!(inside * 100 >= quotes * 97, "{inside} of {quotes}");
        // All but those in expiries first listed on the next day.
        assert!(recorded.trades.len() <= trades.end, "{}", recorded.trades.len());
        let left = &report.left_out;
        let counted = recorded.trades.len() as u64
            + left.trades_unlisted
            + left.trades_other
            + left.flow_without_side
            + left.flow_without_size;
        assert_eq!(counted, 10_791, "each row of flow is somewhere");
    }
}

#[test]
fn real_prices_are_paths() {
    let minute = Seconds::new(60).unwrap();
    if let Some(path) = real("btc_perp_1m_20220101.csv.gz") {
        let candles = Reader::<Candle>::open(&path).unwrap();
        let points = candles.map(|candle| Point::from(&candle.unwrap()));
        let path = Path::new(points, minute, minute).unwrap();
        assert_eq!((path.returns.len(), path.silent), (21_658, 0));
    }
    if let Some(path) = real("eth_usdc_pool_1m_202308.csv.gz") {
        let rows: Vec<Point> = Reader::<amm_sim::data::PoolRow>::open(&path)
            .unwrap()
            .map(|row| Point::from(&row.unwrap()))
            .collect();
        // The minute that lacks on 14 August must be allowed for, and is counted.
        let refused = Path::new(rows.iter().copied(), minute, minute).unwrap_err().to_string();
        assert_eq!(refused, "no price from 1691971140000 ms to 1691971260000 ms, longer than 60 s");
        let path = Path::new(rows, minute, Seconds::new(120).unwrap()).unwrap();
        assert_eq!((path.returns.len(), path.silent), (7199, 1));
        // The worst minute of 17 August.
        let least = path.returns.iter().min().unwrap();
        assert!(*least < -0.027, "{least}");
    }
    if let Some(path) = real("deribit_index_20230412_5min.csv") {
        let rows = Reader::<IndexRow>::open(&path).unwrap().map(Result::unwrap);
        let btc = rows.filter(|row| row.underlying == "BTC").map(|row| Point::from(&row));
        let path = Path::new(btc, Seconds::new(300).unwrap(), Seconds::new(3700).unwrap()).unwrap();
        assert_eq!(path.longest.unwrap().length_ms(), 3_600_124);
        assert!(path.silent >= 11, "{}", path.silent);
    }
}
