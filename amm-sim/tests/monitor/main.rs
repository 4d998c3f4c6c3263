//! `amm-sim monitor`: its page over plain TCP, its readers good and bad, its logs, its end; and in a browser.

#[path = "../report/browser.rs"]
mod browser;
mod page;
mod program;

use amm_core::engine::{Engine, Params};
use amm_core::testing::history;
use amm_sim::log::{Form, Writer};
use amm_sim::monitor::Frame;
use amm_sim::monitor::serve::{QUIET, REQUEST_MAX, Server};
use program::{Monitor, SHORT, SOON, amm_sim};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A file of its own for each test.
fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("monitor");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    let _ = fs::remove_file(&file);
    file
}

fn said(arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = amm_sim(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn once(more: &[&str]) -> Value {
    let arguments = [&["monitor"][..], &SHORT, &["--once", "--json"], more].concat();
    let (out, err, code) = said(&arguments);
    assert_eq!(code, Some(0), "{err}");
    serde_json::from_str(&out).unwrap()
}

/// Whoever looks changes nothing: the same run has the same digest watched on a page, looked at once, and
/// not at all.
#[test]
fn a_run_that_is_watched_ends_as_one_that_is_not() {
    let out = file("unwatched");
    let run = ["--json", "--design=dynamic", "--path=3", "--out", out.to_str().unwrap()];
    let (out, err, code) = said(&[&["run"][..], &SHORT, &run].concat());
    assert_eq!(code, Some(0), "{err}");
    let run: Value = serde_json::from_str(&out).unwrap();
    let watched = [&SHORT[..], &["--path=3", "--pace=0"]].concat();
    let monitor = Monitor::start(&watched);
    let _readers: Vec<_> = (0..5).map(|_| monitor.read(None)).collect();
    let page = monitor.finished();
    assert_eq!(page["source"]["digest"], run["run_digest"]);
    assert_eq!(once(&["--path=3"])["source"]["digest"], run["run_digest"]);
    assert_ne!(once(&["--path=4"])["source"]["digest"], run["run_digest"]);
}

#[test]
fn one_look_says_everything() {
    let frame = once(&["--at", "50"]);
    assert_eq!(frame["version"], 1);
    assert_eq!(frame["source"]["blocks"], serde_json::json!([50, 60]));
    assert_eq!(frame["source"]["state"], "running");
    assert_eq!(frame["history"]["spot"].as_array().unwrap().len(), 50);
    assert_eq!(frame["gamma"]["profile"].as_array().unwrap().len(), 61);
    assert_eq!(frame["loop_gain"]["buckets"].as_array().unwrap().len(), 3);
    assert_eq!(frame["volatility"]["surface"].as_array().unwrap().len(), 3);
    let stress = frame["forecast"]["stress"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&stress), "{stress}");
    for absent in ["breaker", "margin", "liquidation"] {
        assert!(frame[absent].is_null(), "{absent}");
    }
    // What is spread over strikes adds up.
    let strikes = frame["gamma"]["by_strike"].as_array().unwrap();
    let cells = strikes.iter().flat_map(|row| row["gex"].as_array().unwrap());
    let sum: f64 = cells.map(|cell| cell.as_f64().unwrap()).sum();
    let whole = frame["greeks"]["gex"].as_f64().unwrap();
    assert!((sum - whole).abs() <= 1e-6 * whole.abs().max(1.0), "{sum} {whole}");
    assert!(whole != 0.0);
    assert_eq!(frame, once(&["--at", "50"]));
}

#[test]
fn a_warning_has_its_reason() {
    // A market twenty times shallower.
    let frame = once(&["--design=static", "--set=market.depth.base=20000000"]);
    let warnings = frame["warnings"].as_array().unwrap();
    let gain = warnings.iter().find(|warning| warning["topic"] == "loop_gain").unwrap();
    assert!(gain["reason"].as_str().unwrap().starts_with("loop gain "), "{gain}");
    assert!(gain["value"].as_f64() > gain["threshold"].as_f64(), "{gain}");
    assert_eq!(frame["level"], warnings[0]["level"]);
    assert_ne!(frame["level"], "calm");
    assert!(!frame["changes"].as_array().unwrap().is_empty());
    let calm = once(&["--set=market.depth.base=10000000000"]);
    assert_eq!((&calm["level"], calm["warnings"].as_array().unwrap().len()), (&"calm".into(), 0));
}

#[test]
fn the_page_is_only_read() {
    let monitor = Monitor::start(&[&SHORT[..], &["--pace=0"]].concat());
    monitor.finished();
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/charts.js", "text/javascript; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/frame.json", "application/json"),
    ] {
        let (head, body) = monitor.get(path);
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{path}: {head}");
        assert!(head.contains(&format!("content-type: {kind}")), "{path}: {head}");
        for said in [
            "content-security-policy: default-src 'none'; script-src 'self';",
            "x-content-type-options: nosniff",
            "x-frame-options: DENY",
            "cache-control: no-store",
        ] {
            assert!(head.contains(said), "{path}: {said}: {head}");
        }
        assert!(!body.is_empty(), "{path}");
        let head_only =
            format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let (head, body) = monitor.ask(&head_only);
        assert!(head.starts_with("HTTP/1.1 200 OK") && body.is_empty(), "{path}: {head}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        for path in ["/", "/events", "/frame.json", "/elsewhere"] {
            let (head, _) = monitor.ask(&format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
            ));
            assert!(head.starts_with("HTTP/1.1 405"), "{method} {path}: {head}");
            assert!(head.contains("allow: GET, HEAD"), "{method} {path}: {head}");
        }
    }
    for path in ["/elsewhere", "/../Cargo.toml", "/page.js/", "//", "/%2e%2e/etc/passwd"] {
        let (head, _) = monitor.get(path);
        assert!(head.starts_with("HTTP/1.1 404"), "{path}: {head}");
    }
    let foreign = "GET /frame.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert!(monitor.ask(foreign).0.starts_with("HTTP/1.1 403"));
}

