/* The command line: one table of options, a verb takes some of them. */
#ifndef TB_OPTIONS_H
#define TB_OPTIONS_H

#include "vectors/case.h"

#define TB_LIST 32 /* repeated options and words at most */

struct tb_words {
    size_t count;
    const char *word[TB_LIST];
};

struct tb_options {
    struct tb_words words;    /* what is not an option */
    struct tb_words targets;  /* --target GLOB, repeated */
    struct tb_words plugins;  /* --plugin FILE */
    struct tb_words commands; /* --exec CMD */
    struct tb_words recorded; /* --recorded FILE */
    struct tb_words formats;  /* --format LINE */
    enum tb_suite suite;      /* standard unless --suite was given */
    bool suite_given;
    enum tb_nan_level nan_level;
    const char *output;                          /* -o */
    const char *baseline;                        /* --baseline FILE */
    const char *text;                            /* --text jsonl|testfloat */
    const char *check;                           /* --check DIR */
    const char *html, *junit, *sarif, *markdown; /* report */
    const char *condition;                       /* --environment NAME */
    const char *like;                            /* --like VARIANT */
    double budget;                               /* --budget, seconds; 0: none */
    double limit;                                /* --limit, seconds a verdict may take */
    unsigned jobs;                               /* --jobs; 0: one for each CPU */
    unsigned shard, shards;                      /* --shard i/n, i from 1; shards 0: all */
    bool staircases_only; /* samples where all answers would not fit a file: set by record */
    bool exhaustive, sampled, prove, confirm, packed, update, json, resume, quick;
};

struct tb_verb {
    const char *name;
    const char *usage;   /* "run [CASE-GLOB...]" */
    const char *summary; /* one line */
    const char *options; /* the long names that it takes, separated by blanks */
    int (*run)(const struct tb_options *o);
    const char *note; /* what its words are, where the usage does not say it; NULL */
};
extern const struct tb_verb tb_verbs[];
extern const size_t tb_verb_count;

/* Parses the words after the verb. 0: go on. Else: the exit code plus one, after help or a message was
 * printed. */
int tb_options_parse(const struct tb_verb *verb, int argc, char **argv, struct tb_options *out);

/* The suite that cases are taken from: --suite; without it globs choose from `arithmetic`, so that each id
 * that is listed anywhere but in `full` can be matched, and no globs mean `standard`. */
enum tb_suite tb_options_suite(const struct tb_options *o, bool globs);

/* Prints one line on stderr, "tiebreak: ...", and returns the error's exit code. */
int tb_complain(const struct tb_error *error);

/* 0, 1 or 3, as the verdicts ask for. */
struct tb_results;
int tb_results_exit(const struct tb_results *r);

int tb_verb_run(const struct tb_options *o);
int tb_verb_list(const struct tb_options *o);
int tb_verb_vectors(const struct tb_options *o);
int tb_verb_record(const struct tb_options *o);
int tb_verb_explain(const struct tb_options *o);
int tb_verb_identify(const struct tb_options *o);
int tb_verb_diff(const struct tb_options *o);
int tb_verb_gate(const struct tb_options *o);
int tb_verb_merge(const struct tb_options *o);
int tb_verb_report(const struct tb_options *o);
int tb_verb_gpu_check(const struct tb_options *o);
int tb_verb_bench(const struct tb_options *o);

#endif
