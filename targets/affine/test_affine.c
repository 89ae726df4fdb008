/* Every built-in target on the affine operations against the integer reference: all patterns of narrow
 * sources; of 32-bit ones every boundary with its neighbours, every exponent and seeded ones; all lengths and
 * offsets between guards; the floating-point environment. A target that claims a named arithmetic is compared
 * with that arithmetic, spelled out here a second time. */
#include "reference/affine.h"
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/affine_case.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof(ARRAY)[0])

static const struct tb_target *const *const families[] = {tb_portable_targets, tb_x86_targets, tb_arm_targets,
                                                          tb_flags_targets};

/* Those that this machine can run, asked once: a hypervisor takes some 20 us to answer CPUID. */
static const struct tb_target *const *present(void) {
    static const struct tb_target *list[128];
    size_t count = 0;
    for (size_t f = 0; !list[0] && f < COUNT(families); f++)
        for (const struct tb_target *const *t = families[f]; *t; t++)
            if (!(*t)->unavailable || !(*t)->unavailable()) {
                ck_assert(count + 1 < COUNT(list));
                list[count++] = *t;
            }
    return list;
}

/* ---- Inputs. ---- */

struct inputs {
    size_t count, capacity;
    uint64_t *pattern;
};

static void put(struct inputs *in, uint64_t pattern) {
    if (in->count == in->capacity) {
        in->capacity = in->capacity ? 2 * in->capacity : 4096;
        in->pattern = realloc(in->pattern, in->capacity * sizeof *in->pattern);
        if (!in->pattern)
            abort();
    }
    in->pattern[in->count++] = pattern;
}

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void put_float_around(struct inputs *in, double value, int padding) {
    float x = (float)value;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    for (int ulp = -3; ulp <= 3; ulp++)
        put(in, (bits & ~((UINT32_C(1) << padding) - 1)) + ((uint32_t)ulp << padding));
}

static void put_integer_around(struct inputs *in, double value) {
    int64_t middle = value > 0x1p33 || value < -0x1p33 || isnan(value) ? 0 : (int64_t)value;
    for (int64_t i = -2; i <= 2; i++)
        put(in, (uint32_t)(middle + i));
}

/* Every integer and half of n between the limits, or as many of them as are worth the time, and what lies
 * beyond. */
static void put_boundaries(struct inputs *in, const struct tb_case *c) {
    const struct tb_affine *a = &c->affine;
    int64_t steps = a->high - a->low + 8, stride = 1 + steps / 1200;
    for (int64_t n = a->low - a->zero - 4; n <= a->high - a->zero + 4; n += stride)
        for (int quarter = 0; quarter < 4; quarter += 2) {
            double t = (double)n + quarter * 0.25;
            if (c->source->kind == TB_INTEGER)
                put_integer_around(in, t / a->scale);
            else
                put_float_around(in, t * a->scale, c->source->padding);
        }
}

static void put_all_32(struct inputs *in, const struct tb_case *c, size_t random) {
    uint64_t seed = 7, keep = ~((UINT64_C(1) << c->source->padding) - 1);
    put_boundaries(in, c);
    for (uint32_t exponent = 0; exponent < 512; exponent++)
        for (uint32_t i = 0; i < 6; i++) {
            static const uint32_t fractions[] = {0, 1, 0x400000, 0x3FFFFF, 0x7FFFFF, 0x2AAAAA};
            put(in, (exponent << 23 | fractions[i]) & keep);
        }
    for (size_t i = 0; i < random; i++) {
        uint64_t draw = next_random(&seed);
        put(in, draw & 0xFFFFFFFF & keep);
        put(in, ((draw & 0x807FFFFF) | (100 + draw / 0x100000000 % 40) << 23) & keep);
    }
}

static struct inputs inputs_of(const struct tb_case *c, size_t random) {
    struct inputs in = {0};
    if (c->source->bits > 16)
        put_all_32(&in, c, random);
    for (uint64_t code = 0; c->source->bits <= 16 && code < tb_format_codes(c->source); code++)
        put(&in, code << c->source->padding);
    return in;
}

/* ---- What is expected. ---- */

