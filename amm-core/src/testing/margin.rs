//! Laws of margin.
//!
//! What does *not* hold, and is not a law: an account may need more after a closing trade (one leg of a
//! hedge gone), so closing is admitted by rule and not by margin; standard margin of two accounts
//! together may be more than that of each, since an expiry takes the less of two measures as a whole;
//! and so may maintenance margin while two scan ranges are in force, for the same reason.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::vec::Vec;

use super::draw::{between, inside};
use super::{Verdict, ensure};
use crate::book::{Holdings, Series};
use crate::math;
use crate::num::{
    Amount, Cash, Discount, OutOfRange, Price, Real, Rounding, Seconds, Size, Timestamp, Vol,
};
use crate::pricing::{Expiry, Kind, price};
use crate::risk::margin::{
    Assets, Backing, Conditions, Exposure, Funds, MarginError, MarginParams, Margins, Portfolio,
    Requirement, RowConditions, Rule, Scan, Shift, StandingRange, VolMove, VolScan, Watch,
};
use crate::surface::{Board, Row};

/// A market that margin is computed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct World {
    /// Seconds since the beginning, under a day.
    pub second: u64,
    /// Spot; forwards are a thousandth a month above it.
    pub spot: Price,
    /// Volatility at the money.
    pub vol: Real,
    /// Discount factors are e^(−rate·T), nearly.
    pub rate: Real,
    /// The loop gain.
    pub gain: Real,
    /// The confidence in spot.
    pub confidence: Real,
}

/// Two accounts, an order, and a market that moves.
#[derive(Clone, Debug)]
pub struct Case {
    /// The rule.
    pub params: MarginParams,
    /// The scan range in force.
    pub standing: StandingRange,
    /// The market.
    pub world: World,
    /// The same later.
    pub next: World,
    /// Strikes of every expiry.
    pub strikes: Vec<Price>,
    /// One account's options.
    pub one: Vec<(Series, Size)>,
    /// Another's.
    pub two: Vec<(Series, Size)>,
    /// Units of the underlying.
    pub base: [Size; 2],
}

/// When every case begins.
const BEGIN: u64 = 1_700_000_000;

/// Expiries, in days.
const DAYS: [u64; 4] = [1, 7, 30, 180];

type Said<T> = core::result::Result<T, std::string::String>;

fn said<T, E: core::fmt::Display>(result: core::result::Result<T, E>) -> Said<T> {
    result.map_err(|error| std::format!("{error}"))
}

impl World {
    fn expiry(&self, days: u64) -> Expiry {
        let time = inside(Seconds::new(days * 86_400 - self.second));
        let months = Real::from_num(days) / 30_000;
        let forward = inside(Price::new(self.spot.get() + self.spot.get() * months));
        let years = Real::from_num(days) / 365;
        let discount = Real::ONE - (self.rate * years).min(Real::lit("0.5"));
        inside(Expiry::new(forward, time, inside(Discount::new(discount))))
    }

    /// A smile: a quarter more volatility at twice or half the forward.
    fn smile(&self, k: Real) -> core::result::Result<Vol, OutOfRange> {
        let wing = (k * k / 2).min(Real::ONE);
        Vol::new((self.vol + self.vol * wing).min(Vol::MAX.get()))
    }

    fn board(&self, strikes: &[Price]) -> Board {
        let row = |days: u64| {
            let stamp = Timestamp::new(BEGIN + days * 86_400);
            let strikes = strikes.iter().copied();
            inside(Row::new(stamp, self.expiry(days), strikes, |k| self.smile(k)))
        };
        Board { rows: DAYS.into_iter().map(row).collect() }
    }

    fn conditions(&self) -> Conditions {
        let vol = inside(Vol::new(self.vol));
        let (gain, confidence) = (self.gain, self.confidence);
        Conditions { gain, confidence, ..Conditions::calm(self.spot, vol) }
    }
}

