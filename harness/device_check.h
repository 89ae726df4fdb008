/* The parts of device_sweep.c that do the believing: staircases with planted faults, what a list of stretches
 * says about the target, and the kernel run again on the host's word. */
#ifndef TB_DEVICE_CHECK_H
#define TB_DEVICE_CHECK_H

#include "harness/recorder.h"
#include "vectors/golden_file.h"

/* A staircase as the target interface has it. */
struct tb_flat {
    size_t count;
    uint32_t *first, *code;
};

struct tb_batch; /* inputs that wait for the kernel */

struct tb_device {
    const struct tb_case *c;
    const struct tb_staircase *golden;
    const struct tb_kernel *kernel;
    int padding;
    struct tb_flat plain, planted; /* golden, and with faults */
    struct tb_found *found;        /* of the last sweep */
    size_t room;
    struct tb_batch *batch;
    uint64_t random;
    struct tb_recorder recorder;
};

struct tb_range {
    uint64_t first, last; /* patterns, both inside */
};

/* Fills in all but the recorder; tb_device_close() is due in any case. */
bool tb_device_open(struct tb_device *d, const struct tb_case *c, const struct tb_staircase *golden,
                    const struct tb_kernel *kernel, struct tb_error *error);
void tb_device_close(struct tb_device *d);

/* Puts the stretches found in ascending order; refuses those that lie outside the range, overlap, hold what
 * is no pattern or code, or are not `differing` inputs together. */
bool tb_device_order(struct tb_device *d, size_t found, const struct tb_range *range, uint64_t differing,
                     struct tb_error *error);
/* The expected codes of a range with the stretches laid over them, which must differ from them. */
bool tb_device_lay(const struct tb_device *d, const struct tb_flat *expected, size_t found,
                   const struct tb_range *range, struct tb_staircase *out, struct tb_error *error);
/* Whether two sweeps told of the same target. */
bool tb_device_agree(const struct tb_staircase *plain, const struct tb_staircase *planted,
                     struct tb_error *error);
/* Runs the kernel on inputs of every stretch and on a sample of the range, indices [begin, end). */
bool tb_device_rerun(struct tb_device *d, const struct tb_staircase *told, uint64_t begin, uint64_t end,
                     struct tb_error *error);

#endif
