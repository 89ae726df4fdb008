#include "harness/gapless.h"

static void run_gapless(const void *state, const void *input, void *output, size_t count) {
    const struct tb_gapless *g = state;
    g->kernel->run(g->kernel->state, input, output, count);
    tb_layout_clear_gaps(g->layout, output, count);
}

struct tb_kernel tb_gapless_kernel(const struct tb_gapless *g) {
    return (struct tb_kernel){.run = run_gapless, .state = g};
}
