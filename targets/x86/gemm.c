#include "targets/x86/gemm.h"

#include "vectors/problem_gemm.h"

#include <stdlib.h>
#include <string.h>

int tb_x86_gemm_open(const struct tb_request *request, struct tb_kernel *kernel, tb_run_fn *run,
                     int needs_signed_b, const char *claim) {
    struct tb_problem p;
    if (strcmp(request->operation, "gemm") != 0 || !tb_problem_parse(request->case_id, &p, NULL) ||
        p.method != TB_GEMM_SUM || (needs_signed_b && !p.formats[1]->is_signed))
        return 0;
    struct tb_gemm g = tb_gemm_of(&p);
    struct x86_gemm *s = malloc(sizeof *s);
    if (!s)
        return 0;
    *s = (struct x86_gemm){
        g.m,         g.n,           g.k,           p.formats[0]->is_signed, p.formats[1]->is_signed,
        g.b->offset, p.input.bytes, p.output.bytes};
    *kernel = (struct tb_kernel){.run = run, .state = s, .claim = claim};
    return 1;
}
