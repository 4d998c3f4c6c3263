//! Demand that the pool meets or does not: what is bought elsewhere, and what is written down.

use amm_core::book::{Series, Side};
use amm_core::num::{Real, Size};

use crate::LoopError;
use crate::agent::Me;
use crate::pool::Turned;
use crate::units::{mul, size, units};
use crate::world::{Floor, Sought};

/// What became of an order that an agent wanted filled: the rest was given up for the price.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Met {
    /// All of it.
    pub(super) wanted: Size,
    /// By the pool.
    pub(super) filled: Size,
    /// Turned away by the pool or its design.
    pub(super) turned: Size,
    /// Put off by the design.
    pub(super) waits: Size,
}

impl Floor<'_> {
    /// Wants so many contracts, and trades all of them with the pool if its price for all is at most
    /// `tolerance` worse than fair, a share of volatility. What the pool does not fill goes to the
    /// outside dealer as far as the scenario leaks.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn take(
        &mut self,
        me: Me,
        side: Side,
        series: Series,
        wanted: Size,
        tolerance: Real,
    ) -> Result<Sought, LoopError> {
        if wanted <= Size::ZERO || self.line(series).is_none() {
            return Ok(Sought::default());
        }
        let mut met = Met { wanted, ..Met::default() };
        match self.ask(me, side, series, wanted)? {
            Ok(offer) if offer.markup > tolerance => {}
            Ok(_) => match self.trade(me, side, series, wanted)? {
                Ok(_) => met.filled = wanted,
                Err(Turned::Waits) => met.waits = wanted,
                Err(_) => met.turned = wanted,
            },
            Err(_) => met.turned = wanted,
        }
        self.leak(me, (side, series), met)
    }

    /// Sends what the pool did not fill and does not put off to the outside dealer as far as the
    /// scenario leaks, and writes the demand down, if it is one: who sells is supply.
    pub(super) fn leak(
        &mut self,
        me: Me,
        (side, series): (Side, Series),
        met: Met,
    ) -> Result<Sought, LoopError> {
        let each = self.line(series).map_or(Real::ZERO, |line| line.value.vega);
        let vega = |atoms: i128| match atoms {
            0 => Ok(Real::ZERO),
            _ => mul(units(Size::from_atoms(atoms))?, each),
        };
        let [wanted, filled, turned, waits] =
            [met.wanted, met.filled, met.turned, met.waits].map(Size::atoms);
        let left = (wanted - filled - waits).max(0);
        let mut sought = Sought { pool: met.filled, outside: Size::ZERO };
        sought.outside = size(mul(units(Size::from_atoms(left))?, self.setting.leakage)?)?;
        if sought.outside > Size::ZERO {
            self.outside(me, side, series, sought.outside)?;
        }
        if side == Side::Sell {
            return Ok(sought);
        }
        let demand = &mut self.state.tape.demand;
        demand.wanted += vega(wanted)?;
        demand.served += vega(filled)?;
        demand.displaced += vega(sought.outside.atoms())?;
        demand.waited += vega(waits)?;
        demand.refused += vega(turned.min(left))?;
        demand.deterred += vega(left - turned.min(left))?;
        Ok(sought)
    }
}
