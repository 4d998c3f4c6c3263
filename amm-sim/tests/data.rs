//! Market data: every format in small, every class of mistake, and the real files.

use amm_core::num::{Price, Size, Timestamp, Vol};
use amm_rows::Failure;
use amm_sim::data::{
    BookSummary, Candle, ChainRow, DeribitTrade, Description, FlowRow, Format, FundingRow,
    IndexRow, Input, PoolRow, Reader, Row, TardisQuote, TardisTrade,
};
use proptest::prelude::*;
use std::io::Cursor;
use std::path::PathBuf;

fn input(text: impl Into<Vec<u8>>) -> Input {
    Input::new(Cursor::new(text.into()), "f").unwrap()
}

fn rows<T: Row>(text: &str) -> Result<Vec<T>, Failure> {
    Reader::new(input(text))?.collect()
}

fn describe(text: impl Into<Vec<u8>>) -> Result<Description, Failure> {
    Description::read(input(text), |_, _| ())
}

const CHAIN: &str = "snap_ms,ts_ms,instrument,underlying,expiry_ms,strike,type,bid,bid_amount,ask,ask_amount,mark,mark_iv,bid_iv,ask_iv,last,underlying_price,index_price,delta,gamma,vega,theta,open_interest,volume_24h\n\
    1681300803393,1681300803401,BTC-13APR23-27500-C,BTC,1681372800000,27500,C,0.0785,4.5,0.09,4.5,0.0849,85.96,0,168.98,,30043.3008,30040.06,0.98515,0.00003,0.53895,-23.16447,0,\n";
const FLOW: &str = "t0_ms,t1_ms,instrument,underlying,expiry_ms,strike,type,d_open_interest,d_volume_24h,last_prev,last_new,side_guess,bid_prev,ask_prev,mark_prev,mark_new,mark_iv_prev,mark_iv_new,index_prev,index_new\n\
    1681296001356,1681296304045,BTC-21APR23-25500-P,BTC,1682064000000,25500,P,-0.5,0.2,0.0025,0.0025,sell?,0.002,0.0025,0.0022,0.0022,66.35,66.38,30028.5,30030.15\n";
const INDEX: &str =
    "snap_ms,underlying,index_price\n1681296001356,BTC,30019.46\n1681296123840,ETH,1872.73\n";
const CANDLES: &str = "ts_ms,open,high,low,close,volume_usd\n\
    1640991660000,46319.0,46385.0,46319.0,46377.0,218102.59507500002\n";
const POOL: &str = "ts_ms,open_tick,close_tick,low_tick,high_tick,net_usdc_raw,net_weth_raw,in_usdc_raw,in_weth_raw,liquidity,close_price_usdc,price_usdc\n\
    1691884800000,201101,201101,201101,201101,-1970524626,1066799650715290921,0,1066799650715290921,2391553663290390168,1848.1244,1848.12\n";
const FUNDING: &str = "ts_ms,underlying,funding_rate\n1577836800000,BTC,-0.00012359\n";
/// The example of the documentation of `public/get_last_trades_by_currency`.
const TRADES: &str = r#"{"jsonrpc": "2.0", "id": 1469, "result": {"trades": [
  {"trade_seq": 3471, "trade_id": "48077291", "timestamp": 1590470616101, "tick_direction": 2,
   "price": 0.032, "mark_price": 0.04070324, "iv": 74.74, "instrument_name": "BTC-25SEP20-6000-P",
   "index_price": 8899.93, "direction": "sell", "amount": 0.5}], "has_more": true}}"#;
/// That of `public/get_book_summary_by_currency`, with the fields added since, and a future.
const SUMMARY: &str = r#"{"jsonrpc": "2.0", "id": 3659, "result": [
  {"volume": 0.55, "underlying_price": 121.38, "underlying_index": "index_price",
   "quote_currency": "USD", "price_change": -26.7793594, "open_interest": 0.55, "mid_price": 0.2444,
   "mark_price": 0.152, "mark_iv": 60.86, "low": 0.34, "last": 0.34, "interest_rate": 0.207,
   "instrument_name": "ETH-22FEB19-140-P", "high": 0.34, "creation_timestamp": 1550227952163,
   "estimated_delivery_price": 121.4, "bid_price": 0.1488, "base_currency": "ETH", "ask_price": null},
  {"instrument_name": "ETH-PERPETUAL", "creation_timestamp": 1550227952163, "bid_price": 121.3,
   "ask_price": 121.4, "mark_price": 121.35}]}"#;
