/* The renderings: sizes, escaping, sameness of bytes, the sentence, and the arithmetic behind the number
 * line. What a page must be beyond that is asked by test_pages.py. */
#include "reports/affine_words.h"
#include "reports/fixture.h"
#include "reports/neighbours.h"
#include "reports/summary.h"
#include "reports/text.h"
#include "vectors/testing.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static char *render(const struct tb_results *r, tb_render_fn *fn, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    ck_assert(out && fn(out, r));
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static const struct {
    const char *name;
    tb_render_fn *render;
    size_t typical, most; /* bytes for 700 verdicts: as a run leaves them; when everything is wrong */
} renderings[] = {
    {"html",     tb_report_html,     400 << 10, 5 << 20},
    {"junit",    tb_report_junit,    200 << 10, 5 << 20},
    {"markdown", tb_report_markdown, 20 << 10,  60000  },
    {"sarif",    tb_report_sarif,    100 << 10, 5 << 20},
};
#define RENDERINGS (int)(sizeof renderings / sizeof *renderings)

START_TEST(test_sizes) {
    struct tb_results r;
    size_t size;
    fixture_make(&r, 700, false, false);
    free(render(&r, renderings[_i].render, &size));
    ck_assert_msg(size < renderings[_i].typical, "%s: %zu bytes", renderings[_i].name, size);
    tb_results_free(&r);
    fixture_make(&r, 700, false, true);
    free(render(&r, renderings[_i].render, &size));
    ck_assert_msg(size < renderings[_i].most, "%s: %zu bytes", renderings[_i].name, size);
    tb_results_free(&r);
}
END_TEST

START_TEST(test_same_bytes) {
    struct tb_results first, second;
    size_t size_a, size_b;
    fixture_make(&first, 700, false, false);
    fixture_make(&second, 700, false, false);
    for (size_t i = 0; i < second.verdict_count; i++)
        second.verdicts[i].seconds = 9; /* time is no part of a rendering */
    char *a = render(&first, renderings[_i].render, &size_a),
         *b = render(&second, renderings[_i].render, &size_b);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_mem_eq(a, b, size_a);
    free(a);
    free(b);
    tb_results_free(&first);
    tb_results_free(&second);
}
END_TEST

START_TEST(test_hostile) {
    struct tb_results r;
    size_t size;
    fixture_make(&r, 700, true, false);
    char *text = render(&r, renderings[_i].render, &size);
    ck_assert_uint_eq(strlen(text), size);
    ck_assert_ptr_null(strchr(text, 0x1b));
    ck_assert_ptr_null(strchr(text, 0xff));
    ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
    if (renderings[_i].render == tb_report_sarif) {
        json_t *json = json_loadb(text, size, 0, NULL);
        ck_assert_ptr_nonnull(json);
        json_decref(json);
    } else {
        ck_assert_ptr_null(strstr(text, "<script>alert"));
    }
    if (renderings[_i].render == tb_report_markdown)
        ck_assert_ptr_null(strchr(text, '`'));
    free(text);
    tb_results_free(&r);
}
END_TEST

/* An empty run and one of which nothing is known are rendered too. */
START_TEST(test_odd_runs) {
    struct tb_results r = {0};
    size_t size;
    free(render(&r, renderings[_i].render, &size));
    ck_assert_uint_gt(size, 20);
    struct tb_verdict verdicts[3];
    memset(verdicts, 0, sizeof verdicts);
    verdicts[1].status = TB_DIVERGES;
    verdicts[2].status = TB_CRASHED;
    strcpy(verdicts[0].case_id, "quantize/fp32/int8");
    strcpy(verdicts[1].case_id, "x");
    r.verdicts = verdicts;
    r.verdict_count = 3;
    free(render(&r, renderings[_i].render, &size));
    ck_assert_uint_gt(size, 20);
}
END_TEST

START_TEST(test_full_disk) {
    struct tb_results r;
    fixture_make(&r, 700, false, false);
    struct tb_error error = {0};
    ck_assert(!tb_report_write("/dev/full", &r, renderings[_i].render, &error));
    ck_assert_int_eq(error.code, TB_EXIT_SYSTEM);
    tb_results_free(&r);
}
END_TEST

