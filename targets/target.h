/* The interface of an implementation under test: this header alone, C ABI, no library.
 *
 * A target is asked, case by case, whether it offers the case (`open`), and is then run on arrays. A plug-in
 * is a shared object that exports tiebreak_targets(); the targets inside the tiebreak binary stand behind the
 * same struct.
 *
 * Elements are bit patterns in containers of 1, 2, 4 or 8 bytes in the machine's byte order. Codes of fewer
 * than 8 bits take the low bits of one byte, one code a byte, the rest zero. tf32 is a 32-bit container whose
 * low 13 bits are zero. Where a case takes several operands or random bits, an input is one word of the next
 * larger container: the operands' codes side by side, the first one highest, the random bits lowest. */
#ifndef TIEBREAK_TARGET_H
#define TIEBREAK_TARGET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIEBREAK_TARGET_ABI 2u

/* What is asked. Strings are as in the case id, valid during open() only; compare them, or parse case_id. */
struct tb_request {
    const char *case_id;     /* "convert/fp32/e4m3fn/rne/satfinite" */
    const char *operation;   /* "convert" */
    const char *source;      /* "fp32" */
    const char *destination; /* "e4m3fn" */
    const char *rounding;    /* "rne", "sr"; "exact" where nothing can be lost */
    const char *overflow;    /* "satfinite"; "" where rounding is "exact" */
    const char *parameters;  /* of a conversion under sr "bits=16", so many random bits in each input, or
                                "bits=hidden": the target draws its own; "" for other conversions */
    uint32_t source_bytes;   /* bytes of one input element: of the joint word, where there is one */
    uint32_t destination_bytes;
};

/* Converts count elements. Both arrays may have any alignment that their element size allows; count may be 0;
 * nothing outside input[0..count) may be read or output[0..count) written. The floating-point environment on
 * return must be that on entry (nearest-even, no FTZ/DAZ, exceptions masked). Called from one thread at a
 * time for one kernel. */
typedef void tb_run_fn(const void *state, const void *input, void *output, size_t count);

/* ---- A sweep by the target itself, for devices behind a slow bus. ---- */

/* Inputs first to last (patterns, both inside) on which the target gave `got`, another code than the expected
 * one. */
struct tb_found {
    uint32_t first, last, got;
};

/* What is to be swept: the inputs of index begin to end - 1, whose patterns are index << padding. The
 * expected code of a pattern is code[i] of the last i with first[i] <= pattern; first ascends from 0, at most
 * 2^20 entries. */
struct tb_sweep_request {
    const uint32_t *first, *code;
    size_t count;
    uint64_t begin, end; /* at most 2^32 */
    uint32_t padding;
    uint32_t unchecked;     /* 1: generate and convert the inputs and compare nothing, to measure against */
    struct tb_found *found; /* room for `capacity` of them */
    size_t capacity;
};

struct tb_sweep_answer {
    uint64_t differing; /* inputs that differ; exact, also where there are more stretches than room */
    size_t found;       /* stretches written; their order is free, none overlaps another, and neighbours need
                           not be joined */
    uint32_t overflow;  /* 1: there were more than `capacity`; found is not looked at */
    double seconds;     /* on the device, of the kernel alone; 0 where it cannot tell */
};

/* Sweeps. The harness does not take its word: it runs the kernel on what was found and on a sample of the
 * rest, and has the same range swept against staircases with planted faults. Only for sources and
 * destinations of at most 32 bits. 1: answered; 0: failed, and failure() says why. */
typedef int tb_sweep_fn(const void *state, const struct tb_sweep_request *request,
                        struct tb_sweep_answer *answer);

/* What open() hands back. */
struct tb_kernel {
    tb_run_fn *run;
    const void *state; /* handed to run; NULL where there is none */
    /* What the implementation's documentation says it computes, where that is not the exact answer: names
     * from `tiebreak list variants` joined by '+', "daz" or "daz+nan-canonical"; or a bound's name from
     * there; NULL claims exactness. */
    const char *claim;
    tb_sweep_fn *sweep; /* NULL: the harness runs the kernel on every input */
    /* Asked after open(), run() and sweep(): NULL while all is well, else what went wrong, one line in the
     * words of the runtime: "out of memory (cudaErrorMemoryAllocation)". The verdict is then `crashed`. NULL
     * where nothing can fail. */
    const char *(*failure)(const void *state);
};

/* Where a target's answers come from, for its recordings; NULL where that is this machine's CPU, compiled as
 * this binary was. */
struct tb_provenance {
    const char *device;   /* "NVIDIA H100 80GB HBM3, compute capability 9.0, 132 SMs" */
    const char *driver;   /* "driver 580.65.06, CUDA 13.0, runtime 13.0" */
    const char *compiler; /* "nvcc 13.0.88, gcc 12.2.0" */
    const char *flags;    /* "-O3 -fmad=false -gencode=arch=compute_90a,code=sm_90a" */
};

struct tb_target {
    uint32_t abi;        /* TIEBREAK_TARGET_ABI */
    const char *name;    /* "family/name", [a-z0-9._/+-] */
    const char *summary; /* one line: what it is, whose code, which instruction */
    /* NULL when this machine can run the target, else why not: "this CPU lacks avx512f". May itself be NULL.
     */
    const char *(*unavailable)(void);
    /* 1: offered, *kernel filled in. 0: this case is not offered. *kernel is all zero on entry. */
    int (*open)(const struct tb_request *request, struct tb_kernel *kernel);
    void (*close)(struct tb_kernel *kernel); /* releases state; may be NULL */
    /* Fills in *provenance; called where the target is available. The strings stay valid as the target does.
     * May be NULL. */
    void (*provenance)(struct tb_provenance *provenance);
};

/* The one symbol of a plug-in: a NULL-terminated list of targets for this ABI version, or NULL when the
 * version is not supported. The list and all it points to stay valid until the object is unloaded. */
const struct tb_target *const *tiebreak_targets(uint32_t abi);

#ifdef __cplusplus
}
#endif

#endif
