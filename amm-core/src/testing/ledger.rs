//! Laws of collateral, settlement, debts and the hedge.

use arbitrary::{Arbitrary, Result, Unstructured};
use std::vec::Vec;

use super::draw::{inside, magnitude};
use super::exact::{bits, wide};
use super::{Verdict, ensure};
use crate::book::{Account, AccountId, POSITION_MAX, Series};
use crate::num::{Amount, Cash, Price, Real, Seconds, Size, Timestamp};
use crate::pricing::Kind;
use crate::risk::{
    Collateral, CollateralError, DebtOverflow, HedgeError, HedgePolicy, Settled, collateral,
};

/// Positions by expiry, strike and kind.
pub type Entries<'a> = &'a [(Series, Size)];

/// An account that holds just what its options need, or a little more, and where its expiries settle.
#[derive(Clone, Debug)]
pub struct Backed {
    /// The account.
    pub account: Account,
    /// Each expiry it has options of, the earliest first, and a price.
    pub prices: Vec<(Timestamp, Price)>,
}

impl<'a> Arbitrary<'a> for Backed {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (mut account, mut prices) = (Account::default(), Vec::new());
        let small = u.ratio(3, 4)?;
        for expiry in 0..u.int_in_range(1..=3)? {
            let expiry = Timestamp::new(expiry);
            let count = u.int_in_range(1..=8)?;
            for _ in 0..count {
                let (strike, kind) = (strike(u, small)?, u.arbitrary()?);
                let series = Series { expiry, strike, kind };
                account
                    .positions
                    .set(series, position(u, small)?)
                    .unwrap_or_else(|e| panic!("{e}"));
            }
            let held = account.positions.of_expiry(expiry);
            if held.is_empty() {
                continue;
            }
            let price = match u.int_in_range(0..=3)? {
                0 => Price::MIN,
                1 => u.choose(held)?.0.strike,
                2 => strike(u, small)?,
                _ => u.arbitrary()?,
            };
            prices.push((expiry, price));
        }
        let need = collateral(account.positions.as_slice()).unwrap_or_else(|e| panic!("{e}"));
        let mut more = || Ok(if u.ratio(1, 4)? { magnitude(u, 80)? as i128 } else { 0 });
        account.cash = Cash::from_atoms(need.cash.atoms() + more()?);
        account.base = Size::from_atoms(need.base.atoms() + more()?);
        Ok(Self { account, prices })
    }
}

/// Above zero: one of few, so that strikes meet, or any.
fn strike(u: &mut Unstructured<'_>, small: bool) -> Result<Price> {
    if !small {
        return Ok(u.arbitrary::<Price>()?.max(inside(Price::new(Real::DELTA))));
    }
    let tenths = u.int_in_range(1..=9)?;
    Ok(inside(Price::new(Real::from_num(tenths) * 100 + Real::ONE / 3)))
}

fn position(u: &mut Unstructured<'_>, small: bool) -> Result<Size> {
    let most = POSITION_MAX.atoms();
    let atoms = match (small, u.arbitrary()?) {
        (true, true) => u.int_in_range(1..=3)? * Size::SCALE,
        (true, false) => u.int_in_range(1..=3)?,
        _ => (magnitude(u, 60)? as i128).min(most),
    };
    Ok(Size::from_atoms(if u.arbitrary()? { atoms } else { -atoms }))
}

/// Exact sums of atoms times bits, those above zero and those below apart, as hi·2¹²⁸ + lo.
#[derive(Clone, Copy, Default)]
pub(super) struct Balance {
    gains: (u128, u128),
    losses: (u128, u128),
}

impl Balance {
    /// Adds atoms·bits.
    pub(super) fn add(mut self, atoms: i128, bits: u128) -> Self {
        let side = if atoms < 0 { &mut self.losses } else { &mut self.gains };
        let (hi, lo) = wide(atoms.unsigned_abs(), bits);
        let (sum, carry) = side.1.overflowing_add(lo);
        *side = (side.0 + hi + u128::from(carry), sum);
        self
    }

