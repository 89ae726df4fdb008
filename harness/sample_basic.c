#include "harness/sample_basic.h"

#include "reference/basic.h"

struct maker {
    const struct tb_case *c;
    const struct tb_format *f; /* of the operands */
    uint64_t (*draw)(void *context);
    void (*add)(void *context, uint64_t input);
    void *context;
    int operands, fraction_bits, fields; /* exponent fields of finite values; fraction_bits 0: no float */
};

static uint64_t draw(const struct maker *m, uint64_t below) {
    return m->draw(m->context) % below;
}

static uint64_t sign_of(const struct maker *m) {
    return m->f->is_signed ? UINT64_C(1) << (m->f->bits - 1) : 0;
}

static uint64_t any_code(const struct maker *m) {
    return m->draw(m->context) & (UINT64_MAX >> (64 - m->f->bits));
}

/* A float with this exponent field, cut into the format's. */
static uint64_t code_with(const struct maker *m, int field, uint64_t fraction) {
    field = field < 0 ? 0 : field >= m->fields ? m->fields - 1 : field;
    uint64_t mask = (UINT64_C(1) << m->fraction_bits) - 1;
    return (uint64_t)field << m->fraction_bits | (fraction & mask) | (m->draw(m->context) & sign_of(m));
}

static int field_of(const struct maker *m, uint64_t code) {
    return (int)((code & ~sign_of(m)) >> m->fraction_bits);
}

/* Few significant bits: products and sums of such are ties more often than others. */
static uint64_t short_fraction(const struct maker *m) {
    uint64_t kept = draw(m, (uint64_t)m->fraction_bits + 1);
    return m->draw(m->context) << kept;
}

/* 0, 1 or 2 ULP up or down from a power of two, or a short fraction. */
static uint64_t near_power(const struct maker *m) {
    uint64_t ulps = draw(m, 3);
    return draw(m, 2) ? ulps : 0 - ulps;
}

/* The code of an operation's result in the operands' format. */
static uint64_t result(const struct maker *m, enum tb_operation operation, const uint64_t *codes) {
    struct tb_case c = *m->c;
    uint64_t x[3];
    c.operation = operation;
    c.destination = m->f;
    c.rounding = TB_RNE;
    c.overflow = TB_SATFINITE;
    for (int i = 0; i < tb_case_shape(&c).operands; i++)
        x[i] = codes[i] << m->f->padding;
    return tb_basic_integer(&c, tb_case_join(&c, x, 0)) >> m->f->padding;
}

/* ---- Kinds of inputs: each sets all operands. ---- */

static void make_any(const struct maker *m, uint64_t x[3]) {
    for (int i = 0; i < 3; i++)
        x[i] = any_code(m);
}

/* The field of what the last operand is added to, or the first operand's. */
static int scale_of_rest(const struct maker *m, const uint64_t *x) {
    int field = field_of(m, x[0]);
    return m->operands == 3 ? field + field_of(m, x[1]) - m->f->bias : field;
}

static void make_short(const struct maker *m, uint64_t x[3]) {
    int reach = m->fraction_bits + 3;
    for (int i = 0; i < 2; i++)
        x[i] = code_with(m, (int)draw(m, (uint64_t)m->fields), short_fraction(m));
    int field = scale_of_rest(m, x) + (int)draw(m, 2 * (uint64_t)reach + 1) - reach;
    x[m->operands == 3 ? 2 : 1] = code_with(m, field, short_fraction(m));
}

/* The last operand is about minus (for a difference: about) what it is added to; a divisor about the
 * dividend.
 */
static void make_cancelling(const struct maker *m, uint64_t x[3]) {
    make_any(m, x);
    uint64_t rest = m->operands == 3 ? result(m, TB_MUL, x) : x[0];
    x[m->operands == 3 ? 2 : 1] = (rest ^ sign_of(m)) + draw(m, 5) - 2;
}

