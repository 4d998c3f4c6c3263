//! Laws of funding.
//!
//! Rows of research/PEERS.md, section 3: 14, what the driver is divided by is a parameter, and no trade
//! moves it; 28 and 29, what is paid is paid once; 32, what the pool gets is the sum of what all pay; 36
//! (M-13), accrual does not depend on who asks how often.

use std::format;
use std::string::String;
use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::{between, magnitude};
use super::ledger::Balance;
use super::{Verdict, ensure};
use crate::book::AccountId;
use crate::num::{Amount, Cash, Real, Rounding, Seconds, Size, Timestamp};
use crate::risk::funding::{
    Accrued, Funding, FundingError, FundingParams, Holder, Index, Payments,
};

fn said(error: impl core::fmt::Display) -> String {
    format!("{error}")
}

/// How funding goes on.
pub type Advance =
    fn(&Funding, &FundingParams, Timestamp) -> core::result::Result<Funding, FundingError>;

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The traders' net delta is another.
    Skew(Size),
    /// A contract's dollar delta is another.
    Weight(Real),
    /// Someone asks.
    Poke,
    /// Someone pays.
    Pay,
}

/// A course of events, each some seconds after the one before.
#[derive(Clone, Debug)]
pub struct Course {
    /// How funding is set.
    pub params: FundingParams,
    /// Events.
    pub steps: Vec<(u64, Step)>,
    /// What one holder holds.
    pub position: Size,
}

/// A scale of one to 2⁶⁰ atoms.
fn scale(u: &mut Unstructured<'_>) -> Result<Size> {
    Ok(Size::from_atoms(1 + magnitude(u, 60)? as i128))
}

/// Parameters that pass their check, one time in two next to the edge of damping: v = k²β/4.
fn params(u: &mut Unstructured<'_>) -> Result<FundingParams> {
    let ten = Real::lit("10");
    let proportional = between(u, Real::ZERO, Real::ONE)?;
    let response = between(u, Real::ONE, Real::lit("1000"))?;
    let most = proportional * proportional * response / 4; // ≤ 250
    let velocity = match u.arbitrary()? {
        true => most - most / 4_096,
        false => between(u, Real::ZERO, most)?,
    };
    let mut params = FundingParams {
        scale: scale(u)?,
        velocity,
        proportional,
        limit: between(u, Real::ZERO, ten)?,
        surge: between(u, Real::ZERO, ten)?,
        surge_time: Seconds::new(u.int_in_range(1..=100_000)?).unwrap_or(Seconds::MAX),
        response,
    };
    if params.check().is_err() {
        params.velocity = Real::ZERO; // so small that the second's units tell
    }
    Ok(params)
}

impl<'a> Arbitrary<'a> for Course {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let params = params(u)?;
        let mut steps = Vec::new();
        for _ in 0..u.int_in_range(1..=24)? {
            let wait = magnitude(u, 22)? as u64;
            let step = match u.int_in_range(0..=5)? {
                0 | 1 => {
                    let size = params.scale.atoms() / 64 * i128::from(u.arbitrary::<u8>()?);
                    let size = size + magnitude(u, 20)? as i128;
                    Step::Skew(Size::from_atoms(if u.arbitrary()? { size } else { -size }))
                }
                2 => Step::Weight(between(u, Real::lit("-100000"), Real::lit("100000"))?),
                3 => Step::Pay,
                _ => Step::Poke,
            };
            steps.push((wait, step));
        }
        let position = magnitude(u, 50)? as i128;
        let position = Size::from_atoms(if u.arbitrary()? { position } else { -position });
        Ok(Self { params, steps, position })
    }
}

/// Where a course ends, the atoms that its holder has paid in all, and what is owed then.
fn run(
    advance: Advance,
    course: &Course,
    pokes: bool,
) -> core::result::Result<(Funding, Index, i128, Accrued), String> {
    let (mut funding, mut now) = (Funding::new(Timestamp::new(0)), 0);
    let mut index = Index { weight: Real::lit("2000"), ..Index::default() };
    let (mut holder, mut paid) = (Accrued::default(), 0);
    let last = course.steps.len();
    for (place, (wait, step)) in course.steps.iter().enumerate() {
        now += wait;
        let at = Timestamp::new(now);
        let end = place + 1 == last;
        if !pokes && !end && matches!(step, Step::Poke | Step::Pay) {
            continue;
        }
        funding = advance(&funding, &course.params, at).map_err(said)?;
        match step {
            Step::Skew(skew) => funding.skew = *skew,
            Step::Weight(weight) => {
                index = index.reweighted(funding.share, *weight).map_err(said)?;
            }
            Step::Poke => {
                index.value(funding.share).map_err(said)?;
            }
            Step::Pay => {}
        }
        if end || matches!(step, Step::Pay) {
            let value = index.value(funding.share).map_err(said)?;
            let counted = holder.counted(course.position, value).map_err(said)?;
            let (cash, left) = counted.paid().map_err(said)?;
            (holder, paid) = (left, paid + cash.atoms());
        }
    }
    Ok((funding, index, paid, holder))
}

