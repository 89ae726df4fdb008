/* The sweep on a device: generates inputs, converts them, compares the codes with the golden staircase and
 * writes down the stretches that differ. Nothing but those crosses the bus.
 *
 * The work is cut into units, each inside one run of the staircase, so that the expected code of a unit is
 * one number and the inner loop has no lookup: an addition an input, a conversion instruction a pair, and one
 * LOP3 for each word of codes, in which a loop without the check would fold them too. A warp takes a few
 * units one after the other. Only where a unit differs is it walked a second time, input by input.
 *
 * The same source compiles as plain C++17 for the host, where 32 lanes are a loop: the host twin, on which
 * the tests plant their faults. A body (body.cuh) of up to four codes a call is swept; one whose source is
 * padded says so in a constant `source_padding`. */
#ifndef TB_CUDA_SWEEP_CUH
#define TB_CUDA_SWEEP_CUH

#include "targets/cuda/target.cuh"

#include <type_traits>
#include <vector>

namespace TB_CUDA_FLAGS {
namespace sweep {

/* Inputs of a unit: 2^13 and up to as many again, where the rest of a run would be a unit of its own. The
 * runs of a conversion to fp16 have 8192 inputs, one more or one less. */
constexpr uint32_t unit_inputs = 8192;
constexpr uint32_t units_per_warp = 4; /* one search of the staircase serves them all */
constexpr uint32_t lanes = 32;
constexpr uint32_t quad = 4 * lanes; /* inputs of a step of a warp */

/* What a sweep works on; the pointers are the device's, of the host twin the host's. Everything counts in
 * indices of inputs, pattern = index << padding. */
struct plan {
    const uint32_t *start; /* of each run, its first input */
    const uint32_t *code;  /* expected */
    const uint32_t *unit;  /* units before each run; runs + 1 entries */
    uint32_t runs, units;
    uint32_t last; /* input of the whole range */
    struct tb_found *found;
    uint32_t capacity;
    unsigned long long *found_count; /* stretches, those beyond the capacity included */
    unsigned long long *differing;   /* inputs; of a sweep without the check, the exclusive or of all codes */
};

TB_BODY unsigned long long add(unsigned long long *counter, unsigned long long n) {
#ifdef __CUDA_ARCH__
    return atomicAdd(counter, n);
#else
    unsigned long long before = *counter;
    *counter += n;
    return before;
#endif
}

/* ---- Four codes of a lane against the expected one. ---- */

/* What a lane folds codes in. */
template <class Body>
using word = std::conditional_t<sizeof(typename Body::packed_type) == 8, uint64_t, uint32_t>;

template <class Body, class = void> struct padding_of { static constexpr unsigned value = 0; };
template <class Body> struct padding_of<Body, std::void_t<decltype(Body::source_padding)>> {
    static constexpr unsigned value = Body::source_padding;
};

template <class Body> TB_BODY typename Body::in_type pattern(uint32_t index) {
    return (typename Body::in_type)(index << padding_of<Body>::value);
}

/* The code of one input, which stands first in its call. */
template <class Body> TB_BODY uint32_t one(const Body &body, uint32_t index) {
    const typename Body::in_type in[4] = {pattern<Body>(index)};
    return (uint32_t)(typename Body::out_type)body(in);
}

/* A code in every element of a word. */
template <class Body> TB_BODY word<Body> spread(uint32_t code) {
    constexpr unsigned bits = 8 * sizeof(typename Body::out_type);
    constexpr unsigned elements =
        sizeof(typename Body::packed_type) == 2 && Body::width == 2 ? 4 : Body::width;
    word<Body> all = 0;
    for (unsigned i = 0; i < elements; i++)
        all |= (word<Body>)code << (bits * i);
    return all;
}

template <bool CHECK, class Word> TB_BODY Word fold(Word sum, Word codes, Word expected) {
    return CHECK ? sum | (codes ^ expected) : sum ^ codes;
}

/* Inputs x, x + 32, x + 64 and x + 96. Two packed pairs of bytes make one word. */
template <class Body, bool CHECK>
TB_BODY word<Body> fold_quad(const Body &body, word<Body> sum, uint32_t x, word<Body> expected) {
    typedef word<Body> w;
    const typename Body::in_type in[4] = {pattern<Body>(x), pattern<Body>(x + lanes),
                                          pattern<Body>(x + 2 * lanes), pattern<Body>(x + 3 * lanes)};
    if constexpr (Body::width == 4)
        return fold<CHECK, w>(sum, body(in), expected);
    else if constexpr (Body::width == 2 && sizeof(typename Body::packed_type) == 2)
        return fold<CHECK, w>(sum, (w)body(in) | (w)body(in + 2) << 16, expected);
    else if constexpr (Body::width == 2)
        return fold<CHECK, w>(fold<CHECK, w>(sum, body(in), expected), body(in + 2), expected);
    else
        return fold<CHECK, w>(
            fold<CHECK, w>(fold<CHECK, w>(fold<CHECK, w>(sum, body(in), expected), body(in + 1), expected),
                           body(in + 2), expected),
            body(in + 3), expected);
}

/* A lane's share of the inputs lo to lo + count - 1: 0 where all codes are `code`. */
template <class Body, bool CHECK>
TB_BODY word<Body> fold_lane(const Body &body, uint32_t lo, uint32_t count, uint32_t lane, uint32_t code) {
    const word<Body> expected = spread<Body>(code);
    word<Body> sum = 0;
    uint32_t x = lo + lane;
#ifdef __CUDA_ARCH__
#pragma unroll 4
#endif
    for (uint32_t left = count / quad; left; left--, x += quad)
        sum = fold_quad<Body, CHECK>(body, sum, x, expected);
    for (uint32_t i = count / quad * quad + lane; i < count; i += lanes)
        sum = fold<CHECK, word<Body>>(sum, one(body, lo + i), code);
    return sum;
}

/* Whether an input of lo to lo + count - 1 has another code. */
template <class Body> TB_BODY bool any_differs(const Body &body, uint32_t lo, uint32_t count, uint32_t code) {
#ifdef __CUDA_ARCH__
    return __any_sync(~0u, fold_lane<Body, true>(body, lo, count, threadIdx.x % lanes, code) != 0);
#else
    word<Body> sum = 0;
    for (uint32_t lane = 0; lane < lanes; lane++)
        sum |= fold_lane<Body, true>(body, lo, count, lane, code);
    return sum != 0;
#endif
}

/* ---- Writing down what differs. ---- */

template <class Body> TB_BODY void append(const plan &p, uint32_t first, uint32_t last, uint32_t got) {
    const unsigned long long at = add(p.found_count, 1);
    if (at < p.capacity)
        p.found[at] = tb_found{first << padding_of<Body>::value, last << padding_of<Body>::value, got};
    add(p.differing, (unsigned long long)last - first + 1);
}

/* A lane's part of a unit that differs, in one piece: stretches go on from input to input. */
template <class Body>
TB_BODY void record_part(const Body &body, const plan &p, uint32_t lo, uint32_t count, uint32_t code) {
    uint32_t first = 0, got = code; /* got: of the stretch that is open; code where none is */
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t now = one(body, lo + i);
        if (now == got)
            continue;
        if (got != code)
            append<Body>(p, lo + first, lo + i - 1, got);
        first = i;
        got = now;
    }
    if (got != code)
        append<Body>(p, lo + first, lo + count - 1, got);
}

template <class Body>
TB_BODY void record_lane(const Body &body, const plan &p, uint32_t lo, uint32_t count, uint32_t lane,
                         uint32_t code) {
    const uint32_t begin = count * lane / lanes, end = count * (lane + 1) / lanes;
    record_part(body, p, lo + begin, end - begin, code);
}

/* Where all codes of a unit are the same wrong one, as beyond the range or between two boundaries, it is one
 * stretch: a target that is wrong everywhere gives 2^19 of them, no more. */
template <class Body>
TB_BODY void record_unit(const Body &body, const plan &p, uint32_t lo, uint32_t count, uint32_t code) {
    const uint32_t got = one(body, lo);
    const bool alike = got != code && !any_differs(body, lo, count, got);
#ifdef __CUDA_ARCH__
    if (!alike)
        record_lane(body, p, lo, count, threadIdx.x % lanes, code);
    else if (threadIdx.x % lanes == 0)
        append<Body>(p, lo, lo + count - 1, got);
#else
    for (uint32_t lane = 0; !alike && lane < lanes; lane++)
        record_lane(body, p, lo, count, lane, code);
    if (alike)
        append<Body>(p, lo, lo + count - 1, got);
#endif
}

/* ---- The units of a warp. ---- */

/* The run that holds a unit. */
TB_BODY uint32_t find_run(const plan &p, uint32_t unit) {
    uint32_t low = 0, high = p.runs;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (p.unit[middle] <= unit)
            low = middle;
        else
            high = middle;
    }
    return low;
}

