//! What stands as collateral beside cash and the underlying.

use crate::book::{ASSETS_MAX, HOLDING_MAX, HoldingError, Holdings};
use crate::num::{Cash, OutOfRange, Price, Real, Rounding, Seconds, Size, Timestamp, Vol, mul_div};
use crate::risk::margin::AssetError;
use crate::risk::within::within;
use crate::risk::worth::Worth;

/// Whose units widen a haircut.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Crowd {
    /// Those of all accounts together.
    Everyone,
    /// The account's own.
    Holder,
}

/// How one asset counts.
///
/// The unit that comes on top of x others loses h(x) = min(h₀ + `crowding`·x/`capacity`, 1) of its price,
/// with h₀ = min(haircut + `vol_slope`·(σ − `vol_calm`)⁺, 1): it widens with volatility, for a position
/// that takes time to sell, and with what is to be sold before it. The haircut of a holding is the mean of
/// h over its units, the holder's or everyone's, so it lies in \[haircut, 1\], and more units are never
/// worth less.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AssetParams {
    /// For maintenance margin, 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub haircut: Real,
    /// For initial margin; not less.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub haircut_initial: Real,
    /// σ₀, up to which volatility does not widen it.
    pub vol_calm: Vol,
    /// What a volatility of 100 % more adds, 0 to 10.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub vol_slope: Real,
    /// Whose units count.
    pub crowd: Crowd,
    /// Units that the market can take, above zero to [`HOLDING_MAX`].
    pub capacity: Size,
    /// What units of the whole capacity add for the next one; zero, or 10⁻⁶ to 100.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub crowding: Real,
    /// The oldest price to open on; up to it a price counts whole.
    pub fresh: Seconds,
    /// The age at which a price is worth nothing; later than `fresh`.
    pub dead: Seconds,
}

impl AssetParams {
    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`].
    pub fn check(&self) -> Result<(), OutOfRange> {
        const TEN: Real = Real::lit("10");
        const LEAST: Real = Real::lit("0.000001");
        const HUNDRED: Real = Real::lit("100");
        const UNITS: Real = Real::lit("100000000000");
        let (zero, one) = (Real::ZERO, Real::ONE);
        within("haircut", self.haircut, zero, one)?;
        within("initial haircut", self.haircut_initial, self.haircut, one)?;
        within("slope of a haircut in volatility", self.vol_slope, zero, TEN)?;
        if self.crowding != 0 {
            within(
                "slope of a haircut in what is held (other than 0)",
                self.crowding,
                LEAST,
                HUNDRED,
            )?;
        }
        if self.capacity <= Size::ZERO || self.capacity > HOLDING_MAX {
            let units = self.capacity.atoms() / Size::SCALE;
            let got = Real::from_num(units.clamp(i64::MIN.into(), i64::MAX.into()));
            return Err(OutOfRange {
                what: "capacity for an asset",
                got,
                min: Real::DELTA,
                max: UNITS,
            });
        }
        let later = Real::from_num(self.fresh.get()) + one;
        let most = Real::from_num(Seconds::MAX.get());
        within("age at which a price is worthless", Real::from_num(self.dead.get()), later, most)?;
        Ok(())
    }
}

/// What an oracle says of an asset.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AssetFeed {
    /// Cash a unit.
    pub price: Price,
    /// When it was seen.
    pub at: Timestamp,
    /// Its volatility.
    pub vol: Vol,
}

/// Money that assets stand for.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Backing {
    /// Against initial margin, rounded down.
    pub initial: Cash,
    /// Against maintenance margin, rounded down; not less.
    pub maintenance: Cash,
}

/// Units that count of so many, as a function that rises and is concave: u·(v − u)/w up to v/2.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Curve {
    /// 1 − h₀, Q64.
    kept: u128,
    /// v and w, where units held count; both rounded so that less is kept.
    crowd: Option<(u128, u128)>,
}

impl Curve {
    fn new(params: &AssetParams, haircut: Real, vol: Vol) -> Option<Self> {
        let over = (vol.get() - params.vol_calm.get()).max(Real::ZERO);
        let haircut = (haircut + params.vol_slope * over).min(Real::ONE);
        let kept = (Real::ONE - haircut).to_bits() as u128;
        let slope = params.crowding.to_bits() as u128;
        // ∫ (kept − slope·x/capacity) dx = u·(2·capacity·kept/slope − u)/(2·capacity/slope), both under 2⁸⁹.
        let twice = 2 * params.capacity.atoms() as u128;
        let crowd = match slope {
            0 => None,
            _ => Some((
                mul_div(twice, kept, slope, Rounding::Down)?,
                mul_div(twice, 1 << 64, slope, Rounding::Up)?,
            )),
        };
        Some(Self { kept, crowd })
    }

    fn units(&self, held: u128) -> Option<u128> {
        match self.crowd {
            None => mul_div(held, self.kept, 1 << 64, Rounding::Down),
            Some((v, w)) => {
                let held = held.min(v / 2);
                mul_div(held, v - held, w, Rounding::Down)
            }
        }
    }
}

/// One asset in one market state.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Asset {
    price: Option<Price>,
    age: u64,
    fresh: Seconds,
    dead: Seconds,
    /// Initial and maintenance.
    curves: [Curve; 2],
    /// Everyone's units, if they are what counts.
    crowd: Option<u128>,
}

/// What assets are worth as collateral in one market state.
///
/// ```
/// use amm_core::book::Holdings;
/// use amm_core::num::{Real, Seconds, Timestamp};
/// use amm_core::risk::margin::{AssetFeed, AssetParams, Assets, Crowd};
///
/// let params = AssetParams {
///     haircut: Real::lit("0.125"),
///     haircut_initial: Real::lit("0.25"),
///     vol_calm: "0.5".parse()?,
///     vol_slope: Real::lit("0.5"),
///     crowd: Crowd::Holder,
///     capacity: "1000".parse()?,
///     crowding: Real::lit("0.5"),
///     fresh: Seconds::new(60)?,
///     dead: Seconds::new(3600)?,
/// };
/// let (now, mut held) = (Timestamp::new(1000), Holdings::default());
/// held.set(0, "100".parse()?)?;
/// let feed = AssetFeed { price: "50".parse()?, at: now, vol: "0.75".parse()? };
/// let backing = Assets::new(&[params], &[Some(feed)], &held, now)?.opening(&held)?;
/// // 0.125 and half of 0.25 for volatility, and half of 0.5·100/1000 for what comes before it: 0.275.
/// assert_eq!(backing.maintenance.to_string(), "3625");
/// assert_eq!(backing.initial.to_string(), "3000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Assets {
    assets: [Asset; ASSETS_MAX],
    count: usize,
}

