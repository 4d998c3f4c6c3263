//! From a tree to any type that serde reads: every fault is found at its own value.

use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::fault::{Fault, What};
use super::tree::{Entry, Node, Place, Step, Value};

/// The word that leaves an optional value out.
pub(super) const NONE: &str = "none";

/// The key by which a table says what it is.
pub(super) const TAG: &str = "kind";

/// Reads what stands at a path of a tree.
///
/// A table that says by its `kind` what it is reaches serde as a whole, and what is wrong in it comes
/// back without its place; it is found by reading each of its keys alone.
pub(super) fn read<T: DeserializeOwned>(root: &Node, at: &[Step]) -> Result<T, Fault> {
    let attempt = |root: &Node| {
        let Some(node) = root.follow(at) else {
            return Err(Fault::fact(at, "is missing", "write it"));
        };
        T::deserialize(Reader { node, path: at.to_vec() }).map_err(|fault| fault.at(at, true))
    };
    let mut fault = match attempt(root) {
        Ok(value) => return Ok(value),
        Err(fault) => fault,
    };
    let mut root = root.clone();
    loop {
        fault = narrow(&root, fault, &|root| attempt(root).err());
        let path = fault.path.clone().unwrap_or_default();
        // A bare number where serde asks for one in quotes: as good.
        match (&fault.what, root.follow_mut(&path)) {
            (What::Due(due), Some(node)) if due == DECIMAL => match &node.value {
                Value::Number(digits, _) => node.value = Value::Text(digits.clone()),
                _ => return Err(fault),
            },
            _ => return Err(fault),
        }
        match attempt(&root) {
            Ok(value) => return Ok(value),
            Err(next) => fault = next,
        }
    }
}

/// What serde says of a choice that has a key too many.
const ONE_KEY: &str = "map with a single key";

/// What serde calls a decimal that is due.
pub(super) const DECIMAL: &str = "a decimal in quotes";

/// The fault at the key that causes it, if one key does.
fn narrow(root: &Node, fault: Fault, attempt: &dyn Fn(&Node) -> Option<Fault>) -> Fault {
    let (true, Some(path)) = (fault.vague, fault.path.clone()) else { return fault };
    let Some(Value::Table(entries)) = root.follow(&path).map(|node| &node.value) else {
        return fault;
    };
    let named = |name: &str| entries.iter().any(|entry| entry.key == name);
    match &fault.what {
        What::Missing(key) => {
            let path = lacking(root, &path, key, attempt);
            return Fault { path: Some(path), ..fault };
        }
        What::Unknown(key, _) if named(key) => return fault,
        _ => {}
    }
    for entry in entries.iter().filter(|entry| entry.key != TAG) {
        let mut alone = root.clone();
        if let Some(node) = alone.follow_mut(&path) {
            let kept = |other: &&Entry| other.key == TAG || other.key == entry.key;
            node.value = Value::Table(entries.iter().filter(kept).cloned().collect());
        }
        let Some(found) = attempt(&alone) else { continue };
        let same = found.path.as_ref() == Some(&path);
        if same && found.what == fault.what {
            let mut inner = path;
            inner.push(Step::Key(entry.key.clone()));
            return narrow(&alone, Fault { path: Some(inner), ..fault }, attempt);
        }
    }
    fault
}

/// The table that lacks a key: this one or one in it. Where a key is due, a flag in its place is another
/// fault than none.
fn lacking(
    root: &Node,
    path: &[Step],
    key: &str,
    attempt: &dyn Fn(&Node) -> Option<Fault>,
) -> Vec<Step> {
    let mut tables = Vec::new();
    if let Some(node) = root.follow(path) {
        inner(node, &mut path.to_vec(), &mut tables);
    }
    let due = |table: &Vec<Step>| {
        let mut trial = root.clone();
        if let Some(node) = trial.follow_mut(table) {
            node.put(key, Node { value: Value::Flag(true), at: Place::Default });
        }
        match attempt(&trial).map(|fault| fault.what) {
            Some(What::Missing(other) | What::Unknown(other, _)) => other != key,
            Some(What::Due(due)) => due != ONE_KEY,
            _ => true,
        }
    };
    tables.into_iter().find(due).unwrap_or_else(|| path.to_vec())
}

/// All tables in a value, the innermost first.
fn inner(node: &Node, path: &mut Vec<Step>, into: &mut Vec<Vec<Step>>) {
    let mut visit = |step: Step, node: &Node| {
        path.push(step);
        inner(node, path, into);
        path.pop();
    };
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                visit(Step::Key(entry.key.clone()), &entry.node);
            }
            into.push(path.clone());
        }
        Value::List(items) => {
            for (place, item) in items.iter().enumerate() {
                visit(Step::Item(place), item);
            }
        }
        _ => {}
    }
}

/// A place in a tree, for serde.
struct Reader<'a> {
    node: &'a Node,
    path: Vec<Step>,
}

impl<'a> Reader<'a> {
    fn step(&self, step: Step, node: &'a Node) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Reader { node, path }
    }

    /// Faults from here on are at this place.
    fn place<V>(&self, result: Result<V, Fault>) -> Result<V, Fault> {
        result.map_err(|fault| fault.at(&self.path, false))
    }

    fn due<V>(&self, due: &str) -> Result<V, Fault> {
        let what = What::Due(due.to_owned());
        Err(Fault { what, path: Some(self.path.clone()), vague: false })
    }
}

/// Reads a value at a place; what is said of it later is said of the place.
fn seeded<'de, S: DeserializeSeed<'de>>(seed: S, reader: Reader<'_>) -> Result<S::Value, Fault> {
    let path = reader.path.clone();
    seed.deserialize(reader).map_err(|fault| fault.at(&path, true))
}

