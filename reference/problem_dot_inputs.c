/* The records of dot products: what parts arithmetics from each other and from the exact sum. Everything here
 * decides inputs only; the CPU's doubles are good enough for that. */
#include "reference/problem_dot.h"

#include <math.h>
#include <string.h>

/* A record under way. `scale` and `factor` of all terms are set first; values are set through them, so that a
 * term has the real value asked for as nearly as its format allows. */
struct making {
    const struct tb_problem *p;
    struct tb_dot_fields f;
    void *record;
    uint64_t state;
    size_t round; /* how many records of this kind came before */
    int top, low; /* exponents of the largest value of a and b together, and of the least that is not zero */
};

static uint32_t below(struct making *m, uint32_t n) {
    return (uint32_t)(tb_problem_random(&m->state) >> 33) % n;
}

static double sign(struct making *m) {
    return below(m, 2) ? -1 : 1;
}

/* ---- Setting elements. ---- */

static double value_at(const struct making *m, const struct tb_field *f, uint32_t place) {
    return tb_format_value(f->format, tb_field_get(f, m->record, place));
}

static double scale_at(const struct making *m, const struct tb_field *scale, const struct tb_field *factor,
                       uint32_t place) {
    double s = scale ? value_at(m, scale, place / m->f.block) : 1;
    return factor ? s * value_at(m, factor, 0) : s;
}

static void set(struct making *m, const struct tb_field *f, uint32_t place, double x) {
    tb_field_set(f, m->record, place, tb_problem_pattern(f->format, x, TB_SATFINITE));
}

/* Under scales: the code times its scale comes near x. */
static void set_a(struct making *m, uint32_t i, double x) {
    set(m, m->f.a, i, x / scale_at(m, m->f.scale_a, m->f.factor_a, i));
}
static void set_b(struct making *m, uint32_t i, double x) {
    set(m, m->f.b, i, x / scale_at(m, m->f.scale_b, m->f.factor_b, i));
}
static void set_c(struct making *m, double x) {
    set(m, m->f.c, 0, x);
}

static double product_at(const struct making *m, uint32_t i) {
    return value_at(m, m->f.a, i) * scale_at(m, m->f.scale_a, m->f.factor_a, i) * value_at(m, m->f.b, i) *
           scale_at(m, m->f.scale_b, m->f.factor_b, i);
}

static double sum_of(const struct making *m) {
    double sum = 0;
    for (uint32_t i = 0; i < m->f.k; i++)
        sum += product_at(m, i);
    return sum;
}

/* A number of random bits in the binade of 2^exponent. */
static double random_value(struct making *m, int exponent) {
    return sign(m) * ldexp(1 + fabs(tb_problem_fraction(&m->state)), exponent);
}

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int largest_exponent(const struct tb_format *f) {
    uint64_t code;
    return tb_format_largest(f, false, &code) ? ilogb(tb_format_value(f, code)) : 0;
}
static int least_exponent(const struct tb_format *f) {
    return ilogb(tb_format_value(f, UINT64_C(1) << f->padding));
}

/* 2^exponent as a product that both formats hold, as far as they do. */
static void set_power(struct making *m, uint32_t i, double signed_one, int exponent) {
    int most = largest_exponent(m->f.a->format), least = least_exponent(m->f.a->format);
    int of_a = exponent / 2 > most ? most : exponent / 2 < least ? least : exponent / 2;
    set_a(m, i, ldexp(signed_one, of_a));
    set_b(m, i, ldexp(1, exponent - of_a));
}

static void random_terms(struct making *m, int exponent, uint32_t spread) {
    for (uint32_t i = 0; i < m->f.k; i++) {
        set_a(m, i, random_value(m, exponent - (int)below(m, spread)));
        set_b(m, i, random_value(m, exponent - (int)below(m, spread)));
    }
}

/* ---- Records. ---- */

/* As activations and weights have them: a few binades around one. */
static void ordinary(struct making *m) {
    random_terms(m, 1, 4);
    set_c(m, m->round % 3 == 0 ? 0 : random_value(m, (int)below(m, 8) - 2));
}

static void wide_spread(struct making *m) {
    random_terms(m, 3, 12);
    set_c(m, m->round % 2 ? random_value(m, 4) : 0);
}

/* Every finite code is as likely as any other. */
static void any_codes(struct making *m) {
    const struct tb_field *fields[] = {m->f.a, m->f.b, m->f.c};
    for (int which = 0; which < 3; which++)
        for (uint32_t i = 0; i < fields[which]->columns; i++) {
            const struct tb_format *f = fields[which]->format;
            uint64_t code = (tb_problem_random(&m->state) >> (64 - f->bits)) << f->padding;
            while (tb_format_decode(f, code).class > TB_FINITE)
                code = (tb_problem_random(&m->state) >> (64 - f->bits)) << f->padding;
            tb_field_set(fields[which], m->record, i, code);
        }
}

