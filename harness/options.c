#include "harness/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- How a value is read. Each returns NULL, or what the value should have been. ---- */

static const char *add_word(struct tb_words *list, const char *value) {
    if (list->count == TB_LIST)
        return "given fewer times: 32 is the limit";
    list->word[list->count++] = value;
    return NULL;
}

static const char *read_seconds(const char *value, double *out) {
    char *end;
    *out = strtod(value, &end);
    if (end == value || *out <= 0 || !(*out < 1e7))
        return "a time, such as 60s or 5m";
    *out *= *end == 'm' ? 60 : *end == 'h' ? 3600 : 1;
    return !*end || (strchr("smh", *end) && !end[1]) ? NULL : "a time, such as 60s or 5m";
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *read_count(const char *value, unsigned *out) {
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    *out = (unsigned)n;
    return is_digit(*value) && !*end && n >= 1 && n <= 1024 ? NULL : "a number from 1 to 1024";
}

#define MOST_SHARDS 65536 /* more than there are cases */

static const char *read_shard(const char *value, struct tb_options *o) {
    char *slash, *end;
    unsigned long i = strtoul(value, &slash, 10), n = *slash ? strtoul(slash + 1, &end, 10) : 0;
    o->shard = (unsigned)i;
    o->shards = (unsigned)n;
    bool good = is_digit(*value) && *slash == '/' && is_digit(slash[1]) && !*end;
    return good && i >= 1 && i <= n && n <= MOST_SHARDS ? NULL : "i/n with i from 1 to n, n at most 65536";
}

static const char *set_target(struct tb_options *o, const char *v) {
    return add_word(&o->targets, v);
}
static const char *set_plugin(struct tb_options *o, const char *v) {
    return add_word(&o->plugins, v);
}
static const char *set_exec(struct tb_options *o, const char *v) {
    return add_word(&o->commands, v);
}
static const char *set_recorded(struct tb_options *o, const char *v) {
    return add_word(&o->recorded, v);
}
static const char *set_suite(struct tb_options *o, const char *v) {
    int i = tb_word_find(tb_suite_words, TB_SUITES, v);
    o->suite = (enum tb_suite)i;
    o->suite_given = true;
    return i < 0 ? "quick, standard, quantizers, arithmetic or full" : NULL;
}
static const char *set_nan(struct tb_options *o, const char *v) {
    int i = tb_word_find(tb_nan_level_words, TB_NAN_LEVELS, v);
    o->nan_level = (enum tb_nan_level)i;
    return i < 0 ? "class, canonical or bits" : NULL;
}
static const char *set_format(struct tb_options *o, const char *v) {
    struct tb_error error;
    if (tb_format_define(v, &error))
        return add_word(&o->formats, v);
    static char text[sizeof error.text + 32];
    snprintf(text, sizeof text, "a format's line (%s)", error.text);
    return text;
}
static const char *set_text(struct tb_options *o, const char *v) {
    o->text = v;
    return strcmp(v, "jsonl") && strcmp(v, "testfloat") ? "jsonl or testfloat" : NULL;
}
static const char *set_budget(struct tb_options *o, const char *v) {
    return read_seconds(v, &o->budget);
}
static const char *set_limit(struct tb_options *o, const char *v) {
    return read_seconds(v, &o->limit);
}
static const char *set_jobs(struct tb_options *o, const char *v) {
    return read_count(v, &o->jobs);
}
static const char *set_shard(struct tb_options *o, const char *v) {
    return read_shard(v, o);
}

#define STRING(FIELD)                                                                                        \
    static const char *set_##FIELD(struct tb_options *o, const char *v) {                                    \
        o->FIELD = v;                                                                                        \
        return *v ? NULL : "a name";                                                                         \
    }
#define FLAG(FIELD)                                                                                          \
    static const char *set_##FIELD(struct tb_options *o, const char *v) {                                    \
        (void)v;                                                                                             \
        o->FIELD = true;                                                                                     \
        return NULL;                                                                                         \
    }
STRING(output)
STRING(baseline)
STRING(check)
STRING(html)
STRING(junit)
STRING(sarif)
STRING(markdown)
STRING(condition)
STRING(like)
FLAG(exhaustive)
FLAG(sampled)
FLAG(prove)
FLAG(confirm)
FLAG(packed)
FLAG(update)
FLAG(json)
FLAG(resume)
FLAG(quick)

