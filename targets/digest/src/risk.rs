//! `amm_core::risk`, and how a fee is made and split.

use crate::book::{account, series, size};
use crate::fold::Fold;
use crate::random::Random;
use alloc::vec::Vec;
use amm_core::book::AccountId;
use amm_core::fees::{Charges, Fees};
use amm_core::num::{Amount, Cash, Price, Real, Seconds, Shares, Timestamp};
use amm_core::risk::{
    Action, Hedge, HedgePolicy, Nav, Processed, Queue, Request, collateral, covers, pay_down,
    payoff, process, settle, wanted,
};

fn cash(random: &mut Random) -> Cash {
    Cash::from_atoms(size(random).atoms())
}

/// Collateral, settlement, debts, shares, the hedge and fees.
pub(crate) fn ledger(random: &mut Random, fold: &mut Fold) {
    let account = account(random, fold);
    fold.shown((collateral(account.positions.as_slice()), covers(&account)));
    let price = Price::new(random.between(Price::MIN.get(), Real::lit("60"))).unwrap_or(Price::MIN);
    let one = series(random);
    fold.add(payoff(&one, price));
    fold.shown(settle(&account, one.expiry, price));
    let owed: Vec<_> =
        (0..random.below(6)).map(|id| (AccountId(id.into()), cash(random))).collect();
    fold.shown(pay_down(owed, cash(random)));
    turn(random, fold);
    hedge(random, fold);
    fees(random, fold);
}

fn turn(random: &mut Random, fold: &mut Fold) {
    let request = |random: &mut Random| Request {
        account: AccountId(random.below(4).into()),
        action: match random.below(2) {
            0 => Action::Provide(Cash::from_atoms(random.magnitude(60) as i128)),
            _ => Action::Redeem(Shares::from_atoms(random.magnitude(50) as i128)),
        },
    };
    let mut queue = Queue::default();
    for _ in 0..random.below(6) {
        fold.shown(queue.push(request(random)));
    }
    fold.shown(queue.as_slice());
    let (low, high) = (cash(random), cash(random));
    let nav = if low <= high { Nav { low, high } } else { Nav { low: high, high: low } };
    let supply = Shares::from_atoms(random.magnitude(56) as i128);
    fold.shown(process(&queue, nav, supply, cash(random)));
    fold.shown(Processed::nothing(supply, queue));
}

fn hedge(random: &mut Random, fold: &mut Fold) {
    let policy = match random.below(4) {
        0 => HedgePolicy::Off,
        1 => HedgePolicy::Immediate,
        2 => HedgePolicy::Band { width: size(random) },
        _ => HedgePolicy::Buffered { per_second: size(random) },
    };
    fold.shown(policy.check());
    let elapsed = Seconds::new(random.magnitude(29) as u64).unwrap_or(Seconds::MAX);
    fold.shown(wanted(policy, size(random), size(random), elapsed));
    let held = Hedge { position: size(random), cash: cash(random), since: Timestamp::new(7) };
    fold.shown(held.fill(size(random), cash(random)));
}

fn fees(random: &mut Random, fold: &mut Fold) {
    let fees = Fees {
        half_spread_vol: random.between(Real::ZERO, Real::ONE),
        fee_bps: random.between(-Real::ONE, Real::lit("10001")),
        insurance_bps: random.below(9_000) as u16,
        treasury_bps: random.below(2_000) as u16,
    };
    fold.shown(fees.check());
    let (vega, value) = (Real::from_bits(random.magnitude(100) as i128), random.real());
    fold.shown(fees.per_contract(vega, value));
    let charges = fees.leg(size(random), vega, value);
    let more = charges.and_then(|one| one.checked_add(Charges { fee: one.spread, ..one }));
    fold.shown((charges, more));
    let fee = Amount::of(size(random), value).unwrap_or(Amount::ZERO);
    if fees.check().is_ok() {
        fold.shown(fees.split(fee));
    }
}
