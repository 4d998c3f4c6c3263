//! F1 to F15: what hedging does to the spot it hedges.
//!
//! The loop gain a is the cash that hedgers trade when spot moves by 100 %, over the cash that moves
//! spot by 100 %: positive for those who are net short options. Runs are the light loop of
//! `amm_loop`, or, where it is the market that is in question, its venue.

pub(super) mod amplification;
pub(super) mod band;
pub(super) mod capacity;
pub(super) mod cost;
mod lab;
pub(super) mod late;
pub(super) mod partly;
pub(super) mod pinning;
pub(super) mod resonance;
pub(super) mod shocks;
pub(super) mod squeeze;

#[cfg(test)]
mod tests;
