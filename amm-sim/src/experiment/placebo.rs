//! Simpler rules over the baseline: what refusing, charging or waiting achieve by themselves.

use amm_core::num::Real;
use amm_loop::pool::{Design, Markup, TurnAway};

/// A placebo's rule.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Rule {
    /// A constant mark-up for those who buy, or a discount: it deters, and attracts nobody.
    Flat,
    /// A volatility that is higher by a constant share for those who buy and those who sell: it deters
    /// and attracts, whatever the book.
    Lift,
    /// Turns a share of buyers away at random.
    Thin,
    /// Turns away whoever would take the gain past a cap.
    Cap,
    /// Everybody who buys waits.
    Delay,
}

/// All of them.
pub(super) const RULES: [Rule; 5] = [Rule::Flat, Rule::Lift, Rule::Thin, Rule::Cap, Rule::Delay];

/// Strengths are multiples of this.
const STEP: i64 = 10_000;

impl Rule {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Lift => "lift",
            Self::Thin => "thin",
            Self::Cap => "cap",
            Self::Delay => "delay",
        }
    }

    /// The baseline with this rule. A mark-up is a share of volatility, thinning a share of
    /// buyers, a cap a gain, a delay a number of blocks.
    pub(super) fn over(self, baseline: &Design, strength: Real) -> Design {
        let mut design = baseline.clone();
        design.name = format!("{} {strength:.4}", self.name());
        match self {
            Self::Flat => design.markup = Some(Markup::Ask { relative: strength }),
            Self::Lift => design.markup = Some(Markup::Flat { relative: strength }),
            Self::Thin => design.turn_away = Some(TurnAway::Thin { share: strength }),
            Self::Cap => design.turn_away = Some(TurnAway::Cap { gain: strength }),
            Self::Delay => {
                let blocks = strength.checked_to_num::<u32>().unwrap_or(1).max(1);
                design.turn_away = Some(TurnAway::Delay { blocks });
            }
        }
        design
    }

    /// Strengths that are tried first, ascending, and the number of the one that does least. `top` is
    /// the baseline's greatest gain.
    pub(super) fn grid(self, top: f64, blocks: u32) -> (Vec<Real>, usize) {
        let of = |list: &[f64]| list.iter().filter_map(|s| self.rounded(*s)).collect::<Vec<Real>>();
        let mut grid = match self {
            Self::Flat | Self::Lift => of(&[-0.15, -0.05, 0.0, 0.1, 0.25, 0.5, 1.0]),
            Self::Thin => of(&[0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9]),
            Self::Cap => {
                let top = top.max(0.01);
                of(&[0.03, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0].map(|share| share * top))
            }
            Self::Delay => {
                let longest = f64::from(blocks) / 3.0;
                of(&[1.0, 3.0, 12.0, 48.0, 144.0].map(|blocks: f64| blocks.min(longest).max(1.0)))
            }
        };
        grid.dedup();
        let least = match self {
            Self::Flat | Self::Lift => grid.iter().position(|strength| *strength == 0).unwrap_or(0),
            Self::Thin | Self::Delay => 0,
            Self::Cap => grid.len().saturating_sub(1),
        };
        (grid, least)
    }

    /// Whether there is such a rule.
    pub(super) fn admits(self, strength: Real) -> bool {
        match self {
            Self::Flat | Self::Lift => strength * 2 >= -1 && strength <= 5,
            Self::Thin => (Real::ZERO..=Real::ONE).contains(&strength),
            Self::Cap => strength >= 0,
            Self::Delay => strength >= 1,
        }
    }

    /// The nearest strength that is tried: whole blocks, else a ten-thousandth; `None` of no number.
    pub(super) fn rounded(self, strength: f64) -> Option<Real> {
        if strength.is_nan() || strength.abs() > 1e6 {
            return None;
        }
        let nearest = |x: f64| if x < 0.0 { -((0.5 - x) as i64) } else { (x + 0.5) as i64 };
        Some(match self {
            Self::Delay => Real::from_num(nearest(strength)),
            _ => Real::from_num(nearest(strength * STEP as f64)) / Real::from_num(STEP),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_few_decimals_and_grids_ascend() {
        assert_eq!(Rule::Flat.rounded(-0.123_449), Some(Real::from_num(-1234) / 10_000));
        assert_eq!(Rule::Delay.rounded(2.6), Some(Real::from_num(3)));
        assert_eq!(Rule::Thin.rounded(f64::NAN), None);
        for rule in RULES {
            let (grid, least) = rule.grid(0.4, 864);
            assert!(grid.is_sorted() && least < grid.len(), "{rule:?}");
        }
        assert_eq!(Rule::Delay.grid(0.4, 6).0, [Real::ONE, Real::from_num(2)]);
    }
}
