//! What an option is, read from its cells: forward, strike, time and discount factor.
//!
//! Forward and strike are read times one power of ten, 10^`shift10`, that brings the greater of
//! them to [10¹¹, 10¹²), the top of [`Price`]'s range. So a token at 10⁻⁸ has as many bits as
//! bitcoin, at least a hundred, and a result in the unit of price is what the kernel says with
//! the point moved back. The power depends on the row alone. Of a pair further apart than 10³⁰
//! the lesser rounds to zero, which is where its price has gone too.

use super::failure::{Fault, shown};
use super::scaled::Scaled;
use amm_core::num::decimal::{Decimal, Unfit};
use amm_core::num::{Discount, Price, Real, Seconds};
use amm_core::pricing::Expiry;
use std::fmt::Display;

/// The terms of an option but for what is known of its volatility.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Forward, time and discount factor, the forward scaled.
    pub(super) expiry: Expiry,
    /// The strike, scaled.
    pub(super) strike: Price,
    /// Forward and strike were read times ten to this.
    pub(super) shift10: i32,
    /// The forward as typed, if it has at most nineteen digits.
    pub(super) forward_typed: Option<Scaled>,
    /// The strike as typed, likewise.
    pub(super) strike_typed: Option<Scaled>,
    /// The discount factor as typed, likewise.
    pub(super) discount_typed: Option<Scaled>,
    /// DF·(F−K), call less put, in the caller's unit: exact, if the digits fit.
    pub(super) parity: Option<Scaled>,
}

impl Terms {
    /// Reads the cells of `F`, `K`, `T_seconds` and `DF`.
    pub(super) fn read(
        forward: &[u8],
        strike: &[u8],
        time: &[u8],
        discount: &[u8],
    ) -> Result<Self, Fault> {
        let (f, k) = (price("F", forward)?, price("K", strike)?);
        let shift10 = match f.leading_exponent().max(k.leading_exponent()) {
            None => 0,
            Some(leading) if leading.abs() <= LEADING_MAX => (TOP - leading) as i32,
            Some(leading) => {
                let (column, text) = if f.leading_exponent() == Some(leading) {
                    ("F", forward)
                } else {
                    ("K", strike)
                };
                let range = format!("1e-{LEADING_MAX}..1e{}", LEADING_MAX + 1);
                let reason = format!(
                    "the greater of F and K must be 0 or lie in {range}, got {}",
                    shown(text)
                );
                return Err(Fault::in_column(
                    column,
                    reason,
                    "use a unit of price nearer to the price",
                ));
            }
        };
        let t = seconds(time)?;
        let df = decimal("DF", discount)?;
        let remedy = "DF is what one unit paid at expiry is worth today; 1 if there is no interest";
        let df_real = real(df).and_then(|real| Discount::new(real).ok()).ok_or_else(|| {
            outside(
                "DF",
                Discount::WHAT,
                Discount::MIN.get(),
                Discount::MAX.get(),
                discount,
                remedy,
            )
        })?;
        let expiry = Expiry::new(scaled(f, shift10), t, df_real).map_err(|error| {
            let reason = format!("{error} (DF {} over {} s)", shown(discount), t.get());
            Fault::in_column("DF", reason, "check DF and T_seconds against each other")
        })?;
        let parts = [f, k, df].map(short);
        let parity =
            parts[0].zip(parts[1]).and_then(|(f, k)| f.checked_sub(k)?.checked_mul(parts[2]?));
        let [forward_typed, strike_typed, discount_typed] = parts;
        Ok(Self {
            expiry,
            strike: scaled(k, shift10),
            shift10,
            forward_typed,
            strike_typed,
            discount_typed,
            parity,
        })
    }

    /// Whether the call is the side with intrinsic value.
    pub(super) fn call_is_inside(&self) -> bool {
        match self.parity {
            Some(parity) => !parity.negative,
            None => self.expiry.forward() >= self.strike,
        }
    }
}

/// The power of ten that the greater of forward and strike is brought to.
const TOP: i64 = 11;
/// Powers of ten beyond this are not prices.
const LEADING_MAX: i64 = 300;

/// Reads a number.
pub(super) fn decimal<'a>(column: &'static str, text: &'a [u8]) -> Result<Decimal<'a>, Fault> {
    Decimal::parse(text).map_err(|error| {
        let reason = format!("{error}, in `{}`", shown(text));
        Fault::in_column(column, reason, "write a plain decimal such as 60000.25 or 1.5e-8")
    })
}

/// Reads a price: any decimal that is not negative.
pub(super) fn price<'a>(column: &'static str, text: &'a [u8]) -> Result<Decimal<'a>, Fault> {
    let decimal = decimal(column, text)?;
    if decimal.is_negative() {
        let reason = format!("a price must be 0 or more, got {}", shown(text));
        return Err(Fault::in_column(
            column,
            reason,
            "prices are not negative on a lognormal forward",
        ));
    }
    Ok(decimal)
}

/// A decimal as a bare number, unless it is too large or not zero and too small.
pub(super) fn real(decimal: Decimal<'_>) -> Option<Real> {
    decimal.to_real(0).ok().filter(|real| *real != 0 || decimal.is_zero())
}

/// The fault of a number outside its range, in the user's own digits.
pub(super) fn outside(
    column: &'static str,
    what: &str,
    min: impl Display,
    max: impl Display,
    got: &[u8],
    remedy: &'static str,
) -> Fault {
    Fault::in_column(
        column,
        format!("{what} must lie in {min}..={max}, got {}", shown(got)),
        remedy,
    )
}

/// All digits of a decimal that is not negative, if there are at most nineteen and none far away.
fn short(decimal: Decimal<'_>) -> Option<Scaled> {
    let (digits, exponent) = decimal.parts()?;
    let exponent =
        i32::try_from(exponent).ok().filter(|exponent| exponent.abs() <= 2 * LEADING_MAX as i32)?;
    Some(Scaled { negative: false, mantissa: digits.into(), exponent })
}

/// A price already known to be below 10¹² after the shift.
fn scaled(decimal: Decimal<'_>, shift10: i32) -> Price {
    // Rounding may bring 999999999999.99… up to 10¹², which is still in the range.
    decimal.to_real(shift10).ok().and_then(|real| Price::new(real).ok()).unwrap_or(Price::MAX)
}

fn seconds(text: &[u8]) -> Result<Seconds, Fault> {
    const COLUMN: &str = "T_seconds";
    let decimal = decimal(COLUMN, text)?;
    let whole = decimal.to_integer(0);
    if let Err(Unfit::TooFine { .. }) = whole {
        let reason = format!("time must be a whole number of seconds, got {}", shown(text));
        return Err(Fault::in_column(
            COLUMN,
            reason,
            "round it to whole seconds; a year is 31536000",
        ));
    }
    let seconds = whole.ok().and_then(|whole| u64::try_from(whole).ok());
    seconds.and_then(|seconds| Seconds::new(seconds).ok()).ok_or_else(|| {
        let remedy = "write the time to expiry in seconds, at most thirty years of 31536000";
        outside(COLUMN, "time in seconds", 0, Seconds::MAX.get(), text, remedy)
    })
}
