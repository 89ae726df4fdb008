#include "reference/mma_probe.h"

#include "reference/problem.h"
#include "vectors/mma_model.h"

#include <math.h>
#include <string.h>

/* A shape as the probes see it. Products of powers of two reach from 2^low to 2^high and more; `big` is one
 * that d holds with room to spare; `span` binades below it are reached. `top` is one that only a sum has to
 * hold. */
struct view {
    const struct tb_mma_shape *shape;
    int low, big, span, top;
    struct tb_mma_question *out;
};

static int greatest_exponent(const struct tb_format *f) {
    uint64_t top = 0;
    tb_format_largest(f, false, &top);
    return ilogb(tb_format_value(f, top));
}

/* Of the least number above zero. */
static int lowest_exponent(const struct tb_format *f) {
    bool subnormals = f->low == TB_LOW_SUBNORMALS;
    return tb_mma_least_exponent(f) - (subnormals ? tb_format_fraction_bits(f) : 0);
}

static int least(int a, int b) {
    return a < b ? a : b;
}
static int most(int a, int b) {
    return a > b ? a : b;
}

enum { DEEPEST = 48, HIGHEST = 30 };

static struct view view_of(const struct tb_mma_shape *shape, struct tb_mma_question *out) {
    struct view v = {.shape = shape, .out = out};
    v.low = lowest_exponent(shape->a) + lowest_exponent(shape->b);
    v.top = least(greatest_exponent(shape->a) + greatest_exponent(shape->b) - 1, HIGHEST);
    v.big = least(v.top, greatest_exponent(shape->c) - 8);
    v.span = most(1, least(v.big - v.low, DEEPEST));
    return v;
}

/* ---- Building one. ---- */

static uint64_t pattern(const struct tb_format *f, double x) {
    return tb_problem_pattern(f, x, TB_SATFINITE);
}

static void set_c(const struct view *v, double x) {
    v->out->c = tb_problem_pattern(v->shape->c, x, TB_TO_INF);
}

static int clamp(int x, int low, int high) {
    return x < low ? low : x > high ? high : x;
}

/* a[index] * b[index] = factor * 2^exponent, as far as the formats reach. */
static void set_product(const struct view *v, uint32_t index, double factor, int exponent) {
    const struct tb_mma_shape *s = v->shape;
    if (index >= s->k)
        return;
    int half = clamp(exponent >= 0 ? exponent / 2 : -(-exponent / 2), tb_mma_least_exponent(s->b),
                     greatest_exponent(s->b));
    int of_a = clamp(exponent - half, lowest_exponent(s->a), greatest_exponent(s->a));
    int of_b = clamp(exponent - of_a, lowest_exponent(s->b), greatest_exponent(s->b));
    v->out->a[index] = pattern(s->a, ldexp(factor, of_a));
    v->out->b[index] = pattern(s->b, ldexp(1, of_b));
}

static void set_factors(const struct view *v, uint32_t index, double a, double b) {
    if (index >= v->shape->k)
        return;
    v->out->a[index] = pattern(v->shape->a, a);
    v->out->b[index] = pattern(v->shape->b, b);
}

static double largest(const struct tb_format *f) {
    uint64_t top = 0;
    tb_format_largest(f, false, &top);
    return tb_format_value(f, top);
}

static double smallest(const struct tb_format *f) {
    return ldexp(1, lowest_exponent(f));
}

/* ---- The families: how many of each there are, and number i of them. ---- */

static const double factors[] = {1, -1, 1.5, -1.5, 1.25, -1.75};
enum { FACTORS = sizeof factors / sizeof factors[0] };

static size_t of_span(const struct view *v) {
    return (size_t)v->span;
}
static size_t of_top_span(const struct view *v) {
    return (size_t)most(1, least(v->top - v->low, DEEPEST));
}
static size_t of_span_and_factors(const struct view *v) {
    return (size_t)v->span * FACTORS;
}
static size_t of_fraction(const struct view *v) {
    return 2 * ((size_t)tb_format_fraction_bits(v->shape->c) + 1);
}
static int depth_of(size_t i) {
    return 1 + (int)(i / FACTORS);
}

/* c = 1 + 2^-n and its negative. */
static void c_alone(const struct view *v, size_t i) {
    set_c(v, (i % 2 ? -1 : 1) * (1 + ldexp(1, -(int)(i / 2) - 1)));
}

static size_t c_edge_count(const struct view *v) {
    (void)v;
    return 7;
}
static void c_edges(const struct view *v, size_t i) {
    const struct tb_format *c = v->shape->c;
    double normal = ldexp(1, tb_mma_least_exponent(c)), tiny = smallest(c);
    const double edges[7] = {-0.0, largest(c), -largest(c), normal, tiny, -(normal - tiny), 3 * tiny};
    set_c(v, edges[i]);
}

