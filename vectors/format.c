/* The table of formats, and what follows from a row: landmarks, order, exact values. */
#include "vectors/format.h"

#include <math.h>
#include <string.h>

/* QLoRA's NormalFloat4, as bitsandbytes holds it in fp32 (functional.py). */
static const double nf4_values[16] = {
    -0x1p+0,         -0x1.6473620p-1, -0x1.0cd660p-1, -0x1.9465400p-2, -0x1.23449a0p-2, -0x1.7a6a7ep-3,
    -0x1.74f0e20p-4, 0x0p+0,          0x1.45f5fep-4,  0x1.4995c6p-3,   0x1.f809bap-3,   0x1.5a0674p-2,
    0x1.c34970p-2,   0x1.200f56p-1,   0x1.722766p-1,  0x1p+0,
};

/* bitsandbytes FP4 as functional.py and the CUDA kernel hold it: k/12 in fp32; codes are not in value order.
 */
static const double bnb_fp4_values[16] = {
    0x0p+0,  0x1.555556p-8,  0x1.555556p-1,  0x1p+0,  0x1.555556p-2,  0x1p-1,  0x1.555556p-3,  0x1p-2,
    -0x0p+0, -0x1.555556p-8, -0x1.555556p-1, -0x1p+0, -0x1.555556p-2, -0x1p-1, -0x1.555556p-3, -0x1p-2,
};

/* Made by tapered_values.py beside this file from the formats' definitions. */
static const double hif8_values[256] = {
#include "vectors/hif8.inc"
};
static const double posit8_values[256] = {
#include "vectors/posit8.inc"
};
static const double posit8_es0_values[256] = {
#include "vectors/posit8_es0.inc"
};

#define IEEE    TB_LOW_SUBNORMALS, TB_INF_IEEE, TB_NAN_IEEE
#define FN      TB_LOW_SUBNORMALS, TB_INF_NONE, TB_NAN_ALL_ONES
#define FNUZ    TB_LOW_SUBNORMALS, TB_INF_NONE, TB_NAN_NEGATIVE_ZERO
#define NUMBERS TB_LOW_SUBNORMALS, TB_INF_NONE, TB_NAN_NONE
#define NOZERO  TB_LOW_NORMAL, TB_INF_NONE, TB_NAN_ALL_ONES
#define POWERS  TB_LOW_ZERO, TB_INF_NONE, TB_NAN_NONE
#define TOPPED  TB_LOW_SUBNORMALS, TB_INF_TOP, TB_NAN_NEGATIVE_ZERO

#define FLOAT(NAME, ALIASES, BITS, PRECISION, BIAS, SIGNED, NEGATIVE_ZERO, SPECIALS, SOURCE)                 \
    {                                                                                                        \
        NAME, ALIASES, TB_FLOAT, BITS, PRECISION, BIAS, SIGNED, NEGATIVE_ZERO, SPECIALS, 0, NULL, false,     \
            SOURCE                                                                                           \
    }
#define DRAFT(NAME, ALIASES, BITS, PRECISION, BIAS, SIGNED, NEGATIVE_ZERO, SPECIALS, SOURCE)                 \
    { NAME, ALIASES, TB_FLOAT, BITS, PRECISION, BIAS, SIGNED, NEGATIVE_ZERO, SPECIALS, 0, NULL, true, SOURCE }
#define INTEGER(NAME, ALIASES, BITS, SCALE, SIGNED, SOURCE)                                                  \
    { NAME, ALIASES, TB_INTEGER, BITS, 0, SCALE, SIGNED, false, NUMBERS, 0, NULL, false, SOURCE }
#define CODES(NAME, ALIASES, BITS, NEGATIVE_ZERO, SPECIALS, VALUES, IS_DRAFT, SOURCE)                        \
    { NAME, ALIASES, TB_CODEBOOK, BITS, 0, 0, true, NEGATIVE_ZERO, SPECIALS, 0, VALUES, IS_DRAFT, SOURCE }

