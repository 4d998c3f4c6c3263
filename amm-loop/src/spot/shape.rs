//! How far a volume of flow moves ln spot.

use amm_core::math::{ln, sqrt};
use amm_core::num::{OutOfRange, Real, serde_real};
use serde::{Deserialize, Serialize};

use crate::spot::within;

/// The most a venue moves ln spot by, to either side.
pub const DISPLACEMENT_MAX: Real = Real::lit("20");

/// The most flow a venue bears on one side, in units of its scale.
pub const VOLUME_MAX: Real = Real::lit("10000");

/// e^10, at which a constant product has moved ln spot by 20.
const PRODUCT_MAX: Real = Real::lit("22026.465794806716517");

/// e^−10.
const PRODUCT_MIN: Real = Real::lit("0.00004539992976248485");

/// The law from a volume state e, flow over scale, to a displacement g(e) of ln spot.
///
/// In a file: `"linear"`, `{ root = { y = "0.04", core = "0.01" } }` or `"product"`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Shape {
    /// g(e) = e: the scale is the depth L, the cash that moves ln spot by one.
    Linear,
    /// g(e) = ±y·(√(|e| + c²) − c): the square-root law of impact, with a linear core without which
    /// a loop's gain on small moves would know no bound. The scale is a day's volume, so y is about
    /// a day's volatility (Donier and Bonart, arXiv 1412.4503).
    Root {
        /// Volatility of a day times a number near one: 0.0001 to 10.
        #[serde(with = "serde_real")]
        y: Real,
        /// c: impact is linear below c² of a day's volume. 0.000001 to 1.
        #[serde(with = "serde_real")]
        core: Real,
    },
    /// g(e) = 2·ln(1 + e): a pool of constant product; the scale is the value R of one side's
    /// reserve, and cash Q spent moves its price by (1 + Q/R)².
    Product,
}

impl Shape {
    /// Checks the parameters.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] names the one outside its range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        if let Self::Root { y, core } = *self {
            within("y of root impact", y, Real::lit("0.0001"), Real::lit("10"))?;
            within("core of root impact", core, Real::lit("0.000001"), Real::ONE)?;
        }
        Ok(())
    }

    /// Whether a volume lies where [`Shape::displacement`] is within [`DISPLACEMENT_MAX`].
    pub(crate) fn bears(&self, volume: Real) -> bool {
        let bears = match *self {
            Self::Linear => volume.abs() <= DISPLACEMENT_MAX,
            Self::Root { .. } => volume.abs() <= VOLUME_MAX,
            Self::Product => volume <= PRODUCT_MAX && volume >= PRODUCT_MIN - Real::ONE,
        };
        bears && self.displacement(volume).abs() <= DISPLACEMENT_MAX
    }

    /// g(e), for a volume the shape bears; odd to the bit but for [`Shape::Product`].
    ///
    /// Rounded towards zero: under 1 + y ulp for the root, 2 ulp for the product.
    pub(crate) fn displacement(&self, volume: Real) -> Real {
        match *self {
            Self::Linear => volume,
            Self::Root { y, core } => {
                let size = y * (root(volume, core) - core);
                if volume < 0 { -size } else { size }
            }
            Self::Product => 2 * ln(Real::ONE + volume).expect("a volume above −1"),
        }
    }

    /// The mean of g over the volumes between two that the shape bears, less g at the first. Good to a
    /// few ulp of the displacements, which are 20 at most.
    pub(crate) fn mean_rise(&self, from: Real, to: Real) -> Real {
        match *self {
            Self::Linear => (to - from) / 2,
            Self::Root { y, core } => {
                let near = |to: Real| root_rise((y, core), from, to);
                if (from < 0) == (to < 0) || from == 0 || to == 0 {
                    return near(to);
                }
                // Through zero: both parts by their share of the volume.
                let far =
                    self.displacement(from).abs() + root_rise((y, core), Real::ZERO, to.abs());
                let far = if to < 0 { -far } else { far };
                let through = -from / (to - from);
                through * near(Real::ZERO) + (Real::ONE - through) * far
            }
            Self::Product => product_rise((to - from) / (Real::ONE + from)),
        }
    }

    /// g′(e), for a volume the shape bears; above 4·10⁻⁷.
    pub(crate) fn slope(&self, volume: Real) -> Real {
        match *self {
            Self::Linear => Real::ONE,
            Self::Root { y, core } => y / root(volume, core) / 2,
            Self::Product => Real::lit("2") / (Real::ONE + volume),
        }
    }
}

/// The mean of the root's g between two volumes of one sign, less g at the first: from A to B in
/// √(|e| + c²) it is y·(B − A)·(2B + A)/(3(A + B)).
fn root_rise((y, core): (Real, Real), from: Real, to: Real) -> Real {
    let (first, last) = (root(from, core), root(to, core));
    let size = y * (last - first) * ((2 * last + first) / (3 * (first + last)));
    if from < 0 || to < 0 { -size } else { size }
}

