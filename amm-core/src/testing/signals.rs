//! Laws of the signals: every aggregate is what the positions come to.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::vec::Vec;

use super::draw::{between, inside, magnitude};
use super::exact::wide;
use super::{Verdict, ensure};
use crate::book::{Inventory, Line, POSITION_MAX, Place};
use crate::engine::Engine;
use crate::num::{Amount, OutOfRange, Price, Real, Seconds, Size, Timestamp, Vol};
use crate::pricing::{Expiry, Kind};
use crate::signals::{
    BAND_EDGES, Book, Exposure, FLIP_TOLERANCE_BITS, Greeks, Level, Profile, SignalError, Signals,
};
use crate::surface::{Board, Row, Slice, Valued};

/// A market, positions in it, and others that have expired.
#[derive(Clone, Debug)]
pub struct Case {
    /// The underlying.
    pub spot: Price,
    /// Of each row of the board.
    pub slices: Vec<Slice>,
    /// Values.
    pub board: Board,
    /// Positions, of which the first expiry's are not on the board.
    pub inventory: Inventory,
}

/// A result of the signals.
pub type Signalled<T> = core::result::Result<T, SignalError>;

impl Case {
    /// The book of the case.
    pub fn book(&self) -> Book<'_> {
        Book { board: &self.board, inventory: &self.inventory, spot: self.spot }
    }

    /// The base volatility of a row at a log-moneyness.
    ///
    /// # Errors
    ///
    /// The slice's.
    pub fn vol(&self, row: usize, k: Real) -> Signalled<Vol> {
        Ok(self.slices[row].vol(k, self.board.rows[row].expiry.time())?)
    }

    /// A case out of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut zeros = [0; 2048];
        let length = bytes.len().min(zeros.len());
        zeros[..length].copy_from_slice(&bytes[..length]);
        let drawn = Unstructured::new(&zeros).arbitrary();
        drawn.unwrap_or_else(|error| panic!("2048 bytes are enough for a case: {error}"))
    }

    /// The same with every position changed.
    #[must_use]
    pub fn with(&self, change: impl Fn(Kind, Size) -> Size) -> Self {
        let mut other = self.clone();
        for (chain, row) in self.inventory.chains().iter().enumerate() {
            for (strike, holding) in row.holdings.iter().enumerate() {
                for kind in [Kind::Call, Kind::Put] {
                    let position = change(kind, holding.of(kind));
                    other.inventory.set(Place { chain, strike }, kind, position);
                }
            }
        }
        other
    }
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let real = |text: &str| text.parse().unwrap_or(Real::ONE);
        let spot = inside(Price::new(between(u, Real::ONE, real("1000000"))?));
        let of_spot = |share: Real| inside(Price::new((share * spot.get()).max(Real::DELTA)));
        let strikes: Vec<Price> = (0..u.int_in_range(1..=6)?)
            .map(|_| Ok(of_spot(between(u, real("0.5"), real("2"))?)))
            .collect::<Result<_>>()?;
        let (mut board, mut slices) = (Board::default(), Vec::new());
        let (mut inventory, mut time) = (Inventory::default(), 0);
        for expiry in 0..u.int_in_range(2..=4)? {
            let stamp = Timestamp::new(expiry);
            for &strike in &strikes {
                let line = Line { expiry: stamp, strike };
                if u.ratio(7, 8)? {
                    let _ = inventory.list(line); // the same strike may come twice
                }
            }
            let Ok(chain) = inventory.chain(stamp) else { continue };
            let holdings = inventory.chains()[chain].holdings.clone();
            if expiry > 0 {
                time += u.int_in_range(3_600..=20_000_000)?;
                let discount =
                    inside(crate::num::Discount::new(between(u, real("0.9"), Real::ONE)?));
                let forward = of_spot(between(u, real("0.9"), real("1.1"))?);
                let terms = inside(Expiry::new(forward, inside(Seconds::new(time)), discount));
                let row = |slice: &Slice| -> core::result::Result<Row, OutOfRange> {
                    let vol = |k| slice.vol(k, terms.time());
                    let strikes = holdings.iter().map(|holding| holding.strike);
                    Row::new(stamp, terms, strikes, vol)
                };
                let flat = Slice::Flat(inside(Vol::new(between(u, real("0.05"), real("3"))?)));
                let smile = Slice::Svi(u.arbitrary()?);
                let slice = if u.arbitrary()? && row(&smile).is_ok() { smile } else { flat };
                board.rows.push(inside(row(&slice)));
                slices.push(slice);
            }
            for strike in 0..holdings.len() {
                for kind in [Kind::Call, Kind::Put] {
                    inventory.set(Place { chain, strike }, kind, position(u)?);
                }
            }
        }
        Ok(Self { spot, slices, board, inventory })
    }
}

