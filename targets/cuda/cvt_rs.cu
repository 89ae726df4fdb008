/* cuda/cvt-rs-a, -b, -e, -f: stochastic rounding by cvt.rs, which compute capabilities 10.0 and 10.3 alone
 * have; compiled for those only. The instruction converts two values of fp32, {a, b}, or four, {a, b, e, f},
 * with the random bits of one word, rbits, of which each operand takes some. A target is one operand: the
 * value under test stands there, and its complement in all others.
 *
 *   bits=32        the random number is rbits. The claim is what the operand takes of it, so that a card
 *                  which takes something else is told by the variant that it follows
 *   bits=16, 13    the random number is the operand's own: it is put where the operand takes it from, its
 *                  complement everywhere else
 *
 * Of fp32 with random bits there are 2^45 inputs and more, hence arrays. bf16 is fp32 after a shift, and with
 * 16 random bits it has 2^32 inputs, which are swept. */
#include "targets/cuda/ptx_model.h"
#include "targets/cuda/sweep.cuh"

#include <stdio.h>

/* Operand, destination, overflow, how rbits is shared, random bits of an operand, PTX. */
#define TWO_VALUES(OPERAND)                                                                                  \
    X2(OPERAND, fp16, inf, f16x2, 13, "cvt.rs.f16x2.f32")                                                    \
    X2(OPERAND, fp16, satfinite, f16x2, 13, "cvt.rs.satfinite.f16x2.f32")                                    \
    X2(OPERAND, bf16, inf, bf16x2, 16, "cvt.rs.bf16x2.f32")                                                  \
    X2(OPERAND, bf16, satfinite, bf16x2, 16, "cvt.rs.satfinite.bf16x2.f32")
#define FOUR_VALUES(OPERAND)                                                                                 \
    X4(OPERAND, e4m3fn, bytes, "cvt.rs.satfinite.e4m3x4.f32")                                                \
    X4(OPERAND, e5m2, bytes, "cvt.rs.satfinite.e5m2x4.f32")                                                  \
    X4(OPERAND, e2m3fn, bytes, "cvt.rs.satfinite.e2m3x4.f32")                                                \
    X4(OPERAND, e3m2fn, bytes, "cvt.rs.satfinite.e3m2x4.f32")                                                \
    X4(OPERAND, e2m1fn, nibbles, "cvt.rs.satfinite.e2m1x4.f32")

