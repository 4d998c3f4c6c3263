//! Experiments on systems of protocols: the same on any number of threads, and their parts add up.

use amm_core::num::Real;
use amm_loop::system::{Channels, Design, Scenario, Setting, System};
use amm_sim::report::system_html;
use amm_sim::stats::Verdict;
use amm_sim::system::{
    BUILTIN, Entry, FIGURES, JUDGED, Options, Outcome, Study, builtin, run, study_table, table,
    tables,
};

/// A fall of 8 % in an hour, and what is left of the day cut off.
fn short() -> Scenario {
    let mut scenario = builtin("contagion").unwrap().unwrap();
    scenario.blocks = 130;
    scenario.market.shocks[0].block = 31;
    scenario
}

fn options() -> Options {
    Options { paths: 4, resamples: 50, channels: false, loss: None }
}

fn on(threads: usize, designs: &[Design], options: &Options) -> Outcome {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| run(&short(), designs, options, |_, _| {})).unwrap()
}

#[test]
fn built_in_scenarios_read_and_run() {
    for (name, _) in BUILTIN {
        let mut scenario = builtin(name).unwrap().unwrap();
        scenario.blocks = 3;
        let options = Options { paths: 1, ..options() };
        let outcome = run(&scenario, &[Design::baseline()], &options, |_, _| {}).unwrap();
        assert_eq!(outcome.designs[0].stopped, 0, "{name}");
    }
    assert!(builtin("nowhere").is_none());
}

#[test]
fn results_do_not_depend_on_threads() {
    let designs = [Design::baseline(), Design::gradual(), Design::predictive(), Design::breaker()];
    let told = |threads| serde_json::to_string(&on(threads, &designs, &options())).unwrap();
    assert_eq!(told(1), told(3));
}

#[test]
fn a_design_is_compared_with_the_first_on_the_same_paths() {
    let twice = [Design::baseline(), Design::baseline(), Design::gradual()];
    let outcome = on(2, &twice, &options());
    for figure in &outcome.designs[1].figures {
        assert_eq!(figure.against.unwrap().value, 0.0, "{}", figure.key);
    }
    // What a breaker does not act on, it does not change.
    let forced = &outcome.designs[2].figures[1];
    assert_eq!(forced.key, "forced");
    assert!(forced.against.unwrap().value < 0.0);
    let table = table(&outcome);
    assert!(table.contains("gradual") && table.contains("gradual - static"), "{table}");
}

/// Shapley values of a path add up to what all channels do on it, so their means do.
#[test]
fn channels_share_out_what_they_do_together() {
    let options = Options { channels: true, ..options() };
    let outcome = on(2, &[Design::baseline()], &options);
    let loops = outcome.loops.unwrap();
    let all: f64 = loops.channels.iter().map(|channel| channel.fall.unwrap().value).sum();
    let whole = loops.closed.unwrap().value - loops.open.unwrap().value;
    assert!(whole > 0.1 && (all - whole).abs() < 1e-9, "{all} of {whole}");
    let gamma = &loops.channels[0];
    assert_eq!(gamma.name, "gamma");
    assert!(gamma.fall.unwrap().value > 0.0);
    assert!(gamma.without.unwrap().value < loops.closed.unwrap().value);
}

#[test]
fn losses_have_coefficients_and_a_system() {
    let loss = Some("2000000".parse().unwrap());
    let outcome = on(2, &[Design::baseline()], &Options { loss, ..options() });
    let [contagion] = &outcome.contagion[..] else { panic!("one design has one") };
    for (i, row) in contagion.coefficients.iter().enumerate() {
        assert!(row[i].unwrap().value > 0.5, "{}", contagion.protocols[i]);
    }
    assert!(contagion.system.is_some() && contagion.radius.unwrap().value > 0.0);
}

/// A loop that runs away stops where spot leaves its market: the path is counted and measured.
#[test]
fn paths_that_stop_are_counted() {
    let mut scenario = short();
    for rung in &mut scenario.options.profile {
        rung.dollar_gamma = Real::lit("8000000000");
    }
    let outcome = run(&scenario, &[Design::baseline()], &options(), |_, _| {}).unwrap();
    assert_eq!(outcome.designs[0].stopped, 4);
    assert!(table(&outcome).contains("static: 4 paths stopped"));
}

#[test]
fn nothing_to_do_is_refused() {
    let none = Options { paths: 0, ..options() };
    assert!(run(&short(), &[Design::baseline()], &none, |_, _| {}).is_err());
    assert!(run(&short(), &[], &options(), |_, _| {}).is_err());
}

