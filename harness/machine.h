/* This machine in a line; needs no library. */
#ifndef TB_MACHINE_H
#define TB_MACHINE_H

#include <stddef.h>

/* One line: "AMD EPYC 9554, 2 CPUs: f16c avx2 avx512f avx512_bf16". */
void tb_machine_line(char *text, size_t size);

#endif
