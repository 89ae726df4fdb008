/* What the renderings say of a baseline, of what was skipped and of how to see it again. */
#include "reports/command.h"
#include "reports/fixture.h"
#include "reports/summary.h"
#include "reports/text.h"
#include "vectors/testing.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static char *render(const struct tb_results *r, tb_render_fn *fn) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert(out && fn(out, r));
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static size_t occurrences(const char *text, const char *what) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

static size_t failing(const struct tb_results *r) {
    size_t count = 0;
    for (size_t i = 0; i < r->verdict_count; i++)
        count += tb_verdict_fails(&r->verdicts[i]);
    return count;
}

/* ---- The baseline. ---- */

START_TEST(test_changes_lead) {
    struct tb_results r;
    char sentence[2048], expected[200];
    fixture_make(&r, 700, false, false);
    fixture_compare(&r, false);
    size_t fail = failing(&r), fresh = (fail + 2) / 3, grown = (fail + 1) / 3, accepted = fail / 3;
    ck_assert_uint_gt(accepted, 1);
    snprintf(expected, sizeof expected,
             "%zu changes against the baseline: %zu new, %zu grown, 1 newly-skipped, 1 gone; %zu checks fail "
             "as accepted there.",
             fresh + grown + 2, fresh, grown, accepted);
    tb_results_sentence(&r, sentence, sizeof sentence);
    ck_assert_msg(!strncmp(sentence, expected, strlen(expected)), "%s", sentence);
    char *page = render(&r, tb_report_html), *summary = render(&r, tb_report_markdown);
    ck_assert(strstr(page, "<h1><em>") && strstr(page, expected) && strstr(summary, expected));
    ck_assert_uint_eq(occurrences(page, "<tr><th scope=\"row\">new<small>"), fresh);
    ck_assert_uint_eq(occurrences(page, "<tr><th scope=\"row\">gone<small>"), 1);
    ck_assert_uint_eq(occurrences(page, "<small><b>new</b>: "), fresh);
    ck_assert_uint_eq(occurrences(page, "The baseline accepts exactly this."), accepted);
    ck_assert_uint_eq(occurrences(summary, "\n| new | "), fresh);
    const char *accepted_first = strstr(page, "The baseline accepts exactly this.");
    ck_assert_uint_eq(occurrences(accepted_first, "<p><b>Against the baseline: "), 0);
    ck_assert_uint_gt(occurrences(page, "<p><b>Against the baseline: "), 1);
    free(page);
    free(summary);
    r.change_count = 0;
    page = render(&r, tb_report_html);
    ck_assert(strstr(page, "<h1>Nothing has changed against the baseline; "));
    free(page);
    tb_results_free(&r);
}
END_TEST

/* A CI counts what changed, never what is accepted; what is gone has no verdict and fails all the same. */
START_TEST(test_junit_counts_changes) {
    struct tb_results r;
    fixture_make(&r, 700, false, false);
    fixture_compare(&r, false);
    size_t fail = failing(&r), accepted = fail / 3, crashed = 0, skipped = 0;
    for (size_t i = 0, turn = 0; i < r.verdict_count; i++) {
        skipped += r.verdicts[i].status == TB_SKIPPED && i + 1 < r.verdict_count;
        if (tb_verdict_fails(&r.verdicts[i]) && turn++ % 3 < 2)
            crashed += r.verdicts[i].status == TB_CRASHED;
    }
    char *text = render(&r, tb_report_junit), head[200];
    snprintf(head, sizeof head, "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
             r.verdict_count + 1, fail - accepted - crashed + 2, crashed, skipped + accepted);
    ck_assert_msg(strstr(text, head) != NULL, "%s in %.300s", head, text);
    ck_assert_uint_eq(occurrences(text, "<failure "), fail - accepted - crashed + 2);
    ck_assert_uint_eq(occurrences(text, "<skipped message=\"accepted by the baseline: "), accepted);
    ck_assert(strstr(text, "classname=\"mylib/gone\""));
    free(text);
    tb_results_free(&r);
}
END_TEST

