//! TOML as a tree in which everything knows where it was written.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a value was written.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In the file, from this byte on.
    File(usize),
    /// In an override, which is `key=value`.
    Set(Arc<str>),
    /// Nowhere: it is a default.
    Default,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Place,
}

/// What TOML can say. Numbers keep their digits.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// A whole one or not.
    Number(String, bool),
    Flag(bool),
    List(Vec<Node>),
    /// In the order of the file.
    Table(Vec<Entry>),
}

/// A key of a table, its place, and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Place,
    pub(super) node: Node,
}

/// A step from a value into it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// Of a table.
    Key(String),
    /// Of a list, from 0.
    Item(usize),
}

/// Why a text is no TOML, and where.
pub(super) struct Broken {
    pub(super) span: Range<usize>,
    pub(super) reason: String,
}

impl Node {
    /// A whole file.
    pub(super) fn file(text: &str) -> Result<Self, Broken> {
        let table = DeTable::parse(text).map_err(broken)?;
        table_of(table.get_ref(), &Place::File).map(|value| Self { value, at: Place::File(0) })
    }

    /// The value of an override: TOML, or else the text itself.
    pub(super) fn set(text: &str, whole: &Arc<str>) -> Result<Self, Broken> {
        let place = |_| Place::Set(whole.clone());
        match DeValue::parse(text) {
            Ok(value) => node(&value, &place),
            Err(_) => Ok(Self { value: Value::Text(text.to_owned()), at: place(0) }),
        }
    }

    /// The defaults that a text of ours says.
    pub(super) fn defaults(text: &str) -> Result<Self, Broken> {
        let table = DeTable::parse(text).map_err(broken)?;
        let value = table_of(table.get_ref(), &|_| Place::Default)?;
        Ok(Self { value, at: Place::Default })
    }

    /// Its entries; none if it is no table.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// Takes a key out.
    pub(super) fn take(&mut self, key: &str) -> Option<Self> {
        let Value::Table(entries) = &mut self.value else { return None };
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at).node)
    }

    /// Sets a key, in its old place if it had one.
    pub(super) fn put(&mut self, key: &str, node: Self) {
        let Value::Table(entries) = &mut self.value else { return };
        match entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => (entry.at, entry.node) = (node.at.clone(), node),
            None => entries.push(Entry { key: key.to_owned(), at: node.at.clone(), node }),
        }
    }

    /// What stands at the end of a path.
    pub(super) fn follow(&self, path: &[Step]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| match (step, &node.value) {
            (Step::Key(key), _) => node.get(key),
            (Step::Item(place), Value::List(items)) => items.get(*place),
            _ => None,
        })
    }

    /// The same, to change it.
    pub(super) fn follow_mut(&mut self, path: &[Step]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, step| match (step, &mut node.value) {
            (Step::Key(key), Value::Table(entries)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
            }
            (Step::Item(place), Value::List(items)) => items.get_mut(*place),
            _ => None,
        })
    }

    /// Where the end of a path was written: the key itself if `key`, else its value.
    pub(super) fn place(&self, path: &[Step], key: bool) -> Place {
        match path.split_last() {
            Some((Step::Key(last), before)) if key => {
                let table = self.follow(before);
                let entries = table.map_or(&[][..], Self::entries);
                let found = entries.iter().find(|entry| entry.key == *last);
                found.map_or_else(|| self.place(before, false), |entry| entry.at.clone())
            }
            Some((_, before)) => match self.follow(path) {
                Some(node) => node.at.clone(),
                None => self.place(before, false),
            },
            None => self.at.clone(),
        }
    }
}

/// A path as people write it: `agents.0.per_day`.
pub(super) fn dotted(path: &[Step]) -> String {
    let steps = path.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Item(place) => place.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}

fn broken(error: toml::de::Error) -> Broken {
    let reason = error.message().lines().collect::<Vec<_>>().join("; ");
    Broken { span: error.span().unwrap_or(0..0), reason }
}

fn node(from: &Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Place) -> Result<Node, Broken> {
    let span = from.span();
    let value = match from.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(digits) if digits.radix() == 10 => {
            Value::Number(digits.as_str().to_owned(), true)
        }
        DeValue::Integer(digits) => {
            let number = i128::from_str_radix(digits.as_str(), digits.radix());
            let reason = "is too large a number".to_owned();
            let number = number.map_err(|_| Broken { span: span.clone(), reason })?;
            Value::Number(number.to_string(), true)
        }
        DeValue::Float(digits) => Value::Number(digits.as_str().to_owned(), false),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(_) => {
            let reason = "is a date; write the seconds since 1970".to_owned();
            return Err(Broken { span, reason });
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| node(item, place));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => table_of(table, place)?,
    };
    Ok(Node { value, at: place(span.start) })
}

fn table_of(table: &DeTable<'_>, place: &dyn Fn(usize) -> Place) -> Result<Value, Broken> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let (start, node) = (key.span().start, node(value, place)?);
        entries.push((start, Entry { key: key.get_ref().to_string(), at: place(start), node }));
    }
    entries.sort_by_key(|(start, _)| *start);
    Ok(Value::Table(entries.into_iter().map(|(_, entry)| entry).collect()))
}

impl Node {
    /// As TOML on one line; `None` for what is too long to be an example.
    pub(super) fn inline(&self) -> Option<String> {
        let text = match &self.value {
            Value::Text(text) => format!("\"{}\"", text.escape_debug()),
            Value::Number(digits, _) => digits.clone(),
            Value::Flag(flag) => flag.to_string(),
            Value::List(items) => {
                let items = items.iter().map(Self::inline).collect::<Option<Vec<_>>>()?;
                format!("[{}]", items.join(", "))
            }
            Value::Table(entries) => {
                let inner = entries
                    .iter()
                    .map(|entry| Some(format!("{} = {}", entry.key, entry.node.inline()?)));
                format!("{{ {} }}", inner.collect::<Option<Vec<_>>>()?.join(", "))
            }
        };
        (text.chars().count() <= 100).then_some(text)
    }
}
