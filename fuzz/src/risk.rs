//! Margin, liquidation, funding and the breaker: bytes choose laws, and the case of each.

use amm_core::num::Size;
use amm_core::risk::breaker::{Access, Action, Breaker, Held, Limits, Premium, State};
use amm_core::risk::funding::{Funding, settle};
use amm_core::risk::governor::GovernorParams;
use amm_core::risk::liquidation::{Auction, least_share, net, repayment, waterfall};
use amm_core::risk::margin::{Assets, Exposure, Margins, Rule, Shift};
use amm_core::testing::Verdict;
use amm_core::testing::assets::{self, Debt, Seizes};
use amm_core::testing::breaker::{self, Answers, Bids as Offered, Fills, Limiting, Tape};
use amm_core::testing::funding::{self, Advance, Course, Holders, Settles};
use amm_core::testing::liquidation::{
    self, Asked, Bids, Called, Flows, Governs, Hedged, LeastShare, Loan, Loss, Nets, Offers, Pours,
    Repays,
};
use amm_core::testing::margin::{self, Case, Keep, Measure, WhatIf};
use amm_core::testing::order::{self, Batch, Round};
use arbitrary::{Result, Unstructured};

/// What is held to the laws.
#[derive(Clone, Copy)]
pub struct Mechanisms {
    /// What an account needs.
    pub measure: Measure,
    /// What an order would make of it.
    pub what_if: WhatIf,
    /// What is still known of it after a market update.
    pub keep: Keep,
    /// The smallest share that restores.
    pub least_share: LeastShare,
    /// The smallest repayment that does.
    pub repays: Repays,
    /// What all of an account goes for.
    pub offers: Offers,
    /// A bid for part of it.
    pub bids: Bids,
    /// What is taken of an account's assets.
    pub seizes: Seizes,
    /// Who pays a loss.
    pub pours: Pours,
    /// What trades cancel.
    pub nets: Nets,
    /// All accounts that are liquidated in one market state.
    pub round: Round,
    /// How fast the hedge may go.
    pub governs: Governs,
    /// Funding as time passes.
    pub advance: Advance,
    /// Who pays it.
    pub settles: Settles,
    /// The breaker.
    pub answers: Answers,
    /// What its auction asks.
    pub fills: Fills,
    /// What each of its states lets pass.
    pub admits: fn(State, Action) -> Access,
    /// What may be held of one series and one expiry.
    pub limiting: Limiting,
}

impl Default for Mechanisms {
    /// The core's own.
    fn default() -> Self {
        Self {
            measure: Margins::requirement,
            what_if: Exposure::what_if,
            keep: Shift::after,
            least_share,
            repays: repayment,
            offers: Auction::offer,
            bids: Auction::bid,
            seizes: Assets::seize,
            pours: waterfall,
            nets: net,
            round: order::together,
            governs: GovernorParams::speed,
            advance: Funding::after,
            settles: settle,
            answers: Breaker::step,
            fills: Premium::fill,
            admits: State::admits,
            limiting: Limits::admit,
        }
    }
}

