//! What margin is computed by.

use crate::num::{Real, Seconds};
use crate::risk::margin::{MarginError, Scan, Scenarios, VolScan};
use crate::risk::within::within;

/// How much backing options need.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct MarginParams {
    /// Scenarios of a portfolio, or a formula for each position.
    pub rule: Rule,
    /// What uncertain inputs add.
    pub doubt: Doubt,
    /// What a quote currency below its peg adds.
    pub peg: Peg,
    /// How fast the scan range that standing positions pay may rise, a second; 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub rise_per_second: Real,
}

/// The two ways of margining.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[expect(clippy::large_enum_variant, reason = "copied with the parameters it is the bulk of")]
pub enum Rule {
    /// The worst of a set of scenarios for all positions together. Long options are assets.
    Portfolio(Portfolio),
    /// Each short option by itself, or the most an expiry can lose if that is less. Long options count
    /// only against that loss.
    Standard(Standard),
}

/// Portfolio margin.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Portfolio {
    /// What a scenario's move of one is.
    pub scan: Scan,
    /// The moves.
    pub scenarios: Scenarios,
    /// How far volatility moves.
    pub vol: VolScan,
    /// Forwards that move and spot that does not.
    pub basis: Basis,
    /// What a gain in a scenario is worth now.
    pub carry: Carry,
    /// What each short option and each unit of the underlying needs whatever the scenarios say.
    pub fixed: Fixed,
    /// Initial margin over maintenance margin, 1 to 4.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub initial: Real,
}

/// Basis contingency: the worse of two moves of an expiry's forward by itself, for each expiry that
/// loses by it, summed: what offsets in one spot may not in as many forwards.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Basis {
    /// The rise, 0 to 2.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub up: Real,
    /// The fall, 0 to 0.99.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub down: Real,
    /// The share of the loss that counts at once, 0 to 5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share: Real,
    /// What a year to expiry adds to it, 0 to 5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share_per_year: Real,
}

/// Forward contingency: an expiry whose options are an asset in a scenario is worth
/// `share`·e^(−T·(r·`rate_times` + `rate_plus`)) of that there, r being its rate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Carry {
    /// 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share: Real,
    /// 0 to 5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub rate_times: Real,
    /// A year, 0 to 5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub rate_plus: Real,
}

/// The static floor, in shares of spot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Fixed {
    /// For each option short net of those long at its strike and expiry, calls and puts together; 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub option: Real,
    /// For each unit of the underlying held, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub base: Real,
}

/// Standard margin. All but the last three are shares of spot.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Standard {
    /// Initial margin at the money, before what the strike is out of it comes off; 0 to 1.2.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub initial_most: Real,
    /// The least that may leave; 0 to 1.2.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub initial_least: Real,
    /// Maintenance margin of a call, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub call: Real,
    /// Maintenance margin of a put, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub put: Real,
    /// Maintenance margin of a put in shares of its value, where that is more; 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub put_value: Real,
    /// Of the underlying held: the share of its value that does not count, maintenance; 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub base: Real,
    /// The same, initial; not less.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub base_initial: Real,
    /// The share of the forward for each call short net of those long where an expiry's loss has no
    /// bound, initial; 1 to 3.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub naked_initial: Real,
    /// The same, maintenance; 1 to `naked_initial`.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub naked: Real,
    /// A put's initial margin is at least this times its maintenance margin; 1 to 3.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub put_initial: Real,
}

/// What uncertain inputs add to initial margin: where the confidence c of an expiry's inputs is below
/// `threshold`, (1 − c)·`share` of spot for each option of it (portfolio: long or short; standard:
/// short) and for each unit of the underlying.
///
/// A feed may state its confidence; its age does in any case: [`Doubt::of_age`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Doubt {
    /// 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub threshold: Real,
    /// 0 to 1.5.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share: Real,
    /// Up to this age an input is as good as new.
    pub fresh: Seconds,
    /// From this age on it is worth nothing; later than `fresh`.
    pub dead: Seconds,
}

/// What a quote currency below its peg adds to initial margin, with d = (`threshold` − its price)⁺·`times`:
/// portfolio margin's factor over maintenance rises by d, standard margin by d·spot for each option
/// short.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Peg {
    /// 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub threshold: Real,
    /// 0 to 20.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub times: Real,
}

const ZERO: Real = Real::ZERO;
const ONE: Real = Real::ONE;
const TWO: Real = Real::lit("2");
const THREE: Real = Real::lit("3");
const FOUR: Real = Real::lit("4");
const FIVE: Real = Real::lit("5");

