/* Every target of this CPU family against the integer reference: each case it offers, on all inputs of 8- and
 * 16-bit sources and on structured and seeded ones of fp32; all tail lengths and misalignments between
 * guards; MXCSR or FPCR. */
#include "reference/reference.h"
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#define TARGETS tb_x86_targets
static uint64_t environment(void) {
    return _mm_getcsr();
}
#else
#include "targets/arm/arm.h"
#define TARGETS tb_arm_targets
static uint64_t environment(void) {
    return tb_fpcr();
}
#endif

/* Seeded fp32 inputs a case: of nearest-even, and of the others. An emulated CPU takes fewer. */
static size_t many = TB_SHARE(1000000, 50), few = TB_SHARE(20000, 20),
              stride = TB_FEWER(1, 13); /* of 16-bit patterns */

/* ---- What is asked. ---- */

static const char *const narrow[] = {
    "fp16",        "bf16",        "tf32",        "e4m3fn",      "e5m2",        "e4m3",        "e3m4",
    "e4m3fnuz",    "e5m2fnuz",    "e4m3b11fnuz", "e8m0fnu",     "e2m3fn",      "e3m2fn",      "e2m1fn",
    "ue4m3",       "ue5m3",       "e3m0",        "e0m3",        "binary8p1se", "binary8p1uf", "binary8p2ue",
    "binary8p3se", "binary8p3sf", "binary8p4se", "binary8p4ue", "binary8p7se", "binary8p8uf", "binary4p2sf",
    "binary5p1sf", "binary3p1uf", "int32",       "int16",       "int8",        "uint8",       "deep",
    "deeper",      "high",        "high_power"};
static const char *const wide[] = {"fp32", "fp16", "bf16"};
static const char *const small[] = {"e4m3fn",      "e5m2",    "e4m3",   "e3m4",   "e4m3fnuz", "e5m2fnuz",
                                    "e4m3b11fnuz", "e8m0fnu", "e2m3fn", "e3m2fn", "e2m1fn",   "binary8p3se",
                                    "nf4",         "bnb_fp4", "int8",   "fp16",   "bf16",     "tf32"};
static const char *const containers[] = {"fp32", "fp16", "bf16", "tf32", "e5m2"};

/* Formats at the ends of what the kernels take: whose least quantum is an fp32 subnormal, or just not; and
 * whose largest value is near fp32's. */
static const char *const defined[] = {
    "deep bits=8 precision=3 bias=124 negative_zero=1 nan=all-ones",
    "deeper bits=8 precision=5 bias=127 negative_zero=1 nan=all-ones",
    "high bits=8 precision=3 bias=-68 negative_zero=1 infinity=ieee nan=ieee",
    "high_power bits=6 precision=1 bias=-68 negative_zero=1 low=zero",
};

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])

static struct tb_request request_of(const struct tb_case *c, char id[TB_CASE_ID]) {
    tb_case_print(c, id);
    return tb_request_of(c, id);
}

/* ---- What is expected. ---- */

