//! The form of numbers in files: pinned, and hostile input refused.

use amm_core::num::{
    Cash, Discount, OutOfRange, Price, Real, Rounding, Seconds, Shares, Size, Timestamp,
    TotalVariance, Vol, serde_real,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Bare(#[serde(with = "serde_real")] Real);

/// JSON as given, and the bytes postcard writes (a varint, least first, the sign in the lowest
/// bit where there is one).
#[track_caller]
fn pinned<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(
    value: T,
    json: &str,
    bytes: &[u8],
) {
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(json).unwrap(), value);
    assert_eq!(postcard::to_allocvec(&value).unwrap(), bytes);
    assert_eq!(postcard::from_bytes::<T>(bytes).unwrap(), value);
}

#[test]
fn the_form_is_pinned() {
    const ONE: [u8; 10] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04]; // 2⁶⁴
    pinned(Bare(Real::DELTA), r#""0.00000000000000000005""#, &[2]);
    pinned(Bare(-Real::ONE), r#""-1""#, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 3]);
    pinned(Price::new(Real::ONE).unwrap(), r#""1""#, &ONE);
    pinned(Discount::MAX, r#""1""#, &ONE);
    pinned(TotalVariance::MIN, r#""0""#, &[0]);
    pinned(Vol::ZERO, r#""0""#, &[0]);
    pinned("-2.5".parse::<Cash>().unwrap(), r#""-2.5""#, &[255, 227, 151, 208, 18]);
    pinned(Shares::from_atoms(1), r#""0.000000001""#, &[2]);
    pinned(Size::from_atoms(1), r#""0.000000001""#, &[2]);
    pinned(Seconds::new(300).unwrap(), "300", &[172, 2]);
    pinned(Timestamp::new(300), "300", &[172, 2]);
    pinned(Rounding::Down, r#""down""#, &[0]);
    pinned(Rounding::Up, r#""up""#, &[1]);
}

#[test]
fn a_refusal_can_be_written_down() {
    let error: OutOfRange = Discount::new(Real::lit("1.5")).unwrap_err();
    let json = r#"{"what":"discount factor","got":"1.5","min":"0.000001","max":"1"}"#;
    assert_eq!(serde_json::to_string(&error).unwrap(), json);
}

fn refusal<T: DeserializeOwned + core::fmt::Debug>(json: &str) -> String {
    serde_json::from_str::<T>(json).unwrap_err().to_string()
}

#[test]
fn hostile_text_is_refused_with_the_reason() {
    let said = refusal::<Vol>(r#""21""#);
    assert!(said.starts_with("volatility (other than 0) must lie in 0.000001..=20, got 21"));
    assert!(refusal::<Vol>("0.5").contains("expected a decimal in quotes"));
    assert!(refusal::<Price>(r#""1e3000""#).contains("first digit stands for 10^3000"));
    assert!(refusal::<Price>(r#""0.5 ""#).contains("unexpected ` ` at byte 3"));
    assert!(refusal::<Cash>(r#""0.0000000001""#).contains("digits below 10^-9"));
    assert!(refusal::<Bare>(r#""9223372036854775808""#).contains("too large"));
    assert!(refusal::<Seconds>("946080001").contains("must lie in 0..=946080000"));
    assert!(refusal::<Timestamp>("-1").contains("invalid value"));
    assert!(refusal::<Rounding>(r#""nearest""#).contains("unknown variant"));
}

#[test]
fn hostile_bits_are_refused() {
    let bits = |value: Real| postcard::to_allocvec(&value.to_bits()).unwrap();
    assert!(postcard::from_bytes::<Price>(&bits(-Real::DELTA)).is_err());
    assert!(postcard::from_bytes::<Price>(&bits(Price::MAX.get() + Real::DELTA)).is_err());
    assert!(postcard::from_bytes::<Vol>(&bits(Real::DELTA)).is_err());
    assert!(postcard::from_bytes::<Discount>(&bits(Real::ZERO)).is_err());
    assert!(postcard::from_bytes::<TotalVariance>(&bits(Real::MAX)).is_err());
    let long = postcard::to_allocvec(&(Seconds::MAX.get() + 1)).unwrap();
    assert!(postcard::from_bytes::<Seconds>(&long).is_err());
}

proptest! {
    /// Either form reads back to the bit.
    #[test]
    fn both_forms_read_back(bits: i128, shift in 0_u32..127) {
        let (real, atoms) = (Bare(Real::from_bits(bits >> shift)), Cash::from_atoms(bits >> shift));
        let json = serde_json::to_string(&(real, atoms)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(Bare, Cash)>(&json).unwrap(), (real, atoms));
        let bytes = postcard::to_allocvec(&(real, atoms)).unwrap();
        prop_assert_eq!(postcard::from_bytes::<(Bare, Cash)>(&bytes).unwrap(), (real, atoms));
    }
}
