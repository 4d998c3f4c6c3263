//! `amm_core::risk::funding`, and the hedge's `governor` and `buyback` of `amm_core::risk`.

use crate::book::size;
use crate::fold::Fold;
use crate::liquidation::curve;
use crate::market;
use crate::random::Random;
use alloc::vec::Vec;
use amm_core::book::AccountId;
use amm_core::num::{Amount, Price, Real, Seconds, Size, Timestamp};
use amm_core::risk::buyback::{Answer, Buyback, price};
use amm_core::risk::funding::{
    Accrued, Basis, Carry, Funding, FundingError, FundingParams, Holder, Index, settle,
};
use amm_core::risk::governor::{GovernorParams, Speed, is_stable, release};

fn seconds(random: &mut Random, bits: u32) -> Seconds {
    Seconds::new(random.magnitude(bits) as u64).unwrap_or(Seconds::MAX)
}

/// The usual parameters, mostly with one of them drawn.
fn params(random: &mut Random) -> FundingParams {
    let (usual, ten) = (FundingParams::default(), Real::lit("10.0001"));
    match random.below(9) {
        0 => FundingParams { scale: size(random), ..usual },
        1 => FundingParams { velocity: random.between(-Real::DELTA, Real::lit("0.0899")), ..usual },
        2 => FundingParams { velocity: random.between(Real::ZERO, ten * 100), ..usual },
        3 => FundingParams { proportional: random.between(Real::ZERO, ten), ..usual },
        4 => FundingParams { limit: random.between(Real::ZERO, ten), ..usual },
        5 => FundingParams { surge: random.between(Real::ZERO, ten), ..usual },
        6 => FundingParams { surge_time: seconds(random, 30), ..usual },
        7 => FundingParams { response: random.real(), ..usual },
        _ => usual,
    }
}

/// A rate under deltas as they come, what it comes to in money, and who pays it.
pub(crate) fn funding(random: &mut Random, fold: &mut Fold) {
    let params = params(random);
    fold.shown((params.check(), params.damping(), params.most_per_day()));
    let mut now = random.magnitude(33) as u64;
    let mut funding = match random.below(4) {
        0 => Funding {
            at: Timestamp::new(now),
            skew: size(random),
            drift: random.real(),
            followed: random.real(),
            share: random.real(),
        },
        _ => Funding::new(Timestamp::new(now)),
    };
    let mut index = Index::default();
    for _ in 0..5 {
        let back = random.below(16) == 0;
        let step = random.magnitude(30) as u64;
        now = if back { now.saturating_sub(step) } else { now + step };
        let skew = Size::from_atoms(size(random).atoms() >> random.below(20));
        let next = match random.below(4) {
            0 => funding.after(&params, Timestamp::new(now)),
            _ => funding.skewed(&params, Timestamp::new(now), skew),
        };
        fold.shown(next);
        funding = next.unwrap_or(funding);
        fold.add(funding.is_possible(&params));
        if let Ok(rate) = funding.rate(&params) {
            fold.shown((rate, rate.total(), rate.per_day()));
        }
        let weight = Real::from_bits(random.integer() >> (20 + random.below(60)));
        let next = index.reweighted(funding.share, weight);
        fold.shown((next, index.value(funding.share)));
        index = next.unwrap_or(index);
    }
    let basis = basis(random);
    fold.shown((basis, Carry::of(&funding, &params, basis)));
    let value = index.value(funding.share);
    holders(random, value, fold);
}

fn basis(random: &mut Random) -> Option<Basis> {
    let spot = market::price(random);
    let forward = market::price_near(spot, random);
    let spot = if random.below(16) == 0 { Price::MIN } else { spot };
    Basis::of(forward, spot, seconds(random, 30))
}

fn holders(random: &mut Random, value: Result<Real, FundingError>, fold: &mut Fold) {
    let value = match random.below(4) {
        0 => random.real(),
        _ => value.unwrap_or(Real::ONE / 3),
    };
    let holder = |random: &mut Random| {
        let entry = Real::from_bits(random.integer() >> random.below(60));
        let owed = Amount::of(size(random), random.between(Real::ZERO, Real::ONE));
        let accrued = Accrued { owed: owed.unwrap_or(Amount::ZERO), ..Accrued::new(entry) };
        let account = AccountId(random.below(9).into());
        Holder { account, position: size(random), accrued }
    };
    let all: Vec<_> = (0..random.below(5)).map(|_| holder(random)).collect();
    for Holder { accrued, position, .. } in &all {
        let counted = accrued.counted(*position, value);
        fold.shown((counted, accrued.paid(), counted.and_then(|accrued| accrued.paid())));
    }
    fold.shown(settle(&all, value));
}

/// How fast the hedge may go, and what is offered to whoever takes it over.
pub(crate) fn governor(random: &mut Random, fold: &mut Fold) {
    let params = match random.below(4) {
        0 => GovernorParams::default(),
        1 => GovernorParams { gain_max: random.real(), resilience: random.real() },
        _ => GovernorParams {
            gain_max: random.between(Real::DELTA, Real::ONE),
            resilience: random.between(Real::DELTA, Real::lit("1000000001")),
        },
    };
    let gain = match random.below(4) {
        0 => random.real(),
        _ => random.between(Real::NEG_ONE, Real::lit("40")),
    };
    let speed = params.speed(gain);
    fold.shown((params.check(), speed));
    let any = Speed::PerDay(random.real());
    let drawn = random.pick([speed, any, Speed::Free]);
    for speed in [speed, drawn] {
        fold.add([
            is_stable(gain, speed, params.resilience),
            is_stable(random.real(), speed, random.real()),
        ]);
        fold.add(release(size(random), speed, random.magnitude(64) as u64));
        fold.add(release(size(random), speed, random.magnitude(17) as u64));
    }
    let (curve, mark) = (curve(random), market::price(random).get());
    for reservation in [random.real(), mark / 16] {
        fold.add(price(&curve, mark, reservation, random.magnitude(31) as u64));
    }
    buyback(random, fold);
}

/// Answers to an auction, large and small, of either side.
fn buyback(random: &mut Random, fold: &mut Fold) {
    let since = Timestamp::new(random.magnitude(33) as u64);
    let mut auction = Buyback { since, wanted: size(random) };
    let curve = curve(random);
    for _ in 0..4 {
        let wanted = auction.wanted.atoms();
        let part = random.pick([0, 0, 1, 2, 8]);
        let size =
            if random.below(8) > 0 { Size::from_atoms(wanted >> part) } else { size(random) };
        let amount = |random: &mut Random| {
            let price = Real::from_bits(random.integer() >> random.below(90));
            Amount::of(size, price).unwrap_or(Amount::ZERO)
        };
        let answer = Answer { size, worth: amount(random), relief: amount(random) };
        let now = Timestamp::new(since.get() + random.magnitude(14) as u64);
        let answered = auction.answer(&curve, &answer, now);
        fold.shown(answered);
        auction = answered.map_or(auction, |(_, left)| left);
    }
}