namespace TB_CUDA_FLAGS {
namespace cvt_rs {

/* ---- The instructions. ---- */

/* Operands in the order of their codes in the result, from its lowest bits on. */
enum { two_b, two_a };
enum { four_f, four_e, four_b, four_a };

/* The model: all codes, side by side. */
template <int width>
uint32_t codes_of(const float *x, const struct tb_ptx_format *f, tb_ptx_overflow overflow,
                  const struct tb_ptx_lane *lanes, uint32_t rbits, int code_bits) {
    uint32_t codes = 0;
    for (int i = 0; i < width; i++)
        codes |= tb_ptx_encode(x[i], f, tb_ptx_sr, overflow, tb_ptx_lane_random(&lanes[i], rbits))
                 << (code_bits * i);
    return codes;
}

#define X2(OPERAND, DESTINATION, OVERFLOW, LANES, RANDOM_BITS, PTX)                                          \
    struct DESTINATION##_##OVERFLOW {                                                                        \
        typedef uint16_t code_type;                                                                          \
        enum { width = 2, code_bits = 16, random_bits = RANDOM_BITS };                                       \
        static TB_BODY uint32_t convert(const float *x, uint32_t rbits) {                                    \
            uint32_t codes;                                                                                  \
            TB_EITHER(asm(PTX " %0, %1, %2, %3;"                                                             \
                          : "=r"(codes)                                                                      \
                          : "f"(x[two_a]), "f"(x[two_b]), "r"(rbits)),                                       \
                      codes = codes_of<width>(x, &tb_ptx_##DESTINATION, tb_ptx_##OVERFLOW,                   \
                                              tb_ptx_rs_##LANES, rbits, code_bits));                         \
            return codes;                                                                                    \
        }                                                                                                    \
    };
#define REGISTER_bytes    uint32_t
#define REGISTER_nibbles  uint16_t
#define LETTER_bytes      "=r"
#define LETTER_nibbles    "=h"
#define CODE_BITS_bytes   8
#define CODE_BITS_nibbles 4
#define X4(OPERAND, DESTINATION, LANES, PTX)                                                                 \
    struct DESTINATION##_satfinite {                                                                         \
        typedef uint8_t code_type;                                                                           \
        enum { width = 4, code_bits = CODE_BITS_##LANES, random_bits = 16 };                                 \
        static TB_BODY uint32_t convert(const float *x, uint32_t rbits) {                                    \
            REGISTER_##LANES codes;                                                                          \
            TB_EITHER(asm(PTX " %0, {%1, %2, %3, %4}, %5;"                                                   \
                          : LETTER_##LANES(codes)                                                            \
                          : "f"(x[four_a]), "f"(x[four_b]), "f"(x[four_e]), "f"(x[four_f]), "r"(rbits)),     \
                      codes = (REGISTER_##LANES)codes_of<width>(x, &tb_ptx_##DESTINATION, tb_ptx_satfinite,  \
                                                                tb_ptx_rs_##LANES, rbits, code_bits));       \
            return codes;                                                                                    \
        }                                                                                                    \
    };
TWO_VALUES(any)
FOUR_VALUES(any)
#undef X2
#undef X4

/* ---- Where an operand's own random number is put, told apart from where the model takes it. ---- */

TB_BODY uint32_t reversed16(uint32_t r) {
#ifdef __CUDA_ARCH__
    return __brev(r) >> 16;
#else
    uint32_t reversed = 0;
    for (int i = 0; i < 16; i++)
        reversed |= (r >> i & 1) << (15 - i);
    return reversed;
#endif
}

/* rbits with the number r for one operand. */
template <class Form, int operand> TB_BODY uint32_t word_for(uint32_t r) {
    const uint32_t rest = ~r & ((1u << Form::random_bits) - 1);
    if (Form::width == 2)
        return operand == two_a ? r << 16 | rest : rest << 16 | r;
    const uint32_t own = operand == four_a || operand == four_e ? reversed16(r) : r;
    const bool high = operand == four_a || operand == four_b;
    if (Form::code_bits == 8)
        return high ? own << 16 | rest : rest << 16 | own;
    const uint32_t own_bytes = (own & 0xFF00) << 8 | (own & 0xFF); /* with room for another between them */
    const uint32_t rest_bytes = (rest & 0xFF00) << 8 | (rest & 0xFF);
    return high ? own_bytes << 8 | rest_bytes : rest_bytes << 8 | own_bytes;
}

/* ---- The bodies: one operand of one instruction. An input is a value, and random bits below it. ---- */

template <class Form, class In, int operand, int value_bits, int random_bits>
struct one_operand : tb_body<In, typename Form::code_type> {
    TB_BODY typename Form::code_type operator()(const In *in) const {
        const uint32_t value = (uint32_t)(in[0] >> random_bits) << (32 - value_bits);
        const uint32_t random = (uint32_t)in[0] & (uint32_t)((UINT64_C(1) << random_bits) - 1);
        const uint32_t rbits = random_bits == 32 ? random : word_for<Form, operand>(random);
        float x[Form::width];
        for (int i = 0; i < Form::width; i++)
            x[i] = tb_bits<float>(i == operand ? value : ~value);
        const uint32_t codes = Form::convert(x, rbits) >> (Form::code_bits * operand);
        return (typename Form::code_type)(codes & ((1u << Form::code_bits) - 1));
    }
};

#define WHOLE(FORM, OPERAND) one_operand<FORM, uint64_t, OPERAND, 32, 32>
#define OWN(FORM, OPERAND)   one_operand<FORM, uint64_t, OPERAND, 32, FORM::random_bits>
#define BF16(FORM, OPERAND)  one_operand<FORM, uint32_t, OPERAND, 16, FORM::random_bits>
#define X2(OPERAND, DESTINATION, OVERFLOW, LANES, RANDOM_BITS, PTX)                                          \
    struct two_##OPERAND##_##DESTINATION##_##OVERFLOW : WHOLE(DESTINATION##_##OVERFLOW, two_##OPERAND) {};   \
    struct two_##OPERAND##_##DESTINATION##_##OVERFLOW##_own : OWN(DESTINATION##_##OVERFLOW, two_##OPERAND) {};
#define X4(OPERAND, DESTINATION, LANES, PTX)                                                                 \
    struct four_##OPERAND##_##DESTINATION : WHOLE(DESTINATION##_satfinite, four_##OPERAND) {};               \
    struct four_##OPERAND##_##DESTINATION##_own : OWN(DESTINATION##_satfinite, four_##OPERAND) {};           \
    struct four_##OPERAND##_##DESTINATION##_bf16 : BF16(DESTINATION##_satfinite, four_##OPERAND) {};
TWO_VALUES(a)
TWO_VALUES(b)
FOUR_VALUES(a)
FOUR_VALUES(b)
FOUR_VALUES(e)
FOUR_VALUES(f)
#undef X2
#undef X4

/* ---- Claims. ---- */

#define TAKES_a_f16x2   "r-mid13"
#define TAKES_b_f16x2   "r-low13"
#define TAKES_a_bf16x2  "r-top16"
#define TAKES_b_bf16x2  "r-low16"
#define TAKES_a_bytes   "r-top16-reversed"
#define TAKES_b_bytes   "r-top16"
#define TAKES_e_bytes   "r-low16-reversed"
#define TAKES_f_bytes   "r-low16"
#define TAKES_a_nibbles "r-bytes-a"
#define TAKES_b_nibbles "r-bytes-b"
#define TAKES_e_nibbles "r-bytes-e"
#define TAKES_f_nibbles "r-bytes-f"
/* Formats without NaN give their largest value for it, as the exact answer has it. */
#define NAN_fp16       "nan-positive"
#define NAN_bf16       "nan-positive"
#define NAN_e4m3fn     "nan-positive"
#define NAN_e5m2       "nan-positive"
#define NAN_e2m3fn     NULL
#define NAN_e3m2fn     NULL
#define NAN_e2m1fn     NULL
#define AND_NAN_fp16   "+nan-positive"
#define AND_NAN_bf16   "+nan-positive"
#define AND_NAN_e4m3fn "+nan-positive"
#define AND_NAN_e5m2   "+nan-positive"
#define AND_NAN_e2m3fn
#define AND_NAN_e3m2fn
#define AND_NAN_e2m1fn

/* ---- The tables of an operand: rbits whole, and its own random number. ---- */

#define X2(OPERAND, DESTINATION, OVERFLOW, LANES, RANDOM_BITS, PTX)                                          \
    {"fp32",                                                                                                 \
     #DESTINATION,                                                                                           \
     "sr",                                                                                                   \
     #OVERFLOW,                                                                                              \
     TAKES_##OPERAND##_##LANES AND_NAN_##DESTINATION,                                                        \
     TB_CUDA_KERNEL(two_##OPERAND##_##DESTINATION##_##OVERFLOW)},
#define X4(OPERAND, DESTINATION, LANES, PTX)                                                                 \
    {"fp32",                                                                                                 \
     #DESTINATION,                                                                                           \
     "sr",                                                                                                   \
     "satfinite",                                                                                            \
     TAKES_##OPERAND##_##LANES AND_NAN_##DESTINATION,                                                        \
     TB_CUDA_KERNEL(four_##OPERAND##_##DESTINATION)},
#define END                                                                                                  \
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL }
static const tb_cuda_conversion a_rows[] = {TWO_VALUES(a) FOUR_VALUES(a) END};
static const tb_cuda_conversion b_rows[] = {TWO_VALUES(b) FOUR_VALUES(b) END};
static const tb_cuda_conversion e_rows[] = {FOUR_VALUES(e) END};
static const tb_cuda_conversion f_rows[] = {FOUR_VALUES(f) END};
#undef X2
#undef X4

#define X2(OPERAND, DESTINATION, OVERFLOW, LANES, RANDOM_BITS, PTX)                                          \
    {"fp32",    #DESTINATION,      "sr",                                                                     \
     #OVERFLOW, NAN_##DESTINATION, TB_CUDA_KERNEL(two_##OPERAND##_##DESTINATION##_##OVERFLOW##_own)},
#define X4(OPERAND, DESTINATION, LANES, PTX)                                                                 \
    {"fp32",      #DESTINATION,      "sr",                                                                   \
     "satfinite", NAN_##DESTINATION, TB_CUDA_KERNEL(four_##OPERAND##_##DESTINATION##_own)},                  \
        {"bf16",      #DESTINATION,      "sr",                                                               \
         "satfinite", NAN_##DESTINATION, TB_CUDA_KERNEL(four_##OPERAND##_##DESTINATION##_bf16)},
static const tb_cuda_conversion a_own_rows[] = {TWO_VALUES(a) FOUR_VALUES(a) END};
static const tb_cuda_conversion b_own_rows[] = {TWO_VALUES(b) FOUR_VALUES(b) END};
static const tb_cuda_conversion e_own_rows[] = {FOUR_VALUES(e) END};
static const tb_cuda_conversion f_own_rows[] = {FOUR_VALUES(f) END};

static int open_operand(const tb_cuda_conversion *whole, const tb_cuda_conversion *own,
                        const tb_request *request, tb_kernel *kernel) {
    const bool is_whole = strcmp(request->parameters, "bits=32") == 0;
    const char *own_bits = strcmp(request->destination, "fp16") == 0 ? "bits=13" : "bits=16";
    tb_request conversion = *request;
    conversion.parameters = "";
    if (!is_whole && strcmp(request->parameters, own_bits) != 0)
        return 0;
    return tb_open_row(is_whole ? whole : own, &conversion, kernel);
}

} // namespace cvt_rs
} // namespace TB_CUDA_FLAGS

/* ---- The targets. ---- */

#ifdef __CUDACC__
/* Any kernel of this object, which may have no machine code where the rest of the plug-in has. */
static __global__ void probe() {
}

static const char *needs_cvt_rs() {
    static char text[160];
    int capability;
    const char *why = tb_cuda_ask(&capability);
    if (why)
        return why;
    if (capability == 100 || capability == 103)
        return tb_cuda_lacks(reinterpret_cast<const void *>(probe));
    snprintf(text, sizeof text,
             "cvt.rs is an instruction of compute capabilities 10.0 and 10.3, and this device has %d.%d",
             capability / 10, capability % 10);
    return text;
}
#undef TB_CUDA_UNAVAILABLE
#define TB_CUDA_UNAVAILABLE needs_cvt_rs
#endif

#define OPERAND(LETTER, FORMS)                                                                               \
    static int open_##LETTER(const tb_request *request, tb_kernel *kernel) {                                 \
        return TB_CUDA_FLAGS::cvt_rs::open_operand(TB_CUDA_FLAGS::cvt_rs::LETTER##_rows,                     \
                                                   TB_CUDA_FLAGS::cvt_rs::LETTER##_own_rows, request,        \
                                                   kernel);                                                  \
    }                                                                                                        \
    TB_CUDA_TARGET_OF(tb_cuda_cvt_rs_##LETTER, "cvt-rs-" #LETTER,                                            \
                      "stochastic rounding by cvt.rs, operand " #LETTER                                      \
                      ": by the bits of rbits that it takes; FP8, FP6, FP4" FORMS,                           \
                      open_##LETTER)
OPERAND(a, ", fp16, bf16")
OPERAND(b, ", fp16, bf16")
OPERAND(e, "")
OPERAND(f, "")
