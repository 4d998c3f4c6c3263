//! The laws of collateral, settlement, debts, shares and the hedge; and that each finds out a
//! mechanism that is wrong in the way the law forbids.

mod cases;

use amm_core::book::{Account, AccountId, Series};
use amm_core::num::{Cash, Price, Real, Rounding, Seconds, Shares, Size, Timestamp, mul_div};
use amm_core::pricing::Kind;
use amm_core::risk::{
    Action, Collateral, CollateralError, DebtOverflow, HedgeError, HedgePolicy, MINT_MIN, Nav,
    Outcome, Processed, Queue, Request, Settled, SharesError, collateral, covers, pay_down,
    process, settle, wanted,
};
use amm_core::testing::Verdict;
use amm_core::testing::ledger::{self as laws, Backed, Entries, Gap};
use amm_core::testing::shares::{self as turns, Process, Turn};
use arbitrary::Arbitrary;
use cases::{drawn, must};
use num_bigint::BigInt;
use proptest::prelude::*;

type Debts<'a> = &'a [(AccountId, Cash)];

fn debts() -> impl Strategy<Value = Vec<(AccountId, Cash)>> {
    let cash =
        (any::<i128>(), 8_u32..128).prop_map(|(atoms, shift)| Cash::from_atoms(atoms >> shift));
    let debts = proptest::collection::vec(cash, 0..12);
    debts.prop_map(|debts| (0..).map(AccountId).zip(debts).collect())
}

fn pay(owed: Debts<'_>, available: Cash) -> Result<Vec<(AccountId, Cash)>, DebtOverflow> {
    pay_down(owed.iter().copied(), available)
}

/// What one expiry's positions pay at a price in bits, in units of 2⁻⁶⁴ of an atom.
fn pays(chain: Entries<'_>, price: &BigInt) -> BigInt {
    let worth = chain.iter().map(|(series, position)| {
        let gain = match series.kind {
            Kind::Call => price - series.strike.get().to_bits(),
            Kind::Put => series.strike.get().to_bits() - price,
        };
        gain.max(BigInt::ZERO) * position.atoms()
    });
    worth.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Never too little at any price, and not an atom too much.
    #[test]
    fn collateral_is_the_worst_case(case in drawn::<Backed>(), price: u128) {
        let price = Price::new(Real::from_bits((price >> 25) as i128)).unwrap_or(Price::MAX);
        let entries = case.account.positions.as_slice();
        must(laws::collateral_covers(collateral, entries, price))?;
        must(laws::collateral_is_tight(collateral, entries))?;
        prop_assert_eq!(covers(&case.account), Ok(()));
    }

    /// The same on a dense grid that reaches far beyond the strikes, in numbers without end.
    #[test]
    fn collateral_covers_a_dense_grid(case in drawn::<Backed>()) {
        for (expiry, _) in case.prices {
            let chain = case.account.positions.of_expiry(expiry);
            let need = collateral(chain).unwrap();
            let top = BigInt::from(chain.last().unwrap().0.strike.get().to_bits());
            let far = (0..10).map(|power| &top << (4 * power));
            for price in (0..=400).map(|step| &top * step / 200).chain(far) {
                let backed = (BigInt::from(need.cash.atoms()) << 64) + need.base.atoms() * &price;
                prop_assert!(backed + pays(chain, &price) >= BigInt::ZERO, "at {} bits", price);
            }
        }
    }

    /// To the last digit, and always paid by who is covered.
    #[test]
    fn settlements_add_up_and_are_paid(case in drawn::<Backed>(), cash: i64, base: i64) {
        must(laws::who_is_covered_pays(settle, &case))?;
        for &(expiry, price) in &case.prices {
            must(laws::settlement_adds_up(settle, &case.account, expiry, price))?;
            // Whoever is not covered pays what there is.
            let (cash, base) = (Cash::from_atoms(cash.into()), Size::from_atoms(base.into()));
            let poor = Account { cash, base, ..case.account.clone() };
            must(laws::settlement_adds_up(settle, &poor, expiry, price))?;
        }
    }

    #[test]
    fn debts_are_paid(owed in debts(), available: i128, shift in 0_u32..128) {
        must(laws::debts_are_paid_alike(pay, &owed, Cash::from_atoms(available >> shift)))?;
    }

    /// With what is left owed, in as many payments as it takes, everyone gets exactly all.
    #[test]
    fn debts_end(owed in debts(), first in 0_u8..=255) {
        let total: i128 = owed.iter().map(|(_, cash)| cash.atoms().max(0)).sum();
        let mut left = owed.clone();
        for part in [total / 256 * i128::from(first), total] {
            let paid = pay(&left, Cash::from_atoms(part)).unwrap();
            for (account, cash) in paid {
                let entry = left.iter_mut().find(|(id, _)| *id == account).unwrap();
                entry.1 = entry.1.checked_sub(cash).unwrap();
                prop_assert!(entry.1 >= Cash::ZERO);
            }
        }
        prop_assert!(left.iter().all(|(_, cash)| *cash <= Cash::ZERO));
        prop_assert_eq!(pay(&left, Cash::from_atoms(1)), Ok(Vec::new()));
    }

    #[test]
    fn turns_keep_their_laws(case in drawn::<Turn>(), deposit in 1_u64.., part in 0_u32..40) {
        for (name, law) in TURNS {
            must(law(process, &case).map_err(|said| format!("{name}: {said}")))?;
        }
        let deposit = Cash::from_atoms(i128::from(deposit) << part);
        must(turns::cycle_never_pays(process, &case, deposit))?;
    }

    #[test]
    fn hedges_keep_their_laws(case in drawn::<Gap>(), part in 0_u64..1_000_000) {
        must(laws::hedge_approaches(wanted, &case))?;
        must(laws::hedge_ignores_the_step(wanted, &case, Seconds::new(part).unwrap()))?;
    }
}

