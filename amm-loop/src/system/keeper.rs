//! Keepers, and the way of a margin call: triggered, observed, included, filled.

use alloc::vec::Vec;

use amm_core::num::{Cash, Price, Real, Size, serde_real};
use amm_core::risk::breaker::{Access, Action};
use amm_core::risk::liquidation::Auction;
use serde::{Deserialize, Serialize};

use crate::draw::Draws;
use crate::spot::within;
use crate::system::auction::Won;
use crate::system::books::{less, pay, worth};
use crate::system::state::luck;
use crate::system::tape::Leg;
use crate::system::{Protocol, System, SystemError};

/// Who liquidates, how fast, and with what money.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeeperRule {
    /// How many, at most 1000. Without any nothing is liquidated.
    pub count: u32,
    /// What each has at first: gas for perpetuals, and what it repays of loans until it has sold what it
    /// got for it.
    pub capital: Cash,
    /// Blocks from what they see to their bid for room in a block.
    #[serde(default)]
    pub latency: u32,
    /// Blocks from being let in to a fill at the venue.
    #[serde(default)]
    pub venue: u32,
    /// What a liquidation must bring after gas and its own impact.
    #[serde(default)]
    pub profit: Cash,
    /// When they are down.
    #[serde(default)]
    pub outages: Vec<Outage>,
}

/// A time in which no keeper works.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// The first block, from 1.
    pub block: u32,
    /// How many.
    pub blocks: u32,
}

impl KeeperRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let count = Real::from_num(self.count);
        within("number of keepers", count, Real::ZERO, Real::lit("1000"))?;
        if self.capital < Cash::ZERO {
            return Err(SystemError::Scenario("keepers do not begin in debt"));
        }
        Ok(())
    }

    fn down(&self, block: u32) -> bool {
        let hit = |outage: &Outage| {
            block.checked_sub(outage.block).is_some_and(|since| since < outage.blocks)
        };
        self.outages.iter().any(hit)
    }
}

/// A trader or a borrower, as margin calls see it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Party {
    /// Uniform: below the probability of a top-up it adds margin, once.
    #[serde(with = "serde_real")]
    pub(super) luck: Real,
    call: Option<Call>,
    /// Whether an order of it is on its way.
    pub(super) busy: bool,
    /// Its auction, while a breaker halts.
    pub(super) auction: Option<Auction>,
}

impl Party {
    pub(super) const fn new(luck: Real) -> Self {
        Self { luck, call: None, busy: false, auction: None }
    }
}

/// A margin call that waits.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Call {
    triggered: u32,
    /// Spot then.
    spot: Price,
    observed: Option<u32>,
    /// Spot then.
    spot_observed: Price,
}

/// Whose position it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Whose {
    Trader(usize),
    Borrower(usize),
}

/// A trade that a keeper has been let in with, on its way to the venue.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Order {
    due: u32,
    pub(super) whose: Whose,
    /// Whoever was let in.
    pub(super) keeper: usize,
    /// Units of the position to close, signed as the position.
    pub(super) units: Size,
    /// Whether they are perpetuals that the keeper took by auction and has itself.
    own: bool,
    /// Whether the position had the margin that was asked at first.
    pub(super) by_margin: bool,
    included: u32,
    /// Spot then.
    spot: Price,
    call: Call,
}

impl Whose {
    /// Its stream of luck.
    const fn stream(self) -> u64 {
        match self {
            Self::Trader(i) => luck::CALLS + i as u64,
            Self::Borrower(i) => luck::CALLS + (1 << 32) + i as u64,
        }
    }
}

