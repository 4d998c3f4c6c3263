//! What is foreseen: its laws hold, and what is wrong is found out.

use amm_core::math::{exp, ln};
use amm_core::num::{Price, Real, Seconds, Timestamp};
use amm_core::signals::{
    Cluster, ClusterParams, Hawkes, HawkesParams, History, Predictor, PredictorParams, Range,
    RangeParams, Realised, Stress, StressInputs, StressParams,
};
use amm_core::testing::Verdict;
use amm_core::testing::catalogue::{self, PREDICTION, SCORE, STRESS};
use amm_core::testing::prediction::{self as laws, Happening, News, Raised, Story};
use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn seconds(count: u64) -> Seconds {
    Seconds::new(count).unwrap()
}

fn params() -> PredictorParams {
    PredictorParams::default()
}

fn hold(verdict: Verdict) -> Result<(), TestCaseError> {
    verdict.map_err(TestCaseError::fail)
}

fn drawn<T: for<'a> Arbitrary<'a>>(bytes: &[u8]) -> T {
    Unstructured::new(bytes).arbitrary().unwrap()
}

type Told<'a> = &'a [(Timestamp, Happening)];

fn spots(told: Told<'_>) -> impl Iterator<Item = (Timestamp, Price)> {
    told.iter().filter_map(|(now, what)| match what {
        Happening::Update(update) => Some((*now, update.prices[0])),
        _ => None,
    })
}

fn range(told: Told<'_>) -> Range {
    let start = Range::new(RangeParams::default()).unwrap();
    spots(told).fold(start, |range, (now, price)| range.after(now, price))
}

fn history(bar: Seconds, prices: impl Iterator<Item = (Timestamp, Price)>) -> History<8> {
    let start = History::new(bar).unwrap();
    prices.fold(start, |history, (now, price)| history.after(now, price))
}

fn means(bar: Seconds, prices: &[(Timestamp, Price)]) -> [Option<Real>; 8] {
    let history = history(bar, prices.iter().copied());
    core::array::from_fn(|at| history.mean(at + 1))
}

fn cluster(told: Told<'_>) -> Cluster {
    let start = Cluster::new(ClusterParams::default()).unwrap();
    told.iter().fold(start, |cluster, (now, what)| match what {
        Happening::Update(update) => cluster.after(*now, &update.prices).unwrap(),
        _ => cluster,
    })
}

fn predictor(told: Told<'_>) -> Predictor {
    Story::told(Predictor::new(params()).unwrap(), told)
}

fn ratio(params: &HawkesParams, events: &[(Timestamp, Real)], now: Timestamp) -> Option<Real> {
    let start = Hawkes::new(*params).ok()?;
    let told = events.iter().try_fold(start, |flow, &(at, weight)| flow.after(at, weight));
    told.ok()?.ratio(now).ok()
}

fn events(story: &Story) -> Vec<(Timestamp, Real)> {
    let event = |(now, what): &(Timestamp, Happening)| match what {
        Happening::Event(weight) => Some((*now, *weight)),
        _ => None,
    };
    story.happenings.iter().filter_map(event).collect()
}

fn score(inputs: &StressInputs) -> Real {
    StressParams::default().score(inputs).score
}

fn stress(half_life: Seconds, news: &[(Timestamp, Real)], then: Timestamp) -> Real {
    let told = news
        .iter()
        .try_fold(Stress::new(half_life), |stress, &(at, score)| stress.after(at, score));
    told.unwrap().at(then).score()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn looking_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 4096)) {
        let story = Story::from_bytes(&bytes);
        hold(laws::pokes_do_not_matter(range, &story))?;
        hold(laws::pokes_do_not_matter(|told| history(seconds(3600), spots(told)), &story))?;
        hold(laws::pokes_do_not_matter(cluster, &story))?;
        hold(catalogue::hold(PREDICTION, &story))?;
        let prices: Vec<_> = spots(&story.happenings).collect();
        for bar in [60, 300, 3600] {
            hold(laws::means_are_of_the_bars(means, seconds(bar), &prices))?;
        }
        let end = story.happenings.last().unwrap().0;
        hold(laws::intensity_is_the_sum(ratio, &HawkesParams::default(), &events(&story), end))?;
    }

    #[test]
    fn scores_rise_with_every_signal(bytes in proptest::collection::vec(any::<u8>(), 256)) {
        hold(catalogue::hold(SCORE, &drawn(&bytes)))?;
    }

    #[test]
    fn stress_rises_at_once_and_fades(bytes in proptest::collection::vec(any::<u8>(), 512)) {
        hold(catalogue::hold(STRESS, &drawn(&bytes)))?;
    }
}

