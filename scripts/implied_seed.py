#!/usr/bin/env python3
"""Tables of the first guess of the implied-volatility solver.

Writes amm-core/src/pricing/implied/seed.rs; with --check, compares it with what it would write,
and measures what the solver's doc says of the guess and of the last step. Plain Python, no packages: the entries have 16 bits, far
fewer than the doubles they are made with.

u = |ln(F/K)|, v = sigma*sqrt(T), c = out-of-the-money price / (DF*min(F,K)).

Wing (c <= 1/2). Bachelier's formula is c = v*B(u/v), B(a) = phi(a) - a*N(-a), so v/(c+u) is a function
of w = ln(1 + u/c) alone; here w = ln(c+u) - ln(c) + u/2, the last term being most of the difference
between Black and Bachelier. The guess is v = s*(1 + kappa*s^2), s = (c+u)*gamma(w).

Body (c > 1/2). At the money 1-c = 2N(-v/2); off it l = ln 2 - ln(1-c) + u/2 takes the place of
-ln N(-v/2), and the guess is v = h(l) - u^2*k(l).

A row holds both numbers for one x (x = w + 1/8, or l), eight rows to the octave; up to the next row the
first is interpolated and the second, taken half-way, stands.
"""

import math
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "amm-core/src/pricing/implied/seed.rs"
ROOT_2PI = math.sqrt(2 * math.pi)
ROWS_PER_OCTAVE = 8
WING_FIRST, BODY_FIRST, LAST = -3, 0, 7  # octaves: x from 2^-3, 2^0 to 2^7
NEAR = [0.0] + [10 ** (-4 + 0.1 * i) for i in range(48)] + [6.0]  # u of every market
FAR = [8.0, 12.0, 18.0, 24.0, 36.0, 48.0, 60.0, 72.0]


def cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def mills(a):
    return cdf(-a) * ROOT_2PI * math.exp(a * a / 2)


def mills_difference(a, v):
    """R(a - v/2) - R(a + v/2)."""
    if v >= 0.3 and not (v < 1 and a > 6):
        return mills(a - v / 2) - mills(a + v / 2)
    rho = []
    if a < 6:
        rho = [mills(a), 1 - a * mills(a)]
        for n in range(1, 9):
            rho.append(n * rho[n - 1] - a * rho[n])
    else:
        for n in range(10):  # asymptotic series of the integral of t^n exp(-a*t - t^2/2)
            total, term, k = 0.0, math.factorial(n) / a ** (n + 1), 0
            while k < 40:
                total += term
                following = -term * (n + 2 * k + 1) * (n + 2 * k + 2) / (2 * (k + 1) * a * a)
                if abs(following) >= abs(term):
                    break
                term, k = following, k + 1
            rho.append(total)
    h = v / 2
    return v * sum(h ** (2 * n) * rho[2 * n + 1] / math.factorial(2 * n + 1) for n in range(5))


def log_price(u, v):
    """ln c and ln(1-c), each to the relative accuracy of doubles where it matters."""
    a = u / v
    a1, a2 = a - v / 2, a + v / 2
    if a1 >= 0 or v < 0.05:
        ln_c = -a1 * a1 / 2 - math.log(ROOT_2PI) + math.log(mills_difference(a, v))
        return ln_c, math.log1p(-math.exp(ln_c))
    ln_m = -a1 * a1 / 2 - math.log(ROOT_2PI) + math.log(mills(-a1) + mills(a2))
    return math.log1p(-math.exp(ln_m)), ln_m


def bisect(rising, low, high):
    """The root of a rising function by bisection of the logarithm."""
    for _ in range(70):
        mid = math.sqrt(low * high)
        if rising(mid) < 0:
            low = mid
        else:
            high = mid
    return math.sqrt(low * high)


def wing_point(u, w):
    """(v, c) on the curve of constant w, or None if c would exceed 1/2 or leave the domain."""
    if u == 0 or u / 2 >= w:
        return None

    def rising(v):
        ln_c = log_price(u, v)[0]
        return w - (math.log(math.exp(ln_c) + u) - ln_c + u / 2)

    v = bisect(rising, max(u / 13, 1e-6), 20.0)
    ln_c = log_price(u, v)[0]
    return (v, math.exp(ln_c)) if -72.5 < ln_c < math.log(0.52) and abs(rising(v)) < 1e-9 else None


