#include "harness/offline/outputs.h"

#include "harness/contract.h"
#include "harness/environment.h"
#include "harness/gapless.h"
#include "targets/request.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK    ((size_t)1 << 20) /* inputs a call: a device's bus wants long ones */
#define PIECE    4096u             /* outputs that are compared with one code at once */
#define CONTRACT 512u              /* inputs of the contract's check */

/* What the child writes; the arrays follow: patterns, then codes, `count` each; of a problem the outputs of
 * `count` records. */
struct reply {
    bool offered;
    char claim[64];
    uint64_t evaluated, count;
};

/* ---- Calling the kernel. ---- */

static void run(const struct tb_kernel *kernel, const void *input, void *output, size_t count) {
    kernel->run(kernel->state, input, output, count);
    const char *why = kernel->failure ? kernel->failure(kernel->state) : NULL;
    if (why)
        tb_job_fail("%s", why);
}

static void *allocate(size_t bytes) {
    void *start = malloc(bytes + 1);
    if (!start)
        tb_job_fail("out of memory");
    return start;
}

static uint64_t element(const unsigned char *array, size_t index, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, array + index * bytes, bytes);
    return value;
}

static void put(unsigned char *array, size_t index, unsigned bytes, uint64_t value) {
    memcpy(array + index * bytes, &value, bytes);
}

static void must_keep(const struct tb_kernel *kernel, unsigned in_bytes, unsigned out_bytes,
                      const void *inputs, size_t count) {
    static struct tb_contract_report report;
    if (!tb_contract_check(kernel, in_bytes, out_bytes, inputs, count, &report))
        tb_job_fail("out of memory while checking the contract");
    const char *sentence = tb_contract_sentence(&report);
    if (sentence)
        tb_job_fail("%s", sentence);
    if (report.position_count)
        tb_job_fail("its answers depend on where in the array an input stands");
}

/* Inputs for the contract: of a file evenly chosen ones, else patterns from everywhere in the domain. */
static void check_contract(const struct tb_offline_case *one, const struct tb_kernel *kernel) {
    static unsigned char inputs[CONTRACT * 8];
    const struct tb_format *f = tb_case_input(&one->c);
    unsigned bytes = tb_format_bytes(f);
    uint64_t all = one->inputs ? one->inputs->count : tb_case_inputs(&one->c);
    size_t count = all < CONTRACT ? (size_t)all : CONTRACT;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = all / count * i + (all % count) * i / count; /* all * i / count, in 64 bits */
        put(inputs, i, bytes, one->inputs ? one->inputs->input[at] : at << f->padding);
    }
    must_keep(kernel, bytes, tb_format_bytes(one->c.destination), inputs, count);
}

/* ---- Every input. ---- */

static void append(struct tb_staircase *s, uint64_t first, uint64_t code) {
    if (!tb_staircase_append(s, first, code))
        tb_job_fail("out of memory for the recording");
    if (s->count > TB_OFFLINE_RUNS)
        tb_job_fail("it gives more than 2^20 runs of equal outputs");
}

/* Whether all of a piece are `code`: its first is, and each is its neighbour. */
static bool all_are(const unsigned char *outputs, size_t count, unsigned bytes, uint64_t code) {
    return element(outputs, 0, bytes) == code && memcmp(outputs, outputs + bytes, (count - 1) * bytes) == 0;
}

static void take_outputs(struct tb_staircase *s, uint64_t first, int padding, const unsigned char *outputs,
                         size_t count, unsigned bytes) {
    for (size_t done = 0, here; done < count; done += here) {
        here = count - done < PIECE ? count - done : PIECE;
        const unsigned char *piece = outputs + done * bytes;
        if (s->count && all_are(piece, here, bytes, s->code[s->count - 1]))
            continue;
        for (size_t i = 0; i < here; i++)
            append(s, (first + done + i) << padding, element(piece, i, bytes));
    }
}

/* Patterns first, first + 1, ... of a format; those of 32 bits, of which there are many, in a loop of their
 * own. */
