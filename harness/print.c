#include "harness/print.h"
#include "reports/affine_words.h"
#include "reports/text.h"

#include <inttypes.h>
#include <string.h>

void tb_print_count(uint64_t n, char *text, size_t size) {
    char digits[32], grouped[48];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n), out = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            grouped[out++] = ',';
        grouped[out++] = digits[i];
    }
    grouped[out] = 0;
    snprintf(text, size, "%s", grouped);
}

/* What explains a verdict, in words. Where the verdict leaves NaN codes aside, so does what is said of it. */
static void print_explanation(FILE *out, const struct tb_verdict *v) {
    char left[48];
    const struct tb_explanation *e = &v->explained_by[0];
    bool explained = v->explanation_count && !e->unexplained;
    if (v->status == TB_SAME)
        fputs(" differ in the NaN's code only", out);
    if (v->status == TB_AS_CLAIMED && !explained && v->claim[0])
        fprintf(out, ": %s, NaN codes aside", v->claim);
    if (!explained && v->status != TB_DIVERGES)
        return;
    if (!v->explanation_count) {
        fputs(", no known arithmetic explains it", out);
        return;
    }
    tb_print_count(e->unexplained, left, sizeof left);
    if (e->unexplained)
        fprintf(out, ": %s comes nearest and leaves %s over", e->variant, left);
    else
        fprintf(out, ": %s, nothing left over", e->variant);
    for (size_t i = 1; !e->unexplained && i < v->explanation_count && i < 4; i++)
        fprintf(out, "%s %s", i == 1 ? " (here the same as" : ",", v->explained_by[i].variant);
    if (!e->unexplained && v->explanation_count > 1)
        fputs(")", out);
}

static void print_verdict(FILE *out, const struct tb_verdict *v) {
    char count[48], of[48];
    tb_print_count(v->diverging, count, sizeof count);
    tb_print_count(v->inputs, of, sizeof of);
    fprintf(out, "  %-34s %-11s", v->target, tb_status_names[v->status]);
    if (v->status == TB_SKIPPED || v->status == TB_CRASHED) {
        fprintf(out, " %s\n", v->reason);
        return;
    }
    fprintf(out, " %s of %s inputs", count, of);
    if (v->diverging)
        print_explanation(out, v);
    if (v->reason[0])
        fprintf(out, "; %s", v->reason);
    fputs("\n", out);
    if (v->status == TB_DIVERGES)
        for (size_t i = 0; i < v->class_count && v->classes[i].example_count; i++) {
            const struct tb_example *e = &v->classes[i].examples[0];
            char input[TB_INPUT_WORDS], expected[TB_CODE], got[TB_CODE];
            int digits = tb_case_digits(v->case_id).destination;
            fprintf(out, "    %-10s input %s: expected %s, got %s\n",
                    tb_divergence_names[v->classes[i].class], tb_input_words(v->case_id, e->input, input),
                    tb_code_text(v->case_id, e->expected, digits, expected),
                    tb_code_text(v->case_id, e->got, digits, got));
        }
}

static bool is_plain(const struct tb_verdict *v) {
    return v->status == TB_SAME && v->diverging == 0 && !v->reason[0]; /* a reason is to be read */
}

/* The verdicts [begin, end) are those of one case; nothing where all were skipped. */
static void print_case(FILE *out, const struct tb_verdict *begin, const struct tb_verdict *end) {
    unsigned exhaustive = 0, sampled = 0;
    uint64_t inputs = 0, samples = 0;
    bool ran = false;
    for (const struct tb_verdict *v = begin; v < end; v++) {
        ran |= v->status != TB_SKIPPED;
        exhaustive += is_plain(v) && v->exhaustive;
        sampled += is_plain(v) && !v->exhaustive;
        inputs = is_plain(v) && v->exhaustive ? v->inputs : inputs;
        samples = is_plain(v) && !v->exhaustive ? v->inputs : samples;
    }
    if (!ran)
        return;
    fprintf(out, "%-44s", begin->case_id);
    if (exhaustive)
        fprintf(out, " same  %u target%s, %" PRIu64 " inputs each", exhaustive, exhaustive == 1 ? "" : "s",
                inputs);
    if (sampled)
        fprintf(out, "%s %u sampled, %" PRIu64 " inputs each", exhaustive ? ";" : " same ", sampled, samples);
    fputs("\n", out);
    for (const struct tb_verdict *v = begin; v < end; v++)
        if (!is_plain(v) && v->status != TB_SKIPPED)
            print_verdict(out, v);
}