def body_point(u, l):
    """v where ln 2 - ln(1-c) + u/2 = l, or None if c would be below 1/2."""
    floor = max(1e-2, u / 12)

    def rising(v):
        return math.log(2) - log_price(u, v)[1] + u / 2 - l

    if rising(floor) > 0 or rising(34.0) < 0:
        return None
    v = bisect(rising, floor, 34.0)
    ln_c, ln_m = log_price(u, v)
    return v if ln_c > math.log(0.48) and ln_m > -72.5 else None


def fit(points, low, high):
    """Coefficient k, factor g with the least max |ln(g*(1 + k*y)/target)| over points (y, target)."""

    def spread(k):
        logs = [math.log(max(1 + k * y, 1e-3) / target) for y, target in points]
        return (max(logs) - min(logs)) / 2, -(max(logs) + min(logs)) / 2

    for _ in range(80):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if spread(a)[0] < spread(b)[0]:
            high = b
        else:
            low = a
    k = (low + high) / 2
    return k, math.exp(spread(k)[1])


def bachelier(w):
    """v/(c+u) for small v: r/(a*(1+r)) at w = ln(1+r), r = a/B(a)."""
    if w == 0:
        return ROOT_2PI

    def rising(a):
        return math.log1p(a / (mills_difference(a, 1e-6) * 1e6 * math.exp(-a * a / 2) / ROOT_2PI)) - w

    a = bisect(rising, 1e-9, 16.0)
    r = math.expm1(w)
    return r / (a * (1 + r))


