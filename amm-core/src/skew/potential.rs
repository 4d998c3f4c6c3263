//! The feedback-consistent potential: what the loop gain of the pool's book costs.
//!
//! A *node* is a time bucket (between two expiries) and a band of spot in it. Each contract of a line
//! that the pool is short adds the line's gain to the nodes its gamma will pass through:
//!
//! ```text
//! g = G·ω/(π·L)               loop gain of one contract at a node
//! x = x⁰ + Σ q·g              the book's loop gain at it
//! F = Σ c·Φ(x) − Σ c·Φ(x⁰),   c = θ·π·σ²Δ·L/2
//! ```
//!
//! A trade costs the difference of two values of F, which is one integer-valued function of the
//! book: x is an exact sum, so whatever brings the book back brings F back to the bit.

use alloc::vec::Vec;

use crate::math::{mul_hi, mul_wide};
use crate::num::{Real, Size};
use crate::skew::phi::{Phi, curve};
use crate::skew::weights::{Bands, Bridge};
use crate::skew::{Depth, Gain, SkewError};
use crate::surface::{Board, Row};

/// A gain of one is 2⁹⁴ here, so that an atom's gain has 64 bits.
const GAIN_BITS: u32 = 94;
/// The greatest gain a book may have at a node, as a power of two.
const GAIN_MAX_BITS: u32 = GAIN_BITS + 20;
/// The greatest gain of one atom, 2⁻³² and so 0.23 of a contract's: 16 legs of 2⁶⁰ atoms must fit.
const ATOM_MAX_BITS: u32 = 62;

/// The most lines that move at once.
const MOVES_MAX: usize = 16;

/// A time bucket and a band of spot.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// c in Q64.
    cost: u128,
    /// x in units of 2⁻⁹⁴.
    gain: i128,
    /// x⁰ likewise.
    outside: i128,
    /// ⌊c·Φ(x)⌋ in Q64.
    value: u128,
}

/// What a line does to the nodes of the buckets it lives in.
#[derive(Clone, Copy, Debug)]
struct LineGains {
    /// Where its gains begin.
    start: u32,
    /// How many nodes it has: the first so many of all.
    nodes: u32,
    /// G, in cash.
    driver: Real,
}

/// F over one market state.
#[derive(Clone, Debug)]
pub struct Potential {
    phi: Phi,
    bounds: (i128, i128),
    /// The gains x⁻ to x⁺, within the bounds: the least, and how many above it.
    curved: (i128, u128),
    bands: usize,
    /// By bucket and band.
    nodes: Vec<Node>,
    /// Of all lines, an atom's gain in units of 2⁻⁹⁴.
    gains: Vec<u64>,
    lines: Vec<LineGains>,
    /// How far down costs go to be under 2⁵⁵, at most 64.
    price_shift: u32,
    /// Σ ⌊c·Φ(x)⌋ and Σ ⌊c·Φ(x⁰)⌋ in Q64.
    total: u128,
    empty: u128,
}

/// The state of a node, for those who watch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NodeGain {
    /// Between this expiry and the one before it.
    pub bucket: usize,
    /// From the lowest.
    pub band: usize,
    /// x.
    pub gain: Real,
}

/// A trade's effect on the potential, to be looked at or taken.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Gains and values of the first nodes, which it changes.
    gains: Vec<i128>,
    values: Vec<u128>,
    total: u128,
    /// F after less F before, exact.
    pub cost: Real,
}

/// 2⁹³/10⁹.
const PER_ATOM: u64 = ((1_u128 << 93) / Size::SCALE as u128) as u64;

/// A number as m·2^e with 64 significant bits; zero is (0, 0).
pub(super) fn scaled(x: u128) -> (u64, i32) {
    let zeros = x.leading_zeros();
    if zeros == 128 { (0, 0) } else { (((x << zeros) >> 64) as u64, 64 - zeros as i32) }
}

/// 2¹²⁷/m for a mantissa m as a mantissa or 2⁶³, rounded down.
pub(super) fn inverse(m: u64) -> u64 {
    if m == 1 << 63 { u64::MAX } else { ((1_u128 << 127) / m as u128) as u64 }
}

