//! `amm-sim sweep`: the same rows however it is split, and however often it is stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A place of its own for each test, without what an earlier run left there.
fn place(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sweep").join(name);
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// A few blocks of the stress scenario on two paths.
const SMALL: [&str; 8] = [
    "stress",
    "--set=blocks=40",
    "--set=warmup=8",
    "--set=horizons=[1, 8]",
    "--set=market.shocks.0.block=12",
    "--set=designs=[\"static\", \"dynamic\"]",
    "--set=experiment={ resamples = 20, headline_horizon = 8, leakages = [0, 0.5] }",
    "--paths=2",
];

const OVER: [&str; 2] = [
    "--over=market.depth.base=2e8,4e8",
    "--over=market.process={ lognormal = { vol = 0.5 } },{ lognormal = { vol = 0.8 } }",
];

fn sweep(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amm-sim")).arg("sweep").args(arguments).output().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = sweep(arguments);
    let (out, err) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}{err}");
    out
}

fn part(folder: &Path, more: &[&str]) -> String {
    let out = format!("--out={}", folder.display());
    done(&[&SMALL[..], &OVER, &[out.as_str()], more].concat())
}

fn tables(folder: &Path) -> [Vec<u8>; 2] {
    ["sweep.csv", "sweep.parquet"].map(|name| fs::read(folder.join("tables").join(name)).unwrap())
}

#[test]
fn four_shards_give_the_bytes_of_one() {
    let whole = place("one");
    part(&whole, &["--threads=2"]);
    let rows = String::from_utf8(tables(&whole)[0].clone()).unwrap();
    assert_eq!(rows.lines().count(), 1 + 4 * 2 * 2, "{rows}"); // cells, designs, leakages
    let shards: Vec<PathBuf> = (0..4).map(|shard| place(&format!("four-{shard}"))).collect();
    for (number, folder) in shards.iter().enumerate() {
        part(folder, &["--threads=1", "--of=4", &format!("--shard={number}")]);
    }
    let joined = place("four");
    let mut arguments = vec!["--out", joined.to_str().unwrap(), "--merge"];
    let incomplete =
        [&arguments[..], &[shards[0].to_str().unwrap(), shards[2].to_str().unwrap()]].concat();
    let output = sweep(&incomplete);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.starts_with("2 of 4 cells are not done: 1, 3\n"), "{said}");
    arguments.extend(shards.iter().map(|folder| folder.to_str().unwrap()));
    done(&arguments);
    assert_eq!(tables(&joined), tables(&whole));
    // Several shards may have one directory.
    let shared = place("shared");
    for number in [2, 0, 1] {
        part(&shared, &["--of=3", &format!("--shard={number}")]);
    }
    done(&["--merge", shared.to_str().unwrap()]);
    assert_eq!(tables(&shared), tables(&whole));
}

#[test]
fn a_sweep_that_was_stopped_goes_on() {
    let whole = place("unbroken");
    part(&whole, &[]);
    let broken = place("broken");
    part(&broken, &[]);
    let cell = |number: usize| broken.join("cells").join(format!("{number:06}.json"));
    // As if it had been stopped in cell 2 after cells 0 and 3: one is half written, one is not there.
    fs::remove_file(cell(1)).unwrap();
    let half = fs::read(cell(2)).unwrap();
    fs::write(cell(2), &half[..half.len() / 2]).unwrap();
    let kept = fs::metadata(cell(0)).unwrap().modified().unwrap();
    part(&broken, &[]);
    assert_eq!(tables(&broken), tables(&whole));
    assert_eq!(fs::metadata(cell(0)).unwrap().modified().unwrap(), kept, "what is done stays done");
    let rerun =
        Command::new(env!("CARGO_BIN_EXE_amm-sim")).arg("rerun").arg(&broken).output().unwrap();
    assert!(rerun.status.success(), "{rerun:?}");
    // Another sweep does not mix with it.
    let out = format!("--out={}", broken.display());
    let other = sweep(&[&SMALL[..], &["--over=seed=1,2", &out]].concat());
    let said = String::from_utf8(other.stderr).unwrap();
    assert_eq!(other.status.code(), Some(2));
    assert!(
        said.contains("holds another sweep") && said.contains("help: name another directory"),
        "{said}"
    );
}

#[test]
fn seeds_can_be_swept() {
    let folder = place("seeds");
    let out = format!("--out={}", folder.display());
    done(&[&SMALL[..], &["--over=seed=1,2", &out]].concat());
    let rows = String::from_utf8(tables(&folder)[0].clone()).unwrap();
    let seeds: Vec<&str> = rows.lines().map(|row| row.split(',').next().unwrap()).collect();
    assert_eq!(seeds, ["seed", "1.0", "1.0", "1.0", "1.0", "2.0", "2.0", "2.0", "2.0"]);
}

#[test]
fn what_cannot_be_swept_is_said_before_anything_runs() {
    for (arguments, message) in [
        (
            &["--over=market.depth.bse=1,2"][..],
            "--set market.depth.bse=1: market.depth.bse: there is no such key",
        ),
        (
            &["--over=market.depth.base=1e8,0"],
            "--set market.depth.base=0: market.depth.base: scale of a venue must lie in",
        ),
        (&["--over=seed=1,1"], "--over seed=1,1: has 1 twice"),
        (&[], "nothing is swept"),
        (&["--over=seed=1,2", "--shard=2", "--of=2"], "--shard 2 --of 2: there is no such shard"),
    ] {
        let folder = place("refused");
        let out = format!("--out={}", folder.display());
        let output = sweep(&[&SMALL[..], arguments, &[out.as_str()]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with(message), "{said}");
        assert_eq!(output.status.code(), Some(2));
        assert!(!folder.exists());
    }
}
