//! Several claims at once.

/// Holm's step-down correction (1979) of several tests' p-values, in their order: each may be compared
/// with a level as if it were the only one. The chance that any true null falls is then at most that
/// level, whatever the tests have to do with each other.
///
/// ```
/// let adjusted = amm_sim::stats::holm(&[0.01, 0.04, 0.03]);
/// let wanted = [0.03, 0.06, 0.06];
/// assert!(adjusted.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15));
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least: f64 = 0.0;
    for (rank, &at) in order.iter().enumerate() {
        let left = (p_values.len() - rank) as f64;
        least = least.max((left * p_values[at]).min(1.0));
        adjusted[at] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_and_ends() {
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[0.2]), [0.2]);
        assert_eq!(holm(&[0.5, 0.5]), [1.0, 1.0]);
        assert_eq!(holm(&[0.0, 1.0, 0.25]), [0.0, 1.0, 0.5]);
    }
}
