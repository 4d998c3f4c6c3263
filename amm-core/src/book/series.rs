//! What can be traded, and who trades it.

use core::fmt;

use crate::num::{Price, Size, Timestamp};
use crate::pricing::Kind;

/// The most of one series that one holder may be long or short: 10⁹ contracts.
pub const POSITION_MAX: Size = Size::from_atoms(1_000_000_000 * Size::SCALE);

/// One holder of cash, positions and shares. Whoever embeds the engine says whose it is.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AccountId(pub u64);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A strike of an expiry. Its call and its put have the same gamma, so all skew is the line's.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Line {
    /// When its options expire.
    pub expiry: Timestamp,
    /// Above zero.
    pub strike: Price,
}

/// A European option, settled in cash for one unit of the underlying.
///
/// Series are ordered by expiry, strike and kind.
///
/// ```
/// use amm_core::{book::Series, num::Timestamp, pricing::Kind};
/// let expiry = Timestamp::new(1_681_459_200);
/// let call = Series { expiry, strike: "30000".parse()?, kind: Kind::Call };
/// assert_eq!(call.to_string(), "1681459200-30000-call");
/// # Ok::<(), amm_core::num::ParseNumber>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Series {
    /// When it expires.
    pub expiry: Timestamp,
    /// Above zero.
    pub strike: Price,
    /// Call or put.
    pub kind: Kind,
}

impl Series {
    /// Its line.
    pub const fn line(self) -> Line {
        Line { expiry: self.expiry, strike: self.strike }
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Call => "call",
            Kind::Put => "put",
        };
        write!(f, "{}-{}-{kind}", self.expiry, self.strike)
    }
}
