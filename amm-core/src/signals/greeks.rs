//! Greeks of positions.

use crate::book::Holding;
use crate::num::{Amount, Price};
use crate::pricing::Kind;
use crate::surface::{Row, Valued};

/// Sums of Greeks times positions, exact, with the holder's sign: long options have positive gamma
/// and vega.
///
/// Forwards move with spot in proportion, and the surface with them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Greeks {
    /// Σ position·∂V/∂S, in units of the underlying.
    #[cfg_attr(feature = "serde", serde(serialize_with = "decimal"))]
    pub delta: Amount,
    /// Dollar gamma Σ position·S²·∂²V/∂S², in cash: how much more of the underlying a hedger must sell
    /// when spot has risen by 100 % (both linear).
    #[cfg_attr(feature = "serde", serde(serialize_with = "decimal"))]
    pub gamma: Amount,
    /// Σ position·∂V/∂σ, in cash per 1.00 of volatility.
    #[cfg_attr(feature = "serde", serde(serialize_with = "decimal"))]
    pub vega: Amount,
    /// Σ position·−∂V/∂T, in cash per year.
    #[cfg_attr(feature = "serde", serde(serialize_with = "decimal"))]
    pub theta: Amount,
}

impl Greeks {
    /// No position's.
    pub const ZERO: Self =
        Self { delta: Amount::ZERO, gamma: Amount::ZERO, vega: Amount::ZERO, theta: Amount::ZERO };

    /// Of a line's call and put, as the row values them and with that spot; `None` if they do not fit.
    ///
    /// A contract's delta is ∂V/∂F·F/S, within two units of 2⁻⁶⁴.
    pub fn of(row: &Row, line: &Valued, holding: &Holding, spot: Price) -> Option<Self> {
        let (value, forward) = (&line.value, row.expiry.forward().get());
        let of = |kind, delta, theta| {
            let position = holding.of(kind);
            let of_spot = forward.checked_mul(delta)?.checked_div(spot.get())?;
            Some(Self {
                delta: Amount::of(position, of_spot)?,
                gamma: Amount::of(position, line.dollar_gamma)?,
                vega: Amount::of(position, value.vega)?,
                theta: Amount::of(position, theta)?,
            })
        };
        let call = of(Kind::Call, value.delta_call, value.theta_call)?;
        call.checked_add(of(Kind::Put, value.delta_put, value.theta_put)?)
    }

    /// The sums, or `None` if one does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            delta: self.delta.checked_add(other.delta)?,
            gamma: self.gamma.checked_add(other.gamma)?,
            vega: self.vega.checked_add(other.vega)?,
            theta: self.theta.checked_add(other.theta)?,
        })
    }

    /// GEX per 1 %: a hundredth of the dollar gamma, rounded down to 2⁻⁶⁴·10⁻⁹, in cash of the
    /// underlying that a hedger must trade when spot moves by 1 %.
    ///
    /// Positive where the hedger trades against the move, negative where with it.
    pub fn gex(&self) -> Amount {
        self.gamma.percent()
    }
}

/// An amount as a decimal.
#[cfg(feature = "serde")]
pub(super) fn decimal<S: serde::Serializer>(amount: &Amount, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(amount)
}
