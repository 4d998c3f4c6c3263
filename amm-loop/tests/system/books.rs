//! What is everybody's: nothing from nowhere, the same bytes anywhere.

use amm_core::num::{Cash, Real, Size};
use amm_loop::system::{
    Books, Design, Injection, Protocol, Scenario, Setting, System, SystemError, Tape,
};

use crate::{cash, contagion, designs, lit, ran};

/// Every block audits itself, so a path that ends has conserved everything; here the sums are done again.
#[test]
fn nothing_comes_from_nowhere_under_any_design() {
    let mut scenario = contagion();
    scenario.blocks = 300;
    scenario.market.shocks[0].ln = lit("-0.25");
    let setting = Setting::default();
    for design in designs() {
        let system = ran(&scenario, &design, &setting, 1);
        let books = system.books();
        let sum = |of: fn(&amm_loop::system::Account) -> i128| books.all().map(of).sum::<i128>();
        assert_eq!(sum(|account| account.cash.atoms()), system.began().cash.atoms());
        assert_eq!(sum(|account| account.units.atoms()), system.began().units.atoms());
        assert_eq!(sum(|account| account.perps.atoms()), 0);
        assert_eq!(sum(|account| account.debt.atoms()), books.loans.atoms());
        let tape = system.tape();
        // Without auctions a breaker that goes by loop gain may stay shut to the end.
        assert!(tape.liquidations > 0 || !design.breaker.auctions, "{}", design.name);
        assert_eq!(tape.check(300), Ok(()));
    }
}

#[test]
fn one_atom_too_much_is_seen_wherever_it_is() {
    let (scenario, design, setting) = (contagion(), Design::baseline(), Setting::default());
    let system = System::new(&scenario, &design, &setting, 0).unwrap();
    let (books, began) = (system.books(), *system.began());
    assert_eq!(books.check(&began, 0), Ok(()));
    type Change = fn(&mut Books);
    let changes: [(&str, Change); 6] = [
        ("cash", |books| books.fund.cash = more(books.fund.cash)),
        ("the underlying", |books| books.issuer.units = Size::from_atoms(0)),
        ("perpetuals", |books| books.traders[3].perps = Size::from_atoms(1)),
        ("the stablecoin", |books| books.holders.coins = more(books.holders.coins)),
        ("shares of the pool", |books| books.keepers[0].shares = Size::from_atoms(1)),
        ("loans", |books| books.borrowers[0].debt = more(books.borrowers[0].debt)),
    ];
    for (name, change) in changes {
        let mut broken = books.clone();
        change(&mut broken);
        match broken.check(&began, 7) {
            Err(SystemError::NotConserved { block: 7, what, atoms }) => {
                assert_eq!(what, name);
                assert_ne!(atoms, 0);
            }
            other => panic!("{name}: {other:?}"),
        }
        // And a system made of it is refused.
        let bytes = replaced(&system.save(), books, &broken);
        let refused = System::restore(&scenario, &design, &setting, 0, &bytes);
        assert!(matches!(refused, Err(SystemError::NotConserved { .. })), "{name}");
    }
    let tape = Tape { bad_debt: Cash::from_atoms(1), ..Tape::default() };
    assert!(tape.check(0).is_err());
}

fn more(cash: Cash) -> Cash {
    Cash::from_atoms(cash.atoms() + 1)
}

/// Bytes with what stands for one value in them put in another's place.
fn replaced(bytes: &[u8], old: &Books, new: &Books) -> Vec<u8> {
    let [old, new] = [old, new].map(|books| postcard::to_allocvec(books).unwrap());
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    [&bytes[..at], &new, &bytes[at + old.len()..]].concat()
}

