/* Runs a file of command-line tests: commands, what they print, their exit code.
 *
 *   # a comment; empty lines separate
 *   $ tiebreak report nofile.json             a command for sh; more "$" lines below it join it
 *   > a line of standard output               `*` any characters, `?` one; "> ..." any number of lines
 *   ! a line of standard error                the same
 *   = 2                                       the exit code; 0 when not given
 *
 * All commands of a file run in one new, empty folder. `tiebreak` is the program under test, $PLUGIN the
 * plug-in of moody.c. Lines of progress are passed over. Usage: run TIEBREAK PLUGIN FILE */
#include "vectors/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 128

struct lines {
    size_t count;
    char *line[LINES];
};

struct test {
    size_t at; /* line of the command */
    char command[4096];
    struct lines out, err;
    int code;
};

static void add_line(struct lines *l, const char *text) {
    if (l->count == LINES) {
        fprintf(stderr, "more than %d lines expected of one command\n", LINES);
        exit(2);
    }
    l->line[l->count++] = strdup(text);
}

static void clear(struct lines *l) {
    while (l->count)
        free(l->line[--l->count]);
}

/* ---- Comparing. ---- */

static bool matches(const struct lines *expected, size_t i, const struct lines *got, size_t j) {
    for (; i < expected->count; i++, j++) {
        if (strcmp(expected->line[i], "...") == 0) {
            for (size_t k = j; k <= got->count; k++)
                if (matches(expected, i + 1, got, k))
                    return true;
            return false;
        }
        if (j >= got->count || !tb_glob(expected->line[i], got->line[j]))
            return false;
    }
    return j == got->count;
}

/* The line of progress, which a slow machine brings out in any run: nobody's answer. */
#define PROGRESS "* of * verdicts, * billion inputs a second, *"

static void read_lines(const char *path, struct lines *l) {
    char *line = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "r");
    for (ssize_t n; in && l->count < LINES && (n = getline(&line, &size, in)) >= 0;) {
        line[strcspn(line, "\n")] = 0;
        if (!tb_glob(PROGRESS, line))
            add_line(l, line);
    }
    if (in)
        fclose(in);
    free(line);
}

static void show(const char *title, const struct lines *l) {
    printf("  %s\n", title);
    for (size_t i = 0; i < l->count; i++)
        printf("    |%s\n", l->line[i]);
}

/* Runs one command; true when all is as expected. */
static bool run(const struct test *t, const char *folder) {
    char script[8192], out_path[512], err_path[512];
    struct lines out = {0}, err = {0};
    snprintf(out_path, sizeof out_path, "%s.out", folder);
    snprintf(err_path, sizeof err_path, "%s.err", folder);
    snprintf(script, sizeof script, "tiebreak() { \"$TIEBREAK\" \"$@\"; }; cd %s && { %s\n} >%s 2>%s", folder,
             t->command, out_path, err_path);
    int status = system(script);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
    read_lines(out_path, &out);
    read_lines(err_path, &err);
    bool ok = code == t->code && matches(&t->out, 0, &out, 0) && matches(&t->err, 0, &err, 0);
    printf("%s %zu: %s\n", ok ? "ok    " : "FAILED", t->at, t->command);
    if (!ok) {
        printf("  exit %d, expected %d\n", code, t->code);
        show("standard output, expected:", &t->out);
        show("got:", &out);
        show("standard error, expected:", &t->err);
        show("got:", &err);
    }
    clear(&out);
    clear(&err);
    unlink(out_path);
    unlink(err_path);
    return ok;
}

/* ---- Reading. ---- */

/* Reads up to the next command's end. False at the end of the file. */
static bool next_test(FILE *in, size_t *number, struct test *t) {
    char *line = NULL;
    size_t size = 0;
    bool expecting = false;
    *t = (struct test){0};
    for (;;) {
        long place = ftell(in);
        if (getline(&line, &size, in) < 0)
            break;
        line[strcspn(line, "\n")] = 0;
        const char *rest = line[0] && line[1] ? line + 2 : "";
        if (line[0] == '$' && expecting) { /* the next one's */
            fseek(in, place, SEEK_SET);
            break;
        }
        ++*number;
        expecting |= t->at && line[0] != '$' && line[0] != '#';
        if (line[0] == '$') {
            size_t used = strlen(t->command);
            t->at = t->at ? t->at : *number;
            snprintf(t->command + used, sizeof t->command - used, "%s%s", used ? "\n" : "", rest);
        } else if (line[0] == '>') {
            add_line(&t->out, rest);
        } else if (line[0] == '!') {
            add_line(&t->err, rest);
        } else if (line[0] == '=') {
            t->code = (int)strtol(rest, NULL, 10);
        } else if (line[0] && line[0] != '#') {
            fprintf(stderr, "line %zu begins with none of $ > ! = #: %s\n", *number, line);
            exit(2);
        }
    }
    free(line);
    return t->at != 0;
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/tiebreak-cli-XXXXXX", command[64];
    size_t number = 0, failed = 0, count = 0;
    struct test t;
    FILE *in = argc == 4 ? fopen(argv[3], "r") : NULL;
    char *program = in ? realpath(argv[1], NULL) : NULL, *plugin = in ? realpath(argv[2], NULL) : NULL;
    if (!program || !plugin || !mkdtemp(folder) || setenv("TIEBREAK", program, 1) ||
        setenv("PLUGIN", plugin, 1)) {
        fprintf(stderr, "usage: run TIEBREAK PLUGIN FILE\n");
        return 2;
    }
    for (; next_test(in, &number, &t); count++) {
        failed += !run(&t, folder);
        clear(&t.out);
        clear(&t.err);
    }
    fclose(in);
    free(program);
    free(plugin);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s is left\n", folder);
    printf("%zu commands, %zu failed\n", count, failed);
    return failed ? 1 : count ? 0 : 2;
}
