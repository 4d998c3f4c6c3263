//! Margin, liquidation, funding and the breaker at work.

use amm_benches_rig::rig::{Calls, Case};
use amm_core::{
    book::{AccountId, Series},
    num::{Cash, Real, Seconds, Size, Timestamp},
    risk::{
        breaker::{Breaker, BreakerParams, Levels, Readings, State as Broken, Stepped, Trigger},
        funding::{Accrued, Funding, FundingParams, Index},
        liquidation::{
            Auction, AuctionParams, Backing, Bid, Offer, Standing, Waterfall, waterfall,
        },
        margin::{Exposure, Margins, Requirement, Watch},
    },
};

use super::{
    engine_market::CONTRACT,
    ours::WHO,
    risk_market::{Account, Draws, State, accounts, needs},
};

/// What an account of a hundred positions needs.
pub(crate) const ACCOUNT: &str = "risk/margin/100_positions";
/// What an order of one leg would make of it.
pub(crate) const WHAT_IF: &str = "risk/margin/what_if";
/// Everything listed, valued under every scenario.
pub(crate) const GRID: &str = "risk/margin/grid";
/// Which of 10,000 accounts are below maintenance margin after a market update: all are asked.
pub(crate) const RECHECK: &str = "risk/margin/recheck_all_10k";
/// The same: those are asked that can have crossed.
pub(crate) const WATCHED: &str = "risk/margin/recheck_crossed_10k";
/// An offer, a bid, and who pays its loss.
pub(crate) const LIQUIDATION: &str = "risk/liquidation/step";
/// The rate up to now, and what one holder owes of it and pays.
pub(crate) const FUNDING: &str = "risk/funding/accrual";
/// Readings shown to the breaker.
pub(crate) const BREAKER: &str = "risk/breaker/step";

pub(crate) fn cases() -> Vec<Box<dyn Case>> {
    let [before, after] = State::both();
    let margins: &'static Margins = Box::leak(Box::new(before.margins()));
    let mut all = vec![
        account(&before, margins),
        what_if(&before, margins),
        Calls::boxed(GRID, WHO, vec![before.clone(), after.clone()], State::margins),
    ];
    let (accounts, watches) = accounts(&before, margins);
    let update = Update { before: margins, after: after.margins(), accounts, watches };
    let update: &'static Update = Box::leak(Box::new(update));
    let crossed = update.asked();
    assert_eq!(update.all(), update.watched(), "whoever is passed by is not short");
    assert!(!update.all().is_empty() && crossed < 5_000, "{crossed} of 10,000 can have crossed");
    all.push(Calls::boxed(RECHECK, WHO, vec![update], |update| update.all()));
    all.push(Calls::boxed(WATCHED, WHO, vec![update], |update| update.watched()));
    all.extend([liquidation(), funding(), breaker()]);
    all
}

fn account(state: &State, margins: &'static Margins) -> Box<dyn Case> {
    let (listed, mut draws) = (state.series(), Draws::new(1));
    let held = (0..64).map(|_| (margins, draws.positions(&listed, 100))).collect();
    let call = |(margins, held): &(&Margins, Vec<(Series, Size)>)| needs(margins, held);
    Calls::boxed(ACCOUNT, WHO, held, call)
}

