//! An options pool reduced to its gamma.

use alloc::vec::Vec;

use amm_core::math::exp;
use amm_core::num::{Cash, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;
use crate::system::SystemError;
use crate::units::{add, div, mul};

/// The pool: short options whose dollar gamma is a step function of ln spot, and hedged.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsRule {
    /// What it has at first. Its shares are a million.
    #[serde(default)]
    pub cash: Cash,
    /// Its dollar gamma S²Γ by spot, from the lowest step up. One alone is the same everywhere.
    #[serde(default)]
    pub profile: Vec<Rung>,
}

/// A step of a gamma profile: it reaches up to the next.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// ln of spot over its first value where it begins, −5 to 5; the lowest begins at minus infinity.
    #[serde(with = "serde_real")]
    pub from: Real,
    /// Cash that hedgers must spend if ln spot rises by one, −10¹² to 10¹²: positive where the pool is
    /// short gamma.
    #[serde(with = "serde_real")]
    pub dollar_gamma: Real,
}

/// What the options are at some spot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Valued {
    /// Units that hedge them.
    pub(super) hedge: Real,
    /// What the pool owes by them, over what it owed at first.
    pub(super) owed: Real,
}

impl OptionsRule {
    pub(super) fn check(&self) -> Result<(), SystemError> {
        let (five, most) = (Real::lit("5"), Real::lit("1000000000000"));
        for rung in &self.profile {
            within("step of a gamma profile", rung.from, -five, five)?;
            within("dollar gamma", rung.dollar_gamma, -most, most)?;
        }
        if self.profile.windows(2).any(|pair| pair[0].from >= pair[1].from) {
            return Err(SystemError::Scenario("a gamma profile rises from step to step"));
        }
        if self.cash < Cash::ZERO {
            return Err(SystemError::Scenario("an options pool does not begin in debt"));
        }
        Ok(())
    }

    /// Dollar gamma where ln of spot over its first value is x.
    pub(super) fn dollar_gamma(&self, x: Real) -> Real {
        let above = self.profile.iter().skip(1).take_while(|rung| rung.from <= x).count();
        self.profile.get(above).map_or(Real::ZERO, |rung| rung.dollar_gamma)
    }

    /// Hedge and value at x: dΔ = A·e^−x/S₀ dx and dV = Δ·S₀·e^x dx from 0, where both are nothing.
    /// `way` is [`OptionsRule::way`] at the same first price.
    pub(super) fn valued(&self, way: &Way, x: Real, first: Real) -> Result<Valued, SystemError> {
        let (nearest, others) = way.nearest(x);
        let mut stop = *nearest;
        for edge in others.iter().copied().chain([x]) {
            let edge = if x > 0 { edge.min(x) } else { edge.max(x) };
            if stop.at != edge {
                stop = self.next(&stop, edge, first)?;
            }
        }
        Ok(stop.valued)
    }

    /// The edges of the profile either way from 0, with hedge and value there: what does not change while x does.
    pub(super) fn way(&self, first: Real) -> Way {
        let edges = self.profile.iter().skip(1).map(|rung| rung.from);
        let above: Vec<Real> = edges.clone().filter(|edge| *edge > 0).collect();
        let below: Vec<Real> = edges.rev().filter(|edge| *edge < 0).collect();
        Way { above: self.stops(above, first), below: self.stops(below, first) }
    }

    /// As many stops as can be told; past them whoever asks hears why not.
    fn stops(&self, edges: Vec<Real>, first: Real) -> Side {
        let mut stops = Vec::from([Stop::FIRST]);
        for edge in &edges {
            match stops.last().map(|last| self.next(last, *edge, first)) {
                Some(Ok(stop)) => stops.push(stop),
                _ => break,
            }
        }
        Side { stops, edges }
    }

