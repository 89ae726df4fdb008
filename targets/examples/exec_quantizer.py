#!/usr/bin/env python3
"""An --exec target that offers a quantizer: fp16 or bf16 to int8, to nearest even, for any parameters, exact. It uses
the standard library alone; the protocol is in PROTOCOL.md.

    tiebreak run 'quantize/fp16/int8/rne/s=0x1p-4,z=3' --exec 'python3 targets/examples/exec_quantizer.py'
"""
import array
import json
import math
import struct
import sys
from fractions import Fraction


def parse(case):
    """The format, scale, zero point, lowest and highest code of a case; None where this code does not do it."""
    parts = case.split("/")
    if len(parts) != 5 or parts[0] != "quantize" or parts[1] not in ("fp16", "bf16") or parts[2:4] != ["int8", "rne"]:
        return None
    words = dict(word.split("=") for word in parts[4].split(","))
    scale = float.fromhex(words["s"])
    if scale == 0 or not math.isfinite(scale):
        return None
    return parts[1], scale, int(words["z"]), int(words.get("lo", -128)), int(words.get("hi", 127))


def code_of(x, scale, zero, low, high):
    if math.isnan(x):
        return min(max(zero, low), high)  # NaN counts as zero
    if math.isinf(x):
        return high if (x > 0) == (scale > 0) else low
    return min(max(round(Fraction(x) / Fraction(scale)) + zero, low), high)  # round() goes to even at a half


def table_of(source, *parameters):
    """All 2^16 answers, one after the other."""
    layout, shift = ("<e", 0) if source == "fp16" else ("<f", 16)
    size = struct.calcsize(layout)
    values = (struct.unpack(layout, (i << shift).to_bytes(size, "little"))[0] for i in range(1 << 16))
    return bytes(code_of(x, *parameters) & 0xFF for x in values)


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    table = b""
    sink.write(b"TBEXEC1\n")
    sink.flush()
    while header := source.read(4):
        message = json.loads(source.read(*struct.unpack("<I", header)))
        if "quit" in message:
            break
        if "open" in message:
            parameters = parse(message["open"])
            if parameters:
                table = table_of(*parameters)
            answer = json.dumps({"offered": parameters is not None, "claim": ""}).encode()
            sink.write(struct.pack("<I", len(answer)) + answer)
        elif "run" in message:
            patterns = array.array("H", source.read(2 * message["run"]))
            if sys.byteorder == "big":
                patterns.byteswap()
            sink.write(bytes(table[p] for p in patterns))
        sink.flush()


main()
