/* What the planted targets must be found out as: one row a target and case. planted.so holds the targets. */
#ifndef TB_PLANTED_H
#define TB_PLANTED_H

#include "harness/planted/lists.h"
#include "reports/results.h"

struct tb_planted {
    const char *target;
    const char *case_id;
    enum tb_status status;
    enum tb_divergence class; /* a class that must be among the verdict's; TB_DIVERGENCES where none is told
                               */
    const char *variant; /* explains every input, of an operation on arrays alone; NULL where nothing in the
                            table does, or nothing diverges */
    const char *reason;  /* part of the verdict's reason; NULL where it has none to give */
    uint64_t inputs;     /* diverging inputs, where the fault's nature gives their number; else 0. Those of
                            quantizers come from counts.py, which planted_counts compares with them */
};

#define FP32_E4M3 "convert/fp32/e4m3fn/rne/satfinite"
#define TF32_E5M2 "convert/tf32/e5m2/rne/satfinite" /* 2^19 inputs, as wide as fp32, as fine as fp16 */
#define TF32_BF16 "convert/tf32/bf16/rne/inf"
#define TF32_FP16 "convert/tf32/fp16/rne/inf"
#define BF16_E4M3 "convert/bf16/e4m3fn/rne/satfinite"
#define FP16_E4M3 "convert/fp16/e4m3fn/rne/satfinite"

#define QUANTIZE      "quantize/fp16/int8/rne/s=0x1p-4,z=3"
#define QUANTIZE_BF16 "quantize/bf16/int8/rne/s=0x1.8cp-5,z=0"
#define QUANTIZE_FP32 "quantize/fp32/int8/rne/s=0x1.199d54p-9,z=0"
#define SCALE_OF_7    "quantize/fp16/int8/rne/s=0x1.cp-8,z=0"
#define SCALE_TENTH   "quantize/fp16/int8/rne/s=0x1.99999ap-4,z=0"
#define SCALE_HALF    "quantize/fp16/int8/rne/s=0x1.998p-4,z=0"
#define SCALE_BELOW_0 "quantize/fp16/int8/rne/s=-0x1p-4,z=3"
#define ZERO_FAR      "quantize/fp16/int8/rne/s=0x1p-4,z=-32700"
#define ZERO_133      "quantize/fp16/uint8/rne/s=0x1p-16,z=133"
#define DEQUANTIZE    "dequantize/int8/fp32/rne/s=0x1.99999ap-4,z=3"
#define FAKEQUANT     "fakequant/fp16/fp32/rne/s=0x1p-4,z=3,lo=-128,hi=127"
#define MASK          "fakequant/fp16/uint1/rne/s=0x1p-4,z=3,lo=-128,hi=127"
#define REQUANTIZE    "requantize/int16/int8/rne/s=0x1.798ee8fp-10,z=0"
#define REQUANTIZE_2  "requantize/int16/int8/rne/s=0x1p-5,z=3"
#define REQUANTIZE_32 "requantize/int32/int8/rne/s=0x1p-18,z=0"
#define SCALED        "quantize/fp16/e4m3fn/rne/satfinite/s=0x1.e8p-6"
#define SCALED_NEG    "quantize/fp16/e4m3fn/rne/satfinite/s=-0x1p-4"
#define ADD_E4M3      "add/e4m3fn/e4m3fn/rne/satfinite"
#define MUL_E4M3      "mul/e4m3fn/e4m3fn/rne/satfinite"
#define DIV_E4M3      "div/e4m3fn/e4m3fn/rne/satfinite"
#define FMA_E4M3      "fma/e4m3fn/e4m3fn/rne/satfinite"
#define FMA_E3M2      "fma/e3m2fn/e3m2fn/rne/satfinite"
#define MMA           "mma/fp16/fp16/fp32/fp32"
#define MMA_INT8      "mma/int8/int8/int32/int32"
#define DOT_FP16      "dot/fp16/fp16/fp32/fp32/rne/k=67"
#define DOT_LONG      "dot/fp16/fp16/fp32/fp32/rne/k=256"
#define DOT_BF16      "dot/bf16/bf16/fp32/bf16/rne/k=128,origin=1"
#define DOT_BYTES     "dot/int8/int8/int32/int32/rne/k=67"
#define NO_CLASS      TB_DIVERGENCES
#define E4M3_FP4      "convert/e4m3fn/e2m1fn/sr/satfinite/bits=8"
#define HIDDEN        "convert/bf16/e2m1fn/sr/satfinite/bits=hidden"

