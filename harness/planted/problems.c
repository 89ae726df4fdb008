/* Operations on arrays that are wrong on purpose. What each must be found out as stands in planted.h.
 *
 * Each takes the one shape of its problem that planted.h asks for, and computes by loops over that shape that
 * share nothing with the reference. */
#include "lists.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ---- gemm/uint8/int8/int32/m=3,n=5,k=67 ---- */

enum { M = 3, N = 5, K = 67, GEMM_IN = 536, GEMM_OUT = 64 }; /* bytes of a record, multiples of 8 */

static int32_t product(const uint8_t *a, const int8_t *b, int row, int column, int k) {
    return k < K ? a[row * K + k] * b[k * N + column] : 0;
}

/* vpmaddubsw, whose sums of two products saturate at 16 bits, then a sum in 32. */
static int32_t sum_of_pairs(const uint8_t *a, const int8_t *b, int row, int column) {
    int32_t sum = 0;
    for (int k = 0; k < K; k += 2) {
        int32_t pair = product(a, b, row, column, k) + product(a, b, row, column, k + 1);
        sum += pair > INT16_MAX ? INT16_MAX : pair < INT16_MIN ? INT16_MIN : pair;
    }
    return sum;
}

static int32_t sum_of_all(const uint8_t *a, const int8_t *b, int row, int column) {
    int32_t sum = 0;
    for (int k = 0; k < K; k++)
        sum += product(a, b, row, column, k);
    return sum;
}

static inline void multiply(const void *input, void *output, size_t count,
                            int32_t (*sum)(const uint8_t *, const int8_t *, int, int)) {
    for (size_t record = 0; record < count; record++) {
        const uint8_t *a = (const uint8_t *)input + record * GEMM_IN;
        const int8_t *b = (const int8_t *)a + M * K;
        for (int i = 0; i < M * N; i++) {
            int32_t out = sum(a, b, i / N, i % N);
            memcpy((char *)output + record * GEMM_OUT + i * 4, &out, 4);
        }
    }
}

static void gemm_right(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    multiply(input, output, count, sum_of_all);
}
static void gemm_saturates(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    multiply(input, output, count, sum_of_pairs);
}

/* ---- pack/uint4/int32/...: 32 rows and 16 columns of codes, one a byte. ---- */

enum { ROWS = 32, COLUMNS = 16, CODES = ROWS * COLUMNS, WORDS = CODES / 8, PACK_OUT = 4 * WORDS };

/* Code `i` of word `w`: eight rows of a column, or eight columns of a row. */
static unsigned code_of(const uint8_t *codes, int w, int i, bool down) {
    return down ? codes[(w / COLUMNS * 8 + i) * COLUMNS + w % COLUMNS] : codes[w * 8 + i];
}

static inline void pack(const void *input, void *output, size_t count, bool down, int swap, unsigned less) {
    for (size_t record = 0; record < count; record++)
        for (int w = 0; w < WORDS; w++) {
            uint32_t word = 0;
            for (int i = 0; i < 8; i++) {
                unsigned code = code_of((const uint8_t *)input + record * CODES, w, i, down);
                word |= ((code - less) & 15) << 4 * (i ^ swap);
            }
            memcpy((char *)output + record * PACK_OUT + w * 4, &word, 4);
        }
}

static void rows_right(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    pack(input, output, count, true, 0, 0);
}
static void rows_swapped(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    pack(input, output, count, true, 1, 0);
}
static void zeros_right(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    pack(input, output, count, false, 0, 0);
}
static void zeros_less_one(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    pack(input, output, count, false, 0, 1);
}

/* ---- The table: name, case, function, summary. ---- */

/* clang-format off */
#define PROBLEMS(X) \
    X(gemm_right,     "gemm-honest",          PLANTED_GEMM,  "no fault") \
    X(gemm_saturates, "gemm-pairs-saturate",  PLANTED_GEMM,  "sums of two products saturate at 16 bits") \
    X(rows_right,     "pack-honest",          PLANTED_ROWS,  "no fault") \
    X(rows_swapped,   "pack-nibbles-swapped", PLANTED_ROWS,  "swaps the nibbles of each byte") \
    X(zeros_right,    "zeros-honest",         PLANTED_ZEROS, "no fault") \
    X(zeros_less_one, "pack-zero-less-one",   PLANTED_ZEROS, "packs zero points less one, where the format has them as they are")
/* clang-format on */

static int offer(const struct tb_request *request, const char *id, struct tb_kernel *kernel, tb_run_fn *run) {
    *kernel = (struct tb_kernel){.run = run};
    return strcmp(request->case_id, id) == 0;
}

#define DEFINE(ID, NAME, CASE, SUMMARY)                                                                      \
    static int open_##ID(const struct tb_request *request, struct tb_kernel *kernel) {                       \
        return offer(request, CASE, kernel, ID);                                                             \
    }                                                                                                        \
    static const struct tb_target target_##ID = {                                                            \
        TIEBREAK_TARGET_ABI, "planted/" NAME, "planted fault: " SUMMARY, NULL, open_##ID, NULL, NULL};
PROBLEMS(DEFINE)

#define LIST(ID, NAME, CASE, SUMMARY) &target_##ID,
const struct tb_target *const planted_problem_targets[] = {PROBLEMS(LIST) NULL};
