//! Laws of Greeks: ranges, agreement with each other, with prices and with scale.

use super::draw::Terms;
use super::exact::{bits, product};
use super::price::Pricer;
use super::{Verdict, ensure};
use crate::num::{Price, Real, Vol, YEAR_S};
use crate::pricing::{Expiry, PRICE_MAX_ERROR, SecondOrder, Valuation};

/// How options are valued: [`crate::pricing::value`], or a rival that should be found out.
pub trait Valuer: Fn(&Expiry, Price, Vol) -> Valuation {
    /// The valuation at these terms.
    fn at(&self, terms: &Terms) -> Valuation {
        self(&terms.expiry, terms.strike, terms.vol)
    }
}

impl<V: Fn(&Expiry, Price, Vol) -> Valuation> Valuer for V {}

/// A valuation holds the prices that pricing alone gives, to the bit.
///
/// # Errors
///
/// How it is broken.
pub fn prices_agree(price: impl Pricer, value: impl Valuer, terms: &Terms) -> Verdict {
    let (alone, within) = (price.at(terms), value.at(terms).prices);
    ensure!(alone == within, "{alone:?} alone, {within:?} in the valuation");
    Ok(())
}

/// Signs and ranges: delta of a call in [0, DF], of a put exactly DF less, gamma and vega not
/// negative, and decay a loss.
///
/// # Errors
///
/// How it is broken.
pub fn ranges(value: impl Valuer, terms: &Terms) -> Verdict {
    let (v, one) = (value.at(terms), terms.expiry.discount().get());
    ensure!(0 <= v.delta_call && v.delta_call <= one, "delta of the call {}", v.delta_call);
    ensure!(v.delta_put == v.delta_call - one, "delta of the put {}", v.delta_put);
    ensure!(v.gamma_forward >= 0, "gamma {}", v.gamma_forward);
    ensure!(v.vega >= 0, "vega {}", v.vega);
    if one == 1 {
        ensure!(v.theta_call <= 0, "theta of the call {}", v.theta_call);
        ensure!(v.theta_put == v.theta_call, "without interest theta {}", v.theta_put);
    }
    Ok(())
}

/// Multiplying forward and strike by 2^`up` leaves delta and gamma and multiplies vega, to the bit.
///
/// # Errors
///
/// How it is broken.
pub fn scale(value: impl Valuer, terms: &Terms, up: u32) -> Verdict {
    let Some(scaled) = terms.scaled(up) else { return Ok(()) };
    let (small, large) = (value.at(terms), value.at(&scaled));
    ensure!(large.delta_call == small.delta_call, "delta {} × 2^{up}", small.delta_call);
    ensure!(large.gamma_forward == small.gamma_forward, "gamma {} × 2^{up}", small.gamma_forward);
    ensure!(large.vega >> up == small.vega, "vega {} × 2^{up}: {}", small.vega, large.vega);
    Ok(())
}

/// The bound on a difference of two prices, in ulps.
fn noise(most: Real) -> u128 {
    2 * ((bits(most) >> -PRICE_MAX_ERROR) + 3)
}

/// What a delta may be off by, in ulps: 2⁻⁶⁰ + 2⁻⁶⁹/v and one, and v⁸·2⁻¹⁷ where v is under 2⁻⁵;
/// doubled.
fn delta_noise(terms: &Terms) -> u128 {
    let sigma = bits(terms.vol.get()) >> 32; // Q32
    let variance = sigma * sigma * u128::from(terms.expiry.time().get()) / u128::from(YEAR_S);
    let v = u128::from(crate::math::isqrt(variance)).max(1); // Q32
    let left_out = if v < 1 << 27 { ((v >> 16) + 1).pow(8) >> 81 } else { 0 };
    2 * (18 + (1 << 27) / v + left_out)
}

/// Delta lies between the slopes of the price to either side, since the price is convex in the
/// forward.
///
/// # Errors
///
/// How it is broken.
pub fn delta_is_a_slope(value: impl Valuer, terms: &Terms, step: Price) -> Verdict {
    let (forward, step) = (terms.expiry.forward().get(), step.get());
    let (Ok(low), Ok(high)) = (Price::new(forward - step), Price::new(forward + step)) else {
        return Ok(());
    };
    if low == Price::MIN || vanishes(terms) {
        return Ok(());
    }
    let (v, below) = (value.at(terms), value.at(&terms.with_forward(low)));
    let above = value.at(&terms.with_forward(high));
    let delta = product(bits(v.delta_call), bits(step)) as i128;
    let off = product(delta_noise(terms) << 64, bits(step)) >> 64;
    let slack = (noise(high.max(terms.strike).get()) + off + 1) as i128;
    let left = v.prices.call.to_bits() - below.prices.call.to_bits();
    let right = above.prices.call.to_bits() - v.prices.call.to_bits();
    ensure!(
        left - slack <= delta && delta <= right + slack,
        "delta times the step is {delta} ulp, not in {left}..={right} (±{slack})"
    );
    Ok(())
}

/// No time or no volatility: Greeks are limits.
fn vanishes(terms: &Terms) -> bool {
    terms.expiry.time().get() == 0 || terms.vol == Vol::ZERO
}