/* Whether both were skipped for one reason, as one target or as two of one family. */
static bool skipped_alike(const struct tb_verdict *v, const struct tb_verdict *w, bool family) {
    size_t length = family ? strcspn(v->target, "/") + 1 : strlen(v->target) + 1;
    return w->status == TB_SKIPPED && strncmp(v->target, w->target, length) == 0 &&
           strcmp(v->reason, w->reason) == 0;
}

/* Whether no verdict before number `index` is skipped alike. */
static bool is_first(const struct tb_results *r, size_t index, bool family) {
    for (size_t i = 0; i < index; i++)
        if (skipped_alike(&r->verdicts[index], &r->verdicts[i], family))
            return false;
    return true;
}

/* Skipped targets, each once with its reason: a machine that lacks an instruction set lacks it for every
 * case. From three targets of a family on, the family once. */
static void print_skipped(FILE *out, const struct tb_results *r) {
    for (size_t i = 0; i < r->verdict_count; i++) {
        const struct tb_verdict *v = &r->verdicts[i];
        unsigned cases[2] = {0}, targets = 0;
        char name[sizeof v->target + 32];
        if (v->status != TB_SKIPPED || !is_first(r, i, false))
            continue;
        for (size_t j = 0; j < r->verdict_count; j++) {
            bool alike = skipped_alike(v, &r->verdicts[j], true);
            cases[0] += skipped_alike(v, &r->verdicts[j], false);
            cases[1] += alike;
            targets += alike && is_first(r, j, false);
        }
        bool family = targets >= 3;
        if (family && !is_first(r, i, true))
            continue;
        snprintf(name, sizeof name, "%s", v->target);
        if (family)
            snprintf(name, sizeof name, "%.*s/* (%u targets)", (int)strcspn(v->target, "/"), v->target,
                     targets);
        fprintf(out, "skipped    %-34s %u case%s: %s\n", name, cases[family], cases[family] == 1 ? "" : "s",
                v->reason);
    }
}

void tb_print_verdicts(FILE *out, const struct tb_results *r) {
    const struct tb_verdict *end = r->verdicts + r->verdict_count;
    for (const struct tb_verdict *v = r->verdicts, *next; v < end; v = next) {
        for (next = v + 1; next < end && strcmp(next->case_id, v->case_id) == 0;)
            next++;
        print_case(out, v, next);
    }
    print_skipped(out, r);
}

void tb_print_totals(FILE *out, const struct tb_results *r) {
    size_t by_status[TB_STATUSES] = {0}, exhaustive = 0, sampled = 0;
    for (size_t i = 0; i < r->verdict_count; i++) {
        const struct tb_verdict *v = &r->verdicts[i];
        by_status[v->status]++;
        if (v->status == TB_SAME || v->status == TB_AS_CLAIMED || v->status == TB_DIVERGES)
            *(v->exhaustive ? &exhaustive : &sampled) += 1;
    }
    if (!r->verdict_count) {
        fputs("0 verdicts: no target that can run here offers a case that was asked for\n", out);
        return;
    }
    fprintf(out, "%zu verdict%s:", r->verdict_count, tb_plural(r->verdict_count));
    const char *separator = "";
    for (int i = 0; i < TB_STATUSES; i++)
        if (by_status[i]) {
            fprintf(out, "%s %zu %s", separator, by_status[i], tb_status_names[i]);
            separator = ",";
        }
    fprintf(out, " · %zu exhaustive, %zu sampled\n", exhaustive, sampled);
}
