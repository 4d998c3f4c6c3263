//! `solmath`: Black-Scholes in integers of 10⁻¹², the closest peer.
//!
//! It takes a spot, a rate and years, so a row becomes spot DF·F, rate −ln(DF)/T and T, each
//! rounded to its unit. Its solver takes calls of at most 10⁵ and finds little above some hundreds,
//! so it is asked in a unit in which forward and strike lie below 128.

use amm_benches_rig::{
    exact::Exact,
    oracle::{Outputs, Row},
    rig::{Calls, Case},
};
use solmath::{BsFull, SolMathError, black_scholes_price, bs_full, implied_vol};

use super::{IMPLIED_VOL, PRICE, VALUE, float::Float};

pub(crate) const WHO: &str = "solmath";

/// 10¹², one in its numbers.
const ONE: f64 = 1e12;

/// A row in its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed {
    spot: u128,
    strike: u128,
    rate: u128,
    vol: u128,
    years: u128,
    /// The call that goes with [`Float::otm`].
    call: u128,
}

impl Fixed {
    pub(crate) fn new(row: &Float) -> Self {
        let fixed = |x: f64| (x * ONE).round() as u128;
        let call = if row.call_is_otm { row.otm } else { row.otm + row.forward - row.strike };
        Self {
            spot: fixed(row.spot),
            strike: fixed(row.strike),
            rate: fixed(row.rate),
            vol: fixed(row.vol),
            years: fixed(row.years),
            call: fixed(call * row.discount),
        }
    }

    /// The row with forward and strike below 128.
    fn small(row: &Float) -> Self {
        let scale = (7.0 - row.forward.max(row.strike).log2().ceil()).exp2();
        Self::new(&Float {
            forward: row.forward * scale,
            strike: row.strike * scale,
            spot: row.spot * scale,
            otm: row.otm * scale,
            ..*row
        })
    }
}

/// Both prices, for grids.
pub(crate) fn price(row: &Fixed) -> Result<(u128, u128), SolMathError> {
    black_scholes_price(row.spot, row.strike, row.rate, row.vol, row.years)
}

/// Prices and Greeks, for grids.
pub(crate) fn value(row: &Fixed) -> Result<[i128; 8], SolMathError> {
    let BsFull { call, put, call_delta, put_delta, gamma, vega, call_theta, put_theta, .. } =
        bs_full(row.spot, row.strike, row.rate, row.vol, row.years)?;
    Ok([call as i128, put as i128, call_delta, put_delta, gamma, vega, call_theta, put_theta])
}

fn implied(row: &Fixed) -> Result<u128, SolMathError> {
    implied_vol(row.call, row.spot, row.strike, row.rate, row.years)
}

pub(crate) fn outputs(row: &Row) -> Option<Outputs> {
    let float = Float::new(row);
    let all = value(&Fixed::new(&float)).ok()?.map(|raw| raw as f64 / ONE);
    let [call, put, delta_call, delta_put, gamma, vega, theta_call, theta_put] = all;
    // Greeks of the spot DF·F become those of F. Its errors are at 10⁻¹², so f64 does.
    let (slope, carry) = (float.discount, float.rate * float.spot);
    Some(Outputs {
        call: Exact::from_f64(call),
        put: Exact::from_f64(put),
        delta_call: Exact::from_f64(delta_call * slope),
        delta_put: Exact::from_f64(delta_put * slope),
        gamma_forward: Exact::from_f64(gamma * slope * float.spot),
        vega: Exact::from_f64(vega),
        theta_call: Exact::from_f64(theta_call + carry * delta_call),
        theta_put: Exact::from_f64(theta_put + carry * delta_put),
    })
}

/// The error of its solver for a row; `None` if it found nothing.
pub(crate) fn implied_error(row: &Row) -> Option<f64> {
    let float = Float::new(row);
    float.implied_error(row, implied(&Fixed::small(&float)).ok()? as f64 / ONE)
}

pub(crate) fn cases(rows: &[Row]) -> Vec<Box<dyn Case>> {
    let quoted = Float::quoted(rows).iter().map(Fixed::small).collect();
    let rows: Vec<Fixed> = Float::all(rows).iter().map(Fixed::new).collect();
    vec![
        Calls::boxed(PRICE, WHO, rows.clone(), price),
        Calls::boxed(VALUE, WHO, rows, value),
        Calls::boxed(IMPLIED_VOL, WHO, quoted, implied),
    ]
}
