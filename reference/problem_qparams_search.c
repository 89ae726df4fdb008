/* The L2 search on 128-bit integers: lengths are counted in 2 * codes units a source bin, so that edges and
 * centres of all bins are whole. The KL search on sums of logarithms of whole numbers, of LOGARITHM bits; two
 * that differ by less than 2^-SAME are equal: they are logarithms of ratios of products of less than 2^17
 * factors. */
#include "reference/problem_qparams_search.h"

#include <mpfr.h>
#include <stdbool.h>
#include <stdlib.h>

typedef __int128 wide;

enum { STEPS = 100000, LOGARITHM = 384, SAME = 256 };

/* ---- L2. ---- */

struct histogram {
    const uint32_t *counts;
    uint32_t bins, codes;
};

static int64_t floor_of(int64_t top, int64_t bottom) {
    return top / bottom - (top % bottom != 0 && (top < 0) != (bottom < 0));
}

static int64_t code_at(const struct histogram *h, int64_t edge, int64_t kept) {
    int64_t code = floor_of(edge * h->codes, kept);
    return code < 0 ? 0 : code >= h->codes ? h->codes - 1 : code;
}

static wide cube(int64_t x) {
    return (wide)x * x * x;
}

/* 3 * the integral of one source bin, `edge` bins from the first kept one. Half a destination bin is `kept`
 * units long. */
static wide bin_error(const struct histogram *h, int64_t edge, int64_t kept) {
    int64_t unit = 2 * (int64_t)h->codes, begin = code_at(h, edge, kept), end = code_at(h, edge + 1, kept);
    int64_t from = edge * unit - (2 * begin + 1) * kept, to = (edge + 1) * unit - (2 * end + 1) * kept;
    return (cube(kept) - cube(from)) + (end - begin - 1) * 2 * cube(kept) + (cube(to) + cube(kept));
}

static wide error_of(const struct histogram *h, uint32_t first, uint32_t last) {
    wide sum = 0;
    for (uint32_t i = 0; i < h->bins; i++)
        if (h->counts[i])
            sum += h->counts[i] * bin_error(h, (int64_t)i - first, (int64_t)last - first + 1);
    return sum;
}

void tb_histogram_search(const uint32_t *counts, uint32_t bins, uint32_t codes, uint32_t *first,
                         uint32_t *last) {
    struct histogram h = {counts, bins, codes};
    uint64_t *reached = malloc(bins * sizeof *reached), total = 0, alpha = 0, beta = STEPS;
    wide least = -1;
    if (!reached)
        abort();
    for (uint32_t i = 0; i < bins; i++)
        reached[i] = (total += counts[i]) * STEPS;
    while (alpha < beta) {
        uint32_t l = *first, r = *last, next_first = *first, next_last = *last;
        while (l < *last && reached[l] < (alpha + 1) * total)
            l++;
        while (r > *first && reached[r] > (beta - 1) * total)
            r--;
        if (l - *first > *last - r)
            next_first = l, alpha++;
        else
            next_last = r, beta--;
        if (next_first == *first && next_last == *last)
            continue;
        wide error = error_of(&h, next_first, next_last);
        if (least >= 0 && error > least)
            break;
        least = error;
        *first = next_first;
        *last = next_last;
    }
    free(reached);
}

/* ---- KL. ---- */

struct entropy {
    const uint32_t *counts;
    uint32_t bins, levels;
    uint64_t total;
    mpfr_t *logs; /* of 1 .. total, bins */
    uint64_t *sums, *filled;
};

static void fill_levels(struct entropy *e, uint32_t kept) {
    for (uint32_t k = 0; k < e->levels; k++)
        e->sums[k] = e->filled[k] = 0;
    for (uint32_t b = 0; b < kept; b++) {
        uint64_t level = (uint64_t)b * e->levels / kept;
        e->sums[level] += e->counts[b];
        e->filled[level] += e->counts[b] != 0;
    }
}

/* divergence += count * log(count * inside * filled / (total * sum)) */
static void add_bin(struct entropy *e, uint64_t count, uint64_t inside, uint64_t level, mpfr_ptr divergence) {
    mpfr_t term;
    mpfr_init2(term, LOGARITHM);
    mpfr_add(term, e->logs[count], e->logs[inside], MPFR_RNDN);
    mpfr_add(term, term, e->logs[e->filled[level]], MPFR_RNDN);
    mpfr_sub(term, term, e->logs[e->total], MPFR_RNDN);
    mpfr_sub(term, term, e->logs[e->sums[level]], MPFR_RNDN);
    mpfr_mul_ui(term, term, count, MPFR_RNDN);
    mpfr_add(divergence, divergence, term, MPFR_RNDN);
    mpfr_clear(term);
}

/* total * KL(P || Q) where the first `kept` bins stay. */
static void divergence_of(struct entropy *e, uint32_t kept, mpfr_ptr divergence) {
    uint64_t inside = 0;
    for (uint32_t b = 0; b < kept; b++)
        inside += e->counts[b];
    mpfr_set_zero(divergence, 1);
    if (e->counts[kept - 1] == 0 && inside < e->total) {
        mpfr_set_inf(divergence, 1);
        return;
    }
    fill_levels(e, kept);
    for (uint32_t b = 0; b < kept; b++) {
        uint64_t count = e->counts[b] + (b == kept - 1 ? e->total - inside : 0);
        if (count)
            add_bin(e, count, inside, (uint64_t)b * e->levels / kept, divergence);
    }
}

/* a <= b, where a little more is equal. */
static bool is_at_most(mpfr_srcptr a, mpfr_srcptr b) {
    mpfr_t gap;
    if (mpfr_inf_p(a) || mpfr_inf_p(b))
        return mpfr_inf_p(b);
    mpfr_init2(gap, LOGARITHM);
    mpfr_sub(gap, a, b, MPFR_RNDN);
    bool most = mpfr_cmp_ui_2exp(gap, 1, -SAME) < 0;
    mpfr_clear(gap);
    return most;
}

static void make_logs(struct entropy *e, uint64_t count) {
    e->logs = malloc((count + 1) * sizeof e->logs[0]);
    e->sums = malloc(2 * e->levels * sizeof e->sums[0]);
    if (!e->logs || !e->sums)
        abort();
    e->filled = e->sums + e->levels;
    for (uint64_t i = 0; i <= count; i++) {
        mpfr_init2(e->logs[i], LOGARITHM);
        mpfr_log_ui(e->logs[i], i, MPFR_RNDN);
    }
}

static void free_logs(struct entropy *e, uint64_t count) {
    for (uint64_t i = 0; i <= count; i++)
        mpfr_clear(e->logs[i]);
    free(e->logs);
    free(e->sums);
}

uint32_t tb_entropy_search(uint32_t *counts, uint32_t bins, uint32_t start, uint32_t levels) {
    struct entropy e = {.counts = counts, .bins = bins, .levels = levels};
    uint32_t kept = bins;
    mpfr_t divergence, least;
    counts[0] = counts[1];
    for (uint32_t b = 0; b < bins; b++)
        e.total += counts[b];
    uint64_t most = e.total > bins ? e.total : bins;
    make_logs(&e, most);
    mpfr_inits2(LOGARITHM, divergence, least, (mpfr_ptr)0);
    mpfr_set_inf(least, 1);
    for (uint32_t i = start; i <= bins; i++) {
        divergence_of(&e, i, divergence);
        if (is_at_most(divergence, least)) {
            mpfr_set(least, divergence, MPFR_RNDN);
            kept = i;
        }
    }
    mpfr_clears(divergence, least, (mpfr_ptr)0);
    free_logs(&e, most);
    return kept;
}
