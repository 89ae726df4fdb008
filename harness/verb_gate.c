/* tiebreak gate: nothing that was not accepted gets through. */
#include "harness/gate.h"
#include "reports/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ---- Printing. ---- */

static void print_totals(FILE *out, const struct tb_gate_report *r, const char *baseline) {
    size_t kinds[TB_CHANGES] = {0};
    for (size_t i = 0; i < r->count; i++)
        kinds[r->events[i].kind]++;
    fprintf(out, "gate       %zu verdict%s against %s:", r->verdicts, tb_plural(r->verdicts), baseline);
    if (!r->count)
        fputs(" all as accepted", out);
    const char *separator = " ";
    for (int i = 0; i < TB_CHANGES; i++)
        if (kinds[i]) {
            fprintf(out, "%s%zu %s", separator, kinds[i], tb_change_names[i]);
            separator = ", ";
        }
    if (r->unlisted)
        fprintf(out, "; %zu are not in it and do not diverge", r->unlisted);
    fputs("\n", out);
    if (r->count)
        fprintf(out, "           to accept: tiebreak gate RESULTS --baseline %s --update\n", baseline);
}

void tb_gate_print_events(FILE *out, const struct tb_gate_report *r) {
    for (size_t i = 0; i < r->count; i++) {
        const struct tb_change *e = &r->events[i];
        fprintf(out, "%-16s %s on %s\n                 %s\n", tb_change_names[e->kind], e->case_id, e->target,
                e->text);
        if (e->note[0])
            fprintf(out, "                 note: %s\n", e->note);
    }
}

void tb_gate_print_json(FILE *out, const struct tb_gate_report *r) {
    json_t *list = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const struct tb_change *e = &r->events[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", tb_change_names[e->kind],
                                              "target", e->target, "case", e->case_id, "text", e->text,
                                              "note", e->note));
    }
    json_dumpf(list, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputs("\n", out);
    json_decref(list);
}

/* ---- The gate. ---- */

int tb_gate_exit(const struct tb_gate_report *report) {
    return report->crashed ? TB_EXIT_TARGET : report->count ? TB_EXIT_DIVERGES : TB_OK;
}

/* Counts of different suites, or of outputs compared otherwise, say nothing about each other. */
static bool comparable(const struct tb_results *r, const struct tb_baseline *b, const char *path,
                       struct tb_error *error) {
    if (strcmp(r->suite, b->suite) != 0)
        return tb_fail(error, TB_EXIT_USAGE, "%s was made from the %s suite, these results from the %s suite",
                       path, b->suite, r->suite);
    if (strcmp(r->nan_level, b->nan_level) != 0)
        return tb_fail(error, TB_EXIT_USAGE, "%s was made with --nan %s, these results with --nan %s", path,
                       b->nan_level, r->nan_level);
    char expected[TB_BASELINE_EXPECTED];
    tb_baseline_expected(r, expected);
    if (strcmp(expected, b->expected) != 0)
        return tb_fail(error, TB_EXIT_USAGE,
                       "%s was made from a run that expected the answers '%s', these results from one that "
                       "expected '%s': run both with the same --like",
                       path, b->expected, expected);
    return true;
}

bool tb_gate_against(const struct tb_results *r, const char *baseline, const struct tb_options *scope,
                     struct tb_gate_report *report, struct tb_error *error) {
    struct tb_baseline b;
    char today[16];
    time_t now = time(NULL);
    struct tm day;
    strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &day));
    if (!tb_baseline_read(baseline, &b, error))
        return false;
    bool ok = comparable(r, &b, baseline, error);
    if (ok)
        tb_gate_compare(r, &b, scope, today, report);
    tb_baseline_free(&b);
    return ok;
}

void tb_gate_note(struct tb_results *r, const char *baseline, const struct tb_gate_report *report) {
    free(r->changes);
    snprintf(r->baseline, sizeof r->baseline, "%s", baseline);
    r->change_count = report->count;
    r->changes = calloc(report->count + 1, sizeof *r->changes);
    if (!r->changes)
        abort();
    for (size_t i = 0; i < report->count; i++)
        r->changes[i] = report->events[i];
}

void tb_gate_tell(FILE *out, const char *baseline, const struct tb_gate_report *report) {
    tb_gate_print_events(out, report);
    print_totals(out, report, baseline);
}

static int gate(const struct tb_results *r, const char *path, bool json, struct tb_error *error) {
    struct tb_gate_report report;
    if (!tb_gate_against(r, path, NULL, &report, error))
        return error->code;
    if (json)
        tb_gate_print_json(stdout, &report);
    else
        tb_gate_tell(stdout, path, &report);
    int code = tb_gate_exit(&report);
    tb_gate_free(&report);
    return code;
}

/* Accepts everything. A baseline that cannot be read is never overwritten: its notes would be lost. */
static bool update(const struct tb_results *r, const char *path, struct tb_error *error) {
    struct tb_baseline before = {0}, after;
    struct stat status;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && !tb_baseline_read(path, &before, error))
        return false;
    tb_baseline_from(r, &before, &after);
    bool ok = tb_baseline_write(path, &after, error);
    if (ok)
        printf("%s: %zu verdict%s accepted\n", path, after.count, tb_plural(after.count));
    tb_baseline_free(&before);
    tb_baseline_free(&after);
    return ok;
}

int tb_verb_gate(const struct tb_options *o) {
    struct tb_results r;
    struct tb_error error = {0};
    if (o->words.count != 1 || !o->baseline) {
        tb_fail(&error, TB_EXIT_USAGE,
                "gate takes results and a baseline: tiebreak gate RESULTS --baseline FILE");
        return tb_complain(&error);
    }
    if (!tb_results_read(o->words.word[0], &r, &error))
        return tb_complain(&error);
    int code = TB_OK;
    if (!o->update)
        code = gate(&r, o->baseline, o->json, &error);
    else if (!update(&r, o->baseline, &error))
        code = error.code;
    tb_results_free(&r);
    return error.text[0] ? tb_complain(&error) : code;
}
