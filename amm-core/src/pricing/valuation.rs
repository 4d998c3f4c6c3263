//! What an option is worth and how that moves.

use crate::num::Real;

/// What a call and a put are worth now, in the forward's currency.
///
/// `call − put` is exactly ⌊DF·F⌋ − ⌊DF·K⌋, both in units of 2⁻⁶⁴.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Prices {
    /// DF·(F·N(d₁) − K·N(d₂)).
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub call: Real,
    /// DF·(K·N(−d₂) − F·N(−d₁)).
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub put: Real,
}

/// Prices and first Greeks of a call and a put.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Valuation {
    /// What they are worth.
    pub prices: Prices,
    /// ∂call/∂F = DF·N(d₁).
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub delta_call: Real,
    /// ∂put/∂F = `delta_call` − DF, exactly.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub delta_put: Real,
    /// F·Γ = DF·φ(d₁)/v, where Γ is ∂²price/∂F²: the change of delta when the forward moves by
    /// 100 % (both linear). Free of the price's unit.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub gamma_forward: Real,
    /// ∂price/∂σ = DF·F·φ(d₁)·√T, per 1.00 of volatility.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub vega: Real,
    /// −∂call/∂T per year with F, σ and r = −ln(DF)/T held: −DF·F·φ(d₁)·σ/(2√T) + r·call.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub theta_call: Real,
    /// −∂put/∂T likewise.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub theta_put: Real,
}

/// Second-order Greeks a market maker hedges volatility with.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SecondOrder {
    /// ∂²price/∂F∂σ = −DF·φ(d₁)·d₂/σ.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub vanna: Real,
    /// ∂²price/∂σ² = vega·d₁·d₂/σ.
    #[cfg_attr(feature = "serde", serde(with = "crate::num::serde_real"))]
    pub volga: Real,
}
