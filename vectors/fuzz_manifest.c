/* libFuzzer: the manifest of a golden set. What is read must print to the same digest again. */
#include "vectors/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tb_manifest m;
    struct tb_error error = {0};
    char one[65], two[65];
    if (!tb_manifest_parse((const char *)data, size, "f", &m, &error)) {
        if (error.code != TB_EXIT_USAGE || strchr(error.text, '\n'))
            abort();
        return 0;
    }
    for (size_t i = 0; i < m.count; i++)
        if (tb_manifest_find(&m, m.entries[i].case_id) != &m.entries[i])
            abort();
    if (!tb_manifest_digest(&m, one, &error) || !tb_manifest_digest(&m, two, &error) || strcmp(one, two) != 0)
        abort();
    tb_manifest_free(&m);
    return 0;
}
