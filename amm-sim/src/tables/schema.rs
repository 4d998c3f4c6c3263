//! Every table that the report draws: names, columns, types, units, meanings.
//!
//! Each function gives its table without rows; [`all`] gives them all, and `amm-sim report --columns`
//! prints them. Cash is the scenario's quote currency, a mean over paths unless a column says
//! otherwise. `low` and `high` are the ends of a value's 95 % interval, and a row may have none. `ell`
//! is the leakage: the share of refused buyers who buy from an outside dealer instead, who hedges in
//! the same spot.

use super::{Column, Holds, Table};

/// Every table of this module but the sweep, whose parameters differ.
pub fn all() -> Vec<Table> {
    TABLES.iter().map(|table| table()).collect()
}

/// The table of a name, if it is one of these.
pub fn named(name: &str) -> Option<Table> {
    all().into_iter().find(|table| table.name() == name)
}

const TABLES: [fn() -> Table; 17] = [
    headline, gain, signature, impulse, frontier, split, placebos, surface, gex, profile, paths,
    lp, quality, replay_iv, replay_pnl, validation, throughput,
];

/// One row a design and leakage: the figures that everything else explains.
pub fn headline() -> Table {
    Build::new("headline", "The designs compared")
        .design()
        .ell()
        .value("amplification", "1", "realised variance, closed loop over open loop")
        .ends("low", "high")
        .value("gain", "1", "loop gain, implied by variance: 1 - 1/sqrt(amplification)")
        .ends("gain_low", "gain_high")
        .value(
            "dampening",
            "1",
            "1 - gain / gain of the baseline; none if the baseline has no loop",
        )
        .ends("d_low", "d_high")
        .value("placebo_adjusted", "1", "least advantage in dampening over all placebos")
        .ends("pa_low", "pa_high")
        .value("lp_pnl", "cash", "net profit of the liquidity providers")
        .ends("lp_low", "lp_high")
        .value("cvar99", "cash", "mean loss on the worst 1 % of days; a loss is above 0")
        .value("drawdown", "cash", "largest fall of the providers' value from its peak")
        .value("served", "1", "protection bought from the pool / wanted at the fair price, in vega")
        .value("refused", "1", "protection not bought from the pool / wanted, in vega")
        .value("displaced", "1", "protection bought elsewhere / wanted, in vega")
        .value("attacker", "cash", "net profit of the attacker, impact costs included")
        .table()
}

/// Amplification against loop gain, by the three estimators.
pub fn gain() -> Table {
    Build::new("gain", "Amplification against loop gain")
        .design()
        .ell()
        .value(
            "gain_state",
            "1",
            "of the state: mean of S^2 gamma / depth over hedgers, time, paths",
        )
        .ends("state_low", "state_high")
        .value("gain_variance", "1", "implied by variance: 1 - 1/sqrt(amplification)")
        .ends("variance_low", "variance_high")
        .value("gain_impulse", "1", "implied by the impulse response: 1 - 1/response")
        .ends("impulse_low", "impulse_high")
        .float("amplification", "1", "realised variance, closed loop over open loop")
        .ends("low", "high")
        .table()
}

/// Amplification by sampling horizon.
pub fn signature() -> Table {
    Build::new("signature", "Signature plot: amplification by sampling horizon")
        .design()
        .maybe_ell()
        .integer("horizon_blocks", "blocks", "between two samples of spot")
        .float("horizon_s", "s", "the same in seconds")
        .float(
            "amplification",
            "1",
            "realised variance at this horizon, closed loop over open loop",
        )
        .ends("low", "high")
        .table()
}

/// What becomes of a shock to spot.
pub fn impulse() -> Table {
    Build::new("impulse", "Impulse response of spot")
        .design()
        .float("shock", "daily sd", "size and sign of the shock")
        .integer("block", "blocks", "since the shock")
        .float("response", "1", "move of spot so far / the shock itself")
        .ends("low", "high")
        .table()
}

/// Amplification against served demand as each design's strength is swept.
pub fn frontier() -> Table {
    Build::new("frontier", "Frontier: amplification against served demand")
        .design()
        .maybe_ell()
        .float("strength", "1", "of the design's rule; 0 is a static pool")
        .float("served", "1", "protection bought from the pool / wanted at the fair price, in vega")
        .float("amplification", "1", "realised variance, closed loop over open loop")
        .ends("low", "high")
        .value("cvar99", "cash", "mean loss on the worst 1 % of days; a loss is above 0")
        .table()
}

/// Dampening by its causes; the parts of one design and leakage add up to its dampening.
pub fn split() -> Table {
    Build::new("split", "Dampening by cause")
        .design()
        .ell()
        .text("part", "refusal, attraction or timing")
        .float("value", "1", "of dampening")
        .ends("low", "high")
        .table()
}

