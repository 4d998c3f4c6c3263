//! The potential and the flow's charge against 40-digit values, trade by trade.
//!
//! `golden/potential.json`: three markets (flat, flat with an outside gain and θ = 1.25, smiles),
//! twelve trades each, computed in 60-digit arithmetic from the definitions alone.

use amm_core::book::Line;
use amm_core::fees::Fees;
use amm_core::num::{Discount, OutOfRange, Price, Real, Seconds, Size, Timestamp, Vol};
use amm_core::pricing::{Expiry, Kind};
use amm_core::quote::{Desk, LinePlace};
use amm_core::skew::{Bands, Depth, FlowParams, Gain};
use amm_core::surface::{Board, Row, log_moneyness};
use serde_json::Value;

fn number(value: &Value) -> Real {
    let text = value.as_str().unwrap();
    amm_core::num::decimal::Decimal::parse(text).unwrap().to_real(0).unwrap()
}

fn price(value: &Value) -> Price {
    Price::new(number(value)).unwrap()
}

fn stamp(index: usize) -> Timestamp {
    Timestamp::new(1_000_000_000 + index as u64)
}

/// The desk of a market before its first trade.
fn desk(market: &Value) -> Desk {
    let inputs = &market["inputs"];
    let (mut board, mut depths) = (Board::default(), vec![]);
    for (index, expiry) in inputs["expiries"].as_array().unwrap().iter().enumerate() {
        let time: u64 = expiry["T_seconds"].as_str().unwrap().parse().unwrap();
        let discount = Discount::new(number(&expiry["DF"])).unwrap();
        let forward = price(&expiry["F"]);
        let terms = Expiry::new(forward, Seconds::new(time).unwrap(), discount).unwrap();
        let lines = market["lines"].as_array().unwrap().iter();
        let of_this = lines.filter(|line| line["expiry"].as_u64() == Some(index as u64));
        let smile: Vec<_> = of_this
            .map(|line| {
                let strike = price(&line["K"]);
                (log_moneyness(strike, forward).unwrap(), strike, number(&line["sigma"]))
            })
            .collect();
        let years = Real::from_num(time) / Real::from_num(31_536_000);
        let at_forward = number(&market["w_atm"][index]);
        let vol = |k: Real| -> Result<Vol, OutOfRange> {
            let line = smile.iter().find(|line| line.0 == k);
            let vol = line.map(|line| line.2);
            Vol::new(vol.unwrap_or_else(|| amm_core::math::sqrt(at_forward / years).unwrap()))
        };
        let strikes = smile.iter().map(|line| line.1);
        board.rows.push(Row::new(stamp(index), terms, strikes, vol).unwrap());
        depths.push((Depth::new(number(&expiry["L"])).unwrap(), number(&expiry["x0"])));
    }
    let gain = Gain {
        theta: number(&inputs["theta"]),
        min: number(&inputs["x_minus"]),
        max: number(&inputs["x_plus"]),
        refuse_below: Real::lit("-100"),
        refuse_above: Real::lit("100"),
        bands: Bands::try_from(inputs["bands"].as_u64().unwrap() as u8).unwrap(),
        taper: number(&inputs["delta"]),
        locality: Real::lit("0.75"),
    };
    let flow = FlowParams {
        scale: number(&inputs["flow_D"]),
        strength: number(&inputs["flow_s"]),
        ..FlowParams::default()
    };
    let (fees, nothing) = (Fees::default(), std::iter::repeat(Size::ZERO));
    let states = vec![0; board.rows.len()];
    Desk::new(board, &depths, (&gain, &flow, &fees), nothing, states).unwrap()
}

fn place(desk: &Desk, market: &Value, line: u64) -> LinePlace {
    let lines = market["lines"].as_array().unwrap();
    let line = lines.iter().find(|entry| entry["line"].as_u64() == Some(line)).unwrap();
    let expiry = stamp(line["expiry"].as_u64().unwrap() as usize);
    desk.find(Line { expiry, strike: price(&line["K"]) }).unwrap()
}

/// Holds `got` to `want` within `relative` of it and `least`.
fn near(what: &str, got: Real, want: &Value, relative: &str, least: Real) {
    let want = number(want);
    let allowed = want.abs() * relative.parse::<Real>().unwrap() + least;
    let off = got.abs_diff(want);
    assert!(off <= allowed, "{what}: {got} for {want}, off by {off:e}, allowed {allowed:e}");
}

#[test]
fn every_trade_costs_what_the_definitions_say() {
    let text = include_str!("golden/potential.json");
    let file: Value = serde_json::from_str(text).unwrap();
    for market in file["markets"].as_array().unwrap() {
        let name = market["inputs"]["name"].as_str().unwrap();
        let mut desk = desk(market);
        // Weights are rounded to 2⁻⁴⁸, which over a band's probability of 0.067 is 5.3e-14 of a gain and
        // twice that of F. Nodes are rounded to 2⁻⁶⁴ of c, at most a few hundred thousand here.
        let ulps = |units: i128| Real::from_bits(units);
        let of_whole = number(&market["final"]["F_less_F0"]) * Real::lit("1e-15");
        for line in market["lines"].as_array().unwrap() {
            let at = place(&desk, market, line["line"].as_u64().unwrap());
            let valued = desk.valued(at);
            near(name, valued.deviations, &line["d"], "1e-16", ulps(1 << 12));
            near(name, valued.dollar_gamma, &line["dollar_gamma"], "1e-16", ulps(1 << 18));
            near(name, desk.potential.driver(at.line), &line["G"], "1e-13", ulps(1 << 20));
        }
        for trade in market["trades"].as_array().unwrap() {
            let at = place(&desk, market, trade["line"].as_u64().unwrap());
            let kind = if trade["kind"] == "call" { Kind::Call } else { Kind::Put };
            let size: Size = trade["size"].as_str().unwrap().parse().unwrap();
            let quote = desk.price(&[(at, kind, size)], false).unwrap();
            let base = quote.parts.base.floor();
            near(&format!("{name} base"), base, &trade["base"], "1e-16", ulps(1 << 22));
            near(&format!("{name} skew"), quote.parts.skew, &trade["dF"], "1e-12", of_whole);
            near(&format!("{name} flow"), quote.parts.flow, &trade["dPsi"], "1e-13", ulps(1 << 24));
            desk.take(&quote);
        }
        let last = &market["final"];
        near(name, desk.potential.value(), &last["F_less_F0"], "1e-12", ulps(1 << 24));
        near(name, desk.flow.value(), &last["flow_potential"], "1e-14", ulps(1 << 24));
        for node in desk.potential.gains() {
            // Gains of around one, of which some cancel.
            near(name, node.gain, &last["x"][node.bucket][node.band], "1e-12", ulps(1 << 24));
        }
        let marginals = desk.marginals();
        for line in market["lines"].as_array().unwrap() {
            let at = place(&desk, market, line["line"].as_u64().unwrap());
            let (skew, ask, bid) = marginals.shifts(at);
            // ½G·σ²Δ·Φ″ times what a gain is off by, 1e-13: Φ″ is at most 6, ½σ²Δ at most ⅙.
            let of_gamma = number(&line["G"]) * Real::lit("1e-13") + ulps(64);
            near(&format!("{name} ∂F"), skew, &line["marginal_skew"], "1e-12", of_gamma);
            assert_eq!(ask, bid);
            near(&format!("{name} ∂Ψ"), ask, &line["flow_shift"], "1e-13", ulps(1 << 24));
        }
    }
}
