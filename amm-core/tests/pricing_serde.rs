//! The form of prices and expiries in files: pinned, read back, and refused where it is wrong.

use amm_core::num::{Discount, Price, Real, Seconds, Vol};
use amm_core::pricing::{Expiry, Kind, Valuation, second_order, value};

fn expiry() -> Expiry {
    let discount = Discount::new(Real::lit("0.5")).unwrap();
    let forward = Price::new(Real::lit("100")).unwrap();
    Expiry::new(forward, Seconds::new(31_536_000).unwrap(), discount).unwrap()
}

#[test]
fn the_form_is_pinned() {
    let json = serde_json::to_string(&expiry()).unwrap();
    assert_eq!(json, r#"{"forward":"100","time":31536000,"discount":"0.5"}"#);
    assert_eq!(serde_json::to_string(&Kind::Put).unwrap(), r#""put""#);
    let json = serde_json::to_string(&Valuation::default()).unwrap();
    assert_eq!(
        json,
        r#"{"prices":{"call":"0","put":"0"},"delta_call":"0","delta_put":"0","gamma_forward":"0","vega":"0","theta_call":"0","theta_put":"0"}"#
    );
}

#[test]
fn what_is_written_reads_back() {
    let (strike, vol) = (Price::new(Real::lit("110")).unwrap(), Vol::new(Real::ONE).unwrap());
    let valuation = value(&expiry(), strike, vol);
    let json = serde_json::to_string(&valuation).unwrap();
    assert_eq!(serde_json::from_str::<Valuation>(&json).unwrap(), valuation);
    let bytes = postcard::to_allocvec(&valuation).unwrap();
    assert_eq!(postcard::from_bytes::<Valuation>(&bytes).unwrap(), valuation);
    let second = second_order(&expiry(), strike, vol);
    let json = serde_json::to_string(&second).unwrap();
    assert_eq!(serde_json::from_str::<amm_core::pricing::SecondOrder>(&json).unwrap(), second);
    let json = serde_json::to_string(&expiry()).unwrap();
    assert_eq!(serde_json::from_str::<Expiry>(&json).unwrap(), expiry());
    let bytes = postcard::to_allocvec(&expiry()).unwrap();
    assert_eq!(postcard::from_bytes::<Expiry>(&bytes).unwrap(), expiry());
}

#[test]
fn an_expiry_is_checked_when_it_is_read() {
    let steep = r#"{"forward":"100","time":1,"discount":"0.001"}"#;
    let error = serde_json::from_str::<Expiry>(steep).unwrap_err().to_string();
    assert!(error.contains("annual rate"), "{error}");
    let unknown = r#"{"forward":"100","time":1,"discount":"1","rate":"0"}"#;
    assert!(serde_json::from_str::<Expiry>(unknown).is_err());
    let high = r#"{"forward":"1e13","time":1,"discount":"1"}"#;
    assert!(serde_json::from_str::<Expiry>(high).unwrap_err().to_string().contains("price"));
}
