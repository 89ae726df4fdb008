/* nvidia/headers: the conversions of NVIDIA's own headers, as CPU code under test. */
#include "targets/nvidia/nvidia.h"
#include "targets/families.h"

#include <string.h>

#if !NVIDIA_NARROW
const struct nvidia_conversion nvidia_narrow[] = {
    {NULL, NULL, NULL, NULL, NULL, NULL}
};
#endif
#if !NVIDIA_HALF
const struct nvidia_conversion nvidia_half[] = {
    {NULL, NULL, NULL, NULL, NULL, NULL}
};
const struct nvidia_operation nvidia_operations[] = {
    {NULL, NULL, NULL}
};
#endif

static const char *unavailable(void) {
    return NVIDIA_NARROW ? NULL : "cuda_fp8.h was not found when this was built";
}

static const struct nvidia_conversion *find(const struct nvidia_conversion *row, const struct tb_request *r) {
    for (; row->source; row++)
        if (strcmp(row->source, r->source) == 0 && strcmp(row->destination, r->destination) == 0 &&
            strcmp(row->rounding, r->rounding) == 0 && strcmp(row->overflow, r->overflow) == 0)
            return row;
    return NULL;
}

/* On the host the headers widen to float, operate and narrow, which canonicalises NaN. */
static int open_operation(const struct tb_request *r, struct tb_kernel *kernel) {
    if (strcmp(r->source, r->destination) != 0 || strcmp(r->rounding, "rne") != 0 ||
        strcmp(r->overflow, "inf") != 0)
        return 0;
    for (const struct nvidia_operation *o = nvidia_operations; o->operation; o++)
        if (strcmp(o->operation, r->operation) == 0 && strcmp(o->format, r->source) == 0) {
            *kernel = (struct tb_kernel){.run = o->run, .claim = "via-fp32+nan-positive"};
            return 1;
        }
    return 0;
}

static int open_headers(const struct tb_request *request, struct tb_kernel *kernel) {
    if (strcmp(request->operation, "convert") != 0)
        return open_operation(request, kernel);
    const struct nvidia_conversion *row = find(nvidia_narrow, request);
    if (!row)
        row = find(nvidia_half, request);
    if (!row)
        return 0;
    *kernel = (struct tb_kernel){.run = row->run, .claim = row->claim};
    return 1;
}

static const struct tb_target headers = {
    .abi = TIEBREAK_TARGET_ABI,
    .name = "nvidia/headers",
    .summary = "NVIDIA's cuda_fp8.h, fp6, fp4, fp16 and bf16 on the CPU: the code that GPUs without the "
               "instruction run",
    .unavailable = unavailable,
    .open = open_headers,
};

const struct tb_target *const tb_nvidia_targets[] = {&headers, NULL};
