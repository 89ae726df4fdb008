#!/usr/bin/env python3
"""Finds calls of the CUDA runtime and of cuBLASLt whose return code nobody looks at, in the sources given.

A call is looked at where it is the argument of tb_cuda_check() or check(), or assigned to `error`, which has to
be compared; a launch where the next call of the runtime behind it is cudaGetLastError() or tb_cuda_take().
Comments, literals and preprocessor lines are passed over. A header of this project that they include has to be
among the sources given. Exit code: 0 none, 1 some, 2 usage."""
import os
import re
import sys

CALL = re.compile(r'\b(?:lt\.)?(cuda[A-Z]\w*|cublasLt[A-Z]\w*)\s*\(')
LOOKED_AT = re.compile(r'(?:\b(?:tb_cuda_check|check)\s*\(|\berror\s*=)\s*$')
INCLUDE = re.compile(r'^#include "(\w+/[^"]*)"', re.M)
AFTER_LAUNCH = re.compile(r'\b(tb_cuda_\w+|cuda[A-Z]\w*)\s*\(')
# They return words or a number, no code.
WORDS = {'cudaGetErrorString', 'cublasLtGetStatusName', 'cublasLtGetStatusString', 'cublasLtGetVersion'}
TAKES_ERROR = {'tb_cuda_take', 'tb_cuda_check'}


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group())


def code_of(text):
    """The text without comments, literals and preprocessor lines, at the same places."""
    text = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)
    return re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', blank, text, flags=re.M)


def unchecked(text):
    """(line, what) of each."""
    code = code_of(text)
    found = []
    for call in CALL.finditer(code):
        if call[1] not in WORDS and not LOOKED_AT.search(code, 0, call.start()):
            found.append((call.start(), call[1]))
    for launch in re.finditer('>>>', code):
        after = AFTER_LAUNCH.search(code, launch.end())
        if not after or after[1] not in TAKES_ERROR:
            found.append((launch.start(), 'a launch'))
    if len(re.findall(r'\berror\s*=[^=]', code)) > len(re.findall(r'\berror\s*[=!]=', code)):
        found.append((0, 'an error that is not compared'))
    return [(code.count('\n', 0, at) + 1, what) for at, what in sorted(found)]


# What must be found, and what must not.
PLANTED = [
    ('cudaFree(p);', 1),
    ('if (p)\n    (void)cudaMemset(p, 0, 1);', 1),
    ('must(cudaFree(p), "cudaFree");', 1),
    ('lt.cublasLtMatmul(handle);', 1),
    ('tb_cuda_check(cudaFree(p), "cudaFree"); cudaFree(q);', 1),
    ('kernel<<<1, 2>>>(p);\nreturn true;', 1),
    ('kernel<<<1, 2>>>(p);\ntb_cuda_output(8);\ntb_cuda_take(p, 8);', 1),
    ('cudaError_t error = cudaFree(p);', 1),
    ('return tb_cuda_check(cudaFree(p), "cudaFree(p) cudaFree(q)"); // cudaFree(r)', 0),
    ('ok = check(\n    lt.cublasLtMatmul(handle), "");', 0),
    ('kernel<<<1, 2>>>(p);\nreturn tb_cuda_take(p, 8);', 0),
    ('cudaError_t error = cudaFree(p);\nif (error == cudaSuccess) x();', 0),
    ('tb_cuda_fail("%s", cudaGetErrorString(e));', 0),
]


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    for text, count in PLANTED:
        if len(unchecked(text)) != count:
            print(f'{len(unchecked(text))} found and {count} planted in: {text!r}')
            return 1
    bad = calls = 0
    for path in sys.argv[1:]:
        with open(path, encoding='utf-8') as file:
            text = file.read()
        calls += len(CALL.findall(code_of(text)))
        for line, what in unchecked(text):
            print(f'{path}:{line}: {what}: nobody looks at its return code')
            bad += 1
        for header in INCLUDE.findall(text):
            if not any(os.path.realpath(given).endswith('/' + header) for given in sys.argv[1:]):
                print(f'{path}: includes {header}, which is not among the files given')
                bad += 1
    print(f'{len(sys.argv) - 1} files, {calls} calls, {bad} unchecked')
    return 1 if bad or not calls else 0


if __name__ == '__main__':
    sys.exit(main())
