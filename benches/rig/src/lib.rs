//! What the benches share: rows to price, the rig that times and counts calls, exact errors.
//!
//! * [`oracle`]: the rows, read exactly, with their 40-digit truths;
//! * [`exact`]: numbers held exactly enough to judge both fixed point and f64;
//! * [`error`](mod@error): the scale-free yardsticks and the worst case by region;
//! * [`rig`]: cases that run alike, timed in turns and counted under callgrind.
#![allow(
    clippy::float_arithmetic,
    reason = "times and ratios of errors are floats; no result of the product is computed here"
)]

pub mod error;
pub mod exact;
pub mod oracle;
pub mod rig;