/// Draws a case and says what a law, or several, make of a mechanism on it.
type Op = fn(&mut Unstructured<'_>, &Mechanisms) -> Result<Verdict>;

/// The operations; the byte that chooses one is taken modulo their number.
const OPS: &[Op] = &[
    |u, how| {
        let case: Case = u.arbitrary()?;
        Ok(margin::needs_its_floor(how.measure, &case)
            .and_then(|()| margin::holding_takes_no_more_than_opening(how.measure, &case))
            .and_then(|()| margin::more_of_the_underlying_never_hurts(how.measure, &case)))
    },
    |u, how| portfolio(u, |case| margin::together_they_need_no_more(how.measure, case)),
    |u, how| portfolio(u, |case| margin::size_counts_in_proportion(how.measure, case)),
    |u, how| portfolio(u, |case| margin::the_worst_is_as_stated(how.measure, case)),
    |u, how| Ok(margin::what_if_is_what_is(how.what_if, &u.arbitrary()?)),
    |u, how| Ok(margin::watch_is_never_late(how.keep, &u.arbitrary()?)),
    |u, how| Ok(liquidation::share_restores(how.least_share, &u.arbitrary::<Asked>()?)),
    |u, how| Ok(liquidation::repayment_restores(how.repays, &u.arbitrary::<Loan>()?)),
    |u, how| {
        let (case, seconds) = (u.arbitrary::<Called>()?, u.arbitrary::<u16>()?);
        Ok(liquidation::profit_is_bounded(how.offers, &case, seconds.into()))
    },
    |u, how| Ok(liquidation::liquidation_succeeds(how.bids, &u.arbitrary::<Called>()?)),
    |u, how| {
        let (loss, debt) = (u.arbitrary::<Loss>()?, u.arbitrary::<Debt>()?);
        Ok(liquidation::losses_conserve(how.pours, &loss)
            .and_then(|()| assets::seizing_is_fair(how.seizes, &debt)))
    },
    |u, how| Ok(liquidation::netting_conserves(how.nets, &u.arbitrary::<Flows>()?)),
    |u, how| Ok(liquidation::governed_loop_is_damped(how.governs, &u.arbitrary::<Hedged>()?)),
    |u, how| Ok(order::order_is_nothing(how.round, &u.arbitrary::<Batch>()?)),
    |u, how| Ok(funding::pokes_are_nothing(how.advance, &u.arbitrary::<Course>()?)),
    |u, how| {
        let course: Course = u.arbitrary()?;
        Ok(funding::rate_is_bounded(how.advance, &course)
            .and_then(|()| funding::the_scale_is_fixed(how.advance, &course.params))
            .and_then(|()| funding::haste_costs(how.advance, &course.params)))
    },
    |u, how| Ok(funding::payments_conserve(how.settles, &u.arbitrary::<Holders>()?)),
    |u, how| {
        let tape: Tape = u.arbitrary()?;
        Ok(breaker::transitions_are_the_automaton(how.answers, &tape)
            .and_then(|()| breaker::reasons_are_the_numbers(how.answers, &tape)))
    },
    |u, how| {
        let (tape, bids) = (u.arbitrary::<Tape>()?, u.arbitrary::<Offered>()?);
        Ok(breaker::calm_brings_it_back(how.answers, &tape)
            .and_then(|()| breaker::auctions_do_not_split(how.fills, &bids)))
    },
    |u, how| {
        let [per_series, per_expiry] =
            u.arbitrary::<[u8; 2]>()?.map(|atoms| Size::from_atoms(i128::from(atoms) / 2));
        let limits = Limits { per_series, per_expiry };
        let mut size = || Ok(Size::from_atoms(u.arbitrary::<i8>()?.into()));
        let series = Held { before: size()?, after: size()? };
        let expiry = Held { before: size()?, after: size()? };
        Ok(breaker::limits_let_out(how.limiting, &limits, series, expiry)
            .and_then(|()| breaker::reducing_passes(how.admits)))
    },
];

/// A law of portfolio margin alone.
fn portfolio(u: &mut Unstructured<'_>, law: impl Fn(&Case) -> Verdict) -> Result<Verdict> {
    let case: Case = u.arbitrary()?;
    let stated = matches!(case.params.rule, Rule::Portfolio(_));
    Ok(if stated { law(&case) } else { Ok(()) })
}

/// Operations until the bytes end, eight at most.
///
/// # Errors
///
/// How the first law that does not hold is broken.
pub fn run(data: &[u8], how: &Mechanisms) -> Verdict {
    let mut source = Unstructured::new(data);
    for _ in 0..8 {
        if source.is_empty() {
            break;
        }
        let Ok(chosen) = source.arbitrary::<u8>() else { break };
        let Ok(verdict) = OPS[usize::from(chosen) % OPS.len()](&mut source, how) else { break };
        verdict?;
    }
    Ok(())
}
