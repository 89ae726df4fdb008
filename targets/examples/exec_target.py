#!/usr/bin/env python3
"""An --exec target: fp32 to bf16, to nearest even, in the standard library. The protocol is in PROTOCOL.md.

    tiebreak run 'convert/fp32/bf16/rne/inf' --exec targets/examples/exec_target.py
"""
import array
import json
import struct
import sys

CASE = "convert/fp32/bf16/rne/inf"


def to_bf16(raw):
    patterns = array.array("I", raw)
    if sys.byteorder == "big":
        patterns.byteswap()
    # Half a unit less one, and one more where the code is odd; a NaN is cut and made quiet.
    codes = [(u + 0x7FFF + (u >> 16 & 1)) >> 16 if u & 0x7FFFFFFF <= 0x7F800000 else u >> 16 | 0x40 for u in patterns]
    result = array.array("H", codes)
    if sys.byteorder == "big":
        result.byteswap()
    return result.tobytes()


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b"TBEXEC1\n")
    sink.flush()
    while header := source.read(4):
        message = json.loads(source.read(*struct.unpack("<I", header)))
        if "quit" in message:
            break
        if "open" in message:
            answer = json.dumps({"offered": message["open"] == CASE, "claim": ""}).encode()
            sink.write(struct.pack("<I", len(answer)) + answer)
        elif "run" in message:
            sink.write(to_bf16(source.read(4 * message["run"])))
        sink.flush()


main()
