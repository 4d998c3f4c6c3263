//! A Dutch auction of an account: what it costs to take a share of it, by the time that has passed.

use crate::num::{Cash, OutOfRange, Real, Rounding, Seconds, Timestamp, mul_div};
use crate::risk::liquidation::{Curve, LiquidationError, Standing, least_share};
use crate::risk::within::{BPS, whole};

/// How accounts are auctioned.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AuctionParams {
    /// What is bid while the account is solvent.
    pub curve: Curve,
    /// How long the insolvent phase takes to reach its highest payment: a second at least.
    pub insolvent: Seconds,
    /// The buffer over the maintenance margin that a liquidation restores, in hundredths of a per cent
    /// of it: at most 100,000.
    pub buffer_bps: u32,
}

impl Default for AuctionParams {
    /// The default curve, ten minutes to the highest payment, a buffer of 30 %: derivexyz/v2-core,
    /// scripts/config.sol.
    fn default() -> Self {
        let insolvent = Seconds::new(600).unwrap_or(Seconds::MAX);
        Self { curve: Curve::default(), insolvent, buffer_bps: 3_000 }
    }
}

impl AuctionParams {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] with the number.
    pub fn check(&self) -> Result<(), OutOfRange> {
        self.curve.check()?;
        let longest = Seconds::MAX.get();
        whole("length of the insolvent phase in seconds", self.insolvent.get(), 1, longest)?;
        whole("buffer over the maintenance margin in bps", self.buffer_bps, 0, 10 * BPS).map(|_| ())
    }
}

/// Where an auction stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Phase {
    /// The bid falls fast from near the mark.
    Fast,
    /// It falls slowly to nothing.
    Slow,
    /// Whoever takes a share is paid for it.
    Insolvent,
}

/// One account's auction. It begins when the account is below its maintenance margin and lasts until
/// it is back at the target, or all of it has gone.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Auction {
    /// When it, or its insolvent phase, began.
    pub since: Timestamp,
    /// Whether it is in the insolvent phase.
    pub insolvent: bool,
    /// What earlier bids paid in, which is not for sale: zero or more, and zero if insolvent.
    pub reserved: Cash,
}

/// What is offered for all that is for sale.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Offer {
    /// Where the auction stands.
    pub phase: Phase,
    /// What is for sale at its mark: the equity less the reserve; with debts in it, below zero.
    pub worth: Cash,
    /// What whoever takes all of it pays; below zero: is paid.
    pub price: Cash,
    /// The largest share that may go: the smallest that restores the target.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub most: Real,
}

impl Offer {
    /// What taking all of it is worth to a liquidator at the mark: never below zero, and never above
    /// the larger of the account's equity and its maintenance margin.
    pub fn profit(&self) -> Cash {
        // Both within 2¹²¹.
        Cash::from_atoms(self.worth.atoms() - self.price.atoms())
    }
}

/// What a bid moves: the share of every position and debt of the account that is for sale goes to the
/// bidder, and this money.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Bid {
    /// In which phase.
    pub phase: Phase,
    /// The share taken, in (0, 1].
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub share: Real,
    /// What that is at its mark, rounded up.
    pub worth: Cash,
    /// What the bidder pays the account, rounded up; zero in the insolvent phase.
    pub pays: Cash,
    /// What the bidder is paid, rounded down: a loss for the [`waterfall`](super::waterfall). Zero
    /// while the account is solvent.
    pub paid: Cash,
    /// What the bidder gains at the mark: worth − pays + paid.
    pub profit: Cash,
    /// Whether it is as much as may go: with a margin in proportion the account is restored, or gone.
    pub ends: bool,
}

impl Auction {
    /// Begins the auction of an account that is below its maintenance margin.
    ///
    /// # Errors
    ///
    /// [`LiquidationError::Healthy`] if it is not, and [`LiquidationError::Money`].
    pub fn open(standing: &Standing, now: Timestamp) -> Result<Self, LiquidationError> {
        standing.check()?;
        if !standing.is_liquidatable() {
            let Standing { equity, maintenance: needed } = *standing;
            return Err(LiquidationError::Healthy { equity, needed });
        }
        let insolvent = standing.equity <= Cash::ZERO;
        Ok(Self { since: now, insolvent, reserved: Cash::ZERO })
    }

    /// Whether bids can have led to it.
    pub fn is_possible(&self) -> bool {
        Cash::ZERO <= self.reserved && !(self.insolvent && self.reserved > Cash::ZERO)
    }

