#include "reports/fixture.h"

#include "vectors/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const targets[] = {
    "arm/neon", "compiler/gcc-cast", "mylib",           "nvidia/headers",    "portable/c",
    "x86/avx2", "x86/avx512",        "x86/avx512_bf16", "x86/vcvtneps2bf16", "x86/vcvtps2ph",
};
#define TARGETS (sizeof targets / sizeof *targets)

static void *must(void *memory) {
    if (!memory)
        abort();
    return memory;
}

static struct tb_class_count *add_class(struct tb_verdict *v, enum tb_divergence class, uint64_t inputs) {
    v->classes = must(realloc(v->classes, (v->class_count + 1) * sizeof *v->classes));
    struct tb_class_count *c = &v->classes[v->class_count++];
    *c = (struct tb_class_count){.class = class, .inputs = inputs};
    v->diverging += inputs;
    v->value_diverging += class == TB_DIV_NAN_BITS ? 0 : inputs;
    return c;
}

static void add_example(struct tb_class_count *c, uint64_t input, uint64_t expected, uint64_t got) {
    if (c->example_count < TB_EXAMPLES)
        c->examples[c->example_count++] = (struct tb_example){input, expected, got};
}

static void add_explanation(struct tb_verdict *v, const char *variant, uint64_t unexplained) {
    v->explained_by = must(realloc(v->explained_by, (v->explanation_count + 1) * sizeof *v->explained_by));
    struct tb_explanation *e = &v->explained_by[v->explanation_count++];
    *e = (struct tb_explanation){.unexplained = unexplained};
    snprintf(e->variant, sizeof e->variant, "%s", variant);
}

static void add_binade(struct tb_verdict *v, int exponent, int negative, uint64_t inputs,
                       uint64_t diverging) {
    v->binades = must(realloc(v->binades, (v->binade_count + 1) * sizeof *v->binades));
    v->binades[v->binade_count++] = (struct tb_binade){exponent, negative, inputs, diverging};
}

static void add_stretch(struct tb_verdict *v, uint64_t first, uint64_t last, uint64_t expected,
                        uint64_t got) {
    v->stretch_total++;
    if (v->stretch_count == TB_RUNS_KEPT)
        return;
    if ((v->stretch_count & (v->stretch_count - 1)) == 0) /* doubled: a sanitizer's realloc always copies */
        v->stretches =
            must(realloc(v->stretches, (v->stretch_count ? 2 * v->stretch_count : 1) * sizeof *v->stretches));
    v->stretches[v->stretch_count++] = (struct tb_stretch){first, last, expected, got};
}

static double value_of(const char *format, uint64_t code) {
    struct tb_value v = tb_format_decode(tb_format_find(format, NULL), code);
    return ldexp((double)v.significand, v.exponent);
}

