//! The columns of a table of trades.

use super::session::{Action, Deal};
use crate::market::Listed;
use amm_core::book::{POSITION_MAX, Series};
use amm_core::num::{Price, Seconds, Size};
use amm_core::pricing::Kind;
use amm_rows::{Fault, Format, json_text, record, shown};
use std::borrow::Cow;

/// Columns read, in the order of `Header::places`; only rows that wait need the last.
const READS: [&str; 6] = ["action", "expiry", "strike", "type", "size", "seconds"];

/// Columns added.
pub(super) const WRITES: [&str; 12] = [
    "base",
    "skew",
    "flow",
    "spread",
    "fee",
    "total",
    "iv_base",
    "iv_before",
    "iv_after",
    "iv_paid",
    "max_loop_gain",
    "error",
];

/// A header that has been understood.
#[derive(Debug)]
pub(super) struct Header {
    /// Where each of [`READS`] stands.
    places: [Option<usize>; READS.len()],
    /// How many fields a row has.
    pub(super) width: usize,
    /// What comes before each value in a row of JSON.
    pub(super) keys: Vec<Vec<u8>>,
}

impl Header {
    pub(super) fn new(record: &[u8], format: Format) -> Result<Self, Fault> {
        let names: Vec<Cow<'_, [u8]>> = record::fields(record).map(record::unquote).collect();
        let names: Vec<&[u8]> = names.iter().map(|name| name.trim_ascii()).collect();
        let place = |wanted: &str| names.iter().position(|name| *name == wanted.as_bytes());
        let places = READS.map(place);
        let missing: Vec<_> = READS
            .iter()
            .zip(places)
            .filter(|(name, place)| place.is_none() && **name != "seconds")
            .collect();
        if !missing.is_empty() {
            let missing: Vec<&str> = missing.into_iter().map(|(name, _)| *name).collect();
            let found: Vec<_> = names.iter().map(|name| shown(name)).collect();
            let reason =
                format!("missing column {} (found {})", missing.join(", "), found.join(","));
            return Err(Fault::of_line(
                reason,
                "the header names action,expiry,strike,type,size,seconds",
            ));
        }
        let twice = READS
            .iter()
            .find(|wanted| names.iter().filter(|name| **name == wanted.as_bytes()).count() > 1);
        if let Some(twice) = twice {
            return Err(Fault::of_line(
                format!("more than one column {twice}"),
                "keep one of each",
            ));
        }
        let added = WRITES.iter().map(|name| name.as_bytes());
        let all: Vec<&[u8]> = names.iter().copied().chain(added).collect();
        if format == Format::Json {
            let twice = all.iter().enumerate().find(|(at, name)| all[..*at].contains(name));
            if let Some((_, name)) = twice {
                let reason = format!("column {} would appear twice in a JSON object", shown(name));
                return Err(Fault::of_line(reason, "rename or drop it in the input, or write CSV"));
            }
        }
        let keys = all.iter().enumerate().map(|(at, name)| key(at, name)).collect();
        Ok(Self { places, width: names.len(), keys })
    }