type TurnLaw = (&'static str, fn(Process, &Turn) -> Verdict);

const TURNS: [TurnLaw; 5] = [
    ("conserves", turns::turn_conserves),
    ("stayers lose nothing", turns::stayers_lose_nothing),
    ("comers get their due", turns::comers_get_their_due),
    ("place is nothing", turns::place_is_nothing),
    ("everyone can leave", turns::everyone_can_leave),
];

/// Whether a law breaks on any of many cases.
fn is_found_out<T: for<'a> Arbitrary<'a>>(law: impl Fn(&T) -> Verdict) -> bool {
    cases::breaks(3_000, law)
}

fn covers_with(rule: fn(Entries<'_>) -> Result<Collateral, CollateralError>) -> bool {
    !is_found_out(|case: &Backed| {
        laws::collateral_covers(rule, case.account.positions.as_slice(), Price::MAX)
    })
}

/// A rule from the worst of the payoffs at some prices, without the underlying.
fn worst_of(chain: Entries<'_>, prices: impl Iterator<Item = Price>) -> Cash {
    let worst = prices.map(|price| pays(chain, &price.get().to_bits().into())).min();
    let short = -worst.unwrap_or_default().min(BigInt::ZERO);
    Cash::from_atoms(i128::try_from((short + u64::MAX) >> 64).unwrap())
}

fn by_expiry(
    entries: Entries<'_>,
    rule: impl Fn(Entries<'_>) -> Collateral,
) -> Result<Collateral, CollateralError> {
    let chains = entries.chunk_by(|(one, _), (next, _)| one.expiry == next.expiry);
    let (mut cash, mut base) = (0, 0);
    for need in chains.map(rule) {
        (cash, base) = (cash + need.cash.atoms(), base + need.base.atoms());
    }
    Ok(Collateral { cash: Cash::from_atoms(cash), base: Size::from_atoms(base) })
}

#[test]
fn wrong_collateral_is_found_out() {
    assert!(covers_with(collateral));
    // The strikes without zero.
    assert!(!covers_with(|entries| by_expiry(entries, |chain| {
        let base = collateral(chain).unwrap().base;
        Collateral { cash: worst_of(chain, chain.iter().map(|(series, _)| series.strike)), base }
    })));
    // Zero without the strikes.
    assert!(!covers_with(|entries| by_expiry(entries, |chain| {
        let base = collateral(chain).unwrap().base;
        Collateral { cash: worst_of(chain, [Price::MIN].into_iter()), base }
    })));
    // Cash for calls that are short: enough at the strikes, not beyond.
    assert!(!covers_with(|entries| by_expiry(entries, |chain| {
        let corners = chain.iter().map(|(series, _)| series.strike).chain([Price::MIN]);
        Collateral { cash: worst_of(chain, corners), base: Size::ZERO }
    })));
    // Rounded down.
    assert!(!covers_with(|entries| by_expiry(entries, |chain| {
        let need = collateral(chain).unwrap();
        Collateral { cash: Cash::from_atoms((need.cash.atoms() - 1).max(0)), ..need }
    })));
    // What is long in one expiry against what is short in another.
    assert!(!covers_with(|entries| {
        let expiry = Timestamp::new(0);
        let mut together: Vec<_> =
            entries.iter().map(|(series, size)| (Series { expiry, ..*series }, *size)).collect();
        together.sort_unstable();
        let mut sums: Vec<(Series, Size)> = Vec::new();
        for (series, size) in together {
            match sums.last_mut() {
                Some((last, sum)) if *last == series => *sum = sum.checked_add(size).unwrap(),
                _ => sums.push((series, size)),
            }
        }
        collateral(&sums)
    }));
    // Each leg for itself covers, and asks for too much.
    let per_leg = |entries: Entries<'_>| {
        let (mut cash, mut base) = (0, 0);
        for need in entries.iter().map(|leg| collateral(&[*leg]).unwrap()) {
            (cash, base) = (cash + need.cash.atoms(), base + need.base.atoms());
        }
        Ok(Collateral { cash: Cash::from_atoms(cash), base: Size::from_atoms(base) })
    };
    assert!(covers_with(per_leg));
    assert!(is_found_out(|case: &Backed| {
        laws::collateral_is_tight(per_leg, case.account.positions.as_slice())
    }));
}

/// Settles as if the account had no other options: all its cash is free.
fn settle_from_all_cash(
    account: &Account,
    expiry: Timestamp,
    price: Price,
) -> Result<Settled, CollateralError> {
    let mut alone = Account { cash: account.cash, base: account.base, ..Account::default() };
    for (series, position) in account.positions.of_expiry(expiry) {
        alone.positions.set(*series, *position).unwrap();
    }
    settle(&alone, expiry, price)
}

#[test]
fn wrong_settlements_are_found_out() {
    let adds_up = |rule: fn(&Account, Timestamp, Price) -> Result<Settled, CollateralError>| {
        !is_found_out(|case: &Backed| {
            let mut prices = case.prices.iter();
            prices.try_for_each(|(expiry, price)| {
                laws::settlement_adds_up(rule, &case.account, *expiry, *price)
            })
        })
    };
    let pays = |rule: fn(&Account, Timestamp, Price) -> Result<Settled, CollateralError>| {
        !is_found_out(|case: &Backed| laws::who_is_covered_pays(rule, case))
    };
    assert!(adds_up(settle) && pays(settle));
    // The cash of a put pays for a call: nothing is missing but the put's backing.
    assert!(adds_up(settle_from_all_cash) && !pays(settle_from_all_cash));
    // Rounded towards the account.
    let kind = |account: &Account, expiry, price| {
        let settled = settle(account, expiry, price)?;
        let cash = Cash::from_atoms(settled.cash.atoms() + 1);
        Ok(Settled { cash, ..settled })
    };
    assert!(!adds_up(kind));
    // Dust forgotten.
    let careless = |account: &Account, expiry, price| {
        Ok(Settled { dust: Default::default(), ..settle(account, expiry, price)? })
    };
    assert!(!adds_up(careless));
    // A loss with its sign lost.
    let absolute = |account: &Account, expiry, price| {
        let settled = settle(account, expiry, price)?;
        Ok(Settled { cash: settled.cash.checked_abs().unwrap(), ..settled })
    };
    assert!(!adds_up(absolute));
}

#[test]
fn wrong_payments_are_found_out() {
    let owed: Vec<_> = (0..3).map(AccountId).zip([7, 5, 4].map(Cash::from_atoms)).collect();
    let judge = |rule: fn(Debts<'_>, Cash) -> Vec<(AccountId, Cash)>| {
        let available = Cash::from_atoms(9);
        laws::debts_are_paid_alike(|owed, available| Ok(rule(owed, available)), &owed, available)
    };
    assert_eq!(judge(|owed, available| pay(owed, available).unwrap()), Ok(()));
    let first_come = |owed: Debts<'_>, available: Cash| {
        let mut left = available.atoms();
        let paid = owed.iter().map(|(id, cash)| {
            let paid = cash.atoms().min(left);
            left -= paid;
            (*id, Cash::from_atoms(paid))
        });
        paid.filter(|(_, paid)| *paid > Cash::ZERO).collect()
    };
    assert!(judge(first_come).unwrap_err().contains("too much"));
    let rounded = |owed: Debts<'_>, available: Cash| {
        let share = |cash: Cash| Cash::from_atoms(cash.atoms() * available.atoms() / 16);
        owed.iter().map(|(id, cash)| (*id, share(*cash))).collect()
    };
    assert!(judge(rounded).unwrap_err().contains("atoms are paid"));
    assert!(judge(|_, _| Vec::new()).is_err());
    assert!(judge(|owed, _| owed.to_vec()).is_err());
}

