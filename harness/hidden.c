#include "harness/hidden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct tb_hidden_setup tb_hidden_standard = {1e-6, 1e-3, 20240601, UINT64_C(1) << 26};

/* ---- The alternatives about single draws: probabilities by fraction. ---- */

/* What an alternative makes of a fraction nu, where it is asked for multiples of 2^-bits. */
struct rule {
    enum tb_hidden_finding finding;
    int bits;
    double (*chance)(double nu, int bits);
    int parameter;
};

static double chance_never(double nu, int bits) {
    (void)nu, (void)bits;
    return 0;
}
static double chance_always(double nu, int bits) {
    (void)bits;
    return nu > 0;
}
static double chance_nearest(double nu, int bits) {
    (void)bits;
    return nu >= 0.5;
}
static double chance_cut(double nu, int bits) {
    return ldexp(floor(ldexp(nu, bits)), -bits);
}
static double chance_half(double nu, int bits) {
    return ldexp(floor(ldexp(nu, bits) + 0.5), -bits);
}
static double chance_at_most(double nu, int bits) {
    return fmin(1, nu + ldexp(1, -bits));
}
static double chance_above(double nu, int bits) {
    return fmax(0, nu - ldexp(1, -bits));
}
/* A bias of 2^-bits at one half, less toward the ends. */
static double chance_up(double nu, int bits) {
    return nu + ldexp(4 * nu * (1 - nu), -bits);
}
static double chance_down(double nu, int bits) {
    return nu - ldexp(4 * nu * (1 - nu), -bits);
}

enum { LARGE_BIAS = 3, SMALL_BIAS = 7, MANY_BITS = 16, MOST_RULES = 48 };

static unsigned make_rules(int bits, struct rule *r) {
    unsigned count = 0;
    r[count++] = (struct rule){TB_FOUND_NEVER, 0, chance_never, 0};
    r[count++] = (struct rule){TB_FOUND_ALWAYS, 0, chance_always, 0};
    r[count++] = (struct rule){TB_FOUND_NEAREST, 0, chance_nearest, 0};
    for (int k = 1; k < bits; k++) {
        r[count++] = (struct rule){TB_FOUND_BITS, k, chance_cut, k};
        r[count++] = (struct rule){TB_FOUND_BITS_HALF, k, chance_half, k};
    }
    r[count++] = (struct rule){TB_FOUND_AT_MOST, bits, chance_at_most, bits};
    if (bits < MANY_BITS) /* of such a source only values of the destination tell */
        r[count++] = (struct rule){TB_FOUND_AT_MOST, MANY_BITS, chance_at_most, MANY_BITS};
    r[count++] = (struct rule){TB_FOUND_ABOVE, bits, chance_above, bits};
    r[count++] = (struct rule){TB_FOUND_BIAS_UP, 0, chance_up, LARGE_BIAS};
    r[count++] = (struct rule){TB_FOUND_BIAS_UP, 0, chance_up, SMALL_BIAS};
    r[count++] = (struct rule){TB_FOUND_BIAS_DOWN, 0, chance_down, LARGE_BIAS};
    r[count++] = (struct rule){TB_FOUND_BIAS_DOWN, 0, chance_down, SMALL_BIAS};
    return count;
}

/* log of the likelihood ratio of `ups` among `count` draws of chance p against chance q. */
static double log_ratio(uint64_t ups, uint64_t count, double p, double q) {
    uint64_t downs = count - ups;
    double sum = 0;
    if (ups)
        sum += p > 0 ? (double)ups * log(p / q) : -INFINITY;
    if (downs)
        sum += p < 1 ? (double)downs * log((1 - p) / (1 - q)) : -INFINITY;
    return sum;
}

/* ---- The alternatives about pairs: how often two draws of the fraction 1/2 agree. ---- */

static const int lags[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 64, 128, 256, 512, 1024};
enum { LAGS = sizeof lags / sizeof lags[0], CALLS = LAGS, PAIRINGS };
static const double agreements[] = {1, 0, 0.5 + 0.0625, 0.5 - 0.0625};
enum { AGREEMENTS = sizeof agreements / sizeof agreements[0] };

