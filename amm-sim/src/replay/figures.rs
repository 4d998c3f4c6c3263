//! From finished worlds to tables.

use super::{Between, Done, Line, ReplayError, Terms};
use crate::data::recorded::Recorded;
use crate::stats::{Column, Estimate, Means, Resampled, Sheet};
use crate::tables::{Table, Value, schema};
use amm_core::num::{Cash, Real};
use amm_loop::scenario::Scenario;

fn float(real: Real) -> f64 {
    real.to_num::<f64>()
}

fn cash(amount: Cash) -> f64 {
    amount.atoms() as f64 / 1e9
}

/// Squared moves of ln spot over `horizon` blocks, at every block, added up by piece of time.
fn pieces(done: &Done<'_>, start: Real, horizon: u32, piece: usize) -> Vec<f64> {
    let path = &done.world.tape().path;
    let at = |block: usize| if block == 0 { start } else { path[block - 1].ln_spot };
    let horizon = horizon as usize;
    let mut sums = Vec::new();
    for (count, end) in (horizon..=path.len()).enumerate() {
        let step = float(at(end) - at(end - horizon));
        if count % piece == 0 {
            sums.push(0.0);
        }
        if let Some(sum) = sums.last_mut() {
            *sum += step * step;
        }
    }
    sums
}

fn between(estimate: &Estimate) -> Between {
    let ends = estimate.interval;
    Between { value: estimate.value, low: ends.map(|i| i.low), high: ends.map(|i| i.high) }
}

/// 1 − 𝒜^(−½).
fn gain(amplification: f64) -> f64 {
    1.0 - 1.0 / amplification.sqrt()
}

/// One horizon's bootstrap: the open loop's column and every world's.
struct Horizon {
    resampled: Resampled,
    open: Column,
    worlds: Vec<Column>,
}

impl Horizon {
    fn new(
        terms: &Terms,
        start: Real,
        (open, worlds): (&Done<'_>, &[Done<'_>]),
        horizon: u32,
    ) -> Option<Self> {
        let piece = (terms.piece_s / terms.block_s).max(1) as usize;
        let base = pieces(open, start, horizon, piece);
        let mut sheet = Sheet::new(base.len());
        let open = sheet.column(&base);
        let of = |done: &Done<'_>| pieces(done, start, horizon, piece);
        let worlds = worlds.iter().map(|done| sheet.column(&of(done))).collect();
        let resampled = sheet.resample(terms.seed, terms.resamples)?;
        Some(Self { resampled, open, worlds })
    }

    fn amplification(&self, world: usize) -> Option<Estimate> {
        self.resampled.estimate(|means| means.ratio(self.worlds[world], self.open))
    }

    fn gain(&self, means: &Means<'_>, world: usize) -> Option<f64> {
        means.ratio(self.worlds[world], self.open).filter(|a| *a > 0.0).map(gain)
    }

    /// None if the baseline's gain may be zero.
    fn dampening(&self, world: usize, baseline: usize) -> Option<Estimate> {
        let base = self.resampled.estimate(|means| self.gain(&means, baseline))?;
        if base.interval.is_none_or(|interval| interval.low <= 0.0) {
            return None;
        }
        self.resampled.estimate(|means| {
            let base = self.gain(&means, baseline).filter(|gain| *gain > 0.0)?;
            Some(1.0 - self.gain(&means, world)? / base)
        })
    }
}

fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Empty, Value::Float)
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned().into())
}

