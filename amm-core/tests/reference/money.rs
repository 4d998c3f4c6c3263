//! Accounts by plain integers: collateral, settlement, debts, shares.

use std::collections::BTreeMap;

use amm_core::book::Series;
use amm_core::num::{Price, Timestamp};
use amm_core::pricing::Kind;
use amm_core::risk::Action;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Account {
    pub(crate) cash: i128,
    pub(crate) base: i128,
    pub(crate) shares: i128,
    pub(crate) owed: i128,
    pub(crate) positions: BTreeMap<Series, i128>,
}

/// Atoms times bits of a price; a whole atom of cash is 2⁶⁴.
fn worth(atoms: i128, bits: i128) -> BigInt {
    BigInt::from(atoms) * bits
}

pub(crate) fn payoff_bits(series: &Series, price: Price) -> i128 {
    let rise = price.get().to_bits() - series.strike.get().to_bits();
    if series.kind == Kind::Call { rise.max(0) } else { (-rise).max(0) }
}

fn atoms(n: BigInt) -> i128 {
    i128::try_from(n).unwrap()
}

fn ceil(units: &BigInt) -> i128 {
    -atoms(-units >> 64)
}

/// Cash and base that cover these positions whatever happens: the underlying for calls that are
/// short net, and cash for the worst of the corners.
pub(crate) fn collateral<'a>(
    positions: impl Iterator<Item = (&'a Series, &'a i128)>,
) -> (i128, i128) {
    let mut by_expiry: BTreeMap<Timestamp, Vec<(Series, i128)>> = BTreeMap::new();
    for (series, &position) in positions {
        by_expiry.entry(series.expiry).or_default().push((*series, position));
    }
    let (mut cash, mut base) = (0, 0);
    for chain in by_expiry.values() {
        let calls: i128 =
            chain.iter().filter(|(series, _)| series.kind == Kind::Call).map(|held| held.1).sum();
        let units = (-calls).max(0);
        let corners = chain.iter().map(|(series, _)| series.strike).chain([Price::MIN]);
        let shortfall = corners.map(|price| {
            let paid = chain.iter().map(|(series, held)| worth(*held, payoff_bits(series, price)));
            -(paid.sum::<BigInt>() + worth(units, price.get().to_bits()))
        });
        cash += ceil(&shortfall.max().unwrap()).max(0);
        base += units;
    }
    (cash, base)
}

impl Account {
    pub(crate) fn covers(&self) -> bool {
        let (cash, base) = collateral(self.positions.iter());
        self.cash >= cash && self.base >= base
    }

    /// Settles an expiry: a gain is owed, a loss paid from what is free, then in the underlying.
    pub(crate) fn settle(&mut self, expiry: Timestamp, price: Price) -> Settled {
        let of_expiry = |series: &Series| series.expiry == expiry;
        let held = self.positions.iter().filter(|(series, _)| of_expiry(series));
        let net: BigInt = held.map(|(series, held)| worth(*held, payoff_bits(series, price))).sum();
        self.positions.retain(|series, _| !of_expiry(series));
        let mut settled = Settled::default();
        if !net.is_negative() {
            let gain = atoms(&net >> 64);
            self.owed += gain;
            settled.owed = gain;
            settled.dust = net - (BigInt::from(gain) << 64);
            return settled;
        }
        let debt = -net;
        let free = (self.cash.max(0) - collateral(self.positions.iter()).0).max(0);
        let mut paid = ceil(&debt).min(free);
        let mut left: BigInt = &debt - (BigInt::from(paid) << 64);
        let bits = BigInt::from(price.get().to_bits());
        if left.is_positive() && !bits.is_zero() {
            let units: BigInt = (&left + &bits - 1) / &bits;
            settled.base = i128::try_from(units).unwrap_or(i128::MAX).min(self.base.max(0));
            left -= worth(settled.base, price.get().to_bits());
        }
        if left.is_positive() {
            let more = ceil(&left).min(self.cash.max(0) - paid);
            paid += more;
            settled.unpaid = ceil(&left) - more;
        }
        let booked = (BigInt::from(paid + settled.unpaid) << 64) + settled.base * bits;
        settled.dust = booked - debt;
        settled.received = paid;
        self.cash -= paid;
        self.base -= settled.base;
        settled
    }
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Settled {
    pub(crate) owed: i128,
    pub(crate) received: i128,
    pub(crate) base: i128,
    pub(crate) unpaid: i128,
    /// In units of 2⁻⁶⁴ of an atom.
    pub(crate) dust: BigInt,
}

/// Everyone's part of what there is, in proportion; single atoms to the largest remainders.
pub(crate) fn pay_down(owed: &BTreeMap<u64, i128>, available: i128) -> BTreeMap<u64, i128> {
    let total: i128 = owed.values().sum();
    if available >= total {
        return owed.clone();
    }
    let share = |debt: i128| BigInt::from(debt) * available;
    let mut paid: BTreeMap<u64, i128> =
        owed.iter().map(|(id, debt)| (*id, atoms(share(*debt) / total))).collect();
    let mut rests: Vec<_> = owed.iter().map(|(id, debt)| (-(share(*debt) % total), *id)).collect();
    rests.sort();
    let left = available - paid.values().sum::<i128>();
    for (_, id) in &rests[..left as usize] {
        *paid.get_mut(id).unwrap() += 1;
    }
    paid
}

/// What became of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Turn {
    Minted(i128),
    Paid { cash: i128, burnt: i128 },
    Waits,
    Refused,
}

/// All requests at one price: comers pay `high` for all shares, leavers get `low`, as far as `free`
/// goes. What is left when nobody has a share is nobody's.
pub(crate) fn serve(
    queue: &[(u64, Action)],
    (low, high): (i128, i128),
    supply: i128,
    free: i128,
) -> (Vec<Turn>, i128, i128) {
    let (low, free) = (low.max(0), free.max(0));
    let part = |a: i128, b: i128, c: i128| atoms(BigInt::from(a) * b / c);
    let leaving: i128 = queue
        .iter()
        .map(|(_, action)| if let Action::Redeem(shares) = action { shares.atoms() } else { 0 })
        .sum();
    // Rounded up.
    let due = match supply {
        0 => 0,
        _ => atoms((BigInt::from(leaving) * low + supply - 1) / supply),
    };
    let nobodys = high.min(free).max(0);
    let (mut after, mut out) = (supply, 0);
    let mut turns = vec![];
    for (_, action) in queue {
        turns.push(match *action {
            // Nor does anyone take over a debt that is nobody's.
            Action::Provide(_) if supply == 0 && nobodys != high => Turn::Waits,
            Action::Provide(_) if supply > 0 && high <= 0 => Turn::Waits,
            Action::Provide(cash) => {
                let minted =
                    if supply == 0 { cash.atoms() } else { part(cash.atoms(), supply, high) };
                if minted < 1_000_000 {
                    Turn::Refused
                } else {
                    after += minted;
                    Turn::Minted(minted)
                }
            }
            Action::Redeem(shares) => {
                let burnt = if due == 0 { 0 } else { part(shares.atoms(), free.min(due), due) };
                if burnt == 0 {
                    Turn::Waits
                } else {
                    let cash = part(burnt, low, supply);
                    after -= burnt;
                    out += cash;
                    Turn::Paid { cash, burnt }
                }
            }
        });
    }
    let unattributed = match (supply, after) {
        (0, _) => nobodys,
        (_, 0) => low - out,
        _ => 0,
    };
    (turns, after, unattributed)
}
