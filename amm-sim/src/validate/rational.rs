//! Exact fractions, and linear equations in them.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A fraction in lowest terms over a denominator above 0.
///
/// # Panics
///
/// Its operations panic past `i128`, which no instance here comes near, and on a division by 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    pub(super) const ZERO: Self = Self { numerator: 0, denominator: 1 };

    pub(super) fn new(numerator: i128, denominator: i128) -> Self {
        assert!(denominator != 0, "{numerator}/0");
        let common = greatest_common_divisor(numerator, denominator) * denominator.signum();
        Self { numerator: numerator / common, denominator: denominator / common }
    }

    pub(super) fn whole(value: i128) -> Self {
        Self::new(value, 1)
    }

    /// To the nearest that a division of two doubles gives.
    pub(super) fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// a·b.
fn product(a: i128, b: i128) -> i128 {
    a.checked_mul(b).expect("the instances are small")
}

impl Add for Rational {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (left, right) = (
            product(self.numerator, other.denominator),
            product(other.numerator, self.denominator),
        );
        let sum = left.checked_add(right).expect("the instances are small");
        Self::new(sum, product(self.denominator, other.denominator))
    }
}

impl Neg for Rational {
    type Output = Self;

    fn neg(self) -> Self {
        Self { numerator: -self.numerator, ..self }
    }
}

impl Sub for Rational {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Rational {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let numerator = product(self.numerator, other.numerator);
        Self::new(numerator, product(self.denominator, other.denominator))
    }
}

impl Div for Rational {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let numerator = product(self.numerator, other.denominator);
        Self::new(numerator, product(self.denominator, other.numerator))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        (*self - *other).numerator.cmp(&0)
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// x of A·x = b by Gauss and Jordan; `None` if A is singular.
pub(super) fn solve(matrix: &[Vec<Rational>], right: &[Rational]) -> Option<Vec<Rational>> {
    let size = right.len();
    let mut rows: Vec<Vec<Rational>> = matrix
        .iter()
        .zip(right)
        .map(|(row, &value)| row.iter().copied().chain([value]).collect())
        .collect();
    for column in 0..size {
        let pivot = (column..size).find(|&row| rows[row][column] != Rational::ZERO)?;
        rows.swap(column, pivot);
        let head = rows[column][column];
        for entry in &mut rows[column] {
            *entry = *entry / head;
        }
        let pivot = rows[column].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(index, _)| *index != column) {
            let factor = row[column];
            for (entry, &above) in row.iter_mut().zip(&pivot) {
                *entry = *entry - factor * above;
            }
        }
    }
    Some(rows.into_iter().map(|row| row[size]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_in_lowest_terms() {
        let half = Rational::new(-3, -6);
        assert_eq!(half, Rational::new(1, 2));
        assert_eq!(half - Rational::new(2, 3), Rational::new(-1, 6));
        assert_eq!(half / Rational::new(-1, 4), Rational::whole(-2));
        assert!(half > Rational::new(3, 7) && Rational::new(-1, 2) < Rational::ZERO);
    }

    #[test]
    fn equations_are_solved_exactly() {
        let matrix =
            [[0, 2, 1], [1, -1, 3], [4, 5, -2]].map(|row| row.map(Rational::whole).to_vec());
        let want = [Rational::new(1, 7), Rational::whole(-3), Rational::new(5, 3)];
        let right: Vec<Rational> = matrix
            .iter()
            .map(|row| row.iter().zip(want).fold(Rational::ZERO, |sum, (&a, x)| sum + a * x))
            .collect();
        assert_eq!(solve(&matrix, &right), Some(want.to_vec()));
        let singular = [[1, 2], [2, 4]].map(|row| row.map(Rational::whole).to_vec());
        assert_eq!(solve(&singular, &[Rational::ZERO; 2]), None);
    }
}