pub(super) fn figures(
    recorded: &Recorded,
    terms: &Terms,
    scenario: &Scenario,
    open: &Done<'_>,
    worlds: &[Done<'_>],
) -> Result<(Vec<Table>, Vec<Line>), ReplayError> {
    let start = amm_core::math::ln(scenario.market.spot.get()).unwrap_or_default();
    let many = terms.designs.len();
    let headline = Horizon::new(terms, start, (open, worlds), terms.horizon)
        .ok_or(ReplayError::Terms("the bootstrap needs at least one resample"))?;
    let mut lines = Vec::new();
    for (at, done) in worlds.iter().enumerate() {
        lines.push(line(&headline, (at, at / many * many), done, scenario)?);
    }
    let mut tables = vec![table_headline(&lines)?, table_gain(&lines)?];
    tables.push(table_signature(terms, scenario, start, (open, worlds))?);
    tables.push(table_lp(worlds, scenario, terms)?);
    tables.push(table_quality(worlds, terms)?);
    tables.push(table_paths(worlds, open, terms)?);
    tables.push(table_quotes(worlds, recorded, terms)?);
    tables.push(table_pnl(worlds, recorded, scenario, terms)?);
    Ok((tables, lines))
}

fn line(
    headline: &Horizon,
    (at, baseline): (usize, usize),
    done: &Done<'_>,
    scenario: &Scenario,
) -> Result<Line, ReplayError> {
    let tape = done.world.tape();
    let amplification = headline
        .amplification(at)
        .ok_or(ReplayError::Terms("the recorded index does not move at all"))?;
    let dampening = match at == baseline {
        true => None,
        false => headline.dampening(at, baseline),
    };
    let wanted = float(tape.demand.wanted);
    let share = |part: Real| if wanted > 0.0 { float(part) / wanted } else { 0.0 };
    let worth = done.world.worth().unwrap_or(scenario.capital);
    let (inside, rms) = done.quotes.fit();
    Ok(Line {
        design: done.design.name.clone(),
        leakage: float(done.leakage),
        amplification: between(&amplification),
        gain: float(tape.gain_sum) / f64::from(tape.blocks.max(1)),
        gain_max: float(tape.gain_max),
        dampening: dampening.as_ref().map(between),
        profit: cash(worth) - cash(scenario.capital),
        drawdown: cash(tape.drawdown),
        served: share(tape.demand.served),
        displaced: share(tape.demand.displaced),
        inside,
        rms,
    })
}

fn table_headline(lines: &[Line]) -> Result<Table, ReplayError> {
    let mut table = schema::headline();
    for line in lines {
        let damped = line.dampening;
        table.push([
            ("design", text(&line.design)),
            ("ell", Value::Float(line.leakage)),
            ("amplification", Value::Float(line.amplification.value)),
            ("low", optional(line.amplification.low)),
            ("high", optional(line.amplification.high)),
            ("gain", Value::Float(line.gain)),
            ("dampening", optional(damped.map(|damped| damped.value))),
            ("d_low", optional(damped.and_then(|damped| damped.low))),
            ("d_high", optional(damped.and_then(|damped| damped.high))),
            ("lp_pnl", Value::Float(line.profit)),
            ("drawdown", Value::Float(line.drawdown)),
            ("served", Value::Float(line.served)),
            ("refused", Value::Float(1.0 - line.served)),
            ("displaced", Value::Float(line.displaced)),
        ])?;
    }
    Ok(table)
}

fn table_gain(lines: &[Line]) -> Result<Table, ReplayError> {
    let mut table = schema::gain();
    for line in lines {
        let a = line.amplification;
        table.push([
            ("design", text(&line.design)),
            ("ell", Value::Float(line.leakage)),
            ("gain_state", Value::Float(line.gain)),
            ("gain_variance", Value::Float(gain(a.value))),
            ("variance_low", optional(a.low.map(gain))),
            ("variance_high", optional(a.high.map(gain))),
            ("amplification", Value::Float(a.value)),
            ("low", optional(a.low)),
            ("high", optional(a.high)),
        ])?;
    }
    Ok(table)
}

fn table_signature(
    terms: &Terms,
    scenario: &Scenario,
    start: Real,
    (open, worlds): (&Done<'_>, &[Done<'_>]),
) -> Result<Table, ReplayError> {
    let mut table = schema::signature();
    for &blocks in &scenario.horizons {
        let Some(horizon) = Horizon::new(terms, start, (open, worlds), blocks) else { continue };
        for (at, done) in worlds.iter().enumerate() {
            let Some(estimate) = horizon.amplification(at) else { continue };
            let between = between(&estimate);
            table.push([
                ("design", text(&done.design.name)),
                ("ell", Value::Float(float(done.leakage))),
                ("horizon_blocks", Value::Integer(blocks.into())),
                ("horizon_s", Value::Float(f64::from(blocks * scenario.block_s))),
                ("amplification", Value::Float(between.value)),
                ("low", optional(between.low)),
                ("high", optional(between.high)),
            ])?;
        }
    }
    Ok(table)
}

/// Worlds at the first leakage: what tables without one show.
fn first<'a, 'b>(worlds: &'b [Done<'a>], terms: &Terms) -> &'b [Done<'a>] {
    &worlds[..terms.designs.len()]
}

/// Where a world's profit comes from; the parts add up to it.
fn parts(done: &Done<'_>, scenario: &Scenario) -> [(&'static str, f64); 6] {
    let split = &done.world.pool().split;
    let worth = done.world.worth().unwrap_or(scenario.capital);
    let known = [
        ("fees", cash(split.fees)),
        ("skew collected", cash(split.skew_collected)),
        ("skew paid", cash(split.skew_paid)),
        ("hedge slippage", cash(split.slippage)),
        (schema::UNPAID, cash(split.unpaid)),
    ];
    let sum: f64 = known.iter().map(|(_, value)| value).sum();
    let rest = cash(worth) - cash(scenario.capital) - sum;
    let [fees, collected, paid, slippage, unpaid] = known;
    [fees, collected, paid, slippage, unpaid, ("options and hedge at fair marks", rest)]
}

