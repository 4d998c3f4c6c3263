#!/usr/bin/env python3
"""Writes amm-core/src/math/tables.rs: every coefficient the kernels use.

    pip install mpmath
    python3 scripts/tables.py            # writes the file
    python3 scripts/tables.py --check    # fails unless the file is what this script writes

Each polynomial interpolates its function at Chebyshev nodes with 60 digits; its coefficients are
then rounded one by one, highest first, refitting the lower ones to what the rounding did. The
bounds stated in the kernels' docs come from this script's own report (--report) and from proofs/.
"""
import pathlib
import sys

import mpmath as mp

mp.mp.dps = 60
OUT = pathlib.Path(__file__).resolve().parent.parent / "amm-core/src/math/tables.rs"

INV_SQRT_2PI = 1 / mp.sqrt(2 * mp.pi)


def nearest(x):
    return int(mp.floor(x + mp.mpf(1) / 2))


def interpolate(f, lo, hi, degree):
    """Monomial coefficients, about `lo`, of f's interpolant at the Chebyshev nodes of [lo, hi]."""
    n = degree + 1
    nodes = [(lo + hi) / 2 + (hi - lo) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]
    xs = [x - lo for x in nodes]
    matrix = mp.matrix(n, n)
    for i, x in enumerate(xs):
        for k in range(n):
            matrix[i, k] = x**k
    return list(mp.lu_solve(matrix, mp.matrix([f(x) for x in nodes])))


def rounded(polynomial, lo, hi, bits):
    """Integer coefficients c[k]·2^bits[k] about `lo`: highest first, the lower ones refitted to each rounding."""
    left = list(polynomial)
    fixed = [0] * len(left)
    for k in range(len(left) - 1, -1, -1):
        fixed[k] = nearest(left[k] * mp.mpf(2) ** bits[k])
        slip = left[k] - mp.mpf(fixed[k]) / mp.mpf(2) ** bits[k]
        if k:
            for j, c in enumerate(interpolate(lambda x: slip * (x - lo) ** k, lo, hi, k - 1)):
                left[j] += c
    return fixed


def rounded_fit(f, lo, hi, degree, bits):
    return rounded(interpolate(f, lo, hi, degree), lo, hi, bits)


def worst(f, lo, hi, coefficients, bits, points=64):
    """The greatest error of the rounded polynomial over a fine grid of [lo, hi]."""
    error = mp.mpf(0)
    for i in range(points + 1):
        x = lo + (hi - lo) * i / points
        p = sum(mp.mpf(c) / 2**b * (x - lo) ** k for k, (c, b) in enumerate(zip(coefficients, bits)))
        error = max(error, abs(p - f(x)))
    return error


# ------------------------------------------------------------------------------------ 2^-t
def exp2_table():
    """Rounded down: that meets the kernel's last product, which is rounded up."""
    return [min(int(mp.floor(mp.mpf(2) ** (64 - mp.mpf(j) / 256))), 2**64 - 1) for j in range(256)]


# (1 − 2^−t)/t on t in [0, 2^-8), as a polynomial in T = 2^8·t, signs alternating.
def exp2_poly():
    def f(big_t):
        t = big_t / 256
        return mp.log(2) if t == 0 else -mp.expm1(-t * mp.log(2)) / t
    bits = [64] * 5
    c = rounded_fit(f, mp.mpf(0), mp.mpf(1), 4, bits)
    error = worst(f, mp.mpf(0), mp.mpf(1), c, bits)
    return [abs(x) for x in c], error


# ------------------------------------------------------------------------------------ ln
LN_BITS = 8


def ln_table():
    """For each 1/256th of [1, 2): c ≈ 1/m in 16 bits, and −ln(c) in units of 2^-96."""
    reciprocals, logs = [], []
    for j in range(256):
        middle = 1 + (mp.mpf(j) + mp.mpf(1) / 2) / 256
        c = nearest(2**16 / middle)
        reciprocals.append(c)
        logs.append(nearest(-mp.log(mp.mpf(c) / 2**16) * 2**96))
    return reciprocals, logs


def ln_reach(reciprocals):
    reach = mp.mpf(0)
    for j, c in enumerate(reciprocals):
        for m in (1 + mp.mpf(j) / 256, 1 + mp.mpf(j + 1) / 256):
            reach = max(reach, abs(m * c / 2**16 - 1))
    return reach