    fn add_cash(self, cash: Cash) -> Self {
        self.add(cash.atoms(), 1 << 64)
    }

    fn take_cash(self, cash: Cash) -> Self {
        self.add(-cash.atoms(), 1 << 64)
    }

    /// Takes an exact amount, which is in the same units.
    fn take_amount(self, amount: Amount) -> Self {
        let (units, rest) = amount.to_parts();
        self.add(-units, Size::SCALE as u128).add(-i128::from(rest), 1)
    }

    pub(super) fn is_loss(self) -> bool {
        self.gains < self.losses
    }

    fn is_zero(self) -> bool {
        self.gains == self.losses
    }
}

/// What positions of one expiry pay, and what stands behind them is worth.
fn worth(chain: Entries<'_>, price: Price) -> Balance {
    chain.iter().fold(Balance::default(), |sum, (series, position)| {
        let (price, strike) = (bits(price.get()), bits(series.strike.get()));
        let payoff = match series.kind {
            Kind::Call => price.saturating_sub(strike),
            Kind::Put => strike.saturating_sub(price),
        };
        sum.add(position.atoms(), payoff)
    })
}

fn with(need: Collateral, chain: Entries<'_>, price: Price) -> Balance {
    worth(chain, price).add_cash(need.cash).add(need.base.atoms(), bits(price.get()))
}

/// Net calls and the base behind them: the slope beyond all strikes.
fn slope(need: Collateral, chain: Entries<'_>) -> i128 {
    let calls = chain.iter().filter(|(series, _)| series.kind == Kind::Call);
    need.base.atoms() + calls.map(|(_, position)| position.atoms()).sum::<i128>()
}