    /// The auction at a time: in its insolvent phase once nobody has bid until the slow phase ended, or
    /// once the account is worth nothing. Where the reserve is worth more than the account, which a
    /// move of the mark can bring about, it is for sale with the rest.
    ///
    /// The clock's part is the same however often it is asked; the account's part changes with its
    /// mark, at market updates, which is when to ask.
    #[must_use]
    pub fn at(&self, standing: &Standing, params: &AuctionParams, now: Timestamp) -> Self {
        let over = self.since.get().saturating_add(params.curve.length());
        let insolvent = |since| Self { since, insolvent: true, reserved: Cash::ZERO };
        match *self {
            Self { insolvent: true, .. } => *self,
            _ if now.get() >= over => insolvent(Timestamp::new(over)),
            _ if standing.equity <= Cash::ZERO => insolvent(now),
            _ if standing.equity <= self.reserved => Self { reserved: Cash::ZERO, ..*self },
            _ => *self,
        }
    }

    /// Whether nobody came even for the highest payment. Then whoever stands behind the pool takes the
    /// account at its mark, and what it is short of zero goes to the [`waterfall`](super::waterfall):
    /// no liquidation waits for a keeper for ever.
    pub fn is_exhausted(&self, params: &AuctionParams, now: Timestamp) -> bool {
        self.insolvent && self.elapsed(now) >= u64::from(params.insolvent.get())
    }

    /// What all that is for sale goes for, in the auction as it is [`at`](Self::at) that time.
    ///
    /// While the account is solvent that is the curve's share of its mark. In the insolvent phase the
    /// payment rises in a straight line from what the account is short of zero, so that the debt is
    /// taken over at its mark, to what it is short of its maintenance margin. So the profit rises
    /// without a break from near nothing to the equity, and from there to the maintenance margin, which
    /// is what the positions are thought able to lose: past it nobody would need more to take them.
    /// The two payments are those of derivexyz/v2-core, DutchAuction.sol,
    /// `_getSolventAuctionBidPrice` and `_getInsolventAuctionBidPrice`.
    ///
    /// # Errors
    ///
    /// [`LiquidationError::Healthy`] once the account is back: at the target while it is solvent, at
    /// its maintenance margin in the insolvent phase. [`LiquidationError::Money`] and
    /// [`LiquidationError::OutOfRange`] for numbers and parameters out of range. Nothing else: an
    /// account that is liquidatable has an offer.
    pub fn offer(
        &self,
        standing: &Standing,
        params: &AuctionParams,
        now: Timestamp,
    ) -> Result<Offer, LiquidationError> {
        params.check()?;
        standing.check()?;
        let auction = self.at(standing, params, now);
        let elapsed = auction.elapsed(now);
        let Standing { equity, maintenance } = *standing;
        if auction.insolvent {
            if !standing.is_liquidatable() {
                return Err(LiquidationError::Healthy { equity, needed: maintenance });
            }
            let price = Cash::from_atoms(-payment(standing, params.insolvent, elapsed));
            return Ok(Offer { phase: Phase::Insolvent, worth: equity, price, most: Real::ONE });
        }
        let needed = standing.target(params.buffer_bps)?;
        if equity >= needed {
            return Err(LiquidationError::Healthy { equity, needed });
        }
        let fast = elapsed < u64::from(params.curve.fast.get());
        let phase = if fast { Phase::Fast } else { Phase::Slow };
        // Above zero, as the reserve is below the equity now.
        let worth = Cash::from_atoms(equity.atoms() - auction.reserved.atoms());
        let price = params.curve.bid(worth, elapsed);
        let most = least_share(equity, auction.reserved, needed, price)?;
        Ok(Offer { phase, worth, price, most })
    }

