//! What the pool charges for the feedback that its own hedging will cause.
//!
//! [`Potential`] prices the inventory: a trade costs the rise of one convex function of the book,
//! so that no split, no order and no loop of trades pays. [`Flow`] prices recent one-sided trading
//! in the same way. Both shift the total variance of forward buckets, never a finished price.

mod flow;
mod params;
mod phi;
mod potential;
mod weights;

pub use flow::{Flow, FlowTrial, decayed};
pub use params::{Depth, FlowParams, Gain, SkewError};
pub use potential::{NodeGain, Potential, Trial};
pub use weights::Bands;