static uint64_t flush_input(const struct tb_format *f, uint64_t pattern) {
    return tb_format_is_subnormal(f, pattern) ? pattern & (UINT64_C(1) << (f->bits + f->padding - 1))
                                              : pattern;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* CVTPS2DQ then packs, in C: what the claims cannot say. */
static uint64_t packed_integer(const struct tb_case *c, uint32_t bits) {
    struct tb_error error;
    struct tb_case to_int32 = *c;
    to_int32.destination = tb_format_find("int32", &error);
    float x = float_of(bits);
    int32_t n = INT32_MIN;
    if (x >= -0x1p31f && x < 0x1p31f)
        n = (int32_t)tb_integer_convert(&to_int32, bits);
    int low = c->destination->is_signed ? -(1 << (c->destination->bits - 1)) : 0;
    int high = low + (1 << c->destination->bits) - 1;
    n = n < low ? low : n > high ? high : n;
    return (uint64_t)n & (tb_format_codes(c->destination) - 1);
}

static uint64_t expected_of(const struct tb_case *c, const struct tb_target *target, const char *claim,
                            uint64_t pattern) {
    if (strcmp(target->name, "x86/cvtps2dq+packs") == 0)
        return packed_integer(c, (uint32_t)pattern);
    if (claim && strcmp(claim, "daz") == 0)
        pattern = flush_input(c->source, pattern);
    if (claim && strcmp(claim, "indefinite") == 0) {
        float x = float_of((uint32_t)pattern);
        if (!(x >= -0x1p31f && x < 0x1p31f))
            return 0x80000000;
    }
    return tb_integer_convert(c, pattern);
}

/* ---- Inputs. ---- */

struct inputs {
    size_t count, capacity, bytes;
    unsigned char *data;
};

static void put(struct inputs *in, uint64_t pattern) {
    if (in->count == in->capacity) {
        in->capacity = in->capacity ? 2 * in->capacity : 4096;
        in->data = realloc(in->data, in->capacity * in->bytes);
        if (!in->data)
            abort();
    }
    memcpy(in->data + in->count++ * in->bytes, &pattern, in->bytes);
}

static uint64_t get(const void *data, size_t index, size_t bytes) {
    const unsigned char *at = (const unsigned char *)data + index * bytes;
    uint16_t two;
    uint32_t four;
    switch (bytes) { /* no element here is wider */
    case 1:
        return *at;
    case 2:
        memcpy(&two, at, 2);
        return two;
    default:
        memcpy(&four, at, 4);
        return four;
    }
}

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void put_around(struct inputs *in, uint32_t bits) {
    for (uint32_t i = 0; i < 5; i++) {
        put(in, bits - 2 + i);
        put(in, (bits - 2 + i) ^ 0x80000000);
    }
}

static double value_of(const struct tb_format *f, uint64_t code) {
    struct tb_value v = tb_format_decode(f, code << f->padding);
    return v.class == TB_FINITE ? ldexp((double)v.significand, v.exponent) : NAN;
}

static void put_value(struct inputs *in, double value) {
    float x = (float)value;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    put_around(in, bits);
}

/* The codes of the destination, halfway points and the point where the grid above the largest would tie. */
static void put_boundaries(struct inputs *in, const struct tb_format *f) {
    uint64_t codes = tb_format_codes(f), step = codes > 4096 ? codes / 4096 | 1 : 1;
    for (uint64_t code = 0; code + 1 < codes && f->kind == TB_FLOAT; code += step) {
        double a = value_of(f, code), b = value_of(f, code + 1);
        put_value(in, a);
        if (isnan(b)) { /* above the largest, or below the least */
            put_value(in, a + (a - value_of(f, code - 1)) / 2);
            b = value_of(f, code == 0 ? 1 : code) / 2;
            a = 0;
        }
        if (isnan(a))
            a = 0;
        put_value(in, (a + b) / 2);
        put_value(in, a + (b - a) / 4);
    }
}

static void put_integers(struct inputs *in) {
    for (int exponent = 0; exponent < 34; exponent++)
        for (int i = -4; i <= 4; i++) {
            put_value(in, ldexp(1, exponent) + i * 0.5);
            put_value(in, ldexp(1, exponent) + i * 64);
        }
}

static void put_patterns(struct inputs *in) {
    static const uint32_t fractions[] = {0,        1,        2,        0x3FFFFF, 0x400000,
                                         0x400001, 0x7FFFFF, 0x7FFFFE, 0x555555, 0x2AAAAA};
    for (uint32_t exponent = 0; exponent < 256; exponent += TB_FEWER(1, 5)) {
        for (size_t i = 0; i < COUNT(fractions); i++) {
            put(in, exponent << 23 | fractions[i]);
            put(in, 0x80000000 | exponent << 23 | fractions[i]);
        }
        for (uint32_t bit = 0; bit < 23; bit++)
            put_around(in, exponent << 23 | UINT32_C(1) << bit);
    }
}

static struct inputs inputs_of(const struct tb_case *c, size_t random) {
    struct inputs in = {.bytes = tb_format_bytes(c->source)};
    uint64_t seed = 1;
    if (c->source->bits <= 16) {
        for (uint64_t code = 0; code<tb_format_codes(c->source); code += c->source->bits> 8 ? stride : 1)
            put(&in, code);
        return in;
    }
    uint64_t keep = ~((UINT64_C(1) << c->source->padding) - 1);
    put_patterns(&in);
    put_integers(&in);
    put_boundaries(&in, c->destination);
    for (size_t i = 0; i < random; i++) /* half of them over all patterns, half between 2^-20 and 2^20 */
        put(&in, i & 1 ? (uint32_t)next_random(&seed)
                       : (next_random(&seed) & 0x807FFFFF) | (107 + next_random(&seed) % 40) << 23);
    for (size_t i = 0; i < in.count; i++) {
        uint64_t pattern = get(in.data, i, in.bytes) & keep;
        memcpy(in.data + i * in.bytes, &pattern, in.bytes);
    }
    return in;
}

/* ---- Checks. ---- */

static unsigned long long compared;
static unsigned offered;

static void check_values(const struct tb_target *target, const struct tb_kernel *kernel,
                         const struct tb_case *c, const char *id, const struct inputs *in,
                         const uint64_t *exact) {
    size_t bytes = tb_format_bytes(c->destination);
    unsigned char *out = malloc(in->count * bytes + 1);
    ck_assert_ptr_nonnull(out);
    uint64_t before = environment();
    kernel->run(kernel->state, in->data, out, in->count);
    if (environment() != before)
        ck_abort_msg("%s %s: MXCSR or FPCR was 0x%llx, is 0x%llx", target->name, id,
                     (unsigned long long)before, (unsigned long long)environment());
    for (size_t i = 0; i < in->count; i++) {
        uint64_t got = get(out, i, bytes), pattern = get(in->data, i, in->bytes);
        uint64_t expected =
            kernel->claim || !exact ? expected_of(c, target, kernel->claim, pattern) : exact[i];
        if (got != expected) /* an assertion each would cost more than the comparison */
            ck_abort_msg("%s on %s: input 0x%llx expected 0x%llx got 0x%llx", id, target->name,
                         (unsigned long long)pattern, (unsigned long long)expected, (unsigned long long)got);
    }
    compared += in->count;
    free(out);
}

enum { LONGEST = 130, GUARD = 64 };

static void check_tail(const struct tb_kernel *kernel, const unsigned char *in, const unsigned char *whole,
                       size_t bytes, size_t source_bytes, size_t first, size_t count, const char *id) {
    static unsigned char *end;
    unsigned char out[GUARD + LONGEST * 8 + GUARD];
    if (!end)
        end = check_guard(8 * LONGEST);
    memcpy(end - count * source_bytes, in + first * source_bytes, count * source_bytes);
    memset(out, 0xA5, sizeof out);
    unsigned char *at = out + GUARD + first * bytes;
    kernel->run(kernel->state, end - count * source_bytes, at, count);
    if (memcmp(at, whole + first * bytes, count * bytes) != 0)
        ck_abort_msg("%s: %zu elements from %zu differ", id, count, first);
    for (unsigned char *p = out; p < out + sizeof out; p++)
        if (*p != 0xA5 && (p < at || p >= at + count * bytes))
            ck_abort_msg("%s: %zu elements: byte %td written", id, count, p - at);
}

static void check_tail_lengths(const struct tb_kernel *kernel, const struct tb_case *c, const char *id,
                               const struct inputs *in) {
    size_t bytes = tb_format_bytes(c->destination);
    unsigned char whole[8 * (LONGEST + 4)], some[8 * (LONGEST + 4)];
    for (size_t i = 0; i < LONGEST + 4; i++) { /* a mixture, NaN and infinities among it */
        uint64_t pattern = get(in->data, (i * 7919) % in->count, in->bytes);
        memcpy(some + i * in->bytes, &pattern, in->bytes);
    }
    kernel->run(kernel->state, some, whole, LONGEST + 4);
    for (size_t count = 0; count <= LONGEST; count++)
        for (size_t first = 0; first < 4; first++)
            if (first + count <= LONGEST)
                check_tail(kernel, some, whole, bytes, in->bytes, first, count, id);
}

/* The targets that this machine can run; CPUID is slow in a virtual machine, so it is asked once. */
static const struct tb_target *const *available(void) {
    static const struct tb_target *list[64];
    size_t count = 0;
    if (list[0])
        return list;
    for (const struct tb_target *const *t = TARGETS; *t && count + 1 < COUNT(list); t++) {
        const char *why = (*t)->unavailable ? (*t)->unavailable() : NULL;
        if (why)
            printf("%s: %s\n", (*t)->name, why);
        else
            list[count++] = *t;
    }
    return list;
}

static void check_case(const struct tb_case *c, const struct inputs *in, bool with_tails) {
    char id[TB_CASE_ID];
    struct tb_request request = request_of(c, id);
    uint64_t *exact = NULL;
    for (const struct tb_target *const *t = available(); *t; t++) {
        struct tb_kernel kernel = {0};
        if (!(*t)->open(&request, &kernel))
            continue;
        offered++;
        bool packs = strcmp((*t)->name, "x86/cvtps2dq+packs") == 0;
        if (!kernel.claim && !packs && !exact) {
            exact = malloc(in->count * sizeof *exact);
            ck_assert_ptr_nonnull(exact);
            for (size_t i = 0; i < in->count; i++)
                exact[i] = tb_integer_convert(c, get(in->data, i, in->bytes));
        }
        check_values(*t, &kernel, c, id, in, packs ? NULL : exact);
        if (with_tails)
            check_tail_lengths(&kernel, c, id, in);
        if ((*t)->close)
            (*t)->close(&kernel);
    }
    free(exact);
}

static void check_pair(const char *source, const char *destination) {
    struct tb_error error;
    struct tb_case c = {.source = tb_format_find(source, &error),
                        .destination = tb_format_find(destination, &error)};
    ck_assert_msg(c.source && c.destination, "%s", error.text);
    if (tb_case_is_exact(c.source, c.destination)) {
        struct inputs in = inputs_of(&c, few);
        c.rounding = TB_EXACT;
        check_case(&c, &in, true);
        free(in.data);
        return;
    }
    struct inputs most = inputs_of(&c, many), some = inputs_of(&c, few);
    for (int rounding = TB_RNE; rounding < TB_ROUNDINGS; rounding++)
        for (int overflow = 0; overflow < TB_OVERFLOWS; overflow++) {
            c.rounding = (enum tb_rounding)rounding;
            c.overflow = (enum tb_overflow)overflow;
            bool main_case = rounding == TB_RNE && overflow == TB_SATFINITE;
            check_case(&c, main_case ? &most : &some, overflow == TB_SATFINITE || overflow == TB_TO_INF);
        }
    free(most.data);
    free(some.data);
}

START_TEST(rounded_conversions) {
    struct tb_error error;
    for (size_t i = 0; i < COUNT(defined); i++)
        ck_assert_msg(tb_format_define(defined[i], &error) != NULL, "%s", error.text);
    for (size_t s = 0; s < COUNT(wide); s++)
        for (size_t d = 0; d < COUNT(narrow); d++)
            if (strcmp(wide[s], narrow[d]) != 0)
                check_pair(wide[s], narrow[d]);
}
END_TEST

START_TEST(exact_conversions) {
    struct tb_error error;
    for (size_t s = 0; s < COUNT(small); s++)
        for (size_t d = 0; d < COUNT(containers); d++)
            if (strcmp(small[s], containers[d]) != 0 &&
                tb_case_is_exact(tb_format_find(small[s], &error), tb_format_find(containers[d], &error)))
                check_pair(small[s], containers[d]);
}
END_TEST

START_TEST(something_was_compared) {
    printf("%u target-case pairs, %llu inputs\n", offered, compared);
    ck_assert_uint_ge(offered, 17); /* what SSE2 alone offers */
}
END_TEST

int main(int argc, char **argv) {
    if (argc > 1)
        many = few = strtoul(argv[1], NULL, 10), stride = 13;
    Suite *suite = suite_create("vector targets");
    TCase *values = tcase_create("against the reference");
    tcase_set_timeout(values, 300);
    tcase_add_test(values, rounded_conversions);
    tcase_add_test(values, exact_conversions);
    tcase_add_test(values, something_was_compared);
    suite_add_tcase(suite, values);
    return tb_test(suite, CK_NOFORK);
}
