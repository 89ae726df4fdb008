/* tiebreak explain: one input, step by step. */
#include "harness/explain.h"
#include "harness/problem_explain.h"
#include "harness/trials.h"
#include "reference/scaled.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text. ---- */

static void print_input(const struct tb_walk *w) {
    const struct tb_format *f = w->c->source;
    char hex[24], value[128];
    printf("case       %s\n", w->id);
    if (tb_case_is_basic(w->c)) { /* the operands follow, as steps */
        tb_explain_hex(tb_case_input(w->c), w->input, hex);
        printf("input      %s\n", hex);
        return;
    }
    tb_explain_hex(f, w->operand, hex);
    tb_value_print(w->value, value, sizeof value);
    printf("input      %s   %s   %s", hex, w->fields, value);
    if (w->value.class == TB_NOT_A_NUMBER && f->nan == TB_NAN_IEEE)
        fputs(w->value.significand >> 63 ? ", quiet" : ", signalling", stdout);
    puts(tb_format_is_subnormal(f, w->operand) ? ", subnormal" : "");
    if (!w->c->random_bits)
        return;
    tb_explain_hex(tb_case_input(w->c), w->input, hex);
    printf("random     %llu of %d bits; both in one word %s\n", (unsigned long long)w->random,
           w->c->random_bits, hex);
}

/* What has no neighbours. */
static void print_special(const struct tb_walk *w) {
    static const char *const lines[] = {
        [TB_ZERO] = "zero       is kept where the destination has it",
        [TB_INFINITE] = "infinity   is kept or answered as the overflow policy says",
        [TB_NOT_A_NUMBER] = "nan        keeps its sign and leading fraction bits, made quiet, as far as the "
                            "destination holds them",
    };
    puts(lines[w->value.class]);
}

/* What is rounded. */
static const char *rounded_word(const struct tb_walk *w) {
    if (tb_case_is_scaled(w->c))
        return tb_case_multiplies(w->c) ? "product" : "quotient";
    return w->c->operation == TB_DEQUANTIZE ? "product" : tb_case_is_basic(w->c) ? "result" : "input";
}

/* Beyond the end of the range: the last value there, and how the grid goes on. */
static void print_outside(const struct tb_walk *w, bool above) {
    const struct tb_gap *g = &w->gap;
    const struct tb_format *f = w->c->destination;
    char end[160], next[128];
    tb_explain_code(f, above ? g->low : g->high, end, sizeof end);
    printf("%s the %s value %s", above ? "beyond    " : "below     ", above ? "largest" : "smallest", end);
    if (g->has_next) {
        tb_explain_number(above ? g->high_value : g->low_value, next, sizeof next);
        printf("%s %s", w->boundary[0] ? "; the grid goes on to" : " and the next of the grid,", next);
    }
    if (w->boundary[0])
        printf(";  boundary %s, %s\nthe %-6s lies %s\n", w->boundary, w->tie, rounded_word(w), w->distance);
    else
        puts(!above && !w->value.negative && f->low == TB_LOW_NORMAL ? ": the format has no zero"
                                                                     : ": out of range");
}

/* Whether something is rounded into a float or a codebook; a code has steps of its own. */
static bool has_place(const struct tb_walk *w) {
    if (w->c->operation == TB_CONVERT)
        return true;
    bool placed = w->c->operation == TB_DEQUANTIZE || tb_case_is_scaled(w->c) || tb_case_is_basic(w->c);
    return placed && w->gap.place != TB_PLACE_SPECIAL;
}

