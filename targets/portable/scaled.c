/* The scaled operations on integers, rounded once; of fp32 by a division or product of doubles wherever that
 * settles the answer.
 *
 * The double t nearest to x / s or x * s lies on the same side as the real one of every number that a double
 * holds, or is that number. What decides about the answer are numbers of at most 12 significant bits: the
 * codes' values and the middles between them. So a t of more bits answers for the real number, with its
 * lowest bit set for what was lost, and integers are asked for the others: one input in some thousands. */
#include "targets/portable/portable.h"

#include <stdlib.h>

enum { DECIDING_BITS = 12 };

struct scaled {
    struct portable_case c;
    struct portable_magnitude by;
    double scale;
    bool multiplies;
};

static struct portable_magnitude magnitude_of(double x) {
    static const struct portable_source fp64 = {.code_mask = UINT64_MAX,
                                                .sign_bit = UINT64_C(1) << 63,
                                                .magnitude_mask = UINT64_MAX >> 1,
                                                .last_number = UINT64_C(0x7FF) << 52,
                                                .infinity = UINT64_C(0x7FF) << 52,
                                                .kind = TB_FLOAT,
                                                .fraction_bits = 52,
                                                .bias = 1023,
                                                .has_zero = true};
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return portable_read(&fp64, bits);
}

static uint64_t exact(const struct scaled *k, uint64_t pattern) {
    static const struct portable_magnitude nan = {.class = TB_NOT_A_NUMBER};
    struct portable_magnitude x = portable_read(&k->c.source, pattern);
    if (x.class == TB_NOT_A_NUMBER || k->by.class == TB_NOT_A_NUMBER)
        return portable_write(&k->c, &nan);
    x = k->multiplies ? portable_product(x, k->by) : portable_quotient(x, k->by, true);
    return portable_write(&k->c, &x);
}

static uint64_t of_fp32(const struct scaled *k, uint32_t pattern) {
    const uint64_t below = (UINT64_C(1) << (53 - DECIDING_BITS)) - 1;
    float x;
    uint64_t bits;
    memcpy(&x, &pattern, sizeof x);
    double t = k->multiplies ? (double)x * k->scale : (double)x / k->scale;
    memcpy(&bits, &t, sizeof bits);
    int field = (int)(bits >> 52 & 0x7FF);
    if (field == 0 || field == 0x7FF || !(bits & below))
        return exact(k, pattern);
    const struct portable_magnitude m = {.class = TB_FINITE,
                                         .negative = bits >> 63,
                                         .exponent = field - 1023,
                                         .significand = UINT64_C(1) << 63 | bits << 11 | 1};
    return portable_write(&k->c, &m);
}

static void run_any(const void *state, const void *input, void *output, size_t count) {
    const struct scaled *k = state;
    for (size_t i = 0; i < count; i++)
        portable_store(output, k->c.destination.bytes, i,
                       exact(k, portable_load(input, k->c.source.bytes, i)));
}

static void run_fp32(const void *state, const void *input, void *output, size_t count) {
    const struct scaled k = *(const struct scaled *)state;
    for (size_t i = 0; i < count; i++)
        portable_store(output, k.c.destination.bytes, i, of_fp32(&k, (uint32_t)portable_load(input, 4, i)));
}

/* All answers to a source of at most 16 bits. */
static bool open_table(const struct scaled *k, const struct tb_case *c, struct tb_kernel *kernel) {
    unsigned from = tb_format_bytes(c->source), to = tb_format_bytes(c->destination);
    unsigned char *table = calloc((size_t)1 << 8 * from, to);
    for (uint64_t code = 0; table && code < tb_format_codes(c->source); code++) {
        uint64_t pattern = code << c->source->padding;
        portable_store(table, to, pattern, exact(k, pattern));
    }
    *kernel = (struct tb_kernel){.run = portable_table_run(from, to), .state = table};
    return table != NULL;
}

int portable_scaled_open(const struct tb_request *request, struct tb_kernel *kernel) {
    struct tb_case c;
    struct scaled k = {0};
    struct tb_request conversion = *request;
    conversion.operation = "convert";
    conversion.parameters = "";
    if (!tb_case_parse(request->case_id, &c, NULL) || !tb_case_is_scaled(&c) ||
        !portable_compile(&conversion, &k.c))
        return 0;
    k.scale = c.affine.scale;
    k.by = magnitude_of(k.scale);
    k.multiplies = c.operation == TB_SCALE_UP || c.affine.is_factor;
    if (tb_format_bytes(c.source) <= 2)
        return open_table(&k, &c, kernel);
    struct scaled *state = malloc(sizeof *state);
    if (!state)
        return 0;
    *state = k;
    bool fast = strcmp(c.source->name, "fp32") == 0 && c.destination->precision < DECIDING_BITS;
    *kernel = (struct tb_kernel){.run = fast ? run_fp32 : run_any, .state = state};
    return 1;
}
