//! `amm_core::pricing`.

use crate::fold::{Fold, Folded};
use crate::market;
use crate::random::Random;
use amm_core::num::{Price, Real};
use amm_core::pricing::{self, Expiry, Kind, Prices, SecondOrder, Valuation};

impl Folded for Expiry {
    fn fold(&self, fold: &mut Fold) {
        fold.add(self.forward());
        fold.add(self.time());
        fold.add(self.discount());
        fold.add(self.rate());
    }
}

impl Folded for Prices {
    fn fold(&self, fold: &mut Fold) {
        fold.add([self.call, self.put]);
    }
}

impl Folded for Valuation {
    fn fold(&self, fold: &mut Fold) {
        fold.add(self.prices);
        fold.add([self.delta_call, self.delta_put, self.gamma_forward, self.vega]);
        fold.add([self.theta_call, self.theta_put]);
    }
}

impl Folded for SecondOrder {
    fn fold(&self, fold: &mut Fold) {
        fold.add([self.vanna, self.volga]);
    }
}

/// Prices and Greeks, at the limits too.
pub(crate) fn black(random: &mut Random, fold: &mut Fold) {
    let expiry = market::expiry(random, fold);
    for _ in 0..4 {
        let strike = market::price_near(expiry.forward(), random);
        let vol = market::vol(random);
        fold.add(pricing::price(&expiry, strike, vol));
        fold.add(pricing::value(&expiry, strike, vol));
        fold.add(pricing::second_order(&expiry, strike, vol));
    }
}

/// Implied volatilities of prices that a volatility gives, of their neighbours, and of others.
pub(crate) fn implied(random: &mut Random, fold: &mut Fold) {
    let expiry = market::expiry(random, fold);
    let strike = market::price_near(expiry.forward(), random);
    let prices = pricing::price(&expiry, strike, market::vol(random));
    for (kind, price) in [(Kind::Call, prices.call), (Kind::Put, prices.put)] {
        let step = Real::from_bits(random.pick([-1, 0, 0, 1]));
        if let Ok(price) = Price::new(price + step) {
            fold.add(pricing::implied_vol(&expiry, strike, kind, price));
        }
        let price = market::price_near(expiry.forward(), random);
        fold.add(pricing::implied_vol(&expiry, strike, kind, price));
    }
}
