"""The kernels' integer operations, one for one, on the tables of the Rust source."""
import extract as table

MASK = 2**64 - 1


def mul_hi(a, b):
    assert 0 <= a <= MASK and 0 <= b <= MASK
    return a * b >> 64


def mul_hi_signed(a, b):
    assert -(2**63) <= a < 2**63 and -(2**63) <= b < 2**63
    return a * b >> 64


def exp2_neg_fraction(fraction):
    base, t = table.EXP2[fraction >> 56], fraction << 8 & MASK
    c0, c1, c2, c3, c4 = table.EXP2_POLY
    q = c3 - mul_hi(c4, t)
    q = c2 - mul_hi(q, t)
    q = c1 - mul_hi(q, t)
    q = c0 - mul_hi(q, t)
    return base - (mul_hi(base, mul_hi(t, q)) >> 8)


def ln_q96(x):
    """(r in Q71, rest in Q70, ln in Q96)."""
    ln_2 = table.constant("ln.rs", "LN2_Q96")
    zeros = 128 - x.bit_length()
    hi, lo = (x << zeros) >> 64, (x << zeros) & MASK
    j = hi >> 55 & 255
    c = table.LN_RECIPROCAL[j]
    product = hi * c + mul_hi(lo, c)
    r = product >> 8 & MASK
    r -= r >> 63 << 64
    c0, c1, c2, c3, c4 = table.LN_POLY
    p = c3 + mul_hi_signed(c4, r)
    p = c2 + mul_hi_signed(p, r)
    p = c1 + mul_hi_signed(p, r)
    p = c0 + mul_hi_signed(p, r)
    rest = (r >> 1) - (mul_hi_signed(mul_hi_signed(r, r), p) >> 7)
    return r, rest, table.LN[j] + (rest << 26) + (63 - zeros) * ln_2


def rsqrt(w):
    """(y₀ in Q31, the root in Q63)."""
    line = table.RSQRT[w >> 57]
    step = (w << 7 & MASK) >> 32
    y = (line >> 32) - ((line & 0xFFFF_FFFF) * step >> 32)
    d = ((1 << 126) - w * (y * y & MASK)) >> 50
    c1, c2, c3, c4 = table.RSQRT_SERIES
    p = c3 + mul_hi_signed(c4, d)
    p = c2 + mul_hi_signed(p, d)
    p = c1 + mul_hi_signed(p, d)
    rise = mul_hi_signed(mul_hi_signed(p, d), y << 31)
    return y, (y << 32) + (rise >> 9)


def reciprocal(m):
    y = MASK // (m >> 32)
    d = ((1 << 96) - m * y) >> 4
    return (y << 31) + (mul_hi_signed(y << 30, d) >> 27)


def sixteenth(j, t):
    row = table.TAIL[j]
    p = row[7] - (row[7] & 0xFFFF_FFFF) * (t >> 33)
    p = row[6] - (mul_hi(p, t) >> 7)
    for k in (5, 4, 3, 2, 1, 0):
        p = row[k] - mul_hi(p, t)
    return p


def tail_far(a):
    """(64/a² in Q63, the polynomial in Q62, the tail in Q64)."""
    bits = a.bit_length()
    inverse = min((1 << 127) // (a >> (bits - 64)), MASK)
    y = mul_hi(inverse, inverse) >> (2 * (bits - 68)) >> 1
    p = 0
    for c in reversed(table.TAIL_FAR[1:]):
        p = c + (p * y + (1 << 62) >> 63)  # Q67
    p = table.TAIL_FAR[0] + (p * y + (1 << 67) >> 68)
    return y, p, mul_hi(mul_hi(p << 2, inverse), table.INV_SQRT_2PI) >> (bits - 65)
