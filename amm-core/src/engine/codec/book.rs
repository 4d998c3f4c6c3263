//! Who holds what.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields, tagged};
use crate::book::{
    ASSETS_MAX, Account, AccountId, Chain, Holding, Holdings, Inventory, Leg, Order, POSITIONS_MAX,
    Positions, Series, Side,
};
use crate::num::Size;
use crate::pricing::Kind;

tagged! { Kind, "kind of option" { 0 Call, 1 Put } }
tagged! { Side, "side" { 0 Buy, 1 Sell } }

fields! {
    Series { expiry, strike, kind }
    Leg { series, side, size }
    Order { account, legs, limit, deadline }
    Account { cash, base, shares, owed, positions, assets, funding }
    Holding { strike, call, put }
}

impl Encode for AccountId {
    fn encode(&self, out: &mut impl Sink) {
        self.0.encode(out);
    }
}

impl Decode for AccountId {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        u64::decode(from).map(Self)
    }
}

/// Units of every asset there may be.
impl Encode for Holdings {
    fn encode(&self, out: &mut impl Sink) {
        self.as_slice().iter().for_each(|units| units.encode(out));
    }
}

impl Decode for Holdings {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        from.admit(|units: [Size; ASSETS_MAX]| Self::try_from(units))
    }
}

impl Encode for Positions {
    fn encode(&self, out: &mut impl Sink) {
        self.as_slice().encode(out);
    }
}

impl Decode for Positions {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let entries = from.list("positions", POSITIONS_MAX as u32)?;
        Self::try_from(entries).map_err(|error| Fault::from(error).at(at))
    }
}

impl Encode for Chain {
    fn encode(&self, out: &mut impl Sink) {
        let Self { expiry, holdings } = self;
        expiry.encode(out);
        holdings.encode(out);
    }
}

impl Decode for Chain {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let expiry = Decode::decode(from)?;
        Ok(Self { expiry, holdings: from.list("strikes", Inventory::STRIKES_MAX as u32)? })
    }
}

impl Encode for Inventory {
    fn encode(&self, out: &mut impl Sink) {
        self.chains().encode(out);
    }
}

impl Decode for Inventory {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let chains = from.list("expiries", Inventory::EXPIRIES_MAX as u32)?;
        Self::try_from(chains).map_err(|error| Fault::from(error).at(at))
    }
}
