//! Drawn inputs of a price: strikes near their forward, and edges of every range.

use crate::fold::Fold;
use crate::random::Random;
use amm_core::num::{Discount, OutOfRange, Price, Real, Seconds, Vol};
use amm_core::pricing::Expiry;

/// What a draw inside the range gives.
fn inside<T>(made: Result<T, OutOfRange>) -> T {
    made.unwrap_or_else(|error| panic!("a draw in the range is refused: {error}"))
}

/// Any price, from one ulp to 10¹², sometimes 0; half of them below a million and with 64 bits.
pub(crate) fn price(random: &mut Random) -> Price {
    inside(Price::new(match random.below(2) {
        0 => random.between(Price::MIN.get(), Price::MAX.get()),
        _ => Real::from_bits(i128::from(random.word()) << random.below(20)),
    }))
}

/// A price at most twice `near`, mostly far closer; one in eight is anywhere.
pub(crate) fn price_near(near: Price, random: &mut Random) -> Price {
    if random.below(8) == 0 {
        return price(random);
    }
    let bits = near.get().to_bits();
    let share = i128::from(random.word() as i32 >> 8); // in units of 2⁻²³; bits < 2¹⁰⁴
    let off = ((bits >> random.below(12)) * share) >> 23;
    inside(Price::new(Real::from_bits((bits + off).min(Price::MAX.get().to_bits()))))
}

/// Three in four evenly below 100 or 200 %, else any.
pub(crate) fn vol(random: &mut Random) -> Vol {
    inside(Vol::new(match random.below(16) {
        0 => Real::ZERO,
        1..4 => random.between(Vol::MIN.get(), Vol::MAX.get()),
        _ => Vol::MIN.get() + Real::from_bits(i128::from(random.word()) << random.below(2)),
    }))
}

/// An expiry; one that is refused is folded, and comes again with a discount factor of 1.
pub(crate) fn expiry(random: &mut Random, fold: &mut Fold) -> Expiry {
    let forward = price(random);
    let seconds = random.magnitude(30).min(Seconds::MAX.get().into()) as u64;
    let time = inside(Seconds::new(seconds));
    let below_one = random.between(Real::ZERO, Real::ONE - Discount::MIN.get());
    let discount = inside(Discount::new(Real::ONE - below_one));
    let expiry = Expiry::new(forward, time, discount);
    fold.add(expiry);
    expiry.unwrap_or_else(|_| inside(Expiry::new(forward, time, Discount::MAX)))
}
