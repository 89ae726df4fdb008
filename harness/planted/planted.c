/* Targets that are wrong on purpose, each in one way, so that every kind of finding is shown to be made. What
 * each must be found out as stands in planted.h. */
#include "encode.h"
#include "lists.h"
#include "row.h"
#include "targets/target.h"

#include <fenv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum source { FROM_FP32, FROM_BF16, FROM_FP16 };

/* The arithmetic of one kernel, and how it is packed into a call. */
struct state {
    enum source source;
    const struct planted_format *format;
    const struct planted_rule *rule;
};

static const struct planted_rule honest = {0};

static inline uint32_t widened(enum source source, const void *input, size_t i, bool daz) {
    if (source == FROM_FP32)
        return ((const uint32_t *)input)[i];
    uint32_t x = ((const uint16_t *)input)[i];
    return source == FROM_BF16 ? x << 16 : planted_widen_fp16(x, daz);
}

static uint32_t input_at(const struct state *s, const void *input, size_t i) {
    return widened(s->source, input, i, s->rule->daz);
}

static void put(const struct state *s, void *output, size_t i, uint32_t code) {
    if (s->format->sign == 0x80)
        ((uint8_t *)output)[i] = (uint8_t)code;
    else
        ((uint16_t *)output)[i] = (uint16_t)code;
}

static uint32_t got(const struct state *s, const void *output, size_t i) {
    return s->format->sign == 0x80 ? ((const uint8_t *)output)[i] : ((const uint16_t *)output)[i];
}

/* One loop a pair of formats. */
#define LOOP(SOURCE, FORMAT, TYPE)                                                                           \
    for (size_t i = 0; i < count; i++)                                                                       \
    out_##TYPE[i] = (TYPE)planted_encode(widened(SOURCE, input, i, rule->daz), &FORMAT, rule)

/* Inlined with a constant rule it loses all tests of it. */
static inline __attribute__((always_inline)) void convert_by(const struct planted_rule *rule,
                                                             const struct state *s, const void *input,
                                                             void *output, size_t count) {
    uint8_t *restrict out_uint8_t = output;
    uint16_t *restrict out_uint16_t = output;
    if (s->format == &planted_bf16)
        LOOP(FROM_FP32, planted_bf16, uint16_t);
    else if (s->format == &planted_fp16)
        LOOP(FROM_FP32, planted_fp16, uint16_t);
    else if (s->format == &planted_e5m2)
        LOOP(FROM_FP32, planted_e5m2, uint8_t);
    else if (s->source == FROM_FP32)
        LOOP(FROM_FP32, planted_e4m3fn, uint8_t);
    else if (s->source == FROM_BF16)
        LOOP(FROM_BF16, planted_e4m3fn, uint8_t);
    else
        LOOP(FROM_FP16, planted_e4m3fn, uint8_t);
}

/* For the faults that convert honestly first. */
static void convert(const void *state, const void *input, void *output, size_t count) {
    static const struct planted_rule rule = {0};
    convert_by(&rule, state, input, output, count);
}

/* ---- Faults of position and of the contract. Each converts honestly, then does its one wrong thing. ---- */

#define VECTOR 16 /* lanes of the vector unit that these pretend to have */

static void run_tail(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count % VECTOR)
        put(state, output, count - 1, got(state, output, count - 1) ^ 1);
}

static void run_tail_misaligned(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count % VECTOR && (uintptr_t)output % VECTOR == 5)
        put(state, output, count - 1, got(state, output, count - 1) ^ 1);
}

static void run_body_truncates(const void *state, const void *input, void *output, size_t count) {
    static const struct planted_rule truncate = {.mode = MODE_RTZ};
    const struct state *s = state;
    for (size_t i = 0; i < count; i++)
        put(s, output, i,
            planted_encode(input_at(s, input, i), s->format,
                           i < count / VECTOR * VECTOR ? &truncate : &honest));
}

