//! A stablecoin: a reserve, a pool in which it is traded, and holders who may run.

use amm_core::math::sqrt;
use amm_core::num::{Cash, Real, Rounding, Size, mul_div, serde_real};
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::spot::within;
use crate::system::books::{hand, less, pay, send, worth};
use crate::system::state::Marks;
use crate::system::{System, SystemError};
use crate::units::{add, cash, div, money, mul, plus, size, units};

/// The stablecoin.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StableRule {
    /// Coins that are out, traders' and the pool's included; not below zero.
    #[serde(default)]
    pub coins: Cash,
    /// Cash of the issuer.
    #[serde(default)]
    pub reserve: Cash,
    /// Underlying of the issuer, not below zero.
    #[serde(default)]
    pub reserve_units: Size,
    /// Cash, and as many coins, in the pool at first.
    #[serde(default)]
    pub pool: Cash,
    /// What is added to both sides of the pool when it prices: it is flat around par.
    #[serde(default)]
    pub depth: Cash,
    /// Coins that can be redeemed in a block.
    #[serde(default)]
    pub capacity: Cash,
    /// What the issuer keeps of a redemption, 0 to 0.5.
    #[serde(with = "serde_real", default)]
    pub fee: Real,
    /// The share of their coins that holders sell in a block for each unit by which backing and price
    /// are under par, 0 to 100.
    #[serde(with = "serde_real", default)]
    pub run: Real,
}

impl StableRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let held = [self.coins, self.reserve, self.pool, self.depth, self.capacity];
        if held.iter().any(|cash| *cash < Cash::ZERO) || self.reserve_units < Size::ZERO {
            return Err(SystemError::Scenario("nothing of a stablecoin is below zero"));
        }
        if self.coins > Cash::ZERO && self.pool == Cash::ZERO && self.depth == Cash::ZERO {
            return Err(SystemError::Scenario("a stablecoin that is out has a pool"));
        }
        within("fee of a redemption", self.fee, Real::ZERO, Real::lit("0.5"))?;
        within("run on a stablecoin", self.run, Real::ZERO, Real::lit("100"))?;
        Ok(())
    }
}

fn atoms(cash: Cash) -> Result<u128, SystemError> {
    Ok(u128::try_from(cash.atoms()).map_err(|_| LoopError::Overflow { what: "a pool" })?)
}

fn of(atoms: Option<u128>) -> Result<Cash, SystemError> {
    let atoms = atoms.and_then(|atoms| i128::try_from(atoms).ok());
    Ok(atoms.map(Cash::from_atoms).ok_or(LoopError::Overflow { what: "a pool" })?)
}

