//! `iv`: the volatility that a price implies.

use super::cells::Cells;
use super::failure::{Fault, shown};
use super::scaled::{PLACES_MAX, Scaled};
use super::sheet::Question;
use super::terms::{Terms, price};
use amm_core::num::decimal::{Decimal, Digits, text};
use amm_core::num::{Price, Real};
use amm_core::pricing::{self, ImpliedVolError, Kind};

/// Implied volatility of every row's price, of a call or a put as its `type` says.
///
/// Where DF·(F−K) is exact in decimals, the price of an option in the money is first brought to
/// its out-of-the-money side exactly, so that no digit of its time value is lost. The volatility
/// has twenty decimals, which tell any two apart.
#[derive(Clone, Copy, Debug)]
pub struct Implied;

impl Question for Implied {
    const READS: &'static [&'static str] = &["F", "K", "T_seconds", "DF", "price", "type"];
    const WRITES: &'static [&'static str] = &["sigma"];

    fn answer(&self, row: &[&[u8]], cells: &mut Cells<'_>) -> Result<(), Fault> {
        let terms = Terms::read(row[0], row[1], row[2], row[3])?;
        let option = Quoted { terms, kind: kind(row[5])?, text: row[4] };
        let vol = option.implied_vol(price("price", row[4])?)?;
        cells.number(Scaled::to_places(vol, PLACES_MAX));
        Ok(())
    }
}

/// An option and the price someone gives for it.
struct Quoted<'a> {
    terms: Terms,
    kind: Kind,
    /// Its price as typed.
    text: &'a [u8],
}

impl Quoted<'_> {
    fn implied_vol(&self, typed: Decimal<'_>) -> Result<Real, Fault> {
        let Terms { expiry, strike, shift10, .. } = &self.terms;
        let exact = exact(typed, *shift10);
        let over = exact.zip(self.bound()).and_then(|(price, bound)| price.checked_sub(bound));
        if over.is_some_and(|over| !over.negative) {
            return Err(self.above());
        }
        let (kind, real) = match exact.and_then(|price| self.outside(price)) {
            Some(value) if value.negative => return Err(self.below()),
            Some(value) => {
                let digits = value.to_string();
                (
                    other(self.kind),
                    Decimal::parse(&digits).ok().and_then(|value| value.to_real(*shift10).ok()),
                )
            }
            None => (self.kind, typed.to_real(*shift10).ok()),
        };
        let price = real.and_then(|real| Price::new(real).ok()).ok_or_else(|| self.above())?;
        match pricing::implied_vol(expiry, *strike, kind, price) {
            Ok(vol) => Ok(vol.get()),
            Err(ImpliedVolError::BelowIntrinsic { .. }) => Err(self.below()),
            Err(ImpliedVolError::AboveBound { .. }) => Err(self.above()),
            Err(ImpliedVolError::NoTimeLeft { .. }) => Err(self.settled()),
            Err(error) => {
                let reason =
                    format!("{} implies a volatility out of range: {error}", shown(self.text));
                Err(Fault::in_column("price", reason, "check the price against F, K and T_seconds"))
            }
        }
    }

    /// What the other kind is worth, if this one is in the money and the sum is exact.
    fn outside(&self, price: Scaled) -> Option<Scaled> {
        if self.is_inside() { price.checked_sub(self.terms.parity?.abs()) } else { None }
    }

    /// DF·F for a call and DF·K for a put, if that is exact.
    fn bound(&self) -> Option<Scaled> {
        let underlying = match self.kind {
            Kind::Call => self.terms.forward_typed?,
            Kind::Put => self.terms.strike_typed?,
        };
        underlying.checked_mul(self.terms.discount_typed?)
    }

    fn is_inside(&self) -> bool {
        (self.kind == Kind::Call) == self.terms.call_is_inside()
    }

    fn below(&self) -> Fault {
        self.fault(format!("below {}, the least the option can be worth", self.intrinsic()))
    }

    fn settled(&self) -> Fault {
        self.fault(format!("above {}, all the option is worth with no time left", self.intrinsic()))
    }

    fn above(&self) -> Fault {
        let (what, most) = match self.kind {
            Kind::Call => ("DF·F", self.terms.expiry.forward()),
            Kind::Put => ("DF·K", self.terms.strike),
        };
        let most =
            self.bound().map_or_else(|| self.discounted(most.get()), |bound| bound.to_string());
        self.fault(format!("not below {what} = {most}, the most the option can be worth"))
    }

    fn fault(&self, relation: String) -> Fault {
        let reason = format!("{} is {relation}", shown(self.text));
        Fault::in_column(
            "price",
            reason,
            "prices are discounted and in the unit of F; check type and DF",
        )
    }

    /// What exercise is worth, as text.
    fn intrinsic(&self) -> String {
        if !self.is_inside() {
            return "0".to_owned();
        }
        let what = match self.kind {
            Kind::Call => "DF·(F−K)",
            Kind::Put => "DF·(K−F)",
        };
        let value = match self.terms.parity {
            Some(parity) => parity.abs().to_string(),
            None => {
                self.discounted((self.terms.expiry.forward().get() - self.terms.strike.get()).abs())
            }
        };
        format!("{what} = {value}")
    }

    fn discounted(&self, undiscounted: Real) -> String {
        let discounted = undiscounted * self.terms.expiry.discount().get(); // DF ≤ 1
        text(discounted, -self.terms.shift10, Digits::Significant(17)).to_string()
    }
}

/// All digits of a price down to the last place of a [`Real`] at its scale, if there are no more.
fn exact(typed: Decimal<'_>, shift10: i32) -> Option<Scaled> {
    let places = shift10 + PLACES_MAX as i32;
    let mantissa = u128::try_from(typed.to_integer(places).ok()?).ok()?;
    Some(Scaled { negative: false, mantissa, exponent: -places })
}

fn kind(text: &[u8]) -> Result<Kind, Fault> {
    match text.to_ascii_lowercase().as_slice() {
        b"c" | b"call" => Ok(Kind::Call),
        b"p" | b"put" => Ok(Kind::Put),
        _ => {
            let reason = format!("neither a call nor a put: `{}`", shown(text));
            Err(Fault::in_column("type", reason, "write C or P"))
        }
    }
}

fn other(kind: Kind) -> Kind {
    match kind {
        Kind::Call => Kind::Put,
        Kind::Put => Kind::Call,
    }
}