/* clang-format off */
static const struct tb_planted tb_planted[] = {
    /* target                           case       status         class              variant               reason                                                inputs */
    /* no fault */
    {"planted/honest",                  TF32_E5M2, TB_SAME,       NO_CLASS,          NULL,                 NULL,                                                 0},
    {"planted/honest",                  BF16_E4M3, TB_SAME,       NO_CLASS,          NULL,                 NULL,                                                 0},
    {"planted/honest",                  FP16_E4M3, TB_SAME,       NO_CLASS,          NULL,                 NULL,                                                 0},
    {"planted/claims-rna",              BF16_E4M3, TB_AS_CLAIMED, TB_DIV_VALUE,      "rna",                NULL,                                                 0},
    {"planted/claims-falsely",          BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rna",                NULL,                                                 0},
    {"planted/claims-nonsense",         BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rna",                "its claim cannot be checked",                        0},
    /* wrong values */
    {"planted/ties-away",               BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rna",                NULL,                                                 0},
    {"planted/ties-away",               FP16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rna",                NULL,                                                 0},
    {"planted/truncates",               BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rtz",                NULL,                                                 0},
    {"planted/truncates",               FP16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rtz",                NULL,                                                 0},
    {"planted/floors",                  BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rd",                 NULL,                                                 0},
    {"planted/half-up",                 FP16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "rhu",                NULL,                                                 0},
    {"planted/via-fp16",                TF32_E5M2, TB_DIVERGES,   TB_DIV_VALUE,      "via-fp16",           NULL,                                                 0},
    {"planted/via-bf16",                FP16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      "via-bf16",           NULL,                                                 0},
    {"planted/daz",                     TF32_BF16, TB_DIVERGES,   TB_DIV_FLUSHED,    "daz",                NULL,                                                 0},
    {"planted/ftz",                     BF16_E4M3, TB_DIVERGES,   TB_DIV_FLUSHED,    "ftz",                NULL,                                                 0},
    {"planted/ftz",                     FP16_E4M3, TB_DIVERGES,   TB_DIV_FLUSHED,    "ftz",                NULL,                                                 0},
    {"planted/wrong-bias",              BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      NULL,                 NULL,                                                 0},
    {"planted/overflow-nan",            BF16_E4M3, TB_DIVERGES,   TB_DIV_SATURATION, "overflow-nan",       NULL,                                                 0},
    {"planted/saturates",               TF32_FP16, TB_DIVERGES,   TB_DIV_SATURATION, "overflow-satfinite", NULL,                                                 0},
    {"planted/zero-unsigned",           BF16_E4M3, TB_DIVERGES,   TB_DIV_ZERO_SIGN,  "zero-positive",      NULL,                                                 0},
    {"planted/nan-zero",                FP16_E4M3, TB_DIVERGES,   TB_DIV_FROM_NAN,   "nan-zero",           NULL,                                                 2046},
    {"planted/one-code",                BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      NULL,                 NULL,                                                 0},
    {"planted/one-input",               BF16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      NULL,                 NULL,                                                 1},
    {"planted/one-input",               FP16_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      NULL,                 NULL,                                                 1},
    {"planted/one-input",               FP32_E4M3, TB_DIVERGES,   TB_DIV_VALUE,      NULL,                 NULL,                                                 1},
    /* answers that depend on the place: the values of the whole domain are right, but for the body's */
    {"planted/tail",                    BF16_E4M3, TB_DIVERGES,   TB_DIV_POSITION,   NULL,                 " in a long call and 0x",                             0},
    {"planted/tail-misaligned",         BF16_E4M3, TB_DIVERGES,   TB_DIV_POSITION,   NULL,                 " in a long call and 0x",                             0},
    {"planted/body-truncates",          FP16_E4M3, TB_DIVERGES,   TB_DIV_POSITION,   "rtz",                " in a long call and 0x",                             0},
    /* breaches of the contract that leave the values right */
    {"planted/writes-past-misaligned",  BF16_E4M3, TB_DIVERGES,   NO_CLASS,          NULL,                 "write past the end of the output by 1 byte in a call of 21", 0},
    {"planted/changes-environment",     BF16_E4M3, TB_DIVERGES,   NO_CLASS,          NULL,                 " changed from 0x",                                   0},
    {"planted/changes-input",           BF16_E4M3, TB_DIVERGES,   NO_CLASS,          NULL,                 "the input was changed: element ",                    0},
    {"planted/not-deterministic",       BF16_E4M3, TB_DIVERGES,   NO_CLASS,          NULL,                 "two equal calls of ",                                0},
    {"planted/unwritten",               BF16_E4M3, TB_DIVERGES,   NO_CLASS,          NULL,                 "element 3 of 7 was not written",                     0},
    /* ends of the process */
    {"planted/writes-past",             BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGSEGV: write past the end of the output by 1 byte", 0},
    {"planted/writes-before",           BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGSEGV: write before the start of the output by 1 byte", 0},
    {"planted/reads-past",              BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGSEGV: read past the end of the input by 1 byte",  0},
    {"planted/reads-before",            BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGSEGV: read before the start of the input by 2 bytes", 0},
    {"planted/crashes",                 BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGSEGV at address 0x0: write through a null pointer", 0},
    {"planted/crashes-on-nan",          FP16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGSEGV",                                            0},
    {"planted/illegal",                 BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGILL",                                             0},
    {"planted/traps",                   BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGFPE",                                             0},
    {"planted/aborts",                  BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "SIGABRT: it called abort()",                         0},
    {"planted/exits",                   BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "the target ended the process: exit(0)",              0},
    {"planted/loops",                   BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "no end after ",                                      0},
    {"planted/prints",                  BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "to standard output",                                 0},
    {"planted/closes-descriptors",      BF16_E4M3, TB_CRASHED,    NO_CLASS,          NULL,                 "the target closed a file descriptor of the harness", 0},
    /* quantizers; the numbers are those of counts.py */
    {"planted/affine-honest",            QUANTIZE,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            QUANTIZE_BF16, TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            SCALE_BELOW_0, TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            ZERO_133,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            DEQUANTIZE,    TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            FAKEQUANT,     TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            MASK,          TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-honest",            REQUANTIZE,    TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/affine-wraps-at-infinity", ZERO_133,      TB_DIVERGES,    TB_DIV_SATURATION,      "avx2-wrap",       NULL,                    3071},
    {"planted/affine-wraps-at-infinity", QUANTIZE,      TB_DIVERGES,    TB_DIV_NAN_INPUT,       "avx2-wrap",       NULL,                    2046},
    {"planted/affine-zero-overflows",    QUANTIZE,      TB_DIVERGES,    TB_DIV_INFINITE_INPUT,  "int32-wrap",      NULL,                    1},
    {"planted/affine-zero-overflows",    ZERO_133,      TB_DIVERGES,    TB_DIV_SATURATION,      "int32-wrap",      NULL,                    1025},
    {"planted/affine-zero-before",       QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "zp-before",       NULL,                    2301},
    {"planted/affine-zero-before",       FAKEQUANT,     TB_DIVERGES,    TB_DIV_VALUE,           "zp-before",       NULL,                    2301},
    {"planted/affine-zero-ignored",      QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "zp-ignored",      NULL,                    38908},
    {"planted/affine-zero-less-one",     QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "zp-less-one",     NULL,                    38876},
    {"planted/affine-zero-short",        ZERO_FAR,      TB_DIVERGES,    TB_DIV_SATURATION,      "zp-sat16",        NULL,                    5121},
    {"planted/affine-reciprocal",        SCALE_OF_7,    TB_DIVERGES,    TB_DIV_VALUE,           "rcp32",           NULL,                    78},
    {"planted/affine-reciprocal",        QUANTIZE_FP32, TB_DIVERGES,    TB_DIV_VALUE,           "rcp32",           NULL,                    115},
    {"planted/affine-half-quotient",     SCALE_HALF,    TB_DIVERGES,    TB_DIV_VALUE,           "div-fp16",        NULL,                    136},
    {"planted/affine-bf16",              QUANTIZE_BF16, TB_DIVERGES,    TB_DIV_VALUE,           "rcp-bf16",        NULL,                    156},
    {"planted/affine-scale-fp16",        SCALE_TENTH,   TB_DIVERGES,    TB_DIV_VALUE,           "s-fp16",          NULL,                    115},
    {"planted/affine-scale-unsigned",    SCALE_BELOW_0, TB_DIVERGES,    TB_DIV_VALUE,           "s-unsigned",      NULL,                    43008},
    {"planted/affine-ties-away",         QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "rna",             NULL,                    128},
    {"planted/affine-half-up",           QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "rhu",             NULL,                    127},
    {"planted/affine-truncates",         QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "rtz",             NULL,                    9068},
    {"planted/affine-truncates",         FAKEQUANT,     TB_DIVERGES,    TB_DIV_VALUE,           "rtz",             NULL,                    9068},
    {"planted/affine-floors",            QUANTIZE,      TB_DIVERGES,    TB_DIV_VALUE,           "rd",              NULL,                    18285},
    {"planted/affine-clamp-short",       QUANTIZE,      TB_DIVERGES,    TB_DIV_SATURATION,      "high-less",       NULL,                    13385},
    {"planted/affine-narrow",            QUANTIZE,      TB_DIVERGES,    TB_DIV_INFINITE_INPUT,  "narrow",          NULL,                    13292},
    {"planted/affine-unclamped",         QUANTIZE,      TB_DIVERGES,    TB_DIV_SATURATION,      "no-clamp",        NULL,                    26605},
    {"planted/affine-nan-low",           QUANTIZE,      TB_DIVERGES,    TB_DIV_NAN_INPUT,       "nan-low",         NULL,                    2046},
    {"planted/affine-nan-high",          QUANTIZE,      TB_DIVERGES,    TB_DIV_NAN_INPUT,       "nan-high",        NULL,                    2046},
    {"planted/affine-mask-after-clamp",  MASK,          TB_DIVERGES,    TB_DIV_VALUE,           "mask-after",      NULL,                    28699},
    {"planted/affine-mask-strict",       MASK,          TB_DIVERGES,    TB_DIV_VALUE,           "mask-strict",     NULL,                    24},
    {"planted/affine-rounds-twice",      REQUANTIZE,    TB_DIVERGES,    TB_DIV_VALUE,           "double-rounding", NULL,                    66},
    {"planted/affine-rounds-twice",      REQUANTIZE_2,  TB_DIVERGES,    TB_DIV_VALUE,           "double-rounding", NULL,                    252},
    {"planted/affine-fixed-half-up",     REQUANTIZE_2,  TB_DIVERGES,    TB_DIV_VALUE,           "rndnu",           NULL,                    127},
    {"planted/affine-requantize-fp32",   REQUANTIZE_32, TB_DIVERGES,    TB_DIV_VALUE,           "mul32",           NULL,                    127},
    {"planted/affine-premultiplied",     DEQUANTIZE,    TB_DIVERGES,    TB_DIV_VALUE,           "dq-fma",          NULL,                    10},
    {"planted/affine-via-half",          DEQUANTIZE,    TB_DIVERGES,    TB_DIV_VALUE,           "via-fp16",        NULL,                    205},
    {"planted/affine-tail",              QUANTIZE,      TB_DIVERGES,    TB_DIV_POSITION,        NULL,              " in a long call and 0x",0},
    /* quantizers to floats */
    {"planted/scaled-honest",              SCALED,        TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/scaled-honest",              SCALED_NEG,    TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/scaled-reciprocal",          SCALED,        TB_DIVERGES,    TB_DIV_VALUE,           "rcp32",           NULL,                    0},
    {"planted/scaled-via-bf16",            SCALED,        TB_DIVERGES,    TB_DIV_VALUE,           "via-bf16",        NULL,                    0},
    {"planted/scaled-power-of-two",        SCALED,        TB_DIVERGES,    TB_DIV_VALUE,           "pow2-up",         NULL,                    0},
    {"planted/scaled-unsigned",            SCALED_NEG,    TB_DIVERGES,    TB_DIV_VALUE,           "pow2-up",         NULL,                    0},
    {"planted/scaled-nan-largest",         SCALED,        TB_DIVERGES,    TB_DIV_FROM_NAN,        "clamp",           NULL,                    2046},
    {"planted/scaled-nan-lowest",          SCALED,        TB_DIVERGES,    TB_DIV_FROM_NAN,        "clamp-nan-low",   NULL,                    2046},
    {"planted/scaled-overflow-nan",        SCALED,        TB_DIVERGES,    TB_DIV_SATURATION,      "overflow-nan",    NULL,                    0},
    {"planted/scaled-clamp-short",         SCALED,        TB_DIVERGES,    TB_DIV_VALUE,           NULL,              NULL,                    0},
    /* basic operations: pairs and triples */
    {"planted/basic-honest",             ADD_E4M3,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/basic-honest",             MUL_E4M3,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/basic-honest",             DIV_E4M3,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/basic-honest",             FMA_E3M2,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/basic-via-fp16",           FMA_E4M3,      TB_DIVERGES,    TB_DIV_VALUE,           "via-fp16",        NULL,                    0},
    {"planted/basic-via-bf16",           ADD_E4M3,      TB_DIVERGES,    TB_DIV_VALUE,           "via-bf16",        NULL,                    312},
    {"planted/basic-unfused",            FMA_E3M2,      TB_DIVERGES,    TB_DIV_VALUE,           "unfused",         NULL,                    40204},
    {"planted/basic-reciprocal",         DIV_E4M3,      TB_DIVERGES,    TB_DIV_VALUE,           "by-reciprocal",   NULL,                    0},
    {"planted/basic-daz-first",          MUL_E4M3,      TB_DIVERGES,    TB_DIV_FLUSHED,         "daz-first",       NULL,                    2596},
    {"planted/basic-daz-first",          ADD_E4M3,      TB_DIVERGES,    TB_DIV_VALUE,           "daz-first",       NULL,                    0},
    {"planted/basic-ftz",                MUL_E4M3,      TB_DIVERGES,    TB_DIV_FLUSHED,         "ftz",             NULL,                    0},
    {"planted/basic-truncates",          DIV_E4M3,      TB_DIVERGES,    TB_DIV_VALUE,           "rtz",             NULL,                    0},
    {"planted/basic-truncates",          FMA_E3M2,      TB_DIVERGES,    TB_DIV_VALUE,           "rtz",             NULL,                    0},
    {"planted/basic-overflow-nan",       ADD_E4M3,      TB_DIVERGES,    TB_DIV_SATURATION,      "overflow-nan",    NULL,                    0},
    {"planted/basic-zero-unsigned",      MUL_E4M3,      TB_DIVERGES,    TB_DIV_ZERO_SIGN,       "zero-positive",   NULL,                    0},
    {"planted/basic-nan-zero",           ADD_E4M3,      TB_DIVERGES,    TB_DIV_FROM_NAN,        "nan-zero",        NULL,                    1020},
    {"planted/basic-one-pair",           MUL_E4M3,      TB_DIVERGES,    TB_DIV_VALUE,           NULL,              NULL,                    1},
    /* stochastic; random bits that are given, then those of the target's own */
    {"planted/sr-honest",                E4M3_FP4,      TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/sr-bit-short",             E4M3_FP4,      TB_DIVERGES,    TB_DIV_FLUSHED,         "r-short",         NULL,                    0},
    {"planted/sr-ties-away",             E4M3_FP4,      TB_DIVERGES,    TB_DIV_VALUE,           "rna",             NULL,                    0},
    {"planted/sr-at-most",               E4M3_FP4,      TB_DIVERGES,    TB_DIV_VALUE,           "r-at-most",       NULL,                    0},
    {"planted/sr-below",                 E4M3_FP4,      TB_DIVERGES,    TB_DIV_VALUE,           "r-below",         NULL,                    0},
    {"planted/sr-above",                 E4M3_FP4,      TB_DIVERGES,    TB_DIV_VALUE,           "r-above",         NULL,                    0},
    {"planted/sr-up",                    E4M3_FP4,      TB_DIVERGES,    TB_DIV_VALUE,           "away",            NULL,                    0},
    {"planted/sr-truncates",             E4M3_FP4,      TB_DIVERGES,    TB_DIV_VALUE,           "rtz",             NULL,                    0},
    {"planted/sr-shared-lanes",          E4M3_FP4,      TB_DIVERGES,    TB_DIV_POSITION,        NULL,              " in a long call and 0x",0},
    {"planted/sr-honest",                HIDDEN,        TB_SAME,        NO_CLASS,               NULL,              "accepted: ",            0},
    {"planted/sr-bit-short",             HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "a source of 5 random bits", 0},
    {"planted/sr-ties-away",             HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "rounds to nearest, and draws nothing", 0},
    {"planted/sr-at-most",               HIDDEN,        TB_DIVERGES,    TB_DIV_VALUE,           NULL,              "a value of the destination moves", 0},
    {"planted/sr-up",                    HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "everything inexact goes up", 0},
    {"planted/sr-truncates",             HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "nothing ever goes up",  0},
    {"planted/sr-shared-lanes",          HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "lanes at a distance of 1 share", 0},
    {"planted/sr-biased",                HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "the source is biased",  0},
    {"planted/sr-constant",              HIDDEN,        TB_DIVERGES,    NO_CLASS,               NULL,              "the source is constant", 0},
    /* tensor cores, about H100's fp16 */
    {"planted/mma-honest",               MMA,           TB_AS_CLAIMED,  TB_DIV_VALUE,           "h100-fp16",       NULL,                    0},
    {"planted/mma-claims-falsely",       MMA,           TB_DIVERGES,    TB_DIV_VALUE,           "h100-fp16+acc-fp16", NULL,                 0},
    {"planted/mma-acc-fp16",             MMA,           TB_DIVERGES,    TB_DIV_SPECIAL,         "h100-fp16+acc-fp16", NULL,                 0},
    {"planted/mma-normalised",           MMA,           TB_DIVERGES,    TB_DIV_VALUE,           "h100-fp16+normalised", NULL,               0},
    {"planted/mma-interleaved",          MMA,           TB_DIVERGES,    TB_DIV_VALUE,           "h100-fp16+interleaved", NULL,              0},
    {"planted/mma-daz",                  MMA,           TB_DIVERGES,    TB_DIV_VALUE,           "h100-fp16+daz",   NULL,                    0},
    {"planted/mma-c-last",               MMA,           TB_DIVERGES,    TB_DIV_VALUE,           "h100-fp16+c-last", NULL,                   0},
    {"planted/mma-nan-dropped",          MMA,           TB_DIVERGES,    TB_DIV_FROM_NAN,        "h100-fp16+nan-dropped", NULL,              0},
    {"planted/mma-short",                MMA,           TB_DIVERGES,    TB_DIV_VALUE,           NULL,              NULL,                    0},
    {"planted/mma-loses-last",           MMA,           TB_DIVERGES,    TB_DIV_VALUE,           NULL,              NULL,                    0},
    {"planted/mma-int-wrap",             MMA_INT8,      TB_DIVERGES,    NO_CLASS,               "int32-wrap",      NULL,                    0},
    /* dot products */
    {"planted/dot-honest",                DOT_FP16,      TB_AS_CLAIMED,  TB_DIV_VALUE,           "seq-fma",         NULL,                    0},
    {"planted/dot-honest",                DOT_BF16,      TB_AS_CLAIMED,  TB_DIV_VALUE,           "seq-fma",         NULL,                    0},
    {"planted/dot-honest",                DOT_BYTES,     TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/dot-nan-dropped",           DOT_FP16,      TB_DIVERGES,    TB_DIV_FROM_NAN,        "nan-dropped",     NULL,                    0},
    {"planted/dot-nan-dropped",           DOT_BF16,      TB_DIVERGES,    TB_DIV_FROM_NAN,        "nan-dropped",     NULL,                    0},
    {"planted/dot-narrowed",              DOT_FP16,      TB_DIVERGES,    TB_DIV_VALUE,           "acc-bf16-fma",    NULL,                    0},
    {"planted/dot-narrowed",              DOT_BF16,      TB_DIVERGES,    TB_DIV_VALUE,           "acc-bf16-fma",    NULL,                    0},
    {"planted/dot-backwards",             DOT_FP16,      TB_DIVERGES,    TB_DIV_VALUE,           "reverse-fma",     NULL,                    0},
    {"planted/dot-backwards",             DOT_LONG,      TB_DIVERGES,    TB_DIV_VALUE,           "reverse-fma",     NULL,                    0},
    {"planted/dot-flushes",               DOT_FP16,      TB_DIVERGES,    TB_DIV_FLUSHED,         "daz-fma",         NULL,                    0},
    {"planted/dot-loses-last",            DOT_FP16,      TB_DIVERGES,    TB_DIV_VALUE,           "last-lost",       NULL,                    0},
    {"planted/dot-loses-last",            DOT_BYTES,     TB_DIVERGES,    TB_DIV_VALUE,           NULL,              NULL,                    0},
    {"planted/dot-c-last",                DOT_FP16,      TB_DIVERGES,    TB_DIV_VALUE,           "fma-c-last",      NULL,                    0},
    {"planted/dot-wraps-16",              DOT_BYTES,     TB_DIVERGES,    TB_DIV_VALUE,           "wrap16",          NULL,                    0},
    {"planted/dot-wraps-32",              DOT_BYTES,     TB_DIVERGES,    TB_DIV_VALUE,           "wrap32",          NULL,                    0},
    {"planted/dot-cuts",                  DOT_BF16,      TB_DIVERGES,    TB_DIV_VALUE,           "output-rtz",      NULL,                    0},
    {"planted/dot-blocked",               DOT_LONG,      TB_DIVERGES,    TB_DIV_VALUE,           "blocks128-fma",   NULL,                    0},
    {"planted/dot-every-fifth",           DOT_FP16,      TB_DIVERGES,    TB_DIV_POSITION,        NULL,              "in a long call",        0},
    /* operations on arrays */
    {"planted/gemm-honest",              PLANTED_GEMM,  TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/gemm-pairs-saturate",      PLANTED_GEMM,  TB_DIVERGES,    TB_DIV_VALUE,           "maddubs16",       NULL,                    0},
    {"planted/pack-honest",              PLANTED_ROWS,  TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/pack-nibbles-swapped",     PLANTED_ROWS,  TB_DIVERGES,    TB_DIV_VALUE,           "nibbles-swapped", NULL,                    0},
    {"planted/zeros-honest",             PLANTED_ZEROS, TB_SAME,        NO_CLASS,               NULL,              NULL,                    0},
    {"planted/pack-zero-less-one",       PLANTED_ZEROS, TB_DIVERGES,    TB_DIV_VALUE,           "gptq-zeros",      NULL,                    0},
};
/* clang-format on */

#define TB_PLANTED_COUNT (sizeof tb_planted / sizeof tb_planted[0])

#endif
