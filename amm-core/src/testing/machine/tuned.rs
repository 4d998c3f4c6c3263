//! Parameters that differ in one number.

use crate::engine::{MarginRule, Params};
use crate::num::{Real, Seconds, Size};
use crate::risk::HedgePolicy;
use crate::risk::breaker::{BreakerParams, GateParams, Limits, SpreadAuction};
use crate::risk::funding::FundingParams;
use crate::risk::liquidation::{AuctionParams, Curve};
use crate::risk::margin::{AssetList, MarginParams};
use crate::signals::PredictorParams;
use crate::skew::Bands;
use crate::testing::fixture::assets;

fn units(count: i128) -> Size {
    Size::from_atoms(count * Size::SCALE)
}

/// One number of the parameters changed, at times to one that is refused.
pub(super) fn tuned(mut params: Params, what: u8, value: u8) -> Params {
    let value = value as usize;
    let real = |numbers: [&str; 4]| {
        let number = crate::num::decimal::Decimal::parse(numbers[value % 4]);
        number.ok().and_then(|number| number.to_real(0).ok()).unwrap_or(Real::ZERO)
    };
    match what % 24 {
        0 => params.gain.theta = real(["0", "1", "1.25", "11"]),
        1 => params.gain.bands = [Bands::One, Bands::Three, Bands::Five][value % 3],
        2 => params.gain.min = real(["-0.05", "0", "-0.02", "-0.6"]),
        3 => params.gain.max = real(["0.3", "0.2", "0.1", "0.6"]),
        4 => params.gain.refuse_above = real(["0.5", "0.3", "1", "0.05"]),
        5 => params.flow.rebate = real(["1", "0.5", "0", "1.1"]),
        6 => params.flow.strength = real(["0.03", "0", "0.02", "0.4"]),
        7 => params.flow.scale = real(["10000000", "100000", "1", "0"]),
        8 => params.fees.half_spread_vol = real(["0.005", "0", "0.02", "-0.01"]),
        9 => params.fees.fee_bps = real(["0", "3", "30", "10001"]),
        10 => params.realised_share = real(["0", "0.5", "1", "5"]),
        11 => params.depth_step = real(["2", "1", "1000", "0.5"]),
        12 => params.backing_bps = [1_000, 0, 10_000, 10_001][value % 4],
        13 => {
            let [open, close] = [[60, 600], [0, 0], [600, 60], [100_000, 1_000_000]][value % 4];
            let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
            params.staleness.open = seconds(open);
            params.staleness.close = seconds(close);
        }
        14 => {
            let unit = Size::from_atoms(Size::SCALE);
            params.hedge = [
                HedgePolicy::Immediate,
                HedgePolicy::Off,
                HedgePolicy::Band { width: unit },
                HedgePolicy::Buffered { per_second: unit },
            ][value % 4];
        }
        15 => {
            params.flow.half_life =
                Seconds::new([1_800, 1, 60, 0][value % 4]).unwrap_or(Seconds::MAX)
        }
        16 => {
            let mut breaker = BreakerParams::default();
            if value % 4 == 3 {
                breaker.spread = Real::ZERO;
            }
            if value % 8 == 5 {
                breaker.auction = SpreadAuction { start: real(["1000"; 4]), size: units(1) };
            }
            params.risk.breaker = (!value.is_multiple_of(4)).then_some(breaker);
        }
        17 => params.risk.gates = (!value.is_multiple_of(2)).then(GateParams::default),
        18 => {
            let mut prediction = PredictorParams::default();
            if value % 4 == 1 {
                prediction.stress.theta_cap = Real::ONE; // else the discounts may be too deep
            }
            params.risk.prediction = (!value.is_multiple_of(2)).then_some(prediction);
        }
        19 => {
            params.risk.limits = match value % 4 {
                0 | 1 => None,
                limit => Some(Limits {
                    per_series: units(9),
                    per_expiry: units(if limit == 2 { 9 } else { 3 }),
                }),
            }
        }
        20 => params.risk.auction = auction(value),
        21 => {
            let list = assets();
            let count = [2, 1, 0, 2][value % 4];
            params.risk.assets = AssetList::new(&list.as_slice()[..count]).unwrap_or(list);
        }
        22 => funding(&mut params, value),
        _ => {
            params.risk.margin = match value % 8 {
                0 => MarginRule::Full,
                1 => MarginRule::Margin(MarginParams::derive_standard()),
                2 => MarginRule::Margin(MarginParams::derive_portfolio()),
                _ => MarginRule::Margin(MarginParams::dynamic()),
            }
        }
    }
    params
}

/// Slow, fast, none, and behind full collateral at times.
fn funding(params: &mut Params, value: usize) {
    let (day, fast) = (Real::lit("1000"), Real::lit("10"));
    let quick = FundingParams {
        scale: units(10),
        velocity: day,
        proportional: fast,
        limit: fast,
        surge: fast,
        response: day,
        ..FundingParams::default()
    };
    params.risk.funding = match value % 4 {
        0 => None,
        1 => Some(FundingParams::default()),
        _ => Some(quick),
    };
    if value % 8 > 3 && params.risk.margin.params().is_none() {
        params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
    }
}

/// Long or short, with a large or a small buffer.
fn auction(value: usize) -> AuctionParams {
    let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
    let [fast, slow, insolvent] =
        [[1_200, 10_800, 600], [60, 600, 30], [0, 1, 1], [1, 0, 0]][value % 4];
    let curve = Curve { fast: seconds(fast), slow: seconds(slow), ..Curve::default() };
    let buffer_bps = if value.is_multiple_of(3) { 0 } else { 3_000 };
    AuctionParams { curve, insolvent: seconds(insolvent), buffer_bps }
}
