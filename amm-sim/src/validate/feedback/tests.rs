//! Every statement holds, and fails when it should.

use super::super::{Effort, Family, Fault, Row, table};
use super::*;
use std::collections::BTreeSet;

const ALL: [Family; 10] = [
    amplification::FAMILY,
    late::FAMILY,
    partly::FAMILY,
    resonance::FAMILY,
    band::FAMILY,
    cost::FAMILY,
    squeeze::FAMILY,
    pinning::FAMILY,
    shocks::FAMILY,
    capacity::FAMILY,
];

fn failed(fault: Option<Fault>) -> Vec<Row> {
    let rows = ALL.iter().flat_map(|family| (family.rows)(Effort::Fast, fault));
    rows.filter(|row| !row.passes()).collect()
}

fn ids(rows: &[Row]) -> BTreeSet<&'static str> {
    rows.iter().map(|row| row.id).collect()
}

#[test]
fn all_statements_hold() {
    let failed = failed(None);
    assert!(failed.is_empty(), "\n{}", table(&failed));
}

/// Whatever buying does to the price is in every statement.
#[test]
fn impact_of_the_wrong_sign_breaks_every_statement() {
    let broken = ids(&failed(Some(Fault::ImpactSign)));
    let every: BTreeSet<_> = ALL.iter().flat_map(|family| family.ids).copied().collect();
    assert_eq!(broken, every);
}

/// Those that take many paths find that they are all one.
#[test]
fn paths_that_share_their_luck_break_those_that_count_paths() {
    let broken = ids(&failed(Some(Fault::SharedStream)));
    for id in ["F3", "F6", "F8", "F9", "F11"] {
        assert!(broken.contains(id), "{id} passes, of {broken:?}");
    }
}
