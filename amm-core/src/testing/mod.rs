//! Generators and laws that property tests, fuzzing and the stress command share.
//!
//! A law is one sentence about a function. It takes the function as an argument, so that a wrong
//! one can be shown to break it, and gives a [`Verdict`]. A generator turns bytes into inputs that
//! are all in the domain and crowd its edges ([`draw`]), so bytes found by a fuzzer replay anywhere.
//! [`catalogue`] lists every law of the core's own functions by name. The laws of [`num`] panic
//! instead of giving a verdict.

pub mod arbitrage;
pub mod assets;
pub mod attackers;
pub mod breaker;
pub mod buyback;
pub mod catalogue;
pub mod draw;
pub mod engine_laws;
mod exact;
pub mod fixture;
pub mod funding;
pub mod greeks;
pub mod grid;
pub mod history;
pub mod implied;
pub mod kernels;
pub mod ledger;
pub mod liquidation;
pub mod machine;
pub mod margin;
pub mod mechanism;
pub mod num;
pub mod order;
pub mod prediction;
pub mod price;
pub mod shares;
pub mod signals;
pub mod surface;

use std::string::String;

/// What a law says of one case: nothing, or how it is broken, with the numbers.
pub type Verdict = Result<(), String>;

/// Gives up with a message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(std::format!($($message)+));
        }
    };
}
use ensure;