impl Assets {
    /// Of assets by number, with what oracles last said of each, and with everyone's holdings.
    ///
    /// # Errors
    ///
    /// [`HoldingError::Unknown`] if there are more feeds than assets or more assets than
    /// [`ASSETS_MAX`], [`AssetError::FromTheFuture`], [`AssetError::OutOfRange`].
    pub fn new(
        params: &[AssetParams],
        feeds: &[Option<AssetFeed>],
        everyone: &Holdings,
        now: Timestamp,
    ) -> Result<Self, AssetError> {
        let count = params.len();
        if count > ASSETS_MAX || feeds.len() > count {
            let assets = count.min(ASSETS_MAX);
            return Err(HoldingError::Unknown { asset: assets, assets }.into());
        }
        let mut all = Self { count, ..Self::default() };
        for (asset, params) in params.iter().enumerate() {
            params.check()?;
            let place = &mut all.assets[asset];
            (place.fresh, place.dead) = (params.fresh, params.dead);
            let Some(feed) = feeds.get(asset).copied().flatten() else { continue };
            if feed.at > now {
                return Err(AssetError::FromTheFuture { asset, at: feed.at, now });
            }
            place.price = Some(feed.price);
            place.age = now.get() - feed.at.get();
            for (curve, haircut) in
                place.curves.iter_mut().zip([params.haircut_initial, params.haircut])
            {
                *curve = Curve::new(params, haircut, feed.vol).ok_or(AssetError::Overflow)?;
            }
            let held = everyone.get(asset).atoms().unsigned_abs();
            place.crowd = (params.crowd == Crowd::Everyone).then_some(held);
        }
        Ok(all)
    }

    /// What holdings stand for when something is opened or withdrawn.
    ///
    /// # Errors
    ///
    /// [`AssetError::Absent`] and [`AssetError::Stale`] for an asset that is held, whose price is not to
    /// be relied on, and [`HoldingError::Unknown`].
    pub fn opening(&self, held: &Holdings) -> Result<Backing, AssetError> {
        for (asset, _) in
            held.as_slice().iter().enumerate().filter(|(_, units)| **units > Size::ZERO)
        {
            let Asset { price, age, fresh, .. } = &self.assets[asset];
            if asset >= self.count {
                return Err(HoldingError::Unknown { asset, assets: self.count }.into());
            }
            if price.is_none() {
                return Err(AssetError::Absent { asset });
            }
            if *age > u64::from(fresh.get()) {
                return Err(AssetError::Stale { asset, age: *age, most: *fresh });
            }
        }
        self.standing(held)
    }

