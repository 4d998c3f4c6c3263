//! The command line: what can be typed, and what the process answers.
//!
//! A command is a variant of `Command` and a module beside this one with its arguments and a
//! `run`. Exit codes: 0 done, 1 the system failed us, 2 the input or the arguments are wrong.

mod compare;
mod data;
mod headline;
mod market;
mod mechanism;
mod message;
#[cfg(feature = "monitor")]
mod monitor;
mod progress;
mod quote;
mod replay;
mod report;
mod rerun;
mod rows;
mod run;
mod scenario;
mod study;
mod sweep;
mod system;
mod validate;
mod verify;
mod watch;

use amm_rows::{Failure, Implied, Price};
use clap::{Parser, Subcommand};
use std::io::ErrorKind;
use std::process::ExitCode;

/// Options market maker in a closed loop: how much each design damps the feedback of hedging; and exact
/// prices, quotes, replays.
///
/// Without a command: compares all designs in the built-in stress scenario, prints the table, and writes
/// the run with its report to ./amm-run.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare designs of pools in a scenario: how much each damps the loop. What the bare command does.
    #[command(after_long_help = compare::HELP)]
    Compare(compare::Arguments),
    /// Run one design on one path of a scenario, and write its series.
    #[command(after_long_help = run::HELP)]
    Run(run::Arguments),
    /// Compare in every cell of a grid of parameters.
    #[command(after_long_help = sweep::HELP)]
    Sweep(sweep::Arguments),
    /// Draw amplification against served demand as designs' strength goes up.
    #[command(after_long_help = compare::FRONTIER_HELP)]
    Frontier(compare::Arguments),
    /// Compare in every built-in scenario.
    Stress(compare::All),
    /// Do a run again from its directory, and compare digests and tables.
    #[command(after_long_help = rerun::HELP)]
    Rerun(rerun::Arguments),
    /// Price options and their Greeks: rows in, rows out.
    #[command(after_long_help = PRICE_HELP)]
    Price(rows::Arguments),
    /// Find implied volatilities: rows in, rows out.
    #[command(after_long_help = IV_HELP)]
    Iv(rows::Arguments),
    /// Say what market data files hold: rows, span, gaps, what stands twice.
    #[command(after_long_help = data::HELP)]
    Data(data::Arguments),
    /// Fit an exchange's option chain and print the market file.
    #[command(after_long_help = MARKET_HELP)]
    Market(market::Arguments),
    /// Quote everything a market file lists, or trade against it: what each trade costs and why.
    #[command(after_long_help = quote::HELP)]
    Quote(quote::Arguments),
    /// Run protocols that share collateral and one spot market: who pulls whom down, under which design.
    #[command(after_long_help = system::HELP)]
    System(system::Arguments),
    /// Compare mechanisms around the price one by one: hedging, margin and what reacts.
    #[command(after_long_help = mechanism::HELP)]
    Mechanism(mechanism::Arguments),
    /// Replay real chains, flow and prices against every design.
    #[command(after_long_help = replay::HELP)]
    Replay(replay::Arguments),
    /// Watch a run or a growing log live: on a page, on the terminal, or once.
    #[cfg(feature = "monitor")]
    #[command(after_long_help = monitor::HELP)]
    Monitor(monitor::Arguments),
    /// Make a run's report: one HTML file from its tables and summary.
    #[command(after_long_help = report::HELP)]
    Report(report::Arguments),
    /// Replay a log of events and compare every digest in it.
    #[command(after_long_help = verify::HELP)]
    Verify(verify::Arguments),
    /// Hold the simulator to the closed forms of the literature.
    #[command(after_long_help = validate::HELP)]
    Validate(validate::Arguments),
}

