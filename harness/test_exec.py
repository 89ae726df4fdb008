"""The process at the other end in test_exec.c: truncates fp32 to bf16, or misbehaves as its argument says."""

import json
import os
import sys
import time

inp, out = sys.stdin.buffer, sys.stdout.buffer
how = sys.argv[1]


def read(size):
    data = inp.read(size)
    if len(data) != size:
        sys.exit(0)  # end of file
    return data


def answer(text):
    out.write(len(text).to_bytes(4, "little") + text)
    out.flush()


if how == "bad-magic":
    out.write(b"hello world\n")
else:
    out.write(b"TBEXEC1\n")
out.flush()
runs = 0
while True:
    message = json.loads(read(int.from_bytes(read(4), "little")))
    if "quit" in message:
        if how == "too-late":
            out.write(b"x")
            out.flush()
        if len(sys.argv) > 2:
            open(sys.argv[2], "w").write("quit")
        break
    if "open" in message:
        assert message["source_bytes"] == 4 and message["destination_bytes"] == 2
        if how == "bad-json":
            answer(b"yes")
        elif how == "long-answer":
            out.write(b"\xff\xff\xff\x7f")
            out.flush()
        elif how == "declines":
            answer(b'{"offered": false, "claim": ""}')
        else:
            answer(b'{"offered": true, "claim": "rtz"}')
    else:
        runs += 1
        size = message["run"] * 4
        if how == "noisy":
            sys.stderr.write("a line of noise that nobody reads\n" * 10000)
            sys.stderr.flush()
        if how == "streams":  # answers before it has read everything: both pipes are full at once
            while size:
                part = read(min(size, 4096))
                size -= len(part)
                result = bytearray(len(part) // 2)
                result[0::2], result[1::2] = part[2::4], part[3::4]
                out.write(result)
                out.flush()
            continue
        data = read(size)
        if how == "dies":
            sys.stderr.write("Traceback\nValueError: no such format\n\n")
            sys.exit(3)
        if how == "is-killed":
            os.kill(os.getpid(), 9)
        if how == "hangs":
            time.sleep(100)
        result = bytearray(len(data) // 2)
        result[0::2], result[1::2] = data[2::4], data[3::4]
        if how == "too-much":
            result += b"x"
        if how == "too-little":
            result = result[:-1]
        out.write(result)
        out.flush()