impl Case {
    /// Of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut source = Unstructured::new(bytes);
        source.arbitrary().unwrap_or_else(|error| panic!("a case of zeros: {error}"))
    }

    /// Margin in a market.
    ///
    /// # Errors
    ///
    /// What is refused, which nothing is.
    pub fn margins(&self, world: &World) -> Said<Margins> {
        let board = world.board(&self.strikes);
        let rows: Vec<_> = board.rows.iter().map(RowConditions::of).collect();
        let conditions = world.conditions();
        said(Margins::new(&self.params, &conditions, &self.standing, &board, &rows))
    }

    /// Whether positions that stand have a scan range of their own.
    fn two_ranges(&self) -> Said<bool> {
        let range = said(self.params.range(&self.world.conditions()))?;
        Ok(self.standing.range() > 0 && self.standing.range() < range)
    }

    fn portfolio(&self) -> Option<&Portfolio> {
        match &self.params.rule {
            Rule::Portfolio(portfolio) => Some(portfolio),
            Rule::Standard(_) => None,
        }
    }
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let params = *u.choose(&[
            MarginParams::dynamic(),
            MarginParams::derive_portfolio(),
            MarginParams::derive_portfolio_21(),
            MarginParams::derive_standard(),
        ])?;
        let spot = between(u, Real::lit("50"), Real::lit("90000"))?;
        let share = |u: &mut Unstructured<'_>, most: &str| between(u, Real::ZERO, Real::lit(most));
        let world = World {
            second: u.int_in_range(0..=80_000)?,
            spot: inside(Price::new(spot)),
            vol: between(u, Real::lit("0.1"), Real::lit("2.5"))?,
            rate: share(u, "0.2")?,
            gain: share(u, "0.8")?,
            confidence: if u.arbitrary()? { Real::ONE } else { share(u, "1")? },
        };
        let moved = spot * between(u, Real::lit("0.8"), Real::lit("1.25"))?;
        let next = World {
            second: world.second + u.int_in_range(0..=6_000)?,
            spot: inside(Price::new(moved)),
            vol: world.vol * between(u, Real::lit("0.5"), Real::lit("1.9"))?,
            rate: if u.arbitrary()? { world.rate } else { share(u, "0.2")? },
            ..world
        };
        let strike = |tenth: i128| inside(Price::new(spot * tenth / 10 + Real::lit("0.3")));
        // Around the money, or on one side of it.
        let first = *u.choose(&[5, 5, 3, 11])?;
        let strikes = (first..first + 11).step_by(2).map(strike).collect::<Vec<_>>();
        let range = share(u, "0.3")?;
        let standing = match u.arbitrary()? {
            true => StandingRange::default(),
            false => StandingRange::default().after(Timestamp::new(BEGIN), range, Real::ZERO),
        };
        let (one, two) = (held(u, &strikes)?, held(u, &strikes)?);
        let mut units = || Ok(Size::from_atoms(u.int_in_range(0..=9_000_000_000)?));
        let base = [units()?, units()?];
        Ok(Self { params, standing, world, next, strikes, one, two, base })
    }
}

/// Positions of every shape: few or many, hedged or not.
fn held(u: &mut Unstructured<'_>, strikes: &[Price]) -> Result<Vec<(Series, Size)>> {
    let (mut positions, dense) = (Vec::new(), u.int_in_range(1..=8)?);
    for days in DAYS {
        for &strike in strikes {
            for kind in [Kind::Call, Kind::Put] {
                if !u.ratio(dense, 16_u8)? {
                    continue;
                }
                let atoms = match u.int_in_range(0..=3)? {
                    0 => 1_000_000_000,
                    1 => -1_000_000_000,
                    _ => u.int_in_range(-50_000_000_000_i64..=50_000_000_000)?,
                };
                let expiry = Timestamp::new(BEGIN + days * 86_400);
                if atoms != 0 {
                    let series = Series { expiry, strike, kind };
                    positions.push((series, Size::from_atoms(atoms.into())));
                }
            }
        }
    }
    Ok(positions)
}

/// Both accounts' positions in one.
fn together(one: &[(Series, Size)], two: &[(Series, Size)]) -> Vec<(Series, Size)> {
    let mut all: Vec<(Series, Size)> = one.to_vec();
    for &(series, size) in two {
        match all.binary_search_by_key(&series, |(held, _)| *held) {
            Ok(place) => {
                all[place].1 = Size::from_atoms(all[place].1.atoms() + size.atoms());
            }
            Err(place) => all.insert(place, (series, size)),
        }
    }
    all
}

/// A way to compute margin.
pub type Measure =
    fn(&Margins, &[(Series, Size)], Size) -> core::result::Result<Requirement, MarginError>;