/// Whoever asks and pays how often: the rate, the index and all that is paid are the same, to the unit.
pub fn pokes_are_nothing(advance: Advance, course: &Course) -> Verdict {
    let poked = run(advance, course, true)?;
    let plain = run(advance, course, false)?;
    ensure!(poked == plain, "{poked:?} with pokes, {plain:?} without, of {course:?}");
    Ok(())
}

/// No rate, in any second, is above what the parameters say it can be.
pub fn rate_is_bounded(advance: Advance, course: &Course) -> Verdict {
    let most = course.params.most_per_day().ok_or("no highest rate")?;
    let (mut funding, mut now) = (Funding::new(Timestamp::new(0)), 0);
    for (wait, step) in &course.steps {
        now += wait;
        funding = advance(&funding, &course.params, Timestamp::new(now)).map_err(said)?;
        if let Step::Skew(skew) = step {
            funding.skew = *skew;
        }
        let next = advance(&funding, &course.params, Timestamp::new(now + 1)).map_err(said)?;
        let day = (next.share - funding.share).abs() * 86_400;
        ensure!(day <= most, "{day} a day of at most {most}: {funding:?}");
        ensure!(next.is_possible(&course.params), "{next:?} of {:?}", course.params);
    }
    Ok(())
}

/// Traders close their delta by β times what it pays, and nothing else happens: the delta crosses zero
/// once at most, and goes no further beyond than 14 % of where it began. (For ζ = 1 it is e⁻² of it,
/// and for more it is less.)
pub fn funding_does_not_swing(advance: Advance, params: &FundingParams) -> Verdict {
    // Fast against the quicker root, βk a day: a 64th of it a step, 32 of its times in all or the
    // slower root's, which is longer.
    let scale = Size::from_atoms(1 << 60);
    let params = FundingParams { scale, surge: Real::ZERO, ..*params };
    let speed = params.response.saturating_mul(params.proportional).to_bits() >> 64; // a day
    let step = (86_400 / 64 / speed.max(1)).max(1) as u64;
    let first = 1_i128 << 59;
    let mut funding = Funding { skew: Size::from_atoms(first), ..Funding::default() };
    let (mut crossings, mut furthest) = (0, 0);
    for _ in 0..20_000 {
        let now = Timestamp::new(funding.at.get() + step);
        let next = advance(&funding, &params, now).map_err(said)?;
        let paid = (next.share - funding.share).saturating_mul(params.response);
        let closed = Amount::of(scale, paid).ok_or("the flow does not fit")?;
        let closed = closed.round(Rounding::Down).atoms();
        let (was, skew) = (funding.skew.atoms(), funding.skew.atoms() - closed);
        let crosses = was.signum() * skew.signum() < 0;
        crossings += u32::from(crosses && skew.abs() > first >> 20);
        furthest = furthest.max(-skew);
        funding = Funding { skew: Size::from_atoms(skew), ..next };
    }
    ensure!(crossings <= 1, "the delta crosses zero {crossings} times: {params:?}");
    ensure!(
        furthest <= first / 100 * 14,
        "the delta goes {furthest} of {first} beyond: {params:?}"
    );
    Ok(())
}

