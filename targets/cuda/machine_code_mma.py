#!/usr/bin/env python3
"""Shows from the machine code what each matrix instruction of the tensor-core targets is made of.

  machine_code_mma.py FILE...

Each FILE is the plug-in or a cubin. FP8 by mma.sync is one instruction on sm_89 and sm_120; for sm_90 and sm_100 ptxas makes it of
conversions to fp16, two fp16 steps and an addition, which is why those claim another model. Exit 0: as it should be; 1: not, with the
kernels; 77: no tensor-core kernel for a GPU that this script knows.
"""
import collections
import re
import struct
import sys

import machine_code

# What multiplies, converts and adds, by opcode; those of wgmma are told apart by their operands.
COUNTED = {
    0x23C: "HMMA", 0x237: "IMMA", 0x27A: "QMMA", 0x9F0: "HGMMA", 0x9F1: "IGMMA", 0x9F3: "QGMMA", 0x23E: "F2FP", 0x221: "FADD",
    0x230: "HADD2",
}
CUDA_MACHINE = 190
QMMA_GPUS = (89, 120)

FP8 = r"(e4m3fn|e5m2)_(e4m3fn|e5m2)"

# Target, kernel, whether the GPU has FP8 in mma.sync (None: it does not matter), what it is made of. The first match holds.
RULES = [
    ("mma_sync", FP8 + "_fp32", False, {"F2FP": 12, "HMMA": 2, "FADD": 4}),
    ("mma_sync", FP8 + "_fp16", False, {"F2FP": 12, "HMMA": 2, "HADD2": 2}),
    ("mma_sync", FP8 + "_.*", True, {"QMMA": 1}),
    ("mma_sync", ".*_int32", None, {"IMMA": 1}),
    ("mma_sync", ".*", None, {"HMMA": 1}),
    ("wgmma", FP8 + "_.*", None, {"QGMMA": 1}),
    ("wgmma", ".*_int32", None, {"IGMMA": 1}),
    ("wgmma", ".*", None, {"HGMMA": 1}),
    ("wmma", "tf32_fp32", None, {"HMMA": 4}),
    ("wmma", ".*_int32", None, {"IMMA": 2}),
    ("wmma", ".*", None, {"HMMA": 2}),
]


def kernels(data):
    """(GPU, mangled name, opcodes counted) of every kernel of every cubin in the file, of any GPU."""
    at = data.find(b"\x7fELF\x02")
    while at >= 0:
        machine, = struct.unpack_from("<H", data, at + 18)
        flags, = struct.unpack_from("<I", data, at + 48)
        if machine == CUDA_MACHINE:
            for name, code in machine_code.sections(data[at:]):
                if name.startswith(".text."):
                    words = struct.unpack("<%dQ" % (len(code) // 8), code)
                    yield flags >> 8 & 0xFF, name[6:], collections.Counter(word & 0xFFF for word in words[::2])
        at = data.find(b"\x7fELF\x02", at + 1)


def instruction(name):
    """(target, whether it clamps, formats) of a mangled kernel name; None where it is none of these."""
    found = re.match(r"_Z\d+tb_mma_launchIN\d+(mma_sync|wgmma|wmma)5chainINS\d*_(?:\d+(wrapping|clamping))?(\d+)(\w+)", name)
    if not found:
        return None
    target, kind, length, rest = found.groups()
    return target, kind == "clamping", rest[:int(length)]


def rule_of(target, formats, gpu):
    for rule_target, pattern, has_qmma, made_of in RULES:
        if rule_target == target and re.fullmatch(pattern, formats) and has_qmma in (None, gpu in QMMA_GPUS):
            return made_of
    return None


def check(path, counted, faults):
    for gpu, name, opcodes in kernels(open(path, "rb").read()):
        parts = instruction(name)
        if not parts or (parts[0] == "wgmma" and gpu != 90):
            continue
        target, clamps, formats = parts
        wanted = rule_of(target, formats, gpu)
        got = {word: opcodes[code] for code, word in COUNTED.items() if opcodes[code]}
        words = " ".join("%d %s" % (count, word) for word, count in sorted(wanted.items()))
        if got != wanted:
            faults.append("sm_%d %s %s: made of %s, expected %s" % (gpu, target, formats, got or "nothing", words))
        counted[(gpu, target + ("+satfinite" if clamps else ""), words)] += 1


def main():
    counted, faults = collections.Counter(), []
    for path in sys.argv[1:]:
        check(path, counted, faults)
    for (gpu, target, words), count in sorted(counted.items()):
        print("sm_%-3d %-18s %2d kernels, each %s" % (gpu, target, count, words))
    for fault in faults:
        print("wrong: " + fault)
    if not counted:
        print("machine code: no tensor-core kernel in %s" % ", ".join(sys.argv[1:]))
        return 77
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