fn chains(entries: Entries<'_>) -> impl Iterator<Item = Entries<'_>> {
    entries.chunk_by(|(one, _), (next, _)| one.expiry == next.expiry)
}

/// Zero and the strikes: where a piecewise linear payoff can be lowest.
fn corners(chain: Entries<'_>) -> impl Iterator<Item = Price> {
    core::iter::once(Price::MIN).chain(chain.iter().map(|(series, _)| series.strike))
}

/// Collateral covers the positions of an expiry at any price, and that of several is their sum.
pub fn collateral_covers(
    collateral: impl Fn(Entries<'_>) -> core::result::Result<Collateral, CollateralError>,
    entries: Entries<'_>,
    price: Price,
) -> Verdict {
    let (mut cash, mut base) = (0, 0);
    for chain in chains(entries) {
        let need = collateral(chain).map_err(|error| std::format!("{error}"))?;
        for price in corners(chain).chain([price, Price::MAX]) {
            let short = with(need, chain, price).is_loss();
            ensure!(!short, "{need:?} does not cover {chain:?} at {price}");
        }
        ensure!(slope(need, chain) >= 0, "{need:?} does not cover {chain:?} without end");
        (cash, base) = (cash + need.cash.atoms(), base + need.base.atoms());
    }
    let all = collateral(entries).map_err(|error| std::format!("{error}"))?;
    let sum = Collateral { cash: Cash::from_atoms(cash), base: Size::from_atoms(base) };
    ensure!(all == sum, "{all:?} for all expiries, {sum:?} for each of them");
    Ok(())
}

/// An atom less of either does not cover.
pub fn collateral_is_tight(
    collateral: impl Fn(Entries<'_>) -> core::result::Result<Collateral, CollateralError>,
    entries: Entries<'_>,
) -> Verdict {
    for chain in chains(entries) {
        let need = collateral(chain).map_err(|error| std::format!("{error}"))?;
        let (cash, base) = (need.cash.atoms(), need.base.atoms());
        ensure!(cash >= 0 && base >= 0, "{need:?} is below zero");
        let less = Collateral { base: Size::from_atoms(base - 1), ..need };
        ensure!(base == 0 || slope(less, chain) < 0, "{less:?} covers {chain:?} without end");
        let less = Collateral { cash: Cash::from_atoms(cash - 1), ..need };
        let short = corners(chain).any(|price| with(less, chain, price).is_loss());
        ensure!(cash == 0 || short, "{less:?} covers {chain:?}");
    }
    Ok(())
}

/// A settlement adds up to the last digit, and what rounding leaves is the pool's and under an atom.
pub fn settlement_adds_up(
    settle: impl Fn(&Account, Timestamp, Price) -> core::result::Result<Settled, CollateralError>,
    account: &Account,
    expiry: Timestamp,
    price: Price,
) -> Verdict {
    let settled = settle(account, expiry, price).map_err(|error| std::format!("{error}"))?;
    let Settled { cash, base, dust, unpaid } = settled;
    // Of what the options pay the account got cash, less what it paid and owes; the rest is dust.
    let exact = worth(account.positions.of_expiry(expiry), price)
        .take_cash(cash)
        .add_cash(unpaid)
        .add(base.atoms(), bits(price.get()))
        .take_amount(dust);
    ensure!(exact.is_zero(), "{settled:?} at {price} does not add up for {account:?}");
    ensure!(base >= Size::ZERO && unpaid >= Cash::ZERO, "{settled:?} is below zero");
    let held = (account.cash.atoms().max(0), account.base.atoms().max(0));
    ensure!(-cash.atoms() <= held.0 && base.atoms() <= held.1, "{settled:?} is more than {held:?}");
    let whole = if base > Size::ZERO { price.get() } else { Real::ONE };
    let atom = Amount::of(Size::from_atoms(1), whole.max(Real::ONE)).unwrap_or_default();
    ensure!(Amount::ZERO <= dust && dust < atom, "{dust} is left by rounding at {price}");
    Ok(())
}

/// An account that covers its options pays all its losses, expiry by expiry, and covers the others.
pub fn who_is_covered_pays(
    settle: impl Fn(&Account, Timestamp, Price) -> core::result::Result<Settled, CollateralError>,
    case: &Backed,
) -> Verdict {
    let mut account = case.account.clone();
    for &(expiry, price) in &case.prices {
        let settled = settle(&account, expiry, price).map_err(|error| std::format!("{error}"))?;
        ensure!(settled.unpaid == Cash::ZERO, "{settled:?} at {price} leaves {account:?} in debt");
        // Gains may be owed for long: the account has to do without.
        account.cash = Cash::from_atoms(account.cash.atoms() + settled.cash.atoms().min(0));
        account.base = Size::from_atoms(account.base.atoms() - settled.base.atoms());
        account.positions.remove_expiry(expiry);
        let covered = crate::risk::covers(&account);
        ensure!(covered.is_ok(), "after {settled:?} at {price}, {covered:?}");
    }
    Ok(())
}

/// Debts are paid as far as there is cash, each in its proportion to within an atom, none twice.
pub fn debts_are_paid_alike<P>(pay: P, owed: &[(AccountId, Cash)], available: Cash) -> Verdict
where
    P: Fn(&[(AccountId, Cash)], Cash) -> core::result::Result<Vec<(AccountId, Cash)>, DebtOverflow>,
{
    let paid = pay(owed, available).map_err(|error| std::format!("{error}"))?;
    let total: i128 = owed.iter().map(|(_, cash)| cash.atoms().max(0)).sum();
    let most = total.min(available.atoms()).max(0);
    let sum: i128 = paid.iter().map(|(_, cash)| cash.atoms()).sum();
    ensure!(sum == most, "{sum} atoms are paid of {available} available for {total}");
    let mut rest = paid.iter().peekable();
    for (account, owed) in owed {
        let next = rest.next_if(|(paid, _)| paid == account);
        let paid = next.map_or(0, |(_, cash)| cash.atoms());
        ensure!(next.is_none() || paid > 0, "{account} is paid {paid}");
        // |paid·total − owed·most| < total.
        let off =
            Balance::default().add(paid, total as u128).add(-owed.atoms().max(0), most as u128);
        let over = off.add(-total, 1);
        let under = off.add(total, 1);
        ensure!(total == 0 || over.is_loss(), "{account} is paid {paid} of {owed}, too much");
        ensure!(total == 0 || !under.is_loss() && !under.is_zero(), "{account} gets but {paid}");
    }
    ensure!(rest.next().is_none(), "{paid:?} is not in the order of {owed:?}");
    Ok(())
}

/// What a hedge is asked.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    /// How it follows.
    pub policy: HedgePolicy,
    /// What should be held.
    pub target: Size,
    /// What is held.
    pub held: Size,
    /// Since it was last asked.
    pub elapsed: Seconds,
}

impl<'a> Arbitrary<'a> for Gap {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let bits = u.int_in_range(0..=126)?;
        let mut size = || Ok(magnitude(u, bits)? as i128);
        let (amount, target, held) = (Size::from_atoms(size()?), size()?, size()?);
        let signed =
            |atoms: i128, negative| Size::from_atoms(if negative { -atoms } else { atoms });
        let (target, held) = (signed(target, u.arbitrary()?), signed(held, u.arbitrary()?));
        let policy = match u.int_in_range(0..=3)? {
            0 => HedgePolicy::Off,
            1 => HedgePolicy::Immediate,
            2 => HedgePolicy::Band { width: amount },
            _ => HedgePolicy::Buffered { per_second: amount },
        };
        Ok(Self { policy, target, held, elapsed: u.arbitrary()? })
    }
}

/// How a hedge decides.
pub type Wanted = fn(HedgePolicy, Size, Size, Seconds) -> core::result::Result<Size, HedgeError>;

/// A hedge trades towards its target and not past it, and then leaves what its policy says.
pub fn hedge_approaches(wanted: Wanted, case: &Gap) -> Verdict {
    let Gap { policy, target, held, elapsed } = *case;
    let trade = wanted(policy, target, held, elapsed).map_err(|error| std::format!("{error}"))?;
    let gap = target.atoms() - held.atoms();
    let left = gap.checked_sub(trade.atoms());
    let left = left.ok_or_else(|| std::format!("{trade} for a gap of {gap} atoms"))?;
    let (size, after) = (gap.unsigned_abs(), left.unsigned_abs());
    ensure!(after <= size, "{trade} takes a gap of {gap} atoms to {left}");
    ensure!(left == 0 || left.signum() == gap.signum(), "{trade} goes past a gap of {gap} atoms");
    let want = match policy {
        HedgePolicy::Off => size,
        HedgePolicy::Immediate => 0,
        HedgePolicy::Band { width } => size.min(width.atoms().unsigned_abs()),
        HedgePolicy::Buffered { per_second } => {
            let most = per_second.atoms().unsigned_abs().checked_mul(elapsed.get().into());
            most.map_or(0, |most| size.saturating_sub(most))
        }
    };
    ensure!(after == want, "{policy:?} leaves {after} atoms of {size}, not {want}");
    Ok(())
}

/// A hedge asked twice has traded what it would have, asked once after both waits.
pub fn hedge_ignores_the_step(wanted: Wanted, case: &Gap, part: Seconds) -> Verdict {
    let Gap { policy, target, held, elapsed } = *case;
    let first = elapsed.get().min(part.get());
    let ask = |held, seconds: u32| {
        let elapsed = Seconds::new(seconds.into()).map_err(|error| std::format!("{error}"))?;
        wanted(policy, target, held, elapsed).map_err(|error| std::format!("{error}"))
    };
    let whole = ask(held, elapsed.get())?;
    let one = ask(held, first)?;
    let moved = held.checked_add(one).ok_or("a trade that does not fit")?;
    let two = ask(moved, elapsed.get() - first)?;
    ensure!(one.checked_add(two) == Some(whole), "{one} and {two} in two steps, {whole} in one");
    Ok(())
}
