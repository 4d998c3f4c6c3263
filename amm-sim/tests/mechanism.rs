//! Studies of mechanisms: the same bytes on any number of threads, and what they say is what was run.

use amm_loop::scenario::Scenario;
use amm_sim::mechanism::{Named, Of, Plan, Study, Summary, run, told};
use amm_sim::report::mechanism_html;
use amm_sim::scenario::{Source, builtin};
use amm_sim::stats::Verdict;

fn scenario() -> Scenario {
    let known = builtin("stress").unwrap();
    let mut source = Source::read(known.text, known.name).unwrap();
    let shock = "market.shocks=[{ block = 240, blocks = 12, ln = \"-0.1\" }]";
    for change in ["blocks=300", "warmup=20", "horizons=[1, 10]", shock] {
        source.set(change).unwrap();
    }
    source.scenario().unwrap()
}

fn study(of: Of, threads: usize) -> Vec<Study> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| run(of, &scenario(), (2, 200), &|_, _| ())).unwrap()
}

#[test]
fn studies_do_not_depend_on_threads() {
    for of in [Of::Hedging, Of::Margin] {
        let texts = [1, 2].map(|threads| {
            let studies = study(of, threads);
            serde_json::to_string(&studies).unwrap()
        });
        assert_eq!(texts[0], texts[1]);
    }
}

/// In a fall by a quarter nothing is liquidated where all is backed in full, accounts on margin are, and more
/// of them at once; each arm is held against the one that it names, and marks are those of the differences.
#[test]
fn arms_differ_in_what_they_say() {
    let [_, study]: [Study; 2] = study(Of::Margin, 2).try_into().unwrap();
    assert!(study.stopped.is_empty() && study.paths == 2, "{:?}", study.stopped);
    let value = |arm: usize, quantity: &str| {
        let figures = &study.arms[arm].figures;
        let figure = figures.iter().find(|figure| figure.quantity == quantity).unwrap();
        (figure.value.unwrap().value, figure.difference.map(|by| by.value))
    };
    assert_eq!(value(0, "liquidated"), (0.0, None));
    let range = study.arms.iter().position(|arm| arm.arm == "range").unwrap();
    let [slowly, at_once] = [range, range + 1].map(|arm| value(arm, "liquidated").0);
    assert!(0.0 < slowly && slowly < at_once, "{slowly} {at_once}");
    assert!(value(range, "bad debt").0 > 0.0);
    for (arm, measured) in study.arms.iter().enumerate().skip(1) {
        let against = study.arms.iter().position(|other| Some(other.arm) == measured.against);
        for quantity in ["gain, mean", "providers", "bad debt"] {
            let (here, by) = value(arm, quantity);
            let off = here - value(against.unwrap(), quantity).0 - by.unwrap();
            assert!(off.abs() < 1e-9 * here.abs().max(1.0), "{}: {quantity}", measured.arm);
        }
    }
    let text = told(Of::Margin, &study);
    let verdicts = study.arms.iter().flat_map(|arm| &arm.figures);
    let verdicts = verdicts.flat_map(|figure| [figure.verdict, figure.verdict_to_plain]);
    let better = verdicts.clone().filter(|verdict| *verdict == Verdict::Better).count();
    let worse = verdicts.filter(|verdict| *verdict == Verdict::Worse).count();
    let count = |mark: &str| {
        let cells = text.lines().flat_map(|line| line.split("  "));
        cells.filter(|cell| cell.trim_end().ends_with(mark)).count()
    };
    assert_eq!((count(" +"), count(" -")), (better, worse), "{text}");
    assert!(better > 0 && worse > 0, "{text}");
}

/// Volatilities of both loops are those whose variances' ratio is amplification, and no arm changes the open
/// one.
#[test]
fn loops_are_told_apart() {
    for study in study(Of::Hedging, 2) {
        for arm in &study.arms {
            let loops = [&arm.volatility.open, &arm.volatility.closed, &arm.volatility.added];
            let [open, closed, added] = loops.map(|estimate| estimate.unwrap().value);
            let amplification = arm.figures[0].value.unwrap().value;
            let ratio = closed * closed / (open * open);
            assert!((ratio / amplification - 1.0).abs() < 1e-9, "{}: {ratio}", arm.arm);
            assert!((closed - open - added).abs() < 1e-9 && open > 10.0, "{}: {open}", arm.arm);
            assert_eq!(Some(open), study.arms[0].volatility.open.map(|open| open.value));
        }
        let added = |arm: usize| study.arms[arm].volatility.added.unwrap().value;
        assert!(added(0) > 0.0, "{}", study.title);
    }
}

/// What is in the page is what is in the summary, and nothing of it can end a script.
#[test]
fn a_page_holds_the_summary() {
    let named = Named { name: "</script>".into(), scenario: scenario() };
    let plan = Plan { of: Of::Hedging, paths: 2, resamples: 200, scenarios: vec![named] };
    let studies = amm_sim::mechanism::study(&plan, &|_, _| ()).unwrap();
    let written = toml::to_string(&plan).unwrap();
    let again: Plan = toml::from_str(&written).unwrap();
    assert_eq!(toml::to_string(&again).unwrap(), written);
    let summary = Summary::new(&plan, "ab".into(), "amm-sim".into(), studies);
    let page = mechanism_html(&summary);
    assert_eq!(page.matches("</script>").count(), 3);
    assert_eq!(page.matches("http://").count(), 1); // SVG's name
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = data.split_once("</script>").unwrap();
    let held: serde_json::Value = serde_json::from_str(data).unwrap();
    let text = serde_json::to_string(&summary).unwrap();
    assert_eq!(held, serde_json::from_str::<serde_json::Value>(&text).unwrap());
    assert_eq!(held["studies"][0]["scenario"], "</script>");
    assert!(
        amm_sim::mechanism::study(&Plan { scenarios: Vec::new(), ..plan }, &|_, _| ()).is_err()
    );
}