def abscissae(first):
    for i in range((LAST - first) * ROWS_PER_OCTAVE + 1):
        yield 2.0 ** (first + i // ROWS_PER_OCTAVE) * (1 + i % ROWS_PER_OCTAVE / ROWS_PER_OCTAVE)


def wing_rows():
    for x in abscissae(WING_FIRST):
        w = x - 0.125
        gamma = bachelier(w)
        if w == 0:
            found = [(v, math.exp(log_price(0, v)[0]), 0.0) for v in (0.01, 0.3, 0.6, 0.9, 1.1, 1.25, 1.35)]
        else:
            found = [(*p, u) for u in NEAR if (p := wing_point(u, w))]
            if len(found) < 3:
                found += [(*p, u) for u in FAR if (p := wing_point(u, w))]
        points = [(((c + u) * gamma) ** 2, v / ((c + u) * gamma)) for v, c, u in found]
        k, g = fit(points, -0.2, 0.2) if len(points) > 1 else (0.0, 1.0)
        yield round(gamma * g * 2**14), round(k / g**2 * 2**16)


def body_rows():
    for x in abscissae(BODY_FIRST):
        found = [(u, v) for u in NEAR if (v := body_point(u, x))]
        h = bisect(lambda h: -math.log(cdf(-h)) - x, 1e-3, 20.0)
        if len(found) < 20:  # off the domain near the money: the series to second order in u
            r = mills(h)
            yield round(2 * h * 2**11), round((h / r - h * h) * r / (4 * h * h) * 2**16)
            continue
        # v = h - k*u^2, the relative error least: h = g*base, k = -kappa*h.
        base = 2 * h
        kappa, g = fit([(u * u, v / base) for u, v in found], -0.5, 0.05)
        yield round(g * base * 2**11), round(-kappa * g * base * 2**16)


def guess_error(wing, body):
    """Worst relative error of the guess for u <= 6 and beyond."""

    def look(rows, first, x):
        e = math.floor(math.log2(x))
        at = (e - first) * ROWS_PER_OCTAVE + (x / 2.0**e - 1) * ROWS_PER_OCTAVE
        i = min(int(at), len(rows) - 2)
        return rows[i][0] + (rows[i + 1][0] - rows[i][0]) * (at - i), rows[i][1]

    worst = [0.0, 0.0]
    for u in [0.0] + [10 ** (-6 + 0.05 * i) for i in range(157)] + [70.0]:
        for j in range(500):
            v = 10 ** (-6 + 0.015 * j)
            if v > 26 or u / v - v / 2 > 11.8 or (u == 0 and v < 1e-5):
                continue
            ln_c, ln_m = log_price(u, v)
            if ln_c < -72 or ln_m < -41.5:
                continue
            if ln_c <= -math.log(2):
                gamma, k = look(wing, WING_FIRST, math.log(math.exp(ln_c) + u) - ln_c + u / 2 + 0.125)
                s = (math.exp(ln_c) + u) * gamma / 2**14
                guess = s * (1 + k / 2**16 * s * s)
            else:
                h, k = look(body, BODY_FIRST, math.log(2) - ln_m + u / 2)
                guess = h / 2**11 - u * u * k / 2**16
            worst[u > 6] = max(worst[u > 6], abs(guess / v - 1))
    return worst


def third_coefficient():
    """The greatest |A^2/2 - B/6| for u <= 6 and beyond: what a last step of h leaves, over h^3.

    A = v*f"/f', B = v^2*f"'/f' for the f that is solved; where ln v moves by more than ln c the error
    is taken relative to that.
    """
    worst = [0.0, 0.0]
    for u in [0.0] + [10 ** (-6 + 0.05 * i) for i in range(157)] + [73.0]:
        for j in range(500):
            v = 10 ** (-6 + 0.015 * j)
            a1, a2 = u / v - v / 2, u / v + v / 2
            if v > 30 or a1 > 12.1 or log_price(u, v)[1] < -45:
                continue
            wing = v < 1 / 32 or a1 >= 0
            slope = v / mills_difference(u / v, v) if wing else -v / (mills(-a1) + mills(a2))
            a = a1 * a2 - slope
            b = a * (a1 * a2 - 2 * slope) - 3 * (u / v) ** 2 - v * v / 4
            worst[u > 6] = max(worst[u > 6], abs(a * a / 2 - b / 6) * (min(1, slope) if wing else 1))
    return worst


def render(wing, body):
    def table(name, what, rows):
        lines = [f"/// {what}", "#[rustfmt::skip]", f"pub(super) static {name}: [(u16, i16); {len(rows)}] = ["]
        for i in range(0, len(rows), 6):
            lines.append("    " + ", ".join(f"({a}, {b})" for a, b in rows[i : i + 6]) + ",")
        return "\n".join(lines + ["];"])

    logs = [round(math.log((128 + i + 0.5) / 128) * 2**30) for i in range(128)]
    lines = ["/// ln(1 + (i + ½)/128), Q30.", "#[rustfmt::skip]", "pub(super) static LN: [u32; 128] = ["]
    for i in range(0, 128, 8):
        lines.append("    " + ", ".join(str(n) for n in logs[i : i + 8]) + ",")
    return "\n\n".join(
        [
            "//! Tables of the first guess, written by `scripts/implied_seed.py`, which says what they are.",
            table("WING", "γ in Q14 and κ in Q16 by x = w + ⅛ from ⅛, eight rows to the octave.", wing),
            table("BODY", "h in Q11 and k in Q16 by ℓ from 1, eight rows to the octave.", body),
            "\n".join(lines + ["];"]),
        ]
    ) + "\n"


def half_way(rows):
    following = rows[1:] + rows[-1:]
    return [(first, round((second + third) / 2)) for (first, second), (_, third) in zip(rows, following)]


def main():
    wing, body = half_way(list(wing_rows())), half_way(list(body_rows()))
    text = render(wing, body)
    if "--check" in sys.argv:
        if OUT.read_text() != text:
            sys.exit(f"{OUT.name} is not what this script writes")
        near, far = guess_error(wing, body)
        print(f"{OUT.name}: as written; worst error of the guess {near:.4f} for u <= 6, {far:.4f} beyond")
        third = third_coefficient()
        print(f"a last step of h leaves {third[0]:.2f}*h^3 for u <= 6, {third[1]:.2f}*h^3 beyond")
        if near > 0.025 or far > 0.2 or third[0] > 4 or third[1] > 41:
            sys.exit("more than the solver's doc says")
    else:
        OUT.write_text(text)


if __name__ == "__main__":
    main()
