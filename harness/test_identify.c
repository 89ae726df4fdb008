/* Identification of hidden boxes: every row of the table and sets drawn from the family are recovered; what
 * is outside the family is not claimed to be inside. The argument says which: table-1, table-2, drawn,
 * outside. */
#include "harness/identify.h"
#include "harness/identify_family.h"
#include "reference/mma.h"
#include "reference/mma_probe.h"
#include "reference/problem.h"
#include "vectors/slow_build.h"
#include "vectors/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- A box: a rule for one dot product. ---- */

struct dot_values {
    uint32_t k, row, column;
    const uint64_t *a, *b; /* patterns */
    float x[64], y[64], c; /* values */
    uint64_t call;
};

struct box {
    const struct tb_problem *p;
    struct tb_mma_model model;
    uint32_t (*rule)(const struct box *box, const struct dot_values *v); /* NULL: the model */
    uint64_t *calls;
};

static uint64_t run_model(const struct box *box, const uint64_t *a, const uint64_t *b, uint64_t c) {
    static struct tb_mma_term room[TB_IDENTIFY_LONGEST];
    const struct tb_format *const *f = box->p->formats;
    struct tb_mma_dot dot = {.products = room};
    struct tb_mma_operands o = {f[0], f[1], f[2], f[3], a, b, c, (uint32_t)tb_problem_number(box->p, "k")};
    tb_mma_set(&dot, &o);
    return tb_mma_run(&box->model, &dot);
}

static uint64_t run_rule(const struct box *box, struct dot_values *v, uint64_t c) {
    for (uint32_t l = 0; l < v->k; l++) {
        v->x[l] = (float)tb_format_value(box->p->formats[0], v->a[l]);
        v->y[l] = (float)tb_format_value(box->p->formats[1], v->b[l]);
    }
    v->c = (float)tb_format_value(box->p->formats[2], c);
    v->call = ++*box->calls;
    return box->rule(box, v);
}

