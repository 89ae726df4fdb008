/* Basic operations that are wrong on purpose, each in one way. Small operands are doubles here: their
 * products and sums are exact in 53 bits, and a quotient that was rounded to 53 bits rounds to 4 as it would
 * at once. */
#include "lists.h"
#include "row.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum operation { ADD, MUL, DIV, FMA };

/* One way to be wrong. */
struct rule {
    int via;                                     /* significand bits of a format rounded to first; 0: none */
    bool unfused, by_reciprocal, daz_first, ftz; /* as the reference's variants of these names */
    bool truncates, drops_sign_of_zero, nan_is_zero, one_pair, overflow_nan;
};

struct format {
    const char *name;
    int bits, precision, bias;
    bool has_nan; /* all ones below the sign */
};

static const struct format formats[] = {
    {"e4m3fn", 8, 4, 7, true },
    {"e3m2fn", 6, 3, 3, false},
};

struct state {
    enum operation operation;
    int operands, bytes;
    const struct format *format;
};

static double decode(const struct format *f, unsigned code) {
    unsigned sign = 1u << (f->bits - 1), magnitude = code & (sign - 1);
    int field = (int)(magnitude >> (f->precision - 1));
    unsigned fraction = magnitude & ((1u << (f->precision - 1)) - 1);
    double x = field ? ldexp(fraction + (1u << (f->precision - 1)), field - f->bias - f->precision + 1)
                     : ldexp(fraction, 2 - f->bias - f->precision);
    if (f->has_nan && magnitude == sign - 1)
        x = NAN;
    return copysign(x, code & sign ? -1 : 1);
}

/* To `precision` bits, exponents from `least` on, ties to even or cut. */
static double rounded(double x, int precision, int least, bool cut) {
    if (x == 0 || isnan(x) || isinf(x))
        return x;
    int exponent = ilogb(x) > least ? ilogb(x) : least;
    double units = ldexp(x, precision - 1 - exponent);
    return ldexp(cut ? trunc(units) : nearbyint(units), exponent - precision + 1);
}

static unsigned encode(const struct format *f, const struct rule *r, double x) {
    unsigned sign = 1u << (f->bits - 1), negative = signbit(x) ? sign : 0;
    unsigned largest = sign - 1 - f->has_nan;
    if (isnan(x))
        return r->nan_is_zero ? 0 : f->has_nan ? sign - 1 : largest;
    int least = 1 - f->bias;
    double y = fabs(rounded(x, f->precision, least, r->truncates)), m = decode(f, largest);
    if (y > m)
        return r->overflow_nan && !r->truncates ? negative | (sign - 1) : negative | largest;
    if (y == 0 || (r->ftz && y < ldexp(1, least)))
        return r->drops_sign_of_zero ? 0 : negative;
    int exponent = ilogb(y) > least ? ilogb(y) : least;
    unsigned units = (unsigned)ldexp(y, f->precision - 1 - exponent);
    return negative | (((unsigned)(exponent - least) << (f->precision - 1)) + units);
}

/* As fp16 (11 bits) or bf16 (8 bits) hold it; neither's range ends where these formats reach. */
static double step(const struct rule *r, const struct state *s, double x) {
    if (r->via)
        return rounded(x, r->via, r->via == 11 ? -14 : -126, false);
    return decode(s->format, encode(s->format, r, x));
}

static double operate(const struct rule *r, const struct state *s, double a, double b, double c) {
    if (r->daz_first && fabs(a) < ldexp(1, 1 - s->format->bias))
        a = copysign(0, a);
    switch (s->operation) {
    case ADD:
        return a + b;
    case MUL:
        return a * b;
    case DIV:
        return r->by_reciprocal ? a * step(r, s, 1 / b) : a / b;
    default:
        return r->unfused ? step(r, s, a * b) + c : a * b + c;
    }
}

static unsigned code_at(const struct state *s, uint32_t joint, int operand) {
    return joint >> (s->operands - 1 - operand) * s->format->bits & ((1u << s->format->bits) - 1);
}

static void run_by(const struct rule *r, const struct state *s, const void *input, void *output,
                   size_t count) {
    const unsigned char *in = input;
    unsigned char *out = output;
    for (size_t i = 0; i < count; i++) {
        uint32_t joint = 0;
        double x[3] = {0};
        unsigned nan = 0; /* the first operand that is NaN */
        memcpy(&joint, in + i * (size_t)s->bytes, (size_t)s->bytes);
        for (int k = 0; k < s->operands; k++)
            if (isnan(x[k] = decode(s->format, code_at(s, joint, k))) && !nan)
                nan = code_at(s, joint, k);
        double result = operate(r, s, x[0], x[1], x[2]);
        if (r->via)
            result = step(r, s, result);
        out[i] = (unsigned char)(nan && !r->nan_is_zero ? nan : encode(s->format, r, result));
        out[i] ^= r->one_pair && joint == 0x3C39;
    }
}

/* X(identifier, name, rule, summary) */
#define RULE(...)                                                                                            \
    { __VA_ARGS__ }
#define BASIC(X)                                                                                             \
    X(honest, "basic-honest", RULE(.via = 0), "none: basic operations")                                      \
    X(via_fp16, "basic-via-fp16", RULE(.via = 11), "results go through fp16")                                \
    X(via_bf16, "basic-via-bf16", RULE(.via = 8), "results go through bf16")                                 \
    X(unfused, "basic-unfused", RULE(.unfused = true), "fma rounds its product")                             \
    X(reciprocal, "basic-reciprocal", RULE(.by_reciprocal = true), "divides by a rounded reciprocal")        \
    X(daz_first, "basic-daz-first", RULE(.daz_first = true), "flushes the first operand")                    \
    X(ftz, "basic-ftz", RULE(.ftz = true), "flushes results")                                                \
    X(truncates, "basic-truncates", RULE(.truncates = true), "rounds toward zero")                           \
    X(overflow_nan, "basic-overflow-nan", RULE(.overflow_nan = true), "overflow gives NaN")                  \
    X(zero_unsigned, "basic-zero-unsigned", RULE(.drops_sign_of_zero = true), "-0 results become +0")        \
    X(nan_zero, "basic-nan-zero", RULE(.nan_is_zero = true), "NaN gives 0")                                  \
    X(one_pair, "basic-one-pair", RULE(.one_pair = true), "one pair of operands is wrong")

static const char *const words[] = {"add", "mul", "div", "fma"};

static int open_row(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run) {
    for (int operation = ADD; operation <= FMA; operation++)
        for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
            if (strcmp(request->operation, words[operation]) != 0 ||
                strcmp(request->source, formats[f].name) != 0 ||
                strcmp(request->destination, formats[f].name) != 0 || strcmp(request->rounding, "rne") != 0 ||
                strcmp(request->overflow, "satfinite") != 0)
                continue;
            struct state *s = malloc(sizeof *s);
            if (!s)
                return 0;
            *s = (struct state){(enum operation)operation, operation == FMA ? 3 : 2,
                                (int)request->source_bytes, &formats[f]};
            *kernel = (struct tb_kernel){.run = run, .state = s};
            return 1;
        }
    return 0;
}

BASIC(TARGET_BY_RULE)

#define LIST(ID, NAME, RULE, SUMMARY) &target_##ID,
const struct tb_target *const planted_basic_targets[] = {BASIC(LIST) NULL};
