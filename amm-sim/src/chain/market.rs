//! A snapshot as a market: slices fitted, and the file that holds them.
#![allow(clippy::float_arithmetic, reason = "quotes are inputs of a fit and of its figures")]

use super::{Chain, Quote, Snapshot};
use crate::fit::{FitError, Point, calibrate};
use amm_core::num::{Discount, Price, Real, Seconds, Timestamp, Vol};
use amm_core::pricing::{Expiry, Kind, implied_vol};
use amm_core::surface::{Slice, Svi, calendar, log_moneyness};
use amm_rows::shown;
use std::fmt;

/// What a market file says beside the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The chain file's name, for the header.
    pub source: String,
    /// Cash that moves spot by 100 %, linearly.
    pub depth: Price,
    /// One volatility an expiry in place of a smile.
    pub flat: bool,
}

/// An expiry's slice and how it fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// As the exchange names it.
    pub name: String,
    /// When.
    pub expiry: Timestamp,
    /// From the snapshot's time.
    pub time: Seconds,
    /// The median of what the exchange quoted with the options.
    pub forward: Price,
    /// The smile, or why there is none.
    pub smile: Result<Smile, FitError>,
    /// All that are listed, ascending.
    pub strikes: Vec<Price>,
}

/// A slice and its figures, over the two-sided out-of-the-money quotes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smile {
    /// SVI or flat.
    pub slice: Slice,
    /// How many quotes there were.
    pub quotes: usize,
    /// How many of them the slice's volatility lies inside.
    pub inside: usize,
    /// √ of the mean square of what it lies off the middle, in volatility: 0.01 is one point.
    pub rms: f64,
}

/// A snapshot's fitted expiries and what is needed to write them.
#[derive(Clone, Debug, PartialEq)]
pub struct Market {
    settings: Settings,
    snapshot: Timestamp,
    underlying: String,
    /// Nearest first.
    pub expiries: Vec<Fitted>,
}

impl Market {
    /// Fits every expiry that is longer than nothing and no longer than [`Seconds::MAX`], nearest first, each
    /// free of arbitrage by itself and against those before it.
    pub fn fit(snapshot: &Snapshot, settings: Settings) -> Self {
        let mut expiries = Vec::new();
        let mut near: Option<(Slice, Seconds)> = None;
        for chain in &snapshot.chains {
            let fitted = Fitted::new(chain, snapshot.time, near.as_ref(), settings.flat);
            let Some(fitted) = fitted else { continue };
            near = fitted.smile.as_ref().map(|smile| (smile.slice, fitted.time)).ok().or(near);
            expiries.push(fitted);
        }
        let underlying = snapshot.underlying.clone();
        Self { settings, snapshot: snapshot.time, underlying, expiries }
    }
}

impl Quote {
    /// The volatility that a price in coin implies; `None` if there is none.
    pub fn vol_of(&self, coin: Price, expiry: Timestamp) -> Option<Vol> {
        let terms = Expiry::new(self.forward, self.time.until(expiry).ok()?, Discount::MAX).ok()?;
        let price = Price::new(coin.get().checked_mul(self.forward.get())?).ok()?;
        implied_vol(&terms, self.strike, self.kind, price).ok()
    }
}

/// A two-sided quote out of the money, in implied volatility.
struct Vols {
    k: Real,
    bid: f64,
    ask: f64,
}

impl Vols {
    /// `None` where there is no such quote, or none with a volatility.
    fn of(quote: &Quote, expiry: Timestamp) -> Option<Self> {
        let out = match quote.kind {
            Kind::Call => quote.strike >= quote.forward,
            Kind::Put => quote.strike < quote.forward,
        };
        if !out || quote.bid == Price::MIN || quote.ask == Price::MIN {
            return None;
        }
        let vol = |coin| Some(quote.vol_of(coin, expiry)?.get().to_num::<f64>());
        let k = log_moneyness(quote.strike, quote.forward)?;
        Some(Self { k, bid: vol(quote.bid)?, ask: vol(quote.ask)? })
    }

    fn middle(&self) -> f64 {
        (self.bid + self.ask) / 2.0
    }

    /// The quote in total variance over `years`. Half the spread counts as a fifth of a point at least:
    /// a tick of the price is worth about that.
    fn point(&self, years: f64) -> Point {
        let half = ((self.ask - self.bid) / 2.0).max(0.002);
        let middle = self.middle();
        Point { k: self.k.to_num(), w: middle * middle * years, half: 2.0 * middle * half * years }
    }
}