/// The rules that a wrong way to serve a turn departs from.
#[derive(Clone, Copy)]
struct Rules {
    mint_on: fn(Nav) -> Cash,
    pay_on: fn(Nav) -> Cash,
    rounding: Rounding,
    least: Shares,
    in_turn: bool,
}

const RIGHT: Rules = Rules {
    mint_on: |nav| nav.high,
    pay_on: |nav| nav.low,
    rounding: Rounding::Down,
    least: MINT_MIN,
    in_turn: false,
};

/// A plain way to serve a turn by given rules, in which all dust stays.
fn serve(
    rules: Rules,
    queue: &Queue,
    nav: Nav,
    supply: Shares,
    free: Cash,
) -> Result<Processed, SharesError> {
    let mut done = process(queue, nav, supply, free)?;
    let (mut left, mut waiting) = (free.atoms(), Vec::new());
    (done.supply, done.cash_in, done.cash_out) = (supply, Cash::ZERO, Cash::ZERO);
    done.unattributed = Cash::ZERO;
    let part = |a: i128, b: i128, c: i128| {
        let [a, b, c] = [a, b, c].map(|atoms| atoms.max(0).unsigned_abs());
        mul_div(a, b, c, rules.rounding).and_then(|part| i128::try_from(part).ok()).unwrap_or(0)
    };
    for (request, outcome) in queue.as_slice().iter().zip(&mut done.outcomes) {
        match (request.action, *outcome) {
            (Action::Provide(cash), Outcome::Minted { .. } | Outcome::Refused(_)) => {
                let high = (rules.mint_on)(nav).atoms();
                let minted = Shares::from_atoms(part(cash.atoms(), supply.atoms(), high));
                if minted >= rules.least && cash > Cash::ZERO {
                    *outcome = Outcome::Minted { shares: minted };
                    done.supply = done.supply.checked_add(minted).unwrap();
                    done.cash_in = done.cash_in.checked_add(cash).unwrap();
                }
            }
            (Action::Redeem(shares), Outcome::Paid { .. } | Outcome::Waits) if rules.in_turn => {
                let cash = part(shares.atoms(), (rules.pay_on)(nav).atoms(), supply.atoms());
                if cash <= left {
                    left -= cash;
                    done.supply = done.supply.checked_sub(shares).unwrap();
                    done.cash_out = Cash::from_atoms(done.cash_out.atoms() + cash);
                    let cash = Cash::from_atoms(cash);
                    *outcome = Outcome::Paid { cash, burnt: shares, left: Shares::ZERO };
                } else {
                    *outcome = Outcome::Waits;
                }
            }
            (Action::Redeem(_), Outcome::Paid { burnt, left, .. }) => {
                let cash = part(burnt.atoms(), (rules.pay_on)(nav).atoms(), supply.atoms());
                done.supply = done.supply.checked_sub(burnt).unwrap();
                done.cash_out = Cash::from_atoms(done.cash_out.atoms() + cash);
                *outcome = Outcome::Paid { cash: Cash::from_atoms(cash), burnt, left };
            }
            _ => {}
        }
        let stays = match *outcome {
            Outcome::Waits => Some(request.action),
            Outcome::Paid { left, .. } if left > Shares::ZERO => Some(Action::Redeem(left)),
            _ => None,
        };
        waiting.extend(stays.map(|action| Request { action, ..*request }));
    }
    done.queue = Queue::try_from(waiting).unwrap();
    Ok(done)
}

