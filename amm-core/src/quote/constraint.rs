//! What it means that the quotes of the listed grid hold no static arbitrage: sums of prices that
//! may not fall below zero, none of which needs a model.
//!
//! All but [`Family::Bound`] say that a chord of prices lies above a price: an option costs no more
//! than the mix of two others that always pays as much. On the complete list of strikes of an
//! expiry, with strike 0 (a put worth nothing) before and infinity (a call worth nothing) after
//! it, this is all there is (Carr and Madan 2005).
//!
//! Between neighbouring expiries calls over DF·F may not fall at equal K/F, and the two ladders
//! seldom have such strikes in common. For a strike K of the near expiry the far price at
//! K′ = K·F₂/F₁ lies under the chord of the listed far strikes around it, so that a near price above
//! the chord pays whoever sells it and buys the chord, as far as F₂/F₁ is fixed. Where ladders are
//! aligned that is the calendar spread itself. A far ladder that ends below K′ bounds it by its
//! last call.

use arrayvec::ArrayVec;

use crate::book::Place;
use crate::math::mul_wide;
use crate::num::{Price, Real, Rounding, mul_div};
use crate::pricing::{Kind, PRICE_MAX_ERROR};
use crate::quote::{Desk, LinePlace, Marginals};
use crate::surface::{Board, Row};

/// What a constraint forbids.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Family {
    /// An option worth less than nothing or its intrinsic value, or a call worth more than DF·F.
    Bound,
    /// A call that rises with the strike.
    Fall,
    /// A put that falls with the strike: a call that falls by more than DF times the distance.
    Rise,
    /// A butterfly worth less than nothing.
    Convex,
    /// A calendar spread worth less than nothing.
    Calendar,
}

impl Family {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Bound, Self::Fall, Self::Rise, Self::Convex, Self::Calendar];
}

impl core::fmt::Display for Family {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Bound => "the bounds of a price",
            Self::Fall => "the fall of calls with the strike",
            Self::Rise => "the rise of puts with the strike",
            Self::Convex => "convexity in the strike",
            Self::Calendar => "the rise of calls with the expiry",
        })
    }
}

/// An option of a constraint and how many of it are held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Leg {
    /// Its line.
    pub at: LinePlace,
    /// In units of 2⁻⁶²: from −1 to 1, below zero for the first leg unless it is alone.
    pub(super) weight: i64,
}

impl Leg {
    /// How many are held: from −1 to 1, good to 2⁻⁶¹.
    pub const fn weight(&self) -> Real {
        Real::from_bits((self.weight as i128) << 2)
    }
}

/// A portfolio of listed options that may not be worth less than nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Constraint {
    /// What it keeps off.
    pub family: Family,
    /// Whether all its options are calls or puts; by parity it is the same.
    pub kind: Kind,
    /// Its options, the one that it is about first.
    pub legs: ArrayVec<Leg, 3>,
    /// What is held in cash.
    pub cash: Real,
    /// How far below nothing it may be worth on the base surface.
    pub(super) tolerance: Real,
}

/// One in the units of a weight.
const ONE: i64 = 1 << 62;

/// x/y for x ≤ y in units of 2⁻⁶², off by less than two of them.
fn ratio(x: u128, y: u128) -> i64 {
    let shift = 64_u32.saturating_sub(y.leading_zeros());
    let (x, y) = (x >> shift, y >> shift);
    ((x << 62).checked_div(y).unwrap_or(0) as i64).min(ONE)
}

/// Price times weight without its sign, rounded down, for a price from 0 to 2⁶¹.
pub(super) const fn share(price: Real, weight: i64) -> i128 {
    mul_wide((price.to_bits() as u128) << 2, weight.unsigned_abs()) as i128
}

/// Price times weight, rounded down, for a price under 2⁶² in absolute value.
const fn weigh(price: Real, weight: i64) -> i128 {
    let (high, low) = (price.to_bits() >> 62, price.to_bits() & (ONE as i128 - 1));
    high * weight as i128 + ((low * weight as i128) >> 62)
}

impl Constraint {
    fn new(family: Family, kind: Kind, legs: &[Leg]) -> Self {
        let legs = legs.iter().filter(|leg| leg.weight != 0).copied().collect();
        let zero = Real::ZERO;
        Self { family, kind, legs, cash: zero, tolerance: zero }
    }

    /// How far below nothing it may be valued, the error of its evaluation: its weights come to two at
    /// most, each price on the base surface is within 2⁻⁶⁰ of max(F, K) and an ulp of what it should
    /// be, and what skew and flow add within a unit that is 2⁻⁵⁴ of the dearest node's price or less.
    pub fn tolerance(&self, desk: &Desk) -> Real {
        let blur = |leg: &Leg| share(desk.potential.blur(leg.at.line), leg.weight);
        let blur: i128 = self.legs.iter().map(blur).sum();
        self.tolerance.saturating_add(Real::from_bits(blur + 8))
    }

    /// What it is worth at the mids of a state.
    pub fn value(&self, marginals: &Marginals<'_>) -> Real {
        let price = |leg: &Leg| weigh(marginals.mid(leg.at, self.kind), leg.weight);
        Real::from_bits(self.legs.iter().map(price).sum()).saturating_add(self.cash)
    }

    /// What it is worth on the base surface.
    pub(super) fn base(&self, board: &Board) -> Real {
        let price = |leg: &Leg| {
            let Place { chain, strike } = leg.at.place;
            let prices = board.rows[chain].lines[strike].value.prices;
            let price = if self.kind == Kind::Call { prices.call } else { prices.put };
            let part = share(price, leg.weight);
            if leg.weight < 0 { -part } else { part }
        };
        Real::from_bits(self.legs.iter().map(price).sum()) + self.cash
    }
}

