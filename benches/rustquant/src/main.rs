//! RustQuant over the same rows: for `cargo bench -p amm-benches --bench table -- --rustquant`.
//!
//! Prints a tab-separated line a case: what, who, ns, Ir, worst error.
//!
//! Its model counts time in whole days between two dates and works out the year fraction in each
//! call, so a row's expiry becomes the nearest date, one day off at least, and its prices cannot be
//! judged. Its solver takes years.

use RustQuant::instruments::BlackScholesMerton;
use RustQuant::instruments::options::{TypeFlag, implied_volatility};
use amm_benches_rig::{
    error::{Quote, Worst},
    exact::Exact,
    oracle::{self, Row},
    rig::{self, Calls, Case, Effort},
};
use time::{Date, Duration, Month};

const WHO: &str = "RustQuant";

fn option(row: &Row) -> BlackScholesMerton {
    let today = Date::from_calendar_date(2026, Month::January, 1).expect("a date");
    let days = (i64::from(row.seconds) + 43_200) / 86_400;
    BlackScholesMerton::new(
        0.0, // no carry: Black 1976
        row.forward.to_f64(),
        row.strike.to_f64(),
        row.vol.to_f64(),
        row.rate(),
        Some(today),
        today + Duration::days(days.max(1)),
        TypeFlag::Call,
    )
}

fn value(option: &BlackScholesMerton) -> [f64; 5] {
    [option.price(), option.delta(), option.gamma(), option.vega(), option.theta()]
}

/// A row for its solver: discounted price, spot DF·F, strike, years, rate, whether a call.
#[derive(Clone, Copy)]
struct Asked {
    undiscounted: f64,
    price: f64,
    spot: f64,
    strike: f64,
    years: f64,
    rate: f64,
    call: bool,
}

impl Asked {
    fn new(row: &Row) -> Option<Self> {
        let (discount, undiscounted) =
            (row.discount.to_f64(), Quote::undiscounted(row)?.price.to_f64());
        Some(Self {
            undiscounted,
            price: discount * undiscounted,
            spot: discount * row.forward.to_f64(),
            strike: row.strike.to_f64(),
            years: row.years(),
            rate: row.rate(),
            call: row.call_is_otm(),
        })
    }

    fn solve(&self) -> f64 {
        let flag = if self.call { TypeFlag::Call } else { TypeFlag::Put };
        implied_volatility(self.price, self.spot, self.strike, self.years, self.rate, flag)
    }

    /// The error of its answer; `None` if that is not a number.
    fn error(&self, row: &Row) -> Option<f64> {
        let (given, got) = (Exact::from_f64(self.undiscounted)?, Exact::from_f64(self.solve())?);
        Some(Quote::undiscounted(row)?.error(row, &given, &got))
    }
}

fn main() {
    let rows = oracle::black().unwrap_or_else(oracle::generated);
    let timed = oracle::timed(&rows);
    let options = || timed.iter().map(option).collect();
    let asked: Vec<Asked> = timed.iter().filter_map(Asked::new).collect();
    let mut cases: Vec<Box<dyn Case>> = vec![
        Calls::boxed("pricing/price/cold", WHO, options(), BlackScholesMerton::price),
        Calls::boxed("pricing/value/cold", WHO, options(), value),
    ];
    if !asked.is_empty() {
        cases.push(Calls::boxed("pricing/implied_vol/otm", WHO, asked, Asked::solve));
    }
    if rig::is_counting() {
        return rig::counted(&mut cases);
    }

    let mut worst = Worst::default();
    for row in &rows {
        if let Some(error) = Asked::new(row).and_then(|asked| asked.error(row)) {
            worst.add(&row.region, error);
        }
    }
    let times = rig::time(&mut cases, Effort::FULL);
    let calls: Vec<usize> = cases.iter().map(|case| case.calls()).collect();
    let counts = rig::count(&calls);
    for (i, case) in cases.iter().enumerate() {
        let ir = counts.as_ref().map_or_else(|_| String::new(), |counts| counts[i].to_string());
        let error = if case.what() == "pricing/implied_vol/otm" { worst.overall() } else { None };
        let error = error.map_or_else(String::new, |error| error.to_string());
        println!("{}\t{}\t{}\t{ir}\t{error}", case.what(), case.who(), times[i]);
    }
}