static void run_writes_past(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count % VECTOR)
        put(state, output, count, 0);
}

/* Never where the output ends at a page: only canaries show it. */
static void run_writes_past_misaligned(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count == 21 && (uintptr_t)output % 64 == 9 && (uintptr_t)output % 4096 < 2048)
        put(state, output, count, 0);
}

static void run_writes_before(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count == 11)
        ((volatile uint8_t *)output)[-1] = 0;
}

static volatile uint8_t sink;

static void run_reads_past(const void *state, const void *input, void *output, size_t count) {
    size_t bytes = ((const struct state *)state)->source == FROM_FP32 ? 4 : 2;
    convert(state, input, output, count);
    if (count % VECTOR == 13)
        sink = ((const volatile uint8_t *)input)[count * bytes];
}

static void run_reads_before(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count == 12)
        sink = ((const volatile uint8_t *)input)[-2];
}

static int *volatile nowhere; /* volatile: a compiler may drop a store to a plain null pointer */

static void run_crashes(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    *nowhere = 1;
}

static void run_crashes_on_nan(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    for (size_t i = 0; i < count; i++)
        if ((input_at(state, input, i) & 0x7fffffff) > 0x7f800000)
            *nowhere = 1;
}

static void run_illegal(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#elif defined(__aarch64__)
    __asm__ volatile("udf #0");
#else
    raise(SIGILL);
#endif
}

/* An unmasked invalid exception, as a library built to trap would have it. */
static void run_traps(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    volatile double zero = 0;
    feenableexcept(FE_INVALID | FE_DIVBYZERO);
    zero = 1 / zero;
    raise(SIGFPE); /* where the hardware cannot trap, as on most Arm cores */
}

static void run_aborts(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count == 3)
        abort();
}

static void run_exits(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count == 3)
        exit(0);
}

static void run_loops(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    while (count == 3)
        sink = sink + 1;
}

static void run_changes_environment(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#else
    fesetround(FE_TOWARDZERO);
#endif
}

static void run_changes_input(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count > 2)
        ((volatile uint8_t *)(uintptr_t)input)[2] ^= 1;
}

static void run_not_deterministic(const void *state, const void *input, void *output, size_t count) {
    static unsigned calls;
    convert(state, input, output, count);
    if (count && ++calls % 101 == 0)
        put(state, output, 0, got(state, output, 0) ^ 1);
}

static void run_unwritten(const void *state, const void *input, void *output, size_t count) {
    uint32_t old = count == 7 ? got(state, output, 3) : 0;
    convert(state, input, output, count);
    if (count == 7)
        put(state, output, 3, old);
}

static void run_prints(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    if (count == 7)
        printf("converted %zu\n", count);
}

static void run_closes_descriptors(const void *state, const void *input, void *output, size_t count) {
    convert(state, input, output, count);
    for (int i = 3; count == 7 && i < 1024; i++)
        close(i);
}

/* ---- The table: name, function (NULL: convert by the rule), rule, claim, summary. One open function a row,
 * since the interface gives it no context. ---- */

#define RULE(...)                                                                                            \
    { __VA_ARGS__ }
