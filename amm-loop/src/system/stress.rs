//! Stress to come, 0 to 1, which raises margins before volatility does.

use alloc::boxed::Box;
use alloc::vec::Vec;

use amm_core::engine::codec;
use amm_core::math::{exp, sqrt};
use amm_core::num::{Price, Real, Timestamp, YEAR_S, serde_real};
use amm_core::signals::{Outlook, Predictor, PredictorParams};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::spot::within;
use crate::system::state::State;
use crate::system::{Scenario, System, SystemError};
use crate::units::mul;

/// Where the score comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stress {
    /// Nowhere: margins react to volatility and gain alone.
    Off,
    /// From the [`Predictor`] of `amm_core`, which sees every block.
    Predicted(Box<PredictorParams>),
    /// From outside: a forecast, or one that was shuffled in time to see what luck does.
    Given {
        /// One score a block, each 0 to 1; the last stands.
        #[serde(with = "crate::spot::reals")]
        scores: Vec<Real>,
        /// What a score of 1 multiplies margin by: 1 to 4.
        #[serde(with = "serde_real")]
        cap: Real,
        /// A predictor that runs beside it, by whose forecast a breaker judges moves.
        beside: Option<Box<PredictorParams>>,
    },
}

/// Seconds before the first block that the predictor has seen: its week of hours, and the two that are
/// not whole.
pub(super) const BEFORE_S: u64 = (Predictor::REACH as u64 + 2) * 3_600;

impl Stress {
    /// The predictor of `amm_core` with its defaults. Its events are liquidations that were filled; one a minute is
    /// usual.
    pub fn predicted() -> Self {
        Self::Predicted(Box::default())
    }

    /// What the predictor is set to, if there is one.
    pub fn predictor(&self) -> Option<&PredictorParams> {
        match self {
            Self::Off => None,
            Self::Predicted(params) => Some(params),
            Self::Given { beside, .. } => beside.as_deref(),
        }
    }

    /// What a score of 1 multiplies margin by, if there is a score.
    pub fn cap(&self) -> Option<Real> {
        match self {
            Self::Off => None,
            Self::Predicted(params) => Some(params.stress.margin_cap),
            Self::Given { cap, .. } => Some(*cap),
        }
    }

    pub(super) fn check(&self) -> Result<(), SystemError> {
        if let Some(params) = self.predictor() {
            params.check()?;
        }
        if let Self::Given { scores, cap, .. } = self {
            within("cap of a multiplier", *cap, Real::ONE, Real::lit("4"))?;
            for score in scores {
                within("stress score", *score, Real::ZERO, Real::ONE)?;
            }
        }
        Ok(())
    }

    /// The predictor after a normal week: every hour spot goes √2 deviations of an hour up and comes back, which
    /// has the variance of a normal hour by Garman and Klass, and nothing else happens.
    pub(super) fn begun(&self, scenario: &Scenario) -> Result<Option<Foreseen>, SystemError> {
        let Some(params) = self.predictor() else { return Ok(None) };
        let mut predictor = Predictor::new(*params)?;
        let market = &scenario.market;
        let vol = market.depth.sigma0.get();
        let surface_variance = mul(vol, vol)?;
        let hour = sqrt(mul(surface_variance, Real::lit("3600"))? / i128::from(YEAR_S))?;
        let up = mul(hour, Real::lit("1.4142135623730951"))?;
        let high = Price::new(mul(market.spot.get(), exp(up)?)?)?;
        let none = [Price::MIN; 8];
        let assets = &none[..usize::from(params.cluster.assets)];
        for half in 0..BEFORE_S / 1_800 {
            let spot = if half % 2 == 0 { market.spot } else { high };
            let now = Timestamp::new(half * 1_800);
            let gain = Real::ZERO;
            predictor = predictor.after(&Outlook { now, spot, assets, surface_variance, gain })?;
        }
        Ok(Some(Foreseen(Box::new(predictor))))
    }