impl System<'_> {
    pub(super) fn party(&mut self, whose: Whose) -> &mut Party {
        match whose {
            Whose::Trader(i) => &mut self.state.traders[i],
            Whose::Borrower(i) => &mut self.state.borrowers[i],
        }
    }

    /// Whether nobody may sell a position at some price of the underlying.
    fn healthy(&self, whose: Whose, price: Price) -> Result<bool, SystemError> {
        match whose {
            Whose::Trader(i) => self.trader_healthy(i, price.get(), self.state.standing.range()),
            Whose::Borrower(i) => self.borrower_healthy(i, price.get()),
        }
    }

    /// Every margin call moves on by a block, traders' first, each by its number. Returns how many wait.
    pub(super) fn calls(&mut self) -> Result<u32, SystemError> {
        let (traders, borrowers) = (self.state.traders.len(), self.state.borrowers.len());
        let mut waiting = 0;
        let all = (0..traders).map(Whose::Trader).chain((0..borrowers).map(Whose::Borrower));
        for whose in all {
            waiting += u32::from(self.call(whose)?);
        }
        Ok(waiting)
    }

    /// One of them; whether it waits.
    fn call(&mut self, whose: Whose) -> Result<bool, SystemError> {
        let (block, spot) = (self.state.block, self.state.market.spot);
        if self.party(whose).busy {
            return Ok(false);
        }
        let seen_price = self.state.oracle.price;
        // Where nobody is called at the worse of the two prices, nobody is at the other.
        let short = match whose {
            Whose::Trader(i) => self.state.books.traders[i].perps < Size::ZERO,
            Whose::Borrower(_) => false,
        };
        let worse = if short { spot.max(seen_price) } else { spot.min(seen_price) };
        if self.party(whose).call.is_none() && self.healthy(whose, worse)? {
            return Ok(false);
        }
        let sound = |system: &Self| -> Result<(bool, bool), SystemError> {
            Ok((system.healthy(whose, spot)?, system.healthy(whose, seen_price)?))
        };
        let (mut fine, mut seems) = sound(self)?;
        let waits = self.party(whose).call;
        if !(fine && seems) && waits.is_none() && self.top_up(whose)? {
            (fine, seems) = sound(self)?;
        }
        if fine && seems {
            let party = self.party(whose);
            party.auction = None;
            if party.call.take().is_some() {
                self.state.tape.lapsed += 1;
            }
            return Ok(false);
        }
        let first = Call { triggered: block, spot, observed: None, spot_observed: spot };
        let mut call = waits.unwrap_or(first);
        if !seems && call.observed.is_none() {
            (call.observed, call.spot_observed) = (Some(block), spot);
        }
        self.party(whose).call = Some(call);
        let Some(observed) = call.observed else { return Ok(true) };
        let rule = &self.scenario.keepers;
        if seems || rule.count == 0 || block.saturating_sub(observed) < rule.latency {
            return Ok(true);
        }
        let by_auction = match self.access(Action::Liquidate) {
            Access::Free => {
                self.party(whose).auction = None;
                false
            }
            Access::ByAuction if self.design.breaker.auctions => self.offered(whose)?,
            _ => return Ok(true),
        };
        let mut draws = Draws::new(self.scenario.seed, self.path, u64::from(block), whose.stream());
        if rule.down(block) || !draws.chance(self.state.chain.inclusion) {
            self.state.tape.shut_out += 1;
            return Ok(true);
        }
        let keeper = self.richest();
        let won = match whose {
            _ if by_auction => self.bid(whose, keeper)?,
            Whose::Trader(i) => self.close_trader(i, keeper)?.map(Won::closed),
            Whose::Borrower(i) => self.repay(i, keeper)?.map(Won::closed),
        };
        let Some(Won { units, own, by_margin }) = won else { return Ok(true) };
        let due = block.saturating_add(rule.venue);
        let included = block;
        let order = Order { due, whose, keeper, units, own, by_margin, included, spot, call };
        self.state.orders.push_back(order);
        let party = self.party(whose);
        (party.call, party.busy) = (None, true);
        Ok(true)
    }

    /// The keeper with the most cash, the first of those.
    fn richest(&self) -> usize {
        let keepers = &self.state.books.keepers;
        let mut richest = 0;
        for (i, keeper) in keepers.iter().enumerate() {
            if keeper.cash > keepers[richest].cash {
                richest = i;
            }
        }
        richest
    }

    /// A keeper pays for room in a block; `false` if it cannot.
    pub(super) fn pay_gas(&mut self, keeper: usize) -> Result<bool, SystemError> {
        let gas = self.state.chain.gas;
        let books = &mut self.state.books;
        if books.keepers[keeper].cash < gas {
            self.state.tape.no_capital += 1;
            return Ok(false);
        }
        pay(&mut books.keepers[keeper], &mut books.chain, gas)?;
        let tape = &mut self.state.tape;
        tape.gas = crate::units::plus(tape.gas, gas)?;
        Ok(true)
    }

    /// Orders that have reached the venue are filled, in the order in which they were let in.
    pub(super) fn fills(&mut self) -> Result<(), SystemError> {
        let block = self.state.block;
        self.state.filled = 0;
        while let Some(order) = self.state.orders.pop_front_if(|order| order.due <= block) {
            let before = self.state.market.spot;
            let filled = match order.whose {
                _ if order.own => self.close_own(order.keeper, order.units)?,
                Whose::Trader(i) => self.fill_trader(i, &order)?,
                Whose::Borrower(_) => self.fill_loan(&order)?,
            };
            self.party(order.whose).busy = false;
            let Order { call, included, .. } = order;
            let observed = call.observed.unwrap_or(included);
            let lost =
                |from: Price, to: Price| less(worth(filled, from.get())?, worth(filled, to.get())?);
            self.state.filled += 1;
            self.state.tape.liquidations += 1;
            self.state.tape.by_margin += u32::from(order.by_margin);
            self.state.tape.legs.push(Leg {
                protocol: match order.whose {
                    Whose::Trader(_) => Protocol::Perp,
                    Whose::Borrower(_) => Protocol::Lending,
                },
                triggered: call.triggered,
                blocks: [
                    observed.saturating_sub(call.triggered),
                    included.saturating_sub(observed),
                    block.saturating_sub(included),
                ],
                drift: [
                    lost(call.spot, call.spot_observed)?,
                    lost(call.spot_observed, order.spot)?,
                    lost(order.spot, before)?,
                ],
            });
        }
        Ok(())
    }
}
