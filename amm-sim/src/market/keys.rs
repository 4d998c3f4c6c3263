//! The keys of a market file.

use super::document::{At, MarketError, Section, Value};
use super::{Listed, Read};
use amm_core::book::Inventory;
use amm_core::engine::{Feed, Params, Staleness};
use amm_core::num::{Discount, Price, Real, Seconds, Timestamp, Vol};
use amm_core::risk::HedgePolicy;
use amm_core::skew::{Bands, Depth, Gain};
use amm_core::surface::{Slice, Ssvi, Svi};

/// Where a file says what: for what is found wrong later.
pub(super) struct Places<'a> {
    root: Section<'a>,
    params: Option<Section<'a>>,
    expiries: Vec<(Timestamp, Section<'a>)>,
}

impl<'a> Places<'a> {
    /// Where a parameter stands, by the name that refusals give it.
    pub(super) fn param(&self, what: &str) -> At<'a> {
        let known = PARAMS.iter().find(|(_, named)| what == *named);
        let key = known.map_or("", |(key, _)| key);
        match &self.params {
            Some(params) => params.at(key),
            None => self.root.at("params"),
        }
    }

    /// Whether the file names a parameter.
    pub(super) fn has_param(&self, key: &str) -> bool {
        self.params.as_ref().is_some_and(|params| params.find(key).is_some())
    }

    /// Where an expiry's key stands.
    pub(super) fn expiry(&self, expiry: Timestamp, key: &str) -> At<'a> {
        let found = self.expiries.iter().find(|(at, _)| *at == expiry);
        found.map_or_else(|| self.root.at("expiry"), |(_, section)| section.at(key))
    }

    /// Where an expiry's slice stands.
    pub(super) fn slice(&self, expiry: Timestamp) -> At<'a> {
        let found = self.expiries.iter().find(|(at, _)| *at == expiry);
        let key = found
            .and_then(|(_, section)| SLICES.into_iter().find(|key| section.find(key).is_some()));
        self.expiry(expiry, key.unwrap_or("vol"))
    }

    /// Where a key outside the tables stands.
    pub(super) fn root(&self, key: &str) -> At<'a> {
        self.root.at(key)
    }
}

/// Keys of `[params]`, and what refusals call them.
const PARAMS: [(&str, &str); 14] = [
    ("theta", "theta"),
    ("x_min", "least gain x_min"),
    ("x_max", "greatest gain x_max"),
    ("x_refuse_below", "gain to refuse below"),
    ("x_refuse_above", "gain to refuse above"),
    ("bands", "number of bands (1, 3 or 5)"),
    ("taper", "taper"),
    ("locality", "locality"),
    ("flow_half_life_s", "half-life of the flow"),
    ("flow_scale", "scale of the flow"),
    ("flow_strength", "strength of the flow"),
    ("flow_rebate", "rebate of the flow"),
    ("half_spread_vol", "half-spread in volatility"),
    ("fee_bps", "fee in bps"),
];

const SLICES: [&str; 3] = ["vol", "svi", "ssvi"];

/// Keys outside `[params]` and `[[expiry]]`.
const ROOT: [&str; 6] = ["time_s", "spot", "depth", "outside_gain", "params", "expiry"];

/// Keys of an expiry.
const EXPIRY: [&str; 10] = [
    "name",
    "t_seconds",
    "forward",
    "discount",
    "vol",
    "svi",
    "ssvi",
    "strikes",
    "depth",
    "outside_gain",
];

/// Reads all of a file.
pub(super) fn read(root: Section<'_>) -> Result<(Read, Places<'_>), MarketError> {
    root.only(&ROOT)?;
    let time: Timestamp = root
        .need("time_s", "write the market's time in seconds since 1970: time_s = 1700000000")?
        .number("write whole seconds since 1970")?;
    let section = root.find("params").map(|value| value.section()).transpose()?;
    let common = Common::read(&root, section.as_ref())?;
    let params = section.as_ref().map_or_else(|| Ok(base()), params)?;
    let list = root.need("expiry", "add an [[expiry]] table for each expiry")?.list()?;
    let (mut expiries, mut places) = (Vec::with_capacity(list.len()), Vec::new());
    for value in &list {
        let section = value.section()?;
        let listed = expiry(&section, time, &common)?;
        unique(&section, &listed, &expiries)?;
        places.push((listed.feed.expiry, section));
        expiries.push(listed);
    }
    if expiries.is_empty() || expiries.len() > Inventory::EXPIRIES_MAX {
        let (found, most) = (expiries.len(), Inventory::EXPIRIES_MAX);
        let reason = format!("there are {found} expiries where 1 to {most} can be listed");
        return Err(root.at("expiry").error(reason, "add an [[expiry]] table, or take some out"));
    }
    let first: Price = expiries[0].feed.forward;
    expiries.sort_by_key(|listed| listed.feed.expiry);
    let spot = match root.find("spot") {
        Some(value) => value.number(PRICE)?,
        None => expiries.first().map_or(first, |listed| listed.feed.forward),
    };
    Ok((Read { time, params, spot, expiries }, Places { root, params: section, expiries: places }))
}

