//! The closed loop around an options market maker: price, demand, inventory, hedging, spot, price.
//!
//! Everything here is integers and fixed point, draws its luck from [`draw`], and gives the same
//! bytes on any machine, any number of threads, and after being saved and restored.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod agent;
pub mod dealer;
pub mod draw;
mod error;
pub mod light;
pub mod pool;
pub mod scenario;
pub mod spot;
pub mod surface;
pub mod system;
mod units;
pub mod world;

pub use error::LoopError;
