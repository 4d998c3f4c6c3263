//! Laws of what is foreseen: looking changes nothing, more never scores less, stress rises at once and fades.

use core::fmt::Debug;
use std::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::draw::{between, inside, magnitude};
use super::{Verdict, ensure};
use crate::math::{exp, ln};
use crate::num::{Price, Real, Seconds, Timestamp};
use crate::signals::{HawkesParams, Outlook, Predictor, Score, SignalError, StressInputs};

/// What a market update says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Update {
    /// The underlying and another asset.
    pub prices: [Price; 2],
    /// The surface's variance, annualised.
    pub surface_variance: Real,
    /// The loop gain.
    pub gain: Real,
}

/// What happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Happening {
    /// A market update.
    Update(Update),
    /// An event of a weight.
    Event(Real),
    /// A trade of the underlying: price and volume.
    Trade(Price, Real),
}

/// What happens and when, in order, with an update at the end; and times at which someone repeats the last
/// update though nothing came since.
#[derive(Clone, Debug)]
pub struct Story {
    /// In order of time.
    pub happenings: Vec<(Timestamp, Happening)>,
    /// Times in any order.
    pub pokes: Vec<Timestamp>,
}

impl Story {
    /// A story out of bytes; where they end, zeros follow.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().max(4096), 0);
        let drawn = Unstructured::new(&padded).arbitrary();
        drawn.unwrap_or_else(|error| panic!("4096 bytes are enough for a story: {error}"))
    }

    /// The story with the pokes.
    pub fn poked(&self) -> Vec<(Timestamp, Happening)> {
        let mut poked = Vec::new();
        let ends = self.happenings.iter().skip(1).map(|(now, _)| *now);
        for (&(now, what), end) in self.happenings.iter().zip(ends) {
            poked.push((now, what));
            if matches!(what, Happening::Update(_)) {
                let mut pokes: Vec<_> =
                    self.pokes.iter().filter(|poke| now <= **poke && **poke <= end).collect();
                pokes.sort();
                poked.extend(pokes.into_iter().map(|&poke| (poke, what)));
            }
        }
        poked.extend(self.happenings.last());
        poked
    }

    /// A predictor's state at the end of some happenings; what it refuses is left out.
    pub fn told(mut predictor: Predictor, happenings: &[(Timestamp, Happening)]) -> Predictor {
        for &(now, what) in happenings {
            predictor = tell(&predictor, now, what).unwrap_or(predictor);
        }
        predictor
    }
}

/// One happening more.
///
/// # Errors
///
/// The predictor's.
pub fn tell(
    predictor: &Predictor,
    now: Timestamp,
    what: Happening,
) -> core::result::Result<Predictor, SignalError> {
    match what {
        Happening::Update(Update { prices, surface_variance, gain }) => {
            let [spot, _] = prices;
            predictor.after(&Outlook { now, spot, assets: &prices, surface_variance, gain })
        }
        Happening::Event(weight) => predictor.event(now, weight),
        Happening::Trade(price, volume) => predictor.trade(now, price, volume),
    }
}

impl<'a> Arbitrary<'a> for Story {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        const START: u64 = 1_700_000_000;
        let count = u.int_in_range(1..=40)?;
        let (mut now, mut happenings) = (START, Vec::new());
        let mut last = update(u, None)?;
        for left in (0..count).rev() {
            let bits = *u.choose(&[6, 10, 14, 20])?;
            now += u64::try_from(magnitude(u, bits)?).unwrap_or(1);
            let what = match u.arbitrary::<u8>()? % 8 {
                0 if left > 0 => Happening::Event(between(u, Real::ZERO, Real::from_num(1000))?),
                1 if left > 0 => {
                    Happening::Trade(last.prices[0], between(u, Real::ZERO, Real::from_num(1000))?)
                }
                _ => {
                    last = update(u, Some(last))?;
                    Happening::Update(last)
                }
            };
            happenings.push((Timestamp::new(now), what));
        }
        let pokes = (0..u.int_in_range(0..=40)?)
            .map(|_| Ok(Timestamp::new(u.int_in_range(START..=now)?)))
            .collect::<Result<_>>()?;
        Ok(Self { happenings, pokes })
    }
}

/// Prices within a quarter of the last, or anywhere; each number new or as it was.
fn update(u: &mut Unstructured<'_>, last: Option<Update>) -> Result<Update> {
    let real = |text: &str| text.parse().unwrap_or(Real::ONE);
    let mut next = last.unwrap_or(Update {
        prices: [inside(Price::new(real("2000"))), inside(Price::new(Real::ONE))],
        surface_variance: real("0.49"),
        gain: Real::ZERO,
    });
    for price in &mut next.prices {
        let moved = match u.arbitrary::<u8>()? % 8 {
            0..3 => price.get(),
            3 => between(u, Real::ONE, real("100000"))?,
            _ => price.get() * between(u, real("0.8"), real("1.25"))?,
        };
        *price = inside(Price::new(moved.max(real("0.001")).min(real("1000000000"))));
    }
    if u.ratio(1, 4)? {
        next.surface_variance = between(u, real("0.01"), real("4"))?;
    }
    if u.ratio(1, 4)? {
        next.gain = between(u, -Real::ONE, Real::ONE)?;
    }
    Ok(next)
}

