//! The market and what it has shown.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields, tagged};
use crate::engine::{Feed, MarketUpdate};
use crate::signals::Realised;
use crate::surface::{Slice, Ssvi, Svi};

fields! {
    Feed { expiry, forward, discount, slice, depth, outside_gain }
    MarketUpdate { now, prices_at, surface_at, depth_at, spot, feeds, assets, pledged, traded, peg }
}

tagged! { Slice, "slice" { 0 Flat(vol), 1 Svi(svi), 2 Ssvi(ssvi) } }

impl Encode for Svi {
    fn encode(&self, out: &mut impl Sink) {
        ((self.a(), self.b()), ((self.rho(), self.m()), self.sigma())).encode(out);
    }
}

impl Decode for Svi {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(|((a, b), ((rho, m), sigma))| Self::new(a, b, rho, m, sigma))
    }
}

impl Encode for Ssvi {
    fn encode(&self, out: &mut impl Sink) {
        (self.theta(), (self.phi(), self.rho())).encode(out);
    }
}

impl Decode for Ssvi {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(|(theta, (phi, rho))| Self::new(theta, phi, rho))
    }
}

impl Encode for Realised {
    fn encode(&self, out: &mut impl Sink) {
        let Self { price, moved, seen, half_life, variance } = self;
        price.encode(out);
        moved.encode(out);
        seen.encode(out);
        half_life.encode(out);
        variance.encode(out);
    }
}

impl Decode for Realised {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let read = Self {
            price: Decode::decode(from)?,
            moved: Decode::decode(from)?,
            seen: Decode::decode(from)?,
            half_life: Decode::decode(from)?,
            variance: Decode::decode(from)?,
        };
        if read.possible() { Ok(read) } else { Err(Fault::Realised.at(at)) }
    }
}