    /// What holdings stand for otherwise: for positions that stand, and while they are closed. It is not
    /// refused for want of a price. One older than `fresh` counts ever less, in a line to nothing at
    /// `dead`, and none at all counts nothing.
    ///
    /// # Errors
    ///
    /// [`AssetError::Overflow`].
    pub fn standing(&self, held: &Holdings) -> Result<Backing, AssetError> {
        let mut totals = [Worth::ZERO; 2];
        for (asset, &units) in self.assets.iter().zip(held.as_slice()) {
            if units <= Size::ZERO {
                continue;
            }
            for (total, curve) in totals.iter_mut().zip(&asset.curves) {
                let worth = asset.worth(curve, units).ok_or(AssetError::Overflow)?;
                *total = total.checked_add(worth).ok_or(AssetError::Overflow)?;
            }
        }
        let [initial, maintenance] =
            totals.map(|total| total.round(Rounding::Down).ok_or(AssetError::Overflow));
        Ok(Backing { initial: initial?, maintenance: maintenance? })
    }

    /// What holdings are worth at the last prices, however old and without haircuts, rounded up; those
    /// that have never had one count nothing.
    ///
    /// # Errors
    ///
    /// [`AssetError::Overflow`].
    pub fn at_price(&self, held: &Holdings) -> Result<Cash, AssetError> {
        let mut total = Worth::ZERO;
        for (asset, &units) in self.assets.iter().zip(held.as_slice()) {
            let Some(price) = asset.price else { continue };
            let worth = Worth::of(units, price.get()).ok_or(AssetError::Overflow)?;
            total = total.checked_add(worth).ok_or(AssetError::Overflow)?;
        }
        total.round(Rounding::Up).ok_or(AssetError::Overflow)
    }
}

