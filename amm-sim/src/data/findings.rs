//! What was found while a file was read: its span, its gaps, what stands twice.

use amm_rows::Fault;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many places are kept of each kind of finding.
pub const PLACES_MAX: usize = 5;

/// What was found while a file was read.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Findings {
    /// Rows read, those that stand twice among them.
    pub rows: u64,
    /// By underlying or symbol; one without a name if the file has one series.
    pub spans: BTreeMap<String, Span>,
    /// Rows that had been there, which were not given again.
    pub duplicates: Finds,
    /// Numbers of a sequence that were passed over.
    pub missing: Finds,
    /// Rows by what they are.
    pub counts: BTreeMap<&'static str, u64>,
}

/// How many there are of something, and the first of them.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Finds {
    /// All of them.
    pub count: u64,
    /// At most [`PLACES_MAX`].
    pub first: Vec<Find>,
}

/// One of them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Find {
    /// The line.
    pub line: u64,
    /// What was there.
    pub what: String,
}

/// A series of times.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Span {
    /// Different times: rounds, bars, trades' milliseconds.
    pub times: u64,
    /// The earliest, in milliseconds since 1970.
    pub first_ms: u64,
    /// The latest.
    pub last_ms: u64,
    /// The median from one time to the next; `None` for what comes as it comes.
    pub step_ms: Option<u64>,
    /// Steps of more than one and a half times the median; none without a step.
    pub gaps: u64,
    /// How many times the gaps leave out, at the median's pace.
    pub gaps_missing: u64,
    /// The first gaps, at most [`PLACES_MAX`].
    pub gaps_first: Vec<Gap>,
    /// The longest from one time to the next, gap or not.
    pub longest: Option<Gap>,
}

/// From one time to the next.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Gap {
    /// The line of the row after it.
    pub line: u64,
    /// The time before it.
    pub from_ms: u64,
    /// The time after it.
    pub to_ms: u64,
}

impl Gap {
    /// How long it is.
    pub fn length_ms(&self) -> u64 {
        self.to_ms.abs_diff(self.from_ms)
    }
}

impl Finds {
    /// Counts one more, and keeps it if it is among the first.
    pub(super) fn add(&mut self, line: u64, count: u64, what: impl FnOnce() -> String) {
        self.count += count;
        if self.first.len() < PLACES_MAX {
            self.first.push(Find { line, what: what() });
        }
    }
}

/// The times of one series as they come.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    count: u64,
    first: u64,
    last: u64,
    /// Of each length from one time to the next: how many, and the first of them.
    steps: BTreeMap<u64, (u64, Vec<Gap>)>,
    longest: Option<Gap>,
    irregular: bool,
}

impl Times {
    /// Times of which no pace is expected.
    pub(super) fn irregular() -> Self {
        Self { irregular: true, ..Self::default() }
    }

    /// The next row's time; the same as the last is no new one.
    pub(super) fn add(&mut self, line: u64, ms: u64) {
        if self.count == 0 {
            self.first = ms;
        } else if ms == self.last {
            return;
        } else {
            let gap = Gap { line, from_ms: self.last, to_ms: ms };
            if self.longest.is_none_or(|longest| longest.length_ms() < gap.length_ms()) {
                self.longest = Some(gap);
            }
            if !self.irregular {
                let (count, first) = self.steps.entry(gap.length_ms()).or_default();
                *count += 1;
                if first.len() < PLACES_MAX {
                    first.push(gap);
                }
            }
        }
        self.count += 1;
        self.last = ms;
    }

    /// What they come to.
    pub(super) fn span(&self) -> Span {
        let mut span = Span {
            times: self.count,
            first_ms: self.first.min(self.last),
            last_ms: self.first.max(self.last),
            longest: self.longest,
            ..Span::default()
        };
        let Some(step) = self.median() else { return span };
        span.step_ms = Some(step);
        for (length, (count, first)) in self.steps.range(step + step / 2 + 1..) {
            span.gaps += count;
            let steps = (length + step / 2) / step.max(1);
            span.gaps_missing += count * steps.saturating_sub(1);
            span.gaps_first.extend(first);
        }
        span.gaps_first.sort_by_key(|gap| gap.line);
        span.gaps_first.truncate(PLACES_MAX);
        span
    }

    fn median(&self) -> Option<u64> {
        let all: u64 = self.steps.values().map(|(count, _)| count).sum();
        let mut before = 0;
        let middle = self.steps.iter().find(|(_, (count, _))| {
            before += count;
            2 * before >= all
        });
        middle.map(|(step, _)| *step)
    }
}

/// Which way the times of a file run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Order {
    last: Option<(u64, u64)>,
    falling: Option<bool>,
    either: bool,
}

impl Order {
    /// Either way, but one way all through: the first change says which.
    pub(super) fn either() -> Self {
        Self { either: true, ..Self::default() }
    }

    /// The next row's time.
    pub(super) fn admit(&mut self, column: &'static str, line: u64, ms: u64) -> Result<(), Fault> {
        if let Some((before, at)) = self.last {
            if ms != before && self.falling.is_none() {
                self.falling = Some(self.either && ms < before);
            }
            let falling = self.falling == Some(true);
            if if falling { ms > before } else { ms < before } {
                let (relation, order) =
                    if falling { ("after", "fall") } else { ("before", "rise") };
                let reason = format!("{ms} is {relation} the {before} of line {at}");
                let remedy = if order == "fall" {
                    "sort the rows by time; those before fall"
                } else {
                    "sort the rows by time"
                };
                return Err(Fault::in_column(column, reason, remedy));
            }
        }
        self.last = Some((ms, line));
        Ok(())
    }

    /// Whether the times fall.
    pub(super) fn falls(&self) -> bool {
        self.falling == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_steps_of_more_than_one_and_a_half() {
        let mut times = Times::default();
        for (at, ms) in [0, 60, 120, 120, 210, 270, 450, 510].into_iter().enumerate() {
            times.add(at as u64 + 2, ms);
        }
        let span = times.span();
        assert_eq!((span.times, span.first_ms, span.last_ms, span.step_ms), (7, 0, 510, Some(60)));
        // 90 is exactly one and a half.
        let gap = Gap { line: 8, from_ms: 270, to_ms: 450 };
        assert_eq!((span.gaps, span.gaps_missing, span.longest), (1, 2, Some(gap)));
        assert_eq!(span.gaps_first, [gap]);
    }

    #[test]
    fn no_gaps_where_no_pace_is_expected() {
        let mut times = Times::irregular();
        [5, 6, 1000].into_iter().for_each(|ms| times.add(1, ms));
        let span = times.span();
        assert_eq!((span.gaps, span.step_ms, span.longest.unwrap().length_ms()), (0, None, 994));
        assert_eq!(Times::default().span(), Span::default());
    }

    #[test]
    fn a_time_against_the_order_is_refused_with_both() {
        let mut order = Order::default();
        order.admit("ts_ms", 2, 10).unwrap();
        let fault = order.admit("ts_ms", 3, 9).unwrap_err();
        assert_eq!(fault.to_string(), "column ts_ms: 9 is before the 10 of line 2");
        let mut order = Order::either();
        for ms in [10, 10, 9, 3] {
            order.admit("t", 2, ms).unwrap();
        }
        assert!(order.falls() && order.admit("t", 3, 4).is_err());
    }
}
