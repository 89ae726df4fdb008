"""How many inputs each planted quantizer gets wrong, counted with fractions, against the numbers in planted.h.

usage: counts.py PLANTED_H [-v]

An answer is computed twice for every input of a 16-bit or 8-bit source: as reference/affine.h defines it, and as the
fault does it. Of 32-bit sources only the neighbours of the boundaries are looked at, since these faults move a quotient
by less than 2^-20 of itself. Nothing here is shared with planted/affine.c or with the reference.
"""
import math
import re
import struct
import sys
from fractions import Fraction

INF = math.inf


def rounded(x, precision, least, largest):
    """x to `precision` bits, half to even; below 2^least the grid stays; beyond `largest` an infinity."""
    n, d = abs(x).numerator, x.denominator
    if n == 0:
        return Fraction(0)
    exponent = n.bit_length() - d.bit_length()  # 2^exponent <= |x| < 2^(exponent + 1), after the next line
    exponent -= n << max(-exponent, 0) < d << max(exponent, 0)
    unit = max(exponent, least) - precision + 1
    n, d = n << max(-unit, 0), d << max(unit, 0)
    q, rest = divmod(n, d)
    q += 2 * rest > d or (2 * rest == d and q % 2)
    y = Fraction((q if x > 0 else -q) << max(unit, 0), 1 << max(-unit, 0))
    return y if abs(y) <= largest else math.copysign(INF, x)


def f32(x):
    return rounded(x, 24, -126, (2 - Fraction(1, 1 << 23)) * Fraction(2) ** 127)


def f16(x):
    return rounded(x, 11, -14, 65504)


def bf16(x):
    return rounded(x, 8, -126, (2 - Fraction(1, 1 << 7)) * Fraction(2) ** 127)


def over(number, function):
    """function(number), infinities and NaN as they are."""
    return function(number) if isinstance(number, (Fraction, int)) else number


# ---- Roundings of a fraction to an integer. ----

def rne(t):
    return round(t)


def rna(t):
    return math.floor(abs(t) + Fraction(1, 2)) * (1 if t >= 0 else -1)


def rhu(t):
    return math.floor(t + Fraction(1, 2))


# ---- The pieces of an answer, each replaced by some fault. ----

def wrap(n):
    return (n + (1 << 31)) % (1 << 32) - (1 << 31)


def clamp(n, low, high):
    return min(max(n, low), high)


class Case:
    def __init__(self, name):
        self.operation, self.source, self.destination, _, parameters = name.split("/")
        words = dict(p.split("=") for p in parameters.split(","))
        self.s, self.z = Fraction(float.fromhex(words["s"])), int(words["z"])
        ends = {"int8": (-128, 127), "uint8": (0, 255)}.get(self.destination, (-128, 127))
        self.low, self.high = int(words.get("lo", ends[0])), int(words.get("hi", ends[1]))
        self.is_mask = self.destination == "uint1"

    def scaled(self, x):
        if not isinstance(x, Fraction):
            return x if self.s > 0 else -x
        return x * self.s if self.operation == "requantize" else x / self.s

    def integer(self, t, add=None, rounding=rne):
        """R(t) + z before any clamp; an infinity stays one."""
        if not isinstance(t, Fraction):
            return t
        return add(t) if add else rounding(t) + self.z

    def code(self, t, nan=None, low=None, high=None, **how):
        low, high = self.low if low is None else low, self.high if high is None else high
        if t != t:
            return clamp(self.z, low, high) if nan is None else nan
        return clamp(self.integer(t, **how), low, high)

    def inside(self, t, **how):
        return int(t == t and self.low <= self.integer(t, **how) <= self.high)

    def dequantized(self, code):
        return f32((code - self.z) * self.s)


def honest(c, x):
    if c.operation == "dequantize":
        return c.dequantized(x)
    if c.is_mask:
        return c.inside(c.scaled(x))
    code = c.code(c.scaled(x))
    return c.dequantized(code) if c.operation == "fakequant" else code


def by(**how):
    """A fault that is only another way from t to the code."""
    def answer(c, x):
        t = c.scaled(x)
        arguments = {k: v(c) for k, v in how.items()}
        if c.is_mask:
            return c.inside(t, **arguments)
        code = c.code(t, **arguments)
        return c.dequantized(code) if c.operation == "fakequant" else code
    return answer


def scaled_by(function):
    """A fault that is another way to t."""
    return lambda c, x: c.code(function(c, x))


def mode(function):
    return by(rounding=lambda c: function)


def wraps(c, x):
    guard = (1 << 31) - 128
    t = c.scaled(x)
    t = t if t < guard else guard
    n = round(t) if t >= -(1 << 31) else -(1 << 31)
    return clamp(wrap(n + c.z), c.low, c.high)


def overflows(c, x):
    t = c.scaled(x)
    if t != t:
        return c.code(t)
    n = clamp(t if t in (INF, -INF) else round(t), -(1 << 31), (1 << 31) - 1)
    return clamp(wrap(n + c.z), c.low, c.high)


def short(c, x):
    t = c.scaled(x)
    ends = (-(1 << 15), (1 << 15) - 1)
    if t != t:
        return c.code(t)
    n = clamp(t if t in (INF, -INF) else round(t), *ends)
    return clamp(clamp(n + clamp(c.z, *ends), *ends), c.low, c.high)


