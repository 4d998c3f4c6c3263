//! Writing a plan down: assignments only.

use crate::engine::funding::FundingStep;
use crate::engine::plan::{Change, Plan};
use crate::engine::{Engine, Receipt};

impl Engine {
    /// Puts a plan's new values in place. Cannot fail.
    pub(super) fn commit(&mut self, plan: Plan) -> Receipt {
        let Plan { now, pool, accounts, change, watch, funding, fees, hedge, outcome } = plan;
        let state = &mut self.state;
        state.now = now;
        state.pool = pool;
        state.sequence += 1;
        for (id, account) in accounts {
            state.accounts.insert(id, account);
        }
        if let Some(watch) = watch {
            state.watch = *watch;
        }
        match funding {
            Some(FundingStep::Whole(book)) => state.funding = Some(book),
            Some(FundingStep::Moved(rate, credit)) => {
                if let Some(book) = &mut state.funding {
                    (book.rate, book.credit) = (rate, credit);
                }
            }
            None => {}
        }
        match change {
            Change::None => {}
            Change::Trade(trade) => {
                for &(place, kind, position) in &trade.positions {
                    state.inventory.set(place, kind, position);
                }
                if let Some(desk) = &mut self.desk {
                    desk.take(&trade.sized);
                    state.flow.clear();
                    state.flow.extend_from_slice(desk.flow.states());
                    state.flow_at = now;
                }
                self.tally = trade.tally;
            }
            Change::TakeOver(over) => {
                let over = *over;
                for &(place, kind, position) in &over.positions {
                    state.inventory.set(place, kind, position);
                }
                state.flow = over.desk.flow.states().to_vec();
                state.flow_at = now;
                self.desk = Some(over.desk);
                self.tally = over.tally;
            }
            Change::Fade(flow) => {
                if let Some(desk) = &mut self.desk {
                    desk.flow.take(&flow);
                }
            }
            Change::Renew(renewal) => {
                let renewal = *renewal;
                if let Some(params) = renewal.params {
                    state.params = params;
                }
                if let Some(inventory) = renewal.inventory {
                    state.inventory = inventory;
                }
                if let Some(fixings) = renewal.fixings {
                    state.fixings = fixings;
                }
                if let Some(queue) = renewal.queue {
                    state.queue = queue;
                }
                if let Some(market) = renewal.market {
                    state.market = Some(market.update);
                    state.realised = market.realised;
                    state.flow = market.desk.flow.states().to_vec();
                    state.flow_at = now;
                    self.desk = Some(market.desk);
                    self.tally = market.tally;
                    self.margins = market.margins;
                }
            }
        }
        if let Some((desk, fees)) = self.desk.as_mut().zip(fees) {
            desk.fees = fees;
        }
        Receipt { sequence: self.state.sequence, now, hedge, outcome }
    }
}
