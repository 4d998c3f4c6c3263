//! All that is foreseen, in one state.

use crate::num::{OutOfRange, Price, Real, Rounding, Seconds, Timestamp, mul_div};
use crate::signals::error::within;
use crate::signals::{
    Cluster, ClusterParams, ClusterSeen, Hawkes, HawkesParams, History, LogHar, Range, RangeParams,
    Score, SignalError, Stress, StressInputs, StressParams, Vwap,
};

/// What a [`Predictor`] is set to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct PredictorParams {
    /// Variance by the range of prices.
    pub range: RangeParams,
    /// The forecast, which looks back at most [`Predictor::REACH`] bars.
    pub forecast: LogHar,
    /// How events follow each other.
    pub flow: HawkesParams,
    /// The window of the average price.
    pub window: Seconds,
    /// Which assets are held against each other.
    pub cluster: ClusterParams,
    /// What they come to.
    pub stress: StressParams,
}

impl Default for PredictorParams {
    /// The next day of ETH, an average price over an hour, and the defaults of each part.
    fn default() -> Self {
        Self {
            range: RangeParams::default(),
            forecast: LogHar::ETH_NEXT_DAY,
            flow: HawkesParams::default(),
            window: Seconds::new(3_600).unwrap_or(Seconds::MAX),
            cluster: ClusterParams::default(),
            stress: StressParams::default(),
        }
    }
}

impl PredictorParams {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        self.range.check()?;
        self.forecast.check()?;
        let reach = Real::from_num(Predictor::REACH);
        within("bars of a forecast", self.forecast.reach().into(), Real::ZERO, reach)?;
        self.flow.check()?;
        Vwap::new(self.window)?;
        self.cluster.check()?;
        self.stress.check()
    }
}

/// What a market update says to a [`Predictor`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outlook<'a> {
    /// When.
    pub now: Timestamp,
    /// The underlying, above zero.
    pub spot: Price,
    /// One price for each asset of the cluster; zero where there is no new one.
    pub assets: &'a [Price],
    /// The base surface's variance σ² at the forecast's horizon, annualised, above zero.
    pub surface_variance: Real,
    /// The greatest loop gain.
    pub gain: Real,
}

/// All signals of what is to come, and the stress they make.
///
/// Events and trades come when they come; stress moves at market updates and at no other time, and then only
/// if something is new: another price, surface or gain, or an event since. An update that says what the last one
/// said lets it fade and does no more, so it does not matter how often anyone calls.
///
/// ```
/// use amm_core::num::{Price, Real, Timestamp};
/// use amm_core::signals::{Cause, Outlook, Predictor, PredictorParams};
///
/// let mut predictor = Predictor::new(PredictorParams::default())?;
/// let update = |now, spot: &str| -> Result<_, amm_core::num::ParseNumber> {
///     let (now, spot, gain) = (Timestamp::new(now), spot.parse()?, Real::lit("0.1"));
///     Ok(Outlook { now, spot, assets: &[Price::MIN; 2], surface_variance: Real::lit("0.49"), gain })
/// };
/// predictor = predictor.trade(Timestamp::new(0), "2000".parse()?, Real::ONE)?;
/// predictor = predictor.after(&update(60, "2003")?)?;
/// assert_eq!(predictor.stress().score(), Real::ZERO);
/// predictor = predictor.after(&update(120, "1940")?)?; // four standard deviations of an hour
/// assert_eq!(predictor.score().cause(), Some(Cause::Deviation));
/// assert_eq!(format!("{:.2}", predictor.stress().score()), "0.80");
/// predictor = predictor.after(&update(21_720, "2000")?)?; // six hours later it is back
/// assert_eq!(format!("{:.2}", predictor.stress().score()), "0.40");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Predictor {
    /// What it is set to.
    pub(crate) params: PredictorParams,
    /// Variance by the range of prices.
    pub(crate) range: Range,
    /// Variance bar by bar.
    pub(crate) history: History<{ Predictor::REACH }>,
    /// How thick events come.
    pub(crate) flow: Hawkes,
    /// What was paid of late.
    pub(crate) vwap: Vwap,
    /// Which assets move as one.
    pub(crate) cluster: Cluster,
    /// Underlying, surface variance and gain of the last update; zero before it.
    pub(crate) last: (Price, Real, Real),
    /// Whether an event or a trade came after it.
    pub(crate) news: bool,
    /// The signals when something last was new.
    pub(crate) inputs: StressInputs,
    /// The stress in force.
    pub(crate) stress: Stress,
}

impl Predictor {
    /// How many bars it looks back: a week of hours.
    pub const REACH: usize = 168;

