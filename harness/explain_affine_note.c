/* What a variant of an affine case computes on its way: the constants that it makes of the scale, and the
 * value that it rounds. */
#include "harness/explain.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const struct tb_explain_number_type tb_explain_numbers[] = {
    [TB_REAL] = {"fp64", 17},
      [TB_NUMBER_FP64] = {"fp64", 17},
      [TB_NUMBER_FP32] = {"fp32", 9 },
    [TB_NUMBER_FP16] = {"fp16", 5 },
      [TB_NUMBER_BF16] = {"bf16", 4 },
};

/* What x is multiplied by, in words: %s is the number type. NULL where the scale itself is applied. */
static const char *const inverses[] = {
    [TB_APPLY_RECIPROCAL] = "%s(1 / s)",
    [TB_APPLY_WIDE_INVERSE] = "%s(1 / s)",
    [TB_APPLY_AMAX] = "%s(hi / amax)",
    [TB_APPLY_AMAX_INVERSE] = "%s(hi * fp32(1 / amax))",
    [TB_APPLY_FMA] = "%s(1 / s)",
    [TB_APPLY_LINEAR] = "%s(levels / range)",
    [TB_APPLY_LINEAR_FMA] = "%s(levels / range)",
    [TB_APPLY_RANGE] = NULL,
    [TB_APPLY_SUBTRACT_LEAST] = "%s(1 / s)",
    [TB_APPLY_ROWWISE] = "%s(levels / (range + 1e-8))",
};

static const char *inverse_of(enum tb_apply apply) {
    return (size_t)apply < sizeof inverses / sizeof inverses[0] ? inverses[apply] : NULL;
}

static void __attribute__((format(printf, 3, 4))) say(char *text, size_t size, const char *format, ...) {
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static bool is_tie(double t) {
    return fabs(t) < 0x1p51 && fabs(t) - floor(fabs(t)) == 0.5;
}

/* Only what is done in a narrower type, or in another order, has values worth telling. */
static bool is_told(const struct tb_affine_machine *m) {
    return m->a.apply != TB_APPLY_DIRECT || m->a.number != TB_REAL || m->a.held != TB_REAL ||
           m->a.zero == TB_ZERO_BEFORE;
}

static void note_scaled(const struct tb_affine_machine *m, double t, char *note, size_t size) {
    const char *number = tb_explain_numbers[m->number].name, *inverse = inverse_of(m->a.apply);
    int digits = tb_explain_numbers[m->number].digits;
    char word[64];
    if (inverse) {
        snprintf(word, sizeof word, inverse, number);
        say(note, size, "%s = %.*g, ", word, digits, m->inverse);
    } else if (m->a.held != TB_REAL && m->a.held != TB_NUMBER_FP64) {
        say(note, size, "s = %.*g, ", digits, m->scale);
    }
    say(note, size, "rounds %.*g%s", digits, t, is_tie(t) ? ", a tie" : "");
}

static void note_fixed(const struct tb_affine_machine *m, char *note, size_t size) {
    say(note, size, "multiplier %lld, shift %d", (long long)m->multiplier, m->shift);
}

void tb_explain_affine_note(const struct tb_behaviour *b, uint64_t input, char *note, size_t size) {
    const struct tb_affine_machine *m = &b->affine;
    double t;
    note[0] = 0;
    if (b->exact)
        return;
    if (m->a.fixed)
        note_fixed(m, note, size);
    else if (is_told(m) && tb_affine_machine_scaled(m, input, &t) && isfinite(t))
        note_scaled(m, t, note, size);
}