/// However often the last update is repeated, what is read at the end is the same to the bit.
///
/// # Errors
///
/// How it is broken.
pub fn pokes_do_not_matter<T: Debug + PartialEq>(
    read: impl Fn(&[(Timestamp, Happening)]) -> T,
    story: &Story,
) -> Verdict {
    let (plain, poked) = (read(&story.happenings), read(&story.poked()));
    ensure!(plain == poked, "{plain:?} becomes {poked:?} by poking at {:?}", story.pokes);
    Ok(())
}

/// Every state that a story leads to is one that can have come about.
///
/// # Errors
///
/// How it is broken.
pub fn what_comes_about_is_possible(predictor: &Predictor, story: &Story) -> Verdict {
    let mut state = *predictor;
    for (now, what) in story.poked() {
        state = tell(&state, now, what).unwrap_or(state);
        ensure!(state.possible(), "{what:?} at {now} leads to {state:?}");
    }
    Ok(())
}

/// Means of Garman and Klass's variance over the last 1 to 8 bars, told by `means`, are what the prices of each bar
/// say, one bar after the other.
///
/// # Errors
///
/// How it is broken.
pub fn means_are_of_the_bars(
    means: impl Fn(Seconds, &[(Timestamp, Price)]) -> [Option<Real>; 8],
    bar: Seconds,
    prices: &[(Timestamp, Price)],
) -> Verdict {
    let got = means(bar, prices);
    let place = |now: Timestamp| now.get() / u64::from(bar.get());
    let Some((first, last)) = prices.first().zip(prices.last()) else { return Ok(()) };
    let (mut sum, mut count) = (Real::ZERO, 0);
    for (back, got) in (1..).zip(got) {
        let index = place(last.0).checked_sub(back).filter(|index| *index > place(first.0));
        let Some(index) = index else {
            ensure!(got.is_none(), "{got:?} from {count} bars");
            continue;
        };
        let before = prices.iter().rev().find(|(now, _)| place(*now) < index);
        let inside = prices.iter().filter(|(now, _)| place(*now) == index);
        let all: Vec<Price> = before.into_iter().chain(inside).map(|(_, price)| *price).collect();
        let log = |price: Option<&Price>| {
            price.and_then(|price| ln(price.get()).ok()).unwrap_or(Real::ZERO)
        };
        let range = log(all.iter().max()) - log(all.iter().min());
        let step = log(all.last()) - log(all.first());
        sum += range * range / 2 - (Real::LN_2 * 2 - Real::ONE) * step * step;
        count += 1;
        let want = sum / count;
        let off = got.map(|got| got.abs_diff(want));
        let near = off.is_some_and(|off| off < Real::lit("1e-15")); // 2⁻⁵¹ and some ulps
        ensure!(near, "{got:?} for {want} over {count} bars");
    }
    Ok(())
}

/// The rate over its mean is 1 − n + Σ n·β·w·e^(−β·age)/mean over the events, within 2⁻⁴⁰ of it.
///
/// # Errors
///
/// How it is broken.
pub fn intensity_is_the_sum(
    ratio: impl Fn(&HawkesParams, &[(Timestamp, Real)], Timestamp) -> Option<Real>,
    params: &HawkesParams,
    events: &[(Timestamp, Real)],
    now: Timestamp,
) -> Verdict {
    let mut want = Real::ONE - params.branching();
    for kernel in [params.fast, params.slow] {
        let per_second = Real::LN_2 / i128::from(kernel.half_life.get());
        let daily = kernel.branching * per_second * 86_400 / params.mean_per_day;
        for (at, weight) in events {
            let age = i128::from(now.get().saturating_sub(at.get()));
            let left = exp(-(Real::LN_2 * age / i128::from(kernel.half_life.get())));
            want += daily * left.unwrap_or(Real::ZERO) * weight;
        }
    }
    let Some(got) = ratio(params, events, now) else {
        return Err(std::format!("no rate for {want}"));
    };
    let off = got.abs_diff(want);
    ensure!(off.to_bits() <= (want.to_bits() >> 40) as u128, "{got} for {want}");
    Ok(())
}

/// Signals, and by how much more they may be.
#[derive(Clone, Copy, Debug)]
pub struct Raised {
    /// The signals.
    pub inputs: StressInputs,
    /// Zero or more.
    pub by: Real,
}