struct Entries<'a> {
    reader: Reader<'a>,
    entries: std::slice::Iter<'a, Entry>,
    next: Option<&'a Entry>,
}

impl<'a> Entries<'a> {
    fn new(reader: Reader<'a>) -> Self {
        Self { entries: reader.node.entries().iter(), reader, next: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.next = self.entries.next();
        let Some(entry) = self.next else { return Ok(None) };
        let key: StrDeserializer<'_, Fault> = entry.key.as_str().into_deserializer();
        self.reader.place(seed.deserialize(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(entry) = self.next else { return Err(Fault::custom("a value before its key")) };
        seeded(seed, self.reader.step(Step::Key(entry.key.clone()), &entry.node))
    }
}

struct Items<'a> {
    reader: Reader<'a>,
    items: &'a [Node],
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.at) else { return Ok(None) };
        let reader = self.reader.step(Step::Item(self.at), item);
        self.at += 1;
        seeded(seed, reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.at)
    }
}

/// One of several forms: a word, or a table of one key.
struct Choice<'a> {
    reader: Reader<'a>,
    name: String,
    inner: Option<Reader<'a>>,
}

impl<'de, 'a> EnumAccess<'de> for Choice<'a> {
    type Error = Fault;
    type Variant = Form<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Form<'a>), Fault> {
        let name: StringDeserializer<Fault> = self.name.clone().into_deserializer();
        let value = self.reader.place(seed.deserialize(name))?;
        Ok((value, Form { reader: self.reader, inner: self.inner }))
    }
}

struct Form<'a> {
    reader: Reader<'a>,
    inner: Option<Reader<'a>>,
}

impl<'a> Form<'a> {
    fn inner(self, due: &str) -> Result<Reader<'a>, Fault> {
        match self.inner {
            Some(inner) => Ok(inner),
            None => self.reader.due(due),
        }
    }
}

impl<'de> VariantAccess<'de> for Form<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.inner {
            None => Ok(()),
            Some(inner) => inner.due("the word alone"),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seeded(seed, self.inner("a table with its numbers")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.inner("a list")?.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.inner("a table with its numbers")?.deserialize_struct("", fields, visitor)
    }
}

macro_rules! whole {
    ($($method:ident $visit:ident $kind:ty,)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let due = || format!("a whole number from {} to {}", <$kind>::MIN, <$kind>::MAX);
            match &self.node.value {
                Value::Number(digits, true) => match digits.parse::<$kind>() {
                    Ok(number) => self.place(visitor.$visit(number)),
                    Err(_) => self.due(&due()),
                },
                _ => self.due(&due()),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text, false) => {
                self.place(visitor.visit_string(text.clone()))
            }
            Value::Number(digits, true) => {
                self.place(match (digits.parse::<i64>(), digits.parse::<u64>()) {
                    (Ok(number), _) => visitor.visit_i64(number),
                    (_, Ok(number)) => visitor.visit_u64(number),
                    _ => visitor.visit_string(digits.clone()),
                })
            }
            Value::Flag(flag) => self.place(visitor.visit_bool(*flag)),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Flag(flag) => self.place(visitor.visit_bool(*flag)),
            _ => self.due("true or false"),
        }
    }

    whole! {
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text, _) => self.place(visitor.visit_str(text)),
            // The visitor knows what is due.
            Value::Flag(flag) => self.place(visitor.visit_bool(*flag)),
            Value::List(_) | Value::Table(_) => self.place(visitor.visit_unit()),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) => self.place(visitor.visit_str(text)),
            _ => self.due("a text in quotes"),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(word) if word == NONE => self.place(visitor.visit_none()),
            _ => {
                let path = self.path.clone();
                visitor.visit_some(self).map_err(|fault| fault.at(&path, true))
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let path = self.path.clone();
        visitor.visit_newtype_struct(self).map_err(|fault| fault.at(&path, true))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::List(items) = &self.node.value else { return self.due("a list") };
        let path = self.path.clone();
        visitor
            .visit_seq(Items { reader: self, items, at: 0 })
            .map_err(|fault| fault.at(&path, false))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::List(items) if items.len() == len => self.deserialize_seq(visitor),
            _ => self.due(&format!("a list of {len}")),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Table(_) = &self.node.value else { return self.due("a table") };
        let path = self.path.clone();
        visitor.visit_map(Entries::new(self)).map_err(|fault| fault.at(&path, false))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let choice = match &self.node.value {
            Value::Text(word) => Choice { name: word.clone(), inner: None, reader: self },
            Value::Table(entries) => match &entries[..] {
                [entry] => {
                    let inner = self.step(Step::Key(entry.key.clone()), &entry.node);
                    Choice { name: entry.key.clone(), inner: Some(inner), reader: self }
                }
                [] => return self.due(&format!("one of {}", variants.join(", "))),
                [one, other, ..] => {
                    let mut path = self.path.clone();
                    path.push(Step::Key(other.key.clone()));
                    let reason = format!("`{}` is chosen already", one.key);
                    return Err(Fault::fact(
                        &path,
                        reason,
                        "keep one, or set both together as a table",
                    ));
                }
            },
            _ => return self.due(&format!("one of {}", variants.join(", "))),
        };
        let path = choice.reader.path.clone();
        visitor.visit_enum(choice).map_err(|fault| fault.at(&path, false))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.place(visitor.visit_unit())
    }

    serde::forward_to_deserialize_any! { i128 u128 f32 f64 char bytes byte_buf unit unit_struct identifier }
}