static void fill(unsigned char *input, const struct tb_format *f, uint64_t first, size_t count) {
    unsigned bytes = tb_format_bytes(f);
    uint32_t *words = (uint32_t *)(void *)input; /* malloc's */
    if (bytes == 4)
        for (size_t i = 0; i < count; i++)
            words[i] = (uint32_t)(first + i) << f->padding;
    else
        for (size_t i = 0; i < count; i++)
            put(input, i, bytes, (first + i) << f->padding);
}

static void sweep(const struct tb_offline_case *one, const struct tb_kernel *kernel, struct tb_staircase *s) {
    const struct tb_format *f = tb_case_input(&one->c);
    unsigned in_bytes = tb_format_bytes(f), out_bytes = tb_format_bytes(one->c.destination);
    uint64_t inputs = tb_case_inputs(&one->c);
    unsigned char *input = allocate(BLOCK * in_bytes), *output = allocate(BLOCK * out_bytes);
    for (uint64_t first = 0; first < inputs; first += BLOCK) {
        size_t count = inputs - first < BLOCK ? (size_t)(inputs - first) : BLOCK;
        fill(input, f, first, count);
        memset(output, first / BLOCK % 2 ? 0xa5 : 0x5a, count * out_bytes);
        run(kernel, input, output, count);
        take_outputs(s, first, f->padding, output, count, out_bytes);
    }
    free(input);
    free(output);
}

/* ---- The inputs of a file. ---- */

static uint64_t *run_listed(const struct tb_offline_case *one, const struct tb_kernel *kernel) {
    const struct tb_vectors *v = one->inputs;
    unsigned in_bytes = tb_format_bytes(tb_case_input(&one->c)),
             out_bytes = tb_format_bytes(one->c.destination);
    unsigned char *input = allocate(v->count * in_bytes), *output = allocate(v->count * out_bytes);
    uint64_t *codes = allocate(v->count * sizeof *codes);
    for (size_t i = 0; i < v->count; i++)
        put(input, i, in_bytes, v->input[i]);
    memset(output, 0xa5, v->count * out_bytes);
    run(kernel, input, output, v->count);
    for (size_t i = 0; i < v->count; i++)
        codes[i] = element(output, i, out_bytes);
    free(input);
    free(output);
    return codes;
}

/* ---- A problem's records. ---- */

/* What open() is asked about a problem; its strings live here. */
struct question {
    struct tb_problem p;
    char source[TB_LAYOUT_TEXT], destination[TB_LAYOUT_TEXT];
};

static struct tb_request ask_problem(const char *id, struct question *q) {
    struct tb_error error;
    if (!tb_problem_parse(id, &q->p, &error))
        tb_job_fail("%s", error.text);
    tb_layout_print(&q->p.input, q->source, sizeof q->source);
    tb_layout_print(&q->p.output, q->destination, sizeof q->destination);
    return tb_request_of_problem(&q->p, q->source, q->destination, tb_problem_words(&q->p, q->p.id));
}

/* The contract, then the outputs of all records in one call, without what lies between their fields. */
static void send_records(const struct tb_problem *p, const struct tb_problem_records *given,
                         const struct tb_kernel *kernel, struct reply *reply, FILE *out) {
    const size_t in = given->count * p->input.bytes, bytes = given->count * p->output.bytes;
    const struct tb_kernel gapless = tb_gapless_kernel(&(struct tb_gapless){&p->output, kernel});
    unsigned char *input = allocate(in), *output = allocate(bytes);
    memcpy(input, given->input, in);
    must_keep(&gapless, p->input.bytes, p->output.bytes, input, given->count);
    memset(output, 0xa5, bytes);
    run(kernel, input, output, given->count);
    tb_layout_clear_gaps(&p->output, output, given->count);
    reply->count = given->count;
    reply->evaluated = given->count * tb_layout_elements(&p->output);
    fwrite(reply, sizeof *reply, 1, out);
    fwrite(output, 1, bytes, out);
    free(input);
    free(output);
}

/* ---- The child, and what the parent makes of it. ---- */

static void send(struct reply *reply, const uint64_t *input, const uint64_t *output, FILE *out) {
    fwrite(reply, sizeof *reply, 1, out);
    fwrite(input, sizeof *input, reply->count, out);
    fwrite(output, sizeof *output, reply->count, out);
}

