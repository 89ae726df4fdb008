/* portable/c on arrays: plain C, a record at a time. */
#include "targets/portable/problem.h"

#include "targets/portable/problem_qparams.h"
#include "targets/portable/problem_recipes.h"

#include <stdlib.h>
#include <string.h>

/* `offers`, where there is one, tells which of a kind's problems are computed. */
static const struct {
    const char *operation;
    portable_record_fn *run;
    bool (*offers)(const struct tb_problem *p);
} kinds[] = {
    {"quantize",    portable_quantize,    NULL                   },
    {"gemm",        portable_gemm,        NULL                   },
    {"pack",        portable_pack,        NULL                   },
    {"unpack",      portable_unpack,      NULL                   },
    {"qparams",     portable_qparams,     portable_qparams_offers},
    {"llmint8",     portable_llmint8,     NULL                   },
    {"smoothquant", portable_smoothquant, NULL                   },
};

struct state {
    struct tb_problem p;
    portable_record_fn *run;
};

static void run(const void *state, const void *input, void *output, size_t count) {
    const struct state *s = state;
    for (size_t i = 0; i < count; i++)
        s->run(&s->p, (const unsigned char *)input + i * s->p.input.bytes,
               (unsigned char *)output + i * s->p.output.bytes);
}

int portable_problem_open(const struct tb_request *request, struct tb_kernel *kernel) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].operation, request->operation) != 0)
            continue;
        struct state *s = malloc(sizeof *s);
        if (!s || !tb_problem_parse(request->case_id, &s->p, NULL) ||
            (kinds[i].offers && !kinds[i].offers(&s->p))) {
            free(s);
            return 0;
        }
        s->run = kinds[i].run;
        *kernel = (struct tb_kernel){.run = run, .state = s};
        return 1;
    }
    return 0;
}

void portable_problem_close(struct tb_kernel *kernel) {
    free((void *)kernel->state);
    kernel->state = NULL;
}