/// 2·((1 + u)·ln(1 + u)/u − 1), the mean of 2·ln(1 + u) from 0 to u; for u near zero its series
/// u − u²/3 + u³/6 − …, of which 2·(−u)^k/(k(k+1)) is left away from k = 10 on: under 2⁻⁶⁶.
fn product_rise(u: Real) -> Real {
    const NEAR: Real = Real::lit("0.015625");
    if u.abs() < NEAR {
        let term = |k: i128| Real::lit("2") / (k * (k + 1));
        let series = (1..10).rev().fold(Real::ZERO, |sum, k| term(k) - u * sum);
        return u * series;
    }
    let grown = Real::ONE + u;
    // u ≥ e^−10 − 1 and not near zero: the quotient keeps all but six bits.
    2 * (grown * ln(grown).expect("a volume above −1") / u - Real::ONE)
}

/// √(|e| + c²).
fn root(volume: Real, core: Real) -> Real {
    if volume == 0 {
        return core; // the floor of c² would lose a bit
    }
    sqrt(volume.abs() + core * core).expect("a sum of squares")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: [Shape; 3] = [
        Shape::Linear,
        Shape::Root { y: Real::lit("0.04"), core: Real::lit("0.01") },
        Shape::Product,
    ];

    #[test]
    fn nothing_moves_nothing() {
        for shape in SHAPES {
            assert_eq!(shape.displacement(Real::ZERO), Real::ZERO);
        }
    }

    #[test]
    fn the_root_is_a_root_far_out_and_a_line_inside() {
        let root = SHAPES[1];
        // y·(√(1 + c²) − c) for y = 0.04 and c = 0.01
        let want = Real::lit("0.03960199995000249984");
        assert!(root.displacement(Real::ONE).abs_diff(want) < Real::lit("1e-18"));
        assert_eq!(root.displacement(-Real::ONE), -root.displacement(Real::ONE));
        // y/(2c), off by c's last digit.
        assert!(root.slope(Real::ZERO).abs_diff(Real::lit("2")) < Real::lit("1e-16"));
        let small = Real::lit("1e-9");
        assert!((root.displacement(small) / small).abs_diff(Real::lit("2")) < Real::lit("0.00001"));
    }

    #[test]
    fn a_constant_product_squares_what_its_reserve_grows_by() {
        let moved = Shape::Product.displacement(Real::lit("0.25"));
        assert!(moved.abs_diff(2 * ln(Real::lit("1.25")).unwrap()) <= Real::DELTA);
        assert_eq!(Shape::Product.slope(Real::ONE), Real::ONE);
        assert!(!Shape::Product.bears(-Real::ONE));
        assert!(!Shape::Product.bears(Real::MIN));
    }

    /// Against Simpson's rule on 4,096 pieces, which is off by the fourth power of a piece.
    #[test]
    fn means_are_those_of_the_displacement() {
        for shape in SHAPES {
            for (from, to) in [
                ("0", "0.0001"),
                ("0", "2"),
                ("0.3", "0.1"),
                ("0.5", "0.5001"),
                ("-0.7", "-0.2"),
                ("-0.1", "0.4"),
                ("0.4", "-0.1"),
                ("0", "-0.6"),
                ("-0.2", "0"),
                ("0.2", "0.203"),
            ] {
                let (from, to) = (Real::lit(from), Real::lit(to));
                const PIECES: i128 = 4096;
                let step = (to - from) / PIECES;
                let at = |half: i128| shape.displacement(from + step * half / 2);
                let sum = (0..PIECES).fold(Real::ZERO, |sum, piece| {
                    sum + at(2 * piece) + 4 * at(2 * piece + 1) + at(2 * piece + 2)
                });
                let want = sum / (6 * PIECES) - shape.displacement(from);
                let got = shape.mean_rise(from, to);
                // Near its core a root bends most.
                assert!(
                    got.abs_diff(want) < Real::lit("0.0000001"),
                    "{shape:?} {from} {to}: {got} {want}"
                );
            }
            assert_eq!(shape.mean_rise(Real::lit("0.3"), Real::lit("0.3")), Real::ZERO);
        }
        // The series and the closed form meet.
        for u in ["0.015625", "-0.015625"] {
            let u = Real::lit(u);
            let inside = if u < 0 { u + Real::DELTA } else { u - Real::DELTA };
            let off = product_rise(u).abs_diff(product_rise(inside));
            assert!(off < 400 * Real::DELTA, "{off}");
        }
    }

    #[test]
    fn slopes_are_those_of_the_displacement() {
        let step = Real::lit("0.00000001");
        for shape in SHAPES {
            for at in ["-0.5", "-0.001", "0.0003", "0.7", "15"] {
                let at = Real::lit(at);
                let rise = shape.displacement(at + step) - shape.displacement(at - step);
                let slope = shape.slope(at);
                let off = (rise / (2 * step) / slope).abs_diff(Real::ONE);
                assert!(off < Real::lit("1e-9"), "{shape:?} at {at}: {off}");
            }
        }
    }
}
