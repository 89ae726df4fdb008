/* Exact values as numbers and as text. */
#include "vectors/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double tb_format_value(const struct tb_format *f, uint64_t pattern) {
    struct tb_value v = tb_format_decode(f, pattern);
    double magnitude = v.class == TB_FINITE     ? ldexp((double)v.significand, v.exponent)
                       : v.class == TB_INFINITE ? INFINITY
                       : v.class == TB_ZERO     ? 0
                                                : NAN;
    return v.negative ? -magnitude : magnitude;
}

/* A C hex float with one digit before the point: the same text on every machine, which printf's %La is not.
 */
static void print_hex(struct tb_value v, char *text, size_t size) {
    char digits[17];
    int shift = __builtin_clzll(v.significand);
    uint64_t fraction = shift == 63 ? 0 : v.significand << (shift + 1);
    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)fraction);
    int length = 16;
    while (length && digits[length - 1] == '0')
        digits[--length] = 0;
    snprintf(text, size, "%s0x1%s%sp%+d", v.negative ? "-" : "", length ? "." : "", digits,
             v.exponent + 63 - shift);
}

static void print_finite(struct tb_value v, char *text, size_t size) {
    char exact[1200];
    int zeros = __builtin_ctzll(v.significand);
    v.significand >>= zeros;
    v.exponent += zeros;
    if (v.exponent < -60 || v.exponent > 128) {
        print_hex(v, text, size);
        return;
    }
    /* Exact: a long double holds 64 significand bits, and glibc prints all digits that are asked for. */
    long double d = (long double)v.significand;
    for (int e = v.exponent; e < 0; e++)
        d /= 2;
    for (int e = v.exponent; e > 0; e--)
        d *= 2;
    int length =
        snprintf(exact, sizeof exact, "%s%.*Lf", v.negative ? "-" : "", v.exponent < 0 ? -v.exponent : 0, d);
    if (length > 60)
        print_hex(v, text, size);
    else
        snprintf(text, size, "%s", exact);
}

void tb_value_print(struct tb_value v, char *text, size_t size) {
    const char *sign = v.negative ? "-" : "";
    switch (v.class) {
    case TB_ZERO:
        snprintf(text, size, "%s0", sign);
        return;
    case TB_INFINITE:
        snprintf(text, size, "%sinf", sign);
        return;
    case TB_NOT_A_NUMBER:
        snprintf(text, size, "%snan", sign);
        return;
    case TB_FINITE:
        print_finite(v, text, size);
    }
}
