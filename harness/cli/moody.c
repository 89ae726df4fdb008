/* A plug-in for the command-line tests: widens bf16 to fp32, wrong in the way that PLANTED_MOOD names. */
#include "targets/target.h"

#include <stdlib.h>
#include <string.h>

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

static const struct mood {
    const char *name;
    uint32_t (*convert)(uint16_t);
    const char *claim;
} moods[] = {
    {"exact",   exact, NULL },
    {"daz",     daz,   NULL },
    {"claimed", daz,   "daz"},
    {"liar",    one,   "daz"},
    {"one",     one,   NULL },
    {"other",   other, NULL },
    {"three",   three, NULL },
    {"crash",   crash, NULL },
};

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct mood *mood = state;
    for (size_t i = 0; i < count; i++) {
        uint16_t x;
        memcpy(&x, (const char *)input + 2 * i, 2);
        uint32_t y = mood->convert(x);
        memcpy((char *)output + 4 * i, &y, 4);
    }
}

static int offer(const struct tb_request *request, struct tb_kernel *kernel) {
    const char *name = getenv("PLANTED_MOOD");
    for (size_t i = 0; i < sizeof moods / sizeof moods[0]; i++)
        if (strcmp(moods[i].name, name ? name : "exact") == 0 &&
            strcmp(request->case_id, "convert/bf16/fp32/exact") == 0) {
            *kernel = (struct tb_kernel){.run = run, .state = &moods[i], .claim = moods[i].claim};
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
                                       .open = offer};
static const struct tb_target *const targets[] = {&moody, NULL};

const struct tb_target *const *tiebreak_targets(uint32_t abi) {
    return abi == TIEBREAK_TARGET_ABI ? targets : NULL;
}
