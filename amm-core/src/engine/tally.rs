//! Two sums over the pool's book that every trade needs.

use crate::book::{Holding, Inventory, Line};
use crate::num::{Amount, Price, Real, Rounding, Size};
use crate::pricing::Kind;
use crate::quote::{Desk, LinePlace};

/// Sums over what the pool holds and the market quotes, exact.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Σ position·∂value/∂spot, in units of the underlying.
    pub delta: Amount,
    /// What the pool is short of: strikes of puts and forwards of calls, in cash.
    pub short_notional: Amount,
}

impl Tally {
    /// Over a whole book.
    pub(in crate::engine) fn of(inventory: &Inventory, desk: &Desk, spot: Price) -> Option<Self> {
        let mut tally = Self::default();
        for chain in inventory.chains() {
            for holding in &chain.holdings {
                if holding.call == Size::ZERO && holding.put == Size::ZERO {
                    continue;
                }
                let line = Line { expiry: chain.expiry, strike: holding.strike };
                let Some(at) = desk.find(line) else { continue };
                for (kind, position) in positions(holding) {
                    tally = tally.moved(desk, spot, (at, kind), Size::ZERO, position)?;
                }
            }
        }
        Some(tally)
    }

    /// After the pool's position in a series has changed.
    pub(in crate::engine) fn moved(
        &self,
        desk: &Desk,
        spot: Price,
        (at, kind): (LinePlace, Kind),
        before: Size,
        after: Size,
    ) -> Option<Self> {
        if before == after {
            return Some(*self);
        }
        let (row, valued) = (desk.row(at), desk.valued(at));
        let forward = row.expiry.forward().get();
        let (delta, notional) = match kind {
            Kind::Call => (valued.value.delta_call, forward),
            Kind::Put => (valued.value.delta_put, valued.strike.get()),
        };
        let of_spot = delta.checked_mul(forward)?.checked_div(spot.get())?;
        let step = Amount::of(after.checked_sub(before)?, of_spot)?;
        let short = |position: Size| position.min(Size::ZERO).checked_neg();
        let sold = short(after)?.checked_sub(short(before)?)?;
        Some(Self {
            delta: self.delta.checked_add(step)?,
            short_notional: self.short_notional.checked_add(Amount::of(sold, notional)?)?,
        })
    }

    /// What the hedge should hold: minus the delta, in whole atoms.
    pub fn hedge_target(&self) -> Size {
        Size::from_atoms(-self.delta.round(Rounding::Down).atoms())
    }

    /// The share of the short notional that must be there in cash.
    pub(in crate::engine) fn backing(&self, bps: u32) -> Option<Amount> {
        const BPS: i128 = 10_000;
        let notional = self.short_notional.floor();
        if bps == 0 || self.short_notional == Amount::ZERO {
            return Some(Amount::ZERO);
        }
        let share = notional.checked_mul_int(i128::from(bps))? / BPS;
        Real::checked_add(share, Real::DELTA).map(Amount::from)
    }
}

/// Both positions of a line.
pub(in crate::engine) fn positions(holding: &Holding) -> [(Kind, Size); 2] {
    [(Kind::Call, holding.call), (Kind::Put, holding.put)]
}
