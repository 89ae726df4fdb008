#include "harness/judge.h"

#include "harness/contract.h"
#include "harness/environment.h"
#include "harness/problem_judge.h"
#include "reference/basic.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What a child writes; the record's stretches follow it. */
struct reply {
    enum { NOT_OFFERED, UNAVAILABLE, JUDGED } kind;
    char claim[64];
    char reason[512];
    struct tb_contract_report contract;
    struct tb_record record;
    double seconds;
};

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- In the child. ---- */

/* Input `i` of the contract's: of a staircase both sides of each boundary, since a tie is a run's first input
 * or the last one before it, as the rounding gives it away. */
static uint64_t contract_input(const struct tb_planned *p, size_t i) {
    if (!p->golden.count)
        return p->sample.input[i];
    uint64_t first = p->golden.first[i / 2];
    return i % 2 && first ? first - (UINT64_C(1) << tb_case_input(&p->c)->padding) : first;
}

/* Some hundred inputs for the contract, evenly spread where there are more. */
static size_t contract_inputs(const struct tb_planned *p, unsigned char *array, size_t limit) {
    unsigned bytes = tb_format_bytes(tb_case_input(&p->c));
    size_t count = p->golden.count ? 2 * p->golden.count : p->sample.count;
    size_t taken = count < limit ? count : limit;
    for (size_t i = 0; i < taken; i++) {
        uint64_t input = contract_input(p, i * count / taken);
        memcpy(array + i * bytes, &input, bytes);
    }
    return taken;
}

static bool check_problem_contract(const struct tb_planned_problem *q, const struct tb_kernel *kernel,
                                   struct reply *reply) {
    const struct tb_gapless gapless = {&q->p.output, kernel};
    const struct tb_kernel clearing = tb_gapless_kernel(&gapless);
    return tb_contract_check(&clearing, q->p.input.bytes, q->p.output.bytes, q->golden.input,
                             q->golden.records, &reply->contract);
}

static bool check_contract(const struct tb_planned *p, const struct tb_kernel *kernel, struct reply *reply) {
    if (p->problem)
        return check_problem_contract(p->problem, kernel, reply);
    static _Alignas(64) unsigned char inputs[512 * 8];
    size_t count = contract_inputs(p, inputs, 512);
    return tb_contract_check(kernel, tb_format_bytes(tb_case_input(&p->c)), tb_format_bytes(p->c.destination),
                             inputs, count, &reply->contract);
}

static bool sweep(const struct tb_trial *t, const struct tb_kernel *kernel, struct tb_record *record) {
    const struct tb_planned *p = t->planned;
    if (p->problem)
        return tb_problem_sweep(p->problem, kernel, record);
    if (!t->exhaustive)
        return tb_sweep_sample(&p->c, &p->sample, kernel, record);
    if (p->golden.count)
        return tb_sweep(&p->c, &p->golden, kernel, tb_job_progress, record);
    return tb_basic_by_blocks(&p->c) ? tb_sweep_blocks(&p->c, &p->sample, kernel, tb_job_progress, record)
                                     : tb_sweep_wide(&p->c, &p->wide, kernel, tb_job_progress, record);
}

static void run_kernel(const struct tb_trial *t, const struct tb_kernel *kernel, struct reply *reply) {
    const struct tb_planned *p = t->planned;
    struct tb_environment wanted = tb_environment_now(), after;
    struct tb_error error;
    if (t->condition && !tb_environment_condition(t->condition->name, &wanted, &error))
        tb_job_fail("%s", error.text);
    if (t->subject->kind != TB_SUBJECT_EXEC && !check_contract(p, kernel, reply))
        tb_job_fail("out of memory while checking the contract");
    tb_environment_set(&wanted);
    double start = cpu_seconds();
    bool ok = sweep(t, kernel, &reply->record);
    reply->seconds = cpu_seconds() - start;
    after = tb_environment_now();
    tb_environment_set_default();
    if (!ok)
        tb_job_fail("out of memory while recording");
    tb_environment_describe(&wanted, &after, reply->reason, sizeof reply->reason);
}

/* A recording is compared, not run. */
static void judge_recording(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply);

static void send(const struct reply *reply, FILE *out) {
    fwrite(reply, sizeof *reply, 1, out);
    if (reply->record.stretch_count)
        fwrite(reply->record.stretches, sizeof *reply->record.stretches, reply->record.stretch_count, out);
}

void tb_trial_work(void *context, FILE *out) {
    const struct tb_trial *t = context;
    static struct reply reply;
    struct tb_kernel kernel;
    struct tb_error error;
    if (t->subject->kind == TB_SUBJECT_RECORDED) {
        const struct tb_answers *answers = tb_recording_find(t->subject->recording, t->planned->id);
        reply.kind = answers ? JUDGED : NOT_OFFERED;
        if (answers)
            judge_recording(t, answers, &reply);
        send(&reply, out);
        return;
    }
    struct tb_request request = tb_planned_request(t->planned);
    int offered = tb_subject_open_request(t->subject, &request, &kernel, &error);
    if (offered < 0)
        tb_job_fail("%s", error.text);
    reply.kind = offered ? JUDGED : NOT_OFFERED;
    if (offered) {
        snprintf(reply.claim, sizeof reply.claim, "%s", kernel.claim ? kernel.claim : "");
        run_kernel(t, &kernel, &reply);
    }
    send(&reply, out);
}

