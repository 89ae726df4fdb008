/* Plug-ins that must be refused, one a value of FAULT; the texts expected are in test_plugin.c. */
#include "targets/target.h"

#include <stdlib.h>
#include <unistd.h>

#define FAULT_NO_SYMBOL  1
#define FAULT_NULL_LIST  2
#define FAULT_EMPTY_LIST 3
#define FAULT_ABI        4
#define FAULT_NAME       5
#define FAULT_TWICE      6
#define FAULT_CRASH      7
#define FAULT_EXIT       8
#define FAULT_OPEN       9

#if FAULT >= FAULT_CRASH && FAULT <= FAULT_OPEN
static int *volatile nowhere; /* volatile: a compiler may drop a store to a plain null pointer */
#endif

static void run(const void *state, const void *input, void *output, size_t count) {
    (void)state, (void)input, (void)output, (void)count;
}

static int offer(const struct tb_request *request, struct tb_kernel *kernel) {
    (void)request;
#if FAULT == FAULT_OPEN
    *nowhere = 1;
#endif
    *kernel = (struct tb_kernel){.run = run};
    return 1;
}

static const char *lacks_everything(void) {
    return "this machine lacks everything";
}

static const struct tb_target one = {.abi = FAULT == FAULT_ABI ? 99 : TIEBREAK_TARGET_ABI,
                                     .name = FAULT == FAULT_NAME ? "No Family" : "bad/one",
                                     .summary = "does nothing",
                                     .open = offer};
static const struct tb_target two = {.abi = TIEBREAK_TARGET_ABI,
                                     .name = FAULT == FAULT_TWICE ? "bad/one" : "bad/two",
                                     .summary = "is not available",
                                     .unavailable = lacks_everything,
                                     .open = offer};
static const struct tb_target *const list[] = {&one, &two, NULL};
static const struct tb_target *const empty[] = {NULL};

#if FAULT != FAULT_NO_SYMBOL
const struct tb_target *const *tiebreak_targets(uint32_t abi) {
    if (abi != TIEBREAK_TARGET_ABI || FAULT == FAULT_NULL_LIST)
        return NULL;
    return FAULT == FAULT_EMPTY_LIST ? empty : list;
}
#else
const struct tb_target *const *not_tiebreak_targets(void);
const struct tb_target *const *not_tiebreak_targets(void) {
    return *list ? list : empty;
}
#endif

#if FAULT == FAULT_CRASH || FAULT == FAULT_EXIT
__attribute__((constructor)) static void on_load(void) {
    if (FAULT == FAULT_EXIT)
        exit(0);
    *nowhere = 1;
}
#endif
