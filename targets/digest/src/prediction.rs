//! What is to come, of `amm_core::signals`.

use crate::fold::Fold;
use crate::market;
use crate::random::Random;
use alloc::vec::Vec;
use amm_core::num::{Price, Real, Seconds, Timestamp};
use amm_core::signals::{
    Bar, Bars, Cluster, ClusterParams, Hawkes, HawkesParams, History, Kernel, LogHar, Outlook,
    Predictor, PredictorParams, Range, RangeParams, Rule, Stress, StressInputs, StressParams, Term,
    Vwap,
};

fn seconds(random: &mut Random, bits: u32) -> Seconds {
    Seconds::new(random.magnitude(bits) as u64).unwrap_or(Seconds::MAX)
}

/// Prices at times: mostly near the one before and later, some at another time or of nothing.
struct Prices {
    now: u64,
    price: Price,
    step: u32,
}

impl Prices {
    fn new(random: &mut Random) -> Self {
        let now = random.magnitude(34) as u64;
        Self { now, price: market::price(random), step: 1 + random.below(20) }
    }

    fn next(&mut self, random: &mut Random) -> (Timestamp, Price) {
        let by = random.magnitude(self.step) as u64;
        self.now = match random.below(16) {
            0 => self.now.saturating_sub(by),
            _ => self.now + by,
        };
        self.price = match random.below(4) {
            0 => self.price,
            _ => market::price_near(self.price, random),
        };
        (Timestamp::new(self.now), self.price)
    }
}

/// Bars, their variances, what they come to, and what they forecast.
pub(crate) fn ranges(random: &mut Random, fold: &mut Fold) {
    let bar = seconds(random, 20);
    let [fast, slow] = [10, 20].map(|bits| {
        let more = u64::from(bar.get()) + random.magnitude(bits) as u64;
        Seconds::new(more).unwrap_or(Seconds::MAX)
    });
    let params = RangeParams { bar, fast, slow };
    fold.shown(params.check());
    let params = if random.below(2) == 0 { RangeParams::default() } else { params };
    let made = (Bars::new(params.bar), Range::new(params), History::<6>::new(params.bar));
    let (Ok(mut bars), Ok(mut range), Ok(mut history)) = made else {
        return fold.shown(made);
    };
    let mut prices = Prices::new(random);
    for _ in 0..12 {
        let (now, price) = prices.next(random);
        let (next, told) = bars.after(now, price);
        fold.shown((next, told, next.length(), next.current(), next.whole(), next.possible()));
        told.iter().for_each(|bar| one_bar(bar, fold));
        (bars, range, history) = (next, range.after(now, price), history.after(now, price));
    }
    fold.shown((range, range.last(), range.before(), range.possible()));
    fold.shown((range.fast(), range.slow(), range.quickening()));
    fold.shown((history, history.bar(), history.bars(), history.possible()));
    fold.shown([0, 1, 2, 6, 7].map(|bars| history.mean(bars)));
    forecasts(&history, random, fold);
}

fn one_bar(bar: &Bar, fold: &mut Fold) {
    fold.add([bar.open(), bar.high(), bar.low(), bar.close()]);
    fold.add([bar.parkinson(), bar.garman_klass(), bar.rogers_satchell()]);
    fold.word(bar.index());
}

fn forecasts(history: &History<6>, random: &mut Random, fold: &mut Fold) {
    let five = Real::from_num(5);
    let terms = [1, 2, 3, 6].map(|most| Term {
        bars: random.below(most + 1),
        coefficient: random.between(-five, five) / (1 << random.below(8)),
    });
    let drawn = LogHar {
        bar: seconds(random, 20),
        ahead: random.below(3),
        constant: random.between(-five * 14, five * 14),
        terms,
    };
    let variance = (random.below(8) > 0).then(|| random.real());
    let usual = LogHar { terms, ..LogHar::ETH_NEXT_HOUR };
    for har in [drawn, usual, LogHar::BTC_NEXT_DAY, LogHar::ETH_NEXT_DAY] {
        let forecast = har.forecast(|bars| history.mean(bars.min(6)));
        fold.shown((har.check(), har.reach(), forecast));
        fold.shown((har.annual(random.real()), har.forecast(|_| variance)));
    }
}

/// Events, trades, assets, and the score of signals.
pub(crate) fn flows(random: &mut Random, fold: &mut Fold) {
    hawkes(random, fold);
    vwap(random, fold);
    cluster(random, fold);
    stress(random, fold);
}

fn hawkes_params(random: &mut Random) -> HawkesParams {
    let kernel = |random: &mut Random| Kernel {
        branching: random.between(-Real::DELTA, Real::ONE * 5 / 8),
        half_life: seconds(random, 24),
    };
    let (fast, slow) = (kernel(random), kernel(random));
    match random.below(2) {
        0 => HawkesParams::default(),
        _ => HawkesParams {
            fast,
            slow,
            mean_per_day: Real::from_bits(random.magnitude(105) as i128),
        },
    }
}

/// Of an event or a trade: some of none, rarely too much.
fn weight(random: &mut Random) -> Real {
    random.between(-Real::DELTA, Hawkes::WEIGHT_MAX + Real::DELTA)
}

fn hawkes(random: &mut Random, fold: &mut Fold) {
    let params = hawkes_params(random);
    fold.shown((params.check(), params.branching()));
    let Ok(mut hawkes) = Hawkes::new(params) else { return };
    let mut now = random.magnitude(34) as u64;
    for _ in 0..5 {
        now = (now + random.magnitude(16) as u64).saturating_sub(random.magnitude(4) as u64);
        let next = hawkes.after(Timestamp::new(now), weight(random));
        fold.shown(next);
        hawkes = next.unwrap_or(hawkes);
        let later = Timestamp::new(now + random.magnitude(16) as u64);
        fold.shown((hawkes.ratio(later), hawkes.possible()));
    }
}

