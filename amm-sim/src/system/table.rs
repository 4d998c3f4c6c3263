//! The outcome for people.

use std::fmt::Write;

use super::figures::{FIGURES, millions};
use super::{Compared, Contrast, Difference, Entry, JUDGED, Outcome, Shuffled, Study};
use crate::stats::{Estimate, Verdict};
use crate::tables::aligned;

/// All of it, as aligned tables.
pub fn table(outcome: &Outcome) -> String {
    let mut text = format!("{}: {} paths\n{}\n", outcome.title, outcome.paths, outcome.why);
    figures(&mut text, &outcome.designs);
    differences(&mut text, &outcome.contrasts);
    hurts(&mut text, &outcome.contrasts);
    placebos(&mut text, outcome);
    margins(&mut text, &outcome.designs);
    magnets(&mut text, &outcome.designs);
    legs(&mut text, &outcome.designs);
    loops(&mut text, outcome);
    contagion(&mut text, outcome);
    for design in outcome.designs.iter().filter(|design| design.stopped > 0) {
        let Compared { name, stopped, .. } = design;
        push(
            &mut text,
            format_args!("\n{name}: {stopped} paths stopped where spot left its market"),
        );
    }
    push(&mut text, format_args!("\ndigest {}", outcome.digest));
    text
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes what is written to it");
}

/// A title and rows under it.
fn titled(text: &mut String, title: &str, rows: &[Vec<String>]) {
    push(text, format_args!("\n{title}"));
    *text += &aligned(rows);
}

/// A number to about four figures; zero has no sign.
fn short(value: f64) -> String {
    let size = value.abs();
    let text = match size {
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.1}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    if text == "-0.000" { "0.000".into() } else { text }
}

fn plain(estimate: &Option<Estimate>) -> String {
    estimate.map_or("-".into(), |estimate| short(estimate.value))
}

/// With its interval.
fn within(estimate: &Option<Estimate>) -> String {
    let Some(Estimate { value, interval, .. }) = estimate else { return "-".into() };
    match interval {
        Some(interval) => {
            format!("{} [{}, {}]", short(*value), short(interval.low), short(interval.high))
        }
        None => short(*value),
    }
}

fn figures(text: &mut String, designs: &[Compared]) {
    let unit = |(key, unit, _): &(&str, &str, &str)| match *unit {
        "" => (*key).to_owned(),
        unit => format!("{key} {unit}"),
    };
    let mut head = vec!["design".to_owned(), "x open".to_owned(), "x variance".to_owned()];
    head.extend(FIGURES.iter().map(unit));
    let mut rows = vec![head];
    for design in designs {
        let mut row = vec![design.name.clone(), plain(&design.amplification)];
        row.push(plain(&design.variance_amplification));
        row.extend(design.figures.iter().map(|figure| short(figure.mean.value)));
        rows.push(row);
    }
    titled(text, "means over paths; m is millions", &rows);
}

/// What the table of differences shows: the first of [`JUDGED`] but for two that seldom are.
const SHOWN: [&str; 5] = ["bad_debt", "insured", "forced", "cascade", "x_open"];

fn marked(difference: &Difference) -> String {
    let text = within(&difference.difference);
    match difference.verdict.mark() {
        "" => text,
        mark => format!("{text} {mark}"),
    }
}

fn differences(text: &mut String, contrasts: &[Contrast]) {
    if contrasts.is_empty() {
        return;
    }
    let mut head = vec!["one less the other".to_owned()];
    let unit = |key: &str| JUDGED.iter().find(|judged| judged.0 == key).map_or("", |j| j.1);
    head.extend(SHOWN.iter().map(|key| format!("{key} {}", unit(key)).trim_end().to_owned()));
    let mut rows = vec![head];
    for contrast in contrasts {
        let mut row = vec![format!("{} - {}", contrast.design, contrast.against)];
        let of = |key: &&'static str| contrast.differences.iter().find(|found| found.key == *key);
        row.extend(SHOWN.iter().map(|key| of(key).map_or("-".into(), marked)));
        rows.push(row);
    }
    let title = "differences on the same paths with intervals of 95 %; less is better";
    titled(text, title, &rows);
}

/// Every figure that a mechanism makes worse for sure.
fn hurts(text: &mut String, contrasts: &[Contrast]) {
    let mut rows = Vec::new();
    for contrast in contrasts {
        let worse = contrast.differences.iter().filter(|found| found.verdict == Verdict::Worse);
        let told: Vec<String> =
            worse.map(|found| format!("{} {}", found.key, within(&found.difference))).collect();
        if !told.is_empty() {
            let name = format!("{} - {}", contrast.design, contrast.against);
            rows.push(vec![name, format!("{}: {}", contrast.question, told.join("; "))]);
        }
    }
    if rows.is_empty() {
        return;
    }
    push(text, format_args!("\nwhere it hurts"));
    let width = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
    for row in rows {
        push(text, format_args!("{:width$}  {}", row[0], row[1]));
    }
}

fn placebos(text: &mut String, outcome: &Outcome) {
    for Shuffled { design, pieces, hours, correlation } in &outcome.shuffled {
        let (hours, alike) = (short(*hours), correlation.map_or("-".into(), short));
        push(
            text,
            format_args!(
                "\n{design}, shuffled: the score of {design}, its {pieces} pieces of {hours} h in an order drawn for \
                 each path, none in its own place; correlation with itself {alike}"
            ),
        );
    }
}