#[test]
fn wrong_turns_are_found_out() {
    // Only pools with shares: the others are decided by `process` itself.
    fn found(law: fn(Process, &Turn) -> Verdict, rule: Process) -> bool {
        is_found_out(
            |case: &Turn| {
                if case.supply > Shares::ZERO { law(rule, case) } else { Ok(()) }
            },
        )
    }
    fn pays(rule: Process) -> bool {
        is_found_out(|case: &Turn| {
            let deposit = Cash::from_atoms(case.nav.high.atoms().max(1) / 2 + 1_000_001);
            if case.supply > Shares::ZERO {
                turns::cycle_never_pays(rule, case, deposit)
            } else {
                Ok(())
            }
        })
    }
    for (name, law) in TURNS {
        assert!(!found(law, process), "{name}");
    }
    assert!(!pays(process));
    // Dust that stays when the last has left.
    assert!(found(turns::everyone_can_leave, |q, n, s, f| serve(RIGHT, q, n, s, f)));
    // Shares minted on the low side.
    let cheap: Process = |q, n, s, f| serve(Rules { mint_on: |nav| nav.low, ..RIGHT }, q, n, s, f);
    assert!(found(turns::stayers_lose_nothing, cheap));
    // Leavers paid on the high side.
    let dear: Process = |q, n, s, f| serve(Rules { pay_on: |nav| nav.high, ..RIGHT }, q, n, s, f);
    assert!(found(turns::stayers_lose_nothing, dear));
    assert!(found(turns::turn_conserves, dear));
    // Both, which is to say a single price in the middle of a spread, one way and back.
    let single: Process =
        |q, n, s, f| serve(Rules { mint_on: |n| n.low, pay_on: |n| n.high, ..RIGHT }, q, n, s, f);
    assert!(pays(single));
    // Rounded towards the mover.
    let up: Process = |q, n, s, f| serve(Rules { rounding: Rounding::Up, ..RIGHT }, q, n, s, f);
    assert!(found(turns::stayers_lose_nothing, up));
    // No least: an inflated share takes a deposit for nothing, or for half.
    let any: Process = |q, n, s, f| serve(Rules { least: Shares::ZERO, ..RIGHT }, q, n, s, f);
    assert!(found(turns::comers_get_their_due, any) && found(turns::turn_conserves, any));
    // First come, first served.
    let race: Process = |q, n, s, f| serve(Rules { in_turn: true, ..RIGHT }, q, n, s, f);
    assert!(found(turns::place_is_nothing, race));
}

