/* What every variant and every target gives for one input. */
#include "harness/explain.h"
#include "harness/pool.h"
#include "harness/trials.h"
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

/* ---- Variants. ---- */

void tb_explain_via_note(const struct tb_case *conversion, uint64_t operand, const struct tb_format *via,
                         char *note, size_t size) {
    struct tb_case first = *conversion, second = *conversion;
    struct tb_gap gap;
    char code[160];
    first.destination = second.source = via;
    first.rounding = TB_RNE;
    first.overflow = TB_TO_INF;
    first.random_bits = second.random_bits = 0;
    uint64_t between = tb_mpfr_convert(&first, operand);
    tb_explain_code(via, between, code, sizeof code);
    tb_explain_gap(&second, between, &gap);
    bool tie =
        (gap.place == TB_PLACE_BETWEEN || gap.place == TB_PLACE_ABOVE || gap.place == TB_PLACE_BELOW) &&
        mpfr_equal_p(gap.x, gap.middle);
    mpfr_clears(gap.x, gap.low_value, gap.high_value, gap.middle, (mpfr_ptr)0);
    snprintf(note, size, "%s gives %s%s", via->name, code, tie ? ", a tie" : "");
}

static void note_variant(const struct tb_walk *w, const struct tb_arithmetic *a, char *note, size_t size) {
    const struct tb_format *f = w->c->source;
    if (a->via)
        tb_explain_via_note(w->c, w->operand, a->via, note, size);
    else if (a->daz && tb_format_is_subnormal(f, w->operand))
        snprintf(note, size, "the input is subnormal and read as 0");
    else if (a->ftz && tb_format_is_subnormal(w->c->destination, w->answer))
        snprintf(note, size, "the result is subnormal");
    else if (a->magnitude && w->value.negative)
        snprintf(note, size, "the sign is dropped");
}

void tb_explain_behaviour_note(const struct tb_walk *w, const struct tb_behaviour *b, char *note,
                               size_t size) {
    note[0] = 0;
    if (tb_case_is_affine(w->c))
        tb_explain_affine_note(b, w->input, note, size);
    else if (tb_case_is_scaled(w->c))
        tb_explain_scaled_note(b, w->input, note, size);
    else if (tb_case_is_basic(w->c))
        tb_basic_machine_note(&b->basic, w->input, note, size);
    else
        note_variant(w, &b->conversion, note, size);
}

/* Variants that only name another rounding or policy have lines of their own. */
static bool has_own_line(const char *name) {
    const char *policy = "overflow-";
    return tb_word_find(tb_rounding_words, TB_ROUNDINGS, name) >= 0 ||
           strncmp(name, policy, strlen(policy)) == 0;
}

/* One more line of what variant `index` gives, unless it cannot differ or is no variant of this case. */
static void add_variant(struct tb_walk *w, size_t index) {
    const char *name = tb_behaviour_words(w->c->operation, index).name;
    struct tb_behaviour b;
    if (has_own_line(name) || !tb_behaviour_applies(w->c, index) || !tb_behaviour_make(w->c, name, &b, NULL))
        return;
    struct tb_answer *answer = &w->variants[w->variant_count++];
    answer->given = true;
    answer->code = tb_behaviour_at(&b, w->input);
    snprintf(answer->name, sizeof answer->name, "%s", name);
    bool words_tell = (tb_case_is_affine(w->c) || tb_case_is_scaled(w->c)) && strchr(name, '+');
    if (!words_tell)
        tb_explain_behaviour_note(w, &b, answer->note, sizeof answer->note);
}

void tb_explain_variants(struct tb_walk *w) {
    size_t count = tb_case_hides_random(w->c) ? 1 : tb_behaviour_count(w->c->operation);
    w->variants = calloc(count, sizeof *w->variants);
    if (!w->variants)
        abort();
    for (size_t i = 1; i < count; i++) /* 0 is the exact one */
        add_variant(w, i);
}

/* ---- The expected answer. ---- */

/* The first word from which on every longer part of the name leaves the exact answer. */
static void find_leaving(struct tb_walk *w) {
    struct tb_like *l = &w->like;
    size_t from = 0; /* where the word begins that leads away last */
    bool away = false;
    for (size_t begin = 0; begin < strlen(l->words);) {
        char part[TB_EXPLAIN_TEXT];
        struct tb_behaviour b;
        size_t end = begin + strcspn(l->words + begin, "+");
        snprintf(part, sizeof part, "%.*s", (int)end, l->words);
        bool leaves = tb_behaviour_make(w->c, part, &b, NULL) && tb_behaviour_at(&b, w->input) != w->answer;
        if (leaves && !away)
            from = begin;
        away = leaves;
        begin = end + 1;
    }
    if (away)
        snprintf(l->leaves, sizeof l->leaves, "%.*s", (int)strcspn(l->words + from, "+"), l->words + from);
}

