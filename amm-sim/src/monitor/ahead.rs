//! What stands around the price: the breaker and the forecast.

use super::Number;
use super::frame::{Around, Breaker, Forecast, Topic};
use super::warn::{self, Judged};
use amm_core::engine::{Engine, RiskSignals, StressSignals};
use amm_core::num::{Price, Real, YEAR_S};
use amm_core::risk::breaker::{Reason, State};
use amm_core::signals::{Cause, LogHar, Outlook, Predictor, PredictorParams, Signals};

/// What an engine itself keeps around the price, as its parameters ask for.
pub(super) fn around(engine: &Engine) -> Around {
    let (params, Ok(signals)) = (&engine.state().params().risk, engine.risk_signals()) else {
        return Around::default();
    };
    let forecast = params.prediction.zip(signals.outlook);
    Around {
        forecast: forecast.map(|(params, outlook)| foreseen(&params.forecast, &outlook)),
        breaker: params.breaker.is_some().then(|| breaker(&signals)),
        ..Around::default()
    }
}

fn breaker(signals: &RiskSignals) -> Breaker {
    let state = match signals.breaker.state {
        State::Normal => "normal",
        State::Widened => "widened",
        State::ReduceOnly => "reduce_only",
        State::Halted => "halted",
        State::Reopening => "reopening",
    };
    let reason = |reason: &Reason| {
        let does = if reason.rise == reason.held { "reaches" } else { "has not left" };
        format!("{} of {:.3} {does} {:.3}", reason.trigger.name(), reason.got, reason.limit)
    };
    let reasons: Vec<String> = signals.reasons.iter().map(reason).collect();
    let reason = match reasons.is_empty() {
        true => "nothing calls for more".to_owned(),
        false => reasons.join(", "),
    };
    Breaker { state: state.to_owned(), since_s: signals.breaker.since.get(), reason }
}

fn foreseen(har: &LogHar, outlook: &StressSignals) -> Forecast {
    let some = |variance: Real| Some(variance).filter(|variance| *variance > 0).map(vol);
    Forecast {
        horizon_s: horizon(har),
        realised: some(outlook.forecast),
        range: some(outlook.fast.garman_klass),
        stress: Some(outlook.stress.into()),
        cause: outlook.score.cause().map(|cause| name(cause).to_owned()),
    }
}

fn horizon(har: &LogHar) -> u64 {
    u64::from(har.bar.get()) * u64::from(har.ahead)
}

fn vol(variance: Real) -> Number {
    Number::of(Number::from(variance).0.max(0.0).sqrt())
}

/// A predictor beside an engine that has none: it sees every update of the market, and no trade in the
/// underlying and no liquidation.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    /// None if the defaults are refused, which they are not.
    predictor: Option<Predictor>,
}

impl Ahead {
    pub(super) fn new() -> Self {
        Self { predictor: Predictor::new(PredictorParams::default()).ok() }
    }

    /// Takes in an update. One from which nothing can be told changes nothing.
    pub(super) fn observe(&mut self, signals: &Signals) {
        let Some((predictor, surface_variance)) = self.predictor.zip(variance(signals)) else {
            return;
        };
        let assets = vec![Price::MIN; predictor.params().cluster.assets.into()];
        let (now, spot, gain) = (signals.now, signals.spot, signals.gain_max);
        let outlook = Outlook { now, spot, assets: &assets, surface_variance, gain };
        if let Ok(next) = predictor.after(&outlook) {
            self.predictor = Some(next);
        }
    }

    /// What is seen ahead.
    pub(super) fn forecast(&self) -> Option<Forecast> {
        let predictor = self.predictor.as_ref()?;
        let range = predictor.range().fast().map(|range| vol(range.garman_klass));
        Some(Forecast {
            horizon_s: horizon(&predictor.params().forecast),
            realised: predictor.forecast().ok().flatten().map(vol),
            range,
            stress: Some(predictor.stress().score().into()),
            cause: predictor.score().cause().map(|cause| name(cause).to_owned()),
        })
    }
}

/// The stress of a forecast.
pub(super) fn stress(forecast: &Forecast) -> Option<Judged> {
    let value = forecast.stress?.0;
    let cause = forecast.cause.as_ref().map(|cause| format!(", most of it for {cause}"));
    let says = format!("stress {value:.2}{}", cause.unwrap_or_default());
    Some(Judged { topic: Topic::Stress, value, thresholds: warn::STRESS, says })
}

/// The base surface's variance a year, up to the first expiry that is as far as a forecast reaches, or the
/// last one.
fn variance(signals: &Signals) -> Option<Real> {
    const DAY_S: u64 = 86_400;
    let left = |expiry: amm_core::num::Timestamp| expiry.get().saturating_sub(signals.now.get());
    let far = signals.buckets.iter().find(|bucket| left(bucket.expiry) >= DAY_S);
    let bucket = far.or(signals.buckets.last())?;
    let seconds = i128::from(left(bucket.expiry).max(1));
    let variance = bucket.variance.checked_mul(Real::from_num(YEAR_S))? / seconds;
    Some(variance).filter(|variance| *variance > 0)
}

const fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::Forecast => "volatility forecast above the surface's",
        Cause::Deviation => "spot's distance from its average price",
        Cause::Intensity => "events that come thick",
        Cause::Correlation => "collaterals that move as one",
        Cause::Gain => "the loop gain",
    }
}
