//! Laws of liquidation.
//!
//! With the rows of the catalogue of failures (research/PEERS.md, section 3) that each keeps out: 6 and
//! 29, every atom and unit is somebody's, once; 9 and 33, what nobody can pay is recorded and nothing
//! fails; 21, every law here rejects a mechanism made to break it; 31, an outside market moves by the
//! budget at most; 35, liquidatable implies a liquidation that succeeds within a cost bound.

use std::format;
use std::string::String;
use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::{between, magnitude};
use super::ledger::{self, Balance};
use super::{Verdict, ensure};
use crate::book::AccountId;
use crate::num::{Cash, Real, Seconds, Size, Timestamp};
use crate::risk::DebtOverflow;
use crate::risk::liquidation::{
    Auction, AuctionParams, Backing, Bid, Crossed, Curve, Flow, LiquidationError, LoanTerms,
    MONEY_MAX, Netting, NettingError, Offer, Phase, Repayment, Standing, Waterfall, WaterfallError,
    share_of,
};

/// One in Q64.
const ONE: u128 = 1 << 64;

fn said(error: impl core::fmt::Display) -> String {
    format!("{error}")
}

/// Up to [`MONEY_MAX`], of either sign one time in four.
fn money(u: &mut Unstructured<'_>, signed: bool) -> Result<Cash> {
    let atoms = (magnitude(u, 121)? as i128).min(MONEY_MAX.atoms());
    Ok(Cash::from_atoms(if signed && u.ratio(1, 4)? { -atoms } else { atoms }))
}

/// An account, what is reserved and needed of it, and what is bid for it.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// What it is worth.
    pub equity: Cash,
    /// What earlier bids paid.
    pub reserved: Cash,
    /// What it needs.
    pub needed: Cash,
    /// What is bid for the rest.
    pub price: Cash,
}

impl<'a> Arbitrary<'a> for Asked {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let equity = money(u, true)?;
        let needed = match u.ratio(1, 4)? {
            true => money(u, false)?,
            // A little more than there is, mostly.
            false => {
                let more = equity.atoms().abs() / 64 * i128::from(u.arbitrary::<u8>()?);
                Cash::from_atoms((equity.atoms() + more).clamp(0, MONEY_MAX.atoms()))
            }
        };
        let part = |u: &mut Unstructured<'a>, cash: Cash| {
            Ok(Cash::from_atoms(cash.atoms().max(0) / 256 * i128::from(u.arbitrary::<u8>()?)))
        };
        let reserved = part(u, equity)?;
        let price = part(u, Cash::from_atoms(equity.atoms() - reserved.atoms()))?;
        Ok(Self { equity, reserved, needed, price })
    }
}

/// The smallest share of a portfolio to sell.
pub type LeastShare = fn(Cash, Cash, Cash, Cash) -> core::result::Result<Real, LiquidationError>;

/// The share restores what is needed, and 2⁻⁶⁴ less of it does not; exactly.
pub fn share_restores(least: LeastShare, case: &Asked) -> Verdict {
    let Asked { equity, reserved, needed, price } = *case;
    let share = least(equity, reserved, needed, price).map_err(said)?.to_bits();
    ensure!((0..=ONE as i128).contains(&share), "a share of {share} units");
    // (E − R)·(1 − f) + R + f·price − T·(1 − f), times 2⁶⁴.
    let after = |share: u128| {
        Balance::default()
            .add(equity.atoms(), ONE - share)
            .add(reserved.atoms(), share)
            .add(price.atoms(), share)
            .add(-needed.atoms(), ONE - share)
    };
    let share = share as u128;
    ensure!(!after(share).is_loss(), "{share} units do not restore {case:?}");
    ensure!(share == 0 || after(share - 1).is_loss(), "less than {share} units restore {case:?}");
    Ok(())
}

/// A loan and its terms.
#[derive(Clone, Copy, Debug)]
pub struct Loan {
    /// What is owed.
    pub debt: Cash,
    /// What stands for it, at its mark.
    pub collateral: Cash,
    /// On which terms.
    pub terms: LoanTerms,
}

impl<'a> Arbitrary<'a> for Loan {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (threshold_bps, bonus_bps) = (u.int_in_range(1..=10_000)?, u.int_in_range(0..=10_000)?);
        let least = (threshold_bps * (10_000 + bonus_bps) / 10_000 + 1).max(10_000);
        let terms =
            LoanTerms { threshold_bps, bonus_bps, target_bps: u.int_in_range(least..=40_000)? };
        let debt = money(u, false)?;
        // Near the debt, mostly: that is where something happens.
        let collateral = match u.ratio(1, 4)? {
            true => money(u, false)?,
            false => {
                let atoms = debt.atoms() / 128 * i128::from(u.arbitrary::<u8>()?);
                Cash::from_atoms(atoms.min(MONEY_MAX.atoms()))
            }
        };
        Ok(Self { debt, collateral, terms })
    }
}

