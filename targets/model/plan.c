/* Making a plan for a case, and running it over records. */
#include "targets/model/plan.h"

#include <stdlib.h>
#include <string.h>

struct model_number model_read(const struct model_reader *r, uint32_t pattern, uint8_t *class) {
    const struct tb_format *f = r->format;
    const uint32_t code = pattern >> f->padding, sign = UINT32_C(1) << (f->bits - 1);
    const uint32_t hidden = UINT32_C(1) << r->fraction, fraction = code & (hidden - 1),
                   field = (code & (sign - 1)) >> r->fraction, top = (sign - 1) >> r->fraction;
    *class = MODEL_FINITE;
    if (field == top) { /* IEEE 754 formats only: the others are read through tables */
        *class = fraction ? MODEL_NAN : code & sign ? MODEL_MINUS_INFINITE : MODEL_INFINITE;
        return (struct model_number){0, NO_EXPONENT};
    }
    if (!field && (!fraction || r->flush)) {
        *class = !fraction && code & sign ? MODEL_MINUS_ZERO : MODEL_FINITE;
        return (struct model_number){0, NO_EXPONENT};
    }
    int32_t significand = (int32_t)(fraction | (field ? hidden : 0));
    return (struct model_number){code & sign ? -significand : significand,
                                 field ? (int32_t)field - f->bias : r->least};
}

/* ---- Formats of at most 8 bits. ---- */

static void fill_table(struct model_reader *r) {
    static const uint8_t classes[] = {[TB_ZERO] = MODEL_FINITE,
                                      [TB_FINITE] = MODEL_FINITE,
                                      [TB_INFINITE] = MODEL_INFINITE,
                                      [TB_NOT_A_NUMBER] = MODEL_NAN};
    for (uint32_t code = 0; code < tb_format_codes(r->format); code++) {
        struct tb_value v = tb_format_decode(r->format, code);
        r->table[code] = (struct model_number){0, NO_EXPONENT};
        r->class[code] = classes[v.class];
        if (v.negative && v.class != TB_FINITE)
            r->class[code] = v.class == TB_INFINITE ? MODEL_MINUS_INFINITE
                             : v.class == TB_ZERO   ? MODEL_MINUS_ZERO
                                                    : MODEL_NAN;
        if (v.class != TB_FINITE)
            continue;
        int exponent = 63 - __builtin_clzll(v.significand) + v.exponent;
        bool subnormal = r->format->kind == TB_FLOAT && exponent < r->least;
        if (r->format->kind == TB_INTEGER)
            exponent = 0;
        else if (subnormal)
            exponent = r->least;
        if (subnormal && r->flush)
            continue;
        int shift = v.exponent - (exponent - r->fraction);
        int32_t significand = (int32_t)(shift >= 0 ? v.significand << shift : v.significand >> -shift);
        r->table[code] = (struct model_number){v.negative ? -significand : significand, exponent};
    }
}

static void make_reader(struct model_reader *r, const struct tb_format *f, bool flush) {
    bool is_float = f->kind == TB_FLOAT;
    *r = (struct model_reader){.format = f,
                               .fraction = is_float ? f->precision - 1 : 0,
                               .least = is_float ? tb_mma_least_exponent(f) : 0,
                               .flush = flush};
    if (f->bits <= 8)
        fill_table(r);
}

/* ---- The order of the indices. ---- */

static bool make_order(struct model_plan *plan) {
    const struct tb_mma_model *model = plan->model;
    const uint32_t k = plan->shape.k, block = model->block ? model->block : k;
    const uint32_t per_block = tb_mma_steps_per_block(model, k);
    uint32_t place;
    plan->blocks = (k + block - 1) / block;
    plan->steps = plan->blocks * per_block;
    plan->order = calloc(k, sizeof *plan->order);
    plan->start = calloc(plan->steps + 2, sizeof *plan->start);
    plan->first_step = calloc(plan->blocks + 1, sizeof *plan->first_step);
    if (!plan->order || !plan->start || !plan->first_step)
        return false;
    for (uint32_t i = 0; i < k; i++)
        plan->start[tb_mma_step_of(model, k, i, &place) + 2]++;
    for (uint32_t s = 2; s < plan->steps + 2; s++)
        plan->start[s] += plan->start[s - 1];
    for (uint32_t i = 0; i < k; i++)
        plan->order[plan->start[tb_mma_step_of(model, k, i, &place) + 1]++] = i;
    for (uint32_t i = 0; i <= plan->blocks; i++)
        plan->first_step[i] = i * per_block;
    return true;
}

static struct model_register register_of(const struct tb_format *f, bool nearest, int bits) {
    return (struct model_register){nearest, bits && bits < f->precision - 1 ? bits : f->precision - 1,
                                   1 - f->bias, f->bias};
}