    /// A bid for a share of the account: as much as is `wanted`, as may go, and as the block's budget
    /// leaves, `cap`. Returns it with the auction after it.
    ///
    /// ```
    /// use amm_core::num::{Real, Timestamp};
    /// use amm_core::risk::liquidation::{Auction, AuctionParams, Phase, Standing};
    ///
    /// let standing = Standing { equity: "300".parse()?, maintenance: "400".parse()? };
    /// let auction = Auction::open(&standing, Timestamp::new(0))?;
    /// let (params, later) = (AuctionParams::default(), Timestamp::new(600));
    /// let (bid, _) = auction.bid(&standing, &params, later, Real::ONE, Real::ONE)?;
    /// // 220 are missing of 520. 82.5 % of the mark is bid, so 220/(220 + 247.5) goes.
    /// assert_eq!((bid.phase, format!("{:.4}", bid.share)), (Phase::Fast, "0.4706".into()));
    /// assert_eq!((bid.pays.to_string(), bid.profit.to_string()), ("116.470588236".into(), "24.705882353".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`LiquidationError::Share`] unless `wanted` and `cap` lie above 0 and up to 1, and those of
    /// [`Auction::offer`].
    pub fn bid(
        &self,
        standing: &Standing,
        params: &AuctionParams,
        now: Timestamp,
        wanted: Real,
        cap: Real,
    ) -> Result<(Bid, Self), LiquidationError> {
        if let Some(got) = [wanted, cap].into_iter().find(|share| *share <= 0 || *share > 1) {
            return Err(LiquidationError::Share { got });
        }
        let Offer { phase, worth, price, most } = self.offer(standing, params, now)?;
        let share = most.min(wanted).min(cap);
        let worth = part(worth, share, Rounding::Up);
        let price = part(price, share, Rounding::Up);
        let (pays, paid) = (price.max(Cash::ZERO), Cash::from_atoms(-price.atoms().min(0)));
        let profit = Cash::from_atoms(worth.atoms() - price.atoms());
        let bid = Bid { phase, share, worth, pays, paid, profit, ends: share == most };
        let after = self.at(standing, params, now);
        // Zero in the insolvent phase; else below the equity and a bid's worth, 2¹²¹.
        let reserved = Cash::from_atoms(after.reserved.atoms() + pays.atoms());
        Ok((bid, Self { reserved, ..after }))
    }

    fn elapsed(&self, now: Timestamp) -> u64 {
        now.get().saturating_sub(self.since.get())
    }
}

/// What is paid to whoever takes all of an account that is below its maintenance margin: from
/// −min(E, 0) up to M − E, rounded down.
fn payment(standing: &Standing, length: Seconds, elapsed_s: u64) -> i128 {
    let (equity, needed) = (standing.equity.atoms(), standing.maintenance.atoms());
    let short = -equity.min(0);
    let rise = (needed - equity - short).unsigned_abs(); // M − max(E, 0) ≥ 0, < 2¹²²
    let length = u128::from(length.get()).max(1);
    let elapsed = u128::from(elapsed_s).min(length);
    // At most the rise.
    let risen = mul_div(rise, elapsed, length, Rounding::Down).unwrap_or(rise);
    short + risen as i128
}

