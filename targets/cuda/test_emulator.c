/* The matrix instructions on the host, for the twins: registers and shared memory are read as the manual says
 * (mma_manual.h), the product is that of the models in targets/model/. */
#include "targets/cuda/test_emulator.h"

#include "reference/problem.h"
#include "targets/cuda/mma_manual.h"
#include "targets/model/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- PTX names. ---- */

struct type {
    const char *ptx, *format;
    int bits;
};
static const struct type types[] = {
    {"f32",  "fp32",   32},
    {"s32",  "int32",  32},
    {"tf32", "tf32",   32},
    {"f16",  "fp16",   16},
    {"bf16", "bf16",   16},
    {"e4m3", "e4m3fn", 8 },
    {"e5m2", "e5m2",   8 },
    {"s8",   "int8",   8 },
    {"u8",   "uint8",  8 },
};

/* What an instruction does: d = a * b + c of m x n x k. */
struct instruction {
    unsigned m, n, k;
    struct type a, b, d;
    bool clamps;
};

static void give_up(const char *ptx) {
    fprintf(stderr, "the emulation knows no '%s'\n", ptx);
    abort();
}

static struct type type_named(const char *ptx, const char *word, bool by_format) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(by_format ? types[i].format : types[i].ptx, word) == 0)
            return types[i];
    give_up(ptx);
    return types[0];
}

/* The words behind the shape: d, a, b and, of mma.sync, c. */
static struct instruction parse(const char *ptx) {
    struct instruction x = {0};
    char text[96], *rest = NULL;
    struct type found[4];
    size_t count = 0;
    snprintf(text, sizeof text, "%s", ptx);
    for (char *word = strtok_r(text, ".", &rest); word; word = strtok_r(NULL, ".", &rest)) {
        if (!x.m && sscanf(word, "m%un%uk%u", &x.m, &x.n, &x.k) == 3)
            continue;
        if (strcmp(word, "satfinite") == 0)
            x.clamps = true;
        else if (x.m && strcmp(word, "row") != 0 && strcmp(word, "col") != 0 && count < 4)
            found[count++] = type_named(ptx, word, false);
    }
    if (count < 3 || (count == 4 && strcmp(found[3].ptx, found[0].ptx) != 0))
        give_up(ptx);
    x.d = found[0];
    x.a = found[1];
    x.b = found[2];
    return x;
}

/* ---- Products, by the models. ---- */

static struct model_plan *plan_of(const char *model, const struct instruction *x) {
    static struct {
        char model[32], id[TB_CASE_ID];
        struct model_plan *plan;
    } made[64];
    char id[TB_CASE_ID];
    snprintf(id, sizeof id, "mma/%s/%s/%s/%s/m=%u,n=%u,k=%u", x->a.format, x->b.format, x->d.format,
             x->d.format, x->m, x->n, x->k);
    size_t i = 0;
    while (i < 64 && made[i].plan && (strcmp(made[i].model, model) != 0 || strcmp(made[i].id, id) != 0))
        i++;
    if (i == 64)
        give_up(id);
    if (!made[i].plan) {
        snprintf(made[i].model, sizeof made[i].model, "%s", model);
        snprintf(made[i].id, sizeof made[i].id, "%s", id);
        made[i].plan = model_plan_make(model, id);
    }
    if (!made[i].plan)
        give_up(id);
    return made[i].plan;
}

/* What H100 computes; of FP8 and tf32 it depends on the instruction. */
static const char *model_of(const struct instruction *x, const char *fp8, const char *tf32) {
    if (x->a.bits == 8)
        return strcmp(x->d.ptx, "s32") != 0 ? fp8 : x->clamps ? "int32-clamp" : "int32-wrap";
    if (x->a.bits == 32)
        return tf32;
    return strcmp(x->a.ptx, "f16") == 0 ? "h100-fp16" : "h100-bf16";
}

/* a: m x k, b: k x n, d: m x n in and out, row-major, an element a word. */
static void multiply(const struct instruction *x, const char *model, const uint32_t *a, const uint32_t *b,
                     uint32_t *d) {
    const struct model_plan *plan = plan_of(model, x);
    unsigned char *in = calloc(1, plan->p.input.bytes), *out = calloc(1, plan->p.output.bytes);
    if (!in || !out)
        abort();
    for (uint32_t i = 0; i < x->m * x->k; i++)
        tb_field_set(plan->shape.a, in, i, a[i]);
    for (uint32_t i = 0; i < x->k * x->n; i++)
        tb_field_set(plan->shape.b, in, i, b[i]);
    for (uint32_t i = 0; i < x->m * x->n; i++)
        tb_field_set(plan->shape.c, in, i, d[i]);
    model_plan_run(plan, in, out, 1);
    for (uint32_t i = 0; i < x->m * x->n; i++)
        d[i] = (uint32_t)tb_field_get(plan->shape.d, out, i);
    free(in);
    free(out);
}

