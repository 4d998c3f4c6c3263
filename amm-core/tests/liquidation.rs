//! The laws of liquidation and of the hedge's governor; and that each finds out a mechanism that is
//! wrong in the way the law forbids.

mod cases;

use amm_core::book::AccountId;
use amm_core::num::{Cash, Real, Rounding, Size, Timestamp, mul_div};
use amm_core::risk::governor::{GovernorParams, Speed};
use amm_core::risk::liquidation::{
    Auction, AuctionParams, Backing, Bid, Budget, LiquidationError, LoanTerms, Netting,
    NettingError, Offer, Phase, Repayment, Standing, Waterfall, WaterfallError, allocate,
    least_share, net, repayment, share_of, taken, waterfall,
};
use amm_core::testing::Verdict;
use amm_core::testing::liquidation::{self as laws, Asked, Called, Flows, Hedged, Loan, Loss};
use amm_core::testing::order::{self, After, Batch};
use arbitrary::Arbitrary;
use cases::{drawn, must};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn shares_restore_and_no_less_does(case in drawn::<Asked>()) {
        must(laws::share_restores(least_share, &case))?;
    }

    #[test]
    fn repayments_restore_and_no_less_does(case in drawn::<Loan>()) {
        must(laws::repayment_restores(repayment, &case))?;
    }

    /// PEERS 35.
    #[test]
    fn what_is_liquidatable_is_liquidated(case in drawn::<Called>(), seconds in 0_u64..60_000) {
        must(laws::profit_is_bounded(Auction::offer, &case, seconds))?;
        must(laws::liquidation_succeeds(Auction::bid, &case))?;
    }

    /// PEERS 9, 29, 33.
    #[test]
    fn losses_are_shared_to_the_atom(case in drawn::<Loss>()) {
        must(laws::losses_conserve(waterfall, &case))?;
    }

    #[test]
    fn flows_net_to_the_atom(case in drawn::<Flows>()) {
        must(laws::netting_conserves(net, &case))?;
    }

    /// PEERS 7, 30.
    #[test]
    fn order_is_nothing(case in drawn::<Batch>()) {
        must(order::order_is_nothing(order::together, &case))?;
    }

    #[test]
    fn governed_loops_are_damped(case in drawn::<Hedged>()) {
        must(laws::governed_loop_is_damped(GovernorParams::speed, &case))?;
    }

    /// What a block's liquidations take is within its units, and these within budget and governor
    /// (PEERS 31).
    #[test]
    fn a_block_keeps_its_budget(
        deltas in proptest::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 1..8),
        move_bps in 1_u32..1_000, depth in 1_u64..1_000_000_000, spot in 1_u32..100_000,
        governed in 0_i128..1_000_000_000_000, least in 1_i128..1_000_000_000,
    ) {
        let budget = Budget { move_bps, least: Size::from_atoms(least) };
        let governed = Size::from_atoms(governed);
        let spot_price = spot.to_string().parse().unwrap();
        let units = budget.units(Real::from_num(depth), spot_price, governed).unwrap();
        prop_assert!(units <= governed.max(Size::from_atoms(1)));
        // units·spot ≤ depth·move, or the least there is.
        let moved = units.atoms() * i128::from(spot) * 10_000;
        let allowed = i128::from(depth) * i128::from(move_bps) * Size::SCALE;
        prop_assert!(moved <= allowed || units.atoms() <= least);
        let deltas: Vec<_> = (0..)
            .map(AccountId)
            .zip(deltas.iter().map(|atoms| Size::from_atoms((*atoms).into())))
            .collect();
        let mut sum = 0;
        for (id, part) in allocate(units, &deltas).unwrap() {
            let delta = deltas[id.0 as usize].1;
            let share = share_of(part, delta).unwrap();
            // A share is taken of each position, rounded away from zero: an atom more at most.
            sum += taken(delta, share).unwrap().atoms().abs();
        }
        prop_assert!(sum <= units.atoms() + deltas.len() as i128);
    }
}