/// Vega lies between its ends over a step in volatility of up to a thousandth, as φ(d₁) has one
/// peak: what the price gains is at least the lesser times the step, and at most the greater, with
/// an eighth for a peak between.
///
/// # Errors
///
/// How it is broken.
pub fn vega_is_a_slope(value: impl Valuer, terms: &Terms) -> Verdict {
    let step = terms.vol.get() >> 10;
    let Ok(more) = Vol::new(terms.vol.get() + step) else { return Ok(()) };
    if vanishes(terms) {
        return Ok(());
    }
    let (near, far) = (value.at(terms), value.at(&Terms { vol: more, ..*terms }));
    let gain = far.prices.call.to_bits() - near.prices.call.to_bits();
    let over = |vega: Real| product(bits(vega), bits(step)) as i128;
    let (least, most) = (over(near.vega.min(far.vega)), over(near.vega.max(far.vega)));
    let slack = noise(terms.expiry.forward().max(terms.strike).get()) as i128 + (least >> 48);
    ensure!(
        least - slack <= gain && gain <= most + most / 8 + slack,
        "the price gains {gain} ulp, vega says {least}..={most} (±{slack})"
    );
    Ok(())
}

/// Gamma likewise over a step in the forward of a sixty-fourth of a standard deviation: Γ has one
/// peak in the forward.
///
/// # Errors
///
/// How it is broken.
pub fn gamma_is_a_slope(value: impl Valuer, terms: &Terms) -> Verdict {
    let forward = bits(terms.expiry.forward().get());
    let sigma = bits(terms.vol.get()) >> 32; // Q32
    let variance = sigma * sigma * u128::from(terms.expiry.time().get()) / u128::from(YEAR_S);
    let share = u128::from(crate::math::isqrt(variance)).min(1 << 32) << 32 >> 6; // Q64
    let step = product(forward, share);
    let high = Price::new(Real::from_bits((forward + step) as i128));
    // With fewer bits than these the step itself is rough.
    let (Ok(high), true) = (high, step >> 40 > 0 && share >> 34 > 0 && !vanishes(terms)) else {
        return Ok(());
    };
    let (near, far) = (value.at(terms), value.at(&terms.with_forward(high)));
    let gain = far.delta_call.to_bits() - near.delta_call.to_bits();
    // Γ·step = FΓ·step/F.
    let over = |gamma: Real, at: u128| {
        let share = (step << 20) / (at >> 24); // Q44; a step has 40 bits and F more
        product(bits(gamma), share << 20) as i128
    };
    let (a, b) = (over(near.gamma_forward, forward), over(far.gamma_forward, bits(high.get())));
    let (least, most) = (a.min(b), a.max(b));
    let slack = 2 * delta_noise(terms) as i128 + (most >> 10) + 2;
    ensure!(
        least - slack <= gain && gain <= most + slack,
        "delta gains {gain} ulp, gamma says {least}..={most} (±{slack})"
    );
    Ok(())
}

/// Decay is vega·σ/(2T): what theta is without interest.
///
/// # Errors
///
/// How it is broken.
pub fn theta_is_decay(value: impl Valuer, terms: &Terms) -> Verdict {
    let time = u128::from(terms.expiry.time().get());
    if terms.expiry.discount().get() != 1 || vanishes(terms) {
        return Ok(());
    }
    let v = value.at(terms);
    let product = product(bits(v.vega), bits(terms.vol.get())); // < 2¹¹⁰
    let year = u128::from(YEAR_S);
    let decay = match product.checked_mul(year) {
        Some(product) => product / (2 * time),
        None => product / (2 * time) * year,
    };
    let theta = bits(-v.theta_call);
    // Vega's own floor, its product's, and the kernels' relative errors.
    let slack = (year * 21 / time) + year + (theta >> 56) + 2;
    ensure!(theta.abs_diff(decay) <= slack, "theta {theta} ulp, decay {decay} (±{slack})");
    Ok(())
}

/// Vanna is what delta gains with volatility, and volga what vega gains, within 2⁻⁸ of the greatest
/// they can be, while v ≤ 4.
///
/// # Errors
///
/// How it is broken.
pub fn second_order_are_slopes(
    value: impl Valuer,
    second: impl Fn(&Expiry, Price, Vol) -> SecondOrder,
    terms: &Terms,
) -> Verdict {
    let sigma = terms.vol.get();
    let step = sigma >> 12;
    let variance = (bits(sigma) >> 32).pow(2) * u128::from(terms.expiry.time().get());
    let small = variance > 16 * (u128::from(YEAR_S) << 64) || variance < u128::from(YEAR_S) << 32;
    let (Ok(low), Ok(high)) = (Vol::new(sigma - step), Vol::new(sigma + step)) else {
        return Ok(());
    };
    if vanishes(terms) || small || sigma >> 13 == 0 {
        return Ok(());
    }
    let [near, far] = [low, high].map(|vol| value.at(&Terms { vol, ..*terms }));
    let got = second(&terms.expiry, terms.strike, terms.vol);
    let times = |x: Real| {
        let magnitude = product(x.to_bits().unsigned_abs(), 2 * bits(step)) as i128;
        if x < 0 { -magnitude } else { magnitude }
    };
    let gain = far.delta_call.to_bits() - near.delta_call.to_bits();
    // σ·vanna is at most DF·φ(d₁)·|d₂|; the step is σ/2048 both ways.
    let slack = (1 << (64 - 11 - 8)) + 2 * delta_noise(terms) as i128;
    let vanna = times(got.vanna);
    ensure!((gain - vanna).abs() <= slack, "delta gains {gain}, vanna says {vanna} (±{slack})");
    let gain = far.vega.to_bits() - near.vega.to_bits();
    // σ·volga is vega·d₁d₂, and vega at most 0.4·F·√T, √T ≤ 2^2.5.
    let most = terms.expiry.forward().get().to_bits() << 2;
    let slack = (most >> (11 + 8)) + 4;
    let volga = times(got.volga);
    ensure!((gain - volga).abs() <= slack, "vega gains {gain}, volga says {volga} (±{slack})");
    Ok(())
}
