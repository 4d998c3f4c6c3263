//! Assets: how they count, what oracles say of them, what was taken of them.

use super::{Decode, DecodeError, Encode, Fault, Sink, Source, fields, tagged};
use crate::book::ASSETS_MAX;
use crate::risk::margin::{AssetError, AssetFeed, AssetList, AssetParams, Crowd, Seized};

fields! {
    AssetParams {
        haircut, haircut_initial, vol_calm, vol_slope, crowd, capacity, crowding, fresh, dead,
    }
    AssetFeed { price, at, vol }
    Seized { units, worth }
}

tagged! { Crowd, "way to count units" { 0 Everyone, 1 Holder } }

impl Encode for AssetList {
    fn encode(&self, out: &mut impl Sink) {
        self.as_slice().encode(out);
    }
}

/// Each as [`AssetParams::check`] admits it.
impl Decode for AssetList {
    fn decode(from: &mut Source<'_>) -> Result<Self, DecodeError> {
        let at = from.at();
        let assets = from.list("assets", ASSETS_MAX as u32)?;
        Self::new(&assets).map_err(|error| match error {
            AssetError::OutOfRange(error) => Fault::from(error).at(at),
            _ => Fault::Impossible { what: "list of assets" }.at(at),
        })
    }
}
