//! The simulator and everything else the `amm-sim` command does, as a library.
//!
//! [`rows`] answers tables row by row; [`cli`] is the command line.
#![forbid(unsafe_code)]

pub mod cli;
pub mod rows;
