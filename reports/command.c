#include "reports/command.h"

#include "reports/text.h"

#include <string.h>

/* ---- Writing. ---- */

static bool is_plain(const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@:%,=-";
    return *word && strspn(word, plain) == strlen(word);
}

bool tb_command_add(char *command, size_t size, const char *word) {
    size_t used = strlen(command), needed = strlen(word) + 4; /* a space, two quotes, the end */
    bool plain = is_plain(word);
    for (const char *at = word; *at; at++)
        needed += *at == '\'' ? 3 : 0;
    if (used + needed > size)
        return false;
    char *to = command + used;
    *to++ = ' ';
    if (!plain)
        *to++ = '\'';
    for (const char *at = word; *at; at++)
        if (*at == '\'') { /* a quote ends the string, stands alone, opens it again */
            memcpy(to, "'\\''", 4);
            to += 4;
        } else {
            *to++ = *at;
        }
    if (!plain)
        *to++ = '\'';
    *to = 0;
    return true;
}

bool tb_command_add_option(char *command, size_t size, const char *name, const char *value) {
    size_t before = strlen(command);
    if ((!name || tb_command_add(command, size, name)) && tb_command_add(command, size, value))
        return true;
    command[before] = 0;
    return false;
}

/* ---- Reading a command that was written so. ---- */

/* Takes the next word off *at; false at the end, and for a word that was cut. */
static bool next_word(const char **at, char *word, size_t size) {
    bool quoted = false;
    size_t used = 0;
    while (**at == ' ')
        (*at)++;
    if (!**at)
        return false;
    for (; **at && (quoted || **at != ' '); (*at)++) {
        if (**at == '\'') {
            quoted = !quoted;
            continue;
        }
        if (!quoted && **at == '\\' && (*at)[1])
            (*at)++;
        if (used + 1 == size)
            return false;
        word[used++] = **at;
    }
    word[used] = 0;
    return !quoted;
}

static void add_options(const struct tb_results *r, bool explains, char command[TB_COMMAND]) {
    static const struct {
        const char *name;
        bool explain; /* `tiebreak explain` has it too */
    } kept[] = {
        {"--plugin",      true },
        {"--exec",        true },
        {"--recorded",    true },
        {"--format",      true },
        {"--like",        true },
        {"--nan",         false},
        {"--environment", false},
    };
    const char *at = r->command;
    char word[sizeof r->command], name[sizeof r->command];
    while (next_word(&at, name, sizeof name))
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            if (!strcmp(name, kept[i].name) && (kept[i].explain || !explains)) {
                if (!next_word(&at, word, sizeof word) ||
                    !tb_command_add_option(command, TB_COMMAND, name, word))
                    return;
                break;
            }
}

static bool has_option(const struct tb_results *r, const char *name) {
    const char *at = r->command;
    char word[sizeof r->command];
    while (next_word(&at, word, sizeof word))
        if (!strcmp(word, name))
            return true;
    return false;
}

void tb_command_explain(const struct tb_results *r, const struct tb_verdict *v, uint64_t input,
                        char command[TB_COMMAND]) {
    char hex[TB_NUMBER];
    if (has_option(r, "--environment")) {
        tb_command_run(r, v, command);
        return;
    }
    snprintf(command, TB_COMMAND, "tiebreak explain");
    tb_command_add(command, TB_COMMAND, v->case_id);
    tb_command_add(command, TB_COMMAND, tb_hex(input, tb_case_digits(v->case_id).source, hex));
    tb_command_add_option(command, TB_COMMAND, "--target", v->target);
    add_options(r, true, command);
}

void tb_command_run(const struct tb_results *r, const struct tb_verdict *v, char command[TB_COMMAND]) {
    snprintf(command, TB_COMMAND, "tiebreak run");
    tb_command_add(command, TB_COMMAND, v->case_id);
    tb_command_add_option(command, TB_COMMAND, "--target", v->target);
    add_options(r, false, command);
}