/// The example of the documentation of `options_chain`.
const TARDIS_CHAIN: &str = "exchange,symbol,timestamp,local_timestamp,type,strike_price,expiration,open_interest,last_price,bid_price,bid_amount,bid_iv,ask_price,ask_amount,ask_iv,mark_price,mark_iv,underlying_index,underlying_price,delta,gamma,vega,theta,rho\n\
    deribit,BTC-9JUN20-9875-P,1591574399413000,1591574400196008,put,9875,1591689600000000,0.1,0.0295,0.0205,15.0,55.91,0.0235,15.0,68.94,0.02210436,62.89,SYN.BTC-9JUN20,9756.36,-0.61752,0.00103,2.24964,-53.05655,-0.22796\n";
const TARDIS_TRADES: &str = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n\
    deribit,BTC-9JUN20-9875-P,1591574399413000,1591574400196008,48077291,buy,0.0235,2.5\n\
    deribit,BTC-PERPETUAL,1591574399414000,1591574400196009,48077292,unknown,9756.5,10\n";

const ALL: [(Format, &str, u64); 10] = [
    (Format::Chain, CHAIN, 1),
    (Format::Flow, FLOW, 1),
    (Format::Index, INDEX, 2),
    (Format::Candles, CANDLES, 1),
    (Format::PoolFlow, POOL, 1),
    (Format::Funding, FUNDING, 1),
    (Format::DeribitTrades, TRADES, 1),
    (Format::DeribitBookSummary, SUMMARY, 2),
    (Format::TardisOptionsChain, TARDIS_CHAIN, 1),
    (Format::TardisTrades, TARDIS_TRADES, 2),
];

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn vol(text: &str) -> Option<Vol> {
    Some(text.parse().unwrap())
}

#[test]
fn each_format_is_told_by_its_columns() {
    for (format, text, rows) in ALL {
        let found = describe(text).unwrap();
        assert_eq!((found.format, found.findings.rows), (format, rows), "{text}");
    }
    // In any order, among others, after a mark of the order of bytes.
    let found = describe("\u{feff}new,index_price, underlying ,snap_ms\nx,1.5,BTC,3\n").unwrap();
    assert_eq!(found.format, Format::Index);
}

#[test]
fn rows_hold_what_was_typed() {
    let row = &rows::<ChainRow>(CHAIN).unwrap()[0];
    assert_eq!((row.date.as_str(), row.expiry), ("13APR23", Timestamp::new(1_681_372_800)));
    assert_eq!((row.quote.bid_vol, row.quote.ask_vol), (None, vol("1.6898")));
    assert_eq!((row.quote.index, row.quote.volume), (Some(price("30040.06")), None));
    assert_eq!((row.last, row.greeks[3].unwrap().to_string().get(..9)), (None, Some("-23.16447")));

    let row = &rows::<FlowRow>(FLOW).unwrap()[0];
    // Half a contract was closed at least, though the day's volume grew by less.
    assert_eq!((row.size(), row.side.unwrap().sure), ("0.5".parse::<Size>().unwrap(), false));

    assert_eq!(rows::<IndexRow>(INDEX).unwrap()[1].price, price("1872.73"));
    assert_eq!(rows::<Candle>(CANDLES).unwrap()[0].close, price("46377"));
    assert_eq!(rows::<PoolRow>(POOL).unwrap()[0].net_weth, 1_066_799_650_715_290_921);
    let rate = rows::<FundingRow>(FUNDING).unwrap()[0].rate;
    assert_eq!(rate, amm_core::num::Real::lit("-0.00012359"));

    let trade = &rows::<DeribitTrade>(TRADES).unwrap()[0];
    assert_eq!(trade.series.unwrap().to_string(), "1601020800-6000-put");
    assert_eq!((trade.sequence, trade.vol, trade.underlying()), (3471, vol("0.7474"), "BTC"));

    let summary = rows::<BookSummary>(SUMMARY).unwrap();
    let option = summary[0].option.as_ref().unwrap();
    assert_eq!((option.quote.ask, option.quote.index), (Price::MIN, Some(price("121.4"))));
    assert_eq!((option.quote.mark_vol, &summary[1].option), (vol("0.6086"), &None));

    let quote = &rows::<TardisQuote>(TARDIS_CHAIN).unwrap()[0];
    let option = quote.option.as_ref().unwrap();
    assert_eq!((option.date.as_str(), option.underlying.as_str()), ("9JUN20", "BTC"));
    assert_eq!(
        (option.quote.ask_vol, option.quote.mark),
        (vol("0.6894"), Some(price("0.02210436")))
    );

    let linear = TARDIS_CHAIN.replace("BTC-", "BTC_USDC-");
    assert_ne!(linear, TARDIS_CHAIN);
    assert_eq!(rows::<TardisQuote>(&linear).unwrap()[0].option, None);
    let trades = rows::<TardisTrade>(TARDIS_TRADES).unwrap();
    assert_eq!((trades[1].side, trades[1].series), (None, None));
}