#[test]
fn saved_systems_go_on_as_if_they_had_not_stopped() {
    let mut scenario = contagion();
    scenario.blocks = 160;
    let setting = Setting { samples: true, ..Setting::default() };
    for design in [Design::baseline(), Design::active()] {
        let whole = ran(&scenario, &design, &setting, 3);
        for at in [0, 1, 90, 159] {
            let mut first = System::new(&scenario, &design, &setting, 3).unwrap();
            for _ in 0..at {
                first.step().unwrap();
            }
            let bytes = first.save();
            let mut second = System::restore(&scenario, &design, &setting, 3, &bytes).unwrap();
            assert_eq!(second.save(), bytes);
            second.run().unwrap();
            assert_eq!(second.digest(), whole.digest(), "{} saved at {at}", design.name);
        }
        let bytes = whole.save();
        for bad in [&bytes[..0], &bytes[..bytes.len() / 2], &bytes[..bytes.len() - 1]] {
            let refused = System::restore(&scenario, &design, &setting, 3, bad);
            assert!(matches!(refused, Err(SystemError::Saved)));
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(System::restore(&scenario, &design, &setting, 3, &longer).is_err());
    }
}

#[test]
fn threads_do_not_matter() {
    let mut scenario = contagion();
    scenario.blocks = 120;
    let (design, setting) = (Design::active(), Setting::default());
    let one = |path| ran(&scenario, &design, &setting, path).digest();
    let alone: Vec<_> = (0..4).map(one).collect();
    let together = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).rev().map(|path| scope.spawn(move || one(path))).collect();
        let mut digests: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        digests.reverse();
        digests
    });
    assert_eq!(alone, together);
    assert_ne!(alone[0], alone[1]);
}

#[test]
fn numbers_out_of_range_are_refused_by_name() {
    type Change = fn(&mut Scenario);
    let changes: [(&str, Change); 9] = [
        ("maintenance margin", |s| s.perp.maintenance = Real::ZERO),
        ("threshold times one plus bonus", |s| s.lending.threshold_bps = 9_900),
        ("least inclusion", |s| s.chain.least = Real::ZERO),
        ("deviation of an oracle", |s| s.oracle.deviation = lit("-1")),
        ("depth that is left", |s| {
            let left = Real::ZERO;
            s.market.withdrawals.push(amm_loop::system::Withdrawal { block: 1, blocks: 1, left });
        }),
        ("seconds of a block", |s| s.block_s = 0),
        ("fewer coins", |s| s.stable.coins = s.stable.pool),
        ("pairs", |s| s.perp.paired = 100_000),
        ("claim", |s| s.claims[0].to = s.claims[0].from),
    ];
    let (design, setting) = (Design::baseline(), Setting::default());
    for (word, change) in changes {
        let mut scenario = contagion();
        change(&mut scenario);
        let refused = System::new(&scenario, &design, &setting, 0).unwrap_err().to_string();
        assert!(refused.contains(word), "{word}: {refused}");
    }
    let scenario = contagion();
    let injection = Injection { protocol: Protocol::Options, loss: cash("1e9"), block: 1 };
    let setting = Setting { injection: Some(injection), ..Setting::default() };
    let mut system = System::new(&scenario, &design, &setting, 0).unwrap();
    assert!(matches!(system.step(), Err(SystemError::LossTooGreat { .. })));
    let unknown = include_str!("../../../amm-sim/scenarios/system/contagion.toml");
    let unknown = unknown.replace("heartbeat = 60", "heartbeat = 60\nheartbeet = 1");
    assert!(toml::from_str::<Scenario>(&unknown).is_err());
}

#[test]
fn a_scenario_reads_back_as_it_was_written() {
    let scenario = contagion();
    let bytes = postcard::to_allocvec(&scenario).unwrap();
    let again: Scenario = postcard::from_bytes(&bytes).unwrap();
    let (design, setting) = (Design::active(), Setting::default());
    let digests = [&scenario, &again].map(|scenario| {
        let mut system = System::new(scenario, &design, &setting, 5).unwrap();
        for _ in 0..80 {
            system.step().unwrap();
        }
        system.digest()
    });
    assert_eq!(digests[0], digests[1]);
}
