//! Market files: what is listed, where it trades, and how the pool charges.
//!
//! ```
//! use amm_sim::market::Market;
//!
//! let market = Market::read(
//!     r#"
//! time_s = 1_700_000_000
//! depth = "1_000_000_000" # cash that moves spot by 100 %, linearly
//!
//! [params] # all of them have defaults
//! theta = "1"
//!
//! [[expiry]]
//! name = "week"
//! t_seconds = 604_800
//! forward = "30000"
//! vol = "0.6"
//! strikes = ["28000", "30000", "32000"]
//! "#,
//!     "m.toml",
//! )?;
//! assert_eq!(market.expiries()[0].strikes.len(), 3);
//!
//! let error = Market::read("time_s = 0\ndepht = \"1\"", "m.toml").unwrap_err();
//! assert_eq!(error.to_string(), "m.toml:2:1: depht: there is no such key");
//! assert_eq!(error.remedy, "did you mean `depth`?");
//! # Ok::<(), amm_sim::market::MarketError>(())
//! ```

mod build;
mod document;
mod keys;

pub use document::MarketError;

use document::Document;

use amm_core::book::AccountId;
use amm_core::engine::{Engine, Feed, Params};
use amm_core::num::{Price, Timestamp};

/// A market file that has been read, with the engine that quotes it.
#[derive(Clone, Debug)]
pub struct Market {
    expiries: Vec<Listed>,
    engine: Engine,
}

/// One expiry of a market.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// What rows call it.
    pub name: String,
    /// Ascending.
    pub strikes: Vec<Price>,
    /// Its inputs.
    pub feed: Feed,
}

/// What a file says, before anything is listed.
struct Read {
    time: Timestamp,
    params: Params,
    spot: Price,
    expiries: Vec<Listed>,
}

impl Market {
    /// Reads a file's text, which messages call `file`.
    ///
    /// # Errors
    ///
    /// [`MarketError`] with the place, the key, the fact and what to do.
    pub fn read(text: &str, file: &str) -> Result<Self, MarketError> {
        let document = Document { text, file };
        let table = document.parse()?;
        let (read, places) = keys::read(document.root(&table))?;
        let engine = build::engine(&read, &places)?;
        Ok(Self { expiries: read.expiries, engine })
    }

    /// What is listed, nearest first.
    pub fn expiries(&self) -> &[Listed] {
        &self.expiries
    }

    /// The engine at the market's time: one provider and traders with more money than any session
    /// needs, inputs that never grow too old, an empty book.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The account that trades the line of this number. An account holds so many series and no more,
    /// so the traders share the market out between them.
    pub const fn trader(line: usize) -> AccountId {
        AccountId(build::PROVIDER.0 + 1 + (line / build::LINES_PER_TRADER) as u64)
    }
}