/// What is in a file and what is said of it.
const MISTAKES: &[(&str, &str)] = &[
    ("", "f:1: has no rows to tell its format by"),
    ("[]", "f:1: has no rows to tell its format by"),
    ("a,b\n1,2\n", "f:1: is no format that is understood: found a,b"),
    (
        "ts_ms,open,high,low\n",
        "f:1: is no format that is understood: found ts_ms,open,high,low; candles lacks close",
    ),
    ("snap_ms,underlying,index_price\n1,BTC\n", "f:2: has 2 fields, the header 3"),
    (
        "snap_ms,underlying,index_price\n1,BTC,1\n2,BTC,1x\n",
        "f:3: column index_price: unexpected `x` at byte 1: \"1x\"",
    ),
    ("snap_ms,underlying,index_price\n1,BTC,0\n", "f:2: column index_price: must be above 0"),
    ("snap_ms,underlying,index_price\n1,,1\n", "f:2: column underlying: is empty"),
    (
        "snap_ms,underlying,index_price\n5,BTC,1\n4,BTC,1\n",
        "f:3: column snap_ms: 4 is before the 5 of line 2",
    ),
    (
        "snap_ms,underlying,index_price\n5,BTC,1\n5,ETH,1\n5,BTC,1\n",
        "f:4: column snap_ms: the row of line 2 again: 5 BTC",
    ),
    (
        "ts_ms,open,high,low,close\n1,10,12,11,12\n",
        "f:2: column open: 10 is outside the bar's 11 to 12",
    ),
    ("ts_ms,underlying,funding_rate\n1,BTC,\n", "f:2: column funding_rate: is empty"),
    (
        "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\nx,y,1,2,3,bid,1,1\n",
        "f:2: column side: must be buy, sell or unknown, got \"bid\"",
    ),
    (
        "{\"jsonrpc\": \"2.0\",\n \"error\": {\"code\": 10028, \"message\": \"too_many_requests\"}}",
        "f:2: is an exchange's message of an error, not data (byte 2 of the line)",
    ),
    ("[{\"a\" 1}]", "f:1: `1` where `:` is due (byte 7 of the line)"),
    ("[{\"a\": 01x}]", "f:1: no value: 01x (byte 11 of the line)"),
    ("[{\"a\": 1", "f:1: ends where `,` or `}` is due (byte 9 of the line)"),
    ("[\n1]", "f:2: `1` where a row, `{` is due (byte 1 of the line)"),
];

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, want) in MISTAKES {
        let error = describe(*text).unwrap_err();
        assert_eq!(error.to_string(), *want, "{text}");
        if want.contains("format") {
            let help = error.remedy().unwrap();
            for format in Format::ALL {
                assert!(help.contains(&format!("\n    {format}: ")), "{help}");
            }
        }
    }
    // A value's own line and place, in a text of many lines.
    let error = describe(TRADES.replace("8899.93", "\"x\"")).unwrap_err().to_string();
    assert_eq!(
        error,
        "f:4: column index_price: unexpected `x` at byte 0: \"x\" (byte 4 of the line)"
    );
    let error = describe(TRADES.replace("direction\": \"sell", "d\": \"sell")).unwrap_err();
    assert!(error.to_string().contains("Deribit trades lacks direction"), "{error}");
}

