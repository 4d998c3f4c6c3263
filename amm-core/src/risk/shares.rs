//! Liquidity shares: one turn of the queue, at one NAV.

use alloc::vec::Vec;

use crate::num::{Cash, Rounding, Shares, mul_div};
use crate::risk::queue::{Action, Queue, Request};

/// The fewest shares one deposit mints: 10⁻³ of a share, so that rounding down costs whoever
/// provides at most a millionth, however much one atom of a share is worth.
pub const MINT_MIN: Shares = Shares::from_atoms(1_000_000);

/// The most shares one deposit mints, 8·10²⁵. A full queue of them fits on top of a supply of
/// [`SUPPLY_MAX`], so whether one is served does not depend on the others.
pub const MINT_MAX: Shares = Shares::from_atoms((1 << 116) - 1);

/// The supply above which no more is minted, 8·10²⁸ shares.
pub const SUPPLY_MAX: Shares = Shares::from_atoms(1 << 126);

/// What all shares are worth, from either side.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Nav {
    /// What a leaver is paid on.
    pub low: Cash,
    /// What a comer pays on: not less.
    pub high: Cash,
}

/// Why a request ends without a trade of shares. Its money or shares go back to the account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Refusal {
    /// It asks for nothing.
    #[error("a request is for more than 0")]
    Nothing,
    /// The money is worth too few shares.
    #[error("the deposit is worth {minted} shares, and {MINT_MIN} is the least")]
    TooSmall {
        /// What it is worth, rounded down.
        minted: Shares,
    },
    /// The money is worth too many shares, or there are too many already.
    #[error("one deposit mints at most {MINT_MAX} shares, and none above a supply of {SUPPLY_MAX}")]
    TooLarge,
}

/// What became of one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Outcome {
    /// The money is the pool's, and the account has these shares.
    Minted {
        /// New shares.
        shares: Shares,
    },
    /// The account has this cash; if `left` is above zero, the request stays for these.
    Paid {
        /// From the pool.
        cash: Cash,
        /// Shares that are no more.
        burnt: Shares,
        /// Shares that wait on.
        left: Shares,
    },
    /// Nothing has happened: the request stays.
    Waits,
    /// The request is gone, and what came with it goes back.
    Refused(Refusal),
}

/// One turn of the queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Processed {
    /// One for each request, in their order.
    pub outcomes: Vec<Outcome>,
    /// Shares there are now.
    pub supply: Shares,
    /// What the pool gets from those who provide.
    pub cash_in: Cash,
    /// What the pool pays to those who leave.
    pub cash_out: Cash,
    /// What the pool gives to the treasury, since nobody's shares stand for it.
    pub unattributed: Cash,
    /// What waits for the next turn, in the same order.
    pub queue: Queue,
}

/// What the arguments of [`process`] cannot be together.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SharesError {
    /// The two sides of the NAV are the wrong way round.
    #[error("NAV is {low} for leavers, above {high} for comers", low = nav.low, high = nav.high)]
    Crossed {
        /// The NAV given.
        nav: Nav,
    },
    /// More shares want to leave than there are.
    #[error("more shares wait to be redeemed than the supply of {supply}")]
    MoreThanSupply {
        /// Shares there are.
        supply: Shares,
    },
    /// Deposits sum to more than there can be.
    #[error("deposits sum to more than {}", Cash::MAX)]
    Overflow,
}

