#!/usr/bin/env python3
"""Makes the files that the readers must refuse, beside this script. expected.txt holds the message for each.

Every file is a good one with one thing wrong, so that a message names that thing and no other."""
import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
CASE = "convert/fp32/e2m1fn/rtz/satfinite"
OTHER = "convert/fp16/e2m1fn/rtz/satfinite"
FIRST = [0, 0x3F000000, 0x3F800000, 0x80000000, 0xBF000000]
CODE = [0, 1, 2, 8, 9]


def digest(case, first, code):
    pairs = b"".join(struct.pack("<QQ", f, c) for f, c in zip(first, code))
    return hashlib.sha256(case.encode() + b"\0" + struct.pack("<Q", len(first)) + pairs).hexdigest()


def facts(**changes):
    meta = {"schema": "tiebreak-answers/1", "kind": "golden", "specification": "1", "tool": "tiebreak 0.1.0",
            "mpfr": "4.2.0", "case": CASE, "digest": digest(CASE, FIRST, CODE)}
    meta.update(changes)
    return {key: value for key, value in meta.items() if value is not None}


def columns(first=FIRST, code=CODE, prefix="", first_form="I", code_form="B"):
    return {prefix + "first": ("U32", struct.pack(f"<{len(first)}{first_form}", *first), [len(first)]),
            prefix + "code": ("U8", struct.pack(f"<{len(code)}{code_form}", *code), [len(code)])}


