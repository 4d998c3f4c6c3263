//! Descent by simplex in two dimensions (Nelder and Mead 1965).

/// Where the search ends up from `start`, with a first simplex of size `step`.
///
/// Ends when its three values agree to 10⁻¹² or after 300 steps. Ties go to the older point, so the path
/// depends on nothing but the arguments.
pub(super) fn descend(start: [f64; 2], step: f64, cost: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    let [x, y] = start;
    let grown = step * y.max(0.1);
    let mut corners = [[x, y], [x + step, y], [x, y + grown]].map(|at| (cost(at), at));
    for _ in 0..300 {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [best, middle, worst] = corners;
        if worst.0 - best.0 <= 1e-12 * (1.0 + best.0.abs()) {
            break;
        }
        let centre = [0, 1].map(|i| (best.1[i] + middle.1[i]) / 2.0);
        let toward = |share: f64| {
            let at = [0, 1].map(|i| centre[i] + share * (worst.1[i] - centre[i]));
            (cost(at), at)
        };
        let mirrored = toward(-1.0);
        let new = if mirrored.0 < best.0 {
            let further = toward(-2.0);
            if further.0 < mirrored.0 { further } else { mirrored }
        } else if mirrored.0 < middle.0 {
            mirrored
        } else {
            let inner = toward(if mirrored.0 < worst.0 { -0.5 } else { 0.5 });
            if inner.0 < worst.0.min(mirrored.0) {
                inner
            } else {
                let halved = |at: [f64; 2]| {
                    let at = [0, 1].map(|i| (at[i] + best.1[i]) / 2.0);
                    (cost(at), at)
                };
                corners[1] = halved(middle.1);
                halved(worst.1)
            }
        };
        corners[2] = new;
    }
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    corners[0].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_bottom_of_a_bent_valley() {
        // Rosenbrock's function, least at (1, 1).
        let cost = |[x, y]: [f64; 2]| (1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x);
        let [x, y] = descend([-1.2, 1.0], 0.5, cost);
        assert!((x - 1.0).abs() < 1e-4 && (y - 1.0).abs() < 1e-4, "{x} {y}");
    }

    #[test]
    fn walls_are_not_entered() {
        let cost = |[x, y]: [f64; 2]| if x < 0.5 { f64::INFINITY } else { x + y * y };
        let [x, _] = descend([2.0, 1.0], 0.5, cost);
        assert!((x - 0.5).abs() < 1e-3, "{x}");
    }
}