/// Serves all requests at one NAV and one supply, those from before the turn.
///
/// * Who provides gets ⌊deposit·supply/high⌋ shares.
/// * Who leaves gets ⌊shares·low/supply⌋. If `free`, the cash that backs nothing, is less than all
///   of them together get, each redeems the same part of their shares, rounded down, and the rest
///   waits. So any share leaves once there is cash. Deposits of the same turn are not paid out.
/// * When the last share has left, what rounding leaves of `low` is unattributed. While options are
///   open `free` is below `low`, so the last share waits for them.
/// * With no supply, the pool is nobody's: what it is worth is unattributed, as far as it is free
///   cash. If that is all, who provides gets one share for each unit of cash.
///
/// At a NAV of zero or less on their side, comers and leavers wait: a share has no price to come in
/// at, and a leaver is never made to leave for nothing. Less than an atom of cash can be paid for
/// too few shares.
///
/// No request's outcome depends on its place. Rounding is always for those who stay: neither side of
/// a share's NAV falls for them, and to provide and then to redeem at once never pays.
///
/// # Errors
///
/// [`SharesError`], for arguments that a pool which keeps count does not have.
pub fn process(
    queue: &Queue,
    nav: Nav,
    supply: Shares,
    free: Cash,
) -> Result<Processed, SharesError> {
    if nav.low > nav.high {
        return Err(SharesError::Crossed { nav });
    }
    let leave = Leave::new(leaving(queue, supply)?, nav, supply, free);
    let come = Come::new(nav, supply, free);
    let swept = if supply <= Shares::ZERO { nobodys(nav, free) } else { Cash::ZERO };
    let mut turn = Processed {
        outcomes: Vec::with_capacity(queue.as_slice().len()),
        supply,
        cash_in: Cash::ZERO,
        cash_out: Cash::ZERO,
        unattributed: swept,
        queue: Queue::default(),
    };
    for request in queue.as_slice() {
        let outcome = match request.action {
            Action::Provide(cash) => turn.provide(cash, come)?,
            Action::Redeem(shares) => turn.redeem(shares, leave)?,
        };
        let left = match outcome {
            Outcome::Waits => Some(request.action),
            Outcome::Paid { left, .. } if left > Shares::ZERO => Some(Action::Redeem(left)),
            _ => None,
        };
        turn.queue.0.extend(left.map(|action| Request { action, ..*request }));
        turn.outcomes.push(outcome);
    }
    if turn.supply == Shares::ZERO && supply > Shares::ZERO {
        // All was paid, so `low` was free.
        let dust = nav.low.checked_sub(turn.cash_out);
        turn.unattributed = dust.ok_or(SharesError::Overflow)?;
    }
    Ok(turn)
}

/// All shares that want to leave.
fn leaving(queue: &Queue, supply: Shares) -> Result<Shares, SharesError> {
    let redeemed = queue.as_slice().iter().filter_map(|request| match request.action {
        Action::Redeem(shares) if shares > Shares::ZERO => Some(shares),
        _ => None,
    });
    let total = redeemed.into_iter().try_fold(Shares::ZERO, |sum, shares| sum.checked_add(shares));
    let total = total.filter(|total| *total <= supply.max(Shares::ZERO));
    total.ok_or(SharesError::MoreThanSupply { supply })
}

/// What the pool can give away when no share stands for it.
fn nobodys(nav: Nav, free: Cash) -> Cash {
    nav.high.min(free).max(Cash::ZERO)
}

/// What a comer pays.
#[derive(Clone, Copy)]
enum Come {
    /// So much for so many shares.
    At { cash: u128, shares: u128 },
    /// There is no price.
    Waits,
}

impl Come {
    fn new(nav: Nav, supply: Shares, free: Cash) -> Self {
        match (magnitude(nav.high.atoms()), magnitude(supply.atoms())) {
            (_, 0) if nobodys(nav, free) == nav.high => Self::At { cash: 1, shares: 1 },
            (0, _) | (_, 0) => Self::Waits,
            (cash, shares) => Self::At { cash, shares },
        }
    }
}

/// What a leaver gets.
#[derive(Clone, Copy)]
struct Leave {
    /// For all shares there are.
    low: u128,
    supply: u128,
    /// Shares are redeemed in the proportion of `free` to `due`.
    free: u128,
    due: u128,
}

impl Leave {
    fn new(leaving: Shares, nav: Nav, supply: Shares, free: Cash) -> Self {
        let (low, supply) = (magnitude(nav.low.atoms()), magnitude(supply.atoms()));
        // Not more than low, as leaving ≤ supply; no supply means that nobody leaves.
        let due = mul_div(magnitude(leaving.atoms()), low, supply, Rounding::Up).unwrap_or(0);
        Self { low, supply, free: magnitude(free.atoms()).min(due), due }
    }
}

/// Zero for what is negative.
fn magnitude(atoms: i128) -> u128 {
    atoms.max(0).unsigned_abs()
}

impl Processed {
    /// A turn in which nobody asked for anything.
    pub fn nothing(supply: Shares, queue: Queue) -> Self {
        Self {
            outcomes: Vec::new(),
            supply,
            cash_in: Cash::ZERO,
            cash_out: Cash::ZERO,
            unattributed: Cash::ZERO,
            queue,
        }
    }

    fn provide(&mut self, cash: Cash, come: Come) -> Result<Outcome, SharesError> {
        if cash <= Cash::ZERO {
            return Ok(Outcome::Refused(Refusal::Nothing));
        }
        let Come::At { cash: high, shares: supply } = come else {
            return Ok(Outcome::Waits);
        };
        let minted = mul_div(magnitude(cash.atoms()), supply, high, Rounding::Down);
        let minted = minted.and_then(|atoms| i128::try_from(atoms).ok()).map(Shares::from_atoms);
        let minted = minted.filter(|minted| *minted <= MINT_MAX);
        let Some(shares) = minted.filter(|_| supply <= magnitude(SUPPLY_MAX.atoms())) else {
            return Ok(Outcome::Refused(Refusal::TooLarge));
        };
        if shares < MINT_MIN {
            return Ok(Outcome::Refused(Refusal::TooSmall { minted: shares }));
        }
        self.cash_in = self.cash_in.checked_add(cash).ok_or(SharesError::Overflow)?;
        self.supply = self.supply.checked_add(shares).ok_or(SharesError::Overflow)?;
        Ok(Outcome::Minted { shares })
    }