    /// From a stop on to v, within a step. From u both have closed forms: Δ(v) = Δ(u) + A/S₀·(e^−u − e^−v) and
    /// V(v) = V(u) + Δ(u)·S₀·(e^v − e^u) + A·(e^(v−u) − 1 − (v − u)).
    fn next(&self, from: &Stop, v: Real, first: Real) -> Result<Stop, SystemError> {
        let u = from.at;
        let gamma = self.dollar_gamma(u.min(v));
        let (up, down) = (exp(v)?, exp(-v)?);
        let rise = mul(mul(from.valued.hedge, first)?, up - from.up)?;
        let bend = mul(gamma, exp(v - u)? - Real::ONE - (v - u))?;
        let owed = add(from.valued.owed, add(rise, bend)?)?;
        let gained = mul(div(gamma, first)?, from.down - down)?;
        let hedge = add(from.valued.hedge, gained)?;
        Ok(Stop { at: v, up, down, valued: Valued { hedge, owed } })
    }
}

/// A place on the way from 0, with e to its power, e to less its power, and what the options are there.
#[derive(Clone, Copy, Debug)]
struct Stop {
    at: Real,
    up: Real,
    down: Real,
    valued: Valued,
}

impl Stop {
    const FIRST: Self = Self {
        at: Real::ZERO,
        up: Real::ONE,
        down: Real::ONE,
        valued: Valued { hedge: Real::ZERO, owed: Real::ZERO },
    };
}

/// Edges on one side of 0 in the order in which they are met: the first of them as stops, after 0 itself.
#[derive(Clone, Debug)]
struct Side {
    stops: Vec<Stop>,
    edges: Vec<Real>,
}

/// Both sides.
#[derive(Clone, Debug)]
pub(super) struct Way {
    above: Side,
    below: Side,
}

impl Way {
    /// The last stop on the way to x, and the edges after it.
    fn nearest(&self, x: Real) -> (&Stop, &[Real]) {
        let Side { stops, edges } = if x > 0 { &self.above } else { &self.below };
        let met = stops.iter().skip(1).take_while(|stop| stop.at.abs() <= x.abs()).count();
        (&stops[met], &edges[met..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(steps: &[(&str, &str)]) -> OptionsRule {
        let rung = |&(from, gamma): &(&str, &str)| Rung {
            from: Real::lit(from),
            dollar_gamma: Real::lit(gamma),
        };
        OptionsRule { cash: Cash::ZERO, profile: steps.iter().map(rung).collect() }
    }

    #[test]
    fn the_hedge_is_the_slope_of_what_is_owed() {
        let rule = profile(&[("-5", "1000000"), ("-0.1", "5000000"), ("0.05", "-2000000")]);
        let first = Real::lit("2000");
        let way = rule.way(first);
        let step = Real::lit("0.00001");
        for x in ["-0.3", "-0.07", "0.02", "0.2"] {
            let x = Real::lit(x);
            let at = |x| rule.valued(&way, x, first).unwrap();
            let rise = at(x + step).owed - at(x - step).owed;
            let run = first * (exp(x + step).unwrap() - exp(x - step).unwrap());
            let off = (rise / run).abs_diff(at(x).hedge);
            assert!(off < Real::lit("0.0001"), "{off} at {x}");
            // And S²Γ is what it is said to be.
            let gamma = (at(x + step).hedge - at(x - step).hedge) / run;
            let spot = first * exp(x).unwrap();
            let dollar = gamma * spot * spot;
            assert!(dollar.abs_diff(rule.dollar_gamma(x)) < Real::lit("1"), "{dollar} at {x}");
        }
    }

    #[test]
    fn a_step_does_not_depend_on_the_way_to_it() {
        let whole = profile(&[("-5", "3000000")]);
        let cut = profile(&[("-5", "3000000"), ("-0.2", "3000000"), ("0.1", "3000000")]);
        let first = Real::lit("100");
        let of = |rule: &OptionsRule, x| rule.valued(&rule.way(first), x, first).unwrap();
        for x in ["-0.5", "0", "0.4"] {
            let x = Real::lit(x);
            let (one, other) = (of(&whole, x), of(&cut, x));
            assert!(one.hedge.abs_diff(other.hedge) < Real::lit("0.000000001"));
            assert!(one.owed.abs_diff(other.owed) < Real::lit("0.000001"));
        }
    }
}
