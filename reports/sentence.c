/* The verdict in words: whether what was run is safe to rely on, and where not. */
#include "reports/summary.h"
#include "reports/text.h"

#include <stdarg.h>
#include <string.h>

/* Appends to a sentence; cut at the end of the buffer. */
static void __attribute__((format(printf, 3, 4))) say(char *text, size_t size, const char *format, ...) {
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void say_count(char *text, size_t size, size_t count, const char *what, const char *whats) {
    char number[TB_NUMBER];
    say(text, size, "%s %s", tb_grouped(count, number), count == 1 ? what : whats);
}

/* "gives wrong answers in 4 of its 9 checks, crashes in 1 and gives NaN codes that this run does not accept
 * in 2": the first count names the whole. */
static void say_failures(char *text, size_t size, const struct tb_tally *t, bool one) {
    size_t diverges = t->states[TB_STATE_DIVERGES], crashed = t->states[TB_STATE_CRASHED];
    const struct {
        size_t count;
        const char *does, *what;
    } parts[] = {
        {diverges - t->contract,          one ? "gives" : "give",    " wrong answers"                          },
        {crashed,                         one ? "crashes" : "crash", ""                                        },
        {t->contract,                     one ? "breaks" : "break",  " the contract of a target"               },
        {t->failing - diverges - crashed, one ? "gives" : "give",    " NaN codes that this run does not accept"},
    };
    size_t ran = t->verdicts - t->states[TB_STATE_SKIPPED];
    int left = 0, said = 0;
    for (int i = 0; i < (int)(sizeof parts / sizeof *parts); i++)
        left += parts[i].count != 0;
    for (int i = 0; i < (int)(sizeof parts / sizeof *parts); i++) {
        char number[TB_NUMBER], all[TB_NUMBER];
        if (!parts[i].count)
            continue;
        left--;
        say(text, size, "%s%s%s in %s",
            !said  ? ""
            : left ? ", "
                   : " and ",
            parts[i].does, parts[i].what, tb_grouped(parts[i].count, number));
        if (!said++)
            say(text, size, " of %s %s check%s%s", one ? "its" : "their", tb_grouped(ran, all),
                tb_plural(ran), ran < t->verdicts ? " that ran" : "");
    }
}

static void say_targets(char *text, size_t size, const struct tb_summary *s, size_t failing) {
    size_t shown = failing <= 3 ? failing : 2;
    for (size_t i = 0; i < shown; i++)
        say(text, size, "%s%s",
            !i                                   ? ""
            : i + 1 == shown && shown == failing ? " and "
                                                 : ", ",
            s->targets[i].target);
    if (shown < failing)
        say(text, size, " and %zu other targets", failing - shown);
}

static void say_failing(char *text, size_t size, const struct tb_summary *s) {
    size_t failing = 0, elsewhere;
    struct tb_tally all = {0};
    for (; failing < s->target_count && s->targets[failing].tally.failing; failing++) {
        const struct tb_tally *t = &s->targets[failing].tally;
        all.verdicts += t->verdicts;
        all.failing += t->failing;
        all.contract += t->contract;
        all.states[TB_STATE_DIVERGES] += t->states[TB_STATE_DIVERGES];
        all.states[TB_STATE_CRASHED] += t->states[TB_STATE_CRASHED];
        all.states[TB_STATE_SKIPPED] += t->states[TB_STATE_SKIPPED];
    }
    say_targets(text, size, s, failing);
    say(text, size, " ");
    say_failures(text, size, &all, failing == 1);
    elsewhere = s->tally.exhaustive + s->tally.sampled - s->tally.failing + s->tally.states[TB_STATE_CRASHED];
    if (!elsewhere)
        say(text, size, "; nothing else was run.");
    else if (s->tally.states[TB_STATE_CLAIMED])
        say(text, size, "; everything else that was run is exact or as its documentation says.");
    else
        say(text, size, "; everything else that was run is exact.");
}

static void say_sound(char *text, size_t size, const struct tb_summary *s) {
    size_t ran = s->tally.exhaustive + s->tally.sampled, claimed = s->tally.states[TB_STATE_CLAIMED];
    char number[TB_NUMBER], other[TB_NUMBER];
    if (!ran) {
        say(text, size,
            s->tally.verdicts ? "Nothing was run: every check was skipped." : "Nothing was checked.");
        return;
    }
    say(text, size, ran == 1 ? "The one check that ran " : "All ");
    if (ran > 1)
        say_count(text, size, ran, "check", "checks that ran ");
    if (!claimed)
        say(text, size, ran == 1 ? "gives the exact answer" : "give the exact answer");
    else if (claimed == ran)
        say(text, size, "differ%s from the exact answer as the documentation says, and in no other way",
            ran == 1 ? "s" : "");
    else
        say(text, size, "are as they should be: exact in %s, as the documentation says in %s",
            tb_grouped(ran - claimed, number), tb_grouped(claimed, other));
    if (!s->tally.exhaustive)
        say(text, size, ", on samples only");
    else if (s->tally.sampled)
        say(text, size, "; %s on samples only", tb_grouped(s->tally.sampled, number));
    say(text, size, ".");
}

void tb_summary_sentence(const struct tb_summary *s, char *text, size_t size) {
    text[0] = 0;
    if (s->tally.failing)
        say_failing(text, size, s);
    else
        say_sound(text, size, s);
}

/* The verdict of gate, in words. */
void tb_summary_changes(const struct tb_results *r, const struct tb_summary *s, char *text, size_t size) {
    size_t kinds[TB_CHANGES] = {0}, said = 0;
    char number[TB_NUMBER];
    text[0] = 0;
    if (!*r->baseline)
        return;
    for (size_t i = 0; i < r->change_count; i++)
        kinds[r->changes[i].kind]++;
    if (!r->change_count)
        say(text, size, "Nothing has changed against the baseline");
    else
        say_count(text, size, r->change_count, "change", "changes");
    if (r->change_count)
        say(text, size, " against the baseline");
    for (int i = 0; i < TB_CHANGES; i++)
        if (kinds[i])
            say(text, size, "%s%s %s", said++ ? ", " : ": ", tb_grouped(kinds[i], number),
                tb_change_names[i]);
    if (s->tally.accepted) {
        say(text, size, "; ");
        say_count(text, size, s->tally.accepted, "check fails", "checks fail");
        say(text, size, " as accepted there");
    }
    say(text, size, ".");
}

/* "3 diverge, 2 crashed" after `text`. */
static void say_states(char *text, size_t size, const struct tb_tally *t) {
    static const struct {
        enum tb_state state;
        const char *words;
    } parts[] = {
        {TB_STATE_DIVERGES, "diverge"                 },
        {TB_STATE_CRASHED,  "crashed"                 },
        {TB_STATE_NAN_BITS, "with other NaN bits only"},
        {TB_STATE_CLAIMED,  "as claimed"              },
    };
    char number[TB_NUMBER];
    say(text, size, "%s exact", tb_grouped(t->states[TB_STATE_EXACT] + t->states[TB_STATE_SAMPLED], number));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (t->states[parts[i].state])
            say(text, size, ", %s %s", tb_grouped(t->states[parts[i].state], number), parts[i].words);
}

/* What ran and what did not stand apart: a skipped check is no part of the sum of the others. */
void tb_summary_counts(const struct tb_summary *s, char *text, size_t size) {
    size_t skipped = s->tally.states[TB_STATE_SKIPPED], ran = s->tally.verdicts - skipped, idle = 0;
    char number[TB_NUMBER], other[TB_NUMBER];
    for (size_t i = 0; i < s->target_count; i++)
        idle += s->targets[i].tally.states[TB_STATE_SKIPPED] == s->targets[i].tally.verdicts;
    text[0] = 0;
    say_count(text, size, ran, "check", "checks");
    say(text, size, " ran%s", ran ? ": " : ".");
    if (ran) {
        say_states(text, size, &s->tally);
        say(text, size, "; %s on every input of their domain, %s on samples.",
            tb_grouped(s->tally.exhaustive, number), tb_grouped(s->tally.sampled, other));
    }
    if (!skipped)
        return;
    say(text, size, " ");
    say_count(text, size, skipped, "check was", "checks were");
    say(text, size, " skipped, nothing is known of %s", skipped == 1 ? "it" : "them");
    if (idle) {
        say(text, size, "; ");
        say_count(text, size, idle, "target", "targets");
        say(text, size, " did not run at all");
    }
    say(text, size, ".");
}

void tb_results_sentence(const struct tb_results *r, char *text, size_t size) {
    struct tb_summary s;
    if (!size)
        return;
    text[0] = 0;
    if (!tb_summary_make(r, &s))
        return;
    char raw[2048];
    tb_summary_changes(r, &s, raw, sizeof raw);
    size_t used = strlen(raw);
    if (used)
        raw[used++] = ' ';
    tb_summary_sentence(&s, raw + used, sizeof raw - used);
    tb_text_clean(raw, text, size);
    tb_summary_free(&s);
}
