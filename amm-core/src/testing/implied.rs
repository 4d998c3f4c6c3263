//! Laws of implied volatility.

use super::draw::Terms;
use super::exact::{bits, present_value, product};
use super::{Verdict, ensure};
use crate::num::{Price, Real, Vol};
use crate::pricing::{self, Expiry, IMPLIED_VOL_MAX_ERROR, ImpliedVolError, Kind, PRICE_MAX_ERROR};

/// How a volatility is implied: [`pricing::implied_vol`], or a rival that should be found out.
pub trait Implier: Fn(&Expiry, Price, Kind, Price) -> Result<Vol, ImpliedVolError> {}

impl<I: Fn(&Expiry, Price, Kind, Price) -> Result<Vol, ImpliedVolError>> Implier for I {}

/// A price has the volatility it came from, or one with the same price within the bounds of both.
///
/// # Errors
///
/// How it is broken.
pub fn round_trip(implied: impl Implier, terms: &Terms, kind: Kind) -> Verdict {
    let prices = pricing::price(&terms.expiry, terms.strike, terms.vol);
    let price = match kind {
        Kind::Call => prices.call,
        Kind::Put => prices.put,
    };
    let Ok(price) = Price::new(price) else {
        return Err(std::format!("{price} is no price"));
    };
    answers(implied, terms, kind, price)
}

/// Every price has its answer: outside the bounds the error that says so, at the intrinsic value no
/// volatility, between them one whose price it is or, where that would be out of range, an error.
///
/// # Errors
///
/// How it is broken.
pub fn answers(implied: impl Implier, terms: &Terms, kind: Kind, price: Price) -> Verdict {
    let (expiry, strike) = (&terms.expiry, terms.strike);
    let value = |price| Real::from_bits(present_value(price, expiry.discount()));
    let (forward, strike_value) = (value(expiry.forward()), value(strike));
    let (bound, intrinsic) = match kind {
        Kind::Call => (forward, (forward - strike_value).max(Real::ZERO)),
        Kind::Put => (strike_value, (strike_value - forward).max(Real::ZERO)),
    };
    let (answer, price) = (implied(expiry, strike, kind, price), price.get());
    let due = if price < intrinsic {
        Err(ImpliedVolError::BelowIntrinsic { price, intrinsic })
    } else if price == intrinsic {
        Ok(Vol::ZERO)
    } else if price >= bound {
        Err(ImpliedVolError::AboveBound { price, bound })
    } else if expiry.time().get() == 0 {
        Err(ImpliedVolError::NoTimeLeft { price, intrinsic })
    } else {
        return fits(answer, terms, kind, price);
    };
    ensure!(answer == due, "{kind:?} at {price}: {answer:?}, not {due:?}");
    Ok(())
}

/// An answer between the bounds.
fn fits(answer: Result<Vol, ImpliedVolError>, terms: &Terms, kind: Kind, price: Real) -> Verdict {
    let at = |vol| {
        let value = pricing::value(&terms.expiry, terms.strike, vol);
        match kind {
            Kind::Call => (value.prices.call, value.vega),
            Kind::Put => (value.prices.put, value.vega),
        }
    };
    let most = terms.expiry.forward().max(terms.strike).get();
    let noise = 2 * (bits(most) >> -PRICE_MAX_ERROR) + 3;
    match answer {
        Ok(vol) => {
            let (again, vega) = at(vol);
            // The price's error at σ's: of σ itself, 2⁻⁵⁵ of it and an ulp; of what σ owes to the
            // price, 2⁻⁵⁵ of the price out of the money.
            let part = -IMPLIED_VOL_MAX_ERROR as u32;
            let moved = product(bits(vega), bits(vol.get()));
            let off = (moved >> part) + (bits(vega) >> 64) + (bits(again.min(price)) >> part);
            let (off, gap) = (2 * off + noise, again.to_bits().abs_diff(price.to_bits()));
            ensure!(
                gap <= off,
                "{kind:?} at {price}: σ = {vol} prices {again} ({gap} > {off} ulp)"
            );
        }
        Err(ImpliedVolError::OutOfRange(error)) => {
            ensure!(Vol::new(error.got).is_err(), "σ = {} is in range", error.got);
            let (low, high) = (at(Vol::MIN).0, at(Vol::MAX).0);
            let outside = price <= low + Real::from_bits(noise as i128)
                || price >= high - Real::from_bits(noise as i128);
            ensure!(outside, "{kind:?} at {price} is in {low}..={high}, but: {error}");
        }
        Err(error) => return Err(std::format!("{kind:?} at {price}: {error}")),
    }
    Ok(())
}
