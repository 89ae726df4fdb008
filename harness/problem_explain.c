#include "harness/problem_explain.h"

#include "harness/explain.h"
#include "harness/explain_dot.h"
#include "harness/problem_plan.h"
#include "harness/trials.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 12 /* elements of an input field at most */

/* One element, and what variants and targets give for it. */
struct walk {
    const struct tb_planned_problem *q;
    uint64_t index;
    struct tb_problem_place at;
    uint32_t row, column;
    uint64_t answer;
    size_t variant_count, target_count;
    struct tb_answer *variants, *targets;
};

static const unsigned char *input_of(const struct walk *w) {
    return w->q->golden.input + w->at.record * w->q->p.input.bytes;
}

/* ---- Variants. ---- */

static void ask_variants(struct walk *w) {
    const struct tb_problem *p = &w->q->p;
    const struct tb_problem_variant *all = tb_problem_arithmetic_of(p)->variants;
    size_t count = 0;
    while (all[count].name)
        count++;
    w->variants = calloc(count + 1, sizeof *w->variants);
    unsigned char *output = malloc(p->output.bytes);
    if (!w->variants || !output)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (!all[i].applies(p))
            continue;
        struct tb_answer *a = &w->variants[w->variant_count++];
        memset(output, 0, p->output.bytes);
        all[i].evaluate(p, input_of(w), output);
        a->given = true;
        a->code = tb_field_get(w->at.field, output, w->at.place);
        snprintf(a->name, sizeof a->name, "%s", all[i].name);
    }
    free(output);
}

/* ---- Targets, each in a child, on all records at once. ---- */

struct asking {
    const struct walk *walk;
    const struct tb_subject *subject;
};
struct told {
    int offered;
    uint64_t code;
    char claim[64];
};

static void ask(void *context, FILE *out) {
    const struct asking *a = context;
    const struct tb_planned_problem *q = a->walk->q;
    struct tb_request request = tb_problem_request(q);
    struct tb_kernel kernel;
    struct tb_error error;
    struct told told = {.offered = tb_subject_open_request(a->subject, &request, &kernel, &error)};
    if (told.offered < 0)
        tb_job_fail("%s", error.text);
    if (told.offered) {
        unsigned char *output = calloc(q->golden.records, q->p.output.bytes);
        if (!output)
            tb_job_fail("out of memory");
        snprintf(told.claim, sizeof told.claim, "%s", kernel.claim ? kernel.claim : "");
        const struct tb_kernel watched = tb_kernel_watched(&kernel);
        watched.run(watched.state, q->golden.input, output, q->golden.records);
        told.code = tb_field_get(a->walk->at.field, output + a->walk->at.record * q->p.output.bytes,
                                 a->walk->at.place);
        free(output);
    }
    fwrite(&told, sizeof told, 1, out);
}

static void note(struct walk *w, const struct tb_subject *s, const struct tb_job *job) {
    struct told told = {0};
    bool done = job->outcome == TB_JOB_DONE && job->output_size == sizeof told;
    if (done)
        memcpy(&told, job->output, sizeof told);
    if (done && !told.offered)
        return;
    struct tb_answer *a = &w->targets[w->target_count++];
    snprintf(a->name, sizeof a->name, "%s", s->name);
    a->given = done;
    a->code = told.code;
    memcpy(a->claim, told.claim, sizeof a->claim);
    if (!done)
        snprintf(a->note, sizeof a->note, "%s", job->reason);
}

/* A recording is looked up, where it holds the golden inputs. */
static void look_up(struct walk *w, const struct tb_subject *s) {
    const struct tb_planned_problem *q = w->q;
    const struct tb_answers *recorded = tb_recording_find(s->recording, q->p.id);
    if (!recorded)
        return;
    struct tb_answer *a = &w->targets[w->target_count++];
    snprintf(a->name, sizeof a->name, "%s", s->name);
    memcpy(a->claim, recorded->claim, sizeof a->claim);
    a->given = tb_problem_records_given(&q->p, &recorded->records, q->golden.records, q->golden.input);
    if (a->given)
        a->code = tb_field_get(w->at.field, recorded->records.output + w->at.record * q->p.output.bytes,
                               w->at.place);
    else
        snprintf(a->note, sizeof a->note, "its recording holds other inputs");
}

static void ask_targets(struct walk *w, const struct tb_subjects *s, const struct tb_options *o) {
    struct tb_job *jobs = calloc(s->count + 1, sizeof *jobs);
    struct asking *asking = calloc(s->count + 1, sizeof *asking);
    w->targets = calloc(s->count + 1, sizeof *w->targets);
    size_t count = 0;
    if (!jobs || !asking || !w->targets)
        abort();
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].kind != TB_SUBJECT_RECORDED && !s->list[i].unavailable[0]) {
            asking[count] = (struct asking){w, &s->list[i]};
            jobs[count] = (struct tb_job){.work = ask, .context = &asking[count], .limit_seconds = 60};
            count++;
        }
    tb_pool_run(jobs, count, tb_parallel(o), NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        note(w, asking[i].subject, &jobs[i]);
        free(jobs[i].output);
    }
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].kind == TB_SUBJECT_RECORDED)
            look_up(w, &s->list[i]);
    free(asking);
    free(jobs);
}