/* ---- Registers. ---- */

static uint32_t element(const uint32_t *registers, int bits, unsigned i) {
    const unsigned parts = 32 / (unsigned)bits;
    return registers[i / parts] >> ((unsigned)bits * (i % parts)) & (uint32_t)((UINT64_C(1) << bits) - 1);
}

static void set_element(uint32_t *registers, int bits, unsigned i, uint32_t x) {
    const unsigned parts = 32 / (unsigned)bits, shift = (unsigned)bits * (i % parts);
    registers[i / parts] &= ~((uint32_t)((UINT64_C(1) << bits) - 1) << shift);
    registers[i / parts] |= x << shift;
}

enum { MOST = 64 * 32 };

void tb_twin_mma_sync(const char *ptx, const uint32_t a[32][4], const uint32_t b[32][2], uint32_t d[32][4]) {
    const struct instruction x = parse(ptx);
    uint32_t whole_a[MOST] = {0}, whole_b[MOST] = {0}, whole_d[MOST] = {0};
    const unsigned of_a = 4 * 32 / (unsigned)x.a.bits, of_b = 2 * 32 / (unsigned)x.b.bits;
    for (unsigned lane = 0; lane < 32; lane++) {
        for (unsigned i = 0; i < of_a; i++) {
            struct manual_place p = manual_a(x.a.bits, lane, i);
            whole_a[p.row * x.k + p.col] = element(a[lane], x.a.bits, i);
        }
        for (unsigned i = 0; i < of_b; i++) {
            struct manual_place p = manual_b(x.b.bits, lane, i);
            whole_b[p.row * x.n + p.col] = element(b[lane], x.b.bits, i);
        }
        for (unsigned i = 0; i < 4; i++) {
            struct manual_place p = manual_d(lane, i);
            whole_d[p.row * x.n + p.col] = element(d[lane], x.d.bits, i);
        }
    }
    multiply(&x, model_of(&x, "h100-mma-fp8", "h100-tf32"), whole_a, whole_b, whole_d);
    for (unsigned lane = 0; lane < 32; lane++)
        for (unsigned i = 0; i < 4; i++) {
            struct manual_place p = manual_d(lane, i);
            set_element(d[lane], x.d.bits, i, whole_d[p.row * x.n + p.col]);
        }
}

/* ---- Shared memory. ---- */

static uint32_t shared_element(const uint8_t *shared, uint64_t descriptor, unsigned row, unsigned at,
                               int bits) {
    uint32_t x = 0;
    if (descriptor >> 49 || (descriptor & ~UINT64_C(0x3FFF3FFF3FFF)) != 0)
        give_up("a descriptor with a swizzle, a base offset or stray bits");
    for (unsigned byte = 0; byte < (unsigned)bits / 8; byte++)
        x |= (uint32_t)shared[manual_address(descriptor, row, at * (unsigned)bits / 8 + byte)] << (8 * byte);
    return x;
}

void tb_twin_wgmma(const char *ptx, const uint8_t *shared, uint64_t a, uint64_t b, uint32_t d[128][4]) {
    const struct instruction x = parse(ptx);
    uint32_t whole_a[MOST] = {0}, whole_b[MOST] = {0}, whole_d[MOST] = {0};
    for (unsigned l = 0; l < x.k; l++) {
        for (unsigned i = 0; i < x.m; i++)
            whole_a[i * x.k + l] = shared_element(shared, a, i, l, x.a.bits);
        for (unsigned j = 0; j < x.n; j++)
            whole_b[l * x.n + j] = shared_element(shared, b, j, l, x.b.bits);
    }
    for (unsigned thread = 0; thread < 128; thread++)
        for (unsigned i = 0; i < 4; i++) {
            struct manual_place p = manual_wgmma_d(thread, i);
            whole_d[p.row * x.n + p.col] = element(d[thread], x.d.bits, i);
        }
    multiply(&x, model_of(&x, "h100-wgmma-fp8", "h100-tf32"), whole_a, whole_b, whole_d);
    for (unsigned thread = 0; thread < 128; thread++)
        for (unsigned i = 0; i < 4; i++) {
            struct manual_place p = manual_wgmma_d(thread, i);
            set_element(d[thread], x.d.bits, i, whole_d[p.row * x.n + p.col]);
        }
}

