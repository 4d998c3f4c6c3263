//! One row a design and leakage.

use amm_core::math::ln;
use amm_core::num::Real;

use super::Found;
use super::cells::{figure, three};
use crate::experiment::ExperimentError;
use crate::experiment::board::{Board, Quantity, money, real};
use crate::experiment::gains::Undefined;
use crate::experiment::lab::ArmId;
use crate::experiment::study::Study;
use crate::experiment::summary::{Claimed, Figure, Headline, Instability};
use crate::stats::{crn_factor, holm, mean, quantile, two_sided};
use crate::tables::{Table, schema};

/// By leakage, then design.
pub(super) struct Rows(pub(super) Vec<Headline>);

const STILL: &str = "spot does not move in the open loop";
const ITSELF: &str = "the baseline is what others are measured against";

/// The figures of every design and leakage.
pub(super) fn rows(found: &Found<'_>) -> Rows {
    let mut rows = Vec::new();
    for (at, (study, board)) in found.each().enumerate() {
        let verdict = board.loop_to_dampen(study.frame);
        for (design, arm) in study.designs.iter().enumerate() {
            rows.push(row(found, (study, board), (design, *arm), (&verdict, at == 0)));
        }
    }
    let tested: Vec<usize> = (0..rows.len())
        .filter(|at| rows[*at].placebo_adjusted.as_ref().is_some_and(|claim| claim.p.is_some()))
        .collect();
    let p = |at: &usize| rows[*at].placebo_adjusted.as_ref().and_then(|claim| claim.p);
    let adjusted = holm(&tested.iter().filter_map(p).collect::<Vec<f64>>());
    for (at, p) in tested.iter().zip(adjusted) {
        if let Some(claim) = &mut rows[*at].placebo_adjusted {
            claim.p_holm = Some(p);
        }
    }
    Rows(rows)
}

fn row(
    found: &Found<'_>,
    (study, board): (&Study, &Board),
    (design, arm): (usize, ArmId),
    (verdict, first): (&Result<(), Undefined>, bool),
) -> Headline {
    let frame = study.frame;
    let damped = |estimate: &dyn Fn() -> Option<crate::stats::Estimate>| match verdict {
        _ if design == 0 => Figure::none(ITSELF),
        Ok(()) => Figure::of(estimate(), STILL),
        Err(why) => Figure::none(why.to_string()),
    };
    let shocked = found.shocked.as_ref().filter(|_| first);
    let by_impulse = shocked.and_then(|board| board.gain_by_impulse(arm, found.impulses));
    let at_shock = shocked.and_then(|board| board.mean(arm, Quantity::GainAtShock));
    let not_followed = "shocks are followed at the first leakage only";
    let amplification =
        board.estimate(|means| board.amplification(means, frame, arm, frame.horizon));
    let dampening = || board.estimate(|means| board.dampening(means, frame, arm));
    let secondary = || board.estimate(|means| board.dampening_secondary(means, frame, arm));
    let claim = verdict.as_ref().ok().and_then(|()| claim((study, board), (design, arm)));
    Headline {
        design: found.plan.designs[design].name.clone(),
        leakage: real(study.leakage),
        amplification: Figure::of(amplification, STILL),
        gain_state: Figure::of(board.mean(arm, Quantity::Gain), STILL),
        gain_variance: Figure::of(board.estimate(|means| board.gain(means, frame, arm)), STILL),
        gain_impulse: Figure::of(by_impulse, not_followed),
        gain_at_shock: Figure::of(at_shock, not_followed),
        dampening: damped(&dampening),
        dampening_secondary: damped(&secondary),
        dampening_of_state: damped(&|| board.dampening_of_state(frame, arm)),
        placebo_adjusted: claim,
        instability: instability(found, (study, board), arm),
        crn_factor: match design {
            0 => None,
            _ => shared_luck(found, (study, board), arm),
        },
    }
}