#[test]
fn events_come_in_their_order_and_go_on_where_they_were() {
    let monitor = Monitor::start(&[&SHORT[..], &["--pace=40"]].concat());
    let mut reader = monitor.read(None);
    let (mut numbers, mut blocks, mut id) = (Vec::new(), Vec::new(), None);
    loop {
        let (event, frame) = reader.frame().unwrap();
        numbers.push(frame["number"].as_u64().unwrap());
        blocks.push(frame["source"]["blocks"][0].as_u64().unwrap());
        id = event.id.or(id);
        if frame["source"]["state"] == "finished" {
            break;
        }
    }
    assert!(numbers.len() > 5, "{numbers:?}");
    assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
    assert!(blocks.windows(2).all(|two| two[0] <= two[1]) && blocks.last() == Some(&60));
    let id = id.unwrap();
    assert!(id.ends_with(&format!(".{}", numbers.last().unwrap())), "{id}");
    // Who has had the last one hears that the server is there, and not the same again.
    assert_eq!(monitor.read(Some(&id)).event().unwrap().kind, "beat");
    assert_eq!(monitor.read(Some("another.1")).event().unwrap().kind, "frame");
    assert_eq!(reader.event().unwrap().kind, "beat");
}

#[test]
fn a_hundred_readers_see_the_same() {
    let monitor = Monitor::start(&[&SHORT[..], &["--pace=20"]].concat());
    let mut readers: Vec<_> = (0..120).map(|_| monitor.read(None)).collect();
    let last = |reader: &mut program::Reader| loop {
        let (event, frame) = reader.frame().unwrap();
        if frame["source"]["state"] == "finished" {
            return event;
        }
    };
    let first = last(&mut readers[0]);
    assert!(first.data.contains("\"digest\":\""));
    for reader in &mut readers[1..] {
        assert_eq!(last(reader), first);
    }
}

/// Two hundred readers who never read do not hold up the run or those who do.
#[test]
fn readers_who_stand_still_hold_up_nobody() {
    let monitor = Monitor::start(&[&SHORT[..], &["--pace=0"]].concat());
    let standing: Vec<_> = (0..200).map(|_| monitor.read(None)).collect();
    let gone: Vec<_> = (0..50).map(|_| monitor.read(None)).collect();
    drop(gone);
    let frame = monitor.finished();
    assert_eq!(frame["source"]["blocks"][0], 60);
    assert!(monitor.read(None).frame().is_some());
    drop(standing);
}

