//! Cells of estimates.

use crate::experiment::summary::Figure;
use crate::stats::Estimate;
use crate::tables::Value;

/// A value with its ends.
pub(super) type Three = [(&'static str, Value); 3];

/// An estimate in three columns; empty where it is not defined.
pub(super) fn three(names: [&'static str; 3], estimate: Option<Estimate>) -> Three {
    let interval = estimate.and_then(|estimate| estimate.interval);
    let values = [
        estimate.map(|estimate| estimate.value),
        interval.map(|interval| interval.low),
        interval.map(|interval| interval.high),
    ];
    with(names, values)
}

/// A figure in three columns.
pub(super) fn figure(names: [&'static str; 3], figure: &Figure) -> Three {
    with(names, [figure.value, figure.low, figure.high])
}

fn with(names: [&'static str; 3], values: [Option<f64>; 3]) -> Three {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite()).into();
    let [a, b, c] = names;
    let [x, y, z] = values;
    [(a, finite(x)), (b, finite(y)), (c, finite(z))]
}
