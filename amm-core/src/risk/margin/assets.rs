//! What stands as collateral beside cash and the underlying.

use crate::num::{Cash, OutOfRange, Price, Real, Rounding, Seconds, Size, Timestamp, Vol, mul_div};
use crate::risk::within::within;
use crate::risk::worth::Worth;

/// The most kinds of asset.
pub const ASSETS_MAX: usize = 8;

/// The most units of one asset that all accounts together may hold: 10¹¹.
pub const HOLDING_MAX: Size = Size::from_atoms(100_000_000_000 * Size::SCALE);

/// Units of each asset that an account holds, by the asset's number. None is negative.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Holdings([Size; ASSETS_MAX]);

/// Why assets cannot be held or valued.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// There is none of this number.
    #[error("asset {asset}, there are {assets}")]
    Unknown {
        /// Its number.
        asset: usize,
        /// How many there are.
        assets: usize,
    },
    /// Less than nothing, or more than all accounts may hold.
    #[error("a holding is 0 to {HOLDING_MAX}, not {got} of asset {asset}")]
    Holding {
        /// The asset's number.
        asset: usize,
        /// Units.
        got: Size,
    },
    /// No price has been seen.
    #[error("asset {asset} has no price")]
    Absent {
        /// Its number.
        asset: usize,
    },
    /// The price is too old to open on.
    #[error("the price of asset {asset} is {age} s old, to open it may be {most}")]
    Stale {
        /// Its number.
        asset: usize,
        /// Seconds.
        age: u64,
        /// The oldest that will do.
        most: Seconds,
    },
    /// The price was seen after now.
    #[error("the price of asset {asset} is of {at}, and it is {now}")]
    FromTheFuture {
        /// Its number.
        asset: usize,
        /// When it was seen.
        at: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// All together is worth more than cash can count, which holdings and prices in their ranges are not.
    #[error("the value of the assets does not fit")]
    Overflow,
    /// A number's range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl Holdings {
    /// Units of an asset, none if there is no such asset.
    pub fn get(&self, asset: usize) -> Size {
        self.0.get(asset).copied().unwrap_or(Size::ZERO)
    }

    /// Makes it the units of an asset.
    ///
    /// # Errors
    ///
    /// [`AssetError::Unknown`], [`AssetError::Holding`]; then nothing has changed.
    pub fn set(&mut self, asset: usize, units: Size) -> Result<(), AssetError> {
        let place = self.0.get_mut(asset);
        let place = place.ok_or(AssetError::Unknown { asset, assets: ASSETS_MAX })?;
        if units < Size::ZERO || units > HOLDING_MAX {
            return Err(AssetError::Holding { asset, got: units });
        }
        *place = units;
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0 == [Size::ZERO; ASSETS_MAX]
    }

    /// By number.
    pub const fn as_slice(&self) -> &[Size] {
        &self.0
    }
}

/// Of units by number.
impl TryFrom<[Size; ASSETS_MAX]> for Holdings {
    type Error = AssetError;

    fn try_from(units: [Size; ASSETS_MAX]) -> Result<Self, AssetError> {
        let mut holdings = Self::default();
        for (asset, units) in units.into_iter().enumerate() {
            holdings.set(asset, units)?;
        }
        Ok(holdings)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Holdings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let units = <[Size; ASSETS_MAX]>::deserialize(deserializer)?;
        units.try_into().map_err(serde::de::Error::custom)
    }
}

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
/// use amm_core::num::{Real, Seconds, Timestamp};
/// use amm_core::risk::margin::{AssetFeed, AssetParams, Assets, Crowd, Holdings};
///
/// let params = AssetParams {
///     haircut: Real::lit("0.1"),
///     haircut_initial: Real::lit("0.2"),
///     vol_calm: "0.5".parse()?,
///     vol_slope: Real::lit("0.5"),
///     crowd: Crowd::Holder,
///     capacity: "1000".parse()?,
///     crowding: Real::lit("0.4"),
///     fresh: Seconds::new(60)?,
///     dead: Seconds::new(3600)?,
/// };
/// let (now, mut held) = (Timestamp::new(1000), Holdings::default());
/// held.set(0, "100".parse()?)?;
/// let feed = AssetFeed { price: "50".parse()?, at: now, vol: "0.7".parse()? };
/// let backing = Assets::new(&[params], &[Some(feed)], &held, now)?.opening(&held)?;
/// // 0.1 and half of 0.2 for volatility, and half of 0.4·100/1000 for what comes before it: 0.22.
/// assert_eq!((backing.maintenance.to_string(), backing.initial.to_string()), ("3900".into(), "3400".into()));
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
    /// [`AssetError::Unknown`] if there are more feeds than assets or more assets than
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
            return Err(AssetError::Unknown { asset: assets, assets });
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
    /// be relied on, and [`AssetError::Unknown`].
    pub fn opening(&self, held: &Holdings) -> Result<Backing, AssetError> {
        for (asset, _) in
            held.as_slice().iter().enumerate().filter(|(_, units)| **units > Size::ZERO)
        {
            let Asset { price, age, fresh, .. } = &self.assets[asset];
            if asset >= self.count {
                return Err(AssetError::Unknown { asset, assets: self.count });
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
