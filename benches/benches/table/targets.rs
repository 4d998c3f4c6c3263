//! What the design accepts and aims at, and where we stand.

use amm_benches_rig::error::Yardstick;

use crate::{
    cases::{IMPLIED_VOL, PRICE, VALUE, grid, ours},
    report::Report,
};

/// One line: what, our figure, what is accepted, what is aimed at.
pub(crate) struct Target {
    pub(crate) what: &'static str,
    pub(crate) got: Option<f64>,
    pub(crate) accept: f64,
    pub(crate) aim: f64,
    /// Whether the figures are counts rather than errors.
    pub(crate) count: bool,
}

impl Target {
    pub(crate) fn verdict(&self) -> &'static str {
        match self.got {
            None => "not measured",
            Some(got) if got <= self.aim => "aim",
            Some(got) if got <= self.accept => "accept",
            Some(_) => "missed",
        }
    }
}

/// All of them: errors over every region, then instructions.
pub(crate) fn all(report: &Report) -> Vec<Target> {
    let worst = |yardstick| report.errors.overall(ours::WHO, yardstick);
    let ir = |what| report.find(what, ours::WHO).and_then(|figure| figure.ir);
    let error = |what, got, accept, aim| Target { what, got, accept, aim, count: false };
    let count = |what, got, accept, aim| Target { what, got, accept, aim, count: true };
    vec![
        error("price error / max(F,K)", worst(Yardstick::Price), (-58f64).exp2(), (-60f64).exp2()),
        error("OTM price error, relative", worst(Yardstick::PriceOtm), 1e-14, 1e-15),
        error("delta, gamma·F, vega error", report.errors.greeks(ours::WHO), 1e-15, 2e-16),
        error("implied vol error, conditioned", worst(Yardstick::ImpliedVol), 1e-15, 3e-16),
        // The design accepts any count here and aims at one below the best peer's.
        count("implied vol, Ir", ir(IMPLIED_VOL), 1_295.0, 1_050.0),
        count("grid cell, price, Ir", ir(grid::PRICE_FORWARD), 320.0, 240.0),
        count("grid cell, price + Greeks, Ir", ir(grid::VALUE_FORWARD), 450.0, 350.0),
        count("cold price, Ir", ir(PRICE), 500.0, 420.0),
        count("cold price + Greeks, Ir", ir(VALUE), 680.0, 550.0),
    ]
}
