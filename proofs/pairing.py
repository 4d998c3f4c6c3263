"""Runs the kernels' integers beside the proofs.

    python3 proofs/pairing.py DIR    # DIR as for verdict.py

For random arguments and the edges of every interval: what Gappa's model leaves between rounded and
exact arithmetic must lie in the interval proven, and the whole error against 50 digits within the
bound certified. A model that is not the Rust shows here.
"""
import pathlib
import random
import sys
from fractions import Fraction

import mpmath as mp

import extract
import kernels
import verdict

mp.mp.dps = 50
ULP = Fraction(1, 2**64)
DRAWS = 2000


class Beside:
    """The worst errors seen, as shares of what is proven."""

    def __init__(self, folder):
        self.certified = {piece: bound for piece, bound, _ in verdict.rows(folder)}
        self.proof = {file.stem: verdict.gappa(file) for file in folder.glob("*.proof")}
        self.seen = {}

    def within(self, name, proof, expression, value):
        low, high = self.proof[proof][expression]
        self.note(name, value / high if value > 0 else value / low)

    def under(self, piece, error):
        bound = self.certified[piece]
        self.note(piece, abs(error) / (mp.mpf(bound.numerator) / bound.denominator))

    def note(self, name, share):
        self.seen[name] = max(self.seen.get(name, 0.0), float(share))

    def report(self):
        print(f"\n{'beside the proof':<38} {'worst seen, of the bound':>24}")
        for name, share in self.seen.items():
            print(f"{name:<38} {share:>24.4f}{'' if share <= 1 else '  PASSED OVER'}")
        return max(self.seen.values()) <= 1


def horner(coefficients, x):
    total = Fraction(0)
    for c in reversed(coefficients):
        total = c + total * x
    return total


def scaled(values, bits):
    return [Fraction(v) / Fraction(2) ** b for v, b in zip(values, bits)]


def alternating(values):
    return [-v if k % 2 else v for k, v in enumerate(values)]


def edges(count, width, draw):
    """First and last of each of `count` intervals of 2^width, then DRAWS at random."""
    for j in range(count):
        yield from (j << width, (j + 1 << width) - 1)
    for _ in range(DRAWS):
        yield draw.randrange(count << width)


def tail_truth(a):
    return mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) / 2


def exp2(beside, draw):
    q = alternating(scaled(extract.EXP2_POLY, [64] * 5))
    for f in edges(256, 56, draw):
        got, base, t = kernels.exp2_neg_fraction(f), extract.EXP2[f >> 56], (f << 8 & kernels.MASK) * ULP
        exact = base * ULP * (1 - t * horner(q, t) / 256)
        beside.within("exp2_neg, roundings", "exp2", "y - exact", got * ULP - exact)
        truth = mp.mpf(2) ** (64 - mp.mpf(f) / 2**64)
        beside.under("exp2_neg, of the value", got / truth - 1)


def ln(beside, draw):
    p = scaled(extract.LN_POLY, [63 - 7 * k for k in range(5)])
    for m in edges(256, 119, draw):
        x = (m | 1 << 127) >> draw.choice([0, 0, 1, 64, 100])
        _, rest, got = kernels.ln_q96(x)
        top = x << (128 - x.bit_length())
        r = Fraction(top * extract.LN_RECIPROCAL[top >> 119 & 255], 2**143) - 1
        exact = r - r * r * horner(p, r)
        beside.within("ln, roundings", "ln", "rest - exact", Fraction(rest, 2**70) - exact)
        beside.under("ln_q96", mp.mpf(got) / 2**96 - mp.log(mp.mpf(x) / 2**64))


def rsqrt(beside, draw):
    series = scaled(extract.RSQRT_SERIES, [62 - 12 * k for k in range(4)])
    for j in edges(128, 57, draw):
        if j < 1 << 62:
            continue
        y, got = kernels.rsqrt(j)
        y0, root = Fraction(y, 2**31), Fraction(got, 2**63)
        d = 1 - j * ULP * y0 * y0
        left = (root - y0 * (1 + d * horner(series, d))) / y0
        beside.within("rsqrt, roundings", "rsqrt", "(root - exact) / y0", left)
        beside.under("rsqrt, of the value", mp.mpf(got) / 2**63 * mp.sqrt(mp.mpf(j) / 2**64) - 1)


def reciprocal(beside, draw):
    narrow = [j << 32 | draw.choice([0, 1 << 31, 2**32 - 1]) for j in range(2**31, 2**31 + DRAWS)]
    for m in narrow + [draw.randrange(2**63, 2**64) for _ in range(DRAWS)]:
        y, got = Fraction(kernels.MASK // (m >> 32), 2**33), kernels.reciprocal(m)
        left = got * ULP - y * (2 - Fraction(m, 2**63) * y)
        beside.within("reciprocal, roundings", "reciprocal", "r - exact", left)
        error = Fraction(got * m, 2**127) - 1
        beside.under("reciprocal, of the value", mp.mpf(error.numerator) / error.denominator)


def tail(beside, draw):
    for a in edges(128, 60, draw):
        j, t = a >> 60, a & (1 << 60) - 1
        row, got = extract.TAIL[j], kernels.sixteenth(j, t)
        c = alternating(scaled([*row, row[7] & 0xFFFF_FFFF], [64] * 7 + [71, 40]))
        left = got * ULP - horner(c, t * ULP)
        beside.within("tail below 8, roundings", f"tail-{j:03}", "p0 - e0", left)
        beside.under("tail below 8", mp.mpf(got) / 2**64 - tail_truth(mp.mpf(a) / 2**64))


def far(beside, draw):
    c = scaled(extract.TAIL_FAR, extract.FAR_BITS)
    ends = [x for s in range(5) for x in (8 << 64 + s, (16 << 64 + s) - 1)]
    for a in ends + [draw.randrange(8 << 64, 16 << 64) << draw.randrange(5) for _ in range(DRAWS)]:
        y, p, got = kernels.tail_far(a)
        shift = a.bit_length() - 68
        left = Fraction(p, 2**62) - horner(c, Fraction(y, 2**63))
        beside.within("tail_far, Horner", f"far-{shift}", "p0 - e0", left)
        beside.under("tail_far", mp.mpf(got) / 2**64 - tail_truth(mp.mpf(a) / 2**64))


def main():
    beside, draw = Beside(pathlib.Path(sys.argv[1])), random.Random(1976)
    for kernel in (exp2, ln, rsqrt, reciprocal, tail, far):
        kernel(beside, draw)
    sys.exit(not beside.report())


if __name__ == "__main__":
    main()
