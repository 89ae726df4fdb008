/* A plug-in for the command-line tests: widens bf16 to fp32, wrong in the way that PLANTED_MOOD names. Some
 * moods sweep their domain themselves, as a device would; the mood "packs" packs codes instead. */
#include "targets/target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t exact(uint16_t x) {
    return (uint32_t)x << 16;
}

static uint32_t daz(uint16_t x) {
    return x & 0x7f80 ? exact(x) : exact(x & 0x8000);
}

/* Wrong on one input, or on another one, or on three. */
static uint32_t one(uint16_t x) {
    return x == 0x3f80 ? 0x3f800001 : exact(x);
}
static uint32_t other(uint16_t x) {
    return x == 0x3f90 ? 0x3f900001 : exact(x);
}
static uint32_t three(uint16_t x) {
    return x == 0x3f80 || x == 0x4000 || x == 0xc000 ? exact(x) + 1 : exact(x);
}

static uint32_t crash(uint16_t x) {
    if (x == 0x3f80)
        abort();
    return exact(x);
}

static uint32_t stuck(uint16_t x) {
    while (x == 0x3f80)
        pause();
    return exact(x);
}

/* How the device fares. */
enum device {
    NONE,
    WELL,
    BLIND, /* finds nothing */
    LOST,  /* after some calls */
    FULL,  /* from the start */
};

static const struct mood {
    const char *name;
    uint32_t (*convert)(uint16_t);
    const char *claim;
    enum device device;
} moods[] = {
    {"exact",              exact, NULL,  NONE },
    {"daz",                daz,   NULL,  NONE },
    {"claimed",            daz,   "daz", NONE },
    {"liar",               one,   "daz", NONE },
    {"one",                one,   NULL,  NONE },
    {"other",              other, NULL,  NONE },
    {"three",              three, NULL,  NONE },
    {"crash",              crash, NULL,  NONE },
    {"stuck",              stuck, NULL,  NONE },
    {"device",             daz,   "daz", WELL },
    {"device-right",       exact, NULL,  WELL },
    {"device-blind",       daz,   NULL,  BLIND},
    {"device-blind-right", exact, NULL,  BLIND},
    {"device-lost",        exact, NULL,  LOST },
    {"device-full",        exact, NULL,  FULL },
};

static unsigned calls;

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct mood *mood = state;
    calls++;
    for (size_t i = 0; i < count; i++) {
        uint16_t x;
        memcpy(&x, (const char *)input + 2 * i, 2);
        uint32_t y = mood->convert(x);
        memcpy((char *)output + 4 * i, &y, 4);
    }
}

/* Packs 15 codes, two a byte, the first of them high. A record has 16 bytes of input, 8 of output. */
static void run_packs(const void *state, const void *input, void *output, size_t count) {
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *codes = (const unsigned char *)input + 16 * i;
        for (int w = 0; w < 8; w++)
            ((unsigned char *)output)[8 * i + w] =
                (unsigned char)(codes[2 * w] << 4 | (w < 7 ? codes[2 * w + 1] : 0));
    }
}

static const char *failure(const void *state) {
    const struct mood *mood = state;
    return mood->device == FULL                  ? "out of memory (error 2)"
           : mood->device == LOST && calls > 100 ? "unspecified launch failure (error 719)"
                                                 : NULL;
}

static int sweep(const void *state, const struct tb_sweep_request *r, struct tb_sweep_answer *a) {
    const struct mood *mood = state;
    size_t at = 0;
    *a = (struct tb_sweep_answer){.seconds = r->unchecked ? 0.0016 : 0.002};
    for (uint64_t i = r->begin; i < r->end && !r->unchecked && mood->device != BLIND; i++) {
        while (at + 1 < r->count && r->first[at + 1] <= i)
            at++;
        uint32_t got = mood->convert((uint16_t)i);
        if (got == r->code[at])
            continue;
        a->differing++;
        if (a->found < r->capacity)
            r->found[a->found++] = (struct tb_found){(uint32_t)i, (uint32_t)i, got};
        else
            a->overflow = 1;
    }
    return 1;
}

static void tell(struct tb_provenance *p) {
    *p = (struct tb_provenance){
        .device = "Moody 9000 (TM), 1 SM", .driver = "driver 1.2", .compiler = "moodc 3", .flags = "-Omood"};
}

static int offer(const struct tb_request *request, struct tb_kernel *kernel) {
    const char *name = getenv("PLANTED_MOOD");
    if (name && strcmp(name, "packs") == 0 &&
        strcmp(request->case_id, "pack/uint4/uint8/low-first/rows=3,columns=5") == 0) {
        *kernel = (struct tb_kernel){.run = run_packs};
        return 1;
    }
    for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++)
        if (strcmp(moods[i].name, name ? name : "exact") == 0 &&
            strcmp(request->case_id, "convert/bf16/fp32/exact") == 0) {
            *kernel = (struct tb_kernel){.run = run, .state = &moods[i], .claim = moods[i].claim};
            kernel->failure = failure;
            if (moods[i].device)
                kernel->sweep = sweep;
            return 1;
        }
    return 0;
}

static const char *gone(void) {
    const char *name = getenv("PLANTED_MOOD");
    return name && strcmp(name, "away") == 0 ? "it is away today" : NULL;
}

static const struct tb_target moody = {.abi = TIEBREAK_TARGET_ABI,
                                       .name = "planted/moody",
                                       .summary = "widens bf16 as PLANTED_MOOD says",
                                       .unavailable = gone,
                                       .open = offer,
                                       .provenance = tell};
static const struct tb_target *const targets[] = {&moody, NULL};

const struct tb_target *const *tiebreak_targets(uint32_t abi) {
    return abi == TIEBREAK_TARGET_ABI ? targets : NULL;
}
