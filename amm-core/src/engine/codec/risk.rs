//! What reacts to risk, and what it has come to.

use super::state::map;
use super::{Decode, DecodeError, Encode, Sink, Source, fields, tagged};
use crate::engine::{Anchor, Draw, RiskParams, Watch};
use crate::risk::breaker::{
    Breaker, BreakerParams, Gate, GateParams, Levels, Limits, Premium, Readings, SpreadAuction,
    State, Triggers,
};
use crate::risk::funding::{Funding, FundingParams, Index};

fields! {
    RiskParams {
        margin, assets, auction, budget, breaker, gates, limits, prediction, funding, horizon, memory,
    }
    FundingParams { scale, velocity, proportional, limit, surge, surge_time, response }
    Funding { at, skew, drift, followed, share }
    Index { settled, from, weight }
    BreakerParams { triggers, widened, reduce_only, halted, reopening, spread, auction }
    SpreadAuction { start, size }
    Triggers {
        loop_gain, spot_move, vol_jump, oracle_gap, staleness, utilisation, insurance_draw,
    }
    Levels { widen, reduce, halt, lower }
    GateParams { entry, exit }
    Gate { oracle_gap, age }
    Limits { per_series, per_expiry }

    Breaker { state, since }
    Premium { at, share }
    Readings {
        loop_gain, spot_return, deviation, vol_jump, oracle_gap, age, utilisation, insurance_draw,
    }
    Anchor { at, spot, expiry, variance, forecast }
    Draw { since, fund, paid }
}

impl Encode for Watch {
    fn encode(&self, out: &mut impl Sink) {
        let Self {
            breaker,
            premium,
            readings,
            anchor,
            draw,
            predictor,
            conditions,
            standing,
            auctions,
            spent,
        } = self;
        breaker.encode(out);
        premium.encode(out);
        readings.encode(out);
        anchor.encode(out);
        draw.encode(out);
        predictor.encode(out);
        conditions.encode(out);
        standing.encode(out);
        map(auctions.iter(), out);
        spent.encode(out);
    }
}

impl Decode for Watch {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            breaker: Decode::decode(from)?,
            premium: Decode::decode(from)?,
            readings: Decode::decode(from)?,
            anchor: Decode::decode(from)?,
            draw: Decode::decode(from)?,
            predictor: Decode::decode(from)?,
            conditions: Decode::decode(from)?,
            standing: Decode::decode(from)?,
            auctions: from.map("auctions", crate::engine::State::ACCOUNTS_MAX as u32)?,
            spent: Decode::decode(from)?,
        })
    }
}

tagged! {
    State, "state of a breaker" {
        0 Normal, 1 Widened, 2 ReduceOnly, 3 Halted, 4 Reopening,
    }
}
