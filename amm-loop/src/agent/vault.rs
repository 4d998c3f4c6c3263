//! An option vault: sells its week's calls on Friday morning in one auction, then holds them.
//!
//! Ribbon and its kind sold weekly calls of 10 delta every Friday between 08:00 and 11:00 UTC, up to
//! 39,616 on ETH at once, at nearly any price: implied volatility fell by some 4 points around
//! auctions in 2021–22.

use amm_core::book::Side;
use amm_core::num::{Cash, Price, Real, Size, Timestamp, serde_real};
use amm_core::pricing::Kind;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::agent::{Backing, Me, within};
use crate::draw::Draws;
use crate::units::size;
use crate::world::Floor;

/// Its rule.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Contracts a week, 0 to 10,000,000.
    #[serde(with = "serde_real")]
    pub contracts: Real,
    /// The call's delta, 0 to 1; 0.1.
    #[serde(with = "serde_real", default = "a_tenth")]
    pub delta: Real,
    /// At least so many hours to run; 144.
    #[serde(default = "six_days")]
    pub hours: u32,
    /// By how much of volatility the price may be worse than fair, 0 to 1; 0.3. Where all is not worth
    /// that, it sells half, or a quarter, and so on to a 32nd.
    #[serde(with = "serde_real", default = "three_tenths")]
    pub discount: Real,
    /// What it sells on margin with; without it, it brings more than full collateral.
    #[serde(default)]
    pub margin: Option<Backing>,
}

/// It remembers the last Friday on which it sold, by its day; zero if none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct State {
    sold: u64,
}

impl Vault {
    pub(super) fn check(&self) -> Result<(), LoopError> {
        let fine = within(self.contracts, 0, 10_000_000)
            && within(self.delta, 0, 1)
            && within(self.discount, 0, 1)
            && self.margin.iter().all(Backing::fine);
        match fine {
            true => Ok(()),
            false => Err(LoopError::Scenario("a vault's numbers are out of range")),
        }
    }

    pub(super) fn act(
        &self,
        state: &mut State,
        me: Me,
        floor: &mut Floor<'_>,
        _: &mut Draws,
    ) -> Result<(), LoopError> {
        let Some(friday) = auction(floor.now()).filter(|friday| *friday != state.sold) else {
            return Ok(());
        };
        let Some(series) = floor.by_delta(self.hours, self.delta, Kind::Call) else {
            return Ok(());
        };
        let mut lot = size(self.contracts)?;
        if let Some(backing) = &self.margin {
            lot = lot.min(floor.room(me, backing.most()?)?);
        }
        for _ in 0..6 {
            if lot <= Size::ZERO {
                return Ok(());
            }
            let fetches = floor.ask(me, Side::Sell, series, lot)?;
            if fetches.is_ok_and(|offer| offer.markup <= self.discount)
                && floor.trade(me, Side::Sell, series, lot)?.is_ok()
            {
                state.sold = friday;
                return Ok(());
            }
            lot = Size::from_atoms(lot.atoms() / 2);
        }
        Ok(())
    }
}

impl Vault {
    pub(super) fn brings(&self, spot: Price) -> Result<Option<(Cash, Size)>, LoopError> {
        self.margin.map(|backing| backing.brings(Kind::Call, spot)).transpose()
    }
}

/// The day's number since 1970 if it is a Friday between 08:00 and 11:00 UTC.
fn auction(now: Timestamp) -> Option<u64> {
    const DAY_S: u64 = 86_400;
    const FRIDAY: u64 = 1; // 1 January 1970 was a Thursday
    let (day, second) = (now.get() / DAY_S, now.get() % DAY_S);
    let open = day % 7 == FRIDAY && (8 * 3600..11 * 3600).contains(&second);
    open.then_some(day)
}

fn a_tenth() -> Real {
    Real::lit("0.1")
}

const fn six_days() -> u32 {
    144
}

fn three_tenths() -> Real {
    Real::lit("0.3")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auctions_are_on_friday_mornings() {
        // Friday, 17 November 2023.
        let midnight = 1_700_179_200;
        let at = |second: u64| auction(Timestamp::new(midnight + second));
        assert_eq!(at(8 * 3600 - 1), None);
        assert_eq!(at(8 * 3600), Some(midnight / 86_400));
        assert_eq!(at(11 * 3600 - 1), Some(midnight / 86_400));
        assert_eq!(at(11 * 3600), None);
        for day in 1..7 {
            assert_eq!(at(day * 86_400 + 9 * 3600), None);
        }
        assert_eq!(at(7 * 86_400 + 9 * 3600), Some(midnight / 86_400 + 7));
    }
}
