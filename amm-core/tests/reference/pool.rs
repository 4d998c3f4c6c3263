//! The whole engine, slowly: positions, money, flows and the market, and what follows from them.

use std::collections::BTreeMap;

use amm_core::book::Order;
use amm_core::engine::{MarketUpdate, Params};
use amm_core::num::{Price, Real, Timestamp, YEAR_S};
use amm_core::pricing::Kind;
use amm_core::risk::{Action, HedgePolicy};

use crate::big::{Big, halved, log_of_two};
use crate::market::Market;
use crate::money::{Account, payoff_bits};
use crate::near::{Near, Worst, ulp};

#[derive(Default)]
pub(crate) struct Pool {
    pub(crate) cash: i128,
    pub(crate) hedge: i128,
    pub(crate) hedge_cash: i128,
    pub(crate) since: u64,
    pub(crate) supply: i128,
    pub(crate) insurance: i128,
    pub(crate) treasury: i128,
    pub(crate) owed: i128,
    pub(crate) waiting: i128,
    pub(crate) outside: (i128, i128),
}

pub(crate) struct Reference {
    pub(crate) params: Params,
    pub(crate) now: u64,
    pub(crate) update: Option<MarketUpdate>,
    pub(crate) market: Option<Market>,
    /// The pool's calls and puts, by expiry and strike.
    pub(crate) listed: BTreeMap<Timestamp, BTreeMap<Price, [i128; 2]>>,
    pub(crate) fixings: BTreeMap<Timestamp, Price>,
    /// I of each feed at `flow_at`.
    pub(crate) flows: Vec<Near>,
    pub(crate) flow_at: u64,
    /// Squared log returns of spot with their times, the last price, and when it was last seen.
    pub(crate) returns: Vec<(u64, Big)>,
    pub(crate) price: Option<(u64, Price)>,
    pub(crate) accounts: BTreeMap<u64, Account>,
    pub(crate) pool: Pool,
    pub(crate) queue: Vec<(u64, Action)>,
    pub(crate) worst: Worst,
}

pub(crate) fn kind_index(kind: Kind) -> usize {
    usize::from(kind == Kind::Put)
}

pub(crate) fn near_atoms(near: &Near, up: bool) -> std::ops::RangeInclusive<i128> {
    let billion = Big::int(1_000_000_000);
    let round = |x: Big| if up { -(-&(&x * &billion)).floor() } else { (&x * &billion).floor() };
    round(&near.at - &near.off)..=round(&near.at + &near.off)
}

/// All that a trade is made of.
pub(crate) struct Priced {
    pub(crate) base: Near,
    pub(crate) skew: Near,
    pub(crate) flow: Near,
    pub(crate) spread: Near,
    pub(crate) fee: Near,
    pub(crate) total: Near,
    pub(crate) nodes: Vec<Near>,
    pub(crate) flows: Vec<Near>,
    pub(crate) gain_certain: bool,
    pub(crate) gain_possible: bool,
}

impl Reference {
    pub(crate) fn new(params: Params, now: u64) -> Self {
        Self {
            params,
            now,
            update: None,
            market: None,
            listed: BTreeMap::new(),
            fixings: BTreeMap::new(),
            flows: vec![],
            flow_at: now,
            returns: vec![],
            price: None,
            accounts: BTreeMap::new(),
            pool: Pool { since: now, ..Pool::default() },
            queue: vec![],
            worst: Worst::default(),
        }
    }

    /// What the pool is short of each line of the market.
    fn short(&self, market: &Market) -> Vec<i128> {
        let short = |line: &crate::market::Line| {
            -self.listed[&market.stamps[line.expiry]][&line.strike].iter().sum::<i128>()
        };
        market.lines.iter().map(short).collect()
    }

    pub(crate) fn nodes(&self, market: &Market) -> Vec<Near> {
        market.gains(&self.short(market))
    }

    /// I of each bucket at a time: half of it is left after a half-life.
    pub(crate) fn faded(&self, now: u64) -> Vec<Near> {
        let passed = i128::from(now - self.flow_at);
        let share = halved(&Big::ratio(passed, self.params.flow.half_life.get().into()));
        let cut = Near::within(Big::default(), Big::two_to(-48).times_atoms(2));
        let fade = |state: &Near| {
            let own = &state.at.abs() * &Big::two_to(-58);
            state.scaled(&share).plus(&cut).and(&own)
        };
        self.flows.iter().map(fade).collect()
    }

