//! Full collateral: the most that an account's options can come to cost.

use crate::book::{Account, Series};
use crate::num::{Cash, Price, Real, Rounding, Size, Timestamp};
use crate::pricing::Kind;
use crate::risk::worth::Worth;

/// What must be there for an account's options to be backed, whatever the underlying does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Collateral {
    /// Money.
    pub cash: Cash,
    /// Units of the underlying.
    pub base: Size,
}

/// Why options are not backed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CollateralError {
    /// The account has less than its options can come to cost.
    #[error(
        "needs {} cash and {} of the underlying as collateral, has {} and {}",
        needed.cash, needed.base, held.cash, held.base
    )]
    Uncollateralised {
        /// What its options need.
        needed: Collateral,
        /// What it has.
        held: Collateral,
    },
    /// Positions are not given by expiry, strike and kind, each once.
    #[error("series {series} does not come after the one before it")]
    Unordered {
        /// The one out of order.
        series: Series,
    },
    /// The sizes are beyond what any account may hold, and the sum too large for a number.
    #[error("collateral for the expiry at {expiry} is above {}", Cash::MAX)]
    Overflow {
        /// When they expire.
        expiry: Timestamp,
    },
}

/// The least collateral that covers the positions at every price, from zero without end.
///
/// Positions are ordered as [`Positions::as_slice`](crate::book::Positions::as_slice) has them. An
/// expiry's payoff P(S) is linear between strikes. Beyond the last it falls with the calls that are
/// short net of those long, wherever their strikes are: these are covered by units of the
/// underlying. Then P(S) + base·S is lowest at zero or at a strike, and cash covers what it is short
/// of zero there, rounded up. Expiries are covered one by one and added up: what is long in one does
/// not cover what is short in another.
///
/// ```
/// use amm_core::book::Series;
/// use amm_core::num::{Size, Timestamp};
/// use amm_core::pricing::Kind;
/// use amm_core::risk::collateral;
///
/// let series = |strike: &str, kind| {
///     let strike = strike.parse().unwrap();
///     Series { expiry: Timestamp::new(1_681_459_200), strike, kind }
/// };
/// let (short, long): (Size, Size) = ("-2".parse()?, "2".parse()?);
/// let (low, high) = (series("30000", Kind::Call), series("35000", Kind::Call));
/// let covered = collateral(&[(low, short)])?;
/// assert_eq!((covered.cash.to_string(), covered.base.to_string()), ("0".into(), "2".into()));
/// let spread = collateral(&[(low, short), (high, long)])?;
/// assert_eq!((spread.cash.to_string(), spread.base.to_string()), ("10000".into(), "0".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`CollateralError::Unordered`], and [`CollateralError::Overflow`], which sizes and numbers of
/// positions that an account may hold never come to: 256 · 2⁶⁰ atoms at 10¹² are below 2¹⁰⁸.
pub fn collateral(positions: &[(Series, Size)]) -> Result<Collateral, CollateralError> {
    let mut total = Collateral::default();
    if positions.iter().all(|(_, position)| *position >= Size::ZERO) {
        return Ok(total);
    }
    if let Some(pair) = positions.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        return Err(CollateralError::Unordered { series: pair[1].0 });
    }
    for chain in positions.chunk_by(|(one, _), (next, _)| one.expiry == next.expiry) {
        let overflow = CollateralError::Overflow { expiry: chain[0].0.expiry };
        let more = of_expiry(chain).and_then(|need| total.checked_add(need));
        total = more.ok_or(overflow)?;
    }
    Ok(total)
}

/// Whether an account's collateral covers its options.
///
/// # Errors
///
/// [`CollateralError::Uncollateralised`] if not, and those of [`collateral`].
pub fn covers(account: &Account) -> Result<(), CollateralError> {
    let needed = collateral(account.positions.as_slice())?;
    let held = Collateral { cash: account.cash, base: account.base };
    if held.cash >= needed.cash && held.base >= needed.base {
        Ok(())
    } else {
        Err(CollateralError::Uncollateralised { needed, held })
    }
}

impl Collateral {
    pub(in crate::risk) fn checked_add(self, other: Self) -> Option<Self> {
        let cash = self.cash.checked_add(other.cash)?;
        Some(Self { cash, base: self.base.checked_add(other.base)? })
    }
}