/// Whether a law breaks on any of many cases.
fn is_found_out<T: for<'a> Arbitrary<'a>>(law: impl Fn(&T) -> Verdict) -> bool {
    cases::breaks(3_000, law)
}

fn atoms(cash: Cash, more: i128) -> Cash {
    Cash::from_atoms(cash.atoms() + more)
}

#[test]
fn wrong_shares_are_found_out() {
    let restores = |rule| !is_found_out(|case: &Asked| laws::share_restores(rule, case));
    assert!(restores(least_share));
    // Rounded the other way.
    assert!(!restores(|equity, reserved, needed, price| {
        let share = least_share(equity, reserved, needed, price)?;
        Ok((share - Real::DELTA).max(Real::ZERO))
    }));
    // All of it: a fixed share is more than the least.
    assert!(!restores(|_, _, _, _| Ok(Real::ONE)));
    // Half of it at once, whatever is missing.
    assert!(!restores(|_, _, _, _| Ok(Real::ONE / 2)));
    // The reserve is forgotten.
    assert!(!restores(|equity, _, needed, price| least_share(equity, Cash::ZERO, needed, price)));
    // The discount is forgotten: sold as if at the mark.
    assert!(!restores(|equity, reserved, needed, _| {
        let price = atoms(equity, -reserved.atoms()).max(Cash::ZERO);
        least_share(equity, reserved, needed, price)
    }));
}

#[test]
fn wrong_repayments_are_found_out() {
    let restores = |rule| !is_found_out(|case: &Loan| laws::repayment_restores(rule, case));
    assert!(restores(repayment));
    // An atom less.
    assert!(!restores(|debt, collateral, terms| {
        let moved = repayment(debt, collateral, terms)?;
        Ok(Repayment { repaid: atoms(moved.repaid, -1).max(Cash::ZERO), ..moved })
    }));
    // The bonus is forgotten in the share, as in a fixed close factor.
    assert!(!restores(|debt, collateral, terms| {
        let plain = LoanTerms { bonus_bps: 0, ..*terms };
        repayment(debt, collateral, &plain)
    }));
    // What cannot be paid is dropped.
    assert!(!restores(|debt, collateral, terms| {
        let moved = repayment(debt, collateral, terms)?;
        Ok(Repayment { unpaid: Cash::ZERO, ..moved })
    }));
    // Half the debt at once, as lending markets did.
    assert!(!restores(|debt, collateral, terms| {
        let moved = repayment(debt, collateral, terms)?;
        if moved.repaid == Cash::ZERO || moved.unpaid > Cash::ZERO {
            return Ok(moved);
        }
        let repaid = Cash::from_atoms(debt.atoms() / 2);
        let bonus = u128::from(10_000 + terms.bonus_bps);
        let seized = mul_div(repaid.atoms() as u128, bonus, 10_000, Rounding::Down).unwrap();
        let seized = Cash::from_atoms(seized as i128).min(collateral);
        Ok(Repayment { repaid, seized, unpaid: Cash::ZERO })
    }));
}

type Offered = Result<Offer, LiquidationError>;

#[test]
fn wrong_offers_are_found_out() {
    let bounded = |rule: laws::Offers| {
        !is_found_out(|case: &Called| {
            (0..20_000).step_by(611).try_for_each(|s| laws::profit_is_bounded(rule, case, s))
        })
    };
    assert!(bounded(Auction::offer));
    fn changed(
        auction: &Auction,
        standing: &Standing,
        params: &AuctionParams,
        now: Timestamp,
        change: impl Fn(&mut Offer),
    ) -> Offered {
        let mut offer = auction.offer(standing, params, now)?;
        change(&mut offer);
        Ok(offer)
    }
    // Whoever takes an insolvent account is paid its whole margin over its debt, at once.
    assert!(!bounded(|auction, standing, params, now| {
        changed(auction, standing, params, now, |offer| {
            let all = standing.maintenance.atoms() - standing.equity.atoms().min(0);
            if offer.phase == Phase::Insolvent {
                offer.price = Cash::from_atoms(-all - 1);
            }
        })
    }));
    // The price rises with time.
    assert!(!bounded(|auction, standing, params, now| {
        changed(auction, standing, params, now, |offer| {
            let late = i128::from(now.get()) * offer.worth.atoms().abs() / 40_000;
            offer.price = Cash::from_atoms(offer.price.atoms() + late);
        })
    }));
    // More is asked than it is worth.
    assert!(!bounded(|auction, standing, params, now| {
        changed(auction, standing, params, now, |offer| {
            offer.price = Cash::from_atoms(offer.worth.atoms() + 1);
        })
    }));
}

