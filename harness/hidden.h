/* Stochastic conversions whose random bits the target hides: how often each input goes up is compared with
 * its fraction, which is known exactly.
 *
 * The null hypothesis: an input x whose fraction is nu goes away from zero with probability nu, whatever went
 * before. nu is a multiple of 2^-K for every input that is drawn, K = tb_hidden_bits(), so that it is exactly
 * what any source of K or more random bits gives, under IEEE P3109's rules A, B and C alike.
 *
 * Against it stand alternatives, each with its own probabilities: k bits for every k < K, a bias, comparisons
 * by <= or >, rounding that is not random, lanes or calls that share bits; and one that learns its
 * probabilities from the draws before. For each, the likelihood ratio against the null hypothesis is a
 * martingale under the latter, and so is the mean L of all of them: it ever reaches 1 / a with probability a
 * at most (Ville), at whatever time it is looked at. Rejected: L >= 1 / a. Accepted: every stated alternative
 * has its ratio at or below b; if one of those were true, that would happen with probability b at most, for
 * the same reason. Both bounds hold for every number of draws, without approximation.
 *
 * One more alternative is a comparison by <= with 16 bits, where K is less: it moves values of the
 * destination once in 2^16 draws. Those must not move at all, and an output that is neither neighbour is
 * wrong: one is enough to reject.
 *
 * What it cannot see: sources that differ from these alternatives by less than they do from the null
 * hypothesis (a bias below 1/128), and lanes whose bits depend on each other only beyond the first one, as
 * those of PTX cvt.rs.e4m3x4, which share a word in reverse. */
#ifndef TB_HIDDEN_H
#define TB_HIDDEN_H

#include "reports/results.h"
#include "targets/target.h"
#include "vectors/case.h"
#include "vectors/vectorlist.h"

struct tb_hidden_setup {
    double false_alarm, miss; /* a and b above */
    uint64_t seed;            /* of the choice of inputs and of their places */
    uint64_t most_draws;
};
/* 1e-6, 1e-3, a fixed seed, 2^26. */
extern const struct tb_hidden_setup tb_hidden_standard;

enum tb_hidden_outcome { TB_HIDDEN_ACCEPTED, TB_HIDDEN_REJECTED, TB_HIDDEN_UNDECIDED };

/* What was found out; in the order in which findings are named where several would do. */
enum tb_hidden_finding {
    TB_FOUND_NOTHING,
    TB_FOUND_FOREIGN,   /* an output that is neither neighbour */
    TB_FOUND_MOVED,     /* a value of the destination went up */
    TB_FOUND_NEVER,     /* nothing goes up */
    TB_FOUND_ALWAYS,    /* everything does */
    TB_FOUND_NEAREST,   /* what is at or above one half does */
    TB_FOUND_CONSTANT,  /* every draw of one input is alike */
    TB_FOUND_BITS,      /* `bits` random bits, the fraction cut to them */
    TB_FOUND_BITS_HALF, /* the same, the fraction rounded to them */
    TB_FOUND_AT_MOST,   /* 2^-K too often */
    TB_FOUND_ABOVE,     /* 2^-K too rarely */
    TB_FOUND_BIAS_UP,
    TB_FOUND_BIAS_DOWN,
    TB_FOUND_LANES, /* lanes at a distance of `lag` share bits */
    TB_FOUND_CALLS, /* a call repeats what the one before drew */
    TB_FOUND_OTHER, /* none of these: the learnt probabilities */
    TB_FINDINGS
};

struct tb_hidden_report {
    enum tb_hidden_outcome outcome;
    enum tb_hidden_finding finding; /* when rejected */
    int bits, lag;                  /* of the finding; bits: accepted, at least so many */
    uint64_t draws;
    unsigned inputs;        /* different ones that were drawn */
    double evidence;        /* log10 of L */
    struct tb_stretch last; /* FOREIGN, MOVED: the first input on which it was seen, and what it gave */
};

/* K: the random bits that a case is asked for: those that a normal result drops, at most 16. 0: none, the
 * case cannot be checked (the destination is not coarser than the source). */
int tb_hidden_bits(const struct tb_case *c);
/* Draws until the outcome is known. False when memory is out. */
bool tb_hidden_check(const struct tb_case *c, const struct tb_kernel *kernel,
                     const struct tb_hidden_setup *setup, struct tb_hidden_report *report);
/* The report in words: one line of at most 400 characters. */
void tb_hidden_words(const struct tb_hidden_report *report, const struct tb_hidden_setup *setup, char *text,
                     size_t size);

/* Inputs that have one answer only: values of the destination, zeros, infinities, NaN, what lies beyond the
 * range. False and *error when memory is out. */
bool tb_hidden_certain(const struct tb_case *c, struct tb_vectors *out, struct tb_error *error);

/* ---- Between the files of the check. ---- */

/* An input that is drawn: its two answers, and how many of 2^K draws go to the second one. */
struct tb_hidden_input {
    uint64_t x, toward, away;
    uint32_t ups;
    unsigned weight; /* draws in a round, before scaling */
};
enum { TB_HIDDEN_INPUTS = 96 };

/* The inputs for a case: fractions of all sizes at values of all binades, of both signs; the first one has
 * the fraction 1/2. Returns their number. */
unsigned tb_hidden_inputs(const struct tb_case *c, uint64_t seed, struct tb_hidden_input *out);

#endif
