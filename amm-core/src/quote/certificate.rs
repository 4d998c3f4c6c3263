//! Which constraints no book can break in a market state.
//!
//! Each price is linear in the slopes Φ′ of the nodes and Ψ′ of the buckets, and so is each
//! constraint. Whatever the book and the flow, the slopes stay in a box, Φ′ in [Φ′(x⁻), Φ′(x⁺)] and
//! Ψ′ in [−s, s], and a constraint is least at the corner that is worst for it node by node:
//!
//! ```text
//! least = base + Σ over nodes of min(B·Φ′(x⁻), B·Φ′(x⁺)) − Σ over buckets of |Σ w·½G|·σ²Δ·s
//! B     = Σ over legs of w·α,   α = c·g of the leg's line at the node
//! ```

use alloc::vec::Vec;

use crate::math::{mul_hi, mul_wide};
use crate::num::{Real, Size};
use crate::quote::constraint::{Constraint, Constraints, Family, Leg, share};
use crate::skew::{Flow, Potential};
use crate::surface::Board;

/// What holds for every book in a market state, and what has to be looked at trade by trade.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Certificate {
    /// How many constraints there are, by family.
    counts: [u32; Family::ALL.len()],
    /// Those that some book might break.
    open: Vec<Constraint>,
}

impl Certificate {
    pub(super) fn new(board: &Board, starts: &[usize], potential: &Potential, flow: &Flow) -> Self {
        let reach = Reach::new(board, potential, flow);
        let mut made = Self::default();
        let mut spread = reach.shifts(&[]);
        Constraints::new(board, starts).each(|constraint| {
            made.counts[constraint.family as usize] += 1;
            let shifts = match constraint.family {
                Family::Rise => spread.mirrored(), // of the same two lines
                _ => reach.shifts(&constraint.legs),
            };
            if constraint.family == Family::Fall {
                spread = shifts;
            }
            if reach.least(board, &constraint, shifts) < -constraint.tolerance {
                made.open.push(constraint);
            }
        });
        made
    }

    /// The constraints that some book might break.
    pub fn open(&self) -> &[Constraint] {
        &self.open
    }

    /// How many constraints of a family some book might break.
    pub fn open_in(&self, family: Family) -> usize {
        self.open.iter().filter(|constraint| constraint.family == family).count()
    }

    /// How many constraints of a family no book can break.
    pub fn certified(&self, family: Family) -> usize {
        self.counts[family as usize] as usize - self.open_in(family)
    }
}

#[cfg(feature = "testing")]
impl crate::quote::Desk {
    /// Every constraint and the least that it can be worth, as the certificate sees it.
    pub(crate) fn least(&self) -> Vec<(Constraint, Real)> {
        let reach = Reach::new(&self.board, &self.potential, &self.flow);
        let mut all = Vec::new();
        self.constraints().each(|constraint| {
            let shifts = reach.shifts(&constraint.legs);
            let least = reach.least(&self.board, &constraint, shifts);
            all.push((constraint, least));
        });
        all
    }
}

/// What slopes add to a constraint: B of all nodes.
#[derive(Clone, Copy)]
pub(super) struct Shifts {
    /// Their sum, in units of 2^(`exponent` + 2), each cut.
    sum: i64,
    /// The sum of those above zero.
    above: i64,
    nodes: usize,
    exponent: i32,
}

impl Shifts {
    #[inline(always)]
    fn add(&mut self, b: i64) {
        self.sum += b;
        self.above += b & !(b >> 63);
    }

    /// Those of the opposite portfolio.
    const fn mirrored(self) -> Self {
        Self { sum: -self.sum, above: self.above - self.sum, ..self }
    }
}

/// How far books and flows can move each line.
pub(super) struct Reach<'a> {
    flow: &'a Flow,
    /// Φ′(x⁻) and Φ′(x⁺) in units of 2⁻⁶¹, rounded away from zero.
    slopes: (i64, i64),
    /// α of all lines and nodes.
    parts: Vec<u64>,
    lines: Vec<Line>,
    /// Σ σ²Δ·s of the buckets up to each.
    shifts: Vec<Real>,
}

/// A line's α: so many units of 2^`exponent` per node, an atom's in units of 2⁻¹⁵⁸.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    nodes: usize,
    exponent: i32,
    /// Their sum, under 2⁶².
    sum: u64,
}

/// The exponent of a line without gamma.
const NONE: i32 = -1 << 20;

impl<'a> Reach<'a> {
    pub(super) fn new(board: &Board, potential: &Potential, flow: &'a Flow) -> Self {
        let count = board.rows.iter().map(|row| row.lines.len()).sum();
        let (costs, up) = potential.costs();
        let nodes = (0..count).map(|line| potential.gains_of(line).len()).sum();
        let (low, high) = potential.slope_range(); // under 3
        let slopes = ((low.to_bits() >> 3) as i64, (high.to_bits() >> 3) as i64 + 1);
        let mut reach = Self {
            flow,
            slopes,
            parts: Vec::with_capacity(nodes),
            lines: Vec::with_capacity(count),
            shifts: Vec::with_capacity(board.rows.len()),
        };
        let mut sum = Real::ZERO;
        for shift in flow.shifts() {
            sum += shift;
            reach.shifts.push(sum);
        }
        for line in 0..count {
            reach.weigh(potential.gains_of(line), &costs, up);
        }
        reach
    }

