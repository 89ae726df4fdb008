#include "harness/contract.h"
#include "harness/environment.h"
#include "harness/pool_child.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINE         64u /* bytes of the widest vector: offsets run below it */
#define LEAST_BODY   1024u
#define CANARY_BYTES 64u
#define CANARY       0xa5
#define POISON       0x55
#define JUDGED       256u
/* Records are long: a few of them fill a page. */
#define LEAST_RECORDS      16u
#define LONGEST_OF_RECORDS 5u
#define STRIDE             61u /* from one call's first sample to the next one's: every sample stands in every lane */

const char *const tb_breach_names[TB_BREACHES] = {
    [TB_BREACH_BOUNDS] = "bounds",           [TB_BREACH_INPUT] = "input",
    [TB_BREACH_ENVIRONMENT] = "environment", [TB_BREACH_UNWRITTEN] = "unwritten",
    [TB_BREACH_REPEAT] = "repeat",           [TB_BREACH_POSITION] = "position",
};

struct contract {
    const struct tb_kernel *kernel;
    size_t in_bytes, out_bytes;
    size_t in_unit, out_unit; /* alignment of the arrays: the element's, 8 of a record */
    size_t longest;           /* of the short calls */
    size_t samples;           /* given, repeated to LEAST_BODY at least */
    size_t total; /* samples and the first of them again, so that a window neither wraps nor meets the long
                     call's tail */
    unsigned char *inputs, *body, *poison; /* body: the long call's outputs; poison: their complement */
    unsigned char *other;                  /* old output content unlike the poison in every byte */
    unsigned char *got, *again;            /* of a call that is judged: JUDGED outputs */
    size_t next;                           /* first sample of the next short call */
    struct tb_guarded input, output;
    struct tb_environment entry;
    struct tb_contract_report *report;
};

/* One call: where its arrays are and which samples they hold. */
struct call {
    unsigned char *input, *output;
    size_t count, first;
};

bool tb_guarded_open(struct tb_guarded *guarded, size_t least_bytes) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (least_bytes + page - 1) / page * page;
    size = size ? size : page;
    unsigned char *base =
        mmap(NULL, size + 2 * TB_GUARD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return false;
    if (mprotect(base + TB_GUARD_BYTES, size, PROT_READ | PROT_WRITE) != 0) {
        munmap(base, size + 2 * TB_GUARD_BYTES);
        return false;
    }
    *guarded = (struct tb_guarded){base + TB_GUARD_BYTES, size};
    return true;
}

void tb_guarded_close(struct tb_guarded *guarded) {
    if (guarded->start)
        munmap(guarded->start - TB_GUARD_BYTES, guarded->size + 2 * TB_GUARD_BYTES);
    *guarded = (struct tb_guarded){0};
}

static uint64_t pattern_at(const unsigned char *array, size_t index, size_t bytes) {
    uint64_t pattern = 0;
    uint32_t four;
    uint16_t two;
    switch (bytes) {
    case 1:
        return array[index];
    case 2:
        memcpy(&two, array + 2 * index, sizeof two);
        return two;
    case 4:
        memcpy(&four, array + 4 * index, sizeof four);
        return four;
    default:
        memcpy(&pattern, array + 8 * index, sizeof pattern);
        return pattern;
    }
}

/* Elements of more than 8 bytes are the records of a problem: told by their place in the samples. */
static bool is_record(size_t bytes) {
    return bytes > 8;
}

static bool same_element(const unsigned char *a, size_t i, const unsigned char *b, size_t j, size_t bytes) {
    return memcmp(a + i * bytes, b + j * bytes, bytes) == 0;
}

/* What a message shows of two outputs that differ: their patterns; of records, the first bytes that differ.
 */
struct shown {
    uint64_t a, b;
    size_t byte;
};
static struct shown show(const unsigned char *a, size_t i, const unsigned char *b, size_t j, size_t bytes) {
    size_t k = 0;
    if (!is_record(bytes))
        return (struct shown){pattern_at(a, i, bytes), pattern_at(b, j, bytes), 0};
    while (k + 1 < bytes && a[i * bytes + k] == b[j * bytes + k])
        k++;
    return (struct shown){a[i * bytes + k], b[j * bytes + k], k};
}

/* The pattern of a sample; of a record, its number. */
static uint64_t sample_name(const struct contract *c, size_t index) {
    return is_record(c->in_bytes) ? index % c->samples : pattern_at(c->inputs, index, c->in_bytes);
}

