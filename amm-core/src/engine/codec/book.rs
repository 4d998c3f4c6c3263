//! Who holds what.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields, tagged};
use crate::book::{
    ASSETS_MAX, Account, AccountId, Chain, Holding, Holdings, Inventory, Leg, Order, POSITIONS_MAX,
    Positions, Series, Side,
};
use crate::num::{Amount, Size};
use crate::pricing::Kind;

tagged! { Kind, "kind of option" { 0 Call, 1 Put } }
tagged! { Side, "side" { 0 Buy, 1 Sell } }

fields! {
    Series { expiry, strike, kind }
    Leg { series, side, size }
    Order { account, legs, limit, deadline }
    Holding { strike, call, put }
}

/// Funding that there is none of takes a byte.
impl Encode for Account {
    fn encode(&self, out: &mut impl Sink) {
        let Self { cash, base, shares, owed, positions, assets, funding } = self;
        cash.encode(out);
        base.encode(out);
        shares.encode(out);
        owed.encode(out);
        positions.encode(out);
        assets.encode(out);
        (*funding != Amount::ZERO).then_some(*funding).encode(out);
    }
}

impl Decode for Account {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let account = Self {
            cash: Decode::decode(from)?,
            base: Decode::decode(from)?,
            shares: Decode::decode(from)?,
            owed: Decode::decode(from)?,
            positions: Decode::decode(from)?,
            assets: Decode::decode(from)?,
            funding: Amount::ZERO,
        };
        let at = from.at();
        match Option::<Amount>::decode(from)? {
            Some(Amount::ZERO) => Err(Fault::Impossible { what: "funding of nothing" }.at(at)),
            funding => Ok(Self { funding: funding.unwrap_or(Amount::ZERO), ..account }),
        }
    }
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

const _: () = assert!(ASSETS_MAX <= u8::BITS as usize);

/// Which assets are held, one bit each, and their units.
impl Encode for Holdings {
    fn encode(&self, out: &mut impl Sink) {
        if self.is_empty() {
            return 0_u8.encode(out); // as most do
        }
        let held = |units: &&Size| **units != Size::ZERO;
        let bits = self.as_slice().iter().enumerate().filter(|(_, units)| held(units));
        bits.fold(0_u8, |bits, (asset, _)| bits | 1 << asset).encode(out);
        self.as_slice().iter().filter(held).for_each(|units| units.encode(out));
    }
}

impl Decode for Holdings {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let bits = u8::decode(from)?;
        let mut held = Self::default();
        for asset in (0..ASSETS_MAX).filter(|asset| bits >> asset & 1 == 1) {
            let at = from.at();
            let units = Size::decode(from)?;
            if units == Size::ZERO {
                return Err(Fault::Impossible { what: "holding of nothing" }.at(at));
            }
            held.set(asset, units).map_err(|error| Fault::from(error).at(at))?;
        }
        Ok(held)
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
