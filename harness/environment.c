#include "harness/environment.h"

#include <fenv.h>
#include <stdio.h>
#include <string.h>

const struct tb_condition tb_conditions[TB_CONDITIONS] = {
    {"default", "nearest-even, nothing flushed"                             },
    {"daz",     "subnormal inputs read as zero"                             },
    {"ftz+daz", "subnormal inputs read as zero, subnormal results made zero"},
    {"rtz",     "rounding toward zero"                                      },
    {"ru",      "rounding toward +infinity"                                 },
    {"rd",      "rounding toward -infinity"                                 },
};

/* A field of the control register, for people. */
struct field {
    uint64_t mask, value; /* the setting holds when (control & mask) == value */
    const char *name;
};

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>

#define REGISTER      "MXCSR"
#define CONTROL       0xffc0u /* all but the six flags */
#define DEFAULT       0x1f80u
#define X87_DEFAULT   0x037fu
#define X87_TAGS_FREE 0xffffu

static const struct field fields[] = {
    {0x8000, 0x8000, "FTZ"                       },
    {0x0040, 0x0040, "DAZ"                       },
    {0x6000, 0x2000, "rounding toward -infinity" },
    {0x6000, 0x4000, "rounding toward +infinity" },
    {0x6000, 0x6000, "rounding toward zero"      },
    {0x0080, 0,      "the trap on invalid"       },
    {0x0100, 0,      "the trap on denormal"      },
    {0x0200, 0,      "the trap on divide-by-zero"},
    {0x0400, 0,      "the trap on overflow"      },
    {0x0800, 0,      "the trap on underflow"     },
    {0x1000, 0,      "the trap on inexact"       },
};

/* One row a condition, in the order of tb_conditions. */
static const struct tb_environment conditions[TB_CONDITIONS] = {
    {DEFAULT,          0xffff037f},
    {DEFAULT | 0x0040, 0xffff037f},
    {DEFAULT | 0x8040, 0xffff037f},
    {DEFAULT | 0x6000, 0xffff0f7f},
    {DEFAULT | 0x4000, 0xffff0b7f},
    {DEFAULT | 0x2000, 0xffff077f},
};

struct x87_image {
    uint32_t control, status, tags, rest[4];
};

struct tb_environment tb_environment_now(void) {
    struct x87_image image;
    /* fnstenv masks the x87 exceptions as it stores: fldenv puts them back */
    __asm__ volatile("fnstenv %0\n\tfldenv %0" : "+m"(image));
    return (struct tb_environment){_mm_getcsr() & CONTROL,
                                   (image.tags & 0xffff) << 16 | (image.control & 0xffff)};
}

void tb_environment_set(const struct tb_environment *e) {
    uint16_t control = (uint16_t)e->x87;
    __asm__ volatile("fninit\n\tfldcw %0" : : "m"(control));
    _mm_setcsr((uint32_t)e->control & CONTROL);
}

/* What only x86 has besides its one control register. */
static size_t describe_x87(const struct tb_environment *before, const struct tb_environment *after,
                           char *text, size_t size) {
    uint32_t was = before->x87 & 0xffff, is = after->x87 & 0xffff;
    text[0] = '\0';
    if (was != is)
        snprintf(text, size, "the x87 control word changed from 0x%x to 0x%x", was, is);
    else if (before->x87 != after->x87)
        snprintf(text, size, "the x87 stack was left in use (MMX without emms)");
    return strlen(text);
}

#elif defined(__aarch64__)

#define REGISTER "FPCR"
#define CONTROL  0x07ffffffu
#define DEFAULT  0u

static const struct field fields[] = {
    {1u << 24, 1u << 24, "FZ"                       },
    {1u << 19, 1u << 19, "FZ16"                     },
    {1u << 0,  1u << 0,  "FIZ"                      },
    {1u << 25, 1u << 25, "DN"                       },
    {1u << 26, 1u << 26, "AHP"                      },
    {3u << 22, 1u << 22, "rounding toward +infinity"},
    {3u << 22, 2u << 22, "rounding toward -infinity"},
    {3u << 22, 3u << 22, "rounding toward zero"     },
};

