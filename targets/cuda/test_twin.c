/* The kernels' twins against what they claim: the same tables and bodies that run on the device. */
#include "reference/affine_variant.h"
#include "reference/reference.h"
#include "reference/variant.h"
#include "targets/cuda/targets.h"
#include "targets/portable/check_kernel.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

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
    {"f2fp",               16, {0, 0}  },
    {"cvt",                73, {0, 0}  },
    {"header",             49, {0, 0}  },
    {"narrow",             15, {0, 0}  },
    {"cvt-rs-a",           23, {0, 0}  },
    {"cvt-rs-b",           23, {0, 0}  },
    {"cvt-rs-e",           15, {0, 0}  },
    {"cvt-rs-f",           15, {0, 0}  },
    {"torch",              0,  {62, 55}},
    {"ort",                0,  {63, 56}},
    {"rcp",                0,  {46, 39}},
    {"fdividef",           0,  {39, 39}},
    {"trt-llm",            0,  {9, 9}  },
    {"vllm",               0,  {46, 39}},
    {"bitsandbytes",       0,  {12, 12}},
    {"fp8-te",             13, {0, 0}  },
    {"fp8-torchao",        13, {0, 0}  },
    {"fp8-vllm",           12, {0, 0}  },
    {"fp8-vllm-group",     12, {0, 0}  },
    {"fp8-vllm-kv",        12, {0, 0}  },
    {"fp8-trt-llm",        13, {0, 0}  },
    {"fp8-deepgemm",       8,  {0, 0}  },
    {"fp8-deepgemm-ue8m0", 8,  {0, 0}  },
    {"fp8-fdividef",       12, {0, 0}  },
};

static unsigned expected_of(const struct tb_target *target, bool quantizers) {
    const char *name = strchr(target->name, '/') + 1, *flags = strchr(name, '+');
    size_t length = flags ? (size_t)(flags - name) : strlen(name);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strlen(expected[i].name) == length && strncmp(expected[i].name, name, length) == 0)
            return quantizers ? expected[i].quantizers[flags != NULL] : expected[i].conversions;
    return 0;
}

static uint64_t element(const unsigned char *array, size_t index, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, array + index * bytes, bytes);
    return value;
}

/* ---- Conversions, scaled ones among them. ---- */

static bool offers(const struct tb_target *target, const struct tb_case *c, const char *id) {
    struct tb_request request = tb_request_of(c, id);
    struct tb_kernel kernel = {0};
    if (!target->open(&request, &kernel))
        return false;
    if (target->close)
        target->close(&kernel);
    return true;
}

static void conversion_holds(const struct tb_target *target, const char *id) {
    struct check_result r = check_kernel(target, id, NULL, TB_SHARE(20000, 10));
    ck_assert_msg(
        r.wrong == 0 && (r.nan_bits == 0 || !r.claim),
        "%s, %s, claim %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx",
        target->name, id, r.claim ? r.claim : "exact", (unsigned long long)r.wrong,
        (unsigned long long)r.inputs, (unsigned long long)r.nan_bits, (unsigned long long)r.input,
        (unsigned long long)r.expected, (unsigned long long)r.got);
}

/* ---- Conversions with random bits. ---- */

enum { WORDS = 200, VALUES = 3 };

/* An arithmetic's answer to a value of the source with a random number. */
static uint64_t answer(const struct tb_arithmetic *claimed, uint64_t x, uint64_t random) {
    return tb_arithmetic_convert(claimed, tb_case_join(&claimed->exact, &x, random));
}

/* Of the values of the source from x on, which lies in a gap of the destination, the first that goes up with
 * this random number; near the end of the gap where none does. */
static uint64_t first_up(const struct tb_arithmetic *claimed, uint64_t x, uint64_t beyond, uint64_t random) {
    const uint64_t down = answer(claimed, x, random);
    while (beyond - x > 1) {
        const uint64_t middle = x + (beyond - x) / 2;
        *(answer(claimed, middle, random) == down ? &x : &beyond) = middle;
    }
    return beyond;
}

/* A word of one bit, of all bits but one, or a seeded one. */
static uint64_t word_of(const struct tb_case *c, size_t i) {
    const uint64_t all = (UINT64_C(1) << c->random_bits) - 1, bit = UINT64_C(1) << i / 2 % c->random_bits;
    return i < 2 * (size_t)c->random_bits ? (i % 2 ? all ^ bit : bit) : check_random(i) & all;
}

/* The gap above a code of the destination, as values of the source: above zero, above a seeded one, and
 * above the largest, where the grid goes on. */
static void gap_of(const struct tb_case *c, size_t i, uint64_t *x, uint64_t *next) {
    const struct tb_case back = {
        .source = c->destination, .destination = c->source, .rounding = TB_RTZ, .overflow = TB_SATFINITE};
    uint64_t largest;
    ck_assert(tb_format_largest(c->destination, false, &largest));
    const uint64_t code = i % 3 == 0 ? 0 : i % 3 == 1 ? check_random(i) % largest : largest;
    *x = tb_integer_convert(&back, code);
    *next =
        code < largest ? tb_integer_convert(&back, code + 1) : 2 * *x - tb_integer_convert(&back, code - 1);
}