/* ---- SARIF: fingerprints join runs, so they depend on case, target and class alone. ---- */

START_TEST(test_sarif) {
    struct tb_results r;
    size_t size;
    fixture_make(&r, 700, false, false);
    char *text = render(&r, tb_report_sarif, &size);
    json_t *json = json_loadb(text, size, 0, NULL);
    json_t *results = json_object_get(json_array_get(json_object_get(json, "runs"), 0), "results");
    size_t expected = 0;
    for (size_t i = 0; i < r.verdict_count; i++)
        expected += r.verdicts[i].class_count + (r.verdicts[i].status == TB_CRASHED);
    ck_assert_uint_eq(json_array_size(results), expected);
    for (size_t i = 0; i < expected; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert(!json_equal(json_object_get(json_array_get(results, i), "partialFingerprints"),
                                  json_object_get(json_array_get(results, j), "partialFingerprints")));
    json_decref(json);
    free(text);
    tb_results_free(&r);
}
END_TEST

/* ---- The sentence. ---- */

struct told {
    const char *target;
    enum tb_status status;
    int exhaustive;
    uint64_t diverging, value_diverging;
};
static const struct {
    struct told verdicts[4];
    const char *sentence;
} sentences[] = {
    {{{NULL, TB_SAME, 0, 0, 0}},                                                             "Nothing was checked."                                            },
    {{{"a", TB_SKIPPED, 0, 0, 0}},                                                           "Nothing was run: every check was skipped."                       },
    {{{"a", TB_SAME, 1, 0, 0}},                                                              "The one check that ran gives the exact answer."                  },
    {{{"a", TB_SAME, 1, 0, 0}, {"b", TB_SAME, 1, 0, 0}},                                     "All 2 checks that ran give the exact answer."                    },
    {{{"a", TB_SAME, 1, 0, 0}, {"b", TB_SAME, 0, 0, 0}},
     "All 2 checks that ran give the exact answer; 1 on samples only."                                                                                         },
    {{{"a", TB_SAME, 0, 0, 0}, {"b", TB_SAME, 0, 0, 0}},
     "All 2 checks that ran give the exact answer, on samples only."                                                                                           },
    {{{"a", TB_AS_CLAIMED, 1, 9, 9}, {"b", TB_SAME, 1, 0, 0}},
     "All 2 checks that ran are as they should be: exact in 1, as the documentation says in 1."                                                                },
    {{{"a", TB_AS_CLAIMED, 1, 9, 9}},
     "The one check that ran differs from the exact answer as the documentation says, and in no other way."                                                    },
    {{{"a", TB_DIVERGES, 1, 9, 9}},                                                          "a gives wrong answers in 1 of its 1 check; nothing else was run."},
    {{{"a", TB_DIVERGES, 1, 9, 9}, {"a", TB_CRASHED, 0, 0, 0}, {"a", TB_SAME, 1, 0, 0}},
     "a gives wrong answers in 1 of its 3 checks and crashes in 1; everything else that was run is exact."                                                     },
    {{{"a", TB_DIVERGES, 1, 9, 9}, {"a", TB_SKIPPED, 0, 0, 0}, {"a", TB_SAME, 1, 0, 0}},
     "a gives wrong answers in 1 of its 2 checks that ran; everything else that was run is exact."                                                             },
    {{{"a", TB_CRASHED, 0, 0, 0}, {"b", TB_AS_CLAIMED, 1, 1, 1}},
     "a crashes in 1 of its 1 check; everything else that was run is exact or as its documentation says."                                                      },
    {{{"a", TB_DIVERGES, 1, 0, 0}, {"a", TB_CRASHED, 0, 0, 0}, {"a", TB_DIVERGES, 1, 9, 9}},
     "a gives wrong answers in 1 of its 3 checks, crashes in 1 and breaks the contract of a target in 1; "
     "nothing else was run."                                                                                                                                   },
    {{{"a", TB_DIVERGES, 1, 9, 0}, {"b", TB_SAME, 1, 0, 0}},
     "a gives NaN codes that this run does not accept in 1 of its 1 check; everything else that was run is "
     "exact."                                                                                                                                                  },
    {{{"a", TB_DIVERGES, 1, 9, 9},
      {"b", TB_DIVERGES, 1, 9, 9},
      {"c", TB_DIVERGES, 1, 9, 9},
      {"d", TB_DIVERGES, 1, 9, 9}},
     "a, b and 2 other targets give wrong answers in 4 of their 4 checks; nothing else was run."                                                               },
};

START_TEST(test_sentence) {
    struct tb_verdict verdicts[4];
    struct tb_results r = {.verdicts = verdicts};
    char text[512];
    memset(verdicts, 0, sizeof verdicts);
    for (int i = 0; i < 4 && sentences[_i].verdicts[i].target; i++) {
        const struct told *told = &sentences[_i].verdicts[i];
        struct tb_verdict *v = &verdicts[r.verdict_count++];
        v->status = told->status;
        v->exhaustive = told->exhaustive;
        v->inputs = 100;
        v->diverging = told->diverging;
        v->value_diverging = told->value_diverging;
        snprintf(v->target, sizeof v->target, "%s", told->target);
        snprintf(v->case_id, sizeof v->case_id, "case/%d", i);
    }
    tb_results_sentence(&r, text, sizeof text);
    ck_assert_str_eq(text, sentences[_i].sentence);
}
END_TEST

/* ---- Text. ---- */

START_TEST(test_clean) {
    static const struct {
        const char *dirty, *clean;
    } rows[] = {
        {"plain → ü",     "plain → ü"                                    },
        {"a\x1b[0m\n\tb",    "a␛[0m  b"                                      },
        {"\xff\xc3",         "\xef\xbf\xbd\xef\xbf\xbd"                        },
        {"\xc0\xaf",         "\xef\xbf\xbd\xef\xbf\xbd"                        }, /* overlong */
        {"\xed\xa0\x80",     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"            }, /* surrogate */
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x80\xae"
         "evil",    "\xef\xbf\xbd"
         "evil"                                       },
    };
    char text[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tb_text_clean(rows[i].dirty, text, sizeof text);
        ck_assert_str_eq(text, rows[i].clean);
    }
    tb_text_clean("ab→", text, 5);
    ck_assert_str_eq(text, "ab");
}
END_TEST

START_TEST(test_meanings) {
    char text[300];
    tb_variant_meaning("daz+rtz", text, sizeof text);
    ck_assert_str_eq(text, "subnormal inputs are read as zero; then rounds toward zero");
    tb_variant_meaning("no-such-word", text, sizeof text);
    ck_assert_str_eq(text, "");
}
END_TEST

/* ---- Neighbours: for every code of a format and its successor, values between them are placed between them.
 * ---- */

static const char *const formats[] = {"e4m3fn", "e5m2", "e4m3fnuz", "e8m0fnu", "e2m1fn", "int8",
                                      "uint4",  "nf4",  "bnb_fp4",  "posit8",  "fp16",   "tf32"};

START_TEST(test_neighbours) {
    const struct tb_format *f = tb_format_find(formats[_i], NULL);
    for (uint64_t code = 0; code < tb_format_codes(f); code++) {
        uint64_t pattern = code << f->padding;
        struct tb_value v = tb_format_decode(f, pattern);
        if (v.class != TB_FINITE)
            continue;
        struct tb_neighbours on = tb_neighbours_find(f, v, pattern);
        ck_assert(on.is_value && !on.between && on.low == pattern);
        struct tb_value more = {TB_FINITE, v.negative, v.exponent - 2,
                                v.significand * 4 + 1}; /* away from zero */
        struct tb_neighbours n = tb_neighbours_find(f, more, pattern);
        if (n.beyond) {
            uint64_t largest;
            ck_assert(tb_format_largest(f, v.negative, &largest));
            ck_assert(tb_format_rank(f, largest) == tb_format_rank(f, pattern));
            continue;
        }
        ck_assert_msg(n.between, "%s 0x%llx", f->name, (unsigned long long)pattern);
        ck_assert_int_eq(tb_format_rank(f, n.high) - tb_format_rank(f, n.low), 1);
        ck_assert(tb_value_compare(n.low_value, more) < 0 && tb_value_compare(more, n.high_value) < 0);
        ck_assert(n.has_middle && tb_value_compare(n.low_value, n.middle) < 0 &&
                  tb_value_compare(n.middle, n.high_value) < 0);
        ck_assert_int_eq(n.side, tb_value_compare(more, n.middle));
        ck_assert(n.fraction >= 0 && n.fraction <= 1); /* a double, for drawing */
    }
}
END_TEST

START_TEST(test_neighbours_by_hand) {
    const struct tb_format *fp32 = tb_format_find("fp32", NULL), *e4m3fn = tb_format_find("e4m3fn", NULL);
    struct tb_neighbours n = tb_neighbours_find(e4m3fn, tb_format_decode(fp32, 0x3f880001), 0x39);
    char text[64];
    ck_assert(n.between && n.low == 0x38 && n.high == 0x39 && n.side == 1 && n.has_gap);
    tb_value_print(n.middle, text, sizeof text);
    ck_assert_str_eq(text, "1.0625");
    tb_value_print(n.gap, text, sizeof text);
    ck_assert_str_eq(text, "0.00000011920928955078125");
    n = tb_neighbours_find(e4m3fn, tb_format_decode(fp32, 0x33000000), 0x00);
    ck_assert(n.between && n.low == 0x00 && n.high == 0x01 && n.side == -1);
    n = tb_neighbours_find(e4m3fn, tb_format_decode(fp32, 0x7f7fffff), 0x7e);
    ck_assert(n.beyond && !n.between && n.low == 0x7e);
    n = tb_neighbours_find(e4m3fn, tb_format_decode(fp32, 0x7f800000), 0x7e);
    ck_assert(!n.beyond && !n.between && !n.is_value);
}
END_TEST

/* ---- Quantizers. The witnesses are those of reciprocal against division, of the zero point's order and of
 * gemmlowp's double rounding; the places were worked out by hand. ---- */

/* clang-format off */
static const struct {
    const char *case_id;
    uint64_t input, expected;
    const char *what, *low, *high; /* high NULL: a value, "": beyond; low NULL: no place at all */
    int side;
} places[] = {
    {"quantize/fp32/uint8/rne/s=0x1.199d54p-9,z=0",   0x3e8c41db, 127,    "x / s + z = 127.499995340241",     "127",  "128", -1},
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",           0x2800,     3,      "x / s + z = 3.5",                  "3",    "4",   0 },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",           0xa800,     3,      "x / s + z = 2.5",                  "2",    "3",   0 },
    {"quantize/fp16/int8/rne/s=-0x1p-4,z=3",          0x2801,     2,      "x / s + z = 2.49951171875",        "2",    "3",   -1},
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",           0x3c00,     19,     "x / s + z = 19",                   "19",   NULL,  0 },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",           0x5640,     127,    "x / s + z = 1603",                 "127",  "",    0 },
    {"quantize/fp16/int8/rne/s=0x1p-4,z=3",           0x7c00,     127,    "",                                 NULL,   NULL,  0 },
    {"quantize/fp32/int8/rne/s=0x1p+100,z=0",         0x00000001, 0,      "x / s + z = 1.10542957505209e-75", "0",    "1",   -1},
    {"requantize/int16/int8/rne/s=0x1.798ee8fp-10,z=0", 7984,     11,     "q * s + z = 11.4991188159329",     "11",   "12",  -1},
    {"dequantize/int8/fp16/rne/s=0x1.99999ap-4,z=3",  0x80,       0xca8d, "(q - z) * s = -13.100000195205211639404296875",
     "-13.1015625", "-13.09375", -1},
    {"dequantize/int8/fp16/rne/s=nan,z=3",            0x80,       0x7e00, "",                                 NULL,   NULL,  0 },
    {"fakequant/fp16/uint1/rne/s=0x1p-4,z=3,lo=-128,hi=127", 0x5640, 0,   "x / s + z = 1603",                 NULL,   NULL,  0 },
};
/* clang-format on */

