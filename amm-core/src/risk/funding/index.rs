//! From a rate to money: an index per market or series, and what a holder owes of it.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::num::{Amount, Cash, Real, Rounding, Size, mul_div};
use crate::risk::funding::FundingError;

/// What funding has come to for one contract, in money: for a market or one of its series.
///
/// A contract's weight is its dollar delta, spot times delta (one for the underlying itself), and
/// changes at market updates only. The index is what was settled up to the last change of the weight
/// and, since then, the funding share times the weight: so rounding happens where the weight changes,
/// once, and nowhere else. Whoever asks in between does not move it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Index {
    /// Money per contract up to the last change of the weight.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub settled: Real,
    /// The funding share then.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub from: Real,
    /// Dollar delta of a contract since then.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub weight: Real,
}

impl Index {
    /// Money that a contract held long from the beginning has paid, as the market's funding share is
    /// `share`; rounded down to 2⁻⁶⁴.
    ///
    /// # Errors
    ///
    /// [`FundingError::Overflow`].
    pub fn value(&self, share: Real) -> Result<Real, FundingError> {
        let since = share.checked_sub(self.from);
        let more = since.and_then(|since| product(since, self.weight));
        let value = more.and_then(|more| self.settled.checked_add(more));
        value.ok_or(FundingError::Overflow { what: "funding of a contract" })
    }

    /// With another weight from now on; the same weight changes nothing, to the bit.
    ///
    /// # Errors
    ///
    /// [`FundingError::Overflow`].
    pub fn reweighted(&self, share: Real, weight: Real) -> Result<Self, FundingError> {
        if weight == self.weight {
            return Ok(*self);
        }
        Ok(Self { settled: self.value(share)?, from: share, weight })
    }
}

/// a·b, rounded down.
fn product(a: Real, b: Real) -> Option<Real> {
    let negative = (a < 0) != (b < 0);
    let way = if negative { Rounding::Up } else { Rounding::Down };
    let [a, b] = [a, b].map(|x| x.to_bits().unsigned_abs());
    let size = mul_div(a, b, 1 << 64, way)?;
    let bits = if negative { 0_i128.checked_sub_unsigned(size) } else { i128::try_from(size).ok() };
    bits.map(Real::from_bits)
}

/// What one position owes in funding: exact, so that paying it in parts comes to what paying it at once
/// does, to the atom.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Accrued {
    /// The index up to which it is counted.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub entry: Real,
    /// What is owed up to then and not paid; below zero: what is to be got.
    pub owed: Amount,
}

impl Accrued {
    /// Nothing owed, from this value of the index on.
    pub const fn new(index: Real) -> Self {
        Self { entry: index, owed: Amount::ZERO }
    }

    /// Counts a position, as it has been since the last count, up to a value of the index. To be done
    /// before the position changes. Counted twice, the second time adds nothing.
    ///
    /// # Errors
    ///
    /// [`FundingError::Overflow`].
    pub fn counted(&self, position: Size, index: Real) -> Result<Self, FundingError> {
        let change = index.checked_sub(self.entry);
        let more = change.and_then(|change| Amount::of(position, change));
        let owed = more.and_then(|more| self.owed.checked_add(more));
        let owed = owed.ok_or(FundingError::Overflow { what: "funding owed" })?;
        Ok(Self { entry: index, owed })
    }

    /// What is paid now, rounded up against the holder, and what is owed then: from above minus one
    /// atom to nothing. So all payments together are what is owed in all, rounded up once.
    ///
    /// # Errors
    ///
    /// [`FundingError::Overflow`] at the very end of what an [`Amount`] holds.
    pub fn paid(&self) -> Result<(Cash, Self), FundingError> {
        let cash = self.owed.round(Rounding::Up);
        let paid = Amount::of(Size::from_atoms(cash.atoms()), Real::NEG_ONE);
        let owed = paid.and_then(|paid| self.owed.checked_add(paid));
        let owed = owed.ok_or(FundingError::Overflow { what: "funding owed" })?;
        Ok((cash, Self { owed, ..*self }))
    }
}

/// One holder of what an [`Index`] is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Holder {
    /// Who.
    pub account: AccountId,
    /// Contracts, positive is long.
    pub position: Size,
    /// What is owed so far.
    pub accrued: Accrued,
}

