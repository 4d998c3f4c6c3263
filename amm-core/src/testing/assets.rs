//! Laws of assets that stand as collateral.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::vec::Vec;

use super::draw::{between, inside, magnitude};
use super::exact::wide;
use super::{Verdict, ensure};
use crate::book::{AccountId, HOLDING_MAX, Holdings};
use crate::engine::{Engine, Reject};
use crate::num::{Cash, Price, Real, Rounding, Seconds, Size, Timestamp, Vol};
use crate::risk::margin::{
    AssetError, AssetFeed, AssetParams, Assets, Backing, Crowd, Funds, Seized, admits,
};

/// A way to take assets for what is missing.
pub type Seizes = fn(&Assets, &Holdings, Cash) -> core::result::Result<Seized, AssetError>;

/// An account that lacks money and holds assets.
#[derive(Clone, Debug)]
pub struct Debt {
    /// How they count.
    pub params: Vec<AssetParams>,
    /// What is known of each.
    pub feeds: Vec<Option<AssetFeed>>,
    /// What it holds.
    pub held: Holdings,
    /// What everyone holds.
    pub everyone: Holdings,
    /// What is missing.
    pub missing: Cash,
}

/// When every debt is looked at.
const NOW: Timestamp = Timestamp::new(1_700_000_000);

impl<'a> Arbitrary<'a> for Debt {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (mut params, mut feeds) = (Vec::new(), Vec::new());
        let (mut held, mut everyone) = (Holdings::default(), Holdings::default());
        for asset in 0..u.int_in_range(1..=3)? {
            params.push(asset_params(u)?);
            let age = magnitude(u, 12)? as u64;
            let (at, vol) = (Timestamp::new(NOW.get() - age), u.arbitrary::<Vol>()?);
            let price = Price::new(Real::from_bits(magnitude(u, 84)? as i128));
            let feed = AssetFeed { price: inside(price), at, vol };
            feeds.push((!u.ratio(1, 16)?).then_some(feed));
            let units = |u: &mut Unstructured<'_>| -> Result<Size> {
                Ok(Size::from_atoms((magnitude(u, 60)? as i128).min(HOLDING_MAX.atoms() / 2)))
            };
            let (own, others) = (units(u)?, units(u)?);
            inside(held.set(asset, own));
            inside(everyone.set(asset, Size::from_atoms(own.atoms() + others.atoms())));
        }
        let missing = Cash::from_atoms(magnitude(u, 90)? as i128);
        Ok(Self { params, feeds, held, everyone, missing })
    }
}

fn asset_params(u: &mut Unstructured<'_>) -> Result<AssetParams> {
    let haircut = between(u, Real::ZERO, Real::ONE)?;
    let seconds = |count: u64| Seconds::new(count).unwrap_or(Seconds::MAX);
    let fresh = u.int_in_range(0..=600)?;
    Ok(AssetParams {
        haircut,
        haircut_initial: between(u, haircut, Real::ONE)?,
        vol_calm: u.arbitrary()?,
        vol_slope: between(u, Real::ZERO, Real::ONE)?,
        crowd: if u.arbitrary()? { Crowd::Everyone } else { Crowd::Holder },
        capacity: Size::from_atoms(1 + (magnitude(u, 60)? as i128).min(HOLDING_MAX.atoms() - 1)),
        crowding: if u.arbitrary()? { Real::ZERO } else { Real::lit("0.5") },
        fresh: seconds(fresh),
        dead: seconds(fresh + 1 + magnitude(u, 12)? as u64),
    })
}

impl Debt {
    /// Of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut source = Unstructured::new(bytes);
        source.arbitrary().unwrap_or_else(|error| panic!("a debt of zeros: {error}"))
    }

    fn assets(&self) -> core::result::Result<Assets, std::string::String> {
        said(Assets::new(&self.params, &self.feeds, &self.everyone, NOW))
    }
}

fn said<T, E: core::fmt::Display>(
    result: core::result::Result<T, E>,
) -> core::result::Result<T, std::string::String> {
    result.map_err(|error| std::format!("{error}"))
}

/// What is taken is held and pays no more than is missing; nothing is kept while something is missing;
/// where something is kept, each asset gives its share of what is missing, and no atom more than that
/// rounded up; and units pay no more than they stand for, but for what values are rounded by.
pub fn seizing_is_fair(seizes: Seizes, case: &Debt) -> Verdict {
    let assets = case.assets()?;
    let Seized { units, worth } = said(seizes(&assets, &case.held, case.missing))?;
    let whole = said(assets.standing(&case.held))?.maintenance;
    ensure!(Cash::ZERO <= worth && worth <= case.missing, "{worth} for {}", case.missing);
    ensure!(case.held.less(&units).is_ok(), "{units:?} of {:?}", case.held);
    ensure!(
        worth == case.missing || units == case.held,
        "{worth} of {}, and some is kept",
        case.missing
    );
    let rest = Cash::from_atoms(case.missing.atoms() - worth.atoms());
    ensure!(worth <= whole, "{worth} for what stands for {whole}, {rest} missing");
    if units == case.held {
        ensure!(whole <= case.missing || is_last(case, whole), "all goes, and {whole} is above it");
        return Ok(());
    }
    for (asset, (taken, held)) in units.as_slice().iter().zip(case.held.as_slice()).enumerate() {
        let taken = taken.atoms().unsigned_abs();
        let product = |one: u128, other: Cash| wide(one, other.atoms().unsigned_abs());
        let due = product(held.atoms().unsigned_abs(), case.missing);
        ensure!(product(taken, whole) >= due, "{taken} atoms of asset {asset} are too few");
        ensure!(taken == 0 || product(taken - 1, whole) < due, "{taken} of asset {asset}");
    }
    // Each asset's value is rounded by three atoms of units and one of cash.
    let slack = case.feeds.iter().flatten().try_fold(4_i128, |sum, feed| {
        sum.checked_add(feed.price.get().to_num::<i128>().checked_add(1)? * 3)
    });
    let stands = said(assets.standing(&units))?.maintenance.atoms();
    let slack = slack.ok_or("the slack does not fit")?;
    ensure!(worth.atoms() <= stands + slack, "{worth} for what stands for {stands} atoms");
    Ok(())
}

/// Whether rounding up the share of each takes all: of so few atoms that the share is less than one.
fn is_last(case: &Debt, whole: Cash) -> bool {
    case.held.as_slice().iter().all(|held| {
        let (held, missing) = (held.atoms().unsigned_abs(), case.missing.atoms().unsigned_abs());
        let part = crate::num::mul_div(held, missing, whole.atoms().unsigned_abs(), Rounding::Up);
        part == Some(held)
    })
}

/// An account from which something was taken out has initial margin: in cash, options and underlying,
/// or with assets whose prices are fresh.
pub fn what_is_left_is_enough(engine: &Engine, account: AccountId) -> Verdict {
    let (needs, funds) = match engine.standing(account) {
        Err(Reject::FullyBacked) => return Ok(()),
        standing => said(standing)?,
    };
    let held = &engine.state().accounts()[&account].assets;
    let bare = Funds { backing: Backing::default(), ..funds };
    if admits(&needs, &bare).is_ok() {
        return Ok(());
    }
    let backing = said(said(engine.assets())?.opening(held))?;
    said(admits(&needs, &Funds { backing, ..funds }))
}
