//! One block, step by step.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use amm_core::book::Side;
use amm_core::engine::{Event, Feed, MarketUpdate};
use amm_core::math::exp;
use amm_core::num::{Cash, Price, Real, Size, Timestamp};
use amm_core::skew::Depth;

use crate::LoopError;
use crate::agent::Me;
use crate::dealer::Dealer;
use crate::draw::Draws;
use crate::pool::{Design, PROVIDERS, Pool};
use crate::scenario::{Listing, Scenario};
use crate::spot::{Fundamental, Liquidity, Venue};
use crate::surface::{Surface, SurfaceState};
use crate::units::{div, mul, size, units};
use crate::world::state::State;
use crate::world::{Floor, Purse, Sample, Street, Tape, World, luck};

/// Cash and underlying of an agent's account with the pool: enough to be no limit.
const PURSE: (i128, i128) = (1_000_000_000_000 * Cash::SCALE, 1_000_000_000 * Size::SCALE);

/// The state before the first block: the pool has its capital and its quotes.
pub(super) fn begin(scenario: &Scenario, design: &Design) -> Result<State, LoopError> {
    let market = &scenario.market;
    let (now, spot) = (market.start, market.spot);
    let ln_spot = State::ln(spot)?;
    let vol = market.depth.sigma0.get();
    let mut pool = Pool::new(design, now, scenario.capital)?;
    let mut listed = Vec::new();
    match &scenario.listing {
        Listing::Grid { hours, strikes, .. } => {
            for hours in hours {
                listed.push(list(&mut pool, (now, *hours), spot, strikes)?);
            }
        }
        Listing::Lines(lines) => {
            for (expiry, strikes) in lines {
                pool.must("a listing", &Event::List { expiry: *expiry, strikes: strikes.clone() })?;
                listed.push(*expiry);
            }
        }
    }
    let purse = (Cash::from_atoms(PURSE.0), Size::from_atoms(PURSE.1));
    for (index, agent) in scenario.agents.iter().enumerate() {
        let (money, base) = agent.brings(spot)?.unwrap_or(purse);
        let account = Me { index }.account();
        if (money, base) != (Cash::ZERO, Size::ZERO) {
            pool.must("a deposit", &Event::Deposit { account, cash: money, base })?;
        }
    }
    let venue = Venue::new(market.impact, market.depth.base)?;
    let posted = venue.depth();
    let mut state = State {
        block: 0,
        now,
        ln_fundamental: ln_spot,
        ln_spot,
        spot,
        ln_seen: ln_spot,
        last_move: Real::ZERO,
        realised: mul(vol, vol)?,
        realised_vol: vol,
        fundamental: Fundamental::new(market.process.clone())?,
        venue,
        liquidity: Liquidity::new(market.depth)?,
        posted,
        surface: SurfaceState::default(),
        listed,
        pool,
        dealer: Dealer::default(),
        purses: alloc::vec![Purse::default(); scenario.agents.len()],
        street: Street::default(),
        marked: Real::ZERO,
        auction: None,
        stressed: Real::ZERO,
        waiting: VecDeque::new(),
        forced: Vec::new(),
        memories: scenario.agents.iter().map(crate::agent::Agent::begin).collect(),
        tape: Tape::new(&scenario.horizons, ln_spot, scenario.capital),
    };
    // Once to be known, once more for its providers to be let in.
    state.observe(scenario, design)?;
    let provide = Event::Provide { account: PROVIDERS, cash: scenario.capital };
    state.pool.must("liquidity", &provide)?;
    state.observe(scenario, design)?;
    Ok(state)
}

/// Lists an expiry so many hours ahead.
fn list(
    pool: &mut Pool,
    (now, hours): (Timestamp, u32),
    spot: Price,
    strikes: &[Real],
) -> Result<Timestamp, LoopError> {
    let expiry = Timestamp::new(now.get() + u64::from(hours) * 3600);
    let mut prices = Vec::with_capacity(strikes.len());
    for strike in strikes {
        let price = five_figures(mul(spot.get(), *strike)?)?;
        if prices.last() != Some(&price) {
            prices.push(price);
        }
    }
    pool.must("a listing", &Event::List { expiry, strikes: prices })?;
    Ok(expiry)
}

