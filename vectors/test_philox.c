/* Known answers of Random123 (tests/kat_vectors). */
#include "vectors/philox.h"
#include "vectors/testing.h"

static const struct {
    uint32_t counter[4], key[2], out[4];
} rows[] = {
    {{0, 0, 0, 0},                                     {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
     {UINT32_MAX, UINT32_MAX},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}                                                          },
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}                                                          },
};

START_TEST(known_answers) {
    uint32_t out[4];
    tb_philox4x32_10(rows[_i].counter, rows[_i].key, out);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(out[i], rows[_i].out[i]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("philox");
    TCase *tests = tcase_create("philox");
    tcase_add_loop_test(tests, known_answers, 0, sizeof rows / sizeof rows[0]);
    suite_add_tcase(suite, tests);
    return tb_test(suite, CK_FORK_GETENV);
}
