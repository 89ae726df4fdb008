/* The basic operations on GNU MPFR, written to be read: the operation, correctly rounded to odd in 128 bits,
 * then one rounding into the result's format.
 *
 * Rounding to odd leaves every later rounding to at most 126 bits what it would be on the exact result (Boldo
 * and Melquiond); results have at most 32. MPFR itself knows the special values of IEEE 754; what the
 * definition in basic.h has otherwise stands below. */
#include "reference/basic.h"
#include "reference/mpfr_encode.h"
#include "reference/reference.h"
#include "reference/round_once.h"

enum { PRECISION = 128, LIMBS = PRECISION / 64, OPERANDS = 3 };

/* Numbers that one thread reuses, as in mpfr_convert.c. */
static _Thread_local struct scratch {
    bool ready;
    mpfr_t number[OPERANDS + 1]; /* operands, result */
    mp_limb_t limbs[OPERANDS + 1][LIMBS];
} scratch;
_Static_assert(sizeof(mp_limb_t) == 8, "the limbs above are counted as 64 bits");

static mpfr_t *numbers_of_thread(void) {
    for (int i = 0; i <= OPERANDS && !scratch.ready; i++) {
        mpfr_custom_init(scratch.limbs[i], PRECISION);
        mpfr_custom_init_set(scratch.number[i], MPFR_ZERO_KIND, 0, PRECISION, scratch.limbs[i]);
    }
    scratch.ready = true;
    return scratch.number;
}

static int operate(enum tb_operation operation, mpfr_t *x, mpfr_ptr out, mpfr_rnd_t rounding) {
    switch (operation) {
    case TB_ADD:
        return mpfr_add(out, x[0], x[1], rounding);
    case TB_SUB:
        return mpfr_sub(out, x[0], x[1], rounding);
    case TB_MUL:
        return mpfr_mul(out, x[0], x[1], rounding);
    case TB_DIV:
        return mpfr_div(out, x[0], x[1], rounding);
    case TB_FMA:
        return mpfr_fma(out, x[0], x[1], x[2], rounding);
    case TB_SQRT:
        return mpfr_sqrt(out, x[0], rounding);
    case TB_RCP:
        return mpfr_ui_div(out, 1, x[0], rounding);
    default: /* TB_RSQRT; MPFR gives +inf of both zeros */
        return mpfr_zero_p(x[0]) ? mpfr_ui_div(out, 1, x[0], rounding) : mpfr_rec_sqrt(out, x[0], rounding);
    }
}

/* The zero by which the operation divides has no sign. */
static bool divides_by_bare_zero(const struct tb_case *c, mpfr_t *x) {
    bool divides = c->operation == TB_DIV || c->operation == TB_RCP || c->operation == TB_RSQRT;
    return divides && mpfr_zero_p(x[c->operation == TB_DIV]) && !c->source->negative_zero;
}

uint64_t tb_basic_mpfr(const struct tb_case *c, uint64_t input) {
    mpfr_t *x = numbers_of_thread();
    mpfr_ptr out = x[OPERANDS];
    int operands = tb_case_shape(c).operands;
    for (int i = 0; i < operands; i++) {
        tb_set_pattern(x[i], c->source, tb_case_operand(c, input, i));
        if (mpfr_nan_p(x[i])) {
            struct tb_case conversion = *c;
            conversion.operation = TB_CONVERT;
            return tb_mpfr_convert(&conversion, tb_case_operand(c, input, i));
        }
    }
    bool lost = operate(c->operation, x, out, MPFR_RNDZ) != 0;
    if (lost && mpfr_regular_p(out)) /* to odd: the last bit is set where anything was cut */
        ((mp_limb_t *)mpfr_custom_get_significand(out))[0] |= 1;
    if (mpfr_zero_p(out) && c->rounding == TB_RD) /* an exact zero sum is -0 */
        operate(c->operation, x, out, MPFR_RNDD);
    if (divides_by_bare_zero(c, x))
        mpfr_set_nan(out);
    return tb_mpfr_encode(c, out);
}
