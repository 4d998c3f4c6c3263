//! The light loop: spot, one book of options and its hedge, and nothing else, at tens of nanoseconds
//! a block.
//!
//! Each block spot moves by itself, by a normal number of [`draw`](crate::draw)'s keyed by (seed,
//! path, block, agent); hedgers trade, when and how much [`Hedge`] says; and what they trade moves
//! spot by the law of [`spot`](crate::spot). With a constant gain a and hedging at once, the
//! variance of spot is multiplied by 1/(1 − a)²:
//!
//! ```
//! use amm_core::num::Real;
//! use amm_loop::light::{Book, Hedge, Light, Realised, Tables, Whence};
//!
//! let light = Light::new(Real::lit("0.001"), Book::of_gain(Real::lit("0.5")), Hedge::AtOnce)?;
//! let tables = Tables::new();
//! let mut realised = Realised::new(&[1, 16])?;
//! light.run(&tables, Whence { seed: 1, path: 0, agent: 0 }, 4096, |step| realised.see(step))?;
//! let open = Real::lit("0.000001") * 4096;
//! let times = realised.variance(0) / open;
//! assert!((Real::lit("3.8")..Real::lit("4.2")).contains(&times));
//! # Ok::<(), amm_loop::light::LightError>(())
//! ```
//!
//! # Error
//!
//! Numbers are integers in units of 2⁻⁵⁴. A block adds to ln spot an error of σ√t times
//! [`NORMAL_MAX_ERROR`] and a few units, times what the loop makes of it; `tests/light.rs` holds it
//! to that against [`Venue`](crate::spot::Venue) and [`Fundamental`](crate::spot::Fundamental).

mod book;
mod error;
mod fine;
mod hedge;
mod law;
mod quartic;
mod realised;
mod run;
mod setup;
mod tables;

pub use book::{Book, Line};
pub use error::LightError;
pub use fine::{FINE_BITS, GAIN_MAX, LOG_SPOT_MAX, real};
pub use hedge::Hedge;
pub use realised::Realised;
pub use run::{End, Step, Whence};
pub use setup::Light;
pub use tables::{NORMAL_BITS, NORMAL_MAX_ERROR, PROBABILITY_MAX_ERROR, Tables};
