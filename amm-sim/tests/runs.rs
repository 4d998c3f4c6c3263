//! `amm-sim run`, `compare` and `rerun`: what they leave behind, and that it can be done again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

fn place(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runs").join(name);
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

fn amm_sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amm-sim")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

fn json(output: &Output) -> Json {
    let (out, err, code) = said(output);
    assert_eq!(code, Some(0), "{out}{err}");
    serde_json::from_str(&out).unwrap()
}

const SHORT: [&str; 4] = ["stress", "--set=blocks=60", "--set=warmup=10", "--set=horizons=[1, 10]"];

#[test]
fn a_world_that_is_saved_and_gone_on_with_is_the_same() {
    let (whole, half, rest) = (place("whole"), place("half"), place("rest"));
    let run = |out: &Path, more: &[&str]| {
        let out = ["--json", "--design=dynamic", "--path=3", "--out", out.to_str().unwrap()];
        amm_sim(&[&["run"][..], &SHORT, &out, more].concat())
    };
    let world = place("world");
    let all = json(&run(&whole, &[]));
    json(&run(&half, &["--save-at", "25", world.to_str().unwrap()]));
    let after = json(&run(&rest, &["--resume", world.to_str().unwrap()]));
    assert_eq!(after["run_digest"], all["run_digest"]);
    let series = |folder: &Path| fs::read_to_string(folder.join("tables/series.csv")).unwrap();
    assert_eq!(series(&rest), series(&whole));
    assert_eq!(series(&whole).lines().count(), 61);
    let (out, err, code) = said(&amm_sim(&["rerun", whole.to_str().unwrap()]));
    assert_eq!((code, &*err), (Some(0), ""), "{out}");
    let other = run(&rest, &["--seed=8", "--resume", world.to_str().unwrap()]);
    let (_, err, code) = said(&other);
    assert!(err.contains("was saved under another scenario") && code == Some(2), "{err}");
    let (_, err, _) = said(&run(&rest, &["--save-at", "61", "x"]));
    assert_eq!(err, "--save-at 61: is no block of this scenario\n  help: name one from 0 to 60\n");
}

#[test]
fn a_comparison_can_be_done_again_from_its_directory() {
    let folder = place("compared");
    let out = folder.to_str().unwrap();
    let small = [
        "--set=designs=[\"static\", \"dynamic\"]",
        "--set=experiment={ resamples = 20, calibration_paths = 2, placebos = false, shocks = [1] }",
        "--paths=3",
    ];
    let compared =
        amm_sim(&[&["compare"][..], &SHORT, &small, &["--out", out, "--threads=2"]].concat());
    let (text, err, code) = said(&compared);
    assert_eq!(code, Some(0), "{err}");
    let (rest, report) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(Path::new(report), folder.join("report.html"));
    assert!(fs::read_to_string(report).unwrap().contains("<html"));
    let digest = rest.rsplit_once("digest ").unwrap().1;
    let summary: Json =
        serde_json::from_str(&fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["run_digest"], digest);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[2].starts_with("design ")
            && lines[3].starts_with("static ")
            && lines[4].starts_with("dynamic ")
    );
    let (text, err, code) = said(&amm_sim(&["rerun", out, "--threads=1"]));
    assert_eq!(code, Some(0), "{text}{err}");
    assert!(text.starts_with(&format!("the same: {digest}")), "{text}");
    // A figure that was changed by hand is found.
    let table = folder.join("tables/headline.csv");
    let figures = fs::read_to_string(&table).unwrap();
    let (head, last) = figures.trim_end().rsplit_once('\n').unwrap();
    fs::write(&table, format!("{head}\n{}\n", last.replacen("0.5", "0.25", 1))).unwrap();
    let (text, _, code) = said(&amm_sim(&["rerun", out]));
    assert_eq!((code, &*text), (Some(1), "tables/headline.csv differs from line 3 on\n"));
    // And so is another scenario.
    let file = folder.join("scenario.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap().replacen("seed = 7", "seed = 8", 1))
        .unwrap();
    let (text, _, code) = said(&amm_sim(&["rerun", out]));
    assert!(code == Some(1) && text.starts_with("digest "), "{text}");
}

/// All files of a directory by their names.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in [folder.to_owned(), folder.join("tables")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// One thread and two leave the same bytes; tables, page and what is printed say the same; a rerun agrees,
/// and finds a figure that was changed by hand.
#[test]
fn a_study_of_mechanisms_leaves_all_of_itself() {
    let [one, two] = ["studied-1", "studied-2"].map(place);
    let study = |out: &Path, threads: &str| {
        let out =
            ["--json", "--paths=2", "--resamples=20", threads, "--out", out.to_str().unwrap()];
        amm_sim(&[&["mechanism", "hedging"][..], &SHORT, &out].concat())
    };
    let summary = json(&study(&one, "--threads=1"));
    assert_eq!(summary, json(&study(&two, "--threads=2")));
    let (first, second) = (files(&one), files(&two));
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    assert!(names.starts_with(&["mechanism_differences.csv", "mechanism_differences.parquet"]));
    assert_eq!(
        (names.len(), names[8..].to_vec()),
        (11, vec!["report.html", "study.toml", "summary.json"])
    );
    assert_eq!(first, second);
    let text = |name: &str| String::from_utf8(first[name].clone()).unwrap();
    assert_eq!(serde_json::from_str::<Json>(&text("summary.json")).unwrap(), summary);
    let command = "amm-sim mechanism hedging stress --set 'blocks=60' --set 'warmup=10' --set 'horizons=[1, 10]' --paths 2 --resamples 20";
    assert_eq!(summary["command"], command);
    let page = text("report.html");
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let held = serde_json::from_str::<Json>(data.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(held, summary);

    // Every difference of the summary is a row.
    let rows: Vec<String> = text("mechanism_differences.csv").lines().map(str::to_owned).collect();
    let mut count = 0;
    for study in summary["studies"].as_array().unwrap() {
        for arm in study["arms"].as_array().unwrap().iter().skip(1) {
            for figure in arm["figures"].as_array().unwrap() {
                let word = |of: &Json| of.as_str().unwrap().to_owned();
                let start = format!(
                    "stress,\"{}\",{},{},",
                    word(&study["title"]),
                    word(&arm["arm"]),
                    word(&arm["against"])
                );
                let quantity = word(&figure["quantity"]);
                let row = rows.iter().find(|row| {
                    row.starts_with(&start)
                        && row[start.len()..].trim_matches('"').starts_with(&quantity)
                });
                let Some(value) = figure["difference"]["value"].as_f64() else { continue };
                let row = row.unwrap_or_else(|| panic!("{start}{quantity}"));
                let cells: Vec<f64> = row.split(',').filter_map(|cell| cell.parse().ok()).collect();
                // The reader of JSON may be off by the last bit.
                assert!((cells[0] - value).abs() <= 1e-15 * value.abs(), "{row}: {value}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 2 * 7 * 6);

    let out = one.to_str().unwrap();
    let (text, err, code) = said(&amm_sim(&["rerun", out, "--threads=2"]));
    assert_eq!(code, Some(0), "{text}{err}");
    let digest = summary["run_digest"].as_str().unwrap();
    assert_eq!(text, format!("the same: {digest}, 4 tables\n"));
    let (_, err, code) = said(&amm_sim(&["report", out]));
    let want =
        format!("{out}/summary.json: is of a study, whose page is written with it\n  help: ");
    assert!(code == Some(2) && err.starts_with(&want), "{err}");
    assert_eq!(files(&one), first);
    let table = one.join("tables/mechanism_figures.csv");
    let figures = fs::read_to_string(&table).unwrap();
    fs::write(&table, figures.trim_end().rsplit_once('\n').unwrap().0).unwrap();
    let (text, _, code) = said(&amm_sim(&["rerun", out]));
    let count = figures.lines().count();
    let want = format!("tables/mechanism_figures.csv differs from line {count} on\n");
    assert_eq!((code, text), (Some(1), want));
}

/// A rerun agrees with what `system --all` left, on another number of threads; and not once the study
/// says something else.
#[test]
fn a_study_of_systems_is_done_again() {
    let folder = place("systems");
    let out = folder.to_str().unwrap();
    let all = ["system", "--all", "--json", "--paths=1", "--resamples=20", "--out", out];
    let summary = json(&amm_sim(&all));
    let digest = summary["digest"].as_str().unwrap();
    let (text, err, code) = said(&amm_sim(&["rerun", out, "--threads=1"]));
    assert_eq!((code, text), (Some(0), format!("the same: {digest}, 4 tables\n")), "{err}");
    let plan = folder.join("study.toml");
    let said_before = fs::read_to_string(&plan).unwrap();
    let (loss, less) = ("loss = \"2000000\"", "loss = \"1000000\"");
    assert!(said_before.contains(loss), "{said_before}");
    fs::write(&plan, said_before.replace(loss, less)).unwrap();
    let (text, _, code) = said(&amm_sim(&["rerun", out]));
    assert!(code == Some(1) && text.starts_with("digest "), "{text}");
}

#[test]
fn where_a_study_cannot_go_is_said_before_it_runs() {
    let folder = place("not-ours");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "dear").unwrap();
    let (taken, letter) = (folder.to_str().unwrap(), folder.join("letter.txt"));
    let below = letter.join("study");
    // Enough to run for an hour.
    for command in
        [&["mechanism", "margin", "--paths=4096"][..], &["system", "--all", "--paths=4096"]]
    {
        let into = |out: &str| said(&amm_sim(&[command, &["--out", out]].concat()));
        let (out, err, code) = into(taken);
        let want = format!("{taken}: is there and is no run's directory\n  help: name another");
        assert!(err.starts_with(&want) && out.is_empty() && code == Some(2), "{err}");
        let (out, err, code) = into(below.to_str().unwrap());
        let want = format!("{}: Not a directory", below.display());
        assert!(err.starts_with(&want) && out.is_empty() && code == Some(1), "{err}");
        assert!(err.contains("\n  help: check the disk and the permissions"), "{err}");
    }
    assert_eq!(fs::read_to_string(&letter).unwrap(), "dear");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_run_is_said() {
    let folder = place("someone");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("letter.txt"), "dear").unwrap();
    let taken = folder.to_str().unwrap();
    let world = place("no-world");
    fs::write(&world, "hello").unwrap();
    let (is_taken, none, no_world) = (
        format!("{taken}: is there and is no run's directory\n  help: name another with --out DIR"),
        format!("{taken}: is no run's directory: it has no scenario.toml or study.toml of a run\n"),
        format!("{}: is no saved world\n", world.display()),
    );
    for (arguments, message) in [
        (
            &["compare", "strss"][..],
            "there is no file and no built-in scenario `strss`\n  help: did you mean `stress`?\n",
        ),
        (&["compare"], "no scenario is named\n  help: name a file, or one of stress, "),
        (
            &["compare", "stress", "--paths=0"],
            "--set experiment.paths=0: experiment.paths: 0 paths",
        ),
        (
            &["compare", "stress", "--set=experiment.pths=4"],
            "--set experiment.pths=4: experiment.pths: there is no such key\n  help: did you mean `paths`?",
        ),
        (
            &["compare", "stress", "--set=experiment.headline_horizon=11"],
            "--set experiment.headline_horizon=11: experiment.headline_horizon: headline_horizon = 11 is none of",
        ),
        (&["compare", "stress", "--out", taken], &is_taken),
        (
            &["run", "stress", "--design=dynamo"],
            "stress (built in) has no design `dynamo`\n  help: there are active, ",
        ),
        (&["run", "stress", "--resume", world.to_str().unwrap()], &no_world),
        (&["rerun", taken], &none),
    ] {
        let (out, err, code) = said(&amm_sim(arguments));
        assert!(err.starts_with(message) && out.is_empty(), "{arguments:?}: {err}");
        assert_eq!(code, Some(2), "{arguments:?}");
    }
}

#[test]
fn the_example_and_the_schema_are_printed() {
    let (example, _, code) = said(&amm_sim(&["run", "--print-example"]));
    assert!(code == Some(0) && example.contains("kind = \"vault\""));
    let schema = json(&amm_sim(&["run", "--print-schema"]));
    let depth = &schema["properties"]["market"]["properties"]["depth"]["properties"]["psi"];
    assert_eq!(depth["description"], "depth is base (sigma0/volatility)^psi, 0 to 10");
    let (list, _, _) = said(&amm_sim(&["compare", "--list"]));
    assert!(list.starts_with("stress ") && list.lines().count() >= 6, "{list}");
}