/* ---- Text. ---- */

/* The elements of an input field that belong to the output's row or column, where its shape says so; else
 * from the first on. */
struct slice {
    uint32_t first, step, count;
    char name[48];
};

static struct slice slice_of(const struct walk *w, const struct tb_field *f) {
    const struct tb_field *out = w->at.field;
    uint32_t row = f->rows == out->rows && f->rows > 1 ? w->row : UINT32_MAX;
    uint32_t column = f->columns == out->columns && f->columns > 1 ? w->column : UINT32_MAX;
    struct slice s = {0, 1, f->rows * f->columns, ""};
    if (row != UINT32_MAX && column != UINT32_MAX)
        s = (struct slice){row * f->columns + column, 1, 1, ""};
    else if (row != UINT32_MAX)
        s = (struct slice){row * f->columns, 1, f->columns, ""};
    else if (column != UINT32_MAX)
        s = (struct slice){column, f->columns, f->rows, ""};
    if (row != UINT32_MAX && column != UINT32_MAX)
        snprintf(s.name, sizeof s.name, "%s[%u][%u]", f->name, row, column);
    else if (row != UINT32_MAX)
        snprintf(s.name, sizeof s.name, "%s[%u][]", f->name, row);
    else if (column != UINT32_MAX)
        snprintf(s.name, sizeof s.name, f->rows > 1 ? "%s[][%u]" : "%s[%u]", f->name, column);
    else
        snprintf(s.name, sizeof s.name, "%s", f->name);
    if (row == UINT32_MAX && column != UINT32_MAX && f->rows == 1)
        s.count = 1;
    return s;
}

static void print_inputs(const struct walk *w) {
    for (size_t i = 0; i < w->q->p.input.count; i++) {
        const struct tb_field *f = &w->q->p.input.fields[i];
        struct slice s = slice_of(w, f);
        printf("%-10s %-16s", i ? "" : "inputs", s.name);
        for (uint32_t k = 0; k < s.count && k < SHOWN; k++) {
            char value[128];
            tb_value_print(tb_format_decode(f->format, tb_field_get(f, input_of(w), s.first + k * s.step)),
                           value, sizeof value);
            printf(" %s", value);
        }
        if (s.count > SHOWN)
            printf(" ... %u in all", s.count);
        puts("");
    }
}

/* A line for each code: who gives it; the exact one first. */
static void print_groups(const struct walk *w, const char *label, const struct tb_answer *list,
                         size_t count) {
    bool *done = calloc(count + 1, sizeof *done);
    if (!done)
        abort();
    for (size_t turn = 0; turn <= count; turn++) {
        uint64_t code = turn ? list[turn - 1].code : w->answer;
        bool started = false;
        for (size_t i = 0; i < count; i++) {
            char text[160];
            if (done[i] || !list[i].given || list[i].code != code)
                continue;
            tb_explain_code(w->at.field->format, code, text, sizeof text);
            if (!started)
                printf("%-10s %s%s", label, text, code == w->answer ? " " : "*");
            printf("  %s", list[i].name);
            started = done[i] = true;
        }
        if (started)
            puts(""), label = "";
    }
    for (size_t i = 0; i < count; i++)
        if (!list[i].given)
            printf("%-10s %s: %s\n", label, list[i].name, list[i].note), label = "";
    free(done);
}

static struct tb_split split_of(const struct walk *w) {
    return tb_split_of(w->q, w->at.record, w->answer, w->variants, w->variant_count, w->targets,
                       w->target_count);
}

/* How far from the answer an implementation without one arithmetic may be. */
static void print_bounds(const struct walk *w) {
    const char *label = "bounds";
    for (const struct tb_problem_bound *b = tb_problem_arithmetic_of(&w->q->p)->bounds; b && b->name; b++)
        if (b->applies(&w->q->p)) {
            printf("%-10s within %.6g of it  %s\n", label,
                   b->radius(&w->q->p, input_of(w), w->index % w->q->elements), b->name);
            label = "";
        }
}

static void print_walk(const struct walk *w) {
    char name[96], answer[160];
    tb_problem_element_name(&w->q->p, w->index, name, sizeof name);
    tb_explain_code(w->at.field->format, w->answer, answer, sizeof answer);
    printf("case       %s\n", w->q->p.id);
    printf("element    %llu: %s of %zu records\n", (unsigned long long)w->index, name, w->q->golden.records);
    print_inputs(w);
    printf("answer     %s\n", answer);
    print_groups(w, "variants", w->variants, w->variant_count);
    print_bounds(w);
    print_groups(w, "targets", w->targets, w->target_count);
    if (tb_dot_is(&w->q->p)) {
        struct tb_split split = split_of(w);
        tb_split_print(&split);
        free(split.rows);
    }
}