/// What simpler rules achieve when matched to the design.
pub fn placebos() -> Table {
    Build::new("placebos", "Placebos: simpler rules matched to the design")
        .design()
        .ell()
        .text("placebo", "flat, lift, thin, cap or delay")
        .text("matching", "volume, refusal or profit: what is made equal to the design's")
        .value("strength", "1", "of the placebo's rule, found by bisection")
        .value("matched_value", "1", "of what is made equal, as the placebo reaches it")
        .value("target_value", "1", "of what is made equal, as the design has it")
        .value("dampening", "1", "of the placebo; none if the matching cannot be reached")
        .ends("low", "high")
        .value("advantage", "1", "dampening of the design less that of the placebo")
        .ends("a_low", "a_high")
        .table()
}

/// Implied volatilities quoted before and after.
pub fn surface() -> Table {
    Build::new("surface", "Implied volatility quoted, before and after")
        .text("when", "before or after")
        .design()
        .float("expiry_days", "days", "to expiry")
        .float("moneyness", "1", "strike / forward")
        .float("vol", "1", "implied volatility a year: 0.65 is 65 %")
        .table()
}

/// Where the pool's gamma lies.
pub fn gex() -> Table {
    Build::new("gex", "Gamma exposure by strike")
        .design()
        .float("expiry_days", "days", "to expiry")
        .float("strike", "price", "of the series")
        .float(
            "gex",
            "cash",
            "what its hedgers sell when spot rises by 1 %; below 0 the pool is short gamma",
        )
        .value("spot", "price", "when the picture was taken, the same in every row")
        .table()
}

/// Loop gain as spot moves with the book held; the flip is where its sign changes.
pub fn profile() -> Table {
    Build::new("profile", "Gamma profile: loop gain as spot moves")
        .design()
        .float("spot", "price", "to which spot is moved")
        .float("gain", "1", "loop gain of the book there; above 0 it is short gamma")
        .value("spot_now", "price", "when the picture was taken, the same in every row")
        .table()
}

/// A few paths in full.
pub fn paths() -> Table {
    Build::new("paths", "Price paths")
        .design()
        .integer("path", "", "its number; the same number has the same luck in every design")
        .integer("block", "blocks", "since the start")
        .float("spot", "price", "at the end of the block")
        .value("gain", "1", "loop gain, instantaneous")
        .table()
}

/// The part of the providers' profit that sellers on margin did not pay: below 0, less what taking their
/// accounts over brought. Behind full collateral there is none.
pub const UNPAID: &str = "unpaid by accounts";

/// Where the liquidity providers' profit comes from; the parts of a design add up.
pub fn lp() -> Table {
    Build::new("lp", "Providers' profit by part")
        .design()
        .text(
            "part",
            "such as spread and fees, skew collected, skew paid, hedge slippage, options and hedge at \
             fair marks; unpaid by accounts: what sellers on margin did not pay, below 0, and what \
             taking their accounts over brought; total",
        )
        .float("value", "cash", "of the part; a loss is below 0")
        .ends("low", "high")
        .table()
}

/// Liquidity and quote quality, one measure a row.
pub fn quality() -> Table {
    Build::new("quality", "Liquidity and quote quality")
        .design()
        .maybe_ell()
        .text("measure", "such as effective spread, price impact, fill ratio, vega volume")
        .text("unit", "of the value: vol points, 1, cash, s")
        .float("value", "as unit", "mean over paths")
        .ends("low", "high")
        .table()
}

/// What the closed forms say and what was measured.
pub fn validation() -> Table {
    Build::new("validation", "Closed forms: measured against theory")
        .text("id", "of the row, such as F1")
        .text("what", "is measured, in one line")
        .value("measured", "as what", "by simulation")
        .value("theory", "as what", "by the closed form")
        .value("low", "as what", "lower end of what passes")
        .value("high", "as what", "upper end of what passes")
        .text("verdict", "pass, fail, or why neither")
        .table()
}

/// Quotes beside the exchange's, at real times.
pub fn replay_iv() -> Table {
    Build::new("replay_iv", "Implied volatility quoted, beside the exchange's")
        .maybe_text("underlying", "such as BTC")
        .integer("time", "s", "since 1970")
        .design()
        .integer("expiry", "s", "since 1970")
        .float("strike", "price", "of the series")
        .value("exchange_iv", "1", "of the exchange's mid")
        .value("exchange_bid", "1", "implied volatility of its bid; none if there is none")
        .value("exchange_ask", "1", "implied volatility of its ask; none if there is none")
        .value("quoted_iv", "1", "of the pool's marginal mid; none if it does not quote")
        .table()
}

