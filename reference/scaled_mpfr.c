/* The scaled operations on GNU MPFR: the definition in scaled.h, written to be read. */
#include "reference/mpfr_encode.h"
#include "reference/round_once.h"
#include "reference/scaled.h"

/* A product of a source of at most 32 bits and a double is exact in 128 bits; a quotient is rounded to odd,
 * and destinations have at most 24 bits. */
enum { PRECISION = 128, LIMBS = PRECISION / 64, SCALE_BITS = 53 };

struct scratch {
    bool ready;
    mpfr_t x, scale, t;
    mp_limb_t limbs[3][LIMBS];
};
static _Thread_local struct scratch scratch;
_Static_assert(sizeof(mp_limb_t) == 8, "the limbs above are counted as 64 bits");

static struct scratch *scratch_of_thread(void) {
    struct scratch *s = &scratch;
    mpfr_ptr numbers[] = {s->x, s->scale, s->t};
    const int precisions[] = {64, SCALE_BITS, PRECISION};
    for (size_t i = 0; i < 3 && !s->ready; i++) {
        mpfr_custom_init(s->limbs[i], precisions[i]);
        mpfr_custom_init_set(numbers[i], MPFR_ZERO_KIND, 0, precisions[i], s->limbs[i]);
    }
    s->ready = true;
    return s;
}

uint64_t tb_scaled_mpfr(const struct tb_case *c, uint64_t pattern) {
    struct scratch *s = scratch_of_thread();
    tb_set_pattern(s->x, c->source, pattern);
    mpfr_set_d(s->scale, c->affine.scale, MPFR_RNDN);
    if (tb_case_multiplies(c))
        mpfr_mul(s->t, s->x, s->scale, MPFR_RNDN);
    else
        tb_divide_to_odd(s->t, s->x, s->scale);
    return tb_mpfr_encode(c, s->t);
}

long double tb_scaled_value(const struct tb_case *c, uint64_t pattern) {
    long double x = tb_format_value(c->source, pattern), s = c->affine.scale;
    return tb_case_multiplies(c) ? x * s : x / s;
}
