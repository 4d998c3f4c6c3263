//! Scores from elsewhere in place of the engine's own.

use alloc::boxed::Box;
use alloc::vec::Vec;

use amm_core::engine::{Event, MarginRule};
use amm_core::num::{Real, serde_real};
use amm_core::risk::margin::{Rule, Scan};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::pool::Design;
use crate::units::mul;
use crate::world::Setting;
use crate::world::state::State;

/// Scores that raise θ, the half-spread and the scan range as the engine's own prediction would, by
/// block. What they are of is not asked: shuffled, they are the prediction's placebo. The design is one
/// without prediction.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stressed {
    /// 0 to 1, from the first block on; past the last it is zero.
    #[serde(with = "crate::scenario::reals")]
    pub scores: Vec<Real>,
    /// What θ is multiplied by at a score of one; 1 to 4, as the next two.
    #[serde(with = "serde_real")]
    pub theta_cap: Real,
    /// The half-spread.
    #[serde(with = "serde_real")]
    pub spread_cap: Real,
    /// The scan range.
    #[serde(with = "serde_real")]
    pub margin_cap: Real,
}

impl State {
    /// Sets the pool to the block's score, before its market update, if the setting has scores.
    pub(super) fn stress(&mut self, design: &Design, setting: &Setting) -> Result<(), LoopError> {
        let Some(stress) = &setting.stress else { return Ok(()) };
        let score = stress.scores.get(self.block as usize - 1).copied().unwrap_or(Real::ZERO);
        if score == self.stressed {
            return Ok(());
        }
        let raised = |of: Real, cap: Real| mul(of, Real::ONE + mul(score, cap - Real::ONE)?);
        let mut params = design.params;
        params.gain.theta = raised(params.gain.theta, stress.theta_cap)?;
        params.fees.half_spread_vol = raised(params.fees.half_spread_vol, stress.spread_cap)?;
        if let MarginRule::Margin(margin) = &mut params.risk.margin
            && let Rule::Portfolio(portfolio) = &mut margin.rule
            && let Scan::Dynamic(scan) = &mut portfolio.scan
        {
            scan.z = raised(scan.z, stress.margin_cap)?;
        }
        self.pool.must("other parameters", &Event::Configure(Box::new(params)))?;
        self.stressed = score;
        Ok(())
    }
}
