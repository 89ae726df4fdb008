#!/usr/bin/env python3
"""Shows from the machine code that a hardware conversion is one instruction and no fallback.

  machine_code.py FILE

FILE is the plug-in or a cubin. Every cubin in it is an ELF64 file; .text.KERNEL holds instructions of 16 bytes, whose opcode is
bits 11..0 of the first 64-bit word. The numbers below are those of sm_90, sm_100 and sm_120, found with kernels that do one thing.
Exit 0: as it should be; 1: not, with the kernels; 77: no code for a GPU that this script knows.
"""
import collections
import re
import struct
import sys

CUDA_MACHINE = 190  # e_machine
KNOWN_GPUS = {90: "sm_90", 100: "sm_100", 103: "sm_103", 120: "sm_120"}

CONVERTERS = {
    0x23E: "F2FP", 0x304: "F2F", 0x310: "F2F.64", 0x305: "F2I", 0x311: "F2I.64", 0x306: "I2F", 0x312: "I2F.64",
    0x243: "F2IP", 0x245: "I2FP", 0x230: "HADD2.F32", 0x307: "FRND", 0x308: "MUFU",
}
CALLS = {0x943, 0x944}
BRANCH = 0x947  # one in each kernel, behind its end, to itself

# What a kernel needs around its conversion: where the thread stands, addresses, the bound, load and store, moving bytes, the end.
PLUMBING = {
    0x224, 0x812, 0x816, 0x819, 0x824, 0x918, 0x919, 0x94D, 0x981, 0x986, 0x9C3, 0xAB9, 0xB82, 0xC0C, 0xC10, 0xC11, 0xC25, BRANCH,
    0x7AC, 0x431, # sm_100 and sm_120: constants
    0xC35, # sm_120: an address of bytes or words, 64 bits at once; a kernel that copies has it
}

# Family, body: the converters that it must have, what else it may, and why it is not one F2FP. The first match holds.
RULES = [
    (r"f2fp", r".*", {"F2FP": 1}, set(), None),
    (r"cvt", r"fp32_tf32_rna_.*", {}, {0x424, 0x80B, 0x836, 0x212, 0x80C, 0x802, 0x810}, "cvt.rna.tf32 is integer code on every GPU"),
    (r"cvt", r"bf16_fp32", {}, set(), "bf16 widens by a shift"),
    (r"cvt", r"fp16_fp32", {"HADD2.F32": 1}, set(), "fp16 widens by an addition"),
    (r"cvt", r"fp32_(fp16|bf16)_(rne|rtz)_inf", {"F2FP": 1}, {0x304}, "a sweep's are F2F: ptxas chooses"),
    (r"cvt", r"fp32_uint8_(rne|rtz)_satfinite", {"F2IP": 1}, set(), "the packing converter"),
    (r"cvt", r"int32_fp32_(rne|rtz)_inf", {"I2FP": 1}, set(), "the full-rate converter"),
    (r"cvt", r"int32_.*", {"I2F": 1}, set(), "from integers"),
    (r"cvt", r".*_u?int(8|16|32)_.*", {"F2I": 1}, set(), "to integers"),
    (r"cvt", r"(fp64_.*|fp32_fp64)", {"F2F.64": 1}, set(), "the fp64 converter"),
    (r"cvt", r".*", {"F2F": 1}, set(), "the converter of all roundings"),
    # Complements and masks; where a random number is put in reverse, 0x301 reverses it.
    (r"cvt_rs", r"two_.*", {"F2FP": 1}, {0x212}, None),
    (r"cvt_rs", r"four_[ae]_.*_(own|bf16)", {"F2FP": 2}, {0x212, 0x301}, "four values are two pairs"),
    (r"cvt_rs", r"four_.*", {"F2FP": 2}, {0x212}, "four values are two pairs"),
    (r"narrow", r".*", {"F2FP": 1}, {0x212}, None), # FP4's pair is one byte, to be taken apart
]


def sections(image):
    """(name, bytes) of an ELF64 file."""
    start, = struct.unpack_from("<Q", image, 0x28)
    size, count, names = struct.unpack_from("<HHH", image, 0x3A)
    heads = [struct.unpack_from("<IIQQQQIIQQ", image, start + i * size) for i in range(count)]
    strings = heads[names][4]
    for head in heads:
        begin = strings + head[0]
        yield image[begin:image.index(b"\0", begin)].decode(), image[head[4]:head[4] + head[5]]


