#!/usr/bin/env python3
"""Writes amm-core/tests/golden/svi.csv: total variance and Durrleman's density of raw SVI slices.

    pip install mpmath
    python3 scripts/slices.py            # writes the file
    python3 scripts/slices.py --check    # fails unless the file is what this script writes
"""
import pathlib
import random
import sys

import mpmath as mp

mp.mp.dps = 80
OUT = pathlib.Path(__file__).resolve().parent.parent / "amm-core/tests/golden/svi.csv"
SEED = 20412
DIGITS = 40


def dyadic(x):
    """The nearest multiple of 2^-64."""
    return mp.mpf(int(mp.nint(mp.mpf(x) * 2**64))) / 2**64


def bits(x):
    return str(int(x * 2**64))


def slices(rng):
    """Slices as fitted to listed quotes, wide ones, and some at their ranges' ends."""
    for _ in range(100):
        years = mp.exp(rng.uniform(mp.log(mp.mpf(1) / 8760), mp.log(2)))
        level = rng.uniform(0.2, 1.5) ** 2 * years
        sigma = mp.exp(rng.uniform(mp.log(0.005), mp.log(1))) * mp.sqrt(years)
        rho, m = rng.uniform(-0.9, 0.9), rng.gauss(0, 0.3) * mp.sqrt(years)
        b = min(mp.exp(rng.uniform(mp.log(0.02), mp.log(2))) * mp.sqrt(level), 1)
        least = level * mp.exp(rng.uniform(mp.log(0.05), 0))
        yield "listed", (least - b * sigma * mp.sqrt(1 - mp.mpf(rho) ** 2), b, rho, m, sigma), mp.sqrt(level)
    for _ in range(80):
        sigma = mp.exp(rng.uniform(mp.log(1e-5), mp.log(60)))
        b, rho = mp.exp(rng.uniform(mp.log(1e-6), mp.log(4))), rng.uniform(-0.999, 0.999)
        least = mp.exp(rng.uniform(mp.log(1e-7), mp.log(2000)))
        m = rng.gauss(0, 1) * mp.exp(rng.uniform(-5, 2))
        yield "wide", (least - b * sigma * mp.sqrt(1 - mp.mpf(rho) ** 2), b, rho, m, sigma), mp.mpf(1)
    for a in ("1", "11000"):
        for b in ("0", "4"):
            for rho in ("-0.9999", "0.9999"):
                for m in ("-64", "64"):
                    for sigma in ("0.000001", "64"):
                        yield "corner", tuple(map(mp.mpf, (a, b, rho, m, sigma))), mp.mpf(10)


def row(region, parameters, k):
    a, b, rho, m, sigma = parameters
    x = k - m
    root = mp.sqrt(x * x + sigma * sigma)
    w = a + b * (rho * x + root)
    if w <= 0:
        density = ""
    else:
        first, second = b * (rho + x / root), b * sigma**2 / root**3
        g = (1 - k * first / (2 * w)) ** 2 - first**2 / 4 * (1 / w + mp.mpf(1) / 4) + second / 2
        density = mp.nstr(g, DIGITS, min_fixed=-5, max_fixed=30)
    figures = [bits(x) for x in (*parameters, k)] + [mp.nstr(w, DIGITS, min_fixed=-5, max_fixed=30), density]
    return ",".join([region, *figures])


def lines():
    rng = random.Random(SEED)
    yield f"# Raw SVI: total variance and Durrleman's density. Written by scripts/slices.py, seed={SEED}"
    yield f"# working precision {mp.mp.dps} decimal digits; outputs rounded to {DIGITS} significant digits"
    yield "# inputs are in units of 2^-64, exact; w = a + b(rho(k-m) + sqrt((k-m)^2+sigma^2))"
    yield "# g = (1 - k w'/(2w))^2 - w'^2/4 (1/w + 1/4) + w''/2; region: listed wide corner"
    yield "region,a,b,rho,m,sigma,k,w,g"
    for region, parameters, scale in slices(rng):
        parameters = tuple(dyadic(x) for x in parameters)
        a, b, rho, m, sigma = parameters
        if a + b * sigma * mp.sqrt(1 - rho * rho) <= 0 or abs(a) > 11000:
            continue
        points = [0, m, scale * rng.uniform(-1, 1), scale * rng.uniform(-8, 8), rng.uniform(-73, 73)]
        for k in points:
            k = max(min(dyadic(k), mp.mpf(73)), mp.mpf(-73))
            yield row(region, parameters, k)


if __name__ == "__main__":
    whole = "\n".join(lines()) + "\n"
    if "--check" in sys.argv:
        sys.exit(0 if OUT.read_text() == whole else f"{OUT} is not what this script writes")
    OUT.write_text(whole)
