#include "reference/bisect.h"

struct search {
    tb_evaluate_fn *evaluate;
    const void *context;
    int padding;
    uint64_t stride[2]; /* lengths of the last two runs: around a tie they alternate */
    struct tb_staircase *out;
};

static uint64_t evaluate(const struct search *s, uint64_t index) {
    return s->evaluate(s->context, index << s->padding);
}

/* First index in (low, high] whose value differs from `code`, that of low; the value at high differs. */
static uint64_t next_boundary(struct search *s, uint64_t low, uint64_t high, uint64_t code) {
    /* Guess that the run is as long as the one before the last: right nearly always, and then two evaluations
     * are all. */
    uint64_t guess = low + s->stride[0];
    if (s->stride[0] && guess < high) {
        if (evaluate(s, guess) == code) {
            low = guess;
            if (evaluate(s, guess + 1) != code)
                return guess + 1;
        } else {
            high = guess;
            if (evaluate(s, guess - 1) == code)
                return guess;
        }
    }
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (evaluate(s, middle) == code)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Runs of the part [first, last], on which the function is monotone. */
static bool search_part(struct search *s, uint64_t first, uint64_t last) {
    uint64_t code = evaluate(s, first), end = evaluate(s, last);
    if (!tb_staircase_append(s->out, first << s->padding, code))
        return false;
    s->stride[0] = s->stride[1] = 0;
    while (code != end) {
        uint64_t next = next_boundary(s, first, last, code);
        s->stride[0] = s->stride[1];
        s->stride[1] = next - first;
        first = next;
        code = evaluate(s, first);
        if (!tb_staircase_append(s->out, first << s->padding, code))
            return false;
    }
    return true;
}

static bool evaluate_all(struct search *s, uint64_t count) {
    for (uint64_t index = 0; index < count; index++)
        if (!tb_staircase_append(s->out, index << s->padding, evaluate(s, index)))
            return false;
    return true;
}

/* The parts of one half of the domain, from `base` on: a float's exponents, an integer's powers of two. */
static bool search_half(struct search *s, const struct tb_format *f, uint64_t base) {
    int bits = f->bits - f->is_signed;
    if (f->kind == TB_INTEGER) {
        if (!search_part(s, base, base))
            return false;
        for (int i = 0; i < bits; i++)
            if (!search_part(s, base + (UINT64_C(1) << i), base + (UINT64_C(2) << i) - 1))
                return false;
        return true;
    }
    int fraction_bits = f->precision - 1;
    uint64_t step = UINT64_C(1) << fraction_bits, exponents = UINT64_C(1) << (bits - fraction_bits);
    /* Zero is a part of its own: variants answer it, and what lies beyond the subnormals next to it, alike.
     */
    if (!search_part(s, base, base) || (step > 1 && !search_part(s, base + 1, base + step - 1)))
        return false;
    for (uint64_t e = 1; e < exponents - 1; e++)
        if (!search_part(s, base + e * step, base + (e + 1) * step - 1))
            return false;
    uint64_t infinity = base + (exponents - 1) * step, quiet = infinity + step / 2;
    return search_part(s, infinity, infinity) && search_part(s, infinity + 1, quiet - 1) &&
           search_part(s, quiet, infinity + step - 1);
}

bool tb_staircase_bisect(const struct tb_format *source, tb_evaluate_fn *function, const void *context,
                         struct tb_staircase *out) {
    struct search s = {.evaluate = function, .context = context, .padding = source->padding, .out = out};
    if (source->bits <= 16 || source->kind == TB_CODEBOOK)
        return evaluate_all(&s, tb_format_codes(source));
    return search_half(&s, source, 0) &&
           (!source->is_signed || search_half(&s, source, UINT64_C(1) << (source->bits - 1)));
}
