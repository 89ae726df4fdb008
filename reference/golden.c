/* Golden staircases: built from MPFR, and proved. */
#include "reference/affine.h"
#include "reference/affine_golden.h"
#include "reference/basic.h"
#include "reference/bisect.h"
#include "reference/reference.h"
#include "reference/scaled.h"

#include <math.h>

uint64_t tb_exact_mpfr(const struct tb_case *c, uint64_t pattern) {
    if (tb_case_is_basic(c))
        return tb_basic_mpfr(c, pattern);
    if (tb_case_is_scaled(c))
        return tb_scaled_mpfr(c, pattern);
    return tb_case_is_affine(c) ? tb_affine_mpfr(c, pattern) : tb_mpfr_convert(c, pattern);
}

uint64_t tb_exact_integer(const struct tb_case *c, uint64_t pattern) {
    if (tb_case_is_basic(c))
        return tb_basic_integer(c, pattern);
    if (tb_case_is_scaled(c))
        return tb_scaled_integer(c, pattern);
    return tb_case_is_affine(c) ? tb_affine_integer(c, pattern) : tb_integer_convert(c, pattern);
}

void tb_exact_integer_block(const struct tb_case *c, uint64_t first, size_t count, uint64_t *out) {
    if (tb_case_is_basic(c)) {
        tb_basic_integer_block(c, first, count, out);
        return;
    }
    if (c->operation == TB_CONVERT) {
        tb_integer_convert_block(c, first, count, out);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out[i] = tb_exact_integer(c, (first + i) << tb_case_input(c)->padding);
}

static uint64_t by_mpfr(const void *context, uint64_t pattern) {
    return tb_exact_mpfr(context, pattern);
}

static uint64_t last_of_run(const struct tb_case *c, const struct tb_staircase *s, size_t run) {
    uint64_t step = UINT64_C(1) << tb_case_input(c)->padding;
    return run + 1 < s->count ? s->first[run + 1] - step
                              : (tb_case_inputs(c) - 1) << tb_case_input(c)->padding;
}

/* The order in which a monotone part's codes must stand: the value's position, reversed where the inputs
 * fall. */
static bool ordered(const struct tb_case *c, const struct tb_staircase *s, size_t run) {
    struct tb_value before =
        tb_format_decode(tb_case_input(c), s->first[run] - (UINT64_C(1) << tb_case_input(c)->padding));
    struct tb_value here = tb_format_decode(tb_case_input(c), s->first[run]);
    int64_t from = tb_format_rank(c->destination, s->code[run - 1]),
            to = tb_format_rank(c->destination, s->code[run]);
    if (before.class == TB_NOT_A_NUMBER || here.class == TB_NOT_A_NUMBER ||
        before.negative != here.negative || from == INT64_MIN || to == INT64_MIN)
        return true; /* not neighbours on the number line */
    bool descending = here.negative && c->source->kind == TB_FLOAT;
    if (tb_case_is_scaled(c) && signbit(c->affine.scale))
        descending = !descending;
    return descending ? to <= from : to >= from;
}

/* Both ends of each run by MPFR, and the codes in order: with monotony of rounding that settles every input
 * between them. */
static bool prove(const struct tb_case *c, const struct tb_staircase *s, struct tb_error *error) {
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    for (size_t run = 0; run < s->count; run++) {
        uint64_t last = last_of_run(c, s, run);
        if (tb_exact_mpfr(c, s->first[run]) != s->code[run] || tb_exact_mpfr(c, last) != s->code[run])
            return tb_fail(
                error, TB_EXIT_SYSTEM,
                "%s: the golden staircase is wrong in the run at 0x%llx: report this as a fault of tiebreak",
                id, (unsigned long long)s->first[run]);
        bool monotone = (c->operation == TB_CONVERT && c->source->kind != TB_CODEBOOK && !c->random_bits) ||
                        tb_case_is_scaled(c);
        if (run && monotone && !ordered(c, s, run))
            return tb_fail(
                error, TB_EXIT_SYSTEM,
                "%s: the golden staircase is not monotone at 0x%llx: report this as a fault of tiebreak", id,
                (unsigned long long)s->first[run]);
    }
    return true;
}

/* A basic operation is monotone in no order of its joint inputs: MPFR evaluates every one of them, and the
 * integers confirm each. */
static bool evaluate_all(const struct tb_case *c, struct tb_staircase *out, struct tb_error *error) {
    enum { BLOCK = 1024 };
    uint64_t integers[BLOCK], inputs = tb_case_inputs(c);
    int padding = tb_case_input(c)->padding;
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    for (uint64_t first = 0; first < inputs; first += BLOCK) {
        size_t count = inputs - first < BLOCK ? (size_t)(inputs - first) : BLOCK;
        tb_basic_integer_block(c, first, count, integers);
        for (size_t i = 0; i < count; i++) {
            uint64_t input = (first + i) << padding, code = tb_basic_mpfr(c, input);
            if (code != integers[i])
                return tb_fail(
                    error, TB_EXIT_SYSTEM,
                    "%s: MPFR gives 0x%llx for input 0x%llx, integers 0x%llx: report this as a fault "
                    "of tiebreak",
                    id, (unsigned long long)code, (unsigned long long)input, (unsigned long long)integers[i]);
            if (!tb_staircase_append(out, input, code))
                return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for the golden staircase", id);
        }
    }
    return true;
}

bool tb_golden_staircase(const struct tb_case *c, struct tb_staircase *out, struct tb_error *error) {
    char id[TB_CASE_ID];
    tb_case_print(c, id);
    if (!tb_case_has_staircase(c))
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s: too many runs for a staircase, its golden answers are vectors", id);
    if (tb_case_is_basic(c))
        return evaluate_all(c, out, error);
    bool monotone = true;
    bool bisected = c->operation == TB_CONVERT || c->operation == TB_DEQUANTIZE || tb_case_is_scaled(c);
    if (!(c->random_bits ? tb_stochastic_bisect(c->source, c->random_bits, 1, by_mpfr, c, out)
          : bisected     ? tb_staircase_bisect(c->source, by_mpfr, c, out)
                         : tb_affine_golden(c, out, &monotone)))
        return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for the golden staircase", id);
    if (!monotone)
        return tb_fail(error, TB_EXIT_SYSTEM,
                       "%s: the codes are not monotone: report this as a fault of tiebreak", id);
    return prove(c, out, error);
}

bool tb_golden_prove(const struct tb_case *c, const struct tb_staircase *golden, uint64_t begin, uint64_t end,
                     uint64_t *wrong, uint64_t *example) {
    *wrong = 0;
    if (begin >= end)
        return true;
    int padding = tb_case_input(c)->padding;
    size_t run = tb_staircase_find(golden, begin << padding);
    for (uint64_t index = begin; index < end; index++) {
        uint64_t pattern = index << padding;
        while (run + 1 < golden->count && golden->first[run + 1] <= pattern)
            run++;
        if (tb_exact_mpfr(c, pattern) != golden->code[run] && (*wrong)++ == 0)
            *example = pattern;
    }
    return *wrong == 0;
}