struct model_plan *model_plan_make(const char *name, const char *case_id) {
    struct model_plan *plan = calloc(1, sizeof *plan);
    if (!plan || !tb_problem_parse(case_id, &plan->p, NULL) || strcmp(plan->p.kind->operation, "mma") != 0 ||
        !(plan->model = tb_mma_find(name, plan->p.formats[0], plan->p.formats[1], plan->p.formats[2],
                                    plan->p.formats[3]))) {
        free(plan);
        return NULL;
    }
    const struct tb_mma_model *model = plan->model;
    bool flush = model->subnormals & TB_MMA_INPUTS_FLUSHED;
    plan->shape = tb_mma_problem_of(&plan->p);
    make_reader(&plan->a, plan->p.formats[0], flush);
    make_reader(&plan->b, plan->p.formats[1], flush);
    if (plan->p.formats[3]->kind == TB_FLOAT) {
        const struct tb_format *registers = tb_mma_registers(model, plan->p.formats[3]);
        plan->step = register_of(registers, model->rounding == TB_RNE, model->result_bits);
        plan->addition = register_of(registers, true, 0);
    }
    if (!make_order(plan)) {
        model_plan_free(plan);
        return NULL;
    }
    return plan;
}

void model_plan_free(struct model_plan *plan) {
    if (!plan)
        return;
    free(plan->order);
    free(plan->start);
    free(plan->first_step);
    free(plan);
}

/* ---- Records. ---- */

/* The lines of one matrix. */
struct lines {
    struct model_number *number;
    uint8_t *class;
    struct model_line *line;
};

/* A word of 8, 16 or 32 bits, little end first as in a record. */
static uint32_t load(const unsigned char *at, unsigned bytes) {
    uint32_t x = 0;
    for (unsigned i = 0; i < bytes; i++)
        x |= (uint32_t)at[i] << (8 * i);
    return x;
}

static void read_line(const struct model_plan *plan, const struct model_reader *r, const unsigned char *at,
                      size_t stride, struct model_number *number, uint8_t *class, struct model_line *line) {
    const unsigned bytes = tb_format_bytes(r->format);
    const uint32_t k = plan->shape.k, mask = r->format->bits < 8 ? (1u << r->format->bits) - 1 : 0xff;
    uint8_t any = 0;
    for (uint32_t i = 0; i < k; i++) {
        const unsigned char *from = at + plan->order[i] * stride;
        if (bytes == 1) {
            number[i] = r->table[*from & mask];
            class[i] = r->class[*from & mask];
        } else {
            number[i] = model_read(r, load(from, bytes), &class[i]);
        }
        any |= class[i] & MODEL_SPECIAL;
    }
    *line = (struct model_line){number, class, any != 0};
}

static bool make_lines(struct lines *l, uint32_t lines, uint32_t k) {
    l->number = calloc((size_t)lines * k, sizeof *l->number);
    l->class = calloc((size_t)lines * k, sizeof *l->class);
    l->line = calloc(lines, sizeof *l->line);
    return l->number && l->class && l->line;
}

static void free_lines(struct lines *l) {
    free(l->number);
    free(l->class);
    free(l->line);
}

static model_dot_fn *dot_of(const struct tb_mma_model *model) {
    static model_dot_fn *const by_sum[TB_MMA_SUMS] = {[TB_MMA_FUSED] = model_fused,
                                                      [TB_MMA_PAIRWISE] = model_floats,
                                                      [TB_MMA_TWO_STAGE] = model_stages,
                                                      [TB_MMA_TWO_LANES] = model_stages,
                                                      [TB_MMA_INTEGER] = model_integers};
    bool chain = model->sum == TB_MMA_FUSED && model->fraction_bits == TB_MMA_EXACT;
    return chain ? model_floats : by_sum[model->sum];
}

static void run_record(const struct model_plan *plan, const unsigned char *in, unsigned char *out,
                       struct lines *a, struct lines *b) {
    const struct tb_mma_problem *x = &plan->shape;
    const unsigned a_bytes = tb_format_bytes(x->a->format), b_bytes = tb_format_bytes(x->b->format),
                   c_bytes = tb_format_bytes(x->c->format);
    model_dot_fn *dot = dot_of(plan->model);
    for (uint32_t i = 0; i < x->m; i++)
        read_line(plan, &plan->a, in + x->a->offset + (size_t)i * x->k * a_bytes, a_bytes,
                  a->number + (size_t)i * x->k, a->class + (size_t)i * x->k, &a->line[i]);
    for (uint32_t j = 0; j < x->n; j++)
        read_line(plan, &plan->b, in + x->b->offset + (size_t)j * b_bytes, (size_t)x->n * b_bytes,
                  b->number + (size_t)j * x->k, b->class + (size_t)j * x->k, &b->line[j]);
    for (uint32_t i = 0; i < x->m; i++)
        for (uint32_t j = 0; j < x->n; j++) {
            size_t place = ((size_t)i * x->n + j) * c_bytes;
            uint32_t d = dot(plan, &a->line[i], &b->line[j], load(in + x->c->offset + place, c_bytes));
            for (unsigned byte = 0; byte < c_bytes; byte++)
                out[x->d->offset + place + byte] = (unsigned char)(d >> (8 * byte));
        }
}

void model_plan_run(const void *state, const void *input, void *output, size_t count) {
    const struct model_plan *plan = state;
    struct lines a = {NULL, NULL, NULL}, b = {NULL, NULL, NULL};
    if (!make_lines(&a, plan->shape.m, plan->shape.k) || !make_lines(&b, plan->shape.n, plan->shape.k))
        abort();
    for (size_t i = 0; i < count; i++)
        run_record(plan, (const unsigned char *)input + i * plan->p.input.bytes,
                   (unsigned char *)output + i * plan->p.output.bytes, &a, &b);
    free_lines(&a);
    free_lines(&b);
}