START_TEST(test_sarif_knows_the_baseline) {
    struct tb_results r;
    fixture_make(&r, 700, false, false);
    char *before = render(&r, tb_report_sarif);
    ck_assert_ptr_null(strstr(before, "baselineState"));
    fixture_compare(&r, false);
    char *text = render(&r, tb_report_sarif);
    json_t *json = json_loads(text, 0, NULL), *result;
    json_t *results = json_object_get(json_array_get(json_object_get(json, "runs"), 0), "results");
    size_t i, suppressed = 0, fresh = 0;
    json_array_foreach(results, i, result) {
        const char *state = json_string_value(json_object_get(result, "baselineState"));
        ck_assert(!strcmp(state, "new") || !strcmp(state, "updated") || !strcmp(state, "unchanged"));
        fresh += !strcmp(state, "new");
        suppressed += json_object_get(result, "suppressions") != NULL;
    }
    ck_assert_uint_gt(fresh, 0);
    ck_assert_uint_gt(suppressed, 0);
    json_decref(json);
    free(text);
    free(before);
    tb_results_free(&r);
}
END_TEST

/* ---- Skipped checks stand by reason and outside the sum of what ran. ---- */

START_TEST(test_skipped_apart) {
    struct tb_results r;
    struct tb_summary s;
    char text[1024], head[40], tail[120];
    fixture_make(&r, 60, false, false);
    for (size_t i = 0; i < 30; i++) {
        r.verdicts[i].status = TB_SKIPPED;
        snprintf(r.verdicts[i].target, sizeof r.verdicts[i].target, "gpu/%zu", i / 2);
        snprintf(r.verdicts[i].reason, sizeof r.verdicts[i].reason, "no driver");
        r.verdicts[i].diverging = r.verdicts[i].value_diverging = 0;
    }
    ck_assert(tb_summary_make(&r, &s));
    size_t skipped = s.tally.states[TB_STATE_SKIPPED], idle = 0;
    for (size_t i = 0; i < s.target_count; i++)
        idle += s.targets[i].tally.states[TB_STATE_SKIPPED] == s.targets[i].tally.verdicts;
    ck_assert_uint_ge(idle, 15);
    snprintf(head, sizeof head, "%zu checks ran: ", 60 - skipped);
    snprintf(tail, sizeof tail,
             " %zu checks were skipped, nothing is known of them; %zu targets did not run at all.", skipped,
             idle);
    tb_summary_counts(&s, text, sizeof text);
    ck_assert_msg(!strncmp(text, head, strlen(head)), "%s", text);
    ck_assert_msg(strstr(text, tail) != NULL, "%s", text);
    char *page = render(&r, tb_report_html);
    ck_assert_uint_eq(occurrences(page, "<th scope=\"row\">no driver</th><td class=\"num\">30</td><td "
                                        "class=\"num\">15</td><td class=\"names\"><span>gpu/0 (2)</span>, "),
                      1);
    free(page);
    tb_summary_free(&s);
    tb_results_free(&r);
}
END_TEST

/* Where nothing ran, no sentence may sound like a pass. */
START_TEST(test_nothing_ran) {
    struct tb_results r = {0};
    struct tb_verdict v = {.target = "gpu/x", .case_id = "convert/fp32/bf16/rne/inf", .status = TB_SKIPPED};
    char *page = render(&r, tb_report_html);
    ck_assert(strstr(page, "Nothing was run.") && !strstr(page, "Nothing differs"));
    ck_assert(strstr(page, "Nothing was checked: nothing is known."));
    free(page);
    r.verdicts = &v;
    r.verdict_count = 1;
    page = render(&r, tb_report_html);
    ck_assert(strstr(page, "Nothing was run.") && !strstr(page, "Nothing differs"));
    ck_assert(strstr(page, "not run; nothing is known"));
    free(page);
}
END_TEST

/* ---- What explains a verdict is not always one arithmetic. ---- */

START_TEST(test_ambiguous) {
    static struct tb_explanation list[] = {
        {"fma",   0},
        {"rcp32", 0},
        {"div32", 0},
        {"rtz",   9}
    };
    struct tb_verdict v = {
        .status = TB_DIVERGES, .exhaustive = 1, .inputs = 100, .diverging = 9, .value_diverging = 9};
    char text[1024];
    v.explained_by = list;
    v.explanation_count = 4;
    tb_verdict_sentence(&v, text, sizeof text);
    ck_assert_str_eq(text, "9 of 100 inputs diverge; fma explains every one, and so do 2 others.");
    list[1].unexplained = 1;
    tb_verdict_sentence(&v, text, sizeof text);
    ck_assert_str_eq(text, "9 of 100 inputs diverge; fma explains every one, and so does 1 other.");
    list[2].unexplained = 1;
    tb_verdict_sentence(&v, text, sizeof text);
    ck_assert_str_eq(text, "9 of 100 inputs diverge; fma explains every one.");
}
END_TEST

