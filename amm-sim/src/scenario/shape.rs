//! What a type reads, found out by asking its reader: nothing is written down twice.
//!
//! A value of the wrong kind is put at a path, and the fault that comes back says what is due there.

use serde::de::DeserializeOwned;

use super::fault::What;
use super::read::{DECIMAL, NONE, TAG, read};
use super::tree::{Entry, Node, Place, Step, Value};

/// What can stand somewhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Shape {
    Decimal,
    /// Up to so much, in words.
    Whole(String),
    Text,
    Flag,
    List(Box<Shape>),
    /// A list of so many.
    Tuple(usize),
    Table(Vec<Field>),
    /// One of these words, or a table with one of these keys.
    Choice(Vec<Form>),
    /// A table that says by its tag which of these it is.
    Kinds(Vec<(String, Vec<Field>)>),
    /// This, or the word that leaves it out.
    Maybe(Box<Shape>),
}

/// A key of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Field {
    pub(super) key: String,
    pub(super) needed: bool,
    pub(super) shape: Shape,
}

/// One of several: its name, whether the name alone will do, and what stands under it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Form {
    pub(super) name: String,
    pub(super) inner: Option<Shape>,
}

/// A name that nothing has.
const NOTHING: &str = "\0";

/// What a type reads.
pub(super) fn shape<T: DeserializeOwned>() -> Shape {
    let ask = |root: &Node| read::<T>(root, &[]).err().map(|fault| (fault.path, fault.what));
    Explorer { ask: &ask }.at(&[])
}

type Answer = Option<(Option<Vec<Step>>, What)>;

struct Explorer<'a> {
    ask: &'a dyn Fn(&Node) -> Answer,
}

/// A step down, and the kind of the table it leaves.
#[derive(Clone)]
struct Down(Step, Option<String>);

