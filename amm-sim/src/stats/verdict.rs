//! What the interval of a difference says.

use serde::Serialize;

use crate::stats::Estimate;

/// Which side of a difference is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less of it.
    Less,
    /// More of it.
    More,
}

/// What an interval of 95 % says of a difference.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of it is on the good side of zero.
    Better,
    /// All of it is on the bad side.
    Worse,
    /// Zero is in it, or there is none.
    #[default]
    Unclear,
}

impl Better {
    /// What a difference says.
    pub fn says(self, difference: Option<Estimate>) -> Verdict {
        let Some(difference) = difference else { return Verdict::Unclear };
        match (self, difference.is_above(0.0), difference.is_below(0.0)) {
            (Self::More, true, _) | (Self::Less, _, true) => Verdict::Better,
            (Self::More, _, true) | (Self::Less, true, _) => Verdict::Worse,
            _ => Verdict::Unclear,
        }
    }
}

impl Verdict {
    /// The mark of a table's cell.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "WORSE",
            Self::Unclear => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    #[test]
    fn a_verdict_needs_an_interval_without_zero() {
        let of = |better: Better, low: f64, high: f64| {
            let interval = Some(Interval { low, high });
            better.says(Some(Estimate { value: low, interval, error: 0.0 }))
        };
        assert_eq!(of(Better::Less, -2.0, -1.0), Verdict::Better);
        assert_eq!(of(Better::Less, 1.0, 2.0), Verdict::Worse);
        assert_eq!(of(Better::More, -2.0, -1.0), Verdict::Worse);
        assert_eq!(of(Better::More, 1.0, 2.0), Verdict::Better);
        for better in [Better::Less, Better::More] {
            for (low, high) in [(-1.0, 1.0), (0.0, 0.0), (0.0, 1.0), (-1.0, 0.0)] {
                assert_eq!(of(better, low, high), Verdict::Unclear);
            }
            let bare = Estimate { value: 9.0, interval: None, error: 0.0 };
            assert_eq!(better.says(Some(bare)), Verdict::Unclear);
            assert_eq!(better.says(None), Verdict::Unclear);
        }
    }
}
