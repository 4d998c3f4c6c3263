//! Which accounts can have come below maintenance margin, without asking them all.

use crate::book::Series;
use crate::num::{Cash, Size};
use crate::pricing::Kind;
use crate::risk::margin::grid::{COLUMNS_MAX, Grid, GridRow, Terms};
use crate::risk::margin::{Funds, MarginError, Margins, Requirement};

/// What is kept of an account so that a market update can pass it by.
///
/// Its options' and its underlying's value less maintenance margin, at least, and how many contracts
/// could lose by which moves.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Watch {
    /// At the market's scan range and at the one in force.
    spare: [Cash; 2],
    /// Calls and puts long.
    long: [u128; 2],
    /// Calls and puts short.
    short: [u128; 2],
    /// Units of the underlying.
    base: u128,
}

impl Watch {
    /// Value less maintenance margin, at least.
    pub fn spare(&self) -> Cash {
        self.spare[0].max(self.spare[1])
    }

    /// Whether the account may be below maintenance margin. If not, it is not.
    pub fn may_cross(&self, funds: &Funds) -> bool {
        let held = funds.cash.checked_add(funds.backing.maintenance);
        let cushion = held.and_then(|held| held.checked_add(self.spare()));
        cushion.is_none_or(|cushion| cushion < Cash::ZERO)
    }
}

/// How much a market update can take from a contract, at most.
///
/// # The bound
///
/// An account's options and underlying are worth, less maintenance margin, the least of functions that
/// are linear in the grid's values but for the forward contingency, which is monotone and never steeper
/// than one: with weight w of scenario s, v₀·(1 − w) + w·f(v_s) − floor; with the basis share k,
/// v₀·(1 − k) + k·v_± and v₀ itself; for standard margin, the negative of what shorts need. So it falls by no
/// more than Σ |qᵢ|·(the most that a value can fall, for what is long, or rise, for what is short, in any of
/// these combinations), plus what the floor of a short option and of a unit has risen by. The greatest of
/// these over all lines of a kind is one number each for calls and puts, long and short, and for the
/// underlying. Rounding takes under four atoms more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shift {
    full: Rates,
    standing: Rates,
}

/// Grains for each atom of a position.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Rates {
    places: u32,
    long: [u64; 2],
    short: [u64; 2],
    base: u64,
}

/// What rounding can take besides.
const SLACK: i128 = 4;

impl Margins {
    /// What [`Margins::requirement`] says, and what to keep so that market updates can pass the account by.
    ///
    /// # Errors
    ///
    /// As [`Margins::requirement`].
    pub fn watch(
        &self,
        positions: &[(Series, Size)],
        base: Size,
    ) -> Result<(Requirement, Watch), MarginError> {
        let [full, standing] = self.both(positions, base)?;
        let mut watch = Watch {
            spare: [full.spare()?, standing.spare()?],
            base: base.atoms().unsigned_abs(),
            ..Watch::default()
        };
        for (series, position) in positions {
            let side = if *position > Size::ZERO { &mut watch.long } else { &mut watch.short };
            side[series.kind as usize] += position.atoms().unsigned_abs();
        }
        Ok((full.standing(standing), watch))
    }

    /// What an update to `next` can take from any account; `None` if the two cannot be compared, since
    /// listings, parameters or the size of a grain differ: then all accounts are to be asked.
    pub fn shift(&self, next: &Self) -> Option<Shift> {
        let full = Rates::new(&self.full, &next.full)?;
        let standing = match (&self.standing, &next.standing) {
            (None, None) => full,
            (before, after) => {
                let before = before.as_ref().unwrap_or(&self.full);
                Rates::new(before, after.as_ref().unwrap_or(&next.full))?
            }
        };
        Some(Shift { full, standing })
    }
}

impl Shift {
    /// What is still known of an account after the update.
    #[must_use]
    pub fn after(&self, watch: &Watch) -> Watch {
        let less = |spare: Cash, rates: &Rates| {
            let left = rates.drop(watch).and_then(|drop| spare.atoms().checked_sub(drop));
            Cash::from_atoms(left.unwrap_or(i128::MIN))
        };
        let [full, standing] = watch.spare;
        Watch { spare: [less(full, &self.full), less(standing, &self.standing)], ..*watch }
    }
}

impl Rates {
    /// Atoms of cash, rounded up; `None` if they do not fit.
    fn drop(&self, watch: &Watch) -> Option<i128> {
        let times = |size: u128, rate: u64| match u64::try_from(size) {
            Ok(size) => Some(u128::from(size) * u128::from(rate)),
            Err(_) => size.checked_mul(rate.into()),
        };
        let mut grains = times(watch.base, self.base)?;
        for (sizes, rates) in [(watch.long, self.long), (watch.short, self.short)] {
            for (size, rate) in sizes.into_iter().zip(rates) {
                grains = grains.checked_add(times(size, rate)?)?;
            }
        }
        i128::try_from((grains >> self.places) + 1).ok()?.checked_add(SLACK)
    }

