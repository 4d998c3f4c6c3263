//! What an account is worth and what it needs, at the marks of a market state.

use alloc::collections::BTreeMap;

use crate::book::{Account, Series};
use crate::engine::funding::{Dues, rounded};
use crate::engine::{Engine, Reject, State};
use crate::num::{Amount, Cash, Price, Rounding, Size, Timestamp};
use crate::risk::liquidation::{Auction, AuctionParams, LiquidationError, Standing};
use crate::risk::margin::{
    AssetError, Assets, Backing, Funds, Margins, Requirement, admits, relieves,
};
use crate::risk::{covers, payoff};

const OVERFLOW: Reject = Reject::Overflow { what: "the account's margin" };

/// Prices that accounts are valued at.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Marks<'a> {
    /// `None` before the first market update, when nobody has a position.
    pub(in crate::engine) margins: Option<&'a Margins>,
    pub(in crate::engine) fixings: &'a BTreeMap<Timestamp, Price>,
    pub(in crate::engine) spot: Price,
    pub(in crate::engine) now: Timestamp,
    pub(in crate::engine) assets: Result<Assets, AssetError>,
    pub(in crate::engine) funding: Result<Option<Dues<'a>>, Reject>,
}

/// What an account needs, and what it has beside options and underlying.
pub(in crate::engine) type Stand = (Requirement, Funds);

impl<'a> Marks<'a> {
    /// Those of an engine's present state.
    pub(in crate::engine) fn of(engine: &'a Engine) -> Self {
        let state = &engine.state;
        let spot = state.market.as_ref().map_or(Price::MIN, |market| market.spot);
        let margins = engine.margins.as_ref();
        let (assets, funding) = (engine.assets(), Dues::of(state));
        Self { margins, fixings: &state.fixings, spot, now: state.now, assets, funding }
    }

    /// Where options that have expired end and those that live begin.
    pub(in crate::engine) fn living(&self, account: &Account) -> usize {
        account.positions.as_slice().partition_point(|(series, _)| series.expiry <= self.now)
    }

    /// What an account has and needs.
    pub(in crate::engine) fn stand(&self, account: &Account) -> Result<Stand, Reject> {
        let living = &account.positions.as_slice()[self.living(account)..];
        let requirement = match self.margins {
            Some(margins) => margins.requirement(living, Self::counted(account))?,
            None => Requirement::default(),
        };
        Ok((requirement, self.funds(account)?))
    }

    /// Its units of the underlying that count: of more than a price is multiplied with the rest does not.
    pub(in crate::engine) fn counted(account: &Account) -> Size {
        account.base.min(Size::from_atoms(i64::MAX.into()))
    }

    /// What an account has beside options that live and underlying. Options that have expired and are not
    /// settled count as money: at their settlement price, or at spot before there is one.
    pub(in crate::engine) fn funds(&self, account: &Account) -> Result<Funds, Reject> {
        let expired = &account.positions.as_slice()[..self.living(account)];
        let pays = |(series, position): &(Series, Size)| {
            let price = self.fixings.get(&series.expiry).copied().unwrap_or(self.spot);
            Amount::of(*position, payoff(series, price))
        };
        let mut sum = expired.iter().map(pays);
        let sum = sum.try_fold(Amount::ZERO, |sum, worth| sum.checked_add(worth?));
        let owed = self.owed(account)?;
        let sum = sum.and_then(|sum| sum.checked_sub(owed));
        let cash = account.cash.checked_add(sum.ok_or(OVERFLOW)?.round(Rounding::Down));
        let backing = match account.assets.is_empty() {
            true => Backing::default(),
            false => self.valued()?.standing(&account.assets)?,
        };
        Ok(Funds { cash: cash.ok_or(OVERFLOW)?, backing })
    }

    pub(in crate::engine) fn valued(&self) -> Result<&Assets, Reject> {
        self.assets.as_ref().map_err(|&error| error.into())
    }

    /// Whether an account has initial margin. Prices of assets must be fresh for that, unless they are not
    /// needed.
    fn admits(&self, account: &Account, (needs, funds): &Stand) -> Result<(), Reject> {
        let bare = Funds { backing: Backing::default(), ..*funds };
        match admits(needs, &bare) {
            Ok(()) => return Ok(()),
            Err(short) if account.assets.is_empty() => return Err(short.into()),
            Err(_) => {}
        }
        let backing = self.valued()?.opening(&account.assets)?;
        Ok(admits(needs, &Funds { backing, ..*funds })?)
    }

