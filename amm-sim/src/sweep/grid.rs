//! The cells of a sweep: every combination of values, in one order that no split changes.

use amm_core::engine::Digest;
use serde::{Deserialize, Serialize};

/// Parameters and their values.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// What is swept, slowest first.
    pub over: Vec<Axis>,
    /// SHA-256 of the scenario that all cells begin from.
    pub scenario_digest: String,
    /// Of this program: cells of another are others.
    pub version: String,
}

/// A parameter and its values.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Its path, such as `market.depth.base`.
    pub key: String,
    /// As typed.
    pub values: Vec<String>,
}

/// Why there is no axis.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("--over {text}: {reason}")]
pub struct AxisError {
    /// As typed.
    pub text: String,
    /// The fact.
    pub reason: String,
}

/// The most cells of a sweep.
pub const CELLS_MAX: usize = 1_000_000;

impl Axis {
    /// Of `KEY=v1,v2,...`; a comma inside of brackets or quotes divides nothing.
    ///
    /// # Errors
    ///
    /// No `=`, no values, or one twice.
    pub fn parse(text: &str) -> Result<Self, AxisError> {
        let error = |reason: &str| AxisError { text: text.to_owned(), reason: reason.to_owned() };
        let (key, list) = text.split_once('=').ok_or_else(|| error("has no `=`"))?;
        let values = divided(list);
        if key.trim().is_empty() || values.iter().any(String::is_empty) {
            return Err(error("lacks a key or a value"));
        }
        match (1..values.len()).find(|at| values[..*at].contains(&values[*at])) {
            Some(at) => Err(error(&format!("has {} twice", values[at]))),
            None => Ok(Self { key: key.trim().to_owned(), values }),
        }
    }
}

impl Grid {
    /// How many cells there are; `None` if more than can be counted.
    pub fn cells(&self) -> Option<usize> {
        self.over.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(axis.values.len()))
    }

    /// What a cell sets: the last parameter changes fastest.
    pub fn cell(&self, cell: usize) -> Vec<(&str, &str)> {
        let mut rest = cell;
        let mut set: Vec<(&str, &str)> = Vec::with_capacity(self.over.len());
        for axis in self.over.iter().rev() {
            set.push((&axis.key, &axis.values[rest % axis.values.len()]));
            rest /= axis.values.len();
        }
        set.reverse();
        set
    }

    /// What tells this sweep from any other.
    pub fn digest(&self) -> String {
        // Strings can be written.
        Digest::of_bytes(&serde_json::to_vec(self).unwrap_or_default()).to_string()
    }
}

fn divided(list: &str) -> Vec<String> {
    let (mut values, mut depth, mut quoted) = (vec![String::new()], 0_usize, false);
    for c in list.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = values.last_mut() {
            last.push(c);
        }
    }
    values.iter().map(|value| value.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_go_through_the_last_parameter_first() {
        let over = ["a=1,2", "b.c=x, [1, 2],\"p,q\""];
        let over = over.iter().map(|text| Axis::parse(text).unwrap()).collect();
        let grid = Grid { over, scenario_digest: String::new(), version: String::new() };
        assert_eq!(grid.cells(), Some(6));
        assert_eq!(grid.cell(0), [("a", "1"), ("b.c", "x")]);
        assert_eq!(grid.cell(1), [("a", "1"), ("b.c", "[1, 2]")]);
        assert_eq!(grid.cell(5), [("a", "2"), ("b.c", "\"p,q\"")]);
    }

    #[test]
    fn an_axis_has_values_each_once() {
        let refusal = |text| Axis::parse(text).unwrap_err().to_string();
        assert_eq!(refusal("a"), "--over a: has no `=`");
        assert_eq!(refusal("a=1,,2"), "--over a=1,,2: lacks a key or a value");
        assert_eq!(refusal("a=1,2,1"), "--over a=1,2,1: has 1 twice");
    }
}
