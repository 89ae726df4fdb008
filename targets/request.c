#include "targets/request.h"

struct tb_request tb_request_of(const struct tb_case *c, const char *id) {
    return (struct tb_request){
        .case_id = id,
        .operation = tb_operation_words[c->operation].name,
        .source = c->source->name,
        .destination = c->destination->name,
        .rounding = tb_rounding_name(c->rounding),
        .overflow =
            c->rounding == TB_EXACT || tb_case_is_affine(c) ? "" : tb_overflow_words[c->overflow].name,
        .parameters = tb_case_parameters(c, id),
        .source_bytes = tb_format_bytes(tb_case_input(c)),
        .destination_bytes = tb_format_bytes(c->destination),
    };
}

struct tb_request tb_request_of_problem(const struct tb_problem *p, const char *source,
                                        const char *destination, const char *words) {
    return (struct tb_request){
        .case_id = p->id,
        .operation = p->kind->operation,
        .source = source,
        .destination = destination,
        .rounding = p->kind->takes_rounding ? tb_rounding_words[p->rounding].name : "",
        .overflow = "",
        .parameters = words,
        .source_bytes = p->input.bytes,
        .destination_bytes = p->output.bytes,
    };
}