/// An account of a hundred positions, what is kept of it, and an order.
type Asked = (&'static Margins, &'static Exposure, &'static [(Series, Size)], (Series, Size));

fn what_if(state: &State, margins: &'static Margins) -> Box<dyn Case> {
    let (listed, mut draws) = (state.series(), Draws::new(2));
    let held: &'static [_] = draws.positions(&listed, 100).leak();
    let exposure = margins.exposure(held).expect("listed and in order");
    let exposure: &'static Exposure = Box::leak(Box::new(exposure));
    let mut order = || (listed[draws.below(listed.len() as u64) as usize], CONTRACT);
    let orders = (0..256).map(|_| (margins, exposure, held, order())).collect();
    let call = |&(margins, exposure, held, leg): &Asked| -> Requirement {
        exposure.what_if(margins, held, &[leg], Size::ZERO).expect("listed")
    };
    Calls::boxed(WHAT_IF, WHO, orders, call)
}

/// A market update with 10,000 accounts.
struct Update {
    before: &'static Margins,
    after: Margins,
    accounts: Vec<Account>,
    watches: Vec<Watch>,
}

impl Update {
    /// The accounts that are below maintenance margin.
    fn all(&self) -> Vec<usize> {
        let short = |(_, account): &(usize, &Account)| account.is_short(&self.after);
        self.accounts.iter().enumerate().filter(short).map(|(place, _)| place).collect()
    }

    /// The accounts that can have crossed.
    fn crossed(&self) -> impl Iterator<Item = (usize, &Account)> {
        let shift = self.before.shift(&self.after).expect("one board");
        let all = self.accounts.iter().enumerate().zip(&self.watches);
        let can = move |((_, account), watch): &((usize, &Account), &Watch)| {
            shift.after(watch).may_cross(&account.funds)
        };
        all.filter(can).map(|(account, _)| account)
    }

    fn watched(&self) -> Vec<usize> {
        let short = |(_, account): &(usize, &Account)| account.is_short(&self.after);
        self.crossed().filter(short).map(|(place, _)| place).collect()
    }

    /// How many can have crossed.
    fn asked(&self) -> usize {
        self.crossed().count()
    }
}

/// An account in its auction, and who else there is.
type Called = (Standing, u64, Backing, &'static [(AccountId, Cash)]);

/// In every phase, with a fund that pays for part of them; a hundred accounts have the rest.
fn liquidation() -> Box<dyn Case> {
    let mut draws = Draws::new(3);
    let mut cash = |most: u64| Cash::from_atoms(draws.below(most) as i128 * Cash::SCALE);
    let weights: Vec<_> = (1..=100).map(|id| (AccountId(id), cash(1_000_000))).collect();
    let weights: &'static [_] = weights.leak();
    let called = |n: u64| {
        let maintenance = cash(100_000).max(Cash::from_atoms(Cash::SCALE));
        let part = i128::from(n % 16) - 4; // one in four is insolvent
        let equity = Cash::from_atoms(maintenance.atoms() / 16 * part);
        let backing = Backing { insurance: cash(50_000), providers: Cash::ZERO };
        (Standing { equity, maintenance }, n % 24 * 600, backing, weights)
    };
    let call = |&(standing, elapsed, backing, weights): &Called| -> (Offer, Bid, Waterfall) {
        let params = AuctionParams::default();
        let auction = Auction::open(&standing, Timestamp::new(0)).expect("below maintenance");
        let now = Timestamp::new(elapsed);
        let offer = auction.offer(&standing, &params, now).expect("below maintenance");
        let half = Real::ONE / 2;
        let (bid, _) = auction.bid(&standing, &params, now, Real::ONE, half).expect("offered");
        (offer, bid, waterfall(bid.paid, backing, weights).expect("in range"))
    };
    Calls::boxed(LIQUIDATION, WHO, (0..384).map(called).collect(), call)
}

/// Where funding stands, when it is asked, and who holds what.
type Owing = (FundingParams, Funding, Timestamp, Index, Size);

fn funding() -> Box<dyn Case> {
    let mut draws = Draws::new(4);
    let params = FundingParams::default();
    let mut size = |most: u64| {
        let atoms = draws.below(2 * most) as i128 - i128::from(most);
        Size::from_atoms(atoms * Size::SCALE)
    };
    let mut owing = |n: u64| {
        let begun = Funding::new(Timestamp::new(0));
        let held = begun.skewed(&params, Timestamp::new(0), size(1_000)).expect("in its ranges");
        let held = held.skewed(&params, Timestamp::new(3_600 * (n % 48)), size(1_000));
        let now = Timestamp::new(3_600 * (n % 48) + 1 + n * 97 % 90_000);
        let index = Index { weight: Real::from_num(20 * n), ..Index::default() };
        (params, held.expect("in its ranges"), now, index, size(100))
    };
    let rows = (0..256).map(&mut owing).collect();
    let call = |&(params, funding, now, index, held): &Owing| -> (Funding, Cash, Accrued) {
        let funding = funding.after(&params, now).expect("in its ranges");
        let value = index.value(funding.share).expect("small");
        let counted = Accrued::default().counted(held, value).expect("small");
        let (cash, accrued) = counted.paid().expect("small");
        (funding, cash, accrued)
    };
    Calls::boxed(FUNDING, WHO, rows, call)
}

/// A breaker and what it is shown when.
type Shown = (BreakerParams, Breaker, Readings, Timestamp);

/// Every state, calm and not, before and after its dwell.
fn breaker() -> Box<dyn Case> {
    let (params, mut draws) = (BreakerParams::default(), Draws::new(6));
    let mut shown = |n: u64| {
        let mut near = |trigger| {
            let Levels { widen, reduce, halt, lower } = *params.triggers.of(trigger);
            let all = [Real::ZERO, Real::ZERO, widen - lower, widen, reduce, halt];
            all[draws.below(all.len() as u64) as usize]
        };
        let readings = Readings {
            loop_gain: near(Trigger::LoopGain),
            spot_return: near(Trigger::SpotMove) / 50,
            deviation: Real::ONE / 50,
            oracle_gap: near(Trigger::OracleGap),
            age: Seconds::new(n % 90).expect("short"),
            ..Readings::default()
        };
        let state = Broken::ALL[n as usize % Broken::ALL.len()];
        (params, Breaker { state, since: Timestamp::new(0) }, readings, Timestamp::new(n * 31))
    };
    let rows = (0..256).map(&mut shown).collect();
    let call = |(params, breaker, readings, now): &Shown| -> Stepped {
        breaker.step(params, readings, *now)
    };
    Calls::boxed(BREAKER, WHO, rows, call)
}
