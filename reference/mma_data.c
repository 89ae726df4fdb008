/* Reads the folder H100 of the published data: a and b as fp32 hex patterns, c and d as 32 binary digits. */
#include "reference/mma_data.h"

#include "reference/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FP8 into fp32 is wgmma with c = 0; FP8 into fp16 is mma.sync with c rounded to fp16. */
const struct tb_mma_file tb_mma_files[] = {
    {"E4M3", "fp32", "e4m3fn", "h100-wgmma-fp8", 32, false},
    {"E5M2", "fp32", "e5m2",   "h100-wgmma-fp8", 32, false},
    {"E4M3", "fp16", "e4m3fn", "h100-mma-fp8",   32, true },
    {"E5M2", "fp16", "e5m2",   "h100-mma-fp8",   32, true },
    {"fp16", "fp32", "fp16",   "h100-fp16",      16, true },
    {"fp16", "fp16", "fp16",   "h100-fp16",      16, true },
    {"bf16", "fp32", "bf16",   "h100-bf16",      16, true },
    {"tf32", "fp32", "tf32",   "h100-tf32",      4,  true },
};
const size_t tb_mma_file_count = sizeof tb_mma_files / sizeof tb_mma_files[0];

const char *tb_mma_data_folder(const char *beside) {
    const char *folder = getenv("TIEBREAK_TENSOR_CORE_DATA");
    if (!folder)
        folder = beside;
    return access(folder, R_OK) == 0 ? folder : NULL;
}

static uint64_t convert(const char *to, uint32_t pattern) {
    const struct tb_case c = {.source = tb_format_find("fp32", NULL),
                              .destination = tb_format_find(to, NULL),
                              .rounding = TB_RNE,
                              .overflow = TB_TO_INF};
    return tb_integer_convert(&c, pattern);
}

/* Numbers to a base, converted into a format; at most `room` of them. */
static size_t read_file(const char *folder, const char *letter, const struct tb_mma_file *f, const char *last,
                        int base, const char *format, uint64_t *out, size_t room) {
    char path[1024], *line = NULL;
    size_t count = 0, size = 0;
    snprintf(path, sizeof path, "%s/H100/%s_%s_H100_%s.txt", folder, f->operands, letter, last);
    FILE *file = fopen(path, "r");
    while (file && getline(&line, &size, file) > 0)
        for (char *at = line, *end; count < room; at = end) {
            uint32_t pattern = (uint32_t)strtoul(at, &end, base);
            if (end == at)
                break;
            out[count++] = strcmp(format, "fp32") == 0 ? pattern : convert(format, pattern);
        }
    free(line);
    if (file)
        fclose(file);
    return count;
}

enum { MOST = 5000 }; /* rows in the original files */

bool tb_mma_read(const char *folder, const struct tb_mma_file *f, struct tb_mma_rows *out) {
    *out = (struct tb_mma_rows){.a = calloc(MOST * f->k, sizeof *out->a),
                                .b = calloc(MOST * f->k, sizeof *out->b),
                                .c = calloc(MOST, sizeof *out->c),
                                .d = calloc(MOST, sizeof *out->d)};
    if (!out->a || !out->b || !out->c || !out->d)
        abort();
    size_t a = read_file(folder, "a", f, f->operands, 16, f->format, out->a, MOST * f->k);
    size_t b = read_file(folder, "b", f, f->operands, 16, f->format, out->b, MOST * f->k);
    size_t c = read_file(folder, "c", f, "fp32", 2, f->output, out->c, MOST);
    out->count = read_file(folder, "d", f, f->output, 2, f->output, out->d, MOST);
    for (size_t i = 0; i < c && !f->takes_c; i++)
        out->c[i] = 0;
    return out->count && c == out->count && a == out->count * f->k && b == a;
}

void tb_mma_rows_free(struct tb_mma_rows *rows) {
    free(rows->a);
    free(rows->b);
    free(rows->c);
    free(rows->d);
    *rows = (struct tb_mma_rows){0};
}
