//! `amm_core::num`.

use crate::decimal::Written;
use crate::{fold::Fold, random::Random};
use amm_core::num::{
    Amount, Cash, Discount, Price, Real, Rounding, Seconds, Shares, Size, Timestamp, TotalVariance,
    Vol, YEAR_S, mul_div,
};

/// Ranges: what is let in, and what errors say of the rest.
pub(crate) fn quantity(random: &mut Random, fold: &mut Fold) {
    macro_rules! quantities {
        ($($Name:ident),+) => {$(
            let (min, max) = ($Name::MIN.get(), $Name::MAX.get());
            fold.text($Name::WHAT);
            fold.add($Name::new(random.between(min, max)));
            fold.add($Name::new(random.real()));
            let ulp = random.pick([-1, 0, 1]);
            let edge = random.pick([min, max, Real::ZERO]).to_bits();
            fold.add($Name::new(Real::from_bits(edge + ulp)));
        )+};
    }
    quantities!(Price, Vol, Discount, TotalVariance);
    fold.add(Vol::ZERO);
}

/// Integers, and the door into them.
pub(crate) fn ledger(random: &mut Random, fold: &mut Fold) {
    let value = random.real();
    fold.add([Rounding::Down, Rounding::Up].map(|rounding| Cash::round(value, rounding)));
    let (x, y) = (random.integer(), random.integer());
    macro_rules! ledgers {
        ($($Name:ident),+) => {$(
            let (a, b) = ($Name::from_atoms(x), $Name::from_atoms(y));
            fold.add([a, b, $Name::ZERO, $Name::from_atoms($Name::SCALE)]);
            fold.add([a.checked_add(b), a.checked_sub(b), a.checked_neg(), a.checked_abs()]);
            fold.text(a);
        )+};
    }
    ledgers!(Cash, Size, Shares);
    let small = |random: &mut Random| random.integer() >> random.below(100);
    let (a, b, c) = (random.magnitude(128), random.magnitude(128), random.magnitude(128));
    fold.shown([Rounding::Down, Rounding::Up].map(|rounding| mul_div(a, b, c, rounding)));
    let (one, other) = (amount(random), amount(random));
    fold.shown((one, other, one.checked_add(other), one.checked_sub(other), one.checked_neg()));
    fold.shown((one.cmp(&other), one.percent(), one.floor(), one.to_parts()));
    fold.add([Rounding::Down, Rounding::Up].map(|rounding| one.round(rounding)));
    fold.shown(Amount::from_parts(small(random), random.below(2_000_000_000)));
    fold.shown(Amount::from(random.real()));
}

/// Of a size and a price that often go together.
fn amount(random: &mut Random) -> Amount {
    let size = Size::from_atoms(random.integer() >> random.below(120));
    let price = Real::from_bits(random.integer() >> random.below(120));
    Amount::of(size, price).unwrap_or(Amount::ZERO)
}

/// Seconds, moments and what lies between them.
pub(crate) fn time(random: &mut Random, fold: &mut Fold) {
    let max = Seconds::MAX.get().into();
    let edge = random.pick([0, max, max + 1, YEAR_S.into(), i64::MAX as u64, u64::MAX]);
    let any = random.magnitude(64) as u64;
    let inside = random.below(Seconds::MAX.get()).into();
    fold.add([edge, any, inside].map(Seconds::new));
    fold.add(Seconds::ZERO);
    let moments = [edge, any, any.saturating_add(inside)].map(Timestamp::new);
    fold.add(moments);
    for moment in moments {
        fold.add(moments.map(|later| moment.until(later)));
    }
}

/// Every type printed, padded and cut, and read from texts of all kinds.
pub(crate) fn texts(random: &mut Random, fold: &mut Fold) {
    let written = Written::random(random);
    let text = core::str::from_utf8(written.bytes()).unwrap_or("not a text");
    let seconds = random.magnitude(64) as u64;
    macro_rules! printed {
        ($($value:expr),+ $(,)?) => {$(
            if let Ok(value) = $value {
                fold.text(value);
                fold.text(format_args!("{value:+.3} {value:<20} {value:012.1}"));
            }
        )+};
    }
    macro_rules! each {
        ($($Name:ident: $bits:expr),+) => {$(
            fold.add(text.parse::<$Name>());
            printed!(text.parse::<$Name>(), $bits);
        )+};
    }
    each! {
        Price: Price::new(random.between(Price::MIN.get(), Price::MAX.get())),
        Vol: Vol::new(random.between(Vol::MIN.get(), Vol::MAX.get())),
        Discount: Discount::new(random.between(Discount::MIN.get(), Discount::MAX.get())),
        TotalVariance: TotalVariance::new(random.real()),
        Cash: Ok::<_, ()>(Cash::from_atoms(random.integer())),
        Size: Ok::<_, ()>(Size::from_atoms(random.integer())),
        Shares: Ok::<_, ()>(Shares::from_atoms(random.integer())),
        Seconds: Seconds::new(seconds),
        Timestamp: Ok::<_, ()>(Timestamp::new(seconds))
    }
}
