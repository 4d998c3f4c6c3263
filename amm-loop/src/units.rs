//! From exact ledgers to the scalar and back.

use amm_core::num::{Amount, Cash, Real, Rounding, Size};

use crate::LoopError;

/// Atoms of 10⁻⁹ as a scalar, rounded down.
fn scalar(atoms: i128) -> Result<Real, LoopError> {
    let amount = Amount::of(Size::from_atoms(atoms), Real::ONE);
    amount.map(Amount::floor).ok_or(LoopError::Overflow { what: "an amount" })
}

/// Contracts or units of the underlying, rounded down to 2⁻⁶⁴.
pub(crate) fn units(size: Size) -> Result<Real, LoopError> {
    scalar(size.atoms())
}

/// Cash, rounded down to 2⁻⁶⁴.
pub(crate) fn money(cash: Cash) -> Result<Real, LoopError> {
    scalar(cash.atoms())
}

/// A size of so many units, rounded down in magnitude.
pub(crate) fn size(units: Real) -> Result<Size, LoopError> {
    let bits = units.to_bits();
    let atoms =
        amm_core::num::mul_div(bits.unsigned_abs(), Size::SCALE as u128, 1 << 64, Rounding::Down);
    let atoms = atoms.and_then(|atoms| i128::try_from(atoms).ok());
    let atoms = atoms.ok_or(LoopError::Overflow { what: "a size" })?;
    Ok(Size::from_atoms(if bits < 0 { -atoms } else { atoms }))
}

/// Cash of so much, rounded down.
pub(crate) fn cash(value: Real) -> Cash {
    Cash::round(value, Rounding::Down)
}

/// a·b.
pub(crate) fn mul(a: Real, b: Real) -> Result<Real, LoopError> {
    a.checked_mul(b).ok_or(LoopError::Overflow { what: "a product" })
}

/// a/b.
pub(crate) fn div(a: Real, b: Real) -> Result<Real, LoopError> {
    if b == 0 {
        return Err(LoopError::Overflow { what: "a quotient" });
    }
    a.checked_div(b).ok_or(LoopError::Overflow { what: "a quotient" })
}

/// a + b.
pub(crate) fn add(a: Real, b: Real) -> Result<Real, LoopError> {
    a.checked_add(b).ok_or(LoopError::Overflow { what: "a sum" })
}

/// a + b of money.
pub(crate) fn plus(a: Cash, b: Cash) -> Result<Cash, LoopError> {
    a.checked_add(b).ok_or(LoopError::Overflow { what: "an account" })
}

/// a + b of sizes.
pub(crate) fn more(a: Size, b: Size) -> Result<Size, LoopError> {
    a.checked_add(b).ok_or(LoopError::Overflow { what: "a position" })
}

/// The factor e^(−ln 2·seconds/half-life) of a decay.
pub(crate) fn fading(seconds: u32, half_life: u32) -> Result<Real, LoopError> {
    const LN_2: Real = Real::LN_2;
    let ratio = Real::from_num(seconds) / Real::from_num(half_life.max(1));
    Ok(amm_core::math::exp(-mul(LN_2, ratio)?)?)
}
