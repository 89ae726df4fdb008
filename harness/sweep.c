#include "harness/sweep.h"

#include "harness/loops.h"
#include "harness/recorder.h"
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

/* Patterns and elements are copied into each other byte by byte. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tiebreak runs on little-endian machines");

/* ---- Outputs that differ. ---- */

static uint64_t element(const void *array, size_t index, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, (const unsigned char *)array + index * bytes, bytes);
    return value;
}

typedef bool same_fn(const void *, uint32_t, size_t);
typedef bool fill_same_fn(uint32_t *, uint32_t, uint32_t, const void *, uint32_t, size_t);

/* The slow way through outputs of which some differ from `code`. `same` tells fast whether all are alike:
 * where a target saturates otherwise or reads subnormals as zero, hundreds of millions of neighbours are. */
static void record_outputs(struct tb_recorder *r, same_fn *same, uint64_t first, const void *outputs,
                           unsigned bytes, uint64_t code, size_t count) {
    uint64_t all = element(outputs, 0, bytes);
    if (same && all != code && same(outputs, (uint32_t)all, count)) {
        tb_recorder_add(r, first, first + (count - 1) * r->step, code, all);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t got = element(outputs, i, bytes);
        if (got != code)
            tb_recorder_add(r, first + i * r->step, first + i * r->step, code, got);
    }
}

/* ---- The sweep of a 32-bit domain. ---- */

/* One block of outputs: the pattern of its first input, and the golden run that holds it. */
struct block {
    uint64_t first;
    size_t run;
};

struct sweep {
    const struct tb_staircase *golden;
    struct tb_recorder recorder;
    const struct tb_loops *loops;
    same_fn *same;
    fill_same_fn *fill_same;
    unsigned bytes; /* of an output */
    uint32_t step;
    size_t run; /* the golden run that holds the next output to check */
};

static uint64_t run_end(const struct tb_staircase *s, size_t run) { /* first pattern after the run */
    return run + 1 < s->count ? s->first[run + 1] : UINT64_MAX;
}

/* Checks outputs of the block that starts at `first`, run by run. */
static void check_block(struct sweep *s, uint64_t first, const unsigned char *outputs, size_t count) {
    while (count) {
        uint64_t left = (run_end(s->golden, s->run) - first) / s->step;
        size_t here = left < count ? (size_t)left : count;
        uint64_t code = s->golden->code[s->run];
        if (!s->same(outputs, (uint32_t)code, here))
            record_outputs(&s->recorder, s->same, first, outputs, s->bytes, code, here);
        first += (uint64_t)here * s->step;
        outputs += here * s->bytes;
        count -= here;
        s->run += first >= run_end(s->golden, s->run);
    }
}

/* Checks a block while the block of inputs at `next` is written. */
static void check_and_fill(struct sweep *s, uint64_t first, const unsigned char *outputs, uint32_t *input,
                           uint64_t next) {
    if (run_end(s->golden, s->run) - first < (uint64_t)TB_BLOCK * s->step) {
        s->loops->fill(input, (uint32_t)next, s->step, TB_BLOCK);
        check_block(s, first, outputs, TB_BLOCK);
        return;
    }
    uint64_t code = s->golden->code[s->run];
    if (!s->fill_same(input, (uint32_t)next, s->step, outputs, (uint32_t)code, TB_BLOCK))
        record_outputs(&s->recorder, s->same, first, outputs, s->bytes, code, TB_BLOCK);
    s->run += first + (uint64_t)TB_BLOCK * s->step >= run_end(s->golden, s->run);
}

/* Blocks of one process's sweep: in L1 all the time. */
static _Alignas(64) uint32_t block_input[TB_BLOCK];
static _Alignas(64) unsigned char block_output[TB_BLOCK * 4];

