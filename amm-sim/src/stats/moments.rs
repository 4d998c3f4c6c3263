//! Means, spreads and quantiles.

/// The mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.iter().sum::<f64>() / count as f64)
}

/// The unbiased variance; `None` of fewer than two.
pub fn variance(values: &[f64]) -> Option<f64> {
    let (count, mean) = (values.len(), mean(values)?);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (count > 1).then(|| squares / (count - 1) as f64)
}

/// The standard deviation; `None` of fewer than two.
pub fn sd(values: &[f64]) -> Option<f64> {
    variance(values).map(f64::sqrt)
}

/// The correlation of pairs; `None` if one of the two does not vary, or of fewer than two pairs.
pub fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let (a, b) = (mean(one)?, mean(other)?);
    let products: f64 = one.iter().zip(other).map(|(x, y)| (x - a) * (y - b)).sum();
    let spread = sd(one)? * sd(other)?;
    (spread > 0.0 && one.len() == other.len()).then(|| products / ((one.len() - 1) as f64 * spread))
}

/// By how much shared luck cuts the variance of a difference: (Var A + Var B)/Var(A − B), so how many
/// times more paths of separate luck would know the difference as well. `None` if the difference does
/// not vary or the pairs are fewer than two.
pub fn crn_factor(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() != other.len() {
        return None;
    }
    let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
    let paired = variance(&differences)?;
    let apart = variance(one)? + variance(other)?;
    (paired > 0.0).then(|| apart / paired)
}

/// The quantile at a share of 0 to 1, linear between order statistics (type 7 of Hyndman and Fan);
/// `None` of nothing or another share.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    if values.is_empty() || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (sorted.len() - 1) as f64;
    let below = place as usize; // floor: the place is not negative
    let above = (below + 1).min(sorted.len() - 1);
    let part = place - below as f64;
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}

/// The median of the means of so many groups in a row: what a mean is to those who fear its tails
/// (Nemirovski and Yudin 1983). `None` if there are not so many values, or no groups.
pub fn median_of_means(values: &[f64], groups: usize) -> Option<f64> {
    if groups == 0 || values.len() < groups {
        return None;
    }
    let edge = |group: usize| group * values.len() / groups;
    let means: Option<Vec<f64>> =
        (0..groups).map(|group| mean(&values[edge(group)..edge(group + 1)])).collect();
    quantile(&means?, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use amm_loop::draw::Draws;

    #[test]
    fn small_sets_by_hand() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(mean(&values), Some(5.0));
        assert_eq!(variance(&values), Some(32.0 / 7.0));
        assert_eq!(quantile(&values, 0.5), Some(4.5));
        assert_eq!(quantile(&values, 0.25), Some(4.0));
        assert_eq!((quantile(&values, 0.0), quantile(&values, 1.0)), (Some(2.0), Some(9.0)));
        assert_eq!(median_of_means(&values, 4), Some(4.5));
        assert_eq!(median_of_means(&[1.0, 1.0, 1000.0], 3), Some(1.0));
        assert_eq!((mean(&[]), sd(&[1.0]), median_of_means(&values, 9)), (None, None, None));
        let opposite = correlation(&values, &values.map(|x| 3.0 - x)).unwrap();
        assert!((opposite + 1.0).abs() < 1e-15);
    }

    /// A = C + D, B = C + E with independent C, D, E of variances 9, 1, 1: (10 + 10)/2.
    #[test]
    fn shared_luck_cuts_the_variance_of_a_difference_by_its_share() {
        let draw = |path| {
            let mut draws = Draws::new(5, path, 0, 0);
            let mut normal = || draws.normal().to_num::<f64>();
            let common = 3.0 * normal();
            (common + normal(), common + normal())
        };
        let (one, other): (Vec<f64>, Vec<f64>) = (0..20_000).map(draw).unzip();
        let factor = crn_factor(&one, &other).unwrap();
        assert!((factor - 10.0).abs() < 0.4, "{factor}");
        assert!((correlation(&one, &other).unwrap() - 0.9).abs() < 0.01);
        assert_eq!(crn_factor(&one, &one), None);
    }
}
