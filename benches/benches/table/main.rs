//! The peers' table: `cargo bench -p amm-benches --bench table`.
//!
//! Times, counts and judges every case in one run, prints the result and writes it to
//! `RESULTS.md`. With `-- --rustquant` the workspace next door is built (some 450 crates) and its
//! figures join in; with `-- --test` everything runs once; with `-- --gate` a missed target is an
//! error. Neither writes. How costs grow is drawn beside it, in `GROWTH.svg` and `GROWTH_LOOP.svg`.
#![allow(
    clippy::float_arithmetic,
    reason = "the peers are floats, and so are times and error ratios"
)]

#[path = "../cases/mod.rs"]
mod cases;
mod errors;
mod growth;
mod machine;
mod report;
mod targets;

use std::{env, error::Error, fs, path::Path, process::Command};

use amm_benches_rig::{oracle, rig};
use errors::Errors;
use report::{Figure, Report};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |name: &str| env::args().any(|argument| argument == name);
    let (test, gate) = (argument("--test"), argument("--gate"));
    let rustquant = argument("--rustquant");
    let truths = oracle::black();
    let rows = truths.clone().unwrap_or_else(oracle::generated);
    let mut cases = cases::all(&oracle::timed(&rows));
    cases.extend(cases::engine::growing());
    if rig::is_counting() {
        rig::counted(&mut cases);
        return Ok(());
    }
    if truths.is_none() {
        println!("no shared oracle here: rows are generated, and no error can be given");
    }

    let effort = if test { rig::Effort::SMOKE } else { rig::Effort::FULL };
    let times = rig::time(&mut cases, effort);
    let calls: Vec<usize> = cases.iter().map(|case| case.calls()).collect();
    let counts = if test { Err("a test counts nothing".into()) } else { rig::count(&calls) };
    if let Err(reason) = &counts {
        println!("no instruction counts: {reason}");
    }
    let errors = Errors::of(&rows, oracle::functions().unwrap_or_default());
    let mut figures: Vec<Figure> = (cases.iter().enumerate())
        .map(|(i, case)| Figure {
            what: case.what().to_owned(),
            who: case.who().to_owned(),
            ns: times[i],
            ir: counts.as_ref().ok().map(|counts| counts[i]),
            error: errors.of_case(case.what(), case.who()),
        })
        .collect();
    if rustquant {
        figures.extend(rustquant_figures()?);
    }

    let report = Report { figures, errors, rustquant };
    let text = report.text();
    println!("{text}");
    if !test && !gate && truths.is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/RESULTS.md"), text)?;
        for chart in [growth::engine(), growth::world()] {
            if let Some(picture) = chart.picture(&report.figures) {
                fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(chart.file), picture)?;
            }
        }
    }
    if gate {
        let missed = targets::all(&report).into_iter().filter(targets::Target::fails);
        let missed: Vec<&str> = missed.map(|target| target.what).collect();
        if !missed.is_empty() {
            return Err(format!("missed: {}", missed.join("; ")).into());
        }
    }
    Ok(())
}

/// The same cases by RustQuant: tab-separated what, who, ns, Ir, worst error.
fn rustquant_figures() -> Result<Vec<Figure>, Box<dyn Error>> {
    let output = Command::new("cargo")
        .args(["run", "--release", "--quiet", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/rustquant/Cargo.toml"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let line = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let &[what, who, ns, ir, error] = cells.as_slice() else {
            return Err(format!("cannot read {line}").into());
        };
        let (ir, error) = (ir.parse().ok(), error.parse().ok());
        Ok(Figure { what: what.to_owned(), who: who.to_owned(), ns: ns.parse()?, ir, error })
    };
    String::from_utf8(output.stdout)?.lines().map(line).collect()
}
