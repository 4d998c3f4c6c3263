//! Why a text is not the number it should be.

use crate::num::OutOfRange;
use crate::num::decimal::{ParseDecimal, Unfit};

/// Why a text was refused as a quantity, an amount or a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseNumber {
    /// It is not a decimal.
    #[error(transparent)]
    Text(#[from] ParseDecimal),
    /// It is a decimal that cannot be kept.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// It is outside the quantity's range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}
