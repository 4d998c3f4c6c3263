//! Comparisons of designs: what adds up, what is not defined, and that threads change nothing.

use amm_core::engine::MarginRule;
use amm_core::num::{Cash, Real};
use amm_core::risk::margin::MarginParams;
use amm_loop::agent::Agent;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::world::{Setting, World};
use amm_sim::experiment::{ExperimentError, Headline, Options, Outcome, Plan, Silent, compare};
use amm_sim::tables::{Table, Value, schema};

/// Half a day of the stress scenario, with the fall in its middle.
fn short() -> Scenario {
    let mut scenario: Scenario = toml::from_str(stress()).unwrap();
    (scenario.warmup, scenario.blocks) = (24, 144);
    scenario.horizons = vec![1, 10];
    scenario.market.shocks[0].block = 70;
    // Two rules are enough: who buys protection, and who sells gamma when it pays.
    scenario
        .agents
        .retain(|agent| matches!(agent, Agent::ProtectionBuyer(_) | Agent::GammaSeller(_)));
    scenario.delta_exchange = false;
    scenario
}

/// The scenario without what is the experiment's.
fn stress() -> &'static str {
    let text = include_str!("../scenarios/stress.toml");
    let end = ["\ndesigns", "\n[[designs", "\n[experiment"];
    end.iter().filter_map(|mark| text.find(mark)).min().map_or(text, |at| &text[..at])
}

fn few() -> Options {
    Options {
        paths: 6,
        paths_max: 6,
        calibration_paths: 6,
        frontier: vec![Real::ZERO, Real::ONE],
        sample_paths: 1,
        resamples: 200,
        impulse_block: 60,
        ..Options::default()
    }
}

fn run(scenario: Scenario, designs: &[Design], experiment: Options) -> Outcome {
    compare(&Plan { scenario, designs: designs.to_vec(), experiment }, &Silent).unwrap()
}

fn table<'a>(outcome: &'a Outcome, name: &str) -> &'a Table {
    outcome.tables.iter().find(|table| table.name() == name).unwrap()
}

/// The floats of a column in rows whose texts include these.
fn column(table: &Table, column: &str, texts: &[&str]) -> Vec<f64> {
    let place = table.place(column).unwrap();
    let fits = |row: &&Vec<Value>| {
        texts.iter().all(|text| row.iter().any(|cell| *cell == Value::from(text.to_string())))
    };
    let float = |row: &Vec<Value>| match row[place] {
        Value::Float(value) => Some(value),
        _ => None,
    };
    table.rows().iter().filter(fits).filter_map(float).collect()
}

fn row<'a>(outcome: &'a Outcome, design: &str) -> &'a Headline {
    outcome.summary.headline.iter().find(|row| row.design == design).unwrap()
}

#[test]
fn a_comparison_adds_up_and_no_number_of_threads_changes_it() {
    let designs = [Design::static_pool(), Design::dynamic(), Design::utilisation()];
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(short(), &designs, few()))
    };
    let (one, two) = (on(1), on(2));
    assert_eq!(one.digest, two.digest);
    assert_eq!(one.tables, two.tables);
    let json = |outcome: &Outcome| serde_json::to_string(&outcome.summary).unwrap();
    assert_eq!(json(&one), json(&two));

    let baseline = row(&one, "static");
    let value = |figure: &amm_sim::experiment::Figure| figure.value.unwrap();
    assert!(value(&baseline.gain_variance) > 0.0 && value(&baseline.gain_state) > 0.0);
    assert!(baseline.dampening.value.is_none() && baseline.placebo_adjusted.is_none());

    let dynamic = row(&one, "dynamic");
    let dampening = value(&dynamic.dampening);
    let by_hand = 1.0 - value(&dynamic.gain_variance) / value(&baseline.gain_variance);
    assert!((dampening - by_hand).abs() < 1e-12 && dampening > 0.0);
    let parts = column(table(&one, "split"), "value", &["dynamic"]);
    assert_eq!(parts.len(), 3);
    assert!((parts.iter().sum::<f64>() - dampening).abs() < 1e-12);
    let lp = table(&one, "lp");
    for design in ["static", "dynamic", "utilisation"] {
        let parts = column(lp, "value", &[design]);
        let total = column(lp, "value", &[design, "total"])[0];
        assert!((parts.iter().sum::<f64>() - 2.0 * total).abs() < 1e-6 * total.abs());
    }

    // The claim is the least advantage over those that could be matched.
    let placebos = table(&one, "placebos");
    let claim = dynamic.placebo_adjusted.as_ref().unwrap();
    let all = ["flat", "lift", "thin", "cap", "delay"];
    let advantages = all.map(|rule| column(placebos, "advantage", &["dynamic", rule]));
    let least = advantages.iter().flatten().copied().reduce(f64::min).unwrap();
    assert_eq!(claim.least.value, Some(least));
    let counted: usize = advantages.iter().map(Vec::len).sum();
    assert_eq!((counted, counted + claim.left_out.len()), (claim.counted, 15));
    assert!(claim.least.low <= claim.least.value && claim.least.value <= claim.least.high);
    let cause = column(table(&one, "split"), "value", &["dynamic", "refusal"])[0];
    let matched = column(placebos, "matched_value", &["dynamic", "thin", "refusal"])[0];
    let target = column(placebos, "target_value", &["dynamic", "thin", "refusal"])[0];
    assert!((matched - target).abs() <= 0.003, "{matched} for {target}");
    assert_eq!(cause, column(placebos, "dampening", &["dynamic", "thin", "refusal"])[0]);
    assert!(row(&one, "utilisation").placebo_adjusted.is_none());

    let quality = table(&one, "quality");
    let worst = |share| column(quality, "value", &["dynamic", share])[0];
    let (five, one_of) =
        (worst("mean loss on the worst 5 % of days"), worst("mean loss on the worst 1 % of days"));
    assert!(one_of >= five);

    // At strength 0 a frontier begins at the baseline, and every table has rows.
    let frontier = table(&one, "frontier");
    let amplification = column(frontier, "amplification", &["dynamic"]);
    assert!((amplification[0] - value(&baseline.amplification)).abs() < 1e-12);
    assert!(one.tables.iter().all(|table| !table.rows().is_empty()));
    assert!(one.summary.failures.is_empty() && one.summary.worlds > 100);
}

