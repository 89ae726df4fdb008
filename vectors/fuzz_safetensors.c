/* libFuzzer: the safetensors container and the answers in it. Build with clang and -Dfuzz=true; run
 *   build-fuzz/vectors/fuzz_safetensors -timeout=5 SCRATCH-FOLDER vectors/bad
 * What is read must be written and read back the same. */
#include "vectors/golden_file.h"
#include "vectors/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sink;

static void touch(const struct tb_safetensors *f) {
    for (size_t i = 0; i < f->tensor_count; i++) {
        const struct tb_tensor *t = &f->tensors[i];
        if (tb_safetensors_find(f, t->name) != t)
            abort();
        for (size_t k = 0; k < t->count; k++)
            sink += tb_tensor_at(t, k);
    }
    for (size_t i = 0; i < f->metadata_count; i++)
        if (tb_safetensors_metadata(f, f->metadata[i].key) != f->metadata[i].value)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tb_safetensors f;
    struct tb_recording r, back;
    struct tb_error error = {0};
    if (tb_safetensors_parse(data, size, "f", &f, &error)) {
        touch(&f);
        tb_safetensors_free(&f);
    } else if (error.code != TB_EXIT_USAGE || strchr(error.text, '\n')) {
        abort();
    }
    if (!tb_recording_parse(data, size, "f", &r, &error))
        return 0;
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/tiebreak-fuzz-%ld", (long)getpid());
    if (!tb_recording_write(path, &r, &error) || !tb_recording_read(path, &back, &error) ||
        back.count != r.count)
        abort();
    for (size_t i = 0; i < r.count; i++)
        if (strcmp(r.answers[i].digest, back.answers[i].digest) != 0)
            abort();
    remove(path);
    tb_recording_free(&r);
    tb_recording_free(&back);
    return 0;
}