void tb_offline_work(void *context, FILE *out) {
    const struct tb_offline_case *one = context;
    struct tb_kernel kernel = {0};
    static struct reply reply;
    static struct question question;
    struct tb_request request =
        one->given ? ask_problem(one->id, &question) : tb_request_of(&one->c, one->id);
    reply.offered = one->target->open(&request, &kernel) == 1 && kernel.run;
    if (!reply.offered) {
        fwrite(&reply, sizeof reply, 1, out);
        return;
    }
    const char *why = kernel.failure ? kernel.failure(kernel.state) : NULL;
    if (why)
        tb_job_fail("it could not be opened: %s", why);
    snprintf(reply.claim, sizeof reply.claim, "%s", kernel.claim ? kernel.claim : "");
    tb_environment_set_default();
    if (one->given) {
        send_records(&question.p, one->given, &kernel, &reply, out);
        return;
    }
    check_contract(one, &kernel);
    if (one->inputs) {
        uint64_t *codes = run_listed(one, &kernel);
        reply.evaluated = reply.count = one->inputs->count;
        send(&reply, one->inputs->input, codes, out);
        free(codes);
    } else {
        struct tb_staircase s = {0};
        sweep(one, &kernel, &s);
        reply.evaluated = tb_case_inputs(&one->c);
        reply.count = s.count;
        send(&reply, s.first, s.code, out);
        tb_staircase_free(&s);
    }
}

static bool out_of_memory(const char *id, struct tb_error *error) {
    return tb_fail(error, TB_EXIT_SYSTEM, "%s: out of memory for the recording", id);
}

/* A copy of a part of what the child wrote; NULL when memory is out. */
static void *part(const struct tb_job *job, size_t from, size_t bytes) {
    void *copy = malloc(bytes + 1);
    if (copy)
        memcpy(copy, job->output + from, bytes);
    return copy;
}

/* Patterns and codes, `count` each. */
static bool take_codes(const struct tb_offline_case *one, const struct tb_job *job, size_t count,
                       struct tb_answers *a, struct tb_error *error) {
    const size_t bytes = count * sizeof(uint64_t);
    uint64_t *input = part(job, sizeof(struct reply), bytes);
    uint64_t *output = part(job, sizeof(struct reply) + bytes, bytes);
    if (one->inputs)
        a->vectors = (struct tb_vectors){count, count, input, output};
    else
        a->staircase = (struct tb_staircase){count, count, input, output};
    return (input && output) || out_of_memory(one->id, error);
}

static bool take_records(const struct tb_offline_case *one, const struct tb_job *job,
                         const struct tb_problem *p, struct tb_answers *a, struct tb_error *error) {
    const size_t in = one->given->count * p->input.bytes, bytes = one->given->count * p->output.bytes;
    a->records = (struct tb_problem_records){one->given->count, malloc(in + 1),
                                             part(job, sizeof(struct reply), bytes)};
    if (!a->records.input || !a->records.output)
        return out_of_memory(one->id, error);
    memcpy(a->records.input, one->given->input, in);
    return true;
}

bool tb_offline_take(struct tb_offline_case *one, const struct tb_job *job, struct tb_recording *r,
                     enum tb_offline_outcome *outcome, struct tb_error *error) {
    struct reply reply;
    struct tb_problem p;
    *outcome = TB_OFFLINE_FAILED;
    if (job->output_size < sizeof reply)
        return true;
    memcpy(&reply, job->output, sizeof reply);
    if (!reply.offered) {
        *outcome = TB_OFFLINE_NOT_OFFERED;
        return true;
    }
    if (one->given && !tb_problem_parse(one->id, &p, error))
        return false;
    const size_t each = one->given ? p.output.bytes : 2 * sizeof(uint64_t);
    if (job->output_size != sizeof reply + reply.count * each ||
        (one->given && reply.count != one->given->count))
        return true;
    struct tb_answers *a = tb_recording_add(r, one->id);
    if (!a)
        return out_of_memory(one->id, error);
    if (one->given ? !take_records(one, job, &p, a, error) : !take_codes(one, job, reply.count, a, error))
        return false;
    memcpy(a->claim, reply.claim, sizeof a->claim);
    one->evaluated = reply.evaluated;
    *outcome = TB_OFFLINE_RECORDED;
    return true;
}
