//! Spread and fee: what a trade costs beyond the potentials.
//!
//! Neither depends on the size or the inventory, so that no split and no order of trades changes
//! their sum: a half-spread in volatility on the vega of each leg, and a share of each leg's value on
//! the base surface.

use crate::num::{Amount, Cash, OutOfRange, Real, Rounding, Size};

/// What is charged beside the potentials, and who gets it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Fees {
    /// Half of the spread, in volatility: 0 to 1.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub half_spread_vol: Real,
    /// Hundredths of a per cent of the base value traded: 0 to 10,000.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub fee_bps: Real,
    /// The insurance fund's part of a fee, in hundredths of a per cent.
    pub insurance_bps: u16,
    /// The treasury's part of a fee, in hundredths of a per cent; the rest is the providers'.
    pub treasury_bps: u16,
}

/// Hundredths of a per cent in one.
const BPS: u32 = 10_000;

/// Charges of a leg or an order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Charges {
    /// For the vega traded.
    pub spread: Amount,
    /// For the value traded.
    pub fee: Amount,
}

/// A fee in parts that add up to it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FeeSplit {
    /// To the insurance fund.
    pub insurance: Cash,
    /// To the treasury.
    pub treasury: Cash,
}

impl Fees {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        let within = |what, got, max| match Real::ZERO <= got && got <= max {
            true => Ok(()),
            false => Err(OutOfRange { what, got, min: Real::ZERO, max }),
        };
        within("half-spread in volatility", self.half_spread_vol, Real::ONE)?;
        within("fee in bps", self.fee_bps, Real::from_num(BPS))?;
        let parts = u32::from(self.insurance_bps) + u32::from(self.treasury_bps);
        within("parts of a fee in bps", Real::from_num(parts), Real::from_num(BPS))
    }

    /// Spread and fee of one contract with this vega and base value, rounded up; `None` if they do
    /// not fit.
    pub fn per_contract(&self, vega: Real, value: Real) -> Option<(Real, Real)> {
        Some((self.spread_of(vega)?, self.fee_of(value)?))
    }

    /// Half-spread of one contract, rounded up.
    pub(crate) fn spread_of(&self, vega: Real) -> Option<Real> {
        if self.half_spread_vol == 0 || vega == 0 {
            return Some(Real::ZERO);
        }
        vega.checked_mul(self.half_spread_vol)?.checked_add(Real::DELTA)
    }

    /// Fee of one contract, rounded up.
    pub(crate) fn fee_of(&self, value: Real) -> Option<Real> {
        if self.fee_bps == 0 || value == 0 {
            return Some(Real::ZERO);
        }
        let product = value.checked_mul(self.fee_bps)?.to_bits();
        // Long division in base 2³², where the number is as short as prices are.
        let share = match u64::try_from(product >> 32) {
            Ok(high) => {
                let (first, rest) = (high / u64::from(BPS), high % u64::from(BPS));
                let low = rest << 32 | product as u64 & 0xffff_ffff;
                ((first as i128) << 32) + (low / u64::from(BPS)) as i128
            }
            Err(_) => product / i128::from(BPS),
        };
        Real::from_bits(share).checked_add(Real::DELTA)
    }

    /// Charges of a leg of so many contracts, above zero, rounded up; `None` if they do not fit.
    pub fn leg(&self, size: Size, vega: Real, value: Real) -> Option<Charges> {
        let (spread, fee) = self.per_contract(vega, value)?;
        Some(Charges { spread: Amount::of(size, spread)?, fee: Amount::of(size, fee)? })
    }

    /// The parts of a fee, each rounded down, so that what is over is the providers'.
    pub fn split(&self, fee: Amount) -> FeeSplit {
        let fee = fee.round(Rounding::Down).atoms();
        let part = |bps: u16| {
            let (bps, all) = (i128::from(bps), i128::from(BPS));
            Cash::from_atoms(fee / all * bps + fee % all * bps / all)
        };
        FeeSplit { insurance: part(self.insurance_bps), treasury: part(self.treasury_bps) }
    }
}

impl Charges {
    /// The sum of both.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            spread: self.spread.checked_add(other.spread)?,
            fee: self.fee.checked_add(other.fee)?,
        })
    }
}