fn table_lp(worlds: &[Done<'_>], scenario: &Scenario, terms: &Terms) -> Result<Table, ReplayError> {
    let mut table = schema::lp();
    for done in first(worlds, terms) {
        for (part, value) in parts(done, scenario) {
            table.push([
                ("design", text(&done.design.name)),
                ("part", text(part)),
                ("value", Value::Float(value)),
            ])?;
        }
    }
    Ok(table)
}

fn table_quality(worlds: &[Done<'_>], terms: &Terms) -> Result<Table, ReplayError> {
    let mut table = schema::quality();
    for done in first(worlds, terms) {
        let (inside, rms) = done.quotes.fit();
        let tape = done.world.tape();
        let points = |volume: &amm_loop::world::Volume| {
            (volume.vega > 0).then(|| 100.0 * float(volume.excess) / float(volume.vega))
        };
        let rows = [
            ("middle inside the exchange's bid and ask", "1", inside),
            (
                "middle less the exchange's, root mean square",
                "vol points",
                rms.map(|rms| 100.0 * rms),
            ),
            ("paid over fair by buyers", "vol points", points(&tape.sold)),
            ("paid over fair by sellers", "vol points", points(&tape.bought)),
        ];
        for (measure, unit, value) in rows {
            let Some(value) = value else { continue };
            table.push([
                ("design", text(&done.design.name)),
                ("ell", Value::Float(float(done.leakage))),
                ("measure", text(measure)),
                ("unit", text(unit)),
                ("value", Value::Float(value)),
            ])?;
        }
    }
    Ok(table)
}

fn table_paths(worlds: &[Done<'_>], open: &Done<'_>, terms: &Terms) -> Result<Table, ReplayError> {
    let mut table = schema::paths();
    let mut add = |name: &str, done: &Done<'_>| -> Result<(), ReplayError> {
        for (block, sample) in done.world.tape().path.iter().enumerate() {
            let spot = amm_core::math::exp(sample.ln_spot).unwrap_or_default();
            table.push([
                ("design", text(name)),
                ("path", Value::Integer(0)),
                ("block", Value::from(block + 1)),
                ("spot", Value::Float(float(spot))),
                ("gain", Value::Float(float(sample.gain))),
            ])?;
        }
        Ok(())
    };
    add("open loop", open)?;
    for done in first(worlds, terms) {
        add(&done.design.name, done)?;
    }
    Ok(table)
}

fn table_quotes(
    worlds: &[Done<'_>],
    recorded: &Recorded,
    terms: &Terms,
) -> Result<Table, ReplayError> {
    let mut table = schema::replay_iv();
    let vol = |vol: Option<amm_core::num::Vol>| optional(vol.map(|vol| float(vol.get())));
    for done in first(worlds, terms) {
        for row in &done.quotes.rows {
            let middle = row.exchange.bid.zip(row.exchange.ask);
            let middle = middle.map(|(bid, ask)| float((bid.get() + ask.get()) / 2));
            table.push([
                ("underlying", text(&recorded.underlying)),
                ("time", Value::from(row.time.get())),
                ("design", text(&done.design.name)),
                ("expiry", Value::from(row.expiry.get())),
                ("strike", Value::Float(float(row.strike.get()))),
                ("exchange_iv", optional(middle)),
                ("exchange_bid", vol(row.exchange.bid)),
                ("exchange_ask", vol(row.exchange.ask)),
                ("quoted_iv", optional(row.quoted.map(float))),
            ])?;
        }
    }
    Ok(table)
}

fn table_pnl(
    worlds: &[Done<'_>],
    recorded: &Recorded,
    scenario: &Scenario,
    terms: &Terms,
) -> Result<Table, ReplayError> {
    let mut table = schema::replay_pnl();
    let start = scenario.market.start.get();
    for done in first(worlds, terms) {
        for (block, sample) in done.world.tape().path.iter().enumerate() {
            let time = start + (block as u64 + 1) * u64::from(scenario.block_s);
            table.push([
                ("underlying", text(&recorded.underlying)),
                ("time", Value::from(time)),
                ("design", text(&done.design.name)),
                ("part", text("total")),
                ("value", Value::Float(cash(sample.worth) - cash(scenario.capital))),
            ])?;
        }
    }
    Ok(table)
}
