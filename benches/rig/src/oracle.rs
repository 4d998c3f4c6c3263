//! The rows every implementation prices: the shared oracle's, or a generated set without it.

use std::{env, fs, path::PathBuf};

use amm_core::num::YEAR_S;

use crate::exact::Exact;

/// One option: inputs held exactly, and its true value if known.
#[derive(Clone, Debug)]
pub struct Row {
    /// How the oracle drew it: `grid`, `bulk`, `wide`, `atm`, `deep`, `edge`.
    pub region: String,
    /// Forward price of the underlying.
    pub forward: Exact,
    /// Strike, in the forward's unit.
    pub strike: Exact,
    /// Annual volatility.
    pub vol: Exact,
    /// Time to expiry in seconds.
    pub seconds: u32,
    /// Discount factor to expiry.
    pub discount: Exact,
    /// What it is worth, to 40 digits.
    pub truth: Option<Outputs>,
}

/// A price with its Greeks in the oracle's units, with F·Γ in place of Γ.
///
/// What an implementation does not offer is `None`.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// Call, discounted.
    pub call: Option<Exact>,
    /// Put, discounted.
    pub put: Option<Exact>,
    /// ∂call/∂F.
    pub delta_call: Option<Exact>,
    /// ∂put/∂F.
    pub delta_put: Option<Exact>,
    /// F·∂²V/∂F².
    pub gamma_forward: Option<Exact>,
    /// ∂V/∂σ.
    pub vega: Option<Exact>,
    /// −∂call/∂T, with F, σ and the rate held.
    pub theta_call: Option<Exact>,
    /// −∂put/∂T, with F, σ and the rate held.
    pub theta_put: Option<Exact>,
}

impl Row {
    /// Whether the call is the side out of the money.
    pub fn call_is_otm(&self) -> bool {
        self.strike >= self.forward
    }

    /// The greater of forward and strike.
    pub fn largest(&self) -> &Exact {
        (&self.forward).max(&self.strike)
    }

    /// Time to expiry in years.
    pub fn years(&self) -> f64 {
        f64::from(self.seconds) / f64::from(YEAR_S)
    }

    /// σ√T.
    pub fn total_vol(&self) -> f64 {
        self.vol.to_f64() * self.years().sqrt()
    }

    /// The continuous rate −ln(DF)/T.
    pub fn rate(&self) -> f64 {
        -self.discount.to_f64().ln() / self.years()
    }
}

/// One value of a function of one number.
#[derive(Clone, Debug)]
pub struct Point {
    /// `exp`, `ln`, `sqrt`, `norm_cdf`, `norm_pdf` or `inv_norm_cdf`.
    pub function: String,
    /// Where.
    pub x: Exact,
    /// What, to 40 digits.
    pub value: Exact,
}

/// Where the shared folder is: `AMM_DATA`, or `shared` next to the repository.
fn shared() -> PathBuf {
    env::var_os("AMM_DATA").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into(),
        PathBuf::from,
    )
}

/// The cells of each data line of an oracle file, or `None` if the file is not there.
fn read<T>(file: &str, row: impl Fn(&[&str]) -> Option<T>) -> Option<Vec<T>> {
    let text = fs::read_to_string(shared().join("oracle").join(file)).ok()?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).skip(1);
    let rows = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        row(&cells).unwrap_or_else(|| panic!("{file}: cannot read {line}"))
    });
    Some(rows.collect())
}

/// Every row of `black_oracle.csv`, or `None` if it is not there.
///
/// # Panics
///
/// If a line is malformed.
pub fn black() -> Option<Vec<Row>> {
    read("black_oracle.csv", |cells| {
        let &[_, region, forward, strike, vol, seconds, discount, ref truth @ ..] = cells else {
            return None;
        };
        let truth: Vec<Exact> = truth.iter().copied().map(Exact::parse).collect::<Option<_>>()?;
        let [call, put, delta_call, delta_put, gamma, vega, theta_call, theta_put] =
            <[Exact; 8]>::try_from(truth).ok()?;
        let forward = Exact::parse(forward)?;
        Some(Row {
            region: region.to_owned(),
            strike: Exact::parse(strike)?,
            vol: Exact::parse(vol)?,
            seconds: seconds.parse().ok()?,
            discount: Exact::parse(discount)?,
            truth: Some(Outputs {
                call: Some(call),
                put: Some(put),
                delta_call: Some(delta_call),
                delta_put: Some(delta_put),
                gamma_forward: Some(&gamma * &forward),
                vega: Some(vega),
                theta_call: Some(theta_call),
                theta_put: Some(theta_put),
            }),
            forward,
        })
    })
}