impl MarginParams {
    /// Checks every range, that no scenario takes spot to zero or past four times itself, and that more
    /// of the underlying never leaves less over maintenance margin.
    ///
    /// # Errors
    ///
    /// [`MarginError::OutOfRange`], [`MarginError::Scenarios`].
    pub fn check(&self) -> Result<(), MarginError> {
        const THREE_HALVES: Real = Real::lit("1.5");
        const TWENTY: Real = Real::lit("20");
        const THIRTY_YEARS: Real = Real::lit("946080000");
        let Doubt { threshold, share, fresh, dead } = self.doubt;
        within("threshold of confidence", threshold, ZERO, ONE)?;
        within("share of spot for doubt", share, ZERO, THREE_HALVES)?;
        let later = Real::from_num(fresh.get()) + ONE;
        within(
            "age at which an input is worthless",
            Real::from_num(dead.get()),
            later,
            THIRTY_YEARS,
        )?;
        within("threshold of the peg", self.peg.threshold, ZERO, ONE)?;
        within("factor of the peg", self.peg.times, ZERO, TWENTY)?;
        within("rise of the scan range in force", self.rise_per_second, ZERO, ONE)?;
        match &self.rule {
            Rule::Portfolio(portfolio) => portfolio.check(),
            Rule::Standard(standard) => standard.check(),
        }
    }
}

impl Portfolio {
    fn check(&self) -> Result<(), MarginError> {
        self.scan.check()?;
        self.vol.check()?;
        Scenarios::new(self.scenarios.as_slice())?;
        const MOST: Real = Real::lit("0.99");
        let Basis { up, down, share, share_per_year } = self.basis;
        within("rise of a forward by itself", up, ZERO, TWO)?;
        within("fall of a forward by itself", down, ZERO, MOST)?;
        within("share of the basis loss", share, ZERO, FIVE)?;
        within("share of the basis loss a year", share_per_year, ZERO, FIVE)?;
        let Carry { share, rate_times, rate_plus } = self.carry;
        within("share of a gain", share, ZERO, ONE)?;
        within("factor of the rate", rate_times, ZERO, FIVE)?;
        within("addition to the rate", rate_plus, ZERO, FIVE)?;
        within("floor of a short option", self.fixed.option, ZERO, ONE)?;
        within("floor of the underlying", self.fixed.base, ZERO, ONE)?;
        within("initial over maintenance margin", self.initial, ONE, FOUR)?;
        let most = self.scan.most();
        for scenario in self.scenarios.as_slice() {
            let by = scenario.spot * most;
            within("furthest move of spot in a scenario", by, -MOST, THREE)?;
            let lost = -by * scenario.weight + self.fixed.base;
            within("loss of the underlying in a scenario and its floor", lost, -FOUR, ONE)?;
        }
        Ok(())
    }
}

impl Standard {
    fn check(&self) -> Result<(), MarginError> {
        const MOST: Real = Real::lit("1.2");
        within("initial margin at the money", self.initial_most, ZERO, MOST)?;
        within("least initial margin", self.initial_least, ZERO, MOST)?;
        within("maintenance margin of a call", self.call, ZERO, self.initial_least.min(ONE))?;
        within("maintenance margin of a put", self.put, ZERO, self.initial_least.min(ONE))?;
        within("maintenance margin of a put's value", self.put_value, ZERO, ONE)?;
        within("haircut of the underlying", self.base, ZERO, ONE)?;
        within("initial haircut of the underlying", self.base_initial, self.base, ONE)?;
        within("initial share of a naked call", self.naked_initial, ONE, THREE)?;
        within("share of a naked call", self.naked, ONE, self.naked_initial)?;
        within("initial over maintenance margin of a put", self.put_initial, ONE, THREE)?;
        Ok(())
    }
}

impl Doubt {
    /// The confidence in an input of this age: one up to `fresh`, then falling in a line to zero at
    /// `dead`; rounded down.
    ///
    /// ```
    /// use amm_core::risk::margin::MarginParams;
    ///
    /// let doubt = MarginParams::dynamic().doubt; // fresh for 60 s, worthless at 600 s
    /// let confidence = |age| doubt.of_age(age).to_string();
    /// assert_eq!([confidence(60), confidence(330), confidence(600)], ["1", "0.5", "0"]);
    /// ```
    pub fn of_age(&self, age: u64) -> Real {
        let (fresh, dead) = (u64::from(self.fresh.get()), u64::from(self.dead.get()));
        if age <= fresh {
            ONE
        } else if age >= dead {
            ZERO
        } else {
            Real::from_bits((i128::from(dead - age) << 64) / i128::from(dead - fresh))
        }
    }
}
