//! `amm-sim validate`: every fast row holds, and rows can fail.

use amm_sim::validate::{Effort, FAMILIES, Fault, run, table};
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn every_fast_row_passes() {
    for family in FAMILIES {
        let rows = (family.rows)(Effort::Fast, None);
        assert!(!rows.is_empty(), "{:?} has no rows", family.ids);
        for id in family.ids {
            assert!(rows.iter().any(|row| row.id == *id), "{id} has no row");
        }
        let failed: Vec<_> = rows.into_iter().filter(|row| !row.passes()).collect();
        assert!(failed.is_empty(), "\n{}", table(&failed));
    }
}

#[test]
fn an_unknown_statement_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amm-sim"));
    let output = command.args(["validate", "--only", "Z9"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no statement Z9"));
}

/// Statements of which a row fails under a fault.
fn found(fault: Fault) -> BTreeSet<&'static str> {
    let rows = run(Effort::Fast, Some(fault), &[], |_, _| {});
    rows.into_iter().filter(|row| !row.passes()).map(|row| row.id).collect()
}

#[test]
fn paths_that_share_their_luck_are_found() {
    let found = found(Fault::SharedStream);
    for id in [
        "F3", "F6", "F8", "F9", "F11", "F16", "F17", "F18", "I1", "I4", "R1", "R5", "R6", "M1",
        "M4", "M5", "M6",
    ] {
        assert!(found.contains(id), "{id} passes, of {found:?}");
    }
}

#[test]
fn impact_of_the_wrong_sign_is_found() {
    let found = found(Fault::ImpactSign);
    for id in ["F1", "F2", "F3", "F7", "F9", "F11", "F15", "I1", "I3", "I5", "I6", "R2", "R8", "R9"]
    {
        assert!(found.contains(id), "{id} passes, of {found:?}");
    }
}

/// Statements of which a row fails under a fault, of those that it is about and some that it is not.
fn found_of(fault: Fault, about: &[&str], not: &[&str]) {
    let only: Vec<String> = about.iter().chain(not).map(|&id| id.to_owned()).collect();
    let rows = run(Effort::Fast, Some(fault), &only, |_, _| {});
    let failed: BTreeSet<&str> =
        rows.into_iter().filter(|row| !row.passes()).map(|row| row.id).collect();
    assert_eq!(failed, about.iter().copied().collect());
}

#[test]
fn impact_of_the_rate_of_trading_is_found() {
    found_of(Fault::RateImpact, &["I6"], &["I3", "I5"]);
}

#[test]
fn half_a_hedge_is_found() {
    found_of(Fault::HalfHedge, &["F16", "F17", "F18", "M4"], &["M2", "R5"]);
}

#[test]
fn a_pool_that_does_not_react_is_found() {
    found_of(Fault::StillQuotes, &["M2", "M3", "M4"], &["F18", "M1"]);
}

#[test]
fn json_holds_numbers_and_verdicts_and_a_failure_is_the_exit_code() {
    let validate = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amm-sim"));
        let output = command.args(["validate", "--json", "--only", "I3,R3"]).args(more).output();
        let output = output.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), json)
    };
    let (code, json) = validate(&[]);
    assert_eq!((code, &json["failed"]), (Some(0), &0.into()));
    let rows = json["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["id"] == "I3" || row["id"] == "R3"));
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        assert!(number("low") <= number("measured") && number("measured") <= number("high"));
        assert!(
            number("theory").is_finite() && row["verdict"] == "pass" && row["what"].is_string()
        );
    }
    let (code, json) = validate(&["--fault", "impact-sign"]);
    assert_eq!(code, Some(1));
    let rows = json["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["verdict"] == "fail" && row["id"] == "I3"));
}
