//! The command that makes a market file of an exchange's chain.

use crate::chain::{Market, Settings, Snapshot};
use crate::data::Input;
use amm_core::num::{Price, Timestamp};
use amm_rows::Failure;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// The chain and what the market file takes from elsewhere.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// CSV of quotes, plain or gzip; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    chain: PathBuf,
    /// Which underlying's rows.
    #[arg(long, value_name = "NAME", default_value = "BTC")]
    underlying: String,
    /// Take the last snapshot at or before this time, in seconds since 1970 [default: the last].
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Cash that moves spot by 100 %, linearly: a hundred times what moves it by 1 %.
    #[arg(long, value_name = "CASH", default_value = "1000000000")]
    depth: Price,
    /// One volatility an expiry, of the quote nearest to the forward, in place of a smile.
    #[arg(long)]
    flat: bool,
}

impl Arguments {
    /// Writes the market file to standard output.
    pub(super) fn run(&self) -> ExitCode {
        match self.market() {
            Ok(market) => match io::stdout().write_all(market.to_string().as_bytes()) {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    eprintln!("{}", Failure::Write(error));
                    ExitCode::FAILURE
                }
                _ => ExitCode::SUCCESS,
            },
            Err(failure) => super::report(&failure),
        }
    }

    fn market(&self) -> Result<Market, Failure> {
        let snapshot = Snapshot::read(Input::open(&self.chain)?, &self.underlying, self.at)?;
        let source = self.chain.file_name().map_or("<stdin>".into(), |file| file.to_string_lossy());
        let source = if source == "-" { "<stdin>".to_owned() } else { source.into_owned() };
        let settings = Settings { source, depth: self.depth, flat: self.flat };
        Ok(Market::fit(&snapshot, settings))
    }
}