void tb_explain_like(struct tb_walk *w, const char *name, const struct tb_behaviour *b) {
    struct tb_like *l = &w->like;
    l->name = name;
    l->expected = tb_behaviour_at(b, w->input);
    tb_explain_behaviour_note(w, b, l->note, sizeof l->note);
    if (!tb_behaviour_write_out(w->c, name, l->words, sizeof l->words, NULL))
        l->words[0] = 0;
    if (l->expected != w->answer)
        find_leaving(w);
}

/* ---- Targets, each in a child. ---- */

#define COPIES 64

struct asking {
    const struct tb_walk *walk;
    const struct tb_subject *subject;
};

struct told {
    int offered, varies;
    uint64_t code;
};

static void ask(void *context, FILE *out) {
    static _Alignas(64) unsigned char input[COPIES * 8], output[COPIES * 8];
    const struct asking *a = context;
    const struct tb_case *c = a->walk->c;
    unsigned in_bytes = tb_format_bytes(tb_case_input(c)), out_bytes = tb_format_bytes(c->destination);
    struct told told = {0};
    struct tb_kernel kernel;
    struct tb_error error;
    int offered = tb_subject_open(a->subject, c, a->walk->id, &kernel, &error);
    if (offered < 0)
        tb_job_fail("%s", error.text);
    if (offered) {
        for (unsigned i = 0; i < COPIES; i++)
            memcpy(input + i * in_bytes, &a->walk->input, in_bytes);
        memset(output, 0xa5, sizeof output);
        const struct tb_kernel watched = tb_kernel_watched(&kernel);
        watched.run(watched.state, input, output, COPIES);
        memcpy(&told.code, output, out_bytes);
        for (unsigned i = 1; i < COPIES; i++)
            told.varies |= memcmp(output, output + i * out_bytes, out_bytes) != 0;
    }
    told.offered = offered;
    fwrite(&told, sizeof told, 1, out);
}

/* A recording is looked up. */
static void look_up(const struct tb_walk *w, const struct tb_subject *s, struct tb_answer *answer) {
    const struct tb_answers *recorded = tb_recording_find(s->recording, w->id);
    if (!recorded)
        return;
    snprintf(answer->name, sizeof answer->name, "%s", s->name);
    answer->given = recorded->staircase.count != 0;
    if (answer->given)
        answer->code = tb_staircase_at(&recorded->staircase, w->input);
    for (size_t i = 0; i < recorded->vectors.count && !answer->given; i++)
        if (recorded->vectors.input[i] == w->input) {
            answer->given = true;
            answer->code = recorded->vectors.output[i];
        }
    snprintf(answer->note, sizeof answer->note, answer->given ? "recorded" : "this input was not recorded");
}

static void note_job(const struct tb_subject *s, const struct tb_job *job, struct tb_answer *answer) {
    struct told told;
    if (job->outcome != TB_JOB_DONE || job->output_size != sizeof told) {
        snprintf(answer->name, sizeof answer->name, "%s", s->name);
        snprintf(answer->note, sizeof answer->note, "%s", job->reason);
        return;
    }
    memcpy(&told, job->output, sizeof told);
    if (!told.offered)
        return;
    snprintf(answer->name, sizeof answer->name, "%s", s->name);
    answer->given = true;
    answer->code = told.code;
    if (told.varies)
        snprintf(answer->note, sizeof answer->note, "the first of %d copies; others gave something else",
                 COPIES);
}

void tb_explain_targets(struct tb_walk *w, const struct tb_subjects *s, const struct tb_options *o) {
    struct tb_job *jobs = calloc(s->count + 1, sizeof *jobs);
    struct asking *asking = calloc(s->count + 1, sizeof *asking);
    struct tb_answer *answers = calloc(s->count + 1, sizeof *answers);
    size_t count = 0;
    if (!jobs || !asking || !answers)
        abort();
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].kind == TB_SUBJECT_RECORDED) {
            look_up(w, &s->list[i], &answers[i]);
        } else if (!s->list[i].unavailable[0]) {
            asking[count] = (struct asking){w, &s->list[i]};
            jobs[count] = (struct tb_job){.work = ask, .context = &asking[count], .limit_seconds = 60};
            count++;
        }
    tb_pool_run(jobs, count, tb_parallel(o), NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        note_job(asking[i].subject, &jobs[i], &answers[asking[i].subject - s->list]);
        free(jobs[i].output);
    }
    for (size_t i = 0; i < s->count; i++)
        if (answers[i].name[0])
            answers[w->target_count++] = answers[i];
    w->targets = answers;
    free(asking);
    free(jobs);
}
