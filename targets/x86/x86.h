/* Between the x86 translation units: one a set of instructions, each compiled with its own flags, none of
 * whose functions may be called before its `lacks` function has returned NULL. */
#ifndef TB_X86_H
#define TB_X86_H

#include "targets/target.h"

/* NULL, or which CPU feature is missing. */
const char *tb_x86_lacks_f16c(void);
const char *tb_x86_lacks_avx2(void);
const char *tb_x86_lacks_avx512(void);
const char *tb_x86_lacks_avx512vnni(void);
const char *tb_x86_lacks_avx512bf16(void);
const char *tb_x86_lacks_avx512fp16(void);

typedef int tb_x86_open_fn(const struct tb_request *request, struct tb_kernel *kernel);
tb_x86_open_fn tb_x86_open_avx2;
tb_x86_open_fn tb_x86_open_avx512;
/* The stochastic conversions of the two above. */
tb_x86_open_fn tb_x86_open_stochastic_avx2;
tb_x86_open_fn tb_x86_open_stochastic_avx512;
tb_x86_open_fn tb_x86_open_avx512bf16;
tb_x86_open_fn tb_x86_open_vcvtps2ph;
tb_x86_open_fn tb_x86_open_vcvtps2ph_daz;
tb_x86_open_fn tb_x86_open_vcvtph2ps;
tb_x86_open_fn tb_x86_open_vcvtph2ps_daz;
tb_x86_open_fn tb_x86_open_vcvtps2phx;
tb_x86_open_fn tb_x86_open_vcvtph2psx;
tb_x86_open_fn tb_x86_open_vcvtneps2bf16;
tb_x86_open_fn tb_x86_open_vcvtneps2bf16_daz;
tb_x86_open_fn tb_x86_open_cvtps2dq;
tb_x86_open_fn tb_x86_open_cvttps2dq;
tb_x86_open_fn tb_x86_open_packs;
tb_x86_open_fn tb_x86_open_gemm_avx2;
tb_x86_open_fn tb_x86_open_gemm_maddubs;
tb_x86_open_fn tb_x86_open_gemm_vnni;
tb_x86_open_fn tb_x86_open_avx512_fp32;
tb_x86_open_fn tb_x86_open_avx2_fp32;
tb_x86_open_fn tb_x86_open_avx512fp16;
tb_x86_open_fn tb_x86_open_dot_avx2;
tb_x86_open_fn tb_x86_open_dot_f16c;
tb_x86_open_fn tb_x86_open_dot_avx512;
tb_x86_open_fn tb_x86_open_dot_avx512bf16;
tb_x86_open_fn tb_x86_open_dot_vnni;

/* Frees a state that open() allocated. */
void tb_x86_close_plan(struct tb_kernel *kernel);
void tb_x86_close_basic(struct tb_kernel *kernel);

/* MXCSR: exceptions masked, nearest-even, no flags; and what is put on top of it. */
#define TB_MXCSR_DEFAULT 0x1F80u
#define TB_MXCSR_FTZ     0x8000u
#define TB_MXCSR_DAZ     0x0040u
#define TB_MXCSR_NEAREST 0x0000u
#define TB_MXCSR_DOWN    0x2000u
#define TB_MXCSR_UP      0x4000u
#define TB_MXCSR_ZERO    0x6000u

#endif
