//! The command line: see [`amm_sim::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    amm_sim::cli::main()
}