static size_t product_count(const struct view *v) {
    (void)v;
    return 8;
}
static void one_product(const struct view *v, size_t i) {
    double a = largest(v->shape->a), b = largest(v->shape->b), tiny_a = smallest(v->shape->a),
           tiny_b = smallest(v->shape->b), normal = ldexp(1, tb_mma_least_exponent(v->shape->a));
    /* clang-format off */
    const double pairs[8][2] = {
        {1,      1     }, {1.5,    1.5}, {a, b     }, {-a,     b},
        {tiny_a, tiny_b}, {tiny_a, -b }, {a, tiny_b}, {normal, 1},
    };
    /* clang-format on */
    set_factors(v, (uint32_t)i % v->shape->k, pairs[i][0], pairs[i][1]);
}

/* Indices that stand in one step of 16 in every order. */
static uint32_t near(const struct view *v, uint32_t i) {
    return v->shape->k > 8 ? 4 * i : i;
}

static void ladder(const struct view *v, size_t i) {
    set_product(v, 0, 1, v->big);
    set_product(v, 1, factors[i % FACTORS], v->big - depth_of(i));
    set_product(v, 2, -1, v->big);
}

/* Beyond what d holds, where the products reach further. */
static size_t of_top(const struct view *v) {
    return v->top > v->big ? (size_t)least(v->top - v->low, DEEPEST) * FACTORS : 0;
}
static void high_ladder(const struct view *v, size_t i) {
    set_product(v, 0, 1, v->top);
    set_product(v, near(v, 1), factors[i % FACTORS], v->top - depth_of(i));
    set_product(v, near(v, 2), -1, v->top);
}

static void ladder_of_two(const struct view *v, size_t i) {
    set_product(v, 0, 1, v->big);
    set_product(v, 1, 1, v->big - 1 - (int)i);
    set_product(v, 2, 1, v->big - 1 - (int)i);
    set_product(v, 3, -1, v->big);
}

static void normalised(const struct view *v, size_t i) {
    int half = v->top / 2;
    double a = ldexp(1.5, half), b = ldexp(1.5, v->top - half - 2);
    set_factors(v, 0, a, b);
    set_product(v, near(v, 1), 1, v->top - 2 - (int)i);
    set_factors(v, near(v, 2), -a, b);
}

static void rounding(const struct view *v, size_t i) {
    double sign = i % 2 ? -1 : 1;
    int n = 1 + (int)(i / 6), base = least(v->big, 0) + (v->low < -20 ? 0 : v->big);
    set_product(v, 0, sign, base);
    set_product(v, 1, sign, base - n);
    if (i / 2 % 3 > 0)
        set_product(v, 2, sign, base - n - 1);
    if (i / 2 % 3 > 1)
        set_product(v, 3, sign, base - n - 4);
}

static void c_is_big(const struct view *v, size_t i) {
    set_c(v, ldexp(1, v->big));
    set_product(v, 0, factors[i % FACTORS], v->big - depth_of(i));
    set_product(v, 1, -1, v->big);
}
static void c_is_small(const struct view *v, size_t i) {
    set_c(v, ldexp(factors[i % FACTORS], v->big - depth_of(i)));
    set_product(v, 0, 1, v->big);
    set_product(v, 1, -1, v->big);
}
static void c_stays(const struct view *v, size_t i) {
    set_c(v, ldexp(i % 4 < 2 ? 1 : -1, v->big));
    set_product(v, 0, factors[i % FACTORS], v->big - depth_of(i));
}
/* Two products of half a unit at c's last place. */
static void c_grows(const struct view *v, size_t i) {
    set_c(v, ldexp(1, v->big));
    set_product(v, 0, 1, v->big - 1 - (int)i);
    set_product(v, v->shape->k - 1, 1, v->big - 1 - (int)i);
}

/* big and -big at two indices, something small at a third. */
static size_t place_count(const struct view *v) {
    return v->shape->k < 3 ? 0 : 4 * (size_t)least((int)v->shape->k, 128);
}
static void places(const struct view *v, size_t i) {
    uint32_t k = v->shape->k, j = (uint32_t)(i / 4);
    const uint32_t at[4][3] = {
        {0, 1,           j          },
        {0, k - 1,       j          },
        {j, (j + 1) % k, (j + 2) % k},
        {j, 0,           k / 2      }
    };
    const uint32_t *p = at[i % 4];
    int depth = least(v->span, v->span > 30 ? 30 : v->span);
    set_product(v, p[0], 1, v->big);
    set_product(v, p[1], -1, v->big);
    if (p[2] != p[0] && p[2] != p[1])
        set_product(v, p[2], 1, v->big - depth);
}