/// A price to five significant figures, the nearest.
fn five_figures(price: Real) -> Result<Price, LoopError> {
    const HALF: Real = Real::lit("0.5");
    const TEN: Real = Real::lit("10");
    const FULL: Real = Real::lit("10000");
    let (mut scaled, mut down, mut up) = (price, 0, 0);
    while scaled >= FULL * 10 {
        scaled /= TEN;
        down += 1;
    }
    while scaled > 0 && scaled < FULL {
        scaled *= TEN;
        up += 1;
    }
    let mut figures = (scaled + HALF).floor();
    for _ in 0..down {
        figures = mul(figures, TEN)?;
    }
    for _ in 0..up {
        figures /= TEN;
    }
    Ok(Price::new(figures)?)
}

impl World<'_> {
    pub(super) fn block(&mut self) -> Result<(), LoopError> {
        self.state.block += 1;
        self.market()?;
        self.expiries()?;
        self.state.stress(self.design, self.setting)?;
        self.state.observe(self.scenario, self.design)?;
        self.state.remark()?;
        self.state.call_auction(self.design.buy_back.as_ref())?;
        self.put_off()?;
        self.agents()?;
        self.hedges()?;
        self.measure()
    }

    /// Fundamental, impact, depth, implied and realised volatility.
    fn market(&mut self) -> Result<(), LoopError> {
        let (scenario, state) = (self.scenario, &mut self.state);
        let seconds = scenario.block_s;
        state.now = Timestamp::new(state.now.get() + u64::from(seconds));
        let block = u64::from(state.block);
        let mut draws = Draws::new(scenario.seed, self.path, block, luck::FUNDAMENTAL);
        let mut move_ = state.fundamental.step(seconds, &mut draws)?;
        for shock in scenario.market.shocks.iter().chain(&self.setting.impulse) {
            let since = state.block.checked_sub(shock.block);
            if since.is_some_and(|since| since < shock.blocks) {
                move_ += shock.ln / Real::from_num(shock.blocks);
            }
        }
        state.ln_fundamental += move_;
        state.venue.pass(seconds);
        state.ln_spot = state.ln_fundamental + state.venue.displacement();
        state.moves_to(Price::new(exp(state.ln_spot)?)?)?;
        state.last_move = state.ln_spot - state.ln_seen;
        state.ln_seen = state.ln_spot;
        state.realise(scenario)?;
        state.liquidity.observe(state.last_move, seconds)?;
        state.venue.set_scale(state.liquidity.scale())?;
        if let Surface::Implied(rule) = &scenario.market.surface {
            state.surface = rule.after(state.surface, state.last_move, seconds)?;
        }
        Ok(())
    }

    /// Settles what has expired, at the first price after, and lists what follows it.
    fn expiries(&mut self) -> Result<(), LoopError> {
        let state = &mut self.state;
        let now = state.now;
        if state.listed.first().is_some_and(|expiry| *expiry <= now) {
            state.pool.must("the time", &Event::Clock { now })?;
        }
        while let Some(&expiry) = state.listed.first().filter(|expiry| **expiry <= state.now) {
            let price = state.spot;
            state.settle(expiry, price)?;
            state.dealer.settle(expiry, price)?;
            state.listed.remove(0);
            let Listing::Grid { hours, roll: true, strikes } = &self.scenario.listing else {
                continue;
            };
            // The one that has passed is followed by one with the longest time to run.
            if let Some(hours) = hours.last() {
                let next = list(&mut state.pool, (state.now, *hours), price, strikes)?;
                state.listed.push(next);
            }
        }
        Ok(())
    }

    /// Orders that were put off and are due.
    fn put_off(&mut self) -> Result<(), LoopError> {
        let block = self.state.block;
        while let Some(order) = self.state.waiting.front().copied().filter(|o| o.due <= block) {
            self.state.waiting.pop_front();
            let mut floor =
                floor((self.scenario, self.design, self.setting, self.path), &mut self.state);
            let me = Me { index: order.agent as usize };
            let vega = floor.line(order.series).map_or(Real::ZERO, |line| line.value.vega);
            let wanted = mul(units(order.size)?, vega)?;
            match floor.deal(me, Side::Buy, order.series, order.size)? {
                Ok(_) => self.state.tape.demand.served += wanted,
                Err(_) => {
                    let part = size(mul(units(order.size)?, self.setting.leakage)?)?;
                    let outside = floor.outside(me, Side::Buy, order.series, part)?;
                    let demand = &mut self.state.tape.demand;
                    demand.refused += wanted;
                    if outside.is_some() {
                        demand.displaced += mul(units(part)?, vega)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn agents(&mut self) -> Result<(), LoopError> {
        let mut memories = core::mem::take(&mut self.state.memories);
        let block = u64::from(self.state.block);
        for (index, (agent, memory)) in self.scenario.agents.iter().zip(&mut memories).enumerate() {
            let mut draws = Draws::new(self.scenario.seed, self.path, block, index as u64);
            let mut floor =
                floor((self.scenario, self.design, self.setting, self.path), &mut self.state);
            agent.act(memory, Me { index }, &mut floor, &mut draws)?;
        }
        self.state.memories = memories;
        Ok(())
    }

    fn measure(&mut self) -> Result<(), LoopError> {
        let (scenario, setting, state) = (self.scenario, self.setting, &mut self.state);
        let (gain, forced) = (state.gain()?, state.forced_gain(scenario)?);
        let worth = state.pool.worth(state.spot)?;
        state.marked = state.pool.options()?;
        if let Some(since) = state.block.checked_sub(scenario.warmup) {
            state.tape.spot(state.ln_seen, since)?;
            if since > 0 {
                state.tape.gain(gain)?;
                state.tape.forced_gain_sum += forced;
                let day_s = 86_400;
                let at = u64::from(state.block) * u64::from(scenario.block_s);
                let day_ends = at % day_s < u64::from(scenario.block_s);
                state.tape.worth(worth, day_ends || state.block == scenario.blocks)?;
            } else {
                state.tape.opening = worth;
            }
        }
        let predictor = state.pool.engine().state().watch().predictor.as_ref();
        state.tape.scores.extend(predictor.map(|seen| seen.stress().score()));
        if setting.marks.binary_search(&state.block).is_ok() {
            let mark = state.ln_seen;
            state.tape.marks.push(mark);
        }
        if setting.samples {
            let vol = state.vol_at_the_money(self.design);
            state.tape.path.push(Sample { ln_spot: state.ln_seen, gain, vol, worth });
        }
        state.pool.audit_money(state.block)
    }
}

fn floor<'a>(
    (scenario, design, setting, path): (&'a Scenario, &'a Design, &'a crate::world::Setting, u64),
    state: &'a mut State,
) -> Floor<'a> {
    Floor { scenario, design, setting, path, state }
}

impl State {
    /// A market update of everything at once. The keeper posts the depth no faster than the pool takes
    /// it.
    fn observe(&mut self, scenario: &Scenario, design: &Design) -> Result<(), LoopError> {
        let step = design.params.depth_step;
        let (least, most) = (div(self.posted, step)?, self.posted.saturating_mul(step));
        self.posted = self.venue.depth().clamp(least, most);
        let depth = Depth::new(self.posted)?;
        let outside = match (design.sees_outside, self.pool.desk()) {
            (true, Some(desk)) => div(-self.dealer.dollar_gamma(desk)?, self.posted)?,
            _ => Real::ZERO,
        };
        let mut feeds = Vec::with_capacity(self.listed.len());
        for &expiry in &self.listed {
            let surface = &scenario.market.surface;
            if let Some((forward, slice)) = surface.of(self.surface, self.now, expiry, self.spot)? {
                let mut feed = Feed::new(expiry, forward, slice, depth);
                feed.outside_gain = outside;
                feeds.push(feed);
            }
        }
        self.pool.observe(design, MarketUpdate::new(self.now, self.spot, feeds))
    }

    /// The volatility that the pool quotes nearest to the money in the first expiry; zero if none.
    fn vol_at_the_money(&self, design: &Design) -> Real {
        let vols = self.pool.quoted_vols(design);
        let Some(first) = vols.first().map(|vol| vol.expiry) else { return Real::ZERO };
        let near = vols.iter().filter(|vol| vol.expiry == first);
        let near = near.min_by_key(|vol| (vol.strike.get() - self.spot.get()).abs());
        near.and_then(|vol| vol.quoted).unwrap_or(Real::ZERO)
    }
}
