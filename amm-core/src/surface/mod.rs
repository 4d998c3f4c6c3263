//! The base surface: the market's view of variance by strike and expiry, before the pool's own.
//!
//! A [`Slice`] gives w(k) = σ²T of one expiry at log-moneyness k = ln(K/F): flat, raw [`Svi`] or
//! [`Ssvi`]. Whoever sets slices holds each to [`butterfly`] and each pair of neighbours to
//! [`calendar`]; a slice that fails is refused with the log-moneyness and the figures. Parameters
//! come from outside: nothing here fits, and nothing knows of positions or clocks. A [`Board`] (feature
//! `alloc`) values all that is listed.
//!
//! ```
//! use amm_core::num::{Real, Seconds};
//! use amm_core::surface::{Slice, Svi, butterfly, log_moneyness};
//!
//! let svi = |a, b, rho, m, sigma| {
//!     Svi::new(Real::lit(a), Real::lit(b), Real::lit(rho), Real::lit(m), Real::lit(sigma))
//! };
//! let month = Seconds::new(2_592_000)?;
//! let slice = Slice::Svi(svi("0.01", "0.08", "-0.3", "0.01", "0.12")?);
//! butterfly(&slice)?;
//! let k = log_moneyness("33000".parse()?, "30000".parse()?).unwrap();
//! assert_eq!(format!("{:.4}", slice.vol(k, month)?), "0.4900");
//!
//! // Vogt's slice is positive everywhere and still has a negative density.
//! let vogt = Slice::Svi(svi("-0.041", "0.1331", "0.306", "0.3586", "0.4153")?);
//! let error = butterfly(&vogt).unwrap_err().to_string();
//! assert!(error.starts_with("butterfly arbitrage at log-moneyness 0.8"), "{error}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `serde` a slice is `{"flat": "0.6"}`, `{"svi": {"a": …, "b": …, "rho": …, "m": …,
//! "sigma": …}}` or `{"ssvi": {"theta": …, "phi": …, "rho": …}}`, checked when read; numbers are as in
//! [`num`](crate::num#serde).

mod arbitrage;
#[cfg(feature = "alloc")]
mod board;
mod density;
mod distance;
mod error;
mod lattice;
mod moneyness;
mod slice;
mod ssvi;
mod svi;
mod variance;

pub use arbitrage::{butterfly, calendar};
#[cfg(feature = "alloc")]
pub use board::{Board, Row, Valued};
pub use density::density;
pub use error::{SurfaceError, Wing};
pub use moneyness::{LOG_MONEYNESS_MAX, log_moneyness};
pub use slice::Slice;
pub use ssvi::Ssvi;
pub use svi::Svi;
pub use variance::{VOL_MAX_RELATIVE, floor, total_variance, vol};
