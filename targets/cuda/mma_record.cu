/* Requests of matrix multiply-add, and what each device is known to compute. */
#include "targets/cuda/mma_record.cuh"

#include <stdlib.h>

/* ---- What is known. The fp8 of mma.sync is one instruction on 8.9 and 12.x; on 9.0 and 10.x ptxas makes
 * fp16 steps of it (test 'machine code'). ---- */

const tb_mma_claim tb_mma_fp16_claims[] = {
    {80, 89,  "a100-fp16"},
    {90, 129, "h100-fp16"},
    {0,  0,   NULL       }
};
const tb_mma_claim tb_mma_bf16_claims[] = {
    {80, 89,  "a100-bf16"},
    {90, 129, "h100-bf16"},
    {0,  0,   NULL       }
};
const tb_mma_claim tb_mma_tf32_claims[] = {
    {80, 89,  "a100-tf32"},
    {90, 129, "h100-tf32"},
    {0,  0,   NULL       }
};
const tb_mma_claim tb_mma_tf32_k4_claims[] = {
    {80, 89,  "a100-tf32"   },
    {90, 129, "h100-tf32-k4"},
    {0,  0,   NULL          }
};
const tb_mma_claim tb_mma_fp8_claims[] = {
    {89,  89,  "ada-fp8"     },
    {90,  109, "h100-mma-fp8"},
    {120, 129, "b200-fp8"    },
    {0,   0,   NULL          }
};
const tb_mma_claim tb_mma_wgmma_fp8_claims[] = {
    {90, 90, "h100-wgmma-fp8"},
    {0,  0,  NULL            }
};
const tb_mma_claim tb_mma_wrap_claims[] = {
    {0, 999, "int32-wrap"},
    {0, 0,   NULL        }
};
const tb_mma_claim tb_mma_clamp_claims[] = {
    {0, 999, "int32-clamp-32"},
    {0, 0,   NULL            }
};

static const char *claim_of(const tb_mma_claim *claim) {
    const int capability = TB_CUDA_MMA_CAPABILITY;
    for (; claim->model; claim++)
        if (claim->from <= capability && capability <= claim->to)
            return claim->model;
    return NULL;
}

/* ---- Requests. ---- */

namespace {
struct field {
    char format[16];
    uint32_t rows, columns, bytes;
};

struct plan {
    tb_mma_record record;
    tb_mma_run_fn *run;
};
} // namespace

static uint32_t bytes_of(const char *format) {
    static const struct {
        const char *name;
        uint32_t bytes;
    } known[] = {
        {"e4m3fn", 1},
        {"e5m2",   1},
        {"int8",   1},
        {"uint8",  1},
        {"fp16",   2},
        {"bf16",   2},
        {"tf32",   4},
        {"fp32",   4},
        {"int32",  4},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, format) == 0)
            return known[i].bytes;
    return 0;
}

/* "int8[8x64]", "int8[64]" for one row, "int8" for one element. */
static bool read_field(const char **text, field *f) {
    const char *at = *text + strspn(*text, " ");
    size_t length = strcspn(at, " [");
    if (!length || length >= sizeof f->format)
        return false;
    memcpy(f->format, at, length);
    f->format[length] = '\0';
    f->rows = f->columns = 1;
    at += length;
    if (*at == '[') {
        char *end;
        f->columns = (uint32_t)strtoul(at + 1, &end, 10);
        if (*end == 'x') {
            f->rows = f->columns;
            f->columns = (uint32_t)strtoul(end + 1, &end, 10);
        }
        if (*end != ']')
            return false;
        at = end + 1;
    }
    f->bytes = bytes_of(f->format);
    *text = at;
    return f->bytes && f->rows && f->columns;
}

static uint32_t place(uint32_t *used, const field &f) {
    const uint32_t offset = (*used + f.bytes - 1) / f.bytes * f.bytes;
    *used = offset + f.rows * f.columns * f.bytes;
    return offset;
}

static uint32_t whole(uint32_t used) {
    return (used + 7) / 8 * 8;
}

bool tb_mma_read_request(const tb_request *request, tb_mma_record *r, tb_mma_formats *f) {
    const char *source = request->source, *destination = request->destination;
    field a, b, c, d;
    if (strcmp(request->operation, "mma") != 0 || !read_field(&source, &a) || !read_field(&source, &b) ||
        !read_field(&source, &c) || !read_field(&destination, &d))
        return false;
    uint32_t in = 0, out = 0;
    *r = tb_mma_record{
        a.rows, b.columns, a.columns, 0, 0, 0, request->source_bytes, request->destination_bytes};
    r->a = place(&in, a);
    r->b = place(&in, b);
    r->c = place(&in, c);
    place(&out, d);
    memcpy(f->a, a.format, sizeof f->a);
    memcpy(f->b, b.format, sizeof f->b);
    memcpy(f->c, c.format, sizeof f->c);
    memcpy(f->d, d.format, sizeof f->d);
    return b.rows == r->k && c.rows == r->m && c.columns == r->n && d.rows == r->m && d.columns == r->n &&
           whole(in) == r->input_bytes && whole(out) == r->output_bytes;
}

/* ---- Opening. ---- */

static void run_plan(const void *state, const void *input, void *output, size_t count) {
    const plan *p = static_cast<const plan *>(state);
    if (count)
        p->run(p->record, input, output, count);
}

int tb_mma_open(const tb_mma_instruction *rows, const tb_request *request, tb_kernel *kernel) {
    tb_mma_record record;
    tb_mma_formats f;
    if (!tb_mma_read_request(request, &record, &f))
        return 0;
    for (const tb_mma_instruction *row = rows; row->a; row++) {
        if (strcmp(row->a, f.a) != 0 || strcmp(row->b, f.b) != 0 || strcmp(row->d, f.c) != 0 ||
            strcmp(row->d, f.d) != 0)
            continue;
        plan *p = static_cast<plan *>(malloc(sizeof *p));
        if (!p)
            return tb_cuda_open_failed(kernel, "a plan of matrix multiply-add");
        *p = plan{record, row->run};
        *kernel = tb_kernel();
        kernel->run = run_plan;
        kernel->state = p;
        kernel->failure = tb_cuda_failure;
        kernel->claim = record.k <= row->exact_up_to ? NULL : claim_of(row->claims);
        return 1;
    }
    return 0;
}

void tb_mma_close(tb_kernel *kernel) {
    free(const_cast<void *>(kernel->state));
    kernel->state = NULL;
}
