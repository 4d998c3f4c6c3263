//! Designs by name, and what a file changes about them.

use amm_loop::pool::Design;

use super::fault::{Fault, What};
use super::read::NONE;
use super::tree::{Entry, Node, Step, Value};

/// What a file compares that does not say: the first is what the others are held against.
const COMPARED: [&str; 5] = Design::NAMES;

/// The key of a file that lists designs.
pub(super) const KEY: &str = "designs";

/// The path of a design.
pub(super) fn path(place: usize) -> [Step; 2] {
    [Step::Key(KEY.to_owned()), Step::Item(place)]
}

/// Makes every design of a file a table: of the name alone, the table with it as base.
pub(super) fn spread(root: &mut Node) {
    if root.get(KEY).is_none() {
        let text =
            |name: &&str| Node { value: Value::Text((*name).to_owned()), at: root.at.clone() };
        let list = Value::List(COMPARED.iter().map(text).collect());
        let at = super::tree::Place::Default;
        root.put(KEY, Node { value: list, at });
    }
    let list = root.follow_mut(&[Step::Key(KEY.to_owned())]);
    let Some(Node { value: Value::List(items), .. }) = list else { return };
    for item in items {
        if let Value::Text(name) = &item.value {
            let (name, at) = (name.clone(), item.at.clone());
            let node = Node { value: Value::Text(name), at: at.clone() };
            item.value = Value::Table(vec![Entry { key: "base".to_owned(), at, node }]);
        }
    }
}

/// The name of a design as a file has it.
pub(super) fn name(design: &Node) -> Option<&str> {
    let said = design.get("name").or_else(|| design.get("base"));
    match said.map(|node| &node.value) {
        Some(Value::Text(name)) => Some(name),
        _ => None,
    }
}

/// Puts under every design what its base has.
pub(super) fn expand(root: &mut Node) -> Result<(), Fault> {
    spread(root);
    let at = [Step::Key(KEY.to_owned())];
    let Some(Node { value: Value::List(items), .. }) = root.follow_mut(&at) else {
        let what = What::Due("a list of names and tables".to_owned());
        return Err(Fault { what, path: Some(at.to_vec()), vague: false });
    };
    if items.is_empty() {
        let remedy = "name one or more, the baseline first: designs = [\"static\", \"dynamic\"]";
        return Err(Fault::fact(&at, "names no design", remedy));
    }
    let mut names: Vec<String> = Vec::new();
    for (place, item) in items.iter_mut().enumerate() {
        let path = path(place);
        if !matches!(item.value, Value::Table(_)) {
            let what = What::Due("a name or a table".to_owned());
            return Err(Fault { what, path: Some(path.to_vec()), vague: false });
        }
        if item.get("base").is_none() && item.get("params").is_none() {
            let remedy =
                format!("write base = \"dynamic\"; there are {}", Design::NAMES.join(", "));
            return Err(Fault::fact(&path, "says no base", remedy));
        }
        if let Some(base) = item.take("base") {
            let mut inner = path.to_vec();
            inner.push(Step::Key("base".to_owned()));
            let Value::Text(word) = &base.value else {
                item.put("base", base);
                return Err(Fault {
                    what: What::Due("the name of a design".to_owned()),
                    path: Some(inner),
                    vague: false,
                });
            };
            let Some(design) = Design::by_name(word) else {
                let what = What::Choice(word.clone(), &Design::NAMES);
                item.put("base", base);
                return Err(Fault { what, path: Some(inner), vague: false });
            };
            let broken = |reason: String| Fault::fact(&path, reason, "name another base");
            let written = toml::to_string(&design).map_err(|error| broken(error.to_string()))?;
            let whole = Node::defaults(&written).map_err(|error| broken(error.reason))?;
            let over = std::mem::replace(item, Node { value: whole.value, at: base.at });
            merge(item, over);
        }
        let name = name(item).unwrap_or_default().to_owned();
        if names.contains(&name) {
            let mut inner = path.to_vec();
            inner.push(Step::Key("name".to_owned()));
            let reason = format!("another design is called `{name}`");
            return Err(Fault::fact(&inner, reason, "give each its own name"));
        }
        names.push(name);
    }
    Ok(())
}

/// Lays a tree over another: tables are merged, all else is replaced. A table of one key takes the
/// place of a table of one other key, since both are choices.
fn merge(under: &mut Node, over: Node) {
    let Value::Table(entries) = over.value else {
        *under = over;
        return;
    };
    let Value::Table(below) = &under.value else {
        *under = Node { value: Value::Table(entries), at: over.at };
        return;
    };
    if let ([one], [other]) = (&below[..], &entries[..])
        && one.key != other.key
    {
        *under = Node { value: Value::Table(entries), at: over.at };
        return;
    }
    under.at = over.at;
    for entry in entries {
        let none = matches!(&entry.node.value, Value::Text(word) if word == NONE);
        match under.follow_mut(&[Step::Key(entry.key.clone())]) {
            Some(node) if !none => merge(node, entry.node),
            _ => under.put(&entry.key, entry.node),
        }
    }
}
