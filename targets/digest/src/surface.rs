//! `amm_core::surface`.

use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use amm_core::num::{Real, Seconds, Timestamp, Vol};
use amm_core::surface::{
    Board, Row, Slice, Ssvi, Svi, butterfly, calendar, density, floor, log_moneyness,
    total_variance, vol,
};

/// So many thousandths.
fn thousandths(random: &mut Random, from: i32, to: i32) -> Real {
    let span = (to - from) as u32;
    Real::from_num(from + random.below(span) as i32) / 1000
        + Real::from_bits(random.magnitude(50) as i128)
}

/// A slice of any kind; refusals are folded.
pub(crate) fn slice(random: &mut Random, fold: &mut Fold) -> Slice {
    let made = match random.below(3) {
        0 => Vol::new(thousandths(random, 100, 1_500)).map(Slice::Flat),
        1 => {
            let (theta, rho) = (thousandths(random, 1, 400), thousandths(random, -950, 950));
            let ssvi = Ssvi::new(theta, thousandths(random, 100, 6_000), rho);
            if let Ok(ssvi) = ssvi {
                fold.add([ssvi.theta(), ssvi.phi(), ssvi.rho()]);
                fold.shown(ssvi.raw());
            }
            ssvi.map(Slice::Ssvi)
        }
        _ => {
            let (a, b) = (thousandths(random, -20, 200), thousandths(random, 0, 900));
            let (rho, m) = (thousandths(random, -950, 950), thousandths(random, -300, 300));
            let svi = Svi::new(a, b, rho, m, thousandths(random, 1, 800));
            if let Ok(svi) = svi {
                fold.add([svi.a(), svi.b(), svi.rho(), svi.m(), svi.sigma()]);
                fold.shown(svi.slopes());
            }
            svi.map(Slice::Svi)
        }
    };
    made.unwrap_or_else(|error| {
        fold.add(error);
        Slice::Flat(Vol::MAX)
    })
}

/// Slices alone, in pairs, and on a board.
pub(crate) fn slices(random: &mut Random, fold: &mut Fold) {
    let (near, far) = (slice(random, fold), slice(random, fold));
    let expiry = market::expiry(random, fold);
    let time = expiry.time();
    let strike = market::price_near(expiry.forward(), random);
    let k = log_moneyness(strike, expiry.forward());
    fold.add(k);
    let k = if random.below(4) > 0 { k.unwrap_or(Real::ZERO) } else { random.real() };
    fold.add(near.total_variance(k, time));
    fold.add(near.vol(k, time));
    fold.shown(density(&near, k));
    fold.shown([butterfly(&near), butterfly(&far)]);
    let later = Seconds::new(u64::from(time.get()) + random.magnitude(24) as u64);
    fold.shown(calendar((&near, time), (&far, later.unwrap_or(Seconds::MAX))));
    let sigma = market::vol(random);
    let w = total_variance(sigma, time);
    fold.add(w);
    fold.add(vol(w, time));
    fold.add(floor(w, random.real(), Real::from_bits(random.magnitude(67) as i128), time));
    let strikes = [strike, market::price_near(expiry.forward(), random)];
    let row = Row::new(Timestamp::new(1), expiry, strikes.into_iter(), |k| near.vol(k, time));
    fold.shown(&row);
    let rows = row.into_iter().collect();
    Board { rows }.bucket_variances().for_each(|variance| fold.add(variance));
}
