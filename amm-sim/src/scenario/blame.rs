//! Which key is at fault when a whole scenario is refused.

use super::builtin;
use super::error::matching;
use super::tree::{Node, Step, Value};

/// What may stand for a decimal, and for a whole number.
const DECIMALS: [&str; 10] = ["1", "0", "0.5", "0.01", "0.0001", "2", "100", "10000", "1e6", "1e9"];
const WHOLE: [&str; 8] = ["1", "0", "2", "10", "100", "3600", "86400", "1000000"];

/// More values than this are not tried.
const MOST: usize = 400;

/// The path of the value without which `refusal` gives another answer: first those that the answer
/// speaks of, and those that make it good before those that only change it.
pub(super) fn blame(
    root: &Node,
    under: &[Step],
    refusal: &dyn Fn(&Node) -> Option<String>,
) -> Option<Vec<Step>> {
    let first = refusal(root)?;
    let mut leaves = Vec::new();
    collect(root.follow(under)?, &mut under.to_vec(), &mut leaves);
    leaves.sort_by_key(|path| !spoken(&first, path));
    leaves.truncate(MOST);
    let mut changed = None;
    for source in [known, guessed] {
        for path in &leaves {
            for value in source(root, path) {
                let mut trial = root.clone();
                if let Some(node) = trial.follow_mut(path) {
                    node.value = value;
                }
                match refusal(&trial) {
                    None => return Some(path.clone()),
                    Some(other) if other != first && changed.is_none() => {
                        changed = Some(path.clone());
                    }
                    Some(_) => {}
                }
            }
        }
    }
    changed
}

/// Whether a reason has a word of a key.
fn spoken(reason: &str, path: &[Step]) -> bool {
    let Some(Step::Key(key)) = path.iter().rev().find(|step| matches!(step, Step::Key(_))) else {
        return false;
    };
    let words = key.split('_').filter(|word| word.len() > 2);
    words.map(|word| word.trim_end_matches('s')).any(|word| reason.contains(word))
}

/// All values that can be wrong: numbers, and lists of them as a whole.
fn collect(node: &Node, path: &mut Vec<Step>, into: &mut Vec<Vec<Step>>) {
    match &node.value {
        Value::Table(entries) => {
            for entry in entries {
                path.push(Step::Key(entry.key.clone()));
                collect(&entry.node, path, into);
                path.pop();
            }
        }
        Value::List(items) if items.iter().any(|item| matches!(item.value, Value::Table(_))) => {
            for (place, item) in items.iter().enumerate() {
                path.push(Step::Item(place));
                collect(item, path, into);
                path.pop();
            }
        }
        Value::Text(_) | Value::Number(..) | Value::List(_) => into.push(path.clone()),
        Value::Flag(_) => {}
    }
}

/// What stands there in scenarios that are right.
fn known(root: &Node, path: &[Step]) -> Vec<Value> {
    let trees = builtin::examples().iter().filter_map(|tree| matching(root, tree, path));
    trees.map(|node| node.value.clone()).take(1).collect()
}

/// What else could.
fn guessed(root: &Node, path: &[Step]) -> Vec<Value> {
    match root.follow(path).map(|node| &node.value) {
        Some(Value::Text(_)) => DECIMALS.map(|digits| Value::Text(digits.to_owned())).to_vec(),
        Some(Value::Number(..)) => {
            WHOLE.map(|digits| Value::Number(digits.to_owned(), true)).to_vec()
        }
        Some(Value::List(items)) => {
            let first = |count: usize| Value::List(items[..count.min(items.len())].to_vec());
            vec![first(items.len() / 2), first(1)]
        }
        _ => Vec::new(),
    }
}