/// A share of a sum of money.
fn part(cash: Cash, share: Real, rounding: Rounding) -> Cash {
    let negative = cash < Cash::ZERO;
    // The size is rounded the other way of a number below zero.
    let way = match (rounding, negative) {
        (Rounding::Up, false) | (Rounding::Down, true) => Rounding::Up,
        _ => Rounding::Down,
    };
    let size = cash.atoms().unsigned_abs();
    // Of a share up to one: no more than the size, which is below 2¹²².
    let size = mul_div(size, share.to_bits() as u128, 1 << 64, way).unwrap_or(size) as i128;
    Cash::from_atoms(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::liquidation::MONEY_MAX;
    use std::string::{String, ToString};

    fn standing(equity: &str, maintenance: &str) -> Standing {
        let (equity, maintenance) = (equity.parse().unwrap(), maintenance.parse().unwrap());
        Standing { equity, maintenance }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(seconds)
    }

    fn price(standing: &Standing, seconds: u64) -> (Phase, String) {
        let auction = Auction::open(standing, at(0)).unwrap();
        let offer = auction.offer(standing, &AuctionParams::default(), at(seconds)).unwrap();
        (offer.phase, offer.price.to_string())
    }

    #[test]
    fn three_phases_one_after_the_other() {
        let called = standing("300", "400");
        assert_eq!(price(&called, 0), (Phase::Fast, "285".into()));
        assert_eq!(price(&called, 1_199), (Phase::Fast, "210.0625".into()));
        assert_eq!(price(&called, 1_200), (Phase::Slow, "210".into()));
        assert_eq!(price(&called, 11_999), (Phase::Slow, "0.019444444".into()));
        assert_eq!(price(&called, 12_000), (Phase::Insolvent, "0".into()));
        assert_eq!(price(&called, 12_300), (Phase::Insolvent, "-50".into()));
        assert_eq!(price(&called, u64::MAX), (Phase::Insolvent, "-100".into()));
        let insolvent = standing("-30", "400");
        assert_eq!(price(&insolvent, 0), (Phase::Insolvent, "-30".into()));
        assert_eq!(price(&insolvent, 300), (Phase::Insolvent, "-230".into()));
        assert_eq!(price(&insolvent, 600), (Phase::Insolvent, "-430".into()));
    }

    #[test]
    fn a_bid_takes_what_it_may() {
        let called = standing("300", "400");
        let auction = Auction::open(&called, at(0)).unwrap();
        let params = AuctionParams::default();
        let eighth = Real::lit("0.125");
        let (bid, after) = auction.bid(&called, &params, at(0), Real::ONE, eighth).unwrap();
        assert_eq!((bid.share, bid.ends), (eighth, false));
        assert_eq!(
            (bid.pays.to_string(), bid.profit.to_string()),
            ("35.625".into(), "1.875".into())
        );
        assert_eq!(after.reserved, bid.pays);
        // What the first bid left: seven eighths of the positions, and the cash it paid.
        let left = standing("298.125", "350");
        let (bid, after) = after.bid(&left, &params, at(0), Real::ONE, Real::ONE).unwrap();
        assert!(bid.ends);
        let reached = left.equity.atoms() - bid.worth.atoms() + bid.pays.atoms();
        assert!(after.reserved > bid.pays);
        let rest = Real::ONE - bid.share;
        let target = part(left.target(params.buffer_bps).unwrap(), rest, Rounding::Up);
        assert!(reached >= target.atoms() - 1 && reached <= target.atoms() + 1);
        for got in [Real::ZERO, -Real::DELTA, Real::ONE + Real::DELTA] {
            let error = auction.bid(&called, &params, at(0), got, Real::ONE).unwrap_err();
            assert_eq!(error, LiquidationError::Share { got });
        }
    }

    #[test]
    fn it_ends_where_the_account_is_back() {
        let auction = Auction::open(&standing("300", "400"), at(0)).unwrap();
        let params = AuctionParams::default();
        assert!(auction.offer(&standing("519.999999999", "400"), &params, at(5)).is_ok());
        let error = auction.offer(&standing("520", "400"), &params, at(5)).unwrap_err();
        assert_eq!(error.to_string(), "an equity of 520 is not below the 520 needed");
        // In the insolvent phase the maintenance margin is enough.
        let error = auction.offer(&standing("400", "400"), &params, at(12_000)).unwrap_err();
        assert_eq!(error.to_string(), "an equity of 400 is not below the 400 needed");
        assert!(Auction::open(&standing("400", "400"), at(0)).is_err());
    }

    #[test]
    fn a_mark_that_moves_turns_it() {
        let (params, now) = (AuctionParams::default(), at(30));
        let auction = Auction { reserved: "20".parse().unwrap(), ..open() };
        let worn = auction.at(&standing("20", "400"), &params, now);
        assert_eq!((worn.reserved, worn.insolvent), (Cash::ZERO, false));
        let broke = auction.at(&standing("0", "400"), &params, now);
        assert_eq!(broke, Auction { since: now, insolvent: true, reserved: Cash::ZERO });
        assert_eq!(broke.at(&standing("20", "400"), &params, at(99)), broke);
        assert!(!broke.is_exhausted(&params, at(629)) && broke.is_exhausted(&params, at(630)));
        assert!(!auction.is_exhausted(&params, at(u64::MAX)));
        // The clock's part does not depend on when it is asked.
        let late = auction.at(&standing("300", "400"), &params, at(50_000));
        assert_eq!(late.since, at(12_000));
    }

    fn open() -> Auction {
        Auction::open(&standing("300", "400"), at(0)).unwrap()
    }

    #[test]
    fn the_largest_accounts_have_offers() {
        let (least, most) = (Cash::from_atoms(-MONEY_MAX.atoms()), MONEY_MAX);
        let params = AuctionParams { buffer_bps: 0, ..AuctionParams::default() };
        for equity in [least, Cash::ZERO, Cash::from_atoms(most.atoms() - 1)] {
            let standing = Standing { equity, maintenance: most };
            let auction = Auction::open(&standing, at(7)).unwrap();
            for second in [0, 7, 5_000, 12_007, 12_300, u64::MAX] {
                let (bid, _) =
                    auction.bid(&standing, &params, at(second), Real::ONE, Real::ONE).unwrap();
                assert!(bid.profit >= Cash::ZERO && bid.profit <= most, "{bid:?}");
            }
        }
    }
}
