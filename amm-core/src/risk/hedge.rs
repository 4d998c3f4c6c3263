//! How the pool follows its delta with the underlying.

use crate::num::{Cash, Seconds, Size, Timestamp};

/// When the difference between the delta target and the hedge is traded.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum HedgePolicy {
    /// Never.
    #[default]
    Off,
    /// At once, all of it.
    Immediate,
    /// Only what lies beyond `width` on either side of the target.
    ///
    /// To the edge it has passed, not to the target: with costs in proportion to the size traded,
    /// going further costs more than the risk it takes away. Whalley and Wilmott, An asymptotic
    /// analysis of an optimal hedging model for option pricing with transaction costs,
    /// Mathematical Finance 7 (1997).
    Band {
        /// Half the band, zero or more.
        width: Size,
    },
    /// Towards the target, no faster than this: the pool absorbs hedging flow and lets it out at a
    /// bounded rate.
    Buffered {
        /// Units a second, zero or more.
        per_second: Size,
    },
}

/// Why a hedge cannot be computed or booked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HedgeError {
    /// A policy's width or rate is below zero.
    #[error("the width or rate of a hedge is 0 or more, not {got}")]
    Negative {
        /// The width or rate.
        got: Size,
    },
    /// A fill in which the buyer is paid.
    #[error("a fill that buys {quantity} cannot bring in {cash}")]
    PaidToBuy {
        /// Units bought.
        quantity: Size,
        /// What they brought in.
        cash: Cash,
    },
    /// The target cannot be told from what is held.
    #[error("the target of {target} is too far from the {held} held")]
    TooFar {
        /// What should be held.
        target: Size,
        /// What is held.
        held: Size,
    },
    /// A position or its cash would not fit.
    #[error("{from} and {by} more do not fit")]
    Overflow {
        /// The number before.
        from: Size,
        /// What was to be added.
        by: Size,
    },
}

impl HedgePolicy {
    /// Checks its width or rate.
    ///
    /// # Errors
    ///
    /// [`HedgeError::Negative`].
    pub fn check(self) -> Result<(), HedgeError> {
        match self {
            Self::Band { width: got } | Self::Buffered { per_second: got } if got < Size::ZERO => {
                Err(HedgeError::Negative { got })
            }
            _ => Ok(()),
        }
    }
}

/// What to trade now, positive to buy: of the sign of `target − held`, and no more than that.
///
/// `elapsed` is the time for which a buffered hedge may trade. A rate is exact whatever the steps:
/// two waits let out as much as one of both lengths.
///
/// ```
/// use amm_core::num::{Seconds, Size};
/// use amm_core::risk::{HedgePolicy, wanted};
///
/// let [target, held, width]: [Size; 3] = ["-10".parse()?, "4".parse()?, "3".parse()?];
/// let trade = |policy| wanted(policy, target, held, Seconds::ZERO).unwrap().to_string();
/// assert_eq!(trade(HedgePolicy::Immediate), "-14");
/// assert_eq!(trade(HedgePolicy::Band { width }), "-11");
/// # Ok::<(), amm_core::num::ParseNumber>(())
/// ```
///
/// # Errors
///
/// [`HedgeError::Negative`], and [`HedgeError::TooFar`] if the difference does not fit.
pub fn wanted(
    policy: HedgePolicy,
    target: Size,
    held: Size,
    elapsed: Seconds,
) -> Result<Size, HedgeError> {
    policy.check()?;
    let too_far = HedgeError::TooFar { target, held };
    let gap = target.checked_sub(held).ok_or(too_far)?;
    let most = match policy {
        HedgePolicy::Off => 0,
        HedgePolicy::Immediate => return Ok(gap),
        HedgePolicy::Band { width } => {
            gap.atoms().unsigned_abs().saturating_sub(width.atoms().unsigned_abs())
        }
        // What saturates is more than any gap.
        HedgePolicy::Buffered { per_second } => {
            per_second.atoms().unsigned_abs().saturating_mul(elapsed.get().into())
        }
    };
    Ok(towards(gap, most))
}

/// The gap, or `most` atoms of it.
fn towards(gap: Size, most: u128) -> Size {
    if most >= gap.atoms().unsigned_abs() {
        return gap;
    }
    // Below 2¹²⁷ now.
    Size::from_atoms(most as i128 * gap.atoms().signum())
}

/// What the pool holds of the underlying against its options.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Hedge {
    /// Units, positive if long.
    pub position: Size,
    /// All that its fills have brought in, less what they have cost.
    pub cash: Cash,
    /// When the policy was last asked. A buffered hedge may trade for the time since, so whoever
    /// asks sets it, also where nothing was wanted: idle time is not saved up.
    pub since: Timestamp,
}