    /// Nothing seen.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] as [`PredictorParams::check`] says.
    pub fn new(params: PredictorParams) -> Result<Self, OutOfRange> {
        params.check()?;
        Ok(Self {
            params,
            range: Range::new(params.range)?,
            history: History::new(params.forecast.bar)?,
            flow: Hawkes::new(params.flow)?,
            vwap: Vwap::new(params.window)?,
            cluster: Cluster::new(params.cluster)?,
            last: (Price::MIN, Real::ZERO, Real::ZERO),
            news: false,
            inputs: StressInputs::default(),
            stress: Stress::new(params.stress.half_life),
        })
    }

    /// An event of a weight, such as a liquidation: see [`Hawkes::after`].
    ///
    /// # Errors
    ///
    /// Those of [`Hawkes::after`].
    pub fn event(&self, now: Timestamp, weight: Real) -> Result<Self, SignalError> {
        let flow = self.flow.after(now, weight)?;
        Ok(Self { news: self.news || weight > 0, flow, ..*self })
    }

    /// A trade of the underlying: see [`Vwap::after`].
    ///
    /// # Errors
    ///
    /// Those of [`Vwap::after`].
    pub fn trade(&self, now: Timestamp, price: Price, volume: Real) -> Result<Self, SignalError> {
        let vwap = self.vwap.after(now, price, volume)?;
        Ok(Self { news: self.news || vwap != self.vwap, vwap, ..*self })
    }

    /// A market update.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] for a spot or a surface variance of zero or less, and as [`Cluster::after`] says;
    /// [`SignalError::Overflow`] if a signal does not fit.
    pub fn after(&self, outlook: &Outlook<'_>) -> Result<Self, SignalError> {
        let Outlook { now, spot, assets, surface_variance, gain } = *outlook;
        within("underlying", spot.get(), Real::DELTA, Price::MAX.get())?;
        within("surface variance", surface_variance, Real::DELTA, Real::MAX)?;
        let cluster = self.cluster.after(now, assets)?;
        let last = (spot, surface_variance, gain);
        let news = self.news || last != self.last || cluster.prices != self.cluster.prices;
        let next = Self {
            range: self.range.after(now, spot),
            history: self.history.after(now, spot),
            cluster,
            last,
            news: false,
            stress: self.stress.at(now),
            ..*self
        };
        if !news {
            return Ok(next);
        }
        let inputs = next.signals(outlook)?;
        let score = next.params.stress.score(&inputs).score;
        Ok(Self { inputs, stress: next.stress.after(now, score)?, ..next })
    }

    /// Variance by the range of prices.
    pub const fn range(&self) -> &Range {
        &self.range
    }

    /// The forecast variance, annualised; `None` until as many bars are known as it looks back.
    ///
    /// # Errors
    ///
    /// [`SignalError::Overflow`] if it does not fit.
    pub fn forecast(&self) -> Result<Option<Real>, SignalError> {
        let forecast = self.params.forecast.forecast(|bars| self.history.mean(bars))?;
        forecast.map(|variance| self.params.forecast.annual(variance)).transpose()
    }

    /// How thick events come.
    pub const fn flow(&self) -> &Hawkes {
        &self.flow
    }

    /// What was paid of late.
    pub const fn vwap(&self) -> &Vwap {
        &self.vwap
    }

    /// Which assets move as one.
    pub fn cluster(&self) -> ClusterSeen {
        self.cluster.seen()
    }

    /// The signals when something last was new.
    pub const fn inputs(&self) -> &StressInputs {
        &self.inputs
    }

    /// Their score, in parts: what the stress would be without its memory.
    pub fn score(&self) -> Score {
        self.params.stress.score(&self.inputs)
    }

    /// The stress in force since the last update.
    pub const fn stress(&self) -> &Stress {
        &self.stress
    }

    /// What it is set to.
    pub const fn params(&self) -> &PredictorParams {
        &self.params
    }

    /// Whether updates, events and trades can have led to it.
    pub fn possible(&self) -> bool {
        let (spot, variance, gain) = self.last;
        let rest = spot == Price::MIN && variance == 0 && gain == 0;
        self.params.check().is_ok()
            && self.range.possible()
            && self.range.params == self.params.range
            && self.history.possible()
            && self.history.bar() == self.params.forecast.bar
            && self.flow.possible()
            && self.flow.params == self.params.flow
            && self.vwap.possible()
            && self.vwap.window == self.params.window
            && self.cluster.possible()
            && self.cluster.params == self.params.cluster
            && self.stress.possible()
            && self.stress.half_life == self.params.stress.half_life
            && (rest || spot > Price::MIN && variance > 0)
    }

