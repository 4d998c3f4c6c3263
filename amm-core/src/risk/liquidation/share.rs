//! The smallest share of a portfolio whose sale restores the buffer.

use crate::num::{Cash, Real, Rounding, Size, mul_div};
use crate::risk::liquidation::{LiquidationError, MONEY_MAX, money};
use crate::risk::within::BPS;

/// An account in two numbers, as of the last market update.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Standing {
    /// What everything in it comes to at its mark, cash included; below zero if it is insolvent.
    pub equity: Cash,
    /// The least equity with which it is left alone: zero or more.
    pub maintenance: Cash,
}

impl Standing {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`LiquidationError::Money`] beyond [`MONEY_MAX`], and for a maintenance margin below zero.
    pub fn check(&self) -> Result<(), LiquidationError> {
        let least = Cash::from_atoms(-MONEY_MAX.atoms());
        money("equity", self.equity, least)?;
        money("maintenance margin", self.maintenance, Cash::ZERO).map(|_| ())
    }

    /// Whether a liquidation may begin.
    pub fn is_liquidatable(&self) -> bool {
        self.equity < self.maintenance
    }

    /// The maintenance margin and a buffer of so many hundredths of a per cent of it, rounded up: what
    /// a liquidation restores, so that the next small move does not begin another.
    ///
    /// # Errors
    ///
    /// [`LiquidationError::Money`] as of [`Standing::check`], and if the sum is beyond [`MONEY_MAX`].
    pub fn target(&self, buffer_bps: u32) -> Result<Cash, LiquidationError> {
        let atoms = money("maintenance margin", self.maintenance, Cash::ZERO)?;
        let bps = u128::from(buffer_bps) + u128::from(BPS);
        // At most 2¹²⁰·2³³ over 2¹³.
        let target = mul_div(atoms.unsigned_abs(), bps, BPS.into(), Rounding::Up);
        let target = target.and_then(|target| i128::try_from(target).ok()).map(Cash::from_atoms);
        let target = target.unwrap_or(Cash::MAX);
        money("maintenance margin with its buffer", target, Cash::ZERO)?;
        Ok(target)
    }
}

/// The smallest share of a portfolio whose sale leaves equity no less than what is needed: between 0,
/// where nothing is missing, and 1.
///
/// `price` is bid for all that is for sale: the equity E less the cash R `reserved` from earlier bids.
/// A share f of it goes, for f·price; what is needed, T now, shrinks in proportion. Then
///
/// ```text
/// E − f·(E − R) + f·price ≥ (1 − f)·T   ⇔   f ≥ (T − E)/((T − E) + R + price)
/// ```
///
/// which for a price of d·(E − R) is Derive's f_max = BM/(BM − MtM·d − R·(1 − d)) with BM = E − T and
/// MtM = E (derivexyz/v2-core, DutchAuction.sol, `_getMaxProportion`, version 1.x). The quotient is an
/// exact rational and is rounded up to 2⁻⁶⁴: a step less does not restore.
///
/// A portfolio's margin does not shrink in proportion where its positions offset one another; then the
/// auction goes on with what is missing still.
///
/// ```
/// use amm_core::risk::liquidation::least_share;
///
/// let [equity, needed, none] = ["300".parse()?, "500".parse()?, "0".parse()?];
/// // Sold at its mark: 200 missing of 500. At 90 % of it a little more has to go.
/// assert_eq!(least_share(equity, none, needed, equity)?.to_string(), "0.4");
/// let share = least_share(equity, none, needed, "270".parse()?)?;
/// assert_eq!(format!("{share:.6}"), "0.425532");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`LiquidationError::Money`] unless equity, what is needed and the price are within [`MONEY_MAX`],
/// the latter two and the reserve not negative. Needed below equity is no error: the share is 0.
pub fn least_share(
    equity: Cash,
    reserved: Cash,
    needed: Cash,
    price: Cash,
) -> Result<Real, LiquidationError> {
    let equity = money("equity", equity, Cash::from_atoms(-MONEY_MAX.atoms()))?;
    let needed = money("margin needed", needed, Cash::ZERO)?;
    let reserved = money("reserved cash", reserved, Cash::ZERO)?;
    let price = money("price of all", price, Cash::ZERO)?;
    let missing = needed - equity; // < 2¹²²
    if missing <= 0 {
        return Ok(Real::ZERO);
    }
    let all = missing + reserved + price; // ≥ missing, < 2¹²³
    // At most one.
    let bits = mul_div(missing.unsigned_abs(), 1 << 64, all.unsigned_abs(), Rounding::Up);
    Ok(Real::from_bits(bits.unwrap_or(1 << 64) as i128))
}

