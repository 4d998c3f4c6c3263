//! The published table: share of markets that fail, in per cent, by option position.

use super::market::Parameters;
use amm_core::num::Real;

/// Straddles that the hedger holds, below 0 short.
pub(super) const POSITIONS: [i32; 9] = [-80, -60, -40, -20, 0, 20, 40, 60, 80];

/// What a row of the table changes of the benchmark.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Immediacy,
    News,
    Decay,
    Spread,
}

impl Change {
    /// In the table's words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Immediacy => "immediacy",
            Self::News => "news volatility",
            Self::Decay => "order decay",
            Self::Spread => "spread mean",
        }
    }

    /// The benchmark with this set to `value`.
    pub(super) fn set(self, value: Real) -> Parameters {
        let mut parameters = Parameters::BENCHMARK;
        *match self {
            Self::Immediacy => &mut parameters.immediacy,
            Self::News => &mut parameters.news,
            Self::Decay => &mut parameters.decay,
            Self::Spread => &mut parameters.spread,
        } = value;
        parameters
    }
}

/// What is changed, to what, and the percentages by position.
pub(super) type Line = (Change, &'static str, [u8; 9]);

pub(super) const PUBLISHED: [Line; 25] = [
    (Change::Immediacy, "0.3", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Immediacy, "0.325", [5, 10, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Immediacy, "0.35", [50, 45, 5, 0, 0, 0, 0, 0, 0]),
    (Change::Immediacy, "0.375", [95, 90, 45, 0, 20, 0, 0, 0, 0]),
    (Change::Immediacy, "0.4", [100, 95, 100, 90, 85, 0, 0, 0, 0]),
    (Change::Immediacy, "0.45", [100, 100, 100, 100, 100, 95, 65, 10, 10]),
    (Change::Immediacy, "0.5", [100, 100, 100, 100, 100, 100, 100, 100, 95]),
    (Change::News, "0.01", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Change::News, "0.025", [10, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Change::News, "0.05", [35, 15, 10, 5, 0, 0, 5, 10, 0]),
    (Change::News, "0.075", [75, 70, 55, 35, 20, 20, 20, 20, 40]),
    (Change::News, "0.1", [100, 100, 90, 75, 65, 55, 55, 70, 65]),
    (Change::News, "0.125", [100, 100, 90, 85, 80, 100, 95, 80, 65]),
    (Change::Decay, "0.05", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Decay, "0.075", [50, 15, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Decay, "0.1", [70, 40, 5, 0, 0, 0, 0, 0, 0]),
    (Change::Decay, "0.125", [80, 80, 25, 5, 0, 0, 0, 0, 0]),
    (Change::Decay, "0.15", [100, 100, 50, 15, 0, 0, 0, 0, 5]),
    (Change::Decay, "0.175", [100, 100, 85, 35, 10, 5, 0, 0, 0]),
    (Change::Spread, "-0.1", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Spread, "-0.15", [0, 5, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Spread, "-0.2", [25, 20, 0, 0, 0, 0, 0, 0, 0]),
    (Change::Spread, "-0.25", [90, 75, 20, 0, 0, 0, 0, 0, 0]),
    (Change::Spread, "-0.3", [100, 100, 95, 20, 0, 10, 40, 30, 30]),
    (Change::Spread, "-0.35", [100, 100, 100, 90, 5, 75, 85, 75, 75]),
];