/// Twice the same design: no difference, no verdict. A loss that is worse for sure says so in the text.
#[test]
fn verdicts_are_marked_and_told_where_they_hurt() {
    let designs = [Design::baseline(), Design::gradual(), Design::dynamic(), Design::abrupt()];
    let outcome = on(2, &designs, &Options { paths: 8, ..options() });
    let names: Vec<_> =
        outcome.contrasts.iter().map(|c| (c.design.as_str(), c.against.as_str())).collect();
    assert_eq!(names, [("gradual", "static"), ("dynamic", "static"), ("abrupt", "dynamic")]);
    let of = |at: usize, key: &str| {
        let found = outcome.contrasts[at].differences.iter().find(|found| found.key == key);
        *found.unwrap()
    };
    for contrast in &outcome.contrasts {
        for found in &contrast.differences {
            let Some(interval) = found.difference.and_then(|d| d.interval) else { continue };
            let want = match (interval.high < 0.0, interval.low > 0.0) {
                (true, _) => Verdict::Better,
                (_, true) => Verdict::Worse,
                _ => Verdict::Unclear,
            };
            assert_eq!(found.verdict, want, "{} {}", contrast.design, found.key);
        }
    }
    assert_eq!(of(0, "forced").verdict, Verdict::Better);
    assert_eq!(of(2, "forced").verdict, Verdict::Worse);
    let table = table(&outcome);
    let (_, hurts) = table.split_once("where it hurts").unwrap();
    assert!(hurts.contains("abrupt - dynamic") && table.contains("WORSE"), "{table}");
}

/// With every channel cut a design that acts through sales alone moves spot as the baseline does, which is
/// why its open loop is not run again.
#[test]
fn open_loops_that_are_shared_are_the_same() {
    let scenario = short();
    let fall = |design: &Design| {
        let setting = Setting { channels: Channels::NONE, ..Setting::default() };
        let mut system = System::new(&scenario, design, &setting, 3).unwrap();
        system.run().unwrap();
        (system.tape().low, system.tape().squares)
    };
    let first = fall(&Design::baseline());
    for design in [Design::gradual(), Design::abrupt(), Design::predictive()] {
        assert_eq!(fall(&design), first, "{}", design.name);
    }
    assert_ne!(fall(&Design::damped()), first);
}

/// Where margin is fixed, cutting its channel changes nothing, which is why such a world is not run again.
#[test]
fn worlds_with_fixed_margin_are_the_same_without_its_channel() {
    let (scenario, design) = (short(), Design::baseline());
    for mask in 0..16 {
        let of = |margin| {
            let below = Channels::of_mask(mask & 3 | (mask & 12) << 1).unwrap();
            let setting = Setting { channels: Channels { margin, ..below }, ..Setting::default() };
            let mut system = System::new(&scenario, &design, &setting, 3).unwrap();
            system.run().unwrap();
            (system.tape().clone(), system.equities().unwrap())
        };
        assert_eq!(of(true), of(false), "{mask}");
    }
}

/// A page that needs nothing, and tables of all that is told.
#[test]
fn a_study_has_a_page_and_tables() {
    let scenario = short();
    let designs = [Design::baseline(), Design::gradual()];
    let options = Options { channels: true, loss: Some("2000000".parse().unwrap()), ..options() };
    let outcome = run(&scenario, &designs, &options, |_, _| {}).unwrap();
    let entry = Entry { name: "contagion", seed: scenario.seed, hours: 2.0, outcome };
    let study =
        Study { version: "0", paths: 4, digest: "</script>".into(), scenarios: vec![entry] };
    let all = tables(&study).unwrap();
    let html = system_html(&study);
    assert_eq!(html.matches("</script>").count(), 3);
    assert_eq!(html.matches("http://").count(), 1); // SVG's name
    let rows = |name: &str| all.iter().find(|table| table.name() == name).unwrap().rows().len();
    assert_eq!(rows("system_differences"), JUDGED.len());
    assert_eq!(rows("system_figures"), 2 * (FIGURES.len() + 2));
    assert_eq!((rows("system_channels"), rows("system_contagion")), (5 * 4, 2 * 17));
    let text = study_table(&study);
    assert!(text.contains("in every scenario") && text.contains("spectral radius"), "{text}");
    assert!(!text.contains("-0.000"), "{text}");
}
