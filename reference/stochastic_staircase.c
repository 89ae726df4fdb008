/* The staircase of a stochastic conversion: of each value two runs at most, since a larger random number
 * never gives a smaller magnitude. */
#include "reference/bisect.h"

/* One part of one value's random numbers: its first joint input and the last. */
static bool search_part(tb_evaluate_fn *evaluate, const void *context, uint64_t first, uint64_t last,
                        struct tb_staircase *out) {
    uint64_t code = evaluate(context, first), end = evaluate(context, last);
    if (!tb_staircase_append(out, first, code))
        return false;
    if (code == end)
        return true;
    while (last - first > 1) {
        uint64_t middle = first + (last - first) / 2;
        if (evaluate(context, middle) == code)
            first = middle;
        else
            last = middle;
    }
    return tb_staircase_append(out, last, end);
}

bool tb_stochastic_bisect(const struct tb_format *source, int random_bits, unsigned parts,
                          tb_evaluate_fn *evaluate, const void *context, struct tb_staircase *out) {
    uint64_t values = tb_format_codes(source), part = (UINT64_C(1) << random_bits) / parts;
    for (uint64_t i = 0; i < values * parts; i++)
        if (!search_part(evaluate, context, i * part, i * part + part - 1, out))
            return false;
    return true;
}
