/* The table of formats against facts stated elsewhere (landmarks.tsv), the P3109 family against its formulas,
 * and names. */
#include "vectors/case.h"
#include "vectors/testing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *landmarks_path;

/* Exact: no format's significand has more than 53 bits. */
static double value_of(const struct tb_format *f, uint64_t pattern) {
    struct tb_value v = tb_format_decode(f, pattern);
    double magnitude = v.class == TB_FINITE     ? ldexp((double)v.significand, v.exponent)
                       : v.class == TB_INFINITE ? INFINITY
                                                : 0;
    return v.class == TB_NOT_A_NUMBER ? NAN : v.negative ? -magnitude : magnitude;
}

/* ---- Landmarks: what the sources say. ---- */

struct landmark {
    char name[32];
    int bits;
    double largest, least_normal, least_subnormal; /* NAN: none */
    bool has_infinity[2];
    uint64_t infinity[2], nan_codes, first_nan, last_nan;
    bool negative_zero;
};

static double number(const char *text) {
    return strcmp(text, "-") ? strtod(text, NULL) : NAN;
}

static bool read_landmark(char *line, struct landmark *out) {
    char *column[11], *rest = NULL;
    int n = 0;
    for (char *word = strtok_r(line, "\t\n", &rest); word && n < 11; word = strtok_r(NULL, "\t\n", &rest))
        column[n++] = word;
    if (n != 11 || *column[0] == '#' || strcmp(column[0], "name") == 0)
        return false;
    snprintf(out->name, sizeof out->name, "%s", column[0]);
    out->bits = (int)strtol(column[1], NULL, 10);
    out->largest = number(column[2]);
    out->least_normal = number(column[3]);
    out->least_subnormal = number(column[4]);
    for (int i = 0; i < 2; i++) {
        out->has_infinity[i] = strcmp(column[5 + i], "-") != 0;
        out->infinity[i] = strtoull(column[5 + i], NULL, 16);
    }
    out->first_nan = strtoull(column[7], NULL, 16);
    out->last_nan = strtoull(column[8], NULL, 16);
    out->nan_codes = strtoull(column[9], NULL, 10);
    out->negative_zero = column[10][0] == '1';
    return true;
}

/* What all codes together show, where they can be listed. */
struct survey {
    double largest, least_normal, least_subnormal;
    uint64_t nan_codes, first_nan, last_nan;
};

static void survey(const struct tb_format *f, struct survey *s) {
    *s = (struct survey){.largest = -INFINITY, .least_normal = INFINITY, .least_subnormal = INFINITY};
    for (uint64_t code = 0; code < tb_format_codes(f); code++) {
        uint64_t pattern = code << f->padding;
        double v = value_of(f, pattern);
        ck_assert_msg(isnan(v) == tb_format_is_nan(f, pattern), "%s 0x%" PRIx64, f->name, pattern);
        if (isnan(v)) {
            s->first_nan = s->nan_codes++ ? s->first_nan : pattern;
            s->last_nan = pattern;
        } else if (isfinite(v)) {
            double *least = tb_format_is_subnormal(f, pattern) ? &s->least_subnormal : &s->least_normal;
            s->largest = fmax(s->largest, v);
            *least = v > 0 ? fmin(*least, v) : *least;
        }
    }
}

static void check_survey(const struct tb_format *f, const struct landmark *l) {
    struct survey s;
    survey(f, &s);
    ck_assert_msg(s.largest == l->largest, "%s: largest %a", f->name, s.largest);
    ck_assert_msg(s.nan_codes == l->nan_codes, "%s: %" PRIu64 " NaN codes", f->name, s.nan_codes);
    ck_assert_msg(s.first_nan == l->first_nan && s.last_nan == l->last_nan,
                  "%s: NaN 0x%" PRIx64 " to 0x%" PRIx64, f->name, s.first_nan, s.last_nan);
    if (f->kind == TB_FLOAT && tb_format_exponent_bits(f) > 0) {
        ck_assert_msg(s.least_normal == l->least_normal, "%s: least normal %a", f->name, s.least_normal);
        ck_assert_msg(isnan(l->least_subnormal) ? isinf(s.least_subnormal)
                                                : s.least_subnormal == l->least_subnormal,
                      "%s: least subnormal %a", f->name, s.least_subnormal);
    } else { /* without an exponent field there are no binades to tell apart: the least positive value */
        double least = isnan(l->least_subnormal) ? l->least_normal : l->least_subnormal;
        ck_assert_msg(fmin(s.least_normal, s.least_subnormal) == least, "%s: least %a", f->name, least);
    }
}

