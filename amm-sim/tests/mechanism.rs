//! Studies of mechanisms: the same bytes on any number of threads, and what they say is what was run.

use amm_sim::mechanism::{Of, Study, Verdict, run, told};
use amm_sim::scenario::{Source, builtin};

fn study(of: Of, threads: usize) -> Vec<Study> {
    let known = builtin("stress").unwrap();
    let mut source = Source::read(known.text, known.name).unwrap();
    let shock = "market.shocks=[{ block = 240, blocks = 12, ln = \"-0.1\" }]";
    for change in ["blocks=300", "warmup=20", "horizons=[1, 10]", shock] {
        source.set(change).unwrap();
    }
    let scenario = source.scenario().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| run(of, &scenario, (2, 200), &|_, _| ())).unwrap()
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
    assert_eq!(value(0, "liquidated, m"), (0.0, None));
    let range = study.arms.iter().position(|arm| arm.arm == "range").unwrap();
    let [slowly, at_once] = [range, range + 1].map(|arm| value(arm, "liquidated, m").0);
    assert!(0.0 < slowly && slowly < at_once, "{slowly} {at_once}");
    assert!(value(range, "bad debt, k").0 > 0.0);
    for (arm, measured) in study.arms.iter().enumerate().skip(1) {
        let against = study.arms.iter().position(|other| Some(other.arm) == measured.against);
        for quantity in ["gain, mean", "providers, k", "bad debt, k"] {
            let (here, by) = value(arm, quantity);
            let off = here - value(against.unwrap(), quantity).0 - by.unwrap();
            assert!(off.abs() < 1e-9 * here.abs().max(1.0), "{}: {quantity}", measured.arm);
        }
    }
    let text = told(&study);
    let verdicts = study.arms.iter().flat_map(|arm| &arm.figures);
    let verdicts = verdicts.flat_map(|figure| [figure.verdict, figure.verdict_to_plain]);
    let better = verdicts.clone().filter(|verdict| *verdict == Verdict::Better).count();
    let worse = verdicts.filter(|verdict| *verdict == Verdict::Worse).count();
    let count = |mark: &str| {
        let cells = text.lines().flat_map(|line| line.split("  "));
        cells.filter(|cell| cell.trim_end().ends_with(mark)).count()
    };
    assert_eq!((count(" +"), count(" -")), (better, worse), "{text}");
}