static uint64_t fp32_bits(double value) {
    float f = (float)value;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* fp32 -> fp16 -> e4m3fn: just above or below each midpoint the first rounding lands on it, and the tie goes
 * to the even code. 4096 inputs each, 126 midpoints, both signs: 1,032,192. */
static void via_fp16(struct tb_verdict *v) {
    struct tb_class_count *c = add_class(v, TB_DIV_VALUE, 1032192);
    uint64_t by_exponent[256] = {0};
    v->status = TB_DIVERGES;
    c->max_ulp = 0.5009765625;
    c->max_distance = -1;
    for (int negative = 0; negative < 2; negative++)
        for (uint64_t code = 0; code < 126; code++) {
            uint64_t middle = fp32_bits((value_of("e4m3fn", code) + value_of("e4m3fn", code + 1)) / 2);
            uint64_t sign = negative ? 0x80000000 : 0, code_sign = negative ? 0x80 : 0;
            uint64_t expected = code_sign | (code + !(code & 1)), got = code_sign | (code + (code & 1));
            uint64_t first = sign | (code & 1 ? middle - 4096 : middle + 1);
            add_stretch(v, first, first + 4095, expected, got);
            add_example(c, first, expected, got);
            by_exponent[middle >> 23] += 4096;
        }
    for (int negative = 0; negative < 2; negative++)
        for (int e = 0; e < 256; e++)
            if (by_exponent[e])
                add_binade(v, e, negative, 1 << 23, by_exponent[e]);
    v->distance[TB_DISTANCE_BINS / 2 - 1] = v->distance[TB_DISTANCE_BINS / 2 + 1] = 516096;
    add_explanation(v, "via-fp16", 0);
    add_explanation(v, "rna", 1032220);
    add_explanation(v, "via-bf16", 8257536);
    add_explanation(v, "rtz", 2118123520);
}

/* Subnormal inputs read as zero: exact zero is given for all that would round to a subnormal bf16 code. */
static void daz(struct tb_verdict *v, enum tb_status status) {
    struct tb_class_count *c = add_class(v, TB_DIV_FLUSHED, 16711678);
    v->status = status;
    if (status == TB_AS_CLAIMED)
        snprintf(v->claim, sizeof v->claim, "daz");
    for (uint64_t i = 0; i < 20; i++)
        add_example(c, 0x8001 + i * 0x10000, 1 + i, 0);
    for (uint64_t i = 0; i < 254; i++) {
        uint64_t code = i % 127, sign = i < 127 ? 0 : 1;
        uint64_t first = sign << 31 | (code * 0x10000 + 0x8001);
        add_stretch(v, first, first + 0xffff, sign << 15 | (code + 1), sign << 15);
    }
    add_binade(v, 0, 0, 1 << 23, 8355839);
    add_binade(v, 0, 1, 1 << 23, 8355839);
    add_explanation(v, "daz", 0);
    add_explanation(v, "daz+ftz", 2);
    add_explanation(v, "ftz", 65536);
}

static void half_away(struct tb_verdict *v) {
    struct tb_class_count *c = add_class(v, TB_DIV_VALUE, 12288);
    v->status = TB_DIVERGES;
    c->max_ulp = 0.5;
    c->max_distance = 1;
    add_example(c, 0x33000000, 0x0000, 0x0001);
    add_example(c, 0x3f801000, 0x3c00, 0x3c01);
    add_example(c, 0xbf801000, 0xbc00, 0xbc01);
    for (int e = 102; e < 143; e++)
        for (int negative = 0; negative < 2; negative++)
            add_binade(v, e, negative, 1 << 23, e < 113 ? UINT64_C(1) << (e - 102) / 2 : 153);
    v->distance[TB_DISTANCE_BINS / 2 - 1] = v->distance[TB_DISTANCE_BINS / 2 + 1] = 6144;
    add_explanation(v, "rna", 0);
    add_explanation(v, "rhu", 6144);
    add_explanation(v, "rtz", 1902117888);
    add_explanation(v, "via-bf16", 4160749568);
}

static void unexplained(struct tb_verdict *v) {
    struct tb_class_count *c = add_class(v, TB_DIV_VALUE, 97);
    v->status = TB_DIVERGES;
    c->max_ulp = 1.75;
    c->max_distance = 9;
    add_example(c, 0x42c80000, 0x64, 0x65);
    add_example(c, 0xc2c80000, 0x9c, 0x9b);
    c = add_class(v, TB_DIV_SATURATION, 3);
    add_example(c, 0x43000000, 0x7f, 0x80);
    c = add_class(v, TB_DIV_FROM_NAN, 16777214);
    add_example(c, 0x7fc00000, 0x00, 0x80);
    c = add_class(v, TB_DIV_NAN_BITS, 12);
    add_example(c, 0x7f800001, 0x00, 0x00);
    for (int i = 0; i < TB_DISTANCE_BINS; i++)
        v->distance[i] = i == TB_DISTANCE_BINS / 2 ? 0 : (uint64_t)(i * i % 13);
    add_binade(v, 133, 0, 1 << 23, 50);
    add_binade(v, 255, 0, 1 << 23, 16777217);
    add_explanation(v, "indefinite", 100);
    add_explanation(v, "wrap", 4000);
    snprintf(v->reason, sizeof v->reason, "11 of 64 tail lengths give other results than the whole array");
}

static void nan_bits(struct tb_verdict *v) {
    struct tb_class_count *c = add_class(v, TB_DIV_NAN_BITS, 3072);
    add_example(c, 0xffc00001, 0xffc0, 0x7fff);
    add_explanation(v, "nan-positive", 0);
    add_binade(v, 255, 1, 1 << 23, 3072);
}

/* A quantizer that multiplies by the reciprocal: 115 of 2^32 inputs, as a sweep found them. */
static void reciprocal(struct tb_verdict *v) {
    struct tb_class_count *c = add_class(v, TB_DIV_VALUE, 115);
    v->status = TB_DIVERGES;
    c->max_ulp = 0.50000001;
    c->max_distance = 1;
    add_example(c, 0x3bf669a9, 3, 4);
    add_stretch(v, 0x3bf669a9, 0x3bf669a9, 3, 4);
    add_binade(v, 119, 0, 1 << 23, 60);
    add_binade(v, 119, 1, 1 << 23, 55);
    v->distance[TB_DISTANCE_BINS / 2 + 1] = 115;
    add_explanation(v, "rcp32", 0);
    add_explanation(v, "rcp32+avx2-wrap", 0);
}

/* Its NaN, and infinities, go to the wrong end. */
static void wrong_end(struct tb_verdict *v) {
    struct tb_class_count *c = add_class(v, TB_DIV_NAN_INPUT, 2046);
    v->status = TB_DIVERGES;
    add_example(c, 0x7c01, 133, 0);
    c = add_class(v, TB_DIV_INFINITE_INPUT, 1);
    add_example(c, 0x7c00, 255, 0);
    c = add_class(v, TB_DIV_SATURATION, 1024);
    add_example(c, 0x7800, 255, 0);
    add_explanation(v, "avx2-wrap", 0);
}

static const struct {
    const char *target, *case_id;
    void (*make)(struct tb_verdict *v);
} quantizers[] = {
    {"quantlib", "quantize/fp32/int8/rne/s=0x1.199d54p-9,z=0",                       reciprocal},
    {"quantlib", "quantize/fp16/uint8/rne/s=0x1p-16,z=133",                          wrong_end },
    {"quantlib", "quantize/fp32/int8/sr/s=0x1p-4,z=3,bits=4,r=9",                    NULL      },
    {"quantlib", "dequantize/int8/fp32/rne/s=0x1.99999ap-4,z=3",                     NULL      },
    {"quantlib", "fakequant/fp16/uint1/rne/s=0x1p-4,z=3,lo=-128,hi=127",             NULL      },
    {"quantlib", "requantize/int32/int8/rne/s=-0x1.798ee8fp-10,z=-3,lo=-127,hi=126", NULL      },
};

static const struct {
    const char *target, *case_id;
    void (*make)(struct tb_verdict *v);
} stories[] = {
    {"mylib", "convert/fp32/e4m3fn/rne/satfinite", via_fp16   },
    {"mylib", "convert/fp32/fp16/rne/inf",         half_away  },
    {"mylib", "convert/fp32/int8/rne/satfinite",   unexplained},
    {"mylib", "convert/fp32/bf16/rne/inf",         nan_bits   },
};

static void crash(struct tb_verdict *v, const char *reason) {
    v->status = TB_CRASHED;
    v->inputs = 0;
    v->exhaustive = 0;
    v->digest[0] = 0;
    snprintf(v->reason, sizeof v->reason, "%s", reason);
}

static void tell(struct tb_verdict *v, const struct tb_case *c) {
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        if (!strcmp(v->target, stories[i].target) && !strcmp(v->case_id, stories[i].case_id))
            stories[i].make(v);
    for (size_t i = 0; i < sizeof quantizers / sizeof *quantizers; i++)
        if (quantizers[i].make && !strcmp(v->target, quantizers[i].target) &&
            !strcmp(v->case_id, quantizers[i].case_id))
            quantizers[i].make(v);
    if (!strcmp(v->target, "arm/neon")) {
        crash(v, "this machine is x86_64");
        v->status = TB_SKIPPED;
    } else if (!strcmp(v->target, "mylib") && !strcmp(v->case_id, "convert/fp32/e2m1fn/rne/satfinite")) {
        crash(v, "SIGILL at the first block");
    } else if (!strcmp(v->target, "x86/vcvtneps2bf16") || !strcmp(v->target, "x86/avx512_bf16")) {
        if (!strcmp(c->destination->name, "bf16") && !strcmp(c->source->name, "fp32") &&
            c->rounding == TB_RNE)
            daz(v, TB_AS_CLAIMED);
    }
}

/* All classes full and all runs kept: what the size budget must survive. */
static void shatter(struct tb_verdict *v) {
    v->status = TB_DIVERGES;
    v->exhaustive = 1;
    v->inputs = UINT64_C(1) << 32;
    for (int class = TB_DIV_VALUE; class <= TB_DIV_SATURATION; class ++) {
        struct tb_class_count *c = add_class(v, (enum tb_divergence) class, 1000000);
        for (uint64_t i = 0; i < TB_EXAMPLES; i++)
            add_example(c, 0x3f800000 + i * 77777, i, i + 1);
    }
    for (uint64_t i = 0; i < TB_RUNS_KEPT + 10; i++)
        add_stretch(v, i * 1000, i * 1000 + 500, i % 200, i % 200 + 1);
    for (int e = 0; e < 255; e++)
        add_binade(v, e, e & 1, 1 << 23, (uint64_t)e * 999 + 1);
    for (int i = 0; i < 12; i++)
        add_explanation(v, "via-fp16+daz", 17 + (uint64_t)i);
}

static bool offers(const char *target, const struct tb_case *c, size_t number) {
    const char *source = c->source->name, *destination = c->destination->name;
    if (!strcmp(target, "portable/c"))
        return true;
    if (!strcmp(target, "x86/vcvtneps2bf16") || !strcmp(target, "x86/avx512_bf16"))
        return !strcmp(source, "fp32") && !strcmp(destination, "bf16") && c->rounding == TB_RNE;
    if (!strcmp(target, "x86/vcvtps2ph"))
        return !strcmp(source, "fp32") && !strcmp(destination, "fp16");
    if (!strcmp(target, "mylib"))
        return !strcmp(source, "fp32") && c->rounding == TB_RNE && c->destination->bits <= 16;
    if (!strcmp(target, "compiler/gcc-cast"))
        return tb_case_input(c)->bits >= 32 && c->destination->bits >= 16;
    return number % 3 != 0 && c->rounding != TB_EXACT;
}

static void add_fact(struct tb_results *r, const char *name, const char *value) {
    r->facts = must(realloc(r->facts, (r->fact_count + 1) * sizeof *r->facts));
    r->facts[r->fact_count++] = (struct tb_fact){must(strdup(name)), must(strdup(value))};
}

static void describe(struct tb_results *r, bool hostile) {
    snprintf(r->tool, sizeof r->tool, "tiebreak 0.1.0");
    snprintf(r->command, sizeof r->command, "tiebreak run --plugin mylib.so%s",
             hostile ? " " FIXTURE_HOSTILE : "");
    snprintf(r->suite, sizeof r->suite, "standard");
    snprintf(r->nan_level, sizeof r->nan_level, "class");
    add_fact(r, "machine", "AMD EPYC 9354, 2 cores: f16c avx2 avx512f avx512_bf16");
    add_fact(r, "compiler", "gcc 12.2.0, -O3 -ffp-contract=off");
    add_fact(r, "CUDA", "no driver (35), skipped");
    add_fact(r, "goldens", "MPFR 4.2.0, 214 staircases, manifest 7f3a55ce0f9b91c2");
    add_fact(r, "date", "2026-12-01");
    if (hostile)
        add_fact(r, FIXTURE_HOSTILE, FIXTURE_HOSTILE);
}

static void add_verdict(struct tb_results *r, const struct tb_case *c, const char *target, bool hostile,
                        bool broken) {
    struct tb_verdict *v = &r->verdicts[r->verdict_count++];
    *v = (struct tb_verdict){.exhaustive = tb_case_has_staircase(c) || tb_case_input(c)->bits <= 32};
    v->inputs = v->exhaustive ? tb_case_inputs(c) : 1048576;
    tb_case_print(c, v->case_id);
    snprintf(v->target, sizeof v->target, "%s", target);
    memset(v->digest, 'a' + (int)(r->verdict_count % 6), 64);
    v->seconds = 0.25;
    if (broken)
        shatter(v);
    else
        tell(v, c);
    if (hostile) {
        snprintf(v->target, sizeof v->target, "%s" FIXTURE_HOSTILE, target);
        snprintf(v->reason, sizeof v->reason, "%s", FIXTURE_HOSTILE);
        snprintf(v->claim, sizeof v->claim, "%s", v->status == TB_AS_CLAIMED ? FIXTURE_HOSTILE : "");
    }
}

void fixture_make(struct tb_results *r, size_t verdicts, bool hostile, bool broken) {
    size_t case_count;
    struct tb_case *cases = must(tb_suite_cases(TB_STANDARD, &case_count));
    *r = (struct tb_results){0};
    describe(r, hostile);
    r->verdicts = must(calloc(verdicts + 1, sizeof *r->verdicts));
    for (size_t i = 0; i < sizeof quantizers / sizeof *quantizers && verdicts >= 700; i++) {
        struct tb_case c;
        if (!tb_case_parse(quantizers[i].case_id, &c, NULL))
            abort();
        add_verdict(r, &c, quantizers[i].target, hostile, broken);
    }
    for (size_t i = 0; i < case_count; i++)
        for (size_t t = 0; t < TARGETS && r->verdict_count < verdicts; t++)
            if (offers(targets[t], &cases[i], i))
                add_verdict(r, &cases[i], targets[t], hostile, broken);
    free(cases);
}

static void add_change(struct tb_results *r, enum tb_change_kind kind, const char *target,
                       const char *case_id, bool hostile) {
    struct tb_change *c = &r->changes[r->change_count++];
    *c = (struct tb_change){.kind = kind};
    snprintf(c->target, sizeof c->target, "%s", target);
    snprintf(c->case_id, sizeof c->case_id, "%s", case_id);
    snprintf(c->text, sizeof c->text, "diverges, 12 of 65,536 inputs differ; before: %s",
             hostile ? FIXTURE_HOSTILE : "no verdict");
    snprintf(c->note, sizeof c->note, "%s", hostile ? FIXTURE_HOSTILE : "");
}

void fixture_compare(struct tb_results *r, bool hostile) {
    size_t failing = 0;
    snprintf(r->baseline, sizeof r->baseline, "%s", hostile ? FIXTURE_HOSTILE : "base.json");
    r->changes = must(calloc(r->verdict_count + 2, sizeof *r->changes));
    for (size_t i = 0; i < r->verdict_count; i++) {
        const struct tb_verdict *v = &r->verdicts[i];
        bool fails = v->status == TB_DIVERGES || v->status == TB_CRASHED, last = i + 1 == r->verdict_count;
        size_t turn = fails ? failing++ % 3 : 2;
        if (turn < 2 || last)
            add_change(r,
                       turn == 0   ? TB_CHANGE_NEW
                       : turn == 1 ? TB_CHANGE_GROWN
                                   : TB_CHANGE_SKIPPED,
                       v->target, v->case_id, hostile);
    }
    add_change(r, TB_CHANGE_GONE, "mylib/gone", "convert/fp32/e4m3fn/rne/nan", hostile);
}