static void print_place(const struct tb_walk *w) {
    const struct tb_gap *g = &w->gap;
    char low[160], high[160];
    if (g->has_low)
        tb_explain_code(w->c->destination, g->low, low, sizeof low);
    if (g->has_high)
        tb_explain_code(w->c->destination, g->high, high, sizeof high);
    switch (g->place) {
    case TB_PLACE_SPECIAL:
        print_special(w);
        return;
    case TB_PLACE_EXACT:
        printf("exact      the %s is %s: nothing to round\n", rounded_word(w), low);
        return;
    case TB_PLACE_BETWEEN:
        printf("between    %s  and  %s;  boundary %s, %s\n", low, high, w->boundary, w->tie);
        printf("the %-6s lies %s\n", rounded_word(w), w->distance);
        return;
    case TB_PLACE_ABOVE:
    case TB_PLACE_OVER:
        print_outside(w, true);
        return;
    case TB_PLACE_BELOW:
    case TB_PLACE_UNDER:
        print_outside(w, false);
        return;
    }
}

static void print_steps(const struct tb_walk *w) {
    for (size_t i = 0; i < w->step_count; i++)
        printf("%-10s %s\n", w->steps[i].label, w->steps[i].text);
}

/* Beside each code: whether it is the exact answer, or the one of --like, or neither. */
static const char *mark(const struct tb_walk *w, uint64_t code) {
    return code == w->answer ? " " : code == w->like.expected ? "=" : "*";
}

/* "rne 0x39   rna 0x39   rtz 0x38*" */
static void print_row(const struct tb_walk *w, const char *label, const struct tb_answer *answers,
                      size_t count) {
    printf("%-10s", label);
    for (size_t i = 0; i < count; i++) {
        char hex[24];
        tb_explain_short(w->c, answers[i].code, hex);
        printf("%s%s %s%s", i ? "  " : " ", answers[i].name, hex, mark(w, answers[i].code));
    }
    puts("");
}

/* Wraps names at 100 columns below their code. */
static void print_name(const struct tb_answer *a, int *column, int indent) {
    char text[sizeof a->name + sizeof a->note + 8];
    snprintf(text, sizeof text, a->note[0] ? "%s (%s)" : "%s", a->name, a->note);
    if (*column > indent && *column + (int)strlen(text) > 98) {
        printf("\n%*s", indent, "");
        *column = indent;
    }
    *column += printf("  %s", text);
}

/* A line for each code: who gives it; the exact one first. */
static void print_groups(const struct tb_walk *w, const char *label, const struct tb_answer *answers,
                         size_t count) {
    bool *done = calloc(count + 1, sizeof *done);
    if (!done)
        abort();
    for (size_t turn = 0; turn <= count; turn++) {
        const struct tb_answer *leader = turn ? &answers[turn - 1] : NULL;
        uint64_t code = leader ? leader->code : w->answer;
        bool started = false;
        int column = 0, indent = 0;
        for (size_t i = 0; i < count; i++) {
            if (done[i] || !answers[i].given || answers[i].code != code || (leader && !leader->given))
                continue;
            char hex[24];
            tb_explain_short(w->c, code, hex);
            if (!started)
                column = indent = printf("%-10s %s%s", label, hex, mark(w, code));
            started = done[i] = true;
            print_name(&answers[i], &column, indent);
        }
        if (started)
            puts(""), label = "";
    }
    for (size_t i = 0; i < count; i++)
        if (!answers[i].given)
            printf("%-10s %s: %s\n", label, answers[i].name, answers[i].note), label = "";
    free(done);
}

static bool any_differs(const struct tb_walk *w) {
    const struct {
        const struct tb_answer *list;
        size_t count;
    } lists[] = {
        {w->roundings, w->rounding_count},
        {w->overflows, w->overflow_count},
        {w->variants,  w->variant_count },
        {w->targets,   w->target_count  }
    };
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
        for (size_t i = 0; i < lists[k].count; i++)
            if (lists[k].list[i].given && lists[k].list[i].code != w->answer)
                return true;
    return false;
}

static void print_stochastic(const struct tb_walk *w) {
    if (w->random_bits)
        printf("           stochastic (%d bits): %s\n", w->random_bits, w->stochastic);
    else
        printf("           stochastic: %s\n", w->stochastic);
}

