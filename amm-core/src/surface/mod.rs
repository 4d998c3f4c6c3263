//! The base surface: the market's view of variance, before the pool's own.

#[cfg(feature = "alloc")]
mod board;

#[cfg(feature = "alloc")]
pub use board::{Board, Row, Valued};

/// ln(K/F).
pub fn log_moneyness(
    strike: crate::num::Price,
    forward: crate::num::Price,
) -> Option<crate::num::Real> {
    Some(crate::math::ln(strike.get()).ok()? - crate::math::ln(forward.get()).ok()?)
}
