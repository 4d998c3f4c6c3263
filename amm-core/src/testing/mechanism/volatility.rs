//! Rules that move a volatility, a multiplier or a price.

use std::boxed::Box;
use std::vec::Vec;

use super::own::{base, settled};
use super::{Contract, Mechanism, Own, Paid, at};
use crate::math::{exp, sqrt};
use crate::num::{Amount, Cash, Real, Size, Vol, YEAR_S};
use crate::pricing::{Kind, price};
use crate::quote::Desk;
use crate::testing::fixture::Fixture;

/// A wrong rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule {
    /// IV + k·gamma: every option's volatility rises with the pool's net dollar gamma, and each trade
    /// pays the integral along its path.
    GammaVol,
    /// The same in total variance, with dollar gammas that were computed once and are kept.
    CachedVariance,
    /// The same as the first, with the net gamma as a share of all open contracts' (Rysk's M5).
    Normalised,
    /// The whole order at the volatility that it leaves (Lyra v1).
    PostTrade,
    /// A multiplier on the base price that rises with the share of liquidity taken (Premia v2).
    Utilisation,
    /// The mid moves with what was bought less what was sold, and the two are forgotten at different
    /// rates.
    FlowMid,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::GammaVol,
        Self::CachedVariance,
        Self::Normalised,
        Self::PostTrade,
        Self::Utilisation,
        Self::FlowMid,
    ];
}

/// Net dollar gamma that adds a whole point to volatility: 1,000 contracts at the money with 30 days
/// left, of 128,000 each, add ten points.
const GAMMA_A_VOL: Real = Real::lit("1280000000");
/// And that adds one to total variance.
const GAMMA_A_VARIANCE: Real = Real::lit("11100000000");
/// Panels of an integral.
const PANELS: i128 = 8;
/// C-level's steepness.
const STEEPNESS: Real = Real::lit("1.5");
/// What a contract of flow adds to the mid, per unit of spot.
const FLOW_MID: Real = Real::lit("0.000001");

/// A pool with a wrong rule.
#[derive(Clone, Debug)]
pub struct Toy {
    rule: Rule,
    /// Where base values come from; nobody trades with it.
    market: Own,
    /// Contracts that the pool is short, in atoms: calls and puts of each line.
    short: Vec<[i128; 2]>,
    /// Dollar gammas at the beginning.
    cached: Vec<Real>,
    /// By how much volatility has risen with trades, or ln of the multiplier.
    level: Real,
    liquidity: Real,
    lent: Real,
    /// Bought and sold of late, in contracts.
    flows: [Real; 2],
}

impl Toy {
    /// A pool with a fixture's market and no positions.
    pub fn new(fixture: &Fixture, rule: Rule) -> Self {
        let market = Own::new(fixture);
        let desk = market.desk();
        let cached: Vec<_> = desk.lines().map(|place| desk.valued(place).dollar_gamma).collect();
        Self {
            rule,
            short: std::vec![[0; 2]; cached.len()],
            cached,
            market,
            level: Real::ZERO,
            liquidity: Real::from_num(fixture.money.atoms() / Cash::SCALE),
            lent: Real::ZERO,
            flows: [Real::ZERO; 2],
        }
    }

    /// Net dollar gamma of a book, by gammas of lines.
    fn gamma(&self, of: impl Fn(usize) -> Real) -> Real {
        let lines = self.short.iter().enumerate();
        lines.fold(Real::ZERO, |sum, (line, short)| {
            let size = Size::from_atoms(short[0] + short[1]);
            sum + Amount::of(size, of(line)).map_or(Real::ZERO, Amount::floor)
        })
    }

    fn gamma_now(&self, line: usize) -> Real {
        let desk = self.market.desk();
        desk.valued(at(desk, line)).dollar_gamma
    }

    /// Price of an option if `sold` more atoms of it are short.
    fn priced(&self, (line, kind): Contract, sold: i128) -> Real {
        let desk = self.market.desk();
        let place = at(desk, line);
        let (row, valued) = (desk.row(place), desk.valued(place));
        let more = |gamma: Real| {
            Amount::of(Size::from_atoms(sold), gamma).map_or(Real::ZERO, Amount::floor)
        };
        let vol = valued.vol.get();
        let vol = match self.rule {
            Rule::GammaVol => {
                let gamma = self.gamma(|line| self.gamma_now(line)) + more(valued.dollar_gamma);
                vol + gamma / GAMMA_A_VOL
            }
            Rule::Normalised => {
                let gamma = self.gamma(|line| self.gamma_now(line)) + more(valued.dollar_gamma);
                let open: i128 = self.short.iter().flatten().map(|size| size.abs()).sum();
                let open = Real::from_num((open + sold.abs()) / Size::SCALE + 1);
                vol + gamma / open / 1_000_000
            }
            Rule::CachedVariance => {
                let gamma = self.gamma(|line| self.cached[line]) + more(self.cached[line]);
                let years = Real::from_num(row.expiry.time().get()) / i128::from(YEAR_S);
                let variance = vol * vol + gamma / GAMMA_A_VARIANCE / years;
                sqrt(variance.max(Real::ZERO)).unwrap_or(vol)
            }
            _ => vol + self.level,
        };
        let vol = Vol::new(vol.clamp(Vol::MIN.get(), Vol::MAX.get())).unwrap_or(valued.vol);
        let prices = price(&row.expiry, valued.strike, vol);
        match kind {
            Kind::Call => prices.call,
            Kind::Put => prices.put,
        }
    }

