//! Assets taken for what an account cannot pay in cash.

use crate::book::Holdings;
use crate::num::{Cash, Rounding, Size, mul_div};
use crate::risk::margin::{AssetError, Assets};

/// What is taken of an account's assets, and what that pays.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Seized {
    /// Units of each.
    pub units: Holdings,
    /// What they pay: at most what is missing, and at most what they stand for against maintenance margin.
    pub worth: Cash,
}

impl Assets {
    /// The same share of every asset held, as much as pays what is missing.
    ///
    /// Units pay what all that is held stands for against maintenance margin
    /// ([`Assets::standing`]), each its part of it. Where that is more than what is missing, the units
    /// of each asset are rounded up and pay just that; where it is not, all of them are taken. So an
    /// account keeps nothing while something is missing, not even what is worth nothing, and whoever
    /// takes the units pays no more for them than margin counted.
    ///
    /// ```
    /// use amm_core::book::Holdings;
    /// use amm_core::num::{Real, Seconds, Timestamp};
    /// use amm_core::risk::margin::{AssetFeed, AssetParams, Assets, Crowd};
    ///
    /// let params = AssetParams {
    ///     haircut: Real::lit("0.25"),
    ///     haircut_initial: Real::lit("0.5"),
    ///     vol_calm: "1".parse()?,
    ///     vol_slope: Real::ZERO,
    ///     crowd: Crowd::Holder,
    ///     capacity: "1000".parse()?,
    ///     crowding: Real::ZERO,
    ///     fresh: Seconds::new(60)?,
    ///     dead: Seconds::new(3600)?,
    /// };
    /// let now = Timestamp::new(1000);
    /// let feed = AssetFeed { price: "40".parse()?, at: now, vol: "0.5".parse()? };
    /// let held = Holdings::of(0, "10".parse()?)?; // stand for 300
    /// let assets = Assets::new(&[params], &[Some(feed)], &held, now)?;
    /// let part = assets.seize(&held, "45".parse()?)?;
    /// assert_eq!((part.units.get(0).to_string(), part.worth.to_string()), ("1.5".into(), "45".into()));
    /// let all = assets.seize(&held, "1000".parse()?)?;
    /// assert_eq!((all.units, all.worth.to_string()), (held, "300".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AssetError::Overflow`], which holdings and prices in their ranges never come to.
    pub fn seize(&self, held: &Holdings, missing: Cash) -> Result<Seized, AssetError> {
        if missing <= Cash::ZERO || held.is_empty() {
            return Ok(Seized::default());
        }
        let whole = self.standing(held)?.maintenance;
        if whole <= missing {
            return Ok(Seized { units: *held, worth: whole });
        }
        let [missing_atoms, whole] = [missing, whole].map(|cash| cash.atoms().unsigned_abs());
        let mut units = Holdings::default();
        for (asset, held) in held.as_slice().iter().enumerate() {
            // A part of what is held.
            let part = mul_div(held.atoms().unsigned_abs(), missing_atoms, whole, Rounding::Up);
            let part = part.and_then(|part| i128::try_from(part).ok());
            units.set(asset, Size::from_atoms(part.ok_or(AssetError::Overflow)?))?;
        }
        Ok(Seized { units, worth: missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Real, Seconds, Timestamp};
    use crate::risk::margin::{AssetFeed, AssetParams, Crowd};
    use std::string::ToString;

    const NOW: Timestamp = Timestamp::new(10_000);

    fn assets(ages: [u64; 2], everyone: &Holdings) -> Assets {
        let params = AssetParams {
            haircut: Real::lit("0.25"),
            haircut_initial: Real::lit("0.5"),
            vol_calm: "1".parse().unwrap(),
            vol_slope: Real::ZERO,
            crowd: Crowd::Everyone,
            capacity: "1000".parse().unwrap(),
            crowding: Real::ZERO,
            fresh: Seconds::new(60).unwrap(),
            dead: Seconds::new(1_060).unwrap(),
        };
        let feed = |age| AssetFeed {
            price: "3".parse().unwrap(),
            at: Timestamp::new(NOW.get() - age),
            vol: "0.5".parse().unwrap(),
        };
        Assets::new(&[params; 2], &ages.map(|age| Some(feed(age))), everyone, NOW).unwrap()
    }

    fn held(units: [&str; 2]) -> Holdings {
        let of = |asset, units: &str| Holdings::of(asset, units.parse().unwrap()).unwrap();
        of(0, units[0]).plus(&of(1, units[1])).unwrap()
    }

    fn cash(text: &str) -> Cash {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_share_of_each_goes() {
        let held = held(["100", "200"]); // 225 and 450
        let assets = assets([0, 0], &held);
        let seized = assets.seize(&held, cash("67.5")).unwrap();
        let units = [seized.units.get(0), seized.units.get(1)].map(|units| units.to_string());
        assert_eq!((units, seized.worth), (["10".into(), "20".into()], cash("67.5")));
        // An atom takes an atom of each.
        let seized = assets.seize(&held, Cash::from_atoms(1)).unwrap();
        assert_eq!((seized.units.get(0).atoms(), seized.units.get(1).atoms()), (1, 1));
        for (missing, worth) in [("675", "675"), ("675.000000001", "675"), ("9999", "675")] {
            let want = Seized { units: held, worth: cash(worth) };
            assert_eq!(assets.seize(&held, cash(missing)), Ok(want));
        }
        for nothing in ["0", "-5"] {
            assert_eq!(assets.seize(&held, cash(nothing)), Ok(Seized::default()));
        }
    }

    #[test]
    fn what_is_worth_nothing_goes_with_the_rest() {
        let held = held(["100", "200"]);
        let assets = assets([0, 5_000], &held); // the second price is dead
        let seized = assets.seize(&held, cash("22.5")).unwrap();
        assert_eq!(seized.units.get(1).to_string(), "20");
        let all = assets.seize(&held, cash("300")).unwrap();
        assert_eq!((all.units, all.worth), (held, cash("225")));
        let dead = self::assets([5_000; 2], &held).seize(&held, Cash::from_atoms(1)).unwrap();
        assert_eq!((dead.units, dead.worth), (held, Cash::ZERO));
    }
}
