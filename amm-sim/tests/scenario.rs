//! Scenario files: what they may say, and what is said about mistakes.

use amm_core::num::Real;
use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use amm_loop::spot::Process;
use amm_sim::experiment::Options;
use amm_sim::scenario::{BUILTIN, EXAMPLE, ScenarioError, Source, schema, written};
use serde_json::Value as Json;

#[path = "scenarios/tables.rs"]
mod tables;
use tables::{MISTAKES, OVERRIDES};

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
