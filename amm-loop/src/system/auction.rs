//! Liquidations while a breaker halts: by the Dutch auction of `amm_core`, and in no other way.
//!
//! A keeper that is let in takes the share that is offered as soon as it pays: a trader's perpetuals, cash and
//! coins, or a loan's collateral against its debt and what is bid on top. It closes what it took at the
//! venue, as far as it can be sold there. An account without equity has nothing that could be bid for, and
//! one that nobody has bid for to the end is closed as ever.

use amm_core::num::{Cash, Real, Rounding, Size};
use amm_core::risk::liquidation::{
    Auction, AuctionParams, LiquidationError, Offer, Phase, Standing, taken,
};

use crate::system::books::{assign, less, pay, send};
use crate::system::keeper::Whose;
use crate::system::perp::part_of;
use crate::system::{Liquidation, System, SystemError};
use crate::units::{add, cash, div, money, mul, plus, units};

/// What a keeper has taken: units to sell, and whether they are the keeper's own perpetuals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Won {
    pub(super) units: Size,
    pub(super) own: bool,
    /// Whether the position had the margin that was asked at first.
    pub(super) by_margin: bool,
}

impl Won {
    /// A position that is closed where it is.
    pub(super) const fn closed((units, by_margin): (Size, bool)) -> Self {
        Self { units, own: false, by_margin }
    }
}