START_TEST(test_affine_places) {
    struct tb_case c;
    char what[200], low[160], high[160];
    ck_assert(tb_case_parse(places[_i].case_id, &c, NULL));
    struct tb_neighbours n =
        tb_affine_neighbours(&c, places[_i].input, places[_i].expected, what, sizeof what);
    tb_value_print(n.low_value, low, sizeof low);
    tb_value_print(n.high_value, high, sizeof high);
    ck_assert_str_eq(what, places[_i].what);
    bool between = places[_i].high && *places[_i].high, beyond = places[_i].high && !*places[_i].high;
    ck_assert_int_eq(n.between, between);
    ck_assert_int_eq(n.beyond, beyond);
    ck_assert_int_eq(n.is_value, places[_i].low && !places[_i].high);
    if (places[_i].low)
        ck_assert_str_eq(low, places[_i].low);
    if (between)
        ck_assert_str_eq(high, places[_i].high);
    ck_assert_int_eq(n.side, places[_i].side);
}
END_TEST

START_TEST(test_affine_words) {
    struct tb_case c;
    char text[200], code[TB_CODE];
    ck_assert(tb_case_parse("quantize/fp32/int8/sr/s=0x1p-4,z=3,bits=4,r=9", &c, NULL));
    tb_affine_words(&c, text, sizeof text);
    ck_assert_str_eq(text,
                     "scale 0.0625 (0x1p-4), zero point 3, codes -128 to 127, random number 9 of 4 bits");
    ck_assert(tb_case_parse("dequantize/int8/fp32/rne/s=nan,z=-3", &c, NULL));
    tb_affine_words(&c, text, sizeof text);
    ck_assert_str_eq(text, "scale NaN, zero point -3");
    ck_assert_str_eq(tb_code_text("quantize/fp32/int8/rne/s=0x1p-4,z=3", 0x81, 2, code), "-127");
    ck_assert_str_eq(tb_code_text("convert/fp32/int8/rne/satfinite", 0x81, 2, code), "0x81");
    ck_assert_str_eq(tb_code_text("no/such/case", 0x81, 4, code), "0x0081");
}
END_TEST

