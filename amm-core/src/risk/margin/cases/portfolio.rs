//! Portfolio margin.

use std::string::ToString;

use super::*;
use crate::risk::margin::Worst;
use Kind::{Call, Put};

/// test/risk-managers/unit-tests/PMRM/testAndVerifyScenarios.json: results to eighteen places.
/// Of its 21 cases 16, 17 and 19 hold perpetuals, which are not options.
#[test]
fn portfolio_margin_of_21_scenarios() {
    let params = MarginParams::derive_portfolio_21();
    let check = |name, case: &Case, [initial, maintenance]: [&str; 2]| {
        let [got_initial, got_maintenance] = case.net(&params);
        near(name, got_initial, initial);
        near(name, got_maintenance, maintenance);
    };
    let short = Case { expiries: WEEK, options: &[(500_400, "1500", Call, "-1", ATM)], ..CASE };
    check("Test1", &short, ["-368.48761976175558656", "-301.768534860364300288"]);
    let itm = &[(500_400, "1200", Call, "1", "1.138939398828297472")];
    let itm = Case { expiries: WEEK, options: itm, ..CASE };
    check("Test2", &itm, ["14.004464630197813248", "81.3297422807588864"]);
    let spread = &[
        (500_400, "500", Call, "1", "1.653152366370104064"),
        (500_400, "900", Call, "-1", "1.32865746389711104"),
    ];
    let spread = Case { expiries: WEEK, options: spread, ..CASE };
    check("Test3", &spread, ["332.34423845885673472", "347.9430663305740288"]);

    let long = Case { expiries: WEEK, options: &[(500_400, "1500", Call, "1", ATM)], ..CASE };
    let held = "0.230453187667771392";
    let doubted = |confidence| Case { confidence, ..long };
    check("Test4", &doubted("0.5"), ["-398.511886412749881344", held]);
    check("Test5", &doubted("0.1"), ["-698.511886412749881344", held]);
    check("Test6", &doubted("0.8"), ["-23.511886412749881344", held]);
    let row = |expiries| Case { expiries, ..long };
    const LESS: &[Expires] = &[(500_400, "1500.8332793109938176", "0.03", "0.4", "0")];
    check("Test8", &row(LESS), ["-473.511886412749881344", held]);
    const LEAST: &[Expires] = &[(500_400, "1500.8332793109938176", "0.03", "0.1", "0")];
    check("Test9", &row(LEAST), ["-698.511886412749881344", held]);
    const RATE: &[Expires] = &[(500_400, "1500.8332793109938176", "0.03", "0.3", "0")];
    check("Test11", &row(RATE), ["-548.511886412749881344", held]);
    let depegged = Case { peg: "0.9", ..long };
    check("Test12", &depegged, ["-36.174467532972621824", held]);

    const WEEKS: &[Expires] = &[WEEK[0], (1_191_600, "1501.985045187195830272", "0.05", "1", "0")];
    let two = Case {
        expiries: WEEKS,
        options: &[
            (500_400, "1", Call, "1", "3.603538277664962048"),
            (500_400, "1500", Call, "-1", ATM),
            (500_400, "1500", Put, "1", ATM),
            (500_400, "2700", Call, "1", "1.364990899660472832"),
            (500_400, "2700", Put, "-1", "1.364990899660472832"),
            (1_191_600, "2950", Put, "1", "1.407606763626377984"),
            (1_191_600, "1500", Call, "-1", "1.047554809415723648"),
            (1_191_600, "1500", Put, "1", "1.047554809415723648"),
            (1_191_600, "2700", Call, "1", "1.364612791185947904"),
            (1_191_600, "2700", Put, "-1", "1.364612791185947904"),
        ],
        ..CASE
    };
    check("Test13", &two, ["500.576852329245048832", "511.778253874672418816"]);
    assert_eq!(two.requirement(&params).worst, Worst::Basis);
    check(
        "Test14",
        &Case { base: "1", ..short },
        ["1114.746715016503492608", "1185.334799584450347008"],
    );
    let forward = &[(500_400, "1500", Call, "1", ATM), (500_400, "1500", Put, "-1", ATM)];
    let forward = Case { expiries: WEEK, options: forward, ..CASE };
    check("Test15", &forward, ["-291.829210154649976832", "-224.291712585655207936"]);

    // Three quarters of the settlement average are seen.
    let settling = Case {
        expiries: &[(900, "1476.667041238771695616", "0.01", "1", "1101.666666666666754048")],
        options: &[(900, "1500", Call, "-1", "1.04812456681573312")],
        ..CASE
    };
    check("Test18", &settling, ["-62.717997469736271872", "-48.246077388932464663"]);

    const BOX: &[Held] = &[
        (500_400, "1500", Call, "-1", ATM),
        (500_400, "1500", Put, "1", ATM),
        (500_400, "2500", Call, "1", "1.326538658030860032"),
        (500_400, "2500", Put, "-1", "1.326538658030860032"),
    ];
    let sold = Case { expiries: WEEK, options: BOX, ..CASE };
    check("Test20", &sold, ["-1000", "-1000"]);
    let bought = Case {
        options: &[
            (500_400, "1500", Call, "1", ATM),
            (500_400, "1500", Put, "-1", ATM),
            (500_400, "2500", Call, "-1", "1.326538658030860032"),
            (500_400, "2500", Put, "1", "1.326538658030860032"),
        ],
        ..sold
    };
    check("Test21", &bought, ["931.673090765353254912", "947.440839050271735808"]);
}

