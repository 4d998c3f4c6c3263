//! The numbers of records as columns by path, and what is estimated from them.

use std::collections::BTreeMap;

use amm_core::num::{Cash, Real};

use crate::experiment::lab::{ArmId, Lab};
use crate::experiment::record::Record;
use crate::stats::{Column, Estimate, Means, Resampled, Sheet};

/// A number of a record.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Quantity {
    /// Sum of squared moves of ln spot over the horizon of this number.
    Squares(usize),
    Gain,
    /// Share of blocks above a gain of ½, 0.7 and 1.
    Above(usize),
    /// 1 if the gain was above 1 at any time.
    Unstable,
    Wanted,
    Served,
    Refused,
    Deterred,
    Waited,
    Displaced,
    SoldVega,
    SoldExcess,
    BoughtVega,
    BoughtExcess,
    Profit,
    Fees,
    SkewCollected,
    SkewPaid,
    Slippage,
    /// What accounts on margin did not pay, and what taking them over brought.
    Unpaid,
    /// What options and hedge won or lost at fair marks: the profit less the other parts.
    Marks,
    Drawdown,
    Hedged,
    Crossed,
    Liquidated,
    Stale,
    Attackers,
    /// ln spot beside the path without the shock: by shock and mark.
    Response(usize, usize),
    /// The gain before the shocks.
    GainAtShock,
}

/// Every quantity of a record but the responses.
pub(super) fn quantities(horizons: usize) -> Vec<Quantity> {
    use Quantity::*;
    let mut all: Vec<Quantity> = (0..horizons).map(Squares).collect();
    all.extend((0..3).map(Above));
    all.extend([
        Gain,
        Unstable,
        Wanted,
        Served,
        Refused,
        Deterred,
        Waited,
        Displaced,
        SoldVega,
        SoldExcess,
        BoughtVega,
        BoughtExcess,
        Profit,
        Fees,
        SkewCollected,
        SkewPaid,
        Slippage,
        Unpaid,
        Marks,
        Drawdown,
        Hedged,
        Crossed,
        Liquidated,
        Stale,
        Attackers,
    ]);
    all
}

/// A scalar as a double: the nearest.
pub(super) fn real(value: Real) -> f64 {
    value.to_num()
}

/// Cash as a double: atoms, then units.
pub(super) fn money(cash: Cash) -> f64 {
    cash.atoms() as f64 / Cash::SCALE as f64
}

impl Quantity {
    /// Of a record; 0 where it has none.
    pub(super) fn of(self, record: &Record) -> f64 {
        let share = |count: u32| f64::from(count) / f64::from(record.blocks.max(1));
        let (demand, split) = (&record.demand, &record.split);
        match self {
            Self::Squares(at) => real(record.spans[at].squares),
            Self::Gain => real(record.gain_mean),
            Self::Above(level) => share(record.above[level]),
            Self::Unstable => f64::from(u8::from(record.above[2] > 0)),
            Self::Wanted => real(demand.wanted),
            Self::Served => real(demand.served),
            Self::Refused => real(demand.refused),
            Self::Deterred => real(demand.deterred),
            Self::Waited => real(demand.waited),
            Self::Displaced => real(demand.displaced),
            Self::SoldVega => real(record.sold.vega),
            Self::SoldExcess => real(record.sold.excess),
            Self::BoughtVega => real(record.bought.vega),
            Self::BoughtExcess => real(record.bought.excess),
            Self::Profit => money(record.profit),
            Self::Fees => money(split.fees),
            Self::SkewCollected => money(split.skew_collected),
            Self::SkewPaid => money(split.skew_paid),
            Self::Slippage => money(split.slippage),
            Self::Unpaid => money(split.unpaid),
            Self::Marks => {
                let charged = [split.fees, split.skew_collected, split.skew_paid];
                let parts = [charged.as_slice(), &[split.slippage, split.unpaid]].concat();
                parts.iter().fold(money(record.profit), |left, part| left - money(*part))
            }
            Self::Drawdown => money(record.drawdown),
            Self::Hedged => real(record.hedged),
            Self::Crossed => real(record.crossed),
            Self::Liquidated => real(record.liquidated),
            Self::Stale => f64::from(record.stale),
            Self::Attackers => record.attackers.map_or(0.0, money),
            Self::Response(shock, mark) => {
                let moves = record.responses.as_ref().and_then(|all| all.moves.get(shock));
                moves.and_then(|moves| moves.get(mark)).map_or(0.0, |ln| real(*ln))
            }
            Self::GainAtShock => record.responses.as_ref().map_or(0.0, |all| real(all.gain)),
        }
    }
}

/// Columns of arms, resampled together.
pub(super) struct Board {
    places: BTreeMap<(ArmId, Quantity), Column>,
    resampled: Resampled,
    /// Paths that each of its arms ran through.
    pub(super) paths: Vec<usize>,
}

impl Board {
    /// Of all arms and quantities on the paths that every arm ran through; `None` if there is none.
    pub(super) fn new(
        lab: &Lab<'_>,
        (arms, quantities): (&[ArmId], &[Quantity]),
        paths: u32,
        (seed, resamples): (u64, u32),
    ) -> Option<Self> {
        let whole = lab.whole(arms, paths);
        let mut sheet = Sheet::new(whole.len());
        let mut places = BTreeMap::new();
        for arm in arms {
            let records: Vec<&Record> =
                whole.iter().filter_map(|path| lab.records(*arm)[*path].as_ref().ok()).collect();
            for quantity in quantities {
                places.entry((*arm, *quantity)).or_insert_with(|| {
                    let values: Vec<f64> =
                        records.iter().map(|record| quantity.of(record)).collect();
                    sheet.column(&values)
                });
            }
        }
        let resampled = sheet.resample(seed, resamples)?;
        Some(Self { places, resampled, paths: whole })
    }

    /// The mean of a quantity in some means.
    ///
    /// # Panics
    ///
    /// If the board was made without it.
    pub(super) fn of(&self, means: Means<'_>, arm: ArmId, quantity: Quantity) -> f64 {
        means.of(self.places[&(arm, quantity)])
    }

    /// A statistic of the sample.
    pub(super) fn value(&self, of: impl Fn(Means<'_>) -> Option<f64>) -> Option<f64> {
        of(self.resampled.sample())
    }

    /// A statistic with its interval.
    pub(super) fn estimate(&self, of: impl Fn(Means<'_>) -> Option<f64>) -> Option<Estimate> {
        self.resampled.estimate(of)
    }

    /// As [`Resampled::estimate_rough`].
    pub(super) fn estimate_rough(&self, of: impl Fn(Means<'_>) -> Option<f64>) -> Option<Estimate> {
        self.resampled.estimate_rough(of)
    }

    /// A quantity's mean with its interval.
    pub(super) fn mean(&self, arm: ArmId, quantity: Quantity) -> Option<Estimate> {
        self.estimate(|means| Some(self.of(means, arm, quantity)))
    }

    /// The ratio of two quantities' means with its interval.
    pub(super) fn share(&self, arm: ArmId, of: Quantity, among: Quantity) -> Option<Estimate> {
        self.estimate(|means| {
            let all = self.of(means, arm, among);
            (all > 0.0).then(|| self.of(means, arm, of) / all)
        })
    }
}
