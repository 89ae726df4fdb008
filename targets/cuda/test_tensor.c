/* The tensor-core targets' twins: records packed into registers or shared memory, instructions emulated with
 * the manual's layouts, results unpacked; each gives, bit for bit, what the model that it claims gives for
 * the whole record. */
#include "reference/problem.h"
#include "targets/cuda/targets.h"
#include "vectors/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FP8(D)                                                                                               \
    "mma/e4m3fn/e4m3fn/" D "/" D, "mma/e4m3fn/e5m2/" D "/" D "/m=17,n=9,k=40",                               \
        "mma/e5m2/e4m3fn/" D "/" D "/m=3,n=5,k=96", "mma/e5m2/e5m2/" D "/" D "/m=64,n=1,k=33"
#define INTEGERS                                                                                             \
    "mma/int8/int8/int32/int32", "mma/int8/uint8/int32/int32/m=1,n=1,k=1",                                   \
        "mma/uint8/int8/int32/int32/m=3,n=5,k=67", "mma/uint8/uint8/int32/int32/m=33,n=17"
static const char *const types[] = {
    "mma/fp16/fp16/fp32/fp32",
    "mma/fp16/fp16/fp32/fp32/m=1,n=64,k=21",
    "mma/fp16/fp16/fp16/fp16/m=19,n=11,k=50",
    "mma/bf16/bf16/fp32/fp32/m=5,n=20",
    "mma/tf32/tf32/fp32/fp32/m=18,n=10,k=29",
    FP8("fp32"),
    FP8("fp16"),
    INTEGERS,
    NULL,
};
static const char *const integers[] = {INTEGERS, NULL};
static const char *const wmma_types[] = {
    "mma/fp16/fp16/fp32/fp32/m=17,n=33,k=21",
    "mma/fp16/fp16/fp16/fp16",
    "mma/bf16/bf16/fp32/fp32/m=5,n=20,k=32",
    "mma/tf32/tf32/fp32/fp32/m=18,n=10,k=29",
    "mma/int8/int8/int32/int32/m=3,n=5,k=67",
    "mma/uint8/uint8/int32/int32",
    NULL,
};

static const struct {
    const struct tb_target *target;
    const char *const *ids;
} twins[] = {
    {&tb_cuda_mma_sync,           types     },
    {&tb_cuda_mma_sync_satfinite, integers  },
    {&tb_cuda_wgmma,              types     },
    {&tb_cuda_wgmma_satfinite,    integers  },
    {&tb_cuda_wmma,               wmma_types},
};
enum { TWINS = sizeof twins / sizeof twins[0] };

struct request {
    struct tb_request request;
    char source[256], destination[256];
};

static void make_request(const struct tb_problem *p, struct request *r) {
    tb_layout_print(&p->input, r->source, sizeof r->source);
    tb_layout_print(&p->output, r->destination, sizeof r->destination);
    r->request = (struct tb_request){.case_id = p->id,
                                     .operation = p->kind->operation,
                                     .source = r->source,
                                     .destination = r->destination,
                                     .rounding = "",
                                     .overflow = "",
                                     .parameters = "",
                                     .source_bytes = p->input.bytes,
                                     .destination_bytes = p->output.bytes};
}

/* What a target gave for all golden records. */
struct answers {
    size_t elements, not_exact, not_model, outside; /* of a claimed bound */
};

static void compare_record(const struct tb_problem *p, const struct tb_kernel *kernel, const char *model,
                           size_t index, struct answers *sum) {
    const struct tb_problem_arithmetic *arithmetic = tb_problem_arithmetic_of(p);
    const struct tb_problem_variant *variant = model ? tb_problem_variant_find(p, model) : NULL;
    const struct tb_problem_bound *bound = kernel->claim ? tb_problem_bound_find(p, kernel->claim) : NULL;
    unsigned char *in = calloc(1, p->input.bytes), *got = malloc(p->output.bytes),
                  *expected = calloc(1, p->output.bytes), *exact = calloc(1, p->output.bytes);
    ck_assert(in && got && expected && exact);
    memset(got, 0x5a, p->output.bytes);
    arithmetic->make_input(p, index, in);
    arithmetic->second(p, in, exact);
    if (variant)
        variant->evaluate(p, in, expected);
    kernel->run(kernel->state, in, got, 1);
    for (uint64_t i = 0; i < tb_layout_elements(&p->output); i++) {
        uint32_t place;
        const struct tb_field *f = tb_layout_find(&p->output, i, &place);
        uint64_t code = tb_field_get(f, got, place), right = tb_field_get(f, exact, place);
        sum->elements++;
        sum->not_exact += code != right;
        sum->not_model += variant && code != tb_field_get(f, expected, place);
        sum->outside += bound && !tb_problem_within(f->format, right, code, bound->radius(p, in, i));
    }
    free(in);
    free(got);
    free(expected);
    free(exact);
}