static void print_like(const struct tb_walk *w) {
    const struct tb_like *l = &w->like;
    bool same = l->expected == w->answer, several = strchr(l->words, '+') != NULL;
    bool told = several || strcmp(l->name, l->words) != 0; /* what the name stands for */
    char code[160];
    tb_explain_code(w->c->destination, l->expected, code, sizeof code);
    printf("expected   %s, %sthe exact answer, as %s computes it\n", code, same ? "" : "not ", l->name);
    if (told)
        printf("           by %s", l->words);
    if (several && l->leaves[0])
        printf(", which leaves the exact answer at %s", l->leaves);
    if (told)
        puts("");
    if (l->note[0])
        printf("           %s\n", l->note);
}

static void print_legend(const struct tb_walk *w) {
    bool other = w->like.expected != w->answer;
    if (other || any_differs(w))
        printf("           * differs from the exact answer%s\n",
               other ? "; = the expected answer, which differs from it too" : "");
}

static void print_walk(const struct tb_walk *w) {
    char answer[160];
    print_input(w);
    print_steps(w);
    if (has_place(w))
        print_place(w);
    tb_explain_code(w->c->destination, w->answer, answer, sizeof answer);
    printf("answer     %s\n",
           tb_case_hides_random(w->c) ? "one of two: the target draws the random bits" : answer);
    if (w->like.name)
        print_like(w);
    if (w->rounding_count)
        print_row(w, "roundings", w->roundings, w->rounding_count);
    if (w->stochastic[0])
        print_stochastic(w);
    if (w->overflow_count)
        print_row(w, "overflow", w->overflows, w->overflow_count);
    print_groups(w, "variants", w->variants, w->variant_count);
    print_groups(w, "targets", w->targets, w->target_count);
    print_legend(w);
}

/* ---- JSON. ---- */

static json_t *hex_json(const struct tb_format *f, uint64_t code) {
    char hex[24];
    tb_explain_hex(f, code, hex);
    return json_string(hex);
}

static json_t *answers_json(const struct tb_walk *w, const struct tb_answer *answers, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct tb_answer *a = &answers[i];
        json_t *one = json_pack("{s:s}", "name", a->name);
        json_object_set_new(one, "code", a->given ? hex_json(w->c->destination, a->code) : json_null());
        json_object_set_new(one, "same", json_boolean(a->given && a->code == w->answer));
        if (w->like.name)
            json_object_set_new(one, "expected", json_boolean(a->given && a->code == w->like.expected));
        if (a->note[0])
            json_object_set_new(one, "note", json_string(a->note));
        json_array_append_new(list, one);
    }
    return list;
}

/* A neighbour: its code, null where the grid goes on without one, and its exact value. */
static json_t *neighbour_json(const struct tb_walk *w, bool has_code, uint64_t code, mpfr_srcptr value) {
    char text[128];
    tb_explain_number(value, text, sizeof text);
    json_t *json = json_pack("{s:s}", "value", text);
    json_object_set_new(json, "code", has_code ? hex_json(w->c->destination, code) : json_null());
    return json;
}

static void add_text(json_t *json, const char *name, const char *text) {
    if (text[0])
        json_object_set_new(json, name, json_string(text));
}

static json_t *like_json(const struct tb_walk *w) {
    const struct tb_like *l = &w->like;
    char value[128];
    tb_value_print(tb_format_decode(w->c->destination, l->expected), value, sizeof value);
    json_t *json = json_pack("{s:s, s:s, s:s}", "name", l->name, "words", l->words, "value", value);
    json_object_set_new(json, "code", hex_json(w->c->destination, l->expected));
    json_object_set_new(json, "same", json_boolean(l->expected == w->answer));
    add_text(json, "leaves_at", l->leaves);
    add_text(json, "note", l->note);
    return json;
}