TB_BODY uint32_t end_of_unit(const plan &p, uint32_t run, uint32_t unit, uint32_t lo) { /* its last input */
    if (unit + 1 < p.unit[run + 1])
        return lo + unit_inputs - 1;
    return run + 1 < p.runs ? p.start[run + 1] - 1 : p.last;
}

/* On a device each thread of the warp calls these; on the host one call is the whole warp. */
template <class Body> TB_BODY void check_warp(const Body &body, const plan &p, uint32_t warp) {
    uint32_t unit = warp * units_per_warp;
    const uint32_t end = unit + units_per_warp < p.units ? unit + units_per_warp : p.units;
    uint32_t run = find_run(p, unit);
    for (; unit < end; unit++) {
        run += unit == p.unit[run + 1]; /* every run has a unit */
        const uint32_t lo = p.start[run] + (unit - p.unit[run]) * unit_inputs, code = p.code[run];
        const uint32_t count = end_of_unit(p, run, unit, lo) - lo + 1;
        if (any_differs(body, lo, count, code))
            record_unit(body, p, lo, count, code);
    }
}

/* The same inputs in the same order, converted and not compared: what the check is measured against. The
 * exclusive or of all words keeps the compiler from leaving anything out. */
template <class Body> TB_BODY void convert_warp(const Body &body, const plan &p, uint32_t warp) {
    uint32_t unit = warp * units_per_warp;
    word<Body> sum = 0;
    const uint32_t end = unit + units_per_warp < p.units ? unit + units_per_warp : p.units;
    for (; unit < end; unit++) {
        const uint32_t lo = p.start[0] + unit * unit_inputs;
        const uint32_t count = end_of_unit(p, 0, unit, lo) - lo + 1;
#ifdef __CUDA_ARCH__
        sum ^= fold_lane<Body, false>(body, lo, count, threadIdx.x % lanes, 0);
#else
        for (uint32_t lane = 0; lane < lanes; lane++)
            sum ^= fold_lane<Body, false>(body, lo, count, lane, 0);
#endif
    }
#ifdef __CUDA_ARCH__
    const uint32_t low = __reduce_xor_sync(~0u, (uint32_t)sum);
    const uint32_t high = sizeof sum == 8 ? __reduce_xor_sync(~0u, (uint32_t)((uint64_t)sum >> 32)) : 0;
    if (threadIdx.x % lanes == 0)
        atomicXor(p.differing, (unsigned long long)high << 32 | low);
#else
    *p.differing ^= sum;
#endif
}

