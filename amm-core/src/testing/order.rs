//! The law of order: who is liquidated first is nothing to anyone's solvency.
//!
//! Rows of research/PEERS.md, section 3: 7, the budget counts all that is pending at once; 9 and 33,
//! what a round cannot pay is shared and recorded; 30, one transition with one result.

use std::format;
use std::string::String;
use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::magnitude;
use super::{Verdict, ensure};
use crate::book::AccountId;
use crate::num::{Cash, Real, Size, Timestamp};
use crate::risk::liquidation::{
    Auction, AuctionParams, Backing, Standing, allocate, share_of, waterfall,
};

/// Accounts that are liquidated in one market state.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Each once: what it is worth and needs, and its delta.
    pub called: Vec<(AccountId, Standing, Size)>,
    /// How they are auctioned.
    pub params: AuctionParams,
    /// For how long the auctions have run.
    pub elapsed_s: u64,
    /// Units that may go in the block.
    pub units: Size,
    /// The insurance fund.
    pub fund: Cash,
    /// The accounts that are not liquidated, each once, and their equity.
    pub others: Vec<(AccountId, Cash)>,
}

impl<'a> Arbitrary<'a> for Batch {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let cash = |u: &mut Unstructured<'a>| Ok(magnitude(u, 80)? as i128);
        let mut called = Vec::new();
        for id in 0..u.int_in_range(1..=6)? {
            let maintenance = cash(u)? + 2;
            let equity = maintenance / 128 * i128::from(u.int_in_range(-127..=127)?);
            let equity = Cash::from_atoms(equity.min(maintenance - 1));
            let standing = Standing { equity, maintenance: Cash::from_atoms(maintenance) };
            let delta = magnitude(u, 60)? as i128;
            let delta = Size::from_atoms(if u.arbitrary()? { delta } else { -delta });
            called.push((AccountId(id * 3 % 7), standing, delta));
        }
        let mut others = Vec::new();
        for id in 0..u.int_in_range(0..=4)? {
            others.push((AccountId(100 + id), Cash::from_atoms(cash(u)?)));
        }
        Ok(Self {
            called,
            params: AuctionParams::default(),
            elapsed_s: u.int_in_range(0..=15_000)?,
            units: Size::from_atoms(1 + magnitude(u, 60)? as i128),
            fund: Cash::from_atoms(cash(u)?),
            others,
        })
    }
}

/// What a round leaves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct After {
    /// The equity of all, by account.
    pub equity: Vec<(AccountId, Cash)>,
    /// The fund.
    pub fund: Cash,
    /// What nobody could pay.
    pub uncovered: Cash,
}

/// How a round is done.
pub type Round = fn(&Batch) -> core::result::Result<After, String>;

/// A round as it is meant: the block's units by delta over all, a bid for each, and all their losses
/// through the waterfall once.
///
/// # Errors
///
/// What any of its parts refuses.
pub fn together(batch: &Batch) -> core::result::Result<After, String> {
    let said = |error: &dyn core::fmt::Display| format!("{error}");
    let deltas: Vec<_> = batch.called.iter().map(|(id, _, delta)| (*id, *delta)).collect();
    let units = allocate(batch.units, &deltas).map_err(|error| said(&error))?;
    let (mut equity, mut loss) = (Vec::new(), 0);
    for (id, standing, delta) in &batch.called {
        let part = units.iter().find(|(account, _)| account == id).map(|(_, part)| *part);
        let cap = match part {
            Some(part) => share_of(part, *delta).map_err(|error| said(&error))?,
            None if *delta == Size::ZERO => Real::ONE,
            None => {
                equity.push((*id, standing.equity)); // its turn comes
                continue;
            }
        };
        let auction = Auction::open(standing, Timestamp::new(0)).map_err(|error| said(&error))?;
        let now = Timestamp::new(batch.elapsed_s);
        let (bid, _) = auction
            .bid(standing, &batch.params, now, Real::ONE, cap)
            .map_err(|error| said(&error))?;
        let after = standing.equity.atoms() - bid.worth.atoms() + bid.pays.atoms();
        equity.push((*id, Cash::from_atoms(after)));
        loss += bid.paid.atoms();
    }
    let backing = Backing { insurance: batch.fund, providers: Cash::ZERO };
    let paid = waterfall(Cash::from_atoms(loss), backing, &batch.others);
    let paid = paid.map_err(|error| said(&error))?;
    for (id, worth) in &batch.others {
        let part = paid.parts.iter().find(|(account, _)| account == id);
        let part = part.map_or(0, |(_, part)| part.atoms());
        equity.push((*id, Cash::from_atoms(worth.atoms() - part)));
    }
    equity.sort_unstable();
    let fund = Cash::from_atoms(batch.fund.atoms() - paid.insurance.atoms());
    Ok(After { equity, fund, uncovered: paid.uncovered })
}

/// In whatever order accounts are given, everyone ends with the same atoms, and nobody who was solvent
/// ends in debt.
pub fn order_is_nothing(round: Round, batch: &Batch) -> Verdict {
    let want = round(batch)?;
    let count = batch.called.len();
    for shift in 0..count {
        for turned in [false, true] {
            let mut other = batch.clone();
            other.called.rotate_left(shift);
            if turned {
                other.called.reverse();
                other.others.reverse();
            }
            let got = round(&other)?;
            ensure!(got == want, "{want:?} one way, {got:?} the other, of {batch:?}");
        }
    }
    let before = batch.called.iter().map(|(id, standing, _)| (*id, standing.equity));
    for (id, was) in before.chain(batch.others.iter().copied()) {
        let now = want.equity.iter().find(|(account, _)| *account == id);
        let Some((_, now)) = now else { return Err(format!("{id} is lost in {want:?}")) };
        ensure!(was < Cash::ZERO || *now >= Cash::ZERO, "{id} had {was} and owes: {want:?}");
    }
    Ok(())
}
