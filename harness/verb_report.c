/* tiebreak report: renders results.json. */
#include "harness/gate.h"
#include "harness/options.h"
#include "harness/print.h"

int tb_verb_report(const struct tb_options *o) {
    const struct {
        const char *path;
        tb_render_fn *render;
    } files[] = {
        {o->html,     tb_report_html    },
        {o->junit,    tb_report_junit   },
        {o->sarif,    tb_report_sarif   },
        {o->markdown, tb_report_markdown},
    };
    struct tb_results r;
    struct tb_error error;
    bool ok = true, any = false;
    if (o->words.count != 1) {
        tb_fail(&error, TB_EXIT_USAGE,
                "report takes one results.json: tiebreak report tiebreak-out/results.json");
        return tb_complain(&error);
    }
    if (!tb_results_read(o->words.word[0], &r, &error))
        return tb_complain(&error);
    struct tb_gate_report gate = {0};
    ok = !o->baseline || tb_gate_against(&r, o->baseline, NULL, &gate, &error);
    if (ok && o->baseline)
        tb_gate_note(&r, o->baseline, &gate);
    tb_gate_free(&gate);
    for (size_t i = 0; i < sizeof files / sizeof files[0] && ok; i++) {
        any |= files[i].path != NULL;
        ok = !files[i].path || tb_report_write(files[i].path, &r, files[i].render, &error);
    }
    if (ok && !any) {
        char sentence[2048];
        tb_results_sentence(&r, sentence, sizeof sentence);
        puts(sentence);
        tb_print_totals(stdout, &r);
    }
    tb_results_free(&r);
    return ok ? TB_OK : tb_complain(&error);
}