/* A product of random bits in the binade of 2^exponent or the next. */
static void random_product(struct making *m, uint32_t i, int exponent) {
    int of_a = exponent / 2;
    set_a(m, i, random_value(m, of_a));
    set_b(m, i, random_value(m, exponent - of_a));
}

/* Pairs that cancel, spread over the whole sum, and what is left: small terms, of which the large ones cost
 * their last bits. */
static void cancelling(struct making *m) {
    const uint32_t k = m->f.k, step = k > 5 ? k / 2 - m->round % 3 : 1;
    const int large = m->round % 2 ? smaller(m->top - 2, 40) : 6;
    for (uint32_t i = 0; i < k; i++)
        random_product(m, i, large - 16 - (int)below(m, 8));
    for (uint32_t i = 0; i + step < k && i < step; i++) {
        uint32_t j = i + step;
        if (i % 8 == 7)
            continue;
        random_product(m, i, large - (int)below(m, 3));
        set_a(m, j, -value_at(m, m->f.a, i) * scale_at(m, m->f.scale_a, m->f.factor_a, i));
        set_b(m, j, value_at(m, m->f.b, i) * scale_at(m, m->f.scale_b, m->f.factor_b, i));
    }
    set_c(m, m->round % 2 ? 0 : random_value(m, -4));
}

/* c takes away the sum of all the rest but its last bits. */
static void cancelled_by_c(struct making *m) {
    random_terms(m, 1, 3);
    set_c(m, -sum_of(m));
}

/* A large c, and products of half its last bit, or a little less or more. */
static void beside_large_c(struct making *m) {
    int e = 3 + (int)below(m, 4),
        precision = m->f.c->format->kind == TB_FLOAT ? m->f.c->format->precision : 31;
    for (uint32_t i = 0; i < m->f.k; i++)
        set_power(m, i, below(m, 8) ? 1 : -1, e - precision - (int)below(m, 3));
    set_c(m, ldexp(m->round % 2 ? 1.5 : 1, e));
}

/* The first product is as large as c was, the others are lost beside it one by one. */
static void beside_large_product(struct making *m) {
    static const int bits[] = {24, 11, 8, 10, 53};
    int e = m->top - 2 - (int)below(m, 3), drop = bits[m->round % 5];
    uint32_t at = (uint32_t)(m->round / 5 * 7) % m->f.k;
    for (uint32_t i = 0; i < m->f.k; i++) {
        set_power(m, i, 1, e - drop > m->low ? e - drop : m->low);
        if (below(m, 4) == 0)
            set_a(m, i, 0);
    }
    set_power(m, at, 1, e);
    set_c(m, 0);
}

static int precision_of_d(const struct making *m) {
    const struct tb_format *d = m->f.d->format;
    return d->kind == TB_FLOAT ? d->precision : 31;
}

/* A tie of d, alone, or with one tiny term that breaks it, up or down, far below: a product, or c. */
static void tie(struct making *m) {
    const int precision = precision_of_d(m), most = largest_exponent(m->f.d->format) - 1;
    const double breaker = m->round % 3 == 0 ? 0 : m->round % 3 == 1 ? 1 : -1;
    const uint32_t k = m->f.k, tiny = m->round % 2 ? k - 1 : 0, half = k / 2;
    bool by_c = m->round % 4 == 3;
    int e = smaller((by_c ? m->top : m->top + precision - 1) - (int)below(m, 3), most);
    by_c = by_c || e > largest_exponent(m->f.c->format) - 1;
    e = by_c ? smaller(e, m->top) : e;
    set_power(m, half, 1, e - precision);
    if (breaker != 0 && tiny != half && !by_c)
        set_power(m, tiny, breaker, m->round % 4 < 2 ? m->low : e - precision - 20);
    if (by_c)
        set_power(m, (half + 1) % k, 1, e);
    set_c(m, by_c ? breaker * ldexp(1, least_exponent(m->f.c->format) + 1)
                  : ldexp(1 + ldexp(m->round % 4 < 2 ? 0 : 1, 1 - precision), e));
}

/* Products with many bits, small ones or of the size of d, beside a c that brings their sum next to a tie of
 * d: what is lost on the way decides on which side of it the answer lies. */
static void near_tie(struct making *m) {
    const int precision = precision_of_d(m), most = largest_exponent(m->f.d->format) - 1;
    int e = smaller(smaller(m->top + 12, 4), most) - (int)below(m, 2);
    for (uint32_t i = 0; i < m->f.k; i++)
        random_product(m, i, m->round % 2 ? e - 15 - (int)below(m, 8) : e - (int)below(m, 20));
    double tie = ldexp(1 + ldexp(2.0 * below(m, 4) + 1, -precision), e);
    set_c(m, tie - sum_of(m));
}

