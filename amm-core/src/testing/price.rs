//! Laws of prices: parity, bounds, monotonicity, convexity, scale.
//!
//! # How small a step may be
//!
//! The kernel's error in an out-of-the-money price is, as a displacement of the logarithm of strike,
//! forward or volatility that would cause it, under 2⁻⁴² in all the domain: rounding the angle
//! to 2⁻⁶¹ displaces ln K by v·2⁻⁶¹; e^(−a²/2), off by 2⁻⁶²·³ + a²·2⁻⁶⁵·⁵ of itself with a ≤ 110, moves
//! a price whose slope in the logarithm is at least 2⁻⁷. So a step of [`FINEST`] of the strike,
//! forward or volatility, or of a whole second, never goes the wrong way out of the money: the last
//! rounding is a floor, which keeps order. A finer step is allowed the kernel's bound.
//!
//! In the money the price is the other one plus ⌊DF·F⌋ − ⌊DF·K⌋. Two floors more can add up to an ulp
//! the wrong way, so the order is certain only where the true change is an ulp at least: while v ≤ 8
//! the chance of ending in the money is at least N(−4) > 2⁻¹⁵, hence from a step worth 2¹⁶ ulps.

use super::draw::Terms;
use super::exact::{bits, present_value, product};
use super::{Verdict, ensure};
use crate::num::{Price, Real, Seconds, Vol, YEAR_S};
use crate::pricing::{Expiry, PRICE_MAX_ERROR, Prices};

/// The finest relative step that may not go the wrong way at all, as an exponent of two.
pub const FINEST: i32 = -40;

/// How options are priced: [`crate::pricing::price`], or a rival that should be found out.
pub trait Pricer: Fn(&Expiry, Price, Vol) -> Prices {
    /// The prices at these terms.
    fn at(&self, terms: &Terms) -> Prices {
        self(&terms.expiry, terms.strike, terms.vol)
    }
}

impl<P: Fn(&Expiry, Price, Vol) -> Prices> Pricer for P {}

/// ⌊DF·F⌋ and ⌊DF·K⌋ in bits.
fn legs(terms: &Terms) -> (i128, i128) {
    let discount = terms.expiry.discount();
    (present_value(terms.expiry.forward(), discount), present_value(terms.strike, discount))
}

/// call − put is ⌊DF·F⌋ − ⌊DF·K⌋, to the bit.
///
/// # Errors
///
/// How it is broken.
pub fn parity(price: impl Pricer, terms: &Terms) -> Verdict {
    let (prices, (forward, strike)) = (price.at(terms), legs(terms));
    let gap = prices.call.to_bits() - prices.put.to_bits();
    ensure!(gap == forward - strike, "call − put is {gap}, not {forward} − {strike}");
    Ok(())
}

/// 0 ≤ intrinsic ≤ price, call ≤ ⌊DF·F⌋, put ≤ ⌊DF·K⌋.
///
/// # Errors
///
/// How it is broken.
pub fn bounds(price: impl Pricer, terms: &Terms) -> Verdict {
    let (prices, (forward, strike)) = (price.at(terms), legs(terms));
    let sides = [("call", prices.call, forward, strike), ("put", prices.put, strike, forward)];
    for (name, price, own, other) in sides {
        let (price, least) = (price.to_bits(), (own - other).max(0));
        ensure!(least <= price && price <= own, "{name} of {price} is not in {least}..={own}");
    }
    Ok(())
}

/// The kernel's bound on the error of one price, in ulps.
fn noise(terms: &Terms) -> i128 {
    let most = terms.expiry.forward().max(terms.strike).get().to_bits();
    (most >> -PRICE_MAX_ERROR) + 1
}

/// Whether a step to `high` is at least [`FINEST`] of it.
fn is_coarse(low: Real, high: Real) -> bool {
    bits(high) - bits(low) >= bits(high) >> -FINEST
}

/// How many ulps the wrong way a step may go in the money.
fn slack(terms: &Terms, low: Price, high: Price) -> i128 {
    if !is_coarse(low.get(), high.get()) {
        return 2 * noise(terms) + 2;
    }
    let sigma = terms.vol.get().to_bits() >> 44; // Q20, < 2²⁵
    let variance = sigma * sigma * i128::from(terms.expiry.time().get()); // Q40, in years' seconds
    let worth = product(bits(high.get()) - bits(low.get()), bits(terms.expiry.discount().get()));
    let certain = variance < (63 << 40) * i128::from(YEAR_S) && worth >= 1 << 17;
    i128::from(!certain)
}

/// A higher strike makes a call cheaper and a put dearer.
///
/// # Errors
///
/// How it is broken.
pub fn falls_with_strike(price: impl Pricer, terms: &Terms, other: Price) -> Verdict {
    let (low, high) = (terms.strike.min(other), terms.strike.max(other));
    let [near, far] = [low, high].map(|strike| Terms { strike, ..*terms });
    let (before, after, forward) = (price.at(&near), price.at(&far), terms.expiry.forward());
    let (slack, fine) = (slack(&far, low, high), !is_coarse(low.get(), high.get()));
    let slack_unless = |out: bool| if out && !fine { 0 } else { slack };
    at_most("call", after.call, before.call, slack_unless(forward <= low))?;
    at_most("put", before.put, after.put, slack_unless(high <= forward))
}

