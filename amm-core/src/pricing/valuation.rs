//! What an option is worth and how that moves.

use crate::num::Real;

/// What a call and a put are worth now, in the forward's currency.
///
/// `call − put` is exactly ⌊DF·F⌋ − ⌊DF·K⌋, both in units of 2⁻⁶⁴.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Prices {
    /// DF·(F·N(d₁) − K·N(d₂)).
    pub call: Real,
    /// DF·(K·N(−d₂) − F·N(−d₁)).
    pub put: Real,
}

/// Prices and first Greeks of a call and a put.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Valuation {
    /// What they are worth.
    pub prices: Prices,
    /// ∂call/∂F = DF·N(d₁).
    pub delta_call: Real,
    /// ∂put/∂F = `delta_call` − DF, exactly.
    pub delta_put: Real,
    /// F·Γ = DF·φ(d₁)/v, where Γ is ∂²price/∂F²: the change of delta when the forward moves by
    /// 100 % (both linear). Free of the price's unit.
    pub gamma_forward: Real,
    /// ∂price/∂σ = DF·F·φ(d₁)·√T, per 1.00 of volatility.
    pub vega: Real,
    /// −∂call/∂T per year with F, σ and r = −ln(DF)/T held: −DF·F·φ(d₁)·σ/(2√T) + r·call.
    pub theta_call: Real,
    /// −∂put/∂T likewise.
    pub theta_put: Real,
}

/// Second-order Greeks a market maker hedges volatility with.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct SecondOrder {
    /// ∂²price/∂F∂σ = −DF·φ(d₁)·d₂/σ.
    pub vanna: Real,
    /// ∂²price/∂σ² = vega·d₁·d₂/σ.
    pub volga: Real,
}