/* clang-format off */
#define PLANTED(X) \
    X(honest,                   "honest",                  NULL,                       RULE(0),                                    NULL,    "no fault") \
    X(claims_rna,               "claims-rna",              NULL,                       RULE(.mode = MODE_RNA),                     "rna",   "rounds ties away and says so") \
    X(claims_falsely,           "claims-falsely",          NULL,                       RULE(.mode = MODE_RNA),                     "rtz",   "rounds ties away and claims to truncate") \
    X(claims_nonsense,          "claims-nonsense",         NULL,                       RULE(.mode = MODE_RNA),                     "best",  "claims a variant that does not exist") \
    X(ties_away,                "ties-away",               NULL,                       RULE(.mode = MODE_RNA),                     NULL,    "rounds ties away from zero") \
    X(truncates,                "truncates",               NULL,                       RULE(.mode = MODE_RTZ),                     NULL,    "rounds toward zero") \
    X(floors,                   "floors",                  NULL,                       RULE(.mode = MODE_RD),                      NULL,    "rounds toward -infinity") \
    X(half_up,                  "half-up",                 NULL,                       RULE(.mode = MODE_RHU),                     NULL,    "rounds ties toward +infinity") \
    X(via_fp16,                 "via-fp16",                NULL,                       RULE(.via = VIA_FP16),                      NULL,    "rounds to fp16 first") \
    X(via_bf16,                 "via-bf16",                NULL,                       RULE(.via = VIA_BF16),                      NULL,    "rounds to bf16 first") \
    X(daz,                      "daz",                     NULL,                       RULE(.daz = true),                          NULL,    "reads subnormals as zero") \
    X(ftz,                      "ftz",                     NULL,                       RULE(.ftz = true),                          NULL,    "makes subnormal results zero") \
    X(wrong_bias,               "wrong-bias",              NULL,                       RULE(.bias_error = 1),                      NULL,    "has its exponent bias wrong by one") \
    X(overflow_nan,             "overflow-nan",            NULL,                       RULE(.overflow = OVERFLOW_NAN),             NULL,    "overflows to NaN") \
    X(saturates,                "saturates",               NULL,                       RULE(.overflow = OVERFLOW_LARGEST),         NULL,    "saturates, infinities too") \
    X(zero_unsigned,            "zero-unsigned",           NULL,                       RULE(.zero_positive = true),                NULL,    "loses the sign of zero") \
    X(nan_zero,                 "nan-zero",                NULL,                       RULE(.nan_zero = true),                     NULL,    "makes NaN zero") \
    X(one_code,                 "one-code",                NULL,                       RULE(.code_from = 0x39, .code_to = 0x3a),   NULL,    "has one code of its table wrong") \
    X(one_input,                "one-input",               NULL,                       RULE(.wrong_input = 0x40490000),            NULL,    "has one input wrong") \
    X(tail,                     "tail",                    run_tail,                   RULE(0),                                    NULL,    "has the last element of a part vector wrong") \
    X(tail_misaligned,          "tail-misaligned",         run_tail_misaligned,        RULE(0),                                    NULL,    "the same, at one alignment only") \
    X(body_truncates,           "body-truncates",          run_body_truncates,         RULE(0),                                    NULL,    "truncates in whole vectors, rounds in the tail") \
    X(writes_past,              "writes-past",             run_writes_past,            RULE(0),                                    NULL,    "writes one element too many") \
    X(writes_past_misaligned,   "writes-past-misaligned",  run_writes_past_misaligned, RULE(0),                                    NULL,    "writes one element too many at one alignment") \
    X(writes_before,            "writes-before",           run_writes_before,          RULE(0),                                    NULL,    "writes before the output") \
    X(reads_past,               "reads-past",              run_reads_past,             RULE(0),                                    NULL,    "reads one element too many") \
    X(reads_before,             "reads-before",            run_reads_before,           RULE(0),                                    NULL,    "reads before the input") \
    X(crashes,                  "crashes",                 run_crashes,                RULE(0),                                    NULL,    "writes through a null pointer") \
    X(crashes_on_nan,           "crashes-on-nan",          run_crashes_on_nan,         RULE(0),                                    NULL,    "the same, on NaN only") \
    X(illegal,                  "illegal",                 run_illegal,                RULE(0),                                    NULL,    "executes an illegal instruction") \
    X(traps,                    "traps",                   run_traps,                  RULE(0),                                    NULL,    "unmasks an exception and raises it") \
    X(aborts,                   "aborts",                  run_aborts,                 RULE(0),                                    NULL,    "calls abort()") \
    X(exits,                    "exits",                   run_exits,                  RULE(0),                                    NULL,    "calls exit(0)") \
    X(loops,                    "loops",                   run_loops,                  RULE(0),                                    NULL,    "does not return for three elements") \
    X(changes_environment,      "changes-environment",     run_changes_environment,    RULE(0),                                    NULL,    "leaves FTZ and DAZ set") \
    X(changes_input,            "changes-input",           run_changes_input,          RULE(0),                                    NULL,    "changes its input") \
    X(not_deterministic,        "not-deterministic",       run_not_deterministic,      RULE(0),                                    NULL,    "gives two answers to equal calls") \
    X(unwritten,                "unwritten",               run_unwritten,              RULE(0),                                    NULL,    "leaves one element unwritten") \
    X(prints,                   "prints",                  run_prints,                 RULE(0),                                    NULL,    "prints to standard output") \
    X(closes_descriptors,       "closes-descriptors",      run_closes_descriptors,     RULE(0),                                    NULL,    "closes descriptors that it did not open")
