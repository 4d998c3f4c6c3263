//! R3: who pays what when banks owe each other (Eisenberg & Noe 2001), in exact fractions.

use super::rational::{Rational, solve};
use super::{Effort, Family, Fault, Row};

pub(super) const FAMILY: Family = Family { ids: &["R3"], cost_ms: [5, 5], rows };

/// Banks, what they owe each other, and what they have and owe outside.
struct Network {
    /// Row i: what bank i owes each other bank.
    owed: Vec<Vec<Rational>>,
    outside_assets: Vec<Rational>,
    outside_debt: Vec<Rational>,
    /// Whether the outside is paid before the banks, or in proportion with them.
    senior: bool,
}

/// What clears a network.
struct Clearing {
    /// What each bank pays the others, in all.
    payments: Vec<Rational>,
    /// How often the set of banks in default grew.
    rounds: usize,
}

impl Network {
    /// Σ of what bank `bank` owes the other banks.
    fn owed_inside(&self, bank: usize) -> Rational {
        self.owed[bank].iter().fold(Rational::ZERO, |sum, &owed| sum + owed)
    }

    /// What bank `bank` owes to those who share in proportion.
    fn nominal(&self, bank: usize) -> Rational {
        let inside = self.owed_inside(bank);
        if self.senior { inside } else { inside + self.outside_debt[bank] }
    }

    /// What bank `bank` has for those who share in proportion before the other banks pay.
    fn own(&self, bank: usize) -> Rational {
        let assets = self.outside_assets[bank];
        if self.senior { assets - self.outside_debt[bank] } else { assets }
    }

    /// The part of bank `from`'s payment that goes to bank `to`.
    fn share(&self, from: usize, to: usize) -> Rational {
        let nominal = self.nominal(from);
        if nominal == Rational::ZERO { nominal } else { self.owed[from][to] / nominal }
    }

    /// What bank `bank` could pay if the others paid `payments`.
    fn means(&self, bank: usize, payments: &[Rational]) -> Rational {
        (0..payments.len())
            .fold(self.own(bank), |sum, from| sum + self.share(from, bank) * payments[from])
    }

    /// The greatest clearing vector, by fictitious default: all pay in full, those who cannot default
    /// and pay all they have, which may bring down others, and so on. Who has nothing left after the
    /// senior debt pays nothing.
    ///
    /// `None` if the defaulters' equations have no single solution.
    fn clear(&self) -> Option<Clearing> {
        let banks = self.owed.len();
        let mut payments: Vec<Rational> = (0..banks).map(|bank| self.nominal(bank)).collect();
        let (mut default, mut rounds) = (vec![false; banks], 0);
        loop {
            let broke = |bank| self.means(bank, &payments) < self.nominal(bank);
            let fallen: Vec<bool> = (0..banks).map(|bank| default[bank] || broke(bank)).collect();
            if fallen == default {
                break;
            }
            (default, rounds) = (fallen, rounds + 1);
            payments = self.paid_in_default(&default)?;
        }
        let inside = |bank: usize| match self.nominal(bank) {
            Rational::ZERO => Rational::ZERO,
            nominal => payments[bank] * self.owed_inside(bank) / nominal,
        };
        Some(Clearing { payments: (0..banks).map(inside).collect(), rounds })
    }

    /// What everybody pays if those in `default` pay all they have, and the others in full.
    ///
    /// The defaulters who have anything are found from below: at first those who have without the
    /// other defaulters, then those who have once these pay.
    fn paid_in_default(&self, default: &[bool]) -> Option<Vec<Rational>> {
        let banks = default.len();
        let mut paying = vec![false; banks];
        loop {
            let payments = self.paid_by(default, &paying)?;
            let grown: Vec<bool> = (0..banks)
                .map(|bank| default[bank] && self.means(bank, &payments) > Rational::ZERO)
                .collect();
            if grown == paying {
                return Some(payments);
            }
            paying = grown;
        }
    }