/* The least values of both formats, and a c of the same kind. */
static void subnormal(struct making *m) {
    int a = least_exponent(m->f.a->format), b = least_exponent(m->f.b->format);
    for (uint32_t i = 0; i < m->f.k; i++) {
        bool small_a = m->round % 3 != 1, small_b = m->round % 3 != 0;
        set_a(m, i, random_value(m, small_a ? a + (int)below(m, 4) : 0));
        set_b(m, i, random_value(m, small_b ? b + (int)below(m, 4) : 0));
    }
    set_c(m, m->round % 2 ? 0 : random_value(m, least_exponent(m->f.c->format) + (int)below(m, 6)));
}

/* Results that are subnormal in d, or next to them. */
static void small_result(struct making *m) {
    int least = m->f.d->format->kind == TB_FLOAT ? least_exponent(m->f.d->format) : 0;
    int e = least + 1 < m->low ? m->low + 4 : least + 1;
    for (uint32_t i = 0; i < m->f.k; i++)
        random_product(m, i, e - (int)below(m, 4));
    set_c(m, m->round % 2 ? 0 : random_value(m, least + 3));
}

/* Products and partial sums that leave the range of fp32 or of d on the way, or at the end. */
static void large(struct making *m) {
    int most = largest_exponent(m->f.d->format), e = m->top < most ? m->top : most;
    for (uint32_t i = 0; i < m->f.k; i++) {
        int of_a = e / 2;
        double s = m->round % 2 ? sign(m) : i < m->f.k / 2 ? 1 : -1;
        set_a(m, i, s * fabs(random_value(m, of_a)));
        set_b(m, i, fabs(random_value(m, e - of_a - (int)below(m, 2))));
    }
    set_c(m, random_value(m, m->round % 3 == 0 ? most : most - 3));
}

/* One term that is not zero: what it is names its place. */
static void place(struct making *m) {
    uint32_t at = m->round % 3 == 0 ? m->f.k - 1 : m->round % 3 == 1 ? 0 : (uint32_t)(m->round * 11) % m->f.k;
    set_power(m, at, 1, (int)(m->round % 5));
    set_c(m, m->round % 2 ? 4 : 0);
}

/* Exponents that rise, or fall, along the sum: the order of its terms matters most. */
static void sorted(struct making *m) {
    int span = m->top - m->low < 40 ? m->top - m->low : 40;
    for (uint32_t i = 0; i < m->f.k; i++) {
        uint32_t rank = m->round % 2 ? i : m->f.k - 1 - i;
        random_product(m, i, m->top - span - 2 + (int)((uint64_t)rank * (uint32_t)span / m->f.k));
    }
    set_c(m, random_value(m, m->top - span / 2));
}

/* All zeros of one sign, of both, exact cancellation; zeros beside a subnormal c. */
static void zeros(struct making *m) {
    for (uint32_t i = 0; i < m->f.k; i++) {
        bool negative = m->round % 4 == 0 || (m->round % 4 == 2 && i % 3 == 0);
        set_a(m, i, negative ? -0.0 : 0.0);
        set_b(m, i, below(m, 4));
    }
    if (m->round % 4 == 3) {
        set_power(m, 0, 1, 1);
        set_power(m, m->f.k - 1, -1, 1);
    }
    set_c(m, m->round % 8 < 4 ? -0.0 : 0.0);
    if (m->round % 8 == 5)
        set_c(m, random_value(m, least_exponent(m->f.c->format) + 3));
}

static void set_nan(struct making *m, const struct tb_field *f, uint32_t at) {
    uint64_t code;
    if (f && tb_format_nan(f->format, false, UINT64_C(1) << 63, &code))
        tb_field_set(f, m->record, at, code);
}
static void set_infinity(struct making *m, const struct tb_field *f, uint32_t at, bool negative) {
    uint64_t code;
    if (f && tb_format_infinity(f->format, negative, &code))
        tb_field_set(f, m->record, at, code);
}

/* One NaN or infinity, two infinities, an infinity and a zero: where the formats have them. */
static void special(struct making *m) {
    uint32_t k = m->f.k, at = m->round % 2 ? k - 1 : below(m, k);
    ordinary(m);
    switch (m->round % 6) {
    case 0:
        set_nan(m, m->round % 12 ? m->f.a : m->f.b, at);
        return;
    case 1:
        set_nan(m, m->f.scale_a ? m->f.scale_a : m->f.b, m->f.scale_a ? m->f.scale_a->columns - 1 : at);
        return;
    case 2:
        set_infinity(m, m->f.a, at, m->round % 4 == 0);
        return;
    case 3:
        set_infinity(m, m->f.b, at, false);
        set_infinity(m, m->f.b, (at + 1) % k, true);
        set_a(m, at, 1);
        set_a(m, (at + 1) % k, 1);
        return;
    case 4:
        set_infinity(m, m->f.a, at, false);
        set_b(m, at, 0);
        return;
    default:
        set_infinity(m, m->f.c, 0, m->round % 4 == 1);
        set_nan(m, m->f.a, m->round % 12 == 5 ? at : 0);
    }
}

