//! Moves of spot and volatility under which a portfolio is valued.

use crate::num::{Real, Seconds};
use crate::risk::margin::MarginError;
use crate::risk::within::within;

/// The most scenarios of one set.
pub const SCENARIOS_MAX: usize = 32;

/// Which way volatility goes in a scenario.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum VolMove {
    /// It falls by its scan.
    Down,
    /// It stays.
    None,
    /// It rises by its scan.
    Up,
}

/// One move of spot and volatility.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Scenario {
    /// By how much forwards move, in units of the scan range: spot becomes (1 + spot·range) of itself;
    /// −4 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub spot: Real,
    /// Where volatility goes.
    pub vol: VolMove,
    /// The share of the loss that counts, for moves too far out to be covered whole; above 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub weight: Real,
}

impl Scenario {
    /// Nothing moves.
    pub const UNMOVED: Self = Self::new(Real::ZERO, VolMove::None);

    /// A scenario whose loss counts whole.
    pub const fn new(spot: Real, vol: VolMove) -> Self {
        Self { spot, vol, weight: Real::ONE }
    }

    fn check(&self) -> Result<(), MarginError> {
        const FAR: Real = Real::lit("4");
        within("move of spot in scan ranges", self.spot, -FAR, FAR)?;
        within("weight of a scenario", self.weight, Real::DELTA, Real::ONE)?;
        Ok(())
    }
}

/// Up to [`SCENARIOS_MAX`] scenarios, in their order.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "alloc::vec::Vec<Scenario>"))]
#[cfg_attr(feature = "serde", serde(into = "alloc::vec::Vec<Scenario>"))]
pub struct Scenarios {
    len: u8,
    /// Beyond `len` all [`Scenario::UNMOVED`].
    list: [Scenario; SCENARIOS_MAX],
}

impl Scenarios {
    /// These scenarios.
    ///
    /// # Errors
    ///
    /// [`MarginError::Scenarios`] for none or too many, [`MarginError::OutOfRange`] for what a
    /// scenario says.
    pub fn new(scenarios: &[Scenario]) -> Result<Self, MarginError> {
        let got = scenarios.len();
        if got == 0 || got > SCENARIOS_MAX {
            return Err(MarginError::Scenarios { got });
        }
        scenarios.iter().try_for_each(Scenario::check)?;
        Ok(Self::of(scenarios))
    }

    /// Of at most [`SCENARIOS_MAX`] in their ranges; what is beyond is left out.
    pub(super) const fn of(scenarios: &[Scenario]) -> Self {
        let mut list = [Scenario::UNMOVED; SCENARIOS_MAX];
        let mut place = 0;
        while place < scenarios.len() && place < SCENARIOS_MAX {
            list[place] = scenarios[place];
            place += 1;
        }
        Self { len: place as u8, list }
    }

    /// In their order.
    pub fn as_slice(&self) -> &[Scenario] {
        &self.list[..usize::from(self.len)]
    }
}

impl core::fmt::Debug for Scenarios {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl TryFrom<alloc::vec::Vec<Scenario>> for Scenarios {
    type Error = MarginError;

    fn try_from(scenarios: alloc::vec::Vec<Scenario>) -> Result<Self, MarginError> {
        Self::new(&scenarios)
    }
}

impl From<Scenarios> for alloc::vec::Vec<Scenario> {
    fn from(scenarios: Scenarios) -> Self {
        scenarios.as_slice().to_vec()
    }
}

/// How far volatility moves, by expiry: near ones further than far ones.
///
/// With p(T) = (30 d / max(T, `floor`))^power, the power `near` up to thirty days and `far` beyond, a
/// scenario takes σ to
///
/// * up: σ·(1 + `up`·p) + slope·|move of spot|·p·(30/7)^−power, where the slope is `slope_down` in a
///   fall of spot and `slope_up` in a rise, so that at seven days it is in points of volatility for a
///   move of 100 %;
/// * down: σ·max(1 − `down`·p, 0);
///
/// taken to the nearest volatility that can be priced, at most 20, and zero below 10⁻⁶.
///
/// The power form is Derive's (v2-core d69b557, `PMRMLib.sol`). The slopes are one-sided, as in data:
/// over six hours seven-day volatility rose 1.84 (BTC) and 1.40 (ETH) points a point of fall and by
/// −0.08 and 0.21 a point of rise, 931 snapshots of Deribit's chains, 2025-12-30 to 2026-08-22.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct VolScan {
    /// The relative rise at thirty days, 0 to 2.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub up: Real,
    /// The relative fall at thirty days, 0 to 2.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub down: Real,
    /// The power up to thirty days, 0 to 0.5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub near: Real,
    /// The power beyond thirty days, 0 to 0.5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub far: Real,
    /// The least time that counts, 864 s to 100 d.
    pub floor: Seconds,
    /// What seven-day volatility gains in a fall of spot by 100 %, 0 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub slope_down: Real,
    /// What it gains in a rise of spot by 100 %, 0 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub slope_up: Real,
}

impl VolScan {
    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`MarginError::OutOfRange`].
    pub fn check(&self) -> Result<(), MarginError> {
        const TWO: Real = Real::lit("2");
        const HALF: Real = Real::lit("0.5");
        const TEN: Real = Real::lit("10");
        let (least, most) = (Real::lit("864"), Real::lit("8640000"));
        within("scan of volatility upwards", self.up, Real::ZERO, TWO)?;
        within("scan of volatility downwards", self.down, Real::ZERO, TWO)?;
        within("power of near expiries", self.near, Real::ZERO, HALF)?;
        within("power of far expiries", self.far, Real::ZERO, HALF)?;
        within("least time of the scan", Real::from_num(self.floor.get()), least, most)?;
        within("slope of volatility in a fall", self.slope_down, Real::ZERO, TEN)?;
        within("slope of volatility in a rise", self.slope_up, Real::ZERO, TEN)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn sets_are_checked_and_read_as_they_are_written() {
        let one = Scenario::new(Real::lit("0.5"), VolMove::Up);
        let set = Scenarios::new(&[one, Scenario::UNMOVED]).unwrap();
        let json =
            r#"[{"spot":"0.5","vol":"up","weight":"1"},{"spot":"0","vol":"none","weight":"1"}]"#;
        assert_eq!(serde_json::to_string(&set).unwrap(), json);
        assert_eq!(serde_json::from_str::<Scenarios>(json).unwrap(), set);
        for got in [0, 33] {
            assert_eq!(Scenarios::new(&vec![one; got]), Err(MarginError::Scenarios { got }));
        }
        assert_eq!(Scenarios::new(&vec![one; 32]).unwrap().as_slice().len(), 32);
        for wrong in [
            Scenario { weight: Real::ZERO, ..one },
            Scenario { weight: Real::ONE + Real::DELTA, ..one },
            Scenario { spot: Real::lit("-4.1"), ..one },
        ] {
            assert!(matches!(Scenarios::new(&[wrong]), Err(MarginError::OutOfRange(_))));
        }
    }
}
