/* The exact dot product on GNU MPFR, written to be read: every product is exact in 64 bits, and mpfr_sum()
 * rounds the sum of them all correctly, whatever cancels. What it cuts beyond 128 bits is kept as an odd last
 * bit, so that rounding into d is rounding once. */
#include "reference/dot_mpfr.h"

#include "reference/mpfr_encode.h"
#include "reference/round_once.h"

#include <stdlib.h>

enum { PRODUCT = 64, SUM = 128 };

/* Numbers whose digits lie side by side: a call makes k + 1 of them. */
struct numbers {
    mpfr_t *number;
    mpfr_ptr *pointer;
    mp_limb_t *limbs;
};

static struct numbers numbers_new(size_t count) {
    size_t limbs = mpfr_custom_get_size(PRODUCT) / sizeof(mp_limb_t);
    struct numbers n = {malloc(count * sizeof *n.number), malloc(count * sizeof *n.pointer),
                        malloc(count * limbs * sizeof *n.limbs)};
    if (!n.number || !n.pointer || !n.limbs)
        abort();
    for (size_t i = 0; i < count; i++) {
        mpfr_custom_init(n.limbs + i * limbs, PRODUCT);
        mpfr_custom_init_set(n.number[i], MPFR_ZERO_KIND, 0, PRODUCT, n.limbs + i * limbs);
        n.pointer[i] = n.number[i];
    }
    return n;
}

static void numbers_free(struct numbers *n) {
    free(n->number);
    free(n->pointer);
    free(n->limbs);
}

/* Zero times an infinity is NaN here as there. */
static void times(mpfr_ptr product, mpfr_ptr scratch, const struct tb_format *f, uint32_t code) {
    if (!f)
        return;
    tb_set_pattern(scratch, f, code);
    mpfr_mul(product, product, scratch, MPFR_RNDN);
}

static void set_product(const struct tb_dot *d, const struct tb_dot_terms *t, size_t i, mpfr_ptr product,
                        mpfr_ptr scratch) {
    const struct tb_dot_formats *f = &d->formats;
    tb_set_pattern(product, f->a, t->a[i]);
    times(product, scratch, f->b, t->b[i]);
    if (f->scale_a)
        times(product, scratch, f->scale_a, t->scale_a[i / f->block]);
    if (f->scale_b)
        times(product, scratch, f->scale_b, t->scale_b[i / f->block]);
    times(product, scratch, f->factor, t->factor_a);
    times(product, scratch, f->factor, t->factor_b);
}

/* All products, and c where there is one; their number in *count. */
static struct numbers numbers_of(const struct tb_dot *d, const struct tb_dot_terms *t, size_t *count) {
    struct numbers n = numbers_new(t->k + 1);
    mpfr_t scratch;
    mpfr_init2(scratch, PRODUCT);
    for (size_t i = 0; i < t->k; i++)
        set_product(d, t, i, n.pointer[i], scratch);
    *count = t->k;
    if (d->formats.c)
        tb_set_pattern(n.pointer[(*count)++], d->formats.c, t->c);
    mpfr_clear(scratch);
    return n;
}

void tb_dot_exact_sum(const struct tb_dot *d, const struct tb_dot_terms *t, mpfr_ptr sum,
                      mpfr_ptr magnitude) {
    size_t count;
    struct numbers n = numbers_of(d, t, &count);
    mpfr_sum(sum, n.pointer, count, MPFR_RNDN);
    for (size_t i = 0; i < count; i++)
        mpfr_abs(n.pointer[i], n.pointer[i], MPFR_RNDN);
    if (magnitude)
        mpfr_sum(magnitude, n.pointer, count, MPFR_RNDN);
    numbers_free(&n);
}

uint64_t tb_dot_mpfr(const struct tb_dot *d, const struct tb_dot_terms *t) {
    const struct tb_dot_formats *f = &d->formats;
    size_t count;
    struct numbers n = numbers_of(d, t, &count);
    mpfr_t sum;
    mpfr_init2(sum, SUM);
    int inexact = mpfr_sum(sum, n.pointer, count, MPFR_RNDZ);
    if (mpfr_zero_p(sum)) /* its sign depends on the direction of rounding */
        mpfr_sum(sum, n.pointer, count, f->rounding == TB_RD ? MPFR_RNDD : MPFR_RNDN);
    else
        tb_make_odd(sum, inexact != 0);
    struct tb_case into = {.destination = f->d, .rounding = f->rounding, .overflow = f->overflow};
    uint64_t code = tb_mpfr_encode(&into, sum);
    mpfr_clear(sum);
    numbers_free(&n);
    return code;
}