/// How a loan is repaid.
pub type Repays = fn(Cash, Cash, &LoanTerms) -> core::result::Result<Repayment, LiquidationError>;

/// A repayment restores the health it is for, an atom less does not; or it takes all there is.
pub fn repayment_restores(repays: Repays, case: &Loan) -> Verdict {
    let Loan { debt, collateral, terms } = *case;
    let moved = repays(debt, collateral, &terms).map_err(said)?;
    let Repayment { repaid, seized, unpaid } = moved;
    let [threshold, bonus, target] =
        [terms.threshold_bps, terms.bonus_bps, terms.target_bps].map(u128::from);
    let (one, with_bonus) = (10_000, 10_000 + bonus);
    let sum = |a: (Cash, u128), b: (Cash, u128)| {
        Balance::default().add(a.0.atoms(), a.1).add(-b.0.atoms(), b.1)
    };
    if !sum((collateral, threshold), (debt, one)).is_loss() {
        ensure!(moved == Repayment::default(), "{moved:?} of a loan that is sound: {case:?}");
        return Ok(());
    }
    let parts = [repaid, seized, unpaid].iter().all(|part| *part >= Cash::ZERO);
    ensure!(parts && repaid <= debt && seized <= collateral, "{moved:?} of {case:?}");
    let cheap = sum((repaid, with_bonus), (seized, one)).is_loss();
    ensure!(!cheap, "{seized} for {repaid} is more than the bonus");
    if unpaid > Cash::ZERO || seized == collateral {
        let rest = debt.checked_sub(repaid);
        ensure!(seized == collateral && rest == Some(unpaid), "{moved:?} of {case:?}");
        let less = Cash::from_atoms(repaid.atoms() - 1);
        let dear = repaid > Cash::ZERO && !sum((less, with_bonus), (seized, one)).is_loss();
        ensure!(!dear, "{repaid} paid for {seized}, the bonus is not got");
        return Ok(());
    }
    // ℓ·(C − (1 + b)·R) − h*·(D − R), times 10⁸, for a repayment of so many atoms.
    let health = |repaid: i128| {
        Balance::default()
            .add(collateral.atoms(), threshold * one)
            .add(-repaid, threshold * with_bonus)
            .add(-debt.atoms(), target * one)
            .add(repaid, target * one)
    };
    ensure!(!health(repaid.atoms()).is_loss(), "{moved:?} does not restore {case:?}");
    ensure!(health(repaid.atoms() - 1).is_loss(), "less than {moved:?} restores {case:?}");
    Ok(())
}

/// An account below its maintenance margin, and who comes when.
#[derive(Clone, Copy, Debug)]
pub struct Called {
    /// The account.
    pub standing: Standing,
    /// Its delta.
    pub delta: Size,
    /// How it is auctioned.
    pub params: AuctionParams,
    /// When the first bidder comes, in seconds.
    pub first_s: u64,
    /// Seconds from one bidder to the next.
    pub every_s: u64,
    /// Units that may go in one block.
    pub units: Size,
}

impl<'a> Arbitrary<'a> for Called {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let maintenance = money(u, false)?.atoms() / 12 + 1; // its target stays in range
        let equity = match u.int_in_range(0..=3)? {
            0 => money(u, true)?.atoms().min(maintenance - 1),
            _ => maintenance / 256 * i128::from(u.int_in_range(-64..=255)?),
        };
        let seconds = |u: &mut Unstructured<'a>, most| {
            Ok(Seconds::new(u.int_in_range(0..=most)?).unwrap_or(Seconds::MAX))
        };
        let start_bps = u.int_in_range(0..=10_000)?;
        let (fast, slow) = (seconds(u, 3_600)?, seconds(u, 20_000)?);
        let slow = slow.max(Seconds::new(1).unwrap_or_default());
        let curve = Curve { start_bps, cutoff_bps: u.int_in_range(0..=start_bps)?, fast, slow };
        let insolvent = seconds(u, 3_600)?.max(Seconds::new(1).unwrap_or_default());
        let params = AuctionParams { curve, insolvent, buffer_bps: u.int_in_range(0..=100_000)? };
        let delta = 1 + magnitude(u, 60)? as i128;
        // A hundredth of the delta at least, so that a hundred blocks do.
        let units = Size::from_atoms(delta / i128::from(u.int_in_range(1..=100_u8)?) + 1);
        let delta = Size::from_atoms(if u.arbitrary()? { delta } else { -delta });
        let equity = Cash::from_atoms(equity.min(maintenance - 1));
        let standing = Standing { equity, maintenance: Cash::from_atoms(maintenance) };
        let (first_s, every_s) = (magnitude(u, 15)? as u64, u.int_in_range(0..=600)?);
        Ok(Self { standing, delta, params, first_s, every_s, units })
    }
}