/* clang-format on */

static const struct {
    const char *source, *destination;
    enum source from;
    const struct planted_format *to;
} offers[] = {
    {"fp32", "e4m3fn", FROM_FP32, &planted_e4m3fn},
    {"tf32", "e5m2",   FROM_FP32, &planted_e5m2  }, /* in the place of fp32 */
    {"tf32", "bf16",   FROM_FP32, &planted_bf16  },
    {"tf32", "fp16",   FROM_FP32, &planted_fp16  },
    {"bf16", "e4m3fn", FROM_BF16, &planted_e4m3fn},
    {"fp16", "e4m3fn", FROM_FP16, &planted_e4m3fn},
};

static int open_row(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                    tb_run_fn *by_rule, const struct planted_rule *rule, const char *claim) {
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        if (strcmp(request->source, offers[i].source) != 0 ||
            strcmp(request->destination, offers[i].destination) != 0 ||
            strcmp(request->rounding, "rne") != 0 || strcmp(request->overflow, offers[i].to->overflow) != 0)
            continue;
        struct state *state = malloc(sizeof *state);
        if (!state)
            return 0;
        *state = (struct state){offers[i].from, offers[i].to, rule};
        *kernel = (struct tb_kernel){.run = run ? run : by_rule, .state = state, .claim = claim};
        return 1;
    }
    return 0;
}

#define DEFINE(ID, NAME, RUN, RULE, CLAIM, SUMMARY)                                                          \
    static const struct planted_rule rule_##ID = RULE;                                                       \
    static void by_rule_##ID(const void *state, const void *input, void *output, size_t count) {             \
        convert_by(&rule_##ID, state, input, output, count);                                                 \
    }                                                                                                        \
    static int open_##ID(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        return open_row(request, kernel, RUN, by_rule_##ID, &rule_##ID, CLAIM);                              \
    }                                                                                                        \
    static const struct tb_target target_##ID = {                                                            \
        TIEBREAK_TARGET_ABI, "planted/" NAME, "planted fault: " SUMMARY, NULL, open_##ID, close_row, NULL};
PLANTED(DEFINE)

#define LIST(ID, NAME, RUN, RULE, CLAIM, SUMMARY) &target_##ID,
static const struct tb_target *const conversions[] = {PLANTED(LIST) NULL};

const struct tb_target *const *tiebreak_targets(uint32_t abi) {
    static const struct tb_target *const *const families[] = {
        conversions,           planted_affine_targets,     planted_scaled_targets,
        planted_basic_targets, planted_stochastic_targets, planted_mma_targets,
        planted_dot_targets,   planted_problem_targets};
    static const struct tb_target *list[256];
    size_t count = 0;
    if (abi != TIEBREAK_TARGET_ABI)
        return NULL;
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (size_t i = 0; families[f][i] && count < 255; i++)
            list[count++] = families[f][i];
    list[count] = NULL;
    return list;
}