static void sweep_blocks(struct sweep *s, const struct tb_kernel *kernel, uint64_t first, uint64_t blocks,
                         void (*progress)(uint64_t)) {
    uint64_t advance = (uint64_t)TB_BLOCK * s->step;
    memset(block_output, 0xa5,
           sizeof block_output); /* an output that is never written differs from one golden code or another */
    s->loops->fill(block_input, (uint32_t)first, s->step, TB_BLOCK);
    for (uint64_t i = 0; i < blocks; i++, first += advance) {
        kernel->run(kernel->state, block_input, block_output, TB_BLOCK);
        check_and_fill(s, first, block_output, block_input, first + advance);
        if (progress && (i & 0xfff) == 0xfff)
            progress((uint64_t)0x1000 * TB_BLOCK);
    }
}

static void choose_loops(struct sweep *s) {
    s->loops = tb_loops_best();
    s->same = s->bytes == 1 ? s->loops->same1 : s->bytes == 2 ? s->loops->same2 : s->loops->same4;
    s->fill_same = s->bytes == 1   ? s->loops->fill_same1
                   : s->bytes == 2 ? s->loops->fill_same2
                                   : s->loops->fill_same4;
}

/* ---- Small domains: all inputs in one array. ---- */

static void put(void *array, size_t index, unsigned bytes, uint64_t value) {
    memcpy((unsigned char *)array + index * bytes, &value, bytes);
}

static bool sweep_small(struct sweep *s, const struct tb_kernel *kernel, uint64_t inputs, unsigned in_bytes) {
    unsigned char *input = malloc(inputs * in_bytes), *output = malloc(inputs * s->bytes);
    bool ok = input && output;
    if (ok) {
        for (uint64_t i = 0; i < inputs; i++)
            put(input, i, in_bytes, i * s->step);
        memset(output, 0xa5, inputs * s->bytes);
        kernel->run(kernel->state, input, output, inputs);
        for (uint64_t i = 0; i < inputs; i++) {
            s->run += i * s->step >= run_end(s->golden, s->run);
            record_outputs(&s->recorder, NULL, i * s->step, output + i * s->bytes, s->bytes,
                           s->golden->code[s->run], 1);
        }
    }
    free(input);
    free(output);
    return ok;
}

static struct sweep sweep_start(const struct tb_case *c, const struct tb_staircase *golden,
                                struct tb_record *out) {
    struct sweep s = {.golden = golden,
                      .bytes = tb_format_bytes(c->destination),
                      .step = UINT32_C(1) << tb_case_input(c)->padding};
    s.recorder = tb_recorder_start(c, out);
    return s;
}

static bool sweep_end(struct sweep *s, uint64_t inputs) {
    tb_recorder_close(&s->recorder);
    s->recorder.record->inputs = inputs;
    return !s->recorder.out_of_memory;
}

static bool is_large(const struct tb_case *c) {
    return tb_format_bytes(tb_case_input(c)) == 4 && tb_format_bytes(c->destination) <= 4;
}

bool tb_sweep_range(const struct tb_case *c, const struct tb_staircase *golden,
                    const struct tb_kernel *kernel, uint64_t begin, uint64_t end, void (*progress)(uint64_t),
                    struct tb_record *out) {
    struct sweep s = sweep_start(c, golden, out);
    uint64_t first = begin << tb_case_input(c)->padding;
    choose_loops(&s);
    s.run = tb_staircase_find(golden, first);
    sweep_blocks(&s, kernel, first, (end - begin) / TB_BLOCK, progress);
    return sweep_end(&s, end - begin);
}

void tb_sweep_unchecked(const struct tb_case *c, const struct tb_kernel *kernel, uint64_t begin,
                        uint64_t end) {
    const struct tb_loops *loops = tb_loops_best();
    int padding = tb_case_input(c)->padding;
    for (uint64_t i = begin; i < end; i += TB_BLOCK) {
        loops->fill(block_input, (uint32_t)(i << padding), UINT32_C(1) << padding, TB_BLOCK);
        kernel->run(kernel->state, block_input, block_output, TB_BLOCK);
    }
}