fn claim((study, board): (&Study, &Board), (design, arm): (usize, ArmId)) -> Option<Claimed> {
    let placebos = &study.placebos[design];
    let claim = board.claim(study.frame, arm, placebos.iter())?;
    let name = |placebo: &crate::experiment::claim::Placebo| {
        let search = &placebo.search;
        format!("{} matched in {}", search.rule.name(), search.matching.name())
    };
    let left_out = placebos.iter().filter(|placebo| placebo.arm.is_none()).map(name).collect();
    let z = (claim.fixed.error > 0.0).then(|| claim.fixed.value / claim.fixed.error);
    Some(Claimed {
        least: Figure::of(Some(claim.of_least), ""),
        fixed: Figure::of(Some(claim.fixed), ""),
        placebo: name(&claim.least),
        counted: claim.counted,
        left_out,
        p: z.and_then(two_sided),
        p_holm: None,
    })
}

fn instability(found: &Found<'_>, (study, board): (&Study, &Board), arm: ArmId) -> Instability {
    let value = |quantity| board.mean(arm, quantity).map_or(0.0, |mean| mean.value);
    let horizon = study.frame.horizon;
    let (open, closed) =
        (found.records(study.frame.open, &board.paths), found.records(arm, &board.paths));
    let ratio = |squares: (Real, Real)| squares.0.checked_div(squares.1).filter(|_| squares.1 > 0);
    let logs: Option<Vec<f64>> = (closed.iter().zip(&open))
        .map(|(closed, open)| {
            let times = ratio((closed.spans[horizon].squares, open.spans[horizon].squares))?;
            ln(times).ok().map(real)
        })
        .collect();
    let falls: Vec<f64> = closed.iter().map(|record| money(record.drawdown)).collect();
    Instability {
        paths_above_1: value(Quantity::Unstable),
        time_above: [0, 1, 2].map(|level| value(Quantity::Above(level))),
        mean_ln_amplification: logs.and_then(|logs| mean(&logs)),
        median_drawdown: quantile(&falls, 0.5),
    }
}

/// Of the headline's squared moves, against the baseline's.
fn shared_luck(found: &Found<'_>, (study, board): (&Study, &Board), arm: ArmId) -> Option<f64> {
    let squares = |arm| -> Vec<f64> {
        let records = found.records(arm, &board.paths);
        records.iter().map(|record| real(record.spans[study.frame.horizon].squares)).collect()
    };
    crn_factor(&squares(arm), &squares(study.frame.baseline))
}

/// The table.
pub(super) fn table(found: &Found<'_>, rows: &Rows) -> Result<Table, ExperimentError> {
    let mut table = schema::headline();
    let arms = found.each().flat_map(|(study, board)| {
        study.designs.iter().enumerate().map(move |(at, arm)| (study, board, at, *arm))
    });
    for (row, (study, board, at, arm)) in rows.0.iter().zip(arms) {
        let tail = found.tail(arm, &board.paths);
        let share = |of| board.share(arm, of, Quantity::Wanted).map(|share| share.value);
        let turned = board.estimate(|means| {
            let wanted = board.of(means, arm, Quantity::Wanted);
            let served = board.of(means, arm, Quantity::Served);
            (wanted > 0.0).then(|| 1.0 - served / wanted)
        });
        let attackers = found.records(arm, &board.paths).iter().any(|r| r.attackers.is_some());
        let attacker = board.mean(arm, Quantity::Attackers).filter(|_| attackers);
        let mut cells = vec![
            ("design", row.design.clone().into()),
            ("ell", row.leakage.into()),
            ("cvar99", tail.cvar(0.01).into()),
            ("drawdown", board.mean(arm, Quantity::Drawdown).map(|mean| mean.value).into()),
            ("served", share(Quantity::Served).into()),
            ("refused", turned.map(|share| share.value).into()),
            ("displaced", share(Quantity::Displaced).into()),
            ("attacker", attacker.map(|mean| mean.value).into()),
        ];
        cells.extend(figure(["amplification", "low", "high"], &row.amplification));
        cells.extend(figure(["gain", "gain_low", "gain_high"], &row.gain_variance));
        cells.extend(figure(["dampening", "d_low", "d_high"], &row.dampening));
        cells.extend(three(["lp_pnl", "lp_low", "lp_high"], board.mean(arm, Quantity::Profit)));
        if let Some(claim) = &row.placebo_adjusted {
            cells.extend(figure(["placebo_adjusted", "pa_low", "pa_high"], &claim.least));
        }
        debug_assert_eq!(study.designs[at], arm);
        table.push(cells)?;
    }
    Ok(table)
}