/* ---- JSON. ---- */

static json_t *answers_json(const struct walk *w, const struct tb_answer *answers, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char hex[24];
        tb_explain_hex(w->at.field->format, answers[i].code, hex);
        json_t *one = json_pack("{s:s}", "name", answers[i].name);
        if (answers[i].given)
            json_object_set_new(one, "code", json_string(hex));
        else
            json_object_set_new(one, "note", json_string(answers[i].note));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *bounds_json(const struct walk *w) {
    json_t *list = json_array();
    for (const struct tb_problem_bound *b = tb_problem_arithmetic_of(&w->q->p)->bounds; b && b->name; b++)
        if (b->applies(&w->q->p))
            json_array_append_new(list,
                                  json_pack("{s:s, s:f}", "name", b->name, "radius",
                                            b->radius(&w->q->p, input_of(w), w->index % w->q->elements)));
    return list;
}

static json_t *walk_json(const struct walk *w) {
    char hex[24], value[128];
    tb_explain_hex(w->at.field->format, w->answer, hex);
    tb_value_print(tb_format_decode(w->at.field->format, w->answer), value, sizeof value);
    json_t *json =
        json_pack("{s:s, s:I, s:I, s:s, s:i, s:i, s:s, s:s}", "case", w->q->p.id, "element",
                  (json_int_t)w->index, "record", (json_int_t)w->at.record, "field", w->at.field->name, "row",
                  (int)w->row, "column", (int)w->column, "answer", hex, "answer_value", value);
    json_object_set_new(json, "variants", answers_json(w, w->variants, w->variant_count));
    json_object_set_new(json, "targets", answers_json(w, w->targets, w->target_count));
    if (tb_dot_is(&w->q->p)) {
        struct tb_split split = split_of(w);
        json_object_set_new(json, "error", tb_split_json(&split));
        free(split.rows);
    }
    if (tb_problem_arithmetic_of(&w->q->p)->bounds)
        json_object_set_new(json, "bounds", bounds_json(w));
    return json;
}

/* ---- The verb. ---- */

static bool read_element(const struct tb_planned_problem *q, const char *text, uint64_t *index,
                         struct tb_error *error) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 0);
    *index = number;
    bool read = errno == 0 && end != text && !*end && text[0] != '-';
    return (read && number < tb_problem_inputs(q)) ||
           tb_fail(error, TB_EXIT_USAGE,
                   "'%.40s' is not an element of %s: a whole number from 0 to %llu, as the reports give it",
                   text, q->p.id, (unsigned long long)tb_problem_inputs(q) - 1);
}

static void explain(const struct tb_planned_problem *q, uint64_t index, const struct tb_subjects *s,
                    const struct tb_options *o, json_t *list) {
    struct walk w = {.q = q, .index = index, .at = tb_problem_place(q, index)};
    w.row = w.at.place / w.at.field->columns;
    w.column = w.at.place % w.at.field->columns;
    w.answer = tb_field_get(w.at.field, q->golden.output + w.at.record * q->p.output.bytes, w.at.place);
    ask_variants(&w);
    ask_targets(&w, s, o);
    if (list)
        json_array_append_new(list, walk_json(&w));
    else
        print_walk(&w);
    free(w.variants);
    free(w.targets);
}

static bool explain_all(const struct tb_planned_problem *q, const struct tb_options *o, json_t *list,
                        struct tb_error *error) {
    struct tb_subjects subjects = {0};
    uint64_t index;
    for (size_t i = 1; i < o->words.count; i++)
        if (!read_element(q, o->words.word[i], &index, error))
            return false;
    if (!tb_choose_subjects(o, &subjects, error))
        return false;
    for (size_t i = 1; i < o->words.count; i++) {
        read_element(q, o->words.word[i], &index, error);
        if (i > 1 && !list)
            puts("");
        explain(q, index, &subjects, o, list);
    }
    tb_subjects_free(&subjects);
    return true;
}

int tb_explain_problem(const struct tb_options *o) {
    struct tb_error error;
    if (o->like) {
        tb_fail(&error, TB_EXIT_USAGE, "%s: --like is of cases, not of operations on arrays: leave it out",
                o->words.word[0]);
        return tb_complain(&error);
    }
    struct tb_planned_problem *q = tb_planned_problem(o->words.word[0], &error);
    json_t *list = o->json ? json_array() : NULL;
    bool ok = q && tb_planned_problem_golden(q, TB_NAN_BITS, &error) && explain_all(q, o, list, &error);
    if (ok && list) {
        json_dumpf(list, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        puts("");
    }
    json_decref(list);
    tb_planned_problem_free(q);
    return ok ? TB_OK : tb_complain(&error);
}
