#include "harness/facts.h"

#include "harness/machine.h"
#include "reference/affine_preset.h"

#include <gmp.h>
#include <mpfr.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

void tb_cuda_line(const struct tb_subjects *subjects, char *text, size_t size) {
    static const struct {
        const char *error, *words; /* of the CUDA runtime; in short */
    } known[] = {
        {"(error 35)",       "no driver"           },
        {"(error 100)",      "no device"           },
        {"(error 209)",      "no code for this GPU"},
        {"cannot be loaded", "the plug-in"         },
    };
    const char *why = NULL;
    size_t count = 0;
    text[0] = 0;
    for (size_t i = 0; i < subjects->count; i++)
        if (strncmp(subjects->list[i].name, "cuda/", 5) == 0 && subjects->list[i].own) {
            count += !subjects->list[i].unavailable[0];
            why = subjects->list[i].unavailable;
        }
    if (count)
        snprintf(text, size, "%zu targets", count);
    else if (why)
        snprintf(text, size, "%s, skipped", why);
    for (size_t i = 0; !count && why && i < sizeof known / sizeof known[0]; i++)
        if (strstr(why, known[i].error))
            snprintf(text, size, "%s %s, skipped", known[i].words, known[i].error);
}

void tb_plan_digest(const struct tb_plan *plan, char hex[65]) {
    crypto_hash_sha256_state state;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < plan->count; i++) {
        char one[65] = "";
        const struct tb_planned *p = &plan->cases[i];
        if (p->problem && p->problem->golden.records)
            tb_problem_digest(p->problem, one);
        else if (p->golden.count)
            tb_staircase_digest(&p->golden, p->id, one);
        else if (p->sample.count)
            tb_vectors_digest(&p->sample, p->id, one);
        crypto_hash_sha256_update(&state, (const unsigned char *)one, strlen(one));
    }
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
}

static void add(struct tb_results *r, const char *name, const char *value) {
    r->facts = realloc(r->facts, (r->fact_count + 1) * sizeof *r->facts);
    if (!r->facts)
        abort();
    struct tb_fact *f = &r->facts[r->fact_count++];
    f->name = strdup(name);
    f->value = strdup(value);
    if (!f->name || !f->value)
        abort();
}

static void add_not_run(struct tb_results *r, const struct tb_subjects *subjects) {
    char text[600], name[96];
    for (size_t i = 0, count; i < subjects->count; i += count ? count : 1)
        if ((count = tb_subjects_not_run(subjects, i, name)) != 0) {
            snprintf(text, sizeof text, "%s: %s", name, subjects->list[i].unavailable);
            add(r, "not run", text);
        }
}

/* Whose answers were expected, where not the exact ones; of a preset, where each of them is from. */
static void add_expected(struct tb_results *r, const char *like) {
    char text[600];
    add(r, TB_FACT_EXPECTED, like);
    for (size_t i = 0; i < tb_affine_preset_count; i++) {
        const struct tb_affine_preset *p = &tb_affine_presets[i];
        if (strcmp(p->name, like) != 0)
            continue;
        snprintf(text, sizeof text, "%s: %s", p->variant, p->source);
        add(r, "that is", text);
    }
}

void tb_facts_add(struct tb_results *r, const struct tb_plan *plan, const struct tb_subjects *subjects,
                  const char *environment) {
    char text[600], digest[65];
    struct utsname u;
    time_t now = time(NULL);
    struct tm day;
    uname(&u);
    tb_machine_line(text, sizeof text);
    add(r, "machine", text);
    snprintf(text, sizeof text, "%s %s", u.sysname, u.release);
    add(r, "system", text);
    add(r, "compiler", TB_COMPILER);
    add(r, "flags", TB_FLAGS);
    snprintf(text, sizeof text, "MPFR %s, GMP %s", mpfr_get_version(), gmp_version);
    add(r, "reference", text);
    tb_plan_digest(plan, digest);
    add(r, "goldens", digest);
    if (plan->like)
        add_expected(r, plan->like);
    strftime(text, sizeof text, "%Y-%m-%d", gmtime_r(&now, &day));
    add(r, "date", text);
    add_not_run(r, subjects);
    if (environment)
        add(r, TB_FACT_ENVIRONMENT, environment);
}