    /// Simpson's rule along the path of a trade.
    fn average(&self, option: Contract, size: i128) -> Real {
        let sum = (0..=PANELS).fold(Real::ZERO, |sum, panel| {
            let weight = match panel {
                0 | PANELS => 1,
                _ => 2 + 2 * (panel % 2),
            };
            sum + self.priced(option, size / PANELS * panel) * weight
        });
        sum / (3 * PANELS)
    }

    /// Share of the liquidity that so many atoms take, times the steepness.
    fn taken(&self, option: Contract, size: i128) -> Real {
        let desk = self.market.desk();
        let place = at(desk, option.0);
        let locked = match option.1 {
            Kind::Call => desk.row(place).expiry.forward().get(),
            Kind::Put => desk.valued(place).strike.get(),
        };
        Amount::of(Size::from_atoms(size), locked).map_or(Real::ZERO, Amount::floor)
            / self.liquidity
            * STEEPNESS
    }

    /// What a contract of flow adds to any mid.
    fn unit(&self) -> Real {
        let desk = self.market.desk();
        desk.row(at(desk, 0)).expiry.forward().get() * FLOW_MID
    }

    fn mid(&self, option: Contract) -> Real {
        let base = base(self.market.desk(), option);
        match self.rule {
            Rule::Utilisation => base * exp(self.level).unwrap_or(Real::ONE),
            Rule::FlowMid => base + self.unit() * (self.flows[0] - self.flows[1]),
            _ => self.priced(option, 0),
        }
    }
}

impl Mechanism for Toy {
    fn name(&self) -> &'static str {
        match self.rule {
            Rule::GammaVol => "IV + k·gamma",
            Rule::CachedVariance => "cached gamma in variance",
            Rule::Normalised => "gamma over open interest",
            Rule::PostTrade => "post-trade IV",
            Rule::Utilisation => "utilisation multiplier",
            Rule::FlowMid => "flow as a mid shift",
        }
    }

    fn fork(&self) -> Box<dyn Mechanism> {
        Box::new(self.clone())
    }

    fn desk(&self) -> &Desk {
        self.market.desk()
    }

    fn trade(&mut self, option: Contract, size: Size) -> Option<Paid> {
        let atoms = size.atoms();
        let each = match self.rule {
            Rule::PostTrade => {
                // 1,000 contracts are ten points.
                self.level += Real::from_num(atoms / 1_000) / (10 * Size::SCALE);
                self.priced(option, 0)
            }
            Rule::Utilisation => {
                let taken = self.taken(option, atoms);
                let (before, rise) = (exp(self.level).ok()?, exp(taken).ok()? - Real::ONE);
                let mean =
                    if taken.abs() < Real::lit("0.000000001") { Real::ONE } else { rise / taken };
                self.level += taken;
                self.liquidity -= taken * self.liquidity / STEEPNESS;
                if self.liquidity < 1_000_000 {
                    return None;
                }
                base(self.market.desk(), option) * before * mean
            }
            Rule::FlowMid => {
                let contracts = Real::from_bits((atoms << 64) / Size::SCALE);
                let mid = self.mid(option) + self.unit() * contracts / 2;
                let side = usize::from(atoms < 0);
                self.flows[side] += contracts.abs();
                mid
            }
            _ => self.average(option, atoms),
        };
        self.short[option.0][usize::from(option.1 == Kind::Put)] += atoms;
        let exact = Amount::of(size, each)?;
        let (desk, price) = (self.market.desk(), base(self.market.desk(), option));
        let vega = desk.valued(at(desk, option.0)).value.vega;
        let charges = desk.fees.leg(size.checked_abs()?, vega, price)?;
        let all = exact.checked_add(charges.spread)?.checked_add(charges.fee)?;
        Some(Paid { exact, base: Amount::of(size, price)?, cash: settled(all)? })
    }

    fn marginal(&self, option: Contract) -> (Real, Real) {
        (self.mid(option), self.mid(option))
    }

    fn wait(&mut self, seconds: u64) {
        // What was bought is half forgotten in five minutes, what was sold in an hour.
        let decay = |flow: Real, half_life: i128| {
            let halvings = -Real::LN_2 * i128::from(seconds) / half_life;
            flow * exp(halvings).unwrap_or(Real::ZERO)
        };
        self.flows = [decay(self.flows[0], 300), decay(self.flows[1], 3_600)];
        self.market.wait(seconds);
    }

    fn market(&mut self, spot: Real, depth: Real) {
        self.market.market(spot, depth);
    }

    fn lend(&mut self, cash: Cash) {
        if self.rule != Rule::Utilisation {
            return;
        }
        self.lent = Real::from_num(cash.atoms() / Cash::SCALE);
        self.liquidity += self.lent;
        self.level -= self.lent * STEEPNESS / self.liquidity;
    }

    fn take_back(&mut self) {
        self.level += self.lent * STEEPNESS / self.liquidity;
        self.liquidity -= self.lent;
        self.lent = Real::ZERO;
    }

    fn marks(&self) -> Vec<i128> {
        let numbers = [self.level, self.flows[0] - self.flows[1]].map(Real::to_bits);
        self.short.iter().flatten().copied().chain(numbers).collect()
    }

    fn short(&self, option: Contract) -> Size {
        Size::from_atoms(self.short[option.0][usize::from(option.1 == Kind::Put)])
    }
}