/* Formats of 32 and 64 bits: the codes around each landmark. */
static void check_wide(const struct tb_format *f, const struct landmark *l) {
    uint64_t largest;
    ck_assert(tb_format_largest(f, false, &largest));
    if (f->kind != TB_FLOAT)
        return;
    uint64_t least_normal = UINT64_C(1) << tb_format_fraction_bits(f);
    ck_assert_msg(value_of(f, 1) == l->least_subnormal && tb_format_is_subnormal(f, 1), "%s", f->name);
    ck_assert_msg(value_of(f, least_normal) == l->least_normal && !tb_format_is_subnormal(f, least_normal),
                  "%s", f->name);
    ck_assert_msg(tb_format_is_subnormal(f, least_normal - 1), "%s", f->name);
    ck_assert_msg(tb_format_is_nan(f, l->first_nan) && !tb_format_is_nan(f, l->first_nan - 1), "%s", f->name);
    ck_assert_msg(tb_format_is_nan(f, l->last_nan) && l->first_nan == largest + 2, "%s", f->name);
}

static void check_landmark(const struct landmark *l) {
    struct tb_error error;
    const struct tb_format *f = tb_format_find(l->name, &error);
    uint64_t pattern;
    ck_assert_msg(f != NULL, "%s", error.text);
    ck_assert_msg(f->bits == l->bits, "%s: %d bits", l->name, f->bits);
    ck_assert_msg(tb_format_largest(f, false, &pattern) && value_of(f, pattern) == l->largest,
                  "%s: largest %a", l->name, value_of(f, pattern));
    for (int i = 0; i < 2; i++) {
        bool has = tb_format_infinity(f, i == 1, &pattern);
        ck_assert_msg(has == l->has_infinity[i] && (!has || pattern == l->infinity[i]), "%s: infinity %d",
                      l->name, i);
        ck_assert_msg(!has || value_of(f, pattern) == (i ? -INFINITY : INFINITY), "%s: infinity %d", l->name,
                      i);
    }
    bool zero = tb_format_zero(f, true, &pattern);
    ck_assert_msg((zero && signbit(value_of(f, pattern)) && value_of(f, pattern) == 0) == l->negative_zero,
                  "%s: -0", l->name);
    if (f->bits <= 19)
        check_survey(f, l);
    else
        check_wide(f, l);
}

START_TEST(landmarks) {
    char line[1024];
    int rows = 0;
    FILE *in = fopen(landmarks_path, "r");
    ck_assert_msg(in != NULL, "%s", landmarks_path);
    while (fgets(line, sizeof line, in)) {
        struct landmark l = {0};
        if (!read_landmark(line, &l))
            continue;
        check_landmark(&l);
        rows++;
    }
    fclose(in);
    ck_assert_int_eq(rows, 158);
}
END_TEST

/* ---- IEEE P3109 v4.0, 3.1 and 4.7: every member of 3 to 8 bits. ---- */

