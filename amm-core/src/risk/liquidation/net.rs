//! Trades that cancel before they reach spot.

use alloc::vec::Vec;

use crate::book::AccountId;
use crate::num::{Cash, Size};
use crate::risk::pay_down;

/// Units of the underlying that one account's liquidation has to trade, positive to buy.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Flow {
    /// Whose.
    pub account: AccountId,
    /// How much.
    pub units: Size,
}

/// One flow in two parts that sum to it and have its sign.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Crossed {
    /// Traded with the other flows, at the mark.
    pub inside: Size,
    /// Left for spot.
    pub outside: Size,
}

/// What a block's liquidations and the pool's hedge do to one another.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Netting {
    /// The hedge.
    pub hedge: Crossed,
    /// Each liquidation, in the order given.
    pub parts: Vec<(AccountId, Crossed)>,
    /// Units that change hands inside.
    pub crossed: Size,
    /// The sum of all flows: all that spot sees, positive to buy.
    pub outside: Size,
}

/// Flows whose sum does not fit, which positions in a book do not come to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the flows to net sum to more than {}", Size::MAX)]
pub struct NettingError;

/// Nets liquidations with one another and with what the pool's hedge wants to trade, positive to buy.
///
/// Buyers and sellers cross at the mark as far as the smaller side reaches. On the larger side
/// liquidations come before the hedge, which can wait, and share what there is in proportion, by
/// largest remainder, so that their order is nothing. Every unit is crossed once, against one other:
/// what is bought inside is what is sold inside. Accounts are given once each. Spot sees the sum of all flows, never more than each
/// of them would have brought to it.
///
/// ```
/// use amm_core::book::AccountId;
/// use amm_core::risk::liquidation::{Flow, net};
///
/// let flow = |account, units: &str| Flow { account: AccountId(account), units: units.parse().unwrap() };
/// // The hedge wants to buy 10; accounts have 6 to sell and 1 to buy.
/// let netted = net("10".parse()?, &[flow(1, "-6"), flow(2, "1")])?;
/// assert_eq!((netted.crossed.to_string(), netted.outside.to_string()), ("6".into(), "5".into()));
/// assert_eq!(netted.hedge.inside.to_string(), "5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`NettingError`].
pub fn net(hedge: Size, flows: &[Flow]) -> Result<Netting, NettingError> {
    let side = |sign: i128| {
        let mut own =
            flows.iter().map(|flow| flow.units).filter(|units| units.atoms().signum() == sign);
        own.try_fold(Size::ZERO, |sum, units| sum.checked_add(units.checked_abs()?))
    };
    let bought = side(1).ok_or(NettingError)?;
    let sold = side(-1).ok_or(NettingError)?;
    let hedge_size = hedge.checked_abs().ok_or(NettingError)?;
    let with_hedge = |side: Size, own: bool| match own {
        true => side.checked_add(hedge_size).ok_or(NettingError),
        false => Ok(side),
    };
    let buyers = with_hedge(bought, hedge > Size::ZERO)?;
    let sellers = with_hedge(sold, hedge < Size::ZERO)?;
    let crossed = buyers.min(sellers);
    let outside = buyers.checked_sub(sellers).ok_or(NettingError)?; // both ≥ 0
    let mut and_bought = matched(flows, 1, crossed)?.into_iter().peekable();
    let mut and_sold = matched(flows, -1, crossed)?.into_iter().peekable();
    let parts = flows.iter().map(|flow| {
        let own = if flow.units > Size::ZERO { &mut and_bought } else { &mut and_sold };
        let crossed = own.next_if(|(account, _)| *account == flow.account);
        (flow.account, parted(flow.units, crossed.map_or(Size::ZERO, |(_, size)| size)))
    });
    let parts = parts.collect();
    // What its side's liquidations leave of the crossing.
    let own = if hedge > Size::ZERO { bought } else { sold };
    let left = Size::from_atoms(crossed.atoms() - own.min(crossed).atoms());
    Ok(Netting { hedge: parted(hedge, left.min(hedge_size)), parts, crossed, outside })
}

/// What each flow of one sign trades inside, in size.
fn matched(
    flows: &[Flow],
    sign: i128,
    crossed: Size,
) -> Result<Vec<(AccountId, Size)>, NettingError> {
    let sizes = flows.iter().map(|flow| {
        let size = flow.units.atoms().saturating_mul(sign).max(0);
        (flow.account, Cash::from_atoms(size))
    });
    let parts = pay_down(sizes, Cash::from_atoms(crossed.atoms())).map_err(|_| NettingError)?;
    Ok(parts.into_iter().map(|(id, part)| (id, Size::from_atoms(part.atoms()))).collect())
}

/// A flow of which so much, in size, is traded inside.
fn parted(units: Size, inside: Size) -> Crossed {
    let inside = Size::from_atoms(inside.atoms() * units.atoms().signum());
    Crossed { inside, outside: Size::from_atoms(units.atoms() - inside.atoms()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn netted(hedge: i128, flows: &[i128]) -> (Netting, Vec<(i128, i128)>) {
        let flows: Vec<_> = (0..)
            .map(AccountId)
            .zip(flows)
            .map(|(account, units)| Flow { account, units: Size::from_atoms(*units) })
            .collect();
        let netting = net(Size::from_atoms(hedge), &flows).unwrap();
        let parts = netting.parts.iter();
        let parts = parts.map(|(_, part)| (part.inside.atoms(), part.outside.atoms())).collect();
        (netting, parts)
    }

    #[test]
    fn liquidations_come_before_the_hedge() {
        let (netting, parts) = netted(-10, &[6, -4, -2]);
        assert_eq!(parts, [(6, 0), (-4, 0), (-2, 0)]);
        assert_eq!((netting.hedge.inside.atoms(), netting.hedge.outside.atoms()), (0, -10));
        assert_eq!((netting.crossed.atoms(), netting.outside.atoms()), (6, -10));
        let (netting, parts) = netted(-10, &[9, -4, -2]);
        assert_eq!(parts, [(9, 0), (-4, 0), (-2, 0)]);
        assert_eq!((netting.hedge.inside.atoms(), netting.hedge.outside.atoms()), (-3, -7));
    }

    #[test]
    fn the_larger_side_shares() {
        let (netting, parts) = netted(4, &[-3, -3, -1]);
        assert_eq!(parts, [(-2, -1), (-2, -1), (0, -1)]);
        assert_eq!((netting.hedge.inside.atoms(), netting.outside.atoms()), (4, -3));
        let (netting, parts) = netted(0, &[0, 5]);
        assert_eq!((parts, netting.outside.atoms()), ([(0, 0), (0, 5)].into(), 5));
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        let flow = |units| Flow { account: AccountId(1), units };
        assert_eq!(net(Size::MIN, &[]), Err(NettingError));
        assert_eq!(net(Size::MAX, &[flow(Size::MAX)]), Err(NettingError));
        assert_eq!(net(Size::ZERO, &[flow(Size::MIN)]), Err(NettingError));
        assert!(net(Size::MAX, &[flow(Size::from_atoms(-i128::MAX))]).is_ok());
    }
}
