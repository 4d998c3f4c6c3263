//! Every kept input through its target, on plain stable.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use amm_fuzz::TARGETS;

/// The files of a folder in order; none if it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn kept_inputs_break_no_law() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let kept: Vec<_> = ["corpus", "regressions", "artifacts"]
            .iter()
            .flat_map(|kind| files(&root().join(kind).join(name)))
            .collect();
        assert!(!kept.is_empty(), "{name} has no input to replay");
        for file in &kept {
            let data = fs::read(file).unwrap();
            if catch_unwind(|| target(&data)).is_err() {
                broken.push(file.display().to_string());
            }
        }
        println!("{name}: {} inputs", kept.len());
    }
    assert!(broken.is_empty(), "these break a law:\n{}", broken.join("\n"));
}

/// Bytes that end early are inputs too; and a body's panic is seen.
#[test]
fn the_empty_input_breaks_no_law_and_a_wrong_law_is_seen() {
    for (_, target) in TARGETS {
        target(&[]);
    }
    let an_atom = |_, _| amm_core::num::Cash::from_atoms(1);
    let zero = amm_core::num::Real::ZERO;
    assert!(catch_unwind(|| amm_core::testing::num::money_brackets(an_atom, zero)).is_err());
}

/// No target without a binary, no binary without a target.
#[test]
fn every_target_is_replayed() {
    let names: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stem = |file: &PathBuf| file.file_stem().unwrap().to_str().unwrap().to_owned();
    let binaries: BTreeSet<_> = files(&root().join("fuzz_targets")).iter().map(stem).collect();
    assert_eq!(names, binaries);
}