/// test/risk-managers/unit-tests/PMRM/test-cases-portfolio-pm.json: all that its suite runs.
#[test]
fn portfolio_margin_of_made_portfolios() {
    let params = MarginParams::derive_portfolio_21();
    let cases: &[(&str, &'static [Held], [i128; 2])] = &[
        ("short_ITM_call", const { &[held(D17, "1400", Call, "-1")] }, [-1021, -925]),
        ("short_ITM_put", const { &[held(D17, "3000", Put, "-1.5")] }, [-2118, -1973]),
        ("long_ATM_put", const { &[held(D17, "2000", Put, "1")] }, [-23, 1]),
        ("long_ATM_call", const { &[held(D17, "2000", Call, "1")] }, [-26, 0]),
        ("short_OTM_call", const { &[held(D17, "2700", Call, "1")] }, [0, 0]),
        ("short_OTM", const { &[held(D17, "1700", Put, "-1")] }, [-168, -131]),
        (
            "long_ITM_call_spread",
            const { &[held(D10, "500", Call, "1"), held(D10, "700", Call, "-1")] },
            [160, 169],
        ),
        (
            "long_OTM_call_spread",
            const { &[held(D10, "3500", Call, "1"), held(D10, "3700", Call, "-1")] },
            [-26, -20],
        ),
        (
            "short_ITM_call_spread",
            const { &[held(D10, "500", Call, "-1"), held(D10, "700", Call, "1")] },
            [-226, -220],
        ),
        (
            "long_ITM_put_spread",
            const { &[held(D10, "3500", Put, "-1"), held(D10, "3900", Put, "1")] },
            [346, 358],
        ),
        (
            "long_OTM_put_spread",
            const { &[held(D10, "800", Put, "-1"), held(D10, "900", Put, "1")] },
            [-26, -20],
        ),
        (
            "short_ATM_put_spread",
            const { &[held(D10, "1900", Put, "1"), held(D10, "2200", Put, "-1")] },
            [-360, -319],
        ),
        (
            "short_OTM_put_spread",
            const { &[held(D10, "1600", Put, "1"), held(D10, "1900", Put, "-1")] },
            [-270, -213],
        ),
        (
            "long_box",
            const {
                &[
                    held(D10, "1000", Call, "1"),
                    held(D10, "1000", Put, "-1"),
                    held(D10, "2000", Put, "1"),
                    held(D10, "2000", Call, "-1"),
                ]
            },
            [930, 946],
        ),
        (
            "short_box",
            const {
                &[
                    held(D10, "1000", Call, "-1"),
                    held(D10, "1000", Put, "1"),
                    held(D10, "2000", Put, "-1"),
                    held(D10, "2000", Call, "1"),
                ]
            },
            [-1000, -1000],
        ),
    ];
    for &(name, options, want) in cases {
        assert_eq!(whole(&Case { options, ..AT_2000 }, &params), want, "{name}");
    }
}

/// The 23rd, 1st and 2nd scenarios and the figures of scripts/config-mainnet.sol.
#[test]
fn portfolio_margin_of_23_scenarios() {
    let params = MarginParams::derive_portfolio();
    let worst = |kind, strike| {
        let options: &'static [Held] = match (kind, strike) {
            (Call, _) => &[(500_400, "1500", Call, "-1", ATM)],
            (Put, _) => &[(500_400, "1500", Put, "-1", ATM)],
        };
        Case { expiries: WEEK, options, ..CASE }.requirement(&params)
    };
    let (call, put) = (worst(Call, 1500), worst(Put, 1500));
    assert_eq!((call.worst, put.worst), (Worst::Scenario(0), Worst::Scenario(22)));
    for (requirement, kind) in [(call, "call"), (put, "put")] {
        assert_eq!(requirement.floor.to_string(), "30", "{kind}");
        // Initial over maintenance is 1.25, both rounded up.
        let (initial, maintenance) = (requirement.initial.atoms(), requirement.maintenance.atoms());
        assert!((-5..=4).contains(&(initial * 4 - maintenance * 5)), "{initial} {maintenance}");
    }
}