    /// What an account owes in funding.
    pub(in crate::engine) fn owed(&self, account: &Account) -> Result<Amount, Reject> {
        let owed = self.funding?.map(|dues| dues.owed(account)).transpose()?;
        Ok(owed.unwrap_or(Amount::ZERO))
    }

    /// The same as an auction sees it.
    pub(in crate::engine) fn standing(&self, account: &Account) -> Result<Standing, Reject> {
        let (needs, funds) = self.stand(account)?;
        let equity = needs.cushion(&funds)?.checked_add(needs.maintenance).ok_or(OVERFLOW)?;
        Ok(Standing { equity, maintenance: needs.maintenance })
    }

    /// Whether an auction of an account is over: nothing is left to sell, or it is back.
    pub(in crate::engine) fn is_over(
        &self,
        rule: &AuctionParams,
        auction: &Auction,
        account: &Account,
    ) -> bool {
        if self.living(account) == account.positions.len() {
            return true;
        }
        let Ok(standing) = self.standing(account) else { return false };
        let offer = auction.offer(&standing, rule, self.now);
        matches!(offer, Err(LiquidationError::Healthy { .. }))
    }
}

/// Whether an account's short options are backed in full, by what funding of before leaves of its cash.
pub(in crate::engine) fn covered(state: &State, account: &Account) -> Result<(), Reject> {
    let Some(dues) = Dues::of(state)? else { return Ok(covers(account)?) };
    let owed = rounded(dues.owed(account)?).max(Cash::ZERO);
    let cash = account.cash.checked_sub(owed).ok_or(OVERFLOW)?;
    if cash < Cash::ZERO {
        return Err(Reject::Cash { held: account.cash, needed: owed });
    }
    Ok(covers(&Account { cash, ..account.clone() })?)
}

impl Engine {
    /// What an account has and needs by the margin rule.
    ///
    /// # Errors
    ///
    /// [`Reject::NoAccount`], [`Reject::FullyBacked`] where full collateral is the rule, and
    /// [`Reject::Margin`].
    pub fn standing(&self, id: crate::book::AccountId) -> Result<Stand, Reject> {
        let account = self.state.accounts.get(&id).ok_or(Reject::NoAccount { account: id })?;
        match self.state.params.risk.margin.params() {
            Some(_) => Marks::of(self).stand(account),
            None => Err(Reject::FullyBacked),
        }
    }

    /// Whether an account has what its options need. One that lacks it may still do what leaves it with
    /// more over maintenance margin than `before`, and not in want of that.
    pub(in crate::engine) fn backs(
        &self,
        before: Option<&Account>,
        after: &Account,
    ) -> Result<(), Reject> {
        if self.state.params.risk.margin.params().is_none() {
            return covered(&self.state, after);
        }
        self.backs_at(&Marks::of(self), before, after)
    }

    /// The same at marks, where margin is the rule.
    pub(in crate::engine) fn backs_at(
        &self,
        marks: &Marks<'_>,
        before: Option<&Account>,
        after: &Account,
    ) -> Result<(), Reject> {
        let has = marks.stand(after)?;
        let Err(short) = marks.admits(after, &has) else { return Ok(()) };
        if let Some(before) = before {
            let had = marks.stand(before)?;
            let lacked = marks.admits(before, &had).is_err();
            if lacked && relieves((&had.0, &had.1), (&has.0, &has.1))? {
                return Ok(());
            }
        }
        Err(short)
    }

    /// What accounts in auction are short of zero: losses that are known and not shared out.
    pub(in crate::engine) fn pending_loss(
        state: &State,
        marks: &Marks<'_>,
    ) -> Result<Cash, Reject> {
        state.watch.auctions.keys().try_fold(Cash::ZERO, |sum, id| {
            let Some(account) = state.accounts.get(id) else { return Ok(sum) };
            let lost = marks.standing(account)?.equity.min(Cash::ZERO);
            sum.checked_sub(lost).ok_or(OVERFLOW)
        })
    }
}