/// Options short at each strike net of those long, and units held, need their floor; and what is needed
/// is never below zero.
pub fn needs_its_floor(measure: Measure, case: &Case) -> Verdict {
    let need = said(measure(&case.margins(&case.world)?, &case.one, case.base[0]))?;
    ensure!(need.floor >= Cash::ZERO, "a floor of {}", need.floor);
    ensure!(need.maintenance >= need.floor, "{} under a floor of {}", need.maintenance, need.floor);
    let Some(portfolio) = case.portfolio() else { return Ok(()) };
    let same_line = |one: &(Series, Size), other: &(Series, Size)| one.0.line() == other.0.line();
    let naked: i128 = case
        .one
        .chunk_by(same_line)
        .map(|line| -line.iter().map(|(_, size)| size.atoms()).sum::<i128>().min(0))
        .sum();
    let spot = case.world.spot.get();
    let options = Amount::of(Size::from_atoms(naked), spot * portfolio.fixed.option);
    let units = Amount::of(case.base[0], spot * portfolio.fixed.base);
    let floor = options.zip(units).and_then(|(options, units)| options.checked_add(units));
    let floor = floor.ok_or("the floor does not fit")?.round(Rounding::Down);
    ensure!(need.maintenance >= floor, "{} under a floor of {floor}", need.maintenance);
    Ok(())
}

/// What it takes to hold is never more than what it takes to open.
pub fn holding_takes_no_more_than_opening(measure: Measure, case: &Case) -> Verdict {
    let need = said(measure(&case.margins(&case.world)?, &case.one, case.base[0]))?;
    let Requirement { initial, maintenance, .. } = need;
    ensure!(maintenance <= initial, "{maintenance} to hold and {initial} to open");
    Ok(())
}

/// Two accounts in one need no more than each by itself: portfolio margin, at one scan range.
pub fn together_they_need_no_more(measure: Measure, case: &Case) -> Verdict {
    let margins = case.margins(&case.world)?;
    let need = |positions: &[_], base| said(measure(&margins, positions, base));
    let (one, two) = (need(&case.one, case.base[0])?, need(&case.two, case.base[1])?);
    let base = Size::from_atoms(case.base[0].atoms() + case.base[1].atoms());
    let all = need(&together(&case.one, &case.two), base)?;
    let sum = |one: Cash, two: Cash| Cash::from_atoms(one.atoms() + two.atoms());
    let initial = sum(one.initial, two.initial);
    ensure!(all.initial <= initial, "{} together, {initial} apart", all.initial);
    if !case.two_ranges()? {
        let maintenance = sum(one.maintenance, two.maintenance);
        ensure!(
            all.maintenance <= maintenance,
            "{} together, {maintenance} apart",
            all.maintenance
        );
    }
    Ok(())
}

/// An account with twice of everything needs no less, but for an atom; nor more than twice as much.
pub fn size_counts_in_proportion(measure: Measure, case: &Case) -> Verdict {
    let margins = case.margins(&case.world)?;
    let one = said(measure(&margins, &case.one, case.base[0]))?;
    let twice: Vec<_> = together(&case.one, &case.one);
    let base = Size::from_atoms(2 * case.base[0].atoms());
    let two = said(measure(&margins, &twice, base))?;
    for (one, two) in [(one.initial, two.initial), (one.maintenance, two.maintenance)] {
        let (one, two) = (one.atoms(), two.atoms());
        ensure!(one <= two + 1 && two <= 2 * one, "{one} atoms for one, {two} for two");
    }
    Ok(())
}

/// More of the underlying never leaves less over maintenance margin, but for two atoms of rounding.
pub fn more_of_the_underlying_never_hurts(measure: Measure, case: &Case) -> Verdict {
    let margins = case.margins(&case.world)?;
    let spare = |base| said(measure(&margins, &case.one, base).and_then(|need| need.spare()));
    let (less, more) = (case.base[0].min(case.base[1]), case.base[0].max(case.base[1]));
    let (with_less, with_more) = (spare(less)?, spare(more)?);
    let kept = with_more.atoms() + 2 >= with_less.atoms();
    ensure!(kept, "{less} units leave {with_less}, {more} leave {with_more}");
    Ok(())
}