bool tb_sweep(const struct tb_case *c, const struct tb_staircase *golden, const struct tb_kernel *kernel,
              void (*progress)(uint64_t), struct tb_record *out) {
    uint64_t inputs = tb_case_inputs(c);
    bool ok;
    if (is_large(c)) {
        ok = tb_sweep_range(c, golden, kernel, 0, inputs, progress, out);
    } else {
        struct sweep s = sweep_start(c, golden, out);
        ok = sweep_small(&s, kernel, inputs, tb_format_bytes(tb_case_input(c))) && sweep_end(&s, inputs);
    }
    out->exhaustive = true;
    return ok;
}

/* ---- Wide domains: golden codes computed block by block. ---- */

/* Records the elements of `got` that differ from `expected`; at once where both are constant, as beyond the
 * range. */
static void record_against(struct tb_recorder *r, uint64_t first, const void *expected, const void *got,
                           unsigned bytes, size_t count) {
    uint64_t e0 = element(expected, 0, bytes), g0 = element(got, 0, bytes);
    same_fn *same = bytes == 4 ? tb_loops_best()->same4 : NULL;
    if (same && e0 != g0 && same(expected, (uint32_t)e0, count) && same(got, (uint32_t)g0, count)) {
        tb_recorder_add(r, first, first + count - 1, e0, g0);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t e = element(expected, i, bytes), g = element(got, i, bytes);
        if (e != g)
            tb_recorder_add(r, first + i, first + i, e, g);
    }
}

/* Fills the golden codes of a block, ramp by ramp; *ramp is the one that holds `first`, and moves on. */
static void fill_golden(const struct tb_wide *w, size_t *ramp, uint64_t first, unsigned bytes, void *codes) {
    for (size_t done = 0; done < TB_BLOCK;) {
        const struct tb_ramp *r = &w->ramps[*ramp];
        uint64_t left = r->last - (first + done) + 1;
        size_t count = left < TB_BLOCK - done ? (size_t)left : TB_BLOCK - done;
        if (bytes == 4)
            tb_ramp_fill4(r, first + done, count, (uint32_t *)codes + done);
        else
            tb_ramp_fill8(r, first + done, count, (uint64_t *)codes + done);
        done += count;
        *ramp += count == left;
    }
}

/* Writes the golden codes of the block that starts at `first` as elements. */
typedef void golden_fn(void *context, uint64_t first, unsigned bytes, void *codes);

/* Every input, a block of golden codes after the other; progress is told every `often` blocks, a power of
 * two. */
static bool sweep_by_blocks(const struct tb_case *c, golden_fn *fill, void *context,
                            const struct tb_kernel *kernel, uint64_t often, void (*progress)(uint64_t),
                            struct tb_record *out) {
    static _Alignas(64) uint64_t expected[TB_BLOCK], got[TB_BLOCK];
    struct sweep s = sweep_start(c, NULL, out);
    const struct tb_loops *loops = tb_loops_best();
    uint64_t inputs = tb_case_inputs(c);
    memset(got, 0xa5, sizeof got);
    for (uint64_t first = 0; first < inputs; first += TB_BLOCK) {
        loops->fill(block_input, (uint32_t)first, 1, TB_BLOCK);
        kernel->run(kernel->state, block_input, got, TB_BLOCK);
        fill(context, first, s.bytes, expected);
        if (memcmp(expected, got, (size_t)TB_BLOCK * s.bytes) != 0)
            record_against(&s.recorder, first, expected, got, s.bytes, TB_BLOCK);
        if (progress && (first / TB_BLOCK & (often - 1)) == often - 1)
            progress(often * TB_BLOCK);
    }
    out->exhaustive = true;
    return sweep_end(&s, inputs);
}

struct ramps {
    const struct tb_wide *wide;
    size_t ramp; /* the one that holds the next block */
};

static void fill_ramps(void *context, uint64_t first, unsigned bytes, void *codes) {
    struct ramps *r = context;
    fill_golden(r->wide, &r->ramp, first, bytes, codes);
}

