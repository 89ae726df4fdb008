/* The sweep's host twin: the same source as the device's, with faults planted in the conversions that it
 * sweeps. Every answer is compared with a plain loop over the inputs. */
#include "targets/cuda/sweep.cuh"
#include "vectors/sanitized.h"
#include "vectors/testing.h"

#include <algorithm>
#include <set>

using TB_CUDA_FLAGS::tb_sweep;

/* Under a sanitizer 2^32 inputs take minutes. */
#if TB_SANITIZED || !defined(__OPTIMIZE__)
static const uint64_t domain = UINT64_C(1) << 26;
#else
static const uint64_t domain = UINT64_C(1) << 32;
#endif
static const uint32_t last_input = (uint32_t)(domain - 1);

/* ---- Bodies. ---- */

/* fp32 to bf16 by cutting, two codes a call, with faults at given inputs: sorted, and counted by upper half.
 */
struct cut : tb_body<uint32_t, uint16_t, uint32_t> {
    const std::vector<uint32_t> *faults = NULL;
    const unsigned char *busy = NULL; /* upper halves that have a fault */
    uint32_t code(uint32_t x) const {
        const uint32_t top = x >> 16;
        return busy && busy[top] && std::binary_search(faults->begin(), faults->end(), x) ? top ^ 1 : top;
    }
    uint32_t operator()(const uint32_t *in) const {
        return code(in[0]) | code(in[1]) << 16;
    }
};

struct constant : tb_body<uint32_t, uint8_t, uint16_t> {
    uint16_t operator()(const uint32_t *) const {
        return 0x0303;
    }
};

/* Codes of all shapes, in runs whose lengths vary from 1 to thousands. */
static uint32_t ragged(uint32_t x, unsigned bytes) {
    const uint32_t coarse = x >> (x >> 13 & 15), code = coarse * 0x9E3779B1u >> 7;
    return bytes == 4 ? code : code & ((1u << 8 * bytes) - 1);
}
template <class Out, class Packed, unsigned PADDING> struct shaped : tb_body<uint32_t, Out, Packed> {
    static constexpr unsigned source_padding = PADDING;
    Packed operator()(const uint32_t *in) const {
        Packed codes = 0;
        for (unsigned i = 0; i < sizeof(Packed) / sizeof(Out); i++)
            codes |= (Packed)((Packed)ragged(in[i], sizeof(Out)) << (8 * sizeof(Out) * i % 64));
        return codes;
    }
};
struct wide : tb_body<uint32_t, uint64_t> {
    uint64_t operator()(const uint32_t *in) const {
        return in[0];
    }
};

/* ---- What a sweep says, put in order. ---- */

struct staircase {
    std::vector<uint32_t> first, code;
    void append(uint32_t at, uint32_t c) {
        first.push_back(at);
        code.push_back(c);
    }
};

struct said {
    int answered;
    struct tb_sweep_answer answer;
    std::vector<struct tb_found> found; /* ascending, neighbours joined */
};

static bool by_first(const struct tb_found &a, const struct tb_found &b) {
    return a.first < b.first;
}

static void join(std::vector<struct tb_found> *found, uint32_t step) {
    std::vector<struct tb_found> joined;
    std::sort(found->begin(), found->end(), by_first);
    for (const struct tb_found &f : *found)
        if (!joined.empty() && joined.back().last + step == f.first && joined.back().got == f.got)
            joined.back().last = f.last;
        else
            joined.push_back(f);
    found->swap(joined);
}

static said ask(tb_sweep_fn *sweep, const void *body, const staircase &golden, uint64_t begin, uint64_t end,
                uint32_t padding, size_t capacity) {
    said s = {0, {}, std::vector<struct tb_found>(capacity)};
    const struct tb_sweep_request r = {golden.first.data(),
                                       golden.code.data(),
                                       golden.first.size(),
                                       begin,
                                       end,
                                       padding,
                                       0,
                                       s.found.data(),
                                       capacity};
    s.answered = sweep(body, &r, &s.answer);
    s.found.resize(s.answer.found);
    join(&s.found, 1u << padding);
    return s;
}

