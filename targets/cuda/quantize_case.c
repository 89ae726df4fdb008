#include "targets/cuda/quantize_case.h"

#include "vectors/problem_quantize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int tb_cuda_affine_of(const struct tb_request *request, struct tb_cuda_affine *out) {
    const int64_t most = INT32_MAX;
    struct tb_case c;
    if (strcmp(request->operation, "convert") == 0 || tb_problem_is(request->case_id) ||
        !tb_case_parse(request->case_id, &c, NULL) || !tb_case_is_affine(&c) || llabs(c.affine.zero) > most ||
        llabs(c.affine.low) > most || llabs(c.affine.high) > most)
        return 0;
    *out = (struct tb_cuda_affine){
        .scale = c.affine.scale,
        .zero = (int32_t)c.affine.zero,
        .low = (int32_t)c.affine.low,
        .high = (int32_t)c.affine.high,
        .bits = c.operation == TB_FAKEQUANT    ? 32
                : c.operation == TB_DEQUANTIZE ? c.source->bits
                                               : c.destination->bits,
    };
    return 1;
}

int tb_cuda_scaled_of(const struct tb_request *request, struct tb_cuda_scaled *out) {
    struct tb_case c;
    uint64_t largest;
    if (strcmp(request->operation, "quantize") != 0 || tb_problem_is(request->case_id) ||
        !tb_case_parse(request->case_id, &c, NULL) || c.operation != TB_SCALE_DOWN)
        return 0;
    double magnitude = fabs(c.affine.scale);
    tb_format_largest(c.destination, false, &largest);
    *out =
        (struct tb_cuda_scaled){c.affine.scale, c.affine.is_factor, tb_format_value(c.destination, largest)};
    return magnitude >= 0x1p-60 && magnitude <= 0x1p60;
}

static uint32_t source_of(const struct tb_format *f) {
    return f->bits == 32 ? 32 : f->precision == 8 ? 8 : 16;
}

int tb_cuda_array_of(const struct tb_request *request, struct tb_cuda_array *out) {
    struct tb_problem p;
    if (strcmp(request->operation, "quantize") != 0 || !tb_problem_is(request->case_id) ||
        !tb_problem_parse(request->case_id, &p, NULL) || (p.rounding != TB_RNE && p.rounding != TB_RTZ))
        return 0;
    const struct tb_quantizer q = tb_quantizer_of(&p);
    *out = (struct tb_cuda_array){
        .input_bytes = p.input.bytes,
        .output_bytes = p.output.bytes,
        .rows = q.rows,
        .columns = q.columns,
        .group = q.group,
        .scale_columns = q.scale->columns,
        .axis = (uint32_t)q.axis,
        .x = q.x->offset,
        .codes = q.codes->offset,
        .scale = q.scale->offset,
        .zero = q.zero ? q.zero->offset : 0,
        .has_zero = q.zero != NULL,
        .computed = q.method >= TB_PER_TOKEN_SYMMETRIC,
        .grouped = q.method == TB_PER_GROUP,
        .source = source_of(q.x->format),
        .truncates = p.rounding == TB_RTZ,
        .low = (int32_t)q.low,
        .high = (int32_t)q.high,
        .mask = (1u << q.codes->format->bits) - 1,
    };
    return 1;
}