/// How an auction makes its offer.
pub type Offers = fn(
    &Auction,
    &Standing,
    &AuctionParams,
    Timestamp,
) -> core::result::Result<Offer, LiquidationError>;

/// The profit of taking all is there to be seen, is never a loss, only rises while the account stands
/// still, and never passes the larger of its equity and its maintenance margin.
pub fn profit_is_bounded(offers: Offers, case: &Called, seconds: u64) -> Verdict {
    let standing = &case.standing;
    let auction = Auction::open(standing, Timestamp::new(0)).map_err(said)?;
    let at = |now| offers(&auction, standing, &case.params, Timestamp::new(now)).map_err(said);
    let (one, next) = (at(seconds)?, at(seconds.saturating_add(1))?);
    let most = standing.equity.max(standing.maintenance);
    let profits = (one.profit(), next.profit());
    ensure!(Cash::ZERO <= profits.0 && profits.1 <= most, "{profits:?} of at most {most}");
    ensure!(profits.0 <= profits.1 && one.phase <= next.phase, "{one:?}, then {next:?}");
    ensure!(one.worth == standing.equity, "{one:?} is for sale of {standing:?}");
    ensure!(one.most > 0 && one.most <= 1, "{} of it may go", one.most);
    ensure!(one.phase == Phase::Insolvent || one.price >= Cash::ZERO, "{one:?} is paid for");
    Ok(())
}

/// How a bid is made.
pub type Bids = fn(
    &Auction,
    &Standing,
    &AuctionParams,
    Timestamp,
    Real,
    Real,
) -> core::result::Result<(Bid, Auction), LiquidationError>;

/// What a liquidation came to.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    bids: u32,
    profit: i128,
    paid: i128,
}

/// An account that is liquidatable is liquidated: a bid succeeds at every time, so many blocks of the
/// budget bring it back or all of it away, what was solvent ends solvent, and the liquidators' profit
/// and the fund's cost stay within their bounds.
pub fn liquidation_succeeds(bids: Bids, case: &Called) -> Verdict {
    let Called { mut standing, params, first_s, every_s, units, .. } = *case;
    let mut auction = Auction::open(&standing, Timestamp::new(0)).map_err(said)?;
    let (begun, mut now, mut cost) = (standing, first_s, Cost::default());
    let (mut delta, mut gone) = (case.delta, false);
    // The delta's blocks, and a few for what rounding leaves: an atom of margin each at least.
    let blocks = delta.atoms().unsigned_abs().div_ceil(units.atoms().unsigned_abs()) + 16;
    while !gone {
        match auction.offer(&standing, &params, Timestamp::new(now)) {
            Err(LiquidationError::Healthy { .. }) => break, // it is back
            offer => offer.map_err(said)?,
        };
        let cap = share_of(units, delta).map_err(said)?;
        let done = bids(&auction, &standing, &params, Timestamp::new(now), Real::ONE, cap);
        let (bid, after) = done.map_err(|error| format!("{standing:?} in {auction:?}: {error}"))?;
        ensure!(bid.share > 0 && bid.share <= cap, "{bid:?} of at most {cap}");
        let gain = bid.worth.atoms() - bid.pays.atoms() + bid.paid.atoms();
        ensure!(bid.profit.atoms() == gain && gain >= 0, "{bid:?} hides its profit");
        cost.bids += 1;
        cost.profit += gain;
        cost.paid += bid.paid.atoms();
        ensure!(u128::from(cost.bids) <= blocks, "{cost:?} in {blocks} blocks: {case:?}");
        let equity = standing.equity.atoms() - bid.worth.atoms() + bid.pays.atoms();
        let kept = ONE - bid.share.to_bits() as u128;
        let maintenance = super::exact::product(standing.maintenance.atoms() as u128, kept);
        delta = left(delta, kept);
        gone = bid.share == Real::ONE;
        standing = Standing {
            equity: Cash::from_atoms(equity),
            maintenance: Cash::from_atoms(maintenance as i128),
        };
        auction = after;
        now += every_s;
    }
    ensure!(gone || !standing.is_liquidatable(), "{begun:?} is left at {standing:?}");
    let solvent = begun.equity >= Cash::ZERO;
    ensure!(!solvent || standing.equity >= Cash::ZERO, "{begun:?} ends as {standing:?}");
    let (equity, needed) = (begun.equity.atoms(), begun.maintenance.atoms());
    let rounding = 2 * i128::from(cost.bids);
    let most = equity.max(needed) + rounding;
    ensure!(cost.profit <= most, "{cost:?}, {most} is the most, of {begun:?}");
    let most = needed - equity.min(0) + rounding;
    ensure!(cost.paid <= most, "{cost:?}, {most} is the most, of {begun:?}");
    Ok(())
}

