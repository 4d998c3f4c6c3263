//! The charge for one-sided flow.
//!
//! Each bucket remembers I, half the dollar gamma that the pool sold of late in series alive in it.
//! A trade is charged the rise of Σ σ²Δ·Ψ(I), Ψ(I) = s·D·(√(1 + (I/D)²) − 1). Impact is a function
//! of a volume state, and time only lowers Ψ, so that from rest no sequence of trades and waits pays
//! (Alfonsi and Schied 2010).

use alloc::vec::Vec;

use arrayvec::ArrayVec;

use crate::book::Inventory;
use crate::math::{exp2_neg, isqrt, mul_wide, sqrt};
use crate::num::{Real, Seconds, Size};
use crate::skew::potential::{Potential, inverse, scaled};
use crate::skew::{FlowParams, SkewError};
use crate::surface::Board;

/// Half dollar gamma of a contract is kept in units of 2⁻⁴⁸ of cash, and so I in 2⁻⁴⁸·10⁻⁹.
const HALF_BITS: u32 = 48;

/// The flow's charge over one market state.
#[derive(Clone, Debug)]
pub struct Flow {
    params: FlowParams,
    /// Of each bucket.
    buckets: Vec<Bucket>,
    /// 1/D as a mantissa, and by how much I times it goes down to I/D in Q62.
    per_scale: (u64, i32),
    /// ½G of each line in units of 2⁻⁴⁸, and its bucket.
    lines: Vec<(i128, usize)>,
    /// I of each bucket.
    states: Vec<i128>,
    /// Σ σ²Δ·Ψ(I).
    total: Real,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// σ²Δ·s·D, in cash.
    swing: Real,
    /// σ²Δ·s.
    shift: Real,
}

/// A trade's effect on the flow, to be looked at or taken.
#[derive(Clone, Debug)]
pub struct FlowTrial {
    states: ArrayVec<i128, { Inventory::EXPIRIES_MAX }>,
    total: Real,
    /// By how much Ψ rises.
    pub rise: Real,
    /// What it is charged, or gets back if negative: less is given back than the rebate's share of
    /// it by under a unit of 2⁻⁶⁴.
    pub cost: Real,
}

impl Flow {
    /// The flow's charge in a market state, with the states of its buckets.
    ///
    /// # Errors
    ///
    /// [`SkewError::Flow`] if a number does not fit.
    pub fn new(
        board: &Board,
        potential: &Potential,
        params: &FlowParams,
        states: Vec<i128>,
    ) -> Result<Self, SkewError> {
        let swing = params.scale.checked_mul(params.strength).ok_or(SkewError::Flow)?;
        let mut buckets = Vec::with_capacity(board.rows.len());
        for variance in board.bucket_variances() {
            let swing = swing.checked_mul(variance).ok_or(SkewError::Flow)?;
            buckets.push(Bucket { swing, shift: variance * params.strength });
        }
        let buckets_of = board.rows.iter().enumerate();
        let of_lines = buckets_of.flat_map(|(bucket, row)| row.lines.iter().map(move |_| bucket));
        let half = |line| potential.driver(line).to_bits() >> (64 - HALF_BITS + 1);
        let lines = of_lines.enumerate().map(|(line, bucket)| (half(line), bucket)).collect();
        // I/D in Q62 is I·2⁻⁴⁸·10⁻⁹·2⁶²·2⁶⁴/(m·2^e), with D's bits m·2^e.
        let (m, e) = scaled(params.scale.to_bits() as u128);
        let per_atom = ((1_u128 << 93) / Size::SCALE as u128) as u64;
        let per_scale = (crate::math::mul_hi(inverse(m), per_atom), e + 14);
        let mut flow = Self {
            params: *params,
            buckets,
            per_scale,
            lines,
            states: Vec::new(),
            total: Real::ZERO,
        };
        flow.total = flow.charge(&states)?;
        flow.states = states;
        Ok(flow)
    }

    /// I of every bucket in units of 2⁻⁴⁸·10⁻⁹ of cash.
    pub fn states(&self) -> &[i128] {
        &self.states
    }