/* ---- On the host: the tables of a request. ---- */

struct tables {
    std::vector<uint32_t> start, code, unit;
    uint32_t last = 0;
    uint32_t warps() const {
        return (unit.back() + units_per_warp - 1) / units_per_warp;
    }
};

/* The runs inside the request's range, which is not empty; one run where nothing is compared. */
inline tables tables_of(const struct tb_sweep_request &r) {
    tables t;
    auto index = [&r](size_t run) -> uint64_t {
        return run < r.count ? r.first[run] >> r.padding : UINT64_C(1) << 32;
    };
    size_t run = 0;
    while (!r.unchecked && index(run + 1) <= r.begin)
        run++;
    t.unit.push_back(0);
    for (uint64_t at = r.begin; at < r.end; run++) {
        const uint64_t next = !r.unchecked && index(run + 1) < r.end ? index(run + 1) : r.end;
        const uint64_t units = (next - at) / unit_inputs;
        t.start.push_back((uint32_t)at);
        t.code.push_back(r.unchecked ? 0 : r.code[run]);
        t.unit.push_back(t.unit.back() + (uint32_t)(units ? units : 1));
        at = next;
    }
    t.last = (uint32_t)(r.end - 1);
    return t;
}

/* Whether a request is one for this body, with room that a 32-bit index reaches. */
template <class Body> bool fits(const struct tb_sweep_request &r) {
    return r.padding == padding_of<Body>::value && r.begin < r.end && r.end <= UINT64_C(1) << 32 &&
           r.capacity <= UINT32_MAX && (r.unchecked || r.count > 0);
}