/// A share of a position, rounded away from zero and never more than the position: what a bid for
/// that share takes of it.
///
/// # Errors
///
/// [`LiquidationError::Share`] unless the share lies in 0..=1.
pub fn taken(position: Size, share: Real) -> Result<Size, LiquidationError> {
    if !(Real::ZERO..=Real::ONE).contains(&share) {
        return Err(LiquidationError::Share { got: share });
    }
    let size = position.atoms().unsigned_abs();
    let part = mul_div(size, share.to_bits() as u128, 1 << 64, Rounding::Up).unwrap_or(size);
    // Only all of the least i128 has no opposite.
    let signed = |part: i128| part * position.atoms().signum();
    let part = i128::try_from(part).map_or(position.atoms(), signed);
    Ok(Size::from_atoms(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    fn cash(text: &str) -> Cash {
        text.parse().unwrap()
    }

    /// The published cases of Derive: test/liquidation/unit-tests/UNIT_TestSolventAuction.sol and
    /// UNIT_TestAuctionBufferMargin.sol of derivexyz/v2-core.
    #[test]
    fn shares_of_derive() {
        let share = |equity, reserved, needed, price| {
            let share = least_share(cash(equity), cash(reserved), cash(needed), cash(price));
            format!("{:.4}", share.unwrap())
        };
        // MtM 300, BM −200; the discount begins at 100 % and is 90 % after half the fast phase.
        assert_eq!(share("300", "0", "500", "300"), "0.4000");
        assert_eq!(share("300", "0", "500", "270"), "0.4255");
        // MtM 82, BM −164, 20 of it reserved, at a discount of 80 % of the other 62.
        assert_eq!(
            share("82", "20", "246", "49.6"),
            format!("{:.4}", Real::lit("164") / Real::lit("233.6"))
        );
        // Nothing bid for it: all goes. Nothing missing: nothing does.
        assert_eq!(share("300", "0", "500", "0"), "1.0000");
        assert_eq!(share("300", "0", "300", "300"), "0.0000");
        assert_eq!(share("-300", "0", "500", "0"), "1.0000");
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        let zero = Cash::ZERO;
        let beyond = Cash::from_atoms(MONEY_MAX.atoms() + 1);
        for (equity, reserved, needed, price) in [
            (beyond, zero, zero, zero),
            (Cash::MIN, zero, zero, zero),
            (zero, cash("-1"), zero, zero),
            (zero, zero, cash("-1"), zero),
            (zero, zero, zero, beyond),
        ] {
            let error = least_share(equity, reserved, needed, price).unwrap_err();
            assert!(matches!(error, LiquidationError::Money { .. }), "{error}");
        }
        let lowest = Cash::from_atoms(-MONEY_MAX.atoms());
        assert_eq!(least_share(lowest, zero, MONEY_MAX, zero), Ok(Real::ONE));
        let least = least_share(lowest, MONEY_MAX, MONEY_MAX, MONEY_MAX).unwrap();
        assert_eq!(least, Real::lit("0.5"));
        let said = Standing { maintenance: cash("-1"), ..Standing::default() }.check().unwrap_err();
        assert!(said.to_string().starts_with("maintenance margin must lie in 0..="), "{said}");
    }

    #[test]
    fn a_target_is_rounded_up() {
        let standing = |maintenance| Standing { equity: Cash::ZERO, maintenance };
        assert_eq!(standing(cash("100")).target(2_500), Ok(cash("125")));
        assert_eq!(standing(Cash::from_atoms(1)).target(1), Ok(Cash::from_atoms(2)));
        assert_eq!(standing(MONEY_MAX).target(0), Ok(MONEY_MAX));
        assert!(standing(MONEY_MAX).target(1).is_err());
        assert!(standing(MONEY_MAX).target(u32::MAX).is_err());
    }

    #[test]
    fn what_is_taken_is_no_less_than_the_share() {
        let third = Real::ONE / 3;
        for (size, part) in [(9, 3), (10, 4), (-10, -4), (1, 1), (0, 0)] {
            assert_eq!(taken(Size::from_atoms(size), third), Ok(Size::from_atoms(part)));
        }
        for size in [Size::MIN, Size::MAX] {
            assert_eq!(taken(size, Real::ONE), Ok(size));
            assert_eq!(taken(size, Real::ZERO), Ok(Size::ZERO));
        }
        for got in [-Real::DELTA, Real::ONE + Real::DELTA] {
            assert_eq!(taken(Size::MAX, got), Err(LiquidationError::Share { got }));
        }
    }
}
