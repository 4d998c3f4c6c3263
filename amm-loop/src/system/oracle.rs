//! The price contracts see: late, and only when it has moved enough or long enough ago.

use alloc::collections::VecDeque;

use amm_core::num::{Price, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::SystemError;

/// When a price is reported.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OracleRule {
    /// The relative move from the last report that calls for another: 0 to 1. At 0 every block is
    /// reported.
    #[serde(with = "serde_real")]
    pub deviation: Real,
    /// Blocks after which there is a report whatever spot does, at least 1.
    pub heartbeat: u32,
    /// Blocks from a report until contracts see it.
    pub delay: u32,
}

impl OracleRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        within("deviation of an oracle", self.deviation, Real::ZERO, Real::ONE)?;
        let most = Real::from_num(u32::MAX);
        within("heartbeat of an oracle", Real::from_num(self.heartbeat), Real::ONE, most)?;
        Ok(())
    }
}

/// What contracts see, and what is on its way to them.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Oracle {
    /// What they see.
    pub(super) price: Price,
    last: Price,
    last_at: u32,
    coming: VecDeque<(u32, Price)>,
}

impl Oracle {
    pub(super) const fn new(price: Price) -> Self {
        Self { price, last: price, last_at: 0, coming: VecDeque::new() }
    }

    pub(super) fn step(
        &mut self,
        rule: &OracleRule,
        block: u32,
        spot: Price,
    ) -> Result<(), SystemError> {
        let off = spot.get().abs_diff(self.last.get());
        let moved = off >= crate::units::mul(rule.deviation, self.last.get())?;
        if moved || block.saturating_sub(self.last_at) >= rule.heartbeat {
            (self.last, self.last_at) = (spot, block);
            self.coming.push_back((block.saturating_add(rule.delay), spot));
        }
        while let Some((_, price)) = self.coming.pop_front_if(|(due, _)| *due <= block) {
            self.price = price;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_waits_for_a_move_or_the_heartbeat_and_then_for_its_delay() {
        let rule = OracleRule { deviation: Real::lit("0.005"), heartbeat: 10, delay: 2 };
        let price = |text: &str| text.parse::<Price>().unwrap();
        let mut oracle = Oracle::new(price("2000"));
        let mut seen = alloc::vec::Vec::new();
        for block in 1..=16 {
            let spot = if block < 3 { "2009" } else { "1990" };
            oracle.step(&rule, block, price(spot)).unwrap();
            seen.push(oracle.price);
        }
        let first = seen.iter().position(|seen| *seen != price("2000")).unwrap();
        assert_eq!((first, seen[first]), (4, price("1990"))); // block 3 and two more
        oracle.step(&rule, 17, price("1991")).unwrap();
        assert_eq!(oracle.price, price("1990"));
    }
}