impl Asset {
    /// `None` if it does not fit.
    fn worth(&self, curve: &Curve, units: Size) -> Option<Worth> {
        let Some(price) = self.price else { return Some(Worth::ZERO) };
        let units = units.atoms().unsigned_abs();
        let counts = match self.crowd {
            None => curve.units(units)?,
            Some(everyone) => {
                let everyone = everyone.max(units);
                mul_div(units, curve.units(everyone)?, everyone, Rounding::Down)?
            }
        };
        let (fresh, dead) = (u64::from(self.fresh.get()), u64::from(self.dead.get()));
        let left = u128::from(dead.saturating_sub(self.age.max(fresh)));
        let counts = mul_div(counts, left, u128::from(dead - fresh), Rounding::Down)?;
        Worth::of(Size::from_atoms(i128::try_from(counts).ok()?), price.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const NOW: Timestamp = Timestamp::new(10_000);

    fn params() -> AssetParams {
        AssetParams {
            haircut: Real::lit("0.125"),
            haircut_initial: Real::lit("0.25"),
            vol_calm: "0.5".parse().unwrap(),
            vol_slope: Real::lit("0.5"),
            crowd: Crowd::Everyone,
            capacity: "1000".parse().unwrap(),
            crowding: Real::ZERO,
            fresh: Seconds::new(60).unwrap(),
            dead: Seconds::new(1060).unwrap(),
        }
    }

    fn feed(vol: &str, age: u64) -> AssetFeed {
        let at = Timestamp::new(NOW.get() - age);
        AssetFeed { price: "10".parse().unwrap(), at, vol: vol.parse().unwrap() }
    }

    fn held(units: &str) -> Holdings {
        let mut held = Holdings::default();
        held.set(0, units.parse().unwrap()).unwrap();
        held
    }

    /// Maintenance and initial, of so many units among everyone's.
    fn worth(
        params: AssetParams,
        feed: AssetFeed,
        units: &str,
        all: &str,
    ) -> [std::string::String; 2] {
        let assets = Assets::new(&[params], &[Some(feed)], &held(all), NOW).unwrap();
        let backing = assets.standing(&held(units)).unwrap();
        [backing.maintenance.to_string(), backing.initial.to_string()]
    }

    #[test]
    fn haircuts_widen_with_volatility_and_crowds() {
        assert_eq!(worth(params(), feed("0.3", 0), "100", "100"), ["875", "750"]);
        assert_eq!(worth(params(), feed("0.75", 0), "100", "100"), ["750", "625"]);
        // Never past the whole of it.
        assert_eq!(worth(params(), feed("20", 0), "100", "100"), ["0", "0"]);
        // 0.875 − ½·0.5·500/1000 of what everyone holds is kept, whoever holds how much of it.
        let crowded = AssetParams { crowding: Real::lit("0.5"), ..params() };
        assert_eq!(worth(crowded, feed("0.3", 0), "100", "500"), ["750", "625"]);
        // By the holder alone: 0.875 − ½·0.5·100/1000.
        let own = AssetParams { crowd: Crowd::Holder, ..crowded };
        assert_eq!(worth(own, feed("0.3", 0), "100", "500"), ["850", "725"]);
        // Beyond 1750 units the next counts nothing, and 1750 count half of 0.875.
        assert_eq!(worth(own, feed("0.3", 0), "1750", "0")[0], "7656.25");
        assert_eq!(worth(own, feed("0.3", 0), "9000", "0")[0], "7656.25");
    }

    #[test]
    fn a_price_grows_old() {
        for (age, maintenance) in
            [(0, "875"), (60, "875"), (560, "437.5"), (1059, "0.875"), (1060, "0")]
        {
            let worth = worth(params(), feed("0.3", age), "100", "0");
            assert_eq!(worth[0], maintenance, "{age} s");
        }
        let assets = |feed| Assets::new(&[params()], &[feed], &held("0"), NOW).unwrap();
        let error = assets(Some(feed("0.3", 61))).opening(&held("1")).unwrap_err();
        assert_eq!(error.to_string(), "the price of asset 0 is 61 s old, to open it may be 60");
        // At its price it is worth that at any age.
        assert_eq!(
            assets(Some(feed("0.3", 5_000))).at_price(&held("7")).unwrap().to_string(),
            "70"
        );
        assert_eq!(assets(None).at_price(&held("7")), Ok(Cash::ZERO));
        // What is not held need not have a price.
        assert_eq!(assets(None).opening(&held("0")), Ok(Backing::default()));
        assert_eq!(assets(None).opening(&held("1")), Err(AssetError::Absent { asset: 0 }));
        assert_eq!(assets(None).standing(&held("1")), Ok(Backing::default()));
        let at = Timestamp::new(NOW.get() + 1);
        let early = AssetFeed { at, ..feed("0.3", 0) };
        let error = Assets::new(&[params()], &[Some(early)], &held("0"), NOW).unwrap_err();
        assert_eq!(error, AssetError::FromTheFuture { asset: 0, at, now: NOW });
    }

    #[test]
    fn what_is_no_asset_is_refused() {
        let held = Holdings::of(3, HOLDING_MAX).unwrap();
        let unknown = |asset| Err(HoldingError::Unknown { asset, assets: 1 }.into());
        let one = Assets::new(&[params()], &[], &held, NOW).unwrap();
        assert_eq!(one.opening(&held).map(|_| ()), unknown(3));
        let twice = Assets::new(&[params()], &[None, None], &held, NOW);
        assert_eq!(twice.map(|_| ()), unknown(1));
        for wrong in [
            AssetParams { haircut_initial: Real::lit("0.05"), ..params() },
            AssetParams { capacity: Size::ZERO, ..params() },
            AssetParams { crowding: Real::DELTA, ..params() },
            AssetParams { dead: params().fresh, ..params() },
        ] {
            let made = Assets::new(&[wrong], &[None], &held, NOW);
            assert!(matches!(made, Err(AssetError::OutOfRange(_))), "{wrong:?}");
        }
    }

    /// The most that can be held at the highest price still adds up.
    #[test]
    fn the_most_fits() {
        let dear = AssetFeed { price: Price::MAX, ..feed("0.3", 0) };
        let mut all = Holdings::default();
        for asset in 0..ASSETS_MAX {
            all.set(asset, HOLDING_MAX).unwrap();
        }
        let params = [AssetParams { haircut: Real::ZERO, ..params() }; ASSETS_MAX];
        let assets = Assets::new(&params, &[Some(dear); ASSETS_MAX], &all, NOW).unwrap();
        let backing = assets.standing(&all).unwrap();
        assert_eq!(backing.maintenance.to_string(), "800000000000000000000000");
        assert_eq!(assets.at_price(&all), Ok(backing.maintenance));
    }
}