static void run_box(const void *state, const void *input, void *output, size_t count) {
    const struct box *box = state;
    const struct tb_mma_problem x = tb_mma_problem_of(box->p);
    static uint64_t a[TB_IDENTIFY_LONGEST], b[TB_IDENTIFY_LONGEST];
    for (size_t r = 0; r < count; r++)
        for (uint32_t e = 0; e < x.m * x.n; e++) {
            const unsigned char *record = (const unsigned char *)input + r * box->p->input.bytes;
            unsigned char *out = (unsigned char *)output + r * box->p->output.bytes;
            uint64_t c;
            tb_mma_problem_get(&x, record, e / x.n, e % x.n, a, b, &c);
            struct dot_values v = {.k = x.k, .row = e / x.n, .column = e % x.n, .a = a, .b = b};
            tb_field_set(x.d, out, e, box->rule ? run_rule(box, &v, c) : run_model(box, a, b, c));
        }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void identify(struct box *box, const char *id, struct tb_problem *p, struct tb_identity *found) {
    struct tb_error error;
    static uint64_t calls;
    ck_assert_msg(tb_problem_parse(id, p, &error), "%s", error.text);
    calls = 0;
    box->p = p;
    box->calls = &calls;
    const struct tb_kernel kernel = {.run = run_box, .state = box};
    double start = seconds(), took;
    tb_identify(&kernel, p, found);
    took = seconds() - start;
    ck_assert_msg(took < SLOW * 10.0, "%s: %.1f s", id, took);
    if (getenv("SHOW"))
        printf("%.2f s  outcome %d  sets %zu  %s\n", took, (int)found->outcome, found->count,
               found->named ? found->named->name : "-");
}

static bool has_value(const struct tb_identity *found, const struct tb_mma_model *m,
                      enum tb_identify_parameter parameter) {
    const struct tb_value_set *set = &found->values[parameter];
    for (size_t i = 0; i < set->count; i++)
        if (set->value[i] == tb_identify_value(m, parameter))
            return true;
    return false;
}

/* Fresh vectors, on which what was found and what is hidden agree. */
static void check_function(const struct box *box, const struct tb_identity *found) {
    const struct tb_format *const *f = box->p->formats;
    const struct tb_mma_shape shape = {f[0], f[1], f[2], (uint32_t)tb_problem_number(box->p, "k")};
    static uint64_t a[TB_IDENTIFY_LONGEST], b[TB_IDENTIFY_LONGEST];
    struct tb_mma_question q = {a, b, 0};
    struct box guess = {.p = box->p, .model = found->model};
    const uint64_t sign = UINT64_C(1) << (f[3]->bits - 1);
    uint64_t state = 0xf4e51;
    for (unsigned i = 0; i < 2000; i++) {
        tb_mma_draw(&shape, i % TB_MMA_CHARACTERS, &state, &q);
        uint64_t hidden = run_model(box, a, b, q.c), got = run_model(&guess, a, b, q.c);
        bool zeros = !(hidden & ~sign) && !(got & ~sign);
        bool nans = tb_format_is_nan(f[3], hidden) && tb_format_is_nan(f[3], got);
        ck_assert_msg(hidden == got || zeros || nans, "fresh vector %u: hidden 0x%llx, found 0x%llx", i,
                      (unsigned long long)hidden, (unsigned long long)got);
    }
}

/* ---- Every row of the table. ---- */

START_TEST(rows_are_recovered) {
    const struct tb_mma_model *row = &tb_mma_models[_i];
    if (_i % TB_FEWER(1, 6))
        return;
    static struct tb_problem p;
    static struct tb_identity found;
    char operands[32], id[TB_CASE_ID];
    snprintf(operands, sizeof operands, "%.*s", (int)strcspn(row->operands, " "), row->operands);
    snprintf(id, sizeof id, "mma/%s/%s/%s/%s/m=4,n=4,k=%u", operands, operands, row->result, row->result,
             row->block > 32              ? 192
             : row->sum == TB_MMA_INTEGER ? 64
                                          : 32);
    struct box box = {.model = *row};
    identify(&box, id, &p, &found);
    if (row->special == TB_MMA_NAN_DROPPED) { /* NaN that vanish are outside the family */
        ck_assert_int_eq(found.outcome, TB_NO_SET);
        return;
    }
    ck_assert_msg(found.outcome == TB_FITTED, "%s: outcome %d", row->name, (int)found.outcome);
    ck_assert_msg(found.named && strcmp(found.named->name, row->name) == 0, "%s: found %s", row->name,
                  found.named ? found.named->name : "none");
    const enum tb_identify_parameter plain[] = {TB_ID_SUM,      TB_ID_ORDER,      TB_ID_FRACTION,
                                                TB_ID_ROUNDING, TB_ID_SUBNORMALS, TB_ID_NORMALISED};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && row->sum != TB_MMA_INTEGER; i++)
        ck_assert_msg(has_value(&found, row, plain[i]), "%s: %s", row->name, tb_identify_names[plain[i]]);
    check_function(&box, &found);
}
END_TEST

/* ---- Sets drawn from the family. ---- */

static const char *const drawn_cases[] = {
    "mma/e4m3fn/e4m3fn/fp32/fp32/m=4,n=4,k=32",
    "mma/fp16/fp16/fp32/fp32/m=4,n=4,k=32",
    "mma/bf16/bf16/fp32/fp32/m=3,n=5,k=48",
    "mma/fp16/fp16/fp16/fp16/m=4,n=4,k=64",
};
enum { DRAWN = TB_SHARE(20, 10) };

START_TEST(drawn_sets_are_recovered) {
    static struct tb_problem p;
    static struct tb_identity found;
    const char *id = drawn_cases[_i % 4];
    uint64_t state = 0x5eed + (uint64_t)_i;
    ck_assert(tb_problem_parse(id, &p, NULL));
    struct box box = {.model = tb_family_draw((uint32_t)tb_problem_number(&p, "k"), p.formats[3], &state)};
    identify(&box, id, &p, &found);
    ck_assert_msg(found.outcome == TB_FITTED, "%s: outcome %d", id, (int)found.outcome);
    for (int i = 0; i < TB_ID_SPECIAL; i++)
        ck_assert_msg(has_value(&found, &box.model, (enum tb_identify_parameter)i),
                      "%s, set %d: %s is not %d", id, _i, tb_identify_names[i],
                      tb_identify_value(&box.model, (enum tb_identify_parameter)i));
    check_function(&box, &found);
}
END_TEST