    /// What a row says.
    pub(super) fn action(&self, record: &[u8], expiries: &[Listed]) -> Result<Action, Fault> {
        let mut cells: [Cow<'_, [u8]>; READS.len()] = [const { Cow::Borrowed(&[]) }; READS.len()];
        let mut width = 0;
        for field in record::fields(record) {
            for (place, cell) in self.places.iter().zip(&mut cells) {
                if *place == Some(width) {
                    *cell = record::unquote(field);
                }
            }
            width += 1;
        }
        if record::is_unclosed(record) {
            return Err(Fault::of_line("a quote is never closed", "close it, or double it"));
        }
        if width != self.width {
            let reason = format!("{width} fields where the header has {}", self.width);
            return Err(Fault::of_line(reason, "every row needs as many fields as the header"));
        }
        let [action, expiry, strike, kind, size, seconds] =
            cells.each_ref().map(|cell| cell.trim_ascii());
        let deal = |least| deal((expiry, strike, kind, size), least, expiries);
        match action.to_ascii_lowercase().as_slice() {
            b"buy" => Ok(Action::Trade(deal(true)?)),
            b"sell" => deal(true).map(|deal| {
                let size = Size::from_atoms(-deal.size.atoms()); // above zero
                Action::Trade(Deal { size, ..deal })
            }),
            b"quote" => Ok(Action::Quote(deal(false)?)),
            b"wait" => wait(seconds).map(Action::Wait),
            _ => {
                let reason = format!("there is no action `{}`", shown(action));
                Err(Fault::in_column("action", reason, "write buy, sell, quote or wait"))
            }
        }
    }
}

/// Reads what a row trades; its size must be above zero if `positive`, and may not be zero.
fn deal(
    (expiry, strike, kind, size): (&[u8], &[u8], &[u8], &[u8]),
    positive: bool,
    expiries: &[Listed],
) -> Result<Deal, Fault> {
    let listed = expiries.iter().find(|listed| listed.name.as_bytes() == expiry);
    let listed = listed.ok_or_else(|| {
        let names: Vec<&str> = expiries.iter().map(|listed| &*listed.name).collect();
        let reason = format!("there is no expiry `{}`, only {}", shown(expiry), names.join(", "));
        Fault::in_column("expiry", reason, "write a name of the market file, as it stands there")
    })?;
    let strike = listed_strike(listed, strike)?;
    let kind = match kind.to_ascii_lowercase().as_slice() {
        b"c" | b"call" => Kind::Call,
        b"p" | b"put" => Kind::Put,
        _ => {
            let reason = format!("neither a call nor a put: `{}`", shown(kind));
            return Err(Fault::in_column("type", reason, "write C or P"));
        }
    };
    let size = contracts(size, positive)?;
    Ok(Deal { series: Series { expiry: listed.feed.expiry, strike, kind }, size })
}

fn listed_strike(listed: &Listed, text: &[u8]) -> Result<Price, Fault> {
    let strike: Price = number("strike", text, "write a strike of the market file")?;
    let Err(place) = listed.strikes.binary_search(&strike) else { return Ok(strike) };
    let (below, above) = (place.checked_sub(1), Some(place));
    let near = [below, above].into_iter().flatten().filter_map(|place| listed.strikes.get(place));
    let near: Vec<String> = near.map(ToString::to_string).collect();
    let reason = format!(
        "{} has no strike {}, the nearest being {}",
        listed.name,
        shown(text),
        near.join(" and ")
    );
    Err(Fault::in_column("strike", reason, "write a strike of the market file"))
}

fn contracts(text: &[u8], positive: bool) -> Result<Size, Fault> {
    const REMEDY: &str = "write contracts, at most nine decimals: 500 or 0.25";
    let size: Size = number("size", text, REMEDY)?;
    let too_many = size.checked_abs().is_none_or(|size| size > POSITION_MAX);
    if too_many || size == Size::ZERO || (positive && size < Size::ZERO) {
        let range = if positive { "above 0" } else { "not 0" };
        let reason = format!("a size is {range} and at most {POSITION_MAX}, not {}", shown(text));
        let remedy = match positive && size < Size::ZERO {
            true => "to sell to the pool, write action sell and a size above 0",
            false => REMEDY,
        };
        return Err(Fault::in_column("size", reason, remedy));
    }
    Ok(size)
}

fn wait(text: &[u8]) -> Result<Seconds, Fault> {
    number("seconds", text, "write the whole seconds that pass, at most thirty years")
}

fn number<T>(column: &'static str, text: &[u8], remedy: &'static str) -> Result<T, Fault>
where
    T: std::str::FromStr<Err = amm_core::num::ParseNumber>,
{
    let parsed = str::from_utf8(text).unwrap_or("\u{fffd}").parse();
    parsed
        .map_err(|error| Fault::in_column(column, format!("{error}, in `{}`", shown(text)), remedy))
}

fn key(at: usize, name: &[u8]) -> Vec<u8> {
    let mut key = vec![if at == 0 { b'{' } else { b',' }];
    json_text(&String::from_utf8_lossy(name), &mut key);
    key.push(b':');
    key
}
