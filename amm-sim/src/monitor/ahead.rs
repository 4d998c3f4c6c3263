//! What stands around the price: the breaker, margin, liquidations and the forecast.

use super::Number;
use super::frame::{AccountMargin, Around, Breaker, Carry, Forecast, Liquidation, Margin, Topic};
use super::warn::{self, Judged};
use amm_core::book::AccountId;
use amm_core::engine::{Engine, RiskSignals, StressSignals};
use amm_core::num::{Cash, Price, Real, YEAR_S};
use amm_core::risk::breaker::{Reason, State};
use amm_core::risk::liquidation::Auction;
use amm_core::signals::{Cause, LogHar, Outlook, Predictor, PredictorParams, Signals};

/// What an engine itself keeps around the price, as its parameters ask for.
pub(super) fn around(engine: &Engine) -> Around {
    let (params, Ok(signals)) = (&engine.state().params().risk, engine.risk_signals()) else {
        return Around::default();
    };
    let forecast = params.prediction.zip(signals.outlook);
    Around {
        forecast: forecast.map(|(params, outlook)| foreseen(&params.forecast, &outlook)),
        breaker: params.breaker.is_some().then(|| breaker(&signals)),
        margin: params.margin.params().map(|_| margin(engine)),
        liquidation: params.margin.params().map(|_| liquidation(engine, &signals)),
        carry: signals.carry.as_ref().map(carry),
    }
}

/// Accounts that are shown.
const NEAREST: usize = 8;

/// Accounts with positions, those with the least over their maintenance margin first.
fn margin(engine: &Engine) -> Margin {
    let accounts = engine.state().accounts().iter();
    let held = accounts.filter(|(_, account)| !account.positions.is_empty());
    let mut rows: Vec<_> = held.filter_map(|(id, _)| stands(engine, *id)).collect();
    rows.sort_by_key(|(row, _)| row.cushion);
    let sum = |of: fn(&Row) -> Cash| {
        let all = rows.iter().map(|(row, _)| Number::from(of(row)).0);
        Number::of(all.sum())
    };
    Margin {
        accounts: rows.len() as u64,
        equity: sum(|row| row.equity),
        initial: sum(|row| row.initial),
        maintenance: sum(|row| row.maintenance),
        nearest: rows.iter().take(NEAREST).map(|(_, shown)| *shown).collect(),
    }
}

/// What an account has and needs, to be summed.
struct Row {
    cushion: Cash,
    equity: Cash,
    initial: Cash,
    maintenance: Cash,
}

/// One account; none whose margin no number holds.
fn stands(engine: &Engine, id: AccountId) -> Option<(Row, AccountMargin)> {
    let (needs, funds) = engine.standing(id).ok()?;
    let cushion = needs.cushion(&funds).ok()?;
    let (initial, maintenance) = (needs.initial, needs.maintenance);
    let equity = cushion.checked_add(maintenance)?;
    let shown =
        AccountMargin { account: id.0, equity: equity.into(), maintenance: maintenance.into() };
    Some((Row { cushion, equity, initial, maintenance }, shown))
}

/// Accounts for sale, and what the last of them took.
fn liquidation(engine: &Engine, signals: &RiskSignals) -> Liquidation {
    let watch = engine.state().watch();
    let mut auctions = signals.auctions.clone();
    auctions.sort_by_key(|(id, auction)| (auction.since, *id));
    let row = |(id, _): &(AccountId, Auction)| stands(engine, *id).map(|(_, shown)| shown);
    Liquidation {
        queue: auctions.iter().filter_map(row).collect(),
        units: watch.spent.units.into(),
        insurance_drawn: watch.draw.paid.into(),
    }
}

fn breaker(signals: &RiskSignals) -> Breaker {
    let state = match signals.breaker.state {
        State::Normal => "normal",
        State::Widened => "widened",
        State::ReduceOnly => "reduce_only",
        State::Halted => "halted",
        State::Reopening => "reopening",
    };
    let reason = |reason: &Reason| {
        let does = if reason.rise == reason.held { "reaches" } else { "has not left" };
        format!("{} of {:.3} {does} {:.3}", reason.trigger.name(), reason.got, reason.limit)
    };
    let reasons: Vec<String> = signals.reasons.iter().map(reason).collect();
    let reason = match reasons.is_empty() {
        true => "nothing calls for more".to_owned(),
        false => reasons.join(", "),
    };
    let auction = Some(signals.auction).filter(|asked| *asked > 0).map(Number::from);
    Breaker { state: state.to_owned(), since_s: signals.breaker.since.get(), reason, auction }
}

fn carry(seen: &amm_core::risk::funding::Carry) -> Carry {
    let basis = seen.basis.map(|basis| basis.per_year.into());
    Carry { funding: seen.per_year.into(), basis }
}

fn foreseen(har: &LogHar, outlook: &StressSignals) -> Forecast {
    let some = |variance: Real| Some(variance).filter(|variance| *variance > 0).map(vol);
    Forecast {
        horizon_s: horizon(har),
        realised: some(outlook.forecast),
        range: some(outlook.fast.garman_klass),
        stress: Some(outlook.stress.into()),
        cause: outlook.score.cause().map(|cause| name(cause).to_owned()),
    }
}

fn horizon(har: &LogHar) -> u64 {
    u64::from(har.bar.get()) * u64::from(har.ahead)
}

fn vol(variance: Real) -> Number {
    Number::of(Number::from(variance).0.max(0.0).sqrt())
}

/// A predictor beside an engine that has none: it sees every update of the market, and no trade in the
/// underlying and no liquidation.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    /// None if the defaults are refused, which they are not.
    predictor: Option<Predictor>,
}