/// The constraints of a board, one at a time.
pub(crate) struct Constraints<'a> {
    board: &'a Board,
    /// Where each row's lines begin.
    starts: &'a [usize],
}

impl<'a> Constraints<'a> {
    pub(super) const fn new(board: &'a Board, starts: &'a [usize]) -> Self {
        Self { board, starts }
    }

    /// Shows every constraint, expiry by expiry and strike by strike; the rise of puts between two
    /// strikes straight after the fall of calls.
    pub(crate) fn each(&self, mut see: impl FnMut(Constraint)) {
        for (chain, row) in self.board.rows.iter().enumerate() {
            let reach = |row: &Row| row.lines.last().map_or(Price::MIN, |line| line.strike);
            let most = reach(row).max(row.expiry.forward());
            self.row(chain, row, &mut |made| see(within(made, most)));
            let Some(far) = self.board.rows.get(chain + 1) else { continue };
            let most = most.max(reach(far)).max(far.expiry.forward());
            self.calendars(chain, row, far, &mut |made| see(within(made, most)));
        }
    }

    fn leg(&self, chain: usize, strike: usize, weight: i64) -> Leg {
        let at = LinePlace { place: Place { chain, strike }, line: self.starts[chain] + strike };
        Leg { at, weight }
    }

    /// Those of one expiry.
    fn row(&self, chain: usize, row: &Row, see: &mut impl FnMut(Constraint)) {
        let forward = row.expiry.forward();
        let leg = |strike, weight| self.leg(chain, strike, weight);
        let bits = |strike: usize| row.lines[strike].strike.get().to_bits() as u128;
        if !row.lines.is_empty() {
            let cash = present_value(row);
            let most = Constraint::new(Family::Bound, Kind::Call, &[leg(0, -ONE)]);
            see(Constraint { cash, ..most });
        }
        for (strike, line) in row.lines.iter().enumerate() {
            let otm = if line.strike >= forward { Kind::Call } else { Kind::Put };
            see(Constraint::new(Family::Bound, otm, &[leg(strike, ONE)]));
            if strike + 1 == row.lines.len() {
                break;
            }
            let (this, next) = (bits(strike), bits(strike + 1));
            let spread = |strike, other| [leg(strike, -ONE), leg(other, ONE)];
            see(Constraint::new(Family::Fall, Kind::Call, &spread(strike + 1, strike)));
            see(Constraint::new(Family::Rise, Kind::Put, &spread(strike, strike + 1)));
            let convex = match strike.checked_sub(1) {
                None => {
                    let part = ratio(this, next);
                    let legs = [leg(strike, -ONE), leg(strike + 1, part)];
                    Constraint::new(Family::Convex, Kind::Put, &legs)
                }
                Some(before) => {
                    let below = bits(before);
                    let part = ratio(next - this, next - below);
                    let legs = [leg(strike, -ONE), leg(before, part), leg(strike + 1, ONE - part)];
                    Constraint::new(Family::Convex, otm, &legs)
                }
            };
            see(convex);
        }
    }

    /// Those between an expiry and the next.
    fn calendars(&self, chain: usize, near: &Row, far: &Row, see: &mut impl FnMut(Constraint)) {
        let bits = |price: Price| price.get().to_bits() as u128;
        let [of_near, of_far] = [near, far].map(|row| present_value(row).to_bits() as u128);
        if of_near == 0 || far.lines.is_empty() {
            return;
        }
        // Normalised by the greater, so that no weight is above one.
        let (own, other) = match of_near >= of_far {
            true => (ratio(of_far, of_near), ONE),
            false => (ONE, ratio(of_near, of_far)),
        };
        let part = |weight| ((weight as i128 * other as i128) >> 62) as i64;
        let (from, to) = (near.expiry.forward(), far.expiry.forward());
        let mut above = 0;
        for (strike, line) in near.lines.iter().enumerate() {
            let even = match from == to {
                true => bits(line.strike),
                false => mul_div(bits(line.strike), bits(to), bits(from), Rounding::Down)
                    .unwrap_or(u128::MAX),
            };
            let at = |place: usize| bits(far.lines[place].strike);
            while above < far.lines.len() && at(above) <= even {
                above += 1;
            }
            let own = self.leg(chain, strike, -own);
            let leg = |strike, weight| self.leg(chain + 1, strike, part(weight));
            let otm = if line.strike >= from { Kind::Call } else { Kind::Put };
            let (kind, legs) = match above.checked_sub(1) {
                None => (Kind::Put, [own, leg(0, ratio(even, at(0))), leg(0, 0)]),
                Some(last) if above == far.lines.len() => {
                    (Kind::Call, [own, leg(last, ONE), leg(last, 0)])
                }
                Some(below) => {
                    let part = ratio(at(above) - even, at(above) - at(below));
                    (otm, [own, leg(below, part), leg(above, ONE - part)])
                }
            };
            see(Constraint::new(Family::Calendar, kind, &legs));
        }
    }
}

/// The constraint with its tolerance, for forwards and strikes up to `most`.
fn within(constraint: Constraint, most: Price) -> Constraint {
    let tolerance = Real::from_bits((most.get().to_bits() >> (-PRICE_MAX_ERROR - 1)) + 8);
    Constraint { tolerance, ..constraint }
}

/// ⌊DF·F⌋.
fn present_value(row: &Row) -> Real {
    row.expiry.forward().get() * row.expiry.discount().get()
}

impl Desk {
    /// The constraints of the desk's board.
    pub(crate) fn constraints(&self) -> Constraints<'_> {
        Constraints::new(&self.board, &self.starts)
    }
}