/// What is left of a delta, rounded towards zero.
fn left(delta: Size, kept: u128) -> Size {
    let size = super::exact::product(delta.atoms().unsigned_abs(), kept) as i128;
    Size::from_atoms(size * delta.atoms().signum())
}

/// A loss and who there is to pay it.
#[derive(Clone, Debug)]
pub struct Loss {
    /// How much.
    pub loss: Cash,
    /// The funds.
    pub backing: Backing,
    /// Accounts, each once, in any order.
    pub weights: Vec<(AccountId, Cash)>,
}

impl<'a> Arbitrary<'a> for Loss {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let bits = u.int_in_range(0..=120)?;
        let mut cash = |signed: bool| {
            let atoms = magnitude(u, bits)? as i128;
            Ok(Cash::from_atoms(if signed && u.ratio(1, 8)? { -atoms } else { atoms }))
        };
        let loss = cash(false)?;
        let backing = Backing { insurance: cash(true)?, providers: cash(true)? };
        let mut weights = Vec::new();
        for _ in 0..8 {
            weights.push(cash(true)?);
        }
        let first = u.arbitrary::<u64>()?;
        let ids = (0..).map(|n: u64| AccountId(first.wrapping_add(n.wrapping_mul(0x9e37_79b9))));
        let count = u.int_in_range(0..=8)?;
        Ok(Self { loss, backing, weights: ids.zip(weights).take(count).collect() })
    }
}

/// How a loss is shared.
pub type Pours =
    fn(Cash, Backing, &[(AccountId, Cash)]) -> core::result::Result<Waterfall, WaterfallError>;

/// Every atom of a loss is paid by someone or owed still; each step is used up before the next; nobody
/// pays more than its weight, or another share than its own to within an atom; and the order of the
/// accounts is nothing.
pub fn losses_conserve(pours: Pours, case: &Loss) -> Verdict {
    let Loss { loss, backing, weights } = case;
    let paid = pours(*loss, *backing, weights).map_err(said)?;
    let Waterfall { insurance, providers, socialised, uncovered, .. } = paid;
    let steps = [insurance, providers, socialised, uncovered].map(Cash::atoms);
    ensure!(steps.iter().all(|step| *step >= 0), "{paid:?} gives where it takes");
    ensure!(steps.iter().sum::<i128>() == loss.atoms(), "{paid:?} is not {loss}");
    let funds = [backing.insurance, backing.providers].map(|fund| fund.atoms().max(0));
    let all = [funds[0], funds[1], weights.iter().map(|(_, most)| most.atoms().max(0)).sum()];
    for (place, (step, most)) in steps.iter().zip(all).enumerate() {
        ensure!(*step <= most, "{step} atoms of {most} in {paid:?}");
        let later = steps[place + 1..].iter().any(|step| *step > 0);
        ensure!(*step == most || !later, "step {place} of {paid:?} has {most}");
    }
    let shared = |owed: &[(AccountId, Cash)], _| {
        let again = pours(*loss, *backing, owed).map_err(|_| DebtOverflow)?;
        Ok(again.parts)
    };
    let rest = Cash::from_atoms(loss.atoms() - steps[0] - steps[1]);
    ledger::debts_are_paid_alike(shared, weights, rest)?;
    let reversed: Vec<_> = weights.iter().rev().copied().collect();
    let back = pours(*loss, *backing, &reversed).map_err(said)?;
    let same = paid.parts.iter().eq(back.parts.iter().rev());
    ensure!(same, "{:?} one way, {:?} the other", paid.parts, back.parts);
    Ok(())
}

/// What the hedge and liquidations want to trade.
#[derive(Clone, Debug)]
pub struct Flows {
    /// The hedge.
    pub hedge: Size,
    /// Accounts, each once, in any order.
    pub flows: Vec<Flow>,
}