    /// As above if of those in `default` only those `paying` have anything.
    fn paid_by(&self, default: &[bool], paying: &[bool]) -> Option<Vec<Rational>> {
        let unit = |row: usize, column: usize| Rational::whole(i128::from(row == column));
        let banks = 0..default.len();
        let line = |bank: usize| -> Vec<Rational> {
            let share = |from| if paying[bank] { self.share(from, bank) } else { Rational::ZERO };
            banks.clone().map(|from| unit(bank, from) - share(from)).collect()
        };
        let right = |bank: usize| match (default[bank], paying[bank]) {
            (false, _) => self.nominal(bank),
            (true, true) => self.own(bank),
            (true, false) => Rational::ZERO,
        };
        let matrix: Vec<Vec<Rational>> = banks.clone().map(line).collect();
        solve(&matrix, &banks.clone().map(right).collect::<Vec<_>>())
    }
}

/// Three banks in a ring, all assets a share of `assets_left` of what they were.
fn ring(assets_left: Rational, senior: bool) -> Network {
    let whole = |values: [i128; 3]| values.map(Rational::whole).to_vec();
    Network {
        owed: vec![whole([0, 4, 0]), whole([0, 0, 3]), whole([2, 0, 0])],
        outside_assets: [20, 20, 10].map(|value| Rational::whole(value) * assets_left).to_vec(),
        outside_debt: whole([17, 18, 8]),
        senior,
    }
}

/// What is left of assets in hundredths, whether the outside is senior, what each bank pays.
type Case = (&'static str, i128, bool, [(i128, i128); 3]);

const CASES: [Case; 4] = [
    ("no shock", 100, true, [(4, 1), (3, 1), (2, 1)]),
    ("assets -10 %", 90, true, [(3, 1), (3, 1), (2, 1)]),
    ("assets -15 %", 85, true, [(1, 2), (0, 1), (1, 2)]),
    ("assets -10 %, outside debt pari passu", 90, false, [(80, 21), (3, 1), (2, 1)]),
];

fn rows(_: Effort, _: Option<Fault>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut rounds = 0;
    for (name, hundredths, senior, theory) in CASES {
        let cleared = ring(Rational::new(hundredths, 100), senior).clear();
        for (bank, (numerator, denominator)) in theory.into_iter().enumerate() {
            let what = format!("clearing payment of bank {bank}, {name}; exact");
            let paid =
                cleared.as_ref().map_or(f64::NAN, |clearing| clearing.payments[bank].to_f64());
            let theory = Rational::new(numerator, denominator).to_f64();
            rows.push(Row::exact("R3", what, paid, theory));
        }
        rounds = rounds.max(cleared.map_or(usize::MAX, |clearing| clearing.rounds));
    }
    rows.push(Row {
        id: "R3",
        what: "most rounds of fictitious default; at most the number of banks".to_owned(),
        measured: rounds as f64,
        theory: 3.0,
        low: 1.0,
        high: 3.0,
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payments_are_the_exact_fractions() {
        for (name, hundredths, senior, theory) in CASES {
            let network = ring(Rational::new(hundredths, 100), senior);
            let clearing = network.clear().unwrap();
            let theory =
                theory.map(|(numerator, denominator)| Rational::new(numerator, denominator));
            assert_eq!(clearing.payments, theory, "{name}");
            assert!(clearing.rounds <= 3, "{name}: {} rounds", clearing.rounds);
        }
    }

    /// A longer chain of banks: each brings down the next, and payments satisfy their definition.
    #[test]
    fn a_chain_falls_bank_by_bank() {
        let banks = 6;
        let mut owed = vec![vec![Rational::ZERO; banks]; banks];
        for bank in 0..banks {
            owed[bank][(bank + 1) % banks] = Rational::whole(10);
        }
        let mut outside_assets = vec![Rational::ZERO; banks];
        outside_assets[0] = Rational::new(-1, 2);
        let outside_debt = vec![Rational::ZERO; banks];
        outside_assets[5] = Rational::new(1, 10);
        let network = Network { owed, outside_assets, outside_debt, senior: true };
        let clearing = network.clear().unwrap();
        assert!(clearing.rounds <= banks);
        for bank in 0..banks {
            let means = network.means(bank, &clearing.payments).max(Rational::ZERO);
            assert_eq!(clearing.payments[bank], means.min(network.nominal(bank)), "bank {bank}");
        }
        assert!(clearing.payments[0] < Rational::whole(10));
    }
}