    fn new(old: &Grid, new: &Grid) -> Option<Self> {
        let lists = |grid: &Grid| (grid.shift, grid.columns, grid.rows.len());
        if lists(old) != lists(new) || old.strikes != new.strikes {
            return None;
        }
        let mut rates = Self { places: 64 - new.shift, ..Self::default() };
        for (before, after) in old.rows.iter().zip(&new.rows) {
            if before.stamp != after.stamp
                || before.lines != after.lines
                || after.basis > before.basis
            {
                return None;
            }
            rates.row((old, before), (new, after))?;
        }
        rates.terms(old, new)?;
        Some(rates)
    }

    /// Takes in one expiry.
    fn row(
        &mut self,
        (old, before): (&Grid, &GridRow),
        (new, after): (&Grid, &GridRow),
    ) -> Option<()> {
        for kind in [Kind::Call, Kind::Put] {
            let mut moves = [Move::default(); COLUMNS_MAX];
            for line in before.start..before.start + before.lines {
                let values = old.option(line, kind).iter().zip(new.option(line, kind));
                for (of, (&old, &new)) in moves.iter_mut().zip(values) {
                    let (old, new) = (old as i64, new as i64); // under 2⁵⁴
                    of.fall = of.fall.max(old - new);
                    of.rise = of.rise.max(new - old);
                    of.most = of.most.max(old);
                }
            }
            let (long, short) = match &new.terms {
                Terms::Portfolio { weights, .. } => {
                    let full = |row: &GridRow| row.carry.map_or(1 << 64, u128::from);
                    let lost = full(before).saturating_sub(full(after));
                    portfolio(&moves[..weights.len() + 3], before.basis, lost)?
                }
                Terms::Standard { put: [share, _], .. } => {
                    let more = match kind {
                        Kind::Call => 0,
                        Kind::Put => shared(moves[0].rise, *share)?,
                    };
                    (moves[0].fall, moves[0].rise.checked_add(more)?)
                }
            };
            let naked = match kind {
                Kind::Call => (after.naked[1] - before.naked[1]).max(0),
                Kind::Put => 0,
            };
            let kind = kind as usize;
            self.long[kind] = self.long[kind].max(long.unsigned_abs());
            self.short[kind] = self.short[kind].max(short.max(naked).unsigned_abs());
        }
        Some(())
    }

    /// Takes in what does not depend on the expiry.
    fn terms(&mut self, old: &Grid, new: &Grid) -> Option<()> {
        let more = |old: i64, new: i64| (new - old).max(0).unsigned_abs();
        match (&old.terms, &new.terms) {
            (
                Terms::Portfolio { weights, fixed: [option, unit], .. },
                Terms::Portfolio { weights: others, fixed: [after, unit_after], .. },
            ) if weights == others => {
                for short in &mut self.short {
                    *short += more(*option, *after);
                }
                let falls = old.base.iter().zip(&new.base).map(|(&old, &new)| more(new, old));
                self.base = falls.max().unwrap_or(0) + more(*unit, *unit_after);
            }
            (
                Terms::Standard { maintenance, put, base: [_, base], .. },
                Terms::Standard { maintenance: after, put: puts, base: [_, base_after], .. },
            ) if put[0] == puts[0] => {
                for (short, (old, new)) in self.short.iter_mut().zip(maintenance.iter().zip(after))
                {
                    *short += more(*old, *new);
                }
                let counts = more(new.base[0] - base_after, old.base[0] - base);
                self.base = counts.max(more(new.base[0], old.base[0]));
            }
            _ => return None,
        }
        Some(())
    }
}

/// How far the values of a kind have moved in one column, and how large they were.
#[derive(Clone, Copy, Debug, Default)]
struct Move {
    fall: i64,
    rise: i64,
    most: i64,
}

/// Portfolio margin's bound for what is long and for what is short.
fn portfolio(moves: &[Move], share: u128, lost: u128) -> Option<(i64, i64)> {
    let (now, basis) = (moves[0], &moves[moves.len() - 2..]);
    // In a scenario a weight takes from now and from then in shares of one: the greater is the bound.
    let (mut long, mut short) = (now.fall, now.rise);
    for then in &moves[1..moves.len() - 2] {
        long = long.max(then.fall.checked_add(shared(then.most, lost)?)?);
        short = short.max(then.rise);
    }
    let one = 1 << 64_u128;
    let (under, over) = (one.max(share) - share, share.saturating_sub(one));
    let sum = |now: i64, against: i64, then: i64| {
        let sum = shared(now, under)?.checked_add(shared(against, over)?)?;
        sum.checked_add(shared(then, share)?)
    };
    for then in basis {
        long = long.max(sum(now.fall, now.rise, then.fall)?);
        short = short.max(sum(now.rise, now.fall, then.rise)?);
    }
    Some((long, short))
}

/// A share in Q64 under 2⁷² of grains under 2⁵⁵, rounded up.
fn shared(grains: i64, share: u128) -> Option<i64> {
    let product = u128::from(grains.unsigned_abs()) * share + u128::from(u64::MAX);
    i64::try_from(product >> 64).ok()
}
