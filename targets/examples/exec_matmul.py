#!/usr/bin/env python3
"""An --exec target of matrix multiply-add: fp16 into fp32, summed in Python's floats (fp64), rounded once at the end.
The protocol is in PROTOCOL.md; a record is a[2][8], b[8][2] in fp16, then c[2][2] in fp32.

    tiebreak identify 'mma/fp16/fp16/fp32/fp32/m=2,n=2,k=8' --exec targets/examples/exec_matmul.py --target 'exec/*'
"""
import json
import math
import struct
import sys

CASE = "mma/fp16/fp16/fp32/fp32/m=2,n=2,k=8"
M, N, K = 2, 2, 8
RECORD = struct.Struct(f"<{M * K}e{K * N}e{M * N}f")


def to_fp32(x):
    try:
        return struct.pack("<f", x)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, x))


def multiply(raw):
    values = RECORD.unpack(raw)
    a, b, c = values[: M * K], values[M * K : M * K + K * N], values[M * K + K * N :]
    d = b""
    for i in range(M):
        for j in range(N):
            total = c[i * N + j]
            for k in range(K):
                total += a[i * K + k] * b[k * N + j]
            d += to_fp32(total)
    return d


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
            for _ in range(message["run"]):
                sink.write(multiply(source.read(RECORD.size)))
        sink.flush()


main()
