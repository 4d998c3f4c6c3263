//! Margin: what short options need instead of full collateral.
//!
//! [`MarginParams`] is the rule. At a market update [`Margins`] values everything listed once under every
//! scenario; then [`Margins::requirement`] of an account is sums of products, [`Exposure::what_if`] says
//! what an order would make of it, and [`admits`] whether it may be.
//! [`Assets`] values what stands as collateral beside cash and the underlying.
//!
//! An account holds cash, other assets ([`Backing`], after haircuts), units of the underlying and
//! options, all in one sum: cash + backing + value − requirement is what it has free. Value is the mark to
//! market of options and underlying. Requirements are rounded up and values down.
mod assets;
#[cfg(test)]
mod cases;
mod column;
mod conditions;
mod derive;
mod error;
mod grid;
mod level;
mod params;
mod part;
mod requirement;
mod scenario;

pub use assets::{
    ASSETS_MAX, AssetError, AssetFeed, AssetParams, Assets, Backing, Crowd, HOLDING_MAX, Holdings,
};
pub use conditions::{Conditions, RowConditions};
pub use error::MarginError;
pub use grid::Grid;
pub use level::{Scan, ScanRange, StandingRange};
pub use params::{Basis, Carry, Doubt, Fixed, MarginParams, Peg, Portfolio, Rule, Standard};
pub use requirement::{Exposure, Funds, Margins, Requirement, Worst, admits, relieves};
pub use scenario::{SCENARIOS_MAX, Scenario, Scenarios, VolMove, VolScan};
