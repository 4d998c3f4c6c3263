//! A slice in binary floating point, and how far it is from being free of arbitrage.

use amm_core::surface::Svi;

/// Raw SVI parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shape {
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) rho: f64,
    pub(super) m: f64,
    pub(super) sigma: f64,
}

/// The distance from the centre at which a slice is last looked at.
const FAR: f64 = 130.0;

impl Shape {
    /// The core's slice.
    pub(super) fn of(svi: &Svi) -> Self {
        let [a, b, rho, m, sigma] =
            [svi.a(), svi.b(), svi.rho(), svi.m(), svi.sigma()].map(|x| x.to_num::<f64>());
        Self { a, b, rho, m, sigma }
    }

    /// w(k).
    pub(super) fn at(&self, k: f64) -> f64 {
        let x = k - self.m;
        self.a + self.b * (self.rho * x + (x * x + self.sigma * self.sigma).sqrt())
    }

    /// b(1 − ρ) and b(1 + ρ).
    pub(super) fn slopes(&self) -> (f64, f64) {
        (self.b * (1.0 - self.rho), self.b * (1.0 + self.rho))
    }

    /// Durrleman's g.
    fn density(&self, k: f64) -> f64 {
        let x = k - self.m;
        let r = (x * x + self.sigma * self.sigma).sqrt();
        let w = self.a + self.b * (self.rho * x + r);
        let first = self.b * (self.rho + x / r);
        let second = self.b * self.sigma * self.sigma / (r * r * r);
        let line = 1.0 - k * first / (2.0 * w);
        line * line - first * first / 4.0 * (1.0 / w + 0.25) + second / 2.0
    }

    /// Log-moneynesses at σ/4 from each other near the centre, four an octave beyond.
    fn points(&self) -> impl Iterator<Item = f64> {
        let (m, mut step, mut at) = (self.m, self.sigma / 4.0, 0.0);
        let offsets = std::iter::from_fn(move || {
            let here = at;
            at += step;
            if at >= 8.0 * step {
                step *= 2.0;
            }
            (here < FAR).then_some(here)
        });
        offsets.flat_map(move |offset| [m - offset, m + offset])
    }

    /// The slice raised, where it has to be, to `margin` above `near` everywhere and to a thousandth of `middle`
    /// at its lowest.
    pub(super) fn lifted(self, near: Option<&Self>, middle: f64, margin: f64) -> Self {
        let least = self.a + self.b * self.sigma * (1.0 - self.rho * self.rho).sqrt();
        let mut lift = (1e-3 * middle - least).max(0.0);
        if let Some(near) = near {
            for k in self.points().chain(near.points()) {
                lift = lift.max(near.at(k) * (1.0 + margin) - self.at(k));
            }
        }
        Self { a: self.a + lift, ..self }
    }

    /// Nothing where the density keeps `margin` above zero, and more the further it falls short: so steep from
    /// the first that no misfit is worth it.
    pub(super) fn penalty(&self, margin: f64) -> f64 {
        const STEEP: f64 = 1e4;
        let density = self.points().map(|k| self.density(k)).fold(f64::INFINITY, f64::min);
        let short = (margin - density).max(0.0) + (self.rho.abs() - 0.999).max(0.0);
        STEEP * short * (1.0 + short)
    }
}