enum { LANES = 4096, ROUND = 1 << 16, MOST_PLACES = ROUND + TB_HIDDEN_INPUTS };

struct check {
    const struct tb_kernel *kernel;
    const struct tb_hidden_setup *setup;
    struct tb_hidden_report *report;
    int bits;
    unsigned input_bytes, output_bytes;
    struct tb_hidden_input inputs[TB_HIDDEN_INPUTS];
    unsigned count;
    size_t places; /* draws in a round */
    struct rule rules[MOST_RULES];
    unsigned rule_count;
    double learnt; /* log of the learnt alternative's ratio */
    uint64_t ups[TB_HIDDEN_INPUTS], draws[TB_HIDDEN_INPUTS];
    uint64_t agreed[PAIRINGS], pairs[PAIRINGS];
    uint64_t name_until; /* draws at which a fault is named by the best alternative, however near the next */
    bool has_call;       /* `last_ups` holds the last call's */
    bool has_pairs;      /* calls have been compared */
    unsigned char lane_ups[LANES], last_ups[LANES];
    unsigned char *place;          /* which input stands where, ROUND of them at most */
    unsigned char *input, *output; /* arrays of a call */
};

/* ---- Drawing. ---- */

static uint64_t element(const unsigned char *array, size_t index, unsigned bytes) {
    uint64_t value = 0;
    memcpy(&value, array + index * bytes, bytes);
    return value;
}

static void run(struct check *k, size_t count) {
    memset(k->output, 0xa5, count * k->output_bytes);
    k->kernel->run(k->kernel->state, k->input, k->output, count);
    k->report->draws += count;
}

/* 1: away; 0: toward; -1: neither, noted. */
static int direction(struct check *k, const struct tb_hidden_input *input, size_t index) {
    uint64_t got = element(k->output, index, k->output_bytes);
    bool moved = input->ups == 0 && got != input->toward;
    if (!moved && (got == input->away || got == input->toward))
        return got == input->away && input->ups != 0;
    if (k->report->finding == TB_FOUND_NOTHING) {
        k->report->finding = moved ? TB_FOUND_MOVED : TB_FOUND_FOREIGN;
        k->report->last = (struct tb_stretch){input->x, input->x, input->toward, got};
    }
    return -1;
}

/* What is learnt of an input before this round: its ups so far, with one up and one down more. */
static void learn(struct check *k, unsigned i, uint64_t ups, uint64_t count) {
    const struct tb_hidden_input *input = &k->inputs[i];
    double nu = ldexp(input->ups, -k->bits);
    double p = ((double)k->ups[i] + 0.5) / ((double)k->draws[i] + 1);
    if (input->ups && k->draws[i])
        k->learnt += log_ratio(ups, count, p, nu);
}

/* One call of all inputs, each as often as its weight says, in shuffled places. */
static void draw_inputs(struct check *k) {
    uint64_t ups[TB_HIDDEN_INPUTS] = {0}, draws[TB_HIDDEN_INPUTS] = {0};
    for (size_t i = 0; i < k->places; i++)
        memcpy(k->input + i * k->input_bytes, &k->inputs[k->place[i]].x, k->input_bytes);
    run(k, k->places);
    for (size_t i = 0; i < k->places; i++) {
        int up = direction(k, &k->inputs[k->place[i]], i);
        if (up < 0)
            continue;
        ups[k->place[i]] += (unsigned)up;
        draws[k->place[i]]++;
    }
    for (unsigned i = 0; i < k->count; i++) {
        learn(k, i, ups[i], draws[i]);
        k->ups[i] += ups[i];
        k->draws[i] += draws[i];
    }
}

static void count_pairs(struct check *k, int pairing, const unsigned char *a, const unsigned char *b,
                        size_t count) {
    uint64_t agreed = 0;
    for (size_t i = 0; i < count; i++)
        agreed += a[i] == b[i];
    k->agreed[pairing] += agreed;
    k->pairs[pairing] += count;
}

