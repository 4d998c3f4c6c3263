//! Laws of the guard against static arbitrage, and books that try to break it.

use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::inside;
use super::{Verdict, ensure};
use crate::fees::Fees;
use crate::math::{exp, sqrt};
use crate::num::{Discount, OutOfRange, Price, Real, Seconds, Size, Timestamp, Vol};
use crate::pricing::{Expiry, Kind};
use crate::quote::{ArbitrageLimit, Certificate, Constraint, Desk, LinePlace, QuoteError, Worst};
use crate::skew::{Bands, Depth, FlowParams, Gain, SkewError};
use crate::surface::{Board, Row};

/// Listed strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ladder {
    /// Strikes on either side of the forward.
    pub wing: u32,
    /// The distance of the two strikes next to the forward from it: in standard deviations, or of ln K
    /// if `common`.
    pub step: Real,
    /// Each distance over the one before it.
    pub growth: Real,
    /// Whether all expiries have the same strikes.
    pub common: bool,
}

/// A market with its mechanism, of which a [`Desk`] can be made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setup {
    /// Times to the expiries, in seconds, ascending.
    pub seconds: Vec<u32>,
    /// By how much of itself a year the forward rises from 60,000 and the discount factor falls from
    /// one.
    pub carry: Real,
    /// Volatility at the forward.
    pub vol: Real,
    /// ρ and η of a power-law SSVI; no smile if η is zero (Gatheral and Jacquier 2014).
    pub smile: (Real, Real),
    /// What is listed.
    pub ladder: Ladder,
    /// The mechanism.
    pub gain: Gain,
    /// The flow's charge.
    pub flow: FlowParams,
}

/// Of all expiries.
const DEPTH: Real = Real::lit("500000000");

impl Setup {
    /// Expiries from a day to a year, flat at 65 %, a ladder of strikes per expiry from a tenth of a
    /// deviation to about six, the mechanism as it is by default.
    pub fn usual() -> Self {
        const DAY: u32 = 86_400;
        Self {
            seconds: [1, 2, 7, 14, 30, 60, 90, 180, 365].map(|days| days * DAY).to_vec(),
            carry: Real::ZERO,
            vol: Real::lit("0.65"),
            smile: (Real::ZERO, Real::ZERO),
            ladder: Ladder {
                wing: 20,
                step: Real::lit("0.1"),
                growth: Real::lit("1.1"),
                common: false,
            },
            gain: Gain::default(),
            flow: FlowParams::default(),
        }
    }

    /// The desk with an empty book and no flow.
    ///
    /// # Errors
    ///
    /// Those of [`Desk::new`].
    pub fn desk(&self) -> core::result::Result<Desk, SkewError> {
        let mut board = Board::default();
        for (index, &seconds) in self.seconds.iter().enumerate() {
            board.rows.push(self.row(index, seconds)?);
        }
        let count = board.rows.len();
        let depths = std::vec![(inside(Depth::new(DEPTH)), Real::ZERO); count];
        let terms = (&self.gain, &self.flow, &Fees::default());
        Desk::new(board, &depths, terms, core::iter::repeat(Size::ZERO), std::vec![0; count])
    }

    fn row(&self, index: usize, seconds: u32) -> core::result::Result<Row, OutOfRange> {
        let years = Real::from_num(seconds) / Real::from_num(31_536_000);
        let root = |x: Real| sqrt(x).unwrap_or(Real::ZERO);
        let drift = self.carry * years;
        let forward = Real::lit("60000") * (Real::ONE + drift);
        let discount = Discount::new(Real::ONE / (Real::ONE + drift))?;
        let seconds = Seconds::new(u64::from(seconds))?;
        let expiry = Expiry::new(Price::new(forward)?, seconds, discount)?;
        let total = self.vol * self.vol * years;
        let (rho, eta) = self.smile;
        let phi = if eta == 0 { eta } else { eta / root(total * (Real::ONE + total)) };
        let vol = |k: Real| {
            let run = phi * k + rho;
            let arm = root(run * run + Real::ONE - rho * rho);
            let half = (Real::ONE + rho * phi * k + arm) / 2;
            Vol::new(self.vol * root(half))
        };
        let Ladder { wing, step, growth, common } = self.ladder;
        let mut distances = std::vec![Real::ZERO];
        let (mut distance, mut gap) = (Real::ZERO, step);
        for _ in 0..wing {
            distance += gap;
            gap *= growth;
            distances.push(distance);
            distances.insert(0, -distance);
        }
        let strikes = distances.iter().filter_map(|&distance| {
            let (from, k) = match common {
                true => (Real::lit("60000"), distance),
                false => (forward, distance * root(total)),
            };
            Price::new(from.checked_mul(exp(k).ok()?)?).ok() // as far as prices go
        });
        Row::new(Timestamp::new(1_000_000_000 + index as u64), expiry, strikes, vol)
    }
}