impl Fitted {
    /// Fits a chain as it was at `now`, above `near`, the slice before it with its time; `flat` asks for one
    /// volatility in place of a smile. `None` if the chain has no quotes, is over, or is longer than
    /// [`Seconds::MAX`].
    pub fn new(
        chain: &Chain,
        now: Timestamp,
        near: Option<&(Slice, Seconds)>,
        flat: bool,
    ) -> Option<Self> {
        let time = now.until(chain.expiry).ok().filter(|time| *time != Seconds::ZERO)?;
        let mut forwards: Vec<Price> = chain.quotes.iter().map(|quote| quote.forward).collect();
        forwards.sort_unstable();
        let forward = *forwards.get(forwards.len() / 2)?;
        let mut strikes: Vec<Price> = chain.quotes.iter().map(|quote| quote.strike).collect();
        strikes.dedup();
        let vols: Vec<Vols> =
            chain.quotes.iter().filter_map(|quote| Vols::of(quote, chain.expiry)).collect();
        let years = f64::from(time.get()) / f64::from(amm_core::num::YEAR_S);
        let slice = if flat {
            level(&vols, time, near)
        } else {
            let points: Vec<Point> = vols.iter().map(|vols| vols.point(years)).collect();
            calibrate(&points, near.and_then(|(slice, _)| svi(slice))).map(Slice::Svi)
        };
        let smile = slice.map(|slice| figures(slice, &vols, time));
        Some(Self { name: chain.name.clone(), expiry: chain.expiry, time, forward, smile, strikes })
    }
}

fn svi(slice: &Slice) -> Option<&Svi> {
    if let Slice::Svi(svi) = slice { Some(svi) } else { None }
}

/// The middle of the quote nearest to the forward, to a thousandth of a point.
fn level(vols: &[Vols], time: Seconds, near: Option<&(Slice, Seconds)>) -> Result<Slice, FitError> {
    let nearest = vols.iter().min_by_key(|vols| vols.k.abs());
    let nearest = nearest.ok_or(FitError::TooFew { quotes: 0 })?;
    let vol: Vol = format!("{:.5}", nearest.middle()).parse().map_err(|_| FitError::Arbitrage)?;
    let slice = Slice::Flat(vol);
    match near.map(|(near, near_time)| calendar((near, *near_time), (&slice, time))) {
        Some(Err(_)) => Err(FitError::Arbitrage),
        _ => Ok(slice),
    }
}

fn figures(slice: Slice, vols: &[Vols], time: Seconds) -> Smile {
    let (mut inside, mut squares) = (0, 0.0);
    for quote in vols {
        let Ok(vol) = slice.vol(quote.k, time) else { continue };
        let vol: f64 = vol.get().to_num();
        inside += usize::from(quote.bid <= vol && vol <= quote.ask);
        squares += (vol - quote.middle()) * (vol - quote.middle());
    }
    let rms = (squares / vols.len().max(1) as f64).sqrt();
    Smile { slice, quotes: vols.len(), inside, rms }
}

/// The market file.
impl fmt::Display for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { source, depth, .. } = &self.settings;
        let (source, underlying) = (shown(source.as_bytes()), shown(self.underlying.as_bytes()));
        writeln!(f, "# {underlying} options of {source}, snapshot of {} s", self.snapshot)?;
        writeln!(f, "# expiry    quotes  inside bid-ask  rms, vol points")?;
        for Fitted { name, smile, .. } in &self.expiries {
            match smile {
                Ok(Smile { quotes, inside, rms, .. }) => {
                    let points = 100.0 * rms;
                    writeln!(f, "# {name:8}  {quotes:6}  {inside:14}  {points:15.3}")?;
                }
                Err(why) => writeln!(f, "# {name:8}  left out: {why}")?,
            }
        }
        writeln!(f, "time_s = {}", self.snapshot)?;
        writeln!(f, "depth = \"{depth}\" # cash that moves spot by 100 %, linearly\n")?;
        f.write_str(PARAMS)?;
        // The order flow bends at a twentieth of the depth.
        let scale = depth.get() / 20;
        let scale = Price::new(scale).map_err(|_| fmt::Error)?;
        writeln!(f, "flow_scale = \"{scale}\"")?;
        for Fitted { name, time, forward, smile, strikes, .. } in &self.expiries {
            let Ok(Smile { slice, .. }) = smile else { continue };
            writeln!(f, "\n[[expiry]]\nname = \"{name}\"\nt_seconds = {time}")?;
            writeln!(f, "forward = \"{forward}\"\ndiscount = \"1\"")?;
            match slice {
                Slice::Flat(vol) => writeln!(f, "vol = \"{vol}\"")?,
                Slice::Svi(svi) => {
                    let [a, b, rho, m, sigma] =
                        [svi.a(), svi.b(), svi.rho(), svi.m(), svi.sigma()].map(short);
                    writeln!(
                        f,
                        "svi = {{ a = \"{a}\", b = \"{b}\", rho = \"{rho}\", m = \"{m}\", sigma = \"{sigma}\" }}"
                    )?;
                }
                Slice::Ssvi(_) => return Err(fmt::Error), // none is fitted
            }
            let quoted: Vec<String> =
                strikes.iter().map(|strike| format!("\"{strike}\"")).collect();
            writeln!(f, "strikes = [{}]", quoted.join(", "))?;
        }
        Ok(())
    }
}

fn short(x: Real) -> impl fmt::Display {
    amm_core::num::decimal::shortest(x)
}

const PARAMS: &str = "\
[params]
theta = \"1\"
x_min = \"-0.05\"
x_max = \"0.30\"
bands = 5
flow_half_life_s = 1800
flow_strength = \"0.03\"
flow_rebate = \"1\"
half_spread_vol = \"0.005\"
fee_bps = \"30\"
";
