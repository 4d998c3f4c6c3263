//! Overrides: `market.depth.base=2e8`, `designs.dynamic.params.gain.theta=0.5`, `agents.0.per_day=96`.

use std::sync::Arc;

use super::designs;
use super::error::ScenarioError;
use super::keys;
use super::read::TAG;
use super::tree::{Node, Place, Step, Value};

/// Sets what an override says.
pub(super) fn set(root: &mut Node, key: &str, value: &str) -> Result<(), ScenarioError> {
    let whole: Arc<str> = format!("{key}={value}").into();
    let refuse = |key: &str, reason: String, remedy: String| ScenarioError {
        place: format!("--set {whole}"),
        key: key.to_owned(),
        reason,
        remedy,
    };
    let words: Vec<&str> = key.split('.').map(str::trim).collect();
    if words.iter().any(|word| word.is_empty()) {
        let remedy = "write a path such as market.depth.base=4e8".to_owned();
        return Err(refuse(key, "is no path to a key".to_owned(), remedy));
    }
    let node = Node::set(value.trim(), &whole)
        .map_err(|broken| refuse(key, broken.reason, "write one value".to_owned()))?;
    if words[0] == designs::KEY {
        designs::spread(root);
    }
    let mut path = Vec::new();
    for (depth, word) in words.iter().enumerate() {
        let here = root.follow_mut(&path).map(|node| &mut node.value);
        let shown = words[..=depth].join(".");
        path.push(match here {
            Some(Value::List(items)) => match item(items, word) {
                Ok(place) => Step::Item(place),
                Err((reason, remedy)) => return Err(refuse(&shown, reason, remedy)),
            },
            Some(Value::Table(_)) => Step::Key((*word).to_owned()),
            _ => {
                let reason = "is inside of what is no table".to_owned();
                return Err(refuse(
                    &shown,
                    reason,
                    "set the value before it as a whole".to_owned(),
                ));
            }
        });
        if root.follow(&path).is_none() && depth + 1 < words.len() {
            let (at, before) = (Place::Set(whole.clone()), &path[..depth]);
            let table = Node { value: Value::Table(Vec::new()), at };
            if let Some(around) = root.follow_mut(before) {
                around.put(word, table);
            }
        }
    }
    match path.split_last() {
        Some((Step::Key(last), before)) => {
            if let Some(around) = root.follow_mut(before) {
                around.put(last, node);
            }
        }
        _ => {
            if let Some(there) = root.follow_mut(&path) {
                *there = node;
            }
        }
    }
    Ok(())
}

/// Which item of a list a word means: its number, or the name or kind that only it has.
fn item(items: &[Node], word: &str) -> Result<usize, (String, String)> {
    if let Ok(place) = word.parse::<usize>() {
        let most = items.len();
        let remedy = match most {
            0 => "there is none".to_owned(),
            _ => format!("they are numbered 0 to {}", most - 1),
        };
        return if place < most { Ok(place) } else { Err((format!("there are {most}"), remedy)) };
    }
    let name = |item: &Node| match item.get(TAG).map(|kind| &kind.value) {
        Some(Value::Text(kind)) => Some(kind.clone()),
        _ => designs::name(item).map(str::to_owned),
    };
    let found: Vec<usize> =
        (0..items.len()).filter(|at| name(&items[*at]).as_deref() == Some(word)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = items.iter().filter_map(name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Err(("there is none of this name".to_owned(), keys::nearest(word, &names, "there are")))
        }
        _ => {
            let places: Vec<String> = found.iter().map(usize::to_string).collect();
            let reason = format!("there are {} of this name", found.len());
            Err((reason, format!("say which by its number: {}", places.join(", "))))
        }
    }
}

/// The key and the value of `KEY=VALUE`.
pub(super) fn split(assignment: &str) -> Result<(&str, &str), ScenarioError> {
    assignment.split_once('=').map(|(key, value)| (key.trim(), value)).ok_or_else(|| {
        ScenarioError {
            place: format!("--set {assignment}"),
            key: String::new(),
            reason: "has no `=`".to_owned(),
            remedy: "write KEY=VALUE such as market.depth.base=4e8".to_owned(),
        }
    })
}
