/* The second way's searches over histograms: the L2 error is the definition's integral in GMP rationals,
 * source bin by source bin; KL divergences are compared as products of powers of whole numbers instead of
 * sums of logarithms, so that nothing is rounded. */
#include "reference/problem_qparams_rational_search.h"

#include <gmp.h>
#include <stdbool.h>

static void set_fraction(mpq_ptr x, int64_t top, int64_t bottom) {
    mpq_set_si(x, top, (unsigned long)bottom);
    mpq_canonicalize(x);
}

/* ---- L2, in bins. ---- */

/* out += weight * (to^3 - from^3) */
static void add_integral(mpq_ptr out, int64_t weight, mpq_srcptr from, mpq_srcptr to) {
    mpq_t a, b;
    mpq_inits(a, b, NULL);
    mpq_mul(a, to, to);
    mpq_mul(a, a, to);
    mpq_mul(b, from, from);
    mpq_mul(b, b, from);
    mpq_sub(a, a, b);
    set_fraction(b, weight, 1);
    mpq_mul(a, a, b);
    mpq_add(out, out, a);
    mpq_clears(a, b, NULL);
}

/* The destination bin of a position, and the position's distance from that bin's centre. */
static int64_t destination(mpq_srcptr position, mpq_srcptr width, int64_t codes, mpq_ptr distance) {
    mpz_t whole;
    mpq_t centre;
    mpz_init(whole);
    mpq_init(centre);
    mpq_div(distance, position, width);
    mpz_fdiv_q(whole, mpq_numref(distance), mpq_denref(distance));
    int64_t bin = mpz_get_si(whole);
    bin = bin < 0 ? 0 : bin >= codes ? codes - 1 : bin;
    set_fraction(centre, 2 * bin + 1, 2);
    mpq_mul(centre, centre, width);
    mpq_sub(distance, position, centre);
    mpq_clear(centre);
    mpz_clear(whole);
    return bin;
}

static void add_source_bin(mpq_ptr sum, int64_t count, int64_t edge, mpq_srcptr width, int64_t codes) {
    mpq_t position, from, to, half, minus;
    mpq_inits(position, from, to, half, minus, NULL);
    set_fraction(half, 1, 2);
    mpq_mul(half, half, width);
    mpq_neg(minus, half);
    set_fraction(position, edge, 1);
    int64_t begin = destination(position, width, codes, from);
    set_fraction(position, edge + 1, 1);
    int64_t end = destination(position, width, codes, to);
    add_integral(sum, count, from, half);
    add_integral(sum, count * (end - begin - 1), minus, half);
    add_integral(sum, count, minus, to);
    mpq_clears(position, from, to, half, minus, NULL);
}

static void error_of(mpq_ptr sum, const uint32_t *counts, uint32_t bins, int64_t first, int64_t last,
                     int64_t codes) {
    mpq_t width;
    mpq_init(width);
    set_fraction(width, last - first + 1, codes);
    set_fraction(sum, 0, 1);
    for (uint32_t i = 0; i < bins; i++)
        if (counts[i])
            add_source_bin(sum, counts[i], (int64_t)i - first, width, codes);
    mpq_clear(width);
}

/* The first bin from `first` on whose cumulative count is not below steps / 100000 of all; `last` where none.
 */
static int64_t bin_from_left(const uint32_t *counts, uint64_t total, int64_t first, int64_t last,
                             uint64_t steps) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < first; i++)
        sum += counts[i];
    for (int64_t i = first; i < last; i++)
        if ((sum += counts[i]) * 100000 >= steps * total)
            return i;
    return last;
}

/* The last bin up to `last` whose cumulative count is not above it; `first` where none. */
static int64_t bin_from_right(const uint32_t *counts, uint64_t total, int64_t first, int64_t last,
                              uint64_t steps) {
    uint64_t sum = 0;
    for (int64_t i = 0; i <= last; i++)
        sum += counts[i];
    for (int64_t i = last; i > first; sum -= counts[i--])
        if (sum * 100000 <= steps * total)
            return i;
    return first;
}

void tb_search_histogram_rational(const uint32_t *counts, uint32_t bins, int64_t codes, uint64_t total,
                                  int64_t *first, int64_t *last) {
    uint64_t below = 0, above = 100000;
    bool searched = false, grew = false;
    mpq_t error, least;
    mpq_inits(error, least, NULL);
    while (below < above && !grew) {
        int64_t l = bin_from_left(counts, total, *first, *last, below + 1);
        int64_t r = bin_from_right(counts, total, *first, *last, above - 1);
        bool left = l - *first > *last - r;
        below += left;
        above -= !left;
        if (left ? l == *first : r == *last)
            continue;
        error_of(error, counts, bins, left ? l : *first, left ? *last : r, codes);
        grew = searched && mpq_cmp(error, least) > 0;
        if (!grew) {
            *(left ? first : last) = left ? l : r;
            mpq_set(least, error);
            searched = true;
        }
    }
    mpq_clears(error, least, NULL);
}

/* ---- KL, as the product of (P / Q)^count. ---- */

/* product *= (top / bottom)^count, kept as two whole numbers. */
static void multiply_power(mpz_ptr top, mpz_ptr bottom, uint64_t a, uint64_t b, uint64_t count) {
    mpz_t factor;
    mpz_init(factor);
    mpz_ui_pow_ui(factor, a, count);
    mpz_mul(top, top, factor);
    mpz_ui_pow_ui(factor, b, count);
    mpz_mul(bottom, bottom, factor);
    mpz_clear(factor);
}

/* exp(total * KL) of keeping the first `kept` bins, as top / bottom; false: infinite. */
static bool product_of(const uint32_t *counts, uint32_t kept, uint32_t levels, uint64_t total, mpz_ptr top,
                       mpz_ptr bottom) {
    uint64_t inside = 0;
    mpz_set_ui(top, 1);
    mpz_set_ui(bottom, 1);
    for (uint32_t b = 0; b < kept; b++)
        inside += counts[b];
    if (!counts[kept - 1] && total > inside)
        return false;
    for (uint32_t level = 0, b = 0; level < levels; level++) {
        uint32_t from = b;
        uint64_t sum = 0, filled = 0;
        for (; b < kept && (uint64_t)b * levels < (uint64_t)(level + 1) * kept; b++) {
            sum += counts[b];
            filled += counts[b] > 0;
        }
        for (uint32_t i = from; i < b; i++) {
            uint64_t count = counts[i] + (i + 1 == kept ? total - inside : 0);
            if (count)
                multiply_power(top, bottom, count * inside * filled, total * sum, count);
        }
    }
    return true;
}

uint32_t tb_search_entropy_products(uint32_t *counts, uint32_t bins, uint32_t start, uint32_t levels) {
    uint64_t total = 0;
    uint32_t kept = bins;
    bool any = false;
    mpz_t top, bottom, best_top, best_bottom, left, right;
    mpz_inits(top, bottom, best_top, best_bottom, left, right, NULL);
    counts[0] = counts[1];
    for (uint32_t b = 0; b < bins; b++)
        total += counts[b];
    for (uint32_t i = start; i <= bins; i++) {
        if (!product_of(counts, i, levels, total, top, bottom))
            continue;
        mpz_mul(left, top, best_bottom);
        mpz_mul(right, best_top, bottom);
        if (any && mpz_cmp(left, right) > 0)
            continue;
        any = true;
        kept = i;
        mpz_set(best_top, top);
        mpz_set(best_bottom, bottom);
    }
    mpz_clears(top, bottom, best_top, best_bottom, left, right, NULL);
    return kept;
}
