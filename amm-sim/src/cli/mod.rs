//! The command line: what can be typed, and what the process answers.
//!
//! A command is a variant of `Command` and a module beside this one with its arguments and a
//! `run`. Exit codes: 0 done, 1 the system failed us, 2 the input or the arguments are wrong.

mod progress;
mod rows;

use crate::rows::{Implied, Price};
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Options market maker: exact prices, implied volatilities, simulations.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Price options and their Greeks: rows in, rows out.
    #[command(after_long_help = PRICE_HELP)]
    Price(rows::Arguments),
    /// Find implied volatilities: rows in, rows out.
    #[command(after_long_help = IV_HELP)]
    Iv(rows::Arguments),
}

/// Runs the process's command line.
pub fn main() -> ExitCode {
    match Arguments::parse().command {
        Some(Command::Price(arguments)) => arguments.run(Price),
        Some(Command::Iv(arguments)) => arguments.run(Implied),
        None => match Arguments::command().print_help() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
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