impl System<'_> {
    /// The two sides of the pool as it prices: coins and cash.
    fn sides(&self) -> Result<(Cash, Cash), SystemError> {
        let (curve, depth) = (&self.state.books.curve, self.scenario.stable.depth);
        Ok((plus(curve.coins, depth)?, plus(curve.cash, depth)?))
    }

    /// What a coin is worth in its pool; one where there is none.
    ///
    /// # Errors
    ///
    /// [`LoopError::Overflow`].
    pub fn coin(&self) -> Result<Real, SystemError> {
        let (coins, cash) = self.sides()?;
        if coins == Cash::ZERO {
            return Ok(Real::ONE);
        }
        Ok(div(money(cash)?, money(coins)?)?)
    }

    /// What margin calls of this block count coins and shares for.
    pub(super) fn mark(&mut self) -> Result<(), SystemError> {
        let (coin, share) = (self.margin_coin()?, self.share_price()?);
        self.state.marks = Marks { coin, share };
        Ok(())
    }

    /// What a coin counts for as margin.
    pub(super) fn margin_coin(&self) -> Result<Real, SystemError> {
        if self.setting.channels.stable { self.coin() } else { Ok(Real::ONE) }
    }

    /// Coins the pool takes, and what it pays for them, rounded down: no more than it has.
    pub(super) fn sale(&self, offered: Cash) -> Result<(Cash, Cash), SystemError> {
        let (coins, cash) = self.sides()?;
        let after = plus(coins, offered)?;
        if offered <= Cash::ZERO || after <= Cash::ZERO {
            return Ok((Cash::ZERO, Cash::ZERO));
        }
        let held = self.state.books.curve.cash;
        let paid = of(mul_div(atoms(cash)?, atoms(offered)?, atoms(after)?, Rounding::Down))?;
        if paid <= held {
            return Ok((offered, paid));
        }
        // All it has buys x·p/(y − p) coins, rounded up; y − p is the depth added, above zero.
        let rest = less(cash, held)?;
        if rest <= Cash::ZERO {
            return Ok((Cash::ZERO, Cash::ZERO));
        }
        let taken = of(mul_div(atoms(coins)?, atoms(held)?, atoms(rest)?, Rounding::Up))?;
        Ok((taken.min(offered), held))
    }

    /// Holders run, and the street redeems what it can buy for less.
    pub(super) fn coins(&mut self) -> Result<(), SystemError> {
        let rule = self.scenario.stable;
        if self.state.books.minted == Cash::ZERO {
            return Ok(());
        }
        let under = |x: Real| (Real::ONE - x).max(Real::ZERO);
        let fear = add(under(self.backing()?), under(self.coin()?))?;
        let part = mul(rule.run, fear)?.min(Real::ONE);
        let offered = cash(mul(money(self.state.books.holders.coins)?, part)?);
        let (sold, paid) = self.sale(offered)?;
        let books = &mut self.state.books;
        send(&mut books.holders, &mut books.curve, sold)?;
        pay(&mut books.curve, &mut books.holders, paid)?;
        self.redeem()
    }

    /// What stands behind a coin.
    fn backing(&self) -> Result<Real, SystemError> {
        let books = &self.state.books;
        let held = worth(books.issuer.units, self.state.market.spot.get())?;
        Ok(div(money(plus(held, books.issuer.cash)?)?, money(books.minted)?)?)
    }

    /// The street buys coins up to where a redemption just pays, and redeems them; the issuer pays from
    /// its cash, and then from what it sells.
    fn redeem(&mut self) -> Result<(), SystemError> {
        let rule = self.scenario.stable;
        let par = Real::ONE - rule.fee;
        let (coins, held) = self.sides()?;
        let (x, y) = (money(coins)?, money(held)?);
        let aim = div(mul(sqrt(x)?, sqrt(y)?)?, sqrt(par)?)?;
        let spot = self.state.market.spot.get();
        let books = &self.state.books;
        // Nine tenths of what its underlying is worth: the rest is what selling it may cost.
        let means = plus(
            books.issuer.cash,
            cash(mul(money(worth(books.issuer.units, spot)?)?, const { Real::lit("0.9") })?),
        )?;
        let most = cash(div(money(means.max(Cash::ZERO))?, par)?);
        let wanted = cash(x - aim).min(rule.capacity).min(books.curve.coins).min(most);
        if wanted <= Cash::ZERO {
            return Ok(());
        }
        let rest = less(coins, wanted)?;
        if rest <= Cash::ZERO {
            return Ok(());
        }
        let price = of(mul_div(atoms(held)?, atoms(wanted)?, atoms(rest)?, Rounding::Up))?;
        let due = cash(mul(money(wanted)?, par)?);
        let short = less(due, books.issuer.cash)?;
        let sells = div(money(short)?, spot)?;
        if short > Cash::ZERO {
            // A twentieth more than it lacks at today's price, to pay for its own impact.
            let part = size(mul(sells, const { Real::lit("1.05") })?)?.min(books.issuer.units);
            self.reserve_sale(part)?;
        }
        let books = &mut self.state.books;
        pay(&mut books.street, &mut books.curve, price)?;
        send(&mut books.curve, &mut books.street, wanted)?;
        let paid = due.min(books.issuer.cash.max(Cash::ZERO));
        pay(&mut books.issuer, &mut books.street, paid)?;
        books.street.coins = less(books.street.coins, wanted)?;
        books.minted = less(books.minted, wanted)?;
        Ok(())
    }

    fn reserve_sale(&mut self, part: Size) -> Result<(), SystemError> {
        let value = mul(units(part)?, self.state.market.spot.get())?;
        let moves = self.setting.channels.stable;
        let spread = self.spread()?;
        let got = cash(-self.state.market.trade(-value, moves, spread)?);
        let books = &mut self.state.books;
        hand(&mut books.issuer, &mut books.street, part)?;
        pay(&mut books.street, &mut books.issuer, got)?;
        self.state.tape.reserve_sold = plus(self.state.tape.reserve_sold, cash(value))?;
        Ok(())
    }

    /// Hundredths of a per cent that a trade in the underlying costs now.
    pub(super) fn spread(&self) -> Result<Real, SystemError> {
        let wider = self.design.breaker.params.spread(self.freedom());
        Ok(mul(self.scenario.market.spread_bps, wider)?)
    }
}
