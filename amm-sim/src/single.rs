//! One world by itself: its series, its summary, and its state in a file.

use amm_core::engine::Digest;
use amm_core::math::exp;
use amm_core::num::{Cash, Real};
use amm_loop::LoopError;
use amm_loop::world::{Sample, World};
use serde::{Deserialize, Serialize};

use crate::tables::{Column, Holds, RowError, Table, Value};

/// What a saved world was: the first line of its file, as JSON, before the bytes of its state.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The program's version.
    pub version: String,
    /// SHA-256 of the scenario with its design.
    pub scenario_digest: String,
    /// The design's name.
    pub design: String,
    /// Its luck.
    pub path: u64,
    /// Blocks that are past.
    pub block: u32,
    /// SHA-256 of the bytes that follow.
    pub digest: String,
}

/// Why a saved world cannot be gone on with.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedError {
    /// The file is none.
    #[error("is no saved world")]
    NoWorld,
    /// The bytes are not those that were saved.
    #[error("has {found} where {said} was saved: the file is damaged")]
    Damaged {
        /// The digest that it should have.
        said: String,
        /// What it has.
        found: String,
    },
    /// It was saved in another run.
    #[error("was saved under another {what}: {said}, and this is {here}")]
    Other {
        /// What differs.
        what: &'static str,
        /// In the file.
        said: String,
        /// Now.
        here: String,
    },
}

impl Saved {
    /// A file's bytes.
    pub fn write(&self, state: &[u8]) -> Vec<u8> {
        // Strings and numbers can be written.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(state);
        bytes
    }

    /// The head and the state of a file, whole and of the run that `here` describes.
    ///
    /// # Errors
    ///
    /// [`SavedError`].
    pub fn read<'a>(bytes: &'a [u8], here: &Self) -> Result<(Self, &'a [u8]), SavedError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(SavedError::NoWorld)?;
        let (head, state) = (&bytes[..end], &bytes[end + 1..]);
        let head: Self = serde_json::from_slice(head).map_err(|_| SavedError::NoWorld)?;
        let found = Digest::of_bytes(state).to_string();
        if found != head.digest {
            return Err(SavedError::Damaged { said: head.digest, found });
        }
        let pairs = [
            ("version of this program", &head.version, &here.version),
            ("design", &head.design, &here.design),
            ("path", &head.path.to_string(), &here.path.to_string()),
            ("scenario", &head.scenario_digest, &here.scenario_digest),
        ];
        for (what, said, here) in pairs {
            if said != here {
                return Err(SavedError::Other { what, said: said.clone(), here: here.clone() });
            }
        }
        Ok((head, state))
    }
}

/// What a world came to. Amounts are decimals.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Came {
    /// Blocks.
    pub blocks: u32,
    /// Spot at the start and at the end.
    pub spot: [String; 2],
    /// Loop gain after the warm-up: mean, least and greatest.
    pub gain: [String; 3],
    /// Trades in which the pool sold, and bought.
    pub trades: [u32; 2],
    /// Demand in vega: wanted, served, refused, deterred, displaced.
    pub demand: [String; 5],
    /// The providers' worth at the end, and their greatest fall.
    pub worth: [String; 2],
    /// SHA-256 of its state.
    pub digest: String,
}

/// What a world came to.
///
/// # Errors
///
/// [`LoopError::Overflow`].
pub fn result(world: &World<'_>, start: &str) -> Result<Came, Box<LoopError>> {
    let tape = world.tape();
    let mean = match tape.blocks {
        0 => Real::ZERO,
        blocks => tape.gain_sum / i128::from(blocks),
    };
    let figure = |real: Real| format!("{real:.6}");
    let cash = |real: Real| format!("{real:.2}");
    let demand = &tape.demand;
    Ok(Came {
        blocks: world.blocks(),
        spot: [start.to_owned(), format!("{:.6}", world.spot())],
        gain: [figure(mean), figure(tape.gain_min), figure(tape.gain_max)],
        trades: [tape.sold.trades, tape.bought.trades],
        demand: [
            cash(demand.wanted),
            cash(demand.served),
            cash(demand.refused),
            cash(demand.deterred),
            cash(demand.displaced),
        ],
        worth: [world.worth().map_err(Box::new)?.to_string(), tape.drawdown.to_string()],
        digest: world.digest().to_string(),
    })
}

/// A row a block.
///
/// # Errors
///
/// A number that does not fit, which a run's own numbers do.
pub fn series(path: &[Sample], start_s: u64, block_s: u32) -> Result<Table, RowError> {
    let column = |name: &'static str, holds, unit: &'static str, meaning: &'static str| {
        Column::new(name, holds, unit, meaning)
    };
    let columns = vec![
        column("block", Holds::Integer, "blocks", "since the start"),
        column("time", Holds::Integer, "s", "since 1970"),
        column("spot", Holds::Float, "price", "at the start of the block's trading"),
        column("gain", Holds::Float, "1", "loop gain of all hedgers at the block's end"),
        column("vol", Holds::Float, "1", "quoted at the money, first expiry, a year").maybe(),
        column("worth", Holds::Float, "cash", "the providers', at fair marks"),
    ];
    let mut table = Table::new("series", "One world, block by block", columns);
    for (block, sample) in (1_u64..).zip(path) {
        let spot = exp(sample.ln_spot).ok().map(number);
        let vol = (sample.vol > 0).then(|| number(sample.vol));
        table.push_row(vec![
            block.into(),
            (start_s + block * u64::from(block_s)).into(),
            spot.into(),
            number(sample.gain).into(),
            vol.into(),
            money(sample.worth),
        ])?;
    }
    Ok(table)
}

fn number(real: Real) -> f64 {
    real.to_num()
}

/// The nearest double of an exact amount.
fn money(cash: Cash) -> Value {
    cash.to_string().parse::<f64>().ok().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_world_is_gone_on_with_in_its_own_run_only() {
        let state = b"state\nof a world";
        let saved = Saved {
            version: "1".to_owned(),
            scenario_digest: "ab".to_owned(),
            design: "static".to_owned(),
            path: 3,
            block: 9,
            digest: Digest::of_bytes(state).to_string(),
        };
        let bytes = saved.write(state);
        assert_eq!(Saved::read(&bytes, &saved), Ok((saved.clone(), &state[..])));
        let other = Saved { path: 4, ..saved.clone() };
        let error = Saved::read(&bytes, &other).unwrap_err();
        assert_eq!(error.to_string(), "was saved under another path: 3, and this is 4");
        let mut damaged = bytes.clone();
        damaged[bytes.len() - 1] ^= 1;
        assert!(matches!(Saved::read(&damaged, &saved), Err(SavedError::Damaged { .. })));
        assert_eq!(Saved::read(b"hello", &saved), Err(SavedError::NoWorld));
    }
}
