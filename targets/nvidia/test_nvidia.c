/* nvidia/headers against what it claims, and the findings about it that the headers' text does not tell. */
#include "reference/reference.h"
#include "reference/variant.h"
#include "targets/families.h"
#include "targets/nvidia/nvidia.h"
#include "targets/portable/check_kernel.h"
#include "vectors/testing.h"

#include <fenv.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined __SSE2__
#include <xmmintrin.h>
#endif

#if NVIDIA_NARROW
#undef NDEBUG
#include <cuda_fp8.h>
#endif

static void id_of(const struct nvidia_conversion *row, char id[TB_CASE_ID]) {
    snprintf(id, TB_CASE_ID, "convert/%s/%s/%s%s%s", row->source, row->destination, row->rounding,
             row->overflow[0] ? "/" : "", row->overflow);
}

static void claims_hold(const struct nvidia_conversion *row) {
    const struct tb_target *target = tb_nvidia_targets[0];
    for (; row->source; row++) {
        char id[TB_CASE_ID];
        id_of(row, id);
        struct check_result r = check_kernel(target, id, NULL, 200000);
        ck_assert(r.offered);
        ck_assert_msg(
            r.wrong == 0 && r.nan_bits == 0,
            "%s, claim %s: %llu of %llu wrong, %llu NaN bits; input 0x%llx expected 0x%llx got 0x%llx", id,
            r.claim ? r.claim : "exact", (unsigned long long)r.wrong, (unsigned long long)r.inputs,
            (unsigned long long)r.nan_bits, (unsigned long long)r.input, (unsigned long long)r.expected,
            (unsigned long long)r.got);
        ck_assert_msg(check_tails(target, id), "%s", id);
    }
}

START_TEST(narrow_claims_hold) {
    claims_hold(nvidia_narrow);
}
END_TEST

START_TEST(half_claims_hold) {
    claims_hold(nvidia_half);
}
END_TEST

START_TEST(listed_when_absent) {
    const char *why = tb_nvidia_targets[0]->unavailable();
    if (nvidia_narrow[0].source)
        ck_assert_ptr_null(why);
    else
        ck_assert_str_eq(why, "cuda_fp8.h was not found when this was built");
}
END_TEST

#if NVIDIA_NARROW
static double double_of(uint64_t bits) {
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static float float_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* A: the double entry point keeps a NaN's sign and payload, the float one does not. */
START_TEST(finding_a_nan_of_a_double) {
    ck_assert_uint_eq(__nv_cvt_double_to_fp8(double_of(0xFFF0000000000001), __NV_SATFINITE, __NV_E4M3), 0xFF);
    ck_assert_uint_eq(__nv_cvt_float_to_fp8(float_of(0xFF800001), __NV_SATFINITE, __NV_E4M3), 0x7F);
    ck_assert_uint_eq(__nv_cvt_double_to_fp8(double_of(0x7FF0000000000001), __NV_SATFINITE, __NV_E5M2), 0x7E);
    ck_assert_uint_eq(__nv_cvt_float_to_fp8(float_of(0x7F800001), __NV_SATFINITE, __NV_E5M2), 0x7F);
}
END_TEST

/* B: a finite double beyond E8M0 is not NaN toward zero, though the text says so; the exact answer agrees
 * with the code. */
START_TEST(finding_b_large_double_to_e8m0) {
    ck_assert_uint_eq(__nv_cvt_double_to_e8m0(0x1p128, __NV_NOSAT, cudaRoundZero), 0xFE);
    ck_assert_uint_eq(__nv_cvt_double_to_e8m0(0x1p128, __NV_NOSAT, cudaRoundPosInf), 0xFF);
    ck_assert_uint_eq(__nv_cvt_double_to_e8m0((double)INFINITY, __NV_NOSAT, cudaRoundZero), 0xFF);
}
END_TEST

/* C: a rounding that E8M0 does not implement ends the program. */
START_TEST(finding_c_unsupported_rounding) {
    fclose(stderr);
    __nv_cvt_float_to_e8m0(1.5F, __NV_SATFINITE, cudaRoundNearest);
}
END_TEST

/* ---- D: what the floating-point environment does to double sources. ---- */

static uint64_t wrong_of(const char *id) {
    struct check_result r = check_kernel(tb_nvidia_targets[0], id, NULL, 20000);
    ck_assert(r.offered);
    return r.wrong;
}

/* A target is entered in another environment and left in the usual one. */
static const struct tb_target *inner;
static tb_run_fn *inner_run;
static int direction;
static unsigned control;

static void run_in_environment(const void *state, const void *input, void *output, size_t count) {
    fesetround(direction);
#if defined __SSE2__
    unsigned saved = _mm_getcsr();
    _mm_setcsr(saved | control);
#endif
    inner_run(state, input, output, count);
#if defined __SSE2__
    _mm_setcsr(saved);
#endif
    fesetround(FE_TONEAREST);
}

static int open_in_environment(const struct tb_request *request, struct tb_kernel *kernel) {
    int offered = inner->open(request, kernel);
    inner_run = kernel->run;
    kernel->run = run_in_environment;
    return offered;
}

static uint64_t wrong_in_environment(const char *id, int rounding_direction, unsigned control_bits) {
    const struct tb_target outer = {.abi = TIEBREAK_TARGET_ABI, .name = "test", .open = open_in_environment};
    inner = tb_nvidia_targets[0];
    direction = rounding_direction;
    control = control_bits;
    return check_kernel(&outer, id, NULL, 20000).wrong;
}

START_TEST(finding_d_environment) {
    const unsigned flush = 0x8040; /* FTZ and DAZ */
    if (nvidia_half[0].source) {
        ck_assert_uint_gt(wrong_in_environment("convert/fp64/fp16/rne/inf", FE_UPWARD, 0), 0);
        ck_assert_uint_eq(wrong_of("convert/fp64/fp16/rne/inf"), 0);
    }
#if defined __SSE2__
    ck_assert_uint_gt(wrong_in_environment("convert/fp64/e8m0fnu/ru/satfinite", FE_TONEAREST, flush), 0);
    ck_assert_uint_eq(wrong_of("convert/fp64/e8m0fnu/ru/satfinite"), 0);
    if (nvidia_half[0].source)
        ck_assert_uint_gt(wrong_in_environment("convert/fp64/bf16/rne/inf", FE_TONEAREST, flush), 0);
#endif
    /* Integer code: nothing changes. */
    ck_assert_uint_eq(wrong_in_environment("convert/fp64/e4m3fn/rne/satfinite", FE_DOWNWARD, flush), 0);
    ck_assert_uint_eq(wrong_in_environment("convert/fp32/e5m2/rne/inf", FE_UPWARD, flush), 0);
}
END_TEST
#endif

int main(void) {
    Suite *suite = suite_create("nvidia");
    TCase *cases = tcase_create("nvidia");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, listed_when_absent);
    tcase_add_test(cases, narrow_claims_hold);
    tcase_add_test(cases, half_claims_hold);
#if NVIDIA_NARROW
    tcase_add_test(cases, finding_a_nan_of_a_double);
    tcase_add_test(cases, finding_b_large_double_to_e8m0);
    tcase_add_test_raise_signal(cases, finding_c_unsupported_rounding, SIGABRT);
    tcase_add_test(cases, finding_d_environment);
#endif
    suite_add_tcase(suite, cases);
    return tb_test(suite, CK_FORK_GETENV);
}
