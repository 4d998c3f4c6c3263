//! Logs in both forms, and `amm-sim verify`.

use amm_core::engine::{Engine, Params};
use amm_core::num::Timestamp;
use amm_core::testing::history::{self, START};
use amm_sim::log::{Failure, Form, Replayed, Writer, replay};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// A life's log, and its last digest.
fn logged(form: Form, every: u32) -> (Vec<u8>, String) {
    let mut engine = history::opened(Params::dynamic());
    let events = history::life(&engine);
    let mut log = Writer::begin(Vec::new(), form, every, &engine).unwrap();
    for event in &events {
        let _ = engine.apply(event);
        log.record(event, &engine).unwrap();
    }
    (log.finish(&engine).unwrap(), engine.digest().to_string())
}

fn replayed(log: &[u8]) -> Result<Replayed, Failure> {
    replay(log, "a.log", |_, _| ())
}

fn verify(log: &[u8], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amm-sim"));
    command.arg("verify").args(arguments).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that has seen enough closes its input.
    let _ = child.stdin.take().unwrap().write_all(log);
    child.wait_with_output().unwrap()
}

#[test]
fn both_forms_lead_to_the_same_digest() {
    for every in [0, 1, 4] {
        let (binary, digest) = logged(Form::Binary, every);
        let (text, same) = logged(Form::Json, every);
        assert_eq!(digest, same);
        let (one, other) = (replayed(&binary).unwrap(), replayed(&text).unwrap());
        assert_eq!(one, other);
        assert_eq!(one.digest.to_string(), digest);
        assert_eq!(one.progress.accepted + 1, one.progress.events);
        assert_eq!(one.progress.unchecked, 0);
    }
}

#[test]
fn an_engine_without_a_past_is_its_parameters() {
    let params = Params::dynamic();
    let mut engine = Engine::new(params, Timestamp::new(START)).unwrap();
    let mut text = format!(
        "{{\"log\":1,\"params\":{},\"now\":{START}}}\n",
        serde_json::to_string(&params).unwrap()
    );
    for event in history::opening(params) {
        engine.apply(&event).unwrap();
        text += &format!("{{\"event\":{}}}\n", serde_json::to_string(&event).unwrap());
    }
    let unchecked = replayed(text.as_bytes()).unwrap();
    assert_eq!(unchecked.progress.unchecked, unchecked.progress.events);
    text += &format!("{{\"digest\":\"{}\"}}\n", engine.digest());
    let replayed = replayed(text.as_bytes()).unwrap();
    assert_eq!((replayed.digest, replayed.progress.unchecked), (engine.digest(), 0));
}

#[test]
fn the_command_prints_where_a_log_leads() {
    let (log, digest) = logged(Form::Binary, 1);
    let output = verify(&log, &[]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let want = format!(
        "events    15\naccepted  14\ndigests   15 compared, all equal\ndigest    {digest}\n"
    );
    assert_eq!(text, want);
    let output = verify(&logged(Form::Json, 0).0, &["--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let want = format!(
        "{{\"events\":15,\"accepted\":14,\"checked\":1,\"unchecked\":0,\"digest\":\"{digest}\"}}\n"
    );
    assert_eq!(text, want);
}

#[test]
fn what_differs_is_named_and_the_command_fails() {
    let (log, _) = logged(Form::Json, 1);
    let text = String::from_utf8(log).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let said = |lines: &[&str]| {
        let output = verify(lines.join("\n").as_bytes(), &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let wrong = lines[3].replace("\"size\":\"3\"", "\"size\":\"4\"");
    assert_ne!(wrong, lines[3]);
    let honest = std::mem::replace(&mut lines[3], &wrong);
    let message = said(&lines);
    assert!(message.starts_with("<stdin>:4: after 3 events the digest is "), "{message}");
    lines[3] = "{\"event\":{\"clock\":{\"now\":1,\"then\":2}}}";
    assert!(said(&lines).starts_with("<stdin>:4: unknown field `then`"));
    lines[3] = honest;
    assert!(said(&lines[1..]).starts_with("<stdin>:1: a log begins with {\"log\":1,"));
    assert!(said(&[&lines[0].replace(":1,", ":2,")]).contains("the log is of version 2"));
    assert!(said(&[&lines[0].replace("616d6d", "616d6e")]).contains("this is no snapshot"));

    let (mut log, _) = logged(Form::Binary, 1);
    *log.last_mut().unwrap() ^= 1;
    let output = verify(&log, &[]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("<stdin>: after 15 events the digest is "), "{message}");
}

#[test]
fn nothing_is_no_log() {
    let error = replayed(b"").unwrap_err().to_string();
    assert_eq!(error, "a.log: after 0 events: at byte 0: 0 bytes are left, and 8 are needed");
    assert!(replayed(b"{}\n").unwrap_err().to_string().starts_with("a.log:1: a log begins"));
}
