//! What happened, in numbers that others read: the one wire from events to what is charged.
//!
//! [`Signals`] has them all. [`Exposure`] is the sum of the pool's Greeks, by expiry, strike and band;
//! [`Profile`] the same at other levels of spot, with the levels where gamma changes its sign;
//! [`loop_gain`] what hedging does to the market; [`Realised`] the variance the underlying has shown
//! of late. Sums are exact: they are what the positions add up to, to the last digit.
//!
//! What is to come is read from prices and flow: [`Range`] is variance by the range of prices, fast and slow;
//! [`LogHar`] a forecast of it from the hours and days that [`History`] keeps; [`Hawkes`] how thick events
//! come; [`Vwap`] how far spot is from what was paid of late; [`Cluster`] which collaterals move as one.
//! [`Stress`] is one score of them, with the reason, and [`Predictor`] all of it in one state. None depends on how often a price is poked.

mod bar;
mod cluster;
mod error;
mod exposure;
mod fade;
mod greeks;
mod har;
mod hawkes;
mod history;
mod loop_gain;
mod predictor;
mod profile;
mod range;
mod realised;
mod stress;
mod vwap;
mod wire;

pub use bar::{Bar, Bars};
pub use cluster::{Cluster, ClusterParams, ClusterSeen};
pub use error::SignalError;
pub use exposure::{BAND_EDGES, Book, ExpiryGreeks, Exposure, StrikeGreeks, band};
pub use greeks::Greeks;
pub use har::{LogHar, Term};
pub use hawkes::{Hawkes, HawkesParams, Kernel};
pub use history::History;
pub use loop_gain::{loop_gain, share, vol_multiplier};
pub use predictor::{Outlook, Predictor, PredictorParams};
pub use profile::{FLIP_TOLERANCE_BITS, Flip, Level, Profile, ladder};
pub use range::{Range, RangeParams, RangeVariance};
pub use realised::Realised;
pub use stress::{Cause, Rule, Score, Stress, StressInputs, StressParams};
pub use vwap::Vwap;
pub use wire::{BucketSignals, Signals};
