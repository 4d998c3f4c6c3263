//! `amm_core::risk::liquidation`.

use crate::book::size;
use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use alloc::vec::Vec;
use amm_core::book::AccountId;
use amm_core::num::{Cash, Real, Seconds, Size, Timestamp};
use amm_core::risk::liquidation::{
    Auction, AuctionParams, Backing, Budget, Curve, Flow, LoanTerms, Standing, allocate,
    least_share, net, repayment, share_of, taken, waterfall,
};

fn cash(random: &mut Random) -> Cash {
    Cash::from_atoms(size(random).atoms())
}

fn positive(random: &mut Random) -> Cash {
    let cash = cash(random);
    if random.below(32) == 0 { cash } else { Cash::from_atoms(cash.atoms().abs()) }
}

fn seconds(random: &mut Random, bits: u32) -> Seconds {
    Seconds::new(random.magnitude(bits) as u64).unwrap_or(Seconds::MAX)
}

/// A share of one, rarely beyond it.
fn share(random: &mut Random) -> Real {
    random.between(-Real::DELTA, Real::ONE)
}

/// The usual curve, or any.
pub(crate) fn curve(random: &mut Random) -> Curve {
    match random.below(3) {
        0 => Curve::default(),
        _ => Curve {
            start_bps: random.below(10_100),
            cutoff_bps: random.below(10_000),
            fast: seconds(random, 31),
            slow: seconds(random, 31),
        },
    }
}

/// A share that restores a buffer, a loan, and a block's budget.
pub(crate) fn parts(random: &mut Random, fold: &mut Fold) {
    fold.shown(least_share(cash(random), positive(random), positive(random), positive(random)));
    fold.shown(taken(size(random), share(random)));
    let threshold_bps = random.below(10_001);
    let terms = LoanTerms {
        threshold_bps,
        bonus_bps: random.below(3_000),
        target_bps: 10_000 + random.below(20_000),
    };
    let debt = positive(random);
    let near = Cash::from_atoms(debt.atoms().saturating_add(debt.atoms() / 8));
    fold.shown((terms.check(), repayment(debt, positive(random), &terms)));
    fold.shown(repayment(debt, near, &terms));

    let least = if random.below(16) == 0 { Size::ZERO } else { Size::from_atoms(10_000) };
    let budget = Budget { move_bps: random.below(1_010), least };
    fold.shown(budget.check());
    let (depth, spot) = (random.real(), market::price(random));
    fold.shown(budget.units(depth, spot, size(random)));
    let units = budget.units(depth.checked_abs().unwrap_or(Real::MAX), spot, Size::MAX);
    fold.shown(units);
    let units = units.unwrap_or(Size::from_atoms(7));
    fold.shown((share_of(units, size(random)), share_of(size(random), size(random))));
    let deltas: Vec<_> =
        (0..random.below(6)).map(|id| (AccountId(id.into()), size(random))).collect();
    fold.shown((allocate(units, &deltas), allocate(size(random), &deltas)));
    let flow = |(account, units): &(AccountId, Size)| Flow { account: *account, units: *units };
    let flows: Vec<_> = deltas.iter().map(flow).collect();
    fold.shown(net(size(random), &flows));
}

/// An auction from its beginning to its end, and who pays what is left of it.
pub(crate) fn auction(random: &mut Random, fold: &mut Fold) {
    let params = AuctionParams {
        curve: curve(random),
        insolvent: seconds(random, 12),
        buffer_bps: random.below(100_100),
    };
    let params = if random.below(3) == 0 { AuctionParams::default() } else { params };
    fold.shown((params.check(), params.curve.check(), params.curve.length()));
    let elapsed = random.magnitude(32) as u64;
    let any = Cash::from_atoms(random.integer());
    fold.add(params.curve.share(elapsed));
    fold.add([params.curve.bid(cash(random), elapsed), params.curve.bid(any, elapsed)]);

    let mut standing = Standing { equity: cash(random), maintenance: positive(random) };
    if random.below(2) == 0 {
        let most = standing.maintenance.atoms();
        standing.equity = Cash::from_atoms(most - most / (2 + i128::from(random.below(30))));
    }
    fold.shown((standing.check(), standing.is_liquidatable(), standing.target(params.buffer_bps)));
    let mut now = random.magnitude(33) as u64;
    let opened = Auction::open(&standing, Timestamp::new(now));
    fold.shown(opened);
    let drawn = Auction {
        since: Timestamp::new(now),
        insolvent: random.below(2) == 0,
        reserved: positive(random),
    };
    let mut auction = opened.unwrap_or(drawn);
    let mut owed = cash(random);
    for _ in 0..4 {
        now = (now + random.magnitude(13) as u64).saturating_sub(random.magnitude(5) as u64);
        let at = Timestamp::new(now);
        fold.shown((auction.at(&standing, &params, at), auction.is_exhausted(&params, at)));
        let offer = auction.offer(&standing, &params, at);
        fold.shown((offer, offer.map(|offer| offer.profit())));
        let bid = auction.bid(&standing, &params, at, share(random), share(random));
        fold.shown(bid);
        let Ok((bid, after)) = bid else { continue };
        let Standing { equity, maintenance } = standing;
        standing = Standing {
            equity: Cash::from_atoms(equity.atoms() - bid.profit.atoms()),
            maintenance: Cash::from_atoms(maintenance.atoms() - maintenance.atoms() / 3),
        };
        (auction, owed) = (after, bid.paid);
    }
    let backing = Backing { insurance: cash(random), providers: cash(random) };
    let weights: Vec<_> =
        (0..random.below(6)).map(|id| (AccountId(id.into()), cash(random))).collect();
    fold.shown((
        waterfall(owed, backing, &weights),
        waterfall(positive(random), backing, &weights),
    ));
}
