#!/usr/bin/env python3
"""Reads the kernels' tables out of their Rust source: the integers proven are the integers compiled.

    python3 proofs/extract.py DIR    # writes DIR/tables.sollya and DIR/*.gappa
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
MATH = HERE.parent / "amm-core/src/math"


def source(name):
    return (MATH / name).read_text()


def integers(text):
    return [int(x.replace("_", ""), 0) for x in re.findall(r"-?\b(?:0x[0-9a-f_]+|[0-9][0-9_]*)\b", text)]


def table(name):
    """The integers of a static array of tables.rs, flat."""
    body = re.search(rf"static {name}: [^=]+= \[(.*?)\n\];", source("tables.rs"), re.S).group(1)
    return integers(body)


def constant(file, name):
    """An integer constant of a kernel, literal or shifted."""
    text = re.search(rf"const {name}: \w+ = ([^;]+);", source(file)).group(1)
    if not re.fullmatch(r"[0-9a-fx_ <\-()]+", text):
        raise ValueError(f"{file}: {name} = {text} is not an integer expression")
    return eval(text)


EXP2, EXP2_POLY = table("EXP2"), table("EXP2_POLY")
LN_RECIPROCAL, LN, LN_POLY = table("LN_RECIPROCAL"), table("LN"), table("LN_POLY")
RSQRT = table("RSQRT")
TAIL = [table("TAIL")[i : i + 8] for i in range(0, 8 * 128, 8)]
TAIL_FAR = table("TAIL_FAR")
INV_SQRT_2PI = constant("normal.rs", "INV_SQRT_2PI")
# What far.gappa takes TAIL_FAR to be within; far.py proves it.
FAR_POLY = "1b-69"
# The first coefficient in Q62, the others in Q67.
FAR_BITS = [62] + [67] * 15
RSQRT_SERIES = [constant("sqrt.rs", f"C{k}") for k in (1, 2, 3, 4)]

assert list(map(len, (EXP2, EXP2_POLY, LN_RECIPROCAL, LN, LN_POLY, RSQRT, TAIL, TAIL_FAR))) == [
    256, 5, 256, 256, 5, 128, 128, 16,
]


def sollya():
    lists = {
        "EXP2": EXP2,
        "EXP2_POLY": EXP2_POLY,
        "LN_RECIPROCAL": LN_RECIPROCAL,
        "LN": LN,
        "LN_POLY": LN_POLY,
        "RSQRT_VALUE": [row >> 32 for row in RSQRT],
        "RSQRT_SLOPE": [row & 0xFFFF_FFFF for row in RSQRT],
        "RSQRT_SERIES": RSQRT_SERIES,
        "TAIL_FAR": TAIL_FAR,
        # c₀ to c₆ in Q64, c₇'s whole word in Q71, c₈ in Q40.
        "TAIL": [c for row in TAIL for c in (*row, row[7] & 0xFFFF_FFFF)],
    }
    for name, values in lists.items():
        yield f"{name} = [|{', '.join(map(str, values))}|];\n"


def filled(template, values):
    text = (HERE / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    left = re.search(r"@[A-Z0-9]+@", text)
    if left:
        raise ValueError(f"{template}: {left.group()} is not filled")
    return text


def gappa():
    for j, row in enumerate(TAIL):
        values = {f"C{k}": c for k, c in enumerate(row)} | {"C8": row[7] & 0xFFFF_FFFF}
        yield f"tail-{j:03}", filled("tail.gappa", values)
    yield "reciprocal", filled("reciprocal.gappa", {})
    yield "exp2", filled("exp2.gappa", {f"C{k}": c for k, c in enumerate(EXP2_POLY)})
    yield "ln", filled("ln.gappa", {f"C{k}": c for k, c in enumerate(LN_POLY)})
    yield "rsqrt", filled("rsqrt.gappa", {f"C{k + 1}": c for k, c in enumerate(RSQRT_SERIES)})
    for shift in range(5):  # a in [8·2^shift, 16·2^shift)
        yield f"far-{shift}", filled("far.gappa", far_values(shift))


def far_values(shift):
    last = len(TAIL_FAR) - 1
    c = [f"{value}b-{bits}" for value, bits in zip(TAIL_FAR, FAR_BITS)]
    lines = [f"p{last} = {c[last]}; e{last} = {c[last]};"]
    for k in range(last - 1, -1, -1):
        lines.append(f"p{k} = {c[k]} + q{FAR_BITS[k]}(p{k + 1} * y); e{k} = {c[k]} + e{k + 1} * y;")
    return {
        "HORNER": "\n".join(lines),
        "INV": INV_SQRT_2PI,
        "SCALE": f"1b-{2 * shift}",
        "LAST": f"1b-{3 + shift}",
        "LOW": f"255b-{10 + 2 * shift}",
        "HIGH": f"257b-{8 + 2 * shift}" if shift else 1,
        "POLY": FAR_POLY,
    }


def main():
    out = pathlib.Path(sys.argv[1])
    (out / "tables.sollya").write_text("".join(sollya()))
    for name, text in gappa():
        (out / f"{name}.gappa").write_text(text)


if __name__ == "__main__":
    main()
