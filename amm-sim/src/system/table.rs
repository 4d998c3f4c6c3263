//! The outcome for people.

use std::fmt::Write;

use super::figures::{FIGURES, millions};
use super::{Compared, Outcome};
use crate::stats::Estimate;

/// All of it, as aligned tables.
pub fn table(outcome: &Outcome) -> String {
    let mut text = format!("{}: {} paths\n{}\n", outcome.title, outcome.paths, outcome.why);
    figures(&mut text, &outcome.designs);
    against(&mut text, &outcome.designs);
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

/// Rows of cells, all but the first column to the right.
fn aligned(text: &mut String, title: &str, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    push(text, format_args!("\n{title}"));
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let gap = width - cell.chars().count();
            line += if column == 0 { "" } else { "  " };
            match column {
                0 => line += &format!("{cell}{}", " ".repeat(gap)),
                _ => line += &format!("{}{cell}", " ".repeat(gap)),
            }
        }
        push(text, format_args!("{}", line.trim_end()));
    }
}

/// A number to about four figures.
fn short(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.1}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
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
    aligned(text, "means over paths; m is millions", &rows);
}

fn against(text: &mut String, designs: &[Compared]) {
    let Some((first, others)) = designs.split_first() else { return };
    if others.is_empty() {
        return;
    }
    let keys = [0, 1, 2, 3, 8];
    let mut head = vec!["design".to_owned()];
    head.extend(keys.map(|i| format!("{} {}", FIGURES[i].0, FIGURES[i].1)));
    let mut rows = vec![head];
    for design in others {
        let mut row = vec![design.name.clone()];
        row.extend(keys.map(|i| within(&design.figures[i].against)));
        rows.push(row);
    }
    aligned(
        text,
        &format!("less {}, with intervals of 95 % over the same paths", first.name),
        &rows,
    );
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
        aligned(text, "margin that moves, and liquidations that are gone when it is held", &rows);
    }
}

fn magnets(text: &mut String, designs: &[Compared]) {
    let mut rows = vec![["breaker", "acts", "watched", "difference"].map(str::to_owned).to_vec()];
    for design in designs {
        if let Some(magnet) = &design.magnet {
            rows.push(vec![
                design.name.clone(),
                within(&magnet.acting),
                within(&magnet.watched),
                within(&magnet.difference),
            ]);
        }
    }
    if rows.len() > 1 {
        aligned(
            text,
            "share of paths that halt, of those that come three quarters of the way",
            &rows,
        );
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
        aligned(text, "blocks of each leg: half, 95 %, 99 % of calls; lost over all paths", &rows);
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
    aligned(text, &title, &rows);
}

fn contagion(text: &mut String, outcome: &Outcome) {
    let Some(contagion) = &outcome.contagion else { return };
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
    aligned(text, &title, &rows);
    push(text, format_args!("spectral radius {}", within(&contagion.radius)));
}