# (r − ln(1+r))/r² on |r| <= reach, as a polynomial in r, times 2^(63 - 7k) since r is held as r·2^71.
def ln_poly(reach):
    def f(r):
        if abs(r) < mp.mpf(10) ** -12:
            return mp.mpf(1) / 2 - r / 3
        return (r - mp.log1p(r)) / r**2
    degree = 4
    bits = [63 - 7 * k for k in range(degree + 1)]
    n = degree + 1
    nodes = [reach * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    matrix = mp.matrix(n, n)
    for i, x in enumerate(nodes):
        for power in range(n):
            matrix[i, power] = x**power
    solution = mp.lu_solve(matrix, mp.matrix([f(x) for x in nodes]))
    c = [nearest(solution[k] * mp.mpf(2) ** bits[k]) for k in range(n)]
    error = mp.mpf(0)
    for i in range(-64, 65):
        r = reach * i / 64
        p = sum(mp.mpf(x) / mp.mpf(2) ** b * r**k for k, (x, b) in enumerate(zip(c, bits)))
        error = max(error, abs(p - f(r)) * r**2)
    return c, error


# ------------------------------------------------------------------------------------ 1/√w
def rsqrt_table():
    """1/√w about the middle of each 1/128th of [1/4, 1): value in Q31 over slope in Q24, packed."""
    rows = [0] * 32
    for j in range(32, 128):
        lo, hi = mp.mpf(j) / 128, mp.mpf(j + 1) / 128
        c = interpolate(lambda w: 1 / mp.sqrt(w), lo, hi, 1)
        value, slope = nearest(c[0] * 2**31), nearest(-c[1] * 2**24)
        assert value < 2**32 and 0 < slope < 2**32
        rows.append(value << 32 | slope)
    return rows


# ------------------------------------------------------------------------------------ tail
def tail(a):
    """e^(a²/2)·N(−a)."""
    return mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2


TAIL_BITS = [64] * 7 + [39, 40]
TAIL_DEGREE = 8


def tail_table():
    """128 intervals of 1/16 on [0, 8): c0..c6 in Q64, then c7 (Q39) over c8 (Q40) in one word."""
    rows, error = [], mp.mpf(0)
    for j in range(128):
        lo = mp.mpf(j) / 16
        hi = lo + mp.mpf(1) / 16
        c = interpolate(tail, lo, hi, TAIL_DEGREE)
        c[0] -= mp.mpf(2) ** -65  # Horner's last floor gives this half ulp back on average
        c = rounded(c, lo, hi, TAIL_BITS)
        for k, x in enumerate(c):
            assert (x > 0) == (k % 2 == 0), (j, k, x)
        c = [abs(x) for x in c]
        assert c[7] < 2**32 and c[8] < 2**32, (j, c)
        signed = [x if k % 2 == 0 else -x for k, x in enumerate(c)]
        error = max(error, worst(tail, lo, hi, signed, TAIL_BITS, 48))
        rows.append(c[:7] + [c[7] << 32 | c[8]])
    return rows, error


# a·tail(a)·√(2π) as a polynomial in Y = 64/a², signs alternating, for a >= 8.
FAR_DEGREE = 15


def far_poly():
    def f(big_y):
        if big_y == 0:
            return mp.mpf(1)
        a = mp.sqrt(64 / big_y)
        if a > 60:
            y, term, total = 1 / a**2, mp.mpf(1), mp.mpf(1)
            for k in range(1, 40):
                term *= -(2 * k - 1) * y
                total += term
            return total
        return a * tail(a) * mp.sqrt(2 * mp.pi)
    bits = [62] + [67] * FAR_DEGREE
    c = rounded_fit(f, mp.mpf(0), mp.mpf(1), FAR_DEGREE, bits)
    error = worst(f, mp.mpf(0), mp.mpf(1), c, bits, 256)
    return c, error


# ------------------------------------------------------------------------------------ N(−z), quick
SHARE_DEGREE = 7
SHARE_BITS = 63


def share_table():
    """N(−z) on each eighth of [0, 8), in powers of its part t in [0, 1)."""
    rows, error = [], mp.mpf(0)
    for j in range(64):
        def f(t):
            return mp.ncdf(-(j + t) / 8)
        bits = [SHARE_BITS] * (SHARE_DEGREE + 1)
        row = rounded_fit(f, mp.mpf(0), mp.mpf(1), SHARE_DEGREE, bits)
        error = max(error, worst(f, mp.mpf(0), mp.mpf(1), row, bits))
        rows.append(row)
    return rows, error


def render():
    out = []
    report = []
    exp2 = exp2_table()
    exp2_c, exp2_error = exp2_poly()
    reciprocals, logs = ln_table()
    reach = ln_reach(reciprocals)
    ln_c, ln_error = ln_poly(reach)
    rsqrt = rsqrt_table()
    rows, tail_error = tail_table()
    far, far_error = far_poly()
    shares, share_error = share_table()
    report.append(f"exp2: polynomial off by 2^{float(mp.log(exp2_error, 2)):.2f} (times t)")
    report.append(f"ln: |r| <= 2^{float(mp.log(reach, 2)):.3f}, polynomial off by 2^{float(mp.log(ln_error, 2)):.2f}")
    report.append(f"tail: polynomial off by 2^{float(mp.log(tail_error, 2)):.2f} = {float(tail_error * 2**64):.3f} ulp of 2^-64")
    report.append(f"far tail: polynomial off by 2^{float(mp.log(far_error, 2)):.2f}")
    report.append(f"share: polynomial off by 2^{float(mp.log(share_error, 2)):.2f}")
    size = 256 * 8 + 5 * 8 + 256 * 2 + 256 * 16 + 5 * 8 + 128 * 8 + 128 * 64 + (FAR_DEGREE + 1) * 8
    report.append(f"{size} bytes in all for prices, {64 * (SHARE_DEGREE + 1) * 8} for shares")

    def array(doc, name, kind, values, per_line, show=hex):
        out.append(f"\n/// {doc}")
        out.append("#[rustfmt::skip]")
        out.append(f"pub(super) static {name}: [{kind}; {len(values)}] = [")
        for i in range(0, len(values), per_line):
            out.append("    " + " ".join(f"{show(v)}," for v in values[i:i + per_line]))
        out.append("];")

    out.append("// @generated by scripts/tables.py; do not edit.")
    out.append("//! Coefficients of the kernels.")
    array("2^(−j/256) in Q64, the first one ulp short of one.", "EXP2", "u64", exp2, 4)
    array("(1 − 2^−t)/t in powers of −2⁸t, Q64, for 0 ≤ t < 2⁻⁸.", "EXP2_POLY", "u64", exp2_c, 5)
    array("1/m in Q16 at the middle of each 256th of [1, 2).", "LN_RECIPROCAL", "u16", reciprocals, 12, str)
    array("−ln of [`LN_RECIPROCAL`] in Q96.", "LN", "i128", logs, 2, str)
    array("(r − ln(1 + r))/r² in powers of r: the k-th in Q(63 − 7k).", "LN_POLY", "i64", ln_c, 5, str)
    array("1/√w on each 128th of [1/4, 1): at its start in Q31, over the slope down in Q24; zero below.", "RSQRT", "u64", rsqrt, 4)
    out.append("\n/// e^(a²/2)·N(−a) in powers of −(a − j/16): c₀ to c₆ in Q64, c₇ (Q39) over c₈ (Q40) in the last word.")
    out.append("#[rustfmt::skip]")
    out.append("pub(super) static TAIL: [[u64; 8]; 128] = [")
    for row in rows:
        out.append("    [" + ", ".join(hex(v) for v in row) + "],")
    out.append("];")
    array("√(2π)·a·e^(a²/2)·N(−a) in powers of 64/a², the first in Q62, the others in Q67, for a ≥ 8.", "TAIL_FAR", "i64", far, 4, str)
    out.append("\n/// N(−z) on each eighth of [0, 8), in powers of its part, Q63.")
    out.append('#[cfg(feature = "alloc")]')
    out.append("#[rustfmt::skip]")
    out.append(f"pub(super) static SHARE: [[i64; {SHARE_DEGREE + 1}]; 64] = [")
    for row in shares:
        out.append("    [" + ", ".join(str(v) for v in row) + "],")
    out.append("];")
    return "\n".join(out) + "\n", report


def main():
    text, report = render()
    print("\n".join(report))
    if "--check" in sys.argv:
        if OUT.read_text() != text:
            sys.exit(f"{OUT.name} is not what this script writes; run it without --check")
        print(f"{OUT.name} is up to date")
    else:
        OUT.write_text(text)


if __name__ == "__main__":
    main()
