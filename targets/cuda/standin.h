/* The stand-in for the CUDA runtime and cuBLASLt (standin.cpp), as the tests steer it: functions that the
 * plug-in of the same build exports. */
#ifndef TB_CUDA_STANDIN_H
#define TB_CUDA_STANDIN_H

/* Call number `call` of the process, counted from 1, fails with `error`, the runtime's number of it; 0: none
 * fails. The other way to say so is the environment's TIEBREAK_STANDIN, "cudaMalloc 2 719": the second call
 * of that name. After error 719, a lost device, all further calls fail with it, as the runtime's do. */
typedef void tb_standin_plan_fn(unsigned call, int error);

struct tb_standin_state {
    unsigned calls;     /* so far, of functions that can fail */
    const char *failed; /* the function whose call failed first; NULL: none */
    unsigned after;     /* calls after that one that release nothing */
    int held;           /* allocations, events and descriptions not yet released */
};
typedef void tb_standin_state_fn(struct tb_standin_state *state);

#endif