impl Potential {
    /// The potential of a market state, with a book of which `short` says how much of each line the
    /// pool is short, in the board's order. Depths are per expiry.
    ///
    /// # Errors
    ///
    /// [`SkewError`] if a contract's gain, the book's or a bucket's cost is beyond what is kept.
    pub fn new(
        board: &Board,
        depths: &[(Depth, Real)],
        params: &Gain,
        short: impl Iterator<Item = Size>,
    ) -> Result<Self, SkewError> {
        let bands = params.bands.count();
        let phi = Phi::new(params.min, params.max);
        let bound = |gain: Real| gain.to_bits() << (GAIN_BITS - 64);
        let mut potential = Self {
            bounds: (bound(params.refuse_below), bound(params.refuse_above)),
            curved: (bound(params.min), (bound(params.max) - bound(params.min)) as u128),
            phi,
            bands,
            nodes: Vec::with_capacity(board.rows.len() * bands),
            gains: Vec::new(),
            lines: Vec::with_capacity(board.rows.iter().map(|row| row.lines.len()).sum()),
            price_shift: 0,
            total: 0,
            empty: 0,
        };
        // 1/(π·L) per atom and node, as a mantissa and an exponent.
        let mut per_cash = Vec::with_capacity(board.rows.len() * bands);
        let buckets = board.bucket_variances().zip(depths);
        for (bucket, (variance, &(depth, outside))) in buckets.enumerate() {
            for probability in params.bands.probabilities().into_iter().take(bands) {
                let depth = depth.get().to_bits() as u128;
                let share = mul_wide(depth, probability) << 1;
                let cost = cost(params.theta, variance, share).ok_or(SkewError::Cost { bucket })?;
                let outside = bound(outside);
                potential.nodes.push(Node { cost, gain: outside, outside, value: 0 });
                // A weight is in Q63, which is one bit of the three.
                let (m, e) = scaled(share);
                per_cash.push((mul_hi(inverse(m), PER_ATOM), 3 - e));
            }
        }
        let dearest = potential.nodes.iter().map(|node| node.cost).max().unwrap_or(0);
        potential.price_shift = 73_u32.saturating_sub(dearest.leading_zeros());
        potential.weigh(board, params, &per_cash)?;
        potential.fill(short)?;
        Ok(potential)
    }

    /// The gains of every line.
    fn weigh(
        &mut self,
        board: &Board,
        params: &Gain,
        per_cash: &[(u64, i32)],
    ) -> Result<(), SkewError> {
        let of_row = |(last, row): (usize, &Row)| row.lines.len() * (last + 1) * self.bands;
        self.gains.reserve_exact(board.rows.iter().enumerate().map(of_row).sum());
        match params.bands {
            Bands::One => self.weigh_bands::<1>(board, params, per_cash),
            Bands::Three => self.weigh_bands::<3>(board, params, per_cash),
            Bands::Five => self.weigh_bands::<5>(board, params, per_cash),
        }
    }

    fn weigh_bands<const BANDS: usize>(
        &mut self,
        board: &Board,
        params: &Gain,
        per_cash: &[(u64, i32)],
    ) -> Result<(), SkewError> {
        let (per_cash, _) = per_cash.as_chunks::<BANDS>();
        for (last, row) in board.rows.iter().enumerate() {
            let bridges = bridges(board, last, params);
            let count = bridges.len() * BANDS;
            for line in &row.lines {
                let driver = params.driver(row, line);
                let start = self.gains.len();
                self.lines.push(LineGains { start: start as u32, nodes: count as u32, driver });
                self.gains.resize(start + count, 0);
                let (nodes, _) = self.gains[start..].as_chunks_mut::<BANDS>();
                if driver == 0 {
                    continue;
                }
                let (m, e) = scaled(driver.to_bits() as u128);
                let mut any = 0;
                for ((gains, bridge), per_cash) in nodes.iter_mut().zip(&bridges).zip(per_cash) {
                    let weights = bridge.weights::<BANDS>(line.deviations);
                    for ((gain, weight), &(per, up)) in gains.iter_mut().zip(weights).zip(per_cash)
                    {
                        *gain = shifted(mul_hi(mul_hi(m, weight), per), e + up);
                        any |= *gain;
                    }
                }
                if any >> ATOM_MAX_BITS != 0 {
                    return Err(SkewError::Contract { strike: line.strike });
                }
            }
        }
        Ok(())
    }