impl<'a> Arbitrary<'a> for Setup {
    /// Small markets of any sort, certified or not: one to three expiries, up to thirteen strikes each.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let percent = |u: &mut Unstructured<'a>, low: u32, high: u32| -> Result<Real> {
            Ok(Real::from_num(u.int_in_range(low..=high)?) / 100)
        };
        let mut seconds = Vec::new();
        let mut last = 0;
        for _ in 0..u.int_in_range(1..=3)? {
            last += u.int_in_range(1..=60)? * *u.choose(&[60, 3600, 86_400])?;
            seconds.push(last);
        }
        let ladder = Ladder {
            wing: u.int_in_range(0..=6)?,
            step: percent(u, 1, 40)?,
            growth: percent(u, 100, 180)?,
            common: u.arbitrary()?,
        };
        let mut gain = Gain {
            min: -percent(u, 0, 6)?,
            max: percent(u, 10, 49)?,
            refuse_below: Real::lit("-1000"),
            refuse_above: Real::lit("1000"),
            bands: *u.choose(&[Bands::One, Bands::Three, Bands::Five])?,
            locality: percent(u, 10, 100)?,
            ..Gain::default()
        };
        gain.theta = percent(u, 50, 150)?;
        gain.taper = Real::lit("0.3");
        Ok(Self {
            seconds,
            carry: percent(u, 0, 30)?,
            vol: percent(u, 5, 250)?,
            smile: (percent(u, 0, 100)? - Real::lit("0.5"), percent(u, 0, 120)?),
            ladder,
            gain,
            flow: FlowParams { strength: percent(u, 0, 5)?, ..FlowParams::default() },
        })
    }
}

/// No constraint that the certificate leaves closed is broken by the mids of a desk.
///
/// # Errors
///
/// The constraint, what it is worth, and the tolerance.
pub fn certified_constraints_hold(certificate: &Certificate, desk: &Desk) -> Verdict {
    let (mids, mut verdict) = (desk.marginals(), Ok(()));
    desk.constraints().each(|constraint| {
        let value = constraint.value(&mids);
        if verdict.is_ok()
            && value < -constraint.tolerance(desk)
            && !certificate.open().contains(&constraint)
        {
            let limit = constraint.tolerance(desk);
            verdict = Err(std::format!("worth {value}, tolerance {limit}: {constraint:?}"));
        }
    });
    verdict
}

/// The least that the certificate finds for each constraint is the least of all corners of slopes,
/// for a board of few nodes: apart by the tolerance and 2⁻⁴⁴ of how far any of its prices can move.
///
/// # Errors
///
/// The constraint and both values.
pub fn bound_is_the_least_corner(desk: &Desk) -> Verdict {
    let (nodes, buckets) = (desk.potential.corner(|_| false).len(), desk.board.rows.len());
    let most: Vec<Real> = desk.flow.shifts().collect();
    let all = desk.least();
    let mut least = std::vec![Real::MAX; all.len()];
    for corner in 0..1_u64 << (nodes + buckets) {
        let above = |place: usize| corner >> place & 1 == 1;
        let flows = most.iter().enumerate();
        let flows = flows.map(|(b, &shift)| if above(nodes + b) { shift } else { -shift });
        let mids = desk.marginals_at(desk.potential.corner(above), flows.collect());
        for ((constraint, _), least) in all.iter().zip(&mut least) {
            *least = constraint.value(&mids).min(*least);
        }
    }
    let ends = [(false, -1), (true, 1)].map(|(above, sign)| {
        let flows = most.iter().map(|&shift| shift * sign);
        desk.marginals_at(desk.potential.corner(|_| above), flows.collect())
    });
    for ((constraint, bound), least) in all.iter().zip(least) {
        let [low, high] = &ends;
        let run = |at| high.mid(at, Kind::Call).abs_diff(low.mid(at, Kind::Call));
        let run = constraint.legs.iter().map(|leg| run(leg.at)).max().unwrap_or_default();
        let apart = Real::from_bits((run.to_bits() >> 44) as i128) + constraint.tolerance(desk);
        ensure!(
            bound.abs_diff(least) <= apart,
            "{bound} for {least}, apart by more than {apart:e}: {constraint:?}"
        );
    }
    Ok(())
}