/// Every value of `transcendental_oracle.csv`, or `None` if it is not there.
///
/// # Panics
///
/// If a line is malformed.
pub fn functions() -> Option<Vec<Point>> {
    read("transcendental_oracle.csv", |cells| {
        let &[function, x, value] = cells else { return None };
        let (x, value) = (Exact::parse(x)?, Exact::parse(value)?);
        Some(Point { function: function.to_owned(), x, value })
    })
}

/// How many rows a case runs over.
pub const TIMED: usize = 1_024;

/// The rows that are timed: [`TIMED`] of region `grid` in an order fixed by chance, so that no
/// call can lean on the one before.
///
/// # Panics
///
/// If there is no such row.
pub fn timed(rows: &[Row]) -> Vec<Row> {
    let mut chance = Chance::new(20_261);
    let mut grid: Vec<&Row> = rows.iter().filter(|row| row.region == "grid").collect();
    assert!(!grid.is_empty(), "no row of region grid");
    for i in (1..grid.len()).rev() {
        grid.swap(i, chance.below(i as u64 + 1) as usize);
    }
    grid.into_iter().cycle().take(TIMED).cloned().collect()
}

/// A set like the oracle's region `grid`, without truths, for when the oracle is not there.
pub fn generated() -> Vec<Row> {
    const HOUR: u32 = 3_600;
    const DAY: u32 = 24 * HOUR;
    const EXPIRIES: [u32; 9] =
        [HOUR, 8 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 365 * DAY];
    let mut chance = Chance::new(20_262);
    // Multiples of 2⁻¹⁶ throughout: exact in f64 and in fixed point.
    let mut draw = |low: f64, high: f64| (chance.between(low, high) * 65_536.0).floor() / 65_536.0;
    (0..1_200)
        .map(|i| {
            let (spot, seconds) = ([60_000.0, 3_000.0, 150.0][i % 3], EXPIRIES[i / 3 % 9]);
            let forward = draw(0.95 * spot, 1.05 * spot);
            let vol = draw(0.3, 1.5);
            let spread = 5.0 * vol * (f64::from(seconds) / f64::from(YEAR_S)).sqrt();
            let moneyness = draw(-1.0, 1.0) * spread.min(0.8);
            let strike = (forward * moneyness.exp() * 65_536.0).floor() / 65_536.0;
            let discount = if i % 4 == 0 { 1.0 } else { draw(0.95, 1.0) };
            let exact = |x| Exact::from_f64(x).expect("draws are finite");
            Row {
                region: "grid".to_owned(),
                forward: exact(forward),
                strike: exact(strike),
                vol: exact(vol),
                seconds,
                discount: exact(discount),
                truth: None,
            }
        })
        .collect()
}

/// A splitmix64 stream: the same numbers on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`.
    pub const fn below(&mut self, n: u64) -> u64 {
        ((self.bits() as u128 * n as u128) >> 64) as u64
    }

    /// A number in [low, high), a multiple of 2⁻⁴⁰.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        const ONE: f64 = (1u64 << 40) as f64;
        let share = self.below(1 << 40) as f64 / ONE;
        ((low + share * (high - low)) * ONE).floor() / ONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every input becomes fixed point and f64 without loss, whichever set it is.
    #[test]
    fn inputs_are_exact_everywhere() {
        let rows = black().unwrap_or_else(|| {
            println!("no shared oracle here: the generated set only");
            Vec::new()
        });
        for row in rows.iter().chain(&generated()) {
            for x in [&row.forward, &row.strike, &row.vol, &row.discount] {
                assert!(x.to_real().is_some());
                assert_eq!(Exact::from_f64(x.to_f64()).as_ref(), Some(x));
            }
        }
    }

    #[test]
    fn timed_rows_are_a_fixed_draw() {
        let rows = generated();
        let timed = timed(&rows);
        assert_eq!(timed.len(), TIMED);
        assert_eq!(timed[0].forward, super::timed(&rows)[0].forward);
    }
}
