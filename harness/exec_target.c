#include "harness/exec_target.h"
#include "harness/exec_link.h"
#include "harness/plugin.h"
#include "harness/pool.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC       "TBEXEC1\n"
#define MAGIC_BYTES 8
#define MESSAGE                                                                                              \
    ((size_t)1 << 20) /* bytes of one run message's larger array, and of an answer's JSON, at most */

double tb_exec_patience = 60.0;

static char last_error[512];

/* A kernel's state: one process. */
struct session {
    struct tb_link link;
    const char *name; /* of the target */
    size_t source_bytes, destination_bytes;
    char *claim;
};

static struct {
    char *command;
    char name[TB_TARGET_NAME], summary[160];
    struct tb_target target;
} table[TB_EXEC_TARGETS];
static size_t table_count;

const char *tb_exec_last_error(void) {
    return last_error;
}

static void put_length(unsigned char *at, size_t length) {
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(length >> 8 * i);
}

static size_t get_length(const unsigned char *at) {
    return (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

/* Ends the job, or outside one leaves the reason in last_error and returns false. */
static bool fail(struct session *s, const char *what) {
    snprintf(last_error, sizeof last_error, "%s: %s", s->name, what);
    if (tb_job_inside())
        tb_job_fail("%s", last_error);
    return false;
}

/* Length and text of a message, as they are sent; gives the message up. 0: it is too long. */
#define HEAD_BYTES 512
static size_t encode(json_t *message, unsigned char head[HEAD_BYTES]) {
    size_t length = json_dumpb(message, (char *)head + 4, HEAD_BYTES - 4, JSON_COMPACT);
    json_decref(message);
    if (length > HEAD_BYTES - 4)
        return 0;
    put_length(head, length);
    return 4 + length;
}

static bool fail_unasked(struct session *s) {
    return fail(s, "the process wrote bytes that were not asked for");
}

/* Sends a message and `size` raw bytes behind it, reads in_size bytes. */
static bool send_message(struct session *s, json_t *message, const void *raw, size_t size, void *in,
                         size_t in_size) {
    unsigned char head[HEAD_BYTES];
    size_t length = encode(message, head);
    if (!length)
        return fail(s, "the message is too long");
    if (tb_link_unasked(&s->link))
        return fail_unasked(s);
    return tb_link_exchange(&s->link, head, length, raw, size, in, in_size, tb_exec_patience) ||
           fail(s, s->link.reason);
}

/* Reads the answer to "open". */
static bool read_answer(struct session *s, const unsigned char prefix[4], bool *offered) {
    size_t length = get_length(prefix);
    if (length > MESSAGE)
        return fail(
            s,
            "the answer to \"open\" is longer than 1 MiB: a length of 4 bytes, little-endian, was expected");
    char *text = malloc(length + 1);
    if (!text)
        return fail(s, "out of memory");
    if (!tb_link_exchange(&s->link, NULL, 0, NULL, 0, text, length, tb_exec_patience)) {
        free(text);
        return fail(s, s->link.reason);
    }
    json_error_t error;
    json_t *answer = json_loadb(text, length, 0, &error);
    free(text);
    const json_t *word = json_object_get(answer, "offered"), *claim = json_object_get(answer, "claim");
    bool good = json_is_boolean(word) && (!claim || json_is_string(claim));
    *offered = good && json_is_true(word);
    if (*offered && json_string_length(claim))
        s->claim = strdup(json_string_value(claim));
    json_decref(answer);
    return good || fail(s, "the answer to \"open\" is not {\"offered\": true or false, \"claim\": \"\"}");
}

static bool greet(struct session *s, const struct tb_request *request, bool *offered) {
    unsigned char magic[MAGIC_BYTES], prefix[4];
    if (!tb_link_exchange(&s->link, NULL, 0, NULL, 0, magic, sizeof magic, tb_exec_patience))
        return fail(s, s->link.reason);
    if (memcmp(magic, MAGIC, MAGIC_BYTES) != 0)
        return fail(s, "the process did not begin with the 8 bytes TBEXEC1 and a line feed");
    json_t *message =
        json_pack("{s:s, s:i, s:i}", "open", request->case_id, "source_bytes", (int)request->source_bytes,
                  "destination_bytes", (int)request->destination_bytes);
    return send_message(s, message, NULL, 0, prefix, sizeof prefix) && read_answer(s, prefix, offered);
}

static void end_session(struct session *s) {
    tb_link_stop(&s->link);
    free(s->claim);
    free(s);
}

static void exec_run(const void *state, const void *input, void *output, size_t count) {
    struct session *s = (struct session *)(uintptr_t)state; /* ours; the interface makes it const */
    const unsigned char *in = input;
    unsigned char *out = output;
    size_t larger = s->source_bytes > s->destination_bytes ? s->source_bytes : s->destination_bytes;
    while (count) {
        size_t part = count < MESSAGE / larger ? count : MESSAGE / larger;
        if (!send_message(s, json_pack("{s:I}", "run", (json_int_t)part), in, part * s->source_bytes, out,
                          part * s->destination_bytes))
            tb_job_fail("%s", last_error);
        in += part * s->source_bytes;
        out += part * s->destination_bytes;
        count -= part;
    }
}

static int exec_open(size_t index, const struct tb_request *request, struct tb_kernel *kernel) {
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return 0;
    *s = (struct session){.name = table[index].name,
                          .source_bytes = request->source_bytes,
                          .destination_bytes = request->destination_bytes};
    bool offered = false;
    last_error[0] = '\0';
    if (!tb_link_start(&s->link, table[index].command))
        fail(s, s->link.reason);
    else if (greet(s, request, &offered) && offered) {
        *kernel = (struct tb_kernel){.run = exec_run, .state = s, .claim = s->claim};
        return 1;
    }
    end_session(s);
    return 0;
}

static void exec_close(struct tb_kernel *kernel) {
    struct session *s = (struct session *)(uintptr_t)kernel->state;
    unsigned char head[HEAD_BYTES];
    size_t length = encode(json_pack("{s:b}", "quit", 1), head);
    /* whether it still listens does not matter: it has given its answers */
    tb_link_exchange(&s->link, head, length, NULL, 0, NULL, 0, tb_exec_patience);
    if (!tb_link_ends_silently(&s->link))
        fail_unasked(s);
    end_session(s);
    *kernel = (struct tb_kernel){0};
}

/* open() of the interface has no argument that says which target is meant: one function a row of the table.
 */
#define OPENER(i)                                                                                            \
    static int open_##i(const struct tb_request *request, struct tb_kernel *kernel) {                        \
        return exec_open(i, request, kernel);                                                                \
    }
OPENER(0)
OPENER(1)
OPENER(2)
OPENER(3)
OPENER(4)
OPENER(5)
OPENER(6)
OPENER(7)
static int (*const openers[TB_EXEC_TARGETS])(const struct tb_request *, struct tb_kernel *) = {
    open_0, open_1, open_2, open_3, open_4, open_5, open_6, open_7};

static bool name_taken(const char *name) {
    for (size_t i = 0; i < table_count; i++)
        if (strcmp(table[i].name, name) == 0)
            return true;
    return false;
}

/* exec/ and the file name of the command's first word, in the characters that a name may have. */
static void name_target(const char *command, char *name) {
    char word[TB_TARGET_NAME - 16];
    size_t length = strcspn(command, " \t\n");
    const char *slash = memrchr(command, '/', length);
    const char *base = slash ? slash + 1 : command;
    length -= (size_t)(base - command);
    if (length > sizeof word - 1)
        length = sizeof word - 1;
    for (size_t i = 0; i < length; i++) {
        int c = tolower((unsigned char)base[i]);
        word[i] = isalnum(c) || strchr("._+-", c) ? (char)c : '-';
    }
    word[length] = '\0';
    snprintf(name, TB_TARGET_NAME, "exec/%s", length ? word : "command");
    for (int i = 2; name_taken(name); i++)
        snprintf(name, TB_TARGET_NAME, "exec/%s-%d", length ? word : "command", i);
}

const struct tb_target *tb_exec_target(const char *command, struct tb_error *error) {
    command += strspn(command, " \t\n");
    if (!*command) {
        tb_fail(error, TB_EXIT_USAGE, "the command of --exec is empty");
        return NULL;
    }
    if (table_count == TB_EXEC_TARGETS) {
        tb_fail(error, TB_EXIT_USAGE, "more than %d --exec targets", TB_EXEC_TARGETS);
        return NULL;
    }
    size_t i = table_count;
    name_target(command, table[i].name);
    table[i].command = strdup(command);
    if (!table[i].command) {
        tb_fail(error, TB_EXIT_SYSTEM, "out of memory");
        return NULL;
    }
    snprintf(table[i].summary, sizeof table[i].summary, "the process %s", command);
    table[i].target = (struct tb_target){.abi = TIEBREAK_TARGET_ABI,
                                         .name = table[i].name,
                                         .summary = table[i].summary,
                                         .open = openers[i],
                                         .close = exec_close};
    table_count++;
    return &table[i].target;
}