/* One call of the fraction 1/2 in every lane. Under the null hypothesis y(i) == y(i + lag) are independent
 * fair bits, whatever the lag, and so is the comparison with another call. */
static void draw_lanes(struct check *k) {
    for (size_t i = 0; i < LANES; i++)
        memcpy(k->input + i * k->input_bytes, &k->inputs[0].x, k->input_bytes);
    run(k, LANES);
    for (size_t i = 0; i < LANES; i++) {
        int up = direction(k, &k->inputs[0], i);
        if (up < 0)
            return;
        k->lane_ups[i] = (unsigned char)up;
    }
    for (int i = 0; i < LAGS; i++)
        count_pairs(k, i, k->lane_ups, k->lane_ups + lags[i], LANES - (size_t)lags[i]);
    if (k->has_call)
        count_pairs(k, CALLS, k->lane_ups, k->last_ups, LANES);
    k->has_pairs = k->has_call;
    memcpy(k->last_ups, k->lane_ups, LANES);
    k->has_call = true;
}

/* ---- Judging. ---- */

/* One alternative, and how it stands. */
struct standing {
    double ratio; /* log */
    enum tb_hidden_finding finding;
    int bits, lag;
};

/* All of them: their ratios as one sum of exponentials, the two best that are told apart by name, and whether
 * all stated ones are refuted. */
struct judged {
    double sum; /* of exp(ratio - best.ratio) */
    unsigned count;
    bool refuted;
    struct standing best, second;
};

static bool same_name(const struct standing *a, const struct standing *b) {
    return a->finding == b->finding && a->bits == b->bits && a->lag == b->lag;
}

static void weigh(struct judged *j, const struct standing *s, double bound) {
    j->count++;
    if (s->finding != TB_FOUND_OTHER && !(s->ratio <= bound))
        j->refuted = false;
    if (isinf(s->ratio))
        return;
    if (s->ratio > j->best.ratio) {
        j->sum = j->sum * exp(j->best.ratio - s->ratio) + 1;
        if (!same_name(s, &j->best))
            j->second = j->best;
        j->best = *s;
        return;
    }
    j->sum += exp(s->ratio - j->best.ratio);
    if (s->ratio > j->second.ratio && !same_name(s, &j->best) && s->finding != TB_FOUND_OTHER)
        j->second = *s;
}

static double rule_ratio(const struct check *k, const struct rule *rule) {
    double sum = 0;
    for (unsigned i = 0; i < k->count && !isinf(sum); i++) {
        double nu = ldexp(k->inputs[i].ups, -k->bits);
        double p = rule->chance(nu, rule->parameter);
        if (k->draws[i] && p != nu)
            sum += log_ratio(k->ups[i], k->draws[i], p, nu);
    }
    return sum;
}

static void judge(const struct check *k, struct judged *j) {
    const struct standing none = {-1e300, TB_FOUND_NOTHING, 0, 0};
    double bound = log(k->setup->miss);
    *j = (struct judged){.refuted = true, .best = none, .second = none};
    for (unsigned i = 0; i < k->rule_count; i++) {
        const struct rule *rule = &k->rules[i];
        weigh(j, &(struct standing){rule_ratio(k, rule), rule->finding, rule->bits, 0}, bound);
    }
    for (int i = 0; i < PAIRINGS; i++)
        for (int a = 0; a < AGREEMENTS; a++) {
            struct standing s = {log_ratio(k->agreed[i], k->pairs[i], agreements[a], 0.5), TB_FOUND_LANES, 0,
                                 i == CALLS ? 0 : lags[i]};
            if (i == CALLS)
                s.finding = TB_FOUND_CALLS;
            weigh(j, &s, bound);
        }
    weigh(j, &(struct standing){k->learnt, TB_FOUND_OTHER, 0, 0}, bound);
}

/* Where nothing is drawn at all lanes and calls agree too, and more often than inputs are drawn: then it is
 * the rounding that is named. */
