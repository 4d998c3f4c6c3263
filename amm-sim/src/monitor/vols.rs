//! Volatilities that are quoted.

use super::Number;
use super::frame::{Quoted, Smile};
use super::look::{Seen, days};
use amm_core::num::{Real, Timestamp};
use amm_core::pricing::Kind;
use amm_core::quote::{Desk, LinePlace};
use amm_loop::pool::QuotedVol;

/// What is left to an expiry whose volatility at the money stands for all.
const AN_HOUR_S: u64 = 3600;

/// Quoted and base volatility at the money of the nearest expiry that has an hour left, in a straight
/// line between strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct AtTheMoney {
    pub(super) quoted: Option<Number>,
    pub(super) base: Option<Number>,
}

/// Every line of the surface.
pub(super) fn surface(seen: &Seen<'_>, now: Timestamp) -> Vec<Smile> {
    let Some(desk) = seen.engine.desk() else { return Vec::new() };
    let lines: Vec<LinePlace> = desk.lines().collect();
    let mut smiles: Vec<Smile> = Vec::new();
    for (vol, at) in vols(seen, desk, &lines).into_iter().zip(&lines) {
        let row = desk.row(*at);
        if smiles.len() == at.place.chain {
            smiles.push(Smile {
                expiry_s: row.stamp.get(),
                days: days(now, row.stamp),
                forward: row.expiry.forward().into(),
                lines: Vec::new(),
            });
        }
        if let Some(smile) = smiles.last_mut() {
            smile.lines.push(shown(&vol));
        }
    }
    smiles
}

/// The volatility that stands for all.
pub(super) fn at_the_money(seen: &Seen<'_>) -> AtTheMoney {
    let engine = seen.engine;
    let Some(desk) = engine.desk() else { return AtTheMoney::default() };
    let least = engine.state().now().get().saturating_add(AN_HOUR_S);
    let rows = &desk.board.rows;
    let Some(chain) = rows.iter().position(|row| row.stamp.get() >= least) else {
        return AtTheMoney::default();
    };
    let forward = rows[chain].expiry.forward();
    let own = desk.lines().filter(|at| at.place.chain == chain);
    let (below, above): (Vec<_>, Vec<_>) = own.partition(|at| desk.valued(*at).strike <= forward);
    let near: Vec<LinePlace> = below.last().into_iter().chain(above.first()).copied().collect();
    let near: Vec<Quoted> = vols(seen, desk, &near).iter().map(shown).collect();
    let (Some(low), Some(high)) = (near.first(), near.last()) else { return AtTheMoney::default() };
    let span = high.strike.0 - low.strike.0;
    let place = if span > 0.0 { (Number::from(forward).0 - low.strike.0) / span } else { 0.0 };
    let between = |low: Number, high: Number| Number::of(low.0 + (high.0 - low.0) * place);
    AtTheMoney {
        quoted: low.quoted.zip(high.quoted).map(|(low, high)| between(low, high)),
        base: Some(between(low.base, high.base)),
    }
}

/// The volatilities of lines, as the pool quotes them.
fn vols(seen: &Seen<'_>, desk: &Desk, lines: &[LinePlace]) -> Vec<QuotedVol> {
    if let Some((pool, design)) = seen.pool.filter(|(_, design)| design.markup.is_some()) {
        let all = pool.quoted_vols(design);
        let wanted = |vol: &QuotedVol| {
            let is = |at: &&LinePlace| {
                (desk.row(**at).stamp, desk.valued(**at).strike) == (vol.expiry, vol.strike)
            };
            lines.iter().find(is).is_some()
        };
        return all.into_iter().filter(wanted).collect();
    }
    let marginals = desk.marginals();
    let vol = |at: &LinePlace| {
        let (row, line) = (desk.row(*at), desk.valued(*at));
        let kind = if line.strike >= row.expiry.forward() { Kind::Call } else { Kind::Put };
        let quoted = marginals.quote(*at, kind).and_then(|quote| {
            let vol = marginals.vol(*at, kind, quote.mid).ok()?;
            Some(vol.get())
        });
        QuotedVol { expiry: row.stamp, strike: line.strike, base: line.vol.get(), quoted }
    };
    lines.iter().map(vol).collect()
}

fn shown(vol: &QuotedVol) -> Quoted {
    let number = |real: Real| Number::from(real);
    Quoted { strike: vol.strike.into(), quoted: vol.quoted.map(number), base: vol.base.into() }
}