/* ---- Integers. ---- */

static void any_integers(struct making *m) {
    any_codes(m);
    if (m->round % 2)
        set_c(m, (double)((int)below(m, 1 << 20) - (1 << 19)));
}

/* All products at an end of the range, and c at an end of its own. */
static void integer_ends(struct making *m) {
    for (uint32_t i = 0; i < m->f.k; i++) {
        set_a(m, i, m->round % 2 ? -1e9 : 1e9);
        set_b(m, i, m->round / 2 % 2 ? -1e9 : 1e9);
    }
    set_c(m, m->round % 3 == 0 ? 0x1p31 : m->round % 3 == 1 ? -0x1p31 : 0);
}

static void integer_place(struct making *m) {
    set_a(m, m->round % 2 ? m->f.k - 1 : (uint32_t)(m->round * 7) % m->f.k, 1);
    for (uint32_t i = 0; i < m->f.k; i++)
        set_b(m, i, i % 127 + 1);
    set_c(m, (double)m->round);
}

/* ---- Scales, origins. ---- */

static void set_scales(struct making *m, bool extreme) {
    const struct tb_field *scales[] = {m->f.scale_a, m->f.scale_b, m->f.factor_a, m->f.factor_b};
    for (int which = 0; which < 4; which++)
        for (uint32_t i = 0; scales[which] && i < scales[which]->columns; i++) {
            int spread = extreme && which < 2 ? 20 : 3;
            set(m, scales[which], i, fabs(random_value(m, (int)below(m, 2 * (uint32_t)spread) - spread)));
        }
}

/* What a code may have been quantized from: its value, moved by less than half the gap to its neighbours. */
static void set_origin(struct making *m, const struct tb_field *origin, const struct tb_field *f,
                       const struct tb_field *scale, const struct tb_field *factor) {
    for (uint32_t i = 0; origin && i < origin->columns; i++) {
        double x = value_at(m, f, i) * scale_at(m, scale, factor, i);
        int precision = f->format->kind == TB_FLOAT ? f->format->precision : f->format->bits;
        double moved = x + ldexp(x, -precision) * 0.49 * tb_problem_fraction(&m->state);
        tb_field_set(origin, m->record, i, tb_problem_pattern(origin->format, moved, TB_TO_INF));
    }
}

static void (*const of_floats[])(struct making *m) = {
    ordinary,    cancelling, beside_large_c, tie,          any_codes, sorted, special, beside_large_product,
    wide_spread, subnormal,  cancelled_by_c, small_result, large,     place,  zeros,   near_tie,
};
/* A narrow d hides what ordinary sums lose. */
static void (*const of_narrow_floats[])(struct making *m) = {
    near_tie, cancelling, beside_large_c, tie,          any_codes, sorted, special, cancelling,
    near_tie, subnormal,  cancelled_by_c, small_result, large,     place,  zeros,   near_tie,
};
static void (*const of_integers[])(struct making *m) = {any_integers, integer_ends, any_integers,
                                                        integer_place};

enum {
    KINDS = sizeof of_floats / sizeof of_floats[0],
    INTEGER_KINDS = sizeof of_integers / sizeof of_integers[0]
};

void tb_dot_make_input(const struct tb_problem *p, size_t index, void *record) {
    struct making m = {p, tb_dot_fields_of(p), record, tb_problem_seed(p, index), 0, 0, 0};
    bool integers = m.f.a->format->kind == TB_INTEGER;
    m.round = index / (integers ? INTEGER_KINDS : KINDS);
    m.top = largest_exponent(m.f.a->format) + largest_exponent(m.f.b->format);
    m.low = least_exponent(m.f.a->format) + least_exponent(m.f.b->format);
    set_scales(&m, m.round % 4 == 3);
    if (integers && !m.f.scale_a)
        of_integers[index % INTEGER_KINDS](&m);
    else
        (m.f.d->format->bits < 32 ? of_narrow_floats : of_floats)[index % KINDS](&m);
    set_origin(&m, m.f.origin_a, m.f.a, m.f.scale_a, m.f.factor_a);
    set_origin(&m, m.f.origin_b, m.f.b, m.f.scale_b, m.f.factor_b);
}
