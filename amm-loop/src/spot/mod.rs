//! Spot: what it would do by itself, what flow does to it, and how deep its market is.
//!
//! ln spot is a [`Fundamental`] path plus the displacement of a [`Venue`], which every trade of
//! spot moves. How much flow it takes is the venue's scale, and [`Liquidity`] lowers that as
//! volatility rises. Agents read [`Venue::depth`]: their loop gain is S²Γ over it.
//!
//! ```
//! use amm_core::num::Real;
//! use amm_loop::spot::{Impact, Shape, Venue};
//!
//! // A million moves spot by 1 %; half of that comes back, 63 % of it within an hour.
//! let impact = Impact {
//!     shape: Shape::Linear,
//!     permanent: Real::lit("0.5"),
//!     resilience_per_day: Real::lit("24"),
//! };
//! let mut venue = Venue::new(impact, Real::lit("1e8"))?;
//! let moved = venue.push(Real::lit("1e6"))?.by;
//! assert!(moved.abs_diff(Real::lit("0.01")) < Real::lit("1e-18"));
//! venue.pass(3600);
//! let left = Real::lit("0.005") + Real::lit("0.005") * Real::lit("0.3678794411714423");
//! assert!(venue.displacement().abs_diff(left) < Real::lit("1e-16"));
//! # Ok::<(), amm_loop::spot::SpotError>(())
//! ```

mod error;
mod fundamental;
mod impact;
mod liquidity;
mod process;
pub(crate) mod reals;
mod shape;
mod venue;

pub use error::SpotError;
pub use fundamental::Fundamental;
pub use impact::Impact;
pub use liquidity::{Depth, Liquidity};
pub use process::Process;
pub use shape::{DISPLACEMENT_MAX, Shape, VOLUME_MAX};
pub use venue::{Push, SCALE_MAX, SCALE_MIN, Venue};

use amm_core::num::{OutOfRange, Real};

/// That a number lies in a range.
pub(crate) fn within(
    what: &'static str,
    got: Real,
    min: Real,
    max: Real,
) -> Result<(), OutOfRange> {
    if min <= got && got <= max { Ok(()) } else { Err(OutOfRange { what, got, min, max }) }
}

/// A number of seconds in days.
pub(crate) fn days(seconds: u32) -> Real {
    Real::from_num(seconds) / 86_400
}

/// A number of seconds in years of 365 days.
fn years(seconds: u32) -> Real {
    Real::from_num(seconds) / i128::from(amm_core::num::YEAR_S)
}
