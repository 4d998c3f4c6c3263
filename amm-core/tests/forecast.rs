//! The forecast's published coefficients on markets that nobody fit them to.
//!
//! Minute candles of `data/` in the folder that `AMM_DATA` names (`../shared` next to the repository
//! without it); skipped aloud when they are not there.

use std::path::PathBuf;
use std::process::Command;

use amm_core::math::{exp, ln};
use amm_core::num::{Price, Real, Seconds, Timestamp, YEAR_S};
use amm_core::signals::{Cause, History, LogHar, Outlook, Predictor, PredictorParams};

type Hours = History<168>;

/// Lines of a compressed file of the shared folder, without the first.
fn lines(name: &str) -> Option<Vec<String>> {
    let shared = std::env::var_os("AMM_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let file = shared.join("data").join(name);
    let told = Command::new("gzip").arg("-dc").arg(&file).output();
    match told {
        Ok(told) if told.status.success() => {
            let text = String::from_utf8(told.stdout).unwrap();
            Some(text.lines().skip(1).map(str::to_owned).collect())
        }
        _ => {
            eprintln!(
                "skipped: no {} (set AMM_DATA to the folder that holds data)",
                file.display()
            );
            None
        }
    }
}

/// When a minute began, its open, high, low and close, and the volume.
type Minute = (u64, [Price; 4], Real);

/// Minutes of the BTC perpetual, dated by their end.
fn btc() -> Option<Vec<Minute>> {
    let minute = |line: String| {
        let cells: Vec<&str> = line.split(',').collect();
        let end: u64 = cells[0].parse().unwrap();
        (end / 1000 - 60, [1, 2, 3, 4].map(|at| cells[at].parse().unwrap()), Real::ZERO)
    };
    Some(lines("btc_perp_1m_20220101.csv.gz")?.into_iter().map(minute).collect())
}

/// Minutes of the ETH pool: a tick n is a price of 10¹²/1.0001ⁿ.
fn eth() -> Option<Vec<Minute>> {
    let (step, unit) = (ln(Real::lit("1.0001")).unwrap(), ln(Real::lit("1000000000000")).unwrap());
    let price = |tick: &str| {
        let tick: i128 = tick.parse().unwrap();
        Price::new(exp(unit - step * tick).unwrap()).unwrap()
    };
    let minute = |line: String| {
        let cells: Vec<&str> = line.split(',').collect();
        let start: u64 = cells[0].parse().unwrap();
        let prices = [1, 3, 4, 2].map(|at| price(cells[at]));
        let million = |at: usize, down: i128| -> Real {
            Real::from_num(cells[at].parse::<i128>().unwrap() / down) / 1_000_000
        };
        let volume = million(8, 1_000_000_000_000) + million(7, 1) / prices[3].get();
        (start / 1000, prices, volume)
    };
    Some(lines("eth_usdc_pool_1m_202308.csv.gz")?.into_iter().map(minute).collect())
}

/// What was known at the end of each whole hour.
fn hours(minutes: &[Minute]) -> Vec<Hours> {
    let mut hours = Hours::new(Seconds::new(3600).unwrap()).unwrap();
    let mut known = Vec::new();
    for (start, prices, _) in minutes {
        let before = hours.bars();
        for price in prices {
            hours = hours.after(Timestamp::new(*start), *price);
        }
        known
            .extend((hours.bars() > before || before == 168 && start % 3600 == 0).then_some(hours));
    }
    known
}

/// How far logarithms are off.
#[derive(Debug, Default)]
struct Errors {
    squares: Real,
    sum: Real,
}

impl Errors {
    fn add(&mut self, off: Real) {
        self.squares += off * off;
        self.sum += off;
    }
}

/// ln of a mean variance, which counts as 1 % a year where it is less.
fn log(mean: Real) -> Real {
    let least = LogHar::VARIANCE_MIN * 3600 / i128::from(YEAR_S);
    ln(mean.max(least)).unwrap()
}

/// Holds a forecast against the last 24 hours' mean, from the hour on when `warm` are known, and prints both;
/// windows longer than what is known are cut to it. Gives the mean squares of both and the forecast's mean error.
fn held(name: &str, hours: &[Hours], har: &LogHar, warm: usize) -> (Real, Real, Real) {
    let ahead = har.ahead as usize;
    let (mut forecast, mut trailing, mut truth) =
        (Errors::default(), Errors::default(), Vec::new());
    let last = hours.len().checked_sub(ahead).unwrap();
    for (now, then) in
        hours[..last].iter().zip(&hours[ahead..]).filter(|(now, _)| now.bars() >= warm)
    {
        let mean = |bars: usize| now.mean(bars.min(now.bars()));
        let actual = log(then.mean(ahead).unwrap());
        forecast.add(actual - ln(har.forecast(mean).unwrap().unwrap()).unwrap());
        trailing.add(actual - log(now.mean(24).unwrap()));
        truth.push(actual);
    }
    let count = truth.len() as i128;
    let centre = truth.iter().fold(Real::ZERO, |sum, each| sum + each) / count;
    let total = truth.iter().fold(Real::ZERO, |sum, each| sum + (each - centre) * (each - centre));
    let [own, others] = [&forecast, &trailing].map(|errors| errors.squares / count);
    let [r2, r2_others] = [own, others].map(|each| Real::ONE - each * count / total);
    let bias = forecast.sum / count;
    println!(
        "{name}, next {ahead} h, {count} forecasts: R² {r2:.3} of the forecast, {r2_others:.3} of the last 24 h; \
         mean squares {own:.3} and {others:.3}, what came less the forecast {bias:.3}"
    );
    (own, others, bias)
}

/// Out of sample in asset, time and venue, the forecast is nearer than the last 24 hours' mean, and its level is
/// right: the mean error is under 0.4 in ln of variance, where reading RV as annual would put 1.6 on it.
///
/// R² is of few and overlapping hours (eight days of BTC, two of ETH), mostly negative and of no weight by itself;
/// the coefficients' own sample has 0.505 and 0.489.
#[test]
fn the_forecast_beats_the_last_day() {
    if let Some(minutes) = btc() {
        let hours = hours(&minutes);
        assert_eq!(hours.len(), 359, "whole hours of the recording");
        for har in [LogHar::ETH_NEXT_DAY, LogHar::ETH_NEXT_HOUR] {
            let (own, others, bias) = held("BTC, January 2022", &hours, &har, 168);
            assert!(own < others && bias.abs() < Real::lit("0.4"), "{own} {others} {bias}");
        }
    }
    if let Some(minutes) = eth() {
        let hours = hours(&minutes);
        held("ETH pool, August 2023, windows up to 119 h", &hours, &LogHar::ETH_NEXT_DAY, 72);
        let har = LogHar::ETH_NEXT_HOUR;
        let (own, others, bias) =
            held("ETH pool, August 2023, windows up to 119 h", &hours, &har, 72);
        assert!(own < others && bias.abs() < Real::lit("0.4"), "{own} {others} {bias}");
    }
}

/// The pool's crash: ETH from 1,806 to 1,595 on 17 August 2023, the last 6 % of it from 21:40 to 21:45.
///
/// Of one crash, with a surface of 35 % a year: on the calm days before it the score stays under a tenth, at 21:40,
/// with spot at 1,705, it is over a half, because spot has left its average, and in the fall it is near one.
#[test]
fn stress_is_there_before_the_fall() {
    let Some(minutes) = eth() else { return };
    let at = |day: u64, hour: u64, minute: u64| {
        1_691_884_800 + ((day - 13) * 24 + hour) * 3600 + minute * 60
    };
    let mut predictor = Predictor::new(PredictorParams::default()).unwrap();
    let mut scores = Vec::new();
    for (start, [_, _, _, close], volume) in minutes {
        let now = Timestamp::new(start);
        let outlook = Outlook {
            now,
            spot: close,
            assets: &[close, Price::MIN],
            surface_variance: Real::lit("0.1225"),
            gain: Real::ZERO,
        };
        predictor = predictor.after(&outlook).unwrap().trade(now, close, volume).unwrap();
        scores.push((start, predictor.stress().score(), predictor.score().cause()));
    }
    let most = |from: u64, to: u64| {
        let span = scores.iter().filter(|(start, ..)| from <= *start && *start < to);
        span.map(|(_, score, _)| *score).max().unwrap()
    };
    let calm = most(at(13, 0, 0), at(17, 0, 0));
    let before = most(at(17, 21, 40), at(17, 21, 41));
    let there = most(at(17, 21, 45), at(17, 21, 46));
    let cause = scores.iter().find(|(start, ..)| *start == at(17, 21, 45)).unwrap().2;
    println!("calm at most {calm:.3}, at 21:40 {before:.3}, in the fall {there:.3}");
    assert!(calm < Real::lit("0.1") && before > Real::lit("0.5") && there > Real::lit("0.9"));
    assert_eq!(cause, Some(Cause::Deviation));
}
