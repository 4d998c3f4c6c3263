//! How much of a position's worth must be there as margin.

use amm_core::math::sqrt;
use amm_core::num::{Real, Seconds, Vol, serde_real};
use amm_core::risk::margin::{Conditions, MarginParams, Rule, Scan, ScanRange};
use serde::{Deserialize, Serialize};

use crate::system::{System, SystemError};

/// Where a venue's maintenance margin stands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MarginRule {
    /// Where the scenario puts it.
    Fixed,
    /// At the scan range of `amm_core`: a perpetual has one scenario, spot against it by the range. New
    /// positions pay the market's range, those that stand the range in force, which falls at once and rises by
    /// no more than a rate. Never under where the scenario puts it.
    Dynamic {
        /// z, the margin period of risk, the least and the greatest range. The collateral of perpetuals,
        /// cash and coins, is pledged nowhere else.
        scan: ScanRange,
        /// How fast the range in force may rise, a second: 0 to 1, and 1 is no limit.
        #[serde(with = "serde_real")]
        rise_per_second: Real,
    },
}

impl MarginRule {
    /// Three deviations of an hour, 5 % to 30 %, and by one point an hour at most for positions that
    /// stand.
    pub fn limited() -> Self {
        let hour = Seconds::new(3_600).unwrap_or(Seconds::MAX);
        let scan = ScanRange {
            z: Real::lit("3"),
            period: hour,
            floor: Real::lit("0.05"),
            most: Real::lit("0.3"),
            pledged: Real::ZERO,
        };
        Self::Dynamic { scan, rise_per_second: Real::lit("0.01") / 3_600 }
    }

    pub(super) fn check(&self) -> Result<(), SystemError> {
        let Self::Dynamic { scan, rise_per_second } = *self else { return Ok(()) };
        let mut params = MarginParams { rise_per_second, ..MarginParams::dynamic() };
        if let Rule::Portfolio(portfolio) = &mut params.rule {
            portfolio.scan = Scan::Dynamic(scan);
        }
        Ok(params.check()?)
    }
}

/// Margin as it stands: shares of a position's worth.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Margin {
    /// Of positions that stand.
    #[serde(with = "serde_real")]
    pub standing: Real,
    /// Of new ones.
    #[serde(with = "serde_real")]
    pub new: Real,
}

impl System<'_> {
    /// Margin for the market as it is. The volatility is that of the last hour. One that no quote can show is the
    /// most that one can, which asks for the greatest range anyway; a loop gain past ten, of either
    /// sign, is ten, since from a half on it makes no difference.
    pub(super) fn remargin(&mut self) -> Result<(), SystemError> {
        const TEN: Real = Real::lit("10");
        let floor = self.scenario.perp.maintenance;
        let (asked, rise) = match &self.design.margin {
            MarginRule::Fixed => (floor, Real::ZERO),
            MarginRule::Dynamic { scan, rise_per_second } => {
                let market = &self.state.market;
                let vol = sqrt(market.fast)?.max(Vol::MIN.get()).min(Vol::MAX.get());
                let gain = self.state.gain.min(TEN).max(-TEN);
                let stress = self.design.stress.multiplier(&self.state)?;
                let calm = Conditions::calm(market.spot, Vol::new(vol)?);
                let range = scan.range(&Conditions { gain, stress, ..calm })?;
                (range.max(floor), *rise_per_second)
            }
        };
        self.state.asked = asked;
        if self.setting.channels.margin {
            self.state.standing = self.state.standing.after(self.state.now, asked, rise);
        }
        Ok(())
    }

    /// Margin as it stands.
    pub const fn margin(&self) -> Margin {
        Margin { standing: self.state.standing.range(), new: self.state.asked }
    }
}
