//! Statistics over finished runs.
//!
//! The unit is a path: worlds share the luck of a path, so everything is resampled by path, all worlds
//! together ([`Sheet`]). Numbers are IEEE doubles under `+ - * /` and the square root, which are the
//! same on any machine, in an order that no number of threads changes; the normal distribution is the
//! engine's, in fixed point. There is no other function of the platform's.
//!
//! ```
//! use amm_sim::stats::Sheet;
//!
//! // Squared moves of the same paths in an open and in a closed loop.
//! let open = [1.0, 2.0, 1.5, 0.5, 3.0, 1.0, 2.5, 2.0];
//! let closed = open.map(|x| 1.44 * x + 0.01);
//! let mut sheet = Sheet::new(open.len());
//! let (open, closed) = (sheet.column(&open), sheet.column(&closed));
//! let resampled = sheet.resample(7, 2000).unwrap();
//! let amplification = resampled.estimate(|m| m.ratio(closed, open)).unwrap();
//! let within = amplification.interval.unwrap();
//! // Eight paths are few, and yet the ratio is known well: they are the same paths.
//! assert!((1.44..1.46).contains(&within.low) && (1.44..1.46).contains(&within.high));
//! ```
#![allow(
    clippy::float_arithmetic,
    reason = "basic operations of IEEE 754 in a fixed order are the same everywhere"
)]

mod holm;
mod interval;
mod moments;
mod normal;
mod resample;
mod tail;
mod verdict;

pub use holm::holm;
pub use interval::{Estimate, Interval, bca, percentile};
pub use moments::{correlation, crn_factor, mean, median_of_means, quantile, sd, variance};
pub use normal::{cdf, inverse, two_sided};
pub use resample::{Column, Means, RESAMPLES, Resampled, Sheet, indices};
pub use tail::{Tail, cvar};
pub use verdict::{Better, Verdict};
