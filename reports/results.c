#include "reports/results.h"

#include <stdlib.h>
#include <string.h>

const char *const tb_status_names[TB_STATUSES] = {
    [TB_SAME] = "same",       [TB_AS_CLAIMED] = "as-claimed", [TB_DIVERGES] = "diverges",
    [TB_SKIPPED] = "skipped", [TB_CRASHED] = "crashed",
};

const char *const tb_divergence_names[TB_DIVERGENCES] = {
    [TB_DIV_VALUE] = "value",         [TB_DIV_FLUSHED] = "flushed",
    [TB_DIV_ZERO_SIGN] = "zero-sign", [TB_DIV_SATURATION] = "saturation",
    [TB_DIV_FROM_NAN] = "from-nan",   [TB_DIV_TO_NAN] = "to-nan",
    [TB_DIV_SPECIAL] = "special",     [TB_DIV_NAN_BITS] = "nan-bits",
    [TB_DIV_NAN_INPUT] = "nan-input", [TB_DIV_INFINITE_INPUT] = "infinite-input",
    [TB_DIV_POSITION] = "position",
};

const char *const tb_divergence_summaries[TB_DIVERGENCES] = {
    [TB_DIV_VALUE] = "another finite value than the exact one",
    [TB_DIV_FLUSHED] = "zero where a subnormal or the smallest value was due",
    [TB_DIV_ZERO_SIGN] = "the zero of the other sign",
    [TB_DIV_SATURATION] =
        "the largest finite value against infinity, NaN or a wrapped value, for a number that is too large",
    [TB_DIV_FROM_NAN] = "a number where NaN was due",
    [TB_DIV_TO_NAN] = "NaN where a number was due",
    [TB_DIV_SPECIAL] = "finite against infinity, or the infinity of the other sign",
    [TB_DIV_NAN_BITS] = "NaN as due, under another NaN code",
    [TB_DIV_NAN_INPUT] = "NaN taken for another number than the case says",
    [TB_DIV_INFINITE_INPUT] = "an infinity taken for another number than the end of the range",
    [TB_DIV_POSITION] = "the result depends on where in the array the input stands",
};

const char *const tb_change_names[TB_CHANGES] = {
    [TB_CHANGE_NEW] = "new",
    [TB_CHANGE_GROWN] = "grown",
    [TB_CHANGE_SHRUNK] = "shrunk",
    [TB_CHANGE_MOVED] = "moved",
    [TB_CHANGE_CAUSE] = "cause-changed",
    [TB_CHANGE_COVERAGE] = "coverage-changed",
    [TB_CHANGE_SKIPPED] = "newly-skipped",
    [TB_CHANGE_GONE] = "gone",
    [TB_CHANGE_EXPIRED] = "expired",
};

const char *const tb_change_summaries[TB_CHANGES] = {
    [TB_CHANGE_NEW] = "diverges or crashes, where that was not accepted",
    [TB_CHANGE_GROWN] = "more inputs diverge than were accepted",
    [TB_CHANGE_SHRUNK] = "fewer inputs diverge than were accepted",
    [TB_CHANGE_MOVED] = "as many inputs diverge as were accepted, but not the same or not alike",
    [TB_CHANGE_CAUSE] = "the same inputs diverge, under another explanation or status",
    [TB_CHANGE_COVERAGE] = "not checked on the same inputs as before",
    [TB_CHANGE_SKIPPED] = "was checked, is skipped now",
    [TB_CHANGE_GONE] = "not in the results",
    [TB_CHANGE_EXPIRED] = "was accepted up to a date that has passed",
};

void tb_results_free(struct tb_results *r) {
    for (size_t i = 0; i < r->fact_count; i++) {
        free(r->facts[i].name);
        free(r->facts[i].value);
    }
    for (size_t i = 0; i < r->verdict_count; i++) {
        free(r->verdicts[i].classes);
        free(r->verdicts[i].explained_by);
        free(r->verdicts[i].binades);
        free(r->verdicts[i].stretches);
        free(r->verdicts[i].errors);
    }
    free(r->facts);
    free(r->verdicts);
    free(r->changes);
    memset(r, 0, sizeof *r);
}

const char *tb_results_fact(const struct tb_results *r, const char *name) {
    for (size_t i = 0; i < r->fact_count; i++)
        if (r->facts[i].name && strcmp(r->facts[i].name, name) == 0)
            return r->facts[i].value;
    return NULL;
}

const char *tb_results_expected(const struct tb_results *r) {
    return tb_results_fact(r, TB_FACT_EXPECTED);
}