/* clang-format off */
static const struct spec {
    const char *name, *argument, *help;
    const char *(*set)(struct tb_options *o, const char *value);
} specs[] = {
    /* name          argument   help                                                                          */
    {"target",      "GLOB",    "only targets whose name matches; may be repeated",                            set_target},
    {"plugin",      "FILE.so", "also the targets of a plug-in (targets/target.h); may be repeated",           set_plugin},
    {"exec",        "CMD",     "also a target in another process (targets/examples/PROTOCOL.md)",             set_exec},
    {"recorded",    "FILE",    "a recording made by `tiebreak record`, in its target's place; may be repeated", set_recorded},
    {"suite",       "NAME",    "quick, standard (default; of globs: arithmetic), quantizers, arithmetic or full", set_suite},
    {"nan",         "LEVEL",   "how NaN outputs are compared: class (default), canonical or bits",            set_nan},
    {"format",      "LINE",    "defines a format: \"NAME bits=8 precision=4 bias=7 ...\"; may be repeated",   set_format},
    {"environment", "NAME",    "floating-point environment to run under: daz, ftz+daz, rtz, ru, rd",          set_condition},
    {"like",        "NAME",    "expect what a preset or variant computes, not the exact answer; joined by +",              set_like},
    {"exhaustive",  NULL,      "every input of every domain that has a staircase, however slow the target",   set_exhaustive},
    {"sampled",     NULL,      "samples instead of domains of more than 2^19 inputs",                         set_sampled},
    {"budget",      "TIME",    "start no further verdict after this time, as 60s, 5m or 1h",                 set_budget},
    {"limit",       "TIME",    "time that one verdict may take (default 600s; for up to 2^20 inputs 60s)",     set_limit},
    {"jobs",        "N",       "verdicts at once (default: one for each CPU)",                                set_jobs},
    {"shard",       "I/N",     "the I-th of N parts of the cases",                                            set_shard},
    {"resume",      NULL,      "keep the verdicts that the output folder holds already",                      set_resume},
    {"baseline",    "FILE",    "what was accepted before",                                                    set_baseline},
    {"update",      NULL,      "write the baseline instead of comparing with it",                             set_update},
    {"text",        "FORM",    "text instead of safetensors: jsonl or testfloat",                             set_text},
    {"check",       "DIR",     "regenerate and compare with the files there",                                 set_check},
    {"packed",      NULL,      "a file for each destination of at most 8 bits, digests of the rest",           set_packed},
    {"prove",       NULL,      "evaluate every input by MPFR and compare (minutes a case)",                   set_prove},
    {"confirm",     NULL,      "the same by the integer reference alone (20 s a case)",                       set_confirm},
    {"html",        "FILE",    "write report.html",                                                           set_html},
    {"junit",       "FILE",    "write JUnit XML",                                                             set_junit},
    {"sarif",       "FILE",    "write SARIF 2.1.0",                                                           set_sarif},
    {"md",          "FILE",    "write a Markdown summary",                                                    set_markdown},
    {"quick",       NULL,      "do each piece of work once: shows that it runs, not how fast",                set_quick},
    {"json",        NULL,      "print JSON",                                                                  set_json},
    {"output",      "PATH",    "output folder or file; -o for short",                                         set_output},
};
/* clang-format on */
enum { SPECS = sizeof specs / sizeof specs[0] };

static bool takes(const struct tb_verb *verb, const char *name) {
    size_t length = strlen(name);
    for (const char *p = verb->options; *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strcspn(p, " ") == length && strncmp(p, name, length) == 0)
            return true;
    return false;
}

static void print_help(const struct tb_verb *verb) {
    printf("usage: tiebreak %s\n\n%s\n\n", verb->usage, verb->summary);
    if (verb->note)
        printf("%s\n\n", verb->note);
    for (int i = 0; i < SPECS; i++) {
        char left[40];
        if (!takes(verb, specs[i].name))
            continue;
        snprintf(left, sizeof left, "--%s %s", specs[i].name, specs[i].argument ? specs[i].argument : "");
        printf("  %-22s %s\n", left, specs[i].help);
    }
    puts("\nexit: 0 as expected, 1 an unexpected divergence, 2 usage or bad input, 3 a target crashed or "
         "could not run, 4 the machine refused");
}

static int complain_usage(const struct tb_verb *verb, const char *format, const char *a, const char *b) {
    fputs("tiebreak: ", stderr);
    fprintf(stderr, format, a, b);
    fprintf(stderr, ": see `tiebreak %s -h`\n", verb->name);
    return TB_EXIT_USAGE + 1;
}

/* "-1.5" and "-inf" are words, not options: marked, so that getopt passes them by. */
#define NEGATIVE_NUMBER '\001'

static void mark_negative_numbers(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *rest = argv[i] + 1;
        if (argv[i][0] == '-' &&
            (strspn(rest, "0123456789.") || !strncmp(rest, "inf", 3) || !strncmp(rest, "nan", 3)))
            if (asprintf(&argv[i], "%c%s", NEGATIVE_NUMBER, argv[i]) < 0)
                abort();
    }
}

int tb_options_parse(const struct tb_verb *verb, int argc, char **argv, struct tb_options *out) {
    struct option longs[SPECS + 2] = {{0}};
    for (int i = 0; i < SPECS; i++)
        longs[i] = (struct option){specs[i].name, specs[i].argument ? required_argument : no_argument, NULL,
                                   256 + i};
    longs[SPECS] = (struct option){"help", no_argument, NULL, 'h'};
    *out = (struct tb_options){.suite = TB_STANDARD, .limit = 0};
    opterr = 0;
    mark_negative_numbers(argc, argv);
    for (int got; (got = getopt_long(argc, argv, "ho:", longs, NULL)) != -1;) {
        const struct spec *spec = got == 'o' ? &specs[SPECS - 1] : got >= 256 ? &specs[got - 256] : NULL;
        if (got == 'h') {
            print_help(verb);
            return TB_OK + 1;
        }
        if (!spec || !takes(verb, spec->name))
            return complain_usage(verb, "%s does not take '%s', or its value is missing", verb->name,
                                  argv[optind - 1]);
        const char *wanted = spec->set(out, optarg ? optarg : "");
        if (wanted) {
            fprintf(stderr, "tiebreak: --%s '%s' is not %s: see `tiebreak %s -h`\n", spec->name,
                    optarg ? optarg : "", wanted, verb->name);
            return TB_EXIT_USAGE + 1;
        }
    }
    for (; optind < argc; optind++)
        if (add_word(&out->words, argv[optind] + (argv[optind][0] == NEGATIVE_NUMBER)))
            return complain_usage(verb, "%s takes at most 32 words, not '%s' too", verb->name, argv[optind]);
    return 0;
}

enum tb_suite tb_options_suite(const struct tb_options *o, bool globs) {
    return globs && !o->suite_given ? TB_ARITHMETIC : o->suite;
}

int tb_complain(const struct tb_error *error) {
    fprintf(stderr, "tiebreak: %s\n", error->text);
    return error->code;
}
