/* Which instructions may be executed: CPUID says that the CPU has them, XGETBV that the operating system
 * keeps their registers. */
#include "targets/x86/x86.h"

#include <cpuid.h>
#include <stdbool.h>
#include <stdlib.h>

/* Where CPUID tells of a feature: leaf, subleaf, register (0 a, 1 b, 2 c, 3 d), bit; and the bits of XCR0 it
 * needs. */
struct feature {
    const char *missing;
    unsigned leaf, subleaf, word, bit, state;
};

enum { YMM_STATE = 0x06, ZMM_STATE = 0xE6 };

/* clang-format off */
static const struct feature avx2[] = {
    /* missing                       leaf sub word bit  state */
    {"this CPU lacks avx",             1,  0,   2,  28, YMM_STATE},
    {"this CPU lacks f16c",            1,  0,   2,  29, YMM_STATE},
    {"this CPU lacks fma",             1,  0,   2,  12, YMM_STATE},
    {"this CPU lacks avx2",            7,  0,   1,   5, YMM_STATE},
    {0},
};
static const struct feature f16c[] = {
    {"this CPU lacks avx",             1,  0,   2,  28, YMM_STATE},
    {"this CPU lacks f16c",            1,  0,   2,  29, YMM_STATE},
    {0},
};
static const struct feature avx512[] = {
    {"this CPU lacks avx512f",         7,  0,   1,  16, ZMM_STATE},
    {"this CPU lacks avx512dq",        7,  0,   1,  17, ZMM_STATE},
    {"this CPU lacks avx512bw",        7,  0,   1,  30, ZMM_STATE},
    {"this CPU lacks avx512vl",        7,  0,   1,  31, ZMM_STATE},
    {0},
};
static const struct feature vnni[] = {
    {"this CPU lacks avx512_vnni",     7,  0,   2,  11, ZMM_STATE},
    {0},
};
static const struct feature bf16[] = {
    {"this CPU lacks avx512_bf16",     7,  1,   0,   5, ZMM_STATE},
    {0},
};
static const struct feature fp16[] = {
    {"this CPU lacks avx512_fp16",     7,  0,   3,  23, ZMM_STATE},
    {0},
};
/* clang-format on */

static unsigned enabled_state(void) {
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static const char *first_missing(const struct feature *f) {
    const unsigned state = enabled_state();
    for (; f->missing; f++) {
        unsigned word[4] = {0};
        if (!__get_cpuid_count(f->leaf, f->subleaf, &word[0], &word[1], &word[2], &word[3]) ||
            !(word[f->word] >> f->bit & 1))
            return f->missing;
        if ((state & f->state) != f->state)
            return f->state == ZMM_STATE ? "this system does not enable 512-bit registers"
                                         : "this system does not enable 256-bit registers";
    }
    return NULL;
}

const char *tb_x86_lacks_f16c(void) {
    return first_missing(f16c);
}

const char *tb_x86_lacks_avx2(void) {
    return first_missing(avx2);
}

const char *tb_x86_lacks_avx512(void) {
    return first_missing(avx512);
}

const char *tb_x86_lacks_avx512vnni(void) {
    const char *missing = first_missing(avx512);
    return missing ? missing : first_missing(vnni);
}

const char *tb_x86_lacks_avx512bf16(void) {
    const char *missing = first_missing(avx512);
    return missing ? missing : first_missing(bf16);
}

const char *tb_x86_lacks_avx512fp16(void) {
    const char *missing = first_missing(avx512);
    return missing ? missing : first_missing(fp16);
}

void tb_x86_close_plan(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}