/// Bytes by number, enough for any wrong mechanism to meet a case that shows it.
fn bytes() -> impl Iterator<Item = Vec<u8>> {
    (1_u64..200).map(|number| {
        let mut state = number;
        let byte = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..4096).map(byte).collect()
    })
}

/// Enough stories have pokes, stress, a forecast and a cluster for their laws to mean something.
#[test]
fn stories_are_worth_telling() {
    let told: Vec<_> = bytes().map(|bytes| Story::from_bytes(&bytes)).collect();
    let count = |holds: &dyn Fn(&Story) -> bool| told.iter().filter(|story| holds(story)).count();
    let end = |story: &Story| predictor(&story.happenings);
    let poked = count(&|story| story.poked().len() > story.happenings.len());
    let stressed = count(&|story| end(story).stress().score() > 0);
    let forecast = count(&|story| end(story).forecast().unwrap().is_some());
    let clustered = count(&|story| end(story).cluster().size() > 0);
    let quickened = count(&|story| end(story).range().quickening().is_some());
    let all = [poked, stressed, forecast, clustered, quickened];
    assert!(all.iter().all(|count| *count >= 20), "{all:?} of {}", told.len());
}

#[track_caller]
fn is_found_out<T>(draw: impl Fn(&[u8]) -> T, law: impl Fn(&T) -> Verdict) {
    let found = bytes().any(|bytes| law(&draw(&bytes)).is_err());
    assert!(found, "the law takes a wrong mechanism for right");
}

/// A mean of squared returns that fades by the update and not by the second.
fn by_the_update(told: Told<'_>) -> Real {
    let (mut variance, mut last) = (Real::ZERO, None);
    for (_, price) in spots(told) {
        let step = last.map_or(Real::ZERO, |last| ln(price.get()).unwrap() - last);
        variance += (step * step - variance) / 10;
        last = Some(ln(price.get()).unwrap());
    }
    variance
}

/// Stress that takes every update for news.
fn every_update_is_news(told: Told<'_>) -> Real {
    let mut state = Predictor::new(params()).unwrap();
    let mut stress = Stress::new(seconds(21_600));
    for &(now, what) in told {
        state = laws::tell(&state, now, what).unwrap_or(state);
        if matches!(what, Happening::Update(_)) {
            stress = stress.after(now, state.score().score).unwrap();
        }
    }
    stress.score()
}

/// Bars that a count of updates ends.
fn bars_of_five(told: Told<'_>) -> Option<Real> {
    let numbered =
        spots(told).enumerate().map(|(at, (_, price))| (Timestamp::new(at as u64), price));
    history(seconds(5), numbered).mean(1)
}

/// A fade that is cut to a unit at every look.
fn cut_at_every_look(told: Told<'_>) -> (Timestamp, Real) {
    let mut realised = Realised::default();
    let (mut last, mut faded) = (Timestamp::new(0), Real::ZERO);
    for (now, price) in spots(told) {
        let before = realised.variance();
        realised = realised.after(now, price, seconds(21_600));
        faded += (realised.variance() - before).max(Real::ZERO);
        let age = i128::from((now.get() - last.get()).min(1 << 20));
        faded *= exp(Real::from_num(-age) / 31_162).unwrap();
        last = now;
    }
    (last, faded)
}

#[test]
fn signals_that_count_looks_are_found_out() {
    let story = |bytes: &[u8]| Story::from_bytes(bytes);
    is_found_out(story, |story| laws::pokes_do_not_matter(by_the_update, story));
    is_found_out(story, |story| laws::pokes_do_not_matter(every_update_is_news, story));
    is_found_out(story, |story| laws::pokes_do_not_matter(bars_of_five, story));
    is_found_out(story, |story| laws::pokes_do_not_matter(cut_at_every_look, story));
}