/// An order for one option.
pub type Move = (LinePlace, Kind, Size);

/// What may be tried in a line to move a constraint: contracts that add from 0.003 to 30 to the
/// gain of a line's bucket if it has one.
fn moves(desk: &Desk, target: &Constraint) -> Vec<Move> {
    let last = target.legs.iter().map(|leg| leg.at.place.chain).max().unwrap_or(0);
    let mut moves = Vec::new();
    for at in desk.lines().filter(|at| at.place.chain <= last) {
        let driver = desk.potential.driver(at.line);
        if driver < 1 {
            continue;
        }
        for part in ["0.003", "0.03", "0.3", "3", "30"]
            .map(|part| part.parse::<Real>().unwrap_or(Real::ONE))
        {
            let contracts = DEPTH / driver * part;
            let atoms = (contracts.to_bits() >> 34).saturating_mul(Size::SCALE) >> 30;
            for atoms in [atoms, -atoms] {
                moves.push((at, Kind::Call, Size::from_atoms(atoms)));
            }
        }
    }
    moves
}

/// A flow of a thousand times the scale that it bends at.
fn flood(flow: &FlowParams) -> i128 {
    (flow.scale.to_bits() >> 16) * Size::SCALE * 1000
}

/// Drives a desk's book and flow to where a constraint is worth the least, move by move, with orders
/// that are not refused.
pub fn driven(setup: &Setup, desk: &Desk, target: &Constraint, rounds: usize) -> Desk {
    let mut desk = desk.clone();
    let flood = flood(&setup.flow);
    for bucket in 0..desk.board.rows.len() {
        for state in [-flood, flood] {
            let mut states = desk.flow.states().to_vec();
            states[bucket] = state;
            let Ok(trial) = desk.flow.fade(states.into_iter()) else { continue };
            let flows = desk.flow.slopes_after(&trial);
            let mids = desk.marginals_at(desk.potential.prices(), flows);
            if target.value(&mids) < target.value(&desk.marginals()) {
                desk.flow.take(&trial);
            }
        }
    }
    for _ in 0..rounds {
        let mut found = false;
        for attempt in moves(&desk, target) {
            let Ok(order) = desk.price(&[attempt], true) else { continue };
            let flows = desk.flow.slopes();
            let mids = desk.marginals_at(desk.potential.prices_after(&order.trial), flows);
            if target.value(&mids) < target.value(&desk.marginals()) {
                desk.potential.take(&order.trial); // the flow stays where it is worst
                found = true;
            }
        }
        if !found {
            break;
        }
    }
    desk
}

/// An order that the guard refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why.
    pub limit: ArbitrageLimit,
    /// The desk that it met.
    pub desk: Desk,
    /// The order.
    pub order: Move,
}

/// Trades against a constraint as anyone may until an order is refused for what it would break;
/// `None` if that does not come to pass.
pub fn pressed(desk: &Desk, target: &Constraint, rounds: usize) -> Option<Refused> {
    let mut desk = desk.clone();
    for _ in 0..rounds {
        for order in moves(&desk, target) {
            match desk.price(&[order], false) {
                Ok(priced) => {
                    let mids = desk.marginals_after(&priced.trial, &priced.flow);
                    if target.value(&mids) < target.value(&desk.marginals()) {
                        desk.take(&priced);
                    }
                }
                Err(QuoteError::Arbitrage(limit)) => return Some(Refused { limit, desk, order }),
                Err(_) => {}
            }
        }
    }
    None
}

/// The constraints of a desk nearest to being broken by some book, by what of them is left.
pub fn narrowest(desk: &Desk, count: usize) -> Vec<Constraint> {
    let rest = desk.marginals();
    let margin = |(constraint, least): &(Constraint, Real)| {
        let base = constraint.value(&rest).max(constraint.tolerance(desk));
        least.saturating_add(constraint.tolerance(desk)).checked_div(base).unwrap_or(Real::MAX)
    };
    let mut all = desk.least();
    all.sort_by_key(margin);
    all.into_iter().take(count).map(|(constraint, _)| constraint).collect()
}

/// The mids of a desk break nothing.
///
/// # Errors
///
/// What they break most.
pub fn nothing_is_broken(desk: &Desk) -> Verdict {
    match desk.worst() {
        Some(worst @ Worst { .. }) if worst.is_broken() => Err(std::format!("{worst:?}")),
        _ => Ok(()),
    }
}
