//! All that changes.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use amm_core::math::exp;
use amm_core::num::{Cash, Price, Real, Size, Timestamp, serde_real};
use amm_core::risk::funding::Funding;
use amm_core::risk::margin::StandingRange;
use serde::{Deserialize, Serialize};

use crate::LoopError;
use crate::draw::Draws;
use crate::system::books::{Books, Total, fewer};
use crate::system::breaker::Fuse;
use crate::system::chain::Chain;
use crate::system::keeper::{Order, Party};
use crate::system::market::Market;
use crate::system::oracle::Oracle;
use crate::system::stress::{BEFORE_S, Foreseen};
use crate::system::{Account, Design, Scenario, SystemError, Tape};
use crate::units::{add, cash, mul, size, units};

/// Shares of the options pool at first.
pub(super) const SHARES: Size = Size::from_atoms(1_000_000 * Size::SCALE);

/// Cash of everybody else at first: enough to be no limit.
const STREET: i128 = 1_000_000_000_000 * Cash::SCALE;

/// Streams of luck; agents' numbers are added.
pub(super) mod luck {
    pub(crate) const FUNDAMENTAL: u64 = u64::MAX;
    pub(crate) const LONGS: u64 = 1 << 40;
    pub(crate) const SHORTS: u64 = 2 << 40;
    pub(crate) const BORROWERS: u64 = 3 << 40;
    pub(crate) const CALLS: u64 = 4 << 40;
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct State {
    pub(super) block: u32,
    /// The time of the block; the first has the week before it.
    pub(super) now: Timestamp,
    pub(super) market: Market,
    pub(super) oracle: Oracle,
    pub(super) chain: Chain,
    pub(super) fuse: Fuse,
    /// Margin asked of new positions: share of their worth.
    #[serde(with = "serde_real")]
    pub(super) asked: Real,
    /// Margin of positions that stand.
    pub(super) standing: StandingRange,
    /// What is foreseen, by designs that do.
    pub(super) predictor: Option<Foreseen>,
    /// Margin of positions that stand, for an hour's and a day's rise.
    pub(super) margins: VecDeque<Asked>,
    #[serde(with = "serde_real")]
    pub(super) score: Real,
    /// What the crowd's position has made of the rate, by the day.
    #[serde(with = "serde_real")]
    pub(super) rate: Real,
    /// The same by the core's rule.
    pub(super) funding: Funding,
    /// Liquidations that the last block filled.
    pub(super) filled: u32,
    pub(super) marks: Marks,
    pub(super) books: Books,
    pub(super) began: Total,
    /// Traders of perpetuals, then borrowers, as margin calls see them.
    pub(super) traders: Vec<Party>,
    pub(super) borrowers: Vec<Party>,
    pub(super) orders: VecDeque<Order>,
    /// Forced trades of the block.
    pub(super) forced: Cash,
    /// What of the block's budget is left, in units of the underlying.
    pub(super) budget: Size,
    #[serde(with = "serde_real")]
    pub(super) gain: Real,
    pub(super) tape: Tape,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Asked(#[serde(with = "serde_real")] pub(super) Real);

/// What margin calls count coins and shares of the options pool for, once a block.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Marks {
    #[serde(with = "serde_real")]
    pub(super) coin: Real,
    #[serde(with = "serde_real")]
    pub(super) share: Real,
}

impl State {
    pub(super) fn new(
        scenario: &Scenario,
        design: &Design,
        path: u64,
    ) -> Result<Self, SystemError> {
        let market = Market::new(&scenario.market)?;
        let (now, maintenance) = (Timestamp::new(BEFORE_S), scenario.perp.maintenance);
        let insurance = crate::units::plus(scenario.perp.fund, scenario.lending.cover)?;
        let mut funding = Funding::new(now);
        if let Some(params) = design.funding.params(scenario)?
            && scenario.crowd.scale > 0
        {
            // The crowd has held what it holds for a day: that is no surge.
            let before = Timestamp::new(BEFORE_S - 86_400);
            funding = Funding::new(before).skewed(&params, before, size(scenario.crowd.units)?)?;
            funding = funding.after(&params, now)?;
            (funding.drift, funding.share) = (Real::ZERO, Real::ZERO);
        }
        let mut state = Self {
            block: 0,
            now,
            fuse: Fuse::new(now, market.ln_spot, market.slow, insurance),
            asked: maintenance,
            standing: StandingRange::default().after(now, maintenance, Real::ZERO),
            predictor: design.stress.begun(scenario)?,
            funding,
            filled: 0,
            oracle: Oracle::new(market.spot),
            market,
            chain: Chain::new(&scenario.chain),
            margins: VecDeque::new(),
            score: Real::ZERO,
            rate: Real::ZERO,
            marks: Marks { coin: Real::ONE, share: Real::ZERO },
            books: Books::default(),
            began: Total::default(),
            traders: Vec::new(),
            borrowers: Vec::new(),
            orders: VecDeque::new(),
            forced: Cash::ZERO,
            budget: Size::ZERO,
            gain: Real::ZERO,
            tape: Tape {
                coin_low: Real::ONE,
                margin_low: maintenance,
                margin_high: maintenance,
                ..Tape::default()
            },
        };
        let spot = scenario.market.spot;
        state.trade_perps(scenario, path, spot)?;
        state.lend(scenario, path, spot)?;
        state.mint(scenario)?;
        let street = &mut state.books.street;
        street.cash = Cash::from_atoms(STREET);
        // The crowd is as long as the street is short, at the first price.
        let position = size(scenario.crowd.units)?;
        let price = super::books::worth(position, spot.get())?;
        state.books.crowd.cash = super::books::less(scenario.crowd.margin, price)?;
        state.books.crowd.perps = position;
        let street = &mut state.books.street;
        street.cash = crate::units::plus(street.cash, price)?;
        street.perps = fewer(street.perps, position)?;
        state.balance_perps()?;
        state.began = state.books.total()?;
        state.books.check(&state.began, 0)?;
        Ok(state)
    }

    /// Longs and shorts of the venue, each with the margin that puts its liquidation where its buffer
    /// says: m·q·S·e^∓d is what a long, or a short, must have left there.
    fn trade_perps(
        &mut self,
        scenario: &Scenario,
        path: u64,
        spot: Price,
    ) -> Result<(), SystemError> {
        let rule = &scenario.perp;
        let sides = [
            (rule.longs, rule.buffers, luck::LONGS, 1),
            (rule.shorts, rule.short_buffers, luck::SHORTS, -1),
        ];
        for (count, buffers, stream, side) in sides {
            if count == 0 {
                continue;
            }
            let each = size(rule.units / i128::from(count))?;
            let notional = mul(units(each)?, spot.get())?;
            for i in 0..count {
                let mut draws = Draws::new(scenario.seed, path, 0, stream + u64::from(i));
                let (normal, luck) = (draws.normal(), draws.uniform());
                let distance = buffers.of(i, count, normal)?;
                let at = exp(-distance * side)?;
                // Equity there is m·at, and the loss on the way side·(1 − at).
                let share = add(mul(rule.maintenance, at)?, (Real::ONE - at) * side)?;
                let margin = mul(notional, share)?;
                let coins = if side > 0 { mul(margin, rule.coins)? } else { Real::ZERO };
                let perps = Size::from_atoms(each.atoms() * side);
                let price = super::books::worth(perps, spot.get())?;
                let hedge =
                    if side < 0 { size(mul(units(each)?, rule.hedged)?)? } else { Size::ZERO };
                self.books.traders.push(Account {
                    cash: super::books::less(cash(margin - coins), price)?,
                    coins: cash(coins),
                    perps,
                    units: hedge,
                    ..Account::default()
                });
                self.traders.push(Party::new(luck));
            }
        }
        self.books.fund.cash = rule.fund;
        self.margins.push_back(Asked(rule.maintenance));
        Ok(())
    }

    /// What longs and shorts do not have of each other is the street's.
    fn balance_perps(&mut self) -> Result<(), SystemError> {
        let sum = self.books.all().try_fold(0_i128, |sum, account| {
            sum.checked_add(account.perps.atoms())
                .ok_or(LoopError::Overflow { what: "open interest" })
        })?;
        let street = &mut self.books.street;
        street.perps = fewer(street.perps, Size::from_atoms(sum))?;
        Ok(())
    }

    /// Borrowers, each with the debt that puts its liquidation where its buffer says: ℓ·C·e^−d, shares
    /// of the pool counted as if they fell along.
    fn lend(&mut self, scenario: &Scenario, path: u64, spot: Price) -> Result<(), SystemError> {
        let (rule, count) = (&scenario.lending, scenario.lending.borrowers);
        self.books.lender.cash = rule.cash;
        self.books.cover.cash = rule.cover;
        self.books.pool.cash = scenario.options.cash;
        self.books.shares = SHARES;
        let pledged = size(mul(units(self.books.shares)?, rule.pledged)?)?;
        let cash_there = crate::units::money(scenario.options.cash)?;
        let nav = crate::units::div(cash_there, units(self.books.shares)?)?;
        self.marks.share = nav;
        let mut left = self.books.shares;
        if count > 0 {
            let each = size(rule.units / i128::from(count))?;
            let shares = Size::from_atoms(pledged.atoms() / i128::from(count));
            let value = add(mul(units(each)?, spot.get())?, mul(units(shares)?, nav)?)?;
            for i in 0..count {
                let stream = luck::BORROWERS + u64::from(i);
                let mut draws = Draws::new(scenario.seed, path, 0, stream);
                let (normal, luck) = (draws.normal(), draws.uniform());
                let distance = rule.buffers.of(i, count, normal)?;
                let debt = cash(mul(mul(rule.threshold(), value)?, exp(-distance)?)?);
                self.books.loans = crate::units::plus(self.books.loans, debt)?;
                left = fewer(left, shares)?;
                self.books.borrowers.push(Account {
                    units: each,
                    shares,
                    debt,
                    ..Account::default()
                });
                self.borrowers.push(Party::new(luck));
            }
        }
        self.books.street.shares = left;
        let keeper = Account { cash: scenario.keepers.capital, ..Account::default() };
        self.books.keepers = alloc::vec![keeper; scenario.keepers.count as usize];
        Ok(())
    }

    /// The stablecoin: what traders and its pool do not have, its holders do.
    fn mint(&mut self, scenario: &Scenario) -> Result<(), SystemError> {
        let rule = &scenario.stable;
        self.books.minted = rule.coins;
        self.books.issuer.cash = rule.reserve;
        self.books.issuer.units = rule.reserve_units;
        (self.books.curve.cash, self.books.curve.coins) = (rule.pool, rule.pool);
        let mut left = super::books::less(rule.coins, rule.pool)?;
        for trader in &self.books.traders {
            left = super::books::less(left, trader.coins)?;
        }
        if left < Cash::ZERO {
            let what = "fewer coins are out than traders and the coin's pool have";
            return Err(SystemError::Scenario(what));
        }
        self.books.holders.coins = left;
        Ok(())
    }
}

impl State {
    /// Whether it is of so many.
    pub(super) fn fits(&self, traders: usize, borrowers: usize, keepers: usize) -> bool {
        let whose = |order: &Order| match order.whose {
            super::keeper::Whose::Trader(i) => i < traders,
            super::keeper::Whose::Borrower(i) => i < borrowers,
        };
        self.traders.len() == traders
            && self.books.traders.len() == traders
            && self.borrowers.len() == borrowers
            && self.books.borrowers.len() == borrowers
            && self.books.keepers.len() == keepers
            && self.orders.iter().all(|order| order.keeper < keepers && whose(order))
    }
}