fn margins(text: &mut String, designs: &[Compared]) {
    let head = ["margin", "peak/trough", "rise in 1 h, %", "in 1 d, %", "share of liquidations"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for design in designs {
        if let Some(margin) = &design.margin {
            rows.push(vec![
                design.name.clone(),
                within(&margin.peak_over_trough),
                within(&margin.rise_hour),
                within(&margin.rise_day),
                within(&margin.share),
            ]);
        }
    }
    if rows.len() > 1 {
        titled(text, "margin that moves, and liquidations that are gone when it is held", &rows);
    }
}

fn magnets(text: &mut String, designs: &[Compared]) {
    let head = [
        "breaker",
        "acts",
        "with a rush",
        "watched",
        "acts - watched",
        "rush - watched",
        "rush: fall, %",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for design in designs {
        if let Some(magnet) = &design.magnet {
            rows.push(vec![
                design.name.clone(),
                within(&magnet.acting),
                within(&magnet.rushed),
                within(&magnet.watched),
                within(&magnet.difference),
                within(&magnet.rush),
                within(&magnet.fall),
            ]);
        }
    }
    if rows.len() > 1 {
        let title =
            "magnet: share of paths that come to halt, of those that come to the state before";
        titled(text, title, &rows);
    }
}

fn legs(text: &mut String, designs: &[Compared]) {
    let head = ["margin calls", "observed", "lost m", "included", "lost m", "filled", "lost m"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for design in designs {
        let Some(latency) = &design.latency else { continue };
        let mut row = vec![design.name.clone()];
        for leg in latency {
            row.push(format!("{}/{}/{}", leg.p50, leg.p95, leg.p99));
            row.push(short(millions(leg.drift)));
        }
        rows.push(row);
    }
    if rows.len() > 1 {
        titled(text, "blocks of each leg: half, 95 %, 99 % of calls; lost over all paths", &rows);
    }
}

fn loops(text: &mut String, outcome: &Outcome) {
    let Some(loops) = &outcome.loops else { return };
    let head =
        ["channel", "of the fall, %", "of forced, m", "of bad debt, m", "fall without it, %"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for channel in &loops.channels {
        rows.push(vec![
            channel.name.to_owned(),
            within(&channel.fall),
            within(&channel.forced),
            within(&channel.bad_debt),
            within(&channel.without),
        ]);
    }
    let title = format!(
        "channels under {}: Shapley values; ln spot falls by {} % with none and by {} % with all",
        loops.design,
        plain(&loops.open),
        plain(&loops.closed)
    );
    titled(text, &title, &rows);
}

fn contagion(text: &mut String, outcome: &Outcome) {
    for contagion in &outcome.contagion {
        let mut head = vec!["lost in".to_owned()];
        head.extend(contagion.protocols.iter().map(|name| format!("{name} loses")));
        let mut rows = vec![head];
        for (name, row) in contagion.protocols.iter().zip(&contagion.coefficients) {
            let mut cells = vec![(*name).to_owned()];
            cells.extend(row.iter().map(within));
            rows.push(cells);
        }
        let title = format!(
            "contagion under {}: what one lost in block {} costs ({} m in all)",
            contagion.design,
            contagion.block,
            short(contagion.loss)
        );
        titled(text, &title, &rows);
        push(text, format_args!("spectral radius {}", within(&contagion.radius)));
    }
}

/// A study: every scenario's tables, and what each mechanism does in all of them.
pub fn tables(study: &Study) -> String {
    let mut text = String::new();
    for Entry { outcome, .. } in &study.scenarios {
        text += &table(outcome);
        text += "\n";
    }
    for (key, unit) in JUDGED.iter().filter(|judged| SHOWN.contains(&judged.0)) {
        across(&mut text, study, key, unit);
    }
    let count = study.scenarios.iter().flat_map(|entry| &entry.outcome.contrasts);
    let count: usize = count.map(|contrast| contrast.differences.len()).sum();
    push(
        &mut text,
        format_args!(
            "\n{count} differences: of intervals of 95 % on nothing, one in twenty misses zero by luck"
        ),
    );
    push(&mut text, format_args!("digest {}", study.digest));
    text
}

/// One figure: pairs down, scenarios across.
fn across(text: &mut String, study: &Study, key: &str, unit: &str) {
    let mut head = vec![format!("{key} {unit}").trim_end().to_owned()];
    head.extend(study.scenarios.iter().map(|entry| entry.name.to_owned()));
    let mut rows = vec![head];
    let Some(first) = study.scenarios.first() else { return };
    for (at, contrast) in first.outcome.contrasts.iter().enumerate() {
        let mut row = vec![format!("{} - {}", contrast.design, contrast.against)];
        for entry in &study.scenarios {
            let found = entry.outcome.contrasts.get(at).map(|contrast| &contrast.differences);
            let found = found.and_then(|all| all.iter().find(|found| found.key == key));
            row.push(found.map_or("-".into(), |found| {
                let value = plain(&found.difference);
                format!("{value} {}", found.verdict.mark()).trim_end().to_owned()
            }));
        }
        rows.push(row);
    }
    titled(text, &format!("{key}, one less the other, in every scenario"), &rows);
}