def kernels(data):
    """(GPU, mangled name, opcodes counted) of every kernel of every cubin in the file."""
    at = data.find(b"\x7fELF\x02")
    while at >= 0:
        machine, = struct.unpack_from("<H", data, at + 18)
        flags, = struct.unpack_from("<I", data, at + 48)
        gpu = flags >> 8 & 0xFF
        if machine == CUDA_MACHINE and gpu in KNOWN_GPUS:
            for name, code in sections(data[at:]):
                if name.startswith(".text."):
                    words = struct.unpack("<%dQ" % (len(code) // 8), code)
                    yield gpu, name[6:], collections.Counter(word & 0xFFF for word in words[::2])
        at = data.find(b"\x7fELF\x02", at + 1)


def conversion(name):
    """(flags, family, body, whether it is a sweep) of a mangled kernel name; None where it is no conversion."""
    found = re.match(r"_ZN\d+(plain|fast_math)(?:5sweep12sweep_kernel|6tb_map)INS_\d*(f2fp|cvt|cvt_rs|header|narrow)(\d+)(\w+)", name)
    if not found:
        return None
    flags, family, length, rest = found.groups()
    return flags, family, rest[:int(length)], "sweep_kernel" in name


def rule_of(family, body):
    for rule_family, pattern, converters, extra, why in RULES:
        if rule_family == family and re.fullmatch(pattern, body):
            return converters, extra, why
    return None


def fault_of(opcodes, rule, is_sweep):
    """What is wrong with a kernel under a rule; None where nothing is. A sweep converts in several places: kinds are compared."""
    wanted, extra, _ = rule
    got = {name: opcodes[code] for code, name in CONVERTERS.items() if opcodes[code]}
    if any(opcodes[code] for code in CALLS):
        return "calls a function"
    if is_sweep:
        allowed = set(wanted) | {CONVERTERS[code] for code in extra if code in CONVERTERS}
        right = set(got) <= allowed and (got or not wanted)
        return None if right else "converts with %s" % (", ".join(sorted(got)) or "nothing")
    if got != wanted:
        return "converts with %s, expected %s" % (got or "nothing", wanted or "nothing")
    if opcodes[BRANCH] != 1:
        return "has %d branches" % (opcodes[BRANCH] - 1)
    strange = sorted(code for code in opcodes if code not in PLUMBING and code not in extra and code not in CONVERTERS)
    return "has the opcodes %s beside" % ", ".join("0x%03x" % code for code in strange) if strange else None


def main():
    data = open(sys.argv[1], "rb").read()
    counted, faults, refused, gpus = collections.Counter(), [], 0, set()
    for gpu, name, opcodes in kernels(data):
        parts = conversion(name)
        if not parts:
            continue
        flags, family, body, is_sweep = parts
        rule = rule_of(family, body)
        if family == "header": # the control: code must not pass for an instruction
            refused += not is_sweep and "e4m3fn_nosat" in body and fault_of(opcodes, RULES[0][2:], False) is not None
            continue
        fault = fault_of(opcodes, rule, is_sweep)
        gpus.add(gpu)
        if fault:
            faults.append("%s %s %s %s%s" % (KNOWN_GPUS[gpu], flags, family, body, " (sweep)" if is_sweep else "") + ": " + fault)
        if not is_sweep:
            what = " ".join("%d %s" % (n, name) for name, n in rule[0].items()) or "no converter"
            counted[(KNOWN_GPUS[gpu], family, flags, what, rule[2] or "")] += 1
    if not gpus:
        print("machine code: no kernel for %s in %s" % (", ".join(KNOWN_GPUS.values()), sys.argv[1]))
        return 77
    for (gpu, family, flags, what, why), count in sorted(counted.items()):
        print("%s %-6s %-9s %2d kernels, each %s%s" % (gpu, family, flags, count, what, "  (%s)" % why if why else ""))
    for fault in faults:
        print("wrong: " + fault)
    if data[:4] == b"\x7fELF" and b"tiebreak_targets" in data and 90 in gpus:
        print("control: %d kernels of NVIDIA's C code, all refused as instructions" % refused)
        faults += [] if refused else ["the control passed"]
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
