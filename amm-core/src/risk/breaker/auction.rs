//! The auction of what a state lets pass no other way: a Dutch one, on the spread.
//!
//! When the state is entered the spread begins at its highest and falls, over the state's shortest stay,
//! to what the breaker charges anyway. Each fill brings it back up by the contracts it takes, and pays the
//! mean of what it goes through: so an order costs what its parts cost one after the other, nobody gains by
//! splitting one, and a small fill raises what others are asked by as little as it took.

use crate::num::{Real, Rounding, Size, Timestamp, mul_div};
use crate::risk::breaker::{Breaker, BreakerParams, LevelError};
use crate::risk::within::within;

/// How the auction is set.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SpreadAuction {
    /// The factor on the spread that it begins at: the breaker's own to 1000.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub start: Real,
    /// How many contracts bring it back from its end to its start: above zero.
    pub size: Size,
}

/// How much of the premium, the start less the breaker's own factor, is asked.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Premium {
    /// When.
    pub at: Timestamp,
    /// Which share then, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share: Real,
}

impl Default for SpreadAuction {
    /// Ten times the spread; a hundred contracts.
    fn default() -> Self {
        Self { start: Real::lit("10"), size: Size::from_atoms(100 * Size::SCALE) }
    }
}

impl SpreadAuction {
    /// Checks that it falls to the breaker's own factor, and its size.
    ///
    /// # Errors
    ///
    /// [`LevelError::OutOfRange`] and [`LevelError::Auction`].
    pub fn check(&self, spread: Real) -> Result<(), LevelError> {
        const MOST: Real = Real::lit("1000");
        within("factor on the spread that an auction begins at", self.start, spread, MOST)?;
        match self.size > Size::ZERO {
            true => Ok(()),
            false => Err(LevelError::Auction { got: self.size }),
        }
    }
}

impl Premium {
    /// All of it, from a time on.
    pub const fn whole(at: Timestamp) -> Self {
        Self { at, share: Real::ONE }
    }

    /// The share that is asked at a time, of which a state's shortest stay takes all; rounded up. A time
    /// before its own is its own.
    fn left(&self, dwell: u64, now: Timestamp) -> u128 {
        let passed = now.get().saturating_sub(self.at.get());
        let fallen = mul_div(passed.into(), 1 << 64, dwell.max(1).into(), Rounding::Down);
        let share = self.share.to_bits().max(0).unsigned_abs().min(ONE);
        share.saturating_sub(fallen.unwrap_or(u128::MAX))
    }

    /// The factor on the spread for so many contracts, whichever way they go, and the premium after them.
    ///
    /// The factor is the mean of what the contracts go through one by one, rounded up: within two units of
    /// 2⁻⁶⁴ above what is exact, times the premium. Of no contracts it is what the next would pay. The
    /// parameters are such as [`BreakerParams::check`] lets pass.
    ///
    /// ```
    /// use amm_core::num::Timestamp;
    /// use amm_core::risk::breaker::{Breaker, BreakerParams, Premium, State};
    ///
    /// // From ten times the spread to twice over half an hour; a hundred contracts bring it back.
    /// let params = BreakerParams::default();
    /// let breaker = Breaker { state: State::Halted, since: Timestamp::new(0) };
    /// let begun = Premium::whole(Timestamp::new(0));
    /// let factor = |seconds, contracts: &str| {
    ///     let (factor, _) =
    ///         begun.fill(&params, &breaker, Timestamp::new(seconds), contracts.parse().unwrap());
    ///     format!("{factor:.2}")
    /// };
    /// assert_eq!([factor(0, "0"), factor(900, "0"), factor(1_800, "0")], ["10.00", "6.00", "2.00"]);
    /// assert_eq!([factor(1_800, "50"), factor(1_800, "200")], ["4.00", "8.00"]);
    /// ```
    pub fn fill(
        &self,
        params: &BreakerParams,
        breaker: &Breaker,
        now: Timestamp,
        contracts: Size,
    ) -> (Real, Self) {
        let auction = &params.auction;
        let left = self.left(params.dwell(breaker.state), now);
        let contracts = contracts.atoms().unsigned_abs();
        let size = auction.size.atoms().max(1).unsigned_abs();
        let by = mul_div(contracts, ONE, size, Rounding::Up).filter(|by| *by < MOST);
        let room = ONE - left; // left ≤ 1
        let (mean, after) = match by {
            Some(by) if by <= room => (left + by.div_ceil(2), left + by),
            // Above the start it rises no more: 1 − room²/2·by.
            Some(by) => (ONE - mul_div(room, room, 2 * by, Rounding::Down).unwrap_or(0), ONE),
            None => (ONE, ONE),
        };
        let premium = (auction.start - params.spread).to_bits().max(0).unsigned_abs(); // ≤ 1000
        let asked = mul_div(premium, mean, ONE, Rounding::Up).unwrap_or(premium);
        let real = |bits: u128| Real::from_bits(bits as i128); // ≤ 1000·2⁶⁴
        (params.spread + real(asked), Self { at: now.max(self.at), share: real(after) })
    }
}

/// One, in units of 2⁻⁶⁴.
const ONE: u128 = 1 << 64;

/// So many times an auction's size that its start is all that counts: 2⁴⁰.
const MOST: u128 = 1 << 104;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::breaker::State;

    fn halted() -> Breaker {
        Breaker { state: State::Halted, since: Timestamp::new(100) }
    }

    fn contracts(count: i128) -> Size {
        Size::from_atoms(count * Size::SCALE)
    }

    #[test]
    fn it_falls_with_time_and_rises_with_fills() {
        let (params, halted) = (BreakerParams::default(), halted());
        let begun = Premium::whole(halted.since);
        let now = |seconds| Timestamp::new(100 + seconds);
        let mut last = Real::MAX;
        for seconds in 0..=1_800 {
            let (factor, _) = begun.fill(&params, &halted, now(seconds), Size::ZERO);
            assert!(factor < last);
            last = factor;
        }
        assert_eq!(last, params.spread);
        assert_eq!(begun.fill(&params, &halted, now(u64::MAX - 100), Size::ZERO).0, last);
        assert_eq!(
            begun.fill(&params, &halted, Timestamp::new(0), Size::ZERO).0,
            params.auction.start
        );
        // A quarter of its size brings it back by a quarter of the way, from where it is then.
        let (_, after) = begun.fill(&params, &halted, now(1_350), contracts(25));
        assert_eq!((after.at, after.share), (now(1_350), Real::ONE / 2));
        let (factor, after) = after.fill(&params, &halted, now(1_350), contracts(-1_000));
        assert!(factor < params.auction.start && after.share == Real::ONE);
        // Selling and buying go the same way; so does all that there is.
        let (all, after) = begun.fill(&params, &halted, now(1_800), Size::MIN);
        assert_eq!((after.share, all), (Real::ONE, params.auction.start));
    }

    #[test]
    fn ranges_are_checked() {
        let good = SpreadAuction::default();
        let two = Real::ONE * 2;
        assert_eq!(good.check(two), Ok(()));
        assert!(SpreadAuction { start: two - Real::DELTA, ..good }.check(two).is_err());
        assert!(SpreadAuction { start: Real::lit("1000.1"), ..good }.check(two).is_err());
        for size in [Size::ZERO, Size::MIN] {
            assert!(SpreadAuction { size, ..good }.check(two).is_err());
        }
        assert_eq!(SpreadAuction { size: Size::MAX, start: two }.check(two), Ok(()));
    }
}