/// Frames of two megabytes that nobody takes: showing them takes no time, whoever comes late gets the last
/// one, and the reader who takes nothing is let go.
#[test]
fn a_slow_reader_misses_frames_and_is_let_go() {
    let server = Server::start("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.set_read_timeout(Some(SOON)).unwrap();
    slow.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut frame = Frame::default();
    frame.source.title = "x".repeat(2 << 20);
    let start = Instant::now();
    for number in 1..=60 {
        frame.number = number;
        let begun = Instant::now();
        server.show(&frame);
        assert!(begun.elapsed() < Duration::from_secs(2), "{number}: {:?}", begun.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    let shown = start.elapsed();
    // It has not read a byte; after the time it is given it finds what was under way, and then the end.
    std::thread::sleep(QUIET + Duration::from_secs(3));
    let mut taken = Vec::new();
    let _ = slow.read_to_end(&mut taken); // closed, or reset
    let frames = taken.windows(13).filter(|part| part == b"event: frame\n").count();
    assert!((1..30).contains(&frames), "{frames} of 60 frames in {shown:?}");
    let mut late = TcpStream::connect(server.address()).unwrap();
    late.set_read_timeout(Some(SOON)).unwrap();
    late.write_all(b"GET /frame.json HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    late.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"number\":60,"), "{:.200}", answer);
}

#[test]
fn what_is_no_request_does_no_harm() {
    let monitor = Monitor::start(&[&SHORT[..], &["--pace=20"]].concat());
    let huge =
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(4 * REQUEST_MAX));
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "A: b\r\n".repeat(500));
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(4 * REQUEST_MAX));
    for request in [
        "\r\n\r\n\r\n\r\n",
        "hello\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &huge,
        &many,
        &long,
    ] {
        let start = Instant::now();
        let (head, _) = monitor.ask(request);
        let refused =
            head.is_empty() || head.starts_with("HTTP/1.1 4") || head.starts_with("HTTP/1.0 4");
        assert!(refused, "{request:.60?}: {head}");
        assert!(start.elapsed() < 2 * QUIET, "{request:.60?}: {:?}", start.elapsed());
    }
    // A body that a GET has is not read; a request that does not end is not waited for.
    let mut slow = monitor.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: lo").unwrap();
    let start = Instant::now();
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest); // closed, or reset
    assert!(start.elapsed() < 2 * QUIET, "{:?}", start.elapsed());
    assert!(monitor.get("/").0.starts_with("HTTP/1.1 200"));
    monitor.finished();
}

#[test]
fn it_ends_when_it_is_told_to() {
    for signal in ["-INT", "-TERM"] {
        let monitor = Monitor::start(&[&SHORT[..], &["--pace=2"]].concat());
        let mut reader = monitor.read(None);
        reader.frame().unwrap();
        let (code, err) = monitor.signal(signal);
        assert_eq!((code, &*err), (Some(0), ""), "{signal}");
        while reader.event().is_some() {}
    }
}

/// A life's log, whole, and the engine at its end.
fn logged(form: Form) -> (Vec<u8>, Engine) {
    let mut engine = history::opened(Params::dynamic());
    let mut log = Writer::begin(Vec::new(), form, 4, &engine).unwrap();
    for event in history::life(&engine) {
        let _ = engine.apply(&event); // one is refused
        log.record(&event, &engine).unwrap();
    }
    (log.finish(&engine).unwrap(), engine)
}

