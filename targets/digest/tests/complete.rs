//! The digest misses no public function of the core.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The text of every Rust file under a folder, other than generators for tests.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name() != Some("testing".as_ref()) {
                text += &sources(&path);
            }
        } else if path.extension() == Some("rs".as_ref()) {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The name in `pub fn name` or `pub const fn name`.
fn public_function(line: &str) -> Option<&str> {
    let line = line.trim_start().strip_prefix("pub ")?;
    let line = line.strip_prefix("const ").unwrap_or(line);
    words(line.strip_prefix("fn ")?).next()
}

#[test]
fn every_public_function_is_called() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let core = sources(&root.join("../../amm-core/src"));
    let digest = sources(&root.join("src"));
    let used: BTreeSet<_> = digest.lines().flat_map(words).collect();
    let public: BTreeSet<_> = core.lines().filter_map(public_function).collect();
    assert!(public.contains("norm_cdf"), "looks in the wrong place");
    let missed: Vec<_> = public.difference(&used).collect();
    assert!(missed.is_empty(), "public functions of amm-core without a digest: {missed:?}");
}