static const struct tb_environment conditions[TB_CONDITIONS] = {
    {DEFAULT,             0},
    {1u,                  0}, /* FIZ: FEAT_AFP only */
    {1u << 24 | 1u << 19, 0},
    {3u << 22,            0},
    {1u << 22,            0},
    {2u << 22,            0},
};

struct tb_environment tb_environment_now(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return (struct tb_environment){control & CONTROL, 0};
}

void tb_environment_set(const struct tb_environment *e) {
    uint64_t control = e->control;
    __asm__ volatile("msr fpcr, %0" : : "r"(control));
}

static size_t describe_x87(const struct tb_environment *before, const struct tb_environment *after,
                           char *text, size_t size) {
    (void)before, (void)after, (void)size;
    text[0] = '\0';
    return 0;
}

#else

#define REGISTER "rounding mode"

static const struct field fields[] = {
    {~(uint64_t)0, FE_UPWARD,     "rounding toward +infinity"},
    {~(uint64_t)0, FE_DOWNWARD,   "rounding toward -infinity"},
    {~(uint64_t)0, FE_TOWARDZERO, "rounding toward zero"     },
};

#define NOT_HERE UINT64_MAX
static const struct tb_environment conditions[TB_CONDITIONS] = {
    {FE_TONEAREST,  0},
    {NOT_HERE,      0},
    {NOT_HERE,      0},
    {FE_TOWARDZERO, 0},
    {FE_UPWARD,     0},
    {FE_DOWNWARD,   0},
};

struct tb_environment tb_environment_now(void) {
    return (struct tb_environment){(uint64_t)fegetround(), 0};
}

void tb_environment_set(const struct tb_environment *e) {
    fesetround((int)e->control);
}

static size_t describe_x87(const struct tb_environment *before, const struct tb_environment *after,
                           char *text, size_t size) {
    (void)before, (void)after, (void)size;
    text[0] = '\0';
    return 0;
}
#endif

void tb_environment_set_default(void) {
    tb_environment_set(&conditions[0]);
}

bool tb_environment_same(const struct tb_environment *a, const struct tb_environment *b) {
    return a->control == b->control && a->x87 == b->x87;
}

/* The settings that hold in `after` and did not in `before`: "FTZ and DAZ left set", else "nearest-even left
 * set". */
static void describe_fields(uint64_t before, uint64_t after, char *text, size_t size) {
    const char *names[sizeof fields / sizeof *fields];
    size_t count = 0, used = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if ((after & fields[i].mask) == fields[i].value && (before & fields[i].mask) != fields[i].value)
            names[count++] = fields[i].name;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 !i              ? ""
                                 : i + 1 < count ? ", "
                                                 : " and ",
                                 names[i]);
    if (used < size)
        snprintf(text + used, size - used, "%s", count ? " left set" : "settings taken back");
}

bool tb_environment_describe(const struct tb_environment *before, const struct tb_environment *after,
                             char *text, size_t size) {
    char set[160];
    if (tb_environment_same(before, after))
        return false;
    size_t used = describe_x87(before, after, text, size);
    if (before->control != after->control && used < size) {
        describe_fields(before->control, after->control, set, sizeof set);
        snprintf(text + used, size - used, "%s" REGISTER " changed from 0x%llx to 0x%llx: %s",
                 used ? "; " : "", (unsigned long long)before->control, (unsigned long long)after->control,
                 set);
    }
    return true;
}

bool tb_environment_condition(const char *name, struct tb_environment *out, struct tb_error *error) {
    struct tb_environment before = tb_environment_now();
    for (size_t i = 0; i < TB_CONDITIONS; i++) {
        if (strcmp(name, tb_conditions[i].name) != 0)
            continue;
        *out = conditions[i];
        tb_environment_set(out); /* the only sure way to learn what this CPU has: set it and look */
        struct tb_environment got = tb_environment_now();
        tb_environment_set(&before);
        if (tb_environment_same(&got, out))
            return true;
        return tb_fail(error, TB_EXIT_USAGE, "condition '%s' is not one that this machine can set", name);
    }
    return tb_fail(error, TB_EXIT_USAGE,
                   "condition '%s' is not known: default, daz, ftz+daz, rtz, ru, rd are", name);
}