impl<'a> Arbitrary<'a> for Raised {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut any = || match u.arbitrary::<u8>()? % 8 {
            0 => Ok(Real::ZERO),
            1 => between(u, Real::MIN, Real::MAX),
            _ => between(u, -Real::ONE * 5, Real::ONE * 5),
        };
        let inputs = StressInputs {
            forecast: any()?,
            deviation: any()?,
            intensity: any()?,
            correlation: any()?,
            gain: any()?,
        };
        Ok(Self { inputs, by: any()?.saturating_abs() })
    }
}

impl Raised {
    /// One of the five signals more; the deviation in its own direction.
    fn each(&self) -> [StressInputs; 5] {
        let (now, more) = (self.inputs, |signal: Real| signal.saturating_add(self.by));
        let away = match now.deviation < 0 {
            true => now.deviation.saturating_sub(self.by),
            false => more(now.deviation),
        };
        [
            StressInputs { forecast: more(now.forecast), ..now },
            StressInputs { deviation: away, ..now },
            StressInputs { intensity: more(now.intensity), ..now },
            StressInputs { correlation: more(now.correlation), ..now },
            StressInputs { gain: more(now.gain), ..now },
        ]
    }
}

/// The score is from 0 to 1 and falls with none of the signals.
///
/// # Errors
///
/// How it is broken.
pub fn more_never_scores_less(score: impl Fn(&StressInputs) -> Real, case: &Raised) -> Verdict {
    let now = score(&case.inputs);
    ensure!(Real::ZERO <= now && now <= Real::ONE, "a score of {now}");
    for raised in case.each() {
        let more = score(&raised);
        ensure!(now <= more, "{now} falls to {more} from {:?} to {raised:?}", case.inputs);
    }
    Ok(())
}

/// Signals of zero score zero.
///
/// # Errors
///
/// How it is broken.
pub fn nothing_scores_nothing(score: impl Fn(&StressInputs) -> Real) -> Verdict {
    let got = score(&StressInputs::default());
    ensure!(got == 0, "nothing scores {got}");
    Ok(())
}

/// The parts of a score come to it: P points in all make P²/(64² + P²).
///
/// # Errors
///
/// How it is broken.
pub fn parts_explain_the_score(
    score: impl Fn(&StressInputs) -> Score,
    inputs: &StressInputs,
) -> Verdict {
    let told = score(inputs);
    let parts = [told.forecast, told.deviation, told.intensity, told.correlation, told.gain];
    let all = parts.into_iter().fold(Real::ZERO, |sum, part| sum.saturating_add(part));
    ensure!(parts.iter().all(|part| *part >= 0), "{told:?} has parts below zero");
    ensure!(told.cause().is_none() == (all == 0), "{told:?} is caused by {:?}", told.cause());
    if all < 1_000_000 {
        let square = all * all;
        let off = (told.score * (square + Real::from_num(4096))).abs_diff(square);
        ensure!(off <= Real::lit("1e-6"), "{told:?} is off by {off}");
    }
    Ok(())
}

/// Scores that news brought, in order of time, and a later time.
#[derive(Clone, Debug)]
pub struct News {
    /// A second or more.
    pub half_life: Seconds,
    /// Scores from 0 to 1.
    pub scores: Vec<(Timestamp, Real)>,
    /// Not before the last.
    pub then: Timestamp,
}

impl<'a> Arbitrary<'a> for News {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let half_life = inside(Seconds::new(u.int_in_range(1..=100_000)?));
        let (mut now, mut scores) = (0, Vec::new());
        let mut later = |u: &mut Unstructured<'a>| -> Result<Timestamp> {
            now += u64::try_from(magnitude(u, 17)?).unwrap_or(1);
            Ok(Timestamp::new(now))
        };
        for _ in 0..u.int_in_range(1..=12)? {
            scores.push((later(u)?, between(u, Real::ZERO, Real::ONE)?));
        }
        Ok(Self { half_life, scores, then: later(u)? })
    }
}

/// Stress is at once what news brings, if that is more, and else fades: the greatest of all scores, each halved
/// for every half-life since, within 2⁻⁵⁵.
///
/// # Errors
///
/// How it is broken.
pub fn rises_at_once_and_fades(
    stress: impl Fn(Seconds, &[(Timestamp, Real)], Timestamp) -> Real,
    news: &News,
) -> Verdict {
    let faded = |(at, score): &(Timestamp, Real), now: Timestamp| {
        let age = i128::from(now.get().saturating_sub(at.get()));
        let halvings = Real::LN_2 * age / i128::from(news.half_life.get());
        *score * exp(-halvings).unwrap_or(Real::ZERO)
    };
    for (count, (at, score)) in (1..).zip(&news.scores) {
        let got = stress(news.half_life, &news.scores[..count], *at);
        ensure!(*score <= got && got <= Real::ONE, "{got} when {score} comes");
    }
    let most = news.scores.iter().map(|score| faded(score, news.then)).max();
    let want = most.unwrap_or(Real::ZERO);
    let got = stress(news.half_life, &news.scores, news.then);
    ensure!(got.abs_diff(want) <= Real::ONE >> 55, "{got} for {want} after {news:?}");
    Ok(())
}
