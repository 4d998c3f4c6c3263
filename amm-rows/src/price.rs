//! `price`: what an option is worth and how that moves.

use super::cells::Cells;
use super::failure::Fault;
use super::scaled::{PLACES_MAX, Scaled};
use super::sheet::Question;
use super::terms::{Terms, decimal, outside, real};
use amm_core::num::Vol;
use amm_core::pricing::{self, Valuation};

/// Black's value and Greeks of every row, with the definitions and units of the table below.
///
/// | column | meaning |
/// |---|---|
/// | `call`, `put` | discounted price, in the unit of `F` |
/// | `delta_call`, `delta_put` | ∂price/∂F |
/// | `gamma` | ∂²price/∂F², in one over the unit of `F` |
/// | `vega` | ∂price/∂σ, for 1.00 of volatility |
/// | `theta_call`, `theta_put` | −∂price/∂T a year, with F, σ and r = −ln(DF)/T held |
///
/// Forward and strike are read times the power of ten that brings the greater to 10¹¹ or more, so
/// the unit of price is the caller's to choose.
///
/// # Error
///
/// The kernel's, for sigma and DF as read, to the nearest 2⁻⁶⁴; and that of printing: half of the
/// 22nd digit, or half of the 20th decimal at that scale if it comes first, a tenth of the
/// kernel's last place. The in-the-money price is the other one as printed plus DF·(F−K),
/// exactly, where F, K and DF have at most nineteen digits and the sum fits 38. It is then as
/// good as the other; the kernel's own is bound to a DF of 64 bits.
#[derive(Clone, Copy, Debug)]
pub struct Price;

impl Question for Price {
    const READS: &'static [&'static str] = &["F", "K", "sigma", "T_seconds", "DF"];
    const WRITES: &'static [&'static str] =
        &["call", "put", "delta_call", "delta_put", "gamma", "vega", "theta_call", "theta_put"];

    fn answer(&self, row: &[&[u8]], cells: &mut Cells<'_>) -> Result<(), Fault> {
        let terms = Terms::read(row[0], row[1], row[3], row[4])?;
        let value = pricing::value(&terms.expiry, terms.strike, vol(row[2])?);

        let (call, put) = call_and_put(&terms, &value);
        cells.number(call);
        cells.number(put);
        let (delta_call, delta_put) = deltas(&terms, &value);
        cells.number(delta_call);
        cells.number(delta_put);
        cells.number(gamma(&terms, &value));
        for greek in [value.vega, value.theta_call, value.theta_put] {
            cells.number(Scaled::rounded(greek, SIGNIFICANT).shifted(-terms.shift10));
        }
        Ok(())
    }
}

/// Digits of a price: the greatest price's last is then 10⁻²² of it, far below 2⁻⁶⁰.
const SIGNIFICANT: u32 = 22;

fn vol(text: &[u8]) -> Result<Vol, Fault> {
    let (min, max) = (Vol::MIN.get(), Vol::MAX.get());
    let remedy = "write volatility as a fraction a year: 0.65 is 65 %";
    real(decimal("sigma", text)?)
        .and_then(|real| Vol::new(real).ok())
        .ok_or_else(|| outside("sigma", Vol::WHAT, min, max, text, remedy))
}

/// Both prices on one decimal place, so that call − put is DF·(F−K) in the digits printed.
fn call_and_put(terms: &Terms, value: &Valuation) -> (Scaled, Scaled) {
    let call_is_inside = terms.call_is_inside();
    let (inside, outside) = if call_is_inside {
        (value.prices.call, value.prices.put)
    } else {
        (value.prices.put, value.prices.call)
    };
    let outside = Scaled::rounded(outside, SIGNIFICANT);
    let places = outside.exponent.unsigned_abs();
    let outside = outside.shifted(-terms.shift10);
    let inside = terms
        .parity
        .and_then(|parity| outside.checked_add(parity.abs()))
        .unwrap_or_else(|| Scaled::to_places(inside, places).shifted(-terms.shift10));
    if call_is_inside { (inside, outside) } else { (outside, inside) }
}

/// Both deltas to the last place; the greater is what the lesser leaves of DF, exactly.
fn deltas(terms: &Terms, value: &Valuation) -> (Scaled, Scaled) {
    let call = Scaled::to_places(value.delta_call, PLACES_MAX);
    let put = Scaled::to_places(value.delta_put, PLACES_MAX);
    let Some(discount) = terms.discount_typed.filter(|df| df.exponent >= call.exponent) else {
        return (call, put);
    };
    if call.mantissa <= put.mantissa {
        (call, call.checked_sub(discount).unwrap_or(put))
    } else {
        (put.checked_add(discount).unwrap_or(call), put)
    }
}

/// Γ from F·Γ.
fn gamma(terms: &Terms, value: &Valuation) -> Scaled {
    let exact = terms
        .forward_typed
        .and_then(|f| Scaled::rounded(value.gamma_forward, SIGNIFICANT).checked_div(f));
    exact.unwrap_or_else(|| {
        Scaled::quotient(value.gamma_forward, terms.expiry.forward().get()).shifted(terms.shift10)
    })
}
