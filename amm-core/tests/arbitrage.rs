//! The guard against static arbitrage: its certificate is sound, it is complete at the defaults, and
//! it refuses what would break the quotes of a mechanism that can be broken.

use amm_core::num::{Real, Size};
use amm_core::quote::{Certificate, Constraint, Family};
use amm_core::skew::{Bands, Gain};
use amm_core::testing::arbitrage::{
    Ladder, Refused, Setup, bound_is_the_least_corner, certified_constraints_hold, driven,
    narrowest, nothing_is_broken, pressed,
};
use arbitrary::Unstructured;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn setup() -> impl Strategy<Value = Setup> {
    let bytes = proptest::collection::vec(any::<u8>(), 128);
    bytes.prop_filter_map("bytes", |bytes| Unstructured::new(&bytes).arbitrary().ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the book and the flow, the quotes keep what is certified.
    #[test]
    fn certified_constraints_hold_for_every_book(setup in setup()) {
        let Ok(desk) = setup.desk() else { return Err(TestCaseError::reject("no such market")) };
        let certified = |constraint: &_| !desk.certificate.open().contains(constraint);
        for target in narrowest(&desk, 40).into_iter().filter(certified).take(3) {
            let driven = driven(&setup, &desk, &target, 6);
            certified_constraints_hold(&desk.certificate, &driven).map_err(TestCaseError::fail)?;
        }
    }

    /// The box bound is what going through all corners gives.
    #[test]
    fn the_bound_is_the_least_corner(setup in setup()) {
        let mut setup: Setup = setup;
        setup.seconds.truncate(2);
        if setup.gain.bands == Bands::Five {
            setup.gain.bands = Bands::Three;
        }
        let Ok(desk) = setup.desk() else { return Err(TestCaseError::reject("no such market")) };
        bound_is_the_least_corner(&desk).map_err(TestCaseError::fail)?;
    }
}

fn real(text: &str) -> Real {
    text.parse().unwrap()
}

fn ladders() -> Vec<Ladder> {
    let ladder = |wing, step, growth, common| Ladder {
        wing,
        step: real(step),
        growth: real(growth),
        common,
    };
    vec![
        ladder(20, "0.15", "1.16", false), // out to 17 deviations
        ladder(15, "0.3", "1.2", false),   // out to 22
        ladder(20, "0.02", "1.25", false), // close at the money, out to 7
        ladder(15, "0.03", "1.05", true),  // 3 % apart
        ladder(20, "0.01", "1.1", true),   // 1 % apart
        ladder(15, "0.05", "1", true),     // 5 % apart
    ]
}

/// No trade has to be looked at by default: flat surfaces and smiles, one to five bands.
#[test]
fn nothing_is_open_at_the_defaults() {
    let mut count = 0;
    for (vol, rho, eta) in [
        ("0.3", "0", "0"),
        ("0.65", "0", "0"),
        ("1.2", "0", "0"),
        ("0.65", "-0.15", "1"),
        ("0.65", "-0.4", "1.4"),
        ("0.8", "-0.2", "1.6"),
    ] {
        for ladder in ladders() {
            for bands in [Bands::One, Bands::Three, Bands::Five] {
                let gain = Gain { bands, ..Gain::default() };
                let smile = (real(rho), real(eta));
                let setup = Setup { vol: real(vol), smile, ladder, gain, ..Setup::usual() };
                let desk = setup.desk().unwrap();
                let open = desk.certificate.open();
                assert!(open.is_empty(), "{} open: {:?} {setup:?}", open.len(), open[0]);
                nothing_is_broken(&desk).unwrap();
                count += Family::ALL
                    .map(|family| desk.certificate.certified(family))
                    .iter()
                    .sum::<usize>();
            }
        }
    }
    assert!(count > 100_000, "{count} constraints");
}

/// Mechanisms that books can break, each with a ladder on which they do.
fn breakable() -> [(&'static str, Family, Setup); 3] {
    const DAY: u32 = 86_400;
    let usual = Setup::usual();
    let wide = Gain { refuse_below: real("-1000"), refuse_above: real("1000"), ..usual.gain };
    let close = Ladder { wing: 12, step: real("0.1"), growth: real("1.1"), common: false };
    let steep = Gain { max: real("0.45"), ..wide };
    let local = Gain { locality: Real::ONE, ..wide };
    let days: Vec<u32> = (30..39).map(|day| day * DAY).collect();
    let month = vec![7 * DAY, 14 * DAY, 30 * DAY];
    [
        (
            "a steep charge",
            Family::Convex,
            Setup { gain: steep, ladder: close, seconds: month, ..usual.clone() },
        ),
        (
            "weights as local as gamma",
            Family::Convex,
            Setup {
                gain: local,
                ladder: close,
                seconds: days.clone(),
                vol: real("3.7"),
                ..usual.clone()
            },
        ),
        (
            "weights as local as gamma, by expiry",
            Family::Calendar,
            Setup { gain: local, ladder: close, seconds: days, vol: real("3.7"), ..usual },
        ),
    ]
}

#[test]
fn what_can_be_broken_is_open_and_the_trade_that_breaks_it_refused() {
    for (name, family, setup) in breakable() {
        let desk = setup.desk().unwrap();
        assert!(desk.certificate.open_in(family) > 0, "{name}: nothing open");
        let open = |target: &Constraint| {
            target.family == family && desk.certificate.open().contains(target)
        };
        // With orders that are not refused some book breaks it, and a certificate with nothing open
        // is found out.
        let targets = narrowest(&desk, usize::MAX).into_iter().filter(open).take(12);
        let (target, broken) = targets
            .map(|target| (target.clone(), driven(&setup, &desk, &target, 12)))
            .find(|(target, broken)| target.value(&broken.marginals()) < -target.tolerance(broken))
            .unwrap_or_else(|| panic!("{name}: not broken"));
        assert!(certified_constraints_hold(&desk.certificate, &broken).is_ok(), "{name}");
        assert!(certified_constraints_hold(&Certificate::default(), &broken).is_err(), "{name}");
        // With orders that may be, none does.
        let refused = pressed(&desk, &target, 12);
        let Refused { limit, mut desk, order } =
            refused.unwrap_or_else(|| panic!("{name}: nothing was refused"));
        nothing_is_broken(&desk).unwrap();
        assert!(limit.shortfall > 0, "{name}: {limit}");
        let closing = desk.price(&[order], true).unwrap();
        desk.take(&closing);
        assert!(nothing_is_broken(&desk).is_err(), "{name}: {limit} was no harm");
        // And the way back is open.
        let (at, kind, size) = order;
        let back = Size::from_atoms(-size.atoms());
        let back = desk.price(&[(at, kind, back)], false).unwrap();
        desk.take(&back);
        nothing_is_broken(&desk).unwrap();
    }
}

/// Without a charge for gain and for flow no book moves a quote, so that there is nothing to certify and
/// nothing to refuse; with either of them there is.
#[test]
fn nothing_is_looked_at_where_no_book_moves_the_quotes() {
    let counted = |desk: &amm_core::quote::Desk| {
        Family::ALL.map(|family| desk.certificate.certified(family)).iter().sum::<usize>()
    };
    let setups = breakable().map(|(_, _, setup)| setup).into_iter().chain([Setup::usual()]);
    for setup in setups {
        let mut free = setup.clone();
        (free.gain.theta, free.flow.strength) = (Real::ZERO, Real::ZERO);
        let mut desk = free.desk().unwrap();
        assert_eq!((counted(&desk), desk.certificate.open().len()), (0, 0));
        let before = desk.marginals();
        let mids = |desk: &amm_core::quote::Desk| {
            let marginals = desk.marginals();
            let quotes = desk.lines().map(|at| marginals.pair(at).unwrap());
            quotes.collect::<Vec<_>>()
        };
        let constraints = narrowest(&desk, usize::MAX);
        let values: Vec<_> = constraints.iter().map(|one| one.value(&before)).collect();
        let quotes = mids(&desk);
        let lines: Vec<_> = desk.lines().collect();
        for (number, at) in lines.into_iter().enumerate() {
            let size: Size = ["40000", "-90000", "7000"][number % 3].parse().unwrap();
            let order = (at, amm_core::pricing::Kind::Call, size);
            let sized = desk.price(&[order], false).unwrap();
            desk.take(&sized);
        }
        assert_eq!(mids(&desk), quotes);
        let after = desk.marginals();
        assert!(constraints.iter().zip(values).all(|(one, value)| one.value(&after) == value));

        for (theta, strength) in [(setup.gain.theta, Real::ZERO), (Real::ZERO, setup.flow.strength)]
        {
            let mut charged = setup.clone();
            (charged.gain.theta, charged.flow.strength) = (theta, strength);
            let desk = charged.desk().unwrap();
            assert!(counted(&desk) + desk.certificate.open().len() > 0);
        }
    }
}
