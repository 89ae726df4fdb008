/* The flags that this project's arithmetic rests on, in the compiler that is used: one rounding at every
 * operation of the source. */
#include <math.h>
#include <stdio.h>

#if defined __FAST_MATH__
#error "-ffast-math is on: results are not IEEE 754's"
#endif
#if defined __FLT_EVAL_METHOD__ && __FLT_EVAL_METHOD__ != 0
#error "expressions are evaluated in a wider type: add -mfpmath=sse -msse2"
#endif

#if defined __x86_64__ /* where a fused multiply-add exists only when it is asked for */
#define WITH_FMA __attribute__((target("fma"), noinline))
#else
#define WITH_FMA __attribute__((noinline))
#endif

/* Compilers contract these to one fused operation unless -ffp-contract=off. */
static WITH_FMA float multiply_add(float a, float b, float c) {
    return a * b + c;
}
static WITH_FMA double multiply_subtract(double a, double b, double c) {
    return a * b - c;
}

/* -fno-associative-math, -fno-reciprocal-math, -fsignaling or not: what -ffast-math's parts would change. */
static __attribute__((noinline)) float reassociated(float a, float b) {
    return (a + b) - a;
}
static __attribute__((noinline)) int is_itself(float a) {
    return a == a;
}
static __attribute__((noinline)) float plus_zero(float a) {
    return a + 0.0f; /* +0 for -0: not the identity */
}

static int failed;

static void expect(int holds, const char *what) {
    if (!holds) {
        printf("not so: %s\n", what);
        failed = 1;
    }
}

int main(void) {
    volatile float a = 0x1.000002p0f, one = 1, tiny = 0x1p-30f, subnormal = 0x1p-149f, minus_zero = -0.0f;
    volatile double b = 0x1.0000000000001p0;
#if defined __x86_64__
    __builtin_cpu_init();
    int fma_here = __builtin_cpu_supports("fma");
#else
    int fma_here = 1;
#endif
    /* a*a = 1 + 2^-22 + 2^-46: the product loses 2^-46, a fused operation keeps it */
    if (fma_here) {
        expect(multiply_add(a, a, -0x1.000004p0f) == 0, "-ffp-contract=off, float");
        expect(multiply_subtract(b, b, 0x1.0000000000002p0) == 0, "-ffp-contract=off, double");
    } else {
        puts("this CPU has no fused multiply-add: contraction is not tried");
    }
    expect(reassociated(one, tiny) == 0, "sums are evaluated as written");
    expect(!is_itself((float)NAN * one), "NaN is not equal to itself");
    expect(!signbit(plus_zero(minus_zero)), "-0 + 0 is +0");
    expect(subnormal * one > 0, "subnormals are neither flushed nor read as zero");
    printf("%s\n", failed ? "build flags: wrong" : "build flags: as needed");
    return failed;
}