/* ---- Dot products: where their error arises. ---- */

START_TEST(test_error_parts) {
    static const struct tb_error_part parts[] = {
        {"products",     176, 0.25, 3.5,     0x1p-24, 33  },
        {"accumulation", 176, 1.5,  0x1p+90, 0x1p-20, 0x51},
    };
    struct tb_results r;
    size_t size;
    fixture_make(&r, 1, false, false);
    struct tb_verdict *v = &r.verdicts[0];
    snprintf(v->case_id, sizeof v->case_id, "dot/fp16/fp16/fp32/fp32/rne/k=67");
    v->status = TB_DIVERGES;
    v->errors = malloc(sizeof parts);
    memcpy(v->errors, parts, sizeof parts);
    v->error_count = 2;
    char *page = render(&r, tb_report_html, &size);
    ck_assert(strstr(page, "Where the error arises, over the 176 sums"));
    ck_assert(
        strstr(page, "<code>products</code><small>products were rounded before they were added</small>"));
    ck_assert(strstr(
        page, ">0.25</td><td class=\"num\">3.5</td><td class=\"num\">6e-08</td><td><code>0x21</code>"));
    ck_assert(strstr(page, ">1.5</td><td class=\"num\">1.24e+27</td><td class=\"num\">9.5e-07</td>"));
    free(page);
    tb_results_free(&r);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("renderings");
    TCase *all = tcase_create("renderings");
    tcase_set_timeout(all, 120);
    suite_add_tcase(suite, all);
    tcase_add_loop_test(all, test_sizes, 0, RENDERINGS);
    tcase_add_loop_test(all, test_same_bytes, 0, RENDERINGS);
    tcase_add_loop_test(all, test_hostile, 0, RENDERINGS);
    tcase_add_loop_test(all, test_odd_runs, 0, RENDERINGS);
    tcase_add_loop_test(all, test_full_disk, 0, RENDERINGS);
    tcase_add_test(all, test_sarif);
    tcase_add_loop_test(all, test_sentence, 0, (int)(sizeof sentences / sizeof *sentences));
    tcase_add_test(all, test_clean);
    tcase_add_test(all, test_meanings);
    tcase_add_loop_test(all, test_neighbours, 0, (int)(sizeof formats / sizeof *formats));
    tcase_add_test(all, test_neighbours_by_hand);
    tcase_add_loop_test(all, test_affine_places, 0, (int)(sizeof places / sizeof *places));
    tcase_add_test(all, test_affine_words);
    tcase_add_test(all, test_error_parts);
    return tb_test(suite, CK_FORK_GETENV);
}
