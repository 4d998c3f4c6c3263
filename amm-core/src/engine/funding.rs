//! Funding of options: what the crowded side of the traders' delta pays for it, by series.
//!
//! The traders' net delta drives one [`Funding`]; each series has an [`Index`] of its own, whose weight
//! is the dollar delta of one contract at the last market update and nothing once it has expired. What
//! an account owes is Σ position·index plus one exact sum, [`Account::funding`], which a trade lowers by
//! size·index: so a trade changes what is owed by nothing, and so does whoever asks. The pool is the other
//! side of all of it. What is owed counts in margin at once, and is paid by [`Event::Accrue`], which anyone
//! may send, and when the pool takes an account over.
//!
//! [`Event::Accrue`]: crate::engine::Event::Accrue

use alloc::collections::BTreeMap;

use crate::book::{Account, Inventory, Series};
use crate::engine::tally::positions;
use crate::engine::{Engine, Params, Reject, State};
use crate::num::{Amount, Cash, Real, Rounding, Size, Timestamp};
use crate::pricing::Kind;
use crate::quote::Desk;
use crate::risk::funding::{Funding, FundingParams, Index, Rate};

const OVERFLOW: Reject = Reject::Overflow { what: "funding" };

/// Funding as it stands.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FundingBook {
    /// The rate, and what it has come to.
    pub rate: Funding,
    /// What each series that has been quoted has come to, for one contract.
    pub indices: BTreeMap<Series, Index>,
    /// Σ of [`Account::funding`].
    pub credit: Amount,
}

/// What an event changes of it.
#[derive(Clone, Debug)]
pub(in crate::engine) enum FundingStep {
    /// The rate, and the sum over accounts.
    Moved(Funding, Amount),
    /// Indices as well.
    Whole(FundingBook),
}

/// What series have come to at a time.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Dues<'a> {
    params: Option<&'a FundingParams>,
    book: &'a FundingBook,
    now: Timestamp,
    share: Real,
}

impl FundingBook {
    /// What begins with parameters that have funding.
    pub(in crate::engine) fn begun(params: &Params, now: Timestamp) -> Option<Self> {
        let begun = || Self { rate: Funding::new(now), ..Self::default() };
        params.risk.funding.is_some().then(begun)
    }

    /// What it is at a time for series that live: the rate goes on, if there is one.
    fn share(&self, params: Option<&FundingParams>, at: Timestamp) -> Result<Real, Reject> {
        match params {
            Some(params) => Ok(self.rate.after(params, at)?.share),
            None => Ok(self.rate.share),
        }
    }

    /// At a time: what has expired by then counts up to its expiry and no further.
    fn passed(&self, params: Option<&FundingParams>, now: Timestamp) -> Result<Self, Reject> {
        let mut next = self.clone();
        for (series, index) in
            next.indices.iter_mut().take_while(|(series, _)| series.expiry <= now)
        {
            if index.weight != 0 {
                *index = index.reweighted(self.share(params, series.expiry)?, Real::ZERO)?;
            }
        }
        if let Some(params) = params {
            next.rate = self.rate.after(params, now)?;
        }
        Ok(next)
    }

    /// With the dollar deltas of a desk, and from now on the traders' net delta.
    fn weighted(mut self, desk: &Desk, skew: Size) -> Result<Self, Reject> {
        for row in &desk.board.rows {
            let forward = row.expiry.forward().get();
            for line in &row.lines {
                let value = &line.value;
                for (kind, delta) in [(Kind::Call, value.delta_call), (Kind::Put, value.delta_put)]
                {
                    let series = Series { expiry: row.stamp, strike: line.strike, kind };
                    let weight = delta.checked_mul(forward).ok_or(OVERFLOW)?;
                    let index = self.indices.entry(series).or_default();
                    *index = index.reweighted(self.rate.share, weight)?;
                }
            }
        }
        self.rate.skew = skew;
        Ok(self)
    }

    /// After a market update.
    pub(in crate::engine) fn updated(
        &self,
        params: &Params,
        now: Timestamp,
        (desk, skew): (&Desk, Size),
    ) -> Result<Self, Reject> {
        let next = self.passed(params.risk.funding.as_ref(), now)?;
        match params.risk.funding {
            Some(_) => next.weighted(desk, skew),
            None => Ok(next),
        }
    }

    /// Under other parameters: what has been owed so far stays owed.
    pub(in crate::engine) fn configured(
        state: &State,
        params: &Params,
        market: Option<(&Desk, Size)>,
    ) -> Result<Option<Self>, Reject> {
        let (now, before) = (state.now, state.params.risk.funding.as_ref());
        let Some(book) = &state.funding else {
            let begun = Self::begun(params, now);
            let weighted = begun.zip(market).map(|(book, (desk, skew))| book.weighted(desk, skew));
            return Ok(weighted.transpose()?.or(Self::begun(params, now)));
        };
        let mut next = book.passed(before, now)?;
        let share = next.rate.share;
        match (&params.risk.funding, before) {
            (Some(params), Some(_)) => {
                next.rate = next.rate.under(params);
                return Ok(Some(next));
            }
            (Some(_), None) => next.rate = Funding { share, ..Funding::new(now) },
            (None, _) => {
                next.rate = Funding { share, ..Funding::new(now) };
                for index in next.indices.values_mut() {
                    *index = index.reweighted(share, Real::ZERO)?;
                }
                return Ok(Some(next));
            }
        }
        match market {
            Some((desk, skew)) => next.weighted(desk, skew).map(Some),
            None => Ok(Some(next)),
        }
    }