/// Often none, mostly small, seldom the greatest.
fn position(u: &mut Unstructured<'_>) -> Result<Size> {
    let bits = *u.choose(&[0, 34, 40, 60])?;
    let atoms = (magnitude(u, bits)? as i128).min(POSITION_MAX.atoms());
    Ok(Size::from_atoms(if u.arbitrary()? { atoms } else { -atoms }))
}

/// An exact sum of atoms times bits, modulo 2²⁵⁶.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Exact {
    hi: u128,
    lo: u128,
}

impl Exact {
    fn add(self, atoms: i128, bits: i128) -> Self {
        let (mut hi, mut lo) = wide(atoms.unsigned_abs(), bits.unsigned_abs());
        if (atoms < 0) != (bits < 0) {
            lo = lo.wrapping_neg();
            hi = (!hi).wrapping_add(u128::from(lo == 0));
        }
        let (lo, carry) = self.lo.overflowing_add(lo);
        Self { hi: self.hi.wrapping_add(hi).wrapping_add(u128::from(carry)), lo }
    }

    fn of(amount: Amount) -> Self {
        let (units, rest) = amount.to_parts();
        Self::default().add(units, Size::SCALE).add(rest.into(), 1)
    }

    /// Whether a sum of magnitudes is too large for an [`Amount`].
    fn is_much(self) -> bool {
        let (hi, lo) = wide(i128::MAX.unsigned_abs(), Size::SCALE.unsigned_abs());
        (self.hi, self.lo) > (hi, lo)
    }
}

/// Delta, gamma, vega and theta of one contract, in bits.
fn contract(row: &Row, line: &Valued, spot: Price, kind: Kind) -> [i128; 4] {
    let value = &line.value;
    let (delta, theta) = match kind {
        Kind::Call => (value.delta_call, value.theta_call),
        Kind::Put => (value.delta_put, value.theta_put),
    };
    let delta = row.expiry.forward().get() * delta / spot.get();
    [delta, line.dollar_gamma, value.vega, theta].map(Real::to_bits)
}

/// Sums over the positions of which `keep` says so, from the last to the first; with `size` of them.
fn slow(
    case: &Case,
    keep: impl Fn(&Row, &Valued) -> bool,
    size: impl Fn(i128) -> i128,
) -> [Exact; 4] {
    let mut sums = [Exact::default(); 4];
    for row in case.board.rows.iter().rev() {
        for line in row.lines.iter().rev().filter(|line| keep(row, line)) {
            let at = case.inventory.find(Line { expiry: row.stamp, strike: line.strike });
            let Some(holding) = at.map(|at| case.inventory.at(at)) else { continue };
            for kind in [Kind::Put, Kind::Call] {
                let each = contract(row, line, case.spot, kind);
                let position = holding.of(kind).atoms();
                for (sum, bits) in sums.iter_mut().zip(each) {
                    *sum = sum.add(size(position), size(bits));
                }
            }
        }
    }
    sums
}

fn is_sum(greeks: &Greeks, sums: [Exact; 4], what: &str) -> Verdict {
    let got = [greeks.delta, greeks.gamma, greeks.vega, greeks.theta].map(Exact::of);
    ensure!(got == sums, "{what}: {greeks:?} is not the sum of the positions' {sums:?}");
    Ok(())
}

/// The exposure, its total and every part of it, is the sum over positions that are quoted, to the
/// last digit; it is refused only where that could not be counted.
///
/// # Errors
///
/// How it is broken.
pub fn exposure_is_the_sum(
    exposure: impl Fn(&Case) -> Signalled<Exposure>,
    case: &Case,
) -> Verdict {
    let Ok(exposure) = exposure(case) else {
        let much = slow(case, |_, _| true, |size| size.abs());
        ensure!(much.iter().any(|sum| sum.is_much()), "refused {much:?}");
        return Ok(());
    };
    let signed = |keep: &dyn Fn(&Row, &Valued) -> bool| slow(case, keep, |size| size);
    is_sum(&exposure.total, signed(&|_, _| true), "total")?;
    ensure!(exposure.by_expiry.len() == case.board.rows.len(), "not every expiry has its part");
    for part in &exposure.by_expiry {
        is_sum(&part.greeks, signed(&|row, _| row.stamp == part.expiry), "expiry")?;
    }
    for part in &exposure.by_strike {
        is_sum(&part.greeks, signed(&|_, line| line.strike == part.strike), "strike")?;
    }
    for (place, greeks) in exposure.by_band.iter().enumerate() {
        let above = place.checked_sub(1).map_or(Real::MIN, |edge| BAND_EDGES[edge]);
        let below = BAND_EDGES.get(place).copied().unwrap_or(Real::MAX);
        let inside = |line: &Valued| above <= line.deviations && line.deviations < below;
        is_sum(greeks, signed(&|_, line| inside(line)), "band")?;
    }
    Ok(())
}

