/* The kernels' twins against what they claim: the same tables and bodies that run on the device. */
#include "reference/affine_variant.h"
#include "targets/cuda/targets.h"
#include "targets/portable/check_kernel.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct tb_target *const twins[] = {TB_CUDA_TARGETS(TB_CUDA_BOTH)};
enum { TWINS = sizeof twins / sizeof twins[0] };

/* How many cases of the suites each has, plain and with fast math: a row that no case finds is not tested. */
static const struct {
    const char *name;
    unsigned conversions, quantizers[2];
} expected[] = {
    {"f2fp",         16, {0, 0}  },
    {"cvt",          73, {0, 0}  },
    {"header",       49, {0, 0}  },
    {"narrow",       15, {0, 0}  },
    {"torch",        0,  {62, 55}},
    {"ort",          0,  {63, 56}},
    {"rcp",          0,  {46, 39}},
    {"fdividef",     0,  {39, 39}},
    {"trt-llm",      0,  {9, 9}  },
    {"vllm",         0,  {46, 39}},
    {"bitsandbytes", 0,  {12, 12}},
};

static unsigned expected_of(const struct tb_target *target, bool quantizers) {
    const char *name = strchr(target->name, '/') + 1, *flags = strchr(name, '+');
    size_t length = flags ? (size_t)(flags - name) : strlen(name);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strlen(expected[i].name) == length && strncmp(expected[i].name, name, length) == 0)
            return quantizers ? expected[i].quantizers[flags != NULL] : expected[i].conversions;
    return 0;
}

/* ---- Conversions. ---- */

static bool offers(const struct tb_target *target, const struct tb_case *c, const char *id) {
    struct tb_request request = check_request(c, id);
    struct tb_kernel kernel = {0};
    if (!target->open(&request, &kernel))
        return false;
    if (target->close)
        target->close(&kernel);
    return true;
}

static void conversion_holds(const struct tb_target *target, const char *id) {
    struct check_result r = check_kernel(target, id, NULL, 20000);
    ck_assert_msg(
        r.wrong == 0 && (r.nan_bits == 0 || !r.claim),
        "%s, %s, claim %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx",
        target->name, id, r.claim ? r.claim : "exact", (unsigned long long)r.wrong,
        (unsigned long long)r.inputs, (unsigned long long)r.nan_bits, (unsigned long long)r.input,
        (unsigned long long)r.expected, (unsigned long long)r.got);
}

/* ---- Quantizers. ---- */

enum { MOST_INPUTS = 1 << 16 };

static uint64_t patterns[MOST_INPUTS];

static void add_around(size_t *count, double value, bool is_integer) {
    float x = (float)value;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (is_integer)
        bits = (uint32_t)(int32_t)(fabs(value) < 0x1p31 ? value : 0);
    for (int ulp = -2; ulp <= 2 && *count < MOST_INPUTS; ulp++)
        patterns[(*count)++] = bits + (uint32_t)ulp;
}

/* All of a narrow source; of 32 bits the neighbours of every boundary, every exponent and seeded patterns. */
static size_t inputs_of(const struct tb_case *c) {
    const struct tb_affine *a = &c->affine;
    const bool is_integer = c->source->kind == TB_INTEGER;
    const double unit = is_integer ? 1 / a->scale : a->scale;
    size_t count = 0;
    if (c->source->bits <= 16) {
        for (uint64_t code = 0; code < tb_format_codes(c->source); code++)
            patterns[count++] = code << c->source->padding;
        return count;
    }
    for (int64_t n = a->low - a->zero - 3; n <= a->high - a->zero + 3 && count < MOST_INPUTS / 2; n++) {
        add_around(&count, (double)n * unit, is_integer);
        add_around(&count, ((double)n + 0.5) * unit, is_integer);
    }
    for (uint32_t exponent = 0; exponent < 512; exponent++)
        for (int ulp = -1; ulp <= 1; ulp++)
            patterns[count++] = (exponent << 23) + (uint32_t)ulp;
    for (uint64_t i = 0; i < 20000; i++)
        patterns[count++] = check_random(i) & 0xFFFFFFFF;
    return count;
}

static uint64_t element(const unsigned char *array, size_t index, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, array + index * bytes, bytes);
    return value;
}

static void quantizer_holds(const struct tb_target *target, const struct tb_case *c, const char *id) {
    static unsigned char input[4 * MOST_INPUTS], output[4 * MOST_INPUTS];
    const unsigned from = tb_format_bytes(c->source), to = tb_format_bytes(c->destination);
    const size_t count = inputs_of(c);
    struct tb_request request = check_request(c, id);
    struct tb_kernel kernel = {0};
    struct tb_affine_arithmetic claim;
    struct tb_affine_machine machine;
    ck_assert_int_eq(target->open(&request, &kernel), 1);
    ck_assert_msg(tb_affine_arithmetic_read(c, kernel.claim, &claim, NULL), "%s: %s", target->name,
                  kernel.claim);
    tb_affine_machine_make(c, &claim, &machine);
    for (size_t i = 0; i < count; i++)
        memcpy(input + i * from, &patterns[i], from);
    kernel.run(kernel.state, input, output, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t want = tb_affine_machine_at(&machine, patterns[i]), got = element(output, i, to);
        bool both_nan = tb_format_is_nan(c->destination, want) && tb_format_is_nan(c->destination, got);
        if (want != got && !both_nan)
            ck_abort_msg("%s, %s, claim %s: input 0x%llx expected 0x%llx got 0x%llx", target->name, id,
                         kernel.claim, (unsigned long long)patterns[i], (unsigned long long)want,
                         (unsigned long long)got);
    }
    target->close(&kernel);
    ck_assert_ptr_null(kernel.state);
}

/* ---- Every case of a suite that the target of this round offers. ---- */

static void suite_holds(const struct tb_target *target, enum tb_suite suite, bool quantizers) {
    size_t count, offered = 0;
    char id[TB_CASE_ID];
    struct tb_case *cases = tb_suite_cases(suite, &count);
    for (size_t i = 0; i < count; i++) {
        tb_case_print(&cases[i], id);
        if (tb_case_is_affine(&cases[i]) != quantizers || !offers(target, &cases[i], id))
            continue;
        if (quantizers)
            quantizer_holds(target, &cases[i], id);
        else
            conversion_holds(target, id);
        ck_assert_msg(quantizers || check_tails(target, id), "%s, %s", target->name, id);
        offered++;
    }
    free(cases);
    ck_assert_msg(offered == expected_of(target, quantizers), "%s: %zu cases", target->name, offered);
}

START_TEST(conversions_hold) {
    suite_holds(twins[_i], TB_FULL, false);
}
END_TEST

START_TEST(quantizers_hold) {
    suite_holds(twins[_i], TB_QUANTIZERS, true);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("cuda twins");
    TCase *cases = tcase_create("cuda twins");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, conversions_hold, 0, TWINS);
    tcase_add_loop_test(cases, quantizers_hold, 0, TWINS);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