/// Providers' profit through real time.
pub fn replay_pnl() -> Table {
    Build::new("replay_pnl", "Providers' profit through the replay")
        .maybe_text("underlying", "such as BTC")
        .integer("time", "s", "since 1970")
        .design()
        .text("part", "total, or as in table lp")
        .float("value", "cash", "since the start; a loss is below 0")
        .table()
}

/// How fast, and how cost grows.
pub fn throughput() -> Table {
    Build::new("throughput", "Speed and its growth")
        .text("measure", "such as light block-steps")
        .text("against", "paths, agents, series, threads")
        .float("size", "as against", "how many")
        .float("per_second", "1/s", "of the measure")
        .maybe_text("machine", "what it ran on")
        .table()
}

/// A sweep: the parameters' columns first, then what came out. A parameter that is no number is a text.
pub fn sweep<'a>(parameters: impl IntoIterator<Item = (&'a str, Holds)>) -> Table {
    let mut build = Build::new("sweep", "Sweep of parameters");
    for (name, holds) in parameters {
        build.0.columns.push(Column::new(name.to_owned(), holds, "", "parameter"));
    }
    build
        .design()
        .value("amplification", "1", "realised variance, closed loop over open loop")
        .value("gain", "1", "loop gain, implied by variance: 1 - 1/sqrt(amplification)")
        .value(
            "dampening",
            "1",
            "1 - gain / gain of the baseline; none if the baseline has no loop",
        )
        .ends("low", "high")
        .value("served", "1", "protection bought from the pool / wanted at the fair price, in vega")
        .value("lp_pnl", "cash", "net profit of the liquidity providers")
        .table()
}

/// Of a sweep: the columns before `design`.
pub fn parameters(sweep: &Table) -> &[Column] {
    sweep.columns().split_at(sweep.place("design").unwrap_or(0)).0
}

struct Build(Table);

impl Build {
    fn new(name: &'static str, title: &'static str) -> Self {
        Self(Table::new(name, title, Vec::new()))
    }

    fn column(mut self, column: Column) -> Self {
        self.0.columns.push(column);
        self
    }

    fn design(self) -> Self {
        self.text("design", "of the pool: static, dynamic, active, or a peer's rule")
    }

    fn ell(self) -> Self {
        self.float("ell", "1", "leakage: the share of refused buyers who buy elsewhere")
    }

    fn maybe_ell(self) -> Self {
        self.value("ell", "1", "leakage: the share of refused buyers who buy elsewhere")
    }

    fn text(self, name: &'static str, meaning: &'static str) -> Self {
        self.column(Column::new(name, Holds::Text, "", meaning))
    }

    fn maybe_text(self, name: &'static str, meaning: &'static str) -> Self {
        self.column(Column::new(name, Holds::Text, "", meaning).maybe())
    }

    fn integer(self, name: &'static str, unit: &'static str, meaning: &'static str) -> Self {
        self.column(Column::new(name, Holds::Integer, unit, meaning))
    }

    fn float(self, name: &'static str, unit: &'static str, meaning: &'static str) -> Self {
        self.column(Column::new(name, Holds::Float, unit, meaning))
    }

    /// A float that a row may lack.
    fn value(self, name: &'static str, unit: &'static str, meaning: &'static str) -> Self {
        self.column(Column::new(name, Holds::Float, unit, meaning).maybe())
    }

    /// The ends of the 95 % interval of the column before.
    fn ends(self, low: &'static str, high: &'static str) -> Self {
        let of = self.0.columns.last();
        let (name, unit) = of.map_or(("", ""), |of| (&of.name, &of.unit));
        let (unit, of) = (unit.to_owned(), name.to_owned());
        let end = |name, side| {
            let meaning = format!("{side} end of the 95 % interval of {of}");
            Column::new(name, Holds::Float, unit.clone(), meaning).maybe()
        };
        let (low, high) = (end(low, "lower"), end(high, "upper"));
        self.column(low).column(high)
    }

    fn table(self) -> Table {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_named_once_and_explained() {
        for table in all().into_iter().chain([sweep([("market.depth", Holds::Float)])]) {
            let mut names: Vec<_> = table.columns().iter().map(|column| &column.name).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), table.columns().len(), "{}", table.name());
            assert!(table.columns().iter().all(|column| !column.meaning.is_empty()));
            let named = named(table.name());
            assert!(named.is_some_and(|named| named == table) || table.name() == "sweep");
        }
        let sweep = sweep([("market.depth", Holds::Float), ("psi", Holds::Text)]);
        assert_eq!(parameters(&sweep).len(), 2);
    }
}