    /// Σ σ²Δ·Ψ(I): what the flow has paid in, and the most that it may still get back.
    pub const fn value(&self) -> Real {
        self.total
    }

    /// What selling `size` more of each `line` (buying, if negative) is charged.
    ///
    /// # Errors
    ///
    /// [`SkewError::Flow`] if the flow does not fit.
    pub fn trial(&self, moves: &[(usize, Size)]) -> Result<FlowTrial, SkewError> {
        let mut states: ArrayVec<_, _> = self.states.iter().copied().collect();
        for &(line, size) in moves {
            let (half, last) = self.lines[line];
            let step = size.atoms().checked_mul(half).ok_or(SkewError::Flow)?;
            for state in &mut states[..=last] {
                *state = state.checked_add(step).ok_or(SkewError::Flow)?;
            }
        }
        let total = self.charge(&states)?;
        let rise = total - self.total;
        let cost = if rise < 0 { -self.rebate(-rise) } else { rise };
        Ok(FlowTrial { states, total, rise, cost })
    }

    /// What putting other states in place, such as faded ones, does to Ψ; nobody is charged.
    ///
    /// # Errors
    ///
    /// [`SkewError::Flow`] if their charge does not fit.
    pub fn fade(&self, states: impl Iterator<Item = i128>) -> Result<FlowTrial, SkewError> {
        let states: ArrayVec<_, _> = states.take(Inventory::EXPIRIES_MAX).collect();
        let total = self.charge(&states)?;
        Ok(FlowTrial { states, total, rise: total - self.total, cost: Real::ZERO })
    }

    /// Takes a trial of this state.
    pub fn take(&mut self, trial: &FlowTrial) {
        self.states.copy_from_slice(&trial.states);
        self.total = trial.total;
    }

    /// σ²Δ·Ψ′(I) of every bucket, within ∓s·σ²Δ.
    pub fn slopes(&self) -> Vec<Real> {
        self.slopes_at(&self.states)
    }

    /// The [`Flow::slopes`] that a trial of this state would leave.
    pub fn slopes_after(&self, trial: &FlowTrial) -> Vec<Real> {
        self.slopes_at(&trial.states)
    }

    fn slopes_at(&self, states: &[i128]) -> Vec<Real> {
        let slope = |(&state, bucket): (&i128, &Bucket)| {
            if bucket.shift == 0 {
                return Real::ZERO; // times a sine
            }
            let sine = match self.ratio(state).and_then(|ratio| Some((ratio, root(ratio)?))) {
                Some((ratio, root)) => {
                    let down = 64_u32.saturating_sub(ratio.leading_zeros());
                    Real::from_bits(((((ratio >> down) << 63) / (root >> down)) << 1) as i128)
                }
                None => Real::ONE,
            };
            let slope = bucket.shift * sine;
            if state < 0 { -slope } else { slope }
        };
        states.iter().zip(&self.buckets).map(slope).collect()
    }

    /// What the next contract of a line is charged if the pool sells it, and what the flow adds to
    /// its price if the pool buys it, at those sums of [`Flow::slopes`] up to each bucket.
    pub fn marginal(&self, line: usize, sums: &[Real]) -> (Real, Real) {
        let shift = self.half(line).saturating_mul(sums[self.lines[line].1]);
        let cut = self.rebate(shift.abs());
        if shift < 0 { (-cut, shift) } else { (shift, cut) }
    }

    /// Whether no flow costs anything.
    pub(crate) fn is_free(&self) -> bool {
        self.shifts().all(|shift| shift == 0)
    }

    /// σ²Δ·s of every bucket, the most that its slope can be.
    pub(crate) fn shifts(&self) -> impl Iterator<Item = Real> {
        self.buckets.iter().map(|bucket| bucket.shift)
    }

    /// ½G of a line, in cash.
    pub(crate) fn half(&self, line: usize) -> Real {
        Real::from_bits(self.lines[line].0 << (64 - HALF_BITS))
    }

    /// What is given back of a fall in the charge, rounded down.
    fn rebate(&self, fall: Real) -> Real {
        if self.params.rebate == Real::ONE { fall } else { fall * self.params.rebate }
    }