/* Runs a twin on the golden records; the claim goes to `claim`, of 32 bytes. */
static struct answers run_twin(const struct tb_target *target, const char *id, const char *model,
                               char *claim) {
    struct tb_problem p;
    struct request r;
    struct tb_kernel kernel = {0};
    struct answers sum = {0};
    ck_assert_msg(tb_problem_parse(id, &p, NULL), "%s", id);
    make_request(&p, &r);
    ck_assert_msg(target->open(&r.request, &kernel), "%s does not offer %s", target->name, id);
    snprintf(claim, 32, "%s", kernel.claim ? kernel.claim : "");
    ck_assert_msg(!kernel.claim || tb_problem_variant_find(&p, kernel.claim) ||
                      tb_problem_bound_find(&p, kernel.claim),
                  "%s on %s claims %s, which is none of its variants or bounds", target->name, id, claim);
    for (size_t i = 0; i < tb_problem_arithmetic_of(&p)->records; i++)
        compare_record(&p, &kernel, model ? model : kernel.claim, i, &sum);
    target->close(&kernel);
    return sum;
}

static void claim_holds(const struct tb_target *target, const char *id) {
    char claim[32];
    struct answers x = run_twin(target, id, NULL, claim);
    size_t wrong = claim[0] ? x.not_model : x.not_exact;
    ck_assert_msg(wrong == 0, "%s on %s: %zu of %zu elements are not those of %s", target->name, id, wrong,
                  x.elements, claim[0] ? claim : "exact");
    /* sums of products that are never negative are clamped once, however often */
    bool tells = claim[0] && strncmp(id, "mma/uint8/uint8/", 16) != 0;
    ck_assert_msg(x.not_exact > 0 || !tells, "%s on %s: records do not tell %s from exact", target->name, id,
                  claim);
}

START_TEST(twins_are_models) {
    for (const char *const *id = twins[_i].ids; *id; id++)
        claim_holds(twins[_i].target, *id);
}
END_TEST

/* cuBLASLt's twin is a library that promotes as CUTLASS does: packed, padded and unpacked it is that, and
 * inside the bound; also where d is narrower than its sums, which no model has. */
START_TEST(library_is_bounded) {
    static const struct {
        const char *id, *model;
    } rows[] = {
        {"mma/e4m3fn/e4m3fn/fp32/fp32",              "h100-promoted-fp8"},
        {"mma/e4m3fn/e5m2/fp32/fp32/m=17,n=9,k=200", "h100-promoted-fp8"},
        {"mma/e5m2/e4m3fn/fp32/fp32/m=1,n=33,k=7",   "h100-promoted-fp8"},
        {"mma/e4m3fn/e5m2/fp16/fp16/m=5,n=3,k=70",   NULL               },
        {"mma/e4m3fn/e4m3fn/bf16/bf16/m=5,n=20",     NULL               },
    };
    const struct tb_target *const libraries[] = {&tb_cuda_cublaslt_fp8, &tb_cuda_cublaslt_fp8_fast};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char claim[32];
        struct answers x = run_twin(libraries[_i], rows[i].id, rows[i].model, claim);
        ck_assert_str_eq(claim, "bound-fp8-steps");
        ck_assert_msg(x.not_exact > 0 && x.not_model == 0 && x.outside == 0,
                      "%s: of %zu elements %zu are not exact, %zu not of the model, %zu outside the bound",
                      rows[i].id, x.elements, x.not_exact, x.not_model, x.outside);
    }
}
END_TEST

/* What is not theirs, and requests that lie about their records. */
START_TEST(refused) {
    static const char *const others[] = {"mma/fp32/fp32/fp32/fp32", "mma/e2m1fn/e2m1fn/fp32/fp32",
                                         "mma/e4m3fnuz/e4m3fnuz/fp32/fp32", "mma/bf16/bf16/bf16/bf16",
                                         "gemm/int8/int8/int32"};
    struct tb_problem p;
    struct request r;
    struct tb_kernel kernel = {0};
    for (int t = 0; t < TWINS; t++) {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            ck_assert_msg(tb_problem_parse(others[i], &p, NULL), "%s", others[i]);
            make_request(&p, &r);
            ck_assert_msg(!twins[t].target->open(&r.request, &kernel), "%s", others[i]);
        }
        ck_assert(tb_problem_parse(twins[t].ids[0], &p, NULL));
        make_request(&p, &r);
        r.request.source_bytes += 8;
        ck_assert(!twins[t].target->open(&r.request, &kernel));
    }
    ck_assert(tb_problem_parse("mma/e5m2/e5m2/fp32/fp32", &p, NULL)); /* which cuBLASLt has not */
    make_request(&p, &r);
    ck_assert(!tb_cuda_cublaslt_fp8.open(&r.request, &kernel));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tensor-core twins");
    TCase *tests = tcase_create("tensor-core twins");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, twins_are_models, 0, TWINS);
    tcase_add_loop_test(tests, library_is_bounded, 0, 2);
    tcase_add_test(tests, refused);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