static size_t c_place_count(const struct view *v) {
    return 2 * (size_t)least((int)v->shape->k, 128);
}
static void c_places(const struct view *v, size_t i) {
    uint32_t k = v->shape->k, j = (uint32_t)(i / 2), small = i % 2 ? k - 1 : 0;
    set_c(v, ldexp(1, v->big));
    set_product(v, j, -1, v->big);
    if (small != j)
        set_product(v, small, 1, v->big - least(v->span, 30));
}

static size_t many(const struct view *v) {
    return v->shape->k < 3 ? 0 : 160;
}
static void random_places(const struct view *v, size_t i) {
    uint64_t state = 0x7365656b + i;
    uint32_t k = v->shape->k, p = (uint32_t)(tb_problem_random(&state) % k),
             q = (uint32_t)(tb_problem_random(&state) % k), r = (uint32_t)(tb_problem_random(&state) % k);
    if (p == q || r == p || r == q)
        return;
    int depth = 2 + (int)(tb_problem_random(&state) % (unsigned)most(1, v->span - 1));
    set_product(v, p, 1, v->big);
    set_product(v, q, -1, v->big);
    set_product(v, r, i % 3 ? 1 : -1.5, v->big - least(depth, v->span));
}

/* A tie of d, and something far below that breaks it. */
static size_t tie_count(const struct view *v) {
    (void)v;
    return 24;
}
static void ties(const struct view *v, size_t i) {
    int fraction = tb_format_fraction_bits(v->shape->c), top = v->big;
    double sign = i % 2 ? -1 : 1, odd = i / 2 % 2 ? 1 : 0;
    if (top + fraction + 1 <= greatest_exponent(v->shape->c) - 1)
        top += fraction + 1;
    set_c(v, sign * (ldexp(1, top) + odd * ldexp(1, top - fraction)));
    set_product(v, 0, sign, top - fraction - 1);
    if (i / 4 % 3 > 0)
        set_product(v, v->shape->k - 1, i / 4 % 3 == 1 ? sign : -sign, i < 12 ? v->low : v->low + 3);
}

static size_t tiny_count(const struct view *v) {
    (void)v;
    return 48;
}
/* Results, accumulators and operands among the subnormals. */
static void tiny(const struct view *v, size_t i) {
    const struct tb_mma_shape *s = v->shape;
    int least_d = tb_mma_least_exponent(s->c), n = (int)(i / 6);
    switch (i % 6) {
    case 0:
        set_product(v, 0, 1.5, least_d - n);
        break;
    case 1:
        set_product(v, 0, -1, least_d);
        set_product(v, 1, 1.5, least_d - n);
        break;
    case 2:
        set_c(v, ldexp(1.5, least_d - n));
        set_product(v, 0, 1, least_d);
        break;
    case 3:
        set_factors(v, 0, smallest(s->a) * (1 + n), 1);
        break;
    case 4:
        set_factors(v, 0, 1, -smallest(s->b) * (1 + n));
        break;
    default:
        set_c(v, -ldexp(1.25, least_d - n));
        break;
    }
}

static size_t huge_count(const struct view *v) {
    (void)v;
    return 8;
}
static void huge(const struct view *v, size_t i) {
    const struct tb_mma_shape *s = v->shape;
    double sign = i % 2 ? -1 : 1, a = largest(s->a), b = largest(s->b), top = largest(s->c);
    uint32_t count = i / 2 % 2 ? s->k : 1;
    for (uint32_t j = 0; j < count; j++)
        set_factors(v, j, sign * a, b);
    if (i >= 4)
        set_c(v, sign * top);
}

static size_t special_count(const struct view *v) {
    (void)v;
    return 12;
}
static void specials(const struct view *v, size_t i) {
    /* clang-format off */
    static const struct {
        double a, b, second_a, second_b, c;
    } rows[12] = {
        {NAN,       1,        1,         1, 0        },
        {1,         NAN,      0,         0, 1        },
        {1,         1,        1,         1, NAN      },
        {INFINITY,  1,        1,         1, 0        },
        {INFINITY, -1,        1,         1, 0        },
        {INFINITY,  0,        1,         1, 1        },
        {INFINITY,  1,       -INFINITY,  1, 0        },
        {1,         1,        1,         1, INFINITY },
        {INFINITY,  1,        0,         0, -INFINITY},
        {NAN,       0,        1,         1, INFINITY },
        {1,         1,        1,         1, -INFINITY},
        {-1,        INFINITY, 1,         1, -INFINITY},
    };
    /* clang-format on */
    const struct tb_mma_shape *s = v->shape;
    const double x[4] = {rows[i].a, rows[i].b, rows[i].second_a, rows[i].second_b};
    for (uint32_t j = 0; j < 4; j++) {
        uint32_t index = j / 2 ? s->k - 1 : 0;
        const struct tb_format *f = j % 2 ? s->b : s->a;
        (j % 2 ? v->out->b : v->out->a)[index] = tb_problem_pattern(f, x[j], TB_TO_INF);
    }
    set_c(v, rows[i].c);
}

