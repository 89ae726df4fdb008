/* Quantizers for readers: their parameters in words, their codes as integers, and where an input lies between
 * two codes. On plain integers and long doubles, independent of the reference. */
#ifndef TB_REPORTS_AFFINE_WORDS_H
#define TB_REPORTS_AFFINE_WORDS_H

#include "reports/neighbours.h"

/* "scale 0.0625 (0x1p-4), zero point 3, codes -128 to 127", of a scaled case "scale 0.0625 (0x1p-4)"; "" for
 * a conversion. */
void tb_affine_words(const struct tb_case *c, char *text, size_t size);

/* An answer of a case, given by its id: an affine case's integer in decimal, all else as a hex pattern of
 * `digits` digits. */
#define TB_CODE 32
const char *tb_code_text(const char *case_id, uint64_t pattern, int digits, char text[TB_CODE]);

/* Where x/s + z or q*s + z lies between two codes; of a dequantization, (q-z)*s between two values of the
 * destination. *what: the formula and its value, "x / s + z = 127.5". Nothing is set where there is no such
 * place: NaN, infinities, the mask and values of a fake quantization. */
struct tb_neighbours tb_affine_neighbours(const struct tb_case *c, uint64_t input, uint64_t expected,
                                          char *what, size_t size);

/* The same of a scaled case: x / s, x * m or q * s between two values of the destination. */
struct tb_neighbours tb_scaled_neighbours(const struct tb_case *c, uint64_t input, uint64_t expected,
                                          char *what, size_t size);

/* The magnitudes of inputs below which all give the zero point, and above which all are clamped; false where
 * the case has no such landmarks. */
bool tb_affine_landmarks(const struct tb_case *c, double *zero, double *clamp);

#endif
