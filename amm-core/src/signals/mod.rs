//! What happened, in numbers that others read: the one wire from events to what is charged.
//!
//! [`Signals`] has them all. [`Exposure`] is the sum of the pool's Greeks, by expiry, strike and band;
//! [`Profile`] the same at other levels of spot, with the levels where gamma changes its sign;
//! [`loop_gain`] what hedging does to the market; [`Realised`] the variance the underlying has shown
//! of late. Sums are exact: they are what the positions add up to, to the last digit.

mod error;
mod exposure;
mod greeks;
mod loop_gain;
mod profile;
mod realised;
mod wire;

pub use error::SignalError;
pub use exposure::{BAND_EDGES, Book, ExpiryGreeks, Exposure, StrikeGreeks, band};
pub use greeks::Greeks;
pub use loop_gain::{loop_gain, share, vol_multiplier};
pub use profile::{FLIP_TOLERANCE_BITS, Flip, Level, Profile, ladder};
pub use realised::Realised;
pub use wire::{BucketSignals, Signals};
