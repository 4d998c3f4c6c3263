//! What random numbers must be: the right distribution, independent under neighbouring keys, and
//! nobody else's business.

use amm_core::num::Real;
use amm_loop::draw::Draws;

/// How many numbers each test looks at.
const COUNT: u64 = 1 << 16;

/// Standard errors a sample may be off by: by luck, once in 15,000.
const ERRORS: Real = Real::lit("4");

/// √COUNT.
const ROOT: Real = Real::lit("256");

/// That the mean of `f` over numbers of one agent, block by block, is what it should be, `sd` being
/// the standard deviation of one of them.
fn expect_mean(what: &str, want: &str, sd: &str, f: impl Fn(&mut Draws) -> Real) {
    let sum: Real = (0..COUNT).map(|block| f(&mut Draws::new(11, 5, block, 2))).sum();
    let (mean, want) = (sum / Real::from_num(COUNT), want.parse::<Real>().unwrap());
    let within = ERRORS * sd.parse::<Real>().unwrap() / ROOT;
    assert!(mean.abs_diff(want) <= within, "{what}: {mean:.5}, not {want} ± {within:.5}");
}

fn power(x: Real, n: usize) -> Real {
    (0..n).fold(Real::ONE, |product, _| product * x)
}

#[test]
fn uniform_moments() {
    for (n, want, sd) in [(1, "0.5", "0.2887"), (2, "0.333333333", "0.2981"), (3, "0.25", "0.2835")]
    {
        expect_mean("u^n", want, sd, |draws| power(draws.uniform(), n));
    }
    expect_mean("chance", "0.125", "0.3307", |draws| {
        Real::from_num(u8::from(draws.chance(Real::lit("0.125"))))
    });
    expect_mean("below", "4.5", "2.8723", |draws| Real::from_num(draws.below(10)));
}

#[test]
fn normal_moments() {
    // The variance of zⁿ is (2n − 1)!! less the square of its mean.
    for (n, want, sd) in [(1, "0", "1"), (2, "1", "1.4142"), (3, "0", "3.8730"), (4, "3", "9.7980")]
    {
        expect_mean("z^n", want, sd, |draws| power(draws.normal(), n));
    }
    expect_mean("z > 2", "0.0227501", "0.1491", |draws| {
        Real::from_num(u8::from(draws.normal() > Real::lit("2")))
    });
}

#[test]
fn exponential_moments() {
    for (n, want, sd) in [(1, "1", "1"), (2, "2", "4.4721"), (3, "6", "26.1534")] {
        expect_mean("e^n", want, sd, |draws| power(draws.exponential(), n));
    }
}

#[test]
fn poisson_moments() {
    // Mean and variance m; the square of the deviation has variance m + 2m².
    for (mean, sd, sd_square) in
        [("0.25", "0.5", "0.6124"), ("3", "1.7321", "4.5826"), ("40", "6.3246", "56.9210")]
    {
        let m: Real = mean.parse().unwrap();
        expect_mean("count", mean, sd, |draws| Real::from_num(draws.poisson(m)));
        expect_mean("its square", mean, sd_square, |draws| {
            power(Real::from_num(draws.poisson(m)) - m, 2)
        });
    }
    expect_mean("none of a mean of 3", "0.0497871", "0.2175", |draws| {
        Real::from_num(u8::from(draws.poisson(Real::lit("3")) == 0))
    });
}

/// Normals under keys that differ by one in one part, and the first two under one key, have no
/// correlation, nor have their squares.
#[test]
fn neighbouring_keys_are_independent() {
    let second = |mut draws: Draws| (draws.bits(), draws).1;
    type Pair = (Draws, Draws);
    let pairs: [(&str, &dyn Fn(u64) -> Pair); 5] = [
        ("seed", &|n| (Draws::new(n, 1, 1, 1), Draws::new(n + 1, 1, 1, 1))),
        ("path", &|n| (Draws::new(1, n, 1, 1), Draws::new(1, n + 1, 1, 1))),
        ("block", &|n| (Draws::new(1, 1, n, 1), Draws::new(1, 1, n + 1, 1))),
        ("agent", &|n| (Draws::new(1, 1, 1, n), Draws::new(1, 1, 1, n + 1))),
        ("draw", &|n| (Draws::new(1, 1, n, 1), second(Draws::new(1, 1, n, 1)))),
    ];
    for (what, pair) in pairs {
        let (mut product, mut squares) = (Real::ZERO, Real::ZERO);
        for n in 0..COUNT {
            let (mut one, mut other) = pair(n);
            let (x, y) = (one.normal(), other.normal());
            product += x * y;
            squares += (x * x - Real::ONE) * (y * y - Real::ONE);
        }
        assert!(product.abs() <= ERRORS * ROOT, "{what}: {product} over {COUNT}");
        assert!(squares.abs() <= ERRORS * 2 * ROOT, "{what}, squares: {squares} over {COUNT}");
    }
}

#[test]
fn what_others_draw_changes_nothing() {
    let alone: Vec<u64> = {
        let mut draws = Draws::new(3, 1, 4, 1);
        (0..9).map(|_| draws.bits()).collect()
    };
    let mut draws = Draws::new(3, 1, 4, 1);
    let mut other = Draws::new(3, 1, 4, 2);
    let beside: Vec<u64> = (0..9)
        .map(|n| {
            (0..n).for_each(|_| assert!(other.normal() < 10));
            draws.bits()
        })
        .collect();
    assert_eq!(alone, beside);
}