/// Runs the process's command line.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Some(Command::Compare(arguments)) => arguments.run(),
        Some(Command::Run(arguments)) => arguments.run(),
        Some(Command::Sweep(arguments)) => arguments.run(),
        Some(Command::Frontier(arguments)) => arguments.frontier(),
        Some(Command::Stress(arguments)) => arguments.run(),
        Some(Command::Rerun(arguments)) => arguments.run(),
        Some(Command::Price(arguments)) => arguments.run(Price),
        Some(Command::Iv(arguments)) => arguments.run(Implied),
        Some(Command::Data(arguments)) => arguments.run(),
        Some(Command::Market(arguments)) => arguments.run(),
        Some(Command::Quote(arguments)) => arguments.run(),
        Some(Command::System(arguments)) => arguments.run(),
        Some(Command::Mechanism(arguments)) => arguments.run(),
        Some(Command::Replay(arguments)) => arguments.run(),
        #[cfg(feature = "monitor")]
        Some(Command::Monitor(arguments)) => arguments.run(),
        Some(Command::Report(arguments)) => arguments.run(),
        Some(Command::Verify(arguments)) => arguments.run(),
        Some(Command::Validate(arguments)) => arguments.run(),
        None => compare::bare(),
    }
}

/// Says what went wrong and what can be done, and whose fault it is.
fn report(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    if let Some(remedy) = failure.remedy() {
        eprintln!("  help: {remedy}");
    }
    match failure {
        Failure::Input { .. } => ExitCode::from(2),
        Failure::Read { error, .. } if error.kind() == ErrorKind::NotFound => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

const PRICE_HELP: &str = "\
Columns read, in any order; others are kept, lines that begin with # are skipped:
  F,K        forward and strike, in one unit of price
  sigma      annual volatility: 0.65 is 65 %
  T_seconds  whole seconds to expiry; a year is 31536000
  DF         discount factor to expiry, 0.000001 to 1

Columns added:
  call,put              discounted price
  delta_call,delta_put  d(price)/dF
  gamma                 d2(price)/dF2
  vega                  d(price)/d(sigma), for 1.00 of volatility
  theta_call,theta_put  -d(price)/dT a year, with F, sigma and r = -ln(DF)/T held

Numbers are exact decimals: call - put is DF*(F-K) to the last digit.

Examples:
  amm-sim price rows.csv > priced.csv
  printf 'F,K,sigma,T_seconds,DF\\n60000,65000,0.65,604800,1\\n' | amm-sim price
  amm-sim price --keep-going --json rows.csv | jq -r 'select(.error) | .error'

Exit code 2 for a bad row, named as file:line: column.";

const IV_HELP: &str = "\
Columns read, in any order; others are kept, lines that begin with # are skipped:
  F,K        forward and strike, in one unit of price
  T_seconds  whole seconds to expiry; a year is 31536000
  DF         discount factor to expiry, 0.000001 to 1
  price      discounted price of the option
  type       C or P (call, put)

Column added:
  sigma      annual volatility: 0.65 is 65 %

Examples:
  amm-sim iv quotes.csv > vols.csv
  printf 'F,K,T_seconds,DF,price,type\\n60000,65000,604800,1,450,C\\n' | amm-sim iv
  amm-sim iv --keep-going quotes.csv

Exit code 2 for a bad row, named as file:line: column.";

const MARKET_HELP: &str = "\
Columns read, in any order; the rest is passed over:
  snap_ms, ts_ms     when the snapshot began and the row was quoted, epoch milliseconds
  instrument         BTC-14APR23-30000-C: the second part names the expiry
  underlying         BTC, ETH
  expiry_ms          epoch milliseconds
  strike, type       C or P
  bid, ask           in coin per contract; 0 is none
  underlying_price   the forward of the expiry

Every expiry gets a raw SVI slice, fitted to the two-sided quotes out of the money and weighted by
their spreads. It is free of butterflies, and of calendar spreads against the expiries before it; one
with fewer than five such quotes is left out. How each fits stands at the head of the output. The
charges' parameters are written with their defaults, to be changed by hand.

Examples:
  amm-sim market --chain chain.csv > m.toml
  amm-sim market --chain chain.csv.gz --underlying ETH --at 1681387200 > eth.toml
  amm-sim quote --market m.toml

Exit code 2 for a bad row, named as file:line: column.";
