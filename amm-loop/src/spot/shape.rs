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

    /// g′(e), for a volume the shape bears; above 4·10⁻⁷.
    pub(crate) fn slope(&self, volume: Real) -> Real {
        match *self {
            Self::Linear => Real::ONE,
            Self::Root { y, core } => y / root(volume, core) / 2,
            Self::Product => Real::lit("2") / (Real::ONE + volume),
        }
    }
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
