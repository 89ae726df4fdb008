/* SARIF 2.1.0: one result a class of divergence, so that a code-scanning page stays readable. The fingerprint
 * is made of what does not change between runs: case, target, class. The limit of the GitHub page, 5,000
 * results, is kept. */
#include "reports/affine_words.h"
#include "reports/summary.h"
#include "reports/text.h"

#include <sodium.h>
#include <string.h>

#define RESULTS_MOST 5000
#define CRASHED_RULE "crashed"

static void put_rule(FILE *out, const char *name, const char *summary, const char *separator) {
    fprintf(out, "%s\n{\"id\": \"%s\", \"shortDescription\": {\"text\": \"%s\"}}", separator, name, summary);
}

/* Over the three strings with their ends, so that no two triples run together. */
static void put_fingerprint(FILE *out, const struct tb_verdict *v, const char *rule) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const unsigned char *)v->case_id, strlen(v->case_id) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)v->target, strlen(v->target) + 1);
    crypto_hash_sha256_update(&state, (const unsigned char *)rule, strlen(rule) + 1);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    fprintf(out, "\"partialFingerprints\": {\"tiebreakClass/v1\": \"%s\"}", hex);
}

static const char *level(const struct tb_verdict *v, bool nan_bits) {
    return v->status == TB_CRASHED    ? "error"
           : v->status != TB_DIVERGES ? "note"
           : nan_bits                 ? "warning"
                                      : "error";
}

static void put_message(FILE *out, const struct tb_verdict *v, const struct tb_class_count *c) {
    struct tb_digits digits = tb_case_digits(v->case_id);
    char text[2048], sentence[1024], number[TB_NUMBER], input[TB_INPUT_WORDS], expected[TB_NUMBER],
        got[TB_NUMBER];
    tb_verdict_sentence(v, sentence, sizeof sentence);
    int used = snprintf(text, sizeof text, "%s on %s: ", v->case_id, v->target);
    if (c)
        used +=
            snprintf(text + used, sizeof text - (size_t)used, "%s in %s input%s. ",
                     tb_divergence_summaries[c->class], tb_grouped(c->inputs, number), tb_plural(c->inputs));
    if (c && c->example_count)
        used += snprintf(text + used, sizeof text - (size_t)used, "First %s: expected %s, got %s. ",
                         tb_input_words(v->case_id, c->examples[0].input, input),
                         tb_code_text(v->case_id, c->examples[0].expected, digits.destination, expected),
                         tb_code_text(v->case_id, c->examples[0].got, digits.destination, got));
    snprintf(text + used, sizeof text - (size_t)used, "%s", sentence);
    tb_put_json(out, text);
}

/* Of a run with a baseline: what it accepts is there, and suppressed. */
static void put_baseline(FILE *out, const struct tb_results *r, const struct tb_summary *s, size_t verdict) {
    const struct tb_change *change = s->changes[verdict];
    bool is_new = change && change->kind == TB_CHANGE_NEW;
    fprintf(out, ", \"baselineState\": \"%s\"", is_new ? "new" : change ? "updated" : "unchanged");
    if (tb_verdict_accepted(r, s, verdict))
        fputs(", \"suppressions\": [{\"kind\": \"external\", \"status\": \"accepted\"}]", out);
}

static void put_result(FILE *out, const struct tb_results *r, const struct tb_summary *s, size_t verdict,
                       const struct tb_class_count *c, const char *separator) {
    const struct tb_verdict *v = &r->verdicts[verdict];
    char place[256];
    const char *rule = c ? tb_divergence_names[c->class] : CRASHED_RULE;
    fprintf(out, "%s\n{\"ruleId\": \"%s\", \"level\": \"%s\", \"message\": {\"text\": ", separator, rule,
            level(v, c && c->class == TB_DIV_NAN_BITS));
    put_message(out, v, c);
    fputs("}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": \"results.json\"}}, "
          "\"logicalLocations\": [{\"kind\": \"function\", \"fullyQualifiedName\": ",
          out);
    snprintf(place, sizeof place, "%s %s", v->target, v->case_id);
    tb_put_json(out, place);
    fputs("}]}], ", out);
    put_fingerprint(out, v, rule);
    if (*r->baseline)
        put_baseline(out, r, s, verdict);
    putc('}', out);
}

/* Failures before claims, so that the limit cuts what matters least. */
static size_t put_results(FILE *out, const struct tb_results *r, const struct tb_summary *s, bool failing,
                          size_t written) {
    for (size_t i = 0; i < r->verdict_count && written < RESULTS_MOST; i++) {
        const struct tb_verdict *v = &r->verdicts[i];
        if (tb_verdict_fails(v) != failing)
            continue;
        if (v->status == TB_CRASHED || (failing && !v->class_count)) {
            put_result(out, r, s, i, NULL, written++ ? "," : "");
            continue;
        }
        for (size_t c = 0; c < v->class_count && written < RESULTS_MOST; c++)
            put_result(out, r, s, i, &v->classes[c], written++ ? "," : "");
    }
    return written;
}

bool tb_report_sarif(FILE *out, const struct tb_results *r) {
    struct tb_summary s;
    if (!tb_summary_make(r, &s))
        return false;
    fputs("{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"version\": \"2.1.0\", "
          "\"runs\": [{\n"
          "\"tool\": {\"driver\": {\"name\": \"tiebreak\", \"semanticVersion\": ",
          out);
    const char *version = strchr(r->tool, ' ');
    tb_put_json(out, version ? version + 1 : "0.0.0");
    fputs(", \"rules\": [", out);
    for (int i = 0; i < TB_DIVERGENCES; i++)
        put_rule(out, tb_divergence_names[i], tb_divergence_summaries[i], i ? "," : "");
    put_rule(out, CRASHED_RULE, "the target crashed or hung", ",");
    fputs("\n]}},\n\"results\": [", out);
    put_results(out, r, &s, false, put_results(out, r, &s, true, 0));
    tb_summary_free(&s);
    fputs("\n]}]}\n", out);
    return !ferror(out);
}