    /// Σ σ²Δ·Ψ(I), each part rounded down.
    fn charge(&self, states: &[i128]) -> Result<Real, SkewError> {
        let mut total = Real::ZERO;
        for (&state, bucket) in states.iter().zip(&self.buckets) {
            let ratio = self.ratio(state).ok_or(SkewError::Flow)?;
            let charge = if ratio >> 62 == 0 {
                let rise = (near_root(ratio as u64) - (1 << 62)) << 2; // √(1 + (I/D)²) − 1 in Q64
                Real::from_bits(mul_wide(bucket.swing.to_bits() as u128, rise) as i128)
            } else {
                let root = root(ratio).ok_or(SkewError::Flow)?;
                let rise = Real::from_bits(((root - (1 << 62)) << 2) as i128);
                bucket.swing.checked_mul(rise).ok_or(SkewError::Flow)?
            };
            total = total.checked_add(charge).ok_or(SkewError::Flow)?;
        }
        Ok(total)
    }

    /// |I|/D in Q62, rounded down; `None` from 2⁶⁰ on.
    fn ratio(&self, state: i128) -> Option<u128> {
        let (m, down) = self.per_scale;
        let ratio = mul_wide(state.unsigned_abs(), m);
        let ratio = match down {
            ..0 => (ratio.leading_zeros() as i32 > -down).then(|| ratio << -down)?,
            0..128 => ratio >> down,
            _ => 0,
        };
        (ratio >> 122 == 0).then_some(ratio)
    }
}

/// ⌊√(1 + y²)⌋ in Q62 for y in Q62 under one.
#[inline(always)]
fn near_root(ratio: u64) -> u64 {
    isqrt((1 << 124) + ratio as u128 * ratio as u128)
}

/// √(1 + y²) in Q62 for y in Q62, rounded down for y under 2³⁰ and within a unit from there on.
fn root(ratio: u128) -> Option<u128> {
    if ratio >> 62 == 0 {
        return Some(near_root(ratio as u64) as u128);
    }
    if ratio >> 92 != 0 {
        // y + 1/(2y), and 1/(8y³) < 2⁻⁹³ less.
        return Some(ratio + (1 << 123) / ratio);
    }
    // y² in Q64 from y's whole part and its fraction; at y = 1 both ways give the same floor, and
    // each is monotone.
    let (whole, fraction) = (ratio >> 62, ratio & ((1 << 62) - 1));
    let square = (((ratio + fraction) * whole) << 2) + ((fraction * fraction) >> 60); // ≤ 2¹²⁴·1.1
    let root = sqrt(Real::from_bits((square + (1 << 64)) as i128)).ok()?;
    Some(root.to_bits() as u128 >> 2)
}

/// A flow after so long, towards zero: I·2^(−time/half-life).
///
/// Taken from the last trade each time, so that it does not matter how often anyone looks.
pub fn decayed(state: i128, time: Seconds, half_life: Seconds) -> i128 {
    let halvings = ((time.get() as u128) << 64) / half_life.get().max(1) as u128;
    if halvings == 0 {
        return state;
    }
    let (m, down) = exp2_neg(halvings);
    let left = mul_wide(state.unsigned_abs(), m).checked_shr(down).unwrap_or(0) as i128; // < 2¹²⁷
    if state < 0 { -left } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the far form begins it is the near one, and it rises from there.
    #[test]
    fn the_root_goes_on_where_it_is_a_line() {
        let edge = 1_u128 << 92;
        let (below, at) = (root(edge - 1).unwrap(), root(edge).unwrap());
        assert_eq!(at, edge + (1 << 31)); // y + 1/(2y) at y = 2³⁰
        assert!(below < at && at - below <= 2, "{below} {at}"); // y² is cut to Q64 below
        let mut last = at;
        for shift in 92..122 {
            for ratio in [(1_u128 << shift) + 1, (3_u128 << (shift - 1)) + 7] {
                let root = root(ratio).unwrap();
                assert!(root >= last && root >= ratio, "{ratio}");
                last = root;
            }
        }
    }
}