type Made = Result<(Bid, Auction), LiquidationError>;

#[test]
fn wrong_bids_are_found_out() {
    let succeeds =
        |rule: laws::Bids| !is_found_out(|case: &Called| laws::liquidation_succeeds(rule, case));
    assert!(succeeds(Auction::bid));
    fn by(
        (auction, standing, params): (&Auction, &Standing, &AuctionParams),
        now: Timestamp,
        (wanted, cap): (Real, Real),
        change: impl Fn(&mut Bid, &mut Auction),
    ) -> Made {
        let (mut bid, mut after) = auction.bid(standing, params, now, wanted, cap)?;
        change(&mut bid, &mut after);
        Ok((bid, after))
    }
    // A division by a margin of what is left, or an underflow, that stops it: PEERS 35.
    assert!(!succeeds(|auction, standing, params, now, wanted, cap| {
        if standing.equity <= Cash::ZERO {
            return Err(LiquidationError::Share { got: cap });
        }
        by((auction, standing, params), now, (wanted, cap), |_, _| ())
    }));
    // All at once, past the block's budget.
    assert!(!succeeds(|auction, standing, params, now, wanted, _| {
        by((auction, standing, params), now, (wanted, Real::ONE), |_, _| ())
    }));
    // The profit is not what the result says.
    assert!(!succeeds(|auction, standing, params, now, wanted, cap| {
        by((auction, standing, params), now, (wanted, cap), |bid, _| bid.pays = Cash::ZERO)
    }));
    // A bidder pays with nothing and is paid from the account: it ends in debt.
    assert!(!succeeds(|auction, standing, params, now, wanted, cap| {
        by((auction, standing, params), now, (wanted, cap), |bid, _| {
            bid.worth = atoms(bid.worth, bid.worth.atoms().abs());
            bid.profit = atoms(bid.worth, bid.paid.atoms() - bid.pays.atoms());
        })
    }));
    // Too small a step to end in the blocks there are.
    assert!(!succeeds(|auction, standing, params, now, wanted, cap| {
        let least = (cap / 100).max(Real::DELTA);
        by((auction, standing, params), now, (wanted, least), |_, _| ())
    }));
}

type Poured = Result<Waterfall, WaterfallError>;

#[test]
fn wrong_waterfalls_are_found_out() {
    let conserves =
        |rule: laws::Pours| !is_found_out(|case: &Loss| laws::losses_conserve(rule, case));
    assert!(conserves(waterfall));
    // Each part is rounded up, or down.
    for more in [0_u128, 1] {
        let rule: laws::Pours = match more {
            0 => |loss, backing, weights| pro_rata(loss, backing, weights, Rounding::Down),
            _ => |loss, backing, weights| pro_rata(loss, backing, weights, Rounding::Up),
        };
        assert!(!conserves(rule));
    }
    // Accounts before the fund.
    assert!(!conserves(|loss, backing, weights| {
        let mut paid = waterfall(loss, Backing::default(), weights)?;
        paid.insurance = backing.insurance.max(Cash::ZERO).min(paid.uncovered);
        paid.uncovered = atoms(paid.uncovered, -paid.insurance.atoms());
        Ok(paid)
    }));
    // What is left over is dropped.
    assert!(!conserves(|loss, backing, weights| {
        Ok(Waterfall { uncovered: Cash::ZERO, ..waterfall(loss, backing, weights)? })
    }));
    // The first in the list takes the odd atoms.
    assert!(!conserves(|loss, backing, weights| {
        let renamed: Vec<_> = (0..).map(AccountId).zip(weights.iter().map(|w| w.1)).collect();
        let mut paid = waterfall(loss, backing, &renamed)?;
        for (id, _) in &mut paid.parts {
            *id = weights[id.0 as usize].0;
        }
        Ok(paid)
    }));
    // It gives up where the funds do not reach: PEERS 9.
    assert!(!conserves(|loss, backing, weights| {
        let paid = waterfall(loss, backing, weights)?;
        match paid.uncovered > Cash::ZERO {
            true => Err(WaterfallError::Negative { loss }),
            false => Ok(paid),
        }
    }));
}

