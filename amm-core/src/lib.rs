//! Deterministic fixed-point core of an options market maker.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod num;

pub mod math;

pub mod pricing;

#[cfg(feature = "testing")]
pub mod testing;