/// The rate that a delta adds at once is its share of the scale, to the unit, and does not depend on
/// what else the pool or the traders have.
pub fn the_scale_is_fixed(advance: Advance, params: &FundingParams) -> Verdict {
    let params =
        FundingParams { velocity: Real::ZERO, surge: Real::ZERO, limit: Real::ZERO, ..*params };
    let scale = params.scale.atoms();
    let rate = |atoms: i128| {
        let funding = Funding { skew: Size::from_atoms(atoms), ..Funding::default() };
        let after = advance(&funding, &params, Timestamp::new(1)).map_err(said)?;
        Ok::<_, String>(after.share.to_bits())
    };
    let full = rate(scale)?;
    for atoms in [0, 1, scale / 1_000, scale / 3, scale - 1, scale] {
        let (got, other) = (rate(atoms)?, rate(-atoms)?);
        ensure!(got == -other, "{got} units for {atoms} atoms, {other} for as many short");
        // got ≤ full·atoms/scale < got + 1
        let due = Balance::default().add(full, atoms as u128);
        let short = due.add(-got, scale as u128).is_loss();
        let far = !due.add(-got - 1, scale as u128).is_loss();
        ensure!(!short && !far, "{got} units of {full} for {atoms} atoms of {scale}");
    }
    let (past, far) = (rate(scale + 1)?, rate(i128::MAX)?);
    ensure!(past == full && far == full, "{past} and {far} units past the scale, {full} at it");
    Ok(())
}

/// A delta taken on at once costs a holder no less than the same delta taken on in even steps by the
/// same time, and more where the steps take as long as a surge lasts.
pub fn haste_costs(advance: Advance, params: &FundingParams) -> Verdict {
    const STEPS: u64 = 64;
    let time = u64::from(params.surge_time.get()).max(STEPS);
    let every = time.div_ceil(STEPS) + 1; // slower than the follower
    let full = params.scale.atoms();
    let surge = |n: u64, funding: &Funding| {
        let atoms = full / STEPS as i128 * n as i128;
        let funding = Funding { skew: Size::from_atoms(atoms), drift: Real::ZERO, ..*funding };
        let next = Timestamp::new(funding.at.get() + 1);
        let after = advance(&funding, params, next).map_err(said)?;
        Ok::<_, String>((after.share - funding.share, funding))
    };
    let start = Funding::default();
    let (at_once, _) = surge(STEPS, &start)?;
    let mut funding = start;
    let mut slowly = Real::ZERO;
    for n in 1..=STEPS {
        (slowly, funding) = surge(n, &funding)?;
        funding =
            advance(&funding, params, Timestamp::new(funding.at.get() + every)).map_err(said)?;
    }
    ensure!(at_once >= slowly, "{at_once} a second at once, {slowly} after a slow build");
    let surcharge = params.surge / 86_400 / 2;
    let more = at_once - slowly;
    let small = full < i128::from(STEPS) * 1_000; // steps too coarse to tell
    ensure!(
        small || more + Real::DELTA * 4 >= surcharge,
        "haste costs {more} a second: {params:?}"
    );
    Ok(())
}

/// Holders of one contract.
#[derive(Clone, Debug)]
pub struct Holders {
    /// Each once.
    pub holders: Vec<Holder>,
    /// Up to where the index goes.
    pub index: Real,
}

impl<'a> Arbitrary<'a> for Holders {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let far = Real::lit("100000");
        let mut holders = Vec::new();
        for id in 0..u.int_in_range(0..=8)? {
            let size = magnitude(u, 50)? as i128;
            let position = Size::from_atoms(if u.arbitrary()? { size } else { -size });
            let accrued = Accrued::new(between(u, -far, far)?);
            holders.push(Holder { account: AccountId(id), position, accrued });
        }
        Ok(Self { holders, index: between(u, -far, far)? })
    }
}

/// How all holders pay.
pub type Settles = fn(&[Holder], Real) -> core::result::Result<Payments, FundingError>;

/// What longs and shorts pay is what the pool gets, to the atom; each pays its due rounded up by less
/// than an atom; and whoever has paid owes nothing more at once.
pub fn payments_conserve(settles: Settles, case: &Holders) -> Verdict {
    let done = settles(&case.holders, case.index).map_err(said)?;
    let sum: i128 = done.parts.iter().map(|(_, cash, _)| cash.atoms()).sum();
    ensure!(sum == done.pool.atoms(), "{sum} atoms are paid, {} got", done.pool);
    ensure!(done.parts.len() == case.holders.len(), "{} parts", done.parts.len());
    for (holder, (id, cash, left)) in case.holders.iter().zip(&done.parts) {
        let due = case.index.checked_sub(holder.accrued.entry);
        let due = due.and_then(|due| Amount::of(holder.position, due)).ok_or("too much is due")?;
        ensure!(*id == holder.account && *cash == due.round(Rounding::Up), "{cash} of {due}");
        let again = Holder { accrued: *left, ..*holder };
        let again = settles(&[again], case.index).map_err(said)?;
        ensure!(again.pool == Cash::ZERO, "{} is paid again", again.pool);
    }
    Ok(())
}