#[test]
fn wrong_bars_and_rates_are_found_out() {
    let story = |bytes: &[u8]| Story::from_bytes(bytes);
    let prices = |story: &Story| spots(&story.happenings).collect::<Vec<_>>();
    // A bar that opens at its own first price loses the move into it.
    let gaps = |bar: Seconds, prices: &[(Timestamp, Price)]| {
        let last = prices.last().map_or(0, |(now, _)| now.get() / u64::from(bar.get()));
        core::array::from_fn(|at| {
            let index = last.checked_sub(at as u64 + 1)?;
            let inside = prices.iter().filter(|(now, _)| now.get() / u64::from(bar.get()) == index);
            let levels: Vec<Price> = inside.map(|(_, price)| *price).collect();
            let (most, least) = (levels.iter().max()?, levels.iter().min()?);
            let log = |price: &Price| ln(price.get()).unwrap();
            let (range, step) = (log(most) - log(least), log(levels.last()?) - log(&levels[0]));
            Some(range * range / 2 - (Real::LN_2 * 2 - Real::ONE) * step * step)
        })
    };
    let bar = seconds(300);
    is_found_out(story, |story| laws::means_are_of_the_bars(gaps, bar, &prices(story)));
    // The bar that is not over, and the first, of which the beginning was not seen.
    let early = |bar: Seconds, prices: &[(Timestamp, Price)]| {
        let (now, price) = prices[prices.len() - 1];
        let over = [(Timestamp::new(now.get() + u64::from(bar.get())), price)];
        means(bar, &[prices, &over].concat())
    };
    is_found_out(story, |story| laws::means_are_of_the_bars(early, bar, &prices(story)));

    type Ratio = fn(&HawkesParams, &[(Timestamp, Real)], Timestamp) -> Option<Real>;
    let law = |wrong: Ratio| {
        move |story: &Story| {
            let end = story.happenings.last().unwrap().0;
            laws::intensity_is_the_sum(wrong, &HawkesParams::default(), &events(story), end)
        }
    };
    is_found_out(
        story,
        law(|params, events, now| {
            let params = HawkesParams { slow: params.fast, ..*params };
            ratio(&params, events, now)
        }),
    );
    is_found_out(
        story,
        law(|params, events, now| {
            let counted: Vec<_> = events.iter().map(|(at, _)| (*at, Real::ONE)).collect();
            ratio(params, &counted, now)
        }),
    );
    is_found_out(
        story,
        law(|params, events, now| {
            ratio(params, events, now).map(|ratio| ratio + params.branching()) // of the base rate, not the mean
        }),
    );
}

#[test]
fn wrong_scores_are_found_out() {
    let raised = |bytes: &[u8]| drawn::<Raised>(bytes);
    let of = |change: fn(&mut StressInputs)| {
        move |inputs: &StressInputs| {
            let mut inputs = *inputs;
            change(&mut inputs);
            score(&inputs)
        }
    };
    let signed = |inputs: &StressInputs| {
        if inputs.deviation < 0 {
            of(|inputs| inputs.deviation = Real::ZERO)(inputs)
        } else {
            score(inputs)
        }
    };
    let only_falls = |inputs: &StressInputs| Real::ONE - signed(inputs);
    is_found_out(raised, |case| laws::more_never_scores_less(only_falls, case));
    // Long gamma is taken for as bad as short.
    let size = of(|inputs| inputs.gain = inputs.gain.saturating_abs());
    is_found_out(raised, |case| laws::more_never_scores_less(size, case));
    // A mean that a second signal dilutes.
    let mean = |inputs: &StressInputs| {
        let told = StressParams::default().score(inputs);
        let parts = [told.forecast, told.deviation, told.intensity, told.correlation, told.gain];
        let there = parts.iter().filter(|part| **part > 0).count().max(1);
        told.score / there as i128
    };
    is_found_out(raised, |case| laws::more_never_scores_less(mean, case));
    // A logistic curve is at one half where there is nothing.
    let logistic = |inputs: &StressInputs| Real::ONE / 2 + score(inputs) / 2;
    assert!(laws::nothing_scores_nothing(logistic).is_err());
    assert!(laws::nothing_scores_nothing(|_| Real::DELTA).is_err());
    let hidden = |inputs: &StressInputs| {
        let mut told = StressParams::default().score(inputs);
        told.gain = Real::ZERO;
        told
    };
    is_found_out(raised, |case| laws::parts_explain_the_score(hidden, &case.inputs));
}

#[test]
fn wrong_memories_are_found_out() {
    type Memory = fn(Seconds, &[(Timestamp, Real)], Timestamp) -> Real;
    let news = |bytes: &[u8]| drawn::<News>(bytes);
    let law = |wrong: Memory| move |news: &News| laws::rises_at_once_and_fades(wrong, news);
    // Half of the way at each.
    is_found_out(
        news,
        law(|_, news, _| news.iter().fold(Real::ZERO, |stress, (_, score)| (stress + score) / 2)),
    );
    // No memory; no end to it.
    is_found_out(news, law(|_, news, _| news[news.len() - 1].1));
    is_found_out(news, law(|_, news, _| news.iter().map(|(_, score)| *score).max().unwrap()));
    // The time of the last news counts for the greatest.
    is_found_out(
        news,
        law(|half_life, news, then| {
            let most = news.iter().map(|(_, score)| *score).max().unwrap();
            stress(half_life, &[(news[news.len() - 1].0, most)], then)
        }),
    );
    // Twice as fast.
    is_found_out(
        news,
        law(|half_life, news, then| {
            stress(seconds(u64::from(half_life.get()).div_ceil(2)), news, then)
        }),
    );
}