/* With each word, values on both sides of the one from which on it carries; and specials of all kinds. */
static size_t random_inputs(const struct tb_arithmetic *claimed, uint64_t *joint) {
    const struct tb_case *c = &claimed->exact;
    const uint64_t sign = UINT64_C(1) << (c->source->bits - 1);
    size_t count = 0;
    for (size_t i = 0; i < WORDS; i++)
        for (size_t k = 0; k < VALUES; k++) {
            const uint64_t random = word_of(c, i);
            uint64_t x, next;
            gap_of(c, VALUES * i + k, &x, &next);
            const uint64_t first = first_up(claimed, x, next, random);
            const uint64_t values[] = {x,
                                       first - 1,
                                       first,
                                       sign | (first - 1),
                                       sign | first,
                                       check_random(i * VALUES + k) & (2 * sign - 1)};
            for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
                joint[count++] = tb_case_join(c, &values[v], random);
        }
    return count;
}

/* A sweep of joint inputs, over the 2^16 random numbers of some values: nothing differs from the exact
 * staircase, and from one that is wrong at a boundary that input alone. */
static void sweep_holds(const struct tb_kernel *kernel, const struct tb_case *c, const char *id) {
    enum { SWEPT = 5 };
    static const uint32_t values[SWEPT] = {0, 0x33C0, 0x3F89, 0x8001, 0xC0B7}; /* of bf16 */
    for (size_t i = 0; i < SWEPT; i++) {
        uint64_t codes[2];
        const uint64_t up = tb_stochastic_neighbours(c, values[i], 16, codes);
        const uint32_t begin = values[i] << 16, at = begin + (uint32_t)(up < 0x10000 ? up : 0xFFFF);
        uint32_t first[] = {0, begin, at}, code[] = {0xFF, (uint32_t)codes[0], (uint32_t)codes[up < 0x10000]};
        struct tb_found found[4];
        struct tb_sweep_request request = {.first = first,
                                           .code = code,
                                           .count = 3,
                                           .begin = begin,
                                           .end = (uint64_t)begin + 0x10000,
                                           .found = found,
                                           .capacity = 4};
        struct tb_sweep_answer answer;
        if (values[i] == 0)
            request.first++, request.code++, request.count--;
        ck_assert(kernel->sweep(kernel->state, &request, &answer) && answer.differing == 0);
        if (up == 0 || up >= 0x10000)
            continue;
        first[2]--;
        ck_assert(kernel->sweep(kernel->state, &request, &answer) && answer.differing == 1);
        ck_assert_msg(answer.found == 1 && found[0].first == at - 1 && found[0].last == at - 1 &&
                          found[0].got == codes[0],
                      "%s, value 0x%x", id, values[i]);
    }
}

static void random_holds(const struct tb_target *target, const struct tb_case *c, const char *id) {
    enum { INPUTS = 6 * VALUES * WORDS };
    static uint64_t joint[INPUTS];
    static unsigned char input[8 * INPUTS], output[8 * INPUTS];
    const struct tb_request request = tb_request_of(c, id);
    struct tb_kernel kernel = {0};
    struct tb_arithmetic claimed;
    ck_assert_int_eq(target->open(&request, &kernel), 1);
    ck_assert(tb_variant_arithmetic(c, kernel.claim, &claimed, NULL));
    const size_t count = random_inputs(&claimed, joint);
    for (size_t i = 0; i < count; i++)
        memcpy(input + i * request.source_bytes, &joint[i], request.source_bytes);
    kernel.run(kernel.state, input, output, count);
    for (size_t i = 0; i < count; i++) {
        const uint64_t want = tb_arithmetic_convert(&claimed, joint[i]);
        const uint64_t got = element(output, i, request.destination_bytes);
        ck_assert_msg(want == got, "%s, %s, claim %s: input 0x%llx expected 0x%llx got 0x%llx", target->name,
                      id, kernel.claim ? kernel.claim : "exact", (unsigned long long)joint[i],
                      (unsigned long long)want, (unsigned long long)got);
    }
    ck_assert_int_eq(kernel.sweep != NULL, request.source_bytes == 4);
    if (kernel.sweep)
        sweep_holds(&kernel, c, id);
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
    for (uint64_t i = 0; i < TB_SHARE(20000, 10); i++)
        patterns[count++] = check_random(i) & 0xFFFFFFFF;
    return count;
}

static void quantizer_holds(const struct tb_target *target, const struct tb_case *c, const char *id) {
    static unsigned char input[4 * MOST_INPUTS], output[4 * MOST_INPUTS];
    const unsigned from = tb_format_bytes(c->source), to = tb_format_bytes(c->destination);
    const size_t count = inputs_of(c);
    struct tb_request request = tb_request_of(c, id);
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
        else if (cases[i].random_bits)
            random_holds(target, &cases[i], id);
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
    return tb_test(suite, CK_FORK_GETENV);
}