static size_t zero_count(const struct view *v) {
    (void)v;
    return 6;
}
static void zeros(const struct view *v, size_t i) {
    double sign = i % 2 ? -0.0 : 0.0;
    for (uint32_t j = 0; j < v->shape->k && i < 4; j++)
        set_factors(v, j, sign, 1);
    if (i >= 4) {
        set_factors(v, 0, 1, 1);
        set_factors(v, v->shape->k - 1, -1, 1);
    }
    set_c(v, i / 2 % 2 ? -0.0 : 0.0);
}

/* What is asked first tells most. */
static const struct {
    const char *what;
    size_t (*count)(const struct view *v);
    void (*make)(const struct view *v, size_t i);
} families[] = {
    {"c alone",                                  of_fraction,         c_alone      },
    {"one product",                              product_count,       one_product  },
    {"big + small - big",                        of_span_and_factors, ladder       },
    {"the biggest + small - the biggest",        of_top,              high_ladder  },
    {"big and -big, a small one at each index",  place_count,         places       },
    {"c = big, -big, a small one",               of_span_and_factors, c_is_big     },
    {"1.5 * 1.5, its negative, a small one",     of_top_span,         normalised   },
    {"a sum longer than the result",             of_span_and_factors, rounding     },
    {"c at its edges",                           c_edge_count,        c_edges      },
    {"subnormals",                               tiny_count,          tiny         },
    {"big + small + small - big",                of_span,             ladder_of_two},
    {"c = small, big, -big",                     of_span_and_factors, c_is_small   },
    {"c = big, a small one",                     of_span_and_factors, c_stays      },
    {"c = big, -big at each index, a small one", c_place_count,       c_places     },
    {"big, -big, small at random indices",       many,                random_places},
    {"c = big, two small ones far apart",        of_span,             c_grows      },
    {"a tie, broken far below",                  tie_count,           ties         },
    {"the largest numbers",                      huge_count,          huge         },
    {"NaN and infinity",                         special_count,       specials     },
    {"zeros",                                    zero_count,          zeros        },
};
enum { FAMILIES = sizeof families / sizeof families[0] };

static bool integers(const struct tb_mma_shape *shape) {
    return shape->a->kind == TB_INTEGER;
}

static void clear(const struct tb_mma_shape *shape, struct tb_mma_question *out) {
    memset(out->a, 0, shape->k * sizeof *out->a);
    memset(out->b, 0, shape->k * sizeof *out->b);
    out->c = 0;
}

/* ---- Integers: sums at the ends of 32 bits. ---- */

enum { INTEGER_PROBES = 16 };

static uint64_t integer_code(const struct tb_format *f, bool low) {
    uint64_t code = 0;
    tb_format_largest(f, low && f->is_signed, &code);
    return code;
}

/* c at an end, pushed beyond it at index 0 and back at index j: what is clamped in between is lost. */
static void push_and_pull(const struct tb_mma_shape *s, uint32_t j, struct tb_mma_question *out) {
    bool down = j % 2;
    out->a[0] = out->a[j] = integer_code(s->a, false);
    out->b[0] = integer_code(s->b, down);
    out->b[j] = integer_code(s->b, !down);
    out->c = down ? UINT32_C(0x80000000) : UINT32_C(0x7fffffff);
}

static void integer_probe(const struct tb_mma_shape *s, size_t i, struct tb_mma_question *out) {
    uint32_t count = i % 4 == 3 ? s->k : (uint32_t)(i % 4);
    if (i >= INTEGER_PROBES) {
        push_and_pull(s, (uint32_t)(i - INTEGER_PROBES) + 1, out);
        return;
    }
    for (uint32_t j = 0; j < count && j < s->k; j++) {
        out->a[j] = i / 4 % 2 ? integer_code(s->a, true) : 1;
        out->b[j] = integer_code(s->b, i / 4 % 2 == 0);
    }
    out->c = i / 8 ? UINT32_C(0x7fffffff) : UINT32_C(0x80000000);
}