    /// What margin is multiplied by.
    pub(super) fn multiplier(&self, state: &State) -> Result<Real, SystemError> {
        match (self, &state.predictor) {
            (Self::Predicted(params), Some(predictor)) => {
                Ok(predictor.0.stress().multiplier(params.stress.margin_cap)?)
            }
            (Self::Given { cap, .. }, _) => Ok(Real::ONE + mul(*cap - Real::ONE, state.score)?),
            _ => Ok(Real::ONE),
        }
    }
}

/// A predictor, saved by the canonical bytes of `amm_core`.
#[derive(Clone, Debug)]
pub(super) struct Foreseen(pub(super) Box<Predictor>);

impl Serialize for Foreseen {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        codec::to_vec(&*self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Foreseen {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(from)?;
        let read = codec::from_slice(&bytes).map_err(de::Error::custom)?;
        Ok(Self(Box::new(read)))
    }
}

impl System<'_> {
    /// The score of this block: what the market shows as it begins, before anybody is forced to trade in it, with
    /// the liquidations of the block before. Trades of others are taken to be the same in every block, so the
    /// average price is one over time. The collaterals are the underlying and the stablecoin; the
    /// variance that a surface would have is that of the last day.
    pub(super) fn foresee(&mut self) -> Result<(), SystemError> {
        self.predict()?;
        self.state.score = match (&self.design.stress, &self.state.predictor) {
            (Stress::Given { scores, .. }, _) => {
                let last = scores.len().saturating_sub(1);
                let at = (self.state.block.saturating_sub(1) as usize).min(last);
                scores.get(at).copied().unwrap_or(Real::ZERO)
            }
            (_, Some(Foreseen(predictor))) => predictor.stress().score(),
            _ => Real::ZERO,
        };
        Ok(())
    }

    fn predict(&mut self) -> Result<(), SystemError> {
        let coin = Price::new(self.coin()?)?;
        let State { now, filled, market, gain, predictor, .. } = &mut self.state;
        let Some(Foreseen(predictor)) = predictor else { return Ok(()) };
        let (now, spot, gain) = (*now, market.spot, *gain);
        let weight = Real::from_num(*filled);
        let next = predictor.event(now, weight)?.trade(now, spot, Real::ONE)?;
        let mut assets = [Price::MIN; 8];
        (assets[0], assets[1]) = (spot, coin);
        let assets = &assets[..usize::from(next.params().cluster.assets)];
        let surface_variance = market.slow.max(Real::DELTA);
        **predictor = next.after(&Outlook { now, spot, assets, surface_variance, gain })?;
        Ok(())
    }

    /// The stress score, 0 to 1.
    pub const fn score(&self) -> Real {
        self.state.score
    }

    /// What of the score is due to what, in points; `None` without a predictor.
    pub fn why(&self) -> Option<amm_core::signals::Score> {
        self.state.predictor.as_ref().map(|foreseen| foreseen.0.score())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normal_week_is_no_stress_and_is_long_enough_to_forecast() {
        let text = include_str!("../../../amm-sim/scenarios/system/contagion.toml");
        let scenario: Scenario = toml::from_str(text).unwrap();
        let Foreseen(begun) = Stress::predicted().begun(&scenario).unwrap().unwrap();
        // The variance is 0.49 in all windows, so e^−1.7·(0.49/8760)^0.818 an hour is forecast: 9 % more, which
        // is 11 points.
        let forecast = begun.forecast().unwrap().unwrap();
        assert!(begun.stress().score() < Real::lit("0.03"), "{:?}", begun.score());
        assert!(forecast.abs_diff(Real::lit("0.532")) < Real::lit("0.002"), "{forecast}");
        let saved = postcard::to_allocvec(&Foreseen(begun.clone())).unwrap();
        let read: Foreseen = postcard::from_bytes(&saved).unwrap();
        assert_eq!(read.0, begun);
    }
}
