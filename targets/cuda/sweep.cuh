/* The sweep on a device: generates inputs, converts them, compares the codes with the golden staircase and
 * writes down the stretches that differ. Nothing but those crosses the bus.
 *
 * The work is cut into units, each inside one run of the staircase, so that the expected code of a unit is one
 * number and the inner loop has no lookup: an addition an input, a conversion instruction a pair, and one LOP3
 * for each word of codes, in which a loop without the check would fold them too. A warp takes a few units one
 * after the other. Only where a unit differs is it walked a second time, input by input.
 *
 * The same source compiles as plain C++17 for the host, where 32 lanes are a loop: the host twin, on which the
 * tests plant their faults.
 *
 * A body is one conversion:
 *   static constexpr unsigned code_bytes;       1, 2 or 4
 *   static constexpr unsigned source_padding;   as tb_sweep_request has it
 *   uint32_t one(uint32_t input) const;                  the code of a pattern, zeros above its bytes
 *   uint32_t pair(uint32_t a, uint32_t b) const;         two codes, a's in the low half; not for 4 bytes */
#ifndef TB_CUDA_SWEEP_CUH
#define TB_CUDA_SWEEP_CUH

#include "targets/target.h"

#include <cstdint>
#include <vector>

#ifdef __CUDACC__
#define TB_BOTH __host__ __device__ __forceinline__
#else
#define TB_BOTH inline
#endif

