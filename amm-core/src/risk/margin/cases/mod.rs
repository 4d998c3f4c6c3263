//! Derive's own test cases, from github.com/derivexyz/v2-core (formerly lyra-finance/v2-core): inputs and
//! results are theirs, to the place they give.

mod portfolio;
mod standard;

use std::vec::Vec;

use crate::book::Series;
use crate::num::{Cash, Discount, Price, Real, Rounding, Seconds, Size, Timestamp, Vol};
use crate::pricing::{Expiry, Kind, value};
use crate::risk::margin::{
    Backing, Conditions, Funds, MarginParams, Margins, Requirement, RowConditions, StandingRange,
};
use crate::surface::{Board, Row, Valued};

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

/// An option at a volatility of 50 %.
const fn held(time: u64, strike: &'static str, kind: Kind, amount: &'static str) -> Held {
    (time, strike, kind, amount, "0.5")
}
