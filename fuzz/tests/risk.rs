//! The inputs kept for `risk` find out mechanisms that are wrong in ways that others have been.

use std::fs;
use std::path::Path;

use amm_core::book::Holdings;
use amm_core::num::{Cash, Real, Rounding, Seconds, Size, Timestamp};
use amm_core::risk::breaker::{Access, Action, BreakerParams, Held, Premium, Readings, State};
use amm_core::risk::funding::{Funding, FundingParams, Payments, settle};
use amm_core::risk::governor::{GovernorParams, Speed};
use amm_core::risk::liquidation::{
    Backing, Netting, Offer, Repayment, Waterfall, least_share, net, repayment, waterfall,
};
use amm_core::risk::margin::{Requirement, Seized};
use amm_core::testing::order;
use amm_fuzz::risk::{Mechanisms, run};

/// A way to be wrong, and what is wrong then.
type Wrong = (&'static str, fn(&mut Mechanisms));

const MARGIN: &[Wrong] = &[
    ("the floor is left out", |how| {
        how.measure = |margins, positions, base| {
            let need = margins.requirement(positions, base)?;
            let maintenance = Cash::from_atoms(need.maintenance.atoms() - need.floor.atoms());
            Ok(Requirement { maintenance, floor: Cash::ZERO, ..need })
        };
    }),
    ("holding takes more than opening", |how| {
        how.measure = |margins, positions, base| {
            let need = margins.requirement(positions, base)?;
            let (initial, maintenance) = (need.maintenance, need.initial);
            Ok(Requirement { initial, maintenance, ..need })
        };
    }),
    ("a part of the worst scenario is left out", |how| {
        how.measure = |margins, positions, base| {
            let need = margins.requirement(positions, base)?;
            let maintenance = Cash::from_atoms(need.maintenance.atoms() / 100 * 99);
            Ok(Requirement { maintenance, ..need })
        };
    }),
    ("an order's first leg is all that counts", |how| {
        how.what_if = |exposure, margins, positions, legs, base| {
            exposure.what_if(margins, positions, &legs[..legs.len().min(1)], base)
        };
    }),
    ("a market update takes nothing", |how| how.keep = |_, watch| *watch),
];

const LIQUIDATION: &[Wrong] = &[
    ("half at once, whatever is missing", |how| {
        how.least_share = |_, _, _, _| Ok(Real::ONE / 2);
    }),
    ("the reserve is forgotten", |how| {
        how.least_share = |equity, _, needed, price| least_share(equity, Cash::ZERO, needed, price);
    }),
    ("what no collateral is left for is dropped", |how| {
        how.repays = |debt, collateral, terms| {
            Ok(Repayment { unpaid: Cash::ZERO, ..repayment(debt, collateral, terms)? })
        };
    }),
    ("an auction's price rises", |how| {
        how.offers = |auction, standing, params, now| {
            let offer = auction.offer(standing, params, now)?;
            let late = i128::from(now.get()) * (offer.worth.atoms().abs() / 40_000);
            Ok(Offer { price: Cash::from_atoms(offer.price.atoms() + late), ..offer })
        };
    }),
    ("all goes at once, past the block's budget", |how| {
        how.bids = |auction, standing, params, now, wanted, _| {
            auction.bid(standing, params, now, wanted, Real::ONE)
        };
    }),
    ("the bidder's profit is not what is said", |how| {
        how.bids = |auction, standing, params, now, wanted, cap| {
            let (mut bid, after) = auction.bid(standing, params, now, wanted, cap)?;
            bid.pays = Cash::ZERO;
            Ok((bid, after))
        };
    }),
    ("assets pay at their price, without a haircut", |how| {
        how.seizes = |assets, held, missing| {
            let worth = assets.at_price(held)?.min(missing);
            Ok(Seized { units: *held, worth })
        };
    }),
    ("an account keeps all but the first of its assets", |how| {
        how.seizes = |assets, held, missing| assets.seize(&Holdings::of(0, held.get(0))?, missing);
    }),
    ("what is taken is rounded for who owes", |how| {
        how.seizes = |assets, held, missing| {
            let seized = assets.seize(held, missing)?;
            let mut units = Holdings::default();
            for (asset, taken) in seized.units.as_slice().iter().enumerate() {
                units.set(asset, Size::from_atoms((taken.atoms() - 1).max(0)))?;
            }
            Ok(Seized { units, ..seized })
        };
    }),
    ("accounts pay before the fund", |how| {
        how.pours = |loss, backing, weights| {
            let mut paid = waterfall(loss, Backing::default(), weights)?;
            paid.insurance = backing.insurance.max(Cash::ZERO).min(paid.uncovered);
            paid.uncovered = Cash::from_atoms(paid.uncovered.atoms() - paid.insurance.atoms());
            Ok(paid)
        };
    }),
    ("a loss beyond all is dropped", |how| {
        how.pours = |loss, backing, weights| {
            Ok(Waterfall { uncovered: Cash::ZERO, ..waterfall(loss, backing, weights)? })
        };
    }),
    ("a unit crosses twice", |how| {
        how.nets = |hedge, flows| {
            let netted = net(hedge, flows)?;
            let mut all = netted.hedge;
            (all.inside, all.outside) = (hedge, Size::ZERO);
            Ok(Netting { hedge: all, ..netted })
        };
    }),
    ("whoever comes first has the fund", |how| {
        how.round = |batch| {
            let mut first = batch.clone();
            first.called.truncate(1);
            let mut rest = batch.clone();
            rest.called.remove(0);
            rest.others.clear();
            let mut done = order::together(&first)?;
            rest.fund = done.fund;
            let others = order::together(&rest)?;
            done.fund = others.fund;
            done.equity.extend(others.equity);
            done.equity.sort_unstable();
            done.uncovered = Cash::from_atoms(done.uncovered.atoms() + others.uncovered.atoms());
            Ok(done)
        };
    }),
    ("a hedge twice as fast", |how| {
        how.governs = |params, gain| match GovernorParams::speed(params, gain) {
            Speed::PerDay(speed) => Speed::PerDay(speed.saturating_mul_int(2)),
            Speed::Free => Speed::Free,
        };
    }),
];

const FUNDING: &[Wrong] = &[
    ("the first second's rate counts for all", |how| {
        how.advance = |funding, params, now| {
            let exact = funding.after(params, now)?;
            let seconds = now.get().saturating_sub(funding.at.get());
            let paid = funding.rate(params)?.total() * i128::from(seconds);
            Ok(Funding { share: funding.share + paid, ..exact })
        };
    }),
    ("each asking rounds to an atom", |how| {
        how.advance = |funding, params, now| {
            let exact = funding.after(params, now)?;
            let paid = Cash::round(exact.share - funding.share, Rounding::Up).atoms();
            let paid = Real::from_num(paid) / Cash::SCALE;
            Ok(Funding { share: funding.share + paid, ..exact })
        };
    }),
    ("the drift has no limit", |how| {
        how.advance = |funding, params, now| {
            let limit = params.limit.max(Real::lit("10"));
            funding.after(&FundingParams { limit, ..*params }, now)
        };
    }),
    ("haste costs nothing", |how| {
        how.advance = |funding, params, now| {
            funding.after(&FundingParams { surge: Real::ZERO, ..*params }, now)
        };
    }),
    ("the pool books less than is paid", |how| {
        how.settles = |holders, index| {
            let done = settle(holders, index)?;
            let lost = done.parts.len() as i128 / 2;
            Ok(Payments { pool: Cash::from_atoms(done.pool.atoms() - lost), ..done })
        };
    }),
    ("what is paid is not noted", |how| {
        how.settles = |holders, index| {
            let mut done = settle(holders, index)?;
            for (holder, part) in holders.iter().zip(&mut done.parts) {
                part.2 = holder.accrued;
            }
            Ok(done)
        };
    }),
];

const BREAKER: &[Wrong] = &[
    ("a state is left before its dwell", |how| {
        how.answers = |breaker, params, readings, now| {
            let params = BreakerParams { reduce_only: Seconds::ZERO, ..*params };
            breaker.step(&params, readings, now)
        };
    }),
    ("an oracle that is off is not looked at", |how| {
        how.answers = |breaker, params, readings, now| {
            let readings = Readings { oracle_gap: Real::ZERO, ..*readings };
            breaker.step(params, &readings, now)
        };
    }),
    ("the dwell counts from the last asking", |how| {
        how.answers = |breaker, params, readings, now: Timestamp| {
            let mut done = breaker.step(params, readings, now);
            done.breaker.since = now;
            done
        };
    }),
    ("a large order pays the price before it", |how| {
        how.fills = |premium, params, breaker, now, contracts| {
            let (factor, _) = premium.fill(params, breaker, now, Size::ZERO);
            (factor, premium.fill(params, breaker, now, contracts).1)
        };
    }),
    ("any fill begins the auction anew", |how| {
        how.fills = |premium, params, breaker, now, contracts| {
            (premium.fill(params, breaker, now, contracts).0, Premium::whole(now))
        };
    }),
    ("a halt lets nobody out", |how| {
        how.admits = |state, action| match (state, action) {
            (State::Halted, Action::Reduce) => Access::Closed,
            _ => State::admits(state, action),
        };
    }),
    ("whoever is beyond a limit is kept there", |how| {
        how.limiting = |limits, series, expiry| {
            let fresh = |held: Held| Held { before: Size::ZERO, ..held };
            limits.admit(fresh(series), fresh(expiry))
        };
    }),
];

/// The inputs kept, in order.
fn kept() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/risk");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn wrong_mechanisms_are_found_out() {
    let kept = kept();
    let missed: Vec<_> = [MARGIN, LIQUIDATION, FUNDING, BREAKER]
        .concat()
        .into_iter()
        .filter(|(_, change)| {
            let mut how = Mechanisms::default();
            change(&mut how);
            kept.iter().all(|data| run(data, &how).is_ok())
        })
        .map(|(name, _)| name)
        .collect();
    assert!(missed.is_empty(), "no kept input finds out: {missed:?}");
}