fn pro_rata(
    loss: Cash,
    backing: Backing,
    weights: &[(AccountId, Cash)],
    rounding: Rounding,
) -> Poured {
    let mut paid = waterfall(loss, backing, weights)?;
    let total: i128 = weights.iter().map(|(_, most)| most.atoms().max(0)).sum();
    if paid.uncovered > Cash::ZERO || total == 0 {
        return Ok(paid);
    }
    for (id, part) in &mut paid.parts {
        let weight = weights.iter().find(|(account, _)| account == id).unwrap().1;
        let [weight, all, total] =
            [weight.atoms(), paid.socialised.atoms(), total].map(|x| x as u128);
        *part = Cash::from_atoms(mul_div(weight, all, total, rounding).unwrap() as i128);
    }
    paid.socialised = Cash::from_atoms(paid.parts.iter().map(|(_, part)| part.atoms()).sum());
    Ok(paid)
}

type Netted = Result<Netting, NettingError>;

#[test]
fn wrong_netting_is_found_out() {
    let conserves =
        |rule: laws::Nets| !is_found_out(|case: &Flows| laws::netting_conserves(rule, case));
    assert!(conserves(net));
    // Nothing is netted.
    assert!(!conserves(|hedge, flows| -> Netted {
        let mut netted = net(hedge, flows)?;
        let parts = netted.parts.iter_mut().map(|(_, part)| part);
        for part in parts.chain([&mut netted.hedge]) {
            part.outside = Size::from_atoms(part.outside.atoms() + part.inside.atoms());
            part.inside = Size::ZERO;
        }
        netted.crossed = Size::ZERO;
        Ok(netted)
    }));
    // One unit is counted against the hedge and against another account too: PEERS 29.
    assert!(!conserves(|hedge, flows| -> Netted {
        let mut netted = net(hedge, flows)?;
        netted.hedge.inside = hedge;
        netted.hedge.outside = Size::ZERO;
        Ok(netted)
    }));
    // First come, first crossed.
    assert!(!conserves(|hedge, flows| -> Netted {
        let mut netted = net(hedge, flows)?;
        let side = netted.outside.atoms().signum();
        let mut left = netted.crossed.atoms();
        for (flow, (_, part)) in flows.iter().zip(&mut netted.parts) {
            if flow.units.atoms().signum() == side {
                let inside = flow.units.atoms().abs().min(left);
                left -= inside;
                part.inside = Size::from_atoms(inside * side);
                part.outside = Size::from_atoms(flow.units.atoms() - inside * side);
            }
        }
        Ok(netted)
    }));
}

/// Each sale moves the mark for the next account.
fn with_impact(batch: &Batch) -> Result<After, String> {
    let mut batch = batch.clone();
    let mut moved = 0;
    for (_, standing, delta) in &mut batch.called {
        let worse = atoms(standing.equity, -(moved.min(standing.maintenance.atoms())));
        standing.equity = worse;
        moved += delta.atoms().abs() / 16;
    }
    order::together(&batch)
}

