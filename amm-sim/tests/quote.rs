//! `amm-sim quote` on small markets: what trades cost, what they undo, and what is said about mistakes.

use amm_core::book::Series;
use amm_core::num::{Seconds, Size};
use amm_core::pricing::Kind;
use amm_sim::market::Market;
use amm_sim::quote::{Action, Deal, Session};
use num_bigint::BigInt;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const MARKET: &str = include_str!("markets/two_expiries.toml");

const HEADER: &str = "action,expiry,strike,type,size,seconds";
const ADDED: &str =
    "base,skew,flow,spread,fee,total,iv_base,iv_before,iv_after,iv_paid,max_loop_gain,error";

/// A file of its own for each test.
fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn amm_sim(arguments: &[&str], input: &str, environment: &[(&str, &str)]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_amm-sim"))
        .arg("quote")
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    let feeder = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What trades come to in the market above: exit code, standard output, standard error.
fn traded(name: &str, rows: &str, more: &[&str]) -> (i32, String, String) {
    let market = file(&format!("{name}.toml"), MARKET);
    let mut arguments = vec!["--market", market.to_str().unwrap(), "--trades", "-"];
    arguments.extend(more);
    let output = amm_sim(&arguments, rows, &[]);
    let code = output.status.code().unwrap();
    (code, text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

type Row = BTreeMap<String, String>;

/// Rows that must all be done, checked on the way.
fn done(name: &str, rows: &[&str]) -> Vec<Row> {
    let rows = format!("{HEADER}\n{}\n", rows.join("\n"));
    let (code, out, err) = traded(name, &rows, &["--check"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let rows: Vec<Row> = reader.deserialize().map(|row| row.unwrap()).collect();
    assert!(rows.iter().all(|row| row["error"].is_empty()), "{out}");
    rows
}

/// A decimal in units of 10⁻⁸⁰, exactly.
fn exact(decimal: &str) -> BigInt {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    format!("{whole}{fraction:0<80}").parse().unwrap()
}

/// Base, skew and flow of some rows, exactly.
fn potential<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BigInt {
    let part = |row: &'a Row| ["base", "skew", "flow"].map(|part| exact(&row[part]));
    rows.into_iter().flat_map(part).sum()
}

fn vol(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn selling_back_restores_everything_and_costs_only_charges() {
    let rows = done(
        "back",
        &[
            "buy,week,30000,C,300,",
            "buy,month,26000,P,120.5,",
            "buy,week,34000,call,77.000000001,",
            "sell,week,30000,c,300,",
            "sell,week,34000,CALL,77.000000001,",
            "sell,month,26000,put,120.5,",
            "quote,week,30000,C,300,",
        ],
    );
    assert_eq!(potential(&rows[..6]), BigInt::ZERO);
    assert_eq!(rows[5]["max_loop_gain"], "0");
    assert_ne!(rows[2]["max_loop_gain"], "0");
    // All that was quoted before the first trade is quoted again, to the last digit.
    let columns = ADDED.split(',').chain(["expiry", "strike"]);
    assert!(columns.into_iter().all(|column| rows[0][column] == rows[6][column]));
    assert!(vol(&rows[0], "iv_after") > vol(&rows[0], "iv_paid"));
    assert!(vol(&rows[0], "iv_paid") > vol(&rows[0], "iv_before"));
    let paid: BigInt = rows[..6].iter().map(|row| exact(&row["total"])).sum();
    let charges = rows[..6].iter().flat_map(|row| [exact(&row["spread"]), exact(&row["fee"])]);
    let charges: BigInt = charges.sum();
    assert!(paid > charges && paid - charges < exact("0.000000013"));
}

#[test]
fn a_quote_is_the_trade_that_follows() {
    let rows = done("quote", &["quote,week,32000,P,40,", "buy,week,32000,P,40,"]);
    assert!(ADDED.split(',').all(|column| rows[0][column] == rows[1][column]));
    let rows = done("sold", &["quote,week,32000,P,-40,", "sell,week,32000,P,40,"]);
    assert!(ADDED.split(',').all(|column| rows[0][column] == rows[1][column]));
    assert!(rows[0]["total"].starts_with('-'));
}

#[test]
fn splitting_an_order_saves_nothing() {
    let whole = done("whole", &["buy,week,30000,C,100,"]);
    let parts = done(
        "parts",
        &["buy,week,30000,C,1,", "buy,week,30000,C,60.25,", "buy,week,30000,C,38.75,"],
    );
    assert_eq!(potential(&whole), potential(&parts));
    let paid: BigInt = parts.iter().map(|row| exact(&row["total"])).sum();
    assert!(paid >= exact(&whole[0]["total"]));
    assert_eq!(whole[0]["iv_after"], parts[2]["iv_after"]);
}

#[test]
fn waiting_fades_the_flow_and_nothing_else() {
    let rows = done(
        "wait",
        &[
            "buy,week,30000,C,300,",
            "quote,week,30000,C,1,",
            "wait,,,,,1800",
            "quote,week,30000,C,1,",
            "wait,,,,,500000",
            "quote,week,30000,C,1,",
        ],
    );
    let flow = [1, 3, 5].map(|at| exact(&rows[at]["flow"]));
    assert!(flow[0] > flow[1] && flow[1] > flow[2] && flow[2] > BigInt::ZERO);
    assert!([3, 5].into_iter().all(|at| rows[at]["skew"] == rows[1]["skew"]));
    assert!([3, 5].into_iter().all(|at| rows[at]["base"] == rows[1]["base"]));
    assert_eq!(rows[2]["total"], "");
    assert_eq!(rows[2]["max_loop_gain"], rows[0]["max_loop_gain"]);
    assert!(vol(&rows[3], "iv_before") < vol(&rows[1], "iv_before"));
}

#[test]
fn buying_short_dated_gamma_raises_near_expiries_most() {
    let rows = done(
        "near",
        &[
            "quote,week,30000,C,1,",
            "quote,month,30000,C,1,",
            "buy,week,30000,C,300,",
            "quote,week,30000,C,1,",
            "quote,month,30000,C,1,",
        ],
    );
    let rise = |before: usize, after: usize| {
        vol(&rows[after], "iv_before") - vol(&rows[before], "iv_before")
    };
    assert!(rise(0, 3) > 2.0 * rise(1, 4) && rise(1, 4) > 0.0);
}

#[test]
fn columns_come_in_any_order_and_others_stay() {
    let rows = "\u{feff}# a comment\r\n\"size\",note,type,strike, expiry ,action\r\n5,\"a,\"\"b\",p,30000,week,BUY\r\n\r\n\
                -5,,p,30000,week,quote";
    let (code, out, err) = traded("columns", rows, &[]);
    assert_eq!((code, &*err), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], format!("\"size\",note,type,strike, expiry ,action,{ADDED}"));
    assert!(lines[1].starts_with("5,\"a,\"\"b\",p,30000,week,BUY,"));
    assert_eq!(lines.len(), 3);
    let empty = traded("empty", &format!("{HEADER}\n"), &[]);
    assert_eq!(empty, (0, format!("{HEADER},{ADDED}\n"), String::new()));
}

#[test]
fn json_lines_hold_strings() {
    let rows = format!("{HEADER}\nbuy,week,30000,C,5,\nwait,,,,,60\nbuy,week,30000,C,x,\n");
    let (code, out, _) = traded("json", &rows, &["--json"]);
    assert_eq!(code, 2);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0]["total"].is_string() && lines[0]["error"].is_null());
    assert_eq!((&lines[1]["total"], &lines[1]["seconds"]), (&Value::Null, &"60".into()));
    assert_eq!(lines[2]["error"], "<stdin>:4: column size: unexpected `x` at byte 0, in `x`");
    assert!(out.starts_with("{\"action\":\"buy\",\"expiry\":\"week\",\"strike\":\"30000\""));
}

#[test]
fn a_refusal_is_a_result_and_a_mistake_is_not() {
    let rows = format!(
        "{HEADER}\nbuy,week,30000,C,100000,\nwait,,,,,700000\nbuy,week,30000,C,1,\nbuy,month,30000,C,1,\n"
    );
    let (code, out, err) = traded("refused", &rows, &["--check"]);
    assert_eq!((code, &*err), (0, "2 of 4 rows are refused by the market: see column error\n"));
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[1].contains("\"<stdin>:2: bucket 0, band 0 would have a loop gain of 6.2"),
        "{out}"
    );
    assert!(lines[3].contains("<stdin>:4: series 1700604800-30000-call has expired"), "{out}");
    assert!(lines[4].ends_with(','), "{out}");
}

/// Each bad row, and what is said about it.
const BAD: &[(&str, &str)] = &[
    ("bye,week,30000,C,1,", "column action: there is no action `bye`"),
    ("buy,weak,30000,C,1,", "column expiry: there is no expiry `weak`, only week, month"),
    (
        "buy,week,30500,C,1,",
        "column strike: week has no strike 30500, the nearest being 30000 and 32000",
    ),
    ("buy,week,1,C,1,", "column strike: week has no strike 1, the nearest being 26000"),
    ("buy,week,,C,1,", "column strike: empty where a number is due, in ``"),
    ("buy,week,30000,straddle,1,", "column type: neither a call nor a put: `straddle`"),
    ("buy,week,30000,C,0,", "column size: a size is above 0 and at most 1000000000, not 0"),
    ("sell,week,30000,C,-1,", "column size: a size is above 0 and at most 1000000000, not -1"),
    ("quote,week,30000,C,0,", "column size: a size is not 0 and at most 1000000000, not 0"),
    ("buy,week,30000,C,1e10,", "column size: a size is above 0 and at most 1000000000, not 1e10"),
    ("buy,week,30000,C,0.0000000001,", "column size: too fine to keep: it has digits below 10^-9"),
    ("buy,week,30000,C,1 000,", "column size: unexpected ` ` at byte 1, in `1 000`"),
    ("wait,week,30000,C,1,", "column seconds: empty where a number is due, in ``"),
    ("wait,,,,,-1", "column seconds: time in seconds must lie in 0..=946080000, got -1, in `-1`"),
    ("wait,,,,,0.5", "column seconds: too fine to keep: it has digits below 10^0, in `0.5`"),
    ("buy,week,30000,C,1", "5 fields where the header has 6"),
    ("buy,week,30000,C,1,,", "7 fields where the header has 6"),
    ("buy,week,30000,C,1,\"", "a quote is never closed"),
];

#[test]
fn bad_rows_are_named_and_the_rest_is_done() {
    for (row, want) in BAD {
        let rows = format!("{HEADER}\nbuy,week,30000,C,1,\n{row}\n");
        let (code, out, err) = traded("bad", &rows, &["--check"]);
        assert_eq!(code, 2, "{row}: {out}");
        let first = format!("1 of 2 rows are bad: see column error; the first:\n<stdin>:3: {want}");
        assert!(err.starts_with(&first), "{row}: {err}");
        assert!(err.contains("\n  help: "), "{row}: {err}");
        let said = want.replace('"', "\"\"");
        assert!(
            out.lines().last().unwrap().contains(&format!("<stdin>:3: {said}")),
            "{row}: {out}"
        );
    }
    let (code, out, _) = traded("on", &format!("{HEADER}\nx,,,,,\nbuy,week,30000,C,1,\n"), &[]);
    assert_eq!(code, 2);
    assert!(out.lines().nth(2).unwrap().ends_with(','), "{out}");
}

#[test]
fn tables_without_a_usable_header_are_refused() {
    for (rows, want) in [
        ("", "<stdin>:1: no header row; it must name the columns"),
        ("# only\n\n", "<stdin>:1: no header row; it must name the columns"),
        (
            "\naction,expiry,type,size\n",
            "<stdin>:2: missing column strike (found action,expiry,type,size)",
        ),
        ("action,action,expiry,strike,type,size\n", "<stdin>:1: more than one column action"),
    ] {
        let (code, out, err) = traded("header", rows, &[]);
        assert_eq!((code, &*out), (2, ""), "{err}");
        assert!(err.starts_with(want) && err.contains("\n  help: "), "{err}");
    }
    let again = format!("{HEADER},base\n");
    assert!(traded("twice", &again, &["--json"]).2.contains("column base would appear twice"));
}

#[test]
fn an_unusable_market_file_is_refused() {
    let path = file("mistake.toml", &MARKET.replace("depth", "deepth"));
    let path = path.to_str().unwrap();
    let output = amm_sim(&["--market", path], "", &[]);
    assert_eq!(output.status.code(), Some(2));
    let want = format!("{path}:2:1: deepth: there is no such key\n  help: did you mean `depth`?\n");
    assert_eq!(text(&output.stderr), want);
    let absent = amm_sim(&["--market", "/nowhere.toml"], "", &[]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(text(&absent.stderr).starts_with("/nowhere.toml: "));
}

const TABLE: &str = "\
week  7 days  forward 30000  discount 1  GEX -431.74k
 strike    bid%  mid%  ask%     bid     mid     ask delta     gamma  vega  skew  flow      GEX
  26000 C 59.17 62.94 66.18 4037.33 4051.20 4065.07  0.96 0.0000338  3.50  8.19  2.85        0
        P 62.47 62.94 63.40   49.33   51.20   53.07 -0.04 0.0000338  3.50  8.19  2.85        0
  28000 C 62.44 63.50 64.56 2302.17 2314.66 2327.15  0.81  0.000109 11.33 31.25  9.22        0
        P 62.95 63.50 64.05  308.17  314.66  321.15 -0.19  0.000109 11.33 31.25  9.22        0
  30000 C 63.04 63.72 64.40 1044.51 1055.77 1067.03  0.52   0.00016 16.56 48.13 13.47 -431.74k
        P 63.04 63.72 64.40 1044.51 1055.77 1067.03 -0.48   0.00016 16.56 48.13 13.47        0
  32000 C 62.98 63.54 64.10  360.48  367.77  375.06  0.23  0.000122 12.65 35.27 10.29        0
        P 62.52 63.54 64.55 2354.48 2367.77 2381.06 -0.77  0.000122 12.65 35.27 10.29        0
  34000 C 62.63 63.12 63.60   92.23   95.30   98.36  0.07 0.0000547  5.67 14.08  4.61        0
        P 60.63 63.12 65.41 4080.23 4095.30 4110.36 -0.93 0.0000547  5.67 14.08  4.61        0

month  30 days  forward 30100  discount 0.995  GEX 8.96k
 strike    bid%  mid%  ask%     bid     mid     ask delta     gamma  vega  skew  flow      GEX
  26000 C 59.59 60.71 61.82 4594.60 4619.44 4644.28  0.82 0.0000494 22.06 13.34  3.80        0
        P 60.14 60.71 61.27  527.34  539.94  552.54 -0.17 0.0000494 22.06 13.34  3.80    8.96k
  30000 C 49.61 50.27 50.92 1745.44 1767.69 1789.95  0.53 0.0000929 34.10 25.71  7.15        0
        P 49.62 50.27 50.91 1646.24 1668.19 1690.15 -0.46 0.0000929 34.10 25.71  7.15        0
32000.5 C 48.74 49.33 49.91  937.73  956.48  975.24  0.35 0.0000888 31.96 24.71  6.83        0
        P 48.57 49.33 50.09 2823.05 2847.48 2871.91 -0.64 0.0000888 31.96 24.71  6.83        0

pool  net delta -158.4471  GEX -422.79k for 1 %  paid for skew 6916.09, for flow 2776.29
loop gain    < -1.5 sd   -1.5..-0.5    -0.5..0.5     0.5..1.5     > 1.5 sd
week          0.017387     0.040792     0.052415     0.041235     0.018223
month        -0.001403    -0.001625    -0.000904    -0.000253    -0.000031
";

#[test]
fn the_grid_is_a_table() {
    let market = file("grid.toml", MARKET);
    let arguments = ["--market", market.to_str().unwrap(), "--trades", "-", "--grid"];
    let rows = format!("{HEADER}\nbuy,week,30000,C,300,\nsell,month,26000,P,20,\n");
    let output = amm_sim(&arguments, &rows, &[]);
    assert_eq!(text(&output.stdout), TABLE);
    assert!(TABLE.lines().all(|line| line.chars().count() <= 100));
    let forced = amm_sim(&arguments, &rows, &[("CLICOLOR_FORCE", "1")]);
    assert!(text(&forced.stdout).contains("\u{1b}[32m"));
    let never = amm_sim(&arguments, &rows, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]);
    assert_eq!(text(&never.stdout), TABLE);
}

#[test]
fn the_grid_as_json_has_every_digit() {
    let market = file("whole.toml", MARKET);
    let output = amm_sim(&["--market", market.to_str().unwrap(), "--json", "--check"], "", &[]);
    let grid: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(grid["expiries"][0]["name"], "week");
    assert_eq!(grid["expiries"][1]["options"].as_array().unwrap().len(), 6);
    let option = &grid["expiries"][1]["options"][1];
    assert_eq!((&option["type"], &option["strike"]), (&"put".into(), &"26000".into()));
    let sum = ["base", "skew", "flow_ask", "spread", "fee"]
        .map(|part| option[part].as_str().unwrap().parse::<f64>().unwrap());
    let ask: f64 = option["ask"].as_str().unwrap().parse().unwrap();
    assert!((sum.iter().sum::<f64>() - ask).abs() < 1e-9);
    assert_eq!(grid["loop_gain"][0]["bands"].as_array().unwrap().len(), 5);
    let keys = text(&output.stdout).find("\"iv_bid\"").zip(text(&output.stdout).find("\"gex\""));
    assert!(keys.is_some());
}

#[test]
fn more_series_than_an_account_can_hold_can_be_traded() {
    let strikes: Vec<String> = (1..=150).map(|step| format!("{}", 20_000 + 150 * step)).collect();
    let market = format!(
        "time_s = 0\ndepth = 1e12\n[[expiry]]\nname = \"e\"\nt_seconds = 2592000\nforward = 30000\nvol = 0.6\nstrikes = [{}]\n",
        strikes.join(", ")
    );
    let mut session = Session::new(&Market::read(&market, "m").unwrap());
    let listed = session.expiries()[0].clone();
    for &strike in &listed.strikes {
        for kind in [Kind::Call, Kind::Put] {
            let series = Series { expiry: listed.feed.expiry, strike, kind };
            session.act(&Action::Trade(Deal { series, size: Size::from_atoms(-1) })).unwrap();
        }
    }
    amm_core::engine::invariants::check(session.engine()).unwrap();
}

/// A step of a session in the market above.
fn action() -> impl Strategy<Value = Action> {
    let size = prop_oneof![
        4 => -400_000_000_000_i128..400_000_000_000,
        1 => -1_000_000_000_000_000_000_i128..=1_000_000_000_000_000_000,
        1 => -5_i128..5,
    ];
    let deal = (0_usize..8, any::<bool>(), size).prop_filter_map(
        "a size is not 0",
        |(line, call, atoms)| {
            let market = Market::read(MARKET, "").unwrap();
            let mut lines = market.expiries().iter().flat_map(|listed| {
                listed.strikes.iter().map(|strike| (listed.feed.expiry, *strike))
            });
            let (expiry, strike) = lines.nth(line)?;
            let kind = if call { Kind::Call } else { Kind::Put };
            let size = Size::from_atoms(atoms);
            (atoms != 0).then_some(Deal { series: Series { expiry, strike, kind }, size })
        },
    );
    prop_oneof![
        6 => deal.clone().prop_map(Action::Trade),
        2 => deal.prop_map(Action::Quote),
        1 => (0_u64..100_000).prop_map(|s| Action::Wait(Seconds::new(s).unwrap())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No session breaks an invariant, no quote differs from its trade, no refusal leaves a trace.
    #[test]
    fn no_session_breaks_what_must_hold(actions in prop::collection::vec(action(), 1..25)) {
        let mut session = Session::new(&Market::read(MARKET, "").unwrap());
        for action in &actions {
            if let Err(violation) = session.act_checked(action) {
                prop_assert!(false, "{action:?}: {violation}");
            }
        }
    }
}

/// A session's log in either form is verified, and a forged one is not.
#[test]
fn a_log_of_the_session_verifies() {
    let rows = format!("{HEADER}\nbuy,week,30000,C,10,\nwait,,,,,600\nsell,week,30000,C,4,\n");
    let verify = |file: &PathBuf| {
        let output = Command::new(env!("CARGO_BIN_EXE_amm-sim")).arg("verify").arg(file).output();
        let output = output.unwrap();
        (output.status.code().unwrap(), text(&output.stdout).to_owned())
    };
    let digests = ["session.log", "session.jsonl"].map(|name| {
        let log = file(name, "");
        let (code, _, err) = traded("logged", &rows, &["--log", log.to_str().unwrap()]);
        assert_eq!((code, &*err), (0, ""));
        let (code, out) = verify(&log);
        assert_eq!(code, 0, "{out}");
        let mut bytes = std::fs::read(&log).unwrap();
        let place = bytes.len() / 2;
        bytes[place] ^= 1;
        std::fs::write(&log, bytes).unwrap();
        assert_ne!(verify(&log).0, 0);
        out.lines().last().unwrap().to_owned()
    });
    assert_eq!(digests[0], digests[1]);
}
