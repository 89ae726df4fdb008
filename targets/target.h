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

#define TIEBREAK_TARGET_ABI 1u

/* What is asked. Strings are as in the case id, valid during open() only; compare them, or parse case_id. */
struct tb_request {
    const char *case_id;     /* "convert/fp32/e4m3fn/rne/satfinite" */
    const char *operation;   /* "convert" */
    const char *source;      /* "fp32" */
    const char *destination; /* "e4m3fn" */
    const char *rounding;    /* "rne"; "exact" where nothing can be lost */
    const char *overflow;    /* "satfinite"; "" where rounding is "exact" */
    const char *parameters;  /* "" for conversions */
    uint32_t source_bytes;   /* bytes of one input element: of the joint word, where there is one */
    uint32_t destination_bytes;
};

/* Converts count elements. Both arrays may have any alignment that their element size allows; count may be 0;
 * nothing outside input[0..count) may be read or output[0..count) written. The floating-point environment on
 * return must be that on entry (nearest-even, no FTZ/DAZ, exceptions masked). Called from one thread at a
 * time for one kernel. */
typedef void tb_run_fn(const void *state, const void *input, void *output, size_t count);

/* What open() hands back. */
struct tb_kernel {
    tb_run_fn *run;
    const void *state; /* handed to run; NULL where there is none */
    /* What the implementation's documentation says it computes, where that is not the exact answer: names
     * from `tiebreak list variants` joined by '+', "daz" or "daz+nan-canonical"; NULL claims exactness. */
    const char *claim;
};

struct tb_target {
    uint32_t abi;        /* TIEBREAK_TARGET_ABI */
    const char *name;    /* "family/name", [a-z0-9._/+-] */
    const char *summary; /* one line: what it is, whose code, which instruction */
    /* NULL when this machine can run the target, else why not: "this CPU lacks avx512f". May itself be NULL.
     */
    const char *(*unavailable)(void);
    /* 1: offered, *kernel filled in. 0: this case is not offered. */
    int (*open)(const struct tb_request *request, struct tb_kernel *kernel);
    void (*close)(struct tb_kernel *kernel); /* releases state; may be NULL */
};

/* The one symbol of a plug-in: a NULL-terminated list of targets for this ABI version, or NULL when the
 * version is not supported. The list and all it points to stay valid until the object is unloaded. */
const struct tb_target *const *tiebreak_targets(uint32_t abi);

#ifdef __cplusplus
}
#endif

#endif