    /// Without the series of an expiry that is settled, once nobody has any of them.
    pub(in crate::engine) fn without(mut self, expiry: Timestamp) -> Self {
        self.indices.retain(|series, _| series.expiry != expiry);
        self
    }
}

impl<'a> Dues<'a> {
    /// Of a book at a time; `None` where there has never been funding.
    pub(in crate::engine) fn new(
        params: &'a Params,
        book: Option<&'a FundingBook>,
        now: Timestamp,
    ) -> Result<Option<Self>, Reject> {
        let Some(book) = book else { return Ok(None) };
        let params = params.risk.funding.as_ref();
        Ok(Some(Self { params, book, now, share: book.share(params, now)? }))
    }

    /// Of an engine's present state.
    pub(in crate::engine) fn of(state: &'a State) -> Result<Option<Self>, Reject> {
        Self::new(&state.params, state.funding.as_ref(), state.now)
    }

    /// What a contract has come to.
    fn index(&self, series: &Series) -> Result<Real, Reject> {
        let Some(index) = self.book.indices.get(series) else { return Ok(Real::ZERO) };
        let expired = series.expiry <= self.now && index.weight != 0;
        let share = if expired { self.book.share(self.params, series.expiry)? } else { self.share };
        Ok(index.value(share)?)
    }

    /// What an account owes the pool; below zero, what it is to get.
    pub(in crate::engine) fn owed(&self, account: &Account) -> Result<Amount, Reject> {
        let mut sum = account.funding;
        for (series, position) in account.positions.as_slice() {
            let part = Amount::of(*position, self.index(series)?).ok_or(OVERFLOW)?;
            sum = sum.checked_add(part).ok_or(OVERFLOW)?;
        }
        Ok(sum)
    }

    /// Keeps what an account owes as it is while it takes on so much of a series.
    pub(in crate::engine) fn enter(
        &self,
        account: &mut Account,
        (series, size): (&Series, Size),
    ) -> Result<Amount, Reject> {
        let part = Amount::of(size, self.index(series)?).ok_or(OVERFLOW)?;
        let change = part.checked_neg().ok_or(OVERFLOW)?;
        account.funding = account.funding.checked_add(change).ok_or(OVERFLOW)?;
        Ok(change)
    }

    /// The rate with another net delta of the traders from now on, and so much more of credit.
    pub(in crate::engine) fn step(
        &self,
        skew: Size,
        credit: Amount,
    ) -> Result<FundingStep, Reject> {
        let credit = self.book.credit.checked_add(credit).ok_or(OVERFLOW)?;
        let Some(params) = self.params else {
            return Ok(FundingStep::Moved(self.book.rate, credit));
        };
        let mut expired = self.book.indices.iter().take_while(|(s, _)| s.expiry <= self.now);
        if expired.any(|(_, index)| index.weight != 0) {
            let next = self.book.passed(self.params, self.now)?;
            let rate = Funding { skew, ..next.rate };
            return Ok(FundingStep::Whole(FundingBook { rate, credit, ..next }));
        }
        Ok(FundingStep::Moved(self.book.rate.skewed(params, self.now, skew)?, credit))
    }

    /// What all accounts together owe the pool: what its own side of all positions has come to.
    pub(in crate::engine) fn receivable(&self, inventory: &Inventory) -> Result<Amount, Reject> {
        let mut sum = self.book.credit;
        for chain in inventory.chains() {
            for holding in &chain.holdings {
                for (kind, position) in positions(holding) {
                    let series = Series { expiry: chain.expiry, strike: holding.strike, kind };
                    let part = Amount::of(position, self.index(&series)?).ok_or(OVERFLOW)?;
                    sum = sum.checked_sub(part).ok_or(OVERFLOW)?;
                }
            }
        }
        Ok(sum)
    }
}

/// So much money as an exact sum.
pub(in crate::engine) fn amount(cash: Cash) -> Option<Amount> {
    Amount::of(Size::from_atoms(cash.atoms()), Real::ONE)
}

/// What is owed, in whole atoms against the one who owes it.
pub(in crate::engine) fn rounded(owed: Amount) -> Cash {
    owed.round(Rounding::Up)
}

impl Engine {
    /// The rate of funding that traders' net delta pays now; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`Reject::Funding`].
    pub fn funding_rate(&self) -> Result<Option<Rate>, Reject> {
        let funding = self.funding_now()?;
        Ok(funding.map(|(funding, params)| funding.rate(params)).transpose()?)
    }

    /// Funding as it is now, with its parameters; `None` where there is none.
    pub(in crate::engine) fn funding_now(
        &self,
    ) -> Result<Option<(Funding, &FundingParams)>, Reject> {
        let (params, book) = (&self.state.params.risk.funding, &self.state.funding);
        let Some((params, book)) = params.as_ref().zip(book.as_ref()) else { return Ok(None) };
        Ok(Some((book.rate.after(params, self.state.now)?, params)))
    }

    /// What an account owes the pool in funding, rounded up; below zero, what it is to get.
    ///
    /// # Errors
    ///
    /// [`Reject::NoAccount`], [`Reject::Funding`] and [`Reject::Overflow`].
    pub fn funding_owed(&self, id: crate::book::AccountId) -> Result<Cash, Reject> {
        let account = self.state.accounts.get(&id).ok_or(Reject::NoAccount { account: id })?;
        let owed = Dues::of(&self.state)?.map(|dues| dues.owed(account)).transpose()?;
        Ok(owed.map_or(Cash::ZERO, rounded))
    }
}
