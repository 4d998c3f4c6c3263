//! Scenario files: what they may say, and what is said about mistakes.

use amm_core::num::Real;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::spot::Process;
use amm_sim::experiment::Options;
use amm_sim::scenario::{BUILTIN, EXAMPLE, ScenarioError, Source, schema, written};
use serde_json::Value as Json;

const PLAIN: &str = include_str!("scenarios/plain.toml");

/// All that a file says.
fn all(source: &Source) -> Result<(Scenario, Vec<Design>), ScenarioError> {
    let scenario = source.scenario()?;
    Ok((scenario, source.designs()?))
}

fn read(text: &str, overrides: &[&str]) -> Result<(Scenario, Vec<Design>), ScenarioError> {
    let mut source = Source::read(text, "s.toml")?;
    for assignment in overrides {
        source.set(assignment)?;
    }
    all(&source)
}

#[test]
fn built_in_scenarios_are_right() {
    for known in BUILTIN {
        let (scenario, designs) = read(known.text, &[]).unwrap();
        assert!(!scenario.why.is_empty() && designs[0].name == "static", "{}", known.name);
    }
}

/// Each mistake: what is replaced in a plain scenario by what, what is said about it, and the help.
const MISTAKES: &[[&str; 4]] = &[
    ["title =", "titel =", "s.toml:1:1: titel: there is no such key", "did you mean `title`?"],
    [
        "seed = 7",
        "seed = \"seven\"",
        "s.toml:3:8: seed: a whole number from 0 to 18446744073709551615 is due, not the text \"seven\"",
        "write, say, seed = 7",
    ],
    [
        "seed = 7",
        "seed = -7",
        "s.toml:3:8: seed: a whole number from 0 to 18446744073709551615 is due, not the number -7",
        "write, say, seed = 7",
    ],
    ["seed = 7\n", "", "s.toml:1:1: seed: is missing", "write, say, seed = 7"],
    [
        "block_s = 300",
        "block_s = 0",
        "s.toml:4:11: block_s: a scenario has blocks of at least 1 s, and some after the warm-up; this is 0",
        "write, say, block_s = 300",
    ],
    [
        "block_s = 300",
        "block_s = 300.5",
        "s.toml:4:11: block_s: a whole number from 0 to 4294967295 is due, not the number 300.5",
        "write, say, block_s = 300",
    ],
    [
        "warmup = 288",
        "warmup = 864",
        "s.toml:6:10: warmup: a scenario has blocks of at least 1 s, and some after the warm-up; this is 864",
        "write, say, warmup = 288",
    ],
    [
        "horizons = [1, 3, 10, 30, 72, 144]",
        "horizons = [1, 3, 10, 30, 72, 1440]",
        "s.toml:7:12: horizons: a horizon is longer than what is measured",
        "write, say, horizons = [1, 3, 10, 30, 72, 144]",
    ],
    [
        "horizons = [1, 3, 10, 30, 72, 144]",
        "horizons = [3, 1]",
        "s.toml:7:12: horizons: horizons are one or more, ascending, of at least one block",
        "write, say, horizons = [1, 3, 10, 30, 72, 144]",
    ],
    [
        "horizons = [1, 3, 10, 30, 72, 144]",
        "horizons = 3",
        "s.toml:7:12: horizons: a list is due, not the number 3",
        "write, say, horizons = [1, 3, 10, 30, 72, 144]",
    ],
    [
        "horizons = [1, 3, 10, 30, 72, 144]",
        "horizons = [1, \"x\"]",
        "s.toml:7:16: horizons.1: a whole number from 0 to 4294967295 is due, not the text \"x\"",
        "see `amm-sim run --print-example`",
    ],
    [
        "capital = \"500000000\"",
        "capital = \"-5\"",
        "s.toml:8:11: capital: providers bring some capital; this is -5",
        "write, say, capital = \"500000000\"",
    ],
    [
        "capital = \"500000000\"",
        "capital = \"five\"",
        "s.toml:8:11: capital: `five` is no number here: unexpected `f` at byte 0",
        "write, say, capital = \"500000000\"",
    ],
    [
        "spot = \"2000\"",
        "spot = \"20x0\"",
        "s.toml:12:8: market.spot: `20x0` is no number here: unexpected `x` at byte 2",
        "write, say, spot = \"2000\"",
    ],
    [
        "spot = \"2000\"",
        "spot = -1",
        "s.toml:12:8: market.spot: price must lie in 0..=1000000000000, got -1",
        "write, say, spot = \"2000\"",
    ],
    [
        "spot = \"2000\"",
        "spot = true",
        "s.toml:12:8: market.spot: a decimal such as \"0.65\" is due, not true",
        "write, say, spot = \"2000\"",
    ],
    ["spot = \"2000\"", "", "s.toml:10:1: market.spot: is missing", "write, say, spot = \"2000\""],
    [
        "[market.process.lognormal]",
        "[market.process.lognormall]",
        "s.toml:16:9: market.process: there is no `lognormall` to choose",
        "did you mean `lognormal`?",
    ],
    [
        "[market.process.lognormal]\nvol = \"0.65\"",
        "[market.process.lognormal]\nvl = \"0.65\"",
        "s.toml:17:1: market.process.lognormal.vl: there is no such key",
        "did you mean `vol`?",
    ],
    [
        "shape = \"linear\"",
        "shape = \"line\"",
        "s.toml:25:9: market.impact.shape: there is no `line` to choose",
        "did you mean `linear`?",
    ],
    [
        "shape = \"linear\"",
        "shape = \"root\"",
        "s.toml:25:9: market.impact.shape: a table with its numbers is due, not the text \"root\"",
        "write, say, shape = \"linear\"",
    ],
    [
        "shape = \"linear\"",
        "shape = { root = { y = \"0.04\" } }",
        "s.toml:25:18: market.impact.shape.root.core: is missing",
        "write, say, core = \"0.05\"",
    ],
    [
        "permanent = \"1\"",
        "permanent = \"1.5\"",
        "s.toml:26:13: market.impact.permanent: permanent share of impact must lie in 0..=1, got 1.5",
        "write, say, permanent = \"1\"",
    ],
    [
        "base = \"400000000\"",
        "base = \"0\"",
        "s.toml:30:8: market.depth.base: scale of a venue must lie in 0.000001..=1000000000000, got 0",
        "write, say, base = \"400000000\"",
    ],
    [
        "base = \"400000000\"",
        "bse = \"0\"",
        "s.toml:30:1: market.depth.bse: there is no such key",
        "did you mean `base`?",
    ],
    [
        "floor = \"0.02\"",
        "floor = \"2\"",
        "s.toml:33:9: market.depth.floor: floor of depth must lie in 0.0001..=1, got 2",
        "write, say, floor = \"0.02\"",
    ],
    [
        "down = \"2.6\"",
        "down = \"26\"",
        "s.toml:38:8: market.surface.implied.down: implied volatility's slopes are within ±10; this is 26",
        "write, say, down = \"2.6\"",
    ],
    [
        "hours = [48, 168, 720]",
        "hours = [48, 24]",
        "s.toml:43:9: listing.grid.hours: hours and strikes are listed ascending and above zero",
        "write, say, hours = [48, 168, 720]",
    ],
    [
        "hours = [48, 168, 720]",
        "hours = []",
        "s.toml:43:9: listing.grid.hours: hours and strikes are listed ascending and above zero",
        "write, say, hours = [48, 168, 720]",
    ],
    [
        "kind = \"protection_buyer\"",
        "kind = \"protection_byer\"",
        "s.toml:52:8: agents.0.kind: there is no `protection_byer` to choose",
        "did you mean `protection_buyer`?",
    ],
    [
        "kind = \"protection_buyer\"\n",
        "",
        "s.toml:51:1: agents.0.kind: is missing",
        "write, say, kind = \"protection_buyer\"",
    ],
    [
        "per_day = \"96\"",
        "per_dy = \"96\"",
        "s.toml:53:1: agents.0.per_dy: there is no such key",
        "did you mean `per_day`?",
    ],
    [
        "per_day = \"96\"",
        "per_day = \"96x\"",
        "s.toml:53:11: agents.0.per_day: `96x` is no number here: unexpected `x` at byte 2",
        "write, say, per_day = \"96\"",
    ],
    [
        "per_day = \"96\"\n",
        "",
        "s.toml:51:1: agents.0.per_day: is missing",
        "write, say, per_day = \"96\"",
    ],
    [
        "hours = 72",
        "hours = \"72\"",
        "s.toml:58:9: agents.0.hours: a whole number from 0 to 4294967295 is due, not the text \"72\"",
        "write, say, hours = 72",
    ],
    [
        "hours = 72",
        "hours = 7.5",
        "s.toml:58:9: agents.0.hours: a whole number from 0 to 4294967295 is due, not the number 7.5",
        "write, say, hours = 72",
    ],
    [
        "dispersion = \"0.8\"",
        "dispersion = \"3\"",
        "s.toml:55:14: agents.0.dispersion: a protection buyer's numbers are out of range; this is 3",
        "write, say, dispersion = \"0.8\"",
    ],
    [
        "dispersion = \"0.8\"",
        "dispersion = [1]",
        "s.toml:55:14: agents.0.dispersion: a decimal such as \"0.65\" is due, not a list",
        "write, say, dispersion = \"0.8\"",
    ],
    [
        "elasticity = \"10\"",
        "elasticity = \"1e5\"",
        "s.toml:65:14: agents.1.elasticity: a gamma seller's numbers are out of range; this is 1e5",
        "write, say, elasticity = \"10\"",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [\"static\", \"dynamc\"]",
        "s.toml:4:22: designs.1.base: there is no `dynamc` to choose",
        "did you mean `dynamic`?",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [\"static\", 3]",
        "s.toml:4:22: designs.1: a name or a table is due, not the number 3",
        "see `amm-sim run --print-example`",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = []",
        "s.toml:4:11: designs: names no design",
        "name one or more, the baseline first: designs = [\"static\", \"dynamic\"]",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [\"static\", \"static\"]",
        "s.toml:4:22: designs.1.name: another design is called `static`",
        "give each its own name",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [{ base = \"dynamic\", name = \"d2\", params.gain.theta = \"20\" }]",
        "s.toml:4:65: designs.0.params.gain.theta: theta must lie in 0..=10, got 20",
        "choose a number in that range",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [{ base = \"dynamic\", name = \"d2\", params.gain.bands = 4 }]",
        "s.toml:4:65: designs.0.params.gain.bands: number of bands (1, 3 or 5) must lie in 1..=5, got 4",
        "choose a number in that range",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [{ base = \"dynamic\", params.gain.theat = \"2\" }]",
        "s.toml:4:52: designs.0.params.gain.theat: there is no such key",
        "did you mean `theta`?",
    ],
    [
        "seed = 7",
        "seed = 7\ndesigns = [{ name = \"x\" }]",
        "s.toml:4:12: designs.0: says no base",
        "write base = \"dynamic\"; there are static, dynamic, active, lyra, utilisation",
    ],
    [
        "[market]",
        "[market",
        "s.toml:10:8: unclosed table, expected `]`",
        "see https://toml.io, or `amm-sim run --print-example`",
    ],
    [
        "[dealer]",
        "[[dealer]]",
        "s.toml:47:1: dealer: a table is due, not a list",
        "write, say, dealer = { half_spread_vol = \"0.01\", every = 1 }",
    ],
];

/// Overrides that are refused.
const OVERRIDES: &[[&str; 3]] = &[
    [
        "market.depth.bas=1",
        "--set market.depth.bas=1: market.depth.bas: there is no such key",
        "did you mean `base`?",
    ],
    [
        "market.depth.base=0",
        "--set market.depth.base=0: market.depth.base: scale of a venue must lie in 0.000001..=1000000000000, got 0",
        "write, say, base = \"400000000\"",
    ],
    [
        "agents.7.per_day=1",
        "--set agents.7.per_day=1: agents.7: there are 2",
        "they are numbered 0 to 1",
    ],
    [
        "agents.gamma_seller.per_day=x",
        "--set agents.gamma_seller.per_day=x: agents.1.per_day: `x` is no number here: unexpected `x` at byte 0",
        "write, say, per_day = \"6000\"",
    ],
    [
        "agents.seller.per_day=1",
        "--set agents.seller.per_day=1: agents.seller: there is none of this name",
        "there are protection_buyer, gamma_seller",
    ],
    [
        "designs.dynamic.params.gain.theta=50",
        "--set designs.dynamic.params.gain.theta=50: designs.1.params.gain.theta: theta must lie in 0..=10, got 50",
        "choose a number in that range",
    ],
    [
        "designs.dyn.name=x",
        "--set designs.dyn.name=x: designs.dyn: there is none of this name",
        "there are static, dynamic, active, lyra, utilisation",
    ],
    ["blocks", "--set blocks: has no `=`", "write KEY=VALUE such as market.depth.base=4e8"],
    [
        "blocks.x=1",
        "--set blocks.x=1: blocks.x: is inside of what is no table",
        "set the value before it as a whole",
    ],
    ["..=1", "--set ..=1: ..: is no path to a key", "write a path such as market.depth.base=4e8"],
    [
        "market.process.jumps.vol=0.5",
        "--set market.process.jumps.vol=0.5: market.process.jumps: `lognormal` is chosen already",
        "keep one, or set both together as a table",
    ],
    [
        "dealer.every=0",
        "--set dealer.every=0: dealer.every: dealers hedge every block or more seldom; half-lives are above zero; this is 0",
        "write, say, every = 1",
    ],
    [
        "seed=99999999999999999999",
        "--set seed=99999999999999999999: seed: a whole number from 0 to 18446744073709551615 is due, not the number 99999999999999999999",
        "write, say, seed = 7",
    ],
];

#[test]
fn mistakes_are_named_with_their_place_and_what_to_do() {
    let mut wrong = String::new();
    for [from, to, message, help] in MISTAKES {
        assert_eq!(PLAIN.matches(from).count().min(1), 1, "{from}");
        let error = read(&PLAIN.replacen(from, to, 1), &[]).unwrap_err();
        if error.to_string() != *message || error.remedy != *help {
            wrong += &format!("{to:?}\n  {error}\n  {}\n", error.remedy);
        }
    }
    for [assignment, message, help] in OVERRIDES {
        let error = read(PLAIN, &[assignment]).unwrap_err();
        if error.to_string() != *message || error.remedy != *help {
            wrong += &format!("{assignment:?}\n  {error}\n  {}\n", error.remedy);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn a_key_that_lacks_deep_in_an_agent_is_found() {
    let text = EXAMPLE.replacen("multiple = \"3\", floor = \"0.8\"", "multiple = \"3\"", 1);
    let error = read(&text, &[]).unwrap_err();
    assert_eq!(error.key, "agents.9.by.proportion.floor");
    assert_eq!((&*error.reason, &*error.remedy), ("is missing", "write, say, floor = \"0.8\""));
}

#[test]
fn overrides_do_what_they_say() {
    let read = |assignment: &str| read(PLAIN, &[assignment]).unwrap();
    assert_eq!(read("blocks=500").0.blocks, 500);
    assert_eq!(read("title=A b").0.title, "A b");
    assert_eq!(read("market.depth.base=2e8").0.market.depth.base, Real::lit("2e8"));
    let bare = read("agents.protection_buyer.per_day=97").0;
    assert_eq!(toml::Value::try_from(&bare.agents[0]).unwrap()["per_day"].as_str(), Some("97"));
    let process = "market.process={ jumps = { vol = \"0.5\", per_day = 3, mean = 0, sd = 0.01 } }";
    assert!(matches!(read(process).0.market.process, Process::Jumps { .. }));
    let design = |assignment: &str, at: usize| read(assignment).1.swap_remove(at);
    assert_eq!(
        design("designs.dynamic.params.gain.theta=0.5", 1).params.gain.theta,
        Real::lit("0.5")
    );
    assert!(design("designs.active.buy_back=none", 2).buy_back.is_none());
    assert!(design("designs.0.markup.flat.relative=0.1", 0).markup.is_some());
}

#[test]
fn what_is_written_reads_the_same() {
    for known in BUILTIN {
        let (scenario, designs) = read(known.text, &[]).unwrap();
        let text = written(&scenario, &designs, &Options::default()).unwrap();
        let again = read(&text, &[]).unwrap();
        let once_more = written(&again.0, &again.1, &Options::default()).unwrap();
        assert_eq!(text, once_more, "{}", known.name);
    }
    let (scenario, designs) = read(EXAMPLE, &[]).unwrap();
    let text = written(&scenario, &designs, &Options::default()).unwrap();
    let (again, _) = read(&text, &[]).unwrap();
    assert_eq!(toml::to_string(&again).unwrap(), toml::to_string(&scenario).unwrap());
}

/// Whether a value is as a schema says, or where it is not.
fn fits(schema: &Json, value: &Json, path: &str) -> Result<(), String> {
    if let Some(list) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
        let tried: Vec<_> =
            list.as_array().unwrap().iter().map(|one| fits(one, value, path)).collect();
        return match tried.iter().any(Result::is_ok) {
            true => Ok(()),
            false => tried.into_iter().next().unwrap(),
        };
    }
    if let Some(wanted) = schema.get("const") {
        return if wanted == value { Ok(()) } else { Err(format!("{path}: is not {wanted}")) };
    }
    if let Some(wanted) = schema.get("enum") {
        let found = wanted.as_array().unwrap().contains(value);
        return if found { Ok(()) } else { Err(format!("{path}: is none of {wanted}")) };
    }
    let kind = match value {
        Json::String(_) => "string",
        Json::Bool(_) => "boolean",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
        Json::Number(number) if number.is_f64() => "number",
        _ => "integer",
    };
    let allowed = match &schema["type"] {
        Json::String(one) => vec![one.as_str()],
        Json::Array(many) => many.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => return Err(format!("{path}: the schema says no type")),
    };
    let whole = kind == "integer" && allowed.contains(&"number");
    if !(whole || allowed.contains(&kind)) {
        return Err(format!("{path}: is {kind}, not {allowed:?}"));
    }
    match value {
        Json::Array(items) if schema.get("items").is_some() => {
            let inner =
                |(at, item): (usize, &Json)| fits(&schema["items"], item, &format!("{path}.{at}"));
            items.iter().enumerate().try_for_each(inner)
        }
        Json::Object(table) => {
            for key in schema["required"].as_array().unwrap() {
                if !table.contains_key(key.as_str().unwrap()) {
                    return Err(format!("{path}: lacks {key}"));
                }
            }
            table.iter().try_for_each(|(key, inner)| match schema["properties"].get(key) {
                Some(property) => fits(property, inner, &format!("{path}.{key}")),
                None => Err(format!("{path}.{key}: is unknown")),
            })
        }
        _ => Ok(()),
    }
}

fn as_json(text: &str) -> Json {
    serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = schema::<Options>();
    for text in BUILTIN.iter().map(|known| known.text).chain([EXAMPLE]) {
        fits(&schema, &as_json(text), "").unwrap();
        let (scenario, designs) = read(text, &[]).unwrap();
        let resolved = written(&scenario, &designs, &Options::default()).unwrap();
        fits(&schema, &as_json(&resolved), "").unwrap();
    }
}

/// Every path of a value: keys, and items of lists.
fn tables(value: &Json, path: &str, into: &mut Vec<String>) {
    match value {
        Json::Object(table) => {
            for (key, inner) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                into.push(path.clone());
                tables(inner, &path, into);
            }
        }
        Json::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                tables(inner, &format!("{path}.{at}"), into);
            }
        }
        _ => {}
    }
}

/// The schema refuses a file without a key, or with one more beside it, exactly when the reader does.
#[test]
fn schema_and_reader_agree_key_by_key() {
    let schema = schema::<Options>();
    let whole = as_json(EXAMPLE);
    let mut paths = Vec::new();
    tables(&whole, "", &mut paths);
    assert!(paths.len() > 60);
    for path in paths {
        let pointer = format!("/{}", path.replace('.', "/"));
        let (around, key) = pointer.rsplit_once('/').unwrap();
        for strange in [false, true] {
            let mut value = whole.clone();
            let table = value.pointer_mut(around).unwrap().as_object_mut().unwrap();
            match strange {
                true => drop(table.insert(format!("{key}_"), Json::from("1"))),
                false => drop(table.remove(key)),
            }
            let text = toml::to_string(&value).unwrap();
            let read = Source::read(&text, "s.toml").and_then(|source| source.plan());
            let said = fits(&schema, &value, "");
            // What a design must have depends on its base, and a choice on what it is of.
            let design = path.starts_with("designs.");
            assert!(
                read.is_ok() == said.is_ok() || design && !strange,
                "{path} {strange}: {read:?}, {said:?}"
            );
        }
    }
}

/// Every key that a scenario can have is spoken of in the example.
#[test]
fn the_example_names_every_key() {
    fn keys(schema: &Json, into: &mut Vec<String>) {
        match schema {
            Json::Object(table) => {
                if let Some(Json::Object(properties)) = table.get("properties") {
                    into.extend(properties.keys().cloned());
                }
                table
                    .iter()
                    .filter(|(key, _)| *key != "designs")
                    .for_each(|(_, inner)| keys(inner, into));
            }
            Json::Array(items) => items.iter().for_each(|inner| keys(inner, into)),
            _ => {}
        }
    }
    let mut known = Vec::new();
    keys(&schema::<Options>(), &mut known);
    let word = |key: &str| {
        EXAMPLE.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).any(|word| word == key)
    };
    known.retain(|key| !word(key));
    assert!(known.is_empty(), "{known:?}");
}
