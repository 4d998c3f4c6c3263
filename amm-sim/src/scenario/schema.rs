//! The JSON Schema of scenario files, as the reader has it.

use amm_loop::pool::Design;
use amm_loop::scenario::Scenario;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use super::builtin::EXAMPLE;
use super::designs;
use super::read::{NONE, TAG};
use super::shape::{Field, Form, Shape, shape};
use super::tree::{Entry, Node, Place, Value};

/// The schema of files whose `[experiment]` is an `E`. Its descriptions are the example's comments.
pub fn schema<E: DeserializeOwned>() -> Json {
    let mut table = fields(shape::<Scenario>());
    let field = |key: &str, shape| Field { key: key.to_owned(), needed: false, shape };
    table.push(field(super::EXPERIMENT, shape::<E>()));
    let example = Node::file(EXAMPLE).ok();
    let mut schema = object(&table, example.as_ref(), Need::AsRead);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("amm-sim scenario");
    schema["properties"][designs::KEY] = designs_of(example.as_ref());
    schema
}

/// Names of designs, and tables that change one.
fn designs_of(example: Option<&Node>) -> Json {
    let mut table = fields(shape::<Design>());
    table.insert(0, Field { key: "base".to_owned(), needed: false, shape: Shape::Text });
    let listed = example.and_then(|example| example.get(designs::KEY));
    let items: &[Node] = match listed.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    };
    let changed = items.iter().find(|item| !item.entries().is_empty());
    let mut design = object(&table, changed, Need::Nothing);
    design["properties"]["base"] = json!({ "enum": Design::NAMES });
    json!({ "type": "array", "minItems": 1, "items": { "anyOf": [{ "enum": Design::NAMES }, design] } })
}

fn fields(shape: Shape) -> Vec<Field> {
    match shape {
        Shape::Table(fields) => fields,
        _ => Vec::new(),
    }
}

/// Which keys of a table must be there.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Need {
    AsRead,
    /// A base has them all.
    Nothing,
}

fn object(fields: &[Field], example: Option<&Node>, need: Need) -> Json {
    let mut properties = Map::new();
    for field in fields {
        let entries = example.map_or(&[][..], Node::entries);
        let entry = entries.iter().find(|entry| entry.key == field.key);
        let mut json = json(&field.shape, entry.map(|entry| &entry.node), need);
        if let Some(text) = entry.and_then(comment) {
            json["description"] = Json::from(text);
        }
        properties.insert(field.key.clone(), json);
    }
    let needed = fields.iter().filter(|field| field.needed && need == Need::AsRead);
    let needed: Vec<&str> = needed.map(|field| field.key.as_str()).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": false,
    })
}

fn json(shape: &Shape, example: Option<&Node>, need: Need) -> Json {
    match shape {
        Shape::Decimal => json!({
            "type": ["string", "number"],
            "pattern": "^[+-]?[0-9_]*\\.?[0-9_]*([eE][+-]?[0-9]+)?$|^none$",
        }),
        Shape::Whole(most) => {
            let most: u64 = most.parse().unwrap_or(u64::MAX);
            json!({ "type": "integer", "minimum": 0, "maximum": most })
        }
        Shape::Maybe(inner) => {
            json!({ "anyOf": [json(inner, example, need), { "const": NONE }] })
        }
        Shape::Text => json!({ "type": "string" }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::List(item) => {
            let first = match example.map(|node| &node.value) {
                Some(Value::List(items)) => items.first(),
                _ => None,
            };
            // Of tables, every kind has its own example.
            let example = if matches!(**item, Shape::Kinds(_)) { example } else { first };
            json!({ "type": "array", "items": json(item, example, need) })
        }
        Shape::Tuple(len) => json!({ "type": "array", "minItems": len, "maxItems": len }),
        Shape::Table(fields) => object(fields, example, need),
        Shape::Choice(forms) => choice(forms, example, need),
        Shape::Kinds(kinds) => {
            let one = |(kind, fields): &(String, Vec<Field>)| {
                let mut table = object(fields, of_kind(example, kind), need);
                table["properties"][TAG] = json!({ "const": kind });
                if let Some(required) = table["required"].as_array_mut() {
                    required.insert(0, Json::from(TAG));
                }
                table
            };
            json!({ "oneOf": kinds.iter().map(one).collect::<Vec<_>>() })
        }
    }
}

fn choice(forms: &[Form], example: Option<&Node>, need: Need) -> Json {
    let one = |form: &Form| match &form.inner {
        None => json!({ "const": form.name }),
        Some(inner) => {
            let example = example.and_then(|node| node.get(&form.name));
            let mut table = Map::new();
            table.insert(form.name.clone(), json(inner, example, need));
            json!({
                "type": "object",
                "properties": table,
                "required": [form.name],
                "additionalProperties": false,
            })
        }
    };
    json!({ "oneOf": forms.iter().map(one).collect::<Vec<_>>() })
}

/// The item of a list that is of a kind.
fn of_kind<'a>(list: Option<&'a Node>, kind: &str) -> Option<&'a Node> {
    let Some(Value::List(items)) = list.map(|node| &node.value) else { return None };
    let is = |item: &&Node| {
        let found = item.get(TAG).map(|node| &node.value);
        matches!(found, Some(Value::Text(found)) if found == kind)
    };
    items.iter().find(is)
}

/// The comment at the end of a key's line in the example.
fn comment(entry: &Entry) -> Option<String> {
    let Place::File(start) = entry.at else { return None };
    let line = EXAMPLE.get(start..)?.lines().next()?;
    line.split_once(" # ").map(|(_, comment)| comment.trim().to_owned())
}
