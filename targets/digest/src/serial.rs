//! Every value as text for people and as bytes for machines, and read back from both.

use crate::fold::{Fold, Folded};
use crate::market;
use crate::random::Random;
use amm_core::num::{
    Cash, Discount, Price, Real, Rounding, Seconds, Size, Timestamp, TotalVariance, Vol, serde_real,
};
use amm_core::pricing::{Kind, price, second_order, value};
use serde::{Serialize, de::DeserializeOwned};

/// Both forms of a value.
fn written(value: &impl Serialize, fold: &mut Fold) -> (alloc::string::String, [u8; 192]) {
    let mut bytes = [0; 192];
    let Ok(used) = postcard::to_slice(value, &mut bytes).map(|used| used.len()) else {
        unreachable!("every value is shorter")
    };
    fold.word(used as u64);
    bytes[..used].iter().for_each(|byte| fold.add(byte));
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
    both_ways(random.pick([Rounding::Down, Rounding::Up]), random, fold);
}

/// `serde`, for every type of `pricing`.
pub(crate) fn pricing(random: &mut Random, fold: &mut Fold) {
    let expiry = market::expiry(random, fold);
    let strike = market::price_near(expiry.forward(), random);
    let vol = market::vol(random);
    both_ways(expiry, random, fold);
    both_ways(random.pick([Kind::Call, Kind::Put]), random, fold);
    both_ways(price(&expiry, strike, vol), random, fold);
    both_ways(value(&expiry, strike, vol), random, fold);
    both_ways(second_order(&expiry, strike, vol), random, fold);
}