/* What the counters say; `found` was filled in where there was room. */
inline void answer_from(const struct tb_sweep_request &r, unsigned long long found,
                        unsigned long long differing, double seconds, struct tb_sweep_answer *answer) {
    *answer = tb_sweep_answer();
    answer->differing = r.unchecked ? 0 : differing;
    answer->overflow = found > r.capacity;
    answer->found = answer->overflow ? 0 : (size_t)found;
    answer->seconds = seconds;
}

inline plan plan_of(const tables &t, const struct tb_sweep_request &r) { /* without the pointers */
    plan p = plan();
    p.runs = (uint32_t)t.start.size();
    p.units = t.unit.back();
    p.last = t.last;
    p.capacity = (uint32_t)r.capacity;
    return p;
}

/* ---- The sweep as the interface has it. ---- */

#ifdef __CUDACC__

constexpr unsigned block_threads = 256;

template <class Body, bool CHECK>
__global__ void __launch_bounds__(block_threads) sweep_kernel(const Body body, const plan p) {
    const uint32_t warp = (blockIdx.x * block_threads + threadIdx.x) / lanes;
    if (warp * units_per_warp >= p.units)
        return;
    if (CHECK)
        check_warp(body, p, warp);
    else
        convert_warp(body, p, warp);
}

/* The arrays of a sweep on the device. */
struct arrays {
    uint32_t *table = NULL; /* start, code and unit, one behind the other */
    struct tb_found *found = NULL;
    unsigned long long *counters = NULL; /* found, differing */
};

template <class T> bool allocate(T **start, size_t count) {
    void *room = NULL;
    const bool ok = tb_cuda_check(cudaMalloc(&room, count * sizeof(T)), "cudaMalloc", count * sizeof(T));
    *start = static_cast<T *>(room);
    return ok;
}

template <class T> bool send(T *to, const T *from, size_t count) {
    return tb_cuda_check(cudaMemcpy(to, from, count * sizeof(T), cudaMemcpyHostToDevice),
                         "cudaMemcpy to the device", count * sizeof(T));
}

template <class T> bool take(T *to, const T *from, size_t count) {
    return tb_cuda_check(cudaMemcpy(to, from, count * sizeof(T), cudaMemcpyDeviceToHost),
                         "cudaMemcpy from the device", count * sizeof(T));
}

/* Fills in the arrays and the plan's pointers. What was allocated is to be released in any case. */
inline bool fill(const tables &t, const struct tb_sweep_request &r, arrays *a, plan *p) {
    const unsigned long long none[2] = {0, 0};
    const size_t runs = t.start.size();
    if (!allocate(&a->table, 3 * runs + 1) || !allocate(&a->counters, 2) ||
        !(r.unchecked || allocate(&a->found, r.capacity + 1)))
        return false;
    p->start = a->table;
    p->code = a->table + runs;
    p->unit = a->table + 2 * runs;
    p->found = a->found;
    p->found_count = a->counters;
    p->differing = a->counters + 1;
    return send(a->table, t.start.data(), runs) && send(a->table + runs, t.code.data(), runs) &&
           send(a->table + 2 * runs, t.unit.data(), runs + 1) && send(a->counters, none, 2);
}

inline bool release(const arrays &a) {
    bool ok = true;
    void *const all[] = {a.table, a.found, a.counters};
    for (void *array : all)
        ok = tb_cuda_check(cudaFree(array), "cudaFree") && ok;
    return ok;
}

