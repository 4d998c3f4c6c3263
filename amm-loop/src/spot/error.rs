//! Why spot cannot do what it is asked.

use amm_core::num::{OutOfRange, Real};

/// Why spot cannot do what it is asked. Its state is as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpotError {
    /// A number is outside its range.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// A flow the market has not got the other side for.
    #[error("a flow of {cash} on a scale of {scale} moves ln spot past what a venue can show")]
    TooFar {
        /// Cash spent on spot.
        cash: Real,
        /// The venue's scale.
        scale: Real,
    },
    /// A recorded path is over.
    #[error("the recorded path has {blocks} blocks and is over")]
    PathOver {
        /// How many returns it has.
        blocks: usize,
    },
    /// A stochastic volatility has left the numbers.
    #[error("ln of volatility stands {log_vol} from its mean: more than can be counted")]
    Volatility {
        /// ln of volatility over its mean.
        log_vol: Real,
    },
}