/* fp32, fp16 and bf16 in the compiler's own arithmetic. */
static float float_of(const struct tb_format *f, uint64_t pattern) {
    return (float)tb_format_value(f, pattern);
}

/* What a claim says, read once. */
struct claim {
    enum { RCP32, DIV32, DIV64 } scaling;
    enum { NAN_ZERO, NAN_LOW, NAN_HIGH } nan;
    bool wraps; /* MINPS, CVTPS2DQ, PADDD */
};

static struct claim read_claim(const char *text) {
    return (struct claim){
        .scaling = strncmp(text, "div64", 5) == 0   ? DIV64
                   : strncmp(text, "div32", 5) == 0 ? DIV32
                                                    : RCP32,
        .nan = strstr(text, "+nan-low")    ? NAN_LOW
               : strstr(text, "+nan-high") ? NAN_HIGH
                                           : NAN_ZERO,
        .wraps = strstr(text, "avx2-wrap") != NULL,
    };
}

/* The catalogue's arithmetics in the plainest C, under nearest-even. */
static double scaled_by(const struct claim *claim, const struct tb_case *c, float x) {
    float s = (float)c->affine.scale;
    return claim->scaling == DIV64   ? (double)x / c->affine.scale
           : claim->scaling == DIV32 ? x / s
                                     : x * (1 / s);
}

static int64_t code_of_claim(const struct claim *claim, const struct tb_case *c, float x) {
    const struct tb_affine *a = &c->affine;
    double t = scaled_by(claim, c, x), code = rint(t) + (double)a->zero;
    if (isnan(t))
        code = (double)(claim->nan == NAN_LOW ? a->low : claim->nan == NAN_HIGH ? a->high : a->zero);
    if (claim->wraps) {
        int32_t n = t < 0x1p31 - 128 ? (t >= -0x1p31 ? (int32_t)rint(t) : INT32_MIN) : INT32_MAX - 127;
        code = (int32_t)((uint32_t)n + (uint32_t)a->zero);
    }
    return code < (double)a->low ? a->low : code > (double)a->high ? a->high : (int64_t)code;
}

static uint64_t output_of_claim(const struct claim *claim, const struct tb_case *c, float x) {
    int64_t code = code_of_claim(claim, c, x);
    float y = (float)(code - c->affine.zero) * (float)c->affine.scale;
    uint32_t bits;
    memcpy(&bits, &y, sizeof bits);
    return c->operation == TB_FAKEQUANT ? bits : (uint64_t)code & (tb_format_codes(c->destination) - 1);
}

/* ---- One kernel. ---- */

static uint64_t get(const unsigned char *at, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, at, bytes);
    return value;
}

static unsigned environment(void) {
#ifdef __x86_64__
    return _mm_getcsr() & 0xFFC0; /* all but the flags */
#else
    return (unsigned)fegetround();
#endif
}

static unsigned long long compared;
static unsigned pairs;

static void check_values(const struct tb_target *target, const struct tb_kernel *k, const struct tb_case *c,
                         const char *id, const struct inputs *in, const uint64_t *exact) {
    unsigned from = tb_format_bytes(c->source), to = tb_format_bytes(c->destination);
    unsigned char *input = malloc(in->count * from), *output = malloc(in->count * to);
    ck_assert(input && output);
    for (size_t i = 0; i < in->count; i++)
        memcpy(input + i * from, &in->pattern[i], from);
    memset(output, 0xA5, in->count * to);
    struct claim claim = read_claim(k->claim ? k->claim : "");
    unsigned before = environment();
    k->run(k->state, input, output, in->count);
    ck_assert_msg(environment() == before, "%s on %s: environment changed", target->name, id);
    for (size_t i = 0; i < in->count; i++) {
        uint64_t got = get(output + i * to, to);
        uint64_t expected =
            k->claim ? output_of_claim(&claim, c, float_of(c->source, in->pattern[i])) : exact[i];
        if (got != expected)
            ck_abort_msg("%s on %s: input 0x%llx expected 0x%llx got 0x%llx", target->name, id,
                         (unsigned long long)in->pattern[i], (unsigned long long)expected,
                         (unsigned long long)got);
    }
    compared += in->count;
    pairs++;
    free(input);
    free(output);
}

