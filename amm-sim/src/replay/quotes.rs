//! Quoted volatility beside the exchange's, at every snapshot.

use crate::data::recorded::{Recorded, Vols};
use amm_core::num::{Price, Real, Timestamp};
use amm_loop::pool::Design;
use amm_loop::world::World;

/// A quote of ours beside the exchange's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    pub(super) time: Timestamp,
    pub(super) expiry: Timestamp,
    pub(super) strike: Price,
    pub(super) quoted: Option<Real>,
    /// Of the out-of-the-money option.
    pub(super) exchange: Vols,
}

/// What a world quoted at the snapshots.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotes {
    pub(super) rows: Vec<Beside>,
    last: Option<Timestamp>,
}

impl Quotes {
    /// Looks at a world at the end of a block, if there is a snapshot that it has not seen.
    pub(super) fn look(&mut self, recorded: &Recorded, world: &World<'_>, design: &Design) {
        let Some(moment) = recorded.at(world.now()) else { return };
        if self.last == Some(moment.time) {
            return;
        }
        self.last = Some(moment.time);
        for quoted in world.pool().quoted_vols(design) {
            let Ok(at) = moment.expiries.binary_search_by_key(&quoted.expiry, |smile| smile.expiry)
            else {
                continue;
            };
            let smile = &moment.expiries[at];
            let strike = quoted.strike;
            let Ok(at) = smile.quotes.binary_search_by_key(&strike, |quote| quote.strike) else {
                continue;
            };
            let quote = &smile.quotes[at];
            let exchange = if strike >= smile.forward { quote.call } else { quote.put };
            self.rows.push(Beside {
                time: moment.time,
                expiry: quoted.expiry,
                strike,
                quoted: quoted.quoted,
                exchange,
            });
        }
    }

    /// Of quotes that the exchange has a bid and an ask for: the share whose middle lies between, and
    /// the root mean square of the difference to the exchange's middle.
    pub(super) fn fit(&self) -> (Option<f64>, Option<f64>) {
        let (mut count, mut inside, mut squares) = (0_u32, 0_u32, 0.0);
        for row in &self.rows {
            let (Some(bid), Some(ask), Some(quoted)) =
                (row.exchange.bid, row.exchange.ask, row.quoted)
            else {
                continue;
            };
            count += 1;
            inside += u32::from(bid.get() <= quoted && quoted <= ask.get());
            let gap = (quoted - (bid.get() + ask.get()) / 2).to_num::<f64>();
            squares += gap * gap;
        }
        if count == 0 {
            return (None, None);
        }
        let all = f64::from(count);
        (Some(f64::from(inside) / all), Some((squares / all).sqrt()))
    }
}