    /// Takes in the book, and the values of all nodes.
    fn fill(&mut self, short: impl Iterator<Item = Size>) -> Result<(), SkewError> {
        for (line, size) in self.lines.iter().zip(short) {
            if size == Size::ZERO {
                continue;
            }
            let gains = &self.gains[line.start as usize..][..line.nodes as usize];
            for (node, &gain) in self.nodes.iter_mut().zip(gains) {
                let rise = size.atoms().checked_mul(gain as i128);
                let sum = rise.and_then(|rise| node.gain.checked_add(rise));
                node.gain = sum.ok_or(SkewError::Book)?;
            }
        }
        let (mut total, mut empty) = (0_u128, 0_u128);
        for node in &mut self.nodes {
            let value = |gain| value(&self.phi, node.cost, gain).ok_or(SkewError::Book);
            node.value = value(node.gain)?;
            total += node.value; // each under 2¹²⁰, and there are at most 120
            empty += value(node.outside)?;
        }
        (self.total, self.empty) = (total, empty);
        Ok(())
    }

    /// F of the book: zero for an empty one.
    pub fn value(&self) -> Real {
        Real::from_bits(self.total as i128 - self.empty as i128)
    }

    /// G of a line: today's dollar gamma of one contract, tapered far out, in cash.
    pub fn driver(&self, line: usize) -> Real {
        self.lines[line].driver
    }

    /// The loop gain at every node.
    pub fn gains(&self) -> impl Iterator<Item = NodeGain> {
        let bands = self.bands;
        self.nodes.iter().enumerate().map(move |(place, node)| node_gain(place, bands, node.gain))
    }

    /// The greatest loop gain of all nodes; zero if there are none.
    pub fn gain_max(&self) -> Real {
        let most = self.nodes.iter().map(|node| node.gain).reduce(i128::max);
        Real::from_bits(most.unwrap_or(0) >> (GAIN_BITS - 64))
    }

    /// The greatest loop gain of all nodes after a trial of this state.
    pub fn gain_max_after(&self, trial: &Trial) -> Real {
        let rest = self.nodes[trial.gains.len()..].iter().map(|node| node.gain).reduce(i128::max);
        let most = trial.gains.iter().copied().reduce(i128::max).max(rest);
        Real::from_bits(most.unwrap_or(0) >> (GAIN_BITS - 64))
    }

    /// What selling `size` more of each `line` (buying, if negative) does, for up to 16 lines and sizes
    /// of up to 2⁶⁰ atoms.
    ///
    /// # Errors
    ///
    /// [`SkewError::Limit`] if that takes a node that it moves further past a limit, unless
    /// `closing` says that it must not be refused; [`SkewError::Book`] past what is kept.
    pub fn trial(&self, moves: &[(usize, Size)], closing: bool) -> Result<Trial, SkewError> {
        let reach = |&(line, _): &(usize, Size)| self.lines[line].nodes as usize;
        let touched = moves.iter().map(reach).max().unwrap_or(0);
        // Gains are under 2¹¹⁴, and 16 moves of 2⁶⁰ atoms by 2⁶² under 2¹²⁶: their sum fits.
        let large = |&(_, size): &(usize, Size)| size.atoms().unsigned_abs() > 1 << 60;
        if moves.len() > MOVES_MAX || moves.iter().any(large) {
            return Err(SkewError::Book);
        }
        let nodes = &self.nodes[..touched];
        let mut gains: Vec<i128> = nodes.iter().map(|node| node.gain).collect();
        for &(line, size) in moves {
            let LineGains { start, nodes: count, .. } = self.lines[line];
            let of_line = &self.gains[start as usize..][..count as usize];
            let (sold, size) = (size >= Size::ZERO, size.atoms().unsigned_abs() as u64);
            for (gain, &of_atom) in gains.iter_mut().zip(of_line) {
                let rise = (size as u128 * of_atom as u128) as i128; // under 2⁶² each
                *gain += if sold { rise } else { -rise };
            }
        }
        let mut values: Vec<u128> = nodes.iter().map(|node| node.value).collect();
        let mut total = self.total;
        let (least, span) = self.curved;
        let all = nodes.iter().zip(&gains).zip(&mut values).enumerate();
        for (place, ((node, &gain), value)) in all {
            let before = *value;
            *value = if gain.wrapping_sub(least) as u128 <= span {
                mul_wide(node.cost, curve((gain >> (GAIN_BITS - 64)) as i64) << 1)
            } else {
                self.straight(place, gain, closing)?
            };
            total = total.wrapping_add(*value).wrapping_sub(before);
        }
        let cost = Real::from_bits(total as i128 - self.total as i128);
        Ok(Trial { gains, values, total, cost })
    }

