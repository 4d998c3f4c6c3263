"""Adds the certified parts up and holds them to the bounds the kernels' docs state.

    python3 proofs/verdict.py DIR    # DIR holds what check.sh's provers wrote; exits 1 on a bound passed

All sums are of exact fractions, each certified part rounded away from zero by its prover.
"""
import math
import pathlib
import re
import sys
from fractions import Fraction

import extract

ULP = Fraction(1, 2**64)
LN_2 = Fraction("0.6931471806")  # rounded up, as are the next two
ROOT_256 = Fraction("1.0027113")  # 2^(1/256)
HALF_LOG2_E = Fraction("0.7213475205")

DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻·", "0123456789-.")


def dyadic(text):
    found = re.fullmatch(r"(-?\d+)(?:(?: \* 2\^\(|b)(-?\d+)\)?)?", text.strip())
    return int(found[1]) * Fraction(2) ** int(found[2] or 0)


def sollya(folder):
    parts = {}
    for file in folder.glob("*.bounds"):
        for line in file.read_text().splitlines():
            name, value = line.split(" ", 1)
            parts[name] = dyadic(value)
    return parts


def gappa(file):
    """Certified intervals by the expression they enclose."""
    found = re.findall(r"^  (.+?) in \[(\S+)(?: \{.*?\})?, (\S+?)(?: \{.*?\})?\]$", file.read_text(), re.M)
    return {name: (dyadic(lo), dyadic(hi)) for name, lo, hi in found}


def reach(interval):
    return max(abs(x) for x in interval)


def power(text):
    """2⁻⁶¹·⁵ → ("2^", −61.5), or a plain number."""
    return Fraction(text[1:].translate(DIGITS)) if text[1:2] and text[1] in "⁻¹" else None


class Doc:
    """A kernel's doc comments as running text."""

    def __init__(self, file):
        self.file = file
        lines = (re.sub(r"^\s*//[/!]? ?", "", line) for line in extract.source(file).splitlines())
        self.text = re.sub(r"\s+", " ", " ".join(lines))

    def __call__(self, pattern, unit=Fraction(1)):
        """The bound at the pattern's group: (value rounded down, as written); zero if no doc says it."""
        found = re.search(pattern, self.text)
        if not found:
            print(f"{self.file}: no doc says /{pattern}/; bring proofs/verdict.py up to date", file=sys.stderr)
            return Fraction(0), "nothing"
        written = found[1].rstrip(".,;:)")
        exponent = power(written)
        value = Fraction(written) if exponent is None else two_to(exponent)
        return value * unit, written + " ulp" if exponent is None else f"2^{float(exponent):g}"


def two_to(exponent):
    """2^exponent to 60 bits, rounded down."""
    whole = math.floor(exponent)
    root = Fraction(2 ** (exponent - whole).numerator)
    denominator = (exponent - whole).denominator
    mantissa = integer_root(root.numerator << 60 * denominator, denominator)
    return mantissa * Fraction(2) ** (whole - 60)