/// Sellers of puts who bring an eighth of what full collateral would be, in a fall by a quarter and with a
/// keeper who has nothing to bid with: what they do not pay is told, and is no part of what options and hedge made.
#[test]
fn what_sellers_on_margin_do_not_pay_is_a_part_of_its_own() {
    let mut scenario = short();
    let sellers = "kind = \"yield_seller\"\nper_day = \"288\"\ncontracts = \"100\"\nhours = 40\n\
         delta = \"0.3\"\noption = \"put\"\nmargin = { coins = \"1000\", leverage = \"8\" }";
    let keeper = "kind = \"keeper\"\ncapital = \"0\"\nlatency = 2";
    scenario.agents.extend([sellers, keeper].map(|agent| toml::from_str(agent).unwrap()));
    scenario.market.shocks[0].ln = Real::lit("-0.3");
    let mut design = Design::static_pool();
    design.params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
    let options = Options {
        paths: 2,
        paths_max: 2,
        placebos: false,
        shocks: Vec::new(),
        frontier: Vec::new(),
        ..few()
    };
    let outcome = run(scenario.clone(), std::slice::from_ref(&design), options);
    let lp = table(&outcome, "lp");
    let part = |name: &str| column(lp, "value", &["static", name])[0];
    let (mut unpaid, mut marks) = (0.0, 0.0);
    for path in 0..2 {
        let setting = Setting::default();
        let mut world = World::new(&scenario, &design, &setting, path).unwrap();
        world.run().unwrap();
        let split = world.pool().split;
        let money = |cash: Cash| cash.atoms() as f64 / Cash::SCALE as f64 / 2.0;
        unpaid += money(split.unpaid);
        marks += money(split.options) + money(split.hedge);
    }
    assert!(unpaid < -1_000.0, "{unpaid}");
    assert!((part(schema::UNPAID) - unpaid).abs() < 0.01, "{unpaid}");
    let off = part("options and hedge at fair marks") - marks;
    assert!(off.abs() < 0.01, "{off} of {marks}");
}

/// With implied volatility, depth and demand that do not answer spot, what is left of a small shock is
/// 1/(1 − a) of it.
#[test]
fn where_nothing_but_hedging_answers_spot_impulse_and_state_give_one_gain() {
    let mut scenario = short();
    scenario.market.depth.psi = Real::ZERO;
    if let amm_loop::surface::Surface::Implied(rule) = &mut scenario.market.surface {
        (rule.down, rule.up) = (Real::ZERO, Real::ZERO);
    }
    for agent in &mut scenario.agents {
        if let Agent::ProtectionBuyer(buyer) = agent {
            (buyer.fear, buyer.elasticity) = (Real::ZERO, Real::ZERO);
        }
    }
    let options = Options {
        shocks: vec![Real::lit("-0.1"), Real::lit("0.1")],
        impulse_block: 130,
        placebos: false,
        ..few()
    };
    let outcome = run(scenario, &[Design::static_pool()], options);
    let found = row(&outcome, "static");
    let (impulse, state) = (found.gain_impulse.value.unwrap(), found.gain_at_shock.value.unwrap());
    assert!(state > 0.05, "{state}");
    assert!((impulse / state - 1.0).abs() < 0.03, "{impulse} by impulse, {state} of the state");
}