struct comparing {
    const struct tb_case *c;
    struct tb_record *record;
};

static void add_recorded(const struct tb_difference *d, void *context) {
    struct comparing *k = context;
    struct tb_stretch s = {d->first, d->last, d->expected, d->got};
    struct tb_record *r = k->record;
    tb_tally_add(&r->tally, k->c, &s);
    if (r->stretch_count == TB_STRETCHES) {
        r->irregular = true;
        return;
    }
    if (r->stretch_count == r->stretch_capacity) {
        r->stretch_capacity = r->stretch_capacity ? 2 * r->stretch_capacity : 256;
        r->stretches = realloc(r->stretches, r->stretch_capacity * sizeof *r->stretches);
        if (!r->stretches)
            tb_job_fail("out of memory while comparing the recording");
    }
    r->stretches[r->stretch_count++] = s;
}

static void judge_staircase(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    const struct tb_planned *p = t->planned;
    struct comparing k = {&p->c, &reply->record};
    uint64_t end = (tb_case_inputs(&p->c) - 1) << tb_case_input(&p->c)->padding;
    tb_tally_start(&reply->record.tally);
    tb_staircase_compare(&p->golden, &answers->staircase, end, add_recorded, &k);
    reply->record.inputs = tb_case_inputs(&p->c);
    reply->record.exhaustive = true;
}

/* A kernel that gives what was recorded for the sample, so that a recording is judged by the code that judges
 * a target. */
static void replay(const void *state, const void *input, void *output, size_t count) {
    const struct tb_trial *t = state;
    const struct tb_vectors *v = &tb_recording_find(t->subject->recording, t->planned->id)->vectors;
    unsigned bytes = tb_format_bytes(t->planned->c.destination);
    (void)input;
    for (size_t i = 0; i < count; i++)
        memcpy((unsigned char *)output + i * bytes, &v->output[i], bytes);
}

static void judge_vectors(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    const struct tb_vectors *sample = &t->planned->sample, *v = &answers->vectors;
    struct tb_kernel kernel = {.run = replay, .state = t};
    if (v->count != sample->count || memcmp(v->input, sample->input, v->count * sizeof *v->input) != 0)
        tb_job_fail("the recording's %zu inputs are not the %zu that this version samples: record it again",
                    v->count, sample->count);
    if (!tb_sweep_sample(&t->planned->c, sample, &kernel, &reply->record))
        tb_job_fail("out of memory while comparing the recording");
}

static void judge_recording(const struct tb_trial *t, const struct tb_answers *answers, struct reply *reply) {
    snprintf(reply->claim, sizeof reply->claim, "%s", answers->claim);
    if (t->exhaustive)
        judge_staircase(t, answers, reply);
    else
        judge_vectors(t, answers, reply);
}

/* ---- In the parent. ---- */

static void finish_badly(struct tb_trial *t, const struct tb_job *job) {
    t->verdict.status = TB_CRASHED;
    snprintf(t->verdict.reason, sizeof t->verdict.reason, "%s", job->reason);
}

/* What the contract found goes into the verdict: position dependence is counted, the rest is a reason. */
static void add_contract(struct tb_trial *t, const struct tb_contract_report *contract) {
    const char *sentence = tb_contract_sentence(contract);
    for (uint32_t i = 0; i < contract->position_count; i++) {
        const struct tb_position *p = &contract->positions[i];
        tb_tally_add_position(&t->record.tally, &(struct tb_example){p->input, p->body, p->tail});
    }
    if (sentence)
        snprintf(t->verdict.reason, sizeof t->verdict.reason, "%s", sentence);
}

void tb_trial_finish(struct tb_trial *t, const struct tb_job *job) {
    struct tb_verdict *v = &t->verdict;
    struct reply reply;
    snprintf(v->target, sizeof v->target, "%s", t->subject->name);
    snprintf(v->case_id, sizeof v->case_id, "%s", t->planned->id);
    v->exhaustive = t->exhaustive;
    if (job->outcome != TB_JOB_DONE || job->output_size < sizeof reply) {
        finish_badly(t, job);
        return;
    }
    memcpy(&reply, job->output, sizeof reply);
    t->dropped = reply.kind == NOT_OFFERED;
    t->record = reply.record;
    t->record.stretches = NULL;
    size_t bytes = reply.record.stretch_count * sizeof *t->record.stretches;
    if (t->dropped || job->output_size != sizeof reply + bytes) {
        t->record.stretch_count = 0;
        return;
    }
    t->record.stretches = malloc(bytes + 1);
    if (!t->record.stretches)
        abort();
    memcpy(t->record.stretches, job->output + sizeof reply, bytes);
    snprintf(v->claim, sizeof v->claim, "%s", reply.claim);
    snprintf(v->reason, sizeof v->reason, "%s", reply.reason);
    add_contract(t, &reply.contract);
    v->inputs = t->record.inputs;
    v->seconds = reply.seconds;
    tb_tally_report(&t->record.tally, &t->planned->c, t->record.exhaustive, v);
}

void tb_trial_free(struct tb_trial *t) {
    tb_record_free(&t->record);
    free(t->verdict.classes);
    free(t->verdict.explained_by);
    free(t->verdict.binades);
    free(t->verdict.stretches);
}
