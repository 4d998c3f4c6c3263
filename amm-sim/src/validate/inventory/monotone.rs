//! M3: where vegas move together quotes depend on the book through the vega of the portfolio alone, and
//! they are monotone in it (Baldacci, Bergault and Guéant 2021, arXiv 1907.12433).
//!
//! In one expiry vegas are dollar gammas times σT, so two books of one portfolio vega must be quoted
//! alike. The second part is asked of the whole pool, three expiries and five bands as it is delivered:
//! sale by sale, with legs of chance, no quote may fall and every quote must rise.

use super::super::luck::Luck;
use super::super::moments::paths;
use super::super::{Effort, Family, Fault, Row, or_refusal};
use super::greeks::{book, furthest, one_expiry};
use super::{FORWARD, Listing, shifts, size};
use amm_core::num::{Real, Size, Vol};
use amm_core::skew::{Gain, SkewError};

pub(in crate::validate) const FAMILY: Family = Family { ids: &["M3"], cost_ms: [10, 60], rows };

/// Sales in a row.
const SALES: usize = 8;

fn rows(effort: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("M3", measure(effort, fault))
}

fn measure(effort: Effort, fault: Option<Fault>) -> Result<Vec<Row>, SkewError> {
    let listing = one_expiry()?;
    let mut rows = Vec::new();
    let vega = |book: &[Size]| -> Result<f64, SkewError> {
        let desk = listing.desk(book, None)?;
        let part = |(at, size): (_, &Size)| {
            size.atoms() as f64 / Size::SCALE as f64 * desk.valued(at).value.vega.to_num::<f64>()
        };
        Ok(desk.lines().zip(book).map(part).sum())
    };
    let gain = Real::lit("0.15");
    let one = book(&listing, gain, 2, &[])?;
    let other = book(&listing, gain, 6, &[(0, Real::lit("700")), (3, Real::lit("-350"))])?;
    let what = "two books of one expiry: portfolio vega of one over the other's";
    rows.push(Row::within("M3", what, vega(&other)? / vega(&one)?, 1.0, 1e-6));
    let (one, other) = (listing.desk(&one, fault)?, listing.desk(&other, fault)?);
    let apart = furthest(&shifts(&other), &shifts(&one));
    let what = "the same: quotes' shifts over the other's, the furthest from one";
    rows.push(Row::within("M3", what, apart, 1.0, 1e-6));

    let count = effort.pick(40, 400);
    let luck = Luck::new(1_301, fault);
    let strikes = (0..9).map(|step| FORWARD + (step - 4) * Real::lit("4000")).collect();
    let vol = Vol::new(Real::lit("0.65"))?;
    let whole = Listing { days: vec![7, 30, 90], strikes, vol, gain: Gain::default() };
    let walks = paths(count, |path| walk(&whole, luck, path, fault));
    let walks = walks.into_iter().collect::<Result<Vec<Moves>, SkewError>>()?;
    let sum = |of: fn(&Moves) -> u32| f64::from(walks.iter().map(of).sum::<u32>());
    let all = sum(|moves| moves.all);
    let what = format!("default pool, {count} books: share of quotes that fall with a sale; exact");
    rows.push(Row::exact("M3", what, sum(|moves| moves.fell) / all, 0.0));
    let what = "the same: share that rises; exact";
    rows.push(Row::exact("M3", what, sum(|moves| moves.rose) / all, 1.0));
    Ok(rows)
}

/// What quotes did, sale by sale.
#[derive(Clone, Copy, Debug, Default)]
struct Moves {
    rose: u32,
    fell: u32,
    all: u32,
}

/// A pool that begins long and sells, up to ten contracts of each line at a time.
fn walk(
    listing: &Listing,
    luck: Luck,
    path: u64,
    fault: Option<Fault>,
) -> Result<Moves, SkewError> {
    let mut draws = luck.draws(path, 0, 0);
    let legs: Vec<Real> = (0..listing.lines()).map(|_| draws.uniform()).collect();
    let mut moves = Moves::default();
    let mut before: Option<Vec<Real>> = None;
    for sale in 0..SALES {
        let short = |leg: &Real| size(*leg * (10 * sale as i128 - 10));
        let desk = listing.desk(&legs.iter().map(short).collect::<Vec<Size>>(), fault)?;
        let now = shifts(&desk);
        for (now, before) in now.iter().zip(before.iter().flatten()) {
            moves.rose += u32::from(now > before);
            moves.fell += u32::from(now < before);
            moves.all += 1;
        }
        before = Some(now);
    }
    Ok(moves)
}
