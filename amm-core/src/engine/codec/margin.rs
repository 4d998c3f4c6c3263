//! Margin rules, auctions, and what both have come to.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields, tagged};
use crate::engine::{MarginRule, Spent};
use crate::risk::liquidation::{Auction, AuctionParams, Bid, Budget, Curve, Phase};
use crate::risk::margin::{
    Basis, Carry, Conditions, Doubt, Fixed, MarginParams, Peg, Portfolio, Rule, SCENARIOS_MAX,
    Scan, ScanRange, Scenario, Scenarios, Standard, StandingRange, VolMove, VolScan,
};

fields! {
    MarginParams { rule, doubt, peg, rise_per_second }
    Portfolio { scan, scenarios, vol, basis, carry, fixed, initial }
    Standard {
        initial_most, initial_least, call, put, put_value, base, base_initial, naked_initial, naked,
        put_initial,
    }
    Basis { up, down, share, share_per_year }
    Carry { share, rate_times, rate_plus }
    Fixed { option, base }
    Doubt { threshold, share, fresh, dead }
    Peg { threshold, times }
    ScanRange { z, period, floor, most, pledged }
    Scenario { spot, vol, weight }
    VolScan { up, down, near, far, floor, slope_down, slope_up }
    Conditions { spot, vol, gain, pledged, stress, peg, confidence }
    AuctionParams { curve, insolvent, buffer_bps }
    Curve { start_bps, cutoff_bps, fast, slow }
    Budget { move_bps, least }
    Auction { since, insolvent, reserved }
    Bid { phase, share, worth, pays, paid, profit, ends }
    Spent { at, units }
}

tagged! { MarginRule, "margin rule" { 0 Full, 1 Margin(params) } }
tagged! { Rule, "way of margining" { 0 Portfolio(portfolio), 1 Standard(standard) } }
tagged! { Scan, "scan range" { 0 Fixed, 1 Dynamic(range) } }
tagged! { VolMove, "move of volatility" { 0 None, 1 Up, 2 Down } }
tagged! { Phase, "phase of an auction" { 0 Fast, 1 Slow, 2 Insolvent } }

impl Encode for Scenarios {
    fn encode(&self, out: &mut impl Sink) {
        self.as_slice().encode(out);
    }
}

impl Decode for Scenarios {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let scenarios = from.list("scenarios", SCENARIOS_MAX as u32)?;
        let wrong = |_| Fault::Impossible { what: "set of scenarios" }.at(at);
        Self::new(&scenarios).map_err(wrong)
    }
}

/// One that market updates can have led to.
impl Encode for StandingRange {
    fn encode(&self, out: &mut impl Sink) {
        let Self { range, at } = self;
        range.encode(out);
        at.encode(out);
    }
}

impl Decode for StandingRange {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let read = Self { range: Decode::decode(from)?, at: Decode::decode(from)? };
        match read.possible() {
            true => Ok(read),
            false => Err(Fault::Impossible { what: "scan range in force" }.at(at)),
        }
    }
}