/* Notes a breach; only the first of its kind keeps its text. */
static void breach(struct contract *c, enum tb_breach kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void breach(struct contract *c, enum tb_breach kind, const char *format, ...) {
    if (c->report->breaches & 1u << kind)
        return;
    c->report->breaches |= 1u << kind;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->report->text[kind], sizeof c->report->text[kind], format, arguments);
    va_end(arguments);
}

/* Bytes of canary that fit between an array's end and the end of its memory, or its start and the start. */
static size_t canary_after(const struct tb_guarded *g, const unsigned char *end) {
    size_t room = (size_t)(g->start + g->size - end);
    return room < CANARY_BYTES ? room : CANARY_BYTES;
}
static size_t canary_before(const struct tb_guarded *g, const unsigned char *start) {
    size_t room = (size_t)(start - g->start);
    return room < CANARY_BYTES ? room : CANARY_BYTES;
}

static void set_canaries(const struct tb_guarded *g, unsigned char *start, size_t size) {
    size_t before = canary_before(g, start);
    memset(start - before, CANARY, before);
    memset(start + size, CANARY, canary_after(g, start + size));
}

static void check_canaries(struct contract *c, const struct call *call) {
    static const unsigned char intact[CANARY_BYTES] = {
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY,
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY,
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY,
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY,
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY,
        CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY};
    unsigned char *end = call->output + call->count * c->out_bytes;
    size_t after = canary_after(&c->output, end), before = canary_before(&c->output, call->output);
    if (memcmp(end, intact, after) != 0) {
        while (after > 1 && end[after - 1] == CANARY)
            after--;
        breach(c, TB_BREACH_BOUNDS, "write past the end of the output by %zu byte%s in a call of %zu", after,
               after == 1 ? "" : "s", call->count);
    }
    if (memcmp(call->output - before, intact, before) != 0) {
        while (before > 1 && call->output[-(ptrdiff_t)before] == CANARY)
            before--;
        breach(c, TB_BREACH_BOUNDS, "write before the start of the output by %zu byte%s in a call of %zu",
               before, before == 1 ? "" : "s", call->count);
    }
}

static void check_input(struct contract *c, const struct call *call) {
    const unsigned char *was = c->inputs + call->first * c->in_bytes;
    if (memcmp(call->input, was, call->count * c->in_bytes) == 0)
        return;
    size_t i = 0;
    while (same_element(call->input, i, was, i, c->in_bytes))
        i++;
    struct shown s = show(was, i, call->input, i, c->in_bytes);
    if (is_record(c->in_bytes))
        breach(c, TB_BREACH_INPUT,
               "the input was changed: byte %zu of record %zu of %zu from 0x%" PRIx64 " to 0x%" PRIx64,
               s.byte, i, call->count, s.a, s.b);
    else
        breach(c, TB_BREACH_INPUT,
               "the input was changed: element %zu of %zu from 0x%" PRIx64 " to 0x%" PRIx64, i, call->count,
               s.a, s.b);
}

static void check_environment(struct contract *c, size_t count) {
    struct tb_environment now = tb_environment_now();
    char text[160];
    if (!tb_environment_describe(&c->entry, &now, text, sizeof text))
        return;
    breach(c, TB_BREACH_ENVIRONMENT, "%s by a call of %zu", text, count);
    tb_environment_set(&c->entry);
}

/* Runs one call on fresh input and the output's given old content, and checks all but the answers. */
static void run_call(struct contract *c, const struct call *call, const unsigned char *old_output) {
    size_t in_size = call->count * c->in_bytes, out_size = call->count * c->out_bytes;
    set_canaries(&c->input, call->input, in_size);
    memcpy(call->input, c->inputs + call->first * c->in_bytes, in_size);
    set_canaries(&c->output, call->output, out_size);
    memcpy(call->output, old_output, out_size);
    tb_job_region(TB_REGION_INPUT, call->input, call->input + in_size);
    tb_job_region(TB_REGION_OUTPUT, call->output, call->output + out_size);
    tb_job_note("in a call of %zu, input at +%zu, output at +%zu", call->count, (uintptr_t)call->input % LINE,
                (uintptr_t)call->output % LINE);
    c->kernel->run(c->kernel->state, call->input, call->output, call->count);
    c->report->calls++;
    check_environment(c, call->count);
    check_canaries(c, call);
    check_input(c, call);
}