template <class Body, bool CHECK>
bool run_between(const Body &body, const plan &p, uint32_t warps, cudaEvent_t start, cudaEvent_t stop) {
    const uint32_t blocks = (warps + block_threads / lanes - 1) / (block_threads / lanes);
    if (!tb_cuda_check(cudaEventRecord(start), "cudaEventRecord"))
        return false;
    sweep_kernel<Body, CHECK><<<blocks, block_threads>>>(body, p);
    return tb_cuda_check(cudaGetLastError(), "the sweep's launch") &&
           tb_cuda_check(cudaEventRecord(stop), "cudaEventRecord") &&
           tb_cuda_check(cudaEventSynchronize(stop), "the sweep");
}

inline bool destroy(cudaEvent_t event) {
    return !event || tb_cuda_check(cudaEventDestroy(event), "cudaEventDestroy");
}

/* Starts the kernel and waits for it; the time between two events around it. The code is loaded before, or
 * the first time would be that of loading it. */
template <class Body, bool CHECK>
bool run_timed(const Body &body, const plan &p, uint32_t warps, double *seconds) {
    cudaFuncAttributes attributes;
    cudaEvent_t start = NULL, stop = NULL;
    float milliseconds = 0;
    bool ok = tb_cuda_check(cudaFuncGetAttributes(&attributes, sweep_kernel<Body, CHECK>),
                            "cudaFuncGetAttributes") &&
              tb_cuda_check(cudaEventCreate(&start), "cudaEventCreate") &&
              tb_cuda_check(cudaEventCreate(&stop), "cudaEventCreate") &&
              run_between<Body, CHECK>(body, p, warps, start, stop) &&
              tb_cuda_check(cudaEventElapsedTime(&milliseconds, start, stop), "cudaEventElapsedTime");
    *seconds = 1e-3 * milliseconds;
    ok = destroy(start) && ok;
    return destroy(stop) && ok;
}

template <class Body>
bool answer_request(const Body &body, const struct tb_sweep_request &r, struct tb_sweep_answer *answer) {
    const tables t = tables_of(r);
    unsigned long long counters[2] = {0, 0};
    double seconds = 0;
    plan p = plan_of(t, r);
    arrays a;
    bool ok = fill(t, r, &a, &p) &&
              (r.unchecked ? run_timed<Body, false>(body, p, t.warps(), &seconds)
                           : run_timed<Body, true>(body, p, t.warps(), &seconds)) &&
              take(counters, a.counters, 2);
    answer_from(r, counters[0], counters[1], seconds, answer);
    ok = ok && (!answer->found || take(r.found, a.found, answer->found));
    return release(a) && ok;
}

#else

/* The host twin. */
template <class Body>
bool answer_request(const Body &body, const struct tb_sweep_request &r, struct tb_sweep_answer *answer) {
    const tables t = tables_of(r);
    unsigned long long found = 0, differing = 0;
    plan p = plan_of(t, r);
    p.start = t.start.data();
    p.code = t.code.data();
    p.unit = t.unit.data();
    p.found = r.found;
    p.found_count = &found;
    p.differing = &differing;
    for (uint32_t warp = 0; warp < t.warps(); warp++)
        if (r.unchecked)
            convert_warp(body, p, warp);
        else
            check_warp(body, p, warp);
    answer_from(r, found, differing, 0, answer);
    return true;
}

#endif

template <class Body>
int sweep(const void *state, const struct tb_sweep_request *request, struct tb_sweep_answer *answer) {
    if (!fits<Body>(*request)) {
        tb_cuda_fail("a sweep over a range or of a padding that this kernel does not have");
        return 0;
    }
    return answer_request(state ? *static_cast<const Body *>(state) : Body(), *request, answer);
}

} // namespace sweep

/* The sweep of a body whose elements have at most 32 bits; NULL for others. */
template <class Body> constexpr tb_sweep_fn *tb_sweep() {
    if constexpr (sizeof(typename Body::in_type) <= 4 && sizeof(typename Body::out_type) <= 4)
        return sweep::sweep<Body>;
    else
        return NULL;
}

} // namespace TB_CUDA_FLAGS

#endif
