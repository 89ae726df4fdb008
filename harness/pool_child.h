/* What the two sides of the pool share: the page that survives a crash of the child, and the framing of its
 * stream. */
#ifndef TB_POOL_CHILD_H
#define TB_POOL_CHILD_H

#include "harness/pool.h"

#include <stdatomic.h>

/* How far the child came. */
enum tb_stage { TB_STAGE_START, TB_STAGE_WORK, TB_STAGE_RETURNED, TB_STAGE_STREAMED };

enum tb_access { TB_ACCESS_UNKNOWN, TB_ACCESS_READ, TB_ACCESS_WRITE };

/* PROT_NONE on both sides of a guarded array; a fault this near to a region is named after it. */
#define TB_GUARD_BYTES 65536u

/* One a job, in shared memory, because a target may close every descriptor but can hardly unmap this. */
struct tb_slot {
    _Atomic uint64_t progress;
    _Atomic int stage;
    _Atomic int signal; /* recorded by the handler; 0: none */
    int code;           /* si_code */
    enum tb_access access;
    uintptr_t address;
    struct {
        uintptr_t start, end;
    } region[TB_REGIONS];
    char note[128];
    char failure[TB_JOB_REASON];
};

/* A frame: head, then length bytes. Length 0 ends the stream and is followed by a tail. */
struct tb_frame_head {
    uint64_t nonce;
    uint32_t length;
    uint32_t check; /* length ^ low half of the nonce */
};
struct tb_frame_tail {
    uint64_t hash; /* tb_stream_hash over all payload bytes, from the nonce */
    uint64_t total;
};
uint64_t tb_stream_hash(uint64_t hash, const unsigned char *bytes, size_t size);

/* The child's side from just after fork(): runs the work and ends the process. */
struct tb_child_ends {
    int data, out, err; /* write ends of the three pipes */
};
_Noreturn void tb_child_main(const struct tb_job *job, struct tb_slot *slot, uint64_t nonce,
                             struct tb_child_ends ends);

#endif