static void add_position(struct contract *c, const struct call *call, size_t i, const unsigned char *got,
                         size_t k) {
    struct shown s = show(c->body, call->first + i, got, k, c->out_bytes);
    struct tb_position p = {
        .input = sample_name(c, call->first + i),
        .body = s.a,
        .tail = s.b,
        .count = (uint32_t)call->count,
        .index = (uint32_t)i,
        .input_offset = (uint32_t)((uintptr_t)call->input % LINE),
        .output_offset = (uint32_t)((uintptr_t)call->output % LINE),
    };
    if (c->report->position_total++ < TB_POSITIONS)
        c->report->positions[c->report->position_count++] = p;
    if (is_record(c->out_bytes))
        breach(c, TB_BREACH_POSITION,
               "output byte %zu of record %" PRIu64 " is 0x%" PRIx64 " in a long call and 0x%" PRIx64
               " as record %" PRIu32 " of %" PRIu32 ", input at +%" PRIu32 ", output at +%" PRIu32,
               s.byte, p.input, p.body, p.tail, p.index, p.count, p.input_offset, p.output_offset);
    breach(c, TB_BREACH_POSITION,
           "input 0x%" PRIx64 " gives 0x%" PRIx64 " in a long call and 0x%" PRIx64 " as element %" PRIu32
           " of %" PRIu32 ", input at +%" PRIu32 ", output at +%" PRIu32,
           p.input, p.body, p.tail, p.index, p.count, p.input_offset, p.output_offset);
}

static void breach_repeat(struct contract *c, const struct call *call, size_t i, struct shown s) {
    if (is_record(c->out_bytes))
        breach(c, TB_BREACH_REPEAT,
               "two equal calls of %zu give 0x%" PRIx64 " and 0x%" PRIx64
               " in output byte %zu of record %" PRIu64,
               call->count, s.a, s.b, s.byte, sample_name(c, call->first + i));
    breach(c, TB_BREACH_REPEAT,
           "two equal calls of %zu give 0x%" PRIx64 " and 0x%" PRIx64 " for input 0x%" PRIx64, call->count,
           s.a, s.b, sample_name(c, call->first + i));
}

static void breach_unwritten(struct contract *c, const struct call *call, size_t i, bool wholly) {
    breach(c, TB_BREACH_UNWRITTEN, "element %zu of %zu was not %swritten", i, call->count,
           wholly ? "" : "wholly ");
}

/* Some output of a call is not the long call's. Which promise that breaks: the same call again tells a kernel
 * that is not deterministic, another old content one that does not write. Looks at JUDGED elements from the
 * first wrong one on. */
static void judge_call(struct contract *c, const struct call *call, const unsigned char *poison) {
    const size_t bytes = c->out_bytes;
    const unsigned char *body = c->body + call->first * c->out_bytes;
    size_t skip = 0;
    while (same_element(call->output, skip, body, skip, bytes))
        skip++;
    size_t count = call->count - skip < JUDGED ? call->count - skip : JUDGED;
    memcpy(c->got, call->output + skip * bytes, count * bytes);
    run_call(c, call, poison);
    memcpy(c->again, call->output + skip * bytes, count * bytes);
    for (size_t i = 0; i < call->count * c->out_bytes; i++)
        c->other[i] = (unsigned char)(poison[i] ^ POISON);
    run_call(c, call, c->other);
    for (size_t k = 0; k < count; k++) {
        size_t i = skip + k;
        if (!same_element(c->got, k, c->again, k, bytes))
            breach_repeat(c, call, i, show(c->got, k, c->again, k, bytes));
        else if (!same_element(c->got, k, call->output, i, bytes))
            breach_unwritten(c, call, i, same_element(c->got, k, poison, i, bytes));
        else if (!same_element(c->got, k, body, i, bytes))
            add_position(c, call, i, c->got, k);
    }
}

static void check_call(struct contract *c, struct call call) {
    const unsigned char *poison = c->poison + call.first * c->out_bytes;
    run_call(c, &call, poison);
    if (memcmp(call.output, c->body + call.first * c->out_bytes, call.count * c->out_bytes) != 0)
        judge_call(c, &call, poison);
}

static size_t next_window(struct contract *c) {
    size_t first = c->next;
    c->next = (c->next + STRIDE) % c->samples;
    return first;
}

/* The long aligned call that the others are held against: three times, with two old contents of the output.
 */
static void run_body(struct contract *c) {
    struct call call = {c->input.start, c->output.start, c->total, 0};
    size_t size = c->total * c->out_bytes;
    memset(c->poison, POISON, size);
    memset(c->other, (unsigned char)~POISON, size);
    run_call(c, &call, c->poison);
    memcpy(c->body, call.output, size);
    run_call(c, &call, c->other);
    if (memcmp(call.output, c->body, size) != 0) {
        size_t i = 0;
        while (same_element(call.output, i, c->body, i, c->out_bytes))
            i++;
        struct shown s = show(c->body, i, call.output, i, c->out_bytes);
        run_call(c, &call, c->poison);
        if (memcmp(call.output, c->body, size) == 0)
            breach_unwritten(c, &call, i, same_element(c->body, i, c->poison, i, c->out_bytes));
        else
            breach_repeat(c, &call, i, s);
    }
    for (size_t i = 0; i < size; i++)
        c->poison[i] = (unsigned char)~c->body[i];
}

