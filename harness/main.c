/* tiebreak: the command line. */
#include "harness/options.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define CHOICE "target plugin exec recorded suite nan format exhaustive sampled limit jobs"

/* clang-format off */
const struct tb_verb tb_verbs[] = {
    {"run",     "run [CASE-GLOB...] [options]",      "Judges every target that this machine has on every case of a suite and writes a report.",
     CHOICE " like environment budget shard resume baseline output json",  tb_verb_run,
     "The folder is tiebreak-out unless -o names another. Interrupted (Ctrl-C), a run writes what it has judged."},
    {"list",    "list formats|roundings|overflows|cases|targets|variants|presets|suites|environments|divergences", "Lists what there is, one a line.",
     "suite json plugin exec recorded format target",  tb_verb_list, NULL},
    {"explain", "explain CASE INPUT...",             "Follows one input step by step: bits, exact value, neighbours, every rounding, variant and target.",
     "target plugin exec recorded like format json",  tb_verb_explain,
     "INPUT is a bit pattern (0x3f880001), a number (1.0625, 0x1.1p0, nan, -inf), several of them where a case takes\n"
     "several (1.125,1.125,-1.25; with random bits 1.0625,16384), or the number of an element of dot, mma and the like."},
    {"identify", "identify [CASE...] --target T",      "Finds out which tensor-core arithmetic a target computes, from its answers alone: parameters, or a counterexample.",
     "target plugin exec limit json",  tb_verb_identify,
     "Without CASE: all of mma/... that `tiebreak list cases --suite arithmetic` shows."},
    {"vectors", "vectors [CASE-GLOB...] -o DIR | --check DIR",     "Writes golden files; --check compares those there with new ones (without options: the shipped set); --prove and --confirm evaluate every input.",
     "suite output text packed check prove confirm like format jobs",  tb_verb_vectors, NULL},
    {"record",  "record [CASE-GLOB...] --target T -o FILE",     "Records what one target does, to be judged elsewhere with run --recorded.",
     "target plugin exec suite output limit jobs format",  tb_verb_record, NULL},
    {"diff",    "diff A B [CASE-GLOB...]",           "Compares two targets, recordings or results: where they part, and which variant explains each side.",
     CHOICE " like json",  tb_verb_diff,
     "A and B are names of targets (`tiebreak list targets`; a plug-in's with --plugin), files of `tiebreak record`, or\n"
     "both results.json."},
    {"gate",    "gate RESULTS --baseline FILE",      "Compares results with what was accepted: new, grown, shrunk, moved, gone. --update writes the baseline.",
     "baseline update json",  tb_verb_gate, NULL},
    {"merge",   "merge RESULTS... -o DIR",           "Joins the results of shards into one.",
     "output",  tb_verb_merge, NULL},
    {"report",  "report RESULTS [--html F] ...",     "Renders results.json; with --baseline, what is not as accepted comes first.",
     "html junit sarif md baseline",  tb_verb_report, NULL},
    {"gpu-check", "gpu-check [CASE-GLOB...]",        "Sweeps the CUDA targets over every input on this machine's GPU: verdicts, times on the device, recordings. Without a GPU: says why.",
      "target plugin suite nan output limit format",  tb_verb_gpu_check, NULL},
    {"bench",   "bench [sweep|quantize|stochastic|reference|arithmetic|dot]", "Measures the README's performance table: ratios, side by side in one run.",
      "quick json",  tb_verb_bench, NULL},
};
/* clang-format on */
const size_t tb_verb_count = sizeof tb_verbs / sizeof tb_verbs[0];

static int print_usage(FILE *out, int code) {
    fputs("usage: tiebreak VERB ...        tells, exactly, how low-precision code rounds\n\n", out);
    for (size_t i = 0; i < tb_verb_count; i++)
        fprintf(out, "  %-10s %s\n", tb_verbs[i].name, tb_verbs[i].summary);
    fputs("\n`tiebreak VERB -h` shows a verb's options; `./tiebreak test` runs the project's own tests\n",
          out);
    return code;
}

/* What could not be written was not told: no exit code of success then. */
static int finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "tiebreak: cannot write to standard output: free some space, or write elsewhere\n");
    return TB_EXIT_SYSTEM;
}

int main(int argc, char **argv) {
    signal(SIGXFSZ, SIG_IGN); /* a file beyond `ulimit -f` is an error of that write, with its message */
    if (argc < 2)
        return print_usage(stderr, TB_EXIT_USAGE);
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
        return finish(print_usage(stdout, TB_OK));
    if (strcmp(argv[1], "--version") == 0)
        return finish(puts("tiebreak " TB_VERSION) < 0);
    if (sodium_init() < 0)
        return TB_EXIT_SYSTEM;
    for (size_t i = 0; i < tb_verb_count; i++) {
        if (strcmp(argv[1], tb_verbs[i].name) != 0)
            continue;
        struct tb_options options;
        int stop = tb_options_parse(&tb_verbs[i], argc - 1, argv + 1, &options);
        if (stop)
            return finish(stop - 1);
        return finish(tb_verbs[i].run(&options));
    }
    fprintf(stderr, "tiebreak: '%s' is not a verb: `tiebreak -h` lists them\n", argv[1]);
    return TB_EXIT_USAGE;
}