static void check_member(int k, int p, bool is_signed, bool extended) {
    char name[32];
    snprintf(name, sizeof name, "binary%dp%d%c%c", k, p, is_signed ? 's' : 'u', extended ? 'e' : 'f');
    const struct tb_format *f = tb_format_find(name, NULL);
    uint64_t half = UINT64_C(1) << (k - 1), top = is_signed ? half : 2 * half - 1, last, pattern;
    ck_assert_msg(f != NULL, "%s", name);
    ck_assert_msg(value_of(f, is_signed ? half / 2 : half) == 1, "%s: one", name);
    for (uint64_t code = 0; code < 2 * half; code++)
        ck_assert_msg(tb_format_is_nan(f, code) == (code == top), "%s: NaN 0x%" PRIx64, name, code);
    last = top - 1;
    ck_assert_msg(isinf(value_of(f, last)) == extended, "%s: infinity", name);
    ck_assert_msg(tb_format_infinity(f, true, &pattern) == (extended && is_signed), "%s: -infinity", name);
    ck_assert_msg(value_of(f, 0) == 0 && !signbit(value_of(f, 0)), "%s: zero", name);
    for (uint64_t code = 1; code <= last; code++) {
        ck_assert_msg(value_of(f, code) > value_of(f, code - 1), "%s: order at 0x%" PRIx64, name, code);
        if (is_signed)
            ck_assert_msg(value_of(f, code | half) == -value_of(f, code), "%s: sign at 0x%" PRIx64, name,
                          code);
        uint64_t binade = UINT64_C(1) << (p - 1); /* codes */
        if (code >= binade && code + binade <= last - extended)
            ck_assert_msg(value_of(f, code + binade) == 2 * value_of(f, code), "%s: binade at 0x%" PRIx64,
                          name, code);
    }
}

START_TEST(p3109) {
    int members = 0;
    for (int k = 3; k <= 8; k++)
        for (int is_signed = 0; is_signed < 2; is_signed++)
            for (int p = 1; p <= k - is_signed; p++)
                for (int extended = 0; extended < 2; extended++, members++)
                    check_member(k, p, is_signed, extended);
    ck_assert_int_eq(members, 120);
    ck_assert_ptr_eq(tb_format_find("Binary8p4se", NULL), tb_format_find("p3109_k8p4se", NULL));
}
END_TEST

/* Every alias finds its row, and no name stands twice. */
START_TEST(names) {
    for (size_t i = 0; i < tb_format_count; i++) {
        char aliases[256], *rest = NULL;
        snprintf(aliases, sizeof aliases, "%s", tb_formats[i].aliases);
        ck_assert_ptr_eq(tb_format_find(tb_formats[i].name, NULL), &tb_formats[i]);
        for (char *a = strtok_r(aliases, ",", &rest); a; a = strtok_r(NULL, ",", &rest))
            ck_assert_msg(tb_format_find(a, NULL) == &tb_formats[i], "alias %s", a);
    }
}
END_TEST

/* ---- Cases. ---- */

START_TEST(case_ids) {
    size_t count;
    struct tb_case *cases = tb_suite_cases(TB_FULL, &count);
    ck_assert_uint_gt(count, 1000);
    ck_assert_str_eq(tb_suite_words[TB_QUANTIZERS].name, "quantizers");
    for (size_t i = 0; i < count; i++) {
        char id[TB_CASE_ID], again[TB_CASE_ID];
        struct tb_error error;
        struct tb_case c;
        tb_case_print(&cases[i], id);
        ck_assert_msg(tb_case_parse(id, &c, &error), "%s: %s", id, error.text);
        tb_case_print(&c, again);
        ck_assert_str_eq(id, again);
        ck_assert(c.source == cases[i].source && c.destination == cases[i].destination);
        ck_assert(c.random_bits == cases[i].random_bits && c.rounding == cases[i].rounding);
        ck_assert(c.affine.zero == cases[i].affine.zero && c.affine.low == cases[i].affine.low);
    }
    free(cases);
}
END_TEST

