//! An options market maker that charges for the feedback its own hedging will cause:
//! deterministic, fixed point, events in and receipts out.
//!
//! The layers, each of which knows only those before it:
//!
//! * [`num`]: the scalar [`Real`](num::Real), range-checked quantities, exact money, integer time,
//!   decimals;
//! * [`math`]: exp, ln, roots and the normal distribution, each with a stated and tested bound;
//! * [`pricing`]: Black's model on a forward, Greeks, implied volatility, cached grids;
//! * [`surface`]: total variance by strike and expiry, free of static arbitrage, and all that is
//!   listed valued on it;
//! * `book`: series, orders, accounts, the pool's inventory;
//! * `signals`: what happened, in numbers: net Greeks, GEX, realised variance;
//! * `skew`: what the pool's loop gain and one-sided flow cost, as convex potentials;
//! * [`fees`] and `quote`: what an order costs, in parts that add up;
//! * `risk`: collateral, settlement, liquidity shares, the hedge;
//! * `engine`: the state machine over all of it, with its invariants.
//!
//! From `book` on the feature `alloc` is needed; [`fees`] needs nothing.
//!
//! A price and what it costs in money:
//!
//! ```
//! use amm_core::num::{Cash, Discount, Price, Real, Rounding, Seconds, Vol};
//! use amm_core::pricing::{Expiry, price};
//!
//! let day = Expiry::new("60000".parse()?, Seconds::new(86_400)?, Discount::MAX)?;
//! let prices = price(&day, "60000".parse()?, "0.65".parse()?);
//! assert_eq!(prices.call, prices.put); // forward and strike are equal, and parity is exact
//! assert_eq!(Cash::round(prices.call, Rounding::Up).to_string(), "814.342863421");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is absent: floating point, `unsafe`, files, clocks, randomness, threads, and allocation
//! unless the feature `alloc` asks for it. Every function is total on its domain; what is outside is
//! a typed error that carries the number.
//!
//! # Features
//!
//! `alloc`: grids that grow, and the engine. `std`: `alloc`, for hosts. `serde`: every public value, as decimals for
//! people and bits for machines. `testing`: the laws and their generators. A feature adds items and
//! never changes a number.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod num;

pub mod math;

pub mod pricing;

pub mod surface;

#[cfg(feature = "alloc")]
pub mod book;

#[cfg(feature = "alloc")]
pub mod signals;

#[cfg(feature = "alloc")]
pub mod skew;

pub mod fees;

#[cfg(feature = "alloc")]
pub mod quote;

#[cfg(feature = "alloc")]
pub mod risk;

#[cfg(feature = "alloc")]
pub mod engine;

#[cfg(feature = "testing")]
pub mod testing;

/// The examples of the README, run with the others.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
