//! What the options of one expiry add to an account's margin.

use crate::book::{POSITION_MAX, Series};
use crate::num::{Price, Rounding, Size, mul_div};
use crate::pricing::Kind;
use crate::risk::margin::grid::{COLUMNS_MAX, Grid, GridRow, Terms, down};
use crate::risk::margin::{MarginError, SCENARIOS_MAX};

/// Sums over the options of one expiry, or of all.
///
/// In grains times atoms but for `shorts`. An option is under 2⁵⁴ grains and a position at most 2⁶⁰
/// atoms, so with 272 of them, as many as an account and an order have, sums stay under 2¹²³.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Part {
    /// Mark to market, rounded down.
    pub(super) value: i128,
    /// What each scenario changes it by after the forward contingency, rounded down.
    pub(super) change: [i128; SCENARIOS_MAX],
    /// The basis contingency.
    pub(super) basis: i128,
    /// Standard: initial and maintenance margin, a short option's value included.
    pub(super) need: [i128; 2],
    /// What doubt and the peg add to initial margin.
    pub(super) doubt: i128,
    /// Portfolio: options short net of those long at their strike; standard: all that are short. Atoms.
    pub(super) shorts: i128,
}

impl Part {
    pub(super) const ZERO: Self =
        Self { value: 0, change: [0; SCENARIOS_MAX], basis: 0, need: [0; 2], doubt: 0, shorts: 0 };

    /// Adds another, or takes it away again.
    pub(super) fn add(&mut self, other: &Self, sign: i128) {
        self.value += sign * other.value;
        for (sum, change) in self.change.iter_mut().zip(&other.change) {
            *sum += sign * change;
        }
        self.basis += sign * other.basis;
        for (sum, need) in self.need.iter_mut().zip(&other.need) {
            *sum += sign * need;
        }
        self.doubt += sign * other.doubt;
        self.shorts += sign * other.shorts;
    }
}

/// One share of an amount that is not negative, in Q64, rounded up.
pub(super) fn share_up(amount: i128, share: u128) -> Result<i128, MarginError> {
    let overflow = MarginError::Overflow { what: "a margin" };
    let shared = mul_div(amount.unsigned_abs(), share, 1 << 64, Rounding::Up).ok_or(overflow)?;
    i128::try_from(shared).map_err(|_| overflow)
}

/// A position's atoms.
fn atoms(series: Series, position: Size) -> Result<i64, MarginError> {
    let within = position.checked_abs().is_some_and(|size| size <= POSITION_MAX);
    match i64::try_from(position.atoms()) {
        Ok(atoms) if within => Ok(atoms),
        _ => Err(MarginError::Position { series, position }),
    }
}

impl Grid {
    /// Of positions of one expiry, by strike and kind.
    pub(super) fn part(&self, chain: &[(Series, Size)]) -> Result<Part, MarginError> {
        let Some(&(first, _)) = chain.first() else { return Ok(Part::ZERO) };
        let row = self.row(first.expiry).ok_or(MarginError::NotOnGrid { series: first })?;
        match &self.terms {
            Terms::Portfolio { weights, .. } => self.portfolio(row, weights.len(), chain),
            Terms::Standard { initial, maintenance, put, peg, .. } => {
                self.standard(row, (initial, maintenance, put, *peg), chain)
            }
        }
    }