def describe(tensors):
    out, at = {}, 0
    for name, (dtype, data, shape) in tensors.items():
        out[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    return out, b"".join(data for _, data, _ in tensors.values())


def pack(header, data):
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def good(meta=None, tensors=None, edit=None):
    described, data = describe(tensors or columns())
    header = {"__metadata__": meta or facts(), **described}
    if edit:
        edit(header)
    return pack(json.dumps(header, separators=(",", ":")).encode(), data)


def edited(**changes):
    """A good file whose tensor 'code' is described otherwise."""
    return good(edit=lambda header: header["code"].update(changes))


def raw(old, new):
    """A good file with a piece of its header's text exchanged."""
    described, data = describe(columns())
    text = json.dumps({"__metadata__": facts(), **described}, separators=(",", ":")).encode()
    assert old in text
    return pack(text.replace(old, new, 1), data)


def run(first, last, code, case=CASE):
    return json.dumps({"case": case, "first": first, "last": last, "code": code}) + "\n"


def with_digest(first, code, **changes):
    return good(facts(digest=digest(CASE, first, code), **changes), columns(first, code))


def flipped():
    data = bytearray(good())
    data[-3] ^= 1
    return bytes(data)


def many(cases, **more):
    tensors, meta = {}, facts(case=None, digest=None)
    for case in cases:
        tensors.update(columns(prefix=case + "/", first=FIRST[:1], code=CODE[:1]))
        meta[case + "/digest"] = digest(case, FIRST[:1], CODE[:1])
    meta.update(more)
    return good(meta, tensors)


PACK = "pack/uint4/uint8/low-first/rows=1,columns=4"
GIVEN = bytes([1, 2, 3, 4, 0, 0, 0, 0, 15, 0, 15, 0, 0, 0, 0, 0])
GOT = bytes([0x21, 0x43, 0, 0, 0, 0, 0, 0, 0x0F, 0x0F, 0, 0, 0, 0, 0, 0])


def records(given=GIVEN, got=GOT, tensors=None, **changes):
    """Two records of a problem, as a recording has them."""
    hashed = PACK.encode() + b"\0uint4[4]\0uint8[2]\0" + given + got
    meta = facts(**{"kind": "recorded", "target": "a/b", "coverage": "sampled", "case": PACK, "mpfr": None,
                    "source": "uint4[4]", "destination": "uint8[2]",
                    "digest": hashlib.sha256(hashed).hexdigest(), **changes})
    both = {"input.records": ("U8", given, [len(given) // 8, 8]),
            "output.records": ("U8", got, [len(got) // 8, 8]), **(tensors or {})}
    return good(meta, {name: tensor for name, tensor in both.items() if tensor})


CODES = {"dtype": "U8", "shape": [5], "data_offsets": [20, 25]}
WHOLE = run("0x00000000", "0xffffffff", "0x00")
ENTRY = {"case": CASE, "digest": "0" * 64, "runs": 5}


def manifest(entries=(ENTRY,), schema="tiebreak-manifest/1", **more):
    return json.dumps({"schema": schema, "entries": list(entries), **more}).encode()


FILES = {
    # the container
    "empty.safetensors": b"",
    "short.safetensors": good()[:7],
    "truncated-header.safetensors": good()[:100],
    "truncated-data.safetensors": good()[:-1],
    "extra-data.safetensors": good() + b"\0",
    "oversized-length.safetensors": b"\xff" * 8 + good()[8:],
    "not-json.safetensors": raw(b'"code":', b'"code";'),
    "not-object.safetensors": pack(b"[]", b""),
    "deep-nesting.safetensors": pack(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", b""),
    "duplicate-key.safetensors": raw(b'"code":', b'"first":'),
    "duplicate-metadata.safetensors": raw(b'"mpfr":', b'"tool":'),
    "huge-integer.safetensors": raw(b'"shape":[5]', b'"shape":[99999999999999999999]'),
    "real-number.safetensors": raw(b'"shape":[5]', b'"shape":[5.0]'),
    "negative-offset.safetensors": raw(b"[0,20]", b"[-1,20]"),
    "invalid-utf8.safetensors": raw(b"tiebreak 0.1.0", b"tiebreak \xff"),
    "nul-in-text.safetensors": raw(b"tiebreak 0.1.0", b"tiebreak\\u0000"),
    "trailing-json.safetensors": pack(b"{}{}", b""),
    "unknown-dtype.safetensors": edited(dtype="U12"),
    "no-dtype.safetensors": good(edit=lambda h: h["code"].pop("dtype")),
    "no-shape.safetensors": good(edit=lambda h: h["code"].pop("shape")),
    "no-offsets.safetensors": good(edit=lambda h: h["code"].pop("data_offsets")),
    "unknown-member.safetensors": edited(scale=1),
    "tensor-not-object.safetensors": good(edit=lambda h: h.update(code=7)),
    "shape-overflow.safetensors": edited(shape=[2**40, 2**40]),
    "bytes-overflow.safetensors": good(edit=lambda h: h["first"].update(shape=[2**62, 1])),
    "nine-dimensions.safetensors": edited(shape=[1] * 8 + [5]),
    "shape-against-bytes.safetensors": edited(shape=[6]),
    "offset-outside.safetensors": edited(data_offsets=[20, 26]),
    "offset-backwards.safetensors": edited(data_offsets=[25, 20]),
    "overlap.safetensors": edited(data_offsets=[19, 24]),
    "hole.safetensors": good()[:-1] and good(edit=lambda h: h["first"].update(shape=[4], data_offsets=[0, 16])),
    "metadata-number.safetensors": raw(b'"specification":"1"', b'"specification":1'),
    "metadata-list.safetensors": pack(b'{"__metadata__":[]}', b""),
    # the answers
    "no-schema.safetensors": good(facts(schema=None)),
    "unknown-schema.safetensors": good(facts(schema="tiebreak-answers/2")),
    "unknown-kind.safetensors": good(facts(kind="silver")),
    "no-kind.safetensors": good(facts(kind=None)),
    "unknown-specification.safetensors": good(facts(specification="2")),
    "unknown-fact.safetensors": good(facts(colour="red")),
    "fact-of-no-case.safetensors": many([CASE, OTHER], **{"convert/fp32/bf16/rne/inf/claim": "daz"}),
    "fact-too-long.safetensors": good(facts(tool="t" * 64)),
    "fact-control.safetensors": good(facts(tool="tiebreak\n0.1.0")),
    "golden-dated.safetensors": good(facts(date="2026-01-01")),
    "golden-without-mpfr.safetensors": good(facts(mpfr=None)),
    "recorded-without-target.safetensors": good(facts(kind="recorded", coverage="exhaustive")),
    "recorded-without-coverage.safetensors": good(facts(kind="recorded", target="a/b")),
    "coverage-wrong.safetensors": good(facts(kind="recorded", target="a/b", coverage="sampled")),
    "variant-without-name.safetensors": good(facts(kind="variant")),
    "no-digest.safetensors": good(facts(digest=None)),
    "wrong-digest.safetensors": good(facts(digest="0" * 64)),
    "bit-flipped.safetensors": flipped(),
    "wrong-checksum.safetensors": good(facts(checksum="0" * 64)),
    "bad-case.safetensors": good(facts(case="convert/fp31/e2m1fn/rtz/satfinite")),
    "alias-case.safetensors": good(facts(case="convert/fp32/E2M1/rtz/satfinite")),
    "long-case.safetensors": good(facts(case="c" * 200)),
    "no-case.safetensors": good({**facts(case=None)}),
    "no-tensors.safetensors": pack(json.dumps({"__metadata__": facts(case=None)}).encode(), b""),
    "no-code.safetensors": good(tensors={"first": columns()["first"]}),
    "stray-code.safetensors": good(tensors={"code": columns()["code"]}),
    "stray-tensor.safetensors": good(tensors={**columns(), "weights": ("U8", b"x", [1])}),
    "signed-code.safetensors": edited(dtype="I8"),
    "two-dimensions.safetensors": edited(shape=[5, 1]),
    "unequal-lengths.safetensors": good(tensors=columns(code=CODE[:4])),
    "no-runs.safetensors": with_digest([], []),
    "not-from-zero.safetensors": with_digest([1] + FIRST[1:], CODE),
    "descending.safetensors": with_digest([0, 0x3F800000, 0x3F000000, 0x80000000, 0xBF000000], CODE),
    "neighbours-equal.safetensors": with_digest(FIRST, [0, 1, 1, 8, 9]),
    "code-too-large.safetensors": with_digest(FIRST, [0, 1, 2, 8, 16]),
    "input-too-large.safetensors": good(
        {**facts(case="convert/fp16/e2m1fn/rtz/satfinite")}, columns([0, 0x10000], [0, 1])),
    "input-padding.safetensors": good(
        {**facts(case="convert/tf32/fp16/rne/inf")},
        {"first": ("U32", struct.pack("<2I", 0, 1), [2]), "code": ("U16", struct.pack("<2H", 0, 1), [2])}),
    # JSON Lines
    "empty.jsonl": b"",
    "no-newline.jsonl": WHOLE[:-1].encode(),
    "carriage-return.jsonl": (WHOLE[:-1] + "\r\n").encode(),
    "nul.jsonl": b"\0" + WHOLE.encode(),
    "long-line.jsonl": b'"' + b"x" * 2000 + b'"\n',
    "not-json.jsonl": WHOLE.encode() + b"{\n",
    "list.jsonl": b"[]\n",
    "blank.jsonl": b"\n" + WHOLE.encode(),
    "duplicate.jsonl": WHOLE.replace('"last"', '"first"').encode(),
    "unknown-member.jsonl": WHOLE.replace('"last"', '"final"').encode(),
    "number.jsonl": WHOLE.replace('"0x00000000"', "0").encode(),
    "no-prefix.jsonl": WHOLE.replace('"0x00000000"', '"00000000"').encode(),
    "too-many-digits.jsonl": WHOLE.replace("0x00000000", "0x00000000000000000").encode(),
    "no-case.jsonl": b'{"input":"0x0","output":"0x0"}\n',
    "case-number.jsonl": b'{"case":1,"input":"0x0","output":"0x0"}\n',
    "incomplete.jsonl": b'{"case":"%s","first":"0x0","code":"0x0"}\n' % CASE.encode(),
    "both-forms.jsonl": WHOLE.encode() + b'{"case":"%s","input":"0x0","output":"0x0"}\n' % CASE.encode(),
    "gap.jsonl": (run("0x00000000", "0x00000005", "0x00") + run("0x00000007", "0xffffffff", "0x01")).encode(),
    "backwards.jsonl": (run("0x0", "0x5", "0x0") + run("0x6", "0x4", "0x1")).encode(),
    "unfinished.jsonl": run("0x00000000", "0x00000005", "0x00").encode(),
    "beyond-end.jsonl": (WHOLE + run("0x0", "0x5", "0x00")).encode(),
    "scattered.jsonl": (WHOLE + run("0x0000", "0xffff", "0x00", OTHER) + WHOLE).encode(),
    "wide-input.jsonl": run("0x00000000", "0x100000000", "0x00").encode(),
    "wide-output.jsonl": run("0x00000000", "0xffffffff", "0x100").encode(),
    # the records of problems
    "records-without-output.safetensors": records(tensors={"output.records": None}),
    "records-in-a-row.safetensors": records(tensors={"input.records": ("U8", GIVEN, [16])}),
    "records-of-four-bytes.safetensors": records(tensors={"input.records": ("U8", GIVEN, [4, 4])}),
    "records-unequal.safetensors": records(got=GOT[:8]),
    "records-none.safetensors": records(b"", b""),
    "records-code-too-large.safetensors": records(GIVEN[:3] + b"\x10" + GIVEN[4:]),
    "records-gap.safetensors": records(got=GOT[:-1] + b"\1"),
    "records-layout.safetensors": records(source="uint4[2x2]"),
    "records-digest.safetensors": records(digest="0" * 64),
    "records-of-a-case.safetensors": records(case=CASE),
    "records-golden.safetensors": records(kind="golden", target=None, coverage=None, mpfr="4.2.0",
                                          source=None, destination=None),
    "records-exhaustive.safetensors": records(coverage="exhaustive"),
    "layout-of-a-case.safetensors": good(facts(kind="recorded", target="a/b", coverage="exhaustive",
                                               source="fp32")),
    # TestFloat
    "empty.testfloat": b"",
    "no-newline.testfloat": b"3F880001 39 00",
    "no-flags.testfloat": b"3F880001 39\n",
    "prefix.testfloat": b"0x3F8800 39 00\n",
    "short-input.testfloat": b"3F880001 39 00\n3F8800 39 00\n",
    "not-hex.testfloat": b"3F88000G 39 00\n",
    "comment.testfloat": b"# f32_to_e4m3\n",
    # the manifest
    "empty.json": b"",
    "not-json.json": manifest()[:-1],
    "list.json": b"[]",
    "unknown-schema.json": manifest(schema="tiebreak-manifest/2"),
    "unknown-member.json": manifest(colour="red"),
    "no-entries.json": b'{"schema": "tiebreak-manifest/1"}',
    "entry-number.json": manifest([7]),
    "entry-unknown-member.json": manifest([{**ENTRY, "size": 1}]),
    "no-digest.json": manifest([{"case": CASE, "runs": 5}]),
    "bad-digest.json": manifest([{**ENTRY, "digest": "A" * 64}]),
    "no-runs.json": manifest([{**ENTRY, "runs": 0}]),
    "real-runs.json": manifest([{**ENTRY, "runs": 5.5}]),
    "bad-case.json": manifest([{**ENTRY, "case": "convert/fp32"}]),
    "twice.json": manifest([ENTRY, ENTRY]),
    "unsorted.json": manifest([ENTRY, {**ENTRY, "case": OTHER}]),
    "outside.json": manifest([{**ENTRY, "file": "../golden.safetensors"}]),
    "absolute.json": manifest([{**ENTRY, "file": "/etc/passwd"}]),
    "duplicate-key.json": b'{"schema": "tiebreak-manifest/1", "schema": "tiebreak-manifest/1", "entries": []}',
}

if __name__ == "__main__":
    for name, data in FILES.items():
        (HERE / name).write_bytes(data)