#[test]
fn without_a_loop_there_is_no_dampening() {
    let mut scenario = short();
    scenario.agents.clear();
    let designs = [Design::static_pool(), Design::dynamic()];
    let outcome = run(scenario, &designs, few());
    let dynamic = row(&outcome, "dynamic");
    assert_eq!(dynamic.amplification.value, Some(1.0));
    assert_eq!((dynamic.dampening.value, dynamic.dampening.low), (None, None));
    let why = dynamic.dampening.undefined.as_ref().unwrap();
    assert_eq!(
        why,
        "the baseline's gain of 0.00000 is not known to be above 0.001 (95 %: 0.00000 to 0.00000)"
    );
    assert!(outcome.summary.notes.iter().any(|note| note.contains(why)));
    assert!(column(table(&outcome, "headline"), "dampening", &[]).is_empty());
    assert!(dynamic.placebo_adjusted.is_none());

    // A market so deep that hedging does not show.
    let mut scenario = short();
    let depth = &mut scenario.market.depth;
    (depth.base, depth.psi, depth.floor) = (Real::lit("1e12"), Real::ZERO, Real::ONE);
    let outcome = run(scenario, &designs, Options { placebos: false, ..few() });
    let dynamic = row(&outcome, "dynamic");
    let amplification = dynamic.amplification.value.unwrap();
    assert!((amplification - 1.0).abs() < 0.002, "{amplification}");
    assert!(dynamic.dampening.value.is_none() && dynamic.dampening.undefined.is_some());
}

#[test]
fn a_pool_that_is_long_gamma_calms_spot() {
    let mut scenario = short();
    let overwriter: Agent = toml::from_str(
        "kind = \"yield_seller\"\nper_day = \"288\"\ncontracts = \"100\"\nhours = 72\ndelta = \"0.4\"",
    )
    .unwrap();
    scenario.agents = vec![overwriter];
    let designs = [Design::static_pool(), Design::dynamic()];
    let outcome = run(scenario, &designs, Options { placebos: false, ..few() });
    let baseline = row(&outcome, "static");
    assert!(baseline.amplification.high.unwrap() < 1.0, "{:?}", baseline.amplification);
    for gain in [&baseline.gain_state, &baseline.gain_variance, &baseline.gain_impulse] {
        assert!(gain.value.unwrap() < 0.0, "{gain:?}");
    }
    assert!(row(&outcome, "dynamic").dampening.undefined.is_some());
}

#[test]
fn a_baseline_past_the_critical_gain_is_measured_by_its_instability() {
    let mut scenario = short();
    scenario.market.depth.base = Real::lit("40000000");
    let designs = [Design::static_pool(), Design::dynamic()];
    let outcome = run(scenario, &designs, Options { placebos: false, ..few() });
    let baseline = row(&outcome, "static");
    assert!(baseline.instability.paths_above_1 > 0.0);
    assert!(baseline.instability.time_above[2] > 0.0);
    assert!(baseline.instability.mean_ln_amplification.unwrap() > 0.0);
    let why = row(&outcome, "dynamic").dampening.undefined.clone().unwrap();
    assert!(why.contains("passes 1 on"), "{why}");
}

#[test]
fn paths_are_doubled_until_the_interval_is_narrow_or_no_more_are_allowed() {
    let designs = [Design::static_pool(), Design::dynamic()];
    let with = |half_width, paths_max| {
        let half_width = Some(Real::lit(half_width));
        let options = Options {
            paths: 2,
            paths_max,
            half_width,
            placebos: false,
            frontier: Vec::new(),
            sample_paths: 0,
            ..few()
        };
        run(short(), &designs, options)
    };
    assert_eq!(with("0.000001", 5).summary.paths, 5);
    assert_eq!(with("10", 5).summary.paths, 2);
    let found = with("0.02", 64).summary;
    assert!(found.paths == 64 || found.half_width.unwrap() <= 0.02, "{:?}", found.half_width);
}

#[test]
fn plans_out_of_range_are_refused_with_the_reason() {
    let designs = || vec![Design::static_pool(), Design::dynamic()];
    let refused = |designs: Vec<Design>, experiment: Options| {
        let plan = Plan { scenario: short(), designs, experiment };
        match compare(&plan, &Silent) {
            Err(ExperimentError::Options { reason }) => reason,
            other => panic!("{other:?}"),
        }
    };
    let none = Options { paths: 0, ..few() };
    assert!(refused(designs(), none).starts_with("0 paths, at most 6"));
    let horizon = Options { headline_horizon: 7, ..few() };
    assert_eq!(
        refused(designs(), horizon),
        "headline_horizon = 7 is none of the scenario's horizons [1, 10]"
    );
    let late = Options { impulse_block: 144, ..few() };
    assert!(refused(designs(), late).ends_with("is not before the last of 144 blocks"));
    assert!(refused(Vec::new(), few()).starts_with("at least one design"));
    let twice = vec![Design::static_pool(), Design::static_pool()];
    assert_eq!(refused(twice, few()), "two designs are called static");
    assert_eq!(
        refused(vec![Design::lyra()], few()),
        "placebos are rules over the baseline, and lyra has one already"
    );
    let leaks = Options { leakages: vec![Real::lit("1.5")], ..few() };
    assert_eq!(refused(designs(), leaks), "leakages are one or more shares, 0 to 1");
}
