//! Luck: random numbers that are a function of who asks for them, where and when.
//!
//! There is no stream to share. A number is keyed by (seed, path, block, agent, draw), so one agent
//! that acts differently shifts nobody else's luck, worlds that differ in a policy alone share all
//! of it, and blocks, paths and agents can be worked out in any order.

mod draws;
mod philox;

pub use draws::{Draws, POISSON_MEAN_MAX};
pub use philox::philox4x64;
