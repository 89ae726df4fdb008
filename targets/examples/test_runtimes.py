"""exec_runtimes.py gives what it claims. Arguments: the program, and exec_runtimes.py. Exit 77, meson's word for
skipped, where this Python has neither of the runtimes."""
import importlib.util
import json
import shlex
import subprocess
import sys
import tempfile

# The same in all versions since 2024; PyTorch's E4M3 overflow is not.
VERDICTS = {
    "ml_dtypes": {
        "convert/fp16/e4m3fn/rne/nan": "same",
        "convert/bf16/e5m2/rne/inf": "same",
        "convert/e5m2/fp16/exact": "same",
        "convert/fp16/e2m1fn/rne/satfinite": "as-claimed",
        "convert/fp64/e5m2/rne/inf": "as-claimed",
    },
    "torch": {
        "convert/bf16/e5m2/rne/inf": "same",
        "convert/fp16/e4m3fnuz/rne/nan": "same",
        "convert/e4m3fn/fp32/exact": "same",
        "convert/fp64/e5m2/rne/inf": "as-claimed",
    },
}


def judged(program, script, runtime):
    """The verdict of each case, by the case's id."""
    with tempfile.TemporaryDirectory() as folder:
        command = shlex.join([sys.executable, script, runtime])
        words = [program, "run", *VERDICTS[runtime], "--exec", command, "--target", "exec/*", "-o", folder]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print(done.stdout)
        with open(folder + "/results.json") as results:
            return {v["case"]: v["status"] for v in json.load(results)["verdicts"]}


def main():
    program, script = sys.argv[1:]
    runtimes = [name for name in VERDICTS if importlib.util.find_spec(name)]
    if not runtimes:
        print(f"{sys.executable} has neither ml_dtypes nor torch")
        sys.exit(77)
    for runtime in runtimes:
        got = judged(program, script, runtime)
        assert got == VERDICTS[runtime], f"{runtime}: expected {VERDICTS[runtime]}, got {got}"


main()
