//! Standard margin.

use super::*;
use Kind::{Call, Put};

/// test/risk-managers/unit-tests/StandardManager/test-cases-portfolio.json: those of one underlying and
/// without perpetuals.
#[test]
fn standard_margin_of_made_portfolios() {
    let params = MarginParams::derive_standard_test();
    let cases: &[(&str, &'static [Held], [i128; 2])] = &[
        ("long_ATM_call", const { &[held(D10, "2000", Call, "1")] }, [0, 0]),
        ("long_ATM_put", const { &[held(D10, "2000", Put, "1")] }, [0, 0]),
        ("short_ITM_call", const { &[held(D10, "1500", Call, "-1")] }, [-802, -652]),
        ("short_ITM_put", const { &[held(D10, "3000", Put, "-2")] }, [-2594, -2294]),
        ("short_OTM_call", const { &[held(D17, "2500", Call, "-1")] }, [-201, -151]),
        ("short_OTM_put", const { &[held(D10, "1100", Put, "-1")] }, [-200, -150]),
        (
            "short_call_spread_with_MaxLoss",
            const { &[held(D10, "1800", Call, "-1"), held(D10, "2000", Call, "1")] },
            [-200, -200],
        ),
        (
            "short_put_spread_with_MaxLoss",
            const { &[held(D10, "2500", Put, "1"), held(D10, "3000", Put, "-1")] },
            [-500, -500],
        ),
        (
            "short_call_spread_with_iso_margin",
            const { &[held(D10, "2300", Call, "-1"), held(D10, "4000", Call, "1")] },
            [-203, -153],
        ),
        (
            "short_put_spread_with_iso_margin",
            const { &[held(D10, "1200", Put, "1"), held(D10, "2000", Put, "-1")] },
            [-365, -215],
        ),
        (
            "short_spread_over_two_expiries_both_MaxLoss",
            const {
                &[
                    held(D10, "1800", Call, "-1"),
                    held(D10, "2000", Call, "1"),
                    held(D17, "1800", Call, "-1"),
                    held(D17, "2000", Call, "1"),
                ]
            },
            [-400, -400],
        ),
        (
            "short_spread_two_expiries_both_iso",
            const {
                &[
                    held(D10, "1200", Put, "1"),
                    held(D10, "1500", Put, "-1"),
                    held(D57, "2500", Call, "-1"),
                    held(D57, "2700", Call, "1"),
                ]
            },
            [-400, -331],
        ),
        (
            "long_call_spread",
            const { &[held(D10, "2900", Call, "1"), held(D10, "3500", Call, "-1")] },
            [0, 0],
        ),
        (
            "long_put_spread",
            const { &[held(D10, "2900", Put, "-1"), held(D10, "3500", Put, "1")] },
            [0, 0],
        ),
        (
            "short_box",
            const {
                &[
                    held(D10, "1000", Call, "-1"),
                    held(D10, "1000", Put, "1"),
                    held(D10, "2000", Call, "1"),
                    held(D10, "2000", Put, "-1"),
                ]
            },
            [-1000, -1000],
        ),
        ("short_put_with_0_strike_MaxLoss", const { &[held(D17, "100", Put, "-1")] }, [-100, -100]),
        (
            "short_call_spread_with_offset",
            const { &[held(D10, "1100", Call, "-1.01"), held(D10, "1200", Call, "1")] },
            [-125, -123],
        ),
        (
            "ITM_put_with_IM_multiple_of_MM",
            const { &[held(D3, "7400", Put, "-1")] },
            [-6094, -5804],
        ),
    ];
    for &(name, options, want) in cases {
        assert_eq!(whole(&Case { options, ..AT_2000 }, &params), want, "{name}");
    }
    const PUT: &[Held] = &[held(D17, "2000", Put, "-1")];
    let depeg = Case { peg: "0.1", options: PUT, ..AT_2000 };
    assert_eq!(whole(&depeg, &params), [-2496, -234], "USDC_depeg");
    const CALL: &[Held] = &[held(D17, "2000", Call, "-1")];
    let doubted = |confidence| {
        const LOW: &[Expires] = &[(D17, "2004.7545", "0.02", "0.1", "0")];
        const EDGE: &[Expires] = &[(D17, "2004.75", "0.02", "0.399999999999999999", "0")];
        const SPOT: &[Expires] = &[(D17, "2004.75", "0.02", "0.2", "0")];
        let expiries = match confidence {
            0 => LOW,
            1 => EDGE,
            _ => SPOT,
        };
        whole(&Case { expiries, options: CALL, ..AT_2000 }, &params)
    };
    assert_eq!(doubted(0), [-1109, -239], "short_call_low_vol_conf");
    assert_eq!(doubted(1), [-869, -239], "short_call_low_vol_and_fwd_confidence");
    assert_eq!(doubted(2), [-1029, -239], "short_call_low_spot_vol_fwd_confidence");
    // Of the underlying.
    assert_eq!(whole(&Case { base: "1", ..AT_2000 }, &params), [1600, 1600], "borrowing_ETH");
    let doubted = Case { base: "1", confidence: "0.1", ..AT_2000 };
    assert_eq!(whole(&doubted, &params), [880, 1600], "base_asset_low_spot_confidence");
}

/// test/risk-managers/unit-tests/StandardManager/test-cases.json: Test1 to Test7, `realIM` and `realMM`.
#[test]
fn standard_margin_to_eighteen_places() {
    let params = MarginParams::derive_standard_test();
    let check = |options: &'static [Held], [initial, maintenance]: [&str; 2]| {
        let [got_initial, got_maintenance] = Case { expiries: WEEK, options, ..CASE }.net(&params);
        near(options[0].1, got_initial, initial);
        near(options[0].1, got_maintenance, maintenance);
    };
    check(
        &[(500_400, "1500", Call, "-1", ATM)],
        ["-304.37158518905995264", "-191.87158518905995264"],
    );
    check(&[(500_400, "1500", Call, "1", ATM)], ["0", "0"]);
    check(
        &[(500_400, "1900", Call, "-1", "1.179993832279113216")],
        ["-156.008261835426660352", "-118.508261835426660352"],
    );
    check(
        &[(500_400, "1300", Put, "-1", "1.08318941550987648")],
        ["-164.322794294374039552", "-126.822794294374039552"],
    );
    check(
        &[
            (500_400, "1100", Call, "-1", "1.198874027186882048"),
            (500_400, "1300", Call, "1", "1.08318941550987648"),
        ],
        ["-200", "-200"],
    );
    check(
        &[
            (500_400, "1900", Call, "1", "1.179993832279113216"),
            (500_400, "1700", Call, "-1", "1.116354471205355648"),
        ],
        ["-173.104014466582446080", "-135.604014466582446080"],
    );
    check(
        &[
            (500_400, "1200", Call, "1", "1.138939398828297472"),
            (500_400, "1000", Call, "-1", "1.262012129931914496"),
            (500_400, "2500", Call, "-0.1", "1.326538658030860032"),
        ],
        ["-380.099993517319258112", "-365.091660724209385472"],
    );
}