impl<'a> Arbitrary<'a> for Flows {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let bits = u.int_in_range(0..=100)?;
        let mut units = || {
            let atoms = magnitude(u, bits)? as i128;
            Ok(Size::from_atoms(if u.arbitrary()? { atoms } else { -atoms }))
        };
        let hedge = units()?;
        let mut flows = Vec::new();
        for id in 0..8_u64 {
            flows.push(Flow { account: AccountId(id.wrapping_mul(5) % 8), units: units()? });
        }
        flows.truncate(u.int_in_range(0..=8)?);
        Ok(Self { hedge, flows })
    }
}

/// How flows are netted.
pub type Nets = fn(Size, &[Flow]) -> core::result::Result<Netting, NettingError>;

/// Each flow is done, inside or outside; what is bought inside is sold inside, each unit once; and spot
/// sees one side only, with no more than there was. The order is nothing.
pub fn netting_conserves(nets: Nets, case: &Flows) -> Verdict {
    let Flows { hedge, flows } = case;
    let netted = nets(*hedge, flows).map_err(said)?;
    ensure!(netted.parts.len() == flows.len(), "{} parts", netted.parts.len());
    let wanted = flows.iter().map(|flow| flow.units).chain([*hedge]);
    let parts = || netted.parts.iter().map(|(_, part)| *part).chain([netted.hedge]);
    let (mut inside, mut outside, mut crossed) = (0, 0, 0);
    let (mut buys, mut sells) = (false, false);
    for (wanted, Crossed { inside: one, outside: other }) in wanted.zip(parts()) {
        let (wanted, one, other) = (wanted.atoms(), one.atoms(), other.atoms());
        ensure!(one + other == wanted, "{one} and {other} of {wanted}");
        let signs = [one, other].iter().all(|part| *part == 0 || part.signum() == wanted.signum());
        ensure!(signs, "{one} and {other} of {wanted}");
        (inside, outside, crossed) = (inside + one, outside + other, crossed + one.abs());
        (buys, sells) = (buys || other > 0, sells || other < 0);
    }
    ensure!(inside == 0, "{inside} atoms more are bought inside than sold");
    ensure!(crossed == 2 * netted.crossed.atoms(), "{crossed} atoms, twice {}", netted.crossed);
    ensure!(outside == netted.outside.atoms(), "{outside} atoms outside, not {}", netted.outside);
    ensure!(!(buys && sells), "spot is bought and sold: {netted:?}");
    let reversed: Vec<_> = flows.iter().rev().copied().collect();
    let back = nets(*hedge, &reversed).map_err(said)?;
    let same = netted.parts.iter().eq(back.parts.iter().rev()) && netted.hedge == back.hedge;
    ensure!(same, "{netted:?} one way, {back:?} the other");
    Ok(())
}

/// The share of the loop's gain that a governed hedge may peak at, and the market.
#[derive(Clone, Copy, Debug)]
pub struct Hedged {
    /// The loop's gain.
    pub gain: Real,
    /// The governor.
    pub params: crate::risk::governor::GovernorParams,
}

impl<'a> Arbitrary<'a> for Hedged {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let gain_max = between(u, Real::DELTA, Real::ONE - Real::DELTA)?;
        let resilience = between(u, Real::DELTA, Real::lit("1000000000"))?;
        let gain = between(u, Real::lit("-4"), Real::lit("1000000"))?;
        let params = crate::risk::governor::GovernorParams { gain_max, resilience };
        Ok(Self { gain, params })
    }
}

/// How fast a hedge may go.
pub type Governs = fn(&crate::risk::governor::GovernorParams, Real) -> crate::risk::governor::Speed;

/// A governed loop peaks at g at most, a·κ ≤ g·(κ + ρ), exactly; and a step faster would not.
pub fn governed_loop_is_damped(governs: Governs, case: &Hedged) -> Verdict {
    use crate::risk::governor::{Speed, is_stable};
    let Hedged { gain, params } = *case;
    let speed = governs(&params, gain);
    ensure!(is_stable(gain, speed, params.resilience), "{speed:?} at a gain of {gain}");
    let [a, g, rho] = [gain, params.gain_max, params.resilience].map(Real::to_bits);
    let peak = |speed: i128| {
        let speed = speed as u128;
        Balance::default().add(g, speed).add(g, rho as u128).add(-a, speed)
    };
    match speed {
        Speed::Free => ensure!(a <= g || !peak(i128::MAX).is_loss(), "free at a gain of {gain}"),
        Speed::PerDay(speed) => {
            let speed = speed.to_bits();
            ensure!(!peak(speed).is_loss(), "{speed} units a day at a gain of {gain}");
            let faster = speed.checked_add(1);
            let slow = faster.is_some_and(|faster| !peak(faster).is_loss());
            ensure!(!slow, "{speed} units a day, and more would do, at a gain of {gain}");
        }
    }
    Ok(())
}