impl Explorer<'_> {
    /// What is said of a value at the end of a path where nothing else stands.
    fn probe(&self, path: &[Down], value: Value) -> Option<What> {
        let mut node = of(value);
        for Down(step, kind) in path.iter().rev() {
            node = match step {
                Step::Item(_) => of(Value::List(vec![node])),
                Step::Key(key) => {
                    let tag = kind.iter().map(|kind| (TAG, of(Value::Text(kind.clone()))));
                    table(tag.chain([(key.as_str(), node)]))
                }
            };
        }
        let steps: Vec<Step> = path.iter().map(|Down(step, _)| step.clone()).collect();
        let (found, what) = (self.ask)(&node)?;
        // What lacks is said of a table after all that is there was read: of this one or one above.
        let missing = matches!(what, What::Missing(_) | What::Said(_) | What::Fact(..));
        (!missing || found.as_deref() == Some(&steps)).then_some(what)
    }

    /// What can stand at the end of a path.
    fn at(&self, path: &[Down]) -> Shape {
        let shape = self.alone(path);
        let left_out = || self.probe(path, Value::Text(NONE.to_owned())).is_none();
        match shape {
            Shape::Text | Shape::Decimal => shape,
            _ if left_out() => Shape::Maybe(Box::new(shape)),
            _ => shape,
        }
    }

    fn alone(&self, path: &[Down]) -> Shape {
        let Some(What::Due(due)) = self.probe(path, Value::Flag(true)) else { return Shape::Flag };
        let with = |step: Step, kind: Option<&str>| {
            let mut path = path.to_vec();
            path.push(Down(step, kind.map(str::to_owned)));
            path
        };
        match due.as_str() {
            DECIMAL => Shape::Decimal,
            "u8" => Shape::Whole(u8::MAX.to_string()),
            "u16" => Shape::Whole(u16::MAX.to_string()),
            "u32" => Shape::Whole(u32::MAX.to_string()),
            "u64" => Shape::Whole(u64::MAX.to_string()),
            "a text in quotes" | "a string" => Shape::Text,
            "a list" | "a sequence" => Shape::List(Box::new(self.at(&with(Step::Item(0), None)))),
            _ if due.starts_with("a whole number") => {
                Shape::Whole(due.rsplit(' ').next().unwrap_or_default().to_owned())
            }
            _ if due.starts_with("a list of ") || due.starts_with("a tuple of ") => {
                let digits = due.rsplit(' ').next().unwrap_or_default();
                Shape::Tuple(digits.parse().unwrap_or_default())
            }
            _ if due.starts_with("one of ") || due == "string or map" => {
                let forms = self.words(path).into_iter().map(|name| {
                    let alone = self.probe(path, Value::Text(name.clone())).is_none();
                    let under = with(Step::Key(name.clone()), None);
                    Form { inner: (!alone).then(|| self.at(&under)), name }
                });
                Shape::Choice(forms.collect())
            }
            _ if due.starts_with("internally tagged") => {
                let tag = with(Step::Key(TAG.to_owned()), None);
                let kinds = self.words(&tag).into_iter();
                Shape::Kinds(
                    kinds.map(|kind| (kind.clone(), self.fields(path, Some(&kind)))).collect(),
                )
            }
            _ => Shape::Table(self.fields(path, None)),
        }
    }

    /// The words that may stand there.
    fn words(&self, path: &[Down]) -> Vec<String> {
        match self.probe(path, Value::Text(NOTHING.to_owned())) {
            Some(What::Choice(_, words)) => words.iter().map(|word| (*word).to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The keys of a table.
    fn fields(&self, path: &[Down], kind: Option<&str>) -> Vec<Field> {
        let tag = || kind.map(|kind| (TAG, of(Value::Text(kind.to_owned()))));
        let strange = table(tag().into_iter().chain([(NOTHING, of(Value::Flag(true)))]));
        let Some(What::Unknown(_, keys)) = self.probe(path, strange.value) else {
            return Vec::new();
        };
        let shapes: Vec<(&str, Shape)> = keys
            .iter()
            .map(|key| {
                let mut inner = path.to_vec();
                inner.push(Down(Step::Key((*key).to_owned()), kind.map(str::to_owned)));
                (*key, self.at(&inner))
            })
            .collect();
        let needed = |key: &str| {
            let others = shapes.iter().filter(|(other, _)| *other != key);
            let rest =
                table(tag().into_iter().chain(others.map(|(key, shape)| (*key, sample(shape)))));
            self.probe(path, rest.value) == Some(What::Missing(key.to_owned()))
        };
        shapes
            .iter()
            .map(|(key, shape)| Field {
                key: (*key).to_owned(),
                needed: needed(key),
                shape: shape.clone(),
            })
            .collect()
    }
}

fn of(value: Value) -> Node {
    Node { value, at: Place::Default }
}

fn table<'a>(entries: impl Iterator<Item = (&'a str, Node)>) -> Node {
    let entry = |(key, node): (&str, Node)| Entry { key: key.to_owned(), at: Place::Default, node };
    of(Value::Table(entries.map(entry).collect()))
}

/// Some value of a shape.
fn sample(shape: &Shape) -> Node {
    let fields = |fields: &[Field]| -> Vec<(String, Node)> {
        fields.iter().map(|field| (field.key.clone(), sample(&field.shape))).collect()
    };
    let whole = |fields: Vec<(String, Node)>| {
        table(fields.iter().map(|(key, node)| (key.as_str(), node.clone())))
    };
    match shape {
        Shape::Maybe(inner) => sample(inner),
        Shape::Decimal => of(Value::Text("1".to_owned())),
        Shape::Whole(_) => of(Value::Number("1".to_owned(), true)),
        Shape::Text => of(Value::Text("x".to_owned())),
        Shape::Flag => of(Value::Flag(true)),
        Shape::List(_) => of(Value::List(Vec::new())),
        Shape::Tuple(len) => of(Value::List(vec![of(Value::Text("1".to_owned())); *len])),
        Shape::Table(list) => whole(fields(list)),
        Shape::Choice(forms) => match forms.first() {
            Some(Form { name, inner: Some(inner) }) => whole(vec![(name.clone(), sample(inner))]),
            Some(form) => of(Value::Text(form.name.clone())),
            None => of(Value::Flag(true)),
        },
        Shape::Kinds(kinds) => match kinds.first() {
            Some((kind, list)) => {
                let tag = (TAG.to_owned(), of(Value::Text(kind.clone())));
                whole(std::iter::once(tag).chain(fields(list)).collect())
            }
            None => of(Value::Flag(true)),
        },
    }
}
