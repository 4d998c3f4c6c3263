//! Derive's own test cases, from github.com/derivexyz/v2-core (formerly lyra-finance/v2-core): inputs and
//! results are theirs, to the place they give.

use std::string::ToString;
use std::vec::Vec;

use crate::book::Series;
use crate::num::{Cash, Discount, Price, Real, Rounding, Seconds, Size, Timestamp, Vol};
use crate::pricing::{Expiry, Kind, value};
use crate::risk::margin::{
    Backing, Conditions, Funds, MarginParams, Margins, Requirement, RowConditions, StandingRange,
    Worst,
};
use crate::surface::{Board, Row, Valued};

use Kind::{Call, Put};

const NOW: u64 = 1_640_995_200;

/// An option: seconds to expiry, strike, kind, amount, volatility.
type Held = (u64, &'static str, Kind, &'static str, &'static str);

/// An expiry: seconds, forward, rate, confidence, fixed part of the forward.
type Expires = (u64, &'static str, &'static str, &'static str, &'static str);

struct Case {
    spot: &'static str,
    confidence: &'static str,
    peg: &'static str,
    base: &'static str,
    cash: &'static str,
    expiries: &'static [Expires],
    options: &'static [Held],
}

const CASE: Case = Case {
    spot: "1500",
    confidence: "1",
    peg: "1",
    base: "0",
    cash: "0",
    expiries: &[],
    options: &[],
};

fn real(text: &str) -> Real {
    text.parse::<crate::num::Amount>().unwrap().floor()
}

fn price(text: &str) -> Price {
    Price::new(real(text)).unwrap()
}

impl Case {
    fn margins(&self, params: &MarginParams) -> Margins {
        let (mut board, mut rows) = (Board::default(), Vec::new());
        for &(seconds, forward, rate, confidence, fixed) in self.expiries {
            let time = Seconds::new(seconds).unwrap();
            let expiry = Expiry::new(price(forward), time, Discount::MAX).unwrap();
            let mut lines: Vec<(Price, Vol)> = Vec::new();
            for (_, strike, _, _, vol) in self.options.iter().filter(|option| option.0 == seconds) {
                let strike = price(strike);
                if lines.iter().all(|line| line.0 != strike) {
                    lines.push((strike, Vol::new(real(vol)).unwrap()));
                }
            }
            lines.sort();
            let line = |&(strike, vol): &(Price, Vol)| Valued {
                strike,
                vol,
                variance: Real::ZERO,
                deviations: Real::ZERO,
                dollar_gamma: Real::ZERO,
                value: value(&expiry, strike, vol),
            };
            let lines = lines.iter().map(line).collect();
            let stamp = Timestamp::new(NOW + seconds);
            board.rows.push(Row { stamp, expiry, variance: Real::ZERO, lines });
            let (confidence, rate) = (real(confidence), real(rate));
            rows.push(RowConditions { confidence, rate, fixed: price(fixed) });
        }
        let conditions = Conditions {
            confidence: real(self.confidence),
            peg: real(self.peg),
            ..Conditions::calm(price(self.spot), Vol::ZERO)
        };
        Margins::new(params, &conditions, &StandingRange::default(), &board, &rows).unwrap()
    }

    fn positions(&self) -> Vec<(Series, Size)> {
        let held = |&(seconds, strike, kind, amount, _): &Held| {
            let expiry = Timestamp::new(NOW + seconds);
            (Series { expiry, strike: price(strike), kind }, amount.parse().unwrap())
        };
        let mut positions: Vec<_> = self.options.iter().map(held).collect();
        positions.sort();
        positions
    }

    fn requirement(&self, params: &MarginParams) -> Requirement {
        let (positions, base) = (self.positions(), self.base.parse().unwrap());
        self.margins(params).requirement(&positions, base).unwrap()
    }

    /// Net initial and maintenance margin.
    fn net(&self, params: &MarginParams) -> [Cash; 2] {
        let funds = Funds { cash: self.cash.parse().unwrap(), backing: Backing::default() };
        let requirement = self.requirement(params);
        [requirement.free(&funds).unwrap(), requirement.cushion(&funds).unwrap()]
    }
}

/// Within three atoms: theirs are rounded to 10⁻¹⁸ at every step, ours once and against the account.
#[track_caller]
fn near(name: &str, got: Cash, want: &str) {
    let want = Cash::round(real(want), Rounding::Down);
    let off = got.atoms() - want.atoms();
    assert!((-3..=1).contains(&off), "{name}: {got} for {want}");
}

const WEEK: &[Expires] = &[(500_400, "1500.8332793109938176", "0.03", "1", "0")];
const ATM: &str = "1.04788449408498624";

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

const D10: u64 = 10 * 86_400 + 8 * 3600;
const D17: u64 = 17 * 86_400 + 8 * 3600;
const D57: u64 = 57 * 86_400 + 8 * 3600;
const D3: u64 = 3 * 86_400 + 8 * 3600;

/// test/risk-managers/unit-tests/TestCaseExpiries.t.sol.
const DATES: &[Expires] = &[
    (D3, "2000.91345", "0.02", "1", "0"),
    (D10, "2002.83305", "0.02", "1", "0"),
    (D17, "2004.7545", "0.02", "1", "0"),
    (D57, "2015.7696", "0.02", "1", "0"),
];

const AT_2000: Case = Case { spot: "2000", expiries: DATES, ..CASE };

/// Net margins cut to whole units, initial first, as those cases compare them; up to three atoms that
/// rounding takes from a positive one are given back.
fn whole(case: &Case, params: &MarginParams) -> [i128; 2] {
    case.net(params).map(|net| (net.atoms() + 3 * i128::from(net > Cash::ZERO)) / Cash::SCALE)
}

/// test/risk-managers/unit-tests/PMRM/test-cases-portfolio-pm.json: all that its suite runs.
#[test]
fn portfolio_margin_of_made_portfolios() {
    const fn held(time: u64, strike: &'static str, kind: Kind, amount: &'static str) -> Held {
        (time, strike, kind, amount, "0.5")
    }
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

/// test/risk-managers/unit-tests/StandardManager/test-cases-portfolio.json: those of one underlying and
/// without perpetuals.
#[test]
fn standard_margin_of_made_portfolios() {
    const fn held(time: u64, strike: &'static str, kind: Kind, amount: &'static str) -> Held {
        (time, strike, kind, amount, "0.5")
    }
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
