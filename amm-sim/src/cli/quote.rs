//! The command that quotes and trades against a market file.

use crate::log::{Form, Writer};
use crate::market::Market;
use crate::quote::{Counts, Ended, Grid, Manner, Session, Style, table, trades};
use amm_rows::{Failure, Format};
use anstream::{AutoStream, ColorChoice};
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The market, what to do in it, and how to show it.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The market file, TOML; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    market: PathBuf,
    /// Trades to do, CSV with a header; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    trades: Option<PathBuf>,
    /// Write JSON, all decimals as strings: one object of the grid, one object a line of trades.
    #[arg(long)]
    json: bool,
    /// Hold every step to the engine's invariants, and stop at the first that breaks one.
    #[arg(long)]
    check: bool,
    /// Show the grid that the trades leave in place of their rows.
    #[arg(long, requires = "trades")]
    grid: bool,
    /// Write what was done as a log for `amm-sim verify`: JSON lines if its name ends in .jsonl, else binary.
    #[arg(long, value_name = "FILE", requires = "trades")]
    log: Option<PathBuf>,
}

/// Why the command ends early, as it is told.
struct Message {
    text: String,
    remedy: Option<String>,
    code: ExitCode,
}

impl Arguments {
    /// Quotes the grid, or does the trades.
    pub(super) fn run(&self) -> ExitCode {
        match self.answer() {
            Ok(code) => code,
            Err(message) => {
                if !message.text.is_empty() {
                    eprintln!("{}", message.text);
                }
                if let Some(remedy) = &message.remedy {
                    eprintln!("  help: {remedy}");
                }
                message.code
            }
        }
    }

    fn answer(&self) -> Result<ExitCode, Message> {
        if self.market.as_os_str() == "-" && self.trades.as_deref() == Some(Path::new("-")) {
            return Err(Message {
                text: "market and trades cannot both be standard input".to_owned(),
                remedy: Some("name a file for one of them".to_owned()),
                code: ExitCode::from(2),
            });
        }
        let market = self.market()?;
        let mut session = Session::new(&market);
        let mut code = ExitCode::SUCCESS;
        if let Some(path) = &self.trades {
            code = self.trade(&mut session, path)?;
            if let Some(file) = &self.log {
                log(file, &market, &session).map_err(|error| Message {
                    text: format!("{}: {error}", file.display()),
                    remedy: None,
                    code: ExitCode::FAILURE,
                })?;
            }
        } else if self.check {
            amm_core::engine::invariants::check(session.engine()).map_err(|violation| Message {
                text: format!("{}: {violation}", self.market.display()),
                remedy: None,
                code: ExitCode::from(2),
            })?;
        }
        if self.trades.is_none() || self.grid {
            self.show(&session)?;
        }
        Ok(code)
    }

    fn market(&self) -> Result<Market, Message> {
        let (mut input, name) = open(&self.market)?;
        let mut bytes = Vec::new();
        let read = |error| Failure::Read { file: name.clone(), error };
        input.read_to_end(&mut bytes).map_err(read)?;
        let text = str::from_utf8(&bytes).map_err(|error| Message {
            text: format!("{name}: {error}"),
            remedy: Some("a market file is TOML in UTF-8".to_owned()),
            code: ExitCode::from(2),
        })?;
        Market::read(text, &name).map_err(|error| Message {
            text: error.to_string(),
            remedy: Some(error.remedy),
            code: ExitCode::from(2),
        })
    }

    fn trade(&self, session: &mut Session, path: &Path) -> Result<ExitCode, Message> {
        let (input, name) = open(path)?;
        let format = if self.json { Format::Json } else { Format::Csv };
        let manner = Manner { format, check: self.check };
        let counts = match self.grid {
            true => trades(session, input, &name, manner, &mut io::sink())?,
            false => trades(session, input, &name, manner, &mut io::stdout().lock())?,
        };
        let Counts { rows, refused, bad, first_bad } = counts;
        let seen = if self.grid { "" } else { ": see column error" };
        if refused > 0 {
            eprintln!("{refused} of {rows} rows are refused by the market{seen}");
        }
        let Some((line, fault)) = first_bad else { return Ok(ExitCode::SUCCESS) };
        eprintln!("{bad} of {rows} rows are bad{seen}; the first:\n{name}:{line}: {fault}");
        if !fault.remedy.is_empty() {
            eprintln!("  help: {}", fault.remedy);
        }
        Ok(ExitCode::from(2))
    }

    fn show(&self, session: &Session) -> Result<(), Message> {
        let grid = Grid::of(session).ok_or_else(|| Message {
            text: "a number of the grid is beyond what can be counted".to_owned(),
            remedy: Some("check the market's prices and the trades' sizes".to_owned()),
            code: ExitCode::from(2),
        })?;
        let mut out = io::stdout().lock();
        let written = if self.json {
            serde_json::to_writer_pretty(&mut out, &grid)
                .map_err(io::Error::from)
                .and_then(|()| out.write_all(b"\n"))
        } else {
            let plain = AutoStream::choice(&out) == ColorChoice::Never;
            let style = if plain { Style::Plain } else { Style::Colour };
            out.write_all(table(&grid, style).as_bytes())
        };
        Ok(written.and_then(|()| out.flush()).map_err(Failure::Write)?)
    }
}