enum { LONGEST = 140, FIRST = 5, AROUND = 96 };

static void check_tail_lengths(const struct tb_target *target, const struct tb_kernel *k,
                               const struct tb_case *c, const char *id, const struct inputs *in) {
    static unsigned char *end;
    unsigned from = tb_format_bytes(c->source), to = tb_format_bytes(c->destination);
    unsigned char some[8 * (LONGEST + FIRST)], whole[8 * (LONGEST + FIRST)],
        out[8 * (LONGEST + FIRST) + 2 * AROUND];
    if (!end)
        end = check_guard(8 * (LONGEST + FIRST));
    for (size_t i = 0; i < LONGEST + FIRST; i++)
        memcpy(some + i * from, &in->pattern[i * 7919 % in->count], from);
    k->run(k->state, some, whole, LONGEST + FIRST);
    for (size_t count = 0; count <= LONGEST; count++)
        for (size_t first = 0; first < FIRST; first++) {
            unsigned char *input = end - count * from, *at = out + AROUND + first * to;
            memcpy(input, some + first * from, count * from);
            memset(out, 0x5A, sizeof out);
            k->run(k->state, input, at, count);
            if (memcmp(at, whole + first * to, count * to) != 0)
                ck_abort_msg("%s on %s: %zu elements from %zu differ", target->name, id, count, first);
            for (unsigned char *p = out; p < out + sizeof out; p++)
                if (*p != 0x5A && (p < at || p >= at + count * to))
                    ck_abort_msg("%s on %s: %zu elements: wrote outside", target->name, id, count);
        }
}

static void check_target(const struct tb_target *target, const struct tb_case *c, const char *id,
                         const struct inputs *in, const uint64_t *exact, bool tails) {
    struct tb_request request = tb_request_of(c, id);
    struct tb_kernel kernel = {0};
    bool offered = target->open(&request, &kernel);
    ck_assert_msg(offered || strcmp(target->name, "portable/c") != 0, "portable/c does not offer %s", id);
    if (!offered)
        return;
    check_values(target, &kernel, c, id, in, exact);
    if (tails)
        check_tail_lengths(target, &kernel, c, id, in);
    if (target->close)
        target->close(&kernel);
}

static void check_id(const char *spelling, size_t random, bool tails) {
    struct tb_case c;
    struct tb_error error;
    char id[TB_CASE_ID];
    ck_assert_msg(tb_case_parse(spelling, &c, &error), "%s", error.text);
    tb_case_print(&c, id);
    struct inputs in = inputs_of(&c, random);
    uint64_t *exact = malloc(in.count * sizeof *exact);
    ck_assert_ptr_nonnull(exact);
    for (size_t i = 0; i < in.count; i++)
        exact[i] = tb_affine_integer(&c, in.pattern[i]);
    for (const struct tb_target *const *t = present(); *t; t++)
        check_target(*t, &c, id, &in, exact, tails);
    free(exact);
    free(in.pattern);
}

/* ---- Which cases. ---- */

static const char *const roundings[] = {"rne", "rna", "rtz", "ru", "rd", "rto", "rhu", "sr"};

/* Scales that tell arithmetics apart, and those at and beyond the ends. */
static const char *const scales[] = {"0x1p-4",        "0x1.99999ap-4",       "0x1.19cd7ep-9",
                                     "0x1.8p-1",      "0x1.555556p+6",       "-0x1.3p-3",
                                     "0x1.fffffep-2", "0x1.23456789abcdep-5"};
static const char *const ends[] = {"0",         "-0",       "inf",        "-inf",      "nan",
                                   "0x1p-149",  "0x1p-140", "0x1.8p-127", "0x1p-126",  "0x1.fffffep127",
                                   "0x1p-1074", "0x1p1023", "0x1.8p-400", "-0x1p-140", "0x1.1p100"};
static const char *const zeros[] = {"0", "3", "-7", "200", "-100000", "2147483647"};

