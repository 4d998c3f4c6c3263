//! Studies as tables of rows, for files.

use super::{Of, Study};
use crate::stats::Better;
use crate::tables::estimate::{cells, ends, names, word};
use crate::tables::{Column, Holds, RowError, Table};

/// The studies' tables: figures of arms, paired differences, volatility by loop, and worlds that stopped.
///
/// # Errors
///
/// [`RowError`] for a number that no file can hold.
pub fn tables(of: Of, studies: &[Study]) -> Result<Vec<Table>, RowError> {
    Ok(vec![
        figures(of, studies)?,
        differences(of, studies)?,
        volatility(studies)?,
        stopped(studies)?,
    ])
}

/// The columns that every table begins with.
fn begun() -> Vec<Column> {
    vec![
        names("scenario", "as it was asked for"),
        names("market", "its title, and what the study varies of it"),
        names("arm", "a design of the pool"),
    ]
}

fn figure() -> [Column; 2] {
    let unit = "k and m are thousands and millions of cash; a bare ratio has none";
    [names("figure", "what is measured"), names("unit", unit)]
}

fn figures(of: Of, studies: &[Study]) -> Result<Table, RowError> {
    let mut columns = begun();
    columns.push(names("what", "what the arm is"));
    columns.extend(figure());
    columns.extend(ends("mean over paths, or a ratio of means"));
    let mut table = Table::new("mechanism_figures", "Arms in every market", columns);
    for study in studies {
        for arm in &study.arms {
            for (figure, quantity) in arm.figures.iter().zip(of.quantities()) {
                let mut row = vec![word(&study.scenario), word(&study.title), word(arm.arm)];
                row.extend([word(arm.what), word(quantity.name), word(quantity.unit)]);
                row.extend(cells(&figure.value));
                table.push_row(row)?;
            }
        }
    }
    Ok(table)
}

fn differences(of: Of, studies: &[Study]) -> Result<Table, RowError> {
    let mut columns = begun();
    columns.push(names("against", "the arm it is held against, or the first"));
    columns.extend(figure());
    columns.push(names("good", "less or more"));
    columns.extend(ends("the arm's less the other's, on the same paths"));
    columns.push(names("verdict", "better or worse where the interval has no zero"));
    let mut table = Table::new("mechanism_differences", "One arm less another", columns);
    for study in studies {
        let plain = study.arms.first().map_or("", |arm| arm.arm);
        for arm in &study.arms {
            let Some(against) = arm.against else { continue };
            for (figure, quantity) in arm.figures.iter().zip(of.quantities()) {
                let mut push = |against, difference, verdict: crate::stats::Verdict| {
                    let mut row = vec![word(&study.scenario), word(&study.title), word(arm.arm)];
                    row.extend([word(against), word(quantity.name), word(quantity.unit)]);
                    row.push(word(match quantity.better {
                        Better::Less => "less",
                        Better::More => "more",
                    }));
                    row.extend(cells(difference));
                    row.push(word(&verdict.mark().to_lowercase()));
                    table.push_row(row)
                };
                push(against, &figure.difference, figure.verdict)?;
                if against != plain {
                    push(plain, &figure.to_plain, figure.verdict_to_plain)?;
                }
            }
        }
    }
    Ok(table)
}

fn volatility(studies: &[Study]) -> Result<Table, RowError> {
    let mut columns = begun();
    columns.push(names("loop", "open, closed, or what closing it adds"));
    columns.extend(ends("realised volatility of spot, per cent a year"));
    let title = "Volatility in the open and in the closed loop";
    let mut table = Table::new("mechanism_volatility", title, columns);
    for study in studies {
        for arm in &study.arms {
            let of = &arm.volatility;
            for (name, estimate) in
                [("open", &of.open), ("closed", &of.closed), ("added", &of.added)]
            {
                let mut row = vec![word(&study.scenario), word(&study.title), word(arm.arm)];
                row.push(word(name));
                row.extend(cells(estimate));
                table.push_row(row)?;
            }
        }
    }
    Ok(table)
}

fn stopped(studies: &[Study]) -> Result<Table, RowError> {
    let mut columns = begun();
    columns.push(Column::new("path", Holds::Integer, "", "left out of all arms"));
    columns.push(names("why", "the reason"));
    let mut table =
        Table::new("mechanism_stopped", "Worlds that did not run to their end", columns);
    for study in studies {
        for world in &study.stopped {
            let mut row = vec![word(&study.scenario), word(&study.title), word(world.arm)];
            row.extend([world.path.into(), word(&world.why)]);
            table.push_row(row)?;
        }
    }
    Ok(table)
}
