//! Every value as text for people and as bytes for machines, and read back from both.

use crate::fold::{Fold, Folded};
use crate::random::Random;
use amm_core::num::{
    Cash, Discount, Price, Real, Seconds, Size, Timestamp, TotalVariance, Vol, serde_real,
};
use serde::{Serialize, de::DeserializeOwned};

/// Both forms of a value.
fn written(value: &impl Serialize, fold: &mut Fold) -> (alloc::string::String, [u8; 32]) {
    let mut bytes = [0; 32];
    let Ok(used) = postcard::to_slice(value, &mut bytes).map(|used| used.len()) else {
        unreachable!("every value is shorter")
    };
    fold.word(used as u64);
    fold.add(bytes);
    let Ok(text) = serde_json_wasm::to_string(value) else {
        unreachable!("every value has a text")
    };
    fold.text(&text);
    (text, bytes)
}

fn both_ways<T: Serialize + DeserializeOwned + Folded>(
    value: T,
    random: &mut Random,
    fold: &mut Fold,
) {
    let (text, mut bytes) = written(&value, fold);
    fold.add(serde_json_wasm::from_str::<T>(&text).ok());
    fold.add(postcard::from_bytes::<T>(&bytes).ok());
    bytes[random.below(4) as usize] ^= 1 << random.below(8);
    fold.add(postcard::from_bytes::<T>(&bytes).ok());
}

/// A bare number as a field.
#[derive(serde::Deserialize, serde::Serialize)]
struct Field(
    #[serde(
        serialize_with = "serde_real::serialize",
        deserialize_with = "serde_real::deserialize"
    )]
    Real,
);

impl Folded for Field {
    fn fold(&self, fold: &mut Fold) {
        fold.add(self.0);
    }
}

/// `serde`, for every type of `num`.
pub(crate) fn num(random: &mut Random, fold: &mut Fold) {
    macro_rules! quantities {
        ($($Name:ident),+) => {$(
            match $Name::new(random.between($Name::MIN.get(), $Name::MAX.get())) {
                Ok(value) => both_ways(value, random, fold),
                Err(error) => drop(written(&error, fold)),
            }
        )+};
    }
    quantities!(Price, Vol, Discount, TotalVariance);
    both_ways(Field(random.real()), random, fold);
    both_ways(Cash::from_atoms(random.integer()), random, fold);
    both_ways(Size::from_atoms(random.integer()), random, fold);
    both_ways(Timestamp::new(random.magnitude(64) as u64), random, fold);
    if let Ok(seconds) = Seconds::new(random.magnitude(30) as u64) {
        both_ways(seconds, random, fold);
    }
}
