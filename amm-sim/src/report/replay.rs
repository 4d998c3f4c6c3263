//! Quotes beside the exchange's, in the two shapes that a picture can show: how far off through time, and
//! whole smiles at three times.
#![allow(clippy::float_arithmetic, reason = "means of finished results, added in the rows' order")]

use crate::tables::{Column, Holds, Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Columns of the table `replay_iv`.
struct Places {
    underlying: Option<usize>,
    time: usize,
    design: usize,
    mid: usize,
    bid: usize,
    ask: usize,
    quoted: usize,
}

impl Places {
    fn of(table: &Table) -> Option<Self> {
        Some(Self {
            underlying: table.place("underlying"),
            time: table.place("time")?,
            design: table.place("design")?,
            mid: table.place("exchange_iv")?,
            bid: table.place("exchange_bid")?,
            ask: table.place("exchange_ask")?,
            quoted: table.place("quoted_iv")?,
        })
    }

    fn underlying(&self, row: &[Value]) -> String {
        self.underlying.map_or_else(String::new, |place| row[place].text().into_owned())
    }
}

fn number(value: &Value) -> Option<f64> {
    if let Value::Float(number) = value { Some(*number) } else { None }
}

fn integer(value: &Value) -> i128 {
    if let Value::Integer(number) = value { *number } else { 0 }
}

/// By underlying, design and time: mean distance from the exchange's mid in volatility points, and the
/// share of quotes within its bid and ask.
pub(super) fn errors(table: &Table) -> Table {
    let columns = vec![
        Column::new("underlying", Holds::Text, "", "such as BTC"),
        Column::new("design", Holds::Text, "", "of the pool"),
        Column::new("time", Holds::Integer, "s", "since 1970"),
        Column::new("distance", Holds::Float, "vol points", "mean of |quoted - exchange's mid|"),
        Column::new("shift", Holds::Float, "vol points", "mean of quoted - exchange's mid"),
        Column::new("inside", Holds::Float, "1", "share of quotes within bid and ask").maybe(),
    ];
    let mut errors = Table::new("replay_error", "Distance from the exchange's quotes", columns);
    let Some(places) = Places::of(table) else { return errors };
    let mut sums: BTreeMap<_, Sum> = BTreeMap::new();
    for row in table.rows() {
        let (Some(quoted), Some(mid)) = (number(&row[places.quoted]), number(&row[places.mid]))
        else {
            continue;
        };
        let design = row[places.design].text().into_owned();
        let key = (places.underlying(row), design, integer(&row[places.time]));
        let sum = sums.entry(key).or_default();
        sum.count += 1.0;
        sum.distance += (quoted - mid).abs();
        sum.shift += quoted - mid;
        if let (Some(bid), Some(ask)) = (number(&row[places.bid]), number(&row[places.ask])) {
            sum.sided += 1.0;
            sum.inside += if bid <= quoted && quoted <= ask { 1.0 } else { 0.0 };
        }
    }
    for ((underlying, design, time), sum) in sums {
        let inside = (sum.sided > 0.0).then(|| sum.inside / sum.sided);
        let cells = vec![
            underlying.into(),
            design.into(),
            Value::Integer(time),
            (100.0 * sum.distance / sum.count).into(),
            (100.0 * sum.shift / sum.count).into(),
            inside.into(),
        ];
        let _ = errors.push_row(cells); // means of finite numbers fit
    }
    errors
}

#[derive(Default)]
struct Sum {
    count: f64,
    distance: f64,
    shift: f64,
    sided: f64,
    inside: f64,
}

/// The rows at each underlying's first, middle and last time.
pub(super) fn smiles(table: &Table) -> Table {
    let Some(places) = Places::of(table) else { return table.with_rows(Vec::new()) };
    let mut times: BTreeMap<String, BTreeSet<i128>> = BTreeMap::new();
    for row in table.rows() {
        times.entry(places.underlying(row)).or_default().insert(integer(&row[places.time]));
    }
    let chosen: BTreeMap<_, _> = times
        .into_iter()
        .map(|(underlying, times)| {
            let all: Vec<_> = times.into_iter().collect();
            let places = BTreeSet::from([0, all.len() / 2, all.len() - 1]);
            (underlying, places.into_iter().map(|place| all[place]).collect::<Vec<_>>())
        })
        .collect();
    let chosen = |row: &&Vec<Value>| {
        let times = chosen.get(&places.underlying(row));
        times.is_some_and(|times| times.contains(&integer(&row[places.time])))
    };
    table.with_rows(table.rows().iter().filter(chosen).cloned().collect())
}