    fn redeem(&mut self, shares: Shares, leave: Leave) -> Result<Outcome, SharesError> {
        if shares <= Shares::ZERO {
            return Ok(Outcome::Refused(Refusal::Nothing));
        }
        let (all, Leave { low, supply, free, due }) = (magnitude(shares.atoms()), leave);
        // Σ ⌊burnt·low/supply⌋ ≤ free/due · Σ shares·low/supply ≤ free.
        let burnt = mul_div(all, free, due, Rounding::Down).unwrap_or(0);
        if burnt == 0 {
            return Ok(Outcome::Waits);
        }
        let cash = mul_div(burnt, low, supply, Rounding::Down).unwrap_or(0);
        // At most `shares` and `low`.
        let (burnt, cash) = (Shares::from_atoms(burnt as i128), Cash::from_atoms(cash as i128));
        let (left, supply) = (shares.checked_sub(burnt), self.supply.checked_sub(burnt));
        self.cash_out = self.cash_out.checked_add(cash).ok_or(SharesError::Overflow)?;
        self.supply = supply.ok_or(SharesError::Overflow)?;
        Ok(Outcome::Paid { cash, burnt, left: left.ok_or(SharesError::Overflow)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::AccountId;
    use crate::risk::QUEUE_MAX;
    use std::string::ToString;
    use std::vec;

    fn cash(text: &str) -> Cash {
        text.parse().unwrap()
    }

    fn shares(text: &str) -> Shares {
        text.parse().unwrap()
    }

    fn provide(text: &str) -> Action {
        Action::Provide(cash(text))
    }

    fn redeem(text: &str) -> Action {
        Action::Redeem(shares(text))
    }

    fn queue(actions: &[Action]) -> Queue {
        let ids = (0..).map(AccountId);
        let requests =
            ids.zip(actions).map(|(account, action)| Request { account, action: *action });
        Queue::try_from(requests.collect::<Vec<_>>()).unwrap()
    }

    fn turn(actions: &[Action], low: &str, high: &str, supply: &str, free: &str) -> Processed {
        let nav = Nav { low: cash(low), high: cash(high) };
        process(&queue(actions), nav, shares(supply), cash(free)).unwrap()
    }

    fn minted(text: &str) -> Outcome {
        Outcome::Minted { shares: shares(text) }
    }

    fn paid(money: &str, burnt: &str, left: &str) -> Outcome {
        Outcome::Paid { cash: cash(money), burnt: shares(burnt), left: shares(left) }
    }

    #[test]
    fn the_first_gets_a_share_for_a_unit() {
        let first = turn(&[provide("1000"), provide("0.5")], "0", "0", "0", "0");
        assert_eq!(first.outcomes, [minted("1000"), minted("0.5")]);
        assert_eq!((first.supply, first.cash_in), (shares("1000.5"), cash("1000.5")));
        assert_eq!((first.cash_out, first.unattributed), (Cash::ZERO, Cash::ZERO));
        assert!(first.queue.as_slice().is_empty());
    }

    #[test]
    fn comers_pay_high_and_leavers_get_low() {
        let turn = turn(&[provide("120"), redeem("50")], "900", "1200", "1000", "500");
        assert_eq!(turn.outcomes, [minted("100"), paid("45", "50", "0")]);
        assert_eq!(turn.supply, shares("1050"));
        assert_eq!((turn.cash_in, turn.cash_out), (cash("120"), cash("45")));
    }

    #[test]
    fn scarce_cash_goes_to_all_leavers_alike() {
        let turn = turn(&[redeem("60"), provide("7"), redeem("20")], "100", "100", "100", "40");
        let outcomes = [paid("30", "30", "30"), minted("7"), paid("10", "10", "10")];
        assert_eq!(turn.outcomes, outcomes);
        assert_eq!(turn.supply, shares("67"));
        let left = [(0, redeem("30")), (2, redeem("10"))];
        let left = left.map(|(id, action)| Request { account: AccountId(id), action });
        assert_eq!(turn.queue.as_slice(), left);
    }

    #[test]
    fn the_last_leaves_no_dust() {
        let third = [redeem("1"), redeem("1"), redeem("1")];
        let last = turn(&third, "100", "100", "3", "100");
        assert_eq!(last.outcomes[0], paid("33.333333333", "1", "0"));
        assert_eq!(last.supply, Shares::ZERO);
        assert_eq!(last.unattributed.to_string(), "0.000000001");
        // An atom less, and nobody is the last.
        let short = turn(&third, "100", "100", "3", "99.999999999");
        assert_eq!((short.supply, short.unattributed), (shares("0.000000003"), Cash::ZERO));
        assert_eq!(short.queue.as_slice().len(), 3);
    }

    #[test]
    fn what_is_nobodys_is_not_for_the_next() {
        // PEERS, bug 13: 5,000 stayed after the last exit, and whoever came next took them.
        let next = turn(&[provide("10000")], "5000", "5000", "0", "5000");
        assert_eq!(next.outcomes, [minted("10000")]);
        assert_eq!(next.unattributed, cash("5000"));
        // Not in cash yet: nobody comes in.
        let early = turn(&[provide("10000")], "4000", "5000", "0", "4500");
        assert_eq!((early.outcomes, early.unattributed), (vec![Outcome::Waits], cash("4500")));
        let debt = turn(&[provide("10000")], "-1", "-1", "0", "5000");
        assert_eq!((debt.outcomes, debt.unattributed), (vec![Outcome::Waits], Cash::ZERO));
    }

    #[test]
    fn without_a_price_they_wait() {
        for (low, high, waits) in [("-5", "0", 2), ("-5", "-1", 2), ("0", "10", 1)] {
            let turn = turn(&[provide("5"), redeem("5")], low, high, "10", "10");
            assert_eq!(turn.queue.as_slice().len(), waits, "{low} {high}");
            assert_eq!(turn.outcomes[1], Outcome::Waits);
            assert_eq!(turn.cash_out, Cash::ZERO);
        }
    }

    #[test]
    fn refusals() {
        let actions = [provide("0"), redeem("-1"), provide("0.000999999"), provide("0.001")];
        let turned = turn(&actions, "10", "10", "10", "0");
        let nothing = Outcome::Refused(Refusal::Nothing);
        let small = Refusal::TooSmall { minted: shares("0.000999999") };
        assert_eq!(turned.outcomes, [nothing, nothing, Outcome::Refused(small), minted("0.001")]);
        assert_eq!((turned.cash_in, turned.supply), (cash("0.001"), shares("10.001")));
        assert_eq!(
            small.to_string(),
            "the deposit is worth 0.000999999 shares, and 0.001 is the least"
        );
        // One atom of a share worth 1000: what would mint none, or few, goes back.
        let inflated = turn(&[provide("1999")], "1000", "1000", "0.000000001", "1000");
        let few = Refusal::TooSmall { minted: Shares::from_atoms(1) };
        assert_eq!(inflated.outcomes, [Outcome::Refused(few)]);
        let cheap = turn(&[Action::Provide(Cash::MAX)], "0.000000001", "0.000000001", "5", "0");
        assert_eq!(cheap.outcomes, [Outcome::Refused(Refusal::TooLarge)]);
        let most = [Action::Provide(Cash::from_atoms(MINT_MAX.atoms())); QUEUE_MAX];
        let full = turn(&most, "1", "1", "1", "0");
        assert!(full.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Minted { .. })));
        let nav = Nav { low: Cash::MAX, high: Cash::MAX };
        let none = Cash::ZERO;
        let last = process(&queue(&most[..9]), nav, SUPPLY_MAX, none).unwrap();
        assert!(matches!(last.outcomes[8], Outcome::Minted { .. }));
        let more = process(&queue(&most[..9]), nav, Shares::MAX, none).unwrap();
        assert_eq!(more.outcomes[8], Outcome::Refused(Refusal::TooLarge));
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        let nav = Nav { low: cash("2"), high: cash("1") };
        let none = Queue::default();
        let crossed = process(&none, nav, shares("1"), Cash::ZERO).unwrap_err();
        assert_eq!(crossed.to_string(), "NAV is 2 for leavers, above 1 for comers");
        let nav = Nav { high: cash("2"), ..nav };
        let supply = shares("1");
        for actions in [[redeem("1"), redeem("0.000000001")], [Action::Redeem(Shares::MAX); 2]] {
            let error = process(&queue(&actions), nav, supply, Cash::ZERO).unwrap_err();
            assert_eq!(error, SharesError::MoreThanSupply { supply });
        }
        let rich = Nav { low: Cash::MAX, high: Cash::MAX };
        let deposits = queue(&[Action::Provide(Cash::MAX); 2]);
        let error = process(&deposits, rich, shares("9"), Cash::ZERO).unwrap_err();
        assert_eq!(error, SharesError::Overflow);
    }
}
