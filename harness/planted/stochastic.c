/* Stochastic conversions to FP4 that are wrong on purpose, with random bits that are given and with their
 * own. Written apart from reference/ and targets/: on doubles, in which every fraction here is exact. */
#include "lists.h"
#include "row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum rule { BY_CARRY, BY_NEAREST, BY_AT_MOST, BY_BELOW, BY_ABOVE, ALWAYS_UP, NEVER_UP };
enum source { GOOD, ONE_BIT_LESS, BIASED, CONSTANT, SHARED };

struct faults {
    enum rule rule;
    enum source source;
};

struct state {
    int from_bf16; /* else e4m3fn */
    int bits;      /* of the random number; below the value in each input unless `hidden` */
    int hidden;
    uint64_t random;
};

static const double values[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6, 8};
enum { LARGEST = 7, SIGN = 8 };

static double from_e4m3fn(unsigned code) {
    int field = (int)(code >> 3 & 15);
    double magnitude = field ? ldexp(8 + (code & 7), field - 10) : ldexp(code & 7, -9);
    if ((code & 0x7f) == 0x7f)
        magnitude = NAN;
    return code & 0x80 ? -magnitude : magnitude;
}

static double from_bf16(unsigned code) {
    uint32_t bits = (uint32_t)code << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int goes_up(const struct faults *f, double fraction, uint32_t random, int bits) {
    double scaled = floor(ldexp(fraction, bits)), one = ldexp(1, bits);
    switch (f->rule) {
    case BY_NEAREST:
        return fraction >= 0.5;
    case BY_AT_MOST:
        return random <= scaled;
    case BY_BELOW:
        return random < scaled;
    case BY_ABOVE:
        return scaled + random > one;
    case ALWAYS_UP:
        return fraction > 0;
    case NEVER_UP:
        return 0;
    case BY_CARRY:
        break;
    }
    return scaled + random >= one;
}

static uint8_t to_fp4(const struct faults *f, double x, uint32_t random, int bits) {
    double magnitude = fabs(x);
    unsigned sign = signbit(x) ? SIGN : 0, code = 0;
    if (isnan(x))
        return LARGEST;
    if (magnitude == 0 || magnitude >= values[LARGEST])
        return (uint8_t)(sign | (magnitude == 0 ? 0 : LARGEST));
    while (values[code + 1] <= magnitude)
        code++;
    double fraction = (magnitude - values[code]) / (values[code + 1] - values[code]);
    return (uint8_t)(sign | (code + (unsigned)goes_up(f, fraction, random, bits)));
}

/* splitmix64 */
static uint64_t draw(struct state *s) {
    uint64_t z = s->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The random number of element i of a call: its own or the one given, spoilt; `last` is its neighbour's. */
static uint32_t random_of(const struct faults *f, struct state *s, uint32_t given, size_t i, uint32_t last) {
    const uint32_t mask = (UINT32_C(1) << s->bits) - 1;
    uint64_t word = s->hidden ? draw(s) : given;
    uint32_t random = (uint32_t)word & mask;
    switch (f->source) {
    case ONE_BIT_LESS: /* of those that are looked at: all that are given; of hidden ones the 6 that matter */
        return s->hidden ? random & (mask ^ mask >> 5) : random & ~UINT32_C(1);
    case BIASED:
        return word >> 32 & 15 ? random : mask;
    case CONSTANT:
        return mask / 3;
    case SHARED:
        return i % 4 ? last : random;
    case GOOD:
        break;
    }
    return random;
}

static void run_by(const struct faults *f, const void *state, const void *input, void *output, size_t count) {
    struct state *s = (struct state *)(uintptr_t)state;
    uint8_t *out = output;
    uint32_t random = 0;
    for (size_t i = 0; i < count; i++) {
        uint16_t word;
        memcpy(&word, (const char *)input + 2 * i, sizeof word);
        random = random_of(f, s, word, i, random);
        double x = s->from_bf16 ? from_bf16(word) : from_e4m3fn((unsigned)word >> s->bits);
        out[i] = to_fp4(f, x, random, s->bits);
    }
}

/* ---- The table: name, fault, summary. ---- */

/* clang-format off */
#define STOCHASTIC(X) \
    X(honest,      "sr-honest",       BY_CARRY,   GOOD,         "no fault") \
    X(bit_short,   "sr-bit-short",    BY_CARRY,   ONE_BIT_LESS, "uses one random bit too few") \
    X(ties_away,   "sr-ties-away",    BY_NEAREST, GOOD,         "rounds ties away, and looks at no random bit") \
    X(at_most,     "sr-at-most",      BY_AT_MOST, GOOD,         "compares by <=") \
    X(below,       "sr-below",        BY_BELOW,   GOOD,         "goes up for small random numbers") \
    X(above,       "sr-above",        BY_ABOVE,   GOOD,         "compares by >") \
    X(up,          "sr-up",           ALWAYS_UP,  GOOD,         "rounds everything away from zero") \
    X(truncates,   "sr-truncates",    NEVER_UP,   GOOD,         "rounds toward zero") \
    X(shared,      "sr-shared-lanes", BY_CARRY,   SHARED,       "uses the random bits of every fourth lane") \
    X(biased,      "sr-biased",       BY_CARRY,   BIASED,       "has a source that is biased") \
    X(constant,    "sr-constant",     BY_CARRY,   CONSTANT,     "has a source that is constant")
/* clang-format on */

static int open_row(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run) {
    struct state state = {.random = 1};
    if (strcmp(request->operation, "convert") != 0 || strcmp(request->rounding, "sr") != 0 ||
        strcmp(request->destination, "e2m1fn") != 0 || strcmp(request->overflow, "satfinite") != 0)
        return 0;
    if (strcmp(request->source, "e4m3fn") == 0 && strcmp(request->parameters, "bits=8") == 0) {
        state.bits = 8;
    } else if (strcmp(request->source, "bf16") == 0 && strcmp(request->parameters, "bits=hidden") == 0) {
        state.from_bf16 = state.hidden = 1;
        state.bits = 16;
    } else {
        return 0;
    }
    struct state *kept = malloc(sizeof *kept);
    if (!kept)
        return 0;
    *kept = state;
    *kernel = (struct tb_kernel){.run = run, .state = kept};
    return 1;
}

#define DEFINE(ID, NAME, RULE, SOURCE, SUMMARY)                                                              \
    static void run_##ID(const void *state, const void *input, void *output, size_t count) {                 \
        static const struct faults faults = {RULE, SOURCE};                                                  \
        run_by(&faults, state, input, output, count);                                                        \
    }                                                                                                        \
    static int open_##ID(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        return open_row(request, kernel, run_##ID);                                                          \
    }                                                                                                        \
    static const struct tb_target target_##ID = {.abi = TIEBREAK_TARGET_ABI,                                 \
                                                 .name = "planted/" NAME,                                    \
                                                 .summary = "planted fault: " SUMMARY,                       \
                                                 .open = open_##ID,                                          \
                                                 .close = close_row};
STOCHASTIC(DEFINE)

#define LIST(ID, NAME, RULE, SOURCE, SUMMARY) &target_##ID,
const struct tb_target *const planted_stochastic_targets[] = {STOCHASTIC(LIST) NULL};
