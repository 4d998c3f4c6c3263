//! One mechanism against the world without it, figure by figure, and whether it helps or hurts.

use serde::Serialize;

use super::compare::Columns;
use super::figures::FIGURES;
use crate::stats::{Column, Estimate, Means, Resampled};

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

/// What an interval of 95 % says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of it is on the good side of zero: less of what is bad.
    Better,
    /// All of it is on the bad side.
    Worse,
    /// Zero is in it.
    Unclear,
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
    ("predictive", "predictive, moved", "its score, not the same at other times"),
    ("damped", "static", "damped funding, not velocity alone"),
    ("active", "static", "all of it, not nothing"),
    ("active", "gradual", "all of it, not gradual liquidation alone"),
    ("active", "active, moved", "its score, not the same at other times"),
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

impl Verdict {
    fn of(difference: &Option<Estimate>) -> Self {
        match difference {
            Some(estimate) if estimate.is_below(0.0) => Self::Better,
            Some(estimate) if estimate.is_above(0.0) => Self::Worse,
            _ => Self::Unclear,
        }
    }

    /// The mark of a table's cell.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "WORSE",
            Self::Unclear => "",
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
        Some(Difference { key, difference, verdict: Verdict::of(&difference) })
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
    use crate::stats::Interval;

    #[test]
    fn a_verdict_needs_an_interval_without_zero() {
        let of = |low: f64, high: f64| {
            let interval = Some(Interval { low, high });
            Verdict::of(&Some(Estimate { value: low, interval, error: 0.0 }))
        };
        assert_eq!(of(-2.0, -1.0), Verdict::Better);
        assert_eq!(of(1.0, 2.0), Verdict::Worse);
        for (low, high) in [(-1.0, 1.0), (0.0, 0.0), (0.0, 1.0), (-1.0, 0.0)] {
            assert_eq!(of(low, high), Verdict::Unclear);
        }
        let bare = Estimate { value: 9.0, interval: None, error: 0.0 };
        assert_eq!(Verdict::of(&Some(bare)), Verdict::Unclear);
        assert_eq!(Verdict::of(&None), Verdict::Unclear);
    }

    #[test]
    fn everything_judged_is_measured() {
        for (key, _) in JUDGED {
            assert!(Judged::of(key).is_some(), "{key}");
        }
    }
}
