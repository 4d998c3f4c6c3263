//! One mechanism against the world without it, figure by figure, and whether it helps or hurts.

use serde::Serialize;

use super::compare::Columns;
use super::figures::FIGURES;
use crate::stats::{Better, Column, Estimate, Means, Resampled, Verdict};

/// A design less another on the same paths.
#[derive(Clone, Debug, Serialize)]
pub struct Contrast {
    /// Which design.
    pub design: String,
    /// Less which.
    pub against: String,
    /// What that asks.
    pub question: &'static str,
    /// In the order of [`JUDGED`].
    pub differences: Vec<Difference>,
}

/// A difference of a figure.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Difference {
    /// The figure.
    pub key: &'static str,
    /// With its interval.
    pub difference: Option<Estimate>,
    /// What it says of the design.
    pub verdict: Verdict,
}

/// What designs are judged by, key and unit; less is better in all of them.
pub const JUDGED: [(&str, &str); 8] = [
    ("bad_debt", "m"),
    ("insured", "m"),
    ("deleveraged", "m"),
    ("forced", "m"),
    ("cascade", "m"),
    ("drift", "m"),
    ("x_open", ""),
    ("x_variance", ""),
];

/// Which designs are set against each other, and why.
const PAIRS: [(&str, &str, &str); 12] = [
    ("gradual", "static", "gradual liquidation, not half at once"),
    ("dynamic", "static", "dynamic margin, not fixed"),
    ("abrupt", "dynamic", "no speed limit for standing positions"),
    ("breaker", "static", "a breaker, not none"),
    ("halt", "static", "a breaker whose halts have no auction, not none"),
    ("breaker", "halt", "auctions while halted, not nothing"),
    ("predictive", "dynamic", "predictive margin, not reactive"),
    ("predictive", "predictive, shuffled", "its score, not the same shuffled by the hour"),
    ("damped", "static", "damped funding, not velocity alone"),
    ("active", "static", "all of it, not nothing"),
    ("active", "gradual", "all of it, not gradual liquidation alone"),
    ("active", "active, shuffled", "its score, not the same shuffled by the hour"),
];

enum Judged {
    Mean(usize),
    Fall,
    Squares,
}

impl Judged {
    fn of(key: &str) -> Option<Self> {
        match key {
            "x_open" => Some(Self::Fall),
            "x_variance" => Some(Self::Squares),
            _ => FIGURES.iter().position(|figure| figure.0 == key).map(Self::Mean),
        }
    }

    fn value(&self, rows: &Columns, means: Means<'_>) -> Option<f64> {
        let ratio = |[above, below]: [Column; 2]| means.ratio(above, below);
        match self {
            Self::Mean(at) => Some(means.of(rows.figures[*at])),
            Self::Fall => ratio(rows.fall),
            Self::Squares => ratio(rows.squares),
        }
    }
}

/// All pairs of which both are there.
pub(super) fn contrasts(resampled: &Resampled, all: &[&Columns]) -> Vec<Contrast> {
    let named = |name: &str| all.iter().find(|rows| rows.name == name).copied();
    let pairs = PAIRS.iter().filter_map(|(one, other, question)| {
        Some(contrast(resampled, named(one)?, named(other)?, question))
    });
    pairs.collect()
}

fn contrast(
    resampled: &Resampled,
    one: &Columns,
    other: &Columns,
    question: &'static str,
) -> Contrast {
    let differences = JUDGED.iter().filter_map(|(key, _)| {
        let judged = Judged::of(key)?;
        let difference = resampled
            .estimate(|means| Some(judged.value(one, means)? - judged.value(other, means)?));
        Some(Difference { key, difference, verdict: Better::Less.says(difference) })
    });
    Contrast {
        design: one.name.clone(),
        against: other.name.clone(),
        question,
        differences: differences.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_judged_is_measured() {
        for (key, _) in JUDGED {
            assert!(Judged::of(key).is_some(), "{key}");
        }
    }
}