/* An answer of an array is read in its element's format. */
START_TEST(test_answers_of_arrays) {
    ck_assert_str_eq(tb_answer_format("dot/int8/int8/int32/int32/rne/k=67", 5)->name, "int32");
    ck_assert_str_eq(tb_answer_format("dot/fp16/fp16/fp32/bf16/rne/k=67", 0)->name, "bf16");
    ck_assert_str_eq(tb_answer_format("convert/fp32/e4m3fn/rne/satfinite", 0)->name, "e4m3fn");
    ck_assert_ptr_null(tb_answer_format("no/such/case", 0));
}
END_TEST

/* ---- Commands. ---- */

static const struct {
    const char *word, *quoted;
} words[] = {
    {"convert/fp32/e4m3fn/rne/satfinite", " convert/fp32/e4m3fn/rne/satfinite"},
    {"./mylib.so",                        " ./mylib.so"                       },
    {"python3 a.py",                      " 'python3 a.py'"                   },
    {"it's",                              " 'it'\\''s'"                       },
    {"$(rm -rf ~)",                       " '$(rm -rf ~)'"                    },
    {"`x`;&|<>\\\"",                      " '`x`;&|<>\\\"'"                   },
    {"*",                                 " '*'"                              },
    {"",                                  " ''"                               },
};

START_TEST(test_quoted_words) {
    char command[64] = "tiebreak", expected[64];
    ck_assert(tb_command_add(command, sizeof command, words[_i].word));
    snprintf(expected, sizeof expected, "tiebreak%s", words[_i].quoted);
    ck_assert_str_eq(command, expected);
    char small[16] = "tiebreak run";
    ck_assert(!tb_command_add(small, sizeof small, "longer"));
    ck_assert_str_eq(small, "tiebreak run");
}
END_TEST

/* A target of a plug-in is there only with it: what is copied must name it. */
START_TEST(test_commands_are_whole) {
    static const char exec[] = " --exec 'sh -c '\\''x y'\\'''", plugin[] = " --plugin './a b.so'";
    static const char head[] = "convert/fp32/e4m3fn/rne/satfinite", target[] = " --target 'my lib/x'";
    struct tb_results r = {0};
    struct tb_verdict v = {.target = "my lib/x"};
    char command[TB_COMMAND], expected[TB_COMMAND];
    snprintf(v.case_id, sizeof v.case_id, "%s", head);
    snprintf(r.command, sizeof r.command,
             "tiebreak run 'convert/*' --target 'my*'%s%s --like torch/q --suite quick --nan bits", plugin,
             exec);
    tb_command_explain(&r, &v, 0x3f880001, command);
    snprintf(expected, sizeof expected, "tiebreak explain %s 0x3f880001%s%s%s --like torch/q", head, target,
             plugin, exec);
    ck_assert_str_eq(command, expected);
    tb_command_run(&r, &v, command);
    snprintf(expected, sizeof expected, "tiebreak run %s%s%s%s --like torch/q --nan bits", head, target,
             plugin, exec);
    ck_assert_str_eq(command, expected);
    snprintf(r.command, sizeof r.command, "tiebreak run --environment daz");
    tb_command_explain(&r, &v, 0x3f880001, command);
    snprintf(expected, sizeof expected, "tiebreak run %s%s --environment daz", head, target);
    ck_assert_str_eq(command, expected);
    snprintf(r.command, sizeof r.command, "tiebreak run --plugin 'cut off in the midd");
    tb_command_run(&r, &v, command);
    snprintf(expected, sizeof expected, "tiebreak run %s%s", head, target);
    ck_assert_str_eq(command, expected);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("changes");
    TCase *all = tcase_create("changes");
    tcase_set_timeout(all, 120);
    suite_add_tcase(suite, all);
    tcase_add_test(all, test_changes_lead);
    tcase_add_test(all, test_junit_counts_changes);
    tcase_add_test(all, test_sarif_knows_the_baseline);
    tcase_add_test(all, test_skipped_apart);
    tcase_add_test(all, test_nothing_ran);
    tcase_add_test(all, test_ambiguous);
    tcase_add_test(all, test_answers_of_arrays);
    tcase_add_loop_test(all, test_quoted_words, 0, (int)(sizeof words / sizeof *words));
    tcase_add_test(all, test_commands_are_whole);
    return tb_test(suite, CK_FORK_GETENV);
}
