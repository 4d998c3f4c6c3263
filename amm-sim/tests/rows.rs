//! The command line on small files: what goes in, what comes out, what is said about bad rows.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const HEADER: &str = "F,K,sigma,T_seconds,DF";
const ADDED: &str = "call,put,delta_call,delta_put,gamma,vega,theta_call,theta_put";

fn amm_sim(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_amm-sim"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // The program may stop reading early.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What a run that must succeed writes.
fn output(arguments: &[&str], input: impl AsRef<[u8]>) -> String {
    let output = amm_sim(arguments, input.as_ref());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

/// A file of its own for each test.
fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn commands_have_help() {
    let help = output(&["--help"], "");
    for command in ["price", "iv", "compare", "replay", "validate", "sweep", "report"] {
        assert!(help.contains(command), "{command}: {help}");
    }
    assert!(output(&["iv", "--help"], "").contains("Examples:"));
    assert!(output(&["price", "--help"], "").contains("Examples:"));
}

#[test]
fn limits_in_closed_form() {
    let rows = format!(
        "{HEADER}\n105,100,0,3600,0.99\n100,105,0,3600,0.99\n100,100,0.5,0,1\n0,0,0.5,3600,1\n\
         0,5,0.5,3600,0.9999\n5,0,0.5,3600,0.9999\n"
    );
    let want = format!(
        "{HEADER},{ADDED}\n\
         105,100,0,3600,0.99,4.95,0,0.99,0,0,0,"
    );
    let have = output(&["price"], &rows);
    assert!(have.starts_with(&want), "{have}");
    let cells: Vec<Vec<&str>> =
        have.lines().skip(1).map(|line| line.split(',').skip(5).collect()).collect();
    assert_eq!(cells[1][..4], ["0", "4.95", "0", "-0.99"]);
    assert_eq!(cells[2][..2], ["0", "0"]);
    assert_eq!(cells[3][..2], ["0", "0"]);
    assert_eq!(cells[4][..2], ["0", "4.9995"]);
    assert_eq!(cells[5][..2], ["4.9995", "0"]);
}

#[test]
fn columns_in_any_order_and_others_kept() {
    let rows =
        "name,DF,\"T_seconds\",K, F ,sigma,note\n\"a,\"\"b\"\"\",0.99,3600.0,\"100\", 105 ,0,é\n";
    let have = output(&["price"], rows);
    let mut lines = have.lines();
    assert_eq!(lines.next(), Some(&*format!("name,DF,\"T_seconds\",K, F ,sigma,note,{ADDED}")));
    let row = lines.next().unwrap();
    assert!(row.starts_with("\"a,\"\"b\"\"\",0.99,3600.0,\"100\", 105 ,0,é,4.95,0,"), "{row}");
}

#[test]
fn comments_blank_lines_crlf_and_a_byte_order_mark() {
    let plain = format!("{HEADER}\n105,100,0,3600,0.99\n100,90,0,60,1\n");
    let odd = format!(
        "\u{feff}# by hand\r\n\r\n{HEADER}\r\n# \"\r\n105,100,0,3600,0.99\r\n  \r\n100,90,0,60,1"
    );
    assert_eq!(output(&["price"], &odd), output(&["price"], &plain));
    assert_eq!(output(&["price", "-"], &plain), output(&["price"], &plain));
}

#[test]
fn header_alone_is_a_table() {
    assert_eq!(output(&["price"], HEADER), format!("{HEADER},{ADDED}\n"));
}

#[test]
fn json_lines_hold_strings() {
    let rows =
        format!("{HEADER},\"say \"\"hi\"\"\"\n105,100,0,3600,0.99,\"a\"\"\n\t\"\nx,1,1,1,1,\n");
    let have = output(&["price", "--json", "--keep-going"], rows);
    let lines: Vec<serde_json::Value> =
        have.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["call"], "4.95");
    assert_eq!(lines[0]["say \"hi\""], "a\"\n\t");
    assert_eq!(lines[0]["error"], serde_json::Value::Null);
    assert_eq!(lines[1]["F"], "x");
    assert_eq!(lines[1]["call"], serde_json::Value::Null);
    assert!(lines[1]["error"].as_str().unwrap().starts_with("column F: "));
}

/// Each bad row of `price`: the row, and what the message must hold.
const BAD: &[(&str, &str)] = &[
    ("x,100,0.5,60,1", "column F: unexpected `x` at byte 0"),
    ("-5,100,0.5,60,1", "column F: a price must be 0 or more, got -5"),
    (
        "1e999,100,0.5,60,1",
        "column F: the greater of F and K must be 0 or lie in 1e-300..1e301, got 1e999",
    ),
    ("1e-5000,1e-5001,0.5,60,1", "column F: the greater of F and K must be 0 or lie in"),
    (",100,0.5,60,1", "column F: empty where a number is due"),
    ("100,1 0,0.5,60,1", "column K: unexpected ` ` at byte 1"),
    ("100,nan,0.5,60,1", "column K: unexpected `n`"),
    (
        "100,100,25,60,1",
        "column sigma: volatility (other than 0) must lie in 0.000001..=20, got 25",
    ),
    ("100,100,-0.5,60,1", "column sigma: volatility (other than 0) must lie in"),
    ("100,100,1e-30,60,1", "column sigma: volatility (other than 0) must lie in"),
    (
        "100,100,0.5,3600.5,1",
        "column T_seconds: time must be a whole number of seconds, got 3600.5",
    ),
    ("100,100,0.5,-1,1", "column T_seconds: time in seconds must lie in 0..=946080000, got -1"),
    ("100,100,0.5,1e99,1", "column T_seconds: time in seconds must lie in 0..=946080000, got 1e99"),
    ("100,100,0.5,60,0", "column DF: discount factor must lie in 0.000001..=1, got 0"),
    ("100,100,0.5,60,1.5", "column DF: discount factor must lie in 0.000001..=1, got 1.5"),
    ("100,100,0.5,60,0.00001", "column DF: "),
    ("100,100,0.5,60", "4 fields where the header has 5"),
    ("100,100,0.5,60,1,7", "6 fields where the header has 5"),
    ("100,100,0.5,60,\"1", "a quote is never closed"),
    ("100,\"100,0.5,60,1", "a quote is never closed"),
    ("100,\"1\"\"00\",0.5,60,1", "column K: unexpected `\\\"` at byte 1"),
];

#[test]
fn a_bad_row_stops_with_its_place() {
    for (row, reason) in BAD {
        let rows =
            format!("# first\n{HEADER}\n105,100,0,3600,0.99\n\n{row}\n105,100,0,3600,0.99\n");
        let file = file("bad.csv", &rows);
        for threads in ["1", "3"] {
            for path in ["-", file.to_str().unwrap()] {
                let output = amm_sim(&["price", "--threads", threads, path], rows.as_bytes());
                let said = text(&output.stderr);
                let name = if path == "-" { "<stdin>" } else { path };
                assert_eq!(output.status.code(), Some(2), "{row}: {said}");
                assert!(said.starts_with(&format!("{name}:5: {reason}")), "{row}: {said}");
                assert!(said.contains("\n  help: "), "{row}: {said}");
                assert_eq!(
                    text(&output.stdout).lines().count(),
                    2,
                    "{row}: the good row is written"
                );
            }
        }
    }
}

/// Each bad row of `iv`, under `F,K,T_seconds,DF,price,type`.
const BAD_QUOTES: &[(&str, &str)] = &[
    ("105,100,3600,0.99,x,C", "column price: unexpected `x` at byte 0"),
    ("105,100,3600,0.99,-1,C", "column price: a price must be 0 or more, got -1"),
    ("105,100,3600,0.99,4.94,C", "column price: 4.94 is below DF·(F−K) = 4.95, the least"),
    ("100,105e0,3600,0.99,4.94,P", "column price: 4.94 is below DF·(K−F) = 4.95, the least"),
    (
        "105e9,1e11,3600,0.99,103.95e9,C",
        "column price: 103.95e9 is not below DF·F = 103950000000, the most",
    ),
    ("105e-9,1e-7,3600,0.99,1e-7,p", "column price: 1e-7 is not below DF·K = 9.9e-8, the most"),
    ("105,100,3600,0.99,1e500,put", "column price: 1e500 is not below DF·K = 99, the most"),
    ("105,100,0,0.99,5,C", "column price: 5 is above DF·(F−K) = 4.95, all the option is worth"),
    ("105,100,0,0.99,1,P", "column price: 1 is above 0, all the option is worth with no time left"),
    ("105,100,1,1,104.99,C", "column price: 104.99 implies a volatility out of range: volatility"),
    ("105,100,3600,0.99,5,X", "column type: neither a call nor a put: `X`"),
    ("105,100,3600,0.99,5,", "column type: neither a call nor a put: ``"),
    ("105,-1,3600,0.99,5,C", "column K: a price must be 0 or more, got -1"),
];

#[test]
fn a_bad_quote_stops_with_its_place() {
    for (row, reason) in BAD_QUOTES {
        let rows = format!("F,K,T_seconds,DF,price,type\n{row}\n");
        let output = amm_sim(&["iv"], rows.as_bytes());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{row}: {said}");
        assert!(said.starts_with(&format!("<stdin>:2: {reason}")), "{row}: {said}");
    }
}

#[test]
fn quotes_at_their_limits() {
    let rows = "type,price,DF,T_seconds,K,F\nC,4.95,0.99,3600,100,105\nPUT,0,1,3600,100,105\ncall,4.95,0.99,0,100,105\n";
    let want = "type,price,DF,T_seconds,K,F,sigma\nC,4.95,0.99,3600,100,105,0\nPUT,0,1,3600,100,105,0\n\
                call,4.95,0.99,0,100,105,0\n";
    assert_eq!(output(&["iv"], rows), want);
}

#[test]
fn keep_going_gives_the_reason_in_the_row() {
    for (row, reason) in BAD.iter().filter(|(row, _)| !row.contains('"')) {
        let rows = format!("{HEADER}\n105,100,0,3600,0.99\n{row}\n100,105,0,60,1\n");
        let have = output(&["price", "--keep-going"], &rows);
        let mut peer = csv::Reader::from_reader(have.as_bytes());
        assert_eq!(
            peer.headers().unwrap().as_slice(),
            format!("{HEADER},{ADDED},error").replace(',', "")
        );
        let table: Vec<csv::StringRecord> = peer.records().map(Result::unwrap).collect(); // all of one width
        assert_eq!(table.len(), 3, "{have}");
        assert_eq!(&table[0][13], "");
        assert!(table[1][13].contains(reason), "{have}");
        assert!((5..13).all(|column| table[1][column].is_empty()), "{have}");
        assert_eq!((&table[2][6], &table[2][13]), ("5", ""));
    }
}

#[test]
fn an_open_quote_keeps_the_table_whole() {
    let rows = format!("{HEADER}\n105,100,0,3600,\"0.99\n1,1,1,1,1\n");
    let have = output(&["price", "--keep-going"], &rows);
    let mut peer = csv::Reader::from_reader(have.as_bytes());
    let table: Vec<csv::StringRecord> = peer.records().map(Result::unwrap).collect();
    assert_eq!(table.len(), 1, "{have}");
    assert!(table[0][13].starts_with("a quote is never"), "{have}");
}

#[test]
fn bad_headers() {
    for (rows, reason) in [
        ("", "<stdin>:1: no header row; it must name the columns F,K,sigma,T_seconds,DF"),
        ("# nothing\n", "<stdin>:1: no header row"),
        (
            "F,K,vol,T_seconds\n1,1,1,1\n",
            "<stdin>:1: missing columns sigma, DF (found F,K,vol,T_seconds)",
        ),
        ("#\n\nf,K,sigma,T_seconds,DF\n", "<stdin>:3: missing column F (found f,"),
        ("F,K,sigma,T_seconds,DF,K\n", "<stdin>:1: more than one column K"),
    ] {
        let output = amm_sim(&["price"], rows.as_bytes());
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).starts_with(reason), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    let output = amm_sim(&["price", "--json"], format!("{HEADER},call\n").as_bytes());
    assert!(text(&output.stderr).contains("column call would appear twice in a JSON object"));
    let output = amm_sim(&["price", "no such file.csv"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("no such file.csv: "));
}

#[test]
fn a_record_without_end_does_not_fill_the_memory() {
    let rows = format!("{HEADER}\n1,1,1,1,1\n\"{}", "1\n".repeat(1 << 20));
    let output = amm_sim(&["price"], rows.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).starts_with("<stdin>:3: a record is longer than"),
        "{}",
        text(&output.stderr)
    );
}

/// Rows of every kind, enough for many blocks.
fn many_rows() -> String {
    let mut rows = format!("id,{HEADER}\n");
    for id in 0..20_000u64 {
        let spread = id * 7919 % 20_011;
        rows += &format!(
            "{id},{}.{id:05},{},0.{spread:05},{spread}00,0.99{id:05}\n",
            90 + spread % 20,
            80 + id % 40
        );
        if id % 1000 == 0 {
            rows += "# a remark, \"with a quote\n";
            rows += &format!("\"{id}\n\"\"b\"\"\",100,100,x,1,1\n");
        }
    }
    rows
}

#[test]
fn same_bytes_for_any_number_of_threads() {
    let rows = many_rows();
    for format in [&["--keep-going"][..], &["--keep-going", "--json"]] {
        let run = |threads| output(&[&["price", "--threads", threads], format].concat(), &rows);
        let one = run("1");
        assert!(one.len() > 10 * 100_000);
        for threads in ["2", "3", "8"] {
            assert!(run(threads) == one, "{threads} threads write something else");
        }
    }
}

#[test]
fn rows_before_a_bad_one_are_written_for_any_number_of_threads() {
    let rows = many_rows().replace("\n12345,", "\n12345,bad");
    let run = |threads| {
        amm_sim(&["price", "--threads", threads], rows.replace("x,1,1", "1,1,1").as_bytes())
    };
    let one = run("1");
    assert_eq!(one.status.code(), Some(2));
    assert!(text(&one.stdout).lines().last().unwrap().starts_with("12344,"));
    for threads in ["2", "8"] {
        assert_eq!(run(threads), one);
    }
}

#[test]
fn an_answer_comes_before_the_input_ends() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_amm-sim"))
        .args(["price", "--threads", "2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(input, "{HEADER}").unwrap();
    assert!(lines.next().unwrap().unwrap().starts_with(HEADER));
    writeln!(input, "105,100,0,3600,0.99").unwrap();
    assert!(lines.next().unwrap().unwrap().contains(",4.95,0,"));
    // A bad row ends the program though its input stays open.
    writeln!(input, "105,100,0,3600,x").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    drop(input);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_amm-sim"))
        .arg("price")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    let rows = many_rows();
    drop(input.write_all(rows.as_bytes()));
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
}
