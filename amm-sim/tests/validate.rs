//! `amm-sim validate`: every fast row holds, and rows can fail.

use amm_sim::validate::{Effort, FAMILIES, table};
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
