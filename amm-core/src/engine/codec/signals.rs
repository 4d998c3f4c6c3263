//! Predictions. A state of one is read only if prices and events can have led to it.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields};
use crate::signals::{
    Bar, Bars, Cluster, ClusterParams, Hawkes, HawkesParams, History, Kernel, LogHar, Predictor,
    PredictorParams, Range, RangeParams, Rule, Stress, StressInputs, StressParams, Term, Vwap,
};

type Past = History<{ Predictor::REACH }>;

fields! {
    PredictorParams { range, forecast, flow, window, cluster, stress }
    RangeParams { bar, fast, slow }
    LogHar { bar, ahead, constant, terms }
    Term { bars, coefficient }
    HawkesParams { fast, slow, mean_per_day }
    Kernel { branching, half_life }
    ClusterParams { assets, bar, half_life, threshold }
    StressParams {
        forecast, deviation, intensity, correlation, gain, half_life, margin_cap, spread_cap,
        theta_cap,
    }
    Rule { above, points }
    Range { params, bars, last, at, sums }
    Bars { length, first, current }
    Bar { index, open, high, low, close }
    Past { building, ring }
    Hawkes { params, at, sums }
    Vwap { window, at, volume, average }
    Cluster { params, index, closes, prices, at, sums }
    StressInputs { forecast, deviation, intensity, correlation, gain }
    Stress { half_life, peak, at, seen }
}

impl Encode for Predictor {
    fn encode(&self, out: &mut impl Sink) {
        let Self { params, range, history, flow, vwap, cluster, last, news, inputs, stress } = self;
        let (spot, variance, gain) = last;
        params.encode(out);
        range.encode(out);
        history.encode(out);
        flow.encode(out);
        vwap.encode(out);
        cluster.encode(out);
        spot.encode(out);
        variance.encode(out);
        gain.encode(out);
        news.encode(out);
        inputs.encode(out);
        stress.encode(out);
    }
}

impl Decode for Predictor {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let read = Self {
            params: Decode::decode(from)?,
            range: Decode::decode(from)?,
            history: Decode::decode(from)?,
            flow: Decode::decode(from)?,
            vwap: Decode::decode(from)?,
            cluster: Decode::decode(from)?,
            last: (Decode::decode(from)?, Decode::decode(from)?, Decode::decode(from)?),
            news: Decode::decode(from)?,
            inputs: Decode::decode(from)?,
            stress: Decode::decode(from)?,
        };
        match read.possible() {
            true => Ok(read),
            false => Err(Fault::Impossible { what: "prediction" }.at(at)),
        }
    }
}