const PRICE: &str = "write a price such as \"30000.5\", above 0 and at most 10^12";

/// What expiries have in common unless they say otherwise.
struct Common {
    depth: Option<Depth>,
    outside_gain: Real,
}

impl Common {
    fn read(root: &Section<'_>, params: Option<&Section<'_>>) -> Result<Self, MarketError> {
        // A `depth` below `[params]` in the file belongs to it, as TOML has it.
        let inside = params.and_then(|params| params.find("depth"));
        let depth = match (root.find("depth"), inside) {
            (Some(_), Some(second)) => {
                return Err(second.at().error("is said twice", "keep one depth for all expiries"));
            }
            (one, other) => one.or(other).map(|value| depth(&value)).transpose()?,
        };
        let outside_gain = root.find("outside_gain").map(|value| outside(&value)).transpose()?;
        Ok(Self { depth, outside_gain: outside_gain.unwrap_or_default() })
    }
}

fn outside(value: &Value<'_>) -> Result<Real, MarketError> {
    const REMEDY: &str = "write the loop gain of others' hedging such as \"0.1\", from -10 to 10";
    const MOST: Real = Real::lit("10");
    let gain = value.real(REMEDY)?;
    if gain < -MOST || gain > MOST {
        return Err(value.at().error(format!("{gain} is outside -10..=10"), REMEDY));
    }
    Ok(gain)
}

fn depth(value: &Value<'_>) -> Result<Depth, MarketError> {
    const REMEDY: &str =
        "write the cash that moves spot by 100 %, a hundred times what moves it by 1 %";
    Depth::new(value.real(REMEDY)?).map_err(|error| value.at().error(error, REMEDY))
}

/// The engine's defaults, without what could come in the way of a session.
fn base() -> Params {
    Params {
        staleness: Staleness { open: Seconds::MAX, close: Seconds::MAX },
        backing_bps: 0,
        hedge: HedgePolicy::Off,
        ..Params::dynamic()
    }
}

fn params(section: &Section<'_>) -> Result<Params, MarketError> {
    let keys: Vec<&str> = PARAMS.iter().map(|(key, _)| *key).chain(["depth"]).collect();
    section.only(&keys)?;
    let mut params = base();
    let (gain, flow, fees) = (&mut params.gain, &mut params.flow, &mut params.fees);
    for (key, into) in [
        ("theta", &mut gain.theta),
        ("x_min", &mut gain.min),
        ("x_max", &mut gain.max),
        ("x_refuse_below", &mut gain.refuse_below),
        ("x_refuse_above", &mut gain.refuse_above),
        ("taper", &mut gain.taper),
        ("locality", &mut gain.locality),
        ("flow_scale", &mut flow.scale),
        ("flow_strength", &mut flow.strength),
        ("flow_rebate", &mut flow.rebate),
        ("half_spread_vol", &mut fees.half_spread_vol),
        ("fee_bps", &mut fees.fee_bps),
    ] {
        if let Some(value) = section.find(key) {
            *into = value.real("write a decimal such as \"0.65\"")?;
        }
    }
    widen(section, gain);
    if let Some(value) = section.find("flow_half_life_s") {
        flow.half_life = value.number("write whole seconds such as 1800")?;
    }
    if let Some(value) = section.find("bands") {
        const REMEDY: &str = "write 1, 3 or 5";
        let count: Seconds = value.number(REMEDY)?;
        let bands = u8::try_from(count.get()).ok().and_then(|count| Bands::try_from(count).ok());
        let refuse = || value.at().error(format!("there are 1, 3 or 5 bands, not {count}"), REMEDY);
        gain.bands = bands.ok_or_else(refuse)?;
    }
    Ok(params)
}

/// Limits that are not said make room for a range of gains that is.
fn widen(section: &Section<'_>, gain: &mut Gain) {
    if section.find("x_refuse_below").is_none() {
        gain.refuse_below = gain.refuse_below.min(gain.min);
    }
    if section.find("x_refuse_above").is_none() {
        gain.refuse_above = gain.refuse_above.max(gain.max);
    }
}

