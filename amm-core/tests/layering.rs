//! Each module of the core names itself and those before it, and nothing later.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers in their order.
const ORDER: [&str; 11] = [
    "num", "math", "pricing", "surface", "book", "signals", "skew", "fees", "quote", "risk",
    "engine",
];

/// `src/<module>.rs` and every file below `src/<module>/`.
fn sources(src: &Path, module: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![src.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    let file = src.join(format!("{module}.rs"));
    found.extend(file.is_file().then_some(file));
    assert!(!found.is_empty(), "no source of {module}");
    found
}

/// The modules that a source names after `crate::`, documentation left out.
fn named(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .collect()
}

#[test]
fn modules_name_only_earlier_ones() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (place, module) in ORDER.iter().enumerate() {
        for file in sources(&src, module) {
            let text = fs::read_to_string(&file).unwrap();
            let named = named(&text);
            for later in &ORDER[place + 1..] {
                assert!(!named.contains(later), "{} names {later}, a later layer", file.display());
            }
        }
    }
}

#[test]
fn a_later_name_is_seen() {
    assert!(named("use crate::pricing::price;").contains("pricing"));
    assert!(named("    let x = crate::math::exp(y);").contains("math"));
    assert!(named("/// See [`crate::pricing`].").is_empty());
}

#[test]
fn every_layer_is_listed() {
    let lib = include_str!("../src/lib.rs");
    let modules: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .filter(|module| *module != "testing")
        .collect();
    assert_eq!(modules, ORDER, "lib.rs lists the layers in their order");
}