def integer_root(n, k):
    lo, hi = 0, 1 << (n.bit_length() // k + 1)
    while lo < hi:
        middle = (lo + hi + 1) // 2
        lo, hi = (middle, hi) if middle**k <= n else (lo, middle - 1)
    return lo


def rows(folder):
    part = sollya(folder)
    proof = {file.stem: gappa(file) for file in folder.glob("*.proof")}
    exp, ln, sqrt, normal = map(Doc, ("exp.rs", "ln.rs", "sqrt.rs", "normal.rs"))

    # 2^−y: each entry's own slip with its sign, beside the last product's floor with its.
    horner, last = proof["exp2"]["q0 - e0"], proof["exp2"]["y - exact"]
    entry, whole = Fraction(0), Fraction(0)
    for j, value in enumerate(extract.EXP2):
        low, high = part[f"exp2-entry-low-{j}"], part[f"exp2-entry-high-{j}"]
        base = value - high  # no more than 2^(64 − j/256)
        entry = max(entry, max(abs(low), abs(high)) / base)
        up = high + last[1] / ULP * ROOT_256
        down = -low - last[0] / ULP * ROOT_256
        whole = max(whole, max(up, down) / base)
    polynomial = part["exp2-poly-product"] * (1 + 2 * LN_2 / 256)
    exp2 = whole + polynomial
    yield "EXP2 entries, of the value", entry, exp(r"low by under 1 ulp of Q64, (\S+) of the value")
    yield "EXP2_POLY: q", part["exp2-poly"], exp(r"q is off by (\S+) with its coeff")
    yield "exp2_neg: Horner's floors in q", reach(horner), exp(r"by (\S+) ulp of Q64 at most with", ULP)
    yield (
        "exp2_neg: t·q",
        part["exp2-poly-product"] + reach(horner) / 256,
        exp(r"times t < 2⁻⁸ that is under (\S+)"),
    )
    yield "exp2_neg, of the value", exp2, exp(r"Under (\S+) of the value \(proofs/\)\. With y")
    # x·log₂e: three cuts to Q94, one to Q64, and the constant's own slip times 2⁶·⁰.
    slip = (1 + Fraction(1, 2**28)) * ULP + 2**7 * Fraction(1, 2**126)
    yield "exp, of e^x", exp2 + slip * LN_2 * (1 + ULP), exp(r"At most (\S+) of e\^x and one")

    yield "LN_RECIPROCAL: |r|", part["ln-reach"], ln(r"and \|r\| ≤ (\S+):")
    yield "LN entries", part["ln-entry"], ln(r"the table is off by (\S+)")
    yield "LN_POLY", part["ln-poly"], ln(r"polynomial is off by (\S+), Horner")
    horner, cuts = proof["ln"]["bend - curve"], proof["ln"]["rest - exact"]
    yield "ln: Horner and r²", reach(horner), ln(r"Horner and r² by (\S+), the cuts")
    stated = [ln(r"r is cut to Q71: (\S+)"), ln(r"Horner and r² by (\S+),"), ln(r"cuts to Q70 by (\S+)")]
    yield "ln: cuts and Horner", reach(cuts), (sum(x for x, _ in stated), " + ".join(w for _, w in stated))
    total = part["ln-poly"] + reach(cuts) + part["ln-entry"]
    yield "ln_q96", total, ln(r"Under (\S+) \(plus what")

    line = part["rsqrt-line"]
    yield "RSQRT: d = 1 − w·y₀²", line, sqrt(r"y₀² is under (\S+);")
    yield "RSQRT: y₀, of the value", line / 2 * (1 + line), sqrt(r"line is off by under (\S+), so d")
    yield "rsqrt: the series, of the value", part["rsqrt-series"], sqrt(r"leaves (\S+) out")
    cuts = reach(proof["rsqrt"]["(root - exact) / y0"]) * (1 + line)
    yield "rsqrt, of the value", cuts + part["rsqrt-series"], sqrt(r"Under (\S+) of the value\. The table's")

    loss = reach(proof["reciprocal"]["loss"])
    yield "reciprocal, of the value", loss, sqrt(r"2¹²⁷/m [^#]*# Error Under (\S+)")

    # The polynomial aims half an ulp low.
    polynomial, total = Fraction(0), Fraction(0)
    for j in range(128):
        own, (low, high) = part[f"tail-poly-{j}"], proof[f"tail-{j:03}"]["p0 - e0"]
        polynomial = max(polynomial, own)
        total = max(total, own - ULP / 2 + high, own + ULP / 2 - low)
    yield "TAIL, from half an ulp below", polynomial, normal(r"within (\S+) ulp of the function less half", ULP)
    yield "tail below 8", total, normal(r"At most (\d+) ulp\. Below 8", ULP)

    assumed = dyadic(extract.FAR_POLY)
    if part["far-poly"] > assumed or part["far-constant"] > ULP / 2:
        sys.exit("far.gappa assumes what far.py does not prove")
    yield "TAIL_FAR", part["far-poly"], normal(r"coefficients' rounding is off by (\S+) and")
    far = [proof[f"far-{shift}"] for shift in range(5)]
    horner = max(reach(x["p0 - e0"]) for x in far)
    yield "tail_far: Horner", horner, normal(r"but for the last, by (\S+) ulp of Q62", 4 * ULP)
    total = max(reach(x["result - exact"]) for x in far)
    yield "tail_far", total, normal(r"64/a². # Error Under (\S+) ulp", ULP)

    # y: the square's floor times ½log₂e, the product's own floor, and the constant's slip.
    floors = (1 + HALF_LOG2_E) * ULP * LN_2 * (1 + ULP) + exp2
    yield "gauss, of the value, but for a²", floors, normal(r"Under \((\S+) \+ a²")


def main():
    passed = True
    print(f"{'piece':<34} {'certified':>22} {'stated':>26}  verdict")
    for piece, certified, (stated, written) in rows(pathlib.Path(sys.argv[1])):
        held = certified <= stated
        passed &= held
        figure = f"2^{math.log2(certified):.3f}"
        if ULP / 100 < certified < 100 * ULP:
            figure += f" = {float(certified / ULP):.3f} ulp"
        print(f"{piece:<34} {figure:>22} {written:>26}  {'held' if held else 'PASSED OVER'}")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