/* clang-format off */
const struct tb_format tb_formats[] = {
    /*    name             aliases                                          bits prec bias sign -0  low, infinity, NaN   source */
    FLOAT("fp64",          "binary64,float64,double,f64",                    64,  53, 1023, 1,  1,  IEEE,   "IEEE 754-2019 3.6"),
    FLOAT("fp32",          "binary32,float32,float,f32",                     32,  24,  127, 1,  1,  IEEE,   "IEEE 754-2019 3.6"),
         {"tf32",          "TensorFloat-32,FloatTF32", TB_FLOAT,             19,  11,  127, 1,  1,  IEEE, 13, NULL, false, "LLVM APFloat semFloatTF32; PTX ISA cvt"},
    FLOAT("fp16",          "binary16,float16,half,f16",                      16,  11,   15, 1,  1,  IEEE,   "IEEE 754-2019 3.6"),
    FLOAT("bf16",          "bfloat16,BFloat16",                              16,   8,  127, 1,  1,  IEEE,   "IEEE P3109 v4.0 Annex; LLVM APFloat semBFloat"),
    FLOAT("e4m3fn",        "fp8_e4m3fn,float8_e4m3fn,E4M3,Float8E4M3FN,hf8",  8,   4,    7, 1,  1,  FN,     "OCP OFP8 v1.0; ml_dtypes float8_e4m3fn"),
    FLOAT("e5m2",          "fp8_e5m2,float8_e5m2,E5M2,Float8E5M2,bf8",        8,   3,   15, 1,  1,  IEEE,   "OCP OFP8 v1.0; ml_dtypes float8_e5m2"),
    FLOAT("e4m3",          "fp8_e4m3_ieee,float8_e4m3,Float8E4M3",            8,   4,    7, 1,  1,  IEEE,   "LLVM APFloat semFloat8E4M3"),
    FLOAT("e3m4",          "fp8_e3m4,float8_e3m4,Float8E3M4",                 8,   5,    3, 1,  1,  IEEE,   "LLVM APFloat semFloat8E3M4"),
    FLOAT("e4m3fnuz",      "fp8_e4m3fnuz,float8_e4m3fnuz,Float8E4M3FNUZ",     8,   4,    8, 1,  0,  FNUZ,   "arXiv 2206.02915; ml_dtypes float8_e4m3fnuz"),
    FLOAT("e5m2fnuz",      "fp8_e5m2fnuz,float8_e5m2fnuz,Float8E5M2FNUZ",     8,   3,   16, 1,  0,  FNUZ,   "arXiv 2206.02915; ml_dtypes float8_e5m2fnuz"),
    FLOAT("e4m3b11fnuz",   "fp8_e4m3b11fnuz,float8_e4m3b11fnuz,Float8E4M3B11FNUZ", 8, 4, 11, 1, 0,  FNUZ,   "LLVM APFloat semFloat8E4M3B11FNUZ"),
    FLOAT("e8m0fnu",       "e8m0,ue8m0,float8_e8m0fnu,E8M0,Float8E8M0FNU",    8,   1,  127, 0,  0,  NOZERO, "OCP MX v1.0; ml_dtypes float8_e8m0fnu"),
    FLOAT("e2m3fn",        "fp6_e2m3fn,float6_e2m3fn,E2M3,Float6E2M3FN",      6,   4,    1, 1,  1,  NUMBERS, "OCP MX v1.0; ml_dtypes float6_e2m3fn"),
    FLOAT("e3m2fn",        "fp6_e3m2fn,float6_e3m2fn,E3M2,Float6E3M2FN",      6,   3,    3, 1,  1,  NUMBERS, "OCP MX v1.0; ml_dtypes float6_e3m2fn"),
    FLOAT("e2m1fn",        "fp4_e2m1fn,float4_e2m1fn,E2M1,Float4E2M1FN",      4,   2,    1, 1,  1,  NUMBERS, "OCP MX v1.0; ml_dtypes float4_e2m1fn"),
    FLOAT("ue4m3",         "UE4M3",                                           7,   4,    7, 0,  0,  FN,     "PTX ISA .ue4m3: e4m3fn without its sign bit, the byte's top bit 0"),
    DRAFT("ue5m3",         "UE5M3",                                           8,   4,   15, 0,  0,  FN,     "deduced from AMD's emulation source for gfx1250; hardware not seen"),
    DRAFT("e3m0",          "fp4_e3m0",                                        4,   1,    3, 1,  1,  POWERS, "early torchao and neural-compressor; bias not confirmed"),
    FLOAT("e0m3",          "fp4_e0m3",                                        4,   4,   -2, 1,  1,  NUMBERS, "CUDA __nv_fp4_e0m3: sign and magnitude, -7..7"),
    INTEGER("s2f6",        "",                                                8,   6,       1,             "PTX ISA 9.1 .s2f6x2"),
    INTEGER("int2",        "s2,INT2",                                         2,   0,       1,             "two's complement"),
    INTEGER("uint1",       "bit,bool,BOOL",                                   1,   0,       0,             "unsigned; masks"),
    INTEGER("uint2",       "u2,UINT2",                                        2,   0,       0,             "unsigned"),
    INTEGER("int4",        "s4,INT4",                                         4,   0,       1,             "two's complement"),
    INTEGER("uint4",       "u4,UINT4",                                        4,   0,       0,             "unsigned"),
    INTEGER("int8",        "i8,s8,INT8",                                      8,   0,       1,             "two's complement"),
    INTEGER("uint8",       "u8,UINT8",                                        8,   0,       0,             "unsigned"),
    INTEGER("int16",       "i16,s16,INT16",                                  16,   0,       1,             "two's complement"),
    INTEGER("uint16",      "u16,UINT16",                                     16,   0,       0,             "unsigned"),
    INTEGER("int32",       "i32,s32,INT32",                                  32,   0,       1,             "two's complement"),
    INTEGER("uint32",      "u32,UINT32",                                     32,   0,       0,             "unsigned"),
    INTEGER("mxint8",      "MXINT8,ocp_int8",                                 8,   6,       1,             "OCP MX v1.0: two's complement times 2^-6"),
    CODES("nf4",           "NormalFloat4",                                    4,             0,  NUMBERS, nf4_values, false, "bitsandbytes functional.py"),
    CODES("bnb_fp4",       "",                                                4,             1,  NUMBERS, bnb_fp4_values, false, "bitsandbytes functional.py, csrc/kernels.cu"),
    CODES("hif8",          "HiFloat8,HiF8",                                   8,             0,  TOPPED, hif8_values, true, "arXiv 2409.16626; rounding at the ends not confirmed"),
    CODES("posit8",        "",                                                8,             0,  FNUZ,    posit8_values, true, "Posit Standard 2022, es 2; rounding by value, not by bit string"),
    CODES("posit8_es0",    "",                                                8,             0,  FNUZ,    posit8_es0_values, true, "SoftPosit posit8_t; rounding by value, not by bit string"),
    DRAFT("cfloat8_1_4_3", "",                                                8,   4,    7, 1,  0,  FNUZ,    "Tesla Dojo, P3109 Annex F; the bias is configurable, 7 here"),
    DRAFT("cfloat8_1_5_2", "",                                                8,   3,   15, 1,  0,  FNUZ,    "Tesla Dojo, P3109 Annex F; the bias is configurable, 15 here"),
};
/* clang-format on */
const size_t tb_format_count = sizeof tb_formats / sizeof tb_formats[0];