static void check_spelled(const char *head, const char *rounding, const char *scale, const char *rest,
                          size_t random, bool tails) {
    char id[2 * TB_CASE_ID];
    static int turn;
    if (!tails && turn++ % TB_FEWER(1, 7))
        return;
    snprintf(id, sizeof id, "%s/%s/s=%s,%s%s", head, rounding, scale, rest,
             strcmp(rounding, "sr") == 0 ? ",bits=8,r=77" : "");
    check_id(id, random, tails);
}

START_TEST(eight_bits) {
    const char *rounding = roundings[_i];
    for (size_t s = 0; s < COUNT(scales); s++) {
        check_spelled("quantize/fp32/int8", rounding, scales[s], "z=3", 20000, s < 2);
        check_spelled("quantize/fp32/uint8", rounding, scales[s], "z=128", 2000, s == 2);
        check_spelled("quantize/fp32/int8", rounding, scales[s], "z=0,lo=-127", 2000, false);
        check_spelled("quantize/fp32/uint4", rounding, scales[s], "z=9", 2000, false);
        check_spelled("quantize/fp32/int4", rounding, scales[s], "z=-1,lo=-7", 2000, false);
        check_spelled("quantize/fp32/uint2", rounding, scales[s], "z=1", 500, false);
        check_spelled("quantize/fp32/int2", rounding, scales[s], "z=0", 500, false);
    }
}
END_TEST

START_TEST(ends_of_scales) {
    for (size_t s = 0; s < COUNT(ends); s++)
        for (size_t r = 0; r < COUNT(roundings); r++) {
            check_spelled("quantize/fp32/int8", roundings[r], ends[s], "z=3", 500, false);
            check_spelled("requantize/int32/uint8", roundings[r], ends[s], "z=3", 500, false);
            check_spelled("fakequant/fp32/fp32", roundings[r], ends[s], "z=3,lo=-128,hi=127", 500, false);
            check_spelled("fakequant/fp32/uint1", roundings[r], ends[s], "z=3,lo=-128,hi=127", 500, false);
        }
}
END_TEST

START_TEST(zero_points) {
    for (size_t z = 0; z < COUNT(zeros); z++)
        for (size_t r = 0; r < COUNT(roundings); r++) {
            char rest[64];
            snprintf(rest, sizeof rest, "z=%s", zeros[z]);
            check_spelled("quantize/fp32/int8", roundings[r], "0x1.99999ap-4", rest, 500, false);
            check_spelled("quantize/fp32/uint16", roundings[r], "0x1.99999ap-4", rest, 500, false);
            check_spelled("requantize/int32/int8", roundings[r], "0x1.99999ap-4", rest, 500, false);
            snprintf(rest, sizeof rest, "z=%s,lo=-8,hi=7", zeros[z]);
            check_spelled("fakequant/fp32/uint1", roundings[r], "0x1.99999ap-4", rest, 500, false);
            check_spelled("fakequant/fp32/bf16", roundings[r], "0x1.99999ap-4", rest, 500, false);
        }
}
END_TEST

START_TEST(other_formats) {
    static const char *const heads[] = {
        "quantize/fp32/int16",     "quantize/fp32/uint16",      "quantize/fp16/int8",
        "quantize/bf16/uint8",     "quantize/fp16/int16",       "quantize/tf32/int8",
        "quantize/e4m3fn/int4",    "quantize/e5m2/int8",        "quantize/e4m3fnuz/int8",
        "quantize/e2m1fn/int2",    "quantize/binary8p4se/int8", "quantize/bf16/int4",
        "requantize/int32/int8",   "requantize/int32/uint8",    "requantize/int32/int16",
        "requantize/uint32/int8",  "requantize/int16/int8",     "requantize/int32/int4",
        "requantize/int32/uint16",
    };
    for (size_t h = 0; h < COUNT(heads); h++)
        for (size_t s = 0; s < COUNT(scales); s += s ? 3 : 1)
            check_spelled(heads[h], roundings[_i], scales[s], "z=3", 1000, s == 0);
}
END_TEST