/* ---- Tiles in memory. ---- */

static uint32_t memory_element(const void *tile, int bits, unsigned i) {
    uint32_t x = 0;
    memcpy(&x, (const unsigned char *)tile + i * (unsigned)bits / 8, (size_t)bits / 8);
    return x;
}

void tb_twin_wmma(const char *name, const void *a, const void *b, void *d) {
    struct instruction x = {0};
    char operand[16], result[16];
    uint32_t whole_a[MOST], whole_b[MOST], whole_d[MOST];
    if (sscanf(name, "wmma.m%un%uk%u.%15[^.].%15s", &x.m, &x.n, &x.k, operand, result) != 5)
        give_up(name);
    x.a = x.b = type_named(name, operand, true);
    x.d = type_named(name, result, true);
    for (unsigned i = 0; i < x.m * x.k; i++)
        whole_a[i] = memory_element(a, x.a.bits, i);
    for (unsigned i = 0; i < x.k * x.n; i++)
        whole_b[i] = memory_element(b, x.b.bits, i);
    for (unsigned i = 0; i < x.m * x.n; i++)
        whole_d[i] = memory_element(d, x.d.bits, i);
    multiply(&x, model_of(&x, "", "h100-tf32-k4"), whole_a, whole_b, whole_d);
    for (unsigned i = 0; i < x.m * x.n; i++)
        memcpy((unsigned char *)d + i * (unsigned)x.d.bits / 8, &whole_d[i], (size_t)x.d.bits / 8);
}

/* ---- cuBLASLt: sums promoted to fp32 after 128 of k; the result rounded once more where d is narrower. ----
 */

/* A column-major matrix, or one of which the columns are its rows, into rows. */
static void read_columns(const uint8_t *from, uint32_t rows, uint32_t columns, int bits, bool transposed,
                         uint32_t *to) {
    for (uint32_t row = 0; row < rows; row++)
        for (uint32_t column = 0; column < columns; column++)
            to[row * columns + column] =
                memory_element(from, bits, transposed ? column + row * columns : row + column * rows);
}

static uint32_t converted(const char *from, const char *to, uint32_t pattern) {
    const struct tb_format *f = tb_format_find(from, NULL), *t = tb_format_find(to, NULL);
    return (uint32_t)tb_problem_pattern(t, tb_format_value(f, pattern), TB_TO_INF);
}

void tb_twin_cublaslt(const char *a_format, const char *b_format, const char *d_format, uint32_t m,
                      uint32_t n, uint32_t k, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                      uint8_t *d) {
    const char *ptx = "cublaslt";
    const struct type stored = type_named(ptx, d_format, true);
    const struct instruction x = {.m = m,
                                  .n = n,
                                  .k = k,
                                  .a = type_named(ptx, a_format, true),
                                  .b = type_named(ptx, b_format, true),
                                  .d = type_named(ptx, "fp32", true)};
    uint32_t *whole_a = calloc((size_t)m * k, sizeof *whole_a),
             *whole_b = calloc((size_t)k * n, sizeof *whole_b),
             *whole_d = calloc((size_t)m * n, sizeof *whole_d);
    if (!whole_a || !whole_b || !whole_d)
        abort();
    read_columns(a, m, k, 8, true, whole_a);
    read_columns(b, k, n, 8, false, whole_b);
    read_columns(c, m, n, stored.bits, false, whole_d);
    for (uint32_t i = 0; i < m * n && stored.bits < 32; i++)
        whole_d[i] = converted(d_format, "fp32", whole_d[i]);
    multiply(&x, "h100-promoted-fp8", whole_a, whole_b, whole_d);
    for (uint32_t i = 0; i < m * n; i++) {
        uint32_t code = stored.bits < 32 ? converted("fp32", d_format, whole_d[i]) : whole_d[i];
        memcpy(d + (size_t)(i / n + i % n * m) * (unsigned)stored.bits / 8, &code, (size_t)stored.bits / 8);
    }
    free(whole_a);
    free(whole_b);
    free(whole_d);
}