/// Funding paid by all holders.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Payments {
    /// What each pays, below zero gets, and owes then; in the order given.
    pub parts: Vec<(AccountId, Cash, Accrued)>,
    /// What the pool gets, below zero pays: the sum of all parts to the atom. It is the other side of
    /// the traders' net position, and what rounding leaves is the pool's.
    pub pool: Cash,
}

/// Makes all holders pay and get their funding up to a value of the index.
///
/// ```
/// use amm_core::book::AccountId;
/// use amm_core::num::Real;
/// use amm_core::risk::funding::{Accrued, Holder, settle};
///
/// let holder = |id, position: &str| Holder {
///     account: AccountId(id),
///     position: position.parse().unwrap(),
///     accrued: Accrued::default(),
/// };
/// // Longs pay a third of a unit of money a contract: two of them to one short, and one to the pool.
/// let done = settle(&[holder(1, "3"), holder(2, "-1")], Real::ONE / 3)?;
/// let cash = |n: usize| done.parts[n].1.to_string();
/// assert_eq!((cash(0), cash(1), done.pool.to_string()), ("1".into(), "-0.333333333".into(), "0.666666667".into()));
/// # Ok::<(), amm_core::risk::funding::FundingError>(())
/// ```
///
/// # Errors
///
/// [`FundingError::Overflow`]; then nobody has paid.
pub fn settle(holders: &[Holder], index: Real) -> Result<Payments, FundingError> {
    let mut payments = Payments::default();
    payments.parts.reserve(holders.len());
    for holder in holders {
        let (cash, accrued) = holder.accrued.counted(holder.position, index)?.paid()?;
        payments.parts.push((holder.account, cash, accrued));
        let pool = payments.pool.checked_add(cash);
        payments.pool = pool.ok_or(FundingError::Overflow { what: "funding of all" })?;
    }
    Ok(payments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    fn size(text: &str) -> Size {
        text.parse().unwrap()
    }

    #[test]
    fn weights_change_where_they_change() {
        let index = Index::default().reweighted(real("0.5"), real("2000")).unwrap();
        assert_eq!(index.value(real("0.5")), Ok(Real::ZERO));
        assert_eq!(index.value(real("0.625")), Ok(real("250")));
        let same = index.reweighted(real("0.5625"), real("2000")).unwrap();
        assert_eq!(same, index);
        let put = index.reweighted(real("0.625"), real("-1000")).unwrap();
        assert_eq!(put.value(real("0.75")), Ok(real("125")));
        // Down, on either side of zero.
        let third = Index { weight: Real::ONE / 3, ..Index::default() };
        assert_eq!(third.value(Real::DELTA), Ok(Real::ZERO));
        assert_eq!(third.value(-Real::DELTA), Ok(-Real::DELTA));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let far = Index { weight: real("1000000000000"), ..Index::default() };
        assert!(far.value(real("9000000")).is_ok());
        assert!(far.value(real("10000000")).is_err());
        assert!(far.value(-real("10000000")).is_err());
        assert!(far.reweighted(real("10000000"), Real::ONE).is_err());
        assert!(Accrued::default().counted(Size::MAX, Real::MAX).is_err());
        assert!(Accrued::new(Real::MIN).counted(size("1"), Real::MAX).is_err());
    }

    /// However often it is paid, it comes to the same atoms.
    #[test]
    fn payments_telescope() {
        let third = Real::ONE / 3 / 1_000_000_000;
        for position in ["7", "-7", "0.000000001", "-1000000000"] {
            let position = size(position);
            let mut often = (Accrued::default(), 0);
            for n in 1..=1_000_i128 {
                let (cash, left) = often.0.counted(position, third * n).unwrap().paid().unwrap();
                assert!(left.owed <= Amount::ZERO && left.owed.round(Rounding::Up) == Cash::ZERO);
                often = (left, often.1 + cash.atoms());
            }
            let (cash, left) =
                Accrued::default().counted(position, third * 1_000).unwrap().paid().unwrap();
            assert_eq!(often, (left, cash.atoms()));
            assert_eq!(
                left.counted(position, third * 1_000).unwrap().paid(),
                Ok((Cash::ZERO, left))
            );
        }
    }
}