START_TEST(fake_quantizations) {
    static const char *const heads[] = {
        "fakequant/fp32/fp32",      "fakequant/fp32/fp16", "fakequant/bf16/bf16",  "fakequant/fp16/fp16",
        "fakequant/fp32/e4m3fn",    "fakequant/fp32/fp64", "fakequant/fp32/uint1", "fakequant/bf16/uint1",
        "fakequant/e4m3fnuz/uint1", "fakequant/fp16/fp32", "fakequant/tf32/bf16"};
    for (size_t h = 0; h < COUNT(heads); h++)
        for (size_t s = 0; s < COUNT(scales); s += s ? 3 : 1) {
            check_spelled(heads[h], roundings[_i], scales[s], "z=3,lo=-128,hi=127", 1000, s == 0);
            check_spelled(heads[h], roundings[_i], scales[s], "z=0,lo=-32768,hi=32767", 500, false);
            check_spelled(heads[h], roundings[_i], scales[s], "z=5,lo=-2147483648,hi=2147483647", 200, false);
        }
}
END_TEST

START_TEST(dequantizations) {
    static const char *const heads[] = {
        "dequantize/int8/fp32",   "dequantize/uint8/fp32",  "dequantize/int4/fp16",
        "dequantize/uint4/bf16",  "dequantize/int2/fp32",   "dequantize/int16/fp32",
        "dequantize/int32/fp32",  "dequantize/int8/e4m3fn", "dequantize/int8/fp16",
        "dequantize/int8/bf16",   "dequantize/int16/fp64",  "dequantize/int8/e4m3fnuz",
        "dequantize/uint8/e2m1fn"};
    if (strcmp(roundings[_i], "sr") == 0)
        return;
    for (size_t h = 0; h < COUNT(heads); h++) {
        for (size_t s = 0; s < COUNT(scales); s++)
            check_spelled(heads[h], roundings[_i], scales[s], s & 1 ? "z=3" : "z=-100", 500, s == 0);
        for (size_t s = 0; s < COUNT(ends); s++)
            check_spelled(heads[h], roundings[_i], ends[s], "z=3", 100, false);
    }
}
END_TEST