fn vwap(random: &mut Random, fold: &mut Fold) {
    let made = Vwap::new(seconds(random, 20));
    fold.shown(made);
    let Ok(mut vwap) = made else { return };
    let mut prices = Prices::new(random);
    for _ in 0..5 {
        let (now, price) = prices.next(random);
        let next = vwap.after(now, price, weight(random));
        fold.shown(next);
        vwap = next.unwrap_or(vwap);
        let spot = market::price_near(price, random);
        let variance = random.between(-Real::DELTA, Real::from_num(4));
        fold.shown((vwap.price(), vwap.deviation(spot, variance), vwap.possible()));
        fold.shown(vwap.deviation(spot, random.real()));
    }
}

fn cluster_params(random: &mut Random) -> ClusterParams {
    let bar = seconds(random, 16);
    let half_life = u64::from(bar.get()) + random.magnitude(20) as u64;
    match random.below(2) {
        0 => ClusterParams::default(),
        _ => ClusterParams {
            assets: random.below(10) as u8,
            bar,
            half_life: Seconds::new(half_life).unwrap_or(Seconds::MAX),
            threshold: random.between(Real::NEG_ONE, Real::ONE),
        },
    }
}

fn cluster(random: &mut Random, fold: &mut Fold) {
    let params = cluster_params(random);
    fold.shown(params.check());
    let Ok(mut cluster) = Cluster::new(params) else { return };
    let mut assets: Vec<_> = (0..params.assets).map(|_| market::price(random)).collect();
    let mut now = random.magnitude(34) as u64;
    for _ in 0..6 {
        now = (now + random.magnitude(17) as u64).saturating_sub(random.magnitude(4) as u64);
        for price in &mut assets {
            if random.below(3) > 0 {
                *price = market::price_near(*price, random);
            }
        }
        let given = assets.len() - usize::from(random.below(32) == 0);
        match cluster.after(Timestamp::new(now), &assets[..given]) {
            Ok(next) => cluster = next,
            Err(error) => fold.add(error),
        }
    }
    let seen = cluster.seen();
    fold.shown((cluster, seen, seen.size(), cluster.possible()));
    fold.add(cluster.correlation(0, 1));
    fold.add(cluster.correlation(random.below(9) as usize, random.below(9) as usize));
}

fn stress_params(random: &mut Random) -> StressParams {
    let mut params = StressParams::default();
    let rule = Rule { above: random.between(-Real::DELTA, Real::from_num(1001)), points: 7 };
    match random.below(6) {
        0 => params.forecast = rule,
        1 => params.intensity = Rule { above: Real::ZERO, points: random.magnitude(21) as u32 },
        2 => params.half_life = seconds(random, 24),
        3 => params.theta_cap = random.between(Real::ZERO, Real::from_num(5)),
        _ => {}
    }
    params
}

fn stress(random: &mut Random, fold: &mut Fold) {
    let params = stress_params(random);
    fold.shown(params.check());
    let signal = |random: &mut Random| match random.below(4) {
        0 => random.real(),
        _ => random.between(Real::NEG_ONE, Real::from_num(6)),
    };
    let (mut stress, mut now) = (Stress::new(params.half_life), random.magnitude(34) as u64);
    for _ in 0..4 {
        let inputs = StressInputs {
            forecast: signal(random),
            deviation: signal(random),
            intensity: signal(random),
            correlation: signal(random),
            gain: signal(random),
        };
        let score = params.score(&inputs);
        fold.shown((score, score.cause()));
        now = (now + random.magnitude(18) as u64).saturating_sub(random.magnitude(4) as u64);
        let score = if random.below(2) == 0 { score.score } else { signal(random) };
        let next = stress.after(Timestamp::new(now), score);
        fold.shown(next);
        stress = next.unwrap_or(stress);
        let later = stress.at(Timestamp::new(now + random.magnitude(20) as u64));
        fold.shown((later.score(), later.multiplier(params.theta_cap), later.possible()));
    }
}

/// All of it together.
pub(crate) fn predictor(random: &mut Random, fold: &mut Fold) {
    let params = PredictorParams {
        flow: hawkes_params(random),
        window: seconds(random, 20),
        cluster: cluster_params(random),
        stress: stress_params(random),
        ..PredictorParams::default()
    };
    fold.shown(params.check());
    let params = if params.check().is_err() { PredictorParams::default() } else { params };
    let Ok(mut predictor) = Predictor::new(params) else { return };
    let mut prices = Prices { step: 1 + random.below(16), ..Prices::new(random) };
    for _ in 0..6 {
        let (now, spot) = prices.next(random);
        let assets: Vec<_> =
            (0..params.cluster.assets).map(|_| market::price_near(spot, random)).collect();
        let surface_variance = random.between(Real::ZERO, Real::from_num(4));
        let gain = random.between(Real::NEG_ONE, Real::ONE);
        let outlook = Outlook { now, spot, assets: &assets, surface_variance, gain };
        let next = match random.below(4) {
            0 => predictor.event(now, weight(random)),
            1 => predictor.trade(now, spot, weight(random)),
            _ => predictor.after(&outlook),
        };
        match next {
            Ok(next) => predictor = next,
            Err(error) => fold.text(error),
        }
        fold.shown((predictor.inputs(), predictor.score(), predictor.stress()));
        fold.shown((predictor.cluster(), predictor.forecast(), predictor.possible()));
    }
    fold.shown((predictor.range(), predictor.flow(), predictor.vwap(), predictor.params()));
    fold.shown(predictor);
}