/// A higher forward makes a call dearer and a put cheaper.
///
/// # Errors
///
/// How it is broken.
pub fn rises_with_forward(price: impl Pricer, terms: &Terms, other: Price) -> Verdict {
    let own = terms.expiry.forward();
    let (low, high) = (own.min(other), own.max(other));
    let [near, far] = [low, high].map(|forward| terms.with_forward(forward));
    let (before, after, strike) = (price.at(&near), price.at(&far), terms.strike);
    let (slack, fine) = (slack(&far, low, high), !is_coarse(low.get(), high.get()));
    let slack_unless = |out: bool| if out && !fine { 0 } else { slack };
    at_most("call", before.call, after.call, slack_unless(high <= strike))?;
    at_most("put", after.put, before.put, slack_unless(strike <= low))
}

/// More volatility makes both dearer.
///
/// # Errors
///
/// How it is broken.
pub fn rises_with_vol(price: impl Pricer, terms: &Terms, other: Vol) -> Verdict {
    let (low, high) = (terms.vol.min(other), terms.vol.max(other));
    let [before, after] = [low, high].map(|vol| price.at(&Terms { vol, ..*terms }));
    let slack = if is_coarse(low.get(), high.get()) { 0 } else { 2 * noise(terms) };
    at_most("call", before.call, after.call, slack)?;
    at_most("put", before.put, after.put, slack)
}

/// More time, for the same discount factor, makes both dearer.
///
/// # Errors
///
/// How it is broken.
pub fn rises_with_time(price: impl Pricer, terms: &Terms, other: Seconds) -> Verdict {
    let (expiry, own) = (&terms.expiry, terms.expiry.time());
    let at = |time| Expiry::new(expiry.forward(), time, expiry.discount());
    let (Ok(low), Ok(high)) = (at(own.min(other)), at(own.max(other))) else {
        return Ok(()); // the discount factor is too small for the shorter time
    };
    let [before, after] = [low, high].map(|expiry| price.at(&Terms { expiry, ..*terms }));
    at_most("call", before.call, after.call, 0)?;
    at_most("put", before.put, after.put, 0)
}

fn at_most(name: &str, less: Real, more: Real, slack: i128) -> Verdict {
    let wrong = less.to_bits() - more.to_bits();
    ensure!(wrong <= slack, "{name}: the wrong way by {wrong} ulp from {less} ({slack} allowed)");
    Ok(())
}

/// A butterfly of equal wings costs nothing less than nothing, within the kernel's bound: the
/// prices are convex in the strike.
///
/// # Errors
///
/// How it is broken.
pub fn convex_in_strike(price: impl Pricer, terms: &Terms, wing: Price) -> Verdict {
    let (middle, wing) = (terms.strike.get(), wing.get());
    let (Ok(low), Ok(high)) = (Price::new(middle - wing), Price::new(middle + wing)) else {
        return Ok(());
    };
    let [below, at, above] =
        [low, terms.strike, high].map(|strike| price.at(&Terms { strike, ..*terms }));
    // Floors: an ulp for each wing and none for the middle, and as much again by parity.
    let allowed = -4 * noise(&Terms { strike: high, ..*terms }) - 4;
    for (name, [below, at, above]) in
        [("call", [below.call, at.call, above.call]), ("put", [below.put, at.put, above.put])]
    {
        let butterfly = below.to_bits() - 2 * at.to_bits() + above.to_bits();
        ensure!(butterfly >= allowed, "{name} butterfly at {butterfly} ulp");
    }
    Ok(())
}

/// Multiplying forward and strike by 2^`up` multiplies the out-of-the-money price, to the bit.
///
/// # Errors
///
/// How it is broken.
pub fn scales(price: impl Pricer, terms: &Terms, up: u32) -> Verdict {
    let Some(scaled) = terms.scaled(up) else { return Ok(()) };
    let (small, large) = (price.at(terms), price.at(&scaled));
    let (small, large) = if terms.expiry.forward() <= terms.strike {
        (small.call, large.call)
    } else {
        (small.put, large.put)
    };
    ensure!(large >> up == small, "{large} over 2^{up} is not {small}");
    Ok(())
}

impl Terms {
    /// The same with another forward.
    pub fn with_forward(&self, forward: Price) -> Self {
        let expiry = Expiry::new(forward, self.expiry.time(), self.expiry.discount());
        Self { expiry: super::draw::inside(expiry), ..*self }
    }

    /// Forward and strike times 2^`up`, unless that is too much.
    pub fn scaled(&self, up: u32) -> Option<Self> {
        let by = |price: Price| {
            let bits = price.get().to_bits();
            let scaled = bits.checked_shl(up).filter(|scaled| scaled >> up == bits)?;
            Price::new(Real::from_bits(scaled)).ok()
        };
        let strike = by(self.strike)?;
        Some(Self { strike, ..self.with_forward(by(self.expiry.forward())?) })
    }
}