/* Inputs on which arithmetics part, with the codes that the literature of their runtimes gives. */
static const struct {
    const char *name, *target, *id;
    uint32_t input;
    uint8_t code;
} witnesses[] = {
    {"recip-vs-div", "x86/avx512-rcp32",  "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 128},
    {"recip-vs-div", "x86/avx2-rcp32",    "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 128},
    {"recip-vs-div", "x86/avx2-fbgemm",   "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 128},
    {"recip-vs-div", "x86/avx512-div32",  "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 127},
    {"recip-vs-div", "x86/avx512-vdivps", "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 127},
    {"recip-vs-div", "x86/avx2-div32",    "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 127},
    {"recip-vs-div", "x86/avx512",        "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 127},
    {"recip-vs-div", "x86/avx2",          "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 127},
    {"recip-vs-div", "portable/c",        "quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0", 0x3e8c41db, 127},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x3f000000, 0  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x3f000000, 0  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x3f000000, 0  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x40200000, 2  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x40200000, 2  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0x40200000, 2  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xbfc00000, 254},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xbfc00000, 254},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xbfc00000, 254},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x3f000000, 1  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x3f000000, 1  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x3f000000, 1  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x40200000, 3  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x40200000, 3  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0x40200000, 3  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xbf000000, 255},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xbf000000, 255},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xbf000000, 255},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xbfc00000, 254},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xbfc00000, 254},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xbfc00000, 254},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xc0200000, 253},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xc0200000, 253},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rna/s=0x1p+0,z=0",         0xc0200000, 253},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x3f000000, 1  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x3f000000, 1  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x3f000000, 1  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x3fc00000, 2  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x40200000, 3  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x40200000, 3  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0x40200000, 3  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xbfc00000, 255},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xbfc00000, 255},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xbfc00000, 255},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rhu/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x3f000000, 0  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x3f000000, 0  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x3f000000, 0  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x3fc00000, 1  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x3fc00000, 1  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x3fc00000, 1  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x40200000, 2  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x40200000, 2  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x40200000, 2  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xbf000000, 0  },
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xbfc00000, 255},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xbfc00000, 255},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xbfc00000, 255},
    {"tie-mode",     "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xc0200000, 254},
    {"tie-mode",     "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0xc0200000, 254},
    {"zp-order",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=3",         0x3f000000, 3  },
    {"zp-absorb",    "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=127",       0x3efffffd, 127},
    {"avx2-wrap-hi", "portable/c",        "quantize/fp32/uint8/rne/s=0x1p+0,z=133",      0x7f800000, 255},
    {"avx2-wrap-lo", "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=-1",        0xff800000, 128},
    {"nan-code",     "portable/c",        "quantize/fp32/int8/rne/s=0x1p+0,z=10",        0x7fc00000, 10 },
    {"group-trunc",  "portable/c",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x40bccccd, 5  },
    {"zp-order",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=3",         0x3f000000, 3  },
    {"zp-absorb",    "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=127",       0x3efffffd, 127},
    {"avx2-wrap-hi", "x86/avx512",        "quantize/fp32/uint8/rne/s=0x1p+0,z=133",      0x7f800000, 255},
    {"avx2-wrap-lo", "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=-1",        0xff800000, 128},
    {"nan-code",     "x86/avx512",        "quantize/fp32/int8/rne/s=0x1p+0,z=10",        0x7fc00000, 10 },
    {"group-trunc",  "x86/avx512",        "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x40bccccd, 5  },
    {"zp-order",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=3",         0x3f000000, 3  },
    {"zp-absorb",    "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=127",       0x3efffffd, 127},
    {"avx2-wrap-hi", "x86/avx2",          "quantize/fp32/uint8/rne/s=0x1p+0,z=133",      0x7f800000, 255},
    {"avx2-wrap-lo", "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=-1",        0xff800000, 128},
    {"nan-code",     "x86/avx2",          "quantize/fp32/int8/rne/s=0x1p+0,z=10",        0x7fc00000, 10 },
    {"group-trunc",  "x86/avx2",          "quantize/fp32/int8/rtz/s=0x1p+0,z=0",         0x40bccccd, 5  },
    {"avx2-wrap-hi", "x86/avx2-fbgemm",   "quantize/fp32/uint8/rne/s=0x1p+0,z=133",      0x7f800000, 0  },
    {"avx2-wrap-hi", "x86/avx2-fbgemm",   "quantize/fp32/uint8/rne/s=0x1p+0,z=133",      0x4f800000, 0  },
    {"avx2-wrap-lo", "x86/avx2-fbgemm",   "quantize/fp32/int8/rne/s=0x1p+0,z=-1",        0xff800000, 127},
    {"nan-code",     "x86/avx2-fbgemm",   "quantize/fp32/int8/rne/s=0x1p+0,z=10",        0x7fc00000, 127},
    {"nan-code",     "x86/avx2-fbgemm",   "quantize/fp32/uint8/rne/s=0x1p+0,z=127",      0x7fc00000, 255},
    {"nan-code",     "x86/avx2-fbgemm",   "quantize/fp32/uint8/rne/s=0x1p+0,z=128",      0x7fc00000, 0  },
    {"nan-code",     "x86/avx512-rcp32",  "quantize/fp32/int8/rne/s=0x1p+0,z=10",        0x7fc00000, 128},
    {"nan-code",     "x86/avx2-div32",    "quantize/fp32/int8/rne/s=0x1p+0,z=10",        0xffc00000, 128},
};

static const struct tb_target *target_named(const char *name) {
    for (const struct tb_target *const *t = present(); *t; t++)
        if (strcmp((*t)->name, name) == 0)
            return *t;
    return NULL;
}

START_TEST(witness) {
    const struct tb_target *target = target_named(witnesses[_i].target);
    struct tb_case c;
    struct tb_kernel kernel = {0};
    uint8_t code = 0;
    ck_assert(tb_case_parse(witnesses[_i].id, &c, NULL));
    struct tb_request request = tb_request_of(&c, witnesses[_i].id);
    if (!target)
        return; /* not on this machine */
    ck_assert(target->open(&request, &kernel));
    kernel.run(kernel.state, &witnesses[_i].input, &code, 1);
    ck_assert_msg(code == witnesses[_i].code, "%s: %s gives %u instead of %u", witnesses[_i].name,
                  target->name, code, witnesses[_i].code);
    if (target->close)
        target->close(&kernel);
}
END_TEST

START_TEST(something_was_compared) {
    printf("%u target-case pairs, %llu inputs\n", pairs, compared);
    ck_assert_uint_ge(pairs, 500);
}
END_TEST

/* ---- All 2^32 inputs of one quantization, for the targets that claim a named arithmetic: by hand. ---- */

struct claimed {
    const struct tb_target *target;
    struct tb_kernel kernel;
    uint64_t wrong;
};

static size_t open_claimed(const struct tb_case *c, const char *id, struct claimed *list, size_t limit) {
    size_t count = 0;
    struct tb_request request = tb_request_of(c, id);
    for (const struct tb_target *const *t = present(); *t && count < limit; t++) {
        struct claimed k = {.target = *t};
        if ((*t)->open(&request, &k.kernel) && k.kernel.claim)
            list[count++] = k;
    }
    return count;
}

enum { CLAIMS = 8, PIECE = 1 << 16 };

/* What a claim says of a block; worked out once for all targets with that claim. */
static const uint8_t *block_of_claim(const char *claim, const struct tb_case *c, const uint32_t *in) {
    static uint8_t answer[CLAIMS][PIECE];
    static struct {
        const char *claim;
        uint32_t first;
    } held[CLAIMS];
    size_t i = 0;
    while (i + 1 < CLAIMS && held[i].claim && strcmp(held[i].claim, claim) != 0)
        i++;
    if (held[i].claim && strcmp(held[i].claim, claim) == 0 && held[i].first == in[0])
        return answer[i];
    held[i].claim = claim;
    held[i].first = in[0];
    struct claim words = read_claim(claim);
    for (size_t j = 0; j < PIECE; j++) {
        float x;
        memcpy(&x, &in[j], sizeof x);
        answer[i][j] = (uint8_t)output_of_claim(&words, c, x);
    }
    return answer[i];
}

static int check_all_inputs(const char *id) {
    static uint32_t in[PIECE];
    static uint8_t out[PIECE];
    static struct claimed list[64];
    struct tb_case c;
    struct tb_error error;
    if (!tb_case_parse(id, &c, &error) || tb_format_bytes(c.source) != 4 ||
        tb_format_bytes(c.destination) != 1)
        return 2;
    size_t count = open_claimed(&c, id, list, COUNT(list));
    int failed = count == 0;
    for (uint64_t first = 0; first < UINT64_C(1) << 32; first += PIECE) {
        for (uint32_t i = 0; i < PIECE; i++)
            in[i] = (uint32_t)first + i;
        for (size_t t = 0; t < count; t++) {
            const uint8_t *expected = block_of_claim(list[t].kernel.claim, &c, in);
            list[t].kernel.run(list[t].kernel.state, in, out, PIECE);
            for (size_t i = 0; i < PIECE; i++)
                list[t].wrong += out[i] != expected[i];
        }
    }
    for (size_t t = 0; t < count; t++) {
        printf("%-32s %-16s %llu of 2^32 differ\n", list[t].target->name, list[t].kernel.claim,
               (unsigned long long)list[t].wrong);
        failed |= list[t].wrong != 0;
    }
    return failed;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return check_all_inputs(argv[1]);
    Suite *suite = suite_create("affine targets");
    TCase *cases = tcase_create("against the reference");
    tcase_set_timeout(cases, 600);
    tcase_add_loop_test(cases, eight_bits, 0, COUNT(roundings));
    tcase_add_test(cases, ends_of_scales);
    tcase_add_test(cases, zero_points);
    tcase_add_loop_test(cases, other_formats, 0, COUNT(roundings));
    tcase_add_loop_test(cases, fake_quantizations, 0, COUNT(roundings));
    tcase_add_loop_test(cases, dequantizations, 0, COUNT(roundings));
    tcase_add_loop_test(cases, witness, 0, COUNT(witnesses));
    tcase_add_test(cases, something_was_compared);
    suite_add_tcase(suite, cases);
    return tb_test(suite, CK_NOFORK);
}