fn expiry(section: &Section<'_>, now: Timestamp, common: &Common) -> Result<Listed, MarketError> {
    section.only(&EXPIRY)?;
    let name = section.need("name", "name it, as rows will: name = \"14APR23\"")?;
    let text = name.text()?;
    if text.is_empty() || text != text.trim() || text.contains(['\n', '\r']) {
        let reason = "is empty, begins or ends with a blank, or has lines";
        return Err(name.at().error(reason, "write a name such as 14APR23"));
    }
    const TIME: &str = "write the whole seconds that are left, at least 1 and at most thirty years";
    let time = section.need("t_seconds", TIME)?;
    let left: Seconds = time.number(TIME)?;
    let expiry = now.get().checked_add(left.get().into()).filter(|_| left > Seconds::ZERO);
    let expiry = expiry.ok_or_else(|| time.at().error("no time is left", TIME))?;
    let forward = section.need("forward", PRICE)?;
    let depth = match section.find("depth") {
        Some(value) => depth(&value)?,
        None => common.depth.ok_or_else(|| {
            let remedy = "write one depth for all above [params], or one here: the cash that moves spot by 100 %";
            section.at("depth").error("is missing", remedy)
        })?,
    };
    let outside_gain = section.find("outside_gain").map(|value| outside(&value)).transpose()?;
    let feed = Feed {
        expiry: Timestamp::new(expiry),
        forward: positive(&forward)?,
        discount: match section.find("discount") {
            Some(value) => {
                value.number("write what one unit paid then is worth now, such as \"0.99\"")?
            }
            None => Discount::MAX,
        },
        slice: slice(section)?,
        depth,
        outside_gain: outside_gain.unwrap_or(common.outside_gain),
    };
    Ok(Listed { name: text.to_owned(), strikes: strikes(section)?, feed })
}

/// A price that is not zero.
fn positive(value: &Value<'_>) -> Result<Price, MarketError> {
    let price = value.number(PRICE)?;
    if price == Price::MIN { Err(value.at().error("is 0", PRICE)) } else { Ok(price) }
}

fn slice(section: &Section<'_>) -> Result<Slice, MarketError> {
    const REMEDY: &str =
        "write vol = \"0.6\", svi = { a, b, rho, m, sigma } or ssvi = { theta, phi, rho }";
    let said: Vec<_> = SLICES.iter().filter_map(|key| section.find(key)).collect();
    let value = match &said[..] {
        [value] => value,
        [] => return Err(section.at("vol").error("is missing", REMEDY)),
        [_, second, ..] => return Err(second.at().error("is a second surface", REMEDY)),
    };
    if section.find("vol").is_some() {
        let vol: Vol = value.number("write a volatility such as \"0.65\" for 65 %")?;
        return Ok(Slice::Flat(vol));
    }
    let parts = value.section()?;
    let number = |key| parts.need(key, REMEDY)?.real(REMEDY);
    let made = if section.find("svi").is_some() {
        parts.only(&["a", "b", "rho", "m", "sigma"])?;
        let [a, b, rho, m, sigma] =
            [number("a")?, number("b")?, number("rho")?, number("m")?, number("sigma")?];
        Svi::new(a, b, rho, m, sigma).map(Slice::Svi)
    } else {
        parts.only(&["theta", "phi", "rho"])?;
        let [theta, phi, rho] = [number("theta")?, number("phi")?, number("rho")?];
        Ssvi::new(theta, phi, rho).map(Slice::Ssvi)
    };
    made.map_err(|error| {
        value.at().error(error, "its numbers are of total variance over t_seconds")
    })
}

fn strikes(section: &Section<'_>) -> Result<Vec<Price>, MarketError> {
    let value = section.need("strikes", "list them: strikes = [\"28000\", \"30000\"]")?;
    let list = value.list()?;
    if list.is_empty() || list.len() > Inventory::STRIKES_MAX {
        let (found, most) = (list.len(), Inventory::STRIKES_MAX);
        let reason = format!("there are {found} strikes where 1 to {most} can be listed");
        return Err(value.at().error(reason, "write some, or take some out"));
    }
    let mut strikes: Vec<Price> = Vec::with_capacity(list.len());
    for value in list {
        let strike = positive(&value)?;
        match strikes.binary_search(&strike) {
            Ok(_) => return Err(value.at().error(format!("{strike} stands twice"), "keep one")),
            Err(place) => strikes.insert(place, strike),
        }
    }
    Ok(strikes)
}

/// Neither its name nor its time is another's.
fn unique(section: &Section<'_>, listed: &Listed, others: &[Listed]) -> Result<(), MarketError> {
    if others.iter().any(|other| other.name == listed.name) {
        let reason = format!("`{}` is the name of another expiry", listed.name);
        return Err(section.at("name").error(reason, "give each its own"));
    }
    match others.iter().find(|other| other.feed.expiry == listed.feed.expiry) {
        None => Ok(()),
        Some(other) => {
            let reason = format!("expiry `{}` has the same time", other.name);
            Err(section.at("t_seconds").error(reason, "put all strikes of a time into one expiry"))
        }
    }
}