static bool name_constant(const struct check *k, struct tb_hidden_report *r) {
    for (int i = 0; i < PAIRINGS; i++)
        if (k->agreed[i] != k->pairs[i])
            return false;
    r->finding = TB_FOUND_CONSTANT;
    for (unsigned i = 0; i < k->rule_count; i++)
        if (k->rules[i].finding < TB_FOUND_CONSTANT && !isinf(rule_ratio(k, &k->rules[i])))
            r->finding = k->rules[i].finding;
    return true;
}

/* Where no alternative says it better: a bias that is none of theirs, if all inputs that are off are off in
 * one direction by more than chance has it (four standard deviations). */
static void name_direction(const struct check *k, struct tb_hidden_report *r) {
    unsigned often = 0, rarely = 0;
    for (unsigned i = 0; i < k->count; i++) {
        double nu = ldexp(k->inputs[i].ups, -k->bits), n = (double)k->draws[i];
        double off = (double)k->ups[i] - n * nu, far = 4 * sqrt(n * nu * (1 - nu));
        often += off > far;
        rarely += off < -far;
    }
    if ((often == 0) != (rarely == 0))
        r->finding = often ? TB_FOUND_BIAS_UP : TB_FOUND_BIAS_DOWN;
}

/* True when no more draws are wanted: the outcome is known, and a fault has its name. */
static bool decide(struct check *k) {
    struct tb_hidden_report *r = k->report;
    double wanted = -log(k->setup->false_alarm), apart = -log(k->setup->miss);
    struct judged j;
    if (r->finding == TB_FOUND_MOVED || r->finding == TB_FOUND_FOREIGN) {
        r->outcome = TB_HIDDEN_REJECTED;
        r->evidence = INFINITY;
        return true;
    }
    judge(k, &j);
    double evidence = j.best.ratio + log(j.sum / j.count);
    if (r->outcome == TB_HIDDEN_UNDECIDED && evidence >= wanted) {
        r->outcome = TB_HIDDEN_REJECTED;
        k->name_until = 4 * r->draws;
    }
    r->evidence = evidence / log(10);
    if (r->outcome == TB_HIDDEN_UNDECIDED && j.refuted) {
        r->outcome = TB_HIDDEN_ACCEPTED;
        r->bits = k->bits;
        return true;
    }
    if (r->outcome == TB_HIDDEN_UNDECIDED)
        return false;
    r->finding = j.best.finding;
    r->bits = j.best.bits;
    r->lag = j.best.lag;
    if (k->has_pairs && name_constant(k, r)) {
        r->bits = r->lag = 0;
        return true;
    }
    if (!k->has_pairs) {
        r->finding = TB_FOUND_NOTHING;
        return false;
    }
    if (r->finding == TB_FOUND_OTHER)
        name_direction(k, r);
    if (j.best.ratio - j.second.ratio >= apart || r->draws >= k->name_until)
        return true;
    r->finding = TB_FOUND_NOTHING;
    return false;
}

/* ---- The whole. ---- */

/* The inputs' places: by weight, as many as a round holds, shuffled. */
static void lay_out(struct check *k) {
    uint64_t random = k->setup->seed * 2 + 1;
    size_t weights = 0, unit;
    for (unsigned i = 0; i < k->count; i++)
        weights += k->inputs[i].weight;
    unit = ROUND / weights ? ROUND / weights : 1;
    for (unsigned i = 0; i < k->count; i++)
        for (size_t n = 0; n < unit * k->inputs[i].weight && k->places < MOST_PLACES; n++)
            k->place[k->places++] = (unsigned char)i;
    for (size_t i = k->places; i > 1; i--) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t other = (size_t)((random >> 33) % i);
        unsigned char kept = k->place[i - 1];
        k->place[i - 1] = k->place[other];
        k->place[other] = kept;
    }
}