static json_t *walk_json(const struct tb_walk *w) {
    static const char *const places[] = {"special", "exact", "between", "above", "below", "over", "under"};
    const struct tb_gap *g = &w->gap;
    char value[128], answer[128];
    tb_value_print(w->value, value, sizeof value);
    tb_value_print(tb_format_decode(w->c->destination, w->answer), answer, sizeof answer);
    json_t *json = json_pack("{s:s}", "case", w->id);
    if (!tb_case_is_basic(w->c)) {
        json_object_set_new(json, "value", json_string(value));
        json_object_set_new(json, "fields", json_string(w->fields));
    }
    if (has_place(w))
        json_object_set_new(json, "place", json_string(places[g->place]));
    json_object_set_new(json, "answer_value", json_string(answer));
    for (size_t i = 0; i < w->step_count; i++)
        add_text(json, w->steps[i].member, w->steps[i].text);
    json_object_set_new(json, "input", hex_json(tb_case_input(w->c), w->input));
    if (w->c->random_bits) {
        json_object_set_new(json, "operand", hex_json(w->c->source, w->operand));
        json_object_set_new(json, "random", json_integer((json_int_t)w->random));
    }
    json_object_set_new(json, "answer", hex_json(w->c->destination, w->answer));
    if (w->like.name)
        json_object_set_new(json, "expected", like_json(w));
    if (w->boundary[0]) {
        json_object_set_new(json, "low", neighbour_json(w, g->has_low, g->low, g->low_value));
        json_object_set_new(json, "high", neighbour_json(w, g->has_high, g->high, g->high_value));
    }
    add_text(json, "boundary", w->boundary);
    add_text(json, "tie", w->tie);
    add_text(json, "distance", w->distance);
    add_text(json, "stochastic", w->stochastic);
    json_object_set_new(json, "roundings", answers_json(w, w->roundings, w->rounding_count));
    json_object_set_new(json, "overflows", answers_json(w, w->overflows, w->overflow_count));
    json_object_set_new(json, "variants", answers_json(w, w->variants, w->variant_count));
    json_object_set_new(json, "targets", answers_json(w, w->targets, w->target_count));
    return json;
}

/* ---- The verb. ---- */

/* `like`: the behaviour of --like, where that was given. */
static void explain(const struct tb_case *c, uint64_t input, const struct tb_behaviour *like,
                    const struct tb_subjects *s, const struct tb_options *o, json_t *list) {
    struct tb_walk w;
    tb_explain_walk(c, input, &w);
    if (o->like)
        tb_explain_like(&w, o->like, like);
    tb_explain_targets(&w, s, o);
    if (list)
        json_array_append_new(list, walk_json(&w));
    else
        print_walk(&w);
    tb_explain_free(&w);
}

int tb_verb_explain(const struct tb_options *o) {
    struct tb_subjects subjects = {0};
    struct tb_error error;
    struct tb_case c;
    struct tb_behaviour like;
    uint64_t inputs[TB_LIST];
    if (o->words.count < 2) {
        tb_fail(
            &error, TB_EXIT_USAGE,
            "explain takes a case and inputs: tiebreak explain convert/fp32/e4m3fn/rne/satfinite 0x3f880001");
        return tb_complain(&error);
    }
    if (tb_problem_is(o->words.word[0]))
        return tb_explain_problem(o);
    if (!tb_case_parse(o->words.word[0], &c, &error) ||
        (o->like && !tb_plan_like(&c, o->like, &like, &error)))
        return tb_complain(&error);
    for (size_t i = 1; i < o->words.count; i++)
        if (!tb_explain_case_input(&c, o->words.word[i], &inputs[i], &error))
            return tb_complain(&error);
    if (!tb_choose_subjects(o, &subjects, &error)) {
        tb_subjects_free(&subjects);
        return tb_complain(&error);
    }
    json_t *list = o->json ? json_array() : NULL;
    for (size_t i = 1; i < o->words.count; i++) {
        if (i > 1 && !list)
            puts("");
        explain(&c, inputs[i], &like, &subjects, o, list);
    }
    if (list) {
        json_dumpf(list, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
        puts("");
        json_decref(list);
    }
    tb_subjects_free(&subjects);
    return TB_OK;
}
