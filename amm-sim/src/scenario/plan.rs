//! A scenario file as a plan of a comparison.

use super::{ScenarioError, Source, written};
use crate::experiment::{Options, Plan};

impl Source {
    /// All that a comparison needs, checked.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong in the file.
    pub fn plan(&self) -> Result<Plan, ScenarioError> {
        let plan = self.unchecked()?;
        self.check(&|source| {
            let plan = source.unchecked().map_err(|error| error.reason)?;
            plan.check().map_err(|error| error.to_string())
        })?;
        Ok(plan)
    }

    fn unchecked(&self) -> Result<Plan, ScenarioError> {
        let experiment: Options = self.experiment()?;
        Ok(Plan { scenario: self.scenario()?, designs: self.designs()?, experiment })
    }
}

/// A file that says all of a plan.
///
/// # Errors
///
/// A number that TOML cannot hold.
pub fn written_plan(plan: &Plan) -> Result<String, toml::ser::Error> {
    written(&plan.scenario, &plan.designs, &plan.experiment)
}