    /// A node's value past x⁻ or x⁺, if it may go there.
    #[cold]
    fn straight(&self, place: usize, gain: i128, closing: bool) -> Result<u128, SkewError> {
        let (node, (least, most)) = (&self.nodes[place], self.bounds);
        if (gain > most && gain > node.gain) || (gain < least && gain < node.gain) {
            self.admit(place, gain, closing)?;
        }
        value(&self.phi, node.cost, gain).ok_or(SkewError::Book)
    }

    /// Lets only a closing order past a limit, and any at a node that costs nothing.
    fn admit(&self, place: usize, gain: i128, closing: bool) -> Result<(), SkewError> {
        if closing || self.nodes[place].cost == 0 {
            return Ok(());
        }
        let (least, most) = self.bounds;
        let limit = Real::from_bits((if gain > most { most } else { least }) >> (GAIN_BITS - 64));
        let NodeGain { bucket, band, gain } = node_gain(place, self.bands, gain);
        Err(SkewError::Limit { bucket, band, gain, limit })
    }

    /// Takes a trial of this state.
    pub fn take(&mut self, trial: &Trial) {
        let new = trial.gains.iter().zip(&trial.values);
        for (node, (&gain, &value)) in self.nodes.iter_mut().zip(new) {
            (node.gain, node.value) = (gain, value);
        }
        self.total = trial.total;
    }

    /// What one more unit of gain costs at each node, c·Φ′(x), in units of their own: see
    /// [`Potential::marginal`].
    pub(crate) fn prices(&self) -> Vec<i64> {
        self.nodes.iter().map(|node| self.price(node, node.gain)).collect()
    }

    /// The [`Potential::prices`] that a trial of this state would leave.
    pub(crate) fn prices_after(&self, trial: &Trial) -> Vec<i64> {
        let rest = self.nodes[trial.gains.len()..].iter().map(|node| node.gain);
        let gains = trial.gains.iter().copied().chain(rest);
        self.nodes.iter().zip(gains).map(|(node, gain)| self.price(node, gain)).collect()
    }

    /// The [`Potential::prices`] of a book far above x⁺ at the nodes that `above` names, far below x⁻
    /// at all others.
    #[cfg(feature = "testing")]
    pub(crate) fn corner(&self, above: impl Fn(usize) -> bool) -> Vec<i64> {
        let end = |place| if above(place) { i128::MAX } else { i128::MIN };
        self.nodes.iter().enumerate().map(|(place, node)| self.price(node, end(place))).collect()
    }

    fn price(&self, node: &Node, gain: i128) -> i64 {
        if node.cost == 0 {
            return 0; // whatever the slope
        }
        let slope = self.phi.slope(gain >> (GAIN_BITS - 64)); // under 4 in Q64
        ((self.unit_cost(node) as i128 * slope) >> 64) as i64
    }

    /// c in the units of prices, under 2⁵⁵.
    const fn unit_cost(&self, node: &Node) -> u64 {
        (node.cost >> self.price_shift) as u64
    }

    /// Φ′(x⁻) and Φ′(x⁺), between which every slope lies.
    pub(crate) fn slope_range(&self) -> (Real, Real) {
        let slope = |x| Real::from_bits(self.phi.slope(x));
        (slope(i128::MIN), slope(i128::MAX))
    }

    /// Whether no gain costs anything.
    pub(crate) fn is_free(&self) -> bool {
        self.nodes.iter().all(|node| node.cost == 0)
    }