bool tb_hidden_check(const struct tb_case *c, const struct tb_kernel *kernel,
                     const struct tb_hidden_setup *setup, struct tb_hidden_report *report) {
    struct check *k = calloc(1, sizeof *k);
    unsigned char *arrays = k ? malloc((size_t)MOST_PLACES * 17) : NULL;
    *report = (struct tb_hidden_report){.outcome = TB_HIDDEN_UNDECIDED};
    if (arrays) {
        *k = (struct check){.kernel = kernel, .setup = setup, .report = report};
        k->input_bytes = tb_format_bytes(c->source);
        k->output_bytes = tb_format_bytes(c->destination);
        k->input = arrays;
        k->output = arrays + (size_t)MOST_PLACES * 8;
        k->place = arrays + (size_t)MOST_PLACES * 16;
        k->bits = tb_hidden_bits(c);
        k->count = tb_hidden_inputs(c, setup->seed, k->inputs);
        k->rule_count = make_rules(k->bits, k->rules);
        report->inputs = k->count;
        lay_out(k);
        bool done = k->count == 0;
        while (!done && report->draws < setup->most_draws) {
            draw_inputs(k);
            draw_lanes(k);
            done = decide(k);
        }
    }
    free(arrays);
    free(k);
    return arrays != NULL;
}

/* ---- In words. ---- */

static const char *const finding_words[TB_FINDINGS] = {
    [TB_FOUND_NOTHING] = "how often inputs go up is not what their fractions say",
    [TB_FOUND_FOREIGN] = "an output is neither neighbour of its input",
    [TB_FOUND_MOVED] = "a value of the destination moves, as where r <= fraction is asked",
    [TB_FOUND_NEVER] = "nothing ever goes up: it truncates",
    [TB_FOUND_ALWAYS] = "everything inexact goes up",
    [TB_FOUND_NEAREST] = "it rounds to nearest, and draws nothing",
    [TB_FOUND_CONSTANT] = "every draw of one input is alike: the source is constant",
    [TB_FOUND_BITS] = "its probabilities are those of a source of %d random bits",
    [TB_FOUND_BITS_HALF] = "its probabilities are those of %d random bits, the fraction rounded to them",
    [TB_FOUND_AT_MOST] = "it goes up too often by 2^-%d, as where r <= fraction is asked",
    [TB_FOUND_ABOVE] = "it goes up too rarely by 2^-%d, as where r + fraction > 1 is asked",
    [TB_FOUND_BIAS_UP] = "it goes up too often: the source is biased",
    [TB_FOUND_BIAS_DOWN] = "it goes up too rarely: the source is biased",
    [TB_FOUND_LANES] = "lanes at a distance of %d share their random bits",
    [TB_FOUND_CALLS] = "a call repeats the random bits of the one before",
    [TB_FOUND_OTHER] = "how often inputs go up is not what their fractions say",
};

static void write_finding(const struct tb_hidden_report *r, char *text, size_t size) {
    int number = r->finding == TB_FOUND_LANES ? r->lag : r->bits;
    const char *place = strstr(finding_words[r->finding], "%d");
    if (!place) {
        snprintf(text, size, "%s", finding_words[r->finding]);
        return;
    }
    snprintf(text, size, "%.*s%d%s", (int)(place - finding_words[r->finding]), finding_words[r->finding],
             number, place + 2);
}

void tb_hidden_words(const struct tb_hidden_report *r, const struct tb_hidden_setup *setup, char *text,
                     size_t size) {
    char finding[160];
    if (r->outcome == TB_HIDDEN_ACCEPTED) {
        snprintf(
            text, size,
            "random bits of its own, accepted: %llu draws of %u inputs go up as often as their fractions "
            "say, lanes and calls are independent, at least %d random bits are used (false alarm %g, "
            "miss of a stated fault %g)",
            (unsigned long long)r->draws, r->inputs, r->bits, setup->false_alarm, setup->miss);
    } else if (r->outcome == TB_HIDDEN_REJECTED) {
        write_finding(r, finding, sizeof finding);
        snprintf(text, size, "random bits of its own, rejected after %llu draws: %s (false alarm %g)",
                 (unsigned long long)r->draws, finding, setup->false_alarm);
    } else {
        snprintf(text, size, "random bits of its own: not decided within %llu draws",
                 (unsigned long long)r->draws);
    }
}