/// The parts by expiry, by strike and by band add up to the total, each exactly.
///
/// # Errors
///
/// How it is broken.
pub fn parts_add_up(exposure: impl Fn(&Case) -> Signalled<Exposure>, case: &Case) -> Verdict {
    let Ok(exposure) = exposure(case) else { return Ok(()) };
    let strikes: Vec<Greeks> = exposure.by_strike.iter().map(|part| part.greeks).collect();
    let expiries: Vec<Greeks> = exposure.by_expiry.iter().map(|part| part.greeks).collect();
    for (what, parts) in
        [("expiry", &expiries[..]), ("strike", &strikes), ("band", &exposure.by_band)]
    {
        let sum = parts.iter().try_fold(Greeks::ZERO, |sum, part| sum.checked_add(*part));
        ensure!(sum.is_none_or(|sum| sum == exposure.total), "by {what}: {sum:?}, {exposure:?}");
    }
    let ascends = exposure.by_strike.windows(2).all(|pair| pair[0].strike < pair[1].strike);
    ensure!(ascends, "strikes of {exposure:?} do not ascend");
    Ok(())
}

/// Greeks at the present spot are the present exposure.
///
/// # Errors
///
/// How it is broken.
pub fn profile_meets_exposure(
    greeks_at: impl Fn(&Case, Price) -> Signalled<Greeks>,
    case: &Case,
) -> Verdict {
    let Ok(now) = case.book().exposure() else { return Ok(()) };
    let there = greeks_at(case, case.spot).map_err(|error| std::format!("{error}"))?;
    ensure!(there == now.total, "at spot {there:?}, now {:?}", now.total);
    Ok(())
}

fn sign(gamma: Amount) -> i32 {
    gamma.cmp(&Amount::ZERO) as i32
}

/// Gamma changes its sign across every flip, which is narrow, and no change between levels is missed.
///
/// # Errors
///
/// How it is broken.
pub fn flips_change_sign(profile: &Profile, case: &Case) -> Verdict {
    let mut last = 0;
    let mut changes = Vec::new();
    for level in &profile.levels {
        let here = sign(level.greeks.gamma);
        if here * last < 0 {
            changes.push((level.spot, here > 0));
        }
        last = if here == 0 { last } else { here };
    }
    let flips = &profile.flips;
    ensure!(flips.len() == changes.len(), "{flips:?} for changes before {changes:?}");
    let mut from = Price::MIN;
    for (flip, (level, long_above)) in flips.iter().zip(changes) {
        let between = from <= flip.below && flip.below < flip.above && flip.above <= level;
        ensure!(between && flip.long_above == long_above, "{flip:?} before {level}");
        let gamma = |spot| case.book().greeks_at(spot, |row, k| case.vol(row, k));
        let (Ok(below), Ok(above)) = (gamma(flip.below), gamma(flip.above)) else {
            return Err(std::format!("{flip:?} cannot be valued"));
        };
        let new = if long_above { 1 } else { -1 };
        let changes = sign(above.gamma) == new && sign(below.gamma) != new;
        ensure!(changes, "{flip:?}: from {} to {}", below.gamma, above.gamma);
        let width = flip.above.get() - flip.below.get();
        let tolerance = (flip.below.get() >> FLIP_TOLERANCE_BITS).max(Real::DELTA);
        ensure!(width <= tolerance, "{flip:?} is {width} wide");
        from = flip.above;
    }
    Ok(())
}

/// Walls are the greatest local maxima of gamma's size, ends of the ladder left out.
///
/// # Errors
///
/// How it is broken.
pub fn walls_stand_out(profile: &Profile, most: usize) -> Verdict {
    let size = |level: &Level| {
        let gamma = level.greeks.gamma;
        gamma.max(gamma.checked_neg().unwrap_or(gamma))
    };
    let levels = &profile.levels;
    let differs = |place: usize, mut others: std::vec::IntoIter<usize>| {
        others.find(|&other| size(&levels[other]) != size(&levels[place]))
    };
    let mut tops = Vec::new();
    for (place, level) in levels.iter().enumerate() {
        let before = differs(place, (0..place).rev().collect::<Vec<_>>().into_iter());
        let after = differs(place, (place..levels.len()).collect::<Vec<_>>().into_iter());
        let first = place == 0 || size(&levels[place - 1]) != size(level);
        if let (true, Some(before), Some(after)) = (first, before, after)
            && size(level) > size(&levels[before]).max(size(&levels[after]))
        {
            tops.push(*level);
        }
    }
    tops.sort_by_key(|level| core::cmp::Reverse((size(level), core::cmp::Reverse(level.spot))));
    tops.truncate(most);
    ensure!(profile.walls == tops, "{:?} for {tops:?}", profile.walls);
    Ok(())
}