    /// Portfolio margin's part.
    fn portfolio(
        &self,
        row: &GridRow,
        scenarios: usize,
        chain: &[(Series, Size)],
    ) -> Result<Part, MarginError> {
        let mut sums = [0_i128; COLUMNS_MAX];
        let (mut long, mut short) = (0_i128, 0_i128);
        // Of one strike: calls and puts together.
        let (mut strike, mut net, mut naked) = (Price::MIN, 0_i128, 0_i128);
        for &(series, position) in chain {
            let line = self.line(row, &series).ok_or(MarginError::NotOnGrid { series })?;
            let size = i128::from(atoms(series, position)?);
            let (values, each) = (self.option(line, series.kind), size.unsigned_abs() as u64);
            let columns = sums[..values.len()].iter_mut().zip(values);
            // Both factors are 64 bits without a sign: one instruction.
            let product = |value: &u64| (u128::from(each) * u128::from(*value)) as i128;
            if size > 0 {
                long += size;
                columns.for_each(|(sum, value)| *sum += product(value));
            } else {
                short -= size;
                columns.for_each(|(sum, value)| *sum -= product(value));
            }
            if series.strike != strike {
                naked -= net.min(0);
                (strike, net) = (series.strike, 0);
            }
            net += size;
        }
        naked -= net.min(0);
        // Each value is up to a grain more than it is kept as: what is short may cost that, now and in
        // a scenario, and what is long now be worth it.
        let (now, low) = (sums[0] + long, |sum: i128| sum - short);
        let mut part = Part { value: low(sums[0]), ..Part::ZERO };
        for (change, &sum) in part.change.iter_mut().zip(&sums[1..=scenarios]) {
            *change = carried(low(sum), row.carry) - now;
        }
        let [up, down] = [sums[scenarios + 1], sums[scenarios + 2]];
        let lost = now - low(up).min(low(down)).min(now);
        part.basis = share_up(lost, row.basis)?;
        part.doubt = i128::from(row.doubt) * (long + short);
        part.shorts = naked;
        Ok(part)
    }

    /// Standard margin's part.
    fn standard(
        &self,
        row: &GridRow,
        (initial, [call, put], [put_value, put_initial], peg): StandardTerms<'_>,
        chain: &[(Series, Size)],
    ) -> Result<Part, MarginError> {
        let mut part = Part::ZERO;
        let mut alone = [0_i128; 2];
        let (mut calls, mut puts, mut worth) = (0_i128, 0_i128, 0_i128);
        let mut slack = 0;
        for &(series, position) in chain {
            let line = self.line(row, &series).ok_or(MarginError::NotOnGrid { series })?;
            let size = i128::from(atoms(series, position)?);
            let value = i128::from(self.option(line, series.kind)[0]);
            let strike = i128::from(down(series.strike.get(), self.shift));
            if series.strike.get().to_bits() != strike << self.shift {
                slack = 1;
            }
            match series.kind {
                Kind::Call => calls += size,
                Kind::Put => (puts, worth) = (puts + size, worth + size * strike),
            }
            if size >= 0 {
                part.value += size * value;
                continue;
            }
            let (size, cost) = (-size, -size * (value + 1));
            part.value -= cost;
            part.shorts += size;
            let add = i128::from(initial[line][series.kind as usize]);
            let (least, most) = match series.kind {
                Kind::Call => (cost + size * i128::from(*call), cost + size * add),
                Kind::Put => {
                    let share = share_up(cost, *put_value)?;
                    let least = cost + share.max(size * i128::from(*put));
                    (least, (cost + size * add).max(share_up(least, *put_initial)?))
                }
            };
            alone = [alone[0] + most, alone[1] + least];
        }
        // As for full collateral: between strikes the payoff is linear.
        let (mut slope, mut lowest, mut at, mut gross) = (-puts, worth.min(0), 0, 0);
        for &(series, position) in chain {
            let strike = i128::from(down(series.strike.get(), self.shift));
            worth += slope * (strike - at);
            lowest = lowest.min(worth);
            slope += position.atoms();
            gross += position.atoms().abs();
            at = strike;
        }
        let lost = if lowest < 0 { gross * slack - lowest } else { 0 };
        let naked = -calls.min(0);
        for (kind, need) in part.need.iter_mut().enumerate() {
            *need = alone[kind].min(lost + naked * i128::from(row.naked[kind]));
        }
        part.doubt = (i128::from(row.doubt) + i128::from(peg)) * part.shorts;
        Ok(part)
    }
}

type StandardTerms<'a> = (&'a [[i64; 2]], &'a [i64; 2], &'a [u128; 2], i64);

/// What an asset of the future is worth now; a liability is not less for being later.
fn carried(value: i128, carry: Option<u64>) -> i128 {
    match carry {
        Some(carry) if value > 0 => {
            crate::math::mul_wide(value as u128, carry) as i128 // value < 2¹²⁴
        }
        _ => value,
    }
}
