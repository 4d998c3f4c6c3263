//! Demand that the pool meets or does not: what is bought elsewhere, and what is written down.

use amm_core::book::{Series, Side};
use amm_core::num::{Real, Size};

use crate::LoopError;
use crate::agent::Me;
use crate::pool::Turned;
use crate::units::{mul, size, units};
use crate::world::{Floor, Sought};

/// Why the pool did not fill all of an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Short {
    /// Its price.
    Price,
    /// It, or its design, turned the order away.
    Turned,
    /// The order waits.
    Waits,
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
        let mut filled = Size::ZERO;
        let short = match self.ask(me, side, series, wanted)? {
            Ok(offer) if offer.markup > tolerance => Short::Price,
            Ok(_) => match self.trade(me, side, series, wanted)? {
                Ok(_) => {
                    filled = wanted;
                    Short::Price
                }
                Err(Turned::Waits) => Short::Waits,
                Err(_) => Short::Turned,
            },
            Err(_) => Short::Turned,
        };
        self.leak(me, (side, series), (wanted, filled), short)
    }

    /// Sends what the pool did not fill to the outside dealer as far as the scenario leaks, and writes
    /// the demand down, if it is one: who sells is supply.
    pub(super) fn leak(
        &mut self,
        me: Me,
        (side, series): (Side, Series),
        (wanted, filled): (Size, Size),
        short: Short,
    ) -> Result<Sought, LoopError> {
        let each = self.line(series).map_or(Real::ZERO, |line| line.value.vega);
        let mut sought = Sought { pool: filled, outside: Size::ZERO };
        let left = Size::from_atoms((wanted.atoms() - filled.atoms()).max(0));
        let vega = |contracts: Size| mul(units(contracts)?, each);
        if short != Short::Waits {
            sought.outside = size(mul(units(left)?, self.setting.leakage)?)?;
            if sought.outside > Size::ZERO {
                self.outside(me, side, series, sought.outside)?;
            }
        }
        if side == Side::Sell {
            return Ok(sought);
        }
        let demand = &mut self.state.tape.demand;
        demand.wanted += vega(wanted)?;
        demand.served += vega(sought.pool)?;
        demand.displaced += vega(sought.outside)?;
        let unfilled = vega(left)?;
        match short {
            Short::Waits => demand.waited += unfilled,
            Short::Turned => demand.refused += unfilled,
            Short::Price => demand.deterred += unfilled,
        }
        Ok(sought)
    }
}