static staircase halves() { /* of fp32 by its upper half */
    staircase s;
    for (uint32_t i = 0; i < 0x10000; i++)
        s.append(i << 16, i);
    return s;
}

static uint64_t random_state;
static uint32_t draw() { /* splitmix64, upper half */
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* ---- Tests. ---- */

/* The whole domain: the first, the last, both sides of 500 boundaries, and 1,000 seeded places. */
START_TEST(finds_every_planted_fault) {
    std::set<uint32_t> places = {0, last_input};
    std::vector<unsigned char> busy(0x10000);
    random_state = 1;
    for (int i = 0; i < 500; i++) {
        const uint32_t boundary = draw() << 16 & last_input;
        places.insert({boundary, (boundary - 1) & last_input});
    }
    for (int i = 0; i < 1000; i++)
        places.insert(draw() & last_input);
    const std::vector<uint32_t> faults(places.begin(), places.end());
    for (uint32_t x : faults)
        busy[x >> 16] = 1;
    cut body;
    body.faults = &faults;
    body.busy = busy.data();
    const said s = ask(tb_sweep<cut>(), &body, halves(), 0, domain, 0, 1 << 16);
    ck_assert_int_eq(s.answered, 1);
    ck_assert_uint_eq(s.answer.overflow, 0);
    ck_assert_uint_eq(s.answer.differing, faults.size());
    ck_assert_uint_gt(faults.size(), 1700);
    std::vector<uint32_t> seen;
    for (const struct tb_found &f : s.found)
        for (uint32_t x = f.first;; x++) {
            seen.push_back(x);
            ck_assert_uint_eq(f.got, x >> 16 ^ 1);
            if (x == f.last)
                break;
        }
    ck_assert(seen == faults);
}
END_TEST

START_TEST(finds_nothing_where_nothing_is) {
    const said s = ask(tb_sweep<cut>(), NULL, halves(), 0, domain, 0, 16);
    ck_assert_int_eq(s.answered, 1);
    ck_assert_uint_eq(s.answer.differing + s.answer.found + s.answer.overflow, 0);
}
END_TEST

START_TEST(finds_a_range_that_differs_whole) {
    staircase golden;
    golden.append(0, 2);
    golden.append(0x80000001, 4);
    const said s = ask(tb_sweep<constant>(), NULL, golden, 0, domain, 0, 1 << 20);
    ck_assert_uint_eq(s.answer.differing, domain);
    ck_assert_uint_le(s.answer.found, 1 << 19);
    ck_assert_uint_eq(s.found.size(), 1);
    ck_assert(s.found[0].first == 0 && s.found[0].last == last_input && s.found[0].got == 3);
}
END_TEST

/* Every input differs, and from its neighbour too. */
START_TEST(counts_what_it_has_no_room_for) {
    staircase golden;
    golden.append(0, 0x12345678);
    typedef shaped<uint32_t, uint32_t, 0> body;
    const size_t inputs = 3 << 20;
    uint64_t expected = 0;
    for (uint32_t x = 77; x < 77 + inputs; x++)
        expected += ragged(x, 4) != 0x12345678;
    const said s = ask(tb_sweep<body>(), NULL, golden, 77, 77 + inputs, 0, 1000);
    ck_assert_int_eq(s.answered, 1);
    ck_assert_uint_eq(s.answer.overflow, 1);
    ck_assert_uint_eq(s.answer.found, 0);
    ck_assert_uint_eq(s.answer.differing, expected);
}
END_TEST

/* Seeded staircases over seeded ranges against a plain loop. */
template <class Out, class Packed, unsigned PADDING> static void against_a_loop(uint64_t seed) {
    typedef shaped<Out, Packed, PADDING> body;
    random_state = seed;
    for (int round = 0; round < 40; round++) {
        const uint64_t whole = UINT64_C(1) << (32 - PADDING);
        const uint64_t begin = draw() % 4 ? draw() % whole : 0;
        const uint64_t most = 1 + draw() % 50000, end = begin + most < whole ? begin + most : whole;
        staircase golden; /* right at most places */
        golden.append(0, 1);
        for (uint64_t i = begin; i < end; i += 1 + draw() % (draw() % 8 ? 40 : 20000)) {
            const uint32_t pattern = (uint32_t)(i << PADDING);
            if (pattern > golden.first.back())
                golden.append(pattern, ragged(pattern, sizeof(Out)));
        }
        const said s = ask(tb_sweep<body>(), NULL, golden, begin, end, PADDING, 1 << 17);
        std::vector<struct tb_found> expected;
        uint64_t differing = 0;
        for (uint64_t i = begin, run = 0; i < end; i++) {
            const uint32_t x = (uint32_t)(i << PADDING), got = ragged(x, sizeof(Out));
            while (run + 1 < golden.first.size() && golden.first[run + 1] <= x)
                run++;
            if (got != golden.code[run])
                expected.push_back({x, x, got}), differing++;
        }
        join(&expected, 1u << PADDING);
        ck_assert_int_eq(s.answered, 1);
        ck_assert_uint_eq(s.answer.differing, differing);
        ck_assert_uint_eq(s.found.size(), expected.size());
        for (size_t i = 0; i < expected.size(); i++)
            ck_assert_msg(!memcmp(&s.found[i], &expected[i], sizeof expected[i]), "round %d, stretch %zu",
                          round, i);
    }
}

START_TEST(is_the_plain_loop) {
    against_a_loop<uint8_t, uint8_t, 0>(1);
    against_a_loop<uint8_t, uint16_t, 0>(2);
    against_a_loop<uint8_t, uint32_t, 0>(3);
    against_a_loop<uint16_t, uint16_t, 0>(4);
    against_a_loop<uint16_t, uint32_t, 0>(5);
    against_a_loop<uint16_t, uint64_t, 0>(6);
    against_a_loop<uint32_t, uint32_t, 0>(7);
    against_a_loop<uint32_t, uint64_t, 0>(8);
    against_a_loop<uint8_t, uint16_t, 13>(9);
    against_a_loop<uint32_t, uint32_t, 13>(10);
}
END_TEST

START_TEST(refuses_what_it_cannot_sweep) {
    const staircase golden = halves();
    struct tb_sweep_answer answer;
    struct tb_sweep_request r = {
        golden.first.data(), golden.code.data(), golden.first.size(), 0, 1 << 20, 0, 1, NULL, 0};
    ck_assert_int_eq(tb_sweep<cut>()(NULL, &r, &answer), 1); /* unchecked: converts, and finds nothing */
    ck_assert_uint_eq(answer.differing + answer.found, 0);
    r.padding = 13;
    ck_assert_int_eq(tb_sweep<cut>()(NULL, &r, &answer), 0);
    r.padding = 0;
    r.end = r.begin;
    ck_assert_int_eq(tb_sweep<cut>()(NULL, &r, &answer), 0);
    r.end = (UINT64_C(1) << 32) + 1;
    ck_assert_int_eq(tb_sweep<cut>()(NULL, &r, &answer), 0);
    ck_assert(tb_sweep<wide>() == NULL);
}
END_TEST

int main() {
    Suite *suite = suite_create("device sweep");
    TCase *tests = tcase_create("twin");
    tcase_add_test(tests, finds_every_planted_fault);
    tcase_add_test(tests, finds_nothing_where_nothing_is);
    tcase_add_test(tests, finds_a_range_that_differs_whole);
    tcase_add_test(tests, counts_what_it_has_no_room_for);
    tcase_add_test(tests, is_the_plain_loop);
    tcase_add_test(tests, refuses_what_it_cannot_sweep);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
