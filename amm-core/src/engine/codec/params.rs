//! Parameters. Their ranges are the engine's to check, since an event may bring any.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields, tagged};
use crate::engine::{Params, Staleness};
use crate::fees::Fees;
use crate::risk::HedgePolicy;
use crate::skew::{Bands, Depth, FlowParams, Gain};

fields! {
    Gain { theta, min, max, refuse_below, refuse_above, bands, taper, locality }
    FlowParams { half_life, scale, strength, rebate }
    Fees { half_spread_vol, fee_bps, insurance_bps, treasury_bps }
    Staleness { open, close }
    Params {
        gain, flow, fees, staleness, realised_share, realised_half_life, depth_step, backing_bps,
        hedge, risk,
    }
}

tagged! {
    HedgePolicy, "hedging policy" { 0 Off, 1 Immediate, 2 Band { width }, 3 Buffered { per_second } }
}

/// Their number.
impl Encode for Bands {
    fn encode(&self, out: &mut impl Sink) {
        u8::from(*self).encode(out);
    }
}

impl Decode for Bands {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(|count: u8| Self::try_from(count).map_err(Fault::from))
    }
}

impl Encode for Depth {
    fn encode(&self, out: &mut impl Sink) {
        self.get().encode(out);
    }
}

impl Decode for Depth {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(Self::new)
    }
}