/* ---- Outside the family. ---- */

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static uint32_t kahan(const struct box *box, const struct dot_values *v) {
    (void)box;
    float sum = v->c, lost = 0;
    for (uint32_t i = 0; i < v->k; i++) {
        float term = v->x[i] * v->y[i] - lost, next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    return bits_of(sum);
}

static uint32_t fp64(const struct box *box, const struct dot_values *v) {
    (void)box;
    double sum = (double)v->c;
    for (uint32_t i = 0; i < v->k; i++)
        sum += (double)v->x[i] * (double)v->y[i];
    return bits_of((float)sum);
}

/* Eight accumulators, as a vector unit has them, added up at the end. */
static uint32_t eight_lanes(const struct box *box, const struct dot_values *v) {
    (void)box;
    float lane[8] = {0};
    for (uint32_t i = 0; i < v->k; i++)
        lane[i % 8] = fmaf(v->x[i], v->y[i], lane[i % 8]);
    for (int half = 4; half; half /= 2)
        for (int i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return bits_of(lane[0] + v->c);
}

static uint32_t model_bits(const struct box *box, const struct dot_values *v) {
    return (uint32_t)run_model(box, v->a, v->b, bits_of(v->c));
}

/* One element of d leaves a product out. */
static uint32_t faulty_lane(const struct box *box, const struct dot_values *v) {
    uint64_t a[64];
    memcpy(a, v->a, v->k * sizeof *a);
    if (v->row == 2 && v->column == 1)
        a[7] = 0;
    return (uint32_t)run_model(box, a, v->b, bits_of(v->c));
}

static uint32_t flips_now_and_then(const struct box *box, const struct dot_values *v) {
    uint64_t state = v->call;
    uint32_t flipped = tb_problem_random(&state) % 2000 == 0;
    return model_bits(box, v) ^ flipped << 12;
}

static uint32_t flips_by_input(const struct box *box, const struct dot_values *v) {
    uint64_t state = bits_of(v->c);
    for (uint32_t i = 0; i < v->k; i++)
        state = state * 31 + v->a[i] * 7 + v->b[i];
    return model_bits(box, v) ^ (tb_problem_random(&state) % 1000 == 0);
}

/* The last bit of a chain of FMAs is rounded at random. */
static uint32_t stochastic(const struct box *box, const struct dot_values *v) {
    (void)box;
    uint64_t state = v->call * 77;
    double sum = (double)v->c;
    for (uint32_t i = 0; i < v->k; i++) {
        double exact = sum + (double)v->x[i] * (double)v->y[i];
        float down = (float)exact;
        double ulp = (double)nextafterf(down, INFINITY) - (double)down;
        bool up = isfinite(exact) && tb_problem_fraction(&state) * 0.5 * ulp > (double)down - exact;
        sum = up && exact > (double)down ? (double)nextafterf(down, INFINITY) : (double)down;
    }
    return bits_of((float)sum);
}

static int by_magnitude(const void *x, const void *y) {
    float a = fabsf(*(const float *)x), b = fabsf(*(const float *)y);
    return (a > b) - (a < b);
}

static uint32_t sorted(const struct box *box, const struct dot_values *v) {
    (void)box;
    float terms[65], sum = 0;
    for (uint32_t i = 0; i < v->k; i++)
        terms[i] = v->x[i] * v->y[i];
    terms[v->k] = v->c;
    qsort(terms, v->k + 1, sizeof *terms, by_magnitude);
    for (uint32_t i = 0; i <= v->k; i++)
        sum += terms[i];
    return bits_of(sum);
}

static float to_bf16(float x) {
    uint32_t bits = bits_of(x);
    if (isfinite(x))
        bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* All of them in bf16 would be of the family: blocks of one index, rounded, added last. */
static uint32_t narrow_products(const struct box *box, const struct dot_values *v) {
    (void)box;
    float sum = v->c;
    for (uint32_t i = 0; i < v->k; i++)
        sum += i % 2 ? to_bf16(v->x[i] * v->y[i]) : v->x[i] * v->y[i];
    return bits_of(sum);
}

/* Twice the precision: errors of products and sums kept and added at the end (Ogita, Rump, Oishi). */
static uint32_t compensated(const struct box *box, const struct dot_values *v) {
    (void)box;
    float sum = v->c, lost = 0;
    for (uint32_t i = 0; i < v->k; i++) {
        float product = v->x[i] * v->y[i], error = fmaf(v->x[i], v->y[i], -product), next = sum + product,
              part = next - sum;
        lost += ((sum - (next - part)) + (product - part)) + error;
        sum = next;
    }
    return bits_of(sum + lost);
}

/* Operands share the exponent of the row's largest and keep 8 bits. */
static uint32_t block_float(const struct box *box, const struct dot_values *v) {
    (void)box;
    float top = 0, sum = 0;
    for (uint32_t i = 0; i < v->k; i++)
        top = fabsf(v->x[i]) > top ? fabsf(v->x[i]) : top;
    float unit = top > 0 && isfinite(top) ? ldexpf(1, ilogbf(top) - 7) : 1;
    for (uint32_t i = 0; i < v->k; i++)
        sum += rintf(v->x[i] / unit) * unit * v->y[i];
    return bits_of(sum + v->c);
}

static uint32_t nothing(const struct box *box, const struct dot_values *v) {
    (void)box;
    (void)v;
    return 0;
}

static const struct {
    const char *what;
    uint32_t (*rule)(const struct box *box, const struct dot_values *v);
    enum tb_identified outcome;
} outside[] = {
    {"Kahan summation",                   kahan,              TB_NO_SET        },
    {"fp64 accumulation",                 fp64,               TB_NO_SET        },
    {"eight lanes and a tree",            eight_lanes,        TB_NO_SET        },
    {"one lane leaves a product out",     faulty_lane,        TB_NO_SET        },
    {"a bit flips now and then",          flips_now_and_then, TB_NOT_A_FUNCTION},
    {"a bit flips on one input of 1,000", flips_by_input,     TB_NO_SET        },
    {"stochastic rounding",               stochastic,         TB_NOT_A_FUNCTION},
    {"sorted by magnitude",               sorted,             TB_NO_SET        },
    {"every other product in bf16",       narrow_products,    TB_NO_SET        },
    {"a compensated dot product",         compensated,        TB_NO_SET        },
    {"block floating point",              block_float,        TB_NO_SET        },
    {"zero, always",                      nothing,            TB_NO_SET        },
};
enum { OUTSIDE = sizeof outside / sizeof outside[0] };

START_TEST(no_false_claim) {
    if (_i % TB_FEWER(1, 4))
        return;
    static const char id[] = "mma/fp16/fp16/fp32/fp32/m=4,n=4,k=32";
    static struct tb_problem p;
    static struct tb_identity found;
    struct tb_mma_model hidden = {.name = "hidden"};
    for (size_t i = 0; i < tb_mma_model_count; i++)
        if (strcmp(tb_mma_models[i].name, "h100-fp16") == 0 && strcmp(tb_mma_models[i].result, "fp32") == 0)
            hidden = tb_mma_models[i];
    struct box box = {.model = hidden, .rule = outside[_i].rule};
    identify(&box, id, &p, &found);
    ck_assert_msg(found.outcome != TB_FITTED, "%s is said to be one of %zu sets, %s", outside[_i].what,
                  found.count, found.named ? found.named->name : "without a name");
    /* A box that answers at random may be caught by either. */
    ck_assert_msg(found.outcome == outside[_i].outcome || outside[_i].outcome == TB_NOT_A_FUNCTION, "%s",
                  outside[_i].what);
    /* The counterexample is one. */
    ck_assert_msg(found.counter.got != found.counter.other, "%s: %s", outside[_i].what, found.counter.what);
}
END_TEST

int main(int argc, char **argv) {
    const char *boxes = argc > 1 ? argv[1] : "table-1";
    Suite *suite = suite_create("identify");
    TCase *tests = tcase_create(boxes);
    const int rows = (int)tb_mma_model_count; /* in two halves, for the time that they take */
    if (strcmp(boxes, "table-1") == 0)
        tcase_add_loop_test(tests, rows_are_recovered, 0, rows / 2);
    if (strcmp(boxes, "table-2") == 0)
        tcase_add_loop_test(tests, rows_are_recovered, rows / 2, rows);
    if (strcmp(boxes, "drawn") == 0)
        tcase_add_loop_test(tests, drawn_sets_are_recovered, 0, DRAWN);
    if (strcmp(boxes, "outside") == 0)
        tcase_add_loop_test(tests, no_false_claim, 0, OUTSIDE);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
