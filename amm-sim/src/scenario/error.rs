//! Why a scenario cannot be used: where, what, and what to do.

use amm_core::num::decimal::Decimal;

use super::fault::{Fault, What};
use super::read::DECIMAL;
use super::tree::{Node, Place, Step, Value, dotted};
use super::{builtin, keys};

/// Why a scenario cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {key}{}{reason}", if .key.is_empty() { "" } else { ": " })]
pub struct ScenarioError {
    /// `file:line:column`, or the override that says it.
    pub place: String,
    /// Whose value it is, such as `market.depth.base`; empty if the file is no TOML.
    pub key: String,
    /// The fact, with its numbers.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// A file's name and text, to say where a byte stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Text<'_> {
    /// `file:line:column` of a byte.
    pub(super) fn at(&self, start: usize) -> String {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{}:{line}:{column}", self.file)
    }

    /// Where the end of a path was written, or the nearest thing around it.
    fn place(&self, root: &Node, path: &[Step], key: bool) -> String {
        match root.place(path, key) {
            Place::File(start) => self.at(start),
            Place::Set(whole) => format!("--set {whole}"),
            Place::Default => match path.split_last() {
                Some((_, before)) => self.place(root, before, false),
                None => self.file.to_owned(),
            },
        }
    }

    /// An error about the value at a path.
    pub(super) fn error(
        &self,
        root: &Node,
        path: &[Step],
        reason: impl ToString,
        remedy: impl ToString,
    ) -> ScenarioError {
        ScenarioError {
            place: self.place(root, path, false),
            key: dotted(path),
            reason: reason.to_string(),
            remedy: remedy.to_string(),
        }
    }

    /// A value that will not do.
    pub(super) fn refused(&self, root: &Node, path: &[Step], reason: String) -> ScenarioError {
        let remedy = match example(root, path) {
            Some(line) => format!("write, say, {line}"),
            None if reason.contains("must lie in") => "choose a number in that range".to_owned(),
            None => "change it: `amm-sim run --print-example` explains every key".to_owned(),
        };
        self.error(root, path, reason, remedy)
    }

    /// What a reader found.
    pub(super) fn fault(&self, root: &Node, fault: &Fault) -> ScenarioError {
        let path = fault.path.clone().unwrap_or_default();
        let found = root.follow(&path);
        let with = |key: &str| {
            let mut path = path.clone();
            path.push(Step::Key(key.to_owned()));
            path
        };
        match &fault.what {
            What::Unknown(key, known) => {
                let known = known_at(&path, known);
                let path = with(key);
                ScenarioError {
                    place: self.place(root, &path, true),
                    key: dotted(&path),
                    reason: "there is no such key".to_owned(),
                    remedy: keys::nearest(key, &known, "the keys here are"),
                }
            }
            What::Choice(word, known) => ScenarioError {
                place: self.place(root, &path, false),
                key: dotted(&path),
                reason: format!("there is no `{}` to choose", keys::shown(word)),
                remedy: keys::nearest(word, known, "there are"),
            },
            What::Missing(key) => {
                let path = with(key);
                let remedy = match example(root, &path) {
                    Some(line) => format!("write, say, {line}"),
                    None => format!("write {key} = …: see `amm-sim run --print-example`"),
                };
                self.error(root, &path, "is missing", remedy)
            }
            What::Due(due) => {
                let remedy = match example(root, &path) {
                    Some(line) => format!("write, say, {line}"),
                    None => "see `amm-sim run --print-example`".to_owned(),
                };
                let reason = format!("{} is due, not {}", plain(due), described(found));
                self.error(root, &path, reason, remedy)
            }
            What::Said(reason) => {
                let digits = match found.map(|node| &node.value) {
                    Some(Value::Text(text) | Value::Number(text, _)) => Some(text),
                    _ => None,
                };
                let reason = match digits.filter(|text| Decimal::parse(text).is_err()) {
                    Some(text) => format!("`{}` is no number here: {reason}", keys::shown(text)),
                    None => reason.clone(),
                };
                self.refused(root, &path, reason)
            }
            What::Fact(reason, remedy) => self.error(root, &path, reason, remedy),
        }
    }
}

/// The keys that a table may have: a file has two that no scenario has.
fn known_at(path: &[Step], known: &[&'static str]) -> Vec<&'static str> {
    let more: &[&str] = if path.is_empty() { &["designs", "experiment"] } else { &[] };
    known.iter().chain(more).copied().collect()
}

/// What serde calls a type, in words.
fn plain(due: &str) -> String {
    match due {
        DECIMAL => "a decimal such as \"0.65\"".to_owned(),
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => "a whole number from 0 to 4294967295".to_owned(),
        "u64" => "a whole number from 0 to 18446744073709551615".to_owned(),
        "i32" | "i64" => "a whole number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a sequence" => "a list".to_owned(),
        "string or map" => "a word, or a table of one key".to_owned(),
        due if due.starts_with("struct ") => "a table".to_owned(),
        due => due.to_owned(),
    }
}

/// What stands there.
fn described(node: Option<&Node>) -> String {
    match node.map(|node| &node.value) {
        None => "nothing".to_owned(),
        Some(Value::Text(text)) => format!("the text \"{}\"", keys::shown(text)),
        Some(Value::Number(digits, _)) => format!("the number {}", keys::shown(digits)),
        Some(Value::Flag(flag)) => flag.to_string(),
        Some(Value::List(_)) => "a list".to_owned(),
        Some(Value::Table(_)) => "a table".to_owned(),
    }
}

/// What the example file, or a built-in scenario, has at a path.
fn example(root: &Node, path: &[Step]) -> Option<String> {
    let Some(Step::Key(key)) = path.last() else { return None };
    builtin::examples().iter().find_map(|example| {
        let node = matching(root, example, path)?;
        Some(format!("{key} = {}", node.inline()?))
    })
}

/// The value of an example at a path of another file: of a list, the item of the same kind.
pub(super) fn matching<'a>(root: &Node, example: &'a Node, path: &[Step]) -> Option<&'a Node> {
    let mut at = example;
    for (depth, step) in path.iter().enumerate() {
        at = match (step, &at.value) {
            (Step::Key(key), _) => at.get(key)?,
            (Step::Item(_), Value::List(items)) => {
                let kind = |node: &Node| match node.get(super::read::TAG).map(|kind| &kind.value) {
                    Some(Value::Text(kind)) => Some(kind.clone()),
                    _ => None,
                };
                let wanted = kind(root.follow(&path[..=depth])?);
                items.iter().find(|item| wanted.is_none() || kind(item) == wanted)?
            }
            _ => return None,
        };
    }
    Some(at)
}
