/* libFuzzer driver for tb_results_read: meson setup -Dfuzz=true with CC=clang, then fuzz_results bad/. */
#include "reports/results.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static int file = -1;
    static char path[64];
    struct tb_results results;
    struct tb_error error;
    if (file < 0) {
        file = memfd_create("results.json", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size)
        return -1;
    if (tb_results_read(path, &results, &error))
        tb_results_free(&results);
    return 0;
}
