/* Presets: what a runtime computes, as a name for a string of affine variants.
 *
 * A preset stands wherever a variant can: as a target's claim, in a joined name ("xnnpack/fp32+rna"), and as
 * the expected answer of a run (`--like`). Where C leaves a cast undefined and no machine was watched, a
 * preset saturates; the source says so. */
#ifndef TB_AFFINE_PRESET_H
#define TB_AFFINE_PRESET_H

#include "vectors/case.h"

struct tb_affine_preset {
    const char *name;    /* "RUNTIME/OPERATION" */
    unsigned operations; /* bits 1 << TB_QUANTIZE ... */
    const char *variant; /* "rcp32+avx2-wrap" */
    const char *source;  /* where the fact is from */
};
extern const struct tb_affine_preset tb_affine_presets[];
extern const size_t tb_affine_preset_count;

/* A preset of this name (of `length` characters) for the operation; NULL where there is none. */
const struct tb_affine_preset *tb_affine_preset_find(enum tb_operation operation, const char *name,
                                                     size_t length);
/* Whether some operation has a preset of this name. */
bool tb_affine_preset_known(const char *name);

#endif
