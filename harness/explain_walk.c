/* The steps of one input: fields, boundary, roundings, policies. */
#include "harness/explain.h"
#include "reference/reference.h"

#include <stdlib.h>
#include <string.h>

/* ---- Bit fields. ---- */

static size_t put_bits(char *text, uint64_t code, int high, int count) {
    for (int i = 0; i < count; i++)
        text[i] = (char)('0' + (code >> (high - i) & 1));
    text[count] = ' ';
    return count ? (size_t)count + 1 : 0;
}

void tb_explain_fields(const struct tb_format *f, uint64_t pattern, char text[96]) {
    uint64_t code = pattern >> f->padding;
    int sign = f->kind != TB_CODEBOOK && f->is_signed, high = f->bits - 1;
    int exponent = f->kind == TB_FLOAT ? tb_format_exponent_bits(f) : 0;
    size_t used = put_bits(text, code, high, sign);
    used += put_bits(text + used, code, high - sign, exponent);
    used += put_bits(text + used, code, high - sign - exponent, f->bits - sign - exponent);
    text[used - 1] = 0;
}

/* ---- The boundary. ---- */

/* "2^-23", "5*2^-27", or the number. */
static void write_power(mpfr_srcptr x, char *text, size_t size) {
    mpz_t z;
    mpz_init(z);
    long exponent = mpfr_get_z_2exp(z, x);
    mp_bitcnt_t zeros = mpz_scan1(z, 0);
    mpz_fdiv_q_2exp(z, z, zeros);
    mpz_abs(z, z);
    exponent += (long)zeros;
    if (mpz_cmp_ui(z, 1) == 0)
        snprintf(text, size, "2^%ld", exponent);
    else if (mpz_cmp_ui(z, 1000) < 0)
        snprintf(text, size, "%lu*2^%ld", mpz_get_ui(z), exponent);
    else if (mpz_sizeinbase(z, 2) > 1000) /* of a quotient or root: its end is not the number's */
        mpfr_snprintf(text, size, "%.6Rg", x);
    else
        tb_explain_number(x, text, size);
    mpz_clear(z);
}

/* "2^-23 above the boundary, 9.54e-07 ULP"; "on the boundary" */
static void write_distance(struct tb_walk *w) {
    struct tb_gap *g = &w->gap;
    int order = mpfr_cmp(g->x, g->middle);
    char power[128];
    if (order == 0) {
        snprintf(w->distance, sizeof w->distance, "on the boundary: a tie");
        return;
    }
    mpfr_t distance, gap;
    mpfr_inits2(TB_EXPLAIN_BITS, distance, gap, (mpfr_ptr)0);
    mpfr_sub(distance, g->x, g->middle, MPFR_RNDN);
    mpfr_abs(distance, distance, MPFR_RNDN);
    write_power(distance, power, sizeof power);
    mpfr_sub(gap, g->high_value, g->low_value, MPFR_RNDN);
    mpfr_div(gap, distance, gap, MPFR_RNDN);
    snprintf(w->distance, sizeof w->distance, "%s %s the boundary: %.3g of the gap", power,
             order > 0 ? "above" : "below", mpfr_get_d(gap, MPFR_RNDN));
    mpfr_clears(distance, gap, (mpfr_ptr)0);
}

/* Which neighbour gets the boundary itself: 1 the upper one. */
static bool tie_goes_up(const struct tb_walk *w) {
    const struct tb_gap *g = &w->gap;
    int padding = w->c->destination->padding;
    bool low_even = g->has_low ? !(g->low >> padding & 1) : g->high >> padding & 1;
    switch (w->c->rounding) {
    case TB_RNE:
        return !low_even;
    case TB_RNA:
        return mpfr_sgn(g->x) > 0;
    default:
        return true;
    }
}

static void write_tie(struct tb_walk *w) {
    static const char *const why[TB_ROUNDINGS] = {
        [TB_RNE] = "even code", [TB_RNA] = "away from zero", [TB_RHU] = "toward +infinity"};
    const struct tb_gap *g = &w->gap;
    const char *rounding = tb_rounding_name(w->c->rounding);
    char hex[24];
    if (w->c->rounding < TB_ROUNDINGS && why[w->c->rounding]) {
        bool up = tie_goes_up(w);
        tb_explain_hex(w->c->destination, up ? g->high : g->low, hex);
        bool has_code = up ? g->has_high : g->has_low;
        snprintf(w->tie, sizeof w->tie, "given to %s under %s (%s)", has_code ? hex : "the overflow",
                 rounding, why[w->c->rounding]);
    } else {
        snprintf(w->tie, sizeof w->tie, "which %s does not ask for", rounding);
    }
}

/* ---- Stochastic rounding. ---- */

#define RANDOM_BITS 16

/* StochasticA of IEEE P3109: away from zero where floor(nu * 2^16) + r >= 2^16; nu is what lies beyond the
 * neighbour toward zero. */
static void write_stochastic(struct tb_walk *w) {
    struct tb_gap *g = &w->gap;
    bool negative = mpfr_signbit(g->x);
    w->random_bits = RANDOM_BITS;
    mpfr_srcptr toward = negative ? g->high_value : g->low_value;
    uint64_t toward_code = negative ? g->high : g->low, away_code = negative ? g->low : g->high;
    char toward_hex[24], away_hex[24];
    mpfr_t nu, gap;
    mpfr_inits2(TB_EXPLAIN_BITS, nu, gap, (mpfr_ptr)0);
    mpfr_sub(nu, g->x, toward, MPFR_RNDN);
    mpfr_sub(gap, g->high_value, g->low_value, MPFR_RNDN);
    mpfr_mul_2ui(nu, nu, RANDOM_BITS, MPFR_RNDN);
    mpfr_div(nu, nu, gap, MPFR_RNDZ); /* a codebook's gap is no power of two: cut, as floor wants it */
    long steps = labs(mpfr_get_si(nu, MPFR_RNDZ));
    tb_explain_hex(w->c->destination, toward_code, toward_hex);
    tb_explain_hex(w->c->destination, away_code, away_hex);
    if (steps == 0)
        snprintf(w->stochastic, sizeof w->stochastic, "%s for every r", toward_hex);
    else
        snprintf(w->stochastic, sizeof w->stochastic, "%s for r >= %ld, else %s", away_hex,
                 (1L << RANDOM_BITS) - steps, toward_hex);
    mpfr_clears(nu, gap, (mpfr_ptr)0);
}

