#!/usr/bin/env python3
"""An --exec target that is a Python runtime: ml_dtypes with numpy, or PyTorch (pip install ml_dtypes, or torch).

    tiebreak run 'convert/fp32/e4m3fn/rne/nan' 'convert/fp32/e2m1fn/rne/satfinite' --target 'exec/*' \\
        --exec 'python3 targets/examples/exec_runtimes.py ml_dtypes'
    tiebreak run 'quantize/fp32/uint8/rne/s=0x1.99999ap-4,z=133' --target 'exec/*' \\
        --exec 'python3 targets/examples/exec_runtimes.py torch'

A block of inputs is an array over the pipe's bytes and is never looped over here. The protocol is in PROTOCOL.md.
"""
import json
import struct
import sys

NAMES = {"fp64": "float64", "fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
PREFIXES = ("", "float8_", "float6_", "float4_")  # e4m3fn is float8_e4m3fn
CLAIMS = {  # what the destination makes of it, where that is not the exact answer: words of `tiebreak list variants`
    "ml_dtypes": {"e8m0fnu": "rna+zero-nan+guard-up", **dict.fromkeys(("e2m1fn", "e2m3fn", "e3m2fn"), "nan-minus-zero")},
    "torch": {"e8m0fnu": "magnitude+rna+guard-up", "int8": "torch/quantize_per_tensor/cpu", "uint8": "torch/quantize_per_tensor/cpu"},
}


def find(name, *modules):
    words = [NAMES.get(name, prefix + name) for prefix in PREFIXES]
    return next((getattr(m, w) for w in words for m in modules if hasattr(m, w)), None)


def ml_dtypes(operation, source, destination, _parameters):
    import ml_dtypes
    import numpy

    numpy.seterr(all="ignore")
    x, y = find(source, numpy, ml_dtypes), find(destination, numpy, ml_dtypes)
    if operation == "convert" and x and y and numpy.can_cast(x, y, "unsafe"):
        return lambda raw: numpy.frombuffer(raw, x).astype(y).tobytes()
    return None


def torch(operation, source, destination, parameters):
    import torch

    x, y = find(source, torch), find(destination, torch)
    tensor = lambda raw: torch.frombuffer(bytearray(raw), dtype=x)
    if operation == "convert" and x and y and x.is_floating_point and y.is_floating_point:
        return lambda raw: tensor(raw).to(y).view(torch.uint8).numpy().tobytes()
    codes = {"int8": torch.qint8, "uint8": torch.quint8}.get(destination)
    if operation == "quantize" and x is torch.float32 and codes and set(parameters) == {"s", "z"}:
        s, z = float.fromhex(parameters["s"]), int(parameters["z"])
        return lambda raw: torch.quantize_per_tensor(tensor(raw), s, z, codes).int_repr().numpy().tobytes()
    return None


def open_case(runtime, case):
    """What makes raw outputs of raw inputs, or None where the runtime has no code for the case; and its claim."""
    operation, source, destination, rounding, *rest = case.split("/")
    parameters = dict(word.split("=") for word in rest[-1].split(",") if "=" in word) if rest else {}
    if rounding not in ("rne", "exact"):  # a cast asks for no other
        return None, ""
    narrowed = source == "fp64" and (runtime, destination) != ("ml_dtypes", "fp16")  # by way of fp32: rounded twice
    claim = CLAIMS[runtime].get(destination, "") if rounding == "rne" else ""
    run = {"ml_dtypes": ml_dtypes, "torch": torch}[runtime](operation, source, destination, parameters)
    return run, "+".join(filter(None, ["via-fp32" if narrowed and destination != "fp32" else "", claim]))


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b"TBEXEC1\n")
    sink.flush()
    while header := source.read(4):
        message = json.loads(source.read(*struct.unpack("<I", header)))
        if "quit" in message:
            break
        if "open" in message:
            size = message["source_bytes"]
            run, claim = open_case(sys.argv[1], message["open"])
            answer = json.dumps({"offered": run is not None, "claim": claim if run else ""}).encode()
            sink.write(struct.pack("<I", len(answer)) + answer)
        elif "run" in message:
            raw = source.read(size * message["run"])
            sink.write(run(raw) if raw else b"")
        sink.flush()


main()
