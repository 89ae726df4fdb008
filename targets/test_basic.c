/* Every target's basic operations against what it claims: the exact answer, or the variant that it names. All
 * inputs of small domains, a spread of the others, arrays of odd lengths at odd places. */
#include "reference/behaviour.h"
#include "reference/reference.h"
#include "targets/families.h"
#include "targets/portable/check_kernel.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct tb_target *const *const families[] = {tb_portable_targets, tb_x86_targets,
                                                          tb_compiler_targets, tb_nvidia_targets};

static const char *const formats[] = {"e4m3fn",      "e5m2",        "e2m1fn", "e3m2fn", "e4m3fnuz", "e8m0fnu",
                                      "binary8p3se", "binary8p5uf", "fp16",   "bf16",   "tf32",     "fp32"};
enum { FORMATS = sizeof formats / sizeof formats[0], COUNT = 4096 };

static struct tb_request request_of(const struct tb_case *c, const char *id) {
    struct tb_request r = tb_request_of(c, id);
    r.source_bytes = tb_format_bytes(tb_case_input(c));
    return r;
}

/* The i-th of `COUNT` inputs: all of them in turn where there are no more, else a spread with landmarks. */
static uint64_t input_at(const struct tb_case *c, uint64_t i) {
    static const uint64_t some[] = {0, 1, 2, 3};
    const struct tb_format *f = c->source, *input = tb_case_input(c);
    if (input->bits <= 12)
        return (i & ((UINT64_C(1) << input->bits) - 1)) << input->padding;
    uint64_t x[3], largest, sign = UINT64_C(1) << (f->bits - 1);
    tb_format_largest(f, false, &largest);
    for (int k = 0; k < 3; k++) {
        uint64_t z = check_random(3 * i + (uint64_t)k);
        uint64_t code = z % 3 ? z >> 8 : (largest >> f->padding) + some[z >> 8 & 3] - 1;
        code = z % 7 ? code : some[z >> 8 & 3];
        x[k] = ((code ^ (z >> 60 & 1 ? sign : 0)) & (sign * 2 - 1)) << f->padding;
    }
    return tb_case_join(c, x, 0);
}

static uint64_t load(const unsigned char *at, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, at, bytes);
    return value;
}

static void check_outputs(const struct tb_target *target, const struct tb_case *c, const char *id,
                          const struct tb_kernel *kernel, const unsigned char *outputs) {
    struct tb_behaviour claimed;
    struct tb_error error;
    unsigned bytes = tb_format_bytes(c->destination);
    ck_assert_msg(tb_behaviour_make(c, kernel->claim, &claimed, &error), "%s: %s", target->name, error.text);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t input = input_at(c, i), got = load(outputs + i * bytes, bytes),
                 expected = tb_behaviour_at(&claimed, input);
        bool nans = tb_format_is_nan(c->destination, got) && tb_format_is_nan(c->destination, expected);
        ck_assert_msg(got == expected || nans, "%s on %s, claim %s: input 0x%llx expected 0x%llx got 0x%llx",
                      target->name, id, kernel->claim ? kernel->claim : "exact", (unsigned long long)input,
                      (unsigned long long)expected, (unsigned long long)got);
    }
}

/* Arrays of 0 to 70 elements from elements 0 to 4 on give what one long array gives. */
static void check_lengths(const struct tb_case *c, const struct tb_kernel *kernel,
                          const unsigned char *inputs, const unsigned char *outputs) {
    static unsigned char part[128 * 8];
    unsigned in_bytes = tb_format_bytes(tb_case_input(c)), out_bytes = tb_format_bytes(c->destination);
    for (size_t length = 0; length <= 70; length += 7)
        for (size_t place = 0; place < 5; place++) {
            memset(part, 0xa5, sizeof part);
            kernel->run(kernel->state, inputs + place * in_bytes, part + place * out_bytes, length);
            ck_assert(memcmp(part + place * out_bytes, outputs + place * out_bytes, length * out_bytes) == 0);
            ck_assert_int_eq(part[(place + length) * out_bytes], 0xa5);
        }
}

static bool check_case(const struct tb_target *target, const struct tb_case *c) {
    static _Alignas(64) unsigned char inputs[COUNT * 8], outputs[COUNT * 8];
    unsigned bytes = tb_format_bytes(tb_case_input(c));
    char id[TB_CASE_ID];
    struct tb_kernel kernel = {0};
    tb_case_print(c, id);
    struct tb_request request = request_of(c, id);
    if (target->open(&request, &kernel) != 1)
        return false;
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t input = input_at(c, i);
        memcpy(inputs + i * bytes, &input, bytes);
    }
    kernel.run(kernel.state, inputs, outputs, COUNT);
    check_outputs(target, c, id, &kernel, outputs);
    check_lengths(c, &kernel, inputs, outputs);
    if (target->close)
        target->close(&kernel);
    return true;
}

/* Format by format; roundings and policies go round. */
static size_t check_target(const struct tb_target *target) {
    size_t offered = 0, turn = 0;
    for (int operation = TB_ADD; operation <= TB_RSQRT; operation++)
        for (size_t i = 0; i < FORMATS; i++)
            for (int k = 0; k < 4; k++, turn++) {
                struct tb_case c = {.operation = (enum tb_operation)operation,
                                    .source = tb_format_find(formats[i], NULL),
                                    .rounding = k ? (enum tb_rounding)(TB_RNE + turn % 7) : TB_RNE,
                                    .overflow = k ? (enum tb_overflow)(turn % TB_OVERFLOWS) : TB_TO_INF};
                c.destination = k < 3 ? c.source : tb_format_find(formats[turn % FORMATS], NULL);
                if (operation != TB_FMA || c.source->bits <= 21)
                    offered += check_case(target, &c);
            }
    return offered;
}

START_TEST(claims_hold) {
    for (int t = 0; families[_i][t]; t++) {
        const struct tb_target *target = families[_i][t];
        if (target->unavailable && target->unavailable()) {
            printf("%s: %s\n", target->name, target->unavailable());
            continue;
        }
        size_t offered = check_target(target);
        if (strcmp(target->name, "portable/c") == 0)
            ck_assert_uint_ge(offered, 300);
        if (strstr(target->name, "-fp32"))
            ck_assert_uint_ge(offered, 100);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("basic targets");
    TCase *cases = tcase_create("basic targets");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, claims_hold, 0, sizeof families / sizeof families[0]);
    suite_add_tcase(suite, cases);
    return tb_test(suite, CK_FORK_GETENV);
}
