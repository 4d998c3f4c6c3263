//! The closed loop around an options market maker: price, demand, inventory, hedging, spot, price.
//!
//! Everything here is integers and fixed point, draws its luck from [`draw`], and gives the same
//! bytes on any machine, any number of threads, and after being saved and restored.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod draw;
pub mod spot;