/* clang-format off */
static const struct {
    const char *text, *message; /* a part of it */
} bad_ids[] = {
    {"",                                            "ids begin with convert/"},
    {"/",                                           "ids begin with convert/"},
    {"convert/bf16/e4m3fn/sr",                      "the overflow policy is missing"},
    {"convert/bf16/e4m3fn/sr/satfinite",            "sr takes its random bits last"},
    {"convert/bf16/e4m3fn/sr/satfinite/bits=",      "sr takes its random bits last"},
    {"convert/bf16/e4m3fn/sr/satfinite/bits=0",     "sr takes its random bits last"},
    {"convert/bf16/e4m3fn/sr/satfinite/bits=33",    "sr takes its random bits last"},
    {"convert/bf16/e4m3fn/sr/satfinite/bits=016",   "sr takes its random bits last"},
    {"convert/bf16/e4m3fn/sr/satfinite/bits=16/x",  "sr takes its random bits last"},
    {"convert/bf16/e4m3fn/sr/satfinite/bits=Hidden", "sr takes its random bits last"},
    {"convert/fp64/fp32/sr/inf/bits=1",             "do not fit 64 bits"},
    {"convert/bf16/nf4/sr/satfinite/bits=4",        "sr needs a grid"},
    {"convert/e4m3fn/fp16/sr/inf/bits=4",           "nothing can be lost here"},
    {"convert/bf16/e4m3fn/rne/satfinite/bits=16",   "overflow policy 'satfinite/bits=16' is not one of"},
    {"convert",                                     "the source format is missing"},
    {"convert/",                                    "the source format is missing"},
    {"convert//e4m3fn/rne/inf",                     "the source format is missing"},
    {"convert/fp32",                                "the destination format is missing"},
    {"convert/fp32/",                               "the destination format is missing"},
    {"convert/fp32/e4m3fn",                         "the rounding is missing"},
    {"convert/fp32/e4m3fn//satfinite",              "the rounding is missing"},
    {"convert/fp32/e4m3fn/rne",                     "the overflow policy is missing"},
    {"convert/fp32/e4m3fn/rne/",                    "the overflow policy is missing"},
    {"convert/fp32/e4m3fn/rne/satfinite/x",         "overflow policy 'satfinite/x'"},
    {"convert/fp32/e4m3fn/RNE/satfinite",           "rounding 'RNE' is not known"},
    {"convert/fp32/e4m3fn/rne/Satfinite",           "overflow policy 'Satfinite'"},
    {"convert/fp32/e4m3fn/exact",                   "is not exact"},
    {"convert/e4m3fn/fp32/rne/inf",                 "nothing can be lost here"},
    {"convert/e4m3fn/fp32/exact/inf",               "nothing may follow 'exact'"},
    {"convert/fp32/e9m9/rne/inf",                   "format 'e9m9' is not known"},
    {"convert/fp32/e4m3fn\n/rne/inf",               "is not known"},
    {"convert/fp32/%s%n%s/rne/inf",                 "is not known"},
    {"convert/fp32/binary17p4se/rne/inf",           "is not known"},
    {"convert/fp32/binary08p4se/rne/inf",           "is not known"},
    {"convert/fp32/binary8p8se/rne/inf",            "is not known"},
    {"convert/fp32/binary8p0ue/rne/inf",            "is not known"},
    {"convert/fp32/../rne/inf",                     "is not known"},
    {"convert/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/fp32/exact", "the source format is missing"},
    {"quantise/fp32/int8/rne/s=1,z=0",              "ids begin with convert/, quantize/, dequantize/"},
    {"quantize/fp32/int8",                          "rounding '' is not one of rne, rna, rtz, ru, rd, rto, rhu, sr"},
    {"quantize/fp32/int8/exact/s=1,z=0",            "rounding 'exact' is not one of"},
    {"quantize/fp32/int8/RNE/s=1,z=0",              "rounding 'RNE' is not one of"},
    {"dequantize/int8/fp32/sr/s=1,z=0,bits=1,r=0",  "rounding 'sr' is not one of rne, rna, rtz, ru, rd, rto, rhu"},
    {"quantize/fp32/int8/rne",                      "the scale is missing: s=0x1p-4"},
    {"quantize/fp32/int8/rne/",                     "the scale is missing: s=0x1p-4"},
    {"quantize/fp32/int8/rne/z=3",                  "the scale is missing: s=0x1p-4"},
    {"quantize/fp64/int8/rne/s=1,z=0",              "quantize does not go from fp64 to int8: a float to an integer code"},
    {"quantize/fp32/int32/rne/s=1,z=0",             "quantize does not go from fp32 to int32"},
    {"quantize/fp32/fp16/rne/s=1,z=0",              "overflow policy 's=1,z=0' is not one of"},
    {"quantize/fp32/fp16/rne/inf/s=1,z=0",          "'s=1,z=0' is not s=SCALE or m=FACTOR"},
    {"quantize/int8/fp16/rne/inf/s=1",              "quantize does not go from int8 to fp16"},
    {"quantize/e8m0fnu/int8/rne/s=1,z=0",           "quantize does not go from e8m0fnu to int8"},
    {"quantize/nf4/int8/rne/s=1,z=0",               "quantize does not go from nf4 to int8"},
    {"quantize/fp32/mxint8/rne/s=1,z=0",            "quantize does not go from fp32 to mxint8"},
    {"dequantize/fp32/int8/rne/s=1,z=0",            "dequantize does not go from fp32 to int8: an integer code to a float"},
    {"fakequant/fp32/int8/rne/s=1,z=0,lo=0,hi=1",   "fakequant does not go from fp32 to int8"},
    {"fakequant/fp32/int2/rne/s=1,z=0,lo=0,hi=1",   "fakequant does not go from fp32 to int2"},
    {"requantize/fp32/int8/rne/s=1,z=0",            "requantize does not go from fp32 to int8: an accumulator"},
    {"requantize/int32/int32/rne/s=1,z=0",          "requantize does not go from int32 to int32"},
    {"quantize/fp32/int8/rne/s=",                   "parameter 's=' is not one of s=SCALE, z=INTEGER"},
    {"quantize/fp32/int8/rne/s=1x",                 "parameter 's=1x' is not one of"},
    {"quantize/fp32/int8/rne/s= 1",                 "parameter 's= 1' is not one of"},
    {"quantize/fp32/int8/rne/s=1e999",              "parameter 's=1e999' is not one of"},
    {"quantize/fp32/int8/rne/s=1e-999",             "parameter 's=1e-999' is not one of"},
    {"quantize/fp32/int8/rne/s=nan(7)",             "parameter 's=nan(7)' is not one of"},
    {"quantize/fp32/int8/rne/s=1/z=0",              "parameter 's=1/z=0' is not one of"},
    {"quantize/fp32/int8/rne/s=1,z=0,s=2",          "parameter 's=2' is not one of"},
    {"quantize/fp32/int8/rne/s=1,,z=0",             "parameter '' is not one of"},
    {"quantize/fp32/int8/rne/,s=1",                 "parameter '' is not one of"},
    {"quantize/fp32/int8/rne/s=1,z=0,",             "parameter 'z=0' is not one of"},
    {"quantize/fp32/int8/rne/s=1,z=0.5",            "parameter 'z=0.5' is not one of"},
    {"quantize/fp32/int8/rne/s=1,z=2147483648",     "parameter 'z=2147483648' is not one of"},
    {"quantize/fp32/int8/rne/s=1,z=-2147483648",    "parameter 'z=-2147483648' is not one of"},
    {"quantize/fp32/int8/rne/s=1,zero=3",           "parameter 'zero=3' is not one of"},
    {"quantize/fp32/int8/rne/s=1,lo=-129",          "int8 holds -128 to 127"},
    {"quantize/fp32/uint4/rne/s=1,hi=16",           "uint4 holds 0 to 15"},
    {"quantize/fp32/int8/rne/s=1,lo=5,hi=4",        "lo=5 is above hi=4"},
    {"fakequant/fp32/fp32/rne/s=1,z=0",             "a fake quantization names the codes it uses: lo=-128,hi=127"},
    {"fakequant/fp32/fp32/rne/s=1,z=0,lo=0",        "a fake quantization names the codes it uses"},
    {"dequantize/int8/fp32/rne/s=1,z=0,lo=-127",    "a dequantization has no lo and hi"},
    {"quantize/fp32/int8/sr/s=1,z=0",               "rounding sr, and it alone, takes bits=K and r=R below 2^K"},
    {"quantize/fp32/int8/sr/s=1,z=0,r=1",           "rounding sr, and it alone"},
    {"quantize/fp32/int8/rne/s=1,z=0,bits=8,r=1",   "rounding sr, and it alone"},
    {"quantize/fp32/int8/rne/s=1,z=0,r=1",          "rounding sr, and it alone"},
    {"quantize/fp32/int8/sr/s=1,z=0,bits=8,r=256",  "rounding sr, and it alone"},
    {"quantize/fp32/int8/sr/s=1,z=0,bits=0,r=0",    "parameter 'bits=0' is not one of"},
    {"quantize/fp32/int8/sr/s=1,z=0,bits=25,r=0",   "parameter 'bits=25' is not one of"},
    {"quantize/fp32/int8/sr/s=1,z=0,bits=8,r=-1",   "parameter 'r=-1' is not one of"},
    {"convert/fp32/e4m3fn/rne/satfinite/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                                    "an id has at most 127 characters"},
}, bad_lines[] = {
    {"",                                            "starts with its name"},
    {"  \t ",                                       "starts with its name"},
    {"a/b bits=8 precision=4 negative_zero=1",      "starts with its name"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bits=8",    "starts with its name"},
    {"fp16 bits=8 precision=4 negative_zero=1",     "exists already"},
    {"E4M3 bits=8 precision=4 negative_zero=1",     "exists already"},
    {"binary8p4se bits=8",                          "exists already"},
    {"x",                                           "bits= is missing"},
    {"x bits",                                      "is not FIELD=VALUE"},
    {"x bits=",                                     "is not a number from 2 to 16"},
    {"x bits=17",                                   "is not a number from 2 to 16"},
    {"x bits=1",                                    "is not a number from 2 to 16"},
    {"x bits=8x",                                   "is not a number from 2 to 16"},
    {"x bits=99999999999999999999",                 "is not a number from 2 to 16"},
    {"x bits=8 width=3",                            "field 'width' is not known"},
    {"x bits=8 nan=quiet",                          "is not one of its values"},
    {"x bits=8 precision=0 negative_zero=1",        "precision= must be at least 1"},
    {"x bits=8 precision=9 negative_zero=1",        "precision= must be at least 1"},
    {"x bits=8 precision=4",                        "the code has to mean something"},
    {"x bits=8 precision=4 signed=0 negative_zero=1", "negative_zero=1 needs signed=1"},
    {"x bits=8 precision=4 negative_zero=1 nan=negative-zero", "needs signed=1 and negative_zero=0"},
    {"x bits=8 precision=1 negative_zero=1 nan=ieee", "needs a fraction field"},
    {"x bits=8 precision=4 negative_zero=1 infinity=ieee", "goes with nan=ieee"},
    {"x bits=8 precision=4 negative_zero=1 infinity=top nan=ieee", "does not go with nan=ieee"},
    {"x bits=8 precision=4 negative_zero=1 low=zero", "are for precision=1"},
    {"x bits=16 precision=4 negative_zero=1",       "at most 8 bits"},
    {"x kind=integer bits=8 precision=4",           "an integer has bits, bias and signed only"},
};
/* clang-format on */

/* What people type, and the one spelling that is printed. */
/* clang-format off */
static const struct {
    const char *typed, *printed;
} good_ids[] = {
    {"quantize/fp32/int8/rne/s=0.0625,z=3",             "quantize/fp32/int8/rne/s=0x1p-4,z=3"},
    {"quantize/fp32/int8/rne/z=3,s=0x1p-4",             "quantize/fp32/int8/rne/s=0x1p-4,z=3"},
    {"quantize/fp32/int8/rne/s=0X1P-4",                 "quantize/fp32/int8/rne/s=0x1p-4,z=0"},
    {"quantize/float32/s8/rne/s=1,z=+3",                "quantize/fp32/int8/rne/s=0x1p+0,z=3"},
    {"quantize/fp32/int8/rne/s=1,z=-0",                 "quantize/fp32/int8/rne/s=0x1p+0,z=0"},
    {"quantize/fp32/int8/rne/s=0.1",                    "quantize/fp32/int8/rne/s=0x1.999999999999ap-4,z=0"},
    {"quantize/fp32/int8/rne/s=0,z=0",                  "quantize/fp32/int8/rne/s=0x0p+0,z=0"},
    {"quantize/fp32/int8/rne/s=-0,z=0",                 "quantize/fp32/int8/rne/s=-0x0p+0,z=0"},
    {"quantize/fp32/int8/rne/s=Infinity,z=0",           "quantize/fp32/int8/rne/s=inf,z=0"},
    {"quantize/fp32/int8/rne/s=-inf,z=0",               "quantize/fp32/int8/rne/s=-inf,z=0"},
    {"quantize/fp32/int8/rne/s=-NaN,z=0",               "quantize/fp32/int8/rne/s=nan,z=0"},
    {"quantize/fp32/int8/rne/s=0x1p-1074,z=0",          "quantize/fp32/int8/rne/s=0x1p-1074,z=0"},
    {"quantize/fp32/int8/rne/s=-0x0.8p-1022,z=0",       "quantize/fp32/int8/rne/s=-0x1p-1023,z=0"},
    {"quantize/fp32/int8/rne/s=0x1.fffffffffffffp+1023,z=0", "quantize/fp32/int8/rne/s=0x1.fffffffffffffp+1023,z=0"},
    {"quantize/fp32/int8/rne/s=1.0000000000000002",     "quantize/fp32/int8/rne/s=0x1.0000000000001p+0,z=0"},
    {"quantize/fp32/int8/rne/s=1,z=0,lo=-128,hi=127",   "quantize/fp32/int8/rne/s=0x1p+0,z=0"},
    {"quantize/fp32/int8/rne/s=1,z=0,hi=127,lo=-127",   "quantize/fp32/int8/rne/s=0x1p+0,z=0,lo=-127"},
    {"quantize/e4m3fn/int16/rto/s=1,z=0,hi=7",          "quantize/e4m3fn/int16/rto/s=0x1p+0,z=0,hi=7"},
    {"quantize/fp32/uint1/rne/s=1,z=0",                 "quantize/fp32/uint1/rne/s=0x1p+0,z=0"},
    {"quantize/fp32/int8/sr/s=1,z=0,r=255,bits=8",      "quantize/fp32/int8/sr/s=0x1p+0,z=0,bits=8,r=255"},
    {"quantize/fp32/int8/sr/s=1,z=0,bits=24",           "quantize/fp32/int8/sr/s=0x1p+0,z=0,bits=24,r=0"},
    {"dequantize/int32/fp16/ru/s=1,z=-2147483647",      "dequantize/int32/fp16/ru/s=0x1p+0,z=-2147483647"},
    {"fakequant/fp32/bf16/rhu/s=1,z=0,lo=0,hi=255",     "fakequant/fp32/bf16/rhu/s=0x1p+0,z=0,lo=0,hi=255"},
    {"fakequant/fp32/bool/rne/s=1,z=0,lo=0,hi=255",     "fakequant/fp32/uint1/rne/s=0x1p+0,z=0,lo=0,hi=255"},
    {"requantize/int32/uint8/rna/s=0x1p-9,z=128",       "requantize/int32/uint8/rna/s=0x1p-9,z=128"},
};
/* clang-format on */

START_TEST(affine_ids) {
    struct tb_case c, again;
    struct tb_error error = {0};
    char id[TB_CASE_ID], other[TB_CASE_ID];
    ck_assert_msg(tb_case_parse(good_ids[_i].typed, &c, &error), "%s", error.text);
    tb_case_print(&c, id);
    ck_assert_str_eq(id, good_ids[_i].printed);
    ck_assert_msg(tb_case_parse(id, &again, &error), "%s", error.text);
    tb_case_print(&again, other);
    ck_assert_str_eq(id, other);
    ck_assert(c.affine.scale == again.affine.scale || isnan(c.affine.scale));
    ck_assert(tb_case_is_affine(&c));
    ck_assert_str_eq(tb_case_parameters(&c, id), strstr(id, "s="));
}
END_TEST

/* The longest that can be typed still fits. */
START_TEST(longest_affine_id) {
    struct tb_case c;
    struct tb_error error = {0};
    char id[TB_CASE_ID];
    ck_assert_msg(tb_case_parse("fakequant/float32/float32/sr/s=-0x1.fffffffffffffp-1022,z=-2147483647,"
                                "lo=-2147483648,hi=-2147483647,bits=24,r=16777215",
                                &c, &error),
                  "%s", error.text);
    tb_case_print(&c, id);
    ck_assert_uint_lt(strlen(id), TB_CASE_ID - 1);
    ck_assert_msg(strstr(id, ",r=16777215") != NULL, "%s", id);
}
END_TEST

START_TEST(hostile_ids) {
    struct tb_case c;
    struct tb_error error = {0};
    ck_assert(!tb_case_parse(bad_ids[_i].text, &c, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_msg(strstr(error.text, bad_ids[_i].message) != NULL, "'%s' gives '%s'", bad_ids[_i].text,
                  error.text);
}
END_TEST

START_TEST(hostile_lines) {
    struct tb_error error = {0};
    ck_assert(!tb_format_define(bad_lines[_i].text, &error));
    ck_assert_int_eq(error.code, TB_EXIT_USAGE);
    ck_assert_msg(strstr(error.text, bad_lines[_i].message) != NULL, "'%s' gives '%s'", bad_lines[_i].text,
                  error.text);
}
END_TEST

/* A defined format stands beside a row with the same fields, and its cases parse. */
START_TEST(defined) {
    struct tb_error error;
    const struct tb_format *mine =
        tb_format_define("my.e4m3 bits=8 precision=4 bias=7 negative_zero=1 nan=all-ones", &error);
    const struct tb_format *row = tb_format_find("e4m3fn", NULL);
    struct tb_case c;
    ck_assert_msg(mine != NULL, "%s", error.text);
    for (uint64_t code = 0; code < 256; code++) {
        double a = value_of(mine, code), b = value_of(row, code);
        ck_assert_msg(memcmp(&a, &b, sizeof a) == 0, "0x%" PRIx64, code);
    }
    ck_assert_msg(tb_case_parse("convert/fp32/my.e4m3/rne/nan", &c, &error), "%s", error.text);
    ck_assert_ptr_eq(c.destination, mine);
    ck_assert_ptr_null(tb_format_define("my.e4m3 bits=8 precision=4 negative_zero=1", &error));
}
END_TEST

int main(int argc, char **argv) {
    landmarks_path = argc > 1 ? argv[1] : "vectors/landmarks.tsv";
    Suite *suite = suite_create("formats");
    TCase *t = tcase_create("formats");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, landmarks);
    tcase_add_test(t, p3109);
    tcase_add_test(t, names);
    tcase_add_test(t, case_ids);
    tcase_add_loop_test(t, affine_ids, 0, sizeof good_ids / sizeof good_ids[0]);
    tcase_add_test(t, longest_affine_id);
    tcase_add_loop_test(t, hostile_ids, 0, sizeof bad_ids / sizeof bad_ids[0]);
    tcase_add_loop_test(t, hostile_lines, 0, sizeof bad_lines / sizeof bad_lines[0]);
    tcase_add_test(t, defined);
    suite_add_tcase(suite, t);
    return tb_test(suite, CK_FORK_GETENV);
}
