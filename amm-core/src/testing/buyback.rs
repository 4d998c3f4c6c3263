//! Laws of auctions in which the pool buys gamma and vega back.
//!
//! Row 31 of research/PEERS.md, section 3: no trade at a price that does not know its size.

use std::format;
use std::string::String;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::{between, magnitude};
use super::{Verdict, ensure};
use crate::num::{Amount, Cash, Real, Seconds, Size, Timestamp};
use crate::risk::buyback::{Answer, Buyback, BuybackError};
use crate::risk::liquidation::Curve;

/// An answer in two pieces, one after the other in the same second.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// How the auction goes.
    pub curve: Curve,
    /// What is wanted.
    pub auction: Buyback,
    /// The first and the second.
    pub pieces: [Answer; 2],
    /// When.
    pub now_s: u64,
}

impl<'a> Arbitrary<'a> for Pieces {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let start_bps = u.int_in_range(0..=10_000)?;
        let mut seconds = || Ok(Seconds::new(u.int_in_range(1..=20_000)?).unwrap_or(Seconds::MAX));
        let (fast, slow) = (seconds()?, seconds()?);
        let curve = Curve { start_bps, cutoff_bps: u.int_in_range(0..=start_bps)?, fast, slow };
        let sign = if u.arbitrary()? { 1 } else { -1 };
        let mark = between(u, Real::ZERO, Real::lit("1000"))?;
        let mut answer = || {
            let size = Size::from_atoms(sign * (1 + magnitude(u, 50)? as i128));
            let worth = Amount::of(size, mark).unwrap_or_default();
            // Small ones, mostly: that is where rounding tells.
            let relief = Real::from_bits(1 + magnitude(u, 90)? as i128);
            Ok(Answer { size, worth, relief: relief.into() })
        };
        let pieces = [answer()?, answer()?];
        let more = magnitude(u, 50)? as i128 * sign;
        let wanted = pieces[0].size.atoms() + pieces[1].size.atoms() + more;
        let auction = Buyback { since: Timestamp::new(0), wanted: Size::from_atoms(wanted) };
        Ok(Self { curve, auction, pieces, now_s: u.int_in_range(0..=50_000)? })
    }
}

/// How an answer is paid.
pub type Pays =
    fn(&Buyback, &Curve, &Answer, Timestamp) -> core::result::Result<(Cash, Buyback), BuybackError>;

/// The pool pays no more than the mark and what it saves, no less than the mark but for rounding, and
/// never less for waiting; two pieces get no more than one answer for both; and what is left of the
/// auction is what was not answered.
pub fn never_overpays(pays: Pays, case: &Pieces) -> Verdict {
    let Pieces { curve, auction, pieces: [one, two], now_s } = *case;
    let said = |error: BuybackError| format!("{error}");
    let sum = |a: Amount, b: Amount| a.checked_add(b).ok_or(String::from("a sum does not fit"));
    let at = |s| Timestamp::new(s);
    let size = Size::from_atoms(one.size.atoms() + two.size.atoms());
    let (worth, relief) = (sum(one.worth, two.worth)?, sum(one.relief, two.relief)?);
    let both = Answer { size, worth, relief };
    let (cash, left) = pays(&auction, &curve, &both, at(now_s)).map_err(said)?;
    let money = |cash: Cash| Amount::of(Size::from_atoms(cash.atoms()), Real::ONE);
    let paid = money(cash).ok_or("a payment does not fit")?;
    ensure!(paid <= sum(worth, relief)?, "{cash} for {worth}, which saves {relief}");
    let next = money(Cash::from_atoms(cash.atoms() + 1)).ok_or("a payment does not fit")?;
    ensure!(next > worth, "{cash} for {worth}");
    let (later, _) = pays(&auction, &curve, &both, at(now_s + 1)).map_err(said)?;
    ensure!(later >= cash, "{cash}, and {later} a second later");
    let (first, rest) = pays(&auction, &curve, &one, at(now_s)).map_err(said)?;
    let (second, rest) = pays(&rest, &curve, &two, at(now_s)).map_err(said)?;
    let pieces = first.atoms() + second.atoms();
    ensure!(pieces <= cash.atoms(), "{first} and {second} in pieces, {cash} in one");
    let wanted = auction.wanted.atoms() - size.atoms();
    ensure!(left == rest && left.wanted.atoms() == wanted, "{left:?} and {rest:?} are left");
    Ok(())
}