/// Whoever comes first has the block's units.
fn first_come(batch: &Batch) -> Result<After, String> {
    let mut left = batch.units.atoms();
    let mut after = After { fund: batch.fund, ..After::default() };
    for called in &batch.called {
        let mut one = batch.clone();
        one.called = vec![*called];
        one.others.clear();
        one.fund = after.fund;
        one.units = Size::from_atoms(left.max(1));
        let done = order::together(&one)?;
        left -= called.2.atoms().abs();
        after.fund = done.fund;
        after.equity.extend(done.equity);
        after.uncovered = atoms(after.uncovered, done.uncovered.atoms());
    }
    after.equity.extend(batch.others.iter().copied());
    after.equity.sort_unstable();
    Ok(after)
}

/// The loss goes to the others in equal parts, whatever they have.
fn per_head(batch: &Batch) -> Result<After, String> {
    let mut alone = batch.clone();
    alone.others.clear();
    let mut after = order::together(&alone)?;
    let heads = batch.others.len().max(1) as i128;
    let each = (after.uncovered.atoms() + heads - 1) / heads;
    after.equity.extend(batch.others.iter().map(|(id, worth)| (*id, atoms(*worth, -each))));
    after.equity.sort_unstable();
    Ok(after)
}

#[test]
fn rounds_that_hang_on_their_order_are_found_out() {
    let fair = |round| !is_found_out(|case: &Batch| order::order_is_nothing(round, case));
    assert!(fair(order::together));
    for wrong in [with_impact, first_come, per_head] {
        assert!(!fair(wrong));
    }
}

#[test]
fn wrong_governors_are_found_out() {
    let damped = |rule| !is_found_out(|case: &Hedged| laws::governed_loop_is_damped(rule, case));
    assert!(damped(GovernorParams::speed));
    // No governor.
    assert!(!damped(|_, _| Speed::Free));
    // Stable but for how high the loop peaks: κ = ρ/(a − 1).
    assert!(!damped(|params, gain| {
        let over = gain - Real::ONE;
        if over <= 0 {
            return Speed::Free;
        }
        params.resilience.checked_div(over).map_or(Speed::Free, Speed::PerDay)
    }));
    // A unit faster, and slower than it may.
    for more in [1, -1] {
        let rule: laws::Governs = match more {
            1 => |params, gain| shifted(params, gain, 1),
            _ => |params, gain| shifted(params, gain, -1),
        };
        assert!(!damped(rule));
    }
}

fn shifted(params: &GovernorParams, gain: Real, by: i128) -> Speed {
    match params.speed(gain) {
        Speed::PerDay(speed) => Speed::PerDay(Real::from_bits(speed.to_bits() + by)),
        Speed::Free => Speed::Free,
    }
}

/// The largest state an account can be in, at any time: no arithmetic fails (PEERS 35).
#[test]
fn the_ends_of_the_range_are_liquidated() {
    let most = amm_core::risk::liquidation::MONEY_MAX;
    let params = AuctionParams { buffer_bps: 0, ..AuctionParams::default() };
    let edges = [i128::MIN, -1, 0, 1, i128::MAX];
    for equity in edges.map(|atoms| atoms.clamp(-most.atoms(), most.atoms())) {
        for maintenance in [0, 1, most.atoms()] {
            let standing = Standing {
                equity: Cash::from_atoms(equity),
                maintenance: Cash::from_atoms(maintenance),
            };
            if !standing.is_liquidatable() {
                continue;
            }
            let auction = Auction::open(&standing, Timestamp::new(0)).unwrap();
            for second in [0, 1, 1_200, 12_000, 12_600, u64::MAX] {
                for cap in [Real::DELTA, Real::ONE] {
                    let now = Timestamp::new(second);
                    let (bid, _) = auction.bid(&standing, &params, now, Real::ONE, cap).unwrap();
                    assert!(bid.share > 0 && bid.profit >= Cash::ZERO);
                }
            }
        }
    }
}
