/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011): random
 * words that depend on a counter and a key alone, so that element i of a stream is the same wherever and in
 * whatever order it is drawn. Random rounding that is to be seen again takes counter = {i, i >> 32, stream,
 * 0} and the seed as its key. cuRAND's and PyTorch's generators use the same function. */
#ifndef TB_PHILOX_H
#define TB_PHILOX_H

#include <stdint.h>

static inline void tb_philox_round(uint32_t c[4], const uint32_t key[2]) {
    uint64_t a = UINT64_C(0xD2511F53) * c[0], b = UINT64_C(0xCD9E8D57) * c[2];
    uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ key[0], (uint32_t)b, (uint32_t)(a >> 32) ^ c[3] ^ key[1],
                        (uint32_t)a};
    for (int i = 0; i < 4; i++)
        c[i] = next[i];
}

/* out: four words of 32 random bits for a counter and a key. */
static inline void tb_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t k[2] = {key[0], key[1]};
    for (int i = 0; i < 4; i++)
        out[i] = counter[i];
    for (int round = 0; round < 10; round++) {
        tb_philox_round(out, k);
        k[0] += UINT32_C(0x9E3779B9);
        k[1] += UINT32_C(0xBB67AE85);
    }
}

#endif
