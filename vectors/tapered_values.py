#!/usr/bin/env python3
"""Makes hif8.inc, posit8.inc and posit8_es0.inc: the values of the tapered 8-bit formats by code, as C literals.

usage: tapered_values.py FOLDER        writes the three files there (vectors/ in this repository)
"""
import sys


def hif8(code):
    """HiFloat8, arXiv 2409.16626 table 1: sign, dot prefix, D exponent bits (sign, then magnitude under a hidden 1), mantissa."""
    if code == 0x80:
        return "NAN"
    sign = "-" if code & 0x80 else ""
    if code & 0x7F == 0x6F:
        return sign + "INFINITY"
    prefixes = [(0b11, 2, 4, 1), (0b10, 2, 3, 2), (0b01, 2, 2, 3), (0b001, 3, 1, 3), (0b0001, 4, 0, 3)]
    for prefix, width, d, m in prefixes:
        if (code & 0x7F) >> (7 - width) == prefix:
            field = (code >> m) & ((1 << d) - 1)
            exponent = 0
            if d:
                exponent = (field & ((1 << (d - 1)) - 1)) | 1 << (d - 1)
                exponent = -exponent if field >> (d - 1) else exponent
            return sign + float.hex((1 + (code & ((1 << m) - 1)) / (1 << m)) * 2.0**exponent)
    m = code & 7
    return sign + float.hex(2.0 ** (m - 23)) if m else "0x0p+0"


def posit(code, es):
    """Posit Standard 2022: two's complement, regime run, es exponent bits, fraction."""
    if code == 0:
        return "0x0p+0"
    if code == 0x80:
        return "NAN"
    sign, code = ("-", 0x100 - code) if code & 0x80 else ("", code)
    bits = format(code, "08b")[1:]
    run = len(bits) - len(bits.lstrip(bits[0]))
    regime = run - 1 if bits[0] == "1" else -run
    rest = bits[run + 1 :]
    exponent = int((rest[:es] + "0" * es)[:es] or "0", 2)
    fraction = rest[es:]
    value = 1 + (int(fraction, 2) / (1 << len(fraction)) if fraction else 0)
    return sign + float.hex(value * 2.0 ** (regime * (1 << es) + exponent))


def write(path, decode):
    with open(path, "w", encoding="ascii") as out:
        out.write("/* made by tapered_values.py */\n")
        for start in range(0, 256, 4):
            out.write(" ".join(decode(code) + "," for code in range(start, start + 4)) + "\n")


if __name__ == "__main__":
    folder = sys.argv[1]
    write(folder + "/hif8.inc", hif8)
    write(folder + "/posit8.inc", lambda code: posit(code, 2))
    write(folder + "/posit8_es0.inc", lambda code: posit(code, 0))
