/* Sweeps that the target makes itself, on a device behind a slow bus, and why they can be believed.
 *
 * A checker that finds nothing looks like a target that is right. So each range is swept twice, once against
 * the golden staircase and once against the same with more than a thousand faults planted in it: on the first
 * and the last input, on both sides of boundaries, at seeded places and over seeded stretches. What the
 * target gave follows from each of the two answers and must be the same. Then the kernel is run, as on any
 * array, on inputs of every stretch that was found and on a seeded sample of all others, with both sides of
 * every golden boundary: its outputs must be what the sweep says. One contradiction, and there is no verdict.
 */
#ifndef TB_DEVICE_SWEEP_H
#define TB_DEVICE_SWEEP_H

#include "harness/sweep.h"

#define TB_DEVICE_SAMPLE 65536u /* seeded inputs of a domain that the kernel is run on */

/* Stretches for which a sweep has room: TB_STRETCHES; tests make it small. */
extern size_t tb_device_room;

/* Seconds on the device for the whole domain: medians of five sweeps each, with the check and without,
 * interleaved. */
struct tb_device_times {
    double checked, unchecked;
};

/* Whether the kernel sweeps this case itself: it says so, and elements have at most 32 bits. */
bool tb_device_sweeps(const struct tb_case *c, const struct tb_staircase *golden,
                      const struct tb_kernel *kernel);

/* As tb_sweep(). False and *error (TB_EXIT_TARGET) where the sweep fails or contradicts itself or the kernel,
 * TB_EXIT_SYSTEM when memory is out. */
bool tb_device_sweep(const struct tb_case *c, const struct tb_staircase *golden,
                     const struct tb_kernel *kernel, void (*progress)(uint64_t inputs), struct tb_record *out,
                     struct tb_error *error);

bool tb_device_measure(const struct tb_case *c, const struct tb_staircase *golden,
                       const struct tb_kernel *kernel, struct tb_device_times *out, struct tb_error *error);

#endif