/// For one expiry; `None` if a sum does not fit.
fn of_expiry(chain: &[(Series, Size)]) -> Option<Collateral> {
    let (mut calls, mut puts, mut worth) = (Size::ZERO, Size::ZERO, Worth::ZERO);
    for &(series, position) in chain {
        match series.kind {
            Kind::Call => calls = calls.checked_add(position)?,
            Kind::Put => {
                puts = puts.checked_add(position)?;
                worth = worth.checked_add(Worth::of(position, series.strike.get())?)?;
            }
        }
    }
    let base = calls.checked_neg()?.max(Size::ZERO);
    // At zero only puts are worth something. From there to the first strike they lose their size
    // with each unit of price and the underlying gains its own; at a strike a put stops losing
    // or a call begins to gain: either adds the position to the slope.
    let (mut slope, mut lowest, mut at) = (base.checked_sub(puts)?, worth, Price::MIN);
    for &(series, position) in chain {
        let step: Real = series.strike.get() - at.get();
        worth = worth.checked_add(Worth::of(slope, step)?)?;
        lowest = lowest.min(worth);
        slope = slope.checked_add(position)?;
        at = series.strike;
    }
    // Now the slope is base + calls ≥ 0: no price beyond is lower.
    let cash = lowest.min(Worth::ZERO).checked_neg()?.round(Rounding::Up)?;
    Some(Collateral { cash, base })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    /// Of `expiry strike kind size` rows.
    fn positions(rows: &[(u64, &str, Kind, &str)]) -> Vec<(Series, Size)> {
        let series = |expiry, strike: &str, kind| Series {
            expiry: Timestamp::new(expiry),
            strike: strike.parse().unwrap(),
            kind,
        };
        rows.iter().map(|&(t, k, kind, size)| (series(t, k, kind), size.parse().unwrap())).collect()
    }

    #[track_caller]
    fn needs(rows: &[(u64, &str, Kind, &str)], cash: &str, base: &str) {
        let need = collateral(&positions(rows)).unwrap();
        assert_eq!((need.cash.to_string(), need.base.to_string()), (cash.into(), base.into()));
    }

    #[test]
    fn textbook_positions() {
        use Kind::{Call, Put};
        needs(&[], "0", "0");
        needs(&[(1, "100", Call, "3"), (1, "100", Put, "3")], "0", "0");
        needs(&[(1, "100", Put, "-3")], "300", "0");
        needs(&[(1, "100", Call, "-3")], "0", "3");
        // A put spread costs its width, whichever way the strikes lie.
        needs(&[(1, "80", Put, "1"), (1, "100", Put, "-1")], "20", "0");
        needs(&[(1, "80", Put, "-1"), (1, "100", Put, "1")], "0", "0");
        // A butterfly bought costs nothing more, one sold costs its width.
        let wings = |sign: &'static str, body: &'static str| {
            [(1, "90", Call, sign), (1, "100", Call, body), (1, "110", Call, sign)]
        };
        needs(&wings("1", "-2"), "0", "0");
        needs(&wings("-1", "2"), "10", "0");
        // The underlying of a covered call is worth nothing when the put is exercised.
        needs(&[(1, "100", Call, "-1"), (1, "100", Put, "-1")], "100", "1");
        // A condor loses on one side only.
        let condor = [
            (1, "80", Put, "1"),
            (1, "90", Put, "-1"),
            (1, "110", Call, "-1"),
            (1, "130", Call, "1"),
        ];
        needs(&condor, "20", "0");
        // Another expiry covers nothing.
        needs(&[(1, "100", Put, "1"), (2, "100", Put, "-1")], "100", "0");
        needs(&[(1, "100", Call, "-1"), (2, "90", Call, "-2")], "0", "3");
        // Down to the atom, and up.
        needs(&[(1, "0.5", Put, "-0.000000001")], "0.000000001", "0");
    }

    #[test]
    fn the_largest_account_fits_and_more_is_refused() {
        let most = crate::book::POSITION_MAX.checked_neg().unwrap();
        let strike = |n: i64| Price::new(Price::MAX.get() - Real::from_num(n)).unwrap();
        let series = |n, kind| Series { expiry: Timestamp::new(9), strike: strike(n), kind };
        let all: Vec<_> = (0..128)
            .rev()
            .flat_map(|n| [(series(n, Kind::Call), most), (series(n, Kind::Put), most)])
            .collect();
        let need = collateral(&all).unwrap();
        assert_eq!(need.base.to_string(), "128000000000");
        assert_eq!(need.cash.to_string(), "127999999991872000000000");
        let huge = [(series(0, Kind::Put), Size::MIN)];
        let error = collateral(&huge).unwrap_err();
        assert_eq!(error, CollateralError::Overflow { expiry: Timestamp::new(9) });
    }

    #[test]
    fn order_is_checked() {
        let rows = [(1, "100", Kind::Put, "-1"), (1, "90", Kind::Put, "1")];
        let mixed = positions(&rows);
        let unordered = CollateralError::Unordered { series: mixed[1].0 };
        assert_eq!(collateral(&mixed), Err(unordered));
    }

    #[test]
    fn a_refusal_names_its_figures() {
        let mut account = Account { cash: "99.5".parse().unwrap(), ..Account::default() };
        let sold = positions(&[(1, "100", Kind::Put, "-1"), (1, "200", Kind::Call, "-2")]);
        for (series, position) in sold {
            account.positions.set(series, position).unwrap();
        }
        let said = covers(&account).unwrap_err().to_string();
        assert_eq!(said, "needs 100 cash and 2 of the underlying as collateral, has 99.5 and 0");
        account.cash = "100".parse().unwrap();
        account.base = "2".parse().unwrap();
        assert_eq!(covers(&account), Ok(()));
    }
}