/* ---- All of them. ---- */

size_t tb_mma_probe_count(const struct tb_mma_shape *shape) {
    struct view v = view_of(shape, NULL);
    size_t count = 0;
    if (integers(shape))
        return INTEGER_PROBES + (shape->k < 128 ? shape->k : 128) - 1;
    for (int f = 0; f < FAMILIES; f++)
        count += families[f].count(&v);
    return count;
}

const char *tb_mma_probe(const struct tb_mma_shape *shape, size_t number, struct tb_mma_question *out) {
    clear(shape, out);
    if (integers(shape)) {
        integer_probe(shape, number, out);
        return "sums at the ends of the range";
    }
    struct view v = view_of(shape, out);
    for (int f = 0; f < FAMILIES; f++) {
        size_t here = families[f].count(&v);
        if (number < here) {
            families[f].make(&v, number);
            return families[f].what;
        }
        number -= here;
    }
    return "nothing";
}

/* ---- Random ones. ---- */

static unsigned below(uint64_t *state, unsigned n) {
    return (unsigned)((tb_problem_random(state) >> 33) % n);
}

/* A number with an exponent within `width` of `centre`, a random fraction and sign. */
static double number(uint64_t *state, int centre, int width) {
    double fraction = 1 + ldexp((double)(tb_problem_random(state) >> 40), -24);
    int exponent = centre + (int)below(state, 2 * (unsigned)width + 1) - width;
    return ldexp(below(state, 2) ? -fraction : fraction, exponent);
}

static uint64_t any_code(const struct tb_format *f, uint64_t *state) {
    for (;;) {
        uint64_t code = (tb_problem_random(state) >> 20 & (tb_format_codes(f) - 1)) << f->padding;
        enum tb_class class = tb_format_decode(f, code).class;
        if (class == TB_ZERO || class == TB_FINITE)
            return code;
    }
}

static void draw_integers(const struct tb_mma_shape *s, unsigned character, uint64_t *state,
                          struct tb_mma_question *out) {
    for (uint32_t i = 0; i < s->k; i++) {
        bool edge = character % 2 && below(state, 2);
        out->a[i] = edge ? integer_code(s->a, below(state, 2)) : any_code(s->a, state);
        out->b[i] = edge ? integer_code(s->b, below(state, 2)) : any_code(s->b, state);
    }
    uint32_t c = (uint32_t)(tb_problem_random(state) >> 32);
    out->c = character % 4 < 2 ? c >> 12 : character % 4 == 2 ? c : (c & 0x80000fff) ^ 0x7ffffff0;
}

/* Exponents of operands: near 1, a few binades, most of the format; and how many products there are. */
static const struct {
    int width;    /* -1: all codes alike */
    int of;       /* one product in so many */
    bool cancels; /* every second product is nearly the negative of the one before */
    int c;        /* 0: none; else its exponent's width about the products' */
} characters[TB_MMA_CHARACTERS] = {
    {1,  1, false, 3 },
    {3,  1, false, 8 },
    {3,  1, true,  12},
    {8,  1, false, 0 },
    {8,  4, true,  12},
    {-1, 1, false, 20},
    {14, 8, true,  26},
    {5,  2, false, 26},
};

void tb_mma_draw(const struct tb_mma_shape *s, unsigned character, uint64_t *state,
                 struct tb_mma_question *out) {
    clear(s, out);
    if (integers(s)) {
        draw_integers(s, character, state, out);
        return;
    }
    /* A width that the narrower operand has on both sides of 1. */
    int width = characters[character].width, reach = least(greatest_exponent(s->a), greatest_exponent(s->b));
    width = least(width, most(reach, 1));
    for (uint32_t i = 0; i < s->k; i++) {
        if (below(state, (unsigned)characters[character].of))
            continue;
        out->a[i] = width < 0 ? any_code(s->a, state) : pattern(s->a, number(state, 0, width));
        out->b[i] = width < 0 ? any_code(s->b, state) : pattern(s->b, number(state, 0, width));
        if (!characters[character].cancels || i % 2 == 0 || !below(state, 3))
            continue;
        uint32_t twin = below(state, i); /* nearly its negative */
        out->a[i] = out->a[twin] ^ (UINT64_C(1) << (s->a->bits - 1 + s->a->padding));
        out->b[i] = out->b[twin];
        if (tb_format_is_nan(s->a, out->a[i])) /* there is no -0 */
            out->a[i] = 0;
    }
    if (characters[character].c)
        out->c = pattern(s->c, number(state, 0, characters[character].c));
}
