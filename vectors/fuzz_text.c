/* libFuzzer: JSON Lines, and TestFloat lines when the input does not begin with '{'.
 * What is read from JSON Lines must be printed and read back the same. */
#include "vectors/textforms.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tb_file_info info = {.kind = TB_FILE_RECORDED, .tool = "fuzz", .target = "fuzz/text"};

static void round_trip(struct tb_recording *r) {
    struct tb_recording back;
    struct tb_error error;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    for (size_t i = 0; i < r->count; i++)
        if (!tb_jsonl_write(file, &r->answers[i], &error))
            abort();
    fclose(file);
    file = fmemopen(text, size, "r");
    if (!tb_jsonl_read(file, "f", &info, &back, &error) || back.count != r->count)
        abort();
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->answers[i].digest, back.answers[i].digest) != 0)
            abort();
    fclose(file);
    free(text);
    tb_recording_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tb_recording r;
    struct tb_error error = {0};
    FILE *in = size ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "r");
    bool good = size && *data == '{'
                    ? tb_jsonl_read(in, "f", &info, &r, &error)
                    : tb_testfloat_read(in, "f", "convert/fp16/e4m3fn/rne/satfinite", &info, &r, &error);
    fclose(in);
    if (good) {
        round_trip(&r);
        tb_recording_free(&r);
    } else if (error.code != TB_EXIT_USAGE || strchr(error.text, '\n')) {
        abort();
    }
    return 0;
}
