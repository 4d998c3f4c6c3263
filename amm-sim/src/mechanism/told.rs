//! A study for people: what every arm came to, and how it differs from the one without it.

use std::fmt::Write;

use super::{Figure, Measured, Of, Study};
use crate::stats::{Estimate, Verdict};
use crate::tables::aligned;

/// Two aligned tables: figures, and paired differences with a mark.
///
/// `+` is better and `-` worse than the arm it is held against, at 95 %; without a mark the two are not
/// told apart.
pub fn told(of: Of, study: &Study) -> String {
    let mut text = format!("{}: {} paths; intervals are 95 %\n", study.title, study.paths);
    let head = |first: &str| {
        let mut head = vec![first.to_owned()];
        head.extend(of.quantities().iter().map(|quantity| match quantity.unit {
            "" => quantity.name.to_owned(),
            unit => format!("{}, {unit}", quantity.name),
        }));
        head
    };
    let mut rows = vec![head("")];
    rows.extend(study.arms.iter().map(|arm| row(arm.arm.to_owned(), arm, |f| cell(f.value, ""))));
    text += &format!("\n{}", aligned(&rows));
    let mut rows = vec![head("less the arm without it")];
    for arm in study.arms.iter().filter(|arm| arm.against.is_some()) {
        let name = format!("{} - {}", arm.arm, arm.against.unwrap_or_default());
        rows.push(row(name, arm, |f| cell(f.difference, mark(f.verdict))));
    }
    text += &format!("\n{}", aligned(&rows));
    let plain = study.arms.first().map_or("", |arm| arm.arm);
    if study.arms.iter().any(|arm| arm.against.is_some_and(|against| against != plain)) {
        let mut rows = vec![head(&format!("less {plain}"))];
        for arm in study.arms.iter().skip(1) {
            rows.push(row(arm.arm.to_owned(), arm, |f| cell(f.to_plain, mark(f.verdict_to_plain))));
        }
        text += &format!("\n{}", aligned(&rows));
    }
    for stopped in &study.stopped {
        text += &format!("stopped, its path left out: {stopped}\n");
    }
    let _ = writeln!(text, "digest {}", study.digest);
    text
}

fn row(name: String, arm: &Measured, cell: impl Fn(&Figure) -> String) -> Vec<String> {
    std::iter::once(name).chain(arm.figures.iter().map(cell)).collect()
}

const fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => " +",
        Verdict::Worse => " -",
        Verdict::Unclear => "  ",
    }
}

/// A value and half of its interval.
fn cell(estimate: Option<Estimate>, mark: &str) -> String {
    let Some(Estimate { value, interval, .. }) = estimate else { return "-".to_owned() };
    // Two figures of what it is known to.
    let half = interval.map_or(value.abs() / 100.0, |interval| interval.half_width());
    let digits = match half {
        half if half >= 10.0 => 0,
        half if half >= 1.0 => 1,
        half if half >= 0.1 => 2,
        half if half >= 0.01 || half == 0.0 => 3,
        half if half >= 0.001 => 4,
        _ => 5,
    };
    match interval {
        Some(interval) => format!("{value:.digits$} ± {:.digits$}{mark}", interval.half_width()),
        None => format!("{value:.digits$}{mark}"),
    }
}