    /// c of every node, under 2⁵⁵, and the power of two that it is to be multiplied by for Q64.
    pub(crate) fn costs(&self) -> (Vec<u64>, u32) {
        (self.nodes.iter().map(|node| self.unit_cost(node)).collect(), self.price_shift)
    }

    /// An atom's gain at each node of a line, in units of 2⁻⁹⁴.
    pub(crate) fn gains_of(&self, line: usize) -> &[u64] {
        let LineGains { start, nodes, .. } = self.lines[line];
        &self.gains[start as usize..][..nodes as usize]
    }

    /// How far a line's marginal may be from what the costs and the slopes come to: a unit of the
    /// price at each node, and two ulp.
    pub(crate) fn blur(&self, line: usize) -> Real {
        let gain: u128 = self.gains_of(line).iter().map(|&gain| u128::from(gain)).sum();
        Real::from_bits(((gain * Size::SCALE as u128) >> (94 - self.price_shift)) as i128 + 2)
    }

    /// ∂F/∂q of a line at those [`Potential::prices`]: what the next contract costs beyond the base.
    ///
    /// # Error
    ///
    /// Under 2⁻⁵⁴ of the dearest node's price for each node, and never falling as x rises.
    pub(crate) fn marginal(&self, line: usize, prices: &[i64]) -> Real {
        let gains = self.gains_of(line);
        let part = |(&gain, &price): (&u64, &i64)| price as i128 * gain as i64 as i128;
        let sum: i128 = gains.iter().zip(prices).map(part).sum(); // 120 of under 2⁵⁷·2⁶²
        // An atom's price in units of 2^(shift − 64 − 94): a contract's is 10⁹ of them.
        let (high, low) = (sum >> 30, sum & ((1 << 30) - 1));
        let contract = high * Size::SCALE + ((low * Size::SCALE) >> 30); // over 2⁶⁴
        Real::from_bits(contract >> (64 - self.price_shift))
    }
}

/// The times of all buckets up to an expiry's own, against that expiry.
fn bridges(board: &Board, last: usize, params: &Gain) -> Vec<Bridge> {
    let seconds = |row: usize| u64::from(board.rows[row].expiry.time().get());
    let middle = |bucket: usize| match bucket {
        0 => seconds(0),
        _ => seconds(bucket - 1) + seconds(bucket),
    };
    let bridge =
        |bucket| Bridge::new(params.bands, middle(bucket), 2 * seconds(last), params.locality);
    (0..=last).map(bridge).collect()
}

fn node_gain(place: usize, bands: usize, gain: i128) -> NodeGain {
    let gain = Real::from_bits(gain >> (GAIN_BITS - 64));
    NodeGain { bucket: place / bands, band: place % bands, gain }
}

/// θ·π·σ²Δ·L/2 in Q64, rounded down, if it is under 2⁵⁵.
fn cost(theta: Real, variance: Real, share: u128) -> Option<u128> {
    let rate = theta.checked_mul(variance)?.to_bits() as u128;
    let whole = share.checked_mul(rate >> 64)?;
    let cost = whole.checked_add(mul_wide(share, rate as u64))? >> 1;
    (cost >> 119 == 0).then_some(cost)
}

/// ⌊c·Φ(x)⌋ in Q64, if it is under 2¹²⁰.
#[inline(always)]
fn value(phi: &Phi, cost: u128, gain: i128) -> Option<u128> {
    if gain.unsigned_abs() >> GAIN_MAX_BITS != 0 {
        return None;
    }
    let phi = phi.value(gain >> (GAIN_BITS - 64))?;
    let part = mul_wide(cost, phi as u64);
    let sum = match phi >> 64 {
        0 => part,
        whole => cost.checked_mul(whole)?.checked_add(part)?,
    };
    (sum >> 120 == 0).then_some(sum)
}

/// m·2^by, or the greatest number if it does not fit.
#[inline(always)]
fn shifted(m: u64, by: i32) -> u64 {
    if (-63..=0).contains(&by) { m >> -by } else { shifted_far(m, by) }
}

#[cold]
fn shifted_far(m: u64, by: i32) -> u64 {
    match by {
        ..0 => 0,
        _ if m == 0 => 0,
        _ if by < m.leading_zeros() as i32 => m << by,
        _ => u64::MAX,
    }
}