/// Portfolio margin is the loss of the worst scenario as it says it is computed, each option priced by
/// itself; at one scan range.
pub fn the_worst_is_as_stated(measure: Measure, case: &Case) -> Verdict {
    let Some(portfolio) = case.portfolio() else { return Ok(()) };
    if case.two_ranges()? {
        return Ok(());
    }
    let need = said(measure(&case.margins(&case.world)?, &case.one, case.base[0]))?;
    let range = match portfolio.scan {
        Scan::Fixed => Real::ONE,
        Scan::Dynamic(scan) => said(scan.range(&case.world.conditions()))?,
    };
    let world = Stated { case, portfolio };
    let now = world.value(Real::ZERO, VolMove::None, false)?;
    let mut worst = world.basis()?;
    for scenario in portfolio.scenarios.as_slice() {
        let by = scenario.spot * range;
        let spot = case.world.spot.get();
        let units = world.money(case.base[0], spot * by)?;
        let then = world.value(by, scenario.vol, true)?;
        worst = worst.max((now - then - units) * scenario.weight);
    }
    let floor = Amount::from(Real::from_bits(need.floor.atoms())).floor();
    let floor = floor / Real::from_bits(Cash::SCALE); // atoms over atoms in one
    let want = worst + floor;
    let got = Real::from_bits(need.maintenance.atoms()) / Real::from_bits(Cash::SCALE);
    let gross: i128 = case.one.iter().map(|(_, size)| size.atoms().abs()).sum();
    let gross =
        world.money(Size::from_atoms(gross + case.base[0].atoms()), case.world.spot.get())?;
    let off = gross / (1_i128 << 44) + Real::lit("0.00000001");
    ensure!(got >= want - off, "{got}, and a scenario takes {want}");
    ensure!(got <= want + off, "{got}, and no scenario takes more than {want}");
    Ok(())
}

/// Portfolio margin by its description.
struct Stated<'a> {
    case: &'a Case,
    portfolio: &'a Portfolio,
}

impl Stated<'_> {
    fn money(&self, size: Size, price: Real) -> Said<Real> {
        Ok(Amount::of(size, price).ok_or("a value does not fit")?.floor())
    }

    /// An expiry's options after a move.
    fn expiry(&self, days: u64, by: Real, vol: VolMove) -> Said<Real> {
        let base = self.case.world.expiry(days);
        let forward = base.forward().get() + base.forward().get() * by;
        let moved = inside(Expiry::new(inside(Price::new(forward)), base.time(), base.discount()));
        let stamp = Timestamp::new(BEGIN + days * 86_400);
        let mut sum = Real::ZERO;
        for (series, size) in self.case.one.iter().filter(|(series, _)| series.expiry == stamp) {
            let k = said(math::ln(series.strike.get() / base.forward().get()))?;
            let quoted = inside(self.case.world.smile(k));
            let shocked = self.shocked(quoted, base.time(), by, vol)?;
            let prices = price(&moved, series.strike, shocked);
            let each = if series.kind == Kind::Call { prices.call } else { prices.put };
            sum += self.money(*size, each)?;
        }
        Ok(sum)
    }

    fn shocked(&self, vol: Vol, time: Seconds, by: Real, way: VolMove) -> Said<Vol> {
        let VolScan { up, down, near, far, floor, slope_down, slope_up } = self.portfolio.vol;
        const MONTH: Real = Real::lit("2592000");
        let power = if Real::from_num(time.get()) <= MONTH { near } else { far };
        let tau = MONTH / Real::from_num(time.get().max(floor.get()));
        let scale = said(math::exp(said(math::ln(tau))? * power))?;
        let week = said(math::exp(said(math::ln(Real::from_num(30) / 7))? * power))?;
        let slope = if by < 0 { slope_down } else { slope_up };
        let vol = match way {
            VolMove::None => vol.get(),
            VolMove::Up => vol.get() * (Real::ONE + up * scale) + slope * by.abs() * scale / week,
            VolMove::Down => vol.get() * (Real::ONE - down * scale).max(Real::ZERO),
        };
        let vol = vol.min(Vol::MAX.get());
        Ok(if vol < Vol::MIN.get() { Vol::ZERO } else { inside(Vol::new(vol)) })
    }

    /// Everything after a move, with what the forward contingency takes off gains or without.
    fn value(&self, by: Real, vol: VolMove, carried: bool) -> Said<Real> {
        let carry = &self.portfolio.carry;
        DAYS.into_iter().try_fold(Real::ZERO, |sum, days| {
            let value = self.expiry(days, by, vol)?;
            if !carried || value <= 0 {
                return Ok(sum + value);
            }
            let expiry = self.case.world.expiry(days);
            let rate = expiry.rate() * carry.rate_times + carry.rate_plus;
            let years = Real::from_num(expiry.time().get()) / 31_536_000;
            Ok(sum + value * (carry.share * said(math::exp(-(years * rate)))?))
        })
    }

    fn basis(&self) -> Said<Real> {
        let basis = &self.portfolio.basis;
        DAYS.into_iter().try_fold(Real::ZERO, |sum, days| {
            let value = |by| self.expiry(days, by, VolMove::None);
            let then = value(basis.up)?.min(value(-basis.down)?);
            let lost = (value(Real::ZERO)? - then).max(Real::ZERO);
            let years = Real::from_num(self.case.world.expiry(days).time().get()) / 31_536_000;
            Ok(sum + lost * (basis.share + basis.share_per_year * years))
        })
    }
}

