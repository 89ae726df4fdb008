/* Measuring: variants of a piece of work run back to back in slices, in rotating order, by the CPU time of
 * this thread, and the medians of their times: machines are noisy and differ, only ratios within one run mean
 * something. */
#ifndef TB_BENCH_H
#define TB_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define TB_CONTENDERS 16 /* at most, in one run */

/* One way to do the work. run() does slice number `slice` of `slices` and returns something that depends on
 * all of it. */
struct tb_contender {
    const char *name;
    uint64_t (*run)(void *context, unsigned slice, unsigned slices);
    void *context;
    double inputs;  /* in one slice */
    double seconds; /* outcome: median of a slice */
};

/* Runs all contenders over `slices` slices, `rounds` times. Under --quick over one, once: for what the
 * program does, not for how long it takes. */
void tb_bench_run(struct tb_contender *contenders, size_t count, unsigned slices, unsigned rounds);

/* One figure of the table. */
struct tb_figure {
    char name[80];
    double value, bar;
    int at_most; /* 1: value should be at most bar; 0: at least */
};
/* Prints a figure beside its bar; under --quick without, and without saying whether it is met. */
void tb_figure_print(const struct tb_figure *f);

struct tb_options;
int tb_bench_sweep(const struct tb_options *o);
int tb_bench_quantize(const struct tb_options *o);
int tb_bench_dot(const struct tb_options *o);
int tb_bench_stochastic(const struct tb_options *o);
int tb_bench_reference(const struct tb_options *o);
int tb_bench_arithmetic(const struct tb_options *o);

#endif