    /// Realised variance, (ln 2·year/h)·Σ r²·2^(−age/h).
    fn realised(&self) -> Near {
        let Some((seen, _)) = self.price else { return Near::default() };
        let half_life = i128::from(self.params.realised_half_life.get());
        let rate = &log_of_two() * &Big::ratio(YEAR_S.into(), half_life);
        let mut sum = Near::default();
        for (time, square) in &self.returns {
            let share = halved(&Big::ratio((seen - time).into(), half_life));
            let part = &(square * &rate) * &share;
            // Each part within 2⁻⁶² and two ulps, each decay likewise; r is known to an ulp.
            let of_log = &(&(&square.sqrt() * &rate) + &rate) * &ulp(4);
            let off = &(&part * &Big::two_to(-56)) + &(&of_log + &ulp(4));
            sum = sum.plus(&Near::within(part, off));
        }
        sum
    }

    fn build(&self, update: &MarketUpdate) -> Market {
        let strikes = |expiry: Timestamp| -> Vec<Price> {
            self.listed.get(&expiry).into_iter().flatten().map(|(strike, _)| *strike).collect()
        };
        Market::new(&self.params, update, &strikes, &self.realised())
    }

    /// Another market: each of its expiries takes over the flow that was alive in it.
    pub(crate) fn renew(&mut self, update: MarketUpdate) {
        let faded = self.faded(self.now);
        let old: Vec<Timestamp> =
            self.update.iter().flat_map(|old| &old.feeds).map(|feed| feed.expiry).collect();
        let carried = update.feeds.iter().map(|feed| {
            let place = old.iter().position(|old| *old >= feed.expiry);
            place.map_or_else(Near::default, |place| faded[place].clone())
        });
        self.flows = carried.collect();
        self.flow_at = self.now;
        self.market = Some(self.build(&update));
        self.update = Some(update);
    }

    /// Σ positions·delta in units of the underlying.
    fn delta(&self) -> Near {
        let (Some(market), Some(update)) = (&self.market, &self.update) else {
            return Near::default();
        };
        let mut sum = Near::default();
        for line in &market.lines {
            let held = self.listed[&market.stamps[line.expiry]][&line.strike];
            let per_spot =
                &Big::of(market.forwards[line.expiry].get()) / &Big::of(update.spot.get());
            for (delta, atoms) in [&line.delta_call, &line.delta_put].into_iter().zip(held) {
                sum = sum.plus(&delta.scaled(&per_spot).and_ulps(2).times_atoms(atoms));
            }
        }
        sum
    }

    /// Strikes of short puts and forwards of short calls, in cash.
    pub(crate) fn short_notional(
        &self,
        held: &BTreeMap<Timestamp, BTreeMap<Price, [i128; 2]>>,
    ) -> Big {
        let mut sum = Big::default();
        let Some(market) = &self.market else { return sum };
        for (expiry, forward) in market.stamps.iter().zip(&market.forwards) {
            for (strike, [call, put]) in held.get(expiry).into_iter().flatten() {
                sum += &Big::of(forward.get()).times_atoms((-call).max(0));
                sum += &Big::of(strike.get()).times_atoms((-put).max(0));
            }
        }
        sum
    }

    /// The share of it that must be there in cash.
    pub(crate) fn backing(&self, notional: &Big) -> Near {
        let share = notional * &Big::ratio(self.params.backing_bps.into(), 10_000);
        if share.is_zero() { Near::default() } else { Near::exact(share).and_ulps(3) }
    }

    /// What the pool is worth: for who leaves and for who comes.
    pub(crate) fn nav(&self) -> Option<(Near, Near)> {
        let (market, update) = self.market.as_ref().zip(self.update.as_ref())?;
        let spot = Big::of(update.spot.get());
        let mut worth = Near::exact(Big::atoms(self.pool.cash - self.pool.owed));
        worth = worth.plus(&Near::exact(spot.times_atoms(self.pool.hedge)));
        worth = worth.minus(&market.value(&self.nodes(market)));
        worth = worth.minus(&market.flow(&self.faded(self.now)));
        let mut spread = Near::default();
        let half = Big::of(self.params.fees.half_spread_vol);
        for (&expiry, strikes) in &self.listed {
            for (&strike, held) in strikes {
                for kind in [Kind::Call, Kind::Put] {
                    let atoms = held[kind_index(kind)];
                    if let Some(line) = market.find(expiry, strike) {
                        worth = worth.plus(&market.value_of(line, kind).times_atoms(atoms));
                        let charge = market.lines[line].vega.scaled(&half).and_ulps(2);
                        spread = spread.plus(&charge.times_atoms(atoms.abs()));
                    } else {
                        let price = self.fixings.get(&expiry).copied().unwrap_or(update.spot);
                        let series = amm_core::book::Series { expiry, strike, kind };
                        let payoff = Big::of(Real::from_bits(payoff_bits(&series, price)));
                        worth = worth.plus(&Near::exact(payoff.times_atoms(atoms)));
                    }
                }
            }
        }
        let tiny = Big::two_to(-500); // what is cut here
        Some((worth.minus(&spread).and(&tiny), worth.plus(&spread).and(&tiny)))
    }