#[test]
fn a_log_is_followed_as_it_grows() {
    for (form, name) in [(Form::Binary, "grows.log"), (Form::Json, "grows.jsonl")] {
        let (bytes, engine) = logged(form);
        let place = file(name);
        let monitor = Monitor::start(&["--log", place.to_str().unwrap()]);
        monitor.frame(|frame| frame["source"]["state"] == "waiting");
        fs::write(&place, "").unwrap();
        // In pieces that end within a state and within events.
        let cuts = [0, bytes.len() / 7, bytes.len() - 900, bytes.len() - 333, bytes.len()];
        for cut in cuts.windows(2) {
            let mut log = OpenOptions::new().append(true).open(&place).unwrap();
            log.write_all(&bytes[cut[0]..cut[1]]).unwrap();
            std::thread::sleep(Duration::from_millis(150));
        }
        let digest = engine.digest().to_string();
        let frame = monitor.frame(|frame| frame["source"]["digest"] == digest.as_str());
        assert_eq!(frame["source"]["state"], "idle");
        let events = history::life(&history::opened(Params::dynamic())).len();
        assert_eq!(frame["source"]["events"], serde_json::json!([events, events - 1, 0]));
        assert!(frame["market"]["spot"].as_f64().unwrap() > 900.0);
        // Another log in its place is read from its beginning.
        fs::write(&place, &bytes[..bytes.len() / 2]).unwrap();
        let less = |frame: &Value| frame["source"]["events"][0].as_u64() < Some(events as u64);
        monitor.frame(less);
        // One that leads elsewhere is said to.
        let (other, _) = logged(form);
        let mut wrong = other.clone();
        let last = wrong.len() - 8;
        wrong[last] ^= 1;
        fs::write(&place, "").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        fs::write(&place, &wrong).unwrap();
        let frame = monitor.frame(|frame| frame["source"]["state"] == "failed");
        let why = frame["source"]["failure"].as_str().unwrap();
        assert!(why.contains(name), "{why}");
        assert_eq!(frame["level"], "alarm");
        assert_eq!(frame["warnings"][0]["topic"], "source");
        let (code, err) = monitor.signal("-INT");
        assert_eq!(code, Some(1));
        assert_eq!(err.trim(), why);
    }
}

#[test]
fn a_log_is_looked_at_once() {
    let (bytes, engine) = logged(Form::Binary);
    let place = file("once.log");
    fs::write(&place, &bytes).unwrap();
    let log = place.to_str().unwrap();
    let (out, err, code) = said(&["monitor", "--log", log, "--once", "--json"]);
    assert_eq!((code, &*err), (Some(0), ""));
    let frame: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(frame["source"]["digest"], engine.digest().to_string());
    let (out, _, code) = said(&["monitor", "--log", log, "--once"]);
    assert!(code == Some(0) && out.contains("up to date") && out.contains("loop gain"), "{out}");
    fs::write(&place, &bytes[..100]).unwrap();
    let (_, err, code) = said(&["monitor", "--log", log, "--once"]);
    assert!(code == Some(2) && err.contains("holds no whole state yet"), "{err}");
    fs::write(&place, "hello").unwrap();
    let (_, err, code) = said(&["monitor", "--log", log, "--once"]);
    assert!(code == Some(2) && err.contains("help: "), "{err}");
}

#[test]
fn what_cannot_be_watched_is_said() {
    for (arguments, message) in [
        (
            &["--listen", "0.0.0.0:0"][..],
            "--listen 0.0.0.0:0: other machines could read the page\n  help: listen at 127.0.0.1, or say --allow-remote if they may\n",
        ),
        (
            &["strss"],
            "there is no file and no built-in scenario `strss`\n  help: did you mean `stress`?\n",
        ),
        (&["--design", "dynmic"], "stress (built in) has no design `dynmic`\n"),
        (
            &["--once", "--at", "9999"],
            "--at 9999: is no block of this scenario\n  help: name one from 0 to 864\n",
        ),
        (&["--log", "x.log", "--design", "static"], "cannot be used with"),
        (&["--scenario", "stress", "pin"], "cannot be used with"),
        (&["--pace", "-1"], ""),
        (&["--json"], "--once"),
    ] {
        let (out, err, code) = said(&[&["monitor"][..], arguments].concat());
        assert_eq!((code, &*out), (Some(2), ""), "{arguments:?}");
        assert!(err.contains(message), "{arguments:?}: {err}");
    }
    let taken = Server::start("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = taken.address().to_string();
    let (_, err, code) = said(&["monitor", "--listen", &address]);
    assert!(code == Some(2) && err.starts_with(&format!("--listen {address}: ")), "{err}");
}