/// Signals say of a state what its parts say.
///
/// # Errors
///
/// How it is broken.
pub fn signals_follow_the_state(signals: &Signals, engine: &Engine) -> Verdict {
    let (state, Some(desk)) = (engine.state(), engine.desk()) else {
        return Err("there is no market".into());
    };
    let total = &signals.exposure.total;
    ensure!(total.delta == engine.tally().delta, "{total:?} for {:?}", engine.tally());
    let gains: Vec<Real> = desk.potential.gains().map(|node| node.gain).collect();
    let bands: Vec<Real> =
        signals.buckets.iter().flat_map(|bucket| bucket.band_gains.iter().copied()).collect();
    ensure!(bands == gains, "{bands:?} for {gains:?}");
    let most = gains.iter().copied().max().unwrap_or(Real::ZERO);
    ensure!(signals.gain_max == most, "{} for {most}", signals.gain_max);
    let paid = signals.skew_reserve.checked_add(desk.potential.value().into());
    ensure!(paid == Some(state.pool().skew_paid), "skew: {paid:?}");
    let paid = signals.flow_reserve.checked_add(desk.flow.value().into());
    ensure!(paid == Some(state.pool().flow_paid), "flow: {paid:?}");
    ensure!(signals.realised_variance == state.realised().variance(), "realised variance");
    let feeds = state.market().map_or(&[][..], |market| &market.feeds);
    let rows = &desk.board.rows;
    ensure!(signals.buckets.len() == rows.len(), "{} buckets", signals.buckets.len());
    let mut sum = Real::ZERO;
    for (place, bucket) in signals.buckets.iter().enumerate() {
        let feed = &feeds[place];
        sum += bucket.forward_variance;
        let highest = rows[..=place].iter().map(|row| row.variance).max();
        ensure!(bucket.variance == rows[place].variance, "{bucket:?}");
        ensure!(Some(sum) == highest, "variances add up to {sum}, not to {highest:?}");
        let mut gamma = Amount::ZERO;
        for (row, line) in
            rows[place..].iter().flat_map(|row| row.lines.iter().map(move |line| (row, line)))
        {
            let line_at = Line { expiry: row.stamp, strike: line.strike };
            let holding = state.inventory().find(line_at).map(|at| *state.inventory().at(at));
            let position = holding.and_then(|holding| holding.short().checked_neg());
            let part = position.and_then(|position| Amount::of(position, line.dollar_gamma));
            gamma = part.and_then(|part| gamma.checked_add(part)).unwrap_or(gamma);
        }
        // (x − x⁰)·L + Γ is zero but for the rounding of x.
        let depth = feed.depth.get();
        let back = (bucket.gain - feed.outside_gain).saturating_mul(depth);
        let off = back.saturating_add(gamma.floor()).abs();
        ensure!(off <= units(depth, 3), "{bucket:?}: gamma is {gamma}");
        let flow = Exact::default().add(desk.flow.states()[place], 1 << 16);
        ensure!(Exact::of(bucket.flow) == flow, "{bucket:?} for a flow of {flow:?}");
        let scale = state.params().flow.scale;
        let off = bucket.flow_relative.saturating_mul(scale).abs_diff(bucket.flow.floor());
        ensure!(off <= units(scale, 3), "{bucket:?}: the scale is {scale}");
        let rest = Real::ONE - bucket.gain;
        let off = bucket.vol_multiplier.map(|by| by.saturating_mul(rest).abs_diff(Real::ONE));
        ensure!(off.is_none_or(|off| off <= units(rest, 3)), "{bucket:?}: multiplier");
        ensure!(off.is_none() == (rest < Real::DELTA << 2), "{bucket:?}: multiplier");
    }
    Ok(())
}

/// What `count` units of 2⁻⁶⁴ of a factor, and as many of the product, come to.
fn units(factor: Real, count: i128) -> Real {
    Real::from_bits(((factor.to_bits() >> 64) + 2) * count)
}
