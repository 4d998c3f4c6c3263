//! An engine among saved bytes: its snapshot.

use alloc::vec::Vec;

use amm_core::engine::Engine;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

pub(super) fn serialize<S: Serializer>(engine: &Engine, out: S) -> Result<S::Ok, S::Error> {
    engine.snapshot().serialize(out)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Engine, D::Error> {
    let bytes = Vec::<u8>::deserialize(from)?;
    Engine::restore(&bytes).map_err(D::Error::custom)
}