/* One summand is about half an ULP of the other, give or take what a wider format might lose. */
static void make_half(const struct maker *m, uint64_t x[3]) {
    make_any(m, x);
    for (int i = 0; i < 2; i++)
        x[i] = code_with(m, (int)draw(m, (uint64_t)m->fields), near_power(m));
    int apart = m->fraction_bits + (int)draw(m, 3), field = scale_of_rest(m, x);
    uint64_t fraction = draw(m, 2) ? m->draw(m->context) : near_power(m);
    x[m->operands == 3 ? 2 : 1] = code_with(m, draw(m, 2) ? field + apart : field - apart, fraction);
}

/* Products and quotients around the smallest normal result, or around the largest. */
static void make_edge(const struct maker *m, uint64_t x[3]) {
    make_any(m, x);
    const struct tb_format *d = m->c->destination;
    int edge = draw(m, 2) ? 1 - d->bias : (1 << tb_format_exponent_bits(d)) - 2 - d->bias;
    int exponent = edge + (int)draw(m, 9) - (draw(m, 2) ? 4 : m->fraction_bits), first = field_of(m, x[0]);
    int second = m->c->operation == TB_DIV ? first - exponent : exponent - first + 2 * m->f->bias;
    x[1] = code_with(m, second, draw(m, 2) ? short_fraction(m) : m->draw(m->context));
}

/* The first operand is about the second times a short number: quotients near values and midpoints; for a root
 * about a square. */
static void make_quotient(const struct maker *m, uint64_t x[3]) {
    make_any(m, x);
    uint64_t factors[2] = {x[1], code_with(m, (int)draw(m, (uint64_t)m->fields), short_fraction(m))};
    if (m->operands == 1)
        factors[0] = factors[1] = code_with(m, (int)draw(m, (uint64_t)m->fields), m->draw(m->context));
    x[0] = result(m, TB_MUL, factors) + draw(m, 3) - 1;
}

static void (*const kinds[])(const struct maker *m, uint64_t x[3]) = {
    make_any, make_short, make_cancelling, make_half, make_edge, make_quotient,
};

static void add_joined(const struct maker *m, const uint64_t *codes) {
    uint64_t x[3];
    for (int i = 0; i < m->operands; i++)
        x[i] = (codes[i] & (UINT64_MAX >> (64 - m->f->bits))) << m->f->padding;
    m->add(m->context, tb_case_join(m->c, x, 0));
}

/* Zeros, subnormals and normals at their ends, one, the largest, infinities, NaN; of both signs. */
static void add_landmarks(const struct maker *m) {
    uint64_t largest = 0, fraction = (UINT64_C(1) << m->fraction_bits) - 1, codes[24];
    int count = 0;
    tb_format_largest(m->f, false, &largest);
    largest >>= m->f->padding;
    const uint64_t some[] = {0,
                             1,
                             2,
                             fraction,
                             fraction + 1,
                             (uint64_t)(m->f->bias > 0 ? m->f->bias : 0) << m->fraction_bits,
                             largest - 1,
                             largest,
                             largest + 1,
                             largest + 2,
                             UINT64_MAX >> (64 - m->f->bits + m->f->is_signed)};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        codes[count++] = some[i];
        codes[count++] = some[i] | sign_of(m);
    }
    for (int i = 0; i < count; i++)
        for (int j = 0; j < (m->operands > 1 ? count : 1); j++)
            for (int k = 0; k < (m->operands > 2 ? count : 1); k++)
                add_joined(m, (const uint64_t[]){codes[i], codes[j], codes[k]});
}

void tb_sample_basic(const struct tb_case *c, size_t count, uint64_t (*draw_bits)(void *),
                     void (*add)(void *, uint64_t), void *context) {
    const struct tb_format *f = c->source;
    struct maker m = {.c = c,
                      .f = f,
                      .draw = draw_bits,
                      .add = add,
                      .context = context,
                      .operands = tb_case_shape(c).operands};
    bool floats = f->kind == TB_FLOAT && c->destination->kind == TB_FLOAT;
    if (floats) {
        m.fraction_bits = f->precision - 1;
        m.fields = 1 << tb_format_exponent_bits(f);
    }
    add_landmarks(&m);
    for (size_t i = 0; i < count; i++) {
        uint64_t x[3];
        kinds[floats ? i % (sizeof kinds / sizeof kinds[0]) : 0](&m, x);
        add_joined(&m, x);
    }
}
