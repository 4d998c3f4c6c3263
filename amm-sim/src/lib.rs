//! The simulator and everything else the `amm-sim` command does, as a library.
//!
//! `amm_rows` answers tables row by row; [`data`] reads market data; [`chain`] makes markets of exchanges'
//! quotes with [`fit`]; [`market`] reads them and [`quote`] trades in them; [`log`] writes and replays
//! histories; [`scenario`] reads what is to happen; [`experiment`] compares designs in it, with [`stats`],
//! [`mechanism`] its parts one by one, [`sweep`] does so over a grid, [`single`] runs one world; [`system`] runs protocols that share one spot
//! market; [`rundir`] keeps what came out;
//! [`validate`] holds the simulator to closed forms; [`tables`] holds results and writes them;
//! [`report`] draws them; [`cli`] is the command line.
#![forbid(unsafe_code)]

pub mod chain;
pub mod cli;
pub mod data;
pub mod experiment;
pub mod fit;
pub mod log;
pub mod market;
pub mod mechanism;
pub mod monitor;
pub mod quote;
pub mod replay;
pub mod report;
pub mod rundir;
pub mod scenario;
pub mod single;
pub mod stats;
pub mod sweep;
pub mod system;
pub mod tables;
pub mod validate;