    /// The signals at an update that has been taken in; a forecast, and a deviation, that are not known yet are zero.
    fn signals(&self, outlook: &Outlook<'_>) -> Result<StressInputs, SignalError> {
        const OVERFLOW: SignalError = SignalError::Overflow { what: "forecast over the surface" };
        let Outlook { now, spot, surface_variance, gain, .. } = *outlook;
        let ratio = |forecast: Real| {
            let (forecast, surface) = (forecast.to_bits(), surface_variance.to_bits());
            let ratio = mul_div(forecast as u128, 1 << 64, surface as u128, Rounding::Down)?;
            i128::try_from(ratio).ok().map(Real::from_bits)
        };
        Ok(StressInputs {
            forecast: match self.forecast()? {
                Some(forecast) => ratio(forecast).ok_or(OVERFLOW)?,
                None => Real::ZERO,
            },
            deviation: self.vwap.deviation(spot, surface_variance)?.unwrap_or(Real::ZERO),
            intensity: self.flow.ratio(now)?,
            correlation: self.cluster.seen().mean,
            gain,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlook(now: u64, spot: Real, surface: &str) -> Outlook<'static> {
        Outlook {
            now: Timestamp::new(now),
            spot: Price::new(spot).unwrap(),
            assets: &[Price::MIN; 2],
            surface_variance: surface.parse().unwrap(),
            gain: Real::ZERO,
        }
    }

    /// A week of hours that each move by 2 %: the forecast is known, and twice as much of half the surface.
    #[test]
    fn the_forecast_is_held_against_the_surface() {
        let mut predictor = Predictor::new(PredictorParams::default()).unwrap();
        for hour in 0..=169 {
            let spot = Real::from_num(if hour % 2 == 0 { 2000 } else { 2040 });
            predictor = predictor.after(&outlook(hour * 3600, spot, "1")).unwrap();
            assert_eq!(predictor.forecast().unwrap().is_some(), hour == 169, "{hour}");
        }
        let forecast = predictor.forecast().unwrap().unwrap();
        let hour = crate::math::ln(Real::lit("1.02")).unwrap();
        let shown = hour * hour * (Real::lit("1.5") - Real::LN_2 * 2);
        let want = LogHar::ETH_NEXT_DAY.forecast(|_| Some(shown)).unwrap().unwrap() * 8760;
        assert!(forecast.abs_diff(want) < Real::lit("1e-9"), "{forecast} for {want}");
        assert_eq!(predictor.inputs().forecast, forecast);
        let low = predictor.after(&outlook(169 * 3600 + 1, Real::from_num(2040), "0.5")).unwrap();
        let told = low.inputs().forecast;
        assert!(told.abs_diff(forecast * 2) <= Real::DELTA * 2, "{told} for {forecast}");
        assert!(low.possible());
        assert!(core::mem::size_of::<Predictor>() <= 4_096); // copied at every update
    }

    /// Events move the stress at the next update, which is news by them alone; the update after that is none.
    #[test]
    fn events_are_news_at_the_next_update() {
        let start = Predictor::new(PredictorParams::default()).unwrap();
        let update = |now| outlook(now, Real::from_num(2000), "0.5");
        let calm = start.after(&update(0)).unwrap();
        let mut busy = calm;
        for _ in 0..200 {
            busy = busy.event(Timestamp::new(5), Real::ONE).unwrap();
        }
        assert_eq!(busy.stress().score(), Real::ZERO);
        let told = busy.after(&update(10)).unwrap();
        assert!(told.stress().score() > Real::lit("0.9"), "{:?}", told.score());
        assert_eq!(told.score().cause(), Some(crate::signals::Cause::Intensity));
        let again = told.after(&update(20)).unwrap();
        assert_eq!((again.inputs(), again.stress().at), (told.inputs(), told.stress().at));
        assert_eq!(calm.event(Timestamp::new(5), Real::ZERO).unwrap(), calm);
        assert_eq!(calm.trade(Timestamp::new(5), Price::MAX, Real::ZERO).unwrap(), calm);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let start = Predictor::new(PredictorParams::default()).unwrap();
        let right = outlook(0, Real::ONE, "0.5");
        assert!(start.after(&Outlook { spot: Price::MIN, ..right }).is_err());
        assert!(start.after(&Outlook { surface_variance: Real::ZERO, ..right }).is_err());
        assert!(start.after(&Outlook { assets: &[], ..right }).is_err());
        let mut params = PredictorParams::default();
        params.forecast.terms[3].bars = 169;
        let error = Predictor::new(params).unwrap_err();
        assert_eq!((error.what, error.got), ("bars of a forecast", Real::from_num(169)));
    }
}
