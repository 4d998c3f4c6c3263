//! Tables of the market that the pool makes: providers' profit and the quality of its quotes.

use super::Found;
use super::cells::three;
use super::headline::Rows;
use crate::experiment::ExperimentError;
use crate::experiment::board::{Quantity, real};
use crate::stats::{Estimate, median_of_means};
use crate::tables::{Table, Value, schema};

/// Groups of the median of means.
const GROUPS: usize = 8;

/// Providers' profit by part, at the first leakage. Parts add up to the total.
pub(super) fn lp(found: &Found<'_>) -> Result<Table, ExperimentError> {
    const PARTS: [(&str, Quantity); 7] = [
        ("spread and fees", Quantity::Fees),
        ("skew collected", Quantity::SkewCollected),
        ("skew paid", Quantity::SkewPaid),
        ("hedge slippage", Quantity::Slippage),
        (schema::UNPAID, Quantity::Unpaid),
        ("options and hedge at fair marks", Quantity::Marks),
        ("total", Quantity::Profit),
    ];
    let mut table = schema::lp();
    let Some((study, board)) = found.each().next() else { return Ok(table) };
    for (design, arm) in found.plan.designs.iter().zip(&study.designs) {
        for (part, quantity) in PARTS {
            let mut cells: Vec<(&str, Value)> =
                vec![("design", design.name.clone().into()), ("part", part.into())];
            cells.extend(three(["value", "low", "high"], board.mean(*arm, quantity)));
            table.push(cells)?;
        }
    }
    Ok(table)
}

/// Quotes, demand, hedging, tails and instability.
pub(super) fn quality(found: &Found<'_>, rows: &Rows) -> Result<Table, ExperimentError> {
    let mut table = schema::quality();
    let mut rows = rows.0.iter();
    for (study, board) in found.each() {
        for (design, arm) in found.plan.designs.iter().zip(&study.designs) {
            let mean = |quantity| board.mean(*arm, quantity);
            let of_wanted = |quantity| board.share(*arm, quantity, Quantity::Wanted);
            let points = |excess, vega| {
                board.estimate(|means| {
                    let vega = board.of(means, *arm, vega);
                    (vega > 0.0).then(|| 100.0 * board.of(means, *arm, excess) / vega)
                })
            };
            let slip = board.estimate(|means| {
                let hedged = board.of(means, *arm, Quantity::Hedged);
                let slip = -board.of(means, *arm, Quantity::Slippage);
                (hedged > 0.0).then(|| 10_000.0 * slip / hedged)
            });
            let measures: [(&str, &str, Option<Estimate>); 19] = [
                (
                    "paid over fair by buyers",
                    "vol points",
                    points(Quantity::SoldExcess, Quantity::SoldVega),
                ),
                (
                    "paid over fair by sellers",
                    "vol points",
                    points(Quantity::BoughtExcess, Quantity::BoughtVega),
                ),
                ("fill ratio", "1", of_wanted(Quantity::Served)),
                ("refused", "1", of_wanted(Quantity::Refused)),
                ("deterred by price", "1", of_wanted(Quantity::Deterred)),
                ("put off", "1", of_wanted(Quantity::Waited)),
                ("displaced", "1", of_wanted(Quantity::Displaced)),
                ("vega sold", "cash", mean(Quantity::SoldVega)),
                ("vega bought", "cash", mean(Quantity::BoughtVega)),
                ("hedging turnover", "cash", mean(Quantity::Hedged)),
                ("slippage of the pool over hedging turnover", "bps", slip),
                ("liquidated", "cash", mean(Quantity::Liquidated)),
                ("liquidations crossed with hedges", "cash", mean(Quantity::Crossed)),
                ("market updates refused", "1", mean(Quantity::Stale)),
                ("time with gain above 0.5", "1", mean(Quantity::Above(0))),
                ("time with gain above 0.7", "1", mean(Quantity::Above(1))),
                ("time with gain above 1", "1", mean(Quantity::Above(2))),
                ("paths with gain above 1", "1", mean(Quantity::Unstable)),
                ("drawdown of providers", "cash", mean(Quantity::Drawdown)),
            ];
            let tail = found.tail(*arm, &board.paths);
            let luck = (found.plan.scenario.seed, found.plan.experiment.resamples);
            let worst = |share| tail.estimate(share, luck.0, luck.1);
            let mut measures = measures.to_vec();
            measures.push(("mean loss on the worst 5 % of days", "cash", worst(0.05)));
            measures.push(("mean loss on the worst 1 % of days", "cash", worst(0.01)));
            let bare = |value: Option<f64>| {
                value.map(|value| Estimate { value, interval: None, error: 0.0 })
            };
            let profits: Vec<f64> = found
                .records(*arm, &board.paths)
                .iter()
                .map(|record| Quantity::Profit.of(record))
                .collect();
            let robust = bare(median_of_means(&profits, GROUPS));
            measures.push(("profit of providers, median of 8 means", "cash", robust));
            if let Some(row) = rows.next() {
                let wild = &row.instability;
                let (logs, luck) = (bare(wild.mean_ln_amplification), bare(row.crn_factor));
                measures.push(("mean of ln amplification", "1", logs));
                measures.push(("median drawdown", "cash", bare(wild.median_drawdown)));
                measures.push(("variance cut by shared luck, times", "1", luck));
            }
            for (measure, unit, estimate) in measures {
                let Some(estimate) = estimate else { continue };
                let mut cells: Vec<(&str, Value)> = vec![
                    ("design", design.name.clone().into()),
                    ("ell", real(study.leakage).into()),
                    ("measure", measure.into()),
                    ("unit", unit.into()),
                ];
                cells.extend(three(["value", "low", "high"], Some(estimate)));
                table.push(cells)?;
            }
        }
    }
    Ok(table)
}
