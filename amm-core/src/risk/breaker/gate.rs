//! What each state lets pass, and the gate for liquidity, which is another.

use crate::num::{Cash, OutOfRange, Real, Seconds};
use crate::risk::breaker::{Readings, State};
use crate::risk::within::within;

/// What someone asks of the pool's book.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Action {
    /// A trade that adds risk: to the account, or to the pool.
    Open,
    /// A trade that only takes risk away: from the account that closes, or from the pool that buys back what
    /// it is short of.
    Reduce,
    /// A liquidation.
    Liquidate,
    /// The settlement of what has expired.
    Settle,
}

/// How an action may be done.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Access {
    /// At once, or by auction.
    Free,
    /// By auction only.
    ByAuction,
    /// Not at all.
    Closed,
}

/// The breaker's state does not let an action pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{action:?} does not pass while the pool is {state:?}{}", match access { Access::ByAuction => " but by auction, where a limit is the bid", _ => "" })]
pub struct Refused {
    /// The state.
    pub state: State,
    /// What was asked.
    pub action: Action,
    /// How it would pass.
    pub access: Access,
}

impl State {
    /// How an action may be done. What reduces risk is never closed, and settlement is always free.
    pub const fn admits(self, action: Action) -> Access {
        match (self, action) {
            (Self::Normal | Self::Widened, _) | (_, Action::Settle) => Access::Free,
            (Self::ReduceOnly | Self::Halted, Action::Open) => Access::Closed,
            (Self::Halted, _) | (Self::Reopening, Action::Open) => Access::ByAuction,
            (Self::ReduceOnly | Self::Reopening, _) => Access::Free,
        }
    }

    /// Lets an action pass, which is or is not done by auction.
    ///
    /// ```
    /// use amm_core::risk::breaker::{Action, State};
    ///
    /// assert_eq!(State::ReduceOnly.admit(Action::Reduce, false), Ok(()));
    /// let error = State::Halted.admit(Action::Reduce, false).unwrap_err();
    /// assert_eq!(error.to_string(), "Reduce does not pass while the pool is Halted but by auction, where a limit is the bid");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub fn admit(self, action: Action, by_auction: bool) -> Result<(), Refused> {
        match self.admits(action) {
            Access::Free => Ok(()),
            Access::ByAuction if by_auction => Ok(()),
            access => Err(Refused { state: self, action, access }),
        }
    }
}

/// How good marks must be for liquidity to come or go at them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Gate {
    /// The oracle's relative deviation from which the gate is closed: above 0, at most 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub oracle_gap: Real,
    /// The oldest inputs it is open for.
    pub age: Seconds,
}

/// The gates of liquidity.
///
/// They know nothing of the breaker's state: a pool that has stopped trading lets its providers go, as
/// far as its cash is free, and one that trades does not while its marks are not known. They close for
/// causes that are named and pass: marks that are off or old, and a loss that is known and not shared
/// out yet, which whoever left before it would leave to the others.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct GateParams {
    /// For liquidity that comes.
    pub entry: Gate,
    /// For liquidity that goes: no stricter, as nobody who could come may be kept.
    pub exit: Gate,
}

/// Why liquidity neither comes nor goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GateRefusal {
    /// The oracle is not where the market trades.
    #[error("the oracle is off by {got}, and {limit} is the most")]
    OracleGap {
        /// By how much.
        got: Real,
        /// From where on the gate is closed.
        limit: Real,
    },
    /// The inputs are too old.
    #[error("inputs are {got} s old, and {limit} s is the most")]
    Stale {
        /// How old.
        got: Seconds,
        /// The oldest allowed.
        limit: Seconds,
    },
    /// A loss has come up that has not been shared out.
    #[error("a loss of {loss} is not shared out yet")]
    PendingLoss {
        /// The loss.
        loss: Cash,
    },
}

impl Default for GateParams {
    /// Deviations below 0.75 % and inputs of a minute to come, 1.5 % and ten minutes to go.
    fn default() -> Self {
        const ENTRY: Real = Real::lit("0.0075");
        const EXIT: Real = Real::lit("0.015");
        let seconds = |count| Seconds::new(count).unwrap_or(Seconds::MAX);
        Self {
            entry: Gate { oracle_gap: ENTRY, age: seconds(60) },
            exit: Gate { oracle_gap: EXIT, age: seconds(600) },
        }
    }
}

