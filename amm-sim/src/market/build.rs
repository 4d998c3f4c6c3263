//! A market file's engine.

use super::document::MarketError;
use super::keys::Places;
use super::{Market, Read};
use amm_core::book::AccountId;
use amm_core::engine::{Engine, Event, Feed, MarketUpdate, Params, ParamsError, Reject};
use amm_core::num::{Cash, OutOfRange, Size};
use amm_core::skew::SkewError;

/// The account that provides all liquidity.
pub(super) const PROVIDER: AccountId = AccountId(1);

/// Half of the series that an account can hold, each line being a call and a put.
pub(super) const LINES_PER_TRADER: usize = amm_core::book::POSITIONS_MAX / 2;

/// What the provider brings: as much as the pool's worth can be counted in, with room for premiums.
const LIQUIDITY: Cash = Cash::from_atoms(1_000_000_000_000_000_000 * Cash::SCALE);

/// What each trader brings: 256 positions of 10⁹ contracts at a strike of 10¹² are under 10²⁴.
const MONEY: Cash = Cash::from_atoms(1_000_000_000_000_000_000_000_000 * Cash::SCALE);

/// Units of the underlying that each trader brings: 256 positions of 10⁹ contracts are under 10¹².
const BASE: Size = Size::from_atoms(1_000_000_000_000 * Size::SCALE);

pub(super) fn engine(read: &Read, places: &Places<'_>) -> Result<Engine, MarketError> {
    let mut engine = Engine::new(read.params, read.time)
        .or_else(|error| Engine::new(tapered(read, &error, places).ok_or(error)?, read.time))
        .map_err(|error| params(&error, places))?;
    let feeds = read.expiries.iter().map(|listed| listed.feed).collect();
    let update = MarketUpdate::new(read.time, read.spot, feeds);
    let lines = read.expiries.iter().map(|listed| listed.strikes.len()).sum();
    let mut events = Vec::new();
    for listed in &read.expiries {
        let strikes = listed.strikes.clone();
        events.push(Event::List { expiry: listed.feed.expiry, strikes });
    }
    events.push(Event::Deposit { account: PROVIDER, cash: LIQUIDITY, base: Size::ZERO });
    for line in (0..lines).step_by(LINES_PER_TRADER) {
        let account = Market::trader(line);
        events.push(Event::Deposit { account, cash: MONEY, base: BASE });
    }
    events.push(Event::Market(update.clone()));
    events.push(Event::Provide { account: PROVIDER, cash: LIQUIDITY });
    events.push(Event::Market(update));
    for event in events {
        engine.apply(&event).map_err(|reject| refused(&reject, places, &read.expiries[0].feed))?;
    }
    Ok(engine)
}

/// The same parameters with the taper that the others need, if the file names none.
fn tapered(read: &Read, error: &ParamsError, places: &Places<'_>) -> Option<Params> {
    let ParamsError::Skew(SkewError::Discount { shift, .. }) = error else { return None };
    let mut params = read.params;
    params.gain.taper = -*shift;
    (!places.has_param("taper")).then_some(params)
}

fn params(error: &ParamsError, places: &Places<'_>) -> MarketError {
    match error {
        ParamsError::OutOfRange(OutOfRange { what, .. })
        | ParamsError::Skew(SkewError::OutOfRange(OutOfRange { what, .. })) => {
            places.param(what).error(error, "choose a number in that range")
        }
        _ => places
            .param("taper")
            .error(error, "raise taper, bring x_min nearer to 0, or lower theta or flow_strength"),
    }
}

fn refused(reject: &Reject, places: &Places<'_>, first: &Feed) -> MarketError {
    match reject {
        Reject::Surface { expiry, error } => places.slice(*expiry).error(
            error,
            "change its parameters: no butterfly and no calendar spread may be worth less than nothing",
        ),
        Reject::Skew(error) => places
            .root("depth")
            .error(error, "the depth does not go with these prices: it is the cash that moves spot by 100 %"),
        Reject::OutOfRange(OutOfRange { what: "spot", .. }) => {
            places.root("spot").error(reject, "write a price above 0")
        }
        _ => places.expiry(first.expiry, "t_seconds").error(reject, "check the expiries' numbers"),
    }
}