    /// The next line's α, each cut by less than a unit and a half.
    fn weigh(&mut self, gains: &[u64], costs: &[u64], up: u32) {
        let start = self.parts.len();
        let zeros = |of: &[u64]| of.iter().fold(0, |all, x| all | x).leading_zeros().min(63);
        let costs = &costs[..gains.len()];
        let (by, of_costs) = (zeros(gains), zeros(costs));
        let spare = 2 + usize::BITS - gains.len().leading_zeros(); // Σα is under 2⁶²
        let part = |(gain, cost): (&u64, &u64)| mul_hi(gain << by, cost << of_costs) >> spare;
        self.parts.extend(gains.iter().zip(costs).map(part));
        let sum = self.parts[start..].iter().sum();
        let exponent = (64 + spare + up) as i32 - (by + of_costs) as i32;
        let exponent = if sum == 0 { NONE } else { exponent };
        self.lines.push(Line { start, nodes: gains.len(), exponent, sum });
    }

    /// The least that a constraint can be worth, or less by the error of this sum.
    pub(super) fn least(&self, board: &Board, constraint: &Constraint, shifts: Shifts) -> Real {
        let base = constraint.base(board);
        let shift = self.nodes(shifts).saturating_add(self.buckets(&constraint.legs));
        base.saturating_add(shift)
    }

    /// What a unit of slope at each node adds. The first of two legs and of three is held short and
    /// the others long, and the last two of three are of one expiry, at or after the first's.
    pub(super) fn shifts(&self, legs: &[Leg]) -> Shifts {
        let exponent = legs.iter().map(|leg| self.lines[leg.at.line].exponent).max();
        let exponent = exponent.unwrap_or(NONE);
        let part = |leg: &Leg| {
            let line = self.lines[leg.at.line];
            let down = exponent.abs_diff(line.exponent).min(63);
            (leg.weight.unsigned_abs() >> down, &self.parts[line.start..][..line.nodes])
        };
        let mut shifts = Shifts { sum: 0, above: 0, nodes: 0, exponent };
        match legs {
            [one] => {
                let line = self.lines[one.at.line];
                let size = mul_hi(one.weight.unsigned_abs(), line.sum) as i64;
                shifts.add(if one.weight < 0 { -size } else { size });
                shifts.nodes = line.nodes;
            }
            [one, two] => {
                let ((w, a), (v, b)) = (part(one), part(two));
                let common = a.len().min(b.len());
                let ((a, of_a), (b, of_b)) = (a.split_at(common), b.split_at(common));
                for (&a, &b) in a.iter().zip(b) {
                    shifts.add(mul_hi(v, b) as i64 - mul_hi(w, a) as i64);
                }
                of_b.iter().for_each(|&b| shifts.add(mul_hi(v, b) as i64));
                of_a.iter().for_each(|&a| shifts.add(-(mul_hi(w, a) as i64)));
                shifts.nodes = common + of_a.len() + of_b.len();
            }
            [one, two, three] => {
                let ((w, a), (v, b), (u, c)) = (part(one), part(two), part(three));
                shifts.nodes = b.len();
                let ((b, of_b), (c, of_c)) = (b.split_at(a.len()), c.split_at(a.len()));
                for ((&a, &b), &c) in a.iter().zip(b).zip(c) {
                    let long = mul_hi(v, b) + mul_hi(u, c);
                    shifts.add(long as i64 - mul_hi(w, a) as i64);
                }
                for (&b, &c) in of_b.iter().zip(of_c) {
                    shifts.add((mul_hi(v, b) + mul_hi(u, c)) as i64);
                }
            }
            _ => {}
        }
        shifts
    }

    /// The least that the nodes can add.
    fn nodes(&self, Shifts { sum, above, nodes, exponent }: Shifts) -> Real {
        if exponent == NONE {
            return Real::ZERO;
        }
        let (low, high) = self.slopes;
        // Of a leg at a node the product's cut, its weight's and its α's own come to under two.
        let error = 6 * nodes as i128 * high.max(-low) as i128;
        let least = above as i128 * low as i128 + (sum - above) as i128 * high as i128;
        let atoms = (((least - error) >> 61) - 1) * Size::SCALE; // under 2⁹⁴
        let down = 158 - 64 - (exponent + 2);
        Real::from_bits(match down {
            0..128 => (atoms >> down) - 1,
            128.. => -2,
            _ => atoms.checked_mul(1 << down.abs().min(126)).unwrap_or(i128::MIN),
        })
    }

    /// The least that the flow can add.
    fn buckets(&self, legs: &[Leg]) -> Real {
        let last = |leg: &Leg| leg.at.place.chain;
        let (Some(first), Some(far)) = (legs.first(), legs.last()) else { return Real::ZERO };
        let (near, far) = (last(first), last(far));
        let part = |leg: &Leg| share(self.flow.half(leg.at.line), leg.weight);
        let short = if first.weight < 0 { part(first) } else { 0 };
        let long: i128 = legs.iter().filter(|leg| leg.weight > 0).map(part).sum();
        let mut most = swing((long - short).unsigned_abs(), self.shifts[near]);
        if far > near {
            most = most.saturating_add(swing(long as u128, self.shifts[far] - self.shifts[near]));
        }
        -most
    }
}

/// What a flow can do to ½G of so many bits, good to 4 ulp, in a shift of variance; rounded up.
fn swing(half: u128, shift: Real) -> Real {
    let half = Real::from_bits((half + 4) as i128); // under 2¹²⁶
    let product = match u64::try_from(shift.to_bits()) {
        Ok(shift) => Real::from_bits(mul_wide(half.to_bits() as u128, shift) as i128),
        Err(_) => half.saturating_mul(shift),
    };
    product.saturating_add(Real::DELTA)
}
