//! Linear equations in doubles.

/// x of A·x = b by elimination with the greatest pivot of each column.
pub(super) fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let greatest = (column..size).fold(column, |best, row| {
            if matrix[row][column].abs() > matrix[best][column].abs() { row } else { best }
        });
        matrix.swap(column, greatest);
        right.swap(column, greatest);
        let (above, below) = matrix.split_at_mut(column + 1);
        let (pivot, value) = (&above[column], right[column]);
        for (row, right) in below.iter_mut().zip(&mut right[column + 1..]) {
            let factor = row[column] / pivot[column];
            for (entry, above) in row[column..].iter_mut().zip(&pivot[column..]) {
                *entry -= factor * above;
            }
            *right -= factor * value;
        }
    }
    for row in (0..size).rev() {
        let known: f64 =
            matrix[row][row + 1..].iter().zip(&right[row + 1..]).map(|(a, x)| a * x).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let matrix = vec![vec![0.0, 2.0, 1.0], vec![1.0, -1.0, 3.0], vec![4.0, 5.0, -2.0]];
        let right = vec![7.0, -5.0, 16.0];
        let x = solve(matrix.clone(), right.clone());
        for (row, want) in matrix.iter().zip(&right) {
            let have: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((have - want).abs() < 1e-12, "{have} {want}");
        }
    }
}
