//! Seeded draws, integers only: every magnitude is as likely as any other, and edges are common.

use crate::fold::mix;
use amm_core::num::Real;

/// A stream of draws.
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of one row of one section.
    pub(crate) fn seeded(section: &str, row: u32) -> Self {
        Self(section.bytes().fold(row.into(), |seed, byte| mix(seed ^ u64::from(byte))))
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Less than `n`, nearly even.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (((self.word() >> 32) * u64::from(n)) >> 32) as u32
    }

    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        choices[self.below(N as u32) as usize]
    }

    /// Zero to `bits` significant bits, as likely each; one in eight next to a power of two.
    pub(crate) fn magnitude(&mut self, bits: u32) -> u128 {
        let random = (u128::from(self.word()) << 64) | u128::from(self.word());
        let (width, top) = (self.below(bits + 1), u128::MAX.checked_shr(128 - bits).unwrap_or(0));
        match self.below(16) {
            0 => 1u128.checked_shl(width).unwrap_or(0).wrapping_sub(1) & top,
            1 => 1u128.checked_shl(width).unwrap_or(0) & top,
            _ => random.checked_shr(128 - width).unwrap_or(0),
        }
    }

    /// Any word, small ones as likely as large ones.
    pub(crate) fn integer(&mut self) -> i128 {
        let magnitude = self.magnitude(127) as i128;
        match self.below(32) {
            0 => i128::MIN,
            1..16 => -magnitude,
            _ => magnitude,
        }
    }

    /// Any number at all.
    pub(crate) fn real(&mut self) -> Real {
        Real::from_bits(self.integer())
    }

    /// A number from `min` to `max`: next to either end, or at any distance above `min`.
    pub(crate) fn between(&mut self, min: Real, max: Real) -> Real {
        let (min, max) = (min.to_bits(), max.to_bits());
        let span = max.abs_diff(min);
        let offset = match self.below(16) {
            0 => 0,
            1 => span,
            2 => span - u128::from(self.below(4)).min(span),
            _ => self.magnitude(128 - span.leading_zeros()).min(span),
        };
        Real::from_bits(min.wrapping_add(offset as i128))
    }
}
