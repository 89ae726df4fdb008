#include "reference/behaviour.h"

#include "reference/affine.h"
#include "reference/bisect.h"
#include "reference/reference.h"

#include <string.h>

size_t tb_behaviour_count(enum tb_operation operation) {
    return operation == TB_CONVERT ? tb_variant_count : 1;
}

struct tb_variant_words tb_behaviour_words(enum tb_operation operation, size_t index) {
    const struct tb_variant *v = &tb_variants[index];
    (void)operation;
    return (struct tb_variant_words){v->name, v->summary, v->used_by};
}

bool tb_behaviour_applies(const struct tb_case *c, size_t index) {
    return c->operation == TB_CONVERT ? tb_variants[index].applies(c) : true;
}

bool tb_behaviour_make(const struct tb_case *c, const char *name, struct tb_behaviour *out,
                       struct tb_error *error) {
    out->c = *c;
    if (c->operation == TB_CONVERT)
        return tb_variant_arithmetic(c, name, &out->conversion, error);
    return !name || strcmp(name, "exact") == 0 ||
           tb_fail(error, TB_EXIT_USAGE, "variant '%.60s' is not known: `tiebreak list variants` shows all",
                   name);
}

uint64_t tb_behaviour_at(const struct tb_behaviour *b, uint64_t pattern) {
    return b->c.operation == TB_CONVERT ? tb_arithmetic_convert(&b->conversion, pattern)
                                        : tb_affine_integer(&b->c, pattern);
}

bool tb_behaviour_staircase(const struct tb_behaviour *b, struct tb_staircase *out, struct tb_error *error) {
    return b->c.operation == TB_CONVERT ? tb_arithmetic_staircase(&b->conversion, out, error)
                                        : tb_golden_staircase(&b->c, out, error);
}
