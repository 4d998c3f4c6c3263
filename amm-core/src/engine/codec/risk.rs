//! What reacts to risk, and what it has come to.

use super::{Decode, DecodeError, Encode, Sink, Source, fields, tagged};
use crate::engine::{Anchor, Draw, RiskParams, Watch};
use crate::risk::breaker::{
    Breaker, BreakerParams, Gate, GateParams, Levels, Limits, Readings, State, Triggers,
};

fields! {
    RiskParams { breaker, gates, limits, prediction, horizon, memory }
    BreakerParams { triggers, widened, reduce_only, halted, reopening, spread }
    Triggers {
        loop_gain, spot_move, vol_jump, oracle_gap, staleness, utilisation, insurance_draw,
    }
    Levels { widen, reduce, halt, lower }
    GateParams { entry, exit }
    Gate { oracle_gap, age }
    Limits { per_series, per_expiry }
    Watch { breaker, readings, anchor, draw, predictor }
    Breaker { state, since }
    Readings {
        loop_gain, spot_return, deviation, vol_jump, oracle_gap, age, utilisation, insurance_draw,
    }
    Anchor { at, spot, expiry, variance, forecast }
    Draw { since, fund, paid }
}

tagged! {
    State, "state of a breaker" {
        0 Normal, 1 Widened, 2 ReduceOnly, 3 Halted, 4 Reopening,
    }
}