impl Ahead {
    pub(super) fn new() -> Self {
        Self { predictor: Predictor::new(PredictorParams::default()).ok() }
    }

    /// Takes in an update. One from which nothing can be told changes nothing.
    pub(super) fn observe(&mut self, signals: &Signals) {
        let Some((predictor, surface_variance)) = self.predictor.zip(variance(signals)) else {
            return;
        };
        let assets = vec![Price::MIN; predictor.params().cluster.assets.into()];
        let (now, spot, gain) = (signals.now, signals.spot, signals.gain_max);
        let outlook = Outlook { now, spot, assets: &assets, surface_variance, gain };
        if let Ok(next) = predictor.after(&outlook) {
            self.predictor = Some(next);
        }
    }

    /// What is seen ahead.
    pub(super) fn forecast(&self) -> Option<Forecast> {
        let predictor = self.predictor.as_ref()?;
        let range = predictor.range().fast().map(|range| vol(range.garman_klass));
        Some(Forecast {
            horizon_s: horizon(&predictor.params().forecast),
            realised: predictor.forecast().ok().flatten().map(vol),
            range,
            stress: Some(predictor.stress().score().into()),
            cause: predictor.score().cause().map(|cause| name(cause).to_owned()),
        })
    }
}

/// The stress of a forecast.
pub(super) fn stress(forecast: &Forecast) -> Option<Judged> {
    let value = forecast.stress?.0;
    let cause = forecast.cause.as_ref().map(|cause| format!(", most of it for {cause}"));
    let says = format!("stress {value:.2}{}", cause.unwrap_or_default());
    Some(Judged { topic: Topic::Stress, value, thresholds: warn::STRESS, says })
}

/// The base surface's variance a year, up to the first expiry that is as far as a forecast reaches, or the
/// last one.
fn variance(signals: &Signals) -> Option<Real> {
    const DAY_S: u64 = 86_400;
    let left = |expiry: amm_core::num::Timestamp| expiry.get().saturating_sub(signals.now.get());
    let far = signals.buckets.iter().find(|bucket| left(bucket.expiry) >= DAY_S);
    let bucket = far.or(signals.buckets.last())?;
    let seconds = i128::from(left(bucket.expiry).max(1));
    let variance = bucket.variance.checked_mul(Real::from_num(YEAR_S))? / seconds;
    Some(variance).filter(|variance| *variance > 0)
}

const fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::Forecast => "volatility forecast above the surface's",
        Cause::Deviation => "spot's distance from its average price",
        Cause::Intensity => "events that come thick",
        Cause::Correlation => "collaterals that move as one",
        Cause::Gain => "the loop gain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amm_core::book::Side;
    use amm_core::engine::{Event, MarginRule, Params};
    use amm_core::num::{Size, Timestamp};
    use amm_core::pricing::Kind;
    use amm_core::risk::funding::FundingParams;
    use amm_core::risk::margin::MarginParams;
    use amm_core::testing::history::{self, TRADERS};

    /// An engine on margin shows who is nearest, and who is for sale.
    #[test]
    fn margin_and_the_queue_are_the_engines() {
        let bare = around(&history::opened(Params::dynamic()));
        assert_eq!((bare.margin, bare.carry), (None, None));
        let mut params = Params::dynamic();
        params.risk.margin = MarginRule::Margin(MarginParams::dynamic());
        params.risk.funding = Some(FundingParams::default());
        let mut engine = history::opened(params);
        // As many calls as the account's margin is good for.
        let mut sold = 0;
        for contracts in [16_000, 4_000, 1_000, 250] {
            let size = contracts * Size::SCALE;
            let order = history::order(Side::Sell, 30, 1000, Kind::Call, size);
            while engine.apply(&order).is_ok() {
                sold += contracts;
            }
        }
        assert!(sold > 0);
        let before = around(&engine).margin.unwrap();
        assert_eq!((before.accounts, before.nearest.len()), (1, 1));
        assert_eq!(before.nearest[0].account, TRADERS[0].0);
        assert!(before.equity.0 > before.initial.0 && before.initial.0 > before.maintenance.0);
        assert!(around(&engine).liquidation.unwrap().queue.is_empty());
        // Spot rises until it is called, and its auction opens.
        for spot in (1010..2000_u32).step_by(10) {
            let now = Timestamp::new(engine.state().now().get() + 60);
            let spot = Price::new(Real::from_num(spot)).unwrap();
            let update = history::market(engine.state(), now, spot);
            engine.apply(&Event::Market(update)).unwrap();
            let nearest = around(&engine).margin.unwrap().nearest[0];
            if nearest.equity.0 < nearest.maintenance.0 {
                break;
            }
        }
        let (account, bidder) = (TRADERS[0], TRADERS[1]);
        engine.apply(&Event::Liquidate { account, bidder, wanted: Real::ZERO }).unwrap();
        let queue = around(&engine).liquidation.unwrap().queue;
        assert_eq!(queue.iter().map(|row| row.account).collect::<Vec<_>>(), [account.0]);
        assert!(queue[0].equity.0 < queue[0].maintenance.0);
        let half = Real::ONE / 2;
        engine.apply(&Event::Liquidate { account, bidder, wanted: half }).unwrap();
        assert!(around(&engine).liquidation.unwrap().units.0 > 0.0);
        // Traders have sold calls: their delta is short, and a long is paid.
        let carry = around(&engine).carry.unwrap();
        assert!(carry.funding.0 < 0.0 && carry.basis.is_some(), "{carry:?}");
    }
}
