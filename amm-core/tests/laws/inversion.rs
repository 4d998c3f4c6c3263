//! The laws of implied volatility find out what they forbid.

use super::*;

#[test]
fn implied_volatility_finds_out_rivals() {
    type Answer = Result<Vol, ImpliedVolError>;
    let round = |implied: fn(&Expiry, Price, Kind, Price) -> Answer| {
        move |case: &Case| implied::round_trip(implied, &case.terms, case.kind)
    };
    let answers = |implied: fn(&Expiry, Price, Kind, Price) -> Answer| {
        move |case: &Case| implied::answers(implied, &case.terms, case.kind, case.price)
    };
    // Stops after ten digits.
    let short = |expiry: &Expiry, strike, kind, price| {
        implied_vol(expiry, strike, kind, price)
            .map(|vol| Vol::new(rounded(vol.get(), 34)).unwrap_or(vol))
    };
    found_out(drawn, round(implied_vol), round(short));
    // Gives an answer where there is none.
    let clamped = |expiry: &Expiry, strike, kind, price| {
        Ok(implied_vol(expiry, strike, kind, price).unwrap_or(Vol::MAX))
    };
    found_out(drawn, answers(implied_vol), answers(clamped));
    // Gives up where there is one.
    let timid = |expiry: &Expiry, strike, kind, price| {
        let vol = implied_vol(expiry, strike, kind, price)?;
        Vol::new(vol.get() + Real::from_num(18)).map(|_| vol)?;
        Ok(vol)
    };
    found_out(drawn, answers(implied_vol), answers(timid));
    let other = |expiry: &Expiry, strike, kind, price| {
        let other = if kind == Kind::Call { Kind::Put } else { Kind::Call };
        implied_vol(expiry, strike, other, price)
    };
    found_out(drawn, round(implied_vol), round(other));
}

#[test]
fn roots_find_out_rounding_to_nearest() {
    found_out(
        drawn_args,
        |args| kernel_laws::isqrt_is_the_floor(math::isqrt, args.integer),
        |args| {
            let nearest =
                |n: u128| math::isqrt(n) + u64::from(n > 0 && math::isqrt(n - 1) != math::isqrt(n));
            kernel_laws::isqrt_is_the_floor(nearest, args.integer)
        },
    );
    let nearest = |x| math::sqrt(x).map(|root| root + ulp(root.to_bits() & 1));
    found_out(
        drawn_args,
        |args| kernel_laws::sqrt_is_the_floor(math::sqrt, args.any),
        |args| kernel_laws::sqrt_is_the_floor(nearest, args.any),
    );
    let total = |x: Real| math::sqrt(x.abs());
    found_out(
        drawn_args,
        |args| kernel_laws::sqrt_is_the_floor(math::sqrt, args.any),
        |args| kernel_laws::sqrt_is_the_floor(total, args.any),
    );
}