#[test]
fn shares_worth_less_than_an_atom_leave_too() {
    let (atom, shares) = (Cash::from_atoms(1), Shares::from_atoms(5));
    let request = Request { account: AccountId(1), action: Action::Redeem(shares) };
    let queue = Queue::try_from(vec![request]).unwrap();
    let done = process(&queue, Nav { low: atom, high: atom }, Shares::from_atoms(9), atom).unwrap();
    let left = Outcome::Paid { cash: Cash::ZERO, burnt: shares, left: Shares::ZERO };
    assert_eq!((done.outcomes, done.supply), (vec![left], Shares::from_atoms(4)));
}

type Hedge = fn(HedgePolicy, Size, Size, Seconds) -> Result<Size, HedgeError>;

#[test]
fn wrong_hedges_are_found_out() {
    let approaches = |rule: Hedge| !is_found_out(|case: &Gap| laws::hedge_approaches(rule, case));
    let steps = |rule: Hedge| {
        !is_found_out(|case: &Gap| {
            let part = Seconds::new(u64::from(case.elapsed.get() / 3)).unwrap();
            laws::hedge_ignores_the_step(rule, case, part)
        })
    };
    assert!(approaches(wanted) && steps(wanted));
    // PEERS, bug 2: the sign was lost between absolute values.
    assert!(!approaches(|policy, target, held, elapsed| {
        let size = |size: Size| size.checked_abs().unwrap();
        wanted(policy, size(target), size(held), elapsed)
    }));
    // A band traded to its middle.
    assert!(!approaches(|policy, target, held, elapsed| {
        match wanted(policy, target, held, elapsed)? {
            Size::ZERO => Ok(Size::ZERO),
            _ => wanted(HedgePolicy::Immediate, target, held, elapsed),
        }
    }));
    // A rate that does not stop at the target.
    let overshoots: Hedge = |policy, target, held, elapsed| match policy {
        HedgePolicy::Buffered { per_second } => {
            let sign = (target.atoms() - held.atoms()).signum();
            let most = per_second.atoms().saturating_mul(elapsed.get().into());
            Ok(Size::from_atoms(most.saturating_mul(sign)))
        }
        _ => wanted(policy, target, held, elapsed),
    };
    assert!(!approaches(overshoots));
    // A rate by whole minutes: asked often enough, it never trades.
    assert!(!steps(|policy, target, held, elapsed| {
        let minutes = elapsed.get() / 60 * 60;
        wanted(policy, target, held, Seconds::new(minutes.into()).unwrap())
    }));
}