def unclamped(c, x):
    t = c.scaled(x)
    if t != t:
        return c.code(t)
    n = (1 << 40) * (1 if t > 0 else -1) if t in (INF, -INF) else round(t)
    return (n + c.z + 128) % 256 - 128


def no_zero(c, x):
    return clamp(c.code(c.scaled(x), low=-(1 << 41), high=1 << 41, nan=c.z) - c.z, c.low, c.high)


def less_one(c, x):
    return clamp(c.code(c.scaled(x), low=-(1 << 41), high=1 << 41, nan=c.z) - 1, c.low, c.high)


def without_sign(c, x):
    t = c.scaled(x)
    return c.code(-t if c.s < 0 else t)


def mask_after_clamp(c, x):
    return 1


def mask_strict(c, x):
    t = c.scaled(x)
    return int(t == t and c.low < c.integer(t) < c.high)


def fixed(c):
    """s = m * 2^(shift - 31), the multiplier of 31 bits; exact where s has no more."""
    shift = math.frexp(float(c.s))[1]
    return int(c.s / Fraction(2) ** (shift - 31)), shift


def twice(c, q):
    m, shift = fixed(c)
    return c.code(Fraction(rna(Fraction(rhu(Fraction(int(q) * m, 1 << 31)), 1 << -shift))))


def half_up(c, q):
    m, shift = fixed(c)
    return c.code(Fraction(rhu(Fraction(int(q) * m, 1 << (31 - shift)))))


def premultiplied(c, q):
    s = f32(c.s)
    return f32(s * q - f32(s * c.z))


FAULTS = {
    "wraps-at-infinity": wraps,
    "zero-overflows": overflows,
    "zero-before": by(add=lambda c: lambda t: rne(f32(f32(t) + c.z)), nan=lambda c: clamp(0, c.low, c.high)),
    "zero-ignored": no_zero,
    "zero-less-one": less_one,
    "zero-short": short,
    "reciprocal": scaled_by(lambda c, x: over(c.scaled(x), lambda t: f32(x * f32(1 / c.s)))),
    "half-quotient": scaled_by(lambda c, x: over(c.scaled(x), f16)),
    "bf16": scaled_by(lambda c, x: over(c.scaled(x), lambda t: bf16(x * bf16(1 / c.s)))),
    "scale-fp16": scaled_by(lambda c, x: over(c.scaled(x), lambda t: x / f16(c.s))),
    "scale-unsigned": without_sign,
    "ties-away": mode(rna),
    "half-up": mode(rhu),
    "truncates": mode(math.trunc),
    "floors": mode(math.floor),
    "clamp-short": by(high=lambda c: c.high - 1),
    "narrow": by(low=lambda c: c.low + 1),
    "unclamped": unclamped,
    "nan-low": by(nan=lambda c: c.low),
    "nan-high": by(nan=lambda c: c.high),
    "mask-after-clamp": mask_after_clamp,
    "mask-strict": mask_strict,
    "rounds-twice": twice,
    "fixed-half-up": half_up,
    "requantize-fp32": lambda c, q: c.code(f32(f32(q) * f32(c.s))),
    "premultiplied": premultiplied,
    "via-half": lambda c, q: f16((q - c.z) * c.s),
}


# ---- Inputs. ----

def decoded(code, size, layout):
    x = struct.unpack(layout, code.to_bytes(size, "little"))[0]
    return Fraction(x) if x == x and abs(x) != INF else x


def near_boundaries(c):
    """64 inputs on both sides of each boundary of a 32-bit source."""
    found = set()
    for k in range(c.low - c.z - 2, c.high - c.z + 3):
        t = Fraction(2 * k + 1, 2)
        if c.source == "int32":
            middle = math.floor(t / c.s)
            found |= {Fraction(middle + i) for i in range(-64, 65)}
            continue
        pattern = struct.unpack("<I", struct.pack("<f", float(t * c.s)))[0]
        found |= {decoded(pattern + i, 4, "<f") for i in range(-64, 65)}
    return found


def inputs(c):
    if c.source in ("int8", "uint8", "int16"):
        signed, bits = c.source[0] == "i", int(c.source.strip("uint"))
        return [Fraction(q) for q in range(-(1 << bits - 1) if signed else 0, 1 << (bits - 1 if signed else bits))]
    if c.source == "fp16":
        return [decoded(i, 2, "<e") for i in range(1 << 16)]
    if c.source == "bf16":
        return [decoded(i << 16, 4, "<f") for i in range(1 << 16)]
    return near_boundaries(c)


def main():
    with open(sys.argv[1], encoding="utf-8") as header:
        text = header.read()
    cases = dict(re.findall(r'#define (\w+)\s+"([^"]+)"', text))
    rows = re.findall(r'\{"planted/affine-([a-z0-9-]+)",\s*(\w+),.*?(\d+)\},', text)
    assert len(rows) >= 30, f"only {len(rows)} rows of planted quantizers were found"
    exact, wrong = {}, []
    for name, macro, told in rows:
        if name in ("honest", "tail"):  # no count is told of these
            continue
        if macro not in exact:
            c = Case(cases[macro])
            exact[macro] = c, [(x, honest(c, x)) for x in inputs(c)]
        c, answers = exact[macro]
        count = sum(FAULTS[name](c, x) != answer for x, answer in answers)
        if "-v" in sys.argv:
            print(f"{name:20} {macro:12} {count}")
        if count != int(told):
            wrong.append(f"{name} on {cases[macro]}: {count} inputs, but planted.h says {told}")
    assert not wrong, "\n".join(wrong)


main()