/// Writes a session's events, with a digest of the state after the last: they are done again on the
/// market's own engine.
fn log(file: &Path, market: &Market, session: &Session) -> io::Result<()> {
    let lines = file.extension().is_some_and(|extension| extension == "jsonl");
    let form = if lines { Form::Json } else { Form::Binary };
    let mut engine = market.engine().clone();
    let out = BufWriter::new(File::create(file)?);
    let mut writer = Writer::begin(out, form, DIGEST_EVERY, &engine)?;
    for event in session.events() {
        engine.apply(event).map_err(io::Error::other)?;
        writer.record(event, &engine)?;
    }
    writer.finish(&engine)?.flush()
}

/// Events between two digests of a log.
const DIGEST_EVERY: u32 = 100;

fn open(path: &Path) -> Result<(Box<dyn Read>, String), Failure> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), "<stdin>".to_owned()));
    }
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => Ok((Box::new(file), name)),
        Err(error) => Err(Failure::Read { file: name, error }),
    }
}

impl From<Failure> for Message {
    fn from(failure: Failure) -> Self {
        let code = match &failure {
            // Whoever read the output has seen enough.
            Failure::Write(error) if error.kind() == ErrorKind::BrokenPipe => {
                return Self { text: String::new(), remedy: None, code: ExitCode::SUCCESS };
            }
            Failure::Input { .. } => ExitCode::from(2),
            Failure::Read { error, .. } if error.kind() == ErrorKind::NotFound => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        };
        Self { text: failure.to_string(), remedy: failure.remedy().map(str::to_owned), code }
    }
}

impl From<Ended> for Message {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Failure(failure) => failure.into(),
            violation => {
                let remedy = "this is a defect of the program: keep both files and report it";
                let remedy = Some(remedy.to_owned());
                Self { text: violation.to_string(), remedy, code: ExitCode::from(2) }
            }
        }
    }
}

pub(super) const HELP: &str = "\
A market file:
  time_s = 1681300803
  depth = \"1_000_000_000\"   # cash that moves spot by 100 %; an expiry may have its own
  # also: spot (default: the first forward), outside_gain (default 0, or an expiry's own)

  [params]                  # all optional; these are the defaults
  theta = \"1\"               # the charge for loop gain: 1 breaks even, 0 is a static pool
  x_min = \"-0.05\"           # loop gains between which the charge bends
  x_max = \"0.3\"
  x_refuse_below = \"-1\"     # a trade may not take a loop gain past these
  x_refuse_above = \"0.5\"
  bands = 5                 # of spot: 1, 3 or 5
  taper = \"0.13\"            # the largest relative fall of variance a series must stand; if unsaid,
                            # raised to what theta, x_min and flow_strength come to
  locality = \"0.75\"         # how closely gamma is expected near its strike
  flow_half_life_s = 1800
  flow_scale = \"10000000\"   # D, in cash
  flow_strength = \"0.03\"    # s, the greatest relative shift of variance
  flow_rebate = \"1\"         # share of it that offsetting trades get back
  half_spread_vol = \"0.005\" # in volatility
  fee_bps = \"0\"             # of the base value

  [[expiry]]
  name = \"week\"
  t_seconds = 604800
  forward = \"30000\"
  discount = \"1\"            # default
  vol = \"0.6\"               # or svi = { a, b, rho, m, sigma }, or ssvi = { theta, phi, rho },
                            # each number in quotes, of total variance over t_seconds
  strikes = [\"28000\", \"30000\", \"32000\"]

Without --trades the grid is shown. Volatilities are in per cent. delta, gamma (both to the forward)
and vega (for 1 point) are of the base surface; skew and flow are parts of the mid. GEX is what the
hedgers of the pool's options trade in cash when spot moves by 1 %; its sign is the pool's gamma's.
--json has all digits, vega for 1.00 of volatility, and the pool's positions.

Columns of trades, in any order; others are kept, lines that begin with # are skipped:
  action         buy    the trader buys from the pool
                 sell   the trader sells to the pool
                 quote  prices a buy of `size`, or a sell if it is below 0, and does nothing
                 wait   lets `seconds` pass: the flow fades, and forwards, times left and surface
                        stay as they are in the market file
  expiry,strike  as in the market file
  type           C or P (call, put)
  size           contracts
  seconds        of a wait; the column may be missing if nothing waits
Cells that an action does not need are not read. Traders have all the cash and collateral it takes.

Columns added, empty where there is nothing to say; what the trader pays is above 0:
  base,skew,flow     value on the base surface, charge for loop gain, charge for one-sided flow:
                     exact, unrounded; with flow_rebate 1 they add up to exactly 0 over trades
                     that undo each other without a wait
  spread,fee         exact
  total              cash as settled: the sum, rounded up to 10^-9, and 10^-9 more
  iv_base            volatility of the base surface
  iv_before,iv_after of the marginal mid before and after; of a quote, as a trade would leave it
  iv_paid            of |total|/size
  max_loop_gain      the greatest of all nodes after the row; of a quote, as a trade would leave it
  error              file:line: and why the row was not done, which leaves the state as it was

Examples:
  amm-sim quote --market m.toml | less -R
  amm-sim quote --market m.toml --trades t.csv > done.csv
  printf 'action,expiry,strike,type,size\\nbuy,week,30000,C,10\\nsell,week,30000,C,10\\n' |
    amm-sim quote --market m.toml --trades - --check --json | jq -r .total
  amm-sim quote --market m.toml --trades t.csv --grid

A row that the market refuses (a limit on loop gain, say) is a result: exit code 0. A row that says
nothing that can be done (a bad number, an unknown expiry) is a mistake: the rest is done, and the
exit code is 2. It is 2 too for a market file that cannot be used, and at once for a step that
--check finds to break an invariant, each with file:line.";