/* The same of a stochastic conversion, by what it gives; and of one that hides its random bits, by how often.
 */
static void write_own_stochastic(struct tb_walk *w) {
    bool hidden = tb_case_hides_random(w->c);
    int bits = hidden ? 32 : w->c->random_bits;
    uint64_t codes[2], end = UINT64_C(1) << bits;
    uint64_t first = tb_stochastic_neighbours(w->c, w->operand, bits, codes);
    char toward[24], away[24];
    w->random_bits = hidden ? 0 : bits;
    tb_explain_hex(w->c->destination, codes[0], toward);
    tb_explain_hex(w->c->destination, codes[1], away);
    if (first == end)
        snprintf(w->stochastic, sizeof w->stochastic, "%s for every r", toward);
    else if (hidden)
        snprintf(w->stochastic, sizeof w->stochastic, "%s with probability %.9g, else %s", away,
                 (double)(end - first) / (double)end, toward);
    else
        snprintf(w->stochastic, sizeof w->stochastic, "%s for r >= %llu, else %s", away,
                 (unsigned long long)first, toward);
}

/* ---- Roundings and policies. ---- */

static void add_answer(struct tb_answer *a, const char *name, const struct tb_case *c, uint64_t input) {
    *a = (struct tb_answer){.given = true, .code = tb_exact_mpfr(c, input)};
    snprintf(a->name, sizeof a->name, "%s", name);
}

static void answer_roundings(struct tb_walk *w) {
    struct tb_case c = *w->c;
    c.affine.random_bits = 0;
    c.affine.random = 0;
    for (int i = TB_RNE; i < TB_ROUNDINGS; i++) {
        c.rounding = (enum tb_rounding)i;
        add_answer(&w->roundings[w->rounding_count++], tb_rounding_words[i].name, &c, w->input);
    }
    if (w->c->random_bits)
        add_answer(&w->roundings[w->rounding_count++], tb_rounding_name(TB_STOCHASTIC), w->c, w->input);
}

static void answer_overflows(struct tb_walk *w) {
    struct tb_case c = *w->c;
    bool matters = false;
    for (int i = 0; i < TB_OVERFLOWS; i++) {
        c.overflow = (enum tb_overflow)i;
        add_answer(&w->overflows[i], tb_overflow_words[i].name, &c, w->input);
        matters |= w->overflows[i].code != w->overflows[0].code;
    }
    w->overflow_count = matters ? TB_OVERFLOWS : 0;
}

/* The place of what is rounded into a float or a codebook: of conversions and dequantizations. */
static void place(struct tb_walk *w) {
    tb_explain_gap(w->c, w->input, &w->gap);
    if (w->gap.place == TB_PLACE_BETWEEN || w->gap.place == TB_PLACE_ABOVE ||
        w->gap.place == TB_PLACE_BELOW) {
        tb_explain_number(w->gap.middle, w->boundary, sizeof w->boundary);
        write_distance(w);
        write_tie(w);
    }
    if (w->c->rounding == TB_STOCHASTIC)
        write_own_stochastic(w);
    else if (w->gap.place == TB_PLACE_BETWEEN && !tb_case_is_scaled(w->c))
        write_stochastic(w);
}

/* Codes of integers have their own steps, and no gap. */
static void follow_affine(struct tb_walk *w) {
    tb_explain_affine(w);
    if (w->c->operation == TB_DEQUANTIZE) {
        place(w);
    } else {
        mpfr_inits2(TB_EXPLAIN_BITS, w->gap.x, w->gap.low_value, w->gap.high_value, w->gap.middle,
                    (mpfr_ptr)0);
        tb_explain_affine_stochastic(w);
    }
    answer_roundings(w);
}

void tb_explain_walk(const struct tb_case *c, uint64_t input, struct tb_walk *w) {
    *w = (struct tb_walk){.c = c,
                          .input = input,
                          .operand = tb_case_operand(c, input, 0),
                          .random = tb_case_random(c, input),
                          .answer = tb_exact_mpfr(c, input)};
    w->like.expected = w->answer;
    w->value = tb_format_decode(c->source, w->operand);
    tb_case_print(c, w->id);
    if (tb_case_is_basic(c)) {
        w->value = tb_format_decode(c->destination, w->answer);
        tb_explain_basic(w);
    } else {
        tb_explain_fields(c->source, w->operand, w->fields);
    }
    if (tb_case_is_affine(c)) {
        follow_affine(w);
    } else {
        if (tb_case_is_scaled(c))
            tb_explain_scaled(w);
        place(w);
        if (c->rounding != TB_EXACT) {
            answer_roundings(w);
            answer_overflows(w);
        }
    }
    tb_explain_variants(w);
}

void tb_explain_free(struct tb_walk *w) {
    mpfr_clears(w->gap.x, w->gap.low_value, w->gap.high_value, w->gap.middle, (mpfr_ptr)0);
    free(w->variants);
    free(w->targets);
    *w = (struct tb_walk){0};
}
