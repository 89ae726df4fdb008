/* For tests: the published outputs of hardware that lie beside the project (see test_mma.c). */
#ifndef TB_MMA_DATA_H
#define TB_MMA_DATA_H

#include "vectors/mma_model.h"

struct tb_mma_file {
    const char *operands; /* format of a and b, as its files spell it: "E4M3" */
    const char *output;   /* "fp32", "fp16" */
    const char *format;   /* of a and b here */
    const char *model;    /* what reproduces it */
    uint32_t k;
    bool takes_c; /* else c = 0 */
};
extern const struct tb_mma_file tb_mma_files[];
extern const size_t tb_mma_file_count;

struct tb_mma_rows {
    size_t count;
    uint64_t *a, *b; /* count * k patterns of the format */
    uint64_t *c, *d; /* count patterns of the output's format */
};
/* The folder: TIEBREAK_TENSOR_CORE_DATA, else `beside`; NULL where there is none. */
const char *tb_mma_data_folder(const char *beside);
/* False where a file is missing or is not what the folder's README says. */
bool tb_mma_read(const char *folder, const struct tb_mma_file *file, struct tb_mma_rows *out);
void tb_mma_rows_free(struct tb_mma_rows *rows);

#endif