    /// An order by its definition: sizes times values, the two charges, spread and fee.
    pub(crate) fn price(&self, order: &Order, market: &Market, closing: bool) -> Option<Priced> {
        let nodes = self.nodes(market);
        let flows = self.faded(self.now);
        let mut moved = vec![Near::default(); nodes.len()];
        let mut pushed = vec![Near::default(); flows.len()];
        let [mut base, mut spread, mut fee] = [(); 3].map(|()| Near::default());
        let fees = &self.params.fees;
        let half = Big::of(fees.half_spread_vol);
        let share = &Big::of(fees.fee_bps) / &Big::int(10_000);
        for leg in &order.legs {
            let line = market.find(leg.series.expiry, leg.series.strike)?;
            let atoms = leg.signed().atoms();
            let value = market.value_of(line, leg.series.kind);
            base = base.plus(&value.times_atoms(atoms));
            let charge = |of: &Near, rate: &Big| {
                if rate.is_zero() { Near::default() } else { of.scaled(rate).and_ulps(2) }
            };
            spread = spread.plus(&charge(&market.lines[line].vega, &half).times_atoms(atoms.abs()));
            fee = fee.plus(&charge(value, &share).times_atoms(atoms.abs()));
            for (node, gain) in moved.iter_mut().zip(&market.lines[line].gains) {
                *node = node.plus(&gain.times_atoms(atoms));
            }
            for (flow, step) in pushed.iter_mut().zip(market.flow_step(line, atoms)) {
                *flow = flow.plus(&step);
            }
        }
        let add = |a: &[Near], b: &[Near]| a.iter().zip(b).map(|(a, b)| a.plus(b)).collect();
        let after: Vec<Near> = add(&nodes, &moved);
        let flows_after: Vec<Near> = add(&flows, &pushed);
        let skew = market.rise(&nodes, &after, Some(&moved));
        let mut flow = market.flow_rise(&flows, &flows_after, Some(&pushed));
        if flow.at.is_negative() {
            flow = flow.scaled(&Big::of(self.params.flow.rebate)).and_ulps(1);
        }
        let (mut gain_certain, mut gain_possible) = (false, false);
        let gain = &self.params.gain;
        let (low, high) = (Big::of(gain.refuse_below), Big::of(gain.refuse_above));
        if !closing && gain.theta != 0 {
            for (x, by) in after.iter().zip(&moved) {
                let past = |room: &Big| {
                    (&x.at - room > high && by.at > Big::default())
                        || (&x.at + room < low && by.at.is_negative())
                };
                gain_certain |= past(&x.off);
                gain_possible |= past(&-&x.off);
            }
        }
        let parts = [&skew, &flow, &spread, &fee];
        let total = parts.into_iter().fold(base.clone(), |sum, part| sum.plus(part));
        let total = total.and(&Big::two_to(-500));
        let nodes = after;
        Some(Priced {
            base,
            skew,
            flow,
            spread,
            fee,
            total,
            nodes,
            flows: flows_after,
            gain_certain,
            gain_possible,
        })
    }

    /// What the hedge's policy wants, of every target within the bound.
    pub(crate) fn hedge_wants(&self, got: i128) -> Result<(), String> {
        let target = near_atoms(&Near { at: -&self.delta().at, ..self.delta() }, true);
        let wanted = |target: i128| {
            let gap = target - self.pool.hedge;
            let most = match self.params.hedge {
                HedgePolicy::Off => 0,
                HedgePolicy::Immediate => return gap,
                HedgePolicy::Band { width } => (gap.abs() - width.atoms()).max(0),
                HedgePolicy::Buffered { per_second } => {
                    per_second.atoms() * i128::from(self.now - self.pool.since)
                }
            };
            gap.signum() * gap.abs().min(most)
        };
        if target.clone().any(|target| wanted(target) == got) {
            return Ok(());
        }
        Err(format!("hedge of {got} for {}", wanted(*target.start())))
    }

    /// The insurance fund's and the treasury's parts of a fee.
    pub(crate) fn split(&self, fee: i128) -> (i128, i128) {
        let fees = &self.params.fees;
        let part = |bps: u16| fee * i128::from(bps) / 10_000;
        (part(fees.insurance_bps), part(fees.treasury_bps))
    }
}
