//! A frame as lines of text.

use super::Number;
use super::frame::{Frame, Level, SourceState};

impl Level {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Watch => "watch",
            Self::Warning => "warning",
            Self::Alarm => "alarm",
        }
    }
}

impl SourceState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Idle => "up to date",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }
}

/// Cash in three digits or so: 1.25 M.
pub(super) fn cash(value: Number) -> String {
    let value = value.0;
    let steps = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
    let step = steps.iter().find(|(unit, _)| value.abs() >= 0.9995 * unit);
    let (unit, letter) = step.copied().unwrap_or((1.0, ""));
    let scaled = value / unit;
    match scaled.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{scaled:.0}{letter}"),
        size if size >= 10.0 => format!("{scaled:.1}{letter}"),
        _ => format!("{scaled:.2}{letter}"),
    }
}

/// A price with as many digits as one reads.
pub(super) fn price(value: Number) -> String {
    match value.0.abs() {
        size if size >= 10_000.0 => format!("{:.0}", value.0),
        size if size >= 100.0 => format!("{:.1}", value.0),
        size if size >= 1.0 => format!("{:.3}", value.0),
        _ => format!("{:.6}", value.0),
    }
}

/// A share as a percentage; `-` for none.
pub(super) fn percent(value: Option<Number>) -> String {
    value.map_or("-".to_owned(), |value| format!("{:.1} %", 100.0 * value.0))
}

/// A time of day and its date, in UTC: `2023-11-14 22:13`.
pub(super) fn clock(time_s: u64) -> String {
    let (days, second) = (time_s / 86_400, time_s % 86_400);
    // Howard Hinnant's days to civil date, for days since 1970.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + next;
    format!("{year}-{month:02}-{day:02} {:02}:{:02}", second / 3600, second % 3600 / 60)
}

/// How far what is followed has come.
pub(super) fn progress(frame: &Frame) -> String {
    let source = &frame.source;
    match (source.blocks, source.events) {
        (Some([done, all]), _) => format!("block {done} of {all}"),
        (None, Some([events, accepted, _])) => format!("{events} events, {accepted} accepted"),
        _ => String::new(),
    }
}

/// A frame for people, a line a fact.
pub fn told(frame: &Frame) -> String {
    let source = &frame.source;
    let design = source.design.as_ref().map_or(String::new(), |design| format!(", {design}"));
    let mut text = format!(
        "{}{design}: {}, {}\n  level       {}\n",
        source.title,
        source.state.name(),
        progress(frame),
        frame.level.name()
    );
    let mut line = |name: &str, what: String| text += &format!("  {name:<11} {what}\n");
    for warning in &frame.warnings {
        line("", format!("{}: {}", warning.level.name(), warning.reason));
    }
    if let Some(market) = frame.market {
        line("time", clock(frame.time_s));
        line("spot", price(market.spot));
    }
    if let Some(gain) = &frame.loop_gain {
        let everyone = gain.everyone.map(|gain| format!(", everyone's {:.3}", gain.0));
        let everyone = everyone.unwrap_or_default();
        line("loop gain", format!("{:.3}, ahead {:.3}{everyone}", gain.now.0, gain.ahead.0));
    }
    if let Some(greeks) = frame.greeks {
        line("gamma", format!("{} for 1 %", cash(greeks.gex)));
        line("delta", format!("{:.1}, hedged with {:.1}", greeks.delta.0, greeks.hedge.0));
    }
    if let Some(gamma) = &frame.gamma {
        let flips: Vec<String> = gamma.flips.iter().map(|flip| price(flip.spot)).collect();
        let walls: Vec<String> = gamma.walls.iter().map(|wall| price(wall.spot)).collect();
        let or_none = |list: Vec<String>| match list.is_empty() {
            true => "none within 25 %".to_owned(),
            false => list.join(", "),
        };
        line("flip", or_none(flips));
        line("walls", or_none(walls));
    }
    if let Some(vol) = &frame.volatility {
        let (realised, quoted) = (percent(Some(vol.realised)), percent(vol.quoted));
        line("volatility", format!("realised {realised}, quoted {quoted}"));
    }
    let reserves = &frame.reserves;
    line(
        "skew",
        format!("{} paid, {} kept", cash(reserves.skew_paid), cash(reserves.skew_reserve)),
    );
    line(
        "flow",
        format!("{} paid, {} kept", cash(reserves.flow_paid), cash(reserves.flow_reserve)),
    );
    line("insurance", cash(reserves.insurance));
    if let Some(breaker) = &frame.around.breaker {
        line("breaker", format!("{}: {}", breaker.state, breaker.reason));
    }
    if let Some(digest) = &source.digest {
        line("digest", digest.clone());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown: Vec<_> = [0.0, 9.876, -1250.0, 999.6, 12_345_678.0, 2.5e12]
            .map(|value| cash(Number(value)))
            .to_vec();
        assert_eq!(shown, ["0", "9.88", "-1.25 k", "1.00 k", "12.3 M", "2.50 T"]);
        assert_eq!(price(Number(2000.0)), "2000.0");
        assert_eq!(percent(None), "-");
    }

    #[test]
    fn a_clock_reads_utc() {
        assert_eq!(clock(0), "1970-01-01 00:00");
        assert_eq!(clock(1_700_000_000), "2023-11-14 22:13");
        assert_eq!(clock(1_709_164_800), "2024-02-29 00:00");
        assert_eq!(clock(4_102_444_799), "2099-12-31 23:59");
    }
}