#[test]
fn a_column_that_lacks_is_named() {
    let Err(error) = Reader::<FlowRow>::new(input(CHAIN)) else { panic!("a chain is no flow") };
    let error = error.to_string();
    assert!(error.starts_with("f:1: missing column t0_ms, t1_ms, d_open_interest,"), "{error}");
    // Of JSON each row is asked, for each may have its own keys.
    let error = rows::<DeribitTrade>("[{\"timestamp\": 1}]").unwrap_err().to_string();
    assert_eq!(error, "f:1: column trade_id: is missing");
}

fn trade(ms: u64, id: u64, sequence: u64) -> String {
    format!(
        r#"{{"trade_seq":{sequence},"trade_id":"{id}","timestamp":{ms},"price":0.03,"instrument_name":"BTC-25SEP20-6000-P","direction":"buy","amount":1}}"#
    )
}

#[test]
fn pages_of_trades_may_overlap_and_what_lacks_is_found() {
    // One answer a line, the newest first, the last of one page again on the next.
    let page = |trades: &[String]| format!(r#"{{"result":{{"trades":[{}]}}}}"#, trades.join(","));
    let text = [
        page(&[trade(30, 3, 9), trade(20, 2, 8)]),
        page(&[trade(20, 2, 8), trade(20, 1, 5)]),
        page(&[]),
        trade(10, 0, 4),
    ]
    .join("\n");
    let mut reader = Reader::<DeribitTrade>::new(input(text.as_str())).unwrap();
    let ids: Vec<String> = reader.by_ref().map(|trade| trade.unwrap().id).collect();
    assert_eq!(ids, ["3", "2", "1", "0"]);
    let findings = reader.findings();
    assert!(reader.falls());
    assert_eq!((findings.rows, findings.duplicates.count, findings.missing.count), (5, 1, 2));
    assert_eq!(findings.duplicates.first[0].line, 2);
    assert_eq!(findings.missing.first[0].what, "BTC-25SEP20-6000-P from 8 to 5");
    // A trade that goes back up is against the order.
    let error = describe(format!("{text}{}", trade(11, 7, 9))).unwrap_err().to_string();
    assert!(error.contains("11 is after the 10 of line 4"), "{error}");
}

#[test]
fn a_file_that_ends_in_its_middle_is_not_taken_for_whole() {
    use std::io::Write;
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zipped.write_all(INDEX.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap();
    assert_eq!(describe(zipped.clone()).unwrap().findings.rows, 2);
    let error = describe(zipped[..zipped.len() - 9].to_vec()).unwrap_err();
    assert!(matches!(error, Failure::Read { .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// No bytes make a reader panic.
    #[test]
    fn any_bytes_are_read_or_refused(
        which in 0..ALL.len(),
        at in 0_usize..4000,
        cut in 0_usize..40,
        put in proptest::collection::vec(any::<u8>(), 0..40),
        zip in any::<bool>(),
    ) {
        let mut bytes = ALL[which].1.as_bytes().to_vec();
        let at = at % (bytes.len() + 1);
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, put);
        if zip {
            bytes.splice(0..0, [0x1f, 0x8b, 8, 0]);
        }
        match describe(bytes) {
            Ok(found) => prop_assert!(found.findings.rows < 10),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    /// Nor do texts of brackets, quotes and digits.
    #[test]
    fn any_brackets_are_read_or_refused(text in "(\\[|\\]|\\{|\\}|\"|,|:|1|a|-|\\\\|\"result\":|\"trades\":\\[|\n){0,40}") {
        let _ = describe(text);
    }
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

/// File, format, rows, and of each series its name, times, gaps and times left out.
type Known = (&'static str, Format, u64, &'static [(&'static str, u64, u64, u64)]);

/// As the folder's description and a look at the files with another program have it.
const KNOWN: &[Known] = &[
    (
        "deribit_chain_20230412_15min.csv.gz",
        Format::Chain,
        166_588,
        &[("BTC", 139, 1, 3), ("ETH", 138, 1, 3)],
    ),
    (
        "deribit_chain_snapshot_20230412.csv",
        Format::Chain,
        1124,
        &[("BTC", 1, 0, 0), ("ETH", 1, 0, 0)],
    ),
    (
        "deribit_flow_20230412_5min.csv.gz",
        Format::Flow,
        10_791,
        &[("BTC", 410, 2, 13), ("ETH", 410, 1, 13)],
    ),
    (
        "deribit_index_20230412_5min.csv",
        Format::Index,
        825,
        &[("BTC", 413, 1, 11), ("ETH", 412, 1, 12)],
    ),
    ("btc_perp_1m_20220101.csv.gz", Format::Candles, 21_659, &[("", 21_659, 0, 0)]),
    ("eth_usdc_pool_1m_202308.csv.gz", Format::PoolFlow, 7199, &[("", 7199, 1, 1)]),
    (
        "binance_funding_8h_2020_2021.csv",
        Format::Funding,
        4386,
        &[("BTC", 2193, 0, 0), ("ETH", 2193, 0, 0)],
    ),
];

#[test]
fn the_real_files_are_what_their_description_says() {
    for (name, format, rows, series) in KNOWN {
        let Some(path) = real(name) else { return };
        let found = Description::read(Input::open(&path).unwrap(), |_, _| ()).unwrap();
        assert_eq!((found.format, found.findings.rows), (*format, *rows), "{name}");
        let spans = found.findings.spans.iter();
        let spans: Vec<_> = spans
            .map(|(name, span)| (name.as_str(), span.times, span.gaps, span.gaps_missing))
            .collect();
        assert_eq!(spans, *series, "{name}");
        assert_eq!((found.findings.duplicates.count, found.findings.missing.count), (0, 0));
    }
}

#[test]
fn the_gaps_of_the_real_files_are_found() {
    let gap = |name: &str, series: &str| {
        let path = real(name)?;
        let found = Description::read(Input::open(&path).unwrap(), |_, _| ()).unwrap();
        let first = found.findings.spans[series].gaps_first[0];
        Some((first.line, first.from_ms, first.to_ms))
    };
    // An hour of 13 April, from 07:55; the minute after 23:59 of 13 August.
    if let Some(found) = gap("deribit_index_20230412_5min.csv", "BTC") {
        assert_eq!(found, (514, 1_681_372_503_796, 1_681_376_103_920));
    }
    if let Some(found) = gap("deribit_chain_20230412_15min.csv.gz", "BTC") {
        assert_eq!((found.1, found.2), (1_681_372_503_796, 1_681_376_103_920));
    }
    if let Some(found) = gap("eth_usdc_pool_1m_202308.csv.gz", "") {
        assert_eq!(found, (1442, 1_691_971_140_000, 1_691_971_260_000));
    }
}

#[test]
fn the_command_says_what_files_hold() {
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_amm-sim"))
            .arg("data")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let file = |name: &str, text: &str| {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let good = file(
        "good.csv",
        "snap_ms,underlying,index_price\n0,BTC,1\n60000,BTC,1\n120000,BTC,1\n600000,BTC,1\n",
    );
    let bad = file("bad.csv", "snap_ms,underlying,index_price\n0,BTC,x\n");
    let (code, said, _) = run(&[&good]);
    assert_eq!(code, Some(0));
    let want = format!(
        "{good}\n  index prices, 4 rows\n  \
         BTC: 4 times, 1970-01-01T00:00:00Z to 1970-01-01T00:10:00Z, every 60 s\n    \
         1 gap, 7 times left out\n    \
         gap of 480 s before line 5: 1970-01-01T00:02:00Z to 1970-01-01T00:10:00Z\n"
    );
    assert_eq!(said, want);
    let (code, said, told) = run(&["--json", &bad, &good]);
    assert_eq!(code, Some(2));
    assert_eq!(
        told.lines().next(),
        Some(&*format!("{bad}:2: column index_price: unexpected `x` at byte 0: \"x\""))
    );
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&json["format"], &json["rows"]), (&"index".into(), &4.into()));
    assert_eq!(json["spans"]["BTC"]["gaps_missing"], 7);
}