bool tb_sweep_wide(const struct tb_case *c, const struct tb_wide *wide, const struct tb_kernel *kernel,
                   void (*progress)(uint64_t inputs), struct tb_record *out) {
    struct ramps r = {wide, 0};
    return sweep_by_blocks(c, fill_ramps, &r, kernel, 0x1000, progress, out);
}

/* ---- Samples. ---- */

bool tb_sweep_sample(const struct tb_case *c, const struct tb_vectors *sample, const struct tb_kernel *kernel,
                     struct tb_record *out) {
    unsigned in_bytes = tb_format_bytes(tb_case_input(c)), out_bytes = tb_format_bytes(c->destination);
    unsigned char *input = malloc(sample->count * in_bytes + 1),
                  *output = malloc(sample->count * out_bytes + 1);
    struct tb_recorder r = tb_recorder_start(c, out);
    bool ok = input && output;
    if (ok) {
        for (size_t i = 0; i < sample->count; i++)
            put(input, i, in_bytes, sample->input[i]);
        memset(output, 0xa5, sample->count * out_bytes);
        kernel->run(kernel->state, input, output, sample->count);
        for (size_t i = 0; i < sample->count; i++) {
            uint64_t got = element(output, i, out_bytes);
            if (got != sample->output[i])
                tb_recorder_add(&r, sample->input[i], sample->input[i], sample->output[i], got);
        }
        tb_recorder_close(&r);
    }
    out->inputs = sample->count;
    free(input);
    free(output);
    return ok && !r.out_of_memory;
}

/* ---- Golden codes by blocks of the integer reference. ---- */

/* Integers give 64-bit codes, written as elements in place: each one lies at or below where its code stood.
 */
static void fill_integers(void *context, uint64_t first, unsigned bytes, void *codes) {
    uint64_t *wide = codes;
    tb_exact_integer_block(context, first, TB_BLOCK, wide);
    for (size_t i = 0; i < TB_BLOCK; i++)
        put(codes, i, bytes, wide[i]);
}

/* Keeps of a record only what the sample's inputs gave. */
static bool thin(const struct tb_case *c, const struct tb_vectors *sample, const struct tb_kernel *kernel,
                 struct tb_record *r) {
    static struct tb_record at_samples;
    bool ok = tb_sweep_sample(c, sample, kernel, &at_samples);
    free(r->stretches);
    r->stretches = at_samples.stretches;
    r->stretch_count = at_samples.stretch_count;
    r->stretch_capacity = at_samples.stretch_capacity;
    r->irregular = r->thinned = true;
    return ok;
}

bool tb_sweep_blocks(const struct tb_case *c, const struct tb_vectors *sample, const struct tb_kernel *kernel,
                     void (*progress)(uint64_t), struct tb_record *out) {
    struct tb_case exact = *c;
    return sweep_by_blocks(c, fill_integers, &exact, kernel, 0x100, progress, out) &&
           (out->stretch_count <= TB_STRETCHES_OF_BLOCKS || thin(c, sample, kernel, out));
}

/* ---- The recorded staircase. ---- */

bool tb_record_staircase(const struct tb_case *c, const struct tb_staircase *golden,
                         const struct tb_record *r, struct tb_staircase *out) {
    uint64_t step = UINT64_C(1) << tb_case_input(c)->padding;
    size_t stretch = 0;
    for (size_t run = 0; run < golden->count; run++) {
        uint64_t at = golden->first[run], end = run_end(golden, run);
        for (; stretch < r->stretch_count && r->stretches[stretch].first < end; stretch++) {
            const struct tb_stretch *s = &r->stretches[stretch];
            if (s->first > at && !tb_staircase_append(out, at, golden->code[run]))
                return false;
            if (!tb_staircase_append(out, s->first, s->got))
                return false;
            at = s->last + step;
        }
        if (at < end &&
            !(run + 1 == golden->count && at > (tb_case_inputs(c) - 1) << tb_case_input(c)->padding) &&
            !tb_staircase_append(out, at, golden->code[run]))
            return false;
    }
    return true;
}

void tb_record_free(struct tb_record *r) {
    free(r->stretches);
    r->stretches = NULL;
}
