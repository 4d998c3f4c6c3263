//! The run so far, thinned.

use super::Number;
use super::frame::History;

/// One moment of a history.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moment {
    pub(super) time_s: u64,
    pub(super) spot: Number,
    pub(super) gain: Number,
    pub(super) ahead: Number,
    pub(super) everyone: Option<Number>,
    pub(super) realised: Number,
    pub(super) quoted: Option<Number>,
    pub(super) flow: Number,
    pub(super) skew_reserve: Number,
}

/// Moments at even distances: when there are too many, every other one is dropped, and from then on
/// every other one that comes.
#[derive(Clone, Debug)]
pub(super) struct Past {
    kept: Vec<Moment>,
    /// Moments so far.
    seen: u64,
    /// One in so many is kept.
    stride: u64,
    last: Option<Moment>,
}

/// Moments that are kept at most.
const MOST: usize = 480;

impl Past {
    pub(super) const fn new() -> Self {
        Self { kept: Vec::new(), seen: 0, stride: 1, last: None }
    }

    /// One more.
    pub(super) fn push(&mut self, moment: Moment) {
        if self.seen.is_multiple_of(self.stride) {
            if self.kept.len() >= MOST {
                self.stride *= 2;
                let mut even = false;
                self.kept.retain(|_| {
                    even = !even;
                    even
                });
            }
            if self.seen.is_multiple_of(self.stride) {
                self.kept.push(moment);
            }
        }
        self.seen += 1;
        self.last = Some(moment);
    }

    /// In columns, with the last moment at their end.
    pub(super) fn columns(&self) -> History {
        let mut history = History::default();
        let last = self.last.filter(|last| self.kept.last() != Some(last));
        for moment in self.kept.iter().copied().chain(last) {
            history.time_s.push(moment.time_s);
            history.spot.push(moment.spot);
            history.gain.push(moment.gain);
            history.ahead.push(moment.ahead);
            history.everyone.push(moment.everyone);
            history.realised.push(moment.realised);
            history.quoted.push(moment.quoted);
            history.flow.push(moment.flow);
            history.skew_reserve.push(moment.skew_reserve);
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_a_run_is_its_history_is_even_and_whole() {
        for count in [0_u64, 1, 2, 479, 480, 481, 5_000, 100_003] {
            let mut past = Past::new();
            for time_s in 0..count {
                past.push(Moment { time_s, ..Moment::default() });
            }
            let times = past.columns().time_s;
            assert!(times.len() <= MOST + 1, "{count}: {}", times.len());
            assert!(times.len() as u64 >= count.min(MOST as u64 / 2), "{count}: {}", times.len());
            assert_eq!(times.first().copied(), (count > 0).then_some(0));
            assert_eq!(times.last().copied(), count.checked_sub(1));
            let steps: Vec<u64> = times.windows(2).map(|two| two[1] - two[0]).collect();
            let even = &steps[..steps.len().saturating_sub(1)];
            assert!(even.windows(2).all(|two| two[0] == two[1]), "{count}: {steps:?}");
        }
    }
}
