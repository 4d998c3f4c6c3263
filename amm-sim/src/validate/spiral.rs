//! R8: margin spirals (Brunnermeier and Pedersen 2009).
//!
//! Speculators hold x of an asset on wealth W, all that a margin of m a unit allows: x = W/m. A fall of
//! the price takes wealth, and moves the margin; what no longer fits is sold, which is a further fall.
//! With impact Λ a unit the two spirals have gains g_L = Λx/m and g_M = −Λx·m′/m, and a shock ends
//! 1/(1 − g_L − g_M) times as deep: margins that rise as the price falls add to the loop, and margins that
//! fall with it take away.

use super::market::Market;
use super::{Effort, Family, Fault, Row, or_refusal};
use amm_core::math::exp;
use amm_core::num::Real;
use amm_loop::spot::{Impact, SpotError};

pub(super) const FAMILY: Family = Family { ids: &["R8"], cost_ms: [5, 5], rows };

/// x and m at a price of 1, so that W is a quarter of x.
const HELD: Real = Real::lit("100000000");
const MARGIN: Real = Real::lit("0.25");

/// The first fall of ln price, so small that spirals are linear.
const SHOCK: Real = Real::lit("0.000001");

/// One so small that where a jump ends is not felt to depend on it.
const SPARK: Real = Real::lit("0.00000001");

/// Second-order terms are some times the shock.
const BIAS: f64 = 1e-4;

fn rows(_: Effort, fault: Option<Fault>) -> Vec<Row> {
    or_refusal("R8", measure(fault))
}

fn measure(fault: Option<Fault>) -> Result<Vec<Row>, SpotError> {
    let market = |loss_gain: &str| HELD / MARGIN / Real::lit(loss_gain);
    let mut rows = Vec::new();
    // g_M is kx/L, a quarter of k·g_L.
    let depth = market("0.4");
    let still = Speculators { depth, steepness: Real::ZERO };
    let alone = 1.0 - 1.0 / still.response(fault)?;
    let what = "fixed margins: gain of the loss spiral alone, by the response to a small shock";
    rows.push(Row::within("R8", what, alone, 0.4, BIAS));
    for (name, steepness, theory) in
        [("rise", "2", 0.2), ("fall", "-2", -0.2), ("fall twice as fast", "-4", -0.4)]
    {
        let speculators = Speculators { depth, steepness: Real::lit(steepness) };
        let response = speculators.response(fault)?;
        let what = format!("margins {name} as the price falls: response to a small shock");
        let all = 1.0 / (1.0 - 0.4 - theory);
        rows.push(Row::within("R8", what, response, all, BIAS * all * all));
        let what = format!("margins {name}: gain that they add to the loop's");
        let added = 1.0 - 1.0 / response - alone;
        rows.push(Row::within("R8", what, added, theory, 2.0 * BIAS));
    }
    // Past a gain of one there is no small answer, and how far it jumps is not the shock's.
    let (depth, steepness) = (market("0.6"), Real::lit("10") / 3);
    for (name, steepness, theory) in [(".5", steepness, 1.0), ("-.5", -steepness, 2.0)] {
        let speculators = Speculators { depth, steepness };
        let (once, twice) = (speculators.fall(SPARK, fault)?, speculators.fall(2 * SPARK, fault)?);
        let what =
            format!("gains .6 and {name}: fall after twice a small shock over that after it");
        rows.push(Row::within("R8", what, (twice / once).to_num(), theory, BIAS));
    }
    Ok(rows)
}

/// Speculators at their limit, and the market they sell into.
#[derive(Clone, Copy, Debug)]
struct Speculators {
    /// Cash that moves ln price by one.
    depth: Real,
    /// k: the margin is m·(1 − k·ln p), and .01 at the least.
    steepness: Real,
}

impl Speculators {
    /// How far ln price falls in the end after a first fall of `shock`.
    fn fall(self, shock: Real, fault: Option<Fault>) -> Result<Real, SpotError> {
        let mut market = Market::new(Impact::LINEAR, self.depth, fault)?;
        let (mut held, mut wealth, mut price) = (HELD, HELD * MARGIN, Real::ONE);
        let own = -shock;
        for _ in 0..1_000 {
            let log = own + market.displacement();
            let now = exp(log)?;
            wealth += held * (now - price);
            price = now;
            let margin = (MARGIN * (Real::ONE - self.steepness * log)).max(Real::lit("0.01"));
            let allowed = (wealth / margin).clamp(Real::ZERO, held);
            // Filled at the price before; what the sale itself costs is of second order.
            market.push(-(held - allowed) * price)?;
            held = allowed;
        }
        Ok(shock - market.displacement())
    }

    /// The same over a small shock.
    fn response(self, fault: Option<Fault>) -> Result<f64, SpotError> {
        Ok((self.fall(SHOCK, fault)? / SHOCK).to_num())
    }
}
