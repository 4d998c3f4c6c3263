//! What an agent sees and can do.

use amm_core::book::{Line, Series, Side};
use amm_core::math::exp;
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::pricing::Kind;
use amm_core::quote::Desk;

use crate::LoopError;
use crate::agent::Me;
use crate::draw::Draws;
use crate::pool::{Design, MarkedLeg, Offer, Pool, TurnAway, Turned};
use crate::scenario::Scenario;
use crate::spot::Venue;
use crate::units::{div, money, mul, size, units};
use crate::world::auction::with_premium;
use crate::world::demand::Met;
use crate::world::look::Ratio;
use crate::world::state::{State, Waiting};
use crate::world::{Fill, Setting, luck};

/// The market as it stands in an agent's turn.
#[derive(Debug)]
pub struct Floor<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) design: &'a Design,
    pub(super) setting: &'a Setting,
    pub(super) path: u64,
    pub(super) state: &'a mut State,
}

/// What came of an order that an agent wanted filled somewhere.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sought {
    /// Contracts that the pool filled.
    pub pool: Size,
    /// Contracts that the outside dealer filled.
    pub outside: Size,
}

impl Floor<'_> {
    /// The block, from 1.
    pub const fn block(&self) -> u32 {
        self.state.block
    }

    /// The time.
    pub const fn now(&self) -> Timestamp {
        self.state.now
    }

    /// Seconds a block.
    pub const fn block_s(&self) -> u32 {
        self.scenario.block_s
    }

    /// The underlying's price.
    pub const fn spot(&self) -> Price {
        self.state.spot
    }

    /// Its logarithm.
    pub const fn ln_spot(&self) -> Real {
        self.state.ln_spot
    }

    /// The last block's move of ln spot.
    pub const fn last_move(&self) -> Real {
        self.state.last_move
    }

    /// Realised volatility of late, annualised.
    pub const fn realised_vol(&self) -> Real {
        self.state.realised_vol
    }

    /// The volatility at which the market has its usual depth.
    pub const fn normal_vol(&self) -> Real {
        self.scenario.market.depth.sigma0.get()
    }

    /// So much a day, in a block.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn per_block(&self, per_day: Real) -> Result<Real, LoopError> {
        const DAY: Real = Real::lit("86400");
        div(mul(per_day, Real::from_num(self.scenario.block_s))?, DAY)
    }

    /// Prices of everything listed.
    pub fn desk(&self) -> Option<&Desk> {
        self.state.pool.desk()
    }

    /// The pool.
    pub const fn pool(&self) -> &Pool {
        &self.state.pool
    }

    /// The market for the underlying.
    pub const fn venue(&self) -> &Venue {
        &self.state.venue
    }

    /// The loop gain of all hedgers, S²Γ/L.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn gain(&self) -> Result<Real, LoopError> {
        self.state.gain()
    }

    /// The scenario's series of a kind that is nearest to a strike, a multiple of spot, in the first
    /// expiry with so many hours to run.
    pub fn pick(&self, hours: u32, strike: Real, kind: Kind) -> Option<Series> {
        let desk = self.desk()?;
        let least = self.now().get() + u64::from(hours) * 3600;
        let row = desk.board.rows.iter().find(|row| row.stamp.get() >= least)?;
        let want = self.spot().get().checked_mul(strike)?;
        let nearest = row.lines.iter().min_by_key(|line| (line.strike.get() - want).abs())?;
        Some(Series { expiry: row.stamp, strike: nearest.strike, kind })
    }

    /// The out-of-the-money series for which the pool pays the highest premium over the outside
    /// volatility, and that premium as a share of it, spread taken off, or what its auction pays if that
    /// is more. Deviations are at most 2½: further out a volatility says little.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn richest_bid(&self, _me: Me) -> Result<Option<(Series, Real)>, LoopError> {
        const FAR: Real = Real::lit("2.5");
        let Some(desk) = self.desk() else { return Ok(None) };
        let marginals = desk.marginals();
        let mut best: Option<(Series, Ratio)> = None;
        for at in desk.lines() {
            let (row, line) = (desk.row(at), desk.valued(at));
            if line.deviations.abs() > FAR || line.value.vega <= 0 {
                continue;
            }
            let kind = if line.strike >= row.expiry.forward() { Kind::Call } else { Kind::Put };
            let (skew, _, flow) = marginals.shifts(at);
            let series = Series { expiry: row.stamp, strike: line.strike, kind };
            let mut paid = self.bid((at, series), (skew, flow))?;
            if let Some(rule) = &self.design.markup {
                let size = Size::from_atoms(Size::SCALE);
                let leg = MarkedLeg { at, series, side: Side::Sell, size };
                let Ok(charge) = rule.charge(&self.state.pool, leg)? else { continue };
                paid -= charge;
            }
            let premium = Ratio { of: paid, to: line.value.vega * line.vol.get() }; // under 10¹⁵
            if premium.to > 0 && best.is_none_or(|(_, most)| premium.above(most)) {
                best = Some((series, premium));
            }
        }
        best.map(|(series, premium)| Ok((series, premium.value()?))).transpose()
    }

    /// What the pool asks for an order. Those who sell get what its auction pays if that is more.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`]; the pool's refusal is inside.
    pub fn ask(
        &self,
        me: Me,
        side: Side,
        series: Series,
        size: Size,
    ) -> Result<Result<Offer, Turned>, LoopError> {
        let offer = self.state.pool.ask(self.design, me.account(), side, series, size)?;
        let Ok(offer) = offer else { return Ok(offer) };
        let auction = self.wanted(series)?;
        let premium = self.premium(auction.as_ref(), (side, size), &offer)?;
        with_premium(offer, premium).map(Ok)
    }

    /// Trades with the pool, unless it turns the order away. Those who sell are never turned away by
    /// the design, only by the engine.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`]; the pool's refusal is inside.
    pub fn trade(
        &mut self,
        me: Me,
        side: Side,
        series: Series,
        size: Size,
    ) -> Result<Result<Offer, Turned>, LoopError> {
        if side == Side::Buy
            && let Some(turned) = self.turned_away(me, series, size)?
        {
            return Ok(Err(turned));
        }
        self.deal(me, side, series, size)
    }

    /// Trades with the pool.
    pub(super) fn deal(
        &mut self,
        me: Me,
        side: Side,
        series: Series,
        size: Size,
    ) -> Result<Result<Offer, Turned>, LoopError> {
        let auction = self.wanted(series)?;
        let target = self.state.pool.engine().tally().hedge_target();
        let mut offer =
            match self.state.pool.trade(self.design, me.account(), side, series, size)? {
                Ok(offer) => offer,
                Err(turned) => return Ok(Err(turned)),
            };
        let premium = self.premium(auction.as_ref(), (side, size), &offer)?;
        if premium > Cash::ZERO {
            self.state.pool.rebate(premium)?;
            offer = with_premium(offer, premium)?;
        }
        let volume = match side {
            Side::Buy => &mut self.state.tape.sold,
            Side::Sell => &mut self.state.tape.bought,
        };
        volume.vega += offer.vega;
        volume.excess += money(offer.total)? - offer.fair;
        volume.trades += 1;
        self.state.purses[me.index].pool(&offer)?;
        if self.scenario.delta_exchange {
            let now = self.state.pool.engine().tally().hedge_target();
            let delta = now.checked_sub(target).ok_or(LoopError::Overflow { what: "a delta" })?;
            let fill = self.state.exchanged(me, delta)?;
            self.state.pool_hedged(delta, fill)?;
        }
        Ok(Ok(offer))
    }

    fn turned_away(
        &mut self,
        me: Me,
        series: Series,
        size: Size,
    ) -> Result<Option<Turned>, LoopError> {
        match self.design.turn_away {
            None => Ok(None),
            Some(TurnAway::Thin { share }) => {
                let mut draws = self.draws(luck::THIN + me.index as u64);
                Ok(draws.chance(share).then_some(Turned::Away))
            }
            Some(TurnAway::Cap { gain }) => {
                let Some((desk, at)) = self.state.pool.find(series) else {
                    return Ok(Some(Turned::NotQuoted));
                };
                let more = mul(units(size)?, desk.valued(at).dollar_gamma)?;
                let after = self.state.pool_gain()? + div(more, self.state.venue.depth())?;
                Ok((after > gain).then_some(Turned::Away))
            }
            Some(TurnAway::Delay { blocks }) => {
                let due = self.state.block.saturating_add(blocks);
                let index = me.index as u64;
                self.state.waiting.push_back(Waiting { due, agent: index, series, size });
                Ok(Some(Turned::Waits))
            }
        }
    }

    fn draws(&self, agent: u64) -> Draws {
        Draws::new(self.scenario.seed, self.path, self.state.block.into(), agent)
    }

    /// Wants so many contracts at the fair price and buys or sells e^(−η·mark-up) of them from the
    /// pool at its price for all. If the pool refuses, it asks for half and for a quarter. Of what the
    /// pool does not fill, the scenario's leakage goes to the outside dealer.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn seek(
        &mut self,
        me: Me,
        side: Side,
        series: Series,
        wanted: Size,
        elasticity: Real,
    ) -> Result<Sought, LoopError> {
        const MOST: Real = Real::lit("40");
        if wanted <= Size::ZERO || self.state.pool.find(series).is_none() {
            return Ok(Sought::default());
        }
        let mut met = Met { wanted, ..Met::default() };
        for divisor in [1, 2, 4] {
            let part = Size::from_atoms(wanted.atoms() / divisor);
            let Ok(offer) = self.ask(me, side, series, part)? else {
                met.turned = wanted;
                continue;
            };
            let keep = exp(mul(-elasticity, offer.markup)?.clamp(-MOST, Real::ONE))?;
            let taken = size(mul(units(part)?, keep)?)?;
            if taken <= Size::ZERO {
                break;
            }
            match self.trade(me, side, series, taken)? {
                Ok(_) => met.filled = taken,
                Err(Turned::Waits) => met.waits = taken,
                Err(_) => {
                    met.turned = met.turned.max(taken);
                    continue;
                }
            }
            met.turned = Size::from_atoms(wanted.atoms() - part.atoms());
            break;
        }
        self.leak(me, (side, series), met)
    }

    /// Trades with the outside dealer, who fills everything that is listed, at the outside volatility
    /// and its spread.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn outside(
        &mut self,
        me: Me,
        side: Side,
        series: Series,
        contracts: Size,
    ) -> Result<Option<Cash>, LoopError> {
        let state = &mut *self.state;
        let Some(desk) = state.pool.desk() else { return Ok(None) };
        let lacked = state.dealer.wanted(desk)?;
        let paid = state.dealer.trade(&self.scenario.dealer, desk, (side, series, contracts))?;
        let Some(total) = paid else { return Ok(None) };
        let lacks = state.dealer.wanted(desk)?;
        state.purses[me.index].outside(side, series, contracts, total)?;
        if self.scenario.delta_exchange {
            let what = LoopError::Overflow { what: "a delta" };
            let delta = lacks.checked_sub(lacked).ok_or(what)?;
            let fill = state.exchanged(me, delta)?;
            state.dealer.hedged(delta, fill.cost)?;
        }
        Ok(paid)
    }

    /// Buys units of the underlying, or sells them if negative, moving its price: not hedging, so its
    /// impact is not suppressed in an open loop.
    ///
    /// # Errors
    ///
    /// [`LoopError::Spot`] if the venue cannot take it.
    pub fn buy_spot(&mut self, me: Me, quantity: Size) -> Result<Fill, LoopError> {
        let fill = self.state.fill(self.scenario, quantity, true)?;
        self.state.purses[me.index].spot(quantity, fill.cost)?;
        Ok(fill)
    }

    /// Sells units that are forced out if negative, buys them if positive: a liquidation, a rebalancing,
    /// a crowd that comes back. They reach the market with the hedges, after those they can be netted
    /// against, and have no impact in an open loop.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn force(&mut self, me: Me, quantity: Size) -> Result<(), LoopError> {
        self.state.forced.push((me.index as u64, quantity));
        Ok(())
    }

    /// The agent's position with the pool.
    pub fn position(&self, me: Me, series: Series) -> Size {
        let accounts = self.state.pool.engine().state().accounts();
        accounts.get(&me.account()).map_or(Size::ZERO, |held| held.positions.get(&series))
    }

    /// Its purse.
    pub fn purse(&self, me: Me) -> &super::Purse {
        &self.state.purses[me.index]
    }

    /// What the agent has made since the start, everything at fair marks.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn made(&self, me: Me) -> Result<Cash, LoopError> {
        self.state.made(me)
    }

    /// An event of the engine in an agent's name, such as a provider's exit.
    ///
    /// # Errors
    ///
    /// [`LoopError::Refused`].
    pub fn event(
        &mut self,
        what: &'static str,
        event: &amm_core::engine::Event,
    ) -> Result<(), LoopError> {
        self.state.pool.must(what, event)
    }

    /// The series' line's fair values; `None` if it is not quoted.
    pub fn line(&self, series: Series) -> Option<&amm_core::surface::Valued> {
        let line = Line { expiry: series.expiry, strike: series.strike };
        let desk = self.desk()?;
        desk.find(line).map(|at| desk.valued(at))
    }
}