impl GateParams {
    /// Checks the ranges, and that the way out is no narrower than the way in.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let Self { entry, exit } = *self;
        within("oracle's deviation at entry", entry.oracle_gap, Real::DELTA, Real::ONE)?;
        within("oracle's deviation at exit", exit.oracle_gap, entry.oracle_gap, Real::ONE)?;
        let [age, least, most] =
            [exit.age, entry.age, Seconds::MAX].map(|s| Real::from_num(s.get()));
        within("age of inputs at exit in seconds", age, least, most).map(|_| ())
    }
}

impl Gate {
    /// Lets liquidity pass at marks of these readings, with so much of losses not shared out yet.
    ///
    /// # Errors
    ///
    /// [`GateRefusal`], the first that holds.
    pub fn admit(&self, readings: &Readings, pending_loss: Cash) -> Result<(), GateRefusal> {
        let got = readings.oracle_gap.checked_abs().unwrap_or(Real::MAX);
        if got >= self.oracle_gap {
            return Err(GateRefusal::OracleGap { got, limit: self.oracle_gap });
        }
        if readings.age > self.age {
            return Err(GateRefusal::Stale { got: readings.age, limit: self.age });
        }
        if pending_loss > Cash::ZERO {
            return Err(GateRefusal::PendingLoss { loss: pending_loss });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const ACTIONS: [Action; 4] = [Action::Open, Action::Reduce, Action::Liquidate, Action::Settle];

    /// Every state with every action.
    #[test]
    fn what_passes_where() {
        use Access::{ByAuction, Closed, Free};
        let table = State::ALL.map(|state| ACTIONS.map(|action| state.admits(action)));
        let want = [
            [Free, Free, Free, Free],
            [Free, Free, Free, Free],
            [Closed, Free, Free, Free],
            [Closed, ByAuction, ByAuction, Free],
            [ByAuction, Free, Free, Free],
        ];
        assert_eq!(table, want);
        for state in State::ALL {
            for action in ACTIONS {
                let passes = |by_auction| state.admit(action, by_auction).is_ok();
                assert!(!passes(false) || passes(true));
                assert!(action == Action::Open || passes(true), "{action:?} in {state:?}");
                assert_eq!(passes(false), state.admits(action) == Free);
            }
        }
    }

    #[test]
    fn gates_close_for_named_causes() {
        let params = GateParams::default();
        let seconds = |count| Seconds::new(count).unwrap();
        let gate = params.exit;
        let said = |readings, loss: &str| {
            gate.admit(&readings, loss.parse().unwrap()).unwrap_err().to_string()
        };
        let calm = Readings::default();
        let off = Readings { oracle_gap: Real::lit("-0.5"), ..calm };
        assert!(said(off, "0").starts_with("the oracle is off by 0.5, and 0.015"));
        let old = Readings { age: seconds(601), ..calm };
        assert_eq!(said(old, "0"), "inputs are 601 s old, and 600 s is the most");
        assert_eq!(said(calm, "3"), "a loss of 3 is not shared out yet");
        let old = Readings { age: seconds(600), ..calm };
        assert_eq!(gate.admit(&old, Cash::ZERO), Ok(()));
        assert!(params.entry.admit(&old, Cash::ZERO).is_err());
        // From the limit on, either side of the market.
        for oracle_gap in [gate.oracle_gap, -gate.oracle_gap] {
            assert!(gate.admit(&Readings { oracle_gap, ..calm }, Cash::ZERO).is_err());
            let oracle_gap = oracle_gap - oracle_gap / 1_000;
            assert_eq!(gate.admit(&Readings { oracle_gap, ..calm }, Cash::ZERO), Ok(()));
        }
        // Nothing else closes them.
        let wild = Readings {
            loop_gain: Real::MAX,
            spot_return: Real::MAX,
            vol_jump: Real::MAX,
            utilisation: Real::MAX,
            insurance_draw: Real::MAX,
            ..calm
        };
        assert_eq!(gate.admit(&wild, Cash::ZERO), Ok(()));
    }

    #[test]
    fn the_way_out_is_no_narrower() {
        let GateParams { entry, exit } = GateParams::default();
        assert_eq!(GateParams { entry, exit }.check(), Ok(()));
        assert!(GateParams { entry: exit, exit: entry }.check().is_err());
        let short = Gate { age: entry.age, ..exit };
        assert!(GateParams { entry: exit, exit: short }.check().is_err());
        assert!(
            GateParams { entry: Gate { oracle_gap: Real::ZERO, ..entry }, exit }.check().is_err()
        );
    }
}