impl Hedge {
    /// After a fill: so many units bought, or sold if negative, which brought in so much cash, or
    /// cost it if negative. Fees and carry are fills of their cash alone.
    ///
    /// # Errors
    ///
    /// [`HedgeError::PaidToBuy`], and [`HedgeError::Overflow`].
    pub fn fill(&self, quantity: Size, cash: Cash) -> Result<Self, HedgeError> {
        if quantity > Size::ZERO && cash > Cash::ZERO {
            return Err(HedgeError::PaidToBuy { quantity, cash });
        }
        let sum =
            |from: Size, by: Size| from.checked_add(by).ok_or(HedgeError::Overflow { from, by });
        let atoms = |cash: Cash| Size::from_atoms(cash.atoms());
        let position = sum(self.position, quantity)?;
        let cash = Cash::from_atoms(sum(atoms(self.cash), atoms(cash))?.atoms());
        Ok(Self { position, cash, since: self.since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn size(text: &str) -> Size {
        text.parse().unwrap()
    }

    #[track_caller]
    fn trades(policy: HedgePolicy, target: &str, held: &str, seconds: u64, trade: &str) {
        let elapsed = Seconds::new(seconds).unwrap();
        assert_eq!(wanted(policy, size(target), size(held), elapsed).unwrap().to_string(), trade);
        // The mirror image trades the opposite.
        let opposite = |text| size(text).checked_neg().unwrap();
        let mirrored = wanted(policy, opposite(target), opposite(held), elapsed);
        assert_eq!(mirrored, Ok(opposite(trade)));
    }

    #[test]
    fn policies() {
        let band = HedgePolicy::Band { width: size("3") };
        let buffered = HedgePolicy::Buffered { per_second: size("0.5") };
        trades(HedgePolicy::Off, "5", "-5", 9, "0");
        trades(HedgePolicy::Immediate, "5", "-5", 0, "10");
        trades(HedgePolicy::Immediate, "-5", "5.000000001", 0, "-10.000000001");
        for (held, trade) in [("2", "0"), ("8", "0"), ("1.9", "0.1"), ("8.1", "-0.1"), ("0", "2")] {
            trades(band, "5", held, 9, trade);
        }
        trades(band, "-1", "9", 9, "-7");
        trades(HedgePolicy::Band { width: Size::MAX }, "5", "-5", 0, "0");
        for (seconds, trade) in [(0, "0"), (1, "-0.5"), (19, "-9.5"), (20, "-10"), (21, "-10")] {
            trades(buffered, "-5", "5", seconds, trade);
        }
        trades(HedgePolicy::Buffered { per_second: Size::MAX }, "-5", "5", 9, "-10");
    }

    #[test]
    fn ends_of_the_range() {
        let zero = Seconds::ZERO;
        for policy in [HedgePolicy::Off, HedgePolicy::Immediate] {
            let error = wanted(policy, Size::MIN, Size::from_atoms(1), zero).unwrap_err();
            assert!(matches!(error, HedgeError::TooFar { .. }));
        }
        assert_eq!(wanted(HedgePolicy::Immediate, Size::MIN, Size::ZERO, zero), Ok(Size::MIN));
        let any = HedgePolicy::Band { width: Size::ZERO };
        assert_eq!(wanted(any, Size::MIN, Size::ZERO, zero), Ok(Size::MIN));
        let got = Size::from_atoms(-1);
        for policy in [HedgePolicy::Band { width: got }, HedgePolicy::Buffered { per_second: got }]
        {
            let error = wanted(policy, Size::ZERO, Size::ZERO, zero).unwrap_err();
            assert_eq!(error, HedgeError::Negative { got });
        }
    }

    #[test]
    fn fills_add_up() {
        let hedge = Hedge { since: Timestamp::new(7), ..Hedge::default() };
        let bought = hedge.fill(size("3"), "-300".parse().unwrap()).unwrap();
        let sold = bought.fill(size("-5"), "550".parse().unwrap()).unwrap();
        assert_eq!((sold.position.to_string(), sold.cash.to_string()), ("-2".into(), "250".into()));
        assert_eq!(sold.since, hedge.since);
        let said = hedge.fill(size("3"), "300".parse().unwrap()).unwrap_err().to_string();
        assert_eq!(said, "a fill that buys 3 cannot bring in 300");
        assert!(Hedge { position: Size::MAX, ..hedge }.fill(size("1"), Cash::ZERO).is_err());
        assert!(Hedge { cash: Cash::MIN, ..hedge }.fill(size("1"), Cash::MIN).is_err());
    }

    #[test]
    fn policies_read_as_they_are_written() {
        let json = r#"{"band":{"width":"0.25"}}"#;
        let policy: HedgePolicy = serde_json::from_str(json).unwrap();
        assert_eq!(policy, HedgePolicy::Band { width: size("0.25") });
        assert_eq!(serde_json::to_string(&policy).unwrap(), json);
        assert_eq!(serde_json::from_str::<HedgePolicy>(r#""off""#).unwrap(), HedgePolicy::Off);
        let bytes = postcard::to_allocvec(&policy).unwrap();
        assert_eq!(postcard::from_bytes::<HedgePolicy>(&bytes).unwrap(), policy);
    }
}
