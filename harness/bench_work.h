/* What the benches measure: a target's kernel on a case, over slices of the domain. */
#ifndef TB_BENCH_WORK_H
#define TB_BENCH_WORK_H

#include "harness/bench.h"
#include "harness/subject.h"
#include "vectors/staircase.h"

enum { TB_BENCH_SLICES = 64 };
/* Inputs of one slice: each is measured in its first sixteenth, 2^28 inputs a round, of every binade. */
#define TB_BENCH_INPUTS ((double)(UINT64_C(1) << 28) / TB_BENCH_SLICES)

struct tb_bench_work {
    struct tb_case c;
    struct tb_staircase golden;
    struct tb_kernel kernel;
    const struct tb_target *target; /* NULL where it could not be opened */
    uint64_t wrong;                 /* divergences seen */
};

/* Opens the target's kernel and builds the case's golden staircase. False, after a line that says so, where
 * this machine or the target does not offer it. */
bool tb_bench_open(const struct tb_subjects *s, const char *target, const char *id, struct tb_bench_work *w);
void tb_bench_close(struct tb_bench_work *w);

/* Inputs begin <= i < end of a slice, of a domain of 2^32. */
void tb_bench_range(unsigned slice, unsigned slices, uint64_t *begin, uint64_t *end);

/* Contenders; the context is a struct tb_bench_work. Generates and converts; the same and checks; the kernel
 * alone, on inputs that stay in L1; the golden staircase, built and proved (of the case alone). */
uint64_t tb_bench_unchecked(void *work, unsigned slice, unsigned slices);
uint64_t tb_bench_checked(void *work, unsigned slice, unsigned slices);
uint64_t tb_bench_alone(void *work, unsigned slice, unsigned slices);
uint64_t tb_bench_golden(void *work, unsigned slice, unsigned slices);

/* Measures the checked sweep of a case beside the unchecked one, `rounds` rounds, and prints both; `verb`
 * says what the kernel does. */
void tb_bench_check(const struct tb_subjects *s, const char *target, const char *id, unsigned rounds,
                    const char *verb, double bar);

/* A check that cannot fail measures nothing: whether one wrong output among 2^24 inputs of portable/c on a
 * case with one-byte outputs is counted; prints which. */
bool tb_bench_catches(const struct tb_subjects *s, const char *id);

/* Prints a figure that should be at most (or at least) its bar; 0: no bar. */
void tb_bench_at_most(const char *name, double value, double bar);
void tb_bench_at_least(const char *name, double value, double bar);

#endif
