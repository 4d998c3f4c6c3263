"""Certifies TAIL_FAR in ball arithmetic (Arb): Sollya's supnorm takes 20 s for a piece of this.

With Y = 64/a², g(Y) = √(2π)·a·e^(a²/2)·N(−a) = ∫₀^∞ e^(−s)·e^(−s²Y/128) ds, so every derivative of g
keeps its sign and shrinks as Y grows: on [lo, hi] a Taylor remainder is bounded by the coefficient
at lo, and the slope is at most g′(0) = −2/128 everywhere.
"""
from flint import arb, arb_poly, arb_series, ctx, fmpq, fmpq_poly

from extract import FAR_BITS, INV_SQRT_2PI, TAIL_FAR

TERMS = 12
PIECES = 4000
LOWEST = fmpq(1, 2048)  # a < 2⁸ keeps Y over 1/1024


def taylor(at):
    """g's Taylor coefficients at `at`."""
    y = arb_series([arb(at), 1])
    half_square = 32 / y
    series = (2 * half_square).sqrt() * half_square.exp() * half_square.sqrt().erfc()
    return [(series * (arb.pi() / 2).sqrt())[k] for k in range(TERMS + 1)]


def worst():
    ctx.prec, ctx.cap = 200, TERMS + 1
    polynomial = fmpq_poly([fmpq(c, 2**bits) for c, bits in zip(TAIL_FAR, FAR_BITS)])
    bound = arb(0)
    edges = [LOWEST + (1 - LOWEST) * fmpq(i * i, PIECES * PIECES) for i in range(PIECES + 1)]
    for lo, hi in zip(edges, edges[1:]):
        middle, radius = (lo + hi) / 2, arb((hi - lo) / 2)
        error = arb_poly(polynomial(fmpq_poly([middle, 1]))) - arb_poly(taylor(middle)[:TERMS])
        piece = sum((abs(c) * radius**k for k, c in enumerate(error.coeffs())), arb(0))
        piece += abs(taylor(lo)[TERMS]) * radius**TERMS
        bound = bound.max(piece)
    return bound


def main():
    print("far-poly", show(worst()))
    inv_sqrt_2pi = abs(arb(fmpq(INV_SQRT_2PI, 2**64)) - 1 / (2 * arb.pi()).sqrt())
    print("far-constant", show(inv_sqrt_2pi))


def show(bound):
    """A dyadic number no less than the bound."""
    mantissa, exponent = bound.upper().man_exp()
    return f"{mantissa} * 2^({exponent})"


if __name__ == "__main__":
    main()
