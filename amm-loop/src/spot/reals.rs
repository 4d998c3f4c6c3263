//! A list of [`Real`]s as a field: decimal strings for people, bits for machines.

use alloc::vec::Vec;

use amm_core::num::{Real, serde_real};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct One(#[serde(with = "serde_real")] Real);

pub(crate) fn serialize<S: Serializer>(values: &[Real], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|&value| One(value)))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Real>, D::Error> {
    Ok(Vec::<One>::deserialize(d)?.into_iter().map(|One(value)| value).collect())
}