static void run_short_calls(struct contract *c) {
    unsigned char *in_end = c->input.start + c->input.size, *out_end = c->output.start + c->output.size;
    for (size_t n = 0; n <= c->longest; n++) { /* flush with the guards */
        check_call(c, (struct call){in_end - n * c->in_bytes, out_end - n * c->out_bytes, n, next_window(c)});
        check_call(c, (struct call){c->input.start, c->output.start, n, next_window(c)});
        check_call(c, (struct call){in_end - n * c->in_bytes, c->output.start, n, next_window(c)});
    }
    check_call(
        c, (struct call){in_end - c->total * c->in_bytes, out_end - c->total * c->out_bytes, c->total, 0});
    for (size_t n = 0; n <= c->longest; n++) /* and some of the other pairs of offsets: 37 and 23 are odd */
        for (size_t k = 1; k <= 8; k++)
            check_call(c, (struct call){c->input.start + LINE + (n + 37 * k) * c->in_unit % LINE,
                                        c->output.start + LINE + (n * k + 23 * k) * c->out_unit % LINE, n,
                                        next_window(c)});
    for (size_t in = 0; in < LINE; in += c->in_unit) /* one of the two aligned, or both off by the same */
        for (size_t out = 0; out < LINE; out += c->out_unit)
            if (!in || !out || in == out)
                for (size_t n = 0; n <= c->longest; n++)
                    check_call(c, (struct call){c->input.start + LINE + in, c->output.start + LINE + out, n,
                                                next_window(c)});
}

static bool set_up(struct contract *c, const void *samples, size_t count) {
    bool records = is_record(c->in_bytes) || is_record(c->out_bytes);
    size_t smaller = c->in_bytes < c->out_bytes ? c->in_bytes : c->out_bytes;
    c->in_unit = c->in_bytes < 8 ? c->in_bytes : 8;
    c->out_unit = c->out_bytes < 8 ? c->out_bytes : 8;
    c->longest = records ? LONGEST_OF_RECORDS : TB_LONGEST_TAIL;
    c->samples = count;
    while (c->samples < (records ? LEAST_RECORDS : LEAST_BODY))
        c->samples += count;
    c->total =
        c->samples + c->longest + (records ? 2 * LINE / smaller + 1 : 2 * LINE); /* offsets need room */
    c->got = malloc(JUDGED * c->out_bytes);
    c->again = malloc(JUDGED * c->out_bytes);
    c->inputs = malloc(c->total * c->in_bytes);
    c->body = malloc(c->total * c->out_bytes);
    c->poison = malloc(c->total * c->out_bytes);
    c->other = malloc(c->total * c->out_bytes);
    if (!c->got || !c->again || !c->inputs || !c->body || !c->poison || !c->other ||
        !tb_guarded_open(&c->input, c->total * c->in_bytes) ||
        !tb_guarded_open(&c->output, c->total * c->out_bytes))
        return false;
    for (size_t i = 0; i < c->total; i++)
        memcpy(c->inputs + i * c->in_bytes, (const unsigned char *)samples + i % count * c->in_bytes,
               c->in_bytes);
    return true;
}

bool tb_contract_check(const struct tb_kernel *kernel, unsigned in_bytes, unsigned out_bytes,
                       const void *sample_inputs, size_t sample_count, struct tb_contract_report *report) {
    struct contract c = {.kernel = kernel,
                         .in_bytes = in_bytes,
                         .out_bytes = out_bytes,
                         .entry = tb_environment_now(),
                         .report = report};
    memset(report, 0, sizeof *report);
    bool fits = set_up(&c, sample_inputs, sample_count);
    if (fits) {
        run_body(&c);
        run_short_calls(&c);
    }
    tb_job_region(TB_REGION_INPUT, NULL, NULL);
    tb_job_region(TB_REGION_OUTPUT, NULL, NULL);
    tb_job_note("%s", "");
    tb_guarded_close(&c.input);
    tb_guarded_close(&c.output);
    free(c.got);
    free(c.again);
    free(c.inputs);
    free(c.body);
    free(c.poison);
    free(c.other);
    return fits;
}

const char *tb_contract_sentence(const struct tb_contract_report *report) {
    for (int i = 0; i < TB_BREACHES; i++)
        if (report->breaches & 1u << i)
            return report->text[i];
    return NULL;
}