/// A way to say what an order would make of an account.
pub type WhatIf = fn(
    &Exposure,
    &Margins,
    &[(Series, Size)],
    &[(Series, Size)],
    Size,
) -> core::result::Result<Requirement, MarginError>;

/// What an order would need is, to the atom, what is needed once it is done.
pub fn what_if_is_what_is(what_if: WhatIf, case: &Case) -> Verdict {
    let margins = case.margins(&case.world)?;
    let legs = &case.two[..case.two.len().min(5)];
    let exposure = said(margins.exposure(&case.one))?;
    let said_before = said(what_if(&exposure, &margins, &case.one, legs, case.base[1]))?;
    let mut after = together(&case.one, legs);
    after.retain(|(_, size)| *size != Size::ZERO);
    let is = said(margins.requirement(&after, case.base[1]))?;
    ensure!(said_before == is, "{said_before:?} before the order, {is:?} after");
    Ok(())
}

/// A way to keep watch of an account over a market update.
pub type Keep = fn(&Shift, &Watch) -> Watch;

/// An account that is passed by at a market update is above maintenance margin.
pub fn watch_is_never_late(keep: Keep, case: &Case) -> Verdict {
    let (before, after) = (case.margins(&case.world)?, case.margins(&case.next)?);
    let (_, watch) = said(before.watch(&case.one, case.base[0]))?;
    let Some(shift) = before.shift(&after) else { return Ok(()) };
    let kept = keep(&shift, &watch);
    let (need, is) = said(after.watch(&case.one, case.base[0]))?;
    let spare = said(need.spare())?;
    ensure!(spare == is.spare(), "{spare} and {}", is.spare());
    ensure!(kept.spare() <= spare, "{} is thought to be left, {spare} is", kept.spare());
    // With as much cash as the watch still knows to be enough.
    let cash = Cash::from_atoms(-kept.spare().atoms());
    let funds = Funds { cash, backing: Backing::default() };
    ensure!(!kept.may_cross(&funds), "{} and {cash} in cash may cross", kept.spare());
    ensure!(said(need.cushion(&funds))? >= Cash::ZERO, "passed by, {} left", kept.spare());
    Ok(())
}

/// A way to value holdings.
pub type Value =
    fn(&Assets, &Holdings) -> core::result::Result<Backing, crate::risk::margin::AssetError>;

/// More of an asset is never worth less, initial margin gets no more than maintenance margin, and no
/// asset counts for more than its price times one less its least haircut.
pub fn more_is_never_worth_less(
    value: Value,
    assets: &Assets,
    (asset, less, more): (usize, Size, Size),
    most: Real,
) -> Verdict {
    let worth = |units| {
        let mut held = Holdings::default();
        said(held.set(asset, units))?;
        said(value(assets, &held))
    };
    let (with_less, with_more) = (worth(less)?, worth(more)?);
    for backing in [with_less, with_more] {
        let Backing { initial, maintenance } = backing;
        ensure!(Cash::ZERO <= initial && initial <= maintenance, "{initial} and {maintenance}");
    }
    ensure!(
        with_less.maintenance <= with_more.maintenance && with_less.initial <= with_more.initial,
        "{less} units are worth {with_less:?}, {more} {with_more:?}"
    );
    let most = Amount::of(more, most).ok_or("the value does not fit")?.round(Rounding::Up);
    ensure!(with_more.maintenance <= most, "{} for at most {most}", with_more.maintenance);
    Ok(())
}
