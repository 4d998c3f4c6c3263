//! A recording as bytes.

use super::{Moment, Recorded};
use amm_core::surface::SurfaceError;
use sha2::{Digest, Sha256};

/// What a file of a recording begins with; the number is the form's.
const MARK: &[u8] = b"amm-recorded 1\n";

/// Why bytes are no recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// They begin with something else.
    #[error("begins with {begin}, not with `amm-recorded 1`")]
    Mark {
        /// The first bytes.
        begin: String,
    },
    /// They do not decode.
    #[error("ends or breaks off: {0}")]
    Decode(#[from] postcard::Error),
    /// There is more after the end.
    #[error("{count} bytes after its end")]
    Rest {
        /// How many.
        count: usize,
    },
    /// What stands in them in time is not in order.
    #[error("{what} are not in order of time")]
    Disorder {
        /// Moments, spots, trades or expiries.
        what: &'static str,
    },
    /// A surface that the engine would refuse.
    #[error("the surface of {time}: {error}")]
    Surface {
        /// The moment.
        time: amm_core::num::Timestamp,
        /// The core's verdict.
        error: SurfaceError,
    },
}

impl Recorded {
    /// The one form in bytes: the mark, then postcard.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = MARK.to_vec();
        postcard::to_extend(self, bytes).expect("a vector takes all that is written to it")
    }

    /// SHA-256 of [`Recorded::to_bytes`].
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// Reads what [`Recorded::to_bytes`] wrote, and holds it to what that can have written.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let Some(body) = bytes.strip_prefix(MARK) else {
            let begin = &bytes[..bytes.len().min(MARK.len())];
            return Err(StoreError::Mark { begin: format!("`{}`", amm_rows::shown(begin)) });
        };
        let (recorded, rest) = postcard::take_from_bytes::<Self>(body)?;
        if !rest.is_empty() {
            return Err(StoreError::Rest { count: rest.len() });
        }
        recorded.check()?;
        Ok(recorded)
    }

    fn check(&self) -> Result<(), StoreError> {
        let order =
            |good: bool, what| if good { Ok(()) } else { Err(StoreError::Disorder { what }) };
        order(self.listed.is_sorted_by(|a, b| a.expiry < b.expiry), "expiries")?;
        order(self.moments.is_sorted_by(|a, b| a.time < b.time), "moments")?;
        order(self.spots.is_sorted_by(|a, b| a.time <= b.time), "spots")?;
        order(self.trades.is_sorted_by(|a, b| a.time <= b.time), "trades")?;
        for Moment { time, expiries, .. } in &self.moments {
            order(expiries.is_sorted_by(|a, b| a.expiry < b.expiry), "expiries")?;
            order(expiries.iter().all(|smile| smile.expiry > *time), "expiries")?;
            let slices = expiries.iter().map(|smile| (smile.expiry, smile.slice));
            super::keep::check(*time, slices)
                .map_err(|error| StoreError::Surface { time: *time, error })?;
        }
        Ok(())
    }
}