namespace tb_sweep {

/* Inputs of a unit: 2^13 and up to as many again, where the rest of a run would be a unit of its own. The runs
 * of a conversion to fp16 have 8192 inputs, one more or one less. */
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

TB_BOTH unsigned long long add(unsigned long long *counter, unsigned long long n) {
#ifdef __CUDA_ARCH__
    return atomicAdd(counter, n);
#else
    unsigned long long before = *counter;
    *counter += n;
    return before;
#endif
}

/* ---- Four codes of a lane against the expected one. ---- */

template <class Body> TB_BOTH uint32_t spread(uint32_t code) { /* over a word */
    return Body::code_bytes == 1 ? code * 0x01010101u : Body::code_bytes == 2 ? code * 0x00010001u : code;
}

template <bool CHECK> TB_BOTH uint32_t fold(uint32_t sum, uint32_t codes, uint32_t expected) {
    return CHECK ? sum | (codes ^ expected) : sum ^ codes;
}

/* Inputs x, x + 32, x + 64 and x + 96. */
template <class Body, bool CHECK>
TB_BOTH uint32_t fold_quad(const Body &body, uint32_t sum, uint32_t x, uint32_t expected) {
    const uint32_t a = x << Body::source_padding, b = (x + lanes) << Body::source_padding,
                   c = (x + 2 * lanes) << Body::source_padding, d = (x + 3 * lanes) << Body::source_padding;
    if constexpr (Body::code_bytes == 1)
        return fold<CHECK>(sum, body.pair(a, b) | body.pair(c, d) << 16, expected);
    else if constexpr (Body::code_bytes == 2)
        return fold<CHECK>(fold<CHECK>(sum, body.pair(a, b), expected), body.pair(c, d), expected);
    else
        return fold<CHECK>(fold<CHECK>(fold<CHECK>(fold<CHECK>(sum, body.one(a), expected), body.one(b),
                                                   expected),
                                       body.one(c), expected),
                           body.one(d), expected);
}

/* A lane's share of the inputs lo to lo + count - 1. */
template <class Body, bool CHECK>
TB_BOTH uint32_t fold_lane(const Body &body, uint32_t lo, uint32_t count, uint32_t lane, uint32_t code) {
    const uint32_t expected = spread<Body>(code);
    uint32_t sum = 0, x = lo + lane;
#ifdef __CUDA_ARCH__
#pragma unroll 4
#endif
    for (uint32_t left = count / quad; left; left--, x += quad)
        sum = fold_quad<Body, CHECK>(body, sum, x, expected);
    for (uint32_t i = count / quad * quad + lane; i < count; i += lanes)
        sum = fold<CHECK>(sum, body.one((lo + i) << Body::source_padding), code);
    return sum;
}

/* Whether an input of lo to lo + count - 1 has another code. */
template <class Body>
TB_BOTH bool any_differs(const Body &body, uint32_t lo, uint32_t count, uint32_t code) {
#ifdef __CUDA_ARCH__
    return __any_sync(~0u, fold_lane<Body, true>(body, lo, count, threadIdx.x % lanes, code) != 0);
#else
    uint32_t sum = 0;
    for (uint32_t lane = 0; lane < lanes; lane++)
        sum |= fold_lane<Body, true>(body, lo, count, lane, code);
    return sum != 0;
#endif
}

/* ---- Writing down what differs. ---- */

template <class Body>
TB_BOTH void append(const plan &p, uint32_t first, uint32_t last, uint32_t got) {
    const unsigned long long at = add(p.found_count, 1);
    if (at < p.capacity)
        p.found[at] = tb_found{first << Body::source_padding, last << Body::source_padding, got};
    add(p.differing, (unsigned long long)last - first + 1);
}

/* A lane's part of a unit that differs, in one piece: stretches go on from input to input. */
template <class Body>
TB_BOTH void record_part(const Body &body, const plan &p, uint32_t lo, uint32_t count, uint32_t code) {
    uint32_t first = 0, got = code; /* got: of the stretch that is open; code where none is */
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t now = body.one((lo + i) << Body::source_padding);
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
TB_BOTH void record_lane(const Body &body, const plan &p, uint32_t lo, uint32_t count, uint32_t lane,
                         uint32_t code) {
    const uint32_t begin = count * lane / lanes, end = count * (lane + 1) / lanes;
    record_part(body, p, lo + begin, end - begin, code);
}

/* Where all codes of a unit are the same wrong one, as beyond the range or between two boundaries, it is one
 * stretch: a target that is wrong everywhere gives 2^19 of them, no more. */
template <class Body>
TB_BOTH void record_unit(const Body &body, const plan &p, uint32_t lo, uint32_t count, uint32_t code) {
    const uint32_t got = body.one(lo << Body::source_padding);
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
TB_BOTH uint32_t find_run(const plan &p, uint32_t unit) {
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

TB_BOTH uint32_t end_of_unit(const plan &p, uint32_t run, uint32_t unit, uint32_t lo) { /* its last input */
    if (unit + 1 < p.unit[run + 1])
        return lo + unit_inputs - 1;
    return run + 1 < p.runs ? p.start[run + 1] - 1 : p.last;
}

/* On a device each thread of the warp calls these; on the host one call is the whole warp. */
template <class Body> TB_BOTH void check_warp(const Body &body, const plan &p, uint32_t warp) {
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
template <class Body> TB_BOTH void convert_warp(const Body &body, const plan &p, uint32_t warp) {
    uint32_t unit = warp * units_per_warp, sum = 0;
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
    sum = __reduce_xor_sync(~0u, sum);
    if (threadIdx.x % lanes == 0)
        atomicXor(p.differing, (unsigned long long)sum);
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

/* What the counters say; `found` was filled in. */
inline void answer_from(const struct tb_sweep_request &r, unsigned long long found,
                        unsigned long long differing, double seconds, struct tb_sweep_answer *answer) {
    *answer = tb_sweep_answer{};
    answer->differing = differing;
    answer->overflow = found > r.capacity;
    answer->found = answer->overflow ? 0 : (size_t)found;
    answer->seconds = seconds;
}

/* Whether the body can be swept as the request has it. */
template <class Body> bool fits(const struct tb_sweep_request &r) {
    return r.padding == Body::source_padding && r.begin < r.end && r.end <= UINT64_C(1) << 32 &&
           (r.unchecked || r.count > 0);
}

/* The host twin: false where the request does not fit the body. */
template <class Body>
bool sweep_on_host(const Body &body, const struct tb_sweep_request &r, struct tb_sweep_answer *answer) {
    if (!fits<Body>(r))
        return false;
    const tables t = tables_of(r);
    unsigned long long found = 0, differing = 0;
    const plan p = {t.start.data(),
                    t.code.data(),
                    t.unit.data(),
                    (uint32_t)t.start.size(),
                    t.unit.back(),
                    t.last,
                    r.found,
                    (uint32_t)r.capacity,
                    &found,
                    &differing};
    for (uint32_t warp = 0; warp < t.warps(); warp++)
        if (r.unchecked)
            convert_warp(body, p, warp);
        else
            check_warp(body, p, warp);
    answer_from(r, found, differing, 0, answer);
    return true;
}

} // namespace tb_sweep

#endif