impl System<'_> {
    /// What is for sale of an account: its standing at the oracle's price, and what all of it is worth at the
    /// venue.
    fn lot(&self, whose: Whose) -> Result<(Standing, Real), SystemError> {
        let price = self.state.oracle.price.get();
        match whose {
            Whose::Trader(i) => {
                let size = units(self.state.books.traders[i].perps)?.abs();
                Ok((self.trader_standing(i, price)?, mul(size, price)?))
            }
            Whose::Borrower(i) => {
                let debt = self.state.books.borrowers[i].debt;
                let held = self.collateral(i, price)?;
                let needed = div(money(debt)?, self.scenario.lending.threshold())?;
                let maintenance = less(Cash::round(needed, Rounding::Up), debt)?;
                Ok((Standing { equity: less(cash(held), debt)?, maintenance }, held))
            }
        }
    }

    /// Begins an account's auction if it can be auctioned and is not yet; whether it is.
    pub(super) fn offered(&mut self, whose: Whose) -> Result<bool, SystemError> {
        let (standing, _) = self.lot(whose)?;
        let now = self.state.now;
        let party = self.party(whose);
        if standing.equity <= Cash::ZERO {
            party.auction = None;
        } else if party.auction.is_none() {
            party.auction = match Auction::open(&standing, now) {
                Ok(auction) => Some(auction),
                Err(LiquidationError::Healthy { .. }) => None,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(party.auction.is_some())
    }

    /// A keeper bids if that pays: what it has taken then.
    pub(super) fn bid(&mut self, whose: Whose, keeper: usize) -> Result<Option<Won>, SystemError> {
        let Some(auction) = self.party(whose).auction else { return Ok(None) };
        let params = AuctionParams::default();
        let (now, (standing, whole)) = (self.state.now, self.lot(whose)?);
        let offer = match auction.offer(&standing, &params, now) {
            Ok(Offer { phase: Phase::Insolvent, .. }) => {
                self.party(whose).auction = None;
                return Ok(None);
            }
            Ok(offer) => offer,
            Err(LiquidationError::Healthy { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let cap = self.affordable(whose, keeper, &offer, whole)?;
        if cap <= 0 {
            return Ok(None);
        }
        let (bid, after) = auction.bid(&standing, &params, now, Real::ONE, cap.min(Real::ONE))?;
        let sold = mul(whole, bid.share)?;
        // Half the impact of the sale, to second order, and the spread.
        let slip = div(sold, mul(self.state.market.venue.depth(), Real::lit("2"))?)?;
        let lost = mul(sold, add(slip, self.spread()? / Real::lit("10000"))?)?;
        let gas = money(self.state.chain.gas)?;
        if money(bid.profit)? - lost - gas < money(self.scenario.keepers.profit)? {
            self.state.tape.no_profit += 1;
            return Ok(None);
        }
        if !self.pay_gas(keeper)? {
            return Ok(None);
        }
        self.spend(sold, self.state.oracle.price.get())?;
        self.state.tape.auctioned += 1;
        self.party(whose).auction = Some(after);
        let won = match whose {
            Whose::Trader(i) => self.take_trader(i, keeper, bid.share, bid.pays)?,
            Whose::Borrower(i) => {
                let debt = self.state.books.borrowers[i].debt;
                let repaid = add(mul(money(debt)?, bid.share)?, money(bid.pays)?)?;
                Won::closed((self.seize(i, keeper, repaid, sold, whole)?, false))
            }
        };
        Ok(Some(won))
    }

    /// The largest share that the block's budget and a keeper's money reach for.
    fn affordable(
        &mut self,
        whose: Whose,
        keeper: usize,
        offer: &Offer,
        whole: Real,
    ) -> Result<Real, SystemError> {
        let mut cap = Real::ONE;
        if matches!(self.design.liquidation, Liquidation::Gradual { .. }) {
            let budget = self.within_budget(whole, self.state.oracle.price.get())?;
            cap = if whole > 0 { div(budget, whole)? } else { Real::ZERO };
        }
        let owed = match whose {
            Whose::Trader(_) => Cash::ZERO,
            Whose::Borrower(i) => self.state.books.borrowers[i].debt,
        };
        let due = money(plus(owed, offer.price)?)?;
        let has = money(less(self.state.books.keepers[keeper].cash, self.state.chain.gas)?)?;
        let wanted = mul(offer.most.min(cap), due)?;
        if wanted > has {
            self.state.tape.no_capital += 1;
            cap = if has > 0 { cap.min(div(has, due)?) } else { Real::ZERO };
        }
        Ok(cap)
    }

    /// A share of all a trader has goes to the keeper, who pays what it bid, sells the coins and has the
    /// perpetuals to close.
    fn take_trader(
        &mut self,
        i: usize,
        keeper: usize,
        share: Real,
        pays: Cash,
    ) -> Result<Won, SystemError> {
        let price = self.state.oracle.price.get();
        let equity = self.trader_equity(i, price)?;
        let by_margin = equity >= mul(self.scenario.perp.maintenance, self.notional(i, price)?)?;
        let books = &mut self.state.books;
        let (trader, buyer) = (&mut books.traders[i], &mut books.keepers[keeper]);
        let taken = taken(trader.perps, share)?;
        let (part, all) = (taken.atoms().abs(), trader.perps.atoms().abs());
        let of = |cash: Cash| part_of(cash, part, all, part == all);
        let (money, coins) = (of(trader.cash)?, of(trader.coins)?);
        assign(trader, buyer, taken)?;
        pay(trader, buyer, money)?;
        send(trader, buyer, coins)?;
        pay(buyer, trader, pays)?;
        if self.setting.channels.stable {
            let (sold, paid) = self.sale(coins)?;
            let books = &mut self.state.books;
            send(&mut books.keepers[keeper], &mut books.curve, sold)?;
            pay(&mut books.curve, &mut books.keepers[keeper], paid)?;
        } else {
            let books = &mut self.state.books;
            send(&mut books.keepers[keeper], &mut books.street, coins)?;
            pay(&mut books.street, &mut books.keepers[keeper], coins)?;
        }
        Ok(Won { units: taken, own: true, by_margin })
    }

    /// A keeper closes perpetuals that it took.
    pub(super) fn close_own(&mut self, keeper: usize, part: Size) -> Result<Size, SystemError> {
        let value = mul(units(part)?, self.state.market.spot.get())?;
        let cost = cash(self.forced(-value)?);
        let books = &mut self.state.books;
        assign(&mut books.keepers[keeper], &mut books.street, part)?;
        pay(&mut books.keepers[keeper], &mut books.street, cost)?;
        Ok(part)
    }
}