static uint64_t low_bits(int n) {
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

unsigned tb_format_bytes(const struct tb_format *f) {
    int bits = f->bits + f->padding;
    return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

uint64_t tb_format_codes(const struct tb_format *f) {
    return f->bits >= 64 ? UINT64_MAX : UINT64_C(1) << f->bits;
}

int tb_format_fraction_bits(const struct tb_format *f) {
    return f->precision - 1;
}

int tb_format_exponent_bits(const struct tb_format *f) {
    return f->bits - f->is_signed - (f->precision - 1);
}

/* ---- Codes without padding: sign bit (when signed) above `magnitude bits`. ---- */

static int magnitude_bits(const struct tb_format *f) {
    return f->bits - f->is_signed;
}

static uint64_t sign_bit(const struct tb_format *f) {
    return f->is_signed ? UINT64_C(1) << (f->bits - 1) : 0;
}

static uint64_t code_of(const struct tb_format *f, uint64_t pattern) {
    return (pattern >> f->padding) & low_bits(f->bits);
}

/* The magnitude code of infinity; false where there is none. Floats only. */
static bool infinite_magnitude(const struct tb_format *f, uint64_t *magnitude) {
    uint64_t top = low_bits(magnitude_bits(f));
    switch (f->infinity) {
    case TB_INF_IEEE:
        *magnitude = top & ~low_bits(f->precision - 1);
        return true;
    case TB_INF_TOP:
        *magnitude = f->nan == TB_NAN_ALL_ONES ? top - 1 : top;
        return true;
    case TB_INF_NONE:
        break;
    }
    return false;
}

static uint64_t largest_magnitude(const struct tb_format *f) {
    uint64_t magnitude;
    if (infinite_magnitude(f, &magnitude))
        return magnitude - 1;
    uint64_t top = low_bits(magnitude_bits(f));
    if (f->nan == TB_NAN_IEEE) /* all-ones exponents hold NaN only */
        return (top & ~low_bits(f->precision - 1)) - 1;
    return f->nan == TB_NAN_ALL_ONES ? top - 1 : top;
}

static bool is_nan_code(const struct tb_format *f, uint64_t code) {
    uint64_t magnitude = code & low_bits(magnitude_bits(f)), infinite;
    switch (f->nan) {
    case TB_NAN_NONE:
        return false;
    case TB_NAN_ALL_ONES:
        return magnitude == low_bits(magnitude_bits(f));
    case TB_NAN_NEGATIVE_ZERO:
        return code == sign_bit(f);
    case TB_NAN_IEEE:
        return infinite_magnitude(f, &infinite) ? magnitude > infinite : magnitude > largest_magnitude(f);
    }
    return false;
}

/* ---- Exact values. ---- */

static struct tb_value value_of_double(double d) {
    struct tb_value v = {.negative = signbit(d)};
    if (isnan(d)) {
        v.class = TB_NOT_A_NUMBER;
        v.significand = UINT64_C(1) << 63;
    } else if (isinf(d)) {
        v.class = TB_INFINITE;
    } else if (d != 0) {
        v.class = TB_FINITE;
        v.significand = (uint64_t)ldexp(frexp(fabs(d), &v.exponent), 53);
        v.exponent -= 53;
    }
    return v;
}

static struct tb_value decode_integer(const struct tb_format *f, uint64_t code) {
    struct tb_value v = {.negative = (code & sign_bit(f)) != 0, .exponent = -f->bias};
    v.significand = v.negative ? (~code + 1) & low_bits(f->bits) : code;
    v.class = v.significand ? TB_FINITE : TB_ZERO;
    return v;
}

static struct tb_value decode_float(const struct tb_format *f, uint64_t code) {
    int fraction_bits = f->precision - 1;
    uint64_t magnitude = code & low_bits(magnitude_bits(f)), infinite;
    uint64_t fraction = magnitude & low_bits(fraction_bits);
    int exponent = (int)(magnitude >> fraction_bits);
    struct tb_value v = {.negative = (code & sign_bit(f)) != 0};
    if (is_nan_code(f, code)) {
        v.class = TB_NOT_A_NUMBER;
        bool payload = f->nan == TB_NAN_IEEE && fraction_bits > 0;
        v.significand = payload ? fraction << (64 - fraction_bits) : UINT64_C(1) << 63;
        if (f->nan == TB_NAN_NEGATIVE_ZERO)
            v.negative = false;
    } else if (infinite_magnitude(f, &infinite) && magnitude == infinite) {
        v.class = TB_INFINITE;
    } else if (exponent == 0 && f->low != TB_LOW_NORMAL) {
        v.significand = fraction;
        v.exponent = 1 - f->bias - fraction_bits;
        v.class = fraction ? TB_FINITE : TB_ZERO;
    } else {
        v.class = TB_FINITE;
        v.significand = fraction | UINT64_C(1) << fraction_bits;
        v.exponent = exponent - f->bias - fraction_bits;
    }
    return v;
}

struct tb_value tb_format_decode(const struct tb_format *f, uint64_t pattern) {
    uint64_t code = code_of(f, pattern);
    switch (f->kind) {
    case TB_INTEGER:
        return decode_integer(f, code);
    case TB_CODEBOOK:
        return value_of_double(f->codebook[code]);
    case TB_FLOAT:
        break;
    }
    return decode_float(f, code);
}

bool tb_format_is_nan(const struct tb_format *f, uint64_t pattern) {
    uint64_t code = code_of(f, pattern);
    return f->kind == TB_CODEBOOK ? isnan(f->codebook[code]) : f->kind == TB_FLOAT && is_nan_code(f, code);
}

bool tb_format_is_subnormal(const struct tb_format *f, uint64_t pattern) {
    if (f->kind != TB_FLOAT || f->low != TB_LOW_SUBNORMALS || tb_format_is_nan(f, pattern))
        return false;
    uint64_t magnitude = code_of(f, pattern) & low_bits(magnitude_bits(f));
    return magnitude != 0 && magnitude >> (f->precision - 1) == 0;
}

/* ---- Landmarks. ---- */

/* The code of a codebook that `better` prefers over all others; false where none is acceptable. */
static bool codebook_search(const struct tb_format *f, double wanted, bool negative, uint64_t *pattern) {
    for (uint64_t code = 0; code < tb_format_codes(f); code++)
        if (f->codebook[code] == wanted && !!signbit(f->codebook[code]) == negative) {
            *pattern = code;
            return true;
        }
    return false;
}

static uint64_t codebook_largest(const struct tb_format *f, bool negative) {
    uint64_t best = 0;
    double largest = -INFINITY;
    for (uint64_t code = 0; code < tb_format_codes(f); code++) {
        double value = negative ? -f->codebook[code] : f->codebook[code];
        if (isfinite(value) && value > largest) {
            largest = value;
            best = code;
        }
    }
    return best;
}

bool tb_format_largest(const struct tb_format *f, bool negative, uint64_t *pattern) {
    if (f->kind == TB_CODEBOOK)
        *pattern = codebook_largest(f, negative);
    else if (!f->is_signed)
        *pattern = negative ? 0 : f->kind == TB_INTEGER ? low_bits(f->bits) : largest_magnitude(f);
    else if (f->kind == TB_INTEGER)
        *pattern = negative ? sign_bit(f) : sign_bit(f) - 1;
    else
        *pattern = largest_magnitude(f) | (negative ? sign_bit(f) : 0);
    *pattern <<= f->padding;
    return true;
}

bool tb_format_infinity(const struct tb_format *f, bool negative, uint64_t *pattern) {
    uint64_t magnitude;
    if (f->kind == TB_CODEBOOK)
        return codebook_search(f, negative ? -INFINITY : INFINITY, negative, pattern);
    if (f->kind != TB_FLOAT || !infinite_magnitude(f, &magnitude) || (negative && !f->is_signed))
        return false;
    *pattern = (magnitude | (negative ? sign_bit(f) : 0)) << f->padding;
    return true;
}

bool tb_format_zero(const struct tb_format *f, bool negative, uint64_t *pattern) {
    if (f->kind == TB_CODEBOOK)
        return codebook_search(f, 0, negative && f->negative_zero, pattern);
    if (f->kind == TB_FLOAT && f->low == TB_LOW_NORMAL)
        return false;
    *pattern = (negative && f->negative_zero ? sign_bit(f) : 0) << f->padding;
    return true;
}

bool tb_format_nan(const struct tb_format *f, bool negative, uint64_t fraction, uint64_t *pattern) {
    if (f->nan == TB_NAN_NONE)
        return false;
    uint64_t sign = negative ? sign_bit(f) : 0, code = 0;
    int fraction_bits = f->precision - 1;
    switch (f->nan) {
    case TB_NAN_NONE:
    case TB_NAN_NEGATIVE_ZERO:
        code = sign_bit(f);
        break;
    case TB_NAN_ALL_ONES:
        code = low_bits(magnitude_bits(f)) | sign;
        break;
    case TB_NAN_IEEE: /* fraction_bits is at least 1: an all-ones exponent with a fraction that is not zero */
        fraction = (fraction | UINT64_C(1) << 63) >> (64 - fraction_bits);
        code = (low_bits(magnitude_bits(f)) & ~low_bits(fraction_bits)) | fraction | sign;
        break;
    }
    *pattern = code << f->padding;
    return true;
}

/* ---- Order. ---- */

static int64_t codebook_rank(const struct tb_format *f, uint64_t code) {
    double value = f->codebook[code];
    int64_t rank = 0;
    for (uint64_t other = 0; other < tb_format_codes(f); other++) {
        double v = f->codebook[other];
        if (value > 0 ? v > 0 && v <= value : v < 0 && v >= value)
            rank++;
    }
    return value > 0 ? rank : -rank;
}

int64_t tb_format_rank(const struct tb_format *f, uint64_t pattern) {
    if (tb_format_is_nan(f, pattern))
        return INT64_MIN;
    uint64_t code = code_of(f, pattern);
    if (f->kind == TB_CODEBOOK)
        return codebook_rank(f, code);
    bool negative = (code & sign_bit(f)) != 0;
    if (f->kind == TB_INTEGER)
        return negative ? -(int64_t)((~code + 1) & low_bits(f->bits)) : (int64_t)code;
    int64_t magnitude = (int64_t)(code & low_bits(magnitude_bits(f)));
    return negative ? -magnitude : magnitude;
}
