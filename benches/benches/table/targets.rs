//! What the design accepts and aims at, and where we stand.

use amm_benches_rig::error::Yardstick;

use crate::{
    cases::{
        IMPLIED_VOL, IMPLIED_VOL_KEPT, PRICE, PRICE_KEPT, VALUE, VALUE_KEPT, black_scholes, engine,
        grid, implied_vol, jaeckel, light, ours, risk, world,
    },
    report::Report,
};

/// One line: what, our figure, what is accepted, what is aimed at.
pub(crate) struct Target {
    pub(crate) what: &'static str,
    pub(crate) got: Option<f64>,
    /// `None` where the design only aims.
    pub(crate) accept: Option<f64>,
    pub(crate) aim: Option<f64>,
    pub(crate) unit: Unit,
}

/// What a figure counts.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Unit {
    /// An error in units of its yardstick.
    Error,
    /// Instructions: the same in every run of one build.
    Instructions,
    /// Nanoseconds, which no gate depends on.
    Nanoseconds,
}

impl Target {
    pub(crate) fn verdict(&self) -> &'static str {
        let within = |most: Option<f64>| most.zip(self.got).is_some_and(|(most, got)| got <= most);
        match self.got {
            None => "not measured",
            Some(_) if within(self.aim) => "aim",
            Some(_) if within(self.accept) => "accept",
            Some(_) if self.accept.is_none() => "not the aim",
            Some(_) => "missed",
        }
    }

    /// Whether what must be reached is not.
    pub(crate) fn fails(&self) -> bool {
        let gates = self.unit != Unit::Nanoseconds;
        gates && self.accept.zip(self.got).is_some_and(|(accept, got)| got > accept)
    }
}

/// All of them: errors over every region, then instructions and times.
pub(crate) fn all(report: &Report) -> Vec<Target> {
    use Unit::{Error, Instructions, Nanoseconds};
    let worst = |yardstick| report.errors.overall(ours::WHO, yardstick);
    let ours = |what| report.find(what, ours::WHO);
    let ir = |what| ours(what).and_then(|figure| figure.ir);
    let ns = |what| ours(what).map(|figure| figure.ns);
    let of_loop = |what| report.find(what, light::WHO);
    let light_ns = |what| of_loop(what).map(|figure| figure.ns);
    let light_ir = |what| of_loop(what).and_then(|figure| figure.ir);
    // What ten agents cost beyond none.
    let turn = |what| {
        let [none, ten, ..] = world::OF_AGENTS.map(|(who, _)| report.find(what, who));
        Some((ten?.ns - none?.ns) / 10.0)
    };
    let crates = [implied_vol::WHO, jaeckel::WHO, black_scholes::WHO];
    let fastest = crates.iter().filter_map(|who| Some(report.find(PRICE, who)?.ns));
    let fastest = fastest.min_by(f64::total_cmp);
    let line = |what, unit, got, accept, aim| Target { what, got, accept, aim, unit };
    let error = |what, got, accept, aim| line(what, Error, got, Some(accept), Some(aim));
    let count = |what, got, accept, aim| line(what, Instructions, got, accept, Some(aim));
    let time = |what, got, aim| line(what, Nanoseconds, got, None, aim);
    let within = |what, got, accept, aim| line(what, Nanoseconds, got, Some(accept), Some(aim));
    let kept = |what, got, accept| line(what, Instructions, got, Some(accept), None);
    vec![
        error("price error / max(F,K)", worst(Yardstick::Price), (-58f64).exp2(), (-60f64).exp2()),
        error("OTM price error, relative", worst(Yardstick::PriceOtm), 1e-14, 1e-15),
        error("delta, gamma·F, vega error", report.errors.greeks(ours::WHO), 1e-15, 2e-16),
        error("implied vol error, conditioned", worst(Yardstick::ImpliedVol), 1e-15, 3e-16),
        count("implied vol, Ir", ir(IMPLIED_VOL_KEPT), None, 1_050.0),
        count("implied vol from bare numbers, Ir", ir(IMPLIED_VOL), None, 1_050.0),
        count("grid cell, price, Ir", ir(grid::PRICE_FORWARD), Some(320.0), 240.0),
        time("grid cell, price, ns", ns(grid::PRICE_FORWARD), Some(24.0)),
        count("grid cell, price + Greeks, Ir", ir(grid::VALUE_FORWARD), Some(450.0), 350.0),
        time("grid cell, price + Greeks, ns", ns(grid::VALUE_FORWARD), Some(33.0)),
        count("one price, Ir", ir(PRICE_KEPT), Some(500.0), 420.0),
        time("one price, ns, against the fastest f64 crate", ns(PRICE_KEPT), fastest),
        count("one price + Greeks, Ir", ir(VALUE_KEPT), Some(680.0), 550.0),
        count("one price from bare numbers, Ir", ir(PRICE), None, 420.0),
        count("one price + Greeks from bare numbers, Ir", ir(VALUE), None, 550.0),
        within("sized quote, ns", ns(engine::SIZED), 400.0, 200.0),
        kept("sized quote, Ir", ir(engine::SIZED), 7_200.0),
        kept("marginal quote, Ir", ir(engine::MARGINAL), 6_600.0),
        kept("ten-leg quote, Ir", ir(engine::TEN_LEGS), 17_500.0),
        within("trade applied, ns", ns(engine::TRADE), 2_000.0, 700.0),
        kept("trade applied, Ir", ir(engine::TRADE), 13_500.0),
        within("update and requote, ns", ns(engine::UPDATE), 100_000.0, 30_000.0),
        kept("update and requote, Ir", ir(engine::UPDATE), 3_900_000.0),
        kept("update with new slices and requote, Ir", ir(engine::SLICES), 4_100_000.0),
        kept("digest of 10,000 accounts, Ir", ir(engine::DIGEST), 44_000_000.0),
        kept("snapshot of 10,000 accounts, Ir", ir(engine::SNAPSHOT), 2_050_000.0),
        kept("margin of 100 positions, Ir", ir(risk::ACCOUNT), 53_400.0),
        kept("what-if of an order, Ir", ir(risk::WHAT_IF), 8_700.0),
        kept("margin grid at an update, Ir", ir(risk::GRID), 3_150_000.0),
        kept("recheck of 10,000 accounts, Ir", ir(risk::RECHECK), 139_000_000.0),
        kept("recheck of those that can have crossed, Ir", ir(risk::WATCHED), 13_000_000.0),
        kept("liquidation step, Ir", ir(risk::LIQUIDATION), 15_900.0),
        kept("funding accrual, Ir", ir(risk::FUNDING), 1_975.0),
        kept("breaker step, Ir", ir(risk::BREAKER), 1_680.0),
        within("light block, ns", light_ns(light::LATE), 333.0, 100.0),
        kept("light block, Ir", light_ir(light::LATE), 330.0),
        within("agent's turn, static pool, ns", turn(world::AGENTS), 3_333.0, 1_000.0),
        within("agent's turn, dynamic pool, ns", turn(world::SKEWED), 3_333.0, 1_000.0),
    ]
}
